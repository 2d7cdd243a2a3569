"""Draw differing feature maps: actual, expected, and their difference."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import torch
from torch import Tensor

matplotlib.use("agg")  # files only: no window, no display needed

from matplotlib import pyplot as plt
from matplotlib.figure import Figure

__all__ = ["Figure", "difference", "plt", "saved"]


def saved(figure: Figure, path: Path) -> Path:
    """Write a figure into a file, and return the file."""
    figure.savefig(path, dpi=120, bbox_inches="tight")
    plt.close(figure)
    return path


def difference(pairs: list[tuple[Tensor, Tensor]], folder: Path, name: str) -> Path | None:
    """Draw the first pair of tensors that are maps: actual, expected, and their difference.

    Args:
        pairs: actual and expected tensors of one shape.
        folder: where the picture goes; created if missing.
        name: the file's name without its suffix.

    Returns:
        the file; None if no pair holds maps of at least 4 x 4.
    """
    maps = [pair for pair in pairs if pair[0].dim() in (3, 4) and min(pair[0].shape[-2:]) >= 4 and pair[0].numel()]
    if not maps:
        return None
    given, wanted = (one.detach().cpu().float().flatten(0, -3)[:8] for one in maps[0])
    figure, grid = plt.subplots(3, len(given), figsize=(1.5 * len(given) + 0.5, 4.8), squeeze=False)
    lowest, highest = float(wanted.min()), float(wanted.max())
    apart = given - wanted
    largest = max(float(torch.nan_to_num(apart).abs().max()), 1e-9)
    for row, word, values in zip(grid, ("given", "wanted", "given - wanted"), (given, wanted, apart), strict=True):
        limits = (-largest, largest) if values is apart else (lowest, highest)
        row[0].set_ylabel(word)
        for axes, one in zip(row, values, strict=True):
            axes.imshow(one.numpy(), cmap="coolwarm" if values is apart else "gray_r", vmin=limits[0], vmax=limits[1])
            axes.set(xticks=[], yticks=[])
    folder.mkdir(parents=True, exist_ok=True)
    return saved(figure, folder / f"{name}.png")
