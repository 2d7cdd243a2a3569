"""Lesson 8: convolution by hand.

`nn.Conv2d` has looked at every image so far. Here you build what it does, twice: as the definition says it, with loops,
and as a computer likes it, as one product of two matrices.

A convolution puts a small kernel on every place of the image where it fits, multiplies each of its numbers with the
pixel below, and adds the products:

    x (1, 1, 4, 4)       kernel (1, 1, 2, 2)      y (1, 1, 3, 3)
    1  2  3  4
    5  6  7  8           1  0                     1 + 6   2 + 7   3 + 8
    9  0  1  2           0  1                     5 + 0   6 + 1   7 + 2
    3  4  5  6                                    9 + 4   0 + 5   1 + 6

The kernel is not flipped: what deep learning calls a convolution is a cross-correlation in mathematics.

Write each patch under the kernel as the column of a matrix, and the convolution is a matrix product:

    kernels as rows (O, C*k*k)    @    patches as columns (C*k*k, L)    =    maps as rows (O, L)

    1  0  0  1                         1  2  3  5  6  7  9  0  1             7  9  11  5  7  9  13  5  7
                                       2  3  4  6  7  8  0  1  2
                                       5  6  7  9  0  1  3  4  5
                                       6  7  8  0  1  2  4  5  6

Each column is a patch; each row is one place of the kernel, and holds the pixels that this place meets.

torch's own convolutions, pools and unfold are refused where they are what you build. What you are given may be
transposed: `.view` asks for numbers that lie in order, `.reshape` does not.
`pytest exercises/ --benchmark-only -k ex08` shows what the matrix is good for.

After: https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html
"""

import torch
import torch.nn.functional as F
from torch import Tensor


def conv2d_by_loops(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Convolve as the definition says it: one output after another.

        y[n, o, r, s] = bias[o] + sum over c, i, j of x[n, c, r + i, s + j] * weight[o, c, i, j]

    The kernel moves by one pixel (stride 1), there is no padding, and the kernel is not flipped. `F.conv2d` and its
    like are refused.

    Args:
        x: images or maps, (N, C, H, W).
        weight: the kernels, (O, C, KH, KW); KH and KW may differ, and are no larger than the image.
        bias: one number for each output channel, (O,).

    Returns:
        (N, O, H - KH + 1, W - KW + 1), in the dtype of x.

    See: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.conv2d.html
    """
    raise NotImplementedError


def unfold_patches(x: Tensor, kernel_size: int, stride: int = 1, padding: int = 0) -> Tensor:
    """Write the patches under a kernel as the columns of a matrix, one matrix for each image.

    A column holds one patch: its first channel row by row, then the next channel. The columns come in the order in
    which the kernel moves: from left to right, then down. `padding` zeros are put on each of the four sides first.
    `F.unfold` and torch's convolutions are refused.

    Args:
        x: (N, C, H, W).
        kernel_size: the side k of the kernel.
        stride: how many pixels the kernel moves.
        padding: how many zeros are put on each side.

    Returns:
        (N, C * k * k, L): L = rows * columns, the places where the kernel fits;
        rows = (H + 2 * padding - k) // stride + 1, and columns likewise. Gradients flow back to x.

    See: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.unfold.html
    """
    raise NotImplementedError


def conv2d(x: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int = 1, padding: int = 0) -> Tensor:
    """Convolve with one matrix product: kernels as rows, patches as columns.

    There is no loop over pixels, images or output channels: a larger image needs no more products and sums, only larger
    ones. Gradients flow back to x, weight and bias. `F.conv2d` and its like are refused, and so is `F.unfold`: you have
    your own.

    Args:
        x: (N, C, H, W).
        weight: the kernels, (O, C, k, k).
        bias: (O,), or None for no bias.
        stride: how many pixels the kernel moves.
        padding: how many zeros are put on each side.

    Returns:
        (N, O, rows, columns), with rows = (H + 2 * padding - k) // stride + 1, and columns likewise.

    See: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.conv2d.html
    """
    raise NotImplementedError


def max_pool2d(x: Tensor, kernel_size: int, stride: int | None = None) -> Tensor:
    """Take the largest number of each window.

    `F.max_pool2d` and its like are refused.

    Args:
        x: (N, C, H, W); all numbers may be negative.
        kernel_size: the side k of a window.
        stride: how many pixels the window moves; None: kernel_size, so that windows lie side by side.

    Returns:
        (N, C, rows, columns), with rows = (H - k) // stride + 1, and columns likewise: a last window that does not fit
        is left out.

    See: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.max_pool2d.html
    """
    raise NotImplementedError


def receptive_field(layers: list[tuple[int, int]]) -> tuple[int, int]:
    """Return how much of the image one number behind these layers sees, and how far apart two neighbours look.

    A number of the image itself sees one pixel, and neighbours are one pixel apart. A layer with kernel k and stride s
    sees k neighbours of what comes before it, and moves by s of them.

        LeNet: conv1 (5, 1) sees 5 pixels, pool (2, 2) 6, conv2 (5, 1) 14, pool (2, 2) 16, and C5 (5, 1) of LeNet-5
        32: the whole image.

    Args:
        layers: (kernel, stride) of each layer, from the image on; no layers are the image itself.

    Returns:
        The side of the square that one number sees, and the distance between the squares of two neighbours; in pixels.

    See: https://distill.pub/2019/computing-receptive-fields/
    """
    raise NotImplementedError


if __name__ == "__main__":
    x, weight = torch.randn(2, 3, 8, 8), torch.randn(4, 3, 3, 3)
    loops, matrix = conv2d_by_loops(x, weight, torch.zeros(4)), conv2d(x, weight)
    print("the largest difference between both:", (loops - matrix).abs().max().item())
    print("C5 of LeNet-5 sees", receptive_field([(5, 1), (2, 2), (5, 1), (2, 2), (5, 1)])[0], "pixels on each side")
