"""Lesson 8, conv2d_by_loops: how it is observed, and the bank of its wrong answers."""

from typing import Any

import torch

from kata.authoring import (
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
from mistakes.ex08_convolution.shared import see_result

CONVOLUTIONS = ((2, 3, 4, 7, 6, 3), (1, 1, 1, 4, 4, 2), (2, 2, 3, 5, 5, 5))


@observes("conv2d_by_loops", "Your maps are those of {}.")
def observe_loops(lesson: Any, see: Observation) -> None:
    for n, c, o, height, width, k in CONVOLUTIONS:
        given = numbers(n, c, height, width), numbers(o, c, k, k, seed=2), numbers(o, seed=3)
        see_result(see, f"{n} images and kernels of {k} x {k}", convolutions_refused, lesson.conv2d_by_loops, *given)
    for kh, kw in ((3, 1), (3, 2), (1, 3)):
        given = numbers(2, 2, 5, 6), numbers(3, 2, kh, kw, seed=2), numbers(3, seed=3)
        see_result(see, f"kernels of {kh} x {kw}", convolutions_refused, lesson.conv2d_by_loops, *given)
    turned = numbers(2, 2, 4, 6).transpose(2, 3), numbers(3, 2, 2, 2, seed=2), numbers(3, seed=3)
    see_result(see, "transposed images", convolutions_refused, lesson.conv2d_by_loops, *turned)


exercise("conv2d_by_loops")

flipped = wrong(
    "a convolution whose kernel is flipped",
    "Mathematics flips it; deep learning does not: place (i, j) of the kernel meets the pixel at (i, j) of the window.",
    insert("weight = weight.flip(2, 3)", before="kh, kw = weight.shape[2:]"),
)
loops_no_bias = wrong(
    "a convolution without its bias",
    "Each output channel adds its bias to all of its numbers.",
    replace(" + bias[number]", ""),
)
loops_bias_in_sum = wrong(
    "a convolution whose bias is added for each product",
    "The bias is added once for each output: after the sum, not within it.",
    replace(
        "(window * kernel).sum(dim=(1, 2, 3)) + bias[number]", "(window * kernel + bias[number]).sum(dim=(1, 2, 3))"
    ),
)
loops_first_bias = wrong(
    "a convolution that adds the first bias to all output channels",
    "Each output channel has a bias of its own.",
    replace("bias[number]", "bias[0]"),
)
one_place_short = wrong(
    "a convolution that leaves out the last row and the last column of outputs",
    "A kernel of 3 fits on 3 places in a row of 5: H - KH + 1.",
    replace("x.shape[2] - kh + 1, x.shape[3] - kw + 1", "x.shape[2] - kh, x.shape[3] - kw"),
)
beyond_the_edge = wrong(
    "a convolution that has an output for each pixel",
    "Without padding the kernel must lie within the image: it fits on H - KH + 1 places down, W - KW + 1 across.",
    replace("x.shape[2] - kh + 1, x.shape[3] - kw + 1", "x.shape[2], x.shape[3]"),
)
sides_swapped = wrong(
    "a convolution that takes the width for the height",
    "x is (N, C, H, W): the height is x.shape[2], the width x.shape[3].",
    replace("x.shape[2] - kh + 1, x.shape[3] - kw + 1", "x.shape[3] - kw + 1, x.shape[2] - kh + 1"),
)
loops_bias_subtracted = wrong(
    "a convolution that takes its bias off", "The bias is added.", replace(" + bias[number]", " - bias[number]")
)
first_channel = wrong(
    "a convolution that looks at the first channel only",
    "Each output is a sum over all channels of the image, each with its own part of the kernel.",
    replace("(window * kernel).sum(dim=(1, 2, 3))", "(window[:, 0] * kernel[0]).sum(dim=(1, 2))"),
)
one_channel_for_all = wrong(
    "a convolution whose channels all meet the kernel's first channel",
    "The kernel has a part of its own for each channel.",
    replace("(window * kernel)", "(window * kernel[:1])"),
)
mean_of_products = wrong(
    "a convolution that takes the mean of its products",
    "The products are added up.",
    replace(".sum(dim=(1, 2, 3))", ".mean(dim=(1, 2, 3))"),
)
largest_product = wrong(
    "a convolution that takes the largest product",
    "The products are added up.",
    replace(".sum(dim=(1, 2, 3))", ".amax(dim=(1, 2, 3))"),
)
first_image = wrong(
    "a convolution that sees the first image only",
    "Each image of the batch has its own maps.",
    replace("window = x[:, :,", "window = x[:1, :,"),
)
sum_over_images = wrong(
    "a convolution that sums over the images, too",
    "Each image of the batch has its own maps: the sum goes over channels and the window's pixels.",
    replace(".sum(dim=(1, 2, 3))", ".sum()"),
)
rows_for_columns = wrong(
    "a convolution whose rows and columns have changed places",
    "The result at (row, column) belongs to the window at (row, column).",
    replace("len(weight), height, width)", "len(weight), width, height)"),
    replace("result[:, number, row, column]", "result[:, number, column, row]"),
)
kernel_transposed = wrong(
    "a convolution whose kernel is transposed",
    "weight is (O, C, KH, KW): i goes down, j across.",
    replace("(window * kernel)", "(window * kernel.transpose(1, 2).reshape(kernel.shape))"),
)
square_kernels = wrong(
    "a convolution for square kernels only",
    "KH and KW may differ: the height of the window is one, its width the other.",
    replace("kh, kw = weight.shape[2:]", "kh = kw = weight.shape[2]"),
)
kernel_sides_swapped = wrong(
    "a convolution whose window has the kernel's width as its height",
    "weight is (O, C, KH, KW): its height comes first.",
    replace("kh, kw = weight.shape[2:]", "kw, kh = weight.shape[2:]"),
)
matrix_product = wrong(
    "a convolution that multiplies window and kernel as matrices",
    "Each number of the kernel is multiplied with the pixel below it: *, not @.",
    replace("window * kernel", "window @ kernel"),
)
adds_kernel = wrong(
    "a convolution that adds the kernel to the window",
    "Each number of the kernel is multiplied with the pixel below it.",
    replace("window * kernel", "window + kernel"),
)
starts_at_one = wrong(
    "a convolution that leaves the first row and the first column at 0",
    "The first place of the kernel is (0, 0).",
    replace("for row in range(height)", "for row in range(1, height)"),
    replace("for column in range(width)", "for column in range(1, width)"),
)
stops_early = wrong(
    "a convolution that leaves the last row and the last column at 0",
    "`range(height)` ends before height by itself.",
    replace("range(height)", "range(height - 1)"),
    replace("range(width)", "range(width - 1)"),
)
side_by_side = wrong(
    "a convolution whose windows lie side by side",
    "The kernel moves by one pixel: windows overlap. Side by side they lie in a pool.",
    replace("x.shape[2] - kh + 1, x.shape[3] - kw + 1", "x.shape[2] // kh, x.shape[3] // kw"),
    replace("row : row + kh, column : column + kw", "row * kh : row * kh + kh, column * kw : column * kw + kw"),
)
last_kernel = wrong(
    "a convolution whose output channels are all made with the last kernel",
    "Each kernel makes the output channel of its own number.",
    replace("result[:, number, row, column] =", "result[:, :, row, column] ="),
    replace(".sum(dim=(1, 2, 3)) + bias[number]", ".sum(dim=(1, 2, 3)).unsqueeze(1) + bias[number]"),
)
last_product = wrong(
    "a convolution in which each product overwrites the one before",
    "y is a sum: what each place of the kernel gives is added to what is there.",
    body("""
        kh, kw = weight.shape[2:]
        height, width = x.shape[2] - kh + 1, x.shape[3] - kw + 1
        result = x.new_zeros(len(x), len(weight), height, width)
        for i in range(kh):
            for j in range(kw):
                met = x[:, :, i : i + height, j : j + width]
                result = torch.einsum("ncrs,oc->nors", met, weight[:, :, i, j])
        return result + bias.view(-1, 1, 1)
    """),
)
last_channel = wrong(
    "a convolution in which each channel overwrites the one before",
    "y is a sum over all channels: what each of them gives is added to what is there.",
    replace("(window * kernel).sum(dim=(1, 2, 3))", "(window[:, -1] * kernel[-1]).sum(dim=(1, 2))"),
)
bias_for_each_channel = wrong(
    "a convolution that adds its bias once for each channel",
    "The bias is added once for each output, after the sum over the channels.",
    replace("+ bias[number]", "+ x.shape[1] * bias[number]"),
)
bias_along_width = wrong(
    "a convolution whose bias lies along the width",
    "Broadcasting counts from the last dimension: the O biases need two dimensions behind them to lie along O.",
    replace(" + bias[number]", ""),
    replace("return result", "return result + bias"),
)
loops_no_negative = wrong(
    "a convolution whose numbers below 0 are set to 0",
    "ReLU is a layer of its own.",
    replace("return result", "return result.relu()"),
)
loops_float32 = wrong(
    "a convolution whose result is float32, whatever x is",
    "The result has the dtype of x: x.new_zeros(...), or torch.zeros(..., dtype=x.dtype).",
    replace("x.new_zeros(len(x), len(weight), height, width)", "torch.zeros(len(x), len(weight), height, width)"),
)
loops_damage = wrong(
    "a convolution that writes into the image",
    "A slice is a view: what is done to it in place is done to x, which is the caller's, and the next window's.",
    replace("(window * kernel)", "window.mul_(kernel)"),
)
loops_short_cut = wrong(
    "a function that asks torch's convolution", "That is what you build here.", body("return F.conv2d(x, weight, bias)")
)
loops_nothing = wrong("a function that returns nothing", "Is there a `return`?", drop("return result"))
