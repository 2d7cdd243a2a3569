"""Lesson 4: right answers written in other ways. Style is never graded; each of these must pass."""

import random
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import (
    BatchSampler,
    DataLoader,
    Dataset,
    RandomSampler,
    SequentialSampler,
    Subset,
    SubsetRandomSampler,
    random_split,
)

from kata.authoring import right
from solutions.ex04_data import DigitsDataset, to_32x32

# to_32x32


@right("to_32x32")
def step_by_step(images: Tensor) -> Any:
    if images.dim() not in (3, 4):
        raise ValueError(f"images: expected 3 or 4 dimensions, got {images.dim()}")
    if images.dim() == 4 and images.size(1) != 1:
        raise ValueError(f"images: expected one channel, got {images.size(1)}")
    height, width = images.size(-2), images.size(-1)
    if height != width:
        raise ValueError(f"images: expected square ones, got {height} x {width}")
    if height > 32:
        raise ValueError(f"images: expected at most 32 x 32, got {height} x {width}")
    if images.dtype is torch.bool or images.dtype.is_complex:
        raise ValueError(f"images: dtype {images.dtype} is not supported")
    x = images.reshape(-1, 1, height, width).to(torch.float32)
    if not images.dtype.is_floating_point:
        x = x / 255.0
    if not torch.all((x >= 0) & (x <= 1)):
        raise ValueError(f"images: values must be in [0, 1], got {x.min().item()} to {x.max().item()}")
    if height < 28:
        return nn.Upsample(size=(32, 32), mode="bilinear", align_corners=False)(x)
    missing = 32 - height
    return nn.ZeroPad2d((missing // 2, missing - missing // 2, missing // 2, missing - missing // 2))(x)


@right("to_32x32", says="Padding without F.pad: a black image, and the digit put into its middle.")
def written_into_zeros(images: Tensor) -> Tensor:
    x = images[:, None] if images.ndim == 3 else images
    if x.ndim != 4 or x.shape[1] != 1 or x.shape[2] != x.shape[3] or x.shape[3] > 32:
        raise ValueError(f"images must be (N, H, H) or (N, 1, H, H) up to 32, not {list(images.shape)}")
    if images.dtype == torch.bool or torch.is_complex(images):
        raise ValueError(f"images must not be {images.dtype}")
    x = x.double() if images.is_floating_point() else x.double().div(255)
    wrong = x[torch.isnan(x) | (x < 0) | (x > 1)]
    if len(wrong) > 0:
        raise ValueError(f"images hold {wrong[0]}")
    size = x.shape[-1]
    if size < 28:
        return F.interpolate(x, (32, 32), mode="bilinear").float()
    result = torch.zeros(len(x), 1, 32, 32, device=images.device)
    start = (32 - size) // 2
    result[..., start : start + size, start : start + size] = x
    return result


def weights_for(size: int) -> Tensor:
    """Return what each of 32 pixels takes of each of `size`."""
    middle = ((torch.arange(32, dtype=torch.float64) + 0.5) * size / 32 - 0.5).clamp(0, size - 1)
    low = middle.floor().long()
    part = middle - low
    weights = torch.zeros(32, size, dtype=torch.float64)
    weights[torch.arange(32), low] += 1 - part
    weights[torch.arange(32), (low + 1).clamp(max=size - 1)] += part
    return weights


@right("to_32x32", says="Bilinear enlarging as two matrix products: it shows that it is linear.")
def by_matrices(images: Tensor) -> Tensor:
    shape = tuple(images.shape)
    if len(shape) not in (3, 4) or (len(shape) == 4 and shape[1] != 1) or shape[-1] != shape[-2] or shape[-1] > 32:
        raise ValueError(f"images of the shape {shape}")
    if images.dtype == torch.bool or images.is_complex():
        raise ValueError(f"images of the dtype {images.dtype}")
    x = images.reshape(len(images), 1, *shape[-2:]).double()
    x = x if images.is_floating_point() else x / 255
    for number in (x.min().item(), x.max().item()):
        if not 0 <= number <= 1:
            raise ValueError(f"images with the number {number}")
    if shape[-1] < 28:
        weights = weights_for(shape[-1]).to(x.device)
        return (weights @ x @ weights.T).float()
    before = (32 - shape[-1]) // 2
    after = 32 - shape[-1] - before
    return F.pad(x, [before, after, before, after], mode="constant", value=0).float()


@right("to_32x32")
def enlarged_before_divided(images: Tensor) -> Tensor:
    if images.dim() == 3:
        return enlarged_before_divided(images.unsqueeze(1))
    if images.dim() != 4 or images.shape[1] != 1 or images.shape[2] != images.shape[3] or images.shape[2] > 32:
        raise ValueError(f"images has the wrong shape {tuple(images.shape)}")
    if images.dtype not in (
        torch.uint8,
        torch.int8,
        torch.int16,
        torch.int32,
        torch.int64,
    ) and not torch.is_floating_point(images):
        raise ValueError(f"images has the wrong dtype {images.dtype}")
    whole = not torch.is_floating_point(images)
    x = images.clone().float()
    if x.isnan().any() or x.min() < 0 or x.max() > (255 if whole else 1):
        raise ValueError(f"images out of range: {x.min()} .. {x.max()}")
    size = x.shape[-1]
    before, after = (32 - size) // 2, (33 - size) // 2
    x = F.pad(x, (before, after) * 2) if size >= 28 else F.interpolate(x, size=32, mode="bilinear", antialias=True)
    return x / 255 if whole else x


@right("to_32x32")
def with_concatenation(images: Tensor) -> Tensor:
    """Check by trying; pad by putting zeros beside."""
    dims = images.dim()
    if dims not in (3, 4) or images.shape[-1] != images.shape[-2] or images.shape[-1] not in range(1, 33):
        raise ValueError(f"images must be square batches, got shape {tuple(images.shape)}")
    if dims == 4 and images.shape[1] != 1:
        raise ValueError(f"images must have 1 channel, got {images.shape[1]}")
    if images.dtype == torch.bool or images.is_complex():
        raise ValueError(f"images must be real numbers, got {images.dtype}")
    x = images.float() if images.is_floating_point() else images.float() * (1 / 255)
    x = (
        x.view(x.shape[0], 1, x.shape[-2], x.shape[-1])
        if x.is_contiguous()
        else x.contiguous().view(-1, 1, *x.shape[-2:])
    )
    ok = torch.logical_and(x.ge(0), x.le(1 + 1e-6))
    if not bool(ok.all()):
        raise ValueError(f"images must lie in [0, 1], got {x[~ok].flatten()[0].item()}")
    size = x.shape[-1]
    if size < 28:
        return F.interpolate(x, scale_factor=32 / size, mode="bilinear", align_corners=False)
    before, after = (32 - size) // 2, 32 - size - (32 - size) // 2
    side = x.new_zeros
    x = torch.cat([side(len(x), 1, size, before), x, side(len(x), 1, size, after)], dim=3)
    return torch.cat([side(len(x), 1, before, 32), x, side(len(x), 1, after, 32)], dim=2)


# DigitsDataset.__init__


@right("DigitsDataset.__init__")
def checks_first(self: DigitsDataset, images: Tensor, labels: Tensor) -> None:
    if images.shape[0] != labels.shape[0]:
        raise ValueError(f"got {images.shape[0]} images and {labels.shape[0]} labels")
    if labels.min() < 0 or labels.max() > 9:
        raise ValueError(f"labels must be 0..9, got {labels.min().item()}..{labels.max().item()}")
    self.images = to_32x32(images)
    self.labels = labels.to(torch.int64)


@right("DigitsDataset.__init__")
def with_super(self: Any, images: Tensor, labels: Tensor) -> None:
    super(type(self), self).__init__()
    self.labels = labels.clone().detach().type("torch.LongTensor")
    self.images = to_32x32(images.clone())
    if len(self.images) != len(self.labels):
        raise ValueError(f"{len(self.images)} != {len(self.labels)}")
    for label in self.labels.tolist():
        if label not in range(10):
            raise ValueError(f"label {label} is not a digit")
    self.count = len(self.images)


@right("DigitsDataset.__init__", says="Slower, with the memory of one image at a time.")
def image_by_image(self: DigitsDataset, images: Tensor, labels: Tensor) -> None:
    self.images = torch.cat([to_32x32(image[None]) for image in images])
    self.labels = torch.tensor([int(label) for label in labels])
    if len(images) != len(labels):
        raise ValueError(f"images: {len(images)}, labels: {len(labels)}")
    wrong = set(self.labels.tolist()) - set(range(10))
    if wrong:
        raise ValueError(f"labels: {sorted(wrong)}")


@right("DigitsDataset.__init__")
def isin(self: DigitsDataset, images: Tensor, labels: Tensor) -> None:
    known = torch.isin(labels, torch.arange(10))
    if not known.all():
        raise ValueError(f"labels {labels[~known].tolist()} are none of 0 to 9")
    if labels.numel() != images.size(0):
        raise ValueError(f"{images.size(0)} images need as many labels, not {labels.numel()}")
    self.images, self.labels = to_32x32(images), labels.long().contiguous()


# DigitsDataset.__len__


@right("DigitsDataset.__len__")
def first_dimension(self: DigitsDataset) -> int:
    return self.images.shape[0]


@right("DigitsDataset.__len__")
def size_of(self: DigitsDataset) -> int:
    return self.images.size(0)


@right("DigitsDataset.__len__")
def as_many_as_labels(self: DigitsDataset) -> int:
    return len(self.labels)


@right("DigitsDataset.__len__")
def numbers_of_labels(self: DigitsDataset) -> int:
    return self.labels.numel()


@right("DigitsDataset.__len__", says="Counts as a whole number for Python, too.")
def numpy_integer(self: DigitsDataset) -> Any:
    return np.int64(self.images.shape[0])


# DigitsDataset.__getitem__


@right("DigitsDataset.__getitem__", says="A Python number by .item(): the shortest.")
def item(self: DigitsDataset, index: int) -> tuple[Tensor, Any]:
    return self.images[index], self.labels[index].item()


@right("DigitsDataset.__getitem__")
def names_first(self: DigitsDataset, index: int) -> tuple[Tensor, int]:
    image = self.images[index, :, :, :]
    label = self.labels.tolist()[index]
    return image, label


@right("DigitsDataset.__getitem__", says="Says what is out of range in its own words.")
def bounds_checked(self: Any, index: int) -> Any:
    count = len(self)
    if index < -count or index >= count:
        raise IndexError(f"index {index} is out of range for {count} images")
    if index < 0:
        index += count
    return self.images.select(0, index), int(self.labels.select(0, index))


@right("DigitsDataset.__getitem__")
def copied(self: DigitsDataset, index: int) -> tuple[Tensor, int]:
    try:
        label = int(self.labels[index])
    except IndexError as error:
        raise IndexError("no such digit") from error
    return self.images[index].clone(), label


@right("DigitsDataset.__getitem__")
def through_a_list(self: DigitsDataset, index: int) -> tuple[Tensor, int]:
    number = range(len(self.images))[index]
    return self.images[number : number + 1].squeeze(0), int(self.labels[number].numpy())


# make_loaders


def refuse(dataset: Any, batch_size: int, test_fraction: float) -> int:
    """Refuse what is to be refused."""
    if batch_size <= 0:
        raise ValueError(f"batch_size should be positive, but got batch_size={batch_size}")
    if not (test_fraction > 0 and test_fraction < 1):
        raise ValueError(f"test_fraction should be in (0, 1), but got test_fraction={test_fraction}")
    tested = round(test_fraction * len(dataset))
    if tested in (0, len(dataset)):
        raise ValueError(f"test_fraction={test_fraction} is too extreme for {len(dataset)} images")
    return tested


@right("make_loaders")
def permutation_and_subsets(dataset: Dataset[Any], batch_size: int, test_fraction: float, seed: int) -> Any:
    tested = refuse(dataset, batch_size, test_fraction)
    generator = torch.Generator()
    generator.manual_seed(seed)
    order = torch.randperm(len(dataset), generator=generator)  # type: ignore[arg-type]  # it has a length
    test, train = Subset(dataset, order[:tested].tolist()), Subset(dataset, order[tested:].tolist())
    return (
        DataLoader(train, batch_size=batch_size, shuffle=True, generator=torch.Generator().manual_seed(seed)),
        DataLoader(test, batch_size=batch_size, shuffle=False),
    )


@right("make_loaders")
def tensor_indices_in_a_list(dataset: Any, batch_size: int, test_fraction: float, seed: int) -> Any:
    tested = refuse(dataset, batch_size, test_fraction)
    order: Any = torch.randperm(len(dataset), generator=torch.Generator().manual_seed(seed))
    train, test = Subset(dataset, order[:-tested]), Subset(dataset, order[-tested:])
    generator = torch.Generator().manual_seed(seed + 1)
    return [DataLoader(train, batch_size, True, generator=generator), DataLoader(test, batch_size, drop_last=False)]


@right("make_loaders", says="Python's own shuffle: reproducible, and independent of torch.")
def shuffled_by_python(dataset: Any, batch_size: int, test_fraction: float, seed: int) -> Any:
    tested = refuse(dataset, batch_size, test_fraction)
    order = list(range(len(dataset)))
    random.Random(seed).shuffle(order)
    generator = torch.Generator().manual_seed(seed)
    train, test = Subset(dataset, sorted(order[tested:])), Subset(dataset, sorted(order[:tested]))
    return DataLoader(train, batch_size, shuffle=True, generator=generator), DataLoader(test, batch_size)


@right("make_loaders", says="A generator of numpy's new kind: it shares nothing with the global state.")
def shuffled_by_numpy(dataset: Any, batch_size: int, test_fraction: float, seed: int) -> Any:
    tested = refuse(dataset, batch_size, test_fraction)
    order = np.random.default_rng(seed).permutation(len(dataset))
    generator = torch.Generator().manual_seed(seed)
    train, test = Subset(dataset, order[tested:]), Subset(dataset, order[:tested])  # type: ignore[arg-type]  # they index
    return DataLoader(train, batch_size, shuffle=True, generator=generator), DataLoader(test, batch_size)


@right("make_loaders", says="One call, which could also keep the share of each class (stratify).")
def split_by_sklearn(dataset: Any, batch_size: int, test_fraction: float, seed: int) -> Any:
    from sklearn.model_selection import train_test_split  # it has no types

    tested = refuse(dataset, batch_size, test_fraction)
    train, test = train_test_split(range(len(dataset)), test_size=tested, random_state=seed)
    generator = torch.Generator().manual_seed(seed)
    shuffled = DataLoader(Subset(dataset, train), batch_size, shuffle=True, generator=generator)
    return shuffled, DataLoader(Subset(dataset, test), batch_size)


@right("make_loaders", says="The order as an object of its own: what DistributedSampler of lesson 11 is.")
def samplers(dataset: Any, batch_size: int, test_fraction: float, seed: int) -> Any:
    tested = refuse(dataset, batch_size, test_fraction)
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(dataset), generator=generator).tolist()
    shuffled = SubsetRandomSampler(order[tested:], generator=generator)
    return DataLoader(dataset, batch_size, sampler=shuffled), DataLoader(Subset(dataset, order[:tested]), batch_size)


@right("make_loaders")
def batch_samplers(dataset: Any, batch_size: int, test_fraction: float, seed: int) -> Any:
    tested = refuse(dataset, batch_size, test_fraction)
    generator = torch.Generator().manual_seed(seed)
    train, test = random_split(dataset, (len(dataset) - tested, tested), generator=generator)
    return (
        DataLoader(train, batch_sampler=BatchSampler(RandomSampler(train, generator=generator), batch_size, False)),
        DataLoader(test, batch_sampler=BatchSampler(SequentialSampler(test), batch_size, False)),
    )


@right("make_loaders")
def size_checked_by_the_loader(dataset: Any, batch_size: int, test_fraction: float, seed: int) -> Any:
    """DataLoader itself refuses a batch size below 1, with a message that names it."""
    count = len(dataset)
    if not 0.0 < test_fraction < 1.0 or not 1 <= round(count * test_fraction) <= count - 1:
        raise ValueError(f"test_fraction must leave both parts an image, got {test_fraction}")
    tested = int(round(count * test_fraction))  # noqa: RUF046  (learners write it so)
    parts = random_split(dataset, [tested, count - tested], generator=torch.Generator().manual_seed(seed))
    shuffled = DataLoader(
        parts[1], batch_size=batch_size, shuffle=True, generator=torch.Generator().manual_seed(seed * 3 + 5)
    )
    return shuffled, DataLoader(parts[0], batch_size=batch_size, generator=torch.Generator().manual_seed(seed))


@right(
    "make_loaders", says="Borrows the global state and puts it back; a generator of one's own needs no putting back."
)
def global_state_put_back(dataset: Any, batch_size: int, test_fraction: float, seed: int) -> Any:
    tested = refuse(dataset, batch_size, test_fraction)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        order = torch.randperm(len(dataset)).tolist()
    chosen = set(order[:tested])
    train = Subset(dataset, [number for number in range(len(dataset)) if number not in chosen])
    generator = torch.Generator().manual_seed(seed)
    return DataLoader(train, batch_size, shuffle=True, generator=generator), DataLoader(
        Subset(dataset, order[:tested]), batch_size
    )


@right("make_loaders")
def chosen_by_ranks(dataset: Any, batch_size: int, test_fraction: float, seed: int) -> Any:
    tested = refuse(dataset, batch_size, test_fraction)
    ranks = torch.rand(len(dataset), generator=torch.Generator().manual_seed(seed)).argsort()
    train = [dataset[int(number)] for number in ranks[tested:]]
    test = [dataset[int(number)] for number in ranks[:tested]]
    generator = torch.Generator("cpu").manual_seed(seed)
    return DataLoader(train, batch_size, shuffle=True, generator=generator), DataLoader(test, batch_size)  # type: ignore[arg-type]  # a list is a dataset


@right("make_loaders")
def rounded_by_numpy(dataset: Any, batch_size: int, test_fraction: float, seed: int) -> Any:
    refuse(dataset, batch_size, test_fraction)
    trained = len(dataset) - int(np.round(len(dataset) * test_fraction))
    sizes = [trained, len(dataset) - trained]
    generator = torch.Generator().manual_seed(seed)
    train, test = random_split(dataset, sizes, generator)
    return (
        DataLoader(train, batch_size, sampler=RandomSampler(train, generator=generator), generator=generator),
        DataLoader(test, batch_size, sampler=SequentialSampler(test)),
    )
