"""Explain what ended a check: by its own facts, by the known mistake, by what the text shows, and by a picture."""

from __future__ import annotations

import linecache
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from kata.checking import binding
from kata.content.graft import definitions
from kata.diagnosis.dead_code import find
from kata.diagnosis.exceptions.explain import explain, said_by
from kata.diagnosis.exceptions.place import learner_frames
from kata.diagnosis.explanation import Explanation
from kata.running.checks import Outcome
from kata.running.session import CheckSession

if TYPE_CHECKING:
    from kata.diagnosis.difference import Diagnosis


def diagnosed(
    error: BaseException, outcome: Outcome, diagnosis: Diagnosis | None, session: CheckSession
) -> Explanation:
    """Explain a failed check by all that is known of it."""
    besides = _is_another_fault(outcome, diagnosis)
    told = _combined(plainly(error, outcome.submission.path), diagnosis, error, besides)
    told = _with_picture(told, error, diagnosis, outcome, session)
    return _with_slip(told, outcome, bool(diagnosis and diagnosis.exact))


def plainly(error: BaseException, path: Path) -> Explanation:
    """Tell the facts of the failing check alone."""
    from kata.checking.expect import Mismatch, SideEffect  # imports torch

    if isinstance(error, SideEffect):
        return Explanation(f"Your code changed global state: {error.given}.", is_known=True)
    if isinstance(error, Mismatch):
        said = tuple(filter(None, (error.how, error.why, _raised_where(error, path))))
        return Explanation(capital(f"{error.sentence}."), said, is_known=error.says_all)
    return explain(error, path)


def _raised_where(error: BaseException, path: Path) -> str:
    """Return the learner's line that raised what a check was not content with, or ""."""
    frames = learner_frames(error.__cause__, path) if error.__cause__ else []
    return f"Raised on line {frames[-1][1]}: {linecache.getline(str(path), frames[-1][1]).strip()}" if frames else ""


def _is_another_fault(outcome: Outcome, diagnosis: Diagnosis | None) -> bool:
    """Whether the mistake that is named passes the check that failed: its numbers come from something else."""
    answer = diagnosis and diagnosis.answer
    if not answer or outcome.again is None or outcome.submission.key:
        return False
    named = binding.load(binding.assemble(binding.of_bank(answer)), f"exercises.{answer.lesson.name}")
    return outcome.again(named) is None


def _combined(told: Explanation, diagnosis: Diagnosis | None, error: BaseException, besides: bool) -> Explanation:
    """Put the diagnosis first, where it may say the cause, and what the check found below it."""
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
    """Add where the picture of the maps that differ lies, if one was asked for; no fault of it ends a check."""
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


def _with_slip(told: Explanation, outcome: Outcome, is_named: bool) -> Explanation:
    """Put a statement that comes to nothing first: it is seen in the text, whatever the checks found.

    A value that is never used says less than a known mistake, where one `is_named`, and follows it.
    """
    functions = definitions(outcome.submission.tree, outcome.exercise)
    slip = find(functions[-1]) if functions and not outcome.submission.key else None
    if slip is None or (told.line is not None and not slip.line < told.line <= (functions[-1].end_lineno or 0)):
        return told
    if not slip.is_sure and (is_named or told.line is not None or slip.name not in told.headline):
        return replace(told, paragraphs=(*told.paragraphs, slip.sentence))
    code = linecache.getline(str(outcome.submission.path), slip.line).strip()
    then = told.headline if told.line is None else f"Then line {told.line} stops: {told.headline}"
    paragraphs = (then, *told.paragraphs)
    return replace(told, headline=slip.sentence, line=slip.line, code=code, values=(), paragraphs=paragraphs)


def _said(told: Explanation, error: BaseException) -> tuple[str, ...]:
    """Return what the failing check itself found, to follow the diagnosis."""
    if told.line is None:
        return (told.headline, *told.paragraphs)
    return (said_by(error),)


def capital(sentence: str) -> str:
    """Begin a sentence with a capital, unless it begins with code."""
    first = sentence.partition(" ")[0]
    return sentence if set(first) & set("._([`") else sentence[0].upper() + sentence[1:]
