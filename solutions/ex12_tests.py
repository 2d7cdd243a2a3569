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
    net = net_class()
    for shape, wanted in (((3, 16, 5, 5), 400), ((1, 16, 5, 5), 400), ((2, 3, 4, 7), 84), ((5, 1, 6, 2), 12)):
        given = net.num_flat_features(torch.rand(shape))
        is_whole = hasattr(given, "__index__") and not isinstance(given, bool | Tensor)
        assert is_whole, f"must be a whole number, and is {given!r}"
        assert given == wanted, f"of {shape} must be {wanted}, and is {given}"


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

    def layer_by_layer(x: Tensor) -> Tensor:
        x = F.max_pool2d(F.conv2d(x, net.conv1.weight, net.conv1.bias).relu(), 2)
        x = F.max_pool2d(F.conv2d(x, net.conv2.weight, net.conv2.bias).relu(), 2)
        x = F.linear(x.flatten(1), net.fc1.weight, net.fc1.bias).relu()
        x = F.linear(x, net.fc2.weight, net.fc2.bias).relu()
        return F.linear(x, net.fc3.weight, net.fc3.bias)

    net = net_class()
    for number, parameter in enumerate(net.parameters()):
        drawn = torch.randn(parameter.shape, generator=torch.Generator().manual_seed(number))
        parameter.data = drawn / max(1, parameter[0].numel()) ** 0.5
    for count, is_training in ((3, True), (3, False), (1, True), (1, False)):
        net.train(is_training)
        images = torch.randn(count, 1, 32, 32, generator=torch.Generator().manual_seed(count)) + 0.2
        kept, state = images.clone(), torch.get_rng_state()
        given = net(images)
        assert isinstance(given, Tensor), f"must be a tensor, and is a {type(given).__name__}"
        assert given.shape == (count, 10), f"must be ({count}, 10), and is {tuple(given.shape)}"
        assert torch.equal(images, kept), "the images were changed"
        assert torch.allclose(given, layer_by_layer(images), rtol=1e-4, atol=1e-4), "other scores than layer by layer"
        assert net.training == is_training, "the mode was changed"
        assert torch.equal(torch.get_rng_state(), state), "the random state was changed"
    leaf = torch.ones(2, 1, 32, 32, requires_grad=True)
    net(leaf).sum().backward()
    for name, one in [("the images", leaf), *net.named_parameters()]:
        assert one.grad is not None, f"no gradient reaches {name}"


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
    for dtype, rate in ((torch.float32, 0.5), (torch.float64, 0.01), (torch.float32, 0.0)):
        net: Any = nn.Sequential(nn.Linear(3, 2), nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2)), nn.Linear(2, 2))
        net.to(dtype).eval()
        net.scale = nn.Parameter(torch.tensor([2.0, 3.0], dtype=dtype))  # one that belongs to no layer
        net[2].weight = net[1][0].weight  # shared
        net[0].requires_grad_(False)  # frozen
        named = dict(net.named_parameters())
        takes = {name: p.requires_grad for name, p in named.items()}
        for turn in (1, 2):
            for number, (name, p) in enumerate(named.items()):
                drawn = torch.randn(p.shape, generator=torch.Generator().manual_seed(number + turn)).to(dtype)
                p.grad = drawn / 3 if takes[name] and name != "1.0.bias" else None
            before = {name: p.detach().clone() for name, p in named.items()}
            gradients = {name: None if p.grad is None else p.grad.clone() for name, p in named.items()}
            given = sgd_update(net, rate)
            assert given is None, f"must return nothing, and returns {given!r}"
            assert torch.is_grad_enabled(), "gradients are no longer recorded"
            assert not net.training, "the mode was changed"
            for name, now in net.named_parameters():
                old, gradient = before[name], gradients[name]
                wanted = old if gradient is None else old - rate * gradient
                assert now is named[name], f"{name} is another object than before"
                assert now.requires_grad == takes[name], f"whether {name} takes gradients was changed"
                assert now.grad_fn is None, f"{name} is part of a graph"
                assert now.dtype == dtype, f"{name} has another dtype"
                assert torch.allclose(now, wanted, rtol=1e-6, atol=1e-6), f"{name} is not where the formula says"
                assert (now.grad is None) == (gradient is None), f"the gradient of {name} came or went"
                assert gradient is None or torch.equal(now.grad, gradient), f"the gradient of {name} was changed"


if __name__ == "__main__":
    try:
        check_sgd_update(lambda net, learning_rate: None)
        print("an update that moves nothing is accepted")
    except AssertionError as error:
        print(f"an update that moves nothing is refused: {error}")
