"""Networks, gradients, batches and loaders that differ from rank to rank."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, DistributedSampler

from kata.checking.doubles import numbers


class Buffers(nn.Module):
    """A network with an integer buffer, and a buffer that is not in its state_dict."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(3, 2)
        self.steps: Tensor
        self.mask: Tensor
        self.register_buffer("steps", torch.tensor(5))
        self.register_buffer("mask", torch.ones(3), persistent=False)
        with torch.no_grad():
            self.inner.weight.copy_(torch.arange(6.0).view(2, 3))
            self.inner.bias.fill_(0.5)


def tensors_of(net: nn.Module) -> dict[str, Tensor]:
    """Return a copy of every parameter and buffer."""
    return {name: one.detach().clone() for name, one in [*net.named_parameters(), *net.named_buffers()]}


def gradients_of(net: nn.Module) -> dict[str, Tensor | None]:
    """Return a copy of every gradient, or None."""
    return {name: None if p.grad is None else p.grad.detach().clone() for name, p in net.named_parameters()}


def unlike(build: Callable[[], Any], rank: int) -> Any:
    """Return a network whose parameters and buffers differ from rank to rank."""
    net = build()
    with torch.no_grad():
        for tensor in [*net.parameters(), *net.buffers()]:
            tensor.add_(rank)
    return net


def gradients_on(net: nn.Module, rank: int, without: tuple[str, ...] = ()) -> dict[str, Tensor]:
    """Return gradients that differ from rank to rank, except for frozen parameters and those in `without`."""
    named = enumerate(net.named_parameters())
    return {
        name: numbers(*p.shape, seed=100 * rank + number).to(p.dtype)
        for number, (name, p) in named
        if p.requires_grad and name not in without
    }


def share_of(whole: tuple[Tensor, Tensor], sizes: tuple[int, ...], rank: int) -> tuple[Tensor, Tensor]:
    """Return the images and targets of a rank; rank r gets ``sizes[r]`` of them."""
    start = sum(sizes[:rank])
    return whole[0][start : start + sizes[rank]], whole[1][start : start + sizes[rank]]


class Numbered(Dataset[tuple[Tensor, int]]):
    """Images that are scores: image i has the label i % 10, and `right` says whether its scores predict it."""

    def __init__(self, right: list[int]) -> None:
        self.right = right

    def __len__(self) -> int:
        return len(self.right)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        label = index % 10
        return F.one_hot(torch.tensor(label if self.right[index] else (label + 1) % 10), 10).float(), label


def dealt(dataset: Any, rank: int, count: int, batch_size: int, shuffle: bool = False) -> DataLoader[Any]:
    """Return the loader of one of `count` ranks, with a distributed sampler."""
    sampler: DistributedSampler[Any] = DistributedSampler(
        dataset, num_replicas=count, rank=rank, shuffle=shuffle, seed=3
    )
    return DataLoader(dataset, batch_size=batch_size, sampler=sampler)
