"""Lesson 12, check_num_flat_features: how it is observed, and the bank of its wrong answers."""

import inspect
from typing import Any

import torch
from torch import Tensor

from kata.authoring import MutantSuite, Observation, body, drop, exercise, observes, replace, same_as, wrong
from mistakes.ex12_tests.shared import ROOT, see_judgements

PANEL = MutantSuite(ROOT, "ex01_lenet", "LeNet.num_flat_features", but=("takes_the_stride",))


@observes("check_num_flat_features", "Your test judges like {}.")
def observe_check_num_flat_features(lesson: Any, see: Observation) -> None:
    see_judgements(see, PANEL, lesson.check_num_flat_features)


exercise("check_num_flat_features")

flat_asks_nothing = wrong(
    "one that asks nothing",
    "Without an assert, whatever comes back is accepted.",
    body("net_class().num_flat_features(torch.rand(3, 16, 5, 5))"),
)

flat_prints = wrong(
    "one that only makes a network",
    "The method has to be called before anything can be said of it.",
    body("""
        net = net_class()
        print(net)
    """),
)

flat_refuses_all = wrong(
    "one that refuses everything",
    "Right answers are refused, too: where does your own oracle come from, and is it right?",
    body('raise AssertionError("wrong")'),
)

flat_one_example = wrong(
    "one with the docstring's example only",
    "A method that always gives 400 passes it: ask for other sizes, too.",
    body("assert net_class().num_flat_features(torch.rand(3, 16, 5, 5)) == 400"),
)

flat_one_image = wrong(
    "one with one image only",
    "Whether the batch is counted shows with several images only.",
    body("""
        net = net_class()
        assert net.num_flat_features(torch.rand(1, 16, 5, 5)) == 400
        assert net.num_flat_features(torch.rand(1, 3, 4, 7)) == 84
    """),
)

flat_square_maps = wrong(
    "one with square maps only",
    "A method that takes the width for the height passes: take maps that are no squares.",
    body("""
        net = net_class()
        for shape, wanted in (((3, 16, 5, 5), 400), ((2, 6, 14, 14), 1176)):
            given = net.num_flat_features(torch.rand(shape))
            assert hasattr(given, "__index__") and not isinstance(given, bool | Tensor)
            assert given == wanted
    """),
)

flat_any_number = wrong(
    "one that asks for the value, and not for the kind of number",
    "400.0 and a tensor equal 400, too: ask for a whole number first.",
    drop("is_whole = hasattr"),
    drop("assert is_whole"),
)

flat_kind_only = wrong(
    "one that asks for the kind of number, and not for the value",
    "Every whole number is then right.",
    drop("assert given == wanted"),
)

flat_int_only = wrong(
    "one that asks for an int and nothing else",
    "numpy's whole numbers count as well, and were promised to be right.",
    replace('hasattr(given, "__index__") and not isinstance(given, bool | Tensor)', "type(given) is int"),
)

flat_isinstance_int = same_as(
    flat_int_only,
    replace('hasattr(given, "__index__") and not isinstance(given, bool | Tensor)', "isinstance(given, int)"),
)

flat_always_true = wrong(
    "one whose assert stands in parentheses",
    "A tuple that is not empty is true: the message comes after a comma, without parentheses around both.",
    body("""
        given = net_class().num_flat_features(torch.rand(3, 16, 5, 5))
        outcome = (given == 400, "must be 400")
        assert outcome
    """),
)

flat_with_itself = wrong(
    "one that compares the method with itself",
    "A wrong method agrees with itself, too: the right number has to come from elsewhere.",
    body("""
        net = net_class()
        x = torch.rand(3, 16, 5, 5)
        assert net.num_flat_features(x) == net.num_flat_features(x)
    """),
)

flat_swallows = wrong(
    "one that catches its own assertions",
    "An AssertionError that is caught is seen by nobody.",
    body("""
        net = net_class()
        try:
            for shape, wanted in (((3, 16, 5, 5), 400), ((2, 3, 4, 7), 84)):
                assert net.num_flat_features(torch.rand(shape)) == wanted
        except AssertionError as error:
            print(error)
    """),
)

flat_returns = wrong(
    "one that returns whether it is right",
    "A test raises; what it returns is seen by nobody.",
    body("return net_class().num_flat_features(torch.rand(2, 3, 4, 7)) == 84"),
)

flat_counts_the_batch = same_as(
    flat_refuses_all,
    replace("given == wanted, f", "given == wanted * shape[0], f"),
)

flat_reads_the_source = same_as(
    flat_refuses_all,
    body('assert "for" in inspect.getsource(net_class.num_flat_features)'),
)

flat_other_dimensions = wrong(
    "one that asks for batches of rows, too",
    "Batches of maps (N, C, H, W) were promised, and no others: a right answer may name its four sizes.",
    replace("((5, 1, 6, 2), 12)", "((5, 6), 6)"),
)
