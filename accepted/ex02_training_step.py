"""Lesson 2: right answers written in other ways. Style is never graded; each of these must pass."""

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn, optim
from torch.nn.functional import mse_loss

from kata.authoring import right
from solutions.ex02_training_step import backward, compute_loss, sgd_update

# compute_loss


@right("compute_loss", says="A criterion as an object: to be handed on, and exchanged for another one.")
def module_made_and_called(net: nn.Module, x: Tensor, target: Tensor) -> Any:
    criterion = nn.MSELoss()
    output = net(x)
    return criterion(output, target)


@right("compute_loss", says="The squares do not mind the order; the cross-entropy of later lessons does.")
def target_first(net: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return mse_loss(target, net(x))


@right("compute_loss", says="Nothing is hidden: difference, square, mean.")
def squares_written_out(net: nn.Module, x: Tensor, target: Tensor) -> Any:
    return ((net(x) - target) ** 2).mean()


@right("compute_loss", says="Shows what the mean is, and by what it divides.")
def sum_divided_by_count(net: nn.Module, x: Tensor, target: Tensor) -> Any:
    return (net(x) - target).pow(2).sum() / target.numel()


@right("compute_loss", says="Also gives a loss for each image, which finds the ones that are learned worst.")
def mean_per_image_then_mean(net: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return F.mse_loss(net(x), target, reduction="none").mean(dim=1).mean()


@right("compute_loss")
def torch_mean_of_square(net: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return torch.mean(torch.square(torch.sub(net(x), target)))


@right("compute_loss")
def difference_times_itself(net: nn.Module, x: Tensor, target: Tensor) -> Any:
    difference = target - net(x)
    return torch.mean(difference * difference)


@right("compute_loss")
def flattened(net: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return F.mse_loss(net(x).flatten(), target.flatten())


@right("compute_loss", says="Safer: shapes that broadcast would give a number that means nothing.")
def shapes_made_sure_of(net: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    scores = net(x)
    if scores.shape != target.shape:
        raise ValueError(f"target must have the shape {tuple(scores.shape)}, got {tuple(target.shape)}")
    return F.mse_loss(scores, target.to(scores.device, scores.dtype), reduction="mean")


@right("compute_loss", says="A scalar product: one pass over the numbers, and no tensor of squares.")
def squared_norm(net: nn.Module, x: Tensor, target: Tensor) -> Any:
    difference = (net(x) - target).reshape(-1)
    return torch.dot(difference, difference) / len(difference)


@right("compute_loss")
def target_detached(net: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return F.mse_loss(net(x), target.detach())


@right("compute_loss", says="Works, but hooks and what else calling does is left out: call the network.")
def called_by_its_forward(net: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return F.mse_loss(net.forward(x), target)


# backward


@right("backward", says="Keeps the memory of the gradients; set to None they are written once instead of twice.")
def zeros_instead_of_none(net: nn.Module, loss: Tensor) -> None:
    net.zero_grad(set_to_none=False)
    loss.backward()


@right("backward", says="What zero_grad does, written out.")
def each_set_to_none(net: nn.Module, loss: Tensor) -> None:
    for parameter in net.parameters():
        parameter.grad = None
    loss.backward()


@right("backward", says="The usual loop by hand: a gradient may still be None.")
def guarded_zero(net: nn.Module, loss: Tensor) -> None:
    for parameter in net.parameters():
        if parameter.grad is not None:
            parameter.grad.zero_()
    loss.backward()


@right("backward")
def detached_and_zeroed(net: nn.Module, loss: Tensor) -> None:
    for parameter in net.parameters():
        if parameter.grad is not None:
            parameter.grad.detach_()
            parameter.grad.zero_()
    loss.backward(retain_graph=False)


@right("backward")
def replaced_by_zeros(net: nn.Module, loss: Tensor) -> None:
    for parameter in net.parameters():
        if parameter.requires_grad:
            parameter.grad = torch.zeros_like(parameter)
    torch.autograd.backward(loss)


@right("backward", says="autograd.grad returns gradients instead of adding them: there is nothing to clear.")
def gradients_asked_for_and_kept(net: nn.Module, loss: Tensor) -> None:
    parameters = [parameter for parameter in net.parameters() if parameter.requires_grad]
    for parameter, gradient in zip(parameters, torch.autograd.grad(loss, parameters, allow_unused=True), strict=True):
        parameter.grad = gradient


@right("backward", says="An optimizer only to clear: more than is needed.")
def cleared_by_an_optimizer(net: nn.Module, loss: Tensor) -> None:
    optim.SGD(net.parameters(), lr=1.0).zero_grad()
    loss.backward()


@right("backward", says="Says what backward begins with: the loss changes with itself by 1.")
def upstream_gradient_given(net: nn.Module, loss: Tensor) -> None:
    net.zero_grad()
    loss.backward(torch.ones_like(loss))


@right("backward")
def loss_returned_as_well(net: nn.Module, loss: Tensor) -> Any:
    net.zero_grad()
    loss.backward()
    return loss


@right("backward")
def every_module_clears_its_own(net: nn.Module, loss: Tensor) -> None:
    net.apply(lambda module: module.zero_grad())
    loss.backward()


# sgd_update


@right("sgd_update", says="From torch's own tutorial; .data goes around autograd unseen, which no_grad does openly.")
def the_tutorials_own(net: nn.Module, learning_rate: float) -> None:
    for f in net.parameters():
        if f.grad is not None:
            f.data.sub_(f.grad.data * learning_rate)


@right("sgd_update", says="The shortest: in place, and outside of the graph.")
def minus_equals(net: nn.Module, learning_rate: float) -> None:
    with torch.no_grad():
        for parameter in net.parameters():
            if parameter.grad is None:
                continue
            parameter -= learning_rate * parameter.grad  # type: ignore[misc]  # mypy sees a plain tensor assigned


@right("sgd_update", says="One operation instead of two: no tensor for the step is made.")
def add_with_alpha(net: nn.Module, learning_rate: float) -> None:
    with torch.no_grad():
        for parameter in net.parameters():
            if parameter.grad is not None:
                parameter.add_(parameter.grad, alpha=-learning_rate)


@right("sgd_update", says="Clear, with one more tensor for the new weights.")
def copied_in(net: nn.Module, learning_rate: float) -> None:
    with torch.no_grad():
        for parameter in net.parameters():
            if parameter.grad is not None:
                parameter.copy_(parameter - learning_rate * parameter.grad)


@right("sgd_update", says="The parameter remains, its memory does not: what shared it looks at old numbers.")
def data_replaced(net: nn.Module, learning_rate: float) -> None:
    for parameter in net.parameters():
        if parameter.grad is not None:
            parameter.data = parameter.data - learning_rate * parameter.grad


@right("sgd_update")
def data_in_place(net: nn.Module, learning_rate: float) -> None:
    for _, parameter in net.named_parameters():
        if isinstance(parameter.grad, Tensor):
            parameter.data -= parameter.grad * learning_rate


@right("sgd_update")
@torch.no_grad()
def decorated(net: nn.Module, learning_rate: float) -> None:
    for parameter in net.parameters():
        if parameter.grad is not None:
            parameter.sub_(parameter.grad, alpha=learning_rate)


@right("sgd_update", says="What lesson 3 is about: the update is somebody else's work.")
def plain_optimizer(net: nn.Module, learning_rate: float) -> None:
    optim.SGD(net.parameters(), lr=learning_rate).step()


@right("sgd_update", says="One call for all parameters, as torch's own optimizers do: fast on a GPU.")
def all_at_once(net: nn.Module, learning_rate: float) -> None:
    moving: list[Any] = [parameter for parameter in net.parameters() if parameter.grad is not None]
    if moving:
        with torch.no_grad():
            torch._foreach_add_(moving, [p.grad for p in moving], alpha=-learning_rate)


@right("sgd_update")
def detached_view(net: nn.Module, learning_rate: float) -> None:
    for parameter in net.parameters():
        if parameter.grad is not None:
            parameter.detach().sub_(learning_rate * parameter.grad)


@right("sgd_update")
def inference_of_the_step_apart(net: nn.Module, learning_rate: float) -> None:
    steps = [None if p.grad is None else learning_rate * p.grad.detach().clone() for p in net.parameters()]
    with torch.set_grad_enabled(False):
        for parameter, step in zip(net.parameters(), steps, strict=True):
            if step is not None:
                parameter += -step  # type: ignore[misc]  # mypy sees a plain tensor assigned


@right("sgd_update", says="Without a question; it costs a tensor of zeros for each gradient that is missing.")
def missing_gradients_as_zeros(net: nn.Module, learning_rate: float) -> None:
    with torch.no_grad():
        for parameter in net.parameters():
            gradient = parameter.grad if parameter.grad is not None else torch.zeros_like(parameter)
            parameter.sub_(learning_rate * gradient)


@right("sgd_update")
def module_by_module_each_once(net: nn.Module, learning_rate: float) -> None:
    done = set()
    for module in net.modules():
        for parameter in module.parameters(recurse=False):
            if id(parameter) not in done and parameter.grad is not None:
                done.add(id(parameter))
                parameter.data.add_(parameter.grad * -learning_rate)


# train_step


@right("train_step", says="Takes the number while the loss is fresh; nothing can change it afterwards.")
def number_taken_first(net: nn.Module, x: Tensor, target: Tensor, learning_rate: float) -> float:
    loss = compute_loss(net, x, target)
    value = loss.item()
    backward(net, loss)
    sgd_update(net, learning_rate)
    return value


@right("train_step")
def float_of_the_loss(net: nn.Module, x: Tensor, target: Tensor, learning_rate: float) -> float:
    loss = compute_loss(net=net, x=x, target=target)
    backward(net, loss=loss)
    sgd_update(net, learning_rate=learning_rate)
    return float(loss)


@right("train_step", says="All four steps in one place: this is what a training step is.")
def everything_written_out(net: nn.Module, x: Tensor, target: Tensor, learning_rate: float) -> float:
    loss = nn.MSELoss()(net(x), target)
    net.zero_grad()
    loss.backward()
    with torch.no_grad():
        for parameter in net.parameters():
            if parameter.grad is not None:
                parameter -= learning_rate * parameter.grad  # type: ignore[misc]  # mypy sees a plain tensor assigned
    return float(loss.item())


@right("train_step", says="Frees their memory early, and lets nobody look at them afterwards.")
def gradients_cleared_at_the_end_too(net: nn.Module, x: Tensor, target: Tensor, learning_rate: float) -> float:
    loss = compute_loss(net, x, target)
    backward(net, loss)
    sgd_update(net, learning_rate)
    net.zero_grad()
    return loss.item()


@right("train_step", says="As in lesson 3: the three lines that every training loop has.")
def with_an_optimizer(net: nn.Module, x: Tensor, target: Tensor, learning_rate: float) -> float:
    optimizer = optim.SGD(net.parameters(), lr=learning_rate)
    optimizer.zero_grad()
    loss = compute_loss(net, x, target)
    loss.backward()
    optimizer.step()
    return loss.item()


@right("train_step")
def numpy_float(net: nn.Module, x: Tensor, target: Tensor, learning_rate: float) -> Any:
    loss = compute_loss(net, x, target)
    backward(net, loss)
    sgd_update(net, learning_rate)
    return np.float64(loss.detach().cpu().numpy())


@right("train_step")
def gradients_enabled_for_sure(net: nn.Module, x: Tensor, target: Tensor, learning_rate: float) -> float:
    with torch.enable_grad():
        loss = compute_loss(net, x, target)
        backward(net, loss)
    sgd_update(net, learning_rate)
    return loss.detach().item()


@right("train_step")
def a_list_of_one(net: nn.Module, x: Tensor, target: Tensor, learning_rate: float) -> Any:
    loss = compute_loss(net, x, target)
    backward(net, loss)
    sgd_update(net, learning_rate)
    return loss.tolist()
