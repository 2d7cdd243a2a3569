"""Lesson 5, evaluate: wrong answers about the confusion matrix."""

import torch

from kata.authoring import drop, exercise, insert, replace, same_as, wrong

exercise("evaluate")

transposed = wrong(
    "one whose confusion matrix has rows and columns the wrong way round",
    "Rows are the right digits, columns what was read: confusion[5, 2] counts fives that were read as two.",
    insert("read = scores.argmax(dim=1)", after="scores = net(images)"),
    replace(
        """
        cells = labels * 10 + scores.argmax(dim=1)
        confusion += torch.bincount(cells, minlength=100).view(10, 10).cpu()
    """,
        """
        for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
            confusion[digit, label] += 1
    """,
    ),
)

transposed_bincount = same_as(
    transposed,
    insert("read = scores.argmax(dim=1)", after="scores = net(images)"),
    replace(
        """
        cells = labels * 10 + scores.argmax(dim=1)
        confusion += torch.bincount(cells, minlength=100).view(10, 10).cpu()
    """,
        "confusion += torch.bincount(read * 10 + labels, minlength=100).reshape(10, 10)",
    ),
)

duplicates_lost = wrong(
    "one that counts several images in one cell once",
    "confusion[labels, read] += 1 reads all cells, adds one, and writes: of images that share a cell, one counts. Sum up duplicates.",
    insert("read = scores.argmax(dim=1)", after="scores = net(images)"),
    replace(
        """
        cells = labels * 10 + scores.argmax(dim=1)
        confusion += torch.bincount(cells, minlength=100).view(10, 10).cpu()
    """,
        "confusion[labels, read] += 1",
    ),
)

duplicates_lost_in_matrix = wrong(
    "one whose confusion matrix counts several images in one cell once",
    "confusion[labels, read] += 1 reads all cells, adds one, and writes: of images that share a cell, one counts. Sum up duplicates.",
    replace(
        """
        confusion = torch.zeros(10, 10, dtype=torch.int64)
        total = 0.0
    """,
        "right, count, total, confusion = 0, 0, 0.0, torch.zeros(10, 10, dtype=torch.int64)",
    ),
    insert("read = scores.argmax(dim=1)", after="scores = net(images)"),
    replace("cells = labels * 10 + scores.argmax(dim=1)", "confusion[labels, read] += 1"),
    replace(
        "confusion += torch.bincount(cells, minlength=100).view(10, 10).cpu()",
        "right, count = right + int((read == labels).sum()), count + len(labels)",
    ),
    drop("count = int(confusion.sum())"),
    replace("int(confusion.trace())", "right"),
)

index_put_without_accumulate = same_as(
    duplicates_lost_in_matrix,
    replace(
        """
        confusion = torch.zeros(10, 10, dtype=torch.int64)
        total = 0.0
    """,
        "right, count, total, confusion = 0, 0, 0.0, torch.zeros(10, 10, dtype=torch.int64)",
    ),
    insert("read = scores.argmax(dim=1)", after="scores = net(images)"),
    replace("cells = labels * 10 + scores.argmax(dim=1)", "confusion[labels, read] = confusion[labels, read] + 1"),
    replace(
        "confusion += torch.bincount(cells, minlength=100).view(10, 10).cpu()",
        "right, count = right + int((read == labels).sum()), count + len(labels)",
    ),
    drop("count = int(confusion.sum())"),
    replace("int(confusion.trace())", "right"),
)

float_matrix = wrong(
    "one whose confusion matrix holds floats",
    "Counts are whole numbers: int64.",
    replace(
        "Evaluation(total / count, int(confusion.trace()) / count, confusion)",
        "Evaluation(total / count, int(confusion.trace()) / count, confusion.float())",
    ),
)

normalised_matrix = wrong(
    "one whose confusion matrix holds parts instead of counts",
    "How often is asked for, int64: parts can be made from counts, not the other way.",
    replace(
        "return Evaluation(total / count, int(confusion.trace()) / count, confusion)",
        """
        return Evaluation(
            total / count, int(confusion.trace()) / count, confusion / confusion.sum(dim=1, keepdim=True).clamp(min=1)
        )
    """,
    ),
)

matrix_of_lists = wrong(
    "one whose confusion matrix is no tensor",
    "A tensor (10, 10) int64 is promised.",
    replace(
        "Evaluation(total / count, int(confusion.trace()) / count, confusion)",
        "Evaluation(total / count, int(confusion.trace()) / count, confusion.tolist())",
    ),
)

flat_matrix = wrong(
    "one whose confusion matrix has another shape",
    "(10, 10) is promised: a row for each right digit.",
    replace(
        "Evaluation(total / count, int(confusion.trace()) / count, confusion)",
        "Evaluation(total / count, int(confusion.trace()) / count, confusion.flatten())",
    ),
)

matrix_of_last = wrong(
    "one whose confusion matrix is that of the last batch",
    "All batches count: start with zeros once, before the loop.",
    replace(
        """
        confusion = torch.zeros(10, 10, dtype=torch.int64)
        total = 0.0
    """,
        "right, count, total, confusion = 0, 0, 0.0, torch.zeros(10, 10, dtype=torch.int64)",
    ),
    insert("read = scores.argmax(dim=1)", after="scores = net(images)"),
    replace(
        """
        cells = labels * 10 + scores.argmax(dim=1)
        confusion += torch.bincount(cells, minlength=100).view(10, 10).cpu()
    """,
        """
        confusion.zero_()
        confusion += torch.bincount(labels * 10 + read, minlength=100).reshape(10, 10)
        right, count = right + int((read == labels).sum()), count + len(labels)
    """,
    ),
    drop("count = int(confusion.sum())"),
    replace("int(confusion.trace())", "right"),
)

only_wrong_ones = wrong(
    "one whose confusion matrix counts the wrongly read images only",
    "The diagonal counts the images that were read right.",
    replace(
        """
        confusion = torch.zeros(10, 10, dtype=torch.int64)
        total = 0.0
    """,
        "right, count, total, confusion = 0, 0, 0.0, torch.zeros(10, 10, dtype=torch.int64)",
    ),
    insert("read = scores.argmax(dim=1)", after="scores = net(images)"),
    replace(
        """
        cells = labels * 10 + scores.argmax(dim=1)
        confusion += torch.bincount(cells, minlength=100).view(10, 10).cpu()
    """,
        """
        for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
            confusion[label, digit] += label != digit
        right, count = right + int((read == labels).sum()), count + len(labels)
    """,
    ),
    drop("count = int(confusion.sum())"),
    replace("int(confusion.trace())", "right"),
)
