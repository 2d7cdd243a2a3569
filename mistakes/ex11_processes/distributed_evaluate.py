"""Lesson 11, distributed_evaluate: how it is observed, and the bank of its wrong answers."""

from typing import Any

import torch
from torch.utils.data import TensorDataset

from kata.authoring import (
    VALUES,
    ForwardSpy,
    Numbered,
    Observation,
    batch,
    body,
    dealt,
    drop,
    exercise,
    insert,
    labels_of,
    mixed,
    observes,
    on_ranks,
    readout,
    replace,
    tensors_of,
    unwrap,
    wrong,
)


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
        probe = ForwardSpy(net)
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
