"""Lesson 6, EuclideanRBF.forward: how it is observed, and the bank of its wrong answers."""

from typing import Any

import torch

from kata.authoring import Observation, body, exercise, observes, replace, same_as, see_call, seeded, wrong


@observes("EuclideanRBF.forward", "Your penalties are {}.")
def observe_rbf(lesson: Any, see: Observation) -> None:
    layer = lesson.EuclideanRBF(seeded(10, 84, seed=2))
    see_call(see, layer, seeded(3, 84), "3 rows")
    see_call(see, layer, seeded(10, 84, seed=4), "10 rows")
    see("the penalties of the prototypes themselves", layer(layer.prototypes).diag().abs() < 1e-3)


exercise("EuclideanRBF.forward")

root = wrong(
    "the distances, not their squares",
    "No root is taken: the penalty is the sum of squares.",
    replace("sum(dim=2)", "sum(dim=2).sqrt()"),
)
cdist = same_as(root, body("return torch.cdist(x, self.prototypes)"))
absolute = wrong("the sums of absolute differences", "Each difference is squared.", replace("square()", "abs()"))
averaged = wrong(
    "the means of the squared differences", "They are summed: 84 times as much.", replace("sum(dim=2)", "mean(dim=2)")
)
negative = wrong(
    "the negative squared distances",
    "Penalties are 0 or more: the smallest one is the digit.",
    body("return -(x.unsqueeze(1) - self.prototypes).square().sum(dim=2)"),
)
squared_late = wrong(
    "the squares of the sums of the differences",
    "Each difference is squared by itself, then they are summed: otherwise differences of opposite signs cancel.",
    replace("square().sum(dim=2)", "sum(dim=2).square()"),
)
softmin = wrong(
    "a softmax of the negative distances",
    "Penalties remain as they are: 0 or more, the smallest is the digit.",
    body("return (-(x.unsqueeze(1) - self.prototypes).square().sum(dim=2)).softmax(dim=1)"),
)
products = wrong(
    "the scalar products with the prototypes",
    "How far apart, not how alike: differences, squared.",
    body("return x @ self.prototypes.t()"),
)
gaussians = wrong(
    "the exponentials of the negative distances",
    "Bell curves vanish far away, and gradients with them. The distance itself is the output.",
    replace("sum(dim=2)", "sum(dim=2).neg().exp()"),
)
softmaxed = wrong(
    "a softmax of the distances", "Penalties remain as they are.", replace("sum(dim=2)", "sum(dim=2).softmax(1)")
)
halved = wrong("half the squared distances", "There is no 1/2 in it.", replace("sum(dim=2)", "sum(dim=2) / 2"))
over_prototypes = wrong(
    "the sums over the prototypes", "The sum goes over the 84 numbers, the last dimension.", replace("dim=2", "dim=1")
)
no_row_dimension = wrong(
    "one that subtracts without a dimension for the prototypes",
    "(N, 84) and (10, 84) fit only by accident. (N, 1, 84) and (10, 84) give all N x 10 differences.",
    body("return (x - self.prototypes).square().sum(dim=1)"),
)
rows_without_graph = wrong(
    "one through which no gradient passes",
    "The layers before it learn from it.",
    replace("x.unsqueeze", "x.detach().unsqueeze"),
)
exchanged = wrong(
    "the penalties with rows and columns exchanged",
    "(N, 10): a row for each image.",
    body("return (x.unsqueeze(0) - self.prototypes.unsqueeze(1)).square().sum(dim=2)"),
)
