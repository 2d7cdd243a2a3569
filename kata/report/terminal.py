"""The learner's terminal: coloured lines, single keys, and its settings restored at the end."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator

from rich.console import Console
from rich.text import Text

from kata.processes import system
from kata.report.report import STYLES, Line

_STYLES = STYLES | {"faint": "dim"}  # as rich calls it


class Terminal:
    """Writes screens and reads keys; to a dumb terminal or a pipe, writes plain lines."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False, soft_wrap=True)
        self.is_plain = not self.console.is_terminal or os.environ.get("TERM") in ("dumb", None)

    def show(self, lines: Iterable[Line], clear: bool = False) -> None:
        """Write lines, on a cleared screen if `clear` and the terminal can."""
        if clear and not self.is_plain:
            self.console.clear()
        for text, style in lines:
            self.console.print(Text(text, style=_STYLES.get(style, "")))

    @contextlib.contextmanager
    def keys(self, press: Callable[[str], object]) -> Iterator[None]:
        """Call `press` with each key from a thread during a block; for a pipe with the first letter of a word."""
        descriptor = sys.stdin.fileno()
        is_open = True

        def listen() -> None:
            while is_open and (text := system.read_keys(descriptor)):
                for one in text.split() if self.is_plain else text:
                    press(one[0])

        reading = threading.Thread(target=listen, daemon=True)
        with system.single_keys(descriptor) if sys.stdin.isatty() else contextlib.nullcontext():
            if sys.stdin.isatty() or _is_readable(descriptor):
                reading.start()
            yield
            is_open = False


def _is_readable(descriptor: int) -> bool:
    import stat

    mode = os.fstat(descriptor).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def side_by_side(left: tuple[str, str], right: tuple[str, str]) -> None:
    """Write two titled pieces of Python, side by side if there is room."""
    from rich.columns import Columns
    from rich.panel import Panel
    from rich.syntax import Syntax

    console = Console()
    panels = [Panel(Syntax(text, "python", word_wrap=True), title=title) for title, text in (left, right)]
    if console.width >= 100:
        for panel in panels:
            panel.width = console.width // 2 - 1
        console.print(Columns(panels))
    else:
        for panel in panels:
            console.print(panel)
