"""One function is put where another stands, and every line and name keeps its own place."""

from __future__ import annotations

import ast
import textwrap
import traceback
from collections.abc import Callable
from types import CodeType
from typing import Any

import pytest

from kata.content.patching import Origin, PatchedModule, definitions, is_untouched, own_line, stub_text

LEARNER = '''\
"""A lesson."""

from __future__ import annotations

import math


class Shape:
    """A shape."""

    def __init__(self, side):
        super().__init__()
        self.side = side

    def area(self):
        raise NotImplementedError


def fails():
    raise ValueError("on line 20")
'''

DONOR = '''\
"""Another file."""

import cmath
import math

FACTOR = 2
TWICE = FACTOR * 2


def helper(x: Unknown) -> Unknown:
    return x * TWICE


def unused():
    return cmath.pi


@mistake("Shape.area", "a shape of another size", "why")
def area(self: Unknown) -> Unknown:
    if self.side < 0:
        raise ValueError("negative, on line 21")
    return helper(self.side) + math.floor(0.5)
'''


def dedented(text: str) -> str:
    return textwrap.dedent(text).lstrip("\n")


def run(assembly: PatchedModule) -> dict[str, Any]:
    space: dict[str, Any] = {"__name__": "patched"}
    exec(assembly.compile(), space)  # noqa: S102  (running it is what is tested)
    return space


def patched(learner: str, origin: str, name: str, *, into: str | None = None) -> PatchedModule:
    """Return `learner` with the function `name` of `origin` in the place of that name."""
    assembly = PatchedModule(dedented(learner).encode(), "/learner.py")
    source = Origin(dedented(origin).encode(), "/origin.py")
    assembly.put(into or name, definitions(source.tree, name)[-1], source)
    return assembly


@pytest.fixture
def shape() -> Any:
    """The class of the learner's file with the origin's `area` in it."""
    return run(patched(LEARNER, DONOR, "area", into="Shape.area"))["Shape"]


def where_it_stops(call: Callable[[], object]) -> traceback.FrameSummary:
    try:
        call()
    except ValueError as error:
        return traceback.extract_tb(error.__traceback__)[-1]
    raise AssertionError("it did not stop")


def names_of(statements: list[ast.stmt]) -> list[str]:
    return [ast.unparse(statement).splitlines()[0] for statement in statements]


# Definitions.


def test_a_function_of_the_file_is_found_by_its_name() -> None:
    assert [node.name for node in definitions(ast.parse(LEARNER), "fails")] == ["fails"]


def test_a_method_is_found_by_its_dotted_name() -> None:
    assert [node.lineno for node in definitions(ast.parse(LEARNER), "Shape.area")] == [15]


def test_every_definition_of_a_name_is_found_in_order() -> None:
    tree = ast.parse("def f(): pass\ndef g(): pass\nasync def f(): pass\n")

    assert [node.lineno for node in definitions(tree, "f")] == [1, 3]


# Stubs.


@pytest.mark.parametrize(
    "body",
    [
        "raise NotImplementedError",
        "raise NotImplementedError()",
        'raise NotImplementedError("write me")',
        '"""Say what."""\n    raise NotImplementedError',
        "# a thought\n    raise NotImplementedError  # later",
    ],
    ids=["bare", "called", "with a message", "after a docstring", "among comments"],
)
def test_a_body_that_only_raises_not_implemented_is_untouched(body: str) -> None:
    assert is_untouched(ast.parse(f"def f():\n    {body}\n"), "f")


@pytest.mark.parametrize(
    "body",
    [
        "return 1",
        "pass",
        "...",
        '"""Only words."""',
        "x = 1\n    raise NotImplementedError",
        "raise ValueError",
        "raise",
        "raise errors.NotImplementedError",
    ],
    ids=["return", "pass", "dots", "docstring", "a line before", "another error", "raises again", "an attribute"],
)
def test_any_other_body_was_touched(body: str) -> None:
    assert not is_untouched(ast.parse(f"def f():\n    {body}\n"), "f")


def test_an_exercise_that_is_missing_is_not_untouched() -> None:
    assert not is_untouched(ast.parse("x = 1"), "f")


def test_the_last_of_two_definitions_decides_whether_it_is_untouched() -> None:
    assert is_untouched(ast.parse("def f(): return 1\ndef f(): raise NotImplementedError\n"), "f")


def test_stub_text_keeps_the_docstring_and_drops_the_body() -> None:
    solution = 'def f(x):\n    """Double."""\n    y = x\n    return 2 * y\n\n\nX = 1\n'

    assert stub_text(solution, ["f"]) == 'def f(x):\n    """Double."""\n    raise NotImplementedError\n\n\nX = 1\n'


def test_stub_text_takes_out_several_bodies() -> None:
    solution = (
        "class A:\n    def f(self):\n        return (\n            1\n        )\n\n    def g(self):\n        return 2\n"
    )

    assert stub_text(solution, ["A.f", "A.g"]) == (
        "class A:\n    def f(self):\n        raise NotImplementedError\n\n"
        "    def g(self):\n        raise NotImplementedError\n"
    )


# Grafts.


def test_a_patch_runs_in_its_new_place(shape: Any) -> None:
    assert shape(3).area() == 12


def test_a_patch_stops_at_the_line_and_in_the_file_that_it_came_from(shape: Any) -> None:
    stop = where_it_stops(shape(-1).area)

    assert (stop.filename, stop.lineno, stop.name) == ("/origin.py", 21, "area")


def test_the_callers_line_numbers_survive_a_patch() -> None:
    space = run(patched(LEARNER, DONOR, "area", into="Shape.area"))

    stop = where_it_stops(space["fails"])

    assert (stop.filename, stop.lineno, stop.name) == ("/learner.py", 20, "fails")


def test_zero_argument_super_works_in_a_patched_constructor() -> None:
    origin = """
        class Shape:
            def __init__(self, side):
                super().__init__()
                self.side = side * 10
    """

    assert run(patched(LEARNER, origin, "Shape.__init__"))["Shape"](3).side == 30


def test_a_patch_takes_the_name_of_its_place() -> None:
    space = run(patched("def f(): return 1", "def other(): return 2", "other", into="f"))

    assert (space["f"](), space["f"].__name__) == (2, "f")


def test_the_last_of_two_definitions_is_replaced() -> None:
    learner = "def f(): return 1\nfirst = f\ndef f(): return 2\n"

    space = run(patched(learner, "def f(): return 3", "f"))

    assert (space["first"](), space["f"]()) == (1, 3)


def test_a_missing_function_is_added() -> None:
    assert run(patched("class A:\n    x = 1\n", "class A:\n    def f(self): return self.x\n", "A.f"))["A"]().f() == 1


def test_a_missing_class_is_no_place_for_a_method() -> None:
    with pytest.raises(LookupError, match=r"^no class Shape to put area into$"):
        patched("x = 1", DONOR, "area", into="Shape.area")


def test_annotations_of_a_patch_name_nothing_that_must_exist() -> None:
    assert run(patched("x = 1", "def f(a: Unknown) -> Unknown: return a", "f"))["f"](1) == 1


def test_only_the_decorators_of_a_bank_are_dropped() -> None:
    origin = """
        @mistake("f", "name", "why")
        @same_as(other)
        @right("f")
        @staticmethod
        def f(): return 1
    """

    placed = patched("x = 1", origin, "f").tree.body[-1]

    assert ast.unparse(placed) == "@staticmethod\ndef f():\n    return 1"


# What a patch needs.


def test_a_patch_brings_what_it_needs_in_the_order_of_its_own_file() -> None:
    source = Origin(DONOR.encode(), "/origin.py")

    needed = source.needed_by(definitions(source.tree, "area")[-1], {"mistake"})

    assert names_of(needed) == ["import math", "FACTOR = 2", "TWICE = FACTOR * 2", "def helper(x):"]


def test_what_a_patch_needs_comes_after_the_imports_of_its_new_file() -> None:
    assembly = patched(LEARNER, DONOR, "area", into="Shape.area")

    assert names_of(assembly.tree.body)[2:6] == ["import math", "FACTOR = 2", "TWICE = FACTOR * 2", "def helper(x):"]


def test_the_docstring_stays_first_after_a_patch() -> None:
    assert run(patched('"""Words."""\n', "A = 1\ndef f(): return A\n", "f"))["__doc__"] == "Words."


def test_every_function_of_the_code_knows_its_own_file() -> None:
    code = patched(LEARNER, DONOR, "area", into="Shape.area").compile()
    functions = [const for const in code.co_consts if isinstance(const, CodeType)]

    assert [(one.co_name, one.co_filename, one.co_firstlineno) for one in functions] == [
        ("helper", "/origin.py", 10),
        ("Shape", "/learner.py", 8),
        ("fails", "/learner.py", 19),
    ]


def test_own_line_takes_a_line_back_to_its_own_file() -> None:
    source = Origin(DONOR.encode(), "/origin.py")

    assert own_line(definitions(source.tree, "area")[-1].lineno) == 19


def test_no_future_statement_of_the_engine_leaks_into_an_assembly() -> None:
    assert run(PatchedModule(b"def f(a: 1 + 1): pass\n", "/a.py"))["f"].__annotations__ == {"a": 2}
