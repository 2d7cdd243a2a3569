"""Lesson 6, initialise: how it is observed, and the bank of its wrong answers."""

from typing import Any

import torch
from torch import Tensor, nn

from kata.authoring import Observation, drop, exercise, insert, observes, replace, unwrap, wrong


class Layers(nn.Module):
    """What `initialise` fills, made of the lesson's parts."""

    def __init__(self, lesson: Any) -> None:
        super().__init__()
        self.c1, self.c5, self.f6 = nn.Conv2d(1, 6, 5), nn.Conv2d(16, 120, 5), nn.Linear(120, 84)
        self.s2, self.s4, self.c3 = lesson.Subsampling(6), lesson.Subsampling(16), lesson.SparseConv(lesson.C3_TABLE, 5)
        self.output = lesson.EuclideanRBF(lesson.prototypes())


def parts_of(net: Any) -> list[tuple[str, Tensor, int]]:
    """Return the name, the numbers and the fan-in of each part of a network that has a bound of its own."""
    found = []
    for layer, fan_in in (("c1", 25), ("s2", 4), ("s4", 4), ("c5", 400), ("f6", 120)):
        found += [(f"{layer}.{name}", p, fan_in) for name, p in getattr(net, layer).named_parameters()]
    for first, last, kernels in ((0, 6, slice(0, 18)), (6, 15, slice(18, 54))):
        size = 3 if first == 0 else 4
        found.append((f"c3.weight of maps {first} to {last - 1}", net.c3.weight[kernels], 25 * size))
        found.append((f"c3.bias of maps {first} to {last - 1}", net.c3.bias[first:last], 25 * size))
    return [*found, ("c3.weight of map 15", net.c3.weight[54:], 150)]


@observes("initialise", "Your initialise is {}.")
def observe_initialise(lesson: Any, see: Observation) -> None:
    net = Layers(lesson)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.fill_(7.0)
    before = list(net.parameters())  # kept alive: ids of what is gone are given again
    drawn: dict[str, list[Tensor]] = {}
    for _ in range(60):
        returned = lesson.initialise(net)
        for name, piece, _ in parts_of(net):
            drawn.setdefault(name, []).append(piece.detach().flatten()[:400].clone())
    numbers = {name: torch.cat(pieces) for name, pieces in drawn.items()}
    fan_ins = {name: fan_in for name, _, fan_in in parts_of(net)}
    largest = {name: float(one.abs().max()) * fan_ins[name] / 2.4 for name, one in numbers.items()}
    see("the bounds", {name: f"{round(one * 20) / 20:g} * 2.4 / {fan_ins[name]}" for name, one in largest.items()})
    see("the spread within the bounds", {n: f"{float(x.std() / x.abs().max()):.1f}" for n, x in numbers.items()})
    see("what is returned", type(returned).__name__)
    same = [p is q and p.requires_grad and p.is_leaf for p, q in zip(before, net.parameters(), strict=True)]
    see("whether the parameters are the same objects", all(same))
    states = []
    for seed in (1, 2):
        torch.default_generator.manual_seed(seed)
        lesson.initialise(net)
        states.append(net.c5.weight.detach().clone())
    see("whether another seed gives other numbers", not torch.equal(*states))


exercise("initialise")

dense_c3 = wrong(
    "one with the fan-in of a dense C3",
    "In a map that sees three others, 75 connections come in, not 150.",
    replace("2.4 / kernel.numel()", "2.4 / 150"),
)
c3_by_kernel = wrong(
    "one that takes each of c3's kernels for a unit",
    "A map's unit adds up all the kernels of its row: 75, 100 or 150 connections.",
    replace("2.4 / kernel.numel()", "2.4 / 25"),
)
root_of_fan_in = wrong(
    "one that divides by the root of the fan-in",
    "That is a rule of later years. 1998: 2.4 divided by the fan-in itself.",
    replace("2.4 / weight[0].numel()", "2.4 / weight[0].numel() ** 0.5"),
    replace("2.4 / kernel.numel()", "2.4 / kernel.numel() ** 0.5"),
    replace("2.4 / 4", "2.4 / 2", everywhere=True),
)
bias_counted = wrong(
    "one that counts the bias as a connection",
    "The fan-in is that of the weights: 25, not 26.",
    replace("weight[0].numel()", "(weight[0].numel() + 1)"),
    replace("kernel.numel()", "(kernel.numel() + 1)"),
    replace("2.4 / 4", "2.4 / 5", everywhere=True),
)
fan_out = wrong(
    "one that divides by the number of units",
    "The fan-in is what comes into one unit, not how many units there are.",
    replace("weight[0].numel()", "len(weight)"),
)
kernel_size_only = wrong(
    "one that counts the kernel and forgets the incoming maps",
    "A unit of c5 has a kernel for each of the 16 maps: 400 connections.",
    replace("weight[0].numel()", "weight[0, 0].numel()"),
)
normal = wrong(
    "one that draws normal numbers",
    "Uniform ones are asked for: a normal distribution has no bound.",
    replace(
        "weight.uniform_(-bound, bound)",
        "weight.normal_(0, bound)",
    ),
    replace("kernel.uniform_(-bound, bound)", "kernel.normal_(0, bound)"),
)
one_sided = wrong(
    "one that draws no negative numbers",
    "Between minus and plus the bound.",
    replace("uniform_(-bound, bound)", "uniform_(0, bound)", everywhere=True),
)
whole_width = wrong(
    "one whose whole interval is 2.4 / fan-in wide",
    "From -2.4 / F to 2.4 / F: twice as wide.",
    replace("2.4 /", "1.2 /", everywhere=True),
)
other_constant = wrong("one with 2 in place of 2.4", "The constant is 2.4.", replace("2.4 /", "2.0 /", everywhere=True))
biases_left = wrong(
    "one that leaves the biases as they are",
    "A unit's bias is drawn like its weights.",
    drop("bias.uniform_"),
    drop("layer.bias.uniform_"),
    drop("net.c3.bias[number].uniform_"),
)
biases_zero = wrong(
    "one that sets the biases to 0",
    "A unit's bias is drawn like its weights.",
    replace("bias.uniform_(-bound, bound)\n", "bias.zero_()\n"),
    replace("layer.bias.uniform_(-2.4 / 4, 2.4 / 4)", "layer.bias.zero_()"),
    replace("net.c3.bias[number].uniform_(-bound, bound)", "net.c3.bias[number].zero_()"),
)
pools_left = wrong(
    "one that leaves the subsampling layers as they are",
    "Coefficient and bias of s2 and s4 are drawn, too: four connections come into each unit.",
    drop("for layer in (net.s2, net.s4):"),
)
pools_of_1 = wrong(
    "one that takes 1 for the fan-in of the subsampling layers",
    "A unit adds up the four numbers of a 2x2.",
    replace("2.4 / 4", "2.4 / 1", everywhere=True),
)
c3_left = wrong(
    "one that leaves c3 as it is",
    "Its 60 kernels and 16 biases are drawn, too.",
    drop("for number, kernel in enumerate(kernels):"),
)
recorded = wrong(
    "one that lets its drawing be recorded",
    "A parameter that takes gradients may not be changed in place while torch records.",
    unwrap("with torch.no_grad():"),
)
new_parameters = wrong(
    "one that puts new parameters into the layers",
    "An optimizer would go on with the old ones: fill them in place.",
    insert("net.c5.weight = nn.Parameter(net.c5.weight.clone())", after="with torch.no_grad():"),
)
returns_net = wrong(
    "one that returns the network",
    "It works in place, and returns nothing.",
    insert("return net", after="with torch.no_grad()"),
)
own_seed = wrong(
    "one that sets the seed itself",
    "The seed is the caller's.",
    insert("torch.manual_seed(0)", before="with torch.no_grad()"),
)
last_bound_for_biases = wrong(
    "one that draws all biases of c3 with the bound of its last map",
    "A unit's bias is drawn like its weights: each map of c3 has a bound of its own.",
    replace("net.c3.bias[number].uniform_(-bound, bound)", "net.c3.bias.uniform_(-bound, bound)"),
)
first_bound_for_biases = wrong(
    "one that draws all biases of c3 with the bound of its first map",
    "A unit's bias is drawn like its weights: each map of c3 has a bound of its own.",
    replace(
        "net.c3.bias[number].uniform_(-bound, bound)",
        "net.c3.bias[number].uniform_(-2.4 / kernels[0].numel(), 2.4 / kernels[0].numel())",
    ),
)
