"""Lesson 8: what several files of the bank share."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import Tensor

from kata.authoring import GRADIENTS, VALUES, Observation, numbers


def see_result(
    see: Observation,
    place: str,
    refusing: Callable[[], AbstractContextManager[None]],
    call: Callable[..., Any],
    *given: Any,
) -> Any:
    """Observe what a function returns, and what becomes of the tensors that it is given."""
    before = [one.clone() if isinstance(one, Tensor) else one for one in given]
    with refusing():
        result = call(*given)
    if not isinstance(result, Tensor):
        see(f"what is returned for {place}", f"a {type(result).__name__}")
        return None
    see(f"the shape of the result for {place}", str(tuple(result.shape)))
    see.amounts(f"the case of {place}", VALUES, {"the result": torch.zeros_like(result)}, {"the result": result})
    kept = [torch.equal(a, b) for a, b in zip(given, before, strict=True) if isinstance(a, Tensor)]
    see(f"whether the arguments as they are for {place}", all(kept))
    return result


def see_gradients(see: Observation, place: str, call: Callable[..., Any], **leaves: Tensor) -> None:
    """Observe the gradients that flow back through a function to each of the tensors that it is given."""
    mine = {name: one.clone().requires_grad_() for name, one in leaves.items()}
    result = call(*mine.values())
    see(f"whether the result of {place} is tied to its arguments by a graph", result.requires_grad)
    (result * numbers(*result.shape, seed=9)).sum().backward()
    found = {name: torch.zeros_like(one) if one.grad is None else one.grad for name, one in mine.items()}
    see.amounts(
        f"the gradients of {place}", GRADIENTS, {name: torch.zeros_like(one) for name, one in mine.items()}, found
    )
