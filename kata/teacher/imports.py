"""Tables that other systems import: a student for each row, found there by a number or an address.

The columns are those of Canvas's own exported gradebook, and those that Moodle's import asks for (see
https://docs.moodle.org/en/Grade_import). Neither system was at hand.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from pathlib import Path

from kata.content.files import write_whole
from kata.teacher.marks import Marks
from kata.teacher.tables import plain

TITLE = "LeNet kata"


def write_canvas(path: Path, everybody: list[Marks]) -> None:
    """Write the columns of Canvas's gradebook; the second row says how many points there are."""
    out_of = everybody[0].out_of if everybody else 0
    rows: list[list[object]] = [["Student", "ID", "SIS User ID", "SIS Login ID", "Section", TITLE]]
    rows.append(["    Points Possible", "", "", "", "", out_of])
    for one in everybody:
        number, mail = one.about.get("id", ""), one.about.get("email", "")
        rows.append([one.student, "", number, mail, one.about.get("section", ""), one.points])
    _write(path, rows)


def write_moodle(path: Path, everybody: list[Marks]) -> None:
    """Write what Moodle's grade import maps: who it is, points and a line of feedback."""
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
