"""Spec of lesson 3: what a step with any optimizer does, and what an optimizer of one's own does."""

import copy
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from kata.authoring import (
    NETWORKS,
    AsymmetricLoss,
    CallCounter,
    batch,
    classes,
    expect,
    give_gradients,
    lenet,
    seeded,
    small,
    small_batch,
    with_modes,
    worked_batch,
    worked_example,
)

Build = Callable[[], nn.Module]
Settings = dict[str, float]

every_network = pytest.mark.parametrize("build", NETWORKS.values(), ids=NETWORKS.keys())
every_mode = pytest.mark.parametrize("mode", ["train", "eval"])

SETTINGS: dict[str, Settings] = {
    "plain": {"lr": 0.1},
    "momentum": {"lr": 0.05, "momentum": 0.9},
    "weight decay": {"lr": 0.1, "weight_decay": 0.3},
    "momentum and weight decay": {"lr": 0.05, "momentum": 0.8, "weight_decay": 0.2},
}
every_setting = pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS.keys())
every_dtype = pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])

OPTIMIZERS: dict[str, Callable[[Any], Optimizer]] = {
    "SGD": lambda params: torch.optim.SGD(params, lr=0.05),
    "SGD with momentum": lambda params: torch.optim.SGD(params, lr=0.05, momentum=0.9, weight_decay=0.1),
    "Adam": lambda params: torch.optim.Adam(params, lr=0.01),
    "AdamW": lambda params: torch.optim.AdamW(params, lr=0.01),
    "RMSprop": lambda params: torch.optim.RMSprop(params, lr=0.01),
    "Adagrad": lambda params: torch.optim.Adagrad(params, lr=0.01),
}
every_optimizer = pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS.keys())


def state(net: nn.Module) -> dict[str, Tensor]:
    """Return a copy of every parameter and buffer."""
    return {name: value.detach().clone() for name, value in net.state_dict().items()}


def all_close(what: str, given: dict[str, Tensor], wanted: dict[str, Tensor], why: str = "", **bounds: Any) -> None:
    """Ask the same of each tensor; `what` has a place for its name."""
    __tracebackhide__ = True
    for name, value in wanted.items():
        expect.close(what.format(name), given[name].to(value.device), value, why, **bounds)


def right_step(net: nn.Module, optimizer: Optimizer, criterion: nn.Module, x: Tensor, target: Tensor) -> float:
    """Let the network learn from one batch."""
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    loss.backward()
    optimizer.step()
    return float(loss.item())


def plain(net: nn.Module, lr: float = 0.05) -> Optimizer:
    """Return torch's SGD for a whole network."""
    return torch.optim.SGD(net.parameters(), lr=lr)


@pytest.mark.exercise(
    "optimizer_step",
    level=2,
    hints=(
        "These are the parts of lesson 2 in their order, with two of them handed in: the criterion measures the loss, "
        "and the optimizer does the update. What has to be cleared before the gradients are computed?",
        "The optimizer knows its own parameters, so it needs no arguments: one of its methods clears their old "
        "gradients, another moves them by the new ones. The criterion is called like a function.",
        "Call optimizer.zero_grad(), keep what the criterion makes of the scores and the target, call backward() on "
        "it, then optimizer.step(), and turn the kept loss into a Python number.",
    ),
)
class TestOptimizerStep:
    """optimizer_step."""

    def test_a_step_worked_out_by_hand(self, lesson: Any) -> None:
        net = worked_example()

        loss = lesson.optimizer_step(net, plain(net, 0.3), nn.MSELoss(), *worked_batch())

        expect.number("what optimizer_step returns", loss, 2.0, "The squares are 1, 4 and 1: their mean is 2.")
        expect.close("net.weight", net.weight, torch.tensor([[1.2, -1.2]]), "1 - 0.3 * -2/3 and -2 - 0.3 * -8/3")
        expect.close("net.bias", net.bias, torch.tensor([0.9]), "0.5 - 0.3 * -4/3")

    def test_the_loss_before_the_update_is_returned_as_a_python_float(self, lesson: Any) -> None:
        net, (x, target) = small(), small_batch()
        wanted = nn.MSELoss()(net(x), target).item()

        given = lesson.optimizer_step(net, plain(net), nn.MSELoss(), x, target)

        expect.number("what optimizer_step returns", given, wanted, "The loss before the update.")

    @every_optimizer
    def test_three_steps_with_any_optimizer(self, lesson: Any, make: Callable[[Any], Optimizer]) -> None:
        net, right = small(), small()
        optimizer, other = make(net.parameters()), make(right.parameters())

        for seed in (1, 2, 1):
            lesson.optimizer_step(net, optimizer, nn.MSELoss(), *small_batch(seed))
            right_step(right, other, nn.MSELoss(), *small_batch(seed))

        all_close("net.{} after three steps", state(net), state(right))

    @every_network
    def test_two_steps_of_any_network(self, lesson: Any, build: Build) -> None:
        net, right = build(), build()
        optimizer, other = plain(net), plain(right)

        for seed in (1, 2):
            lesson.optimizer_step(net, optimizer, nn.MSELoss(), *batch(3, seed))
            right_step(right, other, nn.MSELoss(), *batch(3, seed))

        all_close("net.{} after two steps", state(net), state(right))

    def test_old_gradients_do_not_count(self, lesson: Any) -> None:
        net, right = small(), small()
        for number, parameter in enumerate(net.parameters()):
            parameter.grad = seeded(*parameter.shape, seed=number)

        lesson.optimizer_step(net, plain(net), nn.MSELoss(), *small_batch())
        right_step(right, plain(right), nn.MSELoss(), *small_batch())

        all_close("net.{} after a step that met old gradients", state(net), state(right))

    def test_cross_entropy_with_class_numbers(self, lesson: Any) -> None:
        net, right, (x, _) = small(), small(), small_batch()

        loss = lesson.optimizer_step(net, plain(net), nn.CrossEntropyLoss(), x, classes())
        wanted = right_step(right, plain(right), nn.CrossEntropyLoss(), x, classes())

        expect.number("what optimizer_step returns", loss, wanted)
        all_close("net.{} after one step", state(net), state(right))

    def test_any_other_criterion(self, lesson: Any) -> None:
        net, right = small(), small()

        loss = lesson.optimizer_step(net, plain(net), AsymmetricLoss(), *small_batch())
        wanted = right_step(right, plain(right), AsymmetricLoss(), *small_batch())

        expect.number("what optimizer_step returns", loss, wanted, "Scores come first, the target second.")
        all_close("net.{} after one step", state(net), state(right), "Scores come first, the target second.")

    def test_only_the_parameters_that_the_optimizer_holds_move(self, lesson: Any) -> None:
        net, right = small(), small()
        optimizer, other = plain(net[2]), plain(right[2])

        for seed in (1, 2):
            lesson.optimizer_step(net, optimizer, nn.MSELoss(), *small_batch(seed))
            right_step(right, other, nn.MSELoss(), *small_batch(seed))

        all_close("net.{}, of which the optimizer holds layer 2 only,", state(net), state(right))

    def test_settings_are_the_optimizers_own(self, lesson: Any) -> None:
        net, right = small(), small()
        groups: list[Any] = [
            [{"params": one[0].parameters(), "lr": 0.4}, {"params": one[2].parameters()}] for one in (net, right)
        ]
        optimizers = [torch.optim.SGD(its, lr=0.01) for its in groups]

        for lr in (0.4, 0.02):
            for optimizer in optimizers:
                optimizer.param_groups[0]["lr"] = lr
            lesson.optimizer_step(net, optimizers[0], nn.MSELoss(), *small_batch())
            right_step(right, optimizers[1], nn.MSELoss(), *small_batch())

        all_close("net.{} after two steps with groups and a changing learning rate", state(net), state(right))

    def test_nothing_moves_with_a_learning_rate_of_zero(self, lesson: Any) -> None:
        net = small()

        lesson.optimizer_step(net, plain(net, 0.0), nn.MSELoss(), *small_batch())

        all_close("net.{} after a step with learning rate 0", state(net), state(small()))

    def test_network_and_criterion_are_run_once(self, lesson: Any) -> None:
        net, criterion = CallCounter(small()), AsymmetricLoss()

        lesson.optimizer_step(net, plain(net), criterion, *small_batch())

        expect.equal("how often the network is run", net.runs, 1)
        expect.equal("how often the criterion is run", criterion.runs, 1)

    @every_mode
    def test_the_network_learns_in_the_mode_that_it_is_in(self, lesson: Any, mode: str) -> None:
        net, right = with_modes().train(mode == "train"), with_modes().train(mode == "train")
        dropout: list[Any] = [net[3], right[3]]
        dropout[0].p = dropout[1].p = 0.0  # its masks would be drawn again for each run

        loss = lesson.optimizer_step(net, plain(net), nn.MSELoss(), *batch(7))
        wanted = right_step(right, plain(right), nn.MSELoss(), *batch(7))

        expect.equal("[module.training for module in net]", [m.training for m in net], [mode == "train"] * 5)
        expect.number(f"the loss in {mode} mode", loss, wanted)
        all_close("net.{} after one step", state(net), state(right))

    def test_parameters_stay_the_same_objects_and_take_gradients_as_before(self, lesson: Any) -> None:
        net = NETWORKS["partly frozen"]()
        before = [(id(p), p.requires_grad) for p in net.parameters()]

        lesson.optimizer_step(net, plain(net), nn.MSELoss(), *batch(3))

        after = [(id(p), p.requires_grad) for p in net.parameters()]
        expect.true("the parameters", [i for i, _ in after] == [i for i, _ in before], "the same objects", "others")
        expect.equal("which parameters take gradients", [t for _, t in after], [t for _, t in before])

    def test_input_and_target_are_left_as_they_are(self, lesson: Any) -> None:
        net, (x, target) = small(), small_batch()

        lesson.optimizer_step(net, plain(net), nn.MSELoss(), x, target)

        expect.close("x after the step", x, small_batch()[0])
        expect.close("target after the step", target, small_batch()[1])
        expect.equal("x.requires_grad after the step", x.requires_grad, False)

    def test_settings_of_the_optimizer_are_left_as_they_are(self, lesson: Any) -> None:
        net = small()
        optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
        before = [(name, value) for name, value in optimizer.param_groups[0].items() if name != "params"]

        lesson.optimizer_step(net, optimizer, nn.MSELoss(), *small_batch())

        after = [(name, value) for name, value in optimizer.param_groups[0].items() if name != "params"]
        expect.equal("the settings of the optimizer after the step", after, before)

    def test_a_float64_network_keeps_its_dtype_and_its_digits(self, lesson: Any) -> None:
        net, right, (x, target) = small().double(), small().double(), small_batch()

        lesson.optimizer_step(net, plain(net), nn.MSELoss(), x.double(), target.double())
        right_step(right, plain(right), nn.MSELoss(), x.double(), target.double())

        all_close("net.{} of a float64 network", state(net), state(right), rtol=1e-10, atol=1e-12)

    def test_no_random_numbers_are_drawn(self, lesson: Any) -> None:
        net = small()
        before = torch.get_rng_state()

        lesson.optimizer_step(net, plain(net), nn.MSELoss(), *small_batch())

        same = torch.equal(torch.get_rng_state(), before)
        expect.true("the global random state after the step", same, "as before", "another")

    def test_a_small_network_learns_a_batch_by_heart(self, lesson: Any) -> None:
        net = small()
        optimizer = torch.optim.Adam(net.parameters(), lr=0.05)

        losses = [lesson.optimizer_step(net, optimizer, nn.MSELoss(), *small_batch()) for _ in range(30)]

        expect.true(
            "the loss after 30 steps", losses[-1] < losses[0] / 2, "less than half of the first", f"{losses[-1]:.4g}"
        )

    def test_a_step_on_every_device(self, lesson: Any, device: str) -> None:
        net, (x, target) = small().to(device), small_batch()

        loss = lesson.optimizer_step(net, plain(net), nn.MSELoss(), x.to(device), target.to(device))

        right = small()
        wanted = right_step(right, plain(right), nn.MSELoss(), x, target)
        expect.number("what optimizer_step returns", loss, wanted, rtol=2e-2, atol=2e-3)
        all_close("net.{} after one step", state(net), state(right), rtol=2e-2, atol=2e-3)


SHAPES = {"weight": (3, 4), "bias": (4,), "scale": (), "second weight": (3, 4)}


def parameters(dtype: torch.dtype = torch.float32) -> dict[str, nn.Parameter]:
    """Return parameters of several shapes, two of them alike; some numbers need more digits than float32 has."""
    return {
        name: nn.Parameter(seeded(*shape, seed=number + 20).to(dtype) / 3)
        for number, (name, shape) in enumerate(SHAPES.items())
    }


def numbers(params: dict[str, nn.Parameter]) -> dict[str, Tensor]:
    """Return a copy of the numbers of each parameter."""
    return {name: parameter.detach().clone() for name, parameter in params.items()}


def groups_of(optimizer: Any) -> list[dict[str, Any]]:
    """Return the parameter groups, which Optimizer's own constructor makes."""
    __tracebackhide__ = True
    is_made = isinstance(optimizer, Optimizer) and "_optimizer_step_pre_hooks" in vars(optimizer)
    why = "The constructor of Optimizer must run: super().__init__(...) with the parameters and the defaults."
    expect.true("the optimizer", is_made, "one that Optimizer has set up", "without what Optimizer makes", why)
    groups: list[dict[str, Any]] = optimizer.param_groups
    return groups


def ask_settings(group: dict[str, Any], wanted: Settings, of: str = "optimizer.param_groups[0]") -> None:
    """Ask for the three settings of a group."""
    __tracebackhide__ = True
    for name, value in wanted.items():
        expect.true(f'{of}["{name}"]', name in group, str(value), "missing")
        given = group[name]
        expect.true(f'{of}["{name}"]', bool(given == value), str(value), str(given))


def numbers_in(text: str) -> list[float]:
    """Return all numbers of a text."""
    return [float(found) for found in re.findall(r"[-+]?\d*\.?\d+(?:[eE][-+]?\d+)?", text)]


# How a message may name an argument.
NAMES = {
    "lr": ("lr", "learning rate", "learning_rate", "learning-rate"),
    "momentum": ("momentum",),
    "weight_decay": ("weight_decay", "weight decay", "weight-decay", "wd"),
}


@pytest.mark.exercise(
    "SGD.__init__",
    level=3,
    hints=(
        "Optimizer's constructor takes the parameters and a dict of defaults, and does nearly everything. What is left "
        "for this one is to look at the three numbers first.",
        "An optimizer has many groups: a setting kept as self.lr would be one for all of them. Give the three settings "
        "to the base class as a dict, and it puts them into each group that has none of its own.",
        "For each of the three: where it is below 0, raise ValueError with its name and value in the text. Then call "
        'super().__init__ with params as they came and a dict with the keys "lr", "momentum" and "weight_decay".',
    ),
)
class TestSgdInit:
    """SGD.__init__."""

    def test_the_settings_are_kept_in_the_parameter_group(self, lesson: Any) -> None:
        optimizer = lesson.SGD(list(parameters().values()), lr=0.3, momentum=0.9, weight_decay=0.07)

        (group,) = groups_of(optimizer)
        ask_settings(group, {"lr": 0.3, "momentum": 0.9, "weight_decay": 0.07})

    def test_the_settings_may_be_given_by_their_place(self, lesson: Any) -> None:
        optimizer = lesson.SGD(list(parameters().values()), 0.02, 0.6, 0.4)

        (group,) = groups_of(optimizer)
        ask_settings(group, {"lr": 0.02, "momentum": 0.6, "weight_decay": 0.4})

    def test_momentum_and_weight_decay_are_zero_where_they_are_not_given(self, lesson: Any) -> None:
        optimizer = lesson.SGD(list(parameters().values()), lr=0.25)

        (group,) = groups_of(optimizer)
        ask_settings(group, {"lr": 0.25, "momentum": 0.0, "weight_decay": 0.0})

    def test_it_holds_the_very_parameters_that_it_was_given(self, lesson: Any) -> None:
        params = list(parameters().values())
        params[1].requires_grad_(False)

        (group,) = groups_of(lesson.SGD(params, lr=0.1))

        wanted = [id(one) for one in params]
        given = [id(one) for one in group["params"]]
        expect.equal("how many parameters the optimizer holds", len(given), len(wanted), "A frozen one counts too.")
        expect.true("the parameters held", given == wanted, "the given objects in their order", "others")

    def test_parameters_may_come_from_a_generator(self, lesson: Any) -> None:
        net = small()

        (group,) = groups_of(lesson.SGD(net.parameters(), lr=0.1))

        expect.equal("how many parameters the optimizer holds", len(group["params"]), 4)

    def test_an_empty_list_is_refused_by_the_base_class(self, lesson: Any) -> None:
        error = expect.raises("SGD([], lr=0.1)", ValueError, lambda: lesson.SGD([], lr=0.1))
        expect.true("the message", str(error), "some text", "empty")

    def test_a_groups_own_settings_win(self, lesson: Any) -> None:
        one, two, three, four = parameters().values()
        groups: list[dict[str, Any]] = [
            {"params": [one], "lr": 0.5, "weight_decay": 0.03},
            {"params": [two, three]},
            {"params": four, "momentum": 0.2},
        ]

        made = groups_of(lesson.SGD(groups, lr=0.1, momentum=0.9, weight_decay=0.01))

        expect.equal("how many groups there are", len(made), 3)
        expect.equal("how many parameters each group holds", [len(group["params"]) for group in made], [1, 2, 1])
        ask_settings(made[0], {"lr": 0.5, "momentum": 0.9, "weight_decay": 0.03})
        ask_settings(made[1], {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01}, "optimizer.param_groups[1]")
        ask_settings(made[2], {"lr": 0.1, "momentum": 0.2, "weight_decay": 0.01}, "optimizer.param_groups[2]")

    def test_a_group_that_is_added_later_gets_the_defaults_too(self, lesson: Any) -> None:
        one, two, *_ = parameters().values()
        optimizer = lesson.SGD([one], lr=0.1, momentum=0.9, weight_decay=0.01)
        groups_of(optimizer)

        optimizer.add_param_group({"params": [two], "lr": 0.7})

        ask_settings(groups_of(optimizer)[0], {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01})
        wanted = {"lr": 0.7, "momentum": 0.9, "weight_decay": 0.01}
        ask_settings(groups_of(optimizer)[1], wanted, "optimizer.param_groups[1]")

    def test_two_optimizers_have_settings_of_their_own(self, lesson: Any) -> None:
        one, two, *_ = parameters().values()
        first = lesson.SGD([one], lr=0.1, momentum=0.9, weight_decay=0.01)

        lesson.SGD([two], lr=0.2, momentum=0.5, weight_decay=0.02)

        ask_settings(groups_of(first)[0], {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01})

    @pytest.mark.parametrize("name", ["lr", "momentum", "weight_decay"])
    @pytest.mark.parametrize("value", [-0.5, -3.25, -0.001])
    def test_a_negative_value_is_refused_with_its_name_and_value(self, lesson: Any, name: str, value: float) -> None:
        settings = {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01, name: value}

        what = f"SGD(params, {', '.join(f'{key}={number}' for key, number in settings.items())})"
        params = list(parameters().values())

        error = expect.raises(what, ValueError, lambda: lesson.SGD(params, **settings), NAMES[name])

        if not any(abs(one - value) < 1e-6 for one in numbers_in(str(error))):
            raise expect.NotRefused(what, f"a ValueError whose message has {value}", f"yours says: {error}")

    @pytest.mark.parametrize("name", ["lr", "momentum", "weight_decay"])
    @pytest.mark.parametrize("value", [0.0, 1.0, 7.5])
    def test_zero_and_large_values_are_accepted(self, lesson: Any, name: str, value: float) -> None:
        settings = {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01, name: value}

        (group,) = groups_of(lesson.SGD(list(parameters().values()), **settings))

        ask_settings(group, settings)

    def test_parameters_and_gradients_are_left_as_they_are(self, lesson: Any) -> None:
        params = parameters()
        give_gradients(params, seed=3)
        params["bias"].requires_grad_(False)
        wanted, grads = numbers(params), {name: copy.deepcopy(p.grad) for name, p in params.items()}

        lesson.SGD(list(params.values()), lr=0.1, momentum=0.9, weight_decay=0.1)

        all_close("{} after SGD was made", numbers(params), wanted)
        for name, grad in grads.items():
            assert grad is not None
            expect.close(f"the gradient of {name} after SGD was made", params[name].grad, grad)
        expect.equal(
            "which parameters take gradients", [p.requires_grad for p in params.values()], [True, False, True, True]
        )

    def test_no_random_numbers_are_drawn(self, lesson: Any) -> None:
        before = torch.get_rng_state()

        lesson.SGD(list(parameters().values()), lr=0.1)

        same = torch.equal(torch.get_rng_state(), before)
        expect.true("the global random state after SGD was made", same, "as before", "another")

    def test_the_base_class_can_forget_gradients_for_it(self, lesson: Any) -> None:
        params = parameters()
        give_gradients(params, seed=3)
        optimizer = lesson.SGD(list(params.values()), lr=0.1)
        groups_of(optimizer)

        optimizer.zero_grad()

        left = [name for name, p in params.items() if p.grad is not None and p.grad.abs().sum() > 0]
        expect.equal("the parameters with a gradient after optimizer.zero_grad()", left, [])


def torchs(params: Any, settings: Settings) -> Optimizer:
    """Return torch's own SGD, one parameter after the other."""
    return torch.optim.SGD(params, foreach=False, **settings)  # type: ignore[arg-type]  # mypy: any float for a bool


def both(lesson: Any, settings: Settings, dtype: torch.dtype = torch.float32) -> tuple[Any, ...]:
    """Return the learner's parameters and optimizer, and the same with torch's."""
    mine, right = parameters(dtype), parameters(dtype)
    return mine, lesson.SGD(list(mine.values()), **settings), right, torchs(list(right.values()), settings)


def tensors_in(value: Any) -> Iterator[Tensor]:
    """Yield all tensors that an optimizer's state holds, however deep."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from tensors_in(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from tensors_in(part)


MOMENTUM: Settings = {"lr": 0.05, "momentum": 0.8, "weight_decay": 0.2}


@pytest.mark.exercise(
    "SGD.step",
    level=3,
    hints=(
        "Two loops: over self.param_groups, and in each group over its parameters. The settings are the group's own. "
        "What must be remembered for the next step, and for which parameters?",
        "self.state[parameter] is a dict for each parameter, empty at first: it has a buffer or not yet. "
        "Weight decay comes into the slope before momentum does. Nothing of the update belongs to a graph; the "
        "closure, however, needs one.",
        "Call the closure first, where gradients are recorded. Under no_grad, skip gradients that are None; make the "
        "slope as a new tensor; where momentum is not 0, look up the buffer, make the new one and keep it; take lr "
        "times what came out off the parameter with an in-place operation. Return what the closure returned.",
    ),
)
class TestSgdStep:
    """SGD.step."""

    def test_a_plain_step_worked_out_by_hand(self, lesson: Any) -> None:
        weight = nn.Parameter(torch.tensor([1.0, -2.0]))
        weight.grad = torch.tensor([0.5, -4.0])

        lesson.SGD([weight], lr=0.1).step()

        expect.close("the weight", weight, torch.tensor([0.95, -1.6]), "1 - 0.1 * 0.5 and -2 - 0.1 * -4")

    def test_a_step_with_weight_decay_worked_out_by_hand(self, lesson: Any) -> None:
        weight = nn.Parameter(torch.tensor([1.0, -2.0]))
        weight.grad = torch.tensor([0.5, -4.0])

        lesson.SGD([weight], lr=0.1, weight_decay=0.5).step()

        expect.close("the weight", weight, torch.tensor([0.9, -1.5]), "Slopes 0.5 + 0.5 * 1 = 1, -4 + 0.5 * -2 = -5")

    def test_two_steps_with_momentum_worked_out_by_hand(self, lesson: Any) -> None:
        weight = nn.Parameter(torch.tensor([1.0]))
        optimizer = lesson.SGD([weight], lr=0.1, momentum=0.5)

        weight.grad = torch.tensor([2.0])
        optimizer.step()
        expect.close("the weight after one step", weight, torch.tensor([0.8]), "buffer 2; 1 - 0.1 * 2")
        weight.grad = torch.tensor([3.0])
        optimizer.step()

        expect.close("the weight after two steps", weight, torch.tensor([0.4]), "buffer 0.5 * 2 + 3 = 4; 0.8 - 0.1 * 4")

    @every_setting
    @every_dtype
    def test_ten_steps_equal_those_of_torch(self, lesson: Any, settings: Settings, dtype: torch.dtype) -> None:
        mine, optimizer, right, other = both(lesson, settings, dtype)

        for seed in range(10):
            for params, one in ((mine, optimizer), (right, other)):
                give_gradients(params, seed)
                one.step()
            bounds: dict[str, Any] = {"rtol": 1e-10, "atol": 1e-12} if dtype == torch.float64 else {}
            all_close(f"the {{}} after step {seed + 1}", numbers(mine), numbers(right), **bounds)

    def test_each_group_moves_by_its_own_settings(self, lesson: Any) -> None:
        mine, right = parameters(), parameters()
        groups = [
            [
                {"params": [one["weight"]], "lr": 0.3, "momentum": 0.5},
                {"params": [one["bias"], one["scale"]], "weight_decay": 0.0},
                {"params": [one["second weight"]], "momentum": 0.0, "weight_decay": 0.4},
            ]
            for one in (mine, right)
        ]
        optimizer, other = lesson.SGD(groups[0], **MOMENTUM), torchs(groups[1], MOMENTUM)

        for seed in range(4):
            for params, one in ((mine, optimizer), (right, other)):
                give_gradients(params, seed)
                one.step()

        all_close("the {} after four steps with three groups", numbers(mine), numbers(right))

    def test_settings_may_change_between_steps(self, lesson: Any) -> None:
        mine, optimizer, right, other = both(lesson, MOMENTUM)

        for seed, (lr, momentum) in enumerate([(0.1, 0.9), (0.02, 0.9), (0.3, 0.4), (0.0, 0.4), (0.05, 0.7)]):
            for params, one in ((mine, optimizer), (right, other)):
                one.param_groups[0].update(lr=lr, momentum=momentum)
                give_gradients(params, seed)
                one.step()

        all_close("the {} after five steps with changing settings", numbers(mine), numbers(right))

    def test_a_scheduler_can_change_the_learning_rate(self, lesson: Any) -> None:
        mine, optimizer, right, other = both(lesson, MOMENTUM)

        for params, one in ((mine, optimizer), (right, other)):
            scheduler = torch.optim.lr_scheduler.StepLR(one, step_size=2, gamma=0.1)
            for seed in range(5):
                give_gradients(params, seed)
                one.step()
                scheduler.step()

        all_close("the {} after five steps with StepLR", numbers(mine), numbers(right))

    def test_a_group_may_be_added_between_steps(self, lesson: Any) -> None:
        mine, right = parameters(), parameters()
        for params, make in ((mine, lambda p: lesson.SGD(p, **MOMENTUM)), (right, lambda p: torchs(p, MOMENTUM))):
            first, *others = params.values()
            optimizer: Any = make([first])
            give_gradients(params, seed=1)
            optimizer.step()
            optimizer.add_param_group({"params": others, "lr": 0.2})
            for seed in (2, 3):
                give_gradients(params, seed)
                optimizer.step()

        all_close("the {} after a group was added", numbers(mine), numbers(right))

    @every_setting
    def test_a_parameter_without_gradient_is_left_alone(self, lesson: Any, settings: Settings) -> None:
        mine, optimizer, right, other = both(lesson, settings)

        for seed, without in enumerate([("weight", "scale"), ("weight",), (), ("bias",), ()]):
            for params, one in ((mine, optimizer), (right, other)):
                give_gradients(params, seed, without)
                one.step()
            words = f"the {{}} after step {seed + 1}, which met no gradient of {' or '.join(without) or 'nothing'},"
            all_close(words, numbers(mine), numbers(right))

    def test_nothing_moves_where_no_gradient_is_there(self, lesson: Any) -> None:
        params = parameters()

        lesson.SGD(list(params.values()), **MOMENTUM).step()

        all_close("the {} without any gradient", numbers(params), numbers(parameters()))

    def test_momentum_goes_on_where_gradients_are_zero(self, lesson: Any) -> None:
        mine, optimizer, right, other = both(lesson, {"lr": 0.1, "momentum": 0.9})

        for factor in (1.0, 0.0, 0.0):
            for params, one in ((mine, optimizer), (right, other)):
                give_gradients(params, seed=3)
                for parameter in params.values():
                    parameter.grad.mul_(factor)
                one.step()

        all_close("the {} after two steps with zero gradients", numbers(mine), numbers(right))

    @every_setting
    def test_gradients_are_only_read(self, lesson: Any, settings: Settings) -> None:
        params = parameters()
        optimizer = lesson.SGD(list(params.values()), **settings)

        for seed in (1, 2):
            give_gradients(params, seed)
            wanted = {name: (p.grad, copy.deepcopy(p.grad)) for name, p in params.items()}
            optimizer.step()

            for name, (grad, numbers_before) in wanted.items():
                assert numbers_before is not None
                expect.close(f"the gradient of {name} after the step", params[name].grad, numbers_before)
                expect.true(f"the gradient of {name}", params[name].grad is grad, "the tensor that it was", "another")

    @every_setting
    def test_what_is_kept_shares_no_memory_with_gradients(self, lesson: Any, settings: Settings) -> None:
        mine, optimizer, right, other = both(lesson, settings)

        for params, one in ((mine, optimizer), (right, other)):
            give_gradients(params, seed=1)
            for seed in (2, 3, 4):
                one.step()
                for number, parameter in enumerate(params.values()):
                    parameter.grad.copy_(seeded(*parameter.shape, seed=10 * seed + number))

        why = "The gradients' numbers were overwritten in their place between the steps."
        all_close("the {} after three steps", numbers(mine), numbers(right), why)

    @every_setting
    def test_parameters_are_updated_in_place(self, lesson: Any, settings: Settings) -> None:
        params = parameters()
        views = {name: p.detach() for name, p in params.items()}
        optimizer = lesson.SGD(list(params.values()), **settings)
        held = [id(p) for p in params.values()]

        for seed in (1, 2):
            give_gradients(params, seed)
            optimizer.step()

        now = [id(p) for group in groups_of(optimizer) for p in group["params"]]
        expect.true("the parameters that the optimizer holds", now == held, "the objects that they were", "others")
        why = "A view made before the steps must show the new numbers: their memory must stay the same."
        all_close("a view of the {}", views, numbers(params), why)
        all_takes = [(p.requires_grad, p.is_leaf) for p in params.values()]
        expect.equal("requires_grad and is_leaf of the parameters", all_takes, [(True, True)] * 4)

    def test_nothing_that_is_kept_has_a_graph(self, lesson: Any) -> None:
        params = parameters()
        optimizer = lesson.SGD(list(params.values()), **MOMENTUM)

        for seed in (1, 2):
            give_gradients(params, seed)
            optimizer.step()

        found = sum(t.requires_grad for t in tensors_in(dict(optimizer.state)) if not isinstance(t, nn.Parameter))
        why = "The graph of every step would be kept in memory."
        expect.equal("how many tensors of optimizer.state have a graph", int(found), 0, why)

    @every_setting
    def test_training_goes_on_after_state_dict_and_load_state_dict(self, lesson: Any, settings: Settings) -> None:
        mine, optimizer, right, other = both(lesson, settings)
        for seed in range(6):
            if seed == 3:  # as if saved and loaded in another process
                saved = copy.deepcopy(optimizer.state_dict())
                mine = {name: nn.Parameter(value) for name, value in numbers(mine).items()}
                optimizer = lesson.SGD(list(mine.values()), lr=1.0)
                optimizer.load_state_dict(saved)
            for params, one in ((mine, optimizer), (right, other)):
                give_gradients(params, seed, without=("scale",) if seed < 2 else ())
                one.step()

        all_close("the {} after six steps, with a new optimizer from the fourth on,", numbers(mine), numbers(right))

    def test_two_optimizers_do_not_disturb_each_other(self, lesson: Any) -> None:
        mine, optimizer, right, other = both(lesson, MOMENTUM)
        stranger = parameters()
        another = lesson.SGD(list(stranger.values()), lr=0.3, momentum=0.5)

        for seed in range(3):
            for params, one in ((mine, optimizer), (stranger, another), (right, other)):
                give_gradients(params, seed)
                one.step()

        all_close("the {} beside a second optimizer", numbers(mine), numbers(right))

    def test_none_is_returned_without_a_closure(self, lesson: Any) -> None:
        params = parameters()
        give_gradients(params, seed=1)

        expect.equal("what step() returns", lesson.SGD(list(params.values()), lr=0.1).step(), None)

    @pytest.mark.parametrize("recording", [True, False], ids=["recording", "under the caller's no_grad"])
    @pytest.mark.parametrize("kind", ["tensor", "float"])
    def test_a_closure_is_called_once_and_its_loss_returned(self, lesson: Any, kind: str, recording: bool) -> None:
        weight = nn.Parameter(torch.tensor([1.0, -2.0]))
        bias = nn.Parameter(torch.tensor([3.0]))
        optimizer = lesson.SGD([{"params": [weight]}, {"params": [bias]}], lr=0.1, momentum=0.9)
        seen: list[tuple[bool, list[float]]] = []

        def closure() -> Any:
            seen.append((torch.is_grad_enabled(), weight.detach().tolist()))
            with torch.enable_grad():
                optimizer.zero_grad()
                loss = (weight * weight).sum() + (bias * bias).sum()
                loss.backward()
            return loss if kind == "tensor" else loss.item()

        with torch.set_grad_enabled(recording):
            given = optimizer.step(closure)

        expect.equal("how often step(closure) calls the closure", len(seen), 1)
        expect.equal("whether gradients are recorded while the closure runs", seen[0][0], True)
        expect.equal("the weight while the closure runs", seen[0][1], [1.0, -2.0])
        expect.true("what step(closure) returns", isinstance(given, float | Tensor), "the loss", str(given))
        expect.number(
            "what step(closure) returns", torch.as_tensor(given).detach().item(), 14.0, "The closure returns 1 + 4 + 9."
        )
        expect.close("the weight", weight, torch.tensor([0.8, -1.6]), "1 - 0.1 * 2 and -2 - 0.1 * -4")
        expect.close("the bias", bias, torch.tensor([2.4]), "3 - 0.1 * 6")

    def test_steps_with_a_closure_equal_those_of_torch(self, lesson: Any) -> None:
        net, right = small(), small()
        optimizer, other = lesson.SGD(net.parameters(), **MOMENTUM), torchs(right.parameters(), MOMENTUM)

        for one, its in ((net, optimizer), (right, other)):
            for seed in (1, 2, 3):
                its.step(closure_for(one, its, seed))

        all_close("net.{} after three steps with closures", state(net), state(right))

    def test_no_random_numbers_are_drawn(self, lesson: Any) -> None:
        params = parameters()
        give_gradients(params, seed=1)
        optimizer = lesson.SGD(list(params.values()), **MOMENTUM)
        before = torch.get_rng_state()

        optimizer.step()

        same = torch.equal(torch.get_rng_state(), before)
        expect.true("the global random state after the step", same, "as before", "another")

    def test_steps_are_right_on_every_device(self, lesson: Any, device: str) -> None:
        mine = {name: nn.Parameter(value.to(device)) for name, value in numbers(parameters()).items()}
        right = parameters()
        optimizer, other = lesson.SGD(list(mine.values()), **MOMENTUM), torchs(list(right.values()), MOMENTUM)

        for seed in range(3):
            give_gradients(right, seed)
            for name, parameter in mine.items():
                parameter.grad = right[name].grad.to(device)  # type: ignore[union-attr]  # every one has a gradient
            optimizer.step()
            other.step()

        all_close("the {} after three steps", numbers(mine), numbers(right))


def closure_for(net: nn.Module, optimizer: Any, seed: int) -> Callable[[], Any]:
    """Return a function that computes loss and gradients of a batch, and returns the loss."""

    def closure() -> Any:
        optimizer.zero_grad()
        loss = nn.MSELoss()(net(small_batch(seed)[0]), small_batch(seed)[1])
        loss.backward()
        return loss

    return closure


@pytest.mark.speed("SGD.step")
class SpeedOfSgdStep:
    """SGD.step, yours beside the solution's."""

    def test_step_of_lenet(self, contestant: Any, benchmark: Any) -> None:
        net, (x, target) = lenet(), batch(3)
        nn.MSELoss()(net(x), target).backward()
        optimizer = contestant.SGD(net.parameters(), lr=1e-6, momentum=0.9, weight_decay=1e-3)

        benchmark(optimizer.step)
