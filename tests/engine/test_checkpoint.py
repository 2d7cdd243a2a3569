"""Checkpoints of lesson 5 survive what really happens: a kill while they are written, and a disk that is full."""

from __future__ import annotations

import random
import signal
import sys
import time
from pathlib import Path

import pytest
import torch
from torch import nn

from solutions.ex05_training_loop import load_checkpoint, save_checkpoint
from tests.engine import fresh

ROOT = Path(__file__).resolve().parents[2]

PREPARE = """
import sys
import torch
from torch import nn
from solutions.ex05_training_loop import save_checkpoint

net = nn.Linear(1024, 300)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
"""
SAVE_FOREVER = """
epoch = 0
while True:
    epoch += 1
    with torch.no_grad():
        net.bias.fill_(epoch)
    save_checkpoint(sys.argv[1], net, optimizer, epoch)
    print(epoch, flush=True)
"""
SAVE_ON_A_FULL_DISK = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))  # bytes; the checkpoint has 1.2 million
save_checkpoint(sys.argv[1], net, optimizer, 5)
"""

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and limits of POSIX")


def untrained() -> tuple[nn.Linear, torch.optim.SGD]:
    """Return a network like that of the child, and its optimizer."""
    net = nn.Linear(1024, 300)
    return net, torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)


def child(code: str, path: Path) -> fresh.Process:
    """Start a process that saves a checkpoint at `path`."""
    return fresh.Process("-c", PREPARE + code, path, cwd=ROOT)


def kill_after(process: fresh.Process, saved: int, seconds: float) -> int:
    """Kill a child some time after so many checkpoints; return the last one that it told of."""
    assert process.stdout is not None
    for _ in range(saved):
        process.stdout.readline()
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    told = process.communicate()
    return max([saved, *map(int, told.split())])


@posix
@pytest.mark.parametrize("seed", range(3), ids="moment {}".format)
def test_a_checkpoint_loads_whenever_the_process_is_killed(tmp_path: Path, seed: int) -> None:
    path, moment = tmp_path / "run.pt", random.Random(seed).uniform(0.0, 0.05)

    last = kill_after(child(SAVE_FOREVER, path), saved=2, seconds=moment)

    net, optimizer = untrained()
    epoch = load_checkpoint(path, net, optimizer, "cpu")
    assert epoch in (last, last + 1)
    assert net.bias.unique().tolist() == [epoch]


@posix
def test_a_full_disk_leaves_the_old_checkpoint_and_says_what_is_wrong(tmp_path: Path) -> None:
    path, (net, optimizer) = tmp_path / "run.pt", untrained()
    save_checkpoint(path, net, optimizer, 4)
    before = path.read_bytes()

    errors = child(SAVE_ON_A_FULL_DISK, path).communicate()

    assert errors.splitlines()[-1] == "OSError: [Errno 27] File too large"
    assert [one.name for one in tmp_path.iterdir()] == ["run.pt"]
    assert path.read_bytes() == before


@pytest.mark.parametrize("parts", range(8), ids="{} of 8 parts".format)
def test_a_file_that_was_cut_off_is_refused(tmp_path: Path, parts: int) -> None:
    path, (net, optimizer) = tmp_path / "run.pt", untrained()
    save_checkpoint(path, net, optimizer, 4)
    whole, before = path.read_bytes(), net.weight.detach().clone()
    path.write_bytes(whole[: len(whole) * parts // 8])

    with pytest.raises(ValueError, match=r"run\.pt must be a whole checkpoint"):
        load_checkpoint(path, net, optimizer, "cpu")

    assert torch.equal(net.weight, before)
