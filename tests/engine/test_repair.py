"""The place of a slip that nobody listed: what is found, in which words, where it is told, and what it may not cost."""

from __future__ import annotations

import ast
import os
import shutil
import time
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import pytest

from benchmarks import localisation
from kata.checking import limits, loading
from kata.content.lesson import Lesson, discover
from kata.content.patching import PatchedModule, definitions
from kata.diagnosis.diagnoser import Diagnoser
from kata.diagnosis.repair.mutations import Changes
from kata.diagnosis.repair.search import Located, Search, TooLong
from kata.running import locating
from kata.running.surroundings import seconds_to_search
from tests.engine import fresh

ROOT = Path(__file__).resolve().parents[2]
LESSONS = {lesson.name[:4]: lesson for lesson in discover(ROOT)}
SECONDS = 20.0  # on a busy machine; a hit takes less than one

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="a search is ended for certain only where it is a copy")


@pytest.fixture(scope="module")
def diagnosers() -> dict[str, Diagnoser]:
    return {name: Diagnoser(lesson) for name, lesson in LESSONS.items()}


def place_of(
    lesson: Lesson, diagnoser: Diagnoser, exercise: str, old: str, new: str, seconds: float = SECONDS
) -> tuple[Located | None, str]:
    """Return what is found in the solution with one thing changed, and the text of that line."""
    text = lesson.solution.read_text()
    assert text.count(old) == 1
    text = text.replace(old, new)
    module = PatchedModule(text.encode(), str(lesson.stub))
    submission = loading.Submission(lesson, lesson.stub, lambda: module, frozenset())
    limit = partial(limits.ended_after, error=TooLong)
    found = [*Search(diagnoser, submission, exercise, seconds, lambda _: True, limit).run()]
    return (found[-1], text.splitlines()[found[-1].line - 1].strip()) if found else (None, "")


STEP = "                parameter.sub_(learning_rate * parameter.grad)"


@pytest.mark.parametrize(
    ("lesson", "exercise", "old", "new", "line", "kinds"),
    [
        ("ex01", "LeNet.forward", "F.relu(self.fc1(x))", "F.relu(self.fc1(x) * 2)", "fc1(x) * 2", {"operand"}),
        ("ex01", "LeNet.forward", "F.relu(self.fc2(x))", "F.relu(-self.fc2(x))", "-self.fc2(x)", {"sign"}),
        ("ex01", "LeNet.forward", "        x = F.relu(self.fc2(x))  # (N, 84)\n", "", "return", {"missing"}),
        (
            "ex02",
            "sgd_update",
            STEP,
            STEP.replace("parameter.grad)", "parameter)"),
            "parameter)",
            {"attribute"},
        ),
        ("ex02", "sgd_update", STEP, STEP.replace("sub_", "add_"), "add_", {"attribute"}),
        ("ex02", "sgd_update", STEP, f"{STEP}\n                learning_rate = learning_rate / 2", "/ 2", {"too much"}),
        ("ex02", "sgd_update", STEP, f"{STEP}\n                break", "break", {"too much"}),
    ],
    ids=["factor", "minus", "missing statement", "name", "method", "statement too many", "break"],
)
def test_one_small_slip_is_found_with_its_line_and_kind(
    diagnosers: dict[str, Diagnoser], lesson: str, exercise: str, old: str, new: str, line: str, kinds: set[str]
) -> None:
    located, text = place_of(LESSONS[lesson], diagnosers[lesson], exercise, old, new)

    assert located is not None
    assert located.is_whole
    assert located.kind in kinds
    assert line in text


def test_of_two_slips_both_lines_are_told(diagnosers: dict[str, Diagnoser]) -> None:
    old = "        x = F.relu(self.fc1(x))  # (N, 120)\n        x = F.relu(self.fc2(x))  # (N, 84)\n"
    new = "        x = F.relu(self.fc1(x) + 1)\n        x = F.relu(self.fc2(x) * 3)\n"

    located, text = place_of(LESSONS["ex01"], diagnosers["ex01"], "LeNet.forward", old, new, seconds=8.0)

    assert located is not None
    assert "+ 1" in text
    assert located.then == located.line + 1
    assert located.sentence.endswith(f"It is one of two: the other is on line {located.then}.")


def test_a_right_answer_needs_no_change_and_a_whole_line_is_not_given_away(diagnosers: dict[str, Diagnoser]) -> None:
    lesson = LESSONS["ex08"]
    body = "    return (F.max_pool2d(x, kernel_size) + 1).double().cumsum(0).sinh().clamp(2)"
    solution = lesson.solution.read_text()
    function = definitions(ast.parse(solution), "max_pool2d")[-1]
    lines = solution.splitlines(keepends=True)[function.body[1].lineno - 1 : function.end_lineno]

    located, _ = place_of(lesson, diagnosers["ex08"], "max_pool2d", "".join(lines), f"{body}\n")

    assert located is None


def test_an_insertion_that_overwrites_the_line_above_is_a_change_of_that_line() -> None:
    texts = (f"def f(x):\n    order = {value}\n    return order[0] + x\n" for value in ("[x, 1]", "sorted([x, 2])"))
    functions = [definitions(ast.parse(text), "f")[-1] for text in texts]

    changes = Changes(functions[0], [functions[1]], set()).all()

    inserted = [one for one in changes if one.kind == "missing" and isinstance(one.new, ast.Assign)]
    assert [one.line for one in inserted if not one.is_after] == [2]  # none before line 3
    assert any(one.line == 2 and isinstance(one.new, ast.Call) and one.gone is not None for one in changes)


def test_a_place_that_breaks_what_was_right_is_not_told(diagnosers: dict[str, Diagnoser]) -> None:
    lesson = LESSONS["ex01"]
    text = lesson.solution.read_text().replace("F.relu(self.fc1(x))", "F.relu(self.fc1(x) + 1)")
    text = text.replace("F.relu(self.fc2(x))", "F.relu(self.fc2(x).cumsum(1).flip(1).sin())")
    module = PatchedModule(text.encode(), str(lesson.stub))
    submission = loading.Submission(lesson, lesson.stub, lambda: module, frozenset())
    limit = partial(limits.ended_after, error=TooLong)

    def places(harmless: bool) -> list[Located]:
        found = diagnosers["ex01"]
        search = Search(found, submission, "LeNet.forward", SECONDS, lambda _: False, limit, lambda _: harmless)
        return [one for one in search.run() if not one.is_whole]

    assert len(places(harmless=True)) == 1
    assert places(harmless=False) == []


@pytest.mark.parametrize(
    ("located", "sentence"),
    [
        (
            Located("operator", 7, 7),
            "The slip is on line 7: an operator in it must be another. Nothing else has to change.",
        ),
        (
            Located("sign", 7, 7, others=(9, 11)),
            "The slip is on line 7: a sign is missing, or one too many. A change on line 9 or 11 would do as well.",
        ),
        (Located("missing", 7, 7), "A statement is missing before line 7. Nothing else has to change."),
        (
            Located("missing", 7, 9, is_after=True),
            "A statement is missing between line 7 and the end of line 9. Nothing else has to change.",
        ),
        (
            Located("constant", 7, 7, is_whole=False),
            "The slip is on line 7: a constant in it must be another. That is one place; "
            "something else is left after it.",
        ),
    ],
)
def test_the_sentence_tells_the_place_and_the_kind(located: Located, sentence: str) -> None:
    assert located.sentence == sentence


@forks
@pytest.mark.parametrize("name", ["ex01", "ex08"])  # `python benchmarks/localisation.py` takes them all
def test_without_a_bank_most_of_its_wrong_answers_are_located_and_none_elsewhere(name: str) -> None:
    found = [of_one for _, of_one in localisation.search(LESSONS[name], SECONDS / 10, each=40)]
    total = sum(one.right + one.silent + len(one.wrong) for one in found)

    assert total >= len(LESSONS[name].exercises)
    assert sum(one.right for one in found) >= 0.5 * total
    assert sum(len(one.wrong) for one in found) == 0


@pytest.mark.parametrize("method", ["fork", "spare"])
def test_what_a_change_writes_into_any_file_lies_in_a_folder_that_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    if method == "fork" and not hasattr(os, "fork"):
        pytest.skip("this system makes no copies of a process")
    monkeypatch.setenv("KATA_START", method)
    monkeypatch.chdir(tmp_path)

    def writes(send: locating.Send) -> None:
        Path("cpu").write_text("a checkpoint, saved as its device")
        send(Located("argument", len(os.listdir(".")), 0))

    found = [*locating.in_copy(writes, 5.0)]

    assert [one.line for one in found] == [1]
    assert [*tmp_path.iterdir()] == []
    assert Path.cwd() == tmp_path


@forks
def test_a_search_that_does_not_listen_is_ended() -> None:
    def deaf(send: locating.Send) -> None:
        send(Located("sign", 1, 1))
        while True:
            time.sleep(1)

    found = [*locating.in_copy(deaf, 0.2)]

    assert [one.line for one in found] == [1]


def test_a_block_that_takes_too_long_is_ended_also_where_it_swallows_that() -> None:
    swallowed: list[BaseException] = []
    with nullcontext() if not hasattr(os, "fork") else pytest.raises(TooLong), limits.ended_after(0.1, TooLong):
        while True:
            try:
                time.sleep(0.02)
                if len(swallowed) > 1:
                    break
            except TooLong as late:
                swallowed.append(late)
        while True:
            time.sleep(0.02)


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder with lesson 1, in which a slip hides that no bank has."""
    for name in ("exercises", "solutions", "mistakes", "accepted", "tests"):
        (tmp_path / name).mkdir()
    names = ["exercises/ex01_lenet.py", "solutions/ex01_lenet.py", "accepted/ex01_lenet.py", "tests/test_ex01_lenet.py"]
    for name in [*names, "conftest.py", "pyproject.toml"]:
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "mistakes" / "ex01_lenet", tmp_path / "mistakes" / "ex01_lenet")
    text = (tmp_path / "solutions" / "ex01_lenet.py").read_text()
    text = text.replace("F.relu(self.fc1(x))", "F.relu(self.fc1(x) * 2)")
    (tmp_path / "exercises" / "ex01_lenet.py").write_text(text)
    return tmp_path


def test_a_variable_says_how_long_is_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for value in ("", "0", "2.5", "-1", "long"):
        monkeypatch.setenv("KATA_LOCATE", value)
        found.append(seconds_to_search(1.5))

    assert found == [1.5, 0.0, 2.5, 0.0, 1.5]


def said(root: Path, *options: str) -> str:
    done = fresh.run("-m", "pytest", "exercises/", "-p", "no:cacheprovider", *options, cwd=root)
    return " ".join(done.stdout.split())


@pytest.mark.e2e
def test_the_place_is_told_below_the_facts_and_not_where_it_is_not_wanted(desk: Path) -> None:
    line = 1 + (desk / "exercises" / "ex01_lenet.py").read_text().splitlines().index(
        "        x = F.relu(self.fc1(x) * 2)  # (N, 120)"
    )
    sentence = f"The slip is on line {line}: a part of the expression is one too many. Nothing else has to change."

    with_it, without = said(desk, f"--locate={SECONDS}"), said(desk, "--locate=0")

    assert sentence in with_it
    first = "The first difference is in what reaches fc2: it is 2 times the right one."
    assert with_it.index(first) < with_it.index(sentence)
    assert sentence not in without
    assert "11 failed" in with_it
    assert "11 failed" in without


@pytest.mark.e2e
def test_where_no_copy_can_be_made_it_is_searched_in_this_process(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KATA_START", "spare")

    assert "The slip is on line" in said(desk, f"--locate={SECONDS}")
