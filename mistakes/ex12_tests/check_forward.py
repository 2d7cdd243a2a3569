"""Lesson 12, check_forward: how it is observed, and the bank of its wrong answers."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from kata.authoring import MutantSuite, Observation, body, drop, exercise, observes, replace, same_as, wrong
from mistakes.ex12_tests.shared import ROOT, see_judgements

PANEL = MutantSuite(ROOT, "ex01_lenet", "LeNet.forward", but=("moves_to_cpu",))


TELLING = """
    no_relu_after_conv1 no_relu_after_conv2 no_relu_at_all relu_on_scores softmax_on_scores leaky_relu_everywhere
    average_pooling no_pool_after_conv2 every_second_pixel flattens_the_batch_too one_row_for_all channels_last_rows
    mixes_images stops_before_fc3 no_return returns_a_pair averages_the_batch new_layer_in_forward detached_after_conv1
    no_graph detached_images seeds_in_forward dropout_after_fc1 dropout_after_fc1_in_training standardises_images
    divides_by_255 overwrites_images switches_to_eval softmax_in_eval_mode first_image_only image_by_image methods_of_tensors convolution_as_a_matrix_product
""".split()


@observes("check_forward", "Your test judges like {}.")
def observe_check_forward(lesson: Any, see: Observation) -> None:
    see_judgements(see, PANEL, lesson.check_forward, TELLING)


exercise("check_forward")

asks_nothing = wrong(
    "one that only runs the network",
    "What runs without an error may still give wrong scores: ask for them.",
    body("net_class()(torch.randn(1, 1, 32, 32))"),
)

refuses_all = wrong(
    "one that refuses everything",
    "Right answers are refused, too: where does your own oracle come from, and is it right?",
    body('raise AssertionError("wrong")'),
)

shape_of_one_image = wrong(
    "one that asks for the shape of one image's scores only",
    "Nearly every wrong network gives ten numbers: ask which.",
    body("assert net_class()(torch.randn(1, 1, 32, 32)).shape == (1, 10)"),
)

shapes_only = wrong(
    "one that asks for shapes only",
    "Nearly every wrong network gives ten numbers per image: ask which.",
    body("""
        net = net_class()
        for count in (1, 3, 7):
            assert net(torch.randn(count, 1, 32, 32)).shape == (count, 10)
    """),
)

shapes_and_finite = same_as(
    shapes_only,
    body("""
        net = net_class()
        for count in (1, 3):
            given = net(torch.randn(count, 1, 32, 32))
            assert given.shape == (count, 10) and given.isfinite().all()
    """),
)

with_itself = wrong(
    "one that compares the network with itself",
    "A wrong network agrees with itself, too: the right scores have to come from elsewhere.",
    body("""
        net = net_class()
        images = torch.randn(3, 1, 32, 32)
        assert net(images).shape == (3, 10)
        assert torch.equal(net(images), net(images))
    """),
)

first_weights = wrong(
    "one with the weights of a new network and a wide tolerance",
    "They are so small that a forgotten ReLU hardly shows: give the network larger ones, of both signs.",
    drop("for number, parameter in enumerate(net.parameters()):"),
    replace("rtol=1e-4, atol=1e-4", "rtol=0.5, atol=0.2"),
)

ones_for_weights = wrong(
    "one with weights of 1 and images of 1",
    "Then nothing is below 0, no ReLU has anything to do, and all maps are alike.",
    replace(
        "parameter.data = drawn / max(1, parameter[0].numel()) ** 0.5",
        "parameter.data = torch.ones_like(drawn) / max(1, parameter[0].numel())",
    ),
    replace(
        "torch.randn(count, 1, 32, 32, generator=torch.Generator().manual_seed(count)) + 0.2",
        "torch.ones(count, 1, 32, 32)",
    ),
)

wide_tolerance = wrong(
    "one with a tolerance in which everything lies",
    "The scores are about 1: a tolerance of 10 asks nothing.",
    replace("rtol=1e-4, atol=1e-4", "atol=10"),
)

to_the_last_digit = wrong(
    "one that asks for the same digits to the last",
    "A right answer may add up in another order, and the last digits of float32 differ: compare with a tolerance.",
    replace(
        "torch.allclose(given, layer_by_layer(images), rtol=1e-4, atol=1e-4)",
        "torch.equal(given, layer_by_layer(images))",
    ),
)

only_one_image = wrong(
    "one with one image at a time only",
    "Whether images are mixed or flattened into one row shows with several only.",
    replace("((3, True), (3, False), (1, True), (1, False))", "((1, True), (1, False))"),
    replace("torch.ones(2, 1, 32, 32, requires_grad=True)", "torch.ones(1, 1, 32, 32, requires_grad=True)"),
)

only_train_mode = wrong(
    "one in train mode only",
    "What differs in eval mode is not seen: ask in both.",
    replace("((3, True), (3, False), (1, True), (1, False))", "((3, True), (1, True))"),
)

only_eval_mode = wrong(
    "one in eval mode only",
    "Dropout does nothing there: ask in train mode, too.",
    replace("((3, True), (3, False), (1, True), (1, False))", "((3, False), (1, False))"),
)

no_side_effects = wrong(
    "one that does not look at what a call leaves behind",
    "Images, mode and random state are the caller's: compare them with what they were.",
    drop("assert torch.equal(images, kept)"),
    drop("assert net.training == is_training"),
    drop("assert torch.equal(torch.get_rng_state(), state)"),
)

no_gradients = wrong(
    "one that does not ask for gradients",
    "Scores without a graph behind them cannot be learned from.",
    drop("for name, one in ["),
    drop("net(leaf).sum().backward()"),
)

oracle_without_a_relu = same_as(
    refuses_all,
    replace("F.conv2d(x, net.conv2.weight, net.conv2.bias).relu()", "F.conv2d(x, net.conv2.weight, net.conv2.bias)"),
)

oracle_with_softmax = same_as(
    refuses_all,
    replace(
        "return F.linear(x, net.fc3.weight, net.fc3.bias)",
        "return F.linear(x, net.fc3.weight, net.fc3.bias).softmax(1)",
    ),
)

best_digit_only = wrong(
    "one that compares the digit with the best score",
    "A wrong network often prefers the same digit: compare each score.",
    replace(
        "torch.allclose(given, layer_by_layer(images), rtol=1e-4, atol=1e-4)",
        "torch.equal(given.argmax(1), layer_by_layer(images).argmax(1))",
    ),
)

images_of_zeros = wrong(
    "one with images of zeros only",
    "What is done to the images does not show where all are 0.",
    replace(
        "torch.randn(count, 1, 32, 32, generator=torch.Generator().manual_seed(count)) + 0.2",
        "torch.zeros(count, 1, 32, 32)",
    ),
)
