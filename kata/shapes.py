"""Rules for shapes that do not fit, where the line itself shows which tensor and which shape."""

from __future__ import annotations

import ast
import math
from typing import Any

from kata.place import Place, is_tensor, known_value


def does_not_fit_into_view(error: BaseException, place: Place) -> str | None:
    """The numbers of a tensor do not fill the shape that `view` or `reshape` is asked for."""
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
    """Return the sizes written in the call; None where one of them has to be worked out."""
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


def pools_rows(error: BaseException, place: Place) -> str | None:
    """Pooling is asked of something that is no map any more."""
    if not isinstance(error, RuntimeError):
        return None
    for node in place.nodes:
        if isinstance(node, ast.Call) and "pool2d" in ast.unparse(node.func).lower() and node.args:
            given = known_value(node.args[0], place.frame)
            if is_tensor(given) and given.dim() not in (3, 4):
                return (
                    f"`{ast.unparse(node.args[0])}` is {tuple(given.shape)}: pooling needs maps, (N, C, H, W), "
                    "and here they are laid out as rows already."
                )
    return None


def lies_on_two_devices(error: BaseException, place: Place) -> str | None:
    """The tensors on the line lie on more than one device, and torch speaks of devices."""
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
