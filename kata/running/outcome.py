"""From what happened in one check to the result that is reported."""

from __future__ import annotations

import linecache
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from kata.checking import binding
from kata.checking.binding import Candidate, Unreadable
from kata.checking.presence import Absent, beside, duplicates
from kata.content.graft import definitions, is_stub
from kata.content.lesson import Lesson
from kata.content.safe import safe, text_of
from kata.diagnosis.exceptions.place import hidden_cause, learner_frames, raised_by_learner
from kata.diagnosis.exceptions.stumble import init_returns, said_by, stop_of
from kata.diagnosis.unused import idle
from kata.report.results import STUB, Result, State, Told
from kata.running.session import LoadFailure, Session, ToDo

if TYPE_CHECKING:
    from kata.diagnosis.difference import Diagnosis


@dataclass(frozen=True)
class Outcome:
    """One finished check: what was checked, and the exception that ended it, if one did.

    `again` runs the check once more on another module, and returns what ended it there.
    """

    candidate: Candidate
    exercise: str
    check: str
    shown_path: str
    index: int
    error: BaseException | None
    waits_for: str = ""
    total: int = 0
    skipped: bool = False
    printed: str = ""
    again: Callable[[ModuleType], BaseException | None] | None = None


def unreadable_result(lesson: Lesson, problem: Unreadable, shown_path: str) -> Result:
    """Return the result of a file that cannot be read."""
    code = problem.text or ""
    caret = None
    if problem.column and problem.column > 0 and code.strip():
        caret = max(problem.column - 1 - (len(code) - len(code.lstrip())), 0)
    told = Told(f"{shown_path}: {problem.problem}.", line=problem.line, code=code.strip(), caret=caret)
    return Result(
        lesson.name,
        _exercise_at(lesson, problem),
        "the file can be read",
        shown_path,
        problem.line or 1,
        -1,
        "failed",
        told=told,
    )


def result_of(outcome: Outcome, session: Session, brief: bool) -> Result:
    """Return what is to be reported; the diagnosis is made for the first red exercise, or for each if not `brief`."""
    candidate = outcome.candidate
    unexplained: tuple[str, ...] = ()
    try:
        state, told, waits_for, mistake = _judged(outcome, session, brief)
    except Exception as fault:
        if candidate.key or outcome.error is None:  # a fault of the engine, and for authors to see
            raise
        state, told, waits_for, mistake = "failed", Told(said_by(outcome.error)), "", ""
        unexplained = (f"it could not be explained further: {type(fault).__name__} in the engine.",)
    return Result(
        lesson=candidate.lesson.name,
        exercise=outcome.exercise,
        check=outcome.check,
        path=outcome.shown_path,
        line=candidate.line_of(outcome.exercise),
        index=outcome.index,
        state=state,
        waits_for=waits_for,
        told=told and _safe(told),
        mistake=mistake,
        printed=safe(_tail(outcome.printed)) if state == "failed" else "",
        notes=tuple(map(safe, (*session.notes.get(candidate.path, ()), *unexplained))),
        digest="" if state == "to do" else candidate.digest_of(outcome.exercise),
        total=outcome.total,
    )


def _exercise_at(lesson: Lesson, problem: Unreadable) -> str:
    """Return the exercise in which a line stands, as far as can be seen without reading the file as Python."""
    names = [one.name for one in lesson.exercises]
    lines = linecache.getlines(str(problem.path))[: problem.line or 0]
    for line in reversed(lines):
        word = line.split("(")[0].split()
        if word[:1] == ["def"] and len(word) > 1:
            return next((name for name in names if name.rpartition(".")[2] == word[1]), names[0])
    return names[0]


def _safe(told: Told) -> Told:
    """Return the same with every text fit to be shown."""
    values = tuple((safe(name), safe(value)) for name, value in told.values)
    paragraphs = tuple(map(safe, told.paragraphs))
    return replace(told, headline=safe(told.headline), paragraphs=paragraphs, code=safe(told.code), values=values)


def _tail(printed: str, lines: int = 9, width: int = 200) -> str:
    """Return the last lines of what was printed: one more than is shown, so that it is known whether there are more."""
    return "\n".join(line[:width] for line in printed[-lines * 10_000 :].rstrip().splitlines()[-lines:])


def _judged(outcome: Outcome, session: Session, brief: bool) -> tuple[State, Told | None, str, str]:
    error, path = outcome.error, outcome.candidate.path
    if error is None:
        return "passed", None, "", ""
    if outcome.waits_for:
        return "waiting", None, outcome.waits_for, ""
    if outcome.skipped:
        return "skipped", Told(str(error)), "", ""
    if isinstance(error, ToDo):
        return "to do", _to_do(outcome), "", ""
    if _is_own_not_implemented(error, path):
        left = _left_over(error, outcome)
        return ("failed", left, "", "") if left else ("to do", _to_do(outcome), "", "")
    if isinstance(error, LoadFailure):
        return "failed", _load_told(error, outcome), "", ""
    if _is_time_limit(error):
        session.broken[outcome.candidate.identity] = f"{outcome.exercise}, which did not come back in time"
        return "failed", _hang_told(error, path), "", ""
    if isinstance(error, Absent):
        return "failed", Told(error.headline, line=error.line), "", ""
    hidden = hidden_cause(error, path) or _slip_in_place_of(error, path)
    if hidden is not None and not outcome.candidate.key:
        return "failed", _hidden_told(hidden, error, path), "", ""
    return _diagnosed(error, outcome, session, brief)


def _diagnosed(
    error: BaseException, outcome: Outcome, session: Session, brief: bool
) -> tuple[State, Told | None, str, str]:
    finding = session.finding(outcome.candidate, outcome.exercise, brief)
    if finding.waits_for:
        return "waiting", None, finding.waits_for, ""
    besides = _is_another_fault(outcome, finding.diagnosis)
    told = _combined(_plain_told(error, outcome.candidate.path), finding.diagnosis, error, besides)
    told = _with_picture(told, error, finding.diagnosis, outcome, session)
    told = _with_slip(told, outcome, bool(finding.diagnosis and finding.diagnosis.exact))
    return "failed", told, "", (finding.diagnosis.mistake or "") if finding.diagnosis else ""


def _plain_told(error: BaseException, path: Path) -> tuple[Told, bool]:
    """Return the facts of the failing check, and whether they already name the cause."""
    from kata.checking.expect import Meddling, Mismatch  # imports torch

    if isinstance(error, Meddling):
        return Told(f"Your code changed what is not its own: {error.given}."), True
    if isinstance(error, Mismatch):
        said = tuple(filter(None, (error.why, _raised_where(error, path))))
        return Told(_capital(f"{error.sentence}."), said), False
    stop = stop_of(error, path)
    paragraphs = [stop.said] if stop.said else []
    if stop.called_from:
        paragraphs.append("Called from line " + ", then line ".join(map(str, stop.called_from)) + ".")
    return Told(stop.headline, tuple(paragraphs), line=stop.line, code=stop.code, values=stop.values), stop.known


def _raised_where(error: BaseException, path: Path) -> str:
    """Return the learner's line that raised what a check was not content with, or ""."""
    frames = learner_frames(error.__cause__, path) if error.__cause__ else []
    return f"Raised on line {frames[-1][1]}: {linecache.getline(str(path), frames[-1][1]).strip()}" if frames else ""


def _slip_in_place_of(error: BaseException, path: Path) -> BaseException | None:
    """Return the slip of the learner's own (a name, an attribute) that came where another error was asked for."""
    cause = error.__cause__ if isinstance(error, AssertionError) else None
    is_slip = isinstance(cause, NameError | AttributeError) and cause.name  # Python's own says which name
    if cause and ((is_slip and learner_frames(cause, path)) or init_returns(cause, path)):
        return cause
    return None


def _is_another_fault(outcome: Outcome, diagnosis: Diagnosis | None) -> bool:
    """Whether the mistake that is named passes the check that failed: its numbers come from something else."""
    answer = diagnosis and diagnosis.answer
    if not answer or outcome.again is None or outcome.candidate.key:
        return False
    named = binding.load(binding.assemble(binding.of_bank(answer)), f"exercises.{answer.lesson.name}")
    return outcome.again(named) is None


def _combined(plain: tuple[Told, bool], diagnosis: Diagnosis | None, error: BaseException, besides: bool) -> Told:
    told, is_known = plain
    if diagnosis is None:
        return told
    walk = tuple((step.layer, step.shape, step.verdict) for step in diagnosis.walk)
    names_it = diagnosis.exact or (diagnosis.names_cause and not is_known)
    if not names_it:
        extra = (diagnosis.why,) if diagnosis.why and diagnosis.mistake is None else ()
        return replace(told, walk=walk, paragraphs=told.paragraphs + extra)
    paragraphs = (diagnosis.why,) if diagnosis.why else ()
    evidence = _said(told, error)
    if besides:  # the line, if there is one, is of the other fault
        where = f"line {told.line} stops: {told.headline}" if told.line else told.headline
        evidence = (f"And besides: {where}", *evidence[1:])
        told = replace(told, line=None, code="", values=())
    new = tuple(one for one in evidence if one.lower() not in diagnosis.headline.lower())
    return replace(told, headline=diagnosis.headline, walk=walk, paragraphs=(*paragraphs, *new))


def _with_picture(
    told: Told, error: BaseException, diagnosis: Diagnosis | None, outcome: Outcome, session: Session
) -> Told:
    """Add where the picture of the maps that differ lies, if one was asked for; no fault of it ends a check."""
    pairs = (getattr(diagnosis, "tensors", None), getattr(error, "tensors", None))
    name = f"{outcome.candidate.lesson.name}-{outcome.exercise}"
    if session.pictures is None or not any(pairs) or name in session.drawn:
        return told
    session.drawn.add(name)
    try:
        from kata.report.maps import difference  # imports matplotlib

        path = difference([pair for pair in pairs if pair], session.pictures, name)
    except Exception as fault:  # noqa: BLE001  (no disk, no matplotlib: the words are there without it)
        return replace(told, paragraphs=(*told.paragraphs, f"No picture could be drawn: {fault}."))
    if path is None:
        return told
    shown = "/".join(path.parts[-3:])
    return replace(told, paragraphs=(*told.paragraphs, f"A picture of the difference: {shown}"))


def _with_slip(told: Told, outcome: Outcome, is_named: bool) -> Told:
    """Put a statement that comes to nothing first: it is seen in the text, whatever the checks found.

    A value that is never used says less than a known mistake, where one `is_named`, and follows it.
    """
    functions = definitions(outcome.candidate.tree, outcome.exercise)
    slip = idle(functions[-1]) if functions and not outcome.candidate.key else None
    if slip is None or (told.line is not None and not slip.line < told.line <= (functions[-1].end_lineno or 0)):
        return told
    if not slip.is_sure and (is_named or told.line is not None or slip.name not in told.headline):
        return replace(told, paragraphs=(*told.paragraphs, slip.sentence))
    code = linecache.getline(str(outcome.candidate.path), slip.line).strip()
    then = told.headline if told.line is None else f"Then line {told.line} stops: {told.headline}"
    paragraphs = (then, *told.paragraphs)
    return replace(told, headline=slip.sentence, line=slip.line, code=code, values=(), paragraphs=paragraphs)


def _hidden_told(hidden: BaseException, error: BaseException, path: Path) -> Told:
    """Tell the slip that the learner's own `except` turned into another error."""
    told, _ = _plain_told(hidden, path)
    words = f"It is hidden behind what your own `raise` says: {said_by(error)}"
    if isinstance(error, AssertionError):
        words = _capital(text_of(error))
    return replace(told, paragraphs=(*told.paragraphs, words))


def _said(told: Told, error: BaseException) -> tuple[str, ...]:
    """Return what the failing check itself found, to follow the diagnosis."""
    if told.line is None:
        return (told.headline, *told.paragraphs)
    return (said_by(error),)


def _capital(sentence: str) -> str:
    first = sentence.partition(" ")[0]
    return sentence if set(first) & set("._([`") else sentence[0].upper() + sentence[1:]


def _to_do(outcome: Outcome) -> Told:
    twice = duplicates(outcome.candidate, outcome.exercise)
    other = "" if twice else beside(outcome.candidate, outcome.exercise)
    if other:
        owner, _, last = outcome.exercise.rpartition(".")
        return Told(f"There is a class `{other}` with a `{last}` in your file; what is checked is `{owner}`.")
    if not twice:
        return Told(STUB)
    lines = " and ".join(map(str, twice))
    return Told(f"It is defined on the lines {lines}; Python takes the last one, and that is still the stub.")


def _left_over(error: BaseException, outcome: Outcome) -> Told | None:
    """Tell of a `raise NotImplementedError` that was left in written code; None where there is nothing else."""
    line = learner_frames(error, outcome.candidate.path)[-1][1]
    names = [exercise.name for exercise in outcome.candidate.lesson.exercises]
    functions = [found for name in names for found in definitions(outcome.candidate.tree, name)]
    here = [one for one in functions if one.lineno <= line <= (one.end_lineno or one.lineno)]
    if not here or is_stub(here[-1]):
        return None
    headline = "`raise NotImplementedError` still stands in your code, and stops it here: delete that line."
    return Told(headline, line=line, code="raise NotImplementedError")


def _is_own_not_implemented(error: BaseException, path: Path) -> bool:
    """Whether the learner's own line raised `NotImplementedError` (torch raises it too)."""
    return isinstance(error, NotImplementedError) and raised_by_learner(error, path)


def _load_told(failure: LoadFailure, outcome: Outcome) -> Told:
    cause = failure.__cause__
    assert cause is not None
    if _is_time_limit(cause):
        return _hang_told(cause, outcome.candidate.path)
    told, _ = _plain_told(cause, outcome.candidate.path)
    return replace(told, paragraphs=(*told.paragraphs, "This happens when the file is loaded, before any check."))


def _is_time_limit(error: BaseException) -> bool:
    """Whether pytest-timeout ended the check: it raises pytest's own failure from its own file."""
    step = error.__traceback__
    names = []
    while step is not None:
        names.append(step.tb_frame.f_globals.get("__name__", ""))
        step = step.tb_next
    return isinstance(error, pytest.fail.Exception) and "pytest_timeout" in names


def _hang_told(error: BaseException, path: Path) -> Told:
    stop = stop_of(error, path)
    headline = "Your code did not come back within the time limit of a check."
    where = "This is where it was when the time was up." if stop.line else ""
    return Told(headline, (where,) if where else (), line=stop.line, code=stop.code, values=stop.values)
