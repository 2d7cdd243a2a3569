"""Lesson 11, broadcast_parameters: how it is observed, and the bank of its wrong answers."""

from typing import Any

import torch
from torch import Tensor, nn

from kata.authoring import (
    Buffers,
    Observation,
    Words,
    batch,
    body,
    exercise,
    insert,
    mixed,
    numbers,
    observes,
    on_ranks,
    partly_frozen,
    replace,
    tensors_of,
    unlike,
    with_modes,
    worked_example,
    wrong,
)

ARRIVALS = Words(
    "kept this rank's own numbers",
    "went {} times the way from this rank's numbers to those of rank 0",
    "are those of another rank, or of none",
    "are not those of rank 0",
)


def broadcast(lesson: Any, rank: int, build: Any) -> Any:
    """Return what a network was, and what it is afterwards."""
    net = unlike(build, rank)
    before = tensors_of(net)
    lesson.broadcast_parameters(net)
    return before, tensors_of(net)


def see_broadcast(lesson: Any, see: Observation, name: str, build: Any, count: int = 2) -> None:
    """Observe how the tensors of each rank changed."""
    then: dict[str, Tensor] = {}
    now: dict[str, Tensor] = {}
    for rank, (before, after) in enumerate(on_ranks(lesson, broadcast, build, count=count)):
        then |= {f"{one} on rank {rank}": before[one] for one in after}
        now |= {f"{one} on rank {rank}": after[one] for one in after}
    see.amounts(f"{name} after the broadcast", ARRIVALS, then, now)


@observes("broadcast_parameters", "Your networks are those of {}.")
def observe_broadcast(lesson: Any, see: Observation) -> None:
    see_broadcast(lesson, see, "a small network", worked_example)
    see_broadcast(lesson, see, "a network with a batch norm", with_modes)
    see_broadcast(lesson, see, "a network with other buffers", Buffers)
    see_broadcast(lesson, see, "a network with a frozen layer", partly_frozen)
    see_broadcast(lesson, see, "a network of three ranks", worked_example, 3)

    def around(lesson: Any, rank: int) -> list[Any]:
        net = unlike(mixed, rank)
        before, grad = list(net.parameters()), torch.ones(8, 1024) + rank
        net[1].weight.grad = grad.clone()
        lesson.broadcast_parameters(net)
        same = [now is then for now, then in zip(net.parameters(), before, strict=True)]
        kept = net[1].weight.grad is not None and torch.equal(net[1].weight.grad, grad)
        taking = [p.requires_grad and p.is_leaf for p in net.parameters()]
        return [all(same), kept, all(taking), [module.training for module in net]]

    for rank, (same, kept, taking, modes) in enumerate(on_ranks(lesson, around)):
        see(f"whether the parameters of rank {rank} are the same objects", same)
        see(f"whether the gradients of rank {rank} are left alone", kept)
        see(f"whether the parameters of rank {rank} take gradients", taking)
        see(f"the modes on rank {rank}", modes)


exercise("broadcast_parameters")

no_buffers = wrong(
    "one that leaves the buffers as they are",
    "The running means of a batch norm are no parameters, and belong to the network all the same.",
    replace("[*net.parameters(), *net.buffers()]", "net.parameters()"),
)
only_buffers = wrong(
    "one that sends the buffers only",
    "The parameters are what training starts from.",
    replace("[*net.parameters(), *net.buffers()]", "net.buffers()"),
)
state_dict_only = wrong(
    "one that sends what state_dict holds",
    "A buffer that was registered with persistent=False is not in there: net.buffers() has all.",
    replace("[*net.parameters(), *net.buffers()]", "net.state_dict().values()"),
)
float_only = wrong(
    "one that leaves out buffers of whole numbers",
    "A counter such as num_batches_tracked belongs to the network, too.",
    insert("if not tensor.is_floating_point():\n    continue", before="dist.broadcast"),
)
trained_only = wrong(
    "one that leaves out frozen parameters",
    "A frozen parameter must be the same everywhere, too: it decides over the scores.",
    replace(
        "[*net.parameters(), *net.buffers()]", "[*(p for p in net.parameters() if p.requires_grad), *net.buffers()]"
    ),
)
from_rank_1 = wrong("one that sends the network of rank 1", "The network is that of rank 0.", replace("src=0", "src=1"))
from_the_last = wrong(
    "one that sends the network of the last rank",
    "The network is that of rank 0.",
    replace("src=0", "src=dist.get_world_size() - 1"),
)
mean_of_networks = wrong(
    "one that gives every rank the mean of all networks",
    "The mean of networks that were drawn at random is no network that was drawn at random: its weights are too small.",
    replace(
        "dist.broadcast(tensor.detach(), src=0)",
        "mean = tensor.detach().double()\ndist.all_reduce(mean)\ntensor.detach().copy_(mean / dist.get_world_size())",
    ),
)
sum_of_networks = wrong(
    "one that gives every rank the sum of all networks",
    "broadcast copies from one rank; all_reduce adds.",
    replace("dist.broadcast(tensor.detach(), src=0)", "dist.all_reduce(tensor.detach())"),
)
copies_sent = wrong(
    "one that sends copies and leaves the network as it is",
    "What is received lies in the copy: it must get into the parameter.",
    replace("tensor.detach()", "tensor.detach().clone()"),
)
first_tensor = wrong(
    "one that sends the first tensor only",
    "Something ends the loop after one round.",
    insert("return", after="dist.broadcast"),
)
weights_only = wrong(
    "one that leaves out the biases",
    "Every parameter belongs to the network.",
    insert("if tensor.dim() == 1:\n    continue", before="dist.broadcast"),
)
sender_only = wrong(
    "one in which only rank 0 calls broadcast",
    "broadcast is collective: those who receive call it, too, with the same src.",
    insert("if dist.get_rank() != 0:\n    return", before="for tensor"),
)
receivers_only = wrong(
    "one in which rank 0 does not call broadcast",
    "broadcast is collective: the one who sends calls it, too.",
    insert("if dist.get_rank() == 0:\n    return", before="for tensor"),
)
each_from_itself = wrong(
    "one in which each rank names itself as the source",
    "src is the rank that sends, and all ranks name the same: 0.",
    replace("src=0", "src=dist.get_rank()"),
)
new_objects = wrong(
    "one that puts new parameters into the network",
    "An optimizer holds the old ones, and would move them: write into the parameter that is there.",
    body("""
        for module in net.modules():
            for name, parameter in list(module.named_parameters(recurse=False)):
                received = parameter.detach().clone()
                dist.broadcast(received, src=0)
                setattr(module, name, nn.Parameter(received, parameter.requires_grad))
            for buffer in module.buffers(recurse=False):
                dist.broadcast(buffer, src=0)
    """),
)
direct_children = wrong(
    "one that sends the layers right below the network only",
    "A network may itself be a layer, and layers may hold layers: net.parameters() and net.buffers() find all.",
    replace(
        "[*net.parameters(), *net.buffers()]",
        "[one for child in net.children() for one in [*child.parameters(False), *child.buffers(False)]]",
    ),
)
to_rank_1 = wrong(
    "one that sends to rank 1 only",
    "There may be more ranks than two: broadcast reaches all of them.",
    replace(
        "dist.broadcast(tensor.detach(), src=0)",
        "if dist.get_rank() == 0:\n    dist.send(tensor.detach(), 1)\n"
        "elif dist.get_rank() == 1:\n    dist.recv(tensor.detach(), 0)",
    ),
)
to_rank_1_and_all_wait = wrong(
    "one in which rank 0 sends to rank 1 only, and all others wait for it",
    "There may be more ranks than two: broadcast reaches all of them.",
    replace(
        "dist.broadcast(tensor.detach(), src=0)",
        "if dist.get_rank() == 0:\n    dist.send(tensor.detach(), 1)\nelse:\n    dist.recv(tensor.detach(), 0)",
    ),
)
buffers_from_rank_1 = wrong(
    "one that sends the buffers of rank 1",
    "Parameters and buffers are those of rank 0.",
    replace("[*net.parameters(), *net.buffers()]", "net.parameters()"),
    insert("for buffer in net.buffers():\n    dist.broadcast(buffer, src=1)", after="for tensor in net.parameters()"),
)
buffers_averaged = wrong(
    "one that gives every rank the mean of the buffers",
    "Buffers are those of rank 0, as parameters are.",
    replace("[*net.parameters(), *net.buffers()]", "net.parameters()"),
    insert(
        "for buffer in net.buffers():\n"
        "    mean = buffer.double()\n"
        "    dist.all_reduce(mean)\n"
        "    buffer.copy_(mean / dist.get_world_size())",
        after="for tensor in net.parameters()",
    ),
)
takes_what_is_returned = wrong(
    "one that assigns what broadcast returns",
    "broadcast fills the tensor that it is given, in place, and returns nothing.",
    replace("dist.broadcast(tensor.detach(), src=0)", "tensor.data = dist.broadcast(tensor.detach(), src=0)"),
)
freezes = wrong(
    "one that freezes the parameters",
    "requires_grad_(False) stays: detach() gives a view that takes no gradients, and leaves the parameter alone.",
    replace("tensor.detach()", "tensor.requires_grad_(False)"),
)
gradients_too = wrong(
    "one that clears the gradients",
    "Gradients are left alone.",
    insert("net.zero_grad()", before="for tensor"),
)
evaluates_after = wrong(
    "one that leaves the network in eval mode", "The modes are left alone.", insert("net.eval()", before="for tensor")
)
trains_after = wrong(
    "one that leaves the network in train mode", "The modes are left alone.", insert("net.train()", before="for tensor")
)
