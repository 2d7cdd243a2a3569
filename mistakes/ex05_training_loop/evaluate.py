"""Lesson 5, evaluate: how it is observed, and the bank of its wrong answers."""

import contextlib
import functools
from collections.abc import Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

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
    mixed,
    observes,
    readout,
    replace,
    same_as,
    seeded,
    snapshot,
    with_modes,
    wrong,
)
from mistakes.ex05_training_loop.shared import kind_of, modes, outcome, plain, see_device, small, weights


def see_evaluation(see: Observation, of: str, given: Any) -> None:
    """Observe an evaluation, number by number."""
    see(f"the loss of {of}", plain(given.loss))
    see(f"the accuracy of {of}", plain(given.accuracy))
    see(f"the confusion matrix of {of}", given.confusion)


@observes("evaluate", "Your evaluation does what {} does.")
def observe_evaluate(lesson: Any, see: Observation) -> None:
    net: Any = ForwardSpy(with_modes())
    loader, state = CountingLoader(batches(5, 4, 2)), torch.get_rng_state()
    given = lesson.evaluate(net, loader, "cpu")
    see("what is returned", type(given).__name__)
    see("how often the network is run for three batches", len(net.modes))
    see("how often the loader is iterated", loader.times)
    see("whether the network is in train mode in each batch", net.modes)
    see("whether a graph is recorded in each batch", net.records)
    see("the random state after an evaluation", torch.equal(state, torch.get_rng_state()))
    see("the type of the loss", kind_of(given.loss))
    see("the type of the accuracy", kind_of(given.accuracy))
    see("what the confusion matrix is", kind_of(given.confusion))
    pairs = digits_read()
    see_evaluation(see, "50 images, some of them read wrongly", lesson.evaluate(readout(), pairs, "cpu"))
    see("the images and labels after an evaluation", [pairs, [images.requires_grad for images, _ in pairs]])
    scores, labels = seeded(6, 10, seed=4) * 0.3, torch.arange(6)
    right = [(scores + F.one_hot(labels, 10) * 4.0, labels)]
    see_evaluation(see, "6 images that are all read rightly", lesson.evaluate(readout(), right, "cpu"))
    see_evaluation(see, "batches of 7, 7 and 2 images", lesson.evaluate(small(), batches(7, 7, 2), "cpu"))
    see_evaluation(see, "one batch of 10 images", lesson.evaluate(small(), batches(10), "cpu"))
    see_evaluation(see, "one image", lesson.evaluate(small(), batches(1), "cpu"))
    see_evaluation(see, "a network with dropout", lesson.evaluate(with_modes(), batches(6, 3), "cpu"))
    see_evaluation(see, "a generator", lesson.evaluate(small(), iter(batches(6, 3)), "cpu"))
    see_what_evaluating_leaves(lesson, see)
    see_device(see, lambda net, pairs, device: lesson.evaluate(net, pairs, device))


def digits_read() -> list[tuple[Tensor, Tensor]]:
    """Return scores and labels of 50 images in two unequal batches; several images share a cell."""
    labels = torch.arange(50) * 7 % 10
    read = torch.where(torch.arange(50) % 4 == 0, (labels + 3) % 10, labels)
    scores = seeded(50, 10, seed=4) * 0.3 + F.one_hot(read, 10) * 4.0
    return [(scores[:35], labels[:35]), (scores[35:], labels[35:])]


def see_what_evaluating_leaves(lesson: Any, see: Observation) -> None:
    """Observe what an evaluation must not change, and loaders that fail."""
    for start in (None, 0.3):
        net = with_modes()
        for parameter in net.parameters():
            parameter.grad = None if start is None else torch.full_like(parameter, start)
        before = weights(net)
        lesson.evaluate(net, batches(5, 3), "cpu")
        see.amounts("the weights after an evaluation", STEPS, before, weights(net))
        see("the buffers after an evaluation", list(net.buffers()))
        see("the gradients after an evaluation", [p.grad for p in net.parameters()])
        see("which parameters take gradients after an evaluation", [p.requires_grad for p in net.parameters()])
    builds = (("train mode", with_modes), ("eval mode", lambda: with_modes().eval()), ("mixed modes", mixed))
    for name, build in builds:
        net = build()
        lesson.evaluate(net, batches(4), "cpu")
        see(f"the modes of a network in {name} after an evaluation", modes(net))
    see("whether graphs are recorded after an evaluation", torch.is_grad_enabled())
    net = with_modes()
    changes = snapshot(net)
    lesson.evaluate(net, batches(4), "cpu")
    see("what else is other about net after an evaluation", [place for place, _, _ in changes()])
    for name, build in builds:
        net = build()
        see(
            "what a loader that fails in the middle gives",
            outcome(functools.partial(lesson.evaluate, net, failing_loader(), "cpu")),
        )
        see(f"the modes of a network in {name} after the loader failed", modes(net))
        see("what an empty list as loader gives", outcome(functools.partial(lesson.evaluate, net, [], "cpu")))
        see("what an empty generator gives", outcome(functools.partial(lesson.evaluate, net, iter(()), "cpu")))
        see(f"the modes of a network in {name} after a loader without batches", modes(net))


# evaluate


@contextlib.contextmanager
def measuring(net: Any) -> Iterator[None]:
    """Measure in eval mode and without graphs, and put every mode back."""
    modes = [(module, module.training) for module in net.modules()]
    net.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module, mode in modes:
            module.training = mode


exercise("evaluate")

no_eval_mode = wrong(
    "one that stays in train mode",
    "Dropout then hides half of the network while it is measured, and batch norm learns from the test images.",
    drop("net.eval()"),
)

names_eval_only = same_as(
    no_eval_mode,
    insert("net.eval", after="modes = [(module, module.training) for module in net.modules()]"),
    drop("net.eval()"),
)

mode_not_restored = wrong(
    "one that leaves the network in eval mode",
    "A caller who trains on is in the wrong mode, and nobody notices. Put each module back into its mode.",
    drop("for module, mode in modes:"),
)

always_train_mode = wrong(
    "one that always ends in train mode",
    "The network may have been in eval mode before. Note the modes, and put those back.",
    replace(
        """
        for module, mode in modes:
            module.training = mode
    """,
        "net.train()",
    ),
)

mode_of_root_only = wrong(
    "one that puts all modules into the mode of the whole network",
    "A part may have been in another mode: a frozen batch norm stays in eval mode while the rest trains. Each module has a mode of its own.",
    replace(
        """
        for module, mode in modes:
            module.training = mode
    """,
        "net.train(modes[0][1])",
    ),
)

mode_lost_on_error = wrong(
    "one that restores the modes only where all goes well",
    "A loader that fails leaves the network in eval mode. What must happen in any case belongs into finally.",
    body("""
        modes = [(module, module.training) for module in net.modules()]
        net.eval()
        total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
        with torch.no_grad():
            for images, labels in loader:
                scores = net(images.to(device))
                labels = labels.to(device)
                total += F.cross_entropy(scores, labels, reduction="sum").item()
                confusion += torch.bincount(labels * 10 + scores.argmax(1), minlength=100).reshape(10, 10).cpu()
        for module, mode in modes:
            module.training = mode
        if not confusion.any():
            raise ValueError("loader must give at least one batch, and gives none")
        return Evaluation(total / int(confusion.sum()), float(confusion.trace() / confusion.sum()), confusion)
    """),
)

mode_lost_on_empty = wrong(
    "one that leaves eval mode on where the loader gives no batch",
    "The modes are put back in any case: also before this error.",
    body("""
        modes = [(module, module.training) for module in net.modules()]
        net.eval()
        total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
        try:
            with torch.no_grad():
                for images, labels in loader:
                    images, labels = images.to(device), labels.to(device)
                    scores = net(images)
                    read = scores.argmax(dim=1)
                    total += F.cross_entropy(scores, labels, reduction="sum").item()
                    for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                        confusion[label, digit] += 1
            if not confusion.any():
                empty = True
            else:
                empty = False
        except BaseException:
            for module, mode in modes:
                module.training = mode
            raise
        if empty:
            raise ValueError("loader must give at least one batch, and gives none")
        for module, mode in modes:
            module.training = mode
        count = int(confusion.sum())
        if count == 0:
            raise ValueError("loader must give at least one batch, and gives none")
        return Evaluation(total / count, confusion.trace().item() / count, confusion)
    """),
)

records_graphs = wrong(
    "one that records graphs",
    "Every batch then keeps its whole way through the network in memory, for gradients that nobody asks for. eval() does not switch this off.",
    replace("with torch.no_grad()", "if True"),
)

names_no_grad_only = same_as(
    records_graphs,
    replace(
        "with torch.no_grad():",
        """
        torch.no_grad()
        if True:
    """,
    ),
)

grad_stays_off = wrong(
    "one that switches gradients off for good",
    "torch.set_grad_enabled(False) holds for the whole program from then on. A with block ends by itself.",
    replace(
        "with torch.no_grad():",
        """
        torch.set_grad_enabled(False)
        if True:
    """,
    ),
)

evaluation_freezes = wrong(
    "one that freezes the weights",
    "requires_grad of the parameters is left as it is: the next epoch needs their gradients.",
    insert("net.requires_grad_(False)", after="modes = [(module, module.training) for module in net.modules()]"),
)

clears_gradients = wrong(
    "one that clears the gradients",
    "Gradients are not its business: the caller may still need them.",
    insert("net.zero_grad()", after="modes = [(module, module.training) for module in net.modules()]"),
)

zeroes_gradients = wrong(
    "one that sets the gradients to zero",
    "Gradients are not its business: the caller may still need them.",
    insert("net.zero_grad(set_to_none=False)", after="modes = [(module, module.training) for module in net.modules()]"),
)

computes_gradients = wrong(
    "one that calls backward",
    "Measuring needs no gradients: these add to those of the next step.",
    replace("with torch.no_grad()", "if True"),
    insert(
        "F.cross_entropy(scores, labels).backward()",
        after='total += F.cross_entropy(scores, labels, reduction="sum").item()',
    ),
)

loss_of_batch_means = wrong(
    "one whose loss is the mean of the batches' means",
    "A small last batch then counts as much as a full one. The mean is one over images.",
    replace(
        """
        confusion = torch.zeros(10, 10, dtype=torch.int64)
        total = 0.0
    """,
        "batches, total, confusion = 0, 0.0, torch.zeros(10, 10, dtype=torch.int64)",
    ),
    replace(
        'total += F.cross_entropy(scores, labels, reduction="sum").item()',
        """
        total += F.cross_entropy(scores, labels).item()
        batches = batches + 1
    """,
    ),
    replace(
        "return Evaluation(total / count, int(confusion.trace()) / count, confusion)",
        "return Evaluation(total / batches, int(confusion.trace()) / count, confusion)",
    ),
)

evaluation_means_over_images = wrong(
    "one whose loss adds up means and divides by the number of images",
    "The cross-entropy of a batch is a mean already: weigh it with the images of the batch, or add up sums.",
    replace('F.cross_entropy(scores, labels, reduction="sum").item()', "F.cross_entropy(scores, labels).item()"),
)

sum_of_losses = wrong(
    "one whose loss is a sum",
    "A sum grows with the number of images: two test sets could not be compared.",
    replace("total / count,", "total,"),
)

sum_over_batches = wrong(
    "one whose loss is a sum over images, divided by the number of batches",
    "What is added up and what it is divided by must be of one kind: images here.",
    replace(
        """
        confusion = torch.zeros(10, 10, dtype=torch.int64)
        total = 0.0
    """,
        "batches, total, confusion = 0, 0.0, torch.zeros(10, 10, dtype=torch.int64)",
    ),
    insert("batches = batches + 1", after='total += F.cross_entropy(scores, labels, reduction="sum").item()'),
    replace(
        "return Evaluation(total / count, int(confusion.trace()) / count, confusion)",
        "return Evaluation(total / batches, int(confusion.trace()) / count, confusion)",
    ),
)

last_loss = wrong(
    "one whose loss is that of the last batch",
    "All batches count.",
    replace("total / count", "F.cross_entropy(scores, labels).item()"),
)

softmax_loss = wrong(
    "one whose loss is computed from probabilities",
    "F.cross_entropy takes raw scores and does the softmax itself.",
    replace(
        'total += F.cross_entropy(scores, labels, reduction="sum")',
        'total += F.cross_entropy(scores.softmax(dim=1), labels, reduction="sum")',
    ),
)

nll_of_scores = wrong(
    "one whose loss gives raw scores to F.nll_loss",
    "nll_loss takes logarithms of probabilities. The cross-entropy of the scores is asked for.",
    replace(
        'total += F.cross_entropy(scores, labels, reduction="sum")',
        'total += F.nll_loss(scores, labels, reduction="sum")',
    ),
)

nll_of_probabilities = wrong(
    "one whose loss gives probabilities to F.nll_loss",
    "nll_loss takes logarithms of probabilities: log_softmax, or the cross-entropy of the scores.",
    replace(
        'total += F.cross_entropy(scores, labels, reduction="sum")',
        'total += F.nll_loss(scores.softmax(dim=1), labels, reduction="sum")',
    ),
)

squared_loss = wrong(
    "one whose loss is a squared error",
    "The cross-entropy is asked for.",
    replace(
        'F.cross_entropy(scores, labels, reduction="sum").item()',
        "F.mse_loss(scores, F.one_hot(labels, 10).float()).item() * len(labels)",
    ),
)

loss_tensor = wrong(
    "one whose loss is a tensor",
    "Plain Python numbers are asked for.",
    replace("total / count", "torch.tensor(total / count)"),
)

accuracy_tensor = wrong(
    "one whose accuracy is a tensor",
    "Plain Python numbers are asked for.",
    replace("count, int(confusion.trace()) /", "count, confusion.trace() /"),
)

both_tensors = wrong(
    "one whose loss and accuracy are tensors",
    "Plain Python numbers are asked for.",
    replace(
        "return Evaluation(total / count, int(confusion.trace()) / count, confusion)",
        "return Evaluation(torch.tensor(total / count), confusion.trace() / count, confusion)",
    ),
)

percent = wrong(
    "one whose accuracy is in percent",
    "The docstring says a part, 0 to 1.",
    replace(
        "return Evaluation(total / count, int(confusion.trace()) / count, confusion)",
        "return Evaluation(total / count, 100 * int(confusion.trace()) / count, confusion)",
    ),
)

balanced = wrong(
    "one whose accuracy is a mean over the digits",
    "A rare digit then counts as much as a frequent one. The part of all images is asked for.",
    replace("int(confusion.trace()) / count", "float((confusion.diag() / confusion.sum(dim=1).clamp(min=1)).mean())"),
)

compares_scores = wrong(
    "one whose accuracy compares the highest scores, not their places, with the labels",
    "A score is no digit: the digit is the place of the highest score.",
    replace(
        """
        confusion = torch.zeros(10, 10, dtype=torch.int64)
        total = 0.0
    """,
        "right, total, confusion = 0, 0.0, torch.zeros(10, 10, dtype=torch.int64)",
    ),
    insert("right += int((scores.max(dim=1).values == labels).sum())", after="scores = net(images)"),
    replace("int(confusion.trace())", "right"),
)

count_for_accuracy = wrong(
    "one whose accuracy is a count",
    "How many are right says little without how many there are: a part is asked for.",
    replace("int(confusion.trace()) / count", "float(confusion.trace())"),
)

integer_accuracy = wrong(
    "one whose accuracy is divided without a remainder",
    "// gives 0 unless all are right.",
    replace("int(confusion.trace()) / count", "float(confusion.trace().item() // count)"),
)

accuracy_of_batches = wrong(
    "one whose accuracy is the mean of the batches' accuracies",
    "A small last batch then counts as much as a full one. Count images.",
    insert("parts: list[float] = []", after="modes = [(module, module.training) for module in net.modules()]"),
    insert("read = scores.argmax(dim=1)", after="scores = net(images)"),
    replace(
        "cells = labels * 10 + scores.argmax(dim=1)",
        """
        parts.append((read == labels).float().mean().item())
        cells = labels * 10 + read
    """,
    ),
    replace("int(confusion.trace()) / count", "sum(parts) / len(parts)"),
)

accuracy_of_last = wrong(
    "one whose accuracy is that of the last batch",
    "All batches count.",
    body("""
        total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
        with measuring(net):
            for images, labels in loader:
                images, labels = images.to(device), labels.to(device)
                scores = net(images)
                read = scores.argmax(dim=1)
                total += F.cross_entropy(scores, labels, reduction="sum").item()
                for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                    confusion[label, digit] += 1
        count = int(confusion.sum())
        if count == 0:
            raise ValueError("loader must give at least one batch, and gives none")
        return Evaluation(total / count, (read == labels).float().mean().item(), confusion)
    """),
)

accuracy_over_batches = wrong(
    "one whose accuracy is divided by the number of batches",
    "Then it is above 1. Right images, divided by images.",
    replace(
        """
        confusion = torch.zeros(10, 10, dtype=torch.int64)
        total = 0.0
    """,
        "batches, total, confusion = 0, 0.0, torch.zeros(10, 10, dtype=torch.int64)",
    ),
    insert("batches = batches + 1", after='total += F.cross_entropy(scores, labels, reduction="sum").item()'),
    replace("int(confusion.trace()) / count", "confusion.trace().item() / batches"),
)

error_rate = wrong(
    "one whose accuracy is the part read wrongly",
    "1 minus this is asked for: the part that was classified correctly.",
    replace(
        "return Evaluation(total / count, int(confusion.trace()) / count, confusion)",
        "return Evaluation(total / count, 1 - int(confusion.trace()) / count, confusion)",
    ),
)

argmax_over_batch = wrong(
    "one that takes the highest score of each digit, not of each image",
    "The dimension 0 counts images, the dimension 1 digits: one digit per image is asked for.",
    insert("read = scores.argmax(dim=0)[: len(labels)]", after="scores = net(images)"),
    replace(
        """
        cells = labels * 10 + scores.argmax(dim=1)
        confusion += torch.bincount(cells, minlength=100).view(10, 10).cpu()
    """,
        """
        for label, digit in zip(labels.tolist(), read.tolist(), strict=False):
            confusion[label, digit] += 1
    """,
    ),
)

argmax_dim_0 = same_as(
    argmax_over_batch,
    insert("read = scores.argmax(dim=0)", after="scores = net(images)"),
    replace(
        """
        cells = labels * 10 + scores.argmax(dim=1)
        confusion += torch.bincount(cells, minlength=100).view(10, 10).cpu()
    """,
        """
        for label, digit in zip(labels.tolist(), read.tolist(), strict=False):
            confusion[label, digit] += 1
    """,
    ),
)

cells_in_nines = wrong(
    "one whose cells are counted in nines",
    "Row by row there are ten cells: the row of a label begins at ten times the label.",
    replace("labels * 10", "labels * 9"),
)

argmax_dim_0_plain = same_as(argmax_over_batch, replace("scores.argmax(dim=1)", "scores.argmax(dim=0)"))

argmax_of_all = wrong(
    "one that takes one digit for the whole batch",
    "Without a dimension, argmax looks through all scores of the batch at once: one digit per image is asked for.",
    replace("10 + scores.argmax(dim=1)", "10 + (scores.argmax() % 10).expand(len(labels))"),
)

argmin = wrong(
    "one that reads the digit with the lowest score",
    "The highest score is what the network reads.",
    replace("10 + scores.argmax(dim=1)", "10 + scores.argmin(dim=1)"),
)
