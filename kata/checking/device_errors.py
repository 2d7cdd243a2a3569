"""What torch raises where tensors of two devices meet in one call; of its sentences, the generic one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

NEAR, FAR = "cpu", "cuda:0"
MIXED = f"Expected all tensors to be on the same device, but found at least two devices, {FAR} and {NEAR}!"
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
    """Refuse tensors of both devices in one call; a tensor on the CPU without dimensions may meet any other.

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
