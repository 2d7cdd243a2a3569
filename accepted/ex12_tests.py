"""Lesson 12: right tests written in other ways. Style is never graded; each of these must pass."""

import copy
import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kata.authoring import accepted, drop, exercise, insert, replace, right

# check_num_flat_features


@right(
    "check_num_flat_features",
    says="A property instead of examples: the product of the sizes, for shapes that are drawn.",
)
def a_property(net_class: Callable[[], Any]) -> None:
    net, generator = net_class(), torch.Generator().manual_seed(1)
    for _ in range(20):
        shape = torch.randint(1, 6, (4,), generator=generator).tolist()
        given = net.num_flat_features(torch.zeros(shape) + 2)
        assert not isinstance(given, Tensor | float | bool)
        assert given == math.prod(shape[1:])


@right("check_num_flat_features", says="Says everything in one list, and compares once.")
def all_at_once(net_class: Callable[[], Any]) -> None:
    shapes = [(2, 3, 4, 5), (1, 16, 5, 5), (7, 1, 2, 9)]
    found = [net_class().num_flat_features(torch.rand(shape)) for shape in shapes]
    assert [type(one).__name__ in ("int", "int64") for one in found] == [True] * 3
    assert found == [60, 400, 18]


@right("check_num_flat_features")
def raised_by_hand(net_class: Callable[[], Any]) -> None:
    for shape in ((2, 3, 4, 7), (1, 16, 5, 5), (4, 2, 6, 3)):
        x = torch.rand(shape)
        given = net_class().num_flat_features(x)
        if isinstance(given, Tensor | bool) or not hasattr(given, "__index__") or int(given) != x[0].numel():
            raise AssertionError(f"{given!r} for {shape}")


# check_forward


@right("check_forward", says="torch.testing names the place of the largest difference by itself.")
def with_torch_testing(net_class: Callable[[], Any]) -> None:
    net = net_class()
    torch.manual_seed(0)
    for p in net.parameters():
        nn.init.normal_(p, std=1 / max(1, p[0].numel()) ** 0.5)
    for training in (True, False):
        net.train(training)
        for images in (torch.randn(4, 1, 32, 32) + 0.3, torch.rand(1, 1, 32, 32) * 3):
            before, state = images.clone().requires_grad_(), torch.get_rng_state()
            scores = net(images)
            assert net.training is training
            assert torch.equal(state, torch.get_rng_state())
            assert torch.equal(images, before)
            x = F.max_pool2d(F.relu(F.conv2d(before, net.conv1.weight, net.conv1.bias)), 2)
            x = F.max_pool2d(F.relu(F.conv2d(x, net.conv2.weight, net.conv2.bias)), 2)
            x = F.relu(F.linear(x.reshape(len(x), -1), net.fc1.weight, net.fc1.bias))
            x = F.linear(F.relu(F.linear(x, net.fc2.weight, net.fc2.bias)), net.fc3.weight, net.fc3.bias)
            torch.testing.assert_close(scores, x, rtol=1e-3, atol=1e-3)
            net.zero_grad()
            net(before).sum().backward()
            assert before.grad is not None
            assert all(p.grad is not None for p in net.parameters())


@right("check_forward", says="The oracle is a network of torch's own parts that gets the same weights.")
def a_sequential_with_the_same_weights(net_class: Callable[[], Any]) -> None:
    net = net_class()
    parts = [nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2)]
    parts += [nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)]
    oracle, generator = nn.Sequential(*parts), torch.Generator().manual_seed(3)
    names = ("conv1", "conv2", "fc1", "fc2", "fc3")
    layers = [layer for layer in parts if list(layer.parameters())]
    with torch.no_grad():
        for name, layer in zip(names, layers, strict=True):
            for kind in ("weight", "bias"):
                drawn = torch.randn(getattr(layer, kind).shape, generator=generator)
                drawn /= max(1.0, drawn[0].numel()) ** 0.5
                getattr(layer, kind).copy_(drawn)
                getattr(getattr(net, name), kind).copy_(drawn)
    for count in (1, 2, 5):
        x = (torch.randn(count, 1, 32, 32, generator=generator) + 0.5).requires_grad_()
        kept, state = x.detach().clone(), torch.get_rng_state()
        for call in (net.train, net.eval):
            call()
            mode = net.training
            x.grad = None
            given, wanted = net(x), oracle(kept)
            assert tuple(given.shape) == (count, 10)
            assert (given - wanted).abs().max() < 1e-3
            assert net.training == mode
            assert torch.equal(torch.get_rng_state(), state)
            assert torch.equal(x.detach(), kept)
            net.zero_grad()
            given.sum().backward()
            assert x.grad is not None
            assert None not in [p.grad for p in net.parameters()]
        plain = kept.clone()
        net(plain)
        assert torch.equal(plain, kept)


exercise("check_forward")

asks_for_more_images = accepted(
    replace(
        "((3, True), (3, False), (1, True), (1, False))", "((5, True), (5, False), (1, True), (1, False), (2, True))"
    )
)

# check_sgd_update

exercise("check_sgd_update")

other_rates = accepted(
    replace(
        "((torch.float32, 0.5), (torch.float64, 0.01), (torch.float32, 0.0))",
        "((torch.float64, 0.3), (torch.float32, 0.05), (torch.float32, 0.0))",
    )
)

asks_for_the_state_dict = accepted(
    insert("assert set(net.state_dict()) == names", after="assert torch.is_grad_enabled()"),
    insert("names = set(net.state_dict())", before="named = dict(net.named_parameters())"),
)
