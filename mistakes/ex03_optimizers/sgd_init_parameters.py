"""Lesson 3, SGD.__init__: wrong answers about the parameters and their groups."""

from typing import Any

import torch
from torch import nn

from kata.authoring import exercise, insert, replace, same_as, wrong
from solutions.ex03_optimizers import SGD

exercise("SGD.__init__")

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
