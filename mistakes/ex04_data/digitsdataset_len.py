"""Lesson 4, DigitsDataset.__len__: how it is observed, and the bank of its wrong answers."""

from typing import Any

from kata.authoring import Observation, exercise, observes, replace, same_as, wrong
from mistakes.ex04_data.shared import form, pairs
from solutions.ex04_data import DigitsDataset


@observes("DigitsDataset.__len__", "Your length is that of {}.")
def observe_len(lesson: Any, see: Observation) -> None:
    for count, size in ((12, 8), (7, 28), (1, 8), (32, 32), (47, 8)):
        see(f"the length of {count} images of {size} x {size}", {"len(dataset)": len(pairs(lesson, count, size))})
    dataset = pairs(lesson, 6)
    see("the length of 6 images, three times", {"len(dataset)": [len(dataset) for _ in range(3)]})
    see("the dataset after len(dataset)", form(dataset.images))


exercise("DigitsDataset.__len__")

whole_shape = wrong(
    "a __len__ that returns the whole shape",
    "len() takes one whole number: how many images there are.",
    replace("len(self.images)", "self.images.shape"),
)

all_pixels = wrong(
    "a __len__ that counts the pixels of all images",
    "An image counts once, however many pixels it has.",
    replace("return len(self.images)", "return self.images.numel()"),
)

rows_of_an_image = wrong(
    "a __len__ that counts the rows of an image",
    "The first dimension is the batch, N; the last ones are rows and columns.",
    replace("len(self.images)", "self.images.shape[-1]"),
)

channels = wrong(
    "a __len__ that counts the channels",
    "The first dimension is the batch, N; the second one the channels.",
    replace("len(self.images)", "self.images.shape[1]"),
)

length_of_first_image = same_as(channels, replace("len(self.images)", "len(self.images[0])"))

dimensions = wrong(
    "a __len__ that counts the dimensions",
    "How many images there are is the size of the first dimension.",
    replace("return len(self.images)", "return self.images.dim()"),
)

pixels_of_one = wrong(
    "a __len__ that counts the pixels of one image",
    "How many images there are is the size of the first dimension.",
    replace("return len(self.images)", "return self.images[0].numel()"),
)

one_too_few = wrong(
    "a __len__ that gives the last index instead of the number",
    "Ten images have the indices 0 to 9, and are ten.",
    replace("len(self.images)", "len(self.images) - 1"),
)

one_too_many = wrong(
    "a __len__ that counts one too many",
    "len() is the number of images itself.",
    replace("len(self.images)", "len(self.images) + 1"),
)

both_counted = wrong(
    "a __len__ that counts images and labels together",
    "A pair of an image and its label is one item.",
    replace("len(self.images)", "len(self.images) + len(self.labels)"),
)

different_digits = wrong(
    "a __len__ that counts how many different digits there are",
    "An item is an image, not a digit: there are many images of each.",
    replace("len(self.images)", "len(self.labels.unique())"),
)

always_10 = wrong(
    "a __len__ that always says 10",
    "There are ten digits, but as many items as images.",
    replace("len(self.images)", "10"),
)

always_1797 = wrong(
    "a __len__ that always says 1797",
    "That is how many images scikit-learn has; a dataset may be made of others.",
    replace("len(self.images)", "1797"),
)

always_70000 = wrong(
    "a __len__ that always says 70000",
    "That is how many images MNIST has; a dataset may be made of others.",
    replace("len(self.images)", "70000"),
)

always_0 = wrong(
    "a __len__ that always says 0", "An empty dataset gives no batches at all.", replace("len(self.images)", "0")
)

two_things = wrong(
    "a __len__ that returns 2, the number of things kept",
    "Asked for is how many items there are, not how many attributes.",
    replace("self.images", "(self.images, self.labels)"),
)

no_length = wrong(
    "a __len__ that returns nothing", "len() needs a whole number: return it.", replace("return len", "len")
)

float_length = wrong(
    "a __len__ that returns a float",
    "len() takes a whole number only: a division with `/` gives a float even where it comes out even.",
    replace("len(self.images)", "self.images.numel() / 1024"),
)

asks_itself = wrong(
    "a __len__ that asks itself",
    "len(self) calls this very method, again and again. Ask what is kept in self.",
    replace("len(self.images)", "len(self)"),
)

length_attribute = wrong(
    "a __len__ that asks the tensors for a method that they do not have",
    "A tensor has shape, size() and len(); .length and .count belong to others.",
    replace("len(self.images)", "self.images.length"),
)


@wrong("a __len__ that names images without self", "What was kept belongs to self: `self.images`.")
def without_self(self: DigitsDataset) -> int:
    return len(images)  # type: ignore[name-defined]  # noqa: F821


size_not_called = wrong(
    "a __len__ that names the method size without calling it",
    "size is a method: with parentheses, and the dimension in them.",
    replace("len(self.images)", "self.images.size"),
)

all_sizes = wrong(
    "a __len__ that returns all sizes",
    "len() takes one whole number: the size of the first dimension.",
    replace("return len(self.images)", "return list(self.images.size())"),
)

labels_added = wrong(
    "a __len__ that adds the labels up",
    "How many there are is not their sum.",
    replace("return len(self.images)", "return int(self.labels.sum())"),
)

largest_label = wrong(
    "a __len__ that gives the largest label and one more",
    "That is how many classes there may be, not how many images there are.",
    replace("len(self.images)", "int(self.labels.max()) + 1"),
)

nonzero_labels = wrong(
    "a __len__ that counts the labels other than 0",
    "0 is a digit too, and its images count.",
    replace("return len(self.images)", "return int(self.labels.count_nonzero())"),
)

counts_batches = wrong(
    "a __len__ that counts batches of 32",
    "The loader counts batches; the dataset counts images.",
    replace("return len(self.images)", "return -(-len(self.images) // 32)"),
)
