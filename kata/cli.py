"""The command `kata`: comforts around `pytest exercises/`, and no second way of checking."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from kata.content.lesson import Lesson, unfinished
from kata.learner import texts
from kata.learner.desk import ExerciseName, Kata, LessonName, next_hint, show
from kata.learner.mutants import mutants
from kata.learner.progress import Unknown, find_lesson, known_standings, line_of
from kata.notebook.command import notebook
from kata.report.results import current
from kata.teacher import authors, commands
from kata.train import told

app = typer.Typer(
    help="Learn PyTorch by making failing tests pass: comforts around `pytest exercises/`.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def main_command(context: typer.Context) -> None:
    """Without a command: the list of lessons."""
    if context.invoked_subcommand is None:
        list_lessons()


@app.command("list")
def list_lessons() -> None:
    """Show lessons and exercises: done, where you are, to do. From the last known results; runs nothing."""
    from kata.report.report import progress

    kata = Kata()
    everything = known_standings(kata.lessons, kata.state)
    lines = list(progress(everything, in_full=True))
    here = current(everything)
    if here is not None:
        lines += [("", ""), (f"  You are at {here.exercise.name} in exercises/{here.exercise.lesson}.py", "plain")]
    lines += [(f"  {name} is not finished: {fault}", "faint") for name, fault in unfinished(kata.root).items()]
    show(lines)


@app.command()
def watch(
    lesson: LessonName = None,
    limit: Annotated[float, typer.Option(help="CPU seconds that one check may use.")] = 10.0,
) -> None:
    """Give the verdict on your exercise at every save, until you press q."""
    import asyncio

    from kata.learner.watch.board import Board
    from kata.learner.watch.watch import Watch
    from kata.report.terminal import Terminal
    from kata.running.client import DidNotStart
    from kata.running.surroundings import why_no_torch

    kata = Kata()
    chosen = find_lesson(kata.lessons, lesson) if lesson else _lesson_to_watch(kata)
    board = Board(kata.lessons, kata.state, limit)
    try:
        asyncio.run(Watch(kata.root, board, Terminal(), limit).go(chosen))
    except DidNotStart as error:
        typer.echo(why_no_torch() or str(error), err=True)
        raise typer.Exit(1) from None
    finally:
        typer.echo("Come back any time with: kata watch")


def _lesson_to_watch(kata: Kata) -> Lesson:
    try:
        return kata.find(None).lesson
    except Unknown:
        return kata.lessons[-1]


@app.command()
def hint(exercise: ExerciseName = None) -> None:
    """Show the next of the exercise's three hints, below those that you have seen."""
    kata = Kata()
    show(next_hint(kata, kata.find(exercise), "kata compare --peek"))


@app.command()
def compare(
    exercise: ExerciseName = None,
    peek: Annotated[bool, typer.Option("--peek", help="Show the solution before yours is done.")] = False,
    others: Annotated[
        bool, typer.Option("--others", help="Show the other right answers that are most like yours.")
    ] = False,
) -> None:
    """Show your function beside the solution's, or beside other right answers."""
    from kata.learner import compare as comparing
    from kata.report.terminal import side_by_side

    kata = Kata()
    place = kata.find(exercise)
    standing = next(one for one in known_standings(kata.lessons, kata.state) if one.exercise == place.exercise)
    if why := comparing.why_closed(place.lesson, standing, peek):
        raise Unknown(why)
    try:
        if others:
            show(comparing.others_in_lines(place.lesson, place.exercise.name))
            return
        found = comparing.compare(place.lesson, place.exercise.name)
    except (OSError, SyntaxError, LookupError) as error:
        raise Unknown(f"exercises/{place.lesson.name}.py cannot be compared: {error}") from None
    show([(place.key, "title"), ("", "")])
    if found.same:
        show([("Yours says the same as the solution; layout, comments and local names aside.", "good"), ("", "")])
    side_by_side(("yours", found.yours), ("solution", found.solution))


@app.command("open")
def open_exercise(exercise: ExerciseName = None) -> None:
    """Open an exercise in your editor ($VISUAL or $EDITOR), at its line."""
    from kata.learner import editor

    place = Kata().find(exercise)
    try:
        code = editor.run(editor.command(place.lesson.stub, line_of(place)))
    except (editor.NoEditor, OSError) as error:
        raise Unknown(str(error)) from None
    raise typer.Exit(code)


@app.command()
def skip(
    exercise: ExerciseName = None,
    back: Annotated[bool, typer.Option("--back", help="Do not leave it out any more.")] = False,
) -> None:
    """Leave an exercise out for now: it comes next no more, until you write in it."""
    kata = Kata()
    place = kata.find(exercise)
    if not kata.state.skip(place.lesson, place.exercise.name, back):
        raise Unknown(f"exercises/{place.lesson.name}.py cannot be read, or {place.exercise.name} is not in it")
    kata.keep()
    said, here = f"is {'no longer ' * back}left out.", current(known_standings(kata.lessons, kata.state))
    after = f" You are at {here.exercise.name} in exercises/{here.exercise.lesson}.py." if here else ""
    typer.echo(f"{place.exercise.name} {said}{after}")


@app.command()
def bench(lesson: LessonName = None) -> None:
    """Time what you have written beside the solution."""
    kata = Kata()
    what = f"exercises/{find_lesson(kata.lessons, lesson).name}.py" if lesson else "exercises"
    raise typer.Exit(authors.run_pytest(kata.root, what, "--benchmark-only"))


@app.command()
def train(
    net: Annotated[str, typer.Option(help="lenet (lesson 1), lenet5 or paper (lesson 6).")] = "lenet",
    data: Annotated[str, typer.Option(help="digits (1,797 images, bundled) or mnist (70,000, downloaded).")] = "digits",
    epochs: Annotated[int | None, typer.Option(min=1, help="How many epochs: passes over all images.")] = None,
    device: Annotated[str, typer.Option(help="cpu, cuda, mps, ...; auto takes the accelerator, if any.")] = "auto",
    seed: Annotated[int, typer.Option(help="Decides the split, the order and the first weights.")] = 0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the last run.")] = False,
    processes: Annotated[int, typer.Option(min=1, help="Train in as many processes of this machine.")] = 1,
    threads: Annotated[int, typer.Option(min=1, help="Threads of torch; 1 is fastest where others work, too.")] = 1,
    tensorboard: Annotated[bool, typer.Option("--tensorboard", help="Write for TensorBoard, too.")] = False,
) -> None:
    """Train your own network with your own functions on real digits; pictures and checkpoint go to runs/."""
    from kata.train import capstone
    from kata.train.tensorboard import why_not
    from kata.train.training import Settings, kind_of, missing_lessons

    kata = Kata()
    try:
        if tensorboard and (why := why_not()):
            raise Unknown(why)
        if missing := missing_lessons(net, kata.lessons):
            raise Unknown(f"kata train {net} needs {', '.join(missing)}, which this copy has not")
        settings = Settings(net=net, data=data, seed=seed, learning_rate=kind_of(net).learning_rate)
    except ValueError as error:
        raise Unknown(str(error)) from None
    if processes > 1:
        raise typer.Exit(
            capstone.train_in(processes, kata.root, settings, device, resume, epochs, threads, tensorboard)
        )
    capstone.train(kata.root, kata.lessons, kata.state, settings, device, resume, epochs, threads, tensorboard)


@app.command()
def look(
    run: Annotated[str, typer.Argument(help="The folder of a run in runs/, or the beginning of its name.")] = "",
) -> None:
    """Open the page of your last training run: draw a digit, and see what each layer makes of it."""
    import webbrowser

    from kata.train.pages import page_of

    kata = Kata()
    try:
        page = page_of(kata.root / "runs", run)
    except ValueError as error:
        raise Unknown(str(error)) from None
    typer.echo(page.relative_to(kata.root).as_posix())
    if not webbrowser.open(page.as_uri()):
        typer.echo("No browser could be opened here: open that file in one.")


@app.command()
def doctor() -> None:
    """Show Python, torch, devices, and whether the lessons were edited outside the exercises."""
    from kata.learner.doctor import findings

    kata = Kata()
    lines, is_well = findings(kata.lessons)
    show(lines)
    raise typer.Exit(0 if is_well else 1)


_OTHERS = (
    texts.reset,
    texts.restore,
    texts.update,
    mutants,
    notebook,
    commands.grade,
    commands.export,
    authors.check,
    authors.new,
)
for command in _OTHERS:
    app.command()(command)


def main() -> None:
    """Run the command; what is asked wrongly is answered in one sentence."""
    try:
        app()
    except Unknown as problem:
        told.leave(problem, is_told=True)
        typer.echo(f"kata: {problem}", err=True)
        sys.exit(2)
    except Exception as problem:
        told.leave(problem, is_told=False)
        raise
