"""What a class has not understood: a page for the teacher, and a sheet for each student."""

from __future__ import annotations

import base64
import hashlib
import re
import statistics
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from urllib.parse import quote

from kata.content.files import write_whole
from kata.report.results import count
from kata.teacher.marks import Mark, Marks

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
th button { font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; }
th button::after { content: " \\2195"; } th[aria-sort=ascending] button::after { content: " \\2191"; }
th[aria-sort=descending] button::after { content: " \\2193"; }
th, td { border: 1px solid var(--line); padding: .25rem .5rem; text-align: right; white-space: nowrap; }
tbody th, thead th:first-child { text-align: left; position: sticky; left: 0; background: var(--soft); }
td.done { background: var(--done); } td.part { background: var(--part); } td.none { background: var(--none); }
ol { padding-left: 1.5rem; } li { margin: .35rem 0; }
.share { font-weight: 600; }
summary { cursor: pointer; }
pre { overflow-x: auto; background: var(--soft); padding: .5rem; }
a { color: inherit; }
td.notes { text-align: left; white-space: normal; min-width: 12rem; }
@media print { body { margin: 0; max-width: none; } nav, th button::after { display: none; }
  .scroll { overflow: visible; } table { font-size: .6rem; } details > * { display: inline; } }
"""


def begin(title: str, script: str = "", refresh: int = 0) -> Iterator[str]:
    """Yield the head of a page.

    Args:
        title: of the page.
        script: its script; the policy forbids any other.
        refresh: seconds until it reloads; 0: never.
    """
    hashed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    runs = f"; script-src 'sha256-{hashed}'" if script else ""
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    policy = f"default-src 'none'; style-src 'unsafe-inline'{runs}"
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    if refresh:
        yield f'<meta http-equiv="refresh" content="{refresh}">'
    yield f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>"


def end() -> Iterator[str]:
    """Yield the end of a page."""
    yield "</main>\n</body>\n</html>"


_NUMBER = re.compile(r"(?<![\w-])-?\d+(\.\d+)?(e-?\d+)?(?!\w)")


@dataclass(frozen=True)
class Shared:
    """A mistake that several students share.

    Args:
        text: its name.
        why: why it matters, or "".
        students: their names.
        example: the shortest of their answers, or "".
        line: its reported line, or "".
    """

    text: str
    why: str
    students: tuple[str, ...]
    example: str = ""
    line: str = ""


@dataclass(frozen=True)
class Exercise:
    """The status of an exercise in a class.

    Args:
        key: lesson and name.
        level: of the exercise.
        done: how many students have done it.
        students: the number of students.
        known: the known mistakes, most frequent first.
        unknown: other wrong answers, by their first difference.
        to_do: the students who have not started.
        held_up: the students whose answer waits for an earlier exercise, or did not run.
    """

    key: str
    level: int
    done: int
    students: int
    known: tuple[Shared, ...]
    unknown: tuple[Shared, ...]
    to_do: tuple[str, ...]
    held_up: tuple[str, ...] = ()


def overview(everybody: Iterable[Marks], whys: dict[tuple[str, str], str]) -> list[Exercise]:
    """Return the status of each exercise, in order.

    Args:
        everybody: all students' marks.
        whys: why it matters, by exercise and name of each known mistake.
    """
    everybody = list(everybody)
    keys = dict.fromkeys(mark.key for one in everybody for mark in one.marks)
    return [_exercise(key, everybody, whys) for key in keys]


def _exercise(key: str, everybody: list[Marks], whys: dict[tuple[str, str], str]) -> Exercise:
    marks = [(one.student, mark) for one in everybody for mark in one.marks if mark.key == key]
    wrong = [(student, mark) for student, mark in marks if mark.state == "failed"]
    known = _grouped([(mark.mistake, student, mark) for student, mark in wrong if mark.mistake])
    facts = [(_NUMBER.sub("...", mark.said), student, mark) for student, mark in wrong if not mark.mistake]
    unknown = _grouped([(fact or "Its checks did not run.", student, mark) for fact, student, mark in facts])
    return Exercise(
        key,
        marks[0][1].level,
        sum(mark.state == "done" for _, mark in marks),
        len(marks),
        tuple(replace(one, why=whys.get((key, one.text), "")) for one in known),
        tuple(unknown),
        tuple(student for student, mark in marks if mark.state == "to do"),
        tuple(student for student, mark in marks if mark.state in ("waiting", "not run")),
    )


def _grouped(wrong: list[tuple[str, str, Mark]]) -> list[Shared]:
    """Group students by the same text."""
    groups: dict[str, list[tuple[str, Mark]]] = {}
    for text, student, mark in wrong:
        groups.setdefault(text, []).append((student, mark))
    found = []
    for text, its in groups.items():
        example = min((mark for _, mark in its), key=lambda mark: len(mark.text) or sys.maxsize)
        found.append(Shared(text, "", tuple(student for student, _ in its), example.text, example.code.strip()))
    return sorted(found, key=lambda one: (-len(one.students), one.text))


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
    """Write the page of a class; it reloads every `refresh` seconds."""
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
        yield from _exercise_section(one)
    if not worth_telling:
        yield "<p>Nothing that was begun is wrong.</p>"
    yield from _not_begun(exercises)
    yield "</section>"
    yield from _students(everybody)
    yield f"<script>{_SORT}</script>"
    yield from end()


def _in_short(everybody: list[Marks], exercises: list[Exercise]) -> Iterator[str]:
    """Yield submissions, points, and what to teach next."""
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
    """Yield the most frequent mistakes over all exercises."""
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


def _exercise_section(one: Exercise) -> Iterator[str]:
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
    """Return an answer's source, with the reported line marked."""
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


Block = tuple[str, str]  # of which kind, and its text
_MARKDOWN = {"title": "# {}", "exercise": "## {}", "text": "{}", "code": "    {}", "item": "- {}", "good": "{}"}
_HTML = {
    "title": "<h1>{}</h1>",
    "exercise": "<h2>{}</h2>",
    "text": "<p>{}</p>",
    "code": "<pre><code>{}</code></pre>",
    "item": "<ul><li>{}</li></ul>",
    "good": "<p>{}</p>",
}
_IN_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|])")


def write_sheets(folder: Path, everybody: list[Marks]) -> None:
    """Write NAME.html and NAME.md for each student; delete those of former students."""
    folder.mkdir(parents=True, exist_ok=True)
    written = set()
    for one in everybody:
        blocks = list(_blocks(one))
        for ending, text in ((".md", markdown(one)), (".html", _html(blocks))):
            path = folder / f"{one.file}{ending}"
            write_whole(path, text.encode())
            written.add(path)
    for path in {*folder.glob("*.md"), *folder.glob("*.html")} - written:
        path.unlink()


def markdown(one: Marks) -> str:
    """Return a student's sheet as Markdown."""
    return "\n\n".join(_MARKDOWN[kind].format(_plain(kind, text)) for kind, text in _blocks(one)) + "\n"


def _plain(kind: str, text: str) -> str:
    return text if kind == "code" else _IN_MARKDOWN.sub(r"\\\1", text)


def _html(blocks: list[Block]) -> str:
    body = "\n".join(_HTML[kind].format(escape(text)) for kind, text in blocks)
    return "\n".join([*begin(blocks[0][1]), body, *end()])


def _blocks(one: Marks) -> Iterator[Block]:
    done = [mark for mark in one.marks if mark.state == "done"]
    yield "title", one.student
    yield "text", f"{one.points:g} of {one.out_of:g} points; {len(done)} of {count(len(one.marks), 'exercise')} done."
    following = _next(one)
    if following is not None:
        yield "text", f"What comes next: {following.exercise} in {following.lesson}."
    for mark in one.marks:
        if mark.state == "failed":
            yield from _of_wrong(mark)
    for title, states in (("To do", ("to do",)), ("Not judged yet", ("waiting", "not run")), ("Done", ("done",))):
        its = [mark for mark in one.marks if mark.state in states]
        if its:
            yield "exercise", title
            yield from (("item", _in_one_line(mark)) for mark in its)


def _next(one: Marks) -> Mark | None:
    for states in (("failed",), ("waiting",), ("to do", "not run")):
        found = next((mark for mark in one.marks if mark.state in states), None)
        if found is not None:
            return found
    return None


def _of_wrong(mark: Mark) -> Iterator[Block]:
    yield "exercise", f"{mark.exercise} ({mark.lesson})"
    yield "text", f"{mark.passed} of {count(mark.total, 'check')} passed: {_points(mark)}."
    if mark.said:
        yield "text", mark.said
    if mark.code:
        yield "code", f"line {mark.line}:  {mark.code}"
    yield from (("text", fact) for fact in mark.facts)


def _in_one_line(mark: Mark) -> str:
    why = f"; {mark.waits_for}" if mark.waits_for else ""
    return f"{mark.exercise} ({mark.lesson}): {_points(mark)}{why}"


def _points(mark: Mark) -> str:
    return f"{mark.points:g} of {mark.worth:g} point{'s' * (mark.worth != 1)}"
