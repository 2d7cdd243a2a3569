"""The command `kata train`: choose the functions, train with a bar, save, draw the pictures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from kata.checking import lazy_dynamo
from kata.content.lesson import Lesson
from kata.learner.progress import SavedProgress, Unknown
from kata.train.digits import DataUnavailable, load_digits
from kata.train.team import LESSON, USES, SharedRun, Team, is_member, launch, too_few
from kata.train.tensorboard import Log
from kata.train.training import (
    BadRun,
    Parts,
    Settings,
    TrainingRun,
    choose_device,
    kind_of,
    last_folder,
    new_folder,
    read_settings,
    reliable,
)

BESIDE = ("ex03_optimizers", "ex04_data", "ex05_training_loop")  # what every network is trained with
# What the run does not call: the epochs are counted here, so that it can be shown, stopped and resumed.
NOT_USED = {"optimizer_step", "fit"}


def train(
    root: Path,
    lessons: list[Lesson],
    state: SavedProgress,
    settings: Settings,
    device: str,
    resume: bool,
    epochs: int | None,
    threads: int = 1,
    tensorboard: bool = False,
) -> None:
    """Train the learner's network and save the run under ``runs/``; as one of several ranks under `torchrun`.

    Args:
        root: the repository.
        lessons: all lessons.
        state: the progress, which says whose functions are right.
        settings: of a new run.
        device: its name, or "auto".
        resume: continue the last run instead, with its own settings.
        epochs: the total number of epochs; None for that of the settings.
        threads: of torch in this process.
        tensorboard: write for TensorBoard, too.

    Raises:
        Unknown: an option cannot be satisfied.
    """
    lazy_dynamo.install()
    torch.set_num_threads(threads)
    try:
        team = Team.join(choose_device(device)) if is_member() else None
        folder, settings = _asked(root, settings, resume, epochs, team)
        parts, uses = _parts(lessons, state, settings, team)
        whose = _stand_ins(parts, uses)
        typer.echo(whose)
        if team is None:
            run = TrainingRun(folder, settings, choose_device(device), parts)
        else:
            run = SharedRun(folder, settings, parts, team)
        run.resume() if resume else run.start()
    except (BadRun, DataUnavailable, ValueError) as error:
        raise Unknown(str(error)) from None
    _tell_start(run, root, resume, team)
    leads = team is None or team.leads
    _go_on_until_stopped(run, Log(run) if tensorboard and leads else None)
    if run.epoch and leads:
        _finish(run, root, whose)
        if tensorboard:
            typer.echo("Curves, kernels and graph: tensorboard --logdir runs")
    if team is not None:
        team.leave()


def train_in(
    processes: int,
    root: Path,
    settings: Settings,
    device: str,
    resume: bool,
    epochs: int | None,
    threads: int = 1,
    tensorboard: bool = False,
) -> int:
    """Start so many processes that train together; return their exit code.

    Raises:
        Unknown: an option cannot be satisfied.
    """
    try:
        few = too_few(choose_device(device), processes)
        if few:
            raise ValueError(few)
        settings = _asked(root, settings, resume, epochs, None)[1]
        load_digits(settings.data)
    except (BadRun, DataUnavailable, ValueError) as error:
        raise Unknown(str(error)) from None
    words = ["--net", settings.net, "--data", settings.data, "--seed", str(settings.seed), "--device", device]
    words += ["--epochs", str(settings.epochs), "--threads", str(threads), *(["--resume"] if resume else [])]
    words += ["--tensorboard"] if tensorboard else []
    return launch(root, processes, words)


def _asked(
    root: Path, settings: Settings, resume: bool, epochs: int | None, team: Team | None
) -> tuple[Path, Settings]:
    """Return the folder and the settings of a run; rank 0 decides."""

    def decide() -> tuple[Path, Settings]:
        folder = last_folder(root / "runs") if resume else new_folder(root / "runs")
        chosen = read_settings(folder) if resume else settings
        return folder, replace(chosen, epochs=epochs) if epochs is not None else chosen

    if team is None:
        return decide()
    folder, chosen = team.agree(decide)
    return Path(folder), chosen


def _parts(
    lessons: list[Lesson], state: SavedProgress, settings: Settings, team: Team | None
) -> tuple[dict[str, Parts], tuple[str, ...]]:
    """Return the modules of the lessons needed, and the prefixes of the names used from them."""
    kind = kind_of(settings.net)
    needed = (kind.lesson, *BESIDE, *((LESSON,) if team else ()))
    found = {lesson.name: reliable(lesson, state) for lesson in lessons if lesson.name in needed}
    return found, (*kind.uses, *USES)


def _stand_ins(parts: dict[str, Parts], uses: tuple[str, ...]) -> str:
    """Describe whose functions take part."""
    missing = []
    for lesson, part in parts.items():
        needed = {name: why for name, why in part.stand_ins.items() if name not in NOT_USED}
        if lesson not in BESIDE:
            needed = {name: why for name, why in needed.items() if name.startswith(uses)}
        if len(part.stand_ins) == part.exercises and len(set(needed.values())) == 1:
            missing.append(f"all of {lesson} ({next(iter(needed.values()))})")
        else:
            missing += [f"{name} ({why})" for name, why in needed.items()]
    return f"The solution stands in for {', '.join(missing)}." if missing else "Every part is yours."


def _tell_start(run: TrainingRun, root: Path, resume: bool, team: Team | None) -> None:
    count = len(run.train_loader.dataset), len(run.test_loader.dataset)
    where = f"{run.device}, in {team.size} processes" if team else str(run.device)
    begin = f"Going on after epoch {run.epoch} of {run.settings.net}" if resume else f"Training {run.settings.net}"
    typer.echo(
        f"{begin}: {count[0]} images to learn from, {count[1]} to test on, {run.settings.epochs} epochs on "
        f"{where}. Ctrl-C keeps the last whole epoch. Folder: {run.folder.relative_to(root)}"
    )
    if resume and run.epoch >= run.settings.epochs:
        typer.echo("Its last epoch is done already; --epochs with a larger number goes on.")


def _go_on_until_stopped(run: TrainingRun, log: Log | None = None) -> None:
    """Train to the end or until Ctrl-C, which undoes the unfinished epoch."""

    def say(text: str) -> None:
        typer.echo(text)
        if log is not None:
            log.add()

    try:
        with _bar(Console(stderr=True)) as watch, log or nullcontext():
            run.go(watch, say)
    except KeyboardInterrupt:
        run.back_to_last_epoch()
        if run.epoch:
            typer.echo(f"\nStopped in epoch {run.epoch + 1}; kata train --resume goes on from epoch {run.epoch}.")
        else:
            run.leave_nothing()
            typer.echo("\nStopped in epoch 1: there is nothing to keep yet.")


@contextmanager
def _bar(console: Console) -> Iterator[Any]:
    columns = TextColumn("epoch {task.fields[number]}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", number=1, total=None)

        def watch(loader: Any, number: int) -> Iterator[Any]:
            progress.reset(task, total=len(loader), number=number)
            for batch in loader:
                yield batch
                progress.advance(task)

        yield watch


def _finish(run: TrainingRun, root: Path, whose: str) -> None:
    from kata.train import look
    from kata.train.pictures import draw_all

    found = run.final_evaluation()
    pictures = draw_all(run, found)
    shown = look.write(run, found, whose)
    share, count = 100 * found.accuracy, len(run.test_loader.dataset)
    typer.echo(f"{share:.1f} % of {count} images that it never saw are classified correctly.")
    files = [run.checkpoint.name, "history.csv", *(path.name for path in pictures)]
    typer.echo(f"In {run.folder.relative_to(root)}: {', '.join(files)}")
    typer.echo(f"Draw a digit for it: kata look, or open {shown.relative_to(root)}")
