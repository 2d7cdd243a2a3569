"""The pictures of README, made of real runs: python -m tests.engine.pictures writes them anew.

`docs/watch.svg` is the screen of `kata watch` on a LeNet whose second ReLU was forgotten; `docs/look.png` is the page
of a network that was trained for it, with a 3 drawn by the mouse.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import html
import importlib
import io
import math
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from kata.content.lesson import discover
from kata.learner.progress import SavedProgress
from kata.learner.runner import Runner
from kata.learner.screen import Screen
from kata.report.report import Line
from kata.report.terminal import Terminal

ROOT = Path(__file__).resolve().parents[2]
SCREEN, PAGE = ROOT / "docs" / "watch.svg", ROOT / "docs" / "look.png"
FORGOTTEN = "F.relu(self.conv2(x))"
_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)  # from the network: the page's own do as well


def screen() -> list[Line]:
    """Return what `kata watch` shows of a LeNet without ReLU after conv2."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for folder in ("solutions", "mistakes", "tests", "accepted"):
            shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__", "engine"))
        for file in ("conftest.py", "pyproject.toml"):
            shutil.copy(ROOT / file, root)
        (root / "exercises").mkdir()
        text = (root / "solutions" / "ex01_lenet.py").read_text("utf-8")
        assert FORGOTTEN in text
        (root / "exercises" / "ex01_lenet.py").write_text(text.replace(FORGOTTEN, "self.conv2(x)"), "utf-8")
        lessons = [one for one in discover(root) if one.name == "ex01_lenet"]
        return asyncio.run(_watched(root, Screen(lessons, SavedProgress.load(root), 10.0)))


async def _watched(root: Path, board: Screen) -> list[Line]:
    runner = Runner(root)
    await runner.start()
    try:
        focus = board.begin(board.lessons[0])
        async for event in runner.run("ex01_lenet", focus):
            board.verdict.add(event)
            if board.verdict.is_complete:
                break
        board.finish()
        return board.lines()
    finally:
        await runner.close()


def drawn(lines: list[Line]) -> str:
    """Return a screen as SVG."""
    from rich.console import Console

    console = Console(record=True, width=84, file=io.StringIO(), force_terminal=True, highlight=False)
    Terminal(console).show([("$ kata watch", "faint"), ("", ""), *lines])
    return _FONTS.sub("", console.export_svg(title="kata watch", unique_id="kata"))


def texts_in(svg: str) -> str:
    """Return what is written in an SVG, blanks aside."""
    found = re.findall(r"<text[^>]*>(.*?)</text>", svg, flags=re.DOTALL)
    return re.sub(r"\s+", "", html.unescape("".join(found)).replace("\xa0", " "))


def sources_of_page() -> str:
    """Return a digest of what the page is made of, which tells whether its picture is of today's."""
    files = sorted((ROOT / "kata" / "train" / "page").iterdir())
    return hashlib.sha256(b"".join(one.read_bytes().replace(b"\r\n", b"\n") for one in files)).hexdigest()


def _draw_page() -> None:
    """Train a LeNet for some epochs, draw a 3 on its page, and keep a picture of it with the digest of its sources."""
    from kata.train import look
    from kata.train.training import Parts, Settings, TrainingRun, choose_device
    from tests.engine.browser import Browser

    names = ("ex01_lenet", "ex03_optimizers", "ex04_data", "ex05_training_loop")
    parts = {name: Parts(importlib.import_module(f"solutions.{name}"), {}, 0) for name in names}
    with tempfile.TemporaryDirectory() as name:
        run = TrainingRun(Path(name) / "run", Settings(epochs=15), choose_device("cpu"), parts)
        run.start()
        run.go(lambda loader, _: iter(loader), print)
        page = look.write(run, run.final_evaluation(), "Every part is yours.")
        with Browser(Path(name)) as browser:
            size = {"width": 1040, "height": 980, "deviceScaleFactor": 1, "mobile": False}
            browser.ask("Emulation.setDeviceMetricsOverride", **size)
            browser.open(page)
            _draw_three(browser)
            data = base64.b64decode(browser.ask("Page.captureScreenshot")["data"])
    PAGE.write_bytes(data)
    PAGE.with_suffix(".sha256").write_text(sources_of_page() + "\n")


def _draw_three(browser: Any) -> None:
    """Draw two bows, one below the other, and point at a map of conv1."""
    x, y = browser.evaluate("(box => [box.x, box.y])(document.getElementById('pad').getBoundingClientRect())")
    bows = [(85, 40, -140, 90), (165, 42, -90, 140)]
    points = [
        (x + 122 + 50 * math.cos(math.radians(turn)), y + middle + height * math.sin(math.radians(turn)))
        for middle, height, begin, end in bows
        for turn in range(begin, end + 1, 10)
    ]
    kinds = ["mousePressed", *["mouseMoved"] * (len(points) - 2), "mouseReleased"]
    for kind, (across, down) in zip(kinds, points, strict=True):
        browser.ask("Input.dispatchMouseEvent", type=kind, x=across, y=down, button="left", buttons=1, clickCount=1)
    box = browser.evaluate(
        "(box => [box.x + 30, box.y + 20])(document.querySelectorAll('.maps canvas')[2].getBoundingClientRect())"
    )
    browser.ask("Input.dispatchMouseEvent", type="mouseMoved", x=box[0], y=box[1])


def main() -> None:
    """Write both."""
    SCREEN.write_text(drawn(screen()), "utf-8")
    _draw_page()
    for one in (SCREEN, PAGE):
        print(f"{one.relative_to(ROOT)}: {one.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
