"""Spare a session torch's compiler: the first step of any `torch.optim` optimizer imports it, a second each time.

An optimizer only tells the compiler where not to compile. Until something asks for more, a stand-in takes what it says;
then the compiler itself is imported, in its place.
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
    """What stands for the compiler where nothing is compiled. No `ModuleType`: who searches all modules passes by."""

    def graph_break(self, *_: Any, **__: Any) -> None:
        """Do nothing, as the compiler does outside of what it compiles."""

    def disable(self, fn: Callable[..., Any] | None = None, *_: Any, **__: Any) -> Callable[..., Any]:
        """Return the function: nothing compiles it anyway."""
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
    """Let torch import its compiler only when it compiles; nothing is done where it has it already."""
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
    """Hide the stand-in for the time of a block: a group of processes would tell the compiler that it is there."""
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
