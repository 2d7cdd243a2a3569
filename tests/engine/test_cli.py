"""The command `kata`, on a copy of the lessons; what imports torch is tested elsewhere."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from kata import cli
from kata.learner.progress import SavedProgress, Unknown
from tests.engine import fresh

ROOT = Path(__file__).resolve().parents[2]
FILE = "exercises/ex01_lenet.py"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the lessons, in which the test stands."""
    for name in ("exercises", "solutions", "mistakes", "accepted", "tests"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "engine"))
    monkeypatch.chdir(tmp_path / "exercises")
    return tmp_path


def kata(*arguments: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(cli.app, list(arguments))


@pytest.mark.usefixtures("repository")
def test_the_list_names_every_exercise_with_its_level_and_state() -> None:
    assert "LeNet.forward             level 2   to do" in kata().output


@pytest.mark.usefixtures("repository")
def test_the_list_says_where_you_are() -> None:
    assert "You are at LeNet.__init__ in exercises/ex01_lenet.py" in kata("list").output


@pytest.mark.usefixtures("repository")
def test_listing_imports_no_torch(repository: Path) -> None:
    code = "import sys, kata.cli; kata.cli.list_lessons(); sys.exit('torch' in sys.modules)"
    environment = {"PYTHONPATH": str(ROOT), "PATH": ""}

    assert subprocess.run([sys.executable, "-c", code], cwd=repository, env=environment, check=False).returncode == 0


@pytest.mark.usefixtures("repository")
def test_each_asking_shows_one_hint_more() -> None:
    outputs = [kata("hint", "forward").output for _ in range(4)]

    assert [output.count("Hint ") for output in outputs] == [1, 2, 3, 3]


@pytest.mark.usefixtures("repository")
def test_an_unknown_exercise_is_answered_with_the_nearest_name() -> None:
    assert str(kata("hint", "forwrd").exception) == (
        "no exercise has the name 'forwrd'; the nearest name is 'forward'. `kata list` shows all"
    )


def test_outside_the_repository_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert isinstance(kata("list").exception, Unknown)


@pytest.mark.usefixtures("repository")
def test_the_solution_stays_closed_until_the_exercise_is_done() -> None:
    assert str(kata("compare", "forward").exception) == (
        "LeNet.forward is not known to be done (to do): the solution opens when it is, or with --peek"
    )


def test_other_right_answers_come_nearest_first_with_what_differs_marked(repository: Path) -> None:
    text = (repository / "solutions/ex02_training_step.py").read_text()
    body = "    return F.mse_loss(net(x), target)"
    assert body in text
    mine = "    return ((net(x) - target) ** 2).sum() / target.numel()"
    (repository / "exercises/ex02_training_step.py").write_text(text.replace(body, mine))

    closed, opened = (kata("compare", "compute_loss", "--others", *more) for more in ((), ("--peek",)))

    assert isinstance(closed.exception, Unknown)
    shown = opened.output.splitlines()
    first = shown.index(next(line for line in shown if line and not line.startswith((" ", "-"))))
    assert shown[first : first + 2] == [
        "sum divided by count",
        "  Shows what the mean is, and by what it divides.",
    ]
    assert "  - " + mine in shown
    assert "  +     return (net(x) - target).pow(2).sum() / target.numel()" in shown
    assert "more answers in accepted/ex02_training_step.py" in shown[-1]


def test_an_exercise_that_is_left_out_comes_next_no_more_until_it_is_written_in(repository: Path) -> None:
    said = kata("skip", "LeNet.__init__").output

    assert said.startswith("LeNet.__init__ is left out. You are at LeNet.num_flat_features in")
    assert "LeNet.__init__            level 1   left out" in kata("list").output
    path = repository / FILE
    path.write_text(path.read_text().replace("raise NotImplementedError", "super().__init__()", 1))
    assert "left out" not in kata("list").output


@pytest.mark.usefixtures("repository")
def test_what_was_left_out_can_be_taken_back() -> None:
    kata("skip", "LeNet.__init__")
    said = kata("skip", "LeNet.__init__", "--back").output

    assert said.startswith("LeNet.__init__ is no longer left out. You are at LeNet.__init__ in")


def test_pytest_passes_over_what_is_left_out(repository: Path) -> None:
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, repository)
    kata("skip", "LeNet.__init__")

    said = fresh.run("-m", "pytest", "exercises/ex01_lenet.py", "-p", "no:cacheprovider", cwd=repository).stdout

    assert "LeNet.__init__            left out" in said
    assert "LeNet.num_flat_features                               exercises/ex01_lenet.py" in said


@pytest.mark.usefixtures("repository")
def test_peeking_opens_the_solution() -> None:
    assert "self.conv2(x)" in kata("compare", "forward", "--peek").output


def test_an_answer_that_differs_in_layout_and_names_says_the_same(repository: Path) -> None:
    text = (repository / "solutions" / "ex01_lenet.py").read_text()
    start, end = text.index("features = 1"), text.index("def forward")
    mine = text[start:end].replace("features", "count").replace("count *= size", "count  *=  size  # x")
    (repository / FILE).write_text(text[:start] + mine + text[end:])

    assert "Yours says the same as the solution" in kata("compare", "num_flat_features", "--peek").output


def test_a_reset_brings_the_stub_back_and_keeps_the_text(repository: Path) -> None:
    stub = (repository / FILE).read_text()
    (repository / FILE).write_text(stub.replace("raise NotImplementedError", "return 400", 1))

    output = kata("reset", "__init__", "--yes").output

    assert (repository / FILE).read_text() == stub
    assert "your text is kept in .kata/backup/ex01_lenet-" in output


def test_a_reset_asks_first(repository: Path) -> None:
    (repository / FILE).write_text("# mine\n")

    CliRunner().invoke(cli.app, ["reset", "ex01_lenet"], input="n\n")

    assert (repository / FILE).read_text() == "# mine\n"


def test_restores_walk_back_through_all_that_was_reset(repository: Path) -> None:
    file = repository / "exercises" / "ex01_lenet.py"
    stub = file.read_text()
    for text in ("first = 1\n", "second = 2\n"):
        file.write_text(text)
        kata("reset", "ex01_lenet", "--yes")
    found = []
    for _ in range(2):
        kata("restore", "ex01")
        found.append(file.read_text())

    assert found == ["second = 2\n", "first = 1\n"]
    assert "there is nothing older of ex01_lenet: kata restore ex01_lenet --list shows all" in str(
        kata("restore", "ex01").exception
    )
    listed = kata("restore", "ex01", "--list").output
    assert [line.split()[0] for line in listed.splitlines()] == ["1", "2", "3"]
    assert "(as it is now)" in listed.splitlines()[2]
    kata("restore", "ex01", "-n", "1")
    assert file.read_text() == stub
    assert "ex01_lenet has 3 kept texts: there is no number 7" in str(kata("restore", "ex01", "-n", "7").exception)


def test_a_restore_brings_back_what_the_reset_took(repository: Path) -> None:
    (repository / FILE).write_text("# mine\n")
    kata("reset", "ex01_lenet", "--yes")

    kata("restore", "ex01")

    assert (repository / FILE).read_text() == "# mine\n"


def test_a_file_that_is_no_python_is_not_changed_by_the_reset_of_one_exercise(repository: Path) -> None:
    (repository / FILE).write_text("def (:\n")

    problem = str(kata("reset", "LeNet.forward", "--yes").exception)

    assert problem.startswith("nothing was changed: your file cannot be read as Python")
    assert (repository / FILE).read_text() == "def (:\n"


@pytest.mark.usefixtures("repository")
def test_the_doctor_finds_the_lessons_whole() -> None:
    assert "ex01_lenet: whole" in kata("doctor").output


def test_the_doctor_sees_an_edit_outside_the_exercises(repository: Path) -> None:
    (repository / FILE).write_text((repository / FILE).read_text() + "\nx = 1\n")

    assert "ex01_lenet: edited outside the exercises" in kata("doctor").output


def test_a_state_that_cannot_be_understood_is_set_aside(repository: Path) -> None:
    (repository / ".kata").mkdir()
    (repository / ".kata" / "state.json").write_text("{")

    word = SavedProgress.load(repository).word

    assert word.startswith(".kata/state.json could not be understood; it is now state.broken-")


def test_a_folder_that_cannot_be_written_costs_progress_and_no_traceback(repository: Path) -> None:
    (repository / ".kata").write_text("in the way")

    assert SavedProgress.load(repository).save().startswith("progress cannot be kept in")


@pytest.mark.parametrize(
    "command", ["list", "watch", "hint", "compare", "open", "skip", "reset", "restore", "bench", "check", "doctor"]
)
def test_every_command_explains_itself(command: str) -> None:
    assert kata(command, "--help").exit_code == 0
