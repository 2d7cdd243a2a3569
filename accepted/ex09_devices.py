"""Lesson 9: right answers written in other ways. Style is never graded; each of these must pass."""

import copy
import dataclasses
import random
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.amp import GradScaler
from torch.optim import Optimizer

from kata.authoring import right
from solutions.ex09_devices import to_device

# pick_device


@right("pick_device", says="Says which device is the last resort before it asks.")
def cpu_unless(*_: Any) -> torch.device:
    device = torch.device("cpu")
    if torch.accelerator.is_available():
        device = torch.accelerator.current_accelerator() or device
    return device


@right("pick_device", says="Works with older versions of torch; a kind that comes later is not known to it.")
def asks_each_kind() -> torch.device:
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.xpu.is_available():
        return torch.device("xpu")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


@right("pick_device")
def made_of_its_type() -> torch.device:
    found = torch.accelerator.current_accelerator()
    return torch.device(found.type if found is not None and torch.accelerator.is_available() else "cpu")


@right("pick_device", says="Names the card by its number, too: useful where there are several.")
def with_its_number() -> torch.device:
    if not torch.accelerator.is_available():
        return torch.device("cpu")
    found = torch.accelerator.current_accelerator()
    return torch.device("cpu" if found is None else found.type, torch.accelerator.current_device_index())


@right("pick_device")
def by_counting() -> torch.device:
    found = torch.accelerator.current_accelerator()
    return found if found is not None and torch.accelerator.device_count() > 0 else torch.device("cpu")


# to_device


@right("to_device", says="Also takes what behaves as a dict, and is none.")
def any_mapping(batch: Any, device: torch.device | str) -> Any:
    if isinstance(batch, Tensor):
        return batch.to(device=device, non_blocking=True)
    if isinstance(batch, Mapping):
        return type(batch)((key, to_device(part, device)) for key, part in batch.items())  # type: ignore[call-arg]  # dict's
    if isinstance(batch, tuple):
        parts = [to_device(part, device) for part in batch]
        return batch._make(parts) if hasattr(batch, "_make") else tuple(parts)
    if isinstance(batch, list):
        return [to_device(part, device) for part in batch]
    if dataclasses.is_dataclass(batch) and not isinstance(batch, type):
        return type(batch)(
            **{one.name: to_device(getattr(batch, one.name), device) for one in dataclasses.fields(batch)}
        )
    return batch


@right("to_device", says="A match statement shows the cases below one another.")
def by_match(batch: Any, device: torch.device | str) -> Any:
    match batch:
        case Tensor():
            return batch.to(device, non_blocking=True)
        case dict():
            return dict(zip(batch, (to_device(part, device) for part in batch.values()), strict=True))
        case tuple() if hasattr(batch, "_fields"):
            return type(batch)(**{name: to_device(getattr(batch, name), device) for name in batch._fields})
        case list() | tuple():
            return batch.__class__(map(partial(to_device, device=device), batch))
        case _ if dataclasses.is_dataclass(batch) and not isinstance(batch, type):
            names = [one.name for one in dataclasses.fields(batch)]
            return dataclasses.replace(batch, **{name: to_device(getattr(batch, name), device) for name in names})
        case _:
            return batch


@right("to_device")
def a_shallow_copy_that_is_filled(batch: Any, device: torch.device | str) -> Any:
    if torch.is_tensor(batch):
        return batch.to(device, non_blocking=True)
    if isinstance(batch, dict):
        made = copy.copy(batch)
        for key in made:
            made[key] = to_device(batch[key], device)
        return made
    if isinstance(batch, list):
        made_list = list(batch)
        made_list[:] = [to_device(part, device) for part in batch]
        return made_list
    if isinstance(batch, tuple):
        moved = tuple(to_device(part, device) for part in batch)
        return type(batch)(*moved) if hasattr(batch, "_fields") else moved
    if hasattr(batch, "__dataclass_fields__") and not isinstance(batch, type):
        twin = copy.copy(batch)
        for name in batch.__dataclass_fields__:
            object.__setattr__(twin, name, to_device(getattr(batch, name), device))
        return twin
    return batch


@right("to_device")
def one_inner_function(batch: Any, device: torch.device | str) -> Any:
    def move(value: Any) -> Any:
        if isinstance(value, Tensor):
            return value.to(device, non_blocking=True)
        if isinstance(value, dict):
            return {key: move(part) for key, part in value.items()}
        if isinstance(value, list | tuple):
            parts = map(move, value)
            return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return dataclasses.replace(
                value, **{one.name: move(getattr(value, one.name)) for one in dataclasses.fields(value)}
            )
        return value

    return move(batch)


# seed_everything


@right("seed_everything", says="Says what it does for the accelerators, though torch.manual_seed does that, too.")
def accelerators_by_name(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed & 0xFFFFFFFF)
    torch.manual_seed(seed)
    torch.cuda.manual_seed_all(seed)


@right("seed_everything")
def through_torch_random(seed: int) -> None:
    torch.random.manual_seed(seed)
    np.random.seed(seed % (1 << 32))
    random.seed(seed)


@right("seed_everything")
def numpy_through_its_state(seed: int) -> None:
    random.setstate(random.Random(seed).getstate())
    np.random.set_state(np.random.RandomState(seed % 2**32).get_state())
    torch.manual_seed(seed)


# mixed_precision_step


@right(
    "mixed_precision_step",
    says="Where gradients are clipped, unscale_ has to stand before: then they have their true size.",
)
def unscaled_first(
    net: nn.Module, optimizer: Optimizer, scaler: GradScaler, criterion: nn.Module, x: Tensor, target: Tensor
) -> float:
    optimizer.zero_grad(set_to_none=True)
    with torch.amp.autocast(device_type=x.device.type):
        scores = net(x)
        loss = criterion(scores, target)
    scaler.scale(loss).backward()
    scaler.unscale_(optimizer)
    scaler.step(optimizer)
    scaler.update()
    return float(loss.detach())


@right("mixed_precision_step", says="Takes the device from the weights: also right where x is no tensor.")
def device_of_the_weights(
    net: nn.Module, optimizer: Optimizer, scaler: GradScaler, criterion: nn.Module, x: Tensor, target: Tensor
) -> float:
    kind = next(net.parameters()).device.type
    with torch.autocast(kind, enabled=True):
        loss = criterion(net(x), target)
    value = loss.item()
    net.zero_grad()
    scaled = scaler.scale(loss)
    scaled.backward()
    scaler.step(optimizer)
    scaler.update()
    return float(value)


@right("mixed_precision_step")
def with_the_dtype_that_autocast_has(
    net: nn.Module, optimizer: Optimizer, scaler: GradScaler, criterion: nn.Module, x: Tensor, target: Tensor
) -> float:
    kind = x.device.type
    for parameter in net.parameters():
        parameter.grad = None
    with torch.autocast(kind, dtype=torch.get_autocast_dtype(kind)):
        loss = criterion(net(x), target)
    torch.autograd.backward(scaler.scale(loss))
    scaler.step(optimizer)
    scaler.update()
    return loss.tolist()  # type: ignore[no-any-return]  # a float, of no dimensions


@right("mixed_precision_step")
def an_inner_function_under_autocast(
    net: nn.Module, optimizer: Optimizer, scaler: GradScaler, criterion: nn.Module, x: Tensor, target: Tensor
) -> float:
    @torch.autocast(x.device.type)  # type: ignore[untyped-decorator]  # torch leaves it untyped
    def forward() -> Any:
        return criterion(net(x), target)

    optimizer.zero_grad()
    loss = forward()
    scaler.scale(loss).backward()
    scaler.step(optimizer)
    scaler.update()
    return float(loss.item())


# accumulated_step


@right("accumulated_step", says="Needs no count before the first batch: an iterator would do.")
def divided_at_the_end(
    net: nn.Module, optimizer: Optimizer, criterion: nn.Module, batches: list[tuple[Tensor, Tensor]]
) -> float:
    optimizer.zero_grad()
    count, total = 0, torch.zeros(())
    for x, target in batches:
        loss = criterion(net(x), target) * x.shape[0]
        loss.backward()
        total = total.to(loss.device) + loss.detach()
        count += x.shape[0]
    for parameter in net.parameters():
        if parameter.grad is not None:
            parameter.grad.div_(count)
    optimizer.step()
    return float(total / count)


@right(
    "accumulated_step", says="The gradient of the sum is weighted in backward itself, and the loss stays what it is."
)
def weight_given_to_backward(
    net: nn.Module, optimizer: Optimizer, criterion: nn.Module, batches: list[tuple[Tensor, Tensor]]
) -> float:
    net.zero_grad(set_to_none=True)
    sizes = [target.size(0) for _, target in batches]
    losses = []
    for (x, target), size in zip(batches, sizes, strict=True):
        loss = criterion(net(x), target)
        loss.backward(torch.full_like(loss, size / sum(sizes)))
        losses.append(loss.detach() * size)
        del loss
    optimizer.step()
    return float(torch.stack(losses).sum() / sum(sizes))


@right("accumulated_step")
def losses_kept_as_tensors(
    net: nn.Module, optimizer: Optimizer, criterion: nn.Module, batches: list[tuple[Tensor, Tensor]]
) -> float:
    optimizer.zero_grad()
    everything = sum(x.size(0) for x, _ in batches)
    shares = []
    for x, target in batches:
        share = criterion(net(x), target).mul(x.size(0)).div(everything)
        share.backward()
        shares.append(share.detach())
    optimizer.step()
    return sum(shares[1:], shares[0]).item()  # type: ignore[no-any-return]  # a float


@right("accumulated_step", says="Nothing of a loss outlives its turn of the loop: a function of its own keeps it.")
def one_turn_as_a_function(
    net: nn.Module, optimizer: Optimizer, criterion: nn.Module, batches: list[tuple[Tensor, Tensor]]
) -> float:
    count = sum(target.shape[0] for _, target in batches)

    def turn(x: Tensor, target: Tensor) -> Tensor:
        loss = len(x) / count * criterion(net(x), target)
        loss.backward()
        return loss.data  # type: ignore[no-any-return]  # a tensor

    optimizer.zero_grad()
    total = torch.stack([turn(x, target) for x, target in batches]).sum()
    optimizer.step()
    return total.item()


@right("accumulated_step", says="The nodes of all graphs live until the end; backward has freed what takes memory.")
def losses_added_with_their_graphs(
    net: nn.Module, optimizer: Optimizer, criterion: nn.Module, batches: list[tuple[Tensor, Tensor]]
) -> float:
    optimizer.zero_grad()
    sizes = torch.tensor([float(len(x)) for x, _ in batches])
    total = None
    for (x, target), share in zip(batches, (sizes / sizes.sum()).tolist(), strict=True):
        loss = criterion(net(x), target) * share
        loss.backward()
        total = loss if total is None else total + loss
    optimizer.step()
    assert total is not None
    return float(total.detach())


@right("to_device")
def moved_only_from_elsewhere(batch: Any, device: torch.device | str) -> Any:
    if isinstance(batch, Tensor):
        there = torch.device(device)
        return batch if batch.device == there else batch.to(there, non_blocking=True)
    if isinstance(batch, dict):
        return {key: to_device(value, device) for key, value in batch.items()}
    if isinstance(batch, tuple) and hasattr(batch, "_fields"):
        return type(batch)(*(to_device(one, device) for one in batch))
    if isinstance(batch, list | tuple):
        return type(batch)(to_device(one, device) for one in batch)
    if dataclasses.is_dataclass(batch) and not isinstance(batch, type):
        names = [one.name for one in dataclasses.fields(batch)]
        parts = {name: to_device(getattr(batch, name), device) for name in names}
        return dataclasses.replace(batch, **parts)
    return batch
