"""What torch says to tensors of two devices in one call, function by function, as torch 2.9 and later do.

torch names the first argument, in the order of its own inner function, that does not lie where the first one does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

NEAR, FAR = "cpu", "cuda:0"
MIXED = f"Expected all tensors to be on the same device, but found at least two devices, {FAR} and {NEAR}!"
_NAMED = (
    "Expected all tensors to be on the same device, but got {} is on {}, different from other tensors on {} "
    "(when checking argument in method wrapper_CUDA_{})"
)
_MASK = "expected self and mask to be on the same device, but got mask on {} and self on {}"
_CONVOLUTION = "Input type ({}) and {} type ({}) should be the same"
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


@dataclass(frozen=True)
class _Inner:
    """torch's inner function: its name, and the names of its arguments with their places in the outer one."""

    name: str
    arguments: tuple[tuple[str, int, str], ...]


_LOSS = _Inner("nll_loss_forward", (("self", 0, "input"), ("target", 1, "target"), ("weight", 2, "weight")))
_PRODUCT = _Inner("mm", (("self", 0, "input"), ("mat2", 1, "mat2")))
_INNER = {
    "cross_entropy": _LOSS,
    "nll_loss": _LOSS,
    "linear": _Inner("addmm", (("self", 2, "bias"), ("mat1", 0, "input"), ("mat2", 1, "weight"))),
    "addmm": _Inner("addmm", (("self", 0, "input"), ("mat1", 1, "mat1"), ("mat2", 2, "mat2"))),
    "mm": _PRODUCT,
    "matmul": _PRODUCT,
    "__matmul__": _PRODUCT,
    "bmm": _Inner("bmm", _PRODUCT.arguments),
    "conv2d": _Inner("__slow_conv2d_forward", (("self", 0, "input"), ("weight", 1, "weight"), ("bias", 2, "bias"))),
    "batch_norm": _Inner(
        "_native_batch_norm",
        (("input", 0, "input"), ("weight", 3, "weight"), ("bias", 4, "bias"), ("running_mean", 1, "running_mean")),
    ),
    "index_select": _Inner("_index_select", (("self", 0, "input"), ("index", 2, "index"))),
    "gather": _Inner("gather", (("self", 0, "input"), ("index", 2, "index"))),
    "equal": _Inner("_equal", (("self", 0, "input"), ("other", 1, "other"))),
    "dot": _Inner("_dot", (("self", 0, "input"), ("tensor", 1, "tensor"))),
    "clamp": _Inner("clamp_Tensor", (("self", 0, "input"), ("min", 1, "min"), ("max", 2, "max"))),
    "isin": _Inner("isin_Tensor_Tensor", (("elements", 0, "elements"), ("test_elements", 1, "test_elements"))),
}


def refuse(name: str, args: tuple[Any, ...], kwargs: dict[str, Any], tensors: list[Tensor], is_far: IsFar) -> None:
    """Refuse what a GPU refuses: tensors of both devices in one call, but for a number of the CPU without dimensions.

    Raises:
        RuntimeError: in torch's own words.
    """
    if name in MAY_MIX or name in READ_SHAPES_ONLY or not any(map(is_far, tensors)):
        return
    near = [tensor for tensor in tensors if not is_far(tensor)]
    changes_near = _changes_its_own(name) and bool(near) and near[0] is tensors[0]
    if changes_near or any(tensor.dim() for tensor in near):
        raise RuntimeError(_said(name, args, kwargs, is_far) or MIXED)


def _changes_its_own(name: str) -> bool:
    return name in _IN_PLACE or (name.endswith("_") and not name.endswith("__"))


def refuse_gradient(tensor: Tensor, gradient: Any, is_far: IsFar) -> None:
    """Refuse a gradient that lies elsewhere than its tensor."""
    if isinstance(gradient, Tensor) and is_far(tensor) != is_far(gradient):
        raise RuntimeError(_GRADIENT.format(*(_where(one, is_far).split(":")[0] for one in (gradient, tensor))))


def refuse_labels(name: str, target: Any, error: Exception) -> None:
    """Say what a GPU says to labels of another dtype than long."""
    if name in ("cross_entropy", "nll_loss") and "expected target dtype to be Long" in str(error):
        kind = type_of(target).rpartition(".")[2].removesuffix("Tensor")
        kernel = "nll_loss_forward_reduce_cuda_kernel_2d_index"
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{kind}'") from None


def type_of(tensor: Tensor, far: bool = False) -> str:
    """Return the old name of a tensor's type: "torch.cuda.FloatTensor"."""
    with torch._C.DisableTorchFunction():
        kind = tensor.type()
    return kind.replace("torch.", "torch.cuda.") if far else kind


def _where(tensor: Tensor, is_far: IsFar) -> str:
    return FAR if is_far(tensor) else NEAR


def _said(name: str, args: tuple[Any, ...], kwargs: dict[str, Any], is_far: IsFar) -> str:
    """Return torch's sentence where it is one of its own; "" for the usual one."""
    if name == "masked_fill_":
        return _MASK.format(_where(args[1], is_far), _where(args[0], is_far))
    given = list(_given(name, args, kwargs))
    first = given[0][1] if given else None
    other = next(((torchs, one) for torchs, one in given[1:] if is_far(one) != is_far(given[0][1])), None)
    if first is None or other is None:
        return ""
    if name == "conv2d" and is_far(first):
        return _CONVOLUTION.format(type_of(first, far=True), other[0], type_of(other[1]))
    inner = _inner_name(name, given)
    return _NAMED.format(other[0], _where(other[1], is_far), _where(first, is_far), inner)


def _given(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterator[tuple[str, Tensor]]:
    """Yield the tensors that torch's inner function gets, in its order and by its names."""
    if name in ("cat", "stack"):
        yield from (("tensors", one) for one in (args[0] if args else kwargs["tensors"]))
        return
    if name == "einsum":
        operands = args[1] if isinstance(args[1], list | tuple) else args[1:]
        yield from zip(("self", "mat2"), operands, strict=False)
        return
    inner = _INNER.get(name)
    for torchs, place, word in inner.arguments if inner else ():
        one = args[place] if place < len(args) else kwargs.get(word)
        if isinstance(one, Tensor):
            yield ("self" if name == "linear" and word == "input" and not _has_bias(args, kwargs) else torchs), one


def _has_bias(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    return (len(args) > 2 and args[2] is not None) or kwargs.get("bias") is not None


def _inner_name(name: str, given: list[tuple[str, Tensor]]) -> str:
    if name in ("cat", "stack"):
        return "cat"
    if name == "einsum" or (name in ("matmul", "__matmul__") and max(one.dim() for _, one in given) > 2):
        return "bmm"
    if name == "linear" and given[0][0] == "self" and given[1][0] == "mat2":
        return "mm"
    return _INNER[name].name
