"""Lesson 6, LeNet5Paper.__init__: how it is observed, and the bank of its wrong answers."""

from typing import Any

import torch
from torch import nn

from kata.authoring import Observation, drop, exercise, insert, observes, replace, see_module, wrong
from mistakes.ex06_lenet5.shared import PAPER


@observes("LeNet5Paper.__init__", "Your network is built like {}.")
def observe_paper(lesson: Any, see: Observation) -> None:
    net = see_module(see, lesson.LeNet5Paper, PAPER)
    see("the table of c3", str(getattr(net.c3, "table", None)))
    see("the prototypes of the output", getattr(net.output, "prototypes", None))
    asked: list[Any] = []
    lesson.initialise = lambda given: asked.append([name for name in PAPER if hasattr(given, name)])
    lesson.LeNet5Paper()
    see("what is there when initialise is called", asked)
    lesson.initialise = lambda given: [p.data.fill_(0.5) for p in given.parameters()]
    left = lesson.LeNet5Paper().named_parameters()
    see("what is as initialise left it", {name: bool((p == 0.5).all()) for name, p in left})


exercise("LeNet5Paper.__init__")

no_super_in_paper = wrong(
    "one that assigns layers before nn.Module's own __init__ has run",
    "nn.Module's constructor makes the lists in which layers are kept; it is called first.",
    drop("super"),
)
c3_dense = wrong(
    "one whose c3 is a dense convolution",
    "All six maps in each: 2,416 numbers instead of 1,516. The paper's C3 sees what the table says.",
    replace("SparseConv(C3_TABLE, 5)", "nn.Conv2d(6, 16, 5)"),
)
average_pools = wrong(
    "one whose s2 and s4 are average pools",
    "They have parameters: a coefficient and a bias for each map, 12 and 32 numbers.",
    replace("Subsampling(6)", "nn.AvgPool2d(2)"),
    replace("Subsampling(16)", "nn.AvgPool2d(2)"),
)
max_pools = wrong(
    "one whose s2 and s4 are max-pools",
    "They have parameters: a coefficient and a bias for each map, 12 and 32 numbers.",
    replace("Subsampling(6)", "nn.MaxPool2d(2)"),
    replace("Subsampling(16)", "nn.MaxPool2d(2)"),
)
linear_c5 = wrong(
    "one whose c5 is a linear layer",
    "nn.Conv2d, as in the table.",
    replace("nn.Conv2d(16, 120, 5)", "nn.Linear(400, 120)"),
)
linear_output = wrong(
    "one whose output is a linear layer",
    "850 numbers too many: the output of 1998 compares with fixed pictures.",
    replace("EuclideanRBF(prototypes())", "nn.Linear(84, 10)"),
)
without_f6 = wrong("one without f6", "84 numbers are what the pictures of 7 x 12 are compared with.", drop("self.f6"))
random_pictures = wrong(
    "one with random prototypes",
    "prototypes() gives the pictures of the digits.",
    replace("prototypes()", "torch.randn(10, 84)"),
)
ink_only = wrong(
    "one whose pictures are 0 where there is paper",
    "+1 for ink and -1 for paper, as prototypes() gives them.",
    replace("prototypes()", "prototypes().clamp(min=0)"),
)
not_initialised = wrong(
    "one that never calls initialise", "Its first weights would be those of torch.", drop("initialise(self)")
)
initialised_early = wrong(
    "one that calls initialise before its layers are there",
    "It fills what is there: call it last.",
    drop("initialise(self)"),
    insert("initialise(self)", after="super"),
)
changed_afterwards = wrong(
    "one that changes what initialise has drawn",
    "Call it last.",
    insert("nn.init.zeros_(self.f6.bias)", after="initialise"),
)
initialised_twice = wrong(
    "one that calls initialise twice", "Once is enough.", insert("initialise(self)", after="initialise(self)")
)
other_table = wrong(
    "one whose c3 reads another table",
    "C3_TABLE is given.",
    replace("SparseConv(C3_TABLE, 5)", "SparseConv([*C3_TABLE[6:], *C3_TABLE[:6]], 5)"),
)
