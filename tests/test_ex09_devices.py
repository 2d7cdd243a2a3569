"""Spec of lesson 9: one code for every device, lower precision where it is enough, and one step of several batches."""

import copy
import os
import random
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.amp import GradScaler

from kata.authoring import (
    BUILT_FOR,
    AsymmetricLoss,
    CallCounter,
    CallLog,
    CopySpy,
    Fixed,
    ForwardSpy,
    Pair,
    ReadSpy,
    Sample,
    batches,
    expect,
    fake_machine,
    few,
    give_gradients,
    labelled,
    lenet,
    mixed,
    partly_frozen,
    pretend_accelerator,
    seeded,
    small,
    with_unused_layer,
)

FEW_BITS: Any = {"rtol": 2e-2, "atol": 2e-3}  # 8 bits of mantissa, and an accelerator's own order of sums


def state(net: nn.Module) -> dict[str, Tensor]:
    """Return a copy of every parameter and buffer."""
    return {name: value.detach().cpu().clone() for name, value in net.state_dict().items()}


def all_close(what: str, net: nn.Module, right: nn.Module, why: str = "", **bounds: float) -> None:
    """Ask the same of each parameter and buffer; `what` has a place for its name."""
    __tracebackhide__ = True
    given, wanted = state(net), state(right)
    for name, value in wanted.items():
        expect.close(what.format(name), given[name], value, why, **bounds)


def plain(net: Any, rate: float = 0.1, momentum: float = 0.0) -> torch.optim.SGD:
    """Return an optimizer of all parameters."""
    return torch.optim.SGD(net.parameters(), lr=rate, momentum=momentum)


@pytest.mark.exercise(
    "pick_device",
    level=1,
    hints=(
        "Two questions: can an accelerator be used here, and if so, which one is it?",
        "torch.accelerator answers both, for every kind: is_available() and current_accelerator().",
        "Where is_available() is True, return what current_accelerator() gives; else make a torch.device of 'cpu'.",
    ),
)
class TestPickDevice:
    """pick_device."""

    @pytest.mark.parametrize("kind", ["cuda", "mps", "xpu"])
    def test_on_a_machine_with_an_accelerator_it_is_taken(self, lesson: Any, kind: str) -> None:
        with fake_machine(kind):
            given = lesson.pick_device()

        expect.true("the result", isinstance(given, torch.device), "a torch.device", f"a {type(given).__name__}")
        expect.equal(f"the type of the device on a machine with {kind}", given.type, kind)
        expect.true("its number", given.index in (None, 0), "that of the current one", str(given.index))

    def test_on_a_machine_without_one_it_is_the_cpu(self, lesson: Any) -> None:
        with fake_machine(""):
            given = lesson.pick_device()

        expect.true("the result", isinstance(given, torch.device), "a torch.device", f"a {type(given).__name__}")
        expect.equal("the type of the device on a machine without an accelerator", given.type, "cpu")

    def test_a_torch_that_was_built_for_one_that_is_not_there_takes_the_cpu(self, lesson: Any) -> None:
        with fake_machine(BUILT_FOR):
            given = lesson.pick_device()

        kind = getattr(given, "type", given)
        expect.equal("the type of the device where CUDA was built in and no card is there", kind, "cpu")

    def test_it_is_asked_anew_at_each_call(self, lesson: Any) -> None:
        found = []
        for kind in ("", "cuda", "", "mps"):
            with fake_machine(kind):
                found.append(lesson.pick_device().type)

        expect.equal("the types on four machines, one after the other", found, ["cpu", "cuda", "cpu", "mps"])

    def test_a_tensor_can_be_made_there(self, lesson: Any, device: str) -> None:
        given = lesson.pick_device()

        there = torch.device(device)
        if there.type != "cpu" or not torch.accelerator.is_available():
            made = torch.ones(1, device=given)
            expect.equal("torch.ones(1, device=pick_device()).device.type", made.device.type, there.type)


PACKINGS: dict[str, Callable[[], Any]] = {
    "a tensor": lambda: seeded(2, 3),
    "a list": lambda: [seeded(2, 3), torch.arange(3)],
    "a tuple": lambda: (seeded(2, 3), torch.arange(3)),
    "a named tuple": lambda: Pair(seeded(2, 3), torch.arange(3)),
    "a dict": lambda: {"images": seeded(2, 3), "labels": torch.arange(3), 5: seeded(1)},
    "a dataclass": lambda: Sample(seeded(2, 3), torch.arange(3)),
    "a frozen dataclass": lambda: Fixed(seeded(2, 3)),
    "a deep nest": lambda: [{"a": (seeded(1), [Pair(seeded(2), Sample(seeded(3), {"b": seeded(1)}))])}, (seeded(1),)],
    "a tensor without dimensions": lambda: (torch.tensor(2.0), torch.zeros(0, 3)),
    "packings in a dataclass": lambda: Sample(Fixed(seeded(2)), Pair([seeded(3)], Sample(seeded(1), {}))),
    "an empty packing": lambda: [[], (), {}],
}
every_packing = pytest.mark.parametrize("pack", PACKINGS.values(), ids=PACKINGS.keys())


def inside(value: Any, place: str = "the result") -> list[tuple[str, Any]]:
    """Return all that is packed, each with its place; a packing itself by its class and what it holds."""
    if isinstance(value, dict):
        parts = [(f"{place}[{key!r}]", part) for key, part in value.items()]
        what: Any = f"a {type(value).__name__} with the keys {list(value)}"
    elif isinstance(value, Pair):
        parts, what = [(f"{place}.{key}", getattr(value, key)) for key in Pair._fields], "a Pair"
    elif isinstance(value, list | tuple):
        parts = [(f"{place}[{number}]", part) for number, part in enumerate(value)]
        what = f"a {type(value).__name__} of {len(value)}"
    elif isinstance(value, Sample | Fixed):
        parts, what = [(f"{place}.{key}", part) for key, part in vars(value).items()], f"a {type(value).__name__}"
    else:
        return [(place, value)]
    return [(place, what), *(one for name, part in parts for one in inside(part, name))]


def same_packing(given: Any, wanted: Any, device: str) -> None:
    """Ask that both hold the same in the same packing, and that the tensors of the first lie on a device."""
    __tracebackhide__ = True
    found = dict(inside(given))
    for place, value in inside(wanted):
        expect.true(place, place in found, "there", "missing")
        if isinstance(value, Tensor):
            expect.close(place, expect.tensor(place, found[place]), value.to(device))
        elif isinstance(value, str | int | float):
            expect.equal(place, found[place], value)
        else:
            expect.true(place, found[place] is value, "the object that went in", "another one")


@pytest.mark.exercise(
    "to_device",
    level=2,
    hints=(
        "A tensor is easy. For a list, think of what you would do with each of its parts: the function that can do it "
        "is the one that you are writing.",
        "One case for each packing, each of which calls to_device for its parts and packs the results as they were. "
        "What is no packing and no tensor goes back as it is. A named tuple is a tuple that has `_fields`.",
        "A named tuple takes its parts one by one, type(batch)(*parts), a list or tuple takes them as one. "
        "dataclasses.fields names the parts of a dataclass, dataclasses.replace makes one with others.",
    ),
)
class TestToDevice:
    """to_device."""

    @every_packing
    def test_all_tensors_come_along_in_the_packing_that_they_were_in(
        self, lesson: Any, pack: Callable[[], Any], device: str
    ) -> None:
        same_packing(lesson.to_device(pack(), device), pack(), device)

    def test_a_parameter_is_a_tensor_too(self, lesson: Any, device: str) -> None:
        given = lesson.to_device([nn.Parameter(seeded(2))], device)

        where = expect.tensor("a parameter in the batch", given[0]).device.type
        expect.equal("the device of a parameter in the batch", where, torch.device(device).type)

    def test_tensors_come_back_to_the_cpu(self, lesson: Any, device: str) -> None:
        far = [seeded(2, 3).to(device), {"a": torch.arange(3).to(device)}]

        same_packing(lesson.to_device(far, "cpu"), [seeded(2, 3), {"a": torch.arange(3)}], "cpu")

    def test_what_is_no_tensor_goes_along_as_it_is(self, lesson: Any, device: str) -> None:
        net, numbers = nn.Linear(2, 2), np.arange(3)
        packed = ["digits", 3, 2.5, None, True, net, numbers, Sample, {"text": "seven", "image": seeded(2)}]

        same_packing(lesson.to_device(packed, device), packed, device)
        expect.equal("where a module in the batch lies afterwards", net.weight.device.type, "cpu")

    @pytest.mark.parametrize("alone", ["a text", 7, None], ids=["a text", "a number", "None"])
    def test_a_batch_without_any_tensor_is_given_back(self, lesson: Any, alone: Any) -> None:
        expect.equal("the result", lesson.to_device(alone, "cpu"), alone)

    def test_the_callers_batch_is_left_as_it_was(self, lesson: Any, device: str) -> None:
        made = PACKINGS["a deep nest"]()
        inner = made[0]["a"][1]
        held = inner[0].labels

        lesson.to_device(made, device)

        same_packing(made, PACKINGS["a deep nest"](), "cpu")
        kept = made[0]["a"][1] is inner and inner[0].labels is held
        expect.true("the packings inside the batch", kept, "as before", "others")

    def test_dtypes_and_graphs_are_kept(self, lesson: Any, device: str) -> None:
        leaf = seeded(3).requires_grad_()
        packed = [leaf * 2, torch.arange(3, dtype=torch.int16), seeded(2).half(), torch.tensor([True])]

        given = lesson.to_device(packed, device)
        given[0].sum().backward()

        expect.equal("the dtypes", [str(one.dtype) for one in given], [str(one.dtype) for one in packed])
        expect.close("the gradient of what was packed", expect.tensor("leaf.grad", leaf.grad), torch.full((3,), 2.0))

    def test_what_lies_there_already_is_not_copied(self, lesson: Any, device: str) -> None:
        there = seeded(4).to(device)

        given = lesson.to_device({"x": [there], "y": Sample(there, None)}, device)

        for where, one in (("a list", given["x"][0]), ("a dataclass", given["y"].images)):
            same = one.data_ptr() == there.data_ptr()
            expect.true(f"a tensor in {where} that lies there already", same, "the same memory", "a copy")

    def test_copies_do_not_wait(self, lesson: Any) -> None:
        with pretend_accelerator() as there, CopySpy() as copies:
            lesson.to_device([seeded(2), {"a": seeded(3)}], there)

        expect.equal("how many copies are asked for", len(copies.waits), 2)
        why = "With non_blocking=True a copy of pinned memory runs beside the CPU's work."
        expect.equal("how many of them wait", sum(copies.waits), 0, why)

    @pytest.mark.parametrize("spelled", [torch.device, str], ids=["a torch.device", "a name"])
    def test_the_device_may_be_named_or_given(self, lesson: Any, device: str, spelled: Any) -> None:
        given = lesson.to_device((seeded(2),), spelled(device))

        expect.equal("the device of what comes back", given[0].device.type, torch.device(device).type)


OFTEN_SET = ("PYTHONHASHSEED", "CUBLAS_WORKSPACE_CONFIG")  # a running program reads neither


def draws() -> list[float]:
    """Return numbers from each of the three global sources."""
    return [random.random(), float(np.random.rand()), float(torch.rand(1))]


@pytest.mark.exercise(
    "seed_everything",
    level=2,
    hints=(
        "Three libraries draw random numbers, each from a state of its own. How is each one set?",
        "random.seed, np.random.seed, torch.manual_seed; the last one reaches the accelerators, too.",
        "numpy refuses a seed of 2**32 or more: give it the rest of the division by 2**32.",
    ),
)
class TestSeedEverything:
    """seed_everything."""

    @pytest.mark.parametrize("place", [0, 1, 2], ids=["Python", "numpy", "torch"])
    def test_the_same_seed_gives_the_same_numbers(self, lesson: Any, place: int) -> None:
        lesson.seed_everything(5)
        first = [draws()[place] for _ in range(3)]
        lesson.seed_everything(6)
        other = [draws()[place] for _ in range(3)]
        lesson.seed_everything(5)
        again = [draws()[place] for _ in range(3)]

        source = ("random.random()", "np.random.rand()", "torch.rand(1)")[place]
        expect.true(f"three numbers of {source} after the same seed", first == again, "the same", "others")
        expect.true(f"three numbers of {source} after another seed", first != other, "others", "the same")

    @pytest.mark.parametrize("seed", [0, 1, 2**32 - 1, 2**32, 2**63, 2**64 - 1], ids="seed {}".format)
    def test_every_seed_that_torch_takes_can_be_given(self, lesson: Any, seed: int) -> None:
        lesson.seed_everything(seed)
        first = draws()
        lesson.seed_everything(seed)

        expect.true("the numbers after the same seed", draws() == first, "the same", "others")

    def test_seeds_of_up_to_32_bits_differ(self, lesson: Any) -> None:
        seen = []
        seeds = (0, 1, 2, 3, 100, 2**8, 2**16, 2**31, 2**32 - 1)
        for seed in seeds:
            lesson.seed_everything(seed)
            seen.append(tuple(draws()))

        for number, source in enumerate(("Python", "numpy", "torch")):
            kinds = len({one[number] for one in seen})
            expect.equal(f"how many beginnings {source} has for {len(seeds)} seeds", kinds, len(seeds))

    def test_large_seeds_differ_too(self, lesson: Any) -> None:
        seen = []
        for seed in (5, 2**32 + 5, 2**32 + 6, 2**40 + 7):
            lesson.seed_everything(seed)
            seen.append(draws())

        expect.equal("how many beginnings Python has for four large seeds", len({one[0] for one in seen}), 4)
        expect.equal("how many beginnings numpy has for three of them", len({one[1] for one in seen[1:]}), 3)

    def test_torch_begins_where_its_own_manual_seed_does(self, lesson: Any) -> None:
        lesson.seed_everything(11)

        wanted = torch.rand(2, generator=torch.Generator().manual_seed(11))
        why = "It begins where torch.manual_seed(11) begins."
        expect.close("torch.rand(2) after seed_everything(11)", torch.rand(2), wanted, why)

    def test_numpy_begins_where_its_own_seed_does(self, lesson: Any) -> None:
        for seed in (11, 2**32 + 11):
            lesson.seed_everything(seed)

            given, wanted = (torch.tensor(source.rand(2)) for source in (np.random, np.random.RandomState(11)))
            why = "It begins where np.random.seed(11) begins: 11 are the lowest 32 bits."
            expect.close(f"np.random.rand(2) after seed_everything({seed})", given, wanted, why)

    def test_the_accelerators_are_seeded_too(self, lesson: Any) -> None:
        seeds: list[int] = []
        with fake_machine("cuda"), pytest.MonkeyPatch.context() as patch:
            patch.setattr(torch.cuda, "manual_seed_all", seeds.append)
            patch.setattr(torch.cuda, "manual_seed", seeds.append)
            lesson.seed_everything(9)

        expect.true("the seed of a GPU", seeds and {*seeds} == {9}, "9", str(seeds[0]) if seeds else "not set")

    def test_the_same_numbers_on_every_device(self, lesson: Any, device: str) -> None:
        lesson.seed_everything(3)
        first = torch.rand(4, device=device)
        lesson.seed_everything(3)

        expect.close("torch.rand(4) on the device after the same seed", torch.rand(4, device=device), first)

    def test_it_returns_nothing_and_leaves_the_environment(self, lesson: Any) -> None:
        environment = dict(os.environ)
        for name in OFTEN_SET:
            os.environ.pop(name, None)
        try:
            given = lesson.seed_everything(1)
            changed = [name for name in OFTEN_SET if name in os.environ]
        finally:
            os.environ.clear()
            os.environ.update(environment)

        expect.equal("what seed_everything returns", given, None)
        expect.equal("variables of the environment that were set", changed, [], "A running Python reads them no more.")


def right_mixed(net: Any, optimizer: Any, scaler: Any, criterion: Any, x: Tensor, target: Tensor) -> float:
    """Make one step in mixed precision."""
    optimizer.zero_grad()
    with torch.autocast(x.device.type):
        loss = criterion(net(x), target)
    scaler.scale(loss).backward()
    scaler.step(optimizer)
    scaler.update()
    return float(loss.item())


class Steep(nn.Module):
    """A criterion whose gradients are large."""

    def forward(self, scores: Tensor, target: Tensor) -> Tensor:
        return 1e4 * F.cross_entropy(scores, target)


class Infinite(nn.Module):
    """A criterion that overflows."""

    def forward(self, scores: Tensor, target: Tensor) -> Tensor:
        return F.cross_entropy(scores, target) * float("inf")


def scaler_of(device: Any = "cpu", scale: float = 1024.0, **more: Any) -> GradScaler:
    """Return a scaler with a small scale."""
    return GradScaler(torch.device(device).type, init_scale=scale, **more)


@pytest.mark.exercise(
    "mixed_precision_step",
    level=3,
    hints=(
        "It is the step of lesson 3 with two additions: a block around what may be computed in 16 bits, and the scaler "
        "between the loss and the optimizer.",
        "torch.autocast takes the type of the device, x.device.type. In the block stand the network and the criterion. "
        "Below it the scaler scales the loss for backward.",
        "After backward of scaler.scale(loss): scaler.step with the optimizer, then scaler.update. The loss that is "
        "returned is the one that was not scaled.",
    ),
)
class TestMixedPrecisionStep:
    """mixed_precision_step."""

    def test_the_course_of_a_step(self, lesson: Any) -> None:
        course = CallLog(small(), nn.CrossEntropyLoss())
        optimizer = course.optimizer(plain(course.net))

        lesson.mixed_precision_step(course.net, optimizer, scaler_of(), course.criterion, *few())

        wanted = [
            "the network gives bfloat16 under autocast",
            "the criterion gives float32 under autocast",
            "gradients flow back",
            "the optimizer steps",
        ]
        expect.equal("the course of a step", course.lines, wanted)

    @pytest.mark.parametrize("scale", [1.0, 1024.0, 65536.0], ids="scaled by {:g}".format)
    def test_three_steps_are_those_of_a_step_written_out(self, lesson: Any, scale: float) -> None:
        net, right = small(), small()
        optimizers = plain(net, momentum=0.9), plain(right, momentum=0.9)
        scalers = scaler_of(scale=scale), scaler_of(scale=scale)

        for seed in (1, 2, 1):
            lesson.mixed_precision_step(net, optimizers[0], scalers[0], nn.CrossEntropyLoss(), *few(seed=seed))
            right_mixed(right, optimizers[1], scalers[1], nn.CrossEntropyLoss(), *few(seed=seed))

        all_close("net.{} after three steps", net, right)

    def test_it_is_near_a_step_in_float32(self, lesson: Any) -> None:
        net, right, (x, target) = small(), small(), few()
        lesson.mixed_precision_step(net, plain(net), scaler_of(), nn.CrossEntropyLoss(), x, target)
        F.cross_entropy(right(x), target).backward()
        plain(right).step()

        all_close("net.{} after one step", net, right, **FEW_BITS)

    def test_it_returns_the_loss_that_was_not_scaled(self, lesson: Any) -> None:
        net, right = small(), small()
        given = lesson.mixed_precision_step(net, plain(net), scaler_of(), nn.CrossEntropyLoss(), *few())
        wanted = right_mixed(right, plain(right), scaler_of(), nn.CrossEntropyLoss(), *few())

        expect.number("what mixed_precision_step returns", given, wanted)

    def test_it_returns_that_loss_also_where_the_scale_changes(self, lesson: Any) -> None:
        for growth, criterion in ((1, nn.CrossEntropyLoss()), (1000, Steep())):
            net, right, scale = small(), small(), 1024.0 if growth == 1 else 2.0**120
            scalers = [scaler_of(scale=scale, growth_interval=growth) for _ in range(2)]

            given = lesson.mixed_precision_step(net, plain(net), scalers[0], criterion, *few())
            wanted = right_mixed(right, plain(right), scalers[1], criterion, *few())

            expect.number("what mixed_precision_step returns where the scale changes", given, wanted)

    def test_a_loss_that_is_infinite_moves_nothing_and_the_scale_goes_down(self, lesson: Any) -> None:
        net, scaler = small(), scaler_of(scale=1024.0)

        lesson.mixed_precision_step(net, plain(net), scaler, Infinite(), *few())

        all_close("net.{} after a step with an infinite loss", net, small(), "The scaler leaves such a step out.")
        expect.equal("the scale after a step with an infinite loss", scaler.get_scale(), 512.0)

    def test_old_gradients_do_not_count(self, lesson: Any) -> None:
        net, right = small(), small()
        give_gradients(dict(net.named_parameters()), seed=1)

        lesson.mixed_precision_step(net, plain(net), scaler_of(), nn.CrossEntropyLoss(), *few())
        right_mixed(right, plain(right), scaler_of(), nn.CrossEntropyLoss(), *few())

        all_close("net.{} after a step that met old gradients", net, right)

    def test_gradients_that_came_out_infinite_move_nothing_and_the_scale_goes_down(self, lesson: Any) -> None:
        net, scaler = small(), scaler_of(scale=2.0**120)

        lesson.mixed_precision_step(net, plain(net), scaler, Steep(), *few())

        all_close("net.{} after a step with infinite gradients", net, small(), "The scaler leaves such a step out.")
        expect.equal("the scale afterwards", scaler.get_scale(), 2.0**119)

    def test_the_scaler_is_told_that_the_step_is_over(self, lesson: Any) -> None:
        net, scaler = small(), scaler_of(growth_interval=1)

        for _ in range(2):
            lesson.mixed_precision_step(net, plain(net), scaler, nn.CrossEntropyLoss(), *few())

        expect.equal("the scale after two steps of a scaler that doubles it after each", scaler.get_scale(), 4096.0)

    def test_a_disabled_scaler_scales_by_one(self, lesson: Any) -> None:
        net, right = small(), small()

        lesson.mixed_precision_step(net, plain(net), scaler_of(enabled=False), nn.CrossEntropyLoss(), *few())
        right_mixed(right, plain(right), scaler_of(enabled=False), nn.CrossEntropyLoss(), *few())

        all_close("net.{} after one step", net, right)

    def test_the_weights_stay_float32_and_the_same_objects(self, lesson: Any) -> None:
        net = partly_frozen()
        before = [(id(p), str(p.dtype), p.requires_grad) for p in net.parameters()]

        lesson.mixed_precision_step(net, plain(net), scaler_of(), nn.CrossEntropyLoss(), *labelled(4))

        after = [(id(p), str(p.dtype), p.requires_grad) for p in net.parameters()]
        expect.equal("the dtypes of the parameters", [one[1] for one in after], [one[1] for one in before])
        expect.true("the parameters", after == before, "the same objects, taking gradients as before", "others")

    def test_any_other_criterion(self, lesson: Any) -> None:
        net, right, target = small(), small(), seeded(7, 4, seed=8)

        given = lesson.mixed_precision_step(net, plain(net), scaler_of(), AsymmetricLoss(), few()[0], target)
        wanted = right_mixed(right, plain(right), scaler_of(), AsymmetricLoss(), few()[0], target)

        expect.number("what mixed_precision_step returns", given, wanted, "Scores come first, the target second.", 1e-3)
        all_close("net.{} after one step", net, right, "Scores come first, the target second.")

    def test_the_network_is_run_once_in_the_mode_that_it_is_in(self, lesson: Any) -> None:
        counting, net = CallCounter(small()), mixed()

        lesson.mixed_precision_step(counting, plain(counting), scaler_of(), nn.CrossEntropyLoss(), *few())
        lesson.mixed_precision_step(net, plain(net), scaler_of(), nn.CrossEntropyLoss(), *labelled(4))

        expect.equal("how often the network is run", counting.runs, 1)
        modes = [module.training for module in net]
        expect.equal("[module.training for module in net]", modes, [module.training for module in mixed()])

    def test_images_and_target_are_left_as_they_are(self, lesson: Any) -> None:
        net, (x, target) = small(), few()

        lesson.mixed_precision_step(net, plain(net), scaler_of(), nn.CrossEntropyLoss(), x, target)

        expect.close("x after the step", x, few()[0])
        expect.close("target after the step", target, few()[1])
        expect.equal("x.requires_grad after the step", x.requires_grad, False)

    def test_a_step_on_every_device(self, lesson: Any, device: str) -> None:
        course, (x, target) = CallLog(small().to(device), nn.CrossEntropyLoss()), few()
        optimizer, scaler = course.optimizer(plain(course.net)), scaler_of(device)

        there = x.to(device), target.to(device)
        loss = lesson.mixed_precision_step(course.net, optimizer, scaler, course.criterion, *there)

        right = small()
        wanted = right_mixed(right, plain(right), scaler_of(), nn.CrossEntropyLoss(), x, target)
        expect.number("what mixed_precision_step returns", loss, wanted, **FEW_BITS)
        all_close("net.{} after one step", course.net.inside, right, **FEW_BITS)
        under = [line.endswith("under autocast") for line in course.lines]
        what = "whether network, criterion, backward and step are under autocast"
        expect.equal(what, under, [True, True, False, False])


def right_accumulated(net: Any, optimizer: Any, criterion: Any, pairs: list[tuple[Tensor, Tensor]]) -> float:
    """Make one step from all images at once."""
    optimizer.zero_grad()
    loss = criterion(net(torch.cat([x for x, _ in pairs])), torch.cat([target for _, target in pairs]))
    loss.backward()
    optimizer.step()
    return float(loss.item())


SIZES = {"equal batches": (4, 4, 4), "a short last batch": (5, 5, 2), "one batch": (6,), "batches of 1": (1, 3, 1)}
every_size = pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES.keys())


@pytest.mark.exercise(
    "accumulated_step",
    level=3,
    hints=(
        "Gradients of several calls of backward add up. What must stand before the first one, and what only after the "
        "last?",
        "The mean over all images is the sum of the batches' means, each weighted with the share of images that it "
        "has. The same weights give the right gradient.",
        "Clear the gradients once. For each batch: the criterion's loss times its size divided by the number of all "
        "images, then backward. One step after the last; add the losses up as detached tensors.",
    ),
)
class TestAccumulatedStep:
    """accumulated_step."""

    def test_two_batches_worked_out_by_hand(self, lesson: Any) -> None:
        net = nn.Linear(1, 1, bias=False)
        net.weight.data.fill_(1.0)
        pairs = [(torch.ones(3, 1), torch.zeros(3, 1)), (torch.full((1, 1), 2.0), torch.zeros(1, 1))]

        given = lesson.accumulated_step(net, plain(net, 0.1), nn.MSELoss(), pairs)

        why = "The squares are 1, 1, 1 and 4: their mean is 7/4, and its gradient twice as much."
        expect.number("the mean loss", given, 1.75, why)
        expect.close("net.weight after the step", net.weight.detach(), torch.tensor([[1 - 0.1 * 3.5]]), why)

    @every_size
    def test_the_step_is_that_of_one_large_batch(self, lesson: Any, sizes: tuple[int, ...]) -> None:
        net, right = lenet(), lenet()

        lesson.accumulated_step(net, plain(net), nn.CrossEntropyLoss(), batches(*sizes))
        right_accumulated(right, plain(right), nn.CrossEntropyLoss(), batches(*sizes))

        all_close("net.{} after one step", net, right)

    @every_size
    def test_it_returns_the_mean_loss_over_all_images(self, lesson: Any, sizes: tuple[int, ...]) -> None:
        net, right = lenet(), lenet()
        given = lesson.accumulated_step(net, plain(net), nn.CrossEntropyLoss(), batches(*sizes))
        wanted = right_accumulated(right, plain(right), nn.CrossEntropyLoss(), batches(*sizes))

        expect.number("what accumulated_step returns", given, wanted)

    def test_old_gradients_do_not_count(self, lesson: Any) -> None:
        net, right = small(), small()
        give_gradients(dict(net.named_parameters()), seed=1)

        lesson.accumulated_step(net, plain(net), nn.CrossEntropyLoss(), [few(4), few(3, 2)])
        right_accumulated(right, plain(right), nn.CrossEntropyLoss(), [few(4), few(3, 2)])

        all_close("net.{} after a step that met old gradients", net, right)

    def test_the_optimizer_makes_one_step(self, lesson: Any) -> None:
        course = CallLog(small(), nn.CrossEntropyLoss())
        optimizer = course.optimizer(plain(course.net))

        lesson.accumulated_step(course.net, optimizer, course.criterion, [few(4), few(3, 2), few(4, 3)])

        turn = ["the network gives float32", "the criterion gives float32", "gradients flow back"]
        expect.equal("the course of a step of three batches", course.lines, [*turn * 3, "the optimizer steps"])

    def test_momentum_and_two_steps(self, lesson: Any) -> None:
        net, right = small(), small()
        optimizers = plain(net, momentum=0.9), plain(right, momentum=0.9)

        for seed in (1, 2):
            lesson.accumulated_step(net, optimizers[0], nn.CrossEntropyLoss(), [few(4, seed), few(3, seed + 5)])
            right_accumulated(right, optimizers[1], nn.CrossEntropyLoss(), [few(4, seed), few(3, seed + 5)])

        all_close("net.{} after two steps with momentum", net, right)

    @pytest.mark.parametrize(
        "make",
        [partial(torch.optim.SGD, lr=0.1, weight_decay=0.5), torch.optim.Adam],
        ids=["weight decay", "Adam"],
    )
    def test_any_optimizer_gets_the_gradients_of_the_mean(self, lesson: Any, make: Callable[[Any], Any]) -> None:
        net, right = small(), small()
        optimizers = make(net.parameters()), make(right.parameters())

        for seed in (1, 2):
            lesson.accumulated_step(net, optimizers[0], nn.CrossEntropyLoss(), [few(4, seed), few(3, seed + 5)])
            right_accumulated(right, optimizers[1], nn.CrossEntropyLoss(), [few(4, seed), few(3, seed + 5)])

        all_close("net.{} after two steps", net, right)

    def test_only_one_batch_is_run_at_a_time(self, lesson: Any) -> None:
        probe = ForwardSpy(small())

        lesson.accumulated_step(probe, plain(probe), nn.CrossEntropyLoss(), [few(4), few(3, 2), few(4, 3), few(2, 4)])

        expect.equal("how often the network is run for four batches", len(probe.modes), 4)
        why = "Their memory adds up: backward of each batch comes before the next is run."
        held = probe.held[-1]
        what = "how many graphs that backward has not used up are alive while the last batch is run"
        expect.equal(what, held, 0, why)

    def test_frozen_and_unused_parameters_stay(self, lesson: Any) -> None:
        for build in (partly_frozen, with_unused_layer):
            net, right = build(), build()

            lesson.accumulated_step(net, plain(net), nn.CrossEntropyLoss(), batches(3, 2))
            right_accumulated(right, plain(right), nn.CrossEntropyLoss(), batches(3, 2))

            all_close("net.{} after one step", net, right)

    def test_any_other_criterion(self, lesson: Any) -> None:
        net, right = small(), small()
        pairs = [(few(count)[0], seeded(count, 4, seed=count)) for count in (4, 2)]

        given = lesson.accumulated_step(net, plain(net), AsymmetricLoss(), pairs)
        wanted = right_accumulated(right, plain(right), AsymmetricLoss(), pairs)

        expect.number("what accumulated_step returns", given, wanted, "Scores come first, the target second.")
        all_close("net.{} after one step", net, right, "Scores come first, the target second.")

    def test_the_batches_and_the_modes_are_left_as_they_are(self, lesson: Any) -> None:
        net, pairs = mixed(), batches(4, 3)
        kept = copy.deepcopy(pairs)

        lesson.accumulated_step(net, plain(net), nn.CrossEntropyLoss(), pairs)

        expect.equal("how many batches there are afterwards", len(pairs), 2)
        for (x, target), (images, labels) in zip(pairs, kept, strict=True):
            expect.close("x after the step", x, images)
            expect.close("target after the step", target, labels)
        modes = [module.training for module in net]
        expect.equal("[module.training for module in net]", modes, [module.training for module in mixed()])

    def test_the_device_is_asked_for_a_number_once(self, lesson: Any) -> None:
        with pretend_accelerator() as there, ReadSpy() as waits:
            net, pairs = small().to(there), [(x.to(there), y.to(there)) for x, y in (few(4), few(3, 2), few(4, 3))]
            waits.times = 0
            lesson.accumulated_step(net, plain(net), nn.CrossEntropyLoss(), pairs)

        why = "Each number that is asked for makes the CPU wait until the device has computed it."
        expect.true("how often a number is asked for", waits.times <= 1, "once", f"{waits.times} times", why)

    def test_a_step_on_every_device(self, lesson: Any, device: str) -> None:
        net, right, pairs = small().to(device), small(), [few(4), few(3, 2)]
        there = [(x.to(device), target.to(device)) for x, target in pairs]

        loss = lesson.accumulated_step(net, plain(net), nn.CrossEntropyLoss(), there)

        wanted = right_accumulated(right, plain(right), nn.CrossEntropyLoss(), pairs)
        expect.number("what accumulated_step returns", loss, wanted, **FEW_BITS)
        all_close("net.{} after one step", net, right, **FEW_BITS)
