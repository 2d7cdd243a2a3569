"""Batches, loaders, networks and files for what optimizers, datasets, training loops and checkpoints do."""

from __future__ import annotations

import copy
import operator
import os
import pickle
import random
import weakref
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from kata.checking.networks import seeded, with_modes

Batch = tuple[Tensor, Tensor]


def labelled(count: int, seed: int = 1) -> Batch:
    """Return images (count, 1, 32, 32) and labels (count,), from 0 to 9."""
    generator = torch.Generator().manual_seed(seed + 500)
    return seeded(count, 1, 32, 32, seed=seed), torch.randint(10, (count,), generator=generator)


def batches(*sizes: int, seed: int = 1) -> list[Batch]:
    """Return a batch of each size."""
    return [labelled(size, seed + 10 * number) for number, size in enumerate(sizes)]


def readout() -> nn.Module:
    """Return a network whose scores are the numbers that it is given. (N, 10) -> (N, 10)."""
    net = nn.Linear(10, 10, bias=False)
    with torch.no_grad():
        net.weight.copy_(torch.eye(10))
    return net


def mixed() -> Any:
    """Return a network in train mode of which the batch norm is in eval mode (a frozen part of a network)."""
    net = with_modes().train()
    net[2].eval()
    return net


def other_sizes() -> nn.Module:
    """Return a network like `with_modes`, but for the last layer."""
    net = with_modes()
    net[4] = nn.Linear(8, 11)
    return net


def other_names() -> nn.Module:
    """Return a network like `with_modes`, but for the name of the last layer."""
    return with_modes().insert(4, nn.Identity())


class Broken(LookupError):
    """What a loader raises in the middle."""


def breaking() -> Iterator[Batch]:
    """Give one batch, then fail."""
    yield labelled(4)
    raise Broken("the disk was pulled out")


class Once:
    """A loader without a length that counts how often it is iterated."""

    def __init__(self, pairs: Iterable[Batch]) -> None:
        self.pairs = list(pairs)
        self.times = 0

    def __iter__(self) -> Iterator[Batch]:
        self.times += 1
        yield from self.pairs


class Logged:
    """A loader that notes in a log when it is iterated."""

    def __init__(self, name: str, log: list[str], pairs: list[Batch]) -> None:
        self.name, self.log, self.pairs = name, log, pairs

    def __iter__(self) -> Iterator[Batch]:
        self.log.append(self.name)
        yield from self.pairs


class Marker:
    """Lives as long as the graph that holds it."""


class _Marked(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, scores: Tensor, marker: Marker) -> Tensor:
        ctx.marker = marker
        return scores.view_as(scores)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        return gradients[0], None


class Probe(nn.Module):
    """Note what reaches a network: mode, whether a graph is recorded, device, and how many graphs are alive."""

    def __init__(self, inside: nn.Module) -> None:
        super().__init__()
        self.inside = inside
        self.modes: list[bool] = []
        self.records: list[bool] = []
        self.devices: list[str] = []
        self.alive: list[int] = []
        self._graphs: list[weakref.ref[Marker]] = []

    def __deepcopy__(self, memo: dict[int, Any]) -> Probe:
        """Copy the network; what reaches the copy is noted in the same lists."""
        copied = Probe(copy.deepcopy(self.inside, memo))
        copied.training = self.training
        for name in ("modes", "records", "devices", "alive", "_graphs"):
            setattr(copied, name, getattr(self, name))
        return copied

    def forward(self, x: Tensor) -> Tensor:
        self.modes.append(self.inside.training)
        self.devices.append(str(x.device))
        self.alive.append(sum(graph() is not None for graph in self._graphs))
        scores: Tensor = self.inside(x)
        self.records.append(scores.requires_grad)
        if scores.requires_grad:
            marker = Marker()
            self._graphs.append(weakref.ref(marker))
            scores = _Marked.apply(scores, marker)  # type: ignore[no-untyped-call]  # torch leaves it untyped
        return scores


class Moves(TorchFunctionMode):
    """Note whether labels are brought to the accelerator."""

    def __init__(self) -> None:
        super().__init__()
        self.labels = False

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if isinstance(result, Tensor) and result.dtype == torch.int64 and result.is_cuda:
            self.labels |= any(isinstance(one, Tensor) and not one.is_cuda for one in args)
        return result


class Unwritable:
    """Something in a network's state that cannot be written: the disk is full just then."""

    def __reduce__(self) -> Any:
        raise OSError(28, "No space left on device")


class WithUnwritable(nn.Linear):
    """A layer the state of which cannot be written."""

    def get_extra_state(self) -> Any:
        return Unwritable()

    def set_extra_state(self, state: Any) -> None: ...


class Replacing:
    """Note what each os.replace (and os.rename) puts where, and how things stand at that moment."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.moves: list[tuple[bool, bool, bool, bool]] = []
        self.removed = False
        self._real = {name: getattr(os, name) for name in ("replace", "rename", "remove", "unlink")}

    def __enter__(self) -> Replacing:
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
    """Whether this process has the file open, where the system tells."""
    mine = Path("/proc/self/fd")
    links = (os.readlink(one) for one in mine.iterdir() if one.is_symlink()) if mine.is_dir() else ()
    return str(path.resolve()) in links


def _is_whole(path: Path) -> bool:
    try:
        return "epoch" in torch.load(path, weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError):
        return False


class Trap:
    """Makes a folder when it is unpickled: code in a file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.folder),)


def small_batch(seed: int = 1) -> tuple[Tensor, Tensor]:
    """Return inputs (7, 5) and targets (7, 4) for `small`."""
    return seeded(7, 5, seed=seed), seeded(7, 4, seed=seed + 1000)


def classes() -> Tensor:
    """Return a class number for each input of `small_batch`."""
    return torch.tensor([2, 0, 3, 1, 1, 0, 2])


class Pull(nn.Module):
    """A criterion to which the order of its arguments matters: scores count twice as much as targets."""

    def __init__(self) -> None:
        super().__init__()
        self.runs = 0

    def forward(self, scores: Tensor, target: Tensor) -> Tensor:
        self.runs += 1
        return (2 * scores - target).pow(2).mean()


def give_gradients(params: dict[str, nn.Parameter], seed: int, without: tuple[str, ...] = ()) -> None:
    """Give every parameter a new gradient, but for those named, which get None."""
    for number, (name, parameter) in enumerate(params.items()):
        grad = seeded(*parameter.shape, seed=10 * seed + number).to(parameter.dtype) / 3
        parameter.grad = None if name in without else grad


class MapStyle:
    """A dataset that has a length, takes whole numbers from 0 on, and nothing else."""

    def __init__(self, count: int) -> None:
        self.count = count

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        number = operator.index(index)
        if not 0 <= number < self.count:
            raise IndexError(number)
        return torch.tensor([float(number)]), number


def numbered(count: int) -> list[tuple[Tensor, int]]:
    """Return a list of pairs; each number says which one it is."""
    return [(torch.tensor([float(number)]), number) for number in range(count)]


def labels_of(count: int) -> Tensor:
    """Return labels in no order: 7, 0, 3, 6, 9, 2, ..."""
    return (torch.arange(count) * 3 + 7) % 10


def scramble(seed: int) -> None:
    """Set the global random states."""
    torch.default_generator.manual_seed(seed)
    random.seed(seed)
    np.random.seed(seed % 2**32)
