"""Choose among known mistakes that agree equally well with what was observed: by how the submission is written."""

from __future__ import annotations

from kata.checking import binding
from kata.checking.binding import Submission
from kata.content.bank import Answer
from kata.diagnosis.likeness import likeness, marks_of, preference

_SURE = 0.5  # from this on what is written speaks for one of two mistakes that do the same
_RIVALS = 2  # so many are named beside the first


def chosen(submission: Submission, mistakes: list[Answer], is_whole: bool) -> tuple[Answer, tuple[str, ...]]:
    """Return one of several mistakes that agree equally well, and the names of those that might be it as well.

    Of those that agree in part only it is the one that claims least; of the others the one for which it speaks how
    the submission is written.
    """
    if len({one.name for one in mistakes}) == 1:
        return mistakes[0], ()
    tree = binding.assemble(submission).tree
    marks = [(marks_of(tree, one.changed), marks_of(one.assembly().tree, one.changed)) for one in mistakes]
    least = [min(preference(own, its, other) for _, other in marks) for own, its in marks]
    if not is_whole:
        return min(mistakes, key=lambda one: len(one.name)), ()
    order = sorted(range(len(mistakes)), key=lambda at: (least[at], likeness(*marks[at])), reverse=True)
    best = order[0]
    others = (at for at in order[1:] if mistakes[at].name != mistakes[best].name)
    rivals = [mistakes[at].name for at in others if preference(*marks[best], marks[at][1]) < _SURE]
    return mistakes[best], tuple(dict.fromkeys(rivals))[:_RIVALS]
