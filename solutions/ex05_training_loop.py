"""Lesson 5: the training loop, whole.

One step of training makes a network a little better. A training run is that step for every batch (an
*epoch*), many epochs after one another, a look at images that it never learned from after each of
them, and a file from which the run can go on when the machine is switched off:

    fit     epoch 1                     epoch 2
            train_one_epoch  evaluate   train_one_epoch  evaluate   ...
              |                |          |                |
    History   train_loss[0]    test[0]    train_loss[1]    test[1]

    checkpoint   { "net": weights and buffers,  "optimizer": its memory,  "epoch": how far it came }

A *loader* is any iterable that gives pairs of images and labels, batch by batch: a DataLoader, a list,
a generator. Batches may have different sizes, so every mean in this lesson is one over images, not
over batches. The measure is the cross-entropy, which takes raw scores and the numbers of the right
classes: https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html

After: https://docs.pytorch.org/tutorials/beginner/basics/optimization_tutorial.html
"""

import copy
import io
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import Optimizer

Loader = Iterable[tuple[Tensor, Tensor]]
Device = torch.device | str


@dataclass(frozen=True, eq=False)  # two tensors have no plain answer to whether they are equal
class Evaluation:
    """How good a network is on some images.

    Args:
        loss: the mean cross-entropy per image.
        accuracy: which part of the images was classified correctly, 0 to 1.
        confusion: how often each digit was read as each digit, (10, 10) int64 on the CPU: the row is the
            right digit, the column is what was read.
    """

    loss: float
    accuracy: float
    confusion: Tensor


@dataclass
class History:
    """What a training run went through: one entry per epoch in each list.

    Args:
        train_loss: what `train_one_epoch` returned.
        test: what `evaluate` returned after it.
    """

    train_loss: list[float] = field(default_factory=list)
    test: list[Evaluation] = field(default_factory=list)


def train_one_epoch(net: nn.Module, loader: Loader, optimizer: Optimizer, device: Device) -> float:
    """Let the network learn once from each batch, in the loader's order.

    The network is put into train mode first, and stays in it. Each batch is moved to the device, images
    and labels; its loss is the cross-entropy, the mean over its images; the optimizer makes one step
    with the gradients of this loss and of nothing else.

    Args:
        net: the network, on `device` already. (N, 1, 32, 32) -> (N, 10) for LeNet.
        loader: gives pairs of images (N, 1, 32, 32) float32 and labels (N,) int64; N may differ from batch
            to batch. It is iterated exactly once, and may have no length. The tensors that it gives are
            left as they are. Errors that it raises propagate.
        optimizer: of the network's parameters; they may hold old gradients, which must not count.
        device: where the network is.

    Returns:
        The mean cross-entropy per image over the epoch, a Python float. The loss of each batch is that
        before its step. No graph outlives its batch: what is added up are numbers.

    Raises:
        ValueError: the loader gives no batch.

    See: https://docs.pytorch.org/tutorials/beginner/introyt/trainingyt.html
    """
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch, and gives none")
    return total / count


def evaluate(net: nn.Module, loader: Loader, device: Device) -> Evaluation:
    """Measure the network on images, and change nothing about it.

    It runs in eval mode and records no graph. Parameters, buffers and gradients (`.grad`) stay as they
    are. Afterwards each module in the network is in the mode in which it was before, one by one: a part
    may have been in eval mode while the rest was in train mode. This holds also where the loader or the
    network raises an error, which propagates.

    Args:
        net: the network, on `device` already, in any mode. It gives ten scores for each image; the digit that
            it reads is the one with the highest score.
        loader: gives pairs of images and labels as for `train_one_epoch`; iterated exactly once. Each
            batch is moved to the device, images and labels.
        device: where the network is.

    Returns:
        Loss and accuracy over all images as Python floats, and the confusion matrix.

    Raises:
        ValueError: the loader gives no batch.

    See: https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.eval
    """
    modes = [(module, module.training) for module in net.modules()]
    confusion = torch.zeros(10, 10, dtype=torch.int64)
    total = 0.0
    net.eval()
    try:
        with torch.no_grad():
            for images, labels in loader:
                images, labels = images.to(device), labels.to(device)
                scores = net(images)  # (N, 10)
                total += F.cross_entropy(scores, labels, reduction="sum").item()
                cells = labels * 10 + scores.argmax(dim=1)
                confusion += torch.bincount(cells, minlength=100).view(10, 10).cpu()
    finally:
        for module, mode in modes:
            module.training = mode
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch, and gives none")
    return Evaluation(total / count, int(confusion.trace()) / count, confusion)


def fit(
    net: nn.Module, train_loader: Loader, test_loader: Loader, epochs: int, learning_rate: float, device: Device
) -> History:
    """Train the network for some epochs, and evaluate it after each.

    The network is moved to the device. The optimizer is torch.optim.SGD with a momentum of 0.9; its
    memory lasts through the whole run. The network ends with the weights of the last epoch, whatever
    the evaluations say: images that choose the weights are no test any more. No seed is set.

    Args:
        net: the network; learns in place.
        train_loader: what it learns from; iterated once per epoch.
        test_loader: what it is evaluated on; iterated once per epoch.
        epochs: 0 or more; 0 leaves the weights as they are, and both lists of the history empty.
        learning_rate: the optimizer's, the same in all epochs.
        device: where to train.

    Returns:
        The history, one entry per epoch in each list.

    Raises:
        ValueError: epochs is negative; the message names the argument and the value given.

    See: https://docs.pytorch.org/docs/stable/generated/torch.optim.SGD.html
    """
    if epochs < 0:
        raise ValueError(f"epochs must be 0 or more, and is {epochs}")
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
    history = History()
    for _ in range(epochs):
        history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
        history.test.append(evaluate(net, test_loader, device))
    return history


def save_checkpoint(path: str | Path, net: nn.Module, optimizer: Optimizer, epoch: int) -> None:
    """Write all that a run needs to go on into one file, whole or not at all.

    The file is made by torch.save from a dictionary of plain containers, such as
    torch.load(path, weights_only=True) reads:

        "net"        the network's state dict
        "optimizer"  the optimizer's state dict
        "epoch"      the number given, as it is

    It is written to a neighbouring file in the same folder, finished and closed, and only then put in
    the place of an older checkpoint with os.replace. So a kill at any moment leaves the old checkpoint
    or the new one, never none and never half of one. Where writing fails, the old checkpoint stays as it
    is, the neighbouring file goes, and the error propagates. No other file of the folder is touched.

    Args:
        path: where the checkpoint goes; an older one there is replaced. Its folder must be there already:
            none is made, and the error that follows propagates.
        net: the network; left as it is.
        optimizer: its optimizer; left as it is.
        epoch: how many epochs are done.

    See: https://docs.python.org/3/library/os.html#os.replace
    """
    path = Path(path)
    partial = path.with_name(f"{path.name}.partial")
    memory = io.BytesIO()  # where a disk is full, plain writing says so; torch.save speaks of positions
    torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, memory)
    try:
        with partial.open("wb") as file:
            file.write(memory.getbuffer())
            file.flush()
            os.fsync(file.fileno())  # on the disk before the name points to it: power may fail, too
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def load_checkpoint(path: str | Path, net: nn.Module, optimizer: Optimizer, device: Device) -> int:
    """Bring network and optimizer back to where `save_checkpoint` left them, or leave them as they are.

    A run that goes on from its checkpoint ends with the same weights as one that never stopped. The
    network keeps its own Parameter objects (the optimizer holds on to them): the saved numbers are
    copied into them. The mode of the network (train or eval) stays as it is.

    A file may come from anyone. No code in it is run, and whether it fits is known before anything
    changes: after an error, network and optimizer are exactly as they were.

    Args:
        path: a file that `save_checkpoint` wrote, on this machine or on one with other devices.
        net: a network of the same architecture as the saved one, on `device`.
        optimizer: its optimizer, of the same kind as the saved one.
        device: where the saved tensors go.

    Returns:
        The epoch that was saved.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is no whole checkpoint (truncated, of another kind, with code inside, an
            entry missing), or does not fit this network and optimizer (a name missing or too many,
            another shape, other parameter groups); the message names the path.

    See: https://docs.pytorch.org/docs/stable/generated/torch.load.html
    """
    content = io.BytesIO(Path(path).read_bytes())  # apart: torch.load raises OSError for truncated files, too
    trial_net, trial_optimizer = copy.deepcopy((net, optimizer))  # together: the one holds the other's parameters
    try:
        checkpoint = torch.load(content, map_location=device, weights_only=True)
        epoch = int(checkpoint["epoch"])
        trial_net.load_state_dict(checkpoint["net"])
        trial_optimizer.load_state_dict(checkpoint["optimizer"])
    except Exception as error:
        raise ValueError(f"{path} must be a whole checkpoint of this network and optimizer") from error
    net.load_state_dict(checkpoint["net"])
    optimizer.load_state_dict(checkpoint["optimizer"])
    return epoch


if __name__ == "__main__":
    net = nn.Sequential(nn.Flatten(), nn.Linear(1024, 10))
    batches = [(torch.randn(8, 1, 32, 32), torch.randint(10, (8,))) for _ in range(4)]
    for epoch, loss in enumerate(fit(net, batches, batches, 5, 0.01, "cpu").train_loss, start=1):
        print(f"epoch {epoch}: {loss:.4f}")
