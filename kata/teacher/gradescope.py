"""Write a student's grades as Gradescope takes them.

Source: https://gradescope-autograders.readthedocs.io/en/latest/specs/
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kata.content.files import write_whole
from kata.teacher.marks import Mark, Marks
from kata.teacher.sheet import markdown


def results(marks: Marks) -> dict[str, Any]:
    """Return what goes into results.json: a test for each exercise, with its points."""
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
