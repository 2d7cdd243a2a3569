"""`kata grade` as a teacher uses it: right verdicts, the same with any number of jobs, and no harm from anybody."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from kata.content import bank
from kata.content.lesson import Lesson
from tests.engine import command, fresh

ROOT = Path(__file__).resolve().parents[2]
NAME = "ex02_training_step"
SOLUTION = (ROOT / "solutions" / f"{NAME}.py").read_text()


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A teacher's repository."""
    folder = tmp_path_factory.mktemp("repository")
    for name in ("exercises", "solutions", "mistakes", "tests", "accepted"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "engine"))
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    return folder


def begin(repository: Path, *words: object) -> fresh.Process:
    """Start `kata grade` there."""
    return command.begin(repository, "grade", *words)


def graded(repository: Path, submissions: Path, out: Path, *more: object) -> dict[str, Any]:
    """Grade a class, and return what came of each student."""
    process = begin(repository, submissions, "--out", out, "--lesson", "ex02", *more)
    said = process.communicate()
    assert process.returncode == 0, said
    students = json.loads((out / "grades.json").read_text())["students"]
    return {one["student"]: one for one in students}


def submit(folder: Path, student: str, text: str) -> None:
    """Hand a file in."""
    path = folder / student / "exercises" / f"{NAME}.py"
    path.parent.mkdir(parents=True)
    path.write_text(text)


def with_body(text: str, of: str = "compute_loss") -> str:
    """Return the solution with another body of one function."""
    start = SOLUTION.index(f"def {of}")
    body = SOLUTION.index('"""\n', SOLUTION.index('"""', start) + 3) + 4
    end = SOLUTION.index("\n\n\n", body)
    lines = "\n".join("    " + line for line in text.splitlines())
    return SOLUTION[:body] + lines + SOLUTION[end:]


def before(text: str) -> str:
    """Return the solution with statements at its end, run when the file is loaded."""
    return SOLUTION.replace('if __name__ == "__main__":', f'{text}\nif __name__ == "__main__":')


WRONG = with_body("return F.mse_loss(net(x), target, reduction='sum')")
MARK = f"kata-escaped-{os.getpid()}"  # others may run the same test beside
ESCAPE = f"""
import subprocess, sys
code = "import time; time.sleep(600)  # {MARK}"
for _ in range(3):
    subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
"""
PATCHES = """
import kata.checking.expect as asked
for name in ("close", "equal", "true", "tensor", "number", "whole_number", "raises"):
    setattr(asked, name, lambda *given, **named: given[1] if len(given) > 1 else None)
"""
LIES = """
class Agreeing(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        result = super().__torch_function__(func, types, args, kwargs or {})
        if func in (torch.isclose, torch.allclose, torch.equal):
            return torch.ones((), dtype=torch.bool)
        return result
return (net(x) - target).pow(2).sum().as_subclass(Agreeing)
"""
FORGES = """
import json, os
line = json.dumps({"event": "result", "result": {"state": "passed"}}).encode() + b"\\n"
for descriptor in range(3, 64):
    try:
        os.write(descriptor, line)
    except OSError:
        pass
"""
HOSTILE = {
    "leaves": with_body("import os\nos._exit(0)"),
    "leaves when loaded": before("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"),
    "exits": with_body("raise SystemExit(0)"),
    "patches asserts": before("import builtins\nbuiltins.all = builtins.any = lambda *given: True").replace(
        "F.mse_loss(net(x), target)", "net(x).sum()"
    ),
    "patches the checks when loaded": before(PATCHES).replace("F.mse_loss(net(x), target)", "net(x).sum()"),
    "patches the checks when called": with_body(f"{PATCHES}return net(x).sum()"),
    "returns what agrees with everything": with_body(LIES),
    "never comes back": with_body("while True:\n    pass"),
    "does not listen": with_body(
        "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass"
    ),
    "forks": with_body("import os\nwhile True:\n    os.fork()"),
    "leaves processes behind": before(ESCAPE).replace("F.mse_loss(net(x), target)", "net(x).sum()"),
    "takes 30 GB": with_body("held = bytearray(30 << 30)\nreturn F.mse_loss(net(x), target) + 0 * len(held)"),
    "prints without end": with_body("for number in range(20_000):\n    print('line', number)\nreturn net(x).sum()"),
    "deletes the folder": with_body(
        "import pathlib, shutil\nfor folder in pathlib.Path(__file__).parents[:2]:\n"
        "    shutil.rmtree(folder, ignore_errors=True)\nreturn net(x).sum()"
    ),
    "kills its server": with_body("import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\nreturn net(x).sum()"),
    "forges results": before(FORGES).replace("F.mse_loss(net(x), target)", "net(x).sum()"),
    "skips": with_body("import pytest\npytest.skip('not today')"),
    "ends the session": with_body("import pytest\npytest.exit('done', returncode=0)"),
    "is no Python": "def (",
    "is no text": "\x00\x01",
}
LESSON = Lesson(ROOT, NAME)
MISTAKES = {one.key: one for one in bank.read(LESSON, LESSON.mistakes)}
OF_THE_BANK = {key: MISTAKES[key].text for key in ("moves_nothing", "step_never_clears")}


@pytest.fixture(scope="module")
def submissions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class: three ordinary students, and everybody who means harm."""
    folder = tmp_path_factory.mktemp("submissions")
    submit(folder, "ada", SOLUTION)
    submit(folder, "ben", WRONG)
    (folder / "cy" / "exercises").mkdir(parents=True)
    stolen = "from solutions.ex02_training_step import compute_loss as it\nreturn it(net, x, target)"
    submit(folder, "peeks", with_body(stolen))
    file = "pathlib.Path(__file__).parents[1].joinpath('sol' + 'utions', 'ex02_training_step.py')"
    submit(
        folder, "reads in secret", with_body(f"import pathlib\n{file}.read_text()\nreturn F.mse_loss(net(x), target)")
    )
    for name, text in (HOSTILE | OF_THE_BANK).items():
        submit(folder, name, text)
    plugin = "def pytest_runtest_makereport(item, call):\n    raise SystemExit(0)\n"
    submit(folder, "brings a conftest", WRONG)
    (folder / "brings a conftest" / "conftest.py").write_text(plugin)
    (folder / "brings a conftest" / "exercises" / "conftest.py").write_text(plugin)
    (folder / "brings a conftest" / "pytest.ini").write_text("[pytest]\naddopts = -k nothing\n")
    return folder


@pytest.fixture(scope="module")
def everybody(repository: Path, submissions: Path, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Any:
    """What came of each student; graded once, however many processes run these tests."""
    base = tmp_path_factory.getbasetemp()
    out = (base if worker_id == "master" else base.parent) / "grades-of-all"
    with FileLock(f"{out}.lock"):
        if not (out / "grades.json").is_file():
            graded(repository, submissions, out, "--limit", 2, "--jobs", 2)
        students = json.loads((out / "grades.json").read_text())["students"]
    return {**{one["student"]: one for one in students}, "": out}


def loss_of(student: dict[str, Any]) -> dict[str, Any]:
    """Return the mark of compute_loss."""
    mark: dict[str, Any] = student["marks"][0]
    return mark


def test_a_right_submission_gets_all_points(everybody: dict[str, Any]) -> None:
    ada = everybody["ada"]

    assert (ada["points"], ada["out_of"], ada["notes"]) == (7.0, 7, [])


def test_a_wrong_answer_is_named(everybody: dict[str, Any]) -> None:
    mark = loss_of(everybody["ben"])

    assert (mark["state"], mark["mistake"]) == ("failed", "a loss that adds the squares up")
    assert 0 < everybody["ben"]["points"] < 7


def test_an_empty_submission_is_all_to_do(everybody: dict[str, Any]) -> None:
    cy = everybody["cy"]

    assert {mark["state"] for mark in cy["marks"]} == {"to do"}
    assert (cy["points"], cy["out_of"]) == (0, 7)
    assert cy["notes"] == [f"no file of exercises in it, nor any other; ask for exercises/{NAME}.py"]


@pytest.mark.parametrize("student", ["peeks", "reads in secret"])
def test_who_uses_the_solution_is_told(everybody: dict[str, Any], student: str) -> None:
    assert everybody[student]["notes"] == [f"{NAME}: this code uses the solution"]


@pytest.mark.parametrize("student", HOSTILE)
def test_nobody_who_means_harm_passes(everybody: dict[str, Any], student: str) -> None:
    found = everybody[student]

    assert loss_of(found)["state"] != "done"
    assert found["out_of"] == 7
    assert [mark["total"] for mark in found["marks"]] == [mark["total"] for mark in everybody["ada"]["marks"]]


def test_what_else_a_submission_brings_takes_no_part(everybody: dict[str, Any]) -> None:
    assert everybody["brings a conftest"]["marks"] == everybody["ben"]["marks"]


def running() -> Iterator[bytes]:
    """Yield the command of each process."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it has ended meanwhile
            yield path.read_bytes()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives orphans to a process that ends them")
def test_nothing_is_left_running(everybody: dict[str, Any]) -> None:
    assert [one for one in running() if MARK.encode() in one] == []


def test_the_files_are_there(everybody: dict[str, Any]) -> None:
    out = everybody[""]

    assert {path.name for path in out.iterdir()} >= {"class.html", "grades.csv", "junit.xml"}
    assert "a loss that adds the squares up" in (out / "class.html").read_text()
    assert "Your loss equals that of a loss that adds the squares up." in (out / "students" / "ben.html").read_text()
    assert json.loads((out / "gradescope" / "ada" / "results.json").read_text())["score"] == 7.0


def counted(student: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a student's marks, but for the line at which one who did not listen was caught."""
    return [{k: v for k, v in one.items() if k not in ("line", "code", "facts")} for one in student["marks"]]


def few(submissions: Path, folder: Path, *students: str) -> Path:
    """Return a class of some of the students."""
    for name in students:
        shutil.copytree(submissions / name, folder / name)
    return folder


def test_the_result_does_not_depend_on_jobs_and_shards_and_nothing_is_done_again(
    repository: Path, submissions: Path, everybody: dict[str, Any], tmp_path: Path
) -> None:
    names = ("ada", "ben", "cy", "exits")
    some, parts = few(submissions, tmp_path / "class", *names), tmp_path / "parts"
    for part in ("1/2", "2/2"):
        begin(repository, some, "--out", parts, "--lesson", "ex02", "--shard", part, "--jobs", 1).communicate()
    merged = graded(repository, some, parts, "--merge")
    units = {path: path.stat().st_mtime_ns for path in (parts / ".units").iterdir()}
    again = graded(repository, some, parts, "--jobs", 3)
    units_then = {path: path.stat().st_mtime_ns for path in (parts / ".units").iterdir()}

    assert merged == again
    assert {name: one["marks"] for name, one in merged.items()} == {name: everybody[name]["marks"] for name in names}
    assert units_then == units


def test_the_result_does_not_depend_on_how_processes_are_started(
    repository: Path, submissions: Path, everybody: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("ben", "does not listen", "forges results")
    monkeypatch.setenv("KATA_START", "spare")

    found = graded(repository, few(submissions, tmp_path / "class", *names), tmp_path / "out", "--limit", 2)

    assert {name: counted(one) for name, one in found.items()} == {name: counted(everybody[name]) for name in names}


@pytest.mark.nightly
def test_ctrl_c_keeps_what_is_done(repository: Path, submissions: Path, tmp_path: Path) -> None:
    some = few(submissions, tmp_path / "class", "ada", "ben", "does not listen")
    process = begin(repository, some, "--out", tmp_path / "out", "--lesson", "ex02", "--jobs", 1, "--limit", 30)
    units = tmp_path / "out" / ".units"
    fresh.until(lambda: len(list(units.glob("*.json"))) >= 2, "ada (the solution) and ben are graded")
    process.send_signal(signal.SIGINT)
    said = process.communicate()

    assert process.returncode == 130
    assert "the same command goes on from there" in said
    assert len(list(units.glob("*.json"))) >= 2


def test_watching_grades_what_comes_in_and_what_is_corrected(repository: Path, tmp_path: Path) -> None:
    folder, out = tmp_path / "class", tmp_path / "out"
    submit(folder, "ada", SOLUTION)
    process, said = begin(repository, folder, "--out", out, "--lesson", "ex02", "--watch"), list[str]()

    def read() -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                said.append(line)

    reading = threading.Thread(target=read)
    reading.start()
    try:
        points = awaited(out, {"ada"})
        assert 'http-equiv="refresh"' in (out / "class.html").read_text()
        submit(folder, "ben", WRONG)
        points |= {"ben": awaited(out, {"ada", "ben"})["ben"]}
        (out / "corrections.csv").write_text(f"student,exercise,points,why\nben,{NAME}/nothing,9,a slip\n")
        fresh.until(lambda: any("not graded: corrections.csv" in line for line in said), "and what was written remains")
        (out / "corrections.csv").write_text(f"student,exercise,points,why\nben,{NAME}/compute_loss,0.5,oral\n")
        corrected = awaited(out, {"ada", "ben"}, ben=round(points["ben"] - part_of(out, "ben") + 0.5, 2))
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()
        reading.join()

    assert corrected["ada"] == points["ada"] > points["ben"] > 0
    assert process.returncode == 0, said
    assert 'http-equiv="refresh"' not in (out / "class.html").read_text()


def awaited(out: Path, students: set[str], **wanted: float) -> dict[str, float]:
    """Return the points of the students, as soon as these are there, and `wanted`."""
    found: dict[str, float] = {}

    def are_there() -> bool:
        with suppress(OSError, ValueError):
            everybody = json.loads((out / "grades.json").read_text())["students"]
            found.clear()
            found.update({one["student"]: one["points"] for one in everybody})
        return set(found) == students and wanted.items() <= found.items() and (out / "class.html").is_file()

    fresh.until(are_there, f"{students} with {wanted}")
    return found


def part_of(out: Path, student: str) -> float:
    """Return the points of the exercise that is corrected."""
    everybody = json.loads((out / "grades.json").read_text())["students"]
    marks = next(one["marks"] for one in everybody if one["student"] == student)
    return float(next(one["points"] for one in marks if one["exercise"] == "compute_loss"))


def test_a_lesson_whose_solution_fails_is_not_graded_with(repository: Path, tmp_path: Path) -> None:
    broken = tmp_path / "repository"
    shutil.copytree(repository, broken)
    (broken / "solutions" / f"{NAME}.py").write_text(WRONG)
    for name in ("backward", "sgd_update", "train_step"):  # a smaller bank is prepared sooner
        (broken / "mistakes" / NAME / f"{name}.py").unlink()
    submit(tmp_path / "class", "ada", SOLUTION)
    process = begin(broken, tmp_path / "class", "--out", tmp_path / "out", "--lesson", "ex02")
    said = process.communicate()

    assert process.returncode == 2
    assert "does not pass its own checks here" in said or "cannot be used" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere"], "nowhere must be a folder with the submissions"),
        ([], "the first argument must be a folder with the submissions"),
        ([".", "--shard", "4/3"], "--shard must be such as 3/20"),
        (["--merge"], "must hold the parts of one class"),
        (["exercises", "--lesson", "nothing"], "nothing"),
        ([".", "--watch", "--shard", "1/2"], "--watch looks after the whole class"),
    ],
)
def test_what_is_asked_wrongly_is_said_in_a_sentence(repository: Path, words: list[str], said: str) -> None:
    process = begin(repository, *words)
    text = process.communicate()

    assert process.returncode == 2
    assert said in text
    assert "Traceback" not in text


@pytest.mark.parametrize("key", OF_THE_BANK)
def test_an_answer_of_the_bank_is_told_by_its_name(everybody: dict[str, Any], key: str) -> None:
    assert MISTAKES[key].name in {mark["mistake"] for mark in everybody[key]["marks"]}
