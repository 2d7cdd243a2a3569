"""Lesson 4, to_32x32: wrong answers about the size, and about what is refused."""

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from kata.authoring import body, exercise, same_as, wrong
from mistakes.ex04_data.shared import (
    all_right,
    framed,
    from_0_to_1,
    padded,
    refuse,
    refuse_dtype,
    refuse_numbers,
    refuse_shape,
    with_channel,
)

exercise("to_32x32")


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
