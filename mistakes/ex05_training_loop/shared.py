"""Lesson 5: what several files of the bank share."""

import io
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kata.authoring import (
    ForwardSpy,
    Observation,
    TransferSpy,
    batches,
    partly_frozen,
    pretend_accelerator,
    seeded,
    with_modes,
)

# What is observed with.


def small() -> Any:
    """Return a network of two layers. (N, 1, 32, 32) -> (N, 10)."""
    return partly_frozen().requires_grad_(True)


def sgd(net: Any, rate: float = 0.05, momentum: float = 0.0) -> Any:
    """Return an optimizer of all parameters."""
    return torch.optim.SGD(net.parameters(), lr=rate, momentum=momentum)


def weights(net: nn.Module) -> dict[str, Tensor]:
    """Return a copy of every parameter."""
    return {name: parameter.detach().clone() for name, parameter in net.named_parameters()}


def kind_of(value: object) -> str:
    """Describe what was returned, but for its numbers."""
    if isinstance(value, Tensor):
        return f"a tensor {tuple(value.shape)} {value.dtype} on {value.device.type}"
    return "a float" if isinstance(value, float) else type(value).__name__


def plain(value: Any) -> object:
    """Return a number that can be compared, whatever type it came in."""
    if isinstance(value, Tensor):
        return value.detach().double()
    return float(value) if isinstance(value, int | float) else value


def outcome(call: Callable[[], object]) -> str:
    """Return the name of the error that a call raises, or that it raises none."""
    try:
        call()
    except Exception as error:  # noqa: BLE001  (whatever the learner's code raises is a fact)
        return type(error).__name__
    return "no error"


def see_device(see: Observation, run: Callable[[Any, Any, str], object]) -> None:
    """Observe whether images and labels are moved to the device that is asked for, and to no other that is there."""
    for device in ("cuda", "cpu"):
        with pretend_accelerator():
            net, moves = ForwardSpy(nn.Sequential(nn.Flatten(), nn.Linear(1024, 10)).to(device)), TransferSpy()
            with moves:
                outcome(lambda: run(net, batches(4, 2), device))
        see(f"the device on which images reach a network on {device}", net.devices[:1])
        see(f"whether labels are moved to an accelerator for a network on {device}", moves.labels)


def modes(net: nn.Module) -> list[bool]:
    """Return the mode of each module."""
    return [module.training for module in net.modules()]


def trained(build: Callable[[], Any] = with_modes, steps: int = 2) -> tuple[Any, Any]:
    """Return a network that took some steps, and its optimizer, which remembers them."""
    net = build()
    optimizer = sgd(net, 0.05, 0.9)
    for number in range(steps):
        for place, parameter in enumerate(net.parameters()):
            parameter.grad = seeded(*parameter.shape, seed=number * 20 + place)
        optimizer.step()
    for place, buffer in enumerate(net.buffers()):
        if buffer.is_floating_point():
            buffer.copy_(seeded(*buffer.shape, seed=place + 90).abs() + 0.1)
    return net, optimizer


def fresh() -> tuple[Any, Any]:
    """Return a network that has learned nothing, and an optimizer with other settings."""
    net: Any = with_modes()
    return net, sgd(net, 0.3, 0.5)


def state(net: Any) -> list[Any]:
    """Return a copy of every parameter and buffer."""
    return [value.detach().clone() for value in net.state_dict().values()]


def memory(optimizer: Any) -> list[Any]:
    """Return a copy of what an optimizer remembers, and of its settings."""
    kept = [
        value.clone() if isinstance(value, Tensor) else value
        for group in optimizer.param_groups
        for parameter in group["params"]
        for value in optimizer.state.get(parameter, {}).values()
    ]
    return [*kept, *([group["lr"], group["momentum"]] for group in optimizer.param_groups)]


def entries(net: Any, optimizer: Any, epoch: int = 4) -> dict[str, Any]:
    """Return what a checkpoint holds."""
    return {"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}


def as_bytes(value: object) -> bytes:
    """Return what torch.save makes of a value."""
    memory = io.BytesIO()
    torch.save(value, memory)
    return memory.getvalue()


def same_numbers(one: list[Any], other: list[Any]) -> bool:
    """Whether two lists of tensors and settings are equal."""
    return len(one) == len(other) and all(
        torch.equal(a, b) if isinstance(a, Tensor) and isinstance(b, Tensor) else a == b
        for a, b in zip(one, other, strict=True)
    )


def step(net: Any, images: Any, labels: Any, optimizer: Any) -> Any:
    """Make one right step and return its loss."""
    loss = F.cross_entropy(net(images), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()
