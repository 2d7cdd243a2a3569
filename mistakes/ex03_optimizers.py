"""Lesson 3: how each exercise is observed, and the bank of its wrong answers.

A wrong answer is a plain function, put into the solution's file in the exercise's place. Its words: a
noun phrase that completes the observer's sentence, and why it matters, without a line of the
solution. Plain mistakes come first: where a learner's answer agrees with several as far as it goes,
the first one is named.
"""

import copy
import functools
import re
import warnings
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
        graph = "" if isinstance(value, Tensor) and value.grad_fn is not None else " without a graph"
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
    """Return the three settings of a group; where one is missing, whether there is a number of another name."""
    others = [v for name, v in group.items() if name not in NAMES and type(v) is float and v]
    missing = "kept under another name" if others else "missing"
    return {name: plain_number(group[name]) if name in group else missing for name in NAMES}


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
    late = [("weight", "scale"), ("weight",), ("bias",), ()]
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
        weight.grad = torch.tensor([0.37, 0.53])  # an old one
        optimizer = lesson.SGD([weight], lr=0.1, momentum=0.9)
        calls: list[str] = []
        before = {"the weight": weight.detach().clone()}
        result = None
        try:
            result = optimizer.step(closure_for(weight, optimizer, calls, kind))
        finally:
            see(f"the calls of a closure that returns {kind}", calls)
        see("the gradient after a step with a closure", weight.grad)
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


@same_as(forgets_in_between)
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
    "one that computes no gradients of the network",
    "The optimizer follows what is in each parameter's .grad: only backward fills it. Is it called, with its brackets, and on "
    "the loss that still has its graph?",
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
    return float(round(loss.item(), 2))


@same_as(returns_rounded)
def returns_more_digits(net: Any, optimizer: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    loss.backward()
    optimizer.step()
    return float(round(loss.item(), 3))


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


@same_as(no_backward)
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


# SGD.__init__


@mistake(
    "SGD.__init__",
    "an optimizer whose base class was never set up",
    "Optimizer's constructor makes param_groups and state, and all that zero_grad, state_dict and the schedulers "
    "need. Python does not run a parent's constructor by itself where the child has one of its own.",
)
def no_super(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    me: Any = self
    me.lr, me.momentum, me.weight_decay = lr, momentum, weight_decay
    me.params = list(params)


@same_as(no_super)
def no_super_own_groups(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    me: Any = self
    me.param_groups = [{"params": list(params), "lr": lr, "momentum": momentum, "weight_decay": weight_decay}]
    me.state = {}


@same_as(no_super)
def no_super_own_defaults(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    me: Any = self
    me.params = list(params)
    me.defaults = {"lr": lr, "momentum": momentum, "weight_decay": weight_decay}
    me.state = {}


@mistake(
    "SGD.__init__",
    "an optimizer whose base class is set up without parameters and defaults",
    "Optimizer's constructor wants both: the parameters, and a dict of the settings that a group has where it has"
    " none of its own.",
)
def super_without_arguments(
    self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0
) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    make: Any = super(SGD, self).__init__
    make()


@mistake(
    "SGD.__init__",
    "an optimizer whose base class is set up without the defaults",
    "Optimizer's constructor wants two things: the parameters, and a dict of the settings that a group has where "
    "it has none of its own.",
)
def super_without_defaults(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    make: Any = super(SGD, self).__init__
    make(params)


@mistake(
    "SGD.__init__",
    "an optimizer that hands its settings to the base class one by one",
    "Optimizer's constructor takes the parameters and one dict of settings: it cannot know what each optimizer's "
    "settings are called.",
)
def settings_as_arguments(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    make: Any = super(SGD, self).__init__
    make(params, lr=lr, momentum=momentum, weight_decay=weight_decay)


@mistake(
    "SGD.__init__",
    "an optimizer that hands its settings to the base class one after the other",
    "Optimizer's constructor takes the parameters and one dict of settings: it cannot know what each optimizer's "
    "settings are called.",
)
def settings_by_place(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    make: Any = super(SGD, self).__init__
    make(params, lr, momentum, weight_decay)


@mistake(
    "SGD.__init__",
    "an optimizer that hands the defaults over first and the parameters second",
    "Optimizer's constructor takes the parameters first.",
)
def defaults_first(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    make: Any = super(SGD, self).__init__
    make({"lr": lr, "momentum": momentum, "weight_decay": weight_decay}, params)


@mistake(
    "SGD.__init__",
    "an optimizer that hands its parameters to the base class one by one",
    "Optimizer's constructor takes them as one list, or as anything that can be gone through.",
)
def star_params(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    make: Any = super(SGD, self).__init__
    make(*params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})


@mistake(
    "SGD.__init__",
    "an optimizer without any settings in its groups",
    "Whatever is kept elsewhere, such as in self.lr, is one value for all groups, and neither schedulers nor "
    "state_dict find it.",
)
def empty_defaults(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {})


@same_as(empty_defaults)
def attributes_and_empty_defaults(
    self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0
) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {})
    me: Any = self
    me.lr, me.momentum, me.weight_decay = lr, momentum, weight_decay


@mistake(
    "SGD.__init__",
    "an optimizer with lr alone in its groups",
    "A group may have a momentum and a weight decay of its own: all three belong into the defaults.",
)
def only_lr_in_defaults(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"lr": lr})
    me: Any = self
    me.momentum, me.weight_decay = momentum, weight_decay


@mistake(
    "SGD.__init__",
    "an optimizer without weight_decay in its groups",
    "A group may have a weight decay of its own: all three settings belong into the defaults.",
)
def no_weight_decay_in_defaults(
    self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0
) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum})


@mistake(
    "SGD.__init__",
    "an optimizer without momentum in its groups",
    "A group may have a momentum of its own: all three settings belong into the defaults.",
)
def no_momentum_in_defaults(
    self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0
) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"lr": lr, "weight_decay": weight_decay})


@mistake(
    "SGD.__init__",
    "an optimizer without lr in its groups",
    "A group may have a learning rate of its own, and schedulers look for it there: all three settings belong "
    "into the defaults.",
)
def no_lr_in_defaults(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"momentum": momentum, "weight_decay": weight_decay})


@mistake(
    "SGD.__init__",
    "an optimizer whose groups have the settings under other names",
    'Schedulers look for "lr" in each group, and whoever gives a group settings of its own uses the names of the '
    "arguments.",
)
def other_names(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"learning_rate": lr, "mu": momentum, "wd": weight_decay})


@mistake(
    "SGD.__init__",
    "an optimizer whose groups have the learning rate under another name than lr",
    'Schedulers look for "lr" in each group, and whoever gives a group a learning rate of its own uses the name '
    "of the argument.",
)
def learning_rate_for_lr(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"learning_rate": lr, "momentum": momentum, "weight_decay": weight_decay})


@mistake(
    "SGD.__init__",
    "an optimizer whose groups have the weight decay under another name than weight_decay",
    "Whoever gives a group settings of its own uses the names of the arguments.",
)
def decay_for_weight_decay(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "decay": weight_decay})


@mistake(
    "SGD.__init__",
    "an optimizer whose momentum and weight decay are exchanged",
    "Each setting must go under its own name; a weight decay of 0.9 would pull nearly everything to zero.",
)
def swapped(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"lr": lr, "momentum": weight_decay, "weight_decay": momentum})


@mistake(
    "SGD.__init__",
    "an optimizer whose lr and momentum are exchanged",
    "Each setting must go under its own name.",
)
def swapped_lr_momentum(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"lr": momentum, "momentum": lr, "weight_decay": weight_decay})


@mistake(
    "SGD.__init__",
    "an optimizer whose lr and weight decay are exchanged",
    "Each setting must go under its own name.",
)
def swapped_lr_decay(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"lr": weight_decay, "momentum": momentum, "weight_decay": lr})


@mistake(
    "SGD.__init__",
    "an optimizer with a learning rate of its own",
    "How far to go is for the caller to say: pass the argument on.",
)
def own_lr(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"lr": 0.01, "momentum": momentum, "weight_decay": weight_decay})


@mistake(
    "SGD.__init__",
    "an optimizer with a momentum of its own",
    "How much momentum there is, is for the caller to say: pass the argument on.",
)
def own_momentum(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"lr": lr, "momentum": 0.9, "weight_decay": weight_decay})


@mistake(
    "SGD.__init__",
    "an optimizer without momentum, whatever was asked for",
    "How much momentum there is, is for the caller to say: pass the argument on.",
)
def zero_momentum(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"lr": lr, "momentum": 0.0, "weight_decay": weight_decay})


@mistake(
    "SGD.__init__",
    "an optimizer without weight decay, whatever was asked for",
    "How much weight decay there is, is for the caller to say: pass the argument on.",
)
def zero_decay(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": 0.0})


@mistake(
    "SGD.__init__",
    "an optimizer without momentum and weight decay, whatever was asked for",
    "The arguments are there to be passed on; 0 is only what they are where nothing is given.",
)
def zero_both(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"lr": lr, "momentum": 0.0, "weight_decay": 0.0})


@mistake(
    "SGD.__init__",
    "an optimizer whose weight decay is multiplied with the learning rate",
    "The settings are kept as they were given: lr may change from step to step, and comes into the step itself.",
)
def scaled_decay(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay * lr})


@mistake(
    "SGD.__init__",
    "an optimizer that keeps 1 minus the momentum",
    "The settings are kept as they were given.",
)
def one_minus_momentum(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"lr": lr, "momentum": 1 - momentum, "weight_decay": weight_decay})


@mistake(
    "SGD.__init__",
    "an optimizer that keeps the learning rate with the opposite sign",
    "The settings are kept as they were given; the minus belongs into the step.",
)
def negative_lr_kept(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"lr": -lr, "momentum": momentum, "weight_decay": weight_decay})


@mistake(
    "SGD.__init__",
    "an optimizer with momentum 0.9 where none is asked for",
    "Without being asked, this optimizer has no momentum and no weight decay: 0 is what both are by default.",
)
def default_momentum_0_9(self: SGD, params: Any, lr: float, momentum: float = 0.9, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})


@mistake(
    "SGD.__init__",
    "an optimizer with some weight decay where none is asked for",
    "Without being asked, this optimizer has no momentum and no weight decay: 0 is what both are by default.",
)
def default_decay(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 1e-4) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})


@mistake(
    "SGD.__init__",
    "an optimizer that takes weight decay before momentum",
    "Where settings are given by their place, momentum comes third and weight decay last.",
)
def other_order(self: SGD, params: Any, lr: float, weight_decay: float = 0.0, momentum: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})


@mistake(
    "SGD.__init__",
    "an optimizer that takes a setting of 0 for one that is not given",
    "0 is a value like any other: `or` takes what follows it wherever the value counts as false. A learning rate "
    "of 0 must stay 0.",
)
def or_default(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"lr": lr or 0.01, "momentum": momentum, "weight_decay": weight_decay})


@mistake(
    "SGD.__init__",
    "an optimizer that accepts negative values",
    "Such an optimizer would go uphill, or blow weights up, and nobody would be told: each of the three must be "
    "looked at.",
)
def no_check(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})


@mistake(
    "SGD.__init__",
    "an optimizer that accepts a negative lr",
    "Such an optimizer would go uphill, or blow weights up, and nobody would be told: each of the three must be "
    "looked at.",
)
def lr_not_checked(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})


@mistake(
    "SGD.__init__",
    "an optimizer that looks at lr only",
    "Such an optimizer would go uphill, or blow weights up, and nobody would be told: each of the three must be "
    "looked at.",
)
def only_lr_checked(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    if lr < 0:
        raise ValueError(f"lr must be 0 or more, got {lr}")
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})


@mistake(
    "SGD.__init__",
    "an optimizer that accepts a negative momentum",
    "Such an optimizer would go uphill, or blow weights up, and nobody would be told: each of the three must be "
    "looked at.",
)
def momentum_not_checked(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})


@mistake(
    "SGD.__init__",
    "an optimizer that accepts a negative weight_decay",
    "Such an optimizer would go uphill, or blow weights up, and nobody would be told: each of the three must be "
    "looked at.",
)
def decay_not_checked(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})


@same_as(no_check)
def checked_together(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    if lr < 0 and momentum < 0 and weight_decay < 0:
        raise ValueError(f"lr, momentum and weight_decay must be 0 or more, got {lr}, {momentum} and {weight_decay}")
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})


@same_as(no_check)
def built_but_not_raised(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})


@same_as(no_check)
def prints_instead(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            print(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})


@same_as(no_check)
def warns_instead(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            warnings.warn(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})


@mistake(
    "SGD.__init__",
    "an optimizer that makes 0 of negative values",
    "A silent correction hides the caller's mistake: nothing would move, and nobody would know why. Say it with "
    "an error.",
)
def clamps(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    super(SGD, self).__init__(
        params, {"lr": max(lr, 0.0), "momentum": max(momentum, 0.0), "weight_decay": max(weight_decay, 0.0)}
    )


@mistake(
    "SGD.__init__",
    "an optimizer that drops the sign of negative values",
    "A silent correction hides the caller's mistake. Say it with an error.",
)
def absolute(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    super(SGD, self).__init__(params, {"lr": abs(lr), "momentum": abs(momentum), "weight_decay": abs(weight_decay)})


@mistake(
    "SGD.__init__",
    "an optimizer that stops being made where a value is negative",
    "`return` leaves a half-made object behind, which fails much later and elsewhere. An error says at once what "
    "is wrong.",
)
def gives_up_silently(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    if lr < 0 or momentum < 0 or weight_decay < 0:
        return
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})


@mistake(
    "SGD.__init__",
    "an optimizer that uses assert for its arguments",
    "assert is for what can never be wrong in one's own code, and is left out when Python runs with -O. Callers "
    "expect ValueError.",
)
def asserts(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    assert lr >= 0, f"lr must be 0 or more, got {lr}"
    assert momentum >= 0, f"momentum must be 0 or more, got {momentum}"
    assert weight_decay >= 0, f"weight_decay must be 0 or more, got {weight_decay}"
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})


@mistake(
    "SGD.__init__",
    "an optimizer that raises TypeError for negative values",
    "The type is right, the value is not: callers expect ValueError.",
)
def type_error(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise TypeError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})


@mistake(
    "SGD.__init__",
    "an optimizer that raises RuntimeError for negative values",
    "Callers expect ValueError where an argument has the right type and a wrong value.",
)
def runtime_error(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise RuntimeError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})


@mistake(
    "SGD.__init__",
    "an optimizer that raises a bare Exception for negative values",
    "Who wants to catch it has to catch everything. Callers expect ValueError.",
)
def plain_exception(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise Exception(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})


@mistake(
    "SGD.__init__",
    "an optimizer whose messages do not name the argument",
    "There are three numbers: whoever reads the message must not have to guess which one it is about.",
)
def no_names(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for value in (lr, momentum, weight_decay):
        if value < 0:
            raise ValueError(f"value must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})


@mistake(
    "SGD.__init__",
    "an optimizer whose messages do not tell the value",
    "The value often comes from elsewhere, a file or a search: the message must say what it was.",
)
def no_values(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more")
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})


@same_as(no_values)
def braces_without_f(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(name + " must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})


@mistake(
    "SGD.__init__",
    "an optimizer whose error says nothing",
    "Whoever reads the message wants to know which argument is wrong, and what it was.",
)
def no_text(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})


@mistake(
    "SGD.__init__",
    "an optimizer whose messages always speak of lr",
    "A message that names the wrong argument is worse than none. Was a line copied?",
)
def always_lr(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    if lr < 0:
        raise ValueError(f"lr must be 0 or more, got {lr}")
    if momentum < 0:
        raise ValueError(f"lr must be 0 or more, got {momentum}")
    if weight_decay < 0:
        raise ValueError(f"lr must be 0 or more, got {weight_decay}")
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})


@mistake(
    "SGD.__init__",
    "an optimizer whose messages always tell the value of lr",
    "A message that tells another value than the wrong one is worse than none. Was a line copied?",
)
def always_value_of_lr(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    if lr < 0:
        raise ValueError(f"lr must be 0 or more, got {lr}")
    if momentum < 0:
        raise ValueError(f"momentum must be 0 or more, got {lr}")
    if weight_decay < 0:
        raise ValueError(f"weight_decay must be 0 or more, got {lr}")
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})


@mistake(
    "SGD.__init__",
    "an optimizer that refuses a learning rate of 0",
    "0 is allowed: a schedule may begin or end there.",
)
def refuses_zero_lr(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    if lr <= 0:
        raise ValueError(f"lr must be more than 0, got {lr}")
    for name, value in (("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})


@mistake(
    "SGD.__init__",
    "an optimizer that refuses 0",
    "0 is allowed for each of the three: it is what momentum and weight decay are by default.",
)
def refuses_zeros(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value <= 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})


@same_as(refuses_zeros)
def falsy(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if not value or value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})


@mistake(
    "SGD.__init__",
    "an optimizer that refuses values above 1",
    "No upper bound is asked for: a learning rate may be larger than 1.",
)
def refuses_large(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0 or value > 1:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})


@mistake(
    "SGD.__init__",
    "an optimizer that refuses a momentum of 1 or more",
    "No upper bound is asked for.",
)
def refuses_momentum_of_one(
    self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0
) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    if momentum >= 1:
        raise ValueError(f"momentum must be below 1, got {momentum}")
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})


@mistake(
    "SGD.__init__",
    "an optimizer that refuses positive values",
    "The comparison is the wrong way round: negative values are to be refused.",
)
def refuses_positive(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value > 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})


@mistake(
    "SGD.__init__",
    "an optimizer that accepts small negative values",
    "The bound is 0 itself: -0.001 goes uphill too, only more slowly.",
)
def tolerates_small_negative(
    self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0
) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < -0.1:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})


@mistake(
    "SGD.__init__",
    "an optimizer that has gone through its parameters before the base class can",
    "A generator such as net.parameters() gives each parameter once: whoever counts or lists them keeps the list "
    "and hands that on.",
)
def used_up_generator(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    if len(list(params)) == 0:
        raise ValueError("params must not be empty")
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})


@same_as(used_up_generator)
def list_kept_and_params_handed_on(
    self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0
) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    me: Any = self
    me.all_params = list(params)
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})


@mistake(
    "SGD.__init__",
    "an optimizer that leaves out parameters that take no gradients",
    "A frozen parameter may be thawed later; as long as its gradient is None, the step leaves it alone.",
)
def drops_frozen(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    chosen: Any = list(params)
    if not isinstance(chosen[0], dict):
        chosen = [p for p in chosen if p.requires_grad]
    super(SGD, self).__init__(chosen, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})


@mistake(
    "SGD.__init__",
    "an optimizer that holds copies of the parameters",
    "A step would move the copies, and the network would never learn: the objects themselves must be held.",
)
def holds_copies(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    chosen: Any = list(params)
    if not isinstance(chosen[0], dict):
        chosen = [p.detach().clone().requires_grad_(p.requires_grad) for p in chosen]
    super(SGD, self).__init__(chosen, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})


@same_as(holds_copies)
def holds_data(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    chosen: Any = list(params)
    if not isinstance(chosen[0], dict):
        chosen = [p.data for p in chosen]
    super(SGD, self).__init__(chosen, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})


@mistake(
    "SGD.__init__",
    "an optimizer that holds the first parameter only",
    "All parameters that are given are to be held.",
)
def holds_first_only(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__([next(iter(params))], {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})


@mistake(
    "SGD.__init__",
    "an optimizer that holds the parameters in another order",
    "state_dict knows parameters by their place: the order must be the one given.",
)
def reversed_order(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(list(params)[::-1], {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})


@mistake(
    "SGD.__init__",
    "an optimizer that makes one group of whatever it is given",
    "The base class makes a group of a list by itself; dicts are groups already, with settings of their own.",
)
def wraps_in_a_group(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(
        [{"params": list(params)}], {"lr": lr, "momentum": momentum, "weight_decay": weight_decay}
    )


@mistake(
    "SGD.__init__",
    "an optimizer that makes a group of each parameter",
    "One list is one group: schedulers and state_dict count the groups.",
)
def group_for_each(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    chosen: Any = list(params)
    if not isinstance(chosen[0], dict):
        chosen = [{"params": [p]} for p in chosen]
    super(SGD, self).__init__(chosen, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})


@mistake(
    "SGD.__init__",
    "an optimizer that puts the parameters of all groups into one",
    "Groups have settings of their own, which would be lost.",
)
def flattens_groups(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    chosen: Any = list(params)
    if isinstance(chosen[0], dict):
        chosen = [p for group in chosen for p in group["params"]]
    super(SGD, self).__init__(chosen, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})


@mistake(
    "SGD.__init__",
    "an optimizer that overwrites the settings that a group has of its own",
    "A group's own settings win: the base class puts in only those that are missing.",
)
def overwrites_groups(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
    for group in self.param_groups:
        group["lr"], group["momentum"], group["weight_decay"] = lr, momentum, weight_decay


@mistake(
    "SGD.__init__",
    "an optimizer that overwrites the learning rate that a group has of its own",
    "A group's own settings win: the base class puts in only those that are missing.",
)
def overwrites_lr(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
    for group in self.param_groups:
        group["lr"] = lr


@mistake(
    "SGD.__init__",
    "an optimizer that puts its settings into the groups by hand, and has no defaults",
    "A group that is added later gets its settings from the defaults that were handed to the base class.",
)
def settings_put_in_by_hand(
    self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0
) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {})
    for group in self.param_groups:
        group.setdefault("lr", lr)
        group.setdefault("momentum", momentum)
        group.setdefault("weight_decay", weight_decay)


@mistake(
    "SGD.__init__",
    "an optimizer that puts its settings into the first group only",
    "Every group has a value for each setting; the base class sees to it where it is given the defaults.",
)
def first_group_by_hand(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {})
    self.param_groups[0].setdefault("lr", lr)
    self.param_groups[0].setdefault("momentum", momentum)
    self.param_groups[0].setdefault("weight_decay", weight_decay)


@mistake(
    "SGD.__init__",
    "an optimizer that accepts an empty list",
    "An optimizer of nothing is a mistake of the caller's, most often a generator that was used up: the base "
    "class refuses it.",
)
def accepts_empty(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    chosen: Any = list(params)
    if not chosen:
        chosen = [nn.Parameter(torch.zeros(1))]
    super(SGD, self).__init__(chosen, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})


@mistake(
    "SGD.__init__",
    "an optimizer that forgets the gradients when it is made",
    "Gradients are left as they are until somebody asks for zero_grad.",
)
def clears_gradients(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
    self.zero_grad()


@same_as(clears_gradients)
def zeroes_gradients(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
    self.zero_grad(set_to_none=False)


@mistake(
    "SGD.__init__",
    "an optimizer that lets all its parameters take gradients",
    "Whoever froze a parameter meant it: requires_grad stays as it is.",
)
def unfreezes_all(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
    for group in self.param_groups:
        for p in group["params"]:
            p.requires_grad_(True)


@mistake(
    "SGD.__init__",
    "an optimizer that takes a step when it is made",
    "Making an optimizer moves nothing: the first step comes when it is asked for.",
)
def steps_at_once(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
    self.step()


@mistake(
    "SGD.__init__",
    "an optimizer that sets the parameters to zero",
    "The parameters are the network's: making an optimizer moves nothing.",
)
def zeroes_parameters(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
    with torch.no_grad():
        for group in self.param_groups:
            for p in group["params"]:
                p.zero_()


@mistake(
    "SGD.__init__",
    "an optimizer that sets a seed or draws random numbers",
    "Nothing about it is random, and seeds are the caller's business.",
)
def sets_a_seed(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    torch.manual_seed(0)
    torch.rand(1)
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})


@mistake(
    "SGD.__init__",
    "an optimizer whose groups all get the settings of the last one made",
    "What is kept in the class or the module is one thing for all optimizers. Settings belong into each one's own"
    " groups.",
)
def shared_defaults(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
    kind: Any = SGD
    kind.all_groups = [*getattr(kind, "all_groups", []), *self.param_groups]
    for group in kind.all_groups:
        group["lr"] = lr


# SGD.step


def loss_of(closure: Any) -> Any:
    """Call the closure, if there is one, where gradients are recorded."""
    if closure is None:
        return None
    with torch.enable_grad():
        return closure()


def settings(group: dict[str, Any]) -> Any:
    """Return a group's lr, momentum and weight decay."""
    return group["lr"], group["momentum"], group["weight_decay"]


@mistake(
    "SGD.step",
    "an optimizer that moves nothing",
    "The name in a loop is only a name: to assign to it makes it stand for another tensor, and the parameter "
    "stays what it was. The numbers inside the parameter must change.",
)
@torch.no_grad()
def nothing_moves(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p = p - lr * d
    return loss


@same_as(nothing_moves)
@torch.no_grad()
def copy_moves(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.clone().sub_(lr * d)
    return loss


@same_as(nothing_moves)
@torch.no_grad()
def result_dropped(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub(lr * d)
    return loss


@same_as(nothing_moves)
@torch.no_grad()
def does_nothing(self: Any, closure: Any = None) -> Any:
    return loss_of(closure)


@mistake(
    "SGD.step",
    "an optimizer that leaves the step to its base class",
    "Optimizer itself does not know how to step: that is what each optimizer adds.",
)
def calls_super(self: Any, closure: Any = None) -> Any:
    return super(SGD, self).step(closure)


@mistake(
    "SGD.step",
    "an optimizer that gives parameters new memory",
    "The numbers may be shared: by views, by other processes, by tied copies. In-place operations change them "
    "where they are; a new tensor in .data leaves all these behind.",
)
@torch.no_grad()
def new_data(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.data = p.data - lr * d
    return loss


@same_as(new_data)
@torch.no_grad()
def new_data_double_minus(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.data = p - lr * d
    return loss


@mistake(
    "SGD.step",
    "an optimizer that puts new parameters into its groups",
    "The network goes on with the old objects, and never learns: their numbers must change.",
)
@torch.no_grad()
def new_parameters(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            index = next(i for i, one in enumerate(group["params"]) if one is p)
            group["params"][index] = nn.Parameter(p - lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that lets its update be recorded",
    "A parameter that takes gradients may not be changed in place while torch records: the update is no part of "
    "any graph.",
)
def recorded(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@same_as(recorded)
def recorded_minus_equals(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p -= lr * d
    return loss


@mistake(
    "SGD.step",
    "an optimizer whose buffers carry a graph",
    "Computed from the weights while torch records, each buffer leads back to the one before, and to the one "
    "before that: memory grows with every step.",
)
def buffers_with_graph(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.data.sub_(lr * d.detach())
    return loss


@same_as(buffers_with_graph)
def buffers_with_graph_data(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            with torch.no_grad():
                p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that goes uphill",
    "The gradient points where the loss grows: the step goes against it.",
)
@torch.no_grad()
def uphill_sgd(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.add_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer without the learning rate",
    "A step is the learning rate times the buffer: without it, it is far too long.",
)
@torch.no_grad()
def no_lr(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        _lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that multiplies with the learning rate twice",
    "The learning rate comes into a step once.",
)
@torch.no_grad()
def lr_squared(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that divides by the learning rate",
    "A smaller learning rate must give a smaller step.",
)
@torch.no_grad()
def divides_by_lr(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(d / lr if lr else d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer with a learning rate of its own in its step",
    "How far to go is a setting of the group.",
)
@torch.no_grad()
def own_lr_in_step(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        _lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(0.01 * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that takes the learning rate of the defaults instead of the group's",
    "Defaults are only what a group has where it has nothing else. Each group has its own lr, and schedulers "
    "change it there.",
)
@torch.no_grad()
def lr_of_defaults(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        _lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(self.defaults["lr"] * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that takes the momentum of the defaults instead of the group's",
    "Defaults are only what a group has where it has nothing else. Each group has its own momentum.",
)
@torch.no_grad()
def momentum_of_defaults(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            momentum = self.defaults["momentum"]
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that takes the weight decay of the defaults instead of the group's",
    "Defaults are only what a group has where it has nothing else. Each group has its own weight decay.",
)
@torch.no_grad()
def decay_of_defaults(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            decay = self.defaults["weight_decay"]
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that takes all settings of the defaults instead of the groups'",
    "Defaults are only what a group has where it has nothing else. Each group has its own settings, and "
    "schedulers change them there.",
)
@torch.no_grad()
def all_of_defaults(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            lr, momentum, decay = settings(self.defaults)
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that takes the settings of the first group for all",
    "Each group has its own settings.",
)
@torch.no_grad()
def settings_of_first_group(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            lr, momentum, decay = settings(self.param_groups[0])
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that takes the settings of the last group for all",
    "Each group has its own settings.",
)
@torch.no_grad()
def settings_of_last_group(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            lr, momentum, decay = settings(self.param_groups[-1])
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that moves the first group only",
    "Every group has its parameters: go through all of them. A `return` inside the loop ends the whole step.",
)
@torch.no_grad()
def first_group_only(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups[:1]:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that moves the last group only",
    "Every group has its parameters: go through all of them. Is the inner loop inside the outer one?",
)
@torch.no_grad()
def last_group_only(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups[-1:]:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that moves the first parameter of a group only",
    "Every parameter of the group moves. Does the loop end too early?",
)
@torch.no_grad()
def first_parameter_only(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"][:1]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that moves the last parameter of a group only",
    "Every parameter of the group moves. Does the update stand inside the loop?",
)
@torch.no_grad()
def last_parameter_only(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"][-1:]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that returns after its first parameter",
    "`return` inside the loop ends the whole step: it belongs behind all loops.",
)
@torch.no_grad()
def returns_in_loop(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
            return loss
    return loss


@same_as(first_group_only)
@torch.no_grad()
def returns_after_first_group(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
        return loss
    return loss


@mistake(
    "SGD.step",
    "an optimizer that stops at the first parameter without gradient",
    "The parameters behind it have gradients: leave out this one only, and go on.",
)
@torch.no_grad()
def breaks_at_none(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                break
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@same_as(breaks_at_none)
@torch.no_grad()
def returns_at_none(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                return loss
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that moves every parameter twice in one step",
    "One call of step is one update.",
)
@torch.no_grad()
def moves_twice(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that goes half as far",
    "A step is the learning rate times the buffer, and nothing else.",
)
@torch.no_grad()
def half_step(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(0.5 * lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that moves all numbers of a tensor alike",
    "Every number has its own gradient.",
)
@torch.no_grad()
def mean_gradient(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d.mean())
    return loss


@mistake(
    "SGD.step",
    "an optimizer that follows the sign of the gradient only",
    "How steep it is decides how far to go.",
)
@torch.no_grad()
def sign_of_gradient(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d.sign())
    return loss


@mistake(
    "SGD.step",
    "an optimizer that makes all gradients equally long",
    "How steep it is decides how far to go.",
)
@torch.no_grad()
def normalised(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d / d.norm())
    return loss


@mistake(
    "SGD.step",
    "an optimizer that clips gradients",
    "Gradients are used as they are.",
)
@torch.no_grad()
def clipped(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad.clamp(-0.1, 0.1) + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that moves matrices only",
    "Biases and single numbers are parameters too.",
)
@torch.no_grad()
def matrices_only(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            if p.dim() > 1:
                p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that divides by the size of the gradients, as RMSprop and Adam do",
    "Here the step is the learning rate times the buffer.",
)
@torch.no_grad()
def adam_like(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d / (p.grad.pow(2).sqrt() + 1e-8))
    return loss


@mistake(
    "SGD.step",
    "an optimizer without weight decay",
    "Weight decay is part of the slope: it comes to the gradient before momentum and learning rate do.",
)
@torch.no_grad()
def no_decay(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, _decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer whose weight decay is lost where there is momentum",
    "Weight decay is part of the slope: it comes to the gradient before momentum and learning rate do. Both may "
    "be on at once.",
)
@torch.no_grad()
def decay_without_momentum_only(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            if momentum:
                state = self.state[p]
                d = state["buffer"] = p.grad + momentum * state.get("buffer", 0.0)
            else:
                d = p.grad + decay * p
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer whose momentum is lost where there is weight decay",
    "Both may be on at once: `elif` takes only one of them.",
)
@torch.no_grad()
def momentum_without_decay_only(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            if decay:
                d = p.grad + decay * p
            elif momentum:
                state = self.state[p]
                d = state["buffer"] = p.grad + momentum * state.get("buffer", 0.0)
            else:
                d = p.grad
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer whose weight decay goes past the buffer",
    "Weight decay is part of the slope: it comes to the gradient before momentum and learning rate do. Beside the"
    " buffer it is another method, known from AdamW.",
)
@torch.no_grad()
def decoupled(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad.clone()
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * (d + decay * p))
    return loss


@same_as(decoupled)
@torch.no_grad()
def decoupled_first(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad.clone()
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.mul_(1 - lr * decay)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that shrinks the weights after the step",
    "Weight decay is part of the slope: it comes to the gradient before momentum and learning rate do.",
)
@torch.no_grad()
def decoupled_after(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad.clone()
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
            p.mul_(1 - lr * decay)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that shrinks the weights without the learning rate",
    "Weight decay is part of the slope: it comes to the gradient before momentum and learning rate do.",
)
@torch.no_grad()
def decoupled_no_lr(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad.clone()
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.mul_(1 - decay)
            p.sub_(lr * d)
    return loss


@same_as(decoupled_no_lr)
@torch.no_grad()
def decay_not_scaled(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad.clone()
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d + decay * p)
    return loss


@mistake(
    "SGD.step",
    "an optimizer whose weight decay makes weights larger",
    "Weight decay pulls towards zero: in the slope it has the weight's own sign, and the step goes against the slope.",
)
@torch.no_grad()
def decay_sign(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad - decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that pulls all weights alike, whatever their size",
    "Weight decay pulls harder the larger a weight is: it is the weight itself that counts, not its sign.",
)
@torch.no_grad()
def decay_l1(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p.sign()
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer whose weight decay goes with the square of the weight",
    "The square of the weight stands in the loss; its slope goes with the weight itself.",
)
@torch.no_grad()
def decay_squared(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer whose weight decay is twice as strong",
    "The 2 of the derivative belongs to a penalty without a half before it. Here the slope gets weight_decay "
    "times the weight.",
)
@torch.no_grad()
def decay_doubled(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + 2 * decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer whose weight decay is half as strong",
    "The slope gets weight_decay times the weight, and no half of it.",
)
@torch.no_grad()
def decay_halved(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + 0.5 * decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer whose weight decay goes with the gradient",
    "What is to shrink is the weight.",
)
@torch.no_grad()
def decay_of_gradient(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p.grad
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that multiplies the gradient with the weight decay",
    "Weight decay adds to the gradient: with 0, nothing would move.",
)
@torch.no_grad()
def decay_alone(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = decay * p.grad
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that adds the weight decay itself to the gradient",
    "Weight decay pulls harder the larger a weight is: it is multiplied with the weight.",
)
@torch.no_grad()
def decay_constant(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer whose weight decay goes with the length of the whole tensor",
    "Every weight is pulled by its own size.",
)
@torch.no_grad()
def decay_norm(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p.norm()
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer whose weight decay meets the learning rate twice",
    "The learning rate comes in once, at the end, for gradient and weight decay alike.",
)
@torch.no_grad()
def decay_lr_too_early(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + lr * decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer whose weight decay spares biases",
    "Whoever wants that puts the biases into a group of their own: the step treats all parameters alike.",
)
@torch.no_grad()
def decay_spares_biases(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + (decay * p if p.dim() > 1 else 0.0)
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that adds weight decay into .grad",
    "Gradients are only read: whoever looks at them after the step, or accumulates more, would find the weights "
    "in them.",
)
@torch.no_grad()
def decay_in_grad(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            if decay:
                p.grad.add_(p, alpha=decay)
            d = p.grad.clone()
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@same_as(decay_in_grad)
@torch.no_grad()
def decay_in_grad_alias(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad
            if decay:
                d.add_(p, alpha=decay)
            d = d.clone()
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@same_as(decay_in_grad)
@torch.no_grad()
def decay_in_grad_assigned(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            p.grad = p.grad + decay * p
            d = p.grad.clone()
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer whose first buffer has no weight decay in it",
    "The first buffer is the slope: gradient and weight decay.",
)
@torch.no_grad()
def decay_forgets_first(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                if "buffer" not in state:
                    state["buffer"] = p.grad.clone()
                else:
                    state["buffer"] = momentum * state["buffer"] + d
                d = state["buffer"]
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that has weight decay in its first buffer only",
    "Every slope has weight decay in it, the later ones too.",
)
@torch.no_grad()
def decay_forgets_later(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                if "buffer" not in state:
                    state["buffer"] = d
                else:
                    state["buffer"] = momentum * state["buffer"] + p.grad
                d = state["buffer"]
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer whose weight decay works on the buffer",
    "Weight decay is part of the slope: it comes to the gradient before momentum and learning rate do.",
)
@torch.no_grad()
def decay_on_buffer(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad.clone()
            if momentum:
                state = self.state[p]
                d = state["buffer"] = p.grad + momentum * state.get("buffer", 0.0)
                d = d + decay * d
            else:
                d = d + decay * p
            p.sub_(lr * d)
    return loss


@same_as(decoupled)
@torch.no_grad()
def decay_after_momentum(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad
            if momentum:
                state = self.state[p]
                d = state["buffer"] = p.grad + momentum * state.get("buffer", 0.0)
            d = d + decay * p
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that forgets the gradients in its step",
    "When gradients are forgotten is for the caller to say: with zero_grad. The step only reads them.",
)
@torch.no_grad()
def zeroes_grad_inside(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
            p.grad.zero_()
    return loss


@same_as(zeroes_grad_inside)
@torch.no_grad()
def drops_grad_inside(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
            p.grad = None
    return loss


@same_as(zeroes_grad_inside)
@torch.no_grad()
def zero_grad_at_end(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    self.zero_grad()
    return loss


@mistake(
    "SGD.step",
    "an optimizer that forgets the gradients before it uses them",
    "Without gradients there is nothing to follow: when they are forgotten is for the caller to say.",
)
@torch.no_grad()
def zero_grad_first(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    self.zero_grad()
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that multiplies .grad with the learning rate in place",
    "Gradients are only read: whoever looks at them after the step, or accumulates more, would find other numbers.",
)
@torch.no_grad()
def scales_grad_in_place(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
            p.grad.mul_(lr)
    return loss


@same_as(scales_grad_in_place)
@torch.no_grad()
def uses_grad_as_workspace(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            if decay or momentum:
                d = p.grad + decay * p
                if momentum:
                    state = self.state[p]
                    d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
                p.sub_(lr * d)
                p.grad.mul_(lr)
            else:
                p.sub_(p.grad.mul_(lr))
    return loss


@mistake(
    "SGD.step",
    "an optimizer that writes the buffer into .grad",
    "Gradients are only read: whoever looks at them after the step would find the buffer there.",
)
@torch.no_grad()
def buffer_into_grad(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
            p.grad.copy_(d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer without momentum",
    "The buffer remembers the steps before; without it every step is on its own. Is it kept, and looked up again "
    "in the next step?",
)
@torch.no_grad()
def no_momentum(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, _momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            p.sub_(lr * d)
    return loss


@same_as(no_momentum)
@torch.no_grad()
def buffer_not_kept(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p

            if momentum:
                buffer = torch.zeros_like(p)
                buffer = momentum * buffer + d
                d = buffer
            p.sub_(lr * d)
    return loss


@same_as(no_momentum)
@torch.no_grad()
def buffer_made_anew(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p

            if momentum:
                self.state[p]["buffer"] = torch.zeros_like(p)
                self.state[p]["buffer"].mul_(momentum).add_(d)
                d = self.state[p]["buffer"]
            p.sub_(lr * d)
    return loss


@same_as(no_momentum)
@torch.no_grad()
def buffer_not_used(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p

            if momentum:
                state = self.state[p]
                state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer whose buffer stays what it was at first",
    "The new buffer must be kept, not only used: a name for it is gone when the loop goes on.",
)
@torch.no_grad()
def buffer_stays_first(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p

            if momentum:
                state = self.state[p]
                if "buffer" not in state:
                    state["buffer"] = d.clone()
                else:
                    d = momentum * state["buffer"] + d
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer whose buffer is only the slope of the step before",
    "The buffer is built up from all steps before: what is kept must be the new buffer.",
)
@torch.no_grad()
def buffer_is_last_slope(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p

            if momentum:
                state = self.state[p]
                slope = d
                d = slope + momentum * state.get("buffer", 0.0)
                state["buffer"] = slope
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that takes an average of old buffer and new slope",
    "With 1 - momentum before the slope (called dampening) every step is shorter. Here the whole slope comes to "
    "the buffer.",
)
@torch.no_grad()
def ema(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p

            if momentum:
                state = self.state[p]
                d = state["buffer"] = (1 - momentum) * d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that, after its first step, takes an average of old buffer and new slope",
    "With 1 - momentum before the slope (called dampening) every step is shorter. Here the whole slope comes to "
    "the buffer.",
)
@torch.no_grad()
def ema_after_first(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p

            if momentum:
                state = self.state[p]
                if "buffer" in state:
                    d = (1 - momentum) * d + momentum * state["buffer"]
                state["buffer"] = d
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that takes an average with the weights exchanged",
    "The old buffer is multiplied with momentum, and the slope is added as it is.",
)
@torch.no_grad()
def ema_swapped(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p

            if momentum:
                state = self.state[p]
                d = state["buffer"] = momentum * d + (1 - momentum) * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that multiplies the slope with momentum instead of the buffer",
    "momentum says how much of the old buffer goes on; the new slope comes to it in full.",
)
@torch.no_grad()
def momentum_on_slope(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p

            if momentum:
                state = self.state[p]
                d = state["buffer"] = momentum * d + state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that multiplies old buffer and new slope with momentum",
    "momentum says how much of the old buffer goes on; the new slope comes to it in full.",
)
@torch.no_grad()
def momentum_on_both(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p

            if momentum:
                state = self.state[p]
                d = state["buffer"] = momentum * (d + state.get("buffer", 0.0))
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer whose old buffer goes on in full",
    "momentum says how much of the old buffer goes on; without it, old slopes would count for ever.",
)
@torch.no_grad()
def momentum_as_one(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p

            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer with a momentum of its own",
    "How much of the old buffer goes on is a setting of the group.",
)
@torch.no_grad()
def momentum_of_0_9(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p

            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + 0.9 * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that multiplies the buffer with momentum twice",
    "The old buffer is multiplied with momentum once in a step.",
)
@torch.no_grad()
def momentum_squared(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p

            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that multiplies its first slope with momentum",
    "The first buffer is the slope itself.",
)
@torch.no_grad()
def first_with_momentum(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p

            if momentum:
                state = self.state[p]
                if "buffer" not in state:
                    state["buffer"] = momentum * d
                else:
                    state["buffer"] = momentum * state["buffer"] + d
                d = state["buffer"]
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer whose first buffer gets its slope twice",
    "The first buffer is the slope itself: either it starts there, or it starts at zero and the slope is added.",
)
@torch.no_grad()
def first_counted_twice(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p

            if momentum:
                state = self.state[p]
                if "buffer" not in state:
                    state["buffer"] = d.clone()
                d = state["buffer"] = momentum * state["buffer"] + d
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer whose first step with momentum moves nothing",
    "The first buffer is the slope, not zero.",
)
@torch.no_grad()
def first_is_zero(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p

            if momentum:
                state = self.state[p]
                if "buffer" not in state:
                    state["buffer"] = torch.zeros_like(p)
                else:
                    state["buffer"] = momentum * state["buffer"] + d
                d = state["buffer"]
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that moves by the old buffer",
    "The new buffer is what the weight moves by: make it first, then move.",
)
@torch.no_grad()
def old_buffer_used(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p

            if momentum:
                state = self.state[p]
                old = state.get("buffer", torch.zeros_like(p))
                state["buffer"] = momentum * old + d
                d = old
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that looks one step ahead, as Nesterov's momentum does",
    "Here the weight moves by the buffer itself, not by slope and buffer together.",
)
@torch.no_grad()
def nesterov(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p

            if momentum:
                state = self.state[p]
                buffer = state["buffer"] = d + momentum * state.get("buffer", 0.0)
                d = d + momentum * buffer
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that moves by slope and buffer together",
    "The slope is in the new buffer already.",
)
@torch.no_grad()
def slope_and_buffer(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p

            if momentum:
                state = self.state[p]
                buffer = state["buffer"] = d + momentum * state.get("buffer", 0.0)
                d = d + buffer
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that multiplies the new buffer with momentum before it moves",
    "The weight moves by the learning rate times the new buffer.",
)
@torch.no_grad()
def buffer_times_momentum(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p

            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
                d = momentum * d
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer whose buffer goes against the slope",
    "Old buffer and slope point the same way: they are added.",
)
@torch.no_grad()
def momentum_minus(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p

            if momentum:
                state = self.state[p]
                d = state["buffer"] = d - momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that takes the slope off the buffer",
    "Where the step goes against the buffer, old buffer and slope must be added.",
)
@torch.no_grad()
def buffer_minus_slope(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p

            if momentum:
                state = self.state[p]
                d = state["buffer"] = momentum * state.get("buffer", 0.0) - d
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer with the learning rate inside its buffer",
    "As long as lr stays the same nothing shows; where it changes, the old steps go on with the old rate. Here lr"
    " is multiplied when the weight moves.",
)
@torch.no_grad()
def lr_in_buffer(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p

            if momentum:
                state = self.state[p]
                d = state["buffer"] = lr * d + momentum * state.get("buffer", 0.0)
                p.sub_(d)
            else:
                p.sub_(lr * d)
    return loss


@same_as(lr_in_buffer)
@torch.no_grad()
def velocity(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p

            state = self.state[p]
            state["velocity"] = momentum * state.get("velocity", 0.0) - lr * d
            p.add_(state["velocity"])
    return loss


@mistake(
    "SGD.step",
    "an optimizer with the learning rate inside its buffer, and once more before it",
    "The learning rate comes in once, when the weight moves.",
)
@torch.no_grad()
def lr_in_buffer_twice(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p

            if momentum:
                state = self.state[p]
                d = state["buffer"] = lr * d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that multiplies the old buffer with the learning rate",
    "The old buffer goes on with momentum, and the learning rate comes in when the weight moves.",
)
@torch.no_grad()
def lr_on_momentum(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p

            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + lr * momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that begins with the weights as buffer",
    "The first buffer is the slope.",
)
@torch.no_grad()
def weights_as_buffer(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p

            if momentum:
                state = self.state[p]
                if "buffer" not in state:
                    state["buffer"] = p.detach().clone()
                d = state["buffer"] = momentum * state["buffer"] + d
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that begins with ones as buffer",
    "The first buffer is the slope.",
)
@torch.no_grad()
def ones_as_buffer(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p

            if momentum:
                state = self.state[p]
                d = state["buffer"] = momentum * state.get("buffer", torch.ones_like(p)) + d
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that goes on moving where the gradient is None",
    "Neither a parameter without gradient nor its buffer changes: it took no part in this step.",
)
@torch.no_grad()
def momentum_without_gradient(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None and "buffer" not in self.state[p]:
                continue
            d = (torch.zeros_like(p) if p.grad is None else p.grad) + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that takes a missing gradient for zero",
    "None says that the parameter took no part: neither weight decay nor momentum may move it.",
)
@torch.no_grad()
def none_as_zero(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            d = (torch.zeros_like(p) if p.grad is None else p.grad) + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer whose weight decay moves parameters without gradient",
    "None says that the parameter took no part: weight decay leaves it alone too.",
)
@torch.no_grad()
def decays_without_gradient(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                p.sub_(lr * decay * p)
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that drops the buffer where the gradient is None",
    "A parameter without gradient is left alone, and its buffer too: it goes on where it was.",
)
@torch.no_grad()
def forgets_at_none(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                self.state[p].pop("buffer", None)
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that counts on every gradient to be there",
    "A parameter that took no part, or is frozen, has None for its gradient: it is to be left out.",
)
@torch.no_grad()
def crashes_at_none(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that makes buffers in its first step only",
    "A parameter may get its first gradient later, and a group may be added: whether a buffer is there must be "
    "asked of each parameter, each time.",
)
@torch.no_grad()
def late_gradient(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    first = len(self.state) == 0
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p

            if momentum:
                state = self.state[p]
                if first:
                    state["buffer"] = torch.zeros_like(p)
                d = state["buffer"] = d + momentum * state["buffer"]
            p.sub_(lr * d)
    return loss


@same_as(late_gradient)
@torch.no_grad()
def late_gradient_by_flag(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    first = not getattr(self, "begun", False)
    self.begun = True
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p

            if momentum:
                if first:
                    self.state[p]["buffer"] = d
                else:
                    d = self.state[p]["buffer"] = d + momentum * self.state[p]["buffer"]
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that lets parameters without a buffer stand still after its first step",
    "A parameter may get its first gradient later: its buffer is made then, and it moves.",
)
@torch.no_grad()
def late_gradient_ignored(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    first = len(self.state) == 0
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p

            if momentum:
                state = self.state[p]
                if first:
                    state["buffer"] = d
                elif "buffer" in state:
                    d = state["buffer"] = d + momentum * state["buffer"]
                else:
                    continue
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that keeps one buffer for each shape",
    "Two parameters of one shape would share a buffer: it belongs to the parameter.",
)
@torch.no_grad()
def by_shape(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p

            if momentum:
                state = self.state[tuple(p.shape)]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@same_as(by_shape)
@torch.no_grad()
def by_shape_in_place(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p

            if momentum:
                state = self.state[tuple(p.shape)]
                if "buffer" not in state:
                    state["buffer"] = torch.zeros_like(p)
                d = state["buffer"].mul_(momentum).add_(d)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that keeps one buffer for all its parameters",
    "Every parameter goes its own way: the buffer belongs to the parameter.",
)
@torch.no_grad()
def one_buffer(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p

            if momentum:
                d = d + momentum * self.state.get("buffer", 0.0)
                self.state["buffer"] = d
            p.sub_(lr * d)
    return loss


@same_as(one_buffer)
@torch.no_grad()
def one_buffer_attribute(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p

            if momentum:
                d = self.buffer = d + momentum * getattr(self, "buffer", 0.0)
            p.sub_(lr * d)
    return loss


@same_as(one_buffer)
@torch.no_grad()
def group_buffer(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p

            if momentum:
                d = group["buffer"] = d + momentum * group.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer whose buffers are lost when it is saved and loaded",
    "Only what is in self.state is part of state_dict: an attribute of one's own stays behind, and training goes "
    "on without momentum.",
)
@torch.no_grad()
def buffers_in_dict(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p

            if momentum:
                if not hasattr(self, "buffers"):
                    self.buffers = {}
                d = self.buffers[p] = d + momentum * self.buffers.get(p, 0.0)
            p.sub_(lr * d)
    return loss


@same_as(buffers_in_dict)
@torch.no_grad()
def buffer_on_parameter(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p

            if momentum:
                d = p.momentum_buffer = d + momentum * getattr(p, "momentum_buffer", 0.0)
            p.sub_(lr * d)
    return loss


@same_as(buffers_in_dict)
@torch.no_grad()
def buffers_by_id(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p

            if momentum:
                buffers = self.state["buffers"]
                d = buffers[id(p)] = d + momentum * buffers.get(id(p), 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that finds its buffers by counting gradients",
    "Where one gradient is missing, all places behind it shift: the buffer belongs to the parameter.",
)
@torch.no_grad()
def by_place(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    count = 0
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p

            if momentum:
                state = self.state[count]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
                count += 1
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer whose buffer is the gradient itself",
    "The first buffer must be a copy: as the very same tensor it changes whenever the gradient does, and the "
    "gradient with it.",
)
@torch.no_grad()
def alias(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad
            if decay:
                d = d + decay * p
            if momentum:
                state = self.state[p]
                if "buffer" not in state:
                    state["buffer"] = d
                else:
                    state["buffer"].mul_(momentum).add_(d)
                d = state["buffer"]
            p.sub_(lr * d)
    return loss


@same_as(alias)
@torch.no_grad()
def alias_detached(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad.detach() if not decay else p.grad + decay * p
            if momentum:
                state = self.state[p]
                if "buffer" not in state:
                    state["buffer"] = d
                else:
                    state["buffer"].mul_(momentum).add_(d)
                d = state["buffer"]
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer whose first buffer shares its memory with the gradient",
    "Gradients may be overwritten in their place before the next step: the first buffer must be a copy.",
)
@torch.no_grad()
def alias_not_in_place(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad
            if decay:
                d = d + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = momentum * state["buffer"] + d if "buffer" in state else d
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that freezes what it has moved",
    "Parameters must go on taking gradients: the next backward needs them.",
)
@torch.no_grad()
def freezes_moved(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
            p.requires_grad_(False)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that sets the settings of its groups to other values in its step",
    "The settings are the caller's: schedules are parts of their own.",
)
@torch.no_grad()
def detaches(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    for group in self.param_groups:
        group["lr"] *= 0.99
    return loss


@mistake(
    "SGD.step",
    "an optimizer that draws random numbers",
    "The randomness of stochastic gradient descent is in the batches: the step itself draws nothing.",
)
@torch.no_grad()
def draws_random(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
            torch.rand(1)
    return loss


@same_as(draws_random)
@torch.no_grad()
def noisy(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d + 1e-3 * torch.randn_like(p))
    return loss


@mistake(
    "SGD.step",
    "an optimizer whose buffers lose the digits of float64",
    "Buffers have the dtype of their parameter: torch.zeros_like gives it, torch.zeros does not.",
)
@torch.no_grad()
def half_precision_buffer(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p

            if momentum:
                state = self.state[p]
                if "buffer" not in state:
                    state["buffer"] = torch.zeros(p.shape)
                d = state["buffer"].mul_(momentum).add_(d)
            p.sub_(lr * d)
    return loss


@same_as(half_precision_buffer)
@torch.no_grad()
def computes_in_float(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = (p.grad + decay * p).float()
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that never calls its closure",
    "A closure computes loss and gradients anew: it must run once, before anything moves, and its loss is what "
    "step returns.",
)
@torch.no_grad()
def closure_ignored(self: Any, closure: Any = None) -> Any:
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return None


@mistake(
    "SGD.step",
    "an optimizer that returns its closure instead of calling it",
    "A closure computes loss and gradients anew: it must run once, before anything moves, and its loss is what "
    "step returns.",
)
@torch.no_grad()
def closure_returned(self: Any, closure: Any = None) -> Any:
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return closure


@mistake(
    "SGD.step",
    "an optimizer that calls its closure where nothing is recorded",
    "Under no_grad the closure's loss has no graph, and its backward fails: switch the recording on for it.",
)
@torch.no_grad()
def closure_without_graph(self: Any, closure: Any = None) -> Any:
    loss = closure() if closure is not None else None
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that calls its closure twice",
    "A closure computes loss and gradients anew: it must run once, before anything moves, and its loss is what "
    "step returns.",
)
@torch.no_grad()
def closure_twice(self: Any, closure: Any = None) -> Any:
    loss = None
    if closure is not None:
        with torch.enable_grad():
            closure()
            loss = closure()
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that calls its closure after it has moved",
    "A closure computes loss and gradients anew: it must run once, before anything moves, and its loss is what "
    "step returns.",
)
@torch.no_grad()
def closure_after(self: Any, closure: Any = None) -> Any:
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss_of(closure)


@mistake(
    "SGD.step",
    "an optimizer that calls its closure before and after it moves",
    "A closure computes loss and gradients anew: it must run once, before anything moves, and its loss is what "
    "step returns.",
)
@torch.no_grad()
def closure_before_and_after(self: Any, closure: Any = None) -> Any:
    loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss_of(closure)


@mistake(
    "SGD.step",
    "an optimizer that does not return the closure's loss",
    "A function without `return` gives back None; whoever handed over a closure wants to see its loss.",
)
@torch.no_grad()
def closure_result_dropped(self: Any, closure: Any = None) -> Any:
    loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return None


@mistake(
    "SGD.step",
    "an optimizer that returns a number without a closure",
    "Without a closure no loss is known here: None says so.",
)
@torch.no_grad()
def returns_zero(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return 0.0 if loss is None else loss


@mistake(
    "SGD.step",
    "an optimizer that returns itself",
    "Without a closure, None is returned.",
)
@torch.no_grad()
def returns_self(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return self if loss is None else loss


@mistake(
    "SGD.step",
    "an optimizer that returns its groups",
    "Without a closure, None is returned; the parameters have changed in place.",
)
@torch.no_grad()
def returns_parameters(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return self.param_groups if loss is None else loss


@mistake(
    "SGD.step",
    "an optimizer that asks the closure's loss for its item",
    "A closure may return a Python float: return what it gives as it is.",
)
@torch.no_grad()
def closure_item(self: Any, closure: Any = None) -> Any:
    loss = None
    if closure is not None:
        with torch.enable_grad():
            loss = closure().item()
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that calls backward on the closure's loss",
    "The closure has computed the gradients already: its loss is only to be returned.",
)
@torch.no_grad()
def closure_backward(self: Any, closure: Any = None) -> Any:
    loss = None
    if closure is not None:
        with torch.enable_grad():
            loss = closure()
            loss.backward()
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that cannot step without a closure",
    "Mostly there is none: the gradients are there already.",
)
@torch.no_grad()
def closure_needed(self: Any, closure: Any = None) -> Any:
    with torch.enable_grad():
        loss = closure()
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that does not move where it has a closure",
    "A closure only computes loss and gradients anew: the update comes after it all the same.",
)
@torch.no_grad()
def closure_or_step(self: Any, closure: Any = None) -> Any:
    if closure is not None:
        return loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return None


@mistake(
    "SGD.step",
    "an optimizer that forgets the gradients which its closure has computed",
    "The closure sees to its gradients itself; forgotten after it, nothing is left to follow.",
)
@torch.no_grad()
def zero_grad_after_closure(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    if closure is not None:
        self.zero_grad()
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return loss


@mistake(
    "SGD.step",
    "an optimizer that returns another number than the closure's loss",
    "A closure computes loss and gradients anew: it must run once, before anything moves, and its loss is what "
    "step returns.",
)
@torch.no_grad()
def closure_changed_sign(self: Any, closure: Any = None) -> Any:
    loss = loss_of(closure)
    for group in self.param_groups:
        lr, momentum, decay = settings(group)
        for p in group["params"]:
            if p.grad is None:
                continue
            d = p.grad + decay * p
            if momentum:
                state = self.state[p]
                d = state["buffer"] = d + momentum * state.get("buffer", 0.0)
            p.sub_(lr * d)
    return None if loss is None else 2 * loss
