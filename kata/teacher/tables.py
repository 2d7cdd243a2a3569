"""Write grades as tables, texts and JUnit XML."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from xml.etree import ElementTree as Xml

from kata.content.files import write_whole
from kata.teacher.marks import Marks

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would work out
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_csv(path: Path, everybody: list[Marks]) -> None:
    """Write a row for each student: the points of each exercise, their total, and what is to be known."""
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
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def write_json(path: Path, everybody: list[Marks]) -> None:
    """Write everything that is known."""
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
