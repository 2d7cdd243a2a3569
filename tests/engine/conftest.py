"""What the engine's tests share."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from functools import partial
from multiprocessing.pool import Pool
from pathlib import Path

import pytest

from kata.content.lesson import discover
from kata.report.results import Result
from kata.running.strength import first_failures

ROOT = Path(__file__).resolve().parents[2]
POOL = pytest.StashKey[Pool]()
FAILURES = pytest.StashKey[Iterator[dict[str, Result]]]()


@pytest.fixture
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def failures(request: pytest.FixtureRequest) -> dict[str, Result]:
    """The first failing check of each mistake."""
    found: dict[str, Result] = {}
    for of_one_bank in request.config.stash[FAILURES]:
        found |= of_one_bank
    return found


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the banks, in processes that give way to others; what waits for them comes last."""
    waiting = [item for item in items if "failures" in getattr(item, "fixturenames", ())]
    if not waiting or config.option.collectonly:
        return
    items[:] = [item for item in items if item not in set(waiting)] + waiting
    banks = sorted((lesson.mistakes for lesson in discover(ROOT)), key=lambda path: -path.stat().st_size)
    pool = multiprocessing.get_context("spawn").Pool(os.cpu_count(), _give_way)
    config.stash[POOL] = pool
    config.stash[FAILURES] = pool.imap_unordered(partial(first_failures, ROOT), banks)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave no process behind, wherever the tests stopped."""
    pool = config.stash.get(POOL, None)
    if pool is not None:
        pool.terminate()
        pool.join()


def _give_way() -> None:
    if hasattr(os, "nice"):
        os.nice(10)
