"""Of several causes with one effect the one is named that the answer is written like."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from kata.checking import loading
from kata.content import bank
from kata.content.lesson import Lesson
from kata.content.patching import PatchedModule
from kata.diagnosis.similarity import break_tie, contradicted, features_of, margin, similarity

ROOT = Path(__file__).resolve().parents[2]

WHOLE = "def f(p):\n    loss.backward()\n    optimizer.step()\n"
NO_STEP = "def f(p):\n    loss.backward()\n"
NO_BACKWARD = "def f(p):\n    optimizer.step()\n"


def alike(one: str, other: str) -> float:
    return similarity(*(features_of(ast.parse(text), ["f"]) for text in (one, other)))


def test_an_answer_is_most_like_what_lacks_the_same_call() -> None:
    own = NO_STEP.replace("loss", "error").replace("(p)", "(weight)")

    assert alike(own, NO_STEP) == 1
    assert alike(own, NO_STEP) > max(alike(own, WHOLE), alike(own, NO_BACKWARD))


def test_docstrings_and_names_of_ones_own_say_nothing() -> None:
    assert alike('def f(a):\n    """Text."""\n    return a + 1\n', "def f(b):\n    return b + 1\n") == 1


def speaks_for(own: str, one: str, other: str) -> float:
    return margin(*(features_of(ast.parse(text), ["f"]) for text in (own, one, other)))


CLONES = "def f(p):\n    p.clone().sub_(step)\n"
RESULT = "def f(p):\n    p.sub(step)\n"
NOTHING = "def f(p):\n    pass\n"


def test_a_text_speaks_for_what_it_shares_with_one_of_two_alone() -> None:
    own = "def f(p):\n    for q in p:\n        q.clone().sub_(2 * q.grad)\n"

    assert speaks_for(own, CLONES, RESULT) == 1
    assert speaks_for(own, RESULT, CLONES) == -1


def test_a_text_with_neither_speaks_for_neither() -> None:
    assert abs(speaks_for("def f(p):\n    return p\n", CLONES, RESULT)) < 0.5


def test_what_only_lacks_something_is_spoken_for_by_not_having_it() -> None:
    assert speaks_for(NOTHING, NOTHING, CLONES) == 1
    assert speaks_for(CLONES, NOTHING, CLONES) < 0


def test_what_cannot_be_told_apart_is_named_together() -> None:
    lesson = Lesson(ROOT, "ex07_backpropagation")
    known = {one.key: one for one in bank.read(lesson, lesson.mistakes)}
    both = [known["asks_upstream"], known["relu_of_upstream"]]
    elsewhere = loading.of_bank(known["no_upstream"])  # it speaks for neither

    for one in both:
        assert break_tie(loading.of_bank(one), both, is_whole=True) == (one, ())
    answer, ambiguous_with = break_tie(elsewhere, both, is_whole=True)
    assert {answer.name, *ambiguous_with} == {one.name for one in both}


def test_what_agrees_in_part_claims_least() -> None:
    lesson = Lesson(ROOT, "ex01_lenet")
    known = {one.key: one for one in bank.read(lesson, lesson.mistakes)}
    names = ("no_relu_at_all", "no_relu_after_conv1", "no_relu_after_conv1_and_softmax")

    answer, ambiguous_with = break_tie(
        loading.of_bank(known["average_pooling"]), [known[one] for one in names], is_whole=False
    )

    assert (answer.key, ambiguous_with) == ("no_relu_at_all", ())


def test_what_is_not_there_is_like_nothing() -> None:
    assert alike("g = 1", WHOLE) == 0
    assert alike("g = 1", "h = 2") == 1


@pytest.mark.parametrize(
    ("lesson", "key", "old", "new", "is_ruled_out"),
    [
        ("ex11_processes", "quotient_lost", "parameter.grad /= dist.get_world_size()", "pass", True),
        ("ex11_processes", "quotient_lost", "parameter.grad /= dist", "parameter.grad.div(2) and dist", False),
        ("ex09_devices", "no_autocast", "torch.autocast(x.device.type)", 'torch.autocast("cuda")', True),
        ("ex09_devices", "no_autocast", "with torch.autocast(x.device.type):", "if True:", False),
    ],
    ids=["no division at all", "another division", "an autocast", "no autocast"],
)
def test_the_text_rules_out_a_mistake_that_it_contradicts(
    lesson: str, key: str, old: str, new: str, is_ruled_out: bool
) -> None:
    its = Lesson(ROOT, lesson)
    known = {one.key: one for one in bank.read(its, its.mistakes)}
    text = its.solution.read_text("utf-8")
    assert text.count(old) == 1
    module = PatchedModule(text.replace(old, new).encode(), str(its.stub))
    own = loading.Submission(its, its.stub, lambda: module, frozenset())

    assert contradicted(own, known[key]) is is_ruled_out
