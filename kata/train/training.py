"""Train with the learner's own functions: which take part, the settings, the loop, the checkpoints."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kata.checking import loading
from kata.checking.devices import real_devices, why_unusable
from kata.checking.loading import Submission, Unreadable
from kata.content.files import write_whole
from kata.content.lesson import Lesson
from kata.learner.progress import SavedProgress, saved_statuses
from kata.train.digits import load_digits


@dataclass(frozen=True)
class Parts:
    """A lesson's module for training.

    Args:
        module: the learner's file, with the solution's functions for exercises that are not done.
        stand_ins: the names of these exercises, and the reasons.
        exercises: the number of exercises.
    """

    module: ModuleType
    stand_ins: dict[str, str]
    exercises: int


def reliable(lesson: Lesson, state: SavedProgress) -> Parts:
    """Return the lesson's module, with the learner's functions whose checks have passed."""
    stand_ins = _not_right(lesson, state)
    name = f"exercises.{lesson.name}"
    if len(stand_ins) < len(lesson.exercises):
        try:
            submission = loading.read(lesson, lesson.stub)
            return Parts(loading.load(loading.assemble(submission, stand_ins), name), stand_ins, len(lesson.exercises))
        except Unreadable as error:
            stand_ins = dict.fromkeys(_names(lesson), error.problem)
    solution: Submission = loading.read(lesson, lesson.solution)
    return Parts(loading.load(loading.assemble(solution), name), stand_ins, len(lesson.exercises))


def _not_right(lesson: Lesson, state: SavedProgress) -> dict[str, str]:
    why = {"passed": "not all of its checks were run"}
    found = [one for one in saved_statuses([lesson], state) if one.state != "done"]
    return {one.exercise.name: why.get(one.state, one.in_words) for one in found}


def _names(lesson: Lesson) -> list[str]:
    return [exercise.name for exercise in lesson.exercises]


Say = Callable[[str], None]


class Scores(nn.Module):
    """Adapts the network of 1998 to lesson 5's functions: images from 0 to 1 in, scores out.

    A score is a negated penalty. In train mode there is an eleventh score, -j, for "no digit", which makes the
    cross-entropy the paper's equation 9.
    """

    J = 1.0

    def __init__(self, paper: Any) -> None:
        super().__init__()
        self.paper = paper

    def forward(self, x: Tensor) -> Tensor:
        scores: Tensor = -self.paper(-0.1 + 1.275 * x)
        return F.pad(scores, (0, 1), value=-self.J) if self.training else scores


@dataclass(frozen=True)
class Kind:
    """A network that can be trained.

    Args:
        lesson: where it is built.
        make: creates it from the lesson's module.
        learning_rate: its default.
        uses: the prefixes of the names of the exercises used.
    """

    lesson: str
    make: Callable[[Any], nn.Module]
    learning_rate: float
    uses: tuple[str, ...]


_PAPER = ("ScaledTanh", "Subsampling", "SparseConv", "EuclideanRBF", "initialise", "LeNet5Paper")
NETS = {
    "lenet": Kind("ex01_lenet", lambda lesson: lesson.LeNet(), 0.02, ("LeNet",)),
    "lenet5": Kind("ex06_lenet5", lambda lesson: lesson.LeNet5(), 0.02, ("LeNet5.__init__", "LeNet5.forward")),
    "paper": Kind("ex06_lenet5", lambda lesson: Scores(lesson.LeNet5Paper()), 0.002, _PAPER),
}


def kind_of(name: str) -> Kind:
    """Return the kind of network of that name; `ValueError` if there is none."""
    if name not in NETS:
        raise ValueError(f"net must be one of {', '.join(NETS)}, and is {name!r}")
    return NETS[name]


COLUMNS = ("epoch", "train_loss", "test_loss", "test_accuracy")


@dataclass(frozen=True)
class Settings:
    """The settings of a run: equal settings give equal weights on the same machine."""

    net: str = "lenet"
    data: str = "digits"
    epochs: int = 25
    batch_size: int = 32
    learning_rate: float = 0.02
    momentum: float = 0.9
    test_fraction: float = 0.2
    seed: int = 0


class BadRun(Exception):
    """A folder without a run that can be resumed."""


def choose_device(name: str) -> torch.device:
    """Return the device of that name; for "auto" the accelerator if one can be used.

    Raises:
        ValueError: torch does not know it, or this machine has none.
    """
    if name == "auto":
        usable = (one for one in real_devices().names if not why_unusable(one))
        return torch.device(next(usable, "cpu"))
    try:
        device = torch.device(name)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        why = str(error).partition("\n")[0]
        raise ValueError(f"device must be one that this machine has, and is {name!r}: {why}") from None
    return device


_ALWAYS = ("ex03_optimizers", "ex04_data", "ex05_training_loop")  # besides the lesson of the network


def missing_lessons(net: str, lessons: list[Lesson]) -> list[str]:
    """Return the missing lessons that training a network needs.

    Raises:
        ValueError: there is no such network.
    """
    there = {lesson.name for lesson in lessons}
    return [name for name in (kind_of(net).lesson, *_ALWAYS) if name not in there]


class TrainingRun:
    """A training run: its network, its data, and its folder.

    Args:
        folder: for checkpoint, history and settings.
        settings: its settings.
        device: where to train.
        parts: the lessons' modules by name.

    Raises:
        DataUnavailable: the data cannot be loaded.
    """

    def __init__(self, folder: Path, settings: Settings, device: torch.device, parts: dict[str, Parts]) -> None:
        self.folder, self.settings, self.device = folder, settings, device
        kind = kind_of(settings.net)
        built, optimizers, data, self._loop = (parts[name].module for name in (kind.lesson, *_ALWAYS))
        dataset = data.DigitsDataset(*load_digits(settings.data))
        self.train_loader, self.test_loader = data.make_loaders(
            dataset, settings.batch_size, settings.test_fraction, settings.seed
        )
        torch.manual_seed(settings.seed)
        self.net = kind.make(built).to(device)
        self.optimizer = optimizers.SGD(self.net.parameters(), lr=settings.learning_rate, momentum=settings.momentum)
        self.rows: list[dict[str, float]] = []
        self.evaluation: Any = None

    @property
    def checkpoint(self) -> Path:
        return self.folder / "checkpoint.pt"

    @property
    def epoch(self) -> int:
        """The number of finished epochs."""
        return len(self.rows)

    def start(self) -> None:
        """Create the folder, and write the settings.

        Raises:
            BadRun: it cannot be written.
        """
        try:
            self.folder.mkdir(parents=True)
            (self.folder / "settings.json").write_text(json.dumps(asdict(self.settings), indent=2) + "\n")
        except OSError as error:
            raise BadRun(f"the run cannot be kept in {self.folder}: {error.strerror}") from None

    def resume(self) -> None:
        """Restore the run at its last finished epoch, including the loaders.

        Raises:
            BadRun: the folder's checkpoint or history is missing, damaged, or of another network.
        """
        for _ in range(self._load()):  # each epoch draws its order from the loader's own generator
            for _ in self.train_loader:
                pass

    def _load(self) -> int:
        """Load checkpoint and history, and return their number of epochs."""
        try:
            done = int(self._loop.load_checkpoint(self.checkpoint, self.net, self.optimizer, self.device))
            self.rows = _read_history(self.folder / "history.csv")[:done]
        except (OSError, ValueError, KeyError) as error:
            raise BadRun(f"{self.folder} holds no run that can go on: {error}") from None
        if len(self.rows) != done:
            raise BadRun(f"{self.folder}: the checkpoint is of epoch {done}, the history ends at {len(self.rows)}")
        return done

    def go(self, watch: Callable[[Any, int], Iterator[Any]], say: Say) -> None:
        """Train to the last epoch; write history and checkpoint after each.

        Args:
            watch: wraps the loader of an epoch, to show its progress.
            say: reports the result of an epoch.
        """
        while self.epoch < self.settings.epochs:
            number = self.epoch + 1
            train_loss = self._learn(watch, number)
            self.evaluation = self.final_evaluation()
            found = (number, train_loss, self.evaluation.loss, self.evaluation.accuracy)
            rows = [*self.rows, dict(zip(COLUMNS, found, strict=True))]
            self._keep(rows)
            self.rows = rows
            say(f"epoch {number:>3}: loss {train_loss:.4f}, test {found[2]:.4f}, {100 * found[3]:.1f} % right")

    def _learn(self, watch: Callable[[Any, int], Iterator[Any]], number: int) -> float:
        """Train for one epoch, and return the mean loss."""
        loss = self._loop.train_one_epoch(self.net, watch(self.train_loader, number), self.optimizer, self.device)
        return float(loss)

    def _keep(self, rows: list[dict[str, float]]) -> None:
        """Write the history, and a checkpoint of its last epoch."""
        _write_history(self.folder / "history.csv", rows)
        self._loop.save_checkpoint(self.checkpoint, self.net, self.optimizer, len(rows))

    def back_to_last_epoch(self) -> None:
        """Restore the last finished epoch after an interrupt."""
        if self.checkpoint.is_file():
            done = int(self._loop.load_checkpoint(self.checkpoint, self.net, self.optimizer, self.device))
            self.rows = _read_history(self.folder / "history.csv")[:done]
            _write_history(self.folder / "history.csv", self.rows)

    def leave_nothing(self) -> None:
        """Remove the folder of a run without an epoch, so that `--resume` skips it."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def final_evaluation(self) -> Any:
        """Evaluate the network on the test images."""
        return self._loop.evaluate(self.net, self.test_loader, self.device)


def new_folder(runs: Path) -> Path:
    """Return a new folder name under `runs`, from the time."""
    name = datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
    beside = (runs / f"{name}{suffix}" for suffix in ("", *(f"_{n}" for n in range(2, 1000))))
    return next(folder for folder in beside if not folder.exists())


def last_folder(runs: Path) -> Path:
    """Return the newest run that has a checkpoint.

    Raises:
        BadRun: there is none.
    """
    found = sorted(path.parent for path in runs.glob("*/checkpoint.pt"))
    if not found:
        raise BadRun(f"{runs} holds no run with a checkpoint")
    return found[-1]


def read_settings(folder: Path) -> Settings:
    """Return the settings of the run in `folder`.

    Raises:
        BadRun: they are missing or damaged.
    """
    try:
        found = json.loads((folder / "settings.json").read_text())
        kinds = {field.name: type(getattr(Settings, field.name)) for field in fields(Settings)}
        return Settings(**{name: kinds[name](value) for name, value in found.items()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadRun(f"{folder / 'settings.json'} cannot be read: {error!r}") from None


def _read_history(path: Path) -> list[dict[str, float]]:
    with path.open(newline="") as file:
        return [{name: float(row[name]) for name in COLUMNS} for row in csv.DictReader(file)]


def _write_history(path: Path, rows: list[dict[str, float]]) -> None:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows({**row, "epoch": int(row["epoch"])} for row in rows)
    write_whole(path, text.getvalue().encode())
