"""The class as the teacher has it, and what was handed in, matched to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from kata.teacher.roster import BadRoster, Person, matched, read
from kata.teacher.submissions import Submitted


def roster(tmp_path: Path, text: str, encoding: str = "utf-8") -> list[Person]:
    path = tmp_path / "students.csv"
    path.write_bytes(text.encode(encoding))
    return read(path)


@pytest.mark.parametrize(
    "text",
    [
        "name,id,email,section\nJane Doe,77,jane@x.org,A\n",
        "Student;SIS User ID;E-Mail;Group\nJane Doe;77;jane@x.org;A\n",
        "First name\tSurname\tID number\tEmail address\tsection\nJane\tDoe\t77\tjane@x.org\tA\n",
        "id,section,Full Name,mail\n77,A,Jane Doe,jane@x.org\n\n,,,\n",
    ],
    ids=["commas", "semicolons", "tabs", "another order, empty rows"],
)
def test_a_roster_is_read_as_programs_write_it(tmp_path: Path, text: str) -> None:
    wanted = [Person("Jane Doe", "77", {"email": "jane@x.org", "section": "A"})]

    assert roster(tmp_path, text) == wanted
    assert roster(tmp_path, text, "utf-8-sig") == wanted


def test_columns_of_other_heads_are_named(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text("Wer,Matrikel\nJane Doe,77\n")

    assert read(path, {"name": "Wer", "id": "Matrikel"}) == [Person("Jane Doe", "77")]
    with pytest.raises(BadRoster, match=r"has no column 'Name': its heads are Wer, Matrikel$"):
        read(path, {"name": "Name"})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("id,mail\n1,a@b\n", "has no column of names: its heads are id, mail$"),
        ("name,id\n", "names nobody$"),
        ("name,id\nA B,1\nA B,1\n", "has two rows for A B$"),
        ("name,id\n,1\n", "names nobody$"),
    ],
)
def test_a_roster_that_cannot_be_used_says_why(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(BadRoster, match=told):
        roster(tmp_path, text)


JANE = Person("Jane Doe", "77", {"email": "jd@x.org"})
JOHN = Person("John Ronald Smith", "s4711")


@pytest.mark.parametrize(
    "name",
    [
        "Jane Doe",
        "doejane",
        "Doe, Jane",
        "jane_doe",
        "JANE-DOE",
        "77",
        "hw1_77",
        "jd",
        "jd@x.org",
        "J\u00e1ne D\u00f6e",
    ],
)
def test_an_entry_is_matched_by_name_number_or_address(name: str) -> None:
    (found, missing) = matched([JANE, JOHN], [Submitted(name, {"ex01_lenet": b"x"})])

    assert found == Submitted("Jane Doe", {"ex01_lenet": b"x"}, [], {"id": "77", "email": "jd@x.org"})
    assert missing == Submitted("John Ronald Smith", {}, ["nothing was handed in"], {"id": "s4711"})


@pytest.mark.parametrize("name", ["smithjohnronald", "john smith", "s4711", "Smith John Ronald"])
def test_a_middle_name_may_be_missing(name: str) -> None:
    assert [one.name for one in matched([JOHN], [Submitted(name)])] == ["John Ronald Smith"]


def test_who_is_not_on_the_roster_comes_last_with_a_word() -> None:
    found = matched([JANE], [Submitted("Ann Roe", {"ex01_lenet": b"x"})])

    assert [one.name for one in found] == ["Jane Doe", "Ann Roe"]
    assert found[1].problems == ["not on the roster"]


def test_what_may_be_of_two_is_given_to_nobody() -> None:
    other = Person("Doe Jane", "78")

    found = matched([JANE, other], [Submitted("doejane")])

    assert [one.name for one in found] == ["Jane Doe", "Doe Jane", "doejane"]
    assert found[2].problems == ["it may be of Jane Doe or Doe Jane: not on the roster by that name"]


def test_two_entries_of_one_person_stay_two_rows() -> None:
    found = matched([JANE], [Submitted("doejane"), Submitted("77")])

    assert [one.name for one in found] == ["Jane Doe (doejane)", "Jane Doe (77)"]
    assert found[0].problems == ["one of 2 entries of Jane Doe"]
