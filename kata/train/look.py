"""The page of a training run: one file in which the learner's own network looks at what is drawn, layer by layer.

The network's weights are in the page, and a small program in it computes what the network computes. That both agree is
tried before it is written; where they do not, the page shows the run, and no live network.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kata.content.files import write_whole
from kata.train.pages import NAME
from kata.train.program import Step, computes_the_same, program

_FOLDER = Path(__file__).with_name("page")
_HELD = 30  # images that the network never saw, and may be looked at
_WRONG = 60  # wrongly read ones that are kept
_DIFFERS = (
    "<p>This network computes something else than its lesson says: the page shows the run, and no live network.</p>"
)


def write(run: Any, evaluation: Any, whose: str) -> Path:
    """Write the page of a run, and return where.

    Args:
        run: a `TrainingRun` with an epoch or more.
        evaluation: what lesson 5's `evaluate` returned of its test images.
        whose: whose functions ran, in a sentence.
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
    """Return what the page's script is given."""
    net = run.net.eval()
    images, labels, scores = _looked_at(net, run.test_loader, run.device)
    steps = list(program(net))
    return {
        "data": run.settings.data,
        "live": bool(len(images)) and computes_the_same(steps, images[:_HELD], scores[:_HELD]),
        "steps": [_in_json(one) for one in steps],
        "images": _packed(images[:_HELD]),
        "labels": labels[:_HELD].tolist(),
        "confusion": evaluation.confusion.tolist(),
        "wrong": list(_wrong(images, labels, scores)),
    }


def _looked_at(net: nn.Module, loader: Any, device: Any) -> tuple[Tensor, Tensor, Tensor]:
    """Return the test images, their labels, and what the network says of them."""
    images, labels, scores = [], [], []
    with torch.no_grad():
        for some, its in loader:
            images.append(some)
            labels.append(its)
            scores.append(net(some.to(device)).cpu())
    return torch.cat(images), torch.cat(labels), torch.cat(scores)


def _in_json(step: Step) -> Step:
    return {name: _packed(value) if isinstance(value, Tensor) else value for name, value in step.items()}


def _packed(values: Tensor) -> str:
    """Return float32 numbers as base64."""
    return base64.b64encode(values.float().cpu().contiguous().numpy().astype("<f4").tobytes()).decode()


def _wrong(images: Tensor, labels: Tensor, scores: Tensor) -> Iterator[dict[str, Any]]:
    """Yield the images that are read wrongly, those with the greatest loss first."""
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
    """Yield one plot, 420 x 220."""
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
