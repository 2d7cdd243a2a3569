"""Defer the import of `torch._dynamo`, which the first step of any optimizer triggers: a second per session.

Optimizers only tell the compiler what not to compile. A stand-in module accepts that; anything more imports the real
module in its place.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.abc
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from types import ModuleType
from typing import Any

COMPILER = "torch._dynamo"


class LazyModule:
    """The stand-in for `torch._dynamo`. It is no `ModuleType`, so code that scans all modules skips it."""

    def graph_break(self, *_: Any, **__: Any) -> None:
        """Do nothing, as outside of compiled code."""

    def disable(self, fn: Callable[..., Any] | None = None, *_: Any, **__: Any) -> Callable[..., Any]:
        """Return the function unchanged."""
        return fn if fn is not None else lambda function: function

    def __getattr__(self, name: str) -> Any:
        is_import_of_part = name == "__path__" and _in_place() is self
        if name.startswith("__") and not is_import_of_part:  # somebody who looks around in all modules
            raise AttributeError(name)
        return getattr(_the_compiler(), name)


class _Loader(importlib.abc.Loader):
    def create_module(self, spec: ModuleSpec) -> Any:
        return LazyModule()

    def exec_module(self, module: ModuleType) -> None: ...


class _Finder(importlib.abc.MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return spec_from_loader(fullname, _Loader()) if fullname == COMPILER else None


_FINDER = _Finder()


def install() -> None:
    """Install the stand-in, unless torch has imported its compiler already."""
    if COMPILER not in sys.modules and _FINDER not in sys.meta_path:
        sys.meta_path.insert(0, _FINDER)


def _in_place() -> Any:
    return sys.modules.get(COMPILER)


def _the_compiler() -> ModuleType:
    if _FINDER in sys.meta_path:
        sys.meta_path.remove(_FINDER)
    if isinstance(_in_place(), LazyModule):
        del sys.modules[COMPILER]
    return importlib.import_module(COMPILER)


@contextlib.contextmanager
def hidden() -> Iterator[None]:
    """Hide the stand-in during a block: creating a process group would use it."""
    stand_in = _in_place()
    if not isinstance(stand_in, LazyModule):
        yield
        return
    del sys.modules[COMPILER]
    try:
        yield
    finally:
        modules: dict[str, Any] = sys.modules
        modules.setdefault(COMPILER, stand_in)
