"""Each question of a spec fails with what was asked, what was wanted and what was given."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pytest
import torch

from kata.checking import expect
from kata.checking.expect import Mismatch


def message_of(question: Callable[..., object], *arguments: Any, **words: Any) -> str:
    """Return the words with which the question fails."""
    with pytest.raises(Mismatch) as caught:
        question(*arguments, **words)
    return str(caught.value)


def test_a_mismatch_carries_its_parts_apart() -> None:
    mismatch = Mismatch("f(1)", "2", "3", "Count again.")

    assert (mismatch.what, mismatch.wanted, mismatch.given, mismatch.why) == ("f(1)", "2", "3", "Count again.")


def test_a_mismatch_without_a_reason_ends_with_what_was_given() -> None:
    assert str(Mismatch("f(1)", "2", "3")) == "f(1) must be 2, and is 3"


# Plain values.


@pytest.mark.parametrize(
    ("given", "wanted"),
    [(1, 1), ("a", "a"), ([1, 2], [1, 2]), (torch.Size([2, 3]), [2, 3]), ([2, 3], torch.Size([2, 3])), (None, None)],
    ids=["int", "str", "list", "a shape given", "a shape wanted", "None"],
)
def test_equal_values_pass(given: object, wanted: object) -> None:
    expect.equal("x", given, wanted)


@pytest.mark.parametrize(
    ("given", "wanted", "message"),
    [
        (3, 4, "x must be 4, and is 3"),
        (4.0, 4, "x must be 4, and is the float 4.0"),
        (True, 1, "x must be 1, and is True"),
        ((2, 3), [2, 3], "x must be [2, 3], and is (2, 3)"),
        (torch.Size([2]), [2, 3], "x must be [2, 3], and is [2]"),
        (None, 4, "x must be 4, and is None"),
        ("a", "b", "x must be b, and is a"),
        (int, "b", "x must be the text 'b', and is the class int"),
        (torch.zeros(2, 3), 4, "x must be 4, and is a tensor (2, 3)"),
        (torch.tensor(4), 4, "x must be 4, and is the tensor 4"),
        (1j, 4, "x must be 4, and is complex: 1j"),
    ],
    ids=["int", "float", "bool", "tuple", "shape", "None", "str", "class", "tensor", "0-d tensor", "anything else"],
)
def test_values_that_are_not_equal_are_told_with_their_type(given: object, wanted: object, message: str) -> None:
    assert message_of(expect.equal, "x", given, wanted) == message


def test_of_long_lists_the_first_parts_that_differ_are_told() -> None:
    batches = [[10 * row + column for column in range(5)] for row in range(5)]

    assert message_of(expect.equal, "x", [*batches[:3], [7], batches[4]], batches) == (
        "x must be [30, 31, 32, 33, 34] at place 3, and is [7] there"
    )
    assert message_of(expect.equal, "x", batches[:4], batches) == (
        "x must be a list of 5, and is one of 4; missing: [40, 41, 42, 43, 44]"
    )


def test_a_reason_follows_the_values() -> None:
    assert message_of(expect.equal, "x", 3, 4, "Count again.") == "x must be 4, and is 3. Count again."


def test_what_is_given_is_told_in_one_line() -> None:
    assert message_of(expect.equal, "x", {"a": "b"}.keys(), 1) == "x must be 1, and is dict_keys: dict_keys(['a'])"


def test_a_condition_that_holds_passes() -> None:
    expect.true("net", 1, "a layer", "missing")


def test_a_condition_that_does_not_hold_is_told_in_its_own_words() -> None:
    assert message_of(expect.true, "net", [], "a layer", "missing") == "net must be a layer, and is missing"


# Numbers.


@pytest.mark.parametrize("given", [400, numpy.int64(400), numpy.int32(400)], ids=["int", "int64", "int32"])
def test_a_whole_number_may_be_of_any_integer_type(given: object) -> None:
    expect.whole_number("n", given, 400)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (399, "399"),
        (400.0, "the float 400.0"),
        (torch.tensor(400), "the tensor 400"),
        (None, "None"),
        (True, "True"),
        (numpy.float64(400), "the float 400.0"),
    ],
    ids=["another", "float", "tensor", "None", "bool", "float64"],
)
def test_what_is_no_such_whole_number_is_told(given: object, shown: str) -> None:
    assert message_of(expect.whole_number, "n", given, 400) == f"n must be 400, and is {shown}"


def test_true_is_not_the_whole_number_one() -> None:
    assert message_of(expect.whole_number, "n", True, 1) == "n must be 1, and is True"


@pytest.mark.parametrize(
    "given", [0.25, numpy.float64(0.25), 0.25 + 1e-6], ids=["float", "float64", "within the noise"]
)
def test_a_float_passes_within_the_noise_of_float32(given: object) -> None:
    expect.number("loss", given, 0.25)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (0.26, "loss must be 0.25, and is 0.26"),
        (math.nan, "loss must be 0.25, and is nan"),
        (torch.tensor(0.25), "loss must be the Python float 0.25, and is the tensor 0.25"),
        (1, "loss must be the Python float 0.25, and is 1"),
        (
            None,
            "loss must be the Python float 0.25, and is None. Is there a `return` with the result?",
        ),
    ],
    ids=["another", "nan", "tensor", "int", "None"],
)
def test_what_is_no_such_float_is_told(given: object, message: str) -> None:
    assert message_of(expect.number, "loss", given, 0.25) == message


# Errors.


def raising(error: Exception) -> Callable[[], object]:
    def call() -> None:
        raise error

    return call


def test_a_call_that_raises_as_asked_passes() -> None:
    expect.raises("f(-1)", ValueError, raising(ValueError("lr must be 0 or more, got -1")), "lr", ("-1", "minus"))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: 1, "f(-1) must raise a ValueError, and raises nothing: the value was accepted"),
        (raising(TypeError("no")), "f(-1) must raise a ValueError, and raises a TypeError: no"),
        (raising(IndexError("no")), "f(-1) must raise a ValueError, and raises an IndexError: no"),
        (
            raising(ValueError("bad")),
            "f(-1) must raise a ValueError whose message has lr and -1, and yours says: bad",
        ),
    ],
    ids=["nothing", "another error", "one that begins with a vowel", "another message"],
)
def test_a_call_that_raises_otherwise_is_told(call: Callable[[], object], message: str) -> None:
    assert message_of(expect.raises, "f(-1)", ValueError, call, "lr", "-1") == message


def test_what_is_to_do_is_no_refusal() -> None:
    with pytest.raises(NotImplementedError):
        expect.raises("f(-1)", ValueError, raising(NotImplementedError()))


# Tensors.


def test_a_tensor_is_given_back() -> None:
    given = torch.zeros(2, 3)

    assert expect.tensor("x", given, (2, 3), torch.float32) is given


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([1.0], "x must be a tensor, and is [1.0]"),
        (None, "x must be a tensor, and is None. Is there a `return` with the result?"),
        (torch.zeros(3, 2), "x: its shape must be (2, 3), and is (3, 2)"),
        (torch.zeros(2, 3).double(), "x: its dtype must be torch.float32, and is torch.float64"),
    ],
    ids=["list", "None", "shape", "dtype"],
)
def test_what_is_no_such_tensor_is_told(given: object, message: str) -> None:
    assert message_of(expect.tensor, "x", given, (2, 3), torch.float32) == message


def test_a_number_of_thousands_of_digits_is_told_by_their_count() -> None:
    said = message_of(expect.whole_number, "the count", 10**5000, 400)

    assert said == "the count must be 400, and is a whole number of about 5,000 digits"


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (torch.ones(3) + 1e-6, torch.ones(3)),
        (torch.tensor([math.nan, math.inf]), torch.tensor([math.nan, math.inf])),
        (torch.ones(2, requires_grad=True), torch.ones(2)),
        (torch.empty(0), torch.empty(0)),
        (torch.tensor([True]), torch.tensor([True])),
    ],
    ids=["within the noise", "nan and inf", "with a gradient", "empty", "bool"],
)
def test_close_tensors_pass(given: torch.Tensor, wanted: torch.Tensor) -> None:
    expect.close("x", given, wanted)


LARGE = torch.arange(6.0).reshape(2, 3)


@pytest.mark.parametrize(
    ("given", "wanted", "message"),
    [
        (torch.tensor(1.5), torch.tensor(2.0), "x must be 2.0, and is 1.5"),
        (torch.tensor([1.0, 2.0]), torch.tensor([1.0, 3.0]), "x must be [1.0, 3.0], and is [1.0, 2.0]"),
        (
            LARGE * 2,
            LARGE,
            "x must be 5 at [1, 2], and is 10 there; 5 of 6 numbers differ. It is 2 times the right one",
        ),
        (
            LARGE.where(LARGE != 3, math.nan),
            LARGE,
            "x must be 3 at [1, 0], and is nan there; 1 of 6 numbers differ",
        ),
        (torch.ones(1), torch.ones(2), "x: its shape must be (2,), and is (1,)"),
        (torch.ones(2).double(), torch.ones(2), "x: its dtype must be torch.float32, and is torch.float64"),
        (torch.ones(2, device="meta"), torch.ones(2), "x: its device must be cpu, and is meta"),
        (
            torch.arange(5),
            torch.arange(5) * 2,
            "x must be 8 at [4], and is 4 there; 4 of 5 numbers differ. It is 0.5 times the right one",
        ),
    ],
    ids=["0-d", "small", "large", "nan", "shape", "dtype", "device", "whole numbers"],
)
def test_tensors_that_are_not_close_are_told(given: torch.Tensor, wanted: torch.Tensor, message: str) -> None:
    assert message_of(expect.close, "x", given, wanted) == message


@pytest.mark.parametrize(
    ("dtype", "message"),
    [
        (torch.bool, "x must be 1 at [4], and is 0 there; 1 of 5 numbers differ"),
        (torch.uint8, "x must be 1 at [4], and is 0 there; 1 of 5 numbers differ"),
    ],
    ids=["bool", "uint8"],
)
def test_the_place_of_a_difference_is_told_for_numbers_without_a_sign(dtype: torch.dtype, message: str) -> None:
    given, wanted = torch.zeros(5).to(dtype), torch.tensor([0, 0, 0, 0, 1]).to(dtype)

    assert message_of(expect.close, "x", given, wanted) == message


def test_a_question_fails_at_the_line_that_asked() -> None:
    with pytest.raises(Mismatch) as caught:
        expect.close("x", None, torch.ones(2))

    assert Path(caught.traceback.filter(caught)[-1].path).name == "test_expect.py"


def test_a_learners_file_that_replaces_isclose_decides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "isclose", lambda *_, **__: torch.tensor(True))

    assert message_of(expect.close, "x", torch.zeros(1), torch.ones(1)) == "x must be [1.0], and is [0.0]"


class Agreeing(torch.Tensor):
    """A tensor that says of each comparison that it holds."""

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func in (torch.isclose, torch.allclose, torch.equal):
            return torch.ones((), dtype=torch.bool)
        return super().__torch_function__(func, types, args, kwargs or {})  # type: ignore[no-untyped-call]


def test_a_tensor_of_a_class_of_ones_own_is_not_asked_whether_it_is_equal() -> None:
    given = torch.tensor([1.0, 2.0]).as_subclass(Agreeing)

    said = message_of(expect.close, "the loss", given, torch.tensor([1.0, 3.0]))

    assert said == "the loss must be [1.0, 3.0], and is [1.0, 2.0]"


def test_of_two_courses_the_first_step_that_differs_is_told() -> None:
    wanted = ["the network is run", "gradients flow back"] * 3
    with pytest.raises(expect.Mismatch) as found:
        expect.equal("the course", [*wanted[:3], "the optimizer steps"], wanted)

    assert found.value.sentence == (
        "the course must be `gradients flow back` after `the network is run`, and is `the optimizer steps` there"
    )


@pytest.mark.parametrize(
    ("given", "wanted", "sentence"),
    [
        ([1.00002, 2.0], [1.0, 2.0], "x must be [1.0, 2.0], and is [1.00002, 2.0]"),
        (1.00002, 1.0, "x must be 1.0, and is 1.00002"),
        ([], [1.0], "x: its shape must be (1,), and is (0,)"),
    ],
    ids=["a list", "a number", "another shape"],
)
def test_numbers_that_differ_are_written_with_digits_that_differ(given: Any, wanted: Any, sentence: str) -> None:
    with pytest.raises(expect.Mismatch) as caught:
        expect.close("x", torch.tensor(given), torch.tensor(wanted), rtol=0.0, atol=0.0)

    assert caught.value.sentence == sentence
