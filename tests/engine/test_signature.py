"""An exercise that is not there, stands elsewhere or takes other arguments is told as just that."""

from __future__ import annotations

from pathlib import Path

import pytest

from kata.checking import loading
from kata.checking.signature import MissingExercise, duplicates, require
from kata.content.lesson import Lesson

SOLUTION = """\
from torch import nn


class Net(nn.Module):
    def forward(self, x, scale=1):
        return x


def learn(net, x):
    return net(x)
"""

SPEC = """\
@pytest.mark.exercise("Net.forward", level=1, hints=("a", "b", "c"))
class TestForward: ...


@pytest.mark.exercise("learn", level=1, hints=("a", "b", "c"))
class TestLearn: ...
"""


@pytest.fixture
def lesson(tmp_path: Path) -> Lesson:
    """A lesson with a method and a function."""
    lesson = Lesson(tmp_path, "ex01_net")
    for path, text in [(lesson.solution, SOLUTION), (lesson.spec, SPEC), (lesson.stub, SOLUTION)]:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return lesson


def ask(lesson: Lesson, source: str, exercise: str) -> None:
    """Require the exercise of a learner's file."""
    lesson.stub.write_text(source)
    submission = loading.read(lesson, lesson.stub)
    require(submission, loading.load(submission.make(), "exercises.ex01_net"), exercise)


def absence(lesson: Lesson, source: str, exercise: str) -> tuple[str, int | None]:
    """Return the sentence and the line that the absence is told with."""
    with pytest.raises(MissingExercise) as caught:
        ask(lesson, source, exercise)
    return caught.value.headline, caught.value.line


@pytest.mark.parametrize(
    "definition",
    [
        "def learn(net, x): ...",
        "def learn(model, images): ...",
        "def learn(*parts): ...",
        "def learn(net, x, more=1): ...",
        "learn = lambda net, x: x",
        "import functools\nlearn = functools.partial(lambda a, net, x: x, 1)",
        "class Learn:\n    def __call__(self, net, x): ...\nlearn = Learn()",
    ],
    ids=["the same", "other names", "any number", "one more with a default", "lambda", "partial", "object"],
)
def test_whatever_can_be_called_alike_is_there(lesson: Lesson, definition: str) -> None:
    ask(lesson, definition, "learn")


@pytest.mark.parametrize(
    "method",
    [
        "def forward(self, x, scale=1): ...",
        "def forward(self, x): ...",
        "@staticmethod\n    def forward(x): ...",
        "@classmethod\n    def forward(cls, x): ...",
        "forward = lambda self, x: x",
    ],
    ids=["the same", "without the optional one", "static", "class method", "lambda"],
)
def test_a_method_that_can_be_called_alike_is_there(lesson: Lesson, method: str) -> None:
    ask(lesson, f"class Net:\n    {method}\n", "Net.forward")


def test_a_method_of_the_learners_own_base_class_is_there(lesson: Lesson) -> None:
    ask(lesson, "class Base:\n    def forward(self, x): ...\n\n\nclass Net(Base): ...\n", "Net.forward")


def test_a_method_that_torch_has_already_does_not_count(lesson: Lesson) -> None:
    source = "from torch import nn\n\n\nclass Net(nn.Module): ...\n"

    assert absence(lesson, source, "Net.forward") == ("`forward` is missing in the class Net.", None)


# Missing, or elsewhere.


@pytest.mark.parametrize(
    ("source", "headline"),
    [
        ("", "The class `Net` is missing."),
        ("class Nett: ...\nclass B: ...\n", "The class `Net` is missing; there is `Nett`, `B`."),
        ("Net = 1", "The class `Net` is missing."),
    ],
    ids=["no class", "other classes", "no class of that name"],
)
def test_a_missing_class_is_told_with_those_there(lesson: Lesson, source: str, headline: str) -> None:
    assert absence(lesson, source, "Net.forward") == (headline, None)


@pytest.mark.parametrize(
    ("source", "headline", "line"),
    [
        (
            "class Net: ...\n\ndef forward(self, x): ...\n",
            "`forward` stands outside the class (line 3), and must stand in the class Net: look at its indentation.",
            3,
        ),
        (
            "class Net:\n    def a(self):\n        def forward(self, x): ...\n",
            "`forward` stands inside `a` (line 3), and must stand in the class Net: look at its indentation.",
            3,
        ),
    ],
    ids=["outside the class", "inside another method"],
)
def test_a_method_that_stands_elsewhere_is_told_with_its_line(
    lesson: Lesson, source: str, headline: str, line: int
) -> None:
    assert absence(lesson, source, "Net.forward") == (headline, line)


def test_a_function_that_became_a_method_is_told_with_its_line(lesson: Lesson) -> None:
    assert absence(lesson, "class Net:\n    def learn(net, x): ...\n", "learn") == (
        "`learn` stands inside `Net` (line 2), and must stand in the file: look at its indentation.",
        2,
    )


@pytest.mark.parametrize(
    ("name", "exercise"),
    [("foward", "Net.forward"), ("_forward_", "Net.forward"), ("__forward", "Net.forward")],
    ids=["typing slip", "underscores", "private"],
)
def test_a_method_of_a_similar_name_is_pointed_at(lesson: Lesson, name: str, exercise: str) -> None:
    source = f"class Net:\n    def other(self): ...\n    def {name}(self, x): ...\n"

    assert absence(lesson, source, exercise) == (
        f"`forward` is missing in the class Net; there is `{name}` (line 3).",
        3,
    )


def test_a_function_of_a_similar_name_is_pointed_at(lesson: Lesson) -> None:
    assert absence(lesson, "def lern(net, x): ...", "learn") == (
        "`learn` is missing in the file; there is `lern` (line 1).",
        1,
    )


def test_a_function_without_anything_alike_is_missing(lesson: Lesson) -> None:
    assert absence(lesson, "def xyz(): ...", "learn") == ("`learn` is missing in the file.", None)


# Other arguments.


@pytest.mark.parametrize(
    ("arguments", "signature"),
    [("net", "(net)"), ("net, x, y", "(net, x, y)"), ("", "()"), ("net, *, x", "(net, *, x)")],
    ids=["one too few", "one too many", "none", "by keyword only"],
)
def test_a_function_with_other_arguments_is_told_how_it_is_called(
    lesson: Lesson, arguments: str, signature: str
) -> None:
    assert absence(lesson, f"x = 1\ndef learn({arguments}): ...", "learn") == (
        f"`learn` is called as learn(net, x), and yours takes {signature}.",
        2,
    )


def test_a_method_without_self_is_told_how_it_is_called(lesson: Lesson) -> None:
    assert absence(lesson, "class Net:\n    def forward(x): ...\n", "Net.forward") == (
        "`forward` is called as forward(self, x, scale), and yours takes (x).",
        2,
    )


@pytest.mark.parametrize(("value", "kind"), [("'words'", "str"), ("[]", "list")], ids=["str", "list"])
def test_what_cannot_be_called_is_told_with_its_type(lesson: Lesson, value: str, kind: str) -> None:
    assert absence(lesson, f"learn = {value}", "learn") == (f"`learn` must be a function, and is {kind}.", None)


# Defined twice.


def test_an_exercise_that_is_defined_once_has_no_duplicates(lesson: Lesson) -> None:
    assert duplicates(loading.read(lesson, lesson.stub), "learn") == []


def test_an_exercise_that_is_defined_twice_is_told_with_both_lines(lesson: Lesson) -> None:
    lesson.stub.write_text("def learn(net, x): ...\n\n\ndef learn(net, x): ...\n")

    assert duplicates(loading.read(lesson, lesson.stub), "learn") == [1, 4]
