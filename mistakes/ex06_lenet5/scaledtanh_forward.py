"""Lesson 6, ScaledTanh.forward: how it is observed, and the bank of its wrong answers."""

from typing import Any

import torch

from kata.authoring import Observation, body, exercise, observes, replace, same_as, see_call, see_values, seeded, wrong


@observes("ScaledTanh.forward", "Your ScaledTanh equals {}.")
def observe_tanh(lesson: Any, see: Observation) -> None:
    squash = lesson.ScaledTanh()
    see_values(see, "f(x) for eight x from -2 to 2", {"f": squash(torch.linspace(-2, 2, 8))})
    see("f(0)", squash(torch.zeros(1)))
    see_values(see, "f(100)", {"the limit": squash(torch.tensor([100.0]))})
    see_values(see, "f(0.001)", {"the slope at 0": squash(torch.tensor([0.001])) * 1000})
    see_values(see, "f(-100)", {"the limit": squash(torch.tensor([-100.0]))})
    see_call(see, squash, seeded(3, 4, 5) * 2, "60 numbers")


exercise("ScaledTanh.forward")

plain_tanh = wrong(
    "a plain tanh", "Two constants are missing: f(1) must be 1, tanh(1) is 0.76.", body("return torch.tanh(x)")
)
not_stretched = wrong("tanh(2/3 x), without the 1.7159 in front", "f(1) must be 1.", replace("1.7159 * torch", "torch"))
not_slowed = wrong("1.7159 tanh(x), without the 2/3 inside", "f(1) must be 1.", replace("2 / 3 * x", "x"))
misread = wrong(
    "one with another number than 1.7159 in front",
    "The constant of the paper makes f(1) = 1.",
    replace("1.7159", "1.75"),
)
rounded = same_as(misread, replace("1.7159", "1.72"))
constants_swapped = wrong(
    "2/3 tanh(1.7159 x)",
    "The two constants stand in each other's place: the large one is outside.",
    body("return 2 / 3 * torch.tanh(1.7159 * x)"),
)
rounded_inside = wrong("one with 0.67 in place of 2/3", "f(1) must be 1, and is 1.004.", replace("2 / 3", "0.67"))
three_halves = wrong("1.7159 tanh(3/2 x)", "The fraction is upside down.", replace("2 / 3", "3 / 2"))
both_outside = wrong(
    "one with both constants in front of tanh", "2/3 belongs to x.", body("return 1.7159 * 2 / 3 * torch.tanh(x)")
)
both_inside = wrong(
    "one with both constants inside tanh",
    "1.7159 stands in front: it is how far the function goes.",
    body("return torch.tanh(1.7159 * 2 / 3 * x)"),
)
whole_division = wrong(
    "one that computes 2 // 3",
    "// rounds down: 2 // 3 is 0, and so is everything after it.",
    replace("2 / 3", "2 // 3"),
)
logistic = wrong(
    "1.7159 sigmoid(2/3 x)", "A sigmoid is 0.5 at 0 and never negative.", replace("torch.tanh", "torch.sigmoid")
)
clamped = wrong(
    "one that cuts off at 1.7159 and -1.7159",
    "tanh bends smoothly; a cut has no slope beyond it.",
    body("return (1.7159 * 2 / 3 * x).clamp(-1.7159, 1.7159)"),
)
in_place = wrong(
    "one that changes its input",
    "x is the caller's: a method that ends in _ writes into it.",
    body("return x.mul_(2 / 3).tanh().mul(1.7159)"),
)
in_place_after = wrong(
    "one that writes over what tanh gave",
    "torch needs that result for the gradient: a method that ends in _ takes it away.",
    body("return torch.tanh(2 / 3 * x).mul_(1.7159)"),
)
nothing_returned = wrong(
    "one that returns nothing", "Is there a `return`?", replace("return 1.7159", "result = 1.7159")
)
tanh_overflows = wrong(
    "one whose exponentials overflow",
    "exp(100) is inf in float32, and inf / inf is nan; torch.tanh is finite everywhere.",
    body("""
    rising = torch.exp(4 / 3 * x)
    return 1.7159 * (rising - 1) / (rising + 1)
    """),
)
tanh_overflows_downwards = same_as(
    tanh_overflows, body("return 1.7159 * (1 - torch.exp(-4 / 3 * x)) / (1 + torch.exp(-4 / 3 * x))")
)
