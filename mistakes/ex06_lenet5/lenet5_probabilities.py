"""Lesson 6, LeNet5.probabilities: how it is observed, and the bank of its wrong answers."""

from typing import Any

import torch
import torch.nn.functional as F

from kata.authoring import Observation, body, exercise, observes, replace, same_as, seeded, strong, wrong


@observes("LeNet5.probabilities", "What you return is {}.")
def observe_probabilities(lesson: Any, see: Observation) -> None:
    net = strong(lesson.LeNet5(), 0.7)
    for count in (4, 1, 10):
        see(f"the probabilities of {count} images", net.probabilities(seeded(count, 1, 32, 32, seed=24)))
    see("whether they have a graph", net.probabilities(seeded(2, 1, 32, 32)).requires_grad)
    with torch.no_grad():
        net.output.bias.copy_(torch.arange(10.0) * 200 - 1000)
    see("the probabilities for scores around 1,000", net.probabilities(seeded(2, 1, 32, 32)))


exercise("LeNet5.probabilities")

of_the_image = wrong(
    "a softmax of the image itself",
    "The image goes through the network first: its ten scores become probabilities.",
    body("return F.softmax(x, dim=1)"),
)
no_probabilities = wrong(
    "nothing: the function returns nothing", "Is there a `return`?", replace("return self(x)", "_ = self(x)")
)

over_the_batch = wrong(
    "a softmax over the batch",
    "Then each column sums to 1: the images share out one digit. Each image's ten numbers must.",
    replace("dim=1", "dim=0"),
)
over_everything = wrong(
    "a softmax over all numbers of the batch",
    "Then the whole batch sums to 1. Each image's ten numbers must.",
    body("return self(x).flatten().softmax(0).view(-1, 10)"),
)
sigmoids = wrong(
    "a sigmoid of each score",
    "Each number lies between 0 and 1, but a row need not sum to 1.",
    body("return self(x).sigmoid()"),
)
logarithms = wrong("the logarithms of the probabilities", "Their sums are not 1.", replace("softmax(", "log_softmax("))
scores_alone = wrong("the scores themselves", "Scores may be negative, and do not sum to 1.", body("return self(x)"))
not_normalised = wrong(
    "e to the power of each score",
    "They are positive, and do not sum to 1: each row is divided by its own sum.",
    body("return self(x).exp()"),
)
shares = wrong(
    "each score's share in the sum of its row",
    "Negative scores give negative shares.",
    body("scores = self(x)\nreturn scores / scores.sum(dim=1, keepdim=True)"),
)
overflows = wrong(
    "a softmax that overflows",
    "exp(1000) is inf in float32, and inf / inf is nan: the largest score is subtracted first, as softmax does.",
    body("powers = self(x).exp()\nreturn powers / powers.sum(dim=1, keepdim=True)"),
)
detached = wrong(
    "probabilities without a graph",
    "Gradients must be able to pass through them.",
    replace("self(x)", "self(x).detach()"),
)
under_no_grad = same_as(detached, body("with torch.no_grad():\n    return self(x).softmax(dim=1)"))
