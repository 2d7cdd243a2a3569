"""Pictures of a training run: curves, confusion, kernels, feature maps, and the worst mistakes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kata.diagnosis.trace import Recorder
from kata.report.maps import Figure, plt, saved


def draw_all(run: Any, evaluation: Any) -> list[Path]:
    """Draw every picture of a run into its folder, and return the files."""
    net, device = run.net.eval(), run.device
    images, labels = next(iter(run.test_loader))
    image, label = images[:1].to(device), int(labels[0])
    pictures: dict[str, Callable[[], Figure]] = {
        "curves": lambda: curves(run.rows),
        "confusion": lambda: confusion(evaluation.confusion),
        "kernels": lambda: kernels(net),
        "feature_maps": lambda: feature_maps(net, image, label),
        "worst_mistakes": lambda: worst_mistakes(net, run.test_loader, device),
    }
    return [saved(draw(), run.folder / f"{name}.png") for name, draw in pictures.items()]


def curves(rows: list[dict[str, float]]) -> Figure:
    """Draw the losses and the accuracy over the epochs."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6))
    epochs = [row["epoch"] for row in rows]
    left.plot(epochs, [row["train_loss"] for row in rows], "o-", label="train, during the epoch")
    left.plot(epochs, [row["test_loss"] for row in rows], "o-", label="test, after it")
    left.set(xlabel="epoch", ylabel="mean cross-entropy", title="Loss", ylim=(0, None))
    left.legend()
    right.plot(epochs, [100 * row["test_accuracy"] for row in rows], "o-", color="tab:green")
    right.set(xlabel="epoch", ylabel="% of the test images", title="Classified correctly")
    for axes in (left, right):
        axes.grid(alpha=0.3)
        axes.xaxis.get_major_locator().set_params(integer=True)
    return figure


def confusion(matrix: Tensor) -> Figure:
    """Draw the confusion matrix: digits in rows, predictions in columns."""
    figure, axes = plt.subplots(figsize=(5.5, 5.2))
    share = matrix / matrix.sum(dim=1, keepdim=True).clamp(min=1)
    axes.imshow(share.numpy(), cmap="Blues", vmin=0, vmax=1)
    for row, column in matrix.nonzero().tolist():
        color = "white" if share[row, column] > 0.5 else "black"
        axes.text(column, row, str(int(matrix[row, column])), ha="center", va="center", color=color)
    axes.set(xlabel="read as", ylabel="is", xticks=range(10), yticks=range(10), title="Confusion matrix")
    return figure


def kernels(net: nn.Module) -> Figure:
    """Draw the kernels of the first convolution: red is positive, blue negative."""
    weight = next(p for p in net.parameters() if p.dim() == 4).detach().cpu()
    figure, all_axes = plt.subplots(1, len(weight), figsize=(1.6 * len(weight), 1.9))
    largest = float(weight.abs().max())
    for number, (axes, kernel) in enumerate(zip(all_axes, weight, strict=True)):
        shown = axes.imshow(kernel[0].numpy(), cmap="coolwarm", vmin=-largest, vmax=largest)
        axes.set(xticks=[], yticks=[], title=str(number))
    figure.suptitle("The kernels of the first layer: red adds, blue takes away", y=1.05)
    figure.colorbar(shown, ax=all_axes, fraction=0.012, pad=0.01)
    return figure


def feature_maps(net: nn.Module, image: Tensor, label: int) -> Figure:
    """Draw the feature maps of one image, (1, 1, 32, 32), of a digit: the input of each layer, and the scores."""
    paper = getattr(net, "paper", net)  # the layers of that network are modules of the learner's own
    layers = [name for name, part in paper.named_children() if part.state_dict()]
    recorder = Recorder(paper, layers if paper is not net else ())
    with torch.no_grad(), recorder:
        scores = net(image)
    stations = [(f"what reaches {step.layer}", step.input) for step in recorder.trace.steps] + [("scores", scores)]
    figure = plt.figure(figsize=(9, 1.15 * len(stations) + 0.5), layout="constrained")
    halves: Any = figure.subfigures(2, 1, height_ratios=(0.5, 1.15 * len(stations)))
    halves[0].text(0.01, 0.3, f"A test image: it is {label}, and is read as {int(scores.argmax())}", fontsize=12)
    parts: Any = halves[1].subfigures(len(stations), 1)
    for part, (name, value) in zip(parts, stations, strict=True):
        part.suptitle(f"{name}  {tuple(value.shape[1:])}", fontsize=9, x=0.01, ha="left")
        tiles = _tiles(value[0].detach().cpu())
        largest = max(float(tile.abs().max()) for tile in tiles)
        for axes, tile in zip(part.subplots(1, max(len(tiles), 8), squeeze=False).flat, tiles, strict=False):
            axes.imshow(tile.numpy(), cmap="gray_r" if tile.min() >= 0 else "coolwarm", vmax=largest)
            axes.set(xticks=[], yticks=[])
        for axes in part.axes[len(tiles) :]:
            axes.axis("off")
    return figure


def _tiles(value: Tensor) -> list[Tensor]:
    """Return maps one by one, and a vector as a block; the 400 inputs of fc1 as maps."""
    if value.dim() == 3:
        return list(value)
    if value.numel() == 400:
        return list(value.view(16, 5, 5))
    if value.numel() == 84:
        return [value.view(12, 7)]  # as the pictures of the digits in the network of 1998
    height = next(h for h in range(int(value.numel() ** 0.5), 0, -1) if value.numel() % h == 0)
    return [value.view(height, -1)]


def worst_mistakes(net: nn.Module, loader: Any, device: torch.device, count: int = 12) -> Figure:
    """Draw the misclassified images with the greatest loss, and their predictions."""
    found: list[tuple[float, Tensor, int, int]] = []
    with torch.no_grad():
        for images, labels in loader:
            scores = net(images.to(device)).cpu()
            losses, read = F.cross_entropy(scores, labels, reduction="none"), scores.argmax(dim=1)
            for index in (read != labels).nonzero().flatten().tolist():
                found.append((float(losses[index]), images[index, 0], int(labels[index]), int(read[index])))
    found = sorted(found, key=lambda one: -one[0])[:count]
    figure, grid = plt.subplots(2, 6, figsize=(9, 3.6))
    for axes, one in zip(grid.flat, [*found, *[None] * (12 - len(found))], strict=True):
        axes.axis("off")
        if one is not None:
            axes.imshow(one[1].numpy(), cmap="gray_r")
            axes.set_title(f"{one[2]} read as {one[3]}", fontsize=9)
    figure.suptitle("The worst mistakes" if found else "Every test image was classified correctly")
    return figure
