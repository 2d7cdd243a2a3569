"""Lesson 7, numerical_gradient: how it is observed, and the bank of its wrong answers."""

from typing import Any

import torch
from torch import Tensor

from kata.authoring import Observation, body, exercise, insert, numbers, observes, replace, same_as, wrong
from mistakes.ex07_backpropagation.shared import see_gradients


@observes("numerical_gradient", "Your gradients are those of {}.")
def observe_numerical(lesson: Any, see: Observation) -> None:
    see_gradients(see, "a sum of squares", lesson.numerical_gradient, ("x",), lambda t: (t * t).sum(), numbers(3))
    see_gradients(
        see, "a cube with eps 0.1", lesson.numerical_gradient, ("x",), lambda t: (t**3).sum(), numbers(2), 0.1
    )
    moved: list[float] = []

    def f(t: Tensor) -> Tensor:
        moved.extend(round(float(one), 6) for one in (t - before).flatten() if one != 0)
        return t.prod()

    at = numbers(2, 2, seed=3)
    before = at.clone()  # an answer may move `at` itself
    see_gradients(see, "a product", lesson.numerical_gradient, ("x",), f, at, 0.25)
    see("how far the numbers of x are moved", moved)
    turned, factors = numbers(2, 3).T, numbers(3, 2, seed=2)
    see_gradients(see, "a transposed x", lesson.numerical_gradient, ("x",), lambda t: (t * factors).sum(), turned)
    for shape in ((), (0,), (2, 1, 4)):
        see_gradients(see, f"an x of the shape {shape}", lesson.numerical_gradient, ("x",), torch.sum, numbers(*shape))


exercise("numerical_gradient")

forward_differences = wrong(
    "one-sided differences",
    "Moved one way only, the curve's bend stays in the result: its error goes with eps, that of central ones with its square.",
    replace("numbers[index] = number - eps", "numbers[index] = number"),
    replace("(2 * eps)", "eps"),
)
half_way = wrong(
    "differences that are divided by eps, not by both",
    "From number - eps to number + eps the way is 2 * eps.",
    replace("(2 * eps)", "eps"),
)
backward_order = wrong(
    "differences taken the other way round",
    "What f gives behind less what it gives before: f at number + eps comes first.",
    replace("(above - float(f(point)))", "(float(f(point)) - above)"),
)
all_at_once = wrong(
    "a difference for which all numbers move together",
    "Then one slope comes out for all. Each number has a slope of its own: one moves, the others stay.",
    body("""
        slope = (f(x + eps) - f(x - eps)) / (2 * eps)
        return torch.full_like(x, float(slope))
    """),
)
not_put_back = wrong(
    "differences whose numbers are not put back",
    "The next slope is then measured elsewhere: after each number, put it back.",
    replace(
        """
        slopes.append((above - float(f(point))) / (2 * eps))
        numbers[index] = number
        """,
        "slopes.append((above - float(f(point))) / (2 * eps))",
    ),
)
moves_x = wrong(
    "differences that move x itself",
    "x is the caller's, and f may hold on to it. A copy can be moved about.",
    replace("x.clone(memory_format=torch.contiguous_format)", "x"),
    replace("numbers = point.view(-1)", "numbers = point.reshape(-1)"),
    replace(
        """
        slopes.append((above - float(f(point))) / (2 * eps))
        numbers[index] = number
        """,
        "slopes.append((above - float(f(point))) / (2 * eps))",
    ),
)
own_eps = wrong(
    "differences with an eps of their own",
    "How far numbers move is for the caller to say.",
    insert("eps = 1e-6", before="point = x.clone"),
)
flat_result = wrong(
    "slopes that are left in a row",
    "A gradient has the shape of what it belongs to.",
    replace(".view(x.shape)", ""),
)
float32_slopes = wrong(
    "slopes in float32",
    "A gradient has the dtype of what it belongs to; half of the digits are lost.",
    replace("dtype=x.dtype", "dtype=torch.float32"),
)
no_slopes = wrong("a function that returns nothing", "Is there a `return`?", replace("return torch", "_ = torch"))
by_autograd = wrong(
    "a function that asks autograd",
    "This one is the judge of autograd: it knows nothing of f but what f gives.",
    body("""
        with torch.enable_grad():
            leaf = x.clone().requires_grad_()
            return torch.autograd.grad(f(leaf), leaf)[0]
    """),
)
half_the_way = wrong(
    "differences between x and one side that are divided by the way between both",
    "From x to one side it is eps, from side to side 2 eps: what is divided by must be the way that was gone.",
    replace("number - eps", "number"),
)
half_the_way_down = same_as(half_the_way, replace("number + eps", "number"))
