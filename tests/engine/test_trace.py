"""What a network does is recorded whatever the spelling of its calls."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kata.diagnosis.trace import Recorder, Step, Trace, why_it_breaks


class Net(nn.Module):
    """A convolution and a linear layer; `run` says what happens in between."""

    def __init__(self, run: Callable[[Net, Tensor], Tensor]) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3)
        self.fc = nn.Linear(8, 4)
        self.run = run

    def forward(self, x: Tensor) -> Tensor:
        return self.run(self, x)


def by_modules(net: Net, x: Tensor) -> Tensor:
    return net.fc(nn.Flatten()(nn.ReLU()(net.conv(x)))).softmax(dim=1)  # type: ignore[no-any-return]


def by_functions(net: Net, x: Tensor) -> Tensor:
    maps = F.conv2d(x, net.conv.weight, net.conv.bias)
    return F.softmax(F.linear(torch.flatten(F.relu(maps), 1), net.fc.weight, net.fc.bias), dim=1)


def by_keywords(net: Net, x: Tensor) -> Tensor:
    maps = F.conv2d(input=x, weight=net.conv.weight)
    return F.linear(weight=net.fc.weight, input=maps.relu().flatten(1)).softmax(1)


def trace_of(run: Callable[[Net, Tensor], Tensor], x: Tensor | None = None) -> Trace:
    net, images = Net(run), torch.ones(1, 1, 4, 4) if x is None else x
    with Recorder(net) as recorder:
        net(images)
    trace: Trace = recorder.trace
    return trace


def layers_of(trace: Trace) -> list[str]:
    return [step.layer for step in trace.steps]


every_spelling = pytest.mark.parametrize(
    "run", [by_modules, by_functions, by_keywords], ids=["modules", "functions", "keywords"]
)


@every_spelling
def test_the_layers_are_recorded_in_order(run: Callable[[Net, Tensor], Tensor]) -> None:
    assert layers_of(trace_of(run)) == ["conv", "fc"]


@every_spelling
def test_the_shape_that_reaches_each_layer_is_recorded(run: Callable[[Net, Tensor], Tensor]) -> None:
    assert [tuple(step.input.shape) for step in trace_of(run).steps] == [(1, 1, 4, 4), (1, 8)]


@every_spelling
def test_the_calls_between_two_layers_are_recorded(run: Callable[[Net, Tensor], Tensor]) -> None:
    assert trace_of(run).steps[1].calls == ("relu", "flatten")


@every_spelling
def test_the_calls_after_the_last_layer_are_recorded(run: Callable[[Net, Tensor], Tensor]) -> None:
    assert trace_of(run).calls_after == ("softmax",)


def test_the_input_is_kept_as_it_was_when_it_arrived() -> None:
    def run(net: Net, x: Tensor) -> Tensor:
        scores: Tensor = net.conv(x)
        x.zero_()
        return scores

    assert trace_of(run).steps[0].input.sum() == 16


def test_the_input_is_kept_without_its_graph() -> None:
    assert not trace_of(by_modules, torch.ones(1, 1, 4, 4, requires_grad=True)).steps[1].input.requires_grad


def test_a_layer_that_ran_is_done() -> None:
    assert [step.done for step in trace_of(by_modules).steps] == [True, True]


def test_a_layer_that_raised_is_recorded_and_not_done() -> None:
    net = Net(lambda net, x: net.fc(net.conv(x)))
    recorder = Recorder(net)
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"), recorder:
        net(torch.ones(1, 1, 4, 4))

    assert [(step.layer, step.done) for step in recorder.trace.steps] == [("conv", True), ("fc", False)]


def test_a_layer_that_is_called_twice_is_recorded_twice() -> None:
    trace = trace_of(lambda net, x: net.conv(F.pad(net.conv(F.pad(x, (1, 1, 1, 1))).sum(1, True), (1, 1, 1, 1))))

    assert layers_of(trace) == ["conv", "conv"]


def test_reading_a_shape_or_an_item_is_no_call() -> None:
    trace = trace_of(lambda net, x: net.conv(x[0 : x.shape[0]].requires_grad_()))

    assert trace.steps[0].calls == ()


def test_a_layer_made_on_the_way_is_not_part_of_the_network() -> None:
    trace = trace_of(lambda net, x: nn.Linear(4, 1)(x))

    assert layers_of(trace) == ["a layer that is not part of the network"]


def test_a_nested_layer_goes_by_its_dotted_name() -> None:
    net = nn.Sequential(nn.Sequential(nn.Linear(2, 2)))
    with Recorder(net) as recorder:
        net(torch.ones(1, 2))

    assert layers_of(recorder.trace) == ["0.0"]


def test_a_network_that_runs_no_layer_has_an_empty_trace() -> None:
    assert trace_of(lambda net, x: x) == Trace()


def test_what_the_network_gives_is_not_changed_by_recording() -> None:
    net, x = Net(by_modules), torch.ones(1, 1, 4, 4)
    with Recorder(net):
        recorded = net(x)

    assert torch.equal(recorded, net(x))


def test_a_step_is_not_done_until_its_layer_is() -> None:
    assert not Step("conv", torch.empty(0), ()).done


# Why a layer breaks.


@pytest.mark.parametrize(
    ("layer", "shape", "why"),
    [
        (nn.Linear(400, 120), (3, 16), "takes rows of 400 numbers, and was given (3, 16): rows of 16"),
        (nn.Conv2d(1, 6, 5), (3, 400), "takes images (N, C, H, W), and was given (3, 400): 2 dimensions"),
        (nn.Conv2d(1, 6, 5), (3, 2, 8, 8), "takes 1 channels, and was given (3, 2, 8, 8): 2 channels"),
        (nn.Conv2d(1, 6, 5), (3, 1, 4, 8), "has a kernel of (5, 5), larger than what it was given: (3, 1, 4, 8)"),
    ],
    ids=["rows", "dimensions", "channels", "kernel"],
)
def test_a_layer_tells_which_shape_it_cannot_take(layer: nn.Module, shape: tuple[int, ...], why: str) -> None:
    assert why_it_breaks(layer, torch.zeros(shape)) == why


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (nn.Linear(4, 1), (3, 4)),
        (nn.Conv2d(1, 6, 5), (1, 8, 8)),
        (nn.Conv2d(1, 6, 5, padding=1), (3, 1, 3, 3)),
        (nn.Conv2d(1, 6, 5, padding=[1, 1]), (3, 1, 3, 3)),  # type: ignore[arg-type]
        (nn.ReLU(), (3, 4)),
    ],
    ids=["rows", "one image", "padded", "padded by a list", "no weights"],
)
def test_a_layer_that_can_take_its_input_has_no_reason_to_break(layer: nn.Module, shape: tuple[int, ...]) -> None:
    assert why_it_breaks(layer, torch.zeros(shape)) is None


def test_a_layer_tells_which_dtype_it_cannot_take() -> None:
    why = why_it_breaks(nn.Linear(4, 1), torch.zeros(3, 4, dtype=torch.int64))

    assert why == "has weights of another dtype than what it was given: torch.int64"


def test_a_linear_layer_tells_that_it_cannot_take_a_single_number() -> None:
    assert why_it_breaks(nn.Linear(4, 1), torch.tensor(1.0)) is not None


def test_padding_that_is_called_same_makes_room_for_the_kernel() -> None:
    assert why_it_breaks(nn.Conv2d(1, 6, 5, padding="same"), torch.zeros(3, 1, 3, 3)) is None


class Own(nn.Module):
    """A layer of one's own, which convolves with a weight made of its parameter."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(2.0))

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.scale * torch.ones(1, 1, 1, 1))


class Stations(nn.Module):
    """Two layers of one's own, with tanh between them."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = Own(), Own()

    def forward(self, x: Tensor) -> Tensor:
        return self.second(self.first(x).tanh()).exp()  # type: ignore[no-any-return]  # a call of a module is Any


def test_a_layer_of_ones_own_is_a_station_where_it_is_called() -> None:
    net, x = Stations(), torch.ones(1, 1, 1, 1)
    with Recorder(net, ("first", "second")) as recorder:
        net(x)

    assert [(step.layer, step.calls, step.done) for step in recorder.trace.steps] == [
        ("first", (), True),
        ("second", ("tanh",), True),
    ]
    assert recorder.trace.calls_after == ("exp",)
    assert float(recorder.trace.steps[1].input) == pytest.approx(torch.tensor(2.0).tanh().item())


def test_a_station_that_breaks_is_not_done() -> None:
    net = Stations()
    recorder = Recorder(net, ("first", "second"))
    with pytest.raises(RuntimeError), recorder:
        net(torch.ones(1, 3, 1, 1))

    assert [(step.layer, step.done) for step in recorder.trace.steps] == [("first", False)]


def test_nothing_of_the_stations_stays_in_the_network() -> None:
    net = Stations()
    with Recorder(net, ("first", "second")):
        net(torch.ones(1, 1, 1, 1))

    assert [len(part._forward_pre_hooks) + len(part._forward_hooks) for part in net.children()] == [0, 0]
