"""The page of a run, in a real browser: it computes what torch computes, shows how, and reads what is drawn."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from typer.testing import CliRunner

from kata import cli
from kata.learner.progress import Unknown
from kata.train import look
from kata.train.look import _DONE, program
from kata.train.training import NETS, Settings
from tests.engine.browser import Browser, in_a_browser

ROWS = [
    {"epoch": 1, "train_loss": 2.0, "test_loss": 1.5, "test_accuracy": 0.5},
    {"epoch": 2, "train_loss": 1.0, "test_loss": 0.9, "test_accuracy": 0.75},
]


def made(name: str, seed: int = 0) -> nn.Module:
    """Return a network of that kind, built by the solution, with the weights that it begins with."""
    torch.manual_seed(seed)
    return NETS[name].make(importlib.import_module(f"solutions.{NETS[name].lesson}")).eval()


def run_of(folder: Path, net: nn.Module, name: str = "lenet") -> Any:
    """Return a run that has just ended, of 40 images."""
    draw = torch.Generator().manual_seed(1)
    batches = [(torch.rand(20, 1, 32, 32, generator=draw), torch.arange(20) % 10) for _ in range(2)]
    settings = Settings(net=name)
    return SimpleNamespace(
        folder=folder, net=net, test_loader=batches, device="cpu", settings=settings, rows=ROWS, epoch=2
    )


def evaluation_of(run: Any) -> Any:
    confusion = torch.zeros(10, 10, dtype=torch.int64)
    for images, labels in run.test_loader:
        for is_, read in zip(labels, run.net(images).argmax(1), strict=True):
            confusion[is_, read] += 1
    return SimpleNamespace(confusion=confusion, accuracy=float(confusion.trace()) / 40)


def written(folder: Path, net: nn.Module, name: str = "lenet") -> Path:
    run = run_of(folder, net, name)
    return look.write(run, evaluation_of(run), "Every part is yours.")


@pytest.fixture(scope="module")
def lenet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Browser, Path]]:
    """A browser that shows the page of a LeNet."""
    folder = tmp_path_factory.mktemp("run")
    page = written(folder, made("lenet"))
    with Browser(folder, "--window-size=1000,2600") as browser:
        browser.open(page)
        yield browser, page


@pytest.mark.e2e
@in_a_browser
@pytest.mark.parametrize("name", NETS)
def test_all_scores_and_maps_are_those_of_torch(tmp_path: Path, name: str) -> None:
    net = made(name)
    page = written(tmp_path, net, name)
    draw = torch.Generator().manual_seed(2)
    images = torch.rand(3, 1, 32, 32, generator=draw)

    with Browser(tmp_path) as browser:
        browser.open(page)
        for image in images:
            stations = browser.evaluate(f"forward({image.flatten().tolist()}).map(({{ y }}) => [y.shape, [...y.data]])")
            x = image[None]
            for step, (shape, numbers) in zip(program(net), stations, strict=True):
                x = _DONE[step["kind"]](x, step)
                assert shape == list(x.shape[1:])
                assert far(torch.tensor(numbers), x) < 1e-4
            with torch.no_grad():
                assert far(torch.tensor(stations[-1][1]), net(image[None])) < 1e-4


def far(one: Tensor, other: Tensor) -> float:
    """Return how far two tensors are apart, in shares of the largest number."""
    return float((one.flatten() - other.detach().flatten()).abs().max() / other.abs().max())


@pytest.mark.e2e
@in_a_browser
def test_a_number_that_is_pointed_at_says_what_it_was_computed_from(lenet: tuple[Browser, Path]) -> None:
    browser, _ = lenet
    browser.evaluate(f"show({torch.rand(1024).tolist()})")
    for layer, words in (
        ("conv1", "the patch below the kernel"),
        ("fc2", "products and the bias"),
        ("pooling", "largest"),
    ):
        box = browser.evaluate(
            f"""(() => {{
            const own = [...document.querySelectorAll(".layer")].find(one => one.textContent.startsWith("{layer}"));
            own.scrollIntoView();
            const box = own.querySelector("canvas").getBoundingClientRect();
            return [box.x + box.width / 2, box.y + box.height / 2];
            }})()"""
        )
        browser.ask("Input.dispatchMouseEvent", type="mouseMoved", x=box[0], y=box[1])
        said = browser.evaluate("document.getElementById('explained').textContent")
        assert said.startswith(layer)
        assert words in said


@pytest.mark.e2e
@in_a_browser
def test_a_drawing_is_brought_to_the_form_of_the_training_data(lenet: tuple[Browser, Path]) -> None:
    browser, _ = lenet
    browser.evaluate("document.getElementById('top').scrollIntoView()")
    x, y = browser.evaluate("(box => [box.x, box.y])(document.getElementById('pad').getBoundingClientRect())")
    for kind, at in (("mousePressed", 40), ("mouseMoved", 90), ("mouseMoved", 120), ("mouseReleased", 120)):
        browser.ask("Input.dispatchMouseEvent", type=kind, x=x + 60, y=y + at, button="left", buttons=1, clickCount=1)

    given = torch.tensor(browser.evaluate("[...now.pixels]")).view(32, 32)
    assert 0.9 < float(given.max()) <= 1
    rows, columns = given.sum(1), given.sum(0)
    assert bool((rows > 0.5).all())  # as high as the image, wherever and however small it was drawn
    middle = float((columns * torch.arange(32)).sum() / columns.sum())
    assert 14 < middle < 17
    assert browser.evaluate("document.getElementById('verdict').textContent").startswith("Read as ")
    browser.evaluate("document.getElementById('clear').click()")
    assert browser.evaluate("now.pixels.every(value => value === 0)")


@pytest.mark.e2e
@in_a_browser
def test_it_is_enlarged_as_torch_enlarges(lenet: tuple[Browser, Path]) -> None:
    small = torch.rand(8, 8, generator=torch.Generator().manual_seed(3))
    wanted = F.interpolate(small[None, None], size=(32, 32), mode="bilinear", align_corners=False)[0, 0]

    found = lenet[0].evaluate(f"[...bilinear({small.flatten().tolist()}, 8, 32)]")

    assert torch.allclose(torch.tensor(found), wanted.flatten(), atol=1e-6)


@pytest.mark.e2e
@in_a_browser
def test_a_cell_of_the_confusion_matrix_shows_its_images(lenet: tuple[Browser, Path]) -> None:
    browser, _ = lenet
    pressed = browser.evaluate(
        "(one => { one.click(); return Number(one.textContent); })(document.querySelector('#confusion button'))"
    )

    assert browser.evaluate("document.querySelectorAll('#those figure').length") == pressed > 0


def test_the_page_is_one_small_file_that_asks_the_network_for_nothing(tmp_path: Path) -> None:
    text = written(tmp_path, made("paper"), "paper").read_text("utf-8")

    assert len(text) < 2_000_000
    assert "{{" not in text.replace("${{", "")
    assert "http" not in text.replace("http-equiv", "")
    assert "Every part is yours." in text


class Otherwise(nn.Module):
    """A LeNet whose forward is another one."""

    def __init__(self) -> None:
        super().__init__()
        for name, part in made("lenet").named_children():
            setattr(self, name, part)

    def forward(self, x: Tensor) -> Any:
        net: Any = made("lenet")
        return net(x) * 2 + 1


def test_a_network_that_computes_something_else_is_not_shown_alive(tmp_path: Path) -> None:
    text = written(tmp_path, Otherwise()).read_text("utf-8")

    assert "the page shows the run, and no live network" in text
    assert 'id="pad"' not in text
    assert '"live": false' in text


def test_kata_look_opens_the_newest_page_or_the_one_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("exercises", "solutions"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path)
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    none = CliRunner().invoke(cli.app, ["look"])
    for name in ("2026-01-01_10-00-00", "2026-01-02_10-00-00"):
        (tmp_path / "runs" / name).mkdir(parents=True)
        (tmp_path / "runs" / name / look.NAME).touch()

    newest, named = (CliRunner().invoke(cli.app, ["look", *words]) for words in ([], ["2026-01-01"]))

    assert isinstance(none.exception, Unknown)
    assert newest.output.splitlines()[0] == "runs/2026-01-02_10-00-00/index.html"
    assert named.output.splitlines()[0] == "runs/2026-01-01_10-00-00/index.html"
    assert [address.startswith("file:") for address in opened] == [True, True]
