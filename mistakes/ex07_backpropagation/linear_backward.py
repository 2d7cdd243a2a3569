"""Lesson 7, linear_backward: how it is observed, and the bank of its wrong answers."""

from typing import Any

import torch

from kata.authoring import Observation, body, exercise, numbers, observes, replace, wrong
from mistakes.ex07_backpropagation.shared import see_gradients


@observes("linear_backward", "Your gradients are those of {}.")
def observe_linear(lesson: Any, see: Observation) -> None:
    names = "x", "weight", "bias"
    for n, i, o in ((5, 3, 2), (1, 3, 2), (4, 4, 4), (2, 7, 1)):
        given = numbers(n, o, seed=4), numbers(n, i), numbers(o, i, seed=2)
        see_gradients(see, f"{n} rows of {i} to {o} numbers", lesson.linear_backward, names, *given)


exercise("linear_backward")

weight_transposed = wrong(
    "a linear layer whose gradient of weight is transposed",
    "A gradient has the shape of what it belongs to: weight is (O, I).",
    replace("upstream.T @ x", "x.T @ upstream"),
)
bias_mean = wrong(
    "a linear layer whose bias gets the mean over the batch",
    "Each row adds its part: a sum. The mean of the loss is in the upstream gradient already.",
    replace("upstream.sum(dim=0)", "upstream.mean(dim=0)"),
)
weight_mean = wrong(
    "a linear layer whose weight gets the mean over the batch",
    "Each row adds its part: a sum. The mean of the loss is in the upstream gradient already.",
    replace("upstream.T @ x", "upstream.T @ x / len(x)"),
)
both_means = wrong(
    "a linear layer whose weight and bias get the mean over the batch",
    "Each row adds its part: a sum. The mean of the loss is in the upstream gradient already.",
    replace("upstream.T @ x, upstream.sum(dim=0)", "upstream.T @ x / len(x), upstream.mean(dim=0)"),
)
bias_not_summed = wrong(
    "a linear layer whose bias gets one gradient for each row",
    "The same bias goes to all rows: its gradient is the sum over them.",
    replace("upstream.sum(dim=0)", "upstream.clone()"),
)
bias_over_outputs = wrong(
    "a linear layer whose bias is summed over the outputs",
    "Each output has its own bias; the sum goes over the rows.",
    replace("upstream.sum(dim=0)", "upstream.sum(dim=1)"),
)
bias_single = wrong(
    "a linear layer whose bias gets one number",
    "Each output has its own bias: the sum goes over the rows only.",
    replace("upstream.sum(dim=0)", "upstream.sum()"),
)
other_order = wrong(
    "a linear layer that returns the gradient of weight first",
    "x, weight, bias: the order is the caller's to rely on.",
    replace("upstream @ weight, upstream.T @ x", "upstream.T @ x, upstream @ weight"),
)
weight_turned = wrong(
    "a linear layer that multiplies with the transposed weight on the way back too",
    "Forward, x meets weight.T. On the way back each output goes to the inputs that it came from: weight itself.",
    replace("upstream @ weight,", "upstream @ weight.T,"),
)
linear_ignores = wrong(
    "a linear layer that ignores the upstream gradient",
    "How the output changes with the input is not yet how the loss does: the upstream gradient is a factor of all.",
    body(
        "return weight.sum(dim=0).expand_as(x), x.sum(dim=0).expand_as(weight), torch.full_like(weight[:, 0], len(x))"
    ),
)
linear_first_row = wrong(
    "a linear layer whose weight learns from the first row only",
    "Each row of the batch adds its part.",
    replace("upstream.T @ x", "upstream[:1].T @ x[:1]"),
)
ones_for_upstream = wrong(
    "a linear layer whose bias ignores the upstream gradient",
    "What arrives at the bias is what arrives at y, summed over the rows.",
    replace("upstream.sum(dim=0)", "torch.full_like(upstream[0], len(x))"),
)
only_two = wrong(
    "a linear layer without the gradient of its bias",
    "Three gradients are asked for.",
    replace(", upstream.sum(dim=0)", ""),
)
linear_list = wrong(
    "a linear layer that returns a list",
    "A tuple of three is asked for.",
    body("return [upstream @ weight, upstream.T @ x, upstream.sum(dim=0)]"),
)
linear_autograd = wrong(
    "a linear layer that asks autograd",
    "What autograd does here is one line: write it.",
    body("""
        with torch.enable_grad():
            leaves = [x.clone().requires_grad_(), weight.clone().requires_grad_()]
            leaves.append(torch.zeros_like(weight[:, 0]).requires_grad_())
            return torch.autograd.grad(F.linear(*leaves), leaves, upstream)
    """),
)
linear_all_means = wrong(
    "a linear layer whose three gradients are divided by the number of rows",
    "The mean of the loss is in the upstream gradient already: nothing is divided here.",
    body("return upstream @ weight / len(x), upstream.T @ x / len(x), upstream.mean(dim=0)"),
)
x_mean = wrong(
    "a linear layer whose gradient of x is divided by the number of rows",
    "Each row of x has a gradient of its own; the mean of the loss is in the upstream gradient already.",
    replace("upstream @ weight", "upstream @ weight / len(x)"),
)
weight_of_last = wrong(
    "a linear layer whose weight gets what the last row gives",
    "Each row adds its part to what is there: += in a loop, where = begins anew each time.",
    replace("upstream.T @ x", "upstream[-1:].T @ x[-1:]"),
)
bias_of_last = wrong(
    "a linear layer whose bias gets what the last row gives",
    "Each row adds its part to what is there: += in a loop, where = begins anew each time.",
    replace("upstream.sum(dim=0)", "upstream[-1].clone()"),
)
weight_and_bias_of_last = wrong(
    "a linear layer whose weight and bias get what the last row gives",
    "Each row adds its part to what is there: += in a loop, where = begins anew each time.",
    replace("upstream.T @ x, upstream.sum(dim=0)", "upstream[-1:].T @ x[-1:], upstream[-1].clone()"),
)
bias_of_first = wrong(
    "a linear layer whose bias learns from the first row only",
    "All rows have a part in it: the gradient is a sum over them.",
    replace("upstream.sum(dim=0)", "upstream[0].clone()"),
)
bias_second = wrong(
    "a linear layer that returns the gradient of the bias before that of weight",
    "x, weight, bias: the order is the caller's to rely on.",
    replace("upstream.T @ x, upstream.sum(dim=0)", "upstream.sum(dim=0), upstream.T @ x"),
)
linear_turned_round = wrong(
    "a linear layer whose gradients have the sign turned round",
    "The minus comes with the update, not with the gradient.",
    body("return -(upstream @ weight), -(upstream.T @ x), -upstream.sum(dim=0)"),
)
