"""Lesson 9: the same code everywhere.

A network, its batch and all that is made of them lie on one device: the CPU, or an accelerator such as a GPU, which has
a memory of its own. Code that names no device of its own runs on all of them:

    pick_device() ---> device
                         |
    batch (CPU) -----> to_device -----> net(x), criterion     lower precision, where that is enough: autocast
                                             |
                                          backward            gradients too small for it: scaled, and scaled back
                                             |
                                          the step            weights stay float32

What a GPU does differently, measured on one card (an H100):

- It works behind the CPU's back. A call returns before its result is there; `.item()`, `.cpu()` and `print` wait for
  it. A program that asks for each loss waits after each batch: ask once, at the end.
- Its sums come out in another order, and float32 products may keep 10 bits of the 23 (TF32): the last digits differ,
  and so do runs. 25 epochs of LeNet on lesson 4's digits ended at 98.6 % on the CPU and at 98.3 % on the card. Both
  took 16 s: batches of 32 small images do not keep a card busy.
- Two devices do not mix: a tensor left behind stops the step with "Expected all tensors to be on the same device".

Where this machine has no accelerator, the checks run on a pretend one. It shows where tensors lie, and nothing of
speed, memory or rounding.

After: https://docs.pytorch.org/docs/stable/accelerator.html and https://docs.pytorch.org/docs/stable/amp.html
"""

import dataclasses
import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.amp import GradScaler
from torch.optim import Optimizer


def pick_device() -> torch.device:
    """Say on which device this machine works best.

    torch asks the accelerators for you: CUDA, MPS, XPU and others answer through one door, `torch.accelerator`. A torch
    that was built for one may run where there is none, so that what it was built for says nothing of this machine.

    Returns:
        The accelerator that torch would use now, whatever its kind; the CPU where none can be used. It is asked anew at
        each call, and nothing is changed.

    See: https://docs.pytorch.org/docs/stable/generated/torch.accelerator.current_accelerator.html
    """
    raise NotImplementedError


def to_device(batch: Any, device: torch.device | str) -> Any:
    """Bring all tensors of a batch to a device, however they are packed.

    Args:
        batch: a tensor, or a list, tuple, named tuple, dict or dataclass of such, nested as deep as you like; anything
            else in it (numbers, texts, None, arrays of numpy, modules) goes along as it is. It is left as it was.
        device: where to.

    Returns:
        The same in the same packing: a tuple for a tuple, a named tuple or dataclass of the same class, a dict with the
        same keys in the same order. A tensor keeps dtype and graph, and one that lies there already is not copied. The
        copies are asked for with ``non_blocking=True``: of pinned memory they run beside the CPU's work.

    See: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.to.html
    """
    raise NotImplementedError


def seed_everything(seed: int) -> None:
    """Let all random numbers of a program begin at one place: those of Python, of numpy and of torch on every device.

    torch draws what it draws after ``torch.manual_seed(seed)``. Settings of torch and the environment stay as they are.

    Args:
        seed: any whole number from 0 to 2**64 - 1. Python and torch take all of it. numpy takes 32 bits only: give it
            the lowest 32, as its own seed.

    See: https://docs.pytorch.org/docs/stable/notes/randomness.html
    """
    raise NotImplementedError


def mixed_precision_step(
    net: nn.Module, optimizer: Optimizer, scaler: GradScaler, criterion: nn.Module, x: Tensor, target: Tensor
) -> float:
    """Train on one batch in mixed precision: layers in 16 bits where that is enough, weights in float32.

    Under autocast, torch chooses the precision of each operation, in the 16 bits that it takes on that device: float16
    on a GPU, bfloat16 on the CPU. It is meant for the forward pass and the loss, and for nothing else: backward follows
    by itself. Gradients of 16 bits that are too small become 0, so the loss is scaled up before backward, and the
    gradients are scaled back before the step. Where they came out infinite, the scaler leaves the step out and scales
    less from then on: it has to be asked for the step, and told when it is over.

    Args:
        net: float32; its old gradients do not count. It stays float32, in the mode that it is in.
        optimizer: of its parameters.
        scaler: made for the device; may be disabled, and then scales by 1.
        criterion: takes scores and target.
        x, target: on the device of the net; left as they are.

    Returns:
        The loss before the step, not scaled, as a Python float.

    See: https://docs.pytorch.org/docs/stable/notes/amp_examples.html
    """
    raise NotImplementedError


def accumulated_step(
    net: nn.Module, optimizer: Optimizer, criterion: nn.Module, batches: Sequence[tuple[Tensor, Tensor]]
) -> float:
    """Make one step from several small batches, as if they had been one large batch that does not fit into memory.

    Gradients add up over several calls of backward, and are those of the mean when the optimizer makes its step. The
    criterion gives the mean over the images of its batch, and the batches may be of different sizes: each image of all
    of them counts the same.

    Args:
        net: its old gradients do not count.
        optimizer: of its parameters; makes one step.
        criterion: takes scores and target, and gives the mean over a batch.
        batches: one or more pairs of images and targets, on the device of the net. Only one is run at a time, and its
            graph is used up before the next.

    Returns:
        The mean loss over all images before the step, as a Python float. The device is asked for a number only once.

    See: https://docs.pytorch.org/docs/stable/notes/amp_examples.html#gradient-accumulation
    """
    raise NotImplementedError


if __name__ == "__main__":
    seed_everything(0)
    device = pick_device()
    net = nn.Linear(4, 3).to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    x, target = to_device((torch.randn(8, 4), torch.arange(8) % 3), device)
    scaler = GradScaler(device.type)
    print(device, mixed_precision_step(net, optimizer, scaler, nn.CrossEntropyLoss(), x, target))
    print(accumulated_step(net, optimizer, nn.CrossEntropyLoss(), [(x[:5], target[:5]), (x[5:], target[5:])]))
