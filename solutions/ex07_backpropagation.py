"""Lesson 7: back-propagation by hand.

`loss.backward()` has done the work so far. Here you write what it does. The idea fits on a blackboard: a network is a
chain of functions, and the chain rule is gone along backwards. Each function is told how the loss changes with its
*output* (the upstream gradient) and says how the loss changes with its *inputs*:

    images      conv1      relu, pool     conv2     relu, pool     fc1, relu    fc2, relu     fc3        loss
    (N,1,32,32) -> (N,6,28,28) -> (N,6,14,14) -> (N,16,10,10) -> (N,16,5,5) -> (N,120) -> (N,84) -> (N,10) -> ()

                   <- upstream of the same shape as each output, from right to left <-            softmax - one-hot
                   |                                                                                     / N
                   +-> gradient of conv1.weight (6,1,5,5) and conv1.bias (6,)

A gradient always has the shape of what it belongs to. Where one number goes into several outputs (a weight of a
convolution, a bias), its gradient is the sum over all of them.

First you measure a gradient, by moving each number a little; then come the backward functions of ReLU, of a linear
layer, of the cross-entropy, of max-pooling and of a convolution, and at last the ten gradients of LeNet.

All functions are given tensors that ask for no gradients, and return new ones; what they are given stays as it is.
They may be transposed: `.view` asks for numbers that lie in order, `.reshape` does not. Autograd is refused, and so are
torch.nn.grad and its like: the checks compare with them.

After: https://docs.pytorch.org/tutorials/beginner/blitz/autograd_tutorial.html
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def numerical_gradient(f: Callable[[Tensor], Tensor], x: Tensor, eps: float = 1e-6) -> Tensor:
    """Measure the gradient of f at x by central differences.

        (f(x with one number eps larger) - f(x with it eps smaller)) / (2 eps)      for each number of x

    It needs two calls of f for each number: too slow to train with, and just right to check what is derived by hand.

    Args:
        f: takes a tensor like x and returns a tensor of no dimensions, float64.
        x: of any shape, also without any number in it; float64. Afterwards it is as it was.
        eps: how far a number is moved each way.

    Returns:
        The gradient: a new tensor of the shape and dtype of x.

    See: https://docs.pytorch.org/docs/stable/notes/gradcheck.html
    """
    point = x.clone(memory_format=torch.contiguous_format)
    numbers = point.view(-1)
    slopes = []
    for index, number in enumerate(numbers.tolist()):
        numbers[index] = number + eps
        above = float(f(point))
        numbers[index] = number - eps
        slopes.append((above - float(f(point))) / (2 * eps))
        numbers[index] = number
    return torch.tensor(slopes, dtype=x.dtype, device=x.device).view(x.shape)


def relu_backward(upstream: Tensor, x: Tensor) -> Tensor:
    """Return the gradient of the input of ReLU.

    A number above 0 is passed on as it is, and so is its gradient; all others became 0, and get none. At 0 itself,
    where the curve has a bend, the gradient is 0 by convention.

    Args:
        upstream: the gradient of ReLU's output, of the shape of x.
        x: what went into ReLU, of any shape.

    Returns:
        The gradient of x, of the same shape.

    See: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.relu.html
    """
    return upstream * (x > 0)


def linear_backward(upstream: Tensor, x: Tensor, weight: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients of a linear layer, whose output is x times the transposed weight, plus a bias.

        y[n, o] = sum over i of x[n, i] * weight[o, i]  + bias[o]

    Args:
        upstream: the gradient of y, (N, O).
        x: what went into the layer, (N, I).
        weight: the layer's weight, (O, I).

    Returns:
        The gradients of x (N, I), of weight (O, I), and of the bias (O,).

    See: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.linear.html
    """
    return upstream @ weight, upstream.T @ x, upstream.sum(dim=0)


def cross_entropy_backward(scores: Tensor, labels: Tensor) -> Tensor:
    """Return the gradient of the cross-entropy, the mean over a batch, with respect to the scores.

        loss = mean over n of ( -log softmax(scores[n])[labels[n]] )

    What comes out is plain: the probability of each class, less 1 for the right one, divided by N.

    Args:
        scores: (N, C); they may be large, 1,000 and more, and nothing becomes inf or nan.
        labels: the right classes, (N,) int64.

    Returns:
        The gradient of scores, (N, C).

    See: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.cross_entropy.html
    """
    right = F.one_hot(labels, scores.shape[1])
    return (scores.softmax(dim=1) - right) / len(scores)


def max_pool2d_backward(upstream: Tensor, x: Tensor) -> Tensor:
    """Return the gradient of the input of max-pooling with windows of 2x2 that do not overlap.

    Only the largest number of each window had a part in the output: it gets the window's gradient, the others get 0.
    Where several are largest, the first one in reading order gets it, as torch's does.

    Args:
        upstream: the gradient of the output, (N, C, H // 2, W // 2).
        x: what was pooled, (N, C, H, W). A last row or column that fills no window had no part in the output.

    Returns:
        The gradient of x, (N, C, H, W).

    See: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.max_pool2d.html
    """
    images, maps, height, width = upstream.shape
    grid = (images, maps, height, 2, width, 2)
    windows = (
        x[:, :, : 2 * height, : 2 * width].reshape(grid).transpose(3, 4).flatten(4)
    )  # the last dimension: a window
    slopes = torch.zeros_like(windows)
    slopes.scatter_(4, windows.argmax(dim=4, keepdim=True), upstream.unsqueeze(4))
    result = torch.zeros_like(x)
    laid_out = slopes.unflatten(4, (2, 2)).transpose(3, 4)
    result[:, :, : 2 * height, : 2 * width] = laid_out.reshape(images, maps, 2 * height, 2 * width)
    return result


def conv2d_backward(upstream: Tensor, x: Tensor, weight: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients of a convolution that moves by one pixel and has no border.

        y[n, o, r, s] = bias[o] + sum over c, i, j of x[n, c, r + i, s + j] * weight[o, c, i, j]

    Follow one number of the weight: which pixels does it meet, and which outputs do they go to? Then follow one pixel.

    Args:
        upstream: the gradient of y, (N, O, H - KH + 1, W - KW + 1).
        x: what went in, (N, C, H, W).
        weight: the kernels, (O, C, KH, KW).

    Returns:
        The gradients of x (N, C, H, W), of weight (O, C, KH, KW), and of the bias (O,).

    See: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.conv2d.html
    """
    of_x, of_weight = torch.zeros_like(x), torch.zeros_like(weight)
    height, width = upstream.shape[2:]
    for i in range(weight.shape[2]):
        for j in range(weight.shape[3]):
            met = x[:, :, i : i + height, j : j + width]  # the pixels that this place of the kernel meets
            of_weight[:, :, i, j] = torch.einsum("nors,ncrs->oc", upstream, met)
            part = torch.einsum("nors,oc->ncrs", upstream, weight[:, :, i, j])
            of_x[:, :, i : i + height, j : j + width] += part
    return of_x, of_weight, upstream.sum(dim=(0, 2, 3))


def lenet_gradients(net: nn.Module, images: Tensor, labels: Tensor) -> dict[str, Tensor]:
    """Return the gradients of all ten parameters of LeNet, for the mean cross-entropy of a batch.

    First forwards, keeping what each step is given; then backwards with the functions above, from the scores to conv1.

    Args:
        net: a LeNet of lesson 1, with conv1, conv2, fc1, fc2 and fc3. Nothing of it changes, .grad neither.
        images: (N, 1, 32, 32).
        labels: (N,) int64.

    Returns:
        The gradients by name, "conv1.weight" to "fc3.bias", in the order of net.named_parameters().

    See: https://docs.pytorch.org/docs/stable/notes/autograd.html
    """
    weights = {name: parameter.detach() for name, parameter in net.named_parameters()}
    maps1 = F.conv2d(images, weights["conv1.weight"], weights["conv1.bias"])  # (N, 6, 28, 28)
    pooled1 = F.max_pool2d(F.relu(maps1), 2)
    maps2 = F.conv2d(pooled1, weights["conv2.weight"], weights["conv2.bias"])  # (N, 16, 10, 10)
    pooled2 = F.max_pool2d(F.relu(maps2), 2)
    rows = pooled2.flatten(1)  # (N, 400)
    hidden1 = F.linear(rows, weights["fc1.weight"], weights["fc1.bias"])
    hidden2 = F.linear(F.relu(hidden1), weights["fc2.weight"], weights["fc2.bias"])
    scores = F.linear(F.relu(hidden2), weights["fc3.weight"], weights["fc3.bias"])

    found: dict[str, Tensor] = {}

    def through(name: str, upstream: Tensor, x: Tensor) -> Tensor:
        """Keep the gradients of a layer's parameters, and return that of its input."""
        backward = conv2d_backward if name.startswith("conv") else linear_backward
        of_x, found[f"{name}.weight"], found[f"{name}.bias"] = backward(upstream, x, weights[f"{name}.weight"])
        return of_x

    upstream = through("fc3", cross_entropy_backward(scores, labels), F.relu(hidden2))
    upstream = through("fc2", relu_backward(upstream, hidden2), F.relu(hidden1))
    upstream = through("fc1", relu_backward(upstream, hidden1), rows).view(pooled2.shape)
    upstream = through("conv2", relu_backward(max_pool2d_backward(upstream, F.relu(maps2)), maps2), pooled1)
    through("conv1", relu_backward(max_pool2d_backward(upstream, F.relu(maps1)), maps1), images)
    return {name: found[name] for name in weights}


if __name__ == "__main__":
    x, weight, labels = torch.randn(4, 6).double(), torch.randn(3, 6).double(), torch.tensor([0, 2, 1, 1])
    by_hand = linear_backward(cross_entropy_backward(x @ weight.T, labels), x, weight)[1]
    measured = numerical_gradient(lambda w: F.cross_entropy(x @ w.T, labels), weight)
    print(by_hand)
    print("the largest difference from what is measured:", (by_hand - measured).abs().max().item())
