"""Lesson 9, accumulated_step: how it is observed, and the bank of its wrong answers."""

from typing import Any

import torch
from torch import nn

from kata.authoring import (
    STEPS,
    AsymmetricLoss,
    CallLog,
    ForwardSpy,
    Observation,
    ReadSpy,
    batches,
    body,
    drop,
    exercise,
    few,
    insert,
    mixed,
    observes,
    partly_frozen,
    pretend_accelerator,
    replace,
    same_as,
    seeded,
    small,
    with_unused_layer,
    wrong,
)
from mistakes.ex09_devices.shared import plain, see_loss, weights, with_old_gradients


@observes("accumulated_step", "Your step does what {} does.")
def observe_accumulated_step(lesson: Any, see: Observation) -> None:
    course = CallLog(small(), nn.CrossEntropyLoss())
    optimizer = course.optimizer(plain(course.net))
    try:
        lesson.accumulated_step(course.net, optimizer, course.criterion, [few(4), few(3, 2), few(4, 3)])
    finally:
        see("the course of a step of three batches", list(course.lines))
    see_step(lesson, see, "one batch", small(), [few(4)])
    see_step(lesson, see, "two batches of one size", small(), [few(4), few(4, 2)])
    see_step(lesson, see, "batches of 5, 2 and 1", small(), [few(5), few(2, 2), few(1, 3)])
    see_step(lesson, see, "batches that met old gradients", with_old_gradients(), [few(5), few(2, 2)])
    see_step(
        lesson, see, "another criterion", small(), [(few(n)[0], seeded(n, 4, seed=n)) for n in (4, 2)], AsymmetricLoss()
    )
    net = small()
    optimizer = plain(net, momentum=0.9)
    for number in (1, 2):
        before = weights(net)
        lesson.accumulated_step(net, optimizer, nn.CrossEntropyLoss(), [few(4, number), few(3, number + 5)])
        see.amounts(f"the weights after step {number} with momentum", STEPS, before, weights(net))
    net = small()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, weight_decay=0.5)
    before = weights(net)
    lesson.accumulated_step(net, optimizer, nn.CrossEntropyLoss(), [few(4), few(3, 5)])
    see.amounts("the weights after a step with weight decay", STEPS, before, weights(net))
    for name, build in (("a frozen layer", partly_frozen), ("an unused layer", with_unused_layer)):
        odd: Any = build()
        before = weights(odd)
        lesson.accumulated_step(odd, plain(odd), nn.CrossEntropyLoss(), batches(3, 2))
        see.amounts(f"the weights of a network with {name}", STEPS, before, weights(odd))
    see_manner(lesson, see)


def see_step(lesson: Any, see: Observation, of: str, net: Any, pairs: Any, criterion: Any = None) -> None:
    """Observe a step of some batches."""
    before = weights(net)
    loss = lesson.accumulated_step(net, plain(net), criterion or nn.CrossEntropyLoss(), pairs)
    see.amounts(f"the weights after a step of {of}", STEPS, before, weights(net))
    see_loss(see, of, loss)


def see_manner(lesson: Any, see: Observation) -> None:
    """Observe memory, waiting, modes and what is the caller's."""
    probe = ForwardSpy(small())
    lesson.accumulated_step(probe, plain(probe), nn.CrossEntropyLoss(), [few(4), few(3, 2), few(4, 3), few(2, 4)])
    see("how often the network is run for four batches", len(probe.modes))
    see("how many graphs that backward has not used up are alive in each run", [min(one, 2) for one in probe.held][1:])
    modes, pairs = mixed(), batches(4, 3)
    with pretend_accelerator() as there, ReadSpy() as waits:
        far, moved = small().to(there), [(x.to(there), y.to(there)) for x, y in (few(4), few(3, 2), few(4, 3))]
        waits.times = 0
        lesson.accumulated_step(far, plain(far), nn.CrossEntropyLoss(), moved)
    see("whether the device is asked for more than one number", waits.times > 1)
    lesson.accumulated_step(modes, plain(modes), nn.CrossEntropyLoss(), pairs)
    see("the modes after a step", [module.training for module in modes])
    see("the batches after a step", [part for pair in pairs for part in pair])


exercise("accumulated_step")

step_each_batch = wrong(
    "one that makes a step after each batch",
    "Then each batch meets other weights: gradients add up first, and one step follows.",
    drop("optimizer.step()"),
    insert("optimizer.step()", after="loss.backward()"),
)

clears_each_batch = wrong(
    "one that clears the gradients before each batch",
    "What the batches before have added is then gone: clear once, before the first.",
    drop("optimizer.zero_grad()"),
    insert("optimizer.zero_grad()", before="loss = criterion(net(x), target) * (len(x) / count)"),
)

usual_loop = wrong(
    "the usual loop, a step for each batch",
    "Clear, backward and step for each batch are the usual training: here the gradients of all add up before one step.",
    body("""
        count = sum(len(x) for x, _ in batches)
        total = 0.0
        for x, target in batches:
            optimizer.zero_grad()
            loss = criterion(net(x), target)
            loss.backward()
            optimizer.step()
            total = total + loss.detach() * (len(x) / count)
        return float(total)
    """),
)

sums_of_means = wrong(
    "one that adds the batches' gradients up without any weights",
    "Each is a mean over its batch: their sum is too large by the number of batches.",
    body("""
        optimizer.zero_grad()
        count = sum(len(x) for x, _ in batches)
        total = 0.0
        for x, target in batches:
            loss = criterion(net(x), target)
            loss.backward()
            total = total + loss.detach() * (len(x) / count)
        optimizer.step()
        return float(total)
    """),
)

sums_of_means_and_losses = wrong(
    "one that adds gradients and losses of the batches up without any weights",
    "Each is a mean over its batch: their sum is too large by the number of batches.",
    replace(" * (len(x) / count)", ""),
)

batches_count_the_same = wrong(
    "one in which each batch counts the same",
    "An image of a short batch would count more than others: weigh each batch with its share of the images.",
    replace("len(x) / count", "1 / len(batches)"),
)

gradients_only_weighted = wrong(
    "one that weighs the gradients, and returns the plain mean of the losses",
    "The mean over all images weighs each batch's loss with its share of the images.",
    body("""
        optimizer.zero_grad()
        count = sum(len(x) for x, _ in batches)
        total = 0.0
        for x, target in batches:
            loss = criterion(net(x), target)
            (loss * (len(x) / count)).backward()
            total = total + loss.detach() / len(batches)
        optimizer.step()
        return float(total)
    """),
)

not_divided = wrong(
    "one that weighs with the size of a batch, and does not divide by all",
    "The weights are shares, and add up to 1.",
    replace("(len(x) / count)", "len(x)"),
)

share_of_the_first = wrong(
    "one that divides by the size of the first batch",
    "The share of a batch is its size divided by the number of all images.",
    replace("sum(len(x) for x, _ in batches)", "len(batches[0][0]) * len(batches)"),
)

divided_twice = wrong(
    "one that divides by the size of the batch again",
    "The criterion's mean is divided by it already.",
    replace("len(x) / count", "1 / count"),
)

share_upside_down = wrong(
    "one that weighs with the share upside down",
    "A large batch counts for more, and not for less.",
    replace("len(x) / count", "count / len(x)"),
)

counts_numbers = wrong(
    "one that counts numbers and not images",
    "len of a batch is the number of its images; numel counts every number in them.",
    replace("sum(len(x) for x, _ in batches)", "sum(x.numel() for x, _ in batches)"),
)

sums_and_no_clear = wrong(
    "one that never clears the gradients",
    "backward adds to what .grad holds: the gradients of the step before would count, too.",
    drop("optimizer.zero_grad()"),
)

clears_last = wrong(
    "one that clears the gradients after the step only",
    "What lies there before the first batch counts, too: clear before it.",
    drop("optimizer.zero_grad()"),
    insert("optimizer.zero_grad()", after="optimizer.step()"),
)

clears_before_the_step = wrong(
    "one that clears the gradients before the step",
    "Then nothing is left for the step.",
    insert("optimizer.zero_grad(set_to_none=False)", before="optimizer.step()"),
)

sums_and_no_step = wrong(
    "one that makes no step",
    "After the last batch comes the step.",
    drop("optimizer.step()"),
)

backward_once = wrong(
    "one that calls backward once, for the sum of the losses",
    "All graphs are then alive at once, and take the memory of one large batch: call backward for each batch.",
    body("""
        optimizer.zero_grad()
        count = sum(len(x) for x, _ in batches)
        total = sum(criterion(net(x), target) * (len(x) / count) for x, target in batches)
        total.backward()
        optimizer.step()
        return float(total)
    """),
)

one_large_batch = wrong(
    "one that makes one large batch of all",
    "That is what does not fit into memory: run one batch at a time.",
    body("""
        optimizer.zero_grad()
        x = torch.cat([x for x, _ in batches])
        target = torch.cat([target for _, target in batches])
        loss = criterion(net(x), target)
        loss.backward()
        optimizer.step()
        return loss.item()
    """),
)

first_batch_only = wrong(
    "one that looks at the first batch only",
    "A return inside of the loop ends it.",
    replace("for x, target in batches:", "for x, target in batches[:1]:"),
)

last_batch_only = wrong(
    "one that learns from the last batch only",
    "backward stands in the loop, once for each batch.",
    body("""
        optimizer.zero_grad()
        for x, target in batches:
            loss = criterion(net(x), target)
        loss.backward()
        optimizer.step()
        return loss.item()
    """),
)

drops_the_last = wrong(
    "one that leaves the last batch out",
    "It may be short, and counts as all others do, with its share.",
    replace("for x, target in batches:", "for x, target in batches[:-1]:"),
)

asks_each_time = wrong(
    "one that asks the device for the loss of each batch",
    "Each .item() makes the CPU wait: add the losses up where they are, and ask once.",
    replace("total + loss.detach()", "total + loss.item()"),
)

returns_last_loss = wrong(
    "one that returns the loss of the last batch",
    "Wanted is the mean over all images.",
    replace("total = total + loss.detach()", "total = loss.detach() * count / len(x)"),
)

returns_last_share = wrong(
    "one that returns the last batch's share of the loss",
    "Wanted is the mean over all images: the shares of all batches add up to it.",
    replace("total = total + loss.detach()", "total = loss.detach()"),
)

sums_and_returns_tensor = wrong(
    "one that returns the loss as a tensor",
    "Return a plain Python number.",
    replace("float(total)", "total"),
)

sums_and_returns_nothing = wrong(
    "one that returns nothing",
    "A function without `return` gives back None; the caller wants to see the loss.",
    drop("return float(total)"),
)

sums_and_swapped = wrong(
    "one that gives the criterion the target first",
    "A criterion takes the scores first, then the target.",
    replace(
        "criterion(net(x), target)",
        "(criterion(target, net(x)) if target.is_floating_point() else criterion(net(x), target))",
    ),
)

runs_twice = wrong(
    "one that runs the network once more for the loss that it returns",
    "The loss that backward has started from is there already.",
    replace("total + loss.detach()", "total + criterion(net(x), target).detach() * (len(x) / count)"),
)

sums_and_trains_always = wrong(
    "one that sets the network to train mode",
    "The modes are the caller's: a frozen part may be in eval mode on purpose.",
    insert("net.train()", before="optimizer.zero_grad()"),
)

divides_the_rate = wrong(
    "one that divides the learning rate instead of the gradients",
    "Plain SGD cannot tell; weight decay, and optimizers such as Adam, see gradients that are too large.",
    body("""
        optimizer.zero_grad()
        count = sum(len(x) for x, _ in batches)
        total: Tensor | float = 0.0
        for x, target in batches:
            loss = criterion(net(x), target) * len(x)
            loss.backward()
            total = total + loss.detach()
        for group in optimizer.param_groups:
            group["lr"] /= count
        optimizer.step()
        for group in optimizer.param_groups:
            group["lr"] *= count
        return float(total / count)
    """),
)

retains_graphs = wrong(
    "one that keeps the graph of each batch",
    "backward frees what it has used; with retain_graph=True the next batch comes on top of it.",
    replace("loss.backward()", "loss.backward(retain_graph=True)"),
)
