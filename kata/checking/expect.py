"""Assertions for specs. Each fails with what was compared, what was expected and what was given.

The torch functions that compare are bound at import, so a learner's file cannot replace them.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch._C import DisableTorchFunctionSubclass

from kata.checking.devices import on_cpu
from kata.content.safe import whole

FEW = 4  # numbers that are shown whole
LONGEST_LIST = 60  # letters of a list that are read at a glance

_isclose = torch.isclose  # what torch.testing.assert_close decides by, which would take 0.7 s to import


class Mismatch(AssertionError):
    """A check that failed on a fact.

    Args:
        what: the expression that was checked, as the learner would write it: ``net.conv1.weight.size()``.
        wanted: what it must be.
        given: what it is.
        why: one sentence more, or "".
        how: a sentence on how the actual value relates to the expected one, or "".

    Attributes:
        tensors: the actual and the expected tensor, if two tensors of one shape were compared.
    """

    tensors: tuple[Tensor, Tensor] | None = None
    says_all = False  # whether nothing but a mistake that agrees in all could say it better

    def __init__(self, what: str, wanted: str, given: str, why: str = "", how: str = "") -> None:
        self.what, self.wanted, self.given, self.why, self.how = what, wanted, given, why, how
        super().__init__(". ".join(filter(None, (self.sentence, how.rstrip("."), why))))

    @property
    def sentence(self) -> str:
        """What was asked, in words."""
        return f"{self.what} must be {self.wanted}, and is {self.given}"


class NotRefused(Mismatch):
    """A check that failed because a bad value was accepted, or rejected in another way than asked for."""

    @property
    def sentence(self) -> str:
        return f"{self.what} must raise {self.wanted}, and {self.given}"


class SideEffect(Mismatch):
    """A check during which the learner's code changed global state."""


def equal(what: str, given: object, wanted: object, why: str = "") -> None:
    """Assert that two plain values have the same type and value (shapes count as lists)."""
    __tracebackhide__ = True
    given, wanted = _plain(given), _plain(wanted)
    if type(given) is not type(wanted) or given != wanted:
        raise Mismatch(what, *_first_apart(given, wanted), why)


def _first_apart(given: object, wanted: object) -> tuple[str, str]:
    """Describe two values that differ, expected first; of long lists only the first difference."""
    if isinstance(given, str) and isinstance(wanted, str):
        return wanted, given
    shown = _shown(wanted), _shown(given)
    if type(given) is not type(wanted) or not isinstance(given, list | tuple) or max(map(len, shown)) <= LONGEST_LIST:
        return shown
    assert isinstance(wanted, list | tuple)
    if len({*map(str, wanted)}) < len(wanted) and all(isinstance(one, str) for one in (*given, *wanted)):
        where, must, comes = parting([*given], [*wanted])
        return f"{must} {where}", f"{comes} there"
    if len(given) != len(wanted):
        missing = [str(part) for part in wanted if part not in given]
        which = f"; missing: {', '.join(missing[:3])}{' ...' if len(missing) > 3 else ''}" if missing else ""
        return f"a {type(wanted).__name__} of {len(wanted)}", f"one of {len(given)}{which}"
    if sorted(map(str, given)) == sorted(map(str, wanted)):
        first = [", ".join(map(str, whole[:3])) for whole in (wanted, given)]
        return f"in the order {first[0]}, ...", f"in another: {first[1]}, ..."
    place = next(index for index, pair in enumerate(zip(given, wanted, strict=True)) if pair[0] != pair[1])
    return f"{_shown(wanted[place])} at place {place}", f"{_shown(given[place])} there"


def parting(given: list[str], wanted: list[str]) -> tuple[str, str, str]:
    """Return where two call logs diverge, the expected entry there, and the actual one."""
    pairs = enumerate(zip(given, wanted, strict=False))
    at = next((number for number, (one, other) in pairs if one != other), min(len(given), len(wanted)))
    comes, must = (f"`{row[at]}`" if at < len(row) else "nothing" for row in (given, wanted))
    return f"after `{given[at - 1]}`" if at else "first", must, comes


def true(what: str, holds: object, wanted: str, given: str, why: str = "") -> None:
    """Assert a condition that `what` describes."""
    __tracebackhide__ = True
    if not holds:
        raise Mismatch(what, wanted, given, why)


def whole_number(what: str, given: object, wanted: int, why: str = "") -> None:
    """Assert that a value is an integer of any integer type, numpy's included; no float, no tensor."""
    __tracebackhide__ = True
    is_whole = hasattr(given, "__index__") and not isinstance(given, bool | Tensor)
    if not is_whole or int(given) != wanted:  # type: ignore[call-overload]  # it has __index__
        raise Mismatch(what, str(wanted), _shown(given), why)


def number(what: str, given: object, wanted: float, why: str = "", rtol: float = 1e-4, atol: float = 1e-5) -> None:
    """Assert that a value is a Python float (numpy's float64 counts), close to the expected one in float32."""
    __tracebackhide__ = True
    if not isinstance(given, float):
        missing = "Is there a `return` with the result?" if given is None else ""
        raise Mismatch(what, f"the Python float {wanted:.5g}", _shown(given), missing)
    if not math.isclose(given, wanted, rel_tol=rtol, abs_tol=atol):
        raise Mismatch(what, *_told_apart(wanted, given, 5), why)


def raises(what: str, kind: type[Exception], call: Callable[[], object], *parts: str | tuple[str, ...]) -> Exception:
    """Assert that a call raises such an exception, and return it.

    Its message must contain each of `parts`; of a tuple, one entry.
    """
    __tracebackhide__ = True
    name = _with_article(kind.__name__)
    try:
        call()
    except Exception as error:
        no_stub(error)
        said = str(error).lower()
        choices = [part if isinstance(part, tuple) else (part,) for part in parts]
        missing = [words[0] for words in choices if not any(word.lower() in said for word in words)]
        if not isinstance(error, kind):
            said = f": {error}" if str(error) else ""
            raise NotRefused(what, name, f"raises {_with_article(type(error).__name__)}{said}") from error
        if missing:
            names = " and ".join(words[0] for words in choices)
            raise NotRefused(
                what, f"{name} whose message has {names}", f"yours says: {str(error) or 'nothing'}"
            ) from error
        return error
    raise NotRefused(
        what, name, "raises nothing" + (": the value was accepted" if issubclass(kind, ValueError) else "")
    )


def no_stub(error: Exception) -> None:
    """Re-raise the `NotImplementedError` of a stub; torch's own errors of that type are real failures."""
    __tracebackhide__ = True
    if isinstance(error, NotImplementedError) and not error.args:
        raise error


def _with_article(name: str) -> str:
    return f"{'an' if name[0] in 'AEIO' else 'a'} {name}"


def tensor(what: str, given: object, shape: tuple[int, ...] | None = None, dtype: Any = None) -> Tensor:
    """Assert that a value is a tensor, of this shape and dtype if given, and return it."""
    __tracebackhide__ = True
    if not isinstance(given, Tensor):
        why = "Is there a `return` with the result?" if given is None and ".grad" not in what else ""
        raise Mismatch(what, "a tensor", _shown(given), why)
    if shape is not None and tuple(given.shape) != tuple(shape):
        raise Mismatch(f"{what}: its shape", str(tuple(shape)), str(tuple(given.shape)))
    if dtype is not None and given.dtype != dtype:
        raise Mismatch(f"{what}: its dtype", str(dtype), str(given.dtype))
    return given


def left_alone(call: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """Call a function, assert that it does not modify its tensor arguments, and return its result."""
    __tracebackhide__ = True
    tensors = [one for one in (*arguments, *named.values()) if isinstance(one, Tensor)]
    before = [one.clone() for one in tensors]
    given = call(*arguments, **named)
    for now, then in zip(tensors, before, strict=True):
        close("an argument after the call", now, then, "It is the caller's.")
    return given


def close(what: str, given: object, wanted: Tensor, why: str = "", rtol: float = 1e-4, atol: float = 1e-5) -> None:
    """Assert that a tensor has the expected shape, dtype, device and values, up to float32 rounding."""
    __tracebackhide__ = True
    with DisableTorchFunctionSubclass():  # a tensor of a class of one's own may answer what it likes
        _close(what, given, wanted, why, rtol, atol)


def _close(what: str, given: object, wanted: Tensor, why: str, rtol: float, atol: float) -> None:
    __tracebackhide__ = True
    found = tensor(what, given)
    if found.shape != wanted.shape:
        raise Mismatch(f"{what}: its shape", _size(wanted), _size(found), how=_relation(found, wanted))
    found, wanted = tensor(what, given, dtype=wanted.dtype).detach(), wanted.detach()
    if found.device != wanted.device:
        raise Mismatch(f"{what}: its device", str(wanted.device), str(found.device), why)
    found, wanted = on_cpu(found), on_cpu(wanted)  # not every accelerator has float64, or compares as the CPU does
    if wanted.is_floating_point() and wanted.numel():  # the noise of a sum goes with its largest parts
        atol *= max(1.0, float(torch.nan_to_num(wanted.abs().float(), posinf=0.0).max()))
    if not _isclose(found, wanted, rtol=rtol, atol=atol, equal_nan=True).all():
        mismatch = Mismatch(what, *_values(found, wanted, rtol, atol), why, _relation(found, wanted))
        mismatch.tensors = found, wanted
        raise mismatch


def _size(value: Tensor) -> str:
    return str(tuple(value.shape))


def _relation(found: Tensor, wanted: Tensor) -> str:
    """Return a sentence on how the actual tensor relates to the expected one, or ""."""
    from kata.checking.patterns import pattern, relation  # they ask with what stands here

    how = relation(found, wanted) if wanted.numel() > FEW else pattern(found, wanted)
    return f"It {how}." if how else ""


def _values(found: Tensor, wanted: Tensor, rtol: float, atol: float) -> tuple[str, str]:
    """Describe two tensors of one shape: in full if small, else where they differ most."""
    if wanted.numel() <= FEW:
        numbers = zip(wanted.double().reshape(-1).tolist(), found.double().reshape(-1).tolist(), strict=True)
        pairs = [[float(number) for number in _told_apart(*pair, 4)] for pair in numbers]
        rows = [right for right, _ in pairs], [yours for _, yours in pairs]
        return (str(rows[0]), str(rows[1])) if wanted.dim() else (str(rows[0][0]), str(rows[1][0]))
    wrong = ~_isclose(found, wanted, rtol=rtol, atol=atol, equal_nan=True)
    apart = torch.nan_to_num((found.double() - wanted.double()).abs(), nan=math.inf)
    distance = apart.where(wrong, torch.full_like(apart, -1.0))
    place = tuple(int(i) for i in np.unravel_index(int(distance.argmax()), found.shape))  # torch's imports sympy
    where = "[" + ", ".join(map(str, place)) + "]"
    count = f"{int(wrong.sum())} of {wrong.numel()} numbers differ"
    right, yours = _told_apart(float(wanted[place]), float(found[place]), 4)
    return f"{right} at {where}", f"{yours} there; {count}"


def _told_apart(one: float, other: float, digits: int) -> tuple[str, str]:
    """Format two numbers with enough digits to tell them apart."""
    while digits < 17 and f"{one:.{digits}g}" == f"{other:.{digits}g}" and one != other:
        digits += 1
    return f"{one:.{digits}g}", f"{other:.{digits}g}"


def _plain(value: object) -> object:
    return list(value) if isinstance(value, torch.Size) else value


def _shown(value: object) -> str:
    if isinstance(value, Tensor):
        return f"a tensor {tuple(value.shape)}" if value.dim() else f"the tensor {value.detach().tolist()}"
    if isinstance(value, str):
        return f"the text {value!r}"
    if type(value) is int:
        return whole(value)
    if isinstance(value, int | list | tuple | set | frozenset) or value is None:
        return str(value)
    if isinstance(value, float):
        return f"the float {value}"
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if inspect.isroutine(value):
        return f"`{getattr(value, '__name__', 'a function')}` itself, a method that was not called"
    try:
        return f"{type(value).__name__}: {value}".partition("\n")[0]
    except Exception:  # noqa: BLE001  (a layer that was made from a tensor cannot describe itself)
        return f"a {type(value).__name__}"
