"""Lesson 5, save_checkpoint: how it is observed, and the bank of its wrong answers."""

import io
import os
import pickle
import shutil
import tempfile
from pathlib import Path
from typing import Any

import torch
from torch import nn

from kata.authoring import (
    FailingState,
    Observation,
    ReplaceSpy,
    body,
    drop,
    exercise,
    insert,
    observes,
    pretend_accelerator,
    replace,
    same_as,
    snapshot,
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
        see_what_saving_leaves(lesson, see, folder)


def see_what_saving_leaves(lesson: Any, see: Observation, folder: Path) -> None:
    """Observe what is other about a network afterwards, here and on an accelerator."""
    net, optimizer = trained()
    changes = snapshot(net)
    outcome(lambda: lesson.save_checkpoint(folder / "run.pt", net, optimizer, 4))
    see("what else is other about net after saving", [place for place, _, _ in changes()])
    with pretend_accelerator():
        far = nn.Linear(3, 2).to("cuda")
        outcome(lambda: lesson.save_checkpoint(folder / "run.pt", far, sgd(far), 4))
        see("the device of a network on an accelerator after saving", str(far.weight.device))


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
    broken = nn.Sequential(nn.Flatten(), FailingState(1024, 10))
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
    with ReplaceSpy(path) as seen:
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

saves_from_the_cpu = wrong(
    "one that moves the network to the CPU",
    "The run goes on after saving: the network stays on its device. map_location at loading takes care of others.",
    insert("net.cpu()", after='partial = path.with_name(f"{path.name}.partial")'),
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
