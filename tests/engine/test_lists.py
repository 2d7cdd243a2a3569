"""Facts that are lists: rows of yes and no, courses, names, lists inside of lists. Each has a sentence, or none."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from kata.diagnosis.facts import answers, sequence

STEP = ["the network is run", "gradients flow back", "the optimizer steps"]


@pytest.mark.parametrize(
    ("place", "given", "wanted", "said"),
    [
        (
            "which parameters take gradients",
            [False, False],
            [True, True],
            "Must be so of each, and is of none: parameters take gradients.",
        ),
        (
            "whether a graph is recorded in each batch",
            [True, True],
            [False, False],
            "Must be so of none, and is of each: a graph is recorded in each batch.",
        ),
        ("which layers move", [True, True], [True, False], "Must not be so of number 2, and is: layers move."),
        ("which layers move", [False, True], [True, True], "Must be so of number 1, and is not: layers move."),
        ("whether it is run", [True], [False], "Must not be so, and is: it is run."),
        (
            "the modes after the step",
            [False, False],
            [True, True],
            "In the modes after the step, each must be train mode, and each is eval mode.",
        ),
        ("the settings", [True, False], [False, False], "In the settings, number 1 must be False, and is True."),
    ],
)
def test_rows_of_yes_and_no(place: str, given: list[bool], wanted: list[bool], said: str) -> None:
    assert answers(place, given, wanted) == said


@pytest.mark.parametrize(
    ("given", "wanted", "said"),
    [
        (STEP[:2], STEP, "In it, `the optimizer steps` must come after `gradients flow back`, and nothing does."),
        (
            [*STEP, STEP[0]],
            STEP,
            "In it, nothing may come after `the optimizer steps`, and `the network is run` does.",
        ),
        (
            [STEP[0], STEP[2]],
            STEP,
            "In it, `gradients flow back` must come after `the network is run`, and `the optimizer steps` does.",
        ),
        ([STEP[2]], STEP, "In it, `the network is run` must come first, and `the optimizer steps` does."),
        (["cpu", "cpu"], ["cuda", "cuda"], "In it, each must be cuda, and each is cpu."),
        ([], ["prototypes"], "It must be prototypes, and is nothing."),
        (["a hook"], [], "It must be nothing, and is: a hook."),
        ([1, 2, 3], [1, 2], "In it, there must be 2, and there are 3."),
        ([1, 5], [1, 2], "In it, number 2 must be 2, and is 5."),
        ([[0, 1], [2, 9]], [[0, 1], [2, 3]], "In it, part 2, number 2 must be 3, and is 9."),
        ([None, None], [torch.ones(2), torch.ones(2)], "In it, each is None, and none may be."),
        ([torch.ones(2), None], [torch.ones(2), torch.ones(2)], "In it, number 2 must not be None, and is."),
        ([torch.ones(2), True], [torch.ones(2), False], "In it, number 2 must be False, and is True."),
        ([torch.ones(2), 1], [torch.zeros(2), 1], "In it, number 1 holds other numbers than it must."),
        ([torch.ones(2)], [torch.ones(3)], "In it, number 1 must have the shape (3,), and has (2,)."),
    ],
)
def test_lists_that_differ(given: list[Any], wanted: list[Any], said: str) -> None:
    assert sequence("it", given, wanted) == said


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ([torch.ones(2)], [torch.zeros(2), torch.zeros(2)]),
        (["a" * 100, "b"], ["b", "a" * 100]),
        ((1, 2), (1, 3)),
        ("text", "other"),
    ],
)
def test_what_takes_more_than_words_is_not_told(given: Any, wanted: Any) -> None:
    assert sequence("it", given, wanted) == ""
    assert answers("it", given, wanted) == ""


def test_lists_that_are_equal_have_no_sentence() -> None:
    assert answers("which layers move", [True], [True]) == ""
