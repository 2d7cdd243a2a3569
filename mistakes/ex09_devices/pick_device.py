"""Lesson 9, pick_device: how it is observed, and the bank of its wrong answers."""

import functools
from typing import Any

import torch

from kata.authoring import BUILT_FOR, Observation, body, exercise, fake_machine, observes, replace, same_as, wrong
from mistakes.ex09_devices.shared import outcome


@observes("pick_device", "Your devices are those of {}.")
def observe_pick_device(lesson: Any, see: Observation) -> None:
    for kind in ("mps", "cuda", "xpu", "", BUILT_FOR, "cuda", ""):
        where = f"a machine with {kind}" if kind and kind != BUILT_FOR else "a machine without an accelerator"
        where = "a machine whose torch was built for a card that is not there" if kind == BUILT_FOR else where
        with fake_machine(kind):
            found = outcome(lesson.pick_device)
        shown = f"{type(found).__name__} {found}" if isinstance(found, torch.device | str) else str(found)
        see(f"what is picked on {where}", shown)
    see("the default device afterwards", str(torch.get_default_device()))


exercise("pick_device")

always_cpu = wrong(
    "one that always takes the CPU",
    "It runs everywhere, and leaves every accelerator idle: ask torch whether there is one.",
    body('return torch.device("cpu")'),
)

always_cuda = wrong(
    "one that always takes a GPU",
    "Most machines have none, and there the first tensor fails: ask before you take it.",
    body('return torch.device("cuda")'),
)

knows_cuda_only = wrong(
    "one that knows CUDA only",
    "A Mac has MPS and an Intel card XPU: torch.accelerator asks for all of them at once.",
    body('return torch.device("cuda" if torch.cuda.is_available() else "cpu")'),
)

numbered_cuda = same_as(
    knows_cuda_only,
    body("""
        if torch.cuda.is_available():
            return torch.device("cuda:0")
        return torch.device("cpu")
    """),
)

knows_cuda_and_mps = wrong(
    "one that knows CUDA and MPS, and no other",
    "There are more kinds, and new ones come: torch.accelerator asks for all of them at once.",
    body("""
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    """),
)

knows_mps_only = wrong(
    "one that knows MPS only",
    "Most accelerators are of another kind: torch.accelerator asks for all of them at once.",
    body('return torch.device("mps" if torch.backends.mps.is_available() else "cpu")'),
)

calls_each_cuda = wrong(
    "one that calls each accelerator CUDA",
    "Whether there is one is half of the answer; which one it is, torch.accelerator.current_accelerator() says.",
    body('return torch.device("cuda" if torch.accelerator.is_available() else "cpu")'),
)

not_asked_whether_there = wrong(
    "one that takes what torch was built for",
    "current_accelerator() names what torch was built for, also where no card is there: ask is_available() first.",
    body("""
        found = torch.accelerator.current_accelerator()
        return torch.device("cpu") if found is None else found
    """),
)

built_or_none = wrong(
    "one that returns what torch was built for, or None",
    "Where there is no accelerator, the CPU is the device; and where one was built in, it may still not be there.",
    body("return torch.accelerator.current_accelerator()"),
)

none_without = wrong(
    "one that returns None where there is no accelerator",
    "The CPU is a device, too, and always there.",
    body("return torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None"),
)

none_by_if = same_as(
    none_without,
    body("""
        if torch.accelerator.is_available():
            return torch.accelerator.current_accelerator()
    """),
)

the_other_way_round = wrong(
    "one that takes the CPU where there is an accelerator, and none where there is not",
    "The two ways are swapped.",
    replace("if torch.accelerator.is_available() else None", "if not torch.accelerator.is_available() else None"),
)

returns_a_name = wrong(
    "one that returns a name and no torch.device",
    "A text has no .type: make a torch.device of it.",
    body('return str(torch.accelerator.current_accelerator()) if torch.accelerator.is_available() else "cpu"'),
)

returns_its_type = same_as(
    returns_a_name,
    body('return torch.accelerator.current_accelerator().type if torch.accelerator.is_available() else "cpu"'),
)

returns_whether = wrong(
    "one that returns whether there is an accelerator",
    "The question is which device it is.",
    body("return torch.accelerator.is_available()"),
)

returns_the_module = wrong(
    "one that returns the function, and does not call it",
    "Parentheses behind its name call it.",
    body('return torch.accelerator.current_accelerator if torch.accelerator.is_available() else torch.device("cpu")'),
)

returns_an_index = wrong(
    "one that returns a number",
    "The number of the accelerator says nothing of its kind: a torch.device says both.",
    body(
        "return torch.accelerator.current_device_index() if torch.accelerator.is_available() else torch.device('cpu')"
    ),
)

picks_and_returns_nothing = wrong(
    "one that returns nothing",
    "A function without `return` gives back None.",
    body("device = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else 'cpu'"),
)

two_at_least = wrong(
    "one that takes an accelerator only where there are two or more",
    "One is enough.",
    replace("torch.accelerator.is_available()", "torch.accelerator.device_count() > 1"),
)

fails_without = wrong(
    "one that stops where there is no accelerator",
    "On the CPU all of it runs, too, only slower.",
    body("""
        if not torch.accelerator.is_available():
            raise RuntimeError("no accelerator")
        return torch.accelerator.current_accelerator()
    """),
)

sets_the_default = wrong(
    "one that makes the accelerator torch's default device",
    "Every tensor of the program would then lie there unasked: give the device back, and set nothing.",
    body("""
        found = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
        device = torch.device("cpu") if found is None else found
        torch.set_default_device(device)
        return device
    """),
)

_ASKED: list[torch.device] = []

asked_once = wrong(
    "one that asks once and keeps the answer",
    "What it found first is given back for ever, also where it is no longer so: ask at each call.",
    body("""
        if not _ASKED:
            found = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
            _ASKED.append(torch.device("cpu") if found is None else found)
        return _ASKED[0]
    """),
)
