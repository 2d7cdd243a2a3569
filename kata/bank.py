"""Read the banks of wrong and right answers: plain functions, each put into the solution's file.

A wrong answer is at once the mutant that the spec must refuse, the diagnosis, and the test of the
message. Only the syntax tree is read here; no answer runs until it is asked for.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from kata.graft import Assembly, Donor, Function
from kata.lesson import Lesson

T = TypeVar("T")


@dataclass(frozen=True)
class Answer:
    """One implementation of an exercise that is not the solution's.

    Args:
        lesson: the lesson that it belongs to.
        exercise: the exercise's name, such as ``LeNet.forward``.
        key: the name of its function in the bank.
        name: for a mistake, a noun phrase that completes "Your scores equal those of ...".
        why: for a mistake, why it matters, without a line of the solution.
        functions: what stands where: exercise name to syntax tree.
        source: the whole bank.
    """

    lesson: Lesson
    exercise: str
    key: str
    name: str
    why: str
    functions: tuple[tuple[str, Function], ...]
    source: Donor

    @property
    def path(self) -> Path:
        return Path(self.source.filename)

    def assembly(self) -> Assembly:
        """Return the solution's file with this answer put into it."""
        assembly = Assembly(self.lesson.solution.read_bytes(), str(self.lesson.solution))
        for name, function in self.functions:
            assembly.put(name, function, self.source)
        return assembly


def mistake(exercise: str, name: str, why: str) -> Callable[[T], T]:
    """Mark a function (or a class of several methods) as a known wrong answer to `exercise`."""
    return lambda answer: answer


def same_as(other: object) -> Callable[[T], T]:
    """Mark a function as another way to write the known wrong answer `other`: same behaviour, same words."""
    return lambda answer: answer


def right(exercise: str) -> Callable[[T], T]:
    """Mark a function (or a class of several methods) as a right answer to `exercise`."""
    return lambda answer: answer


def read(lesson: Lesson, path: Path) -> list[Answer]:
    """Return the answers of the bank at `path`, in its order; none where there is no file."""
    if not path.is_file():
        return []
    source = Donor(path.read_bytes(), str(path))
    answers: dict[str, Answer] = {}
    for node in source.tree.body:
        if isinstance(node, Function | ast.ClassDef):
            answer = _answer(lesson, source, node, answers)
            if answer is not None:
                answers[node.name] = answer
    return list(answers.values())


def _answer(lesson: Lesson, source: Donor, node: Function | ast.ClassDef, known: dict[str, Answer]) -> Answer | None:
    for call in node.decorator_list:
        if not isinstance(call, ast.Call):
            continue
        kind = ast.unparse(call.func)
        if kind == "same_as":
            original = known[ast.unparse(call.args[0])]
            exercise, name, why = original.exercise, original.name, original.why
        elif kind == "mistake":
            exercise, name, why = (ast.literal_eval(argument) for argument in call.args)
        elif kind == "right":
            exercise, name, why = ast.literal_eval(call.args[0]), "", ""
        else:
            continue
        functions = tuple(_functions(node, exercise))
        return Answer(lesson, exercise, node.name, _one_line(name), _one_line(why), functions, source)
    return None


def _functions(node: Function | ast.ClassDef, exercise: str) -> list[tuple[str, Function]]:
    if isinstance(node, Function):
        return [(exercise, node)]
    owner = exercise.rpartition(".")[0]
    methods = [method for method in node.body if isinstance(method, Function)]
    return [(f"{owner}.{method.name}" if owner else method.name, method) for method in methods]


def _one_line(text: str) -> str:
    return " ".join(textwrap.dedent(text).split())
