"""Make the repository that is handed out to a class: every exercise a stub, solutions and banks sealed if so wished."""

from __future__ import annotations

import shutil
from pathlib import Path

from kata.content import bank_files
from kata.content.graft import stub_text
from kata.content.lesson import Lesson
from kata.content.sealed import SUFFIX, seal

# What a learner needs, where it is there; the engine's own tests and its authors' files are not among it.
_FILES = (
    "conftest.py",
    "pyproject.toml",
    "README.md",
    "LICENSE",
    ".gitignore",
    ".devcontainer",
    ".vscode",
    "kata",
)
_SAID = """
This copy is for a class: solutions, wrong and right answers are sealed, so that nobody reads them by chance. All
commands work as described; `kata compare` shows a solution when yours is done.

"""


def export(root: Path, lessons: list[Lesson], folder: Path, with_solutions: bool) -> int:
    """Write the repository into a new folder, and return the number of its files.

    Args:
        root: the teacher's repository.
        lessons: those that are handed out.
        folder: new, or empty.
        with_solutions: whether solutions and banks can be read there.

    Raises:
        ValueError: there is something in the folder, or it lies in the repository.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ValueError(f"{folder} must be a new folder, or an empty one")
    if folder.resolve().is_relative_to(root.resolve()):
        raise ValueError(f"{folder} lies in the repository itself: choose a folder outside of it")
    for name in _FILES:
        _copy(root / name, folder / name)
    for lesson in lessons:
        _write_lesson(lesson, root, folder, with_solutions)
    if not with_solutions and (folder / "README.md").is_file():
        title, _, rest = (folder / "README.md").read_text("utf-8").partition("\n")
        (folder / "README.md").write_text(f"{title}\n{_SAID}{rest.lstrip()}", "utf-8")
    return sum(path.is_file() for path in folder.rglob("*"))


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    elif source.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def _write_lesson(lesson: Lesson, root: Path, folder: Path, with_solutions: bool) -> None:
    new = Lesson(folder, lesson.name)
    solution = lesson.solution.read_text("utf-8")
    stub = stub_text(solution, [one.name for one in lesson.exercises])
    texts = {Path(new.stub): stub.encode(), new.spec: lesson.spec.read_bytes()}
    for path in (lesson.solution, *bank_files.at(lesson.mistakes), *bank_files.at(lesson.accepted)):
        target = folder / Path(path).relative_to(root)
        text = path.read_bytes()
        texts |= {target: text} if with_solutions else {Path(f"{target}{SUFFIX}"): seal(text)}
    for target, text in texts.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text)
