"""Lesson 6, SparseConv.forward: how it is observed, and the bank of its wrong answers."""

from typing import Any

import torch
import torch.nn.functional as F

from kata.authoring import (
    Observation,
    Words,
    exercise,
    insert,
    observes,
    replace,
    same_as,
    see_call,
    see_values,
    seeded,
    strong,
    wrong,
)
from mistakes.ex06_lenet5.shared import TABLE

KERNELS = Words("is missing", "has {} times the right kernel", "must not be there", "has another kernel than its own")


@observes("SparseConv.forward", "Your SparseConv computes the same as {}.")
def observe_sparse(lesson: Any, see: Observation) -> None:
    layer = strong(lesson.SparseConv(TABLE, 3))
    pixels = torch.zeros(5, 4, 5, 5)
    pixels[range(1, 5), range(4), 2, 2] = 1.0
    dark, *lit = layer(pixels)
    see("the shape for 5 times 4 maps of 5 x 5", (1 + len(lit), *dark.shape))
    see_values(see, "what dark maps become", {f"map {number}": one for number, one in enumerate(dark)})
    found = {f"map {row} from map {column}": (lit[column] - dark)[row] for row in range(4) for column in range(4)}
    see.amounts("the connections", KERNELS, {name: torch.zeros_like(one) for name, one in found.items()}, found)
    see_call(see, layer, seeded(2, 4, 5, 6), "four maps")
    see_call(see, strong(lesson.SparseConv(lesson.C3_TABLE, 5)), seeded(2, 6, 8, 8), "the maps of S2")
    with torch.no_grad():
        layer.weight.mul_(3)
    see("what comes of four maps, after the weight has changed", layer(seeded(2, 4, 5, 6)))


exercise("SparseConv.forward")

bias_once_per_kernel = wrong(
    "one that adds the bias once for each incoming map",
    "A map has one bias, added once, however many maps it sees.",
    replace("self.bias)", "self.bias * torch.tensor([len(row) for row in self.table]))"),
)
bias_left_out = wrong(
    "one without the bias", "Each outgoing map's bias comes to its sum.", replace(", self.bias)", ")")
)
flipped = wrong(
    "one that flips its kernels",
    "torch's convolutions do not turn the kernel round, and neither does this one.",
    replace("columns] = self.weight", "columns] = self.weight.flip(-2, -1)"),
)
ascending = wrong(
    "one that takes the kernels of a row in ascending order of the maps",
    "They stand in the order of the row, which need not be ascending.",
    replace("for column in seen", "for column in sorted(seen)"),
)
by_columns = wrong(
    "one that takes the kernels incoming map by incoming map",
    "They stand row by row of the table.",
    insert("pairs.sort(key=lambda pair: pair[1])", after="pairs ="),
)
same_kernels = wrong(
    "one that begins with the first kernel again in each row",
    "Each row goes on where the one before ended.",
    replace(
        "weight[rows, columns] = self.weight",
        "for number, row in enumerate(self.table):\n    for place, column in enumerate(row):\n        weight[number, column] = self.weight[place]",
    ),
)
one_per_row = wrong(
    "one that uses a single kernel for all maps of a row",
    "Each connection has a kernel of its own.",
    replace("weight[rows, columns] = self.weight", "weight[rows, columns] = self.weight[rows]"),
)
sees_all = wrong(
    "one in which every map sees all incoming maps",
    "The table says which connections there are; all others must be zero.",
    replace("weight[rows, columns] = self.weight", "weight = weight + self.weight.mean(0)"),
)
detached_kernels = wrong(
    "one through which no gradient reaches the kernels",
    "detach, .data and no_grad cut the graph: the kernels would never learn.",
    replace("columns] = self.weight", "columns] = self.weight.detach()"),
)
kernels_by_data = same_as(detached_kernels, replace("columns] = self.weight", "columns] = self.weight.data"))
padded = wrong(
    "one that adds a border",
    "The maps shrink by kernel_size - 1: 14 to 10.",
    replace("self.bias)", "self.bias, padding=self.weight.size(-1) // 2)"),
)
squashed = wrong(
    "one that squashes its result itself",
    "Squashing comes later, in the network.",
    replace("F.conv2d(x, weight, self.bias)", "1.7159 * torch.tanh(2 / 3 * F.conv2d(x, weight, self.bias))"),
)
float32_zeros = wrong(
    "one whose zeros are always float32",
    "They must have the dtype and the device of the parameters: make them like self.weight.",
    replace("self.weight.new_zeros(", "torch.zeros("),
)
remembered = wrong(
    "one that builds its weight once and keeps it",
    "Parameters change with every step, and the kept weight does not.",
    insert("if hasattr(self, 'kept'):\n    return F.conv2d(x, self.kept.to(x.dtype), self.bias)", before="pairs ="),
    insert("self.kept = weight.detach()", after="weight[rows"),
)
first_maps = wrong(
    "one in which each map sees as many maps as its row names, but the first ones",
    "The numbers in a row say which maps are seen, not only how many.",
    replace("for column in seen]", "for column in range(len(seen))]"),
    replace("max(columns) + 1", "max(map(max, self.table)) + 1"),
)
shifted_maps = wrong(
    "one in which each map sees the neighbours of the maps that its row names",
    "The numbers in a row count from 0, as indices do.",
    replace("for column in seen]", "for column in [(one - 1) % (max(map(max, self.table)) + 1) for one in seen]]"),
)
