"""Lesson 8: how each exercise is observed, and the bank of its wrong answers, as edits of the solution."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import Tensor

from kata.authoring import (
    GRADIENTS,
    VALUES,
    Arithmetic,
    Observation,
    body,
    convolutions_refused,
    drop,
    exercise,
    insert,
    numbers,
    observes,
    pools_refused,
    replace,
    same_as,
    wrong,
)


def see_result(
    see: Observation,
    place: str,
    refusing: Callable[[], AbstractContextManager[None]],
    call: Callable[..., Any],
    *given: Any,
) -> Any:
    """Observe what a function returns, and what becomes of the tensors that it is given."""
    before = [one.clone() if isinstance(one, Tensor) else one for one in given]
    with refusing():
        result = call(*given)
    if not isinstance(result, Tensor):
        see(f"what is returned for {place}", f"a {type(result).__name__}")
        return None
    see(f"the shape of the result for {place}", str(tuple(result.shape)))
    see.amounts(f"the case of {place}", VALUES, {"the result": torch.zeros_like(result)}, {"the result": result})
    kept = [torch.equal(a, b) for a, b in zip(given, before, strict=True) if isinstance(a, Tensor)]
    see(f"whether the arguments as they are for {place}", all(kept))
    return result


def see_gradients(see: Observation, place: str, call: Callable[..., Any], **leaves: Tensor) -> None:
    """Observe the gradients that flow back through a function to each of the tensors that it is given."""
    mine = {name: one.clone().requires_grad_() for name, one in leaves.items()}
    result = call(*mine.values())
    see(f"whether the result of {place} is tied to its arguments by a graph", result.requires_grad)
    (result * numbers(*result.shape, seed=9)).sum().backward()
    found = {name: torch.zeros_like(one) if one.grad is None else one.grad for name, one in mine.items()}
    see.amounts(
        f"the gradients of {place}", GRADIENTS, {name: torch.zeros_like(one) for name, one in mine.items()}, found
    )


CONVOLUTIONS = ((2, 3, 4, 7, 6, 3), (1, 1, 1, 4, 4, 2), (2, 2, 3, 5, 5, 5))


@observes("conv2d_by_loops", "Your maps are those of {}.")
def observe_loops(lesson: Any, see: Observation) -> None:
    for n, c, o, height, width, k in CONVOLUTIONS:
        given = numbers(n, c, height, width), numbers(o, c, k, k, seed=2), numbers(o, seed=3)
        see_result(see, f"{n} images and kernels of {k} x {k}", convolutions_refused, lesson.conv2d_by_loops, *given)
    for kh, kw in ((3, 1), (3, 2), (1, 3)):
        given = numbers(2, 2, 5, 6), numbers(3, 2, kh, kw, seed=2), numbers(3, seed=3)
        see_result(see, f"kernels of {kh} x {kw}", convolutions_refused, lesson.conv2d_by_loops, *given)
    turned = numbers(2, 2, 4, 6).transpose(2, 3), numbers(3, 2, 2, 2, seed=2), numbers(3, seed=3)
    see_result(see, "transposed images", convolutions_refused, lesson.conv2d_by_loops, *turned)


@observes("unfold_patches", "Your patches are those of {}.")
def observe_unfold(lesson: Any, see: Observation) -> None:
    def unfolded(place: str, x: Tensor, *settings: int) -> None:
        see_result(see, place, convolutions_refused, lesson.unfold_patches, x, *settings)

    unfolded("2 images of 5 x 7 with k = 3", numbers(2, 3, 5, 7), 3)
    unfolded("an image of 4 x 4 with k = 2", numbers(1, 1, 4, 4), 2)
    unfolded("images of 6 x 4 with k = 2, stride = 2", numbers(2, 2, 6, 4), 2, 2)
    unfolded("images of 8 x 7 with k = 3, stride = 2", numbers(2, 2, 8, 7), 3, 2)
    unfolded("images of 8 x 6 with k = 2, stride = 3", numbers(1, 2, 8, 6), 2, 3)
    unfolded("images of 4 x 5 with k = 3, padding = 1", numbers(2, 2, 4, 5), 3, 1, 1)
    unfolded("images of 5 x 6 with k = 3, stride = 2, padding = 2", numbers(1, 2, 5, 6), 3, 2, 2)
    unfolded("images of 3 x 4 with k = 1", numbers(1, 2, 3, 4), 1)
    unfolded("transposed images", numbers(1, 2, 4, 6).transpose(2, 3), 3)
    see_gradients(see, "patches", lambda x: lesson.unfold_patches(x, 2), x=numbers(1, 2, 4, 4))


@observes("conv2d", "Your maps are those of {}.")
def observe_conv(lesson: Any, see: Observation) -> None:
    def convolved(place: str, shape: tuple[int, ...], o: int, k: int, bias: bool, *settings: int) -> None:
        weight, added = numbers(o, shape[1], k, k, seed=2), numbers(o, seed=3) if bias else None
        see_result(see, place, convolutions_refused, lesson.conv2d, numbers(*shape), weight, added, *settings)

    convolved("2 images of 7 x 6 with k = 3", (2, 3, 7, 6), 4, 3, False)
    convolved("an image of 4 x 4 with k = 2", (1, 1, 4, 4), 1, 2, False)
    convolved("images with a bias", (2, 3, 7, 6), 4, 3, True)
    convolved("images with a bias and stride = 2", (2, 2, 8, 7), 3, 3, True, 2)
    convolved("images with a bias and padding = 1", (2, 3, 6, 5), 4, 3, True, 1, 1)
    convolved("images with stride = 3, padding = 1", (1, 2, 7, 8), 2, 2, False, 3, 1)
    convolved("images with stride = 2, padding = 2", (2, 1, 6, 6), 5, 5, True, 2, 2)
    see_gradients(
        see,
        "a convolution",
        lesson.conv2d,
        x=numbers(2, 3, 5, 6),
        weight=numbers(4, 3, 3, 3, seed=2),
        bias=numbers(4, seed=3),
    )
    few = products(lesson, 1, 4, 2)
    for what, sizes in (("pixels", (1, 8, 2)), ("images", (3, 4, 2)), ("output channels", (1, 4, 5))):
        see(f"whether more {what} need no more products of tensors", products(lesson, *sizes) == few)


def products(lesson: Any, n: int, side: int, outputs: int) -> int:
    """Count the products and sums of tensors in a convolution."""
    with Arithmetic() as seen, convolutions_refused():
        lesson.conv2d(numbers(n, 2, side, side), numbers(outputs, 2, 3, 3, seed=2), numbers(outputs, seed=3))
    return seen.count


@observes("max_pool2d", "Your maps are those of {}.")
def observe_pool(lesson: Any, see: Observation) -> None:
    def pooled(place: str, x: Tensor, *settings: int) -> None:
        see_result(see, place, pools_refused, lesson.max_pool2d, x, *settings)

    pooled("maps of 4 x 6 with k = 2", numbers(2, 3, 4, 6), 2)
    pooled("negative maps with k = 2", -numbers(1, 2, 4, 4).abs() - 1, 2)
    pooled("maps of 5 x 7 with k = 2", numbers(2, 2, 5, 7), 2)
    pooled("negative maps of 5 x 7 with k = 2", -numbers(2, 2, 5, 7).abs() - 1, 2)
    pooled("maps of 6 x 9 with k = 3", numbers(1, 2, 6, 9), 3)
    pooled("maps of 7 x 8 with k = 3, stride = 2", numbers(1, 2, 7, 8), 3, 2)
    pooled("maps of 5 x 4 with k = 2, stride = 1", numbers(1, 2, 5, 4), 2, 1)
    pooled("maps of 8 x 7 with k = 2, stride = 3", numbers(1, 2, 8, 7), 2, 3)
    pooled("transposed maps", numbers(1, 2, 4, 6).transpose(2, 3), 2)
    see_gradients(see, "a pool", lambda x: lesson.max_pool2d(x, 2), x=numbers(2, 2, 4, 6))


STACKS: tuple[list[tuple[int, int]], ...] = (
    [(5, 1)],
    [(2, 2)],
    [(3, 1), (3, 1)],
    [(3, 2), (3, 1)],
    [(3, 1), (3, 2)],
    [(5, 1), (2, 2), (5, 1), (2, 2), (5, 1)],
    [(2, 3), (4, 5), (3, 2)],
    [(1, 3), (2, 1)],
    [],
)


@observes("receptive_field", "Your sides and distances are those of {}.")
def observe_field(lesson: Any, see: Observation) -> None:
    for layers in STACKS:
        mine = list(layers)
        see(f"the result of receptive_field({layers})", str(lesson.receptive_field(mine)))
        see(f"whether the list {layers} is left as it is", mine == layers)


exercise("conv2d_by_loops")

flipped = wrong(
    "a convolution whose kernel is flipped",
    "Mathematics flips it; deep learning does not: place (i, j) of the kernel meets the pixel at (i, j) of the window.",
    insert("weight = weight.flip(2, 3)", before="kh, kw = weight.shape[2:]"),
)
loops_no_bias = wrong(
    "a convolution without its bias",
    "Each output channel adds its bias to all of its numbers.",
    replace(" + bias[number]", ""),
)
loops_bias_in_sum = wrong(
    "a convolution whose bias is added for each product",
    "The bias is added once for each output: after the sum, not within it.",
    replace(
        "(window * kernel).sum(dim=(1, 2, 3)) + bias[number]", "(window * kernel + bias[number]).sum(dim=(1, 2, 3))"
    ),
)
loops_first_bias = wrong(
    "a convolution that adds the first bias to all output channels",
    "Each output channel has a bias of its own.",
    replace("bias[number]", "bias[0]"),
)
one_place_short = wrong(
    "a convolution that leaves out the last row and the last column of outputs",
    "A kernel of 3 fits on 3 places in a row of 5: H - KH + 1.",
    replace("x.shape[2] - kh + 1, x.shape[3] - kw + 1", "x.shape[2] - kh, x.shape[3] - kw"),
)
beyond_the_edge = wrong(
    "a convolution that has an output for each pixel",
    "Without padding the kernel must lie within the image: it fits on H - KH + 1 places down, W - KW + 1 across.",
    replace("x.shape[2] - kh + 1, x.shape[3] - kw + 1", "x.shape[2], x.shape[3]"),
)
sides_swapped = wrong(
    "a convolution that takes the width for the height",
    "x is (N, C, H, W): the height is x.shape[2], the width x.shape[3].",
    replace("x.shape[2] - kh + 1, x.shape[3] - kw + 1", "x.shape[3] - kw + 1, x.shape[2] - kh + 1"),
)
loops_bias_subtracted = wrong(
    "a convolution that takes its bias off", "The bias is added.", replace(" + bias[number]", " - bias[number]")
)
first_channel = wrong(
    "a convolution that looks at the first channel only",
    "Each output is a sum over all channels of the image, each with its own part of the kernel.",
    replace("(window * kernel).sum(dim=(1, 2, 3))", "(window[:, 0] * kernel[0]).sum(dim=(1, 2))"),
)
one_channel_for_all = wrong(
    "a convolution whose channels all meet the kernel's first channel",
    "The kernel has a part of its own for each channel.",
    replace("(window * kernel)", "(window * kernel[:1])"),
)
mean_of_products = wrong(
    "a convolution that takes the mean of its products",
    "The products are added up.",
    replace(".sum(dim=(1, 2, 3))", ".mean(dim=(1, 2, 3))"),
)
largest_product = wrong(
    "a convolution that takes the largest product",
    "The products are added up.",
    replace(".sum(dim=(1, 2, 3))", ".amax(dim=(1, 2, 3))"),
)
first_image = wrong(
    "a convolution that sees the first image only",
    "Each image of the batch has its own maps.",
    replace("window = x[:, :,", "window = x[:1, :,"),
)
sum_over_images = wrong(
    "a convolution that sums over the images, too",
    "Each image of the batch has its own maps: the sum goes over channels and the window's pixels.",
    replace(".sum(dim=(1, 2, 3))", ".sum()"),
)
rows_for_columns = wrong(
    "a convolution whose rows and columns have changed places",
    "The result at (row, column) belongs to the window at (row, column).",
    replace("len(weight), height, width)", "len(weight), width, height)"),
    replace("result[:, number, row, column]", "result[:, number, column, row]"),
)
kernel_transposed = wrong(
    "a convolution whose kernel is transposed",
    "weight is (O, C, KH, KW): i goes down, j across.",
    replace("(window * kernel)", "(window * kernel.transpose(1, 2).reshape(kernel.shape))"),
)
square_kernels = wrong(
    "a convolution for square kernels only",
    "KH and KW may differ: the height of the window is one, its width the other.",
    replace("kh, kw = weight.shape[2:]", "kh = kw = weight.shape[2]"),
)
kernel_sides_swapped = wrong(
    "a convolution whose window has the kernel's width as its height",
    "weight is (O, C, KH, KW): its height comes first.",
    replace("kh, kw = weight.shape[2:]", "kw, kh = weight.shape[2:]"),
)
matrix_product = wrong(
    "a convolution that multiplies window and kernel as matrices",
    "Each number of the kernel is multiplied with the pixel below it: *, not @.",
    replace("window * kernel", "window @ kernel"),
)
adds_kernel = wrong(
    "a convolution that adds the kernel to the window",
    "Each number of the kernel is multiplied with the pixel below it.",
    replace("window * kernel", "window + kernel"),
)
starts_at_one = wrong(
    "a convolution that leaves the first row and the first column at 0",
    "The first place of the kernel is (0, 0).",
    replace("for row in range(height)", "for row in range(1, height)"),
    replace("for column in range(width)", "for column in range(1, width)"),
)
stops_early = wrong(
    "a convolution that leaves the last row and the last column at 0",
    "`range(height)` ends before height by itself.",
    replace("range(height)", "range(height - 1)"),
    replace("range(width)", "range(width - 1)"),
)
side_by_side = wrong(
    "a convolution whose windows lie side by side",
    "The kernel moves by one pixel: windows overlap. Side by side they lie in a pool.",
    replace("x.shape[2] - kh + 1, x.shape[3] - kw + 1", "x.shape[2] // kh, x.shape[3] // kw"),
    replace("row : row + kh, column : column + kw", "row * kh : row * kh + kh, column * kw : column * kw + kw"),
)
last_kernel = wrong(
    "a convolution whose output channels are all made with the last kernel",
    "Each kernel makes the output channel of its own number.",
    replace("result[:, number, row, column] =", "result[:, :, row, column] ="),
    replace(".sum(dim=(1, 2, 3)) + bias[number]", ".sum(dim=(1, 2, 3)).unsqueeze(1) + bias[number]"),
)
last_product = wrong(
    "a convolution in which each product overwrites the one before",
    "y is a sum: what each place of the kernel gives is added to what is there.",
    body("""
        kh, kw = weight.shape[2:]
        height, width = x.shape[2] - kh + 1, x.shape[3] - kw + 1
        result = x.new_zeros(len(x), len(weight), height, width)
        for i in range(kh):
            for j in range(kw):
                met = x[:, :, i : i + height, j : j + width]
                result = torch.einsum("ncrs,oc->nors", met, weight[:, :, i, j])
        return result + bias.view(-1, 1, 1)
    """),
)
last_channel = wrong(
    "a convolution in which each channel overwrites the one before",
    "y is a sum over all channels: what each of them gives is added to what is there.",
    replace("(window * kernel).sum(dim=(1, 2, 3))", "(window[:, -1] * kernel[-1]).sum(dim=(1, 2))"),
)
bias_for_each_channel = wrong(
    "a convolution that adds its bias once for each channel",
    "The bias is added once for each output, after the sum over the channels.",
    replace("+ bias[number]", "+ x.shape[1] * bias[number]"),
)
bias_along_width = wrong(
    "a convolution whose bias lies along the width",
    "Broadcasting counts from the last dimension: the O biases need two dimensions behind them to lie along O.",
    replace(" + bias[number]", ""),
    replace("return result", "return result + bias"),
)
loops_no_negative = wrong(
    "a convolution whose numbers below 0 are set to 0",
    "ReLU is a layer of its own.",
    replace("return result", "return result.relu()"),
)
loops_float32 = wrong(
    "a convolution whose result is float32, whatever x is",
    "The result has the dtype of x: x.new_zeros(...), or torch.zeros(..., dtype=x.dtype).",
    replace("x.new_zeros(len(x), len(weight), height, width)", "torch.zeros(len(x), len(weight), height, width)"),
)
loops_damage = wrong(
    "a convolution that writes into the image",
    "A slice is a view: what is done to it in place is done to x, which is the caller's, and the next window's.",
    replace("(window * kernel)", "window.mul_(kernel)"),
)
loops_short_cut = wrong(
    "a function that asks torch's convolution", "That is what you build here.", body("return F.conv2d(x, weight, bias)")
)
loops_nothing = wrong("a function that returns nothing", "Is there a `return`?", drop("return result"))

exercise("unfold_patches")

rows_are_patches = wrong(
    "a matrix whose rows are the patches",
    "(N, C*k*k, L): a patch is a column.",
    replace(".reshape(len(x), -1, rows * columns)", ".reshape(len(x), -1, rows * columns).transpose(1, 2)"),
)
places_first = wrong(
    "columns that hold all channels of one place, then of the next",
    "A column holds the whole patch of the first channel, then that of the next one.",
    replace("torch.stack(met, dim=2)", "torch.stack(met, dim=1)"),
)
kernel_down_first = wrong(
    "columns that hold a patch column by column",
    "A patch is written row by row, as it is read.",
    replace(
        "for i in range(kernel_size) for j in range(kernel_size)",
        "for j in range(kernel_size) for i in range(kernel_size)",
    ),
)
moves_down_first = wrong(
    "a kernel that moves down first",
    "It moves from left to right, then down, as the numbers of y are read.",
    replace("torch.stack(met, dim=2)", "torch.stack(met, dim=2).transpose(3, 4)"),
)
unfold_ignores_stride = wrong(
    "a kernel that always moves by one pixel",
    "stride says by how many.",
    insert("stride = 1", before="rows, columns = ("),
)
unfold_ignores_padding = wrong(
    "an image without padding",
    "padding zeros come on each of the four sides.",
    drop("x = F.pad(x, (padding, padding, padding, padding))"),
)
padding_before = wrong(
    "an image with zeros above and on the left only",
    "padding zeros come on each of the four sides: F.pad takes left, right, top, bottom.",
    replace("(padding, padding, padding, padding)", "(padding, 0, padding, 0)"),
)
padding_behind = wrong(
    "an image with zeros below and on the right only",
    "padding zeros come on each of the four sides: F.pad takes left, right, top, bottom.",
    replace("(padding, padding, padding, padding)", "(0, padding, 0, padding)"),
)
padding_across = wrong(
    "an image with zeros on the left and on the right only",
    "F.pad takes left, right, top, bottom: two numbers speak of the last dimension only.",
    replace("(padding, padding, padding, padding)", "(padding, padding)"),
)
padding_down = wrong(
    "an image with zeros above and below only",
    "F.pad takes left, right, top, bottom.",
    replace("(padding, padding, padding, padding)", "(0, 0, padding, padding)"),
)
padding_twice = wrong(
    "an image with twice the padding",
    "padding zeros come on each side, no more.",
    replace("(padding, padding, padding, padding)", "(2 * padding, 2 * padding, 2 * padding, 2 * padding)"),
)
padding_repeats = wrong(
    "an image whose edge is repeated for padding",
    "The padding is zeros.",
    replace("(padding, padding, padding, padding))", '(padding, padding, padding, padding), mode="replicate")'),
)
padding_mirrors = wrong(
    "an image that is mirrored at its edge for padding",
    "The padding is zeros.",
    replace("(padding, padding, padding, padding))", '(padding, padding, padding, padding), mode="reflect")'),
)
padding_ones = wrong(
    "an image with ones around",
    "The padding is zeros.",
    replace("(padding, padding, padding, padding))", "(padding, padding, padding, padding), value=1)"),
)
places_without_padding = wrong(
    "patches of as many places as without padding",
    "With the zeros around, the kernel fits on more places: count them on the padded image.",
    drop("x = F.pad(x, (padding, padding, padding, padding))"),
    insert("x = F.pad(x, (padding, padding, padding, padding))", after="rows, columns = ("),
)
over_the_edge = wrong(
    "patches that reach over the edge",
    "The last patch begins k pixels before the edge.",
    replace("(side - kernel_size) // stride + 1 for side", "(side - 1) // stride + 1 for side"),
)
patches_mixed = wrong(
    "patches that a reshape mixes with their places",
    "A reshape only counts on: bring channel, row and column of the kernel before the places first.",
    replace(
        "torch.stack(met, dim=2).reshape(len(x), -1, rows * columns)",
        "torch.stack(met, dim=4).reshape(len(x), -1, rows * columns)",
    ),
)
channels_before_places = wrong(
    "patches whose columns hold numbers of one channel only",
    "A column holds all channels of its place: bring the places behind the channels' numbers before the reshape.",
    replace(
        "torch.stack(met, dim=2).reshape(len(x), -1, rows * columns)",
        "torch.stack(met, dim=4).reshape(len(x), rows * columns, -1).transpose(1, 2)",
    ),
)
one_patch_short = wrong(
    "a kernel that leaves out its last place in each row and column",
    "A kernel of 3 fits on 3 places in a row of 5: (H + 2 * padding - k) // stride + 1.",
    replace("// stride + 1 for side", "// stride for side"),
)
unfold_square = wrong(
    "images that are as wide as high",
    "H and W may differ: rows follow from one, columns from the other.",
    replace(
        "rows, columns = ((side - kernel_size) // stride + 1 for side in x.shape[2:])",
        "rows = columns = (x.shape[2] - kernel_size) // stride + 1",
    ),
)
places_times_stride = wrong(
    "a kernel whose places are stride pixels apart",
    "stride is how far the kernel moves; its own places lie side by side. Otherwise it is called dilation.",
    replace(
        "x[:, :, i : i + down : stride, j : j + right : stride]",
        "x[:, :, i * stride :, j * stride :][:, :, :rows, :columns]",
    ),
)
unfold_flipped = wrong(
    "patches that are written backwards",
    "A patch is written as it is read: from its upper left pixel on.",
    replace(
        "for i in range(kernel_size) for j in range(kernel_size)",
        "for i in reversed(range(kernel_size)) for j in reversed(range(kernel_size))",
    ),
)
side_by_side_patches = wrong(
    "patches that lie side by side",
    "The kernel moves by stride pixels: with a smaller one than its side, patches overlap.",
    insert("stride = kernel_size", before="rows, columns = ("),
)
unfold_reshape = wrong(
    "pixels that are only reshaped",
    "A reshape gives each pixel one place; a pixel of overlapping patches has several.",
    body("""
        rows, columns = ((side + 2 * padding - kernel_size) // stride + 1 for side in x.shape[2:])
        size = x.shape[1] * kernel_size * kernel_size * rows * columns
        flat = x.flatten(1).repeat(1, size // x[0].numel() + 1)
        return flat[:, :size].reshape(len(x), -1, rows * columns)
    """),
)
first_channel_patches = wrong(
    "patches of the first channel only",
    "A column holds the patches of all channels.",
    insert("x = x[:, :1]", before="rows, columns = ("),
)
first_image_patches = wrong(
    "patches of the first image for all images",
    "Each image has a matrix of its own.",
    insert("x = x[:1].expand(x.shape)", before="rows, columns = ("),
)
images_side_by_side = wrong(
    "one matrix for all images",
    "Each image has a matrix of its own: (N, C*k*k, L).",
    replace(".reshape(len(x), -1, rows * columns)", ".reshape(len(x), -1, rows * columns).transpose(0, 1).flatten(1)"),
)
channels_apart = wrong(
    "a matrix for each channel",
    "The channels of a patch stand below one another in one column: (N, C*k*k, L).",
    replace(".reshape(len(x), -1, rows * columns)", ".flatten(3)"),
)
unfold_cut_off = wrong(
    "patches that are cut off from the graph",
    "Without the graph no gradient gets back through a convolution to x.",
    replace(".reshape(len(x), -1, rows * columns)", ".reshape(len(x), -1, rows * columns).detach()"),
)
unfold_float32 = wrong(
    "patches in float32, whatever x is",
    "The patches have the dtype of x.",
    replace(".reshape(len(x), -1, rows * columns)", ".reshape(len(x), -1, rows * columns).float()"),
)
unfold_short_cut = wrong(
    "a function that asks F.unfold",
    "That is what you build here.",
    body("return F.unfold(x, kernel_size, stride=stride, padding=padding)"),
)
unfold_nothing = wrong("a function that returns nothing", "Is there a `return`?", replace("return torch", "_ = torch"))

exercise("conv2d")

conv_no_bias = wrong(
    "a convolution without its bias",
    "Each output channel adds its bias to all of its numbers.",
    drop("if bias is not None:"),
)
bias_always = wrong(
    "a convolution that counts on a bias",
    "bias may be None: then nothing is added.",
    replace(
        """
        if bias is not None:
            maps = maps + bias.unsqueeze(1)
        """,
        "maps = maps + bias.unsqueeze(1)",
    ),
)
bias_truth = wrong(
    "a convolution that asks whether the bias is true",
    "A tensor of several numbers is neither true nor false. Ask whether it is None.",
    replace("if bias is not None:", "if bias:"),
)
bias_along_places = wrong(
    "a convolution whose bias lies along the places",
    "maps is (N, O, L): the O biases need a dimension behind them to lie along O.",
    replace("bias.unsqueeze(1)", "bias"),
)
conv_first_bias = wrong(
    "a convolution that adds the first bias to all output channels",
    "Each output channel has a bias of its own.",
    replace("bias.unsqueeze(1)", "bias[0]"),
)
bias_subtracted = wrong(
    "a convolution that takes its bias off", "The bias is added.", replace("maps + bias", "maps - bias")
)
bias_twice = wrong(
    "a convolution that adds its bias twice", "Once is enough.", replace("maps + bias", "maps + 2 * bias")
)
conv_ignores_stride = wrong(
    "a convolution with stride 1, whatever is asked for",
    "stride goes to the patches, and into the number of rows and columns.",
    insert("stride = 1", before="size = weight.shape[2]"),
)
conv_ignores_padding = wrong(
    "a convolution without padding, whatever is asked for",
    "padding goes to the patches, and into the number of rows and columns.",
    insert("padding = 0", before="size = weight.shape[2]"),
)
stride_not_passed = wrong(
    "a convolution whose patches do not know the stride",
    "It goes to unfold_patches, too.",
    replace("unfold_patches(x, size, stride, padding)", "unfold_patches(x, size, padding=padding)"),
)
padding_not_passed = wrong(
    "a convolution whose patches do not know the padding",
    "It goes to unfold_patches, too.",
    replace("unfold_patches(x, size, stride, padding)", "unfold_patches(x, size, stride)"),
)
settings_swapped = wrong(
    "a convolution that gives padding for stride and stride for padding",
    "unfold_patches takes the stride first. By name no order can go wrong.",
    replace("unfold_patches(x, size, stride, padding)", "unfold_patches(x, size, padding, stride)"),
)
rows_without_padding = wrong(
    "a convolution that counts its rows and columns without the padding",
    "(H + 2 * padding - k) // stride + 1",
    replace("side + 2 * padding - size", "side - size"),
)
padding_once = wrong(
    "a convolution that counts the padding once",
    "The padding is on both sides: 2 * padding.",
    replace("side + 2 * padding - size", "side + padding - size"),
)
rows_without_stride = wrong(
    "a convolution that counts its rows and columns without the stride",
    "(H + 2 * padding - k) // stride + 1",
    replace("(side + 2 * padding - size) // stride + 1", "side + 2 * padding - size + 1"),
)
rows_one_short = wrong(
    "a convolution that counts one row and one column too few",
    "A kernel of 3 fits on 3 places in a row of 5: (H + 2 * padding - k) // stride + 1.",
    replace("// stride + 1 for side", "// stride for side"),
)
always_same = wrong(
    "a convolution that pads by half the kernel",
    "How much is padded, the caller says.",
    insert("padding = size // 2", before="rows, columns = ("),
)
conv_flipped = wrong(
    "a convolution whose kernel is flipped",
    "Mathematics flips it; deep learning does not.",
    replace("weight.flatten(1)", "weight.flip(2, 3).flatten(1)"),
)
conv_kernel_transposed = wrong(
    "a convolution whose kernel is transposed",
    "The rows of the matrix hold a kernel row by row, as the columns hold the patches.",
    replace("weight.flatten(1)", "weight.transpose(2, 3).flatten(1)"),
)
channels_last = wrong(
    "a convolution whose kernels are written with the channels last",
    "A row must hold the kernel in the order in which a column holds the patch: channel by channel.",
    replace("weight.flatten(1)", "weight.permute(0, 2, 3, 1).flatten(1)"),
)
kernels_reshaped = wrong(
    "a convolution whose kernels are mixed by a reshape",
    "weight is (O, C, k, k): the rows are flatten(1). A view as (C*k*k, O) that is transposed takes numbers from "
    "several kernels.",
    replace("weight.flatten(1)", "weight.reshape(-1, len(weight)).T"),
)
places_before_channels = wrong(
    "a convolution whose output channels and places are mixed by a view",
    "(N, L, O) must be transposed to (N, O, L) first; a view only counts on.",
    replace(
        "maps = weight.flatten(1) @ unfold_patches(x, size, stride, padding)",
        "maps = (weight.flatten(1) @ unfold_patches(x, size, stride, padding)).transpose(1, 2)",
    ),
    replace(
        "maps = maps + bias.unsqueeze(1)",
        "maps = maps + bias",
    ),
    replace("return maps.view(", "return maps.reshape("),
)
conv_rows_for_columns = wrong(
    "a convolution whose rows and columns have changed places",
    "(N, O, rows, columns): rows follow from H, columns from W.",
    replace("len(weight), rows, columns)", "len(weight), columns, rows)"),
)
conv_square = wrong(
    "a convolution for images that are as wide as high",
    "H and W may differ: rows follow from one, columns from the other.",
    replace(
        "rows, columns = ((side + 2 * padding - size) // stride + 1 for side in x.shape[2:])",
        "rows = columns = (x.shape[2] + 2 * padding - size) // stride + 1",
    ),
)
conv_flat = wrong(
    "a convolution whose maps are left in a row",
    "L is rows times columns: view it so.",
    replace("return maps.view(len(x), len(weight), rows, columns)", "return maps"),
)
loop_over_images = wrong(
    "a convolution with a loop over the images",
    "@ multiplies each matrix of a batch: a loop over images asks for N small products in place of a large one.",
    replace(
        "maps = weight.flatten(1) @ unfold_patches(x, size, stride, padding)",
        "maps = torch.stack([weight.flatten(1) @ one for one in unfold_patches(x, size, stride, padding)])",
    ),
)
loop_over_kernels = wrong(
    "a convolution with a loop over the output channels",
    "The kernels are the rows of one matrix: one product makes all channels.",
    replace(
        "maps = weight.flatten(1) @ unfold_patches(x, size, stride, padding)",
        """
        patches = unfold_patches(x, size, stride, padding)
        maps = torch.stack([kernel.flatten() @ patches for kernel in weight], dim=1)
        """,
    ),
)
loop_over_pixels = wrong(
    "a convolution with a loop over the pixels",
    "One matrix product does what the loops of conv2d_by_loops do, and faster by far: that is what the patches are for.",
    body("""
        x = F.pad(x, (padding, padding, padding, padding))
        none = weight.new_zeros(len(weight))
        maps = conv2d_by_loops(x, weight, none if bias is None else bias)
        return maps[:, :, ::stride, ::stride]
    """),
)
conv_cut_off = wrong(
    "a convolution that is cut off from the graph",
    "Without the graph nothing can be trained: no gradient gets back to x, weight and bias.",
    replace("return maps.view(", "return maps.detach().view("),
)
weight_cut_off = wrong(
    "a convolution whose weight gets no gradient",
    "`.data` and `.detach()` take a tensor out of the graph: it would never be trained.",
    replace("weight.flatten(1)", "weight.detach().flatten(1)"),
)
bias_cut_off = wrong(
    "a convolution whose bias gets no gradient",
    "`.data` and `.detach()` take a tensor out of the graph: it would never be trained.",
    replace("bias.unsqueeze(1)", "bias.detach().unsqueeze(1)"),
)
x_cut_off = wrong(
    "a convolution whose x gets no gradient",
    "`.data` and `.detach()` take a tensor out of the graph: the layers before this one would never be trained.",
    replace("unfold_patches(x, size", "unfold_patches(x.detach(), size"),
)
conv_float32 = wrong(
    "a convolution in float32, whatever x is",
    "The maps have the dtype of x.",
    replace("maps.view", "maps.float().view"),
)
conv_short_cut = wrong(
    "a function that asks torch's convolution",
    "That is what you build here.",
    body("return F.conv2d(x, weight, bias, stride=stride, padding=padding)"),
)
conv_by_unfold = wrong(
    "a function that asks F.unfold",
    "You have one of your own: unfold_patches.",
    replace("unfold_patches(x, size, stride, padding)", "F.unfold(x, size, stride=stride, padding=padding)"),
)
conv_nothing = wrong("a function that returns nothing", "Is there a `return`?", replace("return maps", "_ = maps"))

exercise("max_pool2d")

mean_pool = wrong("a pool that takes the mean", "The largest is asked for.", replace("amax", "mean"))
min_pool = wrong("a pool that takes the smallest", "The largest is asked for.", replace("amax", "amin"))
sum_pool = wrong("a pool that takes the sum", "The largest is asked for.", replace("amax", "sum"))
absolute_pool = wrong(
    "a pool that takes the largest by its size without sign",
    "-9 is smaller than 1.",
    replace("windows.amax(dim=2)", "windows.gather(2, windows.abs().argmax(dim=2, keepdim=True)).squeeze(2)"),
)
abs_pool = wrong(
    "a pool of numbers without their sign", "-9 is smaller than 1.", replace("windows.amax", "windows.abs().amax")
)
never_negative = wrong(
    "a pool that begins with 0",
    "All numbers of a window may be negative: the largest of them is asked for, not 0.",
    replace("windows.amax(dim=2)", "windows.amax(dim=2).clamp(min=0)"),
)
over_channels = wrong(
    "a pool over all channels",
    "Each channel is pooled by itself: (N, C, rows, columns).",
    replace("return windows.amax(dim=2)", "return windows.amax(dim=(1, 2)).unsqueeze(1)"),
)
channels_mixed = wrong(
    "a pool whose channels and places are mixed by a view",
    "The rows of the patches are C times k*k: the channel comes first.",
    replace(
        "view(len(x), x.shape[1], kernel_size * kernel_size, rows, columns)",
        "view(len(x), kernel_size * kernel_size, x.shape[1], rows, columns)",
    ),
    replace("windows.amax(dim=2)", "windows.amax(dim=1)"),
)
corner_only = wrong(
    "a pool that takes the upper left number of each window",
    "The largest of all k * k is asked for.",
    replace("windows.amax(dim=2)", "windows[:, :, 0]"),
)
one_row_only = wrong(
    "a pool that looks at the first row of each window",
    "The largest of all k * k is asked for.",
    replace("windows.amax(dim=2)", "windows[:, :, :kernel_size].amax(dim=2)"),
)
pool_ignores_stride = wrong(
    "a pool whose windows always lie side by side",
    "stride says by how many pixels the window moves; only None means kernel_size.",
    replace("stride = kernel_size if stride is None else stride", "stride = kernel_size"),
)
stride_one = wrong(
    "a pool that moves by one pixel where no stride is given",
    "None means kernel_size: windows that lie side by side.",
    replace("stride = kernel_size if stride is None else stride", "stride = 1 if stride is None else stride"),
)
stride_two = wrong(
    "a pool that moves by two pixels where no stride is given",
    "None means kernel_size: windows that lie side by side.",
    replace("stride = kernel_size if stride is None else stride", "stride = 2 if stride is None else stride"),
)
stride_none = wrong(
    "a pool that computes with a stride of None",
    "None means kernel_size: put it in its place first.",
    drop("stride = kernel_size if stride is None else stride"),
)
ceil_mode = wrong(
    "a pool that keeps a last window that does not fit",
    "What does not fill a window is left out: (H - k) // stride + 1.",
    insert(
        """
        more = [-(side - kernel_size) % stride for side in x.shape[2:]]
        x = F.pad(x, (0, more[1], 0, more[0]), value=float("-inf"))
        """,
        after="stride = kernel_size",
    ),
)
ceil_zeros = wrong(
    "a pool that fills a last window up with zeros",
    "What does not fill a window is left out: (H - k) // stride + 1.",
    insert(
        """
        more = [-(side - kernel_size) % stride for side in x.shape[2:]]
        x = F.pad(x, (0, more[1], 0, more[0]))
        """,
        after="stride = kernel_size",
    ),
)
padded_pool = wrong(
    "a pool with a border",
    "There is no padding here.",
    insert("x = F.pad(x, (1, 1, 1, 1))", after="stride = kernel_size"),
)
pool_one_short = wrong(
    "a pool that counts one row and one column too few",
    "Two windows of 2 lie in a row of 4: (H - k) // stride + 1.",
    replace("// stride + 1 for side", "// stride for side"),
)
sides_by_kernel = wrong(
    "a pool that has H // k rows and W // k columns, whatever the stride",
    "(H - k) // stride + 1: with another stride than k another number of windows fits.",
    replace("(side - kernel_size) // stride + 1 for side", "side // kernel_size for side"),
)
sides_by_stride = wrong(
    "a pool that has H // stride rows and W // stride columns",
    "(H - k) // stride + 1: where the window is larger than the stride, fewer fit.",
    body("""
        stride = kernel_size if stride is None else stride
        rows, columns = x.shape[2] // stride, x.shape[3] // stride
        windows = [
            x[:, :, i * stride : i * stride + kernel_size, j * stride : j * stride + kernel_size].amax(dim=(2, 3))
            for i in range(rows)
            for j in range(columns)
        ]
        return torch.stack(windows, dim=2).view(*x.shape[:2], rows, columns)
    """),
)
next_to_each_other = wrong(
    "a pool whose windows begin at row and column of the result",
    "Window (i, j) begins at pixel (stride * i, stride * j).",
    body("""
        stride = kernel_size if stride is None else stride
        rows, columns = ((side - kernel_size) // stride + 1 for side in x.shape[2:])
        windows = [
            x[:, :, i : i + kernel_size, j : j + kernel_size].amax(dim=(2, 3))
            for i in range(rows)
            for j in range(columns)
        ]
        return torch.stack(windows, dim=2).view(*x.shape[:2], rows, columns)
    """),
)
one_for_all = wrong(
    "a pool with one largest for all images and channels",
    "Each image and each channel is pooled by itself: the largest is taken along the window only.",
    replace("return windows.amax(dim=2)", "return windows.amax(dim=(0, 1, 2)).expand(*x.shape[:2], rows, columns)"),
)
over_places = wrong(
    "a pool over the places in place of the windows",
    "The largest is taken along the numbers of a window.",
    body("""
        stride = kernel_size if stride is None else stride
        rows, columns = ((side - kernel_size) // stride + 1 for side in x.shape[2:])
        windows = unfold_patches(x, kernel_size, stride).view(*x.shape[:2], kernel_size, kernel_size, rows, columns)
        return windows.amax(dim=(4, 5))
    """),
)
pool_rows_for_columns = wrong(
    "a pool whose rows and columns have changed places",
    "(N, C, rows, columns): rows follow from H, columns from W.",
    replace("kernel_size * kernel_size, rows, columns)", "kernel_size * kernel_size, columns, rows)"),
)
pool_square = wrong(
    "a pool for maps that are as wide as high",
    "H and W may differ: rows follow from one, columns from the other.",
    replace(
        "rows, columns = ((side - kernel_size) // stride + 1 for side in x.shape[2:])",
        "rows = columns = (x.shape[2] - kernel_size) // stride + 1",
    ),
)
two_always = wrong(
    "a pool whose windows are 2 x 2, whatever is asked for",
    "kernel_size says how large they are.",
    insert("kernel_size = 2", after="stride = kernel_size"),
)
values_and_indices = wrong(
    "a pool that returns values and indices",
    "`.max(dim=...)` gives both: the values are asked for.",
    replace("windows.amax(dim=2)", "windows.max(dim=2)"),
)
where_it_is = wrong(
    "a pool that says where the largest is",
    "The largest itself is asked for: argmax gives its place.",
    replace("amax", "argmax"),
)
pool_flat = wrong(
    "a pool whose maps are left in a row",
    "(N, C, rows, columns) is asked for.",
    replace("windows.amax(dim=2)", "windows.amax(dim=2).flatten(2)"),
)
pool_cut_off = wrong(
    "a pool that is cut off from the graph",
    "Without the graph the layers before the pool get no gradient.",
    replace("windows.amax(dim=2)", "windows.amax(dim=2).detach()"),
)
pool_short_cut = wrong(
    "a function that asks torch's pool",
    "That is what you build here.",
    body("return F.max_pool2d(x, kernel_size, stride)"),
)
pool_nothing = wrong(
    "a function that returns nothing", "Is there a `return`?", replace("return windows", "_ = windows")
)

exercise("receptive_field")

strides_ignored = wrong(
    "layers that all move by one pixel",
    "Behind a layer of stride 2, neighbours are two pixels apart: a kernel there reaches further.",
    replace("(kernel - 1) * distance", "kernel - 1"),
)
own_stride_first = wrong(
    "layers whose own stride makes their field larger",
    "A kernel reaches over the steps of what comes before it. Its own stride moves its neighbours apart.",
    drop("side += (kernel - 1) * distance"),
    insert("side += (kernel - 1) * distance", after="distance *= stride"),
)
own_stride_only = wrong(
    "layers that know their own stride only",
    "The strides of all layers before multiply up.",
    replace("side += (kernel - 1) * distance", "side += (kernel - 1) * stride"),
)
kernels_added = wrong(
    "kernels that are added up whole",
    "A kernel of k spans k - 1 steps: the pixel that it starts from is counted already.",
    replace("(kernel - 1) * distance", "kernel * distance"),
)
kernels_multiplied = wrong(
    "kernels that are multiplied",
    "Neighbours' fields overlap: 3 neighbours that see 3 pixels, one apart, see 5, not 9.",
    replace("side += (kernel - 1) * distance", "side *= kernel"),
)
starts_at_nothing = wrong(
    "an image whose pixels see nothing",
    "Without any layer a number sees itself: one pixel.",
    replace("side, distance = 1, 1", "side, distance = 0, 1"),
)
no_first_distance = wrong(
    "an image whose pixels are no distance apart",
    "Neighbouring pixels are one apart; 0 times a stride stays 0.",
    replace("side, distance = 1, 1", "side, distance = 1, 0"),
)
strides_added = wrong(
    "strides that are added up",
    "Two layers of stride 2 move by 4 pixels: strides multiply.",
    replace("distance *= stride", "distance += stride"),
)
strides_added_from_nothing = same_as(
    strides_added,
    replace("distance *= stride", "distance += stride - 1"),
)
last_stride = wrong(
    "a distance that is the last layer's stride",
    "Two layers of stride 2 move by 4 pixels: strides multiply.",
    replace("distance *= stride", "distance = stride"),
)
last_layer = wrong(
    "a side to which only the last layer adds",
    "Each layer adds to the side.",
    replace("side += (kernel - 1) * distance", "side = 1 + (kernel - 1) * distance"),
)
first_layer = wrong(
    "a function that returns after the first layer",
    "The `return` stands within the loop.",
    insert("return side, distance", after="distance *= stride"),
)
backwards = wrong(
    "layers that are iterated from the last one to the first",
    "The first layer of the list is the one that sees the image.",
    replace("in layers", "in reversed(layers)"),
)
half_kernels = wrong(
    "kernels that reach half as far",
    "A kernel of 5 sees 5 pixels: two on each side of its middle, four more than one.",
    replace("(kernel - 1) * distance", "kernel // 2 * distance"),
)
first_left_out = wrong(
    "a stack without its first layer",
    "The first layer of the list sees the image.",
    replace("in layers:", "in layers[1:]:"),
)
last_left_out = wrong(
    "a stack without its last layer",
    "The number that looks stands behind the last layer.",
    replace("in layers:", "in layers[:-1]:"),
)
distance_stays = wrong(
    "neighbours that stay one pixel apart",
    "Each layer's stride moves them further apart.",
    drop("distance *= stride"),
)
stride_and_kernel = wrong(
    "layers whose stride is taken for the kernel",
    "A layer is (kernel, stride).",
    replace("for kernel, stride in", "for stride, kernel in"),
)
distance_first = wrong(
    "a distance that comes before the side",
    "The side first, then the distance.",
    replace("return side, distance", "return distance, side"),
)
side_only = wrong(
    "a side without the distance",
    "Both are asked for: the side, then the distance.",
    replace("return side, distance", "return side"),
)
field_list = wrong(
    "a list of two", "A tuple is asked for.", replace("return side, distance", "return [side, distance]")
)
floats = wrong(
    "numbers with a point",
    "Pixels are whole ones: int.",
    replace("side, distance = 1, 1", "side, distance = 1.0, 1.0"),
)
takes_layers_out = wrong(
    "a function that empties the list",
    "The list is the caller's.",
    replace("for kernel, stride in layers:", "while layers:"),
    insert("kernel, stride = layers.pop(0)", before="side += (kernel"),
)
at_least_one = wrong(
    "a function that counts on a first layer",
    "An empty list is the image itself: (1, 1).",
    replace("side, distance = 1, 1", "side, distance = layers[0]"),
    replace("in layers:", "in layers[1:]:"),
)
field_nothing = wrong("a function that returns nothing", "Is there a `return`?", drop("return side, distance"))
