"""Spec of lesson 8: convolution by hand, held to torch's own in float64 and to numbers worked out on paper."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from kata.authoring import Arithmetic, convolutions_refused, expect, numbers, patterns, pools_refused, seeded

DTYPES = [torch.float32, torch.float64]
SQUARE = torch.arange(16.0).view(1, 1, 4, 4)  # 0 1 2 3 / 4 5 6 7 / 8 9 10 11 / 12 13 14 15


def convolved(call: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """Call the learner's function where torch's convolutions are refused; what it is given must stay as it is."""
    __tracebackhide__ = True
    with convolutions_refused():
        return expect.left_alone(call, *arguments, **named)


def pooled(call: Callable[..., Any], *arguments: Any) -> Any:
    """Call the learner's function where torch's pools are refused; what it is given must stay as it is."""
    __tracebackhide__ = True
    with pools_refused():
        return expect.left_alone(call, *arguments)


def alike(what: str, given: Any, wanted: Tensor) -> None:
    """Ask for maps or patches; where they differ, say how they come of torch's."""
    __tracebackhide__ = True
    patterns.alike(what, given, wanted, "torch's", rtol=1e-4)


@pytest.mark.exercise(
    "conv2d_by_loops",
    level=2,
    hints=(
        "Work out the shape first: on how many places does a kernel of 3 fit in a row of 5? Make a result of zeros.",
        "Go over all rows and columns of the result. The window at (row, column) is a slice of x, for all images.",
        "Window times kernel, element by element, summed over channels and the window's rows and columns, plus the "
        "output channel's bias.",
    ),
)
class TestConv2dByLoops:
    """conv2d_by_loops."""

    def test_the_numbers_of_the_docstring(self, lesson: Any) -> None:
        x = torch.tensor([[[[1.0, 2, 3, 4], [5, 6, 7, 8], [9, 0, 1, 2], [3, 4, 5, 6]]]])
        weight = torch.tensor([[[[1.0, 0], [0, 1]]]])

        given = convolved(lesson.conv2d_by_loops, x, weight, torch.zeros(1))

        alike("the result", given, torch.tensor([[[[7.0, 9, 11], [5, 7, 9], [13, 5, 7]]]]))

    def test_a_kernel_of_one_by_two_worked_out_by_hand(self, lesson: Any) -> None:
        x, weight = torch.tensor([[[[1.0, 2.0, 4.0]]]]), torch.tensor([[[[10.0, 100.0]]]])

        given = convolved(lesson.conv2d_by_loops, x, weight, torch.tensor([1000.0]))

        why = "1 * 10 + 2 * 100 + 1000; the kernel is not flipped."
        expect.close("the result", given, torch.tensor([[[[1210.0, 1420.0]]]]), why)

    @pytest.mark.parametrize("dtype", DTYPES, ids=str)
    @pytest.mark.parametrize(
        "sizes",
        [
            (1, 1, 1, 4, 4, 3, 3),
            (2, 3, 4, 6, 7, 3, 2),
            (3, 2, 2, 5, 5, 5, 5),
            (2, 4, 3, 4, 3, 1, 1),
            (2, 1, 6, 9, 8, 5, 5),
        ],
        ids=str,
    )
    def test_it_equals_torch(self, lesson: Any, sizes: tuple[int, ...], dtype: torch.dtype) -> None:
        n, c, o, height, width, kh, kw = sizes
        x, weight = numbers(n, c, height, width, dtype=dtype), numbers(o, c, kh, kw, seed=2, dtype=dtype)
        bias = numbers(o, seed=3, dtype=dtype)

        given = convolved(lesson.conv2d_by_loops, x, weight, bias)

        alike("the result", given, F.conv2d(x, weight, bias))

    def test_transposed_images_are_read_as_they_are(self, lesson: Any) -> None:
        x, weight, bias = numbers(2, 2, 4, 6).transpose(2, 3), numbers(3, 2, 2, 2, seed=2), numbers(3, seed=3)

        given = convolved(lesson.conv2d_by_loops, x, weight, bias)

        alike("the result", given, F.conv2d(x, weight, bias))


@pytest.mark.exercise(
    "unfold_patches",
    level=3,
    hints=(
        "Write the matrix for one image of 3 x 3 and a kernel of 2 on paper: four columns of four numbers.",
        "A row of the matrix belongs to one place (i, j) of the kernel: it holds the pixels that this place meets, "
        "and they are a slice of x with a step of stride, beginning at i and j.",
        "Stack the k * k slices, (N, C, rows, columns) each, in a dimension behind the channels, and reshape. F.pad "
        "puts the zeros around.",
    ),
)
class TestUnfoldPatches:
    """unfold_patches."""

    def test_four_patches_worked_out_by_hand(self, lesson: Any) -> None:
        x = torch.tensor([[[[1.0, 2, 3], [4, 5, 6], [7, 8, 9]]]])

        given = convolved(lesson.unfold_patches, x, 2)

        rows = [[1.0, 2, 4, 5], [2, 3, 5, 6], [4, 5, 7, 8], [5, 6, 8, 9]]
        alike("the matrix of patches", given, torch.tensor([rows]))

    def test_the_first_and_the_last_patch_of_two_channels(self, lesson: Any) -> None:
        x = torch.cat([SQUARE, 100 + SQUARE], dim=1)

        given = expect.tensor("the matrix of patches", convolved(lesson.unfold_patches, x, 2, 2), (1, 8, 4))

        first, last = [0.0, 1, 4, 5, 100, 101, 104, 105], [10.0, 11, 14, 15, 110, 111, 114, 115]
        for name, column, wanted in (("first", 0, first), ("last", 3, last)):
            what = f"the {name} patch, whose first channel comes first, row by row"
            expect.equal(what, given[0, :, column].tolist(), wanted)

    @pytest.mark.parametrize("dtype", DTYPES, ids=str)
    @pytest.mark.parametrize(
        ("shape", "settings"),
        [
            ((2, 3, 5, 7), (3, 1, 0)),
            ((2, 2, 6, 4), (2, 2, 0)),
            ((1, 2, 7, 8), (3, 2, 0)),
            ((2, 1, 8, 6), (2, 3, 0)),
            ((2, 2, 4, 5), (3, 1, 1)),
            ((1, 3, 5, 6), (3, 2, 2)),
            ((2, 2, 3, 4), (1, 1, 0)),
            ((2, 2, 3, 3), (3, 1, 0)),
            ((1, 1, 2, 3), (4, 1, 1)),
        ],
        ids=str,
    )
    def test_it_equals_torch(
        self, lesson: Any, shape: tuple[int, ...], settings: tuple[int, int, int], dtype: torch.dtype
    ) -> None:
        x = numbers(*shape, dtype=dtype)
        kernel_size, stride, padding = settings

        given = convolved(lesson.unfold_patches, x, *settings)

        alike("the matrix of patches", given, F.unfold(x, kernel_size, stride=stride, padding=padding))

    def test_stride_and_padding_by_name(self, lesson: Any) -> None:
        x = numbers(2, 2, 6, 7)

        given = convolved(lesson.unfold_patches, x, kernel_size=3, padding=1, stride=2)

        alike("the matrix of patches", given, F.unfold(x, 3, stride=2, padding=1))

    def test_transposed_images_are_read_as_they_are(self, lesson: Any) -> None:
        x = numbers(2, 2, 4, 6).transpose(2, 3)

        given = convolved(lesson.unfold_patches, x, 3)

        alike("the matrix of patches", given, F.unfold(x, 3))

    def test_each_pixel_gets_a_gradient_from_each_patch_that_holds_it(self, lesson: Any) -> None:
        x = torch.ones(1, 1, 3, 3, requires_grad=True)
        given = expect.tensor("the matrix of patches", convolved(lesson.unfold_patches, x, 2), (1, 4, 4))
        expect.true("the matrix of patches", given.requires_grad, "tied to x by a graph", "cut off")

        given.sum().backward()

        wanted = torch.tensor([[[[1.0, 2, 1], [2, 4, 2], [1, 2, 1]]]])
        alike("the gradient of x", x.grad, wanted)


@pytest.mark.exercise(
    "conv2d",
    level=4,
    hints=(
        "Look at the drawing at the top of the file: which reshape makes rows of the kernels? Which function of yours "
        "makes columns of the patches?",
        "weight as (O, C*k*k) times patches (N, C*k*k, L) gives (N, O, L): @ repeats the left one for each image.",
        "bias is one number for each of the O rows: give it a dimension so that it broadcasts over L. At the end, "
        "view L as rows and columns, which follow from H, W, k, stride and padding.",
    ),
)
class TestConv2d:
    """conv2d."""

    SIZES: tuple[tuple[tuple[int, ...], int, int, int, int], ...] = (
        ((1, 1, 4, 4), 1, 3, 1, 0),
        ((2, 3, 6, 7), 4, 3, 1, 0),
        ((3, 2, 5, 5), 2, 5, 1, 0),
        ((2, 4, 4, 3), 3, 1, 1, 0),
        ((2, 3, 6, 5), 4, 3, 1, 1),
        ((2, 2, 8, 7), 3, 3, 2, 0),
        ((1, 2, 7, 8), 2, 2, 3, 1),
        ((2, 1, 6, 6), 5, 5, 2, 2),
    )

    def test_the_numbers_of_the_docstring(self, lesson: Any) -> None:
        x = torch.tensor([[[[1.0, 2, 3, 4], [5, 6, 7, 8], [9, 0, 1, 2], [3, 4, 5, 6]]]])

        given = convolved(lesson.conv2d, x, torch.tensor([[[[1.0, 0], [0, 1]]]]))

        alike("the result", given, torch.tensor([[[[7.0, 9, 11], [5, 7, 9], [13, 5, 7]]]]))

    def test_stride_and_padding_worked_out_by_hand(self, lesson: Any) -> None:
        given = convolved(lesson.conv2d, SQUARE, torch.ones(1, 1, 2, 2), torch.tensor([1000.0]), 2, 1)

        wanted = torch.tensor([[[[1000.0, 1003, 1003], [1012, 1030, 1018], [1012, 1027, 1015]]]])
        alike("the result", given, wanted)

    @pytest.mark.parametrize("dtype", DTYPES, ids=str)
    @pytest.mark.parametrize("bias", [True, False], ids=["bias", "no bias"])
    @pytest.mark.parametrize("sizes", SIZES, ids=str)
    def test_it_equals_torch(self, lesson: Any, sizes: tuple[Any, ...], bias: bool, dtype: torch.dtype) -> None:
        shape, outputs, k, stride, padding = sizes
        x, weight = numbers(*shape, dtype=dtype), numbers(outputs, shape[1], k, k, seed=2, dtype=dtype)
        added = numbers(outputs, seed=3, dtype=dtype) if bias else None

        given = convolved(lesson.conv2d, x, weight, added, stride, padding)

        alike("the result", given, F.conv2d(x, weight, added, stride=stride, padding=padding))

    def test_stride_and_padding_by_name(self, lesson: Any) -> None:
        x, weight = numbers(2, 2, 6, 7), numbers(3, 2, 3, 3, seed=2)

        given = convolved(lesson.conv2d, x, weight, padding=1, stride=2)

        alike("the result", given, F.conv2d(x, weight, stride=2, padding=1))

    def test_transposed_images_and_kernels_are_read_as_they_are(self, lesson: Any) -> None:
        x, weight = numbers(2, 2, 4, 6).transpose(2, 3), numbers(3, 2, 2, 2, seed=2).transpose(2, 3)

        given = convolved(lesson.conv2d, x, weight)

        alike("the result", given, F.conv2d(x, weight))

    @pytest.mark.parametrize(("stride", "padding"), [(1, 0), (2, 1)])
    def test_gradients_equal_those_of_torch(self, lesson: Any, stride: int, padding: int) -> None:
        leaves = [numbers(2, 3, 5, 6), numbers(4, 3, 3, 3, seed=2), numbers(4, seed=3)]
        names, ours, theirs = ("x", "weight", "bias"), *([one.clone().requires_grad_() for one in leaves] for _ in "ab")
        wanted = F.conv2d(theirs[0], theirs[1], theirs[2], stride=stride, padding=padding)
        upstream = numbers(*wanted.shape, seed=4)
        (wanted * upstream).sum().backward()

        given = expect.tensor("the result", convolved(lesson.conv2d, *ours, stride, padding), tuple(wanted.shape))
        expect.true("the result", given.requires_grad, "tied to x, weight and bias by a graph", "cut off")
        (given * upstream).sum().backward()

        for name, our, their in zip(names, ours, theirs, strict=True):
            assert their.grad is not None
            alike(f"the gradient of {name}", our.grad, their.grad)

    def test_more_pixels_images_and_channels_need_no_more_products(self, lesson: Any) -> None:
        def products(n: int, side: int, outputs: int) -> int:
            x, weight = numbers(n, 2, side, side), numbers(outputs, 2, 3, 3, seed=2)
            with Arithmetic() as seen:
                convolved(lesson.conv2d, x, weight, numbers(outputs, seed=3))
            return seen.count

        few = products(1, 4, 2)
        for what, sizes in (("pixels", (1, 8, 2)), ("images", (3, 4, 2)), ("output channels", (1, 4, 5))):
            more = products(*sizes)
            expect.equal(
                f"the number of products and sums of tensors with more {what}", more, few, "Is there a loop over them?"
            )


@pytest.mark.exercise(
    "max_pool2d",
    level=3,
    hints=(
        "A pool looks at patches, too. unfold_patches gives them; where in its rows does one channel end and the next "
        "one begin?",
        "(N, C*k*k, L) is (N, C, k*k, L): the window of one channel has a dimension of its own.",
        "The largest along that dimension, then L as rows and columns. No padding: what does not fit is left out.",
    ),
)
class TestMaxPool2d:
    """max_pool2d."""

    def test_four_windows_worked_out_by_hand(self, lesson: Any) -> None:
        x = torch.tensor([[[[9.0, 1, 2, 3], [0, 4, 8, 1], [1, 1, 0, 6], [7, 2, 5, 3]]]])

        given = pooled(lesson.max_pool2d, x, 2)

        alike("the result", given, torch.tensor([[[[9.0, 8.0], [7.0, 6.0]]]]))

    def test_windows_that_overlap_worked_out_by_hand(self, lesson: Any) -> None:
        given = pooled(lesson.max_pool2d, torch.tensor([[[[3.0, 1, 2], [0, 5, 4], [1, 1, 6]]]]), 2, 1)

        alike("the result", given, torch.tensor([[[[5.0, 5.0], [5.0, 6.0]]]]))

    @pytest.mark.parametrize("dtype", DTYPES, ids=str)
    @pytest.mark.parametrize(
        ("shape", "k", "stride"),
        [
            ((2, 3, 4, 6), 2, None),
            ((2, 2, 6, 9), 3, None),
            ((2, 3, 5, 7), 2, None),
            ((1, 2, 7, 8), 3, 2),
            ((2, 2, 5, 4), 2, 1),
            ((2, 1, 8, 7), 2, 3),
            ((2, 2, 3, 4), 1, None),
            ((2, 2, 3, 3), 3, 1),
        ],
        ids=str,
    )
    def test_it_equals_torch(
        self, lesson: Any, shape: tuple[int, ...], k: int, stride: int | None, dtype: torch.dtype
    ) -> None:
        x = numbers(*shape, dtype=dtype)

        given = pooled(lesson.max_pool2d, x, k, stride)

        alike("the result", given, F.max_pool2d(x, k, stride))

    @pytest.mark.parametrize("shape", [(1, 2, 4, 4), (2, 2, 5, 7)], ids=str)
    @pytest.mark.parametrize("scale", [1.0, 1000.0, 1e30], ids="about {:g}".format)
    def test_of_negative_numbers_the_largest_is_negative(
        self, lesson: Any, shape: tuple[int, ...], scale: float
    ) -> None:
        x = (-numbers(*shape).abs() - 1) * scale

        given = pooled(lesson.max_pool2d, x, 2)

        alike("the result", given, F.max_pool2d(x, 2))

    def test_transposed_maps_are_read_as_they_are(self, lesson: Any) -> None:
        x = numbers(2, 3, 4, 6).transpose(2, 3)

        given = pooled(lesson.max_pool2d, x, 2)

        alike("the result", given, F.max_pool2d(x, 2))

    def test_the_largest_of_each_window_gets_the_gradient(self, lesson: Any) -> None:
        ours, theirs = (numbers(2, 2, 4, 6).requires_grad_() for _ in "ab")
        upstream = numbers(2, 2, 2, 3, seed=2)
        (F.max_pool2d(theirs, 2) * upstream).sum().backward()

        given = expect.tensor("the result", pooled(lesson.max_pool2d, ours, 2), (2, 2, 2, 3))
        expect.true("the result", given.requires_grad, "tied to x by a graph", "cut off")
        (given * upstream).sum().backward()

        assert theirs.grad is not None
        alike("the gradient of x", ours.grad, theirs.grad)


def case(layers: list[tuple[int, int]], wanted: tuple[int, int], why: str) -> Any:
    """Return a case of receptive_field whose name is its layers."""
    return pytest.param(layers, wanted, why, id=str(layers))


@pytest.mark.exercise(
    "receptive_field",
    level=3,
    hints=(
        "Draw three layers of kernel 3 and stride 1 over a row of pixels: one number sees 3, then 5, then 7.",
        "A kernel of k spans k - 1 steps. How long is a step, in pixels, behind a layer of stride 2?",
        "Go through the layers with two numbers: the side, and how many pixels a step is long. Which of the two does a "
        "layer's stride change, and when?",
    ),
)
class TestReceptiveField:
    """receptive_field."""

    @pytest.mark.parametrize(
        ("layers", "wanted", "why"),
        [
            case([], (1, 1), "A pixel of the image sees itself, and its neighbour is one pixel away."),
            case([(5, 1)], (5, 1), "A kernel of 5 sees 5 pixels."),
            case([(2, 2)], (2, 2), "Windows of 2 that lie side by side."),
            case([(3, 1), (3, 1)], (5, 1), "3 neighbours that see 3 pixels each, one apart: 3 + 2."),
            case([(3, 2), (3, 1)], (7, 2), "3 neighbours that see 3 pixels each, two apart: 3 + 2 * 2."),
            case([(3, 1), (3, 2)], (5, 2), "The last stride moves the neighbours apart; it makes no field larger."),
            case([(1, 3), (2, 1)], (4, 3), "2 neighbours that see a pixel each, three apart."),
            case([(5, 1), (2, 2)], (6, 2), "LeNet's first pool."),
            case([(5, 1), (2, 2), (5, 1)], (14, 2), "LeNet's conv2."),
            case([(5, 1), (2, 2), (5, 1), (2, 2)], (16, 4), "LeNet's second pool."),
            case([(5, 1), (2, 2), (5, 1), (2, 2), (5, 1)], (32, 4), "C5 of LeNet-5 sees the whole image."),
            case([(7, 2), (3, 2), (3, 1), (3, 1)], (27, 4), "The first layers of a ResNet."),
            case([(2, 3), (4, 5), (3, 2)], (41, 30), "2 + 3 * 3 + 2 * 15"),
        ],
    )
    def test_side_and_distance(self, lesson: Any, layers: Any, wanted: tuple[int, int], why: str) -> None:
        given = lesson.receptive_field(list(layers))

        expect.equal(f"receptive_field({layers})", given, wanted, why)

    def test_the_layers_are_left_as_they_are(self, lesson: Any) -> None:
        layers = [(5, 1), (2, 2)]

        lesson.receptive_field(layers)

        expect.equal("the list of layers afterwards", layers, [(5, 1), (2, 2)])

    def test_it_is_what_a_change_of_one_pixel_reaches(self, lesson: Any) -> None:
        layers = [(3, 2), (2, 1), (3, 1)]
        x = torch.zeros(1, 1, 40, 40, requires_grad=True)
        maps = x
        for kernel, stride in layers:
            maps = F.conv2d(maps, torch.ones(1, 1, kernel, kernel), stride=stride)
        maps[0, 0, 2, 2].backward()
        assert x.grad is not None
        seen = int((x.grad[0, 0].sum(dim=0) != 0).sum())

        side, _ = lesson.receptive_field(layers)

        expect.equal(f"the side that {layers} see", side, seen, "So many pixels in a row have a gradient.")


@pytest.mark.speed("conv2d")
class SpeedOfConv2d:
    """The learner's conv2d beside the solution's, torch's and the loops'."""

    @staticmethod
    def given() -> tuple[Tensor, Tensor, Tensor]:
        """32 images as they reach LeNet's conv2, with its weights."""
        return seeded(32, 6, 14, 14), seeded(16, 6, 5, 5), seeded(16)

    def test_32_images_of_conv2(self, contestant: Any, benchmark: Any) -> None:
        benchmark(contestant.conv2d, *self.given())

    def test_32_images_of_conv2_by_torch(self, benchmark: Any) -> None:
        benchmark.group = "conv2d"
        benchmark(F.conv2d, *self.given())

    def test_32_images_of_conv2_by_loops(self, contestant: Any, benchmark: Any) -> None:
        benchmark(contestant.conv2d_by_loops, *self.given())
