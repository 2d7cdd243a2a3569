"""The files of a new lesson, with one tiny exercise; they pass every invariant."""

from __future__ import annotations

import re
from pathlib import Path

from kata.content.files import write_whole
from kata.content.lesson import Lesson, discover
from kata.content.patching import stub_text

_NAME = re.compile(r"ex\d\d_[a-z][a-z0-9_]*")

_TEXTS = Path(__file__).with_name("template")


def make(root: Path, name: str) -> list[Path]:
    """Write the files of a new lesson and its row in README's table, and return what was written.

    Args:
        root: the repository.
        name: such as "ex42_attention".

    Raises:
        ValueError: the name is not allowed, or one of the files exists; nothing is written.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"a lesson is called like ex42_attention, not {name!r}")
    number, lesson = str(int(name[2:4])), Lesson(root, name)
    paths = {
        "solution": lesson.solution,
        "spec": lesson.spec,
        "mistakes": lesson.mistakes.with_suffix("") / "half.py",
        "accepted": lesson.accepted,
    }
    filled = {
        path: (_TEXTS / f"{kind}.py.txt").read_text("utf-8").replace("NN", number) for kind, path in paths.items()
    }
    filled[lesson.stub] = stub_text(filled[lesson.solution], ["half"])
    taken = [path for path in filled if path.exists()] + [one for one in discover(root) if one.name[:5] == name[:5]]
    if taken:
        first = taken[0].solution if isinstance(taken[0], Lesson) else taken[0]
        raise ValueError(f"{first.relative_to(root)} is there already")
    readme = root / "README.md"
    filled[readme] = _with_row(readme.read_text("utf-8"), name)
    for path, text in filled.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text.encode())
    return list(filled)


def _with_row(text: str, name: str) -> str:
    """Return README's text with a row for the lesson, in order."""
    lines = text.splitlines(keepends=True)
    rows = [number for number, line in enumerate(lines) if line.startswith("| `ex")]
    before = [number for number in rows if lines[number] < f"| `{name}`"]
    place = before[-1] + 1 if before else (rows[0] if rows else len(lines))
    lines.insert(place, f"| `{name}` | `half` (1) |\n")
    return "".join(lines)
