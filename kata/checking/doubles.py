"""Networks and test doubles that several lessons share: batches, loaders, spies and datasets.

The weights of networks come from a fixed seed: two calls return two networks with equal weights.
"""

from __future__ import annotations

import copy
import functools
import math
import operator
import random
import weakref
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

Net = TypeVar("Net", bound=nn.Module)


def worked_example() -> nn.Linear:
    """Return a network to compute by hand: score = 1 * a - 2 * b + 0.5. (N, 2) -> (N, 1)."""
    net = nn.Linear(2, 1)
    with torch.no_grad():
        net.weight.copy_(torch.tensor([[1.0, -2.0]]))
        net.bias.fill_(0.5)
    return net


def worked_batch() -> tuple[Tensor, Tensor]:
    """Return inputs (3, 2) and targets (3, 1) for `worked_example`.

    Its scores are 1.5, -1.5, -1.5: off by 1, -2, -1. The squares are 1, 4, 1; their mean is 2.
    """
    return torch.tensor([[1.0, 0.0], [0.0, 1.0], [2.0, 2.0]]), torch.tensor([[0.5], [0.5], [-0.5]])


def lenet() -> Any:
    """Return LeNet, layer by layer. (N, 1, 32, 32) -> (N, 10)."""
    return _seeded(fresh_lenet())


def fresh_lenet() -> Any:
    """Return LeNet with torch's default initialization."""
    layers: OrderedDict[str, nn.Module] = OrderedDict(
        conv1=nn.Conv2d(1, 6, 5),
        relu1=nn.ReLU(),
        pool1=nn.MaxPool2d(2),
        conv2=nn.Conv2d(6, 16, 5),
        relu2=nn.ReLU(),
        pool2=nn.MaxPool2d(2),
        rows=nn.Flatten(),
        fc1=nn.Linear(400, 120),
        relu3=nn.ReLU(),
        fc2=nn.Linear(120, 84),
        relu4=nn.ReLU(),
        fc3=nn.Linear(84, 10),
    )
    return nn.Sequential(layers)


def partly_frozen() -> nn.Sequential:
    """Return a network whose first layer takes no gradients. (N, 1, 32, 32) -> (N, 10)."""
    net = _seeded(_small())
    net[1].requires_grad_(False)
    return net


class _WithUnused(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.used = _small()
        self.unused = nn.Linear(3, 2)
        self.scale = nn.Parameter(torch.tensor(1.0))

    def forward(self, x: Tensor) -> Tensor:
        scores: Tensor = self.used(x)
        return scores * self.scale


def with_unused_layer() -> nn.Module:
    """Return a network with an unused layer and a 0-d parameter. (N, 1, 32, 32) -> (N, 10)."""
    return _seeded(_WithUnused())


def tied() -> nn.Module:
    """Return a network with tied weights: two layers share one tensor. (N, 1, 32, 32) -> (N, 10)."""
    one, two = nn.Linear(10, 10), nn.Linear(10, 10)
    two.weight = one.weight
    return _seeded(nn.Sequential(nn.Flatten(), nn.Linear(1024, 10), nn.Tanh(), one, nn.Tanh(), two))


def small() -> nn.Sequential:
    """Return a network for `small_batch` and `few`. (N, 5) -> (N, 4)."""
    net = nn.Sequential(nn.Linear(5, 6), nn.Tanh(), nn.Linear(6, 4))
    for number, parameter in enumerate(net.parameters()):
        parameter.data = seeded(*parameter.shape, seed=number + 90) / 2
    return net


def few(count: int = 7, seed: int = 1) -> tuple[Tensor, Tensor]:
    """Return inputs (count, 5) and labels (count,) for `small`."""
    return seeded(count, 5, seed=seed), (torch.arange(count) * 3 + seed) % 4


def with_modes() -> nn.Sequential:
    """Return a network with dropout and batch norm. (N, 1, 32, 32) -> (N, 10)."""
    net = nn.Sequential(nn.Flatten(), nn.Linear(1024, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 10))
    return _seeded(net)


class CallCounter(nn.Module):
    """Count the forward calls of the network inside, and of its copies."""

    def __init__(self, inside: nn.Module) -> None:
        super().__init__()
        self.inside = inside
        self._seen: list[tuple[int, ...]] = []

    @property
    def runs(self) -> int:
        return len(self._seen)

    def __deepcopy__(self, memo: dict[int, Any]) -> CallCounter:
        copied = CallCounter(copy.deepcopy(self.inside, memo))
        copied.training, copied._seen = self.training, self._seen
        return copied

    def forward(self, x: Tensor) -> Tensor:
        self._seen.append(tuple(x.shape))
        scores: Tensor = self.inside(x)
        return scores


NETWORKS = {
    "LeNet": lenet,
    "partly frozen": partly_frozen,
    "with an unused layer": with_unused_layer,
    "with a shared weight": tied,
}


def seeded(*shape: int, seed: int = 0) -> Tensor:
    """Return normal random numbers of this shape, from a seed."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def numbers(*shape: int, seed: int = 1, dtype: torch.dtype = torch.float64) -> Tensor:
    """Return float64 numbers around 0, none of them 0, for exact comparisons."""
    return seeded(*shape, seed=seed).to(dtype) + 0.001


def batch(count: int, seed: int = 1) -> tuple[Tensor, Tensor]:
    """Return images (count, 1, 32, 32) and targets (count, 10)."""
    return seeded(count, 1, 32, 32, seed=seed), seeded(count, 10, seed=seed + 1000)


def _small() -> nn.Sequential:
    return nn.Sequential(nn.Flatten(), nn.Linear(1024, 6), nn.Tanh(), nn.Linear(6, 10))


def _seeded(net: Net) -> Net:
    with torch.no_grad():
        for number, parameter in enumerate(net.parameters()):
            parameter.copy_(_weights(number, tuple(parameter.shape)))
    return net


@functools.cache
def _weights(number: int, shape: tuple[int, ...]) -> Tensor:
    """Return the same weights for the same position and shape; cached, since drawing them is slow."""
    fan_in = max(math.prod(shape[1:]), 1) if len(shape) > 1 else 4
    return seeded(*shape, seed=number + 50).div(fan_in**0.5)


def strong(module: Any, scale: float = 2.0) -> Any:
    """Give every parameter large values of both signs, so that a missing part changes the result."""
    with torch.no_grad():
        for number, (_, parameter) in enumerate(sorted(module.named_parameters())):
            fan_in = parameter[0].numel() if parameter.dim() > 1 else 1
            parameter.copy_(seeded(*parameter.shape, seed=number + 70) * scale / fan_in**0.5)
    return module


Batch = tuple[Tensor, Tensor]


def labelled(count: int, seed: int = 1) -> Batch:
    """Return images (count, 1, 32, 32) and labels (count,), from 0 to 9."""
    generator = torch.Generator().manual_seed(seed + 500)
    return seeded(count, 1, 32, 32, seed=seed), torch.randint(10, (count,), generator=generator)


def batches(*sizes: int, seed: int = 1) -> list[Batch]:
    """Return a batch of each size."""
    return [labelled(size, seed + 10 * number) for number, size in enumerate(sizes)]


def readout() -> nn.Module:
    """Return a network that returns its input. (N, 10) -> (N, 10)."""
    net = nn.Linear(10, 10, bias=False)
    with torch.no_grad():
        net.weight.copy_(torch.eye(10))
    return net


def mixed() -> Any:
    """Return a network in train mode whose batch norm is in eval mode, like a frozen layer."""
    net = with_modes().train()
    net[2].eval()
    return net


def other_names() -> nn.Module:
    """Return `with_modes()` with another name for the last layer."""
    return with_modes().insert(4, nn.Identity())


class CountingLoader:
    """A loader without `len` that counts how often it is iterated."""

    def __init__(self, pairs: Iterable[Batch]) -> None:
        self.pairs = list(pairs)
        self.times = 0

    def __iter__(self) -> Iterator[Batch]:
        self.times += 1
        yield from self.pairs


class Marker:
    """Lives as long as the graph that holds it."""


class _Marked(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, scores: Tensor, graph: Marker, saved: Marker) -> Tensor:
        ctx.marker = graph
        activation: Any = scores.detach().clone()
        activation.marker = saved  # goes with what backward uses up
        ctx.save_for_backward(activation)
        return scores.view_as(scores)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        return gradients[0], None, None


class ForwardSpy(nn.Module):
    """Record each forward call: mode, device, whether autograd recorded it, and what of earlier calls was alive.

    Attributes:
        alive: the number of earlier graphs that were still in memory, at each call.
        held: the number of those whose activations were, too: no backward has used them up.
    """

    def __init__(self, inside: nn.Module) -> None:
        super().__init__()
        self.inside = inside
        self.modes: list[bool] = []
        self.records: list[bool] = []
        self.devices: list[str] = []
        self.alive: list[int] = []
        self.held: list[int] = []
        self._graphs: list[weakref.ref[Marker]] = []
        self._saved: list[weakref.ref[Marker]] = []

    def __deepcopy__(self, memo: dict[int, Any]) -> ForwardSpy:
        """Copy the network; calls of the copy are recorded in the same lists."""
        copied = ForwardSpy(copy.deepcopy(self.inside, memo))
        copied.training = self.training
        for name in ("modes", "records", "devices", "alive", "held", "_graphs", "_saved"):
            setattr(copied, name, getattr(self, name))
        return copied

    def forward(self, x: Tensor) -> Tensor:
        self.modes.append(self.inside.training)
        self.devices.append(str(x.device))
        self.alive.append(sum(graph() is not None for graph in self._graphs))
        self.held.append(sum(saved() is not None for saved in self._saved))
        scores: Tensor = self.inside(x)
        self.records.append(scores.requires_grad)
        if scores.requires_grad:
            graph, saved = Marker(), Marker()
            self._graphs.append(weakref.ref(graph))
            self._saved.append(weakref.ref(saved))
            scores = _Marked.apply(scores, graph, saved)  # type: ignore[no-untyped-call]  # torch leaves it untyped
        return scores


def small_batch(seed: int = 1) -> tuple[Tensor, Tensor]:
    """Return inputs (7, 5) and targets (7, 4) for `small`."""
    return seeded(7, 5, seed=seed), seeded(7, 4, seed=seed + 1000)


def classes() -> Tensor:
    """Return a label for each input of `small_batch`."""
    return torch.tensor([2, 0, 3, 1, 1, 0, 2])


class AsymmetricLoss(nn.Module):
    """A criterion that is not symmetric: swapped arguments give another loss."""

    def __init__(self) -> None:
        super().__init__()
        self.runs = 0

    def forward(self, scores: Tensor, target: Tensor) -> Tensor:
        self.runs += 1
        return (2 * scores - target).pow(2).mean()


def give_gradients(params: dict[str, nn.Parameter], seed: int, without: tuple[str, ...] = ()) -> None:
    """Give every parameter a new gradient, except those in `without`, which get None."""
    for number, (name, parameter) in enumerate(params.items()):
        grad = seeded(*parameter.shape, seed=10 * seed + number).to(parameter.dtype) / 3
        parameter.grad = None if name in without else grad


class MapStyle:
    """A minimal map-style dataset: `len` and integer indices, no slices and no negative indices."""

    def __init__(self, count: int) -> None:
        self.count = count

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        number = operator.index(index)
        if not 0 <= number < self.count:
            raise IndexError(number)
        return torch.tensor([float(number)]), number


def numbered(count: int) -> list[tuple[Tensor, int]]:
    """Return a list of pairs, each holding its own index."""
    return [(torch.tensor([float(number)]), number) for number in range(count)]


def labels_of(count: int) -> Tensor:
    """Return labels in no order: 7, 0, 3, 6, 9, 2, ..."""
    return (torch.arange(count) * 3 + 7) % 10


def scramble(seed: int) -> None:
    """Set the global random states."""
    torch.default_generator.manual_seed(seed)
    random.seed(seed)
    np.random.seed(seed % 2**32)
