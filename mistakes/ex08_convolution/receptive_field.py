"""Lesson 8, receptive_field: how it is observed, and the bank of its wrong answers."""

from typing import Any

from kata.authoring import Observation, drop, exercise, insert, observes, replace, same_as, wrong

STACKS: tuple[list[tuple[int, int]], ...] = (
    [(5, 1)],
    [(2, 2)],
    [(3, 1), (3, 1)],
    [(3, 2), (3, 1)],
    [(3, 1), (3, 2)],
    [(5, 1), (2, 2), (5, 1), (2, 2), (5, 1)],
    [(2, 3), (4, 5), (3, 2)],
    [(1, 3), (2, 1)],
    [],
)


@observes("receptive_field", "Your sides and distances are those of {}.")
def observe_field(lesson: Any, see: Observation) -> None:
    for layers in STACKS:
        mine = list(layers)
        see(f"the result of receptive_field({layers})", str(lesson.receptive_field(mine)))
        see(f"whether the list {layers} is left as it is", mine == layers)


exercise("receptive_field")

strides_ignored = wrong(
    "layers that all move by one pixel",
    "Behind a layer of stride 2, neighbours are two pixels apart: a kernel there reaches further.",
    replace("(kernel - 1) * distance", "kernel - 1"),
)
own_stride_first = wrong(
    "layers whose own stride makes their field larger",
    "A kernel reaches over the steps of what comes before it. Its own stride moves its neighbours apart.",
    drop("side += (kernel - 1) * distance"),
    insert("side += (kernel - 1) * distance", after="distance *= stride"),
)
own_stride_only = wrong(
    "layers that know their own stride only",
    "The strides of all layers before multiply up.",
    replace("side += (kernel - 1) * distance", "side += (kernel - 1) * stride"),
)
kernels_added = wrong(
    "kernels that are added up whole",
    "A kernel of k spans k - 1 steps: the pixel that it starts from is counted already.",
    replace("(kernel - 1) * distance", "kernel * distance"),
)
kernels_multiplied = wrong(
    "kernels that are multiplied",
    "Neighbours' fields overlap: 3 neighbours that see 3 pixels, one apart, see 5, not 9.",
    replace("side += (kernel - 1) * distance", "side *= kernel"),
)
starts_at_nothing = wrong(
    "an image whose pixels see nothing",
    "Without any layer a number sees itself: one pixel.",
    replace("side, distance = 1, 1", "side, distance = 0, 1"),
)
no_first_distance = wrong(
    "an image whose pixels are no distance apart",
    "Neighbouring pixels are one apart; 0 times a stride stays 0.",
    replace("side, distance = 1, 1", "side, distance = 1, 0"),
)
strides_added = wrong(
    "strides that are added up",
    "Two layers of stride 2 move by 4 pixels: strides multiply.",
    replace("distance *= stride", "distance += stride"),
)
strides_added_from_nothing = same_as(
    strides_added,
    replace("distance *= stride", "distance += stride - 1"),
)
last_stride = wrong(
    "a distance that is the last layer's stride",
    "Two layers of stride 2 move by 4 pixels: strides multiply.",
    replace("distance *= stride", "distance = stride"),
)
last_layer = wrong(
    "a side to which only the last layer adds",
    "Each layer adds to the side.",
    replace("side += (kernel - 1) * distance", "side = 1 + (kernel - 1) * distance"),
)
first_layer = wrong(
    "a function that returns after the first layer",
    "The `return` stands within the loop.",
    insert("return side, distance", after="distance *= stride"),
)
backwards = wrong(
    "layers that are iterated from the last one to the first",
    "The first layer of the list is the one that sees the image.",
    replace("in layers", "in reversed(layers)"),
)
half_kernels = wrong(
    "kernels that reach half as far",
    "A kernel of 5 sees 5 pixels: two on each side of its middle, four more than one.",
    replace("(kernel - 1) * distance", "kernel // 2 * distance"),
)
first_left_out = wrong(
    "a stack without its first layer",
    "The first layer of the list sees the image.",
    replace("in layers:", "in layers[1:]:"),
)
last_left_out = wrong(
    "a stack without its last layer",
    "The number that looks stands behind the last layer.",
    replace("in layers:", "in layers[:-1]:"),
)
distance_stays = wrong(
    "neighbours that stay one pixel apart",
    "Each layer's stride moves them further apart.",
    drop("distance *= stride"),
)
stride_and_kernel = wrong(
    "layers whose stride is taken for the kernel",
    "A layer is (kernel, stride).",
    replace("for kernel, stride in", "for stride, kernel in"),
)
distance_first = wrong(
    "a distance that comes before the side",
    "The side first, then the distance.",
    replace("return side, distance", "return distance, side"),
)
side_only = wrong(
    "a side without the distance",
    "Both are asked for: the side, then the distance.",
    replace("return side, distance", "return side"),
)
field_list = wrong(
    "a list of two", "A tuple is asked for.", replace("return side, distance", "return [side, distance]")
)
floats = wrong(
    "numbers with a point",
    "Pixels are whole ones: int.",
    replace("side, distance = 1, 1", "side, distance = 1.0, 1.0"),
)
takes_layers_out = wrong(
    "a function that empties the list",
    "The list is the caller's.",
    replace("for kernel, stride in layers:", "while layers:"),
    insert("kernel, stride = layers.pop(0)", before="side += (kernel"),
)
at_least_one = wrong(
    "a function that counts on a first layer",
    "An empty list is the image itself: (1, 1).",
    replace("side, distance = 1, 1", "side, distance = layers[0]"),
    replace("in layers:", "in layers[1:]:"),
)
field_nothing = wrong("a function that returns nothing", "Is there a `return`?", drop("return side, distance"))
backwards_formula = wrong(
    "the formula that goes from the last layer to the first, from the first to the last",
    "(side - 1) * stride + kernel says how much a layer must be given for a side of its output: it begins at the last layer.",
    replace("side += (kernel - 1) * distance", "side = (side - 1) * stride + kernel"),
)
