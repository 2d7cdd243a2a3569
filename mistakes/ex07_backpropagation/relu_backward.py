"""Lesson 7, relu_backward: how it is observed, and the bank of its wrong answers."""

from typing import Any

import torch

from kata.authoring import Observation, body, exercise, numbers, observes, replace, same_as, wrong
from mistakes.ex07_backpropagation.shared import see_gradients


@observes("relu_backward", "Your gradients are those of {}.")
def observe_relu(lesson: Any, see: Observation) -> None:
    for place, x in (("four numbers", [-2.0, 3, 0.5, -1]), ("x at 0", [0.0, -0.0, 1.0])):
        upstream = numbers(len(x), seed=2)
        see_gradients(see, place, lesson.relu_backward, ("x",), upstream, torch.tensor(x, dtype=upstream.dtype))
    see_gradients(see, "maps", lesson.relu_backward, ("x",), numbers(2, 3, 4, 4), numbers(2, 3, 4, 4, seed=2))
    see_gradients(see, "positive numbers", lesson.relu_backward, ("x",), numbers(3), numbers(3, seed=2).abs())


exercise("relu_backward")

passes_all = wrong(
    "a ReLU that passes every gradient on",
    "Numbers below 0 became 0, whatever they were: nothing can come back through them.",
    body("return upstream.clone()"),
)
at_zero = wrong(
    "a ReLU that passes the gradient on at 0",
    "At the bend the gradient is 0 by convention: the comparison is a strict one.",
    replace("x > 0", "x >= 0"),
)
upside_down = wrong(
    "a ReLU that lets negative numbers through",
    "Above 0 ReLU does nothing, and its slope is 1.",
    replace("x > 0", "x < 0"),
)
times_x = wrong(
    "a ReLU whose slope is x",
    "The slope above 0 is 1, not the number itself.",
    replace("(x > 0)", "x.relu()"),
)
asks_upstream = wrong(
    "a ReLU that looks at the sign of the upstream gradient",
    "Whether a number came through is a matter of x; a gradient may be negative.",
    replace("x > 0", "upstream > 0"),
)
no_upstream = wrong(
    "a ReLU that ignores the upstream gradient",
    "The slope alone is not the gradient: it is multiplied with what comes from above.",
    body("return (x > 0).to(upstream.dtype)"),
)
relu_of_upstream = wrong(
    "a ReLU of the upstream gradient", "Whether a number came through is a matter of x.", body("return upstream.relu()")
)
above_one = wrong(
    "a ReLU whose bend is at 1",
    "ReLU bends at 0: whatever is above it comes through.",
    replace("x > 0", "x > 1"),
)
as_a_step = wrong(
    "a ReLU whose slope grows from 0 to 1",
    "The slope is 1 above 0 and 0 below; nothing lies between.",
    replace("(x > 0)", "x.clamp(0, 1)"),
)
leaky = wrong(
    "a leaky ReLU",
    "Below 0 the slope is 0, not a hundredth.",
    replace("(x > 0)", "torch.where(x > 0, 1.0, 0.01)"),
)
relu_in_place = wrong(
    "a ReLU that writes into the upstream gradient",
    "It is the caller's, who may need it for another branch.",
    body("return upstream.mul_(x > 0)"),
)
masked_in_place = same_as(
    relu_in_place,
    body("""
        upstream[x <= 0] = 0
        return upstream
    """),
)
relu_autograd = wrong(
    "a ReLU that asks autograd",
    "What autograd does here is two lines: write them.",
    body("""
        with torch.enable_grad():
            leaf = x.clone().requires_grad_()
            leaf.relu().backward(upstream)
        return leaf.grad
    """),
)
sign_of_x = wrong(
    "a ReLU that turns the gradient round where x is negative",
    "The sign of x is -1 there; the slope of ReLU is 0.",
    replace("(x > 0)", "x.sign()"),
)
