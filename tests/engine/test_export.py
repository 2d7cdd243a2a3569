"""`kata export`: the repository that is handed out works, and shows no solution by chance."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kata import cli
from kata.content import sealed
from kata.content.lesson import Lesson, discover
from kata.learner.progress import Unknown
from kata.teacher.export import chosen, commit, export, functions, readme, remaining, with_examples_of
from tests.engine import fresh

ROOT = Path(__file__).resolve().parents[2]
TEXT = b"def half(x):\n    return x / 2  # \xc3\xa9\r\n"


# Sealed files.


def test_a_path_reads_what_is_sealed(tmp_path: Path) -> None:
    (tmp_path / sealed.NAME).write_bytes(sealed.seal({"solutions/x.py": TEXT}))
    path = sealed.MaybeSealed(tmp_path / "solutions" / "x.py")

    assert path.is_file()
    assert sealed.is_sealed(tmp_path / "solutions" / "x.py")
    assert path.read_bytes() == TEXT
    assert path.read_text("utf-8") == "def half(x):\n    return x / 2  # é\n"
    assert b"return" not in (tmp_path / sealed.NAME).read_bytes()


def test_an_open_file_comes_before_a_sealed_one(tmp_path: Path) -> None:
    (tmp_path / sealed.NAME).write_bytes(sealed.seal({"x.py": TEXT}))
    (tmp_path / "x.py").write_bytes(b"open = 1\n")

    assert sealed.MaybeSealed(tmp_path / "x.py").read_bytes() == b"open = 1\n"
    assert not sealed.is_sealed(tmp_path / "x.py")


def test_what_is_neither_there_nor_sealed_is_missing(tmp_path: Path) -> None:
    (tmp_path / sealed.NAME).write_bytes(sealed.seal({"x.py": TEXT}))

    with pytest.raises(FileNotFoundError):
        sealed.MaybeSealed(tmp_path / "y.py").read_bytes()


@pytest.mark.parametrize("data", [b"PK", b""], ids=["cut off", "empty"])
def test_a_damaged_zip_is_named(tmp_path: Path, data: bytes) -> None:
    (tmp_path / sealed.NAME).write_bytes(data)

    with pytest.raises(ValueError, match=r"sealed\.zip is damaged"):
        sealed.names_in(tmp_path, "solutions")


def test_the_same_texts_give_the_same_zip() -> None:
    assert sealed.seal({"x.py": TEXT}) == sealed.seal({"x.py": TEXT})


# The repository that is handed out.


@pytest.fixture(scope="module")
def handed_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with lesson 2, its solution sealed."""
    folder = tmp_path_factory.mktemp("handed") / "out"
    lessons = [one for one in discover(ROOT) if one.name in ("ex01_lenet", "ex02_training_step")]
    export(ROOT, lessons, folder, with_solutions=False)
    return folder


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")} | {"PYTHONPATH": str(folder)}
    return fresh.run("-m", *words, cwd=folder, env=environment)


def test_no_file_but_the_exercises_shows_their_text(handed_out: Path) -> None:
    folders = [one for one in handed_out.iterdir() if one.name != "kata"]
    names = {path.relative_to(handed_out).as_posix() for one in folders for path in one.rglob("*ex0*.py")}

    lessons = ("ex01_lenet", "ex02_training_step")
    assert names == {path for name in lessons for path in (f"exercises/{name}.py", f"tests/test_{name}.py")}
    assert b"F.mse_loss" not in (handed_out / sealed.NAME).read_bytes()


def test_its_stubs_are_to_do(handed_out: Path) -> None:
    done = run(handed_out, "pytest", "exercises/")

    assert done.returncode == 1
    assert "7 to do" in done.stdout


def test_a_wrong_answer_is_named_there(handed_out: Path, tmp_path: Path) -> None:
    mine = shutil.copytree(handed_out, tmp_path / "mine")
    path = mine / "exercises" / "ex02_training_step.py"
    wrong = '    return F.mse_loss(net(x), target, reduction="sum")'
    path.write_text(path.read_text().replace("    raise NotImplementedError", wrong, 1))

    said = run(mine, "pytest", "exercises/ex02_training_step.py").stdout

    assert "Your loss equals that of a loss that adds the squares up." in said


def test_a_right_answer_passes_there_and_is_compared(handed_out: Path, tmp_path: Path) -> None:
    mine = shutil.copytree(handed_out, tmp_path / "mine")
    shutil.copy(ROOT / "solutions" / "ex02_training_step.py", mine / "exercises")

    assert run(mine, "pytest", "exercises/ex02_training_step.py").returncode == 0
    assert "Yours says the same as the solution" in run(mine, "kata", "compare", "compute_loss").stdout


def test_its_readme_says_what_is_sealed(handed_out: Path) -> None:
    assert "solutions, wrong and right answers are sealed" in " ".join((handed_out / "README.md").read_text().split())


def test_with_solutions_everything_can_be_read(tmp_path: Path) -> None:
    lessons = [one for one in discover(ROOT) if one.name == "ex01_lenet"]
    export(ROOT, lessons, tmp_path / "out", with_solutions=True)

    wanted = (ROOT / "solutions" / "ex01_lenet.py").read_bytes()
    assert (tmp_path / "out" / "solutions" / "ex01_lenet.py").read_bytes() == wanted


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.txt").write_text("keep me")
    monkeypatch.chdir(ROOT)

    found = CliRunner().invoke(cli.app, ["export", str(tmp_path)])

    assert isinstance(found.exception, Unknown)
    assert "must be a new folder, or an empty one" in str(found.exception)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_folder_in_the_repository_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)

    found = CliRunner().invoke(cli.app, ["export", "handed_out"])

    assert "lies in the repository itself" in str(found.exception)
    assert not (ROOT / "handed_out").exists()


def of(names: tuple[str, ...]) -> list[Lesson]:
    return [one for one in discover(ROOT) if one.name in names]


@pytest.mark.e2e
def test_checks_that_are_kept_back_are_not_in_the_copy_and_run_when_it_is_graded(tmp_path: Path) -> None:
    lessons, folder = of(("ex01_lenet",)), tmp_path / "out"
    spec = lessons[0].spec.read_text("utf-8")
    assert "def test_one_image_gives_ten_scores" in spec
    export(ROOT, lessons, folder, with_solutions=True, hide=["one image gives ten scores", "40%"])
    kept_back = sum(one.hidden for one in discover(folder)[0].exercises)
    shutil.copy(ROOT / "solutions" / "ex01_lenet.py", folder / "exercises")

    text = (folder / "tests" / "test_ex01_lenet.py").read_text("utf-8")
    assert "one_image_gives_ten_scores" not in text
    done = run(folder, "pytest", "exercises/")
    assert done.returncode == 0, done.stdout
    assert f"Besides, {kept_back} checks will run when this is graded." in done.stdout
    said = (folder / "README.md").read_text("utf-8")
    assert f"there are {kept_back} more, which run when your work is graded" in said
    assert len(functions(Lesson(folder, "ex01_lenet"))) + kept_back == len(functions(Lesson(ROOT, "ex01_lenet")))


def test_one_check_of_each_exercise_always_stays() -> None:
    for lesson in discover(ROOT):
        hidden, everything = chosen([lesson], ["99%"])[lesson.name], functions(lesson)

        assert {one.exercise for one in everything} == {one.exercise for one in set(everything) - set(hidden)}
        assert compile(remaining(lesson, hidden).spec, "spec", "exec")


def test_a_share_is_the_same_at_each_export() -> None:
    lessons = of(("ex07_backpropagation",))

    assert chosen(lessons, ["0.3"]) == chosen(lessons, ["30%"])
    assert len(chosen(lessons, ["0.3"])["ex07_backpropagation"]) == 10


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        (
            "one image gives tem scores",
            "there is no check 'one image gives tem scores'; the nearest is 'one image gives ten scores'",
        ),
        ("150%", "more than 0 and less than 1, such as 0.3 or 30%, and is 150%"),
        ("3", "more than 0 and less than 1, such as 0.3 or 30%, and is 3"),
    ],
)
def test_what_cannot_be_kept_back_is_refused_before_anything_is_written(tmp_path: Path, wish: str, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        export(ROOT, of(("ex01_lenet",)), tmp_path / "out", with_solutions=True, hide=[wish])

    assert not (tmp_path / "out").exists()


def test_readme_of_a_copy_keeps_what_is_true_there() -> None:
    text = (
        "# Kata\n\nAll.\n<!-- here only -->\nTests.\n<!-- end -->\n| `ex01_a` | one |\n| `ex02_b` | two |\n"
        "<!-- with ex02_b -->\n## Train\n\n    kata train\n<!-- open -->\nLook.\n<!-- end -->\n<!-- end -->\n"
        "| `kata train` | trains |\n| `kata compare` | compares (or with `--peek`) |\n| `kata grade` | grades |\n"
        "| `kata mutants` | judges |\n"
    )

    first, both = readme(text, {"ex01_a"}, is_open=False), readme(text, {"ex01_a", "ex02_b"}, is_open=True)

    assert "sealed, so that nobody reads them by chance" in first
    assert first.endswith("All.\n| `ex01_a` | one |\n| `kata compare` | compares |\n")
    assert both == (
        "# Kata\n\nAll.\n| `ex01_a` | one |\n| `ex02_b` | two |\n## Train\n\n    kata train\nLook.\n"
        "| `kata train` | trains |\n| `kata compare` | compares (or with `--peek`) |\n"
    )


def test_readme_of_a_copy_gives_examples_of_what_is_there() -> None:
    text = (ROOT / "README.md").read_text("utf-8")

    said = with_examples_of(text, of(("ex03_optimizers", "ex04_data")))

    assert "    pytest exercises/ex03_optimizers.py::SGD.step\n" in said
    assert "    pytest exercises/ -k to_32x32\n" in said
    assert with_examples_of(text, discover(ROOT)) == text.rstrip("\n")


COMMANDS = ("kata", "pytest")
WAITS = ("kata watch", "kata open", "kata look")  # until somebody presses a key, for an editor, or a browser


@pytest.mark.e2e
def test_every_command_of_its_readme_does_what_it_says(handed_out: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(handed_out, folder)
    text = (folder / "README.md").read_text("utf-8")
    indented = {line.strip().partition("  #")[0].strip() for line in text.splitlines() if line.startswith("    ")}
    named = {one for row in text.splitlines() if row.startswith("| `kata") for one in re.findall(r"`(kata[^`]*)`", row)}
    commands = sorted(one for one in indented | named if one.split()[0] in COMMANDS and not one.startswith(WAITS))
    assert {"pytest exercises/", "kata", "kata hint", "kata doctor"} <= {*commands}

    for command in commands:
        words = command.split() + (["ex01_lenet", "--yes"] if command == "kata reset" else [])
        done = run(folder, *words)
        assert "Traceback" not in done.stdout + done.stderr, command
        assert done.returncode in (0, 1, 2, 5), (command, done.stderr)  # 5: nothing to compare the speed of
        assert done.returncode == 0 or done.stdout or done.stderr.startswith("kata: "), command


def test_what_is_sealed_is_not_peeked_at_and_what_is_missing_is_named(handed_out: Path) -> None:
    peeked, trained = run(handed_out, "kata", "compare", "compute_loss", "--peek"), run(handed_out, "kata", "train")

    assert peeked.stderr.endswith("the solution opens when it is, which is sealed in this copy\n")
    assert trained.stderr == (
        "kata: kata train lenet needs ex03_optimizers, ex04_data, ex05_training_loop, which this copy has not\n"
    )


@pytest.mark.skipif(shutil.which("git") is None, reason="there is no git here")
def test_a_copy_is_one_commit_and_has_its_workflow(handed_out: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(handed_out, folder, ignore=shutil.ignore_patterns(".kata", ".pytest_cache", "__pycache__"))

    assert commit(folder)

    said = [subprocess.run(["git", *one], cwd=folder, capture_output=True, text=True, check=True).stdout for one in GIT]
    assert len(said[0].splitlines()) == 1
    assert said[1] == ""
    assert "pytest exercises/" in (folder / ".github" / "workflows" / "classroom.yml").read_text()


GIT = (["log", "--oneline"], ["status", "--short"])
