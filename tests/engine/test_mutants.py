"""Learners' tests are judged by answers that do not show what they are, and that leave nothing behind."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest
import torch
from typer.testing import CliRunner

from kata import cli
from kata.content.lesson import Lesson, discover
from kata.learner.progress import SavedProgress
from kata.lessons.ex12_tests import MutantSuite, WrongVerdict
from kata.report.results import Result
from kata.teacher.export import export
from kata.teacher.unit import Material
from tests.engine import sample

ROOT = Path(__file__).resolve().parents[2]
FLAT = MutantSuite(ROOT, "ex01_lenet", "LeNet.num_flat_features")
LESSON = Lesson(ROOT, "ex12_tests")


def judgement(test: Any) -> str:
    """Return the first sentence that is told of a test."""
    try:
        for name in FLAT.right:
            FLAT.must_accept(test, "Your test", name)
        for name in FLAT.wrong:
            FLAT.must_refuse(test, "Your test", name)
    except WrongVerdict as found:
        return str(found)
    return ""


def test_a_test_that_asks_nothing_accepts_what_is_wrong() -> None:
    assert judgement(lambda net_class: None).startswith("Your test accepts a count that multiplies the batch in.")


def test_a_test_that_refuses_everything_refuses_the_solution() -> None:
    def test(net_class: Any) -> None:
        raise AssertionError("no")

    assert judgement(test) == "Your test refuses a right answer, the solution. It raises AssertionError: no."


def test_an_answer_shows_neither_source_nor_file_nor_name_of_its_own() -> None:
    seen = set()
    for name in [*FLAT.right, *FLAT.wrong]:
        made = FLAT.make(name)
        function = inspect.unwrap(made.num_flat_features)
        seen.add((made.__module__, made.__qualname__, function.__name__, function.__code__.co_filename))

    assert seen == {("answer", "LeNet", "num_flat_features", "<an answer>")}
    said = judgement(lambda net_class: inspect.getsource(net_class.num_flat_features))
    assert said.endswith("An answer shows no source: a test asks what it does.")


def test_what_an_answer_changes_is_put_back() -> None:
    panel = MutantSuite(ROOT, "ex02_training_step", "sgd_update")
    name = next(name for name, one in panel.wrong.items() if one.key == "leaves_gradients_off")

    def test(sgd_update: Any) -> None:
        sgd_update(torch.nn.Linear(1, 1), 0.1)
        assert not torch.is_grad_enabled()

    assert not panel.refuses(test, name)
    assert torch.is_grad_enabled()


def test_a_lesson_that_needs_others_is_graded_with_their_answers(tmp_path: Path) -> None:
    material = Material.of(LESSON)
    material.lay_out(tmp_path, LESSON.solution.read_bytes())
    files = material.files

    assert len(MutantSuite(tmp_path, "ex01_lenet", "LeNet.forward").wrong) > 70
    assert [one.name for one in LESSON.needs] == ["ex01_lenet", "ex02_training_step"]
    assert {"mistakes/ex01_lenet/lenet_forward.py", "accepted/ex02_training_step.py"} <= files.keys()
    assert "mistakes/ex03_optimizers/sgd_step.py" not in files


def test_it_is_not_handed_out_without_them(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="ex12_tests needs ex01_lenet and ex02_training_step"):
        export(ROOT, [LESSON], tmp_path / "copy", with_solutions=True)


def test_where_they_are_missing_it_is_not_taught(tmp_path: Path) -> None:
    sample.make_repository(tmp_path)
    sample.write(tmp_path, "solutions/ex12_tests.py", "")
    sample.write(tmp_path, "tests/test_ex12_tests.py", LESSON.spec.read_text())

    assert [one.name for one in discover(tmp_path)] == ["ex01_sums", "ex02_caps"]
    assert Lesson(tmp_path, "ex12_tests").fault.startswith("it needs ex01_lenet and ex02_training_step")


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kata, where something is known of one exercise."""
    state = SavedProgress(ROOT / "nowhere")
    first, second = [*FLAT.wrong][:2]
    found = [
        ("it accepts (the solution)", "passed"),
        (f"it refuses ({first})", "passed"),
        (f"it refuses ({second})", "failed"),
    ]
    name = "check_num_flat_features"
    results = [Result(LESSON.name, name, check, "", 1, i, how) for i, (check, how) in enumerate(found)]  # type: ignore[arg-type]
    state.remember(LESSON.name, results)
    monkeypatch.setattr(SavedProgress, "load", lambda root: state)
    monkeypatch.chdir(ROOT)


def mutants(*words: str) -> str:
    return CliRunner().invoke(cli.app, ["mutants", "check_num_flat_features", *words], catch_exceptions=False).output


def test_the_score_is_shown_with_what_is_not_as_it_must_be(judged: None) -> None:
    said = mutants()

    assert "It refuses 1 of 2 wrong answers, and accepts 1 of 1 right one." in said
    assert "It accepts what is wrong:\n    a count that adds the sizes up" in said


def test_what_a_mutant_changes_is_shown_once_it_is_refused(judged: None) -> None:
    assert "+        for size in x.size():" in mutants("--show", "multiplies the batch in")
    assert "Your test accepts it" in mutants("--show", "adds the sizes")
    assert "features += size" in mutants("--show", "adds the sizes", "--peek")
