"""Lesson 2, compute_loss: how it is observed, and the bank of its wrong answers."""

import copy
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kata.authoring import (
    GRADIENTS,
    STEPS,
    CallCounter,
    Observation,
    batch,
    exercise,
    insert,
    lenet,
    observes,
    replace,
    same_as,
    with_modes,
    worked_batch,
    worked_example,
    wrong,
)
from mistakes.ex02_training_step.shared import give_gradients, gradients, nothing, see_loss, weights
from solutions.ex02_training_step import backward, compute_loss


@observes("compute_loss", "Your loss equals that of {}.")
def observe_compute_loss(lesson: Any, see: Observation) -> None:
    net, (x, target) = give_gradients(lenet(), seed=5), batch(3)
    state = torch.get_rng_state()
    before, old = weights(net), {name: gradient.clone() for name, gradient in gradients(net).items()}
    loss = lesson.compute_loss(net, x, target)
    see("the random state after compute_loss", torch.equal(state, torch.get_rng_state()))
    see_loss(see, "LeNet and 3 images", loss)
    see_loss(see, "a small network", lesson.compute_loss(worked_example(), *worked_batch()))
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
    counting = CallCounter(lenet())
    lesson.compute_loss(counting, *batch(3))
    see("how often the network is run", counting.runs)
    x, target = batch(3)
    see_loss(see, "a float64 network", lesson.compute_loss(lenet().double(), x.double(), target.double()))
    with torch.no_grad():
        see("whether a loss under no_grad has a graph", lesson.compute_loss(lenet(), x, target).requires_grad)


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
