"""Lesson 2: one step of training, by hand.

A network learns in small turns. Each turn asks how wrong it is, finds out in which direction every
single weight would have to move to be less wrong, and moves it a little:

    images x ---> net ---> scores ---+
                                     +---> loss         one number: how wrong
    targets -------------------------+       |
                                             |  backward
       parameter.grad  <---------------------+          one number per weight: which way is up
             |
             |  weight = weight - learning_rate * gradient
             v
       the same weights, a little better

Every operation that leads from the weights to the loss is remembered by torch as a graph. Going back
through it, from the loss to the weights, is what gives the gradients; `loss.grad_fn` is its last node.

The network is handed to you: any nn.Module. What you write here works for lesson 1's LeNet as well
as for any other network.

After: https://docs.pytorch.org/tutorials/beginner/blitz/neural_networks_tutorial.html
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def compute_loss(net: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    """Pass a batch through the network and measure how far its scores are from the target.

    The measure is the mean squared error: the difference of each score and its target, squared, and of
    all these squares of the whole batch the mean.

    Args:
        net: the network; left as it is, its gradients too.
        x: images, (N, 1, 32, 32) for LeNet.
        target: what the scores should be; same shape as ``net(x)``, (N, 10) for LeNet, same dtype.

    Returns:
        The loss: a tensor of no dimensions, in the dtype of the scores and on their device, with the
        graph behind it that `backward` will take.

    See: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.mse_loss.html
    """
    raise NotImplementedError


def backward(net: nn.Module, loss: Tensor) -> None:
    """Give every parameter the gradient of this loss, and of nothing else.

    torch adds each new gradient to what `.grad` of a parameter already holds: the old ones must be
    cleared first. The weights themselves stay as they are, and the graph behind the loss is used up: it
    is needed once.

    Args:
        net: the network; any parameter may hold an old gradient, and one may hold None.
        loss: what `compute_loss` returned for this network.

    See: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.backward.html
    """
    raise NotImplementedError


def sgd_update(net: nn.Module, learning_rate: float) -> None:
    """Move every parameter a small step against its gradient.

        weight = weight - learning_rate * gradient

    for biases too. It happens in place: each parameter remains the object that it was, and goes on
    taking gradients. The update itself is no part of any graph. A parameter whose gradient is None stays
    where it is. Gradients are only read, and nothing is remembered from one update to the next.

    Args:
        net: the network, after `backward`.
        learning_rate: how far to go; 0 or more.

    See: https://docs.pytorch.org/docs/stable/generated/torch.no_grad.html
    """
    raise NotImplementedError


def train_step(net: nn.Module, x: Tensor, target: Tensor, learning_rate: float) -> float:
    """Let the network learn from one batch, once: loss, backward, update.

    Args:
        net: the network, in train or in eval mode; stays in that mode.
        x: images, as for `compute_loss`; left as they are.
        target: what the scores should be; left as it is.
        learning_rate: how far to go.

    Returns:
        The loss before the update, as a Python float.

    See: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.item.html
    """
    raise NotImplementedError


if __name__ == "__main__":
    net = nn.Linear(2, 1)
    x, target = torch.randn(8, 2), torch.randn(8, 1)
    for _ in range(10):
        print(f"{train_step(net, x, target, learning_rate=0.1):.4f}")
