"""The roster of a class, and the matching of submissions to its students."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from dataclasses import dataclass, field, replace
from pathlib import Path

from kata.teacher.submissions import Submitted

_NAMES = {
    "name": ("name", "student", "student name", "full name", "fullname", "display name"),
    "first": ("first name", "firstname", "given name", "vorname"),
    "last": ("last name", "lastname", "surname", "family name", "nachname"),
    "id": ("id", "student id", "sis user id", "sis login id", "id number", "idnumber", "username", "login", "user"),
    "email": ("email", "e-mail", "email address", "e-mail address", "mail"),
    "section": ("section", "group", "class", "sections"),
    "late": ("late", "late days", "days late"),
}
NOT_ON_IT = "not on the roster"


class BadRoster(ValueError):
    """A roster that cannot be used."""


@dataclass(frozen=True)
class Person:
    """A student.

    Args:
        name: as in the roster.
        id: the number or login, or "".
        about: other known columns: e-mail, section, late days.
    """

    name: str
    id: str = ""
    about: dict[str, str] = field(default_factory=dict)

    @property
    def known_as(self) -> set[str]:
        """The spellings of this student's name in submissions, letters and digits only."""
        words = _words(self.name)
        mail = self.about.get("email", "")
        orders = {"".join(words), "".join(reversed(words)), "".join(sorted(words))}
        if len(words) > 2:
            orders |= {words[-1] + "".join(words[:-1]), "".join(words[1:]) + words[0], words[0] + words[-1]}
        return (orders | {"".join(_words(one)) for one in (self.id, mail, mail.partition("@")[0])}) - {""}


def read(path: Path, columns: dict[str, str] | None = None) -> list[Person]:
    """Read a roster: a table with a header, separated by commas, semicolons or tabs.

    Args:
        path: a CSV.
        columns: the columns, if the header does not tell: "name", "first", "last", "id", "email", "section".

    Raises:
        BadRoster: it cannot be read, has no names, or two rows for one student.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadRoster(f"{path} cannot be read: {error}") from None
    first = text.partition("\n")[0]
    table = csv.DictReader(io.StringIO(text), delimiter=max(",;\t", key=first.count))
    rows, heads = list(table), [one for one in table.fieldnames or () if one]
    places = {kind: head for kind in _NAMES if (head := _head(kind, heads, columns or {}, path))}
    if "name" not in places and not {"first", "last"} <= places.keys():
        raise BadRoster(f"{path} has no column of names: its heads are {', '.join(heads) or 'missing'}")
    people = [one for row in rows if (one := _person(row, places)).name]
    if not people:
        raise BadRoster(f"{path} names nobody")
    keys = [(one.name, one.id) for one in people]
    double = next((one for one in keys if keys.count(one) > 1), None)
    if double:
        raise BadRoster(f"{path} has two rows for {double[0]}")
    return people


def _head(kind: str, heads: list[str], columns: dict[str, str], path: Path) -> str:
    if kind in columns:
        if columns[kind] not in heads:
            raise BadRoster(f"{path} has no column {columns[kind]!r}: its heads are {', '.join(heads)}")
        return columns[kind]
    by_name = {one.strip().casefold(): one for one in reversed(heads)}
    return next((by_name[one] for one in _NAMES[kind] if one in by_name), "")


def _person(row: dict[str, str], places: dict[str, str]) -> Person:
    value = {kind: (row.get(head) or "").strip() for kind, head in places.items()}
    name = value.get("name") or " ".join(filter(None, (value.get("first"), value.get("last"))))
    return Person(name, value.get("id", ""), {k: value[k] for k in ("email", "section", "late") if value.get(k)})


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().casefold()
    return re.findall(r"[a-z0-9]+", plain) or re.findall(r"\w+", text.casefold())


def matched(people: list[Person], submitted: list[Submitted]) -> list[Submitted]:
    """Return a submission for each student of the roster, in order, then those without a student.

    Students without a submission get an empty one; ambiguous submissions are reported and assigned to nobody.
    """
    owners = {id(one): [person for person in people if _is_of(person, one.name)] for one in submitted}
    found: list[Submitted] = []
    for person in people:
        its = [one for one in submitted if owners[id(one)] == [person]]
        about = ({"id": person.id} if person.id else {}) | person.about
        if not its:
            found.append(Submitted(person.name, {}, ["nothing was handed in"], about))
        for one in its:
            several = [f"one of {len(its)} entries of {person.name}"] if len(its) > 1 else []
            name = person.name if len(its) == 1 else f"{person.name} ({one.name})"
            found.append(replace(one, name=name, problems=[*one.problems, *several], about=about))
    for one in submitted:
        names = " or ".join(person.name for person in owners[id(one)])
        if len(owners[id(one)]) != 1:
            doubt = f"it may be of {names}: {NOT_ON_IT} by that name" if names else NOT_ON_IT
            found.append(replace(one, problems=[*one.problems, doubt]))
    return found


def _is_of(person: Person, name: str) -> bool:
    words = _words(name)
    spellings = {"".join(words), "".join(sorted(words))} | ({words[-1]} if person.id and words else set())
    return bool(spellings & person.known_as) or (bool(person.id) and "".join(_words(person.id)) in words)
