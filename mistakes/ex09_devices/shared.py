"""Lesson 9: what several files of the bank share."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from kata.authoring import LOSSES, Observation, seeded


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


def small() -> nn.Sequential:
    """Return a network with weights of its own. (N, 5) -> (N, 4)."""
    net = nn.Sequential(nn.Linear(5, 6), nn.Tanh(), nn.Linear(6, 4))
    for number, parameter in enumerate(net.parameters()):
        parameter.data = seeded(*parameter.shape, seed=number + 90) / 2
    return net


def few(count: int = 7, seed: int = 1) -> tuple[Tensor, Tensor]:
    """Return inputs (count, 5) and class numbers for `small`."""
    return seeded(count, 5, seed=seed), (torch.arange(count) * 3 + seed) % 4


def plain(net: Any, rate: float = 0.1, momentum: float = 0.0) -> torch.optim.SGD:
    """Return an optimizer of all parameters."""
    return torch.optim.SGD(net.parameters(), lr=rate, momentum=momentum)


def give_gradients(net: nn.Module) -> nn.Module:
    """Give every parameter an old gradient."""
    for number, parameter in enumerate(net.parameters()):
        parameter.grad = seeded(*parameter.shape, seed=number)
    return net
