"""`kata watch`: the verdict on the current exercise at every save."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from pathlib import Path

from watchfiles import awatch

from kata.content.lesson import Lesson
from kata.learner.runner import LIMIT, Runner
from kata.learner.screen import Screen
from kata.report.terminal import Terminal

_QUITS = {"\x03": "q"}  # Ctrl-C, where a terminal passes it on as a key
QUIET = 20  # milliseconds without another change that end a burst of saves


class Watch:
    """The event loop: file changes, keys and runs.

    Args:
        root: the repository.
        screen: the state of the screen.
        terminal: where it is drawn.
        limit: CPU seconds that one check may use.
    """

    def __init__(self, root: Path, screen: Screen, terminal: Terminal, limit: float = LIMIT) -> None:
        self.root, self.screen, self.terminal = root, screen, terminal
        self.runner = Runner(root, limit)
        self.events: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        self.running: asyncio.Task[None] | None = None
        self.faults: list[BaseException | None] = []
        self.text = ""  # what stands on the screen, so that nothing is written twice

    async def go(self, lesson: Lesson) -> None:
        """Watch until the learner quits."""
        loop = asyncio.get_running_loop()

        def press(key: str) -> None:
            """Queue a key or a signal; called from other threads and signal handlers."""
            with contextlib.suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(self.events.put_nowait, ("key", _QUITS.get(key, key.lower())))

        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), lambda *_: press("q"))
        self.terminal.show([("Loading torch; this takes a few seconds, once.", "faint")])
        with contextlib.ExitStack() as stack:
            watching = asyncio.create_task(self._watch_files())
            try:
                await self.runner.start()
                stack.enter_context(self.terminal.keys(press))
                await self._start(lesson)
                while await self._react(*await self.events.get()):
                    pass
            finally:
                watching.cancel()
                await self._stop()
                await self.runner.close()

    async def _react(self, kind: str, what: str) -> bool:
        """Handle one event; return False when the learner quits."""
        if self.faults and self.faults[0] is not None:
            raise self.faults[0]
        if kind == "changed":
            lesson = next((one for one in self.screen.lessons if one.name == what), None)
            if lesson is not None:
                await self._start(lesson)
            return True
        allowed = {key for key, _ in self.screen.choices()} | {"q"}
        if what not in allowed:
            return True
        if what == "q":
            return False
        await self._act(what)
        return True

    async def _act(self, key: str) -> None:
        place = self.screen.place
        again: Lesson | None = None
        if key == "h":
            self.screen.hint()
            self._save()
        elif key == "e":
            self.screen.edit()
        elif key == "n":
            again = self.screen.next()
        elif key == "p":
            again = self.screen.previous()
        elif key == "r":
            again = place.lesson if place else None
        else:
            self.screen.shown = {"c": "compare", "l": "list"}[key] if not self.screen.shown else ""
        if again is not None:
            await self._start(again)
        else:
            self._show()

    async def _start(self, lesson: Lesson) -> None:
        await self._stop()
        focus = self.screen.begin(lesson)
        self.running = asyncio.create_task(self._run(lesson, focus))
        self.running.add_done_callback(self._look_after)

    def _look_after(self, run: asyncio.Task[None]) -> None:
        """Let an internal error end the loop."""
        if not run.cancelled() and run.exception() is not None:
            self.faults.append(run.exception())
            self.events.put_nowait(("fault", ""))

    async def _stop(self) -> None:
        """Stop listening to the current run; the server ends it at the next one."""
        if self.running is not None:
            self.running.cancel()
            await asyncio.wait([self.running])
        self.running = None

    async def _run(self, lesson: Lesson, focus: str) -> None:
        screen, is_shown, is_over = self.screen, False, False
        async for event in self.runner.run(lesson.name, focus):
            screen.verdict.add(event)
            if is_over and event["event"] == "result":
                screen.amend()
                self._end()
            elif screen.verdict.is_complete and not is_over:
                is_over = True
                screen.finish()
                self._end()
            elif not is_shown and not is_over and screen.preview():
                is_shown = True
                self._show()

    def _end(self) -> None:
        """Save and show the results of a run."""
        self._save()
        self._show()

    def _save(self) -> None:
        word = self.screen.state.save()
        if word and word != self.screen.state.word:
            self.screen.state.word = word
            self.terminal.show([(word, "bad")])

    def _show(self) -> None:
        lines = self.screen.lines()
        text = "\n".join(text for text, _ in lines)
        if text != self.text:
            self.text = text
            self.terminal.show(lines, clear=True)

    async def _watch_files(self) -> None:
        async for names in _changes(self.root / "exercises"):
            for name in names:
                self.events.put_nowait(("changed", name))


async def _changes(folder: Path) -> AsyncIterator[set[str]]:
    """Yield the names of the lessons whose files changed, however an editor saves; survives a deleted folder."""
    while True:
        with contextlib.suppress(FileNotFoundError):
            async for changes in awatch(folder, step=QUIET, debounce=400, recursive=False, raise_interrupt=False):
                yield {Path(path).stem for _, path in changes if path.endswith(".py")}
        await asyncio.sleep(0.2)
