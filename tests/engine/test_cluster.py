"""`kata grade --scheduler`: the same work by the workers of a Dask cluster, one of which is killed meanwhile."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engine import fresh
from tests.engine.test_grade import SOLUTION, WRONG, begin, graded, repository, submit, with_body

__all__ = ["repository"]  # a fixture

pytest.importorskip("distributed", reason="the package distributed is not there: pip install -e .[cluster]")

CLUSTER = """
import json, sys
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        pids = [nanny.process.pid for nanny in cluster.workers.values()]
        print(json.dumps({"address": cluster.scheduler_address, "pids": pids}), flush=True)
        sys.stdin.read()
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[dict[str, Any]]:
    """A scheduler with two worker processes of this machine."""
    root = str(Path(__file__).resolve().parents[2])
    with subprocess.Popen(
        [sys.executable, "-c", CLUSTER],
        env={**os.environ, "PYTHONPATH": root},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
        process.stdin.close()
        process.wait(30)


@pytest.fixture(scope="module")
def submissions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class."""
    tmp_path = tmp_path_factory.mktemp("submissions")
    submit(tmp_path / "class", "ada", SOLUTION)
    submit(tmp_path / "class", "ben", WRONG)
    for number in range(4):
        submit(tmp_path / "class", f"student {number}", with_body(f"return {number + 2} * F.mse_loss(net(x), target)"))
    return tmp_path / "class"


@pytest.fixture(scope="module")
def here(repository: Path, submissions: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What comes of the class on this machine alone."""
    return graded(repository, submissions, tmp_path_factory.mktemp("here"))


def test_a_cluster_gives_the_grades_of_one_machine_though_a_worker_is_killed(
    repository: Path, cluster: dict[str, Any], submissions: Path, here: dict[str, Any], tmp_path: Path
) -> None:
    process = begin(
        repository, submissions, "--out", tmp_path / "there", "--lesson", "ex02", "--scheduler", cluster["address"]
    )
    units = tmp_path / "there" / ".units"
    fresh.until(lambda: len(list(units.glob("*.json"))) >= 3, "three are graded")
    os.kill(cluster["pids"][0], signal.SIGKILL)
    said = process.communicate()

    assert process.returncode == 0, said
    found = json.loads((tmp_path / "there" / "grades.json").read_text())["students"]
    assert {one["student"]: one for one in found} == here


def test_nobody_at_the_address_is_said_in_a_sentence(repository: Path, submissions: Path, tmp_path: Path) -> None:
    process = begin(
        repository, submissions, "--out", tmp_path / "out", "--lesson", "ex02", "--scheduler", "tcp://127.0.0.1:9"
    )
    said = process.communicate()

    assert process.returncode == 2
    assert "nobody answers at tcp://127.0.0.1:9" in said
