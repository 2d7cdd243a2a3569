"""Lesson 11, average_gradients: how it is observed, and the bank of its wrong answers."""

from typing import Any

import torch

from kata.authoring import (
    GRADIENTS,
    NETWORKS,
    STEPS,
    Observation,
    body,
    drop,
    exercise,
    gradients_of,
    gradients_on,
    insert,
    observes,
    on_ranks,
    partly_frozen,
    replace,
    tensors_of,
    unlike,
    with_unused_layer,
    worked_batch,
    worked_example,
    wrong,
)
from mistakes.ex11_processes.shared import see_ranks


def averaged(lesson: Any, rank: int, build: Any, without: Any = ((), (), ()), times: int = 1) -> dict[str, Any]:
    """Return the gradients afterwards; on each rank some are None at first."""
    net = build()
    for _ in range(times):
        for parameter in net.parameters():
            parameter.grad = None
        for name, grad in gradients_on(net, rank, without[rank]).items():
            net.get_parameter(name).grad = grad
        lesson.average_gradients(net)
    return gradients_of(net)


UNUSED = ("unused.weight", "unused.bias")
CASES = (
    ("a small network", worked_example, ((), ())),
    ("a small network whose weight has no gradient on rank 1", worked_example, ((), ("weight",))),
    ("a small network whose weight has no gradient on rank 0", worked_example, (("weight",), ())),
    ("a small network that has no gradients on rank 1", worked_example, ((), ("weight", "bias"))),
    ("a network with a layer that no rank uses", with_unused_layer, (UNUSED, UNUSED)),
    ("a network with a frozen layer", partly_frozen, ((), ())),
    ("LeNet", NETWORKS["LeNet"], ((), ())),
)


@observes("average_gradients", "Your gradients are those of {}.")
def observe_average(lesson: Any, see: Observation) -> None:
    for name, build, without in CASES:
        see_ranks(see, f"the gradients of {name}", GRADIENTS, on_ranks(lesson, averaged, build, without))
    see_ranks(see, "the gradients of three ranks", GRADIENTS, on_ranks(lesson, averaged, worked_example, count=3))
    again = on_ranks(lesson, averaged, worked_example, ((), ()), 2)
    see_ranks(see, "the gradients after a second call", GRADIENTS, again)

    def weights(lesson: Any, rank: int) -> Any:
        net: Any = unlike(worked_example, rank)
        net(worked_batch()[0]).pow(2).mean().backward()
        lesson.average_gradients(net)
        return (
            tensors_of(net),
            [p.requires_grad for p in net.parameters()],
            [p.grad.requires_grad for p in net.parameters()],
        )

    for rank, (left, takes, graphs) in enumerate(on_ranks(lesson, weights)):
        see.amounts(
            f"the weights of rank {rank} after average_gradients", STEPS, tensors_of(unlike(worked_example, rank)), left
        )
        see(f"which parameters of rank {rank} take gradients", takes)
        see(f"which gradients of rank {rank} have a graph", graphs)


exercise("average_gradients")

not_divided = wrong(
    "one that adds the gradients up, and does not divide",
    "all_reduce gives the sum: the mean is the sum divided by the number of ranks.",
    drop("parameter.grad /="),
)
divided_twice = wrong(
    "one that divides twice",
    "Divide either before all_reduce or after it.",
    replace(
        "dist.all_reduce(parameter.grad)", "parameter.grad /= dist.get_world_size()\ndist.all_reduce(parameter.grad)"
    ),
)
divided_by_two = wrong(
    "one that divides by 2, whatever the world size",
    "dist.get_world_size() says how many ranks there are.",
    replace("dist.get_world_size()", "2"),
)
divided_by_rank = wrong(
    "one that divides by the rank + 1",
    "dist.get_world_size() says how many ranks there are; dist.get_rank() says which one this is.",
    replace("dist.get_world_size()", "(dist.get_rank() + 1)"),
)
divided_by_holders = wrong(
    "one that divides by the number of ranks that have the gradient",
    "A gradient of None counts as zeros: the sum is divided by the number of all ranks.",
    replace("/= dist.get_world_size()", "/= holders"),
)
largest = wrong(
    "one that takes the largest of the ranks' gradients",
    "The default of all_reduce, the sum, is what a mean is made of.",
    replace("dist.all_reduce(parameter.grad)", "dist.all_reduce(parameter.grad, op=dist.ReduceOp.MAX)"),
    drop("parameter.grad /="),
)
rank_0_for_all = wrong(
    "one that gives every rank the gradients of rank 0",
    "What the other ranks' images have to say would be lost.",
    replace("dist.all_reduce(parameter.grad)", "dist.broadcast(parameter.grad, src=0)"),
    drop("parameter.grad /="),
)
rank_0_divided = wrong(
    "one that gives every rank the gradients of rank 0, divided by the world size",
    "broadcast copies from one rank; all_reduce adds up.",
    replace("dist.all_reduce(parameter.grad)", "dist.broadcast(parameter.grad, src=0)"),
)
only_on_rank_0 = wrong(
    "one in which only rank 0 gets the sum",
    "dist.reduce gives the sum to one rank, dist.all_reduce to all.",
    replace("dist.all_reduce(parameter.grad)", "dist.reduce(parameter.grad, dst=0)"),
)
no_exchange = wrong(
    "one in which the ranks do not talk to one another",
    "Each rank only knows its own gradients: dist.all_reduce adds up those of all.",
    drop("dist.all_reduce(parameter.grad)"),
)
own_none_left_out = wrong(
    "one in which a rank leaves out what it has no gradient for",
    "The other ranks have one, and wait in all_reduce: each rank must call it equally often.",
    body("""
        for parameter in net.parameters():
            if parameter.grad is not None:
                dist.all_reduce(parameter.grad)
                parameter.grad /= dist.get_world_size()
    """),
)
zeros_everywhere = wrong(
    "one that gives zeros to a parameter that no rank has a gradient for",
    "An optimizer moves what has zeros, by weight decay or momentum, and leaves alone what has None.",
    body("""
        for parameter in net.parameters():
            if not parameter.requires_grad:
                continue
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
            dist.all_reduce(parameter.grad)
            parameter.grad /= dist.get_world_size()
    """),
)
frozen_too = wrong(
    "one that gives zeros to frozen parameters, too",
    "A parameter whose gradient is None on every rank keeps None.",
    body("""
        for parameter in net.parameters():
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
            dist.all_reduce(parameter.grad)
            parameter.grad /= dist.get_world_size()
    """),
)
still_none = wrong(
    "one that leaves None where this rank had no gradient",
    "The mean is for all ranks: one without a gradient gets it, too, or its network will differ from the others.",
    body("""
        for parameter in net.parameters():
            grad = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
            dist.all_reduce(grad)
            grad /= dist.get_world_size()
    """),
)
left_out_where_one_lacks = wrong(
    "one that leaves a gradient as it is where another rank has none",
    "A gradient of None counts as zeros: the mean is of all ranks, and for all ranks.",
    replace("if holders == 0:", "if holders < dist.get_world_size():"),
)
biases_left_out = wrong(
    "one that leaves out the biases",
    "Every parameter's gradient is averaged.",
    replace("if holders == 0:", "if holders == 0 or parameter.dim() == 1:"),
)
mean_added = wrong(
    "one that adds the mean to its own gradients",
    "The mean takes the place of this rank's gradient.",
    replace(
        "dist.all_reduce(parameter.grad)\nparameter.grad /= dist.get_world_size()",
        "total = parameter.grad.clone()\ndist.all_reduce(total)\nparameter.grad += total / dist.get_world_size()",
    ),
)
ones_for_none = wrong(
    "one that takes ones for a gradient of None",
    "A gradient of None counts as zeros.",
    replace("torch.zeros_like(parameter)", "torch.ones_like(parameter)"),
)
weights_for_none = wrong(
    "one that takes the weights for a gradient of None",
    "A gradient of None counts as zeros.",
    replace("torch.zeros_like(parameter)", "parameter.detach().clone()"),
)
takes_the_returned = wrong(
    "one that assigns what all_reduce returns",
    "all_reduce changes the tensor that it is given, in place, and returns nothing.",
    replace("dist.all_reduce(parameter.grad)", "parameter.grad = dist.all_reduce(parameter.grad)"),
)
weights_averaged = wrong(
    "one that averages the weights",
    "A parameter holds the weights, its .grad the gradients.",
    body("""
        for parameter in net.parameters():
            dist.all_reduce(parameter.data)
            parameter.data /= dist.get_world_size()
    """),
)
first_gradient = wrong(
    "one that averages the first gradient only",
    "Something ends the loop after one round.",
    insert("return", after="parameter.grad /="),
)
mean_in_a_copy = wrong(
    "one that averages a copy",
    "The mean must get into parameter.grad.",
    replace("dist.all_reduce(parameter.grad)", "grad = parameter.grad.clone()\ndist.all_reduce(grad)"),
    replace("parameter.grad /=", "grad /="),
)
quotient_lost = wrong(
    "one that divides, and drops the quotient",
    "`a / b` is a new tensor: it must get into parameter.grad.",
    replace("parameter.grad /= dist.get_world_size()", "parameter.grad / dist.get_world_size()"),
)
through_parameters = wrong(
    "one that divides by the number of parameters",
    "A mean over the ranks: dist.get_world_size() says how many there are.",
    replace("dist.get_world_size()", "len(list(net.parameters()))"),
)
stops_at_none = wrong(
    "one that ends at the first parameter that has no gradient anywhere",
    "`break` ends the loop, `continue` goes on with the next parameter.",
    replace("continue", "break"),
)
