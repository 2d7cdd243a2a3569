"""Lesson 4, to_32x32: how it is observed, and the bank of its wrong answers."""

from functools import partial
from typing import Any

import torch
from torch import Tensor

from kata.authoring import Observation, Words, body, exercise, observes, replace, same_as, wrong
from mistakes.ex04_data.shared import (
    all_right,
    form,
    framed,
    from_0_to_1,
    grey,
    numbers_of,
    refuse,
    see_refused,
    shades,
    with_channel,
)
from solutions.ex04_data import to_32x32

GREYS = Words("is 0", "is {} times what it must be", "must be 0, and is not", "is another number than it must be")


def white(size: int) -> Tensor:
    """Return one white image."""
    return torch.full((1, size, size), 255, dtype=torch.uint8)


def border(result: Tensor) -> dict[str, object]:
    """Count the rows and columns around what is as bright as the middle of a white image."""
    image = result.detach().reshape(-1, *result.shape[-2:])[0].float()
    ink = (image - image[image.shape[0] // 2, image.shape[1] // 2]).abs() < 1e-4
    sides = {"on the left": ink.any(0), "on the right": ink.any(0).flip(0), "above": ink.any(1)}
    sides["below"] = ink.any(1).flip(0)
    return {f"the border {side}": int(line.int().argmax()) for side, line in sides.items()}


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
