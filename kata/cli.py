"""The command `kata`: comforts around `pytest exercises/`, and no second way of checking."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import time
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from kata.content import bank
from kata.content.files import write_whole
from kata.content.lesson import Lesson, discover, unfinished
from kata.learner import backup
from kata.learner import update as brought
from kata.learner.compare import mutants
from kata.learner.progress import Unknown, find_lesson, find_root, line_of, saved_statuses
from kata.learner.workspace import ExerciseName, LessonName, Workspace, next_hint, show
from kata.report.results import count, current
from kata.train import failures

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

    kata = Workspace()
    everything = saved_statuses(kata.lessons, kata.state)
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

    from kata.learner.screen import Screen
    from kata.learner.watch import Watch
    from kata.report.terminal import Terminal
    from kata.running.client import DidNotStart
    from kata.running.surroundings import why_no_torch

    kata = Workspace()
    chosen = find_lesson(kata.lessons, lesson) if lesson else _lesson_to_watch(kata)
    screen = Screen(kata.lessons, kata.state, limit)
    try:
        asyncio.run(Watch(kata.root, screen, Terminal(), limit).go(chosen))
    except DidNotStart as error:
        typer.echo(why_no_torch() or str(error), err=True)
        raise typer.Exit(1) from None
    finally:
        typer.echo("Come back any time with: kata watch")


def _lesson_to_watch(kata: Workspace) -> Lesson:
    try:
        return kata.find(None).lesson
    except Unknown:
        return kata.lessons[-1]


@app.command()
def hint(exercise: ExerciseName = None) -> None:
    """Show the next of the exercise's three hints, below those that you have seen."""
    kata = Workspace()
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

    kata = Workspace()
    place = kata.find(exercise)
    standing = next(one for one in saved_statuses(kata.lessons, kata.state) if one.exercise == place.exercise)
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

    place = Workspace().find(exercise)
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
    kata = Workspace()
    place = kata.find(exercise)
    if not kata.state.skip(place.lesson, place.exercise.name, back):
        raise Unknown(f"exercises/{place.lesson.name}.py cannot be read, or {place.exercise.name} is not in it")
    kata.keep()
    said, here = f"is {'no longer ' * back}left out.", current(saved_statuses(kata.lessons, kata.state))
    after = f" You are at {here.exercise.name} in exercises/{here.exercise.lesson}.py." if here else ""
    typer.echo(f"{place.exercise.name} {said}{after}")


@app.command()
def bench(lesson: LessonName = None) -> None:
    """Time what you have written beside the solution."""
    kata = Workspace()
    what = f"exercises/{find_lesson(kata.lessons, lesson).name}.py" if lesson else "exercises"
    raise typer.Exit(_run_pytest(kata.root, what, "--benchmark-only"))


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
    from kata.train import command
    from kata.train.tensorboard import why_not
    from kata.train.training import Settings, kind_of, missing_lessons

    kata = Workspace()
    try:
        if tensorboard and (why := why_not()):
            raise Unknown(why)
        if missing := missing_lessons(net, kata.lessons):
            raise Unknown(f"kata train {net} needs {', '.join(missing)}, which this copy has not")
        settings = Settings(net=net, data=data, seed=seed, learning_rate=kind_of(net).learning_rate)
    except ValueError as error:
        raise Unknown(str(error)) from None
    if processes > 1:
        raise typer.Exit(command.train_in(processes, kata.root, settings, device, resume, epochs, threads, tensorboard))
    command.train(kata.root, kata.lessons, kata.state, settings, device, resume, epochs, threads, tensorboard)


@app.command()
def look(
    run: Annotated[str, typer.Argument(help="The folder of a run in runs/, or the beginning of its name.")] = "",
) -> None:
    """Open the page of your last training run: draw a digit, and see what each layer makes of it."""
    import webbrowser

    from kata.train.look import page_of

    kata = Workspace()
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
    from kata.learner.editor import findings

    kata = Workspace()
    lines, is_well = findings(kata.lessons)
    show(lines)
    raise typer.Exit(0 if is_well else 1)


# A learner's files: a stub comes back, a kept text does, what is new is taken over.


Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


@app.command()
def reset(
    exercise: Annotated[str, typer.Argument(help="An exercise, or a whole lesson.")],
    yes: Yes = False,
) -> None:
    """Bring the stub of an exercise back; your text is kept in .kata/backup/."""
    kata = Workspace()
    lesson, name = _what_to_reset(kata, exercise)
    if not yes:
        typer.confirm(f"Put the stub of {name or lesson.name} back into exercises/{lesson.name}.py?", abort=True)
    try:
        kept = backup.reset(lesson, name)
    except (LookupError, OSError) as error:
        raise Unknown(f"nothing was changed: {error}") from None
    where = f"; your text is kept in {kept.relative_to(kata.root)} (kata restore {lesson.name})" if kept else ""
    typer.echo(f"The stub of {name or lesson.name} is back{where}.")


@app.command()
def update(lesson: LessonName = None) -> None:
    """Take what is new in the stubs into your files; what you wrote stays, and the text before is kept."""
    kata = Workspace()
    for one in [find_lesson(kata.lessons, lesson)] if lesson else kata.lessons:
        try:
            made = brought.update(one)
        except (LookupError, OSError) as error:
            typer.echo(f"  {one.name}: left as it is: {error}")
            continue
        if made.kept is not None or made.yours:
            taken = f"new are {', '.join(made.taken)}" if made.taken else "nothing is taken over"
            where = f" Your text before is in {made.kept.relative_to(kata.root)}." if made.kept else ""
            typer.echo(f"  {one.name}: {taken}.{where}")
        for name in made.yours:
            typer.echo(f"      {name}: both changed, and yours stays")
        if made.kept is None and not made.yours:
            typer.echo(f"  {one.name}: nothing new")


def _what_to_reset(kata: Workspace, name: str) -> tuple[Lesson, str | None]:
    for lesson in kata.lessons:
        if lesson.name == Path(name).stem:
            return lesson, None
    place = kata.find(name)
    return place.lesson, place.exercise.name


@app.command()
def restore(
    lesson: LessonName = None,
    number: Annotated[int | None, typer.Option("--number", "-n", help="Which of those that --list shows.")] = None,
    listed: Annotated[bool, typer.Option("--list", help="Show what is kept, and change nothing.")] = False,
) -> None:
    """Bring back the text that `kata reset` took away, step by step; the present one is kept, too."""
    kata = Workspace()
    chosen = kata.find_lesson(lesson)
    if listed:
        show(list(backup.overview(chosen)))
        return
    try:
        kept = backup.restore(chosen, number)
    except (LookupError, OSError) as error:
        raise Unknown(str(error)) from None
    typer.echo(f"exercises/{chosen.name}.py is again what it was ({kept.name}).")


app.command()(mutants)


_NEEDS = ("nbformat", "IPython")


@app.command()
def notebook(
    lesson: LessonName = None,
    again: Annotated[bool, typer.Option("--again", help="Write it anew, from your file as it is now.")] = False,
) -> None:
    """Write a lesson as a notebook whose cells go into your file and show its verdict."""
    if lacking := [name for name in _NEEDS if importlib.util.find_spec(name) is None]:
        raise Unknown(f'kata notebook needs {" and ".join(lacking)}: pip install -e ".[notebook]"')
    from kata.notebook.book import book
    from kata.notebook.sync import agree_on_all

    kata = Workspace()
    chosen = kata.find_lesson(lesson)
    path = kata.root / "notebooks" / f"{chosen.name}.ipynb"
    shown = path.relative_to(kata.root).as_posix()
    if path.exists() and not again:
        typer.echo(f"{shown} is there already, and stays as it is; --again writes it anew, and keeps the old one.")
        return
    try:
        source = chosen.stub.read_text("utf-8")
        text = book(chosen, source)
        path.parent.mkdir(exist_ok=True)
        old = _set_aside(path) if path.exists() else ""
        write_whole(path, text.encode())
        agree_on_all(chosen, source)
    except (OSError, ValueError, SyntaxError, LookupError) as error:
        raise Unknown(f"exercises/{chosen.name}.py cannot become a notebook: {error}") from None
    typer.echo(f"{shown}: open it in Jupyter (jupyter lab {shown}), VS Code or Colab.{old}")


def _set_aside(path: Path) -> str:
    aside = path.with_name(f"{path.stem}-{time.strftime('%Y%m%d-%H%M%S')}.ipynb")
    path.rename(aside)
    return f" The old one is {aside.name}."


# For teachers.


Submissions = Annotated[
    Path | None,
    typer.Argument(help="A folder with a folder, a checkout or a zip for each student.", show_default=False),
]


class Table(str, Enum):
    """What other systems import."""

    canvas = "canvas"
    moodle = "moodle"


@app.command()
def grade(
    submissions: Submissions = None,
    out: Annotated[Path, typer.Option(help="Where the grades go.")] = Path("grades"),
    jobs: Annotated[int, typer.Option(min=1, help="How many processes work at a time.")] = os.cpu_count() or 1,
    lesson: Annotated[list[str] | None, typer.Option(help="Only this lesson; may be given more than once.")] = None,
    limit: Annotated[float, typer.Option(min=0.1, help="CPU seconds that one check may use.")] = 10.0,
    locate: Annotated[
        float,
        typer.Option(min=0.0, help="Seconds to look for the place of a lesson's first slip that no mistake names."),
    ] = 0.0,
    scheduler: Annotated[str, typer.Option(help="Let a Dask cluster do the work: tcp://host:8786.")] = "",
    roster: Annotated[
        Path | None,
        typer.Option(help="The class as a CSV: name, id, e-mail, section. Who is missing has a row."),
    ] = None,
    shard: Annotated[str, typer.Option(help="Grade the third of twenty parts of the class: 3/20.")] = "",
    forms: Annotated[
        list[Table] | None, typer.Option("--format", help="A table to import there, too; may be given more than once.")
    ] = None,
    merge: Annotated[
        bool, typer.Option("--merge", help="Put the parts that shards have left in OUT together.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on: grade what comes in, and keep class.html fresh, until Ctrl-C.")
    ] = False,
) -> None:
    """For teachers: grade a class, and show what it has not understood. Started again, it goes on where it stopped."""
    from kata.running.client import DidNotStart
    from kata.teacher import formats
    from kata.teacher.grading import GradingOptions, GradingRun
    from kata.teacher.unit import BadLesson, Limits

    part = _part(shard)
    if watch and (part or merge):
        raise Unknown("--watch looks after the whole class: give it without --shard and --merge")
    if not merge and (submissions is None or not submissions.is_dir()):
        raise Unknown(f"{submissions or 'the first argument'} must be a folder with the submissions")
    names = tuple(form.value for form in forms or ())
    asked = GradingOptions(submissions or Path(), out, jobs, scheduler, roster, names)
    try:
        course = GradingRun(_chosen(discover(find_root(Path.cwd())), lesson), Limits(check=limit, locate=locate), asked)
        if merge:
            course.write(formats.merged(out))
        elif watch:
            course.watched()
        elif part is None:
            course.once()
        else:
            written = formats.write(out, part, course.part(part))
            typer.echo(f"{written}. When all parts are there: kata grade --merge --out {out}")
    except (BadLesson, DidNotStart, OSError) as error:
        raise Unknown(str(error)) from None


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="A new folder.")],
    without_solutions: Annotated[
        bool, typer.Option("--without-solutions", help="Seal solutions and banks, so that nobody reads them by chance.")
    ] = False,
    lesson: Annotated[list[str] | None, typer.Option(help="Only this lesson; may be given more than once.")] = None,
    hide_checks: Annotated[
        list[str] | None,
        typer.Option(
            help="Keep checks back that `kata grade` runs: a share of each exercise's (0.3 or 30%), or one by its name;"
            " may be given more than once."
        ),
    ] = None,
) -> None:
    """For teachers: make the repository that is handed out, with every exercise a stub."""
    from kata.teacher.export import commit
    from kata.teacher.export import export as write

    root = find_root(Path.cwd())
    try:
        lessons = _chosen(discover(root), lesson)
        files = write(root, lessons, folder, not without_solutions, hide_checks or ())
    except (ValueError, OSError) as error:
        raise Unknown(f"nothing was written: {error}") from None
    sealed = " Solutions and banks are sealed." if without_solutions else ""
    kept = " They are one commit of git." if commit(folder) else " It is no repository of git: there is none here."
    back = sum(one.hidden for handed_out in discover(folder) for one in handed_out.exercises)
    hidden = f" {count(back, 'check')} kept back." if back else ""
    typer.echo(f"{files} files in {folder}.{sealed}{hidden}{kept}")


def _chosen(lessons: list[Lesson], names: list[str] | None) -> list[Lesson]:
    wanted = {find_lesson(lessons, name).name for name in names or ()}
    return [one for one in lessons if not wanted or one.name in wanted]


def _part(shard: str) -> tuple[int, int] | None:
    if not shard:
        return None
    found = re.fullmatch(r"(\d+)/(\d+)", shard)
    if found is None or not 1 <= int(found[1]) <= int(found[2]):
        raise Unknown(f"--shard must be such as 3/20, the third of twenty parts, and is {shard!r}")
    return int(found[1]), int(found[2])


# For authors.


@app.command()
def check(lesson: LessonName = None) -> None:
    """For authors: the invariants of a lesson, or of all, then every answer of its banks."""
    root = find_root(Path.cwd())
    lessons = discover(root)
    chosen = [find_lesson(lessons, lesson)] if lesson else lessons
    banks = [str(path) for one in chosen for place in (one.mistakes, one.accepted) for path in bank.at(place)]
    about = ["-k", chosen[0].name] if lesson else []
    broken = _run_pytest(root, "tests/engine/test_invariants.py", "-q", "--no-header", "-rs", *about)
    faults = _run_pytest(root, *banks, "-q", "--no-header", "--tb=short") if banks else 0
    typer.echo("not sound" if broken or faults else "sound")
    raise typer.Exit(1 if broken or faults else 0)


@app.command()
def new(name: Annotated[str, typer.Argument(help="Such as ex42_attention.")]) -> None:
    """For authors: make the files of a new lesson, with one tiny exercise that fits together."""
    from kata.content.new_lesson import make

    root = find_root(Path.cwd())
    try:
        written = make(root, name)
    except (ValueError, OSError) as error:
        raise Unknown(f"nothing was made: {error}") from None
    for path in written:
        typer.echo(f"  {path.relative_to(root)}")
    typer.echo(f"Whether they fit together: kata check {name}")


def _run_pytest(root: Path, *arguments: str) -> int:
    """Run pytest in the repository, and return its exit code."""
    return subprocess.run([sys.executable, "-m", "pytest", *arguments], cwd=root, check=False).returncode


def main() -> None:
    """Run the command; what is asked wrongly is answered in one sentence."""
    try:
        app()
    except Unknown as problem:
        failures.leave(problem, is_told=True)
        typer.echo(f"kata: {problem}", err=True)
        sys.exit(2)
    except Exception as problem:
        failures.leave(problem, is_told=False)
        raise
