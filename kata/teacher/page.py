"""The class on one page: what it has not understood, and who stands where. One file, no network, no script."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path

from kata.content.files import write_whole
from kata.report.results import count
from kata.teacher.marks import Mark, Marks
from kata.teacher.misunderstood import Exercise, Shared

_TOP = 10  # of the class's mistakes that come first
_SHOWN = 12  # other wrong answers of an exercise that are listed
_STYLE = """
:root { color-scheme: light dark; --ink: #1b1b1f; --paper: #fff; --line: #767680; --soft: #f1f1f4;
  --done: #d8f0dc; --part: #fdebc8; --none: #f6d5d5; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #ececf1; --paper: #17171b; --line: #8d8d99; --soft: #24242a; --done: #1e4427; --part: #4d3a10;
    --none: #4f2226; } }
body { font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 2rem auto;
  padding: 0 1rem; max-width: 75rem; }
h1, h2, h3 { line-height: 1.2; }
h3 { margin: 1.5rem 0 .25rem; }
code { font-family: ui-monospace, monospace; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .875rem; }
caption { text-align: left; padding-bottom: .5rem; }
th, td { border: 1px solid var(--line); padding: .25rem .5rem; text-align: right; white-space: nowrap; }
tbody th, thead th:first-child { text-align: left; position: sticky; left: 0; background: var(--soft); }
td.done { background: var(--done); } td.part { background: var(--part); } td.none { background: var(--none); }
ol { padding-left: 1.5rem; } li { margin: .35rem 0; }
.share { font-weight: 600; }
summary { cursor: pointer; }
"""


def write_page(path: Path, everybody: list[Marks], exercises: list[Exercise]) -> None:
    """Write the page of a class."""
    write_whole(path, "\n".join(_page(everybody, exercises)).encode())


def _page(everybody: list[Marks], exercises: list[Exercise]) -> Iterator[str]:
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    yield f"<title>LeNet kata: the class</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>"
    yield "<h1>LeNet kata: the class</h1>"
    yield f"<p>{count(len(everybody), 'student')}, {count(len(exercises), 'exercise')}.</p>"
    yield '<section aria-labelledby="misunderstood">'
    yield '<h2 id="misunderstood">What the class has not understood</h2>'
    yield from _most_frequent(exercises)
    worth_telling = [one for one in exercises if one.known or one.unknown]
    for one in worth_telling:
        yield from _exercise(one)
    if not worth_telling:
        yield "<p>Nothing that was begun is wrong.</p>"
    yield from _not_begun(exercises)
    yield "</section>"
    yield from _students(everybody)
    yield "</main>\n</body>\n</html>"


def _most_frequent(exercises: list[Exercise]) -> Iterator[str]:
    """List what several students have in common, over all exercises."""
    found = [(one, shared) for one in exercises for shared in one.known if len(shared.students) > 1]
    found.sort(key=lambda pair: -len(pair[1].students))
    if not found:
        return
    yield "<h3>Most frequent</h3>\n<ol>"
    for one, shared in found[:_TOP]:
        yield f"<li>{_share(shared, one.students)} <code>{escape(one.key)}</code>: {_sentence(shared)}</li>"
    yield "</ol>"


def _share(shared: Shared, students: int) -> str:
    return f'<span class="share">{len(shared.students)} of {students}:</span>'


def _sentence(shared: Shared) -> str:
    return f"{escape(shared.text.rstrip('.'))}."


def _exercise(one: Exercise) -> Iterator[str]:
    yield f"<h3><code>{escape(one.key)}</code></h3>"
    yield f"<p>Level {one.level}; done by {one.done} of {one.students}.</p>"
    if one.known:
        yield "<ol>" + "".join(_shared(shared, one.students) for shared in one.known) + "</ol>"
    if one.unknown:
        others = sum(len(shared.students) for shared in one.unknown)
        yield f"<p>Other wrong answers ({others} of {one.students}), by the first fact in which they differ:</p>"
        yield "<ol>" + "".join(_shared(shared, one.students) for shared in one.unknown[:_SHOWN]) + "</ol>"
        if len(one.unknown) > _SHOWN:
            yield f"<p>And {len(one.unknown) - _SHOWN} others, each of few students.</p>"


def _shared(shared: Shared, students: int) -> str:
    why = f" {escape(shared.why)}" if shared.why else ""
    names = ", ".join(map(escape, shared.students))
    who = f"<details><summary>Who</summary>{names}</details>"
    return f"<li>{_share(shared, students)} {_sentence(shared)}{why}{who}</li>"


def _not_begun(exercises: list[Exercise]) -> Iterator[str]:
    lists = (
        ("Still to do", [(one, one.to_do) for one in exercises if one.to_do]),
        ("Not judged: waits for another exercise, or did not run", [(x, x.held_up) for x in exercises if x.held_up]),
    )
    for title, rows in lists:
        if rows:
            yield f"<h3>{title}</h3>\n<ul>"
            for one, names in rows:
                yield f"<li><code>{escape(one.key)}</code>: {len(names)} of {one.students}"
                yield f"<details><summary>Who</summary>{', '.join(map(escape, names))}</details></li>"
            yield "</ul>"


def _students(everybody: list[Marks]) -> Iterator[str]:
    yield '<section aria-labelledby="students">\n<h2 id="students">Students and exercises</h2>'
    yield '<div class="scroll" tabindex="0" role="region" aria-labelledby="students">\n<table>'
    yield "<caption>Checks passed of each exercise, and points: an exercise gives as many as its level.</caption>"
    heads = "".join(f'<th scope="col">{escape(mark.key)}</th>' for mark in (everybody[0].marks if everybody else ()))
    yield f'<thead><tr><th scope="col">Student</th><th scope="col">Points</th>{heads}<th scope="col">Notes</th></tr>'
    yield "</thead>\n<tbody>"
    for one in everybody:
        cells = "".join(map(_cell, one.marks))
        points = f"<td>{one.points:g} of {one.out_of}</td>"
        notes = escape("; ".join(one.notes))
        yield f'<tr><th scope="row">{escape(one.student)}</th>{points}{cells}<td>{notes}</td></tr>'
    yield "</tbody>\n</table>\n</div>\n</section>"


def _cell(mark: Mark) -> str:
    kind = "done" if mark.state == "done" else "part" if mark.passed else "none"
    text = "done" if mark.state == "done" else mark.state if not mark.passed else f"{mark.passed} of {mark.total}"
    return f'<td class="{kind}">{text}</td>'
