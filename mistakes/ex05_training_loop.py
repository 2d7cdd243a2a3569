"""Lesson 5: how each exercise is observed, and the bank of its wrong answers.

A wrong answer is a plain function, put into the solution's file in the exercise's place. Its words: a
noun phrase that completes the observer's sentence, and why it matters, without a line of the
solution. Plain mistakes come first: where a learner's answer agrees with several as far as it goes,
the first one is named.
"""

import contextlib
import copy
import functools
import io
import os
import pickle
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from kata.amounts import STEPS
from kata.bank import mistake, same_as
from kata.diagnosis import observes
from kata.networks import partly_frozen, seeded, tied, with_modes
from kata.observation import Observation
from solutions.ex05_training_loop import Evaluation, History, evaluate, train_one_epoch

# What is observed with.


def labelled(count: int, seed: int = 1) -> tuple[Tensor, Tensor]:
    """Return images (count, 1, 32, 32) and labels (count,)."""
    generator = torch.Generator().manual_seed(seed + 500)
    return seeded(count, 1, 32, 32, seed=seed), torch.randint(10, (count,), generator=generator)


def batches(*sizes: int, seed: int = 1) -> list[tuple[Tensor, Tensor]]:
    """Return a batch of each size."""
    return [labelled(size, seed + 10 * number) for number, size in enumerate(sizes)]


def small() -> Any:
    """Return a network of two layers. (N, 1, 32, 32) -> (N, 10)."""
    return partly_frozen().requires_grad_(True)


def sgd(net: Any, rate: float = 0.05, momentum: float = 0.0) -> Any:
    """Return an optimizer of all parameters."""
    return torch.optim.SGD(net.parameters(), lr=rate, momentum=momentum)


def weights(net: nn.Module) -> dict[str, Tensor]:
    """Return a copy of every parameter."""
    return {name: parameter.detach().clone() for name, parameter in net.named_parameters()}


def kind_of(value: object) -> str:
    """Describe what was returned, but for its numbers."""
    if isinstance(value, Tensor):
        return f"a tensor {tuple(value.shape)} {value.dtype} on {value.device.type}"
    return "a float" if isinstance(value, float) else type(value).__name__


def plain(value: Any) -> object:
    """Return a number that can be compared, whatever type it came in."""
    if isinstance(value, Tensor):
        return value.detach().double()
    return float(value) if isinstance(value, int | float) else value


def outcome(call: Callable[[], object]) -> str:
    """Return the name of the error that a call raises, or that it raises none."""
    try:
        call()
    except Exception as error:  # noqa: BLE001  (whatever the learner's code raises is a fact)
        return type(error).__name__
    return "no error"


def breaking() -> Iterator[tuple[Tensor, Tensor]]:
    """Give one batch, then fail."""
    yield labelled(4)
    raise LookupError("the disk was pulled out")


class Once:
    """A loader without a length that counts how often it is gone through."""

    def __init__(self, pairs: list[tuple[Tensor, Tensor]]) -> None:
        self.pairs, self.times = pairs, 0

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        self.times += 1
        yield from self.pairs


class Marker:
    """Lives as long as the graph that holds it."""


class Marked(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, scores: Tensor, marker: Marker) -> Tensor:
        ctx.marker = marker
        return scores.view_as(scores)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        return gradients[0], None


class Probe(nn.Module):
    """Note what reaches a network: mode, whether a graph is recorded, device, and how many graphs are alive."""

    def __init__(self, inside: nn.Module) -> None:
        super().__init__()
        self.inside = inside
        self.modes: list[bool] = []
        self.records: list[bool] = []
        self.devices: list[str] = []
        self.alive: list[int] = []
        self.graphs: list[Any] = []

    def forward(self, x: Tensor) -> Tensor:
        self.modes.append(self.inside.training)
        self.devices.append(x.device.type)
        self.alive.append(sum(graph() is not None for graph in self.graphs))
        scores: Tensor = self.inside(x)
        self.records.append(scores.requires_grad)
        if scores.requires_grad:
            marker = Marker()
            self.graphs.append(weakref.ref(marker))
            scores = Marked.apply(scores, marker)  # type: ignore[no-untyped-call]  # torch leaves it untyped
        return scores


class Moves(TorchFunctionMode):
    """Note whether labels are brought to the device meta."""

    def __init__(self) -> None:
        super().__init__()
        self.labels = False

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if isinstance(result, Tensor) and result.dtype == torch.int64 and result.is_meta:
            self.labels |= any(isinstance(one, Tensor) and not one.is_meta for one in args)
        return result


def see_device(see: Observation, run: Callable[[Any, Any], object]) -> None:
    """Observe whether images and labels are moved to a network on meta, where nothing can be computed."""
    net, moves = Probe(nn.Sequential(nn.Flatten(), nn.Linear(1024, 10)).to("meta")), Moves()
    with moves:
        outcome(lambda: run(net, batches(4, 2)))
    see("the device on which images reach a network on another device", net.devices[:1])
    see("whether labels are moved to another device", moves.labels)


def mixed() -> Any:
    """Return a network in train mode of which the batch norm is in eval mode."""
    net = with_modes().train()
    net[2].eval()
    return net


def modes(net: nn.Module) -> list[bool]:
    """Return the mode of each module."""
    return [module.training for module in net.modules()]


@observes("train_one_epoch", "Your epoch does what {} does.")
def observe_train_one_epoch(lesson: Any, see: Observation) -> None:
    net: Any = Probe(with_modes().eval()).eval()
    loader = Once(batches(5, 4, 2))
    state = torch.get_rng_state()
    lesson.train_one_epoch(Probe(small()), Once(batches(5, 4, 2)), sgd(small()), "cpu")
    see("the random state after an epoch", torch.equal(state, torch.get_rng_state()))
    lesson.train_one_epoch(net, loader, sgd(net), "cpu")
    see("how often the network is run for three batches", len(net.modes))
    see("how often the loader is gone through", loader.times)
    see("the mode of the network in each batch", net.modes)
    see("the modes after the epoch", modes(net))
    lesson.train_one_epoch(net.train(), batches(3), sgd(net), "cpu")
    see("the modes after an epoch of a network in train mode", modes(net))
    see("whether a graph is recorded in each batch", net.records)
    net, pairs = small(), batches(5, 4, 3, 1)
    objects, before = list(map(id, net.parameters())), weights(net)
    loss = lesson.train_one_epoch(net, pairs, sgd(net, 0.1), "cpu")
    see.amounts("the weights after an epoch of four batches", STEPS, before, weights(net))
    see("what is returned as the loss of an epoch", kind_of(loss))
    see("the loss of an epoch with batches of 5, 4, 3 and 1", plain(loss))
    see("the images and labels after an epoch", [pairs, [images.requires_grad for images, _ in pairs]])
    see("whether the parameters are the same objects", objects == list(map(id, net.parameters())))
    see("which parameters take gradients", [p.requires_grad for p in net.parameters()])
    see_further_epochs(lesson, see)
    see_odd_loaders(lesson, see)
    see_device(see, lambda net, pairs: lesson.train_one_epoch(net, pairs, sgd(net), "meta"))


def see_further_epochs(lesson: Any, see: Observation) -> None:
    """Observe old gradients, an optimizer that remembers, and odd networks."""
    net = small()
    for parameter in net.parameters():
        parameter.grad = torch.full_like(parameter, 0.3)
    before = weights(net)
    lesson.train_one_epoch(net, batches(4), sgd(net), "cpu")
    see.amounts("the weights after an epoch that met old gradients", STEPS, before, weights(net))
    for name, make in (
        ("momentum", lambda net: sgd(net, 0.02, 0.9)),
        ("Adam", lambda net: torch.optim.Adam(net.parameters(), lr=0.003)),
    ):
        net = small()
        optimizer = make(net)
        for number in ("first", "second"):
            before = weights(net)
            loss = lesson.train_one_epoch(net, batches(4, 2), optimizer, "cpu")
            see.amounts(f"the weights after the {number} epoch with {name}", STEPS, before, weights(net))
            see(f"the loss of the {number} epoch with {name}", plain(loss))
    for name, build in (("a frozen layer", partly_frozen), ("one weight twice", tied), ("dropout", with_modes)):
        net, before = build(), weights(build())
        torch.default_generator.manual_seed(2)
        lesson.train_one_epoch(net, batches(4, 3), sgd(net), "cpu")
        see.amounts(f"the weights of a network with {name}", STEPS, before, weights(net))
        see(f"the buffers of a network with {name}", list(net.buffers()))
    net = Probe(small())
    lesson.train_one_epoch(net, batches(2, 2, 2, 2, 2), sgd(net), "cpu")
    see("the graphs of earlier batches that are still in memory", max(net.alive) > 2)


def see_odd_loaders(lesson: Any, see: Observation) -> None:
    """Observe a single image, a generator, a loader without batches, and one that fails."""
    net = small()
    loss = lesson.train_one_epoch(net, batches(1), sgd(net), "cpu")
    see("the loss of one image", plain(loss))
    net = small()
    loss = lesson.train_one_epoch(net, iter(batches(3, 2)), sgd(net), "cpu")
    see("the loss of an epoch over a generator", plain(loss))
    see("what an empty list as loader gives", outcome(lambda: lesson.train_one_epoch(net, [], sgd(net), "cpu")))
    see(
        "what an empty generator as loader gives",
        outcome(lambda: lesson.train_one_epoch(net, iter(()), sgd(net), "cpu")),
    )
    see(
        "what a loader that fails in the middle gives",
        outcome(lambda: lesson.train_one_epoch(net, breaking(), sgd(net), "cpu")),
    )


def see_evaluation(see: Observation, of: str, given: Any) -> None:
    """Observe an evaluation, number by number."""
    see(f"the loss of {of}", plain(given.loss))
    see(f"the accuracy of {of}", plain(given.accuracy))
    see(f"the confusion matrix of {of}", given.confusion)


@observes("evaluate", "Your evaluation does what {} does.")
def observe_evaluate(lesson: Any, see: Observation) -> None:
    net: Any = Probe(with_modes())
    loader, state = Once(batches(5, 4, 2)), torch.get_rng_state()
    given = lesson.evaluate(net, loader, "cpu")
    see("what is returned", type(given).__name__)
    see("how often the network is run for three batches", len(net.modes))
    see("how often the loader is gone through", loader.times)
    see("whether the network is in train mode in each batch", net.modes)
    see("whether a graph is recorded in each batch", net.records)
    see("the random state after an evaluation", torch.equal(state, torch.get_rng_state()))
    see("the type of the loss", kind_of(given.loss))
    see("the type of the accuracy", kind_of(given.accuracy))
    see("what the confusion matrix is", kind_of(given.confusion))
    pairs = digits_read()
    see_evaluation(see, "50 images, some of them read wrongly", lesson.evaluate(readout(), pairs, "cpu"))
    see("the images and labels after an evaluation", [pairs, [images.requires_grad for images, _ in pairs]])
    scores, labels = seeded(6, 10, seed=4) * 0.3, torch.arange(6)
    right = [(scores + F.one_hot(labels, 10) * 4.0, labels)]
    see_evaluation(see, "6 images that are all read rightly", lesson.evaluate(readout(), right, "cpu"))
    see_evaluation(see, "batches of 7, 7 and 2 images", lesson.evaluate(small(), batches(7, 7, 2), "cpu"))
    see_evaluation(see, "one batch of 10 images", lesson.evaluate(small(), batches(10), "cpu"))
    see_evaluation(see, "one image", lesson.evaluate(small(), batches(1), "cpu"))
    see_evaluation(see, "a network with dropout", lesson.evaluate(with_modes(), batches(6, 3), "cpu"))
    see_evaluation(see, "a generator", lesson.evaluate(small(), iter(batches(6, 3)), "cpu"))
    see_what_evaluating_leaves(lesson, see)
    see_device(see, lambda net, pairs: lesson.evaluate(net, pairs, "meta"))


def readout() -> Any:
    """Return a network whose scores are the numbers that it is given. (N, 10) -> (N, 10)."""
    net = nn.Linear(10, 10, bias=False)
    with torch.no_grad():
        net.weight.copy_(torch.eye(10))
    return net


def digits_read() -> list[tuple[Tensor, Tensor]]:
    """Return scores and labels of 50 images in two unequal batches; several images share a cell."""
    labels = torch.arange(50) * 7 % 10
    read = torch.where(torch.arange(50) % 4 == 0, (labels + 3) % 10, labels)
    scores = seeded(50, 10, seed=4) * 0.3 + F.one_hot(read, 10) * 4.0
    return [(scores[:35], labels[:35]), (scores[35:], labels[35:])]


def see_what_evaluating_leaves(lesson: Any, see: Observation) -> None:
    """Observe what an evaluation must not change, and loaders that fail."""
    for start in (None, 0.3):
        net = with_modes()
        for parameter in net.parameters():
            parameter.grad = None if start is None else torch.full_like(parameter, start)
        before = weights(net)
        lesson.evaluate(net, batches(5, 3), "cpu")
        see.amounts("the weights after an evaluation", STEPS, before, weights(net))
        see("the buffers after an evaluation", list(net.buffers()))
        see("the gradients after an evaluation", [p.grad for p in net.parameters()])
        see("which parameters take gradients after an evaluation", [p.requires_grad for p in net.parameters()])
    builds = (("train mode", with_modes), ("eval mode", lambda: with_modes().eval()), ("mixed modes", mixed))
    for name, build in builds:
        net = build()
        lesson.evaluate(net, batches(4), "cpu")
        see(f"the modes of a network in {name} after an evaluation", modes(net))
    see("whether graphs are recorded after an evaluation", torch.is_grad_enabled())
    for name, build in builds:
        net = build()
        see(
            "what a loader that fails in the middle gives",
            outcome(functools.partial(lesson.evaluate, net, breaking(), "cpu")),
        )
        see(f"the modes of a network in {name} after the loader failed", modes(net))
        see("what an empty list as loader gives", outcome(functools.partial(lesson.evaluate, net, [], "cpu")))
        see("what an empty generator gives", outcome(functools.partial(lesson.evaluate, net, iter(()), "cpu")))
        see(f"the modes of a network in {name} after a loader without batches", modes(net))


class Logged:
    """A loader that notes when it is gone through."""

    def __init__(self, name: str, log: list[str], pairs: list[tuple[Tensor, Tensor]]) -> None:
        self.name, self.log, self.pairs = name, log, pairs

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        self.log.append(self.name)
        yield from self.pairs


@observes("fit", "Your fit does what {} does.")
def observe_fit(lesson: Any, see: Observation) -> None:
    log: list[str] = []
    net, state, seed = small(), torch.get_rng_state(), torch.initial_seed()
    given = lesson.fit(net, Logged("train", log, batches(4)), Logged("test", log, batches(3, seed=7)), 2, 0.02, "cpu")
    see("the random state after fit", [torch.equal(state, torch.get_rng_state()), seed == torch.initial_seed()])
    see("the order in which the loaders are gone through in two epochs", log)
    see("what is returned", type(given).__name__)
    see("the lengths of the two lists", [len(given.train_loss), len(given.test)])
    see("what the two lists hold", [type(one).__name__ for one in (*given.train_loss, *given.test)])
    net = small()
    objects = list(map(id, net.parameters()))
    for epochs in (1, 3):
        net = small()
        objects = list(map(id, net.parameters()))
        given = lesson.fit(net, batches(4, 2), batches(3, 2, seed=7), epochs, 0.02, "cpu")
        see.amounts(f"the weights after {epochs} epochs", STEPS, weights(small()), weights(net))
        see(f"the losses of training in {epochs} epochs", [plain(loss) for loss in given.train_loss])
        see(f"the losses of the test in {epochs} epochs", [plain(one.loss) for one in given.test])
        see(f"the confusion matrices of {epochs} epochs", [one.confusion for one in given.test])
    see("whether the parameters are the same objects", objects == list(map(id, net.parameters())))
    see_odd_fits(lesson, see)


def see_odd_fits(lesson: Any, see: Observation) -> None:
    """Observe a test that gets worse, no epochs, negative epochs, dropout, and another device."""
    net, images = small(), labelled(40)[0]
    test = [(images, net(images).argmax(dim=1))]
    given = lesson.fit(net, batches(6, 6), test, 4, 0.02, "cpu")
    see("how many epochs there are where the test gets worse", [len(given.train_loss), len(given.test)])
    see.amounts("the weights where the test gets worse", STEPS, weights(small()), weights(net))
    net = small()
    given = lesson.fit(net, batches(4), batches(3), 0, 0.02, "cpu")
    see("what is returned for no epochs", type(given).__name__)
    see("the lengths of the lists for no epochs", [len(given.train_loss), len(given.test)])
    see.amounts("the weights after no epochs", STEPS, weights(small()), weights(net))
    try:
        told = f"no error, {type(lesson.fit(small(), batches(4), batches(3), -3, 0.02, 'cpu')).__name__}"
    except Exception as error:  # noqa: BLE001  (whatever the learner's code raises is a fact)
        told = f"{type(error).__name__}, with the value: {'-3' in str(error)}, the name: {'epochs' in str(error)}"
    see("what negative epochs give", told)
    net = with_modes().eval()
    torch.default_generator.manual_seed(2)
    lesson.fit(net, batches(5, 4), batches(3), 2, 0.02, "cpu")
    see.amounts("the weights of a network with dropout", STEPS, weights(with_modes()), weights(net))
    see("the buffers of a network with dropout", list(net.buffers()))
    lengths = [len(lesson.fit(small(), batches(2), batches(2), 1, 0.02, "cpu").test) for _ in range(2)]
    see("the lengths of the histories of two calls", lengths)
    probe = Probe(nn.Sequential(nn.Flatten(), nn.Linear(1024, 10)))
    outcome(lambda: lesson.fit(probe, batches(4), batches(3), 1, 0.1, "meta"))
    see("the devices of the parameters after fit", sorted({p.device.type for p in probe.parameters()}))
    see("the device on which images reach the network", probe.devices[:1])


def trained(build: Callable[[], Any] = with_modes, steps: int = 2) -> tuple[Any, Any]:
    """Return a network that took some steps, and its optimizer, which remembers them."""
    net = build()
    optimizer = sgd(net, 0.05, 0.9)
    for number in range(steps):
        for place, parameter in enumerate(net.parameters()):
            parameter.grad = seeded(*parameter.shape, seed=number * 20 + place)
        optimizer.step()
    for place, buffer in enumerate(net.buffers()):
        if buffer.is_floating_point():
            buffer.copy_(seeded(*buffer.shape, seed=place + 90).abs() + 0.1)
    return net, optimizer


def fresh() -> tuple[Any, Any]:
    """Return a network that has learned nothing, and an optimizer with other settings."""
    net: Any = with_modes()
    return net, sgd(net, 0.3, 0.5)


def state(net: Any) -> list[Any]:
    """Return a copy of every parameter and buffer."""
    return [value.detach().clone() for value in net.state_dict().values()]


def memory(optimizer: Any) -> list[Any]:
    """Return a copy of what an optimizer remembers, and of its settings."""
    kept = [
        value.clone() if isinstance(value, Tensor) else value
        for group in optimizer.param_groups
        for parameter in group["params"]
        for value in optimizer.state.get(parameter, {}).values()
    ]
    return [*kept, *([group["lr"], group["momentum"]] for group in optimizer.param_groups)]


def entries(net: Any, optimizer: Any, epoch: int = 4) -> dict[str, Any]:
    """Return what a checkpoint holds."""
    return {"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}


def as_bytes(value: object) -> bytes:
    """Return what torch.save makes of a value."""
    memory = io.BytesIO()
    torch.save(value, memory)
    return memory.getvalue()


class Unwritable:
    """Something that cannot be written: the disk is full just then."""

    def __reduce__(self) -> Any:
        raise OSError(28, "No space left on device")


class WithUnwritable(nn.Linear):
    """A layer the state of which cannot be written."""

    def get_extra_state(self) -> Any:
        return Unwritable()

    def set_extra_state(self, state: Any) -> None: ...


class Replacing:
    """Note what is put in the place of a file, and how things stand at that moment."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.moves: list[list[bool]] = []
        self.removed = False
        self.real = {name: getattr(os, name) for name in ("replace", "rename", "remove", "unlink")}

    def __enter__(self) -> "Replacing":
        for name in ("replace", "rename"):
            setattr(os, name, functools.partial(self.move, self.real[name]))
        for name in ("remove", "unlink"):
            setattr(os, name, functools.partial(self.remove, self.real[name]))
        return self

    def __exit__(self, *_: object) -> None:
        for name, real in self.real.items():
            setattr(os, name, real)

    def move(self, real: Any, source: Any, target: Any, **more: Any) -> Any:
        if Path(target).resolve() == self.target.resolve():
            beside = Path(source).resolve().parent == self.target.resolve().parent
            whole = outcome(lambda: torch.load(source, weights_only=False)) == "no error"
            self.moves.append([beside, whole, self.target.exists()])
        return real(source, target, **more)

    def remove(self, real: Any, path: Any, **more: Any) -> Any:
        is_path = isinstance(path, str | os.PathLike)
        self.removed |= is_path and Path(os.fsdecode(path)).resolve() == self.target.resolve()
        return real(path, **more)


@observes("save_checkpoint", "Your save_checkpoint does what {} does.")
def observe_save_checkpoint(lesson: Any, see: Observation) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "other.pt").touch()
        net, optimizer = trained()
        before, told = (
            [state(net), memory(optimizer), modes(net)],
            outcome(lambda: lesson.save_checkpoint(folder / "run.pt", net, optimizer, 4)),
        )
        see("what saving for the first time gives", told)
        see_files(see, "the files after saving for the first time", folder)
        if (folder / "run.pt").is_file():
            see_content(see, "the first checkpoint", folder / "run.pt")
        see("the net after saving", same_numbers(before[0], state(net)))
        see("the optimizer after saving", same_numbers(before[1], memory(optimizer)))
        see("the modes after saving", before[2] == modes(net))
        see(
            "what saving with a path as text gives",
            outcome(lambda: lesson.save_checkpoint(str(folder / "run.pt"), *trained(steps=3), 7)),
        )
        if (folder / "run.pt").is_file():
            see_content(see, "the second checkpoint", folder / "run.pt")
        see_files(see, "the files after saving for the second time", folder)
        see_failures(lesson, see, folder)


def see_files(see: Observation, place: str, folder: Path) -> None:
    """Observe which files are there: names other than the checkpoint's are only counted."""
    names = os.listdir(folder)
    see(place, ["run.pt" in names, len(names)])


def see_content(see: Observation, of: str, path: Path) -> None:
    """Observe what a file holds."""
    see(f"whether {of} loads with weights_only=True", outcome(lambda: torch.load(path, weights_only=True)))
    found = torch.load(path, weights_only=False)
    see(f"what {of} is", type(found).__name__)
    if not isinstance(found, dict):
        return
    see(f"the entries of {of}", [key for key in ("net", "optimizer", "epoch") if key in found])
    see(f"the epoch in {of}", found.get("epoch"))
    net, optimizer = found.get("net"), found.get("optimizer")
    see(f"the type of the entry net in {of}", isinstance(net, dict))
    see(f"the entry net in {of}", list(net.items()) if isinstance(net, dict) else type(net).__name__)
    see(f"the entry optimizer in {of}", sorted(map(str, optimizer)) if isinstance(optimizer, dict) else "other")
    if isinstance(optimizer, dict) and "param_groups" in optimizer:
        _, its = fresh()
        see(f"whether the entry optimizer in {of} can be loaded", outcome(lambda: its.load_state_dict(optimizer)))
        see(f"what the optimizer in {of} remembers", memory(its))


def see_failures(lesson: Any, see: Observation, folder: Path) -> None:
    """Observe saving where it fails, and how the new file takes the place of the old one."""
    path = folder / "run.pt"
    path.write_bytes(old := as_bytes(entries(*fresh())))
    broken = nn.Sequential(nn.Flatten(), WithUnwritable(1024, 10))
    see("what saving gives where writing fails", outcome(lambda: lesson.save_checkpoint(path, broken, sgd(broken), 5)))
    see("whether the old checkpoint is whole after writing failed", path.is_file() and path.read_bytes() == old)
    see_files(see, "the files after writing failed", folder)
    path.write_bytes(old)
    kept = folder / "second name"
    kept.unlink(missing_ok=True)
    os.link(path, kept)
    see("what saving over an older checkpoint gives", outcome(lambda: lesson.save_checkpoint(path, *trained(), 5)))
    see("whether the old file is replaced, not written over", kept.exists() and kept.read_bytes() == old)
    path.write_bytes(old)
    with Replacing(path) as seen:
        outcome(lambda: lesson.save_checkpoint(path, *trained(), 5))
    see("whether the old checkpoint is removed first", seen.removed)
    see("how the new checkpoint takes the place of the old", [all(part) for part in zip(*seen.moves, strict=True)])
    (folder / "taken").mkdir()
    there = len(os.listdir(folder))
    given = outcome(lambda: lesson.save_checkpoint(folder / "taken", *trained(), 5))
    see("what saving onto a folder gives", given in ("IsADirectoryError", "PermissionError", "OSError"))
    see("the files after saving onto a folder", len(os.listdir(folder)) - there)
    given = outcome(lambda: lesson.save_checkpoint(folder / "absent" / "run.pt", *trained(), 5))
    see("whether saving into a missing folder gives an error", given != "no error")
    see("whether a missing folder is made", (folder / "absent").exists())


class Trap:
    """Makes a folder when it is unpickled: code in a file."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def __reduce__(self) -> Any:
        return os.mkdir, (self.folder,)


def other_sizes() -> Any:
    """Return a network of which only the last layer has another shape."""
    net = with_modes()
    net[4] = nn.Linear(8, 11)
    return net


def other_names() -> Any:
    """Return a network of which only the last layer has another name."""
    return with_modes().insert(4, nn.Identity())


@functools.cache
def files() -> dict[str, bytes]:
    """Return the content of files that are no checkpoint of this network."""
    net, optimizer = trained()
    whole, two = entries(net, optimizer), sgd(net)
    two.add_param_group({"params": [nn.Parameter(torch.zeros(2))]})
    return {
        "an empty file": b"",
        "half a checkpoint": (good := as_bytes(whole))[: len(good) // 2],
        "a state dict alone": as_bytes(net.state_dict()),
        "a file without the entry optimizer": as_bytes({k: v for k, v in whole.items() if k != "optimizer"}),
        "a file without the entry epoch": as_bytes({k: v for k, v in whole.items() if k != "epoch"}),
        "a network with another last layer": as_bytes(entries(*trained(other_sizes))),
        "a network with other names": as_bytes(entries(*trained(other_names))),
        "an optimizer with other groups": as_bytes({**whole, "optimizer": two.state_dict()}),
    }


@functools.cache
def from_accelerator() -> bytes:
    """Return a checkpoint as a machine with an accelerator writes it."""
    with mock.patch("torch.serialization.location_tag", return_value="cuda:0"):
        return as_bytes(entries(*trained()))


@functools.cache
def good_file() -> bytes:
    """Return a checkpoint."""
    return as_bytes(entries(*trained()))


@observes("load_checkpoint", "Your load_checkpoint does what {} does.")
def observe_load_checkpoint(lesson: Any, see: Observation) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "run.pt"
        path.write_bytes(good_file())
        net, optimizer = fresh()
        objects, given = list(map(id, net.parameters())), []
        net[2].eval()
        before = modes(net)
        see("what loading gives", outcome(lambda: given.append(lesson.load_checkpoint(path, net, optimizer, "cpu"))))
        see("the type of what is returned", [type(one).__name__ for one in given])
        see("the epoch that is returned", [one if isinstance(one, int | str) else "other" for one in given])
        see("the weights and buffers after loading", state(net))
        see("what the optimizer remembers after loading", memory(optimizer))
        see("whether the parameters are the same objects", objects == list(map(id, net.parameters())))
        held = [id(p) for group in optimizer.param_groups for p in group["params"]]
        see("whether the optimizer holds the parameters", held == list(map(id, net.parameters())))
        see("which parameters take gradients", [p.requires_grad for p in net.parameters()])
        see("the modes after loading", [modes(net), before])
        see("the file after loading", [path.is_file() and path.read_bytes() == good_file(), os.listdir(name)])
        see(
            "what loading with a path as text gives",
            outcome(lambda: lesson.load_checkpoint(str(path), *fresh(), "cpu")),
        )
        see_what_does_not_fit(lesson, see, Path(name))
        see_devices_of_checkpoints(lesson, see, path)


def see_what_does_not_fit(lesson: Any, see: Observation, folder: Path) -> None:
    """Observe files that are missing, broken, of another network, or dangerous."""
    see(
        "what loading a missing file gives",
        outcome(lambda: lesson.load_checkpoint(folder / "missing.pt", *fresh(), "cpu")),
    )
    path, trap = folder / "run.pt", folder / "trapped"
    path.write_bytes(as_bytes({**entries(*trained()), "epoch": Trap(str(trap))}))
    given = outcome(lambda: lesson.load_checkpoint(path, *fresh(), "cpu"))
    see("whether code in a file is run", trap.exists())
    see("what loading a file with code inside gives", given)
    for name, content in files().items():
        path.write_bytes(content)
        net, optimizer = trained(steps=3)
        before, objects = [state(net), memory(optimizer)], list(map(id, net.parameters()))
        message = ""
        try:
            lesson.load_checkpoint(path, net, optimizer, "cpu")
            told = "no error"
        except Exception as error:  # noqa: BLE001  (whatever the learner's code raises is a fact)
            told, message = type(error).__name__, str(error)
        see(f"what loading {name} gives", told)
        see(f"whether the message for {name} names the path", str(path) in message)
        see(f"the net after loading {name}", same_numbers(before[0], state(net)))
        see(f"the optimizer after loading {name}", same_numbers(before[1], memory(optimizer)))
        see(f"the parameters after loading {name}", objects == list(map(id, net.parameters())))


def same_numbers(one: list[Any], other: list[Any]) -> bool:
    """Whether two lists of tensors and settings are equal."""
    return len(one) == len(other) and all(
        torch.equal(a, b) if isinstance(a, Tensor) and isinstance(b, Tensor) else a == b
        for a, b in zip(one, other, strict=True)
    )


def see_devices_of_checkpoints(lesson: Any, see: Observation, path: Path) -> None:
    """Observe a checkpoint from another machine, and a network on another device."""
    path.write_bytes(from_accelerator())
    net, optimizer = fresh()
    see(
        "what loading a checkpoint of a machine with an accelerator gives",
        outcome(lambda: lesson.load_checkpoint(path, net, optimizer, "cpu")),
    )
    see("the weights from a machine with an accelerator", state(net))
    path.write_bytes(good_file())
    away: Any = with_modes().to("meta")
    its = sgd(away, 0.3, 0.5)
    see("what loading into a network on meta gives", outcome(lambda: lesson.load_checkpoint(path, away, its, "meta")))
    see(
        "the devices of what the optimizer remembers",
        sorted(
            {value.device.type for kept in its.state.values() for value in kept.values() if isinstance(value, Tensor)}
        ),
    )


# train_one_epoch


def step(net: Any, images: Any, labels: Any, optimizer: Any) -> Any:
    """Make one right step and return its loss."""
    loss = F.cross_entropy(net(images), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()


@mistake(
    "train_one_epoch",
    "one that takes the mean of the batches' means",
    "A small last batch then counts as much as a full one: each of its images weighs more. The mean is one over images.",
)
def mean_of_batch_means(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
        count += 1
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@same_as(mean_of_batch_means)
def mean_of_a_list(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    losses: list[float] = []
    count = 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return sum(losses) / len(losses)


@mistake(
    "train_one_epoch",
    "one that adds up means and divides by the number of images",
    "The cross-entropy of a batch is a mean already: the sum of a few means, divided by many images, is far too small. What is added up must be of the kind that it is divided by.",
)
def epoch_means_over_images(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@same_as(epoch_means_over_images)
def counts_dimension(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * images.size(1)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@mistake(
    "train_one_epoch",
    "one that returns a sum over the images",
    "A sum grows with the amount of data; two epochs over different data could not be compared. A mean is asked for.",
)
def sum_not_divided(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total


@mistake(
    "train_one_epoch",
    "one that returns the sum of the batches' means",
    "It grows with the number of batches. A mean over the images is asked for.",
)
def sum_of_means(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total


@mistake(
    "train_one_epoch",
    "one that adds up losses of images and divides by the number of batches",
    "What is added up and what it is divided by must be of one kind: images here.",
)
def sums_over_batches(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += 1
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@mistake(
    "train_one_epoch",
    "one that returns the loss of the last batch",
    "One batch says little, and it may be a small one. All batches count.",
)
def last_batch_only(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return loss.item()


@same_as(last_batch_only)
def resets_total(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        total, count = 0.0, 0
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@mistake(
    "train_one_epoch",
    "one that learns from the first batch and returns",
    "The rest of the loader is never seen. Is the return inside the loop?",
)
def first_batch_only(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
        return total / count
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@same_as(first_batch_only)
def next_of_the_loader(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    for images, labels in [next(iter(loader))]:
        value = step(net, images.to(device), labels.to(device), optimizer).item()
    return value


@mistake(
    "train_one_epoch",
    "one that returns a tensor",
    "A number is asked for. A tensor keeps its device, and with a graph also the whole epoch, in memory.",
)
def returns_tensor(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total: Any = 0.0
    count = 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.detach() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@mistake(
    "train_one_epoch",
    "one that adds up tensors with their graphs",
    "Each loss holds on to the graph of its batch: memory grows with every batch of the epoch. Add up plain numbers.",
)
def adds_up_graphs(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total: Any = 0.0
    count = 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total = total + loss * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return float(total) / count


@mistake(
    "train_one_epoch",
    "one that returns a tensor with the graphs of all batches",
    "Each loss holds on to the graph of its batch, and the result to all of them. Return a plain Python number.",
)
def returns_graph(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total: Any = 0.0
    count = 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total = total + loss * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@mistake(
    "train_one_epoch",
    "one that returns nothing",
    "A function without `return` gives back None; the mean loss is asked for.",
)
def epoch_returns_nothing(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")


@mistake(
    "train_one_epoch",
    "one that returns a list of the batches' losses",
    "One number is asked for: the mean over all images.",
)
def epoch_returns_list(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    losses: list[float] = []
    count = 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return losses


@mistake(
    "train_one_epoch",
    "one that never clears the gradients",
    "Each backward adds to the gradients that are there: every step then follows all batches so far.",
)
def never_clears(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@mistake(
    "train_one_epoch",
    "one that clears the gradients once per epoch",
    "From the second batch on, each step follows the gradients of all batches before it, too. Clear before each backward.",
)
def clears_once(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    optimizer.zero_grad()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@mistake(
    "train_one_epoch",
    "one that clears the gradients between backward and step",
    "The step then finds nothing to follow: no weight moves.",
)
def clears_too_late(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        loss.backward()
        optimizer.zero_grad()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@same_as(clears_too_late)
def no_step(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@same_as(clears_too_late)
def no_backward(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@mistake(
    "train_one_epoch",
    "one that clears the gradients only after its step",
    "The first step of an epoch then follows what was left over from before, too. Clear before backward.",
)
def clears_only_afterwards(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@mistake(
    "train_one_epoch",
    "one whose step comes before backward",
    "The step then follows the gradients that were left over, or none. First backward, then the step.",
)
def steps_before_backward(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        value = loss.item()
        with torch.no_grad():
            optimizer.step()
        optimizer.zero_grad()
        F.cross_entropy(net(images), labels).backward()
        total += value * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@mistake(
    "train_one_epoch",
    "one that makes a single step at the end",
    "Each batch is one step: the loop is where the network learns.",
)
def one_step_per_epoch(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        total += loss.item() * len(images)
        count += len(images)
    optimizer.step()
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@mistake(
    "train_one_epoch",
    "one that does not switch to train mode",
    "After an evaluation the network may still be in eval mode: dropout is off then, and batch norm does not learn.",
)
def forgets_train_mode(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@same_as(forgets_train_mode)
def names_train_only(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@mistake(
    "train_one_epoch",
    "one that trains in eval mode",
    "Dropout and batch norm behave as in use, not as in training. eval() is for measuring.",
)
def trains_in_eval_mode(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.eval()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@mistake(
    "train_one_epoch",
    "one that goes to eval mode inside the loop",
    "From the second batch on, the network does not train as it should.",
)
def eval_mode_after_first(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
        net.eval()
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@mistake(
    "train_one_epoch",
    "one that leaves the network in eval mode",
    "The docstring says that it stays in train mode: whoever measures switches for that.",
)
def eval_mode_at_the_end(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    net.eval()
    return total / count


@mistake(
    "train_one_epoch",
    "one that puts the network back into its old mode",
    "That is for an evaluation. Here the network stays in train mode.",
)
def restores_mode(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    mode = net.training
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    net.train(mode)
    return total / count


@mistake(
    "train_one_epoch",
    "one that gives probabilities to the cross-entropy",
    "F.cross_entropy takes raw scores and does the softmax itself: twice makes the gradients small and the loss nearly flat.",
)
def softmax_first(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images).softmax(dim=1), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@mistake(
    "train_one_epoch",
    "one that gives raw scores to F.nll_loss",
    "nll_loss takes logarithms of probabilities; raw scores make it go below zero without end. The cross-entropy does both.",
)
def scores_to_nll(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.nll_loss(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@mistake(
    "train_one_epoch",
    "one that gives probabilities, not their logarithms, to F.nll_loss",
    "nll_loss expects log_softmax: without the logarithm the loss lies between -1 and 0.",
)
def probabilities_to_nll(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.nll_loss(net(images).softmax(dim=1), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@mistake(
    "train_one_epoch",
    "one that measures squared errors",
    "Squares of differences pull weakly where the network is sure and wrong. The cross-entropy is asked for.",
)
def squared_error(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.mse_loss(net(images), F.one_hot(labels, 10).float())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@mistake(
    "train_one_epoch",
    "one that smooths the labels",
    "Label smoothing is a choice that nobody made here: the plain cross-entropy is asked for.",
)
def smoothed_labels(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels, label_smoothing=0.1)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@mistake(
    "train_one_epoch",
    "one whose steps follow the sum over the batch",
    "With a sum, each step grows with the batch. The step follows the mean over the batch's images.",
)
def sum_over_batch(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels, reduction="sum")
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@mistake(
    "train_one_epoch",
    "one that takes the sum over the batch and multiplies it by the batch size again",
    "A sum is weighted already, and steps that follow it grow with the batch. Use the mean.",
)
def sum_weighted_again(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels, reduction="sum")
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@mistake(
    "train_one_epoch",
    "one that turns the labels into floats",
    "Class numbers are int64: of float labels torch thinks that they are probabilities.",
)
def float_labels(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels.float())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@mistake(
    "train_one_epoch",
    "one that measures each loss after its step",
    "The loss of a batch before its step is asked for; afterwards the network has already seen the answer.",
)
def loss_after_step(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += F.cross_entropy(net(images), labels).item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@mistake(
    "train_one_epoch",
    "one that goes through the loader again to measure",
    "A generator is used up by then, and a shuffled loader takes twice the time. The losses are there already.",
)
def measures_at_the_end(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return sum(F.cross_entropy(net(x), y, reduction="sum").item() for x, y in loader) / count


@mistake(
    "train_one_epoch",
    "one that goes through the loader twice",
    "A generator can be gone through once only; and loading data is often what takes longest.",
)
def counts_with_a_second_pass(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    if sum(len(images) for images, _ in loader) == 0:
        raise ValueError("loader must give at least one batch")
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@same_as(counts_with_a_second_pass)
def peeks_first(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    if next(iter(loader), None) is None:
        raise ValueError("loader must give at least one batch")
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@same_as(counts_with_a_second_pass)
def epoch_two_passes(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    for _ in loader:
        pass
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@mistake(
    "train_one_epoch",
    "one that asks the loader for its length",
    "Not every loader has one: a generator does not. Count while going through.",
)
def divides_by_len(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count * (len(loader) / len(loader))


@same_as(divides_by_len)
def divides_by_length_of_loader(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / len(loader)


@mistake(
    "train_one_epoch",
    "one that asks the loader for its dataset",
    "Only a DataLoader has one, and with a sampler it is larger than what was gone through. Count while going through.",
)
def divides_by_dataset(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / len(loader.dataset)


@mistake(
    "train_one_epoch",
    "one that returns a number where the loader gives no batch",
    "0 would look like a perfect epoch. Nothing was learned: that is an error, ValueError.",
)
def epoch_zero_for_no_batch(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        return 0.0
    return total / count


@same_as(epoch_zero_for_no_batch)
def at_least_one(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    return total / max(count, 1)


@mistake(
    "train_one_epoch",
    "one that divides by zero where the loader gives no batch",
    "The caller learns nothing from a ZeroDivisionError. Say that the loader gives no batch: ValueError.",
)
def epoch_division_by_zero(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    return total / count


@mistake(
    "train_one_epoch",
    "one that refuses a loader without batches by another error than ValueError",
    "The docstring promises ValueError, so that callers can catch it; assert vanishes under python -O.",
)
def refuses_by_assert(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    assert count > 0
    return total / count


@same_as(refuses_by_assert)
def refuses_by_runtime_error(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise RuntimeError("loader must give at least one batch")
    return total / count


@mistake(
    "train_one_epoch",
    "one that asks whether the loader is empty by its truth or length",
    "A generator is always true, also an empty one, and a DataLoader may have no length. Count what it gave.",
)
def refuses_by_truth(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    if not loader:
        raise ValueError("loader must give at least one batch")
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    return total / count


@mistake(
    "train_one_epoch",
    "one that hides an error of the loader",
    "The epoch then looks finished, and half of the data was never seen. Errors pass on.",
)
def epoch_swallows_errors(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    try:
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            total += step(net, images, labels, optimizer).item() * len(images)
            count += len(images)
    except LookupError:
        pass
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@mistake(
    "train_one_epoch",
    "one that turns errors of the loader into ValueError",
    "Who reads it looks for an empty loader, and the disk was broken. Errors pass on as they are.",
)
def turns_errors(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    try:
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            total += step(net, images, labels, optimizer).item() * len(images)
            count += len(images)
    except LookupError as error:
        raise ValueError("the loader failed") from error
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@mistake(
    "train_one_epoch",
    "one that does not move the batches to the device that is given",
    "A network on an accelerator cannot read from the CPU's memory. Images and labels are moved to the device that the caller names, not to one that is chosen here.",
)
def epoch_nothing_moved(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@same_as(epoch_nothing_moved)
def epoch_chooses_device(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        device = "cuda" if torch.cuda.is_available() else "cpu"
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@mistake(
    "train_one_epoch",
    "one that moves the images and leaves the labels",
    "On an accelerator the loss would meet scores there and labels on the CPU. Both are moved.",
)
def epoch_labels_not_moved(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images = images.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@mistake(
    "train_one_epoch",
    "one whose images reach the network where they were",
    "A network on an accelerator cannot read images from the CPU's memory. Both are moved, images and labels; and .to() returns what was moved, it does not change its tensor.",
)
def epoch_images_not_moved(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        labels = labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@same_as(epoch_images_not_moved)
def moved_and_dropped(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images.to(device)
        labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@mistake(
    "train_one_epoch",
    "one that makes an optimizer of its own",
    "The one that is given has the caller's settings, and remembers earlier epochs.",
)
def own_optimizer(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@mistake(
    "train_one_epoch",
    "one whose steps are plain SGD, whatever optimizer is given",
    "The optimizer that is given may have momentum, or be Adam, and it remembers earlier epochs: let it make the step.",
)
def own_optimizer_same_rate(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    optimizer = torch.optim.SGD(net.parameters(), lr=optimizer.param_groups[0]["lr"])
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@same_as(own_optimizer_same_rate)
def updates_by_hand(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        for parameter in net.parameters():
            if parameter.grad is not None:
                parameter.data -= optimizer.param_groups[0]["lr"] * parameter.grad
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@mistake(
    "train_one_epoch",
    "one whose network is a copy",
    "The caller's network learns nothing, or from another's gradients.",
)
def learns_on_a_copy(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    net = copy.deepcopy(net)
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@mistake(
    "train_one_epoch",
    "one that clips the gradients",
    "Clipping is a choice that nobody made here: the optimizer gets the gradients as they are.",
)
def clips(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 0.1)
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@mistake(
    "train_one_epoch",
    "one that asks for gradients of the images",
    "The images are the caller's, and left as they are: only parameters need gradients.",
)
def asks_for_gradients_of_images(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        images.requires_grad_()
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@mistake(
    "train_one_epoch",
    "one that makes a step only after every second batch",
    "Each batch is one step, with the gradients of this batch alone.",
)
def steps_every_other_batch(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count, turn = 0.0, 0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        loss.backward()
        turn += 1
        if turn % 2 == 0:
            optimizer.step()
            optimizer.zero_grad()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@mistake(
    "train_one_epoch",
    "one that changes the learning rate from batch to batch",
    "How far to go is the optimizer's setting, which is the caller's: it stays as it is.",
)
def lowers_the_rate(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        optimizer.param_groups[0]["lr"] *= 0.9
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@mistake(
    "train_one_epoch",
    "one that returns a running average, in which late batches weigh more",
    "A smoothed curve is for looking at. The mean over all images is asked for.",
)
def running_average(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total = loss.item() if count == 0 else 0.9 * total + 0.1 * loss.item()
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total


@mistake(
    "train_one_epoch",
    "one that makes two steps for each batch",
    "One step per batch.",
)
def steps_twice(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@mistake(
    "train_one_epoch",
    "one that leaves out the last batch, or a short one",
    "Every batch counts, also a small one: it only weighs less.",
)
def skips_last(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        if len(images) < 2:
            continue
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@mistake(
    "train_one_epoch",
    "one that scales the images first",
    "The network gets the images as they are: preparing them is the data's business.",
)
def epoch_normalises(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net((images - images.mean()) / images.std()), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@mistake(
    "train_one_epoch",
    "one that sets a seed or draws random numbers",
    "Seeds are the caller's business: with one inside, every epoch has the same dropout.",
)
def epoch_seeds(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    torch.default_generator.manual_seed(0)
    torch.rand(1)
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@mistake(
    "train_one_epoch",
    "one that turns the loss into a number too early",
    "A Python number has no graph, and no backward. Take .item() when it is done.",
)
def item_too_early(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss: Any = F.cross_entropy(net(images), labels).item()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@mistake(
    "train_one_epoch",
    "one that runs the network where no graph is recorded",
    "Under torch.no_grad() backward has nothing to go back through.",
)
def without_graph(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        with torch.no_grad():
            loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count


@mistake(
    "train_one_epoch",
    "one that freezes the weights when it is done",
    "The next epoch needs their gradients.",
)
def epoch_freezes(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = F.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    net.requires_grad_(False)
    return total / count


# evaluate


@contextlib.contextmanager
def measuring(net: Any) -> Iterator[None]:
    """Measure in eval mode and without graphs, and put every mode back."""
    modes = [(module, module.training) for module in net.modules()]
    net.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module, mode in modes:
            module.training = mode


@mistake(
    "evaluate",
    "one that stays in train mode",
    "Dropout then hides half of the network while it is measured, and batch norm learns from the test images.",
)
def no_eval_mode(net: Any, loader: Any, device: Any) -> Any:
    modes = [(module, module.training) for module in net.modules()]
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    try:
        with torch.no_grad():
            for images, labels in loader:
                images, labels = images.to(device), labels.to(device)
                scores = net(images)
                read = scores.argmax(dim=1)
                total += F.cross_entropy(scores, labels, reduction="sum").item()
                for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                    confusion[label, digit] += 1
    finally:
        for module, mode in modes:
            module.training = mode
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, confusion.trace().item() / count, confusion)


@same_as(no_eval_mode)
def names_eval_only(net: Any, loader: Any, device: Any) -> Any:
    modes = [(module, module.training) for module in net.modules()]
    net.eval
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    try:
        with torch.no_grad():
            for images, labels in loader:
                images, labels = images.to(device), labels.to(device)
                scores = net(images)
                read = scores.argmax(dim=1)
                total += F.cross_entropy(scores, labels, reduction="sum").item()
                for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                    confusion[label, digit] += 1
    finally:
        for module, mode in modes:
            module.training = mode
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, confusion.trace().item() / count, confusion)


@mistake(
    "evaluate",
    "one that leaves the network in eval mode",
    "Whoever trains on is in the wrong mode, and nobody notices. Put each module back into its mode.",
)
def mode_not_restored(net: Any, loader: Any, device: Any) -> Any:
    modes = [(module, module.training) for module in net.modules()]
    net.eval()
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    try:
        with torch.no_grad():
            for images, labels in loader:
                images, labels = images.to(device), labels.to(device)
                scores = net(images)
                read = scores.argmax(dim=1)
                total += F.cross_entropy(scores, labels, reduction="sum").item()
                for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                    confusion[label, digit] += 1
    finally:
        pass
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, confusion.trace().item() / count, confusion)


@mistake(
    "evaluate",
    "one that always ends in train mode",
    "The network may have been in eval mode before. Note the modes, and put those back.",
)
def always_train_mode(net: Any, loader: Any, device: Any) -> Any:
    modes = [(module, module.training) for module in net.modules()]
    net.eval()
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    try:
        with torch.no_grad():
            for images, labels in loader:
                images, labels = images.to(device), labels.to(device)
                scores = net(images)
                read = scores.argmax(dim=1)
                total += F.cross_entropy(scores, labels, reduction="sum").item()
                for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                    confusion[label, digit] += 1
    finally:
        net.train()
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, confusion.trace().item() / count, confusion)


@mistake(
    "evaluate",
    "one that puts all modules into the mode of the whole network",
    "A part may have been in another mode: a frozen batch norm stays in eval mode while the rest trains. Each module has a mode of its own.",
)
def mode_of_root_only(net: Any, loader: Any, device: Any) -> Any:
    modes = [(module, module.training) for module in net.modules()]
    net.eval()
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    try:
        with torch.no_grad():
            for images, labels in loader:
                images, labels = images.to(device), labels.to(device)
                scores = net(images)
                read = scores.argmax(dim=1)
                total += F.cross_entropy(scores, labels, reduction="sum").item()
                for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                    confusion[label, digit] += 1
    finally:
        net.train(modes[0][1])
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, confusion.trace().item() / count, confusion)


@mistake(
    "evaluate",
    "one that restores the modes only where all goes well",
    "A loader that fails leaves the network in eval mode. What must happen in any case belongs into finally.",
)
def mode_lost_on_error(net: Any, loader: Any, device: Any) -> Any:
    modes = [(module, module.training) for module in net.modules()]
    net.eval()
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with torch.no_grad():
        for images, labels in loader:
            scores = net(images.to(device))
            labels = labels.to(device)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            confusion += torch.bincount(labels * 10 + scores.argmax(1), minlength=100).reshape(10, 10).cpu()
    for module, mode in modes:
        module.training = mode
    if not confusion.any():
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / int(confusion.sum()), float(confusion.trace() / confusion.sum()), confusion)


@mistake(
    "evaluate",
    "one that leaves eval mode on where the loader gives no batch",
    "The modes are put back in any case: also before this error.",
)
def mode_lost_on_empty(net: Any, loader: Any, device: Any) -> Any:
    modes = [(module, module.training) for module in net.modules()]
    net.eval()
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    try:
        with torch.no_grad():
            for images, labels in loader:
                images, labels = images.to(device), labels.to(device)
                scores = net(images)
                read = scores.argmax(dim=1)
                total += F.cross_entropy(scores, labels, reduction="sum").item()
                for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                    confusion[label, digit] += 1
        if not confusion.any():
            empty = True
        else:
            empty = False
    except BaseException:
        for module, mode in modes:
            module.training = mode
        raise
    if empty:
        raise ValueError("loader must give at least one batch")
    for module, mode in modes:
        module.training = mode
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, confusion.trace().item() / count, confusion)


@mistake(
    "evaluate",
    "one that records graphs",
    "Every batch then keeps its whole way through the network in memory, for gradients that nobody asks for. eval() does not switch this off.",
)
def records_graphs(net: Any, loader: Any, device: Any) -> Any:
    modes = [(module, module.training) for module in net.modules()]
    net.eval()
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    try:
        if True:
            for images, labels in loader:
                images, labels = images.to(device), labels.to(device)
                scores = net(images)
                read = scores.argmax(dim=1)
                total += F.cross_entropy(scores, labels, reduction="sum").item()
                for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                    confusion[label, digit] += 1
    finally:
        for module, mode in modes:
            module.training = mode
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, confusion.trace().item() / count, confusion)


@same_as(records_graphs)
def names_no_grad_only(net: Any, loader: Any, device: Any) -> Any:
    modes = [(module, module.training) for module in net.modules()]
    net.eval()
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    try:
        torch.no_grad()
        if True:
            for images, labels in loader:
                images, labels = images.to(device), labels.to(device)
                scores = net(images)
                read = scores.argmax(dim=1)
                total += F.cross_entropy(scores, labels, reduction="sum").item()
                for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                    confusion[label, digit] += 1
    finally:
        for module, mode in modes:
            module.training = mode
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, confusion.trace().item() / count, confusion)


@mistake(
    "evaluate",
    "one that switches gradients off for good",
    "torch.set_grad_enabled(False) holds for the whole program from then on. A with block ends by itself.",
)
def grad_stays_off(net: Any, loader: Any, device: Any) -> Any:
    modes = [(module, module.training) for module in net.modules()]
    net.eval()
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    try:
        torch.set_grad_enabled(False)
        if True:
            for images, labels in loader:
                images, labels = images.to(device), labels.to(device)
                scores = net(images)
                read = scores.argmax(dim=1)
                total += F.cross_entropy(scores, labels, reduction="sum").item()
                for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                    confusion[label, digit] += 1
    finally:
        for module, mode in modes:
            module.training = mode
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, confusion.trace().item() / count, confusion)


@mistake(
    "evaluate",
    "one that freezes the weights",
    "requires_grad of the parameters is left as it is: the next epoch needs their gradients.",
)
def evaluation_freezes(net: Any, loader: Any, device: Any) -> Any:
    net.requires_grad_(False)
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, confusion.trace().item() / count, confusion)


@mistake(
    "evaluate",
    "one that clears the gradients",
    "Gradients are not its business: the caller may still need them.",
)
def clears_gradients(net: Any, loader: Any, device: Any) -> Any:
    net.zero_grad()
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, confusion.trace().item() / count, confusion)


@mistake(
    "evaluate",
    "one that sets the gradients to zero",
    "Gradients are not its business: the caller may still need them.",
)
def zeroes_gradients(net: Any, loader: Any, device: Any) -> Any:
    net.zero_grad(set_to_none=False)
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, confusion.trace().item() / count, confusion)


@mistake(
    "evaluate",
    "one that calls backward",
    "Measuring needs no gradients: these add to those of the next step.",
)
def computes_gradients(net: Any, loader: Any, device: Any) -> Any:
    modes = [(module, module.training) for module in net.modules()]
    net.eval()
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    try:
        if True:
            for images, labels in loader:
                images, labels = images.to(device), labels.to(device)
                scores = net(images)
                read = scores.argmax(dim=1)
                total += F.cross_entropy(scores, labels, reduction="sum").item()
                F.cross_entropy(scores, labels).backward()
                for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                    confusion[label, digit] += 1
    finally:
        for module, mode in modes:
            module.training = mode
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, confusion.trace().item() / count, confusion)


@mistake(
    "evaluate",
    "one whose loss is the mean of the batches' means",
    "A small last batch then counts as much as a full one. The mean is one over images.",
)
def loss_of_batch_means(net: Any, loader: Any, device: Any) -> Any:
    batches, total, confusion = 0, 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels).item()
            batches = batches + 1
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / batches, confusion.trace().item() / count, confusion)


@mistake(
    "evaluate",
    "one whose loss adds up means and divides by the number of images",
    "The cross-entropy of a batch is a mean already: weigh it with the images of the batch, or add up sums.",
)
def evaluation_means_over_images(net: Any, loader: Any, device: Any) -> Any:
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels).item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, confusion.trace().item() / count, confusion)


@mistake(
    "evaluate",
    "one whose loss is a sum",
    "A sum grows with the number of images: two test sets could not be compared.",
)
def sum_of_losses(net: Any, loader: Any, device: Any) -> Any:
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total, confusion.trace().item() / count, confusion)


@mistake(
    "evaluate",
    "one whose loss is a sum over images, divided by the number of batches",
    "What is added up and what it is divided by must be of one kind: images here.",
)
def sum_over_batches(net: Any, loader: Any, device: Any) -> Any:
    batches, total, confusion = 0, 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            batches = batches + 1
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / batches, confusion.trace().item() / count, confusion)


@mistake(
    "evaluate",
    "one whose loss is that of the last batch",
    "All batches count.",
)
def last_loss(net: Any, loader: Any, device: Any) -> Any:
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(F.cross_entropy(scores, labels).item(), confusion.trace().item() / count, confusion)


@mistake(
    "evaluate",
    "one whose loss is computed from probabilities",
    "F.cross_entropy takes raw scores and does the softmax itself.",
)
def softmax_loss(net: Any, loader: Any, device: Any) -> Any:
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores.softmax(dim=1), labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, confusion.trace().item() / count, confusion)


@mistake(
    "evaluate",
    "one whose loss gives raw scores to F.nll_loss",
    "nll_loss takes logarithms of probabilities. The cross-entropy of the scores is asked for.",
)
def nll_of_scores(net: Any, loader: Any, device: Any) -> Any:
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.nll_loss(scores, labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, confusion.trace().item() / count, confusion)


@mistake(
    "evaluate",
    "one whose loss gives probabilities to F.nll_loss",
    "nll_loss takes logarithms of probabilities: log_softmax, or the cross-entropy of the scores.",
)
def nll_of_probabilities(net: Any, loader: Any, device: Any) -> Any:
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.nll_loss(scores.softmax(dim=1), labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, confusion.trace().item() / count, confusion)


@mistake(
    "evaluate",
    "one whose loss is a squared error",
    "The cross-entropy is asked for.",
)
def squared_loss(net: Any, loader: Any, device: Any) -> Any:
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.mse_loss(scores, F.one_hot(labels, 10).float()).item() * len(labels)
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, confusion.trace().item() / count, confusion)


@mistake(
    "evaluate",
    "one whose loss is a tensor",
    "Plain Python numbers are asked for.",
)
def loss_tensor(net: Any, loader: Any, device: Any) -> Any:
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(torch.tensor(total / count), confusion.trace().item() / count, confusion)  # type: ignore[arg-type]  # the mistake itself


@mistake(
    "evaluate",
    "one whose accuracy is a tensor",
    "Plain Python numbers are asked for.",
)
def accuracy_tensor(net: Any, loader: Any, device: Any) -> Any:
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, confusion.trace() / count, confusion)  # type: ignore[arg-type]  # the mistake itself


@mistake(
    "evaluate",
    "one whose loss and accuracy are tensors",
    "Plain Python numbers are asked for.",
)
def both_tensors(net: Any, loader: Any, device: Any) -> Any:
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(torch.tensor(total / count), confusion.trace() / count, confusion)  # type: ignore[arg-type]  # the mistake itself


@mistake(
    "evaluate",
    "one whose accuracy is in percent",
    "The docstring says a part, 0 to 1.",
)
def percent(net: Any, loader: Any, device: Any) -> Any:
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, 100 * confusion.trace().item() / count, confusion)


@mistake(
    "evaluate",
    "one whose accuracy is a mean over the digits",
    "A rare digit then counts as much as a frequent one. The part of all images is asked for.",
)
def balanced(net: Any, loader: Any, device: Any) -> Any:
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, float((confusion.diag() / confusion.sum(dim=1).clamp(min=1)).mean()), confusion)


@mistake(
    "evaluate",
    "one whose accuracy compares the highest scores, not their places, with the labels",
    "A score is no digit: the digit is the place of the highest score.",
)
def compares_scores(net: Any, loader: Any, device: Any) -> Any:
    right, total, confusion = 0, 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            right += int((scores.max(dim=1).values == labels).sum())
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, right / count, confusion)


@mistake(
    "evaluate",
    "one whose accuracy is a count",
    "How many are right says little without how many there are: a part is asked for.",
)
def count_for_accuracy(net: Any, loader: Any, device: Any) -> Any:
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, float(confusion.trace()), confusion)


@mistake(
    "evaluate",
    "one whose accuracy is divided without a remainder",
    "// gives 0 unless all are right.",
)
def integer_accuracy(net: Any, loader: Any, device: Any) -> Any:
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, float(confusion.trace().item() // count), confusion)


@mistake(
    "evaluate",
    "one whose accuracy is the mean of the batches' accuracies",
    "A small last batch then counts as much as a full one. Count images.",
)
def accuracy_of_batches(net: Any, loader: Any, device: Any) -> Any:
    parts: list[float] = []
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            parts.append((read == labels).float().mean().item())
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, sum(parts) / len(parts), confusion)


@mistake(
    "evaluate",
    "one whose accuracy is that of the last batch",
    "All batches count.",
)
def accuracy_of_last(net: Any, loader: Any, device: Any) -> Any:
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, (read == labels).float().mean().item(), confusion)


@mistake(
    "evaluate",
    "one whose accuracy is divided by the number of batches",
    "Then it is above 1. Right images, divided by images.",
)
def accuracy_over_batches(net: Any, loader: Any, device: Any) -> Any:
    batches, total, confusion = 0, 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            batches = batches + 1
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, confusion.trace().item() / batches, confusion)


@mistake(
    "evaluate",
    "one whose accuracy is the part read wrongly",
    "1 minus this is asked for: the part that was read right.",
)
def error_rate(net: Any, loader: Any, device: Any) -> Any:
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, 1 - confusion.trace().item() / count, confusion)


@mistake(
    "evaluate",
    "one that takes the highest score of each digit, not of each image",
    "The dimension 0 counts images, the dimension 1 digits: one digit per image is asked for.",
)
def argmax_over_batch(net: Any, loader: Any, device: Any) -> Any:
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=0)[: len(labels)]
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=False):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, confusion.trace().item() / count, confusion)


@same_as(argmax_over_batch)
def argmax_dim_0(net: Any, loader: Any, device: Any) -> Any:
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=0)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=False):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, confusion.trace().item() / count, confusion)


@mistake(
    "evaluate",
    "one that takes one digit for the whole batch",
    "Without a dimension, argmax looks through all scores of the batch at once: one digit per image is asked for.",
)
def argmax_of_all(net: Any, loader: Any, device: Any) -> Any:
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = (scores.argmax() % 10).expand(len(labels))
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, confusion.trace().item() / count, confusion)


@mistake(
    "evaluate",
    "one that reads the digit with the lowest score",
    "The highest score is what the network reads.",
)
def argmin(net: Any, loader: Any, device: Any) -> Any:
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmin(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, confusion.trace().item() / count, confusion)


@mistake(
    "evaluate",
    "one whose confusion matrix has rows and columns the wrong way round",
    "Rows are the right digits, columns what was read: confusion[5, 2] counts fives that were read as two.",
)
def transposed(net: Any, loader: Any, device: Any) -> Any:
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[digit, label] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, confusion.trace().item() / count, confusion)


@same_as(transposed)
def transposed_bincount(net: Any, loader: Any, device: Any) -> Any:
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            confusion += torch.bincount(read * 10 + labels, minlength=100).reshape(10, 10)
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, confusion.trace().item() / count, confusion)


@mistake(
    "evaluate",
    "one that counts several images in one cell once",
    "confusion[labels, read] += 1 reads all cells, adds one, and writes: of images that share a cell, one counts. Sum up duplicates.",
)
def duplicates_lost(net: Any, loader: Any, device: Any) -> Any:
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            confusion[labels, read] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, confusion.trace().item() / count, confusion)


@mistake(
    "evaluate",
    "one whose confusion matrix counts several images in one cell once",
    "confusion[labels, read] += 1 reads all cells, adds one, and writes: of images that share a cell, one counts. Sum up duplicates.",
)
def duplicates_lost_in_matrix(net: Any, loader: Any, device: Any) -> Any:
    right, count, total, confusion = 0, 0, 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            confusion[labels, read] += 1
            right, count = right + int((read == labels).sum()), count + len(labels)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, right / count, confusion)


@same_as(duplicates_lost_in_matrix)
def index_put_without_accumulate(net: Any, loader: Any, device: Any) -> Any:
    right, count, total, confusion = 0, 0, 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            confusion[labels, read] = confusion[labels, read] + 1
            right, count = right + int((read == labels).sum()), count + len(labels)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, right / count, confusion)


@mistake(
    "evaluate",
    "one whose confusion matrix holds floats",
    "Counts are whole numbers: int64.",
)
def float_matrix(net: Any, loader: Any, device: Any) -> Any:
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, confusion.trace().item() / count, confusion.float())


@mistake(
    "evaluate",
    "one whose confusion matrix holds parts instead of counts",
    "How often is asked for, int64: parts can be made from counts, not the other way.",
)
def normalised_matrix(net: Any, loader: Any, device: Any) -> Any:
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(
        total / count, confusion.trace().item() / count, confusion / confusion.sum(dim=1, keepdim=True).clamp(min=1)
    )


@mistake(
    "evaluate",
    "one whose confusion matrix is no tensor",
    "A tensor (10, 10) int64 is promised.",
)
def matrix_of_lists(net: Any, loader: Any, device: Any) -> Any:
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, confusion.trace().item() / count, confusion.tolist())  # type: ignore[arg-type]  # the mistake itself


@mistake(
    "evaluate",
    "one whose confusion matrix has another shape",
    "(10, 10) is promised: a row for each right digit.",
)
def flat_matrix(net: Any, loader: Any, device: Any) -> Any:
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, confusion.trace().item() / count, confusion.flatten())


@mistake(
    "evaluate",
    "one whose confusion matrix is that of the last batch",
    "All batches count: start with zeros once, before the loop.",
)
def matrix_of_last(net: Any, loader: Any, device: Any) -> Any:
    right, count, total, confusion = 0, 0, 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            confusion.zero_()
            confusion += torch.bincount(labels * 10 + read, minlength=100).reshape(10, 10)
            right, count = right + int((read == labels).sum()), count + len(labels)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, right / count, confusion)


@mistake(
    "evaluate",
    "one whose confusion matrix counts the wrongly read images only",
    "The diagonal counts the images that were read right.",
)
def only_wrong_ones(net: Any, loader: Any, device: Any) -> Any:
    right, count, total, confusion = 0, 0, 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += label != digit
            right, count = right + int((read == labels).sum()), count + len(labels)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, right / count, confusion)


@mistake(
    "evaluate",
    "one that returns a tuple",
    "An Evaluation is promised, whose parts have names.",
)
def evaluation_returns_tuple(net: Any, loader: Any, device: Any) -> Any:
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return total / count, confusion.trace().item() / count, confusion


@mistake(
    "evaluate",
    "one that returns a dictionary",
    "An Evaluation is promised, whose parts are attributes.",
)
def returns_dict(net: Any, loader: Any, device: Any) -> Any:
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return {"loss": total / count, "accuracy": confusion.trace().item() / count, "confusion": confusion}


@mistake(
    "evaluate",
    "one that returns nothing",
    "A function without `return` gives back None.",
)
def evaluation_returns_nothing(net: Any, loader: Any, device: Any) -> Any:
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")


@mistake(
    "evaluate",
    "one that returns the accuracy only",
    "An Evaluation has three parts.",
)
def only_accuracy(net: Any, loader: Any, device: Any) -> Any:
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return confusion.trace().item() / count


@mistake(
    "evaluate",
    "one that swaps loss and accuracy",
    "Evaluation takes the loss first, then the accuracy.",
)
def arguments_swapped(net: Any, loader: Any, device: Any) -> Any:
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(confusion.trace().item() / count, total / count, confusion)


@mistake(
    "evaluate",
    "one that returns after the first batch",
    "Is the return inside the loop? All batches count.",
)
def returns_in_loop(net: Any, loader: Any, device: Any) -> Any:
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
            count = len(labels)
            return Evaluation(total / count, confusion.trace().item() / count, confusion)
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, confusion.trace().item() / count, confusion)


@mistake(
    "evaluate",
    "one that goes through the loader twice",
    "A generator can be gone through once only; and loading data is often what takes longest.",
)
def evaluation_two_passes(net: Any, loader: Any, device: Any) -> Any:
    modes = [(module, module.training) for module in net.modules()]
    if sum(1 for _ in loader) == 0:
        raise ValueError("loader must give at least one batch")
    net.eval()
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    try:
        with torch.no_grad():
            for images, labels in loader:
                images, labels = images.to(device), labels.to(device)
                scores = net(images)
                read = scores.argmax(dim=1)
                total += F.cross_entropy(scores, labels, reduction="sum").item()
                for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                    confusion[label, digit] += 1
    finally:
        for module, mode in modes:
            module.training = mode
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, confusion.trace().item() / count, confusion)


@same_as(evaluation_two_passes)
def peeks(net: Any, loader: Any, device: Any) -> Any:
    modes = [(module, module.training) for module in net.modules()]
    if next(iter(loader), None) is None:
        raise ValueError("loader must give at least one batch")
    net.eval()
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    try:
        with torch.no_grad():
            for images, labels in loader:
                images, labels = images.to(device), labels.to(device)
                scores = net(images)
                read = scores.argmax(dim=1)
                total += F.cross_entropy(scores, labels, reduction="sum").item()
                for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                    confusion[label, digit] += 1
    finally:
        for module, mode in modes:
            module.training = mode
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, confusion.trace().item() / count, confusion)


@mistake(
    "evaluate",
    "one that runs the network twice for each batch",
    "Once for the loss and once for the digits costs twice the time: keep the scores.",
)
def runs_twice(net: Any, loader: Any, device: Any) -> Any:
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = net(images).argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, confusion.trace().item() / count, confusion)


@mistake(
    "evaluate",
    "one that asks the loader for its length",
    "Not every loader has one: a generator does not. Count while going through.",
)
def asks_for_length(net: Any, loader: Any, device: Any) -> Any:
    batches = len(loader)
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, confusion.trace().item() / count, confusion)


@mistake(
    "evaluate",
    "one that asks the loader for its dataset",
    "Only a DataLoader has one. Count while going through.",
)
def asks_for_dataset(net: Any, loader: Any, device: Any) -> Any:
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = len(loader.dataset)
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, confusion.trace().item() / count, confusion)


@mistake(
    "evaluate",
    "one that returns numbers where the loader gives no batch",
    "An accuracy of nothing means nothing: that is an error, ValueError.",
)
def evaluation_zero_for_no_batch(net: Any, loader: Any, device: Any) -> Any:
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = max(int(confusion.sum()), 1)
    return Evaluation(total / count, confusion.trace().item() / count, confusion)


@mistake(
    "evaluate",
    "one that divides by zero where the loader gives no batch",
    "The caller learns nothing from a ZeroDivisionError. Say that the loader gives no batch: ValueError.",
)
def evaluation_division_by_zero(net: Any, loader: Any, device: Any) -> Any:
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    return Evaluation(total / count, confusion.trace().item() / count, confusion)


@mistake(
    "evaluate",
    "one that refuses a loader without batches by another error than ValueError",
    "The docstring promises ValueError, so that callers can catch it.",
)
def other_error_for_no_batch(net: Any, loader: Any, device: Any) -> Any:
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    if count == 0:
        raise RuntimeError("loader must give at least one batch")
    return Evaluation(total / count, confusion.trace().item() / count, confusion)


@same_as(other_error_for_no_batch)
def asserts_batches(net: Any, loader: Any, device: Any) -> Any:
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    assert count > 0
    return Evaluation(total / count, confusion.trace().item() / count, confusion)


@mistake(
    "evaluate",
    "one that hides an error of the loader",
    "The evaluation then looks complete, and half of the images were never seen. Errors pass on.",
)
def evaluation_swallows_errors(net: Any, loader: Any, device: Any) -> Any:
    modes = [(module, module.training) for module in net.modules()]
    net.eval()
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    try:
        with torch.no_grad():
            for images, labels in loader:
                images, labels = images.to(device), labels.to(device)
                scores = net(images)
                read = scores.argmax(dim=1)
                total += F.cross_entropy(scores, labels, reduction="sum").item()
                for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                    confusion[label, digit] += 1
    except LookupError:
        pass
    finally:
        for module, mode in modes:
            module.training = mode
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, confusion.trace().item() / count, confusion)


@same_as(evaluation_swallows_errors)
def returns_in_finally(net: Any, loader: Any, device: Any) -> Any:
    modes = [(module, module.training) for module in net.modules()]
    net.eval()
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    try:
        with torch.no_grad():
            for images, labels in loader:
                images, labels = images.to(device), labels.to(device)
                scores = net(images)
                read = scores.argmax(dim=1)
                total += F.cross_entropy(scores, labels, reduction="sum").item()
                for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                    confusion[label, digit] += 1
    except Exception:  # noqa: BLE001
        pass
    finally:
        for module, mode in modes:
            module.training = mode
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, confusion.trace().item() / count, confusion)


@mistake(
    "evaluate",
    "one that does not move the batches to the device that is given",
    "A network on an accelerator cannot read from the CPU's memory. Images and labels are moved to the device that the caller names, not to one that is chosen here.",
)
def evaluation_nothing_moved(net: Any, loader: Any, device: Any) -> Any:
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, confusion.trace().item() / count, confusion)


@same_as(evaluation_nothing_moved)
def evaluation_chooses_device(net: Any, loader: Any, device: Any) -> Any:
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            device = "cuda" if torch.cuda.is_available() else "cpu"
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, confusion.trace().item() / count, confusion)


@mistake(
    "evaluate",
    "one that moves the images and leaves the labels",
    "On an accelerator the loss would meet scores there and labels on the CPU. Both are moved.",
)
def evaluation_labels_not_moved(net: Any, loader: Any, device: Any) -> Any:
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images = images.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, confusion.trace().item() / count, confusion)


@mistake(
    "evaluate",
    "one whose images reach the network where they were",
    "A network on an accelerator cannot read images from the CPU's memory. Both are moved, images and labels; and .to() returns what was moved, it does not change its tensor.",
)
def evaluation_images_not_moved(net: Any, loader: Any, device: Any) -> Any:
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            labels = labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, confusion.trace().item() / count, confusion)


@mistake(
    "evaluate",
    "one that sets a seed or draws random numbers",
    "Seeds are the caller's business.",
)
def evaluation_seeds(net: Any, loader: Any, device: Any) -> Any:
    torch.default_generator.manual_seed(0)
    torch.rand(1)
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, confusion.trace().item() / count, confusion)


@mistake(
    "evaluate",
    "one that scales the images first",
    "The network gets the images as they are: preparing them is the data's business.",
)
def evaluation_normalises(net: Any, loader: Any, device: Any) -> Any:
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net((images - images.mean()) / images.std())
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(total / count, confusion.trace().item() / count, confusion)


@mistake(
    "evaluate",
    "one that rounds",
    "Rounding is for printing; the numbers themselves are asked for.",
)
def evaluation_rounds(net: Any, loader: Any, device: Any) -> Any:
    total, confusion = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    with measuring(net):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            scores = net(images)
            read = scores.argmax(dim=1)
            total += F.cross_entropy(scores, labels, reduction="sum").item()
            for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
                confusion[label, digit] += 1
    count = int(confusion.sum())
    if count == 0:
        raise ValueError("loader must give at least one batch")
    return Evaluation(round(total / count, 2), round(confusion.trace().item() / count, 2), confusion)


# fit


def images_of(net: Any, loader: Any, optimizer: Any, device: Any, losses: Any) -> None:
    """Train without train mode."""
    total, count = 0.0, 0
    for images, labels in loader:
        total += step(net, images.to(device), labels.to(device), optimizer).item() * len(images)
        count += len(images)
    losses.append(total / count)


@functools.cache
def shared_history() -> Any:
    """Return one and the same history every time."""
    return History()


@mistake(
    "fit",
    "one that makes its optimizer anew in each epoch",
    "A new optimizer has forgotten all momentum. What must last through the run is made once.",
)
def optimizer_in_loop(
    net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any
) -> Any:
    if epochs < 0:
        raise ValueError(f"epochs must be 0 or more, and is {epochs}")
    net.to(device)
    history = History()
    for _ in range(epochs):
        optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
        history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
        history.test.append(evaluate(net, test_loader, device))
    return history


@mistake(
    "fit",
    "one without momentum",
    "The docstring asks for a momentum of 0.9.",
)
def no_momentum(net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any) -> Any:
    if epochs < 0:
        raise ValueError(f"epochs must be 0 or more, and is {epochs}")
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate)
    history = History()
    for _ in range(epochs):
        history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
        history.test.append(evaluate(net, test_loader, device))
    return history


@mistake(
    "fit",
    "one that swaps learning rate and momentum",
    "The caller's number is the learning rate; the momentum is 0.9.",
)
def rate_and_momentum_swapped(
    net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any
) -> Any:
    if epochs < 0:
        raise ValueError(f"epochs must be 0 or more, and is {epochs}")
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.9, momentum=learning_rate)
    history = History()
    for _ in range(epochs):
        history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
        history.test.append(evaluate(net, test_loader, device))
    return history


@mistake(
    "fit",
    "one with Nesterov's momentum",
    "It looks ahead by one step. Plain momentum is asked for.",
)
def nesterov(net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any) -> Any:
    if epochs < 0:
        raise ValueError(f"epochs must be 0 or more, and is {epochs}")
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9, nesterov=True)
    history = History()
    for _ in range(epochs):
        history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
        history.test.append(evaluate(net, test_loader, device))
    return history


@mistake(
    "fit",
    "one with weight decay",
    "Nobody asked for smaller weights here: momentum and learning rate are all.",
)
def weight_decay(net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any) -> Any:
    if epochs < 0:
        raise ValueError(f"epochs must be 0 or more, and is {epochs}")
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9, weight_decay=0.01)
    history = History()
    for _ in range(epochs):
        history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
        history.test.append(evaluate(net, test_loader, device))
    return history


@mistake(
    "fit",
    "one that learns with Adam",
    "Adam has a step length of its own for each weight. torch.optim.SGD with momentum is asked for.",
)
def with_adam(net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any) -> Any:
    if epochs < 0:
        raise ValueError(f"epochs must be 0 or more, and is {epochs}")
    net.to(device)
    optimizer = torch.optim.Adam(net.parameters(), lr=learning_rate)
    history = History()
    for _ in range(epochs):
        history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
        history.test.append(evaluate(net, test_loader, device))
    return history


@mistake(
    "fit",
    "one with a learning rate of its own",
    "How far to go is for the caller to say: pass the argument on.",
)
def own_rate(net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any) -> Any:
    if epochs < 0:
        raise ValueError(f"epochs must be 0 or more, and is {epochs}")
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
    history = History()
    for _ in range(epochs):
        history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
        history.test.append(evaluate(net, test_loader, device))
    return history


@mistake(
    "fit",
    "one that lowers the learning rate from epoch to epoch",
    "The docstring says: the same in all epochs.",
)
def decays_rate(net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any) -> Any:
    if epochs < 0:
        raise ValueError(f"epochs must be 0 or more, and is {epochs}")
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
    history = History()
    for _ in range(epochs):
        history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
        history.test.append(evaluate(net, test_loader, device))
        optimizer.param_groups[0]["lr"] *= 0.5
    return history


@mistake(
    "fit",
    "one that evaluates before it trains",
    "What is measured then is the epoch before. First learn, then look.",
)
def evaluates_first(net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any) -> Any:
    if epochs < 0:
        raise ValueError(f"epochs must be 0 or more, and is {epochs}")
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
    history = History()
    for _ in range(epochs):
        history.test.append(evaluate(net, test_loader, device))
        history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
    return history


@mistake(
    "fit",
    "one that evaluates on what it learned from",
    "Images that the network learned from flatter it. The test loader is for measuring.",
)
def evaluates_on_train(
    net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any
) -> Any:
    if epochs < 0:
        raise ValueError(f"epochs must be 0 or more, and is {epochs}")
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
    history = History()
    for _ in range(epochs):
        history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
        history.test.append(evaluate(net, train_loader, device))
    return history


@mistake(
    "fit",
    "one that trains on the test images",
    "Then nothing is left to measure with. Learn from the train loader.",
)
def trains_on_test(net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any) -> Any:
    if epochs < 0:
        raise ValueError(f"epochs must be 0 or more, and is {epochs}")
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
    history = History()
    for _ in range(epochs):
        history.train_loss.append(train_one_epoch(net, test_loader, optimizer, device))
        history.test.append(evaluate(net, test_loader, device))
    return history


@mistake(
    "fit",
    "one that trains on the test images, too",
    "Then nothing is left to measure with.",
)
def trains_on_both(net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any) -> Any:
    if epochs < 0:
        raise ValueError(f"epochs must be 0 or more, and is {epochs}")
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
    history = History()
    for _ in range(epochs):
        history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
        history.test.append(evaluate(net, test_loader, device))
        train_one_epoch(net, test_loader, optimizer, device)
    return history


@mistake(
    "fit",
    "one that swaps the two loaders",
    "Learn from the train loader, measure on the test loader.",
)
def loaders_swapped(net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any) -> Any:
    if epochs < 0:
        raise ValueError(f"epochs must be 0 or more, and is {epochs}")
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
    history = History()
    for _ in range(epochs):
        history.train_loss.append(train_one_epoch(net, test_loader, optimizer, device))
        history.test.append(evaluate(net, train_loader, device))
    return history


@mistake(
    "fit",
    "one with an epoch too many",
    "epochs says how many there are: range(epochs) has that many.",
)
def one_epoch_more(net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any) -> Any:
    if epochs < 0:
        raise ValueError(f"epochs must be 0 or more, and is {epochs}")
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
    history = History()
    for _ in range(epochs + 1):
        history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
        history.test.append(evaluate(net, test_loader, device))
    return history


@mistake(
    "fit",
    "one with an epoch too few",
    "range(1, epochs) leaves the last one out.",
)
def one_epoch_less(net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any) -> Any:
    if epochs < 0:
        raise ValueError(f"epochs must be 0 or more, and is {epochs}")
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
    history = History()
    for _ in range(1, epochs):
        history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
        history.test.append(evaluate(net, test_loader, device))
    return history


@mistake(
    "fit",
    "one that stops after the first epoch",
    "Is the return inside the loop?",
)
def one_epoch_only(net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any) -> Any:
    if epochs < 0:
        raise ValueError(f"epochs must be 0 or more, and is {epochs}")
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
    history = History()
    for _ in range(epochs):
        history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
        history.test.append(evaluate(net, test_loader, device))
        return history
    return history


@mistake(
    "fit",
    "one whose history holds the last epoch only",
    "One entry per epoch is promised: make the history before the loop.",
)
def history_of_last(net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any) -> Any:
    if epochs < 0:
        raise ValueError(f"epochs must be 0 or more, and is {epochs}")
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
    history = History()
    for _ in range(epochs):
        history = History()
        history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
        history.test.append(evaluate(net, test_loader, device))
    return history


@mistake(
    "fit",
    "one that evaluates only after the last epoch",
    "One evaluation per epoch is promised: only so can one see when the network stops getting better.",
)
def evaluates_at_the_end(
    net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any
) -> Any:
    if epochs < 0:
        raise ValueError(f"epochs must be 0 or more, and is {epochs}")
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
    history = History()
    for _ in range(epochs):
        history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
    history.test.append(evaluate(net, test_loader, device))
    return history


@mistake(
    "fit",
    "one that never evaluates",
    "One evaluation per epoch is promised.",
)
def no_evaluation(net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any) -> Any:
    if epochs < 0:
        raise ValueError(f"epochs must be 0 or more, and is {epochs}")
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
    history = History()
    for _ in range(epochs):
        history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
    return history


@mistake(
    "fit",
    "one that does not keep the losses of training",
    "One entry per epoch in each list is promised.",
)
def no_train_loss(net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any) -> Any:
    if epochs < 0:
        raise ValueError(f"epochs must be 0 or more, and is {epochs}")
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
    history = History()
    for _ in range(epochs):
        train_one_epoch(net, train_loader, optimizer, device)
        history.test.append(evaluate(net, test_loader, device))
    return history


@mistake(
    "fit",
    "one whose history holds accuracies instead of evaluations",
    "Keep what evaluate returned, whole.",
)
def accuracies_only(net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any) -> Any:
    if epochs < 0:
        raise ValueError(f"epochs must be 0 or more, and is {epochs}")
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
    history: Any = History()
    for _ in range(epochs):
        history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
        history.test.append(evaluate(net, test_loader, device).accuracy)
    return history


@mistake(
    "fit",
    "one whose train_loss holds the losses of the test",
    "train_loss keeps what train_one_epoch returned.",
)
def losses_of_test(net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any) -> Any:
    if epochs < 0:
        raise ValueError(f"epochs must be 0 or more, and is {epochs}")
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
    history = History()
    for _ in range(epochs):
        train_one_epoch(net, train_loader, optimizer, device)
        history.test.append(evaluate(net, test_loader, device))
        history.train_loss.append(history.test[-1].loss)
    return history


@mistake(
    "fit",
    "one whose train_loss is measured after the epoch",
    "train_loss keeps what train_one_epoch returned: the loss of each batch before its step. Another pass over the training images costs time, too.",
)
def measures_on_train(
    net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any
) -> Any:
    if epochs < 0:
        raise ValueError(f"epochs must be 0 or more, and is {epochs}")
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
    history = History()
    for _ in range(epochs):
        train_one_epoch(net, train_loader, optimizer, device)
        history.test.append(evaluate(net, test_loader, device))
        history.train_loss.append(evaluate(net, train_loader, device).loss)
    return history


@mistake(
    "fit",
    "one that returns nothing",
    "A function without `return` gives back None; the history is asked for.",
)
def fit_returns_nothing(
    net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any
) -> Any:
    if epochs < 0:
        raise ValueError(f"epochs must be 0 or more, and is {epochs}")
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
    history = History()
    for _ in range(epochs):
        history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
        history.test.append(evaluate(net, test_loader, device))


@mistake(
    "fit",
    "one that returns the network",
    "The network learns in place; the history is asked for.",
)
def fit_returns_net(net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any) -> Any:
    if epochs < 0:
        raise ValueError(f"epochs must be 0 or more, and is {epochs}")
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
    history = History()
    for _ in range(epochs):
        history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
        history.test.append(evaluate(net, test_loader, device))
    return net


@mistake(
    "fit",
    "one that returns two lists",
    "A History is promised.",
)
def fit_returns_tuple(
    net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any
) -> Any:
    if epochs < 0:
        raise ValueError(f"epochs must be 0 or more, and is {epochs}")
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
    history = History()
    for _ in range(epochs):
        history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
        history.test.append(evaluate(net, test_loader, device))
    return history.train_loss, history.test


@mistake(
    "fit",
    "one that returns a list of evaluations",
    "A History is promised.",
)
def fit_returns_list(
    net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any
) -> Any:
    if epochs < 0:
        raise ValueError(f"epochs must be 0 or more, and is {epochs}")
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
    history = History()
    for _ in range(epochs):
        history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
        history.test.append(evaluate(net, test_loader, device))
    return history.test


@mistake(
    "fit",
    "one that trains a copy",
    "The caller's network learns nothing. It learns in place.",
)
def trains_a_copy(net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any) -> Any:
    if epochs < 0:
        raise ValueError(f"epochs must be 0 or more, and is {epochs}")
    net = copy.deepcopy(net).to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
    history = History()
    for _ in range(epochs):
        history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
        history.test.append(evaluate(net, test_loader, device))
    return history


@mistake(
    "fit",
    "one that keeps the weights with the best test",
    "Images that choose the weights are no test any more: the accuracy that is told is then too good. The last epoch's weights stay.",
)
def best_of_test(net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any) -> Any:
    if epochs < 0:
        raise ValueError(f"epochs must be 0 or more, and is {epochs}")
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
    history = History()
    best, kept = -1.0, copy.deepcopy(net.state_dict())
    for _ in range(epochs):
        history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
        history.test.append(evaluate(net, test_loader, device))
        if history.test[-1].accuracy > best:
            best, kept = history.test[-1].accuracy, copy.deepcopy(net.state_dict())
    if epochs:
        net.load_state_dict(kept)
    return history


@same_as(best_of_test)
def lowest_loss(net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any) -> Any:
    if epochs < 0:
        raise ValueError(f"epochs must be 0 or more, and is {epochs}")
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
    history = History()
    best, kept = float("inf"), copy.deepcopy(net.state_dict())
    for _ in range(epochs):
        history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
        history.test.append(evaluate(net, test_loader, device))
        if history.test[-1].loss < best:
            best, kept = history.test[-1].loss, copy.deepcopy(net.state_dict())
    if epochs:
        net.load_state_dict(kept)
    return history


@mistake(
    "fit",
    "one that stops where the test gets worse",
    "epochs says how many there are, and the test does not choose the weights.",
)
def stops_early(net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any) -> Any:
    if epochs < 0:
        raise ValueError(f"epochs must be 0 or more, and is {epochs}")
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
    history = History()
    for _ in range(epochs):
        history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
        history.test.append(evaluate(net, test_loader, device))
        if len(history.test) > 1 and history.test[-1].loss > history.test[-2].loss:
            break
    return history


@same_as(stops_early)
def stops_by_accuracy(
    net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any
) -> Any:
    if epochs < 0:
        raise ValueError(f"epochs must be 0 or more, and is {epochs}")
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
    history = History()
    for _ in range(epochs):
        history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
        history.test.append(evaluate(net, test_loader, device))
        if len(history.test) > 1 and history.test[-1].accuracy < history.test[-2].accuracy:
            break
    return history


@mistake(
    "fit",
    "one that takes negative epochs for none",
    "range(-3) is empty, and a mistake of the caller goes unnoticed: ValueError.",
)
def accepts_negative(
    net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any
) -> Any:
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
    history = History()
    for _ in range(epochs):
        history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
        history.test.append(evaluate(net, test_loader, device))
    return history


@mistake(
    "fit",
    "one whose message for negative epochs does not name argument and value",
    "Who reads it must find the wrong call: name the argument and the value given.",
)
def message_without_value(
    net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any
) -> Any:
    if epochs < 0:
        raise ValueError("invalid argument")
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
    history = History()
    for _ in range(epochs):
        history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
        history.test.append(evaluate(net, test_loader, device))
    return history


@mistake(
    "fit",
    "one whose message for negative epochs leaves out the value",
    "Name the argument and the value given.",
)
def message_with_name_only(
    net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any
) -> Any:
    if epochs < 0:
        raise ValueError("epochs must be 0 or more")
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
    history = History()
    for _ in range(epochs):
        history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
        history.test.append(evaluate(net, test_loader, device))
    return history


@mistake(
    "fit",
    "one whose message for negative epochs leaves out the argument's name",
    "Name the argument and the value given.",
)
def message_with_value_only(
    net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any
) -> Any:
    if epochs < 0:
        raise ValueError(f"{epochs} is too small")
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
    history = History()
    for _ in range(epochs):
        history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
        history.test.append(evaluate(net, test_loader, device))
    return history


@mistake(
    "fit",
    "one that refuses negative epochs by another error than ValueError",
    "The docstring promises ValueError; assert vanishes under python -O.",
)
def asserts_epochs(net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any) -> Any:
    assert epochs >= 0, f"epochs must be 0 or more, and is {epochs}"
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
    history = History()
    for _ in range(epochs):
        history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
        history.test.append(evaluate(net, test_loader, device))
    return history


@same_as(asserts_epochs)
def type_error_for_epochs(
    net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any
) -> Any:
    if epochs < 0:
        raise TypeError(f"epochs must be 0 or more, and is {epochs}")
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
    history = History()
    for _ in range(epochs):
        history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
        history.test.append(evaluate(net, test_loader, device))
    return history


@mistake(
    "fit",
    "one that refuses 0 epochs",
    "0 is allowed: nothing is learned, and the history is empty.",
)
def refuses_zero(net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any) -> Any:
    if epochs < 1:
        raise ValueError(f"epochs must be 0 or more, and is {epochs}")
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
    history = History()
    for _ in range(epochs):
        history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
        history.test.append(evaluate(net, test_loader, device))
    return history


@mistake(
    "fit",
    "one that evaluates before the first epoch, too",
    "One entry per epoch is promised: none for no epochs.",
)
def evaluates_for_zero(
    net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any
) -> Any:
    if epochs < 0:
        raise ValueError(f"epochs must be 0 or more, and is {epochs}")
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
    history = History()
    history.test.append(evaluate(net, test_loader, device))
    for _ in range(epochs):
        history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
        history.test.append(evaluate(net, test_loader, device))
    return history


@mistake(
    "fit",
    "one that returns nothing for 0 epochs",
    "An empty History is promised.",
)
def none_for_zero(net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any) -> Any:
    if epochs < 0:
        raise ValueError(f"epochs must be 0 or more, and is {epochs}")
    if epochs == 0:
        return None
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
    history = History()
    for _ in range(epochs):
        history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
        history.test.append(evaluate(net, test_loader, device))
    return history


@mistake(
    "fit",
    "one that sets a seed or draws random numbers",
    "Seeds are the caller's business: with one inside, every run is the same run.",
)
def seeds_run(net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any) -> Any:
    if epochs < 0:
        raise ValueError(f"epochs must be 0 or more, and is {epochs}")
    torch.default_generator.manual_seed(0)
    torch.rand(1)
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
    history = History()
    for _ in range(epochs):
        history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
        history.test.append(evaluate(net, test_loader, device))
    return history


@mistake(
    "fit",
    "one that does not move the network",
    "The batches go to the device, and the network must be there, too.",
)
def not_moved(net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any) -> Any:
    if epochs < 0:
        raise ValueError(f"epochs must be 0 or more, and is {epochs}")
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
    history = History()
    for _ in range(epochs):
        history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
        history.test.append(evaluate(net, test_loader, device))
    return history


@mistake(
    "fit",
    "one that chooses the device by itself",
    "Where to train is for the caller to say: use the argument.",
)
def moves_to_its_own(
    net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any
) -> Any:
    if epochs < 0:
        raise ValueError(f"epochs must be 0 or more, and is {epochs}")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
    history = History()
    for _ in range(epochs):
        history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
        history.test.append(evaluate(net, test_loader, device))
    return history


@mistake(
    "fit",
    "one that starts from new weights",
    "The network may have learned before: it goes on from where it is.",
)
def resets_weights(net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any) -> Any:
    if epochs < 0:
        raise ValueError(f"epochs must be 0 or more, and is {epochs}")
    net.to(device)
    for module in net.modules():
        if isinstance(module, nn.Linear):
            nn.init.constant_(module.weight, 0.01)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
    history = History()
    for _ in range(epochs):
        history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
        history.test.append(evaluate(net, test_loader, device))
    return history


@mistake(
    "fit",
    "one that trains in eval mode after the first epoch",
    "Each epoch trains in train mode.",
)
def stays_in_eval(net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any) -> Any:
    if epochs < 0:
        raise ValueError(f"epochs must be 0 or more, and is {epochs}")
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
    history = History()
    for _ in range(epochs):
        was = net.training
        net.eval()
        images_of(net, train_loader, optimizer, device, history.train_loss)
        net.train(was)
        history.test.append(evaluate(net, test_loader, device))
    return history


@mistake(
    "fit",
    "one that trains the last layer only",
    "All parameters learn.",
)
def last_layer_only(net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any) -> Any:
    if epochs < 0:
        raise ValueError(f"epochs must be 0 or more, and is {epochs}")
    net.to(device)
    optimizer = torch.optim.SGD(list(net.parameters())[-2:], lr=learning_rate, momentum=0.9)
    history = History()
    for _ in range(epochs):
        history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
        history.test.append(evaluate(net, test_loader, device))
    return history


@mistake(
    "fit",
    "one whose history goes on from the call before",
    "A default value is made once, when the function is defined: each call needs lists of its own.",
)
def shares_history(net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any) -> Any:
    if epochs < 0:
        raise ValueError(f"epochs must be 0 or more, and is {epochs}")
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
    history = shared_history()
    for _ in range(epochs):
        history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
        history.test.append(evaluate(net, test_loader, device))
    return history


@mistake(
    "fit",
    "one that goes through the training images twice per epoch",
    "Once per epoch is promised.",
)
def two_steps_per_epoch(
    net: Any, train_loader: Any, test_loader: Any, epochs: Any, learning_rate: Any, device: Any
) -> Any:
    if epochs < 0:
        raise ValueError(f"epochs must be 0 or more, and is {epochs}")
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
    history = History()
    for _ in range(epochs):
        history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
        train_one_epoch(net, train_loader, optimizer, device)
        history.test.append(evaluate(net, test_loader, device))
    return history


# save_checkpoint


@mistake(
    "save_checkpoint",
    "one that writes over the old checkpoint",
    "While it is being written it is neither the old nor the new one: a kill then leaves half a file. Write beside it, then replace.",
)
def writes_over(path: Any, net: Any, optimizer: Any, epoch: Any) -> Any:
    torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, path)


@same_as(writes_over)
def writes_over_opened(path: Any, net: Any, optimizer: Any, epoch: Any) -> Any:
    with open(path, "wb") as file:
        torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, file)


@mistake(
    "save_checkpoint",
    "one that makes the whole content first, and then writes over the old checkpoint",
    "What cannot be saved is known in time, but a kill or a full disk while writing still leaves half a file. Copying is writing, too: only os.replace is one stroke.",
)
def writes_over_from_memory(path: Any, net: Any, optimizer: Any, epoch: Any) -> Any:
    memory = io.BytesIO()
    torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, memory)
    Path(path).write_bytes(memory.getvalue())


@same_as(writes_over_from_memory)
def copies_over(path: Any, net: Any, optimizer: Any, epoch: Any) -> Any:
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    try:
        with open(partial, "wb") as file:
            torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, file)
        shutil.copyfile(partial, path)
        partial.unlink()
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@mistake(
    "save_checkpoint",
    "one that leaves a half-written file behind where writing fails",
    "On a full disk this is the file that keeps it full. Remove it, and let the error pass on.",
)
def litter_on_failure(path: Any, net: Any, optimizer: Any, epoch: Any) -> Any:
    partial = str(path) + ".partial"
    torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, partial)
    os.replace(partial, path)


@mistake(
    "save_checkpoint",
    "one that leaves its neighbouring file behind where replacing fails",
    "Whatever fails, the neighbouring file goes.",
)
def litter_where_replace_fails(path: Any, net: Any, optimizer: Any, epoch: Any) -> Any:
    partial = Path(str(path) + ".partial")
    try:
        torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, partial)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    os.replace(partial, path)


@mistake(
    "save_checkpoint",
    "one that leaves its neighbouring file behind",
    "A copy is left beside every checkpoint: move it, so that nothing stays.",
)
def litter_always(path: Any, net: Any, optimizer: Any, epoch: Any) -> Any:
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    try:
        with open(partial, "wb") as file:
            torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, file)
        shutil.copyfile(partial, path.with_name("second"))
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@mistake(
    "save_checkpoint",
    "one that removes the old checkpoint first",
    "A kill in between leaves none at all. os.replace puts the new one in its place in one stroke.",
)
def removes_first(path: Any, net: Any, optimizer: Any, epoch: Any) -> Any:
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    try:
        with open(partial, "wb") as file:
            torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, file)
        path.unlink(missing_ok=True)
        os.rename(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@mistake(
    "save_checkpoint",
    "one that removes the old checkpoint before it writes the new one",
    "Where writing fails, there is none at all.",
)
def removes_at_start(path: Any, net: Any, optimizer: Any, epoch: Any) -> Any:
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    if path.is_file():
        os.remove(path)
    try:
        with open(partial, "wb") as file:
            torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, file)
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@mistake(
    "save_checkpoint",
    "one that puts the new file in place before it is complete",
    "What is written last is still on its way when the name changes: close the file first.",
)
def replaces_before_written(path: Any, net: Any, optimizer: Any, epoch: Any) -> Any:
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    memory = io.BytesIO()
    torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, memory)
    try:
        with open(partial, "wb") as file:
            file.write(memory.getvalue()[:100])
            os.replace(partial, path)
            file.write(memory.getvalue()[100:])
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@mistake(
    "save_checkpoint",
    "one that writes the new file in another folder first",
    "Another folder may be on another disk, and os.replace does not go from disk to disk. Write in the same folder.",
)
def other_folder(path: Any, net: Any, optimizer: Any, epoch: Any) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        torch.save(
            {"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, Path(folder) / "partial"
        )
        os.replace(Path(folder) / "partial", path)


@mistake(
    "save_checkpoint",
    "one that hides that writing failed",
    "The caller thinks that the run is safe. The error passes on.",
)
def hides_failure(path: Any, net: Any, optimizer: Any, epoch: Any) -> Any:
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    try:
        with open(partial, "wb") as file:
            torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, file)
        os.replace(partial, path)
    except Exception:  # noqa: BLE001
        partial.unlink(missing_ok=True)


@mistake(
    "save_checkpoint",
    "one that raises another error where writing fails",
    "The error of the file system says what is wrong (no space, no permission): it passes on.",
)
def turns_failure(path: Any, net: Any, optimizer: Any, epoch: Any) -> Any:
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    try:
        with open(partial, "wb") as file:
            torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, file)
        os.replace(partial, path)
    except Exception as error:
        partial.unlink(missing_ok=True)
        raise ValueError("could not save") from error


@mistake(
    "save_checkpoint",
    "one that makes missing folders",
    "A mistyped path then goes unnoticed. The docstring says that none is made.",
)
def makes_folder(path: Any, net: Any, optimizer: Any, epoch: Any) -> Any:
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with open(partial, "wb") as file:
            torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, file)
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@mistake(
    "save_checkpoint",
    "one that saves the network itself, not its state dict",
    "The file then needs this very code to be loaded, and has code inside: weights_only=True refuses it.",
)
def saves_whole_net(path: Any, net: Any, optimizer: Any, epoch: Any) -> Any:
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    try:
        with open(partial, "wb") as file:
            torch.save({"net": net, "optimizer": optimizer.state_dict(), "epoch": epoch}, file)
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@mistake(
    "save_checkpoint",
    "one that puts more than plain containers into the file",
    "A class or a function is code: weights_only=True refuses the whole file.",
)
def saves_code(path: Any, net: Any, optimizer: Any, epoch: Any) -> Any:
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    try:
        with open(partial, "wb") as file:
            torch.save(
                {"net": net.state_dict(), "class": type(net), "optimizer": optimizer.state_dict(), "epoch": epoch}, file
            )
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@mistake(
    "save_checkpoint",
    "one that saves the optimizer itself, not its state dict",
    "The file then has code inside: weights_only=True refuses it.",
)
def saves_whole_optimizer(path: Any, net: Any, optimizer: Any, epoch: Any) -> Any:
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    try:
        with open(partial, "wb") as file:
            torch.save({"net": net.state_dict(), "optimizer": optimizer, "epoch": epoch}, file)
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@mistake(
    "save_checkpoint",
    "one that saves network and optimizer themselves",
    "The file then needs this very code to be loaded, and has code inside: weights_only=True refuses it.",
)
def saves_both_whole(path: Any, net: Any, optimizer: Any, epoch: Any) -> Any:
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    try:
        with open(partial, "wb") as file:
            torch.save({"net": net, "optimizer": optimizer, "epoch": epoch}, file)
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@mistake(
    "save_checkpoint",
    "one that saves nothing but the network",
    "Without the optimizer's memory and the epoch, a run cannot go on as if it had never stopped.",
)
def saves_net_only(path: Any, net: Any, optimizer: Any, epoch: Any) -> Any:
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    try:
        with open(partial, "wb") as file:
            torch.save(net.state_dict(), file)
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@mistake(
    "save_checkpoint",
    "one that leaves out the optimizer",
    "The optimizer remembers the steps before (momentum): without it, the resumed run ends elsewhere.",
)
def no_optimizer(path: Any, net: Any, optimizer: Any, epoch: Any) -> Any:
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    try:
        with open(partial, "wb") as file:
            torch.save({"net": net.state_dict(), "epoch": epoch}, file)
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@mistake(
    "save_checkpoint",
    "one that leaves out the epoch",
    "Nobody knows then how far the run came.",
)
def no_epoch(path: Any, net: Any, optimizer: Any, epoch: Any) -> Any:
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    try:
        with open(partial, "wb") as file:
            torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict()}, file)
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@mistake(
    "save_checkpoint",
    "one that leaves out the network",
    "The weights are what matters most.",
)
def no_net(path: Any, net: Any, optimizer: Any, epoch: Any) -> Any:
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    try:
        with open(partial, "wb") as file:
            torch.save({"optimizer": optimizer.state_dict(), "epoch": epoch}, file)
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@mistake(
    "save_checkpoint",
    "one with other names for its entries",
    "The docstring fixes the names: net, optimizer, epoch.",
)
def saving_other_keys(path: Any, net: Any, optimizer: Any, epoch: Any) -> Any:
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    try:
        with open(partial, "wb") as file:
            torch.save(
                {"model_state_dict": net.state_dict(), "optimizer_state_dict": optimizer.state_dict(), "epoch": epoch},
                file,
            )
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@mistake(
    "save_checkpoint",
    "one that saves a tuple",
    "A dictionary with the three names is promised.",
)
def tuple_of_three(path: Any, net: Any, optimizer: Any, epoch: Any) -> Any:
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    try:
        with open(partial, "wb") as file:
            torch.save((net.state_dict(), optimizer.state_dict(), epoch), file)
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@mistake(
    "save_checkpoint",
    "one that saves parameters without buffers",
    "Batch norm keeps its statistics in buffers: without them, the loaded network reads otherwise.",
)
def parameters_only(path: Any, net: Any, optimizer: Any, epoch: Any) -> Any:
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    try:
        with open(partial, "wb") as file:
            torch.save(
                {
                    "net": {name: p.data for name, p in net.named_parameters()},
                    "optimizer": optimizer.state_dict(),
                    "epoch": epoch,
                },
                file,
            )
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@mistake(
    "save_checkpoint",
    "one that saves state_dict without calling it",
    "Mind the parentheses: a method's name alone is the method.",
)
def method_not_called(path: Any, net: Any, optimizer: Any, epoch: Any) -> Any:
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    try:
        with open(partial, "wb") as file:
            torch.save({"net": net.state_dict, "optimizer": optimizer.state_dict(), "epoch": epoch}, file)
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@mistake(
    "save_checkpoint",
    "one that saves the optimizer's settings without its memory",
    "Momentum lives in the state: without it, the resumed run ends elsewhere.",
)
def settings_without_memory(path: Any, net: Any, optimizer: Any, epoch: Any) -> Any:
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    try:
        with open(partial, "wb") as file:
            torch.save(
                {
                    "net": net.state_dict(),
                    "optimizer": {"state": {}, "param_groups": optimizer.state_dict()["param_groups"]},
                    "epoch": epoch,
                },
                file,
            )
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@mistake(
    "save_checkpoint",
    "one that saves the number of the next epoch",
    "The number given is saved as it is.",
)
def next_epoch(path: Any, net: Any, optimizer: Any, epoch: Any) -> Any:
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    try:
        with open(partial, "wb") as file:
            torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch + 1}, file)
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@mistake(
    "save_checkpoint",
    "one that saves the epoch as text",
    "The number given is saved as it is.",
)
def epoch_as_text(path: Any, net: Any, optimizer: Any, epoch: Any) -> Any:
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    try:
        with open(partial, "wb") as file:
            torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": str(epoch)}, file)
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@mistake(
    "save_checkpoint",
    "one that saves the weights in half precision",
    "Rounded weights are other weights: the resumed run ends elsewhere.",
)
def half_precision(path: Any, net: Any, optimizer: Any, epoch: Any) -> Any:
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    try:
        with open(partial, "wb") as file:
            torch.save(
                {
                    "net": {k: v.half() if v.is_floating_point() else v for k, v in net.state_dict().items()},
                    "optimizer": optimizer.state_dict(),
                    "epoch": epoch,
                },
                file,
            )
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@mistake(
    "save_checkpoint",
    "one that writes with pickle",
    "torch.load with weights_only=True does not read it. torch.save is asked for.",
)
def pickles(path: Any, net: Any, optimizer: Any, epoch: Any) -> Any:
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    try:
        with open(partial, "wb") as file:
            pickle.dump({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, file)
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@mistake(
    "save_checkpoint",
    "one that keeps an older checkpoint",
    "The new one replaces it: otherwise the run goes on from the past.",
)
def ignores_existing(path: Any, net: Any, optimizer: Any, epoch: Any) -> Any:
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    if path.exists():
        return
    try:
        with open(partial, "wb") as file:
            torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, file)
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@mistake(
    "save_checkpoint",
    "one that refuses where there is an older checkpoint",
    "The new one replaces it.",
)
def refuses_existing(path: Any, net: Any, optimizer: Any, epoch: Any) -> Any:
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    if path.exists():
        raise FileExistsError(path)
    try:
        with open(partial, "wb") as file:
            torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, file)
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@mistake(
    "save_checkpoint",
    "one that writes to another name",
    "The path says where the checkpoint goes.",
)
def adds_suffix(path: Any, net: Any, optimizer: Any, epoch: Any) -> Any:
    path = Path(str(path) + f".{epoch}")
    partial = path.with_name(path.name + ".partial")
    try:
        with open(partial, "wb") as file:
            torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, file)
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@mistake(
    "save_checkpoint",
    "one that cannot take the path as text",
    "A path may be text or a Path.",
)
def needs_path(path: Any, net: Any, optimizer: Any, epoch: Any) -> Any:
    partial = path.with_name(path.name + ".partial")
    try:
        with open(partial, "wb") as file:
            torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, file)
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@mistake(
    "save_checkpoint",
    "one that cannot take the path as a Path",
    "A path may be text or a Path.",
)
def needs_text(path: Any, net: Any, optimizer: Any, epoch: Any) -> Any:
    partial: Any = path + ".partial"
    try:
        with open(partial, "wb") as file:
            torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, file)
        os.replace(partial, path)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise


@mistake(
    "save_checkpoint",
    "one that switches the network to eval mode",
    "The run goes on after saving: the network is left as it is.",
)
def switches_to_eval(path: Any, net: Any, optimizer: Any, epoch: Any) -> Any:
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    net.eval()
    try:
        with open(partial, "wb") as file:
            torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, file)
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@mistake(
    "save_checkpoint",
    "one that clears the optimizer's memory",
    "The run goes on after saving: the optimizer is left as it is.",
)
def clears_optimizer(path: Any, net: Any, optimizer: Any, epoch: Any) -> Any:
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    try:
        with open(partial, "wb") as file:
            torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, file)
        os.replace(partial, path)
        optimizer.state.clear()
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@mistake(
    "save_checkpoint",
    "one that writes no file",
    "The checkpoint must be on the disk when the function returns.",
)
def saves_nothing(path: Any, net: Any, optimizer: Any, epoch: Any) -> Any:
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    try:
        with open(partial, "wb") as file:
            torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, file)
        partial.unlink()
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@mistake(
    "save_checkpoint",
    "one that removes other files of the folder",
    "Other files may be other runs: none of them is touched.",
)
def clears_folder(path: Any, net: Any, optimizer: Any, epoch: Any) -> Any:
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    try:
        with open(partial, "wb") as file:
            torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, file)
        os.replace(partial, path)
        for other in path.parent.glob("*"):
            if other.is_file() and other != path:
                other.unlink()
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


# load_checkpoint


@mistake(
    "load_checkpoint",
    "one that loads without trying first, and lets torch's errors pass",
    "load_state_dict copies what fits before it complains: after the error, the network is half of each. And the caller expects ValueError with the path.",
)
def loads_at_once(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    found = torch.load(path, map_location=device, weights_only=True)
    net.load_state_dict(found["net"])
    optimizer.load_state_dict(found["optimizer"])
    return found["epoch"]


@mistake(
    "load_checkpoint",
    "one that leaves the network half loaded where the file does not fit",
    "load_state_dict copies what fits before it complains. Find out first whether all fits.",
)
def half_loaded(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    if not os.path.exists(path):
        raise FileNotFoundError(path)
    try:
        found = torch.load(path, map_location=device, weights_only=True)
        net.load_state_dict(found["net"])
        optimizer.load_state_dict(found["optimizer"])
        return found["epoch"]
    except Exception as error:
        raise ValueError(f"{path} is no checkpoint of this network") from error


@mistake(
    "load_checkpoint",
    "one that checks the entries, but not whether they fit",
    "Names and shapes may differ: load_state_dict copies what fits before it complains. Try on copies first.",
)
def entries_checked_only(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    if not os.path.exists(path):
        raise FileNotFoundError(path)
    try:
        found = torch.load(path, map_location=device, weights_only=True)
        epoch, state, memory = found["epoch"], found["net"], found["optimizer"]
        net.load_state_dict(state)
        optimizer.load_state_dict(memory)
        return epoch
    except Exception as error:
        raise ValueError(f"{path} is no checkpoint of this network") from error


@mistake(
    "load_checkpoint",
    "one that tries the network on a copy, but not the optimizer",
    "Where the optimizer does not fit, the network is loaded already. Both must fit before anything changes.",
)
def net_tried_only(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    if not os.path.exists(path):
        raise FileNotFoundError(path)
    trial, _ = copy.deepcopy((net, optimizer))
    try:
        found = torch.load(path, map_location=device, weights_only=True)
        epoch = found["epoch"]
        trial.load_state_dict(found["net"])
        memory = found["optimizer"]
    except Exception as error:
        raise ValueError(f"{path} is no checkpoint of this network") from error
    net.load_state_dict(found["net"])
    try:
        optimizer.load_state_dict(memory)
    except Exception as error:
        raise ValueError(f"{path} is no checkpoint of this optimizer") from error
    return epoch


@mistake(
    "load_checkpoint",
    "one that lets the optimizer's own error pass where it does not fit",
    "The caller expects a ValueError that names the path; and the network is loaded already.",
)
def optimizer_error_passes(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    if not os.path.exists(path):
        raise FileNotFoundError(path)
    trial, _ = copy.deepcopy((net, optimizer))
    try:
        found = torch.load(path, map_location=device, weights_only=True)
        epoch = found["epoch"]
        trial.load_state_dict(found["net"])
        memory = found["optimizer"]
    except Exception as error:
        raise ValueError(f"{path} is no checkpoint of this network") from error
    net.load_state_dict(found["net"])
    optimizer.load_state_dict(memory)
    return epoch


@mistake(
    "load_checkpoint",
    "one that lets the errors of a broken file pass as they are",
    "torch raises half a dozen types for broken files: the caller expects ValueError with the path.",
)
def other_error(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    if not os.path.exists(path):
        raise FileNotFoundError(path)
    trial, its = copy.deepcopy((net, optimizer))
    if True:
        found = torch.load(path, map_location=device, weights_only=True)
        epoch = found["epoch"]
        trial.load_state_dict(found["net"])
        its.load_state_dict(found["optimizer"])
    net.load_state_dict(found["net"])
    optimizer.load_state_dict(found["optimizer"])
    return epoch


@mistake(
    "load_checkpoint",
    "one that turns only some of the errors of a broken file into ValueError",
    "torch raises half a dozen types for broken files (RuntimeError, EOFError, UnpicklingError, OSError and more): all of them mean that the file is no checkpoint.",
)
def some_errors(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    if not os.path.exists(path):
        raise FileNotFoundError(path)
    trial, its = copy.deepcopy((net, optimizer))
    try:
        found = torch.load(path, map_location=device, weights_only=True)
        epoch = found["epoch"]
        trial.load_state_dict(found["net"])
        its.load_state_dict(found["optimizer"])
    except (RuntimeError, KeyError) as error:
        raise ValueError(f"{path} is no checkpoint of this network") from error
    net.load_state_dict(found["net"])
    optimizer.load_state_dict(found["optimizer"])
    return epoch


@mistake(
    "load_checkpoint",
    "one that lets every OSError pass",
    "torch.load raises OSError for some truncated files: the file was there, and is no checkpoint. Only opening it may fail like that.",
)
def os_errors_pass(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    if not os.path.exists(path):
        raise FileNotFoundError(path)
    trial, its = copy.deepcopy((net, optimizer))
    try:
        found = torch.load(path, map_location=device, weights_only=True)
        epoch = found["epoch"]
        trial.load_state_dict(found["net"])
        its.load_state_dict(found["optimizer"])
    except OSError:
        raise
    except Exception as error:
        raise ValueError(f"{path} is no checkpoint of this network") from error
    net.load_state_dict(found["net"])
    optimizer.load_state_dict(found["optimizer"])
    return epoch


@mistake(
    "load_checkpoint",
    "one whose message does not name the path",
    "Who reads it must find the file: name the path.",
)
def message_without_path(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    if not os.path.exists(path):
        raise FileNotFoundError(path)
    trial, its = copy.deepcopy((net, optimizer))
    try:
        found = torch.load(path, map_location=device, weights_only=True)
        epoch = found["epoch"]
        trial.load_state_dict(found["net"])
        its.load_state_dict(found["optimizer"])
    except Exception as error:
        raise ValueError("this is no checkpoint") from error
    net.load_state_dict(found["net"])
    optimizer.load_state_dict(found["optimizer"])
    return epoch


@same_as(message_without_path)
def bare_value_error(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    if not os.path.exists(path):
        raise FileNotFoundError(path)
    trial, its = copy.deepcopy((net, optimizer))
    try:
        found = torch.load(path, map_location=device, weights_only=True)
        epoch = found["epoch"]
        trial.load_state_dict(found["net"])
        its.load_state_dict(found["optimizer"])
    except Exception as error:
        raise ValueError() from error
    net.load_state_dict(found["net"])
    optimizer.load_state_dict(found["optimizer"])
    return epoch


@mistake(
    "load_checkpoint",
    "one that raises another error than ValueError for what does not fit",
    "The docstring promises ValueError.",
)
def raises_runtime_error(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    if not os.path.exists(path):
        raise FileNotFoundError(path)
    trial, its = copy.deepcopy((net, optimizer))
    try:
        found = torch.load(path, map_location=device, weights_only=True)
        epoch = found["epoch"]
        trial.load_state_dict(found["net"])
        its.load_state_dict(found["optimizer"])
    except Exception as error:
        raise RuntimeError(f"{path} is no checkpoint of this network") from error
    net.load_state_dict(found["net"])
    optimizer.load_state_dict(found["optimizer"])
    return epoch


@mistake(
    "load_checkpoint",
    "one that raises ValueError for a missing file",
    "A missing file is FileNotFoundError: a caller may start anew then, but not where a checkpoint is broken.",
)
def missing_is_value_error(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    trial, its = copy.deepcopy((net, optimizer))
    try:
        found = torch.load(path, map_location=device, weights_only=True)
        epoch = found["epoch"]
        trial.load_state_dict(found["net"])
        its.load_state_dict(found["optimizer"])
    except Exception as error:
        raise ValueError(f"{path} is no checkpoint of this network") from error
    net.load_state_dict(found["net"])
    optimizer.load_state_dict(found["optimizer"])
    return epoch


@mistake(
    "load_checkpoint",
    "one that goes on without an error where the file is missing",
    "A mistyped path then starts the run anew without a word. FileNotFoundError is promised.",
)
def missing_is_zero(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    if not os.path.exists(path):
        return 0
    trial, its = copy.deepcopy((net, optimizer))
    try:
        found = torch.load(path, map_location=device, weights_only=True)
        epoch = found["epoch"]
        trial.load_state_dict(found["net"])
        its.load_state_dict(found["optimizer"])
    except Exception as error:
        raise ValueError(f"{path} is no checkpoint of this network") from error
    net.load_state_dict(found["net"])
    optimizer.load_state_dict(found["optimizer"])
    return epoch


@same_as(missing_is_zero)
def makes_missing(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    if not os.path.exists(path):
        torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 0}, path)
    trial, its = copy.deepcopy((net, optimizer))
    try:
        found = torch.load(path, map_location=device, weights_only=True)
        epoch = found["epoch"]
        trial.load_state_dict(found["net"])
        its.load_state_dict(found["optimizer"])
    except Exception as error:
        raise ValueError(f"{path} is no checkpoint of this network") from error
    net.load_state_dict(found["net"])
    optimizer.load_state_dict(found["optimizer"])
    return epoch


@mistake(
    "load_checkpoint",
    "one that hides that the file does not fit",
    "The run then starts anew without a word. ValueError is promised.",
)
def broken_is_zero(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    if not os.path.exists(path):
        raise FileNotFoundError(path)
    trial, its = copy.deepcopy((net, optimizer))
    try:
        found = torch.load(path, map_location=device, weights_only=True)
        epoch = found["epoch"]
        trial.load_state_dict(found["net"])
        its.load_state_dict(found["optimizer"])
    except Exception as error:  # noqa: BLE001
        print(error)
        return 0
    net.load_state_dict(found["net"])
    optimizer.load_state_dict(found["optimizer"])
    return epoch


@mistake(
    "load_checkpoint",
    "one that runs code from the file",
    "With weights_only=False, a file from a stranger can do anything on this machine. A checkpoint needs no code.",
)
def runs_code(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    if not os.path.exists(path):
        raise FileNotFoundError(path)
    trial, its = copy.deepcopy((net, optimizer))
    try:
        found = torch.load(path, map_location=device, weights_only=False)
        epoch = found["epoch"]
        trial.load_state_dict(found["net"])
        its.load_state_dict(found["optimizer"])
    except Exception as error:
        raise ValueError(f"{path} is no checkpoint of this network") from error
    net.load_state_dict(found["net"])
    optimizer.load_state_dict(found["optimizer"])
    return epoch


@same_as(runs_code)
def tries_again_with_code(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    if not os.path.exists(path):
        raise FileNotFoundError(path)
    trial, its = copy.deepcopy((net, optimizer))
    try:
        try:
            found = torch.load(path, map_location=device, weights_only=True)
        except Exception:  # noqa: BLE001
            found = torch.load(path, map_location=device, weights_only=False)
        epoch = found["epoch"]
        trial.load_state_dict(found["net"])
        its.load_state_dict(found["optimizer"])
    except Exception as error:
        raise ValueError(f"{path} is no checkpoint of this network") from error
    net.load_state_dict(found["net"])
    optimizer.load_state_dict(found["optimizer"])
    return epoch


@mistake(
    "load_checkpoint",
    "one that loads what fits and leaves out the rest",
    "strict=False takes a network of another architecture without a word: half of the weights are then as random as before.",
)
def not_strict(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    if not os.path.exists(path):
        raise FileNotFoundError(path)
    trial, its = copy.deepcopy((net, optimizer))
    try:
        found = torch.load(path, map_location=device, weights_only=True)
        epoch = found["epoch"]
        trial.load_state_dict(found["net"], strict=False)
        its.load_state_dict(found["optimizer"])
    except Exception as error:
        raise ValueError(f"{path} is no checkpoint of this network") from error
    net.load_state_dict(found["net"], strict=False)
    optimizer.load_state_dict(found["optimizer"])
    return epoch


@mistake(
    "load_checkpoint",
    "one that does not say where the tensors go",
    "A checkpoint from a machine with an accelerator then asks for that accelerator. Say where: map_location.",
)
def no_map_location(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    if not os.path.exists(path):
        raise FileNotFoundError(path)
    trial, its = copy.deepcopy((net, optimizer))
    try:
        found = torch.load(path, weights_only=True)
        epoch = found["epoch"]
        trial.load_state_dict(found["net"])
        its.load_state_dict(found["optimizer"])
    except Exception as error:
        raise ValueError(f"{path} is no checkpoint of this network") from error
    net.load_state_dict(found["net"])
    optimizer.load_state_dict(found["optimizer"])
    return epoch


@mistake(
    "load_checkpoint",
    "one that leaves the optimizer as it is",
    "Without its momentum, the resumed run ends elsewhere.",
)
def optimizer_not_loaded(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    if not os.path.exists(path):
        raise FileNotFoundError(path)
    trial, its = copy.deepcopy((net, optimizer))
    try:
        found = torch.load(path, map_location=device, weights_only=True)
        epoch = found["epoch"]
        trial.load_state_dict(found["net"])
        its.load_state_dict(found["optimizer"])
    except Exception as error:
        raise ValueError(f"{path} is no checkpoint of this network") from error
    net.load_state_dict(found["net"])
    return epoch


@mistake(
    "load_checkpoint",
    "one that leaves the network as it is",
    "The saved numbers must get into the network that is given, not only into a copy.",
)
def net_not_loaded(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    if not os.path.exists(path):
        raise FileNotFoundError(path)
    trial, its = copy.deepcopy((net, optimizer))
    try:
        found = torch.load(path, map_location=device, weights_only=True)
        epoch = found["epoch"]
        trial.load_state_dict(found["net"])
        its.load_state_dict(found["optimizer"])
    except Exception as error:
        raise ValueError(f"{path} is no checkpoint of this network") from error
    optimizer.load_state_dict(found["optimizer"])
    return epoch


@mistake(
    "load_checkpoint",
    "one that loads copies and leaves network and optimizer as they are",
    "What was tried on copies must be done with the real ones.",
)
def loads_copies(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    if not os.path.exists(path):
        raise FileNotFoundError(path)
    trial, its = copy.deepcopy((net, optimizer))
    try:
        found = torch.load(path, map_location=device, weights_only=True)
        epoch = found["epoch"]
        trial.load_state_dict(found["net"])
        its.load_state_dict(found["optimizer"])
    except Exception as error:
        raise ValueError(f"{path} is no checkpoint of this network") from error
    return epoch


@same_as(loads_copies)
def rebinds_names(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    if not os.path.exists(path):
        raise FileNotFoundError(path)
    trial, its = copy.deepcopy((net, optimizer))
    try:
        found = torch.load(path, map_location=device, weights_only=True)
        epoch = found["epoch"]
        trial.load_state_dict(found["net"])
        its.load_state_dict(found["optimizer"])
    except Exception as error:
        raise ValueError(f"{path} is no checkpoint of this network") from error
    net, optimizer = trial, its
    return epoch


@mistake(
    "load_checkpoint",
    "one that replaces the network's parameters by new ones",
    "The optimizer holds on to the old ones, and trains what nobody uses. Copy the numbers into them.",
)
def assigns(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    if not os.path.exists(path):
        raise FileNotFoundError(path)
    trial, its = copy.deepcopy((net, optimizer))
    try:
        found = torch.load(path, map_location=device, weights_only=True)
        epoch = found["epoch"]
        trial.load_state_dict(found["net"])
        its.load_state_dict(found["optimizer"])
    except Exception as error:
        raise ValueError(f"{path} is no checkpoint of this network") from error
    net.load_state_dict(found["net"], assign=True)
    optimizer.load_state_dict(found["optimizer"])
    return epoch


@mistake(
    "load_checkpoint",
    "one that loads the optimizer's settings without its memory",
    "Momentum lives in the state: without it, the resumed run ends elsewhere.",
)
def settings_only(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    if not os.path.exists(path):
        raise FileNotFoundError(path)
    trial, its = copy.deepcopy((net, optimizer))
    try:
        found = torch.load(path, map_location=device, weights_only=True)
        epoch = found["epoch"]
        trial.load_state_dict(found["net"])
        its.load_state_dict(found["optimizer"])
    except Exception as error:
        raise ValueError(f"{path} is no checkpoint of this network") from error
    net.load_state_dict(found["net"])
    for group, saved in zip(optimizer.param_groups, found["optimizer"]["param_groups"], strict=True):
        group.update({key: value for key, value in saved.items() if key != "params"})
    return epoch


@mistake(
    "load_checkpoint",
    "one that loads the optimizer's memory and keeps its own settings",
    "Learning rate and momentum were saved, too: they come back.",
)
def memory_only(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    if not os.path.exists(path):
        raise FileNotFoundError(path)
    trial, its = copy.deepcopy((net, optimizer))
    try:
        found = torch.load(path, map_location=device, weights_only=True)
        epoch = found["epoch"]
        trial.load_state_dict(found["net"])
        its.load_state_dict(found["optimizer"])
    except Exception as error:
        raise ValueError(f"{path} is no checkpoint of this network") from error
    net.load_state_dict(found["net"])
    own = copy.deepcopy(optimizer.state_dict()["param_groups"])
    optimizer.load_state_dict({"state": found["optimizer"]["state"], "param_groups": own})
    return epoch


@mistake(
    "load_checkpoint",
    "one that loads parameters without buffers",
    "Batch norm keeps its statistics in buffers: they come back, too.",
)
def parameters_without_buffers(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    if not os.path.exists(path):
        raise FileNotFoundError(path)
    trial, its = copy.deepcopy((net, optimizer))
    try:
        found = torch.load(path, map_location=device, weights_only=True)
        epoch = found["epoch"]
        trial.load_state_dict(found["net"])
        its.load_state_dict(found["optimizer"])
    except Exception as error:
        raise ValueError(f"{path} is no checkpoint of this network") from error
    with torch.no_grad():
        for name, parameter in net.named_parameters():
            parameter.copy_(found["net"][name])
    optimizer.load_state_dict(found["optimizer"])
    return epoch


@mistake(
    "load_checkpoint",
    "one that returns the number of the next epoch",
    "The number that was saved is returned as it is.",
)
def next_epoch_returned(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    if not os.path.exists(path):
        raise FileNotFoundError(path)
    trial, its = copy.deepcopy((net, optimizer))
    try:
        found = torch.load(path, map_location=device, weights_only=True)
        epoch = found["epoch"]
        trial.load_state_dict(found["net"])
        its.load_state_dict(found["optimizer"])
    except Exception as error:
        raise ValueError(f"{path} is no checkpoint of this network") from error
    net.load_state_dict(found["net"])
    optimizer.load_state_dict(found["optimizer"])
    return epoch + 1


@mistake(
    "load_checkpoint",
    "one that returns the whole checkpoint",
    "The epoch is asked for.",
)
def returns_dictionary(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    if not os.path.exists(path):
        raise FileNotFoundError(path)
    trial, its = copy.deepcopy((net, optimizer))
    try:
        found = torch.load(path, map_location=device, weights_only=True)
        epoch = found["epoch"]
        trial.load_state_dict(found["net"])
        its.load_state_dict(found["optimizer"])
    except Exception as error:
        raise ValueError(f"{path} is no checkpoint of this network") from error
    net.load_state_dict(found["net"])
    optimizer.load_state_dict(found["optimizer"])
    return found


@mistake(
    "load_checkpoint",
    "one that returns the network",
    "The network is filled in place; the epoch is asked for.",
)
def loading_returns_net(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    if not os.path.exists(path):
        raise FileNotFoundError(path)
    trial, its = copy.deepcopy((net, optimizer))
    try:
        found = torch.load(path, map_location=device, weights_only=True)
        epoch = found["epoch"]
        trial.load_state_dict(found["net"])
        its.load_state_dict(found["optimizer"])
    except Exception as error:
        raise ValueError(f"{path} is no checkpoint of this network") from error
    net.load_state_dict(found["net"])
    optimizer.load_state_dict(found["optimizer"])
    return net


@mistake(
    "load_checkpoint",
    "one that returns nothing",
    "The epoch is asked for.",
)
def loading_returns_nothing(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    if not os.path.exists(path):
        raise FileNotFoundError(path)
    trial, its = copy.deepcopy((net, optimizer))
    try:
        found = torch.load(path, map_location=device, weights_only=True)
        epoch = found["epoch"]
        trial.load_state_dict(found["net"])
        its.load_state_dict(found["optimizer"])
    except Exception as error:
        raise ValueError(f"{path} is no checkpoint of this network") from error
    net.load_state_dict(found["net"])
    optimizer.load_state_dict(found["optimizer"])


@mistake(
    "load_checkpoint",
    "one that returns the epoch as text",
    "A whole number was saved, and is returned.",
)
def returns_text(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    if not os.path.exists(path):
        raise FileNotFoundError(path)
    trial, its = copy.deepcopy((net, optimizer))
    try:
        found = torch.load(path, map_location=device, weights_only=True)
        epoch = found["epoch"]
        trial.load_state_dict(found["net"])
        its.load_state_dict(found["optimizer"])
    except Exception as error:
        raise ValueError(f"{path} is no checkpoint of this network") from error
    net.load_state_dict(found["net"])
    optimizer.load_state_dict(found["optimizer"])
    return str(epoch)


@mistake(
    "load_checkpoint",
    "one that returns 0",
    "The number that was saved is returned.",
)
def returns_zero(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    if not os.path.exists(path):
        raise FileNotFoundError(path)
    trial, its = copy.deepcopy((net, optimizer))
    try:
        found = torch.load(path, map_location=device, weights_only=True)
        epoch = found["epoch"]
        trial.load_state_dict(found["net"])
        its.load_state_dict(found["optimizer"])
    except Exception as error:
        raise ValueError(f"{path} is no checkpoint of this network") from error
    net.load_state_dict(found["net"])
    optimizer.load_state_dict(found["optimizer"])
    return 0


@mistake(
    "load_checkpoint",
    "one that switches the network to eval mode",
    "A resumed run trains on: the mode is left as it is.",
)
def eval_mode(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    if not os.path.exists(path):
        raise FileNotFoundError(path)
    trial, its = copy.deepcopy((net, optimizer))
    try:
        found = torch.load(path, map_location=device, weights_only=True)
        epoch = found["epoch"]
        trial.load_state_dict(found["net"])
        its.load_state_dict(found["optimizer"])
    except Exception as error:
        raise ValueError(f"{path} is no checkpoint of this network") from error
    net.load_state_dict(found["net"])
    optimizer.load_state_dict(found["optimizer"])
    net.eval()
    return epoch


@mistake(
    "load_checkpoint",
    "one that switches the network to train mode",
    "The mode is left as it is, in each part of the network.",
)
def train_mode(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    if not os.path.exists(path):
        raise FileNotFoundError(path)
    trial, its = copy.deepcopy((net, optimizer))
    try:
        found = torch.load(path, map_location=device, weights_only=True)
        epoch = found["epoch"]
        trial.load_state_dict(found["net"])
        its.load_state_dict(found["optimizer"])
    except Exception as error:
        raise ValueError(f"{path} is no checkpoint of this network") from error
    net.load_state_dict(found["net"])
    optimizer.load_state_dict(found["optimizer"])
    net.train()
    return epoch


@mistake(
    "load_checkpoint",
    "one that freezes the weights",
    "A resumed run needs their gradients.",
)
def loading_freezes(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    if not os.path.exists(path):
        raise FileNotFoundError(path)
    trial, its = copy.deepcopy((net, optimizer))
    try:
        found = torch.load(path, map_location=device, weights_only=True)
        epoch = found["epoch"]
        trial.load_state_dict(found["net"])
        its.load_state_dict(found["optimizer"])
    except Exception as error:
        raise ValueError(f"{path} is no checkpoint of this network") from error
    net.load_state_dict(found["net"])
    optimizer.load_state_dict(found["optimizer"])
    net.requires_grad_(False)
    return epoch


@mistake(
    "load_checkpoint",
    "one that does without the epoch",
    "A file without the epoch is no whole checkpoint: ValueError.",
)
def optional_epoch(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    if not os.path.exists(path):
        raise FileNotFoundError(path)
    trial, its = copy.deepcopy((net, optimizer))
    try:
        found = torch.load(path, map_location=device, weights_only=True)
        epoch = found.get("epoch", 0)
        trial.load_state_dict(found["net"])
        its.load_state_dict(found["optimizer"])
    except Exception as error:
        raise ValueError(f"{path} is no checkpoint of this network") from error
    net.load_state_dict(found["net"])
    optimizer.load_state_dict(found["optimizer"])
    return epoch


@mistake(
    "load_checkpoint",
    "one that does without the optimizer",
    "A file without the optimizer's memory is no whole checkpoint: ValueError.",
)
def optional_optimizer(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    if not os.path.exists(path):
        raise FileNotFoundError(path)
    trial, its = copy.deepcopy((net, optimizer))
    try:
        found = torch.load(path, map_location=device, weights_only=True)
        epoch = found["epoch"]
        trial.load_state_dict(found["net"])
        if "optimizer" in found:
            its.load_state_dict(found["optimizer"])
    except Exception as error:
        raise ValueError(f"{path} is no checkpoint of this network") from error
    net.load_state_dict(found["net"])
    if "optimizer" in found:
        optimizer.load_state_dict(found["optimizer"])
    return epoch


@mistake(
    "load_checkpoint",
    "one that looks for the parts of the checkpoint in the wrong places",
    "The entries are net, optimizer and epoch, as save_checkpoint writes them. First torch.load, then load_state_dict with what an entry holds.",
)
def loading_other_keys(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    if not os.path.exists(path):
        raise FileNotFoundError(path)
    trial, its = copy.deepcopy((net, optimizer))
    try:
        found = torch.load(path, map_location=device, weights_only=True)
        epoch = found["epoch"]
        trial.load_state_dict(found["model"])
        its.load_state_dict(found["optimizer"])
    except Exception as error:
        raise ValueError(f"{path} is no checkpoint of this network") from error
    net.load_state_dict(found["model"])
    optimizer.load_state_dict(found["optimizer"])
    return epoch


@same_as(loading_other_keys)
def whole_into_net(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    if not os.path.exists(path):
        raise FileNotFoundError(path)
    trial, its = copy.deepcopy((net, optimizer))
    try:
        found = torch.load(path, map_location=device, weights_only=True)
        epoch = found["epoch"]
        trial.load_state_dict(found)
        its.load_state_dict(found["optimizer"])
    except Exception as error:
        raise ValueError(f"{path} is no checkpoint of this network") from error
    net.load_state_dict(found)
    optimizer.load_state_dict(found["optimizer"])
    return epoch


@same_as(loading_other_keys)
def path_into_net(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    if not os.path.exists(path):
        raise FileNotFoundError(path)
    trial, its = copy.deepcopy((net, optimizer))
    try:
        found = torch.load(path, map_location=device, weights_only=True)
        epoch = found["epoch"]
        trial.load_state_dict(path)
        its.load_state_dict(found["optimizer"])
    except Exception as error:
        raise ValueError(f"{path} is no checkpoint of this network") from error
    net.load_state_dict(path)
    optimizer.load_state_dict(found["optimizer"])
    return epoch


@mistake(
    "load_checkpoint",
    "one that removes the file",
    "The checkpoint may be needed again: it is left as it is.",
)
def deletes_file(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    if not os.path.exists(path):
        raise FileNotFoundError(path)
    trial, its = copy.deepcopy((net, optimizer))
    try:
        found = torch.load(path, map_location=device, weights_only=True)
        epoch = found["epoch"]
        trial.load_state_dict(found["net"])
        its.load_state_dict(found["optimizer"])
    except Exception as error:
        raise ValueError(f"{path} is no checkpoint of this network") from error
    net.load_state_dict(found["net"])
    optimizer.load_state_dict(found["optimizer"])
    os.remove(path)
    return epoch


@mistake(
    "load_checkpoint",
    "one that lets KeyError pass where an entry is missing",
    "A file without an entry is no whole checkpoint: ValueError that names the path.",
)
def key_error_passes(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    if not os.path.exists(path):
        raise FileNotFoundError(path)
    trial, its = copy.deepcopy((net, optimizer))
    try:
        found = torch.load(path, map_location=device, weights_only=True)
        epoch = found["epoch"]
        trial.load_state_dict(found["net"])
        its.load_state_dict(found["optimizer"])
    except KeyError:
        raise
    except Exception as error:
        raise ValueError(f"{path} is no checkpoint of this network") from error
    net.load_state_dict(found["net"])
    optimizer.load_state_dict(found["optimizer"])
    return epoch


@mistake(
    "load_checkpoint",
    "one that looks for the epoch only after it has loaded everything",
    "Where the epoch is missing, network and optimizer have changed already. Look at all entries first.",
)
def epoch_after_loading(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    if not os.path.exists(path):
        raise FileNotFoundError(path)
    trial, its = copy.deepcopy((net, optimizer))
    try:
        found = torch.load(path, map_location=device, weights_only=True)
        trial.load_state_dict(found["net"])
        its.load_state_dict(found["optimizer"])
    except Exception as error:
        raise ValueError(f"{path} is no checkpoint of this network") from error
    net.load_state_dict(found["net"])
    optimizer.load_state_dict(found["optimizer"])
    try:
        return found["epoch"]
    except KeyError as error:
        raise ValueError(f"{path} is no checkpoint of this network") from error


@mistake(
    "load_checkpoint",
    "one that puts back the network but not the optimizer after an error",
    "Both are promised to stay as they were.",
)
def rolls_back_net_only(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    if not os.path.exists(path):
        raise FileNotFoundError(path)
    old = copy.deepcopy(net.state_dict())
    try:
        found = torch.load(path, map_location=device, weights_only=True)
        optimizer.load_state_dict(found["optimizer"])
        net.load_state_dict(found["net"])
        return found["epoch"]
    except Exception as error:
        net.load_state_dict(old)
        raise ValueError(f"{path} is no checkpoint of this network") from error


@mistake(
    "load_checkpoint",
    "one that keeps the old state without copying it",
    "state_dict() shares its tensors with the network: what is loaded changes them, too. Keep a deep copy.",
)
def rolls_back_without_copy(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    if not os.path.exists(path):
        raise FileNotFoundError(path)
    old, its = net.state_dict(), optimizer.state_dict()
    try:
        found = torch.load(path, map_location=device, weights_only=True)
        net.load_state_dict(found["net"])
        optimizer.load_state_dict(found["optimizer"])
        return found["epoch"]
    except Exception as error:
        net.load_state_dict(old)
        optimizer.load_state_dict(its)
        raise ValueError(f"{path} is no checkpoint of this network") from error
