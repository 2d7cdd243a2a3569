"""Loaders that fail or keep a log, and spies on files and devices, for training loops and checkpoints."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from kata.checking.doubles import Batch, labelled, with_modes


def other_sizes() -> nn.Module:
    """Return `with_modes()` with a last layer of another size."""
    net = with_modes()
    net[4] = nn.Linear(8, 11)
    return net


class LoaderError(LookupError):
    """The error of a loader that fails in the middle."""


def failing_loader() -> Iterator[Batch]:
    """Yield one batch, then raise."""
    yield labelled(4)
    raise LoaderError("the disk was pulled out")


class RecordingLoader:
    """A loader that records in a log when it is iterated."""

    def __init__(self, name: str, log: list[str], pairs: list[Batch]) -> None:
        self.name, self.log, self.pairs = name, log, pairs

    def __iter__(self) -> Iterator[Batch]:
        self.log.append(self.name)
        yield from self.pairs


class TransferSpy(TorchFunctionMode):
    """Records whether labels are moved to the accelerator."""

    def __init__(self) -> None:
        super().__init__()
        self.labels = False

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if isinstance(result, Tensor) and result.dtype == torch.int64 and result.is_cuda:
            self.labels |= any(isinstance(one, Tensor) and not one.is_cuda for one in args)
        return result


class _Unwritable:
    """State that cannot be pickled: the disk is full."""

    def __reduce__(self) -> Any:
        raise OSError(28, "No space left on device")


class FailingState(nn.Linear):
    """A layer whose state cannot be saved."""

    def get_extra_state(self) -> Any:
        return _Unwritable()

    def set_extra_state(self, state: Any) -> None: ...


class ReplaceSpy:
    """Records the calls of os.replace and os.rename, and the state of both files at that moment."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.moves: list[tuple[bool, bool, bool, bool]] = []
        self.removed = False
        self._real = {name: getattr(os, name) for name in ("replace", "rename", "remove", "unlink")}

    def __enter__(self) -> ReplaceSpy:
        for name in ("replace", "rename"):
            setattr(os, name, self._moving(self._real[name]))
        for name in ("remove", "unlink"):
            setattr(os, name, self._removing(self._real[name]))
        return self

    def __exit__(self, *_: object) -> None:
        for name, real in self._real.items():
            setattr(os, name, real)

    def _moving(self, real: Any) -> Any:
        def move(source: Any, target: Any, **more: Any) -> Any:
            if self._is_target(target):
                beside = Path(source).resolve().parent == self.target.resolve().parent
                self.moves.append((beside, _is_whole(Path(source)), self.target.exists(), _is_open(Path(source))))
            return real(source, target, **more)

        return move

    def _removing(self, real: Any) -> Any:
        def remove(path: Any, **more: Any) -> Any:
            self.removed |= self._is_target(path)
            return real(path, **more)

        return remove

    def _is_target(self, path: Any) -> bool:
        return isinstance(path, str | os.PathLike) and Path(os.fsdecode(path)).resolve() == self.target.resolve()


def _is_open(path: Path) -> bool:
    """Whether this process has the file open (Linux)."""
    mine = Path("/proc/self/fd")
    links = (os.readlink(one) for one in mine.iterdir() if one.is_symlink()) if mine.is_dir() else ()
    return str(path.resolve()) in links


def _is_whole(path: Path) -> bool:
    try:
        return "epoch" in torch.load(path, weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError):
        return False


class MaliciousPickle:
    """Runs code when it is unpickled: it creates a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.folder),)
