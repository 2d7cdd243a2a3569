"""Lesson 3: right answers written in other ways. Style is never graded; each of these must pass."""

import math
from collections import OrderedDict, defaultdict
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from kata.authoring import right

# optimizer_step


@right("optimizer_step")
def cleared_on_the_network_first(net: Any, optimizer: Any, criterion: Any, x: Any, target: Any) -> Any:
    net.zero_grad()
    optimizer.zero_grad()
    scores = net(x)
    loss = criterion(scores, target)
    loss.backward()
    optimizer.step()
    return loss.item()


@right("optimizer_step", says="Clearing may stand anywhere before backward.")
def cleared_just_before_backward(net: Any, optimizer: Any, criterion: Any, x: Any, target: Any) -> Any:
    error = criterion(net(x), target)
    optimizer.zero_grad(set_to_none=False)
    torch.autograd.backward(error)
    optimizer.step()
    return float(error)


@right("optimizer_step", says="Once too often, and harmless.")
def cleared_at_both_ends(net: Any, optimizer: Any, criterion: Any, x: Any, target: Any) -> Any:
    optimizer.zero_grad()
    loss = criterion(net(x), target)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.detach().tolist()


@right("optimizer_step", says="Gradients are returned instead of added; longer, and free of what was there before.")
def gradients_by_autograd_grad(net: Any, optimizer: Any, criterion: Any, x: Any, target: Any) -> Any:
    held = [p for group in optimizer.param_groups for p in group["params"] if p.requires_grad]
    loss = criterion(net(x), target)
    for parameter, gradient in zip(held, torch.autograd.grad(loss, held, allow_unused=True), strict=True):
        parameter.grad = gradient
    optimizer.step()
    return float(loss.detach().cpu().numpy())


@right("optimizer_step")
def cleared_by_hand(net: Any, optimizer: Any, criterion: Any, x: Any, target: Any) -> Any:
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            parameter.grad = None
    loss: Tensor = criterion(net(x), target)
    value = float(loss.item())
    loss.backward()
    optimizer.step()
    return value


@right("optimizer_step", says="Works also where a caller has switched gradients off.")
def with_gradients_switched_on(net: Any, optimizer: Any, criterion: Any, x: Any, target: Any) -> Any:
    with torch.enable_grad():
        optimizer.zero_grad()
        loss = criterion.forward(net.forward(x), target)
        loss.backward()
        optimizer.step(None)
    with torch.no_grad():
        return loss.to("cpu").item()


@right("optimizer_step")
def filled_with_zeros(net: Any, optimizer: Any, criterion: Any, x: Any, target: Any) -> Any:
    for parameter in net.parameters():
        if parameter.grad is not None:
            parameter.grad.detach_()
            parameter.grad.zero_()
    optimizer.zero_grad(set_to_none=False)
    loss = criterion(net(x), target)
    loss.backward(gradient=torch.ones_like(loss))
    optimizer.step()
    return float(loss.data)


# SGD.__init__


@right("SGD.__init__", says="A message of its own for each setting: longer, and the clearest for who gets it.")
def one_question_each(self: Any, params: Any, lr: Any, momentum: Any = 0.0, weight_decay: Any = 0.0) -> None:
    if lr < 0.0:
        raise ValueError(f"Invalid learning rate: lr={lr}")
    if momentum < 0.0:
        raise ValueError(f"Invalid momentum value: momentum={momentum}")
    if weight_decay < 0.0:
        raise ValueError(f"Invalid weight_decay value: {weight_decay}")
    defaults = {"lr": lr, "momentum": momentum, "weight_decay": weight_decay}
    Optimizer.__init__(self, params, defaults)


@right("SGD.__init__", says="One check for all settings, which tells every wrong one.")
def from_a_list(self: Any, params: Any, lr: Any, momentum: Any = 0.0, weight_decay: Any = 0.0) -> None:
    settings = {"weight_decay": weight_decay, "momentum": momentum, "lr": lr}
    wrong = {name: value for name, value in settings.items() if not value >= 0}
    if wrong:
        raise ValueError("must not be negative: " + ", ".join(f"{name} = {value}" for name, value in wrong.items()))
    super(type(self), self).__init__(list(params), settings)


@right("SGD.__init__")
def settings_kept_twice(self: Any, params: Any, lr: Any, momentum: Any = 0, weight_decay: Any = 0) -> None:
    for name in ("lr", "momentum", "weight_decay"):
        if locals()[name] < 0:
            raise ValueError(f"{name}: expected a number >= 0, got {locals()[name]!r}")
    self.first_lr = lr
    super().__init__(params, defaults=OrderedDict(lr=lr, momentum=momentum, weight_decay=weight_decay))  # type: ignore[misc]  # grafted


@right("SGD.__init__")
def asked_by_sign(self: Any, params: Any, lr: Any, momentum: Any = 0.0, weight_decay: Any = 0.0) -> None:
    names = ["lr", "momentum", "weight_decay"]
    defaults: dict[str, Any] = dict(zip(names, [lr, momentum, weight_decay], strict=True))
    for name in names:
        value = defaults[name]
        if math.copysign(1, value) < 0 < abs(value):
            raise ValueError(f"{value} is no good value of {name}")
    super().__init__(params, defaults)  # type: ignore[misc]  # grafted


@right("SGD.__init__", says="Everything at once; the message cannot say which of them is wrong.")
def keywords_for_the_parent(self: Any, params: Any, lr: Any, momentum: Any = 0.0, weight_decay: Any = 0.0) -> None:
    if lr < 0 or momentum < 0 or weight_decay < 0:
        raise ValueError(f"negative setting: lr={lr}, momentum={momentum}, weight_decay={weight_decay}")
    super().__init__(params=params, defaults={"lr": lr, "momentum": momentum, "weight_decay": weight_decay})  # type: ignore[misc]  # grafted


# SGD.step


@right("SGD.step", says="no_grad as a decorator covers the whole method; the closure then needs enable_grad.")
@torch.no_grad()
def as_a_decorator(self: Any, closure: Any = None) -> Any:
    loss = None
    if closure is not None:
        with torch.enable_grad():
            loss = closure()
    for group in self.param_groups:
        lr, momentum, weight_decay = group["lr"], group["momentum"], group["weight_decay"]
        for p in group["params"]:
            if p.grad is None:
                continue
            d_p = p.grad
            if weight_decay != 0:
                d_p = d_p.add(p, alpha=weight_decay)
            if momentum != 0:
                state = self.state[p]
                if "momentum_buffer" not in state:
                    buf = state["momentum_buffer"] = torch.clone(d_p).detach()
                else:
                    buf = state["momentum_buffer"]
                    buf.mul_(momentum).add_(d_p)
                d_p = buf
            p.add_(d_p, alpha=-lr)
    return loss


@right("SGD.step", says=".data goes around autograd unseen; no_grad says so openly.")
def by_data(self: Any, closure: Any = None) -> Any:
    with torch.enable_grad():
        loss = closure() if closure else None
    for group in self.param_groups:
        for p in group["params"]:
            if p.grad is None:
                continue
            slope = p.grad.data + group["weight_decay"] * p.data
            buffer = self.state[p].get("velocity")
            buffer = slope if buffer is None else group["momentum"] * buffer + slope
            self.state[p]["velocity"] = buffer
            p.data -= group["lr"] * buffer
    return loss


@right("SGD.step", says="torch's own function does the work: the fastest, and nothing is learned.")
def by_torchs_functional(self: Any, closure: Any = None) -> Any:
    from torch.optim.sgd import sgd

    loss = None
    if closure is not None:
        with torch.enable_grad():
            loss = closure()
    for group in self.param_groups:
        moving = [p for p in group["params"] if p.grad is not None]
        buffers = [self.state[p].get("momentum_buffer") for p in moving]
        with torch.no_grad():
            sgd(
                moving,
                [p.grad for p in moving],
                buffers,
                weight_decay=group["weight_decay"],
                momentum=group["momentum"],
                lr=group["lr"],
                dampening=0.0,
                nesterov=False,
                maximize=False,
            )
        if group["momentum"] != 0:
            for p, buffer in zip(moving, buffers, strict=True):
                self.state[p]["momentum_buffer"] = buffer
    return loss


@right("SGD.step", says="All parameters of a group in one call, as torch's foreach does: fast on a GPU.")
def many_at_once(self: Any, closure: Any = None) -> Any:
    loss = None
    if closure is not None:
        with torch.set_grad_enabled(True):
            loss = closure()
    with torch.no_grad():
        for group in self.param_groups:
            moving = [p for p in group["params"] if p.grad is not None]
            if not moving:
                continue
            slopes = torch._foreach_add([p.grad for p in moving], moving, alpha=group["weight_decay"])
            for p, slope in zip(moving, slopes, strict=True):
                if "b" in self.state[p]:
                    slope += group["momentum"] * self.state[p]["b"]
                self.state[p]["b"] = slope.clone()
            torch._foreach_sub_(moving, slopes, alpha=group["lr"])
    return loss


@right("SGD.step")
class OneMethodMore:
    """A helper of its own moves one parameter."""

    def step(self: Any, closure: Any = None) -> Any:
        loss = None if closure is None else torch.enable_grad()(closure)()
        for group in self.param_groups:
            settings = {name: value for name, value in group.items() if name != "params"}
            for p in group["params"]:
                if p.grad is not None:
                    move_one(p, self.state[p], **settings)
        return loss


def move_one(p: Any, state: Any, lr: Any, momentum: Any, weight_decay: Any, **_: Any) -> None:
    """Move one parameter."""
    with torch.no_grad():
        slope = torch.add(p.grad, p, alpha=weight_decay)
        if "m" not in state:
            state["m"] = torch.zeros_like(p, memory_format=torch.preserve_format)
        state["m"].mul_(momentum).add_(slope)
        p.copy_(p - lr * state["m"])


@right("SGD.step")
def under_inference_free_hands(self: Any, closure: Any = None) -> Any:
    loss: Any = None
    if closure is not None:
        before = torch.is_grad_enabled()
        torch.set_grad_enabled(True)
        loss = closure()
        torch.set_grad_enabled(before)
    for group in self.param_groups:
        for p in filter(lambda q: q.grad is not None, group["params"]):
            weight = p.detach()
            slope = p.grad.detach() + weight * group["weight_decay"]
            if group["momentum"] > 0:
                state = self.state.setdefault(p, {})
                state["memory"] = slope if "memory" not in state else state["memory"] * group["momentum"] + slope
                slope = state["memory"]
            weight.sub_(slope * group["lr"])
    return loss


@right("SGD.step", says="Knows how many steps were made, as Adam has to.")
def with_a_count_of_steps(self: Any, closure: Any = None) -> Any:
    loss = None
    if closure is not None:
        with torch.enable_grad():
            loss = closure()
    with torch.no_grad():
        for group in self.param_groups:
            for p in group["params"]:
                g = p.grad
                if g is None:
                    continue
                state = self.state[p]
                state["step"] = state.get("step", 0) + 1
                g = g + group["weight_decay"] * p
                state["buffer"] = g if state["step"] == 1 else group["momentum"] * state["buffer"] + g
                p -= group["lr"] * state["buffer"]
    return loss


@right("SGD.step", says="Everything is computed before anything moves: easy to check, with memory for all steps.")
def slopes_first_moves_later(self: Any, closure: Any = None) -> Any:
    loss = None
    if callable(closure):
        with torch.enable_grad():
            loss = closure()
    moves: defaultdict[Any, Any] = defaultdict(lambda: None)
    with torch.no_grad():
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    slope = p.grad.clone().add_(p, alpha=group["weight_decay"])
                    kept = self.state[p]
                    kept["v"] = slope.add_(kept["v"], alpha=group["momentum"]) if "v" in kept else slope
                    moves[p] = (group["lr"], kept["v"])
        for p, (lr, buffer) in moves.items():
            torch.sub(p, buffer, alpha=lr, out=p.data)
    return loss
