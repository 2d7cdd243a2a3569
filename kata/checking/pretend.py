"""A pretend accelerator: tensors that say they lie on ``cuda:0``, with their values on the CPU.

Device checks run on it where there is no GPU: mixing devices raises torch's own errors, and all values can be compared.
It simulates where tensors lie and nothing else: no speed, no memory limit, no GPU numerics. Its answers were compared
with a recording of a real card; for tensors on two devices it raises the generic one of torch's messages.

The storage of a tensor decides where it lies, not the tensor object: views, `detach`, `.data`, a Parameter of a tensor
and its deep copy lie where it does, and a move makes new storage.
"""

from __future__ import annotations

import inspect
import weakref
from collections.abc import Callable, Iterator, MutableSet
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace
from typing import Any, ClassVar
from unittest import mock

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils import _device

MIXED = "Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu!"
_GRADIENT = (
    "attempting to assign a gradient with device type '{}' to a tensor with device type '{}'. "
    "Please ensure that the gradient and the tensor are on the same device"
)

MAY_MIX = {"copy_", "__set__", "__setitem__", "_has_compatible_shallow_copy_type", "__deepcopy__"}
READ_SHAPES_ONLY = {
    "expand_as",
    "view_as",
    "reshape_as",
    "broadcast_tensors",
}  # each result lies where its own source does
TAKE_INDICES = {"index_put", "index_put_"}  # which may lie on the CPU, as in x[indices] = values
_IN_PLACE = {f"__i{name}__" for name in ("add", "sub", "mul", "truediv", "pow", "matmul")}

IsFar = Callable[[Tensor], bool]


def refuse(name: str, tensors: list[Tensor], is_far: IsFar) -> None:
    """Raise if one call mixes devices; a 0-d tensor on the CPU may be mixed with any other.

    Args:
        name: the function's name.
        tensors: its arguments.
        is_far: whether a tensor is on the accelerator.

    Raises:
        RuntimeError: in torch's own words.
    """
    if name in MAY_MIX or name in READ_SHAPES_ONLY or not any(map(is_far, tensors)):
        return
    near = [tensor for tensor in tensors if not is_far(tensor)]
    changes_near = _changes_its_own(name) and bool(near) and near[0] is tensors[0]
    if changes_near or any(tensor.dim() for tensor in near):
        raise RuntimeError(MIXED)


def _changes_its_own(name: str) -> bool:
    return name in _IN_PLACE or (name.endswith("_") and not name.endswith("__"))


def refuse_gradient(tensor: Tensor, gradient: Any, is_far: IsFar) -> None:
    """Raise if a gradient is on another device than its tensor."""
    if isinstance(gradient, Tensor) and is_far(tensor) != is_far(gradient):
        raise RuntimeError(_GRADIENT.format(*("cuda" if is_far(one) else "cpu" for one in (gradient, tensor))))


def refuse_labels(name: str, target: Any, error: Exception) -> None:
    """Raise the error of a GPU for labels of another dtype than int64."""
    if name in ("cross_entropy", "nll_loss") and "expected target dtype to be Long" in str(error):
        kind = type_of(target).rpartition(".")[2].removesuffix("Tensor")
        kernel = "nll_loss_forward_reduce_cuda_kernel_2d_index"
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{kind}'") from None


def type_of(tensor: Tensor, far: bool = False) -> str:
    """Return the old name of a tensor's type: "torch.cuda.FloatTensor"."""
    with torch._C.DisableTorchFunction():
        kind = tensor.type()
    return kind.replace("torch.", "torch.cuda.") if far else kind


Storages = MutableSet[Any]  # those that lie on the accelerator
LOCATION = "cuda:0"


class FarType:
    """Stand-in for ``torch.cuda.FloatTensor`` and its like: creates tensors there and supports isinstance."""

    KINDS: ClassVar = (
        "FloatTensor",
        "DoubleTensor",
        "HalfTensor",
        "LongTensor",
        "IntTensor",
        "ShortTensor",
        "ByteTensor",
        "BoolTensor",
    )

    def __init__(self, name: str, far: Callable[[Any], Any]) -> None:
        self.__name__, self._far = f"torch.cuda.{name}", far
        self._near: Any = getattr(torch, name)
        self.dtype: torch.dtype = self._near.dtype

    def __call__(self, *args: Any) -> Any:
        return self._far(self._near(*args))

    def __instancecheck__(self, value: object) -> bool:
        return isinstance(value, Tensor) and value.is_cuda and value.dtype == self.dtype

    def __repr__(self) -> str:
        return f"<class '{self.__name__}'>"


def tag_of(location_tag: Callable[[Any], str], far: Storages) -> Callable[[Any], str]:
    """Return the function that `torch.save` asks for the location of a storage."""

    def tag(storage: Any) -> str:
        own = getattr(storage, "_untyped_storage", storage)
        return LOCATION if own in far else location_tag(storage)

    return tag


def loading(load: Callable[..., Any], far: Storages) -> Callable[..., Any]:
    """Return a `torch.load` that honours `map_location`, or restores the original device."""

    def pretend_load(f: Any, map_location: Any = None, *args: Any, **words: Any) -> Any:
        return load(f, _placing(map_location, far), *args, **words)

    return pretend_load


def _placing(map_location: Any, far: Storages) -> Callable[[Any, str], Any]:
    def place(storage: Any, location: str) -> Any:
        if callable(map_location):
            placed = map_location(storage, location)
            if placed is not None:
                return placed
        elif isinstance(map_location, dict):
            location = map_location.get(location, location)
        elif map_location is not None:
            location = str(map_location)
        if location.startswith("cuda"):
            far.add(storage)
        return storage

    return place


FAR = torch.device("cuda", 0)
NAME = "a pretend accelerator"
INDICES = "indices should be either on cpu or on the same device as the indexed tensor (cpu)"
NO_NUMPY = "can't convert cuda:0 device type tensor to numpy. Use Tensor.cpu() to copy the tensor to host memory first."
NO_PINNING = "cannot pin '{}' only dense CPU tensors can be pinned"
GENERATOR = "Expected a 'cuda' device type for generator but found 'cpu'"
_FOLLOW_THE_FIRST = MAY_MIX | {"new_tensor", "new_zeros", "new_ones", "new_full", "new_empty"}
_Error: type[RuntimeError] = getattr(torch, "AcceleratorError", RuntimeError)  # torch 2.8 and later


_MEMORY = 80 * 2**30  # bytes
_STREAM = SimpleNamespace(is_capturing=lambda: False, synchronize=lambda: None)
_ANSWERS: tuple[tuple[Any, str, object], ...] = (
    (torch.accelerator, "is_available", True),
    (torch.accelerator, "current_accelerator", torch.device("cuda")),
    (torch.accelerator, "device_count", 1),
    (torch.accelerator, "current_device_index", 0),  # torch 2.6 has it by another name
    (torch.accelerator, "synchronize", None),
    (torch.accelerator, "current_stream", _STREAM),  # Adam asks for it
    (torch.cuda, "is_current_stream_capturing", False),
    (torch.cuda, "is_available", True),
    (torch.cuda, "device_count", 1),
    (torch.cuda, "current_device", 0),
    (torch.cuda, "synchronize", None),
    (torch.cuda, "manual_seed_all", None),
    (torch.cuda, "get_device_name", NAME),
    # What torch asks a device besides: in autocast with bfloat16, fork_rng, and of its memory.
    (torch.cuda, "init", None),
    (torch.cuda, "get_device_properties", SimpleNamespace(name=NAME, major=9, minor=0, total_memory=_MEMORY)),
    (torch.cuda, "get_device_capability", (9, 0)),
    (torch.cuda, "set_device", None),
    (torch.cuda, "_exchange_device", 0),
    (torch.cuda, "_maybe_exchange_device", 0),
    (torch.cuda, "current_stream", _STREAM),
    (torch.cuda, "get_rng_state", torch.zeros(16, dtype=torch.uint8)),
    (torch.cuda, "get_rng_state_all", [torch.zeros(16, dtype=torch.uint8)]),
    (torch.cuda, "set_rng_state", None),
    (torch.cuda, "set_rng_state_all", None),
    (torch.cuda, "initial_seed", 0),
    (torch.cuda, "mem_get_info", (_MEMORY, _MEMORY)),
    *((torch.cuda, f"{which}memory_{kind}", 0) for which in ("", "max_") for kind in ("allocated", "reserved")),
    (torch.cuda, "empty_cache", None),
    (torch.accelerator, "set_device_index", None),
    (torch.accelerator, "memory_allocated", 0),
    (torch.accelerator, "empty_cache", None),
)


@contextmanager
def pretend_accelerator() -> Iterator[torch.device]:
    """Simulate one accelerator within a ``with`` block; yield its device."""
    mode = _Pretend()
    with ExitStack() as stack:
        for target, name, value in _ANSWERS:
            stack.enter_context(mock.patch.object(target, name, _answering(value), create=True))
        for kind in FarType.KINDS:
            stack.enter_context(mock.patch.object(torch.cuda, kind, FarType(kind, mode.far)))
        stack.enter_context(mode)
        stack.enter_context(mock.patch.object(torch, "load", loading(torch.load, mode.lies_far)))
        tag = tag_of(torch.serialization.location_tag, mode.lies_far)
        stack.enter_context(mock.patch.object(torch.serialization, "location_tag", tag))
        stack.enter_context(mock.patch.object(torch.UntypedStorage, "device", mode.device_of_storages(), create=True))
        yield FAR


def _answering(value: object) -> Callable[..., object]:
    return lambda *_, **__: value


def _means_far(device: Any) -> bool:
    """Whether a device, in any spelling that torch takes, is the accelerator."""
    device = torch.device("cuda", device) if isinstance(device, int) else torch.device(device)
    if device.type == "cuda" and device.index not in (None, 0):
        raise _Error("CUDA error: invalid device ordinal")
    return bool(device.type == "cuda")


def _tensors_in(value: object) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, list | tuple | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _tensors_in(part)


class _Pretend(TorchFunctionMode):
    def __init__(self) -> None:
        super().__init__()
        self.lies_far: weakref.WeakSet[Any] = weakref.WeakSet()  # storages
        self._copies = False
        self._pinned: weakref.WeakSet[Any] = weakref.WeakSet()

    def is_far(self, tensor: Tensor) -> bool:
        """Whether a tensor lies on the simulated accelerator."""
        return tensor.untyped_storage() in self.lies_far

    def far(self, result: Any) -> Any:
        """Mark all tensors of a result as on the accelerator, and return it."""
        for tensor in _tensors_in(result):
            self.lies_far.add(tensor.untyped_storage())
        return result

    def device_of_storages(self) -> property:
        """Return the `device` property of storages."""
        own: Any = inspect.getattr_static(torch.UntypedStorage, "device")
        return property(lambda one: FAR if one in self.lies_far and not self._copies else own.__get__(one))

    def _deepcopy(self, func: Any, args: Any, kwargs: Any) -> Any:
        """Deep-copy a tensor and its storage; torch would ask the device for it."""
        self._copies = True
        try:
            copied = func(*args, **kwargs)
        finally:
            self._copies = False
        return self.far(copied) if self.is_far(args[0]) else copied

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs, name = dict(kwargs or {}), getattr(func, "__name__", "")
        special = _SPECIAL.get(name)
        if special is not None:
            return special(self, func, args, kwargs)
        wants_far = self._asks_for(func, kwargs)
        taken = [args[0], *args[2:], kwargs.get("values")] if name in TAKE_INDICES else [args, kwargs]
        tensors = list(_tensors_in(taken))
        refuse(name, tensors, self.is_far)
        result = self._run(func, name, args, kwargs)
        if wants_far is None:
            follows = tensors[:1] if name in _FOLLOW_THE_FIRST else tensors
            wants_far = name not in READ_SHAPES_ONLY and any(map(self.is_far, follows))
        return self.far(result) if wants_far else result

    def _run(self, func: Any, name: str, args: Any, kwargs: Any) -> Any:
        try:
            return func(*args, **kwargs)
        except RuntimeError as error:
            if any(map(self.is_far, _tensors_in([args, kwargs]))):
                refuse_labels(name, kwargs.get("target", args[1] if len(args) > 1 else None), error)
            raise

    def _asks_for(self, func: Any, kwargs: dict[str, Any]) -> bool | None:
        """Remove the device argument of a call; return whether it is the accelerator, or None if there is none."""
        device = kwargs.get("device")
        if device is None and func in _device._device_constructors():
            device = _device.CURRENT_DEVICE  # of `set_default_device`
        if device is None:
            return None
        far = _means_far(device)
        kwargs["device"] = "cpu" if far else device
        if far and kwargs.get("generator") is not None:
            raise RuntimeError(GENERATOR)
        return far

    def _get(self, func: Any, args: Any, kwargs: Any) -> Any:
        """Return an attribute of a tensor that depends on the device, or its gradient, which autograd created."""
        owner, value = func.__self__, func(*args)
        if owner is Tensor.device:
            return FAR if self.is_far(args[0]) else value
        if owner is Tensor.is_cuda:
            return self.is_far(args[0])
        if owner is Tensor.is_cpu:
            return not self.is_far(args[0]) and value
        if owner is Tensor.grad and value is not None and self.is_far(args[0]):
            self.far(value)
        return value

    def _set(self, func: Any, args: Any, kwargs: Any) -> Any:
        if func.__self__ is Tensor.grad:
            refuse_gradient(args[0], args[1], self.is_far)
        return func(*args)

    def _moved(self, tensor: Tensor, far: bool, *dtypes: torch.dtype, **words: Any) -> Tensor:
        move: Any = tensor.to  # its overloads do not know of lists of arguments
        given: Tensor = move(*dtypes, **words) if dtypes or words else tensor
        if far != self.is_far(tensor) and given.untyped_storage() is tensor.untyped_storage():
            given = given.clone()  # in the graph, as a move is
        if far:
            self.far(given)
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
        device = args[1] if len(args) > 1 else kwargs.get("device")
        return self._moved(args[0], far=device is None or _means_far(device))

    def _cpu(self, func: Any, args: Any, kwargs: Any) -> Any:
        return self._moved(args[0], far=False)

    def _type(self, func: Any, args: Any, kwargs: Any) -> Any:
        """Return the name of a tensor's type, or a tensor of another type."""
        tensor, *rest = args
        kind = rest[0] if rest else kwargs.get("dtype")
        if kind is None:
            return type_of(tensor, self.is_far(tensor))
        if isinstance(kind, torch.dtype):
            return self._moved(tensor, self.is_far(tensor), kind)
        name = str(getattr(kind, "__name__", kind)).removeprefix("torch.")
        far = isinstance(kind, FarType) or name.startswith("cuda.")
        return self._moved(tensor, far, getattr(torch, name.removeprefix("cuda.")).dtype)

    def _type_as(self, func: Any, args: Any, kwargs: Any) -> Any:
        other = args[1] if len(args) > 1 else kwargs["other"]
        return self._moved(args[0], self.is_far(other), other.dtype)

    def _pin_memory(self, func: Any, args: Any, kwargs: Any) -> Any:
        if self.is_far(args[0]):
            raise RuntimeError(NO_PINNING.format(type_of(args[0], far=True)))
        pinned = args[0].clone()
        self._pinned.add(pinned.untyped_storage())
        return pinned

    def _is_pinned(self, func: Any, args: Any, kwargs: Any) -> Any:
        return args[0].untyped_storage() in self._pinned

    def _get_device(self, func: Any, args: Any, kwargs: Any) -> Any:
        return 0 if self.is_far(args[0]) else -1

    def _numpy(self, func: Any, args: Any, kwargs: Any) -> Any:
        forced = args[1] if len(args) > 1 else kwargs.get("force")
        if self.is_far(args[0]) and forced is not True:
            raise TypeError(NO_NUMPY)
        return func(*args, **kwargs)

    def _repr(self, func: Any, args: Any, kwargs: Any) -> Any:
        text = func(*args, **kwargs)
        shows = self.is_far(args[0]) and text.endswith(")") and not isinstance(args[0], nn.Parameter)
        return f"{text[:-1]}, device='{FAR}')" if shows else text

    def _getitem(self, func: Any, args: Any, kwargs: Any) -> Any:
        indices = [tensor for tensor in _tensors_in(args[1]) if tensor.dim()]
        far = self.is_far(args[0])
        if not far and any(map(self.is_far, indices)):
            raise RuntimeError(INDICES)
        result = func(*args, **kwargs)
        return self.far(result) if far else result

    def _tensor(self, func: Any, args: Any, kwargs: Any) -> Any:
        """Create a tensor from numbers, or from tensors on any device."""
        wanted = self._asks_for(func, kwargs)
        source = args[0] if args and isinstance(args[0], Tensor) else None
        far = wanted if wanted is not None else source is not None and self.is_far(source)
        result = func(*args, **kwargs)
        if source is not None and result.untyped_storage() is source.untyped_storage() and far != self.is_far(source):
            result = result.clone()
        return self.far(result) if far else result

    def _parse_to(self, func: Any, args: Any, kwargs: Any) -> Any:
        """Parse the arguments of `Module.to`; torch itself would look for a GPU."""
        values = [*args, kwargs.get("device"), kwargs.get("tensor")]
        other = next((value for value in values if isinstance(value, Tensor)), None)
        far = [_means_far(value) for value in values if isinstance(value, str | int | torch.device)]
        far += [self.is_far(other)] if other is not None else []
        if not any(far):
            return func(*args, **kwargs)
        dtype = kwargs.get("dtype") or next((value for value in args if isinstance(value, torch.dtype)), None)
        return FAR, other.dtype if other is not None else dtype, bool(kwargs.get("non_blocking")), None


_SPECIAL: dict[str, Callable[[_Pretend, Any, Any, Any], Any]] = {
    "__get__": _Pretend._get,
    "__set__": _Pretend._set,
    "__getitem__": _Pretend._getitem,
    "__array__": _Pretend._numpy,
    "__deepcopy__": _Pretend._deepcopy,
    "__repr__": _Pretend._repr,
    "_parse_to": _Pretend._parse_to,
    "as_tensor": _Pretend._tensor,
    "cpu": _Pretend._cpu,
    "cuda": _Pretend._cuda,
    "get_device": _Pretend._get_device,
    "is_pinned": _Pretend._is_pinned,
    "numpy": _Pretend._numpy,
    "pin_memory": _Pretend._pin_memory,
    "tensor": _Pretend._tensor,
    "to": _Pretend._to,
    "type": _Pretend._type,
    "type_as": _Pretend._type_as,
}
