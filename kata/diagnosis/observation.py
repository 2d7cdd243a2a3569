"""Observations: the facts that an observer records about an answer, and their comparison."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from kata.checking.devices import on_cpu
from kata.checking.doubles import seeded
from kata.diagnosis.amounts import GRADIENTS, VALUES, Amounts, Words
from kata.diagnosis.trace import Recorder, Trace, why_it_breaks


@dataclass(frozen=True)
class Fact:
    """An observed value and its name: ``("what reaches conv2", a tensor)``.

    In a forward pass `layer` names the step, and `calls` the torch functions since the step before; these are not
    compared. `when` identifies the forward pass. Tensors are kept on the CPU; `lies` lists their devices.
    """

    place: str
    value: object
    layer: str | None = None
    calls: tuple[str, ...] = ()
    when: str = ""
    lies: tuple[str, ...] = ()


class StopObserving(BaseException):
    """Ends an observation at its first difference from another."""


@dataclass
class Observation:
    """The facts of one run, in order; call it to add a fact, or `network` to record a forward pass."""

    facts: list[Fact] = field(default_factory=list)
    broken_layer: str | None = None
    used_otherwise: set[str] = field(default_factory=set)
    error: BaseException | None = None
    stopped_inside: bool = False
    compared_with: Observation | None = None

    def __call__(self, place: str, value: object) -> None:
        """Add a fact; tensors are copied."""
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
        """Return ``net(x)``; the input of each layer, and the `result`, become facts.

        If a network is run several times, `when` names the run: " in eval mode". `stations` are layers that are modules
        of the learner's own.
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
    """Whether two observations agree on the fact at `index`, or both end before it."""
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
    """Whether two observed values are equal, up to float32 rounding."""
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
    """Whether two tensors are equal up to float32 rounding, relative to the largest element."""
    if not a.is_floating_point():
        return torch.equal(a, b)
    largest = float(torch.nan_to_num(b).abs().max()) if b.numel() else 0.0
    return torch.allclose(a, b, rtol=1e-4, atol=1e-5 * min(max(largest, 1.0), 1e6), equal_nan=True)


def _places(value: object) -> tuple[str, ...]:
    """Return the devices of the tensors in a value, in order; () if all are on the CPU."""
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


def where_kept(net: Any, name: str, wanted: Iterable[str]) -> str:
    """Describe whether a network has an attribute of that name, or which others it has."""
    if name in vars(type(net)):
        return "an attribute of the class"
    if hasattr(net, name):
        return "kept"
    known = {*wanted, *vars(nn.Module())}
    others = [other for other in [*net._modules, *vars(net)] if other not in known]
    return f"missing; there is {', '.join(others[:5])}" if others else "missing"


def kind_of(layer: Any) -> object:
    """Describe a layer by what it computes, or by its type."""
    if isinstance(layer, nn.Conv2d):
        padding = (0, 0) if layer.padding == "valid" else layer.padding
        settings: dict[str, object] = {
            name: getattr(layer, name) for name in ("in_channels", "out_channels", "kernel_size", "stride")
        }
        settings |= {"padding": padding, "dilation": layer.dilation, "groups": layer.groups}
        return settings_of("a convolution", layer, settings)
    if isinstance(layer, nn.Linear):
        sizes: dict[str, object] = {"in_features": layer.in_features, "out_features": layer.out_features}
        return settings_of("a linear layer", layer, sizes)
    if isinstance(layer, nn.Sequential):
        return f"Sequential of {', '.join(type(part).__name__ for part in layer)}"
    if isinstance(layer, list | tuple):
        return type(layer)(kind_of(part) for part in layer)
    return type(layer).__name__


def settings_of(kind: str, layer: Any, settings: dict[str, object]) -> dict[str, object]:
    """Return the settings of a layer, including those that all layers have."""
    return {"kind": kind, **settings, "bias": layer.bias is not None, "dtype": str(layer.weight.dtype)}


def refusal(call: Callable[[], object], *parts: str) -> str:
    """Describe what a call raises, and whether the message names all parts."""
    try:
        call()
    except NotImplementedError:
        raise
    except Exception as error:  # noqa: BLE001  (which one it is, is the fact)
        names_it = all(part.lower() in str(error).lower() for part in parts)
        return f"{type(error).__name__} that {'names' if names_it else 'does not name'} {' and '.join(parts)}"
    return "no error"


def see_module(see: Observation, make: Any, names: tuple[str, ...], is_random: bool = True) -> Any:
    """Observe the construction of a module, and return it."""
    torch.default_generator.manual_seed(1)
    made = make()
    see("whether it is an nn.Module", isinstance(made, nn.Module) and "_parameters" in vars(made))
    see("what is assigned to self", {name: where_kept(made, name, names) for name in names})
    for name in names:
        value = getattr(made, name)
        see(f"the dimensions of {name}", value.dim() if isinstance(value, Tensor) else None)
        shown = f"{type(value).__name__} {tuple(value.shape)}" if isinstance(value, Tensor) else kind_of(value)
        see(f"the attribute {name}", shown)
    see("its buffers", [name for name, _ in made.named_buffers()])
    see("the shapes of its parameters", {name: tuple(p.shape) for name, p in made.named_parameters()})
    see("which parameters take gradients", [p.requires_grad for p in made.parameters()])
    torch.default_generator.manual_seed(2)
    other, state = make(), torch.get_rng_state()
    pairs = [(p, other.get_parameter(name)) for name, p in made.named_parameters()]
    see("which parameters two modules share", [p is q for p, q in pairs])
    see("which parameters start at random", [p.numel() == 1 or not torch.equal(p, q) for p, q in pairs if is_random])
    torch.default_generator.manual_seed(1)
    make()
    see("whether two seeds leave the same random state", is_random and torch.equal(state, torch.get_rng_state()))
    return made


def see_call(see: Observation, module: Any, x: Tensor, what: str) -> None:
    """Observe a module's output, its side effects, and the gradients."""
    before, state = x.clone(), torch.get_rng_state()
    given = module(x)
    see(f"what comes of {what}", given)
    see(f"the input after {what}", torch.equal(x, before) and torch.equal(state, torch.get_rng_state()))
    see(f"whether {what} leaves a graph", given.requires_grad)
    see_gradients(see, module, x, what)
    see(f"the dtype of {what} in float64", str(module.double()(x.double()).dtype))
    module.float()


def see_values(see: Observation, what: str, values: dict[str, Tensor]) -> None:
    """Observe named values, described by the factor between them and the expected ones."""
    see.amounts(what, VALUES, {name: torch.zeros_like(value) for name, value in values.items()}, values)


def see_gradients(see: Observation, module: Any, x: Tensor, what: str) -> None:
    """Observe the gradients of parameters and input."""
    mine = x.clone().requires_grad_()
    given = module(mine)
    (given * seeded(*given.shape, seed=8)).sum().backward()
    found = {name: p.grad for name, p in module.named_parameters()} | {"the input": mine.grad}
    zeros = {name: torch.zeros(()) if grad is None else torch.zeros_like(grad) for name, grad in found.items()}
    see.amounts(
        f"the gradients of {what}", GRADIENTS, zeros, {n: zeros[n] if g is None else g for n, g in found.items()}
    )
