"""Real handwritten digits: those that come with scikit-learn, or MNIST, downloaded once."""

from __future__ import annotations

import contextlib
import http.client
import importlib.util
import io
import os
import urllib.error
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from kata.content.files import write_whole

SOURCES = ("digits", "mnist")

_NETWORK = (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError)
# What scikit-learn warns of before it deletes a file of its cache that it cannot read.
_DAMAGED = "Invalid cache"
# Its parser takes half a minute and about 1 GB for MNIST; what it gives is kept beside, as 11 MB that load at once.
_KEPT = "mnist_784.npz"
_BUNDLED = ("datasets", "data", "digits.csv.gz")


class DataUnavailable(RuntimeError):
    """The digits cannot be loaded: no network, or a damaged cache."""


def load_digits(source: str = "digits", cache: Path | None = None) -> tuple[Tensor, Tensor]:
    """Load images of handwritten digits, and which digit each one shows.

    Args:
        source: "digits" for the 1,797 images of 8 x 8 that come with scikit-learn, no network needed; "mnist" for
            the 70,000 images of 28 x 28 from https://www.openml.org/d/554, downloaded when first asked for.
        cache: the folder for MNIST; by default `lenet-kata` in the user's cache folder.

    Returns:
        the images, uint8 from 0 (paper) to 255 (ink), (N, H, W), and the labels, int64 from 0 to 9, (N,).

    Raises:
        ValueError: there is no such source.
        DataUnavailable: MNIST can be neither downloaded nor read from the cache.
    """
    if source not in SOURCES:
        raise ValueError(f"source must be 'digits' or 'mnist', and is {source!r}")
    return _bundled() if source == "digits" else _mnist(cache or cache_folder())


def cache_folder() -> Path:
    """Return the default folder for MNIST."""
    if os.name == "nt":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "lenet-kata"


def _bundled() -> tuple[Tensor, Tensor]:
    rows = _rows_of_scikit_learn()
    images = np.rint(rows[:, :-1].reshape(-1, 8, 8) * (255 / 16)).astype(np.uint8)  # 17 greys, which stay apart
    return torch.from_numpy(images), torch.from_numpy(rows[:, -1].astype(np.int64))


def _rows_of_scikit_learn() -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return 64 greys from 0 to 16 and a label for each digit, from scikit-learn's file without importing it (1 s)."""
    package = importlib.util.find_spec("sklearn")
    for folder in (package.submodule_search_locations or ()) if package else ():
        file = Path(folder, *_BUNDLED)
        if file.exists():
            return np.loadtxt(file, delimiter=",")
    from sklearn.datasets import load_digits as bundled  # it has no types

    digits = bundled()
    return np.column_stack([digits.data, digits.target])


def _mnist(folder: Path) -> tuple[Tensor, Tensor]:
    try:
        rows, labels = _read(folder / _KEPT) if (folder / _KEPT).exists() else _fetched(folder)
    except DataUnavailable:
        raise
    except _NETWORK as error:
        raise _offline(error) from error
    except Exception as error:  # a damaged file fails in as many ways as there are bytes
        raise _unreadable(folder, error) from error
    images = torch.from_numpy(rows).reshape(-1, 28, 28)
    return images, torch.from_numpy(labels.astype(np.int64))


def _read(path: Path) -> tuple[Any, Any]:
    with np.load(path, allow_pickle=False) as kept:
        return _checked(kept["rows"], kept["labels"])


def _fetched(folder: Path) -> tuple[Any, Any]:
    """Return MNIST from scikit-learn's download or cache, and save it in a format that loads fast."""
    from sklearn.datasets import fetch_openml

    with _spinner(f"MNIST, once: 15 MB into {folder}"), _damage_as_error():
        # The parser named here is the one that needs no pandas.
        found = fetch_openml("mnist_784", version=1, as_frame=False, data_home=str(folder), parser="liac-arff")
    rows, labels = _checked(found.data, found.target.astype(np.float64))
    with contextlib.suppress(OSError):  # a full disk: it works without, only slower
        _keep(folder / _KEPT, rows, labels)
    return rows, labels


def _checked(rows: Any, labels: Any) -> tuple[Any, Any]:
    """Return pixels and labels as bytes.

    Raises:
        ValueError: they are no images of 28 x 28 from 0 to 255 with labels from 0 to 9.
    """
    is_whole = rows.ndim == 2 and rows.shape[1] == 784 and labels.shape == (len(rows),) and len(rows) > 0
    if not is_whole:
        raise ValueError(f"images of the shape {rows.shape} with labels of the shape {labels.shape}")
    for name, values, highest in (("pixels", rows, 255), ("labels", labels, 9)):
        if not ((values >= 0) & (values <= highest) & (values == np.rint(values))).all():
            raise ValueError(f"{name} other than whole numbers from 0 to {highest}")
    return rows.astype(np.uint8), labels.astype(np.uint8)


def _keep(path: Path, rows: Any, labels: Any) -> None:
    """Write a file atomically."""
    memory = io.BytesIO()
    np.savez_compressed(memory, rows=rows, labels=labels)
    write_whole(path, memory.getvalue())


@contextlib.contextmanager
def _spinner(what: str) -> Iterator[None]:
    """Show a spinner with the elapsed time on a terminal."""
    from rich.console import Console  # slow to import, and rarely needed
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        progress.add_task(what, total=None)
        yield


@contextlib.contextmanager
def _damage_as_error() -> Iterator[None]:
    """Raise if scikit-learn warns of a damaged cache file; ignore its other warnings.

    Raises:
        Exception: the error of reading the damaged file.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.filterwarnings("error", message=_DAMAGED, category=RuntimeWarning)
        try:
            yield
        except RuntimeWarning as warning:
            raise (warning.__context__ or warning) from None


def _offline(error: Exception) -> DataUnavailable:
    why = getattr(error, "reason", None) or error
    return DataUnavailable(
        f"MNIST cannot be downloaded from openml.org: {why}. Try again later, or use the digits that need no network: "
        "source='digits', which is the default."
    )


def _unreadable(folder: Path, error: Exception) -> DataUnavailable:
    return DataUnavailable(
        f"MNIST cannot be read from the cache ({type(error).__name__}: {error}). Delete the folder {folder} and try "
        "again with a network, or use the digits that need none: source='digits', which is the default."
    )
