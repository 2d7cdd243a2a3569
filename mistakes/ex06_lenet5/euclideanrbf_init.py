"""Lesson 6, EuclideanRBF.__init__: how it is observed, and the bank of its wrong answers."""

from typing import Any

import torch
from torch import nn

from kata.authoring import Observation, drop, exercise, observes, refusal, replace, same_as, see_module, seeded, wrong


@observes("EuclideanRBF.__init__", "Your EuclideanRBF is built like {}.")
def observe_rbf_init(lesson: Any, see: Observation) -> None:
    given = seeded(3, 5)
    layer = see_module(see, lambda: lesson.EuclideanRBF(given), ("prototypes",))
    see("whether prototypes take gradients", layer.prototypes.requires_grad)
    see("what state_dict() holds", list(layer.state_dict()))
    see("the prototypes", layer.prototypes)
    given.zero_()
    see("the prototypes, after the caller's tensor changed", layer.prototypes)
    see("the dtype after double()", str(layer.double().prototypes.dtype))
    for shape in ((84,), (10, 7, 12)):
        see(f"what becomes of the shape {shape}", refusal(lambda: lesson.EuclideanRBF(torch.ones(shape)), "prototypes"))


exercise("EuclideanRBF.__init__")

no_super_in_rbf = wrong(
    "one that registers before nn.Module's own __init__ has run",
    "nn.Module's constructor makes the lists in which buffers are kept; it is called first.",
    drop("super"),
)
trained = wrong(
    "one that trains its prototypes",
    "The pictures are fixed: as parameters they would drift away from the digits.",
    replace('self.register_buffer("prototypes", ', "self.prototypes = nn.Parameter("),
)
frozen_parameter = wrong(
    "one whose prototypes are a parameter that takes no gradients",
    "It still counts among parameters(), and an optimizer is handed it. A buffer is no parameter.",
    replace('self.register_buffer("prototypes", ', "self.prototypes = nn.Parameter(requires_grad=False, data="),
)
attribute = wrong(
    "one whose prototypes are a plain attribute",
    "They would not move with the network to another device or dtype, and not be saved.",
    replace('self.register_buffer("prototypes", ', "self.prototypes = torch.clone("),
)
not_saved = wrong(
    "one whose prototypes are not saved",
    "They belong to state_dict.",
    replace("clone())", "clone(), persistent=False)"),
)
not_copied = wrong(
    "one that keeps the caller's own tensor",
    "What the caller does to it later would change the digits: keep a copy.",
    replace("prototypes.detach().clone()", "prototypes"),
)
detached_only = same_as(not_copied, replace("prototypes.detach().clone()", "prototypes.detach()"))
other_name = wrong(
    "one whose buffer has another name", "prototypes is asked for.", replace('"prototypes"', '"centers"')
)
any_shape = wrong(
    "one that accepts prototypes of any shape",
    "One row for each class: two dimensions.",
    drop("if prototypes.dim() != 2:"),
)
digits_only = wrong(
    "one that accepts ten prototypes of 84 numbers only",
    "The layer is a general one: any number of classes, any length.",
    replace("prototypes.dim() != 2", "prototypes.shape != (10, 84)"),
)
