"""Lesson 11: how each exercise is observed, and the bank of its wrong answers, as edits of the solution."""

from collections import Counter
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import SGD, Adam
from torch.utils.data import TensorDataset

from kata.authoring import (
    GRADIENTS,
    LOSSES,
    NETWORKS,
    STEPS,
    VALUES,
    Buffers,
    Counting,
    Numbered,
    Observation,
    Probe,
    Pull,
    Words,
    batch,
    body,
    by_hand,
    dealt,
    drop,
    exercise,
    gradients_of,
    gradients_on,
    hand_batch,
    insert,
    labels_of,
    mixed,
    numbers,
    observes,
    on_ranks,
    partly_frozen,
    readout,
    replace,
    same_as,
    scramble,
    share_of,
    tensors_of,
    unlike,
    unwrap,
    with_modes,
    with_unused_layer,
    wrong,
)


def see_ranks(see: Observation, place: str, words: Any, given: list[dict[str, Any]], before: Any = None) -> None:
    """Observe named tensors on each rank, of which some may be None."""
    there: dict[str, Tensor] = {}
    then: dict[str, Tensor] = {}
    for rank, found in enumerate(given):
        for name, one in found.items():
            if one is not None:
                there[f"{name} on rank {rank}"] = one
                then[f"{name} on rank {rank}"] = torch.zeros_like(one) if before is None else before[name]
    nothing = [
        f"{name} on rank {rank}" for rank, found in enumerate(given) for name, one in found.items() if one is None
    ]
    see(f"what is None in {place}", ", ".join(nothing) or "nothing")
    see.amounts(place, words, then, there)


ARRIVALS = Words(
    "keep this rank's own numbers",
    "went {} times the way from this rank's numbers to those of rank 0",
    "are those of another rank, or of none",
    "are not those of rank 0",
)


def shares_of(lesson: Any, count: int, world_size: int, epoch: int = 0, seed: int = 0) -> list[Any]:
    """Return the shares of all ranks."""
    return [lesson.shard(count, rank, world_size, epoch, seed) for rank in range(world_size)]


@observes("shard", "Your shares are those of {}.")
def observe_shard(lesson: Any, see: Observation) -> None:
    see("the type of a share", type(lesson.shard(10, 0, 2, 0, 0)).__name__)
    alone = list(lesson.shard(10, 0, 1, 0, 0))
    see("the type of the numbers", type(alone[0]).__name__)
    see("the length of the share of 10 images for 1 rank", len(alone))
    see("whether numbers are too large", max(map(int, alone)) > 9)
    see("whether a single rank gets an image twice", len(set(alone)) < len(alone))
    shares = shares_of(lesson, 10, 2)
    see("the lengths of the shares of 10 images for 2 ranks", str([len(share) for share in shares]))
    see("whether two ranks get the same share", shares[0] == shares[1])
    see("whether two ranks get the same image, of 10", bool(set(shares[0]) & set(shares[1])))
    for epoch, seed in ((0, 0), (3, 0), (0, 4)):
        order = lesson.shard(100, 0, 1, epoch, seed)
        follow = sum((b - a) % 100 == 1 for a, b in pairwise(order))
        see(f"whether the order of epoch {epoch} with seed {seed} is shuffled", follow < 20)
    see("whether epochs have orders of their own", orders(lesson, [(epoch, 0) for epoch in range(8)]))
    see("whether seeds have orders of their own", orders(lesson, [(0, seed) for seed in range(8)]))
    see_lengths(lesson, see)
    see_agreement(lesson, see)


def see_lengths(lesson: Any, see: Observation) -> None:
    """Observe what becomes of images that do not go round."""
    for count, world_size in ((5, 2), (7, 3), (9, 4), (1, 2), (2, 5), (0, 2)):
        place = f"{count} images for {world_size} ranks"
        shares = shares_of(lesson, count, world_size)
        see(f"the lengths of the shares of {place}", str([len(share) for share in shares]))
        times = Counter(index for share in shares for index in share)
        see(f"whether an image is in no share of {place}", len(times) < count)
        often = max(times.values(), default=0) - min(times.values(), default=0)
        see(f"how much more often one image than another comes, of {place}", often)
    see("whether the image that comes twice is always the same", len(set(twice(lesson))) == 1)


def see_agreement(lesson: Any, see: Observation) -> None:
    """Observe what ranks agree by, and what they change."""
    sets = {tuple(sorted(lesson.shard(50, 1, 2, epoch, 0))) for epoch in range(8)}
    see("whether a rank sees other images in other epochs", len(sets) == 8)
    scramble(1)
    first = lesson.shard(100, 1, 2, 3, 4)
    scramble(2)
    see("whether the global random state decides", lesson.shard(100, 1, 2, 3, 4) != first)
    scramble(1)
    state = torch.get_rng_state()
    lesson.shard(100, 1, 2, 3, 4)
    see("whether torch's random state is left alone", bool(torch.equal(state, torch.get_rng_state())))


def orders(lesson: Any, settings: list[tuple[int, int]]) -> bool:
    """Whether each epoch and seed has an order of its own."""
    return len({tuple(lesson.shard(50, 0, 1, epoch, seed)) for epoch, seed in settings}) == len(settings)


def twice(lesson: Any) -> list[int]:
    """Return the images that come twice in some epochs."""
    found = []
    for epoch in range(20):
        times = Counter(index for share in shares_of(lesson, 9, 2, epoch) for index in share)
        found += [index for index, number in times.items() if number == 2]
    return found


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
    see_broadcast(lesson, see, "a small network", by_hand)
    see_broadcast(lesson, see, "a network with a batch norm", with_modes)
    see_broadcast(lesson, see, "a network with other buffers", Buffers)
    see_broadcast(lesson, see, "a network with a frozen layer", partly_frozen)
    see_broadcast(lesson, see, "a network of three ranks", by_hand, 3)

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
    ("a small network", by_hand, ((), ())),
    ("a small network whose weight has no gradient on rank 1", by_hand, ((), ("weight",))),
    ("a small network whose weight has no gradient on rank 0", by_hand, (("weight",), ())),
    ("a small network that has no gradients on rank 1", by_hand, ((), ("weight", "bias"))),
    ("a network with a layer that no rank uses", with_unused_layer, (UNUSED, UNUSED)),
    ("a network with a frozen layer", partly_frozen, ((), ())),
    ("LeNet", NETWORKS["LeNet"], ((), ())),
)


@observes("average_gradients", "Your gradients are those of {}.")
def observe_average(lesson: Any, see: Observation) -> None:
    for name, build, without in CASES:
        see_ranks(see, f"the gradients of {name}", GRADIENTS, on_ranks(lesson, averaged, build, without))
    see_ranks(see, "the gradients of three ranks", GRADIENTS, on_ranks(lesson, averaged, by_hand, count=3))
    again = on_ranks(lesson, averaged, by_hand, ((), ()), 2)
    see_ranks(see, "the gradients after a second call", GRADIENTS, again)

    def weights(lesson: Any, rank: int) -> Any:
        net: Any = unlike(by_hand, rank)
        net(hand_batch()[0]).pow(2).mean().backward()
        lesson.average_gradients(net)
        return (
            tensors_of(net),
            [p.requires_grad for p in net.parameters()],
            [p.grad.requires_grad for p in net.parameters()],
        )

    for rank, (left, takes, graphs) in enumerate(on_ranks(lesson, weights)):
        see.amounts(
            f"the weights of rank {rank} after average_gradients", STEPS, tensors_of(unlike(by_hand, rank)), left
        )
        see(f"which parameters of rank {rank} take gradients", takes)
        see(f"which gradients of rank {rank} have a graph", graphs)


def steps(lesson: Any, rank: int, build: Any, sizes: tuple[int, ...], times: int = 1, is_adam: bool = False) -> Any:
    """Return the losses of some steps, the network afterwards, and its gradients."""
    net = build()
    whole = hand_batch() if build is by_hand else batch(sum(sizes))
    trained = [p for p in net.parameters() if p.requires_grad]
    optimizer = Adam(trained, lr=0.1) if is_adam else SGD(trained, lr=0.1, momentum=0.9, weight_decay=0.1)
    for parameter in trained:
        parameter.grad = torch.full_like(parameter, 7.0) if rank else None
    shares = share_of(whole, sizes, rank)
    losses = [lesson.distributed_step(net, optimizer, nn.MSELoss(), *shares) for _ in range(times)]
    return losses, tensors_of(net), gradients_of(net)


STEP_CASES = (
    ("a small network", by_hand, (2, 1), 1),
    ("shares of 2 and 2 images", partly_frozen, (2, 2), 1),
    ("shares of 6 and 2 images", partly_frozen, (6, 2), 1),
    ("shares of 1 and 7 images", partly_frozen, (1, 7), 1),
    ("three steps", partly_frozen, (3, 2), 3),
    ("a network with an unused layer", with_unused_layer, (3, 2), 2),
)


@observes("distributed_step", "Your steps are those of {}.")
def observe_step(lesson: Any, see: Observation) -> None:
    for name, build, sizes, times in STEP_CASES:
        see_steps(see, name, build(), on_ranks(lesson, steps, build, sizes, times))
    see_steps(see, "three ranks", partly_frozen(), on_ranks(lesson, steps, partly_frozen, (3, 1, 2), 1, count=3))
    see_steps(see, "Adam", by_hand(), on_ranks(lesson, steps, by_hand, (2, 1), 3, True))
    given = on_ranks(lesson, steps, by_hand, (2, 1))
    see_ranks(see, "the gradients after a step", GRADIENTS, [grads for _, _, grads in given])

    def around(lesson: Any, rank: int) -> list[Any]:
        net, criterion = Counting(by_hand()).eval(), Pull()
        x, target = hand_batch()
        loss = lesson.distributed_step(net, SGD(net.parameters(), lr=0.1), criterion, x, target)
        kept = torch.equal(x, hand_batch()[0]) and torch.equal(target, hand_batch()[1]) and not x.requires_grad
        return [torch.tensor(loss), net.runs, criterion.runs, kept, net.training]

    for rank, (loss, *others) in enumerate(on_ranks(lesson, around)):
        named = {"the loss": loss}
        see.amounts(
            f"a step with another criterion on rank {rank}", LOSSES, {"the loss": torch.zeros_like(loss)}, named
        )
        words = (
            "how often the network is run",
            "how often the criterion is called",
            "whether images are kept",
            "the mode",
        )
        for word, value in zip(words, others, strict=True):
            see(f"{word} on rank {rank}", value)


def see_steps(see: Observation, name: str, net: Any, given: list[Any]) -> None:
    """Observe how the weights moved on each rank, and the losses."""
    before = tensors_of(net)
    see_ranks(see, f"the step of {name}", STEPS, [after for _, after, _ in given], before)
    for rank, (losses, _, _) in enumerate(given):
        see(f"the type of the loss of {name} on rank {rank}", type(losses[0]).__name__)
        found = {f"loss {number}": torch.tensor(loss) for number, loss in enumerate(losses, start=1)}
        see.amounts(f"the case of {name} on rank {rank}", LOSSES, {one: torch.zeros(()) for one in found}, found)


def accuracy(lesson: Any, rank: int, right: list[int], count: int, batch_size: int, shuffle: bool = False) -> Any:
    """Return what the exercise returns."""
    return lesson.distributed_evaluate(readout(), dealt(Numbered(right), rank, count, batch_size, shuffle))


EVALUATIONS = (
    ("4 images on 2 ranks", [1, 0, 1, 1], 2, 1, False),
    ("8 images on 2 ranks in batches of 3", [1, 0, 1, 1, 1, 0, 1, 1], 2, 3, False),
    ("5 images on 2 ranks", [1, 0, 1, 0, 0], 2, 2, False),
    ("7 images on 2 ranks in batches of 3", [0, 1, 1, 0, 1, 1, 0], 2, 3, False),
    ("1 image on 2 ranks", [1], 2, 2, False),
    ("7 shuffled images on 2 ranks", [1, 1, 1, 0, 0, 1, 0], 2, 2, True),
    ("7 images on 3 ranks", [1, 0, 0, 1, 1, 1, 1], 3, 2, False),
    ("2 images on 3 ranks", [1, 0], 3, 2, False),
)


@observes("distributed_evaluate", "Your accuracies are those of {}.")
def observe_evaluate(lesson: Any, see: Observation) -> None:
    for name, right, count, batch_size, shuffle in EVALUATIONS:
        given = on_ranks(lesson, accuracy, right, count, batch_size, shuffle, count=count)
        for rank, found in enumerate(given):
            see(f"the type of the accuracy of {name} on rank {rank}", type(found).__name__)
            number = {"the accuracy": torch.tensor(float(found if found is not None else -1))}
            see.amounts(f"the case of {name} on rank {rank}", VALUES, {"the accuracy": torch.zeros(())}, number)

    def around(lesson: Any, rank: int) -> list[Any]:
        net = mixed()
        probe = Probe(net)
        net[1].weight.grad = torch.ones(8, 1024)
        loader = dealt(TensorDataset(batch(5)[0], labels_of(5)), rank, 2, 2)
        lesson.distributed_evaluate(probe, loader)
        grad = net[1].weight.grad
        kept = grad is not None and torch.equal(grad, torch.ones(8, 1024))
        now, then = tensors_of(net), tensors_of(mixed())
        same = all(torch.equal(now[name], one) for name, one in then.items())
        modes = [module.training for module in probe.modules()]
        return [sorted(set(probe.modes)), sorted(set(probe.records)), modes, kept, same]

    words = (
        "the mode of the network",
        "whether a graph is recorded",
        "the modes afterwards",
        "whether gradients are kept",
    )
    for rank, given in enumerate(on_ranks(lesson, around)):
        for word, value in zip((*words, "whether weights and buffers are kept"), given, strict=True):
            see(f"{word} on rank {rank}", value)


exercise("shard")

not_shuffled = wrong(
    "one that does not shuffle",
    "A rank would see the images in the order of the dataset, and the same ones in each epoch.",
    replace(
        "torch.randperm(count, generator=torch.Generator().manual_seed(seed + epoch)).tolist()", "list(range(count))"
    ),
)
epoch_ignored = wrong(
    "one whose order is the same in each epoch",
    "The epoch must go into the seed of the generator: batches would be the same again and again.",
    replace("seed + epoch", "seed"),
)
seed_ignored = wrong(
    "one whose order does not depend on the seed",
    "Two runs with other seeds would see the images in the same order.",
    replace("seed + epoch", "epoch"),
)
rank_in_seed = wrong(
    "one in which each rank shuffles in an order of its own",
    "Shares of different orders overlap: some images are seen twice, others never. The rank must not be in the seed.",
    replace("seed + epoch", "seed + epoch + 1000 * rank"),
)
seed_times_epoch = wrong(
    "one whose seed is multiplied with the epoch",
    "In epoch 0 all seeds would be 0.",
    replace("seed + epoch", "seed * epoch"),
)
global_generator = wrong(
    "one that shuffles with the global random state",
    "Each process has a random state of its own: only what is made from the seed is the same for all.",
    replace("torch.randperm(count, generator=torch.Generator().manual_seed(seed + epoch))", "torch.randperm(count)"),
)
seeds_globally = wrong(
    "one that seeds the global random state",
    "Dropout and augmentation draw from it, too: the same numbers in each epoch. A torch.Generator has its own.",
    insert("torch.manual_seed(seed + epoch)", before="order ="),
    replace("torch.randperm(count, generator=torch.Generator().manual_seed(seed + epoch))", "torch.randperm(count)"),
)
everything = wrong(
    "one that gives every rank all images",
    "Each image would be computed once by each rank: several processes would take as long as one.",
    replace("range(rank, rounds * world_size, world_size)", "range(count)"),
)
first_for_all = wrong(
    "one that gives every rank the share of rank 0",
    "Each rank has a share of its own: the place where it begins is its rank.",
    replace("range(rank,", "range(0,"),
)
not_filled_up = wrong(
    "one that does not fill up the last round",
    "A rank that has one image more would wait, in its last step, for ranks that have none left.",
    replace("range(rank, rounds * world_size, world_size)", "range(rank, count, world_size)"),
)
dropped = wrong(
    "one that drops what does not go round",
    "Each image is to be seen: round up, not down.",
    replace("-(-count // world_size)", "count // world_size"),
)
one_round_more = wrong(
    "one that deals a whole round too many where the images go round",
    "count // world_size + 1 rounds up only where something is left over.",
    replace("-(-count // world_size)", "count // world_size + 1"),
)
one_for_all = wrong(
    "one that repeats a single image until the shares are equal",
    "Begin again from the start of the order: image by image.",
    replace("order[index % count]", "order[index] if index < count else order[0]"),
)
last_for_all = wrong(
    "one that repeats the last image until the shares are equal",
    "Begin again from the start of the order: image by image.",
    replace("order[index % count]", "order[min(index, count - 1)]"),
)
once_around = wrong(
    "one that fills up from the order once only",
    "With fewer images than ranks the order must begin again more than once: index % count.",
    body("""
        order = torch.randperm(count, generator=torch.Generator().manual_seed(seed + epoch)).tolist()
        order += order[: -count % world_size]
        return order[rank::world_size]
    """),
)
shares_first = wrong(
    "one that shares out first and shuffles then",
    "A rank would see the same images in each epoch, in another order. Shuffle all, then share out.",
    body("""
        mine = [index % count for index in range(rank, -(-count // world_size) * world_size, world_size)]
        order = torch.randperm(len(mine), generator=torch.Generator().manual_seed(seed + epoch)).tolist()
        return [mine[index] for index in order]
    """),
)
blocks_first = wrong(
    "one that shares out first and shuffles then",
    "A rank would see the same images in each epoch, in another order. Shuffle all, then share out.",
    body("""
        each = -(-count // world_size)
        mine = [index % count for index in range(rank * each, (rank + 1) * each)]
        order = torch.randperm(len(mine), generator=torch.Generator().manual_seed(seed + epoch)).tolist()
        return [mine[index] for index in order]
    """),
)
fills_from_dataset = wrong(
    "one that fills up with the first images of the dataset",
    "The same few images would come twice in each epoch. The order that begins again is the shuffled one.",
    body("""
        order = torch.randperm(count, generator=torch.Generator().manual_seed(seed + epoch)).tolist()
        rounds = -(-count // world_size)
        order += [index % count for index in range(rounds * world_size - count)]
        return order[rank::world_size]
    """),
)
rotated = wrong(
    "one that moves the start on instead of shuffling",
    "Neighbours in the dataset would stay neighbours in the batches.",
    replace(
        "torch.randperm(count, generator=torch.Generator().manual_seed(seed + epoch)).tolist()",
        "[(index + 7 * seed + 3 * epoch) % count for index in range(count)]",
    ),
)
moved_by_the_epoch = wrong(
    "one whose epochs have the same order with another start",
    "The same images would come after one another in each epoch: seed the generator anew from seed and epoch.",
    replace("seed + epoch)", "seed)"),
    insert("order = order[epoch:] + order[:epoch]", after="order ="),
)
a_tuple = wrong(
    "one that returns a tuple",
    "A list is asked for.",
    replace(
        "return [order[index % count] for index in range(rank, rounds * world_size, world_size)]",
        "return tuple(order[index % count] for index in range(rank, rounds * world_size, world_size))",
    ),
)
from_one = wrong(
    "one whose images are numbered from 1",
    "The images are the numbers 0 to count - 1.",
    replace("order[index % count]", "order[index % count] + 1"),
)
as_tensor = wrong(
    "one that returns a tensor",
    "A list of Python ints is asked for: tolist() makes one.",
    replace(
        "return [order[index % count] for index in range(rank, rounds * world_size, world_size)]",
        "return torch.tensor([order[index % count] for index in range(rank, rounds * world_size, world_size)])",
    ),
)
of_tensors = wrong(
    "one whose numbers are tensors",
    "Iterating a tensor gives tensors: tolist() gives Python ints.",
    replace(".tolist()", ""),
)

with_replacement = wrong(
    "one that draws each number by itself",
    "Some images would come twice, others never: torch.randperm gives each number once.",
    replace("torch.randperm(count, generator", "torch.randint(max(count, 1), (count,), generator"),
)
neighbours = wrong(
    "one whose ranks are one image apart, and whose steps are 1",
    "The shares overlap: after each image a rank leaves out those of the others, so a step is world_size.",
    replace("range(rank, rounds * world_size, world_size)", "range(rank, rank + rounds)"),
)
sorted_shares = wrong(
    "one that sorts each share",
    "Who sees which images is random then, but not in which order: leave the shuffled order as it is.",
    replace(
        "return [order[index % count] for index in range(rank, rounds * world_size, world_size)]",
        "return sorted(order[index % count] for index in range(rank, rounds * world_size, world_size))",
    ),
)
rounded = wrong(
    "one that rounds to the nearest whole number of rounds",
    "Each image is to be seen: round up.",
    replace("-(-count // world_size)", "round(count / world_size)"),
)

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

exercise("distributed_step")

mean_of_means = wrong(
    "one that takes the mean of the ranks' means",
    "A rank with few images would count as much as one with many: each image counts the same.",
    replace("criterion(net(x), target) * len(x) / images", "criterion(net(x), target) / dist.get_world_size()"),
)
world_size_forgotten = wrong(
    "one that divides by the number of ranks once too often",
    "The shares add up to the mean already, and average_gradients divides their sum by the world size.",
    replace("(share * dist.get_world_size()).backward()", "share.backward()"),
)
not_averaged = wrong(
    "one in which each rank follows its own gradients",
    "The networks drift apart: between backward and the step the ranks must average their gradients.",
    drop("average_gradients(net)"),
)
averaged_too_early = wrong(
    "one that averages before there are gradients",
    "average_gradients comes after backward and before the step.",
    drop("average_gradients(net)"),
    insert("average_gradients(net)", before="share ="),
)
averaged_too_late = wrong(
    "one that averages after the step",
    "average_gradients comes after backward and before the step.",
    drop("average_gradients(net)"),
    insert("average_gradients(net)", after="optimizer.step()"),
)
old_gradients = wrong(
    "one that never clears the gradients",
    "Each backward adds to the gradients that are there.",
    drop("optimizer.zero_grad()"),
)
cleared_too_late = wrong(
    "one that clears the gradients between backward and the step",
    "The step would find none.",
    drop("optimizer.zero_grad()"),
    insert("optimizer.zero_grad()", after="average_gradients(net)"),
)
cleared_before_average = same_as(
    cleared_too_late,
    drop("optimizer.zero_grad()"),
    insert("optimizer.zero_grad()", before="average_gradients(net)"),
)
no_step = wrong(
    "one that never takes the step", "optimizer.step() is what moves the weights.", drop("optimizer.step()")
)
no_backward = wrong(
    "one that never calls backward",
    "backward is what fills the gradients.",
    drop("(share * dist.get_world_size()).backward()"),
)
own_loss = wrong(
    "one that returns the loss of its own images",
    "The mean over the images of all ranks is asked for: the same on each.",
    replace(
        "share = criterion(net(x), target) * len(x) / images",
        "own = criterion(net(x), target)\nshare = own * len(x) / images",
    ),
    replace("return loss.item()", "return own.item()"),
)
own_share = wrong(
    "one that returns this rank's share of the loss",
    "The shares of all ranks must be added up.",
    drop("dist.all_reduce(loss)"),
)
mean_of_losses = wrong(
    "one that returns the mean of the ranks' losses",
    "A rank with few images would count as much as one with many.",
    replace(
        "share = criterion(net(x), target) * len(x) / images",
        "own = criterion(net(x), target)\nshare = own * len(x) / images",
    ),
    replace("loss = share.detach()", "loss = own.detach() / dist.get_world_size()"),
)
sum_of_losses = wrong(
    "one that returns the sum of the ranks' losses",
    "The mean over all images is a sum of losses, each times its share of the images.",
    replace(
        "share = criterion(net(x), target) * len(x) / images",
        "own = criterion(net(x), target)\nshare = own * len(x) / images",
    ),
    replace("loss = share.detach()", "loss = own.detach().clone()"),
)
loss_divided = wrong(
    "one that divides the returned loss by the world size",
    "The shares add up to the mean already.",
    replace("return loss.item()", "return loss.item() / dist.get_world_size()"),
)
only_rank_0_sums = wrong(
    "one in which only rank 0 gets the sum of the losses",
    "dist.reduce gives the sum to one rank, dist.all_reduce to all.",
    replace("dist.all_reduce(loss)", "dist.reduce(loss, dst=0)"),
)
share_upside_down = wrong(
    "one whose shares are upside down",
    "A rank with n of N images counts n / N: more, where it has more.",
    replace("* len(x) / images", "* images / len(x)"),
)
counts_batches = wrong(
    "one that counts the ranks where it should count images",
    "n is the number of this rank's images: len(x).",
    replace("torch.tensor(float(len(x)), device=x.device)", "torch.tensor(1.0, device=x.device)"),
    replace("* len(x) / images", "/ images"),
)
loss_for_backward = wrong(
    "one that returns what goes backward, which is world_size times the loss",
    "The factor world_size is there because average_gradients divides by it; the loss has no need of it.",
    replace("return loss.item()", "return loss.item() * dist.get_world_size()"),
)
loss_after_step = wrong(
    "one that returns the loss after the step",
    "The loss before the step is asked for: the one that the gradients belong to.",
    replace("loss = share.detach()", "loss = (criterion(net(x), target) * len(x) / images).detach()"),
)
loss_as_tensor = wrong(
    "one that returns a tensor",
    "A Python float is asked for: .item() makes one.",
    replace("loss.item()", "loss"),
)
no_loss = wrong(
    "one that returns nothing", "Return the mean loss.", drop("return"), insert("pass", after="dist.all_reduce(loss)")
)
arguments_swapped = wrong(
    "one that gives the criterion the target first",
    "criterion(scores, target): to some criteria the order matters.",
    replace("criterion(net(x), target)", "criterion(target, net(x))"),
)
in_train_mode = wrong(
    "one that sets the network to train mode",
    "The caller decides over the mode.",
    insert("net.train()", before="optimizer.zero_grad()"),
)
weights_averaged_after = wrong(
    "one that averages the weights after the step, instead of the gradients",
    "Each rank's step would follow its own gradients and momentum, and images would not count the same.",
    drop("average_gradients(net)"),
    insert(
        "for parameter in net.parameters():\n"
        "    dist.all_reduce(parameter.data)\n"
        "    parameter.data /= dist.get_world_size()",
        after="optimizer.step()",
    ),
)
own_images_only = wrong(
    "one that divides by its own number of images",
    "The number of images of all ranks is an all_reduce of each rank's number.",
    drop("dist.all_reduce(images)"),
)
not_weighted = wrong(
    "one that does not weight its loss before backward",
    "average_gradients takes the mean of the ranks' gradients, as if all had equally many images.",
    replace("(share * dist.get_world_size()).backward()", "(share * images / len(x)).backward()"),
)
larger_step = wrong(
    "one whose gradients are the sum over the ranks, not the mean over the images",
    "n * world_size / N is the factor for a rank with n of N images.",
    replace(
        "(share * dist.get_world_size()).backward()", "(share * images / len(x) * dist.get_world_size()).backward()"
    ),
)
twice_averaged = wrong(
    "one that averages twice and counts on the sum",
    "Averaging what is equal on all ranks changes nothing: the factor belongs to the loss.",
    replace("(share * dist.get_world_size()).backward()", "share.backward()\naverage_gradients(net)"),
)
rank_0_steps = wrong(
    "one in which only rank 0 takes the step",
    "Each rank has a network of its own: all of them take the same step.",
    replace("optimizer.step()", "if dist.get_rank() == 0:\n    optimizer.step()"),
)
rank_0_reduces = wrong(
    "one in which only rank 0 asks for the sum of the losses",
    "all_reduce is collective: each rank calls it.",
    replace("dist.all_reduce(loss)", "if dist.get_rank() == 0:\n    dist.all_reduce(loss)"),
)
two_backwards = wrong(
    "one that goes backward twice",
    "Each backward adds to the gradients: they would be twice as large.",
    replace(
        "(share * dist.get_world_size()).backward()",
        "(share * dist.get_world_size()).backward(retain_graph=True)\n(share * dist.get_world_size()).backward()",
    ),
)

exercise("distributed_evaluate")

own_accuracy = wrong(
    "one that returns the accuracy of its own images",
    "What all ranks counted must be added up.",
    drop("dist.all_reduce(correct)"),
    replace("left = len(", "mine = left = len("),
    replace("correct.item() / count", "correct.item() / max(mine, 1)"),
)
not_added_up = wrong(
    "one that counts its own images and divides by all",
    "What all ranks counted must be added up.",
    drop("dist.all_reduce(correct)"),
)
mean_of_accuracies = wrong(
    "one that takes the mean of the ranks' accuracies",
    "Ranks may have different numbers of images: add up what is correct, and divide by the number of all images.",
    replace("left = len(", "mine = left = len("),
    replace("dist.all_reduce(correct)", "correct /= max(mine, 1)\ndist.all_reduce(correct)"),
    replace("correct.item() / count", "correct.item() / dist.get_world_size()"),
)
repeats_counted = wrong(
    "one that counts images twice that are dealt twice",
    "The last round is filled up from the start. What was dealt before must not count again.",
    body("""
        totals = torch.zeros(2)
        modes = [(module, module.training) for module in net.modules()]
        net.eval()
        with torch.no_grad():
            for images, labels in loader:
                totals[0] += (net(images).argmax(dim=1) == labels).sum()
                totals[1] += len(labels)
        for module, mode in modes:
            module.training = mode
        dist.all_reduce(totals)
        return (totals[0] / totals[1]).item()
    """),
)
repeats_above = wrong(
    "one that counts repeated images as correct, and divides by the size of the dataset",
    "The last round is filled up from the start. What was dealt before must not count again.",
    replace("labels[:left]", "labels"),
    replace(".argmax(dim=1)[:left]", ".argmax(dim=1)"),
)
last_of_each = wrong(
    "one that leaves out the last image of each rank",
    "Only where the images do not go round, and only on the last ranks, is the last image a repeated one.",
    replace("len(range(dist.get_rank(), count, dist.get_world_size()))", "count // dist.get_world_size()"),
)
everyone_full = wrong(
    "one that counts a full last round on each rank",
    "Where the last round is short, the last ranks have one image fewer that counts.",
    replace("len(range(dist.get_rank(), count, dist.get_world_size()))", "-(-count // dist.get_world_size())"),
)
first_ranks_short = wrong(
    "one that leaves out an image of the first ranks, not of the last",
    "Rank 0 gets the first image of each round: a short round has one for it.",
    replace("dist.get_rank(), count", "dist.get_world_size() - 1 - dist.get_rank(), count"),
)
in_first_batch_only = wrong(
    "one that counts in each batch as many images as the rank has in all",
    "What was counted in one batch must be taken off for the next.",
    drop("left -="),
)
two_ranks_only = wrong(
    "one for 2 ranks, whatever the world size",
    "dist.get_world_size() says how many ranks there are.",
    replace("dist.get_world_size()", "2"),
)
train_mode = wrong(
    "one that leaves the network in train mode",
    "Dropout and batch norm behave otherwise while training.",
    drop("net.eval()"),
)
stays_in_eval = wrong(
    "one that leaves the network in eval mode afterwards",
    "Training would go on without dropout: put the modes back.",
    drop("for module, mode in modes"),
)
trains_all = wrong(
    "one that puts every module into train mode afterwards",
    "A part that was in eval mode, frozen on purpose, must be so again.",
    replace("for module, mode in modes:\n    module.training = mode", "net.train()"),
)
mode_of_the_whole = wrong(
    "one that puts the mode of the whole network back into each module",
    "A part that was in eval mode, frozen on purpose, must be so again.",
    replace("for module, mode in modes:\n    module.training = mode", "net.train(modes[0][1])"),
)
graph_recorded = wrong(
    "one that records a graph",
    "torch.no_grad() spares the memory of a graph that nobody goes back through.",
    unwrap("with torch.no_grad()"),
)
in_percent = wrong(
    "one that returns percent", "From 0 to 1.", replace("correct.item() / count", "100 * correct.item() / count")
)
only_the_count = wrong(
    "one that returns how many are correct",
    "The accuracy is this number divided by the number of images.",
    replace("correct.item() / count", "correct.item()"),
)
wrong_ones = wrong(
    "one that counts the images that are classified wrongly",
    "Accuracy counts the others.",
    replace("== counted", "!= counted"),
)
as_a_tensor = wrong(
    "one that returns a tensor",
    "A Python float is asked for: .item() makes one.",
    replace("correct.item() / count", "correct / count"),
)
over_images = wrong(
    "one that takes the largest score over the images",
    "Dimension 0 counts the images, dimension 1 the classes.",
    replace("argmax(dim=1)[:left]", "argmax(dim=0)[:left][: len(counted)]"),
    replace("== counted)", "== counted[: len(counted)][:10])"),
)
last_batch = wrong(
    "one that counts the last batch only",
    "What is correct in each batch must be added up.",
    replace("correct += ", "correct = "),
)
first_batch = wrong(
    "one that counts the first batch only",
    "Something ends the loop after one round.",
    insert("break", after="left -="),
)
mean_over_batches = wrong(
    "one that takes the mean of the batches' accuracies",
    "The last batch may be shorter: count what is correct, and divide by the number of images.",
    body("""
        modes = [(module, module.training) for module in net.modules()]
        net.eval()
        with torch.no_grad():
            of_batches = [(net(images).argmax(dim=1) == labels).float().mean() for images, labels in loader]
        for module, mode in modes:
            module.training = mode
        mean = torch.stack(of_batches).mean()
        dist.all_reduce(mean)
        return mean.item() / dist.get_world_size()
    """),
)
places_go_up_by_one = wrong(
    "one whose images are numbered one after another on each rank",
    "Rank r sees the images r, r + world_size, r + 2 * world_size, ... of the order that is dealt out.",
    body("""
        count = len(loader.dataset)
        place = dist.get_rank()
        correct = torch.zeros(())
        modes = [(module, module.training) for module in net.modules()]
        net.eval()
        with torch.no_grad():
            for images, labels in loader:
                for hit in net(images).argmax(dim=1) == labels:
                    if place < count:
                        correct += hit
                    place += 1
        for module, mode in modes:
            module.training = mode
        dist.all_reduce(correct)
        return correct.item() / count
    """),
)
whole_dataset = wrong(
    "one in which each rank goes over the whole dataset",
    "The loader gives this rank its share: several ranks then take a part of the time, and count each image once.",
    body("""
        count = len(loader.dataset)
        correct = torch.zeros(())
        modes = [(module, module.training) for module in net.modules()]
        net.eval()
        with torch.no_grad():
            for image, label in loader.dataset:
                correct += (net(image[None]).argmax(dim=1) == label).sum()
        for module, mode in modes:
            module.training = mode
        dist.all_reduce(correct)
        return correct.item() / count
    """),
)
shares_of_batches = wrong(
    "one that adds up the accuracies of the batches",
    "A mean of a batch is no count: sum() how many are correct.",
    replace(".sum().cpu()", ".float().mean().nan_to_num().cpu()"),
)
only_rank_0_answers = wrong(
    "one that returns something on rank 0 only",
    "Each rank returns the accuracy.",
    replace("return correct.item() / count", "if dist.get_rank() == 0:\n    return correct.item() / count"),
)
batches_counted = wrong(
    "one that divides by the number of batches",
    "The accuracy is over images.",
    replace("correct.item() / count", "correct.item() / (len(loader) * dist.get_world_size())"),
)
rank_0_knows = wrong(
    "one in which only rank 0 gets the sum",
    "dist.reduce gives the sum to one rank, dist.all_reduce to all.",
    replace("dist.all_reduce(correct)", "dist.reduce(correct, dst=0)"),
)
rank_0_asks = wrong(
    "one in which only rank 0 asks for the sum",
    "all_reduce is collective: each rank calls it.",
    replace("dist.all_reduce(correct)", "if dist.get_rank() == 0:\n    dist.all_reduce(correct)"),
)
reduced_in_loop = wrong(
    "one that adds up the ranks' counts in each batch",
    "all_reduce gives the sum so far to all: what is summed in each batch is summed again and again.",
    insert("dist.all_reduce(correct)", after="left -="),
    replace("dist.all_reduce(correct)\nreturn", "return"),
)
largest_count = wrong(
    "one that takes the largest of the ranks' counts",
    "The default of all_reduce is the sum.",
    replace("dist.all_reduce(correct)", "dist.all_reduce(correct, op=dist.ReduceOp.MAX)"),
)
divided_by_own = wrong(
    "one that divides by the number of images that this rank sees",
    "The count is over all ranks: so must the number be by which it is divided.",
    replace("correct.item() / count", "correct.item() / len(loader.sampler)"),
)
