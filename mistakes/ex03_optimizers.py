"""Lesson 3: how each exercise is observed, and the bank of its wrong answers.

A wrong answer is a plain function, put into the solution's file in the exercise's place. Its words: a
noun phrase that completes the observer's sentence, and why it matters, without a line of the
solution. Plain mistakes come first: where a learner's answer agrees with several as far as it goes,
the first one is named.
"""

import copy
import functools
import re
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import Optimizer

from kata.amounts import GRADIENTS, LOSSES, STEPS
from kata.bank import mistake, same_as
from kata.diagnosis import observes
from kata.networks import batch, by_hand, hand_batch, partly_frozen, seeded, with_modes, with_unused_layer
from kata.observation import Observation
from solutions.ex03_optimizers import SGD, optimizer_step

ORDINALS = ("first", "second", "third", "fourth")


def weights(net: nn.Module) -> dict[str, Tensor]:
    """Return a copy of every parameter."""
    return {name: parameter.detach().clone() for name, parameter in net.named_parameters()}


def kind_of(value: object) -> str:
    """Describe what was returned, but for its numbers."""
    if isinstance(value, Tensor):
        return f"a tensor {tuple(value.shape)} {value.dtype}"
    return "a float" if isinstance(value, float) else f"{type(value).__name__}"


def see_loss(see: Observation, of: str, loss: Any) -> None:
    """Observe a loss."""
    see(f"what is returned as the loss of {of}", kind_of(loss))
    if isinstance(loss, Tensor | float):
        value = torch.as_tensor(loss, dtype=torch.float64).detach()
        see.amounts(f"the loss of {of}", LOSSES, {"the loss": torch.zeros_like(value)}, {"the loss": value})


def small() -> nn.Sequential:
    """Return a network with weights of its own. (N, 5) -> (N, 4)."""
    net = nn.Sequential(nn.Linear(5, 6), nn.Tanh(), nn.Linear(6, 4))
    for number, parameter in enumerate(net.parameters()):
        parameter.data = seeded(*parameter.shape, seed=number + 90) / 2
    return net


def small_batch(seed: int = 1) -> tuple[Tensor, Tensor]:
    """Return inputs (7, 5) and targets (7, 4) for `small`."""
    return seeded(7, 5, seed=seed), seeded(7, 4, seed=seed + 1000)


def classes() -> Tensor:
    """Return a class number for each input of `small_batch`."""
    return torch.tensor([2, 0, 3, 1, 1, 0, 2])


class Pull(nn.Module):
    """A criterion to which the order of its arguments matters."""

    def forward(self, scores: Tensor, target: Tensor) -> Tensor:
        return (2 * scores - target).pow(2).mean()


class Spied(nn.Module):
    """A network that notes its runs in a log, and keeps the scores that it gave."""

    def __init__(self, net: nn.Module, log: list[str], x: Tensor) -> None:
        super().__init__()
        self.net, self.log, self.x = net, log, x
        self.scores: list[Tensor] = []
        next(net.parameters()).register_hook(lambda _: log.append("gradients flow back"))

    def forward(self, given: Tensor) -> Tensor:
        self.log.append("the network is run" + ("" if same_numbers(given, self.x) else " on something else than x"))
        scores: Tensor = self.net(given)
        self.scores.append(scores.detach())
        return scores


class SpiedLoss(nn.Module):
    """A criterion that notes what it is given."""

    def __init__(self, criterion: nn.Module, log: list[str], known: Callable[[Tensor], str]) -> None:
        super().__init__()
        self.criterion, self.log, self.known = criterion, log, known

    def forward(self, first: Any, second: Any) -> Tensor:
        self.log.append(f"the criterion gets {self.known(first)} and {self.known(second)}")
        loss: Tensor = self.criterion(first, second)
        return loss


class SpiedSGD(torch.optim.SGD):
    """An optimizer that notes its steps."""

    log: list[str]

    def step(self, closure: Any = None) -> Any:
        self.log.append("the optimizer steps")
        return super().step(closure)


def same_numbers(one: Any, other: Tensor) -> bool:
    """Whether both are tensors of one shape and nearly the same numbers."""
    return isinstance(one, Tensor) and one.shape == other.shape and torch.allclose(one.double(), other.double())


def see_course(lesson: Any, see: Observation, criterion: nn.Module, x: Tensor, target: Tensor) -> None:
    """Observe what happens in one step, in its order, even where the step stops half-way."""
    log: list[str] = []
    net = Spied(small(), log, x)

    def known(value: Any) -> str:
        graph = "" if isinstance(value, Tensor) and value.requires_grad else " without a graph"
        if any(same_numbers(value, scores) for scores in net.scores):
            return "the scores" + graph
        names = (name for name, tensor in (("the target", target), ("x", x)) if same_numbers(value, tensor))
        return next(names, "something else")

    optimizer = SpiedSGD(net.parameters(), lr=0.3)
    optimizer.log = log
    try:
        lesson.optimizer_step(net, optimizer, SpiedLoss(criterion, log, known), x, target)
    finally:
        see("what happens in a step", log)


@observes("optimizer_step", "Your step does what {} does.")
def observe_optimizer_step(lesson: Any, see: Observation) -> None:
    see_course(lesson, see, nn.MSELoss(), *small_batch())
    net: Any = by_hand()
    x, target = hand_batch()
    state, before = torch.get_rng_state(), weights(net)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.3)
    loss = lesson.optimizer_step(net, optimizer, nn.MSELoss(), x, target)
    see("the random state after a step", torch.equal(state, torch.get_rng_state()))
    see("x and the target after a step", [x, target, x.requires_grad])
    see(
        "the settings of the optimizer after a step",
        {k: v for k, v in optimizer.param_groups[0].items() if k != "params"},
    )
    see("whether the optimizer holds the parameters of the network", holds(optimizer, net))
    see("which parameters take gradients", [p.requires_grad for p in net.parameters()])
    see_steps_of_any_optimizer(lesson, see)
    see_loss(see, "a small network", loss)
    see.amounts("the weights of a small network after a step", STEPS, before, weights(net))
    see_criteria(lesson, see)
    see_odd_networks(lesson, see)


def holds(optimizer: Optimizer, net: nn.Module) -> bool:
    """Whether the optimizer holds the very parameters of a network."""
    return [id(p) for group in optimizer.param_groups for p in group["params"]] == [id(p) for p in net.parameters()]


def see_steps_of_any_optimizer(lesson: Any, see: Observation) -> None:
    """Observe steps with several optimizers, the first of which meets old gradients."""
    net: Any = small()
    optimizer: Optimizer = torch.optim.SGD(net.parameters(), lr=0.07)
    for ordinal, seed in zip(ORDINALS[:2], (1, 2), strict=False):
        before = weights(net)
        loss = lesson.optimizer_step(net, optimizer, nn.MSELoss(), *small_batch(seed))
        see.amounts(f"the weights after the {ordinal} step", STEPS, before, weights(net))
        see_loss(see, f"the {ordinal} step", loss)
    net = small()
    for number, parameter in enumerate(net.parameters()):
        parameter.grad = seeded(*parameter.shape, seed=number)
    before = weights(net)
    lesson.optimizer_step(net, torch.optim.SGD(net.parameters(), lr=0.07), nn.MSELoss(), *small_batch())
    see.amounts("the weights after a step that met old gradients", STEPS, before, weights(net))
    see_groups(lesson, see)
    for name, make in (
        ("SGD with momentum", lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, weight_decay=0.1)),
        ("Adam", lambda p: torch.optim.Adam(p, lr=0.01)),
        ("RMSprop", lambda p: torch.optim.RMSprop(p, lr=0.01)),
    ):
        net = small()
        optimizer = make(net.parameters())
        for ordinal, seed in zip(ORDINALS, (1, 2, 1), strict=False):
            before = weights(net)
            lesson.optimizer_step(net, optimizer, nn.MSELoss(), *small_batch(seed))
            see.amounts(f"the weights after the {ordinal} step with {name}", STEPS, before, weights(net))


def see_groups(lesson: Any, see: Observation) -> None:
    """Observe a step with two groups, and one with an optimizer of one layer."""
    net: Any = small()
    groups = [{"params": net[0].parameters(), "lr": 0.4}, {"params": net[2].parameters()}]
    before = weights(net)
    lesson.optimizer_step(net, torch.optim.SGD(groups, lr=0.03), nn.MSELoss(), *small_batch())
    see.amounts("the weights after a step with two groups", STEPS, before, weights(net))
    net = small()
    optimizer = torch.optim.SGD(net[2].parameters(), lr=0.1)
    for ordinal, seed in zip(ORDINALS[:2], (1, 2), strict=False):
        before = weights(net)
        lesson.optimizer_step(net, optimizer, nn.MSELoss(), *small_batch(seed))
        see.amounts(f"the weights after the {ordinal} step of an optimizer of one layer", STEPS, before, weights(net))


def see_criteria(lesson: Any, see: Observation) -> None:
    """Observe steps with other criteria."""
    for name, criterion, target in (
        ("nn.CrossEntropyLoss", nn.CrossEntropyLoss(), classes()),
        ("nn.L1Loss", nn.L1Loss(), small_batch()[1]),
        ("a criterion of another kind", Pull(), small_batch()[1]),
    ):
        net = small()
        before = weights(net)
        loss = lesson.optimizer_step(
            net, torch.optim.SGD(net.parameters(), lr=0.1), criterion, small_batch()[0], target
        )
        see_loss(see, name, loss)
        see.amounts(f"the weights after a step with {name}", STEPS, before, weights(net))


def see_odd_networks(lesson: Any, see: Observation) -> None:
    """Observe steps of odd networks."""
    for name, build in (("an unused layer", with_unused_layer), ("a frozen layer", partly_frozen)):
        net: Any = build()
        before = weights(net)
        lesson.optimizer_step(net, torch.optim.SGD(net.parameters(), lr=0.1), nn.MSELoss(), *batch(3))
        see.amounts(f"the weights of a network with {name}", STEPS, before, weights(net))
        see(f"which parameters of a network with {name} take gradients", [p.requires_grad for p in net.parameters()])
    for mode in (True, False):
        net = with_modes().train(mode)
        net[3].p = 0.0
        loss = lesson.optimizer_step(net, torch.optim.SGD(net.parameters(), lr=0.1), nn.MSELoss(), *batch(7))
        see_loss(see, f"a network in {'train' if mode else 'eval'} mode", loss)
        see("the modes after the step", [module.training for module in net])
    net, (x, target) = small().double(), small_batch()
    lesson.optimizer_step(net, torch.optim.SGD(net.parameters(), lr=0.1), nn.MSELoss(), x.double(), target.double())
    see("the dtypes of a float64 network", [str(p.dtype) for p in net.parameters()])
    other = small().double()
    optimizer_step(other, torch.optim.SGD(other.parameters(), lr=0.1), nn.MSELoss(), x.double(), target.double())
    exact = all(torch.allclose(a, b, 1e-10, 1e-12) for a, b in zip(net.parameters(), other.parameters(), strict=True))
    see("whether a float64 network keeps its digits", exact)


SHAPES = {"weight": (3, 4), "bias": (4,), "scale": (), "second weight": (3, 4)}


def parameters(dtype: torch.dtype = torch.float32) -> dict[str, nn.Parameter]:
    """Return parameters of several shapes, two of them alike."""
    return {
        name: nn.Parameter(seeded(*shape, seed=number + 40).to(dtype) / 3)
        for number, (name, shape) in enumerate(SHAPES.items())
    }


def give_gradients(params: dict[str, nn.Parameter], seed: int, without: tuple[str, ...] = ()) -> None:
    """Give every parameter a new gradient, but for those named, which get None."""
    for number, (name, parameter) in enumerate(params.items()):
        grad = seeded(*parameter.shape, seed=10 * seed + number).to(parameter.dtype) / 3
        parameter.grad = None if name in without else grad


def values(params: dict[str, nn.Parameter]) -> dict[str, Tensor]:
    """Return a copy of the numbers of each parameter."""
    return {name: parameter.detach().clone() for name, parameter in params.items()}


def slopes(params: dict[str, nn.Parameter]) -> dict[str, Tensor]:
    """Return a copy of each gradient; zeros where there is none."""
    return {name: torch.zeros_like(p) if p.grad is None else p.grad.clone() for name, p in params.items()}


def zeros(params: dict[str, nn.Parameter]) -> dict[str, Tensor]:
    """Return zeros for each parameter."""
    return {name: torch.zeros_like(parameter) for name, parameter in params.items()}


def is_whole(optimizer: Any) -> bool:
    """Whether Optimizer's own constructor has run."""
    return isinstance(optimizer, Optimizer) and "_optimizer_step_pre_hooks" in vars(optimizer)


NAMES = ("lr", "momentum", "weight_decay")


def settings_of(group: dict[str, Any]) -> dict[str, Any]:
    """Return the three settings of a group, as far as they are there."""
    return {name: plain_number(group[name]) if name in group else "missing" for name in NAMES}


def plain_number(value: Any) -> Any:
    """Return a number as a float: 0 is as good as 0.0."""
    return float(value) if isinstance(value, int) else value


def see_groups_made(see: Observation, words: str, optimizer: Any, given: list[nn.Parameter]) -> None:
    """Observe the groups of an optimizer: their settings, and which of the given parameters they hold."""
    see("whether Optimizer's own constructor has run", is_whole(optimizer))
    groups: list[dict[str, Any]] = optimizer.param_groups
    see(f"the number of groups {words}", len(groups))
    for number, group in enumerate(groups):
        see(f"the settings of group {number} {words}", settings_of(group))
    places = {id(parameter): place for place, parameter in enumerate(given)}
    held = [[places.get(id(p), "another object") for p in group["params"]] for group in groups]
    see(f"which parameters are held {words}", held)


@observes("SGD.__init__", "Your optimizer is made like {}.")
def observe_init(lesson: Any, see: Observation) -> None:
    params = parameters()
    give_gradients(params, seed=3)
    params["bias"].requires_grad_(False)
    state, given = torch.get_rng_state(), list(params.values())
    before, grads, takes = values(params), slopes(params), [p.requires_grad for p in given]
    optimizer = lesson.SGD(list(given), lr=0.37, momentum=0.83, weight_decay=0.019)
    see("the random state after SGD was made", torch.equal(state, torch.get_rng_state()))
    see.amounts("the parameters after SGD was made", STEPS, before, values(params))
    see.amounts("the gradients after SGD was made", GRADIENTS, zeros(params), slopes(params))
    see("whether the gradients are the old ones", all(torch.equal(grads[n], g) for n, g in slopes(params).items()))
    see("which parameters take gradients", [p.requires_grad for p in given] == takes)
    see_groups_made(see, "of an optimizer with all three settings", optimizer, given)
    see_groups_made(see, "where only lr is given", lesson.SGD(list(given), lr=0.23), given)
    see_groups_made(see, "where the settings are given by place", lesson.SGD(list(given), 0.02, 0.61, 0.43), given)
    see_refusals(lesson, see)
    see_groups_made(see, "of a generator", lesson.SGD((p for p in given), lr=0.23), given)
    see_given_groups(lesson, see)
    see("what is made of an empty list", outcome(lambda: lesson.SGD([], lr=0.1)))


def see_given_groups(lesson: Any, see: Observation) -> None:
    """Observe groups with settings of their own, a later one, and a second optimizer."""
    one, two, three, four = given = list(parameters().values())
    groups: list[dict[str, Any]] = [
        {"params": [one], "lr": 0.5, "weight_decay": 0.03},
        {"params": [two, three], "momentum": 0.2},
    ]
    optimizer = lesson.SGD(groups, lr=0.1, momentum=0.9, weight_decay=0.01)
    see_groups_made(see, "that were given as dicts", optimizer, given)
    optimizer.add_param_group({"params": [four], "lr": 0.7})
    see_groups_made(see, "after one was added", optimizer, given)
    lesson.SGD(list(parameters().values()), lr=0.2, momentum=0.5, weight_decay=0.02)
    see_groups_made(see, "after a second optimizer was made", optimizer, given)


def see_refusals(lesson: Any, see: Observation) -> None:
    """Observe which values are refused, and how."""
    right = {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01}
    for name in NAMES:
        for value in (-0.5, -0.001, -3.25):
            make = functools.partial(lesson.SGD, list(parameters().values()), **{**right, name: value})
            said = outcome(make, name, value)
            see(f"what becomes of {name} = {value}", said)
    for name in NAMES:
        for value in (0.0, 1.0, 7.5):
            make = functools.partial(lesson.SGD, list(parameters().values()), **{**right, name: value})
            said = outcome(make)
            see(f"what becomes of {name} = {value}", said)


WORDS = {"lr": r"\blr\b|learning[ _-]?rate", "momentum": "momentum", "weight_decay": r"weight[ _-]?decay|\bwd\b"}


def outcome(make: Callable[[], Any], name: str = "", value: float = 0.0) -> str:
    """Describe what becomes of making an optimizer: its settings, or the error and what that names."""
    try:
        return f"accepted as {[settings_of(group) for group in make().param_groups]}"
    except NotImplementedError:
        raise
    except Exception as error:  # noqa: BLE001  (which one it is, is the fact)
        text, kind = str(error), type(error).__name__
    if not name:
        return kind
    numbers = [float(found) for found in re.findall(r"[-+]?\d*\.?\d+(?:[eE][-+]?\d+)?", text)]
    names_it = "names it" if re.search(WORDS[name], text, re.IGNORECASE) else "does not name it"
    tells = "tells its value" if any(abs(one - value) < 1e-6 for one in numbers) else "does not tell its value"
    return f"{kind}, which {names_it} and {tells}"


def see_steps(
    lesson: Any, see: Observation, words: str, settings: dict[str, float], count: int = 3, without: Any = ()
) -> None:
    """Observe steps with new gradients each: what is left of them, and how far each parameter moved."""
    params = parameters()
    optimizer = lesson.SGD(list(params.values()), **settings)
    for number in range(count):
        give_gradients(params, number, without[number] if without else ())
        step = f"the {ORDINALS[number]} step {words}"
        before, grads = values(params), slopes(params)
        optimizer.step()
        see_gradients(see, step, params, grads)
        see.amounts(step, STEPS, before, values(params))


def see_gradients(see: Observation, step: str, params: dict[str, nn.Parameter], grads: dict[str, Tensor]) -> None:
    """Observe whether gradients are what they were."""
    see.amounts(f"the gradients after {step}", GRADIENTS, zeros(params), slopes(params))
    same = all(torch.allclose(grads[name], grad, atol=1e-7) for name, grad in slopes(params).items())
    see(f"whether the gradients are as before after {step}", same)


BOTH = {"lr": 0.13, "momentum": 0.83, "weight_decay": 0.27}


@observes("SGD.step", "Your parameters move like those of {}.")
def observe_step(lesson: Any, see: Observation) -> None:
    see_side_effects(lesson, see)
    see_steps(lesson, see, "without momentum and weight decay", {"lr": 0.13}, count=2)
    see_steps(lesson, see, "with weight decay", {"lr": 0.13, "weight_decay": 0.27}, count=2)
    see_steps(lesson, see, "with momentum", {"lr": 0.13, "momentum": 0.83})
    see_steps(lesson, see, "with momentum and weight decay", BOTH)
    see_refilled(lesson, see)
    see_parameter_groups(lesson, see)
    see_changing_settings(lesson, see)
    late = [("weight", "scale"), ("weight",), (), ("bias",)]
    see_steps(lesson, see, "with weight decay, where gradients are None", {"lr": 0.13, "weight_decay": 0.27}, 4, late)
    see_steps(lesson, see, "with momentum, where gradients are None", {"lr": 0.13, "momentum": 0.83}, 4, late)
    see_state(lesson, see)
    see_closures(lesson, see)
    see_digits(lesson, see)


def see_side_effects(lesson: Any, see: Observation) -> None:
    """Observe what one step does besides moving numbers."""
    params = parameters()
    optimizer = lesson.SGD(list(params.values()), **BOTH)
    give_gradients(params, seed=6)
    state, held, grads = torch.get_rng_state(), [id(p) for p in params.values()], slopes(params)
    views, before = {name: p.detach() for name, p in params.items()}, values(params)
    returned = optimizer.step()
    see("the random state after a step", torch.equal(state, torch.get_rng_state()))
    see("whether the optimizer holds the same parameters", [id(p) for p in optimizer.param_groups[0]["params"]] == held)
    see("which parameters take gradients", [p.requires_grad for p in params.values()])
    see("which parameters are leaves of the graph", [p.is_leaf for p in params.values()])
    see_gradients(see, "a step", params, grads)
    see("whether numbers change in the memory where they are", moves_in_place(views, params, before))
    see("the dtypes of the parameters", [str(p.dtype) for p in params.values()])
    see("the settings after a step", settings_of(optimizer.param_groups[0]))
    see("what step() returns", kind_of(returned))


def moves_in_place(views: dict[str, Tensor], params: dict[str, nn.Parameter], before: dict[str, Tensor]) -> bool:
    """Whether views made before a step show what the parameters are after it."""
    return all(torch.equal(views[name], p.detach()) for name, p in params.items())


def see_refilled(lesson: Any, see: Observation) -> None:
    """Observe steps between which new gradients are written into the memory of the old ones."""
    for words, settings in (("momentum", {"lr": 0.13, "momentum": 0.83}), ("momentum and weight decay", BOTH)):
        params = parameters()
        optimizer = lesson.SGD(list(params.values()), **settings)
        give_gradients(params, seed=1)
        for number in range(3):
            step = f"the {ORDINALS[number]} step with {words}, where gradients are written into the old ones"
            before, grads = values(params), slopes(params)
            optimizer.step()
            see_gradients(see, step, params, grads)
            see.amounts(step, STEPS, before, values(params))
            for parameter in params.values():
                if parameter.grad is not None:
                    parameter.grad.copy_(seeded(*parameter.shape, seed=100 + number))


def see_parameter_groups(lesson: Any, see: Observation) -> None:
    """Observe groups with settings of their own, then one that is added."""
    params = parameters()
    weight, bias, scale, second = params.values()
    groups: list[dict[str, Any]] = [
        {"params": [weight], "lr": 0.31, "momentum": 0.47},
        {"params": [bias, scale], "weight_decay": 0.0},
    ]
    optimizer = lesson.SGD(groups, **BOTH)
    for number in range(4):
        if number == 2:
            optimizer.add_param_group({"params": [second], "lr": 0.07, "momentum": 0.0})
        give_gradients(params, number)
        before = values(params)
        optimizer.step()
        see.amounts(f"the {ORDINALS[number]} step of several groups", STEPS, before, values(params))


def see_changing_settings(lesson: Any, see: Observation) -> None:
    """Observe steps between which the settings change, and steps with zero gradients."""
    params = parameters()
    optimizer = lesson.SGD(list(params.values()), **BOTH)
    for number, (lr, momentum) in enumerate([(0.17, 0.83), (0.02, 0.83), (0.29, 0.41), (0.05, 0.71)]):
        optimizer.param_groups[0].update(lr=lr, momentum=momentum)
        give_gradients(params, number)
        before = values(params)
        optimizer.step()
        see.amounts(f"the {ORDINALS[number]} step with settings that change", STEPS, before, values(params))
    for ordinal in ORDINALS[:2]:
        for parameter in params.values():
            parameter.grad = torch.zeros_like(parameter)
        before = values(params)
        optimizer.step()
        see.amounts(f"the {ordinal} step with zero gradients", STEPS, before, values(params))


def see_state(lesson: Any, see: Observation) -> None:
    """Observe what is kept, and whether training goes on after state_dict and load_state_dict."""
    params = parameters()
    optimizer = lesson.SGD(list(params.values()), **BOTH)
    for seed in (1, 2):
        give_gradients(params, seed)
        optimizer.step()
    see("whether something that is kept has a graph", any(t.requires_grad for t in tensors_in(dict(optimizer.state))))
    saved = copy.deepcopy(optimizer.state_dict())
    fresh = {name: nn.Parameter(value) for name, value in values(params).items()}
    optimizer = lesson.SGD(list(fresh.values()), lr=1.0)
    optimizer.load_state_dict(saved)
    for number in range(2):
        give_gradients(fresh, number + 3)
        before = values(fresh)
        optimizer.step()
        see.amounts(f"the {ORDINALS[number]} step after load_state_dict", STEPS, before, values(fresh))


def tensors_in(value: Any) -> list[Tensor]:
    """Return all tensors that an optimizer's state holds, however deep."""
    if isinstance(value, Tensor):
        return [] if isinstance(value, nn.Parameter) else [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return [tensor for part in parts for tensor in tensors_in(part)]


def see_closures(lesson: Any, see: Observation) -> None:
    """Observe steps with a closure whose loss is a tensor, then a float."""
    for kind in ("a tensor", "a float"):
        weight = nn.Parameter(torch.tensor([1.0, -2.0]))
        optimizer = lesson.SGD([weight], lr=0.1, momentum=0.9)
        calls: list[str] = []
        before = {"the weight": weight.detach().clone()}
        result = None
        try:
            result = optimizer.step(closure_for(weight, optimizer, calls, kind))
        finally:
            see(f"the calls of a closure that returns {kind}", calls)
        see.amounts(f"the step with a closure that returns {kind}", STEPS, before, {"the weight": weight})
        is_number = isinstance(result, Tensor | float)
        see(f"what step returns where the closure returns {kind}", "a number" if is_number else kind_of(result))
        see(
            f"the loss that step returns where the closure returns {kind}",
            float(torch.as_tensor(result or 0.0).detach()),
        )


def closure_for(weight: nn.Parameter, optimizer: Any, calls: list[str], kind: str) -> Callable[[], Any]:
    """Return a function that computes loss and gradients, and notes when it was called and how."""

    def closure() -> Any:
        moved = "" if bool((weight == torch.tensor([1.0, -2.0])).all()) else ", after the weight moved"
        calls.append(f"gradients {'are' if torch.is_grad_enabled() else 'are not'} recorded{moved}")
        with torch.enable_grad():
            optimizer.zero_grad()
            loss = (weight * weight).sum()
            loss.backward()
        return loss if kind == "a tensor" else loss.item()

    return closure


def see_digits(lesson: Any, see: Observation) -> None:
    """Observe whether float64 parameters keep their digits."""
    params, right = parameters(torch.float64), parameters(torch.float64)
    optimizer, other = lesson.SGD(list(params.values()), **BOTH), SGD(list(right.values()), **BOTH)
    for seed in range(3):
        for one, its in ((params, optimizer), (right, other)):
            give_gradients(one, seed)
            its.step()
    see("the dtypes of float64 parameters", [str(p.dtype) for p in params.values()])
    exact = all(torch.allclose(params[name], right[name], rtol=1e-10, atol=1e-12) for name in params)
    see("whether float64 parameters keep their digits", exact)


# optimizer_step


@mistake(
    "optimizer_step",
    "one that never forgets old gradients",
    "Each backward adds to the gradients that are there: the second step follows those of both batches.",
)
def never_forgets(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    loss = criterion(net(x), target)
    loss.backward()
    optimizer.step()
    return float(loss.item())


@same_as(never_forgets)
def zero_grad_without_brackets(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad
    loss = criterion(net(x), target)
    loss.backward()
    optimizer.step()
    return float(loss.item())


@same_as(never_forgets)
def forgets_of_the_criterion(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    criterion.zero_grad()
    loss = criterion(net(x), target)
    loss.backward()
    optimizer.step()
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that forgets the gradients after its step only",
    "What was there before the first step still counts in it: other code may have left gradients behind. Forget "
    "before backward, and nothing depends on who came before.",
)
def forgets_afterwards(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    loss = criterion(net(x), target)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that forgets the new gradients before its step can use them",
    "Between backward and the step the gradients are needed: without them no parameter moves. Forget before backward.",
)
def forgets_in_between(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    loss = criterion(net(x), target)
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    return float(loss.item())


@same_as(forgets_in_between)
def network_forgets_in_between(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    loss = criterion(net(x), target)
    loss.backward()
    net.zero_grad()
    optimizer.step()
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that forgets gradients before and after backward",
    "The second time forgets the new gradients, and the step has nothing to follow. Once, before backward, is enough.",
)
def forgets_twice(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one whose optimizer never steps",
    "The gradients say where to go; the optimizer's own method for the update goes there. Is it called, with its brackets?",
)
def no_step(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    loss.backward()
    return float(loss.item())


@same_as(no_step)
def step_without_brackets(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    loss.backward()
    optimizer.step
    return float(loss.item())


@same_as(no_step)
def no_step_and_nothing_forgotten(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    loss = criterion(net(x), target)
    loss.backward()
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that computes no gradients",
    "The optimizer follows what is in each parameter's .grad: only backward fills it. Is it called, with its brackets?",
)
def no_backward(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    optimizer.step()
    return float(loss.item())


@same_as(no_backward)
def backward_without_brackets(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    loss.backward
    optimizer.step()
    return float(loss.item())


@same_as(no_backward)
def no_backward_and_nothing_forgotten(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    loss = criterion(net(x), target)
    optimizer.step()
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that only computes the loss",
    "After the loss come its gradients, and after them the optimizer's step.",
)
def only_loss(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    return float(criterion(net(x), target).item())


@same_as(only_loss)
def only_forgets(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    return float(criterion(net(x), target).item())


@mistake(
    "optimizer_step",
    "one that steps before the gradients are there",
    "Such a step follows old gradients, or none. First backward, then the optimizer.",
)
def step_before_backward(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    optimizer.step()
    loss.backward()
    return float(loss.item())


@same_as(step_before_backward)
def step_before_all(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.step()
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    loss.backward()
    return float(loss.item())


@same_as(step_before_backward)
def step_then_zero_then_backward(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    loss = criterion(net(x), target)
    optimizer.step()
    optimizer.zero_grad()
    loss.backward()
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that returns a tensor",
    "A loss with its graph keeps the memory of the whole step alive, and even without a graph it is no number to add up "
    "or to print. Return a plain Python number.",
)
def returns_tensor(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> Any:
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    loss.backward()
    optimizer.step()
    return loss


@same_as(returns_tensor)
def returns_detached(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> Any:
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    loss.backward()
    optimizer.step()
    return loss.detach()


@mistake(
    "optimizer_step",
    "one that returns a numpy array",
    "An array of no dimensions is still no number. Return a plain Python float.",
)
def returns_array(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> Any:
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    loss.backward()
    optimizer.step()
    return loss.detach().numpy()


@mistake(
    "optimizer_step",
    "one that returns nothing",
    "A function without `return` gives back None; whoever calls it wants to see the loss.",
)
def returns_nothing(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> Any:
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    loss.backward()
    optimizer.step()


@same_as(returns_nothing)
def returns_what_step_gives(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> Any:
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    loss.backward()
    return optimizer.step()


@mistake(
    "optimizer_step",
    "one that returns the scores",
    "The loss is asked for: one number that says how wrong the scores were.",
)
def returns_scores(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> Any:
    optimizer.zero_grad()
    scores = net(x)
    loss = criterion(scores, target)
    loss.backward()
    optimizer.step()
    return scores


@mistake(
    "optimizer_step",
    "one that returns a text",
    "Text is for printing; a number is asked for.",
)
def returns_text(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> Any:
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    loss.backward()
    optimizer.step()
    return f"{loss.item():.4f}"


@mistake(
    "optimizer_step",
    "one that returns a rounded loss",
    "Rounding is for printing; the number itself is asked for.",
)
def returns_rounded(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    loss.backward()
    optimizer.step()
    return round(loss.item(), 2)


@same_as(returns_rounded)
def returns_more_digits(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    loss.backward()
    optimizer.step()
    return round(loss.item(), 3)


@mistake(
    "optimizer_step",
    "one that returns a whole number",
    "int() cuts off everything after the point; a loss of 0.7 would become 0.",
)
def returns_int(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> Any:
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    loss.backward()
    optimizer.step()
    return int(loss.item())


@mistake(
    "optimizer_step",
    "one that multiplies the loss with the number of inputs",
    "The criterion says what the loss is, a mean most often: return it as it is.",
)
def returns_sum(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    loss.backward()
    optimizer.step()
    return float(loss.item() * len(x))


@mistake(
    "optimizer_step",
    "one that divides the loss by the number of inputs",
    "The criterion says what the loss is, a mean most often: it is divided already.",
)
def returns_divided(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    loss.backward()
    optimizer.step()
    return float(loss.item() / len(x))


@mistake(
    "optimizer_step",
    "one that follows a loss divided by the number of inputs",
    "The criterion says what the loss is, a mean most often: dividing it again makes every step shorter.",
)
def follows_divided(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(net(x), target) / len(x)
    loss.backward()
    optimizer.step()
    return float(loss.item())


@same_as(follows_divided)
def follows_divided_returns_whole(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    (loss / len(x)).backward()
    optimizer.step()
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that follows the loss uphill",
    "The optimizer itself goes against the gradient: the loss must be handed to backward with its own sign.",
)
def uphill(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    (-loss).backward()
    optimizer.step()
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that returns the loss after the update",
    "The network has to run once more for it. The loss that was computed before the update is there already.",
)
def returns_later_loss(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    criterion(net(x), target).backward()
    optimizer.step()
    return float(criterion(net(x), target).item())


@same_as(returns_later_loss)
def returns_later_loss_without_graph(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        return float(criterion(net(x), target).item())


@mistake(
    "optimizer_step",
    "one that runs the network twice before it steps",
    "It costs twice the time, and a network with dropout gives another loss each time. Keep the loss, and use it for "
    "backward and for the result.",
)
def runs_twice(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    value = criterion(net(x), target).item()
    criterion(net(x), target).backward()
    optimizer.step()
    return float(value)


@mistake(
    "optimizer_step",
    "one that runs the network twice, and follows the first run",
    "It costs twice the time, and a network with dropout gives another loss each time. Keep the loss, and use it for "
    "backward and for the result.",
)
def runs_twice_later(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    criterion(net(x), target).backward()
    value = criterion(net(x), target).item()
    optimizer.step()
    return float(value)


@mistake(
    "optimizer_step",
    "one that computes the loss twice from one run of the network",
    "The loss is there after the first time: keep it in a variable.",
)
def loss_twice(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    scores = net(x)
    criterion(scores, target).backward()
    optimizer.step()
    return float(criterion(scores, target).item())


@same_as(loss_twice)
def loss_twice_before(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    scores = net(x)
    criterion(scores, target)
    loss = criterion(scores, target)
    loss.backward()
    optimizer.step()
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that hands the target over first and the scores second",
    "Only some criteria, such as nn.MSELoss, do not care for the order. By torch's convention the scores come first.",
)
def target_first(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(target, net(x))
    loss.backward()
    optimizer.step()
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that hands the input to the criterion instead of the scores",
    "The criterion compares what the network makes of x with the target.",
)
def criterion_of_x(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(x, target)
    loss.backward()
    optimizer.step()
    return float(loss.item())


@same_as(criterion_of_x)
def runs_and_takes_x(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    net(x)
    loss = criterion(x, target)
    loss.backward()
    optimizer.step()
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that compares the scores with the input",
    "The criterion compares what the network makes of x with the target.",
)
def scores_against_x(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(net(x), x)
    loss.backward()
    optimizer.step()
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that hands the target to the network",
    "The network is run on the input x; the target is what its scores are compared with.",
)
def runs_on_target(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(net(target), x)
    loss.backward()
    optimizer.step()
    return float(loss.item())


@same_as(runs_on_target)
def runs_on_target_against_itself(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(net(target), target)
    loss.backward()
    optimizer.step()
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that runs the network where nothing is recorded",
    "Under torch.no_grad() the scores get no graph, and backward cannot start. Here nothing needs it: the optimizer sees to "
    "that itself.",
)
def run_without_graph(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    with torch.no_grad():
        scores = net(x)
    loss = criterion(scores, target)
    loss.backward()
    optimizer.step()
    return float(loss.item())


@same_as(run_without_graph)
@torch.no_grad()
def all_without_graph(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    loss.backward()
    optimizer.step()
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that cuts the scores off from their graph",
    "A detached tensor, or a new one made of its numbers, does not lead back to the weights. Hand the scores over as they "
    "are.",
)
def detached_scores(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    scores = net(x).detach().requires_grad_()
    loss = criterion(scores, target)
    loss.backward()
    optimizer.step()
    return float(loss.item())


@same_as(run_without_graph)
def scores_detached(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(net(x).detach(), target)
    loss.backward()
    optimizer.step()
    return float(loss.item())


@same_as(run_without_graph)
def inference_mode(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    with torch.inference_mode():
        loss = criterion(net(x), target)
    loss.backward()
    optimizer.step()
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that cuts the loss off from its graph before backward",
    "backward goes through the graph behind the loss: a detached copy of it has none.",
)
def detached_loss(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(net(x), target).detach()
    loss.backward()
    optimizer.step()
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that asks for gradients of a loss without its graph",
    "Switching requires_grad on afterwards makes the loss a new beginning: nothing leads from it back to the weights.",
)
def loss_made_anew(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(net(x), target).detach().requires_grad_()
    loss.backward()
    optimizer.step()
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that turns the loss into a number too early",
    "A Python number has no graph: backward needs the tensor. Take the number at the end.",
)
def item_too_early(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(net(x), target).item()
    loss.backward()
    optimizer.step()
    return float(loss)


@mistake(
    "optimizer_step",
    "one that asks the criterion for the gradients",
    "The criterion is a module that computes a loss; the graph hangs on the loss that it returned, and so does backward.",
)
def backward_of_criterion(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    criterion.backward()
    optimizer.step()
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that asks the scores for their gradients",
    "The scores are many numbers, and none of them is to become small: backward starts at the loss.",
)
def backward_of_scores(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    scores = net(x)
    loss = criterion(scores, target)
    scores.backward()
    optimizer.step()
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that follows the sum of the scores",
    "What is to become small is the loss: backward starts there.",
)
def follows_scores(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    scores = net(x)
    loss = criterion(scores, target)
    scores.sum().backward()
    optimizer.step()
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that asks the network to step",
    "A network has no step: the optimizer moves its parameters.",
)
def network_steps(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    loss.backward()
    net.step()
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that asks the loss to step",
    "A loss has no step: the optimizer moves the parameters.",
)
def loss_steps(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    loss.backward()
    loss.step()
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that hands the loss to the optimizer's step",
    "step takes no loss: it reads the gradients. Its only argument is a function, for optimizers that need the loss again.",
)
def loss_handed_to_step(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    loss.backward()
    optimizer.step(loss)
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that goes through its graph twice",
    "The graph behind a loss is there once; a second backward needs a second run. Is backward called twice?",
)
def backward_twice(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    loss.backward()
    loss.backward()
    optimizer.step()
    return float(loss.item())


@same_as(backward_twice)
def backward_twice_retained(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    loss.backward(retain_graph=True)
    loss.backward()
    optimizer.step()
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one whose optimizer steps twice with the same gradients",
    "One call is one step: the second one follows gradients of weights that are there no more.",
)
def steps_twice(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    loss.backward()
    optimizer.step()
    optimizer.step()
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that takes several whole steps",
    "One call is one step; how many there are is for the caller's loop to say.",
)
def several_steps(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    for _ in range(2):
        optimizer.zero_grad()
        loss = criterion(net(x), target)
        loss.backward()
        optimizer.step()
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that steps once for each input",
    "The batch is one step: its loss is one number for all of its inputs.",
)
def step_for_each(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    total = 0.0
    for one, wanted in zip(x, target, strict=True):
        optimizer.zero_grad()
        loss = criterion(net(one[None]), wanted[None])
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total / len(x)


@mistake(
    "optimizer_step",
    "one that learns from the first input only",
    "All inputs of the batch count.",
)
def first_only(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(net(x[:1]), target[:1])
    loss.backward()
    optimizer.step()
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that updates by hand instead of asking the optimizer",
    "Which rule moves the parameters, and with which learning rate, is the optimizer's business: with Adam it is another one. "
    "Ask the optimizer to step.",
)
def by_hand_with_its_rate(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    loss.backward()
    with torch.no_grad():
        for p in net.parameters():
            if p.grad is not None:
                p -= optimizer.param_groups[0]["lr"] * p.grad
    return float(loss.item())


@same_as(by_hand_with_its_rate)
def by_hand_with_own_rate(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    loss.backward()
    with torch.no_grad():
        for p in net.parameters():
            if p.grad is not None:
                p -= 0.01 * p.grad
    return float(loss.item())


@same_as(by_hand_with_its_rate)
def by_hand_group_by_group(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    loss.backward()
    for group in optimizer.param_groups:
        for p in group["params"]:
            if p.grad is not None:
                p.data.sub_(group["lr"] * p.grad)
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that updates by hand beside the optimizer",
    "The optimizer moves the parameters: an update of your own moves them once more.",
)
def by_hand_as_well(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        for p in net.parameters():
            if p.grad is not None:
                p -= optimizer.param_groups[0]["lr"] * p.grad
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that makes an optimizer of its own",
    "The optimizer that is handed in has its own rule, settings and memory; one that is made anew in each step knows "
    "nothing of the steps before.",
)
def own_optimizer(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    other = torch.optim.SGD(net.parameters(), lr=optimizer.param_groups[0]["lr"])
    other.zero_grad()
    loss = criterion(net(x), target)
    loss.backward()
    other.step()
    return float(loss.item())


@same_as(own_optimizer)
def own_optimizer_of_own_rate(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    loss.backward()
    optimizer.step()
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that takes a criterion of its own",
    "How the loss is measured is for the caller to say: with another criterion the numbers would be others.",
)
def own_criterion(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = F.mse_loss(net(x), target)
    loss.backward()
    optimizer.step()
    return float(loss.item())


@same_as(own_criterion)
def own_cross_entropy(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = F.cross_entropy(net(x), target)
    loss.backward()
    optimizer.step()
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that makes probabilities of the scores first",
    "nn.CrossEntropyLoss takes raw scores and does this itself; other criteria want no probabilities at all. Hand the scores "
    "over as they are.",
)
def softmax_first(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(F.softmax(net(x), dim=1), target)
    loss.backward()
    optimizer.step()
    return float(loss.item())


@same_as(softmax_first)
def log_softmax_first(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(F.log_softmax(net(x), dim=1), target)
    loss.backward()
    optimizer.step()
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that makes classes of the scores first",
    "argmax has no gradient: it says which score is largest, and not how to make it larger. The criterion takes the scores.",
)
def argmax_first(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(net(x).argmax(dim=1).float(), target)
    loss.backward()
    optimizer.step()
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that changes the target's dtype",
    "nn.CrossEntropyLoss takes class numbers, which are whole, and nn.MSELoss numbers like the scores. The target is in the "
    "right form for its criterion already.",
)
def target_as_float(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(net(x), target.float())
    loss.backward()
    optimizer.step()
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that makes whole numbers of the target",
    "nn.CrossEntropyLoss takes class numbers, which are whole, and nn.MSELoss numbers like the scores. The target is in the "
    "right form for its criterion already.",
)
def target_as_long(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(net(x), target.long())
    loss.backward()
    optimizer.step()
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that switches the network to train mode",
    "In which mode the network learns is for the caller to say.",
)
def in_train_mode(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    net.train()
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    loss.backward()
    optimizer.step()
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that leaves the network in eval mode",
    "In which mode the network is, is for the caller to say.",
)
def leaves_eval_mode(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    loss.backward()
    optimizer.step()
    net.eval()
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that runs the network in eval mode",
    "In which mode the network learns is for the caller to say.",
)
def runs_in_eval_mode(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    mode = net.training
    net.eval()
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    loss.backward()
    optimizer.step()
    net.train(mode)
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that clips the gradients",
    "Gradients are used as they are here; clipping is a decision for the caller.",
)
def clips(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 0.1)
    optimizer.step()
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that lets the optimizer forget the steps before",
    "Momentum and Adam live on what they remember in optimizer.state: it must last from one step to the next.",
)
def empties_state(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.state.clear()
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    loss.backward()
    optimizer.step()
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that learns on a copy of the network",
    "The optimizer holds the parameters of the network itself: the gradients of a copy never reach it.",
)
def copy_learns(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    other = copy.deepcopy(net)
    optimizer.zero_grad()
    loss = criterion(other(x), target)
    loss.backward()
    optimizer.step()
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that changes the optimizer's learning rate",
    "The settings of the optimizer are the caller's: a schedule is a part of its own.",
)
def decays_rate(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    loss.backward()
    optimizer.step()
    for group in optimizer.param_groups:
        group["lr"] *= 0.99
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that gives the optimizer all of the network's parameters",
    "Which parameters move is for the caller to say, who made the optimizer.",
)
def takes_all_parameters(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    held = {id(p) for group in optimizer.param_groups for p in group["params"]}
    others = [p for p in net.parameters() if id(p) not in held]
    if others:
        optimizer.add_param_group({"params": others})
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    loss.backward()
    optimizer.step()
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that lets all parameters take gradients",
    "Whoever froze a parameter meant it: requires_grad stays as it is.",
)
def unfreezes(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    for p in net.parameters():
        p.requires_grad_(True)
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    loss.backward()
    optimizer.step()
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that freezes the network",
    "Parameters must go on taking gradients: the next step needs them.",
)
def freezes(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    loss.backward()
    optimizer.step()
    net.requires_grad_(False)
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that lets the input take gradients",
    "x is the caller's, and learns nothing: the parameters take gradients already.",
)
def input_takes_gradients(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(net(x.requires_grad_()), target)
    loss.backward()
    optimizer.step()
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that scales the input first",
    "The network gets x as it is: preparing it is the business of the data's owner.",
)
def normalises(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(net((x - x.mean()) / x.std()), target)
    loss.backward()
    optimizer.step()
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that changes the input in its place",
    "x is the caller's, and is needed again in the next epoch.",
)
def normalises_in_place(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    x.sub_(x.mean())
    loss = criterion(net(x), target)
    loss.backward()
    optimizer.step()
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that sets a seed or draws random numbers",
    "The step itself is not random, and seeds are the caller's business.",
)
def seeded_step(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    torch.manual_seed(0)
    torch.rand(1)
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    loss.backward()
    optimizer.step()
    return float(loss.item())


@mistake(
    "optimizer_step",
    "one that turns the network into float32",
    "The network stays in its own dtype, and so do input and target.",
)
def in_float32(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    net.float()
    optimizer.zero_grad()
    wanted = target.float() if target.is_floating_point() else target
    loss = criterion(net(x.float()), wanted)
    loss.backward()
    optimizer.step()
    return float(loss.item())
