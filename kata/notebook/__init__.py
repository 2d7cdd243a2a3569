"""A lesson as a notebook: its cells go into the learner's file, and the verdict comes below."""

from __future__ import annotations

from typing import Any


def load_ipython_extension(shell: Any) -> None:
    """Register the commands; called by `%load_ext kata.notebook`."""
    from kata.notebook.magics import Magics

    Magics(shell).register()
