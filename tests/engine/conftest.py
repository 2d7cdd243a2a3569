"""What the engine's tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.engine import fresh

os.environ.setdefault("OMP_NUM_THREADS", "1")  # for the processes that tests start: they work beside one another
ROOT = Path(__file__).resolve().parents[2]
# Tests that start whole processes, or watch one run: seconds each.
E2E = {
    "test_budget",
    "test_checkpoint",
    "test_cluster",
    "test_lazy_dynamo",
    "test_debugging",
    "test_devices",
    "test_equivalent_mutants",
    "test_export",
    "test_grade",
    "test_index",
    "test_keeper",
    "test_no_posix",
    "test_notebook",
    "test_processes",
    "test_ranks",
    "test_repair",
    "test_runner",
    "test_surroundings",
    "test_new_lesson",
    "test_training",
    "test_watch",
}
# Systems and schedulers that are not at hand, played by this one: once a night, and whenever they are named.
NIGHTLY = {"test_cluster", "test_no_posix"}


@pytest.fixture(autouse=True)
def _without_a_search(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the sessions that tests start the search for the place of a slip: it takes its time."""
    if request.path.stem != "test_repair":
        monkeypatch.setenv("KATA_LOCATE", "0")


@pytest.fixture
def root() -> Path:
    """The repository."""
    return ROOT


def pytest_sessionfinish() -> None:
    fresh.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what takes long, so that `-m "not bank and not e2e"` leaves it out, and what runs once a night."""
    for item in items:
        if item.path.stem in E2E:
            item.add_marker(pytest.mark.e2e)
        if item.path.stem in NIGHTLY:
            item.add_marker(pytest.mark.nightly)
        if item.path.stem == "test_bank":
            item.add_marker(pytest.mark.bank)
