"""What the pretend accelerator needs around its tensors: files that say where something lay, the old tensor types."""

from __future__ import annotations

from collections.abc import Callable, MutableSet
from typing import Any, ClassVar

import torch
from torch import Tensor

Storages = MutableSet[Any]  # those that lie on the accelerator
LOCATION = "cuda:0"


class FarType:
    """Stands for ``torch.cuda.FloatTensor`` and its like: makes tensors there, and knows those of its kind."""

    KINDS: ClassVar = (
        "FloatTensor",
        "DoubleTensor",
        "HalfTensor",
        "LongTensor",
        "IntTensor",
        "ShortTensor",
        "ByteTensor",
        "BoolTensor",
    )

    def __init__(self, name: str, far: Callable[[Any], Any]) -> None:
        self.__name__, self._far = f"torch.cuda.{name}", far
        self._near: Any = getattr(torch, name)
        self.dtype: torch.dtype = self._near.dtype

    def __call__(self, *args: Any) -> Any:
        return self._far(self._near(*args))

    def __instancecheck__(self, value: object) -> bool:
        return isinstance(value, Tensor) and value.is_cuda and value.dtype == self.dtype

    def __repr__(self) -> str:
        return f"<class '{self.__name__}'>"


def tag_of(location_tag: Callable[[Any], str], far: Storages) -> Callable[[Any], str]:
    """Return what `torch.save` asks where a storage lies."""

    def tag(storage: Any) -> str:
        own = getattr(storage, "_untyped_storage", storage)
        return LOCATION if own in far else location_tag(storage)

    return tag


def loading(load: Callable[..., Any], far: Storages) -> Callable[..., Any]:
    """Return `torch.load`, which brings what it reads to where it is asked to, or else to where it lay."""

    def pretend_load(f: Any, map_location: Any = None, *args: Any, **words: Any) -> Any:
        return load(f, _placing(map_location, far), *args, **words)

    return pretend_load


def _placing(map_location: Any, far: Storages) -> Callable[[Any, str], Any]:
    def place(storage: Any, location: str) -> Any:
        if callable(map_location):
            placed = map_location(storage, location)
            if placed is not None:
                return placed
        elif isinstance(map_location, dict):
            location = map_location.get(location, location)
        elif map_location is not None:
            location = str(map_location)
        if location.startswith("cuda"):
            far.add(storage)
        return storage

    return place
