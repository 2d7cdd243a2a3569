"""The asynchronous client of the server: starts it, requests runs, restarts it if it dies."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from kata.processes.system import APART
from kata.processes.tree import folder_of_this_process
from kata.running import client
from kata.running.client import DidNotStart
from kata.running.surroundings import seconds_to_search

MEMORY = 6 << 30  # far more than a lesson needs, and less than most machines have
LIMIT = 10.0  # seconds that one check may take; the solution's take milliseconds
SEARCH = 5.0  # seconds after the verdict in which the place of a slip is looked for; the next save ends it
_LINE = 1 << 26  # a result is far smaller


class Runner:
    """Runs lessons, each in a process of the server.

    Args:
        root: the repository.
        limit: CPU seconds that one check may use.
        memory: bytes that a run may use beyond torch and the engine.
        search: seconds to search for the place of a slip after the verdict.
    """

    def __init__(self, root: Path, limit: float = LIMIT, memory: int = MEMORY, search: float = SEARCH) -> None:
        self.root, self.limit, self.memory, self.search = root, limit, memory, search
        self._process: asyncio.subprocess.Process | None = None
        self._number = 0
        self._folder = ""

    async def start(self) -> None:
        """Start the server, and wait until it is ready (it imports torch, which takes seconds)."""
        client.method()
        self._folder = self._folder or folder_of_this_process("kata-watch")
        self._process = await asyncio.create_subprocess_exec(
            *client.command(self.root),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=self.root,
            env=client.environment(self.root, self._folder),
            limit=_LINE,
            **APART,
        )
        if await self._read() is None:
            raise DidNotStart

    async def run(self, lesson: str, focus: str = "") -> AsyncIterator[dict[str, Any]]:
        """Yield the events of one run; the last is always "end". A new run ends the one before."""
        if self._process is None or self._process.returncode is not None:
            await self.start()
        self._number += 1
        number = self._number
        order = {
            "run": number,
            "lesson": lesson,
            "focus": focus,
            "limit": self.limit,
            "memory": self.memory,
            "again": True,
            "options": [f"--locate={seconds_to_search(self.search)}"],
        }
        await self._write(order)
        while True:
            event = await self._read()
            if event is None:  # the server itself is gone
                await self.close()
                yield {"run": number, "event": "end", "how": "exit of the server", "lines": []}
                return
            if event.get("run") == number:
                yield event
                if event["event"] == "end":
                    return

    async def close(self) -> None:
        """End the server and everything it runs."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            if process.stdin is not None:
                process.stdin.close()
            try:
                await asyncio.wait_for(process.wait(), 2)
            except asyncio.TimeoutError:
                process.kill()
                await process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder = ""

    async def _write(self, order: dict[str, Any]) -> None:
        if self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(ConnectionError):
                self._process.stdin.write(json.dumps(order).encode() + b"\n")
                await self._process.stdin.drain()

    async def _read(self) -> dict[str, Any] | None:
        if self._process is None or self._process.stdout is None:
            return None
        line = await self._process.stdout.readline()
        return json.loads(line) if line else None
