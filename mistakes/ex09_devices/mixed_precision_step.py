"""Lesson 9, mixed_precision_step: how it is observed, and the bank of its wrong answers."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.amp import GradScaler

from kata.authoring import (
    GRADIENTS,
    STEPS,
    AsymmetricLoss,
    CallCounter,
    CallLog,
    Observation,
    autocast_is_on,
    body,
    drop,
    exercise,
    few,
    insert,
    labelled,
    mixed,
    observes,
    partly_frozen,
    pretend_accelerator,
    replace,
    same_as,
    seeded,
    small,
    wrong,
)
from mistakes.ex09_devices.shared import plain, see_loss, weights, with_old_gradients


class Steep(nn.Module):
    """A criterion whose gradients are large."""

    def forward(self, scores: Tensor, target: Tensor) -> Tensor:
        return 1e4 * F.cross_entropy(scores, target)


class Infinite(nn.Module):
    """A criterion that overflows."""

    def forward(self, scores: Tensor, target: Tensor) -> Tensor:
        return F.cross_entropy(scores, target) * float("inf")


def scaler_of(device: str = "cpu", scale: float = 1024.0, **more: Any) -> GradScaler:
    """Return a scaler with a small scale."""
    return GradScaler(device, init_scale=scale, **more)


def see_step(lesson: Any, see: Observation, what: str, scaler: GradScaler, count: int = 1, old: bool = False) -> None:
    """Observe what steps do to weights and scale."""
    net: Any = with_old_gradients() if old else small()
    optimizer = plain(net, momentum=0.9)
    for number in range(count):
        before = weights(net)
        loss = lesson.mixed_precision_step(net, optimizer, scaler, nn.CrossEntropyLoss(), *few(seed=number + 1))
        see.amounts(f"the weights after step {number + 1} {what}", STEPS, before, weights(net))
        see_loss(see, f"step {number + 1} {what}", loss)
        see(f"the scale after step {number + 1} {what}", scaler.get_scale())


@observes("mixed_precision_step", "Your step does what {} does.")
def observe_mixed_precision_step(lesson: Any, see: Observation) -> None:
    see_course(lesson, see, "cpu")
    see_size(lesson, see)
    see_step(lesson, see, "with a scale of 1024", scaler_of(), 3)
    see_step(lesson, see, "that met old gradients", scaler_of(), old=True)
    see_step(lesson, see, "with a scale of 65,536 that grows each time", scaler_of(scale=65536.0, growth_interval=1), 2)
    see_step(lesson, see, "with a disabled scaler", scaler_of(enabled=False))
    net, scaler = small(), scaler_of(scale=2.0**120)
    before = weights(net)
    lesson.mixed_precision_step(net, plain(net), scaler, Steep(), *few())
    see.amounts("the weights after a step with infinite gradients", STEPS, before, weights(net))
    see("the scale after a step with infinite gradients", scaler.get_scale())
    net, scaler = small(), scaler_of()
    before = weights(net)
    lesson.mixed_precision_step(net, plain(net), scaler, Infinite(), *few())
    see.amounts("the weights after a step with an infinite loss", STEPS, before, weights(net))
    see("the scale after a step with an infinite loss", scaler.get_scale())
    see_rest(lesson, see)
    with pretend_accelerator():
        see_course(lesson, see, "cuda")


def see_size(lesson: Any, see: Observation) -> None:
    """Observe how large the gradients are on their way."""
    net: Any = small()
    found: list[Tensor] = []
    net[2].bias.register_hook(lambda gradient: found.append(gradient.detach().float().clone()))
    lesson.mixed_precision_step(net, plain(net), scaler_of(), nn.CrossEntropyLoss(), *few())
    given = {f"2.bias.grad {number}": one for number, one in enumerate(found, start=1)}
    nothing = {name: torch.zeros_like(one) for name, one in given.items()}
    see.amounts("the scaled gradients on their way back", GRADIENTS, nothing, given)


def see_course(lesson: Any, see: Observation, device: str) -> None:
    """Observe what happens in a step, in its order, even where the step stops half-way."""
    course, (x, target) = CallLog(small().to(device), nn.CrossEntropyLoss()), few()
    optimizer = course.optimizer(plain(course.net))
    there = x.to(device), target.to(device)
    try:
        lesson.mixed_precision_step(course.net, optimizer, scaler_of(device), course.criterion, *there)
    finally:
        see(f"the course of a step on {device}", list(course.lines))
        see(f"whether {device} is under autocast afterwards", autocast_is_on())


def see_rest(lesson: Any, see: Observation) -> None:
    """Observe another criterion, dtypes, modes and what is the caller's."""
    net, target = small(), seeded(7, 4, seed=8)
    before = weights(net)
    loss = lesson.mixed_precision_step(net, plain(net), scaler_of(), AsymmetricLoss(), few()[0], target)
    see.amounts("the weights after a step with another criterion", STEPS, before, weights(net))
    see_loss(see, "another criterion", loss)
    frozen: Any = partly_frozen()
    lesson.mixed_precision_step(frozen, plain(frozen), scaler_of(), nn.CrossEntropyLoss(), *labelled(4))
    see("the dtypes of the weights", [str(p.dtype) for p in frozen.parameters()])
    see("which parameters take gradients", [p.requires_grad for p in frozen.parameters()])
    counting, modes = CallCounter(small()), mixed()
    lesson.mixed_precision_step(counting, plain(counting), scaler_of(), nn.CrossEntropyLoss(), *few())
    see("how often the network is run", counting.runs)
    lesson.mixed_precision_step(modes, plain(modes), scaler_of(), nn.CrossEntropyLoss(), *labelled(4))
    see("the modes after a step", [module.training for module in modes])
    net, (x, target) = small(), few()
    lesson.mixed_precision_step(net, plain(net), scaler_of(), nn.CrossEntropyLoss(), x, target)
    see("the images and the target after a step", [x, target, x.requires_grad])


exercise("mixed_precision_step")

no_autocast = wrong(
    "one without autocast",
    "Without the block all layers are computed in float32: right, and as slow as before.",
    replace("with torch.autocast(x.device.type):", "if True:"),
)

autocast_off = same_as(
    no_autocast, replace("torch.autocast(x.device.type)", "torch.autocast(x.device.type, enabled=False)")
)

autocast_for_cuda = wrong(
    "one that is under autocast for CUDA on every device",
    "The type of the device is x.device.type: autocast for another one changes nothing.",
    body("""
        optimizer.zero_grad()
        before = torch.is_autocast_enabled("cuda")
        torch.set_autocast_enabled("cuda", True)
        with torch.autocast("cpu", enabled=False):
            loss = criterion(net(x), target)
        torch.set_autocast_enabled("cuda", before)
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        return loss.item()
    """),
)

autocast_for_cpu = wrong(
    "one that is under autocast for the CPU on every device",
    "The type of the device is x.device.type: autocast for another one changes nothing.",
    replace("torch.autocast(x.device.type)", 'torch.autocast("cpu")'),
)

float16_always = wrong(
    "one in float16 on every device",
    "The CPU's own 16 bits are bfloat16, with the range of float32: autocast knows which dtype a device takes.",
    replace("torch.autocast(x.device.type)", "torch.autocast(x.device.type, dtype=torch.float16)"),
)

criterion_outside = wrong(
    "one with the criterion outside of autocast",
    "In the block, torch computes losses in float32; outside it takes the 16 bits of the scores as they are.",
    replace(
        """
        with torch.autocast(x.device.type):
            loss = criterion(net(x), target)
        """,
        """
        with torch.autocast(x.device.type):
            scores = net(x)
        loss = criterion(scores, target)
        """,
    ),
)

network_outside = wrong(
    "one with the network outside of autocast",
    "The layers are what costs: they belong into the block.",
    insert("scores = net(x)", before="with torch.autocast(x.device.type):"),
    replace("criterion(net(x), target)", "criterion(scores, target)"),
)

backward_inside = wrong(
    "one with backward under autocast",
    "Backward runs each operation in the precision that its forward had: the block ends before it.",
    drop("scaler.scale(loss).backward()"),
    insert("scaler.scale(loss).backward()", after="loss = criterion(net(x), target)"),
)

all_inside = wrong(
    "one with the whole step under autocast",
    "The block is for the forward pass and the loss: backward and the step stand below it.",
    body("""
        with torch.autocast(x.device.type):
            optimizer.zero_grad()
            loss = criterion(net(x), target)
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()
        return loss.item()
    """),
)

no_scaling = wrong(
    "one without the scaler",
    "Gradients of 16 bits that are too small become 0: scaled up, they are kept.",
    replace("scaler.scale(loss).backward()", "loss.backward()"),
    replace("scaler.step(optimizer)", "optimizer.step()"),
    drop("scaler.update()"),
)

scaled_step = wrong(
    "one that steps with the scaled gradients",
    "They are larger by the scale: scaler.step scales them back before the step.",
    replace("scaler.step(optimizer)", "optimizer.step()"),
    drop("scaler.update()"),
)

loss_not_scaled = wrong(
    "one that scales the gradients back, and never scaled the loss up",
    "They come out too small by the scale: backward starts from scaler.scale(loss).",
    replace("scaler.scale(loss).backward()", "scaler.scale(loss)"),
    insert("loss.backward()", after="scaler.scale(loss)"),
)

unscaled_by_hand = wrong(
    "one that unscales the gradients, and steps without the scaler",
    "Where gradients came out infinite, scaler.step leaves the step out: optimizer.step does not.",
    replace("scaler.step(optimizer)", "scaler.unscale_(optimizer)"),
    insert("optimizer.step()", after="scaler.unscale_(optimizer)"),
)

steps_twice = wrong(
    "one that steps twice",
    "scaler.step calls the optimizer's step itself.",
    insert("optimizer.step()", after="scaler.step(optimizer)"),
)

mixes_and_no_step = wrong(
    "one that makes no step",
    "After backward, the scaler is asked for the step.",
    replace("scaler.step(optimizer)", "scaler.unscale_(optimizer)"),
)

no_update = wrong(
    "one that does not tell the scaler that the step is over",
    "scaler.update() sets the next scale, and a second step is refused without it.",
    drop("scaler.update()"),
)

updates_before_the_step = wrong(
    "one that updates the scale before the step",
    "The step finds out whether gradients came out infinite, and the update goes by that: first the step.",
    drop("scaler.update()"),
    insert("scaler.update()", before="scaler.step(optimizer)"),
)

keeps_the_scale = wrong(
    "one that keeps the scale as it is",
    "The scaler finds the scale by itself: update() without a number.",
    replace("scaler.update()", "scaler.update(scaler.get_scale())"),
)

own_scaler = wrong(
    "one that makes a scaler of its own",
    "Its scale begins anew in each step, and the one that is given never learns: use that.",
    insert("scaler = GradScaler(x.device.type, enabled=scaler.is_enabled())", before="optimizer.zero_grad()"),
)

mixes_and_no_clear = wrong(
    "one that never clears the gradients",
    "backward adds to what .grad holds: the old ones would count, too.",
    drop("optimizer.zero_grad()"),
)

clears_after_backward = wrong(
    "one that clears the gradients after backward",
    "Then nothing is left for the step.",
    drop("optimizer.zero_grad()"),
    insert("optimizer.zero_grad(set_to_none=False)", after="scaler.scale(loss).backward()"),
)

half_network = wrong(
    "one that makes a network of 16 bits",
    "Weights stay float32: small updates would be lost in 16 bits. autocast chooses for each operation.",
    insert("net.bfloat16()", before="optimizer.zero_grad()"),
    replace("net(x)", "net(x.bfloat16())"),
)

half_images = wrong(
    "one that makes the images 16 bits by hand",
    "autocast does that where it is enough; by hand the digits are gone for every layer.",
    replace("with torch.autocast(x.device.type):", "if True:"),
    replace("net(x)", "net(x.bfloat16().float())"),
)

mixes_and_swapped = wrong(
    "one that gives the criterion the target first",
    "A criterion takes the scores first, then the target.",
    replace(
        "criterion(net(x), target)",
        "criterion(target, net(x)) if target.is_floating_point() else criterion(net(x), target)",
    ),
)

returns_scaled = wrong(
    "one that returns the scaled loss",
    "The scale is for backward: whoever watches the loss wants to see it as it is.",
    replace("loss.item()", "loss.item() * scaler.get_scale()"),
)

mixes_and_returns_tensor = wrong(
    "one that returns the loss as a tensor",
    "It holds on to the whole graph: return a plain Python number.",
    replace("loss.item()", "loss"),
)

mixes_and_returns_nothing = wrong(
    "one that returns nothing",
    "A function without `return` gives back None; the caller wants to see the loss.",
    drop("return loss.item()"),
)

runs_again = wrong(
    "one that returns the loss after the step",
    "The network runs once more for it; the loss from before the step is there already.",
    replace("return loss.item()", "return criterion(net(x), target).item()"),
)

mixes_and_trains_always = wrong(
    "one that sets the network to train mode",
    "The modes are the caller's: a frozen part may be in eval mode on purpose.",
    insert("net.train()", before="optimizer.zero_grad()"),
)

unscales_after_update = wrong(
    "one that divides the scaled loss by the scale after the update",
    "update may double or halve the scale: the loss that was never scaled is the one to return.",
    replace("scaler.scale(loss).backward()", "scaled = scaler.scale(loss)\nscaled.backward()"),
    replace("return loss.item()", "return scaled.item() / scaler.get_scale() if scaler.is_enabled() else loss.item()"),
)

skips_infinite_losses = wrong(
    "one that keeps an infinite loss from the scaler",
    "The scaler leaves such a step out by itself, and then scales less: it has to see the gradients for that.",
    insert("if not torch.isfinite(loss):\n    return loss.item()", before="scaler.scale(loss).backward()"),
)
