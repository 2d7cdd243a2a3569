"""Lesson 1, LeNet.num_flat_features: how it is observed, and the bank of its wrong answers."""

import inspect
from typing import Any

import torch
from torch import Tensor

from kata.authoring import Observation, body, drop, exercise, insert, observes, replace, same_as, wrong
from solutions.ex01_lenet import LeNet


@observes("LeNet.num_flat_features", "Your counts equal those of {}.")
def observe_num_flat_features(lesson: Any, see: Observation) -> None:
    net = lesson.LeNet()
    for shape in [(3, 16, 5, 5), (1, 16, 5, 5), (7, 6, 14, 14), (2, 3, 4, 5), (4, 2, 7, 1)]:
        x = torch.full(shape, 3.0)
        see(f"the count for {shape}", count_of(net.num_flat_features(x)))
        see(f"the tensor {shape} afterwards", x)
    see("the count for every other of 8 maps", count_of(net.num_flat_features(torch.zeros(2, 8, 5, 5)[:, ::2])))
    shown = torch.zeros(2, 1, 5, 5).expand(2, 3, 5, 5)
    see("the count for one map that is shown three times", count_of(net.num_flat_features(shown)))


def count_of(count: Any) -> object:
    """Return the count as a plain number, or a description of what else was returned."""
    if inspect.isroutine(count):
        return "a function that was not called"
    is_whole = hasattr(count, "__index__") and not isinstance(count, bool | Tensor)
    shape = tuple(count.shape) if isinstance(count, Tensor) else ()
    return int(count) if is_whole else [type(count).__name__, shape, str(count)]


exercise("LeNet.num_flat_features")

counts_the_batch = wrong(
    "a count that multiplies the batch in",
    "With one image in the batch it is right by luck; with three it is three times too large. The number of features belongs to one image.",
    replace("x.size()[1:]:", "x.size():"),
)

numel = same_as(counts_the_batch, body("return x.numel()"))

sum_of_sizes = wrong(
    "a count that adds the sizes up",
    "A box of 16 by 5 by 5 has 16 * 5 * 5 cells; 16 + 5 + 5 is nothing that can be counted in it.",
    replace("features = 1", "features = 0"),
    replace("features *= size", "features += size"),
)

one_plus_sum_of_sizes = wrong(
    "a count that adds the sizes up, starting from 1",
    "A box of 16 by 5 by 5 has 16 * 5 * 5 cells; the sizes of its sides must be multiplied, not added.",
    replace("features *= size", "features += size"),
)

starts_from_zero = wrong(
    "a product that starts from 0",
    "Zero times anything is zero. A product starts from the number that changes nothing when it is multiplied in.",
    replace("features = 1", "features = 0"),
)

nothing_multiplied = wrong(
    "a product that always stays 1",
    "The sizes are iterated, or look so, but nothing of them is kept: what a line works out must be given a name, and the dimensions of a tensor are in its shape, not in its numbers.",
    replace("features *= size", "features * size"),
)

squeezes = wrong(
    "a count of the last dimensions after all sizes of 1 are taken away",
    "A batch of a single image has a first size of 1 too: once that is gone, the first size that is left out is the number of maps.",
    replace("for size in x.size()[1:]:", "for size in x.squeeze().size()[1:]:"),
)

multiplies_the_numbers = wrong(
    "a function that works with the numbers in the tensor",
    "Asked for is how many numbers an image holds, whatever they are: the shape alone decides.",
    body("return int(torch.prod(x[0]))"),
)

sums_the_numbers = same_as(multiplies_the_numbers, body("return int(x[0].sum())"))

goes_over_the_images = wrong(
    "a function that goes over the images instead of over the sizes",
    "Going over a tensor gives its parts, one after another. How large it is stands in its shape.",
    replace("features = 1", "features: Any = 1"),
    replace("size in x.size()", "part in x"),
    replace("features *= size", "features = features * part"),
)

hands_back_a_function = wrong(
    "a function that hands back another function, uncalled",
    "A method's name alone is the method itself; its parentheses make it run and give the number.",
    body("return x.shape[1:].numel"),
)

returns_in_the_loop = wrong(
    "a count of the maps alone",
    "Each map is a picture whose pixels count too. If your number comes out of a loop: does the return stand inside it, so that it never goes round a second time?",
    insert("return features", after="features *= size"),
)

no_return_of_the_count = wrong(
    "a function that returns nothing",
    "A function without a return gives None. Computing a value is not yet handing it back.",
    drop("return features"),
)

skips_the_channels = wrong(
    "a count that leaves the channels out",
    "It counts the pixels of one map. An image has as many maps as there are channels, and each pixel is a feature.",
    replace("x.size()[1:]:", "x.size()[2:]:"),
)

skips_the_last = wrong(
    "a count that leaves the last dimension out",
    "A slice that ends at -1 drops the last size. It is the first dimension, the batch, that does not count.",
    replace("x.size()[1:]:", "x.size()[:-1]:"),
)

skips_first_and_last = wrong(
    "a count that leaves out both the batch and the last dimension",
    "Only the batch is left out; the width of the maps counts as their height does.",
    replace("x.size()[1:]:", "x.size()[1:-1]:"),
)

gives_the_sizes = wrong(
    "a function that gives back the sizes themselves",
    "One number is asked for: how many features there are. The sizes are what it is worked out from.",
    body("return x.size()[1:]  # type: ignore[return-value]  # the mistake"),
)

gives_a_float = wrong(
    "a function that divides and gives a float",
    "The value is right, but `/` gives a float in Python even where nothing is left over, and a size must be whole.",
    body("return x.numel() / x.size(0)  # type: ignore[return-value]  # the mistake"),
)

gives_a_tensor = wrong(
    "a function that gives a tensor",
    "The value is right, but a tensor of one number is not yet a number: a size must be a plain whole number.",
    body("return torch.tensor(x.size()[1:]).prod()  # type: ignore[return-value]  # the mistake"),
)

always_400 = wrong(
    "a function that always says 400",
    "It is right for the maps that reach fc1 and wrong for all others. Let the tensor tell how large it is.",
    body("return 400"),
)

in_features_of_fc1 = same_as(always_400, body("return self.fc1.in_features"))

counts_dimensions = wrong(
    "a function that counts the dimensions",
    "How many dimensions there are says nothing about how long they are.",
    body("return x.dim()"),
)

only_channels = same_as(returns_in_the_loop, body("return x.size(1)"))

square_maps = wrong(
    "a count that takes every map for a square as high as it is",
    "It squares the height. In this network maps are square; the count must be right for others too.",
    body("return x.size(1) * x.size(2) ** 2"),
)

batch_size = wrong(
    "a function that gives the number of images",
    "len(x) and x.size(0) are the batch, which is just what must be left out.",
    body("return len(x)"),
)

takes_the_stride = wrong(
    "a count taken from the stride of the batch",
    "The stride says how far apart two images lie in memory: a slice of the maps leaves gaps, and a map shown several times has none. The sizes say how many numbers there are.",
    body("return x.stride(0)"),
)
