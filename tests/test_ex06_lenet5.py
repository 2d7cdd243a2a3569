"""Spec of lesson 6: LeNet-5 in today's parts, and as it was published."""

from collections.abc import Callable
from math import exp, log, tanh
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kata.authoring import (
    alike,
    count,
    expect,
    gradients_agree,
    is_module,
    is_pure,
    is_random,
    parameter,
    part,
    rows_are_apart,
    seeded,
    strong,
)

LAYERS = {"c1": [6, 1, 5, 5], "c3": [16, 6, 5, 5], "c5": [120, 16, 5, 5], "output": [10, 120]}
PARAMETERS = {"c1": 156, "s2": 12, "c3": 1516, "s4": 32, "c5": 48_120, "f6": 10_164, "output": 0}
CONNECTIONS = {
    "c1": (122_304, (1, 32, 32)),
    "s2": (5_880, (6, 28, 28)),
    "c3": (151_600, (6, 14, 14)),
    "s4": (2_000, (16, 10, 10)),
    "c5": (48_120, (16, 5, 5)),
    "f6": (10_164, (120,)),
    "output": (840, (84,)),
}
FAN_INS = {"c1": 25, "s2": 4, "s4": 4, "c5": 400, "f6": 120}
C3_ROWS = (
    *((0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5), (0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5)),
    *((0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5), (0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5), (0, 1, 2, 3, 4, 5)),
)
SMALL_TABLE = ((2, 0), (1,), (0, 1, 2), (3, 1))  # rows in no order, of unequal length


def images(count: int, seed: int = 1) -> Tensor:
    """Return images (count, 1, 32, 32)."""
    return seeded(count, 1, 32, 32, seed=seed)


@pytest.mark.exercise(
    "LeNet5.__init__",
    level=2,
    hints=(
        "Lesson 1's constructor, with other names and one layer fewer. What does nn.Module need before a layer is "
        "assigned?",
        "c5 is a convolution like the other two: it reads the maps that c3 makes and makes 120 of its own.",
        "Four assignments to self, one for each row of the table: three of nn.Conv2d (maps in, maps out, kernel), one "
        "of nn.Linear (numbers in, numbers out).",
    ),
)
class TestLeNet5Init:
    """LeNet5.__init__."""

    def test_a_network_can_be_made_and_is_an_nn_module(self, lesson: Any) -> None:
        is_module(lesson.LeNet5(), "LeNet5()")

    @pytest.mark.parametrize("name", LAYERS)
    def test_layer_has_weight_and_bias_of_the_right_shape(self, lesson: Any, name: str) -> None:
        net = lesson.LeNet5()

        parameter(net, f"{name}.weight", *LAYERS[name])
        parameter(net, f"{name}.bias", LAYERS[name][0])

    @pytest.mark.parametrize("name", LAYERS)
    def test_layer_is_plain(self, lesson: Any, name: str) -> None:
        layer, shape = part(lesson.LeNet5(), name), LAYERS[name]
        x = seeded(3, shape[1], 9, 9) if len(shape) == 4 else seeded(3, shape[1])

        wanted = (F.conv2d if len(shape) == 4 else F.linear)(x, layer.weight, layer.bias)
        expect.close(f"net.{name}(x)", layer(x), wanted, "No border, no stride: the kernels move by one pixel.")

    def test_the_parameters_are_8_tensors_of_51902_numbers(self, lesson: Any) -> None:
        net = lesson.LeNet5()

        expect.equal("len(list(net.parameters()))", len(list(net.parameters())), 8)
        expect.equal("the count of all numbers in net.parameters()", count(net), 51_902)

    def test_two_networks_start_with_numbers_of_their_own(self, lesson: Any) -> None:
        is_random(lesson.LeNet5, ("c1.weight", "c3.weight", "c5.weight", "output.weight"))


@pytest.mark.exercise(
    "LeNet5.forward",
    level=2,
    hints=(
        "Print x.shape after each line and compare with the drawing at the top of the file.",
        "After c1 and c3: ReLU, then 2x2 max-pooling. After c5: ReLU alone, its maps are 1 x 1 already.",
        "c5 gives (N, 120, 1, 1), output reads (N, 120): flatten from dimension 1 on, so that the batch stays, also "
        "for one image.",
    ),
)
class TestLeNet5Forward:
    """LeNet5.forward."""

    @pytest.mark.parametrize("n", [1, 2, 5, 10], ids="{} images".format)
    def test_a_batch_gives_a_row_of_ten_scores_per_image(self, lesson: Any, n: int) -> None:
        expect.tensor(f"net(x) for {n} images", strong(lesson.LeNet5())(images(n)), (n, 10), torch.float32)

    def test_scores_are_those_of_a_network_worked_out_by_hand(self, lesson: Any) -> None:
        """A pixel of 2 becomes 2 * 3 = 6, then 6 * 0.5 = 3, then c5 gives 3 * 4 = 12 and output 12 - 2 = 10."""
        net = lesson.LeNet5()
        with torch.no_grad():
            for tensor in net.parameters():
                tensor.zero_()
            net.c1.weight[0, 0, 2, 2] = 3.0
            net.c3.weight[1, 0, 2, 2] = 0.5
            net.c5.weight[7, 1] = 4.0
            net.c5.bias[8] = -1.0  # ReLU silences it
            net.output.weight[:, 7] = 1.0
            net.output.weight[:, 8] = 1.0
            net.output.bias.fill_(-2.0)
        x = torch.zeros(1, 1, 32, 32)
        x[0, 0, 16, 16] = 2.0

        expect.close("net(x), worked out by hand", net(x), torch.full((1, 10), 10.0))

    @pytest.mark.parametrize("mode", ["train", "eval"])
    def test_scores_equal_those_of_the_reference_with_your_weights(
        self, lesson: Any, reference: Any, mode: str, device: str
    ) -> None:
        net = strong(lesson.LeNet5()).train(mode == "train").to(device)
        x = images(3).to(device)

        expect.close(f"net(x) in {mode} mode", net(x), alike(reference.LeNet5(), net).to(device)(x))

    def test_c5_is_the_same_map_as_lesson_1s_fc1(self, lesson: Any) -> None:
        net, x = strong(lesson.LeNet5()), images(3)
        maps = F.max_pool2d(F.relu(F.conv2d(x, net.c1.weight, net.c1.bias)), 2)
        maps = F.max_pool2d(F.relu(F.conv2d(maps, net.c3.weight, net.c3.bias)), 2)  # (3, 16, 5, 5)
        fc1 = net.c5.weight.reshape(120, 400)  # the same 48,000 numbers and 120 biases

        wanted = F.linear(F.relu(F.linear(maps.flatten(1), fc1, net.c5.bias)), net.output.weight, net.output.bias)

        expect.close("net(x)", net(x), wanted, "The scores with c5's weight as the weight of a linear layer.")

    def test_float64_is_computed_in_float64(self, lesson: Any, reference: Any) -> None:
        net = strong(lesson.LeNet5()).double()

        expect.close("net(x)", net(images(2).double()), alike(reference.LeNet5().double(), net)(images(2).double()))

    def test_gradients_reach_every_parameter_and_the_images(self, lesson: Any, reference: Any) -> None:
        net = strong(lesson.LeNet5())

        gradients_agree(net, alike(reference.LeNet5(), net), images(3))

    def test_rows_do_not_influence_one_another(self, lesson: Any) -> None:
        rows_are_apart(strong(lesson.LeNet5()), images(4))

    def test_nothing_else_is_changed(self, lesson: Any) -> None:
        is_pure(strong(lesson.LeNet5()), images(3))


@pytest.mark.exercise(
    "LeNet5.probabilities",
    level=1,
    hints=(
        "Scores become probabilities by one function of torch.",
        "Each image's ten numbers sum to 1: over which dimension?",
        "The softmax of self(x) over the classes, dimension 1.",
    ),
)
class TestProbabilities:
    """LeNet5.probabilities."""

    def test_scores_that_are_logarithms_give_their_shares(self, lesson: Any) -> None:
        """Scores log(1), ..., log(10): e to these powers is 1 to 10, and their sum is 55."""
        net = lesson.LeNet5()
        with torch.no_grad():
            net.output.weight.zero_()
            net.output.bias.copy_(torch.arange(1.0, 11.0).log())

        wanted = torch.arange(1.0, 11.0).div(55).expand(2, 10)
        expect.close("net.probabilities(x)", net.probabilities(images(2)), wanted)

    @pytest.mark.parametrize("n", [1, 3, 10], ids="{} images".format)
    def test_each_row_sums_to_1(self, lesson: Any, n: int) -> None:
        given = expect.tensor("net.probabilities(x)", strong(lesson.LeNet5()).probabilities(images(n)), (n, 10))

        expect.close("the sums of the rows", given.sum(dim=1), torch.ones(n))

    def test_they_are_the_softmax_of_your_scores(self, lesson: Any) -> None:
        net, x = strong(lesson.LeNet5(), scale=0.7), images(4)

        expect.close("net.probabilities(x)", net.probabilities(x), F.softmax(net(x), dim=1))

    def test_scores_of_1000_give_finite_probabilities(self, lesson: Any) -> None:
        net = lesson.LeNet5()
        with torch.no_grad():
            net.output.weight.zero_()
            net.output.bias.copy_(torch.tensor([1000.0, -1000.0] + 8 * [0.0]))

        expect.close("net.probabilities(x)", net.probabilities(images(1)), torch.eye(10)[:1])

    def test_gradients_pass_through_the_probabilities(self, lesson: Any) -> None:
        net = strong(lesson.LeNet5(), scale=0.7)

        net.probabilities(images(2))[:, 3].sum().backward()

        expect.tensor("net.c1.weight.grad after backward", net.c1.weight.grad, (6, 1, 5, 5))


@pytest.mark.exercise(
    "ScaledTanh.forward",
    level=2,
    hints=(
        "Two constants: one in front of the function, one inside.",
        "The inner one is a fraction, 2/3; the outer one has four digits after the point.",
        "torch.tanh takes the scaled tensor; what it gives is scaled once more. Return it.",
    ),
)
class TestScaledTanh:
    """ScaledTanh.forward."""

    @pytest.mark.parametrize(
        ("x", "wanted"),
        [(0.0, 0.0), (1.0, 1.0), (-1.0, -1.0), (100.0, 1.7159), (-100.0, -1.7159)],
        ids=["0", "1", "-1", "100", "-100"],
    )
    def test_numbers_worked_out_by_hand(self, lesson: Any, x: float, wanted: float) -> None:
        expect.close(f"ScaledTanh()({x:g})", lesson.ScaledTanh()(torch.tensor([x])), torch.tensor([wanted]))

    @pytest.mark.parametrize("shape", [(), (7,), (3, 84), (2, 6, 28, 28)], ids=str)
    def test_every_number_is_squashed_by_itself(self, lesson: Any, shape: tuple[int, ...]) -> None:
        x = seeded(*shape, seed=4) * 2
        wanted = torch.tensor([1.7159 * tanh(2 * number / 3) for number in x.flatten().tolist()]).reshape(shape)

        expect.close("ScaledTanh()(x)", lesson.ScaledTanh()(x), wanted)

    def test_float64_is_computed_in_float64(self, lesson: Any) -> None:
        x = seeded(50, seed=5).double()

        expect.close("ScaledTanh()(x)", lesson.ScaledTanh()(x), 1.7159 * (2 / 3 * x).tanh(), rtol=1e-9, atol=1e-12)

    def test_its_slope_is_right(self, lesson: Any) -> None:
        x = torch.tensor([-2.0, 0.0, 1.0], requires_grad=True)

        lesson.ScaledTanh()(x).sum().backward()

        wanted = [1.7159 * 2 / 3 * (1 - tanh(2 / 3 * number) ** 2) for number in (-2.0, 0.0, 1.0)]
        expect.close("x.grad after backward", x.grad, torch.tensor(wanted))

    def test_nothing_is_trained_or_changed(self, lesson: Any) -> None:
        expect.equal("the parameters of ScaledTanh", count(lesson.ScaledTanh()), 0)
        is_pure(lesson.ScaledTanh(), seeded(3, 4))


@pytest.mark.exercise(
    "Subsampling.__init__",
    level=3,
    hints=(
        "What a module trains is an nn.Parameter, assigned to self, after nn.Module's own __init__.",
        "Two tensors with one number for each map: no height, no width, no neighbours.",
        "self.coefficient and self.bias, each an nn.Parameter made of a tensor with `channels` numbers.",
    ),
)
class TestSubsamplingInit:
    """Subsampling.__init__."""

    @pytest.mark.parametrize("channels", [1, 6, 16], ids="{} maps".format)
    def test_each_map_has_a_coefficient_and_a_bias(self, lesson: Any, channels: int) -> None:
        layer = lesson.Subsampling(channels)

        is_module(layer, f"Subsampling({channels})")
        parameter(layer, "coefficient", channels)
        parameter(layer, "bias", channels)
        expect.equal("the count of all numbers in its parameters", count(layer), 2 * channels)

    def test_two_layers_share_nothing(self, lesson: Any) -> None:
        one, two = lesson.Subsampling(3), lesson.Subsampling(3)
        with torch.no_grad():
            for tensor in (one.coefficient, one.bias, two.coefficient, two.bias):
                tensor.zero_()
            one.coefficient.add_(1)

        expect.close("the bias, when the coefficient changes", one.bias, torch.zeros(3))
        expect.close("the coefficient of another layer, when one changes", two.coefficient, torch.zeros(3))


def subsampling(lesson: Any, coefficient: list[float], bias: list[float]) -> Any:
    """Return a layer with these numbers."""
    layer = lesson.Subsampling(len(bias))
    with torch.no_grad():
        layer.coefficient.copy_(torch.tensor(coefficient))
        layer.bias.copy_(torch.tensor(bias))
    return layer


@pytest.mark.exercise(
    "Subsampling.forward",
    level=3,
    hints=(
        "First the sums of the 2x2 pieces, (N, C, H/2, W/2); then two numbers of each map come to them.",
        "A pooling of torch gives averages: how does an average of four become a sum?",
        "Numbers (C,) meet maps (N, C, H, W) only after they have the shape (C, 1, 1). Look at the last two sizes of x "
        "before all that.",
    ),
)
class TestSubsamplingForward:
    """Subsampling.forward."""

    def test_one_2x2_worked_out_by_hand(self, lesson: Any) -> None:
        """0.5 * (1 + 2 + 3 + 4) + 1 is 6."""
        given = subsampling(lesson, [0.5], [1.0])(torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]]))

        expect.close("the result", given, torch.tensor([[[[6.0]]]]))

    def test_each_map_has_its_own_numbers(self, lesson: Any) -> None:
        given = subsampling(lesson, [1.0, -2.0], [0.0, 3.0])(torch.ones(2, 2, 2, 4))

        wanted = torch.tensor([[[4.0, 4.0]], [[-5.0, -5.0]]]).expand(2, 2, 1, 2)
        expect.close("the result for ones", given, wanted, "4 * 1 + 0 in the first map, 4 * -2 + 3 in the second.")

    @pytest.mark.parametrize("shape", [(3, 6, 28, 28), (1, 16, 10, 10), (2, 5, 4, 10), (4, 4, 4, 4)], ids=str)
    def test_maps_of_any_even_size(self, lesson: Any, shape: tuple[int, ...], device: str) -> None:
        layer, x = strong(lesson.Subsampling(shape[1])), seeded(*shape)
        total = x[..., ::2, ::2] + x[..., ::2, 1::2] + x[..., 1::2, ::2] + x[..., 1::2, 1::2]
        wanted = layer.coefficient[:, None, None] * total + layer.bias[:, None, None]

        expect.close("the result", layer.to(device)(x.to(device)).cpu(), wanted)

    @pytest.mark.parametrize("shape", [(2, 3, 5, 4), (2, 3, 4, 7), (1, 3, 9, 9)], ids=str)
    def test_an_odd_height_or_width_is_refused(self, lesson: Any, shape: tuple[int, ...]) -> None:
        layer, sizes = lesson.Subsampling(3), ", ".join(map(str, shape[-2:]))

        expect.raises(f"Subsampling(3)(x) for x {shape}", ValueError, lambda: layer(torch.ones(shape)), "x", sizes)

    def test_gradients_are_those_of_sums(self, lesson: Any) -> None:
        layer = strong(lesson.Subsampling(3)).double()
        x = seeded(2, 3, 4, 6).double().requires_grad_()

        torch.autograd.gradcheck(lambda x, *_: layer(x), (x, layer.coefficient, layer.bias))

    def test_nothing_else_is_changed(self, lesson: Any) -> None:
        is_pure(strong(lesson.Subsampling(3)), seeded(2, 3, 4, 6))


@pytest.mark.exercise(
    "SparseConv.__init__",
    level=4,
    hints=(
        "How many kernels does the table ask for in all? The lengths of its rows tell.",
        "Look at every row first: is it empty, does a number come twice, is one below 0? Then keep a copy that nobody "
        "else can change: tuples.",
        "self.table, self.weight with a kernel for each number in the table, self.bias with a number for each row; the "
        "two tensors as nn.Parameter, with random numbers.",
    ),
)
class TestSparseConvInit:
    """SparseConv.__init__."""

    @pytest.mark.parametrize(
        ("table", "side", "kernels"),
        [(C3_ROWS, 5, 60), (SMALL_TABLE, 3, 8), ([[0]], 1, 1), ([[1, 0], [0]], 2, 3)],
        ids=["the table of C3", "four rows in no order", "one kernel", "lists"],
    )
    def test_the_table_decides_the_parameters(self, lesson: Any, table: Any, side: int, kernels: int) -> None:
        layer = lesson.SparseConv(table, side)

        is_module(layer, "SparseConv(table, kernel_size)")
        parameter(layer, "weight", kernels, side, side)
        parameter(layer, "bias", len(table))
        expect.equal("the count of all numbers in its parameters", count(layer), kernels * side**2 + len(table))

    def test_c3_has_1516_numbers(self, lesson: Any) -> None:
        expect.equal("the parameters of SparseConv(C3_TABLE, 5)", count(lesson.SparseConv(lesson.C3_TABLE, 5)), 1516)

    def test_the_table_is_kept_as_tuples_of_its_own(self, lesson: Any) -> None:
        table = [[2, 0], [1]]
        layer = lesson.SparseConv(table, 3)

        expect.equal("the caller's table after SparseConv(table, 3)", table, [[2, 0], [1]])
        table[0].append(1)
        table.append([0])
        expect.equal("layer.table, after the caller's table changed", part(layer, "table"), ((2, 0), (1,)))

    def test_two_layers_start_with_numbers_of_their_own(self, lesson: Any) -> None:
        is_random(lambda: lesson.SparseConv(SMALL_TABLE, 5), ("weight",))

    @pytest.mark.parametrize(
        ("table", "row"),
        [([[0, 1], [], [2]], "[]"), ([[0, 1], [2, 0, 2]], "2, 0, 2"), ([[0], [1, -1]], "1, -1")],
        ids=["an empty row", "a map that comes twice", "a negative number"],
    )
    def test_a_row_that_cannot_be_is_refused(self, lesson: Any, table: list[list[int]], row: str) -> None:
        rows = (row, "()") if row == "[]" else row

        expect.raises(f"SparseConv({table}, 5)", ValueError, lambda: lesson.SparseConv(table, 5), "table", rows)


def dense(layer: Any, table: Any) -> Tensor:
    """Return the weight of a whole convolution that does the same: zeros where the table names nothing."""
    weight = torch.zeros(len(table), max(map(max, table)) + 1, *layer.weight.shape[1:], dtype=layer.weight.dtype)
    for kernel, (row, column) in zip(layer.weight, [(r, c) for r, seen in enumerate(table) for c in seen], strict=True):
        weight[row, column] = kernel
    return weight


@pytest.mark.exercise(
    "SparseConv.forward",
    level=4,
    hints=(
        "F.conv2d does all the work, if its weight has the shape (maps out, maps in, side, side).",
        "Which kernel stands where in that weight? Write down row and column of each number in the table, in the order "
        "in which the kernels are kept.",
        "Start from zeros, made like self.weight (dtype, device). Assign self.weight to the places [rows, columns], "
        "two lists of equal length: torch records that, so gradients find their way back.",
    ),
)
class TestSparseConvForward:
    """SparseConv.forward."""

    def test_two_maps_worked_out_by_hand(self, lesson: Any) -> None:
        """Kernels 2, 3, 5 of one pixel: the first map is 2 * b + 0.5, the second 3 * b + 5 * a - 1."""
        layer = lesson.SparseConv(((1,), (1, 0)), 1)
        with torch.no_grad():
            layer.weight.copy_(torch.tensor([2.0, 3.0, 5.0]).view(3, 1, 1))
            layer.bias.copy_(torch.tensor([0.5, -1.0]))
        x = torch.tensor([10.0, 7.0]).view(1, 2, 1, 1)  # a and b

        expect.close("the result", layer(x), torch.tensor([14.5, 70.0]).view(1, 2, 1, 1))

    @pytest.mark.parametrize("row", range(16), ids="map {}".format)
    def test_a_map_of_c3_sees_the_maps_of_its_row_only(self, lesson: Any, row: int) -> None:
        layer = strong(lesson.SparseConv(lesson.C3_TABLE, 5))
        pixels = torch.zeros(6, 6, 9, 9)
        pixels[range(6), range(6), 4, 4] = 1.0  # a pixel in one map at a time

        response = layer(pixels)[:, row].flip(-2, -1) - layer.bias[row]  # a pixel shows the kernel, turned round

        first = sum(map(len, C3_ROWS[:row]))
        wanted = torch.zeros(6, 5, 5)
        wanted[list(C3_ROWS[row])] = layer.weight[first : first + len(C3_ROWS[row])].detach()
        expect.close(f"what map {row} makes of a pixel in each of the six maps", response.detach(), wanted)

    @pytest.mark.parametrize(
        ("table", "side", "shape"),
        [(C3_ROWS, 5, (3, 6, 14, 14)), (SMALL_TABLE, 3, (2, 4, 5, 8)), (((0,), (0,)), 2, (1, 1, 2, 4))],
        ids=["C3", "four rows in no order", "one incoming map"],
    )
    def test_it_is_a_convolution_with_zeros_elsewhere(
        self, lesson: Any, table: Any, side: int, shape: tuple[int, ...], device: str
    ) -> None:
        layer, x = strong(lesson.SparseConv(table, side)), seeded(*shape)

        wanted = F.conv2d(x, dense(layer, table), layer.bias)
        expect.close("the result", layer.to(device)(x.to(device)).cpu(), wanted)

    def test_a_bias_is_added_once_for_each_map(self, lesson: Any) -> None:
        layer = strong(lesson.SparseConv(C3_ROWS, 5))

        expect.close("the result for dark maps", layer(torch.zeros(1, 6, 5, 5)), layer.bias.view(1, 16, 1, 1))

    def test_parameters_that_change_count_at_once(self, lesson: Any) -> None:
        layer, x = strong(lesson.SparseConv(SMALL_TABLE, 3)), seeded(2, 4, 5, 5)
        before = layer(x).detach()

        with torch.no_grad():
            layer.weight.mul_(2)
            layer.bias.mul_(2)

        expect.close("the result, after all parameters were doubled", layer(x), 2 * before)

    def test_gradients_are_those_of_a_convolution(self, lesson: Any) -> None:
        layer = strong(lesson.SparseConv(SMALL_TABLE, 2)).double()
        x = seeded(2, 4, 3, 4).double().requires_grad_()

        torch.autograd.gradcheck(lambda x, *_: layer(x), (x, layer.weight, layer.bias))

    def test_nothing_else_is_changed(self, lesson: Any) -> None:
        layer = strong(lesson.SparseConv(SMALL_TABLE, 3))

        is_pure(layer, seeded(2, 4, 5, 5))

        expect.equal("the count of its numbers after a call", count(layer), 8 * 9 + 4)


@pytest.mark.exercise(
    "EuclideanRBF.__init__",
    level=3,
    hints=(
        "The pictures belong to the module and move with it, but nobody trains them: not a parameter.",
        "nn.Module has a method that keeps such a tensor under a name, and saves it with the rest.",
        "Look at the number of dimensions first. Then register a copy (clone) as a buffer named prototypes.",
    ),
)
class TestEuclideanRBFInit:
    """EuclideanRBF.__init__."""

    def test_prototypes_are_a_buffer_and_nothing_is_trained(self, lesson: Any) -> None:
        given = seeded(3, 5)
        layer = lesson.EuclideanRBF(given)

        is_module(layer, "EuclideanRBF(prototypes)")
        expect.close("layer.prototypes", part(layer, "prototypes"), given)
        expect.equal("the names of its buffers", [name for name, _ in layer.named_buffers()], ["prototypes"])
        expect.equal("the count of its parameters", len(list(layer.parameters())), 0)
        expect.equal("layer.prototypes.requires_grad", layer.prototypes.requires_grad, False)

    def test_prototypes_are_saved_and_moved_with_the_module(self, lesson: Any) -> None:
        layer = lesson.EuclideanRBF(seeded(3, 5))

        expect.equal("the names in its state_dict", list(layer.state_dict()), ["prototypes"])
        expect.equal("prototypes.dtype after double()", str(layer.double().prototypes.dtype), "torch.float64")

    def test_they_stay_what_they_were(self, lesson: Any) -> None:
        given = seeded(3, 5)
        layer = lesson.EuclideanRBF(given)

        given.zero_()

        expect.close("layer.prototypes, after the caller's tensor changed", layer.prototypes, seeded(3, 5))

    def test_the_callers_tensor_is_left_as_it_is(self, lesson: Any) -> None:
        given = seeded(3, 5).requires_grad_()

        layer = lesson.EuclideanRBF(given)

        expect.close("prototypes after EuclideanRBF(prototypes)", given, seeded(3, 5))
        expect.equal("prototypes.requires_grad of the caller", given.requires_grad, True)
        expect.equal("layer.prototypes.requires_grad", layer.prototypes.requires_grad, False)

    @pytest.mark.parametrize("shape", [(84,), (10, 7, 12)], ids=str)
    def test_another_number_of_dimensions_is_refused(self, lesson: Any, shape: tuple[int, ...]) -> None:
        expect.raises(
            f"EuclideanRBF for prototypes {shape}",
            ValueError,
            lambda: lesson.EuclideanRBF(torch.ones(shape)),
            "prototypes",
            (str(shape), str(list(shape)), f"{len(shape)}"),
        )


@pytest.mark.exercise(
    "EuclideanRBF.forward",
    level=3,
    hints=(
        "Each row is compared with each prototype: how many differences of how many numbers are that?",
        "(N, 1, 84) minus (10, 84) is (N, 10, 84): broadcasting puts the two loops side by side.",
        "Insert a dimension into x, subtract, square, sum over the last dimension. No root.",
    ),
)
class TestEuclideanRBFForward:
    """EuclideanRBF.forward."""

    def test_two_prototypes_worked_out_by_hand(self, lesson: Any) -> None:
        """(3, 1) is 2 and 0 from (1, 1): 4. It is 4 and 2 from (-1, -1): 16 + 4 = 20."""
        layer = lesson.EuclideanRBF(torch.tensor([[1.0, 1.0], [-1.0, -1.0]]))

        expect.close("the penalties of (3, 1)", layer(torch.tensor([[3.0, 1.0]])), torch.tensor([[4.0, 20.0]]))

    def test_a_prototype_has_no_distance_to_itself(self, lesson: Any, reference: Any) -> None:
        given = lesson.EuclideanRBF(reference.prototypes())(reference.prototypes())

        expect.close("the penalties of each digit's own picture", given.diag(), torch.zeros(10), atol=1e-3)
        expect.equal("the smallest penalty of each picture", given.argmin(dim=1).tolist(), list(range(10)))

    @pytest.mark.parametrize("n", [1, 3, 10], ids="{} rows".format)
    def test_squared_distances_of_any_rows(self, lesson: Any, n: int, device: str) -> None:
        prototypes, x = seeded(10, 84, seed=2), 3 * seeded(n, 84)
        wanted = torch.stack([((row - prototypes) ** 2).sum(1) for row in x])

        expect.close("the penalties", lesson.EuclideanRBF(prototypes).to(device)(x.to(device)).cpu(), wanted)

    def test_gradients_reach_the_rows_and_not_the_prototypes(self, lesson: Any) -> None:
        layer = lesson.EuclideanRBF(seeded(3, 5)).double()
        x = seeded(4, 5, seed=3).double().requires_grad_()

        torch.autograd.gradcheck(layer, (x,))
        expect.equal("layer.prototypes.grad after backward", layer.prototypes.grad, None)

    def test_the_gradient_is_0_at_a_prototype(self, lesson: Any) -> None:
        x = seeded(3, 5).requires_grad_()

        lesson.EuclideanRBF(seeded(3, 5))(x).diag().sum().backward()

        expect.close("x.grad where x is the prototypes", x.grad, torch.zeros(3, 5), atol=1e-3)

    def test_nothing_else_is_changed(self, lesson: Any) -> None:
        is_pure(lesson.EuclideanRBF(seeded(3, 5)), seeded(4, 5))


class Layers(nn.Module):
    """The layers that `initialise` fills, made of the learner's parts, without the network around them."""

    def __init__(self, lesson: Any) -> None:
        super().__init__()
        self.c1, self.c5, self.f6 = nn.Conv2d(1, 6, 5), nn.Conv2d(16, 120, 5), nn.Linear(120, 84)
        self.s2, self.s4 = lesson.Subsampling(6), lesson.Subsampling(16)
        self.c3 = lesson.SparseConv(lesson.C3_TABLE, 5)
        self.output = lesson.EuclideanRBF(lesson.prototypes())


def draws(lesson: Any, pick: Callable[[Any], Tensor], at_least: int = 400) -> Tensor:
    """Return the numbers that `initialise` draws for a part of the network, drawn again until there are enough."""
    net = Layers(lesson)
    found: list[Tensor] = []
    with torch.no_grad():
        for tensor in net.parameters():
            tensor.fill_(7.0)  # what is not filled shows
    while sum(map(len, found)) < at_least:
        lesson.initialise(net)
        found.append(pick(net).detach().flatten().clone())
    return torch.cat(found)


def is_uniform(what: str, numbers: Tensor, fan_in: int) -> None:
    """Ask for uniform numbers between -2.4 / fan_in and 2.4 / fan_in."""
    bound, why = 2.4 / fan_in, f"Its units have {fan_in} incoming connections: 2.4 / {fan_in} is {2.4 / fan_in:.4g}."
    largest, spread = float(numbers.abs().max()), float(numbers.std()) * 3**0.5
    fits = (1 - 12 / len(numbers)) * bound < largest <= bound * 1.0001  # missed once in e ** 12 times
    expect.true(f"the largest number in {what}", fits, f"just below {bound:.4g}", f"{largest:.4g}", why)
    noise = 5 / (3 * len(numbers)) ** 0.5
    even = abs(spread / bound - 1) < noise and abs(float(numbers.mean())) < noise * bound
    given = f"with a mean of {float(numbers.mean()):.2g}, and a spread of {spread / bound:.2g} times the right one"
    expect.true(f"the numbers in {what}", even, "evenly spread on both sides of 0", given, "Uniform, not normal.")


@pytest.mark.exercise(
    "initialise",
    level=3,
    hints=(
        "A tensor has a method that fills it with uniform random numbers in place. Parameters are filled where torch "
        "does not record.",
        "The fan-in of a unit is the number of weights of one outgoing map or number: weight[0].numel() for c1, c5 and "
        "f6. A subsampling unit adds four numbers.",
        "c3's kernels stand one after the other in one tensor: the first 3 belong to map 0, ... the last 6 to map 15. "
        "Each map's kernels and bias get a bound of their own.",
    ),
)
class TestInitialise:
    """initialise."""

    @pytest.mark.parametrize("kind", ["weight", "bias"])
    @pytest.mark.parametrize("name", FAN_INS)
    def test_numbers_are_uniform_within_the_bound_of_the_fan_in(self, lesson: Any, name: str, kind: str) -> None:
        own = "coefficient" if kind == "weight" and name in ("s2", "s4") else kind

        is_uniform(f"{name}.{own}", draws(lesson, lambda net: net.get_parameter(f"{name}.{own}")), FAN_INS[name])

    @pytest.mark.parametrize("kind", ["weight", "bias"])
    @pytest.mark.parametrize(
        ("first", "last"),
        [(0, 5), (6, 14), (15, 15)],
        ids=["maps that see 3", "maps that see 4", "the map that sees 6"],
    )
    def test_each_map_of_c3_has_a_fan_in_of_its_own(self, lesson: Any, first: int, last: int, kind: str) -> None:
        kernels = slice(sum(map(len, C3_ROWS[:first])), sum(map(len, C3_ROWS[: last + 1])))

        def pick(net: Any) -> Tensor:
            return net.c3.weight[kernels] if kind == "weight" else net.c3.bias[first : last + 1]  # type: ignore[no-any-return]  # any network's

        is_uniform(f"c3.{kind} of maps {first} to {last}", draws(lesson, pick, 200), 25 * len(C3_ROWS[first]))

    def test_parameters_remain_the_same_objects_and_take_gradients_as_before(self, lesson: Any) -> None:
        net = Layers(lesson)
        net.c1.weight.requires_grad_(False)
        before = [(p, p.requires_grad) for p in net.parameters()]

        returned = lesson.initialise(net)

        expect.equal("what initialise(net) returns", returned, None)
        after = zip(before, net.parameters(), strict=True)
        same = all(p is q and q.requires_grad == takes and q.is_leaf for (p, takes), q in after)
        expect.equal("whether the parameters are the same objects, leaves, frozen or not as before", same, True)
        expect.close("the prototypes after initialise(net)", net.output.prototypes, lesson.prototypes())

    def test_the_callers_seed_decides(self, lesson: Any) -> None:
        found = []
        for seed in (1, 1, 2):
            torch.manual_seed(seed)
            lesson.initialise(net := Layers(lesson))
            found.append(net.c5.weight.detach().clone())

        expect.close("c5.weight, drawn again after the same seed", found[1], found[0])
        expect.equal("whether another seed gives other numbers", torch.equal(found[0], found[2]), False)


def connections(layer: Any, shape: tuple[int, ...]) -> int:
    """Count the connections of a layer: what changes where one incoming number does, and a bias for each unit."""
    size = torch.Size(shape).numel()
    dark = torch.zeros(1, *shape)
    with torch.no_grad():
        changed = layer(torch.eye(size).view(size, *shape)) != layer(dark)
    return int(changed.sum()) + (layer(dark).numel() if count(layer) else 0)


@pytest.mark.exercise(
    "LeNet5Paper.__init__",
    level=4,
    hints=(
        "All parts are there: two of torch's layers, and three modules of your own.",
        "Seven assignments to self, in the order of the table. C3_TABLE and prototypes() are given.",
        "The last line hands the finished network to `initialise`.",
    ),
)
class TestLeNet5PaperInit:
    """LeNet5Paper.__init__."""

    def test_a_network_can_be_made_and_is_an_nn_module(self, lesson: Any) -> None:
        is_module(lesson.LeNet5Paper(), "LeNet5Paper()")

    @pytest.mark.parametrize("name", PARAMETERS)
    def test_layer_has_as_many_parameters_as_in_the_paper(self, lesson: Any, name: str) -> None:
        expect.equal(f"the parameters of net.{name}", count(part(lesson.LeNet5Paper(), name)), PARAMETERS[name])

    def test_the_network_has_60000_parameters(self, lesson: Any) -> None:
        expect.equal("the count of all numbers in net.parameters()", count(lesson.LeNet5Paper()), 60_000)

    @pytest.mark.parametrize("name", CONNECTIONS)
    def test_layer_has_as_many_connections_as_in_the_paper(self, lesson: Any, name: str) -> None:
        wanted, shape = CONNECTIONS[name]
        layer = part(lesson.LeNet5Paper(), name)
        with torch.no_grad():
            for tensor in layer.parameters():
                tensor.fill_(0.5)  # no connection is 0

        expect.equal(f"the connections of net.{name}", connections(layer, shape), wanted)

    def test_c3_sees_what_the_table_says(self, lesson: Any) -> None:
        expect.equal("net.c3.table", part(lesson.LeNet5Paper(), "c3.table"), C3_ROWS)

    def test_the_output_compares_with_the_pictures_of_the_digits(self, lesson: Any, reference: Any) -> None:
        found = part(lesson.LeNet5Paper(), "output.prototypes")

        expect.close("net.output.prototypes", found, reference.prototypes())

    def test_its_first_weights_are_drawn_by_initialise(self, lesson: Any) -> None:
        asked: list[Any] = []

        def initialise(net: Any) -> None:
            asked.append(net)
            with torch.no_grad():
                for tensor in net.parameters():
                    tensor.fill_(0.125)

        lesson.initialise = initialise

        net = lesson.LeNet5Paper()

        expect.equal("how often LeNet5Paper() calls initialise", len(asked), 1)
        expect.true("what initialise is called with", asked[0] is net, "the network itself", "something else")
        changed = [name for name, tensor in net.named_parameters() if not bool((tensor == 0.125).all())]
        expect.equal("the parameters that are other than initialise left them", changed, [])

    def test_two_networks_start_with_numbers_of_their_own(self, lesson: Any) -> None:
        names = ("c1.weight", "s2.coefficient", "s2.bias", "c3.weight", "s4.bias", "c5.weight", "f6.weight")

        is_random(lesson.LeNet5Paper, names)


@pytest.mark.exercise(
    "LeNet5Paper.forward",
    level=4,
    hints=(
        "c1, s2, c3, s4, c5, f6, output, in this order. What comes after each of the first six?",
        "ScaledTanh is a module: make one, then call it with each layer's result. The penalties remain as they are.",
        "c5 gives (N, 120, 1, 1), f6 reads (N, 120): flatten from dimension 1 on.",
    ),
)
class TestLeNet5PaperForward:
    """LeNet5Paper.forward."""

    def test_penalties_worked_out_by_hand(self, lesson: Any) -> None:
        """With f6's biases 1 and all else 0, f6 gives 84 times f(1) = 1: each -1 in a picture is 2 away, so 4."""
        net = lesson.LeNet5Paper()
        with torch.no_grad():
            for tensor in net.parameters():
                tensor.zero_()
            net.f6.bias.fill_(1.0)

        wanted = 4 * (lesson.prototypes() < 0).sum(dim=1).float().expand(2, 10)
        expect.close("net(x)", net(images(2)), wanted, rtol=1e-3, atol=1e-3)

    @pytest.mark.parametrize("n", [1, 2, 10], ids="{} images".format)
    def test_a_batch_gives_a_row_of_ten_penalties_per_image(self, lesson: Any, n: int) -> None:
        given = expect.tensor("net(x)", strong(lesson.LeNet5Paper())(images(n)), (n, 10), torch.float32)

        expect.true("net(x)", bool((given >= 0).all()), "0 or more", "below 0 somewhere")

    @pytest.mark.parametrize("scale", [0.4, 1.0, 2.0], ids="weights of {}".format)
    def test_penalties_equal_those_of_the_reference_with_your_weights(
        self, lesson: Any, reference: Any, scale: float, device: str
    ) -> None:
        net = strong(lesson.LeNet5Paper(), scale).to(device)
        x = images(3).to(device)

        expect.close("net(x)", net(x), alike(reference.LeNet5Paper(), net).to(device)(x), rtol=1e-3)

    def test_eval_mode_gives_the_same(self, lesson: Any) -> None:
        net = strong(lesson.LeNet5Paper())

        expect.close("net(x) in eval mode", net.eval()(images(2)), net.train()(images(2)).detach())

    def test_float64_is_computed_in_float64(self, lesson: Any, reference: Any) -> None:
        net, x = strong(lesson.LeNet5Paper()).double(), images(2).double()

        expect.close("net(x)", net(x), alike(reference.LeNet5Paper().double(), net)(x), rtol=1e-8, atol=1e-8)

    def test_gradients_reach_every_parameter_and_the_images(self, lesson: Any, reference: Any) -> None:
        net = strong(lesson.LeNet5Paper(), scale=0.7)

        gradients_agree(net, alike(reference.LeNet5Paper(), net), images(3))

    def test_rows_do_not_influence_one_another(self, lesson: Any) -> None:
        rows_are_apart(strong(lesson.LeNet5Paper(), scale=0.7), images(4))

    def test_nothing_else_is_changed(self, lesson: Any) -> None:
        is_pure(strong(lesson.LeNet5Paper(), scale=0.7), images(3))

    def test_the_network_learns_real_digits(self, lesson: Any, reference: Any) -> None:
        """600 digits, three times; then 200 that it never saw."""
        from kata.train.digits import load_digits  # slow to import, for what only one check asks for

        digits, labels = load_digits()
        x = F.interpolate(digits[:800].unsqueeze(1).float().div(255), size=(32, 32), mode="bilinear")
        x = -0.1 + 1.275 * x
        torch.manual_seed(0)
        net = lesson.LeNet5Paper()
        optimizer = torch.optim.SGD(net.parameters(), lr=0.001, momentum=0.9)

        for batch in torch.arange(600).split(10) * 3:
            optimizer.zero_grad()
            reference.map_loss(net(x[batch]), labels[batch], 1.0).backward()
            optimizer.step()

        with torch.no_grad():
            right = int((net(x[600:]).argmin(dim=1) == labels[600:800]).sum())
        expect.true("how many of 200 new digits are classified correctly", right >= 120, "120 or more", str(right))


@pytest.mark.exercise(
    "map_loss",
    level=3,
    hints=(
        "Two terms for each image: the penalty of its own digit, and a logarithm over all ten and j.",
        "gather picks one number of each row. exp(-j) is one more term of the sum: an eleventh column of -j beside the "
        "ten of -y.",
        "torch.logsumexp computes the logarithm of the sum of exponentials without leaving the range of float32. Then "
        "the mean over the images.",
    ),
)
class TestMapLoss:
    """map_loss."""

    def test_penalties_of_0_worked_out_by_hand(self, lesson: Any) -> None:
        """With j = log 2, exp(-j) is 0.5; ten times exp(0) is 10: the loss is log(10.5)."""
        given = lesson.map_loss(torch.zeros(2, 10), torch.tensor([3, 8]), log(2))

        expect.close("map_loss of zeros", given, torch.tensor(log(10.5)))

    @pytest.mark.parametrize("j", [0.1, 1.0, 5.0], ids="j = {}".format)
    @pytest.mark.parametrize("n", [1, 4, 10], ids="{} images".format)
    def test_the_mean_over_images_of_both_terms(self, lesson: Any, n: int, j: float, device: str) -> None:
        y, labels = seeded(n, 10).square() * 3, torch.arange(n) * 7 % 10
        each = [float(row[k]) + log(exp(-j) + sum(map(exp, (-row).tolist()))) for row, k in zip(y, labels, strict=True)]

        given = lesson.map_loss(y.to(device), labels.to(device), j)

        expect.close("map_loss(penalties, labels, j)", given.cpu(), torch.tensor(sum(each) / n))

    @pytest.mark.parametrize(
        ("penalty", "j", "wanted"),
        [(1000.0, 1.0, 999.0), (1000.0, 2000.0, log(10)), (3000.0, 1000.0, 2000.0)],
        ids=["a small j", "a large j", "both are large"],
    )
    def test_large_numbers_give_a_finite_loss(self, lesson: Any, penalty: float, j: float, wanted: float) -> None:
        given = lesson.map_loss(torch.full((2, 10), penalty), torch.tensor([0, 9]), j)

        expect.close(f"map_loss of penalties of {penalty:g} with j = {j:g}", given, torch.tensor(wanted))

    def test_gradients_reach_the_penalties(self, lesson: Any) -> None:
        y = (seeded(3, 10).square() * 2).double().requires_grad_()
        labels = torch.tensor([2, 2, 7])

        torch.autograd.gradcheck(lambda y: lesson.map_loss(y, labels, 0.7), (y,))

    def test_large_numbers_give_finite_gradients(self, lesson: Any) -> None:
        y = torch.full((1, 10), 1000.0, requires_grad=True)

        lesson.map_loss(y, torch.tensor([4]), 2000.0).backward()

        wanted = torch.full((1, 10), -0.1)
        wanted[0, 4] += 1
        expect.close("penalties.grad after backward", y.grad, wanted)

    @pytest.mark.parametrize("j", [0.0, -1.5])
    def test_j_of_0_or_less_is_refused(self, lesson: Any, j: float) -> None:
        spellings = (f"{j}", f"{j:g}")

        expect.raises(
            f"map_loss with j = {j:g}",
            ValueError,
            lambda: lesson.map_loss(torch.zeros(1, 10), torch.tensor([0]), j),
            "j",
            spellings,
        )

    def test_penalties_and_labels_are_left_as_they_are(self, lesson: Any) -> None:
        y, labels = seeded(3, 10).square(), torch.tensor([1, 0, 9])

        lesson.map_loss(y, labels, 1.0)

        expect.close("penalties after the call", y, seeded(3, 10).square())
        expect.close("labels after the call", labels, torch.tensor([1, 0, 9]))


@pytest.mark.speed("SparseConv.forward")
class SpeedOfSparseConv:
    """SparseConv.forward, yours beside the solution's."""

    def test_maps_of_32_images(self, contestant: Any, benchmark: Any) -> None:
        layer, x = contestant.SparseConv(contestant.C3_TABLE, 5), seeded(32, 6, 14, 14)

        benchmark(layer, x)
