"""What lesson 6 costs and reaches: the sparse convolution, a training step, and real digits.

Usage: python benchmarks/lenet5.py [ROUNDS]

Three tables. The solution's `SparseConv` beside a dense `nn.Conv2d` of the same size, forward and with backward;
a training step of the networks of lessons 1 and 6, interleaved, medians of ROUNDS (50), one thread; and the
accuracy of `LeNet5Paper` on the held-out fifth of the real digits, trained with `map_loss`, for five seeds.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import torch  # noqa: E402  (the repository comes first on the path)
import torch.nn.functional as F  # noqa: E402
from torch import Tensor, nn  # noqa: E402

from kata.train.digits import load_digits  # noqa: E402
from solutions.ex01_lenet import LeNet  # noqa: E402
from solutions.ex04_data import DigitsDataset, make_loaders  # noqa: E402
from solutions.ex06_lenet5 import C3_TABLE, LeNet5, LeNet5Paper, SparseConv, map_loss  # noqa: E402

EPOCHS, LEARNING_RATE, MOMENTUM, J = 15, 0.002, 0.9, 1.0


def medians(calls: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Return the median seconds of each call, made in turns."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(rounds + 5):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            if number >= 5:
                times[name].append(time.perf_counter() - start)
    return {name: statistics.median(found) for name, found in times.items()}


def convolutions(rounds: int) -> None:
    """Print the sparse convolution beside the dense one."""
    layers: dict[str, nn.Module] = {"SparseConv": SparseConv(C3_TABLE, 5), "nn.Conv2d": nn.Conv2d(6, 16, 5)}
    print("C3 on N maps of 6 x 14 x 14    sparse us   dense us   ratio")
    for count in (1, 32, 128):
        x = torch.randn(count, 6, 14, 14, requires_grad=True)
        for what in ("forward", "with backward"):

            def call(layer: nn.Module, x: Tensor = x, what: str = what) -> None:
                result = layer(x)
                if what != "forward":
                    result.sum().backward()

            found = medians({name: lambda layer=layer: call(layer) for name, layer in layers.items()}, rounds)  # type: ignore[misc]  # no type for a default
            sparse, dense = found.values()
            print(f"  N = {count:<4} {what:<18} {sparse * 1e6:>11.0f} {dense * 1e6:>10.0f} {sparse / dense:>7.2f}")


def steps(rounds: int) -> None:
    """Print a training step of each network with 32 images."""
    x, labels = torch.rand(32, 1, 32, 32), torch.randint(10, (32,))
    losses: dict[str, tuple[nn.Module, Callable[[Tensor], Tensor]]] = {
        "LeNet, lesson 1": (LeNet(), lambda scores: F.cross_entropy(scores, labels)),
        "LeNet5, today's parts": (LeNet5(), lambda scores: F.cross_entropy(scores, labels)),
        "LeNet5Paper, 1998": (LeNet5Paper(), lambda penalties: map_loss(penalties, labels, J)),
    }

    def step(net: nn.Module, loss: Callable[[Tensor], Tensor], optimizer: torch.optim.Optimizer) -> None:
        optimizer.zero_grad()
        loss(net(x)).backward()
        optimizer.step()

    calls: dict[str, Callable[[], object]] = {}
    for name, (net, loss) in losses.items():
        optimizer = torch.optim.SGD(net.parameters(), lr=1e-6)
        calls[name] = lambda net=net, loss=loss, optimizer=optimizer: step(net, loss, optimizer)  # type: ignore[misc]  # no types for defaults
    found = medians(calls, rounds)
    print("\na training step with 32 images        ms   ratio")
    for name, seconds in found.items():
        print(f"  {name:<28} {seconds * 1e3:>10.2f} {seconds / found['LeNet, lesson 1']:>7.2f}")


def digits() -> None:
    """Print what the network of 1998 reaches on real digits."""
    print(f"\nLeNet5Paper, {EPOCHS} epochs of the real digits, learning rate {LEARNING_RATE}, momentum {MOMENTUM}")
    for seed in range(5):
        train, test = make_loaders(DigitsDataset(*load_digits()), 32, 0.2, seed)
        torch.manual_seed(seed)
        net, start = LeNet5Paper(), time.perf_counter()
        optimizer = torch.optim.SGD(net.parameters(), lr=LEARNING_RATE, momentum=MOMENTUM)
        for _ in range(EPOCHS):
            for images, labels in train:
                optimizer.zero_grad()
                map_loss(net(-0.1 + 1.275 * images), labels, J).backward()
                optimizer.step()
        with torch.no_grad():
            read = [net(-0.1 + 1.275 * images).argmin(dim=1) == labels for images, labels in test]
        right, seconds = torch.cat(read), time.perf_counter() - start
        print(f"  seed {seed}: {100 * float(right.double().mean()):.1f} % of {len(right)}, {seconds:.1f} s")


if __name__ == "__main__":
    torch.set_num_threads(1)
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    convolutions(rounds)
    steps(rounds)
    torch.set_num_threads(2)
    digits()
