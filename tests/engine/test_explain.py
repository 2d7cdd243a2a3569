"""What Python and torch said is told in the learner's terms, from what the exception carries."""

from __future__ import annotations

import linecache
import textwrap
from pathlib import Path

import pytest

from kata.checking.loading import load
from kata.checking.pretend import pretend_accelerator
from kata.checking.sandbox import Interrupts, LeavesProcess, ReadsKeyboard
from kata.content.patching import PatchedModule
from kata.diagnosis.exceptions import explain as rules
from kata.diagnosis.exceptions.explain import explain, said_by
from kata.diagnosis.explanation import Explanation

HEAD = "import torch\nimport torch.nn.functional as F\nfrom torch import nn\n\n\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A learner's file."""
    return tmp_path / "ex01_net.py"


def stop(path: Path, source: str, call: str = "run()") -> Explanation:
    """Return what is told when a call of the learner's file stops; its first line is line 6."""
    path.write_text(HEAD + textwrap.dedent(source).lstrip("\n"))
    linecache.checkcache(str(path))
    module = load(PatchedModule(path.read_bytes(), str(path)), "exercises.ex01_net")
    with pytest.raises(BaseException) as caught:  # noqa: PT011  (whatever it is)
        eval(call, vars(module))
    return explain(caught.value, path)


def in_network(*lines: str) -> str:
    """Return a network with a layer `fc` whose forward has these lines, from line 12 on."""
    body = "\n".join("        " + line for line in lines)
    return (
        "class Net(nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.fc = nn.Linear(3, 2)\n\n"
        f"    def forward(self, x):\n{body}\n"
    )


RUN_NETWORK = "Net()(torch.ones(1, 3))"


def headline(path: Path, source: str, call: str = "run()") -> str:
    return stop(path, source, call).headline


# Names.


def test_a_name_of_the_network_is_told_with_self(path: Path) -> None:
    assert headline(path, in_network("return fc(x)"), RUN_NETWORK) == (
        "`fc` alone is not known here: it belongs to the network, so it is called `self.fc`."
    )


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def run():\n    total = 1\n    return totl", "The nearest name known here is `total`."),
        ("def run():\n    return nnn.Linear", "The nearest name known here is `nn`."),
        ("def run():\n    return lenn([])", "The nearest name known here is `len`."),
        ("def run():\n    X = 1\n    return x", "The nearest name known here is `X`."),
        ("def run():\n    return qqqq", "Is it defined, or imported?"),
    ],
    ids=["local", "global", "builtin", "another case", "nothing alike"],
)
def test_an_unknown_name_is_told_with_the_nearest(path: Path, source: str, words: str) -> None:
    assert headline(path, source).endswith(f"` here. {words}")


def test_a_name_that_has_no_value_yet_is_told(path: Path) -> None:
    assert headline(path, "def run():\n    print(total)\n    total = 1\n") == (
        "`total` is used here before it has a value: it gets one later in this function, or on another branch."
    )


def test_a_name_that_is_changed_before_it_has_a_value_is_told(path: Path) -> None:
    assert headline(path, "total = 1\ndef run():\n    total += 1\n") == (
        "`total` has no value yet that could be changed here: give it its first one before this line."
    )


def test_a_misspelt_name_that_has_no_value_yet_is_told_with_the_nearest(path: Path) -> None:
    assert headline(path, "def run():\n    total = 1\n    totl += total\n") == (
        "`totl` has no value yet where it is used here. The nearest name that has one is `total`."
    )


# Attributes.


def test_a_constructor_that_did_not_call_its_parents_is_told(path: Path) -> None:
    source = "class Net(nn.Module):\n    def __init__(self):\n        self.fc = nn.Linear(3, 2)\n"

    assert headline(path, source, "Net()") == (
        "nn.Module's own __init__ has not run yet when this line does: call super().__init__() first, "
        "it makes the place where layers are kept."
    )


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("return torch.zeroos(1)", "The module torch has no `zeroos`. The nearest name there is `zeros`."),
        ("return nn.Linear.qqqq", "The class Linear has no `qqqq`."),
        ("return torch.zeros(1).vieww(1)", "A tensor has no `vieww`. The nearest name there is `view`."),
        ("return [].add(1)", "A value of type list has no `add`."),
        ("x = None\n    return x.size()", "What `.size` is asked of is None. Did what came before return something?"),
        (
            "return nn.ReLU().view(1)",
            "ReLU() has no `view`. It is a layer, not a tensor: making or naming a layer is not yet calling it "
            "with its input.",
        ),
    ],
    ids=["module", "class", "tensor", "list", "None", "layer"],
)
def test_an_unknown_attribute_is_told_with_its_owner(path: Path, source: str, words: str) -> None:
    assert headline(path, f"def run():\n    {source}\n") == words


def test_an_unknown_layer_is_told_with_the_nearest_of_the_network(path: Path) -> None:
    assert headline(path, in_network("return self.fcc(x)"), RUN_NETWORK) == (
        "Your Net has no `fcc`. The nearest name there is `fc`."
    )


# Calls.


def test_a_layer_made_of_the_tensor_is_told(path: Path) -> None:
    assert headline(path, in_network("return nn.Linear(x, 2)"), RUN_NETWORK) == (
        "`nn.Linear(...)` makes a layer, and takes its settings, not the tensor: "
        "make the layer first and call it afterwards, or use the function of torch.nn.functional."
    )


@pytest.mark.parametrize("line", ["return F.relu(self.fc)", "return self.fc(self.fc)"], ids=["function", "layer"])
def test_a_layer_given_in_place_of_a_tensor_is_told(path: Path, line: str) -> None:
    assert headline(path, in_network(line), RUN_NETWORK) == (
        "`self.fc` is a layer (Linear), not a tensor: making or naming a layer is not yet calling it with its input."
    )


def test_a_function_given_in_place_of_a_tensor_is_told(path: Path) -> None:
    assert headline(path, in_network("return self.fc(F.relu)"), RUN_NETWORK) == (
        "`F.relu` is a function that was not called: it is given on as it is."
    )


def test_a_function_that_calls_itself_for_ever_is_told(path: Path) -> None:
    told = headline(path, "def run():\n    return run()\n")

    assert told.startswith("`run` calls itself again and again: ")


# Ways to leave.


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (SystemExit(), "Your code asks Python to exit here, so the check could not go on."),
        (LeavesProcess(), "Your code asks Python to exit here, so the check could not go on."),
        (Interrupts(), "Your code raises KeyboardInterrupt here; nobody pressed Ctrl-C."),
        (ReadsKeyboard(), "Your code waits for keyboard input here; a check has no keyboard."),
    ],
    ids=["exit", "end of the process", "interrupt", "keyboard"],
)
def test_a_way_to_leave_the_check_is_told(path: Path, error: BaseException, words: str) -> None:
    path.write_text("def run(error):\n    raise error\n")
    module = load(PatchedModule(path.read_bytes(), str(path)), "exercises.ex01_net")

    with pytest.raises(type(error)) as caught:
        module.run(error)

    assert explain(caught.value, path).headline == words


# What stands around the headline.


def test_the_line_its_code_and_its_values_are_told(path: Path) -> None:
    told = stop(path, in_network("count, name = 2, 'a'", "return self.fc(x.view(count, name))"), RUN_NETWORK)

    assert (told.line, told.code, told.values) == (
        13,
        "return self.fc(x.view(count, name))",
        (
            ("self.fc", "Linear(in_features=3, out_features=2, bias=True)"),
            ("count", "2"),
            ("name", "str 'a'"),
            ("x", "tensor (1, 3) float32"),
        ),
    )


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("None", "None"),
        ("True", "True"),
        ("[1, 2]", "list [1, 2]"),
        ("list(range(90))", "list of 90"),
        ("{'a': 1}", "dict {'a': 1}"),
        ("torch.zeros(2, dtype=torch.int64)", "tensor (2,) int64"),
        ("nn.Sequential(nn.ReLU())", "Sequential"),
    ],
    ids=["None", "bool", "list", "long list", "dict", "tensor", "network"],
)
def test_a_value_is_told_by_what_a_learner_wants_to_know(path: Path, value: str, shown: str) -> None:
    assert stop(path, f"def run():\n    y = {value}\n    raise KeyError(y)\n").values == (("y", shown),)


def test_the_lines_that_led_there_are_told(path: Path) -> None:
    told = stop(path, "def a():\n    1 / 0\ndef b():\n    a()\ndef run():\n    b()\n")

    assert (told.line, told.paragraphs[-1]) == (7, "Called from line 11, then line 9.")


@pytest.mark.parametrize("value", ["[1]", "(1, 2)", "1", "0.5", "{1: 2}", "None", "int"])
def test_an_unknown_name_is_told_whatever_the_first_argument_is(path: Path, value: str) -> None:
    told = headline(path, "def run(first):\n    return qqqq\n", f"run({value})")

    assert told == "Nothing has the name `qqqq` here. Is it defined, or imported?"


def test_tensors_on_two_devices_are_told_with_where_each_lies(path: Path) -> None:
    with pretend_accelerator():
        told = stop(
            path, "def run(x, y):\n    return x @ y\n", "run(torch.ones(2, 2), torch.ones(2, 2, device='cuda'))"
        )

    assert told.headline == (
        "`x` lies on the CPU; `y` lies on cuda:0: what is computed with one another must lie on one device."
    )
    assert told.values == (("x", "tensor (2, 2) float32"), ("y", "tensor (2, 2) float32 on cuda:0"))


@pytest.mark.parametrize("index", range(len(rules._RULES)))
def test_a_rule_that_fails_leaves_the_plain_facts(path: Path, monkeypatch: pytest.MonkeyPatch, index: int) -> None:
    def fails(*_: object) -> str:
        raise RuntimeError

    monkeypatch.setattr(rules, "_RULES", (*rules._RULES[:index], fails, *rules._RULES[index + 1 :]))
    told = stop(path, "def run():\n    return 1 / 0\n")

    assert (told.headline, told.line, told.code) == ("ZeroDivisionError: division by zero", 7, "return 1 / 0")


def test_an_error_that_cannot_describe_itself_is_told_by_its_type(path: Path) -> None:
    source = """
        class Odd(Exception):
            def __str__(self):
                raise ValueError

        def run():
            raise Odd
    """

    assert stop(path, source).paragraphs == ("Odd",)


def test_an_error_without_a_rule_is_told_as_python_said_it(path: Path) -> None:
    told = stop(path, "def run():\n    return 1 / 0\n")

    assert (told.headline, told.paragraphs, told.is_known) == ("ZeroDivisionError: division by zero", (), False)


def test_an_error_with_a_rule_keeps_what_python_said(path: Path) -> None:
    told = stop(path, "def run():\n    return qqqq\n")

    assert (told.paragraphs, told.is_known) == (("NameError: name 'qqqq' is not defined",), True)


def test_an_error_outside_the_learners_file_has_no_line(path: Path) -> None:
    assert explain(KeyError("a"), path) == Explanation("KeyError: 'a'")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError(), "ValueError"),
        (ValueError("one\ntwo"), "ValueError: one"),
        (ValueError("a" * 300), f"ValueError: {'a' * 220} ..."),
    ],
    ids=["no words", "two lines", "too long"],
)
def test_what_was_said_is_kept_short(error: BaseException, said: str) -> None:
    assert said_by(error) == said


# What the learner's own code refuses, and slips that Python names oddly.


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("raise ValueError('x must be small')", ": x must be small"),
        ("raise ValueError", ""),
        ("assert x < 0", ""),
        ("assert x < 0, 'x must be negative'", ": x must be negative"),
    ],
    ids=["raise", "raise without words", "assert", "assert with words"],
)
def test_what_the_learners_own_code_refuses_is_told_as_allowed(path: Path, line: str, words: str) -> None:
    told = headline(path, f"def run(x=1):\n    {line}\n")

    assert told == f"Your code refuses here what this check gives it, and that is allowed{words}"


def test_an_error_that_comes_from_below_a_raise_is_not_taken_for_it(path: Path) -> None:
    told = headline(path, "def run():\n    raise ValueError(round('x'))\n")

    assert told.startswith("TypeError: ")


@pytest.mark.parametrize("line", ["x ^ 2", "(x + 1.0) ^ 2"])
@pytest.mark.parametrize("value", ["1.5", "torch.ones(2)"])
def test_a_caret_is_told_to_be_no_power(path: Path, line: str, value: str) -> None:
    told = headline(path, f"def run(x={value}):\n    return {line}\n")

    assert told == "`^` is Python's exclusive or of bits: a power is written `**`."


def test_a_name_in_short_is_known_by_its_initials(path: Path) -> None:
    told = headline(path, "def run(learning_rate=0.1):\n    return lr\n")

    assert told == "Nothing has the name `lr` here. The nearest name known here is `learning_rate`."


def test_what_a_message_announces_after_a_colon_is_told_too(path: Path) -> None:
    told = headline(path, "def run():\n    nn.Linear(2, 1).load_state_dict({})\n")

    assert "Missing key(s) in state_dict" in told


def test_a_comparison_in_place_of_a_first_value_is_told(path: Path) -> None:
    told = headline(path, "def run(x=1):\n    loss == x + 1\n    return loss\n")

    assert told == "`loss == x + 1` only compares, and `loss` has no value yet: a single `=` gives one."


def test_a_function_that_calls_itself_until_something_else_stops_is_told(path: Path) -> None:
    told = headline(path, "def run(x=(((1,),),)):\n    return run(x[0])\n")

    assert told == "`run` calls itself, on line 7."
