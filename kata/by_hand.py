"""Refuse the functions of torch that are what an exercise builds: by what is called, not by how the text reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from torch.overrides import TorchFunctionMode

from kata.guard import ShortCut

AUTOGRAD = ("backward", "grad", "_make_dual", "vjp", "jvp", "jacobian")


class _Refuse(TorchFunctionMode):
    """Stop calls of some functions, by their names, whatever way they were reached."""

    def __init__(self, is_refused: Callable[[str], bool], reason: str) -> None:
        super().__init__()
        self._is_refused, self._reason = is_refused, reason

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = getattr(func, "__name__", "").partition(".")[0]
        if self._is_refused(name):
            raise ShortCut(f"`{name.strip('_')}` was called: {self._reason}")
        return func(*args, **(kwargs or {}))


@contextmanager
def refused(*names: str, reason: str) -> Iterator[None]:
    """Refuse the functions of these names, and all that end in ``_backward``, while the block runs.

    Args:
        names: such as "conv2d".
        reason: half a sentence: "this exercise builds it".

    Raises:
        ShortCut: one of them was called.
    """
    with _Refuse(lambda name: name in names or name.endswith("_backward"), reason):
        yield


@contextmanager
def autograd_refused() -> Iterator[None]:
    """Refuse to let autograd, or torch's own helpers of it, compute a gradient."""
    with refused(*AUTOGRAD, reason="this exercise computes gradients by hand, without autograd"):
        yield
