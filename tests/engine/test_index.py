"""What is noted of the mistakes of a bank, kept between sessions, and made again when it no longer fits."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch

from kata.checking import loading
from kata.content import bank
from kata.content.bank import Answer
from kata.content.lesson import Lesson, discover
from kata.diagnosis.amounts import STEPS, Amounts
from kata.diagnosis.diagnoser import Diagnoser, Divergence, Index, alike, fingerprint

ROOT = Path(__file__).resolve().parents[2]
LESSON = discover(ROOT)[0]


@pytest.fixture
def lesson(tmp_path: Path) -> Lesson:
    """A copy of lesson 1 with a folder for notes of its own."""
    for folder in ("solutions", "mistakes", "tests"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("engine", "__pycache__"))
    return Lesson(tmp_path, LESSON.name)


@pytest.fixture
def notes(lesson: Lesson) -> Path:
    """The file in which its index is kept."""
    return lesson.root / ".kata" / "index" / f"{lesson.name}.json"


def answers(lesson: Lesson, exercise: str = "LeNet.num_flat_features") -> list[Answer]:
    """Return the wrong answers of an exercise."""
    return [one for one in bank.read(lesson, lesson.mistakes) if one.exercise == exercise]


def diagnosed(lesson: Lesson, answer: Answer, diagnoser: Diagnoser | None = None) -> str | None:
    """Return the key of the mistake that an answer is said to be."""
    found = (diagnoser or Diagnoser(lesson)).diagnose(loading.of_bank(answer), answer.exercise)
    assert found is not None
    return found.mistake


def run_counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that fills with the keys of the answers that are run."""
    keys: list[str] = []
    original = loading.of_bank

    def counted(answer: Answer) -> loading.Submission:
        keys.append(answer.key)
        return original(answer)

    monkeypatch.setattr(loading, "of_bank", counted)
    return keys


def test_every_mistake_of_lesson_1_is_told_by_its_name_through_the_index() -> None:
    diagnoser = Diagnoser(LESSON)
    every = {one.key: one for one in bank.read(LESSON, LESSON.mistakes)}

    told = {key: diagnosed(LESSON, one, diagnoser) for key, one in every.items()}

    assert {key for key, mistake in told.items() if every[mistake or ""].name != every[key].name} == set()


def test_a_second_diagnosis_runs_hardly_any_mistake(
    lesson: Lesson, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = answers(lesson)[3]
    first = diagnosed(lesson, answer)
    keys = run_counted(monkeypatch)

    second = diagnosed(lesson, answer)

    assert notes.exists()
    assert second == first == answer.key
    assert len(keys) <= 3


def test_a_second_diagnosis_reads_hardly_any_of_the_bank(lesson: Lesson, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = answers(lesson)[3]
    diagnosed(lesson, answer)
    sizes: list[int] = []
    original = bank.read_text

    def measured(of: Lesson, path: Path, text: bytes) -> list[Answer]:
        found = original(of, path, text)
        sizes.append(len(found))
        return found

    monkeypatch.setattr(bank, "read_text", measured)
    diagnosed(lesson, answer)

    assert len(sizes) == 1
    assert sizes[0] <= 3


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"digest": "another"}', '{"digest": 3, "lines": 4, "leavings": 5}', "\x00"],
    ids=["empty", "cut off", "a list", "another digest", "other types", "a zero byte"],
)
def test_notes_that_cannot_be_used_are_made_again(lesson: Lesson, notes: Path, text: str) -> None:
    answer = answers(lesson)[0]
    diagnosed(lesson, answer)
    good = notes.read_text()
    notes.write_text(text)

    assert diagnosed(lesson, answer) == answer.key
    assert notes.read_text() == good


def test_notes_of_another_solution_are_made_again(lesson: Lesson, notes: Path) -> None:
    answer = answers(lesson)[0]
    diagnosed(lesson, answer)
    before = json.loads(notes.read_text())
    lesson.solution.write_text(lesson.solution.read_text() + "\n# changed\n")

    diagnosed(lesson, answer)

    after = json.loads(notes.read_text())
    assert after["digest"] != before["digest"]
    assert after["leavings"] == before["leavings"]


def test_where_nothing_can_be_written_the_diagnosis_is_the_same(lesson: Lesson, notes: Path) -> None:
    answer = answers(lesson)[0]
    (lesson.root / ".kata").write_text("a file where a folder should be")

    assert diagnosed(lesson, answer) == answer.key


def test_an_answer_in_the_words_of_another_brings_that_one_along(lesson: Lesson) -> None:
    every = bank.read(lesson, lesson.mistakes)
    index = Index(lesson, {path.name: path.read_bytes() for path in bank.at(lesson.mistakes)})
    index.keep("LeNet.forward", every, {})
    lent = next(one for one in every if one.of)
    others = index.others(lent.file.name, {lent.key})
    assert others

    left = bank.read_text(lesson, lent.file, bank.without(lent.file.read_bytes(), others))

    assert {lent.key, lent.of} <= {one.key for one in left}
    assert [one.lines for one in left if one.key == lent.key] == [lent.lines]
    assert index.others("shared.py", {lent.key}) is None


def test_a_head_ends_before_the_first_answer() -> None:
    text = b'import x\n\n\n@observes("f", "{}")\ndef observe(): ...\n\n\n@mistake("f", "n", "w")\ndef wrong(): ...\n'

    assert bank.head(text) == b'import x\n\n\n@observes("f", "{}")\ndef observe(): ...\n\n\n'


@pytest.mark.parametrize("lesson", discover(ROOT), ids=lambda one: one.name)
def test_every_observer_stands_above_the_first_answer(lesson: Lesson) -> None:
    texts = [path.read_bytes() for path in bank.at(lesson.mistakes)]

    assert sum(text.count(b"\n@observes(") for text in texts) == len(lesson.exercises)
    assert [text for text in texts if bank.head(text).count(b"\n@observes(") != text.count(b"\n@observes(")] == []


NOISE = 1e-6


@pytest.mark.parametrize(
    "value",
    [
        torch.ones(3, 4),
        torch.arange(6),
        torch.tensor(float("nan")),
        torch.tensor([]),
        [torch.zeros(2), "x"],
        Amounts(STEPS, {}, {"weight": torch.ones(2)}),
        0.5,
        "text",
        None,
        {"lr": 0.1},
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_fingerprint_fits_its_own_value_after_json(value: object) -> None:
    kept = json.loads(json.dumps(fingerprint(value)))

    assert alike(kept, json.loads(json.dumps(fingerprint(value))))


def test_fingerprints_of_float_noise_are_alike() -> None:
    x = torch.linspace(-1000.0, 1000.0, 500)

    assert alike(fingerprint(x), fingerprint(x * (1 + NOISE)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (torch.ones(3), torch.ones(3, 1)),
        (torch.ones(3), torch.ones(3, dtype=torch.float64)),
        (torch.ones(3), torch.ones(3) * 1.01),
        (1, True),
        (1, 1.0),
        ("a", "b"),
        ([1], [1, 2]),
        (None, 0),
    ],
    ids=str,
)
def test_fingerprints_of_different_values_differ(one: object, other: object) -> None:
    assert not alike(fingerprint(one), fingerprint(other))


def test_a_mistake_that_ended_early_may_be_any() -> None:
    assert Divergence(None, None).matches(7, "anything")


def test_a_mistake_that_leaves_elsewhere_does_not_fit() -> None:
    assert not Divergence(3, "x").matches(4, "x")
    assert Divergence(3, "x").matches(3, "x")
