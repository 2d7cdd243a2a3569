"""Which has the word, the cell or the file: what both last agreed on tells who has changed since."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from kata.content.files import write_whole
from kata.content.graft import stub_text
from kata.content.lesson import Lesson
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
    """Return who has changed since both said the same.

    Args:
        cell: the parts of the cell.
        file: the same parts in the learner's file.
        before: what both last agreed on; a part that it lacks was in neither.
    """
    if cell == file:
        return "same"
    then = {key: before.get(key, "") for key in cell}
    if file == then:
        return "cell"
    return "file" if cell == then else "both"


class Agreement:
    """What the cells of a repository's notebooks and its files last agreed on, kept in ``.kata/notebook.json``."""

    def __init__(self, root: Path) -> None:
        self.path = root / ".kata" / "notebook.json"

    def before(self, place: ExerciseRef) -> Parts:
        """Return what is known of an exercise; where nothing is, the stub, with which both began."""
        kept = self._all().get(place.key)
        if isinstance(kept, dict):
            return {str(key): str(text) for key, text in kept.items()}
        return {place.exercise.name: cells.in_file(stub_of(place), place.exercise.name)}

    def keep(self, place: ExerciseRef, parts: Parts) -> None:
        """Remember what both now say."""
        self.path.parent.mkdir(exist_ok=True)
        write_whole(self.path, json.dumps({**self._all(), place.key: parts}).encode())

    def _all(self) -> dict[str, object]:
        try:
            kept = json.loads(self.path.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return kept if isinstance(kept, dict) else {}


def agree_on_all(lesson: Lesson, source: str) -> None:
    """Remember that the cells of a new notebook say what the file says."""
    agreement = Agreement(lesson.root)
    for exercise in lesson.exercises:
        agreement.keep(ExerciseRef(lesson, exercise), {exercise.name: cells.in_file(source, exercise.name)})


def stub_of(place: ExerciseRef) -> str:
    """Return the stub of an exercise's lesson."""
    lesson = place.lesson
    return stub_text(lesson.solution.read_text("utf-8"), [one.name for one in lesson.exercises])


def settle(place: ExerciseRef, cell: Cell, choice: Word | None) -> list[str]:
    """Put a cell into the learner's file where the cell has the word; the file's text before is kept.

    Args:
        place: the exercise.
        cell: what its cell says.
        choice: "cell" or "file", where the learner has said who is to have the word.

    Returns:
        what is to be said of it.

    Raises:
        Unknown: both have changed and nobody has said which is to stay, or they cannot be put together; nothing was
            changed.
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
