"""Lesson 4, DigitsDataset.__getitem__: how it is observed, and the bank of its wrong answers."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.data import DataLoader

from kata.authoring import Observation, body, exercise, insert, observes, replace, same_as, wrong
from mistakes.ex04_data.shared import form, numbers_of, pairs
from solutions.ex04_data import DigitsDataset, to_32x32


def plain(value: object) -> object:
    """Return a value that can be compared by `==`."""
    return value if isinstance(value, bool | int | float | str | None) else str(form(value))


def outside(dataset: Any, index: int) -> str:
    """Say what an index outside gives."""
    try:
        return f"a {type(dataset[index]).__name__}"
    except Exception as error:  # noqa: BLE001  (which one it is, is the fact)
        return type(error).__name__


@observes("DigitsDataset.__getitem__", "Your items are those of {}.")
def observe_getitem(lesson: Any, see: Observation) -> None:
    dataset = pairs(lesson)
    item = dataset[4]
    see("dataset[4]", form(item))
    for name, part in zip(("image", "label", "third part"), item, strict=False):
        see(f"the {name} of dataset[4]", form(part))
    again = dataset[4][0]
    same = isinstance(again, Tensor) and isinstance(item[0], Tensor) and torch.equal(again, item[0])
    see("dataset[4], asked for twice", {"the second image": "the same" if same else "another"})
    for index in (4, 0, 1, 11, -1, -2, -12):
        image, label = dataset[index]
        see(f"the item dataset[{index}]", {"the label": plain(label)})
        see(f"the image of dataset[{index}]", numbers_of(image))
    for index in (12, 13, 1000, -13):
        see("an index outside", {f"dataset[{index}] of 12 images": outside(dataset, index)})
    met = [plain(label) for _, (_, label) in zip(range(20), dataset, strict=False)]
    see("a for loop over the dataset", {"the labels that it meets": met})
    see("the dataset after some items", [numbers_of(dataset.images), numbers_of(dataset.labels)])
    image, label = pairs(lesson, 5, 28)[3]
    see("an item of 28 x 28", {"the label": plain(label)})
    see("an image of 28 x 28", numbers_of(image))
    image, label = pairs(lesson, 1)[0]
    see("the only item", {"the label": plain(label)})
    convert, calls = lesson.to_32x32, []

    def counted(images: Tensor) -> Any:
        calls.append(images)
        return convert(images)

    lesson.to_32x32 = counted
    dataset[3]
    see("the work for one item", {"how often to_32x32 is called": len(calls)})
    images, labels = next(iter(DataLoader(dataset, batch_size=4)))
    see("the images of a batch", form(images))
    see("the labels of a batch", form(labels))


exercise("DigitsDataset.__getitem__")

label_as_tensor = wrong(
    "a __getitem__ that gives the label as a tensor",
    "A Python int is asked for: it can be printed, compared and used as an index. The loader makes tensors by itself.",
    replace("int(self.labels[index])", "self.labels[index]"),
)

label_first = wrong(
    "a __getitem__ that gives the label first",
    "The pair is (image, label): `for image, label in dataset` relies on it.",
    replace("self.images[index], int(self.labels[index])", "int(self.labels[index]), self.images[index]"),
)

label_tensor_first = wrong(
    "a __getitem__ that gives the label as a tensor, and first",
    "The pair is (image, label), and the label is a Python int.",
    replace("self.images[index], int(self.labels[index])", "self.labels[index], self.images[index]"),
)

image_only = wrong(
    "a __getitem__ that gives the image only",
    "Without its label an image teaches nothing: a pair is asked for.",
    replace("self.images[index], int(self.labels[index])", "self.images[index]"),
)

label_only = wrong(
    "a __getitem__ that gives the label only",
    "A pair is asked for: the image, and its label.",
    replace("return self.images[index], int(self.labels[index])", "return int(self.labels[index])"),
)


next_item = wrong(
    "a __getitem__ that gives the item after the one that is asked for",
    "Indices count from 0, in the dataset as in the tensors: dataset[0] is images[0].",
    body("return self.images[index + 1], int(self.labels[index + 1])"),
)

next_image = wrong(
    "a __getitem__ whose image is the next one, and not that of its label",
    "Image and label of one index belong together.",
    body("return self.images[index + 1], int(self.labels[index])"),
)

no_item = wrong(
    "a __getitem__ that returns nothing", "What was looked up must be returned.", replace("return self", "self")
)

list_item = wrong(
    "a __getitem__ that gives a list",
    "A pair is a tuple here, as in the signature.",
    replace("self.images[index], int(self.labels[index])", "[self.images[index], int(self.labels[index])]"),
)

dict_item = wrong(
    "a __getitem__ that gives a dict",
    "A pair (image, label) is asked for.",
    replace(
        "self.images[index], int(self.labels[index])", '{"image": self.images[index], "label": int(self.labels[index])}'
    ),
)

with_index = wrong(
    "a __getitem__ that gives the index as well",
    "A pair is asked for: `for image, label in dataset` takes no three.",
    replace("int(self.labels[index])", "int(self.labels[index]), index"),
)

image_without_channel = wrong(
    "a __getitem__ that takes the channel of the image away",
    "An image is (1, 32, 32): the loader puts the batch before it, and the network needs the channel.",
    replace(
        "return self.images[index], int(self.labels[index])", "return self.images[index, 0], int(self.labels[index])"
    ),
)

image_squeezed = same_as(
    image_without_channel,
    replace(
        "return self.images[index], int(self.labels[index])",
        "return self.images[index].squeeze(), int(self.labels[index])",
    ),
)

image_with_batch = wrong(
    "a __getitem__ that keeps the batch dimension",
    "One image is (1, 32, 32); the loader puts the batch before it.",
    replace(
        "return self.images[index], int(self.labels[index])",
        """
        if not -len(self.images) <= index < len(self.images):
            raise IndexError(index)
        return self.images[index].unsqueeze(0), int(self.labels[index])
    """,
    ),
)

image_as_row = wrong(
    "a __getitem__ that lays the image out as one row",
    "An image is (1, 32, 32): convolutions need rows and columns.",
    replace(
        "return self.images[index], int(self.labels[index])",
        "return self.images[index].flatten(), int(self.labels[index])",
    ),
)

image_as_numpy = wrong(
    "a __getitem__ that gives the image as a numpy array",
    "A tensor is asked for.",
    replace(
        "return self.images[index], int(self.labels[index])",
        "return self.images[index].numpy(), int(self.labels[index])",
    ),
)

image_float64 = wrong(
    "a __getitem__ that gives the image as float64",
    "The weights are float32, and so must the images be.",
    replace(
        "return self.images[index], int(self.labels[index])",
        "return self.images[index].double(), int(self.labels[index])",
    ),
)

image_in_bytes = wrong(
    "a __getitem__ that gives the image in whole numbers",
    "Images are float32 from 0 to 1, as they are kept.",
    replace("self.images[index]", "(self.images[index] * 255).to(torch.uint8)"),
)

label_as_float = wrong(
    "a __getitem__ that gives the label as a float",
    "A label says which class it is: a whole number.",
    replace("self.images[index], int(self.labels[index])", "self.images[index], float(self.labels[index])"),
)

label_as_text = wrong(
    "a __getitem__ that gives the label as text",
    "A label is a Python int; the loader could not make a tensor of texts.",
    replace("self.images[index], int(self.labels[index])", "self.images[index], str(int(self.labels[index]))"),
)

label_in_list = wrong(
    "a __getitem__ that gives the label in a list",
    "A label is one Python int.",
    replace("int(self.labels[index])", "[int(self.labels[index])]"),
)

label_as_numpy = wrong(
    "a __getitem__ that gives the label as a number of numpy",
    "A Python int is asked for.",
    replace("int(self.labels[index])", "self.labels[index].numpy()[()]"),
)

label_one_hot = wrong(
    "a __getitem__ that gives ten zeros and ones for the label (one-hot)",
    "A label is one Python int, the number of its class.",
    replace("self.images[index], int(self.labels[index])", "self.images[index], F.one_hot(self.labels[index], 10)"),
)

all_labels = wrong(
    "a __getitem__ that gives all labels",
    "Only the label of this image is asked for: the index belongs to both.",
    replace("int(self.labels[index])", "self.labels"),
)

all_images = wrong(
    "a __getitem__ that gives all images",
    "Only one image is asked for: the index belongs to both.",
    replace("self.images[index], int", "self.images, int"),
)

index_as_label = wrong(
    "a __getitem__ that gives the index as the label",
    "The label is kept in `labels`, at that index.",
    replace("int(self.labels[index])", "index"),
)

label_of_next = wrong(
    "a __getitem__ that gives each image the label of the next one",
    "Image and label have the same index.",
    replace("int(self.labels[index])", "int(self.labels[(index + 1) % len(self.labels)])"),
)

from_one = wrong(
    "a __getitem__ that counts from 1",
    "As in a list, the first item has the index 0.",
    replace("self.images[index], int(self.labels[index])", "self.images[index - 1], int(self.labels[index - 1])"),
)

images_from_one = wrong(
    "a __getitem__ that counts the images from 1",
    "As in a list, the first item has the index 0.",
    replace(
        "return self.images[index], int(self.labels[index])", "return self.images[index - 1], int(self.labels[index])"
    ),
)

from_the_end = wrong(
    "a __getitem__ that counts from the end",
    "As in a list, the first item has the index 0, and only negative indices count from the end.",
    replace("self.images[index], int(self.labels[index])", "self.images[-index], int(self.labels[-index])"),
)

noise_added = wrong(
    "a __getitem__ that adds noise to the image",
    "The image that is kept is asked for, the same each time.",
    replace(
        "return self.images[index], int(self.labels[index])",
        """
        image = self.images[index]
        return image + 0.1 * torch.rand_like(image), int(self.labels[index])
    """,
    ),
)

always_first = wrong(
    "a __getitem__ that always gives the first item",
    "The index says which one is asked for.",
    replace("self.images[index], int(self.labels[index])", "self.images[0], int(self.labels[0])"),
)

at_random = wrong(
    "a __getitem__ that draws an item at random",
    "The index says which one is asked for; shuffling is the loader's business.",
    replace(
        "return self.images[index], int(self.labels[index])",
        """
        chosen = int(torch.randint(len(self.images), ()))
        return self.images[chosen], int(self.labels[chosen])
    """,
    ),
)

starts_anew = wrong(
    "a __getitem__ that starts again after the last item",
    "A for loop asks for 0, 1, 2 and so on until an IndexError: this one would never end.",
    insert("index = index % len(self.images)", before="return self.images[index], int(self.labels[index])"),
)

last_beyond = wrong(
    "a __getitem__ that gives the last item for every index beyond it",
    "A for loop asks for 0, 1, 2 and so on until an IndexError: this one would never end.",
    insert("index = min(index, len(self.images) - 1)", before="return self.images[index], int(self.labels[index])"),
)

none_outside = wrong(
    "a __getitem__ that returns None where there is no item",
    "A for loop asks for 0, 1, 2 and so on until an IndexError: this one would never end.",
    insert(
        """
        if not -len(self.images) <= index < len(self.images):
            return None
    """,
        before="return self.images[index], int(self.labels[index])",
    ),
)

slices = wrong(
    "a __getitem__ whose slices never raise an IndexError",
    "A slice beyond the end is empty, and no error. An index without a colon raises one.",
    replace(
        "self.images[index], int(self.labels[index])",
        "self.images[index:][:1].sum(dim=0), int(self.labels[index:][:1].sum())",
    ),
)

stop_iteration = wrong(
    "a __getitem__ that raises a StopIteration where there is no item",
    "StopIteration belongs to iterators. What is asked for by index ends with an IndexError.",
    insert(
        """
        if not -len(self.images) <= index < len(self.images):
            raise StopIteration
    """,
        before="return self.images[index], int(self.labels[index])",
    ),
)

value_error = wrong(
    "a __getitem__ that raises a ValueError where there is no item",
    "An IndexError tells a for loop that the end is reached; a ValueError stops the program.",
    insert(
        """
        if not -len(self.images) <= index < len(self.images):
            raise ValueError(f"index {index}")
    """,
        before="return self.images[index], int(self.labels[index])",
    ),
)

key_error = same_as(
    value_error,
    insert(
        """
        if not -len(self.images) <= index < len(self.images):
            raise KeyError(index)
    """,
        before="return self.images[index], int(self.labels[index])",
    ),
)

asserted_index = wrong(
    "a __getitem__ that asserts instead of raising an IndexError",
    "An IndexError tells a for loop that the end is reached; an AssertionError stops the program.",
    insert(
        "assert -len(self.images) <= index < len(self.images)",
        before="return self.images[index], int(self.labels[index])",
    ),
)

negative_refused = wrong(
    "a __getitem__ that refuses negative indices",
    "As in a list, -1 is the last item.",
    insert(
        """
        if not 0 <= index < len(self.images):
            raise IndexError(index)
    """,
        before="return self.images[index], int(self.labels[index])",
    ),
)

sign_dropped = wrong(
    "a __getitem__ that takes negative indices without their sign",
    "As in a list, -1 is the last item, not the second.",
    replace("self.images[index], int(self.labels[index])", "self.images[abs(index)], int(self.labels[abs(index)])"),
)

round_once_more = wrong(
    "a __getitem__ that goes round once more for negative indices beyond the first item",
    "-13 of 12 items is outside, as in a list.",
    insert(
        """
        if index >= len(self.images):
            raise IndexError(index)
        index = index % len(self.images)
    """,
        before="return self.images[index], int(self.labels[index])",
    ),
)

last_refused = wrong(
    "a __getitem__ that refuses the last item",
    "N items have the indices 0 to N - 1, and N - 1 is among them.",
    insert(
        """
        if index >= len(self.images) - 1:
            raise IndexError(index)
    """,
        before="return self.images[index], int(self.labels[index])",
    ),
)

converted_again = wrong(
    "a __getitem__ that converts the image again",
    "It was converted when the dataset was made; once more for each item, in each epoch, costs time for nothing.",
    replace("return self.images[index],", "return to_32x32(self.images[index])[0],"),
)

all_converted_again = same_as(converted_again, replace("self.images", "to_32x32(self.images)"))

image_divided = wrong(
    "a __getitem__ that divides the image by 255",
    "What is kept goes from 0 to 1 already.",
    replace(
        "return self.images[index], int(self.labels[index])", "return self.images[index] / 255, int(self.labels[index])"
    ),
)

image_normalised = wrong(
    "a __getitem__ that normalises the image",
    "The images are those that are kept: black is 0 and white is 1.",
    replace("self.images[index]", "(self.images[index] - 0.5) / 0.5"),
)

image_normalised_like_mnist = same_as(
    image_normalised, replace("self.images[index]", "(self.images[index] - 0.1307) / 0.3081")
)

image_standardised = same_as(
    image_normalised,
    replace(
        "return self.images[index], int(self.labels[index])",
        """
        image = self.images[index]
        return (image - image.mean()) / image.std(), int(self.labels[index])
    """,
    ),
)

image_mirrored = wrong(
    "a __getitem__ that mirrors the image",
    "A mirrored digit is another one, or none.",
    replace(
        "return self.images[index], int(self.labels[index])",
        "return self.images[index].flip(-1), int(self.labels[index])",
    ),
)

image_transposed = wrong(
    "a __getitem__ that mirrors rows and columns of the image",
    "(channel, rows, columns) stays in this order.",
    replace(
        "return self.images[index], int(self.labels[index])",
        "return self.images[index].transpose(1, 2), int(self.labels[index])",
    ),
)

taken_out = wrong(
    "a __getitem__ that takes the item out of the dataset",
    "Asking must change nothing: the next epoch asks again.",
    replace(
        "return self.images[index], int(self.labels[index])",
        """
        item = self.images[index], int(self.labels[index])
        kept = [number for number in range(len(self.images)) if number != index % len(self.images)]
        self.images, self.labels = self.images[kept], self.labels[kept]
        return item
    """,
    ),
)

kept_changed = wrong(
    "a __getitem__ that changes the images kept",
    "Asking must change nothing: the next epoch asks again.",
    replace(
        "return self.images[index], int(self.labels[index])",
        """
        image = self.images[index].clone()
        self.images[index].mul_(0.5)
        return image, int(self.labels[index])
    """,
    ),
)
