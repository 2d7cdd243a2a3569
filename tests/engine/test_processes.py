"""`kata train --processes`: several processes train one network, the first one writes, Ctrl-C ends them in peace."""

from __future__ import annotations

import csv
import re
import shutil
import signal
from pathlib import Path

import pytest
import torch

from kata.train import failures
from kata.train.team import Shares, Team, launch, too_few
from kata.train.training import choose_device
from tests.engine import command, fresh

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the lessons."""
    folder = tmp_path_factory.mktemp("repository")
    for name in ("exercises", "solutions", "mistakes", "tests", "accepted"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "engine"))
    return folder


def begin(repository: Path, *words: object) -> fresh.Process:
    """Start `kata train` there."""
    return command.begin(repository, "train", *words)


def end(process: fresh.Process) -> str:
    """Return what it printed; it must end well."""
    said = process.communicate()
    assert process.returncode == 0, said
    return said


def history(repository: Path) -> list[dict[str, str]]:
    """Return the rows of the newest run."""
    newest = max(repository.glob("runs/*/history.csv"))
    with newest.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def trained(repository: Path) -> str:
    """Return what two processes say of a run of six epochs."""
    return end(begin(repository, "--processes", "2", "--epochs", "6"))


def test_two_processes_learn_to_read_digits(trained: str) -> None:
    share = re.search(r"([\d.]+) % of 359 images that it never saw", trained)

    assert share is not None
    assert float(share[1]) >= 92.0
    assert "in 2 processes" in trained


def test_each_epoch_is_told_and_written_once(trained: str, repository: Path) -> None:
    assert trained.count("epoch   1:") == 1
    assert [row["epoch"] for row in history(repository)] == [str(number) for number in range(1, 7)]


def test_one_run_keeps_one_folder(trained: str, repository: Path) -> None:
    assert len(list(repository.glob("runs/*/checkpoint.pt"))) == 1


def test_the_solution_stands_in_for_what_is_to_do_of_lesson_11(trained: str) -> None:
    assert "all of ex11_processes (to do)" in trained


def test_another_number_of_processes_goes_on_from_it(trained: str, repository: Path) -> None:
    said = end(begin(repository, "--resume", "--epochs", "7"))

    assert "Going on after epoch 6" in said
    assert [row["epoch"] for row in history(repository)][-1] == "7"


@pytest.mark.nightly
def test_ctrl_c_keeps_the_last_whole_epoch(repository: Path) -> None:
    process = begin(repository, "--processes", "2", "--epochs", "500")
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("epoch   2:"):
            break
    process.send_signal(signal.SIGINT)
    said = end(process)

    stopped = re.search(r"Stopped in epoch (\d+); kata train --resume goes on from epoch (\d+)", said)
    assert stopped is not None
    assert len(history(repository)) == int(stopped[2])
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--data", "letters"), "source must be 'digits' or 'mnist'"),
        pytest.param(("--device", "cuda:7"), "device must be one that this machine has", marks=pytest.mark.nightly),
    ],
)
def test_what_cannot_be_had_is_said_once(repository: Path, words: tuple[str, ...], said: str) -> None:
    process = begin(repository, "--processes", "2", *words)
    text = process.communicate()

    assert process.returncode == 2
    assert text.count(said) == 1


def test_a_rank_goes_over_its_share_of_an_epoch() -> None:
    def shard(*given: int) -> list[int]:
        return list(given)

    shares = Shares(10, Team(1, 4, choose_device("cpu")), 7, shard)
    shares.epoch = 3

    assert list(shares) == [10, 1, 4, 3, 7]
    assert len(shares) == 3


@pytest.mark.parametrize(
    ("device", "words"),
    [
        (
            "cuda",
            "3 processes need an accelerator each, and 2 of its kind are to be used here (cuda): give --processes 2",
        ),
        ("cuda:1", "3 processes need an accelerator each, and 1 of its kind is to be used here (cuda:1)"),
        ("cpu", ""),
    ],
)
def test_fewer_accelerators_than_processes_are_told_before_anything_starts(
    device: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.accelerator, "device_count", lambda: 2)

    said = too_few(torch.device(device), 3)

    assert said.startswith(words)
    assert bool(said) == bool(words)
    assert too_few(torch.device("cuda"), 2) == ""


@pytest.mark.nightly
def test_a_process_that_fails_is_told_by_its_own_sentence(repository: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code = launch(repository, 2, ["--net", "nonsense"])

    assert code != 0
    assert capfd.readouterr().err == "kata: net must be one of lenet, lenet5, paper, and is 'nonsense'\n"


def test_a_process_that_stops_in_the_learners_code_leaves_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(failures.FOLDER, str(tmp_path))
    monkeypatch.setenv("RANK", "1")
    path = str(tmp_path / "exercises" / "ex05_training_loop.py")
    try:
        exec(compile("\n\nraise RuntimeError('no such batch')", path, "exec"), {})  # noqa: S102  (code of a learner)
    except RuntimeError as error:
        failures.leave(error, is_told=False)

    said = list(failures.left(tmp_path))

    assert said == ["rank 1 stopped at exercises/ex05_training_loop.py, line 3: RuntimeError: no such batch"]
    assert failures.members(tmp_path) == []


def test_nothing_is_left_where_nobody_waits_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(failures.FOLDER, raising=False)

    failures.leave(RuntimeError("alone"), is_told=False)

    assert list(tmp_path.iterdir()) == []
