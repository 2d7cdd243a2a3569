"""Test doubles that several lessons share: batches, loaders, spies and datasets."""

from __future__ import annotations

import copy
import operator
import random
import weakref
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from kata.checking.networks import seeded, with_modes

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
    def forward(ctx: Any, scores: Tensor, marker: Marker) -> Tensor:
        ctx.marker = marker
        return scores.view_as(scores)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        return gradients[0], None


class ForwardSpy(nn.Module):
    """Record each forward call: mode, device, whether autograd recorded it, and how many graphs were alive."""

    def __init__(self, inside: nn.Module) -> None:
        super().__init__()
        self.inside = inside
        self.modes: list[bool] = []
        self.records: list[bool] = []
        self.devices: list[str] = []
        self.alive: list[int] = []
        self._graphs: list[weakref.ref[Marker]] = []

    def __deepcopy__(self, memo: dict[int, Any]) -> ForwardSpy:
        """Copy the network; calls of the copy are recorded in the same lists."""
        copied = ForwardSpy(copy.deepcopy(self.inside, memo))
        copied.training = self.training
        for name in ("modes", "records", "devices", "alive", "_graphs"):
            setattr(copied, name, getattr(self, name))
        return copied

    def forward(self, x: Tensor) -> Tensor:
        self.modes.append(self.inside.training)
        self.devices.append(str(x.device))
        self.alive.append(sum(graph() is not None for graph in self._graphs))
        scores: Tensor = self.inside(x)
        self.records.append(scores.requires_grad)
        if scores.requires_grad:
            marker = Marker()
            self._graphs.append(weakref.ref(marker))
            scores = _Marked.apply(scores, marker)  # type: ignore[no-untyped-call]  # torch leaves it untyped
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
