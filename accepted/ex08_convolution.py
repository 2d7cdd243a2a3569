"""Right answers to lesson 8 that are written in other ways than the solution."""

from typing import Any

import torch
import torch.nn.functional as F

from kata.authoring import right
from solutions.ex08_convolution import unfold_patches


@right(
    "conv2d_by_loops", says="The definition letter by letter; every product is its own step, thousands of times slower."
)
def seven_loops(x: Any, weight: Any, bias: Any) -> Any:
    n_images, channels, height, width = x.shape
    outputs, _, kh, kw = weight.shape
    y = torch.zeros(n_images, outputs, height - kh + 1, width - kw + 1, dtype=x.dtype)
    for n in range(n_images):
        for o in range(outputs):
            for r in range(y.shape[2]):
                for s in range(y.shape[3]):
                    total = float(bias[o])
                    for c in range(channels):
                        total += float((x[n, c, r : r + kh, s : s + kw] * weight[o, c]).sum())
                    y[n, o, r, s] = total
    return y


@right("conv2d_by_loops", says="Loops over the kernel instead of the image: 25 steps, whatever the image's size.")
def over_the_kernel(x: Any, weight: Any, bias: Any) -> Any:
    kh, kw = weight.shape[-2:]
    height, width = x.shape[-2] - kh + 1, x.shape[-1] - kw + 1
    y = bias.view(1, -1, 1, 1).repeat(len(x), 1, height, width)
    for i in range(kh):
        for j in range(kw):
            y += torch.einsum("nchw,oc->nohw", x[..., i : i + height, j : j + width], weight[..., i, j])
    return y


@right("conv2d_by_loops", says="No tensor is changed in place: gradients flow without a thought.")
def rows_of_a_list(x: Any, weight: Any, bias: Any) -> Any:
    kh, kw = weight.shape[2], weight.shape[3]
    rows = []
    for r in range(x.size(2) - kh + 1):
        row = [
            torch.tensordot(x[:, :, r : r + kh, s : s + kw], weight, dims=([1, 2, 3], [1, 2, 3])) + bias
            for s in range(x.size(3) - kw + 1)
        ]
        rows.append(torch.stack(row, dim=-1))
    return torch.stack(rows, dim=2)


@right("unfold_patches", says="One column after the other: easy to check, a loop over all places.")
def patch_by_patch(x: Any, kernel_size: int, stride: int = 1, padding: int = 0) -> Any:
    n, c, h, w = x.shape
    padded = x.new_zeros(n, c, h + 2 * padding, w + 2 * padding)
    padded[:, :, padding : padding + h, padding : padding + w] = x
    columns = []
    for top in range(0, padded.shape[2] - kernel_size + 1, stride):
        for left in range(0, padded.shape[3] - kernel_size + 1, stride):
            columns.append(padded[:, :, top : top + kernel_size, left : left + kernel_size].flatten(1))
    return torch.stack(columns, dim=2)


@right("unfold_patches", says="Tensor.unfold makes windows without copying; only the reshape copies.")
def by_sliding_views(x: Any, kernel_size: int, stride: int = 1, padding: int = 0) -> Any:
    x = F.pad(x, [padding] * 4)
    windows = x.unfold(2, kernel_size, stride).unfold(3, kernel_size, stride)
    return windows.permute(0, 1, 4, 5, 2, 3).reshape(x.size(0), x.size(1) * kernel_size**2, -1)


@right(
    "unfold_patches", says="Windows as strides in memory: the trick behind unfold. A wrong number reads foreign memory."
)
def by_as_strided(x: Any, kernel_size: int, stride: int = 1, padding: int = 0) -> Any:
    x = F.pad(x, (padding,) * 4).contiguous()
    n, c, h, w = x.shape
    k, rows, columns = kernel_size, (h - kernel_size) // stride + 1, (w - kernel_size) // stride + 1
    sn, sc, sh, sw = x.stride()
    view = x.as_strided((n, c, k, k, rows, columns), (sn, sc, sh, sw, sh * stride, sw * stride))
    return view.reshape(n, c * k * k, rows * columns)


@right("unfold_patches", says="Rows and columns as index tensors: any pattern of places, holes too.")
def by_index(x: Any, kernel_size: int, stride: int = 1, padding: int = 0) -> Any:
    x = torch.nn.ZeroPad2d(padding)(x)
    places = torch.arange(kernel_size)
    rows = torch.arange(0, x.shape[2] - kernel_size + 1, stride)
    columns = torch.arange(0, x.shape[3] - kernel_size + 1, stride)
    down = places.view(-1, 1, 1, 1) + rows.view(1, 1, -1, 1)
    across = places.view(1, -1, 1, 1) + columns.view(1, 1, 1, -1)
    return x[:, :, down, across].flatten(1, 3).flatten(2)


@right("conv2d", says="The sum over k is written as it is thought.")
def with_einsum(x: Any, weight: Any, bias: Any = None, stride: int = 1, padding: int = 0) -> Any:
    k = weight.shape[-1]
    patches = unfold_patches(x, k, stride, padding)
    y = torch.einsum("ok,nkl->nol", weight.reshape(weight.shape[0], -1), patches)
    if bias is not None:
        y += bias[:, None]
    return y.unflatten(2, ((x.shape[2] + 2 * padding - k) // stride + 1, -1))


@right("conv2d", says="One large product for the whole batch instead of one for each image.")
def all_images_side_by_side(x: Any, weight: Any, bias: Any = None, stride: int = 1, padding: int = 0) -> Any:
    n, o, k = x.size(0), weight.size(0), weight.size(2)
    patches = unfold_patches(x, k, stride, padding).transpose(0, 1).flatten(1)
    y = torch.mm(weight.view(o, -1) if weight.is_contiguous() else weight.reshape(o, -1), patches)
    y = y if bias is None else y + bias.view(-1, 1)
    rows = (x.size(2) + 2 * padding - k) // stride + 1
    return y.view(o, n, rows, -1).transpose(0, 1)


@right("conv2d", says="A convolution is a linear layer that is used at every place.")
def as_a_linear_layer(x: Any, weight: Any, bias: Any = None, stride: int = 1, padding: int = 0) -> Any:
    k = weight.shape[2]
    rows = (x.shape[2] + 2 * padding - k) // stride + 1
    patches = unfold_patches(x, k, stride, padding).transpose(1, 2)
    y = F.linear(patches, weight.reshape(len(weight), -1), bias)
    return y.transpose(1, 2).reshape(len(x), len(weight), rows, -1)


@right("conv2d", says="No matrix of patches is written down: less memory.")
def sliding_views_and_tensordot(x: Any, weight: Any, bias: Any = None, stride: int = 1, padding: int = 0) -> Any:
    k = weight.shape[2]
    windows = F.pad(x, (padding,) * 4).unfold(2, k, stride).unfold(3, k, stride)
    y = torch.tensordot(windows, weight, dims=([1, 4, 5], [1, 2, 3])).permute(0, 3, 1, 2)
    return y if bias is None else y + bias.reshape(1, -1, 1, 1)


@right("max_pool2d", says="The definition as it stands.")
def window_by_window(x: Any, kernel_size: int, stride: Any = None) -> Any:
    if stride is None:
        stride = kernel_size
    rows = []
    for top in range(0, x.shape[2] - kernel_size + 1, stride):
        row = []
        for left in range(0, x.shape[3] - kernel_size + 1, stride):
            row.append(x[:, :, top : top + kernel_size, left : left + kernel_size].flatten(2).max(dim=2).values)
        rows.append(torch.stack(row, dim=2))
    return torch.stack(rows, dim=2)


@right("max_pool2d", says="Two views and a maximum: the shortest.")
def sliding_views(x: Any, kernel_size: int, stride: Any = None) -> Any:
    stride = stride or kernel_size
    return x.unfold(2, kernel_size, stride).unfold(3, kernel_size, stride).amax((-2, -1))


@right("max_pool2d", says="k * k steps with the memory of one result: no matrix of patches.")
def largest_so_far(x: Any, kernel_size: int, stride: Any = None) -> Any:
    s = kernel_size if stride is None else stride
    rows, columns = (x.shape[2] - kernel_size) // s + 1, (x.shape[3] - kernel_size) // s + 1
    largest: Any = None
    for i in range(kernel_size):
        for j in range(kernel_size):
            met = x[:, :, i : i + (rows - 1) * s + 1 : s, j : j + (columns - 1) * s + 1 : s]
            largest = met if largest is None else torch.maximum(largest, met)
    return largest.clone()


@right("receptive_field", says="From the last layer to the first: what must one number be given?")
def from_behind(layers: Any) -> Any:
    side, distance = 1, 1
    for kernel, stride in layers[::-1]:
        side = (side - 1) * stride + kernel
        distance = distance * stride
    return side, distance


@right("receptive_field", says="The sum in one line: each layer adds (k - 1) times the strides before it.")
def by_products(layers: Any) -> Any:
    distances = [1]
    for _, stride in layers:
        distances.append(distances[-1] * stride)
    return 1 + sum((layer[0] - 1) * step for layer, step in zip(layers, distances, strict=False)), distances[-1]


@right("receptive_field", says="Follows the last pixel that is seen: its number plus 1 is the side.")
def by_the_last_pixel(layers: Any) -> Any:
    last, step = 0, 1
    for kernel, stride in layers:
        last += (kernel - 1) * step
        step *= stride
    return last + 1, step
