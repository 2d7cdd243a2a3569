"""Lesson 5, train_one_epoch: how it is observed, and the bank of its wrong answers."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from kata.authoring import (
    STEPS,
    CountingLoader,
    ForwardSpy,
    Observation,
    batches,
    body,
    drop,
    exercise,
    failing_loader,
    insert,
    observes,
    partly_frozen,
    replace,
    same_as,
    tied,
    with_modes,
    wrong,
)
from mistakes.ex05_training_loop.shared import kind_of, modes, outcome, plain, see_device, sgd, small, step, weights


@observes("train_one_epoch", "Your epoch does what {} does.")
def observe_train_one_epoch(lesson: Any, see: Observation) -> None:
    net: Any = ForwardSpy(with_modes().eval()).eval()
    loader = CountingLoader(batches(5, 4, 2))
    state = torch.get_rng_state()
    lesson.train_one_epoch(ForwardSpy(small()), CountingLoader(batches(5, 4, 2)), sgd(small()), "cpu")
    see("the random state after an epoch", torch.equal(state, torch.get_rng_state()))
    lesson.train_one_epoch(net, loader, sgd(net), "cpu")
    see("how often the network is run for three batches", len(net.modes))
    see("how often the loader is iterated", loader.times)
    see("the mode of the network in each batch", net.modes)
    see("the modes after the epoch", modes(net))
    lesson.train_one_epoch(net.train(), batches(3), sgd(net), "cpu")
    see("the modes after an epoch of a network in train mode", modes(net))
    see("whether a graph is recorded in each batch", net.records)
    net, pairs = small(), batches(5, 4, 3, 2)
    objects, before = list(map(id, net.parameters())), weights(net)
    loss = lesson.train_one_epoch(net, pairs, sgd(net, 0.1), "cpu")
    see.amounts("the weights after an epoch of four batches", STEPS, before, weights(net))
    see("what is returned as the loss of an epoch", kind_of(loss))
    see("the loss of an epoch with batches of 5, 4, 3 and 2", plain(loss))
    see("the images and labels after an epoch", [pairs, [images.requires_grad for images, _ in pairs]])
    see("whether the parameters are the same objects", objects == list(map(id, net.parameters())))
    see("which parameters take gradients", [p.requires_grad for p in net.parameters()])
    see_further_epochs(lesson, see)
    see_odd_loaders(lesson, see)
    see_device(see, lambda net, pairs, device: lesson.train_one_epoch(net, pairs, sgd(net), device))


def see_further_epochs(lesson: Any, see: Observation) -> None:
    """Observe old gradients, an optimizer that remembers, and odd networks."""
    net = small()
    for parameter in net.parameters():
        parameter.grad = torch.full_like(parameter, 0.3)
    before = weights(net)
    lesson.train_one_epoch(net, batches(4), sgd(net), "cpu")
    see.amounts("the weights after an epoch that met old gradients", STEPS, before, weights(net))
    for name, make in (
        ("momentum", lambda net: sgd(net, 0.02, 0.9)),
        ("Adam", lambda net: torch.optim.Adam(net.parameters(), lr=0.003)),
    ):
        net = small()
        optimizer = make(net)
        for number in ("first", "second"):
            before = weights(net)
            loss = lesson.train_one_epoch(net, batches(4, 2), optimizer, "cpu")
            see.amounts(f"the weights after the {number} epoch with {name}", STEPS, before, weights(net))
            see(f"the loss of the {number} epoch with {name}", plain(loss))
    for name, build in (("a frozen layer", partly_frozen), ("one weight twice", tied), ("dropout", with_modes)):
        net, before = build(), weights(build())
        torch.default_generator.manual_seed(2)
        lesson.train_one_epoch(net, batches(4, 3), sgd(net), "cpu")
        see.amounts(f"the weights of a network with {name}", STEPS, before, weights(net))
        see(f"the buffers of a network with {name}", list(net.buffers()))
    net = ForwardSpy(small())
    lesson.train_one_epoch(net, batches(2, 2, 2, 2, 2), sgd(net), "cpu")
    see("the graphs of earlier batches that are still in memory", max(net.alive) > 2)


def see_odd_loaders(lesson: Any, see: Observation) -> None:
    """Observe a single image, a generator, a loader without batches, and one that fails."""
    net = small()
    loss = lesson.train_one_epoch(net, batches(1), sgd(net), "cpu")
    see("the loss of one image", plain(loss))
    net = small()
    loss = lesson.train_one_epoch(net, iter(batches(3, 2)), sgd(net), "cpu")
    see("the loss of an epoch over a generator", plain(loss))
    see("what an empty list as loader gives", outcome(lambda: lesson.train_one_epoch(net, [], sgd(net), "cpu")))
    see(
        "what an empty generator as loader gives",
        outcome(lambda: lesson.train_one_epoch(net, iter(()), sgd(net), "cpu")),
    )
    see(
        "what a loader that fails in the middle gives",
        outcome(lambda: lesson.train_one_epoch(net, failing_loader(), sgd(net), "cpu")),
    )


exercise("train_one_epoch")

mean_of_batch_means = wrong(
    "one that takes the mean of the batches' means",
    "A small last batch then counts as much as a full one: each of its images weighs more. The mean is one over images.",
    replace("loss.item() * len(images)", "loss.item()"),
    replace("count += len(images)", "count += 1"),
)

mean_of_a_list = same_as(
    mean_of_batch_means,
    replace(
        "total, count = 0.0, 0",
        """
        losses: list[float] = []
        count = 0
    """,
    ),
    replace("total += loss.item() * len(images)", "losses.append(loss.item())"),
    replace("total / count", "sum(losses) / len(losses)"),
)

epoch_means_over_images = wrong(
    "one that adds up means and divides by the number of images",
    "The cross-entropy of a batch is a mean already: the sum of a few means, divided by many images, is far too small. What is added up must be of the kind that it is divided by.",
    replace("loss.item() * len(images)", "loss.item()"),
)

counts_dimension = same_as(
    epoch_means_over_images, replace("loss.item() * len(images)", "loss.item() * images.size(1)")
)

sum_not_divided = wrong(
    "one that returns a sum over the images",
    "A sum grows with the amount of data; two epochs over different data could not be compared. A mean is asked for.",
    replace("total / count", "total"),
)

sum_of_means = wrong(
    "one that returns the sum of the batches' means",
    "It grows with the number of batches. A mean over the images is asked for.",
    replace("loss.item() * len(images)", "loss.item()"),
    replace("total / count", "total"),
)

sums_over_batches = wrong(
    "one that adds up losses of images and divides by the number of batches",
    "What is added up and what it is divided by must be of one kind: images here.",
    replace("count += len(images)", "count += 1"),
)

last_batch_only = wrong(
    "one that returns the loss of the last batch",
    "One batch says little, and it may be a small one. All batches count.",
    replace("total / count", "loss.item()"),
)

digits_for_scores = wrong(
    "one that gives the digits instead of the scores to the loss",
    "argmax has no gradient, and the cross-entropy compares scores, ten for each image, with labels.",
    replace("F.cross_entropy(net(images), labels)", "F.cross_entropy(net(images).argmax(1), labels)"),
)

by_last_size = wrong(
    "one that divides the whole sum by the size of the last batch",
    "After the loop `images` is what the last turn left behind. The sum is over all images.",
    replace("total / count", "total / len(images)"),
)

total_overwritten = wrong(
    "one that keeps the last batch's sum only, and divides it by all images",
    "`=` gives `total` a new value in each turn; what came before is to be added to.",
    replace("total += loss.item()", "total = loss.item()"),
)

resets_total = same_as(last_batch_only, insert("total, count = 0.0, 0", after="for images, labels in loader:"))

first_batch_only = wrong(
    "one that learns from the first batch and returns",
    "The rest of the loader is never seen. Is the return inside the loop?",
    insert("return total / count", after="count += len(images)"),
)

next_of_the_loader = same_as(
    first_batch_only,
    body("""
        net.train()
        for images, labels in [next(iter(loader))]:
            value = step(net, images.to(device), labels.to(device), optimizer).item()
        return value
    """),
)

returns_tensor = wrong(
    "one that returns a tensor",
    "A number is asked for. A tensor keeps its device, and with a graph also the whole epoch, in memory.",
    replace(
        "total, count = 0.0, 0",
        """
        total: Any = 0.0
        count = 0
    """,
    ),
    replace("loss.item()", "loss.detach()"),
)

adds_up_graphs = wrong(
    "one that adds up tensors with their graphs",
    "Each loss holds on to the graph of its batch: memory grows with every batch of the epoch. Add up plain numbers.",
    replace(
        "total, count = 0.0, 0",
        """
        total: Any = 0.0
        count = 0
    """,
    ),
    replace("total += loss.item() *", "total = total + loss *"),
    replace("return total /", "return float(total) /"),
)

returns_graph = wrong(
    "one that returns a tensor with the graphs of all batches",
    "Each loss holds on to the graph of its batch, and the result to all of them. Return a plain Python number.",
    replace(
        "total, count = 0.0, 0",
        """
        total: Any = 0.0
        count = 0
    """,
    ),
    replace("total += loss.item() *", "total = total + loss *"),
)

epoch_returns_nothing = wrong(
    "one that returns nothing",
    "A function without `return` gives back None; the mean loss is asked for.",
    drop("return total / count"),
)

epoch_returns_list = wrong(
    "one that returns a list of the batches' losses",
    "One number is asked for: the mean over all images.",
    replace(
        "total, count = 0.0, 0",
        """
        losses: list[float] = []
        count = 0
    """,
    ),
    replace("total += loss.item() * len(images)", "losses.append(loss.item())"),
    replace("total / count", "losses"),
)

never_clears = wrong(
    "one that never clears the gradients",
    "Each backward adds to the gradients that are there: every step then follows all batches so far.",
    drop("optimizer.zero_grad()"),
)

clears_once = wrong(
    "one that clears the gradients once per epoch",
    "From the second batch on, each step follows the gradients of all batches before it, too. Clear before each backward.",
    body("""
        net.train()
        optimizer.zero_grad()
        total, count = 0.0, 0
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            loss = F.cross_entropy(net(images), labels)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(images)
            count += len(images)
        if count == 0:
            raise ValueError("loader must give at least one batch, and gives none")
        return total / count
    """),
)

clears_too_late = wrong(
    "one that clears the gradients between backward and step",
    "The step then finds nothing to follow: no weight moves.",
    body("""
        net.train()
        total, count = 0.0, 0
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            loss = F.cross_entropy(net(images), labels)
            loss.backward()
            optimizer.zero_grad()
            optimizer.step()
            total += loss.item() * len(images)
            count += len(images)
        if count == 0:
            raise ValueError("loader must give at least one batch, and gives none")
        return total / count
    """),
)

no_step = wrong(
    "one whose optimizer never steps",
    "The gradients say where to go; the optimizer's step goes there. Without it no weight moves.",
    drop("optimizer.step()"),
)

no_backward = wrong(
    "one that computes no gradients",
    "The optimizer follows what is in each parameter's .grad, and only backward fills it: no weight moves.",
    drop("loss.backward()"),
)

adds_nothing_up = wrong(
    "one that adds no loss up",
    "`total` stays what it was before the loop.",
    drop("total += loss.item() * len(images)"),
)

clears_only_afterwards = wrong(
    "one that clears the gradients only after its step",
    "The first step of an epoch then follows what was left over from before, too. Clear before backward.",
    drop("optimizer.zero_grad()"),
    insert("optimizer.zero_grad()", after="optimizer.step()"),
)

steps_before_backward = wrong(
    "one whose step comes before backward",
    "The step then follows the gradients that were left over, or none. First backward, then the step.",
    insert(
        """
        value = loss.item()
        with torch.no_grad():
            optimizer.step()
    """,
        after="loss = F.cross_entropy(net(images), labels)",
    ),
    replace(
        """
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
    """,
        """
        F.cross_entropy(net(images), labels).backward()
        total += value * len(images)
    """,
    ),
)

one_step_per_epoch = wrong(
    "one that makes a single step at the end",
    "Each batch is one step: the loop is where the network learns.",
    drop("optimizer.step()"),
    insert("optimizer.step()", after="for images, labels in loader"),
)

forgets_train_mode = wrong(
    "one that does not switch to train mode",
    "After an evaluation the network may still be in eval mode: dropout is off then, and batch norm does not learn.",
    drop("net.train()"),
)

names_train_only = same_as(forgets_train_mode, replace("net.train()", "net.train"))

trains_in_eval_mode = wrong(
    "one that trains in eval mode",
    "Dropout and batch norm behave as in use, not as in training. eval() is for measuring.",
    replace("net.train()", "net.eval()"),
)

eval_mode_after_first = wrong(
    "one that goes to eval mode inside the loop",
    "From the second batch on, the network does not train as it should.",
    insert("net.eval()", after="count += len(images)"),
)

eval_mode_at_the_end = wrong(
    "one that leaves the network in eval mode",
    "The docstring says that it stays in train mode: the caller who measures switches for that.",
    insert("net.eval()", after="if count == 0"),
)

restores_mode = wrong(
    "one that puts the network back into its old mode",
    "That is for an evaluation. Here the network stays in train mode.",
    insert("mode = net.training", before="net.train()"),
    insert("net.train(mode)", after="if count == 0"),
)

softmax_first = wrong(
    "one that gives probabilities to the cross-entropy",
    "F.cross_entropy takes raw scores and does the softmax itself: twice makes the gradients small and the loss nearly flat.",
    replace("F.cross_entropy(net(images), labels)", "F.cross_entropy(net(images).softmax(dim=1), labels)"),
)

scores_to_nll = wrong(
    "one that gives raw scores to F.nll_loss",
    "nll_loss takes logarithms of probabilities; raw scores make it go below zero without end. The cross-entropy does both.",
    replace("loss = F.cross_entropy(net(images), labels)", "loss = F.nll_loss(net(images), labels)"),
)

probabilities_to_nll = wrong(
    "one that gives probabilities, not their logarithms, to F.nll_loss",
    "nll_loss expects log_softmax: without the logarithm the loss lies between -1 and 0.",
    replace("loss = F.cross_entropy(net(images), labels)", "loss = F.nll_loss(net(images).softmax(dim=1), labels)"),
)

squared_error = wrong(
    "one that measures squared errors",
    "Squares of differences pull weakly where the network is sure and wrong. The cross-entropy is asked for.",
    replace("F.cross_entropy(net(images), labels)", "F.mse_loss(net(images), F.one_hot(labels, 10).float())"),
)

smoothed_labels = wrong(
    "one that smooths the labels",
    "Label smoothing is a choice that nobody made here: the plain cross-entropy is asked for.",
    replace("F.cross_entropy(net(images), labels)", "F.cross_entropy(net(images), labels, label_smoothing=0.1)"),
)

sum_over_batch = wrong(
    "one whose steps follow the sum over the batch",
    "With a sum, each step grows with the batch. The step follows the mean over the batch's images.",
    replace("F.cross_entropy(net(images), labels)", 'F.cross_entropy(net(images), labels, reduction="sum")'),
    replace("loss.item() * len(images)", "loss.item()"),
)

sum_weighted_again = wrong(
    "one that takes the sum over the batch and multiplies it by the batch size again",
    "A sum is weighted already, and steps that follow it grow with the batch. Use the mean.",
    replace("F.cross_entropy(net(images), labels)", 'F.cross_entropy(net(images), labels, reduction="sum")'),
)

float_labels = wrong(
    "one that turns the labels into floats",
    "Class numbers are int64: of float labels torch thinks that they are probabilities.",
    replace("F.cross_entropy(net(images), labels)", "F.cross_entropy(net(images), labels.float())"),
)

loss_after_step = wrong(
    "one that measures each loss after its step",
    "The loss of a batch before its step is asked for; afterwards the network has already seen the answer.",
    replace("total += loss.item() *", "total += F.cross_entropy(net(images), labels).item() *"),
)

measures_at_the_end = wrong(
    "one that iterates the loader again to measure",
    "A generator is used up by then, and a shuffled loader takes twice the time. The losses are there already.",
    replace("return total /", 'return sum(F.cross_entropy(net(x), y, reduction="sum").item() for x, y in loader) /'),
)

counts_with_a_second_pass = wrong(
    "one that iterates the loader twice",
    "A generator can be iterated once only; and loading data is often what takes longest.",
    insert(
        """
        if sum(len(images) for images, _ in loader) == 0:
            raise ValueError("loader must give at least one batch, and gives none")
    """,
        after="net.train()",
    ),
)

peeks_first = same_as(
    counts_with_a_second_pass,
    insert(
        """
        if next(iter(loader), None) is None:
            raise ValueError("loader must give at least one batch, and gives none")
    """,
        after="net.train()",
    ),
)

epoch_two_passes = same_as(
    counts_with_a_second_pass,
    insert(
        """
        for _ in loader:
            pass
    """,
        after="net.train()",
    ),
)

divides_by_len = wrong(
    "one that asks the loader for its length",
    "Not every loader has one: a generator does not. Count while iterating.",
    replace("total / count", "total / count * (len(loader) / len(loader))"),
)

divides_by_length_of_loader = same_as(
    divides_by_len, replace("loss.item() * len(images)", "loss.item()"), replace("total / count", "total / len(loader)")
)

divides_by_dataset = wrong(
    "one that asks the loader for its dataset",
    "Only a DataLoader has one, and with a sampler it is larger than what was iterated. Count while iterating.",
    replace("total / count", "total / len(loader.dataset)"),
)

epoch_zero_for_no_batch = wrong(
    "one that returns a number where the loader gives no batch",
    "0 would look like a perfect epoch. Nothing was learned: that is an error, ValueError.",
    replace('raise ValueError("loader must give at least one batch, and gives none")', "return 0.0"),
)

at_least_one = same_as(
    epoch_zero_for_no_batch,
    replace(
        """
        if count == 0:
            raise ValueError("loader must give at least one batch, and gives none")
        return total / count
    """,
        "return total / max(count, 1)",
    ),
)

epoch_division_by_zero = wrong(
    "one that divides by zero where the loader gives no batch",
    "The caller learns nothing from a ZeroDivisionError. Say that the loader gives no batch: ValueError.",
    drop("if count == 0:"),
)

refuses_by_assert = wrong(
    "one that refuses a loader without batches by another error than ValueError",
    "The docstring promises ValueError, so that callers can catch it; assert vanishes under python -O.",
    replace(
        """
        if count == 0:
            raise ValueError("loader must give at least one batch, and gives none")
    """,
        "assert count > 0",
    ),
)

refuses_by_runtime_error = same_as(
    refuses_by_assert,
    replace(
        'raise ValueError("loader must give at least one batch, and gives none")',
        'raise RuntimeError("loader must give at least one batch")',
    ),
)

refuses_by_truth = wrong(
    "one that asks whether the loader is empty by its truth or length",
    "A generator is always true, also an empty one, and a DataLoader may have no length. Count what it gave.",
    insert(
        """
        if not loader:
            raise ValueError("loader must give at least one batch, and gives none")
    """,
        after="net.train()",
    ),
    drop("if count == 0:"),
)

epoch_swallows_errors = wrong(
    "one that hides an error of the loader",
    "The epoch then looks finished, and half of the data was never seen. Errors pass on.",
    body("""
        net.train()
        total, count = 0.0, 0
        try:
            for images, labels in loader:
                images, labels = images.to(device), labels.to(device)
                total += step(net, images, labels, optimizer).item() * len(images)
                count += len(images)
        except LookupError:
            pass
        if count == 0:
            raise ValueError("loader must give at least one batch, and gives none")
        return total / count
    """),
)

turns_errors = wrong(
    "one that turns errors of the loader into ValueError",
    "Who reads it looks for an empty loader, and the disk was broken. Errors pass on as they are.",
    body("""
        net.train()
        total, count = 0.0, 0
        try:
            for images, labels in loader:
                images, labels = images.to(device), labels.to(device)
                total += step(net, images, labels, optimizer).item() * len(images)
                count += len(images)
        except LookupError as error:
            raise ValueError("the loader failed") from error
        if count == 0:
            raise ValueError("loader must give at least one batch, and gives none")
        return total / count
    """),
)

epoch_nothing_moved = wrong(
    "one that does not move the batches to the device that is given",
    "A network on an accelerator cannot read from the CPU's memory. Images and labels are moved to the device that the caller names, not to one that is chosen here.",
    drop("images, labels = images.to(device), labels.to(device)"),
)

epoch_chooses_device = same_as(
    epoch_nothing_moved,
    insert('device = "cuda" if torch.cuda.is_available() else "cpu"', after="for images, labels in loader:"),
)

epoch_labels_not_moved = wrong(
    "one that moves the images and leaves the labels",
    "On an accelerator the loss would meet scores there and labels on the CPU. Both are moved.",
    replace("images, labels = images.to(device), labels.", "images = images."),
)

epoch_images_not_moved = wrong(
    "one whose images reach the network where they were",
    "A network on an accelerator cannot read images from the CPU's memory. Both are moved, images and labels; and .to() returns what was moved, it does not change its tensor.",
    replace("images, labels = images.to(device),", "labels ="),
)

moved_and_dropped = same_as(
    epoch_images_not_moved,
    replace(
        "images, labels = images.to(device), labels.to(device)",
        """
        images.to(device)
        labels.to(device)
    """,
    ),
)

own_optimizer = wrong(
    "one that makes an optimizer of its own",
    "The one that is given has the caller's settings, and remembers earlier epochs.",
    insert("optimizer = torch.optim.SGD(net.parameters(), lr=0.01)", after="net.train()"),
)

own_optimizer_same_rate = wrong(
    "one whose steps are plain SGD, whatever optimizer is given",
    "The optimizer that is given may have momentum, or be Adam, and it remembers earlier epochs: let it make the step.",
    insert('optimizer = torch.optim.SGD(net.parameters(), lr=optimizer.param_groups[0]["lr"])', after="net.train()"),
)

updates_by_hand = same_as(
    own_optimizer_same_rate,
    replace(
        "optimizer.step()",
        """
        for parameter in net.parameters():
            if parameter.grad is not None:
                parameter.data -= optimizer.param_groups[0]["lr"] * parameter.grad
    """,
    ),
)

learns_on_a_copy = wrong(
    "one whose network is a copy",
    "The caller's network learns nothing, or from another's gradients.",
    insert("net = copy.deepcopy(net)", after="net.train()"),
)

clips = wrong(
    "one that clips the gradients",
    "Clipping is a choice that nobody made here: the optimizer gets the gradients as they are.",
    insert("nn.utils.clip_grad_norm_(net.parameters(), 0.1)", after="loss.backward()"),
)

asks_for_gradients_of_images = wrong(
    "one that asks for gradients of the images",
    "The images are the caller's, and left as they are: only parameters need gradients.",
    insert("images.requires_grad_()", after="images, labels = images.to(device), labels.to(device)"),
)

steps_every_other_batch = wrong(
    "one that makes a step only after every second batch",
    "Each batch is one step, with the gradients of this batch alone.",
    replace("count = 0.0", "count, turn = 0.0, 0"),
    drop("optimizer.zero_grad()"),
    replace(
        "optimizer.step()",
        """
        turn += 1
        if turn % 2 == 0:
            optimizer.step()
            optimizer.zero_grad()
    """,
    ),
)

lowers_the_rate = wrong(
    "one that changes the learning rate from batch to batch",
    "How far to go is the optimizer's setting, which is the caller's: it stays as it is.",
    insert('optimizer.param_groups[0]["lr"] *= 0.9', after="optimizer.step()"),
)

running_average = wrong(
    "one that returns a running average, in which late batches weigh more",
    "A smoothed curve is for looking at. The mean over all images is asked for.",
    replace(
        "total += loss.item() * len(images)", "total = loss.item() if count == 0 else 0.9 * total + 0.1 * loss.item()"
    ),
    replace("total / count", "total"),
)

steps_twice = wrong(
    "one that makes two steps for each batch",
    "One step per batch.",
    insert("optimizer.step()", after="optimizer.step()"),
)

skips_last = wrong(
    "one that leaves out the last batch, or a short one",
    "Every batch counts, also a small one: it only weighs less.",
    insert(
        """
        if len(images) < 2:
            continue
    """,
        after="images, labels = images.to(device), labels.to(device)",
    ),
)

epoch_normalises = wrong(
    "one that scales the images first",
    "The network gets the images as they are: preparing them is the data's business.",
    replace("net(images),", "net((images - images.mean()) / images.std()),"),
)

epoch_seeds = wrong(
    "one that sets a seed or draws random numbers",
    "Seeds are the caller's business: with one inside, every epoch has the same dropout.",
    insert(
        """
        torch.default_generator.manual_seed(0)
        torch.rand(1)
    """,
        after="net.train()",
    ),
)

item_too_early = wrong(
    "one that turns the loss into a number too early",
    "A Python number has no graph, and no backward. Take .item() when it is done.",
    replace("loss = F.cross_entropy(net(images), labels)", "loss: Any = F.cross_entropy(net(images), labels).item()"),
    replace("total += loss.item() * len(images)", "total += loss * len(images)"),
)

without_graph = wrong(
    "one that runs the network where no graph is recorded",
    "Under torch.no_grad() backward has nothing to go back through.",
    replace(
        "loss = F.cross_entropy(net(images), labels)",
        """
        with torch.no_grad():
            loss = F.cross_entropy(net(images), labels)
    """,
    ),
)

epoch_freezes = wrong(
    "one that freezes the weights when it is done",
    "The next epoch needs their gradients.",
    insert("net.requires_grad_(False)", after="if count == 0"),
)
