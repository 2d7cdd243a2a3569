"""Lesson 11: many processes, one network.

One process trains as fast as one processor allows. Data-parallel training starts several, each with the same network
and with its own share of the images, and lets them talk to one another after every backward pass:

    rank 0    its images -> net -> loss -> gradients --+                   +--> the same step
                                                       +--> their mean ----+
    rank 1    its images -> net -> loss -> gradients --+                   +--> the same step

Networks that start equal and take equal steps stay equal: nobody sends weights around after the first moment.

The processes of a group are numbered: a process' number is its *rank*, how many there are is the *world size*:

    dist.get_rank()                 who am I: 0, 1, ...
    dist.get_world_size()           how many are we
    dist.broadcast(tensor, src=0)   rank 0's numbers into everyone's tensor, in place
    dist.all_reduce(tensor)         the sum of all ranks' tensors into everyone's tensor, in place

The last two are *collective*: each rank must call them, in the same order and with tensors of the same shape, and waits
until all others have. A rank that leaves one out lets the others wait without end.

In the checks two real processes run your functions, which find the group ready: `init_process_group` was called, and
nothing here calls it again. Outside the checks `torchrun` is what starts them, as in `kata train --processes 2`.

After: https://docs.pytorch.org/tutorials/intermediate/ddp_tutorial.html
"""

from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader


def shard(count: int, rank: int, world_size: int, epoch: int, seed: int) -> list[int]:
    """Choose the images that one rank is to see in one epoch.

    All ranks shuffle the numbers 0 to count - 1 in the same way, without a word to one another: the order depends on
    seed and epoch only, and is another one in each epoch. Then the numbers are shared out. All ranks must get equally
    many, since each step waits for everyone: where the numbers do not go round, the order begins again from its start
    until they do.

        count = 5, world_size = 2, shuffled: 3 0 4 1 2, and from the start again: 3
        rank 0 may get 3 4 2, and rank 1 then 0 1 3

    Args:
        count: how many images there are; 0 or more, and maybe fewer than there are ranks.
        rank: whose share is wanted, from 0 to world_size - 1.
        world_size: how many ranks there are, 1 or more.
        epoch: which epoch, from 0.
        seed: a whole number that all ranks were given; it may be negative.

    Returns:
        The numbers of the images, as Python ints. The global random state of torch stays as it is.

    See: https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.distributed.DistributedSampler
    """
    order = torch.randperm(count, generator=torch.Generator().manual_seed(seed + epoch)).tolist()
    rounds = -(-count // world_size)
    return [order[index % count] for index in range(rank, rounds * world_size, world_size)]


def broadcast_parameters(net: nn.Module) -> None:
    """Give every rank the network of rank 0.

    Parameters, frozen ones too, and buffers, such as the running means of a batch norm, become those of rank 0, in
    place: each parameter remains the object that it was. Gradients and modes are nobody's business here.

    Args:
        net: the network; of the same architecture on all ranks.

    See: https://docs.pytorch.org/docs/stable/distributed.html#torch.distributed.broadcast
    """
    for tensor in [*net.parameters(), *net.buffers()]:
        dist.broadcast(tensor.detach(), src=0)


def average_gradients(net: nn.Module) -> None:
    """Give every parameter, on every rank, the mean of all ranks' gradients.

    A gradient of None counts as zeros: a rank whose images did not need a layer still belongs to the mean, and gets it.
    A parameter whose gradient is None on every rank keeps None, as a frozen one does. The weights stay as they are.

    Args:
        net: the network, after `backward` on each rank.

    See: https://docs.pytorch.org/docs/stable/distributed.html#torch.distributed.all_reduce
    """
    for parameter in net.parameters():
        holders = torch.tensor(float(parameter.grad is not None), device=parameter.device)
        dist.all_reduce(holders)
        if holders == 0:
            continue
        if parameter.grad is None:
            parameter.grad = torch.zeros_like(parameter)
        dist.all_reduce(parameter.grad)
        parameter.grad /= dist.get_world_size()


def distributed_step(net: nn.Module, optimizer: Optimizer, criterion: nn.Module, x: Tensor, target: Tensor) -> float:
    """Take one step of training with the images of all ranks, as one process would with the whole batch.

    The ranks may hold different numbers of images. The mean over all images is then not the mean of the ranks' means:
    each image counts the same, whoever holds it.

        rank 0 holds 6 images, rank 1 holds 2: its loss counts 6 / 8, rank 1's counts 2 / 8

    Args:
        net: the network, equal on all ranks; its old gradients do not count. No layer looks at the batch as a whole.
        optimizer: one for its parameters, on each rank.
        criterion: ``criterion(scores, target)``, the mean over the images that it is given.
        x: this rank's images, (n, ...); n is 1 or more and may differ from rank to rank.
        target: what belongs to them, (n, ...).

    Returns:
        The mean loss over the images of all ranks, before the step: the same Python float on each.

    See: https://docs.pytorch.org/docs/stable/notes/ddp.html
    """
    images = torch.tensor(float(len(x)), device=x.device)
    dist.all_reduce(images)
    optimizer.zero_grad()
    share = criterion(net(x), target) * len(x) / images  # the shares of all ranks add up to the mean over all images
    (share * dist.get_world_size()).backward()  # what follows divides by the number of ranks
    average_gradients(net)
    optimizer.step()
    loss = share.detach()
    dist.all_reduce(loss)
    return loss.item()


def distributed_evaluate(net: nn.Module, loader: DataLoader[Any]) -> float:
    """Measure how many images of a dataset are classified correctly, each rank looking at its share.

    The loader has a `DistributedSampler`, which deals out the images as cards are dealt: one to rank 0, one to rank 1,
    and so on, round after round. Where the last round is short, it is filled up with images from the start. These are
    the last that the last ranks see, and have been dealt before: an image counts once.

        5 images, 2 ranks:   rank 0 sees 0 2 4      rank 1 sees 1 3 0: the second 0 must not count

    Args:
        net: the network, equal on all ranks; it is in eval mode meanwhile, and each module in its own mode afterwards.
        loader: this rank's batches of images and labels; ``loader.dataset`` is the whole dataset, at least one image.

    Returns:
        The accuracy over the whole dataset, from 0 to 1: the same Python float on each rank. No graph is recorded.

    See: https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.distributed.DistributedSampler
    """
    count = len(loader.dataset)  # a dataset that can be sampled has a length
    left = len(range(dist.get_rank(), count, dist.get_world_size()))  # those that are dealt to this rank first
    correct = torch.zeros(())
    modes = [(module, module.training) for module in net.modules()]
    net.eval()
    with torch.no_grad():
        for images, labels in loader:
            counted = labels[:left]
            correct += (net(images).argmax(dim=1)[:left] == counted).sum().cpu()
            left -= len(counted)
    for module, mode in modes:
        module.training = mode
    dist.all_reduce(correct)
    return correct.item() / count
