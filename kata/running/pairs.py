"""Which mistakes of a bank do the same in all that is observed: what fits one of them fits the others, too."""

from __future__ import annotations

from kata.content import bank
from kata.content.lesson import Lesson
from kata.diagnosis.diagnosis import Diagnoser
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
