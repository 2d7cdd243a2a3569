"""Mutation testing of learners' tests: a bank's wrong answers are the mutants, its right ones must pass."""

from __future__ import annotations

import sys
from collections.abc import Callable, Container
from functools import cached_property
from pathlib import Path
from types import CodeType
from typing import Any

from kata.checking import expect, loading
from kata.checking.sandbox import guarded
from kata.content import bank
from kata.content.bank import Answer
from kata.content.lesson import Lesson

SOLUTION = "the solution"
_HIDDEN = "<an answer>"  # the file that it says it stands in


class WrongVerdict(expect.Mismatch):
    """A test that accepts a mutant, or rejects a correct answer."""

    says_all = True

    @property
    def sentence(self) -> str:
        return f"{self.what} {self.given}"


class MutantSuite:
    """The mutants and the correct answers of one exercise, which judge a test of it.

    Args:
        root: the repository.
        lesson, exercise: whose answers they are.
        but: the keys of mutants to leave out.
    """

    def __init__(self, root: Path, lesson: str, exercise: str, but: Container[str] = ()) -> None:
        self.lesson, self.exercise, self._but = Lesson(root, lesson), exercise, but
        self._codes: dict[str, CodeType] = {}

    @cached_property
    def wrong(self) -> dict[str, Answer]:
        """The wrong answers by the names of their mistakes."""
        its = [one for one in bank.read(self.lesson, self.lesson.mistakes) if one.exercise == self.exercise]
        return {one.name: one for one in its if not one.of and one.key not in self._but}

    @cached_property
    def right(self) -> dict[str, Answer | None]:
        """The right answers by their names, the solution (None) first."""
        others = [one for one in bank.read(self.lesson, self.lesson.accepted) if one.exercise == self.exercise]
        return {SOLUTION: None, **{f"the one called {one.key.replace('_', ' ')}": one for one in others}}

    def make(self, name: str) -> Any:
        """Return the class or function of an answer, without a trace of its source file."""
        if name not in self._codes:
            answer = self.wrong[name] if name in self.wrong else self.right[name]
            its = loading.read(self.lesson, self.lesson.solution).make() if answer is None else answer.assembly()
            self._codes[name] = _nowhere(its.compile())
        module = loading.module_of(self._codes[name], _HIDDEN, "answer")
        sys.modules.pop("answer", None)
        return getattr(module, self.exercise.partition(".")[0])

    def must_refuse(self, test: Callable[[Any], object], what: str, name: str) -> None:
        """Assert that a test rejects a mutant."""
        __tracebackhide__ = True
        if self._raised(test, name) is None:
            raise WrongVerdict(what, "an AssertionError", f"accepts {name}", self.wrong[name].why)

    def must_accept(self, test: Callable[[Any], object], what: str, name: str) -> None:
        """Assert that a test accepts a right answer."""
        __tracebackhide__ = True
        error = self._raised(test, name)
        if error is None:
            return
        said = f"{type(error).__name__}: {error}" if str(error) else f"an {type(error).__name__} without a message"
        why = f"It raises {said.partition(chr(10))[0]}"
        if isinstance(error, OSError | TypeError) and "source" in str(error):
            why += ". An answer shows no source: a test asks what it does"
        raise WrongVerdict(what, "nothing raised", f"refuses a right answer, {name}", f"{why.rstrip('.')}.") from error

    def refuses(self, test: Callable[[Any], object], name: str) -> bool:
        """Whether a test raises for an answer."""
        return self._raised(test, name) is not None

    def _raised(self, test: Callable[[Any], object], name: str) -> Exception | None:
        try:
            with guarded():  # what an answer changes is put back, and no fault of the test
                test(self.make(name))
        except Exception as error:  # noqa: BLE001  (a test refuses by raising, and an answer may raise by itself)
            expect.no_stub(error)
            return error
        return None


def _nowhere(code: CodeType) -> CodeType:
    """Return code without file names and line numbers."""
    consts = tuple(_nowhere(one) if isinstance(one, CodeType) else one for one in code.co_consts)
    return code.replace(co_filename=_HIDDEN, co_firstlineno=1, co_consts=consts)
