"""What is wrong around the exercises is told in a sentence: torch that cannot be used, plugins kept out, -O, specs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kata.content.lesson import Lesson
from kata.running.surroundings import ran_on_solutions, why_no_torch
from tests.engine import fresh, sample

SPEC_WITH_TORCH = "import torch\n" + sample.SUMS_SPEC


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository of two lessons, the first of which imports torch."""
    sample.make_repository(tmp_path)
    sample.write(tmp_path, "tests/test_ex01_sums.py", SPEC_WITH_TORCH)
    return tmp_path


def pytest_in(root: Path, *arguments: str, options: tuple[str, ...] = (), **environment: str) -> str:
    """Run pytest in a process of its own, and return what it prints on one line.

    Options of Python and another `PYTHONPATH` need a cold start.
    """
    if not options and "PYTHONPATH" not in environment:
        done = fresh.run("-m", "pytest", *arguments, cwd=root, env={**os.environ, **environment})
        return " ".join((done.stdout + done.stderr).split())
    paths = os.pathsep.join([environment.pop("PYTHONPATH", ""), str(sample.ROOT)])
    command = [sys.executable, *options, "-m", "pytest", *arguments]
    variables = {**os.environ, "PYTHONPATH": paths, **environment}
    done = subprocess.run(command, cwd=root, env=variables, capture_output=True, text=True, timeout=60, check=False)
    return " ".join((done.stdout + done.stderr).split())


def fake_torch(root: Path, text: str) -> str:
    """Put another torch in the way, and return the folder in which it is."""
    folder = root / "fake"
    (folder / "torch").mkdir(parents=True)
    (folder / "torch" / "__init__.py").write_text(text)
    return str(folder)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("raise OSError('libtorch.so: not found')", "OSError: libtorch.so: not found; in the folder of the repository"),
        ("raise ModuleNotFoundError('no', name='torch')", "there is no module torch; in the folder of the repository"),
        ("x = 1", "__init__.py has its name, and stands in its place: give it another name."),
    ],
    ids=["broken", "missing", "shadowed"],
)
def test_torch_that_cannot_be_used_is_told(root: Path, text: str, words: str) -> None:
    sample.write(root, "exercises/ex01_sums.py", sample.sums(sample.ADD))

    said = pytest_in(root, "exercises/", PYTHONPATH=fake_torch(root, text))

    assert f"torch cannot be used by {sys.executable}: " in said
    assert words in said
    assert "INTERNALERROR" not in said


def test_torch_that_can_be_used_is_not_spoken_of() -> None:
    assert why_no_torch() == ""


def test_a_spec_that_cannot_be_collected_is_never_silent(root: Path) -> None:
    sample.write(root, "tests/test_ex02_caps.py", "import nowhere_to_be_found\n" + sample.WORDS_SPEC)
    sample.write(root, "exercises/ex02_caps.py", sample.words(sample.SHOUT))

    said = pytest_in(root, "exercises/ex02_caps.py")

    assert "cannot be collected: ModuleNotFoundError: No module named 'nowhere_to_be_found'" in said


def test_a_run_with_optimization_reports_as_any_other(root: Path) -> None:
    said = pytest_in(root, "exercises/ex02_caps.py", options=("-O",))

    assert "1 to do" in said
    assert "Traceback" not in said


def test_a_run_without_plugins_reports_as_any_other(root: Path) -> None:
    sample.write(root, "exercises/ex02_caps.py", sample.words(sample.SHOUT))

    said = pytest_in(root, "exercises/ex02_caps.py", PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")

    assert "1 passed" in said
    assert "INTERNALERROR" not in said


def test_a_spec_that_is_named_says_that_it_ran_on_the_solution(root: Path) -> None:
    said = pytest_in(root, "tests/test_ex02_caps.py")

    assert "These checks ran on solutions/. Yours: pytest exercises/ex02_caps.py" in said


def test_other_tests_say_nothing_of_solutions(tmp_path: Path) -> None:
    lesson = Lesson(tmp_path, "ex01_sums")

    assert ran_on_solutions([lesson], [tmp_path / "tests"]) == ""
    assert ran_on_solutions([lesson], [lesson.stub]) == ""


def test_a_file_saved_as_utf_16_is_told(root: Path) -> None:
    sample.write(root, "exercises/ex02_caps.py", sample.words().encode("utf-16"))

    assert "it is saved as UTF-16: save it as UTF-8." in pytest_in(root, "exercises/ex02_caps.py")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("import torchvisoin", "It is not installed, and not needed"),
        ("import ranndom", "The nearest there is is `random`."),
    ],
    ids=["far from any", "a letter away"],
)
def test_an_import_is_guessed_only_a_letter_away(root: Path, line: str, words: str) -> None:
    sample.write(root, "exercises/ex02_caps.py", f"{line}\n{sample.words(sample.SHOUT)}")

    assert words in pytest_in(root, "exercises/ex02_caps.py")


def test_watch_says_why_it_does_not_start(root: Path) -> None:
    fake = fake_torch(root, "raise OSError('libtorch.so: not found')")
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join([fake, str(sample.ROOT)])}

    done = subprocess.run(
        [sys.executable, "-m", "kata", "watch"],
        cwd=root,
        env=variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert "torch cannot be used" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("-" * 100_000 + "1", "something in it is too long or too deep for Python"),
        ("+".join(["1"] * 100_000), "something in it is too long or too deep for Python"),
    ],
    ids=["signs", "additions"],
)
def test_a_file_that_is_too_much_for_the_parser_is_told(root: Path, text: str, words: str) -> None:
    sample.write(root, "exercises/ex01_sums.py", f"{sample.sums()}\nx = {text}\n")

    said = pytest_in(root, "exercises/")

    assert words in said
    assert "INTERNALERROR" not in said
    assert "ex02_caps to do" in said


def test_a_file_that_cannot_be_read_names_the_function_of_the_line(root: Path) -> None:
    sample.write(root, "exercises/ex01_sums.py", sample.sums(sample.ADD, "return (1"))

    assert "total exercises/ex01_sums.py:11" in pytest_in(root, "exercises/ex01_sums.py")


def test_a_thread_left_running_keeps_no_session_from_its_end(root: Path) -> None:
    text = "import threading, time\nthreading.Thread(target=time.sleep, args=(600,), name='mine').start()\n"
    sample.write(root, "exercises/ex02_caps.py", text + sample.words(sample.SHOUT))

    said = pytest_in(root, "exercises/ex02_caps.py")

    assert "1 passed" in said
    assert "a thread of your code was still running at the end of the checks: mine" in said


def test_a_process_left_running_keeps_no_session_from_its_end(root: Path) -> None:
    text = "import multiprocessing, time\n"
    answer = (
        "multiprocessing.get_context('fork').Process(target=time.sleep, args=(600,)).start()\n    return text.upper()"
    )
    sample.write(root, "exercises/ex02_caps.py", text + sample.words(answer))

    assert "1 passed" in pytest_in(root, "exercises/ex02_caps.py")


def test_code_that_swallows_its_time_limit_ends_with_a_report(root: Path) -> None:
    answer = """import time
    while True:
        try:
            time.sleep(0.1)
        except BaseException:
            pass"""
    sample.write(root, "exercises/ex02_caps.py", sample.words(answer))

    said = pytest_in(root, "exercises/ex02_caps.py", "--limit=0.5")

    assert "Your code waited for more than 1 s without computing anything: its process was ended." in said
    assert "time.sleep(0.1)" in said


def test_a_check_that_ends_the_session_fails(root: Path) -> None:
    answer = "import pytest; pytest.exit('enough', returncode=0)"
    sample.write(root, "exercises/ex02_caps.py", sample.words(answer))

    said = pytest_in(root, "exercises/ex02_caps.py")

    assert "Your code asks Python to exit here, so the check could not go on." in said
    assert "1 failed" in said


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="nothing is read-only for the administrator")
def test_a_read_only_checkout_reports_as_any_other(root: Path) -> None:
    for folder in (root, root / "exercises"):
        folder.chmod(0o555)
    try:
        said = pytest_in(root, "exercises/")
    finally:
        for folder in (root, root / "exercises"):
            folder.chmod(0o755)

    assert "3 exercises done" in said
    assert "Traceback" not in said
