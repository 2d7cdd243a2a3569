"""What specs check on networks: nothing changed, what parts there are, where gradients agree."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from kata.checking import expect
from kata.checking.devices import on_cpu
from kata.checking.doubles import seeded

_HOOKS = {
    "_forward_pre_hooks": "hooks before forward",
    "_forward_hooks": "hooks after forward",
    "_backward_pre_hooks": "hooks before backward",
    "_backward_hooks": "hooks after backward",
    "_state_dict_pre_hooks": "hooks before state_dict",
    "_state_dict_hooks": "hooks after state_dict",
    "_load_state_dict_pre_hooks": "hooks before load_state_dict",
    "_load_state_dict_post_hooks": "hooks after load_state_dict",
}
_OF_TENSORS = {"_backward_hooks": "hooks of its gradient", "_post_accumulate_grad_hooks": "hooks after its gradient"}


class Change(NamedTuple):
    """One change: ``place`` was ``wanted``, and is ``given`` now."""

    place: str
    wanted: str
    given: str


def snapshot(module: nn.Module, what: str = "net", but: Collection[str] = ()) -> Callable[[], list[Change]]:
    """Snapshot a module; return a function that lists what has changed since.

    The snapshot covers submodules with their modes, hooks and attribute names; of parameters and buffers the objects,
    dtypes, devices, values, gradients and `requires_grad`.


    Args:
        module: the module.
        what: what the learner calls it.
        but: "values" or "gradients", if these may change.
    """
    before = dict(_all_of(module, what, but))
    return lambda: [*_apart(before, dict(_all_of(module, what, but)))]


@contextmanager
def unchanged(module: nn.Module, what: str = "net", but: Collection[str] = ()) -> Iterator[None]:
    """Assert that a block does not change a module; arguments as for `snapshot`.

    Raises:
        Mismatch: something has changed.
    """
    __tracebackhide__ = True
    changes = snapshot(module, what, but)
    yield
    for place, wanted, given in changes():
        raise expect.Mismatch(f"{place} afterwards", wanted, given, "It is the caller's, and stays as it was.")


def _apart(before: dict[str, Any], now: dict[str, Any]) -> Iterator[Change]:
    for place in [*before, *(place for place in now if place not in before)]:
        then, is_ = before.get(place), now.get(place)
        if isinstance(then, Tensor) and isinstance(is_, Tensor):
            if not _same(then, is_):
                yield Change(place, "as before", "another")
        elif isinstance(then, _Object):
            if then != is_:
                yield Change(place, "the object that it was", "another one" if isinstance(is_, _Object) else "missing")
        elif isinstance(then, Tensor) or isinstance(is_, Tensor) or then != is_:
            yield Change(place, _shown(then), _shown(is_))


def _same(one: Tensor, other: Tensor) -> bool:
    if one.is_meta or other.is_meta:
        return True
    return one.shape == other.shape and one.dtype == other.dtype and torch.equal(one.nan_to_num(), other.nan_to_num())


def _shown(value: object) -> str:
    if isinstance(value, Tensor):
        return "a tensor"
    return "nothing" if value is None else str(value)


class _Object:
    """Compares objects by identity, even if they override `==`."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Object) and self.value is other.value

    __hash__ = None  # type: ignore[assignment]


def _all_of(module: nn.Module, what: str, but: Collection[str]) -> Iterator[tuple[str, Any]]:
    yield f"the modules in {what}", ", ".join(name for name, _ in module.named_modules() if name)
    for name, part in module.named_modules():
        place = f"{what}.{name}" if name else what
        yield f"{place}.training", part.training
        for attribute, words in _HOOKS.items():
            yield f"the number of {words} of {place}", len(getattr(part, attribute, None) or ())
        yield f"the attributes of {place}", ", ".join(sorted(key for key in vars(part) if not key.startswith("_")))
    for name, tensor in [*module.named_parameters(remove_duplicate=False), *module.named_buffers()]:
        yield from _all_of_tensor(tensor, f"{what}.{name}", but)


def _all_of_tensor(tensor: Tensor, place: str, but: Collection[str]) -> Iterator[tuple[str, Any]]:
    yield place, _Object(tensor)
    yield f"{place}.requires_grad", tensor.requires_grad
    yield f"{place}.dtype", str(tensor.dtype)
    yield f"{place}.device", str(tensor.device)
    for attribute, words in _OF_TENSORS.items():
        yield f"the number of {words} of {place}", len(getattr(tensor, attribute, None) or ())
    if "values" not in but:
        yield f"the value of {place}", on_cpu(tensor.detach()).clone()
    if "gradients" not in but and tensor.is_leaf:
        yield f"{place}.grad", None if tensor.grad is None else on_cpu(tensor.grad.detach()).clone()


def alike(right: Any, yours: Any) -> Any:
    """Copy the parameters of the learner's module into the reference, by name."""
    with torch.no_grad():
        for name, parameter in right.named_parameters():
            parameter.copy_(part(yours, name))
    return right


def part(module: Any, name: str) -> Any:
    """Return an attribute by its dotted path, or fail with a sentence that it is missing."""
    for step in name.split("."):
        what, module = f"`{name}` of your {type(module).__name__}", getattr(module, step, None)
        expect.true(what, module is not None, "there", "missing", f"Assign it to self: self.{step} = ...")
    return module


def parameter(module: Any, name: str, *shape: int) -> Tensor:
    """Return a parameter after checking its shape."""
    found, what = part(module, name), f"{'net' if '.' in name else 'layer'}.{name}"
    expect.true(what, isinstance(found, nn.Parameter), "an nn.Parameter", f"a {type(found).__name__}")
    expect.equal(f"{what}.dtype", str(found.dtype), "torch.float32")
    expect.equal(f"{what}.requires_grad", found.requires_grad, True)
    expect.true(what, bool(found.isfinite().all()), "finite numbers", "not all finite")
    return expect.tensor(what, found, shape)


def count(module: nn.Module) -> int:
    """Return the number of trainable parameters of a module, counted by elements."""
    return sum(p.numel() for p in module.parameters() if p.requires_grad)


def is_module(module: Any, name: str) -> None:
    """Assert that a value is an nn.Module whose `super().__init__()` has run."""
    ready = isinstance(module, nn.Module) and "_parameters" in vars(module)
    expect.true(name, ready, "an nn.Module whose __init__ has run", "none", "Call super().__init__() first.")


def is_random(make: Callable[[], Any], names: tuple[str, ...]) -> None:
    """Assert that two modules share no parameters, start with different values, and do not set the seed."""
    torch.manual_seed(3)
    one, two = make(), make()
    for name in names:
        first, second = part(one, name), part(two, name)
        expect.true(f"{name} of two networks", first is not second, "two tensors", "one and the same")
        expect.true(f"{name} of two networks", not torch.equal(first, second), "random", "the same numbers")


def gradients_agree(yours: Any, right: Any, x: Tensor) -> None:
    """Assert that every parameter and the input get the reference's gradients."""
    mine, its = x.clone().requires_grad_(), x.clone().requires_grad_()
    upstream = seeded(*right(its).shape, seed=9)
    given = expect.tensor("the result", yours(mine), tuple(upstream.shape))
    expect.true("the result", given.requires_grad, "a tensor with a graph behind it", "one without")
    (given * upstream).sum().backward()  # backward(upstream) would import sympy
    (right(its) * upstream).sum().backward()
    for name, wanted in right.named_parameters():
        what = f"{name}.grad after backward"
        assert wanted.grad is not None
        expect.close(what, expect.tensor(what, part(yours, name).grad), wanted.grad, rtol=1e-3, atol=1e-4)
    assert its.grad is not None
    expect.close("x.grad after backward", mine.grad, its.grad, rtol=1e-3, atol=1e-4)


def is_pure(yours: Any, x: Tensor) -> None:
    """Assert that a call changes neither input, parameters nor random state, and is repeatable."""
    before, state = x.clone(), torch.get_rng_state()
    with unchanged(yours, "the module"):
        first = expect.tensor("the result", yours(x)).detach().clone()

    expect.close("x after the call", x, before, "It is the caller's.")
    expect.equal("whether torch's random state is as before", torch.equal(state, torch.get_rng_state()), True)
    expect.close("the result when asked again", yours(x), first)
    with torch.no_grad():
        expect.equal("whether anything is recorded under torch.no_grad()", yours(x).requires_grad, False)


def rows_are_apart(yours: Any, x: Tensor) -> None:
    """Assert that each row of the result depends on its own image only."""
    other = x.clone()
    other[1] = x[1].flip(0) * -2 + 0.5

    first, second = yours(x).detach(), yours(other).detach()

    kept = [i for i in range(len(x)) if i != 1]
    expect.close("the result for the other images, when one image is replaced", second[kept], first[kept])
