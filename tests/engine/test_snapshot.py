"""A module is left as it is: whatever was changed is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from kata.checking.expect import Mismatch
from kata.checking.snapshot import snapshot, unchanged


def network() -> Any:
    net = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    net.add_module("last", nn.Linear(3, 1))
    net[0].weight.grad = torch.ones(3, 2)
    return net


def other_data(net: Any) -> None:
    net[0].weight.data = net[0].weight.data + 1


CHANGES: dict[str, tuple[Callable[[Any], object], str]] = {
    "a mode": (lambda net: net.last.eval(), "net.last.training afterwards must be True, and is False"),
    "a hook of a module": (
        lambda net: net[0].register_forward_hook(lambda *_: None),
        "the number of hooks after forward of net.0 afterwards must be 0, and is 1",
    ),
    "a hook before it": (
        lambda net: net[0].register_forward_pre_hook(lambda *_: None),
        "the number of hooks before forward of net.0 afterwards must be 0, and is 1",
    ),
    "a hook on the way back": (
        lambda net: net[0].register_full_backward_hook(lambda *_: None),
        "the number of hooks after backward of net.0 afterwards must be 0, and is 1",
    ),
    "a hook of state_dict": (
        lambda net: net.register_state_dict_pre_hook(lambda *_: None),
        "the number of hooks before state_dict of net afterwards must be 0, and is 1",
    ),
    "a hook of a parameter": (
        lambda net: net[0].bias.register_hook(lambda grad: grad),
        "the number of hooks of its gradient of net.0.bias afterwards must be 0, and is 1",
    ),
    "a frozen parameter": (
        lambda net: net[0].bias.requires_grad_(False),
        "net.0.bias.requires_grad afterwards must be True, and is False",
    ),
    "another dtype": (
        lambda net: net.double(),
        "net.0.weight.dtype afterwards must be torch.float32, and is torch.float64",
    ),
    "another device": (
        lambda net: setattr(net, "last", nn.Linear(3, 1, device="meta")),
        "net.last.weight afterwards must be the object that it was, and is another one",
    ),
    "numbers of a parameter": (
        other_data,
        "the value of net.0.weight afterwards must be as before, and is another",
    ),
    "numbers of a buffer": (
        lambda net: net(torch.ones(2, 2)),
        "the value of net.1.running_mean afterwards must be as before, and is another",
    ),
    "a gradient that is gone": (
        lambda net: net.zero_grad(),
        "net.0.weight.grad afterwards must be a tensor, and is nothing",
    ),
    "a gradient that has come": (
        lambda net: net.last(torch.ones(1, 3)).sum().backward(),
        "net.last.weight.grad afterwards must be nothing, and is a tensor",
    ),
    "a gradient of other numbers": (
        lambda net: net[0].weight.grad.zero_(),
        "net.0.weight.grad afterwards must be as before, and is another",
    ),
    "a module more": (
        lambda net: net.add_module("more", nn.ReLU()),
        "the modules in net afterwards must be 0, 1, last, and is 0, 1, last, more",
    ),
    "an attribute": (
        lambda net: setattr(net, "scores", 3),
        "the attributes of net afterwards must be training, and is scores, training",
    ),
}


@pytest.mark.parametrize(("change", "told"), CHANGES.values(), ids=CHANGES)
def test_what_was_changed_is_told(change: Callable[[Any], object], told: str) -> None:
    net = network()

    with pytest.raises(Mismatch) as caught, unchanged(net):
        change(net)

    assert str(caught.value).partition(". ")[0].rstrip(".").lower() == told.lower()


def test_a_module_that_was_only_run_is_as_it_was() -> None:
    net = network().eval()

    with unchanged(net):
        net(torch.ones(2, 2))
        with torch.no_grad():
            net(torch.ones(2, 2))


def test_what_may_change_is_left_out() -> None:
    net = network()

    with unchanged(net, but=("values", "gradients")):
        net(torch.ones(2, 2)).sum().backward()
        other_data(net)


def test_all_changes_are_listed_for_those_who_observe() -> None:
    net = network()
    changes = snapshot(net, "the network")
    net.eval()
    net[0].requires_grad_(False)

    places = [place for place, _, _ in changes()]

    assert places[:2] == ["the network.training", "the network.0.training"]
    assert "the network.0.bias.requires_grad" in places


def test_a_shared_or_complex_or_empty_tensor_is_remembered_too() -> None:
    net: Any = nn.Module()
    net.one = nn.Parameter(torch.ones(2, dtype=torch.complex64))
    net.other = net.one
    net.register_buffer("none", torch.tensor([float("nan")]))

    with unchanged(net):
        pass
