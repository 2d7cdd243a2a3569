"""Lesson 7, lenet_gradients: how it is observed, and the bank of its wrong answers."""

from typing import Any

import torch

from kata.authoring import (
    GRADIENTS,
    Observation,
    autograd_refused,
    body,
    drop,
    exercise,
    insert,
    lenet,
    numbers,
    observes,
    replace,
    snapshot,
    wrong,
)


@observes("lenet_gradients", "Your gradients are those of {}.")
def observe_lenet(lesson: Any, see: Observation) -> None:
    net: Any = lenet().double()
    names = [name for name, _ in net.named_parameters()]
    before = {name: value.clone() for name, value in net.state_dict().items()}
    images, labels = numbers(3, 1, 32, 32), torch.tensor([3, 1, 4])
    changes = snapshot(net)
    with torch.no_grad(), autograd_refused():
        found = lesson.lenet_gradients(net, images, labels)
    see("what is returned", type(found).__name__)
    see("the names that are returned", ", ".join(map(str, found)))
    zeros = {name: torch.zeros_like(before[name]) for name in names}
    see.amounts("the gradients of LeNet", GRADIENTS, zeros, {name: found.get(name, 0) for name in names})
    see("the weights afterwards", all(torch.equal(before[name], p) for name, p in net.named_parameters()))
    see("the .grad of the weights afterwards", [p.grad is None for p in net.parameters()])
    see("the images afterwards", torch.equal(images, numbers(3, 1, 32, 32)))
    see("what else is other about net afterwards", [place for place, _, _ in changes()])


exercise("lenet_gradients")

relus_left_out = wrong(
    "a way back without the ReLUs",
    "What ReLU set to 0 in forward lets nothing back.",
    replace("relu_backward(upstream, hidden2)", "upstream"),
    replace("relu_backward(upstream, hidden1)", "upstream"),
    replace(
        "relu_backward(max_pool2d_backward(upstream, F.relu(maps2)), maps2)",
        "max_pool2d_backward(upstream, F.relu(maps2))",
    ),
    replace(
        "relu_backward(max_pool2d_backward(upstream, F.relu(maps1)), maps1)",
        "max_pool2d_backward(upstream, F.relu(maps1))",
    ),
)
relu_2_left_out = wrong(
    "a way back without the ReLU after fc2",
    "What ReLU set to 0 in forward lets nothing back.",
    replace("relu_backward(upstream, hidden2)", "upstream"),
)
relu_1_left_out = wrong(
    "a way back without the ReLU after fc1",
    "What ReLU set to 0 in forward lets nothing back.",
    replace("relu_backward(upstream, hidden1)", "upstream"),
)
before_relu = wrong(
    "a way back on which fc3 is given what went into the ReLU",
    "A layer's gradient of weight is made with what the layer itself was given: what came out of the ReLU.",
    replace(
        "cross_entropy_backward(scores, labels), F.relu(hidden2)", "cross_entropy_backward(scores, labels), hidden2"
    ),
)
all_before_relu = wrong(
    "a way back on which fc3 and fc2 are given what went into the ReLUs",
    "A layer's gradient of weight is made with what the layer itself was given: what came out of the ReLU.",
    replace(
        "cross_entropy_backward(scores, labels), F.relu(hidden2)", "cross_entropy_backward(scores, labels), hidden2"
    ),
    replace("relu_backward(upstream, hidden2), F.relu(hidden1)", "relu_backward(upstream, hidden2), hidden1"),
)
sum_of_images = wrong(
    "a way back from the sum over the images",
    "The loss is the mean over the batch.",
    replace("cross_entropy_backward(scores, labels)", "cross_entropy_backward(scores, labels) * len(images)"),
)
forward_relu_missing = wrong(
    "a forward without the ReLU after fc1",
    "The way back starts from what forward made: it must be lesson 1's.",
    replace("F.linear(F.relu(hidden1), weights", "F.linear(hidden1, weights"),
)
no_view = wrong(
    "a way back without the view before the pool",
    "fc1 was given rows of 400: their gradient must be maps again, of the shape that was flattened.",
    replace("relu_backward(upstream, hidden1), rows).view(pooled2.shape)", "relu_backward(upstream, hidden1), rows)"),
)
only_head = wrong(
    "a way back that ends before the convolutions",
    "Through fc1 and a view it goes on to the maps of conv2.",
    drop('upstream = through("conv2", relu_backward(max_pool2d_backward(upstream, F.relu(maps2)), maps2), pooled1)'),
    drop('through("conv1", relu_backward(max_pool2d_backward(upstream, F.relu(maps1)), maps1), images)'),
    replace("for name in weights}", "for name in weights if name in found}"),
)
in_order_back = wrong(
    "a dictionary in the order of the way back",
    "The caller iterates it with net.named_parameters() expects the same order.",
    replace("return {name: found[name] for name in weights}", "return found"),
)
fills_grad = wrong(
    "a way back that fills .grad",
    "The gradients are returned; those of the network are the caller's.",
    insert(
        """
        for name, parameter in net.named_parameters():
            parameter.grad = found[name]
        """,
        before="return {name",
    ),
)
moves_weights = wrong(
    "a way back that moves the weights, too",
    "A step is the caller's business.",
    insert(
        """
        for name, parameter in net.named_parameters():
            parameter.sub_(0.01 * found[name])
        """,
        before="return {name",
    ),
)
lenet_list = wrong(
    "a list of gradients",
    "They are asked for by name.",
    replace("return {name: found[name] for name in weights}", "return [found[name] for name in weights]"),
)
lenet_autograd = wrong(
    "a way back that autograd goes",
    "The functions above are all that it takes.",
    body("""
        with torch.enable_grad():
            loss = F.cross_entropy(net(images), labels)
            found = torch.autograd.grad(loss, list(net.parameters()))
        return {name: one for (name, _), one in zip(net.named_parameters(), found, strict=True)}
    """),
)

leaves_eval_mode = wrong(
    "a way back that leaves the network in eval mode",
    "net is the caller's: whoever trains it next would train without dropout. LeNet computes the same in both modes.",
    insert("net.eval()", before="weights = {"),
)
leaves_hooks = wrong(
    "a way back that leaves hooks at the layers",
    "A hook runs at each later call, too, and keeps what it has seen: what register_forward_hook returns has remove().",
    insert(
        """
        for layer in net.children():
            layer.register_forward_hook(lambda *_: None)
    """,
        before="weights = {",
    ),
)
freezes = wrong(
    "a way back that freezes the network",
    "requires_grad_(False) lasts: the network would never learn again. detach() gives the same numbers and leaves net.",
    insert("net.requires_grad_(False)", before="weights = {"),
)
