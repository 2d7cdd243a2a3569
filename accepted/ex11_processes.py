"""Right answers to lesson 11 that are written in other ways than the solution."""

import math
import random
from itertools import chain, cycle, islice
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DistributedSampler

from kata.authoring import right
from solutions.ex11_processes import average_gradients


@right("shard", says="torch's own DistributedSampler: what this exercise takes apart.")
def as_the_sampler_does(count: int, rank: int, world_size: int, epoch: int, seed: int) -> Any:
    if count == 0:
        return []
    sampler: Any = DistributedSampler(range(count), world_size, rank, seed=seed)  # type: ignore[arg-type]
    sampler.set_epoch(epoch)
    return list(sampler)


@right("shard", says="Neighbours in the order stay on one rank: as good, since the order is random.")
def in_blocks(count: int, rank: int, world_size: int, epoch: int, seed: int) -> Any:
    generator = torch.Generator()
    generator.manual_seed(1_000_003 * seed + epoch)
    order = torch.randperm(count, generator=generator).tolist()
    each = math.ceil(count / world_size)
    filled = list(islice(cycle(order), each * world_size)) if order else []
    return filled[rank * each : (rank + 1) * each]


@right("shard", says="A text as the seed: any pair of numbers gives another order.")
def by_pythons_random(count: int, rank: int, world_size: int, epoch: int, seed: int) -> Any:
    order = list(range(count))
    random.Random(f"{seed}/{epoch}").shuffle(order)
    while len(order) % world_size:
        order += order[: min(count, world_size - len(order) % world_size)]
    return order[rank::world_size]


@right("shard", says="Several numbers as one seed: nothing collides, negative ones need a sign of their own.")
def by_numpy(count: int, rank: int, world_size: int, epoch: int, seed: int) -> Any:
    order = np.random.default_rng([abs(seed), seed < 0, epoch]).permutation(count)
    each = (count + world_size - 1) // world_size
    return np.resize(order, each * world_size)[rank::world_size].tolist()


@right("shard")
def counted_from_the_end(count: int, rank: int, world_size: int, epoch: int, seed: int) -> Any:
    g = torch.Generator().manual_seed(hash((seed, epoch)) % 2**31)
    order = torch.argsort(torch.rand(count, generator=g)).tolist()
    return [
        int(order[place % count]) for place in range(world_size * -(-count // world_size) - 1 - rank, -1, -world_size)
    ]


@right("broadcast_parameters", says="Parameters, then buffers: nothing new, and easy to read.")
def two_loops(net: nn.Module) -> None:
    for parameter in net.parameters():
        dist.broadcast(parameter.data, 0)
    for buffer in net.buffers():
        dist.broadcast(buffer, 0)


@right("broadcast_parameters")
def without_a_graph(net: nn.Module) -> None:
    with torch.no_grad():
        for tensor in chain(net.parameters(), net.buffers()):
            received = tensor.clone()
            dist.broadcast(received, src=0)
            tensor.copy_(received)


@right("broadcast_parameters", says="One message for everything; pickled, so slower for large networks.")
def as_objects(net: nn.Module) -> None:
    box: list[Any] = [None]
    if dist.get_rank() == 0:
        box = [[one.detach() for one in [*net.parameters(), *net.buffers()]]]
    dist.broadcast_object_list(box, src=0)
    for mine, its in zip([*net.parameters(), *net.buffers()], box[0], strict=True):
        mine.data.copy_(its)


@right("broadcast_parameters", says="A broadcast made of all_reduce: all ranks but one add nothing.")
def as_a_sum_with_zeros(net: nn.Module) -> None:
    for tensor in [p.data for p in net.parameters()] + list(net.buffers()):
        if dist.get_rank() != 0:
            tensor.zero_()
        dist.all_reduce(tensor, op=dist.ReduceOp.SUM)


@right("broadcast_parameters", says="Starts all messages and waits once: the network is not idle in between.")
def all_at_once(net: nn.Module) -> None:
    waiting = [dist.broadcast(t.detach(), 0, async_op=True) for t in [*net.parameters(), *net.buffers()]]
    for one in waiting:
        one.wait()


@right("average_gradients")
def asked_as_objects(net: nn.Module) -> None:
    mine = [p.grad is not None for p in net.parameters()]
    all_of_them: list[Any] = [None] * dist.get_world_size()
    dist.all_gather_object(all_of_them, mine)
    for number, p in enumerate(net.parameters()):
        if any(one[number] for one in all_of_them):
            p.grad = torch.zeros_like(p) if p.grad is None else p.grad / 1
            dist.all_reduce(p.grad)
            p.grad.div_(dist.get_world_size())


@right("average_gradients", says="One message instead of one for each parameter: what DDP does with its buckets.")
def as_one_vector(net: nn.Module) -> None:
    params = list(net.parameters())
    flags = torch.tensor([0.0 if p.grad is None else 1.0 for p in params])
    dist.all_reduce(flags)
    wanted = [p for p, flag in zip(params, flags.tolist(), strict=True) if flag]
    if not wanted:
        return
    vector = torch.cat([(torch.zeros_like(p) if p.grad is None else p.grad).flatten() for p in wanted])
    dist.all_reduce(vector)
    vector /= dist.get_world_size()
    for p, part in zip(wanted, vector.split([p.numel() for p in wanted]), strict=True):
        p.grad = part.view_as(p).clone()


@right("average_gradients", says="Divides before it adds: no sum gets large.")
def divided_first(net: nn.Module) -> None:
    size = dist.get_world_size()
    for parameter in filter(lambda p: p.requires_grad, net.parameters()):
        has = torch.tensor([parameter.grad is not None], dtype=torch.int32)
        dist.all_reduce(has, op=dist.ReduceOp.MAX)
        if has.item():
            grad = torch.zeros_like(parameter.data) if parameter.grad is None else parameter.grad.detach() / size
            dist.all_reduce(grad)
            parameter.grad = grad


@right("average_gradients", says="Knows who has a gradient, not only how many.")
def gathered(net: nn.Module) -> None:
    for p in net.parameters():
        flag = torch.zeros(dist.get_world_size())
        flag[dist.get_rank()] = p.grad is not None
        dist.all_reduce(flag)
        if flag.any():
            mine = p.grad if p.grad is not None else torch.zeros_like(p)
            found = [torch.empty_like(mine) for _ in range(dist.get_world_size())]
            dist.all_gather(found, mine)
            p.grad = torch.stack(found).mean(dim=0)


@right("distributed_step", says="Sums first, one division at the end.")
def by_the_sum_over_images(net: Any, optimizer: Any, criterion: Any, x: Any, target: Any) -> float:
    optimizer.zero_grad()
    total = criterion(net(x), target) * len(x)
    total.backward()
    average_gradients(net)
    numbers = torch.tensor([total.item(), len(x)], dtype=torch.float64)
    dist.all_reduce(numbers)
    for group in optimizer.param_groups:
        for p in group["params"]:
            if p.grad is not None:
                p.grad *= dist.get_world_size() / float(numbers[1])
    optimizer.step()
    return float(numbers[0] / numbers[1])


@right("distributed_step", says="Everybody knows all sizes; one message more.")
def with_gathered_sizes(net: Any, optimizer: Any, criterion: Any, x: Any, target: Any) -> float:
    sizes: list[Any] = [None] * dist.get_world_size()
    dist.all_gather_object(sizes, x.shape[0])
    for p in net.parameters():
        p.grad = None
    loss = criterion(net(x), target)
    (loss * (x.shape[0] * dist.get_world_size() / sum(sizes))).backward()
    average_gradients(net)
    optimizer.step()
    losses: list[Any] = [None] * dist.get_world_size()
    dist.all_gather_object(losses, loss.item())
    return float(sum(n * one for n, one in zip(sizes, losses, strict=True)) / sum(sizes))


@right("distributed_step")
def without_the_function_above(net: Any, optimizer: Any, criterion: Any, x: Any, target: Any) -> float:
    count = torch.tensor(len(x))
    dist.all_reduce(count)
    optimizer.zero_grad(set_to_none=True)
    loss = criterion(net(x), target) * (len(x) / count.item())
    loss.backward()
    for p in net.parameters():
        used = torch.tensor(int(p.grad is not None))
        dist.all_reduce(used)
        if used:
            if p.grad is None:
                p.grad = torch.zeros_like(p)
            dist.all_reduce(p.grad)
    result = loss.detach().clone()
    dist.all_reduce(result)
    optimizer.step()
    return float(result)


@right("distributed_evaluate", says="Asks the sampler which images it dealt: right for any way of dealing.")
def by_the_samplers_numbers(net: Any, loader: Any) -> float:
    modes = {module: module.training for module in net.modules()}
    net.eval()
    numbers = list(loader.sampler)
    right_ones = []
    with torch.inference_mode():
        for x, y in loader:
            right_ones += (net(x).argmax(1) == y).tolist()
    for module, mode in modes.items():
        module.training = mode
    gathered: list[Any] = [None] * dist.get_world_size()
    dist.all_gather_object(gathered, dict(zip(numbers, right_ones, strict=True)))
    everything = {index: one for each in gathered for index, one in each.items()}
    return float(sum(everything.values()) / len(everything))


@right("distributed_evaluate")
@torch.no_grad()
def place_by_place(net: Any, loader: Any) -> float:
    rank, size, count = dist.get_rank(), dist.get_world_size(), len(loader.dataset)
    before = [m.training for m in net.modules()]
    net.eval()
    place, hits = rank, 0
    for images, labels in loader:
        for guess, label in zip(net(images).max(dim=1).indices, labels, strict=True):
            hits += int(guess == label) if place < count else 0
            place += size
    for module, mode in zip(net.modules(), before, strict=True):
        module.train(mode) if not list(module.children()) else setattr(module, "training", mode)
    total = torch.tensor([hits], dtype=torch.int64)
    dist.all_reduce(total)
    return int(total) / count


@right("distributed_evaluate", says="Scores of all batches, then one comparison: simple, with their memory.")
def all_scores_first(net: Any, loader: Any) -> float:
    modes = [(m, m.training) for m in net.modules()]
    try:
        net.eval()
        with torch.no_grad():
            guesses = torch.cat([F.softmax(net(x), dim=-1).argmax(-1) for x, _ in loader])
    finally:
        for m, mode in modes:
            m.training = mode
    labels = torch.cat([y for _, y in loader])
    count, rank, size = len(loader.sampler.dataset), dist.get_rank(), dist.get_world_size()
    own = (count - rank + size - 1) // size
    correct = (guesses == labels)[:own].sum().double()
    dist.all_reduce(correct)
    return float(correct / count)
