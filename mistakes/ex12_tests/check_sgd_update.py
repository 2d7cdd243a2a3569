"""Lesson 12, check_sgd_update: how it is observed, and the bank of its wrong answers."""

from typing import Any

import torch
from torch import nn

from kata.authoring import MutantSuite, Observation, body, drop, exercise, observes, replace, same_as, wrong
from mistakes.ex12_tests.shared import ROOT, see_judgements

PANEL = MutantSuite(ROOT, "ex02_training_step", "sgd_update")


TELLING = """
    moves_nothing uphill no_learning_rate divides_by_learning_rate fixed_learning_rate squared_learning_rate
    moves_weights_only first_only stops_at_none children_only once_per_name without_no_grad fails_at_none new_parameters
    clears_when_done scales_gradients momentum weight_decay sign_only two_steps freezes_parameters leaves_gradients_off
    turns_to_float32 update_in_train_mode minus_equals data_replaced plain_optimizer
""".split()


@observes("check_sgd_update", "Your test judges like {}.")
def observe_check_sgd_update(lesson: Any, see: Observation) -> None:
    see_judgements(see, PANEL, lesson.check_sgd_update, TELLING)


exercise("check_sgd_update")

update_asks_nothing = wrong(
    "one that only calls the update",
    "What runs without an error may still move nothing: ask where the weights are.",
    body("""
        net = nn.Linear(3, 2)
        net(torch.ones(1, 3)).sum().backward()
        sgd_update(net, 0.1)
    """),
)

update_refuses_all = wrong(
    "one that refuses everything",
    "Right answers are refused, too: where does your own oracle come from, and is it right?",
    body('raise AssertionError("wrong")'),
)

asks_whether_it_moved = wrong(
    "one that asks only whether the weights moved",
    "Up the slope, twice as far or by the sign alone, they move, too: ask where to.",
    body("""
        net = nn.Linear(3, 2)
        net(torch.ones(1, 3)).sum().backward()
        before = net.weight.detach().clone()
        sgd_update(net, 0.1)
        assert not torch.equal(net.weight, before)
    """),
)

asks_for_the_direction = wrong(
    "one that asks only for the direction",
    "How far belongs to the formula, too.",
    replace(
        "torch.allclose(now, wanted, rtol=1e-6, atol=1e-6)",
        "((now - old) * (wanted - old) >= 0).all() and ((now == old) == (wanted == old)).all()",
    ),
)

asks_whether_the_loss_falls = wrong(
    "one that asks only whether the loss falls",
    "It falls with many updates that are not this one: compare with the formula.",
    body("""
        net, x = nn.Linear(3, 2), torch.ones(4, 3)
        first = net(x).pow(2).mean()
        first.backward()
        sgd_update(net, 0.01)
        assert net(x).pow(2).mean() < first
    """),
)

one_plain_layer = wrong(
    "one with a single layer, the formula and nothing else",
    "A gradient that is None, a frozen layer, layers inside of layers and a second update show more.",
    body("""
        net = nn.Linear(3, 2)
        net(torch.ones(2, 3)).pow(2).sum().backward()
        before = [p.detach().clone() for p in net.parameters()]
        sgd_update(net, 0.5)
        for p, old in zip(net.parameters(), before, strict=True):
            assert torch.allclose(p, old - 0.5 * p.grad)
    """),
)

keeps_no_copy = same_as(
    update_refuses_all,
    replace(
        "before = {name: p.detach().clone() for name, p in named.items()}",
        "before = {name: p.detach() for name, p in named.items()}",
    ),
)

rate_of_zero_only = wrong(
    "one with a learning rate of 0 only",
    "Then nothing is to move, and hardly anything can be wrong.",
    replace(
        "((torch.float32, 0.5), (torch.float64, 0.01), (torch.float32, 0.0))",
        "((torch.float32, 0.0), (torch.float64, 0.0))",
    ),
)

rate_of_one_only = wrong(
    "one with a learning rate of 1 only",
    "Whether the rate is used, squared or divided by does not show at 1.",
    replace(
        "((torch.float32, 0.5), (torch.float64, 0.01), (torch.float32, 0.0))",
        "((torch.float32, 1.0), (torch.float64, 1.0))",
    ),
)

gradients_of_zero = wrong(
    "one with gradients of 0",
    "Then nothing is to move: give each parameter a gradient of its own.",
    replace("drawn / 3 if", "drawn * 0 if"),
)

one_dtype = wrong(
    "one with float32 only",
    "Whether another dtype is kept does not show.",
    replace("(torch.float64, 0.01)", "(torch.float32, 0.01)"),
)

one_update = wrong(
    "one that updates once only",
    "What is remembered from one update to the next shows in the second.",
    replace("for turn in (1, 2):", "for turn in (1,):"),
)

all_have_gradients = wrong(
    "one in which every parameter has a gradient",
    "Frozen and unused parameters have none: what happens to them?",
    drop("net[0].requires_grad_(False)"),
    replace('drawn / 3 if takes[name] and name != "1.0.bias" else None', "drawn / 3"),
)

update_without_side_effects = wrong(
    "one that does not look at what an update leaves behind",
    "Gradients, objects, modes and torch's own state are the caller's: compare them with what they were.",
    drop("assert given is None"),
    drop("assert torch.is_grad_enabled()"),
    drop("assert not net.training"),
    drop("assert now is named[name]"),
    drop("assert now.requires_grad == takes[name]"),
    drop("assert now.grad_fn is None"),
    drop("assert now.dtype == dtype"),
    drop("assert (now.grad is None) == (gradient is None)"),
    drop("assert gradient is None or torch.equal(now.grad, gradient)"),
)

gradients_not_kept = wrong(
    "one that does not see that gradients change",
    "They are only read: keep copies, and compare.",
    drop("assert (now.grad is None) == (gradient is None)"),
    drop("assert gradient is None or torch.equal(now.grad, gradient)"),
)

formula_uphill = same_as(
    update_refuses_all,
    replace("old - rate * gradient", "old + rate * gradient"),
)

wide_bounds = wrong(
    "one with a tolerance in which everything lies",
    "The weights are below 3: a tolerance of 10 asks nothing.",
    replace("rtol=1e-6, atol=1e-6", "atol=10"),
)

first_parameter_only = wrong(
    "one that looks at the first parameter only",
    "The others may have stayed where they were: ask each of them.",
    replace("for name, now in net.named_parameters():", "for name, now in list(net.named_parameters())[:1]:"),
)

wants_the_network_back = same_as(
    update_refuses_all,
    replace("assert given is None", "assert given is net"),
)
