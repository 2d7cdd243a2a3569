"""How fast the solution's epoch is, how its cost grows, and how well `fit` learns real digits.

Usage: python benchmarks/training.py [ROUNDS]

Four tables: images per second of the solution's `train_one_epoch` beside the plainest loop with
torch.optim.SGD and beside a loop shaped like PyTorch's own MNIST example, interleaved, medians of
ROUNDS (7); seconds and memory for 1,000 to 60,000 images; images per second of one and of two
processes, and what the exchange of their gradients costs; and what `fit` reaches with five seeds.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import torch  # noqa: E402  (the repository comes first on the path)
import torch.distributed as dist  # noqa: E402
import torch.nn.functional as F  # noqa: E402
from torch.nn.parallel import DistributedDataParallel  # noqa: E402
from torch.utils.data import DataLoader, TensorDataset  # noqa: E402

from kata.train.digits import load_digits  # noqa: E402
from kata.train.training import Settings  # noqa: E402
from solutions.ex01_lenet import LeNet  # noqa: E402
from solutions.ex04_data import DigitsDataset, make_loaders  # noqa: E402
from solutions.ex05_training_loop import fit, train_one_epoch  # noqa: E402

Epoch = Callable[[LeNet, Any, torch.optim.Optimizer], object]


def solution(net: LeNet, loader: Any, optimizer: torch.optim.Optimizer) -> float:
    """Run the solution's epoch."""
    return train_one_epoch(net, loader, optimizer, "cpu")


def plainest(net: LeNet, loader: Any, optimizer: torch.optim.Optimizer) -> None:
    """Run an epoch that does nothing but learn."""
    for images, labels in loader:
        optimizer.zero_grad()
        F.cross_entropy(net(images), labels).backward()
        optimizer.step()


def as_in_the_example(net: LeNet, loader: Any, optimizer: torch.optim.Optimizer) -> str:
    """Run an epoch in the shape of PyTorch's MNIST example: moves, log-softmax, and a line now and then."""
    net.train()
    line = ""
    for number, (images, labels) in enumerate(loader):
        images, labels = images.to("cpu"), labels.to("cpu")
        optimizer.zero_grad()
        loss = F.nll_loss(F.log_softmax(net(images), dim=1), labels)
        loss.backward()
        optimizer.step()
        if number % 10 == 0:
            line = f"{number * len(images)}/{len(loader.dataset)} loss {loss.item():.6f}"
    return line


def seconds(epoch: Epoch, loader: Any) -> float:
    """Time one epoch of a fresh network."""
    torch.manual_seed(0)
    net = LeNet()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9)
    start = time.perf_counter()
    epoch(net, loader, optimizer)
    return time.perf_counter() - start


def speed(rounds: int) -> None:
    """Print images per second of the three loops, interleaved."""
    loops: dict[str, Epoch] = {"solution": solution, "plainest loop": plainest, "MNIST example": as_in_the_example}
    loader, _ = make_loaders(DigitsDataset(*load_digits()), 32, 0.2, seed=0)
    times: dict[str, list[float]] = {name: [] for name in loops}
    for turn in range(rounds + 1):
        for name, epoch in loops.items():
            taken = seconds(epoch, loader)
            if turn:  # the first round only warms up
                times[name].append(taken)
    count = len(loader.dataset)  # type: ignore[arg-type]  # a Subset has a length
    rates = {name: count / statistics.median(values) for name, values in times.items()}
    faster = max(rates["plainest loop"], rates["MNIST example"])
    print(f"Images per second of one epoch, {count} images in batches of 32, median of {rounds}:")
    for name, rate in rates.items():
        print(f"  {name:<16}{rate:>8.0f}{rate / faster:>8.2f} of the faster of the other two")


def growth() -> None:
    """Print seconds and memory of one epoch of the solution for growing numbers of images."""
    print("One epoch, by number of images (each in a process of its own):")
    print("  images   seconds   per 1,000   memory beyond training and data")
    for count in (1_000, 4_000, 15_000, 60_000):
        words = [sys.executable, __file__, "--one", str(count)]
        taken, extra = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
        per_thousand = 1000 * float(taken) / count
        print(f"  {count:>6}{float(taken):>10.2f}{per_thousand:>12.3f}{float(extra):>10.0f} MiB")


def loader_of(count: int) -> Any:
    """Return batches of 64 of that many random images."""
    images, labels = torch.rand(count, 1, 32, 32), torch.randint(10, (count,))
    return DataLoader(TensorDataset(images, labels), batch_size=64, shuffle=True)


def peak() -> float:
    """Return the most memory that this process has ever held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def one_size(count: int) -> None:
    """Print the seconds of an epoch over `count` images, and by how much more than the data the peak grew (MiB)."""
    seconds(solution, loader_of(1_000))  # what training itself needs is there after it
    before = peak()
    taken = seconds(solution, loader_of(count))
    data = count * 32 * 32 * 4 / 2**20
    print(taken, max(0.0, peak() - before - data))


def together(rounds: int) -> None:
    """Print images per second with one and with two processes, each with one thread, and the share of the exchange."""
    print(f"LeNet, batches shared by processes of one thread each, median of {rounds} epochs:")
    print("  batch   processes   images per second   without exchange   the exchange takes")
    for batch_size, count in ((32, 1), (32, 2), (512, 1), (512, 2)):
        words = [
            "-m",
            "torch.distributed.run",
            "--standalone",
            "--nproc-per-node",
            str(count),
            __file__,
            "--share",
            str(batch_size),
        ]
        own = {**os.environ, "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}
        said = subprocess.run(
            [sys.executable, *words, str(rounds)], env=own, capture_output=True, text=True, check=True
        ).stdout.split()
        rate, alone, cost = map(float, said)
        print(f"  {batch_size:>5}{count:>12}{rate:>20.0f}{alone:>19.0f}{100 * cost:>18.0f} %")


def one_share(batch_size: int, rounds: int) -> None:
    """Measure one rank's epochs with and without the exchange of gradients, in turn; rank 0 prints."""
    torch.set_num_threads(1)
    dist.init_process_group("gloo")
    size = dist.get_world_size()
    whole = DigitsDataset(*load_digits())
    count = len(whole) // size
    share = torch.utils.data.Subset(whole, range(dist.get_rank() * count, (dist.get_rank() + 1) * count))
    loader: Any = DataLoader(share, batch_size=batch_size // size, shuffle=True)
    net = DistributedDataParallel(LeNet())
    optimizer = torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9)
    times: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(rounds + 1):
        for exchanges in times:
            dist.barrier()
            start = time.perf_counter()
            with nullcontext() if exchanges else net.no_sync():
                plainest(net, loader, optimizer)  # type: ignore[arg-type]  # the same network, wrapped
            times[exchanges].append(time.perf_counter() - start)
    with_it, without = (statistics.median(times[exchanges][1:]) for exchanges in (True, False))
    if dist.get_rank() == 0:
        print(count * size / with_it, count * size / without, 1 - without / with_it)
    dist.destroy_process_group()


def accuracy() -> None:
    """Print what the solution's `fit` reaches on the held-out fifth of the digits, with five seeds."""
    chosen = Settings()
    words = f"batches of {chosen.batch_size}, learning rate {chosen.learning_rate}, {chosen.epochs} epochs"
    print(f"fit on the 1,797 digits, a fifth held out; {words}, {torch.get_num_threads()} threads:")
    dataset = DigitsDataset(*load_digits())
    for seed in range(5):
        loaders = make_loaders(dataset, chosen.batch_size, chosen.test_fraction, seed)
        torch.manual_seed(seed)
        net = LeNet()
        start = time.perf_counter()
        history = fit(net, *loaders, chosen.epochs, chosen.learning_rate, "cpu")
        taken = time.perf_counter() - start
        print(f"  seed {seed}: {100 * history.test[-1].accuracy:.1f} % in {taken:.1f} s")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one_size(int(sys.argv[2]))
    elif sys.argv[1:2] == ["--share"]:
        one_share(int(sys.argv[2]), int(sys.argv[3]))
    else:
        speed(int(sys.argv[1]) if sys.argv[1:] else 7)
        growth()
        together(int(sys.argv[1]) if sys.argv[1:] else 7)
        accuracy()
