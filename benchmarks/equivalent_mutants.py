"""Print equivalent mutants: mistakes with other names that the observer of their exercise does not tell apart.

Usage: python benchmarks/equivalent_mutants.py [LESSON...]
"""

from __future__ import annotations

import sys
from pathlib import Path

from kata.content import bank
from kata.content.lesson import Lesson, discover
from kata.diagnosis.diagnoser import Diagnoser
from kata.diagnosis.observation import Observation, first_difference


def alike(lesson: Lesson) -> dict[str, list[list[str]]]:
    """Return, for each exercise, groups of the keys of mistakes with other names that its observer does not tell apart.

    Seconds: every mistake of the lesson is run.
    """
    diagnoser = Diagnoser(lesson)
    found: dict[str, list[list[str]]] = {one.name: [] for one in lesson.exercises}
    for exercise in found:
        diagnoser.observe_all_mistakes(exercise)
        mistakes = [one for one in bank.read(lesson, lesson.mistakes) if one.exercise == exercise]
        seen = [(one, diagnoser.seen_of(one)) for one in mistakes]
        for group in _groups([(one, what) for one, what in seen if what is not None]):
            if len({one.name for one in group}) > 1:
                found[exercise].append([one.key for one in group])
    return found


def _groups(seen: list[tuple[bank.Answer, Observation]]) -> list[list[bank.Answer]]:
    groups: list[tuple[Observation, list[bank.Answer]]] = []
    for answer, what in seen:
        for other, group in groups:
            if len(other.facts) == len(what.facts) and first_difference(what, other) is None:
                group.append(answer)
                break
        else:
            groups.append((what, [answer]))
    return [group for _, group in groups]


def main() -> None:
    """Print a line for each group."""
    root = Path(__file__).resolve().parent.parent
    sys.path.insert(0, str(root))  # where banks import from
    for lesson in discover(root):
        if not sys.argv[1:] or lesson.name.startswith(tuple(sys.argv[1:])):
            for exercise, groups in alike(lesson).items():
                for group in groups:
                    print(f"{lesson.name}::{exercise}: {', '.join(group)}")


if __name__ == "__main__":
    main()
