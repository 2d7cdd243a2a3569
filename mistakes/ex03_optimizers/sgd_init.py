"""Lesson 3, SGD.__init__: how it is observed, and the bank of its wrong answers."""

import functools
import re
from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer

from kata.authoring import GRADIENTS, STEPS, Observation, exercise, give_gradients, observes, replace, same_as, wrong
from mistakes.ex03_optimizers.shared import NAMES, parameters, settings_of, slopes, values, zeros
from solutions.ex03_optimizers import SGD


def is_whole(optimizer: Any) -> bool:
    """Whether Optimizer's own constructor has run."""
    return isinstance(optimizer, Optimizer) and "_optimizer_step_pre_hooks" in vars(optimizer)


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
