"""Make the repository that is handed out to a class: every exercise a stub, solutions and banks sealed if so wished."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from kata.content import bank_files
from kata.content.graft import stub_text
from kata.content.lesson import Lesson
from kata.content.sealed import SUFFIX, seal
from kata.teacher import hidden
from kata.teacher.readme import readme, with_examples_of

# What a learner needs, where it is there; the engine's own tests and its authors' files are not among it.
_FILES = (
    "conftest.py",
    "pyproject.toml",
    "LICENSE",
    ".gitignore",
    ".devcontainer",
    ".vscode",
    "kata",
)
_WORKFLOW = """\
name: checks
on: [push]
permissions:
  contents: read
jobs:
  checks:
    runs-on: ubuntu-latest
    timeout-minutes: 20
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with: { python-version: "3.12", cache: pip, cache-dependency-path: pyproject.toml }
      - run: pip install -e .
      - run: pytest exercises/
"""


def export(root: Path, lessons: list[Lesson], folder: Path, with_solutions: bool, hide: Iterable[str] = ()) -> int:
    """Write the repository into a new folder, and return the number of its files.

    Args:
        root: the teacher's repository.
        lessons: those that are handed out.
        folder: new, or empty.
        with_solutions: whether solutions and banks can be read there.
        hide: which checks are kept back (see `hidden.chosen`).

    Raises:
        ValueError: there is something in the folder, or it lies in the repository; there is no check to hide of a name;
            a lesson needs another one.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ValueError(f"{folder} must be a new folder, or an empty one")
    if folder.resolve().is_relative_to(root.resolve()):
        raise ValueError(f"{folder} lies in the repository itself: choose a folder outside of it")
    for lesson in lessons:
        if missing := [one.name for one in lesson.needs if one not in lessons]:
            raise ValueError(f"{lesson.name} needs {' and '.join(missing)}: hand these out, too")
    kept_back = hidden.chosen(lessons, hide)
    specs = {one.name: hidden.remaining(one, kept_back[one.name]) for one in lessons}
    for name in _FILES:
        _copy(root / name, folder / name)
    for lesson in lessons:
        _write_lesson(lesson, root, folder, with_solutions, specs[lesson.name].spec)
    if (root / "README.md").is_file():
        names = {lesson.name for lesson in lessons}
        count = sum(one.hidden for one in specs.values())
        text = with_examples_of((root / "README.md").read_text("utf-8"), lessons)
        text = readme(text, names, with_solutions, count)
        (folder / "README.md").write_text(text, "utf-8")
    workflow = folder / ".github" / "workflows" / "classroom.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text(_WORKFLOW, "utf-8")
    return sum(path.is_file() for path in folder.rglob("*"))


def commit(folder: Path) -> bool:
    """Make a folder a repository of git with one commit; return whether that could be done."""
    who = ["-c", "user.name=LeNet kata", "-c", "user.email=kata@localhost", "-c", "commit.gpgsign=false"]
    steps = (["init", "--quiet"], ["add", "--all"], [*who, "commit", "--quiet", "--message", "Hand out the kata"])
    try:
        done = (subprocess.run(["git", *one], cwd=folder, capture_output=True, check=False) for one in steps)
        return all(one.returncode == 0 for one in done)
    except OSError:  # there is no git
        return False


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    elif source.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def _write_lesson(lesson: Lesson, root: Path, folder: Path, with_solutions: bool, spec: bytes) -> None:
    new = Lesson(folder, lesson.name)
    solution = lesson.solution.read_text("utf-8")
    stub = stub_text(solution, [one.name for one in lesson.exercises])
    texts = {Path(new.stub): stub.encode(), new.spec: spec}
    for path in (lesson.solution, *bank_files.at(lesson.mistakes), *bank_files.at(lesson.accepted)):
        target = folder / Path(path).relative_to(root)
        text = path.read_bytes()
        texts |= {target: text} if with_solutions else {Path(f"{target}{SUFFIX}"): seal(text)}
    for target, text in texts.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text)
