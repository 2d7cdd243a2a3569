"""Lesson 4, DigitsDataset.__init__: how it is observed, and the bank of its wrong answers."""

from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from kata.authoring import Observation, body, exercise, labels_of, observes, same_as, wrong
from mistakes.ex04_data.shared import form, grey, see_refused, shades
from solutions.ex04_data import DigitsDataset, to_32x32


def see_kept(see: Observation, of: str, dataset: Any) -> None:
    """Observe what a dataset keeps."""
    for name in ("images", "labels"):
        kept = getattr(dataset, name, None)
        see(f"what {of} keeps", {f"dataset.{name}": "there" if hasattr(dataset, name) else "missing"})
        see(f"dataset.{name} of {of}", form(kept))
        see(f"dataset.{name} of {of}", kept if isinstance(kept, Tensor) else str(type(kept)))
        see(f"the first of dataset.{name} of {of}", form(kept[0] if isinstance(kept, list) else kept))
    see(f"what {of} keeps", {"the number of its attributes": "none" if not vars(dataset) else "some"})


@observes("DigitsDataset.__init__", "Your dataset is that of {}.")
def observe_init(lesson: Any, see: Observation) -> None:
    images, labels = grey(12, 8, 8), labels_of(12)
    dataset = lesson.DigitsDataset(images, labels)
    see_kept(see, "a dataset of 8 x 8", dataset)
    see(
        "images handed in",
        {"what they are afterwards": "as before" if torch.equal(images, grey(12, 8, 8)) else "changed"},
    )
    see(
        "labels handed in",
        {"what they are afterwards": "as before" if torch.equal(labels, labels_of(12)) else "changed"},
    )
    lesson.DigitsDataset(grey(4, 8, 8, seed=2), labels_of(4) - labels_of(4))
    see_kept(see, "a first dataset, after a second was made", dataset)
    see_kept(
        see, "a dataset with labels of uint8", lesson.DigitsDataset(grey(12, 28, 28), labels_of(12).to(torch.uint8))
    )
    see_kept(see, "a dataset with labels of int32", lesson.DigitsDataset(shades(12, 1, 28, 28), labels_of(12).int()))
    see_kept(see, "a dataset of one image", lesson.DigitsDataset(grey(1, 8, 8), labels_of(1)))
    see_kept(see, "a dataset of zeros", lesson.DigitsDataset(grey(3, 32, 32), torch.zeros(3, dtype=torch.int64)))
    see_kept(see, "a dataset of nines", lesson.DigitsDataset(grey(3, 32, 32), torch.full((3,), 9)))
    see("the class", {"a torch.utils.data.Dataset": isinstance(dataset, torch.utils.data.Dataset)})
    see_refused_pairs(lesson, see)


def see_refused_pairs(lesson: Any, see: Observation) -> None:
    """Observe which images and labels are refused."""
    for more in (11, 17, 1):
        call = partial(lesson.DigitsDataset, grey(12, 8, 8), labels_of(more))
        see_refused(see, f"a dataset of 12 images with {more} labels", call, 12, more)
    for label in (10, 47, -1):
        for place in (5, 0, 11):
            wrong = labels_of(12)
            wrong[place] = label
            call = partial(lesson.DigitsDataset, grey(12, 8, 8), wrong)
            see_refused(see, f"a dataset with the label {label} at {place}", call, label)
    call = partial(lesson.DigitsDataset, grey(12, 8, 8), torch.full((12,), 10))
    see_refused(see, "a dataset with the label 10 everywhere", call, 10)
    for shape in ((3, 28, 31), (3, 3, 8, 8)):
        call = partial(lesson.DigitsDataset, grey(*shape), labels_of(3))
        see_refused(see, f"a dataset of images of the shape {shape}", call)


# DigitsDataset.__init__


def check_lengths(images: Tensor, labels: Tensor) -> None:
    """Refuse other numbers of labels than of images."""
    if len(labels) != len(images):
        raise ValueError(f"{len(images)} images and {len(labels)} labels")


def check_labels(labels: Tensor) -> None:
    """Refuse labels outside 0 to 9."""
    wrong = labels[(labels < 0) | (labels > 9)]
    if wrong.numel():
        raise ValueError(f"the label {wrong[0].item()}")


exercise("DigitsDataset.__init__")

kept_raw = wrong(
    "an __init__ that keeps the images as they came",
    "They are converted once, here, so that no item needs to be converted when it is asked for.",
    body("""
        to_32x32(images)
        check_lengths(images, labels)
        check_labels(labels)
        self.images, self.labels = images, labels.long()
    """),
)

only_divided = wrong(
    "an __init__ that only divides the images by 255",
    "There is a function for the whole conversion: `to_32x32`, which brings the size and the channel too.",
    body("""
        check_lengths(images, labels)
        check_labels(labels)
        self.images, self.labels = images / 255, labels.long()
    """),
)

divided_with_channel = wrong(
    "an __init__ that adds a channel and divides, but leaves the size",
    "There is a function for the whole conversion: `to_32x32`, which brings the size too.",
    body("""
        check_lengths(images, labels)
        check_labels(labels)
        self.images, self.labels = (images / 255).unsqueeze(1), labels.long()
    """),
)

divided_again = wrong(
    "an __init__ that divides what to_32x32 has scaled already",
    "`to_32x32` gives 0 to 1; divided by 255 once more, all images are black.",
    body("""
        check_lengths(images, labels)
        check_labels(labels)
        self.images, self.labels = to_32x32(images) / 255, labels.long()
    """),
)

channel_taken_away = wrong(
    "an __init__ that takes the channel away",
    "A network takes (N, 1, 32, 32): the channel that `to_32x32` gives is needed.",
    body("""
        check_lengths(images, labels)
        check_labels(labels)
        self.images, self.labels = to_32x32(images).squeeze(1), labels.long()
    """),
)

normalised = wrong(
    "an __init__ that normalises the images",
    "The images kept are those of `to_32x32`: black is 0 and white is 1.",
    body("""
        check_lengths(images, labels)
        check_labels(labels)
        converted = to_32x32(images)
        self.images, self.labels = (converted - converted.mean()) / converted.std(), labels.long()
    """),
)

normalised_like_mnist_in_init = same_as(
    normalised,
    body("""
        check_lengths(images, labels)
        check_labels(labels)
        self.images, self.labels = (to_32x32(images) - 0.1307) / 0.3081, labels.long()
    """),
)

normalised_from_minus_1 = same_as(
    normalised,
    body("""
        check_lengths(images, labels)
        check_labels(labels)
        self.images, self.labels = to_32x32(images) * 2 - 1, labels.long()
    """),
)

images_in_a_list = wrong(
    "an __init__ that keeps a list of images",
    "`images` is one tensor, (N, 1, 32, 32).",
    body("""
        check_lengths(images, labels)
        check_labels(labels)
        self.images, self.labels = list(to_32x32(images)), labels.long()
    """),
)

other_names = wrong(
    "an __init__ that keeps images and labels under other names",
    "The other two methods look for `self.images` and `self.labels`: names that several methods use are a contract.",
    body("""
        check_lengths(images, labels)
        check_labels(labels)
        self.data, self.targets = to_32x32(images), labels.long()
    """),
)

local_names = wrong(
    "an __init__ that keeps nothing: its names are gone when it ends",
    "A name without `self.` lives as long as the call. What other methods need belongs to self.",
    body("""
        check_lengths(images, labels)
        check_labels(labels)
        images = to_32x32(images)
        labels = labels.long()
    """),
)

labels_not_kept = wrong(
    "an __init__ that keeps the images, but not the labels",
    "`__getitem__` needs both.",
    body("""
        check_lengths(images, labels)
        check_labels(labels)
        self.images = to_32x32(images)
    """),
)

images_not_kept = wrong(
    "an __init__ that keeps the labels, but not the images",
    "`__getitem__` needs both.",
    body("""
        check_lengths(images, labels)
        check_labels(labels)
        to_32x32(images)
        self.labels = labels.long()
    """),
)

wrong_way_round = wrong(
    "an __init__ that keeps images and labels the wrong way round",
    "`images` holds the images, `labels` the labels.",
    body("""
        check_lengths(images, labels)
        check_labels(labels)
        self.images, self.labels = labels.long(), to_32x32(images)
    """),
)

list_of_pairs = wrong(
    "an __init__ that keeps a list of pairs in place of two tensors",
    "`images` and `labels` are two tensors: everything that works on whole batches needs them so.",
    body("""
        check_lengths(images, labels)
        check_labels(labels)
        self.images = list(zip(to_32x32(images), labels.tolist(), strict=True))
        self.labels = labels.long()
    """),
)

on_the_class = wrong(
    "an __init__ that keeps images and labels on the class, where all datasets share them",
    "A second dataset would take the first one's place. What belongs to one dataset belongs to self.",
    body("""
        check_lengths(images, labels)
        check_labels(labels)
        type(self).images, type(self).labels = to_32x32(images), labels.long()
    """),
)

labels_dtype_kept = wrong(
    "an __init__ that keeps the labels in the dtype in which they came",
    "`labels` is int64 whatever comes in: the loss takes nothing else, and uint8 numbers run over at 255.",
    body("""
        check_lengths(images, labels)
        check_labels(labels)
        self.images, self.labels = to_32x32(images), labels
    """),
)

labels_as_floats = wrong(
    "an __init__ that keeps the labels as floats",
    "A label says which class it is: a whole number, int64.",
    body("""
        check_lengths(images, labels)
        check_labels(labels)
        self.images, self.labels = to_32x32(images), labels.float()
    """),
)

labels_int32 = wrong(
    "an __init__ that keeps the labels as int32",
    "`labels` is int64: the loss takes nothing else.",
    body("""
        check_lengths(images, labels)
        check_labels(labels)
        self.images, self.labels = to_32x32(images), labels.int()
    """),
)

labels_in_a_list = wrong(
    "an __init__ that keeps a list of labels",
    "`labels` is one tensor, (N,), int64.",
    body("""
        check_lengths(images, labels)
        check_labels(labels)
        self.images, self.labels = to_32x32(images), labels.tolist()
    """),
)

labels_one_hot = wrong(
    "an __init__ that keeps ten zeros and ones for each label (one-hot)",
    "A label is the number of the class, (N,). Ten numbers for each were needed for the squared error of lesson 2.",
    body("""
        check_lengths(images, labels)
        check_labels(labels)
        self.images, self.labels = to_32x32(images), F.one_hot(labels.long(), 10)
    """),
)

labels_as_column = wrong(
    "an __init__ that gives the labels a second dimension",
    "There is one number for each image: (N,).",
    body("""
        check_lengths(images, labels)
        check_labels(labels)
        self.images, self.labels = to_32x32(images), labels.long().unsqueeze(1)
    """),
)

shuffled_in_init = wrong(
    "an __init__ that shuffles images and labels",
    "The order stays as it came: shuffling is the loader's business.",
    body("""
        check_lengths(images, labels)
        check_labels(labels)
        order = torch.randperm(len(images), generator=torch.Generator().manual_seed(0))
        self.images, self.labels = to_32x32(images)[order], labels.long()[order]
    """),
)

labels_sorted = wrong(
    "an __init__ that sorts the labels, but not the images with them",
    "Then each image has another one's label.",
    body("""
        check_lengths(images, labels)
        check_labels(labels)
        self.images, self.labels = to_32x32(images), labels.long().sort().values
    """),
)

images_changed = wrong(
    "an __init__ that changes the images handed in",
    "They belong to the caller, who may use them again.",
    body("""
        check_lengths(images, labels)
        check_labels(labels)
        self.images, self.labels = to_32x32(images), labels.long()
        images.zero_()
    """),
)

labels_changed = wrong(
    "an __init__ that changes the labels handed in",
    "They belong to the caller, who may use them again.",
    body("""
        check_lengths(images, labels)
        check_labels(labels)
        self.images, self.labels = to_32x32(images), labels.long().clone()
        labels.zero_()
    """),
)

labels_not_looked_at = wrong(
    "an __init__ that refuses nothing of the labels",
    "A label too few, or a label 10, would be met much later, in the middle of training.",
    body("self.images, self.labels = to_32x32(images), labels.long()"),
)

lengths_not_compared = wrong(
    "an __init__ that does not compare the numbers of images and labels",
    "Where they differ, some images have no label, or another one's.",
    body("""
        check_labels(labels)
        self.images, self.labels = to_32x32(images), labels.long()
    """),
)

more_labels_accepted = wrong(
    "an __init__ that accepts more labels than images",
    "Where they differ, nobody knows which label belongs to which image.",
    body("""
        if len(labels) < len(images):
            raise ValueError(f"{len(images)} images and {len(labels)} labels")
        check_labels(labels)
        self.images, self.labels = to_32x32(images), labels.long()
    """),
)

fewer_labels_accepted = wrong(
    "an __init__ that accepts fewer labels than images",
    "Where they differ, some images have no label.",
    body("""
        if len(labels) > len(images):
            raise ValueError(f"{len(images)} images and {len(labels)} labels")
        check_labels(labels)
        self.images, self.labels = to_32x32(images), labels.long()
    """),
)

cut_to_shorter = wrong(
    "an __init__ that cuts images and labels to the shorter of the two",
    "Where they differ, nobody knows which label belongs to which image. Refuse them.",
    body("""
        check_labels(labels)
        count = min(len(images), len(labels))
        self.images, self.labels = to_32x32(images[:count]), labels.long()[:count]
    """),
)

any_label = wrong(
    "an __init__ that accepts any label",
    "Ten digits, ten scores: a label 10 or -1 has no score.",
    body("""
        check_lengths(images, labels)
        self.images, self.labels = to_32x32(images), labels.long()
    """),
)

negative_labels = wrong(
    "an __init__ that accepts labels below 0",
    "-1 has no score; as an index it would even mean the last one.",
    body("""
        check_lengths(images, labels)
        check_labels(labels.clamp(min=0))
        self.images, self.labels = to_32x32(images), labels.long()
    """),
)

large_labels = wrong(
    "an __init__ that accepts labels above 9",
    "Ten digits, ten scores: a label 10 has no score.",
    body("""
        check_lengths(images, labels)
        check_labels(labels.clamp(max=9))
        self.images, self.labels = to_32x32(images), labels.long()
    """),
)

label_10 = wrong(
    "an __init__ that accepts the label 10",
    "Ten digits are 0 to 9: 10 is one too many.",
    body("""
        check_lengths(images, labels)
        check_labels(torch.where(labels == 10, 9, labels))
        self.images, self.labels = to_32x32(images), labels.long()
    """),
)

zero_refused = wrong(
    "an __init__ that refuses the label 0",
    "0 is a digit too.",
    body("""
        check_lengths(images, labels)
        check_labels(torch.where(labels == 0, -1, labels))
        self.images, self.labels = to_32x32(images), labels.long()
    """),
)

nine_refused = wrong(
    "an __init__ that refuses the label 9",
    "0 to 9 are ten digits, and 9 is the last of them.",
    body("""
        check_lengths(images, labels)
        check_labels(torch.where(labels == 9, 10, labels))
        self.images, self.labels = to_32x32(images), labels.long()
    """),
)

first_label_only = wrong(
    "an __init__ that looks at the first label only",
    "A wrong one may stand anywhere.",
    body("""
        check_lengths(images, labels)
        check_labels(labels[:1])
        self.images, self.labels = to_32x32(images), labels.long()
    """),
)

all_labels_wrong = wrong(
    "an __init__ that refuses labels only where all of them are wrong",
    "One wrong label is enough: `any`, not `all`.",
    body("""
        check_lengths(images, labels)
        if ((labels < 0) | (labels > 9)).all():
            raise ValueError(f"labels {labels.tolist()}")
        self.images, self.labels = to_32x32(images), labels.long()
    """),
)

labels_clamped = wrong(
    "an __init__ that cuts labels off at 0 and 9",
    "Then an image that shows something else becomes a nine without a word. Refuse it.",
    body("""
        check_lengths(images, labels)
        self.images, self.labels = to_32x32(images), labels.long().clamp(0, 9)
    """),
)

asserted_in_init = wrong(
    "an __init__ that asserts instead of raising a ValueError",
    "`assert` is for what can never happen, and is taken out by `python -O`. What a caller may do wrong gets a ValueError.",
    body("""
        assert len(images) == len(labels), f"{len(images)} {len(labels)}"
        assert bool(((labels >= 0) & (labels <= 9)).all()), f"{labels.tolist()}"
        self.images, self.labels = to_32x32(images), labels.long()
    """),
)

other_error_in_init = wrong(
    "an __init__ that refuses with another error than a ValueError",
    "The types are right; a value is not. That is a ValueError.",
    body("""
        if len(images) != len(labels):
            raise IndexError(f"{len(images)} {len(labels)}")
        if ((labels < 0) | (labels > 9)).any():
            raise IndexError(f"{labels.tolist()}")
        self.images, self.labels = to_32x32(images), labels.long()
    """),
)

type_error_in_init = same_as(
    other_error_in_init,
    body("""
        if len(images) != len(labels):
            raise TypeError(f"{len(images)} {len(labels)}")
        if ((labels < 0) | (labels > 9)).any():
            raise TypeError(f"{labels.tolist()}")
        self.images, self.labels = to_32x32(images), labels.long()
    """),
)

lengths_not_named = wrong(
    "an __init__ that refuses without naming the two numbers",
    "The message should say how many of each there were.",
    body("""
        if len(images) != len(labels):
            raise ValueError("images and labels do not fit")
        check_labels(labels)
        self.images, self.labels = to_32x32(images), labels.long()
    """),
)

label_not_named = wrong(
    "an __init__ that refuses a label without naming it",
    "The message should say which label it was.",
    body("""
        check_lengths(images, labels)
        if ((labels < 0) | (labels > 9)).any():
            raise ValueError("a label out of range")
        self.images, self.labels = to_32x32(images), labels.long()
    """),
)

refusal_swallowed = wrong(
    "an __init__ that accepts images which to_32x32 refuses",
    "What `to_32x32` raises is meant for the caller: let it through.",
    body("""
        check_lengths(images, labels)
        check_labels(labels)
        self.labels = labels.long()
        try:
            self.images = to_32x32(images)
        except ValueError:
            self.images = images
    """),
)
