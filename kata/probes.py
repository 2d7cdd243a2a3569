"""What observers ask of a network's parts, in words that can be compared and told."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from torch import nn


def where_kept(net: Any, name: str, wanted: Iterable[str]) -> str:
    """Say whether the network keeps something of that name, or what else it keeps."""
    if name in vars(type(net)):
        return "an attribute of the class"
    if hasattr(net, name):
        return "kept"
    known = {*wanted, *vars(nn.Module())}
    others = [other for other in [*net._modules, *vars(net)] if other not in known]
    return f"missing; there is {', '.join(others[:5])}" if others else "missing"


def kind_of(layer: Any) -> object:
    """Describe a layer by what it computes, or by its type where it is no plain layer."""
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
    """Return the settings of a layer of that kind, with those that all layers have."""
    return {"kind": kind, **settings, "bias": layer.bias is not None, "dtype": str(layer.weight.dtype)}


def refusal(call: Callable[[], object], *parts: str) -> str:
    """Describe what becomes of a call that is to be refused: the error, and whether it names all the parts."""
    try:
        call()
    except NotImplementedError:
        raise
    except Exception as error:  # noqa: BLE001  (which one it is, is the fact)
        names_it = all(part.lower() in str(error).lower() for part in parts)
        return f"{type(error).__name__} that {'names' if names_it else 'does not name'} {' and '.join(parts)}"
    return "no error"
