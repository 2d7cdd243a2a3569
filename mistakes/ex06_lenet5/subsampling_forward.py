"""Lesson 6, Subsampling.forward: how it is observed, and the bank of its wrong answers."""

from typing import Any

import torch
import torch.nn.functional as F

from kata.authoring import (
    Observation,
    body,
    drop,
    exercise,
    observes,
    refusal,
    replace,
    same_as,
    see_call,
    see_values,
    seeded,
    strong,
    wrong,
)


@observes("Subsampling.forward", "Your Subsampling computes the same as {}.")
def observe_subsampling(lesson: Any, see: Observation) -> None:
    layer = strong(lesson.Subsampling(3))
    dark, bright = layer(torch.zeros(1, 3, 2, 2)).flatten(), layer(torch.ones(1, 3, 2, 2)).flatten()
    see("the number of results for three maps of 2 x 2", len(dark))
    see_values(see, "what dark maps become", {f"map {number}": one for number, one in enumerate(dark)})
    see_values(see, "what a map of ones adds to it", {f"map {n}": one for n, one in enumerate(bright - dark)})
    see_call(see, layer, seeded(2, 3, 4, 6), "maps of 4 x 6")
    see_call(see, layer, seeded(1, 3, 8, 8), "maps of 8 x 8")
    for shape in ((1, 3, 5, 4), (1, 3, 4, 5), (1, 3, 5, 5)):
        words = ("x", ", ".join(map(str, shape[2:])))
        see(f"what becomes of maps of {shape[2]} x {shape[3]}", refusal(lambda: layer(torch.ones(shape)), *words))


exercise("Subsampling.forward")
added = wrong(
    "one that adds 1.7159 instead of multiplying",
    "f(0) is 0: the curve goes through the middle.",
    body("return 1.7159 + torch.tanh(2 / 3 * x)"),
)

average = wrong(
    "one that takes the average",
    "The sum of the four numbers is asked for: four times as much.",
    replace("4 * F.avg_pool2d(x, 2)", "F.avg_pool2d(x, 2)"),
)
largest = wrong(
    "one that takes the largest",
    "Max-pooling is today's; here the four are summed.",
    replace("4 * F.avg_pool2d", "F.max_pool2d"),
)
corner = wrong(
    "one that takes the first number of each 2x2",
    "All four are summed.",
    replace("4 * F.avg_pool2d(x, 2)", "x[..., ::2, ::2]"),
)
overlapping = wrong(
    "one whose 2x2 pieces overlap",
    "They lie side by side: half the height, half the width.",
    replace("(x, 2)", "(x, 2, 1)"),
)
no_coefficient = wrong(
    "one without the coefficient",
    "Each map's sum is multiplied with its own.",
    replace("self.coefficient.view(-1, 1, 1) * total", "total"),
)
no_bias_added = wrong(
    "one without the bias", "Each map's own bias comes to the product.", replace(" + self.bias.view(-1, 1, 1)", "")
)
bias_first = wrong(
    "one that adds the bias before it multiplies",
    "coefficient * sum, then the bias.",
    body("""
        if x.size(-2) % 2 or x.size(-1) % 2:
            raise ValueError(f"x must have an even height and width, and has the shape {tuple(x.shape)}")
        return self.coefficient.view(-1, 1, 1) * (4 * F.avg_pool2d(x, 2) + self.bias.view(-1, 1, 1))
    """),
)
bias_four_times = wrong(
    "one that adds the bias once for each of the four numbers",
    "It comes once to each sum.",
    replace("+ self.bias", "+ 4 * self.bias"),
)
first_coefficient = wrong(
    "one that uses the first map's coefficient for all",
    "Each map has its own.",
    replace("self.coefficient.view(-1, 1, 1)", "self.coefficient[0]"),
)
mean_coefficient = wrong(
    "one that uses the mean of all coefficients and of all biases",
    "Each map has its own pair.",
    replace("self.coefficient.view(-1, 1, 1)", "self.coefficient.mean()"),
    replace("self.bias.view(-1, 1, 1)", "self.bias.mean()"),
)
far_apart = wrong(
    "one that adds up four numbers that lie far apart",
    "The four are neighbours: a reshape must keep the two halves of each pair next to one another.",
    replace("4 * F.avg_pool2d(x, 2)", "x.unflatten(2, (2, -1)).unflatten(4, (2, -1)).sum(dim=(2, 4))"),
)
added = wrong(
    "one that adds the coefficient",
    "The coefficient multiplies.",
    replace("view(-1, 1, 1) * total", "view(-1, 1, 1) + total"),
)
squashed_inside = wrong(
    "one that squashes its result itself",
    "Squashing comes later, in the network; here numbers stay as large as they are.",
    replace(
        "return self.coefficient.view(-1, 1, 1) * total + self.bias.view(-1, 1, 1)",
        "return ScaledTanh()(self.coefficient.view(-1, 1, 1) * total + self.bias.view(-1, 1, 1))",
    ),
)
not_reshaped = wrong(
    "one whose coefficients go along the width",
    "A tensor (C,) meets the last dimension, the width. To meet the maps it needs the shape (C, 1, 1).",
    replace("self.coefficient.view(-1, 1, 1)", "self.coefficient"),
    replace("self.bias.view(-1, 1, 1)", "self.bias"),
)
odd_accepted = wrong(
    "one that accepts odd sizes",
    "The last row or column would be lost without a word.",
    drop("if x.size(-2)"),
)
odd_height_only = wrong(
    "one that looks at the height only",
    "The width may be odd, too.",
    replace("x.size(-2) % 2 or x.size(-1) % 2", "x.size(-2) % 2"),
)
odd_width_only = wrong(
    "one that looks at the width only",
    "The height may be odd, too.",
    replace("x.size(-2) % 2 or x.size(-1) % 2", "x.size(-1) % 2"),
)
both_odd = wrong(
    "one that refuses only where height and width are odd", "One of them is enough: or.", replace("% 2 or", "% 2 and")
)
asserts = wrong(
    "one that refuses odd sizes with an AssertionError",
    "A ValueError is asked for; assert is switched off by python -O.",
    replace("raise ValueError", "raise AssertionError"),
)
without_shape = wrong(
    "one whose message does not tell the shape",
    "The message should say which argument was wrong, and what it was.",
    replace("and has the shape {tuple(x.shape)}", "and has not"),
)
two_of_four = wrong(
    "one that adds up two of the four numbers of each 2x2",
    "Two rows and two columns: four numbers.",
    replace("4 * F.avg_pool2d(x, 2)", "x[:, :, ::2, ::2] + x[:, :, 1::2, 1::2]"),
)
two_in_a_row = same_as(two_of_four, replace("4 * F.avg_pool2d(x, 2)", "x[:, :, ::2, ::2] + x[:, :, ::2, 1::2]"))
two_in_a_column = same_as(two_of_four, replace("4 * F.avg_pool2d(x, 2)", "x[:, :, ::2, ::2] + x[:, :, 1::2, ::2]"))
three_of_four = wrong(
    "one that adds up three of the four numbers of each 2x2",
    "Two rows and two columns: four numbers.",
    replace("4 * F.avg_pool2d(x, 2)", "x[:, :, ::2, ::2] + x[:, :, 1::2, ::2] + x[:, :, ::2, 1::2]"),
)
first_bias = wrong(
    "one that uses the first map's bias for all",
    "Each map has a bias of its own.",
    replace("self.bias.view(-1, 1, 1)", "self.bias[0]"),
)
