"""Lesson 4: how each exercise is observed, and the bank of its wrong answers.

What is observed is put in named facts ("columns of border on the left": 2), so that a mistake that
nobody foresaw is still told by what differs. Plain mistakes come first: where a learner's answer
agrees with several as far as it goes, the first one is named.
"""

import math
import operator
import random
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.data import DataLoader, RandomSampler, Subset, SubsetRandomSampler, TensorDataset, random_split

from kata.authoring import (
    MapStyle,
    Observation,
    Words,
    body,
    exercise,
    insert,
    labels_of,
    numbered,
    observes,
    replace,
    same_as,
    scramble,
    seeded,
    wrong,
)
from solutions.ex04_data import DigitsDataset, to_32x32

GREYS = Words("is 0", "is {} times what it must be", "must be 0, and is not", "is another number than it must be")


def grey(*shape: int, seed: int = 0) -> Tensor:
    """Return images of uint8."""
    return seeded(*shape, seed=seed).mul(60).add(100).clamp(0, 240).to(torch.uint8)


def shades(*shape: int, seed: int = 0) -> Tensor:
    """Return images of float32 from 0 to 1."""
    return seeded(*shape, seed=seed).mul(0.2).add(0.5).clamp(0, 0.95)


def white(size: int) -> Tensor:
    """Return one white image."""
    return torch.full((1, size, size), 255, dtype=torch.uint8)


def form(value: object) -> dict[str, object]:
    """Describe a value but for its numbers."""
    if isinstance(value, Tensor):
        return {"its type": "a tensor", "its shape": tuple(value.shape), "its dtype": str(value.dtype)[6:]}
    parts = f" of {len(value)}" if isinstance(value, tuple | list) else ""
    return {"its type": f"{type(value).__name__}{parts}"}


def numbers_of(value: object) -> object:
    """Return a tensor as it is, and the form of anything else: an array cannot be compared by `==`."""
    return value if isinstance(value, Tensor) else form(value)


def border(result: Tensor) -> dict[str, object]:
    """Count the rows and columns around what is as bright as the middle of a white image."""
    image = result.detach().reshape(-1, *result.shape[-2:])[0].float()
    ink = (image - image[image.shape[0] // 2, image.shape[1] // 2]).abs() < 1e-4
    sides = {"on the left": ink.any(0), "on the right": ink.any(0).flip(0), "above": ink.any(1)}
    sides["below"] = ink.any(1).flip(0)
    return {f"the border {side}": int(line.int().argmax()) for side, line in sides.items()}


def see_refused(see: Observation, what: str, call: Callable[[], object], *parts: object) -> None:
    """Observe whether a call is refused with a message that names what is wrong, and what it gives instead."""
    given: object = None
    try:
        given = call()
        verdict = "accepted"
    except ValueError as error:
        missing = [name_of(part) for part in parts if not any(one in str(error).lower() for one in spellings(part))]
        verdict = f"refused without naming {' and '.join(missing)}" if missing else "refused"
    except Exception as error:  # noqa: BLE001  (another error than the one asked for is a fact)
        verdict = f"stopped by a {type(error).__name__}"
    see("what is refused", {what: verdict})
    see(f"what {what} gives", outcome(given))


def spellings(part: object) -> list[str]:
    """Return what a message may hold to name a part: a tuple holds alternatives."""
    return [str(one).lower() for one in (part if isinstance(part, tuple) else (part,))]


def name_of(part: object) -> str:
    """Return the first spelling of a part."""
    return spellings(part)[0]


def outcome(given: object) -> dict[str, object]:
    """Describe in short what came of something that was to be refused."""
    given = getattr(given, "labels", given)
    if isinstance(given, Tensor) and not given.is_complex():
        return {
            **form(given),
            "its largest number": f"{float(given.max()):.4g}",
            "its mean": f"{float(given.double().mean()):.4g}",
        }
    return form(given)


def plain(value: object) -> object:
    """Return a value that can be compared by `==`."""
    return value if isinstance(value, bool | int | float | str | None) else str(form(value))


def see_brightness(lesson: Any, see: Observation, size: int) -> None:
    """Observe what becomes of white."""
    for number, name in ((255, "white (255)"), (102, "grey (102)"), (0, "black (0)")):
        image = torch.full((2, size, size), number, dtype=torch.uint8)
        value = lesson.to_32x32(image).float().reshape(-1)[32 * 16 + 16]
        name = f"{name} of {size} x {size}"
        see.amounts("the numbers of uint8 images", GREYS, {name: torch.zeros_like(value)}, {name: value})


def see_images(lesson: Any, see: Observation, of: str, images: Tensor) -> None:
    """Observe what images become, and what is left of those handed in."""
    before = images.clone()
    given = lesson.to_32x32(images)
    see(f"what {of} become", form(given))
    same = images.shape == before.shape and torch.equal(images, before)
    see(f"{of} handed in", {"what they are afterwards": "as before" if same else "changed"})
    see(f"the numbers of {of}", numbers_of(given))


def see_size(lesson: Any, see: Observation, size: int) -> None:
    """Observe what images of a size become."""
    given = lesson.to_32x32(white(size))
    see(f"what a white image of {size} x {size} becomes", form(given))
    see(f"what a white image of {size} x {size} becomes", border(given))
    see_images(lesson, see, f"3 uint8 images of {size} x {size}", grey(3, size, size))


@observes("to_32x32", "Your images are those of {}.")
def observe_to_32x32(lesson: Any, see: Observation) -> None:
    see("what 3 uint8 images of 28 x 28 become", form(lesson.to_32x32(grey(3, 28, 28))))
    see_size_and_brightness(lesson, see)
    for dtype in (torch.float32, torch.float64, torch.float16):
        name = str(dtype)[6:]
        see_images(lesson, see, f"{name} images of 28 x 28", shades(3, 28, 28).to(dtype))
        see_images(lesson, see, f"{name} images of 8 x 8", shades(3, 8, 8).to(dtype))
    for dtype in (torch.int64, torch.int32, torch.int16):
        see_images(lesson, see, f"{str(dtype)[6:]} images of 28 x 28", grey(3, 28, 28).to(dtype))
    see_images(lesson, see, "dark uint8 images of 28 x 28", grey(3, 28, 28).clamp(max=1))
    see_images(lesson, see, "dark uint8 images of 8 x 8", grey(3, 8, 8).clamp(max=16))
    see_images(lesson, see, "dark float32 images", shades(3, 28, 28) / 4)
    for size in (32, 30, 29, 31, 27, 16, 1):
        see_size(lesson, see, size)
    see_images(lesson, see, "float32 images of 32 x 32", shades(3, 32, 32))
    see_images(lesson, see, "images of 28 x 28 with a channel", grey(5, 1, 28, 28))
    see_images(lesson, see, "images of 8 x 8 with a channel", grey(5, 1, 8, 8))
    see_images(lesson, see, "a single image of 28 x 28", grey(1, 28, 28))
    see_images(lesson, see, "a single image of 8 x 8 with a channel", grey(1, 1, 8, 8))
    see_images(lesson, see, "images that are not contiguous in memory", grey(3, 28, 28).transpose(1, 2))
    see_refused_images(lesson, see)


def see_size_and_brightness(lesson: Any, see: Observation) -> None:
    """Observe the two usual sizes."""
    see("what a white image of 28 x 28 becomes", border(lesson.to_32x32(white(28))))
    see_brightness(lesson, see, 28)
    see_images(lesson, see, "3 uint8 images of 28 x 28", grey(3, 28, 28))
    see("what 3 uint8 images of 8 x 8 become", form(lesson.to_32x32(grey(3, 8, 8))))
    see("what a white image of 8 x 8 becomes", border(lesson.to_32x32(white(8))))
    see_brightness(lesson, see, 8)
    see_images(lesson, see, "3 uint8 images of 8 x 8", grey(3, 8, 8))


def see_refused_images(lesson: Any, see: Observation) -> None:
    """Observe which images are refused."""
    for shape, parts in (
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
    ):
        see_refused(see, f"a batch of the shape {shape}", partial(lesson.to_32x32, grey(*shape)), *parts)
    for size in (28, 8, 32):
        for number in (1.5, 255.0, -0.25, float("inf"), float("nan")):
            images = shades(3, size, size)
            images[1, 0, -1] = number
            what = f"a float32 image of {size} x {size} with the number {number:g}"
            see_refused(see, what, partial(lesson.to_32x32, images), f"{number:g}")
    for whole in (256, -1):
        images = grey(3, 28, 28).long()
        images[1, 0, -1] = whole
        see_refused(see, f"an int64 image with the number {whole}", partial(lesson.to_32x32, images))
    for dtype, name in ((torch.bool, "bool"), (torch.complex64, "complex")):
        images = grey(3, 28, 28).gt(100).to(dtype)
        see_refused(see, f"a batch of {name} images", partial(lesson.to_32x32, images), name)
    for what, given in (
        ("a batch of the shape (3, 28, 31), seen again", grey(3, 28, 31)),
        ("a batch of bool images, seen again", grey(3, 28, 28).gt(100)),
        ("a float32 image with the number 1.5, seen again", torch.full((1, 28, 28), 1.5)),
    ):
        see_refused(see, what, partial(lesson.to_32x32, given), ("images", "image"))


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


def pairs(lesson: Any, count: int = 12, size: int = 8) -> Any:
    """Return a dataset of different images."""
    return lesson.DigitsDataset(grey(count, size, size), labels_of(count))


@observes("DigitsDataset.__len__", "Your length is that of {}.")
def observe_len(lesson: Any, see: Observation) -> None:
    for count, size in ((12, 8), (7, 28), (1, 8), (32, 32), (47, 8)):
        see(f"the length of {count} images of {size} x {size}", {"len(dataset)": len(pairs(lesson, count, size))})
    dataset = pairs(lesson, 6)
    see("the length of 6 images, three times", {"len(dataset)": [len(dataset) for _ in range(3)]})
    see("the dataset after len(dataset)", form(dataset.images))


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


def batches(loader: Any) -> list[list[int]]:
    """Return the numbers in each batch."""
    return [numbers.tolist() for _, numbers in loader]


def in_a_row(loader: Any) -> list[int]:
    """Return all numbers."""
    return [number for batch in batches(loader) for number in batch]


def kind_of_draw(tested: list[int], count: int) -> str:
    """Say whether a split looks drawn."""
    chosen = sorted(tested)
    if len(set(chosen)) in (0, count):
        return "the whole dataset" if chosen else "nothing"
    steps = {(after - before) % count for before, after in zip(chosen, [*chosen[1:], chosen[0]], strict=True)}
    if chosen == list(range(count - len(chosen), count)):
        return "the end of the dataset"
    if chosen == list(range(len(chosen))):
        return "the beginning of the dataset"
    one_block = len([s for s in steps if s != 1]) == 1 and 1 in steps
    return "one piece of the dataset" if one_block else "at equal distances" if len(steps) == 1 else "drawn at random"


@observes("make_loaders", "Your code makes {}.")
def observe_make_loaders(lesson: Any, see: Observation) -> None:
    scramble(5)
    states = torch.get_rng_state(), random.getstate(), np.random.get_state()
    given = lesson.make_loaders(numbered(23), 3, 0.3, 0)
    see("what is returned", form(given))
    train, test = given
    see("what is returned", {"the types": [type(one).__name__ for one in given]})
    see_states(see, states)
    see(
        "the test part",
        {"how it is chosen": kind_of_draw(in_a_row(lesson.make_loaders(numbered(60), 5, 0.2, 0)[1]), 60)},
    )
    sizes = {
        "the number of images in the training part": len(in_a_row(train)),
        "the number of images in the test part": len(in_a_row(test)),
    }
    see("the parts of 23 images, with a test fraction of 0.3", sizes)
    seen, tested = in_a_row(train), in_a_row(test)
    see("the two parts", {"the number of images that are in both": len(set(seen) & set(tested))})
    see("the two parts", {"the number of images that are in neither": len(set(range(23)) - set(seen) - set(tested))})
    see(
        "the two parts",
        {"the number of images that come more than once in a pass": len(seen + tested) - len({*seen}) - len({*tested})},
    )
    for name, loader in (("training", train), ("test", test)):
        see(f"the {name} batches", {"their sizes": [len(batch) for batch in batches(loader)]})
        matches = all(torch.equal(images[:, 0], labels.float()) for images, labels in loader)
        see(f"the {name} batches", {"images with their own labels": matches})
    see_orders(lesson, see)
    see_seeds(lesson, see)
    see_further_splits(lesson, see)
    see_refused_arguments(lesson, see)


def see_states(see: Observation, before: Any) -> None:
    """Observe the global random states."""
    now: Any = np.random.get_state()
    kept = {
        "torch's": torch.equal(before[0], torch.get_rng_state()),
        "Python's": before[1] == random.getstate(),
        "numpy's": bool((before[2][1] == now[1]).all()) and before[2][2] == now[2],
    }
    for name, same in kept.items():
        see("the global random states", {f"{name} random state": "as before" if same else "changed"})


def see_orders(lesson: Any, see: Observation) -> None:
    """Observe in which order images come."""
    train, test = lesson.make_loaders(numbered(40), 8, 0.4, 0)
    first, second, third = batches(train), batches(train), batches(train)
    flat = [[number for batch in one for number in batch] for one in (first, second, third)]
    see(
        "the training part",
        {"its first pass": "in the order of the dataset" if flat[0] == sorted(flat[0]) else "shuffled"},
    )
    see("the training part", {"its second pass": "as the first" if flat[0] == flat[1] else "in a new order"})
    see("the training part", {"its third pass": "as an earlier one" if flat[2] in flat[:2] else "in a new order"})
    together = [{frozenset(batch) for batch in one} for one in (first, second)]
    see("the training part", {"its second pass": "the same batches" if together[0] == together[1] else "new batches"})
    orders = [batches(test) for _ in range(3)]
    see("the test part", {"its second pass": "as the first" if orders[0] == orders[1] else "in another order"})
    see("the test part", {"its third pass": "as the first" if orders[0] == orders[2] else "in another order"})


def see_seeds(lesson: Any, see: Observation) -> None:
    """Observe what follows from the seed."""
    for seed in (3, 0):
        found = []
        for before, after in ((1, 2), (1, 2), (3, 2), (3, 4)):
            scramble(before)
            train, test = lesson.make_loaders(numbered(24), 8, 0.3, seed)
            scramble(after)
            found.append((sorted(in_a_row(test)), batches(train)))
        for number, what in (
            (1, "the same call"),
            (2, "another global random state"),
            (3, "another one while going over it"),
        ):
            for part, name in ((0, "the test part"), (1, "the training batches")):
                same = "the same" if found[number][part] == found[0][part] else "others"
                see(f"what the seed {seed} gives again", {f"{name} after {what}": same})
    made = [lesson.make_loaders(numbered(24), 8, 0.3, seed) for seed in range(4)]
    see("four seeds", {"different test parts": len({tuple(sorted(in_a_row(test))) for _, test in made})})
    see("four seeds", {"different training orders": len({tuple(in_a_row(train)) for train, _ in made})})
    first = batches(lesson.make_loaders(numbered(24), 8, 0.3, 1)[0])
    train, _ = lesson.make_loaders(numbered(24), 8, 0.3, 1)
    lesson.make_loaders(numbered(24), 8, 0.3, 2)
    see("loaders after others were made", {"the training batches": "the same" if batches(train) == first else "others"})
    parts = [frozenset(in_a_row(lesson.make_loaders(numbered(8), 8, 0.5, seed)[1])) for seed in range(16)]
    see("16 seeds", {"images that are never tested": sorted(set(range(8)) - frozenset().union(*parts))})
    see("16 seeds", {"images that are always tested": sorted(frozenset(range(8)).intersection(*parts))})
    see("16 seeds", {"different test parts": "10 or more" if len(set(parts)) >= 10 else len(set(parts))})


def see_further_splits(lesson: Any, see: Observation) -> None:
    """Observe other fractions, batch sizes and datasets."""
    for count, fraction in ((23, 0.4), (10, 0.38), (100, 0.29), (2, 0.4), (9, 0.9)):
        train, test = lesson.make_loaders(numbered(count), 50, fraction, 0)
        sizes = {
            "the number of images in the training part": len(in_a_row(train)),
            "the number of images in the test part": len(in_a_row(test)),
        }
        see(f"the parts of {count} images, with a test fraction of {fraction}", sizes)
    for size in (1, 16, 17, 100):
        loaders = lesson.make_loaders(numbered(23), size, 0.3, 0)
        for name, loader in zip(("training", "test"), loaders, strict=True):
            see(
                f"the {name} loader for batches of {size}",
                {"the sizes of its batches": [len(b) for b in batches(loader)]},
            )
            see(f"the {name} loader for batches of {size}", {"its length": len(loader)})
    tensors = TensorDataset(torch.arange(23.0).unsqueeze(1), torch.arange(23))
    for name, dataset in (("a TensorDataset", tensors), ("another dataset", MapStyle(23))):
        train, test = lesson.make_loaders(dataset, 5, 0.3, 0)
        see(f"the parts of {name}", {"all of their images": sorted(in_a_row(train) + in_a_row(test))})
        see(f"the parts of {name}", {"the training order": "kept" if in_a_row(train) == in_a_row(train) else "new"})
    train, test = lesson.make_loaders(numbered(10), 5, 0.25, 0)
    see(
        "the parts of 10 images, with a test fraction of 0.25",
        {"the number of images in the test part": len(in_a_row(test))},
    )
    train, test = lesson.make_loaders(numbered(24), 8, 0.3, 2**32 - 1)
    see("the parts with the seed 2**32 - 1", {"the number of images in the test part": len(in_a_row(test))})
    images, labels = next(iter(lesson.make_loaders(pairs(lesson), 4, 0.25, 0)[0]))
    see("a batch of a DigitsDataset", [form(images)["its shape"], form(labels)["its shape"]])
    listed = numbered(23)
    batches(lesson.make_loaders(listed, 5, 0.3, 0)[0])
    same = [number for _, number in listed] == list(range(23))
    see("the dataset handed in", {"what it is afterwards": "as before" if same else "changed"})


def see_refused_arguments(lesson: Any, see: Observation) -> None:
    """Observe which arguments are refused."""
    for size in (0, -1, -7):
        call = partial(lesson.make_loaders, numbered(23), size, 0.3, 0)
        see_refused(see, f"batch_size={size}", call, "batch", size)
    for fraction in (0.0, 1.0, 0, 1, -1, -0.2, 1.5, 7, float("nan"), float("inf")):
        call = partial(lesson.make_loaders, numbered(23), 5, fraction, 0)
        see_refused(see, f"test_fraction={fraction}", call, "fraction", f"{fraction:g}")
    for count, fraction in ((5, 0.05), (5, 0.95), (1, 0.7), (1, 0.3)):
        call = partial(lesson.make_loaders, numbered(count), 5, fraction, 0)
        see_refused(see, f"test_fraction={fraction} for {count} images", call, "fraction", fraction)


# What the wrong answers to to_32x32 are made of: the solution's steps, one by one.


def refuse(images: Tensor) -> None:
    """Refuse what to_32x32 refuses."""
    refuse_shape(images)
    refuse_dtype(images)
    refuse_numbers(images)


def refuse_shape(images: Tensor) -> None:
    """Refuse other shapes."""
    shape = images.shape if images.dim() != 3 else images.unsqueeze(1).shape
    if len(shape) != 4 or shape[1] != 1 or shape[2] != shape[3] or shape[3] > 32:
        raise ValueError(f"images must be square, and are {tuple(images.shape)}")


def refuse_dtype(images: Tensor) -> None:
    """Refuse bool and complex."""
    if images.dtype == torch.bool or images.is_complex():
        raise ValueError(f"images of {images.dtype}")


def refuse_numbers(images: Tensor) -> None:
    """Refuse numbers out of range."""
    highest = 1 if images.is_floating_point() else 255
    outside = images[~((images.float() >= 0) & (images.float() <= highest))]
    if outside.numel():
        raise ValueError(f"images with {outside[0].item():g}")


def with_channel(images: Tensor) -> Tensor:
    """Return (N, 1, H, H)."""
    return images.unsqueeze(1) if images.dim() == 3 else images


def from_0_to_1(images: Tensor) -> Tensor:
    """Return float32 from 0 to 1."""
    return images.float() if images.is_floating_point() else images.float() / 255


def framed(batch: Tensor) -> Tensor:
    """Pad or enlarge (N, 1, H, H)."""
    size = batch.shape[-1]
    return padded(batch) if size >= 28 else F.interpolate(batch, size=(32, 32), mode="bilinear", align_corners=False)


def padded(batch: Tensor) -> Tensor:
    """Pad (N, 1, H, H) with zeros."""
    before = (32 - batch.shape[-1]) // 2
    after = 32 - batch.shape[-1] - before
    return F.pad(batch, (before, after, before, after))


def all_right(images: Tensor) -> Tensor:
    """Do what to_32x32 does."""
    refuse(images)
    return framed(with_channel(from_0_to_1(images)))


# to_32x32: the form


exercise("to_32x32")

no_channel = wrong(
    "a conversion that leaves the channel dimension out",
    "A convolution takes (N, channels, rows, columns). Grey images have one channel, and the dimension must be there for it.",
    body("return all_right(images)[:, 0]"),
)

channel_before_batch = wrong(
    "a conversion that puts the channel dimension before the images, not after them",
    "(1, N, 32, 32) is one image of N channels. The batch comes first, then the channel.",
    body("return all_right(images).transpose(0, 1)"),
)

channel_last = wrong(
    "a conversion that puts the channel dimension last",
    "Pictures of other libraries are (rows, columns, channels); torch's layers take (N, channels, rows, columns).",
    body("return all_right(images).permute(0, 2, 3, 1)"),
)

three_channels = wrong(
    "a conversion that repeats the grey channel three times",
    "LeNet's first layer takes one channel. Three copies of the same grey tell it nothing more.",
    body("return all_right(images).expand(-1, 3, -1, -1)"),
)

one_row_each = wrong(
    "a conversion that lays each image out as one row",
    "Convolutions need rows and columns. The images become rows only before the first linear layer, inside the network.",
    body("return all_right(images).flatten(1)"),
)

squeezed = wrong(
    "a conversion whose squeeze takes the batch of a single image away",
    "squeeze without a dimension removes every dimension of size 1, that of a batch of one image too.",
    body("return all_right(images).squeeze().unsqueeze(1) if len(images) > 1 else all_right(images).squeeze()"),
)

squeezed_then_front = same_as(
    squeezed,
    body("""
        result = all_right(images)
        return result if len(images) > 1 else result.squeeze()
    """),
)

channel_added_always = wrong(
    "a conversion that adds a channel even where there is one",
    "Images may come as (N, H, H) and as (N, 1, H, H). Look how many dimensions there are before you add one.",
    body("""
        refuse(images)
        return framed(from_0_to_1(images).unsqueeze(1))
    """),
)

channel_expected = wrong(
    "a conversion that adds no channel, and so takes only images that have one",
    "Images may come as (N, H, H) and as (N, 1, H, H). Those without the dimension need it added.",
    body("""
        refuse(images)
        return framed(from_0_to_1(images))
    """),
)

size_unchanged = wrong(
    "a conversion that leaves the size as it is",
    "LeNet takes 32 x 32: its first linear layer counts on 5 x 5 in the end.",
    body("""
        refuse(images)
        return with_channel(from_0_to_1(images))
    """),
)

to_28 = wrong(
    "a conversion that brings the images to 28 x 28",
    "MNIST's images are 28 x 28; LeNet wants them larger than the digit, 32 x 32.",
    body("return all_right(images)[:, :, 2:30, 2:30]"),
)

float64 = wrong(
    "a conversion that gives float64",
    "The weights are float32; a layer refuses another dtype than that of its weights.",
    body("return all_right(images).double()"),
)

dtype_kept = wrong(
    "a conversion that keeps the dtype of floating images",
    "Whatever comes in, float32 must come out: a layer refuses another dtype than that of its weights.",
    body("""
        result = all_right(images)
        return result.to(images.dtype) if images.is_floating_point() else result
    """),
)

whole_numbers = wrong(
    "a conversion that gives whole numbers",
    "Between 0 and 1 there is no whole number: all greys are lost. Numbers from 0 to 1 need a floating dtype.",
    body("return all_right(images).to(images.dtype)"),
)

left_in_uint8 = wrong(
    "a conversion that leaves uint8 images in uint8",
    "A layer refuses another dtype than that of its weights, float32; and 0 to 255 is far larger than what training likes.",
    body("""
        refuse(images)
        return framed(with_channel(images))
    """),
)

float16 = wrong(
    "a conversion that gives float16",
    "The weights are float32; a layer refuses another dtype than that of its weights.",
    body("return all_right(images).half()"),
)

nothing_returned = wrong(
    "a conversion that returns nothing", "What was made must be returned.", body("all_right(images)")
)

list_of_images = wrong(
    "a conversion that gives a list of images",
    "One tensor holds the whole batch: (N, 1, 32, 32). A network takes a tensor.",
    body("return list(all_right(images))"),
)

numpy_array = wrong(
    "a conversion that gives a numpy array", "A network takes a tensor.", body("return all_right(images).numpy()")
)


# to_32x32: what is handed in

divided_in_place = wrong(
    "a conversion that changes the numbers of the images handed in, in place",
    "The images belong to the caller, who may use them again; operations that end in _ and `/=` change them.",
    body("""
        result = all_right(images)
        if images.is_floating_point():
            images.div_(255)
        else:
            images.copy_(images // 255)
        return result
    """),
)

unsqueezed_in_place = wrong(
    "a conversion that adds the channel to the images handed in, in place",
    "The images belong to the caller, who finds them with another shape. unsqueeze without _ gives a view of its own.",
    body("""
        refuse(images)
        if images.dim() == 3:
            images.unsqueeze_(1)
        return framed(from_0_to_1(images))
    """),
)

zeroed = same_as(
    divided_in_place,
    body("""
        result = all_right(images).clone()
        images.zero_()
        return result
    """),
)


# to_32x32: the numbers

not_divided = wrong(
    "a conversion that does not divide by 255",
    "0 to 255 is what a byte holds; 0 to 1 is asked for. With numbers that large, the first steps of training go astray.",
    body("""
        refuse(images)
        return framed(with_channel(images.float()))
    """),
)

divided_by_256 = wrong(
    "a conversion that divides by 256",
    "A byte has 256 values, from 0 to 255. White is 255, and must become 1.",
    body("""
        refuse(images)
        return framed(with_channel(images.float() / (1 if images.is_floating_point() else 256)))
    """),
)

divided_by_16 = wrong(
    "a conversion that divides by 16",
    "scikit-learn's own digits go from 0 to 16; the images here were brought to 0 to 255 when they were loaded.",
    body("""
        refuse(images)
        return framed(with_channel(images.float() / (1 if images.is_floating_point() else 16)))
    """),
)

small_ones_divided_by_16 = wrong(
    "a conversion that divides 8 x 8 images by 16",
    "scikit-learn's own digits go from 0 to 16; the images here were brought to 0 to 255 when they were loaded.",
    body("""
        refuse(images)
        highest = 1 if images.is_floating_point() else 16 if images.shape[-1] == 8 else 255
        return framed(with_channel(images.float() / highest))
    """),
)

divided_twice = wrong(
    "a conversion that divides twice",
    "Once divided, 255 is 1 already.",
    body("""
        refuse(images)
        return framed(with_channel(images.float() / (1 if images.is_floating_point() else 255 * 255)))
    """),
)

floor_division = wrong(
    "a conversion that divides without remainder",
    "Whole-number division leaves 0 for every grey below 255: only pure white survives. `/` keeps the greys.",
    body("""
        refuse(images)
        return framed(with_channel(images.float() if images.is_floating_point() else (images // 255).float()))
    """),
)

divided_and_back_to_whole = same_as(
    floor_division,
    body("""
        refuse(images)
        whole = images if images.is_floating_point() else (images / 255).to(images.dtype)
        return framed(with_channel(whole.float()))
    """),
)

floats_divided_too = wrong(
    "a conversion that divides floating images by 255 too",
    "Floating images hold 0 to 1 already; divided again they are nearly black.",
    body("""
        refuse(images)
        return framed(with_channel(images.float() / 255))
    """),
)

from_minus_1 = wrong(
    "a conversion that goes from -1 to 1",
    "Many a recipe shifts images so that their middle is 0. Here black is 0 and white is 1.",
    body("""
        refuse(images)
        return framed(with_channel(from_0_to_1(images)) * 2 - 1)
    """),
)

from_minus_1_after = same_as(from_minus_1, body("return all_right(images) * 2 - 1"))

normalised_like_mnist = wrong(
    "a conversion that takes MNIST's mean off and divides by its spread",
    "0.1307 and 0.3081 come from many a recipe for MNIST. Here black is 0 and white is 1.",
    body("""
        refuse(images)
        return framed((with_channel(from_0_to_1(images)) - 0.1307) / 0.3081)
    """),
)

normalised_like_mnist_after = same_as(normalised_like_mnist, body("return (all_right(images) - 0.1307) / 0.3081"))

standardised = wrong(
    "a conversion that takes the images' own mean off and divides by their spread",
    "Then the same image becomes something else in another batch. Here black is 0 and white is 1.",
    body("""
        refuse(images)
        scaled = with_channel(from_0_to_1(images))
        return framed((scaled - scaled.mean()) / (scaled.std() + 1e-8))
    """),
)

divided_by_brightest = wrong(
    "a conversion that divides by the brightest pixel of the batch",
    "Then the same image becomes something else in another batch, and dark images become bright. White is 255.",
    body("""
        refuse(images)
        highest = images.float().max()
        return framed(with_channel(images.float() / highest))
    """),
)

whole_divided_by_brightest = wrong(
    "a conversion that divides whole numbers by the brightest pixel of the batch",
    "Then the same image becomes something else in another batch, and dark images become bright. White is 255.",
    body("""
        refuse(images)
        highest = 1 if images.is_floating_point() else images.max()
        return framed(with_channel(images.float() / highest))
    """),
)

divided_by_own_brightest = wrong(
    "a conversion that divides each image by its own brightest pixel",
    "Then a faint image becomes as bright as any other. White is 255.",
    body("""
        refuse(images)
        batch = with_channel(images.float())
        return framed(batch / batch.amax(dim=(1, 2, 3), keepdim=True))
    """),
)

stretched = wrong(
    "a conversion that stretches the numbers of the batch from 0 to 1",
    "Then the same image becomes something else in another batch. Black is 0 and white is 255, whatever is there.",
    body("""
        refuse(images)
        batch = with_channel(images.float())
        return framed((batch - batch.min()) / (batch.max() - batch.min()).clamp(min=1e-8))
    """),
)


stretched_to_its_ends = same_as(
    stretched,
    replace("scaled = numbers / highest", "scaled = (numbers - numbers.min()) / (numbers.max() - numbers.min())"),
)

decided_by_brightest = wrong(
    "a conversion that looks at the brightest pixel, not at the dtype, to see whether to divide",
    "A dark image of whole numbers may hold nothing above 1; it must be divided all the same. The dtype says what is held.",
    body("""
        refuse(images)
        highest = 255 if images.max() > 1 else 1
        return framed(with_channel(images.float() / highest))
    """),
)

only_uint8_divided = wrong(
    "a conversion that divides uint8 images only",
    "Whole numbers of any dtype hold 0 to 255: int64 ones too.",
    body("""
        refuse(images)
        return framed(with_channel(images.float() / (255 if images.dtype == torch.uint8 else 1)))
    """),
)

all_but_float32_divided = wrong(
    "a conversion that divides all but float32 images",
    "Floating images of any dtype hold 0 to 1 already: float64 and float16 ones too.",
    body("""
        refuse(images)
        return framed(with_channel(images.float() / (1 if images.dtype == torch.float32 else 255)))
    """),
)

through_uint8 = wrong(
    "a conversion that goes through uint8",
    "Floating numbers from 0 to 1 become 0 when they are made whole.",
    body("""
        refuse(images)
        return framed(with_channel(images.to(torch.uint8).float() / (1 if images.is_floating_point() else 255)))
    """),
)

inverted = wrong(
    "a conversion that turns black and white round",
    "Ink is 255 and paper is 0 here already, and so they must stay: the border of zeros is paper too.",
    body("""
        refuse(images)
        return framed(1 - with_channel(from_0_to_1(images)))
    """),
)

black_or_white = wrong(
    "a conversion that makes every pixel black or white",
    "The greys at the edge of a stroke say where it ends. They are to be kept.",
    body("""
        refuse(images)
        return framed((with_channel(from_0_to_1(images)) > 0.5).float())
    """),
)

transposed = wrong(
    "a conversion that mirrors rows and columns",
    "(N, rows, columns) must stay in this order: a transposed digit is another one.",
    body("return all_right(images).transpose(2, 3)"),
)

upside_down = wrong(
    "a conversion that turns the images upside down",
    "The first row stays the first.",
    body("return all_right(images).flip(2)"),
)


# to_32x32: the size

right_and_below_only = wrong(
    "a conversion that adds the border on the right and below only",
    "Then the digit lies in a corner. Half of what is missing goes to each side: F.pad takes a number for each.",
    body("""
        refuse(images)
        batch = with_channel(from_0_to_1(images))
        rest = 32 - batch.shape[-1]
        return F.pad(batch, (0, rest, 0, rest)) if batch.shape[-1] >= 28 else framed(batch)
    """),
)

left_and_above_only = wrong(
    "a conversion that adds the border on the left and above only",
    "Then the digit lies in a corner. Half of what is missing goes to each side: F.pad takes a number for each.",
    body("""
        refuse(images)
        batch = with_channel(from_0_to_1(images))
        rest = 32 - batch.shape[-1]
        return F.pad(batch, (rest, 0, rest, 0)) if batch.shape[-1] >= 28 else framed(batch)
    """),
)

whole_rest_on_each_side = wrong(
    "a conversion that adds all of what is missing on each side",
    "What is missing is missing in all: half of it goes to each side. 28 + 4 + 4 is 36.",
    body("""
        refuse(images)
        batch = with_channel(from_0_to_1(images))
        rest = 32 - batch.shape[-1]
        return F.pad(batch, (rest, rest, rest, rest)) if batch.shape[-1] >= 28 else framed(batch)
    """),
)

columns_only = wrong(
    "a conversion that pads the columns only",
    "F.pad takes two numbers for each dimension, the last dimension first: four numbers for rows and columns.",
    body("""
        refuse(images)
        batch = with_channel(from_0_to_1(images))
        before = (32 - batch.shape[-1]) // 2
        return F.pad(batch, (before, before)) if batch.shape[-1] >= 28 else framed(batch)
    """),
)

rows_only = wrong(
    "a conversion that pads the rows only",
    "F.pad takes two numbers for each dimension, the last dimension first: four numbers for rows and columns.",
    body("""
        refuse(images)
        batch = with_channel(from_0_to_1(images))
        before = (32 - batch.shape[-1]) // 2
        return F.pad(batch, (0, 0, before, before)) if batch.shape[-1] >= 28 else framed(batch)
    """),
)

pad_order = wrong(
    "a conversion that takes F.pad's numbers in another order than left, right, above, below",
    "All of what is missing on the left and right was put on two sides of one dimension. The order is left, right, above, below.",
    body("""
        refuse(images)
        batch = with_channel(from_0_to_1(images))
        before = (32 - batch.shape[-1]) // 2
        return F.pad(batch, (0, 2 * before, before, before)) if batch.shape[-1] >= 28 else framed(batch)
    """),
)

padded_with_ones = wrong(
    "a conversion that pads with ones",
    "Paper is 0: a border of ones is a black frame around the digit.",
    body("""
        refuse(images)
        batch = with_channel(from_0_to_1(images))
        before = (32 - batch.shape[-1]) // 2
        after = 32 - batch.shape[-1] - before
        return F.pad(batch, (before, after, before, after), value=1.0) if batch.shape[-1] >= 28 else framed(batch)
    """),
)


def padded_in_mode(images: Tensor, mode: str) -> Tensor:
    """Pad with something else than zeros."""
    refuse(images)
    batch = with_channel(from_0_to_1(images))
    before = (32 - batch.shape[-1]) // 2
    after = 32 - batch.shape[-1] - before
    return F.pad(batch, (before, after, before, after), mode=mode) if batch.shape[-1] >= 28 else framed(batch)


mirrored = wrong(
    "a conversion that pads with a mirror image of the edge",
    "What stands at the edge would be there twice. The border is zeros.",
    body('return padded_in_mode(images, "reflect")'),
)

drawn_out = wrong(
    "a conversion that pads by drawing the edge out",
    "A stroke that touches the edge would grow longer. The border is zeros.",
    body('return padded_in_mode(images, "replicate")'),
)

wrapped_round = wrong(
    "a conversion that pads with what stands at the opposite edge",
    "The border is zeros.",
    body('return padded_in_mode(images, "circular")'),
)

enlarged_all = wrong(
    "a conversion that enlarges 28 x 28 too",
    "Images of 28 x 28 and larger keep every pixel as it is; what is missing is a border.",
    body("""
        refuse(images)
        batch = with_channel(from_0_to_1(images))
        return F.interpolate(batch, size=(32, 32), mode="bilinear", align_corners=False)
    """),
)

enlarged_all_nearest = wrong(
    "a conversion that enlarges 28 x 28 too, without blending",
    "Images of 28 x 28 and larger keep every pixel as it is; what is missing is a border.",
    body("""
        refuse(images)
        return F.interpolate(with_channel(from_0_to_1(images)), size=(32, 32))
    """),
)

padded_all = wrong(
    "a conversion that pads 8 x 8 too",
    "A digit of 8 x 8 would be lost in a wide frame. Small images are enlarged.",
    body("""
        refuse(images)
        return padded(with_channel(from_0_to_1(images)))
    """),
)


def enlarged(images: Tensor, **how: Any) -> Tensor:
    """Enlarge small images in another way."""
    refuse(images)
    batch = with_channel(from_0_to_1(images))
    return framed(batch) if batch.shape[-1] >= 28 else F.interpolate(batch, size=(32, 32), **how)


nearest = wrong(
    "a conversion that enlarges without blending (each pixel becomes a square)",
    'F.interpolate does not blend unless it is told to: its mode is "nearest". Asked for is bilinear interpolation.',
    body("return enlarged(images)"),
)

corners_aligned = wrong(
    "a conversion that aligns the middles of the corner pixels when it enlarges",
    "With align_corners=True the pixels at the edge count half: the digit is spread wider. False is asked for.",
    body('return enlarged(images, mode="bilinear", align_corners=True)'),
)

bicubic = wrong(
    "a conversion that enlarges by bicubic interpolation",
    "Cubic curves overshoot: they give numbers below 0 and above 1. Asked for is bilinear interpolation.",
    body('return enlarged(images, mode="bicubic", align_corners=False)'),
)

bicubic_clamped = wrong(
    "a conversion that enlarges by bicubic interpolation and cuts off what overshoots",
    "Asked for is bilinear interpolation.",
    body('return enlarged(images, mode="bicubic", align_corners=False).clamp(0, 1)'),
)

enlarged_before_float = wrong(
    "a conversion that enlarges whole numbers before they are floats",
    "Interpolation of uint8 rounds every blend to a whole number. Make floats first.",
    body("""
        refuse(images)
        batch = with_channel(images)
        if batch.shape[-1] < 28 and not batch.is_floating_point():
            batch = F.interpolate(batch.float(), size=(32, 32), mode="bilinear", align_corners=False).round()
            return batch / 255
        return framed(from_0_to_1(batch))
    """),
)

enlarged_in_uint8 = same_as(
    enlarged_before_float,
    body("""
        refuse(images)
        batch = with_channel(images)
        if batch.shape[-1] < 28 and batch.dtype == torch.uint8:
            batch = F.interpolate(batch, size=(32, 32), mode="bilinear", align_corners=False)
        return framed(from_0_to_1(batch))
    """),
)

enlarged_to_28 = wrong(
    "a conversion that enlarges to 28 x 28 and pads that",
    "Small images are enlarged to 32 x 32 itself; only those of 28 x 28 and larger get a border.",
    body("""
        refuse(images)
        batch = with_channel(from_0_to_1(images))
        if batch.shape[-1] < 28:
            batch = F.interpolate(batch, size=(28, 28), mode="bilinear", align_corners=False)
        return padded(batch)
    """),
)

four_times = wrong(
    "a conversion that always enlarges by four",
    "Four times 8 is 32, but other sizes come too: say which size you want, not how many times.",
    body("""
        refuse(images)
        batch = with_channel(from_0_to_1(images))
        if batch.shape[-1] >= 28:
            return padded(batch)
        return F.interpolate(batch, scale_factor=4, mode="bilinear", align_corners=False)
    """),
)

always_two = wrong(
    "a conversion that always pads by two",
    "Two on each side bring 28 to 32, but other sizes come too: work the border out from the size.",
    body("""
        refuse(images)
        batch = with_channel(from_0_to_1(images))
        return F.pad(batch, (2, 2, 2, 2)) if batch.shape[-1] >= 28 else framed(batch)
    """),
)

only_28_padded = wrong(
    "a conversion that pads images of 28 x 28 by two and leaves larger ones as they are",
    "Images of 29 x 29 to 31 x 31 get a border too: work it out from the size.",
    body("""
        refuse(images)
        batch = with_channel(from_0_to_1(images))
        return batch if batch.shape[-1] > 28 else framed(batch)
    """),
)

only_28_not_enlarged = wrong(
    "a conversion that pads images of 28 x 28 and enlarges all others",
    "From 28 x 28 on, every pixel stays as it is: 29 x 29 to 31 x 31 get a border too.",
    body("""
        refuse(images)
        batch = with_channel(from_0_to_1(images))
        if batch.shape[-1] == 28:
            return padded(batch)
        return F.interpolate(batch, size=(32, 32), mode="bilinear", align_corners=False)
    """),
)

only_8_enlarged = wrong(
    "a conversion that enlarges 8 x 8 and pads all others",
    "All that is smaller than 28 x 28 is enlarged: 16 x 16 and 27 x 27 too.",
    body("""
        refuse(images)
        batch = with_channel(from_0_to_1(images))
        return framed(batch) if batch.shape[-1] == 8 else padded(batch)
    """),
)

other_limit = wrong(
    "a conversion that pads from another size than 28 x 28 on",
    "28 x 28 and larger are padded, 27 x 27 and smaller are enlarged.",
    body("""
        refuse(images)
        batch = with_channel(from_0_to_1(images))
        return padded(batch) if batch.shape[-1] > 16 else framed(batch)
    """),
)

limit_of_16 = same_as(
    other_limit,
    body("""
        refuse(images)
        batch = with_channel(from_0_to_1(images))
        return padded(batch) if batch.shape[-1] >= 16 else framed(batch)
    """),
)

limit_above_28 = wrong(
    "a conversion that enlarges images of 28 x 28 and pads larger ones",
    "28 x 28 and larger are padded: 28 itself is among them.",
    body("""
        refuse(images)
        batch = with_channel(from_0_to_1(images))
        if batch.shape[-1] > 28:
            return padded(batch)
        return F.interpolate(batch, size=(32, 32), mode="bilinear", align_corners=False)
    """),
)

one_pixel_lost = wrong(
    "a conversion that loses a row and a column where the border cannot be equal",
    "From 29 or 31 to 32 an odd number is missing; half of it, rounded down, on both sides leaves one out.",
    body("""
        refuse(images)
        batch = with_channel(from_0_to_1(images))
        half = (32 - batch.shape[-1]) // 2
        return F.pad(batch, (half, half, half, half)) if batch.shape[-1] >= 28 else framed(batch)
    """),
)

odd_pixel_first = wrong(
    "a conversion that puts the odd pixel of the border on the left and above",
    "Where the border cannot be equal (29, 31), the right and the lower side get the one pixel more.",
    body("""
        refuse(images)
        batch = with_channel(from_0_to_1(images))
        after = (32 - batch.shape[-1]) // 2
        before = 32 - batch.shape[-1] - after
        return F.pad(batch, (before, after, before, after)) if batch.shape[-1] >= 28 else framed(batch)
    """),
)

rows_mixed = wrong(
    "a conversion that breaks off a piece of the images and puts the rows together again",
    "view and reshape do not make images larger or turn dimensions: they read the same numbers in other rows.",
    body("""
        refuse(images)
        batch = with_channel(from_0_to_1(images))
        count, size = len(batch), batch.shape[-1]
        rows = F.pad(batch.reshape(count, -1), (0, 1024 - size * size))
        return rows.reshape(count, 1, 32, 32)
    """),
)

images_mixed = wrong(
    "a conversion that mixes the images of a batch when it moves the channel",
    "view and reshape do not turn dimensions: permute and transpose do.",
    body("""
        result = all_right(images)
        return result.permute(1, 2, 3, 0).reshape(result.shape)
    """),
)


# to_32x32: what is refused

nothing_refused = wrong(
    "a conversion that refuses nothing",
    "What does not fit is better refused here, with a message, than met later as a strange image.",
    body("return framed(with_channel(from_0_to_1(images)))"),
)

not_square = wrong(
    "a conversion that accepts images that are not square",
    "28 x 31 fits neither way: half a border, or a digit drawn out of shape.",
    body("""
        if images.dim() not in (3, 4) or (images.dim() == 4 and images.shape[1] != 1) or max(images.shape[-2:]) > 32:
            raise ValueError(f"images {tuple(images.shape)}")
        refuse_dtype(images)
        refuse_numbers(images)
        batch = with_channel(from_0_to_1(images))
        if batch.shape[-1] < 28:
            return F.interpolate(batch, size=(32, 32), mode="bilinear", align_corners=False)
        return framed(batch)
    """),
)

larger_accepted = wrong(
    "a conversion that accepts images larger than 32 x 32",
    "A negative border cuts pieces of the digit off.",
    body("""
        shape = images.shape if images.dim() != 3 else images.unsqueeze(1).shape
        if len(shape) != 4 or shape[1] != 1 or shape[2] != shape[3]:
            raise ValueError(f"images must be square, and are {tuple(images.shape)}")
        refuse_dtype(images)
        refuse_numbers(images)
        return framed(with_channel(from_0_to_1(images)))
    """),
)

larger_made_smaller = wrong(
    "a conversion that makes images larger than 32 x 32 smaller",
    "Those are to be refused: what would be left of the digit is another one than the caller thinks.",
    body("""
        if images.dim() in (3, 4) and images.shape[-1] == images.shape[-2] > 32:
            images = F.interpolate(with_channel(from_0_to_1(images)), size=(32, 32), mode="bilinear")
        return all_right(images)
    """),
)

colours_accepted = wrong(
    "a conversion that accepts images of three channels",
    "Colour images would go on with three channels where LeNet takes one.",
    body("""
        if images.dim() == 4:
            refuse_shape(images[:, :1])
        else:
            refuse_shape(images)
        refuse_dtype(images)
        refuse_numbers(images)
        return framed(with_channel(from_0_to_1(images)))
    """),
)

colours_averaged = wrong(
    "a conversion that makes grey images of those with three channels",
    "Images of several channels are to be refused: nobody asked how bright each colour is.",
    body("""
        if images.dim() == 4 and images.shape[1] == 3:
            images = images.float().mean(dim=1) / 255
        return all_right(images)
    """),
)

no_batch_accepted = wrong(
    "a conversion that accepts a single image without a batch",
    "(28, 28) may be one image, or 28 rows of something. A batch is asked for, (N, H, H).",
    body("return all_right(images.unsqueeze(0) if images.dim() == 2 else images)"),
)

dimensions_not_looked_at = wrong(
    "a conversion that stops with torch's own error where the number of dimensions is wrong",
    "A message of one's own says what is wanted. Ask for the number of dimensions first, and raise a ValueError.",
    body("""
        batch = images.unsqueeze(1) if images.dim() == 3 else images
        _, channels, rows, columns = batch.shape
        if (channels, rows) != (1, columns):
            raise ValueError(f"images {tuple(images.shape)}")
        refuse(images)
        return framed(from_0_to_1(batch))
    """),
)

above_1_accepted = wrong(
    "a conversion that accepts numbers above 1 in floating images",
    "A floating image with 0 to 255 was not scaled by the caller: better refused than trained on.",
    body("""
        refuse_shape(images)
        refuse_dtype(images)
        if images.is_floating_point():
            wrong = images[(images < 0) | images.isnan()]
            if wrong.numel():
                raise ValueError(f"images with {wrong[0].item():g}")
        else:
            refuse_numbers(images)
        return framed(with_channel(from_0_to_1(images)))
    """),
)

negative_accepted = wrong(
    "a conversion that accepts negative numbers in floating images",
    "Below 0 is no grey. Images from -1 to 1 were normalised by somebody, and are to be refused.",
    body("""
        refuse_shape(images)
        refuse_dtype(images)
        if images.is_floating_point():
            wrong = images[~(images <= 1)]
            if wrong.numel():
                raise ValueError(f"images with {wrong[0].item():g}")
        else:
            refuse_numbers(images)
        return framed(with_channel(from_0_to_1(images)))
    """),
)

nan_accepted = wrong(
    "a conversion that lets NaN through",
    "NaN is neither below 0 nor above 1: every comparison with it is False. Ask whether all numbers are inside instead.",
    body("""
        refuse_shape(images)
        refuse_dtype(images)
        refuse_numbers(images.nan_to_num(nan=0.5, posinf=math.inf) if images.is_floating_point() else images)
        return framed(with_channel(from_0_to_1(images)))
    """),
)

nan_accepted_by_comparison = same_as(
    nan_accepted,
    body("""
        refuse_shape(images)
        refuse_dtype(images)
        wrong = images[(images < 0) | (images > 1)] if images.is_floating_point() else images[:0]
        if wrong.numel():
            raise ValueError(f"images with {wrong[0].item():g}")
        if not images.is_floating_point():
            refuse_numbers(images)
        return framed(with_channel(from_0_to_1(images)))
    """),
)

numbers_not_looked_at = wrong(
    "a conversion that looks at no numbers, only at shapes",
    "Numbers outside 0 to 1, or NaN, would go on into the network; they are to be refused.",
    body("""
        refuse_shape(images)
        refuse_dtype(images)
        return framed(with_channel(from_0_to_1(images)))
    """),
)

clamped = wrong(
    "a conversion that cuts numbers off at 0 and 1",
    "Then a floating image with 0 to 255 becomes black and white without a word. Refuse it.",
    body("""
        refuse_shape(images)
        refuse_dtype(images)
        return framed(with_channel(from_0_to_1(images)).clamp(0, 1))
    """),
)

large_floats_divided = wrong(
    "a conversion that divides floating images with numbers above 1 by 255",
    "That is a guess: floating images hold 0 to 1. What does not is to be refused.",
    body("""
        if images.is_floating_point() and images.max() > 1:
            images = images / 255
        return all_right(images)
    """),
)

any_whole_number = wrong(
    "a conversion that accepts any whole number",
    "Whole numbers hold 0 to 255. Others would give greys below 0 or above 1.",
    body("""
        refuse_shape(images)
        refuse_dtype(images)
        if images.is_floating_point():
            refuse_numbers(images)
        return framed(with_channel(from_0_to_1(images)))
    """),
)

negative_whole_number = wrong(
    "a conversion that accepts negative whole numbers",
    "Whole numbers hold 0 to 255. Others would give greys below 0 or above 1.",
    body("""
        refuse_shape(images)
        refuse_dtype(images)
        refuse_numbers(images if images.is_floating_point() else images.clamp(min=0))
        return framed(with_channel(from_0_to_1(images)))
    """),
)

bool_accepted = wrong(
    "a conversion that accepts images of bool",
    "True counts as 1 of 255, which is black; a caller who passes bool means white.",
    body("""
        refuse_shape(images)
        if images.dtype != torch.bool:
            refuse_dtype(images)
        refuse_numbers(images)
        return framed(with_channel(from_0_to_1(images)))
    """),
)

complex_accepted = wrong(
    "a conversion that accepts complex images",
    "float() takes the real part and forgets the rest.",
    body("""
        refuse_shape(images)
        if images.is_complex():
            return framed(with_channel(images.real.float()))
        return all_right(images)
    """),
)

dtype_not_looked_at = wrong(
    "a conversion that looks at no dtype: bool and complex images are accepted",
    "bool is not floating, so it is divided by 255; complex numbers lose a part.",
    body("""
        refuse_shape(images)
        if not images.is_complex():
            refuse_numbers(images)
        return framed(with_channel(from_0_to_1(images.real if images.is_complex() else images)))
    """),
)

asserted = wrong(
    "a conversion that asserts instead of raising a ValueError",
    "`assert` is for what can never happen, and is taken out by `python -O`. What a caller may do wrong gets a ValueError.",
    body("""
        try:
            refuse(images)
        except ValueError as error:
            raise AssertionError(str(error)) from None
        return framed(with_channel(from_0_to_1(images)))
    """),
)

type_error = wrong(
    "a conversion that refuses with a TypeError",
    "The type is right, a tensor; its shape or its numbers are not. That is a ValueError.",
    body("""
        try:
            refuse(images)
        except ValueError as error:
            raise TypeError(str(error)) from None
        return framed(with_channel(from_0_to_1(images)))
    """),
)

says_nothing = wrong(
    "a conversion that refuses without saying what it was given",
    "The message should say which shape, dtype or number it was.",
    body("""
        try:
            refuse(images)
        except ValueError:
            raise ValueError("wrong images") from None
        return framed(with_channel(from_0_to_1(images)))
    """),
)

images_not_named = wrong(
    "a conversion whose message does not say that it is the images that are wrong",
    "Far from the call, a shape or a number alone does not tell whose it is.",
    body("""
        try:
            return all_right(images)
        except ValueError as error:
            raise ValueError(str(error).replace("images", "these").replace("image", "one")) from None
    """),
)

number_not_named = wrong(
    "a conversion that says that numbers are wrong without naming one",
    "The message should say which number it was.",
    body("""
        refuse_shape(images)
        refuse_dtype(images)
        try:
            refuse_numbers(images)
        except ValueError:
            raise ValueError("images out of range") from None
        return framed(with_channel(from_0_to_1(images)))
    """),
)

none_for_wrong = wrong(
    "a conversion that returns None for what does not fit",
    "A None is met later, somewhere else, by somebody who does not know where it came from. Raise a ValueError.",
    body("""
        try:
            refuse(images)
        except ValueError:
            return None
        return framed(with_channel(from_0_to_1(images)))
    """),
)

white_refused = wrong(
    "a conversion that refuses numbers of exactly 1",
    "White is 1, or 255: it is allowed.",
    body("""
        if (images.float() >= (1 if images.is_floating_point() else 255)).any():
            raise ValueError(f"images with {images.max().item():g}")
        return all_right(images)
    """),
)

full_size_refused = wrong(
    "a conversion that refuses images of 32 x 32",
    "Up to 32 x 32 means that 32 itself fits: it needs no border.",
    body("""
        if images.shape[-1] >= 32:
            raise ValueError(f"images must be smaller, and are {tuple(images.shape)}")
        return all_right(images)
    """),
)

two_sizes_only = wrong(
    "a conversion that takes images of 28 x 28 and 8 x 8 only",
    "Every size from 1 to 32 is to be converted.",
    body("""
        if images.shape[-1] not in (8, 28, 32):
            raise ValueError(f"images of {tuple(images.shape)}")
        return all_right(images)
    """),
)

view_needed = wrong(
    "a conversion whose view needs images that lie in memory one after another",
    "A transposed or cut batch does not; reshape, unsqueeze and indexing with None work on any.",
    body("""
        refuse(images)
        images.view(-1)
        return framed(with_channel(from_0_to_1(images)))
    """),
)


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


# DigitsDataset.__len__


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


# DigitsDataset.__getitem__


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


# What the wrong answers to make_loaders are made of: the solution's steps, one by one.


def check(dataset: Any, batch_size: int, test_fraction: float) -> int:
    """Refuse what make_loaders refuses, and return how many images the test part gets."""
    if batch_size < 1:
        raise ValueError(f"batch_size is {batch_size}")
    check_fraction(test_fraction)
    tested = round(len(dataset) * test_fraction)
    if not 0 < tested < len(dataset):
        raise ValueError(f"test_fraction {test_fraction} leaves a part empty")
    return tested


def check_fraction(test_fraction: float) -> None:
    """Refuse a fraction that is not between 0 and 1."""
    if not 0 < test_fraction < 1:
        raise ValueError(f"test_fraction is {test_fraction}")


def source(seed: int) -> torch.Generator:
    """Return a generator of its own."""
    return torch.Generator().manual_seed(seed)


def drawn(dataset: Any, tested: int, seed: int) -> tuple[list[int], list[int]]:
    """Return the indices of the two parts."""
    order = torch.randperm(len(dataset), generator=source(seed)).tolist()
    return order[tested:], order[:tested]


def loaders_of(dataset: Any, batch_size: int, train: list[int], test: list[int], seed: int) -> Any:
    """Return loaders as they should be, of these two parts."""
    shuffled = DataLoader(Subset(dataset, train), batch_size, shuffle=True, generator=source(seed + 1))
    return shuffled, DataLoader(Subset(dataset, test), batch_size)


def all_right_loaders(dataset: Any, batch_size: int, test_fraction: float, seed: int) -> Any:
    """Do what make_loaders does."""
    train, test = drawn(dataset, check(dataset, batch_size, test_fraction), seed)
    return loaders_of(dataset, batch_size, train, test, seed)


def split_as(dataset: Any, batch_size: int, tested: int, seed: int) -> Any:
    """Return right loaders whose test part has as many images as told."""
    train, test = drawn(dataset, tested, seed)
    return loaders_of(dataset, batch_size, train, test, seed)


# make_loaders: what is returned


exercise("make_loaders")

fixed_seed = wrong(
    "loaders whose generator has a seed of its own",
    "The seed is for the caller to say: another seed, another split.",
    replace("manual_seed(seed)", "manual_seed(42)"),
)

fraction_for_count = wrong(
    "parts whose sizes are taken from the fraction alone",
    "How many images are tested is a number of images: the fraction of all that there are, rounded.",
    replace("round(count * test_fraction)", "test_fraction"),
)


test_first = wrong(
    "loaders in the wrong order: that of the test part comes first",
    "The training loader comes first: a caller who unpacks the two would learn from the test part.",
    body("""
        train, test = all_right_loaders(dataset, batch_size, test_fraction, seed)
        return test, train
    """),
)

parts_returned = wrong(
    "two parts of the dataset instead of two loaders",
    "A part of a dataset gives one image at a time. A DataLoader makes batches of it.",
    body("""
        train, test = drawn(dataset, check(dataset, batch_size, test_fraction), seed)
        return Subset(dataset, train), Subset(dataset, test)
    """),
)

nothing_returned_of_loaders = wrong(
    "no loaders: nothing is returned",
    "Return the two loaders.",
    body("all_right_loaders(dataset, batch_size, test_fraction, seed)"),
)

one_loader = wrong(
    "one loader for all images",
    "Two are asked for: one to learn from, one to be tested with, of different images.",
    body("""
        check(dataset, batch_size, test_fraction)
        return DataLoader(dataset, batch_size, shuffle=True, generator=source(seed))
    """),
)

loaders_in_dict = wrong(
    "a dict of the two loaders",
    "A pair is asked for: the training loader, and the test loader.",
    body("""
        train, test = all_right_loaders(dataset, batch_size, test_fraction, seed)
        return {"train": train, "test": test}
    """),
)

lists_of_batches = wrong(
    "lists of batches, once for all, instead of loaders",
    "A list has the same order in every epoch, and holds all images twice. A DataLoader makes batches when they are needed.",
    body("""
        train, test = all_right_loaders(dataset, batch_size, test_fraction, seed)
        return list(train), list(test)
    """),
)

iterators = wrong(
    "iterators, which are used up after one pass, instead of loaders",
    "Every epoch goes over the loader again; what iter() gives can be gone over once.",
    body("""
        train, test = all_right_loaders(dataset, batch_size, test_fraction, seed)
        return iter(train), iter(test)
    """),
)


# make_loaders: the global random states

global_seed = wrong(
    "loaders that set torch's global seed",
    "A caller who draws random numbers afterwards, for weights say, gets the same ones each time without knowing why. A torch.Generator is a source of one's own.",
    body("""
        tested = check(dataset, batch_size, test_fraction)
        torch.default_generator.manual_seed(seed)
        train, test = random_split(dataset, [len(dataset) - tested, tested])
        return DataLoader(train, batch_size, shuffle=True), DataLoader(test, batch_size)
    """),
)

global_seed_beside_generators = same_as(
    global_seed,
    body("""
        torch.default_generator.manual_seed(seed)
        return all_right_loaders(dataset, batch_size, test_fraction, seed)
    """),
)

torch_manual_seed = same_as(
    global_seed,
    body("""
        tested = check(dataset, batch_size, test_fraction)
        torch.manual_seed(seed)
        order = torch.randperm(len(dataset)).tolist()
        return loaders_of(dataset, batch_size, order[tested:], order[:tested], seed)
    """),
)

python_seed = wrong(
    "loaders that set Python's global seed",
    "A caller who draws random numbers afterwards gets the same ones each time. random.Random(seed) is a source of one's own.",
    body("""
        tested = check(dataset, batch_size, test_fraction)
        random.seed(seed)
        order = list(range(len(dataset)))
        random.shuffle(order)
        return loaders_of(dataset, batch_size, order[tested:], order[:tested], seed)
    """),
)

numpy_seed = wrong(
    "loaders that set numpy's global seed",
    "A caller who draws random numbers afterwards gets the same ones each time. np.random.default_rng(seed) is a source of one's own.",
    body("""
        tested = check(dataset, batch_size, test_fraction)
        np.random.seed(seed)
        order = np.random.permutation(len(dataset)).tolist()
        return loaders_of(dataset, batch_size, order[tested:], order[:tested], seed)
    """),
)

split_without_generator = wrong(
    "a split that is drawn from torch's global random state",
    "It follows from what was drawn before, not from the seed, and changes what is drawn afterwards. Give the split a generator.",
    body("""
        tested = check(dataset, batch_size, test_fraction)
        train, test = random_split(dataset, [len(dataset) - tested, tested])
        shuffled = DataLoader(train, batch_size, shuffle=True, generator=source(seed))
        return shuffled, DataLoader(test, batch_size)
    """),
)

seed_not_used = same_as(
    split_without_generator,
    body("""
        tested = check(dataset, batch_size, test_fraction)
        train, test = random_split(dataset, [len(dataset) - tested, tested])
        return DataLoader(train, batch_size, shuffle=True), DataLoader(test, batch_size)
    """),
)

split_by_python = wrong(
    "a split that is drawn from Python's global random state",
    "It follows from what was drawn before, not from the seed, and changes what is drawn afterwards.",
    body("""
        tested = check(dataset, batch_size, test_fraction)
        order = list(range(len(dataset)))
        random.shuffle(order)
        return loaders_of(dataset, batch_size, order[tested:], order[:tested], seed)
    """),
)

split_by_numpy = wrong(
    "a split that is drawn from numpy's global random state",
    "It follows from what was drawn before, not from the seed, and changes what is drawn afterwards.",
    body("""
        tested = check(dataset, batch_size, test_fraction)
        order = np.random.permutation(len(dataset)).tolist()
        return loaders_of(dataset, batch_size, order[tested:], order[:tested], seed)
    """),
)


# make_loaders: the split

split_at_end = wrong(
    "a split that takes the end of the dataset for the test part",
    "A dataset may be sorted: then the test part would hold digits that were never learnt. Draw at random.",
    body("""
        tested = check(dataset, batch_size, test_fraction)
        order = list(range(len(dataset)))
        return loaders_of(dataset, batch_size, order[:-tested], order[-tested:], seed)
    """),
)

split_at_beginning = wrong(
    "a split that takes the beginning of the dataset for the test part",
    "A dataset may be sorted: then the test part would hold digits that were never learnt. Draw at random.",
    body("""
        tested = check(dataset, batch_size, test_fraction)
        order = list(range(len(dataset)))
        return loaders_of(dataset, batch_size, order[tested:], order[:tested], seed)
    """),
)

split_off_a_piece = wrong(
    "a split that takes one piece of the dataset, from a random place on, for the test part",
    "A dataset may be sorted: then the test part would hold one digit only. Draw each image by itself.",
    body("""
        tested, count = check(dataset, batch_size, test_fraction), len(dataset)
        start = 3 + int(torch.randint(max(count - tested - 4, 1), (), generator=source(seed)))
        order = [(start + number) % count for number in range(count)]
        return loaders_of(dataset, batch_size, order[tested:], order[:tested], seed)
    """),
)

split_at_distances = wrong(
    "a split that takes images at equal distances for the test part",
    "Datasets often repeat themselves, and then this picks always the same kind. Draw at random.",
    body("""
        tested, count = check(dataset, batch_size, test_fraction), len(dataset)
        step = max(round(count / tested), 1)
        test = list(range(0, count, step))
        return loaders_of(dataset, batch_size, [n for n in range(count) if n not in test], test, seed)
    """),
)

tested_with_all = wrong(
    "a test part that is the whole dataset",
    "The images that measure how good the network is must be others than those from which it learns.",
    body("""
        train, _ = drawn(dataset, check(dataset, batch_size, test_fraction), seed)
        return loaders_of(dataset, batch_size, train, list(range(len(dataset))), seed)
    """),
)

both_all = wrong(
    "loaders that both go over the whole dataset",
    "The images that measure how good the network is must be others than those from which it learns.",
    body("""
        check(dataset, batch_size, test_fraction)
        order = list(range(len(dataset)))
        return loaders_of(dataset, batch_size, order, order, seed)
    """),
)

learns_from_all = wrong(
    "a training part that is the whole dataset, images of the test part included",
    "The images that measure how good the network is must be others than those from which it learns.",
    body("""
        _, test = drawn(dataset, check(dataset, batch_size, test_fraction), seed)
        return loaders_of(dataset, batch_size, list(range(len(dataset))), test, seed)
    """),
)

drawn_twice = wrong(
    "parts that are drawn one by one, so that some images are in both",
    "Draw once, and cut what was drawn in two: then no image can be in both.",
    body("""
        tested = check(dataset, batch_size, test_fraction)
        train, _ = drawn(dataset, tested, seed)
        _, test = drawn(dataset, tested, seed + 1000)
        return loaders_of(dataset, batch_size, train, test, seed)
    """),
)

drawn_with_repetition = wrong(
    "a training part drawn with repetition, so that some images come twice and others never",
    "Each image belongs to one part, once. A permutation of all indices has each of them once.",
    body("""
        tested, count = check(dataset, batch_size, test_fraction), len(dataset)
        train, test = drawn(dataset, tested, seed)
        again = [train[number] for number in torch.randint(len(train), (len(train),), generator=source(seed)).tolist()]
        return loaders_of(dataset, batch_size, again, test, seed)
    """),
)

randint_indices = wrong(
    "parts of which each index was drawn by itself, so that some images come twice and others never",
    "Each image belongs to one part, once. A permutation of all indices has each of them once.",
    body("""
        tested, count = check(dataset, batch_size, test_fraction), len(dataset)
        order = torch.randint(count, (count,), generator=source(seed)).tolist()
        return loaders_of(dataset, batch_size, order[tested:], order[:tested], seed)
    """),
)

fraction_to_learn_from = wrong(
    "a test part with the fraction that belongs to the training part",
    "test_fraction is how much is tested with: 0.3 of 23 are 7 images to test with, and 16 to learn from.",
    body("""
        tested = check(dataset, batch_size, test_fraction)
        return split_as(dataset, batch_size, len(dataset) - tested, seed)
    """),
)

fraction_of_training_cut = same_as(
    fraction_to_learn_from,
    body("""
        check(dataset, batch_size, test_fraction)
        return split_as(dataset, batch_size, len(dataset) - int(len(dataset) * test_fraction), seed)
    """),
)

cut_off = wrong(
    "a test part whose size is cut off instead of rounded",
    "int() and // drop what stands behind the point: 6.9 becomes 6. So does random_split with two fractions. It is to be rounded.",
    body("""
        check(dataset, batch_size, test_fraction)
        return split_as(dataset, batch_size, int(len(dataset) * test_fraction), seed)
    """),
)

rounded_up = wrong(
    "a test part whose size is rounded up",
    "9.2 becomes 9: it is to be rounded to the nearest whole number.",
    body("""
        check(dataset, batch_size, test_fraction)
        return split_as(dataset, batch_size, math.ceil(len(dataset) * test_fraction), seed)
    """),
)

training_cut_off = same_as(
    rounded_up,
    body("""
        check(dataset, batch_size, test_fraction)
        return split_as(dataset, batch_size, len(dataset) - int(len(dataset) * (1 - test_fraction)), seed)
    """),
)

fractions_to_random_split = same_as(
    cut_off,
    body("""
        check(dataset, batch_size, test_fraction)
        generator = source(seed)
        train, test = random_split(dataset, [1 - test_fraction, test_fraction], generator)
        return DataLoader(train, batch_size, shuffle=True, generator=generator), DataLoader(test, batch_size)
    """),
)

size_by_luck = wrong(
    "a split that gives each image to the test part with that probability, so that its size is left to luck",
    "The test part has round(len(dataset) * test_fraction) images, whatever is drawn.",
    body("""
        check(dataset, batch_size, test_fraction)
        chosen = (torch.rand(len(dataset), generator=source(seed + 9)) < test_fraction).tolist()
        order = range(len(dataset))
        test = [number for number in order if chosen[number]] or [0]
        return loaders_of(dataset, batch_size, [number for number in order if not chosen[number]] or [1], test, seed)
    """),
)

one_more = wrong(
    "a test part with one image too many, which the training part lacks",
    "The test part has round(len(dataset) * test_fraction) images.",
    body("return split_as(dataset, batch_size, check(dataset, batch_size, test_fraction) + 1, seed)"),
)

one_lost = wrong(
    "parts between which one image is lost",
    "The two parts together are the whole dataset. A slice ends before its last index.",
    body("""
        train, test = drawn(dataset, check(dataset, batch_size, test_fraction), seed)
        return loaders_of(dataset, batch_size, train[:-1] or train, test, seed)
    """),
)

one_shared = wrong(
    "parts that share one image",
    "No image is in both parts. A slice begins with its first index.",
    body("""
        train, test = drawn(dataset, check(dataset, batch_size, test_fraction), seed)
        return loaders_of(dataset, batch_size, [*train, test[-1]], test, seed)
    """),
)

always_a_fifth = wrong(
    "a test part that always has a fifth of the images",
    "test_fraction says how many.",
    body("""
        check(dataset, batch_size, test_fraction)
        return split_as(dataset, batch_size, max(round(len(dataset) * 0.2), 1), seed)
    """),
)

cut_to_batches = wrong(
    "a training part cut down to whole batches when it is split",
    "The last short batch is kept, and no image is lost.",
    body("""
        train, test = drawn(dataset, check(dataset, batch_size, test_fraction), seed)
        whole = max(len(train) // batch_size, 1) * batch_size
        return loaders_of(dataset, batch_size, train[:whole], test, seed)
    """),
)


# make_loaders: batches and their order

drops_last_of_training = wrong(
    "loaders of which the training one drops the last short batch",
    "With drop_last=True a few images of each epoch are left out. The last batch is kept, short as it is.",
    body("""
        train, test = drawn(dataset, check(dataset, batch_size, test_fraction), seed)
        shuffled = DataLoader(Subset(dataset, train), batch_size, shuffle=True, generator=source(seed), drop_last=True)
        return shuffled, DataLoader(Subset(dataset, test), batch_size)
    """),
)

drops_last_of_both = wrong(
    "loaders that both drop the last short batch",
    "With drop_last=True some images are never learnt from, and others never tested. The last batch is kept.",
    body("""
        train, test = drawn(dataset, check(dataset, batch_size, test_fraction), seed)
        shuffled = DataLoader(Subset(dataset, train), batch_size, shuffle=True, generator=source(seed), drop_last=True)
        return shuffled, DataLoader(Subset(dataset, test), batch_size, drop_last=True)
    """),
)

drops_last_of_test = wrong(
    "loaders of which the test one drops the last short batch",
    "With drop_last=True some images are never tested. The last batch is kept, short as it is.",
    body("""
        train, test = drawn(dataset, check(dataset, batch_size, test_fraction), seed)
        shuffled = DataLoader(Subset(dataset, train), batch_size, shuffle=True, generator=source(seed))
        return shuffled, DataLoader(Subset(dataset, test), batch_size, drop_last=True)
    """),
)

single_images = wrong(
    "loaders of single images: batch_size is not handed on",
    "Without a size a DataLoader makes batches of one.",
    body("""
        check(dataset, batch_size, test_fraction)
        return all_right_loaders(dataset, 1, test_fraction, seed)
    """),
)

single_tests = wrong(
    "loaders of which the test one gives single images",
    "batch_size holds for both parts.",
    body("""
        train, test = all_right_loaders(dataset, batch_size, test_fraction, seed)
        return train, DataLoader(test.dataset)
    """),
)

single_training = wrong(
    "loaders of which the training one gives single images",
    "batch_size holds for both parts.",
    body("""
        train, test = all_right_loaders(dataset, batch_size, test_fraction, seed)
        return DataLoader(train.dataset, shuffle=True, generator=source(seed)), test
    """),
)

one_test_batch = wrong(
    "loaders of which the test one gives the whole part as one batch",
    "batch_size holds for both parts: ten thousand images at once may not fit into memory.",
    body("""
        train, test = all_right_loaders(dataset, batch_size, test_fraction, seed)
        return train, DataLoader(test.dataset, len(test.dataset))
    """),
)

always_32 = wrong(
    "loaders that always make batches of 32",
    "batch_size says how many.",
    body("""
        check(dataset, batch_size, test_fraction)
        return all_right_loaders(dataset, 32, test_fraction, seed)
    """),
)

number_of_batches = wrong(
    "loaders that take batch_size for the number of batches",
    "batch_size says how many images are in a batch.",
    body("""
        tested = check(dataset, batch_size, test_fraction)
        train, test = drawn(dataset, tested, seed)
        sizes = [math.ceil(len(part) / batch_size) for part in (train, test)]
        shuffled = DataLoader(Subset(dataset, train), sizes[0], shuffle=True, generator=source(seed))
        return shuffled, DataLoader(Subset(dataset, test), sizes[1])
    """),
)

none_shuffled = wrong(
    "loaders whose training images come in the same order in every epoch",
    "Always in the same order, the network learns the order too: each step undoes a little of what the one before has taught. An order drawn once, with the split, is not enough: each pass draws a new one.",
    body("""
        train, test = drawn(dataset, check(dataset, batch_size, test_fraction), seed)
        return DataLoader(Subset(dataset, train), batch_size), DataLoader(Subset(dataset, test), batch_size)
    """),
)

none_shuffled_of_sorted_parts = wrong(
    "loaders of which neither is shuffled",
    "Always in the same order, the network learns the order too: each step undoes a little of what the one before has taught. Training batches are drawn again in each epoch.",
    body("""
        train, test = drawn(dataset, check(dataset, batch_size, test_fraction), seed)
        return DataLoader(Subset(dataset, sorted(train)), batch_size), DataLoader(Subset(dataset, sorted(test)), batch_size)
    """),
)

shuffles_swapped = wrong(
    "loaders of which the test one is shuffled instead of the training one",
    "It is learning that suffers from a fixed order; testing adds up, in any order, and is easier to follow in a fixed one.",
    body("""
        train, test = drawn(dataset, check(dataset, batch_size, test_fraction), seed)
        shuffled = DataLoader(Subset(dataset, test), batch_size, shuffle=True, generator=source(seed))
        return DataLoader(Subset(dataset, train), batch_size), shuffled
    """),
)

both_shuffled = wrong(
    "loaders that are both shuffled",
    "Test batches come in a fixed order: then the tenth image is the same one after every epoch.",
    body("""
        train, test = drawn(dataset, check(dataset, batch_size, test_fraction), seed)
        shuffled = DataLoader(Subset(dataset, train), batch_size, shuffle=True, generator=source(seed))
        return shuffled, DataLoader(Subset(dataset, test), batch_size, shuffle=True, generator=source(seed))
    """),
)

both_shuffled_from_one_source = same_as(
    both_shuffled,
    body("""
        train, test = drawn(dataset, check(dataset, batch_size, test_fraction), seed)
        shuffle: Any = {"shuffle": True, "generator": source(seed)}
        return DataLoader(Subset(dataset, train), batch_size, **shuffle), DataLoader(
            Subset(dataset, test), batch_size, **shuffle
        )
    """),
)


class OnceForAll(RandomSampler):
    """Draw an order in the first pass, and keep it."""

    def __init__(self, part: Any, generator: torch.Generator) -> None:
        super().__init__(part, generator=generator)
        self.order = torch.randperm(len(part), generator=generator).tolist()

    def __iter__(self) -> Any:
        return iter(self.order)


shuffled_once = same_as(
    none_shuffled,
    body("""
        train, test = drawn(dataset, check(dataset, batch_size, test_fraction), seed)
        part = Subset(dataset, train)
        return DataLoader(part, batch_size, sampler=OnceForAll(part, source(seed))), DataLoader(
            Subset(dataset, test), batch_size
        )
    """),
)


class WholeBatches:
    """Shuffle batches, not images."""

    def __init__(self, count: int, size: int, generator: torch.Generator) -> None:
        self.batches = [list(range(start, min(start + size, count))) for start in range(0, count, size)]
        self.generator = generator

    def __len__(self) -> int:
        return len(self.batches)

    def __iter__(self) -> Any:
        whole = torch.randperm(len(self.batches) - 1, generator=self.generator).tolist()
        return iter([self.batches[number] for number in [*whole, len(self.batches) - 1]])


batches_shuffled = wrong(
    "loaders that shuffle whole batches, with the same images in each of them",
    "Images that always come together are learnt together. Shuffle images, and make batches afterwards.",
    body("""
        train, test = drawn(dataset, check(dataset, batch_size, test_fraction), seed)
        sampler: Any = WholeBatches(len(train), batch_size, source(seed))
        return DataLoader(Subset(dataset, train), batch_sampler=sampler), DataLoader(Subset(dataset, test), batch_size)
    """),
)

sampled_with_repetition = wrong(
    "loaders that draw training batches with repetition",
    "In a pass each image comes once; drawn with repetition, some come twice and others not at all.",
    body("""
        train, test = drawn(dataset, check(dataset, batch_size, test_fraction), seed)
        part = Subset(dataset, train)
        sampler = RandomSampler(part, replacement=True, generator=source(seed))
        return DataLoader(part, batch_size, sampler=sampler), DataLoader(Subset(dataset, test), batch_size)
    """),
)

random_samplers = same_as(
    both_shuffled,
    body("""
        train, test = drawn(dataset, check(dataset, batch_size, test_fraction), seed)
        generator = source(seed)
        return (
            DataLoader(dataset, batch_size, sampler=SubsetRandomSampler(train, generator)),
            DataLoader(dataset, batch_size, sampler=SubsetRandomSampler(test, generator)),
        )
    """),
)

labels_of_others = wrong(
    "loaders that give images the labels of others",
    "Images and labels must be shuffled and split together: by index.",
    body("""
        images, labels = zip(*[dataset[number] for number in range(len(dataset))], strict=True)
        order = torch.randperm(len(dataset), generator=source(seed + 7)).tolist()
        mixed = [(image, labels[number]) for image, number in zip(images, order, strict=True)]
        return all_right_loaders(mixed, batch_size, test_fraction, seed)
    """),
)


# make_loaders: what follows from the seed

shuffle_without_generator = wrong(
    "loaders whose training order does not follow from the seed",
    "The loader draws its order from torch's global random state unless it is given a generator.",
    body("""
        train, test = drawn(dataset, check(dataset, batch_size, test_fraction), seed)
        return DataLoader(Subset(dataset, train), batch_size, shuffle=True), DataLoader(Subset(dataset, test), batch_size)
    """),
)

split_same_for_all_seeds = wrong(
    "loaders whose split is the same for every seed",
    "With another seed another part is tested: only so can be seen how much luck there was in the first.",
    body("""
        train, test = drawn(dataset, check(dataset, batch_size, test_fraction), 0)
        return loaders_of(dataset, batch_size, train, test, seed)
    """),
)

seed_fixed = wrong(
    "loaders that take another seed than the one given",
    "The caller chooses the seed: with another one the split and the order are others.",
    body("return all_right_loaders(dataset, batch_size, test_fraction, 42)"),
)

zero_is_no_seed = wrong(
    "loaders that take the seed 0 for none",
    "0 is a seed like any other: `if seed` is False for it.",
    body("""
        chosen = seed if seed else torch.Generator().seed()
        return all_right_loaders(dataset, batch_size, test_fraction, chosen % 2**40)
    """),
)

generator_without_seed = wrong(
    "loaders with a generator that was never given the seed",
    "A new torch.Generator always starts from the same state, whatever the seed is: manual_seed hands it over.",
    body("""
        tested = check(dataset, batch_size, test_fraction)
        generator = torch.Generator()
        train, test = random_split(dataset, [len(dataset) - tested, tested], generator)
        return DataLoader(train, batch_size, shuffle=True, generator=generator), DataLoader(test, batch_size)
    """),
)

generator_with_random_seed = wrong(
    "loaders with a generator that got a random seed",
    "Generator.seed() draws a new seed; manual_seed takes the one given.",
    body("""
        chosen = torch.Generator().seed() % 2**40
        return all_right_loaders(dataset, batch_size, test_fraction, chosen)
    """),
)

rotated_split = wrong(
    "loaders whose training order is the same for every seed, and follows from the split only",
    "Both the split and the order follow from the seed.",
    body("""
        tested, count = check(dataset, batch_size, test_fraction), len(dataset)
        train, test = drawn(dataset, tested, 0)
        order = [(number + seed) % count for number in (train + test)]
        return loaders_of(dataset, batch_size, order[:-tested], order[-tested:], 0)
    """),
)


def shared_source() -> torch.Generator:
    """Return one generator for all calls."""
    if not hasattr(shared_source, "one"):
        shared_source.__dict__["one"] = torch.Generator()
    one: torch.Generator = shared_source.__dict__["one"]
    return one


generator_shared_by_calls = wrong(
    "loaders that share one generator with all other loaders",
    "Then what one loader draws changes the order of the other. Each call makes a generator of its own.",
    body("""
        tested = check(dataset, batch_size, test_fraction)
        generator = shared_source().manual_seed(seed)
        train, test = random_split(dataset, [len(dataset) - tested, tested], generator)
        return DataLoader(train, batch_size, shuffle=True, generator=generator), DataLoader(test, batch_size)
    """),
)


# make_loaders: datasets

cuts_the_dataset = wrong(
    "loaders that cut the dataset like a list",
    "A dataset has len() and single indices; slices belong to lists. Cut a list of indices instead.",
    body("""
        tested = check(dataset, batch_size, test_fraction)
        shuffled = dataset[:]
        random.Random(seed).shuffle(shuffled)
        order = list(range(len(dataset)))
        return (
            DataLoader(shuffled[tested:], batch_size, shuffle=True, generator=source(seed)),
            DataLoader(shuffled[:tested], batch_size),
        )
    """),
)

asks_for_tensors = wrong(
    "loaders that ask the dataset for its tensors",
    "A list of pairs has none: `len(dataset)` and `dataset[index]` are all that is promised.",
    body("""
        tested = check(dataset, batch_size, test_fraction)
        train, test = drawn(dataset, tested, seed)
        whole = TensorDataset(dataset.images, dataset.labels)
        return loaders_of(whole, batch_size, train, test, seed)
    """),
)

shuffled_in_place = wrong(
    "loaders that shuffle the dataset handed in, in place",
    "It belongs to the caller, who finds it in another order. Shuffle a list of indices.",
    body("""
        tested = check(dataset, batch_size, test_fraction)
        if isinstance(dataset, list):
            random.Random(seed).shuffle(dataset)
            train, test = list(range(tested, len(dataset))), list(range(tested))
        else:
            train, test = drawn(dataset, tested, seed)
        return loaders_of(dataset, batch_size, train, test, seed)
    """),
)


# make_loaders: what is refused

refuses_nothing = wrong(
    "loaders that refuse nothing",
    "A fraction of 1 leaves nothing to learn from; better told here than met as a division by zero later.",
    body("""
        count = len(dataset)
        tested = 0 if math.isnan(test_fraction) else max(0, min(count, round(min(max(test_fraction, 0.0), 1.0) * count)))
        train, test = drawn(dataset, tested, seed)
        generator = source(seed + 1)
        size = max(batch_size, 1)
        shuffled = DataLoader(Subset(dataset, train), size, shuffle=bool(train), generator=generator)
        return shuffled, DataLoader(Subset(dataset, test), size)
    """),
)

batch_size_raised = wrong(
    "loaders that take a batch size below 1 for 1",
    "Nobody asked for batches of one: refuse it.",
    body("return all_right_loaders(dataset, max(batch_size, 1), test_fraction, seed)"),
)

batch_size_0 = wrong(
    "loaders that accept a batch size of 0",
    "A batch holds one image or more.",
    body("return all_right_loaders(dataset, batch_size or 1, test_fraction, seed)"),
)

batch_size_negative = wrong(
    "loaders that accept a negative batch size",
    "A batch holds one image or more.",
    body("return all_right_loaders(dataset, abs(batch_size), test_fraction, seed)"),
)

large_batches_refused = wrong(
    "loaders that refuse a batch size larger than the data",
    "Then one batch has all of it.",
    body("""
        if batch_size > len(dataset):
            raise ValueError(f"batch_size {batch_size}")
        return all_right_loaders(dataset, batch_size, test_fraction, seed)
    """),
)

fraction_not_looked_at = wrong(
    "loaders that do not look at test_fraction",
    "What is wrong with it is then told by torch, in other words, or not at all.",
    body("""
        tested = round(len(dataset) * test_fraction)
        generator = source(seed)
        train, test = random_split(dataset, [len(dataset) - tested, tested], generator)
        return DataLoader(train, batch_size, shuffle=True, generator=generator), DataLoader(test, batch_size)
    """),
)

fraction_0 = wrong(
    "loaders that accept a test fraction of 0",
    "Without a test part nobody can say how good the network is.",
    body("""
        if test_fraction == 0:
            train = list(range(len(dataset)))
            return loaders_of(dataset, batch_size, train, [], seed)
        return all_right_loaders(dataset, batch_size, test_fraction, seed)
    """),
)

fraction_1 = wrong(
    "loaders that accept a test fraction of 1",
    "Without a training part there is nothing to learn from.",
    body("""
        if test_fraction == 1:
            test = DataLoader(dataset, batch_size)
            return DataLoader([], batch_size), test  # type: ignore[arg-type]  # a list is a dataset
        return all_right_loaders(dataset, batch_size, test_fraction, seed)
    """),
)

both_ends = wrong(
    "loaders that accept test fractions of 0 and 1",
    "One part would be empty.",
    body("""
        if test_fraction in (0, 1):
            return DataLoader(dataset, batch_size), DataLoader(dataset, batch_size)
        return all_right_loaders(dataset, batch_size, test_fraction, seed)
    """),
)

fraction_as_count = wrong(
    "loaders that take a test fraction above 1 for a count or a percentage",
    "A fraction is between 0 and 1; what else it might mean is a guess. Refuse it.",
    body("""
        if math.isfinite(test_fraction) and test_fraction > 1:
            return split_as(dataset, batch_size, min(max(int(test_fraction), 1), len(dataset) - 1), seed)
        return all_right_loaders(dataset, batch_size, test_fraction, seed)
    """),
)

fraction_negative = wrong(
    "loaders that accept a negative test fraction",
    "A fraction is between 0 and 1.",
    body("""
        if -1 <= test_fraction < 0:
            return split_as(dataset, batch_size, max(round(-test_fraction * len(dataset)) - 1, 1), seed)
        return all_right_loaders(dataset, batch_size, test_fraction, seed)
    """),
)

fraction_nan = wrong(
    "loaders that let NaN pass as a test fraction",
    "NaN is neither 0 or less nor 1 or more: every comparison with it is False. Ask whether it is inside instead.",
    body("""
        if test_fraction <= 0 or test_fraction >= 1:
            raise ValueError(f"test_fraction is {test_fraction}")
        tested = round(len(dataset) * test_fraction)
        if tested <= 0 or tested >= len(dataset):
            raise ValueError(f"test_fraction {test_fraction} leaves a part empty")
        return all_right_loaders(dataset, batch_size, test_fraction, seed)
    """),
)

fraction_nan_unseen = same_as(
    fraction_nan,
    body("return all_right_loaders(dataset, batch_size, 0.5 if math.isnan(test_fraction) else test_fraction, seed)"),
)

empty_test = wrong(
    "loaders that accept a test fraction that leaves the test part empty",
    "5 * 0.05 is rounded to no image at all: nothing could be tested. Refuse it.",
    body("""
        check_fraction(test_fraction)
        tested = round(len(dataset) * test_fraction)
        if tested == 0:
            return loaders_of(dataset, batch_size, list(range(len(dataset))), [], seed)
        return all_right_loaders(dataset, batch_size, test_fraction, seed)
    """),
)

empty_training = wrong(
    "loaders that accept a test fraction that leaves the training part empty",
    "5 * 0.95 is rounded to all images: nothing is left to learn from. Refuse it, with a message that names the fraction.",
    body("""
        check_fraction(test_fraction)
        tested = round(len(dataset) * test_fraction)
        if tested == len(dataset) > 0:
            return DataLoader([], batch_size), DataLoader(dataset, batch_size)  # type: ignore[arg-type]  # a list is a dataset
        return all_right_loaders(dataset, batch_size, test_fraction, seed)
    """),
)

empty_parts = wrong(
    "loaders that ask only whether the fraction is between 0 and 1, not whether an image is left for each part",
    "A small dataset times a small fraction is rounded to nothing. What torch says of it names neither.",
    body("""
        if batch_size < 1:
            raise ValueError(f"batch_size is {batch_size}")
        check_fraction(test_fraction)
        tested = round(len(dataset) * test_fraction)
        generator = source(seed)
        train, test = random_split(dataset, [len(dataset) - tested, tested], generator)
        return DataLoader(train, batch_size, shuffle=True, generator=generator), DataLoader(test, batch_size)
    """),
)

one_at_least = wrong(
    "loaders that put one image into a part that would be empty",
    "Then the test part is larger than was asked for, without a word. Refuse it.",
    body("""
        check_fraction(test_fraction)
        if batch_size < 1:
            raise ValueError(f"batch_size is {batch_size}")
        tested = min(max(round(len(dataset) * test_fraction), 1), max(len(dataset) - 1, 1))
        train, test = drawn(dataset, tested, seed)
        return loaders_of(dataset, batch_size, train or test, test, seed)
    """),
)

asserted_arguments = wrong(
    "loaders that assert instead of raising a ValueError",
    "`assert` is for what can never happen, and is taken out by `python -O`. What a caller may do wrong gets a ValueError.",
    body("""
        assert batch_size >= 1, f"batch_size {batch_size}"
        assert 0 < test_fraction < 1, f"test_fraction {test_fraction}"
        assert 0 < round(len(dataset) * test_fraction) < len(dataset), f"test_fraction {test_fraction}"
        return all_right_loaders(dataset, batch_size, test_fraction, seed)
    """),
)

type_error_of_loaders = wrong(
    "loaders that refuse with a TypeError",
    "The type is right; the value is not. That is a ValueError.",
    body("""
        try:
            return all_right_loaders(dataset, batch_size, test_fraction, seed)
        except ValueError as error:
            raise TypeError(str(error)) from None
    """),
)

arguments_not_named = wrong(
    "loaders that refuse without naming argument and value",
    "The message should say which argument it was, and what it was given.",
    body("""
        try:
            return all_right_loaders(dataset, batch_size, test_fraction, seed)
        except ValueError:
            raise ValueError("wrong arguments") from None
    """),
)

fraction_not_named = wrong(
    "loaders that refuse a test fraction without naming the value",
    "The message should say what it was given.",
    body("""
        if batch_size < 1:
            raise ValueError(f"batch_size is {batch_size}")
        try:
            return all_right_loaders(dataset, batch_size, test_fraction, seed)
        except ValueError:
            raise ValueError("test_fraction must be a fraction") from None
    """),
)

empty_part_not_named = wrong(
    "loaders that refuse an empty part without naming the fraction",
    "The message should say which argument left a part empty.",
    body("""
        if batch_size < 1:
            raise ValueError(f"batch_size is {batch_size}")
        check_fraction(test_fraction)
        if not 0 < round(len(dataset) * test_fraction) < len(dataset):
            raise ValueError("too few images")
        return all_right_loaders(dataset, batch_size, test_fraction, seed)
    """),
)

half_up = wrong(
    "loaders that round a half up",
    "Of 10 images a quarter is 2.5: Python's round goes to the even number, 2.",
    body("""
        count = len(dataset)
        tested = int(count * test_fraction + 0.5)
        if 0 < test_fraction < 1 and 0 < tested < count:
            return all_right_loaders(dataset, batch_size, tested / count, seed)
        return all_right_loaders(dataset, batch_size, test_fraction, seed)
    """),
)
