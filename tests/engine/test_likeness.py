"""Of several causes with one effect the one is named that the answer is written like."""

from __future__ import annotations

import ast

from kata.diagnosis.likeness import likeness, marks_of

WHOLE = "def f(p):\n    loss.backward()\n    optimizer.step()\n"
NO_STEP = "def f(p):\n    loss.backward()\n"
NO_BACKWARD = "def f(p):\n    optimizer.step()\n"


def alike(one: str, other: str) -> float:
    return likeness(*(marks_of(ast.parse(text), ["f"]) for text in (one, other)))


def test_an_answer_is_most_like_what_lacks_the_same_call() -> None:
    own = NO_STEP.replace("loss", "error").replace("(p)", "(weight)")

    assert alike(own, NO_STEP) == 1
    assert alike(own, NO_STEP) > max(alike(own, WHOLE), alike(own, NO_BACKWARD))


def test_docstrings_and_names_of_ones_own_say_nothing() -> None:
    assert alike('def f(a):\n    """Text."""\n    return a + 1\n', "def f(b):\n    return b + 1\n") == 1


def test_what_is_not_there_is_like_nothing() -> None:
    assert alike("g = 1", WHOLE) == 0
    assert alike("g = 1", "h = 2") == 1
