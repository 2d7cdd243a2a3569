"""Lesson 6, LeNet5Paper.forward: how it is observed, and the bank of its wrong answers."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from kata.authoring import Observation, exercise, insert, observes, replace, see_call, seeded, strong, wrong
from mistakes.ex06_lenet5.shared import PAPER


@observes("LeNet5Paper.forward", "Your penalties equal those of {}.")
def observe_penalties(lesson: Any, see: Observation) -> None:
    net = strong(lesson.LeNet5Paper(), 1.2)
    see.network(net, seeded(3, 1, 32, 32, seed=20), result="penalties", stations=PAPER)
    see("the penalties of 1 image", net(seeded(1, 1, 32, 32, seed=21)))
    see("the penalties of 10 images", net(seeded(10, 1, 32, 32, seed=22)))
    see_call(see, strong(net, 0.7), seeded(4, 1, 32, 32, seed=23), "4 images")
    see("the penalties in eval mode", net.eval()(seeded(2, 1, 32, 32, seed=21)))


exercise("LeNet5Paper.forward")

no_squash_c1 = wrong(
    "a network without squashing after c1",
    "Each layer up to f6 is followed by it.",
    replace("squash(self.c1(x))", "self.c1(x)"),
)
no_squash_s2 = wrong(
    "a network without squashing after s2",
    "Each layer up to f6 is followed by it.",
    replace("squash(self.s2(squash(self.c1(x))))", "self.s2(squash(self.c1(x)))"),
)
no_squash_c3 = wrong(
    "a network without squashing after c3",
    "Each layer up to f6 is followed by it.",
    replace("squash(self.c3(x))", "self.c3(x)"),
)
no_squash_s4 = wrong(
    "a network without squashing after s4",
    "Each layer up to f6 is followed by it.",
    replace("squash(self.s4(squash(self.c3(x))))", "self.s4(squash(self.c3(x)))"),
)
no_squash_c5 = wrong(
    "a network without squashing after c5",
    "Each layer up to f6 is followed by it.",
    replace("squash(self.c5(x))", "self.c5(x)"),
)
no_squash_f6 = wrong(
    "a network without squashing after f6",
    "The pictures are +1 and -1, which is where squashed numbers lie.",
    replace("squash(self.f6(x))", "self.f6(x)"),
)
squash_pools_only = wrong(
    "a network without squashing after its convolutions c1 and c3",
    "Each layer up to f6 is followed by it, not only the subsampling ones.",
    replace("squash(self.c1(x))", "self.c1(x)"),
    replace("squash(self.c3(x))", "self.c3(x)"),
)
squash_convolutions_only = wrong(
    "a network without squashing after its subsampling s2 and s4",
    "Each layer up to f6 is followed by it.",
    replace("squash(self.s2(squash(self.c1(x))))", "self.s2(squash(self.c1(x)))"),
    replace("squash(self.s4(squash(self.c3(x))))", "self.s4(squash(self.c3(x)))"),
)
no_squash = wrong(
    "a network without any squashing",
    "Layer upon layer would be one linear map.",
    replace("squash = ScaledTanh()", "squash = nn.Identity()"),
)
plain_tanhs = wrong(
    "a network with the plain tanh",
    "ScaledTanh has two constants more: f(1) = 1.",
    replace("squash = ScaledTanh()", "squash = torch.tanh"),
)
relus = wrong("a network with ReLUs", "1998 squashed: ScaledTanh.", replace("squash = ScaledTanh()", "squash = F.relu"))
squashed_penalties = wrong(
    "a network that squashes its penalties",
    "Nothing comes after the output.",
    replace("return self.output(x)", "return squash(self.output(x))"),
)
negated = wrong(
    "a network that returns negative penalties",
    "The smallest is the digit: they remain as they are.",
    replace("return self.output(x)", "return -self.output(x)"),
)
probable = wrong(
    "a network that returns probabilities",
    "Penalties are asked for.",
    replace("return self.output(x)", "return (-self.output(x)).softmax(1)"),
)
digits_read = wrong(
    "a network that returns the digits",
    "Penalties are asked for, ten for each image.",
    replace("return self.output(x)", "return self.output(x).argmin(1)"),
)
scales_itself = wrong(
    "a network that scales the images itself",
    "The caller has done so: it would be done twice.",
    insert("x = -0.1 + 1.275 * x", before="squash ="),
)
maps_not_flattened = wrong(
    "a network that does not flatten c5's maps",
    "f6 works on the last dimension, and that is 1 here: (N, 120, 1, 1) must become (N, 120).",
    replace(".flatten(1)", ""),
)
all_squeezed = wrong(
    "a network that squeezes away every dimension of 1",
    "For one image the batch is a dimension of 1, too.",
    replace(".flatten(1)", ".squeeze()"),
)
