"""What is taken of a submission, and what is not: folders, zips, links, bombs."""

from __future__ import annotations

import io
import os
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from kata.teacher import submissions
from kata.teacher.submissions import Entry, Submitted, entries

LESSONS = ["ex01_lenet", "ex02_training_step"]


def taken(path: Path) -> Submitted:
    return submissions.read(Entry("ada", (path,)), LESSONS)


def write(path: Path, text: str = "x = 1\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def zipped(path: Path, **files: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def test_the_files_of_a_folder_of_exercises_are_taken(tmp_path: Path) -> None:
    write(tmp_path / "ada" / "exercises" / "ex01_lenet.py", "a = 1\n")
    write(tmp_path / "ada" / "exercises" / "ex99_other.py")

    assert taken(tmp_path / "ada").files == {"ex01_lenet": b"a = 1\n"}


def test_flat_files_are_taken(tmp_path: Path) -> None:
    write(tmp_path / "ada" / "ex02_training_step.py", "b = 2\n")

    assert taken(tmp_path / "ada").files == {"ex02_training_step": b"b = 2\n"}


def test_a_checkout_in_a_folder_is_found(tmp_path: Path) -> None:
    write(tmp_path / "ada" / "kata" / "exercises" / "ex01_lenet.py", "a = 1\n")
    write(tmp_path / "ada" / "kata" / "solutions" / "ex01_lenet.py", "the solution\n")
    write(tmp_path / "ada" / "kata" / "conftest.py", "boom\n")

    assert taken(tmp_path / "ada").files == {"ex01_lenet": b"a = 1\n"}


def test_the_folder_of_exercises_is_preferred_and_the_other_file_is_told(tmp_path: Path) -> None:
    write(tmp_path / "ada" / "ex01_lenet.py", "flat = 1\n")
    write(tmp_path / "ada" / "deep" / "exercises" / "ex01_lenet.py", "a = 1\n")
    write(tmp_path / "ada" / "exercises" / "ex01_lenet.py", "b = 1\n")

    found = taken(tmp_path / "ada")

    assert found.files == {"ex01_lenet": b"b = 1\n"}
    assert found.problems == ["exercises/ex01_lenet.py was taken; there is also deep/exercises/ex01_lenet.py"]


def test_a_zip_is_read_without_being_unpacked(tmp_path: Path) -> None:
    path = zipped(tmp_path / "ada.zip", **{"repo-main/exercises/ex01_lenet.py": "a = 1\n"})

    assert taken(path).files == {"ex01_lenet": b"a = 1\n"}
    assert sorted(tmp_path.iterdir()) == [path]


def test_a_folder_that_holds_a_zip_alone_is_that_zip(tmp_path: Path) -> None:
    zipped(tmp_path / "ada" / "upload.zip", **{"ex01_lenet.py": "a = 1\n"})

    assert taken(tmp_path / "ada").files == {"ex01_lenet": b"a = 1\n"}


@pytest.mark.parametrize("name", ["../exercises/ex01_lenet.py", "/exercises/ex01_lenet.py", "..\\ex01_lenet.py"])
def test_a_path_that_leads_out_of_a_zip_is_not_taken(tmp_path: Path, name: str) -> None:
    assert taken(zipped(tmp_path / "ada.zip", **{name: "a = 1\n"})).files == {}


def test_a_link_in_a_folder_is_not_followed(tmp_path: Path) -> None:
    secret = write(tmp_path / "secret.py", "secret\n")
    (tmp_path / "ada" / "exercises").mkdir(parents=True)
    (tmp_path / "ada" / "exercises" / "ex01_lenet.py").symlink_to(secret)

    found = taken(tmp_path / "ada")

    assert found.files == {}
    assert found.problems == ["exercises/ex01_lenet.py is a link: only files are taken"]


def test_a_linked_folder_is_not_entered(tmp_path: Path) -> None:
    write(tmp_path / "other" / "ex01_lenet.py", "another student's\n")
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada" / "exercises").symlink_to(tmp_path / "other")

    assert taken(tmp_path / "ada").files == {}


def test_a_link_in_a_zip_is_not_taken(tmp_path: Path) -> None:
    path = tmp_path / "ada.zip"
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo("exercises/ex01_lenet.py")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")

    assert taken(path).problems == ["exercises/ex01_lenet.py is a link: only files are taken"]


def test_a_bomb_is_not_blown_up(tmp_path: Path) -> None:
    path = zipped(tmp_path / "ada.zip", **{"exercises/ex01_lenet.py": "#" * (200 << 20)})

    found = taken(path)

    assert path.stat().st_size < 1 << 20
    assert found.files == {}
    assert found.problems == ["exercises/ex01_lenet.py has more than 1,048,576 bytes, and was not taken"]


def test_too_many_files_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submissions, "MOST", 3)
    path = zipped(tmp_path / "ada.zip", **{f"{number}.py": "" for number in range(5)})

    assert taken(path).problems[0] == "more than 3 files: those after are not looked at"


@pytest.mark.parametrize("data", [b"", b"no zip at all", b"PK\x03\x04 cut off"], ids=["empty", "other", "cut off"])
def test_what_is_no_zip_is_a_problem_of_its_own(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "ada.zip"
    path.write_bytes(data)

    assert taken(path).problems == ["ada.zip cannot be read: File is not a zip file"]


def test_an_empty_submission_says_what_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "ada").mkdir()

    assert taken(tmp_path / "ada").problems == [
        "no file of exercises in it, nor any other; ask for files such as exercises/ex01_lenet.py"
    ]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_with_a_name_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "ada").mkdir()
    os.mkfifo(tmp_path / "ada" / "ex01_lenet.py")

    assert taken(tmp_path / "ada").files == {}


def names(folder: Path) -> list[str]:
    return [one.name for one in entries(folder, LESSONS)]


def test_each_folder_and_archive_is_a_submission(tmp_path: Path) -> None:
    write(tmp_path / "ada" / "ex01_lenet.py")
    zipped(tmp_path / "ben.zip", **{"ex01_lenet.py": ""})
    tarred(tmp_path / "cleo.tar.gz", **{"exercises/ex01_lenet.py": "c = 1\n"})
    write(tmp_path / "roster.csv")
    write(tmp_path / ".git" / "config")

    assert names(tmp_path) == ["ada", "ben", "cleo"]


def test_a_folder_with_exercises_is_itself_the_submission(tmp_path: Path) -> None:
    write(tmp_path / "exercises" / "ex01_lenet.py")
    write(tmp_path / "solutions" / "ex01_lenet.py")

    assert [one.paths for one in entries(tmp_path, LESSONS)] == [(tmp_path,)]


def test_a_folder_of_one_students_flat_files_is_itself_the_submission(tmp_path: Path) -> None:
    write(tmp_path / "ex01_lenet.py")
    write(tmp_path / "ex02_training_step.py")

    assert [one.paths for one in entries(tmp_path, LESSONS)] == [(tmp_path,)]


def test_a_loose_file_among_folders_is_an_entry_of_its_own_in_doubt(tmp_path: Path) -> None:
    write(tmp_path / "ada" / "ex01_lenet.py")
    write(tmp_path / "ben" / "ex01_lenet.py")
    write(tmp_path / "ex01_lenet.py")

    found = {one.name: submissions.read(one, LESSONS) for one in entries(tmp_path, LESSONS)}

    assert list(found) == ["ada", "ben", "ex01_lenet.py"]
    assert found["ex01_lenet.py"].problems == ["ex01_lenet.py lies beside the submissions: whose is it?"]
    assert list(found["ex01_lenet.py"].files) == ["ex01_lenet"]


def test_exercises_beside_folders_of_students_are_an_entry_and_not_the_class(tmp_path: Path) -> None:
    write(tmp_path / "exercises" / "ex01_lenet.py")
    write(tmp_path / "ada" / "ex01_lenet.py")

    assert names(tmp_path) == ["ada", "exercises"]


def test_flat_files_as_canvas_names_them_are_a_student_each(tmp_path: Path) -> None:
    for name in (
        "smithjohn_12345_67890_ex01_lenet.py",
        "smithjohn_12345_67891_ex02_training_step-1.py",
        "doejane_LATE_22345_67892_ex01_lenet.py",
        "doejane_32345_67893_ex01_lenet.py",
        "roeann_42345_67894_notes.ipynb",
    ):
        write(tmp_path / name, f"name = {name!r}\n")

    found = {one.name: submissions.read(one, LESSONS) for one in entries(tmp_path, LESSONS)}

    assert list(found) == ["doejane_22345", "doejane_32345", "roeann", "smithjohn"]
    assert sorted(found["smithjohn"].files) == LESSONS
    assert found["smithjohn"].problems == ["ex02_training_step-1.py was taken for ex02_training_step.py"]
    assert found["roeann"].problems == [
        "no file of exercises in it: there is a notebook (notes.ipynb); ask for files such as exercises/ex01_lenet.py"
    ]


def test_folders_and_flat_files_as_moodle_names_them_are_a_student_each(tmp_path: Path) -> None:
    write(tmp_path / "John Smith_12345_assignsubmission_file_" / "ex01_lenet.py")
    write(tmp_path / "Jane Doe_22345_assignsubmission_file_ex01_lenet.py")
    write(tmp_path / "Ann Roe_32345_assignsubmission_file_work.txt")

    assert names(tmp_path) == ["Ann Roe", "Jane Doe", "John Smith"]


@pytest.mark.parametrize(
    "name",
    ["Jane Doe ex01_lenet.py", "Jane Doe - ex01_lenet.py", "ex01_lenet_Jane Doe.py", "Jane Doe_EX01_LENET (2).py"],
)
def test_a_flat_file_is_whose_name_it_bears(tmp_path: Path, name: str) -> None:
    write(tmp_path / name, "mine = 1\n")
    write(tmp_path / "ben" / "ex01_lenet.py")

    entry = next(one for one in entries(tmp_path, LESSONS) if one.name == "Jane Doe")

    assert submissions.read(entry, LESSONS).files == {"ex01_lenet": b"mine = 1\n"}


def test_what_cannot_be_opened_has_a_row_that_says_so(tmp_path: Path) -> None:
    write(tmp_path / "ada" / "ex01_lenet.py")
    write(tmp_path / "ben.rar")

    found = {one.name: submissions.read(one, LESSONS).problems for one in entries(tmp_path, LESSONS)}

    said = "no file of exercises in it: there is an archive that is not opened here (ben.rar); ask for files such as"
    assert found == {"ada": [], "ben": [f"{said} exercises/ex01_lenet.py"]}


def test_a_number_at_the_end_of_a_name_is_part_of_it(tmp_path: Path) -> None:
    write(tmp_path / "group_12" / "ex01_lenet.py")

    assert names(tmp_path) == ["group_12"]


def test_a_folder_and_a_zip_of_one_name_are_told_apart(tmp_path: Path) -> None:
    write(tmp_path / "ada" / "ex01_lenet.py")
    zipped(tmp_path / "ada.zip", **{"ex01_lenet.py": ""})

    assert names(tmp_path) == ["ada", "ada.zip"]


def tarred(path: Path, **files: str) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))
    return path


def test_a_tar_is_read_without_being_unpacked(tmp_path: Path) -> None:
    path = tarred(
        tmp_path / "ada.tar.gz", **{"work/exercises/ex01_lenet.py": "a = 1\n", "../ex02_training_step.py": "x"}
    )

    assert taken(path).files == {"ex01_lenet": b"a = 1\n"}
    assert [one.name for one in tmp_path.iterdir()] == ["ada.tar.gz"]


@pytest.mark.parametrize("name", ["ex01_lenet (1).py", "EX01_LENET.PY", "ex01_lenet-2.py", "Ex01_LeNet copy.py"])
def test_a_name_that_means_a_lesson_is_taken_with_a_word(tmp_path: Path, name: str) -> None:
    write(tmp_path / "ada" / name, "a = 1\n")

    found = taken(tmp_path / "ada")

    assert found.files == {"ex01_lenet": b"a = 1\n"}
    assert found.problems == [f"{name} was taken for ex01_lenet.py"]


def test_of_two_names_that_may_mean_a_lesson_none_is_taken(tmp_path: Path) -> None:
    write(tmp_path / "ada" / "ex01_lenet (1).py")
    write(tmp_path / "ada" / "ex01_lenet (2).py")

    found = taken(tmp_path / "ada")

    assert found.files == {}
    assert found.problems[0] == "ex01_lenet (1).py and ex01_lenet (2).py: which is ex01_lenet.py? None was taken"


def test_an_environment_is_not_looked_into_and_does_not_hide_what_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submissions, "MOST", 5)
    write(tmp_path / "ada" / "env" / "pyvenv.cfg")
    for number in range(9):
        write(tmp_path / "ada" / "env" / "lib" / f"x{number}.py")
    write(tmp_path / "ada" / "work" / "exercises" / "ex01_lenet.py", "a = 1\n")

    assert taken(tmp_path / "ada") == Submitted("ada", {"ex01_lenet": b"a = 1\n"})


def test_an_environment_made_in_the_submissions_own_folder_hides_nothing(tmp_path: Path) -> None:
    write(tmp_path / "ada" / "pyvenv.cfg")
    write(tmp_path / "ada" / "exercises" / "ex01_lenet.py", "a = 1\n")
    files = {"pyvenv.cfg": "", "exercises/ex01_lenet.py": "a = 1\n"}

    assert taken(tmp_path / "ada").files == {"ex01_lenet": b"a = 1\n"}
    assert taken(zipped(tmp_path / "ben.zip", **files)).files == {"ex01_lenet": b"a = 1\n"}


def test_an_environment_alone_is_named(tmp_path: Path) -> None:
    write(tmp_path / "ada" / "env" / "pyvenv.cfg")
    files = {"env/pyvenv.cfg": "", "env/lib/ex01_lenet.py": "x"}
    said = "no file of exercises in it, nor any other; a virtual environment (env) was not looked into; ask for"

    assert taken(tmp_path / "ada").problems[0].startswith(said)
    assert taken(zipped(tmp_path / "ben.zip", **files)).problems[0].startswith(said)


def test_what_was_read_is_summed_up() -> None:
    some = [Submitted("a", {"x": b""}), Submitted("b", {"x": b""}, ["odd"]), Submitted("c", {}, ["none"])]

    assert submissions.summary(some) == "2 read (1 with something to know), 1 without any file of exercises"
