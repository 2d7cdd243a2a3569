"""Open an exercise in the learner's editor, and check the set-up (`kata doctor`)."""

from __future__ import annotations

import ast
import contextlib
import importlib.metadata
import os
import platform
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from kata.checking.devices import real_devices, why_unusable
from kata.content import bank
from kata.content.lesson import Lesson
from kata.content.patching import definitions, stub_text
from kata.processes.system import APART, IS_WINDOWS
from kata.report.report import Line
from kata.running.surroundings import why_no_torch

_BY_PLUS = {"vi", "vim", "nvim", "gvim", "nano", "emacs", "emacsclient", "micro", "kak", "joe", "gedit", "ne"}
_BY_COLON = {"subl", "sublime_text", "hx", "helix", "zed", "mate"}
_BY_GOTO = {"code", "code-insiders", "codium", "cursor", "windsurf"}
_IN_TERMINAL = {"vi", "vim", "nvim", "nano", "micro", "kak", "joe", "ne", "hx", "helix", "emacs"}

OPEN: list[subprocess.Popen[bytes]] = []  # editors with a window: nobody waits for them


class NoEditor(LookupError):
    """No editor is configured, or it is not installed."""


def command(path: Path, line: int, environment: dict[str, str] | None = None) -> list[str]:
    """Return the command that opens a file at a line: from `$VISUAL`, `$EDITOR`, or VS Code in its terminal.

    Raises:
        NoEditor: no editor is configured, or it is not installed.
    """
    known = dict(os.environ) if environment is None else environment
    within = "code" if known.get("TERM_PROGRAM") == "vscode" else ""
    said = known.get("VISUAL") or known.get("EDITOR") or within or ("notepad" if IS_WINDOWS else "")
    words = shlex.split(said, posix=not IS_WINDOWS)
    if not words:
        raise NoEditor("set VISUAL or EDITOR to the command of your editor, such as `export EDITOR=nano`")
    if shutil.which(words[0], path=known.get("PATH")) is None:
        raise NoEditor(f"{words[0]} is not there; VISUAL or EDITOR must be the command of your editor")
    name = _name(words[0])
    if name in _BY_PLUS:
        return [*words, f"+{line}", str(path)]
    if name in _BY_GOTO:
        return [*words, "--goto", f"{path}:{line}"]
    return [*words, f"{path}:{line}" if name in _BY_COLON else str(path)]


def needs_terminal(words: list[str]) -> bool:
    """Whether an editor runs in the terminal."""
    return _name(words[0]) in _IN_TERMINAL and not {"-g", "-c", "--create-frame"} & {*words[1:]}


def run(words: list[str]) -> int:
    """Start an editor; wait if it runs in the terminal, and return its exit code."""
    if needs_terminal(words):
        return subprocess.run(words, check=False).returncode
    silent = subprocess.DEVNULL
    OPEN.append(subprocess.Popen(words, stdin=silent, stdout=silent, stderr=silent, **APART))
    return 0


def _name(program: str) -> str:
    return Path(program).stem.lower()


_PACKAGES = ["numpy", "pytest", "pytest-benchmark", "psutil", "typer", "rich", "watchfiles"]


def findings(lessons: list[Lesson]) -> tuple[list[Line], bool]:
    """Return the findings as lines, and whether all is well."""
    lines: list[Line] = [(f"Python {platform.python_version()} on {platform.platform()}", "plain")]
    lines += [_package(name) for name in _PACKAGES]
    lines += list(_torch())
    lines += [("", "")]
    lines += [_lesson(lesson) for lesson in lessons]
    return lines, all(style != "bad" for _, style in lines)


def _package(name: str) -> Line:
    try:
        return f"{name} {importlib.metadata.version(name)}", "plain"
    except importlib.metadata.PackageNotFoundError:
        return f"{name} is missing: pip install -e .", "bad"


def _torch() -> Iterator[Line]:
    why = why_no_torch()
    if why:
        yield why, "bad"
        return
    import torch

    yield f"torch {torch.__version__}, {torch.get_num_threads()} threads", "plain"
    found = real_devices()
    yield from ((note, "plain") for note in found.notes)
    if not found.names:
        yield "no accelerator (CUDA, MPS or XPU): checks run on the CPU and on a pretend one", "plain"
    for name in found.names:
        yield from _accelerator(name)


def _accelerator(name: str) -> Iterator[Line]:
    """Describe the devices of a kind, and whether checks can run there."""
    import torch

    for number in range(torch.accelerator.device_count()):
        yield f"accelerator {name}:{number}{_card(number) if name == 'cuda' else ''}", "plain"
    why = why_unusable(name)
    yield (
        (f"{why}: checks run on the CPU and on a pretend one", "bad")
        if why
        else (f"checks run on {name}, too", "plain")
    )


def _card(number: int) -> str:
    import torch

    with contextlib.suppress(Exception):  # one that cannot be asked is told by what cannot be done with it
        card = torch.cuda.get_device_properties(number)
        return f": {card.name}, {card.total_memory / (1 << 30):.0f} GiB, torch for CUDA {torch.version.cuda}"
    return ""


def _lesson(lesson: Lesson) -> Line:
    missing = [path for path in (lesson.stub, lesson.spec) if not path.is_file()]
    missing += [] if bank.at(lesson.mistakes) else [lesson.mistakes]
    if missing:
        return f"{lesson.name}: missing: {', '.join(str(path.relative_to(lesson.root)) for path in missing)}", "bad"
    names = [exercise.name for exercise in lesson.exercises]
    try:
        yours = _outside(lesson.stub.read_text("utf-8"), names)
    except (SyntaxError, ValueError) as error:
        return f"{lesson.name}: exercises/{lesson.name}.py cannot be read as Python: {error}", "bad"
    if yours == _outside(stub_text(lesson.solution.read_text("utf-8"), names), names):
        return f"{lesson.name}: whole", "good"
    return f"{lesson.name}: edited outside the exercises (that is allowed; kata reset {lesson.name} undoes it)", "plain"


def _outside(text: str, names: list[str]) -> str:
    """Return the syntax of a file without the bodies of the exercises."""
    tree = ast.parse(text)
    for name in names:
        for function in definitions(tree, name):
            function.body = [ast.Pass()]
    return ast.unparse(tree)
