"""Record a forward pass: the input of each layer, and the torch calls in between.

A torch function mode sees every call, however it is written: a layer called as a module, `F.conv2d` with the layer's
weight, a method of a tensor. Layers are identified by their weight; modules of the learner's own by being called.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode, resolve_name

from kata.checking.devices import on_cpu

_WITH_WEIGHT = {"linear": 1, "conv2d": 1, "conv1d": 1, "bilinear": 2}
FOREIGN = "a layer that is not part of the network"
_SILENT = {"requires_grad_", "__get__", "__set__", "__getitem__", "__setitem__", "backward"}


@dataclass
class Step:
    """One layer's call: its name, a copy of its input, and the torch calls that led to the input.

    `done` is False if the layer raised; `lies` is the device of the input, "" for the CPU.
    """

    layer: str
    input: Tensor
    calls: tuple[str, ...]
    done: bool = False
    lies: tuple[str, ...] = ()


@dataclass
class Trace:
    """The layers of one forward pass in order, the torch calls after the last one, and unusual uses of layers."""

    steps: list[Step] = field(default_factory=list)
    calls_after: tuple[str, ...] = ()
    used_otherwise: set[str] = field(default_factory=set)


class Recorder(TorchFunctionMode):
    """Record a forward pass within a ``with`` block into `trace`.

    Args:
        net: the network; layers are named by their attributes.
        stations: attributes that are recorded when they are called; if given, nothing else counts as a layer.
    """

    def __init__(self, net: nn.Module, stations: Iterable[str] = ()) -> None:
        super().__init__()
        self.trace = Trace()
        self._net = net
        self._pending: list[str] = []
        self._stations = {name: part for name in stations if isinstance(part := getattr(net, name, None), nn.Module)}
        self._hooks: list[Any] = []
        self._inside: list[Step] = []

    def __enter__(self) -> Recorder:
        for name, part in self._stations.items():
            self._hooks.append(part.register_forward_pre_hook(partial(self._enters, name)))
            self._hooks.append(part.register_forward_hook(self._leaves))
        super().__enter__()  # type: ignore[no-untyped-call]  # the exclusion does not cover super()
        return self

    def _enters(self, name: str, part: nn.Module, args: Any) -> None:
        if args and isinstance(args[0], Tensor):
            self._inside.append(self._step(name, args[0]))

    def _leaves(self, part: nn.Module, args: Any, result: Any) -> None:
        if self._inside:
            self._inside.pop().done = True

    def _step(self, layer: str, source: Tensor) -> Step:
        calls = tuple(self._pending)
        step = Step(layer, on_cpu(source).clone(), calls, lies=() if source.is_cpu else (str(source.device),))
        self._pending.clear()  # of the copy, too: a hook's calls of torch are seen like any others
        self.trace.steps.append(step)
        return step

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if self._inside:
            return func(*args, **kwargs)
        step = self._layer_step(func, args, kwargs)
        result = func(*args, **kwargs)
        if step is not None:
            step.done = True
        elif isinstance(result, Tensor):
            self._note_use(args)
            name = (resolve_name(func) or "").rpartition(".")[2] or getattr(func, "__name__", "?")
            if name not in _SILENT:
                self._pending.append(name)
        return result

    def _note_use(self, args: Any) -> None:
        """Record a layer whose weight is used by another function than the layer's: a product, a cast."""
        for given in args:
            if isinstance(given, nn.Parameter):
                self.trace.used_otherwise.add(self._name_of(given))

    def _layer_step(self, func: Any, args: Any, kwargs: Any) -> Step | None:
        position = _WITH_WEIGHT.get(getattr(func, "__name__", ""))
        if position is None or self._stations:
            return None
        weight = kwargs.get("weight", args[position] if len(args) > position else None)
        source = kwargs.get("input", args[0] if args else None)
        if not isinstance(weight, Tensor) or not isinstance(source, Tensor):
            return None
        return self._step(self._name_of(weight), source)

    def _name_of(self, weight: Tensor) -> str:
        named = {id(p): name for name, p in self._net.named_parameters(remove_duplicate=False)}
        attributes = {id(getattr(m, "weight", None)): name for name, m in _public_layers(self._net)}
        name = attributes.get(id(weight)) or named.get(id(weight), "").removesuffix(".weight")
        return name or FOREIGN

    def __exit__(self, *exception: Any) -> None:
        for hook in self._hooks:
            hook.remove()
        self.trace.calls_after = tuple(self._pending)
        super().__exit__(*exception)  # type: ignore[no-untyped-call]  # the exclusion does not cover super()


def _public_layers(net: nn.Module) -> list[tuple[str, nn.Module]]:
    return [(name, value) for name, value in net._modules.items() if isinstance(value, nn.Module)]


def why_it_breaks(layer: nn.Module, given: Tensor) -> str | None:
    """Return why a layer cannot take an input, from its settings, or None."""
    shape = tuple(given.shape)
    if isinstance(layer, nn.Linear):
        if not shape:
            return f"takes rows of {layer.in_features} numbers, and was given one number without dimensions"
        if shape[-1] != layer.in_features:
            return f"takes rows of {layer.in_features} numbers, and was given {shape}: rows of {shape[-1]}"
    elif isinstance(layer, nn.Conv2d):
        if len(shape) not in (3, 4):
            return f"takes images (N, C, H, W), and was given {shape}: {len(shape)} dimensions"
        if shape[-3] != layer.in_channels:
            return f"takes {layer.in_channels} channels, and was given {shape}: {shape[-3]} channels"
        sides = [side + 2 * p for side, p in zip(shape[-2:], _pair(layer.padding), strict=True)]
        spans = [d * (k - 1) + 1 for d, k in zip(layer.dilation, layer.kernel_size, strict=True)]
        if layer.padding != "same" and any(side < span for side, span in zip(sides, spans, strict=True)):
            return f"has a kernel of {layer.kernel_size}, larger than what it was given: {shape}"
    if given.dtype != next(layer.parameters(), torch.empty(0)).dtype:
        return f"has weights of another dtype than what it was given: {given.dtype}"
    return None


def _pair(padding: Any) -> tuple[int, int]:
    return (0, 0) if isinstance(padding, str) else padding
