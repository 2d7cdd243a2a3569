"""Which checks an untouched lesson has, known without its spec being run: that depends on two texts alone.

Of the lessons that come with the kata they stand in `known.json`, which `python -m kata.running.known` writes anew; of
others they are kept in `.kata/index/` when they were collected once. What does not fit its texts is not used.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

from kata.content.files import write_whole
from kata.content.graft import definitions, own_line, parse, stub_text
from kata.content.lesson import Lesson, discover

SHIPPED = Path(__file__).with_name("known.json")


@dataclass(frozen=True)
class KnownClass:
    """A class of a spec.

    Args:
        name: the class.
        exercise: what it checks.
        line: where the learner's file defines it.
        checks: the names of its functions, each with its case: ``test_rows_are_apart[3 images]``.
    """

    name: str
    exercise: str
    line: int
    checks: tuple[str, ...]


@dataclass(frozen=True)
class Known:
    """The checks of a lesson, with digests of the texts for which they hold.

    Args:
        spec: of the spec.
        stub: of the learner's file as it is handed out.
        classes: in order.
    """

    spec: str
    stub: str
    classes: tuple[KnownClass, ...]

    @staticmethod
    def from_json(data: Any) -> Known:
        classes = (KnownClass(**{**one, "checks": tuple(one["checks"])}) for one in data["classes"])
        return Known(data["spec"], data["stub"], tuple(classes))


def digest(text: bytes) -> str:
    """Return what tells a text from others, however its lines end."""
    return hashlib.sha256(text.replace(b"\r\n", b"\n")).hexdigest()[:32]


class KnownChecks:
    """What is known of all lessons.

    Args:
        root: the repository.
    """

    def __init__(self, root: Path) -> None:
        self._own = root / ".kata" / "index" / "checks.json"
        self._entries = {**_read(SHIPPED), **_read(self._own)}

    def of(self, lesson: Lesson, path: Path) -> Known | None:
        """Return the checks of the lesson, where the learner's file at `path` is as it was handed out."""
        known = self.of_spec(lesson)
        with contextlib.suppress(OSError):
            return known if known and known.stub == digest(path.read_bytes()) else None
        return None

    def of_spec(self, lesson: Lesson) -> Known | None:
        """Return the checks of the lesson, where its spec is as it was when they were collected."""
        with contextlib.suppress(KeyError, TypeError, OSError):
            found = self._entries[lesson.name]
            return Known.from_json(found) if found["spec"] == digest(lesson.spec.read_bytes()) else None
        return None

    def keep(self, lesson: Lesson, items: Iterable[pytest.Item]) -> None:
        """Note the checks of a lesson that were collected from its spec."""
        made = asdict(known_of(lesson, items))
        if self._entries.get(lesson.name) != json.loads(json.dumps(made)):
            self._entries[lesson.name] = made
            with contextlib.suppress(OSError):  # nothing may be written there: the spec is run each time
                self._own.parent.mkdir(parents=True, exist_ok=True)
                write_whole(self._own, json.dumps({**_read(self._own), lesson.name: made}).encode())


def _read(file: Path) -> dict[str, Any]:
    with contextlib.suppress(OSError, ValueError):
        found = json.loads(file.read_bytes())
        return found if isinstance(found, dict) else {}
    return {}


def known_of(lesson: Lesson, items: Iterable[pytest.Item]) -> Known:
    """Return the checks of a lesson, from its collected items."""
    stub = stub_text(lesson.solution.read_text("utf-8"), [one.name for one in lesson.exercises])
    tree = parse(stub.encode(), str(lesson.stub))
    checks: dict[tuple[str, str], list[str]] = {}
    for item in items:
        marker = item.get_closest_marker("exercise")
        if marker is not None and item.parent is not None:
            checks.setdefault((item.parent.name, marker.args[0]), []).append(item.name)
    classes = tuple(
        KnownClass(name, exercise, own_line(definitions(tree, exercise)[-1].lineno), tuple(found))
        for (name, exercise), found in checks.items()
    )
    return Known(digest(lesson.spec.read_bytes()), digest(stub.encode()), classes)


class _Collected:
    """A plugin that takes down what was collected."""

    def __init__(self) -> None:
        self.items: list[pytest.Item] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.items = list(session.items)


def from_specs(root: Path) -> dict[str, Any]:
    """Return what is known of all lessons, as JSON, from their specs as they are: these are run."""
    lessons, collected = discover(root.resolve()), _Collected()
    with contextlib.redirect_stdout(io.StringIO()):
        pytest.main(["--collect-only", *(str(lesson.spec) for lesson in lessons)], plugins=[collected])
    by_lesson = {lesson: [item for item in collected.items if item.path == lesson.spec] for lesson in lessons}
    found: dict[str, Any] = json.loads(
        json.dumps({one.name: asdict(known_of(one, its)) for one, its in by_lesson.items()})
    )
    return found


def main(root: Path) -> None:
    """Write what is shipped anew."""
    found = from_specs(root)
    SHIPPED.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(f"{sum(len(c['checks']) for one in found.values() for c in one['classes'])} checks of {len(found)} lessons")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path.cwd())
