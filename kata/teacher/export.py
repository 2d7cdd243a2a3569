"""Export the repository for a class: stubs, sealed answers, hidden checks, and a README."""

from __future__ import annotations

import ast
import difflib
import re
import shutil
import subprocess
import zlib
from collections import Counter
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kata.content import bank
from kata.content.lesson import Lesson
from kata.content.patching import stub_text
from kata.content.sealed import NAME, seal

_SHARE = re.compile(r"(?P<percent>\d+(?:\.\d+)?) ?%|(?P<share>\d*\.?\d+)")


@dataclass(frozen=True)
class Function:
    """A test function of a spec.

    Args:
        exercise: the exercise that it checks.
        owner: its class.
        name: ``test_rows_are_apart``.
        lines: its first and last line, including decorators and comments above.
    """

    exercise: str
    owner: str
    name: str
    lines: tuple[int, int]

    @property
    def sentence(self) -> str:
        """Its name in reports."""
        return self.name.removeprefix("test_").replace("_", " ")


def functions(lesson: Lesson) -> list[Function]:
    """Return the test functions of a lesson's spec, in order."""
    text = lesson.spec.read_text("utf-8")
    lines = text.splitlines()
    found = []
    for owner in ast.parse(text).body:
        exercise = _exercise(owner)
        for node in owner.body if isinstance(owner, ast.ClassDef) and exercise else ():
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test"):
                found.append(Function(exercise, owner.name, node.name, _span(node, lines)))  # type: ignore[attr-defined]
    return found


def _exercise(owner: ast.stmt) -> str:
    """Return the exercise of a class, or ""."""
    mark = _mark(owner)
    return str(ast.literal_eval(mark.args[0])) if mark else ""


def _mark(owner: ast.stmt) -> ast.Call | None:
    for one in owner.decorator_list if isinstance(owner, ast.ClassDef) else ():
        if isinstance(one, ast.Call) and ast.unparse(one.func) == "pytest.mark.exercise":
            return one
    return None


def _span(node: ast.FunctionDef, lines: list[str]) -> tuple[int, int]:
    first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
    while lines[first - 2].lstrip().startswith("#"):  # a remark goes with what it is about
        first -= 1
    return first, node.end_lineno or node.lineno


def chosen(lessons: Iterable[Lesson], wishes: Iterable[str]) -> dict[str, list[Function]]:
    """Return the functions of each lesson's spec to hide.

    Args:
        lessons: the exported lessons.
        wishes: shares such as "0.3" or "30%" of the checks of each exercise, of which one always stays; or names of
            checks as in reports, such as "rows are apart", or with the exercise: "LeNet.forward: rows are apart".

    Raises:
        ValueError: a wish is neither a share nor the name of a check; the message names the nearest one.
    """
    everything = {lesson.name: functions(lesson) for lesson in lessons}
    hidden = set[Function]()
    for wish in wishes:
        share = _share(wish)
        found = [one for its in everything.values() for one in (_some(its, share) if share else _named(its, wish))]
        if not found and share is None:
            raise ValueError(_unknown(wish, everything.values()))
        hidden |= set(found)
    return {name: [one for one in its if one in hidden] for name, its in everything.items()}


def _share(wish: str) -> float | None:
    found = _SHARE.fullmatch(wish.strip())
    if found is None:
        return None
    share = float(found["percent"]) / 100 if found["percent"] else float(found["share"])
    if not 0 < share < 1:
        raise ValueError(f"a share of checks must be more than 0 and less than 1, such as 0.3 or 30%, and is {wish}")
    return share


def _some(its: list[Function], share: float) -> Iterator[Function]:
    """Yield a share of each exercise's functions: deterministic, and spread over the spec."""
    for exercise in dict.fromkeys(one.exercise for one in its):
        own = [one for one in its if one.exercise == exercise]
        own.sort(key=lambda one: zlib.crc32(f"{one.exercise}: {one.name}".encode()))
        yield from own[: min(round(share * len(own)), len(own) - 1)]


def _named(its: list[Function], wish: str) -> list[Function]:
    name = wish.strip().partition(" (")[0]  # without its case, as a report names it
    names = {name, name.removeprefix("test_").replace("_", " ")}
    return [one for one in its if names & {one.name, one.sentence, f"{one.exercise}: {one.sentence}"}]


def _unknown(wish: str, everything: Iterable[list[Function]]) -> str:
    names = [one.sentence for its in everything for one in its]
    near = difflib.get_close_matches(wish, names, n=1, cutoff=0.0)
    return f"there is no check {wish!r}" + (f"; the nearest is {near[0]!r}" if near else "")


@dataclass(frozen=True)
class Remaining:
    """The exported part of a lesson's spec.

    Args:
        spec: its text.
        hidden: the number of hidden functions.
    """

    spec: bytes
    hidden: int


def remaining(lesson: Lesson, hidden: list[Function]) -> Remaining:
    """Return a spec without the hidden functions; each class's mark counts them.

    Args:
        lesson: the lesson.
        hidden: the functions to hide; each counts as one check, however many cases it has.
    """
    counts = Counter(one.exercise for one in hidden)
    spec = _without(lesson.spec.read_text("utf-8"), hidden, counts).encode() if hidden else lesson.spec.read_bytes()
    return Remaining(spec, counts.total())


def _without(text: str, hidden: list[Function], counts: Counter[str]) -> str:
    lines = text.splitlines(keepends=True)
    changes = [(one.lines, "") for one in hidden]
    for owner in ast.parse(text).body:
        mark = _mark(owner)
        level = next((word.value for word in mark.keywords if word.arg == "level"), None) if mark else None
        if level is not None and counts[_exercise(owner)]:
            line = lines[level.lineno - 1]
            new = f"{line[: level.end_col_offset]}, hidden={counts[_exercise(owner)]}{line[level.end_col_offset :]}"
            changes.append(((level.lineno, level.lineno), new))
    for (first, last), new in sorted(changes, reverse=True):
        lines[first - 1 : last] = [new] if new else []
    return re.sub(r"\n{4,}", "\n\n\n", re.sub(r"\n{3,}(?=    )", "\n\n", "".join(lines)))


_MARK = re.compile(r"<!-- (here only|open|end|with (?P<lessons>[\w ]+)) -->")
_FOR_OTHERS = ("| `kata check", "| `kata grade")  # rows of the table of commands
_OF_A_LESSON = {"kata mutants": "ex12_tests"}  # commands that are for the exercises of one lesson only
_LESSON = re.compile(r"\| `(ex\d+_\w+)`")
_SEALED = """
This copy is for a class: solutions, wrong and right answers are sealed, so that nobody reads them by chance. All
commands work as described; `kata compare` shows a solution when yours is done.
"""
_HIDDEN = """
Besides the checks in this copy there are {} more, which run when your work is graded: an answer that does all that its
docstring says passes them, too.
"""
_TRAINS = "kata train"


_EXAMPLES = {"ex01_lenet.py::LeNet.forward": "ex01_lenet", "-k compute_loss": "ex02_training_step"}


def with_examples_of(text: str, lessons: list[Lesson]) -> str:
    """Return README with commands on exercises that are exported."""
    lines = text.splitlines()
    first, last = lessons[0], lessons[-1].exercises[0].name
    others = (f"{first.name}.py::{first.exercises[-1].name}", f"-k {last}")
    for (example, lesson), other in zip(_EXAMPLES.items(), others, strict=True):
        if lesson not in {one.name for one in lessons}:
            lines = [line.replace(example, other) if line.startswith("    pytest") else line for line in lines]
    return "\n".join(lines)


def readme(text: str, lessons: Container[str], is_open: bool, hidden: int = 0) -> str:
    """Return README for a class.

    Args:
        text: the project's own.
        lessons: the names of the exported lessons.
        is_open: whether solutions and banks are readable.
        hidden: the number of hidden checks.
    """
    kept = "\n".join(_kept(text.splitlines(), lessons, is_open))
    if _TRAINS not in re.sub(r"^\|.*$", "", kept, flags=re.MULTILINE):  # its section is not there
        kept = re.sub(rf"^\| `({_TRAINS}|kata look)` .*\n", "", kept, flags=re.MULTILINE)
    title, _, rest = kept.partition("\n")
    said = ("" if is_open else _SEALED) + (_HIDDEN.format(hidden) if hidden else "")
    return re.sub(r"\n{3,}", "\n\n", f"{title}\n{said}\n{rest.lstrip()}").rstrip() + "\n"


def _kept(lines: list[str], lessons: Container[str], is_open: bool) -> Iterator[str]:
    within: list[bool] = []
    for line in lines:
        mark = _MARK.fullmatch(line.strip())
        if mark is None:
            if all(within) and not _is_of_others(line, lessons):
                yield line if is_open else line.replace(" (or with `--peek`)", "")
        elif mark[1] == "end":
            within.pop()
        elif mark["lessons"]:
            within.append(all(name in lessons for name in mark["lessons"].split()))
        else:
            within.append(is_open and mark[1] == "open")


def _is_of_others(line: str, lessons: Container[str]) -> bool:
    """Whether a table row is about a lesson that is not exported, or a command that is not for learners."""
    lesson = _LESSON.match(line)
    is_gone = any(line.startswith(f"| `{one}`") and needed not in lessons for one, needed in _OF_A_LESSON.items())
    return is_gone or (lesson is not None and lesson[1] not in lessons) or line.startswith(_FOR_OTHERS)


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
        lessons: the lessons to export.
        folder: new or empty.
        with_solutions: whether solutions and banks stay readable.
        hide: the checks to hide (see `chosen`).

    Raises:
        ValueError: the folder is not empty, or inside the repository; a check to hide does not exist; a lesson needs
            another one.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ValueError(f"{folder} must be a new folder, or an empty one")
    if folder.resolve().is_relative_to(root.resolve()):
        raise ValueError(f"{folder} lies in the repository itself: choose a folder outside of it")
    for lesson in lessons:
        if missing := [one.name for one in lesson.needs if one not in lessons]:
            raise ValueError(f"{lesson.name} needs {' and '.join(missing)}: hand these out, too")
    kept_back = chosen(lessons, hide)
    specs = {one.name: remaining(one, kept_back[one.name]) for one in lessons}
    for name in _FILES:
        _copy(root / name, folder / name)
    sealed: dict[str, bytes] = {}
    for lesson in lessons:
        answers = _write_lesson(lesson, root, folder, specs[lesson.name].spec)
        for name, text in answers.items():
            if with_solutions:
                _write(folder / name, text)
            else:
                sealed[name] = text
    if sealed:
        (folder / NAME).write_bytes(seal(sealed))
    if (root / "README.md").is_file():
        names = {lesson.name for lesson in lessons}
        count = sum(one.hidden for one in specs.values())
        examples = with_examples_of((root / "README.md").read_text("utf-8"), lessons)
        (folder / "README.md").write_text(readme(examples, names, with_solutions, count), "utf-8")
    workflow = folder / ".github" / "workflows" / "classroom.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text(_WORKFLOW, "utf-8")
    return sum(path.is_file() for path in folder.rglob("*"))


def commit(folder: Path) -> bool:
    """Make a folder a git repository with one commit; return whether that worked."""
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


def _write_lesson(lesson: Lesson, root: Path, folder: Path, spec: bytes) -> dict[str, bytes]:
    """Write the stub and the spec; return the texts of the solution and the banks by their paths."""
    new = Lesson(folder, lesson.name)
    solution = lesson.solution.read_text("utf-8")
    _write(new.stub, stub_text(solution, [one.name for one in lesson.exercises]).encode())
    _write(new.spec, spec)
    paths = (lesson.solution, *bank.at(lesson.mistakes), *bank.at(lesson.accepted))
    return {Path(path).relative_to(root).as_posix(): path.read_bytes() for path in paths}


def _write(path: Path, text: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text)
