"""A pretend accelerator behaves as a GPU does, but for speed: where tensors lie, and what may not be mixed."""

from __future__ import annotations

import copy
import io
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint
from torch.utils.data import DataLoader, TensorDataset

from kata.checking.pretend import FAR, pretend_accelerator


@pytest.fixture(autouse=True)
def far() -> Iterator[torch.device]:
    """The accelerator, while a test runs."""
    with pretend_accelerator() as device:
        yield device


def near() -> Tensor:
    return torch.arange(6.0).reshape(2, 3)


def net() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 2))


def test_there_is_an_accelerator_while_it_is_pretended() -> None:
    assert torch.accelerator.is_available()
    assert torch.cuda.is_available()
    assert str(torch.accelerator.current_accelerator()) == "cuda"


@pytest.mark.parametrize(
    "move",
    [
        lambda x: x.to("cuda"),
        lambda x: x.to("cuda:0"),
        lambda x: x.to(0),
        lambda x: x.to(torch.device("cuda")),
        lambda x: x.to(device="cuda", dtype=torch.float32),
        lambda x: x.to("cuda", torch.float32, non_blocking=True),
        lambda x: x.to(torch.ones(1, device="cuda")),
        lambda x: x.cuda(),
        lambda x: torch.tensor(x.tolist(), device="cuda"),
        lambda x: torch.as_tensor(x, device="cuda"),
        lambda x: torch.zeros_like(x, device="cuda") + x.cuda(),
        lambda x: torch.empty(2, 3, device="cuda").copy_(x),
        lambda x: x.cuda().cpu().to(FAR),
    ],
)
def test_every_spelling_of_a_move_moves(move: Callable[[Tensor], Tensor]) -> None:
    x = near()

    moved = move(x)

    assert (str(moved.device), moved.is_cuda, moved.is_cpu, moved.get_device()) == ("cuda:0", True, False, 0)
    assert (str(x.device), x.is_cuda) == ("cpu", False)
    assert torch.equal(moved.cpu(), x)


@pytest.mark.parametrize(
    "make",
    [
        lambda x: x[0],
        lambda x: x.view(3, 2),
        lambda x: x.detach(),
        lambda x: x.data,
        lambda x: x + 1,
        lambda x: x.sum(),
        lambda x: x.max(dim=1).values,
        lambda x: torch.cat([x, x]),
        lambda x: torch.zeros_like(x),
        lambda x: x.new_zeros(3),
        lambda x: nn.Parameter(x),
        lambda x: copy.deepcopy(x),
        lambda x: copy.deepcopy(nn.Parameter(x)),
        lambda x: x.double(),
        lambda x: x.clone().add_(1),
        lambda x: x[torch.tensor([1, 0])],
        lambda x: x.where(x > 1, 0.0),
        lambda x: x.index_put((torch.tensor([0]),), x[1]),
        lambda x: x * torch.tensor(2.0),
    ],
)
def test_what_is_made_of_a_tensor_there_is_there(make: Callable[[Tensor], Tensor]) -> None:
    assert make(near().cuda()).device == FAR


@pytest.mark.parametrize(
    "call",
    [
        lambda x, y: x + y,
        lambda x, y: torch.cat([x, y]),
        lambda x, y: x @ y.T,
        lambda x, y: F.mse_loss(x, y),
        lambda x, y: x.add_(y),
        lambda x, y: F.linear(x, y),
    ],
)
def test_tensors_of_both_devices_are_refused_in_torchs_words(call: Callable[[Tensor, Tensor], Tensor]) -> None:
    with pytest.raises(RuntimeError, match="Expected all tensors to be on the same device, but "):
        call(near().cuda(), near())


def small_net() -> nn.Module:
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3)).to("cuda")


def under_autocast(dtype: torch.dtype | None) -> None:
    with torch.autocast("cuda", dtype):
        small_net()(torch.ones(2, 4, device="cuda"))


def scaled_step() -> None:
    net = small_net()
    optimizer, scaler = torch.optim.AdamW(net.parameters()), torch.amp.GradScaler("cuda")
    scaler.scale(net(torch.ones(2, 4, device="cuda")).sum()).backward()
    scaler.unscale_(optimizer)
    nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    scaler.step(optimizer)
    scaler.update()


def forked_states() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(1)


def pinned_batches() -> None:
    for (batch,) in DataLoader(TensorDataset(torch.ones(4, 2)), batch_size=2, pin_memory=True):
        batch.to("cuda", non_blocking=True)


def recomputed() -> None:
    x = torch.ones(2, 4, device="cuda", requires_grad=True)
    checkpoint(small_net(), x, use_reentrant=False).sum().backward()


# What torch 2.6 to 2.13 ask a device in their own source, by the feature that asks.
QUESTIONS: dict[str, Callable[[], object]] = {
    "autocast": partial(under_autocast, None),
    "autocast in bfloat16": partial(under_autocast, torch.bfloat16),
    "autocast in float16": partial(under_autocast, torch.float16),
    "GradScaler": scaled_step,
    "fork_rng": forked_states,
    "pin_memory": pinned_batches,
    "checkpoint": recomputed,
    "is_bf16_supported": torch.cuda.is_bf16_supported,
    "get_device_properties": lambda: torch.cuda.get_device_properties(0).total_memory,
    "get_device_capability": lambda: torch.cuda.get_device_capability(),
    "random states": lambda: torch.cuda.set_rng_state_all(torch.cuda.get_rng_state_all()),
    "manual_seed": lambda: torch.cuda.manual_seed(1),
    "memory": lambda: (torch.cuda.memory_allocated(), torch.cuda.mem_get_info()),
    "set_device": lambda: torch.cuda.set_device(0),
    "synchronize": lambda: torch.cuda.current_stream().synchronize(),
}


@pytest.mark.parametrize("ask", QUESTIONS.values(), ids=QUESTIONS.keys())
def test_it_answers_what_torch_asks_a_device(ask: Callable[[], object]) -> None:
    with pretend_accelerator():
        ask()


def test_what_only_the_cpu_can_do_is_refused() -> None:
    x = near().cuda()

    with pytest.raises(TypeError, match=r"Use Tensor\.cpu\(\) to copy the tensor to host memory first"):
        x.numpy()
    with pytest.raises(TypeError, match="can't convert cuda:0 device type tensor to numpy"):
        np.asarray(x)
    with pytest.raises(RuntimeError, match="indices should be either on cpu or on the same device"):
        near()[torch.tensor([0], device="cuda")]
    with pytest.raises(RuntimeError, match="Expected a 'cuda' device type for generator but found 'cpu'"):
        torch.randn(2, device="cuda", generator=torch.Generator())


def test_numbers_come_back_by_themselves() -> None:
    x = torch.tensor(2.5, device="cuda")

    assert [x.item(), float(x), x.tolist(), bool(x > 1)] == [2.5, 2.5, 2.5, True]


def test_what_is_printed_says_where_it_lies() -> None:
    assert repr(torch.ones(2, device="cuda")) == "tensor([1., 1.], device='cuda:0')"
    assert repr(torch.ones(2)) == "tensor([1., 1.])"


@pytest.mark.parametrize("move", [lambda n: n.to("cuda"), lambda n: n.cuda(), lambda n: n.to(torch.device("cuda", 0))])
def test_a_network_moves_with_its_parameters_and_buffers(move: Callable[[nn.Module], nn.Module]) -> None:
    there = move(net())

    assert {str(one.device) for one in [*there.parameters(), *there.buffers()]} == {"cuda:0"}
    assert {str(one.device) for one in there.cpu().parameters()} == {"cpu"}
    assert {str(one.device) for one in copy.deepcopy(net().cuda()).parameters()} == {"cuda:0"}


@pytest.mark.parametrize(
    "optimizer",
    [
        lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.1),
        lambda p: torch.optim.SGD(p, lr=0.1, foreach=False),
        lambda p: torch.optim.Adam(p, lr=0.1),
        lambda p: torch.optim.AdamW(p, lr=0.1, foreach=False),
    ],
    ids=["SGD", "SGD by loops", "Adam", "AdamW by loops"],
)
def test_training_there_gives_the_weights_of_training_here(optimizer: Any) -> None:
    ends = []
    for device in ("cpu", "cuda"):
        model = net().to(device)
        steps = optimizer(model.parameters())
        for seed in range(3):
            x = torch.randn(5, 3, generator=torch.Generator().manual_seed(seed)).to(device)
            steps.zero_grad()
            loss = F.cross_entropy(model(x), torch.tensor([0, 1, 1, 0, 1], device=device))
            loss.backward()
            assert {str(p.grad.device) for p in model.parameters() if p.grad is not None} == {str(x.device)}
            steps.step()
        kept = [v for state in steps.state.values() for v in state.values() if isinstance(v, Tensor) and v.dim()]
        assert {str(v.device) for v in kept} <= {str(x.device)}
        ends.append([p.detach().cpu() for p in model.parameters()])

    assert all(torch.allclose(a, b) for a, b in zip(*ends, strict=True))


def test_an_input_that_stays_behind_is_refused() -> None:
    with pytest.raises(RuntimeError, match="Expected all tensors to be on the same device"):
        net().cuda()(torch.ones(5, 3))


@pytest.mark.parametrize(("place", "device"), [("cuda", "cuda:0"), (FAR, "cuda:0"), ("cpu", "cpu")], ids=str)
def test_what_is_loaded_is_where_it_was_asked_to(place: Any, device: str) -> None:
    file = io.BytesIO()
    torch.save({"weights": [near()], "epoch": 3}, file)
    file.seek(0)

    loaded = torch.load(file, map_location=place, weights_only=True)

    assert (str(loaded["weights"][0].device), loaded["epoch"]) == (device, 3)


def test_a_state_dict_goes_to_where_the_network_is() -> None:
    there = net().cuda()

    there.load_state_dict(net().state_dict())

    assert {str(p.device) for p in there.parameters()} == {"cuda:0"}


def test_nothing_remains_of_it() -> None:
    with pretend_accelerator():
        pass
    load = torch.load

    with pretend_accelerator():
        assert torch.load is not load
    assert torch.load is load
