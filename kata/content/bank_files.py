"""The files of a bank of answers, and the parts of their texts: what observes, and what is observed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from kata.content.sealed import SUFFIX, MaybeSealed

_FIRST = re.compile(rb"^(?:exercise\(|@(?:mistake|wrong|right|accepted)\(|\w+ = (?:wrong|accepted)\()", re.MULTILINE)


def at(place: Path) -> tuple[Path, ...]:
    """Return the files of a bank: the one at `place`, or all in the folder of its name; none where there is no bank."""
    if place.is_file():
        return (place,)
    folder = place.with_suffix("")
    names = {path.name.removesuffix(SUFFIX) for kind in ("*.py", f"*.py{SUFFIX}") for path in folder.glob(kind)}
    return tuple(MaybeSealed(folder / name) for name in sorted(names))


def is_observed_in(text: bytes, exercise: str) -> bool:
    """Whether a file of a bank holds the observer of an exercise."""
    return bool(re.search(rb'^@observes\(\s*"%s"' % re.escape(exercise).encode(), text, re.MULTILINE))


def head(text: bytes) -> bytes:
    """Return what stands above the first answer of a bank: observers, and what they need."""
    first = _FIRST.search(text)
    return text[: first.start()] if first else text


def without(text: bytes, parts: Iterable[tuple[int, int]]) -> bytes:
    """Return a bank's text with the lines of some answers left empty; those that remain keep their numbers."""
    lines = text.splitlines()
    for first, last in parts:
        lines[first - 1 : last] = [b""] * (last - first + 1)
    return b"\n".join(lines)
