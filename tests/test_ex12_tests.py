"""Spec of lesson 12: a learner's tests are judged by the answers to lessons 1 and 2, wrong ones and right ones."""

from pathlib import Path
from typing import Any

import pytest

from kata.authoring import MutantSuite

NEEDS = ("ex01_lenet", "ex02_training_step")
ROOT = Path(__file__).resolve().parents[1]
FLAT = MutantSuite(ROOT, NEEDS[0], "LeNet.num_flat_features", but=("takes_the_stride",))  # shows on views only
FORWARD = MutantSuite(ROOT, NEEDS[0], "LeNet.forward", but=("moves_to_cpu",))  # shows on an accelerator only
UPDATE = MutantSuite(ROOT, NEEDS[1], "sgd_update")


@pytest.mark.exercise(
    "check_num_flat_features",
    level=2,
    hints=(
        "One example is not enough: a method that always returns 400 passes it. Which batches of maps would show "
        "that, or that the batch is counted, too?",
        "Take several shapes in which no two sizes are alike, one of them with a single image, and write down for each "
        "how many numbers an image has. Ask for the kind of number, too.",
        "Make a network, and for each pair of a shape and a count call num_flat_features with torch.rand of the shape: "
        "assert that it has __index__ and is no tensor, then that it equals the count.",
    ),
)
class TestCheckNumFlatFeatures:
    """check_num_flat_features."""

    @pytest.mark.parametrize("answer", FLAT.right)
    def test_it_accepts(self, lesson: Any, answer: str) -> None:
        FLAT.must_accept(lesson.check_num_flat_features, "Your test", answer)

    @pytest.mark.parametrize("answer", FLAT.wrong)
    def test_it_refuses(self, lesson: Any, answer: str) -> None:
        FLAT.must_refuse(lesson.check_num_flat_features, "Your test", answer)


@pytest.mark.exercise(
    "check_forward",
    level=4,
    hints=(
        "Shapes alone accept nearly everything. Where do the right scores come from? The network that you are given "
        "has the weights; the docstring says what to do with them.",
        "Compute the scores a second time, layer by layer, with F.conv2d, F.linear and the network's own weights, and "
        "compare with a tolerance. Give it weights of both signs first that are large enough, so that a missing ReLU "
        "shows; images whose mean is not 0; several at a time, and one.",
        "Do it in train and in eval mode. Before the call keep a copy of the images and torch.get_rng_state(), and "
        "compare afterwards. Then backward from the sum of the scores: every parameter and the images must have a "
        "gradient.",
    ),
)
class TestCheckForward:
    """check_forward."""

    @pytest.mark.parametrize("answer", FORWARD.right)
    def test_it_accepts(self, lesson: Any, answer: str) -> None:
        FORWARD.must_accept(lesson.check_forward, "Your test", answer)

    @pytest.mark.parametrize("answer", FORWARD.wrong)
    def test_it_refuses(self, lesson: Any, answer: str) -> None:
        FORWARD.must_refuse(lesson.check_forward, "Your test", answer)


@pytest.mark.exercise(
    "check_sgd_update",
    level=3,
    hints=(
        "The formula is the oracle: keep weights and gradients before the call, and compute where each weight must be.",
        "One network can be odd in many ways: a frozen layer, a gradient that is None, a weight that two layers "
        "share, a parameter of its own, layers inside of layers. Then ask what must be as before: objects, gradients, "
        "modes, dtypes, and whether torch still records gradients.",
        "Loop over some learning rates, 0 among them, and over two dtypes. Call it twice with other gradients: what is "
        "remembered shows in the second call. For each parameter compare with old - rate * gradient.",
    ),
)
class TestCheckSgdUpdate:
    """check_sgd_update."""

    @pytest.mark.parametrize("answer", UPDATE.right)
    def test_it_accepts(self, lesson: Any, answer: str) -> None:
        UPDATE.must_accept(lesson.check_sgd_update, "Your test", answer)

    @pytest.mark.parametrize("answer", UPDATE.wrong)
    def test_it_refuses(self, lesson: Any, answer: str) -> None:
        UPDATE.must_refuse(lesson.check_sgd_update, "Your test", answer)
