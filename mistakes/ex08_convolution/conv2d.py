"""Lesson 8, conv2d: how it is observed, and the bank of its wrong answers."""

from typing import Any

import torch

from kata.authoring import (
    Arithmetic,
    Observation,
    body,
    convolutions_refused,
    drop,
    exercise,
    insert,
    numbers,
    observes,
    replace,
    wrong,
)
from mistakes.ex08_convolution.shared import see_gradients, see_result


@observes("conv2d", "Your maps are those of {}.")
def observe_conv(lesson: Any, see: Observation) -> None:
    def convolved(place: str, shape: tuple[int, ...], o: int, k: int, bias: bool, *settings: int) -> None:
        weight, added = numbers(o, shape[1], k, k, seed=2), numbers(o, seed=3) if bias else None
        see_result(see, place, convolutions_refused, lesson.conv2d, numbers(*shape), weight, added, *settings)

    convolved("2 images of 7 x 6 with k = 3", (2, 3, 7, 6), 4, 3, False)
    convolved("an image of 4 x 4 with k = 2", (1, 1, 4, 4), 1, 2, False)
    convolved("images with a bias", (2, 3, 7, 6), 4, 3, True)
    convolved("images with a bias and stride = 2", (2, 2, 8, 7), 3, 3, True, 2)
    convolved("images with a bias and padding = 1", (2, 3, 6, 5), 4, 3, True, 1, 1)
    convolved("images with stride = 3, padding = 1", (1, 2, 7, 8), 2, 2, False, 3, 1)
    convolved("images with stride = 2, padding = 2", (2, 1, 6, 6), 5, 5, True, 2, 2)
    see_gradients(
        see,
        "a convolution",
        lesson.conv2d,
        x=numbers(2, 3, 5, 6),
        weight=numbers(4, 3, 3, 3, seed=2),
        bias=numbers(4, seed=3),
    )
    few = products(lesson, 1, 4, 2)
    for what, sizes in (("pixels", (1, 8, 2)), ("images", (3, 4, 2)), ("output channels", (1, 4, 5))):
        see(f"whether more {what} need no more products of tensors", products(lesson, *sizes) == few)


def products(lesson: Any, n: int, side: int, outputs: int) -> int:
    """Count the products and sums of tensors in a convolution."""
    with Arithmetic() as seen, convolutions_refused():
        lesson.conv2d(numbers(n, 2, side, side), numbers(outputs, 2, 3, 3, seed=2), numbers(outputs, seed=3))
    return seen.count


exercise("conv2d")

conv_no_bias = wrong(
    "a convolution without its bias",
    "Each output channel adds its bias to all of its numbers.",
    drop("if bias is not None:"),
)
bias_always = wrong(
    "a convolution that counts on a bias",
    "bias may be None: then nothing is added.",
    replace(
        """
        if bias is not None:
            maps = maps + bias.unsqueeze(1)
        """,
        "maps = maps + bias.unsqueeze(1)",
    ),
)
bias_truth = wrong(
    "a convolution that asks whether the bias is true",
    "A tensor of several numbers is neither true nor false. Ask whether it is None.",
    replace("if bias is not None:", "if bias:"),
)
bias_along_places = wrong(
    "a convolution whose bias lies along the places",
    "maps is (N, O, L): the O biases need a dimension behind them to lie along O.",
    replace("bias.unsqueeze(1)", "bias"),
)
conv_first_bias = wrong(
    "a convolution that adds the first bias to all output channels",
    "Each output channel has a bias of its own.",
    replace("bias.unsqueeze(1)", "bias[0]"),
)
bias_subtracted = wrong(
    "a convolution that takes its bias off", "The bias is added.", replace("maps + bias", "maps - bias")
)
bias_twice = wrong(
    "a convolution that adds its bias twice", "Once is enough.", replace("maps + bias", "maps + 2 * bias")
)
conv_ignores_stride = wrong(
    "a convolution with stride 1, whatever is asked for",
    "stride goes to the patches, and into the number of rows and columns.",
    insert("stride = 1", before="size = weight.shape[2]"),
)
conv_ignores_padding = wrong(
    "a convolution without padding, whatever is asked for",
    "padding goes to the patches, and into the number of rows and columns.",
    insert("padding = 0", before="size = weight.shape[2]"),
)
stride_not_passed = wrong(
    "a convolution whose patches do not know the stride",
    "It goes to unfold_patches, too.",
    replace("unfold_patches(x, size, stride, padding)", "unfold_patches(x, size, padding=padding)"),
)
padding_not_passed = wrong(
    "a convolution whose patches do not know the padding",
    "It goes to unfold_patches, too.",
    replace("unfold_patches(x, size, stride, padding)", "unfold_patches(x, size, stride)"),
)
settings_swapped = wrong(
    "a convolution that gives padding for stride and stride for padding",
    "unfold_patches takes the stride first. By name no order can go wrong.",
    replace("unfold_patches(x, size, stride, padding)", "unfold_patches(x, size, padding, stride)"),
)
rows_without_padding = wrong(
    "a convolution that counts its rows and columns without the padding",
    "(H + 2 * padding - k) // stride + 1",
    replace("side + 2 * padding - size", "side - size"),
)
padding_once = wrong(
    "a convolution that counts the padding once",
    "The padding is on both sides: 2 * padding.",
    replace("side + 2 * padding - size", "side + padding - size"),
)
rows_without_stride = wrong(
    "a convolution that counts its rows and columns without the stride",
    "(H + 2 * padding - k) // stride + 1",
    replace("(side + 2 * padding - size) // stride + 1", "side + 2 * padding - size + 1"),
)
rows_one_short = wrong(
    "a convolution that counts one row and one column too few",
    "A kernel of 3 fits on 3 places in a row of 5: (H + 2 * padding - k) // stride + 1.",
    replace("// stride + 1 for side", "// stride for side"),
)
always_same = wrong(
    "a convolution that pads by half the kernel",
    "How much is padded, the caller says.",
    insert("padding = size // 2", before="rows, columns = ("),
)
conv_flipped = wrong(
    "a convolution whose kernel is flipped",
    "Mathematics flips it; deep learning does not.",
    replace("weight.flatten(1)", "weight.flip(2, 3).flatten(1)"),
)
conv_kernel_transposed = wrong(
    "a convolution whose kernel is transposed",
    "The rows of the matrix hold a kernel row by row, as the columns hold the patches.",
    replace("weight.flatten(1)", "weight.transpose(2, 3).flatten(1)"),
)
channels_last = wrong(
    "a convolution whose kernels are written with the channels last",
    "A row must hold the kernel in the order in which a column holds the patch: channel by channel.",
    replace("weight.flatten(1)", "weight.permute(0, 2, 3, 1).flatten(1)"),
)
kernels_reshaped = wrong(
    "a convolution whose kernels are mixed by a reshape",
    "weight is (O, C, k, k): the rows are flatten(1). A view as (C*k*k, O) that is transposed takes numbers from "
    "several kernels.",
    replace("weight.flatten(1)", "weight.reshape(-1, len(weight)).T"),
)
places_before_channels = wrong(
    "a convolution whose output channels and places are mixed by a view",
    "(N, L, O) must be transposed to (N, O, L) first; a view only counts on.",
    replace(
        "maps = weight.flatten(1) @ unfold_patches(x, size, stride, padding)",
        "maps = (weight.flatten(1) @ unfold_patches(x, size, stride, padding)).transpose(1, 2)",
    ),
    replace(
        "maps = maps + bias.unsqueeze(1)",
        "maps = maps + bias",
    ),
    replace("return maps.view(", "return maps.reshape("),
)
conv_rows_for_columns = wrong(
    "a convolution whose rows and columns have changed places",
    "(N, O, rows, columns): rows follow from H, columns from W.",
    replace("len(weight), rows, columns)", "len(weight), columns, rows)"),
)
conv_square = wrong(
    "a convolution for images that are as wide as high",
    "H and W may differ: rows follow from one, columns from the other.",
    replace(
        "rows, columns = ((side + 2 * padding - size) // stride + 1 for side in x.shape[2:])",
        "rows = columns = (x.shape[2] + 2 * padding - size) // stride + 1",
    ),
)
conv_flat = wrong(
    "a convolution whose maps are left in a row",
    "L is rows times columns: view it so.",
    replace("return maps.view(len(x), len(weight), rows, columns)", "return maps"),
)
loop_over_images = wrong(
    "a convolution with a loop over the images",
    "@ multiplies each matrix of a batch: a loop over images asks for N small products in place of a large one.",
    replace(
        "maps = weight.flatten(1) @ unfold_patches(x, size, stride, padding)",
        "maps = torch.stack([weight.flatten(1) @ one for one in unfold_patches(x, size, stride, padding)])",
    ),
)
loop_over_kernels = wrong(
    "a convolution with a loop over the output channels",
    "The kernels are the rows of one matrix: one product makes all channels.",
    replace(
        "maps = weight.flatten(1) @ unfold_patches(x, size, stride, padding)",
        """
        patches = unfold_patches(x, size, stride, padding)
        maps = torch.stack([kernel.flatten() @ patches for kernel in weight], dim=1)
        """,
    ),
)
loop_over_pixels = wrong(
    "a convolution with a loop over the pixels",
    "One matrix product does what the loops of conv2d_by_loops do, and faster by far: that is what the patches are for.",
    body("""
        x = F.pad(x, (padding, padding, padding, padding))
        none = weight.new_zeros(len(weight))
        maps = conv2d_by_loops(x, weight, none if bias is None else bias)
        return maps[:, :, ::stride, ::stride]
    """),
)
conv_cut_off = wrong(
    "a convolution that is cut off from the graph",
    "Without the graph nothing can be trained: no gradient gets back to x, weight and bias.",
    replace("return maps.view(", "return maps.detach().view("),
)
weight_cut_off = wrong(
    "a convolution whose weight gets no gradient",
    "`.data` and `.detach()` take a tensor out of the graph: it would never be trained.",
    replace("weight.flatten(1)", "weight.detach().flatten(1)"),
)
bias_cut_off = wrong(
    "a convolution whose bias gets no gradient",
    "`.data` and `.detach()` take a tensor out of the graph: it would never be trained.",
    replace("bias.unsqueeze(1)", "bias.detach().unsqueeze(1)"),
)
x_cut_off = wrong(
    "a convolution whose x gets no gradient",
    "`.data` and `.detach()` take a tensor out of the graph: the layers before this one would never be trained.",
    replace("unfold_patches(x, size", "unfold_patches(x.detach(), size"),
)
conv_float32 = wrong(
    "a convolution in float32, whatever x is",
    "The maps have the dtype of x.",
    replace("maps.view", "maps.float().view"),
)
conv_short_cut = wrong(
    "a function that asks torch's convolution",
    "That is what you build here.",
    body("return F.conv2d(x, weight, bias, stride=stride, padding=padding)"),
)
conv_by_unfold = wrong(
    "a function that asks F.unfold",
    "You have one of your own: unfold_patches.",
    replace("unfold_patches(x, size, stride, padding)", "F.unfold(x, size, stride=stride, padding=padding)"),
)
conv_nothing = wrong("a function that returns nothing", "Is there a `return`?", replace("return maps", "_ = maps"))
