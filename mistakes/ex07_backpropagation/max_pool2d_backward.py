"""Lesson 7, max_pool2d_backward: how it is observed, and the bank of its wrong answers."""

from typing import Any

import torch
from torch import Tensor

from kata.authoring import Observation, body, exercise, numbers, observes, replace, same_as, wrong
from mistakes.ex07_backpropagation.shared import see_gradients


@observes("max_pool2d_backward", "Your gradients are those of {}.")
def observe_pool(lesson: Any, see: Observation) -> None:
    def pooled(place: str, x: Tensor) -> None:
        upstream = numbers(*x.shape[:2], x.shape[2] // 2, x.shape[3] // 2, seed=2)
        see_gradients(see, place, lesson.max_pool2d_backward, ("x",), upstream, x)

    pooled("maps of 4 x 6", numbers(2, 3, 4, 6))
    pooled("negative maps", -numbers(1, 2, 4, 4).abs())
    for window in ([4.0, 4, 4, 4], [1.0, 4, 4, 4], [1.0, 1, 4, 4], [4.0, 1, 4, 1]):
        pooled(f"the window {window}", torch.tensor(window).double().view(1, 1, 2, 2))
    pooled("maps of 5 x 7", numbers(1, 2, 5, 7))
    pooled("transposed maps", numbers(2, 3, 4, 6).transpose(2, 3))


exercise("max_pool2d_backward")

all_four = wrong(
    "a pool that gives its gradient to all four",
    "Only the largest number of a window made the output: the others could change a little, and nothing would.",
    replace(
        "slopes.scatter_(4, windows.argmax(dim=4, keepdim=True), upstream.unsqueeze(4))",
        "slopes += upstream.unsqueeze(4)",
    ),
)
a_quarter = wrong(
    "a pool that shares its gradient out, as an average does",
    "Of max-pooling only the largest number had a part in the output.",
    replace(
        "slopes.scatter_(4, windows.argmax(dim=4, keepdim=True), upstream.unsqueeze(4))",
        "slopes += upstream.unsqueeze(4) / 4",
    ),
)
all_largest = wrong(
    "a pool that gives the gradient to each of several largest",
    "Where several are largest, one of them made the output: the first in reading order.",
    replace(
        "slopes.scatter_(4, windows.argmax(dim=4, keepdim=True), upstream.unsqueeze(4))",
        "slopes += upstream.unsqueeze(4) * (windows == windows.amax(dim=4, keepdim=True))",
    ),
)
shared_by_largest = wrong(
    "a pool that shares the gradient among several largest",
    "torch's gives all of it to the first one in reading order.",
    replace(
        "slopes.scatter_(4, windows.argmax(dim=4, keepdim=True), upstream.unsqueeze(4))",
        """
        largest = (windows == windows.amax(dim=4, keepdim=True)).to(x.dtype)
        slopes += upstream.unsqueeze(4) * largest / largest.sum(dim=4, keepdim=True)
        """,
    ),
)
last_largest = wrong(
    "a pool that gives the gradient to the last of several largest",
    "torch's gives it to the first one in reading order.",
    replace("windows.argmax(dim=4, keepdim=True)", "3 - windows.flip(4).argmax(dim=4, keepdim=True)"),
)
smallest = wrong(
    "a pool that looks for the smallest", "The largest number made the output.", replace("argmax", "argmin")
)
largest_size = wrong(
    "a pool that looks for the number furthest from 0",
    "The largest number made the output, not the one of the largest size: -5 is less than 1.",
    replace("windows.argmax", "windows.abs().argmax"),
)
column_order = wrong(
    "a pool whose windows are read down first",
    "Reading order goes from left to right, then down: it tells which of several largest is the first.",
    replace("windows.argmax(dim=4, keepdim=True)", "windows[..., [0, 2, 1, 3]].argmax(dim=4, keepdim=True)"),
)
columns_in_reading = same_as(
    column_order,
    replace(
        "windows.argmax(dim=4, keepdim=True)",
        "torch.tensor([0, 2, 1, 3])[windows[..., [0, 2, 1, 3]].argmax(dim=4, keepdim=True)]",
    ),
)
windows_overlap = wrong(
    "a pool whose windows begin at row and column of the output",
    "Windows of 2 lie side by side: window (r, s) begins at pixel (2 * r, 2 * s).",
    body("""
        result = torch.zeros_like(x)
        for r in range(upstream.shape[2]):
            for s in range(upstream.shape[3]):
                window = x[:, :, r : r + 2, s : s + 2].flatten(2)
                row, column = window.argmax(dim=2) // 2 + r, window.argmax(dim=2) % 2 + s
                for n in range(len(x)):
                    for c in range(x.shape[1]):
                        result[n, c, row[n, c], column[n, c]] += upstream[n, c, r, s]
        return result
    """),
)
same_place_for_all = wrong(
    "a pool that takes the first image's places for all images",
    "Each image, and each map of it, has its largest number elsewhere.",
    replace(
        "windows.argmax(dim=4, keepdim=True)", "windows[:1].argmax(dim=4, keepdim=True).expand(images, -1, -1, -1, -1)"
    ),
)
same_place_for_maps = wrong(
    "a pool that takes the first map's places for all maps",
    "Each map has its largest number elsewhere.",
    replace(
        "windows.argmax(dim=4, keepdim=True)", "windows[:, :1].argmax(dim=4, keepdim=True).expand(-1, maps, -1, -1, -1)"
    ),
)
ones = wrong(
    "a pool that ignores the upstream gradient",
    "Where the largest stands is only half of it: what arrives there is the window's upstream gradient.",
    replace("upstream.unsqueeze(4))", "torch.ones_like(upstream).unsqueeze(4))"),
)
puts_numbers = wrong(
    "a pool that puts the largest numbers back",
    "What arrives there is the window's upstream gradient, not the number that was pooled.",
    replace("upstream.unsqueeze(4))", "windows.amax(dim=4, keepdim=True))"),
)
not_laid_back = wrong(
    "a pool that forgets to lay its windows back",
    "The dimensions that were brought together must be taken apart again, before rows and columns are put in their places.",
    replace("slopes.unflatten(4, (2, 2)).transpose(3, 4)", "slopes.unflatten(4, (2, 2))"),
)
even_only = wrong(
    "a pool that fails where a row or a column is left over",
    "A last row or column that fills no window had no part in the output, and gets 0.",
    body("""
        images, maps, height, width = upstream.shape
        windows = x.reshape(images, maps, height, 2, width, 2).transpose(3, 4).flatten(4)
        slopes = torch.zeros_like(windows)
        slopes.scatter_(4, windows.argmax(dim=4, keepdim=True), upstream.unsqueeze(4))
        return slopes.unflatten(4, (2, 2)).transpose(3, 4).reshape(x.shape)
    """),
)
left_out = wrong(
    "a pool whose gradient lacks the row or column left over",
    "A gradient has the shape of what it belongs to: a row that fills no window gets 0.",
    replace("return result", "return result[:, :, : 2 * height, : 2 * width]"),
)
pool_autograd = wrong(
    "a pool that asks autograd",
    "How autograd finds the largest again is the exercise.",
    body("""
        with torch.enable_grad():
            leaf = x.clone().requires_grad_()
            F.max_pool2d(leaf, 2).backward(upstream)
        return leaf.grad
    """),
)
places_within_a_map = wrong(
    "a pool that takes places within a map for places within all maps",
    "The indices that a pool returns count from the beginning of each map.",
    body("""
    places = F.max_pool2d(x, 2, return_indices=True)[1]
    result = torch.zeros(x.numel(), dtype=x.dtype)
    result[places.flatten()] = upstream.flatten()
    return result.view(x.shape)
    """),
)
