"""Ask that a module is left as it is: all that torch knows of it, and not only what a check thought of."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from kata.checking import expect
from kata.checking.devices import on_cpu

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
    """One thing that is other than before: ``place`` must be ``wanted``, and is ``given``."""

    place: str
    wanted: str
    given: str


def remember(module: nn.Module, what: str = "net", but: Collection[str] = ()) -> Callable[[], list[Change]]:
    """Note all of a module; the result says, whenever it is called, what has changed since.

    Noted are the modules in it with their modes, hooks of all kinds and names of attributes; of parameters and buffers
    the objects, dtypes, devices, values, gradients and whether they take any.

    Args:
        module: the module.
        what: what the learner knows it as.
        but: "values" or "gradients", where these may change.
    """
    before = dict(_all_of(module, what, but))
    return lambda: [*_apart(before, dict(_all_of(module, what, but)))]


@contextmanager
def untouched(module: nn.Module, what: str = "net", but: Collection[str] = ()) -> Iterator[None]:
    """Ask that a block leaves a module as it is; arguments as for `remember`.

    Raises:
        Mismatch: something is other than before.
    """
    __tracebackhide__ = True
    changes = remember(module, what, but)
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
    """One object and no other, whatever it says of itself."""

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
