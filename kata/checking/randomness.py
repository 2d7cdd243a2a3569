"""The random states of a process: one and the same for each check, and afterwards what they were."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

from kata.checking.devices import found_devices


def fixed() -> Callable[[], None]:
    """Seed Python's, numpy's and torch's random states; the result puts back what they were."""
    import numpy
    import torch

    states = random.getstate(), numpy.random.get_state(), torch.random.get_rng_state()
    far = [(state, put, seed) for state, put, seed in _of_accelerators()]
    random.seed(0)
    numpy.random.seed(0)
    torch.default_generator.manual_seed(0)  # torch.manual_seed would queue a call for each absent device, each time
    for _, _, seed in far:
        seed(0)

    def restore() -> None:
        random.setstate(states[0])
        numpy.random.set_state(states[1])
        torch.random.set_rng_state(states[2])
        for state, put, _ in far:
            put(state)

    return restore


def _of_accelerators() -> Iterator[tuple[Any, Callable[[Any], object], Callable[[int], object]]]:
    """Yield for each accelerator in use its random state now, how to put it, and how to seed it.

    What nobody has used is left asleep: to ask a card for its random state wakes it up.
    """
    import torch

    for module in (torch.cuda, torch.xpu):
        if module.is_initialized():
            for generator in module.default_generators:
                yield generator.get_state(), generator.set_state, generator.manual_seed
    if "mps" in found_devices():
        yield torch.mps.get_rng_state(), torch.mps.set_rng_state, torch.mps.manual_seed
