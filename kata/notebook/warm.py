"""Ask the process that has torch, from a notebook whose own loop is busy."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import queue
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kata.learner.watch.runner import LIMIT, Runner
from kata.running.client import DidNotStart
from kata.running.surroundings import SECONDS

_TICK = 0.2  # seconds after which a wait listens to an interrupt, where that does not end a wait


class Warm:
    """A `Runner` with a loop of its own in another thread, so that cells may wait for it."""

    def __init__(self, root: Path, limit: float = LIMIT) -> None:
        self.runner = Runner(root, limit, search=SECONDS)
        self._loop = _new_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        atexit.register(self.close)

    def events(self, lesson: str, focus: str) -> Iterator[dict[str, Any]]:
        """Yield the events of a run as they come; who stops to listen, or is interrupted, ends it.

        Raises:
            DidNotStart: the process could not be started.
        """
        found: queue.Queue[dict[str, Any] | BaseException] = queue.Queue()

        async def listen() -> None:
            try:
                async for event in self.runner.run(lesson, focus):
                    found.put(event)
            except (DidNotStart, OSError) as error:
                found.put(error)

        running = asyncio.run_coroutine_threadsafe(listen(), self._loop)
        try:
            while True:
                with contextlib.suppress(queue.Empty):
                    event = found.get(timeout=_TICK)
                    if isinstance(event, BaseException):
                        raise event
                    yield event
                    if event["event"] == "end":
                        return
        finally:
            running.cancel()

    def close(self) -> None:
        """End the process."""
        with contextlib.suppress(Exception):
            asyncio.run_coroutine_threadsafe(self.runner.close(), self._loop).result(5)


def _new_loop() -> asyncio.AbstractEventLoop:
    """Return a loop that can start processes; on Windows a notebook's own one cannot."""
    if sys.platform == "win32":
        return asyncio.ProactorEventLoop()
    return asyncio.new_event_loop()
