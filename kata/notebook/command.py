"""The command `kata notebook`."""

from __future__ import annotations

import importlib.util
import time
from pathlib import Path
from typing import Annotated

import typer

from kata.content.files import write_whole
from kata.learner.desk import Kata, LessonName
from kata.learner.progress import Unknown

_NEEDS = ("nbformat", "IPython")


def notebook(
    lesson: LessonName = None,
    again: Annotated[bool, typer.Option("--again", help="Write it anew, from your file as it is now.")] = False,
) -> None:
    """Write a lesson as a notebook whose cells go into your file and show its verdict."""
    if lacking := [name for name in _NEEDS if importlib.util.find_spec(name) is None]:
        raise Unknown(f'kata notebook needs {" and ".join(lacking)}: pip install -e ".[notebook]"')
    from kata.notebook.agreed import agree_on_all
    from kata.notebook.book import book

    kata = Kata()
    chosen = kata.find_lesson(lesson)
    path = kata.root / "notebooks" / f"{chosen.name}.ipynb"
    shown = path.relative_to(kata.root).as_posix()
    if path.exists() and not again:
        typer.echo(f"{shown} is there already, and stays as it is; --again writes it anew, and keeps the old one.")
        return
    try:
        source = chosen.stub.read_text("utf-8")
        text = book(chosen, source)
        path.parent.mkdir(exist_ok=True)
        old = _set_aside(path) if path.exists() else ""
        write_whole(path, text.encode())
        agree_on_all(chosen, source)
    except (OSError, ValueError, SyntaxError, LookupError) as error:
        raise Unknown(f"exercises/{chosen.name}.py cannot become a notebook: {error}") from None
    typer.echo(f"{shown}: open it in Jupyter (jupyter lab {shown}), VS Code or Colab.{old}")


def _set_aside(path: Path) -> str:
    aside = path.with_name(f"{path.stem}-{time.strftime('%Y%m%d-%H%M%S')}.ipynb")
    path.rename(aside)
    return f" The old one is {aside.name}."
