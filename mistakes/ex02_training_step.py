"""Lesson 2: how each exercise is observed, and the bank of its wrong answers.

A wrong answer is a plain function, put into the solution's file in the exercise's place. Its words: a
noun phrase that completes the observer's sentence, and why it matters, without a line of the
solution. Plain mistakes come first: where a learner's answer agrees with several as far as it goes,
the first one is named.
"""

import copy
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kata.authoring import (
    GRADIENTS,
    LOSSES,
    STEPS,
    Counting,
    Observation,
    batch,
    body,
    by_hand,
    drop,
    exercise,
    hand_batch,
    insert,
    lenet,
    observes,
    partly_frozen,
    replace,
    same_as,
    seeded,
    tied,
    unwrap,
    with_modes,
    with_unused_layer,
    wrong,
)
from solutions.ex02_training_step import backward, compute_loss, sgd_update


def weights(net: nn.Module) -> dict[str, Tensor]:
    """Return a copy of every parameter."""
    return {name: parameter.detach().clone() for name, parameter in net.named_parameters()}


def gradients(net: nn.Module) -> dict[str, Tensor]:
    """Return every gradient; zeros where there is none."""
    return {name: torch.zeros_like(p) if p.grad is None else p.grad for name, p in net.named_parameters()}


def nothing(net: nn.Module) -> dict[str, Tensor]:
    """Return zeros for every parameter."""
    return {name: torch.zeros_like(parameter) for name, parameter in net.named_parameters()}


def give_gradients(net: Any, seed: int) -> Any:
    """Give every parameter that takes one a gradient."""
    for number, parameter in enumerate(net.parameters()):
        if parameter.requires_grad:
            parameter.grad = seeded(*parameter.shape, seed=seed + number).to(parameter.dtype)
    return net


def kind_of(value: object) -> str:
    """Describe what was returned, but for its numbers."""
    if isinstance(value, Tensor):
        return f"a tensor {tuple(value.shape)} {value.dtype}"
    return "a float" if isinstance(value, float) else f"{type(value).__name__}"


def see_loss(see: Observation, of: str, loss: Any) -> None:
    """Observe a loss."""
    see(f"what is returned as the loss of {of}", kind_of(loss))
    if isinstance(loss, Tensor | float):
        value = torch.as_tensor(loss).detach()
        see.amounts(f"the loss of {of}", LOSSES, {"the loss": torch.zeros_like(value)}, {"the loss": value})


@observes("compute_loss", "Your loss equals that of {}.")
def observe_compute_loss(lesson: Any, see: Observation) -> None:
    net, (x, target) = give_gradients(lenet(), seed=5), batch(3)
    state = torch.get_rng_state()
    before, old = weights(net), {name: gradient.clone() for name, gradient in gradients(net).items()}
    loss = lesson.compute_loss(net, x, target)
    see("the random state after compute_loss", torch.equal(state, torch.get_rng_state()))
    see_loss(see, "LeNet and 3 images", loss)
    see_loss(see, "a small network", lesson.compute_loss(by_hand(), *hand_batch()))
    see.amounts("the weights after compute_loss", STEPS, before, weights(net))
    see.amounts("the gradients after compute_loss", GRADIENTS, nothing(net), gradients(net))
    see("the old gradients after compute_loss", all(torch.equal(old[n], g) for n, g in gradients(net).items()))
    see("the images and the target after compute_loss", [x, target, x.requires_grad, target.requires_grad])
    see("whether the loss has a graph", loss.requires_grad)
    net.zero_grad()
    loss.backward()
    see.amounts("the gradients that flow from the loss", GRADIENTS, nothing(net), gradients(net))
    see_loss(see, "LeNet and 7 images", lesson.compute_loss(lenet(), *batch(7)))
    see_loss(see, "LeNet and 1 image", lesson.compute_loss(lenet(), *batch(1)))
    see_loss(see, "LeNet and 10 images", lesson.compute_loss(lenet(), *batch(10)))
    see_rest_of_loss(lesson, see)


def see_rest_of_loss(lesson: Any, see: Observation) -> None:
    """Observe what compute_loss does around the loss."""
    for mode in (True, False):
        moody = with_modes().train(mode)
        see_loss(see, f"a network in {'train' if mode else 'eval'} mode", lesson.compute_loss(moody, *batch(7)))
        see("the modes after compute_loss", [module.training for module in moody])
    counting = Counting(lenet())
    lesson.compute_loss(counting, *batch(3))
    see("how often the network is run", counting.runs)
    x, target = batch(3)
    see_loss(see, "a float64 network", lesson.compute_loss(lenet().double(), x.double(), target.double()))
    with torch.no_grad():
        see("whether a loss under no_grad has a graph", lesson.compute_loss(lenet(), x, target).requires_grad)


def loss_of(net: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    """Return the mean squared error."""
    return F.mse_loss(net(x), target)


@observes("backward", "Your gradients are those of {}.")
def observe_backward(lesson: Any, see: Observation) -> None:
    net: Any = by_hand()
    before = weights(net)
    lesson.backward(net, loss_of(net, *hand_batch()))
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


def survives(loss: Tensor) -> bool:
    """Whether the graph of a loss can be used once more."""
    try:
        loss.backward()
    except RuntimeError:
        return False
    return True


@observes("sgd_update", "Your parameters move like those of {}.")
def observe_sgd_update(lesson: Any, see: Observation) -> None:
    net: Any = by_hand()
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
    half: Any = by_hand()
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


@observes("train_step", "Your step does what {} does.")
def observe_train_step(lesson: Any, see: Observation) -> None:
    net: Any = by_hand()
    before = weights(net)
    x, target = hand_batch()
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
    counting = Counting(lenet())
    lesson.train_step(counting, *batch(3), 0.05)
    see("how often the network is run", counting.runs)


# compute_loss


exercise("compute_loss")

sum_of_squares = wrong(
    "a loss that adds the squares up",
    "A sum grows with the batch, and so does every gradient: twice the images would make every step twice as long. A mean does not depend on how many there are.",
    replace("F.mse_loss(net(x), target)", 'F.mse_loss(net(x), target, reduction="sum")'),
)

mean_over_images_only = wrong(
    "a loss that adds the squares of each image up, and takes the mean over the images only",
    "The mean goes over all numbers of the batch: over the images, and over the scores of each image.",
    replace("return F.mse_loss(net(x), target)", "return ((net(x) - target) ** 2).sum(dim=1).mean()"),
)

mean_over_scores_only = wrong(
    "a loss that adds the squares up over the images, and takes the mean over the scores only",
    "The mean goes over all numbers of the batch: over the images, and over the scores of each image.",
    replace("return F.mse_loss(net(x), target)", "return ((net(x) - target) ** 2).mean(dim=1).sum()"),
)

divided_by_batch_again = wrong(
    "a loss that is divided by the count of images once more",
    "The mean is already taken over the whole batch; dividing again makes the steps shorter the larger the batch is.",
    replace("F.mse_loss(net(x), target)", "F.mse_loss(net(x), target) / len(x)"),
)

half_of_it = wrong(
    "a loss that is half the mean squared error",
    "Some books put a half before it, so that the 2 of the derivative goes away. The mean itself is asked for here.",
    replace("return F.", "return 0.5 * F."),
)

root_of_it = wrong(
    "the square root of the mean squared error",
    "The root changes the gradients: it makes them larger where the error is small. Take the mean of the squares itself.",
    replace("return F.mse_loss(net(x), target)", "return torch.sqrt(F.mse_loss(net(x), target))"),
)

norm_of_difference = wrong(
    "a loss that takes the length of the whole difference (its norm)",
    "A norm is the root of a sum of squares. Asked for is the mean of the squares.",
    replace("return F.mse_loss(net(x), target)", "return (net(x) - target).norm()"),
)

absolute_error = wrong(
    "a loss that takes absolute differences instead of squares",
    "The mean absolute error pulls with the same force however far a score is off; the squared error pulls harder the further it is.",
    replace("return F.mse_loss(net(x), target)", "return F.l1_loss(net(x), target)"),
)

smooth_l1 = wrong(
    "a loss that is squared near the target and straight further away (smooth L1)",
    "F.smooth_l1_loss and F.huber_loss are relatives for data with outliers. The plain mean squared error is asked for.",
    replace("return F.mse_loss(net(x), target)", "return F.smooth_l1_loss(net(x), target)"),
)

mean_difference = wrong(
    "a loss without the squares: the mean of the plain differences",
    "Positive and negative differences then cancel out, and a network that is wrong both ways looks perfect.",
    replace("return F.mse_loss(net(x), target)", "return (net(x) - target).mean()"),
)

square_of_mean = wrong(
    "a loss that takes the mean first and the square afterwards",
    "Differences of both signs cancel out in the mean before they are squared. Square each one first.",
    replace("F.mse_loss(net(x), target)", "(net(x) - target).mean() ** 2"),
)

difference_of_squares = wrong(
    "a loss that squares scores and targets, not their difference",
    "The square belongs around the whole difference: (a - b) squared is not a squared minus b squared.",
    replace("return F.mse_loss(net(x), target)", "return (net(x) ** 2 - target**2).mean()"),
)

sum_instead_of_difference = wrong(
    "a loss that adds the target instead of taking it off",
    "The error is how far the score lies from its target: their difference.",
    replace("return F.mse_loss(net(x), target)", "return ((net(x) + target) ** 2).mean()"),
)

negative_loss = wrong(
    "a loss with the sign turned round",
    "Training makes the loss smaller. With a minus before it, smaller means further from the target.",
    replace("return F.", "return -F."),
)

largest_difference = wrong(
    "a loss that looks at the largest difference only",
    "All differences count: the mean of their squares.",
    replace("return F.mse_loss(net(x), target)", "return ((net(x) - target) ** 2).max()"),
)

cross_entropy = wrong(
    "a cross-entropy with the target as probabilities",
    "Cross-entropy is for classes. Here the scores themselves are to come near the numbers of the target: a squared error.",
    replace("return F.mse_loss(net(x), target)", "return F.cross_entropy(net(x), target)"),
)

cross_entropy_of_classes = wrong(
    "a cross-entropy with the largest target as the class",
    "Cross-entropy is for classes. Here the scores themselves are to come near the numbers of the target: a squared error.",
    replace("F.mse_loss(net(x), target)", "F.cross_entropy(net(x), target.argmax(dim=1))"),
)

softmax_first = wrong(
    "a loss of probabilities: the scores go through softmax first",
    "The target is compared with the raw scores, which may be negative or larger than 1. Softmax allows neither.",
    replace("F.mse_loss(net(x), target)", "F.mse_loss(net(x).softmax(dim=1), target)"),
)

sigmoid_first = wrong(
    "a loss of squashed scores: a sigmoid comes before the comparison",
    "The target is compared with the raw scores, which may be negative or larger than 1. A sigmoid allows neither.",
    replace("F.mse_loss(net(x), target)", "F.mse_loss(net(x).sigmoid(), target)"),
)

relu_first = wrong(
    "a loss in which negative scores count as 0 (ReLU)",
    "A score may be negative, and so may its target. The comparison takes them as they are.",
    replace("return F.mse_loss(net(x), target)", "return F.mse_loss(F.relu(net(x)), target)"),
)

no_reduction = wrong(
    "one square per score, with no mean taken",
    "A loss is one number: how wrong the network is on the whole batch. Only from one number can backward start.",
    replace("F.mse_loss(net(x), target)", 'F.mse_loss(net(x), target, reduction="none")'),
)

loss_per_image = wrong(
    "one loss per image",
    "A loss is one number: how wrong the network is on the whole batch. Only from one number can backward start.",
    replace("return F.mse_loss(net(x), target)", "return ((net(x) - target) ** 2).mean(dim=1)"),
)

loss_per_digit = wrong(
    "one loss per digit",
    "A loss is one number: how wrong the network is on the whole batch. Only from one number can backward start.",
    replace("return F.mse_loss(net(x), target)", "return ((net(x) - target) ** 2).mean(dim=0)"),
)

shape_1 = wrong(
    "a loss with one dimension too many",
    "A loss is a plain number without dimensions, of the shape (); yours is a list with one number in it, of the shape (1,).",
    replace("F.mse_loss(net(x), target)", "F.mse_loss(net(x), target).unsqueeze(0)"),
)

python_number = wrong(
    "a plain Python number",
    "A Python number has no graph behind it: nothing remembers how it came out of the weights, and backward cannot start. Take .item() only to print it.",
    replace("F.mse_loss(net(x), target)", "F.mse_loss(net(x), target).item()"),
)

detached_loss = wrong(
    "a loss that is cut off from its graph",
    "The number is right, but it no longer knows how it came out of the weights (.detach(), .data, torch.tensor(...) of a number, or a computation under no_grad): backward cannot start.",
    replace("F.mse_loss(net(x), target)", "F.mse_loss(net(x), target).detach()"),
)

loss_under_no_grad = same_as(
    detached_loss,
    replace(
        "return F.mse_loss(net(x), target)",
        """
        with torch.no_grad():
            return F.mse_loss(net(x), target)
    """,
    ),
)

detached_scores = same_as(detached_loss, replace("F.mse_loss(net(x), target)", "F.mse_loss(net(x).detach(), target)"))

graph_of_its_own = wrong(
    "a loss with a graph that does not reach the weights",
    "requires_grad on a copied number starts a new graph there. The way back to the weights is gone: what came out of the network must be used as it is.",
    replace("F.mse_loss(net(x), target)", "F.mse_loss(net(x).detach(), target).requires_grad_()"),
)

graph_of_a_copied_network = same_as(
    graph_of_its_own, replace("return F.mse_loss(net(x), target)", "return F.mse_loss(copy.deepcopy(net)(x), target)")
)

compares_with_itself = wrong(
    "a loss that compares the scores with themselves",
    "Nothing is ever wrong then. The scores are compared with the target.",
    replace(
        "return F.mse_loss(net(x), target)",
        """
        scores = net(x)
        return F.mse_loss(scores, scores)
    """,
    ),
)

compares_with_zeros = wrong(
    "a loss that compares the scores with zeros",
    "The target is not used: the loss must tell how far the scores are from the target.",
    replace(
        "return F.mse_loss(net(x), target)",
        """
        scores = net(x)
        return F.mse_loss(scores, torch.zeros_like(scores))
    """,
    ),
)

compares_with_images = wrong(
    "a loss that compares the scores with the images",
    "The images are what the network looks at; the target says what should have come out.",
    replace("F.mse_loss(net(x), target)", "F.mse_loss(net(x), x)"),
)

target_through_network = wrong(
    "a loss that passes the target through the network",
    "The images go through the network; the target is what its scores are compared with.",
    replace("F.mse_loss(net(x), target)", "F.mse_loss(net(target), x)"),
)

first_image_only = wrong(
    "a loss that sees the first image only",
    "All images of the batch count.",
    replace("F.mse_loss(net(x), target)", "F.mse_loss(net(x)[0], target[0])"),
)

first_target_for_all = wrong(
    "a loss that compares every image with the target of the first one",
    "Each image has its own target. Broadcasting repeats one row silently where shapes differ: compare equal shapes.",
    replace("return F.mse_loss(net(x), target)", "return ((net(x) - target[0]) ** 2).mean()"),
)

compares_means = wrong(
    "a loss that compares mean scores with mean targets",
    "The mean over the batch comes last, after each score was compared with its own target.",
    replace("F.mse_loss(net(x), target)", "F.mse_loss(net(x).mean(dim=0), target.mean(dim=0))"),
)

returns_scores = wrong(
    "the scores, not a loss",
    "The scores are half of the way: the loss says how far they are from the target.",
    replace(
        "return F.mse_loss(net(x), target)",
        """
        scores: Tensor = net(x)
        return scores
    """,
    ),
)

returns_pair = wrong(
    "a pair of loss and scores",
    "One thing is asked for: the loss. The caller would call backward on the pair.",
    replace(
        "return F.mse_loss(net(x), target)",
        """
        scores = net(x)
        return F.mse_loss(scores, target), scores
    """,
    ),
)

returns_nothing = wrong(
    "nothing: the loss is computed and not returned",
    "A function without `return` gives back None, whatever it has computed.",
    replace("return F", "F"),
)

module_of_tensors = wrong(
    "a module made from scores and target",
    "nn.MSELoss is a class: calling it makes a module and takes settings. Call the module that was made, or use the function of torch.nn.functional.",
    replace("F.mse_loss", "nn.MSELoss"),
)

returns_criterion = wrong(
    "a loss function, not yet called",
    "nn.MSELoss() is only the tool. It is called with the scores and the target to give the loss.",
    replace(
        "return F.mse_loss(net(x), target)",
        """
        net(x)
        return nn.MSELoss()
    """,
    ),
)

clears_gradients = wrong(
    "a loss that also clears the gradients",
    "The number is right, but computing a loss must leave the gradients alone: when they are cleared is for backward to decide.",
    insert("net.zero_grad()", before="return F.mse_loss(net(x), target)"),
)

goes_backward = wrong(
    "a loss that already goes backward",
    "The number is right, but the gradients have changed, and the graph is used up: backward is a step of its own.",
    replace(
        "return F.mse_loss(net(x), target)",
        """
        loss = F.mse_loss(net(x), target)
        loss.backward()
        return loss
    """,
    ),
)

switches_to_eval = wrong(
    "a loss that switches the network to eval mode",
    "In which mode the network runs is for the caller to say; dropout and batch normalisation depend on it.",
    insert("net.eval()", before="return F.mse_loss(net(x), target)"),
)

switches_to_train = wrong(
    "a loss that switches the network to train mode",
    "In which mode the network runs is for the caller to say; dropout and batch normalisation depend on it.",
    insert("net.train()", before="return F.mse_loss(net(x), target)"),
)

runs_twice = wrong(
    "a loss for which the network runs twice",
    "The number is right, but it costs twice the time, and with dropout the second run is another one. Keep the scores.",
    insert("assert net(x).shape == target.shape", before="return F.mse_loss(net(x), target)"),
)

changes_target = wrong(
    "a loss that changes the target on the way",
    "An operation whose name ends in an underscore, or -=, works on the caller's own tensor: the next epoch would meet another target.",
    replace(
        "return F.mse_loss(net(x), target)",
        "return target.sub_(net(x).detach()).pow(2).mean() * 0 + F.mse_loss(net(x), target + net(x).detach())",
    ),
)

changes_images = wrong(
    "a loss that changes the images on the way",
    "An operation whose name ends in an underscore, or -=, works on the caller's own tensor: the next epoch would meet other images.",
    replace(
        "return F.mse_loss(net(x), target)",
        """
        loss = F.mse_loss(net(x.clone()), target)
        x.clamp_(min=0)
        return loss
    """,
    ),
)

with_penalty = wrong(
    "a loss with a penalty on large weights",
    "Weight decay is a good idea for later; asked for is the error alone.",
    replace(
        "return F.mse_loss(net(x), target)",
        """
        penalty = sum((parameter**2).sum() for parameter in net.parameters())
        return F.mse_loss(net(x), target) + 1e-3 * penalty
    """,
    ),
)

always_float32 = wrong(
    "a loss that is always float32",
    "The network may compute in float64: the loss stays in the dtype of the scores.",
    replace("F.mse_loss(net(x), target)", "F.mse_loss(net(x).float(), target.float())"),
)

always_float64 = wrong(
    "a loss that is always float64",
    "The loss stays in the dtype of the scores, float32 here.",
    replace("F.mse_loss(net(x), target)", "F.mse_loss(net(x).double(), target.double())"),
)

logarithm = wrong(
    "the logarithm of the mean squared error",
    "The logarithm changes the gradients. Take the mean of the squares itself.",
    replace("return F.mse_loss(net(x), target)", "return torch.log(F.mse_loss(net(x), target))"),
)

random_loss = wrong(
    "a loss with something random in it",
    "A dropout, noise or a seed set inside moves torch's random numbers on: the same batch must always give the same loss, and seeds are the caller's business.",
    replace("return F.mse_loss(net(x), target)", "return F.mse_loss(F.dropout(net(x), 0.5), target)"),
)

seeded_loss = same_as(
    random_loss,
    insert(
        """
        torch.manual_seed(0)
        torch.rand(1)
    """,
        before="return F.mse_loss(net(x), target)",
    ),
)

noisy_images = same_as(
    random_loss, replace("F.mse_loss(net(x), target)", "F.mse_loss(net(x + 0.1 * torch.randn_like(x)), target)")
)

network_left_out = wrong(
    "a loss that compares the images with the target and leaves the network out",
    "The images must go through the network first: it is the network's scores that are compared with the target.",
    replace("net(x)", "x"),
)

images_take_gradients = wrong(
    "a loss that makes the images take gradients",
    "Only the weights learn: requires_grad is set on them already. Set on the images, it stays there after the function.",
    insert("x.requires_grad_()", before="return F.mse_loss(net(x), target)"),
)


# backward


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


# train_step


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
