"""Spec of lesson 4: what images, datasets and loaders are made of, and what they refuse."""

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from kata.authoring import MapStyle, expect, labels_of, numbered, scramble, seeded

WHOLE = [(torch.uint8, 28), (torch.uint8, 8), (torch.int16, 28), (torch.int32, 8), (torch.int64, 28)]
FLOATING = [(torch.float32, 28), (torch.float32, 8), (torch.float64, 28), (torch.float16, 28), (torch.bfloat16, 28)]

every_size = pytest.mark.parametrize("size", [1, 2, 8, 16, 27, 28, 29, 30, 31, 32], ids="{0} x {0}".format)


def grey(*shape: int, seed: int = 0) -> Tensor:
    """Return images of uint8 with numbers from 0 to 255."""
    return seeded(*shape, seed=seed).mul(60).add(100).clamp(0, 255).to(torch.uint8)


def shades(*shape: int, seed: int = 0) -> Tensor:
    """Return images of float32 with numbers from 0 to 1."""
    return seeded(*shape, seed=seed).mul(0.2).add(0.5).clamp(0, 1)


def as_wanted(scaled: Tensor) -> Tensor:
    """Return images (N, H, H) from 0 to 1 as 32 x 32."""
    size = scaled.shape[-1]
    if size < 28:
        return F.interpolate(scaled[:, None], size=(32, 32), mode="bilinear", align_corners=False)
    wanted = torch.zeros(len(scaled), 1, 32, 32)
    start = (32 - size) // 2
    wanted[:, 0, start : start + size, start : start + size] = scaled
    return wanted


def refused(what: str, call: Callable[[], object], *parts: object) -> None:
    """Ask for a ValueError whose message holds each of `parts`; of a tuple, one is enough."""
    __tracebackhide__ = True
    spellings = (part if isinstance(part, tuple) else (part,) for part in parts)
    expect.raises(what, ValueError, call, *(tuple(map(str, one)) for one in spellings))


def close(what: str, given: object, wanted: Tensor, why: str = "", rtol: float = 1e-4) -> None:
    """Ask that images are equal within the noise of float32."""
    __tracebackhide__ = True
    expect.close(what, given, wanted, why, rtol=rtol, atol=1e-5)


@pytest.mark.exercise(
    "to_32x32",
    level=2,
    hints=(
        "Four steps in a row: refuse what does not fit, see that there is a channel dimension, bring the numbers to 0 "
        "to 1, bring the size to 32.",
        "images.is_floating_point() says whether the numbers are 0 to 1 already. A dimension of size 1 comes in with "
        "unsqueeze. Ask for what you want, and refuse the rest: a comparison with NaN is always False.",
        "F.pad takes (left, right, above, below) and fills with zeros. F.interpolate takes size=(32, 32), the mode "
        '"bilinear" and align_corners; it wants float images with a channel. Which one: that depends on the size.',
    ),
)
class TestTo32x32:
    """to_32x32."""

    @pytest.mark.parametrize("count", [3, 1], ids=["3 images", "1 image"])
    @pytest.mark.parametrize("size", [28, 8, 32], ids="{0} x {0}".format)
    def test_the_result_has_one_channel_and_32_rows_and_columns(self, lesson: Any, size: int, count: int) -> None:
        given = lesson.to_32x32(grey(count, size, size))

        expect.tensor(f"to_32x32 of {count} images of {size} x {size}", given, (count, 1, 32, 32), torch.float32)

    def test_a_white_image_of_28_x_28_by_hand(self, lesson: Any) -> None:
        given = lesson.to_32x32(torch.full((1, 28, 28), 255, dtype=torch.uint8))

        image = expect.tensor("the image", given, (1, 1, 32, 32), torch.float32)[0, 0]
        close("row 15 of a white image", image[15], torch.tensor([0.0] * 2 + [1.0] * 28 + [0.0] * 2))
        close("column 15 of a white image", image[:, 15], torch.tensor([0.0] * 2 + [1.0] * 28 + [0.0] * 2))
        close("row 1 of a white image", image[1], torch.zeros(32), "It belongs to the border.")

    def test_an_image_of_2_x_2_by_hand(self, lesson: Any) -> None:
        given = lesson.to_32x32(torch.tensor([[[0, 255], [0, 255]]], dtype=torch.uint8))

        image = expect.tensor("the image", given, (1, 1, 32, 32), torch.float32)[0, 0]
        # Each pixel becomes 16 wide. Between the middles of the two, the grey grows by 1/16 from pixel to pixel.
        rise = [(2 * step + 1) / 32 for step in range(16)]
        close(
            "row 20 of an image that is black left, white right", image[20], torch.tensor([0.0] * 8 + rise + [1.0] * 8)
        )

    @pytest.mark.parametrize(("dtype", "size"), WHOLE, ids=str)
    def test_whole_numbers_are_divided_by_255(self, lesson: Any, size: int, dtype: torch.dtype) -> None:
        images = grey(3, size, size)

        given = lesson.to_32x32(images.to(dtype))

        close(f"to_32x32 of {str(dtype)[6:]} images", given, as_wanted(images.float() / 255))

    @pytest.mark.parametrize(("dtype", "size"), FLOATING, ids=str)
    def test_floating_numbers_keep_their_values(self, lesson: Any, size: int, dtype: torch.dtype) -> None:
        images = shades(3, size, size).to(dtype)

        given = lesson.to_32x32(images)

        rtol = 1e-4 if dtype in (torch.float32, torch.float64) else 2e-2  # whoever enlarges first rounds once more
        close(f"to_32x32 of {str(dtype)[6:]} images", given, as_wanted(images.float()), rtol=rtol)

    @pytest.mark.parametrize(("highest", "size"), [(1, 28), (1, 8), (16, 8), (100, 28)], ids=str)
    def test_dark_images_stay_dark(self, lesson: Any, size: int, highest: int) -> None:
        images = grey(3, size, size).clamp(max=highest)

        given = lesson.to_32x32(images)

        why = "255 is white, whatever the brightest pixel is."
        close(f"to_32x32 of uint8 images up to {highest}", given, as_wanted(images.float() / 255), why)

    @pytest.mark.parametrize("size", [28, 8, 32], ids="{0} x {0}".format)
    def test_dark_floating_images_stay_dark(self, lesson: Any, size: int) -> None:
        images = shades(3, size, size) / 4

        close("to_32x32 of dark float32 images", lesson.to_32x32(images), as_wanted(images))

    @every_size
    def test_every_size_is_padded_or_enlarged(self, lesson: Any, size: int) -> None:
        images = grey(3, size, size)

        why = "Padded with zeros from 28 x 28 on, enlarged by bilinear interpolation below."
        close(f"to_32x32 of {size} x {size}", lesson.to_32x32(images), as_wanted(images.float() / 255), why)

    @pytest.mark.parametrize(("count", "size"), [(5, 28), (5, 8), (1, 28), (1, 32)], ids=str)
    def test_a_channel_may_be_there_already(self, lesson: Any, size: int, count: int) -> None:
        images = grey(count, size, size)

        given = lesson.to_32x32(images.unsqueeze(1))

        close(f"to_32x32 of {(count, 1, size, size)}", given, as_wanted(images.float() / 255))

    def test_black_and_white_are_the_ends(self, lesson: Any) -> None:
        images = torch.tensor([0, 255] * 32, dtype=torch.uint8).reshape(1, 8, 8)

        given = expect.tensor("the image", lesson.to_32x32(images), (1, 1, 32, 32))

        expect.number("the lowest number", float(given.min()), 0.0)
        expect.number("the highest number", float(given.max()), 1.0)

    @pytest.mark.parametrize("size", [28, 8], ids="{0} x {0}".format)
    def test_images_that_are_not_contiguous_in_memory(self, lesson: Any, size: int) -> None:
        images = grey(3, size, size)

        given = lesson.to_32x32(images.transpose(1, 2))

        close("to_32x32 of transposed images", given, as_wanted(images.float() / 255).transpose(2, 3))

    @pytest.mark.parametrize("size", [28, 8, 32], ids="{0} x {0}".format)
    @pytest.mark.parametrize("make", [grey, shades], ids=["uint8", "float32"])
    def test_the_images_are_left_as_they_are(self, lesson: Any, make: Callable[..., Tensor], size: int) -> None:
        images = make(3, size, size)

        lesson.to_32x32(images)

        close("images after to_32x32", images, make(3, size, size))

    @pytest.mark.parametrize(
        ("shape", "parts"),
        [
            ((3, 28, 31), (28, 31)),
            ((3, 31, 28), (28, 31)),
            ((3, 1, 8, 9), (8, 9)),
            ((3, 33, 33), (33,)),
            ((3, 1, 64, 64), (64,)),
            ((2, 3, 28, 28), (3,)),
            ((2, 3, 32, 32), (3,)),
            ((28, 28), (("the shape", "image", "28"),)),
            ((784,), (("the shape", "image", "784"),)),
            ((2, 1, 1, 28, 28), (("the shape", "image", "28"),)),
        ],
        ids=lambda value: " x ".join(map(str, value)),
    )
    def test_other_shapes_are_refused(self, lesson: Any, shape: tuple[int, ...], parts: tuple[int, ...]) -> None:
        refused(f"to_32x32(images) for images {shape}", lambda: lesson.to_32x32(grey(*shape)), "image", *parts)

    @pytest.mark.parametrize(
        ("number", "size"),
        [(1.5, 28), (-0.25, 8), (255.0, 8), (float("nan"), 28), (float("nan"), 8), (float("inf"), 32)],
        ids=str,
    )
    def test_floating_numbers_outside_0_to_1_are_refused(self, lesson: Any, number: float, size: int) -> None:
        images = shades(3, size, size)
        images[1, 0, -1] = number

        refused(
            f"to_32x32 of a floating image with the number {number}",
            lambda: lesson.to_32x32(images),
            "image",
            f"{number:g}",
        )

    @pytest.mark.parametrize("number", [256, -1], ids=str)
    def test_whole_numbers_outside_0_to_255_are_refused(self, lesson: Any, number: int) -> None:
        images = grey(3, 28, 28).long()
        images[1, 0, -1] = number

        refused(f"to_32x32 of an int64 image with the number {number}", lambda: lesson.to_32x32(images), "image")

    @pytest.mark.parametrize("dtype", [torch.bool, torch.complex64], ids=str)
    def test_numbers_that_are_neither_whole_nor_floating_are_refused(self, lesson: Any, dtype: torch.dtype) -> None:
        images = grey(3, 28, 28).gt(100).to(dtype)

        name = str(dtype).removeprefix("torch.")
        refused(f"to_32x32 of images of {name}", lambda: lesson.to_32x32(images), "image", name.removesuffix("64"))

    def test_the_result_is_on_the_device_of_the_images(self, lesson: Any, device: str) -> None:
        images = grey(3, 8, 8)

        given = expect.tensor("the images", lesson.to_32x32(images.to(device)), (3, 1, 32, 32))

        expect.equal("the device of the result", given.device.type, device.partition(":")[0])
        close("to_32x32 of 8 x 8", given.cpu(), as_wanted(images.float() / 255))


def pairs(lesson: Any, count: int = 12, size: int = 8) -> Any:
    """Return a dataset of different images."""
    return lesson.DigitsDataset(grey(count, size, size), labels_of(count))


@pytest.mark.exercise(
    "DigitsDataset.__init__",
    level=2,
    hints=(
        "What the other two methods need must be kept: an attribute of self for the images, one for the labels.",
        "The conversion has a function of its own, which refuses what it cannot take. It is called here, once, on all "
        "images. Labels of another integer dtype become int64.",
        "self.images gets what to_32x32 makes of all images, self.labels the labels as int64; then compare the two "
        "lengths, and look whether any label is below 0 or above 9.",
    ),
)
class TestDigitsDatasetInit:
    """DigitsDataset.__init__."""

    @pytest.mark.parametrize("size", [8, 28, 32], ids="{0} x {0}".format)
    def test_images_are_kept_converted(self, lesson: Any, size: int) -> None:
        dataset = pairs(lesson, 5, size)

        close("dataset.images", dataset.images, as_wanted(grey(5, size, size).float() / 255))

    def test_images_of_floats_with_a_channel_are_kept_converted(self, lesson: Any) -> None:
        dataset = lesson.DigitsDataset(shades(5, 1, 28, 28), labels_of(5))

        close("dataset.images", dataset.images, as_wanted(shades(5, 1, 28, 28)[:, 0]))

    @pytest.mark.parametrize("dtype", [torch.int64, torch.uint8, torch.int32], ids=str)
    def test_labels_are_kept_as_int64(self, lesson: Any, dtype: torch.dtype) -> None:
        dataset = lesson.DigitsDataset(grey(12, 8, 8), labels_of(12).to(dtype))

        expect.close("dataset.labels", dataset.labels, labels_of(12))

    def test_the_dataset_is_one_of_torch(self, lesson: Any) -> None:
        what = "whether a DigitsDataset is a torch.utils.data.Dataset"

        expect.equal(what, isinstance(pairs(lesson), torch.utils.data.Dataset), True)

    def test_one_image_is_enough(self, lesson: Any) -> None:
        dataset = lesson.DigitsDataset(grey(1, 8, 8), labels_of(1))

        expect.tensor("dataset.images of one image", dataset.images, (1, 1, 32, 32))
        expect.close("dataset.labels of one image", dataset.labels, torch.tensor([7]))

    def test_images_and_labels_are_left_as_they_are(self, lesson: Any) -> None:
        images, labels = grey(12, 28, 28), labels_of(12)

        lesson.DigitsDataset(images, labels)

        expect.close("images after DigitsDataset(images, labels)", images, grey(12, 28, 28))
        expect.close("labels after DigitsDataset(images, labels)", labels, labels_of(12))

    def test_two_datasets_keep_their_own_images(self, lesson: Any) -> None:
        first = lesson.DigitsDataset(grey(3, 8, 8, seed=1), labels_of(3))
        lesson.DigitsDataset(grey(4, 8, 8, seed=2), labels_of(4))

        close("first.images, after a second dataset was made", first.images, as_wanted(grey(3, 8, 8, seed=1) / 255))
        expect.close("first.labels, after a second dataset was made", first.labels, labels_of(3))

    @pytest.mark.parametrize(("images", "labels"), [(12, 11), (12, 17), (12, 1)], ids=["fewer", "more", "one"])
    def test_other_numbers_of_images_and_labels_are_refused(self, lesson: Any, images: int, labels: int) -> None:
        what = f"{images} images with {labels} labels"

        refused(what, lambda: lesson.DigitsDataset(grey(images, 8, 8), labels_of(labels)), images, labels)

    @pytest.mark.parametrize(("label", "place"), [(10, 5), (10, 11), (-1, 0), (-1, 11), (47, 5)], ids=str)
    def test_labels_outside_0_to_9_are_refused(self, lesson: Any, place: int, label: int) -> None:
        labels = labels_of(12)
        labels[place] = label

        refused(f"DigitsDataset with the label {label}", lambda: lesson.DigitsDataset(grey(12, 8, 8), labels), label)

    @pytest.mark.parametrize("label", [0, 9], ids="label {}".format)
    def test_0_and_9_are_labels(self, lesson: Any, label: int) -> None:
        dataset = lesson.DigitsDataset(grey(3, 8, 8), torch.full((3,), label))

        expect.close("dataset.labels", dataset.labels, torch.full((3,), label))

    @pytest.mark.parametrize("shape", [(3, 28, 31), (3, 3, 8, 8)], ids=str)
    def test_images_that_cannot_be_converted_are_refused(self, lesson: Any, shape: tuple[int, ...]) -> None:
        what = f"images of the shape {shape}"

        refused(what, lambda: lesson.DigitsDataset(grey(*shape), labels_of(3)))


@pytest.mark.exercise(
    "DigitsDataset.__len__",
    level=2,
    hints=(
        "Which attribute has one entry for each image?",
        "The first dimension of the images is the batch: N.",
        "len() of a tensor is the size of its first dimension. Return that of self.images.",
    ),
)
class TestDigitsDatasetLen:
    """DigitsDataset.__len__."""

    @pytest.mark.parametrize("count", [12, 1, 3, 32], ids="{} images".format)
    def test_the_length_is_the_number_of_images(self, lesson: Any, count: int) -> None:
        expect.whole_number(f"len(dataset) of {count} images", len(pairs(lesson, count)), count)

    @pytest.mark.parametrize("size", [28, 32], ids="{0} x {0}".format)
    def test_the_size_of_the_images_does_not_matter(self, lesson: Any, size: int) -> None:
        expect.whole_number(f"len(dataset) of 5 images of {size} x {size}", len(pairs(lesson, 5, size)), 5)

    def test_each_dataset_has_its_own_length(self, lesson: Any) -> None:
        first, second = pairs(lesson, 4), pairs(lesson, 7)

        expect.equal("[len(first), len(second)]", [len(first), len(second)], [4, 7])

    def test_the_length_can_be_asked_for_again(self, lesson: Any) -> None:
        dataset = pairs(lesson, 6)

        expect.equal("len(dataset), three times", [len(dataset) for _ in range(3)], [6, 6, 6])
        expect.tensor("dataset.images after len(dataset)", dataset.images, (6, 1, 32, 32))


@pytest.mark.exercise(
    "DigitsDataset.__getitem__",
    level=2,
    hints=(
        "A pair: the image first, then its label. What is kept in self.images is converted already.",
        "An index in square brackets takes one image out of the tensor, and leaves its channel. The same with the "
        "labels gives a tensor without dimensions; a Python int is asked for.",
        "Indexing a tensor knows negative numbers, and raises IndexError by itself where there is nothing. int(...) or "
        ".item() makes the number of the label.",
    ),
)
class TestDigitsDatasetGetitem:
    """DigitsDataset.__getitem__."""

    def test_an_item_is_an_image_and_a_python_int(self, lesson: Any) -> None:
        item = pairs(lesson)[4]

        expect.true("dataset[4]", isinstance(item, tuple) and len(item) == 2, "a pair (image, label)", kind_of(item))
        expect.tensor("the image of dataset[4]", item[0], (1, 32, 32), torch.float32)
        expect.equal("the label of dataset[4]", item[1], 9, "A Python int is wanted.")

    @pytest.mark.parametrize("index", [0, 1, 5, 11], ids="dataset[{}]".format)
    def test_each_image_comes_with_its_own_label(self, lesson: Any, index: int) -> None:
        image, label = pairs(lesson)[index]

        close(f"the image of dataset[{index}]", image, as_wanted(grey(12, 8, 8).float() / 255)[index])
        expect.equal(f"the label of dataset[{index}]", label, int(labels_of(12)[index]))

    @pytest.mark.parametrize("index", [-1, -2, -12], ids="dataset[{}]".format)
    def test_negative_indices_count_from_the_end(self, lesson: Any, index: int) -> None:
        image, label = pairs(lesson)[index]

        close(f"the image of dataset[{index}]", image, as_wanted(grey(12, 8, 8).float() / 255)[index])
        expect.equal(f"the label of dataset[{index}]", label, int(labels_of(12)[index]))

    @pytest.mark.parametrize("index", [12, 13, -13, 1000], ids="dataset[{}]".format)
    def test_there_is_nothing_outside(self, lesson: Any, index: int) -> None:
        dataset = pairs(lesson)

        try:
            given = kind_of(dataset[index])
        except IndexError:
            given = "IndexError"
        expect.equal(f"the answer to dataset[{index}] of 12 images", given, "IndexError")

    def test_a_for_loop_over_the_dataset_ends(self, lesson: Any) -> None:
        dataset, labels = pairs(lesson), []

        for _, (_, label) in zip(range(20), dataset, strict=False):
            labels.append(label)

        expect.equal("the labels that `for image, label in dataset` meets", labels, labels_of(12).tolist())

    def test_the_only_image_is_there(self, lesson: Any) -> None:
        image, label = pairs(lesson, 1)[0]

        close("the image of dataset[0]", image, as_wanted(grey(1, 8, 8).float() / 255)[0])
        expect.equal("the label of dataset[0]", label, 7)

    def test_an_item_asked_for_twice_is_the_same(self, lesson: Any) -> None:
        dataset = pairs(lesson, 5, 28)

        first, second = dataset[3], dataset[3]

        close("the image of dataset[3], the second time", second[0], first[0])
        expect.equal("the label of dataset[3], the second time", second[1], first[1])

    def test_the_images_and_labels_kept_stay_as_they_are(self, lesson: Any) -> None:
        dataset = pairs(lesson)

        for index in (0, 5, -1):
            dataset[index]

        close("dataset.images after dataset[0]", dataset.images, as_wanted(grey(12, 8, 8).float() / 255))
        expect.close("dataset.labels after dataset[0]", dataset.labels, labels_of(12))

    def test_nothing_is_converted_again(self, lesson: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        dataset, counted = pairs(lesson), Counted(lesson.to_32x32)
        monkeypatch.setattr(lesson, "to_32x32", counted)

        dataset[3]

        why = "All images were converted when the dataset was made."
        expect.equal("how often dataset[3] calls to_32x32", counted.calls, 0, why)

    def test_a_loader_makes_batches_of_the_items(self, lesson: Any) -> None:
        images, labels = next(iter(DataLoader(pairs(lesson), batch_size=4)))

        close("the images of a batch", images, as_wanted(grey(12, 8, 8).float() / 255)[:4])
        expect.close("the labels of a batch", labels, labels_of(12)[:4])


class Counted:
    """Count how often the function inside is called."""

    def __init__(self, inside: Any) -> None:
        self.inside = inside
        self.calls = 0

    def __call__(self, images: Tensor) -> Any:
        self.calls += 1
        return self.inside(images)


def kind_of(value: object) -> str:
    """Describe an item."""
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)}"
    return f"a tensor {tuple(value.shape)}" if isinstance(value, Tensor) else f"a {type(value).__name__}"


def as_tensors(count: int) -> TensorDataset:
    """Return the same as a TensorDataset."""
    return TensorDataset(torch.arange(float(count)).unsqueeze(1), torch.arange(count))


DATASETS = {"a list of pairs": numbered, "a TensorDataset": as_tensors, "another dataset": MapStyle}

every_dataset = pytest.mark.parametrize("build", DATASETS.values(), ids=DATASETS.keys())
every_part = pytest.mark.parametrize("part", [0, 1], ids=["training", "test"])
every_split = pytest.mark.parametrize(
    ("count", "fraction", "tested"),
    [
        (23, 0.3, 7),
        (23, 0.4, 9),
        (100, 0.2, 20),
        (10, 0.38, 4),
        (100, 0.29, 29),
        (2, 0.4, 1),
        (9, 0.9, 8),
        (10, 0.25, 2),
    ],
    ids=lambda value: str(value),
)


def loaders(given: Any) -> tuple[Any, Any]:
    """Ask for two loaders, and return them."""
    __tracebackhide__ = True
    is_pair = isinstance(given, tuple | list) and len(given) == 2
    expect.true("what make_loaders returns", is_pair, "a pair (training loader, test loader)", kind_of(given))
    train, test = given
    for name, one in (("training", train), ("test", test)):
        expect.true(f"the {name} loader", isinstance(one, DataLoader), "a DataLoader", kind_of(one))
    return train, test


def batches(loader: Any) -> list[list[int]]:
    """Go over a loader once and return the numbers in each batch."""
    return [numbers.tolist() for _, numbers in loader]


def numbers(loader: Any) -> list[int]:
    """Go over a loader once and return all numbers, in the order in which they came."""
    return [number for batch in batches(loader) for number in batch]


def random_states() -> dict[str, Any]:
    """Return the global random states."""
    of_numpy: Any = np.random.get_state()
    return {
        "torch": torch.get_rng_state().tolist(),
        "Python": random.getstate(),
        "numpy": (of_numpy[1].tolist(), of_numpy[2]),
    }


def made(lesson: Any, dataset: Any, batch_size: int = 5, test_fraction: float = 0.3, seed: int = 0) -> tuple[Any, Any]:
    """Return the two loaders that the lesson makes."""
    __tracebackhide__ = True
    return loaders(lesson.make_loaders(dataset, batch_size, test_fraction, seed))


@pytest.mark.exercise(
    "make_loaders",
    level=3,
    hints=(
        "Draw first which images are in which part, then make a DataLoader of each. Everything that draws must draw "
        "from something that follows from the seed.",
        "torch.Generator() is a source of random numbers of its own, with a manual_seed. Both the split and the "
        "shuffling of the loader take one as `generator`. random_split takes the sizes of the parts.",
        "Count the test part with round, give random_split the two counts and a generator with your seed; the loader "
        "of the training part gets shuffle=True and a generator, that of the test part neither. Check the arguments "
        "before: `not 0 < x < 1` is True for NaN.",
    ),
)
class TestMakeLoaders:
    """make_loaders."""

    def test_23_images_by_hand(self, lesson: Any) -> None:
        train, test = made(lesson, numbered(23))

        # 23 * 0.3 is 6.9: 7 images to test with, 16 to learn from, in batches of 5.
        expect.equal("the sizes of the training batches", [len(batch) for batch in batches(train)], [5, 5, 5, 1])
        expect.equal("the sizes of the test batches", [len(batch) for batch in batches(test)], [5, 2])

    @every_split
    def test_the_parts_have_the_right_sizes(self, lesson: Any, count: int, fraction: float, tested: int) -> None:
        train, test = made(lesson, numbered(count), test_fraction=fraction)

        why = f"{count} * {fraction} is {count * fraction:.4g}, which is rounded."
        expect.equal(f"the images in the test part of {count}", len(numbers(test)), tested, why)
        expect.equal(f"the images in the training part of {count}", len(numbers(train)), count - tested)

    @every_dataset
    def test_no_image_is_in_both_parts_and_none_is_lost(self, lesson: Any, build: Callable[[int], Any]) -> None:
        train, test = made(lesson, build(23))

        seen, tested = numbers(train), numbers(test)
        expect.equal("the images in both parts", sorted(set(seen) & set(tested)), [])
        expect.equal("the images of both parts together", sorted(seen + tested), list(range(23)))

    @every_part
    def test_images_stay_with_their_labels(self, lesson: Any, part: int) -> None:
        images, labels = next(iter(made(lesson, numbered(23))[part]))

        expect.close("the images of a batch", images, labels.float().unsqueeze(1))

    def test_batches_of_digits(self, lesson: Any) -> None:
        train, test = made(lesson, pairs(lesson, 12), batch_size=4, test_fraction=0.25)

        images, labels = next(iter(train))
        expect.tensor("the images of a training batch", images, (4, 1, 32, 32), torch.float32)
        expect.tensor("the labels of a training batch", labels, (4,), torch.int64)
        expect.equal("the labels in the test part", len(numbers(test)), 3)

    @every_part
    @pytest.mark.parametrize("batch_size", [1, 4, 7, 16, 17, 100], ids="batches of {}".format)
    def test_every_batch_but_the_last_is_full_and_the_last_is_kept(
        self, lesson: Any, batch_size: int, part: int
    ) -> None:
        loader = made(lesson, numbered(23), batch_size)[part]
        count = (16, 7)[part]
        starts = range(0, count, batch_size)

        sizes = [len(batch) for batch in batches(loader)]
        expect.equal("the sizes of the batches", sizes, [min(batch_size, count - start) for start in starts])
        expect.equal("len() of the loader", len(loader), len(starts))

    @every_dataset
    def test_each_pass_over_the_training_part_has_a_new_order(self, lesson: Any, build: Callable[[int], Any]) -> None:
        train, _ = made(lesson, build(60))

        first, second, third = numbers(train), numbers(train), numbers(train)

        expect.true("the order of the second pass", first != second, "a new one", "that of the first")
        expect.true("the order of the third pass", third not in (first, second), "a new one", "an earlier one")
        expect.true("the order of the first pass", first != sorted(first), "a random one", "that of the dataset")
        expect.equal("the images of the second pass, sorted", sorted(second), sorted(first))

    def test_each_pass_over_the_training_part_makes_new_batches(self, lesson: Any) -> None:
        train, _ = made(lesson, numbered(60))

        first, second = ({frozenset(batch) for batch in batches(train)} for _ in range(2))

        why = "Images are shuffled, not whole batches."
        expect.true("which images share a batch in the second pass", first != second, "new", "as in the first", why)

    @every_dataset
    def test_each_pass_over_the_test_part_has_the_same_order(self, lesson: Any, build: Callable[[int], Any]) -> None:
        _, test = made(lesson, build(60), test_fraction=0.5)

        first = batches(test)

        expect.equal("the test batches of the second pass", batches(test), first)
        expect.equal("the test batches of the third pass", batches(test), first)

    @pytest.mark.parametrize("seed", [0, 1, 7, 2**31, 2**32 - 1], ids="seed {}".format)
    def test_the_same_seed_gives_the_same_split_and_order(self, lesson: Any, seed: int) -> None:
        train, test = made(lesson, numbered(60), seed=seed)
        first, tested = batches(train), sorted(numbers(test))
        scramble(seed + 1)

        again, test_again = made(lesson, numbered(60), seed=seed)

        expect.equal("the images in the test part, with the same seed", sorted(numbers(test_again)), tested)
        expect.equal("the training batches, with the same seed", batches(again), first)

    def test_nothing_depends_on_the_global_random_states(self, lesson: Any) -> None:
        scramble(1)
        train, test = made(lesson, numbered(60))
        scramble(2)
        first, tested = batches(train), sorted(numbers(test))

        scramble(3)
        train, test = made(lesson, numbered(60))
        scramble(4)

        expect.equal("the test part, with another global random state", sorted(numbers(test)), tested)
        expect.equal("the training batches, with another global random state", batches(train), first)

    @pytest.mark.parametrize("whose", ["torch", "Python", "numpy"])
    def test_the_global_random_states_are_left_alone(self, lesson: Any, whose: str) -> None:
        scramble(5)
        before = random_states()[whose]

        made(lesson, numbered(60))

        expect.true(f"{whose}'s random state", random_states()[whose] == before, "as before", "changed")

    def test_another_seed_gives_another_split_and_order(self, lesson: Any) -> None:
        made_with = [made(lesson, numbered(60), seed=seed) for seed in range(4)]

        splits = {tuple(sorted(numbers(test))) for _, test in made_with}
        orders = {tuple(numbers(train)) for train, _ in made_with}

        expect.equal("how many splits four seeds give", len(splits), 4)
        expect.equal("how many orders four seeds give", len(orders), 4)

    def test_any_image_may_be_in_either_part(self, lesson: Any) -> None:
        """A draw that treats all images alike fails here less than once in 10 ** 10 times."""
        found = [made(lesson, numbered(8), 8, 0.5, seed) for seed in range(40)]

        tested = [frozenset(numbers(test)) for _, test in found]
        expect.equal("the images that are ever tested, of 40 seeds", sorted(frozenset().union(*tested)), list(range(8)))
        always = sorted(frozenset(range(8)).intersection(*tested))
        expect.equal("the images that are tested with each of 40 seeds", always, [])
        why = "Each image is drawn by itself: 70 splits are possible."
        expect.true(
            "the number of different splits", len(set(tested)) >= 16, "at least 16 of 40", str(len(set(tested))), why
        )

    def test_the_dataset_is_left_as_it_is(self, lesson: Any) -> None:
        dataset = numbered(23)

        batches(made(lesson, dataset)[0])

        expect.equal("the dataset afterwards", [number for _, number in dataset], list(range(23)))

    def test_two_pairs_of_loaders_do_not_disturb_each_other(self, lesson: Any) -> None:
        alone = batches(made(lesson, numbered(60), seed=1)[0])

        train, _ = made(lesson, numbered(60), seed=1)
        made(lesson, numbered(60), seed=2)

        expect.equal("the training batches, after other loaders were made", batches(train), alone)

    @pytest.mark.parametrize("batch_size", [0, -1, -7], ids="batch_size {}".format)
    def test_batch_sizes_below_1_are_refused(self, lesson: Any, batch_size: int) -> None:
        what = f"batch_size={batch_size}"

        refused(what, lambda: lesson.make_loaders(numbered(23), batch_size, 0.3, 0), "batch", batch_size)

    @pytest.mark.parametrize(
        "fraction", [0.0, 1.0, 0, 1, -1, -0.2, 1.5, 7, float("nan"), float("inf")], ids="test_fraction {}".format
    )
    def test_fractions_that_are_not_between_0_and_1_are_refused(self, lesson: Any, fraction: float) -> None:
        what = f"test_fraction={fraction}"

        refused(what, lambda: lesson.make_loaders(numbered(23), 5, fraction, 0), "fraction", f"{fraction:g}")

    @pytest.mark.parametrize(
        ("count", "fraction"),
        [(5, 0.05), (5, 0.95), (1, 0.7), (1, 0.3)],
        ids=["no test", "no training", "one", "one, less"],
    )
    def test_fractions_that_leave_a_part_empty_are_refused(self, lesson: Any, count: int, fraction: float) -> None:
        what = f"test_fraction={fraction} for {count} images"

        refused(what, lambda: lesson.make_loaders(numbered(count), 5, fraction, 0), "fraction", f"{fraction:g}")


@pytest.mark.speed("to_32x32")
class SpeedOfTo32x32:
    """to_32x32, yours beside the solution's."""

    def test_1000_images_of_8_x_8(self, contestant: Any, benchmark: Any) -> None:
        images = grey(1000, 8, 8)

        benchmark(contestant.to_32x32, images)
