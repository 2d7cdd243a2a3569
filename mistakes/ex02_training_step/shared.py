"""Lesson 2: what several files of the bank share."""

import copy
from typing import Any

import torch
from torch import Tensor, nn

from kata.authoring import LOSSES, Observation, seeded


def weights(net: nn.Module) -> dict[str, Tensor]:
    """Return a copy of every parameter."""
    return {name: parameter.detach().clone() for name, parameter in net.named_parameters()}


def gradients(net: nn.Module) -> dict[str, Tensor]:
    """Return every gradient; zeros where there is none."""
    return {name: torch.zeros_like(p) if p.grad is None else p.grad for name, p in net.named_parameters()}


def nothing(net: nn.Module) -> dict[str, Tensor]:
    """Return zeros for every parameter."""
    return {name: torch.zeros_like(parameter) for name, parameter in net.named_parameters()}


def give_gradients(net: Any, seed: int) -> Any:
    """Give every parameter that takes one a gradient."""
    for number, parameter in enumerate(net.parameters()):
        if parameter.requires_grad:
            parameter.grad = seeded(*parameter.shape, seed=seed + number).to(parameter.dtype)
    return net


def kind_of(value: object) -> str:
    """Describe what was returned, but for its numbers."""
    if isinstance(value, Tensor):
        return f"a tensor {tuple(value.shape)} {value.dtype}"
    return "a float" if isinstance(value, float) else f"{type(value).__name__}"


def see_loss(see: Observation, of: str, loss: Any) -> None:
    """Observe a loss."""
    see(f"what is returned as the loss of {of}", kind_of(loss))
    if isinstance(loss, Tensor | float):
        value = torch.as_tensor(loss).detach()
        see.amounts(f"the loss of {of}", LOSSES, {"the loss": torch.zeros_like(value)}, {"the loss": value})
