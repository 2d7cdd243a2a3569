"""Mistakes that an observer does not tell apart: each group is known, with its reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.equivalent_mutants import alike
from kata.content.lesson import Lesson

ROOT = Path(__file__).resolve().parents[2]
# The lessons whose banks are run in seconds; `python benchmarks/equivalent_mutants.py` shows the groups of all.
KNOWN = {
    "ex07_backpropagation": {
        "relu_backward": [["asks_upstream", "relu_of_upstream"]],  # one and the same function, written in two ways
    },
    "ex08_convolution": {
        # Both stop at the first image that is not square, or give what the other gives.
        "conv2d_by_loops": [["beyond_the_edge", "sides_swapped"]],
        # To go through the layers backwards, and to take the formula for that, is the same sum.
        "receptive_field": [["backwards", "backwards_formula"]],
    },
}


@pytest.mark.parametrize("name", KNOWN)
def test_what_looks_alike_is_listed(name: str) -> None:
    found = {exercise: groups for exercise, groups in alike(Lesson(ROOT, name)).items() if groups}

    assert found == KNOWN[name]
