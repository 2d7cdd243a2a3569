"""Lesson 6, LeNet5.forward: how it is observed, and the bank of its wrong answers."""

from typing import Any

import torch
import torch.nn.functional as F

from kata.authoring import Observation, drop, exercise, observes, replace, see_call, seeded, strong, wrong


@observes("LeNet5.forward", "Your scores equal those of {}.")
def observe_scores(lesson: Any, see: Observation) -> None:
    net = strong(lesson.LeNet5())
    see.network(net, seeded(3, 1, 32, 32, seed=20), result="scores")
    see("the scores of 1 image", net(seeded(1, 1, 32, 32, seed=21)))
    see("the scores of 10 images", net(seeded(10, 1, 32, 32, seed=22)))
    see_call(see, net, seeded(4, 1, 32, 32, seed=23), "4 images")


exercise("LeNet5.forward")

pool_after_c5 = wrong(
    "a LeNet-5 that pools after c5, too",
    "c5's maps have one pixel each: there is nothing left to pool.",
    replace("F.relu(self.c5(x))", "F.max_pool2d(F.relu(self.c5(x)), 2)"),
)
no_relu_1 = wrong(
    "a LeNet-5 without ReLU after c1",
    "Without a nonlinearity between them, two layers do no more than one could.",
    replace("F.relu(self.c1(x))", "self.c1(x)"),
)
no_relu_3 = wrong(
    "a LeNet-5 without ReLU after c3",
    "Without a nonlinearity between them, two layers do no more than one could.",
    replace("F.relu(self.c3(x))", "self.c3(x)"),
)
no_relu_5 = wrong(
    "a LeNet-5 without ReLU after c5",
    "Without a nonlinearity between them, c5 and the output do no more than one linear layer could.",
    replace("F.relu(self.c5(x))", "self.c5(x)"),
)
no_relus = wrong(
    "a LeNet-5 without any ReLU",
    "Max-pooling alone bends little. A ReLU follows each layer but the last.",
    replace("F.relu(self.c1(x))", "self.c1(x)"),
    replace("F.relu(self.c3(x))", "self.c3(x)"),
    replace("F.relu(self.c5(x))", "self.c5(x)"),
)
relu_on_scores = wrong(
    "a LeNet-5 with a ReLU on its scores",
    "A score may be negative: nothing comes after the output.",
    replace("self.output(x)", "F.relu(self.output(x))"),
)
softmax_on_scores = wrong(
    "a LeNet-5 that gives probabilities instead of scores",
    "Scores are raw. Probabilities have a method of their own, and cross-entropy wants scores.",
    replace("self.output(x)", "self.output(x).softmax(1)"),
)
log_softmax_on_scores = wrong(
    "a LeNet-5 that gives log-probabilities instead of scores",
    "Scores are raw: nothing comes after the output.",
    replace("self.output(x)", "self.output(x).log_softmax(1)"),
)
averages = wrong(
    "a LeNet-5 with average pooling",
    "The largest of each 2x2 is asked for: in today's parts a strong feature is not averaged away.",
    replace("max_pool2d", "avg_pool2d", everywhere=True),
)
tanh_for_relu = wrong(
    "a LeNet-5 with tanh in place of ReLU",
    "tanh is 1998's; this network is made of today's parts.",
    replace("F.relu", "torch.tanh", everywhere=True),
)
no_second_pool = wrong(
    "a LeNet-5 without pooling after c3",
    "c5 would meet maps of 10 x 10 and leave 6 x 6 of each.",
    replace("F.max_pool2d(F.relu(self.c3(x)), 2)", "F.relu(self.c3(x))"),
)
pool_of_stride_1 = wrong(
    "a LeNet-5 whose pooling moves by one pixel",
    "A pool without a stride moves by its own size; with a stride of 1 the maps stay too large.",
    replace("F.max_pool2d(F.relu(self.c3(x)), 2)", "F.max_pool2d(F.relu(self.c3(x)), 2, 1)"),
)
squeezed = wrong(
    "a LeNet-5 that squeezes away every dimension of 1",
    "For one image the batch is a dimension of 1, too, and goes: (120,) instead of (1, 120).",
    replace("x.flatten(1)", "x.squeeze()"),
)
one_row = wrong(
    "a LeNet-5 that flattens the batch into one row",
    "One row for each image: the batch dimension stays.",
    replace("x.flatten(1)", "x.view(1, -1)"),
)
no_flatten = wrong(
    "a LeNet-5 that does not flatten c5's maps",
    "A linear layer works on the last dimension, and that is 1 here: (N, 120, 1, 1) must become (N, 120).",
    drop("x = x.flatten(1)"),
)
no_return = wrong(
    "a LeNet-5 that returns nothing",
    "A function without `return` gives back None.",
    replace("return self.output(x)", "self.output(x)"),
)
c3_skipped = wrong(
    "a LeNet-5 that runs c1 where c3 must come",
    "Each layer is used once.",
    replace("self.c3(x)", "self.c1(x)"),
)
