"""The class on one page: what it has not understood, and who stands where; a script sorts the table, no network."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from html import escape
from pathlib import Path
from urllib.parse import quote

from kata.content.files import write_whole
from kata.report.results import count
from kata.teacher.marks import Mark, Marks
from kata.teacher.misunderstood import Exercise, Shared
from kata.teacher.style import begin, end

_FEW = 3  # students that are named at once
_TOP = 10  # of the class's mistakes that come first
_SHOWN = 12  # other wrong answers of an exercise that are listed
_SORT = """
for (const [column, head] of document.querySelectorAll("thead th").entries()) {
  const button = document.createElement("button");
  button.append(...head.childNodes);
  head.append(button);
  button.addEventListener("click", () => {
    const up = head.ariaSort !== "ascending", body = document.querySelector("tbody");
    for (const other of document.querySelectorAll("thead th")) other.ariaSort = null;
    head.ariaSort = up ? "ascending" : "descending";
    const key = row => row.cells[column].dataset.key ?? row.cells[column].textContent;
    const rows = [...body.rows].sort((a, b) => key(a).localeCompare(key(b), "en", {numeric: true}));
    body.append(...(up ? rows : rows.reverse()));
  });
}
"""


def write_page(path: Path, everybody: list[Marks], exercises: list[Exercise], refresh: int = 0) -> None:
    """Write the page of a class; one that is kept fresh is read again after `refresh` seconds."""
    write_whole(path, "\n".join(_page(everybody, exercises, refresh)).encode())


def _page(everybody: list[Marks], exercises: list[Exercise], refresh: int) -> Iterator[str]:
    yield from begin("LeNet kata: the class", _SORT, refresh)
    yield "<h1>LeNet kata: the class</h1>"
    yield from _in_short(everybody, exercises)
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
    yield f"<script>{_SORT}</script>"
    yield from end()


def _in_short(everybody: list[Marks], exercises: list[Exercise]) -> Iterator[str]:
    """Say who handed in, how the points lie, and where to go on."""
    yield '<nav><a href="#misunderstood">What it has not understood</a> · <a href="#students">Students</a></nav>'
    handed_in = [one for one in everybody if one.has_begun]
    silent = [one for one in everybody if not one.has_begun]
    yield f"<p>{count(len(everybody), 'student')}, {count(len(exercises), 'exercise')}. "
    yield f"{len(handed_in)} have begun; {count(sum(map(bool, (one.notes for one in everybody))), 'note')}.</p>"
    if handed_in:
        points = [one.points for one in handed_in]
        mean, middle = statistics.mean(points), statistics.median(points)
        yield f"<p>Of those: {mean:.4g} of {everybody[0].out_of:g} points in the mean, {middle:.4g} in the median.</p>"
    if silent:
        names = ", ".join(escape(one.student) for one in silent)
        verb = "has" if len(silent) == 1 else "have"
        yield f"<details><summary>{len(silent)} {verb} not begun</summary>{names}</details>"


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
    text = shared.text.rstrip(".")
    return escape(text if text.endswith(("?", "!")) else f"{text}.")


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
    example = f"<details><summary>One such answer</summary>{_code(shared)}</details>" if shared.example else ""
    names = ", ".join(map(escape, shared.students))
    few = len(shared.students) <= _FEW
    who = f" <em>({names})</em>" if few else f"<details><summary>Who</summary>{names}</details>"
    return f"<li>{_share(shared, students)} {_sentence(shared)}{why}{who}{example}</li>"


def _code(shared: Shared) -> str:
    """Return an answer's text, with the line at fault marked where it is known."""
    lines = ((line, escape(line)) for line in shared.example.splitlines())
    marked = (f"<mark>{text}</mark>" if line.strip() == shared.line else text for line, text in lines)
    return "<pre>" + "\n".join(marked) + "</pre>"


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
    yield "<caption>Checks passed of each exercise, and points.</caption>"
    heads = "".join(f'<th scope="col">{escape(mark.key)}</th>' for mark in (everybody[0].marks if everybody else ()))
    yield f'<thead><tr><th scope="col">Student</th><th scope="col">Notes</th><th scope="col">Points</th>{heads}</tr>'
    yield "</thead>\n<tbody>"
    for one in everybody:
        cells = "".join(map(_cell, one.marks))
        points = f'<td data-key="{one.points:.2f}">{one.points:g} of {one.out_of:g}</td>'
        notes = escape("; ".join(one.notes))
        name = f'<a href="students/{quote(one.file)}.html">{escape(one.student)}</a>'
        yield f'<tr><th scope="row">{name}</th><td class="notes">{notes}</td>{points}{cells}</tr>'
    yield "</tbody>\n</table>\n</div>\n</section>"


def _cell(mark: Mark) -> str:
    kind = "done" if mark.state == "done" else "part" if mark.passed else "none"
    text = "done" if mark.state == "done" else mark.state if not mark.passed else f"{mark.passed} of {mark.total}"
    order = mark.passed / mark.total if mark.state != "done" else 1.01  # one that passed all that ran is not done
    return f'<td class="{kind}" data-key="{order:.4f}">{text}</td>'
