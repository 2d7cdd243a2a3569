"""Turn what ended a check into a result: its state, and the explanation that the learner reads."""

from __future__ import annotations

import linecache
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from kata.checking import loading
from kata.checking.limits import TimeUp
from kata.checking.loading import Submission, Unreadable
from kata.checking.signature import MissingExercise, beside, duplicates
from kata.content.lesson import Lesson
from kata.content.patching import definitions, is_stub
from kata.content.safe import safe, text_of
from kata.diagnosis.dead_code import DeadCode, find, find_in_test
from kata.diagnosis.exceptions.explain import explain, init_returns, said_by
from kata.diagnosis.exceptions.frame import hidden_cause, learner_frames, raised_by_learner
from kata.diagnosis.explanation import Explained, Explanation
from kata.report.results import HUNG, STUB, CheckState, Result
from kata.running.session import CheckSession, LoadFailure, ToDo

if TYPE_CHECKING:
    from kata.diagnosis.difference import Diagnosis


@dataclass(frozen=True)
class Outcome:
    """A finished check: what was checked, and the exception that ended it, or None.

    `device` is the real accelerator that it ran on, or "". `again` runs the check on another module and returns its
    exception.
    """

    submission: Submission
    exercise: str
    check: str
    shown_path: str
    index: int
    error: BaseException | None
    waits_for: str = ""
    total: int = 0
    skipped: bool = False
    printed: str = ""
    device: str = ""
    again: Callable[[ModuleType], BaseException | None] | None = None


def diagnosed(
    error: BaseException, outcome: Outcome, diagnosis: Diagnosis | None, session: CheckSession
) -> Explanation:
    """Explain a failed check from all evidence."""
    slip = _slip_in(outcome)
    if slip is not None and slip.is_sure and diagnosis is not None and diagnosis.answer and not diagnosis.exact:
        diagnosis = None  # a mistake that agrees in part only is a guess, and the text is certain
    besides = _is_another_fault(outcome, diagnosis)
    told = _combined(plainly(error, outcome.submission.path), diagnosis, error, besides)
    told = _with_picture(told, error, diagnosis, outcome, session)
    return _with_slip(told, slip, outcome, bool(diagnosis and diagnosis.exact))


def plainly(error: BaseException, path: Path) -> Explanation:
    """Explain a failed check from the exception alone."""
    from kata.checking.expect import Mismatch, SideEffect  # imports torch

    if isinstance(error, SideEffect):
        return Explanation(f"Your code changed global state: {error.given}.", is_known=True)
    if isinstance(error, Mismatch):
        said = tuple(filter(None, (error.how, error.why, _raised_where(error, path))))
        return Explanation(capital(f"{error.sentence}."), said, is_known=error.says_all)
    return explain(error, path)


def _raised_where(error: BaseException, path: Path) -> str:
    """Return the learner's line that raised the unexpected exception, or ""."""
    frames = learner_frames(error.__cause__, path) if error.__cause__ else []
    return f"Raised on line {frames[-1][1]}: {linecache.getline(str(path), frames[-1][1]).strip()}" if frames else ""


def _is_another_fault(outcome: Outcome, diagnosis: Diagnosis | None) -> bool:
    """Whether the named mistake passes the failed check, so that the failure has another cause."""
    answer = diagnosis and diagnosis.answer
    if not answer or outcome.again is None or outcome.submission.key:
        return False
    named = loading.load(loading.assemble(loading.of_bank(answer)), f"exercises.{answer.lesson.name}")
    return outcome.again(named) is None


def _combined(told: Explanation, diagnosis: Diagnosis | None, error: BaseException, besides: bool) -> Explanation:
    """Put the diagnosis first if it may name the cause, and the failed check below."""
    if diagnosis is None:
        return told
    walk = tuple((step.layer, step.shape, step.verdict) for step in diagnosis.walk)
    names_it = diagnosis.exact or (diagnosis.names_cause and not told.is_known)
    if not names_it:
        extra = (diagnosis.why,) if diagnosis.why and diagnosis.mistake is None else ()
        return replace(told, walk=walk, paragraphs=told.paragraphs + extra)
    paragraphs = (diagnosis.why,) if diagnosis.why else ()
    evidence = _said(told, error)
    if besides:  # the line, if there is one, is of the other fault
        where = f"line {told.line} stops: {told.headline}" if told.line else told.headline
        evidence = (f"And besides: {where}", *evidence[1:])
        told = replace(told, line=None, code="", values=())
    known = getattr(error, "how", "") if diagnosis.exact else ""  # the mistake that is named says more
    new = tuple(one for one in evidence if one != known and one.lower() not in diagnosis.headline.lower())
    return replace(told, headline=diagnosis.headline, walk=walk, paragraphs=(*paragraphs, *new))


def _with_picture(
    told: Explanation, error: BaseException, diagnosis: Diagnosis | None, outcome: Outcome, session: CheckSession
) -> Explanation:
    """Add the path of the picture of differing maps, if requested; errors in drawing are ignored."""
    pairs = (getattr(diagnosis, "tensors", None), getattr(error, "tensors", None))
    name = f"{outcome.submission.lesson.name}-{outcome.exercise}"
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


def _slip_in(outcome: Outcome) -> DeadCode | None:
    """Return the dead code of a learner's exercise."""
    functions = definitions(outcome.submission.tree, outcome.exercise)
    look = find_in_test if outcome.submission.lesson.needs else find
    return look(functions[-1]) if functions and not outcome.submission.key else None


def _with_slip(told: Explanation, slip: DeadCode | None, outcome: Outcome, is_named: bool) -> Explanation:
    """Put dead code first, since the source proves it.

    A value that is never read is weaker evidence than a named mistake, and follows it if one `is_named`.
    """
    functions = definitions(outcome.submission.tree, outcome.exercise)
    if slip is None or (told.line is not None and not slip.line < told.line <= (functions[-1].end_lineno or 0)):
        return told
    if not slip.is_sure and (is_named or told.line is not None or slip.name not in told.headline):
        return replace(told, paragraphs=(*told.paragraphs, slip.sentence))
    code = linecache.getline(str(outcome.submission.path), slip.line).strip()
    then = told.headline if told.line is None else f"Then line {told.line} stops: {told.headline}"
    paragraphs = (then, *told.paragraphs)
    return replace(told, headline=slip.sentence, line=slip.line, code=code, values=(), paragraphs=paragraphs)


def _said(told: Explanation, error: BaseException) -> tuple[str, ...]:
    """Return the findings of the failed check, to follow the diagnosis."""
    if told.line is None:
        return (told.headline, *told.paragraphs)
    return (said_by(error),)


def capital(sentence: str) -> str:
    """Capitalize a sentence, unless it starts with code."""
    first = sentence.partition(" ")[0]
    return sentence if set(first) & set("._([`") else sentence[0].upper() + sentence[1:]


def unreadable_result(lesson: Lesson, problem: Unreadable, shown_path: str) -> Result:
    """Return the result of an unreadable file."""
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
    """Return the result of a check; if `brief`, only the first failed exercise is diagnosed."""
    submission = outcome.submission
    unexplained: tuple[str, ...] = ()
    try:
        state, told, waits_for, mistake = _judged(outcome, session, brief)
    except Exception as fault:
        if submission.key or outcome.error is None:  # a fault of the engine, and for authors to see
            raise
        state, told, waits_for, mistake = "failed", Explanation(said_by(outcome.error)), "", ""
        unexplained = (f"it could not be explained further: {type(fault).__name__} in the engine.",)
    if told and outcome.device and state == "failed":
        told = replace(told, headline=f"On {outcome.device}: {told.headline}")
    return Result(
        lesson=submission.lesson.name,
        exercise=outcome.exercise,
        check=outcome.check,
        path=outcome.shown_path,
        line=submission.line_of(outcome.exercise),
        index=outcome.index,
        state=state,
        waits_for=waits_for,
        told=told and _safe(told),
        mistake=mistake,
        printed=safe(_tail(outcome.printed)) if state == "failed" else "",
        notes=tuple(map(safe, (*session.notes.get(submission.path, ()), *session.machine, *unexplained))),
        digest="" if state == "to do" else submission.digest_of(outcome.exercise),
        total=outcome.total,
        device=outcome.device,
    )


def _exercise_at(lesson: Lesson, problem: Unreadable) -> str:
    """Return the exercise around a line of a file that may not parse."""
    names = [one.name for one in lesson.exercises]
    lines = linecache.getlines(str(problem.path))[: problem.line or 0]
    for line in reversed(lines):
        word = line.split("(")[0].split()
        if word[:1] == ["def"] and len(word) > 1:
            return next((name for name in names if name.rpartition(".")[2] == word[1]), names[0])
    return names[0]


def _safe(told: Explanation) -> Explanation:
    """Escape and bound every text of an explanation."""
    values = tuple((safe(name), safe(value)) for name, value in told.values)
    paragraphs = tuple(map(safe, told.paragraphs))
    return replace(told, headline=safe(told.headline), paragraphs=paragraphs, code=safe(told.code), values=values)


def _tail(printed: str, lines: int = 9, width: int = 200) -> str:
    """Return the last lines of the output, one more than is shown."""
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
    """Return the learner's own slip (a name, an attribute) that was raised instead of the expected error."""
    cause = error.__cause__ if isinstance(error, AssertionError) else None
    is_slip = isinstance(cause, NameError | AttributeError) and cause.name  # Python's own says which name
    if cause and ((is_slip and learner_frames(cause, path)) or init_returns(cause, path)):
        return cause
    return None


def _hidden_told(hidden: BaseException, error: BaseException, path: Path) -> Explanation:
    """Explain the error that the learner's own `except` turned into another one."""
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
    """Explain a `raise NotImplementedError` left in written code; None if there is no other code."""
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
