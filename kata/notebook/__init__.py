"""A lesson as a notebook: its cells go into the learner's file, and the verdict comes below."""

from __future__ import annotations

from typing import Any


def load_ipython_extension(shell: Any) -> None:
    """Give a notebook its commands: what `%load_ext kata.notebook` calls."""
    from kata.notebook.magics import Magics

    Magics(shell).register()
