"""Lesson 6: how each exercise is observed, and the bank of its wrong answers.

A wrong answer is what it changes in the solution: edits of the exercise's body (`kata.authoring`). Its words: a
noun phrase that completes the observer's sentence, and why it matters, without a line of the solution.
Plain mistakes come first: where a learner's answer agrees with several as far as it goes, the first is named.
"""

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kata.authoring import (
    LOSSES,
    Observation,
    Words,
    body,
    drop,
    exercise,
    insert,
    observes,
    refusal,
    replace,
    same_as,
    see_call,
    see_module,
    see_values,
    seeded,
    strong,
    unwrap,
    wrong,
)

LAYERS = ("c1", "c3", "c5", "output")
PAPER = ("c1", "s2", "c3", "s4", "c5", "f6", "output")
TABLE = ((2, 0), (1,), (0, 1, 2), (3, 1))
KERNELS = Words("is missing", "has {} times the right kernel", "must not be there", "has another kernel than its own")


@observes("LeNet5.__init__", "Your network is built like {}.")
def observe_lenet5(lesson: Any, see: Observation) -> None:
    see_module(see, lesson.LeNet5, LAYERS)


@observes("LeNet5.forward", "Your scores equal those of {}.")
def observe_scores(lesson: Any, see: Observation) -> None:
    net = strong(lesson.LeNet5())
    see.network(net, seeded(3, 1, 32, 32, seed=20), result="scores")
    see("the scores of 1 image", net(seeded(1, 1, 32, 32, seed=21)))
    see("the scores of 10 images", net(seeded(10, 1, 32, 32, seed=22)))
    see_call(see, net, seeded(4, 1, 32, 32, seed=23), "4 images")


@observes("LeNet5.probabilities", "What you return is {}.")
def observe_probabilities(lesson: Any, see: Observation) -> None:
    net = strong(lesson.LeNet5(), 0.7)
    for count in (4, 1, 10):
        see(f"the probabilities of {count} images", net.probabilities(seeded(count, 1, 32, 32, seed=24)))
    see("whether they have a graph", net.probabilities(seeded(2, 1, 32, 32)).requires_grad)
    with torch.no_grad():
        net.output.bias.copy_(torch.arange(10.0) * 200 - 1000)
    see("the probabilities for scores around 1,000", net.probabilities(seeded(2, 1, 32, 32)))


@observes("ScaledTanh.forward", "Your ScaledTanh equals {}.")
def observe_tanh(lesson: Any, see: Observation) -> None:
    squash = lesson.ScaledTanh()
    see_values(see, "f(x) for eight x from -2 to 2", {"f": squash(torch.linspace(-2, 2, 8))})
    see("f(0)", squash(torch.zeros(1)))
    see_values(see, "f(100)", {"the limit": squash(torch.tensor([100.0]))})
    see_values(see, "f(0.001)", {"the slope at 0": squash(torch.tensor([0.001])) * 1000})
    see_values(see, "f(-100)", {"the limit": squash(torch.tensor([-100.0]))})
    see_call(see, squash, seeded(3, 4, 5) * 2, "60 numbers")


@observes("Subsampling.__init__", "Your Subsampling is built like {}.")
def observe_subsampling_init(lesson: Any, see: Observation) -> None:
    see_module(see, lambda: lesson.Subsampling(6), ("coefficient", "bias"), is_random=False)
    see("the shapes for 3 maps", [tuple(p.shape) for p in lesson.Subsampling(3).parameters()])


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


@observes("SparseConv.__init__", "Your SparseConv is built like {}.")
def observe_sparse_init(lesson: Any, see: Observation) -> None:
    table = [list(row) for row in TABLE]
    layer = see_module(see, lambda: lesson.SparseConv(table, 3), ("table", "weight", "bias"))
    see("the caller's table", [list(row) for row in table] == [list(row) for row in TABLE])
    see("the table that is kept", str(layer.table))
    table[0].append(1)
    see("the table that is kept, after the caller's changed", str(layer.table))
    see("the parameters for C3", [tuple(p.shape) for p in lesson.SparseConv(lesson.C3_TABLE, 5).parameters()])
    for bad, row in (([[0, 1], []], "[]"), ([[0], [2, 0, 2]], "2, 0, 2"), ([[0], [1, -1]], "1, -1")):
        see(f"what becomes of the row [{row.strip('[]')}]", refusal(lambda: lesson.SparseConv(bad, 5), "table", row))


@observes("SparseConv.forward", "Your SparseConv computes the same as {}.")
def observe_sparse(lesson: Any, see: Observation) -> None:
    layer = strong(lesson.SparseConv(TABLE, 3))
    pixels = torch.zeros(5, 4, 5, 5)
    pixels[range(1, 5), range(4), 2, 2] = 1.0
    dark, *lit = layer(pixels)
    see("the shape for 5 times 4 maps of 5 x 5", (1 + len(lit), *dark.shape))
    see_values(see, "what dark maps become", {f"map {number}": one for number, one in enumerate(dark)})
    found = {f"map {row} from map {column}": (lit[column] - dark)[row] for row in range(4) for column in range(4)}
    see.amounts("the connections", KERNELS, {name: torch.zeros_like(one) for name, one in found.items()}, found)
    see_call(see, layer, seeded(2, 4, 5, 6), "four maps")
    see_call(see, strong(lesson.SparseConv(lesson.C3_TABLE, 5)), seeded(2, 6, 8, 8), "the maps of S2")
    with torch.no_grad():
        layer.weight.mul_(3)
    see("what comes of four maps, after the weight has changed", layer(seeded(2, 4, 5, 6)))


@observes("EuclideanRBF.__init__", "Your EuclideanRBF is built like {}.")
def observe_rbf_init(lesson: Any, see: Observation) -> None:
    given = seeded(3, 5)
    layer = see_module(see, lambda: lesson.EuclideanRBF(given), ("prototypes",))
    see("whether prototypes take gradients", layer.prototypes.requires_grad)
    see("what state_dict() holds", list(layer.state_dict()))
    see("the prototypes", layer.prototypes)
    given.zero_()
    see("the prototypes, after the caller's tensor changed", layer.prototypes)
    see("the dtype after double()", str(layer.double().prototypes.dtype))
    for shape in ((84,), (10, 7, 12)):
        see(f"what becomes of the shape {shape}", refusal(lambda: lesson.EuclideanRBF(torch.ones(shape)), "prototypes"))


@observes("EuclideanRBF.forward", "Your penalties are {}.")
def observe_rbf(lesson: Any, see: Observation) -> None:
    layer = lesson.EuclideanRBF(seeded(10, 84, seed=2))
    see_call(see, layer, seeded(3, 84), "3 rows")
    see_call(see, layer, seeded(10, 84, seed=4), "10 rows")
    see("the penalties of the prototypes themselves", layer(layer.prototypes).diag().abs() < 1e-3)


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


@observes("LeNet5Paper.__init__", "Your network is built like {}.")
def observe_paper(lesson: Any, see: Observation) -> None:
    net = see_module(see, lesson.LeNet5Paper, PAPER)
    see("the table of c3", str(getattr(net.c3, "table", None)))
    see("the prototypes of the output", getattr(net.output, "prototypes", None))
    asked: list[Any] = []
    lesson.initialise = lambda given: asked.append([name for name in PAPER if hasattr(given, name)])
    lesson.LeNet5Paper()
    see("what is there when initialise is called", asked)
    lesson.initialise = lambda given: [p.data.fill_(0.5) for p in given.parameters()]
    left = lesson.LeNet5Paper().named_parameters()
    see("what is as initialise left it", {name: bool((p == 0.5).all()) for name, p in left})


@observes("LeNet5Paper.forward", "Your penalties equal those of {}.")
def observe_penalties(lesson: Any, see: Observation) -> None:
    net = strong(lesson.LeNet5Paper(), 1.2)
    see.network(net, seeded(3, 1, 32, 32, seed=20), result="penalties", stations=PAPER)
    see("the penalties of 1 image", net(seeded(1, 1, 32, 32, seed=21)))
    see("the penalties of 10 images", net(seeded(10, 1, 32, 32, seed=22)))
    see_call(see, strong(net, 0.7), seeded(4, 1, 32, 32, seed=23), "4 images")
    see("the penalties in eval mode", net.eval()(seeded(2, 1, 32, 32, seed=21)))


@observes("map_loss", "Your loss is {}.")
def observe_map_loss(lesson: Any, see: Observation) -> None:
    def loss(y: Tensor, labels: list[int], j: float, words: str) -> None:
        given = lesson.map_loss(y, torch.tensor(labels), j)
        shown = f"a tensor {tuple(given.shape)}" if isinstance(given, Tensor) else type(given).__name__
        see(f"the kind of the loss of {words}", shown)
        see.amounts(f"the loss of {words}", LOSSES, {"the loss": torch.zeros(())}, {"the loss": given})

    y = (seeded(4, 10).square() * 2).requires_grad_()
    loss(torch.zeros(1, 10), [5], 1.0, "1 image whose penalties are 0")
    loss(
        torch.tensor([[1000.0] * 5 + [3.0] + [1000.0] * 4]),
        [5],
        1.0,
        "1 image whose own penalty is 3, the others 1,000",
    )
    loss(y[:1], [5], 1.0, "1 image")
    for j in (1.0, 0.2, 4.0):
        loss(y, [3, 0, 9, 3], j, f"4 images with j = {j}")
    loss(torch.full((2, 10), 1000.0), [0, 9], 1.0, "penalties of 1,000")
    loss(torch.full((2, 10), 1000.0), [0, 9], 2000.0, "penalties of 1,000 with j = 2,000")
    given = lesson.map_loss(y, torch.tensor([1, 2, 3, 4]), 1.0)
    see("whether the loss has a graph", given.requires_grad)
    given.backward()
    see("the gradient of the penalties", y.grad)
    for bad in (0.0, -1.5):
        see(
            f"what becomes of j = {bad:g}", refusal(lambda: lesson.map_loss(y, torch.tensor([1]), bad), "j", f"{bad:g}")
        )


exercise("LeNet5.__init__")

no_super = wrong(
    "one that assigns layers before nn.Module's own __init__ has run",
    "nn.Module's constructor makes the lists in which layers are kept; it is called first.",
    drop("super"),
)
no_layers = wrong(
    "one that assigns no layers to self",
    "A local name is gone when the constructor ends; only what is assigned to self is registered.",
    replace("self.", "", everywhere=True),
)
c5_linear = wrong(
    "one whose c5 is a linear layer, as lesson 1's fc1",
    "In 1998 it was a convolution: on a larger image it would give a map of answers. Its numbers are the same 48,120.",
    replace("nn.Conv2d(16, 120, 5)", "nn.Linear(400, 120)"),
)
c5_on_4x4 = wrong(
    "one whose c5 has kernels of 4x4",
    "That fits images of 28 x 28. Follow a side of 32: 28, 14, 10, 5, and 5x5 kernels leave 1.",
    replace("(16, 120, 5)", "(16, 120, 4)"),
)
c5_of_1x1 = wrong(
    "one whose c5 has kernels of 1x1",
    "Its maps would stay 5 x 5. The kernel is as large as the maps that it meets, so one number is left of each.",
    replace("(16, 120, 5)", "(16, 120, 1)"),
)
c1_colour = wrong(
    "one whose c1 reads 3 channels", "A grey image has one number for each pixel.", replace("(1, 6, 5)", "(3, 6, 5)")
)
c1_padded = wrong(
    "one whose c1 adds a border of two pixels",
    "The border belongs to images of 28 x 28. Here the digit stands in a frame of 32 x 32 already.",
    replace("(1, 6, 5)", "(1, 6, 5, padding=2)"),
)
c3_reads_1 = wrong(
    "one whose c3 reads a single map", "Layers form a chain: c1 makes six maps.", replace("(6, 16, 5)", "(1, 16, 5)")
)
c3_swapped = wrong(
    "one whose c3 has its two channel numbers swapped",
    "First how many maps it reads, then how many it makes.",
    replace("(6, 16, 5)", "(16, 6, 5)"),
)
c3_kernel_3 = wrong(
    "one whose c3 has kernels of 3x3", "All convolutions of LeNet-5 are 5x5.", replace("(6, 16, 5)", "(6, 16, 3)")
)
no_bias = wrong(
    "one whose c3 has no bias",
    "Every outgoing map has one bias, which moves its threshold.",
    replace("(6, 16, 5)", "(6, 16, 5, bias=False)"),
)
with_f6 = wrong(
    "one with an F6 of 84 numbers",
    "F6 is there for the pictures of 7 x 12 of the paper's output. With scores for an output, c5's 120 numbers reach it.",
    replace("nn.Linear(120, 10)", "nn.Linear(84, 10)"),
    insert("self.f6 = nn.Linear(120, 84)", after="self.c5"),
)
output_reads_400 = wrong(
    "one whose output reads 400 numbers",
    "That is what reaches c5. What c5 makes reaches the output.",
    replace("(120, 10)", "(400, 10)"),
)
output_swapped = wrong(
    "one whose output has its two numbers swapped",
    "A linear layer is told first how many numbers go in.",
    replace("(120, 10)", "(10, 120)"),
)
names_of_lesson_1 = wrong(
    "one with lesson 1's names",
    "The names of 1998 are asked for: c1, c3, c5, output.",
    replace("self.c1", "self.conv1"),
    replace("self.c3", "self.conv2"),
    replace("self.c5", "self.conv3"),
    replace("self.output", "self.fc"),
)
seeds = wrong(
    "one that sets the seed itself",
    "Every network would start with the same numbers. The seed is the caller's.",
    insert("torch.manual_seed(0)", after="super"),
)

exercise("LeNet5.forward")

pool_after_c5 = wrong(
    "a LeNet-5 that pools after c5, too",
    "c5's maps have one pixel each: there is nothing left to pool.",
    replace("F.relu(self.c5(x))", "F.max_pool2d(F.relu(self.c5(x)), 2)"),
)
no_relu_1 = wrong(
    "a LeNet-5 without ReLU after c1",
    "Without a nonlinearity between them, two layers do no more than one could.",
    replace("F.relu(self.c1(x))", "self.c1(x)"),
)
no_relu_3 = wrong(
    "a LeNet-5 without ReLU after c3",
    "Without a nonlinearity between them, two layers do no more than one could.",
    replace("F.relu(self.c3(x))", "self.c3(x)"),
)
no_relu_5 = wrong(
    "a LeNet-5 without ReLU after c5",
    "Without a nonlinearity between them, c5 and the output do no more than one linear layer could.",
    replace("F.relu(self.c5(x))", "self.c5(x)"),
)
no_relus = wrong(
    "a LeNet-5 without any ReLU",
    "Max-pooling alone bends little. A ReLU follows each layer but the last.",
    replace("F.relu(self.c1(x))", "self.c1(x)"),
    replace("F.relu(self.c3(x))", "self.c3(x)"),
    replace("F.relu(self.c5(x))", "self.c5(x)"),
)
relu_on_scores = wrong(
    "a LeNet-5 with a ReLU on its scores",
    "A score may be negative: nothing comes after the output.",
    replace("self.output(x)", "F.relu(self.output(x))"),
)
softmax_on_scores = wrong(
    "a LeNet-5 that gives probabilities instead of scores",
    "Scores are raw. Probabilities have a method of their own, and cross-entropy wants scores.",
    replace("self.output(x)", "self.output(x).softmax(1)"),
)
log_softmax_on_scores = wrong(
    "a LeNet-5 that gives log-probabilities instead of scores",
    "Scores are raw: nothing comes after the output.",
    replace("self.output(x)", "self.output(x).log_softmax(1)"),
)
averages = wrong(
    "a LeNet-5 with average pooling",
    "The largest of each 2x2 is asked for: in today's parts a strong feature is not averaged away.",
    replace("max_pool2d", "avg_pool2d", everywhere=True),
)
tanh_for_relu = wrong(
    "a LeNet-5 with tanh in place of ReLU",
    "tanh is 1998's; this network is made of today's parts.",
    replace("F.relu", "torch.tanh", everywhere=True),
)
no_second_pool = wrong(
    "a LeNet-5 without pooling after c3",
    "c5 would meet maps of 10 x 10 and leave 6 x 6 of each.",
    replace("F.max_pool2d(F.relu(self.c3(x)), 2)", "F.relu(self.c3(x))"),
)
pool_of_stride_1 = wrong(
    "a LeNet-5 whose pooling moves by one pixel",
    "A pool without a stride moves by its own size; with a stride of 1 the maps stay too large.",
    replace("F.max_pool2d(F.relu(self.c3(x)), 2)", "F.max_pool2d(F.relu(self.c3(x)), 2, 1)"),
)
squeezed = wrong(
    "a LeNet-5 that squeezes away every dimension of 1",
    "For one image the batch is a dimension of 1, too, and goes: (120,) instead of (1, 120).",
    replace("x.flatten(1)", "x.squeeze()"),
)
one_row = wrong(
    "a LeNet-5 that flattens the batch into one row",
    "One row for each image: the batch dimension stays.",
    replace("x.flatten(1)", "x.view(1, -1)"),
)
no_flatten = wrong(
    "a LeNet-5 that does not flatten c5's maps",
    "A linear layer works on the last dimension, and that is 1 here: (N, 120, 1, 1) must become (N, 120).",
    drop("x = x.flatten(1)"),
)
no_return = wrong(
    "a LeNet-5 that returns nothing",
    "A function without `return` gives back None.",
    replace("return self.output(x)", "self.output(x)"),
)
c3_skipped = wrong(
    "a LeNet-5 that runs c1 where c3 must come",
    "Each layer is used once.",
    replace("self.c3(x)", "self.c1(x)"),
)

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
added = wrong(
    "one that adds 1.7159 instead of multiplying",
    "f(0) is 0: the curve goes through the middle.",
    body("return 1.7159 + torch.tanh(2 / 3 * x)"),
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

exercise("Subsampling.__init__")

no_super_in_subsampling = wrong(
    "one that assigns parameters before nn.Module's own __init__ has run",
    "nn.Module's constructor makes the lists in which parameters are kept; it is called first.",
    drop("super"),
)
plain_tensors = wrong(
    "one that keeps plain tensors",
    "Only an nn.Parameter is found by parameters(), trained, saved and moved.",
    replace("nn.Parameter(", "torch.clone(", everywhere=True),
)
with_gradients = same_as(
    plain_tensors,
    replace("nn.Parameter(torch.ones(channels))", "torch.ones(channels, requires_grad=True)"),
    replace("nn.Parameter(torch.zeros(channels))", "torch.zeros(channels, requires_grad=True)"),
)
buffers = wrong(
    "one that keeps buffers",
    "A buffer is not trained: coefficient and bias are learned.",
    replace("self.coefficient = nn.Parameter(", "self.register_buffer('coefficient', "),
    replace("self.bias = nn.Parameter(", "self.register_buffer('bias', "),
)
one_for_all = wrong(
    "one coefficient and one bias for all maps",
    "Each map has its own pair.",
    replace("torch.ones(channels)", "torch.ones(1)"),
    replace("torch.zeros(channels)", "torch.zeros(1)"),
)
numbers = same_as(
    one_for_all,
    replace("torch.ones(channels)", "torch.tensor(1.0)"),
    replace("torch.zeros(channels)", "torch.tensor(0.0)"),
)
coefficient_shared = wrong(
    "one coefficient for all maps", "Each map has its own.", replace("torch.ones(channels)", "torch.ones(1)")
)
bias_shared = wrong(
    "one bias for all maps", "Each map has its own.", replace("torch.zeros(channels)", "torch.zeros(1)")
)
bias_missing = wrong(
    "one without a bias", "Each map has a coefficient and a bias.", replace("self.bias = nn.Parameter", "self.bias = ")
)
coefficient_missing = wrong(
    "one without a coefficient",
    "Each map has a coefficient and a bias: 12 numbers for 6 maps.",
    drop("self.coefficient"),
)
four_weights = wrong(
    "a 2x2 convolution for each map",
    "All four numbers of a 2x2 share one coefficient: two numbers for each map, not five.",
    replace("torch.ones(channels)", "torch.ones(channels, 1, 2, 2)"),
)
ready_to_broadcast = wrong(
    "one whose parameters have the shape (channels, 1, 1)",
    "The stub names the shape (channels,): saved weights must fit.",
    replace("torch.ones(channels)", "torch.ones(channels, 1, 1)"),
    replace("torch.zeros(channels)", "torch.zeros(channels, 1, 1)"),
)
frozen = wrong(
    "one that does not train them",
    "requires_grad=False keeps a parameter from learning.",
    replace("torch.ones(channels)", "torch.ones(channels), requires_grad=False"),
    replace("torch.zeros(channels)", "torch.zeros(channels), requires_grad=False"),
)

exercise("Subsampling.forward")

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

exercise("SparseConv.__init__")

no_super_in_sparse = wrong(
    "one that assigns parameters before nn.Module's own __init__ has run",
    "nn.Module's constructor makes the lists in which parameters are kept; it is called first.",
    drop("super"),
)
dense_weight = wrong(
    "a dense convolution",
    "All maps see all: 2,416 numbers for C3. Only the connections of the table have kernels.",
    replace(
        "torch.empty(kernels, kernel_size, kernel_size)",
        "torch.empty(len(self.table), max(map(max, self.table)) + 1, kernel_size, kernel_size)",
    ),
)
a_conv2d_inside = same_as(
    dense_weight,
    body("""
        super().__init__()
        self.table = tuple(tuple(row) for row in table)
        convolution = nn.Conv2d(max(map(max, self.table)) + 1, len(self.table), kernel_size)
        self.weight, self.bias = convolution.weight, convolution.bias
    """),
)
bias_per_kernel = wrong(
    "one bias for each kernel",
    "A map has one bias, however many maps it sees: 16 for C3, not 60.",
    replace("torch.empty(len(self.table))", "torch.empty(kernels)"),
)
kernel_per_row = wrong(
    "one kernel for each outgoing map",
    "Each connection has its own: 60 for C3, not 16.",
    replace("sum(map(len, self.table))", "len(self.table)"),
)
same_list = wrong(
    "one that keeps the caller's own table",
    "What the caller does to it later would change the layer: keep a copy.",
    replace("tuple(tuple(row) for row in table)", "table"),
)
lists_of_its_own = wrong(
    "one that keeps lists",
    "Tuples are asked for: nobody changes them by accident.",
    replace("tuple(tuple(row) for row in table)", "[list(row) for row in table]"),
)
sorted_rows = wrong(
    "one that sorts the rows",
    "The kernels stand in the order of the table that was given.",
    replace("tuple(tuple(row) for row in table)", "tuple(tuple(sorted(row)) for row in table)"),
)
zeros = wrong(
    "one whose kernels start with zeros",
    "All kernels would be alike; random numbers are asked for.",
    replace("kernel_size, kernel_size).uniform_(-0.1, 0.1)", "kernel_size, kernel_size).zero_()"),
)
plain_kernels = wrong(
    "one that keeps plain tensors",
    "Only an nn.Parameter is found by parameters(), trained, saved and moved.",
    replace("nn.Parameter(", "torch.clone(", everywhere=True),
)
without_bias = wrong("one without biases", "Each outgoing map has one: 16 of C3's 1,516 numbers.", drop("self.bias"))
checks_nothing = wrong("one that refuses no table", "The stub names three kinds of rows.", drop("for row in table:"))
empty_accepted = wrong(
    "one that accepts an empty row",
    "A map that sees nothing has no fan-in.",
    replace(
        "len(row) == 0 or len(set(row)) != len(row) or min(row)", "len(set(row)) != len(row) or min(row, default=0)"
    ),
)
twice_accepted = wrong(
    "one that accepts a map twice in a row",
    "Two kernels would stand in one place.",
    replace("len(set(row)) != len(row) or ", ""),
)
negative_accepted = wrong(
    "one that accepts negative numbers", "Python would count them from the end.", replace(" or min(row) < 0", "")
)
only_16 = wrong(
    "one that refuses tables without 16 rows",
    "Any number of rows is fine: the layer is a general one.",
    insert("if len(table) != 16:\n    raise ValueError('table must have 16 rows')", after="super"),
)
row_untold = wrong(
    "one whose message does not tell the row",
    "The message should say which one.",
    replace(', got {list(row)}"', '"'),
)

exercise("SparseConv.forward")

bias_once_per_kernel = wrong(
    "one that adds the bias once for each incoming map",
    "A map has one bias, added once, however many maps it sees.",
    replace("self.bias)", "self.bias * torch.tensor([len(row) for row in self.table]))"),
)
bias_left_out = wrong(
    "one without the bias", "Each outgoing map's bias comes to its sum.", replace(", self.bias)", ")")
)
flipped = wrong(
    "one that flips its kernels",
    "torch's convolutions do not turn the kernel round, and neither does this one.",
    replace("columns] = self.weight", "columns] = self.weight.flip(-2, -1)"),
)
ascending = wrong(
    "one that takes the kernels of a row in ascending order of the maps",
    "They stand in the order of the row, which need not be ascending.",
    replace("for column in seen", "for column in sorted(seen)"),
)
by_columns = wrong(
    "one that takes the kernels incoming map by incoming map",
    "They stand row by row of the table.",
    insert("pairs.sort(key=lambda pair: pair[1])", after="pairs ="),
)
same_kernels = wrong(
    "one that begins with the first kernel again in each row",
    "Each row goes on where the one before ended.",
    replace(
        "weight[rows, columns] = self.weight",
        "for number, row in enumerate(self.table):\n    for place, column in enumerate(row):\n        weight[number, column] = self.weight[place]",
    ),
)
one_per_row = wrong(
    "one that uses a single kernel for all maps of a row",
    "Each connection has a kernel of its own.",
    replace("weight[rows, columns] = self.weight", "weight[rows, columns] = self.weight[rows]"),
)
sees_all = wrong(
    "one in which every map sees all incoming maps",
    "The table says which connections there are; all others must be zero.",
    replace("weight[rows, columns] = self.weight", "weight = weight + self.weight.mean(0)"),
)
detached_kernels = wrong(
    "one through which no gradient reaches the kernels",
    "detach, .data and no_grad cut the graph: the kernels would never learn.",
    replace("columns] = self.weight", "columns] = self.weight.detach()"),
)
kernels_by_data = same_as(detached_kernels, replace("columns] = self.weight", "columns] = self.weight.data"))
padded = wrong(
    "one that adds a border",
    "The maps shrink by kernel_size - 1: 14 to 10.",
    replace("self.bias)", "self.bias, padding=self.weight.size(-1) // 2)"),
)
squashed = wrong(
    "one that squashes its result itself",
    "Squashing comes later, in the network.",
    replace("F.conv2d(x, weight, self.bias)", "1.7159 * torch.tanh(2 / 3 * F.conv2d(x, weight, self.bias))"),
)
float32_zeros = wrong(
    "one whose zeros are always float32",
    "They must have the dtype and the device of the parameters: make them like self.weight.",
    replace("self.weight.new_zeros(", "torch.zeros("),
)
remembered = wrong(
    "one that builds its weight once and keeps it",
    "Parameters change with every step, and the kept weight does not.",
    insert("if hasattr(self, 'kept'):\n    return F.conv2d(x, self.kept.to(x.dtype), self.bias)", before="pairs ="),
    insert("self.kept = weight.detach()", after="weight[rows"),
)

exercise("EuclideanRBF.__init__")

no_super_in_rbf = wrong(
    "one that registers before nn.Module's own __init__ has run",
    "nn.Module's constructor makes the lists in which buffers are kept; it is called first.",
    drop("super"),
)
trained = wrong(
    "one that trains its prototypes",
    "The pictures are fixed: as parameters they would drift away from the digits.",
    replace('self.register_buffer("prototypes", ', "self.prototypes = nn.Parameter("),
)
frozen_parameter = wrong(
    "one whose prototypes are a parameter that takes no gradients",
    "It still counts among parameters(), and an optimizer is handed it. A buffer is no parameter.",
    replace('self.register_buffer("prototypes", ', "self.prototypes = nn.Parameter(requires_grad=False, data="),
)
attribute = wrong(
    "one whose prototypes are a plain attribute",
    "They would not move with the network to another device or dtype, and not be saved.",
    replace('self.register_buffer("prototypes", ', "self.prototypes = torch.clone("),
)
not_saved = wrong(
    "one whose prototypes are not saved",
    "They belong to state_dict.",
    replace("clone())", "clone(), persistent=False)"),
)
not_copied = wrong(
    "one that keeps the caller's own tensor",
    "What the caller does to it later would change the digits: keep a copy.",
    replace("prototypes.detach().clone()", "prototypes"),
)
detached_only = same_as(not_copied, replace("prototypes.detach().clone()", "prototypes.detach()"))
other_name = wrong(
    "one whose buffer has another name", "prototypes is asked for.", replace('"prototypes"', '"centers"')
)
any_shape = wrong(
    "one that accepts prototypes of any shape",
    "One row for each class: two dimensions.",
    drop("if prototypes.dim() != 2:"),
)
digits_only = wrong(
    "one that accepts ten prototypes of 84 numbers only",
    "The layer is a general one: any number of classes, any length.",
    replace("prototypes.dim() != 2", "prototypes.shape != (10, 84)"),
)

exercise("EuclideanRBF.forward")

root = wrong(
    "the distances, not their squares",
    "No root is taken: the penalty is the sum of squares.",
    replace("sum(dim=2)", "sum(dim=2).sqrt()"),
)
cdist = same_as(root, body("return torch.cdist(x, self.prototypes)"))
absolute = wrong("the sums of absolute differences", "Each difference is squared.", replace("square()", "abs()"))
averaged = wrong(
    "the means of the squared differences", "They are summed: 84 times as much.", replace("sum(dim=2)", "mean(dim=2)")
)
negative = wrong(
    "the negative squared distances",
    "Penalties are 0 or more: the smallest one is the digit.",
    body("return -(x.unsqueeze(1) - self.prototypes).square().sum(dim=2)"),
)
squared_late = wrong(
    "the squares of the sums of the differences",
    "Each difference is squared by itself, then they are summed: otherwise differences of opposite signs cancel.",
    replace("square().sum(dim=2)", "sum(dim=2).square()"),
)
softmin = wrong(
    "a softmax of the negative distances",
    "Penalties remain as they are: 0 or more, the smallest is the digit.",
    body("return (-(x.unsqueeze(1) - self.prototypes).square().sum(dim=2)).softmax(dim=1)"),
)
products = wrong(
    "the scalar products with the prototypes",
    "How far apart, not how alike: differences, squared.",
    body("return x @ self.prototypes.t()"),
)
gaussians = wrong(
    "the exponentials of the negative distances",
    "Bell curves vanish far away, and gradients with them. The distance itself is the output.",
    replace("sum(dim=2)", "sum(dim=2).neg().exp()"),
)
softmaxed = wrong(
    "a softmax of the distances", "Penalties remain as they are.", replace("sum(dim=2)", "sum(dim=2).softmax(1)")
)
halved = wrong("half the squared distances", "There is no 1/2 in it.", replace("sum(dim=2)", "sum(dim=2) / 2"))
over_prototypes = wrong(
    "the sums over the prototypes", "The sum goes over the 84 numbers, the last dimension.", replace("dim=2", "dim=1")
)
no_row_dimension = wrong(
    "one that subtracts without a dimension for the prototypes",
    "(N, 84) and (10, 84) fit only by accident. (N, 1, 84) and (10, 84) give all N x 10 differences.",
    body("return (x - self.prototypes).square().sum(dim=1)"),
)
rows_without_graph = wrong(
    "one through which no gradient passes",
    "The layers before it learn from it.",
    replace("x.unsqueeze", "x.detach().unsqueeze"),
)

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

exercise("LeNet5Paper.__init__")

no_super_in_paper = wrong(
    "one that assigns layers before nn.Module's own __init__ has run",
    "nn.Module's constructor makes the lists in which layers are kept; it is called first.",
    drop("super"),
)
c3_dense = wrong(
    "one whose c3 is a dense convolution",
    "All six maps in each: 2,416 numbers instead of 1,516. The paper's C3 sees what the table says.",
    replace("SparseConv(C3_TABLE, 5)", "nn.Conv2d(6, 16, 5)"),
)
average_pools = wrong(
    "one whose s2 and s4 are average pools",
    "They have parameters: a coefficient and a bias for each map, 12 and 32 numbers.",
    replace("Subsampling(6)", "nn.AvgPool2d(2)"),
    replace("Subsampling(16)", "nn.AvgPool2d(2)"),
)
max_pools = wrong(
    "one whose s2 and s4 are max-pools",
    "They have parameters: a coefficient and a bias for each map, 12 and 32 numbers.",
    replace("Subsampling(6)", "nn.MaxPool2d(2)"),
    replace("Subsampling(16)", "nn.MaxPool2d(2)"),
)
linear_c5 = wrong(
    "one whose c5 is a linear layer",
    "nn.Conv2d, as in the table.",
    replace("nn.Conv2d(16, 120, 5)", "nn.Linear(400, 120)"),
)
linear_output = wrong(
    "one whose output is a linear layer",
    "850 numbers too many: the output of 1998 compares with fixed pictures.",
    replace("EuclideanRBF(prototypes())", "nn.Linear(84, 10)"),
)
without_f6 = wrong("one without f6", "84 numbers are what the pictures of 7 x 12 are compared with.", drop("self.f6"))
random_pictures = wrong(
    "one with random prototypes",
    "prototypes() gives the pictures of the digits.",
    replace("prototypes()", "torch.randn(10, 84)"),
)
ink_only = wrong(
    "one whose pictures are 0 where there is paper",
    "+1 for ink and -1 for paper, as prototypes() gives them.",
    replace("prototypes()", "prototypes().clamp(min=0)"),
)
not_initialised = wrong(
    "one that never calls initialise", "Its first weights would be those of torch.", drop("initialise(self)")
)
initialised_early = wrong(
    "one that calls initialise before its layers are there",
    "It fills what is there: call it last.",
    drop("initialise(self)"),
    insert("initialise(self)", after="super"),
)
changed_afterwards = wrong(
    "one that changes what initialise has drawn",
    "Call it last.",
    insert("nn.init.zeros_(self.f6.bias)", after="initialise"),
)
initialised_twice = wrong(
    "one that calls initialise twice", "Once is enough.", insert("initialise(self)", after="initialise(self)")
)
other_table = wrong(
    "one whose c3 reads another table",
    "C3_TABLE is given.",
    replace("SparseConv(C3_TABLE, 5)", "SparseConv([*C3_TABLE[6:], *C3_TABLE[:6]], 5)"),
)

exercise("LeNet5Paper.forward")

no_squash_c1 = wrong(
    "a network without squashing after c1",
    "Each layer up to f6 is followed by it.",
    replace("squash(self.c1(x))", "self.c1(x)"),
)
no_squash_s2 = wrong(
    "a network without squashing after s2",
    "Each layer up to f6 is followed by it.",
    replace("squash(self.s2(squash(self.c1(x))))", "self.s2(squash(self.c1(x)))"),
)
no_squash_c3 = wrong(
    "a network without squashing after c3",
    "Each layer up to f6 is followed by it.",
    replace("squash(self.c3(x))", "self.c3(x)"),
)
no_squash_s4 = wrong(
    "a network without squashing after s4",
    "Each layer up to f6 is followed by it.",
    replace("squash(self.s4(squash(self.c3(x))))", "self.s4(squash(self.c3(x)))"),
)
no_squash_c5 = wrong(
    "a network without squashing after c5",
    "Each layer up to f6 is followed by it.",
    replace("squash(self.c5(x))", "self.c5(x)"),
)
no_squash_f6 = wrong(
    "a network without squashing after f6",
    "The pictures are +1 and -1, which is where squashed numbers lie.",
    replace("squash(self.f6(x))", "self.f6(x)"),
)
squash_pools_only = wrong(
    "a network without squashing after its convolutions c1 and c3",
    "Each layer up to f6 is followed by it, not only the subsampling ones.",
    replace("squash(self.c1(x))", "self.c1(x)"),
    replace("squash(self.c3(x))", "self.c3(x)"),
)
squash_convolutions_only = wrong(
    "a network without squashing after its subsampling s2 and s4",
    "Each layer up to f6 is followed by it.",
    replace("squash(self.s2(squash(self.c1(x))))", "self.s2(squash(self.c1(x)))"),
    replace("squash(self.s4(squash(self.c3(x))))", "self.s4(squash(self.c3(x)))"),
)
no_squash = wrong(
    "a network without any squashing",
    "Layer upon layer would be one linear map.",
    replace("squash = ScaledTanh()", "squash = nn.Identity()"),
)
plain_tanhs = wrong(
    "a network with the plain tanh",
    "ScaledTanh has two constants more: f(1) = 1.",
    replace("squash = ScaledTanh()", "squash = torch.tanh"),
)
relus = wrong("a network with ReLUs", "1998 squashed: ScaledTanh.", replace("squash = ScaledTanh()", "squash = F.relu"))
squashed_penalties = wrong(
    "a network that squashes its penalties",
    "Nothing comes after the output.",
    replace("return self.output(x)", "return squash(self.output(x))"),
)
negated = wrong(
    "a network that returns negative penalties",
    "The smallest is the digit: they remain as they are.",
    replace("return self.output(x)", "return -self.output(x)"),
)
probable = wrong(
    "a network that returns probabilities",
    "Penalties are asked for.",
    replace("return self.output(x)", "return (-self.output(x)).softmax(1)"),
)
digits_read = wrong(
    "a network that returns the digits",
    "Penalties are asked for, ten for each image.",
    replace("return self.output(x)", "return self.output(x).argmin(1)"),
)
scales_itself = wrong(
    "a network that scales the images itself",
    "The caller has done so: it would be done twice.",
    insert("x = -0.1 + 1.275 * x", before="squash ="),
)
maps_not_flattened = wrong(
    "a network that does not flatten c5's maps",
    "f6 works on the last dimension, and that is 1 here: (N, 120, 1, 1) must become (N, 120).",
    replace(".flatten(1)", ""),
)
all_squeezed = wrong(
    "a network that squeezes away every dimension of 1",
    "For one image the batch is a dimension of 1, too.",
    replace(".flatten(1)", ".squeeze()"),
)

exercise("map_loss")

labels_not_in_a_column = wrong(
    "one that gathers with labels of one dimension",
    "gather takes an index with as many dimensions as what it takes from: a column (N, 1), one label in each row.",
    replace("labels.unsqueeze(1)", "labels"),
)
wrong_sign_of_j = wrong(
    "one with e^j in place of e^-j",
    "exp(-j) is small for a large j: far penalties are not pushed further. exp(j) drowns them all.",
    replace("1), -j)", "1), j)"),
)
no_j = wrong(
    "one without exp(-j)",
    "Then wrong digits that are far away already are pushed on for ever.",
    insert("exponents = -penalties", after="exponents"),
)
first_term_only = wrong(
    "equation 8, the penalty of the right digit alone",
    "Nothing pushes the other penalties up: a network can make all of them 0.",
    replace("right + exponents.logsumexp(dim=1)", "right"),
)
second_term_only = wrong(
    "the logarithm alone",
    "The penalty of the right digit comes first.",
    replace("(right + exponents.logsumexp(dim=1))", "exponents.logsumexp(dim=1)"),
)
subtracted = wrong(
    "one that subtracts the logarithm", "Both terms are added.", replace("right + exponents", "right - exponents")
)
summed = wrong(
    "the sum over the images",
    "The mean: a loss that grows with the batch makes the learning rate depend on it.",
    replace(".mean()", ".sum()"),
)
not_averaged = wrong("one loss for each image", "The mean over the images is one number.", replace(".mean()", ""))
growing_exponents = wrong(
    "one with e^y in place of e^-y",
    "exp(-y) is large where a wrong digit is near.",
    replace("[-penalties,", "[penalties,"),
)
right_negated = wrong(
    "one that pushes the right digit away",
    "The penalty of the right digit is added as it is.",
    replace("(right +", "(-right +"),
)
others_only = wrong(
    "one that leaves the right digit out of the sum",
    "The sum goes over all ten.",
    replace("[-penalties,", "[(-penalties).scatter(1, labels.unsqueeze(1), float('-inf')),"),
)
overflowing = wrong(
    "one that takes the logarithm of a sum that may be 0",
    "exp(-1000) is 0 in float32, and log(0) is not finite. logsumexp stays in range.",
    replace("exponents.logsumexp(dim=1)", "exponents.exp().sum(dim=1).log()"),
)
over_images = wrong(
    "one whose logarithm goes over the images",
    "Each image has a sum of its own, over its ten digits and j.",
    replace("logsumexp(dim=1)", "logsumexp(dim=0).mean()"),
)
over_everything_inside = wrong(
    "one whose logarithm goes over all images together",
    "Each image has a sum of its own, over its ten digits and j.",
    replace("exponents.logsumexp(dim=1)", "(math.exp(-j) + (-penalties).exp().sum()).log()"),
)
j_outside = wrong(
    "one that adds exp(-j) outside of the logarithm",
    "It is one more term of the sum inside.",
    replace("exponents.logsumexp(dim=1)", "(-penalties).logsumexp(dim=1) + math.exp(-j)"),
)
mean_inside = wrong(
    "one with a mean inside the logarithm",
    "It is a sum.",
    replace("exponents.logsumexp(dim=1)", "(exponents.logsumexp(dim=1) - math.log(11))"),
)
margin = wrong(
    "a margin: max(0, j - y) over the wrong digits",
    "That is another loss. Here j stands in an exponential.",
    replace("exponents.logsumexp(dim=1)", "(j - penalties).clamp(min=0).sum(dim=1)"),
)
cross_entropy = wrong(
    "the cross-entropy of the penalties",
    "It takes the largest for the right one, and knows no j.",
    replace("return (right + exponents.logsumexp(dim=1)).mean()", "return F.cross_entropy(penalties, labels)"),
)
a_number = wrong(
    "one that returns a Python number",
    "A tensor with its graph is asked for: backward starts there.",
    replace(".mean()", ".mean().item()"),
)
without_graph = wrong(
    "one without a graph",
    "backward starts at the loss.",
    replace("right = penalties", "penalties = penalties.detach()\nright = penalties"),
)
smallest = wrong(
    "one that takes the smallest penalty for the right digit's",
    "The label says which one.",
    replace("penalties.gather(1, labels.unsqueeze(1)).squeeze(1)", "penalties.min(dim=1).values"),
)
crossed = wrong(
    "one that takes the labels' columns for all images",
    "penalties[:, labels] is N x N numbers; each image wants its own label's.",
    replace("penalties.gather(1, labels.unsqueeze(1)).squeeze(1)", "penalties[:, labels].mean(dim=1)"),
)
any_j = wrong("one that accepts any j", "0 and less are refused.", drop("if j <= 0:"))
zero_j = wrong("one that accepts a j of 0", "More than 0.", replace("j <= 0", "j < 0"))
j_untold = wrong("one whose message does not tell the value", "Name and value.", replace(", and is {j}", ""))
