"""Write the page of a run: the trained network as a program in JavaScript, with its weights."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kata.content.files import write_whole

NAME = "index.html"


def page_of(runs: Path, name: str) -> Path:
    """Return the page of the newest run whose folder starts with a name.

    Raises:
        ValueError: there is none.
    """
    found = sorted(path for path in runs.glob(f"*/{NAME}") if path.parent.name.startswith(Path(name).name))
    if not found:
        which = f"a run {name!r}" if name else "a run with a page"
        raise ValueError(f"{runs.name}/ does not hold {which}: kata train makes one")
    return found[-1].resolve()


CLOSE = 1e-4  # of the largest score: how far the steps may be from the network

Step = dict[str, Any]


def program(net: nn.Module) -> Iterator[Step]:
    """Yield the steps of a network of lesson 1 or 6, which the page's script executes in order."""
    net = copy.deepcopy(net).cpu()
    parts: dict[str, Any] = dict(getattr(net, "paper", net).named_children())
    if hasattr(net, "paper"):
        yield from _paper(parts)
        return
    convolutions = [name for name, part in parts.items() if isinstance(part, nn.Conv2d)]
    for name in convolutions:
        yield _layer("conv", name, parts[name])
        yield {"kind": "relu", "name": f"ReLU of {name}"}
        if parts[name].weight.shape[0] != 120:  # C5 of LeNet-5 sees its maps whole
            yield {"kind": "pool", "name": f"pooling after {name}"}
    yield {"kind": "flatten"}
    linear = [name for name, part in parts.items() if isinstance(part, nn.Linear)]
    for name in linear:
        yield _layer("linear", name, parts[name])
        if name != linear[-1]:
            yield {"kind": "relu", "name": f"ReLU of {name}"}


def _paper(parts: dict[str, Any]) -> Iterator[Step]:
    """Yield the steps of the network of 1998, as built in lesson 6."""
    yield {"kind": "grey", "w": torch.tensor([-0.1, 1.275])}
    for name in ("c1", "s2", "c3", "s4", "c5", "f6"):
        part = parts[name]
        if name == "f6":
            yield {"kind": "flatten"}
        if name in ("s2", "s4"):
            yield {"kind": "subsample", "name": name, "w": part.coefficient.detach(), "b": part.bias.detach()}
        elif name == "c3":
            yield {"kind": "conv", "name": name, **_dense(part)}
        else:
            yield _layer("linear" if name == "f6" else "conv", name, part)
        yield {"kind": "tanh", "name": f"squashed {name}"}
    pictures = parts["output"].prototypes.detach()
    yield {"kind": "distance", "name": "penalties", "w": pictures, "shape": list(pictures.shape)}
    yield {"kind": "negative", "name": "scores"}


def _layer(kind: str, name: str, part: Any) -> Step:
    weight = part.weight.detach()
    shape = list(weight.shape[:3]) if kind == "conv" else list(weight.shape)
    return {"kind": kind, "name": name, "shape": shape, "w": weight, "b": part.bias.detach()}


def _dense(part: Any) -> Step:
    """Return the sparse convolution as a dense one with zeros."""
    table, kernels = part.table, part.weight.detach()
    weight = kernels.new_zeros(len(table), 1 + max(map(max, table)), *kernels.shape[1:])
    pairs = [(row, column) for row, seen in enumerate(table) for column in seen]
    for kernel, (row, column) in zip(kernels, pairs, strict=True):
        weight[row, column] = kernel
    return {"shape": list(weight.shape[:3]), "w": weight, "b": part.bias.detach()}


def computes_the_same(steps: list[Step], images: Tensor, scores: Tensor) -> bool:
    """Whether the steps, executed by torch, give the network's scores."""
    x = images
    try:
        for step in steps:
            x = _DONE[step["kind"]](x, step)
    except RuntimeError:
        return False
    return x.shape == scores.shape and torch.allclose(x, scores, rtol=0, atol=CLOSE * float(scores.abs().max()))


_DONE: dict[str, Callable[[Tensor, Step], Tensor]] = {
    "conv": lambda x, step: F.conv2d(x, step["w"], step["b"]),
    "linear": lambda x, step: F.linear(x, step["w"], step["b"]),
    "subsample": lambda x, step: step["w"].view(-1, 1, 1) * 4 * F.avg_pool2d(x, 2) + step["b"].view(-1, 1, 1),
    "distance": lambda x, step: (x.unsqueeze(1) - step["w"]).square().sum(2),
    "relu": lambda x, _: F.relu(x),
    "pool": lambda x, _: F.max_pool2d(x, 2),
    "flatten": lambda x, _: x.flatten(1),
    "tanh": lambda x, _: 1.7159 * torch.tanh(2 / 3 * x),
    "grey": lambda x, step: step["w"][0] + step["w"][1] * x,
    "negative": lambda x, _: -x,
}


_FOLDER = Path(__file__).with_name("page")
_HELD = 30  # images that the network never saw, and may be looked at
_WRONG = 60  # wrongly read ones that are kept
_DIFFERS = (
    "<p>This network computes something else than its lesson says: the page shows the run, and no live network.</p>"
)


def write(run: Any, evaluation: Any, whose: str) -> Path:
    """Write the page of a run, and return its path.

    Args:
        run: a `TrainingRun` with at least one epoch.
        evaluation: the result of lesson 5's `evaluate` on the test images.
        whose: a sentence on whose functions ran.
    """
    path: Path = run.folder / NAME
    write_whole(path, page(run, evaluation, whose).encode())
    return path


def page(run: Any, evaluation: Any, whose: str) -> str:
    """Return the page."""
    found = _found(run, evaluation)
    title = f"{run.settings.net} on {run.settings.data}, {run.epoch} epochs: {100 * evaluation.accuracy:.1f} % right"
    script = (_FOLDER / "page.js").read_text("utf-8")
    words = {
        "title": escape(title),
        "whose": escape(whose),
        "style": (_FOLDER / "page.css").read_text("utf-8"),
        "live": (_FOLDER / "live.html").read_text("utf-8") if found["live"] else _DIFFERS,
        "curves": "".join(_curves(run.rows)),
        "digits": "".join(f'<th scope="col">{digit}</th>' for digit in range(10)),
        "run": json.dumps(found).replace("<", "\\u003c"),
        "script": script,
        "hash": base64.b64encode(hashlib.sha256(f"\n{script}".encode()).digest()).decode(),
    }
    text = (_FOLDER / "page.html").read_text("utf-8")
    for name, value in words.items():
        text = text.replace(f"{{{{{name}}}}}", value)
    return text


def _found(run: Any, evaluation: Any) -> dict[str, Any]:
    """Return the data for the page's script."""
    net = run.net.eval()
    images, labels, scores = _looked_at(net, run.test_loader, run.device)
    steps = list(program(net))
    return {
        "data": run.settings.data,
        "live": bool(len(images)) and computes_the_same(steps, images[:_HELD], scores[:_HELD]),
        "steps": [{key: _packed(x) if isinstance(x, Tensor) else x for key, x in step.items()} for step in steps],
        "images": _packed(images[:_HELD]),
        "labels": labels[:_HELD].tolist(),
        "confusion": evaluation.confusion.tolist(),
        "wrong": list(_wrong(images, labels, scores)),
    }


def _looked_at(net: nn.Module, loader: Any, device: Any) -> tuple[Tensor, Tensor, Tensor]:
    """Return the test images, their labels, and the network's scores."""
    images, labels, scores = [], [], []
    with torch.no_grad():
        for some, its in loader:
            images.append(some)
            labels.append(its)
            scores.append(net(some.to(device)).cpu())
    return torch.cat(images), torch.cat(labels), torch.cat(scores)


def _packed(values: Tensor) -> str:
    """Encode float32 numbers as base64."""
    return base64.b64encode(values.float().cpu().contiguous().numpy().astype("<f4").tobytes()).decode()


def _wrong(images: Tensor, labels: Tensor, scores: Tensor) -> Iterator[dict[str, Any]]:
    """Yield the misclassified images, those with the greatest loss first."""
    losses, read = F.cross_entropy(scores, labels, reduction="none"), scores.argmax(dim=1)
    order = [int(at) for at in losses.argsort(descending=True) if read[at] != labels[at]]
    for at in order[:_WRONG]:
        grey = (images[at, 0] * 255).round().to(torch.uint8)
        image = base64.b64encode(grey.contiguous().numpy().tobytes()).decode()
        yield {"image": image, "is": int(labels[at]), "read": int(read[at])}


# How it learned, as lines.


def _curves(rows: list[dict[str, float]]) -> Iterator[str]:
    share = [100 * row["test_accuracy"] for row in rows]
    losses = [[row[name] for row in rows] for name in ("train_loss", "test_loss")]
    yield from _plot("Loss by epoch (mean cross-entropy)", {"train": losses[0], "test": losses[1]})
    yield from _plot("% of the test images that are read correctly", {"test": share})


def _plot(title: str, lines: dict[str, list[float]]) -> Iterator[str]:
    """Yield one plot as SVG, 420 x 220."""
    count, top = max(map(len, lines.values())), max(1e-9, *(max(values) for values in lines.values()))
    yield f'<svg viewBox="0 0 420 220" width="420" height="220" role="img" aria-label="{escape(title)}">'
    yield f'<text x="40" y="16">{escape(title)}</text>'
    for part in range(5):
        y = 190 - 40 * part
        yield f'<line x1="40" x2="410" y1="{y}" y2="{y}" stroke="#8a8a94" stroke-opacity=".4"/>'
        yield f'<text x="34" y="{y + 4}" text-anchor="end">{top * part / 4:.3g}</text>'
    for number, (name, values) in enumerate(lines.items()):
        colour = ("#3b78eb", "#d9483b")[number]
        points = " ".join(
            f"{40 + 370 * at / max(count - 1, 1):.1f},{190 - 160 * value / top:.1f}" for at, value in enumerate(values)
        )
        yield f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
        yield f'<text x="{340 - 60 * number}" y="34" style="fill:{colour}">{escape(name)}</text>'
    yield f'<text x="40" y="208">1</text><text x="410" y="208" text-anchor="end">{count}</text></svg>'
