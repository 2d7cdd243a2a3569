"""A class graded in parts: each leaves a file, and whoever has all of them puts them together."""

from __future__ import annotations

import json
import re
from pathlib import Path

from kata.content.files import write_whole
from kata.learner.progress import Unknown
from kata.teacher.marks import Marks


def write(out: Path, part: tuple[int, int], everybody: list[Marks]) -> Path:
    """Write the marks of one part, and return where."""
    path = out / "parts" / f"{part[0]}-of-{part[1]}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps([one.to_json() for one in everybody]).encode())
    return path


def merged(out: Path) -> list[Marks]:
    """Return the marks of all parts.

    Raises:
        Unknown: a part is missing, or they are not of one class.
    """
    found = {path: re.fullmatch(r"(\d+)-of-(\d+)", path.stem) for path in (out / "parts").glob("*.json")}
    numbers = {int(match[1]): path for path, match in found.items() if match}
    sizes = {int(match[2]) for match in found.values() if match}
    if len(sizes) != 1:
        raise Unknown(f"{out / 'parts'} must hold the parts of one class, such as 1-of-20.json")
    missing = [str(number) for number in range(1, max(sizes) + 1) if number not in numbers]
    if missing:
        raise Unknown(f"of {max(sizes)} parts these are missing in {out / 'parts'}: {', '.join(missing)}")
    everybody = [Marks.from_json(one) for path in numbers.values() for one in json.loads(path.read_bytes())]
    if len({tuple(mark.key for mark in one.marks) for one in everybody}) > 1:
        raise Unknown(f"the parts in {out / 'parts'} are not of the same lessons")
    return everybody
