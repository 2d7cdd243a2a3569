"""Chromium without a window, asked by its own protocol: open a page, evaluate what a page would, press and point."""

from __future__ import annotations

import base64
import io
import json
import os
import shutil
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from matplotlib.image import imread

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
in_a_browser = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")
OPTIONS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync", "--hide-scrollbars")
QUIET = ("--disable-background-networking", "--disable-component-update")


def _put(orders: int, events: int) -> None:
    """Give the process its ends of the protocol where it looks for them: descriptors 3 and 4."""
    kept = os.dup(events), os.dup(orders)  # one of them may be 3 or 4
    os.dup2(kept[1], 3)
    os.dup2(kept[0], 4)


class Browser:
    """A browser with one page, for the time of a block.

    Args:
        folder: for its profile.
        options: more of its command line.
    """

    def __init__(self, folder: Path, *options: str) -> None:
        (orders, self._orders), (self._events, events) = os.pipe(), os.pipe()
        profile = f"--user-data-dir={folder / 'profile'}"
        words = [str(CHROMIUM), *OPTIONS, *QUIET, *options, profile, "--remote-debugging-pipe", "about:blank"]
        put = partial(_put, orders, events)
        self._process = subprocess.Popen(words, close_fds=False, preexec_fn=put, stderr=subprocess.DEVNULL)
        for end in (orders, events):
            os.close(end)
        self._rest, self._number, self._session = b"", 0, ""
        target = next(one for one in self.ask("Target.getTargets")["targetInfos"] if one["type"] == "page")
        self._session = self.ask("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(10)
        os.close(self._orders)
        os.close(self._events)

    def ask(self, method: str, **words: Any) -> Any:
        """Give an order of the protocol, and return its answer."""
        self._number += 1
        order = {"id": self._number, "method": method, "params": words}
        order |= {"sessionId": self._session} if self._session else {}
        os.write(self._orders, json.dumps(order).encode() + b"\0")
        while True:
            event = self._next()
            if event.get("id") == self._number:
                assert "error" not in event, event["error"]
                return event["result"]

    def _next(self) -> Any:
        while b"\0" not in self._rest:
            piece = os.read(self._events, 1 << 16)
            assert piece, "the browser has ended"
            self._rest += piece
        line, _, self._rest = self._rest.partition(b"\0")
        return json.loads(line)

    def open(self, page: Path) -> None:
        """Open a page, and wait until it is there."""
        self.ask("Page.enable")
        self.ask("Page.navigate", url=page.resolve().as_uri())
        self.evaluate("new Promise(r => document.readyState === 'complete' ? r() : addEventListener('load', r))")

    def evaluate(self, expression: str) -> Any:
        """Return what an expression of JavaScript is in the page, as JSON has it; a promise is waited for."""
        words = {"expression": expression, "returnByValue": True, "awaitPromise": True, "userGesture": True}
        found = self.ask("Runtime.evaluate", **words)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def picture(self) -> Any:
        """Return what is seen of the page: an array (height, width, 4) of numbers from 0 to 1."""
        data = base64.b64decode(self.ask("Page.captureScreenshot")["data"])
        return imread(io.BytesIO(data), format="png")
