"""Nothing that a learner's code changes outlasts the check, and each change is named."""

from __future__ import annotations

import builtins
import contextlib
import os
import random
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy
import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.modules import module

from kata.checking import sandbox
from kata.checking.sandbox import Interrupts, LeavesProcess, ReadsKeyboard, guarded


@pytest.fixture(autouse=True)
def _undone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put back what a broken guard would leave behind for the tests after it."""
    here, dtype, threads = os.getcwd(), torch.get_default_dtype(), torch.get_num_threads()
    torch.set_num_threads(1)  # as the guard does at its first use
    names = set(vars(torch.Tensor))
    monkeypatch.setattr(F, "relu", F.relu)
    monkeypatch.setattr(builtins, "sum", builtins.sum)
    yield
    os.chdir(here)
    torch.set_default_dtype(dtype)
    torch.set_grad_enabled(True)
    torch.set_num_threads(threads)
    for name in set(vars(torch.Tensor)) - names:
        delattr(torch.Tensor, name)


def changes_of(code: Callable[[], object]) -> list[str]:
    """Return what the guard says of the code."""
    with guarded() as changed:
        code()
    return changed


kept = contextlib.ExitStack()  # what is entered and never left


SETTINGS: list[tuple[Callable[[], object], Callable[[], object], str]] = [
    (
        lambda: torch.set_default_dtype(torch.float64),
        torch.get_default_dtype,
        "the default dtype was torch.float32, and is now torch.float64",
    ),
    (
        lambda: torch.set_default_device("meta"),
        sandbox._default_device,
        "the default device was cpu, and is now meta",
    ),
    (
        lambda: torch.set_grad_enabled(False),
        torch.is_grad_enabled,
        "whether gradients are recorded was True, and is now False",
    ),
    (
        lambda: torch.use_deterministic_algorithms(True),
        torch.are_deterministic_algorithms_enabled,
        "deterministic algorithms was False, and is now True",
    ),
    (
        lambda: torch.set_num_threads(2),
        torch.get_num_threads,
        "the number of threads was 1, and is now 2",
    ),
    (
        lambda: kept.enter_context(torch.inference_mode()),
        torch.is_inference_mode_enabled,
        "inference mode was False, and is now True",
    ),
    (
        lambda: torch.set_autocast_enabled("cpu", True),
        lambda: torch.is_autocast_enabled("cpu"),
        "autocast was False, and is now True",
    ),
    (
        lambda: module.register_module_forward_hook(lambda *_: None),
        lambda: len(module._global_forward_hooks),
        "the hooks of all modules were changed",
    ),
    (
        lambda: os.chdir("/"),
        os.getcwd,
        f"the current folder was {os.getcwd()}, and is now /",
    ),
]
NAMES = ["dtype", "device", "gradients", "determinism", "threads", "inference", "autocast", "hooks", "folder"]

every_setting = pytest.mark.parametrize(("change", "get", "sentence"), SETTINGS, ids=NAMES)


@every_setting
def test_a_changed_setting_is_named(change: Callable[[], object], get: Callable[[], object], sentence: str) -> None:
    assert changes_of(change)[0] == sentence


@every_setting
def test_a_changed_setting_is_put_back(change: Callable[[], object], get: Callable[[], object], sentence: str) -> None:
    before = get()

    changes_of(change)

    assert get() == before


def test_code_that_changes_nothing_is_told_nothing() -> None:
    assert changes_of(lambda: F.relu(nn.Linear(3, 2)(torch.randn(1, 3))).sum().backward()) == []


def test_what_was_changed_and_put_back_by_the_code_itself_is_not_told() -> None:
    def code() -> None:
        with torch.no_grad():
            torch.zeros(1)

    assert changes_of(code) == []


# Names.


@pytest.mark.parametrize(
    ("owner", "name", "sentence"),
    [
        (F, "relu", "torch.nn.functional.relu was replaced"),
        (torch, "isclose", "torch.isclose was replaced"),
        (nn, "Linear", "torch.nn.Linear was replaced"),
        (nn.Linear, "forward", "torch.nn.Linear.forward was replaced"),
        (torch.Tensor, "__repr__", "torch.Tensor.__repr__ was replaced"),
        (builtins, "sum", "builtins.sum was replaced"),
    ],
    ids=["function", "torch", "class", "method", "tensor", "builtin"],
)
def test_a_replaced_name_is_named(owner: object, name: str, sentence: str) -> None:
    assert changes_of(lambda: setattr(owner, name, lambda *_: None)) == [sentence]


def test_a_replaced_name_that_was_inherited_is_named() -> None:
    assert changes_of(lambda: setattr(torch.Tensor, "view", abs)) == ["torch.Tensor.view was replaced"]


@pytest.mark.parametrize(
    ("owner", "name"),
    [(F, "relu"), (nn.Linear, "forward"), (builtins, "sum")],
    ids=["function", "method", "builtin"],
)
def test_a_replaced_name_is_put_back(owner: object, name: str) -> None:
    original = getattr(owner, name)

    changes_of(lambda: setattr(owner, name, lambda *_: None))

    assert getattr(owner, name) is original


@pytest.mark.parametrize(("owner", "name"), [(F, "relu"), (builtins, "sum")], ids=["function", "builtin"])
def test_a_deleted_name_is_put_back(owner: object, name: str) -> None:
    original = getattr(owner, name)

    changes_of(lambda: delattr(owner, name))

    assert getattr(owner, name) is original


def test_a_name_is_put_back_when_the_code_raises() -> None:
    original = F.relu

    def code() -> None:
        F.relu = abs  # type: ignore[assignment]
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011  (it has no words)
        changes_of(code)

    assert F.relu is original


# Random state.


def draws() -> tuple[float, float, float]:
    return random.random(), float(numpy.random.rand()), float(torch.rand(1))


def test_every_block_starts_from_one_and_the_same_random_state() -> None:
    seen: list[tuple[float, float, float]] = []
    changes_of(lambda: seen.append(draws()))
    changes_of(lambda: seen.append(draws()))

    assert seen[0] == seen[1]


def test_the_random_state_outside_is_left_as_it_was() -> None:
    random.seed(5), numpy.random.seed(5), torch.manual_seed(5)
    wanted = draws()
    random.seed(5), numpy.random.seed(5), torch.manual_seed(5)

    changes_of(lambda: (random.seed(6), numpy.random.seed(6), torch.manual_seed(6)))

    assert draws() == wanted


def test_drawing_random_numbers_is_no_change() -> None:
    assert changes_of(draws) == []


# Ways to leave.


@pytest.mark.parametrize("leave", [lambda: os._exit(0), lambda: os.abort()], ids=["_exit", "abort"])
def test_the_end_of_the_process_is_refused(leave: Callable[[], object]) -> None:
    with pytest.raises(LeavesProcess, match=r"^the whole process was asked to end$"):
        changes_of(leave)


@pytest.mark.parametrize("leave", ["_exit", "abort"])
def test_the_end_of_the_process_is_possible_again_afterwards(leave: str) -> None:
    original = getattr(os, leave)

    changes_of(lambda: None)

    assert getattr(os, leave) is original


def test_an_exit_passes() -> None:
    with pytest.raises(SystemExit):
        changes_of(sys.exit)


def test_an_interrupt_that_the_code_raised_is_told_apart() -> None:
    def code() -> None:
        raise KeyboardInterrupt

    with pytest.raises(Interrupts, match=r"^KeyboardInterrupt was raised$"):
        changes_of(code)


def test_an_interrupt_from_the_keyboard_passes() -> None:
    with pytest.raises(KeyboardInterrupt):
        changes_of(lambda: signal.raise_signal(signal.SIGINT))


def test_the_handler_of_interrupts_is_put_back() -> None:
    before = signal.getsignal(signal.SIGINT)

    changes_of(lambda: None)

    assert signal.getsignal(signal.SIGINT) is before


def test_a_block_may_run_in_another_thread() -> None:
    told: list[list[str]] = []
    thread = threading.Thread(target=lambda: told.append(changes_of(lambda: os.chdir(os.getcwd()))))
    thread.start()
    thread.join()

    assert told == [[]]


# The keyboard.


@pytest.mark.parametrize(
    "read",
    [lambda: sys.stdin.read(), lambda: sys.stdin.readline(), lambda: input(), lambda: list(sys.stdin)],
    ids=["read", "readline", "input", "lines"],
)
def test_there_is_no_keyboard(read: Callable[[], object]) -> None:
    with pytest.raises(ReadsKeyboard, match=r"^there is no keyboard in a check$"):
        changes_of(read)


def test_asking_whether_there_is_a_keyboard_is_answered() -> None:
    with guarded():
        assert not sys.stdin.isatty()


def test_the_keyboard_is_put_back() -> None:
    before = sys.stdin

    changes_of(lambda: None)

    assert sys.stdin is before


def test_the_place_to_print_to_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    before = sys.stdout
    monkeypatch.setattr(sys, "stdout", before)

    changes_of(lambda: setattr(sys, "stdout", None))

    assert sys.stdout is before


def test_a_folder_that_is_gone_does_not_stop_the_guard(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()

    def code() -> None:
        os.chdir(gone)
        gone.rmdir()

    with guarded() as changed:
        code()

    assert len(changed) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_child_of_learners_code_may_end() -> None:
    with guarded():
        child = os.fork()
        if child == 0:
            os._exit(7)
        _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 7


def test_what_checks_ask_with_is_put_back_and_named() -> None:
    from kata.checking import expect

    close = expect.close
    with guarded() as changed:
        expect.close = lambda *given, **named: None  # as a learner's file may do

    assert expect.close is close
    assert changed == ["kata.checking.expect.close was replaced"]
