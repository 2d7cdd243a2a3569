"""Speed is a budget: what a start costs may not grow unnoticed. Where it is meant to: python -m tests.engine.budget."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from tests.engine.budget import SCENARIOS, TABLE, counted, grown, summed_up, versions

OFTEN = ("untouched start", "one mistake in lesson 2")  # a second each; the others once a night
KEPT: dict[str, Any] = json.loads(TABLE.read_text("utf-8"))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell the largest memory of a process")
@pytest.mark.parametrize(
    "name", [one if one in OFTEN else pytest.param(one, marks=pytest.mark.nightly) for one in SCENARIOS]
)
def test_it_costs_what_it_did(name: str) -> None:
    if versions() != KEPT["versions"]:
        pytest.skip(f"the counts are those of {KEPT['versions']}, and this is {versions()}")

    assert grown(counted(SCENARIOS[name]), KEPT["scenarios"][name]) == []


def made(**calls: int) -> dict[str, Any]:
    return {"calls": calls, "modules": ["one", "two"], "memory": 100.0}


def test_what_has_grown_is_named_with_the_function() -> None:
    before = summed_up(made(read=1000, write=500))

    said = grown(made(read=1000, write=900, walk=20), before)

    assert said[0] == "1920 calls, and there were 1500"
    assert said[1] == "write is called 900 times, 400 more than before"


def test_a_tenth_is_no_growth() -> None:
    assert grown(made(read=1100), summed_up(made(read=1000))) == []


def test_memory_and_modules_have_a_budget_too() -> None:
    now = {"calls": {"read": 10}, "modules": ["one", "two", "three"], "memory": 130.0}

    assert grown(now, summed_up(made(read=10))) == ["3 modules, and there were 2", "130 MiB, and there were 100"]
