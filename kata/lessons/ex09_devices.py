"""Fake machines with other accelerators, and spies on where and how a step is computed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple
from unittest import mock

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from kata.checking import expect
from kata.checking.pretend import pretend_accelerator

KINDS = ("cuda", "mps", "xpu")
BUILT_FOR = "built for cuda, which is not there"


@contextmanager
def fake_machine(kind: str) -> Iterator[None]:
    """Let torch answer as on another machine within a ``with`` block.

    Args:
        kind: "cuda", "mps" or "xpu", its only accelerator; "" for none; `BUILT_FOR` if torch was built for one that
            cannot be used.
    """
    there = kind if kind in KINDS else ""

    def current(check_available: bool = False) -> torch.device | None:
        named = "cuda" if kind == BUILT_FOR and not check_available else there
        return torch.device(named) if named else None

    answers: list[tuple[Any, str, Any]] = [
        (torch.accelerator, "current_accelerator", current),
        (torch.accelerator, "current_device_index", lambda: 0),
        (torch, "set_default_device", _refuse_default),
        (torch.backends.mps, "is_built", lambda: there == "mps"),
        (torch.backends.mps, "is_available", lambda: there == "mps"),
    ]
    for module, is_there in [(torch.accelerator, bool(there)), *((getattr(torch, one), one == there) for one in KINDS)]:
        answers.append((module, "is_available", partial(bool, is_there)))
        answers.append((module, "device_count", partial(int, is_there)))
    with ExitStack() as stack:
        if there == "cuda":
            stack.enter_context(pretend_accelerator())  # tensors can be made there
        for target, name, value in answers:
            stack.enter_context(mock.patch.object(target, name, value, create=True))
        yield


def _refuse_default(device: object) -> None:
    why = "It is the caller's: a device that is picked is given back, and nothing is set."
    raise expect.SideEffect("the default device", "as it was", f"set to {device}", why)


class Pair(NamedTuple):
    """A batch as a named tuple."""

    images: Any
    labels: Any


@dataclass
class Sample:
    """A batch as a dataclass."""

    images: Any
    labels: Any
    source: str = "digits"


@dataclass(frozen=True)
class Fixed:
    """A batch as a frozen dataclass."""

    images: Any
    weight: float = 1.0


class CopySpy(TorchFunctionMode):
    """Records each copy of a tensor to another device: whether it blocks, and whether it is forced.

    A call that moves nothing is no copy, unless it is forced.
    """

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[bool] = []
        self.forced = False

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        words = kwargs or {}
        name = getattr(func, "__name__", "")
        result = func(*args, **words)
        if name not in ("to", "cuda", "cpu", "as_tensor", "tensor", "type_as"):
            return result
        flags = [one for one in args[2:] if isinstance(one, bool)] if name == "to" else []
        self.forced |= bool(words.get("copy", flags[1] if len(flags) > 1 else False))
        if isinstance(args[0], Tensor) and isinstance(result, Tensor) and args[0].device != result.device:
            self.waits.append(not words.get("non_blocking", flags[0] if flags else False))
        return result


_ASKS = ("item", "tolist", "numpy", "cpu", "__float__", "__int__", "__bool__", "__index__", "__array__", "__format__")


class ReadSpy(TorchFunctionMode):
    """Counts how often the CPU reads a value that lies on another device, and so waits for it."""

    def __init__(self) -> None:
        super().__init__()
        self.times = 0

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = getattr(func, "__name__", "")
        asks = name in _ASKS or (name == "to" and "cpu" in map(str, (*args[1:], *(kwargs or {}).values())))
        self.times += asks and isinstance(args[0], Tensor) and args[0].device.type != "cpu"
        return func(*args, **(kwargs or {}))


class CallLog:
    """A log of a training step, in order.

    Args:
        net: the network; its first parameter requires a gradient.
        criterion: computes a loss from scores and target.
    """

    def __init__(self, net: nn.Module, criterion: nn.Module) -> None:
        self.lines: list[str] = []
        self._kind = next(net.parameters()).device.type
        self.net, self.criterion = _Noted(net, self, "the network"), _Noted(criterion, self, "the criterion")
        next(net.parameters()).register_hook(lambda _: self._note("gradients flow back"))

    def optimizer(self, optimizer: Any) -> Any:
        """Log the steps of an optimizer, too, and return it."""
        optimizer.register_step_pre_hook(lambda *_: self._note("the optimizer steps"))
        return optimizer

    def _note(self, what: str) -> None:
        under = " under autocast" if torch.is_autocast_enabled(self._kind) else ""
        self.lines.append(f"{what}{under}")


class _Noted(nn.Module):
    def __init__(self, inside: nn.Module, course: CallLog, what: str) -> None:
        super().__init__()
        self.inside = inside
        self._course, self._what = course, what

    def forward(self, *given: Tensor) -> Any:
        result = self.inside(*given)
        self._course._note(f"{self._what} gives {str(result.dtype).removeprefix('torch.')}")
        return result


def autocast_is_on() -> bool:
    """Whether autocast is on, for the CPU or an accelerator."""
    return any(torch.is_autocast_enabled(kind) for kind in ("cpu", *KINDS))
