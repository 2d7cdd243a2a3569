"""Lesson 6, SparseConv.__init__: how it is observed, and the bank of its wrong answers."""

from typing import Any

import torch
from torch import nn

from kata.authoring import (
    Observation,
    body,
    drop,
    exercise,
    insert,
    observes,
    refusal,
    replace,
    same_as,
    see_module,
    wrong,
)
from mistakes.ex06_lenet5.shared import TABLE


@observes("SparseConv.__init__", "Your SparseConv is built like {}.")
def observe_sparse_init(lesson: Any, see: Observation) -> None:
    table = [list(row) for row in TABLE]
    layer = see_module(see, lambda: lesson.SparseConv(table, 3), ("table", "weight", "bias"))
    see("the caller's table", [list(row) for row in table] == [list(row) for row in TABLE])
    see("the table that is kept", str(layer.table))
    table[0].append(1)
    see("the table that is kept, after the caller's changed", str(layer.table))
    see("the parameters for C3", [tuple(p.shape) for p in lesson.SparseConv(lesson.C3_TABLE, 5).parameters()])
    for bad, row in (([[0, 1], []], "[]"), ([[0], [2, 0, 2]], "2, 0, 2"), ([[0], [1, -1]], "1, -1")):
        see(f"what becomes of the row [{row.strip('[]')}]", refusal(lambda: lesson.SparseConv(bad, 5), "table", row))


exercise("SparseConv.__init__")

no_super_in_sparse = wrong(
    "one that assigns parameters before nn.Module's own __init__ has run",
    "nn.Module's constructor makes the lists in which parameters are kept; it is called first.",
    drop("super"),
)
dense_weight = wrong(
    "a dense convolution",
    "All maps see all: 2,416 numbers for C3. Only the connections of the table have kernels.",
    replace(
        "torch.empty(kernels, kernel_size, kernel_size)",
        "torch.empty(len(self.table), max(map(max, self.table)) + 1, kernel_size, kernel_size)",
    ),
)
a_conv2d_inside = same_as(
    dense_weight,
    body("""
        super().__init__()
        self.table = tuple(tuple(row) for row in table)
        convolution = nn.Conv2d(max(map(max, self.table)) + 1, len(self.table), kernel_size)
        self.weight, self.bias = convolution.weight, convolution.bias
    """),
)
bias_per_kernel = wrong(
    "one bias for each kernel",
    "A map has one bias, however many maps it sees: 16 for C3, not 60.",
    replace("torch.empty(len(self.table))", "torch.empty(kernels)"),
)
kernel_per_row = wrong(
    "one kernel for each outgoing map",
    "Each connection has its own: 60 for C3, not 16.",
    replace("sum(map(len, self.table))", "len(self.table)"),
)
same_list = wrong(
    "one that keeps the caller's own table",
    "What the caller does to it later would change the layer: keep a copy.",
    replace("tuple(tuple(row) for row in table)", "table"),
)
lists_of_its_own = wrong(
    "one that keeps lists",
    "Tuples are asked for: nobody changes them by accident.",
    replace("tuple(tuple(row) for row in table)", "[list(row) for row in table]"),
)
sorted_rows = wrong(
    "one that sorts the rows",
    "The kernels stand in the order of the table that was given.",
    replace("tuple(tuple(row) for row in table)", "tuple(tuple(sorted(row)) for row in table)"),
)
zeros = wrong(
    "one whose kernels start with zeros",
    "All kernels would be alike; random numbers are asked for.",
    replace("kernel_size, kernel_size).uniform_(-0.1, 0.1)", "kernel_size, kernel_size).zero_()"),
)
plain_kernels = wrong(
    "one that keeps plain tensors",
    "Only an nn.Parameter is found by parameters(), trained, saved and moved.",
    replace("nn.Parameter(", "torch.clone(", everywhere=True),
)
without_bias = wrong("one without biases", "Each outgoing map has one: 16 of C3's 1,516 numbers.", drop("self.bias"))
checks_nothing = wrong("one that refuses no table", "The stub names three kinds of rows.", drop("for row in table:"))
empty_accepted = wrong(
    "one that accepts an empty row",
    "A map that sees nothing has no fan-in.",
    replace(
        "len(row) == 0 or len(set(row)) != len(row) or min(row)", "len(set(row)) != len(row) or min(row, default=0)"
    ),
)
twice_accepted = wrong(
    "one that accepts a map twice in a row",
    "Two kernels would stand in one place.",
    replace("len(set(row)) != len(row) or ", ""),
)
negative_accepted = wrong(
    "one that accepts negative numbers", "Python would count them from the end.", replace(" or min(row) < 0", "")
)
only_16 = wrong(
    "one that refuses tables without 16 rows",
    "Any number of rows is fine: the layer is a general one.",
    insert("if len(table) != 16:\n    raise ValueError('table must have 16 rows')", after="super"),
)
row_untold = wrong(
    "one whose message does not tell the row",
    "The message should say which one.",
    replace(', got {list(row)}"', '"'),
)
