"""Lesson 7, cross_entropy_backward: how it is observed, and the bank of its wrong answers."""

from typing import Any

import torch

from kata.authoring import Observation, body, exercise, numbers, observes, replace, wrong
from mistakes.ex07_backpropagation.shared import see_gradients


@observes("cross_entropy_backward", "Your gradients are those of {}.")
def observe_cross_entropy(lesson: Any, see: Observation) -> None:
    for n, classes in ((3, 10), (1, 10), (7, 2)):
        scores, labels = numbers(n, classes) * 3, (torch.arange(n) * 3 + 1) % classes
        see_gradients(see, f"{n} images", lesson.cross_entropy_backward, ("scores",), scores, labels)
    large = torch.tensor([[1000.0, 0.0, 1000.0], [0.0, 1.0, 2.0]])
    for name, scores in (("scores of 1,000", large), ("scores of -1,000", -large)):
        see_gradients(see, name, lesson.cross_entropy_backward, ("scores",), scores, torch.tensor([1, 2]))


exercise("cross_entropy_backward")

sum_not_mean = wrong(
    "the sum over the batch, not the mean",
    "The loss is a mean over N images: each of them has the Nth part.",
    replace(" / len(scores)", ""),
)
over_all = wrong(
    "a mean over all scores",
    "The mean goes over the N images, not over their classes too.",
    replace("len(scores)", "scores.numel()"),
)
over_classes = wrong(
    "a mean over the classes",
    "The mean goes over the N images.",
    replace("len(scores)", "scores.shape[1]"),
)
softmax_over_batch = wrong(
    "a softmax over the batch",
    "Each image's probabilities sum to 1: the softmax goes along the classes.",
    replace("softmax(dim=1)", "softmax(dim=0)"),
)
nothing_taken_off = wrong(
    "the probabilities alone",
    "Where the label is, 1 is taken off: the right score is to grow.",
    replace("(scores.softmax(dim=1) - right)", "scores.softmax(dim=1)"),
)
turned_round = wrong(
    "gradients with the sign turned round",
    "A wrong digit's score makes the loss larger: its gradient is positive.",
    replace("scores.softmax(dim=1) - right", "right - scores.softmax(dim=1)"),
)
unstable = wrong(
    "a softmax that overflows",
    "exp(1000) is inf, and inf / inf is nan. Take the largest score off first, or let torch's softmax do it.",
    body("""
        powers = scores.exp()
        return (powers / powers.sum(dim=1, keepdim=True) - F.one_hot(labels, scores.shape[1])) / len(scores)
    """),
)
no_softmax = wrong(
    "scores that were never made probabilities",
    "What is left over is probability less truth: the softmax comes first.",
    replace("scores.softmax(dim=1)", "scores"),
)
sigmoid = wrong(
    "a sigmoid in place of the softmax",
    "The probabilities of one image sum to 1: each score takes part in all of them.",
    replace("scores.softmax(dim=1)", "scores.sigmoid()"),
)
softmax_twice = wrong(
    "a softmax of probabilities",
    "One softmax makes probabilities of scores; a second one flattens them.",
    replace("scores.softmax(dim=1)", "scores.softmax(dim=1).softmax(dim=1)"),
)
classes_unknown = wrong(
    "labels of which one_hot has to guess the number of classes",
    "The largest label of a batch need not be the last class: one_hot takes the number of classes as well.",
    replace("F.one_hot(labels, scores.shape[1])", "F.one_hot(labels)"),
)
whole_rows = wrong(
    "a 1 that is taken off whole rows",
    "labels picks rows here. For one number of each row, both places are named: the row and the class.",
    body("""
        gradient = scores.softmax(dim=1)
        gradient[labels.clamp(max=len(scores) - 1)] -= 1
        return gradient / len(scores)
    """),
)
every_column = wrong(
    "a 1 that is taken off the labels' classes in every row",
    "`[:, labels]` picks whole columns. For one number of each row, both places are named: the row and the class.",
    body("""
        gradient = scores.softmax(dim=1)
        gradient[:, labels] -= 1
        return gradient / len(scores)
    """),
)
log_probabilities = wrong(
    "logarithms of probabilities", "The probability itself is what comes out.", replace("softmax", "log_softmax")
)
only_the_label = wrong(
    "a gradient at the label only",
    "Every score takes part in the softmax: those of the wrong digits are pushed down.",
    body("""
        right = F.one_hot(labels, scores.shape[1])
        return (scores.softmax(dim=1) - 1) * right / len(scores)
    """),
)
softmax_in_place = wrong(
    "a function that writes into the scores",
    "They are the caller's.",
    body("""
        right = F.one_hot(labels, scores.shape[1])
        return scores.sub_(scores.logsumexp(dim=1, keepdim=True)).exp_().sub_(right).div_(len(scores))
    """),
)
loss_itself = wrong(
    "the loss itself",
    "The gradient of the scores is asked for: a number for each of them.",
    body("return F.cross_entropy(scores, labels)"),
)
entropy_autograd = wrong(
    "a function that asks autograd",
    "What autograd does here is one line: derive it.",
    body("""
        with torch.enable_grad():
            leaf = scores.clone().requires_grad_()
            F.cross_entropy(leaf, labels).backward()
        return leaf.grad
    """),
)
