"""Marks as files: CSV, JSON, JUnit, Gradescope, Canvas, Moodle, and the parts of a class."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

from kata.content.files import write_whole
from kata.learner.progress import Unknown
from kata.teacher.class_report import markdown
from kata.teacher.marks import Mark, Marks

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would work out
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_csv(path: Path, everybody: list[Marks]) -> None:
    """Write a row for each student: points of each exercise, total, and notes."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    keys = [one.key for one in everybody[0].marks] if everybody else []
    known = [name for name in ("id", "email", "section") if any(name in one.about for one in everybody)]
    writer.writerow(["student", *known, *keys, "points", "out of", "notes"])
    for one in everybody:
        points = [mark.points for mark in one.marks]
        about = [plain(one.about.get(name, "")) for name in known]
        writer.writerow([plain(one.student), *about, *points, one.points, one.out_of, plain("; ".join(one.notes))])
    write_whole(path, text.getvalue().encode("utf-8-sig"))  # with a BOM a spreadsheet knows how it is encoded


def plain(text: str) -> str:
    """Return a text that spreadsheets do not read as a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def write_json(path: Path, everybody: list[Marks]) -> None:
    """Write all marks as JSON."""
    found = [one.to_json() for one in everybody]
    write_whole(path, (json.dumps({"students": found}, indent=1, ensure_ascii=False) + "\n").encode())


def write_junit(path: Path, everybody: list[Marks]) -> None:
    """Write a suite for each student, with a case for each exercise."""
    root = Xml.Element("testsuites")
    for one in everybody:
        failed = sum(mark.state != "done" for mark in one.marks)
        words = {"name": _shown(one.student), "tests": str(len(one.marks)), "failures": str(failed), "errors": "0"}
        suite = Xml.SubElement(root, "testsuite", words)
        for mark in one.marks:
            case = Xml.SubElement(suite, "testcase", {"classname": mark.lesson, "name": mark.exercise})
            if mark.state != "done":
                said = f"{mark.passed} of {mark.total} checks"
                Xml.SubElement(case, "failure", {"message": said, "type": mark.state}).text = _shown(mark.said)
    write_whole(path, Xml.tostring(root, encoding="utf-8", xml_declaration=True))


def _shown(text: str) -> str:
    return _NOT_XML.sub("?", text)


def results(marks: Marks) -> dict[str, Any]:
    """Return the content of results.json: a test for each exercise, with its points."""
    return {
        "score": marks.points,
        "output": markdown(marks),
        "output_format": "md",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [_test(number, one) for number, one in enumerate(marks.marks, start=1)],
        "extra_data": {"notes": list(marks.notes)},
    }


def _test(number: int, mark: Mark) -> dict[str, Any]:
    said = f"{mark.passed} of {mark.total} checks passed."
    return {
        "name": mark.key,
        "number": str(number),
        "score": mark.points,
        "max_score": mark.worth,
        "status": "passed" if mark.state == "done" else "failed",
        "output": f"{said} {mark.said}".strip(),
        "output_format": "text",
    }


def write_results(folder: Path, everybody: list[Marks]) -> None:
    """Write a results.json for each student, in a folder of the student's name."""
    for one in everybody:
        (folder / one.student).mkdir(parents=True, exist_ok=True)
        text = json.dumps(results(one), indent=1, ensure_ascii=False)
        write_whole(folder / one.student / "results.json", f"{text}\n".encode())


TITLE = "LeNet kata"


def write_canvas(path: Path, everybody: list[Marks]) -> None:
    """Write the columns of Canvas's gradebook; the second row holds the possible points."""
    out_of = everybody[0].out_of if everybody else 0
    rows: list[list[object]] = [["Student", "ID", "SIS User ID", "SIS Login ID", "Section", TITLE]]
    rows.append(["    Points Possible", "", "", "", "", out_of])
    for one in everybody:
        number, mail = one.about.get("id", ""), one.about.get("email", "")
        rows.append([one.student, "", number, mail, one.about.get("section", ""), one.points])
    _write(path, rows)


def write_moodle(path: Path, everybody: list[Marks]) -> None:
    """Write the columns of Moodle's grade import: student, points and a line of feedback."""
    rows: list[list[object]] = [["Full name", "ID number", "Email address", TITLE, f"{TITLE} feedback"]]
    for one in everybody:
        done = sum(mark.state == "done" for mark in one.marks)
        said = f"{done} of {len(one.marks)} exercises done"
        rows.append([one.student, one.about.get("id", ""), one.about.get("email", ""), one.points, said])
    _write(path, rows)


def _write(path: Path, rows: Iterable[list[object]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([plain(one) if isinstance(one, str) else one for one in row] for row in rows)
    write_whole(path, text.getvalue().encode("utf-8-sig"))


WRITERS: dict[str, Callable[[Path, list[Marks]], None]] = {"canvas": write_canvas, "moodle": write_moodle}


def write(out: Path, part: tuple[int, int], everybody: list[Marks]) -> Path:
    """Write the marks of one part, and return the path."""
    path = out / "parts" / f"{part[0]}-of-{part[1]}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps([one.to_json() for one in everybody]).encode())
    return path


def merged(out: Path) -> list[Marks]:
    """Return the marks of all parts.

    Raises:
        Unknown: a part is missing, or they are not of one class.
    """
    found = {path: re.fullmatch(r"(\d+)-of-(\d+)", path.stem) for path in (out / "parts").glob("*.json")}
    numbers = {int(match[1]): path for path, match in found.items() if match}
    sizes = {int(match[2]) for match in found.values() if match}
    if len(sizes) != 1:
        raise Unknown(f"{out / 'parts'} must hold the parts of one class, such as 1-of-20.json")
    missing = [str(number) for number in range(1, max(sizes) + 1) if number not in numbers]
    if missing:
        raise Unknown(f"of {max(sizes)} parts these are missing in {out / 'parts'}: {', '.join(missing)}")
    everybody = [Marks.from_json(one) for path in numbers.values() for one in json.loads(path.read_bytes())]
    if len({tuple(mark.key for mark in one.marks) for one in everybody}) > 1:
        raise Unknown(f"the parts in {out / 'parts'} are not of the same lessons")
    return everybody
