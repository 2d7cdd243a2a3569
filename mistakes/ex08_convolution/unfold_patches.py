"""Lesson 8, unfold_patches: how it is observed, and the bank of its wrong answers."""

from typing import Any

import torch
from torch import Tensor

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
from mistakes.ex08_convolution.shared import see_gradients, see_result


@observes("unfold_patches", "Your patches are those of {}.")
def observe_unfold(lesson: Any, see: Observation) -> None:
    def unfolded(place: str, x: Tensor, *settings: int) -> None:
        see_result(see, place, convolutions_refused, lesson.unfold_patches, x, *settings)

    unfolded("2 images of 5 x 7 with k = 3", numbers(2, 3, 5, 7), 3)
    unfolded("an image of 4 x 4 with k = 2", numbers(1, 1, 4, 4), 2)
    unfolded("images of 6 x 4 with k = 2, stride = 2", numbers(2, 2, 6, 4), 2, 2)
    unfolded("images of 8 x 7 with k = 3, stride = 2", numbers(2, 2, 8, 7), 3, 2)
    unfolded("images of 8 x 6 with k = 2, stride = 3", numbers(1, 2, 8, 6), 2, 3)
    unfolded("images of 4 x 5 with k = 3, padding = 1", numbers(2, 2, 4, 5), 3, 1, 1)
    unfolded("images of 5 x 6 with k = 3, stride = 2, padding = 2", numbers(1, 2, 5, 6), 3, 2, 2)
    unfolded("images of 3 x 4 with k = 1", numbers(1, 2, 3, 4), 1)
    unfolded("transposed images", numbers(1, 2, 4, 6).transpose(2, 3), 3)
    see_gradients(see, "patches", lambda x: lesson.unfold_patches(x, 2), x=numbers(1, 2, 4, 4))


exercise("unfold_patches")

rows_are_patches = wrong(
    "a matrix whose rows are the patches",
    "(N, C*k*k, L): a patch is a column.",
    replace(".reshape(len(x), -1, rows * columns)", ".reshape(len(x), -1, rows * columns).transpose(1, 2)"),
)
places_first = wrong(
    "columns that hold all channels of one place, then of the next",
    "A column holds the whole patch of the first channel, then that of the next one.",
    replace("torch.stack(met, dim=2)", "torch.stack(met, dim=1)"),
)
kernel_down_first = wrong(
    "columns that hold a patch column by column",
    "A patch is written row by row, as it is read.",
    replace(
        "for i in range(kernel_size) for j in range(kernel_size)",
        "for j in range(kernel_size) for i in range(kernel_size)",
    ),
)
moves_down_first = wrong(
    "a kernel that moves down first",
    "It moves from left to right, then down, as the numbers of y are read.",
    replace("torch.stack(met, dim=2)", "torch.stack(met, dim=2).transpose(3, 4)"),
)
unfold_ignores_stride = wrong(
    "a kernel that always moves by one pixel",
    "stride says by how many.",
    insert("stride = 1", before="rows, columns = ("),
)
unfold_ignores_padding = wrong(
    "an image without padding",
    "padding zeros come on each of the four sides.",
    drop("x = F.pad(x, (padding, padding, padding, padding))"),
)
padding_before = wrong(
    "an image with zeros above and on the left only",
    "padding zeros come on each of the four sides: F.pad takes left, right, top, bottom.",
    replace("(padding, padding, padding, padding)", "(padding, 0, padding, 0)"),
)
padding_behind = wrong(
    "an image with zeros below and on the right only",
    "padding zeros come on each of the four sides: F.pad takes left, right, top, bottom.",
    replace("(padding, padding, padding, padding)", "(0, padding, 0, padding)"),
)
padding_across = wrong(
    "an image with zeros on the left and on the right only",
    "F.pad takes left, right, top, bottom: two numbers speak of the last dimension only.",
    replace("(padding, padding, padding, padding)", "(padding, padding)"),
)
padding_down = wrong(
    "an image with zeros above and below only",
    "F.pad takes left, right, top, bottom.",
    replace("(padding, padding, padding, padding)", "(0, 0, padding, padding)"),
)
padding_twice = wrong(
    "an image with twice the padding",
    "padding zeros come on each side, no more.",
    replace("(padding, padding, padding, padding)", "(2 * padding, 2 * padding, 2 * padding, 2 * padding)"),
)
padding_repeats = wrong(
    "an image whose edge is repeated for padding",
    "The padding is zeros.",
    replace("(padding, padding, padding, padding))", '(padding, padding, padding, padding), mode="replicate")'),
)
padding_mirrors = wrong(
    "an image that is mirrored at its edge for padding",
    "The padding is zeros.",
    replace("(padding, padding, padding, padding))", '(padding, padding, padding, padding), mode="reflect")'),
)
padding_ones = wrong(
    "an image with ones around",
    "The padding is zeros.",
    replace("(padding, padding, padding, padding))", "(padding, padding, padding, padding), value=1)"),
)
places_without_padding = wrong(
    "patches of as many places as without padding",
    "With the zeros around, the kernel fits on more places: count them on the padded image.",
    drop("x = F.pad(x, (padding, padding, padding, padding))"),
    insert("x = F.pad(x, (padding, padding, padding, padding))", after="rows, columns = ("),
)
over_the_edge = wrong(
    "patches that reach over the edge",
    "The last patch begins k pixels before the edge.",
    replace("(side - kernel_size) // stride + 1 for side", "(side - 1) // stride + 1 for side"),
)
patches_mixed = wrong(
    "patches that a reshape mixes with their places",
    "A reshape only counts on: bring channel, row and column of the kernel before the places first.",
    replace(
        "torch.stack(met, dim=2).reshape(len(x), -1, rows * columns)",
        "torch.stack(met, dim=4).reshape(len(x), -1, rows * columns)",
    ),
)
channels_before_places = wrong(
    "patches whose columns hold numbers of one channel only",
    "A column holds all channels of its place: bring the places behind the channels' numbers before the reshape.",
    replace(
        "torch.stack(met, dim=2).reshape(len(x), -1, rows * columns)",
        "torch.stack(met, dim=4).reshape(len(x), rows * columns, -1).transpose(1, 2)",
    ),
)
one_patch_short = wrong(
    "a kernel that leaves out its last place in each row and column",
    "A kernel of 3 fits on 3 places in a row of 5: (H + 2 * padding - k) // stride + 1.",
    replace("// stride + 1 for side", "// stride for side"),
)
unfold_square = wrong(
    "images that are as wide as high",
    "H and W may differ: rows follow from one, columns from the other.",
    replace(
        "rows, columns = ((side - kernel_size) // stride + 1 for side in x.shape[2:])",
        "rows = columns = (x.shape[2] - kernel_size) // stride + 1",
    ),
)
places_times_stride = wrong(
    "a kernel whose places are stride pixels apart",
    "stride is how far the kernel moves; its own places lie side by side. Otherwise it is called dilation.",
    replace(
        "x[:, :, i : i + down : stride, j : j + right : stride]",
        "x[:, :, i * stride :, j * stride :][:, :, :rows, :columns]",
    ),
)
unfold_flipped = wrong(
    "patches that are written backwards",
    "A patch is written as it is read: from its upper left pixel on.",
    replace(
        "for i in range(kernel_size) for j in range(kernel_size)",
        "for i in reversed(range(kernel_size)) for j in reversed(range(kernel_size))",
    ),
)
side_by_side_patches = wrong(
    "patches that lie side by side",
    "The kernel moves by stride pixels: with a smaller one than its side, patches overlap.",
    insert("stride = kernel_size", before="rows, columns = ("),
)
unfold_reshape = wrong(
    "pixels that are only reshaped",
    "A reshape gives each pixel one place; a pixel of overlapping patches has several.",
    body("""
        rows, columns = ((side + 2 * padding - kernel_size) // stride + 1 for side in x.shape[2:])
        size = x.shape[1] * kernel_size * kernel_size * rows * columns
        flat = x.flatten(1).repeat(1, size // x[0].numel() + 1)
        return flat[:, :size].reshape(len(x), -1, rows * columns)
    """),
)
first_channel_patches = wrong(
    "patches of the first channel only",
    "A column holds the patches of all channels.",
    insert("x = x[:, :1]", before="rows, columns = ("),
)
first_image_patches = wrong(
    "patches of the first image for all images",
    "Each image has a matrix of its own.",
    insert("x = x[:1].expand(x.shape)", before="rows, columns = ("),
)
images_side_by_side = wrong(
    "one matrix for all images",
    "Each image has a matrix of its own: (N, C*k*k, L).",
    replace(".reshape(len(x), -1, rows * columns)", ".reshape(len(x), -1, rows * columns).transpose(0, 1).flatten(1)"),
)
channels_apart = wrong(
    "a matrix for each channel",
    "The channels of a patch stand below one another in one column: (N, C*k*k, L).",
    replace(".reshape(len(x), -1, rows * columns)", ".flatten(3)"),
)
unfold_cut_off = wrong(
    "patches that are cut off from the graph",
    "Without the graph no gradient gets back through a convolution to x.",
    replace(".reshape(len(x), -1, rows * columns)", ".reshape(len(x), -1, rows * columns).detach()"),
)
unfold_float32 = wrong(
    "patches in float32, whatever x is",
    "The patches have the dtype of x.",
    replace(".reshape(len(x), -1, rows * columns)", ".reshape(len(x), -1, rows * columns).float()"),
)
unfold_short_cut = wrong(
    "a function that asks F.unfold",
    "That is what you build here.",
    body("return F.unfold(x, kernel_size, stride=stride, padding=padding)"),
)
unfold_nothing = wrong("a function that returns nothing", "Is there a `return`?", replace("return torch", "_ = torch"))
places_by_rows = wrong(
    "patches that are put where row * rows + column says",
    "A row has as many places as there are columns: row * columns + column.",
    body("""
    x = F.pad(x, (padding, padding, padding, padding))
    rows, columns = ((side - kernel_size) // stride + 1 for side in x.shape[2:])
    result = x.new_zeros(len(x), x.shape[1] * kernel_size**2, rows * columns)
    for r in range(rows):
        for c in range(columns):
            window = x[:, :, r * stride : r * stride + kernel_size, c * stride : c * stride + kernel_size]
            result[:, :, r * rows + c] = window.flatten(1)
    return result
    """),
)
