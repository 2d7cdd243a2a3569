"""Lesson 7, conv2d_backward: how it is observed, and the bank of its wrong answers."""

from typing import Any

import torch

from kata.authoring import Observation, body, exercise, numbers, observes, replace, wrong
from mistakes.ex07_backpropagation.shared import see_gradients


@observes("conv2d_backward", "Your gradients are those of {}.")
def observe_conv(lesson: Any, see: Observation) -> None:
    names = "x", "weight", "bias"
    for n, c, o, height, width, kh, kw in ((2, 3, 4, 6, 7, 3, 2), (1, 1, 1, 4, 4, 3, 3), (3, 2, 2, 5, 5, 5, 5)):
        x, weight = numbers(n, c, height, width), numbers(o, c, kh, kw, seed=2)
        upstream = numbers(n, o, height - kh + 1, width - kw + 1, seed=3)
        see_gradients(see, f"{n} images and kernels of {kh} x {kw}", lesson.conv2d_backward, names, upstream, x, weight)


exercise("conv2d_backward")

kernel_flipped = wrong(
    "a convolution whose gradient of weight is flipped",
    "torch's convolution does not flip its kernel: place (i, j) meets the pixels from (i, j) on.",
    replace("return of_x, of_weight,", "return of_x, of_weight.flip(2, 3),"),
)
x_flipped = wrong(
    "a convolution that goes back to x through a kernel that lies the wrong way round",
    "Pixel (r + i, s + j) got to output (r, s) by the kernel's number at (i, j): the same number leads back. Where parts are added in place, the kernel stays as it is; where the padded upstream gradient is convolved, it must be flipped.",
    replace("weight[:, :, i, j])", "weight.flip(2, 3)[:, :, i, j])"),
)
last_place_only = wrong(
    "a convolution in which each place of the kernel overwrites the one before",
    "A pixel goes into many outputs: what comes back from each is added up.",
    replace("+= part", "= part"),
)
conv_bias_not_summed = wrong(
    "a convolution whose bias gets one gradient for each image",
    "The same bias goes to all images and all places: its gradient is the sum over all of them.",
    replace("upstream.sum(dim=(0, 2, 3))", "upstream.sum(dim=(2, 3))"),
)
conv_bias_mean = wrong(
    "a convolution whose bias gets a mean",
    "The same bias goes to all images and places: the parts are added up.",
    replace("upstream.sum(dim=(0, 2, 3))", "upstream.mean(dim=(0, 2, 3))"),
)
conv_bias_places = wrong(
    "a convolution whose bias gets one gradient for each place",
    "The same bias goes to all images and all places: its gradient is the sum over all of them.",
    replace("upstream.sum(dim=(0, 2, 3))", "upstream.sum(dim=0)"),
)
conv_weight_mean = wrong(
    "a convolution whose weight gets the mean over the images",
    "Each image adds its part: a sum. The mean of the loss is in the upstream gradient already.",
    replace("return of_x, of_weight,", "return of_x, of_weight / len(x),"),
)
first_image_only = wrong(
    "a convolution whose weight learns from the first image only",
    "Each image adds its part.",
    replace('"nors,ncrs->oc", upstream, met)', '"nors,ncrs->oc", upstream[:1], met[:1])'),
)
weight_overwritten = wrong(
    "a convolution whose weight gets what the last image gives",
    "Each image adds its part: with a loop over the images, the gradient is added to.",
    replace('"nors,ncrs->oc", upstream, met)', '"nors,ncrs->oc", upstream[-1:], met[-1:])'),
)
last_output_only = wrong(
    "a convolution whose weight gets what the last place of y gives",
    "The same number of the kernel goes to every place of y: what comes back from each is added up.",
    replace('"nors,ncrs->oc", upstream, met)', '"nors,ncrs->oc", upstream[..., -1:, -1:], met[..., -1:, -1:])'),
)
first_output_map = wrong(
    "a convolution whose x gets the first outgoing map's gradient only",
    "A pixel goes into all outgoing maps: what comes back from each is added up.",
    replace('"nors,oc->ncrs", upstream, weight[:, :, i, j])', '"nors,oc->ncrs", upstream[:, :1], weight[:1, :, i, j])'),
)
channels_swapped = wrong(
    "a convolution whose incoming and outgoing maps have changed places",
    "weight is (O, C, KH, KW): outgoing maps first.",
    replace("return of_x, of_weight,", "return of_x, of_weight.transpose(0, 1),"),
)
kernel_turned = wrong(
    "a convolution whose kernel's rows and columns have changed places",
    "i goes along the height, j along the width.",
    replace("of_weight[:, :, i, j] =", "of_weight[:, :, j % weight.shape[2], i % weight.shape[3]] ="),
)
met_off_by_one = wrong(
    "a convolution that meets its pixels one place too far",
    "Place (0, 0) of the kernel meets the pixel (0, 0) first.",
    replace(
        "met = x[:, :, i : i + height, j : j + width]",
        "met = x.roll((-1, -1), (2, 3))[:, :, i : i + height, j : j + width]",
    ),
)
square_only = wrong(
    "a convolution for square kernels only",
    "Height and width of the kernel may differ.",
    replace("range(weight.shape[3])", "range(weight.shape[2])"),
)
conv_order = wrong(
    "a convolution that returns the gradient of weight first",
    "x, weight, bias: the order is the caller's to rely on.",
    replace("return of_x, of_weight,", "return of_weight, of_x,"),
)
conv_no_bias = wrong(
    "a convolution without the gradient of its bias",
    "Three gradients are asked for.",
    replace("return of_x, of_weight, upstream.sum(dim=(0, 2, 3))", "return of_x, of_weight"),
)
conv_autograd = wrong(
    "a convolution that asks torch's own backward",
    "torch.nn.grad is the exercise.",
    body("""
        of_x = torch.nn.grad.conv2d_input(x.shape, weight, upstream)
        return of_x, torch.nn.grad.conv2d_weight(x, weight.shape, upstream), upstream.sum(dim=(0, 2, 3))
    """),
)
overwritten_by_outputs = wrong(
    "a convolution in which each output overwrites what the one before gave to x",
    "Neighbouring outputs share pixels: each adds its part to what is there.",
    body("""
    of_x, of_weight = torch.zeros_like(x), torch.zeros_like(weight)
    for r in range(upstream.shape[2]):
        for s in range(upstream.shape[3]):
            rows, columns = slice(r, r + weight.shape[2]), slice(s, s + weight.shape[3])
            of_x[:, :, rows, columns] = torch.einsum("no,ocij->ncij", upstream[:, :, r, s], weight)
            of_weight += torch.einsum("no,ncij->ocij", upstream[:, :, r, s], x[:, :, rows, columns])
    return of_x, of_weight, upstream.sum(dim=(0, 2, 3))
    """),
)
overwritten_by_maps_and_outputs = wrong(
    "a convolution in which each outgoing map and each output overwrite what the one before gave to x",
    "A pixel goes into all outgoing maps and into several outputs of each: each adds its part to what is there.",
    body("""
    of_x, of_weight = torch.zeros_like(x), torch.zeros_like(weight)
    for o in range(len(weight)):
        for r in range(upstream.shape[2]):
            for s in range(upstream.shape[3]):
                rows, columns = slice(r, r + weight.shape[2]), slice(s, s + weight.shape[3])
                of_x[:, :, rows, columns] = upstream[:, o, r, s].view(-1, 1, 1, 1) * weight[o]
                of_weight[o] += torch.einsum("n,ncij->cij", upstream[:, o, r, s], x[:, :, rows, columns])
    return of_x, of_weight, upstream.sum(dim=(0, 2, 3))
    """),
)
x_of_last_map = wrong(
    "a convolution whose x gets the last outgoing map's gradient only",
    "Each pixel goes into all outgoing maps: what comes back from them is added up.",
    replace("upstream, weight[:, :, i, j]", "upstream[:, -1:], weight[-1:, :, i, j]"),
)
x_mean_of_maps = wrong(
    "a convolution whose gradient of x is divided by the number of outgoing maps",
    "What comes back from the outgoing maps is added up.",
    replace("return of_x,", "return of_x / len(weight),"),
)
x_mean_of_images = wrong(
    "a convolution whose gradient of x is divided by the number of images",
    "Each image has a gradient of its own; the mean of the loss is in the upstream gradient already.",
    replace("return of_x,", "return of_x / len(x),"),
)
conv_all_means = wrong(
    "a convolution whose three gradients are divided by the number of images",
    "The mean of the loss is in the upstream gradient already: nothing is divided here.",
    replace(
        "return of_x, of_weight, upstream.sum(dim=(0, 2, 3))",
        "return of_x / len(x), of_weight / len(x), upstream.sum(dim=(0, 2, 3)) / len(x)",
    ),
)
bias_of_first_image = wrong(
    "a convolution whose bias learns from the first image only",
    "All images have a part in it: the gradient is a sum over them, too.",
    replace("upstream.sum(dim=(0, 2, 3))", "upstream[0].sum(dim=(1, 2))"),
)
bias_of_last_image = wrong(
    "a convolution whose bias gets what the last image gives",
    "Each image adds its part to what is there: += in a loop, where = begins anew each time.",
    replace("upstream.sum(dim=(0, 2, 3))", "upstream[-1].sum(dim=(1, 2))"),
)
