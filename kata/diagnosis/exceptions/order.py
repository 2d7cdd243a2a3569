"""Rules for what stands in another's place: arguments of a call, the parts of a pair, an old and a new file."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from kata.diagnosis.exceptions.place import Frame, definition_of, in_function, is_layer, is_tensor, known_value

_TAKE_LABELS = ("cross_entropy", "nll_loss", "CrossEntropyLoss", "NLLLoss")
_TAKE_DATASETS = ("DataLoader", "random_split", "Subset")


def swapped(error: BaseException, place: Frame) -> str | None:
    """Two arguments stand in each other's place, as the annotations of the learner's own function tell."""
    for frame, _ in reversed(place.frames[1:]):
        function = definition_of(frame)
        wanted = {one.arg: _kind_wanted(one.annotation) for one in (function.args.args if function else ())}
        given = {name: _kinds_of(frame.f_locals.get(name)) for name, kind in wanted.items() if kind}
        for one, kinds in given.items():
            for other, its in given.items():
                fits_better = wanted[other] in kinds and wanted[one] in its
                if fits_better and wanted[one] not in kinds and wanted[other] not in its:
                    takes = f"{frame.f_code.co_name}({', '.join(wanted)})"
                    stand = f"{wanted[other]} stands for `{one}`, and {wanted[one]} for `{other}`"
                    return f"`{takes}` is called in another order: {stand}."
    return _scores_and_labels(place) or _pair(place) or _dataset_first(place) or _old_and_new(error, place)


def _scores_and_labels(place: Frame) -> str | None:
    for node in place.nodes:
        if not isinstance(node, ast.Call) or not node.args:
            continue
        target, first = known_value(node.func, place.frame), known_value(node.args[0], place.frame)
        name = getattr(target, "__name__", type(target).__name__)
        if name in _TAKE_LABELS and is_tensor(first) and not first.is_floating_point():
            shown = f"`{ast.unparse(node.args[0])}`, {_in_short(first)}"
            return f"The scores come first, then the labels: {shown}, stands first."
        if ast.unparse(node.func) == "torch.save" and isinstance(first, str | Path):
            return "torch.save takes what is saved first, and then where it goes."
        if name == "load_state_dict" and isinstance(first, str | Path):
            return f"`{ast.unparse(node.func)}` takes a dictionary, not a path: torch.load reads it from there first."
    return None


def _dataset_first(place: Frame) -> str | None:
    for node in place.nodes:
        if isinstance(node, ast.Call) and len(node.args) > 1 and ast.unparse(node.func) in _TAKE_DATASETS:
            first, *others = (known_value(one, place.frame) for one in node.args)
            is_dataset = [hasattr(one, "__getitem__") and not isinstance(one, list | tuple) for one in (first, *others)]
            if any(is_dataset[1:]) and not is_dataset[0]:
                return (
                    f"`{ast.unparse(node.func)}` takes the dataset first; `{ast.unparse(node.args[0])}` stands first."
                )
    return None


def _pair(place: Frame) -> str | None:
    """Labels reach the network, since the pair of images and labels was taken in the other order."""
    for node in place.nodes:
        if not isinstance(node, ast.Call) or not node.args or not is_layer(known_value(node.func, place.frame)):
            continue
        labels = known_value(node.args[0], place.frame)
        if is_tensor(labels) and labels.dim() == 1 and not labels.is_floating_point():
            for pair in in_function(place, ast.Tuple):
                names = [one.id for one in pair.elts if isinstance(one, ast.Name)] if len(pair.elts) == 2 else []
                images = {name: place.frame.f_locals.get(name) for name in names}
                if ast.unparse(node.args[0]) in names and any(_may_be_images(one) for one in images.values()):
                    shown = [f"`{name}` holds {_in_short(one)}" for name, one in images.items()]
                    return f"{' and '.join(shown)}: the pair is taken in the other order."
    return None


def _may_be_images(value: Any) -> bool:
    return is_tensor(value) and value.dim() > 1 and bool(value.is_floating_point())


def _in_short(tensor: Any) -> str:
    return f"{str(tensor.dtype).removeprefix('torch.')} {tuple(tensor.shape)}"


def _old_and_new(error: BaseException, place: Frame) -> str | None:
    if not isinstance(error, FileNotFoundError):
        return None
    for node in place.nodes:
        name = ast.unparse(node.func) if isinstance(node, ast.Call) and node.args else ""
        if isinstance(node, ast.Call) and name in ("os.replace", "os.rename"):
            first, value = ast.unparse(node.args[0]), known_value(node.args[0], place.frame)
            if str(value) == str(error.filename):
                return f"{name} moves its first argument to its second; the first, `{first}`, is not there."
    return None


def _kind_wanted(annotation: ast.expr | None) -> str:
    text = ast.unparse(annotation).partition("[")[0].rpartition(".")[2] if annotation else ""
    if text in ("Loader", "DataLoader", "Iterable"):
        return "a loader"
    if text in ("Device", "device"):
        return "a device"
    kinds = {"Tensor": "a tensor", "Module": "a network", "Optimizer": "an optimizer", "float": "a number"}
    return kinds.get(text, "a number" if text == "int" else "a path" if "Path" in text else "")


def _kinds_of(value: object) -> tuple[str, ...]:
    import torch  # by now it is there: a check has run

    if is_tensor(value):
        return ("a tensor",)
    if is_layer(value):
        return ("a network",)
    if isinstance(value, int | float):
        return ("a number",)
    if isinstance(value, str | Path | torch.device):
        return "a path", "a device"
    if hasattr(value, "param_groups"):
        return ("an optimizer",)
    return ("a loader",) if hasattr(value, "__iter__") and not isinstance(value, dict) else ()
