"""Lesson 12: what several files of the bank share."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from kata.authoring import MutantSuite, Observation

ROOT = Path(__file__).resolve().parents[2]


def see_judgements(
    see: Observation, panel: MutantSuite, test: Callable[[Any], object], telling: Iterable[str] = ()
) -> None:
    """Observe which answers a test refuses: all, or those whose `telling` keys are enough to tell tests apart."""
    keys = [*telling]
    wrong = [name for name, one in panel.wrong.items() if not keys or one.key in keys]
    right = [name for name, one in panel.right.items() if not keys or one is None or one.key in keys]
    see("the right answers that are refused", [name for name in right if panel.refuses(test, name)])
    see("the wrong answers that are accepted", [name for name in wrong if not panel.refuses(test, name)])
