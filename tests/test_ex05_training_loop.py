"""Spec of lesson 5: what an epoch, an evaluation, a whole run and its checkpoints do, and what they leave alone."""

import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast
from unittest import mock

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from kata.authoring import (
    NETWORKS,
    Batch,
    CallCounter,
    CountingLoader,
    FailingState,
    ForwardSpy,
    LoaderError,
    MaliciousPickle,
    RecordingLoader,
    ReplaceSpy,
    TransferSpy,
    batches,
    expect,
    failing_loader,
    fresh_lenet,
    labelled,
    lenet,
    mixed,
    other_names,
    other_sizes,
    pretend_accelerator,
    readout,
    unchanged,
    with_modes,
)

Build = Callable[[], nn.Module]

# Relative and absolute. Accelerators may multiply with 10 bits of mantissa (TF32) and in another order.
CPU_BOUNDS = {"rtol": 1e-4, "atol": 1e-5}
ACCELERATOR_BOUNDS = {"rtol": 2e-2, "atol": 2e-3}

LEARNERS: dict[str, Callable[[nn.Module], torch.optim.Optimizer]] = {
    "plain SGD": lambda net: torch.optim.SGD(net.parameters(), lr=0.05),
    "SGD with momentum": lambda net: torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9),
    "Adam": lambda net: torch.optim.Adam(net.parameters(), lr=0.003),
}

every_network = pytest.mark.parametrize("build", NETWORKS.values(), ids=NETWORKS.keys())
every_optimizer = pytest.mark.parametrize("optimize", LEARNERS.values(), ids=LEARNERS.keys())


def state(net: nn.Module) -> dict[str, Tensor]:
    """Return a copy of every parameter and buffer."""
    return {name: value.detach().clone() for name, value in net.state_dict().items()}


def all_close(
    what: str, given: dict[str, Tensor], wanted: dict[str, Tensor], why: str = "", device: str = "cpu"
) -> None:
    """Ask the same of each tensor; `what` has a place for its name."""
    __tracebackhide__ = True
    bounds = CPU_BOUNDS if device == "cpu" else ACCELERATOR_BOUNDS
    for name, value in wanted.items():
        expect.close(what.format(name), given[name].to(value.device), value, why, **bounds)


def zeros() -> Any:
    """Return a network of two inputs that gives ten zeros: what it learns can be followed by hand."""
    net = nn.Linear(2, 10)
    for parameter in net.parameters():
        nn.init.zeros_(parameter)
    return net


def read_as(*digits: int) -> Tensor:
    """Return scores (N, 10) that are 0 but for the digit that is read: ln 9, so that its probability is 1/2."""
    return F.one_hot(torch.tensor(digits), 10) * math.log(9)


def length(what: str, given: object) -> int:
    """Ask for a list, and return how long it is."""
    __tracebackhide__ = True
    if not isinstance(given, list):
        raise expect.Mismatch(what, "a list with one entry per epoch", type(given).__name__)
    return len(given)


def reaches_device(what: str, run: Callable[[nn.Module, list[Batch], str], object]) -> None:
    """Ask that images and labels are moved to the device that is asked for, and to no other that is there."""
    __tracebackhide__ = True
    with pretend_accelerator():
        for device, wanted in (("cuda", "cuda:0"), ("cpu", "cpu")):
            net, moves = ForwardSpy(nn.Sequential(nn.Flatten(), nn.Linear(1024, 10)).to(device)), TransferSpy()
            try:
                with moves:
                    run(net, batches(4, 2), device)
            except Exception as error:  # noqa: BLE001  (where it runs is asked, not what comes of it)
                expect.no_stub(error)
            expect.true(f"the network inside {what}", net.devices, "run", "never run")
            expect.equal(f"the device on which {what} gives images to a network on {wanted}", net.devices[0], wanted)
            moved = moves.labels == (device == "cuda")
            expect.true(f"the labels of {what} for a network on {wanted}", moved, f"on {wanted}", "on another device")


@pytest.mark.exercise(
    "train_one_epoch",
    level=2,
    hints=(
        "Inside the loop stands the training step that you know, with the batch moved to the device before it. Before "
        "the loop: the mode, and the counters. After it: one division.",
        "The loss of a batch is a mean over its images. To get the mean over all images, a batch of 64 must count "
        "twice as much as one of 32: add up loss times images, and images, and divide at the end.",
        "net.train(); then for each batch: .to(device) for both, F.cross_entropy of the scores and the labels, "
        "optimizer.zero_grad(), loss.backward(), optimizer.step(), and loss.item() times the number of images to the "
        "total. If no image was counted, raise ValueError.",
    ),
)
class TestTrainOneEpoch:
    """train_one_epoch."""

    def test_an_epoch_of_two_unequal_batches_worked_out_by_hand(self, lesson: Any) -> None:
        net = zeros()
        loader = [
            (torch.tensor([[1.0, 0.0], [1.0, 0.0]]), torch.tensor([3, 3])),
            (torch.tensor([[0.0, 1.0]]), torch.tensor([3])),
        ]

        given = lesson.train_one_epoch(net, loader, torch.optim.SGD(net.parameters(), lr=1.0), "cpu")

        # Ten equal scores: ln 10, twice. The step makes the bias 0.9 for the 3 and -0.1 for the others: ln(1 + 9/e).
        wanted = (2 * math.log(10) + math.log(1 + 9 / math.e)) / 3
        expect.number("what train_one_epoch returns", given, wanted, "Two images with a loss of 2.303, one with 1.461.")
        share = 1 / (math.e + 9)  # of a wrong digit, in the second step
        expect.close("net.bias[0]", net.bias[0], torch.tensor(-0.1 - share), "-0.1 - 1 / (e + 9)")
        expect.close("net.bias[3]", net.bias[3], torch.tensor(0.9 + 9 * share), "0.9 + 9 / (e + 9)")

    def test_the_mean_is_one_over_images_not_over_batches(self, lesson: Any, reference: Any) -> None:
        net, right = lenet(), lenet()
        pairs = batches(5, 4, 1)

        given = lesson.train_one_epoch(net, pairs, torch.optim.SGD(net.parameters(), lr=0.1), "cpu")

        wanted = reference.train_one_epoch(right, pairs, torch.optim.SGD(right.parameters(), lr=0.1), "cpu")
        expect.number("what train_one_epoch returns for batches of 5, 4 and 1", given, wanted)

    def test_the_loss_of_one_batch_is_its_cross_entropy_before_the_step(self, lesson: Any) -> None:
        net, (images, labels) = lenet(), labelled(6)
        wanted = F.cross_entropy(net(images), labels).item()

        given = lesson.train_one_epoch(net, [(images, labels)], torch.optim.SGD(net.parameters(), lr=0.1), "cpu")

        expect.number("what train_one_epoch returns for one batch", given, wanted, "The loss before the step.")

    @every_network
    def test_the_weights_are_those_of_one_step_per_batch(self, lesson: Any, build: Build) -> None:
        net, right = build(), build()
        optimizer = torch.optim.SGD(right.parameters(), lr=0.05)
        pairs = batches(4, 3)

        lesson.train_one_epoch(net, pairs, torch.optim.SGD(net.parameters(), lr=0.05), "cpu")
        for images, labels in pairs:
            optimizer.zero_grad()
            F.cross_entropy(right(images), labels).backward()
            optimizer.step()

        all_close("net.{} after an epoch of two batches", state(net), state(right))

    @every_optimizer
    def test_two_epochs_with_the_optimizer_that_is_given(self, lesson: Any, reference: Any, optimize: Any) -> None:
        net, right = lenet(), lenet()
        mine, its = optimize(net), optimize(right)

        given = [lesson.train_one_epoch(net, batches(4, 2), mine, "cpu") for _ in range(2)]
        wanted = [reference.train_one_epoch(right, batches(4, 2), its, "cpu") for _ in range(2)]

        all_close("net.{} after two epochs", state(net), state(right), "The optimizer remembers the first epoch.")
        expect.number("the loss of the second epoch", given[1], wanted[1])

    def test_old_gradients_do_not_count(self, lesson: Any, reference: Any) -> None:
        net, right = lenet(), lenet()
        for parameter in net.parameters():
            parameter.grad = torch.full_like(parameter, 5.0)

        lesson.train_one_epoch(net, batches(4), torch.optim.SGD(net.parameters(), lr=0.05), "cpu")
        reference.train_one_epoch(right, batches(4), torch.optim.SGD(right.parameters(), lr=0.05), "cpu")

        all_close("net.{} after an epoch that met old gradients", state(net), state(right))

    def test_the_network_learns_in_train_mode_and_stays_in_it(self, lesson: Any) -> None:
        net = ForwardSpy(with_modes().eval()).eval()

        lesson.train_one_epoch(net, batches(4, 3), torch.optim.SGD(net.parameters(), lr=0.05), "cpu")

        expect.equal("net.training in each batch, for a network that was in eval mode", net.modes, [True, True])
        expect.equal("the modules in train mode afterwards", sum(m.training for m in net.modules()), 7)

    def test_dropout_and_batch_norm_work_as_in_train_mode(self, lesson: Any, reference: Any) -> None:
        net, right = with_modes().eval(), with_modes().eval()
        torch.default_generator.manual_seed(3)
        given = lesson.train_one_epoch(net, batches(5, 4), torch.optim.SGD(net.parameters(), lr=0.05), "cpu")
        torch.default_generator.manual_seed(3)

        wanted = reference.train_one_epoch(right, batches(5, 4), torch.optim.SGD(right.parameters(), lr=0.05), "cpu")

        expect.number("what train_one_epoch returns for a network with dropout", given, wanted)
        all_close("net.{} after an epoch", state(net), state(right))

    def test_the_loader_is_gone_through_once_and_needs_no_length(self, lesson: Any) -> None:
        net, loader = lenet(), CountingLoader(batches(3, 2))

        lesson.train_one_epoch(net, loader, torch.optim.SGD(net.parameters(), lr=0.05), "cpu")

        expect.equal("how often the loader is iterated", loader.times, 1)

    def test_a_generator_and_a_data_loader_are_loaders_too(self, lesson: Any, reference: Any) -> None:
        images, labels = labelled(10)
        loader = DataLoader(TensorDataset(images, labels), batch_size=4)
        pairs = list(zip(images.split(4), labels.split(4), strict=True))
        right = lenet()
        wanted = reference.train_one_epoch(right, pairs, torch.optim.SGD(right.parameters(), lr=0.1), "cpu")

        for name, one in (("a DataLoader of 10 images in batches of 4", loader), ("a generator", iter(pairs))):
            net = lenet()
            given = lesson.train_one_epoch(net, one, torch.optim.SGD(net.parameters(), lr=0.1), "cpu")

            expect.number(f"what train_one_epoch returns for {name}", given, wanted)
            all_close(f"net.{{}} after an epoch over {name}", state(net), state(right))

    def test_a_batch_of_one_image_works(self, lesson: Any) -> None:
        net = lenet()
        wanted = F.cross_entropy(net(labelled(1)[0]), labelled(1)[1]).item()

        given = lesson.train_one_epoch(net, batches(1), torch.optim.SGD(net.parameters(), lr=0.1), "cpu")

        expect.number("what train_one_epoch returns for one image", given, wanted)

    @pytest.mark.parametrize("kind", ["list", "generator"])
    def test_a_loader_without_batches_is_refused(self, lesson: Any, kind: str) -> None:
        net = lenet()
        loader: Any = [] if kind == "list" else iter(())
        optimizer = torch.optim.SGD(net.parameters(), lr=0.1)

        expect.raises(
            f"an empty {kind} as loader", ValueError, lambda: lesson.train_one_epoch(net, loader, optimizer, "cpu")
        )

    def test_an_error_of_the_loader_passes_on(self, lesson: Any) -> None:
        net = lenet()
        optimizer = torch.optim.SGD(net.parameters(), lr=0.1)

        expect.raises(
            "a loader that fails in the middle",
            LoaderError,
            lambda: lesson.train_one_epoch(net, failing_loader(), optimizer, "cpu"),
        )

    def test_images_and_labels_are_left_as_they_are(self, lesson: Any) -> None:
        net, (images, labels) = lenet(), labelled(4)

        lesson.train_one_epoch(net, [(images, labels)], torch.optim.SGD(net.parameters(), lr=0.1), "cpu")

        expect.close("the images afterwards", images, labelled(4)[0])
        expect.equal("images.requires_grad afterwards", images.requires_grad, False)
        expect.close("the labels afterwards", labels, labelled(4)[1])

    def test_the_network_is_run_once_for_each_batch(self, lesson: Any) -> None:
        net = CallCounter(lenet())

        lesson.train_one_epoch(net, batches(3, 3, 2), torch.optim.SGD(net.parameters(), lr=0.05), "cpu")

        expect.equal("how often the network is run for three batches", net.runs, 3)

    def test_no_graph_outlives_its_batch(self, lesson: Any) -> None:
        net = ForwardSpy(nn.Sequential(nn.Flatten(), nn.Linear(1024, 10)))

        lesson.train_one_epoch(net, batches(2, 2, 2, 2, 2), torch.optim.SGD(net.parameters(), lr=0.05), "cpu")

        expect.true(
            "the graphs of earlier batches when the fifth begins",
            net.alive[-1] <= 2,
            "gone (the last one may still be there)",
            f"{net.alive[-1]} in memory",
            "A loss that is added up as a tensor brings its graph along.",
        )

    def test_parameters_stay_the_same_objects_and_take_gradients(self, lesson: Any) -> None:
        net = NETWORKS["partly frozen"]()
        before = [(id(p), p.requires_grad) for p in net.parameters()]

        lesson.train_one_epoch(net, batches(3), torch.optim.SGD(net.parameters(), lr=0.05), "cpu")

        after = [(id(p), p.requires_grad) for p in net.parameters()]
        expect.true("the parameters", [a for a, _ in after] == [b for b, _ in before], "the same objects", "others")
        expect.equal("which parameters take gradients", [t for _, t in after], [t for _, t in before])

    def test_random_state_is_left_alone(self, lesson: Any) -> None:
        net, before = lenet(), torch.get_rng_state()

        lesson.train_one_epoch(net, batches(3), torch.optim.SGD(net.parameters(), lr=0.05), "cpu")

        expect.true("torch's random state", torch.equal(torch.get_rng_state(), before), "as before", "changed")

    def test_images_and_labels_are_moved_to_the_device(self, lesson: Any) -> None:
        reaches_device(
            "train_one_epoch",
            lambda net, pairs, device: lesson.train_one_epoch(
                net, pairs, torch.optim.SGD(net.parameters(), lr=0.1), device
            ),
        )

    def test_an_epoch_is_right_on_every_device(self, lesson: Any, reference: Any, device: str) -> None:
        net, right = lenet().to(device), lenet()

        lesson.train_one_epoch(net, batches(4, 2), torch.optim.SGD(net.parameters(), lr=0.05), device)
        reference.train_one_epoch(right, batches(4, 2), torch.optim.SGD(right.parameters(), lr=0.05), "cpu")

        all_close("net.{} after an epoch", state(net), state(right), device=device)


def same_evaluation(what: str, given: Any, wanted: Any) -> None:
    """Ask that two evaluations are equal, beginning with the confusion matrix."""
    __tracebackhide__ = True
    for name in ("loss", "accuracy", "confusion"):
        expect.true(what, hasattr(given, name), f"an Evaluation with .{name}", f"of the type {type(given).__name__}")
    expect.close(f"{what}: .confusion", given.confusion, wanted.confusion, "Rows: the right digit.")
    expect.number(f"{what}: .accuracy", given.accuracy, wanted.accuracy)
    expect.number(f"{what}: .loss", given.loss, wanted.loss)


MODES: dict[str, Callable[[], nn.Module]] = {
    "in train mode": lambda: with_modes().train(),
    "in eval mode": lambda: with_modes().eval(),
    "in train mode with a part in eval mode": mixed,
}
every_mode = pytest.mark.parametrize("build", MODES.values(), ids=[f"a network {name}" for name in MODES])


@pytest.mark.exercise(
    "evaluate",
    level=2,
    hints=(
        "Two things are switched off while measuring: what train mode adds (dropout, batch statistics), and the "
        "recording of graphs. They are two separate switches. What must hold after an error belongs into finally.",
        "For each image add one to the cell [right digit, read digit]. When several images of a batch fall into one "
        "cell, all must count. Everything else follows from what is added up: images, loss, and the diagonal.",
        "Note module.training of all net.modules(), call net.eval(), and loop under torch.no_grad() inside a try whose "
        "finally sets each module's .training back. torch.bincount of labels * 10 + predictions with minlength=100, "
        "reshaped to (10, 10), counts a whole batch.",
    ),
)
class TestEvaluate:
    """evaluate."""

    def test_four_images_in_two_batches_worked_out_by_hand(self, lesson: Any) -> None:
        loader = [(read_as(3, 3, 7), torch.tensor([3, 3, 7])), (read_as(2), torch.tensor([5]))]

        given = lesson.evaluate(readout(), loader, "cpu")

        confusion = torch.zeros(10, 10, dtype=torch.int64)
        confusion[3, 3], confusion[7, 7], confusion[5, 2] = 2, 1, 1
        expect.close("evaluate(...).confusion", given.confusion, confusion, "A 5 was read as 2: row 5, column 2.")
        expect.number("evaluate(...).accuracy", given.accuracy, 0.75, "Three of four images.")
        wanted = (3 * math.log(2) + math.log(18)) / 4
        expect.number("evaluate(...).loss", given.loss, wanted, "ln 2 for each of three images, ln 18 for the fourth.")

    def test_the_result_is_an_evaluation_of_two_floats_and_a_matrix_of_counts(self, lesson: Any) -> None:
        given = lesson.evaluate(lenet(), batches(5, 3), "cpu")

        expect.true(
            "what evaluate returns", isinstance(given, lesson.Evaluation), "an Evaluation", type(given).__name__
        )
        expect.true("the type of .loss", isinstance(given.loss, float), "float", type(given.loss).__name__)
        expect.true("the type of .accuracy", isinstance(given.accuracy, float), "float", type(given.accuracy).__name__)
        confusion = expect.tensor("evaluate(...).confusion", given.confusion, (10, 10), torch.int64)
        expect.equal("the device of .confusion", str(confusion.device), "cpu")
        expect.equal("the sum of .confusion for 8 images", int(confusion.sum()), 8)

    @every_network
    @pytest.mark.parametrize("sizes", [(10,), (7, 7, 2), (1,)], ids=["10 images", "batches of 7, 7, 2", "1 image"])
    def test_an_evaluation_is_one_over_all_images(self, lesson: Any, reference: Any, sizes: Any, build: Build) -> None:
        given = lesson.evaluate(build(), batches(*sizes), "cpu")

        same_evaluation("evaluate(...)", given, reference.evaluate(build(), batches(*sizes), "cpu"))

    def test_many_images_fall_into_the_same_cells(self, lesson: Any) -> None:
        labels = torch.arange(200) % 10
        read = torch.where(torch.arange(200) < 60, (labels + 3) % 10, labels)

        given = lesson.evaluate(readout(), [(read_as(*read.tolist()), labels)], "cpu")

        wanted = torch.eye(10, dtype=torch.int64) * 14 + torch.eye(10, dtype=torch.int64).roll(3, dims=1) * 6
        expect.close("evaluate(...).confusion", given.confusion, wanted, "Each image counts, also twice in one cell.")
        expect.number("evaluate(...).accuracy", given.accuracy, 0.7)

    def test_the_network_is_in_eval_mode_while_it_is_measured(self, lesson: Any, reference: Any) -> None:
        given = lesson.evaluate(with_modes().train(), batches(5, 4), "cpu")

        same_evaluation("evaluate(...)", given, reference.evaluate(with_modes().eval(), batches(5, 4), "cpu"))

    def test_no_graph_is_recorded(self, lesson: Any) -> None:
        net = ForwardSpy(lenet())

        lesson.evaluate(net, batches(4, 3), "cpu")

        expect.equal("whether the scores of each batch require gradients", net.records, [False, False])

    @every_mode
    def test_each_module_is_in_its_own_mode_afterwards(self, lesson: Any, build: Build) -> None:
        net = build()
        before = [module.training for module in net.modules()]

        lesson.evaluate(net, batches(4), "cpu")

        expect.equal("[m.training for m in net.modules()]", [m.training for m in net.modules()], before)

    @every_mode
    def test_each_module_is_in_its_own_mode_after_an_error(self, lesson: Any, build: Build) -> None:
        net = build()
        before = [module.training for module in net.modules()]

        expect.raises(
            "a loader that fails in the middle", LoaderError, lambda: lesson.evaluate(net, failing_loader(), "cpu")
        )

        expect.equal("[m.training for m in net.modules()] after it", [m.training for m in net.modules()], before)

    @pytest.mark.parametrize("kind", ["list", "generator"])
    def test_a_loader_without_batches_is_refused(self, lesson: Any, kind: str) -> None:
        net = mixed()
        before = [module.training for module in net.modules()]
        loader: Any = [] if kind == "list" else iter(())

        expect.raises(f"an empty {kind} as loader", ValueError, lambda: lesson.evaluate(net, loader, "cpu"))

        expect.equal("[m.training for m in net.modules()] after it", [m.training for m in net.modules()], before)

    @pytest.mark.parametrize("mode", [True, False], ids=["train", "eval"])
    def test_the_network_is_left_as_it_is(self, lesson: Any, mode: bool) -> None:
        net = with_modes().train(mode)

        with unchanged(net):
            lesson.evaluate(net, batches(5, 4), "cpu")

    @pytest.mark.parametrize("start", ["no", "old"], ids="with {} gradients".format)
    def test_gradients_are_left_as_they_are(self, lesson: Any, start: str) -> None:
        net = lenet()
        for parameter in net.parameters():
            parameter.grad = torch.full_like(parameter, 5.0) if start == "old" else None

        lesson.evaluate(net, batches(4), "cpu")

        for name, parameter in net.named_parameters():
            if start == "no":
                expect.equal(f"net.{name}.grad after evaluate", parameter.grad, None)
            else:
                expect.close(f"net.{name}.grad after evaluate", parameter.grad, torch.full_like(parameter, 5.0))

    def test_graphs_are_recorded_again_afterwards(self, lesson: Any) -> None:
        expect.raises(
            "a loader that fails in the middle", LoaderError, lambda: lesson.evaluate(lenet(), failing_loader(), "cpu")
        )
        lesson.evaluate(lenet(), batches(4), "cpu")

        expect.equal("torch.is_grad_enabled() afterwards", torch.is_grad_enabled(), True)

    def test_the_loader_is_gone_through_once_and_needs_no_length(self, lesson: Any) -> None:
        loader = CountingLoader(batches(3, 2))

        lesson.evaluate(lenet(), loader, "cpu")

        expect.equal("how often the loader is iterated", loader.times, 1)

    def test_a_generator_and_a_data_loader_are_loaders_too(self, lesson: Any, reference: Any) -> None:
        images, labels = labelled(10)
        pairs = list(zip(images.split(4), labels.split(4), strict=True))
        wanted = reference.evaluate(lenet(), pairs, "cpu")

        loader = DataLoader(TensorDataset(images, labels), batch_size=4)
        same_evaluation("evaluate(...) with a DataLoader", lesson.evaluate(lenet(), loader, "cpu"), wanted)
        same_evaluation("evaluate(...) with a generator", lesson.evaluate(lenet(), iter(pairs), "cpu"), wanted)

    def test_images_and_labels_are_left_as_they_are(self, lesson: Any) -> None:
        images, labels = labelled(4)

        lesson.evaluate(lenet(), [(images, labels)], "cpu")

        expect.close("the images afterwards", images, labelled(4)[0])
        expect.close("the labels afterwards", labels, labelled(4)[1])

    def test_the_network_is_run_once_for_each_batch(self, lesson: Any) -> None:
        net = CallCounter(lenet())

        lesson.evaluate(net, batches(3, 3, 2), "cpu")

        expect.equal("how often the network is run for three batches", net.runs, 3)

    def test_random_state_is_left_alone(self, lesson: Any) -> None:
        net, before = with_modes(), torch.get_rng_state()

        lesson.evaluate(net, batches(3), "cpu")

        expect.true("torch's random state", torch.equal(torch.get_rng_state(), before), "as before", "changed")

    def test_images_and_labels_are_moved_to_the_device(self, lesson: Any) -> None:
        reaches_device("evaluate", lambda net, pairs, device: lesson.evaluate(net, pairs, device))

    def test_an_evaluation_is_right_on_every_device(self, lesson: Any, reference: Any, device: str) -> None:
        loader = [(read_as(3, 3, 7), torch.tensor([3, 3, 7])), (read_as(2), torch.tensor([5]))]

        given = lesson.evaluate(readout().to(device), loader, device)

        same_evaluation("evaluate(...)", given, reference.evaluate(readout(), loader, "cpu"))


def worse_and_worse() -> tuple[nn.Module, list[Batch], list[Batch]]:
    """Return a network, what it learns from, and a test that wants what it said before it learned anything.

    With a learning rate of 0.02, loss and accuracy of this test get worse in each of the first four epochs.
    """
    net = NETWORKS["partly frozen"]().requires_grad_(True)
    images, _ = labelled(40)
    return net, batches(6, 6), [(images, net(images).argmax(dim=1))]


@pytest.mark.exercise(
    "fit",
    level=3,
    hints=(
        "You have written both halves of an epoch. What must be made once, before the first, and what happens in each?",
        "An optimizer with momentum remembers the steps before; a new one in each epoch forgets. The learning rate "
        "and the momentum are arguments of torch.optim.SGD.",
        "Refuse negative epochs with ValueError. Move the network, make the optimizer from its parameters, make a "
        "History; then for each epoch append what train_one_epoch returns, and what evaluate returns on the test "
        "loader. Return the history.",
    ),
)
class TestFit:
    """fit."""

    def test_one_epoch_with_one_image_worked_out_by_hand(self, lesson: Any) -> None:
        net = zeros()
        loader = [(torch.tensor([[1.0, 0.0]]), torch.tensor([3]))]

        history = lesson.fit(net, loader, loader, 1, 1.0, "cpu")

        # Before: ten equal scores, ln 10. One step: 0.9 for the 3, -0.1 for the others, in weight and bias.
        expect.equal("the number of epochs in history.train_loss", length("history.train_loss", history.train_loss), 1)
        expect.number("history.train_loss[0]", history.train_loss[0], math.log(10))
        expect.number("history.test[0].loss", history.test[0].loss, math.log(1 + 9 * math.exp(-2)))
        expect.number("history.test[0].accuracy", history.test[0].accuracy, 1.0)

    @pytest.mark.parametrize("epochs", [1, 3], ids="{} epochs".format)
    def test_the_history_has_one_entry_per_epoch(self, lesson: Any, epochs: int) -> None:
        history = lesson.fit(lenet(), batches(4, 2), batches(3, seed=7), epochs, 0.01, "cpu")

        expect.true("what fit returns", isinstance(history, lesson.History), "a History", type(history).__name__)
        expect.equal("len(history.train_loss)", length("history.train_loss", history.train_loss), epochs)
        expect.equal("len(history.test)", length("history.test", history.test), epochs)

    @every_network
    def test_weights_and_history_are_those_of_three_epochs(self, lesson: Any, reference: Any, build: Build) -> None:
        net, right = build(), build()

        history = lesson.fit(net, batches(4, 2), batches(3, 2, seed=7), 3, 0.02, "cpu")
        wanted = reference.fit(right, batches(4, 2), batches(3, 2, seed=7), 3, 0.02, "cpu")

        all_close("net.{} after three epochs", state(net), state(right))
        for epoch in range(3):
            expect.number(f"history.train_loss[{epoch}]", history.train_loss[epoch], wanted.train_loss[epoch])
            same_evaluation(f"history.test[{epoch}]", history.test[epoch], wanted.test[epoch])

    def test_dropout_works_in_every_epoch(self, lesson: Any, reference: Any) -> None:
        net, right = with_modes().eval(), with_modes().eval()
        torch.default_generator.manual_seed(3)
        lesson.fit(net, batches(5, 4), batches(3), 2, 0.02, "cpu")
        torch.default_generator.manual_seed(3)

        reference.fit(right, batches(5, 4), batches(3), 2, 0.02, "cpu")

        all_close("net.{} after two epochs", state(net), state(right), "Each epoch trains in train mode.")

    def test_each_epoch_trains_first_and_evaluates_then(self, lesson: Any) -> None:
        log: list[str] = []

        lesson.fit(
            lenet(), RecordingLoader("train", log, batches(4)), RecordingLoader("test", log, batches(3)), 2, 0.01, "cpu"
        )

        expect.equal("the loaders that are iterated", log, ["train", "test", "train", "test"])

    def test_the_test_images_change_nothing(self, lesson: Any) -> None:
        nets = [lenet(), lenet()]

        for number, net in enumerate(nets):
            lesson.fit(net, batches(4, 2), batches(3, seed=7 + number), 2, 0.02, "cpu")

        all_close("net.{} with other test images", state(nets[1]), state(nets[0]))

    def test_the_weights_are_those_of_the_last_epoch_even_where_the_test_gets_worse(
        self, lesson: Any, reference: Any
    ) -> None:
        (net, train, test), (right, _, _) = worse_and_worse(), worse_and_worse()

        history = lesson.fit(net, train, test, 4, 0.02, "cpu")
        reference.fit(right, train, test, 4, 0.02, "cpu")

        expect.equal("len(history.test)", length("history.test", history.test), 4)
        all_close("net.{} after the last epoch", state(net), state(right), "The test does not choose the weights.")

    def test_no_epochs_leave_the_weights_and_an_empty_history(self, lesson: Any) -> None:
        net = with_modes()
        before = state(net)

        history = lesson.fit(net, batches(4), batches(3), 0, 0.1, "cpu")

        kind = type(history).__name__
        expect.true("what fit returns for epochs=0", isinstance(history, lesson.History), "a History", kind)
        expect.equal("history.train_loss", history.train_loss, [])
        expect.equal("history.test", history.test, [])
        all_close("net.{} after no epochs", state(net), before)

    def test_negative_epochs_are_refused(self, lesson: Any) -> None:
        error = expect.raises(
            "fit with epochs=-3", ValueError, lambda: lesson.fit(lenet(), batches(4), batches(3), -3, 0.1, "cpu")
        )

        expect.true(
            "the message for epochs=-3", "-3" in str(error), "one with the value given, -3", str(error) or "empty"
        )
        expect.true("the message for epochs=-3", "epochs" in str(error), "one with the argument's name", str(error))

    def test_each_call_has_a_history_of_its_own(self, lesson: Any) -> None:
        first = lesson.fit(lenet(), batches(4), batches(3), 1, 0.1, "cpu")
        second = lesson.fit(lenet(), batches(4), batches(3), 1, 0.1, "cpu")

        expect.equal("the epochs in the first and the second history", [len(first.test), len(second.test)], [1, 1])

    def test_the_parameters_stay_the_same_objects(self, lesson: Any) -> None:
        net = lenet()
        before = list(map(id, net.parameters()))

        lesson.fit(net, batches(4), batches(3), 1, 0.1, "cpu")

        expect.true("the parameters", list(map(id, net.parameters())) == before, "the same objects", "others")

    def test_random_state_is_left_alone(self, lesson: Any) -> None:
        net, before = lenet(), torch.get_rng_state()

        lesson.fit(net, batches(4), batches(3), 2, 0.1, "cpu")

        expect.true("torch's random state", torch.equal(torch.get_rng_state(), before), "as before", "changed")

    @pytest.mark.parametrize("asked", ["cuda:0", "cpu"])
    def test_the_network_is_moved_to_the_device_that_is_asked_for(self, lesson: Any, asked: str) -> None:
        net = ForwardSpy(nn.Sequential(nn.Flatten(), nn.Linear(1024, 10)))
        with pretend_accelerator():
            lesson.fit(net, batches(4), batches(3), 1, 0.1, asked)

            devices = sorted({str(parameter.device) for parameter in net.parameters()})
        expect.equal(f"the devices of the parameters after fit on {asked}", devices, [asked])
        expect.equal("the device on which the first images reach the network", net.devices[:1], [asked])

    def test_a_fit_is_right_on_every_device(self, lesson: Any, reference: Any, device: str) -> None:
        net, right = lenet(), lenet()

        lesson.fit(net, batches(4, 2), batches(3), 2, 0.02, device)
        reference.fit(right, batches(4, 2), batches(3), 2, 0.02, "cpu")

        all_close("net.{} after two epochs", state(net), state(right), device=device)

    def test_the_network_learns_to_read_real_digits(self, lesson: Any) -> None:
        """Trained like this, the reference read 0.70 to 0.92 of 200 other digits over 12 seeds; guessing reads 0.1."""
        images, labels = real_digits()
        train = list(zip(images[:500].split(8), labels[:500].split(8), strict=True))

        history = lesson.fit(fresh_lenet(), train, [(images[500:700], labels[500:700])], 4, 0.01, "cpu")

        accuracy = history.test[-1].accuracy
        expect.true("the accuracy on 200 new digits after 4 epochs", accuracy > 0.4, "over 0.4", f"{accuracy:.3f}")


def real_digits() -> Batch:
    """Return scikit-learn's 1,797 handwritten digits in an order of their own, (1797, 1, 32, 32), and their labels."""
    from kata.train.digits import load_digits  # slow to import, for what only one check asks for

    digits, labels = load_digits()
    order = torch.randperm(len(digits), generator=torch.Generator().manual_seed(0))
    images = F.interpolate(digits[order, None].float() / 255, size=(32, 32), mode="bilinear")
    return images, labels[order]


def trained(build: Build = with_modes, steps: int = 2) -> tuple[Any, torch.optim.SGD]:
    """Return a network that learned a little, and its optimizer, which remembers it."""
    net: Any = build()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    net.train()
    for number in range(steps):
        images, labels = labelled(5, seed=number)
        optimizer.zero_grad()
        F.cross_entropy(net(images), labels % 8).backward()
        optimizer.step()
    return net, optimizer


def fresh(build: Build = with_modes, rate: float = 0.3) -> tuple[Any, torch.optim.SGD]:
    """Return a network that has learned nothing, and an optimizer with another learning rate."""
    net: Any = build()
    return net, torch.optim.SGD(net.parameters(), lr=rate, momentum=0.5)


def memory(net: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Return a copy of what an optimizer remembers of each parameter, and of its settings."""
    names: dict[Tensor, str] = {parameter: name for name, parameter in net.named_parameters()}
    found = {
        f"{names[parameter]}.{key}": torch.as_tensor(value).detach().clone()
        for parameter, entries in optimizer.state.items()
        for key, value in entries.items()
        if value is not None
    }
    for number, group in enumerate(optimizer.param_groups):
        for key in ("lr", "momentum"):
            found[f"param_groups[{number}][{key!r}]"] = torch.tensor(float(group[key]), dtype=torch.float64)
    return found


def same_memory(what: str, given: dict[str, Tensor], wanted: dict[str, Tensor]) -> None:
    """Ask that two memories are equal."""
    __tracebackhide__ = True
    expect.equal(f"{what}: what it remembers", sorted(given), sorted(wanted))
    all_close(f"{what}: {{}}", given, wanted)


def written(path: Path, net: nn.Module, optimizer: torch.optim.Optimizer, epoch: int = 4) -> Path:
    """Write a checkpoint as the docstring describes it."""
    torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, path)
    return path


@pytest.fixture
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder, which is the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def saved_in(path: Path) -> dict[str, Any]:
    """Return what a file holds that was saved."""
    __tracebackhide__ = True
    expect.true("the file afterwards", path.is_file(), "there", "missing")
    expect.true("the file afterwards", path.stat().st_size, "a checkpoint", "empty")
    try:
        found = torch.load(path, weights_only=True)
    except Exception as error:
        said = f"{type(error).__name__}: {error}".partition(". ")[0]
        raise expect.Mismatch(
            "the file afterwards", "one that torch.load reads with weights_only=True", said
        ) from error
    expect.true("what the file holds", isinstance(found, dict), "a dictionary", type(found).__name__)
    return cast(dict[str, Any], found)


@pytest.mark.exercise(
    "save_checkpoint",
    level=3,
    hints=(
        "What would be lost if the machine were switched off now? More than the weights: what does the optimizer "
        "remember, and where was the run?",
        "While a file is written, it is neither the old one nor the new one. Write under another name in the same "
        "folder, and let the name change hands in one stroke when the file is complete. What if writing fails?",
        'torch.save a dictionary with "net", "optimizer" (their state_dict()s) and "epoch" to a neighbouring path, '
        "close it, then os.replace it onto the path. Put both into a try: on any error unlink the neighbouring file "
        "and raise again.",
    ),
)
class TestSaveCheckpoint:
    """save_checkpoint."""

    def test_the_file_holds_net_optimizer_and_epoch(self, lesson: Any, tmp_path: Path) -> None:
        net, optimizer = trained()

        lesson.save_checkpoint(tmp_path / "run.pt", net, optimizer, 4)

        found = saved_in(tmp_path / "run.pt")
        there = {"net", "optimizer", "epoch"} <= found.keys()
        expect.true("the entries of the file", there, "net, optimizer and epoch", ", ".join(map(str, found)))
        expect.whole_number('the entry "epoch"', found["epoch"], 4)

    def test_the_net_is_saved_with_its_buffers(self, lesson: Any, tmp_path: Path) -> None:
        net, optimizer = trained()

        lesson.save_checkpoint(tmp_path / "run.pt", net, optimizer, 4)

        saved = saved_in(tmp_path / "run.pt")["net"]
        expect.true('the entry "net"', isinstance(saved, dict), "a state dict", type(saved).__name__)
        expect.equal('the names in the entry "net"', sorted(saved), sorted(net.state_dict()))
        all_close('the entry "net": {}', saved, state(net))

    def test_the_optimizer_is_saved_with_its_memory_and_settings(self, lesson: Any, tmp_path: Path) -> None:
        net, optimizer = trained()

        lesson.save_checkpoint(tmp_path / "run.pt", net, optimizer, 4)

        saved = saved_in(tmp_path / "run.pt")["optimizer"]
        expect.true('the entry "optimizer"', isinstance(saved, dict), "a state dict", type(saved).__name__)
        other, copied = fresh()
        copied.load_state_dict(saved)
        other.load_state_dict(net.state_dict())
        same_memory("the optimizer from the file", memory(other, copied), memory(net, optimizer))

    @pytest.mark.parametrize("epoch", [0, 1, 250], ids="epoch {}".format)
    def test_the_epoch_is_saved_as_it_is(self, lesson: Any, tmp_path: Path, epoch: int) -> None:
        lesson.save_checkpoint(tmp_path / "run.pt", *trained(), epoch)

        expect.whole_number('the entry "epoch"', saved_in(tmp_path / "run.pt")["epoch"], epoch)

    def test_the_path_may_be_text_and_relative(self, lesson: Any, inside: Path) -> None:
        lesson.save_checkpoint("run.pt", *trained(), 4)

        expect.equal("the files in the folder", sorted(os.listdir(inside)), ["run.pt"])

    def test_an_older_checkpoint_is_replaced_and_nothing_else_is_left_behind(self, lesson: Any, tmp_path: Path) -> None:
        others = ["other.pt", "other.tmp", "run", "run.pt.1", "run.2.pt", "tmp"]
        for name in others:
            (tmp_path / name).write_text("another run")
        lesson.save_checkpoint(tmp_path / "run.pt", *fresh(), 1)

        lesson.save_checkpoint(tmp_path / "run.pt", *trained(), 2)

        expect.equal("the files in the folder", sorted(os.listdir(tmp_path)), sorted(["run.pt", *others]))
        expect.whole_number('the entry "epoch"', saved_in(tmp_path / "run.pt")["epoch"], 2)
        for name in others:
            expect.equal(f"what {name} holds", (tmp_path / name).read_text(), "another run")

    def test_where_writing_fails_the_old_checkpoint_stays_and_the_error_passes_on(
        self, lesson: Any, tmp_path: Path
    ) -> None:
        path = written(tmp_path / "run.pt", *trained())
        before = path.read_bytes()

        error = expect.raises(
            "saving what cannot be written", OSError, lambda: lesson.save_checkpoint(path, *fresh(broken), 5)
        )

        expect.true("the old checkpoint", path.is_file() and path.read_bytes() == before, "as it was", "damaged")
        expect.equal("the files in the folder", os.listdir(tmp_path), ["run.pt"], "A half-written file must go.")
        expect.true("the error", "No space left" in str(error), "the one that writing raised", str(error))

    def test_where_the_path_is_a_folder_no_half_written_file_is_left(self, lesson: Any, tmp_path: Path) -> None:
        (tmp_path / "run.pt").mkdir()
        (tmp_path / "run.pt" / "kept").touch()

        expect.raises(
            "saving onto a folder", OSError, lambda: lesson.save_checkpoint(tmp_path / "run.pt", *trained(), 5)
        )

        expect.equal("the files beside the folder", os.listdir(tmp_path), ["run.pt"])
        expect.equal("the files in the folder", os.listdir(tmp_path / "run.pt"), ["kept"])

    def test_the_old_file_is_not_written_over(self, lesson: Any, tmp_path: Path) -> None:
        path = written(tmp_path / "run.pt", *fresh())
        os.link(path, tmp_path / "second name of the old file")
        before = path.read_bytes()

        lesson.save_checkpoint(path, *trained(), 5)

        kept = (tmp_path / "second name of the old file").read_bytes() == before
        expect.true("the old file", kept, "left whole and replaced", "written over", "A kill would leave half a file.")

    def test_a_whole_file_takes_the_place_of_one_that_is_there_until_then(self, lesson: Any, tmp_path: Path) -> None:
        path = written(tmp_path / "run.pt", *fresh())

        with ReplaceSpy(path) as seen:
            lesson.save_checkpoint(path, *trained(), 5)

        expect.true("the old checkpoint", not seen.removed, "there until the new one takes its place", "removed first")
        for beside, whole, there, is_open in seen.moves:
            expect.true("what is put in place", beside, "in the same folder before", "in another folder")
            expect.true("what is put in place", whole, "a whole checkpoint", "not complete yet", "Close it first.")
            expect.true("what is put in place", not is_open, "closed", "still open", "Windows moves no open file.")
            expect.true("the old checkpoint", there, "there until the new one takes its place", "gone before")

    def test_a_missing_folder_is_not_made(self, lesson: Any, tmp_path: Path) -> None:
        path = tmp_path / "runs" / "run.pt"

        expect.raises(
            "saving into a folder that is missing", Exception, lambda: lesson.save_checkpoint(path, *trained(), 5)
        )

        expect.equal("the files afterwards", os.listdir(tmp_path), [])

    def test_net_and_optimizer_are_left_as_they_are(self, lesson: Any, tmp_path: Path) -> None:
        net, optimizer = trained()
        net[2].eval()
        remembered = memory(net, optimizer)

        with unchanged(net):
            lesson.save_checkpoint(tmp_path / "run.pt", net, optimizer, 4)

        same_memory("the optimizer after saving", memory(net, optimizer), remembered)

    def test_a_network_is_left_on_its_device(self, lesson: Any, tmp_path: Path, device: str) -> None:
        net = nn.Linear(3, 2).to(device)
        optimizer = torch.optim.SGD(net.parameters(), lr=0.1)

        with unchanged(net):
            lesson.save_checkpoint(tmp_path / "run.pt", net, optimizer, 1)

    def test_what_is_saved_can_be_loaded_by_the_solution(self, lesson: Any, reference: Any, tmp_path: Path) -> None:
        (net, optimizer), (other, its) = trained(), fresh()

        lesson.save_checkpoint(str(tmp_path / "run.pt"), net, optimizer, 4)

        expect.whole_number("the epoch", reference.load_checkpoint(tmp_path / "run.pt", other, its, "cpu"), 4)
        all_close("net.{} after loading", state(other), state(net))


def broken() -> nn.Module:
    """Return a network that cannot be written."""
    return nn.Sequential(nn.Flatten(), FailingState(1024, 10))


def fewer_layers() -> nn.Module:
    """Return a network like `with_modes`, without the last layer."""
    return with_modes()[:4]


def more_layers() -> nn.Module:
    """Return a network like `with_modes`, with a layer more."""
    return with_modes().append(nn.Linear(10, 10))


def truncated(path: Path) -> None:
    whole = written(path, *trained()).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def without(key: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        net, optimizer = trained()
        entries = {"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 4}
        del entries[key]
        torch.save(entries, path)

    return write


def other_groups(path: Path) -> None:
    net, _ = trained()
    groups = [{"params": list(net[1].parameters())}, {"params": list(net[2:].parameters())}]
    written(path, net, torch.optim.SGD(groups, lr=0.05, momentum=0.9))


MISFITS: dict[str, Callable[[Path], Any]] = {
    "an empty file": lambda path: path.touch(),
    "a text file": lambda path: path.write_text("no checkpoint\n" * 40),
    "the first half of a checkpoint": truncated,
    "a list of numbers": lambda path: torch.save([1, 2, 3], path),
    "the state dict of a network alone": lambda path: torch.save(trained()[0].state_dict(), path),
    "a whole network": lambda path: torch.save(trained()[0], path),
    "a checkpoint without the net": without("net"),
    "a checkpoint without the optimizer": without("optimizer"),
    "a checkpoint without the epoch": without("epoch"),
    "a network whose last layer has another shape": lambda path: written(path, *trained(other_sizes)),
    "a network with a layer less": lambda path: written(path, *trained(fewer_layers)),
    "a network with a layer more": lambda path: written(path, *trained(more_layers)),
    "a network whose last layer has another name": lambda path: written(path, *trained(other_names)),
    "an optimizer with two groups of parameters": other_groups,
}
every_misfit = pytest.mark.parametrize("misfit", MISFITS.values(), ids=MISFITS.keys())


@pytest.mark.exercise(
    "load_checkpoint",
    level=3,
    hints=(
        "Three things were saved, three come back: two go into objects that are there already, one is returned.",
        "load_state_dict copies what fits before it complains about what does not. Whether all fits can be tried out "
        "on something that nobody needs any more. torch.load can be told where tensors go, and to run no code.",
        "torch.load(path, map_location=device, weights_only=True) inside a try; let FileNotFoundError pass, and raise "
        "ValueError with the path from the others. Try both load_state_dict on copy.deepcopy((net, optimizer)) first; "
        "then do it with the real ones.",
    ),
)
class TestLoadCheckpoint:
    """load_checkpoint."""

    def test_net_and_buffers_come_back(self, lesson: Any, tmp_path: Path) -> None:
        (net, optimizer), (other, its) = trained(), fresh()

        lesson.load_checkpoint(written(tmp_path / "run.pt", net, optimizer), other, its, "cpu")

        all_close("net.{} after loading", state(other), state(net))

    def test_the_optimizer_comes_back_with_its_memory_and_settings(self, lesson: Any, tmp_path: Path) -> None:
        (net, optimizer), (other, its) = trained(), fresh()

        lesson.load_checkpoint(written(tmp_path / "run.pt", net, optimizer), other, its, "cpu")

        same_memory("the optimizer after loading", memory(other, its), memory(net, optimizer))

    @pytest.mark.parametrize("epoch", [0, 4, 250], ids="epoch {}".format)
    def test_the_saved_epoch_is_returned(self, lesson: Any, tmp_path: Path, epoch: int) -> None:
        path = written(tmp_path / "run.pt", *trained(), epoch)

        given = lesson.load_checkpoint(path, *fresh(), "cpu")

        expect.whole_number("what load_checkpoint returns", given, epoch)

    @pytest.mark.parametrize("build", [lenet, with_modes], ids=["LeNet", "a network with batch norm and dropout"])
    def test_a_resumed_run_ends_like_one_that_never_stopped(self, lesson: Any, tmp_path: Path, build: Build) -> None:
        """Two epochs and two more, against four at once."""
        whole, steady = fresh(build, rate=0.02)
        for epoch in range(4):
            torch.default_generator.manual_seed(epoch)
            lesson.train_one_epoch(whole, batches(4, 3), steady, "cpu")
        first, its = fresh(build, rate=0.02)
        for epoch in range(2):
            torch.default_generator.manual_seed(epoch)
            lesson.train_one_epoch(first, batches(4, 3), its, "cpu")
        lesson.save_checkpoint(tmp_path / "run.pt", first, its, 2)
        second, other = fresh(build, rate=0.5)

        done = lesson.load_checkpoint(tmp_path / "run.pt", second, other, "cpu")
        for epoch in range(done, 4):
            torch.default_generator.manual_seed(epoch)
            lesson.train_one_epoch(second, batches(4, 3), other, "cpu")

        all_close("net.{} of the resumed run", state(second), state(whole))

    def test_the_net_keeps_its_own_parameters(self, lesson: Any, tmp_path: Path) -> None:
        path, (net, optimizer) = written(tmp_path / "run.pt", *trained()), fresh()
        before = [(id(p), p.requires_grad) for p in net.parameters()]

        lesson.load_checkpoint(path, net, optimizer, "cpu")

        after = [(id(p), p.requires_grad) for p in net.parameters()]
        expect.true("the parameters", after == before, "the same objects, taking gradients", "others")
        held = [p for group in optimizer.param_groups for p in group["params"]]
        same = list(map(id, held)) == [one for one, _ in before]
        expect.true("the parameters of the optimizer", same, "those of the network", "others")

    @pytest.mark.parametrize("mode", ["train", "eval"])
    def test_each_module_stays_in_its_mode(self, lesson: Any, tmp_path: Path, mode: str) -> None:
        path, (net, optimizer) = written(tmp_path / "run.pt", *trained()), fresh()
        net.train(mode == "train")

        lesson.load_checkpoint(path, net, optimizer, "cpu")

        expect.equal("[module.training for module in net]", [m.training for m in net], [mode == "train"] * 5)

    def test_a_missing_file_is_told_as_such(self, lesson: Any, tmp_path: Path) -> None:
        path = tmp_path / "missing.pt"

        expect.raises(
            "loading a missing file", FileNotFoundError, lambda: lesson.load_checkpoint(path, *fresh(), "cpu")
        )

        expect.equal("the files in the folder", os.listdir(tmp_path), [])

    @every_misfit
    def test_what_does_not_fit_is_refused_with_the_path(
        self, lesson: Any, tmp_path: Path, misfit: Callable[[Path], Any]
    ) -> None:
        path = tmp_path / "run.pt"
        misfit(path)

        error = expect.raises("loading it", ValueError, lambda: lesson.load_checkpoint(path, *fresh(), "cpu"))

        expect.true("the message", str(path) in str(error), "one that names the path", str(error) or "empty")

    @every_misfit
    def test_what_does_not_fit_changes_neither_net_nor_optimizer(
        self, lesson: Any, tmp_path: Path, misfit: Callable[[Path], Any]
    ) -> None:
        path, (net, optimizer) = tmp_path / "run.pt", trained(steps=3)
        misfit(path)
        before, remembered, objects = state(net), memory(net, optimizer), list(map(id, net.parameters()))

        expect.raises("loading it", ValueError, lambda: lesson.load_checkpoint(path, net, optimizer, "cpu"))

        all_close("net.{} after the error", state(net), before, "Find out first whether all fits.")
        same_memory("the optimizer after the error", memory(net, optimizer), remembered)
        expect.true("the parameters", list(map(id, net.parameters())) == objects, "the same objects", "others")

    @pytest.mark.parametrize("entry", ["net", "optimizer", "epoch", "whole file"])
    def test_code_in_a_file_is_not_run(self, lesson: Any, tmp_path: Path, entry: str) -> None:
        net, optimizer = trained()
        trap: Any = MaliciousPickle(tmp_path / "trapped")
        entries = {"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 4, entry: trap}
        torch.save(trap if entry == "whole file" else entries, tmp_path / "run.pt")

        try:
            lesson.load_checkpoint(tmp_path / "run.pt", *fresh(), "cpu")
        except Exception as error:  # noqa: BLE001  (that it is refused is asked below)
            expect.no_stub(error)
        expect.true("the code in the file", not (tmp_path / "trapped").exists(), "not run", "run")
        expect.raises("loading it", ValueError, lambda: lesson.load_checkpoint(tmp_path / "run.pt", *fresh(), "cpu"))

    def test_a_checkpoint_of_a_machine_with_an_accelerator_loads_on_the_cpu(self, lesson: Any, tmp_path: Path) -> None:
        net, optimizer = trained()
        with mock.patch("torch.serialization.location_tag", return_value="cuda:0"):
            path = written(tmp_path / "run.pt", net, optimizer)
        other, its = fresh()

        lesson.load_checkpoint(path, other, its, "cpu")

        all_close("net.{} after loading", state(other), state(net))

    def test_the_memory_of_the_optimizer_lands_on_the_device_of_the_parameters(
        self, lesson: Any, tmp_path: Path
    ) -> None:
        path = written(tmp_path / "run.pt", *trained())
        with pretend_accelerator():
            net: Any = with_modes().to("cuda")
            optimizer = torch.optim.SGD(net.parameters(), lr=0.3, momentum=0.5)

            lesson.load_checkpoint(path, net, optimizer, "cuda")

            found = {str(value.device) for entries in optimizer.state.values() for value in entries.values()}
        expect.equal("the devices of what the optimizer remembers, for a network on cuda:0", sorted(found), ["cuda:0"])

    def test_the_path_may_be_text_and_the_file_is_left_as_it_is(self, lesson: Any, tmp_path: Path) -> None:
        path = written(tmp_path / "run.pt", *trained())
        before = path.read_bytes()

        expect.whole_number("the epoch", lesson.load_checkpoint(str(path), *fresh(), "cpu"), 4)

        expect.true("the file", path.read_bytes() == before, "as it was", "changed")
        expect.equal("the files in the folder", os.listdir(tmp_path), ["run.pt"])

    def test_a_checkpoint_comes_back_on_every_device(self, lesson: Any, tmp_path: Path, device: str) -> None:
        (net, optimizer), (other, its) = trained(), fresh(lambda: with_modes().to(device))

        lesson.load_checkpoint(written(tmp_path / "run.pt", net, optimizer), other, its, device)

        all_close("net.{} after loading", state(other), state(net))
