"""Lesson 6, map_loss: how it is observed, and the bank of its wrong answers."""

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from kata.authoring import LOSSES, Observation, drop, exercise, insert, observes, refusal, replace, seeded, wrong


@observes("map_loss", "Your loss is {}.")
def observe_map_loss(lesson: Any, see: Observation) -> None:
    def loss(y: Tensor, labels: list[int], j: float, words: str) -> None:
        given = lesson.map_loss(y, torch.tensor(labels), j)
        shown = f"a tensor {tuple(given.shape)}" if isinstance(given, Tensor) else type(given).__name__
        see(f"the kind of the loss of {words}", shown)
        see.amounts(f"the loss of {words}", LOSSES, {"the loss": torch.zeros(())}, {"the loss": given})

    y = (seeded(4, 10).square() * 2).requires_grad_()
    loss(torch.zeros(1, 10), [5], 1.0, "1 image whose penalties are 0")
    loss(
        torch.tensor([[1000.0] * 5 + [3.0] + [1000.0] * 4]),
        [5],
        1.0,
        "1 image whose own penalty is 3, the others 1,000",
    )
    loss(y[:1], [5], 1.0, "1 image")
    for j in (1.0, 0.2, 4.0):
        loss(y, [3, 0, 9, 3], j, f"4 images with j = {j}")
    loss(torch.full((2, 10), 1000.0), [0, 9], 1.0, "penalties of 1,000")
    loss(torch.full((2, 10), 1000.0), [0, 9], 2000.0, "penalties of 1,000 with j = 2,000")
    given = lesson.map_loss(y, torch.tensor([1, 2, 3, 4]), 1.0)
    see("whether the loss has a graph", given.requires_grad)
    given.backward()
    see("the gradient of the penalties", y.grad)
    for bad in (0.0, -1.5):
        see(
            f"what becomes of j = {bad:g}", refusal(lambda: lesson.map_loss(y, torch.tensor([1]), bad), "j", f"{bad:g}")
        )


exercise("map_loss")

labels_not_in_a_column = wrong(
    "one that gathers with labels of one dimension",
    "gather takes an index with as many dimensions as what it takes from: a column (N, 1), one label in each row.",
    replace("labels.unsqueeze(1)", "labels"),
)
wrong_sign_of_j = wrong(
    "one with e^j in place of e^-j",
    "exp(-j) is small for a large j: far penalties are not pushed further. exp(j) drowns them all.",
    replace("1), -j)", "1), j)"),
)
no_j = wrong(
    "one without exp(-j)",
    "Then wrong digits that are far away already are pushed on for ever.",
    insert("exponents = -penalties", after="exponents"),
)
first_term_only = wrong(
    "equation 8, the penalty of the right digit alone",
    "Nothing pushes the other penalties up: a network can make all of them 0.",
    replace("right + exponents.logsumexp(dim=1)", "right"),
)
second_term_only = wrong(
    "the logarithm alone",
    "The penalty of the right digit comes first.",
    replace("(right + exponents.logsumexp(dim=1))", "exponents.logsumexp(dim=1)"),
)
subtracted = wrong(
    "one that subtracts the logarithm", "Both terms are added.", replace("right + exponents", "right - exponents")
)
summed = wrong(
    "the sum over the images",
    "The mean: a loss that grows with the batch makes the learning rate depend on it.",
    replace(".mean()", ".sum()"),
)
not_averaged = wrong("one loss for each image", "The mean over the images is one number.", replace(".mean()", ""))
growing_exponents = wrong(
    "one with e^y in place of e^-y",
    "exp(-y) is large where a wrong digit is near.",
    replace("[-penalties,", "[penalties,"),
)
right_negated = wrong(
    "one that pushes the right digit away",
    "The penalty of the right digit is added as it is.",
    replace("(right +", "(-right +"),
)
others_only = wrong(
    "one that leaves the right digit out of the sum",
    "The sum goes over all ten.",
    replace("[-penalties,", "[(-penalties).scatter(1, labels.unsqueeze(1), float('-inf')),"),
)
overflowing = wrong(
    "one that takes the logarithm of a sum that may be 0",
    "exp(-1000) is 0 in float32, and log(0) is not finite. logsumexp stays in range.",
    replace("exponents.logsumexp(dim=1)", "exponents.exp().sum(dim=1).log()"),
)
over_images = wrong(
    "one whose logarithm goes over the images",
    "Each image has a sum of its own, over its ten digits and j.",
    replace("logsumexp(dim=1)", "logsumexp(dim=0).mean()"),
)
over_everything_inside = wrong(
    "one whose logarithm goes over all images together",
    "Each image has a sum of its own, over its ten digits and j.",
    replace("exponents.logsumexp(dim=1)", "(math.exp(-j) + (-penalties).exp().sum()).log()"),
)
j_outside = wrong(
    "one that adds exp(-j) outside of the logarithm",
    "It is one more term of the sum inside.",
    replace("exponents.logsumexp(dim=1)", "(-penalties).logsumexp(dim=1) + math.exp(-j)"),
)
mean_inside = wrong(
    "one with a mean inside the logarithm",
    "It is a sum.",
    replace("exponents.logsumexp(dim=1)", "(exponents.logsumexp(dim=1) - math.log(11))"),
)
margin = wrong(
    "a margin: max(0, j - y) over the wrong digits",
    "That is another loss. Here j stands in an exponential.",
    replace("exponents.logsumexp(dim=1)", "(j - penalties).clamp(min=0).sum(dim=1)"),
)
cross_entropy = wrong(
    "the cross-entropy of the penalties",
    "It takes the largest for the right one, and knows no j.",
    replace("return (right + exponents.logsumexp(dim=1)).mean()", "return F.cross_entropy(penalties, labels)"),
)
a_number = wrong(
    "one that returns a Python number",
    "A tensor with its graph is asked for: backward starts there.",
    replace(".mean()", ".mean().item()"),
)
without_graph = wrong(
    "one without a graph",
    "backward starts at the loss.",
    replace("right = penalties", "penalties = penalties.detach()\nright = penalties"),
)
smallest = wrong(
    "one that takes the smallest penalty for the right digit's",
    "The label says which one.",
    replace("penalties.gather(1, labels.unsqueeze(1)).squeeze(1)", "penalties.min(dim=1).values"),
)
crossed = wrong(
    "one that takes the labels' columns for all images",
    "penalties[:, labels] is N x N numbers; each image wants its own label's.",
    replace("penalties.gather(1, labels.unsqueeze(1)).squeeze(1)", "penalties[:, labels].mean(dim=1)"),
)
any_j = wrong("one that accepts any j", "0 and less are refused.", drop("if j <= 0:"))
zero_j = wrong("one that accepts a j of 0", "More than 0.", replace("j <= 0", "j < 0"))
j_untold = wrong("one whose message does not tell the value", "Name and value.", replace(", and is {j}", ""))
logarithm_twice = wrong(
    "one that adds exp(-j) to a logarithm, and takes the logarithm again",
    "logsumexp is the logarithm of the sum already: exp(-j) belongs into its sum, as one exponent more.",
    replace("exponents.logsumexp(dim=1)", "(exponents[:, -1].exp() + exponents[:, :-1].logsumexp(dim=1)).log()"),
)
