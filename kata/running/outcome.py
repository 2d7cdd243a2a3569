"""From what happened in one check to the result that is reported."""

from __future__ import annotations

import linecache
from dataclasses import replace
from pathlib import Path

from kata.checking.binding import Unreadable
from kata.checking.limits import TimeUp
from kata.checking.signature import MissingExercise, beside, duplicates
from kata.content.graft import definitions, is_stub
from kata.content.lesson import Lesson
from kata.content.safe import safe, text_of
from kata.diagnosis.exceptions.explain import explain, init_returns, said_by
from kata.diagnosis.exceptions.place import hidden_cause, learner_frames, raised_by_learner
from kata.diagnosis.explanation import Explained, Explanation
from kata.report.results import HUNG, STUB, CheckState, Result
from kata.running.causes import capital, diagnosed, plainly
from kata.running.checks import Outcome
from kata.running.session import CheckSession, LoadFailure, ToDo


def unreadable_result(lesson: Lesson, problem: Unreadable, shown_path: str) -> Result:
    """Return the result of a file that cannot be read."""
    code = problem.text or ""
    caret = None
    if problem.column and problem.column > 0 and code.strip():
        caret = max(problem.column - 1 - (len(code) - len(code.lstrip())), 0)
    told = Explanation(f"{shown_path}: {problem.problem}.", line=problem.line, code=code.strip(), caret=caret)
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


def result_of(outcome: Outcome, session: CheckSession, brief: bool) -> Result:
    """Return what is to be reported; the diagnosis is made for the first red exercise, or for each if not `brief`."""
    submission = outcome.submission
    unexplained: tuple[str, ...] = ()
    try:
        state, told, waits_for, mistake = _judged(outcome, session, brief)
    except Exception as fault:
        if submission.key or outcome.error is None:  # a fault of the engine, and for authors to see
            raise
        state, told, waits_for, mistake = "failed", Explanation(said_by(outcome.error)), "", ""
        unexplained = (f"it could not be explained further: {type(fault).__name__} in the engine.",)
    return Result(
        lesson=submission.lesson.name,
        exercise=outcome.exercise,
        check=outcome.check,
        path=outcome.shown_path,
        line=submission.line_of(outcome.exercise),
        index=outcome.index,
        state=state,
        waits_for=waits_for,
        told=told and _safe(_on(outcome.device, told) if state == "failed" else told),
        mistake=mistake,
        printed=safe(_tail(outcome.printed)) if state == "failed" else "",
        notes=tuple(map(safe, (*session.notes.get(submission.path, ()), *session.machine, *unexplained))),
        digest="" if state == "to do" else submission.digest_of(outcome.exercise),
        total=outcome.total,
        device=outcome.device,
    )


def _on(device: str, told: Explanation) -> Explanation:
    """Say on which real accelerator it happened."""
    return replace(told, headline=f"On {device}: {told.headline}") if device else told


def _exercise_at(lesson: Lesson, problem: Unreadable) -> str:
    """Return the exercise in which a line stands, as far as can be seen without reading the file as Python."""
    names = [one.name for one in lesson.exercises]
    lines = linecache.getlines(str(problem.path))[: problem.line or 0]
    for line in reversed(lines):
        word = line.split("(")[0].split()
        if word[:1] == ["def"] and len(word) > 1:
            return next((name for name in names if name.rpartition(".")[2] == word[1]), names[0])
    return names[0]


def _safe(told: Explanation) -> Explanation:
    """Return the same with every text fit to be shown."""
    values = tuple((safe(name), safe(value)) for name, value in told.values)
    paragraphs = tuple(map(safe, told.paragraphs))
    return replace(told, headline=safe(told.headline), paragraphs=paragraphs, code=safe(told.code), values=values)


def _tail(printed: str, lines: int = 9, width: int = 200) -> str:
    """Return the last lines of what was printed: one more than is shown, so that it is known whether there are more."""
    printed = printed[-lines * 10_000 :]
    return "\n".join(line[:width] for line in printed.rstrip().splitlines()[-lines:])


def _judged(outcome: Outcome, session: CheckSession, brief: bool) -> tuple[CheckState, Explanation | None, str, str]:
    error, path = outcome.error, outcome.submission.path
    if error is None:
        return "passed", None, "", ""
    if outcome.waits_for:
        return "waiting", None, outcome.waits_for, ""
    if outcome.skipped:
        return "skipped", Explanation(str(error)), "", ""
    if isinstance(error, ToDo):
        return "to do", _to_do(outcome), "", ""
    if _is_own_not_implemented(error, path):
        left = _left_over(error, outcome)
        return ("failed", left, "", "") if left else ("to do", _to_do(outcome), "", "")
    if isinstance(error, LoadFailure):
        return "failed", _load_told(error, outcome), "", ""
    if isinstance(error, TimeUp):
        session.broken[outcome.submission.identity] = f"{outcome.exercise}, which {HUNG}"
        return "failed", _hang_told(error, path), "", ""
    if isinstance(error, MissingExercise):
        return "failed", Explanation(error.headline, line=error.line), "", ""
    if isinstance(error, Explained) and error.hangs:
        session.hung.add((outcome.submission.identity, outcome.exercise))
    hidden = hidden_cause(error, path) or _slip_in_place_of(error, path)
    if hidden is not None and not outcome.submission.key:
        return "failed", _hidden_told(hidden, error, path), "", ""
    return _explained(error, outcome, session, brief)


def _explained(
    error: BaseException, outcome: Outcome, session: CheckSession, brief: bool
) -> tuple[CheckState, Explanation | None, str, str]:
    finding = session.finding(outcome.submission, outcome.exercise, brief)
    if finding.waits_for:
        return "waiting", None, finding.waits_for, ""
    mistake = finding.diagnosis.mistake if finding.diagnosis else None
    return "failed", diagnosed(error, outcome, finding.diagnosis, session), "", mistake or ""


def _slip_in_place_of(error: BaseException, path: Path) -> BaseException | None:
    """Return the slip of the learner's own (a name, an attribute) that came where another error was asked for."""
    cause = error.__cause__ if isinstance(error, AssertionError) else None
    is_slip = isinstance(cause, NameError | AttributeError) and cause.name  # Python's own says which name
    if cause and ((is_slip and learner_frames(cause, path)) or init_returns(cause, path)):
        return cause
    return None


def _hidden_told(hidden: BaseException, error: BaseException, path: Path) -> Explanation:
    """Tell the slip that the learner's own `except` turned into another error."""
    told = plainly(hidden, path)
    words = f"It is hidden behind what your own `raise` says: {said_by(error)}"
    if isinstance(error, AssertionError):
        words = capital(text_of(error))
    return replace(told, paragraphs=(*told.paragraphs, words))


def _to_do(outcome: Outcome) -> Explanation:
    twice = duplicates(outcome.submission, outcome.exercise)
    other = "" if twice else beside(outcome.submission, outcome.exercise)
    if other:
        owner, _, last = outcome.exercise.rpartition(".")
        return Explanation(f"There is a class `{other}` with a `{last}` in your file; what is checked is `{owner}`.")
    if not twice:
        return Explanation(STUB)
    lines = " and ".join(map(str, twice))
    return Explanation(f"It is defined on the lines {lines}; Python takes the last one, and that is still the stub.")


def _left_over(error: BaseException, outcome: Outcome) -> Explanation | None:
    """Tell of a `raise NotImplementedError` that was left in written code; None where there is nothing else."""
    line = explain(error, outcome.submission.path).line or 0
    names = [exercise.name for exercise in outcome.submission.lesson.exercises]
    functions = [found for name in names for found in definitions(outcome.submission.tree, name)]
    here = [one for one in functions if one.lineno <= line <= (one.end_lineno or one.lineno)]
    if not here or is_stub(here[-1]):
        return None
    headline = "`raise NotImplementedError` still stands in your code, and stops it here: delete that line."
    return Explanation(headline, line=line, code="raise NotImplementedError")


def _is_own_not_implemented(error: BaseException, path: Path) -> bool:
    """Whether the learner's own line raised `NotImplementedError` (torch raises it too)."""
    if isinstance(error, Explained):
        return error.is_stub
    return isinstance(error, NotImplementedError) and raised_by_learner(error, path)


def _load_told(failure: LoadFailure, outcome: Outcome) -> Explanation:
    cause = failure.__cause__
    assert cause is not None
    if isinstance(cause, TimeUp):
        return _hang_told(cause, outcome.submission.path)
    told = plainly(cause, outcome.submission.path)
    return replace(told, paragraphs=(*told.paragraphs, "This happens when the file is loaded, before any check."))


def _hang_told(error: TimeUp, path: Path) -> Explanation:
    stop = explain(error, path)
    headline = "Your code did not come back within the time limit of a check."
    does = "It computes nothing here, it only waits." if error.is_idle else "This is where it was when the time was up."
    where = does if stop.line else ""
    return Explanation(headline, (where,) if where else (), line=stop.line, code=stop.code, values=stop.values)
