"""Forbid the torch functions that an exercise builds by hand. Calls are checked, not the source text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch.nn.functional as F
from torch.overrides import TorchFunctionMode

from kata.checking.sandbox import ShortCut

AUTOGRAD = ("backward", "grad", "_make_dual", "vjp", "jvp", "jacobian")
ARITHMETIC = {"matmul", "mm", "bmm", "mv", "dot", "vdot", "inner", "outer", "einsum", "tensordot", "linear", "addmm"}
ARITHMETIC |= {"baddbmm", "addmv", "mul", "rmul", "imul", "multiply", "addcmul", "sum", "mean"}


class _Refuse(TorchFunctionMode):
    """Raise on calls of some torch functions, however they are reached."""

    def __init__(self, is_refused: Callable[[Any, str], bool], reason: str) -> None:
        super().__init__()
        self._is_refused, self._reason = is_refused, reason

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = getattr(func, "__name__", "").partition(".")[0]
        if self._is_refused(func, name):
            raise ShortCut(f"`{name.strip('_')}` was called: {self._reason}")
        return func(*args, **(kwargs or {}))


@contextmanager
def autograd_refused() -> Iterator[None]:
    """Forbid autograd, and torch's helpers for it.

    Raises:
        ShortCut: one of them was called.
    """
    reason = "this exercise computes gradients by hand, without autograd"
    with _Refuse(lambda func, name: name in AUTOGRAD or name.endswith("_backward"), reason):
        yield


@contextmanager
def convolutions_refused() -> Iterator[None]:
    """Forbid torch's convolutions and `F.unfold`. The tensor method `unfold` is something else and allowed.

    Raises:
        ShortCut: one of them was called.
    """

    def is_refused(func: Any, name: str) -> bool:
        return ("conv" in name and "convert" not in name) or func is F.unfold or name in ("im2col", "col2im")

    with _Refuse(is_refused, "this lesson builds what it does"):
        yield


@contextmanager
def pools_refused() -> Iterator[None]:
    """Forbid torch's pooling functions.

    Raises:
        ShortCut: one of them was called.
    """
    with _Refuse(lambda func, name: "pool" in name, "this exercise builds what it does"):
        yield


class Arithmetic(TorchFunctionMode):
    """Count the products and sums of tensors in a block.

    A loop over pixels makes more of them for a larger image; a matrix product only makes larger ones.
    """

    def __init__(self) -> None:
        super().__init__()
        self._calls: Counter[str] = Counter()

    def __enter__(self) -> Arithmetic:
        super().__enter__()  # type: ignore[no-untyped-call]
        return self

    @property
    def count(self) -> int:
        return sum(self._calls[name] for name in ARITHMETIC)

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self._calls[getattr(func, "__name__", "").strip("_")] += 1
        return func(*args, **(kwargs or {}))
