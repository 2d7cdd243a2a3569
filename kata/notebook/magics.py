"""What a cell may ask for: `%%exercise`, `%hint`, `%compare`, `%show`, `%use`, `%train`."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

from IPython.core.display_functions import display, update_display

from kata.learner import compare as comparing
from kata.learner.progress import ExerciseRef, Unknown, find_lesson, known_standings
from kata.learner.workspace import Workspace, next_hint
from kata.notebook import cells, judged, sync, view
from kata.notebook.warm import Warm
from kata.report.report import Line, paragraph_lines
from kata.running.client import DidNotStart
from kata.running.surroundings import why_no_torch

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
        """Make the commands known."""
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
            _show(judged.unreadable(place, error))
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
        judge = judged.Judge(kata, place, cell, said, self._warm.runner.limit)
        shown: dict[str, str] = {}
        key = f"kata-{uuid4()}"
        for event in self._warm.events(place.lesson.name, place.exercise.name):
            judge.verdict.add(event)
            if event["event"] in ("checked", "end") or (not shown and judge.is_known):
                found = view.bundle(judge.lines())
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
        standing = next(one for one in known_standings(kata.lessons, kata.state) if one.exercise == place.exercise)
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
        display(view.beside((f"yours{same}", found.yours), ("solution", found.solution)), raw=True)

    def show(self, line: str) -> None:
        """Bring an exercise as it is in its file into a cell of its own: `%show [LeNet.forward]`."""
        place = self._place(Workspace(), _words(line)[0])
        try:
            text = cells.in_file(place.lesson.stub.read_text("utf-8"), place.exercise.name)
        except (OSError, ValueError, SyntaxError, LookupError) as error:
            raise Unknown(f"exercises/{place.lesson.name}.py cannot be read: {error}") from None
        self.shell.set_next_input(f"%%exercise {place.exercise.name}\n{text}\n")

    def use(self, line: str) -> None:
        """Bring what a lesson's file defines into the notebook, to try it in cells: `%use [ex01]`."""
        from kata.checking import binding

        kata = Workspace()
        name = _words(line)[0]
        lesson = find_lesson(kata.lessons, name) if name else self._place(kata, None).lesson
        try:
            module = binding.load(binding.assemble(binding.read(lesson, lesson.stub)), f"exercises.{lesson.name}")
        except binding.Unreadable as error:
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
    """Yield the lines of a process; an interrupt reaches it, too, and it ends in its own way."""
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
    """Return the name that a line gives, and its options.

    Raises:
        Unknown: it has another option, or two names.
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
    """Return a command that shows what was asked wrongly as a sentence, and nothing of its own insides."""

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
    display(view.bundle(lines), raw=True)
