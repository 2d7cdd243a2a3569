"""A wrong answer is an edit of the solution's text, whose anchors must be found exactly once."""

from __future__ import annotations

import textwrap
import traceback
from pathlib import Path

import pytest

from kata.checking import loading
from kata.content import bank
from kata.content.edits import Edit, EditError, body, drop, edited, insert, replace, unwrap
from kata.content.lesson import Lesson
from kata.teacher.grading import Grading, Kept
from kata.teacher.unit import BadLesson, Limits
from tests.engine import sample

pytest_plugins = ["pytester"]

HEAD = '''
class Box:
    def mean(self, values):
        """Return the mean.

        It is one number.
        """
'''
BODY = """\
total = 0
for value in values:
    total += value  # one by one
if not values:
    raise ValueError("empty")
with open("log") as log:
    log.write("done")
    log.flush()
return total / len(values)
"""
TAIL = "\n    def size(self, values):\n        return len(values)\n"


def source(text: str = BODY) -> str:
    return HEAD + textwrap.indent(text, " " * 8) + TAIL


def changed(*edits: Edit) -> str:
    """Return the body of `mean` after the edits; all the rest is asked to be as it was."""
    text = edited(source(), "Box.mean", edits)
    assert text.startswith(HEAD)
    assert text.endswith(TAIL)
    return textwrap.dedent(text[len(HEAD) : -len(TAIL)])


def refused(*edits: Edit) -> str:
    """Return why the edits cannot be made."""
    with pytest.raises(EditError) as error:
        changed(*edits)
    return str(error.value)


def with_change(old: str, new: str) -> str:
    assert old in BODY
    return BODY.replace(old, new)


def test_a_part_of_a_line_is_replaced() -> None:
    assert changed(replace("total = 0", "total = 1")) == with_change("total = 0", "total = 1")


def test_what_replaces_a_part_is_indented_as_the_line_is() -> None:
    new = "for part in [value]:\n    total += part"

    assert changed(replace("total += value", new)) == with_change(
        "    total += value", "    for part in [value]:\n        total += part"
    )


def test_several_lines_are_replaced_whatever_their_indentation_is() -> None:
    old = """
        log.write("done")
        log.flush()
    """

    assert changed(replace(old, "pass")) == with_change('log.write("done")\n    log.flush()', "pass")


def test_a_piece_that_stands_several_times_is_replaced_everywhere_if_asked_for() -> None:
    assert changed(replace("values", "rows", everywhere=True)) == BODY.replace("values", "rows")


def test_a_piece_is_found_as_whole_words_only() -> None:
    text = changed(replace("value", "each", everywhere=True))

    assert (text.count("each"), text.count("values")) == (2, BODY.count("values"))


def test_a_statement_is_dropped() -> None:
    assert changed(drop("total += value"), replace("total = 0", "total = 1")).count("total") == 2


def test_a_statement_is_dropped_with_its_block() -> None:
    assert changed(drop("if not values:")) == with_change('if not values:\n    raise ValueError("empty")\n', "")


def test_a_block_that_loses_its_only_statement_passes() -> None:
    assert changed(drop("raise ValueError")) == with_change('raise ValueError("empty")', "pass")


def test_a_block_is_taken_out_of_its_header() -> None:
    assert changed(unwrap("with open")) == with_change(
        'with open("log") as log:\n    log.write("done")\n    log.flush()', 'log.write("done")\nlog.flush()'
    )


def test_a_statement_is_inserted_after_another_and_its_block() -> None:
    assert changed(insert("return 0", after="for value in values")) == with_change("if not", "return 0\nif not")


def test_a_statement_is_inserted_as_the_first_of_a_block() -> None:
    assert changed(insert("total = 0", after="for value in values:")) == with_change(
        "    total +=", "    total = 0\n    total +="
    )


def test_a_statement_is_inserted_before_another() -> None:
    assert changed(insert("x = 1\ny = 2", before="log.flush()")) == with_change(
        "    log.flush", "    x = 1\n    y = 2\n    log.flush"
    )


def test_a_whole_body_is_replaced() -> None:
    assert changed(body("return sum(values)")) == "return sum(values)\n"


def test_another_function_is_changed_where_an_edit_names_it() -> None:
    text = edited(source(), "Box.mean", [drop("total += value"), body("return 3", of="Box.size")])

    assert "total +=" not in text
    assert text.endswith("    def size(self, values):\n        return 3\n")


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (replace("totl = 0", "x"), "`totl = 0` is not found; the nearest line is `total = 0`"),
        (drop("log.writ()"), '`log.writ()` is not found; the nearest line is `log.write("done")`'),
        (drop("log"), "`log` is found 2 times: give more of its text, or say everywhere"),
        (replace("values", "rows"), "`values` is found 3 times: give more of its text, or say everywhere"),
        (replace("x = y", "z", everywhere=True), "`x = y` is not found; the nearest line is `total = 0`"),
        (replace("total = 0", "total =  0  # so"), "replace('total = 0') changes nothing in Box.mean"),
        (replace("total = 0", "total = ("), "after replace('total = 0'), Python cannot read Box.mean: '(' was never"),
        (unwrap("total = 0"), "`total = 0` begins no block"),
        (insert("x", after="total = 0:"), "`total = 0:` is not found; the nearest line is `total = 0`"),
        (drop("x", of="Box.volume"), "there is no function Box.volume to change"),
    ],
    ids=lambda value: value.verb if isinstance(value, Edit) else None,
)
def test_an_edit_that_cannot_be_made_is_refused(edit: Edit, words: str) -> None:
    assert refused(edit).startswith(words)


# In a bank.

SUMS_BANK = sample.SUMS_MISTAKES.replace("import mistake, same_as", "import exercise, mistake, same_as, wrong").replace(
    "from kata.diagnosis", "from kata.content.edits import body, drop, insert, replace\nfrom kata.diagnosis"
)


@pytest.fixture
def lesson(tmp_path: Path) -> Lesson:
    """The first lesson of the sample."""
    return sample.lesson_at(tmp_path)


def answers(lesson: Lesson, text: str) -> dict[str, bank.Answer]:
    """Return the answers of the lesson's bank with that text after its own, by their keys."""
    lesson.mistakes.write_text(SUMS_BANK + text)
    return {answer.key: answer for answer in bank.read(lesson, lesson.mistakes)}


def test_both_forms_stand_side_by_side(lesson: Lesson) -> None:
    found = answers(
        lesson,
        """
exercise("total")
adds_one = wrong("a total that is one too large", "Count.", replace("else 0", "else 1"))
adds_one_too = same_as(adds_one, body("return sum(values) + 1"))
@wrong("a total of nothing", "Nothing.")
def nothing(values):
    return 0
""",
    )

    assert [(key, answer.exercise, answer.name) for key, answer in found.items()] == [
        ("subtracts", "add", "an addition that subtracts"),
        ("adds_the_negative", "add", "an addition that subtracts"),
        ("adds_one", "total", "a total that is one too large"),
        ("adds_one_too", "total", "a total that is one too large"),
        ("nothing", "total", "a total of nothing"),
    ]


def test_an_edited_solution_brings_what_it_needs_of_its_bank(lesson: Lesson) -> None:
    found = answers(
        lesson,
        """
import math
def negative(number):
    return -number
exercise("add")
odd = wrong("odd", "Odd.", body("return negative(math.prod([a, b]))"))
""",
    )

    module = loading.load(found["odd"].assembly(), "exercises.ex01_sums")
    assert module.add(2, 3) == -6


def test_a_traceback_into_an_edited_solution_shows_its_lines(lesson: Lesson) -> None:
    answer = answers(lesson, '\nexercise("add")\nodd = wrong("odd", "Odd.", body("return a / 0  # odd"))\n')["odd"]
    module = loading.load(loading.assemble(loading.of_bank(answer)), "exercises.ex01_sums")

    with pytest.raises(ZeroDivisionError) as error:
        module.add(1, 2)

    assert "return a / 0  # odd" in "".join(traceback.format_exception(error.value))


def test_an_edit_that_cannot_be_read_names_its_answer(lesson: Lesson) -> None:
    answer = answers(lesson, '\nexercise("add")\nodd = wrong("odd", "Odd.", dropp("return"))\n')["odd"]

    with pytest.raises(EditError, match=r"odd \(ex01_sums\.py:\d+\): dropp\('return'\) must be one of replace, drop,"):
        answer.assembly()


def test_an_answer_without_an_exercise_above_it_is_told(lesson: Lesson) -> None:
    with pytest.raises(
        EditError, match=r'odd \(ex01_sums\.py:\d+\): wrong cannot be read: there is no exercise\("\.\.'
    ):
        answers(lesson, '\nodd = wrong("odd", "Odd.", body("return 1"))\n')


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("odd = = 1\n", r"ex01_sums\.py, line \d+: Python cannot read it: invalid syntax `odd = = 1`"),
        (
            'exercise("add")\nodd = wrong("odd" "Odd.", body("return 1"))\n',
            r"odd \(ex01_sums\.py:\d+\): .* in the place of why it matters, a text, stands `body\('return 1'\)`",
        ),
        (
            'exercise("add")\nodd = wrong("odd")\n',
            r"odd \(ex01_sums\.py:\d+\): .* in the place of why it matters, a text, stands nothing",
        ),
    ],
)
def test_a_bank_that_cannot_be_read_is_told_by_file_line_and_reason(
    lesson: Lesson, tmp_path: Path, text: str, says: str
) -> None:
    with pytest.raises(EditError, match=says):
        answers(lesson, f"\n{text}")
    for name in ("conftest.py", "pyproject.toml"):
        (tmp_path / name).touch()
    with pytest.raises(BadLesson, match=says):
        Grading([lesson], Limits(), Kept(tmp_path / "kept"))


BROKEN = """
exercise("add")
fine = wrong("an addition of nothing", "Add.", replace("a + b", "a"))
drifted = wrong("another", "Another.", drop("return a - b"))
"""


def test_a_broken_edit_is_told_of_its_answer_alone(pytester: pytest.Pytester) -> None:
    lesson = sample.lesson_at(pytester.path)
    lesson.mistakes.write_text(SUMS_BANK + BROKEN)

    result = sample.pytest_in(pytester, "mistakes/ex01_sums.py")

    result.assert_outcomes(passed=3, failed=1)  # the two of the sample among them
    assert "`return a - b` is not found; the nearest line is `return a + b`" in "\n".join(result.outlines)


JUDGED = """
exercise("add")
named = wrong("an addition of nothing", "Add.", replace("a + b", "a"))
right_after_all = wrong("a sum the other way round", "Add.", replace("a + b", "b + a"))
unseen = wrong("an addition that forgets large numbers", "Add.", insert("b = min(b, 1)", before="return"))
"""


def test_an_answer_of_a_bank_is_one_item_that_says_what_is_not_as_it_must_be(pytester: pytest.Pytester) -> None:
    lesson = sample.lesson_at(pytester.path)
    lesson.mistakes.write_text(SUMS_BANK + JUDGED)
    sample.write(pytester.path, "accepted/ex01_sums.py", ACCEPTED)

    result = sample.pytest_in(pytester, "mistakes", "accepted", "-rf")

    result.assert_outcomes(passed=5, failed=2)
    output = "\n".join(result.outlines)
    assert "right_after_all is accepted" in output
    assert "refused is refused: one and two are three" in output


ACCEPTED = """
from kata.authoring import accepted, exercise, replace

exercise("add")
fine = accepted(replace("a + b", "b + a"))
refused = accepted(replace("a + b", "a"))
"""


def test_a_broken_edit_costs_a_learner_nothing(pytester: pytest.Pytester) -> None:
    lesson = sample.lesson_at(pytester.path)
    lesson.mistakes.write_text(SUMS_BANK + BROKEN)
    sample.write(pytester.path, "exercises/ex01_sums.py", sample.sums("return a"))

    report = sample.report_of(sample.pytest_in(pytester, "exercises/ex01_sums.py").outlines)

    assert "Your sums equal those of an addition of nothing." in report
    assert "Note" not in report


def test_what_a_wrong_answer_changes_is_shown_above_what_is_told(pytester: pytest.Pytester) -> None:
    lesson = sample.lesson_at(pytester.path)
    lesson.mistakes.write_text(SUMS_BANK + BROKEN.replace("a - b", "a + b"))

    output = "\n".join(sample.pytest_in(pytester, "mistakes/ex01_sums.py", "-k", "fine").outlines)

    diff = "--- the solution\n+++ fine\n"
    assert output.count(diff) == 1
    assert "-    return a + b\n+    return a\n" in output
    assert output.index(diff) < output.index("Your sums equal those of an addition of nothing.")
