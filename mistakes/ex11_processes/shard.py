"""Lesson 11, shard: how it is observed, and the bank of its wrong answers."""

from collections import Counter
from itertools import pairwise
from typing import Any

import numpy
import torch

from kata.authoring import Observation, body, exercise, insert, numbers, observes, replace, scramble, wrong


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
    for seed in (-3, 2**40):
        see(f"what the seed {seed} gives", sorted(lesson.shard(6, 0, 1, 1, seed)))
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


exercise("shard")

not_shuffled = wrong(
    "one that does not shuffle",
    "A rank would see the images in the order of the dataset, and the same ones in each epoch.",
    replace(
        "torch.randperm(count, generator=torch.Generator().manual_seed(seed + epoch)).tolist()", "list(range(count))"
    ),
)
refuses_negative_seeds = wrong(
    "one whose generator takes no negative seed",
    "numpy's generators do not, torch's does: torch.Generator().manual_seed takes any.",
    replace(
        "torch.randperm(count, generator=torch.Generator().manual_seed(seed + epoch))",
        "numpy.random.default_rng(seed + epoch).permutation(count)",
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
