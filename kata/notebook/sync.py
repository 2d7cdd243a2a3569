"""Decide which of cell and file is newer, by comparing both with the last synchronised text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from kata.content.files import write_whole
from kata.content.lesson import Lesson
from kata.content.patching import stub_text
from kata.learner.backup import keep
from kata.learner.progress import ExerciseRef, Unknown
from kata.notebook import cells
from kata.notebook.cells import Cell, Parts

Word = Literal["same", "cell", "file", "both"]
_FILE = "{path} has another text than this cell, and that is what was checked: %show {name} brings it here."
_BOTH = (
    "this cell and {path} have both changed since they last said the same, and nothing was changed. %%exercise {name} "
    "--cell takes the cell's text (the file's is kept), --file goes on with the file's"
)


def who(cell: Parts, file: Parts, before: Parts) -> Word:
    """Return which side has changed since the last synchronisation.

    Args:
        cell: the parts of the cell.
        file: the same parts in the learner's file.
        before: the parts at the last synchronisation; a missing part was in neither.
    """
    if cell == file:
        return "same"
    then = {key: before.get(key, "") for key in cell}
    if file == then:
        return "cell"
    return "file" if cell == then else "both"


class Agreement:
    """The last synchronised texts of cells and files, saved in ``.kata/notebook.json``."""

    def __init__(self, root: Path) -> None:
        self.path = root / ".kata" / "notebook.json"

    def before(self, place: ExerciseRef) -> Parts:
        """Return the last synchronised text of an exercise; initially the stub."""
        kept = self._all().get(place.key)
        if isinstance(kept, dict):
            return {str(key): str(text) for key, text in kept.items()}
        return {place.exercise.name: cells.in_file(stub_of(place), place.exercise.name)}

    def keep(self, place: ExerciseRef, parts: Parts) -> None:
        """Save the text on which both agree now."""
        self.path.parent.mkdir(exist_ok=True)
        write_whole(self.path, json.dumps({**self._all(), place.key: parts}).encode())

    def _all(self) -> dict[str, object]:
        try:
            kept = json.loads(self.path.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return kept if isinstance(kept, dict) else {}


def agree_on_all(lesson: Lesson, source: str) -> None:
    """Save that the cells of a new notebook agree with the file."""
    agreement = Agreement(lesson.root)
    for exercise in lesson.exercises:
        agreement.keep(ExerciseRef(lesson, exercise), {exercise.name: cells.in_file(source, exercise.name)})


def stub_of(place: ExerciseRef) -> str:
    """Return the stub of an exercise's lesson."""
    lesson = place.lesson
    return stub_text(lesson.solution.read_text("utf-8"), [one.name for one in lesson.exercises])


def settle(place: ExerciseRef, cell: Cell, choice: Word | None) -> list[str]:
    """Copy a cell to the learner's file if the cell is newer, after a backup of the file.

    Args:
        place: the exercise.
        cell: the code of its cell.
        choice: "cell" or "file", if the learner has chosen one.

    Returns:
        a message about it, or "".

    Raises:
        Unknown: both have changed without a choice, or they cannot be merged; nothing was changed.
    """
    path, name = f"exercises/{place.lesson.name}.py", place.exercise.name
    agreement = Agreement(place.lesson.root)
    try:
        old = place.lesson.stub.read_bytes()
        source = old.decode().replace("\r\n", "\n")
        word = who(cell.parts, cells.parts_of(source, name, list(cell.parts)), agreement.before(place))
        word = choice if choice is not None and word != "same" else word
        if word == "both":
            raise Unknown(_BOTH.format(path=path, name=name))
        if word == "file":
            return [_FILE.format(path=path, name=name)]
        made = source if word == "same" else cells.put(source, name, cell.parts)
    except (OSError, ValueError, SyntaxError, LookupError) as error:
        raise Unknown(f"nothing was put into {path}: {error}") from None
    said = []
    if made != source:
        kept = keep(place.lesson, old)
        write_whole(place.lesson.stub, made.replace("\n", "\r\n" if b"\r\n" in old else "\n").encode())
        said = [f"The file's text before is in {kept.relative_to(place.lesson.root).as_posix()}."] if choice else []
    agreement.keep(place, cell.parts)
    return said
