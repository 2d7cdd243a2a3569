"""A lesson as a notebook: what is written in its cells goes into the learner's file, and the verdict comes below.

`book` writes the notebook and `command` is the command for it; `cells` reads the text of a cell and puts it into the
file, `agreed` decides which of the two has the word; `magics` is what a cell may ask for, `warm` asks the process that
has torch, `judged` makes the verdict of what it says, and `view` shows it.
"""

from __future__ import annotations

from typing import Any


def load_ipython_extension(shell: Any) -> None:
    """Give a notebook its commands: what `%load_ext kata.notebook` calls."""
    from kata.notebook.magics import Magics

    Magics(shell).register()
