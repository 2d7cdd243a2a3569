"""Lesson 6, Subsampling.__init__: how it is observed, and the bank of its wrong answers."""

from typing import Any

import torch
from torch import nn

from kata.authoring import Observation, drop, exercise, observes, replace, same_as, see_module, wrong


@observes("Subsampling.__init__", "Your Subsampling is built like {}.")
def observe_subsampling_init(lesson: Any, see: Observation) -> None:
    see_module(see, lambda: lesson.Subsampling(6), ("coefficient", "bias"), is_random=False)
    see("the shapes for 3 maps", [tuple(p.shape) for p in lesson.Subsampling(3).parameters()])


exercise("Subsampling.__init__")

no_super_in_subsampling = wrong(
    "one that assigns parameters before nn.Module's own __init__ has run",
    "nn.Module's constructor makes the lists in which parameters are kept; it is called first.",
    drop("super"),
)
plain_tensors = wrong(
    "one that keeps plain tensors",
    "Only an nn.Parameter is found by parameters(), trained, saved and moved.",
    replace("nn.Parameter(", "torch.clone(", everywhere=True),
)
with_gradients = same_as(
    plain_tensors,
    replace("nn.Parameter(torch.ones(channels))", "torch.ones(channels, requires_grad=True)"),
    replace("nn.Parameter(torch.zeros(channels))", "torch.zeros(channels, requires_grad=True)"),
)
buffers = wrong(
    "one that keeps buffers",
    "A buffer is not trained: coefficient and bias are learned.",
    replace("self.coefficient = nn.Parameter(", "self.register_buffer('coefficient', "),
    replace("self.bias = nn.Parameter(", "self.register_buffer('bias', "),
)
one_for_all = wrong(
    "one coefficient and one bias for all maps",
    "Each map has its own pair.",
    replace("torch.ones(channels)", "torch.ones(1)"),
    replace("torch.zeros(channels)", "torch.zeros(1)"),
)
numbers = same_as(
    one_for_all,
    replace("torch.ones(channels)", "torch.tensor(1.0)"),
    replace("torch.zeros(channels)", "torch.tensor(0.0)"),
)
coefficient_shared = wrong(
    "one coefficient for all maps", "Each map has its own.", replace("torch.ones(channels)", "torch.ones(1)")
)
bias_shared = wrong(
    "one bias for all maps", "Each map has its own.", replace("torch.zeros(channels)", "torch.zeros(1)")
)
bias_missing = wrong(
    "one without a bias", "Each map has a coefficient and a bias.", replace("self.bias = nn.Parameter", "self.bias = ")
)
coefficient_missing = wrong(
    "one without a coefficient",
    "Each map has a coefficient and a bias: 12 numbers for 6 maps.",
    drop("self.coefficient"),
)
four_weights = wrong(
    "a 2x2 convolution for each map",
    "All four numbers of a 2x2 share one coefficient: two numbers for each map, not five.",
    replace("torch.ones(channels)", "torch.ones(channels, 1, 2, 2)"),
)
ready_to_broadcast = wrong(
    "one whose parameters have the shape (channels, 1, 1)",
    "The stub names the shape (channels,): saved weights must fit.",
    replace("torch.ones(channels)", "torch.ones(channels, 1, 1)"),
    replace("torch.zeros(channels)", "torch.zeros(channels, 1, 1)"),
)
frozen = wrong(
    "one that does not train them",
    "requires_grad=False keeps a parameter from learning.",
    replace("torch.ones(channels)", "torch.ones(channels), requires_grad=False"),
    replace("torch.zeros(channels)", "torch.zeros(channels), requires_grad=False"),
)
