"""Search for one mutation that makes an answer pass, and say where it is."""

from __future__ import annotations

import ast
import contextlib
import copy
import marshal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import CellType, CodeType, FrameType, FunctionType, ModuleType
from typing import Any

from kata.checking import loading
from kata.checking.loading import Submission
from kata.checking.sandbox import guarded
from kata.content.patching import Function, definitions
from kata.diagnosis.diagnoser import Diagnoser, Scene, silent
from kata.diagnosis.observation import Observation, StopObserving, first_difference
from kata.diagnosis.repair.mutations import Changes
from kata.diagnosis.repair.tree import Change, narrowed

_KINDS = {
    "operator": "an operator in it must be another",
    "comparison": "a comparison in it must be another",
    "condition": "its condition must be another",
    "sign": "a sign is missing, or one too many",
    "constant": "a constant in it must be another",
    "name": "a name in it stands where another is meant",
    "attribute": "the name behind a dot must be another",
    "too much": "it is a statement too many",
    "place": "the statement stands in the wrong place",
    "assignment": "= stands where += or its like must, or the other way round",
    "indentation": "the statement is indented too far, or not far enough",
    "block": "the statements in it need no block around them",
    "operand": "a part of the expression is one too many",
    "order": "two parts have changed places",
    "index": "an index is one too many",
    "argument": "an argument is missing, too many, or must be another",
    "call": "a call is missing there, or one too many",
    "expression": "one expression in it must be another",
}


@dataclass(frozen=True)
class Located:
    """A mutation after which an answer is right, or diverges later.

    Args:
        kind: of the mutation.
        line: in the learner's file; of a missing statement, the first line before which it may go.
        last: the last line before which it may go, or, if `is_after`, after which.
        is_after: see `last`.
        others: other lines on which a mutation would do as well.
        then: the line of a second mutation that is needed, or 0.
        is_whole: whether the answer is right then; else it only diverges later.
    """

    kind: str
    line: int
    last: int = 0
    is_after: bool = False
    others: tuple[int, ...] = ()
    then: int = 0
    is_whole: bool = True

    @classmethod
    def of(cls, change: Change, others: tuple[int, ...] = (), then: int = 0, is_whole: bool = True) -> Located:
        """Return what is told of one change."""
        kind, line = change.kind, change.line
        if change.gone is not None and change.new is not None:
            kind, part = narrowed(change.gone, change.new)
            line = getattr(part, "lineno", line)
        return cls(kind, line, line, change.is_after, others, then, is_whole)

    @classmethod
    def between(cls, first: Change, last: Change) -> Located:
        """Return what is told of a statement that is missing, at any place from the one to the other."""
        return cls(first.kind, first.line, last.line, last.is_after)

    @property
    def sentence(self) -> str:
        """What is told of it."""
        if self.kind == "missing":
            begin, kind = f"A statement is missing {self._where}", ""
        else:
            begin, kind = f"The slip is on line {self.line}", f": {_KINDS[self.kind]}"
        if not self.is_whole:
            return f"{begin}{kind}. That is one place; something else is left after it."
        if self.then:
            return f"{begin}{kind}. It is one of two: the other is on line {self.then}."
        if self.others:
            return f"{begin}{kind}. A change on line {' or '.join(map(str, self.others))} would do as well."
        return f"{begin}{kind}. Nothing else has to change."

    @property
    def _where(self) -> str:
        if self.line == self.last:
            return f"{'after' if self.is_after else 'before'} line {self.line}"
        return f"between line {self.line} and {'the end of ' if self.is_after else ''}line {self.last}"


ONE_TRY = 1.0  # seconds
_ENOUGH = 3  # lines on which a change would do: nobody reads more
_BESIDES = 0.3  # seconds in which, after a change that is right, others are looked for
_MOST = 0.6  # of the changes that get furthest must stand on the line that is told
_FOR_ONE = 0.6  # of the time, where a change gets further: the rest is for a second one
_NEXT = 3  # changes that get furthest, from each of which a second one is looked for
_ALL_CHECKS = 3.0  # seconds for a proof
Proof = Callable[[Callable[[], ModuleType]], bool]
Limit = Callable[[float], AbstractContextManager[None]]


class TooLong(BaseException):
    """A trial exceeded its time."""


class Search:
    """Search for mutations that repair an answer, or let it diverge later.

    Args:
        diagnoser: of the lesson.
        submission: the answer.
        exercise: which of its exercises.
        seconds: how long to search.
        proof: whether a module passes the exercise's checks.
        limit: raises `TooLong` in a block after so many seconds.
        harmless: whether a module passes the checks that the answer passes.
    """

    def __init__(
        self,
        diagnoser: Diagnoser,
        submission: Submission,
        exercise: str,
        seconds: float,
        proof: Proof,
        limit: Limit,
        harmless: Proof = lambda _: True,
    ) -> None:
        self._until, self._for_one = time.perf_counter() + seconds, time.perf_counter() + _FOR_ONE * seconds
        self._scene: Scene | None = diagnoser.scene(exercise)
        self._own = definitions(submission.tree, exercise)
        self._right = diagnoser.right_functions(submission, exercise)
        self._answer = _Answer(submission, exercise)
        self._proof, self._limit, self._harmless = proof, limit, harmless
        self._seen: set[bytes] = set()

    def run(self) -> Iterator[Located]:
        """Yield results, better ones later: a mutation that diverges later, then one that repairs the answer."""
        if self._scene is None or not self._own or not self._right:
            return
        function = self._answer.take(self._own[-1])
        ran: set[int] = set()
        start = self._reached(ran=ran) or 0
        body = range(function.body[0].lineno, (function.end_lineno or 0) + 1)
        changes = Changes(function, self._right, ran.intersection(body))
        further: list[tuple[int, Change]] = []
        for change in self._that_are_right(changes.all(), start, further):
            yield from self._told(change, changes, start)
            return
        further.sort(key=lambda pair: (-pair[0], pair[1].kind == "expression"))  # those may be more than one slip
        furthest = [change for reached, change in further if reached == further[0][0]]
        lines = Counter(change.line for change in furthest)
        if furthest and lines[furthest[0].line] > len(furthest) * _MOST and self._is_harmless(furthest[0]):
            yield Located.of(furthest[0], is_whole=False)
        for left, (reached, change) in zip(range(_NEXT, 0, -1), further, strict=False):
            second = self._after(change, reached, left)
            if second is not None:
                yield Located.of(change, then=second.line)
                return

    def _after(self, change: Change, reached: int, left: int) -> Change | None:
        """Return a second mutation that repairs the answer after a first one that diverges later."""
        undo, end = change.make(), self._until
        self._until = time.perf_counter() + (end - time.perf_counter()) / left
        try:
            changes = Changes(self._answer.function, self._right, set()).all()
            return next(self._that_are_right(changes, reached, []), None)
        finally:
            self._until = end
            undo()

    def _told(self, change: Change, changes: Changes, start: int) -> Iterator[Located]:
        """Yield a mutation that repairs the answer: at once, then with the other places where one would."""
        yield Located.of(change)
        self._until = min(self._until, time.perf_counter() + _BESIDES)
        if change.kind == "missing":
            same = [change, *self._that_are_right(changes.elsewhere(change), start, [])]
            yield Located.between(min(same, key=lambda one: one.line), max(same, key=lambda one: one.line))
            return
        lines = [change.line]
        for other in self._that_are_right(changes.all(), start, []):
            lines += [other.line] if other.line not in lines else []
            if len(lines) == _ENOUGH:
                break
        yield Located.of(change, others=tuple(lines[1:]))

    def _that_are_right(
        self, changes: Iterable[Change], start: int, further: list[tuple[int, Change]]
    ) -> Iterator[Change]:
        """Yield the mutations that repair the answer; record those that diverge later than `start`."""
        for change in changes:
            if time.perf_counter() > (self._for_one if further else self._until):
                return
            undo = change.make()
            try:
                reached = self._reached(start)
                is_right = reached is None and self._passes(self._proof)
            finally:
                undo()
            if is_right:
                yield change
            elif reached is not None and reached > start:
                further.append((reached, change))

    def _reached(self, otherwise: int = 0, ran: set[int] | None = None) -> int | None:
        """Return the first fact in which the mutated function differs from the solution, or None.

        Args:
            otherwise: returned for a duplicate, and for invalid Python.
            ran: filled with the lines that ran until then.
        """
        assert self._scene is not None
        code = self._answer.compiled()
        key = marshal.dumps(code) if code else b""
        if code is None or key in self._seen:
            return otherwise
        self._seen.add(key)
        observe, reference = self._scene
        seen = Observation(compared_with=reference)
        patience = min(ONE_TRY, max(0.05, self._until - time.perf_counter()))
        try:
            with guarded() as changed, silent(), self._limit(patience), self._answer.noting(ran):
                observe(self._answer.module(), seen)
            seen("what is left behind", sorted(changed))
        except StopObserving:
            pass
        except KeyboardInterrupt:
            raise
        except BaseException:  # noqa: BLE001  (what a change makes of an answer may raise anything)
            return len(seen.facts)
        return first_difference(seen, reference)

    def _is_harmless(self, change: Change) -> bool:
        """Whether no check that the answer passes fails after a mutation."""
        undo = change.make()
        try:
            return self._answer.compiled() is not None and self._passes(self._harmless)
        finally:
            undo()

    def _passes(self, proof: Proof) -> bool:
        with contextlib.suppress(Exception, TooLong), silent(), self._limit(_ALL_CHECKS):
            return proof(self._answer.module)
        return False


class _Answer:
    """A module with one function that is mutated and recompiled again and again."""

    function: Function

    def __init__(self, submission: Submission, exercise: str) -> None:
        self._base = loading.assemble(submission)
        self._name = f"exercises.{submission.lesson.name}"
        self._owner, _, self._method = exercise.rpartition(".")
        self._code: CodeType | None = None

    def take(self, function: Function) -> Function:
        """Return a copy of the learner's function to mutate."""
        self.function = copy.deepcopy(function)
        self.function.returns = None
        for node in ast.walk(self.function):  # annotations name what may not be there
            if isinstance(node, ast.arg):
                node.annotation = None
        body: ast.stmt = self.function
        if self._owner:
            body = ast.ClassDef(self._owner, [], [], [self.function], [])
            if sys.version_info >= (3, 12):
                body.type_params = []
        self._tree = ast.fix_missing_locations(ast.Module([body], []))
        return self.function

    def compiled(self) -> CodeType | None:
        """Compile the mutated function; None if it is invalid."""
        try:
            try:
                self._code = compile(self._tree, self._base.filename, "exec", dont_inherit=True)
            except TypeError:  # new nodes stand on no line yet
                ast.fix_missing_locations(self._tree)
                self._code = compile(self._tree, self._base.filename, "exec", dont_inherit=True)
        except (SyntaxError, ValueError, TypeError, RecursionError):
            self._code = None
        return self._code

    def module(self) -> ModuleType:
        """Load the answer with the function compiled last."""
        assert self._code is not None
        module = loading.load(self._base, self._name)
        if not self._owner:
            loading.add_to(module, self._code)
            return module
        space = dict(vars(module))
        exec(self._code, space)  # noqa: S102  (the learner's own method, a little changed)
        real, made = getattr(module, self._owner), vars(space[self._owner])[self._method]
        setattr(real, self._method, _of_class(made, real, vars(module)) if isinstance(made, FunctionType) else made)
        return module

    @contextlib.contextmanager
    def noting(self, ran: set[int] | None) -> Iterator[None]:
        """Record the lines of the file that run in a block."""
        if ran is None:
            yield
            return

        def note(frame: FrameType, event: str, _: object) -> Any:
            if frame.f_code.co_filename != self._base.filename:
                return None
            if event == "line":
                ran.add(frame.f_lineno)
            return note

        before = sys.gettrace()
        sys.settrace(note)
        try:
            yield
        finally:
            sys.settrace(before)


def _of_class(made: FunctionType, owner: type, space: dict[str, Any]) -> FunctionType:
    """Rebind a method to another class: its `super()`, and the globals of the module."""
    pairs = zip(made.__code__.co_freevars, made.__closure__ or (), strict=False)
    cells = tuple(CellType(owner) if name == "__class__" else cell for name, cell in pairs)
    function = FunctionType(made.__code__, space, made.__name__, made.__defaults__, cells or None)
    function.__kwdefaults__ = made.__kwdefaults__
    return function
