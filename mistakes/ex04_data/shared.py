"""Lesson 4: what several files of the bank share."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.data import DataLoader, Subset

from kata.authoring import Observation, labels_of, seeded, wrong
from solutions.ex04_data import DigitsDataset, to_32x32


def grey(*shape: int, seed: int = 0) -> Tensor:
    """Return images of uint8."""
    return seeded(*shape, seed=seed).mul(60).add(100).clamp(0, 240).to(torch.uint8)


def shades(*shape: int, seed: int = 0) -> Tensor:
    """Return images of float32 from 0 to 1."""
    return seeded(*shape, seed=seed).mul(0.2).add(0.5).clamp(0, 0.95)


def form(value: object) -> dict[str, object]:
    """Describe a value but for its numbers."""
    if isinstance(value, Tensor):
        return {"its type": "a tensor", "its shape": tuple(value.shape), "its dtype": str(value.dtype)[6:]}
    parts = f" of {len(value)}" if isinstance(value, tuple | list) else ""
    return {"its type": f"{type(value).__name__}{parts}"}


def numbers_of(value: object) -> object:
    """Return a tensor as it is, and the form of anything else: an array cannot be compared by `==`."""
    return value if isinstance(value, Tensor) else form(value)


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


def pairs(lesson: Any, count: int = 12, size: int = 8) -> Any:
    """Return a dataset of different images."""
    return lesson.DigitsDataset(grey(count, size, size), labels_of(count))


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
