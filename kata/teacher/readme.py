"""README of the repository that is handed out: what is true of it, and nothing else.

In README some parts stand between marks that no page shows, each up to `<!-- end -->`; they may be nested:
`<!-- here only -->`, `<!-- open -->` (where solutions can be read), `<!-- with ex03_optimizers ... -->` (where these
lessons are there).
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator

from kata.content.lesson import Lesson

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
    """Return README with commands that name exercises which are there."""
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
        lessons: the names of those that are handed out.
        is_open: whether solutions and banks can be read there.
        hidden: how many checks are kept back.
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
    """Whether a row of a table tells of a lesson that is not handed out, or of a command for others than learners."""
    lesson = _LESSON.match(line)
    is_gone = any(line.startswith(f"| `{one}`") and needed not in lessons for one, needed in _OF_A_LESSON.items())
    return is_gone or (lesson is not None and lesson[1] not in lessons) or line.startswith(_FOR_OTHERS)
