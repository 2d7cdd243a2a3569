"""The commands of a notebook: judge a cell, show hints, compare, train."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import os
import queue
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any
from uuid import uuid4

from IPython.core.display_functions import display, update_display

from kata.diagnosis.explanation import Explanation
from kata.learner import compare as comparing
from kata.learner.progress import ExerciseRef, Unknown, find_lesson, known_results, saved_statuses
from kata.learner.runner import LIMIT, Runner
from kata.learner.workspace import Workspace, next_hint
from kata.notebook import cells, sync
from kata.report.report import Line, exercise_lines, note_lines, paragraph_lines, told_lines
from kata.report.results import ExerciseStatus, Result, count, statuses, unless_spared
from kata.running.client import DidNotStart, Verdict
from kata.running.surroundings import SECONDS, why_no_torch

_TICK = 0.2  # seconds after which a wait listens to an interrupt, where that does not end a wait


class Warm:
    """A blocking client of the server: a `Runner` with an event loop in another thread."""

    def __init__(self, root: Path, limit: float = LIMIT) -> None:
        self.runner = Runner(root, limit, search=SECONDS)
        self._loop = _new_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        atexit.register(self.close)

    def events(self, lesson: str, focus: str) -> Iterator[dict[str, Any]]:
        """Yield the events of a run; closing the generator, or an interrupt, ends the run.

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
    """Return an event loop that can start processes (a notebook's own on Windows cannot)."""
    if sys.platform == "win32":
        return asyncio.ProactorEventLoop()
    return asyncio.new_event_loop()


# The themes of Jupyter, of VS Code and of Colab each say in their own way that they are dark.
_DARK = "[data-jp-theme-light=false] .kata", ".vscode-dark .kata", "html[theme=dark] .kata"
_COLOURS = {"good": ("#1a6b2c", "#7ee08f"), "bad": ("#b3261e", "#ff9b94"), "code": ("#0b5c8a", "#7cc7f2")}
_STYLE = (
    ".kata pre{margin:0;padding:0;white-space:pre-wrap;font:13px/1.4 var(--jp-code-font-family,monospace);"
    "color:inherit;background:none}.kata .title{font-weight:bold}"
    ".kata .faint{opacity:.75}.kata .beside{display:flex;flex-wrap:wrap;gap:2em}"
    + "".join(f".kata .{name}{{color:{light}}}" for name, (light, _) in _COLOURS.items())
    + "".join(f"{theme} .{name}{{color:{dark}}}" for theme in _DARK for name, (_, dark) in _COLOURS.items())
)


def bundle(lines: Iterable[Line]) -> dict[str, str]:
    """Return lines as a MIME bundle."""
    lines = list(lines)
    rows = "\n".join(f'<span class="{style}">{escape(text)}</span>' if style else escape(text) for text, style in lines)
    return {"text/html": _framed(f"<pre>{rows}</pre>"), "text/plain": "\n".join(text for text, _ in lines)}


def beside(*titled: tuple[str, str]) -> dict[str, str]:
    """Return titled texts side by side."""
    boxes = "".join(
        f'<div><pre class="title">{escape(title)}</pre><pre>{escape(text)}</pre></div>' for title, text in titled
    )
    plain = "\n\n".join(f"{title}\n{text}" for title, text in titled)
    return {"text/html": _framed(f'<div class="beside">{boxes}</div>'), "text/plain": plain}


def _framed(html: str) -> str:
    return f'<style>{_STYLE}</style><div class="kata">{html}</div>'


_BLANK: Line = ("", "")
_LINES = re.compile(r"\bline (\d+)\b")


@dataclass
class Judge:
    """A run for one cell.

    Args:
        kata: the repository and the progress.
        place: the exercise.
        cell: the text of its cell.
        said: more lines to show.
        limit: CPU seconds that one check may use.
    """

    kata: Workspace
    place: ExerciseRef
    cell: str
    said: list[str]
    limit: float
    verdict: Verdict = field(init=False)
    _before: list[Result] = field(init=False)

    def __post_init__(self) -> None:
        self.verdict = Verdict(self.limit)
        self._before = known_results(self.place.lesson, self.kata.state)

    @property
    def is_known(self) -> bool:
        """Whether enough checks have run for a verdict on the exercise."""
        return self.verdict.is_known(self.place.exercise.name) and self._mine().state == "failed"

    def _results(self) -> list[Result]:
        return unless_spared(self.verdict.results(self._source()), self._before)

    def _source(self) -> str:
        try:
            return self.place.lesson.stub.read_text("utf-8", errors="replace")
        except OSError:
            return ""

    def _mine(self) -> ExerciseStatus:
        its = statuses([self.place.lesson], self._results())
        return next(one for one in its if one.exercise == self.place.exercise)

    def lines(self) -> list[Line]:
        """Return the output of the cell."""
        return [*self._lines()]

    def _lines(self) -> Iterator[Line]:
        mine = self._mine()
        if self.verdict.nothing_ran:
            yield from paragraph_lines(self.verdict.nothing_ran, "bad")
        elif mine.state == "done":
            yield f"  {mine.exercise.name} is done: {count(len(mine.judged), 'check')} passed.", "good"
            yield f"  Beside the solution: %compare {mine.exercise.name}", "faint"
        else:
            yield from exercise_lines(mine)
            yield from self._where(mine)
        yield from note_lines(self.verdict.results(), self.said)
        yield _BLANK
        yield from self._next(mine)

    def _where(self, mine: ExerciseStatus) -> Iterator[Line]:
        """Translate the reported line of the file to the line of the cell."""
        told = next((one.told for one in mine.results if one.state == "failed" and one.told), None)
        named = [told.line, *map(int, _LINES.findall(told.headline))] if told else []
        source = self._source()
        for line in dict.fromkeys(one for one in named if one):
            here = cells.line_in_cell(source, self.place.exercise.name, self.cell, line)
            if here is not None:
                yield f"  Line {line} of the file is line {here + 1} of this cell.", "faint"

    def _next(self, mine: ExerciseStatus) -> Iterator[Line]:
        left = len(mine.exercise.hints) - self.kata.state.hints.get(self.place.key, 0)
        if mine.state != "done" and left:
            yield f"  A hint: %hint {mine.exercise.name}", "faint"
        everything = saved_statuses(self.kata.lessons, self.kata.state)
        if self.verdict.is_complete:
            others = [one for one in everything if one.exercise.lesson != self.place.lesson.name]
            everything = [*others, *statuses([self.place.lesson], self._results())]
        done = sum(one.state == "done" for one in everything)
        yield f"  {done} of {len(everything)} exercises are done.", "faint"

    def remember(self) -> None:
        """Save the results as progress."""
        if results := self._results():
            self.kata.state.remember(self.place.lesson.name, results)
            self.kata.keep()


def unreadable(place: ExerciseRef, error: SyntaxError) -> list[Line]:
    """Return the message for a cell with a syntax error; the magic's own line counts as the first."""
    code = (error.text or "").rstrip()
    caret = (error.offset or 1) - 1 - (len(code) - len(code.lstrip()))
    told = Explanation(
        f"Python cannot read this cell: {error.msg}.",
        (f"exercises/{place.lesson.name}.py is as it was.",),
        line=(error.lineno or 1) + 1,
        code=code.strip(),
        caret=caret if 0 <= caret <= len(code) else None,
    )
    return [(place.exercise.name, "title"), _BLANK, *told_lines(told)]


_OPTIONS: dict[str, sync.Word] = {"--cell": "cell", "--file": "file"}


class Magics:
    """The commands of one kernel.

    Args:
        shell: IPython's.
    """

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self._warm: Warm | None = None
        self._last = ""  # the exercise whose cell ran last

    def register(self) -> None:
        """Register the commands."""
        self.shell.register_magic_function(_told(self.exercise), "cell", "exercise")
        for ask in (self.hint, self.compare, self.show, self.use, self.train):
            self.shell.register_magic_function(_told(ask), "line", ask.__name__)

    def exercise(self, line: str, cell: str) -> None:
        """Put a cell into the learner's file and show the verdict: `%%exercise LeNet.forward [--cell|--file]`."""
        name, options = _words(line, set(_OPTIONS))
        kata = Workspace()
        place = kata.find(name)
        self._last = place.key
        try:
            read = cells.read(cell, place.exercise.name, [one.name for one in place.lesson.exercises])
        except SyntaxError as error:
            _show(unreadable(place, error))
            return
        except LookupError:
            raise Unknown(
                f"this cell does not define {place.exercise.name.rpartition('.')[2]}, and nothing was changed"
            ) from None
        said = sync.settle(place, read, next((word for key, word in _OPTIONS.items() if key in options), None))
        said += [f"Left out of the file: {one}." for one in read.left_out]
        self._check(kata, place, cell, said)

    def _check(self, kata: Workspace, place: ExerciseRef, cell: str, said: list[str]) -> None:
        self._warm = self._warm or Warm(kata.root)
        judge = Judge(kata, place, cell, said, self._warm.runner.limit)
        shown: dict[str, str] = {}
        key = f"kata-{uuid4()}"
        for event in self._warm.events(place.lesson.name, place.exercise.name):
            judge.verdict.add(event)
            if event["event"] in ("checked", "end") or (not shown and judge.is_known):
                found = bundle(judge.lines())
                if not shown:
                    display(found, raw=True, display_id=key)
                elif found != shown:
                    update_display(found, raw=True, display_id=key)
                shown = found
        judge.remember()

    def hint(self, line: str) -> None:
        """Show the next of an exercise's hints: `%hint [LeNet.forward]`."""
        kata = Workspace()
        _show(next_hint(kata, self._place(kata, _words(line)[0]), "%compare --peek"))

    def compare(self, line: str) -> None:
        """Show your function beside the solution's: `%compare [LeNet.forward] [--peek] [--others]`."""
        name, options = _words(line, {"--peek", "--others"})
        kata = Workspace()
        place = self._place(kata, name)
        standing = next(one for one in saved_statuses(kata.lessons, kata.state) if one.exercise == place.exercise)
        if why := comparing.why_closed(place.lesson, standing, "--peek" in options):
            raise Unknown(why.replace(" with --peek", " with %compare --peek"))
        try:
            if "--others" in options:
                _show(comparing.others_in_lines(place.lesson, place.exercise.name))
                return
            found = comparing.compare(place.lesson, place.exercise.name)
        except (OSError, SyntaxError, LookupError) as error:
            raise Unknown(f"exercises/{place.lesson.name}.py cannot be compared: {error}") from None
        same = " (says the same; layout, comments and local names aside)" if found.same else ""
        display(beside((f"yours{same}", found.yours), ("solution", found.solution)), raw=True)

    def show(self, line: str) -> None:
        """Put an exercise of the file into a new cell: `%show [LeNet.forward]`."""
        place = self._place(Workspace(), _words(line)[0])
        try:
            text = cells.in_file(place.lesson.stub.read_text("utf-8"), place.exercise.name)
        except (OSError, ValueError, SyntaxError, LookupError) as error:
            raise Unknown(f"exercises/{place.lesson.name}.py cannot be read: {error}") from None
        self.shell.set_next_input(f"%%exercise {place.exercise.name}\n{text}\n")

    def use(self, line: str) -> None:
        """Import what a lesson's file defines into the notebook: `%use [ex01]`."""
        from kata.checking import loading

        kata = Workspace()
        name = _words(line)[0]
        lesson = find_lesson(kata.lessons, name) if name else self._place(kata, None).lesson
        try:
            module = loading.load(loading.assemble(loading.read(lesson, lesson.stub)), f"exercises.{lesson.name}")
        except loading.Unreadable as error:
            raise Unknown(str(error)) from None
        names = [key for key, one in vars(module).items() if getattr(one, "__module__", "") == module.__name__]
        self.shell.user_ns.update({key: one for key, one in vars(module).items() if not key.startswith("_")})
        _show(paragraph_lines(f"{', '.join(names)}: here as in exercises/{lesson.name}.py; stubs are the solution's."))

    def train(self, line: str) -> None:
        """Train your network, and show how: `%train`, with the options of `kata train`."""
        from IPython.display import Image

        root = Workspace().root
        before = set(root.glob("runs/*/curves.png"))
        command = [sys.executable, "-m", "kata", "train", *line.split()]
        plain = {key: text for key, text in os.environ.items() if key not in ("FORCE_COLOR", "CLICOLOR_FORCE")}
        with subprocess.Popen(
            command, cwd=root, env=plain, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            for text in _until_interrupted(process):
                print(text, end="", flush=True)
        for picture in sorted(set(root.glob("runs/*/curves.png")) - before):
            for name in ("curves", "kernels", "confusion"):
                display(Image(filename=str(picture.with_name(f"{name}.png"))))

    def _place(self, kata: Workspace, name: str | None) -> ExerciseRef:
        return kata.find(name or self._last or None)


def _until_interrupted(process: subprocess.Popen[str]) -> Iterator[str]:
    """Yield the output lines of a process; an interrupt is passed on to it."""
    import signal

    assert process.stdout is not None
    while True:
        try:
            line = process.stdout.readline()
        except KeyboardInterrupt:
            process.send_signal(signal.SIGTERM if sys.platform == "win32" else signal.SIGINT)
            continue
        if not line:
            return
        yield line


def _words(line: str, options: set[str] | None = None) -> tuple[str | None, set[str]]:
    """Return the name and the options in a line.

    Raises:
        Unknown: an unknown option, or two names.
    """
    words = line.split()
    given = {one for one in words if one.startswith("-")}
    if wrong := given - (options or set()):
        there = f"there are {', '.join(sorted(options))}" if options else "there is none"
        raise Unknown(f"no option is called {' '.join(sorted(wrong))}: {there}")
    names = [one for one in words if one not in given]
    if len(names) > 1:
        raise Unknown(f"one exercise at a time: {' '.join(names)} are {len(names)}")
    return (names[0] if names else None), given


def _told(ask: Callable[..., None]) -> Callable[..., None]:
    """Wrap a command: a wrong argument is reported in a sentence, without a traceback."""

    def told(*words: str) -> None:
        try:
            ask(*words)
        except Unknown as problem:
            _show([*paragraph_lines(f"{str(problem)[:1].upper()}{str(problem)[1:]}.", "bad")])
        except DidNotStart as problem:
            _show([*paragraph_lines(why_no_torch() or str(problem), "bad")])
        except KeyboardInterrupt:
            _show([*paragraph_lines("Interrupted: nothing is known of this run.", "bad")])

    told.__doc__ = ask.__doc__
    return told


def _show(lines: list[Line] | Iterator[Line]) -> None:
    display(bundle(lines), raw=True)
