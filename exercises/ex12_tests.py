"""Lesson 12: now you write the test.

So far tests have told you why you are wrong. Now it is the other way round: you write a test, and answers whose worth
is known judge it, wrong ones and right ones.

    a wrong answer ---> your test ---> must raise           else it *accepts* what is wrong
    a right answer ---> your test ---> must raise nothing   else it *refuses* what is right

A test that asks too little accepts too much; one that asks for more than was promised refuses right answers that are
written in another way. Four things make a test good:

- an oracle: where do you know the right result from? By hand, from another way to compute it, or from a property that
  always holds;
- an edge: one image and several, other sizes, a gradient that is None. Where would a slip not show?
- side effects: what must be as before, when the call is over?
- a message that helps: `assert given == wanted, f"must be {wanted}, and is {given}"`.

`kata mutants` shows how many wrong answers your test refuses, and what those are that it does. The kata that you are
working with is made of the same two parts: specs, and banks of wrong and right answers that judge them.
CONTRIBUTING.md tells how to add to either.

After: https://docs.pytest.org/en/stable/how-to/assert.html and https://docs.pytorch.org/docs/stable/testing.html
"""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def check_num_flat_features(net_class: Callable[[], Any]) -> None:
    """Test the method ``num_flat_features(x)`` of lesson 1's LeNet.

    It counts the numbers that each image of a batch of maps holds: of x, (N, C, H, W), all dimensions but the first,
    multiplied. It works for every size and dtype, and does not look at the numbers in x. The count is a whole number:
    an int, or any other that knows `__index__`, such as numpy's; a float, a bool or a tensor is none.

    Args:
        net_class: the class; makes a network when it is called.

    Raises:
        AssertionError: the method does something else. What it raises itself may pass through.

    See: https://docs.pytest.org/en/stable/how-to/assert.html
    """
    raise NotImplementedError


def check_forward(net_class: Callable[[], Any]) -> None:
    """Test the method ``forward(x)`` of lesson 1's LeNet.

    conv1, ReLU, 2x2 max-pooling; conv2, ReLU, 2x2 max-pooling; one row of 400 numbers per image (in the order channel,
    row, column); fc1, ReLU; fc2, ReLU; fc3. Images (N, 1, 32, 32) become scores (N, 10), the same in train and in eval
    mode; the images, the mode and the random state are left as they are, each row depends on its own image only, and
    gradients reach the images and all ten tensors. A network that was just made has such small weights that a forgotten
    ReLU hardly shows: give it others.

    Args:
        net_class: the class; makes a network with layers conv1, conv2, fc1, fc2 and fc3 when it is called.

    Raises:
        AssertionError: the method does something else. What it raises itself may pass through.

    See: https://docs.pytorch.org/docs/stable/testing.html
    """
    raise NotImplementedError


def check_sgd_update(sgd_update: Callable[[nn.Module, float], Any]) -> None:
    """Test lesson 2's function ``sgd_update(net, learning_rate)``.

    weight = weight - learning_rate * gradient for every parameter, biases too, in place and outside of any graph; each
    remains the object that it was, takes gradients as before, and keeps its dtype. A parameter whose gradient is None
    stays where it is, and one that two layers share moves once. Gradients are only read, the mode of the network and
    whether torch records gradients stay, and nothing is remembered from one update to the next.

    Args:
        sgd_update: takes a network whose gradients are there, and the learning rate.

    Raises:
        AssertionError: the function does something else. What it raises itself may pass through.

    See: https://docs.pytest.org/en/stable/how-to/assert.html
    """
    raise NotImplementedError


if __name__ == "__main__":
    try:
        check_sgd_update(lambda net, learning_rate: None)
        print("an update that moves nothing is accepted")
    except AssertionError as error:
        print(f"an update that moves nothing is refused: {error}")
