"""Lesson 3: optimizers.

In lesson 2 the update was a loop of your own over the weights. An optimizer is that loop as an object: it
holds the parameters that it is to move, the settings of each group of them, and what it has to remember
from one step to the next.

    net.parameters() --->  optimizer.param_groups   [{"params": [w, b, ...], "lr": 0.1, ...},
                                                      {"params": [v, ...],    "lr": 0.01, ...}]
                           optimizer.state          {w: what it remembers of w, b: ..., v: ...}

    forward      x ---> net ---> scores ---> criterion(scores, target) ---> loss
    backward     parameter.grad  <----------------------------------------   |
    step         optimizer reads each .grad, and moves each parameter

The loop around it does not change with the optimizer: SGD, Adam and the others are all told to clear the
old gradients, and to step once the new ones are there. First you use one, then you write your own: stochastic
gradient descent with momentum, which goes on in the direction in which it has been moving, and with weight
decay, which pulls every weight towards zero.

After: https://docs.pytorch.org/tutorials/beginner/basics/optimization_tutorial.html
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.optimizer import ParamsT


def optimizer_step(net: nn.Module, optimizer: Optimizer, criterion: nn.Module, x: Tensor, target: Tensor) -> float:
    """Let the network learn from one batch, once, with an optimizer and a criterion that are handed in.

    The parts are those of lesson 2: the scores of x, their loss, its gradients, the update. The network is run
    once, and the optimizer steps once. It works with every optimizer of torch.optim that needs no closure.

    Gradients that the optimizer's parameters hold from before must not count. Those of parameters that the
    optimizer does not hold may be cleared or not, and so may the new gradients after the step: both are right.

    Args:
        net: the network; stays in its mode (train or eval), and each parameter takes gradients or not as before.
        optimizer: holds all of the network's parameters or some of them; only these move.
        criterion: a module that takes the scores first and the target second, and gives the loss, a tensor of no
            dimensions: nn.MSELoss(), nn.CrossEntropyLoss(), or any other.
        x: the network's input; left as it is.
        target: what the criterion compares the scores with, such as class numbers, (N,) int64, for
            nn.CrossEntropyLoss(); left as it is.

    Returns:
        The loss before the update, as a Python float.

    See: https://docs.pytorch.org/docs/stable/optim.html
    """
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    loss.backward()
    optimizer.step()
    return float(loss.item())


class SGD(Optimizer):
    """Stochastic gradient descent with momentum and weight decay."""

    def __init__(self, params: ParamsT, lr: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
        """Look at the settings, and pass parameters and settings to the constructor of Optimizer.

        That one does the rest, and refuses an empty list: it makes `self.param_groups`, a list of dicts, each with
        its parameters under "params" and a value for each of the defaults it is given; and `self.state`. Here the
        defaults of a group are "lr", "momentum" and "weight_decay", by these names.

        Args:
            params: parameters, or dicts {"params": parameters, ...} with settings of their own, which win over
                those given here; a list, or anything else that can be iterated, perhaps only once. All of them
                are held, in their order; they and their gradients are left as they are.
            lr: learning rate, 0 or more.
            momentum: how much of the last step's movement goes on, 0 or more.
            weight_decay: how strongly weights are pulled towards zero, 0 or more.

        Raises:
            ValueError: lr, momentum or weight_decay is negative; the message names the argument and the value.

        See: https://docs.pytorch.org/docs/stable/optim.html#base-class
        """
        for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
            if value < 0:
                raise ValueError(f"{name} must be 0 or more, got {value}")
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """Move every parameter of every group once, with the settings that its group has now.

            slope  = gradient + weight_decay * weight
            buffer = momentum * buffer + slope            the first time: buffer = slope
            weight = weight - lr * buffer

        The buffer belongs to one parameter, and is made when that parameter has its first gradient. It is kept in
        `self.state[parameter]`, under a name of your choice: so `state_dict()` holds it, and training goes on
        after `load_state_dict` as if it had never stopped. Where momentum is 0, the buffer is the slope alone, and
        need not be kept. A parameter whose gradient is None is left alone: neither it nor its buffer changes.

        It happens in place: each parameter remains the object that it was, and its numbers change in the memory
        where they are, which others may share. Gradients are only read; what is kept shares no memory with them,
        and has no graph behind it. Groups may be added between steps, and their settings changed.

        Args:
            closure: a function that computes loss and gradients again and returns the loss, as a tensor of no
                dimensions or as a float. It is called once, before anything moves, with gradients recorded,
                even if the caller has switched that off. Without one, the gradients are there already.

        Returns:
            What the closure returned; None without a closure.

        See: https://docs.pytorch.org/docs/stable/generated/torch.optim.SGD.html
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        with torch.no_grad():
            for group in self.param_groups:
                for parameter in group["params"]:
                    if parameter.grad is None:
                        continue
                    slope = parameter.grad + group["weight_decay"] * parameter
                    if group["momentum"] != 0:
                        state = self.state[parameter]
                        slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)
                    parameter.sub_(group["lr"] * slope)
        return loss


if __name__ == "__main__":
    net = nn.Linear(2, 1)
    optimizer = SGD(net.parameters(), lr=0.1, momentum=0.9)
    x, target = torch.randn(8, 2), torch.randn(8, 1)
    for _ in range(10):
        print(f"{optimizer_step(net, optimizer, nn.MSELoss(), x, target):.4f}")
