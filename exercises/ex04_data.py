"""Lesson 4: real digits, ready for the network.

So far the network has met random numbers. Real images come in other sizes, as whole numbers, in one
long row sorted by who wrote them. Three things stand between them and the training loop:

    scikit-learn   (1797, 8, 8)    0..255 --+
                                            |  to_32x32
    MNIST        (70000, 28, 28)   0..255 --+----------->  (N, 1, 32, 32)  0..1
                                                                 |
                                                           DigitsDataset    one image, one label
                                                                 |
                                                           make_loaders
                                                             /       \\
                                              train, shuffled         test, in a fixed order
                                                 [ 32 images ]           [ 32 images ]
                                                 [ 32 images ]           [  7 images ]
                                                      ...

The images that measure how good the network is must be others than those from which it learns: what it
has seen before it may know by heart. And luck must be repeatable, or no two runs can be compared: all
that is random here follows from a seed.

`kata.digits.load_digits` gives the images; `python solutions/ex04_data.py` draws one of them.

See: https://docs.pytorch.org/tutorials/beginner/basics/data_tutorial.html
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, random_split


def to_32x32(images: Tensor) -> Tensor:
    """Bring grey images of any size up to 32 x 32 into the form that LeNet takes.

    - Numbers: images of an integer dtype hold 0 to 255, and are scaled so that 255 becomes 1. Those of a floating
      dtype hold 0 to 1 already, and keep their values.
    - Size: images of 28 x 28 and larger keep every pixel and get a border of zeros, equally wide on each side: for
      28 x 28 two pixels. Where it cannot be equal (29, 31), the right and the lower side get the one pixel more.
      Smaller ones, such as 8 x 8, are enlarged to 32 x 32 by bilinear interpolation, the corners of the images (not
      the middles of their corner pixels) aligned: ``align_corners=False``. Antialiasing makes no difference here.

    Args:
        images: one or more images, square, (N, H, H) or (N, 1, H, H), H from 1 to 32, integer (uint8,
            int16, int32, int64) or floating; left as they are.

    Returns:
        (N, 1, 32, 32), float32, from 0 to 1, on the device of `images`.

    Raises:
        ValueError: the message names `images` and the shape, the dtype or the number that is wrong: other dimensions
            than these, several channels, not square, larger than 32; bool or complex; a floating image with a number
            outside 0 to 1 or NaN, an integer one with a number outside 0 to 255.

    See: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.interpolate.html
    """
    raise NotImplementedError


class DigitsDataset(Dataset[tuple[Tensor, int]]):
    """Images of digits with their labels, one pair at a time.

    Attributes:
        images: all images as `to_32x32` gives them, (N, 1, 32, 32), float32, from 0 to 1.
        labels: which digit each image shows, (N,), int64, from 0 to 9.
    """

    def __init__(self, images: Tensor, labels: Tensor) -> None:
        """Convert all images at once, and keep them and their labels as `images` and `labels`.

        Args:
            images: one or more, in any form that `to_32x32` takes; left as they are.
            labels: one for each image, (N,), of any integer dtype; left as they are.

        Raises:
            ValueError: `to_32x32` cannot take the images; there are more or fewer labels than images (the message
                names both numbers); a label is not one of 0 to 9 (the message names it).

        See: https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.Dataset
        """
        raise NotImplementedError

    def __len__(self) -> int:
        """Count the images."""
        raise NotImplementedError

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        """Return one image and its label. The image has been converted already, when the dataset was made.

        Args:
            index: from 0 to N - 1, or from -N to -1, which count from the end as in a list.

        Returns:
            The image, (1, 32, 32), float32, from 0 to 1, and its label, a Python int.

        Raises:
            IndexError: there is no such image. It also ends ``for image, label in dataset``, which asks for 0, 1,
                2 and so on until then.
        """
        raise NotImplementedError


def make_loaders(
    dataset: Dataset[Any], batch_size: int, test_fraction: float, seed: int
) -> tuple[DataLoader[Any], DataLoader[Any]]:
    """Split a dataset at random into two parts, one to learn from and one to be tested with, and make batches of each.

    No image is in both parts, and none is lost. Which ones are in the test part is drawn again for each seed, each
    image by itself: the dataset may be sorted by label. In the training part each pass (epoch) over the loader
    comes in a new random order; in the test part the order is always the same.

    The same seed gives the same split, and the same batches in the same order in the first pass over the
    training part. Both follow from `seed` alone, whatever the global random states of torch, Python and numpy are,
    and making the loaders leaves these as they are.

    Args:
        dataset: anything with ``len(dataset)`` and ``dataset[index]`` from 0 on, such as a `DigitsDataset`, a
            `TensorDataset` or a list of pairs.
        batch_size: images in a batch, 1 or more, in both parts. The last batch of a part has fewer where they do not
            come out even; it is kept. A batch size larger than a part gives one batch with all of it.
        test_fraction: the test part gets ``round(len(dataset) * test_fraction)`` images, the training part the
            others; between 0 and 1, and such that each part gets at least one.
        seed: a whole number from 0 to 2**32 - 1, as numpy takes them.

    Returns:
        The loader of the training part, and that of the test part.

    Raises:
        ValueError: the message names `batch_size` or `test_fraction`, and the value given: a batch size below 1; a
            fraction that is not greater than 0 and less than 1 (NaN is neither), or with which a part stays empty.

    See: https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.DataLoader
    """
    raise NotImplementedError


if __name__ == "__main__":
    from kata.train.digits import load_digits

    dataset = DigitsDataset(*load_digits())
    image, label = dataset[0]
    for row in image[0, ::2]:
        print("".join(" .:-=+*#%@"[int(grey * 9)] * 2 for grey in row[::2]))
    train_loader, test_loader = make_loaders(dataset, batch_size=32, test_fraction=0.2, seed=0)
    print(f"a {label}; {len(train_loader)} batches to learn from, {len(test_loader)} to be tested with")
