"""Observations of tensors on several devices: compared on the CPU, and where something lies is a fact of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from kata.checking import expect
from kata.checking.patterns import pattern
from kata.checking.pretend import pretend_accelerator
from kata.diagnosis.amounts import GRADIENTS, STEPS
from kata.diagnosis.diagnoser import alike, fingerprint_of
from kata.diagnosis.difference import told
from kata.diagnosis.facts import Difference
from kata.diagnosis.observation import Observation, first_difference
from kata.report.maps import difference


@pytest.fixture(autouse=True)
def accelerator() -> Iterator[None]:
    """All of it happens where there is an accelerator."""
    with pretend_accelerator():
        yield


def headline(seen: Observation, right: Observation) -> str:
    where = first_difference(seen, right)
    assert where is not None
    return told("Yours equals that of {}.", Difference(seen, right, where), None).headline


def of(place: str, value: object) -> Observation:
    see = Observation()
    see(place, value)
    return see


def weights(device: str) -> nn.Parameter:
    return nn.Parameter(torch.arange(6.0).reshape(2, 3).to(device))


def test_a_parameter_of_the_other_device_is_told_by_where_it_lies() -> None:
    said = headline(of("the weights afterwards", weights("cpu")), of("the weights afterwards", weights("cuda")))

    assert said == "The weights afterwards must be on cuda:0, and is on the CPU."


def test_of_several_the_first_that_lies_elsewhere_is_told() -> None:
    both, one = [torch.ones(1), torch.ones(1).cuda()], [torch.ones(1).cuda(), torch.ones(1).cuda()]

    assert headline(of("a batch", both), of("a batch", one)) == "A batch must be on cuda:0, and is on the CPU."


def test_what_lies_where_it_must_is_the_same() -> None:
    assert first_difference(of("the loss", weights("cuda")), of("the loss", weights("cuda"))) is None
    value = of("the loss", weights("cuda")).facts[0].value
    assert isinstance(value, Tensor)
    assert value.is_cpu


def moved(before: Tensor, after: Tensor) -> Observation:
    see = Observation()
    see.amounts("the first step", STEPS, {"weight": before}, {"weight": after})
    return see


def test_amounts_before_and_after_may_lie_on_different_devices() -> None:
    right = moved(weights("cpu"), weights("cuda") + 1)

    assert headline(moved(weights("cpu"), weights("cuda") + 2), right) == (
        "In the first step, weight moved by 2 times the right step."
    )
    assert headline(moved(weights("cuda"), weights("cpu") + 1), right) == (
        "In the first step, weight must be on cuda:0, and is on the CPU."
    )


def gradients(factor: float) -> Observation:
    weight, see = weights("cuda"), Observation()
    (weight * factor).sum().backward()
    assert weight.grad is not None
    see.amounts("the gradients", GRADIENTS, {"weight": torch.zeros(2, 3)}, {"weight": weight.grad})
    return see


def test_gradients_on_an_accelerator_are_told_by_their_factor() -> None:
    assert headline(gradients(3.0), gradients(1.0)) == "In the gradients, weight got 3 times the right gradient."


def test_a_walk_through_a_network_on_an_accelerator_is_compared() -> None:
    net = nn.Sequential(nn.Linear(3, 2)).cuda()
    seen, right = Observation(), Observation()
    seen.network(net, torch.ones(1, 3).cuda(), "scores")
    right.network(net.cpu(), torch.ones(1, 3), "scores")

    assert headline(seen, right) == "What reaches 0 must be on the CPU, and is on cuda:0."


def test_where_something_lies_is_noted_in_the_index() -> None:
    near, far = (fingerprint_of(of("the loss", weights(device)).facts[0]) for device in ("cpu", "cuda"))

    assert not alike(near, far)
    assert alike(far, fingerprint_of(of("the loss", weights("cuda")).facts[0]))


def test_patterns_are_found_across_devices() -> None:
    assert pattern(weights("cuda").T, weights("cpu").T * 2) == "is 0.5 times the right one"


def test_a_check_says_where_numbers_on_an_accelerator_differ() -> None:
    with pytest.raises(expect.Mismatch) as caught:
        expect.close("the result", weights("cuda") + 1, weights("cuda"))

    assert caught.value.given.endswith("6 of 6 numbers differ")
    assert all(one.is_cpu for one in caught.value.tensors or ())


def test_maps_on_an_accelerator_are_drawn(tmp_path: Path) -> None:
    maps = torch.rand(1, 2, 5, 5).cuda()

    assert difference([(maps, maps + 1)], tmp_path, "maps") == tmp_path / "maps.png"
