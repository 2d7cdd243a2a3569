"""Lesson 11, distributed_step: how it is observed, and the bank of its wrong answers."""

from typing import Any

import torch
from torch import nn
from torch.optim import SGD, Adam

from kata.authoring import (
    GRADIENTS,
    LOSSES,
    STEPS,
    AsymmetricLoss,
    CallCounter,
    Observation,
    batch,
    drop,
    exercise,
    gradients_of,
    insert,
    observes,
    on_ranks,
    partly_frozen,
    replace,
    same_as,
    share_of,
    tensors_of,
    with_unused_layer,
    worked_batch,
    worked_example,
    wrong,
)
from mistakes.ex11_processes.shared import see_ranks


def steps(lesson: Any, rank: int, build: Any, sizes: tuple[int, ...], times: int = 1, is_adam: bool = False) -> Any:
    """Return the losses of some steps, the network afterwards, and its gradients."""
    net = build()
    whole = worked_batch() if build is worked_example else batch(sum(sizes))
    trained = [p for p in net.parameters() if p.requires_grad]
    optimizer = Adam(trained, lr=0.1) if is_adam else SGD(trained, lr=0.1, momentum=0.9, weight_decay=0.1)
    for parameter in trained:
        parameter.grad = torch.full_like(parameter, 7.0) if rank else None
    shares = share_of(whole, sizes, rank)
    losses = [lesson.distributed_step(net, optimizer, nn.MSELoss(), *shares) for _ in range(times)]
    return losses, tensors_of(net), gradients_of(net)


STEP_CASES = (
    ("a small network", worked_example, (2, 1), 1),
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
    see_steps(see, "Adam", worked_example(), on_ranks(lesson, steps, worked_example, (2, 1), 3, True))
    given = on_ranks(lesson, steps, worked_example, (2, 1))
    see_ranks(see, "the gradients after a step", GRADIENTS, [grads for _, _, grads in given])

    def around(lesson: Any, rank: int) -> list[Any]:
        net, criterion = CallCounter(worked_example()).eval(), AsymmetricLoss()
        x, target = worked_batch()
        loss = lesson.distributed_step(net, SGD(net.parameters(), lr=0.1), criterion, x, target)
        kept = torch.equal(x, worked_batch()[0]) and torch.equal(target, worked_batch()[1]) and not x.requires_grad
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
summed_over_images = wrong(
    "one that adds the images' gradients up, and divides by the number of ranks only",
    "The mean is one over the images of all ranks: their number is what the sum is divided by.",
    replace("(share * dist.get_world_size()).backward()", "(share * images).backward()"),
)
