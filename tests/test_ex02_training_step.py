"""Spec of lesson 2: what loss, backward and update do, and what they leave alone."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kata.authoring import (
    NETWORKS,
    CallCounter,
    batch,
    expect,
    fresh_lenet,
    lenet,
    seeded,
    unchanged,
    with_modes,
    worked_batch,
    worked_example,
)

Build = Callable[[], nn.Module]

# Relative and absolute. Accelerators may multiply with 10 bits of mantissa (TF32) and in another order.
CPU_BOUNDS = {"rtol": 1e-4, "atol": 1e-5}
ACCELERATOR_BOUNDS = {"rtol": 2e-2, "atol": 2e-3}

every_network = pytest.mark.parametrize("build", NETWORKS.values(), ids=NETWORKS.keys())
every_mode = pytest.mark.parametrize("mode", ["train", "eval"])
every_rate = pytest.mark.parametrize("rate", [0.0, 0.01, 0.5], ids="learning rate {}".format)


def state(net: nn.Module) -> dict[str, Tensor]:
    """Return a copy of every parameter and buffer."""
    return {name: value.detach().clone() for name, value in net.state_dict().items()}


def gradients(net: nn.Module) -> dict[str, Tensor]:
    """Return a copy of every gradient; zeros where there is none."""
    return {
        name: torch.zeros_like(p) if p.grad is None else p.grad.detach().clone() for name, p in net.named_parameters()
    }


def all_close(
    what: str, given: dict[str, Tensor], wanted: dict[str, Tensor], why: str = "", device: str = "cpu", loose: float = 1
) -> None:
    """Ask the same of each tensor; `what` has a place for its name, and `loose` multiplies what may differ."""
    __tracebackhide__ = True
    bounds = CPU_BOUNDS if device == "cpu" else ACCELERATOR_BOUNDS
    for name, value in wanted.items():
        rtol, atol = bounds["rtol"] * loose, bounds["atol"] * loose
        expect.close(what.format(name), given[name].to(value.device), value, why, rtol=rtol, atol=atol)


def give_gradients(net: nn.Module, seed: int) -> None:
    """Give every parameter that takes one a gradient, as a backward pass would have left it."""
    for number, parameter in enumerate(net.parameters()):
        if parameter.requires_grad:
            parameter.grad = seeded(*parameter.shape, seed=seed + number)


def true_loss(net: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    """Return the mean squared error."""
    return F.mse_loss(net(x), target)


@pytest.mark.exercise(
    "compute_loss",
    level=1,
    hints=(
        "Two steps: the scores are what the network makes of x. The loss compares them with the target.",
        "The mean squared error exists in torch.nn.functional as a function, and in torch.nn as a module that is "
        "made first and called afterwards.",
        "Call the network with x, give its scores and the target to F.mse_loss with its default settings, and return "
        "what comes out as it is: no .item(), no .detach().",
    ),
)
@pytest.mark.filterwarnings("error:Using a target size")
class TestComputeLoss:
    """compute_loss."""

    def test_the_loss_of_a_small_network_worked_out_by_hand(self, lesson: Any) -> None:
        given = lesson.compute_loss(worked_example(), *worked_batch())

        expect.close("the loss", given, torch.tensor(2.0), "The squares are 1, 4 and 1: their mean is 2.")

    @pytest.mark.parametrize("count", [1, 3, 7, 10], ids="{} images".format)
    def test_the_loss_is_a_tensor_with_one_number_and_no_dimensions(self, lesson: Any, count: int) -> None:
        expect.tensor("the loss", lesson.compute_loss(lenet(), *batch(count)), (), torch.float32)

    @every_network
    @pytest.mark.parametrize("count", [3, 7], ids="{} images".format)
    def test_the_loss_is_the_mean_squared_error(self, lesson: Any, count: int, build: Build) -> None:
        given = lesson.compute_loss(build(), *batch(count))

        expect.close("the loss", given, true_loss(build(), *batch(count)))

    def test_the_loss_is_zero_where_the_scores_are_right(self, lesson: Any) -> None:
        net, (x, _) = lenet(), batch(3)

        given = lesson.compute_loss(net, x, net(x).detach())

        expect.close("the loss where target equals the scores", given, torch.tensor(0.0))

    @pytest.mark.parametrize("factor", [0.01, 100.0], ids="scores {} times as large".format)
    def test_the_loss_is_right_for_small_and_large_scores(self, lesson: Any, factor: float) -> None:
        net, (x, target) = worked_example(), worked_batch()
        with torch.no_grad():
            net.weight.mul_(factor)
            net.bias.mul_(factor)

        given = expect.tensor("the loss", lesson.compute_loss(net, x, target * factor), ())

        expect.close("the loss", given / factor**2, torch.tensor(2.0))

    def test_the_loss_has_its_graph_behind_it(self, lesson: Any) -> None:
        loss = expect.tensor("the loss", lesson.compute_loss(lenet(), *batch(3)))

        expect.true("loss.grad_fn", loss.grad_fn is not None, "the last node of the graph", "None")

    def test_behind_the_loss_come_the_last_linear_layer_and_then_a_relu(self, lesson: Any) -> None:
        loss = expect.tensor("the loss", lesson.compute_loss(lenet(), *batch(3)))

        node, names = loss.grad_fn, []
        while node is not None:
            names.append(node.name())
            inner = [after for after, _ in node.next_functions if after is not None]
            node = next((after for after in inner if "Accumulate" not in after.name()), None)
        seen = [name for name in names if name in ("AddmmBackward0", "ReluBackward0")]
        expect.equal(
            "the layers met first on the way back from loss.grad_fn", seen[:2], ["AddmmBackward0", "ReluBackward0"]
        )

    @every_network
    def test_gradients_can_flow_from_the_loss_to_every_parameter(self, lesson: Any, build: Build) -> None:
        net, right = build(), build()

        loss = expect.tensor("the loss", lesson.compute_loss(net, *batch(3)), ())
        expect.true("loss.requires_grad", loss.requires_grad, "True", "False", "Something cut the graph on the way.")
        loss.backward()
        true_loss(right, *batch(3)).backward()

        all_close("net.{}.grad after loss.backward()", gradients(net), gradients(right))

    def test_the_loss_keeps_the_dtype_of_the_scores(self, lesson: Any) -> None:
        net, (x, target) = lenet().double(), batch(3)

        given = lesson.compute_loss(net, x.double(), target.double())

        expect.tensor("the loss of a float64 network", given, (), torch.float64)

    @every_mode
    def test_the_network_stays_in_its_mode(self, lesson: Any, mode: str) -> None:
        net = with_modes().train(mode == "train")

        lesson.compute_loss(net, *batch(7))

        expect.equal("[module.training for module in net]", [m.training for m in net], [mode == "train"] * 5)

    def test_the_loss_in_eval_mode_is_that_of_the_network_in_eval_mode(self, lesson: Any) -> None:
        given = lesson.compute_loss(with_modes().eval(), *batch(7))

        expect.close("the loss in eval mode", given, true_loss(with_modes().eval(), *batch(7)))

    def test_the_network_is_run_once(self, lesson: Any) -> None:
        net = CallCounter(lenet())

        lesson.compute_loss(net, *batch(3))

        expect.equal("how often compute_loss runs the network", net.runs, 1)

    def test_weights_and_old_gradients_are_left_as_they_are(self, lesson: Any) -> None:
        net = lenet()
        give_gradients(net, seed=3)
        weights, old = state(net), gradients(net)

        with unchanged(net, but=("values", "gradients")):
            lesson.compute_loss(net, *batch(3))

        all_close("net.{} after compute_loss", state(net), weights)
        all_close("net.{}.grad after compute_loss", gradients(net), old, "Clearing them is the business of backward.")

    def test_images_and_target_are_left_as_they_are(self, lesson: Any) -> None:
        x, target = batch(3)

        lesson.compute_loss(lenet(), x, target)

        expect.close("x after compute_loss", x, batch(3)[0])
        expect.equal("x.requires_grad after compute_loss", x.requires_grad, False)
        expect.close("target after compute_loss", target, batch(3)[1])

    def test_random_state_is_left_alone(self, lesson: Any) -> None:
        net, before = lenet(), torch.get_rng_state()

        lesson.compute_loss(net, *batch(3))

        expect.true("torch's random state", torch.equal(torch.get_rng_state(), before), "as before", "changed")

    def test_nothing_is_recorded_where_the_caller_asks_for_no_gradients(self, lesson: Any) -> None:
        with torch.no_grad():
            loss = expect.tensor("the loss", lesson.compute_loss(lenet(), *batch(3)))

        expect.equal("loss.requires_grad under torch.no_grad()", loss.requires_grad, False)

    def test_the_loss_is_on_the_device_of_the_network(self, lesson: Any, device: str) -> None:
        x, target = batch(3)

        loss = expect.tensor("the loss", lesson.compute_loss(lenet().to(device), x.to(device), target.to(device)))

        expect.equal(f"loss.device for a network on {device}", loss.device.type, device.partition(":")[0])

    def test_the_loss_is_right_on_every_device(self, lesson: Any, device: str) -> None:
        x, target = batch(3)

        given = lesson.compute_loss(lenet().to(device), x.to(device), target.to(device))

        loss = expect.tensor("the loss", given, ())
        all_close("{}", {"the loss": loss}, {"the loss": true_loss(lenet(), x, target)}, device=device)


@pytest.mark.exercise(
    "backward",
    level=2,
    hints=(
        "Print net.conv1.bias.grad twice in a row after two backward passes on the same data. Does it double?",
        "Two steps in this order: make the network clear its old gradients, then ask the loss to send its gradients "
        "back. Both are methods, one of the network and one of the loss.",
        "Every nn.Module has zero_grad(); every tensor with a graph has backward(). Mind the parentheses: a name alone "
        "calls nothing. No arguments are needed.",
    ),
)
class TestBackward:
    """backward."""

    def test_gradients_of_a_small_network_worked_out_by_hand(self, lesson: Any) -> None:
        net = worked_example()

        lesson.backward(net, true_loss(net, *worked_batch()))

        # Each score's share is 2/3 of its difference: 2/3, -4/3, -2/3.
        wanted = torch.tensor([[2 / 3 - 2 / 3 * 2, -4 / 3 - 2 / 3 * 2]])
        expect.close("net.weight.grad", net.weight.grad, wanted, "Each input times its score's share, summed up.")
        expect.close("net.bias.grad", net.bias.grad, torch.tensor([-4 / 3]), "The shares of all scores, summed up.")

    def test_conv1_bias_has_no_gradient_before_and_six_numbers_after(self, lesson: Any) -> None:
        net = lenet()
        loss = true_loss(net, *batch(3))
        expect.true("net.conv1.bias.grad before", net.conv1.bias.grad is None, "None", "a tensor")

        lesson.backward(net, loss)

        expect.tensor("net.conv1.bias.grad after", net.conv1.bias.grad, (6,))

    @every_network
    @pytest.mark.parametrize("start", ["no", "zero", "stale", "infinite"], ids="from {} gradients".format)
    def test_gradients_are_those_of_this_loss_alone(self, lesson: Any, build: Build, start: str) -> None:
        net, right = build(), build()
        loss = true_loss(net, *batch(3))
        for parameter in net.parameters():
            if start != "no" and parameter.requires_grad:
                parameter.grad = torch.full_like(parameter, {"zero": 0.0, "stale": 5.0}.get(start, torch.inf))

        lesson.backward(net, loss)
        true_loss(right, *batch(3)).backward()

        all_close(f"net.{{}}.grad, starting from {start} gradients", gradients(net), gradients(right))

    def test_a_second_backward_of_the_same_batch_does_not_double_the_gradients(self, lesson: Any) -> None:
        net = lenet()

        lesson.backward(net, true_loss(net, *batch(3)))
        first = gradients(net)
        lesson.backward(net, true_loss(net, *batch(3)))

        all_close("net.{}.grad after the second time", gradients(net), first, "Old gradients must be cleared.")

    def test_gradients_are_those_of_the_last_loss(self, lesson: Any) -> None:
        net, right = lenet(), lenet()

        lesson.backward(net, true_loss(net, *batch(3, seed=1)))
        lesson.backward(net, true_loss(net, *batch(7, seed=2)))
        true_loss(right, *batch(7, seed=2)).backward()

        all_close("net.{}.grad after a second batch", gradients(net), gradients(right))

    def test_a_frozen_parameter_takes_no_gradient(self, lesson: Any) -> None:
        net = NETWORKS["partly frozen"]()

        lesson.backward(net, true_loss(net, *batch(3)))

        taken = [name for name, p in net.named_parameters() if not p.requires_grad and p.grad is not None]
        expect.equal("the frozen parameters with a gradient", taken, [])

    @every_network
    def test_weights_are_left_as_they_are(self, lesson: Any, build: Build) -> None:
        net = build()
        before = state(net)
        takes = [parameter.requires_grad for parameter in net.parameters()]

        lesson.backward(net, true_loss(net, *batch(3)))

        all_close("net.{} after backward", state(net), before, "Moving them is the business of sgd_update.")
        expect.equal("which parameters take gradients", [p.requires_grad for p in net.parameters()], takes)

    def test_gradients_have_no_graph_of_their_own(self, lesson: Any) -> None:
        net = lenet()

        lesson.backward(net, true_loss(net, *batch(3)))

        found = [name for name, p in net.named_parameters() if p.grad is not None and p.grad.requires_grad]
        expect.equal("the gradients that have a graph (create_graph?)", found, [])

    def test_the_graph_of_the_loss_is_used_up(self, lesson: Any) -> None:
        net = lenet()
        loss = true_loss(net, *batch(3))

        lesson.backward(net, loss)

        try:
            loss.backward()
            freed = False
        except RuntimeError:
            freed = True
        expect.true("the graph after backward", freed, "used up", "kept", "It would be kept in memory for nothing.")

    @every_mode
    def test_the_network_stays_in_its_mode(self, lesson: Any, mode: str) -> None:
        net = with_modes().train(mode == "train")

        lesson.backward(net, true_loss(net, *batch(7)))

        expect.equal("[module.training for module in net]", [m.training for m in net], [mode == "train"] * 5)

    def test_gradients_keep_the_dtype_of_the_weights(self, lesson: Any) -> None:
        net, (x, target) = lenet().double(), batch(3)

        lesson.backward(net, true_loss(net, x.double(), target.double()))

        expect.tensor("net.conv1.weight.grad", net.conv1.weight.grad, (6, 1, 5, 5), torch.float64)

    def test_gradients_are_on_the_device_of_the_network(self, lesson: Any, device: str) -> None:
        net, (x, target) = lenet().to(device), batch(3)

        lesson.backward(net, true_loss(net, x.to(device), target.to(device)))

        grad = expect.tensor("net.conv1.bias.grad", net.conv1.bias.grad, (6,))
        what = f"net.conv1.bias.grad.device for a network on {device}"
        expect.equal(what, grad.device.type, device.partition(":")[0])

    def test_gradients_are_right_on_every_device(self, lesson: Any, device: str) -> None:
        net, right, (x, target) = lenet().to(device), lenet(), batch(3)

        lesson.backward(net, true_loss(net, x.to(device), target.to(device)))
        true_loss(right, x, target).backward()

        all_close("net.{}.grad", gradients(net), gradients(right), device=device)


@pytest.mark.exercise(
    "sgd_update",
    level=2,
    hints=(
        "net.parameters() gives all weights and biases in turn; each has its gradient in .grad, or None there.",
        "The name p in a loop is only a name: `p = ...` makes it stand for something else and leaves the network as "
        "it was. The number inside the tensor must change. And torch wants to know that this change is no part "
        "of a graph.",
        "Inside `with torch.no_grad():` go over the parameters, skip those whose gradient is None, and take learning "
        "rate times gradient off each one with an in-place operation.",
    ),
)
class TestSgdUpdate:
    """sgd_update."""

    def test_an_update_worked_out_by_hand(self, lesson: Any) -> None:
        net = worked_example()  # weight 1 and -2, bias 0.5
        net.weight.grad, net.bias.grad = torch.tensor([[0.5, -4.0]]), torch.tensor([3.0])

        lesson.sgd_update(net, 0.1)

        expect.close("net.weight", net.weight, torch.tensor([[0.95, -1.6]]), "1 - 0.1 * 0.5 and -2 - 0.1 * -4")
        expect.close("net.bias", net.bias, torch.tensor([0.2]), "0.5 - 0.1 * 3")

    @every_network
    @every_rate
    def test_every_parameter_moves_by_learning_rate_times_gradient(
        self, lesson: Any, rate: float, build: Build
    ) -> None:
        net, right = build(), build()
        for one in (net, right):
            true_loss(one, *batch(3)).backward()

        lesson.sgd_update(net, rate)
        torch.optim.SGD(right.parameters(), lr=rate).step()

        all_close("net.{} after the update", state(net), state(right), "torch.optim.SGD moves it there.")

    def test_every_parameter_moves_by_its_own_gradient(self, lesson: Any) -> None:
        net = lenet()
        give_gradients(net, seed=3)
        wanted = {name: p.detach() - 0.3 * gradients(net)[name] for name, p in net.named_parameters()}

        lesson.sgd_update(net, 0.3)

        all_close("net.{} after the update", state(net), wanted)

    def test_two_updates_equal_two_steps_of_torch_optim_sgd(self, lesson: Any) -> None:
        net, right = lenet(), lenet()
        optimizer = torch.optim.SGD(right.parameters(), lr=0.05)

        for seed in (3, 30):
            give_gradients(net, seed)
            lesson.sgd_update(net, 0.05)
            give_gradients(right, seed)
            optimizer.step()

        all_close(
            "net.{} after two updates", state(net), state(right), "An update remembers nothing of the one before."
        )

    def test_nothing_moves_where_gradients_are_zero(self, lesson: Any) -> None:
        net = lenet()
        give_gradients(net, seed=3)
        lesson.sgd_update(net, 0.1)
        for parameter in net.parameters():
            parameter.grad = torch.zeros_like(parameter)
        before = state(net)

        lesson.sgd_update(net, 0.1)

        all_close("net.{} after an update with zero gradients", state(net), before)

    def test_a_parameter_without_gradient_stays(self, lesson: Any) -> None:
        net = worked_example()
        net.weight.grad = torch.tensor([[0.5, -4.0]])

        lesson.sgd_update(net, 0.1)

        expect.close("net.weight", net.weight, torch.tensor([[0.95, -1.6]]))
        expect.close("net.bias, whose gradient is None", net.bias, torch.tensor([0.5]))

    def test_a_network_without_any_gradient_stays(self, lesson: Any) -> None:
        net = lenet()

        lesson.sgd_update(net, 0.1)

        all_close("net.{} without gradients", state(net), state(lenet()))

    def test_gradients_are_only_read(self, lesson: Any) -> None:
        net = lenet()
        give_gradients(net, seed=3)
        before = gradients(net)

        lesson.sgd_update(net, 0.1)

        all_close("net.{}.grad after the update", gradients(net), before, "Clearing is the business of backward.")

    @every_network
    def test_parameters_stay_the_same_objects_and_take_gradients(self, lesson: Any, build: Build) -> None:
        net = build()
        give_gradients(net, seed=3)
        before = [(name, id(p), p.requires_grad) for name, p in net.named_parameters()]

        lesson.sgd_update(net, 0.1)

        after = [(name, id(p), p.requires_grad) for name, p in net.named_parameters()]
        others = [name for (name, one, _), (_, other, _) in zip(before, after, strict=True) if one != other]
        expect.equal("the parameters that are new objects", others, [], "Optimizers hold on to the old ones.")
        expect.equal("which parameters take gradients", [t for *_, t in after], [t for *_, t in before])
        expect.equal("the parameters with a graph", [n for n, p in net.named_parameters() if not p.is_leaf], [])

    def test_the_network_can_go_on_learning(self, lesson: Any) -> None:
        net, right = lenet(), lenet()
        give_gradients(net, seed=3)
        give_gradients(right, seed=3)
        lesson.sgd_update(net, 0.01)
        torch.optim.SGD(right.parameters(), lr=0.01).step()

        for one in (net, right):
            one.zero_grad()
            true_loss(one, *batch(3)).backward()

        all_close("net.{}.grad of the next backward", gradients(net), gradients(right), loose=10)

    @every_mode
    def test_buffers_and_mode_are_left_as_they_are(self, lesson: Any, mode: str) -> None:
        net = with_modes().train(mode == "train")
        give_gradients(net, seed=3)
        before = {name: buffer.clone() for name, buffer in net.named_buffers()}

        lesson.sgd_update(net, 0.1)

        all_close("net.{} (a buffer) after the update", dict(net.named_buffers()), before)
        expect.equal("[module.training for module in net]", [m.training for m in net], [mode == "train"] * 5)

    def test_parameters_keep_their_dtype(self, lesson: Any) -> None:
        net = lenet().double()
        give_gradients_double(net)
        wanted = net.conv1.weight.detach() - 0.1 * net.conv1.weight.grad

        lesson.sgd_update(net, 0.1)

        expect.close("net.conv1.weight of a float64 network", net.conv1.weight, wanted, rtol=1e-12, atol=1e-12)

    def test_parameters_stay_on_their_device(self, lesson: Any, device: str) -> None:
        net = lenet()
        give_gradients(net, seed=3)
        net.to(device)

        lesson.sgd_update(net, 0.1)

        devices = sorted({parameter.device.type for parameter in net.parameters()})
        expect.equal(f"the devices of the parameters of a network on {device}", devices, [device.partition(":")[0]])

    def test_the_update_is_right_on_every_device(self, lesson: Any, device: str) -> None:
        net, right = lenet(), lenet()
        give_gradients(net, seed=3)
        give_gradients(right, seed=3)
        net.to(device)

        lesson.sgd_update(net, 0.1)
        torch.optim.SGD(right.parameters(), lr=0.1).step()

        all_close("net.{} after the update", state(net), state(right), device=device)


def give_gradients_double(net: nn.Module) -> None:
    """Give a float64 network gradients that float32 cannot hold."""
    for number, parameter in enumerate(net.parameters()):
        parameter.grad = seeded(*parameter.shape, seed=number).double() / 3


@pytest.mark.exercise(
    "train_step",
    level=2,
    hints=(
        "You have written all three parts already; this one calls them in the right order.",
        "Loss first, then its gradients, then the update: each needs what the one before left. What is returned was "
        "known before the update.",
        "Keep what compute_loss returns, give it to backward, call sgd_update with the learning rate, and turn the "
        "kept loss into a Python number with .item().",
    ),
)
class TestTrainStep:
    """train_step."""

    def test_a_step_of_a_small_network_worked_out_by_hand(self, lesson: Any) -> None:
        net = worked_example()

        loss = lesson.train_step(net, *worked_batch(), 0.3)

        expect.number("what train_step returns", loss, 2.0, "The squares are 1, 4 and 1: their mean is 2.")
        expect.close("net.weight", net.weight, torch.tensor([[1.2, -1.2]]), "1 - 0.3 * -2/3 and -2 - 0.3 * -8/3")
        expect.close("net.bias", net.bias, torch.tensor([0.9]), "0.5 - 0.3 * -4/3")

    def test_the_loss_is_returned_as_a_python_float(self, lesson: Any) -> None:
        given = lesson.train_step(lenet(), *batch(3), 0.01)

        expect.number("what train_step returns", given, float(true_loss(lenet(), *batch(3)).item()))

    def test_the_loss_is_that_before_the_update(self, lesson: Any) -> None:
        net, (x, target) = lenet(), batch(3)
        before = true_loss(net, x, target).item()

        expect.number(
            "what train_step returns", lesson.train_step(net, x, target, 0.05), before, "The loss before the update."
        )

    @every_network
    @every_rate
    def test_one_step_equals_one_of_torch_optim_sgd(self, lesson: Any, rate: float, build: Build) -> None:
        net, right = build(), build()

        lesson.train_step(net, *batch(3), rate)
        true_loss(right, *batch(3)).backward()
        torch.optim.SGD(right.parameters(), lr=rate).step()

        all_close("net.{} after one step", state(net), state(right))

    @every_network
    def test_three_steps_equal_three_of_torch_optim_sgd(self, lesson: Any, build: Build) -> None:
        net, right = build(), build()
        optimizer = torch.optim.SGD(right.parameters(), lr=0.02)

        for seed in (1, 2, 1):
            lesson.train_step(net, *batch(3, seed), 0.02)
            optimizer.zero_grad()
            true_loss(right, *batch(3, seed)).backward()
            optimizer.step()

        all_close("net.{} after three steps", state(net), state(right), "Nothing is left over from the step before.")

    def test_old_gradients_do_not_count(self, lesson: Any) -> None:
        net, right = lenet(), lenet()
        give_gradients(net, seed=3)

        lesson.train_step(net, *batch(3), 0.05)
        lesson.train_step(right, *batch(3), 0.05)

        all_close("net.{} after a step that met old gradients", state(net), state(right))

    def test_parameters_stay_the_same_objects_and_take_gradients(self, lesson: Any) -> None:
        net = NETWORKS["partly frozen"]()
        before = [(id(p), p.requires_grad) for p in net.parameters()]

        lesson.train_step(net, *batch(3), 0.01)

        expect.true(
            "the parameters",
            [id(p) for p in net.parameters()] == [one for one, _ in before],
            "the objects that they were",
            "others",
        )
        expect.equal(
            "which parameters take gradients", [p.requires_grad for p in net.parameters()], [t for _, t in before]
        )

    def test_images_and_target_are_left_as_they_are(self, lesson: Any) -> None:
        x, target = batch(3)

        lesson.train_step(lenet(), x, target, 0.01)

        expect.close("x after the step", x, batch(3)[0])
        expect.close("target after the step", target, batch(3)[1])
        expect.equal("x.requires_grad after the step", x.requires_grad, False)

    @every_mode
    def test_the_network_stays_in_its_mode(self, lesson: Any, mode: str) -> None:
        net = with_modes().train(mode == "train")

        lesson.train_step(net, *batch(7), 0.01)

        expect.equal("[module.training for module in net]", [m.training for m in net], [mode == "train"] * 5)

    def test_a_step_in_eval_mode_uses_the_scores_of_eval_mode(self, lesson: Any) -> None:
        before = true_loss(with_modes().eval(), *batch(7)).item()

        expect.number(
            "what train_step returns in eval mode", lesson.train_step(with_modes().eval(), *batch(7), 0.01), before
        )

    def test_the_network_is_run_once(self, lesson: Any) -> None:
        net = CallCounter(lenet())

        lesson.train_step(net, *batch(3), 0.01)

        expect.equal("how often train_step runs the network", net.runs, 1)

    def test_random_state_is_left_alone(self, lesson: Any) -> None:
        net, before = lenet(), torch.get_rng_state()

        lesson.train_step(net, *batch(3), 0.01)

        expect.true("torch's random state", torch.equal(torch.get_rng_state(), before), "as before", "changed")

    def test_the_loss_falls_to_less_than_half_in_20_steps(self, lesson: Any, device: str) -> None:
        """Over 100 seeds of weights and batches the reference ended at 0.11 of its start or less."""
        net = fresh_lenet().to(device)
        x = seeded(8, 1, 32, 32, seed=1).to(device)
        target = (torch.linspace(-1, 1, 10) + 0.2 * seeded(8, 10, seed=2)).to(device)

        losses = [lesson.train_step(net, x, target, 0.1) for _ in range(21)]

        expect.true(
            "the loss after 20 steps on one batch",
            losses[-1] < losses[0] / 2,
            f"under half of {losses[0]:.4g}",
            f"{losses[-1]:.4g}",
        )


@pytest.mark.speed("sgd_update")
class SpeedOfSgdUpdate:
    """sgd_update, yours beside the solution's."""

    def test_update_of_lenet(self, contestant: Any, benchmark: Any) -> None:
        net = lenet()
        give_gradients(net, seed=3)

        benchmark(contestant.sgd_update, net, 1e-6)


@pytest.mark.speed("train_step")
class SpeedOfTrainStep:
    """train_step, yours beside the solution's."""

    def test_step_with_32_images(self, contestant: Any, benchmark: Any) -> None:
        net, (x, target) = lenet(), batch(32)

        benchmark(contestant.train_step, net, x, target, 1e-6)
