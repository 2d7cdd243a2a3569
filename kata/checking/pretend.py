"""A pretend accelerator: tensors that say they lie on ``cuda:0``, with their values on the CPU.

Where there is no GPU, checks of devices run on it: code that leaves a tensor behind is refused in torch's own
words, and every value can be compared. It shows where tensors lie and nothing else: no speed, no limit of memory,
no numerics of a GPU.

What lies there is known by its memory, not by the tensor object: views, `detach`, `.data`, a Parameter made of a
tensor and a deep copy of it are where it is, and a move makes new memory.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

FAR = torch.device("cuda", 0)
MIXED = "Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu!"
INDICES = "indices should be either on cpu or on the same device as the indexed tensor (cpu)"
NO_NUMPY = "can't convert cuda:0 device type tensor to numpy. Use Tensor.cpu() to copy the tensor to host memory first."
GENERATOR = "Expected a 'cuda' device type for generator but found 'cpu'"
_MAY_MIX = {"copy_", "__set__", "__setitem__", "_has_compatible_shallow_copy_type", "__deepcopy__"}
_TAKES_INDICES = {"index_put", "index_put_"}  # which may lie on the CPU, as in x[indices] = values
_FOLLOW_THE_FIRST = _MAY_MIX | {"new_tensor", "new_zeros", "new_ones", "new_full", "new_empty"}


@contextmanager
def pretend_accelerator() -> Iterator[torch.device]:
    """Pretend within a ``with`` block that there is one accelerator; give its device."""
    current = torch.device("cuda")
    with ExitStack() as stack:
        for target, name, value in (
            (torch.accelerator, "is_available", True),
            (torch.accelerator, "current_accelerator", current),
            (torch.accelerator, "device_count", 1),
            (torch.accelerator, "synchronize", None),
            (torch.accelerator, "current_stream", mock.Mock(is_capturing=_answering(False))),  # Adam asks for it
            (torch.cuda, "is_current_stream_capturing", False),
            (torch.cuda, "is_available", True),
            (torch.cuda, "device_count", 1),
            (torch.cuda, "current_device", 0),
            (torch.cuda, "synchronize", None),
            (torch.cuda, "manual_seed_all", None),
        ):
            stack.enter_context(mock.patch.object(target, name, _answering(value)))
        stack.enter_context(mode := _Pretend())
        stack.enter_context(mock.patch.object(torch, "load", mode.loading(torch.load)))
        yield FAR


def _answering(value: object) -> Callable[..., object]:
    return lambda *_, **__: value


def _means_far(device: Any) -> bool:
    """Whether a device, in any of the spellings that torch takes, is the accelerator."""
    return isinstance(device, int) or torch.device(device).type == "cuda"


def _tensors_in(value: object) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, list | tuple | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _tensors_in(part)


class _Pretend(TorchFunctionMode):
    def __init__(self) -> None:
        super().__init__()
        self._far: weakref.WeakSet[Any] = weakref.WeakSet()

    def is_far(self, tensor: Tensor) -> bool:
        """Whether a tensor pretends to lie on the accelerator."""
        return tensor.untyped_storage() in self._far

    def _mark(self, result: Any) -> None:
        for tensor in _tensors_in(result):
            self._far.add(tensor.untyped_storage())

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs, name = dict(kwargs or {}), getattr(func, "__name__", "")
        special = getattr(self, f"_{name}", None) if name in _SPECIAL else None
        if special is not None:
            return special(func, args, kwargs)
        if name == "__get__":
            return self._attribute(func, args)
        wants_far = None
        if kwargs.get("device") is not None:
            wants_far = _means_far(kwargs["device"])
            kwargs["device"] = "cpu"
            if wants_far and kwargs.get("generator") is not None:
                raise RuntimeError(GENERATOR)
        taken = [args[0], *args[2:], kwargs.get("values")] if name in _TAKES_INDICES else [args, kwargs]
        tensors = list(_tensors_in(taken))
        self._refuse_mixture(name, tensors)
        result = func(*args, **kwargs)
        if wants_far is None:
            follows = tensors[:1] if name in _FOLLOW_THE_FIRST else tensors
            wants_far = any(map(self.is_far, follows))
        if wants_far:
            self._mark(result)
        return result

    def _refuse_mixture(self, name: str, tensors: list[Tensor]) -> None:
        """Refuse what a GPU refuses: tensors of both devices in one call, but for numbers of no dimensions."""
        if len({self.is_far(tensor) for tensor in tensors if tensor.dim()}) == 2 and name not in _MAY_MIX:
            raise RuntimeError(MIXED)

    def _attribute(self, func: Any, args: Any) -> Any:
        """Return an attribute of a tensor: where it lies, or its gradient, which autograd made unseen."""
        owner, value = func.__self__, func(*args)
        if owner is Tensor.device:
            return FAR if self.is_far(args[0]) else value
        if owner is Tensor.is_cuda:
            return self.is_far(args[0])
        if owner is Tensor.is_cpu:
            return not self.is_far(args[0])
        if owner is Tensor.grad and value is not None and self.is_far(args[0]):
            self._mark(value)
        return value

    def _moved(self, tensor: Tensor, far: bool, *dtypes: torch.dtype, **words: Any) -> Tensor:
        move: Any = tensor.to  # its overloads do not know of lists of arguments
        given: Tensor = move(*dtypes, **words) if dtypes or words else tensor
        if far != self.is_far(tensor) and given.untyped_storage() is tensor.untyped_storage():
            given = given.clone()  # in the graph, as a move is
        if far:
            self._mark(given)
        return given

    def _to(self, func: Any, args: Any, kwargs: Any) -> Any:
        tensor, *rest = args
        far, dtypes = self.is_far(tensor), []
        for value in [*rest, kwargs.pop("device", None), kwargs.pop("other", None)]:
            if isinstance(value, Tensor):
                far, dtypes = self.is_far(value), [value.dtype]
            elif isinstance(value, torch.dtype):
                dtypes = [value]
            elif value is not None and not isinstance(value, bool):
                far = _means_far(value)
        words = {name: kwargs[name] for name in ("dtype", "copy", "memory_format") if kwargs.get(name) is not None}
        return self._moved(tensor, far, *dtypes, **words)

    def _cuda(self, func: Any, args: Any, kwargs: Any) -> Any:
        return self._moved(args[0], far=True)

    def _cpu(self, func: Any, args: Any, kwargs: Any) -> Any:
        return self._moved(args[0], far=False)

    def _get_device(self, func: Any, args: Any, kwargs: Any) -> Any:
        return 0 if self.is_far(args[0]) else -1

    def _numpy(self, func: Any, args: Any, kwargs: Any) -> Any:
        if self.is_far(args[0]):
            raise TypeError(NO_NUMPY)
        return func(*args, **kwargs)

    ___array__ = _numpy

    def ___repr__(self, func: Any, args: Any, kwargs: Any) -> Any:
        text = func(*args, **kwargs)
        shows = self.is_far(args[0]) and text.endswith(")") and not isinstance(args[0], nn.Parameter)
        return f"{text[:-1]}, device='{FAR}')" if shows else text

    def ___getitem__(self, func: Any, args: Any, kwargs: Any) -> Any:
        indices = [tensor for tensor in _tensors_in(args[1]) if tensor.dim()]
        far = self.is_far(args[0])
        if not far and any(map(self.is_far, indices)):
            raise RuntimeError(INDICES)
        result = func(*args, **kwargs)
        if far:
            self._mark(result)
        return result

    def _tensor(self, func: Any, args: Any, kwargs: Any) -> Any:
        """Make a tensor of numbers, or of other tensors, which may lie anywhere."""
        device = kwargs.pop("device", None)
        source = args[0] if args and isinstance(args[0], Tensor) else None
        far = _means_far(device) if device is not None else source is not None and self.is_far(source)
        result = func(*args, **kwargs)
        if source is not None and result.untyped_storage() is source.untyped_storage() and far != self.is_far(source):
            result = result.clone()
        if far:
            self._mark(result)
        return result

    _as_tensor = _tensor

    def __parse_to(self, func: Any, args: Any, kwargs: Any) -> Any:
        """Read what `Module.to` was given: torch itself would look for a GPU."""
        values = [*args, kwargs.get("device")]
        far = [_means_far(value) for value in values if isinstance(value, str | int | torch.device)]
        if not any(far) or any(isinstance(value, Tensor) for value in values):
            return func(*args, **kwargs)
        dtype = kwargs.get("dtype") or next((value for value in args if isinstance(value, torch.dtype)), None)
        return FAR, dtype, bool(kwargs.get("non_blocking")), None

    def loading(self, load: Callable[..., Any]) -> Callable[..., Any]:
        """Return `torch.load`, which brings what it reads to where it is asked to."""

        def pretend_load(f: Any, map_location: Any = None, *args: Any, **words: Any) -> Any:
            named = isinstance(map_location, str | torch.device)
            loaded = load(f, "cpu" if named and _means_far(map_location) else map_location, *args, **words)
            if named and _means_far(map_location):
                self._mark(loaded)
            return loaded

        return pretend_load


_SPECIAL = {"to", "cuda", "cpu", "get_device", "numpy", "__array__", "__repr__", "__getitem__", "tensor", "as_tensor"}
_SPECIAL |= {"_parse_to"}
