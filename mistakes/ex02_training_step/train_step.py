"""Lesson 2, train_step: how it is observed, and the bank of its wrong answers."""

import copy
from typing import Any

import torch
from torch import nn

from kata.authoring import (
    STEPS,
    CallCounter,
    Observation,
    batch,
    body,
    drop,
    exercise,
    insert,
    lenet,
    observes,
    partly_frozen,
    replace,
    same_as,
    tied,
    with_modes,
    with_unused_layer,
    worked_batch,
    worked_example,
    wrong,
)
from mistakes.ex02_training_step.shared import give_gradients, see_loss, weights
from solutions.ex02_training_step import backward, compute_loss, sgd_update


@observes("train_step", "Your step does what {} does.")
def observe_train_step(lesson: Any, see: Observation) -> None:
    net: Any = worked_example()
    before = weights(net)
    x, target = worked_batch()
    state = torch.get_rng_state()
    loss = lesson.train_step(net, x, target, 0.3)
    see("the random state after a step", torch.equal(state, torch.get_rng_state()))
    see.amounts("the weights of a small network after a step", STEPS, before, weights(net))
    see_loss(see, "a small network", loss)
    see("the images and the target after a step", [x, target, x.requires_grad])
    net = lenet()
    objects = list(map(id, net.parameters()))
    for number, seed in (("first", 1), ("second", 2), ("third", 1)):
        before = weights(net)
        loss = lesson.train_step(net, *batch(3, seed), 0.05)
        see.amounts(f"the weights of LeNet after the {number} step", STEPS, before, weights(net))
        see_loss(see, f"LeNet in the {number} step", loss)
    see("whether the parameters are the same objects", objects == list(map(id, net.parameters())))
    see("which parameters take gradients", [p.requires_grad for p in net.parameters()])
    see_odd_steps(lesson, see)


def see_odd_steps(lesson: Any, see: Observation) -> None:
    """Observe a step of odd networks."""
    net: Any = give_gradients(lenet(), seed=5)
    before = weights(net)
    lesson.train_step(net, *batch(3), 0.05)
    see.amounts("the weights after a step that met old gradients", STEPS, before, weights(net))
    for name, build in (
        ("an unused layer", with_unused_layer),
        ("a frozen layer", partly_frozen),
        ("one weight twice", tied),
    ):
        net = build()
        before = weights(net)
        lesson.train_step(net, *batch(3), 0.1)
        see.amounts(f"the weights of a network with {name}", STEPS, before, weights(net))
        see(f"which parameters of a network with {name} take gradients", [p.requires_grad for p in net.parameters()])
    for mode in (True, False):
        net = with_modes().train(mode)
        see_loss(see, f"a network in {'train' if mode else 'eval'} mode", lesson.train_step(net, *batch(7), 0.1))
        see("the modes after the step", [module.training for module in net])
    counting = CallCounter(lenet())
    lesson.train_step(counting, *batch(3), 0.05)
    see("how often the network is run", counting.runs)


exercise("train_step")

returns_tensor = wrong(
    "one that returns the loss as a tensor",
    "A tensor of the loss holds on to its whole graph: collected over an epoch, memory grows with every batch. Return a plain Python number.",
    replace("loss.item()", "loss"),
)

returns_detached_tensor = same_as(returns_tensor, replace("loss.item()", "loss.detach()"))

step_returns_nothing = wrong(
    "one that returns nothing",
    "A function without `return` gives back None; the caller wants to see the loss.",
    drop("return loss.item()"),
)

returns_later_loss = wrong(
    "one that returns the loss after the update",
    "The network has to run once more for it. The loss that was computed before the update is there already.",
    replace(
        """
        loss = compute_loss(net, x, target)
        backward(net, loss)
    """,
        "backward(net, compute_loss(net, x, target))",
    ),
    replace("return loss.item", "return compute_loss(net, x, target).item"),
)

only_loss = wrong(
    "one that computes the loss and lets nothing learn",
    "After the loss come its gradients, and after them the update of this network: nothing has moved.",
    body("return compute_loss(net, x, target).item()"),
)

no_update = wrong(
    "one that computes the gradients and updates nothing",
    "After the gradients comes the update of this network: nothing has moved.",
    drop("sgd_update(net, learning_rate)"),
)

learns_on_a_copy = wrong(
    "one that learns on a copy of the network",
    "The caller's network stays as it was. The network that is given learns.",
    body("""
        other = copy.deepcopy(net)
        loss = compute_loss(other, x, target)
        backward(other, loss)
        sgd_update(other, learning_rate)
        return loss.item()
    """),
)

no_backward = wrong(
    "one that updates without gradients of this loss",
    "Without backward, the update follows whatever gradients are there: none, or old ones.",
    drop("backward(net, loss)"),
)

update_first = wrong(
    "one that updates before the gradients are there",
    "The update then follows the gradients of the step before, and in the first step none. First backward, then the update.",
    body("""
        loss = compute_loss(net, x, target)
        value = loss.item()
        loss = compute_loss(net, x, target)
        sgd_update_of(net, learning_rate)
        backward(net, loss)
        return value
    """),
)

update_between_loss_and_backward = same_as(
    update_first,
    body("""
        loss = compute_loss(net, x, target)
        sgd_update(net, learning_rate)
        backward(net, loss)
        return loss.item()
    """),
)


def sgd_update_of(net: nn.Module, learning_rate: float) -> None:
    """Update through .data, which a graph does not notice."""
    for parameter in net.parameters():
        if parameter.grad is not None:
            parameter.data.sub_(learning_rate * parameter.grad)


step_never_clears = wrong(
    "one that never clears the old gradients",
    "Each backward adds to the gradients that are there: the second step follows those of both batches.",
    replace("backward(net, loss)", "loss.backward()"),
)

clears_in_between = wrong(
    "one that clears the gradients between backward and the update",
    "The update then finds nothing to follow: no weight moves.",
    insert("net.zero_grad()", after="backward(net, loss)"),
)

step_with_own_rate = wrong(
    "one with a learning rate of its own",
    "How far to go is for the caller to say: pass the argument on.",
    replace("sgd_update(net, learning_rate)", "sgd_update(net, 0.01)"),
)

updates_twice = wrong(
    "one that updates twice with the same gradients",
    "One step per call: one update.",
    insert("sgd_update(net, learning_rate)", after="sgd_update(net, learning_rate)"),
)

several_steps = wrong(
    "one that takes several steps",
    "One call is one step; how many there are is for the caller's loop to say.",
    body("""
        for _ in range(2):
            loss = compute_loss(net, x, target)
            backward(net, loss)
            sgd_update(net, learning_rate)
        return loss.item()
    """),
)

step_per_image = wrong(
    "one that steps once for each image",
    "The batch is one step: its loss is the mean over all its images.",
    body("""
        total = 0.0
        for image, wanted in zip(x, target, strict=True):
            loss = compute_loss(net, image[None], wanted[None])
            backward(net, loss)
            sgd_update(net, learning_rate)
            total += loss.item()
        return total / len(x)
    """),
)

learns_from_first = wrong(
    "one that learns from the first image only",
    "All images of the batch count.",
    replace("compute_loss(net, x, target)", "compute_loss(net, x[:1], target[:1])"),
)

step_uphill = wrong(
    "one that goes uphill",
    "The gradient points where the loss grows: the step goes against it.",
    replace("sgd_update(net, learning_rate)", "sgd_update(net, -learning_rate)"),
)

returns_sum = wrong(
    "one that returns the sum over the images",
    "The loss is a mean already: return it as it is.",
    replace("loss.item()", "loss.item() * len(x)"),
)

returns_rounded = wrong(
    "one that returns a rounded loss",
    "Rounding is for printing; the number itself is asked for.",
    replace("return loss.item()", "return round(loss.item(), 2)"),
)

returns_text = wrong(
    "one that returns the loss as text",
    "Text is for printing; a number is asked for.",
    replace("loss.item()", 'f"{loss.item():.4f}"'),
)

step_with_momentum = wrong(
    "one that learns with momentum",
    "Momentum remembers the steps before. This step knows only the gradients of now.",
    insert(
        """
        if not hasattr(net, "optimizer"):
            net.optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
    """,
        before="loss = compute_loss(net, x, target)",
    ),
    replace("sgd_update(net, learning_rate)", "net.optimizer.step()"),
)

step_with_adam = wrong(
    "one that learns with Adam",
    "torch.optim.Adam has a step length of its own for each weight. Here the step is learning rate times gradient.",
    replace("sgd_update(net, learning_rate)", "torch.optim.Adam(net.parameters(), lr=learning_rate).step()"),
)

step_clips = wrong(
    "one that clips the gradients",
    "Gradients are used as they are here.",
    insert("nn.utils.clip_grad_norm_(net.parameters(), 1.0)", after="backward(net, loss)"),
)

backward_again = wrong(
    "one that uses up its graph twice",
    "The graph behind a loss is there once; a second backward needs a second forward. Is backward called twice?",
    insert("loss.backward()", after="backward(net, loss)"),
)

item_too_early = wrong(
    "one that turns the loss into a number too early",
    "A Python number has no graph: backward needs the tensor. Take .item() at the end.",
    replace("loss = compute_loss(net, x, target)", "loss: Any = compute_loss(net, x, target).item()"),
    replace("return loss.item()", "return float(loss)"),
)

loss_without_graph = wrong(
    "one that computes the loss where nothing is recorded",
    "Under torch.no_grad() the loss gets no graph, and backward cannot start. Only the update belongs there.",
    replace(
        "loss = compute_loss(net, x, target)",
        """
        with torch.no_grad():
            loss = compute_loss(net, x, target)
    """,
    ),
)

step_in_train_mode = wrong(
    "one that switches the network to train mode",
    "In which mode the network learns is for the caller to say.",
    insert("net.train()", before="loss = compute_loss(net, x, target)"),
)

step_leaves_eval_mode = wrong(
    "one that switches the network to eval mode",
    "In which mode the network is, is for the caller to say.",
    insert("net.eval()", after="sgd_update(net, learning_rate)"),
)

step_runs_twice = wrong(
    "one that runs the network twice",
    "The numbers are right, but it costs twice the time. Keep the loss, and use it for backward and for the result.",
    replace("loss = compute_loss(net, x, target)", "value = compute_loss(net, x, target).item()"),
    replace("backward(net, loss)", "backward(net, compute_loss(net, x, target))"),
    replace("loss.item()", "value"),
)

moves_images = wrong(
    "one that also moves the images",
    "The images are the caller's: only the weights learn.",
    replace(
        "loss = compute_loss(net, x, target)",
        """
        pixels = x.detach().clone().requires_grad_()
        loss = compute_loss(net, pixels, target)
    """,
    ),
    insert(
        """
        if pixels.grad is not None:
            x -= learning_rate * pixels.grad
    """,
        after="sgd_update(net, learning_rate)",
    ),
)

normalises_images = wrong(
    "one that scales the images first",
    "The network gets the images as they are: preparing them is the business of the data's owner.",
    replace("net, x, target", "net, (x - x.mean()) / x.std(), target"),
)

swapped_arguments = wrong(
    "one that passes images and target in the wrong order",
    "compute_loss takes the network, the images and then the target.",
    replace("x, target", "target, x"),
)

seeded_step = wrong(
    "one that sets a seed or draws random numbers",
    "The step itself is not random, and seeds are the caller's business.",
    insert(
        """
        torch.manual_seed(0)
        torch.rand(1)
    """,
        before="loss = compute_loss(net, x, target)",
    ),
)

step_in_float64 = wrong(
    "one that turns the network into float64",
    "The network stays in its own dtype; a training step in twice the precision takes twice the memory.",
    replace(
        "loss = compute_loss(net, x, target)",
        """
        net.double()
        loss = compute_loss(net, x.double(), target.double())
    """,
    ),
)

step_freezes = wrong(
    "one that freezes what it has moved",
    "Parameters must go on taking gradients: the next step needs them.",
    insert("net.requires_grad_(False)", after="sgd_update(net, learning_rate)"),
)


clears_only_afterwards = wrong(
    "one that clears the gradients after its update only",
    "What was there before the first step still counts in it: clear before backward.",
    body("""
        loss = compute_loss(net, x, target)
        loss.backward()
        sgd_update(net, learning_rate)
        net.zero_grad()
        return loss.item()
    """),
)
