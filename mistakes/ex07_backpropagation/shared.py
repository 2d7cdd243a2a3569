"""Lesson 7: what several files of the bank share."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from kata.authoring import GRADIENTS, Observation, autograd_refused


def see_gradients(see: Observation, place: str, call: Callable[..., Any], names: tuple[str, ...], *given: Any) -> None:
    """Observe what a backward function returns, and what becomes of what it is given."""
    before = [one.clone() if isinstance(one, Tensor) else one for one in given]
    with torch.no_grad(), autograd_refused():
        result = call(*given)
    kept = [torch.equal(a, b) for a, b in zip(given, before, strict=True) if isinstance(a, Tensor)]
    if len(names) > 1:
        count = f" of {len(result)}" if isinstance(result, tuple | list) else ""
        see(f"what is returned of {place}", f"a {type(result).__name__}{count}")
    else:
        result = (result,)
    kinds = [type(one).__name__ if not isinstance(one, Tensor) else "a tensor" for one in result]
    see(f"the kinds of what is returned of {place}", ", ".join(kinds))
    zeros = {name: torch.zeros(()) for name in names}
    found = dict(zip(names, result, strict=False))
    blank = {
        name: torch.zeros_like(value) if isinstance(value, Tensor) else zeros[name] for name, value in found.items()
    }
    see.amounts(f"the gradients of {place}", GRADIENTS, blank, found)
    see(f"whether the arguments of {place} are left as they are", all(kept))
    own = [one.data_ptr() != a.data_ptr() for one in result for a in given if isinstance(a, Tensor) and a.numel()]
    see(f"whether the gradients of {place} have memory of their own", all(own))
