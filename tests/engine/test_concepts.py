"""The same concept, the same mistakes, in every exercise where it occurs: a table, whose gaps are seen.

Each concept names the exercises where it can be got wrong, and words of the mistake's name in that exercise's bank.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from kata.content import bank
from kata.content.lesson import discover

STEPS = ("train_step", "optimizer_step", "train_one_epoch")
RETURNING = [
    "LeNet.num_flat_features",
    "LeNet.forward",
    "compute_loss",
    "train_step",
    "optimizer_step",
    "to_32x32",
    "DigitsDataset.__len__",
    "DigitsDataset.__getitem__",
    "make_loaders",
    "train_one_epoch",
    "evaluate",
    "fit",
    "load_checkpoint",
    "LeNet5.forward",
    "LeNet5.probabilities",
    "ScaledTanh.forward",
]

CONCEPTS: dict[str, dict[str, str]] = {
    "nothing is returned": {
        name: "returned" if name in ("compute_loss", "make_loaders") else "returns nothing" for name in RETURNING
    },
    "old gradients stay": {
        "backward": "keeps the old gradients",
        "train_step": "never clears the old gradients",
        "optimizer_step": "never clears the old gradients",
        "train_one_epoch": "never clears the gradients",
    },
    "gradients are cleared only after the step": {
        "train_step": "after its update only",
        "optimizer_step": "after its step only",
        "train_one_epoch": "only after its step",
    },
    "gradients are cleared before they are used": {
        "backward": "clears the gradients after they were filled",
        "train_step": "between backward and the update",
        "optimizer_step": "clears the new gradients before its step",
        "train_one_epoch": "between backward and step",
    },
    "no step is made": {
        "train_step": "updates nothing",
        "optimizer_step": "never steps",
        "train_one_epoch": "never steps",
        "sgd_update": "moves nothing",
        "SGD.step": "moves nothing",
    },
    "no gradients are computed": {
        "backward": "computes no new ones",
        "train_step": "without gradients of this loss",
        "optimizer_step": "computes no gradients",
        "train_one_epoch": "computes no gradients",
    },
    "the step comes before the gradients": {
        "train_step": "before the gradients are there",
        "optimizer_step": "before the gradients are there",
        "train_one_epoch": "step comes before backward",
    },
    "the loss is measured after the step": {
        "train_step": "after the update",
        "optimizer_step": "after the update",
        "train_one_epoch": "after its step",
    },
    "a tensor is returned for a number": dict.fromkeys(STEPS, "tensor") | {"evaluate": "loss is a tensor"},
    "a number is made too early": dict.fromkeys(STEPS, "turns the loss into a number too early"),
    "gradients are clipped": dict.fromkeys(STEPS, "clips the gradients") | {"backward": "cuts large gradients off"},
    "the name in a loop is assigned to": {
        "sgd_update": "assigns to the name in its loop",
        "SGD.step": "assigns to the name in its loop",
    },
    "a loop stops at the first parameter without gradient": {
        "sgd_update": "stops at the first parameter without gradient",
        "SGD.step": "stops at the first parameter without gradient",
    },
    "None for a gradient is not expected": {
        "backward": "still None",
        "sgd_update": "fails where a gradient is None",
        "SGD.step": "counts on every gradient to be there",
    },
    "a mean of means": {
        "train_one_epoch": "mean of the batches' means",
        "evaluate": "mean of the batches' means",
    },
    "means are divided by the number of images": {
        "train_one_epoch": "adds up means and divides by the number of images",
        "evaluate": "adds up means and divides by the number of images",
    },
    "the last batch is taken for all": {
        "train_one_epoch": "loss of the last batch",
        "evaluate": "loss is that of the last batch",
    },
    "the first batch is taken for all": {
        "train_one_epoch": "learns from the first batch and returns",
        "evaluate": "returns after the first batch",
        "fit": "stops after the first epoch",
    },
    "batches are not moved": {
        "train_one_epoch": "does not move the batches",
        "evaluate": "does not move the batches",
    },
    "what .to() gives is dropped": {
        "train_one_epoch": "reach the network where they were",
        "evaluate": "reach the network where they were",
    },
    "the mode is wrong": {
        "compute_loss": "switches the network to eval mode",
        "train_step": "switches the network to eval mode",
        "optimizer_step": "in eval mode",
        "train_one_epoch": "trains in eval mode",
        "evaluate": "stays in train mode",
    },
    "random numbers are drawn": {
        "LeNet.forward": "random state",
        "compute_loss": "something random",
        "train_step": "random numbers",
        "optimizer_step": "random numbers",
        "train_one_epoch": "random numbers",
        "evaluate": "random numbers",
        "fit": "random numbers",
    },
    "softmax on scores": {
        "LeNet.forward": "with softmax on its scores",
        "compute_loss": "softmax first",
        "optimizer_step": "probabilities of the scores",
        "train_one_epoch": "probabilities to the cross-entropy",
        "evaluate": "computed from probabilities",
    },
    "a copy learns": {
        "train_step": "on a copy",
        "optimizer_step": "on a copy",
        "train_one_epoch": "network is a copy",
        "fit": "trains a copy",
    },
    "the image is changed in its place": {
        "LeNet.forward": "overwrites its images",
        "compute_loss": "changes the images",
        "optimizer_step": "changes the input in its place",
        "ScaledTanh.forward": "changes its input",
    },
}

NAMES: dict[str, set[str]] = {}
for lesson in discover(Path(__file__).resolve().parents[2]):
    for answer in bank.read(lesson, lesson.mistakes):
        NAMES.setdefault(answer.exercise, set()).add(answer.name)


@pytest.mark.parametrize("concept", CONCEPTS)
def test_a_concept_has_its_mistake_in_every_exercise_where_it_occurs(concept: str) -> None:
    missing = [
        exercise for exercise, words in CONCEPTS[concept].items() if not any(words in name for name in NAMES[exercise])
    ]

    assert missing == []
