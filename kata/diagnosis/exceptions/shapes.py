"""Rules for shape errors."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from typing import Any

from kata.diagnosis.exceptions.frame import Frame, is_layer, is_tensor, known_value


def does_not_fit_into_view(error: BaseException, place: Frame) -> str | None:
    """A tensor has another number of elements than the shape for `view` or `reshape`."""
    if not isinstance(error, RuntimeError):
        return None
    for node in place.nodes:
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        tensor = known_value(node.func.value, place.frame)
        if node.func.attr not in ("view", "reshape") or not is_tensor(tensor):
            continue
        name, shape = ast.unparse(node.func.value), tuple(tensor.shape)
        sizes = _sizes(node)
        if sizes is None and "shape" in str(error) and "invalid for input" in str(error):
            asked = ", ".join(map(ast.unparse, node.args))
            return f"`{name}` is {shape}, {tensor.numel()} numbers: they do not fit into `{node.func.attr}({asked})`."
        if sizes is None or _fits(tensor.numel(), sizes):
            return None
        room = "" if -1 in sizes else f", which has room for {math.prod(sizes)}"
        return f"`{name}` is {shape}, {tensor.numel()} numbers: they do not fit into {tuple(sizes)}{room}."
    return None


def _sizes(call: ast.Call) -> list[int] | None:
    """Return the sizes in the call, or None if one is not known."""
    first = call.args[0] if call.args else None
    parts = first.elts if isinstance(first, ast.Tuple | ast.List) else call.args
    try:
        sizes = [ast.literal_eval(part) for part in parts]
    except ValueError:
        return None
    return sizes if all(isinstance(size, int) for size in sizes) else None


def _fits(numbers: int, sizes: list[int]) -> bool:
    known = math.prod(size for size in sizes if size != -1)
    return numbers == known if -1 not in sizes else bool(known) and numbers % known == 0


def do_not_line_up(error: BaseException, place: Frame) -> str | None:
    """The shapes of two operands do not broadcast, or cannot be multiplied as matrices."""
    if not isinstance(error, RuntimeError):
        return None
    for left, right, is_product in _pairs(place):
        a, b = _like(left, place), _like(right, place)
        if a is None or b is None:
            continue
        both = f"`{ast.unparse(left)}` is {tuple(a.shape)} and `{ast.unparse(right)}` is {tuple(b.shape)}"
        if is_product and a.dim() and b.dim() and a.shape[-1] != b.shape[max(b.dim() - 2, 0)]:
            counts = f"{a.shape[-1]} and {b.shape[max(b.dim() - 2, 0)]}"
            return f"{both}: a matrix product needs as many columns on the left as rows on the right, not {counts}."
        sizes = zip(a.shape[::-1], b.shape[::-1], strict=False)
        apart = next(((m, k) for m, k in sizes if m != k and 1 not in (m, k)), None)
        if apart and not is_product:
            meets = f"{apart[0]} meets {apart[1]}"
            kept = " `keepdim=True` keeps a dimension that is summed up." if _loses_a_dimension(left, right) else ""
            return f"{both}: counted from the last, their sizes must be equal or 1, and {meets}.{kept}"
    return None


def _like(node: ast.AST, place: Frame) -> Any:
    """Return a meta tensor of the shape of an expression, or None if it is unknown.

    Methods without side effects are called on meta tensors, so nothing is computed.
    """
    import torch

    value = known_value(node, place.frame)
    if is_tensor(value):
        return torch.empty(value.shape, dtype=value.dtype, device="meta")
    if isinstance(node, ast.Attribute) and node.attr in ("T", "mT"):
        owner = _like(node.value, place)
        return owner if owner is None else getattr(owner, node.attr)
    if isinstance(node, ast.Subscript):
        owner, index = _like(node.value, place), _plain([node.slice])
        return None if owner is None or index is None else owner[index[0]]
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr.endswith("_"):
        return None
    owner, arguments = _like(node.func.value, place), _plain([*node.args, *(word.value for word in node.keywords)])
    if owner is None or arguments is None:
        return None
    names = {str(word.arg): value for word, value in zip(node.keywords, arguments[len(node.args) :], strict=True)}
    result = getattr(owner, node.func.attr)(*arguments[: len(node.args)], **names)
    return result if is_tensor(result) else None


def _plain(parts: list[ast.expr]) -> list[Any] | None:
    """Return the literal numbers and booleans of the arguments, or None if one is no literal."""
    try:
        return [ast.literal_eval(part) for part in parts]
    except ValueError:
        return None


def _loses_a_dimension(*operands: ast.expr) -> bool:
    calls = [one for one in operands if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute)]
    return any(one.func.attr in _REDUCE and "keepdim" not in {w.arg for w in one.keywords} for one in calls)  # type: ignore[attr-defined]


_REDUCE = ("sum", "mean", "amax", "amin", "norm", "std", "var", "prod", "logsumexp")


def _pairs(place: Frame) -> Iterator[tuple[ast.expr, ast.expr, bool]]:
    """Yield the pairs of operands on the line, and whether they are multiplied as matrices."""
    for node in place.nodes:
        if isinstance(node, ast.BinOp):
            yield node.left, node.right, isinstance(node.op, ast.MatMult)
        elif isinstance(node, ast.AugAssign):
            yield node.target, node.value, isinstance(node.op, ast.MatMult)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in _MATRIX_PRODUCTS and len(node.args) == 2:
            yield node.args[0], node.args[1], True


_MATRIX_PRODUCTS = ("torch.matmul", "torch.mm", "torch.bmm")


def whole_number_wanted(error: BaseException, place: Frame) -> str | None:
    """A float, made by `/`, is used as a size, an index or a bound."""
    if not isinstance(error, TypeError):
        return None
    for node in place.nodes:
        for part in _sizes_and_bounds(node):
            for name in ast.walk(part):
                value = known_value(name, place.frame) if isinstance(name, ast.Name | ast.Attribute) else None
                if isinstance(value, float):
                    text = f"`{ast.unparse(name)}` is the float {value}"
                    return f"{text}, and a whole number is wanted here: `/` always gives a float, `//` whole numbers."
                if isinstance(name, ast.BinOp) and isinstance(name.op, ast.Div):
                    text = f"`{ast.unparse(name)}` is a float"
                    return f"{text}, and a whole number is wanted here: `/` always gives a float, `//` whole numbers."
    return None


def _sizes_and_bounds(node: ast.AST) -> Iterator[ast.expr]:
    """Yield the expressions used as an index, in `range`, or as a size."""
    if isinstance(node, ast.Subscript):
        yield node.slice
    elif isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in _TAKE_SIZES:
        yield from node.args


_TAKE_SIZES = {"range", "view", "reshape", "zeros", "ones", "empty", "new_zeros", "new_ones", "new_empty", "expand"}
_TAKE_SIZES |= {"repeat", "randn", "rand", "unflatten", "permute", "split", "chunk", "narrow"}


def layer_cannot_take(error: BaseException, place: Frame) -> str | None:
    """The input of a layer does not fit its settings."""
    from kata.diagnosis.trace import why_it_breaks

    for node in place.nodes if isinstance(error, RuntimeError) else ():
        if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
            layer, given = known_value(node.func, place.frame), known_value(node.args[0], place.frame)
            why = why_it_breaks(layer, given) if is_layer(layer) and is_tensor(given) else None
            if why:
                return f"`{ast.unparse(node.func)}` {why}."
    return None


def weight_of_other_dimensions(error: BaseException, place: Frame) -> str | None:
    """A functional layer gets a weight of the wrong number of dimensions."""
    for node in place.nodes if isinstance(error, RuntimeError) else ():
        name = ast.unparse(node.func).rpartition(".")[2] if isinstance(node, ast.Call) else ""
        if name not in _WEIGHTS or not isinstance(node, ast.Call) or len(node.args) < 2:
            continue
        weight, (dimensions, wanted) = known_value(node.args[1], place.frame), _WEIGHTS[name]
        if is_tensor(weight) and weight.dim() != dimensions:
            shape = f"`{ast.unparse(node.args[1])}` is {tuple(weight.shape)}"
            return f"{shape}: the weight that `{name}` takes has {dimensions} dimensions, {wanted}."
    return None


_WEIGHTS = {"conv2d": (4, "(out, in, height, width)"), "linear": (2, "(out, in)"), "conv1d": (3, "(out, in, length)")}


def pools_rows(error: BaseException, place: Frame) -> str | None:
    """Pooling is applied to a flattened input."""
    if not isinstance(error, RuntimeError):
        return None
    for node in place.nodes:
        if isinstance(node, ast.Call) and "pool2d" in ast.unparse(node.func).lower() and node.args:
            given = known_value(node.args[0], place.frame)
            if is_tensor(given) and given.dim() not in (3, 4):
                return (
                    f"`{ast.unparse(node.args[0])}` is {tuple(given.shape)}: pooling needs maps, (N, C, H, W), "
                    "and here they are flattened into rows already."
                )
    return None


def lies_on_two_devices(error: BaseException, place: Frame) -> str | None:
    """The tensors on the line are on different devices."""
    if not isinstance(error, RuntimeError) or "device" not in str(error):
        return None
    where: dict[str, list[str]] = {}
    for node in place.nodes:
        value: Any = known_value(node, place.frame) if isinstance(node, ast.Name | ast.Attribute) else None
        if is_tensor(value) and value.dim():
            names = where.setdefault("the CPU" if value.device.type == "cpu" else str(value.device), [])
            names += [] if f"`{ast.unparse(node)}`" in names else [f"`{ast.unparse(node)}`"]
    if len(where) < 2:
        return None
    parts = (f"{' and '.join(its)} {'lie' if len(its) > 1 else 'lies'} on {device}" for device, its in where.items())
    return f"{'; '.join(parts)}: what is computed with one another must lie on one device."
