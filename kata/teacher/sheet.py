"""A page for each student, to hand back: points, what is right, what is not and why, what to do next."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path

from kata.content.files import write_whole
from kata.report.results import count
from kata.teacher.marks import Mark, Marks
from kata.teacher.style import begin, end

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
    """Write NAME.html and NAME.md for each student; those of a former run that are nobody's go."""
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
    """Return the page as Markdown."""
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
