"""Lesson 1, LeNet.__init__: how it is observed, and the bank of its wrong answers."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from kata.authoring import (
    Observation,
    body,
    drop,
    exercise,
    insert,
    kind_of,
    observes,
    replace,
    same_as,
    where_kept,
    wrong,
)
from mistakes.ex01_lenet.shared import LAYERS
from solutions.ex01_lenet import LeNet


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
