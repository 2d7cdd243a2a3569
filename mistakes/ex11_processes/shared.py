"""Lesson 11: what several files of the bank share."""

from typing import Any

import torch
from torch import Tensor

from kata.authoring import Observation


def see_ranks(see: Observation, place: str, words: Any, given: list[dict[str, Any]], before: Any = None) -> None:
    """Observe named tensors on each rank, of which some may be None."""
    there: dict[str, Tensor] = {}
    then: dict[str, Tensor] = {}
    for rank, found in enumerate(given):
        for name, one in found.items():
            if one is not None:
                there[f"{name} on rank {rank}"] = one
                then[f"{name} on rank {rank}"] = torch.zeros_like(one) if before is None else before[name]
    nothing = [
        f"{name} on rank {rank}" for rank, found in enumerate(given) for name, one in found.items() if one is None
    ]
    see(f"which of {place} are None", ", ".join(nothing) or "none of them")
    see.amounts(place, words, then, there)
