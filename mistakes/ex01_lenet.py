"""Lesson 1: how each exercise is observed, and the bank of its wrong answers.

A wrong answer is a plain function (or a class of several methods), put into the solution's file in
the exercise's place. Its words: a noun phrase that completes the observer's sentence, and why it
matters, without a line of the solution. Plain mistakes come first: where a learner's answer agrees
with several as far as it goes, the first one is named.
"""

import inspect
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kata.authoring import (
    Observation,
    body,
    drop,
    exercise,
    insert,
    kind_of,
    observes,
    pretend_accelerator,
    replace,
    same_as,
    where_kept,
    wrong,
)
from solutions.ex01_lenet import LeNet

LAYERS = ["conv1", "conv2", "fc1", "fc2", "fc3"]


def seeded(*shape: int, seed: int = 0) -> Tensor:
    """Return normal random numbers of that shape, the same for the same seed."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def strong(net: Any) -> Any:
    """Give the five layers weights under which a missing or another activation shows."""
    with torch.no_grad():
        for number, name in enumerate(LAYERS):
            weight, bias = getattr(net, name).weight, getattr(net, name).bias
            weight.copy_(seeded(*weight.shape, seed=number) * 3 / weight[0].numel() ** 0.5)
            bias.copy_(seeded(*bias.shape, seed=number + 10))
    return net


@observes("LeNet.__init__", "Your network is built like {}.")
def observe_init(lesson: Any, see: Observation) -> None:
    torch.default_generator.manual_seed(1)
    net = lesson.LeNet()
    see("whether it is an nn.Module", isinstance(net, nn.Module) and "_parameters" in vars(net))
    see("the network's layers", {name: where_kept(net, name, LAYERS) for name in LAYERS})
    for name in LAYERS:
        see(f"net.{name}", kind_of(getattr(net, name)))
    see("the shapes of net.parameters()", sorted(list(parameter.shape) for parameter in net.parameters()))
    see("which weights have gradients", [getattr(net, name).weight.requires_grad for name in LAYERS])
    see("which biases have gradients", [getattr(net, name).bias.requires_grad for name in LAYERS])
    see("which layers start with one number everywhere", [constant(getattr(net, name)) for name in LAYERS])
    see("whether the network is in train mode", net.training)
    one = {id(parameter) for parameter in net.parameters()}
    torch.default_generator.manual_seed(2)
    see("what two networks share", len(one & {id(p) for p in lesson.LeNet().parameters()}))
    state = torch.get_rng_state()
    torch.default_generator.manual_seed(1)
    lesson.LeNet()
    see("whether two seeds leave the same random state", torch.equal(state, torch.get_rng_state()))


def constant(layer: Any) -> bool:
    """Whether the layer's weight holds one number everywhere."""
    return bool((layer.weight == layer.weight.flatten()[0]).all())


@observes("LeNet.num_flat_features", "Your counts equal those of {}.")
def observe_num_flat_features(lesson: Any, see: Observation) -> None:
    net = lesson.LeNet()
    for shape in [(3, 16, 5, 5), (1, 16, 5, 5), (7, 6, 14, 14), (2, 3, 4, 5), (4, 2, 7, 1)]:
        x = torch.full(shape, 3.0)
        see(f"the count for {shape}", count_of(net.num_flat_features(x)))
        see(f"the tensor {shape} afterwards", x)


def count_of(count: Any) -> object:
    """Return the count as a plain number, or a description of what else was returned."""
    if inspect.isroutine(count):
        return "a function that was not called"
    is_whole = hasattr(count, "__index__") and not isinstance(count, bool | Tensor)
    shape = tuple(count.shape) if isinstance(count, Tensor) else ()
    return int(count) if is_whole else [type(count).__name__, shape, str(count)]


@observes("LeNet.forward", "Your scores equal those of {}.")
def observe_forward(lesson: Any, see: Observation) -> None:
    net, x = strong(lesson.LeNet()), seeded(3, 1, 32, 32, seed=20)
    weights = [parameter.detach().clone() for parameter in net.parameters()]
    random_state = torch.get_rng_state()
    scores = see.network(net, x, result="scores")
    see("the random state after net(x)", torch.equal(random_state, torch.get_rng_state()))
    see("the mode after net(x)", net.training)
    see("the images after net(x)", x)
    see("the weights after net(x)", all(map(torch.equal, weights, net.parameters())))
    see("the scores when asked again", net(x.clone()))
    see("the scores of 7 images", net(seeded(7, 1, 32, 32, seed=21)))
    see("the scores of 1 image", net(seeded(1, 1, 32, 32, seed=22)))
    see("the scores of bright images", net(seeded(3, 1, 32, 32, seed=23) * 50))
    see("whether the scores have a graph", scores.requires_grad)
    pixels = seeded(3, 1, 32, 32, seed=24).requires_grad_()
    (net(pixels) * seeded(3, 10, seed=25)).sum().backward()  # backward(tensor) would import sympy
    for name in LAYERS:
        see(f"the gradient of {name}", getattr(net, name).weight.grad)
    see("the gradient of the images", pixels.grad)
    net.eval()
    see.network(net, x, result="scores", when=" in eval mode")
    with pretend_accelerator():
        see("the device of the scores", str(net.to("cuda")(x.to("cuda")).device))


# LeNet.__init__


exercise("LeNet.__init__")

no_super_init = wrong(
    "a network that keeps its layers before nn.Module's own __init__ has run",
    "nn.Module keeps lists of its layers and parameters, and its constructor makes these lists. Python does not run a parent's constructor by itself where the child has one of its own: call it, and call it first.",
    drop("super().__init__()"),
)

nothing_kept = wrong(
    "one that keeps no layers at all",
    "Each layer of the table must be made and kept. A plain local name is gone when the constructor ends: only what is assigned to an attribute of self stays, and only that is found by net.parameters().",
    body("super(LeNet, self).__init__()"),
)

class_attributes = wrong(
    "one whose layers belong to the class instead of the object",
    "All networks would share the very same layers, and nn.Module does not find them there: it finds what is assigned to an attribute of self while __init__ runs.",
    body("""
        super(LeNet, self).__init__()
        layers = [nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5), nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)]
        for name, layer in zip(["conv1", "conv2", "fc1", "fc2", "fc3"], layers, strict=True):
            setattr(LeNet, name, layer)
    """),
)

local_names = same_as(
    nothing_kept,
    body("""
        super(LeNet, self).__init__()
        conv1 = nn.Conv2d(1, 6, 5)
        conv2 = nn.Conv2d(6, 16, 5)
        fc1 = nn.Linear(400, 120)
        fc2 = nn.Linear(120, 84)
        fc3 = nn.Linear(84, 10)
        assert conv1 and conv2 and fc1 and fc2 and fc3
    """),
)

conv1_reads_3_channels = wrong(
    "one whose conv1 reads 3 channels",
    "A grey image has one number per pixel, so conv1 reads one map. Three channels belong to colour images, such as those of CIFAR-10.",
    replace("super().__init__", "super(LeNet, self).__init__"),
    replace("self.conv1 = nn.Conv2d(1, 6, 5)", "self.conv1 = nn.Conv2d(3, 6, 5)"),
    replace("16 * 5 * 5", "400"),
)

conv1_channels_swapped = wrong(
    "one whose conv1 has its two channel numbers swapped",
    "A convolution is told first how many maps it reads, then how many it makes: conv1 reads one and makes six.",
    replace("super().__init__", "super(LeNet, self).__init__"),
    replace("1, 6", "6, 1"),
    replace("16 * 5 * 5", "400"),
)

conv2_reads_one_map = wrong(
    "one whose conv2 reads a single map",
    "Layers form a chain: what conv1 makes is what conv2 reads, and conv1 makes six maps.",
    replace("super().__init__", "super(LeNet, self).__init__"),
    replace("self.conv2 = nn.Conv2d(6, 16, 5)", "self.conv2 = nn.Conv2d(1, 16, 5)"),
    replace("16 * 5 * 5", "400"),
)

conv2_channels_swapped = wrong(
    "one whose conv2 has its two channel numbers swapped",
    "A convolution is told first how many maps it reads, then how many it makes: conv2 reads six and makes sixteen.",
    replace("super().__init__", "super(LeNet, self).__init__"),
    replace("6, 16", "16, 6"),
    replace("16 * 5 * 5", "400"),
)

kernels_of_3 = wrong(
    "one whose convolutions have kernels of 3x3",
    "With 3x3 kernels a map loses two pixels a side instead of four, so other sizes reach fc1. An older edition of the tutorial had them; this network has 5x5.",
    replace("super().__init__", "super(LeNet, self).__init__"),
    replace("nn.Conv2d(1, 6, 5)", "nn.Conv2d(1, 6, 3)"),
    replace("nn.Conv2d(6, 16, 5)", "nn.Conv2d(6, 16, 3)"),
    replace("16 * 5 * 5", "400"),
)

older_edition = wrong(
    "the network of the tutorial's older edition: 3x3 kernels, and fc1 reading 16 * 6 * 6 numbers",
    "That edition's sizes fit together, but they are another network. Here both kernels are 5x5: follow one side of the image, 32, 28, 14, 10, and what comes after it.",
    replace("super().__init__", "super(LeNet, self).__init__"),
    replace("nn.Conv2d(1, 6, 5)", "nn.Conv2d(1, 6, 3)"),
    replace("nn.Conv2d(6, 16, 5)", "nn.Conv2d(6, 16, 3)"),
    replace("5 * 5", "6 * 6"),
)

conv2_kernel_3 = wrong(
    "one whose conv2 has a kernel of 3x3",
    "Both convolutions of this network have the same kernel size, 5x5.",
    replace("super().__init__", "super(LeNet, self).__init__"),
    replace("nn.Conv2d(6, 16, 5)", "nn.Conv2d(6, 16, 3)"),
    replace("16 * 5 * 5", "400"),
)

conv2_kernel_3_and_fc1_fits = wrong(
    "one whose conv2 has a kernel of 3x3, with fc1 made to fit",
    "The sizes fit together, so nothing breaks, but it is another network: both convolutions have 5x5 kernels, and fc1 reads sixteen maps of 5x5.",
    replace("super().__init__", "super(LeNet, self).__init__"),
    replace("nn.Conv2d(6, 16, 5)", "nn.Conv2d(6, 16, 3)"),
    replace("5 * 5", "6 * 6"),
)

conv1_padded = wrong(
    "one whose conv1 adds a border of two pixels",
    "A border keeps the map at 32x32, so 6x6 maps reach fc1 instead of 5x5. The border belongs to editions for 28x28 images: enlarge the image or pad the convolution, not both.",
    replace("super().__init__", "super(LeNet, self).__init__"),
    replace("nn.Conv2d(1, 6, 5)", "nn.Conv2d(1, 6, 5, padding=2)"),
    replace("16 * 5 * 5", "400"),
)

both_padded = wrong(
    "one whose two convolutions add a border of two pixels",
    "With borders no map shrinks, and 8x8 maps would reach fc1. This network adds nothing around its images.",
    replace("super().__init__", "super(LeNet, self).__init__"),
    replace("nn.Conv2d(1, 6, 5)", "nn.Conv2d(1, 6, 5, padding=2)"),
    replace("nn.Conv2d(6, 16, 5)", "nn.Conv2d(6, 16, 5, padding=2)"),
    replace("16 * 5 * 5", "400"),
)

stride_2 = wrong(
    "one whose convolutions move by two pixels",
    "Halving the maps is the work of the pooling in forward. The kernels themselves move one pixel at a time.",
    replace("super().__init__", "super(LeNet, self).__init__"),
    replace("nn.Conv2d(1, 6, 5)", "nn.Conv2d(1, 6, 5, stride=2)"),
    replace("nn.Conv2d(6, 16, 5)", "nn.Conv2d(6, 16, 5, stride=2)"),
    replace("16 * 5 * 5", "400"),
)

conv2_in_groups = wrong(
    "one whose conv2 looks at its maps in two separate groups",
    "With groups each new map sees only a part of the old ones, and half of the weights are missing.",
    replace("super().__init__", "super(LeNet, self).__init__"),
    replace("nn.Conv2d(6, 16, 5)", "nn.Conv2d(6, 16, 5, groups=2)"),
    replace("16 * 5 * 5", "400"),
)

conv2_dilated = wrong(
    "one whose conv2 has a kernel with gaps (dilation)",
    "A dilated kernel looks at every second pixel and shrinks the maps more. Here neighbours are read.",
    replace("super().__init__", "super(LeNet, self).__init__"),
    replace("nn.Conv2d(6, 16, 5)", "nn.Conv2d(6, 16, 5, dilation=2)"),
    replace("16 * 5 * 5", "400"),
)

caffe_edition = wrong(
    "the Caffe edition of LeNet, with 20 and 50 maps",
    "LeNet is the name of several networks. The one of this lesson makes 6 and 16 maps.",
    replace("super().__init__", "super(LeNet, self).__init__"),
    replace("1, 6, 5", "1, 20, 5"),
    replace("6, 16", "20, 50"),
    replace("16 * 5 * 5, 120", "50 * 5 * 5, 500"),
    replace("nn.Linear(120, 84)", "nn.Linear(500, 84)"),
)

fc1_reads_576 = wrong(
    "one whose fc1 reads 16 * 6 * 6 numbers",
    "Sixteen maps of 6x6 would reach fc1 if the kernels were 3x3. Follow one side of the image: 32, 28 after conv1, 14 after pooling, 10 after conv2, and what comes after the second pooling.",
    replace("super().__init__", "super(LeNet, self).__init__"),
    replace("5 * 5", "6 * 6"),
)

fc1_reads_256 = wrong(
    "one whose fc1 reads 16 * 4 * 4 numbers",
    "Sixteen maps of 4x4 reach fc1 where the images are 28x28. Here they are 32x32: follow one side through both convolutions and both poolings.",
    replace("super().__init__", "super(LeNet, self).__init__"),
    replace("5 * 5", "4 * 4"),
)

fc1_reads_1600 = wrong(
    "one whose fc1 reads the maps before the second pooling, 16 * 10 * 10 numbers",
    "The maps are halved once more by the pooling after conv2, before they reach fc1.",
    replace("super().__init__", "super(LeNet, self).__init__"),
    replace("5 * 5", "10 * 10"),
)

fc1_reads_16 = wrong(
    "one whose fc1 reads one number per map",
    "Each of the sixteen maps is a picture of 5x5 pixels, and fc1 reads every pixel of every map.",
    replace("super().__init__", "super(LeNet, self).__init__"),
    replace("16 * 5 * 5,", "16,"),
)

fc1_swapped = wrong(
    "one whose fc1 has inputs and outputs swapped",
    "nn.Linear is told inputs first, outputs second. Its weight is stored the other way round, (outputs, inputs), which is easily taken for the order of the arguments.",
    replace("super().__init__", "super(LeNet, self).__init__"),
    replace("16 * 5 * 5, 120", "120, 400"),
)

all_linear_swapped = wrong(
    "one whose three linear layers have inputs and outputs swapped",
    "nn.Linear is told inputs first, outputs second. Its weight is stored the other way round, (outputs, inputs), which is easily taken for the order of the arguments.",
    replace("super().__init__", "super(LeNet, self).__init__"),
    replace("16 * 5 * 5, 120", "120, 400"),
    replace("120, 84", "84, 120"),
    replace("84, 10", "10, 84"),
)

fc2_makes_64 = wrong(
    "one whose fc2 makes 64 numbers",
    "84 is the width of the paper's layer before the scores, and what fc2 makes must be what fc3 reads.",
    replace("super().__init__", "super(LeNet, self).__init__"),
    replace("16 * 5 * 5", "400"),
    replace("nn.Linear(120, 84)", "nn.Linear(120, 64)"),
    replace("nn.Linear(84, 10)", "nn.Linear(64, 10)"),
)

nine_scores = wrong(
    "one that gives 9 scores",
    "The digits are 0 to 9: ten classes, each with a score.",
    replace("super().__init__", "super(LeNet, self).__init__"),
    replace("16 * 5 * 5", "400"),
    replace("nn.Linear(84, 10)", "nn.Linear(84, 9)"),
)

one_score = wrong(
    "one that gives a single score",
    "One number would be the answer itself. The network gives a score to each of the ten digits instead.",
    replace("super().__init__", "super(LeNet, self).__init__"),
    replace("16 * 5 * 5", "400"),
    replace("nn.Linear(84, 10)", "nn.Linear(84, 1)"),
)

no_fc3 = wrong(
    "one whose head has two linear layers instead of three",
    "From 400 numbers to the scores lead three layers: 120, 84 and 10 numbers wide. The table names each.",
    body("""
        super(LeNet, self).__init__()
        self.conv1 = nn.Conv2d(1, 6, 5)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(400, 120)
        self.fc2 = nn.Linear(120, 10)
    """),
)

conv1_without_bias = wrong(
    "one whose conv1 has no bias",
    "Every layer of the table has a weight and a bias: count the tensors of net.parameters().",
    replace("super().__init__", "super(LeNet, self).__init__"),
    replace("nn.Conv2d(1, 6, 5)", "nn.Conv2d(1, 6, 5, bias=False)"),
    replace("16 * 5 * 5", "400"),
)

no_biases = wrong(
    "one whose layers have no biases at all",
    "Without biases five of the ten tensors are missing, and no map can shift its threshold away from zero.",
    replace("super().__init__", "super(LeNet, self).__init__"),
    replace("nn.Conv2d(1, 6, 5)", "nn.Conv2d(1, 6, 5, bias=False)"),
    replace("nn.Conv2d(6, 16, 5)", "nn.Conv2d(6, 16, 5, bias=False)"),
    replace("16 * 5 * 5, 120", "400, 120, bias=False"),
    replace("nn.Linear(120, 84)", "nn.Linear(120, 84, bias=False)"),
    replace("nn.Linear(84, 10)", "nn.Linear(84, 10, bias=False)"),
)

fc3_without_bias = wrong(
    "one whose fc3 has no bias",
    "Every layer of the table has a weight and a bias, the last one too: count the tensors of net.parameters().",
    replace("super().__init__", "super(LeNet, self).__init__"),
    replace("16 * 5 * 5", "400"),
    replace("nn.Linear(84, 10)", "nn.Linear(84, 10, bias=False)"),
)

plain_list = wrong(
    "one whose layers stand in a plain Python list",
    "nn.Module finds layers that are its own attributes; inside a plain list they are invisible to net.parameters(), and no optimizer would ever train them.",
    body("""
        nn.Module.__init__(self)  # type: ignore[arg-type]  # becomes a method of LeNet
        self.layers = [nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5), nn.Linear(400, 120), nn.Linear(120, 84)]
        self.layers.append(nn.Linear(84, 10))
        self.__dict__.update(zip(["conv1", "conv2", "fc1", "fc2", "fc3"], self.layers, strict=True))
    """),
    body(
        """
        x = F.max_pool2d(F.relu(self.layers[0](x)), 2)
        x = F.max_pool2d(F.relu(self.layers[1](x)), 2).flatten(1)
        return self.layers[4](F.relu(self.layers[3](F.relu(self.layers[2](x)))))
    """,
        of="LeNet.forward",
    ),
)

in_sequentials = wrong(
    "one that keeps each convolution together with its ReLU and pooling in an nn.Sequential",
    "The sizes are right, but net.conv1 is then a pipeline, and its weight is called conv1.0.weight. The table asks for the bare layers under these names; what follows each belongs into forward.",
    replace("super().__init__()", "nn.Module.__init__(self)"),
    replace("nn.Conv2d(1, 6, 5)", "nn.Sequential(nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2))"),
    replace("nn.Conv2d(6, 16, 5)", "nn.Sequential(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2))"),
    replace("16 * 5 * 5", "400"),
    body(
        """
        x = self.conv2(self.conv1(x)).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """,
        of="LeNet.forward",
    ),
)

other_names = wrong(
    "one whose layers go by other names: layer1 to layer5",
    "The lessons that follow, and code that loads your weights, know the layers by the names in the table.",
    replace("super().__init__()", "nn.Module.__init__(self)"),
    replace("self.conv1 =", "self.layer1 ="),
    replace("self.conv2 =", "self.layer2 ="),
    replace("self.fc1 = nn.Linear(16 * 5 * 5, 120)", "self.layer3 = nn.Linear(400, 120)"),
    replace("self.fc2 =", "self.layer4 ="),
    replace("self.fc3 =", "self.layer5 ="),
    body(
        """
        x = F.max_pool2d(F.relu(self.layer1(x)), 2)
        x = F.max_pool2d(F.relu(self.layer2(x)), 2).flatten(1)
        return self.layer5(F.relu(self.layer4(F.relu(self.layer3(x)))))
    """,
        of="LeNet.forward",
    ),
)

with_batch_norm = wrong(
    "one with batch normalisation added after conv1",
    "Normalisation has a weight and a bias of its own per map: 12 tensors instead of 10. LeNet is older than it.",
    replace("super().__init__", "super(LeNet, self).__init__"),
    insert("self.norm = nn.BatchNorm2d(6)", after="self.conv1 = nn.Conv2d(1, 6, 5)"),
    replace("16 * 5 * 5", "400"),
)

a_sixth_layer = wrong(
    "one with a layer too many",
    "The table has five layers. A layer that nothing uses is still counted, saved and handed to the optimizer.",
    replace("super().__init__", "super(LeNet, self).__init__"),
    replace("16 * 5 * 5", "400"),
    insert("self.fc4 = nn.Linear(10, 10)", after="self.fc3 = nn.Linear(84, 10)"),
)

zero_weights = wrong(
    "one whose weights start at zero",
    "Where all weights are equal, all kernels get the same gradient and stay equal for ever: random starting values are what makes them different. PyTorch's layers choose good ones by themselves.",
    replace("super().__init__", "super(LeNet, self).__init__"),
    replace("16 * 5 * 5", "400"),
    insert(
        """
        for parameter in self.parameters():
            nn.init.zeros_(parameter)
    """,
        after="self.fc3 = nn.Linear(84, 10)",
    ),
)

seeds_in_init = wrong(
    "one that seeds torch's random numbers",
    "A constructor that calls torch.manual_seed makes every network of the program the same, and every random number after it too. When to seed is the caller's decision.",
    replace(
        "super().__init__()",
        """
        super(LeNet, self).__init__()
        torch.manual_seed(0)
    """,
    ),
    replace("16 * 5 * 5", "400"),
)

frozen = wrong(
    "one whose weights are frozen",
    "A parameter with requires_grad=False gets no gradient, and so it never learns.",
    replace("super().__init__", "super(LeNet, self).__init__"),
    replace("16 * 5 * 5", "400"),
    insert("self.requires_grad_(False)", after="self.fc3 = nn.Linear(84, 10)"),
)

starts_in_eval_mode = wrong(
    "one that switches itself to eval mode",
    "A network starts in train mode; the caller switches it with net.eval() when it is to be tested.",
    replace("super().__init__", "super(LeNet, self).__init__"),
    replace("16 * 5 * 5", "400"),
    insert("self.eval()", after="self.fc3 = nn.Linear(84, 10)"),
)

float64_weights = wrong(
    "one with float64 weights",
    "Images are float32, and a layer takes only numbers of its own dtype. float32 is what layers have by default.",
    replace("super().__init__", "super(LeNet, self).__init__"),
    replace("16 * 5 * 5", "400"),
    insert("self.double()", after="self.fc3 = nn.Linear(84, 10)"),
)


SHARED = [nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5), nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)]

shared_layers = wrong(
    "one whose layers were made once, outside the constructor",
    "All networks of the program then share their weights: training one changes every other.",
    body("""
        super(LeNet, self).__init__()
        for name, layer in zip(["conv1", "conv2", "fc1", "fc2", "fc3"], SHARED, strict=True):
            setattr(self, name, layer)
    """),
)

linear_for_convolution = wrong(
    "one whose convolutions are linear layers",
    "A convolution slides a small kernel over the image; nn.Linear would need one weight per pair of pixels.",
    replace("super().__init__", "super(LeNet, self).__init__"),
    replace("nn.Conv2d(1, 6, 5)", "nn.Linear(1, 6)"),
    replace("nn.Conv2d(6, 16, 5)", "nn.Linear(6, 16)"),
    replace("16 * 5 * 5", "400"),
)

transposed_convolutions = wrong(
    "one whose conv1 and conv2 are transposed convolutions",
    "A transposed convolution enlarges its maps: 32 becomes 36. LeNet's convolutions shrink them, 32 to 28.",
    replace("super().__init__", "super(LeNet, self).__init__"),
    replace("self.conv1 = nn.Conv2d(1, 6, 5)", "self.conv1 = nn.ConvTranspose2d(1, 6, 5)"),
    replace("self.conv2 = nn.Conv2d(6, 16, 5)", "self.conv2 = nn.ConvTranspose2d(6, 16, 5)"),
    replace("16 * 5 * 5", "400"),
)


# LeNet.num_flat_features


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


# LeNet.forward: activations


exercise("LeNet.forward")

no_relu_after_conv1 = wrong(
    "a LeNet without ReLU after conv1",
    'Without a nonlinearity between them, layers in a row do no more than one layer could. ReLU lets each kernel say "found" or "not found" before the next layer looks.',
    body("""
        x = F.max_pool2d(self.conv1(x), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

no_relu_after_conv2 = wrong(
    "a LeNet without ReLU after conv2",
    "Without a nonlinearity between them, conv2 and fc1 do no more than one linear layer could. Each layer but the last is followed by an activation: count yours.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(self.conv2(x), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

no_relu_after_fc1 = wrong(
    "a LeNet without ReLU after fc1",
    "Without a nonlinearity between them, fc1 and fc2 together are one linear layer, and the 120 numbers between are wasted.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(self.fc1(x))))
    """),
)

no_relu_after_fc2 = wrong(
    "a LeNet without ReLU after fc2",
    "Without a nonlinearity between them, fc2 and fc3 together are one linear layer, and the 84 numbers between are wasted.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(self.fc2(F.relu(self.fc1(x))))
    """),
)

no_relu_at_all = wrong(
    "a LeNet without any ReLU",
    "Convolutions and linear layers only multiply and add: without activations between them the three linear layers are one. It may even learn an easy task, which is why nobody notices.",
    body("""
        x = F.max_pool2d(self.conv1(x), 2)
        x = F.max_pool2d(self.conv2(x), 2).flatten(1)
        return self.fc3(self.fc2(self.fc1(x)))
    """),
)

no_relu_after_convolutions = wrong(
    "a LeNet without ReLU after its two convolutions",
    "Pooling is not an activation. Each convolution is followed by ReLU as well, as each linear layer but the last is.",
    body("""
        x = F.max_pool2d(self.conv1(x), 2)
        x = F.max_pool2d(self.conv2(x), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

no_relu_in_the_head = wrong(
    "a LeNet without ReLU after fc1 and fc2",
    "Three linear layers with nothing between them are one linear layer. An activation after each but the last parts them.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(self.fc2(self.fc1(x)))
    """),
)

relu_on_scores = wrong(
    "a LeNet with ReLU on its scores",
    "No score can then fall below zero, and where it would, no gradient comes back. A score is a free number: the last layer has no activation.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return F.relu(self.fc3(F.relu(self.fc2(F.relu(self.fc1(x))))))
    """),
)

softmax_on_scores = wrong(
    "a LeNet with softmax on its scores",
    "Raw scores are asked for. The usual loss, cross-entropy, applies softmax itself; applied twice, it flattens the gradients and learning looks stuck.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return F.softmax(self.fc3(F.relu(self.fc2(F.relu(self.fc1(x))))), dim=1)
    """),
)

softmax_over_the_batch = wrong(
    "a LeNet with softmax over the batch on its scores",
    "It makes each digit's scores sum to 1 over the images: one image's scores then depend on its neighbours. Raw scores are asked for.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return F.softmax(self.fc3(F.relu(self.fc2(F.relu(self.fc1(x))))), dim=0)
    """),
)

log_softmax_on_scores = wrong(
    "a LeNet with log-softmax on its scores",
    "Log-probabilities belong to a network that is trained with the NLL loss. This one gives raw scores.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return F.log_softmax(self.fc3(F.relu(self.fc2(F.relu(self.fc1(x))))), dim=1)
    """),
)

sigmoid_on_scores = wrong(
    "a LeNet with a sigmoid on its scores",
    "It squeezes every score between 0 and 1, and large scores become alike. Raw scores are asked for.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return torch.sigmoid(self.fc3(F.relu(self.fc2(F.relu(self.fc1(x))))))
    """),
)

tanh_on_scores = wrong(
    "a LeNet with tanh on its scores",
    "It squeezes every score between -1 and 1, and large scores become alike. Raw scores are asked for.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return torch.tanh(self.fc3(F.relu(self.fc2(F.relu(self.fc1(x))))))
    """),
)

tanh_everywhere = wrong(
    "a LeNet with tanh in place of ReLU",
    "tanh was used in the network of 1998. The tutorial's network, which you build here, has ReLU.",
    body("""
        x = F.max_pool2d(torch.tanh(self.conv1(x)), 2)
        x = F.max_pool2d(torch.tanh(self.conv2(x)), 2).flatten(1)
        return self.fc3(torch.tanh(self.fc2(torch.tanh(self.fc1(x)))))
    """),
)

sigmoid_everywhere = wrong(
    "a LeNet with a sigmoid in place of ReLU",
    "A sigmoid is nearly flat away from zero, so gradients fade layer by layer. This network has ReLU.",
    body("""
        x = F.max_pool2d(torch.sigmoid(self.conv1(x)), 2)
        x = F.max_pool2d(torch.sigmoid(self.conv2(x)), 2).flatten(1)
        return self.fc3(torch.sigmoid(self.fc2(torch.sigmoid(self.fc1(x)))))
    """),
)

leaky_relu_everywhere = wrong(
    "a LeNet with leaky ReLU in place of ReLU",
    "Leaky ReLU lets a hundredth of the negative numbers through. ReLU lets nothing of them through.",
    body("""
        x = F.max_pool2d(F.leaky_relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.leaky_relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.leaky_relu(self.fc2(F.leaky_relu(self.fc1(x)))))
    """),
)

gelu_everywhere = wrong(
    "a LeNet with GELU in place of ReLU",
    "GELU bends softly around zero where ReLU has a corner. It is another network for the same weights.",
    body("""
        x = F.max_pool2d(F.gelu(self.conv1(x)), 2)
        x = F.max_pool2d(F.gelu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.gelu(self.fc2(F.gelu(self.fc1(x)))))
    """),
)

elu_everywhere = wrong(
    "a LeNet with ELU in place of ReLU",
    "ELU gives negative numbers down to -1 where ReLU gives zero. It is another network for the same weights.",
    body("""
        x = F.max_pool2d(F.elu(self.conv1(x)), 2)
        x = F.max_pool2d(F.elu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.elu(self.fc2(F.elu(self.fc1(x)))))
    """),
)

relu6_everywhere = wrong(
    "a LeNet with ReLU6 in place of ReLU",
    "ReLU6 cuts everything above 6 off. ReLU has no upper end.",
    body("""
        x = F.max_pool2d(F.relu6(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu6(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu6(self.fc2(F.relu6(self.fc1(x)))))
    """),
)

absolute_everywhere = wrong(
    "a LeNet with the absolute value in place of ReLU",
    "ReLU makes negative numbers zero; the absolute value turns them round and keeps them.",
    body("""
        x = F.max_pool2d(self.conv1(x).abs(), 2)
        x = F.max_pool2d(self.conv2(x).abs(), 2).flatten(1)
        return self.fc3(self.fc2(self.fc1(x).abs()).abs())
    """),
)

relu_before_layers = wrong(
    "a LeNet that applies ReLU before each layer instead of after it",
    "ReLU then cuts the images' dark pixels, and the last layer reads nothing else than before. Each layer acts first, then ReLU.",
    body("""
        x = F.max_pool2d(self.conv1(F.relu(x)), 2)
        x = F.max_pool2d(self.conv2(F.relu(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(F.relu(x))))))
    """),
)

no_relu_after_conv1_and_softmax = wrong(
    "a LeNet without ReLU after conv1, and with softmax on its scores",
    "Two things at once: an activation is missing after the first layer, and the last layer must have none.",
    body("""
        x = F.max_pool2d(self.conv1(x), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return F.softmax(self.fc3(F.relu(self.fc2(F.relu(self.fc1(x))))), dim=1)
    """),
)

last_relu_slipped = wrong(
    "a LeNet without ReLU after fc2, and with ReLU on its scores",
    "The last ReLU slipped by one layer: it belongs between fc2 and fc3, and nothing follows fc3.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return F.relu(self.fc3(self.fc2(F.relu(self.fc1(x)))))
    """),
)

no_relu_but_softmax = wrong(
    "a LeNet without any ReLU, and with softmax on its scores",
    "Softmax at the end is no substitute for the activations between the layers, and the scores must be raw.",
    body("""
        x = F.max_pool2d(self.conv1(x), 2)
        x = F.max_pool2d(self.conv2(x), 2).flatten(1)
        return F.softmax(self.fc3(self.fc2(self.fc1(x))), dim=1)
    """),
)


# LeNet.forward: pooling

average_pooling = wrong(
    "a LeNet that averages each 2x2 instead of taking the largest",
    "Max-pooling asks whether a feature was found anywhere in the square; an average dilutes the answer.",
    body("""
        x = F.avg_pool2d(F.relu(self.conv1(x)), 2)
        x = F.avg_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

average_pooling_after_conv1 = wrong(
    "a LeNet that averages each 2x2 after conv1",
    "Max-pooling asks whether a feature was found anywhere in the square; an average dilutes the answer.",
    body("""
        x = F.avg_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

average_pooling_after_conv2 = wrong(
    "a LeNet that averages each 2x2 after conv2",
    "Max-pooling asks whether a feature was found anywhere in the square; an average dilutes the answer.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.avg_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

average_then_relu = wrong(
    "a LeNet that averages each 2x2 before ReLU instead of taking the largest",
    "The average of a square is not its largest number; and with averages it even matters whether ReLU comes before or after.",
    body("""
        x = F.relu(F.avg_pool2d(self.conv1(x), 2))
        x = F.relu(F.avg_pool2d(self.conv2(x), 2)).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

tanh_and_averages = wrong(
    "the network of 1998 in today's parts, with tanh and averages",
    "LeCun's own network squashed with tanh and averaged. The tutorial's network, which you build here, has ReLU and max-pooling.",
    body("""
        x = F.avg_pool2d(torch.tanh(self.conv1(x)), 2)
        x = F.avg_pool2d(torch.tanh(self.conv2(x)), 2).flatten(1)
        return self.fc3(torch.tanh(self.fc2(torch.tanh(self.fc1(x)))))
    """),
)

sigmoid_and_averages = wrong(
    "a LeNet with sigmoids and averages",
    "Books show this edition of LeNet. The tutorial's network, which you build here, has ReLU and max-pooling.",
    body("""
        x = F.avg_pool2d(torch.sigmoid(self.conv1(x)), 2)
        x = F.avg_pool2d(torch.sigmoid(self.conv2(x)), 2).flatten(1)
        return self.fc3(torch.sigmoid(self.fc2(torch.sigmoid(self.fc1(x)))))
    """),
)

averages_without_relu = wrong(
    "a LeNet that averages, and has no ReLU after its convolutions",
    "Two things at once: each convolution is followed by ReLU, and pooling takes the largest of each 2x2.",
    body("""
        x = F.avg_pool2d(self.conv1(x), 2)
        x = F.avg_pool2d(self.conv2(x), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

no_pool_after_conv1 = wrong(
    "a LeNet without pooling after conv1",
    "Each convolution is followed by a pooling that halves the sides: 28 becomes 14, and 10 becomes 5.",
    body("""
        x = F.relu(self.conv1(x))
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

no_pool_after_conv2 = wrong(
    "a LeNet without pooling after conv2",
    "Each convolution is followed by a pooling that halves the sides: 28 becomes 14, and 10 becomes 5.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.relu(self.conv2(x)).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

no_pool_after_conv2_hidden_by_view = wrong(
    "a LeNet without pooling after conv2, whose rows are cut at 400 numbers all the same",
    "A view with a fixed 400 cuts each image into four rows: three images come out as twelve. Ask the tensor for its size.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.relu(self.conv2(x)).view(-1, 400)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

no_pool_at_all = wrong(
    "a LeNet without any pooling",
    "Each convolution is followed by a pooling that halves the sides: 28 becomes 14, and 10 becomes 5.",
    body("""
        x = F.relu(self.conv1(x))
        x = F.relu(self.conv2(x)).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

pool_stride_1 = wrong(
    "a LeNet whose pooling moves by one pixel",
    "A 2x2 window that moves by one hardly shrinks the map: 28 becomes 27. The windows lie side by side here.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2, 1)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2, 1).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

pool_of_3 = wrong(
    "a LeNet whose pooling windows are 3x3",
    "The windows are 2x2, so that each side is halved: 28 becomes 14, and 10 becomes 5.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 3)
        x = F.max_pool2d(F.relu(self.conv2(x)), 3).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

overlapping_pool = wrong(
    "a LeNet whose pooling windows are 3x3 and overlap",
    "The shapes come out the same, but each window sees its neighbours' pixels. The windows are 2x2 and lie side by side.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 3, 2, 1)
        x = F.max_pool2d(F.relu(self.conv2(x)), 3, 2, 1).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

every_second_pixel = wrong(
    "a LeNet that keeps every second pixel instead of pooling",
    "The shapes come out the same, but three of four pixels are never looked at. Pooling takes the largest of the four.",
    body("""
        x = F.relu(self.conv1(x))[:, :, ::2, ::2]
        x = F.relu(self.conv2(x))[:, :, ::2, ::2].flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

min_pooling = wrong(
    "a LeNet that pools the smallest of each 2x2",
    "Where a feature was found, its number is large: the largest of each square is what goes on.",
    body("""
        x = -F.max_pool2d(-F.relu(self.conv1(x)), 2)
        x = -F.max_pool2d(-F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

pools_before_conv1 = wrong(
    "a LeNet that pools the image before conv1",
    "Pooling first throws away three of four pixels before any kernel has looked. Convolve, activate, then pool.",
    body("""
        x = F.relu(self.conv1(F.max_pool2d(x, 2)))
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)


# LeNet.forward: from maps to rows

no_flatten = wrong(
    "a LeNet whose maps are never flattened into rows",
    "A linear layer reads the last dimension only, here a map's row of 5. All maps of an image must become one row first.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

flattens_the_batch_too = wrong(
    "a LeNet that flattens the whole batch into a single line",
    "The first dimension, the batch, must stay: one row for each image, for a single image too.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten()
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

one_row_for_all = wrong(
    "a LeNet that flattens the whole batch into one row",
    "With one image it works by luck: the first size is the batch, not 1.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).view(1, -1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

one_row_per_map = wrong(
    "a LeNet that keeps each map as a row of its own",
    "Each of the 16 maps became a row of 25. An image is one row: all of its maps, one after another.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(2)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

channels_last_rows = wrong(
    "a LeNet whose rows run over the channels last",
    "The numbers are all there, in the order row, column, channel. fc1's weights expect channel, row, column.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).permute(0, 2, 3, 1).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

transposed_maps = wrong(
    "a LeNet whose maps are transposed before they become rows",
    "Rows and columns of each map changed places. fc1's weights expect channel, row, column.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).transpose(2, 3).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

mixes_images = wrong(
    "a LeNet whose rows mix the images of a batch",
    "The shape is right, but the numbers were dealt out across the images. One row must hold one image.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).reshape(400, -1).t()
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

rows_and_columns_swapped = wrong(
    "a LeNet that lays the maps out as columns instead of rows",
    "Features and batch changed places: the first size is the batch, the second the features.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = x.view(self.num_flat_features(x), -1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

averages_each_map = wrong(
    "a LeNet that averages each map to one number",
    "Averaging forgets where in the map a feature was found. fc1 reads all 25 pixels of every map.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).mean(dim=(2, 3))
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)


# LeNet.forward: layers and results

conv1_twice = wrong(
    "a LeNet that uses conv1 twice",
    "Copied lines keep their names: the second block belongs to the second convolution.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv1(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

skips_conv2 = wrong(
    "a LeNet that leaves conv2 out",
    "Each layer of the table is used once, in its order: conv1, conv2, fc1, fc2, fc3.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

skips_fc2 = wrong(
    "a LeNet that leaves fc2 out",
    "Each layer of the table is used once, in its order: conv1, conv2, fc1, fc2, fc3.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc1(x)))
    """),
)

stops_before_fc3 = wrong(
    "a LeNet that stops before fc3",
    "84 numbers come out, and ten scores are asked for: the last layer is missing.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return F.relu(self.fc2(F.relu(self.fc1(x))))
    """),
)

no_return = wrong(
    "a LeNet that returns nothing",
    "All layers run, and what they made is dropped: a function without a return gives None.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        x = self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

passes_nothing_on = wrong(
    "a LeNet that does nothing with its image", "The image went through no layer at all.", body("return None")
)

returns_its_input = wrong(
    "a LeNet that returns its image",
    "What the layers make must be kept under a name and handed on; here the image itself comes back.",
    body("return x"),
)

returns_the_digit = wrong(
    "a LeNet that returns the digit instead of its scores",
    "The largest score's place has no gradient, so nothing could be learnt from it. The ten scores themselves are asked for.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x))))).argmax(1)
    """),
)

squeezes_scores = wrong(
    "a LeNet that squeezes its scores",
    "For a batch of one image the batch dimension is lost: (1, 10) becomes (10,).",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x))))).squeeze()
    """),
)

returns_a_pair = wrong(
    "a LeNet that returns a pair",
    "A comma makes a tuple. The scores alone are asked for.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x))))), x
    """),
)

averages_the_batch = wrong(
    "a LeNet that averages its scores over the batch",
    "Each image has its own ten scores: one row for each.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x))))).mean(0)
    """),
)

flattens_first = wrong(
    "a LeNet that takes the image for a flat row from the start",
    "Convolutions look at neighbours in a picture, so the maps stay pictures until the last pooling.",
    body("""
        x = x.flatten(1)
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

new_layer_in_forward = wrong(
    "a LeNet that makes a new fc3 at every call",
    "A layer made in forward has new random weights each time, is trained by nobody, and is thrown away afterwards.",
    body("""
        torch.manual_seed(0)
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return nn.Linear(84, 10)(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)


# LeNet.forward: the graph behind the scores

detached_after_convolutions = wrong(
    "a LeNet that cuts the graph between its convolutions and its head",
    "The scores are right, but no gradient gets past the cut (detach or .data): the convolutions would never learn.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1).detach()
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

detached_after_conv1 = wrong(
    "a LeNet that cuts the graph after conv1's block",
    "The scores are right, but no gradient gets past the cut (detach or .data): conv1 would never learn.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2).detach()
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

no_graph = wrong(
    "a LeNet whose scores come without their graph (detach, .data or torch.no_grad)",
    "The scores are right, but nothing remembers how they were made, so no gradient can ever be computed.",
    body("""
        with torch.no_grad():
            x = F.max_pool2d(F.relu(self.conv1(x)), 2)
            x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
            return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

detached_scores = same_as(
    no_graph,
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x))))).detach()
    """),
)

detached_images = wrong(
    "a LeNet that cuts its images off the graph",
    "The weights get their gradients, but the images do not: what comes before the network could never be trained with it.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x.detach())), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)


# LeNet.forward: randomness and side effects

seeds_in_forward = wrong(
    "a LeNet that changes torch's random state",
    "The scores are right, but a seed is set or a random number drawn on the way (torch.manual_seed, torch.rand, dropout): whatever the caller draws afterwards depends on it.",
    body("""
        torch.manual_seed(0)
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

dropout_after_fc1 = wrong(
    "a LeNet with dropout after fc1, in train mode and in eval mode",
    "Dropout silences half of the numbers at random, so no two calls agree. This network has none.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.dropout(F.relu(self.fc1(x))))))
    """),
)

dropout_after_fc1_in_training = wrong(
    "a LeNet with dropout after fc1 in train mode",
    "Dropout silences half of the numbers at random, so no two calls agree. This network has none.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.dropout(F.relu(self.fc1(x)), training=self.training))))
    """),
)

dropout_before_fc1 = wrong(
    "a LeNet with dropout before fc1 in train mode",
    "Dropout silences half of the numbers at random, so no two calls agree. This network has none.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.dropout(F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1), training=self.training)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

dropout_before_fc3 = wrong(
    "a LeNet with dropout before fc3 in train mode",
    "Dropout silences half of the numbers at random, so no two calls agree. This network has none.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.dropout(F.relu(self.fc2(F.relu(self.fc1(x)))), training=self.training))
    """),
)

standardises_images = wrong(
    "a LeNet that brings its images to mean 0 and variance 1 together",
    "One image's scores then depend on the others of its batch. Preparing images is the caller's business.",
    body("""
        x = (x - x.mean()) / x.std()
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

divides_by_255 = wrong(
    "a LeNet that divides its images by 255",
    "Preparing images is the caller's business, and it was done: pixels divided twice are nearly black.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x / 255)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

overwrites_images = wrong(
    "a LeNet that overwrites its images",
    "An operation that ends in an underscore, or x *= ..., works on the caller's own tensor: the images are spoilt.",
    body("""
        scores = F.max_pool2d(F.relu(self.conv1(x)), 2)
        scores = F.max_pool2d(F.relu(self.conv2(scores)), 2).flatten(1)
        scores = self.fc3(F.relu(self.fc2(F.relu(self.fc1(scores)))))
        with torch.no_grad():
            x.relu_()
        return scores
    """),
)

switches_to_eval = wrong(
    "a LeNet that switches itself to eval mode",
    "Which mode the network is in is the caller's decision, and a training loop would go on in the wrong one.",
    body("""
        self.eval()
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

softmax_in_eval_mode = wrong(
    "a LeNet that gives softmax in eval mode and raw scores in train mode",
    "The two modes must give the same scores: this network has no part that depends on the mode.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        x = self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
        return x if self.training else F.softmax(x, dim=1)
    """),
)

moves_to_cpu = wrong(
    "a LeNet that moves its images to the CPU",
    "On a machine with a GPU the weights live there, and layer and input must be on one device. Leave the images where they are.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x.cpu())), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

first_image_only = wrong(
    "a LeNet that looks at the first image only",
    "Each image of the batch has its own row of scores.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x[:1])), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)
