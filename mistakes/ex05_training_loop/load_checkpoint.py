"""Lesson 5, load_checkpoint: how it is observed, and the bank of its wrong answers."""

import functools
import io
import os
import tempfile
from pathlib import Path
from typing import Any
from unittest import mock

import torch
from torch import Tensor, nn

from kata.authoring import (
    MaliciousPickle,
    Observation,
    body,
    drop,
    exercise,
    insert,
    observes,
    other_names,
    other_sizes,
    pretend_accelerator,
    replace,
    same_as,
    with_modes,
    wrong,
)
from mistakes.ex05_training_loop.shared import (
    as_bytes,
    entries,
    fresh,
    memory,
    modes,
    outcome,
    same_numbers,
    sgd,
    state,
    trained,
)


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
    path.write_bytes(as_bytes({**entries(*trained()), "epoch": MaliciousPickle(trap)}))
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
