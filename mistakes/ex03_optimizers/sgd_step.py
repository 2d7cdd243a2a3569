"""Lesson 3, SGD.step: how it is observed, and the bank of its wrong answers."""

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from kata.authoring import (
    GRADIENTS,
    STEPS,
    Observation,
    body,
    drop,
    exercise,
    give_gradients,
    insert,
    observes,
    replace,
    same_as,
    seeded,
    unwrap,
    wrong,
)
from mistakes.ex03_optimizers.shared import ORDINALS, kind_of, parameters, settings_of, slopes, values, zeros
from solutions.ex03_optimizers import SGD


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
