"""Lesson 3: how each exercise is observed, and the bank of its wrong answers.

A wrong answer is what it changes in the solution: edits of the exercise's body (`kata.authoring`). Its words: a
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

from kata.authoring import (
    GRADIENTS,
    LOSSES,
    STEPS,
    Observation,
    Pull,
    batch,
    body,
    by_hand,
    classes,
    drop,
    exercise,
    give_gradients,
    hand_batch,
    insert,
    observes,
    partly_frozen,
    replace,
    same_as,
    seeded,
    small_batch,
    unwrap,
    with_modes,
    with_unused_layer,
    wrong,
)
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
    """Observe steps with a closure whose loss is a tensor, then a float, and under no_grad."""
    for kind in ("a tensor", "a float", "a tensor under no_grad"):
        weight = nn.Parameter(torch.tensor([1.0, -2.0]))
        weight.grad = torch.tensor([0.37, 0.53])  # an old one
        bias = nn.Parameter(torch.tensor([3.0]))
        bias.grad = torch.tensor([0.7])
        optimizer = lesson.SGD([{"params": [weight]}, {"params": [bias]}], lr=0.1, momentum=0.9)
        calls: list[str] = []
        before = {"the weight": weight.detach().clone()}
        result = None
        try:
            with torch.set_grad_enabled("no_grad" not in kind):
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
        return loss.item() if kind == "a float" else loss

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


exercise("optimizer_step")

never_forgets = wrong(
    "one that never clears the old gradients",
    "Each backward adds to the gradients that are there: the second step follows those of both batches.",
    drop("optimizer.zero_grad()"),
)

zero_grad_without_brackets = same_as(never_forgets, replace("optimizer.zero_grad()", "optimizer.zero_grad"))

forgets_of_the_criterion = same_as(never_forgets, replace("optimizer.zero_grad", "criterion.zero_grad"))

forgets_afterwards = wrong(
    "one that clears the gradients after its step only",
    "What was there before the first step still counts in it: other code may have left gradients behind. Clear before backward, and nothing depends on who came before.",
    drop("optimizer.zero_grad()"),
    insert("optimizer.zero_grad()", after="optimizer.step()"),
)

forgets_in_between = wrong(
    "one that clears the new gradients before its step can use them",
    "Between backward and the step the gradients are needed: without them no parameter moves. Clear before backward.",
    drop("optimizer.zero_grad()"),
    insert("optimizer.zero_grad()", after="loss.backward()"),
)

network_forgets_in_between = same_as(
    forgets_in_between, drop("optimizer.zero_grad()"), insert("net.zero_grad()", after="loss.backward()")
)

forgets_twice = same_as(forgets_in_between, insert("optimizer.zero_grad()", after="loss.backward()"))

no_step = wrong(
    "one whose optimizer never steps",
    "The gradients say where to go; the optimizer's own method for the update goes there. Is it called, with its brackets?",
    drop("optimizer.step()"),
)

step_without_brackets = same_as(no_step, replace("optimizer.step()", "optimizer.step"))

no_step_and_nothing_forgotten = same_as(no_step, drop("optimizer.zero_grad()"), drop("optimizer.step()"))

no_backward = wrong(
    "one that computes no gradients of the network",
    "The optimizer follows what is in each parameter's .grad: only backward fills it. Is it called, with its brackets, and on the loss that still has its graph?",
    drop("loss.backward()"),
)

backward_without_brackets = same_as(no_backward, replace("loss.backward()", "loss.backward"))

no_backward_and_nothing_forgotten = same_as(no_backward, drop("optimizer.zero_grad()"), drop("loss.backward()"))

only_loss = wrong(
    "one that only computes the loss",
    "After the loss come its gradients, and after them the optimizer's step.",
    body("return float(criterion(net(x), target).item())"),
)

only_forgets = same_as(
    only_loss,
    body("""
        optimizer.zero_grad()
        return float(criterion(net(x), target).item())
    """),
)

step_before_backward = wrong(
    "one that steps before the gradients are there",
    "Such a step follows old gradients, or none. First backward, then the optimizer.",
    body("""
        optimizer.zero_grad()
        loss = criterion(net(x), target)
        optimizer.step()
        loss.backward()
        return float(loss.item())
    """),
)

step_before_all = same_as(
    step_before_backward,
    body("""
        optimizer.step()
        optimizer.zero_grad()
        loss = criterion(net(x), target)
        loss.backward()
        return float(loss.item())
    """),
)

step_then_zero_then_backward = same_as(
    step_before_backward,
    body("""
        loss = criterion(net(x), target)
        optimizer.step()
        optimizer.zero_grad()
        loss.backward()
        return float(loss.item())
    """),
)

returns_tensor = wrong(
    "one that returns a tensor",
    "A loss with its graph keeps the memory of the whole step alive, and even without a graph it is no number to add up or to print. Return a plain Python number.",
    replace("float(loss.item())", "loss"),
)

returns_detached = same_as(returns_tensor, replace("return float(loss.item())", "return loss.detach()"))

returns_array = wrong(
    "one that returns a numpy array",
    "An array of no dimensions is still no number. Return a plain Python float.",
    replace("return float(loss.item())", "return loss.detach().numpy()"),
)

returns_nothing = wrong(
    "one that returns nothing",
    "A function without `return` gives back None; the caller wants to see the loss.",
    drop("return float(loss.item())"),
)

returns_what_step_gives = same_as(
    returns_nothing,
    replace(
        """
        optimizer.step()
        return float(loss.item())
    """,
        "return optimizer.step()",
    ),
)

returns_scores = wrong(
    "one that returns the scores",
    "The loss is asked for: one number that says how wrong the scores were.",
    replace(
        "loss = criterion(net(x), target)",
        """
        scores = net(x)
        loss = criterion(scores, target)
    """,
    ),
    replace("float(loss.item())", "scores"),
)

returns_text = wrong(
    "one that returns a text",
    "Text is for printing; a number is asked for.",
    replace("float(loss.item())", 'f"{loss.item():.4f}"'),
)

returns_rounded = wrong(
    "one that returns a rounded loss",
    "Rounding is for printing; the number itself is asked for.",
    replace("float(loss.item())", "float(round(loss.item(), 2))"),
)

returns_more_digits = same_as(returns_rounded, replace("float(loss.item())", "float(round(loss.item(), 3))"))

returns_int = wrong(
    "one that returns a whole number",
    "int() cuts off everything after the point; a loss of 0.7 would become 0.",
    replace("return float(loss.item())", "return int(loss.item())"),
)

returns_sum = wrong(
    "one that multiplies the loss with the number of inputs",
    "The criterion says what the loss is, a mean most often: return it as it is.",
    replace("float(loss.item())", "float(loss.item() * len(x))"),
)

returns_divided = wrong(
    "one that divides the loss by the number of inputs",
    "The criterion says what the loss is, a mean most often: it is divided already.",
    replace("float(loss.item())", "float(loss.item() / len(x))"),
)

follows_divided = wrong(
    "one that follows a loss divided by the number of inputs",
    "The criterion says what the loss is, a mean most often: dividing it again makes every step shorter.",
    replace("criterion(net(x), target)", "criterion(net(x), target) / len(x)"),
)

follows_divided_returns_whole = same_as(follows_divided, replace("loss.backward", "(loss / len(x)).backward"))

uphill = wrong(
    "one that follows the loss uphill",
    "The optimizer itself goes against the gradient: the loss must be handed to backward with its own sign.",
    replace("loss.backward", "(-loss).backward"),
)

returns_later_loss = wrong(
    "one that returns the loss after the update",
    "The network has to run once more for it. The loss that was computed before the update is there already.",
    replace(
        """
        loss = criterion(net(x), target)
        loss.backward()
    """,
        "criterion(net(x), target).backward()",
    ),
    replace("return float(loss.item())", "return float(criterion(net(x), target).item())"),
)

returns_later_loss_without_graph = same_as(
    returns_later_loss,
    replace(
        "return float(loss.item())",
        """
        with torch.no_grad():
            return float(criterion(net(x), target).item())
    """,
    ),
)

runs_twice = wrong(
    "one that runs the network twice before it steps",
    "It costs twice the time, and a network with dropout gives another loss each time. Keep the loss, and use it for backward and for the result.",
    replace("loss = criterion(net(x), target)", "value = criterion(net(x), target).item()"),
    replace("loss.backward", "criterion(net(x), target).backward"),
    replace("loss.item()", "value"),
)

runs_twice_later = wrong(
    "one that runs the network twice, and follows the first run",
    "It costs twice the time, and a network with dropout gives another loss each time. Keep the loss, and use it for backward and for the result.",
    replace("loss = criterion(net(x), target)", "criterion(net(x), target).backward()"),
    replace("loss.backward", "value = criterion(net(x), target).item"),
    replace("loss.item()", "value"),
)

loss_twice = wrong(
    "one that computes the loss twice from one run of the network",
    "The loss is there after the first time: keep it in a variable.",
    replace("loss = criterion(net(x), target)", "scores = net(x)"),
    replace("loss.backward", "criterion(scores, target).backward"),
    replace("return float(loss.item())", "return float(criterion(scores, target).item())"),
)

loss_twice_before = same_as(
    loss_twice,
    replace(
        "loss = criterion(net(x), target)",
        """
        scores = net(x)
        criterion(scores, target)
        loss = criterion(scores, target)
    """,
    ),
)

target_first = wrong(
    "one that passes the target first and the scores second",
    "Only some criteria, such as nn.MSELoss, do not care for the order. By torch's convention the scores come first.",
    replace("net(x), target", "target, net(x)"),
)

criterion_of_x = wrong(
    "one that hands the input to the criterion instead of the scores",
    "The criterion compares what the network makes of x with the target.",
    replace("net(x)", "x"),
)

runs_and_takes_x = same_as(
    criterion_of_x,
    replace(
        "loss = criterion(net(x), target)",
        """
        net(x)
        loss = criterion(x, target)
    """,
    ),
)

scores_against_x = wrong(
    "one that compares the scores with the input",
    "The criterion compares what the network makes of x with the target.",
    replace("criterion(net(x), target)", "criterion(net(x), x)"),
)

runs_on_target = wrong(
    "one that hands the target to the network",
    "The network is run on the input x; the target is what its scores are compared with.",
    replace("criterion(net(x), target)", "criterion(net(target), x)"),
)

runs_on_target_against_itself = same_as(runs_on_target, replace("net(x),", "net(target),"))

run_without_graph = wrong(
    "one that runs the network where nothing is recorded",
    "Under torch.no_grad() the scores get no graph, and backward cannot start. Here nothing needs it: the optimizer sees to that itself.",
    replace(
        "loss = criterion(net(x), target)",
        """
        with torch.no_grad():
            scores = net(x)
        loss = criterion(scores, target)
    """,
    ),
)

all_without_graph = same_as(
    run_without_graph,
    body("""
        with torch.no_grad():
            optimizer.zero_grad()
            loss = criterion(net(x), target)
            loss.backward()
            optimizer.step()
            return float(loss.item())
    """),
)

detached_scores = wrong(
    "one that cuts the scores off from their graph",
    "A detached tensor, or a new one made of its numbers, does not lead back to the weights. Pass the scores as they are.",
    replace(
        "loss = criterion(net(x), target)",
        """
        scores = net(x).detach().requires_grad_()
        loss = criterion(scores, target)
    """,
    ),
)

scores_detached = wrong(
    "one that detaches the scores",
    "A detached tensor does not lead back to the weights: backward cannot start from it. Pass the scores as they are.",
    replace("criterion(net(x), target)", "criterion(net(x).detach(), target)"),
)

inference_mode = same_as(
    run_without_graph,
    replace(
        "loss = criterion(net(x), target)",
        """
        with torch.inference_mode():
            loss = criterion(net(x), target)
    """,
    ),
)

detached_loss = wrong(
    "one that cuts the loss off from its graph before backward",
    "backward goes through the graph behind the loss: a detached copy of it has none.",
    replace("criterion(net(x), target)", "criterion(net(x), target).detach()"),
)

loss_made_anew = same_as(
    no_backward, replace("criterion(net(x), target)", "criterion(net(x), target).detach().requires_grad_()")
)

item_too_early = wrong(
    "one that turns the loss into a number too early",
    "A Python number has no graph: backward needs the tensor. Take the number at the end.",
    replace("criterion(net(x), target)", "criterion(net(x), target).item()"),
    replace("float(loss.item())", "float(loss)"),
)

backward_of_criterion = wrong(
    "one that asks the criterion for the gradients",
    "The criterion is a module that computes a loss; the graph hangs on the loss that it returned, and so does backward.",
    replace("loss.backward", "criterion.backward"),
)

backward_of_scores = wrong(
    "one that asks the scores for their gradients",
    "The scores are many numbers, and none of them is to become small: backward starts at the loss.",
    replace(
        """
        loss = criterion(net(x), target)
        loss.backward()
    """,
        """
        scores = net(x)
        loss = criterion(scores, target)
        scores.backward()
    """,
    ),
)

follows_scores = wrong(
    "one that follows the sum of the scores",
    "What is to become small is the loss: backward starts there.",
    replace(
        """
        loss = criterion(net(x), target)
        loss.backward()
    """,
        """
        scores = net(x)
        loss = criterion(scores, target)
        scores.sum().backward()
    """,
    ),
)

network_steps = wrong(
    "one that asks the network to step",
    "A network has no step: the optimizer moves its parameters.",
    replace("optimizer.step", "net.step"),
)

loss_steps = wrong(
    "one that asks the loss to step",
    "A loss has no step: the optimizer moves the parameters.",
    replace("optimizer.step", "loss.step"),
)

loss_handed_to_step = wrong(
    "one that passes the loss to the optimizer's step",
    "step takes no loss: it reads the gradients. Its only argument is a function, for optimizers that need the loss again.",
    replace("optimizer.step()", "optimizer.step(loss)"),
)

backward_twice = wrong(
    "one that goes through its graph twice",
    "The graph behind a loss is there once; a second backward needs a second run. Is backward called twice?",
    insert("loss.backward()", after="loss.backward()"),
)

backward_twice_retained = same_as(
    backward_twice, insert("loss.backward(retain_graph=True)", after="loss = criterion(net(x), target)")
)

steps_twice = wrong(
    "one whose optimizer steps twice with the same gradients",
    "One call is one step: the second one follows gradients of weights that are there no more.",
    insert("optimizer.step()", after="optimizer.step()"),
)

several_steps = wrong(
    "one that takes several whole steps",
    "One call is one step; how many there are is for the caller's loop to say.",
    body("""
        for _ in range(2):
            optimizer.zero_grad()
            loss = criterion(net(x), target)
            loss.backward()
            optimizer.step()
        return float(loss.item())
    """),
)

step_for_each = wrong(
    "one that steps once for each input",
    "The batch is one step: its loss is one number for all of its inputs.",
    body("""
        total = 0.0
        for one, wanted in zip(x, target, strict=True):
            optimizer.zero_grad()
            loss = criterion(net(one[None]), wanted[None])
            loss.backward()
            optimizer.step()
            total += loss.item()
        return total / len(x)
    """),
)

first_only = wrong(
    "one that learns from the first input only",
    "All inputs of the batch count.",
    replace("criterion(net(x), target)", "criterion(net(x[:1]), target[:1])"),
)

by_hand_with_its_rate = wrong(
    "one that updates by hand instead of asking the optimizer",
    "Which rule moves the parameters, and with which learning rate, is the optimizer's business: with Adam it is another one. Ask the optimizer to step.",
    replace(
        "optimizer.step()",
        """
        with torch.no_grad():
            for p in net.parameters():
                if p.grad is not None:
                    p -= optimizer.param_groups[0]["lr"] * p.grad
    """,
    ),
)

by_hand_with_own_rate = same_as(
    by_hand_with_its_rate,
    replace(
        "optimizer.step()",
        """
        with torch.no_grad():
            for p in net.parameters():
                if p.grad is not None:
                    p -= 0.01 * p.grad
    """,
    ),
)

by_hand_group_by_group = same_as(
    by_hand_with_its_rate,
    replace(
        "optimizer.step()",
        """
        for group in optimizer.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.data.sub_(group["lr"] * p.grad)
    """,
    ),
)

by_hand_as_well = wrong(
    "one that updates by hand beside the optimizer",
    "The optimizer moves the parameters: an update of your own moves them once more.",
    insert(
        """
        with torch.no_grad():
            for p in net.parameters():
                if p.grad is not None:
                    p -= optimizer.param_groups[0]["lr"] * p.grad
    """,
        after="optimizer.step()",
    ),
)

own_optimizer = wrong(
    "one that makes an optimizer of its own",
    "The optimizer that is handed in has its own rule, settings and memory; one that is made again in each step knows nothing of the steps before.",
    replace(
        "optimizer.zero_grad()",
        """
        other = torch.optim.SGD(net.parameters(), lr=optimizer.param_groups[0]["lr"])
        other.zero_grad()
    """,
    ),
    replace("optimizer.step", "other.step"),
)

own_optimizer_of_own_rate = same_as(
    own_optimizer, insert("optimizer = torch.optim.SGD(net.parameters(), lr=0.01)", before="optimizer.zero_grad()")
)

own_criterion = wrong(
    "one that takes a criterion of its own",
    "How the loss is measured is for the caller to say: with another criterion the numbers would be others.",
    replace("loss = criterion(net(x), target)", "loss = F.mse_loss(net(x), target)"),
)

own_cross_entropy = same_as(
    own_criterion, replace("loss = criterion(net(x), target)", "loss = F.cross_entropy(net(x), target)")
)

softmax_first = wrong(
    "one that makes probabilities of the scores first",
    "nn.CrossEntropyLoss takes raw scores and does this itself; other criteria want no probabilities at all. Pass the scores as they are.",
    replace("loss = criterion(net(x), target)", "loss = criterion(F.softmax(net(x), dim=1), target)"),
)

log_softmax_first = same_as(
    softmax_first, replace("loss = criterion(net(x), target)", "loss = criterion(F.log_softmax(net(x), dim=1), target)")
)

argmax_first = wrong(
    "one that makes classes of the scores first",
    "argmax has no gradient: it says which score is largest, and not how to make it larger. The criterion takes the scores.",
    replace("criterion(net(x), target)", "criterion(net(x).argmax(dim=1).float(), target)"),
)

target_as_float = wrong(
    "one that changes the target's dtype",
    "nn.CrossEntropyLoss takes class numbers, which are whole, and nn.MSELoss numbers like the scores. The target is in the right form for its criterion already.",
    replace("criterion(net(x), target)", "criterion(net(x), target.float())"),
)

target_as_long = wrong(
    "one that makes whole numbers of the target",
    "nn.CrossEntropyLoss takes class numbers, which are whole, and nn.MSELoss numbers like the scores. The target is in the right form for its criterion already.",
    replace("criterion(net(x), target)", "criterion(net(x), target.long())"),
)

in_train_mode = wrong(
    "one that switches the network to train mode",
    "In which mode the network learns is for the caller to say.",
    insert("net.train()", before="optimizer.zero_grad()"),
)

leaves_eval_mode = wrong(
    "one that leaves the network in eval mode",
    "In which mode the network is, is for the caller to say.",
    insert("net.eval()", after="optimizer.step()"),
)

runs_in_eval_mode = wrong(
    "one that runs the network in eval mode",
    "In which mode the network learns is for the caller to say.",
    insert(
        """
        mode = net.training
        net.eval()
    """,
        before="optimizer.zero_grad()",
    ),
    insert("net.train(mode)", after="optimizer.step()"),
)

clips = wrong(
    "one that clips the gradients",
    "Gradients are used as they are here; clipping is a decision for the caller.",
    insert("nn.utils.clip_grad_norm_(net.parameters(), 0.1)", after="loss.backward()"),
)

empties_state = wrong(
    "one that lets the optimizer forget the steps before",
    "Momentum and Adam live on what they remember in optimizer.state: it must last from one step to the next.",
    insert("optimizer.state.clear()", before="optimizer.zero_grad()"),
)

copy_learns = wrong(
    "one that learns on a copy of the network",
    "The optimizer holds the parameters of the network itself: the gradients of a copy never reach it.",
    insert("other = copy.deepcopy(net)", before="optimizer.zero_grad()"),
    replace("loss = criterion(net(x), target)", "loss = criterion(other(x), target)"),
)

decays_rate = wrong(
    "one that changes the optimizer's learning rate",
    "The settings of the optimizer are the caller's: a schedule is a part of its own.",
    insert(
        """
        for group in optimizer.param_groups:
            group["lr"] *= 0.99
    """,
        after="optimizer.step()",
    ),
)

takes_all_parameters = wrong(
    "one that gives the optimizer all of the network's parameters",
    "Which parameters move is for the caller to say, who made the optimizer.",
    insert(
        """
        held = {id(p) for group in optimizer.param_groups for p in group["params"]}
        others = [p for p in net.parameters() if id(p) not in held]
        if others:
            optimizer.add_param_group({"params": others})
    """,
        before="optimizer.zero_grad()",
    ),
)

unfreezes = wrong(
    "one that lets all parameters take gradients",
    "The caller froze the parameter on purpose: requires_grad stays as it is.",
    insert(
        """
        for p in net.parameters():
            p.requires_grad_(True)
    """,
        before="optimizer.zero_grad()",
    ),
)

freezes = wrong(
    "one that freezes the network",
    "Parameters must go on taking gradients: the next step needs them.",
    insert("net.requires_grad_(False)", after="optimizer.step()"),
)

input_takes_gradients = wrong(
    "one that lets the input take gradients",
    "x is the caller's, and learns nothing: the parameters take gradients already.",
    replace("criterion(net(x), target)", "criterion(net(x.requires_grad_()), target)"),
)

normalises = wrong(
    "one that scales the input first",
    "The network gets x as it is: preparing it is the business of the data's owner.",
    replace("net(x),", "net((x - x.mean()) / x.std()),"),
)

normalises_in_place = wrong(
    "one that changes the input in its place",
    "x is the caller's, and is needed again in the next epoch.",
    insert("x.sub_(x.mean())", after="optimizer.zero_grad()"),
)

seeded_step = wrong(
    "one that sets a seed or draws random numbers",
    "The step itself is not random, and seeds are the caller's business.",
    insert(
        """
        torch.manual_seed(0)
        torch.rand(1)
    """,
        before="optimizer.zero_grad()",
    ),
)

in_float32 = wrong(
    "one that turns the network into float32",
    "The network stays in its own dtype, and so do input and target.",
    insert("net.float()", before="optimizer.zero_grad()"),
    replace(
        "loss = criterion(net(x), target)",
        """
        wanted = target.float() if target.is_floating_point() else target
        loss = criterion(net(x.float()), wanted)
    """,
    ),
)


# SGD.__init__


exercise("SGD.__init__")

no_super = wrong(
    "an optimizer whose base class was never set up",
    "Optimizer's constructor makes param_groups and state, and all that zero_grad, state_dict and the schedulers need. Python does not run a parent's constructor by itself where the child has one of its own.",
    replace(
        'super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})',
        """
        me: Any = self
        me.lr, me.momentum, me.weight_decay = lr, momentum, weight_decay
        me.params = list(params)
    """,
    ),
)

no_super_own_groups = same_as(
    no_super,
    replace(
        'super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})',
        """
        me: Any = self
        me.param_groups = [{"params": list(params), "lr": lr, "momentum": momentum, "weight_decay": weight_decay}]
        me.state = {}
    """,
    ),
)

no_super_own_defaults = same_as(
    no_super,
    replace(
        'super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})',
        """
        me: Any = self
        me.params = list(params)
        me.defaults = {"lr": lr, "momentum": momentum, "weight_decay": weight_decay}
        me.state = {}
    """,
    ),
)

super_without_arguments = wrong(
    "an optimizer whose base class is set up without parameters and defaults",
    "Optimizer's constructor wants both: the parameters, and a dict of the settings that a group has where it has none of its own.",
    replace(
        'super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})',
        """
        make: Any = super().__init__
        make()
    """,
    ),
)

super_without_defaults = wrong(
    "an optimizer whose base class is set up without the defaults",
    "Optimizer's constructor wants two things: the parameters, and a dict of the settings that a group has where it has none of its own.",
    replace(
        'super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})',
        """
        make: Any = super().__init__
        make(params)
    """,
    ),
)

settings_as_arguments = wrong(
    "an optimizer that hands its settings to the base class one by one",
    "Optimizer's constructor takes the parameters and one dict of settings: it cannot know what each optimizer's settings are called.",
    replace(
        'super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})',
        """
        make: Any = super().__init__
        make(params, lr=lr, momentum=momentum, weight_decay=weight_decay)
    """,
    ),
)

settings_by_place = wrong(
    "an optimizer that hands its settings to the base class one after the other",
    "Optimizer's constructor takes the parameters and one dict of settings: it cannot know what each optimizer's settings are called.",
    replace(
        'super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})',
        """
        make: Any = super().__init__
        make(params, lr, momentum, weight_decay)
    """,
    ),
)

defaults_first = wrong(
    "an optimizer that hands the defaults over first and the parameters second",
    "Optimizer's constructor takes the parameters first.",
    replace(
        'super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})',
        """
        make: Any = super().__init__
        make({"lr": lr, "momentum": momentum, "weight_decay": weight_decay}, params)
    """,
    ),
)

star_params = wrong(
    "an optimizer that hands its parameters to the base class one by one",
    "Optimizer's constructor takes them as one list, or as any iterable.",
    replace(
        'super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})',
        """
        make: Any = super().__init__
        make(*params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
    """,
    ),
)

empty_defaults = wrong(
    "an optimizer without any settings in its groups",
    "Whatever is kept elsewhere, such as in self.lr, is one value for all groups, and neither schedulers nor state_dict find it.",
    replace('"lr": lr, "momentum": momentum, "weight_decay": weight_decay', ""),
)

attributes_and_empty_defaults = same_as(
    empty_defaults,
    replace(
        'super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})',
        """
        super().__init__(params, {})
        me: Any = self
        me.lr, me.momentum, me.weight_decay = lr, momentum, weight_decay
    """,
    ),
)

only_lr_in_defaults = wrong(
    "an optimizer with lr alone in its groups",
    "A group may have a momentum and a weight decay of its own: all three belong into the defaults.",
    replace(
        'super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})',
        """
        super().__init__(params, {"lr": lr})
        me: Any = self
        me.momentum, me.weight_decay = momentum, weight_decay
    """,
    ),
)

no_weight_decay_in_defaults = wrong(
    "an optimizer without weight_decay in its groups",
    "A group may have a weight decay of its own: all three settings belong into the defaults.",
    replace(
        'super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})',
        'super().__init__(params, {"lr": lr, "momentum": momentum})',
    ),
)

no_momentum_in_defaults = wrong(
    "an optimizer without momentum in its groups",
    "A group may have a momentum of its own: all three settings belong into the defaults.",
    replace('momentum": momentum, "', ""),
)

no_lr_in_defaults = wrong(
    "an optimizer without lr in its groups",
    "A group may have a learning rate of its own, and schedulers look for it there: all three settings belong into the defaults.",
    replace('lr": lr, "', ""),
)

other_names = wrong(
    "an optimizer whose groups have the settings under other names",
    'Schedulers look for "lr" in each group, and a caller who gives a group settings of its own uses the names of the arguments.',
    replace('lr": lr, "momentum": momentum, "weight_decay', 'learning_rate": lr, "mu": momentum, "wd'),
)

learning_rate_for_lr = wrong(
    "an optimizer whose groups have the learning rate under another name than lr",
    'Schedulers look for "lr" in each group, and a caller who gives a group a learning rate of its own uses the name of the argument.',
    replace(
        'super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})',
        'super().__init__(params, {"learning_rate": lr, "momentum": momentum, "weight_decay": weight_decay})',
    ),
)

decay_for_weight_decay = wrong(
    "an optimizer whose groups have the weight decay under another name than weight_decay",
    "A caller who gives a group settings of its own uses the names of the arguments.",
    replace('momentum, "weight_decay": weight_decay', 'momentum, "decay": weight_decay'),
)

swapped = wrong(
    "an optimizer whose momentum and weight decay are exchanged",
    "Each setting must go under its own name; a weight decay of 0.9 would pull nearly everything to zero.",
    replace('momentum, "weight_decay": weight_decay', 'weight_decay, "weight_decay": momentum'),
)

swapped_lr_momentum = wrong(
    "an optimizer whose lr and momentum are exchanged",
    "Each setting must go under its own name.",
    replace('lr, "momentum": momentum', 'momentum, "momentum": lr'),
)

swapped_lr_decay = wrong(
    "an optimizer whose lr and weight decay are exchanged",
    "Each setting must go under its own name.",
    replace(
        'lr, "momentum": momentum, "weight_decay": weight_decay',
        'weight_decay, "momentum": momentum, "weight_decay": lr',
    ),
)

own_lr = wrong(
    "an optimizer with a learning rate of its own",
    "How far to go is for the caller to say: pass the argument on.",
    replace('lr": lr, "momentum', 'lr": 0.01, "momentum'),
)

own_momentum = wrong(
    "an optimizer with a momentum of its own",
    "How much momentum there is, is for the caller to say: pass the argument on.",
    replace('momentum": momentum, "weight_decay', 'momentum": 0.9, "weight_decay'),
)

zero_momentum = wrong(
    "an optimizer without momentum, whatever was asked for",
    "How much momentum there is, is for the caller to say: pass the argument on.",
    replace('momentum": momentum, "weight_decay', 'momentum": 0.0, "weight_decay'),
)

zero_decay = wrong(
    "an optimizer without weight decay, whatever was asked for",
    "How much weight decay there is, is for the caller to say: pass the argument on.",
    replace(
        'super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})',
        'super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": 0.0})',
    ),
)

zero_both = wrong(
    "an optimizer without momentum and weight decay, whatever was asked for",
    "The arguments are there to be passed on; 0 is only what they are where nothing is given.",
    replace('momentum, "weight_decay": weight_decay', '0.0, "weight_decay": 0.0'),
)

scaled_decay = wrong(
    "an optimizer whose weight decay is multiplied with the learning rate",
    "The settings are kept as they were given: lr may change from step to step, and comes into the step itself.",
    replace(
        'super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})',
        'super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay * lr})',
    ),
)

one_minus_momentum = wrong(
    "an optimizer that keeps 1 minus the momentum",
    "The settings are kept as they were given.",
    replace('momentum": momentum, "', 'momentum": 1 - momentum, "'),
)

negative_lr_kept = wrong(
    "an optimizer that keeps the learning rate with the opposite sign",
    "The settings are kept as they were given; the minus belongs into the step.",
    replace('lr": lr, "', 'lr": -lr, "'),
)


@wrong(
    "an optimizer with momentum 0.9 where none is asked for",
    "Without being asked, this optimizer has no momentum and no weight decay: 0 is what both are by default.",
)
def default_momentum_0_9(self: SGD, params: Any, lr: float, momentum: float = 0.9, weight_decay: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})


@wrong(
    "an optimizer with some weight decay where none is asked for",
    "Without being asked, this optimizer has no momentum and no weight decay: 0 is what both are by default.",
)
def default_decay(self: SGD, params: Any, lr: float, momentum: float = 0.0, weight_decay: float = 1e-4) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})


@wrong(
    "an optimizer that takes weight decay before momentum",
    "Where settings are given by their place, momentum comes third and weight decay last.",
)
def other_order(self: SGD, params: Any, lr: float, weight_decay: float = 0.0, momentum: float = 0.0) -> None:
    for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
        if value < 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})


or_default = wrong(
    "an optimizer that takes a setting of 0 for one that is not given",
    "0 is a value like any other: `or` takes what follows it wherever the value counts as false. A learning rate of 0 must stay 0.",
    replace('": lr, "momentum', '": lr or 0.01, "momentum'),
)

no_check = wrong(
    "an optimizer that accepts negative values",
    "Such an optimizer would go uphill, or blow weights up, and nobody would be told: each of the three must be looked at.",
    drop('for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):'),
)

lr_not_checked = wrong(
    "an optimizer that accepts a negative lr",
    "Such an optimizer would go uphill, or blow weights up, and nobody would be told: each of the three must be looked at.",
    replace(
        'for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay))',
        'for name, value in (("momentum", momentum), ("weight_decay", weight_decay))',
    ),
)

only_lr_checked = wrong(
    "an optimizer that looks at lr only",
    "Such an optimizer would go uphill, or blow weights up, and nobody would be told: each of the three must be looked at.",
    body("""
        if lr < 0:
            raise ValueError(f"lr must be 0 or more, got {lr}")
        super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
    """),
)

momentum_not_checked = wrong(
    "an optimizer that accepts a negative momentum",
    "Such an optimizer would go uphill, or blow weights up, and nobody would be told: each of the three must be looked at.",
    replace(
        'in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):',
        'in (("lr", lr), ("weight_decay", weight_decay)):',
    ),
)

decay_not_checked = wrong(
    "an optimizer that accepts a negative weight_decay",
    "Such an optimizer would go uphill, or blow weights up, and nobody would be told: each of the three must be looked at.",
    replace(
        'in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):',
        'in (("lr", lr), ("momentum", momentum)):',
    ),
)

checked_together = same_as(
    no_check,
    body("""
        if lr < 0 and momentum < 0 and weight_decay < 0:
            raise ValueError(f"lr, momentum and weight_decay must be 0 or more, got {lr}, {momentum} and {weight_decay}")
        super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
    """),
)

built_but_not_raised = same_as(no_check, replace("raise ValueError", "ValueError"))

prints_instead = same_as(no_check, replace("raise ValueError", "print"))

warns_instead = same_as(no_check, replace("raise ValueError", "warnings.warn"))

clamps = wrong(
    "an optimizer that makes 0 of negative values",
    "A silent correction hides the caller's mistake: nothing would move, and nobody would know why. Say it with an error.",
    body("""
        super(SGD, self).__init__(
            params, {"lr": max(lr, 0.0), "momentum": max(momentum, 0.0), "weight_decay": max(weight_decay, 0.0)}
        )
    """),
)

absolute = wrong(
    "an optimizer that drops the sign of negative values",
    "A silent correction hides the caller's mistake. Say it with an error.",
    body(
        'super(SGD, self).__init__(params, {"lr": abs(lr), "momentum": abs(momentum), "weight_decay": abs(weight_decay)})'
    ),
)

gives_up_silently = wrong(
    "an optimizer that stops being made where a value is negative",
    "`return` leaves a half-made object behind, which fails much later and elsewhere. An error says at once what is wrong.",
    body("""
        if lr < 0 or momentum < 0 or weight_decay < 0:
            return
        super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
    """),
)

asserts = wrong(
    "an optimizer that uses assert for its arguments",
    "assert is for what can never be wrong in one's own code, and is left out when Python runs with -O. Callers expect ValueError.",
    body("""
        assert lr >= 0, f"lr must be 0 or more, got {lr}"
        assert momentum >= 0, f"momentum must be 0 or more, got {momentum}"
        assert weight_decay >= 0, f"weight_decay must be 0 or more, got {weight_decay}"
        super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
    """),
)

type_error = wrong(
    "an optimizer that raises TypeError for negative values",
    "The type is right, the value is not: callers expect ValueError.",
    replace(
        'raise ValueError(f"{name} must be 0 or more, got {value}")',
        'raise TypeError(f"{name} must be 0 or more, got {value}")',
    ),
)

runtime_error = wrong(
    "an optimizer that raises RuntimeError for negative values",
    "Callers expect ValueError where an argument has the right type and a wrong value.",
    replace(
        'raise ValueError(f"{name} must be 0 or more, got {value}")',
        'raise RuntimeError(f"{name} must be 0 or more, got {value}")',
    ),
)

plain_exception = wrong(
    "an optimizer that raises a bare Exception for negative values",
    "Who wants to catch it has to catch everything. Callers expect ValueError.",
    replace(
        'raise ValueError(f"{name} must be 0 or more, got {value}")',
        'raise Exception(f"{name} must be 0 or more, got {value}")',
    ),
)

no_names = wrong(
    "an optimizer whose messages do not name the argument",
    "There are three numbers: the message must say which one it is about.",
    replace(
        'for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):',
        "for value in (lr, momentum, weight_decay):",
    ),
    replace(
        'raise ValueError(f"{name} must be 0 or more, got {value}")',
        'raise ValueError(f"value must be 0 or more, got {value}")',
    ),
)

no_values = wrong(
    "an optimizer whose messages do not tell the value",
    "The value often comes from elsewhere, a file or a search: the message must say what it was.",
    replace('ValueError(f"{name} must be 0 or more, got {value}")', 'ValueError(f"{name} must be 0 or more")'),
)

braces_without_f = same_as(
    no_values,
    replace(
        'raise ValueError(f"{name} must be 0 or more, got {value}")',
        'raise ValueError(name + " must be 0 or more, got {value}")',
    ),
)

no_text = wrong(
    "an optimizer whose error says nothing",
    "The message should say which argument is wrong, and what it was.",
    replace('ValueError(f"{name} must be 0 or more, got {value}")', "ValueError"),
)

always_lr = wrong(
    "an optimizer whose messages always speak of lr",
    "A message that names the wrong argument is worse than none. Was a line copied?",
    body("""
        if lr < 0:
            raise ValueError(f"lr must be 0 or more, got {lr}")
        if momentum < 0:
            raise ValueError(f"lr must be 0 or more, got {momentum}")
        if weight_decay < 0:
            raise ValueError(f"lr must be 0 or more, got {weight_decay}")
        super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
    """),
)

always_value_of_lr = wrong(
    "an optimizer whose messages always tell the value of lr",
    "A message that tells another value than the wrong one is worse than none. Was a line copied?",
    body("""
        if lr < 0:
            raise ValueError(f"lr must be 0 or more, got {lr}")
        if momentum < 0:
            raise ValueError(f"momentum must be 0 or more, got {lr}")
        if weight_decay < 0:
            raise ValueError(f"weight_decay must be 0 or more, got {lr}")
        super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
    """),
)

refuses_zero_lr = wrong(
    "an optimizer that refuses a learning rate of 0",
    "0 is allowed: a schedule may begin or end there.",
    replace(
        'for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):',
        """
        if lr <= 0:
            raise ValueError(f"lr must be more than 0, got {lr}")
        for name, value in (("momentum", momentum), ("weight_decay", weight_decay)):
    """,
    ),
)

refuses_zeros = wrong(
    "an optimizer that refuses 0",
    "0 is allowed for each of the three: it is what momentum and weight decay are by default.",
    replace("value < 0:", "value <= 0:"),
)

falsy = same_as(refuses_zeros, replace("if value <", "if not value or value <"))

refuses_large = wrong(
    "an optimizer that refuses values above 1",
    "No upper bound is asked for: a learning rate may be larger than 1.",
    replace("value < 0:", "value < 0 or value > 1:"),
)

refuses_momentum_of_one = wrong(
    "an optimizer that refuses a momentum of 1 or more",
    "No upper bound is asked for.",
    insert(
        """
        if momentum >= 1:
            raise ValueError(f"momentum must be below 1, got {momentum}")
    """,
        after='for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay))',
    ),
)

refuses_positive = wrong(
    "an optimizer that refuses positive values",
    "The comparison is the wrong way round: negative values are to be refused.",
    replace("value < 0", "value > 0"),
)

tolerates_small_negative = wrong(
    "an optimizer that accepts small negative values",
    "The bound is 0 itself: -0.001 goes uphill too, only more slowly.",
    replace("value < 0:", "value < -0.1:"),
)

used_up_generator = wrong(
    "an optimizer that has iterated its parameters before the base class can",
    "A generator such as net.parameters() gives each parameter once: to count or list them, keep the list and pass that on.",
    insert(
        """
        if len(list(params)) == 0:
            raise ValueError("params must not be empty")
    """,
        after='for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay))',
    ),
)

list_kept_and_params_handed_on = same_as(
    used_up_generator,
    insert(
        """
        me: Any = self
        me.all_params = list(params)
    """,
        after='for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay))',
    ),
)

drops_frozen = wrong(
    "an optimizer that leaves out parameters that take no gradients",
    "A frozen parameter may be thawed later; as long as its gradient is None, the step leaves it alone.",
    replace(
        'super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})',
        """
        chosen: Any = list(params)
        if not isinstance(chosen[0], dict):
            chosen = [p for p in chosen if p.requires_grad]
        super().__init__(chosen, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
    """,
    ),
)

holds_copies = wrong(
    "an optimizer that holds copies of the parameters",
    "A step would move the copies, and the network would never learn: the objects themselves must be held.",
    replace(
        'super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})',
        """
        chosen: Any = list(params)
        if not isinstance(chosen[0], dict):
            chosen = [p.detach().clone().requires_grad_(p.requires_grad) for p in chosen]
        super().__init__(chosen, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
    """,
    ),
)

holds_data = same_as(
    holds_copies,
    replace(
        'super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})',
        """
        chosen: Any = list(params)
        if not isinstance(chosen[0], dict):
            chosen = [p.data for p in chosen]
        super().__init__(chosen, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
    """,
    ),
)

holds_first_only = wrong(
    "an optimizer that holds the first parameter only",
    "All parameters that are given are to be held.",
    replace(
        'super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})',
        'super().__init__([next(iter(params))], {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})',
    ),
)

reversed_order = wrong(
    "an optimizer that holds the parameters in another order",
    "state_dict knows parameters by their place: the order must be the one given.",
    replace(
        'super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})',
        'super().__init__(list(params)[::-1], {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})',
    ),
)

wraps_in_a_group = wrong(
    "an optimizer that makes one group of whatever it is given",
    "The base class makes a group of a list by itself; dicts are groups already, with settings of their own.",
    replace(
        'super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})',
        """
        super().__init__(
            [{"params": list(params)}], {"lr": lr, "momentum": momentum, "weight_decay": weight_decay}
        )
    """,
    ),
)

group_for_each = wrong(
    "an optimizer that makes a group of each parameter",
    "One list is one group: schedulers and state_dict count the groups.",
    replace(
        'super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})',
        """
        chosen: Any = list(params)
        if not isinstance(chosen[0], dict):
            chosen = [{"params": [p]} for p in chosen]
        super().__init__(chosen, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
    """,
    ),
)

flattens_groups = wrong(
    "an optimizer that puts the parameters of all groups into one",
    "Groups have settings of their own, which would be lost.",
    replace(
        'super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})',
        """
        chosen: Any = list(params)
        if isinstance(chosen[0], dict):
            chosen = [p for group in chosen for p in group["params"]]
        super().__init__(chosen, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
    """,
    ),
)

overwrites_groups = wrong(
    "an optimizer that overwrites the settings that a group has of its own",
    "A group's own settings win: the base class puts in only those that are missing.",
    insert(
        """
        for group in self.param_groups:
            group["lr"], group["momentum"], group["weight_decay"] = lr, momentum, weight_decay
    """,
        after='super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})',
    ),
)

overwrites_lr = wrong(
    "an optimizer that overwrites the learning rate that a group has of its own",
    "A group's own settings win: the base class puts in only those that are missing.",
    insert(
        """
        for group in self.param_groups:
            group["lr"] = lr
    """,
        after='super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})',
    ),
)

settings_put_in_by_hand = wrong(
    "an optimizer that puts its settings into the groups by hand, and has no defaults",
    "A group that is added later gets its settings from the defaults that were handed to the base class.",
    replace(
        'super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})',
        """
        super().__init__(params, {})
        for group in self.param_groups:
            group.setdefault("lr", lr)
            group.setdefault("momentum", momentum)
            group.setdefault("weight_decay", weight_decay)
    """,
    ),
)

first_group_by_hand = wrong(
    "an optimizer that puts its settings into the first group only",
    "Every group has a value for each setting; the base class sees to it where it is given the defaults.",
    replace(
        'super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})',
        """
        super().__init__(params, {})
        self.param_groups[0].setdefault("lr", lr)
        self.param_groups[0].setdefault("momentum", momentum)
        self.param_groups[0].setdefault("weight_decay", weight_decay)
    """,
    ),
)

accepts_empty = wrong(
    "an optimizer that accepts an empty list",
    "An optimizer of nothing is a mistake of the caller's, most often a generator that was used up: the base class refuses it.",
    replace(
        'super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})',
        """
        chosen: Any = list(params)
        if not chosen:
            chosen = [nn.Parameter(torch.zeros(1))]
        super().__init__(chosen, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
    """,
    ),
)

clears_gradients = wrong(
    "an optimizer that clears the gradients when it is made",
    "Gradients are left as they are until somebody asks for zero_grad.",
    insert(
        "self.zero_grad()",
        after='super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})',
    ),
)

zeroes_gradients = same_as(
    clears_gradients,
    insert(
        "self.zero_grad(set_to_none=False)",
        after='super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})',
    ),
)

unfreezes_all = wrong(
    "an optimizer that lets all its parameters take gradients",
    "The caller froze the parameter on purpose: requires_grad stays as it is.",
    insert(
        """
        for group in self.param_groups:
            for p in group["params"]:
                p.requires_grad_(True)
    """,
        after='super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})',
    ),
)

steps_at_once = wrong(
    "an optimizer that takes a step when it is made",
    "Making an optimizer moves nothing: the first step comes when it is asked for.",
    insert(
        "self.step()", after='super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})'
    ),
)

zeroes_parameters = wrong(
    "an optimizer that sets the parameters to zero",
    "The parameters are the network's: making an optimizer moves nothing.",
    insert(
        """
        with torch.no_grad():
            for group in self.param_groups:
                for p in group["params"]:
                    p.zero_()
    """,
        after='super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})',
    ),
)

sets_a_seed = wrong(
    "an optimizer that sets a seed or draws random numbers",
    "Nothing about it is random, and seeds are the caller's business.",
    insert(
        """
        torch.manual_seed(0)
        torch.rand(1)
    """,
        after='for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay))',
    ),
)

shared_defaults = wrong(
    "an optimizer whose groups all get the settings of the last one made",
    "What is kept in the class or the module is one thing for all optimizers. Settings belong into each one's own groups.",
    insert(
        """
        kind: Any = SGD
        kind.all_groups = [*getattr(kind, "all_groups", []), *self.param_groups]
        for group in kind.all_groups:
            group["lr"] = lr
    """,
        after='super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})',
    ),
)


# SGD.step


exercise("SGD.step")

nothing_moves = wrong(
    "an optimizer that assigns to the name in its loop, and moves nothing",
    "The name in a loop is only a name: to assign to it makes it stand for another tensor, and the parameter stays what it was. The numbers inside the parameter must change.",
    replace('parameter.sub_(group["lr"] * slope)', 'parameter = parameter - group["lr"] * slope'),
)

copy_moves = wrong(
    "an optimizer that changes a copy, and moves nothing",
    "A clone, and what a method without _ at its end returns, are new tensors. The numbers inside the parameter must change.",
    replace('parameter.sub_(group["lr"] * slope)', 'parameter.clone().sub_(group["lr"] * slope)'),
)

result_dropped = same_as(
    copy_moves, replace('parameter.sub_(group["lr"] * slope)', 'parameter.sub(group["lr"] * slope)')
)

closure_for_each_parameter = wrong(
    "an optimizer that calls its closure once for each parameter",
    "The closure computes the loss and all gradients: it runs once in a step, before anything moves.",
    drop("""
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
    """),
    insert(
        """
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        """,
        after='for parameter in group["params"]:',
    ),
)

closure_without_gradients = wrong(
    "an optimizer that calls its closure as the caller records, or does not",
    "The caller may be in no_grad: then the closure's loss has no graph, and its backward fails. Switch the recording on for it.",
    unwrap("with torch.enable_grad():"),
)

first_groups_parameters = wrong(
    "an optimizer that moves the first group's parameters once for each group",
    "Each group holds its own parameters: they are those of the group that the loop is at.",
    replace('for parameter in group["params"]', 'for parameter in self.param_groups[0]["params"]'),
)

moves_with_momentum_only = wrong(
    "an optimizer that moves only where there is momentum",
    "The step itself belongs to both cases: with momentum and without. Does its line stand a level too deep?",
    replace('parameter.sub_(group["lr"] * slope)', 'parameter.sub_(group["lr"] * slope * (group["momentum"] != 0))'),
)

does_nothing = wrong(
    "an optimizer that moves nothing",
    "No line changes the numbers inside the parameters, or none that does is ever reached.",
    body("return closure() if closure is not None else None"),
)

changes_no_parameter = same_as(does_nothing, drop('parameter.sub_(group["lr"] * slope)'))

calls_super = wrong(
    "an optimizer that leaves the step to its base class",
    "Optimizer itself does not know how to step: that is what each optimizer adds.",
    body("return super(SGD, self).step(closure)"),
)

new_data = wrong(
    "an optimizer that gives parameters new memory",
    "The numbers may be shared: by views, by other processes, by tied copies. In-place operations change them where they are; a new tensor in .data leaves all these behind.",
    replace('parameter.sub_(group["lr"] * slope)', 'parameter.data = parameter.data - group["lr"] * slope'),
)

new_data_double_minus = same_as(
    new_data, replace('parameter.sub_(group["lr"] * slope)', 'parameter.data = parameter - group["lr"] * slope')
)

new_parameters = wrong(
    "an optimizer that puts new parameters into its groups",
    "The network goes on with the old objects, and never learns: their numbers must change.",
    replace(
        'parameter.sub_(group["lr"] * slope)',
        """
        index = next(i for i, one in enumerate(group["params"]) if one is parameter)
        group["params"][index] = nn.Parameter(parameter - group["lr"] * slope)
    """,
    ),
)

recorded = wrong(
    "an optimizer that lets its update be recorded",
    "A parameter that takes gradients may not be changed in place while torch records: the update is no part of any graph.",
    unwrap("with torch.no_grad():"),
)

recorded_minus_equals = same_as(
    recorded,
    body("""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                slope = parameter.grad + group["weight_decay"] * parameter
                if group["momentum"] != 0:
                    state = self.state[parameter]
                    slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)
                parameter -= group["lr"] * slope
        return loss
    """),
)

buffers_with_graph = wrong(
    "an optimizer whose buffers carry a graph",
    "Computed from the weights while torch records, each buffer leads back to the one before, and to the one before that: memory grows with every step.",
    body("""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                slope = parameter.grad + group["weight_decay"] * parameter
                if group["momentum"] != 0:
                    state = self.state[parameter]
                    slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)
                parameter.data.sub_(group["lr"] * slope.detach())
        return loss
    """),
)

buffers_with_graph_data = same_as(
    buffers_with_graph,
    body("""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                slope = parameter.grad + group["weight_decay"] * parameter
                if group["momentum"] != 0:
                    state = self.state[parameter]
                    slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)
                with torch.no_grad():
                    parameter.sub_(group["lr"] * slope)
        return loss
    """),
)

uphill_sgd = wrong(
    "an optimizer that goes uphill",
    "The gradient points where the loss grows: the step goes against it.",
    replace('parameter.sub_(group["lr"] * slope)', 'parameter.add_(group["lr"] * slope)'),
)

no_lr = wrong(
    "an optimizer without the learning rate",
    "A step is the learning rate times the buffer: without it, it is far too long.",
    replace('group["lr"] * slope', "slope"),
)

lr_squared = wrong(
    "an optimizer that multiplies with the learning rate twice",
    "The learning rate comes into a step once.",
    replace('parameter.sub_(group["lr"] * slope)', 'parameter.sub_(group["lr"] * group["lr"] * slope)'),
)

divides_by_lr = wrong(
    "an optimizer that divides by the learning rate",
    "A smaller learning rate must give a smaller step.",
    replace('group["lr"] *', 'slope / group["lr"] if group["lr"] else'),
)

own_lr_in_step = wrong(
    "an optimizer with a learning rate of its own in its step",
    "How far to go is a setting of the group.",
    replace('group["lr"]', "0.01"),
)

lr_of_defaults = wrong(
    "an optimizer that takes the learning rate of the defaults instead of the group's",
    "Defaults are only what a group has where it has nothing else. Each group has its own lr, and schedulers change it there.",
    replace('group["lr"]', 'self.defaults["lr"]'),
)

momentum_of_defaults = wrong(
    "an optimizer that takes the momentum of the defaults instead of the group's",
    "Defaults are only what a group has where it has nothing else. Each group has its own momentum.",
    replace('group["momentum"]', 'self.defaults["momentum"]', everywhere=True),
)

decay_of_defaults = wrong(
    "an optimizer that takes the weight decay of the defaults instead of the group's",
    "Defaults are only what a group has where it has nothing else. Each group has its own weight decay.",
    replace('group["weight_decay"]', 'self.defaults["weight_decay"]'),
)

all_of_defaults = wrong(
    "an optimizer that takes all settings of the defaults instead of the groups'",
    "Defaults are only what a group has where it has nothing else. Each group has its own settings, and schedulers change them there.",
    insert("group = {**group, **self.defaults}", after="for group in self.param_groups:"),
)

settings_of_first_group = wrong(
    "an optimizer that takes the settings of the first group for all",
    "Each group has its own settings.",
    insert('group = {**self.param_groups[0], "params": group["params"]}', after="for group in self.param_groups:"),
)

settings_of_last_group = wrong(
    "an optimizer that takes the settings of the last group for all",
    "Each group has its own settings.",
    insert('group = {**self.param_groups[-1], "params": group["params"]}', after="for group in self.param_groups:"),
)

first_group_only = wrong(
    "an optimizer that moves the first group only",
    "Every group has its parameters: iterate over all of them. A `return` inside the loop ends the whole step.",
    replace("self.param_groups:", "self.param_groups[:1]:"),
)

last_group_only = wrong(
    "an optimizer that moves the last group only",
    "Every group has its parameters: iterate over all of them. Is the inner loop inside the outer one?",
    replace("self.param_groups:", "self.param_groups[-1:]:"),
)

first_parameter_only = wrong(
    "an optimizer that moves the first parameter of a group only",
    "Every parameter of the group moves. Does the loop end too early?",
    replace('group["params"]:', 'group["params"][:1]:'),
)

last_parameter_only = wrong(
    "an optimizer that moves the last parameter of a group only",
    "Every parameter of the group moves. Does the update stand inside the loop?",
    replace('group["params"]:', 'group["params"][-1:]:'),
)

returns_in_loop = wrong(
    "an optimizer that returns after its first parameter",
    "`return` inside the loop ends the whole step: it belongs behind all loops.",
    insert("return loss", after='parameter.sub_(group["lr"] * slope)'),
)

returns_after_first_group = same_as(first_group_only, insert("return loss", after='for parameter in group["params"]'))

breaks_at_none = wrong(
    "an optimizer that stops at the first parameter without gradient",
    "The parameters behind it have gradients: leave out this one only, and go on.",
    replace("continue", "break"),
)

returns_at_none = same_as(breaks_at_none, replace("continue", "return loss"))

moves_twice = wrong(
    "an optimizer that moves every parameter twice in one step",
    "One call of step is one update.",
    insert('parameter.sub_(group["lr"] * slope)', after='parameter.sub_(group["lr"] * slope)'),
)

half_step = wrong(
    "an optimizer that goes half as far",
    "A step is the learning rate times the buffer, and nothing else.",
    replace('parameter.sub_(group["lr"] * slope)', 'parameter.sub_(0.5 * group["lr"] * slope)'),
)

mean_gradient = wrong(
    "an optimizer that moves all numbers of a tensor alike",
    "Every number has its own gradient.",
    replace('parameter.sub_(group["lr"] * slope)', 'parameter.sub_(group["lr"] * slope.mean())'),
)

sign_of_gradient = wrong(
    "an optimizer that follows the sign of the gradient only",
    "How steep it is decides how far to go.",
    replace('parameter.sub_(group["lr"] * slope)', 'parameter.sub_(group["lr"] * slope.sign())'),
)

normalised = wrong(
    "an optimizer that makes all gradients equally long",
    "How steep it is decides how far to go.",
    replace('parameter.sub_(group["lr"] * slope)', 'parameter.sub_(group["lr"] * slope / slope.norm())'),
)

clipped = wrong(
    "an optimizer that clips gradients",
    "Gradients are used as they are.",
    replace(
        'slope = parameter.grad + group["weight_decay"]',
        'slope = parameter.grad.clamp(-0.1, 0.1) + group["weight_decay"]',
    ),
)

matrices_only = wrong(
    "an optimizer that moves matrices only",
    "Biases and single numbers are parameters too.",
    replace(
        'parameter.sub_(group["lr"] * slope)',
        """
        if parameter.dim() > 1:
            parameter.sub_(group["lr"] * slope)
    """,
    ),
)

adam_like = wrong(
    "an optimizer that divides by the size of the gradients, as RMSprop and Adam do",
    "Here the step is the learning rate times the buffer.",
    replace(
        'parameter.sub_(group["lr"] * slope)',
        'parameter.sub_(group["lr"] * slope / (parameter.grad.pow(2).sqrt() + 1e-8))',
    ),
)

no_decay = wrong(
    "an optimizer without weight decay",
    "Weight decay is part of the slope: it comes to the gradient before momentum and learning rate do.",
    replace('parameter.grad + group["weight_decay"] * parameter', "parameter.grad"),
)

decay_without_momentum_only = wrong(
    "an optimizer whose weight decay is lost where there is momentum",
    "Weight decay is part of the slope: it comes to the gradient before momentum and learning rate do. Both may be on at once.",
    body("""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        with torch.no_grad():
            for group in self.param_groups:
                for parameter in group["params"]:
                    if parameter.grad is None:
                        continue
                    if group["momentum"] != 0:
                        state = self.state[parameter]
                        slope = state["buffer"] = parameter.grad + group["momentum"] * state.get("buffer", 0.0)
                    else:
                        slope = parameter.grad + group["weight_decay"] * parameter
                    parameter.sub_(group["lr"] * slope)
        return loss
    """),
)

momentum_without_decay_only = wrong(
    "an optimizer whose momentum is lost where there is weight decay",
    "Both may be on at once: `elif` takes only one of them.",
    body("""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        with torch.no_grad():
            for group in self.param_groups:
                for parameter in group["params"]:
                    if parameter.grad is None:
                        continue
                    if group["weight_decay"]:
                        slope = parameter.grad + group["weight_decay"] * parameter
                    elif group["momentum"] != 0:
                        state = self.state[parameter]
                        slope = state["buffer"] = parameter.grad + group["momentum"] * state.get("buffer", 0.0)
                    else:
                        slope = parameter.grad
                    parameter.sub_(group["lr"] * slope)
        return loss
    """),
)

decoupled = wrong(
    "an optimizer whose weight decay goes past the buffer",
    "Weight decay is part of the slope: it comes to the gradient before momentum and learning rate do. Beside the buffer it is another method, known from AdamW.",
    replace('parameter.grad + group["weight_decay"] * parameter', "parameter.grad.clone()"),
    replace(
        'parameter.sub_(group["lr"] * slope)',
        'parameter.sub_(group["lr"] * (slope + group["weight_decay"] * parameter))',
    ),
)

decoupled_first = same_as(
    decoupled,
    replace('parameter.grad + group["weight_decay"] * parameter', "parameter.grad.clone()"),
    insert('parameter.mul_(1 - group["lr"] * group["weight_decay"])', after='if group["momentum"] != 0'),
)

decoupled_after = wrong(
    "an optimizer that shrinks the weights after the step",
    "Weight decay is part of the slope: it comes to the gradient before momentum and learning rate do.",
    replace('parameter.grad + group["weight_decay"] * parameter', "parameter.grad.clone()"),
    insert('parameter.mul_(1 - group["lr"] * group["weight_decay"])', after='parameter.sub_(group["lr"] * slope)'),
)

decoupled_no_lr = wrong(
    "an optimizer that shrinks the weights without the learning rate",
    "Weight decay is part of the slope: it comes to the gradient before momentum and learning rate do.",
    replace('parameter.grad + group["weight_decay"] * parameter', "parameter.grad.clone()"),
    insert('parameter.mul_(1 - group["weight_decay"])', after='if group["momentum"] != 0'),
)

decay_not_scaled = same_as(
    decoupled_no_lr,
    replace('parameter.grad + group["weight_decay"] * parameter', "parameter.grad.clone()"),
    replace(
        'parameter.sub_(group["lr"] * slope)', 'parameter.sub_(group["lr"] * slope + group["weight_decay"] * parameter)'
    ),
)

decoupled_after_no_lr = same_as(
    decoupled_no_lr,
    replace('parameter.grad + group["weight_decay"] * parameter', "parameter.grad.clone()"),
    insert('parameter.mul_(1 - group["weight_decay"])', after='parameter.sub_(group["lr"] * slope)'),
)

decay_sign = wrong(
    "an optimizer whose weight decay makes weights larger",
    "Weight decay pulls towards zero: in the slope it has the weight's own sign, and the step goes against the slope.",
    replace('slope = parameter.grad + group["weight_decay"] *', 'slope = parameter.grad - group["weight_decay"] *'),
)

decay_l1 = wrong(
    "an optimizer that pulls all weights alike, whatever their size",
    "Weight decay pulls harder the larger a weight is: it is the weight itself that counts, not its sign.",
    replace('group["weight_decay"] * parameter', 'group["weight_decay"] * parameter.sign()'),
)

decay_squared = wrong(
    "an optimizer whose weight decay goes with the square of the weight",
    "The square of the weight stands in the loss; its slope goes with the weight itself.",
    replace('group["weight_decay"] * parameter', 'group["weight_decay"] * parameter * parameter'),
)

decay_doubled = wrong(
    "an optimizer whose weight decay is twice as strong",
    "The 2 of the derivative belongs to a penalty without a half before it. Here the slope gets weight_decay times the weight.",
    replace('parameter.grad + group["weight_decay"]', 'parameter.grad + 2 * group["weight_decay"]'),
)

decay_halved = wrong(
    "an optimizer whose weight decay is half as strong",
    "The slope gets weight_decay times the weight, and no half of it.",
    replace('parameter.grad + group["weight_decay"]', 'parameter.grad + 0.5 * group["weight_decay"]'),
)

decay_of_gradient = wrong(
    "an optimizer whose weight decay goes with the gradient",
    "What is to shrink is the weight.",
    replace('group["weight_decay"] * parameter', 'group["weight_decay"] * parameter.grad'),
)

decay_alone = wrong(
    "an optimizer that multiplies the gradient with the weight decay",
    "Weight decay adds to the gradient: with 0, nothing would move.",
    replace('parameter.grad + group["weight_decay"] * parameter', 'group["weight_decay"] * parameter.grad'),
)

decay_constant = wrong(
    "an optimizer that adds the weight decay itself to the gradient",
    "Weight decay pulls harder the larger a weight is: it is multiplied with the weight.",
    replace('group["weight_decay"] * parameter', 'group["weight_decay"]'),
)

decay_norm = wrong(
    "an optimizer whose weight decay goes with the length of the whole tensor",
    "Every weight is pulled by its own size.",
    replace('group["weight_decay"] * parameter', 'group["weight_decay"] * parameter.norm()'),
)

decay_lr_too_early = wrong(
    "an optimizer whose weight decay meets the learning rate twice",
    "The learning rate comes in once, at the end, for gradient and weight decay alike.",
    replace('group["weight_decay"]', 'group["lr"] * group["weight_decay"]'),
)

decay_spares_biases = wrong(
    "an optimizer whose weight decay spares biases",
    "A caller who wants that puts the biases into a group of their own: the step treats all parameters alike.",
    replace('group["weight_decay"] * parameter', '(group["weight_decay"] * parameter if parameter.dim() > 1 else 0.0)'),
)

decay_in_grad = wrong(
    "an optimizer that adds weight decay into .grad",
    "Gradients are only read: a caller who looks at them after the step, or accumulates more, would find the weights in them.",
    replace(
        'slope = parameter.grad + group["weight_decay"] * parameter',
        """
        if group["weight_decay"]:
            parameter.grad.add_(parameter, alpha=group["weight_decay"])
        slope = parameter.grad.clone()
    """,
    ),
)

decay_in_grad_alias = same_as(
    decay_in_grad,
    replace(
        'slope = parameter.grad + group["weight_decay"] * parameter',
        """
        slope = parameter.grad
        if group["weight_decay"]:
            slope.add_(parameter, alpha=group["weight_decay"])
        slope = slope.clone()
    """,
    ),
)

decay_in_grad_assigned = same_as(
    decay_in_grad,
    replace(
        'slope = parameter.grad + group["weight_decay"] * parameter',
        """
        parameter.grad = parameter.grad + group["weight_decay"] * parameter
        slope = parameter.grad.clone()
    """,
    ),
)

decay_forgets_first = wrong(
    "an optimizer whose first buffer has no weight decay in it",
    "The first buffer is the slope: gradient and weight decay.",
    replace(
        'slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)',
        """
        if "buffer" not in state:
            state["buffer"] = parameter.grad.clone()
        else:
            state["buffer"] = group["momentum"] * state["buffer"] + slope
        slope = state["buffer"]
    """,
    ),
)

decay_forgets_later = wrong(
    "an optimizer that has weight decay in its first buffer only",
    "Every slope has weight decay in it, the later ones too.",
    replace(
        'slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)',
        """
        if "buffer" not in state:
            state["buffer"] = slope
        else:
            state["buffer"] = group["momentum"] * state["buffer"] + parameter.grad
        slope = state["buffer"]
    """,
    ),
)

decay_on_buffer = wrong(
    "an optimizer whose weight decay works on the buffer",
    "Weight decay is part of the slope: it comes to the gradient before momentum and learning rate do.",
    body("""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        with torch.no_grad():
            for group in self.param_groups:
                for parameter in group["params"]:
                    if parameter.grad is None:
                        continue
                    slope = parameter.grad.clone()
                    if group["momentum"] != 0:
                        state = self.state[parameter]
                        slope = state["buffer"] = parameter.grad + group["momentum"] * state.get("buffer", 0.0)
                        slope = slope + group["weight_decay"] * slope
                    else:
                        slope = slope + group["weight_decay"] * parameter
                    parameter.sub_(group["lr"] * slope)
        return loss
    """),
)

decay_after_momentum = same_as(
    decoupled,
    body("""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        with torch.no_grad():
            for group in self.param_groups:
                for parameter in group["params"]:
                    if parameter.grad is None:
                        continue
                    slope = parameter.grad
                    if group["momentum"] != 0:
                        state = self.state[parameter]
                        slope = state["buffer"] = parameter.grad + group["momentum"] * state.get("buffer", 0.0)
                    slope = slope + group["weight_decay"] * parameter
                    parameter.sub_(group["lr"] * slope)
        return loss
    """),
)

zeroes_grad_inside = wrong(
    "an optimizer that clears the gradients in its step",
    "When gradients are cleared is for the caller to say: with zero_grad. The step only reads them.",
    insert("parameter.grad.zero_()", after='parameter.sub_(group["lr"] * slope)'),
)

drops_grad_inside = same_as(
    zeroes_grad_inside, insert("parameter.grad = None", after='parameter.sub_(group["lr"] * slope)')
)

zero_grad_at_end = same_as(zeroes_grad_inside, insert("self.zero_grad()", after="for group in self.param_groups"))

zero_grad_first = wrong(
    "an optimizer that clears the gradients before it uses them",
    "Without gradients there is nothing to follow: when they are cleared is for the caller to say.",
    insert("self.zero_grad()", after="with torch.no_grad():"),
)

scales_grad_in_place = wrong(
    "an optimizer that multiplies .grad with the learning rate in place",
    "Gradients are only read: a caller who looks at them after the step, or accumulates more, would find other numbers.",
    insert('parameter.grad.mul_(group["lr"])', after='parameter.sub_(group["lr"] * slope)'),
)

uses_grad_as_workspace = same_as(
    scales_grad_in_place,
    replace(
        """
        slope = parameter.grad + group["weight_decay"] * parameter
        if group["momentum"] != 0:
            state = self.state[parameter]
            slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)
        parameter.sub_(group["lr"] * slope)
    """,
        """
        if group["weight_decay"] or group["momentum"]:
            slope = parameter.grad + group["weight_decay"] * parameter
            if group["momentum"] != 0:
                state = self.state[parameter]
                slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)
            parameter.sub_(group["lr"] * slope)
            parameter.grad.mul_(group["lr"])
        else:
            parameter.sub_(parameter.grad.mul_(group["lr"]))
    """,
    ),
)

buffer_into_grad = wrong(
    "an optimizer that writes the buffer into .grad",
    "Gradients are only read: a caller who looks at them after the step would find the buffer there.",
    insert("parameter.grad.copy_(slope)", after='parameter.sub_(group["lr"] * slope)'),
)

no_momentum = wrong(
    "an optimizer without momentum",
    "The buffer remembers the steps before; without it every step is on its own. Is it kept, and looked up again in the next step?",
    drop('if group["momentum"] != 0'),
)

buffer_not_kept = same_as(
    no_momentum,
    replace(
        """
        state = self.state[parameter]
        slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)
    """,
        """
        buffer = torch.zeros_like(parameter)
        buffer = group["momentum"] * buffer + slope
        slope = buffer
    """,
    ),
)

buffer_made_anew = same_as(
    no_momentum,
    replace(
        """
        state = self.state[parameter]
        slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)
    """,
        """
        self.state[parameter]["buffer"] = torch.zeros_like(parameter)
        self.state[parameter]["buffer"].mul_(group["momentum"]).add_(slope)
        slope = self.state[parameter]["buffer"]
    """,
    ),
)

buffer_not_used = same_as(no_momentum, replace("slope = state", "state"))

buffer_stays_first = wrong(
    "an optimizer whose buffer stays what it was at first",
    "The new buffer must be kept, not only used: a name for it is gone when the loop goes on.",
    replace(
        'slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)',
        """
        if "buffer" not in state:
            state["buffer"] = slope.clone()
        else:
            slope = group["momentum"] * state["buffer"] + slope
    """,
    ),
)

buffer_is_last_slope = wrong(
    "an optimizer whose buffer is only the slope of the step before",
    "The buffer is built up from all steps before: what is kept must be the new buffer.",
    replace(
        """
        slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)
        """,
        """
        last = state.get("buffer", 0.0)
        state["buffer"] = slope
        slope = slope + group["momentum"] * last
        """,
    ),
)

ema = wrong(
    "an optimizer that takes an average of old buffer and new slope",
    "With 1 - momentum before the slope (called dampening) every step is shorter. Here the whole slope comes to the buffer.",
    replace(
        'slope = state["buffer"] = slope + group["momentum"] * state',
        'slope = state["buffer"] = (1 - group["momentum"]) * slope + group["momentum"] * state',
    ),
)

ema_after_first = wrong(
    "an optimizer that, after its first step, takes an average of old buffer and new slope",
    "With 1 - momentum before the slope (called dampening) every step is shorter. Here the whole slope comes to the buffer.",
    replace(
        'slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)',
        """
        if "buffer" in state:
            slope = (1 - group["momentum"]) * slope + group["momentum"] * state["buffer"]
        state["buffer"] = slope
    """,
    ),
)

ema_swapped = wrong(
    "an optimizer that takes an average with the weights exchanged",
    "The old buffer is multiplied with momentum, and the slope is added as it is.",
    replace('slope + group["momentum"]', 'group["momentum"] * slope + (1 - group["momentum"])'),
)

momentum_on_slope = wrong(
    "an optimizer that multiplies the slope with momentum instead of the buffer",
    "momentum says how much of the old buffer goes on; the new slope comes to it in full.",
    replace('slope + group["momentum"] *', 'group["momentum"] * slope +'),
)

momentum_on_both = wrong(
    "an optimizer that multiplies old buffer and new slope with momentum",
    "momentum says how much of the old buffer goes on; the new slope comes to it in full.",
    replace(
        'state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)',
        'state["buffer"] = group["momentum"] * (slope + state.get("buffer", 0.0))',
    ),
)

momentum_as_one = wrong(
    "an optimizer whose old buffer goes on in full",
    "momentum says how much of the old buffer goes on; without it, old slopes would count for ever.",
    replace(
        'state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)',
        'state["buffer"] = slope + state.get("buffer", 0.0)',
    ),
)

momentum_of_0_9 = wrong(
    "an optimizer with a momentum of its own",
    "How much of the old buffer goes on is a setting of the group.",
    replace('slope + group["momentum"] * state', "slope + 0.9 * state"),
)

momentum_squared = wrong(
    "an optimizer that multiplies the buffer with momentum twice",
    "The old buffer is multiplied with momentum once in a step.",
    replace(
        'slope + group["momentum"] * state.get("buffer", 0.0)',
        'slope + group["momentum"] * group["momentum"] * state.get("buffer", 0.0)',
    ),
)

first_with_momentum = wrong(
    "an optimizer that multiplies its first slope with momentum",
    "The first buffer is the slope itself.",
    replace(
        'slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)',
        """
        if "buffer" not in state:
            state["buffer"] = group["momentum"] * slope
        else:
            state["buffer"] = group["momentum"] * state["buffer"] + slope
        slope = state["buffer"]
    """,
    ),
)

first_counted_twice = wrong(
    "an optimizer whose first buffer gets its slope twice",
    "The first buffer is the slope itself: either it starts there, or it starts at zero and the slope is added.",
    replace(
        'slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)',
        """
        if "buffer" not in state:
            state["buffer"] = slope.clone()
        slope = state["buffer"] = group["momentum"] * state["buffer"] + slope
    """,
    ),
)

first_is_zero = wrong(
    "an optimizer whose first step with momentum moves nothing",
    "The first buffer is the slope, not zero.",
    replace(
        'slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)',
        """
        if "buffer" not in state:
            state["buffer"] = torch.zeros_like(parameter)
        else:
            state["buffer"] = group["momentum"] * state["buffer"] + slope
        slope = state["buffer"]
    """,
    ),
)

old_buffer_used = wrong(
    "an optimizer that moves by the old buffer",
    "The new buffer is what the weight moves by: make it first, then move.",
    replace(
        'slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)',
        """
        old = state.get("buffer", torch.zeros_like(parameter))
        state["buffer"] = group["momentum"] * old + slope
        slope = old
    """,
    ),
)

nesterov = wrong(
    "an optimizer that looks one step ahead, as Nesterov's momentum does",
    "Here the weight moves by the buffer itself, not by slope and buffer together.",
    replace(
        'slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)',
        """
        buffer = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)
        slope = slope + group["momentum"] * buffer
    """,
    ),
)

slope_and_buffer = wrong(
    "an optimizer that moves by slope and buffer together",
    "The slope is in the new buffer already.",
    replace(
        'slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)',
        """
        buffer = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)
        slope = slope + buffer
    """,
    ),
)

buffer_times_momentum = wrong(
    "an optimizer that multiplies the new buffer with momentum before it moves",
    "The weight moves by the learning rate times the new buffer.",
    insert(
        'slope = group["momentum"] * slope',
        after='slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)',
    ),
)

momentum_minus = wrong(
    "an optimizer whose buffer goes against the slope",
    "Old buffer and slope point the same way: they are added.",
    replace("slope + group", "slope - group"),
)

buffer_minus_slope = wrong(
    "an optimizer that takes the slope off the buffer",
    "Where the step goes against the buffer, old buffer and slope must be added.",
    replace(
        'slope + group["momentum"] * state.get("buffer", 0.0)', 'group["momentum"] * state.get("buffer", 0.0) - slope'
    ),
)

lr_in_buffer = wrong(
    "an optimizer with the learning rate inside its buffer",
    "As long as lr stays the same nothing shows; where it changes, the old steps go on with the old rate. Here lr is multiplied when the weight moves.",
    body("""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        with torch.no_grad():
            for group in self.param_groups:
                for parameter in group["params"]:
                    if parameter.grad is None:
                        continue
                    slope = parameter.grad + group["weight_decay"] * parameter
                    if group["momentum"] != 0:
                        state = self.state[parameter]
                        slope = state["buffer"] = group["lr"] * slope + group["momentum"] * state.get("buffer", 0.0)
                        parameter.sub_(slope)
                    else:
                        parameter.sub_(group["lr"] * slope)
        return loss
    """),
)

velocity = same_as(
    lr_in_buffer,
    replace(
        """
        if group["momentum"] != 0:
            state = self.state[parameter]
            slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)
        parameter.sub_(group["lr"] * slope)
    """,
        """
        state = self.state[parameter]
        state["velocity"] = group["momentum"] * state.get("velocity", 0.0) - group["lr"] * slope
        parameter.add_(state["velocity"])
    """,
    ),
)

lr_in_buffer_twice = wrong(
    "an optimizer with the learning rate inside its buffer, and once more before it",
    "The learning rate comes in once, when the weight moves.",
    replace(
        'slope = state["buffer"] = slope + group["momentum"] * state',
        'slope = state["buffer"] = group["lr"] * slope + group["momentum"] * state',
    ),
)

lr_on_momentum = wrong(
    "an optimizer that multiplies the old buffer with the learning rate",
    "The old buffer goes on with momentum, and the learning rate comes in when the weight moves.",
    replace('slope + group["momentum"] * state', 'slope + group["lr"] * group["momentum"] * state'),
)

weights_as_buffer = wrong(
    "an optimizer that begins with the weights as buffer",
    "The first buffer is the slope.",
    replace(
        'slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)',
        """
        if "buffer" not in state:
            state["buffer"] = parameter.detach().clone()
        slope = state["buffer"] = group["momentum"] * state["buffer"] + slope
    """,
    ),
)

ones_as_buffer = wrong(
    "an optimizer that begins with ones as buffer",
    "The first buffer is the slope.",
    replace(
        'slope + group["momentum"] * state.get("buffer", 0.0)',
        'group["momentum"] * state.get("buffer", torch.ones_like(parameter)) + slope',
    ),
)

momentum_without_gradient = wrong(
    "an optimizer that goes on moving where the gradient is None",
    "Neither a parameter without gradient nor its buffer changes: it took no part in this step.",
    replace("is None:", 'is None and "buffer" not in self.state[parameter]:'),
    replace(
        "slope = parameter.grad + group",
        "slope = (torch.zeros_like(parameter) if parameter.grad is None else parameter.grad) + group",
    ),
)

none_as_zero = wrong(
    "an optimizer that takes a missing gradient for zero",
    "None says that the parameter took no part: neither weight decay nor momentum may move it.",
    replace(
        """
        if parameter.grad is None:
            continue
        slope = parameter.grad + group["weight_decay"] * parameter
    """,
        'slope = (torch.zeros_like(parameter) if parameter.grad is None else parameter.grad) + group["weight_decay"] * parameter',
    ),
)

decays_without_gradient = wrong(
    "an optimizer whose weight decay moves parameters without gradient",
    "None says that the parameter took no part: weight decay leaves it alone too.",
    insert('parameter.sub_(group["lr"] * group["weight_decay"] * parameter)', after="if parameter.grad is None:"),
)

forgets_at_none = wrong(
    "an optimizer that drops the buffer where the gradient is None",
    "A parameter without gradient is left alone, and its buffer too: it goes on where it was.",
    insert('self.state[parameter].pop("buffer", None)', after="if parameter.grad is None:"),
)

crashes_at_none = wrong(
    "an optimizer that counts on every gradient to be there",
    "A parameter that took no part, or is frozen, has None for its gradient: it is to be left out.",
    drop("if parameter.grad is None:"),
)

late_gradient = wrong(
    "an optimizer that makes buffers in its first step only",
    "A parameter may get its first gradient later, and a group may be added: whether a buffer is there must be asked of each parameter, each time.",
    insert("first = len(self.state) == 0", after="with torch.no_grad():"),
    replace(
        'slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)',
        """
        if first:
            state["buffer"] = torch.zeros_like(parameter)
        slope = state["buffer"] = slope + group["momentum"] * state["buffer"]
    """,
    ),
)

late_gradient_by_flag = same_as(
    late_gradient,
    insert(
        """
        first = not getattr(self, "begun", False)
        self.begun = True
    """,
        after="with torch.no_grad():",
    ),
    replace(
        """
        state = self.state[parameter]
        slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)
    """,
        """
        if first:
            self.state[parameter]["buffer"] = slope
        else:
            slope = self.state[parameter]["buffer"] = slope + group["momentum"] * self.state[parameter]["buffer"]
    """,
    ),
)

late_gradient_ignored = wrong(
    "an optimizer that lets parameters without a buffer stand still after its first step",
    "A parameter may get its first gradient later: its buffer is made then, and it moves.",
    insert("first = len(self.state) == 0", after="with torch.no_grad():"),
    replace(
        'slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)',
        """
        if first:
            state["buffer"] = slope
        elif "buffer" in state:
            slope = state["buffer"] = slope + group["momentum"] * state["buffer"]
        else:
            continue
    """,
    ),
)

by_shape = wrong(
    "an optimizer that keeps one buffer for each shape",
    "Two parameters of one shape would share a buffer: it belongs to the parameter.",
    replace("self.state[parameter]", "self.state[tuple(parameter.shape)]"),
)

by_shape_in_place = same_as(
    by_shape,
    replace(
        """
        state = self.state[parameter]
        slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)
    """,
        """
        state = self.state[tuple(parameter.shape)]
        if "buffer" not in state:
            state["buffer"] = torch.zeros_like(parameter)
        slope = state["buffer"].mul_(group["momentum"]).add_(slope)
    """,
    ),
)

one_buffer = wrong(
    "an optimizer that keeps one buffer for all its parameters",
    "Every parameter goes its own way: the buffer belongs to the parameter.",
    replace("state = self.state[parameter]", 'slope = slope + group["momentum"] * self.state.get("buffer", 0.0)'),
    replace(
        'slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)', 'self.state["buffer"] = slope'
    ),
)

one_buffer_attribute = same_as(
    one_buffer,
    replace(
        """
        state = self.state[parameter]
        slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)
    """,
        'slope = self.buffer = slope + group["momentum"] * getattr(self, "buffer", 0.0)',
    ),
)

group_buffer = same_as(
    one_buffer,
    replace(
        """
        state = self.state[parameter]
        slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)
    """,
        'slope = group["buffer"] = slope + group["momentum"] * group.get("buffer", 0.0)',
    ),
)

buffers_in_dict = wrong(
    "an optimizer whose buffers are lost when it is saved and loaded",
    "Only what is in self.state is part of state_dict: an attribute of one's own stays behind, and training goes on without momentum.",
    replace(
        """
        state = self.state[parameter]
        slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)
    """,
        """
        if not hasattr(self, "buffers"):
            self.buffers = {}
        slope = self.buffers[parameter] = slope + group["momentum"] * self.buffers.get(parameter, 0.0)
    """,
    ),
)

buffer_on_parameter = same_as(
    buffers_in_dict,
    replace(
        """
        state = self.state[parameter]
        slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)
    """,
        'slope = parameter.momentum_buffer = slope + group["momentum"] * getattr(parameter, "momentum_buffer", 0.0)',
    ),
)

buffers_by_id = same_as(
    buffers_in_dict,
    replace("state = self.state[parameter]", 'buffers = self.state["buffers"]'),
    replace(
        'slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)',
        'slope = buffers[id(parameter)] = slope + group["momentum"] * buffers.get(id(parameter), 0.0)',
    ),
)

by_place = wrong(
    "an optimizer that finds its buffers by counting gradients",
    "Where one gradient is missing, all places behind it shift: the buffer belongs to the parameter.",
    insert("count = 0", after="with torch.no_grad():"),
    replace("self.state[parameter]", "self.state[count]"),
    insert("count += 1", after='slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)'),
)

alias = wrong(
    "an optimizer whose buffer is the gradient itself",
    "The first buffer must be a copy: as the very same tensor it changes whenever the gradient does, and the gradient with it.",
    replace(
        'slope = parameter.grad + group["weight_decay"] * parameter',
        """
        slope = parameter.grad
        if group["weight_decay"]:
            slope = slope + group["weight_decay"] * parameter
    """,
    ),
    replace(
        'slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)',
        """
        if "buffer" not in state:
            state["buffer"] = slope
        else:
            state["buffer"].mul_(group["momentum"]).add_(slope)
        slope = state["buffer"]
    """,
    ),
)

alias_detached = same_as(
    alias,
    replace(
        'slope = parameter.grad + group["weight_decay"]',
        'slope = parameter.grad.detach() if not group["weight_decay"] else parameter.grad + group["weight_decay"]',
    ),
    replace(
        'slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)',
        """
        if "buffer" not in state:
            state["buffer"] = slope
        else:
            state["buffer"].mul_(group["momentum"]).add_(slope)
        slope = state["buffer"]
    """,
    ),
)

alias_not_in_place = wrong(
    "an optimizer whose first buffer shares its memory with the gradient",
    "Gradients may be overwritten in their place before the next step: the first buffer must be a copy.",
    replace(
        'slope = parameter.grad + group["weight_decay"] * parameter',
        """
        slope = parameter.grad
        if group["weight_decay"]:
            slope = slope + group["weight_decay"] * parameter
    """,
    ),
    replace(
        'slope + group["momentum"] * state.get("buffer", 0.0)',
        'group["momentum"] * state["buffer"] + slope if "buffer" in state else slope',
    ),
)

freezes_moved = wrong(
    "an optimizer that freezes what it has moved",
    "Parameters must go on taking gradients: the next backward needs them.",
    insert("parameter.requires_grad_(False)", after='parameter.sub_(group["lr"] * slope)'),
)

detaches = wrong(
    "an optimizer that sets the settings of its groups to other values in its step",
    "The settings are the caller's: schedules are parts of their own.",
    insert(
        """
        for group in self.param_groups:
            group["lr"] *= 0.99
    """,
        after="for group in self.param_groups",
    ),
)

draws_random = wrong(
    "an optimizer that draws random numbers",
    "The randomness of stochastic gradient descent is in the batches: the step itself draws nothing.",
    insert("torch.rand(1)", after='parameter.sub_(group["lr"] * slope)'),
)

noisy = same_as(
    draws_random,
    replace(
        'parameter.sub_(group["lr"] * slope)',
        'parameter.sub_(group["lr"] * slope + 1e-3 * torch.randn_like(parameter))',
    ),
)

half_precision_buffer = wrong(
    "an optimizer whose buffers lose the digits of float64",
    "Buffers have the dtype of their parameter: torch.zeros_like gives it, torch.zeros does not.",
    replace(
        'slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)',
        """
        if "buffer" not in state:
            state["buffer"] = torch.zeros(parameter.shape)
        slope = state["buffer"].mul_(group["momentum"]).add_(slope)
    """,
    ),
)

computes_in_float = same_as(
    half_precision_buffer,
    replace(
        'parameter.grad + group["weight_decay"] * parameter',
        '(parameter.grad + group["weight_decay"] * parameter).float()',
    ),
)

closure_ignored = wrong(
    "an optimizer that never calls its closure",
    "A closure computes loss and gradients again: it must run once, before anything moves, and its loss is what step returns.",
    drop("loss = None"),
    drop("if closure is not None:"),
    replace("return loss", "return None"),
)

closure_returned = wrong(
    "an optimizer that returns its closure instead of calling it",
    "A closure computes loss and gradients again: it must run once, before anything moves, and its loss is what step returns.",
    drop("loss = None"),
    drop("if closure is not None:"),
    replace("return loss", "return closure"),
)

closure_without_graph = wrong(
    "an optimizer that calls its closure where nothing is recorded",
    "Under no_grad the closure's loss has no graph, and its backward fails: switch the recording on for it.",
    drop("loss = None"),
    drop("if closure is not None:"),
    insert("loss = closure() if closure is not None else None", after="with torch.no_grad():"),
)

closure_twice = wrong(
    "an optimizer that calls its closure twice",
    "A closure computes loss and gradients again: it must run once, before anything moves, and its loss is what step returns.",
    insert("closure()", after="with torch.enable_grad():"),
)

closure_after = wrong(
    "an optimizer that calls its closure after it has moved",
    "A closure computes loss and gradients again: it must run once, before anything moves, and its loss is what step returns.",
    replace("loss = closure()", "pass"),
    insert(
        """
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        """,
        before="return loss",
    ),
)

closure_before_and_after = wrong(
    "an optimizer that calls its closure before and after it moves",
    "A closure computes loss and gradients again: it must run once, before anything moves, and its loss is what step returns.",
    insert(
        """
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        """,
        before="return loss",
    ),
)

closure_result_dropped = wrong(
    "an optimizer that does not return the closure's loss",
    "A function without `return` gives back None; the caller who passed a closure wants to see its loss.",
    replace("return loss", "return None"),
)

returns_zero = wrong(
    "an optimizer that returns a number without a closure",
    "Without a closure no loss is known here: None says so.",
    replace("return loss", "return 0.0 if loss is None else loss"),
)

returns_self = wrong(
    "an optimizer that returns itself",
    "Without a closure, None is returned.",
    replace("return loss", "return self if loss is None else loss"),
)

returns_parameters = wrong(
    "an optimizer that returns its groups",
    "Without a closure, None is returned; the parameters have changed in place.",
    replace("return loss", "return self.param_groups if loss is None else loss"),
)

closure_item = wrong(
    "an optimizer that asks the closure's loss for its item",
    "A closure may return a Python float: return what it gives as it is.",
    replace("loss = closure()", "loss = closure().item()"),
)

closure_backward = wrong(
    "an optimizer that calls backward on the closure's loss",
    "The closure has computed the gradients already: its loss is only to be returned.",
    insert("loss.backward()", after="loss = closure()"),
)

closure_needed = wrong(
    "an optimizer that cannot step without a closure",
    "Mostly there is none: the gradients are there already.",
    body("""
        with torch.no_grad():
            with torch.enable_grad():
                loss = closure()
            for group in self.param_groups:
                for parameter in group["params"]:
                    if parameter.grad is None:
                        continue
                    slope = parameter.grad + group["weight_decay"] * parameter
                    if group["momentum"] != 0:
                        state = self.state[parameter]
                        slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)
                    parameter.sub_(group["lr"] * slope)
            return loss
    """),
)

closure_or_step = wrong(
    "an optimizer that does not move where it has a closure",
    "A closure only computes loss and gradients again: the update comes after it all the same.",
    insert("return loss", after="with torch.enable_grad()"),
)

zero_grad_after_closure = wrong(
    "an optimizer that clears the gradients which its closure has computed",
    "The closure sees to its gradients itself; cleared after it, nothing is left to follow.",
    insert(
        """
        if closure is not None:
            self.zero_grad()
    """,
        after="with torch.no_grad():",
    ),
)

closure_changed_sign = wrong(
    "an optimizer that returns another number than the closure's loss",
    "A closure computes loss and gradients again: it must run once, before anything moves, and its loss is what step returns.",
    replace("return loss", "return None if loss is None else 2 * loss"),
)
