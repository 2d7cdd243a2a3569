"""Lesson 8, max_pool2d: how it is observed, and the bank of its wrong answers."""

from typing import Any

import torch
from torch import Tensor

from kata.authoring import Observation, body, drop, exercise, insert, numbers, observes, pools_refused, replace, wrong
from mistakes.ex08_convolution.shared import see_gradients, see_result


@observes("max_pool2d", "Your maps are those of {}.")
def observe_pool(lesson: Any, see: Observation) -> None:
    def pooled(place: str, x: Tensor, *settings: int) -> None:
        see_result(see, place, pools_refused, lesson.max_pool2d, x, *settings)

    pooled("maps of 4 x 6 with k = 2", numbers(2, 3, 4, 6), 2)
    pooled("negative maps with k = 2", -numbers(1, 2, 4, 4).abs() - 1, 2)
    pooled("maps of 5 x 7 with k = 2", numbers(2, 2, 5, 7), 2)
    pooled("negative maps of 5 x 7 with k = 2", -numbers(2, 2, 5, 7).abs() - 1, 2)
    pooled("maps of numbers below -1000", -numbers(2, 2, 5, 7).abs() - 1000, 2)
    pooled("maps of 6 x 9 with k = 3", numbers(1, 2, 6, 9), 3)
    pooled("maps of 7 x 8 with k = 3, stride = 2", numbers(1, 2, 7, 8), 3, 2)
    pooled("maps of 5 x 4 with k = 2, stride = 1", numbers(1, 2, 5, 4), 2, 1)
    pooled("maps of 8 x 7 with k = 2, stride = 3", numbers(1, 2, 8, 7), 2, 3)
    pooled("transposed maps", numbers(1, 2, 4, 6).transpose(2, 3), 2)
    see_gradients(see, "a pool", lambda x: lesson.max_pool2d(x, 2), x=numbers(2, 2, 4, 6))


exercise("max_pool2d")

mean_pool = wrong("a pool that takes the mean", "The largest is asked for.", replace("amax", "mean"))
min_pool = wrong("a pool that takes the smallest", "The largest is asked for.", replace("amax", "amin"))
sum_pool = wrong("a pool that takes the sum", "The largest is asked for.", replace("amax", "sum"))
absolute_pool = wrong(
    "a pool that takes the largest by its size without sign",
    "-9 is smaller than 1.",
    replace("windows.amax(dim=2)", "windows.gather(2, windows.abs().argmax(dim=2, keepdim=True)).squeeze(2)"),
)
abs_pool = wrong(
    "a pool of numbers without their sign", "-9 is smaller than 1.", replace("windows.amax", "windows.abs().amax")
)
never_negative = wrong(
    "a pool that begins with 0",
    "All numbers of a window may be negative: the largest of them is asked for, not 0.",
    replace("windows.amax(dim=2)", "windows.amax(dim=2).clamp(min=0)"),
)
begins_too_high = wrong(
    "a pool that begins with a number that is not small enough",
    "Whatever number a loop begins with, a window may hold smaller ones only. Begin with one of its own, or -inf.",
    replace("windows.amax(dim=2)", "windows.amax(dim=2).clamp(min=-100)"),
)
over_channels = wrong(
    "a pool over all channels",
    "Each channel is pooled by itself: (N, C, rows, columns).",
    replace("return windows.amax(dim=2)", "return windows.amax(dim=(1, 2)).unsqueeze(1)"),
)
channels_mixed = wrong(
    "a pool whose channels and places are mixed by a view",
    "The rows of the patches are C times k*k: the channel comes first.",
    replace(
        "view(len(x), x.shape[1], kernel_size * kernel_size, rows, columns)",
        "view(len(x), kernel_size * kernel_size, x.shape[1], rows, columns)",
    ),
    replace("windows.amax(dim=2)", "windows.amax(dim=1)"),
)
corner_only = wrong(
    "a pool that takes the upper left number of each window",
    "The largest of all k * k is asked for.",
    replace("windows.amax(dim=2)", "windows[:, :, 0]"),
)
one_row_only = wrong(
    "a pool that looks at the first row of each window",
    "The largest of all k * k is asked for.",
    replace("windows.amax(dim=2)", "windows[:, :, :kernel_size].amax(dim=2)"),
)
pool_ignores_stride = wrong(
    "a pool whose windows always lie side by side",
    "stride says by how many pixels the window moves; only None means kernel_size.",
    replace("stride = kernel_size if stride is None else stride", "stride = kernel_size"),
)
stride_one = wrong(
    "a pool that moves by one pixel where no stride is given",
    "None means kernel_size: windows that lie side by side.",
    replace("stride = kernel_size if stride is None else stride", "stride = 1 if stride is None else stride"),
)
stride_two = wrong(
    "a pool that moves by two pixels where no stride is given",
    "None means kernel_size: windows that lie side by side.",
    replace("stride = kernel_size if stride is None else stride", "stride = 2 if stride is None else stride"),
)
stride_none = wrong(
    "a pool that computes with a stride of None",
    "None means kernel_size: put it in its place first.",
    drop("stride = kernel_size if stride is None else stride"),
)
ceil_mode = wrong(
    "a pool that keeps a last window that does not fit",
    "What does not fill a window is left out: (H - k) // stride + 1.",
    insert(
        """
        more = [-(side - kernel_size) % stride for side in x.shape[2:]]
        x = F.pad(x, (0, more[1], 0, more[0]), value=float("-inf"))
        """,
        after="stride = kernel_size",
    ),
)
ceil_zeros = wrong(
    "a pool that fills a last window up with zeros",
    "What does not fill a window is left out: (H - k) // stride + 1.",
    insert(
        """
        more = [-(side - kernel_size) % stride for side in x.shape[2:]]
        x = F.pad(x, (0, more[1], 0, more[0]))
        """,
        after="stride = kernel_size",
    ),
)
padded_pool = wrong(
    "a pool with a border",
    "There is no padding here.",
    insert("x = F.pad(x, (1, 1, 1, 1))", after="stride = kernel_size"),
)
pool_one_short = wrong(
    "a pool that counts one row and one column too few",
    "Two windows of 2 lie in a row of 4: (H - k) // stride + 1.",
    replace("// stride + 1 for side", "// stride for side"),
)
sides_by_kernel = wrong(
    "a pool that has H // k rows and W // k columns, whatever the stride",
    "(H - k) // stride + 1: with another stride than k another number of windows fits.",
    replace("(side - kernel_size) // stride + 1 for side", "side // kernel_size for side"),
)
sides_by_stride = wrong(
    "a pool that has H // stride rows and W // stride columns",
    "(H - k) // stride + 1: where the window is larger than the stride, fewer fit.",
    body("""
        stride = kernel_size if stride is None else stride
        rows, columns = x.shape[2] // stride, x.shape[3] // stride
        windows = [
            x[:, :, i * stride : i * stride + kernel_size, j * stride : j * stride + kernel_size].amax(dim=(2, 3))
            for i in range(rows)
            for j in range(columns)
        ]
        return torch.stack(windows, dim=2).view(*x.shape[:2], rows, columns)
    """),
)
next_to_each_other = wrong(
    "a pool whose windows begin at row and column of the result",
    "Window (i, j) begins at pixel (stride * i, stride * j).",
    body("""
        stride = kernel_size if stride is None else stride
        rows, columns = ((side - kernel_size) // stride + 1 for side in x.shape[2:])
        windows = [
            x[:, :, i : i + kernel_size, j : j + kernel_size].amax(dim=(2, 3))
            for i in range(rows)
            for j in range(columns)
        ]
        return torch.stack(windows, dim=2).view(*x.shape[:2], rows, columns)
    """),
)
one_for_all = wrong(
    "a pool with one largest for all images and channels",
    "Each image and each channel is pooled by itself: the largest is taken along the window only.",
    replace("return windows.amax(dim=2)", "return windows.amax(dim=(0, 1, 2)).expand(*x.shape[:2], rows, columns)"),
)
over_places = wrong(
    "a pool over the places in place of the windows",
    "The largest is taken along the numbers of a window.",
    body("""
        stride = kernel_size if stride is None else stride
        rows, columns = ((side - kernel_size) // stride + 1 for side in x.shape[2:])
        windows = unfold_patches(x, kernel_size, stride).view(*x.shape[:2], kernel_size, kernel_size, rows, columns)
        return windows.amax(dim=(4, 5))
    """),
)
pool_rows_for_columns = wrong(
    "a pool whose rows and columns have changed places",
    "(N, C, rows, columns): rows follow from H, columns from W.",
    replace("kernel_size * kernel_size, rows, columns)", "kernel_size * kernel_size, columns, rows)"),
)
pool_square = wrong(
    "a pool for maps that are as wide as high",
    "H and W may differ: rows follow from one, columns from the other.",
    replace(
        "rows, columns = ((side - kernel_size) // stride + 1 for side in x.shape[2:])",
        "rows = columns = (x.shape[2] - kernel_size) // stride + 1",
    ),
)
two_always = wrong(
    "a pool whose windows are 2 x 2, whatever is asked for",
    "kernel_size says how large they are.",
    insert("kernel_size = 2", after="stride = kernel_size"),
)
values_and_indices = wrong(
    "a pool that returns values and indices",
    "`.max(dim=...)` gives both: the values are asked for.",
    replace("windows.amax(dim=2)", "windows.max(dim=2)"),
)
where_it_is = wrong(
    "a pool that says where the largest is",
    "The largest itself is asked for: argmax gives its place.",
    replace("amax", "argmax"),
)
pool_flat = wrong(
    "a pool whose maps are left in a row",
    "(N, C, rows, columns) is asked for.",
    replace("windows.amax(dim=2)", "windows.amax(dim=2).flatten(2)"),
)
pool_cut_off = wrong(
    "a pool that is cut off from the graph",
    "Without the graph the layers before the pool get no gradient.",
    replace("windows.amax(dim=2)", "windows.amax(dim=2).detach()"),
)
pool_short_cut = wrong(
    "a function that asks torch's pool",
    "That is what you build here.",
    body("return F.max_pool2d(x, kernel_size, stride)"),
)
pool_nothing = wrong(
    "a function that returns nothing", "Is there a `return`?", replace("return windows", "_ = windows")
)
largest_of_channels = wrong(
    "a pool that gives every channel the largest number of all channels",
    "Each channel is pooled by itself.",
    replace("return windows.amax(dim=2)", "return windows.amax(dim=(1, 2)).unsqueeze(1).repeat(1, x.shape[1], 1, 1)"),
)
