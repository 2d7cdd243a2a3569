"""Count how many wrong answers of the banks are located by small changes alone, as if nobody had listed them.

Usage: python benchmarks/localisation.py [LESSON...]

About three minutes for a lesson. Printed for each exercise: how many were located on a line that their edit touches,
how many elsewhere, and the median of the seconds to the hit; below it, those located elsewhere.
"""

from __future__ import annotations

import difflib
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from kata.checking import limits, loading
from kata.content import bank
from kata.content.edits import EditError
from kata.content.lesson import Lesson, discover
from kata.diagnosis.diagnoser import Diagnoser
from kata.diagnosis.repair.search import Located, Search, TooLong
from kata.running import locating
from kata.running.surroundings import SECONDS


@dataclass
class Found:
    """What was found among the wrong answers of one exercise.

    Args:
        right: how many were located on a line that the mistake's edit touches.
        silent: how many were not located.
        wrong: key and sentence of those located elsewhere.
        seconds: how long each hit took.
    """

    right: int = 0
    silent: int = 0
    wrong: list[tuple[str, str]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    @property
    def in_words(self) -> str:
        """The same in one line."""
        total = self.right + self.silent + len(self.wrong)
        median = f", median {statistics.median(self.seconds):.1f} s" if self.seconds else ""
        return f"{self.right} of {total} located, {len(self.wrong)} elsewhere{median}"


def search(lesson: Lesson, seconds: float, each: int = 1) -> Iterator[tuple[str, Found]]:
    """Search in the wrong answers of each exercise; a place counts where the answer's observation is then right.

    Args:
        lesson: the lesson.
        seconds: for one answer.
        each: takes every so many answers only.

    Yields:
        the exercise, and what was found.
    """
    diagnoser = Diagnoser(lesson)
    answers = bank.read(lesson, lesson.mistakes)
    solution = Path(lesson.solution).read_text("utf-8").splitlines()
    for exercise in lesson.exercises:
        found = Found()
        for answer in [one for one in answers if one.exercise == exercise.name][::each]:
            _add(found, answer, solution, diagnoser, seconds)
        yield exercise.name, found


def _add(found: Found, answer: bank.Answer, solution: list[str], diagnoser: Diagnoser, seconds: float) -> None:
    try:
        touched, text = _touched(solution, answer.text.splitlines()), answer.text
    except EditError:  # told where the bank itself is checked
        return
    diagnoser.scene(answer.exercise)
    began = time.perf_counter()
    hits: list[tuple[float, Located]] = []
    look = partial(_look, diagnoser, answer, text, seconds)
    for located in locating.in_copy(look, seconds):
        hits.append((time.perf_counter() - began, located))
    if not hits:
        found.silent += 1
        return
    took, place = hits[-1]
    found.seconds.append(took)
    if touched.intersection((*range(place.line, place.last + 1), place.then, *place.others)):
        found.right += 1
    else:
        found.wrong.append((answer.key, place.sentence))


def _look(diagnoser: Diagnoser, answer: bank.Answer, text: str, seconds: float, send: locating.Send) -> None:
    submission = loading.of_bank(answer)
    limit = partial(limits.ended_after, error=TooLong)
    for located in Search(diagnoser, submission, answer.exercise, seconds, lambda _: True, limit).run():
        send(located)


def _touched(solution: list[str], text: list[str]) -> set[int]:
    """Return the lines of an answer that differ from the solution's, and those that stand beside."""
    matcher = difflib.SequenceMatcher(None, solution, text, autojunk=False)
    parts = [(first, last) for tag, _, _, first, last in matcher.get_opcodes() if tag != "equal"]
    return {line for first, last in parts for line in range(first, last + 3)}


def main() -> None:
    """Print a table."""
    root = Path(__file__).resolve().parent.parent
    sys.path.insert(0, str(root))  # where banks import from
    for lesson in discover(root):
        if not sys.argv[1:] or lesson.name.startswith(tuple(sys.argv[1:])):
            for exercise, found in search(lesson, SECONDS):
                print(f"{lesson.name}::{exercise}: {found.in_words}")
                for key, sentence in found.wrong:
                    print(f"    {key}: {sentence}")


if __name__ == "__main__":
    main()
