"""Lesson 3, optimizer_step: how it is observed, and the bank of its wrong answers."""

import copy
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import Optimizer

from kata.authoring import (
    LOSSES,
    STEPS,
    AsymmetricLoss,
    Observation,
    batch,
    body,
    classes,
    drop,
    exercise,
    insert,
    observes,
    partly_frozen,
    replace,
    same_as,
    seeded,
    small,
    small_batch,
    with_modes,
    with_unused_layer,
    worked_batch,
    worked_example,
    wrong,
)
from mistakes.ex03_optimizers.shared import ORDINALS, kind_of
from solutions.ex03_optimizers import SGD, optimizer_step


def weights(net: nn.Module) -> dict[str, Tensor]:
    """Return a copy of every parameter."""
    return {name: parameter.detach().clone() for name, parameter in net.named_parameters()}


def see_loss(see: Observation, of: str, loss: Any) -> None:
    """Observe a loss."""
    see(f"what is returned as the loss of {of}", kind_of(loss))
    if isinstance(loss, Tensor | float):
        value = torch.as_tensor(loss, dtype=torch.float64).detach()
        see.amounts(f"the loss of {of}", LOSSES, {"the loss": torch.zeros_like(value)}, {"the loss": value})


class Spied(nn.Module):
    """A network that notes its runs in a log, and keeps the scores that it gave."""

    def __init__(self, net: nn.Module, log: list[str], x: Tensor) -> None:
        super().__init__()
        self.net, self.log, self.x = net, log, x
        self.scores: list[Tensor] = []
        next(net.parameters()).register_hook(lambda _: log.append("gradients flow back"))

    def forward(self, given: Tensor) -> Tensor:
        self.log.append("the network is run" + ("" if same_numbers(given, self.x) else " on something else than x"))
        scores: Tensor = self.net(given)
        self.scores.append(scores.detach())
        return scores


class SpiedLoss(nn.Module):
    """A criterion that notes what it is given."""

    def __init__(self, criterion: nn.Module, log: list[str], known: Callable[[Tensor], str]) -> None:
        super().__init__()
        self.criterion, self.log, self.known = criterion, log, known

    def forward(self, first: Any, second: Any) -> Tensor:
        self.log.append(f"the criterion gets {self.known(first)} and {self.known(second)}")
        loss: Tensor = self.criterion(first, second)
        return loss


class SpiedSGD(torch.optim.SGD):
    """An optimizer that notes its steps."""

    log: list[str]

    def step(self, closure: Any = None) -> Any:
        self.log.append("the optimizer steps")
        return super().step(closure)


def same_numbers(one: Any, other: Tensor) -> bool:
    """Whether both are tensors of one shape and nearly the same numbers."""
    return isinstance(one, Tensor) and one.shape == other.shape and torch.allclose(one.double(), other.double())


def see_course(lesson: Any, see: Observation, criterion: nn.Module, x: Tensor, target: Tensor) -> None:
    """Observe what happens in one step, in its order, even where the step stops half-way."""
    log: list[str] = []
    net = Spied(small(), log, x)

    def known(value: Any) -> str:
        graph = "" if isinstance(value, Tensor) and value.grad_fn is not None else " without a graph"
        if any(same_numbers(value, scores) for scores in net.scores):
            return "the scores" + graph
        names = (name for name, tensor in (("the target", target), ("x", x)) if same_numbers(value, tensor))
        return next(names, "something else")

    optimizer = SpiedSGD(net.parameters(), lr=0.3)
    optimizer.log = log
    try:
        lesson.optimizer_step(net, optimizer, SpiedLoss(criterion, log, known), x, target)
    finally:
        see("what happens in a step", log)


@observes("optimizer_step", "Your step does what {} does.")
def observe_optimizer_step(lesson: Any, see: Observation) -> None:
    see_course(lesson, see, nn.MSELoss(), *small_batch())
    net: Any = worked_example()
    x, target = worked_batch()
    state, before = torch.get_rng_state(), weights(net)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.3)
    loss = lesson.optimizer_step(net, optimizer, nn.MSELoss(), x, target)
    see("the random state after a step", torch.equal(state, torch.get_rng_state()))
    see("x and the target after a step", [x, target, x.requires_grad])
    see(
        "the settings of the optimizer after a step",
        {k: v for k, v in optimizer.param_groups[0].items() if k != "params"},
    )
    see("whether the optimizer holds the parameters of the network", holds(optimizer, net))
    see("which parameters take gradients", [p.requires_grad for p in net.parameters()])
    see_steps_of_any_optimizer(lesson, see)
    see_loss(see, "a small network", loss)
    see.amounts("the weights of a small network after a step", STEPS, before, weights(net))
    see_criteria(lesson, see)
    see_odd_networks(lesson, see)


def holds(optimizer: Optimizer, net: nn.Module) -> bool:
    """Whether the optimizer holds the very parameters of a network."""
    return [id(p) for group in optimizer.param_groups for p in group["params"]] == [id(p) for p in net.parameters()]


def see_steps_of_any_optimizer(lesson: Any, see: Observation) -> None:
    """Observe steps with several optimizers, the first of which meets old gradients."""
    net: Any = small()
    optimizer: Optimizer = torch.optim.SGD(net.parameters(), lr=0.07)
    for ordinal, seed in zip(ORDINALS[:2], (1, 2), strict=False):
        before = weights(net)
        loss = lesson.optimizer_step(net, optimizer, nn.MSELoss(), *small_batch(seed))
        see.amounts(f"the weights after the {ordinal} step", STEPS, before, weights(net))
        see_loss(see, f"the {ordinal} step", loss)
    net = small()
    for number, parameter in enumerate(net.parameters()):
        parameter.grad = seeded(*parameter.shape, seed=number)
    before = weights(net)
    lesson.optimizer_step(net, torch.optim.SGD(net.parameters(), lr=0.07), nn.MSELoss(), *small_batch())
    see.amounts("the weights after a step that met old gradients", STEPS, before, weights(net))
    see_groups(lesson, see)
    for name, make in (
        ("SGD with momentum", lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, weight_decay=0.1)),
        ("Adam", lambda p: torch.optim.Adam(p, lr=0.01)),
        ("RMSprop", lambda p: torch.optim.RMSprop(p, lr=0.01)),
    ):
        net = small()
        optimizer = make(net.parameters())
        for ordinal, seed in zip(ORDINALS, (1, 2, 1), strict=False):
            before = weights(net)
            lesson.optimizer_step(net, optimizer, nn.MSELoss(), *small_batch(seed))
            see.amounts(f"the weights after the {ordinal} step with {name}", STEPS, before, weights(net))


def see_groups(lesson: Any, see: Observation) -> None:
    """Observe a step with two groups, and one with an optimizer of one layer."""
    net: Any = small()
    groups = [{"params": net[0].parameters(), "lr": 0.4}, {"params": net[2].parameters()}]
    before = weights(net)
    lesson.optimizer_step(net, torch.optim.SGD(groups, lr=0.03), nn.MSELoss(), *small_batch())
    see.amounts("the weights after a step with two groups", STEPS, before, weights(net))
    net = small()
    optimizer = torch.optim.SGD(net[2].parameters(), lr=0.1)
    for ordinal, seed in zip(ORDINALS[:2], (1, 2), strict=False):
        before = weights(net)
        lesson.optimizer_step(net, optimizer, nn.MSELoss(), *small_batch(seed))
        see.amounts(f"the weights after the {ordinal} step of an optimizer of one layer", STEPS, before, weights(net))


def see_criteria(lesson: Any, see: Observation) -> None:
    """Observe steps with other criteria."""
    for name, criterion, target in (
        ("nn.CrossEntropyLoss", nn.CrossEntropyLoss(), classes()),
        ("nn.L1Loss", nn.L1Loss(), small_batch()[1]),
        ("a criterion of another kind", AsymmetricLoss(), small_batch()[1]),
    ):
        net = small()
        before = weights(net)
        loss = lesson.optimizer_step(
            net, torch.optim.SGD(net.parameters(), lr=0.1), criterion, small_batch()[0], target
        )
        see_loss(see, name, loss)
        see.amounts(f"the weights after a step with {name}", STEPS, before, weights(net))


def see_odd_networks(lesson: Any, see: Observation) -> None:
    """Observe steps of odd networks."""
    for name, build in (("an unused layer", with_unused_layer), ("a frozen layer", partly_frozen)):
        net: Any = build()
        before = weights(net)
        lesson.optimizer_step(net, torch.optim.SGD(net.parameters(), lr=0.1), nn.MSELoss(), *batch(3))
        see.amounts(f"the weights of a network with {name}", STEPS, before, weights(net))
        see(f"which parameters of a network with {name} take gradients", [p.requires_grad for p in net.parameters()])
    for mode in (True, False):
        net = with_modes().train(mode)
        net[3].p = 0.0
        loss = lesson.optimizer_step(net, torch.optim.SGD(net.parameters(), lr=0.1), nn.MSELoss(), *batch(7))
        see_loss(see, f"a network in {'train' if mode else 'eval'} mode", loss)
        see("the modes after the step", [module.training for module in net])
    net, (x, target) = small().double(), small_batch()
    lesson.optimizer_step(net, torch.optim.SGD(net.parameters(), lr=0.1), nn.MSELoss(), x.double(), target.double())
    see("the dtypes of a float64 network", [str(p.dtype) for p in net.parameters()])
    other = small().double()
    optimizer_step(other, torch.optim.SGD(other.parameters(), lr=0.1), nn.MSELoss(), x.double(), target.double())
    exact = all(torch.allclose(a, b, 1e-10, 1e-12) for a, b in zip(net.parameters(), other.parameters(), strict=True))
    see("whether a float64 network keeps its digits", exact)


exercise("optimizer_step")

never_forgets = wrong(
    "one that never clears the old gradients",
    "Each backward adds to the gradients that are there: the second step follows those of both batches.",
    drop("optimizer.zero_grad()"),
)

zero_grad_without_brackets = same_as(never_forgets, replace("optimizer.zero_grad()", "optimizer.zero_grad"))

forgets_of_the_criterion = same_as(never_forgets, replace("optimizer.zero_grad", "criterion.zero_grad"))

forgets_afterwards = wrong(
    "one that clears the gradients after its step only",
    "What was there before the first step still counts in it: other code may have left gradients behind. Clear before backward, and nothing depends on who came before.",
    drop("optimizer.zero_grad()"),
    insert("optimizer.zero_grad()", after="optimizer.step()"),
)

forgets_in_between = wrong(
    "one that clears the new gradients before its step can use them",
    "Between backward and the step the gradients are needed: without them no parameter moves. Clear before backward.",
    drop("optimizer.zero_grad()"),
    insert("optimizer.zero_grad()", after="loss.backward()"),
)

network_forgets_in_between = same_as(
    forgets_in_between, drop("optimizer.zero_grad()"), insert("net.zero_grad()", after="loss.backward()")
)

forgets_twice = same_as(forgets_in_between, insert("optimizer.zero_grad()", after="loss.backward()"))

no_step = wrong(
    "one whose optimizer never steps",
    "The gradients say where to go; the optimizer's own method for the update goes there. Is it called, with its brackets?",
    drop("optimizer.step()"),
)

step_without_brackets = same_as(no_step, replace("optimizer.step()", "optimizer.step"))

no_step_and_nothing_forgotten = same_as(no_step, drop("optimizer.zero_grad()"), drop("optimizer.step()"))

no_backward = wrong(
    "one that computes no gradients of the network",
    "The optimizer follows what is in each parameter's .grad: only backward fills it. Is it called, with its brackets, and on the loss that still has its graph?",
    drop("loss.backward()"),
)

backward_without_brackets = same_as(no_backward, replace("loss.backward()", "loss.backward"))

no_backward_and_nothing_forgotten = same_as(no_backward, drop("optimizer.zero_grad()"), drop("loss.backward()"))

only_loss = wrong(
    "one that only computes the loss",
    "After the loss come its gradients, and after them the optimizer's step.",
    body("return float(criterion(net(x), target).item())"),
)

only_forgets = same_as(
    only_loss,
    body("""
        optimizer.zero_grad()
        return float(criterion(net(x), target).item())
    """),
)

step_before_backward = wrong(
    "one that steps before the gradients are there",
    "Such a step follows old gradients, or none. First backward, then the optimizer.",
    body("""
        optimizer.zero_grad()
        loss = criterion(net(x), target)
        optimizer.step()
        loss.backward()
        return float(loss.item())
    """),
)

step_before_all = same_as(
    step_before_backward,
    body("""
        optimizer.step()
        optimizer.zero_grad()
        loss = criterion(net(x), target)
        loss.backward()
        return float(loss.item())
    """),
)

step_then_zero_then_backward = same_as(
    step_before_backward,
    body("""
        loss = criterion(net(x), target)
        optimizer.step()
        optimizer.zero_grad()
        loss.backward()
        return float(loss.item())
    """),
)

returns_tensor = wrong(
    "one that returns a tensor",
    "A loss with its graph keeps the memory of the whole step alive, and even without a graph it is no number to add up or to print. Return a plain Python number.",
    replace("float(loss.item())", "loss"),
)

returns_detached = same_as(returns_tensor, replace("return float(loss.item())", "return loss.detach()"))

returns_array = wrong(
    "one that returns a numpy array",
    "An array of no dimensions is still no number. Return a plain Python float.",
    replace("return float(loss.item())", "return loss.detach().numpy()"),
)

returns_nothing = wrong(
    "one that returns nothing",
    "A function without `return` gives back None; the caller wants to see the loss.",
    drop("return float(loss.item())"),
)

returns_what_step_gives = same_as(
    returns_nothing,
    replace(
        """
        optimizer.step()
        return float(loss.item())
    """,
        "return optimizer.step()",
    ),
)

returns_scores = wrong(
    "one that returns the scores",
    "The loss is asked for: one number that says how wrong the scores were.",
    replace(
        "loss = criterion(net(x), target)",
        """
        scores = net(x)
        loss = criterion(scores, target)
    """,
    ),
    replace("float(loss.item())", "scores"),
)

returns_text = wrong(
    "one that returns a text",
    "Text is for printing; a number is asked for.",
    replace("float(loss.item())", 'f"{loss.item():.4f}"'),
)

returns_rounded = wrong(
    "one that returns a rounded loss",
    "Rounding is for printing; the number itself is asked for.",
    replace("float(loss.item())", "float(round(loss.item(), 2))"),
)

returns_more_digits = same_as(returns_rounded, replace("float(loss.item())", "float(round(loss.item(), 3))"))

returns_int = wrong(
    "one that returns a whole number",
    "int() cuts off everything after the point; a loss of 0.7 would become 0.",
    replace("return float(loss.item())", "return int(loss.item())"),
)

returns_sum = wrong(
    "one that multiplies the loss with the number of inputs",
    "The criterion says what the loss is, a mean most often: return it as it is.",
    replace("float(loss.item())", "float(loss.item() * len(x))"),
)

returns_divided = wrong(
    "one that divides the loss by the number of inputs",
    "The criterion says what the loss is, a mean most often: it is divided already.",
    replace("float(loss.item())", "float(loss.item() / len(x))"),
)

follows_divided = wrong(
    "one that follows a loss divided by the number of inputs",
    "The criterion says what the loss is, a mean most often: dividing it again makes every step shorter.",
    replace("criterion(net(x), target)", "criterion(net(x), target) / len(x)"),
)

follows_divided_returns_whole = same_as(follows_divided, replace("loss.backward", "(loss / len(x)).backward"))

uphill = wrong(
    "one that follows the loss uphill",
    "The optimizer itself goes against the gradient: the loss must be handed to backward with its own sign.",
    replace("loss.backward", "(-loss).backward"),
)

returns_later_loss = wrong(
    "one that returns the loss after the update",
    "The network has to run once more for it. The loss that was computed before the update is there already.",
    replace(
        """
        loss = criterion(net(x), target)
        loss.backward()
    """,
        "criterion(net(x), target).backward()",
    ),
    replace("return float(loss.item())", "return float(criterion(net(x), target).item())"),
)

returns_later_loss_without_graph = same_as(
    returns_later_loss,
    replace(
        "return float(loss.item())",
        """
        with torch.no_grad():
            return float(criterion(net(x), target).item())
    """,
    ),
)

runs_twice = wrong(
    "one that runs the network twice before it steps",
    "It costs twice the time, and a network with dropout gives another loss each time. Keep the loss, and use it for backward and for the result.",
    replace("loss = criterion(net(x), target)", "value = criterion(net(x), target).item()"),
    replace("loss.backward", "criterion(net(x), target).backward"),
    replace("loss.item()", "value"),
)

runs_twice_later = wrong(
    "one that runs the network twice, and follows the first run",
    "It costs twice the time, and a network with dropout gives another loss each time. Keep the loss, and use it for backward and for the result.",
    replace("loss = criterion(net(x), target)", "criterion(net(x), target).backward()"),
    replace("loss.backward", "value = criterion(net(x), target).item"),
    replace("loss.item()", "value"),
)

loss_twice = wrong(
    "one that computes the loss twice from one run of the network",
    "The loss is there after the first time: keep it in a variable.",
    replace("loss = criterion(net(x), target)", "scores = net(x)"),
    replace("loss.backward", "criterion(scores, target).backward"),
    replace("return float(loss.item())", "return float(criterion(scores, target).item())"),
)

loss_twice_before = same_as(
    loss_twice,
    replace(
        "loss = criterion(net(x), target)",
        """
        scores = net(x)
        criterion(scores, target)
        loss = criterion(scores, target)
    """,
    ),
)

target_first = wrong(
    "one that passes the target first and the scores second",
    "Only some criteria, such as nn.MSELoss, do not care for the order. By torch's convention the scores come first.",
    replace("net(x), target", "target, net(x)"),
)

criterion_of_x = wrong(
    "one that hands the input to the criterion instead of the scores",
    "The criterion compares what the network makes of x with the target.",
    replace("net(x)", "x"),
)

runs_and_takes_x = same_as(
    criterion_of_x,
    replace(
        "loss = criterion(net(x), target)",
        """
        net(x)
        loss = criterion(x, target)
    """,
    ),
)

scores_against_x = wrong(
    "one that compares the scores with the input",
    "The criterion compares what the network makes of x with the target.",
    replace("criterion(net(x), target)", "criterion(net(x), x)"),
)

runs_on_target = wrong(
    "one that hands the target to the network",
    "The network is run on the input x; the target is what its scores are compared with.",
    replace("criterion(net(x), target)", "criterion(net(target), x)"),
)

runs_on_target_against_itself = same_as(runs_on_target, replace("net(x),", "net(target),"))

run_without_graph = wrong(
    "one that runs the network where nothing is recorded",
    "Under torch.no_grad() the scores get no graph, and backward cannot start. Here nothing needs it: the optimizer sees to that itself.",
    replace(
        "loss = criterion(net(x), target)",
        """
        with torch.no_grad():
            scores = net(x)
        loss = criterion(scores, target)
    """,
    ),
)

all_without_graph = same_as(
    run_without_graph,
    body("""
        with torch.no_grad():
            optimizer.zero_grad()
            loss = criterion(net(x), target)
            loss.backward()
            optimizer.step()
            return float(loss.item())
    """),
)

detached_scores = wrong(
    "one that cuts the scores off from their graph",
    "A detached tensor, or a new one made of its numbers, does not lead back to the weights. Pass the scores as they are.",
    replace(
        "loss = criterion(net(x), target)",
        """
        scores = net(x).detach().requires_grad_()
        loss = criterion(scores, target)
    """,
    ),
)

scores_detached = wrong(
    "one that detaches the scores",
    "A detached tensor does not lead back to the weights: backward cannot start from it. Pass the scores as they are.",
    replace("criterion(net(x), target)", "criterion(net(x).detach(), target)"),
)

inference_mode = same_as(
    run_without_graph,
    replace(
        "loss = criterion(net(x), target)",
        """
        with torch.inference_mode():
            loss = criterion(net(x), target)
    """,
    ),
)

detached_loss = wrong(
    "one that cuts the loss off from its graph before backward",
    "backward goes through the graph behind the loss: a detached copy of it has none.",
    replace("criterion(net(x), target)", "criterion(net(x), target).detach()"),
)

loss_made_anew = same_as(
    no_backward, replace("criterion(net(x), target)", "criterion(net(x), target).detach().requires_grad_()")
)

item_too_early = wrong(
    "one that turns the loss into a number too early",
    "A Python number has no graph: backward needs the tensor. Take the number at the end.",
    replace("criterion(net(x), target)", "criterion(net(x), target).item()"),
    replace("float(loss.item())", "float(loss)"),
)

backward_of_criterion = wrong(
    "one that asks the criterion for the gradients",
    "The criterion is a module that computes a loss; the graph hangs on the loss that it returned, and so does backward.",
    replace("loss.backward", "criterion.backward"),
)

backward_of_scores = wrong(
    "one that asks the scores for their gradients",
    "The scores are many numbers, and none of them is to become small: backward starts at the loss.",
    replace(
        """
        loss = criterion(net(x), target)
        loss.backward()
    """,
        """
        scores = net(x)
        loss = criterion(scores, target)
        scores.backward()
    """,
    ),
)

follows_scores = wrong(
    "one that follows the sum of the scores",
    "What is to become small is the loss: backward starts there.",
    replace(
        """
        loss = criterion(net(x), target)
        loss.backward()
    """,
        """
        scores = net(x)
        loss = criterion(scores, target)
        scores.sum().backward()
    """,
    ),
)

network_steps = wrong(
    "one that asks the network to step",
    "A network has no step: the optimizer moves its parameters.",
    replace("optimizer.step", "net.step"),
)

loss_steps = wrong(
    "one that asks the loss to step",
    "A loss has no step: the optimizer moves the parameters.",
    replace("optimizer.step", "loss.step"),
)

loss_handed_to_step = wrong(
    "one that passes the loss to the optimizer's step",
    "step takes no loss: it reads the gradients. Its only argument is a function, for optimizers that need the loss again.",
    replace("optimizer.step()", "optimizer.step(loss)"),
)

backward_twice = wrong(
    "one that goes through its graph twice",
    "The graph behind a loss is there once; a second backward needs a second run. Is backward called twice?",
    insert("loss.backward()", after="loss.backward()"),
)

backward_twice_retained = same_as(
    backward_twice, insert("loss.backward(retain_graph=True)", after="loss = criterion(net(x), target)")
)

steps_twice = wrong(
    "one whose optimizer steps twice with the same gradients",
    "One call is one step: the second one follows gradients of weights that are there no more.",
    insert("optimizer.step()", after="optimizer.step()"),
)

several_steps = wrong(
    "one that takes several whole steps",
    "One call is one step; how many there are is for the caller's loop to say.",
    body("""
        for _ in range(2):
            optimizer.zero_grad()
            loss = criterion(net(x), target)
            loss.backward()
            optimizer.step()
        return float(loss.item())
    """),
)

step_for_each = wrong(
    "one that steps once for each input",
    "The batch is one step: its loss is one number for all of its inputs.",
    body("""
        total = 0.0
        for one, wanted in zip(x, target, strict=True):
            optimizer.zero_grad()
            loss = criterion(net(one[None]), wanted[None])
            loss.backward()
            optimizer.step()
            total += loss.item()
        return total / len(x)
    """),
)

first_only = wrong(
    "one that learns from the first input only",
    "All inputs of the batch count.",
    replace("criterion(net(x), target)", "criterion(net(x[:1]), target[:1])"),
)

by_hand_with_its_rate = wrong(
    "one that updates by hand instead of asking the optimizer",
    "Which rule moves the parameters, and with which learning rate, is the optimizer's business: with Adam it is another one. Ask the optimizer to step.",
    replace(
        "optimizer.step()",
        """
        with torch.no_grad():
            for p in net.parameters():
                if p.grad is not None:
                    p -= optimizer.param_groups[0]["lr"] * p.grad
    """,
    ),
)

by_hand_with_own_rate = same_as(
    by_hand_with_its_rate,
    replace(
        "optimizer.step()",
        """
        with torch.no_grad():
            for p in net.parameters():
                if p.grad is not None:
                    p -= 0.01 * p.grad
    """,
    ),
)

by_hand_group_by_group = same_as(
    by_hand_with_its_rate,
    replace(
        "optimizer.step()",
        """
        for group in optimizer.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.data.sub_(group["lr"] * p.grad)
    """,
    ),
)

by_hand_as_well = wrong(
    "one that updates by hand beside the optimizer",
    "The optimizer moves the parameters: an update of your own moves them once more.",
    insert(
        """
        with torch.no_grad():
            for p in net.parameters():
                if p.grad is not None:
                    p -= optimizer.param_groups[0]["lr"] * p.grad
    """,
        after="optimizer.step()",
    ),
)

own_optimizer = wrong(
    "one that makes an optimizer of its own",
    "The optimizer that is handed in has its own rule, settings and memory; one that is made again in each step knows nothing of the steps before.",
    replace(
        "optimizer.zero_grad()",
        """
        other = torch.optim.SGD(net.parameters(), lr=optimizer.param_groups[0]["lr"])
        other.zero_grad()
    """,
    ),
    replace("optimizer.step", "other.step"),
)

own_optimizer_of_own_rate = same_as(
    own_optimizer, insert("optimizer = torch.optim.SGD(net.parameters(), lr=0.01)", before="optimizer.zero_grad()")
)

own_criterion = wrong(
    "one that takes a criterion of its own",
    "How the loss is measured is for the caller to say: with another criterion the numbers would be others.",
    replace("loss = criterion(net(x), target)", "loss = F.mse_loss(net(x), target)"),
)

own_cross_entropy = same_as(
    own_criterion, replace("loss = criterion(net(x), target)", "loss = F.cross_entropy(net(x), target)")
)

softmax_first = wrong(
    "one that makes probabilities of the scores first",
    "nn.CrossEntropyLoss takes raw scores and does this itself; other criteria want no probabilities at all. Pass the scores as they are.",
    replace("loss = criterion(net(x), target)", "loss = criterion(F.softmax(net(x), dim=1), target)"),
)

log_softmax_first = same_as(
    softmax_first, replace("loss = criterion(net(x), target)", "loss = criterion(F.log_softmax(net(x), dim=1), target)")
)

argmax_first = wrong(
    "one that makes classes of the scores first",
    "argmax has no gradient: it says which score is largest, and not how to make it larger. The criterion takes the scores.",
    replace("criterion(net(x), target)", "criterion(net(x).argmax(dim=1).float(), target)"),
)

target_as_float = wrong(
    "one that changes the target's dtype",
    "nn.CrossEntropyLoss takes class numbers, which are whole, and nn.MSELoss numbers like the scores. The target is in the right form for its criterion already.",
    replace("criterion(net(x), target)", "criterion(net(x), target.float())"),
)

target_as_long = wrong(
    "one that makes whole numbers of the target",
    "nn.CrossEntropyLoss takes class numbers, which are whole, and nn.MSELoss numbers like the scores. The target is in the right form for its criterion already.",
    replace("criterion(net(x), target)", "criterion(net(x), target.long())"),
)
