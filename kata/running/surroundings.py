"""Sentences about what can be wrong around the exercises: torch, plugins, the current folder."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from kata.content.lesson import Lesson
from kata.diagnosis.exceptions.explain import said_by

_SET_UP = "in the folder of the repository, with its virtual environment active: pip install -e ."

LOCATE = "--locate"  # the option that says how many seconds the place of a slip is looked for; 0: not at all
SECONDS = 1.5  # as long as nobody thinks that it hangs
_LOCATE = "KATA_LOCATE"  # the variable that says the same


def seconds_to_search(otherwise: float) -> float:
    """Return how long to search for the place of a slip: `KATA_LOCATE`, or a default."""
    try:
        return max(0.0, float(os.environ[_LOCATE]))
    except (KeyError, ValueError):
        return otherwise


def why_no_torch() -> str:
    """Return why torch cannot be used, or ""."""
    try:
        import torch

        torch.Tensor  # noqa: B018  (a file of the same name has none)
    except ModuleNotFoundError as error:
        reason = f"there is no module {error.name}; {_SET_UP}"
    except AttributeError:
        file = getattr(sys.modules.get("torch"), "__file__", None)
        reason = f"{file or 'a folder'} has its name, and stands in its place: give it another name."
    except Exception as error:  # noqa: BLE001  (a library that is broken fails in many ways)
        reason = f"{said_by(error)}; {_SET_UP}"
    else:
        return ""
    return f"torch cannot be used by {sys.executable}: {reason}"


def not_collected(reports: Iterable[Any]) -> Iterator[str]:
    """Yield the files that pytest could not collect, and why; the kata's style hides pytest's own message."""
    reports = list(reports)
    why = why_no_torch() if reports else ""
    if why:
        yield why
        return
    for one in reports:
        text = str(one.longrepr).strip().splitlines()
        last = next((line[2:].strip() for line in reversed(text) if line.startswith("E ")), text[-1] if text else "")
        yield f"{one.nodeid} cannot be collected: {last}"


def ran_on_solutions(lessons: Iterable[Lesson], places: Iterable[Path]) -> str:
    """Say that specs on the command line ran on the solution, or ""."""
    named = [one for one in lessons if one.spec in set(places)]
    if not named:
        return ""
    yours = " ".join(f"exercises/{one.name}.py" for one in named)
    return f"These checks ran on solutions/. Yours: pytest {yours}"
