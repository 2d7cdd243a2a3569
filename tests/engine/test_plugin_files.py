"""Whatever a learner's file may be, the session says what is the matter with it and goes on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# torch can be loaded once in a process: what the inner sessions import must be there before them.
from tests.engine import sample
from tests.engine.sample import ADD, SHOUT, TOTAL, report_of, summary_of, sums, told_of, words

pytest_plugins = ["pytester"]

ALL = "exercises/"
SUMS = "exercises/ex01_sums.py"
WORDS = "exercises/ex02_caps.py"


@pytest.fixture(autouse=True)
def _repository(pytester: pytest.Pytester) -> None:
    """Two lessons, untouched, in the current folder."""
    sample.make_repository(pytester.path)


def session(pytester: pytest.Pytester, source: str | bytes, *arguments: str) -> pytest.RunResult:
    """Write the learner's file of the first lesson and run a session on it in this process."""
    sample.write(pytester.path, SUMS, source)
    return pytester.runpytest_inprocess(*(arguments or [SUMS]))


def told(pytester: pytest.Pytester, source: str | bytes, *arguments: str) -> str:
    """Return what is told of the exercise that comes next, after its title."""
    return told_of(session(pytester, source, *arguments).outlines).partition("\n\n")[2]


# Files that are there, and are not.


def test_a_missing_file_is_told(pytester: pytest.Pytester) -> None:
    (pytester.path / SUMS).unlink()

    result = pytester.runpytest_inprocess(ALL)

    assert (told_of(result.outlines).partition("\n\n")[2], summary_of(result.outlines), result.ret) == (
        "  exercises/ex01_sums.py: the file is missing.",
        "1 failed, 1 to do",
        1,
    )


@pytest.mark.parametrize("argument", [ALL, SUMS], ids=["all", "this one"])
def test_a_folder_in_place_of_a_file_is_told(pytester: pytest.Pytester, argument: str) -> None:
    (pytester.path / SUMS).unlink()
    (pytester.path / SUMS).mkdir()

    result = pytester.runpytest_inprocess(argument)

    assert told_of(result.outlines).endswith("\n\n  exercises/ex01_sums.py: it must be a file, and is a folder.")


@pytest.mark.parametrize(
    "source", [b"y = )\n", b"1 / 0\n", b"", b"x = '\xff'\n"], ids=["no Python", "stops", "empty", "not UTF-8"]
)
def test_a_broken_lesson_does_not_hide_another(pytester: pytest.Pytester, source: bytes) -> None:
    sample.write(pytester.path, WORDS, words(SHOUT))

    result = session(pytester, source, ALL)

    assert ("\n  ex02_caps   done (1 exercise)\n" in report_of(result.outlines), result.ret) == (True, 1)


def test_a_file_of_no_lesson_is_left_alone(pytester: pytest.Pytester) -> None:
    sample.write(pytester.path, "exercises/notes.py", "raise SystemExit")

    assert summary_of(session(pytester, sums(), ALL).outlines) == "3 to do"


# Files that cannot be read.


@pytest.mark.parametrize("before", ["", "\n" * 10, "\n" * 100], ids=["one digit", "two digits", "three digits"])
def test_the_caret_stands_under_the_place(pytester: pytest.Pytester, before: str) -> None:
    *_, code, caret = told(pytester, f"{before}if True:\n    y = )\n").splitlines()

    assert (code[-5:], caret.index("^")) == ("y = )", code.index(")"))


def test_a_file_that_is_no_python_is_told_with_its_line(pytester: pytest.Pytester) -> None:
    assert told(pytester, "x = 1\ny = )\n").splitlines()[:3] == [
        "  exercises/ex01_sums.py: Python cannot read it: unmatched ')'.",
        "",
        "    line 2:  y = )",
    ]


def test_the_title_of_an_unreadable_file_names_its_line(pytester: pytest.Pytester) -> None:
    title = told_of(session(pytester, "x = 1\ny = )\n").outlines).partition("\n")[0]

    assert title == "add                                                     exercises/ex01_sums.py:2"


@pytest.mark.parametrize(
    "source",
    [sums().encode() + b"x = '\xff'\n", sums().encode() + b"\0\n", b"# coding: nonsense\n" + sums().encode()],
    ids=["not UTF-8", "null byte", "unknown encoding"],
)
def test_bytes_that_are_no_text_are_told(pytester: pytest.Pytester, source: bytes) -> None:
    assert told(pytester, source).startswith("  exercises/ex01_sums.py: Python cannot read it: ")


def test_an_empty_file_has_no_exercises(pytester: pytest.Pytester) -> None:
    result = session(pytester, "")

    assert (told_of(result.outlines), summary_of(result.outlines)) == (
        "add                                                     exercises/ex01_sums.py:1\n\n"
        "  `add` is missing in the file.",
        "4 failed",
    )


# Files that are read, however they are written.

SOLVED = sums(ADD, TOTAL)


@pytest.mark.parametrize(
    "source",
    [
        f"# coding: latin-1\nNAME = 'é'\n{SOLVED}".encode("latin-1"),
        f"\ufeff{SOLVED}".encode(),
        SOLVED.replace("\n", "\r\n").encode(),
        SOLVED.replace("    ", "\t").encode(),
        SOLVED.rstrip().encode(),
        f"from __future__ import annotations\n{SOLVED}".encode(),
        f"{SOLVED}\nx = 1 is 1\n".encode(),
    ],
    ids=["latin-1", "byte order mark", "CRLF", "tabs", "no last line end", "future", "a warning"],
)
def test_a_solved_file_is_done_however_it_is_written(pytester: pytest.Pytester, source: bytes) -> None:
    assert session(pytester, source).ret == 0


def test_a_file_with_an_unknown_escape_is_read_as_python_reads_it(pytester: pytest.Pytester) -> None:
    assert session(pytester, SOLVED + "\nPATTERN = '\\d'\n").ret == 0


def test_tests_and_fixtures_of_the_learners_own_are_not_collected(pytester: pytest.Pytester) -> None:
    own = "import pytest\n\n@pytest.fixture\ndef lesson(): ...\n\ndef test_mine(): assert False\n\nclass TestMine:\n"

    result = session(pytester, f"{own}    def test_it(self): assert False\n\n{SOLVED}")

    assert summary_of(result.outlines) == "4 passed"


def test_an_edit_of_the_same_size_in_the_same_second_is_seen(pytester: pytest.Pytester) -> None:
    session(pytester, sums("return a - b", TOTAL))
    time = os.stat(SUMS).st_mtime_ns
    sample.write(pytester.path, SUMS, SOLVED)
    os.utime(SUMS, ns=(time, time))

    assert pytester.runpytest_inprocess(SUMS).ret == 0


def test_no_bytecode_is_written_beside_the_exercises(pytester: pytest.Pytester) -> None:
    session(pytester, SOLVED)

    assert [path.name for path in Path(pytester.path, ALL).iterdir() if path.suffix != ".py"] == []


# Files that stop while they are loaded.

STOPS = "  This happens when the file is loaded, before any check."


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (
            "raise SystemExit(0)",
            "  Your code asks Python to exit here, so the check could not go on.\n\n"
            "    line 1:  raise SystemExit(0)\n\n  SystemExit: 0",
        ),
        (
            "import os; os._exit(0)",
            "  Your code asks Python to exit here, so the check could not go on.\n\n"
            "    line 1:  import os; os._exit(0)\n\n"
            "  LeavesProcess: the whole process was asked to end",
        ),
        (
            "raise KeyboardInterrupt",
            "  Your code raises KeyboardInterrupt here; nobody pressed Ctrl-C.\n\n"
            "    line 1:  raise KeyboardInterrupt\n\n  Interrupts: KeyboardInterrupt was raised",
        ),
        (
            "input()",
            "  Your code waits for keyboard input here; a check has no keyboard.\n\n"
            "    line 1:  input()\n\n  ReadsKeyboard: there is no keyboard in a check",
        ),
        ("1 / 0", "  ZeroDivisionError: division by zero\n\n    line 1:  1 / 0"),
    ],
    ids=["exit", "end of the process", "interrupt", "keyboard", "error"],
)
def test_a_file_that_stops_at_import_is_told(pytester: pytest.Pytester, code: str, words: str) -> None:
    assert told(pytester, f"{code}\n{SOLVED}") == f"{words}\n\n{STOPS}"


def test_a_file_that_stops_at_import_is_told_once(pytester: pytest.Pytester) -> None:
    result = session(pytester, f"1 / 0\n{SOLVED}")

    assert (summary_of(result.outlines), result.ret) == ("1 failed, 3 skipped", 1)


def test_what_a_file_that_stops_at_import_keeps_from_running_waits_for_it(pytester: pytest.Pytester) -> None:
    report = report_of(session(pytester, f"1 / 0\n{SOLVED}").outlines)

    assert "    add     0 of 3 checks\n    total   waits for ex01_sums.py to load\n" in report


def test_a_file_that_prints_at_import_is_no_other_for_it(pytester: pytest.Pytester) -> None:
    result = session(pytester, f"print('hello')\n{SOLVED}")

    assert (summary_of(result.outlines), "hello" in result.stdout.str()) == ("4 passed", False)


def test_what_a_wrong_answer_printed_is_shown(pytester: pytest.Pytester) -> None:
    report = report_of(session(pytester, sums("print(a, b); return a - b")).outlines)

    assert "\n\n  Your code printed:\n    1 2\n\n" in report


# Checks that do not come back, or leave.


def test_an_endless_loop_is_ended_and_told(pytester: pytest.Pytester) -> None:
    assert told(pytester, sums("while True: a += 1"), SUMS, "--limit=0.3").startswith(
        "  Your code did not come back within the time limit of a check.\n\n    line 6:  while True: a += 1\n"
    )


def test_an_endless_loop_is_waited_for_once(pytester: pytest.Pytester) -> None:
    result = session(pytester, sums("while True: a += 1"), SUMS, "--limit=0.3")

    assert (summary_of(result.outlines), result.ret) == ("1 failed, 2 skipped, 1 to do", 1)


def test_an_endless_loop_at_import_is_ended_and_told(pytester: pytest.Pytester) -> None:
    assert told(pytester, f"while True: pass\n{SOLVED}", SUMS, "--limit=0.3").startswith(
        "  Your code did not come back within the time limit of a check.\n\n    line 1:  while True: pass"
    )


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("raise SystemExit", "  Your code asks Python to exit here, so the check could not go on."),
        ("import os; os._exit(0)", "  Your code asks Python to exit here, so the check could not go on."),
        ("raise KeyboardInterrupt", "  Your code raises KeyboardInterrupt here; nobody pressed Ctrl-C."),
        ("return int(input())", "  Your code waits for keyboard input here; a check has no keyboard."),
        ("return add(a, b)", "  `add` calls itself again and again: "),
    ],
    ids=["exit", "end of the process", "interrupt", "keyboard", "recursion"],
)
def test_a_check_that_the_code_leaves_is_told(pytester: pytest.Pytester, code: str, words: str) -> None:
    assert told(pytester, sums(code)).startswith(words)


def test_a_session_goes_on_after_a_check_that_the_code_leaves(pytester: pytest.Pytester) -> None:
    sample.write(pytester.path, WORDS, words(SHOUT))

    assert summary_of(session(pytester, sums("import os; os._exit(0)"), ALL).outlines) == "3 failed, 1 passed, 1 to do"


def test_an_exercise_defined_again_as_a_stub_is_told(pytester: pytest.Pytester) -> None:
    source = sums(ADD, TOTAL) + "\n\ndef add(a, b):\n    raise NotImplementedError\n"

    assert "  It is defined on the lines 4 and 14; Python takes the last one" in report_of(
        session(pytester, source).outlines
    )
