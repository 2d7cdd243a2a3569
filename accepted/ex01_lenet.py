"""Lesson 1: right answers written in other ways. Style is never graded; each of these must pass."""

import functools
import math
import operator
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn import Conv2d, Linear

from kata.authoring import right
from solutions.ex01_lenet import LeNet

# LeNet.__init__


@right("LeNet.__init__", says="The older way to call the parent; it does the same, and is longer.")
def super_with_arguments(self: LeNet) -> None:
    super(LeNet, self).__init__()
    self.conv1 = nn.Conv2d(1, 6, 5)
    self.conv2 = nn.Conv2d(6, 16, 5)
    self.fc1 = nn.Linear(16 * 5 * 5, 120)
    self.fc2 = nn.Linear(120, 84)
    self.fc3 = nn.Linear(84, 10)


@right("LeNet.__init__")
def parents_init_called_by_name(self: LeNet) -> None:
    nn.Module.__init__(self)
    self.conv1 = Conv2d(1, 6, 5)
    self.conv2 = Conv2d(6, 16, 5)
    self.fc1 = Linear(400, 120)
    self.fc2 = Linear(120, 84)
    self.fc3 = Linear(84, 10)


@right(
    "LeNet.__init__",
    says="Says what each number is; longer, and clearer to who does not know the order of the arguments.",
)
def keywords_and_tuples(self: LeNet) -> None:
    super(LeNet, self).__init__()
    self.conv1 = nn.Conv2d(in_channels=1, out_channels=6, kernel_size=(5, 5), stride=1, padding=0)
    self.conv2 = nn.Conv2d(6, 16, kernel_size=(5, 5), padding="valid", bias=True)
    self.fc1 = nn.Linear(in_features=16 * 5 * 5, out_features=120)
    self.fc2 = nn.Linear(120, 84, bias=True)
    self.fc3 = nn.Linear(84, 10)


@right("LeNet.__init__")
def layers_made_in_another_order(self: LeNet) -> None:
    super(LeNet, self).__init__()
    self.fc3 = nn.Linear(84, 10)
    self.fc2 = nn.Linear(120, 84)
    self.fc1 = nn.Linear(400, 120)
    self.conv2 = nn.Conv2d(6, 16, 5)
    self.conv1 = nn.Conv2d(1, 6, 5)


@right("LeNet.__init__")
def own_starting_values(self: LeNet) -> None:
    super(LeNet, self).__init__()
    self.conv1 = nn.Conv2d(1, 6, 5)
    self.conv2 = nn.Conv2d(6, 16, 5)
    self.fc1 = nn.Linear(400, 120)
    self.fc2 = nn.Linear(120, 84)
    self.fc3 = nn.Linear(84, 10)
    for layer in self.children():
        nn.init.xavier_uniform_(layer.weight)  # type: ignore[arg-type]  # all five have one
        nn.init.zeros_(layer.bias)  # type: ignore[arg-type]  # all five have one


@right("LeNet.__init__", says="The 400 follows from kernel, maps and side: another image size changes one number.")
def sizes_from_constants(self: LeNet) -> None:
    super(LeNet, self).__init__()
    kernel, maps, side = 5, (1, 6, 16), 32
    self.conv1 = nn.Conv2d(maps[0], maps[1], kernel)
    side = (side - kernel + 1) // 2
    self.conv2 = nn.Conv2d(maps[1], maps[2], kernel)
    side = (side - kernel + 1) // 2
    self.fc1 = nn.Linear(maps[2] * side * side, 120)
    self.fc2 = nn.Linear(self.fc1.out_features, 84)
    self.fc3 = nn.Linear(self.fc2.out_features, 10)


@right(
    "LeNet.__init__", says="torch works the 400 out by running an image of zeros: no arithmetic, at the price of a run."
)
def size_from_a_dry_run(self: LeNet) -> None:
    super(LeNet, self).__init__()
    self.conv1 = nn.Conv2d(1, 6, 5)
    self.conv2 = nn.Conv2d(6, 16, 5)
    with torch.no_grad():
        maps = F.max_pool2d(self.conv2(F.max_pool2d(self.conv1(torch.zeros(1, 1, 32, 32)), 2)), 2)
    self.fc1 = nn.Linear(maps.numel(), 120)
    self.fc2 = nn.Linear(120, 84)
    self.fc3 = nn.Linear(84, 10)


@right(
    "LeNet.__init__", says="For layers whose names are only known at run time; an editor can no longer help with them."
)
def add_module(self: LeNet) -> None:
    super(LeNet, self).__init__()
    layers: dict[str, nn.Module] = {"conv1": nn.Conv2d(1, 6, 5), "conv2": nn.Conv2d(6, 16, 5)}
    layers |= {"fc1": nn.Linear(400, 120), "fc2": nn.Linear(120, 84), "fc3": nn.Linear(84, 10)}
    for name, layer in layers.items():
        self.add_module(name, layer)


@right("LeNet.__init__")
def optional_argument(self: LeNet, num_classes: int = 10) -> None:
    super(LeNet, self).__init__()
    self.conv1 = nn.Conv2d(1, 6, 5)
    self.conv2 = nn.Conv2d(6, 16, 5)
    self.fc1 = nn.Linear(400, 120)
    self.fc2 = nn.Linear(120, 84)
    self.fc3 = nn.Linear(84, num_classes)


@right("LeNet.__init__")
class with_parts_that_have_no_weights:
    def __init__(self) -> None:
        nn.Module.__init__(self)  # type: ignore[arg-type]  # becomes a method of LeNet
        self.conv1 = nn.Conv2d(1, 6, 5)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(400, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)
        self.relu, self.pool, self.flatten = nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()

    def forward(self, x: Tensor) -> Any:
        x = self.pool(self.relu(self.conv1(x)))
        x = self.flatten(self.pool(self.relu(self.conv2(x))))
        return self.fc3(self.relu(self.fc2(self.relu(self.fc1(x)))))


@right("LeNet.__init__")
class named_layers_inside_a_pipeline:
    def __init__(self) -> None:
        nn.Module.__init__(self)  # type: ignore[arg-type]  # becomes a method of LeNet
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5)
        self.fc1, self.fc2, self.fc3 = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)
        maps = [self.conv1, nn.ReLU(), nn.MaxPool2d(2), self.conv2, nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()]
        self.all = nn.Sequential(*maps, self.fc1, nn.ReLU(), self.fc2, nn.ReLU(), self.fc3)

    def forward(self, x: Tensor) -> Any:
        return self.all(x)


@right(
    "LeNet.__init__",
    says="nn.LazyLinear finds its input size at the first run; until then there are no weights to count.",
)
class lazy_layers_made_real_by_a_dry_run:
    def __init__(self) -> None:
        nn.Module.__init__(self)  # type: ignore[arg-type]  # becomes a method of LeNet
        self.conv1 = nn.Conv2d(1, 6, 5)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.LazyLinear(120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)
        with torch.no_grad():
            self.forward(torch.zeros(1, 1, 32, 32))

    def forward(self, x: Tensor) -> Any:
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))


@right("LeNet.__init__")
def with_a_buffer(self: LeNet) -> None:
    super(LeNet, self).__init__()
    self.register_buffer("mean", torch.zeros(1))
    self.conv1 = nn.Conv2d(1, 6, 5)
    self.conv2 = nn.Conv2d(6, 16, 5)
    self.fc1 = nn.Linear(400, 120)
    self.fc2 = nn.Linear(120, 84)
    self.fc3 = nn.Linear(84, 10)


# LeNet.num_flat_features


@right("LeNet.num_flat_features", says="One call of the standard library says what is meant: a product of sizes.")
def math_prod(self: LeNet, x: Tensor) -> int:
    return math.prod(x.shape[1:])


@right("LeNet.num_flat_features", says="torch.Size knows its own product: the shortest of all.")
def numel_of_the_sizes(self: LeNet, x: Tensor) -> int:
    return x.shape[1:].numel()


@right("LeNet.num_flat_features", says="Reads well, and fails where the batch is empty in other versions of it.")
def numel_of_one_image(self: LeNet, x: Tensor) -> int:
    return x[0].numel()


@right("LeNet.num_flat_features", says="No loop; it divides by 0 where the batch is empty.")
def numel_divided_by_the_batch(self: LeNet, x: Tensor) -> int:
    return x.numel() // x.size(0)


@right("LeNet.num_flat_features", says="The product as a fold; math.prod says the same in one word.")
def reduced(self: LeNet, x: Tensor) -> int:
    return functools.reduce(operator.mul, x.size()[1:], 1)


@right("LeNet.num_flat_features")
def numpy_product(self: LeNet, x: Tensor) -> int:
    return np.prod(x.shape[1:])  # type: ignore[return-value]  # numpy's whole number


@right("LeNet.num_flat_features")
def tensor_product_made_a_number(self: LeNet, x: Tensor) -> int:
    return int(torch.tensor(x.size()[1:]).prod().item())


@right("LeNet.num_flat_features", says="The shortest for maps, but it knows four dimensions only.")
def unpacked(self: LeNet, x: Tensor) -> int:
    _, channels, height, width = x.shape
    return channels * height * width


@right("LeNet.num_flat_features", says="Works for any number of dimensions, without making a slice.")
def by_index(self: LeNet, batch: Tensor) -> int:
    features = 1
    for dimension in range(1, batch.dim()):
        features *= batch.size(dimension)
    return features


@right("LeNet.num_flat_features", says="Lets torch do it; for tensors that lie in order no number is copied.")
def size_of_a_flattened_view(self: LeNet, x: Tensor) -> int:
    return torch.flatten(x, 1).size(1)


@right("LeNet.num_flat_features")
class static:
    @staticmethod
    def num_flat_features(x: Tensor) -> int:
        return math.prod(x.shape[1:])


# LeNet.forward


@right("LeNet.forward")
def torch_relu_and_reshape(self: LeNet, x: Tensor) -> Any:
    x = F.max_pool2d(torch.relu(self.conv1(x)), (2, 2))
    x = F.max_pool2d(torch.relu(self.conv2(x)), kernel_size=2, stride=2)
    x = x.reshape(x.shape[0], -1)
    x = torch.relu(self.fc1(x))
    x = torch.relu(self.fc2(x))
    return self.fc3(x)


@right("LeNet.forward", says="Reads from left to right, in the order in which it happens.")
def methods_of_tensors(self: LeNet, x: Tensor) -> Any:
    x = F.max_pool2d(self.conv1(x).relu(), 2)
    x = F.max_pool2d(self.conv2(x).relu(), 2).flatten(1)
    return self.fc3(self.fc2(self.fc1(x).relu()).relu())


@right(
    "LeNet.forward",
    says="Modules without weights may be made at each call; functions do the same without making anything.",
)
def modules_made_on_the_way(self: LeNet, x: Tensor) -> Any:
    x = nn.MaxPool2d(2)(nn.ReLU()(self.conv1(x)))
    x = nn.Flatten()(nn.MaxPool2d(2)(nn.ReLU()(self.conv2(x))))
    return self.fc3(nn.ReLU()(self.fc2(nn.ReLU()(self.fc1(x)))))


@right("LeNet.forward", says="The same scores with a quarter of the work: ReLU and maximum may change places.")
def relu_after_pooling(self: LeNet, x: Tensor) -> Any:
    x = F.relu(F.max_pool2d(self.conv1(x), 2))
    x = F.relu(F.max_pool2d(self.conv2(x), 2))
    x = torch.flatten(x, 1)
    return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))


@right("LeNet.forward", says="ReLU under another name; who reads it has to think once more.")
def clamped(self: LeNet, x: Tensor) -> Any:
    x = F.max_pool2d(self.conv1(x).clamp(min=0), 2)
    x = F.max_pool2d(self.conv2(x).clamp(min=0), 2)
    x = x.view(x.size(0), -1)
    x = torch.maximum(self.fc1(x), torch.zeros_like(self.fc1(x)))
    return self.fc3(torch.clamp_min(self.fc2(x), 0))


@right(
    "LeNet.forward",
    says="Saves memory: nobody else needs the numbers before ReLU, which its gradient does not ask for.",
)
def in_place_on_intermediates(self: LeNet, x: Tensor) -> Any:
    x = F.max_pool2d(F.relu_(self.conv1(x)), 2)
    x = F.max_pool2d(self.conv2(x).relu_(), 2)
    x = x.view(-1, 400)
    x = F.relu(self.fc1(x), inplace=True)
    return self.fc3(nn.ReLU(inplace=True)(self.fc2(x)))


@right("LeNet.forward")
def ceil_mode_and_adaptive(self: LeNet, x: Tensor) -> Any:
    x = F.adaptive_max_pool2d(F.relu(self.conv1(x)), 14)
    x = F.max_pool2d(F.relu(self.conv2(x)), 2, ceil_mode=True)
    x = x.view(-1, self.num_flat_features(x))
    return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))


@right("LeNet.forward", says="Shows what a layer is: its weights, and a function.")
def functional_with_own_weights(self: LeNet, x: Tensor) -> Any:
    x = F.max_pool2d(F.relu(F.conv2d(x, self.conv1.weight, self.conv1.bias)), 2)
    x = F.max_pool2d(F.relu(F.conv2d(x, self.conv2.weight, self.conv2.bias)), 2).flatten(1)
    x = F.relu(F.linear(x, self.fc1.weight, self.fc1.bias))
    x = F.relu(F.linear(x, self.fc2.weight, self.fc2.bias))
    return F.linear(x, self.fc3.weight, self.fc3.bias)


@right("LeNet.forward", says="Shows what nn.Linear computes: x times the transposed weight, plus the bias.")
def matrix_products(self: LeNet, x: Tensor) -> Any:
    x = F.max_pool2d(F.relu(self.conv1(x)), 2)
    x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
    x = F.relu(x @ self.fc1.weight.T + self.fc1.bias)
    x = F.relu(torch.addmm(self.fc2.bias, x, self.fc2.weight.t()))
    return x.matmul(self.fc3.weight.t()) + self.fc3.bias


@right("LeNet.forward", says="Correct, and read from the inside out: hard to debug.")
def one_line(self: LeNet, x: Tensor) -> Any:
    return self.fc3(F.relu(self.fc2(F.relu(self.fc1(F.max_pool2d(F.relu(self.conv2(F.max_pool2d(F.relu(self.conv1(x)), 2))), 2).flatten(1))))))  # fmt: skip


@right("LeNet.forward")
def argument_of_another_name(self: LeNet, images: Tensor) -> Any:
    maps = F.max_pool2d(F.relu(self.conv1(images)), 2)
    maps = F.max_pool2d(F.relu(self.conv2(maps)), 2)
    rows = maps.view(-1, self.num_flat_features(maps))
    return self.fc3(F.relu(self.fc2(F.relu(self.fc1(rows)))))


@right(
    "LeNet.forward", says="A chain as data; made once in __init__ it would be kept, printed and moved with the network."
)
def sequential_made_on_the_way(self: LeNet, x: Tensor) -> Any:
    maps = nn.Sequential(self.conv1, nn.ReLU(), nn.MaxPool2d(2), self.conv2, nn.ReLU(), nn.MaxPool2d(2))
    head = nn.Sequential(nn.Flatten(), self.fc1, nn.ReLU(), self.fc2, nn.ReLU(), self.fc3)
    return head(maps(x))


def _block(layer: nn.Module, x: Tensor) -> Tensor:
    return F.max_pool2d(F.relu(layer(x)), 2)


@right("LeNet.forward", says="What happens twice has a name: shorter, and one place to change.")
def with_a_helper(self: LeNet, x: Tensor) -> Any:
    x = _block(self.conv2, _block(self.conv1, x)).flatten(1)
    for layer in (self.fc1, self.fc2):
        x = F.relu(layer(x))
    return self.fc3(x)


@right("LeNet.forward")
def relu_by_comparison(self: LeNet, x: Tensor) -> Any:
    x = self.conv1(x)
    x = F.max_pool2d(x * (x > 0), 2)
    x = self.conv2(x)
    x = F.max_pool2d(torch.where(x > 0, x, 0.0), 2)
    x = F.threshold(self.fc1(x.flatten(1)), 0, 0)
    return self.fc3(F.relu(self.fc2(x)))


@right("LeNet.forward", says="Pooling from its definition; torch's own is faster.")
def largest_of_each_square_by_unfolding(self: LeNet, x: Tensor) -> Any:
    x = F.relu(self.conv1(x)).unfold(2, 2, 2).unfold(3, 2, 2).amax((-2, -1))
    x = F.relu(self.conv2(x)).view(-1, 16, 5, 2, 5, 2).amax((3, 5))
    x = x.flatten(start_dim=1)
    return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))


@right("LeNet.forward", says="Says early what a wrong input is; a network used by others is grateful for it.")
def guarded_and_converted(self: LeNet, x: Tensor) -> Any:
    assert x.shape[1:] == (1, 32, 32), f"images must be (N, 1, 32, 32), and are {tuple(x.shape)}"
    x = x.to(self.conv1.weight.device).float()
    x = F.max_pool2d(F.relu(self.conv1(x)), 2)
    x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
    return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))


@right("LeNet.forward", says="Many times slower: the batch is what makes a network fast.")
def image_by_image(self: LeNet, x: Tensor) -> Any:
    rows = []
    for image in x:
        maps = F.max_pool2d(F.relu(self.conv1(image)), 2)
        maps = F.max_pool2d(F.relu(self.conv2(maps)), 2)
        rows.append(self.fc3(F.relu(self.fc2(F.relu(self.fc1(maps.flatten()))))))
    return torch.stack(rows)


@right("LeNet.forward", says="More digits than anybody needs here, and twice the memory.")
def computed_in_twice_the_precision(self: LeNet, x: Tensor) -> Tensor:
    for layer in (self.conv1, self.conv2):
        x = F.max_pool2d(F.relu(F.conv2d(x.double(), layer.weight.double(), layer.bias.double())), 2)  # type: ignore[union-attr]
    x = x.flatten(1)
    for linear in (self.fc1, self.fc2):
        x = F.relu(F.linear(x, linear.weight.double(), linear.bias.double()))
    return F.linear(x, self.fc3.weight.double(), self.fc3.bias.double()).float()


@right("LeNet.forward", says="What happens inside a convolution; lesson 8 builds it.")
def convolution_as_a_matrix_product(self: LeNet, x: Tensor) -> Tensor:
    for layer in (self.conv1, self.conv2):
        columns = layer.weight.flatten(1) @ F.unfold(x, 5) + layer.bias[:, None]  # type: ignore[index]
        x = F.max_pool2d(F.relu(columns.view(len(x), layer.out_channels, x.size(2) - 4, -1)), 2)
    x = x.view(-1, self.num_flat_features(x))
    return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))  # type: ignore[no-any-return]  # a call of a module is Any
