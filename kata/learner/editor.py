"""Open an exercise in the learner's editor, at its line."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path

from kata.processes.system import APART, IS_WINDOWS

_BY_PLUS = {"vi", "vim", "nvim", "gvim", "nano", "emacs", "emacsclient", "micro", "kak", "joe", "gedit", "ne"}
_BY_COLON = {"subl", "sublime_text", "hx", "helix", "zed", "mate"}
_BY_GOTO = {"code", "code-insiders", "codium", "cursor", "windsurf"}
_IN_TERMINAL = {"vi", "vim", "nvim", "nano", "micro", "kak", "joe", "ne", "hx", "helix", "emacs"}

_OPEN: list[subprocess.Popen[bytes]] = []  # nobody waits for them, as long as this process lives


class NoEditor(LookupError):
    """Nothing says which editor is meant, or it is not there."""


def command(path: Path, line: int, environment: dict[str, str] | None = None) -> list[str]:
    """Return the command that opens a file at a line: of `$VISUAL`, `$EDITOR`, or VS Code in its own terminal.

    Raises:
        NoEditor: none of them says which editor is meant, or that is not installed.
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
    """Whether an editor runs in the terminal from which it is started."""
    return _name(words[0]) in _IN_TERMINAL and not {"-g", "-c", "--create-frame"} & {*words[1:]}


def run(words: list[str]) -> int:
    """Start an editor; wait for it where it has the terminal, and return its exit code."""
    if needs_terminal(words):
        return subprocess.run(words, check=False).returncode
    silent = subprocess.DEVNULL
    _OPEN.append(subprocess.Popen(words, stdin=silent, stdout=silent, stderr=silent, **APART))
    return 0


def _name(program: str) -> str:
    return Path(program).stem.lower()
