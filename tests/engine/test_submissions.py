"""What is taken of a submission, and what is not: folders, zips, links, bombs."""

from __future__ import annotations

import os
import stat
import zipfile
from pathlib import Path

import pytest

from kata.teacher import submissions
from kata.teacher.submissions import Submitted, find, names_of

LESSONS = ["ex01_lenet", "ex02_training_step"]


def taken(path: Path) -> Submitted:
    return submissions.read(path, "ada", LESSONS)


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

    assert taken(path).problems == ["more than 3 files: those after are not looked at"]


@pytest.mark.parametrize("data", [b"", b"no zip at all", b"PK\x03\x04 cut off"], ids=["empty", "other", "cut off"])
def test_what_is_no_zip_is_a_problem_of_its_own(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "ada.zip"
    path.write_bytes(data)

    assert taken(path).problems == ["ada.zip cannot be read: File is not a zip file"]


def test_an_empty_submission_says_what_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "ada").mkdir()

    assert taken(tmp_path / "ada").problems == ["no file of exercises in it, such as exercises/ex01_lenet.py"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_with_a_name_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "ada").mkdir()
    os.mkfifo(tmp_path / "ada" / "ex01_lenet.py")

    assert taken(tmp_path / "ada").files == {}


def test_each_folder_and_zip_is_a_submission(tmp_path: Path) -> None:
    write(tmp_path / "ada" / "ex01_lenet.py")
    zipped(tmp_path / "ben.zip", **{"ex01_lenet.py": ""})
    write(tmp_path / "notes.txt")
    write(tmp_path / ".git" / "config")

    assert [path.name for path in find(tmp_path)] == ["ada", "ben.zip"]


def test_a_folder_with_exercises_is_itself_the_submission(tmp_path: Path) -> None:
    write(tmp_path / "exercises" / "ex01_lenet.py")

    assert find(tmp_path) == [tmp_path]


def test_a_folder_and_a_zip_of_one_name_are_told_apart(tmp_path: Path) -> None:
    write(tmp_path / "ada" / "ex01_lenet.py")
    zipped(tmp_path / "ada.zip", **{"ex01_lenet.py": ""})

    assert names_of(find(tmp_path)) == ["ada", "ada.zip"]
