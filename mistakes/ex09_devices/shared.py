"""Lesson 9: what several files of the bank share."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from kata.authoring import LOSSES, Observation, give_gradients, small


def weights(net: nn.Module) -> dict[str, Tensor]:
    """Return a copy of every parameter."""
    return {name: parameter.detach().clone() for name, parameter in net.named_parameters()}


def kind_of(value: object) -> str:
    """Describe what was returned, but for its numbers."""
    if isinstance(value, Tensor):
        return f"a tensor {tuple(value.shape)} {value.dtype}"
    return "a float" if isinstance(value, float) else type(value).__name__


def see_loss(see: Observation, of: str, loss: Any) -> None:
    """Observe a loss."""
    see(f"what is returned as the loss of {of}", kind_of(loss))
    if isinstance(loss, Tensor | float):
        value = torch.as_tensor(loss, dtype=torch.float64).detach()
        see.amounts(f"the loss of {of}", LOSSES, {"the loss": torch.zeros_like(value)}, {"the loss": value})


def outcome(call: Callable[[], object]) -> object:
    """Return what a call gives, or the name of the error that it raises."""
    try:
        return call()
    except NotImplementedError:
        raise
    except Exception as error:  # noqa: BLE001  (whatever the learner's code raises is a fact)
        return type(error).__name__


def plain(net: Any, rate: float = 0.1, momentum: float = 0.0) -> torch.optim.SGD:
    """Return an optimizer of all parameters."""
    return torch.optim.SGD(net.parameters(), lr=rate, momentum=momentum)


def with_old_gradients() -> nn.Sequential:
    """Return a small network of which every parameter has a gradient already."""
    net = small()
    give_gradients(dict(net.named_parameters()), seed=1)
    return net
