"""The digits that come with scikit-learn, and MNIST from a server that the test plays; no network is used."""

from __future__ import annotations

import email.message
import gzip
import hashlib
import io
import json
import os
import random
import urllib.request
import urllib.response
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest
import torch
from torch import Tensor

from kata.train import digits
from kata.train.digits import DataUnavailable, cache_folder, load_digits

COUNT = 20


def pixels() -> list[list[int]]:
    """Return COUNT rows of 784 numbers, 0 and 255 among them."""
    numbers = random.Random(0)
    return [[0, 255, *(numbers.randrange(256) for _ in range(782))] for _ in range(COUNT)]


def arff() -> bytes:
    """Return those rows in the format of OpenML, labelled '0' to '9' in turn."""
    names = "".join(f"@ATTRIBUTE pixel{number} real\n" for number in range(1, 785))
    rows = "".join(f"{','.join(map(str, row))},{number % 10}\n" for number, row in enumerate(pixels()))
    return f"% MNIST\n@RELATION mnist_784\n{names}@ATTRIBUTE class {{0,1,2,3,4,5,6,7,8,9}}\n@DATA\n{rows}".encode()


def features() -> list[dict[str, str]]:
    """Describe the columns as OpenML does."""
    names = [*(f"pixel{number}" for number in range(1, 785)), "class"]
    return [
        {
            "index": str(index),
            "name": name,
            "data_type": "nominal" if name == "class" else "numeric",
            "is_target": str(name == "class").lower(),
            "is_ignore": "false",
            "is_row_identifier": "false",
            "number_of_missing_values": "0",
        }
        for index, name in enumerate(names)
    ]


def description(data: bytes) -> dict[str, str]:
    """Describe the data set as OpenML does."""
    return {
        "id": "554",
        "name": "mnist_784",
        "version": "1",
        "description": "digits",
        "format": "ARFF",
        "status": "active",
        "file_id": "52667",
        "url": "https://api.openml.org/data/v1/download/52667/mnist_784.arff",
        "md5_checksum": hashlib.md5(data).hexdigest(),
    }


class OpenML(urllib.request.HTTPSHandler):
    """A server with one data set."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.data = data
        self.asked: list[str] = []
        self.is_reachable = True

    def https_open(self, request: urllib.request.Request) -> Any:
        path = request.selector
        self.asked.append(path)
        if not self.is_reachable:
            raise URLError("Name or service not known")
        headers = email.message.Message()
        headers["Content-Encoding"] = "gzip"
        answer = urllib.response.addinfourl(io.BytesIO(gzip.compress(self.answer(path))), headers, path, 200)
        answer.msg = "OK"  # type: ignore[attr-defined]  # urllib asks for it
        return answer

    def answer(self, path: str) -> bytes:
        if path.endswith(".arff"):
            return self.data
        if "/features/" in path:
            content: Any = {"data_features": {"feature": features()}}
        elif "/qualities/" in path:
            content = {"data_qualities": {"quality": [{"name": "NumberOfInstances", "value": str(float(COUNT))}]}}
        elif "/list/" in path:
            content = {"data": {"dataset": [{"did": 554, "name": "mnist_784", "version": 1, "status": "active"}]}}
        else:
            content = {"data_set_description": description(arff())}
        return json.dumps(content).encode()


@pytest.fixture
def openml(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenML]:
    """A server that every request of this process reaches, and nothing else does."""
    server = OpenML(arff())
    monkeypatch.setattr("time.sleep", lambda _: None)  # scikit-learn waits before it tries again
    urllib.request.install_opener(urllib.request.build_opener(server))
    yield server
    urllib.request.install_opener(None)  # the usual one is made when next needed


@pytest.fixture
def kept(openml: OpenML, tmp_path: Path) -> Path:
    """A cache in which MNIST is, in both forms; the network is gone."""
    load_digits("mnist", tmp_path)
    openml.is_reachable = False
    return tmp_path


@pytest.fixture
def cached(kept: Path) -> Path:
    """A cache in which MNIST is as scikit-learn keeps it; the network is gone."""
    (kept / "mnist_784.npz").unlink()
    return kept


def files_of_openml(cache: Path) -> list[Path]:
    """Return the files of scikit-learn's cache, the data first."""
    return sorted(cache.rglob("*.gz"), key=lambda path: ".arff" not in path.name)


def as_made() -> Tensor:
    return torch.tensor(pixels(), dtype=torch.uint8).reshape(COUNT, 28, 28)


def test_the_default_is_the_digits_of_scikit_learn() -> None:
    images, labels = load_digits()

    assert (images.shape, images.dtype) == ((1797, 8, 8), torch.uint8)
    assert (labels.shape, labels.dtype) == ((1797,), torch.int64)
    assert sorted(set(labels.tolist())) == list(range(10))


def test_the_seventeen_greys_of_the_digits_go_from_0_to_255_and_stay_apart() -> None:
    from sklearn.datasets import load_digits as bundled  # it has no types

    images, labels = load_digits("digits")

    assert images.unique().tolist() == [round(grey * 255 / 16) for grey in range(17)]
    assert torch.equal((images.double() * 16 / 255).round(), torch.from_numpy(bundled().images))
    assert labels.tolist() == bundled().target.tolist()


def test_the_digits_need_neither_network_nor_cache(openml: OpenML, tmp_path: Path) -> None:
    load_digits("digits", tmp_path)

    assert (openml.asked, list(tmp_path.iterdir())) == ([], [])


def test_two_calls_give_tensors_of_their_own() -> None:
    load_digits()[0].zero_()

    assert load_digits()[0].sum() > 0


@pytest.mark.parametrize("source", ["MNIST", "", "emnist"])
def test_an_unknown_source_is_named_with_the_two_that_are_known(source: str) -> None:
    with pytest.raises(ValueError, match="^source must be 'digits' or 'mnist', and is '" + source + "'$"):
        load_digits(source)


def test_mnist_is_downloaded(openml: OpenML, tmp_path: Path) -> None:
    images, labels = load_digits("mnist", tmp_path)

    assert torch.equal(images, as_made())
    assert (labels.dtype, labels.tolist()) == (torch.int64, [number % 10 for number in range(COUNT)])


def test_mnist_is_downloaded_once(kept: Path, openml: OpenML) -> None:
    openml.asked.clear()

    images, labels = load_digits("mnist", kept)

    assert (torch.equal(images, as_made()), labels[:12].tolist()) == (True, [*range(10), 0, 1])
    assert openml.asked == []


def test_what_scikit_learn_has_in_its_cache_is_read_without_network(cached: Path, openml: OpenML) -> None:
    openml.asked.clear()

    assert torch.equal(load_digits("mnist", cached)[0], as_made())
    assert openml.asked == []


def test_nothing_half_written_stays_in_the_cache(kept: Path) -> None:
    assert sorted(path.name for path in kept.iterdir()) == ["mnist_784.npz", "openml"]


def test_mnist_is_loaded_where_nothing_can_be_kept(
    openml: OpenML, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("kata.train.digits.write_whole", full)

    assert len(load_digits("mnist", tmp_path)[0]) == COUNT
    assert not (tmp_path / "mnist_784.npz").exists()


def test_no_network_is_told_with_its_cause_and_the_default(openml: OpenML, tmp_path: Path) -> None:
    openml.is_reachable = False

    with pytest.raises(DataUnavailable) as caught:
        load_digits("mnist", tmp_path)

    assert str(caught.value) == (
        "MNIST cannot be downloaded from openml.org: Name or service not known. Try again later, or use the digits "
        "that need no network: source='digits', which is the default."
    )


@pytest.mark.parametrize(
    "error",
    [ConnectionResetError("reset by peer"), TimeoutError("timed out"), URLError("refused")],
    ids=["reset", "timed out", "refused"],
)
def test_a_download_that_breaks_off_is_told(
    openml: OpenML, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def breaks_off(path: str) -> bytes:
        raise error

    monkeypatch.setattr(openml, "answer", breaks_off)

    with pytest.raises(DataUnavailable, match=r"^MNIST cannot be downloaded from openml\.org: .*source='digits'"):
        load_digits("mnist", tmp_path)


def test_a_download_that_is_cut_short_is_told_and_can_be_tried_again(openml: OpenML, tmp_path: Path) -> None:
    openml.data = arff()[:-2000]
    with pytest.raises(DataUnavailable, match="md5 checksum"):
        load_digits("mnist", tmp_path)

    assert not (tmp_path / "mnist_784.npz").exists()


def damage(path: Path, how: str) -> None:
    whole = path.read_bytes()
    path.write_bytes({"empty": b"", "cut": whole[: len(whole) // 2], "other bytes": b"\x1f\x8b" + b"x" * 500}[how])


@pytest.mark.parametrize("how", ["empty", "cut", "other bytes"])
@pytest.mark.parametrize("which", range(5), ids="file {}".format)
def test_a_damaged_file_of_scikit_learns_cache_is_told_with_the_folder(cached: Path, which: int, how: str) -> None:
    damage(files_of_openml(cached)[which], how)

    with pytest.raises(DataUnavailable) as caught:
        load_digits("mnist", cached)

    assert str(caught.value).startswith("MNIST cannot be read from the cache (")
    assert f"Delete the folder {cached} and try again" in str(caught.value)


@pytest.mark.parametrize("how", ["empty", "cut", "other bytes"])
def test_a_damaged_file_of_our_own_is_told_with_the_folder(kept: Path, how: str) -> None:
    damage(kept / "mnist_784.npz", how)

    with pytest.raises(DataUnavailable) as caught:
        load_digits("mnist", kept)

    assert f"Delete the folder {kept} and try again" in str(caught.value)


def test_a_file_of_other_content_is_told_with_the_folder(cached: Path) -> None:
    content = gzip.compress(json.dumps({"data": []}).encode())
    for path in files_of_openml(cached)[1:]:
        path.write_bytes(content)

    with pytest.raises(DataUnavailable, match="cannot be read from the cache"):
        load_digits("mnist", cached)


@pytest.mark.parametrize(
    ("rows", "labels"),
    [((3, 64), (3,)), ((3, 784), (2,)), ((0, 784), (0,)), ((3, 28, 28), (3,))],
    ids=["images of 64", "a label missing", "none at all", "three dimensions"],
)
def test_a_kept_file_of_other_shapes_is_told(kept: Path, rows: tuple[int, ...], labels: tuple[int, ...]) -> None:
    import numpy as np

    np.savez(kept / "mnist_784.npz", rows=np.zeros(rows), labels=np.zeros(labels))

    with pytest.raises(DataUnavailable, match="of the shape"):
        load_digits("mnist", kept)


@pytest.mark.parametrize(("pixel", "label"), [(256, 0), (-1, 0), (0.5, 0), (0, 10)])
def test_numbers_that_are_no_pixels_or_no_labels_are_told(kept: Path, pixel: float, label: float) -> None:
    import numpy as np

    np.savez(kept / "mnist_784.npz", rows=np.full((3, 784), pixel), labels=np.full(3, label))

    with pytest.raises(DataUnavailable, match="other than whole numbers"):
        load_digits("mnist", kept)


def test_pandas_is_not_needed(openml: OpenML, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)  # an import of it then fails

    assert len(load_digits("mnist", tmp_path)[0]) == COUNT


def test_nothing_is_shown_where_nobody_looks(openml: OpenML, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    load_digits("mnist", tmp_path)

    assert capfd.readouterr() == ("", "")


def test_a_terminal_shows_what_is_going_on_on_stderr_only(
    openml: OpenML, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich then takes the stream for a terminal
    monkeypatch.setenv("TERM", "xterm")

    load_digits("mnist", tmp_path)

    out, err = capfd.readouterr()
    assert (out, "MNIST, once: 15 MB into" in err) == ("", True)


@pytest.mark.skipif(os.name == "nt", reason="Windows has another folder for caches")
def test_the_cache_is_in_the_users_folder_for_caches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/some/where")
    assert cache_folder() == Path("/some/where/lenet-kata")

    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder() == Path.home() / ".cache" / "lenet-kata"


def test_the_users_folder_for_caches_is_used_by_default(
    openml: OpenML, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digits, "cache_folder", lambda: tmp_path / "home")

    load_digits("mnist")

    assert (tmp_path / "home" / "mnist_784.npz").is_file()
