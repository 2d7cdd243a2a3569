"""Lesson 2, backward: how it is observed, and the bank of its wrong answers."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kata.authoring import (
    GRADIENTS,
    STEPS,
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
from mistakes.ex02_training_step.shared import give_gradients, gradients, nothing, weights
from solutions.ex02_training_step import backward


def loss_of(net: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    """Return the mean squared error."""
    return F.mse_loss(net(x), target)


@observes("backward", "Your gradients are those of {}.")
def observe_backward(lesson: Any, see: Observation) -> None:
    net: Any = worked_example()
    before = weights(net)
    lesson.backward(net, loss_of(net, *worked_batch()))
    see.amounts("the weights of a small network after backward", STEPS, before, weights(net))
    see.amounts("the gradients of a small network", GRADIENTS, nothing(net), gradients(net))
    net = lenet()
    lesson.backward(net, loss_of(net, *batch(3)))
    see.amounts("the gradients of LeNet", GRADIENTS, nothing(net), gradients(net))
    loss = loss_of(net, *batch(7, seed=2))
    before = weights(net)
    lesson.backward(net, loss)
    see.amounts("the gradients of LeNet after a second loss", GRADIENTS, nothing(net), gradients(net))
    see.amounts("the weights of LeNet after backward", STEPS, before, weights(net))
    see("whether gradients have a graph", [gradient.requires_grad for gradient in gradients(net).values()])
    see("whether the graph of the loss is kept", survives(loss))
    for name, build in (
        ("an unused layer", with_unused_layer),
        ("a frozen layer", partly_frozen),
        ("one weight twice", tied),
    ):
        net = give_gradients(build(), seed=5)
        lesson.backward(net, loss_of(net, *batch(3)))
        see.amounts(f"the gradients of a network with {name}", GRADIENTS, nothing(net), gradients(net))
        see(f"which parameters of a network with {name} take gradients", [p.requires_grad for p in net.parameters()])
    net = with_modes().eval()
    lesson.backward(net, loss_of(net, *batch(7)))
    see("the modes after backward", [module.training for module in net])
    net = lenet().double()
    lesson.backward(net, net(batch(3)[0].double()).pow(2).mean())
    see.amounts("the gradients of a float64 network", GRADIENTS, nothing(net), gradients(net))
    net = lenet()
    for parameter in net.parameters():
        parameter.grad = torch.full_like(parameter, torch.inf)
    lesson.backward(net, loss_of(net, *batch(3)))
    see.amounts("the gradients of LeNet where those before were infinite", GRADIENTS, nothing(net), gradients(net))


def survives(loss: Tensor) -> bool:
    """Whether the graph of a loss can be used once more."""
    try:
        loss.backward()
    except RuntimeError:
        return False
    return True


exercise("backward")

never_clears = wrong(
    "a backward that keeps the old gradients and adds the new ones",
    "torch adds to what .grad holds: without clearing first, each step also follows the gradients of all steps before it.",
    drop("net.zero_grad()"),
)

names_zero_grad_without_calling = same_as(never_clears, replace("net.zero_grad()", "net.zero_grad"))

clears_afterwards = wrong(
    "a backward that clears the gradients after they were filled",
    "The old gradients go first; what is filled in afterwards is kept for the update.",
    body("""
        loss.backward()
        net.zero_grad()
    """),
)

only_clears = wrong(
    "a backward that clears the old gradients and computes no new ones",
    "Clearing is only the preparation: the loss itself, not a copy of its number, must be asked for its gradients, and a call needs its parentheses.",
    drop("loss.backward()"),
)

names_backward_without_calling = same_as(only_clears, replace("loss.backward()", "loss.backward"))

computes_and_drops = wrong(
    "a backward that computes the gradients and keeps them nowhere",
    "torch.autograd.grad returns them; the update looks for them in each parameter's .grad.",
    replace(
        "loss.backward()",
        "torch.autograd.grad(loss, [p for p in net.parameters() if p.requires_grad], allow_unused=True)",
    ),
)

does_nothing = wrong(
    "a backward that does nothing",
    "Neither are the old gradients cleared, nor are new ones computed. A call needs its parentheses.",
    body("return None"),
)

clears_children_only = wrong(
    "a backward that clears the gradients of the layers inside, and not those that the network itself holds",
    "A network may hold parameters of its own, beside those of its layers. net.parameters() goes over all of them.",
    replace(
        "net.zero_grad()",
        """
        for layer in net.children():
            layer.zero_grad()
    """,
    ),
)

clears_weights_only = wrong(
    "a backward that clears the old gradients of weights, and not those of biases",
    "Biases are parameters too, and torch adds to their gradients as well.",
    replace(
        "net.zero_grad()",
        """
        for name, parameter in net.named_parameters():
            if "bias" not in name:
                parameter.grad = None
    """,
    ),
)

multiplies_by_zero = wrong(
    "a backward that multiplies the old gradients by 0",
    "0 times inf is nan, and so is 0 times nan: after one step that went too far, the gradients stay nan for ever. Cleared means set to 0 or None, whatever was there.",
    replace(
        "net.zero_grad()",
        """
        for parameter in net.parameters():
            if parameter.grad is not None:
                parameter.grad *= 0
        """,
    ),
)

clears_first_only = wrong(
    "a backward that clears the old gradients of the first parameter only",
    "Every parameter has a gradient of its own to be cleared.",
    replace("net.zero_grad()", "next(net.parameters()).grad = None"),
)

zeroes_none = wrong(
    "a backward that fails where a gradient is still None",
    "Before the first backward every .grad is None, and None has no zero_(). Clear only what is there, or let the network do it.",
    replace(
        "net.zero_grad()",
        """
        for parameter in net.parameters():
            parameter.grad.zero_()
    """,
    ),
)

number_as_gradient = wrong(
    "a backward that sets gradients to the number 0",
    "A gradient is a tensor of the parameter's shape, or None; torch refuses a plain number.",
    replace(
        "net.zero_grad()",
        """
        for parameter in net.parameters():
            parameter.grad = 0
    """,
    ),
)

retains_graph = wrong(
    "a backward that keeps the graph",
    "The gradients are right, but retain_graph=True keeps every intermediate result in memory for a second backward that never comes.",
    replace("loss.backward()", "loss.backward(retain_graph=True)"),
)

creates_graph = wrong(
    "a backward that records a graph of the gradients themselves",
    "create_graph=True is for gradients of gradients. The numbers are right, but each gradient now holds on to the whole graph.",
    replace("loss.backward()", "loss.backward(create_graph=True)"),
)

backward_twice = wrong(
    "a backward that goes through the graph twice",
    "The second time adds the same gradients once more: all of them are doubled.",
    insert("loss.backward(retain_graph=True)", after="net.zero_grad()"),
)

plainly_twice = same_as(backward_twice, insert("loss.backward()", after="loss.backward()"))

negative_gradients = wrong(
    "a backward that turns the gradients round",
    "The gradient says which way is up. Going down is the update's business, with its minus.",
    replace("loss.backward", "(-loss).backward"),
)

normalised_gradients = wrong(
    "a backward that scales the gradients to the length 1",
    "How steep it is matters too: a gradient is used as it is here.",
    insert(
        """
        for parameter in net.parameters():
            if parameter.grad is not None:
                parameter.grad.div_(parameter.grad.norm() + 1e-12)
    """,
        after="loss.backward()",
    ),
)

clips_gradients = wrong(
    "a backward that cuts large gradients off",
    "Clipping is a remedy for other networks. Gradients are used as they are here.",
    insert("nn.utils.clip_grad_value_(net.parameters(), 0.5)", after="loss.backward()"),
)

clips_gradient_norm = same_as(
    clips_gradients, insert("nn.utils.clip_grad_norm_(net.parameters(), 1.0)", after="loss.backward()")
)

moves_weights = wrong(
    "a backward that also moves the weights",
    "The gradients are right, but the weights must stay as they are: moving them is the update's business.",
    insert(
        """
        with torch.no_grad():
            for parameter in net.parameters():
                if parameter.grad is not None:
                    parameter -= 0.01 * parameter.grad
    """,
        after="loss.backward()",
    ),
)

weights_only = wrong(
    "a backward that gives weights their gradients, and biases none",
    "Biases are parameters too, and learn from gradients of their own.",
    insert(
        """
        for name, parameter in net.named_parameters():
            if "bias" in name:
                parameter.grad = None
    """,
        after="loss.backward()",
    ),
)

last_layer_only = wrong(
    "a backward that gives the last layer its gradients, and the others none",
    "Gradients flow through all layers, back to the first.",
    insert(
        """
        for parameter in list(net.parameters())[:-2]:
            parameter.grad = None
    """,
        after="loss.backward()",
    ),
)

decays_weights = wrong(
    "a backward that adds a share of the weights to the gradients",
    "Weight decay belongs to an optimizer. Asked for are the gradients of this loss, and of nothing else.",
    insert(
        """
        for parameter in net.parameters():
            if parameter.grad is not None:
                parameter.grad.add_(parameter.detach(), alpha=0.1)
    """,
        after="loss.backward()",
    ),
)

root_of_loss = wrong(
    "a backward of the loss's square root",
    "Any function put over the loss changes its gradients: start from the loss as it is.",
    replace("loss.backward()", "loss.sqrt().backward()"),
)

copies_loss = wrong(
    "a backward of a new tensor that has no graph",
    "The loss knows how it came out of the weights; a copy of its number does not. Call backward on the loss itself.",
    replace("loss.backward", "torch.tensor(loss.item()).backward"),
)

detaches_loss = same_as(copies_loss, replace("loss.backward()", "loss.detach().backward()"))

fresh_copy_of_loss = same_as(
    only_clears, replace("loss.backward", "torch.tensor(loss.item(), requires_grad=True).backward")
)

item_backward = wrong(
    "a backward that asks a Python number for gradients",
    "A plain number has no graph behind it; .item() is for printing. Call backward on the loss itself.",
    replace("loss.backward()", "loss.item().backward()"),
)

network_backward = wrong(
    "a backward that asks the network for gradients",
    "A network has no backward(): the loss is at the end of the graph, and gradients start there.",
    replace("loss.backward", "net.backward"),
)

freezes = wrong(
    "a backward that freezes the parameters",
    "Parameters must go on taking gradients: the next step needs them.",
    insert("net.requires_grad_(False)", after="loss.backward()"),
)

unfreezes = wrong(
    "a backward that unfreezes frozen parameters",
    "A parameter that takes no gradients was frozen on purpose: that is the caller's business.",
    insert("net.requires_grad_(True)", after="loss.backward()"),
)

grad_of_all = wrong(
    "a backward that fails where a parameter has no part in the loss",
    "Not every parameter of every network takes gradients or leads to the loss: such a one simply gets none.",
    body("""
        for parameter, gradient in zip(net.parameters(), torch.autograd.grad(loss, list(net.parameters())), strict=True):
            parameter.grad = gradient
    """),
)

backward_in_train_mode = wrong(
    "a backward that switches the network to train mode",
    "In which mode the network is, is the caller's business.",
    insert("net.train()", before="net.zero_grad()"),
)

divides_gradients = wrong(
    "a backward that divides the gradients by 10",
    "Asked for are the gradients of this loss as they are.",
    replace("loss.backward", "(loss / 10).backward"),
)


# sgd_update


weights_zeroed = wrong(
    "a backward that sets the weights themselves to zero",
    "It is .grad that is cleared. What the parameter holds is what the network has learned.",
    body("""
        for parameter in net.parameters():
            parameter.data.zero_()
        loss.backward()
    """),
)

weights_zeroed_after = same_as(
    weights_zeroed, insert("for p in net.parameters(): p.data.zero_()", after="loss.backward()")
)
