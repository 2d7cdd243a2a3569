"""A network as a list of steps, which the page of a run does one after the other, and torch does here to compare."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

CLOSE = 1e-4  # of the largest score: how far the steps may be from the network

Step = dict[str, Any]


def program(net: nn.Module) -> Iterator[Step]:
    """Yield the steps of a network of lesson 1 or 6: what the page's program does one after the other."""
    net = copy.deepcopy(net).cpu()
    parts: dict[str, Any] = dict(getattr(net, "paper", net).named_children())
    if hasattr(net, "paper"):
        yield from _paper(parts)
        return
    convolutions = [name for name, part in parts.items() if isinstance(part, nn.Conv2d)]
    for name in convolutions:
        yield _layer("conv", name, parts[name])
        yield {"kind": "relu", "name": f"ReLU of {name}"}
        if parts[name].weight.shape[0] != 120:  # C5 of LeNet-5 sees its maps whole
            yield {"kind": "pool", "name": f"pooling after {name}"}
    yield {"kind": "flatten"}
    linear = [name for name, part in parts.items() if isinstance(part, nn.Linear)]
    for name in linear:
        yield _layer("linear", name, parts[name])
        if name != linear[-1]:
            yield {"kind": "relu", "name": f"ReLU of {name}"}


def _paper(parts: dict[str, Any]) -> Iterator[Step]:
    """Yield the steps of the network of 1998, as lesson 6 has it and lesson 5 trains it."""
    yield {"kind": "grey", "w": torch.tensor([-0.1, 1.275])}
    for name in ("c1", "s2", "c3", "s4", "c5", "f6"):
        part = parts[name]
        if name == "f6":
            yield {"kind": "flatten"}
        if name in ("s2", "s4"):
            yield {"kind": "subsample", "name": name, "w": part.coefficient.detach(), "b": part.bias.detach()}
        elif name == "c3":
            yield {"kind": "conv", "name": name, **_dense(part)}
        else:
            yield _layer("linear" if name == "f6" else "conv", name, part)
        yield {"kind": "tanh", "name": f"squashed {name}"}
    pictures = parts["output"].prototypes.detach()
    yield {"kind": "distance", "name": "penalties", "w": pictures, "shape": list(pictures.shape)}
    yield {"kind": "negative", "name": "scores"}


def _layer(kind: str, name: str, part: Any) -> Step:
    weight = part.weight.detach()
    shape = list(weight.shape[:3]) if kind == "conv" else list(weight.shape)
    return {"kind": kind, "name": name, "shape": shape, "w": weight, "b": part.bias.detach()}


def _dense(part: Any) -> Step:
    """Return the sparse convolution as one that has zeros where nothing is connected."""
    table, kernels = part.table, part.weight.detach()
    weight = kernels.new_zeros(len(table), 1 + max(map(max, table)), *kernels.shape[1:])
    pairs = [(row, column) for row, seen in enumerate(table) for column in seen]
    for kernel, (row, column) in zip(kernels, pairs, strict=True):
        weight[row, column] = kernel
    return {"shape": list(weight.shape[:3]), "w": weight, "b": part.bias.detach()}


def computes_the_same(steps: list[Step], images: Tensor, scores: Tensor) -> bool:
    """Whether the steps, done by torch, give the network's own scores."""
    x = images
    try:
        for step in steps:
            x = _DONE[step["kind"]](x, step)
    except RuntimeError:
        return False
    return x.shape == scores.shape and torch.allclose(x, scores, rtol=0, atol=CLOSE * float(scores.abs().max()))


_DONE: dict[str, Callable[[Tensor, Step], Tensor]] = {
    "conv": lambda x, step: F.conv2d(x, step["w"], step["b"]),
    "linear": lambda x, step: F.linear(x, step["w"], step["b"]),
    "subsample": lambda x, step: step["w"].view(-1, 1, 1) * 4 * F.avg_pool2d(x, 2) + step["b"].view(-1, 1, 1),
    "distance": lambda x, step: (x.unsqueeze(1) - step["w"]).square().sum(2),
    "relu": lambda x, _: F.relu(x),
    "pool": lambda x, _: F.max_pool2d(x, 2),
    "flatten": lambda x, _: x.flatten(1),
    "tanh": lambda x, _: 1.7159 * torch.tanh(2 / 3 * x),
    "grey": lambda x, step: step["w"][0] + step["w"][1] * x,
    "negative": lambda x, _: -x,
}
