"""Pictures of maps that differ: drawn where they are asked for, and never a fault of their own."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from matplotlib.image import imread

from kata.report.maps import difference
from tests.engine.sample import ADD, TOTAL, make_repository, sums, write

pytest_plugins = ["pytester"]

MAPS_SPEC = """\
import pytest
import torch

from kata.checking import expect


@pytest.mark.exercise("add", level=1, hints=("One.", "Two.", "Three."))
class TestAdd:
    def test_maps(self, lesson):
        expect.close("the maps", torch.ones(1, 2, 8, 8) * lesson.add(1, 2), torch.full((1, 2, 8, 8), 3.0))


@pytest.mark.exercise("total", level=2, hints=("One.", "Two.", "Three."))
class TestTotal:
    def test_a_total(self, lesson):
        expect.equal("total([1])", lesson.total([1]), 1)
"""


@pytest.fixture
def wrong(pytester: pytest.Pytester) -> pytest.Pytester:
    """A repository whose first exercise gives wrong maps."""
    make_repository(pytester.path)
    write(pytester.path, "tests/test_ex01_sums.py", MAPS_SPEC)
    write(pytester.path, "exercises/ex01_sums.py", sums("return a - b", TOTAL))
    return pytester


def output(pytester: pytest.Pytester, *options: str) -> str:
    """Return what a session on the first lesson says."""
    return pytester.runpytest_inprocess("exercises/ex01_sums.py", "-p", "no:randomly", *options).stdout.str()


def test_a_picture_is_drawn_where_it_is_asked_for(wrong: pytest.Pytester) -> None:
    said = output(wrong, "--pictures")

    assert "A picture of the difference: runs/feedback/ex01_sums-add.png" in said
    assert imread(wrong.path / "runs" / "feedback" / "ex01_sums-add.png").std() > 0


def test_no_picture_is_drawn_where_none_is_asked_for(wrong: pytest.Pytester) -> None:
    assert "picture" not in output(wrong)
    assert not (wrong.path / "runs").exists()


def test_a_picture_that_cannot_be_drawn_takes_nothing_from_the_words(wrong: pytest.Pytester) -> None:
    write(wrong.path, "runs", "a file in the way")

    said = output(wrong, "--pictures")

    assert "Your sums equal those of an addition that subtracts." in said
    assert "No picture could be drawn" in said


def test_a_right_answer_has_no_picture(wrong: pytest.Pytester) -> None:
    write(wrong.path, "exercises/ex01_sums.py", sums(ADD, TOTAL))
    output(wrong, "--pictures")

    assert not (wrong.path / "runs").exists()


@pytest.mark.parametrize(
    "shape", [(3, 10), (1, 1, 2, 2), (), (0, 1, 8, 8)], ids=["rows", "tiny", "number", "no images"]
)
def test_what_is_no_map_is_not_drawn(tmp_path: Path, shape: tuple[int, ...]) -> None:
    assert difference([(torch.zeros(shape), torch.ones(shape))], tmp_path, "x") is None


@pytest.mark.parametrize("shape", [(2, 1, 8, 8), (6, 14, 14), (20, 16, 5, 5)], ids=str)
@pytest.mark.parametrize("given", [0.0, float("nan"), float("inf")], ids=str)
def test_any_maps_are_drawn(tmp_path: Path, shape: tuple[int, ...], given: float) -> None:
    path = difference([(torch.full(shape, given), torch.rand(shape))], tmp_path, "x")

    assert path is not None
    assert imread(path).std() > 0
