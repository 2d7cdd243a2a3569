"""Spec of lesson 11: what several real processes do together, held to what one process does with all images."""

from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD, Adam
from torch.utils.data import TensorDataset

from kata.authoring import (
    NETWORKS,
    AsymmetricLoss,
    Buffers,
    CallCounter,
    ForwardSpy,
    Numbered,
    batch,
    dealt,
    expect,
    gradients_of,
    gradients_on,
    labels_of,
    mixed,
    numbers,
    on_ranks,
    partly_frozen,
    readout,
    scramble,
    share_of,
    tensors_of,
    unlike,
    with_modes,
    with_unused_layer,
    worked_batch,
    worked_example,
)

Build = Callable[[], Any]


ALL_NETWORKS = {**NETWORKS, "with a batch norm": with_modes, "with other buffers": Buffers}
every_network = pytest.mark.parametrize("build", NETWORKS.values(), ids=NETWORKS.keys())
every_architecture = pytest.mark.parametrize("build", ALL_NETWORKS.values(), ids=ALL_NETWORKS.keys())
every_share = pytest.mark.parametrize(
    "sizes",
    [(10, 2), (5, 2), (7, 3), (1, 2), (2, 5), (12, 4), (3, 1), (0, 2), (8, 3)],
    ids=lambda sizes: f"{sizes[0]} images, world size {sizes[1]}",
)


def all_close(what: str, given: list[dict[str, Any]], wanted: dict[str, Any], why: str = "") -> None:
    """Ask the same of each tensor on each rank; `what` has places for the tensor's name and the rank."""
    __tracebackhide__ = True
    for rank, found in enumerate(given):
        for name, value in wanted.items():
            place = f"on rank {rank}, {what.format(name)}"
            if value is None:
                expect.true(place, found[name] is None, "None", "a tensor", why)
            else:
                expect.close(place, found[name], value, why)


@pytest.mark.exercise(
    "shard",
    level=2,
    hints=(
        "How can two processes shuffle 100 numbers in the same way without talking to one another?",
        "A torch.Generator of your own, seeded from seed and epoch, gives all ranks the same torch.randperm. Then it "
        "is like dealing cards.",
        "Round up to find how many each rank gets. The place p of the order that goes round holds order[p % count]; "
        "rank r takes every world_size-th place from r on.",
    ),
)
class TestShard:
    """shard."""

    @staticmethod
    def shares(lesson: Any, count: int, world_size: int, epoch: int = 0, seed: int = 0) -> list[list[int]]:
        """Return the shares of all ranks."""
        given = [lesson.shard(count, rank, world_size, epoch, seed) for rank in range(world_size)]
        for rank, share in enumerate(given):
            expect.true(f"the share of rank {rank}", isinstance(share, list), "a list", f"a {type(share).__name__}")
        return given

    @every_share
    def test_every_image_is_in_a_share(self, lesson: Any, sizes: tuple[int, int]) -> None:
        seen = {index for share in self.shares(lesson, *sizes) for index in share}

        expect.equal("the numbers in all shares together", sorted(seen), list(range(sizes[0])))

    @every_share
    def test_all_ranks_get_equally_many(self, lesson: Any, sizes: tuple[int, int]) -> None:
        lengths = [len(share) for share in self.shares(lesson, *sizes)]

        each = -(-sizes[0] // sizes[1])
        why = "A rank with fewer would let the others wait for it. What is missing begins again from the start."
        expect.equal("the lengths of the shares", lengths, [each] * sizes[1], why)

    @every_share
    def test_no_image_comes_more_often_than_it_must(self, lesson: Any, sizes: tuple[int, int]) -> None:
        times = Counter(index for share in self.shares(lesson, *sizes) for index in share)

        apart = max(times.values(), default=0) - min(times.values(), default=0)
        expect.true("how often images come", apart <= 1, "the same, but for one more", f"{dict(times)}")

    def test_the_numbers_are_python_ints(self, lesson: Any) -> None:
        kinds = {type(index).__name__ for share in self.shares(lesson, 5, 2) for index in share}

        expect.equal("the types of the numbers", sorted(kinds), ["int"])

    def test_the_same_arguments_give_the_same_share(self, lesson: Any) -> None:
        first = lesson.shard(100, 1, 2, 3, 4)

        expect.equal("shard(100, 1, 2, epoch=3, seed=4) when asked again", lesson.shard(100, 1, 2, 3, 4), first)

    def test_the_global_random_state_does_not_decide(self, lesson: Any) -> None:
        scramble(1)
        first = lesson.shard(100, 1, 2, 3, 4)
        scramble(2)

        why = "Each process has a random state of its own; what all are to agree on comes of the seed."
        expect.equal("the share when the global random state is another", lesson.shard(100, 1, 2, 3, 4), first, why)

    def test_the_global_random_state_is_left_alone(self, lesson: Any) -> None:
        before = torch.get_rng_state()

        lesson.shard(100, 1, 2, 3, 4)

        same = torch.equal(torch.get_rng_state(), before)
        expect.true("torch's random state", same, "as before", "changed", "A torch.Generator has a state of its own.")

    @pytest.mark.parametrize("seed", [0, 1, 7], ids="seed {}".format)
    @pytest.mark.parametrize("epoch", [0, 1, 5], ids="epoch {}".format)
    def test_the_order_is_shuffled(self, lesson: Any, epoch: int, seed: int) -> None:
        order = self.shares(lesson, 100, 1, epoch, seed)[0]

        follow = sum((b - a) % 100 == 1 for a, b in pairwise(order))
        expect.true("how many of 100 numbers follow their neighbour", follow < 20, "few", f"{follow}")

    def test_each_epoch_has_another_order(self, lesson: Any) -> None:
        orders = {tuple(self.shares(lesson, 50, 1, epoch)[0]) for epoch in range(8)}

        expect.equal("how many orders 8 epochs have", len(orders), 8)

    @pytest.mark.parametrize("seed", [-3, 2**40], ids="seed {}".format)
    def test_any_whole_number_is_a_seed(self, lesson: Any, seed: int) -> None:
        first, other = (self.shares(lesson, 50, 1, epoch, seed)[0] for epoch in (0, 1))

        expect.equal("the images of epoch 0, sorted", sorted(first), list(range(50)))
        expect.true("the order of epoch 1", first != other, "another one", "that of epoch 0")

    def test_each_seed_has_another_order(self, lesson: Any) -> None:
        orders = {tuple(self.shares(lesson, 50, 1, 0, seed)[0]) for seed in range(8)}

        expect.equal("how many orders 8 seeds have in epoch 0", len(orders), 8)

    def test_a_rank_sees_other_images_in_another_epoch(self, lesson: Any) -> None:
        sets = {tuple(sorted(lesson.shard(50, 1, 2, epoch, 0))) for epoch in range(8)}

        why = "First all numbers are shuffled, then they are shared out."
        expect.equal("how many different sets of images rank 1 sees in 8 epochs", len(sets), 8, why)

    def test_the_images_that_come_twice_are_others_in_other_epochs(self, lesson: Any) -> None:
        twice = set()
        for epoch in range(20):
            times = Counter(index for share in self.shares(lesson, 9, 2, epoch) for index in share)
            twice |= {index for index, number in times.items() if number == 2}

        why = "The shuffled order begins again from its own start."
        expect.true("the image that comes twice", len(twice) > 1, "another in another epoch", f"always {twice}", why)


def broadcast(lesson: Any, rank: int, build: Build) -> dict[str, Tensor]:
    """Return what a network is afterwards."""
    net = unlike(build, rank)
    lesson.broadcast_parameters(net)
    return tensors_of(net)


@pytest.mark.exercise(
    "broadcast_parameters",
    level=2,
    hints=(
        "Which tensors make up a network? Not only those that are trained.",
        "net.parameters() and net.buffers() give them all. dist.broadcast fills a tensor in place with the numbers of "
        "the rank named src.",
        "On every rank, for each of these tensors, call dist.broadcast with src=0. No `if`: those who receive call it, "
        "too. For a parameter, pass its .data or .detach().",
    ),
)
class TestBroadcastParameters:
    """broadcast_parameters."""

    def test_two_weights_and_a_bias(self, lesson: Any) -> None:
        given = on_ranks(lesson, broadcast, worked_example)

        all_close("net.{}", given, {"weight": torch.tensor([[1.0, -2.0]]), "bias": torch.tensor([0.5])})

    @every_architecture
    def test_every_rank_has_the_network_of_rank_0(self, lesson: Any, build: Build) -> None:
        torch.manual_seed(1)
        net = build()

        given = on_ranks(lesson, broadcast, lambda: net)

        all_close("net.{} afterwards", given, tensors_of(net))

    def test_three_ranks_have_the_network_of_rank_0(self, lesson: Any) -> None:
        given = on_ranks(lesson, broadcast, with_modes, count=3)

        all_close("net.{} afterwards", given, tensors_of(with_modes()))

    def test_every_parameter_remains_the_object_that_it_was(self, lesson: Any) -> None:
        def kept(lesson: Any, rank: int) -> list[bool]:
            net = unlike(with_modes, rank)
            before = list(net.parameters())
            lesson.broadcast_parameters(net)
            return [now is then for now, then in zip(net.parameters(), before, strict=True)]

        why = "An optimizer holds the objects that it was given."
        for rank, same in enumerate(on_ranks(lesson, kept)):
            expect.true(f"on rank {rank}, each parameter", all(same), "the object that it was", "another one", why)

    @pytest.mark.parametrize("build", [partly_frozen, with_modes], ids=["partly frozen", "with a batch norm"])
    def test_parameters_take_gradients_as_before(self, lesson: Any, build: Build) -> None:
        def takes(lesson: Any, rank: int) -> list[tuple[bool, bool]]:
            net = unlike(build, rank)
            lesson.broadcast_parameters(net)
            return [(p.requires_grad, p.is_leaf) for p in net.parameters()]

        wanted = [(p.requires_grad, True) for p in build().parameters()]
        for rank, given in enumerate(on_ranks(lesson, takes)):
            expect.equal(f"on rank {rank}, [(p.requires_grad, p.is_leaf) for p in net.parameters()]", given, wanted)

    def test_gradients_are_left_alone(self, lesson: Any) -> None:
        def left(lesson: Any, rank: int) -> dict[str, Any]:
            net = unlike(worked_example, rank)
            net.weight.grad = torch.full((1, 2), 3.0 + rank)
            lesson.broadcast_parameters(net)
            return gradients_of(net)

        for rank, given in enumerate(on_ranks(lesson, left)):
            wanted = torch.full((1, 2), 3.0 + rank)
            expect.close(f"on rank {rank}, net.weight.grad", given["weight"], wanted)
            expect.true(f"on rank {rank}, net.bias.grad", given["bias"] is None, "None", "a tensor")

    def test_modes_are_left_alone(self, lesson: Any) -> None:
        def modes(lesson: Any, rank: int) -> list[bool]:
            net = mixed()
            lesson.broadcast_parameters(net)
            return [module.training for module in net]

        for rank, given in enumerate(on_ranks(lesson, modes)):
            wanted = [module.training for module in mixed()]
            expect.equal(f"on rank {rank}, [module.training for module in net]", given, wanted)


def averaged(lesson: Any, rank: int, build: Build, without: tuple[tuple[str, ...], ...] = ()) -> dict[str, Any]:
    """Return the gradients afterwards; on each rank some are None at first."""
    net = build()
    for name, grad in gradients_on(net, rank, without[rank] if without else ()).items():
        net.get_parameter(name).grad = grad
    lesson.average_gradients(net)
    return gradients_of(net)


def mean_of_ranks(net: nn.Module, count: int, without: tuple[tuple[str, ...], ...] = ()) -> dict[str, Tensor | None]:
    """Return the mean of all ranks' gradients; None counts as zeros, and None everywhere as None."""
    given = [gradients_on(net, rank, without[rank] if without else ()) for rank in range(count)]
    return {
        name: sum((one.get(name, torch.zeros_like(p)) for one in given), torch.zeros_like(p)).detach() / count
        if any(name in one for one in given)
        else None
        for name, p in net.named_parameters()
    }


@pytest.mark.exercise(
    "average_gradients",
    level=3,
    hints=(
        "The sum of all ranks is one call of dist.all_reduce, in place. What makes a mean of a sum?",
        "A rank on which a gradient is None must still call all_reduce for it: the others wait there. And whether it "
        "is None everywhere, no rank knows by itself.",
        "First all_reduce a small tensor that holds 1 where this rank has the gradient and 0 where not. If the sum is "
        "0, go on to the next parameter; if not, put zeros where there was None, all_reduce the gradient and divide.",
    ),
)
class TestAverageGradients:
    """average_gradients."""

    def test_two_gradients_worked_out_by_hand(self, lesson: Any) -> None:
        def means(lesson: Any, rank: int) -> dict[str, Any]:
            net = worked_example()
            net.weight.grad, net.bias.grad = torch.tensor([[2.0, 4.0]]) * (1 + 2 * rank), torch.tensor([1.0 - rank])
            lesson.average_gradients(net)
            return gradients_of(net)

        given = on_ranks(lesson, means)

        wanted = {"weight": torch.tensor([[4.0, 8.0]]), "bias": torch.tensor([0.5])}
        all_close("net.{}.grad", given, wanted, "Rank 0 had [2, 4] and 1, rank 1 had [6, 12] and 0.")

    @every_network
    def test_every_rank_gets_the_mean(self, lesson: Any, build: Build) -> None:
        all_close("net.{}.grad", on_ranks(lesson, averaged, build), mean_of_ranks(build(), 2))

    def test_three_ranks_get_the_mean_of_three(self, lesson: Any) -> None:
        all_close(
            "net.{}.grad", on_ranks(lesson, averaged, worked_example, count=3), mean_of_ranks(worked_example(), 3)
        )

    def test_gradients_in_float64_stay_in_float64(self, lesson: Any) -> None:
        def build() -> Any:
            return worked_example().double()

        all_close("net.{}.grad", on_ranks(lesson, averaged, build), mean_of_ranks(build(), 2))

    @pytest.mark.parametrize(
        "without",
        [((), ("weight",)), (("weight",), ()), (("bias",), ("weight",)), ((), ("weight", "bias"))],
        ids=["rank 1 has no weight.grad", "rank 0 has no weight.grad", "each lacks another", "rank 1 has none at all"],
    )
    def test_a_gradient_that_is_none_on_one_rank_counts_as_zeros(
        self, lesson: Any, without: tuple[tuple[str, ...], ...]
    ) -> None:
        given = on_ranks(lesson, averaged, worked_example, without)

        all_close("net.{}.grad", given, mean_of_ranks(worked_example(), 2, without))

    def test_a_gradient_that_is_none_on_every_rank_stays_none(self, lesson: Any) -> None:
        without = (("unused.weight", "unused.bias"),) * 2

        given = on_ranks(lesson, averaged, with_unused_layer, without)

        why = "An optimizer leaves alone what has no gradient, and moves by weight decay or momentum what has zeros."
        all_close("net.{}.grad", given, mean_of_ranks(with_unused_layer(), 2, without), why)

    def test_the_weights_stay_as_they_are(self, lesson: Any) -> None:
        def weights(lesson: Any, rank: int) -> dict[str, Tensor]:
            net = unlike(worked_example, rank)
            net.weight.grad, net.bias.grad = torch.ones(1, 2), torch.ones(1)
            lesson.average_gradients(net)
            return tensors_of(net)

        for rank, given in enumerate(on_ranks(lesson, weights)):
            all_close("net.{} after average_gradients", [given], tensors_of(unlike(worked_example, rank)))

    def test_nothing_is_remembered_from_one_mean_to_the_next(self, lesson: Any) -> None:
        def second(lesson: Any, rank: int) -> dict[str, Any]:
            net = worked_example()
            for factor in (5.0, 1.0):
                for name, grad in gradients_on(net, rank).items():
                    net.get_parameter(name).grad = factor * grad
                lesson.average_gradients(net)
            return gradients_of(net)

        all_close("net.{}.grad after a second call", on_ranks(lesson, second), mean_of_ranks(worked_example(), 2))

    def test_gradients_have_no_graph(self, lesson: Any) -> None:
        def graphs(lesson: Any, rank: int) -> list[bool]:
            net = worked_example()
            F.mse_loss(net(worked_batch()[0] + rank), worked_batch()[1]).backward()
            lesson.average_gradients(net)
            return [p.grad is not None and p.grad.requires_grad for p in net.parameters()]

        for rank, given in enumerate(on_ranks(lesson, graphs)):
            expect.equal(f"on rank {rank}, [p.grad.requires_grad for p in net.parameters()]", given, [False, False])


def optimizer_of(net: nn.Module) -> SGD:
    """Return an optimizer with a memory, which moves weights whose gradient is 0."""
    return SGD((p for p in net.parameters() if p.requires_grad), lr=0.1, momentum=0.9, weight_decay=0.1)


def steps(lesson: Any, rank: int, build: Build, shares: tuple[int, ...], times: int = 3) -> Any:
    """Return the losses of some steps, and the network afterwards."""
    net = build()
    optimizer = optimizer_of(net)
    for parameter in net.parameters():
        parameter.grad = torch.full_like(parameter, 7.0) if parameter.requires_grad and rank else None
    losses = []
    for number in range(times):
        x, target = share_of(batch(sum(shares), seed=number), shares, rank)
        losses.append(lesson.distributed_step(net, optimizer, nn.MSELoss(), x, target))
    return losses, tensors_of(net)


def of_one_process(build: Build, count: int, times: int = 3) -> Any:
    """Return the same of one process with the whole batch."""
    net = build()
    optimizer = optimizer_of(net)
    losses = []
    for number in range(times):
        x, target = batch(count, seed=number)
        optimizer.zero_grad()
        loss = F.mse_loss(net(x), target)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, tensors_of(net)


@pytest.mark.exercise(
    "distributed_step",
    level=4,
    hints=(
        "Write the five lines of a step in one process first. After which of them do the ranks have to talk?",
        "average_gradients divides by the number of ranks, as if all had equally many images. With n images here and N "
        "on all ranks, by which factor must this rank's loss be multiplied before backward?",
        "n * world_size / N; N is an all_reduce of n. The mean loss to return is the sum over all ranks of n / N times "
        "their loss: one more all_reduce, of a detached tensor.",
    ),
)
class TestDistributedStep:
    """distributed_step."""

    def test_a_step_worked_out_by_hand(self, lesson: Any) -> None:
        def step(lesson: Any, rank: int) -> Any:
            net = worked_example()
            x, target = share_of(worked_batch(), (2, 1), rank)
            loss = lesson.distributed_step(net, SGD(net.parameters(), lr=0.3), nn.MSELoss(), x, target)
            return loss, tensors_of(net)

        given = on_ranks(lesson, step)

        why = "The squares are 1 and 4 on rank 0, 1 on rank 1; all three count the same."
        for rank, (loss, _) in enumerate(given):
            expect.number(f"on rank {rank}, the loss", loss, 2.0, why)
        wanted = {"weight": torch.tensor([[1.2, -1.2]]), "bias": torch.tensor([0.9])}
        all_close("net.{}", [net for _, net in given], wanted, why)

    @pytest.mark.parametrize("shares", [(4, 4), (6, 2), (1, 7)], ids="shares of {} images".format)
    @every_network
    def test_steps_equal_those_of_one_process(self, lesson: Any, build: Build, shares: tuple[int, ...]) -> None:
        losses, net = of_one_process(build, sum(shares))

        given = on_ranks(lesson, steps, build, shares)

        for rank, (found, _) in enumerate(given):
            for number, (loss, wanted) in enumerate(zip(found, losses, strict=True), start=1):
                expect.number(f"on rank {rank}, the loss of step {number}", loss, wanted)
        all_close("net.{} after 3 steps", [found for _, found in given], net)

    def test_steps_of_three_ranks_equal_those_of_one_process(self, lesson: Any) -> None:
        losses, net = of_one_process(partly_frozen, 6)

        given = on_ranks(lesson, steps, partly_frozen, (3, 1, 2), count=3)

        for rank, (found, _) in enumerate(given):
            expect.number(f"on rank {rank}, the loss of step 3", found[-1], losses[-1])
        all_close("net.{} after 3 steps", [found for _, found in given], net)

    def test_steps_of_an_optimizer_that_is_not_linear_equal_those_of_one_process(self, lesson: Any) -> None:
        def run(lesson: Any, rank: int) -> dict[str, Tensor]:
            net = worked_example()
            adam = Adam(net.parameters(), lr=0.1)
            for _ in range(3):
                lesson.distributed_step(net, adam, nn.MSELoss(), *share_of(worked_batch(), (2, 1), rank))
            return tensors_of(net)

        net = worked_example()
        adam = Adam(net.parameters(), lr=0.1)
        for _ in range(3):
            adam.zero_grad()
            F.mse_loss(net(worked_batch()[0]), worked_batch()[1]).backward()
            adam.step()

        why = "Adam's step of a mean is not the mean of Adam's steps: the gradients must be averaged, not the weights."
        all_close("net.{} after 3 steps", on_ranks(lesson, run), tensors_of(net), why)

    def test_the_criterion_gets_scores_and_target_in_this_order_once(self, lesson: Any) -> None:
        def run(lesson: Any, rank: int) -> Any:
            net, criterion = worked_example(), AsymmetricLoss()
            x, target = share_of(worked_batch(), (2, 1), rank)
            return lesson.distributed_step(net, SGD(net.parameters(), lr=0.1), criterion, x, target), criterion.runs

        x, target = worked_batch()
        wanted = AsymmetricLoss()(worked_example()(x), target).item()
        for rank, (loss, runs) in enumerate(on_ranks(lesson, run)):
            expect.number(f"on rank {rank}, the loss by a criterion to which the order matters", loss, wanted)
            expect.equal(f"on rank {rank}, how often the criterion is called", runs, 1)

    def test_class_numbers_are_a_target_too(self, lesson: Any) -> None:
        def run(lesson: Any, rank: int) -> Any:
            net = readout()
            x, target = share_of((numbers(5, 10).float(), labels_of(5)), (2, 3), rank)
            return lesson.distributed_step(net, SGD(net.parameters(), lr=0.1), nn.CrossEntropyLoss(), x, target)

        wanted = F.cross_entropy(numbers(5, 10).float(), labels_of(5)).item()
        for rank, loss in enumerate(on_ranks(lesson, run)):
            expect.number(f"on rank {rank}, the cross-entropy of 5 images", loss, wanted)

    @pytest.mark.parametrize("mode", ["train", "eval"])
    def test_the_network_is_run_once_and_stays_in_its_mode(self, lesson: Any, mode: str) -> None:
        def run(lesson: Any, rank: int) -> Any:
            net = CallCounter(partly_frozen()).train(mode == "train")
            x, target = share_of(batch(3), (1, 2), rank)
            lesson.distributed_step(net, optimizer_of(net), nn.MSELoss(), x, target)
            return net.runs, [module.training for module in net.modules()]

        for rank, (runs, modes) in enumerate(on_ranks(lesson, run)):
            expect.equal(f"on rank {rank}, how often the network is run", runs, 1)
            expect.equal(f"on rank {rank}, whether it is in train mode", set(modes), {mode == "train"})

    def test_images_and_target_are_left_as_they_are(self, lesson: Any) -> None:
        def run(lesson: Any, rank: int) -> Any:
            net = worked_example()
            x, target = worked_batch()
            lesson.distributed_step(net, SGD(net.parameters(), lr=0.1), nn.MSELoss(), x, target)
            return x, target, x.requires_grad

        for rank, (x, target, requires_grad) in enumerate(on_ranks(lesson, run)):
            expect.close(f"on rank {rank}, x after the step", x, worked_batch()[0])
            expect.close(f"on rank {rank}, the target after the step", target, worked_batch()[1])
            expect.equal(f"on rank {rank}, x.requires_grad", requires_grad, False)


def accuracy(lesson: Any, rank: int, right: list[int], count: int, batch_size: int, shuffle: bool = False) -> Any:
    """Return what the exercise returns."""
    return lesson.distributed_evaluate(readout(), dealt(Numbered(right), rank, count, batch_size, shuffle))


@pytest.mark.exercise(
    "distributed_evaluate",
    level=4,
    hints=(
        "Write 5 images and 3 ranks on paper, deal them out, and mark those that come a second time. Where do they "
        "stand in each rank's share?",
        "The numbers of images that are dealt to rank r for the first time are r, r + world_size, ... below the number "
        "of images: count them. All that a rank sees after so many does not count.",
        "Add up how many are correct among those, batch by batch; all_reduce the sum once, after the loop; divide by "
        "len(loader.dataset), which all ranks know.",
    ),
)
class TestDistributedEvaluate:
    """distributed_evaluate."""

    def test_five_images_for_two_ranks_worked_out_by_hand(self, lesson: Any) -> None:
        why = "Images 0 and 2 of 5 are classified correctly. Rank 1 sees image 0 a second time."
        for rank, given in enumerate(on_ranks(lesson, accuracy, [1, 0, 1, 0, 0], 2, 2)):
            expect.number(f"on rank {rank}, the accuracy", given, 0.4, why)

    @pytest.mark.parametrize("shuffle", [False, True], ids=["in order", "shuffled"])
    @pytest.mark.parametrize("batch_size", [1, 3, 16], ids="batches of {}".format)
    @pytest.mark.parametrize("count", [1, 2, 7, 8, 11], ids="{} images".format)
    def test_each_image_counts_once(self, lesson: Any, count: int, batch_size: int, shuffle: bool) -> None:
        right = [1, 1, 0, 1, 0, 0, 1, 1, 1, 0, 1][:count]

        given = on_ranks(lesson, accuracy, right, 2, batch_size, shuffle)

        for rank, found in enumerate(given):
            expect.number(f"on rank {rank}, the accuracy", found, sum(right) / count, "Each image counts once.")

    @pytest.mark.parametrize("count", [2, 7, 10], ids="{} images".format)
    def test_three_ranks_count_each_image_once(self, lesson: Any, count: int) -> None:
        right = [1, 0, 0, 1, 1, 1, 1, 0, 0, 0][:count]

        for rank, found in enumerate(on_ranks(lesson, accuracy, right, 3, 2, count=3)):
            expect.number(f"on rank {rank}, the accuracy", found, sum(right) / count, "Each image counts once.")

    @pytest.mark.parametrize("share", [0, 1], ids=["none is correct", "all are correct"])
    def test_the_ends_of_the_scale(self, lesson: Any, share: int) -> None:
        for rank, found in enumerate(on_ranks(lesson, accuracy, [share] * 5, 2, 2)):
            expect.number(f"on rank {rank}, the accuracy", found, float(share))

    def test_the_network_is_in_eval_mode_and_records_nothing(self, lesson: Any) -> None:
        def run(lesson: Any, rank: int) -> Any:
            net = ForwardSpy(with_modes().train())
            images = TensorDataset(batch(5)[0], labels_of(5))
            lesson.distributed_evaluate(net, dealt(images, rank, 2, 2))
            return net.modes, net.records

        for rank, (modes, records) in enumerate(on_ranks(lesson, run)):
            expect.equal(f"on rank {rank}, whether the network runs in train mode", sorted(set(modes)), [False])
            expect.equal(f"on rank {rank}, whether a graph is recorded", sorted(set(records)), [False])

    def test_each_module_is_in_its_own_mode_afterwards(self, lesson: Any) -> None:
        def run(lesson: Any, rank: int) -> list[bool]:
            net = mixed()
            images = TensorDataset(batch(4)[0], labels_of(4))
            lesson.distributed_evaluate(net, dealt(images, rank, 2, 2))
            return [module.training for module in net.modules()]

        for rank, given in enumerate(on_ranks(lesson, run)):
            wanted = [module.training for module in mixed().modules()]
            expect.equal(f"on rank {rank}, [module.training for module in net.modules()]", given, wanted)

    def test_weights_buffers_and_gradients_are_left_as_they_are(self, lesson: Any) -> None:
        def run(lesson: Any, rank: int) -> Any:
            net: Any = with_modes().train()
            net[1].weight.grad = torch.ones_like(net[1].weight)
            images = TensorDataset(batch(4)[0], labels_of(4))
            lesson.distributed_evaluate(net, dealt(images, rank, 2, 2))
            return tensors_of(net), net[1].weight.grad

        given = on_ranks(lesson, run)

        all_close("net.{} afterwards", [net for net, _ in given], tensors_of(with_modes()))
        for rank, (_, grad) in enumerate(given):
            expect.close(f"on rank {rank}, net[1].weight.grad", grad, torch.ones(8, 1024))
