"""One run by several processes: `kata train --processes N`, or `torchrun` on several machines.

Each process trains the same network on its share of the images; DistributedDataParallel averages the gradients. Only
rank 0 writes files and prints.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, Sampler

from kata.content.files import environment_with
from kata.processes import system
from kata.train import failures
from kata.train.training import Parts, Say, Settings, TrainingRun

_BACKENDS = {"cuda": "nccl", "xpu": "xccl"}  # all else talks through gloo
LESSON = "ex11_processes"
USES = ("shard", "broadcast_parameters")  # what a run calls of the lesson


def is_member() -> bool:
    """Whether `torchrun` started this process, as one of several."""
    return dist.is_torchelastic_launched()


def too_few(device: torch.device, processes: int) -> str:
    """Return what to do if there are fewer accelerators than processes, or ""."""
    if device.type == "cpu":
        return ""
    there = 1 if device.index is not None else torch.accelerator.device_count()
    if processes <= there:
        return ""
    have = f"{there} of its kind is" if there == 1 else f"{there} of its kind are"
    return (
        f"{processes} processes need an accelerator each, and {have} to be used here ({device}): "
        f"give --processes {there}, or --device cpu"
    )


def launch(root: Path, processes: int, arguments: list[str]) -> int:
    """Run `kata train` in several processes of this machine, and return the exit code.

    Ctrl-C goes to the ranks, which stop cleanly, and not to `torchrun`, which would print a traceback. If a rank fails,
    its own message is shown instead of torchrun's.
    """
    words = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes), "-m", "kata", "train"]
    threads = max(1, (os.cpu_count() or 1) // processes)
    own = {"OMP_NUM_THREADS": str(threads)}
    system.meet_on_this_machine(own)
    with tempfile.TemporaryDirectory(prefix="kata-team-") as name, tempfile.TemporaryFile() as errors:
        folder = Path(name)
        process = subprocess.Popen(
            [sys.executable, *words, *arguments],
            cwd=root,
            env={**own, **environment_with(root, **{failures.FOLDER: name})},
            stderr=errors,
            **system.APART,
        )
        code = _wait_for(process, folder, processes)
        if code:
            errors.seek(0)
            print(f"kata: {next(failures.left(folder), '') or _last_words(errors.read())}", file=sys.stderr)
        return code


def _wait_for(process: subprocess.Popen[bytes], folder: Path, processes: int) -> int:
    asked = False
    while True:
        try:
            return process.wait(timeout=0.2)
        except subprocess.TimeoutExpired:
            asked = asked and not _stopped(folder, processes)
        except KeyboardInterrupt:
            asked = True


def _last_words(errors: bytes) -> str:
    """Return a message for ranks that ended without one."""
    lines = [line for line in errors.decode(errors="replace").splitlines() if line.strip()]
    said = next((line.strip() for line in reversed(lines) if "Error" in line and "elastic" not in line), "")
    return f"a process that trained ended without a word of its own{f': {said}' if said else ''}"


def _stopped(folder: Path, processes: int) -> bool:
    """Interrupt the ranks once all have joined; return whether they were interrupted."""
    members = failures.members(folder)
    if len(members) < processes:
        return False
    for member in members:
        with suppress(ProcessLookupError):
            os.kill(member, signal.SIGINT)
    return True


@dataclass
class Team:
    """The process group of a run, seen from one rank.

    Args:
        rank: its rank.
        size: the number of ranks.
        device: its device.
        is_stopped: whether it was asked to stop.
        trains: whether it is training: then a stop raises `KeyboardInterrupt`.
    """

    rank: int
    size: int
    device: torch.device
    is_stopped: bool = False
    trains: bool = False

    @classmethod
    def join(cls, device: torch.device) -> Team:
        """Join the process group; ranks other than 0 print nothing."""
        local = int(os.environ.get("LOCAL_RANK", "0"))
        if device.type != "cpu" and device.index is None:
            torch.accelerator.set_device_index(local)
            device = torch.device(device.type, local)
        dist.init_process_group(_BACKENDS.get(device.type, "gloo"))
        team = cls(dist.get_rank(), dist.get_world_size(), device)
        signal.signal(signal.SIGTERM, team._stop)  # what `torchrun` itself sends when Ctrl-C is pressed
        signal.signal(signal.SIGINT, team._stop)
        if failures.FOLDER in os.environ:
            Path(os.environ[failures.FOLDER], str(os.getpid())).touch()
        if not team.leads:
            sys.stdout = open(os.devnull, "w")  # noqa: SIM115  (for as long as the process lives)
        return team

    @property
    def leads(self) -> bool:
        return self.rank == 0

    def _stop(self, *_: object) -> NoReturn:
        self.is_stopped = True
        if self.trains:
            raise KeyboardInterrupt
        os._exit(0)

    def leave(self) -> None:
        """End this process; if it was stopped, without waiting for the others."""
        if self.is_stopped:
            sys.stdout.flush()
            os._exit(0)
        dist.destroy_process_group()

    def agree(self, ask: Callable[[], Any]) -> Any:
        """Return rank 0's result on each rank."""
        box = [ask() if self.leads else None]
        dist.broadcast_object_list(box, src=0)
        return box[0]

    def mean(self, number: float) -> float:
        """Return the mean of all ranks' numbers."""
        total = torch.tensor(number, device=self.device)
        dist.all_reduce(total)
        return float(total) / self.size


class Shares(Sampler[int]):
    """The images that this rank sees in an epoch, by lesson 11's `shard`."""

    def __init__(self, count: int, team: Team, seed: int, shard: Callable[..., list[int]]) -> None:
        self.count, self.team, self.seed, self._shard = count, team, seed, shard
        self.epoch = 0

    def __len__(self) -> int:
        return -(-self.count // self.team.size)

    def __iter__(self) -> Iterator[int]:
        return iter(self._shard(self.count, self.team.rank, self.team.size, self.epoch, self.seed))


class SharedRun(TrainingRun):
    """A rank's part of a run: its batches are smaller, so that all ranks together have the batch size.

    Args:
        folder, settings, parts: as for `TrainingRun`; the same on each rank.
        team: the process group.
    """

    def __init__(self, folder: Path, settings: Settings, parts: dict[str, Parts], team: Team) -> None:
        super().__init__(folder, settings, team.device, parts)
        self.team = team
        lesson: Any = parts[LESSON].module
        count = len(self.train_loader.dataset)
        self._shares = Shares(count, team, settings.seed, lesson.shard)
        batch_size = max(1, settings.batch_size // team.size)
        self._mine: Any = DataLoader(self.train_loader.dataset, batch_size, sampler=self._shares)
        lesson.broadcast_parameters(self.net)
        where = None if team.device.type == "cpu" else [team.device.index]
        self._together = DistributedDataParallel(self.net, device_ids=where)

    def start(self) -> None:
        if self.team.leads:
            super().start()

    def _load(self) -> int:
        """Load on rank 0, which may be the only one with the file, and broadcast."""
        done = self.team.agree(super()._load)
        state = self.team.agree(lambda: (self.rows, self.net.state_dict(), self.optimizer.state_dict()))
        self.rows = state[0]
        self.net.load_state_dict(state[1])
        self.optimizer.load_state_dict(state[2])
        return int(done)

    def go(self, watch: Callable[[Any, int], Iterator[Any]], say: Say) -> None:
        self.team.trains = True
        try:
            super().go(watch, say)
        finally:
            self.team.trains = False

    def _learn(self, watch: Callable[[Any, int], Iterator[Any]], number: int) -> float:
        self._shares.epoch = number
        watched = watch(self._mine, number) if self.team.leads else self._mine
        try:
            loss = self._loop.train_one_epoch(self._together, watched, self.optimizer, self.device)
            return self.team.mean(loss)
        except RuntimeError:
            if self.team.is_stopped:  # another rank has left already, and its connection is closed
                raise KeyboardInterrupt from None
            raise

    def _keep(self, rows: list[dict[str, float]]) -> None:
        if self.team.leads:
            super()._keep(rows)

    def back_to_last_epoch(self) -> None:
        if self.team.leads:
            super().back_to_last_epoch()
