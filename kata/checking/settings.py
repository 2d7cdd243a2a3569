"""The settings of a process that learners' code may change: how to ask for each, and how to put it back."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any


def settings() -> Iterator[tuple[str, Callable[[], Any], Callable[[Any], object]]]:
    """Yield the settings of the process that learners' code may change: in words, how to ask, and how to put."""
    import torch

    yield "the default dtype", torch.get_default_dtype, torch.set_default_dtype
    yield "the default device", _default_device, _set_default_device
    yield "inference mode", torch.is_inference_mode_enabled, _set_inference_mode
    yield "whether gradients are recorded", torch.is_grad_enabled, torch.set_grad_enabled
    yield "autocast", partial(torch.is_autocast_enabled, "cpu"), partial(torch.set_autocast_enabled, "cpu")
    yield "the number of threads", torch.get_num_threads, torch.set_num_threads
    deterministic = torch.are_deterministic_algorithms_enabled, torch.use_deterministic_algorithms
    yield "deterministic algorithms", *deterministic
    for name in ("deterministic", "benchmark"):
        yield f"torch.backends.cudnn.{name}", *_attribute(torch.backends.cudnn, name)
    yield "the hooks of all modules", _hooks, _set_hooks
    yield "the current folder", _folder, os.chdir


def _attribute(owner: Any, name: str) -> tuple[Callable[[], Any], Callable[[Any], object]]:
    return partial(getattr, owner, name), partial(setattr, owner, name)


_held: list[Any] = []  # a mode lasts as long as what made it


def _set_inference_mode(on: bool) -> None:
    import torch

    _held.append(torch.inference_mode(on))
    _held[-1].__enter__()


def _spaces_of_hooks() -> dict[str, Any]:
    from torch.nn.modules import module

    return {
        name: hooks for name, hooks in vars(module).items() if name.startswith("_global_") and hasattr(hooks, "clear")
    }


def _hooks() -> dict[str, Any]:
    return {name: dict(hooks) for name, hooks in _spaces_of_hooks().items() if hooks}


def _set_hooks(wanted: dict[str, Any]) -> None:
    for name, hooks in _spaces_of_hooks().items():
        hooks.clear()
        hooks.update(wanted.get(name, {}))


def _folder() -> str:
    try:
        return os.getcwd()
    except OSError:
        return "a folder that is gone"


def _default_device() -> Any:
    import torch

    try:
        return torch.get_default_device()
    except AttributeError:  # torch 2.6 cannot say it once it was put back
        return torch.device("cpu")


def _set_default_device(device: Any) -> None:
    import torch

    # Naming the CPU would leave a mode behind that slows every later call; None removes it.
    torch.set_default_device(None if device.type == "cpu" else device)
