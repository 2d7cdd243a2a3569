"""What several observers look at: how modules are built, what they compute, and what they refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

from kata.checking.networks import seeded
from kata.diagnosis.amounts import GRADIENTS, VALUES
from kata.diagnosis.observation import Observation


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


def see_module(see: Observation, make: Any, names: tuple[str, ...], is_random: bool = True) -> Any:
    """Observe how a module is built, and return one."""
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
    """Observe what a module makes of its input, what it leaves behind, and the gradients."""
    before, state = x.clone(), torch.get_rng_state()
    given = module(x)
    see(f"what comes of {what}", given)
    see(f"the input after {what}", torch.equal(x, before) and torch.equal(state, torch.get_rng_state()))
    see(f"whether {what} leaves a graph", given.requires_grad)
    see_gradients(see, module, x, what)
    see(f"the dtype of {what} in float64", str(module.double()(x.double()).dtype))
    module.float()


def see_values(see: Observation, what: str, values: dict[str, Tensor]) -> None:
    """Observe named numbers, which are told by the factor that they are off."""
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
