"""Run a learner's code with fixed random numbers, undo what it changes outside itself, and name it."""

from __future__ import annotations

import operator
import os
import random
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from types import FrameType
from typing import Any, NoReturn

from kata.checking import limits
from kata.checking.devices import found_devices
from kata.checking.lazy_dynamo import COMPILER


def fixed() -> Callable[[], None]:
    """Seed Python, numpy and torch; return a function that restores the previous states."""
    import numpy
    import torch

    states = random.getstate(), numpy.random.get_state(), torch.random.get_rng_state()
    far = [(state, put, seed) for state, put, seed in _of_accelerators()]
    random.seed(0)
    numpy.random.seed(0)
    torch.default_generator.manual_seed(0)  # torch.manual_seed would queue a call for each absent device, each time
    for _, _, seed in far:
        seed(0)

    def restore() -> None:
        random.setstate(states[0])
        numpy.random.set_state(states[1])
        torch.random.set_rng_state(states[2])
        for state, put, _ in far:
            put(state)

    return restore


def _of_accelerators() -> Iterator[tuple[Any, Callable[[Any], object], Callable[[int], object]]]:
    """Yield the random state of each accelerator in use, its setter, and its seeder.

    An unused accelerator is skipped: asking for its state would initialize it.
    """
    import torch

    for module in (torch.cuda, torch.xpu):
        if module.is_initialized():
            for generator in module.default_generators:
                yield generator.get_state(), generator.set_state, generator.manual_seed
    if "mps" in found_devices():
        yield torch.mps.get_rng_state(), torch.mps.set_rng_state, torch.mps.manual_seed


def settings() -> Iterator[tuple[str, Callable[[], Any], Callable[[Any], object]]]:
    """Yield the global settings that learners' code may change: a description, a getter and a setter."""
    import torch

    yield "the default dtype", torch.get_default_dtype, torch.set_default_dtype
    yield "the default device", _default_device, _set_default_device
    yield "inference mode", torch.is_inference_mode_enabled, _set_inference_mode
    yield "whether gradients are recorded", torch.is_grad_enabled, torch.set_grad_enabled
    yield "autocast", partial(torch.is_autocast_enabled, "cpu"), partial(torch.set_autocast_enabled, "cpu")
    yield "the number of threads", torch.get_num_threads, torch.set_num_threads
    deterministic = torch.are_deterministic_algorithms_enabled, torch.use_deterministic_algorithms
    yield "deterministic algorithms", *deterministic
    for name in ("deterministic", "benchmark"):
        yield f"torch.backends.cudnn.{name}", *_attribute(torch.backends.cudnn, name)
    yield "the hooks of all modules", _hooks, _set_hooks
    yield "the current folder", _folder, os.chdir


def _attribute(owner: Any, name: str) -> tuple[Callable[[], Any], Callable[[Any], object]]:
    return partial(getattr, owner, name), partial(setattr, owner, name)


_held: list[Any] = []  # a mode lasts as long as what made it


def _set_inference_mode(on: bool) -> None:
    import torch

    _held.append(torch.inference_mode(on))
    _held[-1].__enter__()


def _spaces_of_hooks() -> dict[str, Any]:
    from torch.nn.modules import module

    return {
        name: hooks for name, hooks in vars(module).items() if name.startswith("_global_") and hasattr(hooks, "clear")
    }


def _hooks() -> dict[str, Any]:
    return {name: dict(hooks) for name, hooks in _spaces_of_hooks().items() if hooks}


def _set_hooks(wanted: dict[str, Any]) -> None:
    for name, hooks in _spaces_of_hooks().items():
        hooks.clear()
        hooks.update(wanted.get(name, {}))


def _folder() -> str:
    try:
        return os.getcwd()
    except OSError:
        return "a folder that is gone"


def _default_device() -> Any:
    import torch

    try:
        return torch.get_default_device()
    except AttributeError:  # torch 2.6 cannot say it once it was put back
        return torch.device("cpu")


def _set_default_device(device: Any) -> None:
    import torch

    # Naming the CPU would leave a mode behind that slows every later call; None removes it.
    torch.set_default_device(None if device.type == "cpu" else device)


# Whoever replaces a name in one of these decides over right and wrong; each is put back after every check.
_WATCHED = (
    "torch",
    "torch.nn",
    "torch.nn.functional",
    "torch.nn.Module",
    "torch.nn.init",
    "torch.nn.Conv2d",
    "torch.nn.Linear",
    "torch.nn.Parameter",
    "torch.Tensor",
    "torch.autograd",
    "torch.optim",
    "torch.optim.SGD",
    "torch.optim.Optimizer",
    "torch.testing",
    "builtins",
    # what asks, and what reports
    "kata.checking.expect",
    "kata.checking.sandbox",
    "kata.checking.limits",
    "kata.checking.patterns",
    "kata.checking.loading",
    "kata.checking.snapshot",
    "kata.plugin",
    "kata.running.checks",
    "kata.running.explain",
    "kata.running.session",
    "_pytest.outcomes",
    "_pytest.python",
    "_pytest.runner",
)


class Skips(Exception):
    """The code asked that its own check be skipped."""


class LeavesProcess(BaseException):
    """The learner's code asked the whole process to end at once."""


class ReadsKeyboard(Exception):
    """The learner's code waits for a line from the keyboard."""


class ShortCut(Exception):
    """A function was called that the exercise builds by hand."""


class Interrupts(Exception):
    """The learner's code raised `KeyboardInterrupt` itself, without Ctrl-C."""


class _NoKeyboard:
    encoding = "utf-8"

    def _refuse(self, *_: object) -> NoReturn:
        raise ReadsKeyboard("there is no keyboard in a check")

    read = readline = readlines = fileno = __iter__ = __next__ = _refuse

    def isatty(self) -> bool:
        return False

    def close(self) -> None: ...


class _Open:
    """A stream that cannot be closed: the report still needs it."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def close(self) -> None: ...


def _no_debugger(*_: object, **__: object) -> NoReturn:
    raise ReadsKeyboard("breakpoint() was called")


@contextmanager
def guarded(debugged: bool = False) -> Iterator[list[str]]:
    """Run a block of learners' code from a fixed random state, then restore everything.

    Args:
        debugged: whether a debugger may use the keyboard.

    Yields:
        a list that is filled, after the block, with a sentence for each thing that the code changed.
    """
    changed: list[str] = []
    with ExitStack() as stack:
        restore = _remember()
        stack.callback(lambda: changed.extend(restore()))  # last of all
        stack.callback(_refuse_to_leave())
        replaced: dict[str, Any] = {"stdout": _Open(sys.stdout), "stderr": _Open(sys.stderr)}
        replaced |= {} if debugged else {"stdin": _NoKeyboard(), "breakpointhook": _no_debugger}
        for name, value in replaced.items():
            stack.callback(setattr, sys, name, getattr(sys, name))
            setattr(sys, name, value)
        stack.enter_context(_only_real_interrupts())
        stack.enter_context(limits.limited())
        yield changed


def _remember() -> Callable[[], list[str]]:
    """Snapshot what learners' code may change; return a function that restores it and names the changes."""
    import torch

    if torch.get_num_threads() > 1:
        torch.set_num_threads(1)  # checks are small: threads cost more than they give, and far more on a busy machine
    before = [(what, get, put, get()) for what, get, put in settings()]
    spaces = [(name, space, dict(vars(space))) for name, space in _spaces()]
    put_random_states_back = fixed()

    def restore() -> list[str]:
        names = [sentence for space in spaces for sentence in _restore_names(*space)]
        changed = [_in_words(what, old, get()) for what, get, _, old in before if get() != old]
        for _, get, put, old in before:
            if get() != old:
                put(old)
        put_random_states_back()
        return names + changed

    return restore


def _in_words(what: str, old: Any, new: Any) -> str:
    return f"{what} were changed" if isinstance(new, dict) else f"{what} was {old}, and is now {new}"


def _spaces() -> Iterator[tuple[str, Any]]:
    for name in _WATCHED:
        owner, _, last = name.rpartition(".")
        space = sys.modules.get(name) or getattr(sys.modules.get(owner), last, None)
        if space is not None:
            yield name, space


def _restore_names(name: str, space: Any, before: dict[str, Any]) -> list[str]:
    now = vars(space)
    # The usual case: any change of a name changes the values, or their order. An object may override `==`.
    if len(now) == len(before) and all(map(operator.is_, now.values(), before.values())):
        return []
    hidden = [key for key in now.keys() - before.keys() if _hides(space, key) and not _is_torchs(name, key, now[key])]
    for key in hidden:
        delattr(space, key)
    changed = [
        key for key, old in before.items() if now.get(key) is not old and not _is_torchs(name, key, now.get(key))
    ]
    for key in changed:
        setattr(space, key, before[key])
    return [f"{name}.{key} was replaced" for key in (*changed, *hidden)]


def _hides(space: Any, key: str) -> bool:
    """Whether a new attribute of a class hides an inherited one."""
    return isinstance(space, type) and not key.startswith("_") and any(key in vars(base) for base in space.__mro__[1:])


def _is_torchs(name: str, key: str, value: object) -> bool:
    """Whether torch made the replacement: its lazily loaded submodules wrap other functions."""
    return f"{name}.{key}" == COMPILER or (getattr(value, "__module__", None) or "").partition(".")[0] == "torch"


def _refuse_to_leave() -> Callable[[], None]:
    """Make `os._exit` and its like raise, so that the process survives to report."""
    originals = {name: getattr(os, name) for name in ("_exit", "abort") if hasattr(os, name)}

    process = os.getpid()

    def refusing(original: Callable[..., NoReturn]) -> Callable[..., NoReturn]:
        def leave(*arguments: object) -> NoReturn:
            if os.getpid() != process:  # a child, such as a worker of a DataLoader, ends as it likes
                original(*arguments)
            raise LeavesProcess("the whole process was asked to end")

        return leave

    for name, original in originals.items():
        setattr(os, name, refusing(original))

    def restore() -> None:
        for name, original in originals.items():
            setattr(os, name, original)

    return restore


@contextmanager
def _only_real_interrupts() -> Iterator[None]:
    """Turn a `KeyboardInterrupt` that the code raised itself into `Interrupts`; let a real Ctrl-C through."""
    pressed = False

    def note(number: int, frame: FrameType | None) -> None:
        nonlocal pressed
        pressed = True
        signal.default_int_handler(number, frame)

    try:
        before = signal.signal(signal.SIGINT, note)
    except ValueError:  # not in the main thread: Ctrl-C does not arrive here
        before = None
    try:
        yield
    except KeyboardInterrupt as interrupt:
        if pressed:
            raise
        raise Interrupts("KeyboardInterrupt was raised").with_traceback(interrupt.__traceback__) from None
    finally:
        if before is not None:
            signal.signal(signal.SIGINT, before)
