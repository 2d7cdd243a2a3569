"""`kata train`: whose functions take part, what a run keeps, and how it goes on after it was stopped."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from matplotlib.image import imread
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset
from typer.testing import CliRunner

from kata import cli
from kata.content.lesson import Lesson, discover
from kata.learner.progress import SavedProgress, digests_of
from kata.report.results import Result
from kata.train import tensorboard, training
from kata.train.digits import DataUnavailable, load_digits
from kata.train.pictures import draw_all
from kata.train.training import (
    NETS,
    BadRun,
    Scores,
    Settings,
    TrainingRun,
    choose_device,
    kind_of,
    last_folder,
    new_folder,
    read_settings,
    reliable,
)
from solutions.ex01_lenet import LeNet
from solutions.ex06_lenet5 import LeNet5Paper, map_loss

ROOT = Path(__file__).resolve().parents[2]
CPU = torch.device("cpu")
SMALL = Settings(epochs=3, batch_size=16)


def few_digits(source: str = "digits") -> tuple[Tensor, Tensor]:
    """Return the first 100 of scikit-learn's digits."""
    images, labels = load_digits("digits")
    return images[:100], labels[:100]


@pytest.fixture(autouse=True)
def _few_images_on_one_thread(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(training, "load_digits", few_digits)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # two that wait for one another are slower where other work runs beside
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A copy of the lessons."""
    for name in ("exercises", "solutions", "mistakes", "tests"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "engine"))
    return tmp_path


def lenet(repository: Path) -> Lesson:
    """Return the first lesson."""
    return discover(repository)[0]


def state_in_which(lesson: Lesson, wrong: str = "") -> SavedProgress:
    """Return a state in which every exercise of the lesson has passed, but for one."""
    state, digests, path = SavedProgress(lesson.root / ".kata"), digests_of(lesson), str(lesson.stub)
    for one in lesson.exercises:
        found: Any = "failed" if one.name == wrong else "passed"
        result = Result(lesson.name, one.name, "a check", path, 1, 0, found, digest=digests.get(one.name, ""), total=1)
        state.remember(lesson.name, [result])
    return state


# Whose functions take part.


def test_the_solution_stands_in_for_what_is_to_do(repository: Path) -> None:
    parts = reliable(lenet(repository), SavedProgress(repository / ".kata"))

    assert parts.stand_ins == dict.fromkeys(["LeNet.__init__", "LeNet.num_flat_features", "LeNet.forward"], "to do")
    assert parts.module.LeNet()(torch.ones(1, 1, 32, 32)).shape == (1, 10)


def test_what_has_passed_is_the_learners_own(repository: Path) -> None:
    lesson = lenet(repository)
    lesson.stub.write_text(lesson.solution.read_text() + "\n\nLeNet.mine = True\n")

    parts = reliable(lesson, state_in_which(lesson))

    assert parts.stand_ins == {}
    assert parts.module.LeNet.mine


def test_the_solution_stands_in_for_what_has_failed(repository: Path) -> None:
    lesson = lenet(repository)
    lesson.stub.write_text(lesson.solution.read_text().replace("F.relu(self.fc1(x))", "1 / 0"))

    parts = reliable(lesson, state_in_which(lesson, wrong="LeNet.forward"))

    assert list(parts.stand_ins) == ["LeNet.forward"]
    assert parts.module.LeNet()(torch.ones(1, 1, 32, 32)).shape == (1, 10)


def test_the_solution_stands_in_for_what_was_changed_since_it_passed(repository: Path) -> None:
    lesson = lenet(repository)
    lesson.stub.write_text(lesson.solution.read_text())
    state = state_in_which(lesson)
    lesson.stub.write_text(lesson.solution.read_text().replace("F.relu(self.fc1(x))", "self.fc1(x)"))

    assert reliable(lesson, state).stand_ins == {"LeNet.forward": "changed since it passed"}


def test_the_solution_stands_in_for_a_file_that_cannot_be_read(repository: Path) -> None:
    lesson = lenet(repository)
    lesson.stub.write_text("def (")

    parts = reliable(lesson, state_in_which(lesson))

    assert list(parts.stand_ins.values()) == ["changed since it passed"] * 3
    assert parts.module.LeNet()(torch.ones(1, 1, 32, 32)).shape == (1, 10)


# A run.

every_net = pytest.mark.parametrize("net", ["lenet", "lenet5", "paper"])


def run_in(folder: Path, settings: Settings = SMALL) -> TrainingRun:
    """Return a run of the solution."""
    parts = {lesson.name: reliable(lesson, SavedProgress(folder / ".kata")) for lesson in discover(ROOT)}
    return TrainingRun(folder, settings, CPU, parts)


def plainly(loader: Any, number: int) -> Iterator[Any]:
    """Watch nothing."""
    yield from loader


def trained(folder: Path, settings: Settings = SMALL) -> TrainingRun:
    """Return a run that has been started and has gone to its end."""
    run = run_in(folder, settings)
    run.start()
    run.go(plainly, lambda line: None)
    return run


def weights(run: TrainingRun) -> list[Tensor]:
    """Return copies of the network's parameters."""
    return [parameter.detach().clone() for parameter in run.net.parameters()]


def test_a_run_keeps_its_settings_its_history_and_its_checkpoint(tmp_path: Path) -> None:
    run = trained(tmp_path / "run")

    lines = (run.folder / "history.csv").read_text().splitlines()
    assert lines[0] == "epoch,train_loss,test_loss,test_accuracy"
    assert [line.split(",")[0] for line in lines[1:]] == ["1", "2", "3"]
    assert read_settings(run.folder) == SMALL
    assert torch.load(run.checkpoint, weights_only=True)["epoch"] == 3


@every_net
def test_every_network_learns(tmp_path: Path, net: str) -> None:
    settings = Settings(net=net, epochs=12, batch_size=8, learning_rate=NETS[net].learning_rate)

    run = trained(tmp_path / "run", settings)

    assert run.rows[-1]["train_loss"] < 0.5 * run.rows[0]["train_loss"]
    assert run.rows[-1]["test_accuracy"] > 0.4  # of 20 images, after 80


def test_the_network_of_1998_is_trained_with_its_own_loss() -> None:
    net, images, labels = Scores(LeNet5Paper()), torch.rand(4, 1, 32, 32), torch.tensor([3, 1, 4, 1])

    loss = F.cross_entropy(net.train()(images), labels)

    assert net.eval()(images).shape == (4, 10)
    assert torch.allclose(loss, map_loss(net.paper(-0.1 + 1.275 * images), labels, Scores.J))


def test_a_network_that_is_not_known_is_told() -> None:
    with pytest.raises(ValueError, match="net must be one of lenet, lenet5, paper, and is 'resnet'"):
        kind_of("resnet")


def test_the_same_settings_give_the_same_weights(tmp_path: Path) -> None:
    one, two = trained(tmp_path / "one"), trained(tmp_path / "two")

    assert all(map(torch.equal, weights(one), weights(two)))


def test_a_resumed_run_ends_with_the_weights_of_one_that_never_stopped(tmp_path: Path) -> None:
    whole = trained(tmp_path / "whole")
    trained(tmp_path / "stopped", Settings(epochs=1, batch_size=16))

    resumed = run_in(tmp_path / "stopped")
    resumed.resume()
    resumed.go(plainly, lambda line: None)

    assert all(map(torch.equal, weights(whole), weights(resumed)))
    assert (resumed.folder / "history.csv").read_text() == (whole.folder / "history.csv").read_text()


def test_an_interrupted_epoch_is_undone(tmp_path: Path) -> None:
    whole = trained(tmp_path / "whole", Settings(epochs=1, batch_size=16))
    run = run_in(tmp_path / "run")
    run.start()

    def stopped_in_the_second(loader: Any, number: int) -> Iterator[Any]:
        for count, batch in enumerate(loader):
            if (number, count) == (2, 2):
                raise KeyboardInterrupt
            yield batch

    with pytest.raises(KeyboardInterrupt):
        run.go(stopped_in_the_second, lambda line: None)
    assert not all(map(torch.equal, weights(whole), weights(run)))
    run.back_to_last_epoch()

    assert run.epoch == 1
    assert all(map(torch.equal, weights(whole), weights(run)))


@pytest.mark.parametrize("file", ["checkpoint.pt", "history.csv", "settings.json"])
@pytest.mark.parametrize("damage", ["missing", "truncated", "other"])
def test_a_damaged_run_is_told_and_left_as_it_is(tmp_path: Path, file: str, damage: str) -> None:
    run = trained(tmp_path / "run", Settings(epochs=1, batch_size=16))
    path = run.folder / file
    content = {"missing": None, "truncated": path.read_bytes()[: path.stat().st_size // 3], "other": b"[1, 2]"}[damage]
    path.unlink() if content is None else path.write_bytes(content)

    with pytest.raises(BadRun, match="run"):
        run_in(run.folder, read_settings(run.folder)).resume()

    assert (path.read_bytes() if path.exists() else None) == content


def test_the_last_run_is_the_newest_that_has_a_checkpoint(tmp_path: Path) -> None:
    for name in ("2026-01-01", "2026-01-02", "2026-01-03"):
        (tmp_path / name).mkdir()
    (tmp_path / "2026-01-02" / "checkpoint.pt").touch()

    assert last_folder(tmp_path).name == "2026-01-02"


def test_two_runs_of_one_second_have_folders_of_their_own(tmp_path: Path) -> None:
    first = new_folder(tmp_path)
    first.mkdir()

    assert not new_folder(tmp_path).exists()


def test_without_a_run_there_is_no_last_one(tmp_path: Path) -> None:
    with pytest.raises(BadRun, match="holds no run"):
        last_folder(tmp_path / "runs")


@pytest.mark.parametrize("name", ["nonsense", "cuda:99"])
def test_a_device_that_is_not_there_is_told(name: str) -> None:
    with pytest.raises(ValueError, match=f"device must be one that this machine has, and is '{name}'"):
        choose_device(name)


def test_settings_of_another_kind_are_told(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text(json.dumps({"epochs": "many"}))

    with pytest.raises(BadRun, match="cannot be read"):
        read_settings(tmp_path)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file stands where the folder would be")

    with pytest.raises(BadRun, match="the run cannot be kept in"):
        run_in(tmp_path / "runs" / "new").start()


# Pictures.


@every_net
def test_every_picture_is_drawn(tmp_path: Path, net: str) -> None:
    run = trained(tmp_path / "run", Settings(net=net, epochs=1, batch_size=16, learning_rate=0.001))

    files = draw_all(run, run.final_evaluation())

    assert [path.name for path in files] == [
        "curves.png",
        "confusion.png",
        "kernels.png",
        "feature_maps.png",
        "worst_mistakes.png",
    ]
    assert all(imread(path).std() > 0 for path in files)


# The command.


def kata_train(repository: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[int, str]:
    """Run `kata train` in a copy of the repository; return its exit code and what it says."""
    monkeypatch.chdir(repository)
    result = CliRunner().invoke(cli.app, ["train", *arguments])
    return result.exit_code, result.output + str(result.exception or "")


def test_the_command_trains_draws_and_goes_on(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, said = kata_train(repository, monkeypatch, "--epochs", "1", "--device", "cpu")
    assert code == 0, said
    assert "The solution stands in for all of ex01_lenet (to do)" in said
    assert "epoch   1: loss " in said

    code, said = kata_train(repository, monkeypatch, "--resume", "--epochs", "2", "--device", "cpu")

    assert code == 0, said
    assert "Going on after epoch 1 of lenet" in said
    (folder,) = (repository / "runs").iterdir()
    assert len((folder / "history.csv").read_text().splitlines()) == 3
    assert (folder / "feature_maps.png").exists()


def test_a_run_that_ends_in_its_first_epoch_leaves_no_folder(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kata_train(repository, monkeypatch, "--net", "paper", "--epochs", "1", "--device", "cpu")
    (first,) = (repository / "runs").iterdir()

    def press(*_: object) -> float:
        raise KeyboardInterrupt

    monkeypatch.setattr("kata.train.training.TrainingRun._learn", press)
    code, said = kata_train(repository, monkeypatch, "--device", "cpu")

    assert code == 0, said
    assert "Stopped in epoch 1: there is nothing to keep yet." in said
    assert [*(repository / "runs").iterdir()] == [first]


def test_another_network_is_trained_and_resumed(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, said = kata_train(repository, monkeypatch, "--net", "paper", "--epochs", "1", "--device", "cpu")
    assert code == 0, said
    assert "all of ex06_lenet5 (to do)" in said

    code, said = kata_train(repository, monkeypatch, "--resume", "--epochs", "2", "--device", "cpu")

    assert code == 0, said
    assert "ex01_lenet" not in said
    (folder,) = (repository / "runs").iterdir()
    assert read_settings(folder).net == "paper"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--net", "resnet"], "net must be one of lenet, lenet5, paper, and is 'resnet'"),
        (["--data", "letters"], "source must be 'digits' or 'mnist', and is 'letters'"),
        (["--data", "mnist"], "no network here"),
        (["--device", "nonsense"], "device must be one that this machine has, and is 'nonsense'"),
        (["--resume"], "holds no run with a checkpoint"),
    ],
    ids=["net", "data", "offline", "device", "resume"],
)
def test_what_cannot_be_had_is_answered_in_one_sentence(
    repository: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str
) -> None:
    def refused(source: str) -> tuple[Tensor, Tensor]:
        if source == "mnist":
            raise DataUnavailable("no network here")
        return load_digits(source)

    monkeypatch.setattr(training, "load_digits", refused)
    code, said = kata_train(repository, monkeypatch, *arguments)

    assert code != 0
    assert words in said
    assert not (repository / "runs").exists()


@pytest.mark.parametrize("interrupted", ["_write_history", "save_checkpoint"])
def test_a_stop_while_an_epoch_is_written_leaves_history_and_checkpoint_of_one_epoch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, interrupted: str
) -> None:
    run = run_in(tmp_path / "run")
    run.start()
    owner: Any = training if interrupted == "_write_history" else run._loop
    real, calls = getattr(owner, interrupted), []

    def stops_the_third_time(*given: Any) -> Any:
        result = real(*given)
        calls.append(given)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return result

    monkeypatch.setattr(owner, interrupted, stops_the_third_time)
    with pytest.raises(KeyboardInterrupt):
        run.go(plainly, lambda line: None)
    run.back_to_last_epoch()

    again = run_in(tmp_path / "run")
    again.resume()

    assert again.epoch == run.epoch == (2 if interrupted == "_write_history" else 3)


def test_tensorboard_is_given_what_the_pictures_show(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard", reason='this needs pip install -e ".[tensorboard]"')
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    net, images = LeNet(), TensorDataset(torch.rand(4, 1, 32, 32), torch.zeros(4))
    row = {"epoch": 1.0, "train_loss": 2.0, "test_loss": 1.5, "test_accuracy": 0.5}
    run = SimpleNamespace(net=net, folder=tmp_path, epoch=0, rows=[], device="cpu", test_loader=DataLoader(images))
    with tensorboard.Log(run) as log:
        run.rows, run.epoch = [row], 1
        log.add()
    found = EventAccumulator(str(tmp_path / tensorboard.FOLDER))
    found.Reload()

    assert found.Tags()["scalars"] == ["loss/train", "loss/test", "accuracy/test"]
    assert [(one.step, one.value) for one in found.Scalars("loss/test")] == [(1, 1.5)]
    assert found.Tags()["images"] == ["kernels of the first layer"]
    assert any("conv1" in node.name for node in found.Graph().node)
    assert net.training


def test_tensorboard_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tensorboard, "_PACKAGE", "nothing_of_this_name")

    assert tensorboard.why_not() == '--tensorboard needs the package tensorboard: pip install -e ".[tensorboard]"'
