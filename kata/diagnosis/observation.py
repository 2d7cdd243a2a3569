"""An observation: the ordered facts of one run of an exercise, and how two of them are compared."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from kata.checking.devices import on_cpu
from kata.diagnosis.amounts import Amounts, Words
from kata.diagnosis.trace import Recorder, Trace, why_it_breaks


@dataclass(frozen=True)
class Fact:
    """Something observed at a place: ``("what reaches conv2", a tensor)``.

    Along the walk through a network `layer` names the station, and `calls` the torch functions that
    ran since the one before; they explain, and are not compared. `when` tells one walk from another.
    Tensors are kept on the CPU, where they can be compared; `lies` says on which devices they were, in order.
    """

    place: str
    value: object
    layer: str | None = None
    calls: tuple[str, ...] = ()
    when: str = ""
    lies: tuple[str, ...] = ()


class StopObserving(BaseException):
    """An observation that is only compared has met its first difference."""


@dataclass
class Observation:
    """The facts of one run, in order; call it to add one, or `network` to run a network step by step."""

    facts: list[Fact] = field(default_factory=list)
    broken_layer: str | None = None
    used_otherwise: set[str] = field(default_factory=set)
    error: BaseException | None = None
    stopped_inside: bool = False
    compared_with: Observation | None = None

    def __call__(self, place: str, value: object) -> None:
        """Add a fact; a tensor is copied as it is now."""
        self._add(Fact(place, _frozen(value), lies=_places(value)))

    def amounts(self, place: str, words: Words, before: Mapping[str, Tensor], after: Mapping[str, Tensor]) -> None:
        """Add named tensors as one fact, with what they were `before`."""
        then, now = ({name: _frozen(value) for name, value in its.items()} for its in (before, after))
        self._add(Fact(place, Amounts(words, then, now), lies=_places(list(after.values()))))

    def _add(self, fact: Fact) -> None:
        self.facts.append(fact)
        if self.compared_with is not None and not _agrees(self.compared_with.facts, len(self.facts) - 1, fact):
            raise StopObserving

    def network(self, net: nn.Module, x: Tensor, result: str, when: str = "", stations: Iterable[str] = ()) -> Any:
        """Run ``net(x)`` and return what it gives; what reaches each layer is a fact, and the `result` too.

        Where a network is run more than once, `when` tells the runs apart: " in eval mode". Layers that are modules
        of the learner's own are named as `stations`.
        """
        recorder = Recorder(net, stations)
        try:
            with recorder:
                given = net(x)
        finally:
            self._add_walk(net, recorder.trace, when)
        calls, lies = recorder.trace.calls_after, _places(given)
        self._add(Fact(f"the {result}{when}", _frozen(given), result, calls, when, lies))
        return given

    def _add_walk(self, net: nn.Module, trace: Trace, when: str) -> None:
        self.used_otherwise |= trace.used_otherwise
        for step in trace.steps:
            self._add(Fact(f"what reaches {step.layer}{when}", step.input, step.layer, step.calls, when, step.lies))
            layer = getattr(net, step.layer, None)
            if not step.done and isinstance(layer, nn.Module):
                why = why_it_breaks(layer, step.input)
                self.broken_layer = f"{step.layer} {why}" if why else None


def _agrees(facts: list[Fact], index: int, fact: Fact) -> bool:
    other = facts[index] if index < len(facts) else None
    return other is not None and other.place == fact.place and other.lies == fact.lies and same(other.value, fact.value)


def agree(a: Observation, b: Observation, index: int) -> bool:
    """Whether two observations agree on the fact at `index`; both may have ended before it."""
    if index >= len(a.facts) or index >= len(b.facts):
        return len(a.facts) == len(b.facts)
    return _agrees(a.facts, index, b.facts[index])


def first_difference(a: Observation, b: Observation) -> int | None:
    """Return the index of the first fact in which two observations differ, or None."""
    for index, fact in enumerate(b.facts):
        if not _agrees(a.facts, index, fact):
            return index
    return None if len(a.facts) == len(b.facts) else len(b.facts)


def same(a: object, b: object) -> bool:
    """Whether two observed values are equal; numbers within the noise of float32."""
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        alike = a.shape == b.shape and a.dtype == b.dtype and a.is_meta == b.is_meta
        return alike and (a.is_meta or _close(a, b))
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, Amounts) and isinstance(b, Amounts):
        return a.after.keys() == b.after.keys() and all(same(value, b.after[name]) for name, value in a.after.items())
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=1e-4, abs_tol=1e-5) or (math.isnan(a) and math.isnan(b))
    return type(a) is type(b) and bool(a == b)


def _close(a: Tensor, b: Tensor) -> bool:
    """Whether two tensors are equal within the noise of float32 sums, whose size goes with the largest number."""
    if not a.is_floating_point():
        return torch.equal(a, b)
    largest = float(torch.nan_to_num(b).abs().max()) if b.numel() else 0.0
    return torch.allclose(a, b, rtol=1e-4, atol=1e-5 * min(max(largest, 1.0), 1e6), equal_nan=True)


def _places(value: object) -> tuple[str, ...]:
    """Return where the tensors of a value lie, in order; nothing where all lie on the CPU, as they usually do."""
    found = tuple(str(one.device) for one in _tensors_in(value))
    return found if any(one != "cpu" for one in found) else ()


def _tensors_in(value: object) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, tuple | list):
        for part in value:
            yield from _tensors_in(part)


def _frozen(value: object) -> object:
    if isinstance(value, Tensor):
        return on_cpu(value).clone()
    if isinstance(value, tuple):
        return tuple(map(_frozen, value))
    return list(map(_frozen, value)) if isinstance(value, list) else value
