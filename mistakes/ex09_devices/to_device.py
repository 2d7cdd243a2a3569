"""Lesson 9, to_device: how it is observed, and the bank of its wrong answers."""

import copy
import dataclasses
from typing import Any

import torch
from torch import Tensor, nn

from kata.authoring import (
    CopySpy,
    Fixed,
    Observation,
    Pair,
    Sample,
    body,
    drop,
    exercise,
    insert,
    observes,
    pretend_accelerator,
    replace,
    same_as,
    seeded,
    wrong,
)
from mistakes.ex09_devices.shared import outcome


class Moved(nn.Linear):
    """A module that counts how often it is moved."""

    def __init__(self) -> None:
        super().__init__(1, 1)
        self.times = 0

    def to(self, *given: Any, **named: Any) -> Any:
        self.times += 1
        return super().to(*given, **named)


def described(value: Any, place: str = "it") -> dict[str, Any]:
    """Describe what is packed, each part by its place: classes, keys, shapes, dtypes and devices."""
    if isinstance(value, Tensor):
        number = float(value.detach().cpu().sum())
        what = f"a tensor {tuple(value.shape)} {value.dtype} on {value.device.type}"
        return {place: what, f"the sum of {place}": f"{number:.4f}"}
    parts: list[tuple[str, Any]] = []
    if isinstance(value, dict):
        parts = [(f"{place}[{key!r}]", part) for key, part in value.items()]
    elif isinstance(value, Sample | Fixed | Pair):
        items = value._asdict() if isinstance(value, Pair) else vars(value)
        parts = [(f"{place}.{key}", part) for key, part in items.items()]
    elif isinstance(value, list | tuple):
        parts = [(f"{place}[{number}]", part) for number, part in enumerate(value)]
    elif isinstance(value, str | int | float | None):
        return {place: f"{type(value).__name__} {value}" if value is not None else "None"}
    keys = f" with the keys {[*value]}" if isinstance(value, dict) else ""
    found = {place: f"a {type(value).__name__}{keys}"}
    for name, part in parts:
        found |= described(part, name)
    return found


@observes("to_device", "Your batches are those of {}.")
def observe_to_device(lesson: Any, see: Observation) -> None:
    see_on(lesson, see, "cpu")
    with pretend_accelerator():
        see_on(lesson, see, "cuda")
        far = [seeded(2).to("cuda")]
        see("a tensor on the accelerator brought to the CPU", outcome(lambda: described(lesson.to_device(far, "cpu"))))
    see_manner(lesson, see)


def see_on(lesson: Any, see: Observation, device: str) -> None:
    """Observe what becomes of each packing on its way to a device."""

    def seen(what: str, batch: Any) -> None:
        see(f"{what} brought to {device}", outcome(lambda: described(lesson.to_device(batch, device))))

    seen("a tensor", seeded(2, 3))
    seen("a list of tensors", [seeded(2, 3), torch.arange(3)])
    seen("a tuple of tensors", (seeded(2, 3), torch.arange(3)))
    seen("a dict of tensors", {"images": seeded(2, 3), "labels": torch.arange(3), 5: seeded(1)})
    seen("a named tuple", Pair(seeded(2, 3), torch.arange(3)))
    seen("a dataclass", Sample(seeded(2, 3), torch.arange(3)))
    seen("a frozen dataclass", Fixed(seeded(2, 3)))
    seen("a parameter", [nn.Parameter(seeded(2))])
    for other in ("seven", 7, 2.5, None, True):
        seen(f"{other!r}", other)
    seen("a list with a text, a number, None and a module", ["digits", 3, None, nn.Linear(2, 2), Sample])
    seen("an empty list, tuple and dict", [[], (), {}])
    seen("packings in packings", [{"a": (seeded(1), [Pair(seeded(2), Sample(seeded(3), {"b": seeded(1)}))])}])
    batch = [seeded(2), {"a": seeded(3)}, Sample(seeded(1), [seeded(2)])]
    outcome(lambda: lesson.to_device(batch, device))
    see(f"the caller's batch after it was brought to {device}", described(batch))


def see_manner(lesson: Any, see: Observation) -> None:
    """Observe how tensors are copied, and what of them is kept."""
    there = seeded(4)
    given = outcome(lambda: lesson.to_device([there], "cpu"))
    same = isinstance(given, list) and isinstance(given[0], Tensor) and given[0].data_ptr() == there.data_ptr()
    see("whether a tensor that lies there already is copied", not same)
    with pretend_accelerator() as elsewhere, CopySpy() as copies:
        outcome(lambda: lesson.to_device([seeded(2), {"a": seeded(3)}], elsewhere))
    see("which copies wait", copies.waits)
    leaf = seeded(3).requires_grad_()
    kept = outcome(
        lambda: [str(one.dtype) for one in lesson.to_device([seeded(2).half(), torch.arange(2).short()], "cpu")]
    )
    see("the dtypes of what is brought there", kept)
    see("whether the graph is kept", outcome(lambda: lesson.to_device([leaf * 2], "cpu")[0].requires_grad))
    inner = Sample(Fixed(seeded(2)), Pair(seeded(1), leaf * 3))
    see("a dataclass in a dataclass", outcome(lambda: described(lesson.to_device(inner, "cpu"))))
    moved = Moved()
    outcome(lambda: lesson.to_device([moved], "cpu"))
    see("whether a module is moved", moved.times > 0)
    net, array = nn.Linear(1, 1), seeded(2).numpy()
    back = outcome(lambda: lesson.to_device([net, array], "cpu"))
    see(
        "whether a module and an array are the objects that went in",
        isinstance(back, list) and back[0] is net and back[1] is array,
    )


exercise("to_device")

moves_nothing = wrong(
    "one that moves nothing",
    "`to` gives back the tensor that lies on the device, and leaves the other one where it is: use what it returns.",
    replace("return batch.to(device, non_blocking=True)", "batch.to(device, non_blocking=True)"),
)

gives_the_batch_back = same_as(moves_nothing, body("return batch"))

tensors_only = wrong(
    "one that knows tensors only",
    "A loader gives a list or a tuple: its parts have to be brought along, too.",
    body("return batch.to(device, non_blocking=True) if isinstance(batch, Tensor) else batch"),
)

no_lists = wrong(
    "one that leaves lists behind",
    "A list is a packing as a tuple is; loaders give lists.",
    replace("isinstance(batch, list | tuple)", "isinstance(batch, tuple)"),
)

no_tuples = wrong(
    "one that leaves tuples behind",
    "A tuple is a packing as a list is.",
    replace("isinstance(batch, list | tuple)", "isinstance(batch, list)"),
)

all_become_lists = wrong(
    "one that makes lists of tuples",
    "The packing stays: a tuple for a tuple.",
    replace(
        "return type(batch)(to_device(part, device) for part in batch)",
        "return [to_device(part, device) for part in batch]",
    ),
)

all_become_tuples = wrong(
    "one that makes tuples of lists",
    "The packing stays: a list for a list.",
    replace(
        "return type(batch)(to_device(part, device) for part in batch)",
        "return tuple(to_device(part, device) for part in batch)",
    ),
)

gives_generators = wrong(
    "one that gives generators for lists and tuples",
    "They have neither a length nor numbers, and are used up by one look.",
    replace(
        "return type(batch)(to_device(part, device) for part in batch)",
        "return (to_device(part, device) for part in batch)",
    ),
)

named_as_lists = wrong(
    "one that treats a named tuple as any other tuple",
    "The class of a named tuple takes its parts one by one, and not as one.",
    drop("""
        if isinstance(batch, tuple) and hasattr(batch, "_fields"):
            return type(batch)(*(to_device(part, device) for part in batch))
    """),
)

named_lose_their_names = wrong(
    "one that makes plain tuples of named ones",
    "What was batch.images can then only be found by its number.",
    replace(
        "return type(batch)(*(to_device(part, device) for part in batch))",
        "return tuple(to_device(part, device) for part in batch)",
    ),
)

no_dicts = wrong(
    "one that leaves dicts behind",
    "A dict is a packing, too: its values come along under their keys.",
    drop("""
        if isinstance(batch, dict):
            return {key: to_device(part, device) for key, part in batch.items()}
    """),
)

dicts_lose_keys = wrong(
    "one that makes lists of the values of dicts",
    "The keys stay with their values.",
    replace(
        "{key: to_device(part, device) for key, part in batch.items()}",
        "[to_device(part, device) for part in batch.values()]",
    ),
)

dicts_by_their_keys = wrong(
    "one that brings the keys of a dict, and not its values",
    "Going over a dict gives its keys; .items() gives both.",
    replace(
        "{key: to_device(part, device) for key, part in batch.items()}",
        "{key: to_device(key, device) for key in batch}",
    ),
)

keys_become_texts = wrong(
    "one that makes texts of the keys of dicts",
    "A key may be anything, and stays what it is.",
    replace("{key: to_device(", "{str(key): to_device("),
)

keys_are_sorted = wrong(
    "one that sorts the keys of dicts",
    "The order stays; and keys of two types cannot be sorted at all.",
    replace("batch.items()", "sorted(batch.items())"),
)

no_dataclasses = wrong(
    "one that leaves dataclasses behind",
    "dataclasses.is_dataclass tells one, dataclasses.fields names its parts.",
    replace("if dataclasses.is_dataclass(batch) and not isinstance(batch, type):", "if False:"),
)

dataclasses_become_dicts = wrong(
    "one that makes dicts of dataclasses",
    "The class stays: dataclasses.replace makes one of the same class with other parts.",
    replace("return dataclasses.replace(batch, **parts)", "return parts"),
)

through_asdict = wrong(
    "one that takes dataclasses apart with asdict",
    "asdict makes dicts of the dataclasses inside, too, and copies every tensor: fields and getattr leave them as they are.",
    replace(
        "{one.name: to_device(getattr(batch, one.name), device) for one in dataclasses.fields(batch)}",
        "to_device(dataclasses.asdict(batch), device)",
    ),
)

dataclasses_in_place = wrong(
    "one that writes into the caller's dataclass",
    "The batch is the caller's, and a frozen dataclass cannot be written into: make another one.",
    replace(
        "return dataclasses.replace(batch, **parts)",
        """
        for name, part in parts.items():
            setattr(batch, name, part)
        return batch
        """,
    ),
)

classes_as_dataclasses = wrong(
    "one that takes a class for a dataclass",
    "is_dataclass says True of the class itself, too, which has no parts to bring.",
    replace("dataclasses.is_dataclass(batch) and not isinstance(batch, type)", "dataclasses.is_dataclass(batch)"),
)

lists_in_place = wrong(
    "one that writes into the caller's lists",
    "The batch is the caller's, and stays as it was: make a new list.",
    insert(
        """
        if isinstance(batch, list):
            for number, part in enumerate(batch):
                batch[number] = to_device(part, device)
            return batch
        """,
        before="if isinstance(batch, dict)",
    ),
)

dicts_in_place = wrong(
    "one that writes into the caller's dicts",
    "The batch is the caller's, and stays as it was: make a new dict.",
    replace(
        "return {key: to_device(part, device) for key, part in batch.items()}",
        """
        for key in batch:
            batch[key] = to_device(batch[key], device)
        return batch
        """,
    ),
)

first_level_only = wrong(
    "one that looks into the first packing only",
    "A list may hold a dict that holds a tuple: what brings the whole brings its parts.",
    body("""
        def moved(one):
            return one.to(device, non_blocking=True) if isinstance(one, Tensor) else one

        if isinstance(batch, dict):
            return {key: moved(part) for key, part in batch.items()}
        if isinstance(batch, tuple) and hasattr(batch, "_fields"):
            return type(batch)(*map(moved, batch))
        if isinstance(batch, list | tuple):
            return type(batch)(map(moved, batch))
        if dataclasses.is_dataclass(batch) and not isinstance(batch, type):
            parts = {one.name: moved(getattr(batch, one.name)) for one in dataclasses.fields(batch)}
            return dataclasses.replace(batch, **parts)
        return moved(batch)
    """),
)

drops_the_rest = wrong(
    "one that returns None for what is no tensor",
    "Numbers, texts and modules go along as they are.",
    insert(
        """
        if not isinstance(batch, list | tuple | dict) and not dataclasses.is_dataclass(batch):
            return None
        """,
        before="if isinstance(batch, dict)",
    ),
)

tensors_of_numbers = wrong(
    "one that makes tensors of numbers",
    "A number in a batch is no tensor, and stays a number.",
    insert(
        """
        if isinstance(batch, int | float):
            return torch.as_tensor(batch).to(device, non_blocking=True)
        """,
        before="if isinstance(batch, dict)",
    ),
)

moves_modules = wrong(
    "one that moves modules, too",
    "A module is moved in place: the caller's own one would lie on the device afterwards.",
    insert(
        """
        if isinstance(batch, nn.Module):
            return copy.deepcopy(batch).to(device)
        """,
        before="if isinstance(batch, dict)",
    ),
)

moves_whatever_can_be_moved = wrong(
    "one that moves all that has a method `to`",
    "A module has one, too, and moves in place: the caller's own would lie on the device afterwards.",
    replace("isinstance(batch, Tensor)", 'hasattr(batch, "to")'),
)

refuses_the_rest = wrong(
    "one that stops at what is no tensor",
    "Numbers, texts and modules go along as they are.",
    insert(
        """
        if not isinstance(batch, list | tuple | dict) and not dataclasses.is_dataclass(batch):
            raise TypeError(f"cannot move a {type(batch).__name__}")
        """,
        before="if isinstance(batch, dict)",
    ),
)

detaches = wrong(
    "one that takes tensors out of their graph",
    "Gradients flow through `to`; behind detach they end.",
    replace("batch.to(device", "batch.detach().to(device"),
)

to_float32 = wrong(
    "one that makes float32 of every tensor",
    "Labels are whole numbers, and stay so: only the device changes.",
    replace("batch.to(device, non_blocking=True)", "batch.to(device, torch.float32, non_blocking=True)"),
)

always_copies = wrong(
    "one that copies what lies there already",
    "`to` gives back the tensor itself where nothing has to be moved: leave it at that.",
    replace("non_blocking=True)", "non_blocking=True, copy=True)"),
)

clones = same_as(always_copies, replace("non_blocking=True)", "non_blocking=True).clone()"))

waits_for_copies = wrong(
    "one that waits for each copy",
    "non_blocking=True lets the CPU go on while a copy of pinned memory is under way.",
    replace("batch.to(device, non_blocking=True)", "batch.to(device)"),
)

always_to_cuda = wrong(
    "one that brings all to the GPU, whatever the device is",
    "The device is an argument: it may be the CPU, and on other machines it is.",
    replace("batch.to(device, non_blocking=True)", "batch.cuda(non_blocking=True)"),
)

always_to_cpu = wrong(
    "one that brings all to the CPU, whatever the device is",
    "The device is an argument.",
    replace("batch.to(device, non_blocking=True)", 'batch.to("cpu", non_blocking=True)'),
)

leaves_parameters = wrong(
    "one that leaves parameters where they are",
    "A Parameter is a Tensor, and its type is another one: isinstance asks for both.",
    replace("isinstance(batch, Tensor)", "type(batch) is Tensor"),
)
