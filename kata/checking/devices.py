"""The accelerators of this machine that torch can use, and torch's warnings while it looks for them."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

THIS_MACHINE = "This machine:"  # begins each sentence about it, which is no fault of an answer
_INSTEAD = "the checks run on the CPU and the pretend accelerator"


@dataclass(frozen=True)
class Devices:
    """The accelerators that torch can use.

    Args:
        names: "cuda" or "mps", if there is one.
        notes: a line for each warning or error of torch.
    """

    names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@cache
def real_devices() -> Devices:
    """Return the accelerators that torch can use. Torch is asked once per process; its errors become notes."""
    import torch

    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            found = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
        except Exception as error:  # noqa: BLE001  (drivers fail in many ways)
            raised = f"{THIS_MACHINE} torch raised {_in_short(error)} while it looked for an accelerator; {_INSTEAD}."
            return Devices((), (raised,))
    names = (str(found),) if found is not None else ()
    end = "." if names else f"; {_INSTEAD}."
    notes = dict.fromkeys(f"{THIS_MACHINE} torch warns of {_in_short(one.message)}{end}" for one in said)
    return Devices(names, tuple(notes))


@cache
def why_unusable(name: str) -> str:
    """Return why no tensor can be created on an accelerator, or "" if one can."""
    import torch

    try:
        torch.ones(1, device=name).add(1).cpu()
    except Exception as error:  # noqa: BLE001  (drivers fail in many ways)
        return f"torch says that there is an accelerator ({name}), and cannot make a tensor there: {_in_short(error)}"
    return ""


def on_cpu(tensor: Tensor) -> Tensor:
    """Return a tensor detached and on the CPU. A tensor on the "meta" device has no values and stays there."""
    return tensor.detach() if tensor.is_meta else tensor.detach().cpu()


def _in_short(said: Warning | Exception | str) -> str:
    first = next(iter(str(said).strip().splitlines()), "")
    return f"{type(said).__name__}: {first.rstrip('.')}"[:300]


def found_devices() -> tuple[str, ...]:
    """Return the accelerators found so far, without asking torch, which takes time."""
    return real_devices().names if real_devices.cache_info().currsize else ()
