"""Right answers to lesson 7 that are written in other ways than the solution."""

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from kata.authoring import accepted, exercise, replace, right
from solutions.ex07_backpropagation import (
    conv2d_backward,
    cross_entropy_backward,
    linear_backward,
    max_pool2d_backward,
    relu_backward,
)


@right("numerical_gradient", says="The definition as it stands, with two copies for each number.")
def by_index(f: Any, x: Any, eps: float = 1e-6) -> Any:
    gradient = torch.zeros_like(x)
    for index in np.ndindex(*x.shape):
        plus, minus = x.clone(), x.clone()
        plus[index] += eps
        minus[index] -= eps
        gradient[index] = (f(plus) - f(minus)) / (2 * eps)
    return gradient


@right("numerical_gradient", says="Moves x along each axis: the slope in any other direction would be one line more.")
def by_unit_vectors(f: Any, x: Any, eps: float = 1e-6) -> Any:
    steps = torch.eye(x.numel(), dtype=x.dtype) * eps
    slopes = [(f(x + step.view(x.shape)) - f(x - step.view(x.shape))) / (2 * eps) for step in steps]
    return torch.stack(slopes).view(x.shape) if slopes else torch.zeros_like(x)


@right("relu_backward", says="Says what is meant: where x > 0 this, else that. It keeps inf away from 0 * inf.")
def where(upstream: Any, x: Any) -> Any:
    return torch.where(x > 0, upstream, torch.zeros_like(upstream))


@right("relu_backward", says="A copy, and zeros where nothing came through.")
def a_copy_with_zeros(upstream: Any, x: Any) -> Any:
    gradient = upstream.clone()
    gradient[x <= 0] = 0
    return gradient


@right("relu_backward", says="One operation, and none is multiplied.")
def masked_fill(upstream: Any, x: Any) -> Any:
    return upstream.masked_fill(~(x > 0), 0)


@right("linear_backward", says="The indices of the derivation are those of the code.")
def with_einsum(upstream: Any, x: Any, weight: Any) -> Any:
    of_x = torch.einsum("no,oi->ni", upstream, weight)
    of_weight = torch.einsum("no,ni->oi", upstream, x)
    return of_x, of_weight, torch.einsum("no->o", upstream)


@right("linear_backward", says="Shows that the gradients of weight and bias are sums over the rows; slow.")
def row_by_row(upstream: Any, x: Any, weight: Any) -> Any:
    of_x, of_weight, of_bias = torch.zeros_like(x), torch.zeros_like(weight), torch.zeros_like(weight[:, 0])
    for n in range(len(x)):
        of_x[n] = weight.t().mv(upstream[n])
        of_weight += torch.outer(upstream[n], x[n])
        of_bias += upstream[n]
    return of_x, of_weight, of_bias


@right("cross_entropy_backward", says="The stable softmax by hand: exp never sees a number above 0.")
def largest_taken_off(scores: Any, labels: Any) -> Any:
    powers = (scores - scores.max(dim=1, keepdim=True).values).exp()
    gradient = powers / powers.sum(dim=1, keepdim=True)
    gradient[torch.arange(len(labels)), labels] -= 1
    return gradient / scores.size(0)


@right("cross_entropy_backward", says="Where log-softmax was kept from the way forward, nothing is computed twice.")
def from_logarithms(scores: Any, labels: Any) -> Any:
    gradient = torch.log_softmax(scores, -1).exp()
    gradient.scatter_add_(1, labels[:, None], -torch.ones_like(scores[:, :1]))
    return gradient.div(scores.shape[0])


@right("max_pool2d_backward", says="The definition as it stands; thousands of times slower than the solution.")
def by_loops(upstream: Any, x: Any) -> Any:
    gradient = torch.zeros_like(x)
    for n in range(upstream.shape[0]):
        for c in range(upstream.shape[1]):
            for i in range(upstream.shape[2]):
                for j in range(upstream.shape[3]):
                    window = x[n, c, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
                    row, column = divmod(int(window.argmax()), 2)
                    gradient[n, c, 2 * i + row, 2 * j + column] = upstream[n, c, i, j]
    return gradient


@right("max_pool2d_backward", says="Lets the pool say where its largest numbers were: the work is done already.")
def with_indices(upstream: Any, x: Any) -> Any:
    _, places = F.max_pool2d(x, 2, return_indices=True)
    flat = torch.zeros(*x.shape[:2], x.shape[2] * x.shape[3], dtype=x.dtype)
    flat.scatter_(2, places.flatten(2), upstream.flatten(2))
    return flat.view(x.shape)


@right("max_pool2d_backward", says="Four views of the image, one for each place of a window: no reshaping.")
def four_strided_views(upstream: Any, x: Any) -> Any:
    height, width = upstream.shape[2:]
    gradient, left = torch.zeros_like(x), torch.ones_like(upstream, dtype=torch.bool)
    largest = F.max_pool2d(x, 2)
    for i in (0, 1):
        for j in (0, 1):
            here = (slice(None), slice(None), slice(i, 2 * height, 2), slice(j, 2 * width, 2))
            mask = (x[here] == largest) & left
            gradient[here] = upstream * mask
            left &= ~mask
    return gradient


@right("conv2d_backward", says="The gradient of a convolution is a convolution: the fastest, and the deepest of these.")
def as_convolutions(upstream: Any, x: Any, weight: Any) -> Any:
    of_x = F.conv_transpose2d(upstream, weight)
    of_weight = F.conv2d(x.transpose(0, 1), upstream.transpose(0, 1)).transpose(0, 1)
    return of_x, of_weight, upstream.sum((0, 2, 3))


@right("conv2d_backward", says="Patches as columns: both gradients are matrix products, as lesson 8 builds it.")
def as_matrices(upstream: Any, x: Any, weight: Any) -> Any:
    out = weight.shape[0]
    patches = F.unfold(x, weight.shape[2:])
    rows = upstream.flatten(2)
    of_weight = (rows @ patches.transpose(1, 2)).sum(0).view(weight.shape)
    of_x = F.fold(weight.view(out, -1).t() @ rows, x.shape[2:], weight.shape[2:])
    return of_x, of_weight, rows.sum(2).sum(0)


@right("conv2d_backward", says="Follows one output at a time, as the definition does.")
def output_by_output(upstream: Any, x: Any, weight: Any) -> Any:
    kh, kw = weight.shape[2:]
    of_x, of_weight = torch.zeros_like(x), torch.zeros_like(weight)
    for r in range(upstream.shape[2]):
        for s in range(upstream.shape[3]):
            window = x[:, :, r : r + kh, s : s + kw]
            here = upstream[:, :, r, s]
            of_weight += torch.tensordot(here, window, dims=([0], [0]))
            of_x[:, :, r : r + kh, s : s + kw] += torch.tensordot(here, weight, dims=1)
    return of_x, of_weight, upstream.sum(dim=3).sum(dim=2).sum(dim=0)


@right("lenet_gradients", says="Runs the network's own layers under no_grad: shorter on the way forward.")
def with_its_own_layers(net: Any, images: Any, labels: Any) -> Any:
    with torch.no_grad():
        a1 = net.conv1(images)
        p1 = F.max_pool2d(a1.relu(), 2)
        a2 = net.conv2(p1)
        p2 = F.max_pool2d(a2.relu(), 2)
        flat = p2.view(len(images), -1)
        a3 = net.fc1(flat)
        a4 = net.fc2(a3.relu())
        scores = net.fc3(a4.relu())
        gradients = {}
        up = cross_entropy_backward(scores, labels)
        up, gradients["fc3.weight"], gradients["fc3.bias"] = linear_backward(up, a4.relu(), net.fc3.weight)
        up = relu_backward(up, a4)
        up, gradients["fc2.weight"], gradients["fc2.bias"] = linear_backward(up, a3.relu(), net.fc2.weight)
        up = relu_backward(up, a3)
        up, gradients["fc1.weight"], gradients["fc1.bias"] = linear_backward(up, flat, net.fc1.weight)
        up = relu_backward(max_pool2d_backward(up.reshape(p2.shape), a2.relu()), a2)
        up, gradients["conv2.weight"], gradients["conv2.bias"] = conv2d_backward(up, p1, net.conv2.weight)
        up = relu_backward(max_pool2d_backward(up, a1.relu()), a1)
        _, gradients["conv1.weight"], gradients["conv1.bias"] = conv2d_backward(up, images, net.conv1.weight)
    return {name: gradients[name] for name, _ in net.named_parameters()}


exercise("lenet_gradients")

pool_before_relu = accepted(  # the largest stays the largest, and where all are below 0 ReLU lets nothing through
    replace("max_pool2d_backward(upstream, F.relu(maps2))", "max_pool2d_backward(upstream, maps2)"),
    replace("max_pool2d_backward(upstream, F.relu(maps1))", "max_pool2d_backward(upstream, maps1)"),
    says="Pools what went into ReLU: the largest number is the same one.",
)


@right("numerical_gradient", says="No copy at all; what is moved must be put back, bit for bit.")
def moves_x_and_puts_it_back(f: Any, x: Any, eps: Any = 1e-6) -> Any:
    gradient = torch.zeros_like(x)
    for at in np.ndindex(*x.shape):
        old = x[at].item()
        x[at] = old + eps
        above = float(f(x))
        x[at] = old - eps
        below = float(f(x))
        x[at] = old
        gradient[at] = (above - below) / (2 * eps)
    return gradient
