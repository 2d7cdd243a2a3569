"""Lesson 5: how each exercise is observed, and the bank of its wrong answers.

A wrong answer is what it changes in the solution: edits of the exercise's body (`kata.authoring`). Its words: a
noun phrase that completes the observer's sentence, and why it matters, without a line of the
solution. Plain mistakes come first: where a learner's answer agrees with several as far as it goes,
the first one is named.
"""

import contextlib
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

from kata.authoring import (
    STEPS,
    Logged,
    Moves,
    Observation,
    Once,
    Probe,
    Replacing,
    Trap,
    WithUnwritable,
    batches,
    body,
    breaking,
    drop,
    exercise,
    insert,
    labelled,
    mixed,
    observes,
    other_names,
    other_sizes,
    partly_frozen,
    pretend_accelerator,
    readout,
    replace,
    same_as,
    seeded,
    tied,
    with_modes,
    wrong,
)
from solutions.ex05_training_loop import History

# What is observed with.


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


def see_device(see: Observation, run: Callable[[Any, Any, str], object]) -> None:
    """Observe whether images and labels are moved to the device that is asked for, and to no other that is there."""
    for device in ("cuda", "cpu"):
        with pretend_accelerator():
            net, moves = Probe(nn.Sequential(nn.Flatten(), nn.Linear(1024, 10)).to(device)), Moves()
            with moves:
                outcome(lambda: run(net, batches(4, 2), device))
        see(f"the device on which images reach a network on {device}", net.devices[:1])
        see(f"whether labels are moved to an accelerator for a network on {device}", moves.labels)


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
    see("how often the loader is iterated", loader.times)
    see("the mode of the network in each batch", net.modes)
    see("the modes after the epoch", modes(net))
    lesson.train_one_epoch(net.train(), batches(3), sgd(net), "cpu")
    see("the modes after an epoch of a network in train mode", modes(net))
    see("whether a graph is recorded in each batch", net.records)
    net, pairs = small(), batches(5, 4, 3, 2)
    objects, before = list(map(id, net.parameters())), weights(net)
    loss = lesson.train_one_epoch(net, pairs, sgd(net, 0.1), "cpu")
    see.amounts("the weights after an epoch of four batches", STEPS, before, weights(net))
    see("what is returned as the loss of an epoch", kind_of(loss))
    see("the loss of an epoch with batches of 5, 4, 3 and 2", plain(loss))
    see("the images and labels after an epoch", [pairs, [images.requires_grad for images, _ in pairs]])
    see("whether the parameters are the same objects", objects == list(map(id, net.parameters())))
    see("which parameters take gradients", [p.requires_grad for p in net.parameters()])
    see_further_epochs(lesson, see)
    see_odd_loaders(lesson, see)
    see_device(see, lambda net, pairs, device: lesson.train_one_epoch(net, pairs, sgd(net), device))


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
    see("how often the loader is iterated", loader.times)
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
    see_device(see, lambda net, pairs, device: lesson.evaluate(net, pairs, device))


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


@observes("fit", "Your fit does what {} does.")
def observe_fit(lesson: Any, see: Observation) -> None:
    log: list[str] = []
    net, state, seed = small(), torch.get_rng_state(), torch.initial_seed()
    given = lesson.fit(net, Logged("train", log, batches(4)), Logged("test", log, batches(3, seed=7)), 2, 0.02, "cpu")
    see("the random state after fit", [torch.equal(state, torch.get_rng_state()), seed == torch.initial_seed()])
    see("the order in which the loaders are iterated in two epochs", log)
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
    for asked in ("cuda", "cpu"):
        probe = Probe(nn.Sequential(nn.Flatten(), nn.Linear(1024, 10)))
        with pretend_accelerator():
            outcome(lambda: lesson.fit(probe, batches(4), batches(3), 1, 0.1, asked))
            devices = sorted({p.device.type for p in probe.parameters()})
        see(f"the devices of the parameters after fit on {asked}", devices)
        see(f"the device on which images reach the network in fit on {asked}", probe.devices[:1])


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


@observes("save_checkpoint", "Your save_checkpoint does what {} does.")
def observe_save_checkpoint(lesson: Any, see: Observation) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for other in ("other.pt", "run.pt.1", "run"):
            (folder / other).touch()
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
    see(f"the entries of {of}", ", ".join(sorted(map(str, found))))
    see(f"the epoch in {of}", found.get("epoch"))
    net, optimizer = found.get("net"), found.get("optimizer")
    see(f"the entry net in {of}", "a state dict" if isinstance(net, dict) else f"of the type {type(net).__name__}")
    see(f"the numbers of the entry net in {of}", list(net.items()) if isinstance(net, dict) else type(net).__name__)
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
    see(
        "whether the new checkpoint is closed before it takes the place of the old",
        not any(move[3] for move in seen.moves),
    )
    see(
        "how the new checkpoint takes the place of the old",
        [all(part) for part in list(zip(*seen.moves, strict=True))[:3]],
    )
    (folder / "taken").mkdir()
    there = len(os.listdir(folder))
    given = outcome(lambda: lesson.save_checkpoint(folder / "taken", *trained(), 5))
    see("what saving onto a folder gives", given in ("IsADirectoryError", "PermissionError", "OSError"))
    see("the files after saving onto a folder", len(os.listdir(folder)) - there)
    given = outcome(lambda: lesson.save_checkpoint(folder / "absent" / "run.pt", *trained(), 5))
    see("whether saving into a missing folder gives an error", given != "no error")
    see("whether a missing folder is made", (folder / "absent").exists())


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
    path.write_bytes(as_bytes({**entries(*trained()), "epoch": Trap(trap)}))
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
    with pretend_accelerator():
        away: Any = with_modes().to("cuda")
        its = sgd(away, 0.3, 0.5)
        given = outcome(lambda: lesson.load_checkpoint(path, away, its, "cuda"))
        kept = [value for entries in its.state.values() for value in entries.values() if isinstance(value, Tensor)]
        devices = sorted({value.device.type for value in kept})
    see("what loading into a network on an accelerator gives", given)
    see("the devices of what the optimizer remembers", devices)


# train_one_epoch


def step(net: Any, images: Any, labels: Any, optimizer: Any) -> Any:
    """Make one right step and return its loss."""
    loss = F.cross_entropy(net(images), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()


exercise("train_one_epoch")

mean_of_batch_means = wrong(
    "one that takes the mean of the batches' means",
    "A small last batch then counts as much as a full one: each of its images weighs more. The mean is one over images.",
    replace("loss.item() * len(images)", "loss.item()"),
    replace("count += len(images)", "count += 1"),
)

mean_of_a_list = same_as(
    mean_of_batch_means,
    replace(
        "total, count = 0.0, 0",
        """
        losses: list[float] = []
        count = 0
    """,
    ),
    replace("total += loss.item() * len(images)", "losses.append(loss.item())"),
    replace("total / count", "sum(losses) / len(losses)"),
)

epoch_means_over_images = wrong(
    "one that adds up means and divides by the number of images",
    "The cross-entropy of a batch is a mean already: the sum of a few means, divided by many images, is far too small. What is added up must be of the kind that it is divided by.",
    replace("loss.item() * len(images)", "loss.item()"),
)

counts_dimension = same_as(
    epoch_means_over_images, replace("loss.item() * len(images)", "loss.item() * images.size(1)")
)

sum_not_divided = wrong(
    "one that returns a sum over the images",
    "A sum grows with the amount of data; two epochs over different data could not be compared. A mean is asked for.",
    replace("total / count", "total"),
)

sum_of_means = wrong(
    "one that returns the sum of the batches' means",
    "It grows with the number of batches. A mean over the images is asked for.",
    replace("loss.item() * len(images)", "loss.item()"),
    replace("total / count", "total"),
)

sums_over_batches = wrong(
    "one that adds up losses of images and divides by the number of batches",
    "What is added up and what it is divided by must be of one kind: images here.",
    replace("count += len(images)", "count += 1"),
)

last_batch_only = wrong(
    "one that returns the loss of the last batch",
    "One batch says little, and it may be a small one. All batches count.",
    replace("total / count", "loss.item()"),
)

digits_for_scores = wrong(
    "one that gives the digits instead of the scores to the loss",
    "argmax has no gradient, and the cross-entropy compares scores, ten for each image, with labels.",
    replace("F.cross_entropy(net(images), labels)", "F.cross_entropy(net(images).argmax(1), labels)"),
)

by_last_size = wrong(
    "one that divides the whole sum by the size of the last batch",
    "After the loop `images` is what the last turn left behind. The sum is over all images.",
    replace("total / count", "total / len(images)"),
)

total_overwritten = wrong(
    "one that keeps the last batch's sum only, and divides it by all images",
    "`=` gives `total` a new value in each turn; what came before is to be added to.",
    replace("total += loss.item()", "total = loss.item()"),
)

resets_total = same_as(last_batch_only, insert("total, count = 0.0, 0", after="for images, labels in loader:"))

first_batch_only = wrong(
    "one that learns from the first batch and returns",
    "The rest of the loader is never seen. Is the return inside the loop?",
    insert("return total / count", after="count += len(images)"),
)

next_of_the_loader = same_as(
    first_batch_only,
    body("""
        net.train()
        for images, labels in [next(iter(loader))]:
            value = step(net, images.to(device), labels.to(device), optimizer).item()
        return value
    """),
)

returns_tensor = wrong(
    "one that returns a tensor",
    "A number is asked for. A tensor keeps its device, and with a graph also the whole epoch, in memory.",
    replace(
        "total, count = 0.0, 0",
        """
        total: Any = 0.0
        count = 0
    """,
    ),
    replace("loss.item()", "loss.detach()"),
)

adds_up_graphs = wrong(
    "one that adds up tensors with their graphs",
    "Each loss holds on to the graph of its batch: memory grows with every batch of the epoch. Add up plain numbers.",
    replace(
        "total, count = 0.0, 0",
        """
        total: Any = 0.0
        count = 0
    """,
    ),
    replace("total += loss.item() *", "total = total + loss *"),
    replace("return total /", "return float(total) /"),
)

returns_graph = wrong(
    "one that returns a tensor with the graphs of all batches",
    "Each loss holds on to the graph of its batch, and the result to all of them. Return a plain Python number.",
    replace(
        "total, count = 0.0, 0",
        """
        total: Any = 0.0
        count = 0
    """,
    ),
    replace("total += loss.item() *", "total = total + loss *"),
)

epoch_returns_nothing = wrong(
    "one that returns nothing",
    "A function without `return` gives back None; the mean loss is asked for.",
    drop("return total / count"),
)

epoch_returns_list = wrong(
    "one that returns a list of the batches' losses",
    "One number is asked for: the mean over all images.",
    replace(
        "total, count = 0.0, 0",
        """
        losses: list[float] = []
        count = 0
    """,
    ),
    replace("total += loss.item() * len(images)", "losses.append(loss.item())"),
    replace("total / count", "losses"),
)

never_clears = wrong(
    "one that never clears the gradients",
    "Each backward adds to the gradients that are there: every step then follows all batches so far.",
    drop("optimizer.zero_grad()"),
)

clears_once = wrong(
    "one that clears the gradients once per epoch",
    "From the second batch on, each step follows the gradients of all batches before it, too. Clear before each backward.",
    body("""
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
            raise ValueError("loader must give at least one batch, and gives none")
        return total / count
    """),
)

clears_too_late = wrong(
    "one that clears the gradients between backward and step",
    "The step then finds nothing to follow: no weight moves.",
    body("""
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
            raise ValueError("loader must give at least one batch, and gives none")
        return total / count
    """),
)

no_step = wrong(
    "one whose optimizer never steps",
    "The gradients say where to go; the optimizer's step goes there. Without it no weight moves.",
    drop("optimizer.step()"),
)

no_backward = wrong(
    "one that computes no gradients",
    "The optimizer follows what is in each parameter's .grad, and only backward fills it: no weight moves.",
    drop("loss.backward()"),
)

adds_nothing_up = wrong(
    "one that adds no loss up",
    "`total` stays what it was before the loop.",
    drop("total += loss.item() * len(images)"),
)

clears_only_afterwards = wrong(
    "one that clears the gradients only after its step",
    "The first step of an epoch then follows what was left over from before, too. Clear before backward.",
    drop("optimizer.zero_grad()"),
    insert("optimizer.zero_grad()", after="optimizer.step()"),
)

steps_before_backward = wrong(
    "one whose step comes before backward",
    "The step then follows the gradients that were left over, or none. First backward, then the step.",
    insert(
        """
        value = loss.item()
        with torch.no_grad():
            optimizer.step()
    """,
        after="loss = F.cross_entropy(net(images), labels)",
    ),
    replace(
        """
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
    """,
        """
        F.cross_entropy(net(images), labels).backward()
        total += value * len(images)
    """,
    ),
)

one_step_per_epoch = wrong(
    "one that makes a single step at the end",
    "Each batch is one step: the loop is where the network learns.",
    drop("optimizer.step()"),
    insert("optimizer.step()", after="for images, labels in loader"),
)

forgets_train_mode = wrong(
    "one that does not switch to train mode",
    "After an evaluation the network may still be in eval mode: dropout is off then, and batch norm does not learn.",
    drop("net.train()"),
)

names_train_only = same_as(forgets_train_mode, replace("net.train()", "net.train"))

trains_in_eval_mode = wrong(
    "one that trains in eval mode",
    "Dropout and batch norm behave as in use, not as in training. eval() is for measuring.",
    replace("net.train()", "net.eval()"),
)

eval_mode_after_first = wrong(
    "one that goes to eval mode inside the loop",
    "From the second batch on, the network does not train as it should.",
    insert("net.eval()", after="count += len(images)"),
)

eval_mode_at_the_end = wrong(
    "one that leaves the network in eval mode",
    "The docstring says that it stays in train mode: the caller who measures switches for that.",
    insert("net.eval()", after="if count == 0"),
)

restores_mode = wrong(
    "one that puts the network back into its old mode",
    "That is for an evaluation. Here the network stays in train mode.",
    insert("mode = net.training", before="net.train()"),
    insert("net.train(mode)", after="if count == 0"),
)

softmax_first = wrong(
    "one that gives probabilities to the cross-entropy",
    "F.cross_entropy takes raw scores and does the softmax itself: twice makes the gradients small and the loss nearly flat.",
    replace("F.cross_entropy(net(images), labels)", "F.cross_entropy(net(images).softmax(dim=1), labels)"),
)

scores_to_nll = wrong(
    "one that gives raw scores to F.nll_loss",
    "nll_loss takes logarithms of probabilities; raw scores make it go below zero without end. The cross-entropy does both.",
    replace("loss = F.cross_entropy(net(images), labels)", "loss = F.nll_loss(net(images), labels)"),
)

probabilities_to_nll = wrong(
    "one that gives probabilities, not their logarithms, to F.nll_loss",
    "nll_loss expects log_softmax: without the logarithm the loss lies between -1 and 0.",
    replace("loss = F.cross_entropy(net(images), labels)", "loss = F.nll_loss(net(images).softmax(dim=1), labels)"),
)

squared_error = wrong(
    "one that measures squared errors",
    "Squares of differences pull weakly where the network is sure and wrong. The cross-entropy is asked for.",
    replace("F.cross_entropy(net(images), labels)", "F.mse_loss(net(images), F.one_hot(labels, 10).float())"),
)

smoothed_labels = wrong(
    "one that smooths the labels",
    "Label smoothing is a choice that nobody made here: the plain cross-entropy is asked for.",
    replace("F.cross_entropy(net(images), labels)", "F.cross_entropy(net(images), labels, label_smoothing=0.1)"),
)

sum_over_batch = wrong(
    "one whose steps follow the sum over the batch",
    "With a sum, each step grows with the batch. The step follows the mean over the batch's images.",
    replace("F.cross_entropy(net(images), labels)", 'F.cross_entropy(net(images), labels, reduction="sum")'),
    replace("loss.item() * len(images)", "loss.item()"),
)

sum_weighted_again = wrong(
    "one that takes the sum over the batch and multiplies it by the batch size again",
    "A sum is weighted already, and steps that follow it grow with the batch. Use the mean.",
    replace("F.cross_entropy(net(images), labels)", 'F.cross_entropy(net(images), labels, reduction="sum")'),
)

float_labels = wrong(
    "one that turns the labels into floats",
    "Class numbers are int64: of float labels torch thinks that they are probabilities.",
    replace("F.cross_entropy(net(images), labels)", "F.cross_entropy(net(images), labels.float())"),
)

loss_after_step = wrong(
    "one that measures each loss after its step",
    "The loss of a batch before its step is asked for; afterwards the network has already seen the answer.",
    replace("total += loss.item() *", "total += F.cross_entropy(net(images), labels).item() *"),
)

measures_at_the_end = wrong(
    "one that iterates the loader again to measure",
    "A generator is used up by then, and a shuffled loader takes twice the time. The losses are there already.",
    replace("return total /", 'return sum(F.cross_entropy(net(x), y, reduction="sum").item() for x, y in loader) /'),
)

counts_with_a_second_pass = wrong(
    "one that iterates the loader twice",
    "A generator can be iterated once only; and loading data is often what takes longest.",
    insert(
        """
        if sum(len(images) for images, _ in loader) == 0:
            raise ValueError("loader must give at least one batch, and gives none")
    """,
        after="net.train()",
    ),
)

peeks_first = same_as(
    counts_with_a_second_pass,
    insert(
        """
        if next(iter(loader), None) is None:
            raise ValueError("loader must give at least one batch, and gives none")
    """,
        after="net.train()",
    ),
)

epoch_two_passes = same_as(
    counts_with_a_second_pass,
    insert(
        """
        for _ in loader:
            pass
    """,
        after="net.train()",
    ),
)

divides_by_len = wrong(
    "one that asks the loader for its length",
    "Not every loader has one: a generator does not. Count while iterating.",
    replace("total / count", "total / count * (len(loader) / len(loader))"),
)

divides_by_length_of_loader = same_as(
    divides_by_len, replace("loss.item() * len(images)", "loss.item()"), replace("total / count", "total / len(loader)")
)

divides_by_dataset = wrong(
    "one that asks the loader for its dataset",
    "Only a DataLoader has one, and with a sampler it is larger than what was iterated. Count while iterating.",
    replace("total / count", "total / len(loader.dataset)"),
)

epoch_zero_for_no_batch = wrong(
    "one that returns a number where the loader gives no batch",
    "0 would look like a perfect epoch. Nothing was learned: that is an error, ValueError.",
    replace('raise ValueError("loader must give at least one batch, and gives none")', "return 0.0"),
)

at_least_one = same_as(
    epoch_zero_for_no_batch,
    replace(
        """
        if count == 0:
            raise ValueError("loader must give at least one batch, and gives none")
        return total / count
    """,
        "return total / max(count, 1)",
    ),
)

epoch_division_by_zero = wrong(
    "one that divides by zero where the loader gives no batch",
    "The caller learns nothing from a ZeroDivisionError. Say that the loader gives no batch: ValueError.",
    drop("if count == 0:"),
)

refuses_by_assert = wrong(
    "one that refuses a loader without batches by another error than ValueError",
    "The docstring promises ValueError, so that callers can catch it; assert vanishes under python -O.",
    replace(
        """
        if count == 0:
            raise ValueError("loader must give at least one batch, and gives none")
    """,
        "assert count > 0",
    ),
)

refuses_by_runtime_error = same_as(
    refuses_by_assert,
    replace(
        'raise ValueError("loader must give at least one batch, and gives none")',
        'raise RuntimeError("loader must give at least one batch")',
    ),
)

refuses_by_truth = wrong(
    "one that asks whether the loader is empty by its truth or length",
    "A generator is always true, also an empty one, and a DataLoader may have no length. Count what it gave.",
    insert(
        """
        if not loader:
            raise ValueError("loader must give at least one batch, and gives none")
    """,
        after="net.train()",
    ),
    drop("if count == 0:"),
)

epoch_swallows_errors = wrong(
    "one that hides an error of the loader",
    "The epoch then looks finished, and half of the data was never seen. Errors pass on.",
    body("""
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
            raise ValueError("loader must give at least one batch, and gives none")
        return total / count
    """),
)

turns_errors = wrong(
    "one that turns errors of the loader into ValueError",
    "Who reads it looks for an empty loader, and the disk was broken. Errors pass on as they are.",
    body("""
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
            raise ValueError("loader must give at least one batch, and gives none")
        return total / count
    """),
)

epoch_nothing_moved = wrong(
    "one that does not move the batches to the device that is given",
    "A network on an accelerator cannot read from the CPU's memory. Images and labels are moved to the device that the caller names, not to one that is chosen here.",
    drop("images, labels = images.to(device), labels.to(device)"),
)

epoch_chooses_device = same_as(
    epoch_nothing_moved,
    insert('device = "cuda" if torch.cuda.is_available() else "cpu"', after="for images, labels in loader:"),
)

epoch_labels_not_moved = wrong(
    "one that moves the images and leaves the labels",
    "On an accelerator the loss would meet scores there and labels on the CPU. Both are moved.",
    replace("images, labels = images.to(device), labels.", "images = images."),
)

epoch_images_not_moved = wrong(
    "one whose images reach the network where they were",
    "A network on an accelerator cannot read images from the CPU's memory. Both are moved, images and labels; and .to() returns what was moved, it does not change its tensor.",
    replace("images, labels = images.to(device),", "labels ="),
)

moved_and_dropped = same_as(
    epoch_images_not_moved,
    replace(
        "images, labels = images.to(device), labels.to(device)",
        """
        images.to(device)
        labels.to(device)
    """,
    ),
)

own_optimizer = wrong(
    "one that makes an optimizer of its own",
    "The one that is given has the caller's settings, and remembers earlier epochs.",
    insert("optimizer = torch.optim.SGD(net.parameters(), lr=0.01)", after="net.train()"),
)

own_optimizer_same_rate = wrong(
    "one whose steps are plain SGD, whatever optimizer is given",
    "The optimizer that is given may have momentum, or be Adam, and it remembers earlier epochs: let it make the step.",
    insert('optimizer = torch.optim.SGD(net.parameters(), lr=optimizer.param_groups[0]["lr"])', after="net.train()"),
)

updates_by_hand = same_as(
    own_optimizer_same_rate,
    replace(
        "optimizer.step()",
        """
        for parameter in net.parameters():
            if parameter.grad is not None:
                parameter.data -= optimizer.param_groups[0]["lr"] * parameter.grad
    """,
    ),
)

learns_on_a_copy = wrong(
    "one whose network is a copy",
    "The caller's network learns nothing, or from another's gradients.",
    insert("net = copy.deepcopy(net)", after="net.train()"),
)

clips = wrong(
    "one that clips the gradients",
    "Clipping is a choice that nobody made here: the optimizer gets the gradients as they are.",
    insert("nn.utils.clip_grad_norm_(net.parameters(), 0.1)", after="loss.backward()"),
)

asks_for_gradients_of_images = wrong(
    "one that asks for gradients of the images",
    "The images are the caller's, and left as they are: only parameters need gradients.",
    insert("images.requires_grad_()", after="images, labels = images.to(device), labels.to(device)"),
)

steps_every_other_batch = wrong(
    "one that makes a step only after every second batch",
    "Each batch is one step, with the gradients of this batch alone.",
    replace("count = 0.0", "count, turn = 0.0, 0"),
    drop("optimizer.zero_grad()"),
    replace(
        "optimizer.step()",
        """
        turn += 1
        if turn % 2 == 0:
            optimizer.step()
            optimizer.zero_grad()
    """,
    ),
)

lowers_the_rate = wrong(
    "one that changes the learning rate from batch to batch",
    "How far to go is the optimizer's setting, which is the caller's: it stays as it is.",
    insert('optimizer.param_groups[0]["lr"] *= 0.9', after="optimizer.step()"),
)

running_average = wrong(
    "one that returns a running average, in which late batches weigh more",
    "A smoothed curve is for looking at. The mean over all images is asked for.",
    replace(
        "total += loss.item() * len(images)", "total = loss.item() if count == 0 else 0.9 * total + 0.1 * loss.item()"
    ),
    replace("total / count", "total"),
)

steps_twice = wrong(
    "one that makes two steps for each batch",
    "One step per batch.",
    insert("optimizer.step()", after="optimizer.step()"),
)

skips_last = wrong(
    "one that leaves out the last batch, or a short one",
    "Every batch counts, also a small one: it only weighs less.",
    insert(
        """
        if len(images) < 2:
            continue
    """,
        after="images, labels = images.to(device), labels.to(device)",
    ),
)

epoch_normalises = wrong(
    "one that scales the images first",
    "The network gets the images as they are: preparing them is the data's business.",
    replace("net(images),", "net((images - images.mean()) / images.std()),"),
)

epoch_seeds = wrong(
    "one that sets a seed or draws random numbers",
    "Seeds are the caller's business: with one inside, every epoch has the same dropout.",
    insert(
        """
        torch.default_generator.manual_seed(0)
        torch.rand(1)
    """,
        after="net.train()",
    ),
)

item_too_early = wrong(
    "one that turns the loss into a number too early",
    "A Python number has no graph, and no backward. Take .item() when it is done.",
    replace("loss = F.cross_entropy(net(images), labels)", "loss: Any = F.cross_entropy(net(images), labels).item()"),
    replace("total += loss.item() * len(images)", "total += loss * len(images)"),
)

without_graph = wrong(
    "one that runs the network where no graph is recorded",
    "Under torch.no_grad() backward has nothing to go back through.",
    replace(
        "loss = F.cross_entropy(net(images), labels)",
        """
        with torch.no_grad():
            loss = F.cross_entropy(net(images), labels)
    """,
    ),
)

epoch_freezes = wrong(
    "one that freezes the weights when it is done",
    "The next epoch needs their gradients.",
    insert("net.requires_grad_(False)", after="if count == 0"),
)


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


exercise("evaluate")

no_eval_mode = wrong(
    "one that stays in train mode",
    "Dropout then hides half of the network while it is measured, and batch norm learns from the test images.",
    drop("net.eval()"),
)

names_eval_only = same_as(
    no_eval_mode,
    insert("net.eval", after="modes = [(module, module.training) for module in net.modules()]"),
    drop("net.eval()"),
)

mode_not_restored = wrong(
    "one that leaves the network in eval mode",
    "A caller who trains on is in the wrong mode, and nobody notices. Put each module back into its mode.",
    drop("for module, mode in modes:"),
)

always_train_mode = wrong(
    "one that always ends in train mode",
    "The network may have been in eval mode before. Note the modes, and put those back.",
    replace(
        """
        for module, mode in modes:
            module.training = mode
    """,
        "net.train()",
    ),
)

mode_of_root_only = wrong(
    "one that puts all modules into the mode of the whole network",
    "A part may have been in another mode: a frozen batch norm stays in eval mode while the rest trains. Each module has a mode of its own.",
    replace(
        """
        for module, mode in modes:
            module.training = mode
    """,
        "net.train(modes[0][1])",
    ),
)

mode_lost_on_error = wrong(
    "one that restores the modes only where all goes well",
    "A loader that fails leaves the network in eval mode. What must happen in any case belongs into finally.",
    body("""
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
            raise ValueError("loader must give at least one batch, and gives none")
        return Evaluation(total / int(confusion.sum()), float(confusion.trace() / confusion.sum()), confusion)
    """),
)

mode_lost_on_empty = wrong(
    "one that leaves eval mode on where the loader gives no batch",
    "The modes are put back in any case: also before this error.",
    body("""
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
            raise ValueError("loader must give at least one batch, and gives none")
        for module, mode in modes:
            module.training = mode
        count = int(confusion.sum())
        if count == 0:
            raise ValueError("loader must give at least one batch, and gives none")
        return Evaluation(total / count, confusion.trace().item() / count, confusion)
    """),
)

records_graphs = wrong(
    "one that records graphs",
    "Every batch then keeps its whole way through the network in memory, for gradients that nobody asks for. eval() does not switch this off.",
    replace("with torch.no_grad()", "if True"),
)

names_no_grad_only = same_as(
    records_graphs,
    replace(
        "with torch.no_grad():",
        """
        torch.no_grad()
        if True:
    """,
    ),
)

grad_stays_off = wrong(
    "one that switches gradients off for good",
    "torch.set_grad_enabled(False) holds for the whole program from then on. A with block ends by itself.",
    replace(
        "with torch.no_grad():",
        """
        torch.set_grad_enabled(False)
        if True:
    """,
    ),
)

evaluation_freezes = wrong(
    "one that freezes the weights",
    "requires_grad of the parameters is left as it is: the next epoch needs their gradients.",
    insert("net.requires_grad_(False)", after="modes = [(module, module.training) for module in net.modules()]"),
)

clears_gradients = wrong(
    "one that clears the gradients",
    "Gradients are not its business: the caller may still need them.",
    insert("net.zero_grad()", after="modes = [(module, module.training) for module in net.modules()]"),
)

zeroes_gradients = wrong(
    "one that sets the gradients to zero",
    "Gradients are not its business: the caller may still need them.",
    insert("net.zero_grad(set_to_none=False)", after="modes = [(module, module.training) for module in net.modules()]"),
)

computes_gradients = wrong(
    "one that calls backward",
    "Measuring needs no gradients: these add to those of the next step.",
    replace("with torch.no_grad()", "if True"),
    insert(
        "F.cross_entropy(scores, labels).backward()",
        after='total += F.cross_entropy(scores, labels, reduction="sum").item()',
    ),
)

loss_of_batch_means = wrong(
    "one whose loss is the mean of the batches' means",
    "A small last batch then counts as much as a full one. The mean is one over images.",
    replace(
        """
        confusion = torch.zeros(10, 10, dtype=torch.int64)
        total = 0.0
    """,
        "batches, total, confusion = 0, 0.0, torch.zeros(10, 10, dtype=torch.int64)",
    ),
    replace(
        'total += F.cross_entropy(scores, labels, reduction="sum").item()',
        """
        total += F.cross_entropy(scores, labels).item()
        batches = batches + 1
    """,
    ),
    replace(
        "return Evaluation(total / count, int(confusion.trace()) / count, confusion)",
        "return Evaluation(total / batches, int(confusion.trace()) / count, confusion)",
    ),
)

evaluation_means_over_images = wrong(
    "one whose loss adds up means and divides by the number of images",
    "The cross-entropy of a batch is a mean already: weigh it with the images of the batch, or add up sums.",
    replace('F.cross_entropy(scores, labels, reduction="sum").item()', "F.cross_entropy(scores, labels).item()"),
)

sum_of_losses = wrong(
    "one whose loss is a sum",
    "A sum grows with the number of images: two test sets could not be compared.",
    replace("total / count,", "total,"),
)

sum_over_batches = wrong(
    "one whose loss is a sum over images, divided by the number of batches",
    "What is added up and what it is divided by must be of one kind: images here.",
    replace(
        """
        confusion = torch.zeros(10, 10, dtype=torch.int64)
        total = 0.0
    """,
        "batches, total, confusion = 0, 0.0, torch.zeros(10, 10, dtype=torch.int64)",
    ),
    insert("batches = batches + 1", after='total += F.cross_entropy(scores, labels, reduction="sum").item()'),
    replace(
        "return Evaluation(total / count, int(confusion.trace()) / count, confusion)",
        "return Evaluation(total / batches, int(confusion.trace()) / count, confusion)",
    ),
)

last_loss = wrong(
    "one whose loss is that of the last batch",
    "All batches count.",
    replace("total / count", "F.cross_entropy(scores, labels).item()"),
)

softmax_loss = wrong(
    "one whose loss is computed from probabilities",
    "F.cross_entropy takes raw scores and does the softmax itself.",
    replace(
        'total += F.cross_entropy(scores, labels, reduction="sum")',
        'total += F.cross_entropy(scores.softmax(dim=1), labels, reduction="sum")',
    ),
)

nll_of_scores = wrong(
    "one whose loss gives raw scores to F.nll_loss",
    "nll_loss takes logarithms of probabilities. The cross-entropy of the scores is asked for.",
    replace(
        'total += F.cross_entropy(scores, labels, reduction="sum")',
        'total += F.nll_loss(scores, labels, reduction="sum")',
    ),
)

nll_of_probabilities = wrong(
    "one whose loss gives probabilities to F.nll_loss",
    "nll_loss takes logarithms of probabilities: log_softmax, or the cross-entropy of the scores.",
    replace(
        'total += F.cross_entropy(scores, labels, reduction="sum")',
        'total += F.nll_loss(scores.softmax(dim=1), labels, reduction="sum")',
    ),
)

squared_loss = wrong(
    "one whose loss is a squared error",
    "The cross-entropy is asked for.",
    replace(
        'F.cross_entropy(scores, labels, reduction="sum").item()',
        "F.mse_loss(scores, F.one_hot(labels, 10).float()).item() * len(labels)",
    ),
)

loss_tensor = wrong(
    "one whose loss is a tensor",
    "Plain Python numbers are asked for.",
    replace("total / count", "torch.tensor(total / count)"),
)

accuracy_tensor = wrong(
    "one whose accuracy is a tensor",
    "Plain Python numbers are asked for.",
    replace("count, int(confusion.trace()) /", "count, confusion.trace() /"),
)

both_tensors = wrong(
    "one whose loss and accuracy are tensors",
    "Plain Python numbers are asked for.",
    replace(
        "return Evaluation(total / count, int(confusion.trace()) / count, confusion)",
        "return Evaluation(torch.tensor(total / count), confusion.trace() / count, confusion)",
    ),
)

percent = wrong(
    "one whose accuracy is in percent",
    "The docstring says a part, 0 to 1.",
    replace(
        "return Evaluation(total / count, int(confusion.trace()) / count, confusion)",
        "return Evaluation(total / count, 100 * int(confusion.trace()) / count, confusion)",
    ),
)

balanced = wrong(
    "one whose accuracy is a mean over the digits",
    "A rare digit then counts as much as a frequent one. The part of all images is asked for.",
    replace("int(confusion.trace()) / count", "float((confusion.diag() / confusion.sum(dim=1).clamp(min=1)).mean())"),
)

compares_scores = wrong(
    "one whose accuracy compares the highest scores, not their places, with the labels",
    "A score is no digit: the digit is the place of the highest score.",
    replace(
        """
        confusion = torch.zeros(10, 10, dtype=torch.int64)
        total = 0.0
    """,
        "right, total, confusion = 0, 0.0, torch.zeros(10, 10, dtype=torch.int64)",
    ),
    insert("right += int((scores.max(dim=1).values == labels).sum())", after="scores = net(images)"),
    replace("int(confusion.trace())", "right"),
)

count_for_accuracy = wrong(
    "one whose accuracy is a count",
    "How many are right says little without how many there are: a part is asked for.",
    replace("int(confusion.trace()) / count", "float(confusion.trace())"),
)

integer_accuracy = wrong(
    "one whose accuracy is divided without a remainder",
    "// gives 0 unless all are right.",
    replace("int(confusion.trace()) / count", "float(confusion.trace().item() // count)"),
)

accuracy_of_batches = wrong(
    "one whose accuracy is the mean of the batches' accuracies",
    "A small last batch then counts as much as a full one. Count images.",
    insert("parts: list[float] = []", after="modes = [(module, module.training) for module in net.modules()]"),
    insert("read = scores.argmax(dim=1)", after="scores = net(images)"),
    replace(
        "cells = labels * 10 + scores.argmax(dim=1)",
        """
        parts.append((read == labels).float().mean().item())
        cells = labels * 10 + read
    """,
    ),
    replace("int(confusion.trace()) / count", "sum(parts) / len(parts)"),
)

accuracy_of_last = wrong(
    "one whose accuracy is that of the last batch",
    "All batches count.",
    body("""
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
            raise ValueError("loader must give at least one batch, and gives none")
        return Evaluation(total / count, (read == labels).float().mean().item(), confusion)
    """),
)

accuracy_over_batches = wrong(
    "one whose accuracy is divided by the number of batches",
    "Then it is above 1. Right images, divided by images.",
    replace(
        """
        confusion = torch.zeros(10, 10, dtype=torch.int64)
        total = 0.0
    """,
        "batches, total, confusion = 0, 0.0, torch.zeros(10, 10, dtype=torch.int64)",
    ),
    insert("batches = batches + 1", after='total += F.cross_entropy(scores, labels, reduction="sum").item()'),
    replace("int(confusion.trace()) / count", "confusion.trace().item() / batches"),
)

error_rate = wrong(
    "one whose accuracy is the part read wrongly",
    "1 minus this is asked for: the part that was classified correctly.",
    replace(
        "return Evaluation(total / count, int(confusion.trace()) / count, confusion)",
        "return Evaluation(total / count, 1 - int(confusion.trace()) / count, confusion)",
    ),
)

argmax_over_batch = wrong(
    "one that takes the highest score of each digit, not of each image",
    "The dimension 0 counts images, the dimension 1 digits: one digit per image is asked for.",
    insert("read = scores.argmax(dim=0)[: len(labels)]", after="scores = net(images)"),
    replace(
        """
        cells = labels * 10 + scores.argmax(dim=1)
        confusion += torch.bincount(cells, minlength=100).view(10, 10).cpu()
    """,
        """
        for label, digit in zip(labels.tolist(), read.tolist(), strict=False):
            confusion[label, digit] += 1
    """,
    ),
)

argmax_dim_0 = same_as(
    argmax_over_batch,
    insert("read = scores.argmax(dim=0)", after="scores = net(images)"),
    replace(
        """
        cells = labels * 10 + scores.argmax(dim=1)
        confusion += torch.bincount(cells, minlength=100).view(10, 10).cpu()
    """,
        """
        for label, digit in zip(labels.tolist(), read.tolist(), strict=False):
            confusion[label, digit] += 1
    """,
    ),
)

cells_in_nines = wrong(
    "one whose cells are counted in nines",
    "Row by row there are ten cells: the row of a label begins at ten times the label.",
    replace("labels * 10", "labels * 9"),
)

argmax_dim_0_plain = same_as(argmax_over_batch, replace("scores.argmax(dim=1)", "scores.argmax(dim=0)"))

argmax_of_all = wrong(
    "one that takes one digit for the whole batch",
    "Without a dimension, argmax looks through all scores of the batch at once: one digit per image is asked for.",
    replace("10 + scores.argmax(dim=1)", "10 + (scores.argmax() % 10).expand(len(labels))"),
)

argmin = wrong(
    "one that reads the digit with the lowest score",
    "The highest score is what the network reads.",
    replace("10 + scores.argmax(dim=1)", "10 + scores.argmin(dim=1)"),
)

transposed = wrong(
    "one whose confusion matrix has rows and columns the wrong way round",
    "Rows are the right digits, columns what was read: confusion[5, 2] counts fives that were read as two.",
    insert("read = scores.argmax(dim=1)", after="scores = net(images)"),
    replace(
        """
        cells = labels * 10 + scores.argmax(dim=1)
        confusion += torch.bincount(cells, minlength=100).view(10, 10).cpu()
    """,
        """
        for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
            confusion[digit, label] += 1
    """,
    ),
)

transposed_bincount = same_as(
    transposed,
    insert("read = scores.argmax(dim=1)", after="scores = net(images)"),
    replace(
        """
        cells = labels * 10 + scores.argmax(dim=1)
        confusion += torch.bincount(cells, minlength=100).view(10, 10).cpu()
    """,
        "confusion += torch.bincount(read * 10 + labels, minlength=100).reshape(10, 10)",
    ),
)

duplicates_lost = wrong(
    "one that counts several images in one cell once",
    "confusion[labels, read] += 1 reads all cells, adds one, and writes: of images that share a cell, one counts. Sum up duplicates.",
    insert("read = scores.argmax(dim=1)", after="scores = net(images)"),
    replace(
        """
        cells = labels * 10 + scores.argmax(dim=1)
        confusion += torch.bincount(cells, minlength=100).view(10, 10).cpu()
    """,
        "confusion[labels, read] += 1",
    ),
)

duplicates_lost_in_matrix = wrong(
    "one whose confusion matrix counts several images in one cell once",
    "confusion[labels, read] += 1 reads all cells, adds one, and writes: of images that share a cell, one counts. Sum up duplicates.",
    replace(
        """
        confusion = torch.zeros(10, 10, dtype=torch.int64)
        total = 0.0
    """,
        "right, count, total, confusion = 0, 0, 0.0, torch.zeros(10, 10, dtype=torch.int64)",
    ),
    insert("read = scores.argmax(dim=1)", after="scores = net(images)"),
    replace("cells = labels * 10 + scores.argmax(dim=1)", "confusion[labels, read] += 1"),
    replace(
        "confusion += torch.bincount(cells, minlength=100).view(10, 10).cpu()",
        "right, count = right + int((read == labels).sum()), count + len(labels)",
    ),
    drop("count = int(confusion.sum())"),
    replace("int(confusion.trace())", "right"),
)

index_put_without_accumulate = same_as(
    duplicates_lost_in_matrix,
    replace(
        """
        confusion = torch.zeros(10, 10, dtype=torch.int64)
        total = 0.0
    """,
        "right, count, total, confusion = 0, 0, 0.0, torch.zeros(10, 10, dtype=torch.int64)",
    ),
    insert("read = scores.argmax(dim=1)", after="scores = net(images)"),
    replace("cells = labels * 10 + scores.argmax(dim=1)", "confusion[labels, read] = confusion[labels, read] + 1"),
    replace(
        "confusion += torch.bincount(cells, minlength=100).view(10, 10).cpu()",
        "right, count = right + int((read == labels).sum()), count + len(labels)",
    ),
    drop("count = int(confusion.sum())"),
    replace("int(confusion.trace())", "right"),
)

float_matrix = wrong(
    "one whose confusion matrix holds floats",
    "Counts are whole numbers: int64.",
    replace(
        "Evaluation(total / count, int(confusion.trace()) / count, confusion)",
        "Evaluation(total / count, int(confusion.trace()) / count, confusion.float())",
    ),
)

normalised_matrix = wrong(
    "one whose confusion matrix holds parts instead of counts",
    "How often is asked for, int64: parts can be made from counts, not the other way.",
    replace(
        "return Evaluation(total / count, int(confusion.trace()) / count, confusion)",
        """
        return Evaluation(
            total / count, int(confusion.trace()) / count, confusion / confusion.sum(dim=1, keepdim=True).clamp(min=1)
        )
    """,
    ),
)

matrix_of_lists = wrong(
    "one whose confusion matrix is no tensor",
    "A tensor (10, 10) int64 is promised.",
    replace(
        "Evaluation(total / count, int(confusion.trace()) / count, confusion)",
        "Evaluation(total / count, int(confusion.trace()) / count, confusion.tolist())",
    ),
)

flat_matrix = wrong(
    "one whose confusion matrix has another shape",
    "(10, 10) is promised: a row for each right digit.",
    replace(
        "Evaluation(total / count, int(confusion.trace()) / count, confusion)",
        "Evaluation(total / count, int(confusion.trace()) / count, confusion.flatten())",
    ),
)

matrix_of_last = wrong(
    "one whose confusion matrix is that of the last batch",
    "All batches count: start with zeros once, before the loop.",
    replace(
        """
        confusion = torch.zeros(10, 10, dtype=torch.int64)
        total = 0.0
    """,
        "right, count, total, confusion = 0, 0, 0.0, torch.zeros(10, 10, dtype=torch.int64)",
    ),
    insert("read = scores.argmax(dim=1)", after="scores = net(images)"),
    replace(
        """
        cells = labels * 10 + scores.argmax(dim=1)
        confusion += torch.bincount(cells, minlength=100).view(10, 10).cpu()
    """,
        """
        confusion.zero_()
        confusion += torch.bincount(labels * 10 + read, minlength=100).reshape(10, 10)
        right, count = right + int((read == labels).sum()), count + len(labels)
    """,
    ),
    drop("count = int(confusion.sum())"),
    replace("int(confusion.trace())", "right"),
)

only_wrong_ones = wrong(
    "one whose confusion matrix counts the wrongly read images only",
    "The diagonal counts the images that were read right.",
    replace(
        """
        confusion = torch.zeros(10, 10, dtype=torch.int64)
        total = 0.0
    """,
        "right, count, total, confusion = 0, 0, 0.0, torch.zeros(10, 10, dtype=torch.int64)",
    ),
    insert("read = scores.argmax(dim=1)", after="scores = net(images)"),
    replace(
        """
        cells = labels * 10 + scores.argmax(dim=1)
        confusion += torch.bincount(cells, minlength=100).view(10, 10).cpu()
    """,
        """
        for label, digit in zip(labels.tolist(), read.tolist(), strict=True):
            confusion[label, digit] += label != digit
        right, count = right + int((read == labels).sum()), count + len(labels)
    """,
    ),
    drop("count = int(confusion.sum())"),
    replace("int(confusion.trace())", "right"),
)

evaluation_returns_tuple = wrong(
    "one that returns a tuple",
    "An Evaluation is promised, whose parts have names.",
    replace(
        "Evaluation(total / count, int(confusion.trace()) / count, confusion)",
        "total / count, int(confusion.trace()) / count, confusion",
    ),
)

returns_dict = wrong(
    "one that returns a dictionary",
    "An Evaluation is promised, whose parts are attributes.",
    replace(
        "Evaluation(total / count, int(confusion.trace()) / count, confusion)",
        '{"loss": total / count, "accuracy": int(confusion.trace()) / count, "confusion": confusion}',
    ),
)

evaluation_returns_nothing = wrong(
    "one that returns nothing",
    "A function without `return` gives back None.",
    drop("return Evaluation(total / count, int(confusion.trace()) / count, confusion)"),
)

only_accuracy = wrong(
    "one that returns the accuracy only",
    "An Evaluation has three parts.",
    replace("Evaluation(total / count, int(confusion.trace()) / count, confusion)", "int(confusion.trace()) / count"),
)

arguments_swapped = wrong(
    "one that swaps loss and accuracy",
    "Evaluation takes the loss first, then the accuracy.",
    replace("total / count, int(confusion.trace())", "int(confusion.trace()) / count, total"),
)

returns_in_loop = wrong(
    "one that returns after the first batch",
    "Is the return inside the loop? All batches count.",
    insert(
        """
        count = len(labels)
        return Evaluation(total / count, int(confusion.trace()) / count, confusion)
    """,
        after="confusion += torch.bincount(cells, minlength=100).view(10, 10).cpu()",
    ),
)

evaluation_two_passes = wrong(
    "one that iterates the loader twice",
    "A generator can be iterated once only; and loading data is often what takes longest.",
    insert(
        """
        if sum(1 for _ in loader) == 0:
            raise ValueError("loader must give at least one batch, and gives none")
    """,
        after="modes = [(module, module.training) for module in net.modules()]",
    ),
)

peeks = same_as(
    evaluation_two_passes,
    insert(
        """
        if next(iter(loader), None) is None:
            raise ValueError("loader must give at least one batch, and gives none")
    """,
        after="modes = [(module, module.training) for module in net.modules()]",
    ),
)

runs_twice = wrong(
    "one that runs the network twice for each batch",
    "Once for the loss and once for the digits costs twice the time: keep the scores.",
    replace("labels * 10 + scores.argmax(dim=1)", "labels * 10 + net(images).argmax(dim=1)"),
)

asks_for_length = wrong(
    "one that asks the loader for its length",
    "Not every loader has one: a generator does not. Count while iterating.",
    insert("batches = len(loader)", after="modes = [(module, module.training) for module in net.modules()]"),
)

asks_for_dataset = wrong(
    "one that asks the loader for its dataset",
    "Only a DataLoader has one. Count while iterating.",
    replace("count = int(confusion.sum())", "count = len(loader.dataset)"),
)

evaluation_zero_for_no_batch = wrong(
    "one that returns numbers where the loader gives no batch",
    "An accuracy of nothing means nothing: that is an error, ValueError.",
    replace(
        """
        count = int(confusion.sum())
        if count == 0:
            raise ValueError("loader must give at least one batch, and gives none")
    """,
        "count = max(int(confusion.sum()), 1)",
    ),
)

evaluation_division_by_zero = wrong(
    "one that divides by zero where the loader gives no batch",
    "The caller learns nothing from a ZeroDivisionError. Say that the loader gives no batch: ValueError.",
    drop("if count == 0:"),
)

other_error_for_no_batch = wrong(
    "one that refuses a loader without batches by another error than ValueError",
    "The docstring promises ValueError, so that callers can catch it.",
    replace(
        'raise ValueError("loader must give at least one batch, and gives none")',
        'raise RuntimeError("loader must give at least one batch")',
    ),
)

asserts_batches = same_as(
    other_error_for_no_batch,
    replace(
        """
        if count == 0:
            raise ValueError("loader must give at least one batch, and gives none")
    """,
        "assert count > 0",
    ),
)

evaluation_swallows_errors = wrong(
    "one that hides an error of the loader",
    "The evaluation then looks complete, and half of the images were never seen. Errors pass on.",
    body("""
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
            raise ValueError("loader must give at least one batch, and gives none")
        return Evaluation(total / count, confusion.trace().item() / count, confusion)
    """),
)

returns_in_finally = same_as(
    evaluation_swallows_errors,
    body("""
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
            raise ValueError("loader must give at least one batch, and gives none")
        return Evaluation(total / count, confusion.trace().item() / count, confusion)
    """),
)

evaluation_nothing_moved = wrong(
    "one that does not move the batches to the device that is given",
    "A network on an accelerator cannot read from the CPU's memory. Images and labels are moved to the device that the caller names, not to one that is chosen here.",
    drop("images, labels = images.to(device), labels.to(device)"),
)

evaluation_chooses_device = same_as(
    evaluation_nothing_moved,
    insert('device = "cuda" if torch.cuda.is_available() else "cpu"', after="for images, labels in loader:"),
)

evaluation_labels_not_moved = wrong(
    "one that moves the images and leaves the labels",
    "On an accelerator the loss would meet scores there and labels on the CPU. Both are moved.",
    replace("images, labels = images.to(device), labels.", "images = images."),
)

evaluation_images_not_moved = wrong(
    "one whose images reach the network where they were",
    "A network on an accelerator cannot read images from the CPU's memory. Both are moved, images and labels; and .to() returns what was moved, it does not change its tensor.",
    replace("images, labels = images.to(device),", "labels ="),
)

evaluation_seeds = wrong(
    "one that sets a seed or draws random numbers",
    "Seeds are the caller's business.",
    insert(
        """
        torch.default_generator.manual_seed(0)
        torch.rand(1)
    """,
        after="modes = [(module, module.training) for module in net.modules()]",
    ),
)

evaluation_normalises = wrong(
    "one that scales the images first",
    "The network gets the images as they are: preparing them is the data's business.",
    replace("net(images)", "net((images - images.mean()) / images.std())"),
)

evaluation_rounds = wrong(
    "one that rounds",
    "Rounding is for printing; the numbers themselves are asked for.",
    replace(
        "total / count, int(confusion.trace()) / count",
        "round(total / count, 2), round(int(confusion.trace()) / count, 2)",
    ),
)


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


exercise("fit")

optimizer_in_loop = wrong(
    "one that makes a new optimizer in each epoch",
    "A new optimizer has forgotten all momentum. What must last through the run is made once.",
    drop("optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)"),
    insert(
        "optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)", after="for _ in range(epochs):"
    ),
)

no_momentum = wrong(
    "one without momentum",
    "The docstring asks for a momentum of 0.9.",
    replace(
        "torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)",
        "torch.optim.SGD(net.parameters(), lr=learning_rate)",
    ),
)

rate_and_momentum_swapped = wrong(
    "one that swaps learning rate and momentum",
    "The caller's number is the learning rate; the momentum is 0.9.",
    replace("learning_rate, momentum=0.9", "0.9, momentum=learning_rate"),
)

nesterov = wrong(
    "one with Nesterov's momentum",
    "It looks ahead by one step. Plain momentum is asked for.",
    replace(
        "torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)",
        "torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9, nesterov=True)",
    ),
)

weight_decay = wrong(
    "one with weight decay",
    "Nobody asked for smaller weights here: momentum and learning rate are all.",
    replace(
        "torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)",
        "torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9, weight_decay=0.01)",
    ),
)

with_adam = wrong(
    "one that learns with Adam",
    "Adam has a step length of its own for each weight. torch.optim.SGD with momentum is asked for.",
    replace(
        "torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)",
        "torch.optim.Adam(net.parameters(), lr=learning_rate)",
    ),
)

own_rate = wrong(
    "one with a learning rate of its own",
    "How far to go is for the caller to say: pass the argument on.",
    replace(
        "torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)",
        "torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)",
    ),
)

decays_rate = wrong(
    "one that lowers the learning rate from epoch to epoch",
    "The docstring says: the same in all epochs.",
    insert('optimizer.param_groups[0]["lr"] *= 0.5', after="history.test.append(evaluate(net, test_loader, device))"),
)

evaluates_first = wrong(
    "one that evaluates before it trains",
    "What is measured then is the epoch before. First learn, then look.",
    body("""
        if epochs < 0:
            raise ValueError(f"epochs must be 0 or more, and is {epochs}")
        net.to(device)
        optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
        history = History()
        for _ in range(epochs):
            history.test.append(evaluate(net, test_loader, device))
            history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
        return history
    """),
)

evaluates_on_train = wrong(
    "one that evaluates on what it learned from",
    "Images that the network learned from flatter it. The test loader is for measuring.",
    replace("net, test_loader, device", "net, train_loader, device"),
)

trains_on_test = wrong(
    "one that trains on the test images",
    "Then nothing is left to measure with. Learn from the train loader.",
    replace("net, train_loader, optimizer", "net, test_loader, optimizer"),
)

trains_on_both = wrong(
    "one that trains on the test images, too",
    "Then nothing is left to measure with.",
    insert(
        "train_one_epoch(net, test_loader, optimizer, device)",
        after="history.test.append(evaluate(net, test_loader, device))",
    ),
)

loaders_swapped = wrong(
    "one that swaps the two loaders",
    "Learn from the train loader, measure on the test loader.",
    replace("net, train_loader, optimizer", "net, test_loader, optimizer"),
    replace("net, test_loader, device", "net, train_loader, device"),
)

one_epoch_more = wrong(
    "one with an epoch too many",
    "epochs says how many there are: range(epochs) has that many.",
    replace("range(epochs):", "range(epochs + 1):"),
)

one_epoch_less = wrong(
    "one with an epoch too few",
    "range(1, epochs) leaves the last one out.",
    replace("range(epochs)", "range(1, epochs)"),
)

one_epoch_only = wrong(
    "one that stops after the first epoch",
    "Is the return inside the loop?",
    insert("return history", after="history.test.append(evaluate(net, test_loader, device))"),
)

history_of_last = wrong(
    "one whose history holds the last epoch only",
    "One entry per epoch is promised: make the history before the loop.",
    insert("history = History()", after="for _ in range(epochs):"),
)

evaluates_at_the_end = wrong(
    "one that evaluates only after the last epoch",
    "One evaluation per epoch is promised: only so can one see when the network stops getting better.",
    body("""
        if epochs < 0:
            raise ValueError(f"epochs must be 0 or more, and is {epochs}")
        net.to(device)
        optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
        history = History()
        for _ in range(epochs):
            history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
        history.test.append(evaluate(net, test_loader, device))
        return history
    """),
)

no_evaluation = wrong(
    "one that never evaluates",
    "One evaluation per epoch is promised.",
    drop("history.test.append(evaluate(net, test_loader, device))"),
)

no_train_loss = wrong(
    "one that does not keep the losses of training",
    "One entry per epoch in each list is promised.",
    replace(
        "history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))",
        "train_one_epoch(net, train_loader, optimizer, device)",
    ),
)

accuracies_only = wrong(
    "one whose history holds accuracies instead of evaluations",
    "Keep what evaluate returned, whole.",
    replace("history = History", "history: Any = History"),
    replace(
        "history.test.append(evaluate(net, test_loader, device))",
        "history.test.append(evaluate(net, test_loader, device).accuracy)",
    ),
)

losses_of_test = wrong(
    "one whose train_loss holds the losses of the test",
    "train_loss keeps what train_one_epoch returned.",
    replace(
        "history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))",
        "train_one_epoch(net, train_loader, optimizer, device)",
    ),
    insert(
        "history.train_loss.append(history.test[-1].loss)",
        after="history.test.append(evaluate(net, test_loader, device))",
    ),
)

measures_on_train = wrong(
    "one whose train_loss is measured after the epoch",
    "train_loss keeps what train_one_epoch returned: the loss of each batch before its step. Another pass over the training images costs time, too.",
    replace(
        "history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))",
        "train_one_epoch(net, train_loader, optimizer, device)",
    ),
    insert(
        "history.train_loss.append(evaluate(net, train_loader, device).loss)",
        after="history.test.append(evaluate(net, test_loader, device))",
    ),
)

fit_returns_nothing = wrong(
    "one that returns nothing",
    "A function without `return` gives back None; the history is asked for.",
    drop("return history"),
)

fit_returns_net = wrong(
    "one that returns the network",
    "The network learns in place; the history is asked for.",
    replace("return history", "return net"),
)

fit_returns_tuple = wrong(
    "one that returns two lists",
    "A History is promised.",
    replace("return history", "return history.train_loss, history.test"),
)

fit_returns_list = wrong(
    "one that returns a list of evaluations", "A History is promised.", replace("return history", "return history.test")
)

trains_a_copy = wrong(
    "one that trains a copy",
    "The caller's network learns nothing. It learns in place.",
    replace("net.to", "net = copy.deepcopy(net).to"),
)

best_of_test = wrong(
    "one that keeps the weights with the best test",
    "Images that choose the weights are no test any more: the accuracy that is told is then too good. The last epoch's weights stay.",
    insert("best, kept = -1.0, copy.deepcopy(net.state_dict())", after="history = History()"),
    insert(
        """
        if history.test[-1].accuracy > best:
            best, kept = history.test[-1].accuracy, copy.deepcopy(net.state_dict())
        """,
        after="history.test.append",
    ),
    replace("return history", "if epochs:\n    net.load_state_dict(kept)\nreturn history"),
)

lowest_loss = same_as(
    best_of_test,
    insert("best, kept = float('inf'), copy.deepcopy(net.state_dict())", after="history = History()"),
    insert(
        """
        if history.test[-1].loss < best:
            best, kept = history.test[-1].loss, copy.deepcopy(net.state_dict())
        """,
        after="history.test.append",
    ),
    replace("return history", "if epochs:\n    net.load_state_dict(kept)\nreturn history"),
)

better_than_nothing = same_as(
    best_of_test,
    insert("best, kept = 0.0, None", after="history = History()"),
    insert(
        """
        if history.test[-1].accuracy > best:
            best, kept = history.test[-1].accuracy, copy.deepcopy(net.state_dict())
        """,
        after="history.test.append",
    ),
    replace("return history", "if kept is not None:\n    net.load_state_dict(kept)\nreturn history"),
)

stops_early = wrong(
    "one that stops where the test gets worse",
    "epochs says how many there are, and the test does not choose the weights.",
    insert(
        """
        if len(history.test) > 1 and history.test[-1].loss > history.test[-2].loss:
            break
    """,
        after="history.test.append(evaluate(net, test_loader, device))",
    ),
)

stops_by_accuracy = same_as(
    stops_early,
    insert(
        """
        if len(history.test) > 1 and history.test[-1].accuracy < history.test[-2].accuracy:
            break
    """,
        after="history.test.append(evaluate(net, test_loader, device))",
    ),
)

accepts_negative = wrong(
    "one that takes negative epochs for none",
    "range(-3) is empty, and a mistake of the caller goes unnoticed: ValueError.",
    drop("if epochs < 0:"),
)

message_without_value = wrong(
    "one whose message for negative epochs does not name argument and value",
    "Who reads it must find the wrong call: name the argument and the value given.",
    replace('ValueError(f"epochs must be 0 or more, and is {epochs}")', 'ValueError("invalid argument")'),
)

message_with_name_only = wrong(
    "one whose message for negative epochs leaves out the value",
    "Name the argument and the value given.",
    replace('ValueError(f"epochs must be 0 or more, and is {epochs}")', 'ValueError("epochs must be 0 or more")'),
)

message_with_value_only = wrong(
    "one whose message for negative epochs leaves out the argument's name",
    "Name the argument and the value given.",
    replace("epochs must be 0 or more, and is {epochs}", "{epochs} is too small"),
)

asserts_epochs = wrong(
    "one that refuses negative epochs by another error than ValueError",
    "The docstring promises ValueError; assert vanishes under python -O.",
    replace(
        """
        if epochs < 0:
            raise ValueError(f"epochs must be 0 or more, and is {epochs}")
    """,
        'assert epochs >= 0, f"epochs must be 0 or more, and is {epochs}"',
    ),
)

type_error_for_epochs = same_as(
    asserts_epochs,
    replace(
        'raise ValueError(f"epochs must be 0 or more, and is {epochs}")',
        'raise TypeError(f"epochs must be 0 or more, and is {epochs}")',
    ),
)

refuses_zero = wrong(
    "one that refuses 0 epochs",
    "0 is allowed: nothing is learned, and the history is empty.",
    replace("epochs < 0:", "epochs < 1:"),
)

evaluates_for_zero = wrong(
    "one that evaluates before the first epoch, too",
    "One entry per epoch is promised: none for no epochs.",
    insert("history.test.append(evaluate(net, test_loader, device))", after="history = History()"),
)

none_for_zero = wrong(
    "one that returns nothing for 0 epochs",
    "An empty History is promised.",
    insert(
        """
        if epochs == 0:
            return None
    """,
        after="if epochs < 0",
    ),
)

seeds_run = wrong(
    "one that sets a seed or draws random numbers",
    "Seeds are the caller's business: with one inside, every run is the same run.",
    insert(
        """
        torch.default_generator.manual_seed(0)
        torch.rand(1)
    """,
        after="if epochs < 0",
    ),
)

not_moved = wrong(
    "one that does not move the network",
    "The batches go to the device, and the network must be there, too.",
    drop("net.to(device)"),
)

moves_to_its_own = wrong(
    "one that chooses the device by itself",
    "Where to train is for the caller to say: use the argument.",
    insert('device = "cuda" if torch.cuda.is_available() else "cpu"', after="if epochs < 0"),
)

resets_weights = wrong(
    "one that starts from new weights",
    "The network may have learned before: it goes on from where it is.",
    insert(
        """
        for module in net.modules():
            if isinstance(module, nn.Linear):
                nn.init.constant_(module.weight, 0.01)
    """,
        after="net.to(device)",
    ),
)

stays_in_eval = wrong(
    "one that trains in eval mode after the first epoch",
    "Each epoch trains in train mode.",
    replace(
        "history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))",
        """
        was = net.training
        net.eval()
        images_of(net, train_loader, optimizer, device, history.train_loss)
        net.train(was)
    """,
    ),
)

last_layer_only = wrong(
    "one that trains the last layer only",
    "All parameters learn.",
    replace("net.parameters()", "list(net.parameters())[-2:]"),
)

shares_history = wrong(
    "one whose history goes on from the call before",
    "A default value is made once, when the function is defined: each call needs lists of its own.",
    replace("history = History()", "history = shared_history()"),
)

two_steps_per_epoch = wrong(
    "one that iterates the training images twice per epoch",
    "Once per epoch is promised.",
    insert(
        "train_one_epoch(net, train_loader, optimizer, device)",
        after="history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))",
    ),
)


# save_checkpoint


exercise("save_checkpoint")

writes_over = wrong(
    "one that writes over the old checkpoint",
    "While it is being written it is neither the old nor the new one: a kill then leaves half a file. Write beside it, then replace.",
    body('torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, path)'),
)

writes_over_opened = same_as(
    writes_over,
    body("""
        with open(path, "wb") as file:
            torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, file)
    """),
)

writes_over_from_memory = wrong(
    "one that makes the whole content first, and then writes over the old checkpoint",
    "What cannot be saved is known in time, but a kill or a full disk while writing still leaves half a file. Copying is writing, too: only os.replace is one stroke.",
    body("""
        memory = io.BytesIO()
        torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, memory)
        Path(path).write_bytes(memory.getvalue())
    """),
)

copies_over = same_as(
    writes_over_from_memory,
    replace(
        "os.replace(partial, path)",
        """
        shutil.copyfile(partial, path)
        partial.unlink()
    """,
    ),
)

litter_on_failure = wrong(
    "one that leaves a half-written file behind where writing fails",
    "On a full disk this is the file that keeps it full. Remove it, and let the error pass on.",
    body("""
        partial = str(path) + ".partial"
        torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, partial)
        os.replace(partial, path)
    """),
)

litter_where_replace_fails = wrong(
    "one that leaves its neighbouring file behind where replacing fails",
    "Whatever fails, the neighbouring file goes.",
    body("""
        partial = Path(str(path) + ".partial")
        try:
            torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, partial)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
        os.replace(partial, path)
    """),
)

litter_always = wrong(
    "one that leaves its neighbouring file behind",
    "A copy is left beside every checkpoint: move it, so that nothing stays.",
    insert('shutil.copyfile(partial, path.with_name("second"))', after='with partial.open("wb") as file'),
)

removes_first = wrong(
    "one that removes the old checkpoint first",
    "A kill in between leaves none at all. os.replace puts the new one in its place in one stroke.",
    replace(
        "os.replace(partial, path)",
        """
        path.unlink(missing_ok=True)
        os.rename(partial, path)
    """,
    ),
)

removes_at_start = wrong(
    "one that removes the old checkpoint before it writes the new one",
    "Where writing fails, there is none at all.",
    insert(
        """
        if path.is_file():
            os.remove(path)
    """,
        after='partial = path.with_name(f"{path.name}.partial")',
    ),
)

replaces_before_written = wrong(
    "one that puts the new file in place before it is complete",
    "What is written last is still on its way when the name changes: close the file first.",
    replace(
        """
        with partial.open("wb") as file:
            file.write(memory.getbuffer())
            file.flush()
            os.fsync(file.fileno())  # on the disk before the name points to it: power may fail, too
        os.replace(partial, path)
    """,
        """
        with open(partial, "wb") as file:
            file.write(memory.getvalue()[:100])
            os.replace(partial, path)
            file.write(memory.getvalue()[100:])
    """,
    ),
)

replaces_while_open = wrong(
    "one that puts the new file in place while it is still open",
    "Linux lets it happen; Windows moves no file that is open. Leave the `with` first.",
    drop("os.replace(partial, path)"),
    replace("os.fsync(file.fileno())", "os.replace(partial, path)"),
)

sweeps = wrong(
    "one that clears other runs' files away beside its own",
    "They may be other runs. Only the file that was written here goes.",
    insert(
        """
        for other in path.parent.glob(f"{path.stem}*"):
            if other not in (path, partial):
                other.unlink()
        """,
        after='partial = path.with_name(f"{path.name}.partial")',
    ),
)

other_folder = wrong(
    "one that writes the new file in another folder first",
    "Another folder may be on another disk, and os.replace does not go from disk to disk. Write in the same folder.",
    body("""
        with tempfile.TemporaryDirectory() as folder:
            torch.save(
                {"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, Path(folder) / "partial"
            )
            os.replace(Path(folder) / "partial", path)
    """),
)

hides_failure = wrong(
    "one that hides that writing failed",
    "The caller thinks that the run is safe. The error passes on.",
    replace("except BaseException:", "except Exception:"),
    drop("raise"),
)

turns_failure = wrong(
    "one that raises another error where writing fails",
    "The error of the file system says what is wrong (no space, no permission): it passes on.",
    replace("except BaseException:", "except Exception as error:"),
    replace("raise", 'raise ValueError("could not save") from error'),
)

makes_folder = wrong(
    "one that makes missing folders",
    "A mistyped path then goes unnoticed. The docstring says that none is made.",
    insert("path.parent.mkdir(parents=True, exist_ok=True)", after='partial = path.with_name(f"{path.name}.partial")'),
)

saves_whole_net = wrong(
    "one that saves the network itself, not its state dict",
    "The file then needs this very code to be loaded, and has code inside: weights_only=True refuses it.",
    replace("net.state_dict(),", "net,"),
)

saves_code = wrong(
    "one that puts more than plain containers into the file",
    "A class or a function is code: weights_only=True refuses the whole file.",
    replace(
        'net": net.state_dict(), "optimizer": optimizer.state_dict(), "',
        'net": net.state_dict(), "class": type(net), "optimizer": optimizer.state_dict(), "',
    ),
)

saves_whole_optimizer = wrong(
    "one that saves the optimizer itself, not its state dict",
    "The file then has code inside: weights_only=True refuses it.",
    replace("optimizer.state_dict(),", "optimizer,"),
)

saves_both_whole = wrong(
    "one that saves network and optimizer themselves",
    "The file then needs this very code to be loaded, and has code inside: weights_only=True refuses it.",
    replace('net.state_dict(), "optimizer": optimizer.state_dict(),', 'net, "optimizer": optimizer,'),
)

saves_net_only = wrong(
    "one that saves nothing but the network",
    "Without the optimizer's memory and the epoch, a run cannot go on as if it had never stopped.",
    replace(
        'torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, memory)',
        "torch.save(net.state_dict(), memory)",
    ),
)

no_optimizer = wrong(
    "one that leaves out the optimizer",
    "The optimizer remembers the steps before (momentum): without it, the resumed run ends elsewhere.",
    replace('optimizer": optimizer.state_dict(), "', ""),
)

no_epoch = wrong(
    "one that leaves out the epoch",
    "Nobody knows then how far the run came.",
    replace(
        'torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, memory)',
        'torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict()}, memory)',
    ),
)

no_net = wrong(
    "one that leaves out the network", "The weights are what matters most.", replace('net": net.state_dict(), "', "")
)

saving_other_keys = wrong(
    "one with other names for its entries",
    "The docstring fixes the names: net, optimizer, epoch.",
    replace('net": net.state_dict(), "optimizer', 'model_state_dict": net.state_dict(), "optimizer_state_dict'),
)

tuple_of_three = wrong(
    "one that saves a tuple",
    "A dictionary with the three names is promised.",
    replace(
        'torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, memory)',
        "torch.save((net.state_dict(), optimizer.state_dict(), epoch), memory)",
    ),
)

parameters_only = wrong(
    "one that saves parameters without buffers",
    "Batch norm keeps its statistics in buffers: without them, the loaded network reads otherwise.",
    replace("net.state_dict()", "{name: p.data for name, p in net.named_parameters()}"),
)

method_not_called = wrong(
    "one that saves state_dict without calling it",
    "Mind the parentheses: a method's name alone is the method.",
    replace('"net": net.state_dict(), "optimizer": optimizer', '"net": net.state_dict, "optimizer": optimizer'),
)

settings_without_memory = wrong(
    "one that saves the optimizer's settings without its memory",
    "Momentum lives in the state: without it, the resumed run ends elsewhere.",
    replace("optimizer.state_dict()", '{"state": {}, "param_groups": optimizer.state_dict()["param_groups"]}'),
)

next_epoch = wrong(
    "one that saves the number of the next epoch",
    "The number given is saved as it is.",
    replace(
        'torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, memory)',
        'torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch + 1}, memory)',
    ),
)

epoch_as_text = wrong(
    "one that saves the epoch as text",
    "The number given is saved as it is.",
    replace(
        'torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, memory)',
        'torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": str(epoch)}, memory)',
    ),
)

half_precision = wrong(
    "one that saves the weights in half precision",
    "Rounded weights are other weights: the resumed run ends elsewhere.",
    replace("net.state_dict()", "{k: v.half() if v.is_floating_point() else v for k, v in net.state_dict().items()}"),
)

pickles = wrong(
    "one that writes with pickle",
    "torch.load with weights_only=True does not read it. torch.save is asked for.",
    drop("memory = io.BytesIO()"),
    drop('torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, memory)'),
    replace(
        """
        with partial.open("wb") as file:
            file.write(memory.getbuffer())
            file.flush()
            os.fsync(file.fileno())  # on the disk before the name points to it: power may fail, too
    """,
        """
        with open(partial, "wb") as file:
            pickle.dump({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, file)
    """,
    ),
)

ignores_existing = wrong(
    "one that keeps an older checkpoint",
    "The new one replaces it: otherwise the run goes on from the past.",
    insert(
        """
        if path.exists():
            return
    """,
        after='partial = path.with_name(f"{path.name}.partial")',
    ),
)

refuses_existing = wrong(
    "one that refuses where there is an older checkpoint",
    "The new one replaces it.",
    insert(
        """
        if path.exists():
            raise FileExistsError(path)
    """,
        after='partial = path.with_name(f"{path.name}.partial")',
    ),
)

adds_suffix = wrong(
    "one that writes to another name",
    "The path says where the checkpoint goes.",
    replace("Path(path)", 'Path(str(path) + f".{epoch}")'),
)

needs_path = wrong("one that cannot take the path as text", "A path may be text or a Path.", drop("path = Path(path)"))

needs_text = wrong(
    "one that cannot take the path as a Path",
    "A path may be text or a Path.",
    replace(
        """
        path = Path(path)
        partial = path.with_name(f"{path.name}.partial")
    """,
        'partial: Any = path + ".partial"',
    ),
    replace("partial.unlink", "Path(partial).unlink"),
)

switches_to_eval = wrong(
    "one that switches the network to eval mode",
    "The run goes on after saving: the network is left as it is.",
    insert("net.eval()", after='partial = path.with_name(f"{path.name}.partial")'),
)

clears_optimizer = wrong(
    "one that clears the optimizer's memory",
    "The run goes on after saving: the optimizer is left as it is.",
    insert("optimizer.state.clear()", after="os.replace(partial, path)"),
)

saves_nothing = wrong(
    "one that writes no file",
    "The checkpoint must be on the disk when the function returns.",
    replace("os.replace(partial, path)", "partial.unlink()"),
)

clears_folder = wrong(
    "one that removes other files of the folder",
    "Other files may be other runs: none of them is touched.",
    insert(
        """
        for other in path.parent.glob("*"):
            if other.is_file() and other != path:
                other.unlink()
    """,
        after="os.replace(partial, path)",
    ),
)


# load_checkpoint


exercise("load_checkpoint")

loads_at_once = wrong(
    "one that loads without trying first, and lets torch's errors pass",
    "load_state_dict copies what fits before it complains: after the error, the network is half of each. And the caller expects ValueError with the path.",
    body("""
        found = torch.load(path, map_location=device, weights_only=True)
        net.load_state_dict(found["net"])
        optimizer.load_state_dict(found["optimizer"])
        return found["epoch"]
    """),
)

half_loaded = wrong(
    "one that leaves the network half loaded where the file does not fit",
    "load_state_dict copies what fits before it complains. Find out first whether all fits.",
    body("""
        if not os.path.exists(path):
            raise FileNotFoundError(path)
        try:
            found = torch.load(path, map_location=device, weights_only=True)
            net.load_state_dict(found["net"])
            optimizer.load_state_dict(found["optimizer"])
            return found["epoch"]
        except Exception as error:
            raise ValueError(f"{path} is no checkpoint of this network") from error
    """),
)

net_into_optimizer = wrong(
    "one that loads the network's entry into the optimizer",
    "Each takes back what its own state_dict gave: the entries net and optimizer.",
    insert('optimizer.load_state_dict(checkpoint["net"])', before="return epoch"),
)

entries_checked_only = wrong(
    "one that checks the entries, but not whether they fit",
    "Names and shapes may differ: load_state_dict copies what fits before it complains. Try on copies first.",
    body("""
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
    """),
)

net_tried_only = wrong(
    "one that tries the network on a copy, but not the optimizer",
    "Where the optimizer does not fit, the network is loaded already. Both must fit before anything changes.",
    replace("trial_net, trial_optimizer = copy", "trial_net, _ = copy"),
    replace('trial_optimizer.load_state_dict(checkpoint["optimizer"])', 'memory = checkpoint["optimizer"]'),
    replace(
        'optimizer.load_state_dict(checkpoint["optimizer"])',
        """
        try:
            optimizer.load_state_dict(memory)
        except Exception as error:
            raise ValueError(f"{path} is no checkpoint of this optimizer") from error
    """,
    ),
)

optimizer_error_passes = wrong(
    "one that lets the optimizer's own error pass where it does not fit",
    "The caller expects a ValueError that names the path; and the network is loaded already.",
    replace("trial_net, trial_optimizer = copy", "trial_net, _ = copy"),
    replace('trial_optimizer.load_state_dict(checkpoint["optimizer"])', 'memory = checkpoint["optimizer"]'),
    replace('optimizer.load_state_dict(checkpoint["optimizer"])', "optimizer.load_state_dict(memory)"),
)

other_error = wrong(
    "one that lets the errors of a broken file pass as they are",
    "torch raises half a dozen types for broken files: the caller expects ValueError with the path.",
    body("""
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
    """),
)

some_errors = wrong(
    "one that turns only some of the errors of a broken file into ValueError",
    "torch raises half a dozen types for broken files (RuntimeError, EOFError, UnpicklingError, OSError and more): all of them mean that the file is no checkpoint.",
    replace("except Exception as", "except (RuntimeError, KeyError) as"),
)

os_errors_pass = wrong(
    "one that lets every OSError pass",
    "torch.load raises OSError for some truncated files: the file was there, and is no checkpoint. Only opening it may fail like that.",
    body("""
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
    """),
)

message_without_path = wrong(
    "one whose message does not name the path",
    "Who reads it must find the file: name the path.",
    replace(
        'ValueError(f"{path} must be a whole checkpoint of this network and optimizer")',
        'ValueError("this is no checkpoint")',
    ),
)

bare_value_error = same_as(
    message_without_path, replace('f"{path} must be a whole checkpoint of this network and optimizer"', "")
)

raises_runtime_error = wrong(
    "one that raises another error than ValueError for what does not fit",
    "The docstring promises ValueError.",
    replace(
        'raise ValueError(f"{path} must be a whole checkpoint of this network and optimizer")',
        'raise RuntimeError(f"{path} must be a whole checkpoint of this network and optimizer")',
    ),
)

missing_is_value_error = wrong(
    "one that raises ValueError for a missing file",
    "A missing file is FileNotFoundError: a caller may start again then, but not where a checkpoint is broken.",
    drop("content = io.BytesIO(Path(path).read_bytes())"),
    replace(
        "checkpoint = torch.load(content, map_location=device, weights_only=True)",
        "checkpoint = torch.load(path, map_location=device, weights_only=True)",
    ),
)

missing_is_zero = wrong(
    "one that goes on without an error where the file is missing",
    "A mistyped path then starts the run again without a word. FileNotFoundError is promised.",
    replace(
        "content = io.BytesIO(Path(path).read_bytes())",
        """
        if not os.path.exists(path):
            return 0
    """,
    ),
    replace(
        "checkpoint = torch.load(content, map_location=device, weights_only=True)",
        "checkpoint = torch.load(path, map_location=device, weights_only=True)",
    ),
)

makes_missing = same_as(
    missing_is_zero,
    replace(
        "content = io.BytesIO(Path(path).read_bytes())",
        """
        if not os.path.exists(path):
            torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 0}, path)
    """,
    ),
    replace(
        "checkpoint = torch.load(content, map_location=device, weights_only=True)",
        "checkpoint = torch.load(path, map_location=device, weights_only=True)",
    ),
)

broken_is_zero = wrong(
    "one that hides that the file does not fit",
    "The run then starts again without a word. ValueError is promised.",
    replace(
        'raise ValueError(f"{path} must be a whole checkpoint of this network and optimizer") from error',
        """
        print(error)
        return 0
    """,
    ),
)

runs_code = wrong(
    "one that runs code from the file",
    "With weights_only=False, a file from a stranger can do anything on this machine. A checkpoint needs no code.",
    replace(
        "torch.load(content, map_location=device, weights_only=True)",
        "torch.load(content, map_location=device, weights_only=False)",
    ),
)

tries_again_with_code = same_as(
    runs_code,
    replace(
        "checkpoint = torch.load(content, map_location=device, weights_only=True)",
        """
        try:
            checkpoint = torch.load(content, map_location=device, weights_only=True)
        except Exception:
            checkpoint = torch.load(path, map_location=device, weights_only=False)
    """,
    ),
)

not_strict = wrong(
    "one that loads what fits and leaves out the rest",
    "strict=False takes a network of another architecture without a word: half of the weights are then as random as before.",
    replace(
        'trial_net.load_state_dict(checkpoint["net"])', 'trial_net.load_state_dict(checkpoint["net"], strict=False)'
    ),
    replace('net.load_state_dict(checkpoint["net"])', 'net.load_state_dict(checkpoint["net"], strict=False)'),
)

no_map_location = wrong(
    "one that does not say where the tensors go",
    "A checkpoint from a machine with an accelerator then asks for that accelerator. Say where: map_location.",
    replace("content, map_location=device, weights_only=True", "content, weights_only=True"),
)

optimizer_not_loaded = wrong(
    "one that leaves the optimizer as it is",
    "Without its momentum, the resumed run ends elsewhere.",
    drop('optimizer.load_state_dict(checkpoint["optimizer"])'),
)

net_not_loaded = wrong(
    "one that leaves the network as it is",
    "The saved numbers must get into the network that is given, not only into a copy.",
    drop('net.load_state_dict(checkpoint["net"])'),
)

loads_copies = wrong(
    "one that loads copies and leaves network and optimizer as they are",
    "What was tried on copies must be done with the real ones.",
    drop('net.load_state_dict(checkpoint["net"])'),
    drop('optimizer.load_state_dict(checkpoint["optimizer"])'),
)

rebinds_names = same_as(
    loads_copies,
    replace(
        """
        net.load_state_dict(checkpoint["net"])
        optimizer.load_state_dict(checkpoint["optimizer"])
    """,
        "net, optimizer = trial_net, trial_optimizer",
    ),
)

assigns = wrong(
    "one that replaces the network's parameters by new ones",
    "The optimizer holds on to the old ones, and trains what nobody uses. Copy the numbers into them.",
    replace('net.load_state_dict(checkpoint["net"])', 'net.load_state_dict(checkpoint["net"], assign=True)'),
)

settings_only = wrong(
    "one that loads the optimizer's settings without its memory",
    "Momentum lives in the state: without it, the resumed run ends elsewhere.",
    replace(
        'optimizer.load_state_dict(checkpoint["optimizer"])',
        """
        for group, saved in zip(optimizer.param_groups, checkpoint["optimizer"]["param_groups"], strict=True):
            group.update({key: value for key, value in saved.items() if key != "params"})
    """,
    ),
)

memory_only = wrong(
    "one that loads the optimizer's memory and keeps its own settings",
    "Learning rate and momentum were saved, too: they come back.",
    replace(
        'optimizer.load_state_dict(checkpoint["optimizer"])',
        """
        own = copy.deepcopy(optimizer.state_dict()["param_groups"])
        optimizer.load_state_dict({"state": checkpoint["optimizer"]["state"], "param_groups": own})
    """,
    ),
)

parameters_without_buffers = wrong(
    "one that loads parameters without buffers",
    "Batch norm keeps its statistics in buffers: they come back, too.",
    replace(
        'net.load_state_dict(checkpoint["net"])',
        """
        with torch.no_grad():
            for name, parameter in net.named_parameters():
                parameter.copy_(checkpoint["net"][name])
    """,
    ),
)

next_epoch_returned = wrong(
    "one that returns the number of the next epoch",
    "The number that was saved is returned as it is.",
    replace("return epoch", "return epoch + 1"),
)

returns_dictionary = wrong(
    "one that returns the whole checkpoint", "The epoch is asked for.", replace("return epoch", "return checkpoint")
)

loading_returns_net = wrong(
    "one that returns the network",
    "The network is filled in place; the epoch is asked for.",
    replace("return epoch", "return net"),
)

loading_returns_nothing = wrong("one that returns nothing", "The epoch is asked for.", drop("return epoch"))

returns_text = wrong(
    "one that returns the epoch as text",
    "A whole number was saved, and is returned.",
    replace("return epoch", "return str(epoch)"),
)

returns_zero = wrong(
    "one that returns 0", "The number that was saved is returned.", replace("return epoch", "return 0")
)

eval_mode = wrong(
    "one that switches the network to eval mode",
    "A resumed run trains on: the mode is left as it is.",
    insert("net.eval()", after='optimizer.load_state_dict(checkpoint["optimizer"])'),
)

train_mode = wrong(
    "one that switches the network to train mode",
    "The mode is left as it is, in each part of the network.",
    insert("net.train()", after='optimizer.load_state_dict(checkpoint["optimizer"])'),
)

loading_freezes = wrong(
    "one that freezes the weights",
    "A resumed run needs their gradients.",
    insert("net.requires_grad_(False)", after='optimizer.load_state_dict(checkpoint["optimizer"])'),
)

optional_epoch = wrong(
    "one that does without the epoch",
    "A file without the epoch is no whole checkpoint: ValueError.",
    replace('epoch = int(checkpoint["epoch"])', 'epoch = checkpoint.get("epoch", 0)'),
)

optional_optimizer = wrong(
    "one that does without the optimizer",
    "A file without the optimizer's memory is no whole checkpoint: ValueError.",
    replace(
        'trial_optimizer.load_state_dict(checkpoint["optimizer"])',
        """
        if "optimizer" in checkpoint:
            trial_optimizer.load_state_dict(checkpoint["optimizer"])
    """,
    ),
    replace(
        'optimizer.load_state_dict(checkpoint["optimizer"])',
        """
        if "optimizer" in checkpoint:
            optimizer.load_state_dict(checkpoint["optimizer"])
    """,
    ),
)

loading_other_keys = wrong(
    "one that looks for the parts of the checkpoint in the wrong places",
    "The entries are net, optimizer and epoch, as save_checkpoint writes them. First torch.load, then load_state_dict with what an entry holds.",
    replace('trial_net.load_state_dict(checkpoint["net"])', 'trial_net.load_state_dict(checkpoint["model"])'),
    replace('net.load_state_dict(checkpoint["net"])', 'net.load_state_dict(checkpoint["model"])'),
)

whole_into_net = same_as(
    loading_other_keys,
    replace('trial_net.load_state_dict(checkpoint["net"])', "trial_net.load_state_dict(checkpoint)"),
    replace('net.load_state_dict(checkpoint["net"])', "net.load_state_dict(checkpoint)"),
)

path_into_net = same_as(
    loading_other_keys,
    replace('trial_net.load_state_dict(checkpoint["net"])', "trial_net.load_state_dict(path)"),
    replace('net.load_state_dict(checkpoint["net"])', "net.load_state_dict(path)"),
)

deletes_file = wrong(
    "one that removes the file",
    "The checkpoint may be needed again: it is left as it is.",
    insert("os.remove(path)", after='optimizer.load_state_dict(checkpoint["optimizer"])'),
)

key_error_passes = wrong(
    "one that lets KeyError pass where an entry is missing",
    "A file without an entry is no whole checkpoint: ValueError that names the path.",
    body("""
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
    """),
)

epoch_after_loading = wrong(
    "one that looks for the epoch only after it has loaded everything",
    "Where the epoch is missing, network and optimizer have changed already. Look at all entries first.",
    drop('epoch = int(checkpoint["epoch"])'),
    replace(
        "return epoch",
        """
        try:
            return checkpoint["epoch"]
        except KeyError as error:
            raise ValueError(f"{path} must be a whole checkpoint of this network and optimizer") from error
    """,
    ),
)

rolls_back_net_only = wrong(
    "one that puts back the network but not the optimizer after an error",
    "Both are promised to stay as they were.",
    body("""
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
    """),
)

rolls_back_without_copy = wrong(
    "one that keeps the old state without copying it",
    "state_dict() shares its tensors with the network: what is loaded changes them, too. Keep a deep copy.",
    body("""
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
    """),
)
