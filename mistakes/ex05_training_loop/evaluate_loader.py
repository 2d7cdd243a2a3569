"""Lesson 5, evaluate: wrong answers about what is returned, the loader, and devices."""

import torch
import torch.nn.functional as F

from kata.authoring import batches, body, drop, exercise, insert, replace, same_as, wrong
from mistakes.ex05_training_loop.shared import modes

exercise("evaluate")

evaluation_returns_tuple = wrong(
    "one that returns a tuple",
    "An Evaluation is promised, whose parts have names.",
    replace(
        "Evaluation(total / count, int(confusion.trace()) / count, confusion)",
        "total / count, int(confusion.trace()) / count, confusion",
    ),
)

returns_dict = wrong(
    "one that returns a dictionary",
    "An Evaluation is promised, whose parts are attributes.",
    replace(
        "Evaluation(total / count, int(confusion.trace()) / count, confusion)",
        '{"loss": total / count, "accuracy": int(confusion.trace()) / count, "confusion": confusion}',
    ),
)

evaluation_returns_nothing = wrong(
    "one that returns nothing",
    "A function without `return` gives back None.",
    drop("return Evaluation(total / count, int(confusion.trace()) / count, confusion)"),
)

only_accuracy = wrong(
    "one that returns the accuracy only",
    "An Evaluation has three parts.",
    replace("Evaluation(total / count, int(confusion.trace()) / count, confusion)", "int(confusion.trace()) / count"),
)

arguments_swapped = wrong(
    "one that swaps loss and accuracy",
    "Evaluation takes the loss first, then the accuracy.",
    replace("total / count, int(confusion.trace())", "int(confusion.trace()) / count, total"),
)

returns_in_loop = wrong(
    "one that returns after the first batch",
    "Is the return inside the loop? All batches count.",
    insert(
        """
        count = len(labels)
        return Evaluation(total / count, int(confusion.trace()) / count, confusion)
    """,
        after="confusion += torch.bincount(cells, minlength=100).view(10, 10).cpu()",
    ),
)

evaluation_two_passes = wrong(
    "one that iterates the loader twice",
    "A generator can be iterated once only; and loading data is often what takes longest.",
    insert(
        """
        if sum(1 for _ in loader) == 0:
            raise ValueError("loader must give at least one batch, and gives none")
    """,
        after="modes = [(module, module.training) for module in net.modules()]",
    ),
)

peeks = same_as(
    evaluation_two_passes,
    insert(
        """
        if next(iter(loader), None) is None:
            raise ValueError("loader must give at least one batch, and gives none")
    """,
        after="modes = [(module, module.training) for module in net.modules()]",
    ),
)

runs_twice = wrong(
    "one that runs the network twice for each batch",
    "Once for the loss and once for the digits costs twice the time: keep the scores.",
    replace("labels * 10 + scores.argmax(dim=1)", "labels * 10 + net(images).argmax(dim=1)"),
)

asks_for_length = wrong(
    "one that asks the loader for its length",
    "Not every loader has one: a generator does not. Count while iterating.",
    insert("batches = len(loader)", after="modes = [(module, module.training) for module in net.modules()]"),
)

asks_for_dataset = wrong(
    "one that asks the loader for its dataset",
    "Only a DataLoader has one. Count while iterating.",
    replace("count = int(confusion.sum())", "count = len(loader.dataset)"),
)

evaluation_zero_for_no_batch = wrong(
    "one that returns numbers where the loader gives no batch",
    "An accuracy of nothing means nothing: that is an error, ValueError.",
    replace(
        """
        count = int(confusion.sum())
        if count == 0:
            raise ValueError("loader must give at least one batch, and gives none")
    """,
        "count = max(int(confusion.sum()), 1)",
    ),
)

evaluation_division_by_zero = wrong(
    "one that divides by zero where the loader gives no batch",
    "The caller learns nothing from a ZeroDivisionError. Say that the loader gives no batch: ValueError.",
    drop("if count == 0:"),
)

other_error_for_no_batch = wrong(
    "one that refuses a loader without batches by another error than ValueError",
    "The docstring promises ValueError, so that callers can catch it.",
    replace(
        'raise ValueError("loader must give at least one batch, and gives none")',
        'raise RuntimeError("loader must give at least one batch")',
    ),
)

asserts_batches = same_as(
    other_error_for_no_batch,
    replace(
        """
        if count == 0:
            raise ValueError("loader must give at least one batch, and gives none")
    """,
        "assert count > 0",
    ),
)

evaluation_swallows_errors = wrong(
    "one that hides an error of the loader",
    "The evaluation then looks complete, and half of the images were never seen. Errors pass on.",
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
        except LookupError:
            pass
        finally:
            for module, mode in modes:
                module.training = mode
        count = int(confusion.sum())
        if count == 0:
            raise ValueError("loader must give at least one batch, and gives none")
        return Evaluation(total / count, confusion.trace().item() / count, confusion)
    """),
)

returns_in_finally = same_as(
    evaluation_swallows_errors,
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
        except Exception:  # noqa: BLE001
            pass
        finally:
            for module, mode in modes:
                module.training = mode
        count = int(confusion.sum())
        if count == 0:
            raise ValueError("loader must give at least one batch, and gives none")
        return Evaluation(total / count, confusion.trace().item() / count, confusion)
    """),
)

evaluation_nothing_moved = wrong(
    "one that does not move the batches to the device that is given",
    "A network on an accelerator cannot read from the CPU's memory. Images and labels are moved to the device that the caller names, not to one that is chosen here.",
    drop("images, labels = images.to(device), labels.to(device)"),
)

evaluation_chooses_device = same_as(
    evaluation_nothing_moved,
    insert('device = "cuda" if torch.cuda.is_available() else "cpu"', after="for images, labels in loader:"),
)

evaluation_labels_not_moved = wrong(
    "one that moves the images and leaves the labels",
    "On an accelerator the loss would meet scores there and labels on the CPU. Both are moved.",
    replace("images, labels = images.to(device), labels.", "images = images."),
)

evaluation_images_not_moved = wrong(
    "one whose images reach the network where they were",
    "A network on an accelerator cannot read images from the CPU's memory. Both are moved, images and labels; and .to() returns what was moved, it does not change its tensor.",
    replace("images, labels = images.to(device),", "labels ="),
)

evaluation_seeds = wrong(
    "one that sets a seed or draws random numbers",
    "Seeds are the caller's business.",
    insert(
        """
        torch.default_generator.manual_seed(0)
        torch.rand(1)
    """,
        after="modes = [(module, module.training) for module in net.modules()]",
    ),
)

evaluation_normalises = wrong(
    "one that scales the images first",
    "The network gets the images as they are: preparing them is the data's business.",
    replace("net(images)", "net((images - images.mean()) / images.std())"),
)

evaluation_rounds = wrong(
    "one that rounds",
    "Rounding is for printing; the numbers themselves are asked for.",
    replace(
        "total / count, int(confusion.trace()) / count",
        "round(total / count, 2), round(int(confusion.trace()) / count, 2)",
    ),
)

evaluation_leaves_hooks = wrong(
    "one that leaves a hook at the network",
    "A hook runs at each later call, too: what register_forward_hook returns has remove().",
    insert("net.register_forward_hook(lambda *_: None)", before="net.eval()"),
)
evaluation_leaves_results = wrong(
    "one that keeps its results at the network",
    "net is the caller's: what is set on it stays there, and a name of its own may be lost. Results are returned.",
    insert("net.confusion = confusion", before="return Evaluation("),
)
