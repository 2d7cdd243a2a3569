"""Lesson 6, LeNet5.__init__: how it is observed, and the bank of its wrong answers."""

from typing import Any

import torch
from torch import nn

from kata.authoring import Observation, drop, exercise, insert, observes, replace, see_module, wrong

LAYERS = ("c1", "c3", "c5", "output")


@observes("LeNet5.__init__", "Your network is built like {}.")
def observe_lenet5(lesson: Any, see: Observation) -> None:
    see_module(see, lesson.LeNet5, LAYERS)


exercise("LeNet5.__init__")

no_super = wrong(
    "one that assigns layers before nn.Module's own __init__ has run",
    "nn.Module's constructor makes the lists in which layers are kept; it is called first.",
    drop("super"),
)
no_layers = wrong(
    "one that assigns no layers to self",
    "A local name is gone when the constructor ends; only what is assigned to self is registered.",
    replace("self.", "", everywhere=True),
)
c5_linear = wrong(
    "one whose c5 is a linear layer, as lesson 1's fc1",
    "In 1998 it was a convolution: on a larger image it would give a map of answers. Its numbers are the same 48,120.",
    replace("nn.Conv2d(16, 120, 5)", "nn.Linear(400, 120)"),
)
c5_on_4x4 = wrong(
    "one whose c5 has kernels of 4x4",
    "That fits images of 28 x 28. Follow a side of 32: 28, 14, 10, 5, and 5x5 kernels leave 1.",
    replace("(16, 120, 5)", "(16, 120, 4)"),
)
c5_of_1x1 = wrong(
    "one whose c5 has kernels of 1x1",
    "Its maps would stay 5 x 5. The kernel is as large as the maps that it meets, so one number is left of each.",
    replace("(16, 120, 5)", "(16, 120, 1)"),
)
c1_colour = wrong(
    "one whose c1 reads 3 channels", "A grey image has one number for each pixel.", replace("(1, 6, 5)", "(3, 6, 5)")
)
c1_padded = wrong(
    "one whose c1 adds a border of two pixels",
    "The border belongs to images of 28 x 28. Here the digit stands in a frame of 32 x 32 already.",
    replace("(1, 6, 5)", "(1, 6, 5, padding=2)"),
)
c3_reads_1 = wrong(
    "one whose c3 reads a single map", "Layers form a chain: c1 makes six maps.", replace("(6, 16, 5)", "(1, 16, 5)")
)
c3_swapped = wrong(
    "one whose c3 has its two channel numbers swapped",
    "First how many maps it reads, then how many it makes.",
    replace("(6, 16, 5)", "(16, 6, 5)"),
)
c3_kernel_3 = wrong(
    "one whose c3 has kernels of 3x3", "All convolutions of LeNet-5 are 5x5.", replace("(6, 16, 5)", "(6, 16, 3)")
)
no_bias = wrong(
    "one whose c3 has no bias",
    "Every outgoing map has one bias, which moves its threshold.",
    replace("(6, 16, 5)", "(6, 16, 5, bias=False)"),
)
with_f6 = wrong(
    "one with an F6 of 84 numbers",
    "F6 is there for the pictures of 7 x 12 of the paper's output. With scores for an output, c5's 120 numbers reach it.",
    replace("nn.Linear(120, 10)", "nn.Linear(84, 10)"),
    insert("self.f6 = nn.Linear(120, 84)", after="self.c5"),
)
output_reads_400 = wrong(
    "one whose output reads 400 numbers",
    "That is what reaches c5. What c5 makes reaches the output.",
    replace("(120, 10)", "(400, 10)"),
)
output_swapped = wrong(
    "one whose output has its two numbers swapped",
    "A linear layer is told first how many numbers go in.",
    replace("(120, 10)", "(10, 120)"),
)
names_of_lesson_1 = wrong(
    "one with lesson 1's names",
    "The names of 1998 are asked for: c1, c3, c5, output.",
    replace("self.c1", "self.conv1"),
    replace("self.c3", "self.conv2"),
    replace("self.c5", "self.conv3"),
    replace("self.output", "self.fc"),
)
seeds = wrong(
    "one that sets the seed itself",
    "Every network would start with the same numbers. The seed is the caller's.",
    insert("torch.manual_seed(0)", after="super"),
)
