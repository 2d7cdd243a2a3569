"""Lesson 2, sgd_update: how it is observed, and the bank of its wrong answers."""

from typing import Any

import torch
from torch import nn

from kata.authoring import (
    GRADIENTS,
    STEPS,
    Observation,
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
    unwrap,
    with_modes,
    with_unused_layer,
    worked_example,
    wrong,
)
from mistakes.ex02_training_step.shared import give_gradients, gradients, nothing, weights
from solutions.ex02_training_step import sgd_update


@observes("sgd_update", "Your parameters move like those of {}.")
def observe_sgd_update(lesson: Any, see: Observation) -> None:
    net: Any = worked_example()
    net.weight.grad, net.bias.grad = torch.tensor([[0.5, -4.0]]), torch.tensor([3.0])
    before = weights(net)
    lesson.sgd_update(net, 0.1)
    see.amounts("the update of a small network", STEPS, before, weights(net))
    net = give_gradients(lenet(), seed=3)
    objects, before = list(map(id, net.parameters())), weights(net)
    lesson.sgd_update(net, 0.3)
    see.amounts("the update of LeNet", STEPS, before, weights(net))
    wanted = gradients(give_gradients(lenet(), seed=3))
    see.amounts("the gradients after the update", GRADIENTS, nothing(net), gradients(net))
    see("the gradients, read only", all(torch.equal(wanted[n], g) for n, g in gradients(net).items()))
    see("whether the parameters are the same objects", objects == list(map(id, net.parameters())))
    see("which parameters take gradients", [p.requires_grad for p in net.parameters()])
    see("which parameters have a graph", [not p.is_leaf for p in net.parameters()])
    see_further_updates(lesson, see, net)


def see_further_updates(lesson: Any, see: Observation, net: Any) -> None:
    """Observe a second update of a network, and those of odd networks."""
    for name, seed in (("a second update", 30), ("an update with other gradients", 60)):
        give_gradients(net, seed=seed)
        before = weights(net)
        lesson.sgd_update(net, 0.05)
        see.amounts(name, STEPS, before, weights(net))
    for parameter in net.parameters():
        parameter.grad = torch.zeros_like(parameter)
    before = weights(net)
    lesson.sgd_update(net, 0.05)
    see.amounts("an update with zero gradients", STEPS, before, weights(net))
    half: Any = worked_example()
    half.weight.grad = torch.tensor([[0.5, -4.0]])
    before = weights(half)
    lesson.sgd_update(half, 0.1)
    see.amounts("an update where a gradient is None", STEPS, before, weights(half))
    for name, build in (
        ("an unused layer", with_unused_layer),
        ("a frozen layer", partly_frozen),
        ("one weight twice", tied),
    ):
        net = give_gradients(build(), seed=5)
        before = weights(net)
        lesson.sgd_update(net, 0.5)
        see.amounts(f"the update of a network with {name}", STEPS, before, weights(net))
        see(f"which parameters of a network with {name} take gradients", [p.requires_grad for p in net.parameters()])
    net = give_gradients(with_modes().eval(), seed=3)
    lesson.sgd_update(net, 0.1)
    see("the modes after the update", [module.training for module in net])
    see("the buffers after the update", list(net.buffers()))
    net = give_gradients(lenet().double(), seed=3)
    before = weights(net)
    lesson.sgd_update(net, 0.1)
    see.amounts("the update of a float64 network", STEPS, before, weights(net))


exercise("sgd_update")

rebinds_name = wrong(
    "an update that assigns to the name in its loop, and moves nothing",
    "`p = p - ...` gives the name p to a new tensor and leaves the network as it was. The number inside the parameter must change.",
    body("""
        for parameter in net.parameters():
            if parameter.grad is not None:
                parameter = parameter - learning_rate * parameter.grad  # type: ignore[assignment]  # the mistake
    """),
)

updates_copies = wrong(
    "an update that changes copies, and moves nothing",
    "A clone, and what a method without _ at its end returns, are new tensors. The number inside the parameter must change.",
    body("""
        for parameter in net.parameters():
            if parameter.grad is not None:
                parameter.detach().clone().sub_(learning_rate * parameter.grad)
    """),
)

result_dropped = same_as(
    updates_copies,
    replace("parameter.sub_(learning_rate * parameter.grad)", "parameter.sub(learning_rate * parameter.grad)"),
)

moves_nothing = wrong(
    "an update that moves nothing",
    "No line changes the numbers inside the parameters, or none that does is ever reached.",
    drop("parameter.sub_(learning_rate * parameter.grad)"),
)

uphill = wrong(
    "an update that goes uphill",
    "The gradient points where the loss grows. Take it off; do not add it.",
    replace("parameter.sub_(learning_rate * parameter.grad)", "parameter.add_(learning_rate * parameter.grad)"),
)

no_learning_rate = wrong(
    "an update that leaves the learning rate out",
    "The whole gradient is far too long a step. The learning rate says what share of it to go.",
    replace("parameter.sub_(learning_rate * parameter.grad)", "parameter.sub_(parameter.grad)"),
)

divides_by_learning_rate = wrong(
    "an update that divides by the learning rate",
    "A small learning rate means a small step: gradient times learning rate.",
    replace("learning_rate * parameter.grad", "parameter.grad / learning_rate"),
)

subtracts_both = wrong(
    "an update that takes gradient and learning rate off, one after the other",
    "The learning rate is a factor of the gradient, not something to be taken off with it.",
    replace("learning_rate * parameter.grad", "parameter.grad + learning_rate"),
)

ignores_gradient = wrong(
    "an update that takes the learning rate off and ignores the gradient",
    "Every weight has a step of its own: learning rate times its gradient.",
    replace("parameter.sub_(learning_rate * parameter.grad)", "parameter.sub_(learning_rate)"),
)

fixed_learning_rate = wrong(
    "an update with a learning rate of its own",
    "How far to go is for the caller to say: use the argument.",
    replace("parameter.sub_(learning_rate * parameter.grad)", "parameter.sub_(0.01 * parameter.grad)"),
)

squared_learning_rate = wrong(
    "an update that multiplies by the learning rate twice",
    "Once is enough: learning rate times gradient.",
    replace(
        "parameter.sub_(learning_rate * parameter.grad)",
        "parameter.sub_(learning_rate * learning_rate * parameter.grad)",
    ),
)

weight_for_gradient = wrong(
    "an update that takes off the weight instead of the gradient",
    "The step is learning rate times gradient; the weight itself is what it is taken off.",
    replace("parameter.sub_(learning_rate * parameter.grad)", "parameter.sub_(learning_rate * parameter)"),
)

step_replaces_weight = wrong(
    "an update that puts the step in the place of the weight",
    "The step is taken off the old weight; the old weight must not be lost.",
    body("""
        for parameter in net.parameters():
            if parameter.grad is not None:
                parameter.data = -learning_rate * parameter.grad
    """),
)

turned_round = wrong(
    "an update that takes the weight off the step",
    "The order matters: weight minus step, not step minus weight.",
    body("""
        for parameter in net.parameters():
            if parameter.grad is not None:
                parameter.data = learning_rate * parameter.grad - parameter.data
    """),
)

wrong_parentheses = wrong(
    "an update that multiplies weight minus gradient by the learning rate",
    "Only the gradient is multiplied by the learning rate; mind the parentheses.",
    body("""
        for parameter in net.parameters():
            if parameter.grad is not None:
                parameter.data = learning_rate * (parameter.data - parameter.grad)
    """),
)

moves_weights_only = wrong(
    "an update that moves weights and leaves biases where they are",
    "Biases are parameters too: net.parameters() gives all of them.",
    replace("parameter in net.parameters", "name, parameter in net.named_parameters"),
    replace("if parameter.", 'if "bias" not in name and parameter.'),
)

moves_biases_only = wrong(
    "an update that moves biases and leaves weights where they are",
    "net.parameters() gives weights and biases: all of them move.",
    replace("parameter in net.parameters", "name, parameter in net.named_parameters"),
    replace("if parameter.", 'if "bias" in name and parameter.'),
)

first_only = wrong(
    "an update that moves the first parameter only",
    "Is there a `return` or `break` inside the loop? Every parameter takes its turn.",
    insert("return", after="parameter.sub_(learning_rate * parameter.grad)"),
)

last_only = wrong(
    "an update that moves the last parameter only",
    "What stands after the loop happens once, for the last parameter. Every parameter takes its turn inside the loop.",
    body("""
        with torch.no_grad():
            last = list(net.parameters())[-1]
            if last.grad is not None:
                last.sub_(learning_rate * last.grad)
    """),
)

stops_at_none = wrong(
    "an update that stops at the first parameter without gradient",
    "A parameter whose gradient is None is passed over; those after it still move.",
    body("""
        with torch.no_grad():
            for parameter in reversed(list(net.parameters())):
                if parameter.grad is None:
                    break
                parameter.sub_(learning_rate * parameter.grad)
    """),
)

returns_at_none = same_as(
    stops_at_none,
    body("""
        with torch.no_grad():
            for parameter in net.parameters():
                if parameter.grad is None:
                    return
                parameter.sub_(learning_rate * parameter.grad)
    """),
)

children_only = wrong(
    "an update that moves the layers inside, and not what the network itself holds",
    "A network may hold parameters of its own, beside those of its layers. net.parameters() goes over all of them.",
    body("""
        with torch.no_grad():
            for layer in net.children():
                for parameter in layer.parameters():
                    if parameter.grad is not None:
                        parameter.sub_(learning_rate * parameter.grad)
    """),
)

once_per_module = wrong(
    "an update that moves parameters once for each module that holds them",
    "modules() gives the network, its layers and theirs, and parameters() goes into each of them: what lies deep is moved several times. One call of net.parameters() gives each parameter once.",
    body("""
        with torch.no_grad():
            for module in net.modules():
                for parameter in module.parameters():
                    if parameter.grad is not None:
                        parameter.sub_(learning_rate * parameter.grad)
    """),
)

once_per_name = wrong(
    "an update that moves a shared weight once for each of its names",
    "Two layers may share one tensor. It has one gradient and moves once.",
    body("""
        with torch.no_grad():
            for module in net.modules():
                for parameter in module.parameters(recurse=False):
                    if parameter.grad is not None:
                        parameter.sub_(learning_rate * parameter.grad)
    """),
)

without_no_grad = wrong(
    "an update that torch takes for a part of the network's computation",
    "In place on a weight that takes gradients, torch must know that this change is no part of any graph: say so with torch.no_grad().",
    body("""
        for parameter in net.parameters():
            if parameter.grad is not None:
                parameter -= learning_rate * parameter.grad  # type: ignore[misc]  # as a learner writes it
    """),
)

fails_at_none = wrong(
    "an update that fails where a gradient is None",
    "A parameter that the loss did not reach has no gradient: it stays where it is, and the others move.",
    unwrap("if parameter.grad is not None:"),
)

fails_at_none_with_data = same_as(
    fails_at_none,
    body("""
        for parameter in net.parameters():
            parameter.data.sub_(parameter.grad.data * learning_rate)  # type: ignore[union-attr]  # the mistake
    """),
)

fails_at_none_with_alpha = same_as(
    fails_at_none,
    replace(
        """
        if parameter.grad is not None:
            parameter.sub_(learning_rate * parameter.grad)
    """,
        "parameter.add_(parameter.grad, alpha=-learning_rate)",
    ),
)

truth_of_gradient = wrong(
    "an update that asks a gradient whether it is true",
    "A tensor of many numbers is neither true nor false. Ask whether the gradient is None.",
    replace("parameter.grad is not None:", "parameter.grad:"),
)

assigns_tensor = wrong(
    "an update that puts a plain tensor in the place of a parameter",
    "A module keeps its weights as nn.Parameter and refuses a plain tensor there. Change the number inside the parameter.",
    replace("with torch.no_grad", "for module in net.modules"),
    replace(
        "for parameter in net.parameters():", "for name, parameter in list(module.named_parameters(recurse=False)):"
    ),
    replace(
        "parameter.sub_(learning_rate * parameter.grad)",
        "setattr(module, name, parameter - learning_rate * parameter.grad)",
    ),
)

new_parameters = wrong(
    "an update that puts new parameters in the place of the old ones",
    "The numbers are right, but the objects are new: an optimizer goes on moving the old ones, and the gradients are lost. Change the numbers inside the parameters.",
    replace("with torch.no_grad", "for module in net.modules"),
    replace(
        "for parameter in net.parameters():", "for name, parameter in list(module.named_parameters(recurse=False)):"
    ),
    replace(
        "parameter.sub_(learning_rate * parameter.grad)",
        "setattr(module, name, nn.Parameter(parameter.detach() - learning_rate * parameter.grad))",
    ),
)

clears_when_done = wrong(
    "an update that clears the gradients when it is done",
    "The step is right, but gradients are only read here: clearing them is the business of backward.",
    insert("net.zero_grad()", after="with torch.no_grad()"),
)

scales_gradients = wrong(
    "an update that multiplies the gradients themselves by the learning rate",
    "The step is right, but the gradients are changed by it: *= and mul_ work in place. Compute the step apart.",
    replace("learning_rate * parameter.grad", "parameter.grad.mul_(learning_rate)"),
)

moves_gradients = wrong(
    "an update that moves gradients instead of weights",
    "What moves is the weight; the gradient only says where to.",
    replace("parameter.sub_(learning_rate * parameter.grad)", "parameter.grad.sub_(learning_rate * parameter)"),
)

momentum = wrong(
    "an update with momentum",
    "Momentum remembers the steps before. This update knows only the gradient of now.",
    replace(
        "parameter.sub_(learning_rate * parameter.grad)",
        """
        velocity = 0.9 * getattr(parameter, "velocity", 0.0) + parameter.grad
        parameter.velocity = velocity
        parameter.sub_(learning_rate * velocity)
    """,
    ),
)

optimizer_with_momentum = same_as(
    momentum,
    body("""
        if not hasattr(net, "optimizer"):
            net.optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
        net.optimizer.param_groups[0]["lr"] = learning_rate
        net.optimizer.step()
    """),
)

weight_decay = wrong(
    "an update with weight decay",
    "Weight decay pulls every weight towards 0 as well. The step is learning rate times gradient, and nothing else.",
    replace(
        "parameter.sub_(learning_rate * parameter.grad)",
        "parameter.sub_(learning_rate * (parameter.grad + 0.01 * parameter))",
    ),
)

sign_only = wrong(
    "an update that looks at the sign of the gradient only",
    "How steep it is matters too: large gradients make large steps.",
    replace("parameter.sub_(learning_rate * parameter.grad)", "parameter.sub_(learning_rate * parameter.grad.sign())"),
)

adam = wrong(
    "Adam",
    "torch.optim.Adam has a step length of its own for each weight. Here the step is learning rate times gradient.",
    body("torch.optim.Adam(net.parameters(), lr=learning_rate).step()"),
)

unit_steps = wrong(
    "an update that scales each gradient to the length 1",
    "How steep it is matters too: the gradient is used as it is.",
    replace(
        "parameter.sub_(learning_rate * parameter.grad)",
        "parameter.sub_(learning_rate * parameter.grad / (parameter.grad.norm() + 1e-12))",
    ),
)

mean_gradient = wrong(
    "an update that moves each tensor by the mean of its gradient",
    "Every single number has a gradient of its own.",
    replace("parameter.sub_(learning_rate * parameter.grad)", "parameter.sub_(learning_rate * parameter.grad.mean())"),
)

two_steps = wrong(
    "an update that takes the step twice",
    "One call, one step: are there two updates in it, by hand and by an optimizer?",
    replace("parameter.sub_(learning_rate * parameter.grad)", "parameter.sub_(2 * learning_rate * parameter.grad)"),
)

freezes_parameters = wrong(
    "an update after which the parameters take no gradients",
    "The step is right, but requires_grad is off afterwards: the next backward finds nothing to fill.",
    body("""
        for parameter in net.parameters():
            if parameter.grad is not None:
                parameter.requires_grad_(False)
                parameter.sub_(learning_rate * parameter.grad)
    """),
)

unfreezes_parameters = wrong(
    "an update after which frozen parameters take gradients",
    "A parameter that takes no gradients was frozen on purpose: leave requires_grad as it is.",
    body("""
        for parameter in net.parameters():
            parameter.requires_grad_(False)
            if parameter.grad is not None:
                parameter.sub_(learning_rate * parameter.grad)
            parameter.requires_grad_(True)
    """),
)

leaves_gradients_off = wrong(
    "an update that leaves the recording of gradients switched off",
    "The step is right, but torch.set_grad_enabled(False) holds on after the function: use it as a `with` block, which switches back at its end.",
    body("""
        torch.set_grad_enabled(False)
        for parameter in net.parameters():
            if parameter.grad is not None:
                parameter.sub_(learning_rate * parameter.grad)
    """),
)

turns_to_float32 = wrong(
    "an update that turns the parameters into float32",
    "The step is right, but a float64 network must remain one: keep the dtype of each parameter.",
    body("""
        for parameter in net.parameters():
            if parameter.grad is not None:
                parameter.data = (parameter.data - learning_rate * parameter.grad).float()
    """),
)

update_in_train_mode = wrong(
    "an update that switches the network to train mode",
    "In which mode the network is, is the caller's business.",
    insert("net.train()", before="with torch.no_grad():"),
)
