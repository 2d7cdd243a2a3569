"""Lesson 3: what several files of the bank share."""

import copy
from typing import Any

import torch
from torch import Tensor, nn

from kata.authoring import seeded

ORDINALS = ("first", "second", "third", "fourth")


def kind_of(value: object) -> str:
    """Describe what was returned, but for its numbers."""
    if isinstance(value, Tensor):
        return f"a tensor {tuple(value.shape)} {value.dtype}"
    return "a float" if isinstance(value, float) else f"{type(value).__name__}"


SHAPES = {"weight": (3, 4), "bias": (4,), "scale": (), "second weight": (3, 4)}


def parameters(dtype: torch.dtype = torch.float32) -> dict[str, nn.Parameter]:
    """Return parameters of several shapes, two of them alike."""
    return {
        name: nn.Parameter(seeded(*shape, seed=number + 40).to(dtype) / 3)
        for number, (name, shape) in enumerate(SHAPES.items())
    }


def values(params: dict[str, nn.Parameter]) -> dict[str, Tensor]:
    """Return a copy of the numbers of each parameter."""
    return {name: parameter.detach().clone() for name, parameter in params.items()}


def slopes(params: dict[str, nn.Parameter]) -> dict[str, Tensor]:
    """Return a copy of each gradient; zeros where there is none."""
    return {name: torch.zeros_like(p) if p.grad is None else p.grad.clone() for name, p in params.items()}


def zeros(params: dict[str, nn.Parameter]) -> dict[str, Tensor]:
    """Return zeros for each parameter."""
    return {name: torch.zeros_like(parameter) for name, parameter in params.items()}


NAMES = ("lr", "momentum", "weight_decay")


def settings_of(group: dict[str, Any]) -> dict[str, Any]:
    """Return the three settings of a group; where one is missing, whether there is a number of another name."""
    others = [v for name, v in group.items() if name not in NAMES and type(v) is float and v]
    missing = "kept under another name" if others else "missing"
    return {name: plain_number(group[name]) if name in group else missing for name in NAMES}


def plain_number(value: Any) -> Any:
    """Return a number as a float: 0 is as good as 0.0."""
    return float(value) if isinstance(value, int) else value
