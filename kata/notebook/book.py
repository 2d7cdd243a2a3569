"""Write a lesson as a notebook: its text, and for each exercise its docstring and a cell to fill."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from kata.content.lesson import Exercise, Lesson
from kata.content.patching import definitions, parse
from kata.notebook import cells

_START = """\
Run the cell below first. If it says that there is no module named `kata`, this notebook runs in another Python than the
one in which you ran `pip install -e ".[notebook]"`: choose that one as the kernel.

A cell that begins with `%%exercise` goes into `exercises/{lesson}.py` when you run it, and its checks run. `%hint`
shows a hint, `%compare` the solution once an exercise is done. `%use` brings what the file defines into this notebook,
so that you can try it in cells of your own. What you change in the file itself counts, too: where both differ, you are
told."""
_END = """\
The whole report: `pytest exercises/{lesson}.py` in a terminal. `%train` in a cell trains your own network, and shows
how it went."""


def book(lesson: Lesson, source: str) -> str:
    """Return the notebook of a lesson.

    Args:
        lesson: the lesson.
        source: the learner's file of it.

    Raises:
        SyntaxError: the file cannot be read.
        LookupError: it lacks an exercise.
    """
    made = new_notebook(cells=[*_cells(lesson, source)])
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    made.metadata["language_info"] = {"name": "python"}
    for number, cell in enumerate(made.cells):
        cell["id"] = f"{lesson.name}-{number}".replace("_", "-")
    text: str = nbformat.writes(made)
    return text + "\n"


def _cells(lesson: Lesson, source: str) -> Iterator[Any]:
    tree = parse(source, str(lesson.stub))
    yield new_markdown_cell(f"# {lesson.name}\n\n{_fenced(ast.get_docstring(tree) or '')}")
    yield new_markdown_cell(_START.format(lesson=lesson.name))
    yield new_code_cell("%load_ext kata.notebook")
    given = "\n".join(ast.unparse(one) for one in tree.body if isinstance(one, ast.Import | ast.ImportFrom))
    yield new_markdown_cell(
        f"The file begins with these imports, and what you write may use them:\n\n{_fenced(given, 'python')}"
    )
    for exercise in lesson.exercises:
        yield new_markdown_cell(_about(exercise, tree))
        yield new_code_cell(f"%%exercise {exercise.name}\n{cells.in_file(source, exercise.name)}")
    yield new_markdown_cell(_END.format(lesson=lesson.name))


def _about(exercise: Exercise, tree: ast.Module) -> str:
    function = definitions(tree, exercise.name)[-1]
    text = ast.get_docstring(function) or ""
    owner = exercise.name.rpartition(".")[0]
    classes = [one for one in tree.body if isinstance(one, ast.ClassDef) and one.name == owner]
    about = ast.get_docstring(classes[-1]) if classes else None
    of_class = f"{_fenced(about)}\n\n" if about and function.name == "__init__" else ""
    return f"## {exercise.name} (level {exercise.level})\n\n{of_class}{_fenced(text)}"


def _fenced(text: str, language: str = "text") -> str:
    return f"```{language}\n{text}\n```" if text else ""
