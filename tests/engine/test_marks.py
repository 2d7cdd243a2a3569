"""Points, what a class has not understood, and the files in which both are written."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pytest

from kata.content.lesson import Exercise, Lesson
from kata.diagnosis.explanation import Explanation
from kata.learner.progress import Unknown
from kata.report.results import CheckState, Result
from kata.teacher import formats
from kata.teacher.class_report import overview, write_page, write_sheets
from kata.teacher.marks import Mark, Marks, Worth, mark, worths
from tests.engine.browser import Browser, in_a_browser

WORTH = Worth("ex01_net", "forward", 2, frozenset({"it adds", "it takes away", "it multiplies"}))
NAMES = {("ex01_net", "no_relu"): "a LeNet without ReLU"}


def result(check: str, state: CheckState, said: str = "", mistake: str = "", exercise: str = "forward") -> Result:
    told = Explanation(said) if said else None
    return Result("ex01_net", exercise, check, "exercises/ex01_net.py", 1, 0, state, told=told, mistake=mistake)


def marks(student: str, *given: Mark, notes: tuple[str, ...] = ()) -> Marks:
    return Marks(student, given, notes)


DONE = Mark("ex01_net", "forward", 2, 3, 3, "done")
WRONG = Mark("ex01_net", "forward", 2, 1, 3, "failed", "a LeNet without ReLU", "Your scores equal ...")
OTHER = Mark("ex01_net", "forward", 2, 0, 3, "failed", "", "The loss is 2.5 times the right one.")
STUCK = Mark("ex01_net", "forward", 2, 0, 3, "to do")
CLASS = [marks("ada", DONE), marks("ben", WRONG), marks("cy", OTHER), marks("dan", STUCK), marks("eve", WRONG)]


# Points.


def test_all_checks_passed_give_the_points_of_the_level() -> None:
    found = mark(WORTH, [result(check, "passed") for check in WORTH.checks], NAMES)

    assert (found.state, found.points) == ("done", 2.0)


def test_some_checks_passed_give_their_share() -> None:
    found = mark(WORTH, [result("it adds", "passed"), result("it takes away", "failed", "Wrong.")], NAMES)

    assert (found.passed, found.total, found.points, found.state) == (1, 3, 0.67, "failed")


def test_what_was_not_reported_was_not_passed() -> None:
    assert mark(WORTH, [result("it adds", "passed")], NAMES).points == 0.67
    assert mark(WORTH, [], NAMES) == Mark("ex01_net", "forward", 2, 0, 3, "not run")


def test_checks_that_the_solution_does_not_have_count_nothing() -> None:
    results = [result(check, "passed") for check in ("it adds", "my own", "another of mine", "a third")]

    assert mark(WORTH, results, NAMES).passed == 1


def test_a_known_mistake_is_named() -> None:
    found = mark(WORTH, [result("it adds", "failed", "Your scores ...", "no_relu")], NAMES)

    assert (found.mistake, found.said) == ("a LeNet without ReLU", "Your scores ...")


def lesson(tmp_path: Path) -> Lesson:
    made = Lesson(tmp_path, "ex01_net")
    made.__dict__["exercises"] = (Exercise("ex01_net", "forward", 2, ("a", "b", "c")),)
    return made


def test_an_exercise_is_worth_the_checks_that_its_solution_passes(tmp_path: Path) -> None:
    results = [result("it adds", "passed"), result("on a GPU", "skipped", "no accelerator")]

    assert worths(lesson(tmp_path), results) == [Worth("ex01_net", "forward", 2, frozenset({"it adds"}))]


def test_a_solution_that_fails_stops_the_grading(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"does not pass its own checks here .forward: it adds."):
        worths(lesson(tmp_path), [result("it adds", "failed", "Wrong.")])


# The class.


def test_known_mistakes_are_counted_by_student() -> None:
    (found,) = overview(CLASS, {("ex01_net/forward", "a LeNet without ReLU"): "Without it layers collapse."})

    assert (found.done, found.students, found.to_do) == (1, 5, ("dan",))
    assert [(one.text, one.why, one.students) for one in found.known] == [
        ("a LeNet without ReLU", "Without it layers collapse.", ("ben", "eve"))
    ]


def test_other_wrong_answers_are_grouped_by_their_first_fact_without_its_numbers() -> None:
    more = [marks("fay", replace(OTHER, said="The loss is 0.3 times the right one."))]

    (found,) = overview([*CLASS, *more], {})

    assert [(one.text, one.students) for one in found.unknown] == [
        ("The loss is ... times the right one.", ("cy", "fay"))
    ]


# Files.


def test_the_table_has_a_row_for_each_student(tmp_path: Path) -> None:
    formats.write_csv(tmp_path / "grades.csv", [*CLASS, marks("=cmd()", DONE, notes=("uses the solution", "a link"))])

    with (tmp_path / "grades.csv").open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["student", "ex01_net/forward", "points", "out of", "notes"]
    assert rows[2] == ["ben", "0.67", "0.67", "2", ""]
    assert rows[6] == ["'=cmd()", "2.0", "2.0", "2", "uses the solution; a link"]


def test_json_tells_all_but_the_report(tmp_path: Path) -> None:
    formats.write_json(tmp_path / "grades.json", CLASS)

    found = json.loads((tmp_path / "grades.json").read_text())["students"][1]
    assert (found["student"], found["points"], found["out_of"]) == ("ben", 0.67, 2)
    assert found["marks"][0]["mistake"] == "a LeNet without ReLU"
    assert "report" not in found


def test_junit_has_a_suite_for_each_student(tmp_path: Path) -> None:
    formats.write_junit(tmp_path / "junit.xml", [*CLASS, marks("fay\x00", replace(OTHER, said="\x1b[0m <&>"))])

    suites = Xml.parse(tmp_path / "junit.xml").getroot().findall("testsuite")
    assert [one.get("failures") for one in suites] == ["0", "1", "1", "1", "1", "1"]
    assert suites[1].find("testcase/failure").get("message") == "1 of 3 checks"  # type: ignore[union-attr]
    assert suites[5].findtext("testcase/failure") == "?[0m <&>"


def test_gradescope_gets_a_test_for_each_exercise(tmp_path: Path) -> None:
    formats.write_results(tmp_path, CLASS)

    found = json.loads((tmp_path / "ben" / "results.json").read_text())
    assert found["score"] == 0.67
    assert found["tests"] == [
        {
            "name": "ex01_net/forward",
            "number": "1",
            "score": 0.67,
            "max_score": 2,
            "status": "failed",
            "output": "1 of 3 checks passed. Your scores equal ...",
            "output_format": "text",
        }
    ]


LOCATED = replace(WRONG, line=7, code="x = conv2(x)", facts=("Layers collapse without it.", "Two *facts*."))
HELD = Mark("ex01_net", "backward", 1, 0, 2, "waiting", waits_for="it waits for forward")


def test_a_student_gets_a_page_with_what_is_wrong_and_what_comes_next(tmp_path: Path) -> None:
    write_sheets(tmp_path, [marks("ben", LOCATED, HELD, notes=("the same text as cy",))])

    text = (tmp_path / "ben.md").read_text()
    assert text.startswith("# ben\n\n0.67 of 3 points; 0 of 2 exercises done.\n\nWhat comes next: forward in ex01")
    assert "1 of 3 checks passed: 0.67 of 2 points.\n\nYour scores equal ...\n\n    line 7:  x = conv2(x)" in text
    assert "Two \\*facts\\*." in text
    assert text.endswith("## Not judged yet\n\n- backward (ex01\\_net): 0 of 1 point; it waits for forward\n")
    assert "cy" not in text
    page = Page(tmp_path / "ben.html")
    assert page.open == []
    assert "line 7:  x = conv2(x)" in page.text
    assert "cy" not in page.text


def test_pages_of_a_former_run_go_and_names_become_files(tmp_path: Path) -> None:
    write_sheets(tmp_path, [marks("ada", DONE)])
    write_sheets(tmp_path, [marks("../a/b: <c>", DONE)])

    assert sorted(one.name for one in tmp_path.iterdir()) == ["_a_b_ _c_.html", "_a_b_ _c_.md"]
    assert "../a/b: <c>" in Page(tmp_path / "_a_b_ _c_.html").text


def test_the_page_of_the_class_says_who_has_begun_and_leads_to_each_student(page: Page) -> None:
    assert "5 have begun; 1 note." in page.text
    assert "1 has not begun" in page.text
    links = [words["href"] for tag, words in page.tags if tag == "a"]
    assert links[:2] == ["#misunderstood", "#students"]
    assert "students/ada.html" in links


KNOWN = replace(marks("Ada, B.", DONE, STUCK), about={"id": "s17", "email": "ada@x.org", "section": "2"})


@pytest.mark.parametrize(
    ("form", "rows"),
    [
        (
            "canvas",
            [
                ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "LeNet kata"],
                ["    Points Possible", "", "", "", "", "4"],
                ["Ada, B.", "", "s17", "ada@x.org", "2", "2.0"],
                ["'=cmd", "", "", "", "", "0.67"],
            ],
        ),
        (
            "moodle",
            [
                ["Full name", "ID number", "Email address", "LeNet kata", "LeNet kata feedback"],
                ["Ada, B.", "s17", "ada@x.org", "2.0", "1 of 2 exercises done"],
                ["'=cmd", "", "", "0.67", "0 of 1 exercises done"],
            ],
        ),
    ],
    ids=["canvas", "moodle"],
)
def test_tables_for_other_systems_have_their_columns(tmp_path: Path, form: str, rows: list[list[str]]) -> None:
    formats.WRITERS[form](tmp_path / "x.csv", [KNOWN, marks("=cmd", WRONG)])

    with (tmp_path / "x.csv").open(newline="", encoding="utf-8-sig") as file:
        assert list(csv.reader(file)) == rows


class Page(HTMLParser):
    """Reads a page: its text, its tags, and whether they are closed in order."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.text, self.open, self.tags = "", list[str](), list[tuple[str, dict[str, Any]]]()
        self.feed(path.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def page(tmp_path: Path) -> Page:
    """The page of the class, in which one student has a wicked name."""
    everybody = [*CLASS, marks("<script>alert(1)</script>", WRONG, notes=("<b>",))]
    whys = {("ex01_net/forward", "a LeNet without ReLU"): "Without it layers collapse."}
    write_page(tmp_path / "class.html", everybody, overview(everybody, whys))
    return Page(tmp_path / "class.html")


def test_the_page_says_what_the_class_has_not_understood(page: Page) -> None:
    assert "3 of 6: a LeNet without ReLU. Without it layers collapse." in page.text
    assert "1 of 6: The loss is ... times the right one." in page.text


def test_the_most_frequent_come_first(page: Page) -> None:
    assert page.text.index("3 of 6: ex01_net/forward: a LeNet without ReLU.") < page.text.index("done by 1 of 6")


def test_the_page_is_whole_and_asks_the_network_for_nothing(page: Page) -> None:
    assert page.open == []
    assert {tag for tag, _ in page.tags} & {"link", "img", "iframe"} == set()
    assert [words for tag, words in page.tags if tag == "script"] == [{}]  # the one that sorts
    assert not any("src" in words or "://" in words.get("href", "") for _, words in page.tags)


def test_the_page_can_be_read_by_a_screen_reader(page: Page) -> None:
    scopes = [words.get("scope") for tag, words in page.tags if tag == "th"]
    assert set(scopes) == {"col", "row"}
    assert [tag for tag, _ in page.tags if tag in ("h1", "h2", "h3")] == ["h1", "h2", "h3", "h3", "h3", "h2"]
    assert dict(page.tags)["html"] == {"lang": "en"}
    assert "caption" in dict(page.tags)


# Parts.


def test_parts_are_put_together(tmp_path: Path) -> None:
    formats.write(tmp_path, (2, 2), CLASS[2:])
    formats.write(tmp_path, (1, 2), CLASS[:2])

    assert sorted(formats.merged(tmp_path), key=lambda one: one.student) == CLASS


def test_a_part_that_is_missing_is_named(tmp_path: Path) -> None:
    formats.write(tmp_path, (1, 3), CLASS)
    formats.write(tmp_path, (3, 3), CLASS)

    with pytest.raises(Unknown, match=r"of 3 parts these are missing in .*: 2"):
        formats.merged(tmp_path)


def test_parts_of_other_lessons_are_refused(tmp_path: Path) -> None:
    formats.write(tmp_path, (1, 2), CLASS)
    formats.write(tmp_path, (2, 2), [marks("zoe", replace(DONE, exercise="backward"))])

    with pytest.raises(Unknown, match="not of the same lessons"):
        formats.merged(tmp_path)


def test_no_parts_at_all_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Unknown, match="must hold the parts of one class"):
        formats.merged(tmp_path)


# In a browser.


@pytest.fixture
def class_page(tmp_path: Path) -> Path:
    """The page of the class."""
    write_page(tmp_path / "class.html", CLASS, overview(CLASS, {}))
    return tmp_path / "class.html"


@pytest.mark.e2e
@in_a_browser
def test_a_browser_shows_the_whole_class_and_sorts_it(class_page: Path) -> None:
    def names() -> list[str]:
        found: list[str] = browser.evaluate("[...document.querySelectorAll('tbody th')].map(head => head.textContent)")
        return found

    with Browser(class_page.parent) as browser:
        browser.open(class_page)
        assert names() == ["ada", "ben", "cy", "dan", "eve"]
        assert "a LeNet without ReLU" in browser.evaluate("document.body.innerText")
        browser.evaluate("document.querySelectorAll('thead button')[2].click()")
        assert names() == ["cy", "dan", "ben", "eve", "ada"]
        assert browser.evaluate("document.querySelectorAll('thead th')[2].ariaSort") == "ascending"
        browser.evaluate("document.querySelectorAll('thead button')[2].click()")
        assert names()[0] == "ada"


@pytest.mark.e2e
@in_a_browser
def test_the_page_is_light_or_dark_as_its_reader_wishes(class_page: Path) -> None:
    brightness = []
    with Browser(class_page.parent) as browser:
        for scheme in ("light", "dark"):
            browser.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
            browser.open(class_page)
            brightness.append(float(browser.picture()[..., :3].mean()))

    assert brightness[0] > 0.8
    assert brightness[1] < 0.3
