"""Where each known mistake leaves the solution, and with what: noted once, so that few need be run for a diagnosis.

What is noted depends on bank, solution, engine and torch alone. It is kept in `.kata/index/` under a digest of
these; a file that is missing, old or broken is made again, silently.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from kata.content import bank_files
from kata.content.bank import Answer
from kata.content.files import engine_digest, write_whole
from kata.content.lesson import Lesson
from kata.diagnosis.amounts import Amounts
from kata.diagnosis.observation import Fact

SAMPLE = 12  # numbers from either end of a tensor


@dataclass(frozen=True)
class Leaving:
    """The first fact in which a mistake differs from the solution.

    Args:
        where: the index of the fact; None where a run of it ends before.
        value: the fingerprint of what was observed there.
    """

    where: int | None
    value: object

    def may_fit(self, where: int, value: object) -> bool:
        """Whether a run that leaves the solution there, with a value of that fingerprint, may be this mistake's."""
        return self.where is None or (self.where == where and alike(self.value, value))


def _read_by_its_spec(needed: Lesson, lesson: Lesson) -> list[Path]:
    """Return the files of a lesson on which that depends; of others than it, the answers that judge."""
    others = bank_files.at(needed.mistakes) + bank_files.at(needed.accepted) if needed != lesson else []
    return [needed.solution, *map(Path, others)]


class Index:
    """What is noted of one lesson.

    Attributes:
        lines: for each file of the bank and each answer in it the first and last line, and the answer that lends it its
            words, or "".
    """

    def __init__(self, lesson: Lesson, bank: Mapping[str, bytes]) -> None:
        self._file = lesson.root / ".kata" / "index" / f"{lesson.name}.json"
        self._digest = _digest(
            *(text for name in sorted(bank) for text in (name.encode(), bank[name])),
            *(one.read_bytes() for needed in (lesson, *lesson.needs) for one in _read_by_its_spec(needed, lesson)),
        )
        self.lines: dict[str, dict[str, tuple[int, int, str]]] = {}
        self._leavings: dict[str, dict[str, Leaving]] = {}
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
            self._read(json.loads(self._file.read_bytes()))

    def _read(self, kept: Any) -> None:
        if kept["digest"] == self._digest:
            lines = {
                name: {key: (int(first), int(last), str(of)) for key, (first, last, of) in its.items()}
                for name, its in kept["lines"].items()
            }
            self._leavings = {
                name: {key: Leaving(**words) for key, words in its.items()} for name, its in kept["leavings"].items()
            }
            self.lines = lines

    def of(self, exercise: str) -> Mapping[str, Leaving] | None:
        """Return what is noted of each mistake of an exercise; None where it must be found out first."""
        return self._leavings.get(exercise)

    def keep(self, exercise: str, answers: list[Answer], leavings: dict[str, Leaving]) -> None:
        """Note what was found out of an exercise, and where the answers of the bank stand."""
        self.lines = {}
        for one in answers:
            self.lines.setdefault(one.file.name, {})[one.key] = (*one.lines, one.of)
        self._leavings[exercise] = leavings
        kept = {name: {key: asdict(one) for key, one in its.items()} for name, its in self._leavings.items()}
        text = json.dumps({"digest": self._digest, "lines": self.lines, "leavings": kept})
        with contextlib.suppress(OSError):  # nothing may be written there: it is found out again each time
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._file, text.encode())

    def others(self, name: str, keys: set[str]) -> list[tuple[int, int]] | None:
        """Return the lines of all answers of a file that are not needed to read those of `keys`; None for all."""
        its = self.lines.get(name, {})
        needed = keys & its.keys()
        if not needed:
            return None
        while more := {its[key][2] for key in needed} - needed - {""}:
            needed |= more
        return [(first, last) for key, (first, last, _) in its.items() if key not in needed]


def _digest(*texts: bytes) -> str:
    found = hashlib.sha256(repr((torch.__version__, sys.version, engine_digest())).encode())
    for text in texts:
        found.update(hashlib.sha256(text).digest())
    return found.hexdigest()[:32]


def fingerprint(value: object) -> object:
    """Return a small stand-in for an observed value, fit for JSON: the same for values that are the same.

    Of what has no short description only the kind is noted.
    """
    if isinstance(value, Tensor):
        return _of_tensor(value)
    if isinstance(value, list | tuple):
        return [fingerprint(part) for part in value]
    if isinstance(value, Amounts):
        return [*value.after, *(fingerprint(part) for part in value.after.values())]
    if isinstance(value, str | int | float) or value is None:
        return value
    return {"a value of type": type(value).__name__}


def fingerprint_of(fact: Fact) -> object:
    """Return a small stand-in for a fact's value, and where it lies."""
    return [fingerprint(fact.value), *fact.lies]


def _of_tensor(tensor: Tensor) -> object:
    kind = [str(tuple(tensor.shape)), str(tensor.dtype), tensor.is_meta]
    if tensor.is_meta or tensor.is_complex():
        return kind
    numbers = tensor.detach().flatten().double()
    largest = float(torch.nan_to_num(numbers.abs()).max()) if len(numbers) else 0.0
    return {"kind": kind, "largest": largest, "numbers": numbers[:SAMPLE].tolist() + numbers[-SAMPLE:].tolist()}


def alike(a: object, b: object, largest: float = 1.0) -> bool:
    """Whether two fingerprints may be of the same value; numbers within some times the noise of float32."""
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(alike(one, other, largest) for one, other in zip(a, b, strict=True))
    if isinstance(a, dict) and isinstance(b, dict):
        size = max(1.0, a.get("largest", 1.0), b.get("largest", 1.0))
        return a.keys() == b.keys() and all(alike(part, b[name], size) for name, part in a.items())
    if isinstance(a, float) and isinstance(b, float):
        near = math.isclose(a, b, rel_tol=3e-4, abs_tol=3e-5 * min(largest, 1e6))
        return near or (math.isnan(a) and math.isnan(b))
    return type(a) is type(b) and a == b
