"""Run one line of code that has to do with devices, and note what came of it: on a real card, or a pretend one."""

from __future__ import annotations

import copy
import tempfile
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

SHOWN = 6  # numbers of a tensor
LONGEST = 300  # letters of a message


def step(optimizer: Any, net: Any, x: Tensor) -> list[str]:
    """Take one step, and say where the parameters lie afterwards."""
    net(x).sum().backward()
    optimizer.step()
    return [parameter.device.type for parameter in net.parameters()]


def late(kind: Any, net: Any, near_net: Any, x: Tensor) -> str:
    """Move a network after its optimizer was made, and take one step."""
    optimizer = kind(near_net.parameters(), 0.1, momentum=0.9)
    near_net.to(x.device)
    step(optimizer, near_net, x)
    return str(near_net.weight.device.type)


def state_device(optimizer: Any, net: Any, x: Tensor) -> list[str]:
    """Say where an optimizer keeps its numbers after a step, when its own state is loaded into it again."""
    step(optimizer, net, x)
    optimizer.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    kept = [value for state in optimizer.state.values() for value in state.values()]
    return sorted({value.device.type for value in kept if isinstance(value, Tensor) and value.dim()})


def graded(net: Any, x: Tensor) -> list[nn.Parameter]:
    """Return the parameters with their gradients."""
    net(x).sum().backward()
    return list(net.parameters())


def loader(x: Tensor, y: Tensor) -> Any:
    """Return the first batch of a loader."""
    return next(iter(DataLoader(TensorDataset(x, y), batch_size=2)))


def with_device(device: str) -> str:
    """Say where a tensor is made within a block of a device."""
    with torch.device(device):
        return str(torch.ones(2).device.type)


def zip_sum(one: Iterable[Tensor], other: Iterable[Tensor]) -> list[float]:
    """Add up two tensors row by row."""
    return [float(a.sum() + b.sum()) for a, b in zip(one, other, strict=True)]


HELPERS = (step, late, state_device, graded, loader, with_device, zip_sum)


def plain(value: Any) -> Any:
    """Return what JSON can hold of a value: of a tensor where it lies, its dtype and its first numbers."""
    if isinstance(value, Tensor):
        numbers = value.detach().cpu().double().flatten()[:SHOWN]
        return [value.device.type, str(value.dtype), [round(float(number), 3) for number in numbers]]
    if isinstance(value, np.ndarray):
        return ["numpy", list(value.shape)]
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    return value if isinstance(value, int | float | str) or value is None else type(value).__name__


def names(path: str, dev: str = "cuda") -> dict[str, Any]:
    """Return what a line may speak of; all that is called far lies on the accelerator."""
    torch.manual_seed(0)
    near, labels = torch.linspace(-1, 1, 12).reshape(4, 3), torch.tensor([0, 1, 1, 0])
    image, near_net = torch.linspace(-1, 1, 64).reshape(1, 1, 8, 8), nn.Linear(3, 2)
    return {
        **{helper.__name__: helper for helper in HELPERS},
        "torch": torch,
        "nn": nn,
        "F": F,
        "np": np,
        "copy": copy,
        "dev": dev,
        "path": path,
        "near": near,
        "labels": labels,
        "image": image,
        "near_net": near_net,
        "far": near.to(dev),
        "flabels": labels.to(dev),
        "fimage": image.to(dev),
        "net": copy.deepcopy(near_net).to(dev),
        "conv": nn.Conv2d(1, 2, 3, bias=False).to(dev),
    }


def outcome(line: str) -> list[Any]:
    """Run a line; return ["ok", what it gives] or ["raise", the error, the first line of its message]."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        known = names(str(Path(folder, "file.pt")))
        try:
            return ["ok", _value(line, known)]
        except Exception as error:  # noqa: BLE001  (which one it is, is what is recorded)
            return ["raise", type(error).__name__, str(error).split("\n")[0][:LONGEST]]
        finally:
            torch.set_default_device(None)
            torch.set_grad_enabled(True)
            for kind in ("cpu", "cuda"):
                torch.set_autocast_enabled(kind, False)


def _value(line: str, known: dict[str, Any]) -> Any:
    try:
        return plain(eval(line, known))
    except SyntaxError:  # a statement
        exec(line, known)  # noqa: S102  (a line of ours)
        return [known["near"].tolist(), known["far"].cpu().tolist()]
