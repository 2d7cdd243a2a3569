"""Statements that come to nothing, found in a function's text."""

from __future__ import annotations

import ast
import textwrap

import pytest

from kata.diagnosis.dead_code import DeadCode, find, find_in_test


def found(body: str, head: str = "def f(net, x: Tensor, loader, device, optimizer)") -> DeadCode | None:
    """Return what is found in a function with that body; its first line is line 2."""
    function = ast.parse(f"{head}:\n{textwrap.indent(textwrap.dedent(body), '    ')}").body[0]
    assert isinstance(function, ast.FunctionDef)
    return find(function)


SURE = {
    "net.zero_grad": "`net.zero_grad` is only named here, and not called: its parentheses are missing.",
    "total == 0": "`total == 0` only compares, and changes nothing: a single `=` gives a value.",
    "F.relu(x)": "What `F.relu(x)` gives is not assigned to anything, and is lost.",
    "torch.flatten(x, 1)": "What `torch.flatten(x, 1)` gives is not assigned to anything, and is lost.",
    "dist.all_reduce(x, async_op=True)": "`dist.all_reduce(x, async_op=True)` does not wait: what it returns has a "
    "wait(), and until then the numbers may be any.",
    "labels.long()": "What `labels.long()` gives is not assigned to anything, and is lost.",
    "x.to(device)": "What `x.to(device)` gives is not assigned to anything, and is lost.",
    "for a, b in loader: a.to(device)": "What `a.to(device)` gives is not assigned to anything, and is lost.",
    "torch.save({'net': net.state_dict}, x)": "`net.state_dict` is a method that is kept here without being called: "
    "parentheses are missing.",
    "net.fc3: nn.Linear(84, 10)": "`net.fc3: nn.Linear(84, 10)` is only an annotation, and assigns nothing: "
    "`=` is missing.",
}


@pytest.mark.parametrize("line", SURE)
def test_a_statement_that_does_nothing_is_found(line: str) -> None:
    assert found(f"y = 1\nif y:\n    {line}\n") == DeadCode(4, SURE[line])


@pytest.mark.parametrize(
    "line",
    [
        "net.zero_grad()",
        "net.to(device)",
        "net.float()",
        "x.zero_()",
        "F.relu(x, inplace=True)",
        "F.relu_(x)",
        "torch.manual_seed(0)",
        "torch.add(x, 1, out=x)",
        "loss.backward()",
        "seen.add(x)",
        "for name, module in net.named_modules(): module.to(device)",
        "total = 0",
        "size: int = 1",
        "'''Text.'''",
        "...",
        "assert x == 1",
        "if x.dtype.is_complex: net(x)",
        "if self.dim == 3: net(x)",
        "return x.dim",
        "x.shape",
        "p.grad",
    ],
)
def test_statements_that_do_something_are_left_alone(line: str) -> None:
    assert found(line) is None


NEVER_READ = {
    "a name at the end": ("x = x + 1\ny = x * 2\nreturn x", 3),
    "the name of a loop": ("for p in net:\n    p = p - 1\nreturn net", 3),
    "a name that gets another value first": ("y = net(x)\ny = net(x + 1)\nreturn y", 2),
    "in one branch": ("if x:\n    y = x + 1\n    return x\nreturn 0", 3),
    "before it is left": ("while x:\n    y = net(x)\n    break\nreturn x", 3),
    "what is annotated": ("y: int = net(x)\nreturn x", 2),
    "in a with": ("with x:\n    y = net(x)\nreturn x", 3),
}


@pytest.mark.parametrize("name", NEVER_READ)
def test_a_value_that_nothing_reads_is_found(name: str) -> None:
    body, line = NEVER_READ[name]

    seen = found(body)

    assert seen is not None
    assert not seen.is_sure
    assert (seen.line, f"The value that line {line} gives to" in seen.sentence) == (line, True)


ONLY_LAST = {
    "a total": ("total, count = 0.0, 0\nfor a in x:\n    total = net(a)\n    count += 1\nreturn total / count", 4),
    "counts": ("counts = torch.zeros(10)\nfor a in x:\n    counts = torch.bincount(a)\nreturn counts", 4),
    "a product": ("n = 1\nfor size in x:\n    n = size\nreturn n", 4),
}


@pytest.mark.parametrize("name", ONLY_LAST)
def test_a_name_that_begins_as_a_number_and_is_overwritten_in_each_turn_is_found(name: str) -> None:
    body, line = ONLY_LAST[name]

    seen = found(body)

    assert seen is not None
    assert not seen.is_sure
    assert seen.sentence.startswith(f"Line {line} gives `")
    assert seen.sentence.endswith("only the last one is left.")


def test_a_return_that_ends_a_loop_in_its_first_turn_is_found() -> None:
    seen = found("for a in x:\n    y = net(a)\n    return y")

    assert seen is not None
    assert not seen.is_sure
    assert seen.sentence == "The `return` on line 4 stands within the loop, and ends it in its first turn."


READ = {
    "returned at once": "for a in x:\n    return a",
    "returned now and then": "for a in x:\n    if net(a):\n        return a\nreturn x",
    "returned after a continue": "for a in x:\n    if net(a):\n        continue\n    return a",
    "what each turn goes on from": "n = 1\nfor size in x:\n    n = n * size\nreturn n",
    "what each turn uses": "loss = 0\nfor a in x:\n    loss = net(a)\n    loss.backward()\nreturn loss",
    "what is found now and then": "best = 0\nfor a in x:\n    if net(a):\n        best = a\nreturn best",
    "in the next turn": "y = net(x)\nfor a in x:\n    y = net(y)\nreturn x",
    "after a continue": "y = x + 1\nfor a in x:\n    if a:\n        y = a + 1\n        continue\n    print(y)",
    "after a break": "for a in x:\n    y = a + 1\n    break\nelse:\n    y = x\nreturn y",
    "where it is handled": "try:\n    y = x + 1\n    net(x)\nexcept ValueError:\n    print(y)",
    "at last": "y = x + 1\ntry:\n    net(x)\nfinally:\n    print(y)",
    "by a function inside": "y = x + 1\ndef g():\n    return y\nreturn g",
    "by a lambda": "y = x + 1\nreturn lambda: y",
    "a first value that is a plain number": "y = 0\ny = net(x)\nreturn y",
    "a name that says so": "_ = net(x)\nreturn x",
    "a part of a tuple": "a, b = net(x)\nreturn a",
    "a global": "global y\ny = net(x)",
    "an attribute": "net.y = x + 1",
    "a part of a list": "y = x + 1\ny[0] = 2\nreturn x",
    "reckoned with in place": "y = x + 1\ny += 1\nreturn x",
}


@pytest.mark.parametrize("name", READ)
def test_a_value_that_something_reads_is_left_alone(name: str) -> None:
    assert found(READ[name]) is None


def test_in_init_it_is_said_what_an_object_keeps() -> None:
    seen = found("fc3 = nn.Linear(84, 10)", head="def __init__(self)")

    assert seen is not None
    assert (
        seen.sentence == "The value that line 2 gives to `fc3` is never used. "
        "An object keeps what is assigned to `self`."
    )


@pytest.mark.parametrize(
    "line", ["if x.dim == 3: net(x)", "y = 1 if x.is_complex else 2\nreturn y", "assert not x.numel"]
)
def test_a_method_that_is_asked_without_being_called_is_found(line: str) -> None:
    seen = found(line)

    assert seen is not None
    assert seen.is_sure
    assert seen.sentence.endswith("is a method that is asked here without being called: parentheses are missing.")


def found_in_test(body: str) -> DeadCode | None:
    text = "def check_update(update):\n" + "".join(f"    {line}\n" for line in body.splitlines())
    function = ast.parse(text).body[0]
    assert isinstance(function, ast.FunctionDef)
    return find_in_test(function)


WEAK_TESTS = {
    "count(x) == 4": "`count(x) == 4` only compares: an `assert` is missing in front of it.",
    "torch.equal(x, y)": "`torch.equal(x, y)` only returns a bool: an `assert` is missing in front of it.",
    "assert (x == y, 'differs')": "`assert (condition, message)` asserts a tuple, which is always true: "
    "leave the parentheses out.",
    "assert x.a == x.a": "`x.a == x.a` compares something with itself.",
    "assert torch.equal(x, x)": "`torch.equal(x, x)` compares something with itself.",
    "assert torch.testing.assert_close(x, y)": "`assert_close` raises by itself and returns None: "
    "leave the `assert` in front of it out.",
    "try:\n    assert x\nexcept Exception:\n    pass": "The `except` on line 4 swallows the AssertionError of line 3.",
    "net = nn.Linear(2, 1)\nreturn net.weight.sum() > 0": "`return net.weight.sum() > 0` rejects nothing: "
    "a test rejects by raising, so `assert` it.",
    "net = nn.Linear(2, 1)\nnet.zero_grad()": "This test asserts nothing: it rejects no answer.",
    "before = net.weight.detach()\nupdate(net, 1)\nassert torch.equal(net.weight, before - 1)": "`before` is a view of "
    "`net.weight`, and changes with it: keep `net.weight.detach().clone()`.",
}


@pytest.mark.parametrize("body", WEAK_TESTS)
def test_what_keeps_a_test_from_rejecting_anything_is_found(body: str) -> None:
    seen = found_in_test(body)

    assert seen is not None
    assert seen.sentence == WEAK_TESTS[body]


@pytest.mark.parametrize(
    "body",
    [
        "assert torch.equal(x, y), 'differs'",
        "torch.testing.assert_close(x, y)",
        "try:\n    update(net, 1)\nexcept ValueError:\n    raise AssertionError from None",
        "if x != y:\n    raise AssertionError",
        "same(x, y)",
        "before = net.weight.detach().clone()\nupdate(net, 1)\nassert torch.equal(net.weight, before - 1)",
    ],
)
def test_tests_that_can_reject_are_left_alone(body: str) -> None:
    assert found_in_test(body) is None


VIEW = "for i in range(3):\n    old = flat[i]\n    flat[i] = old + 1\n    up = net(x)\n    flat[i] = old\nreturn up"


def test_an_element_that_is_read_after_it_was_overwritten_is_a_view() -> None:
    seen = found(f"flat = x.view(-1)\n{VIEW}")

    assert seen is not None
    assert seen.is_sure
    assert seen.sentence == "`old` is a view of `flat[i]`, and changes with it: keep `flat[i].item()` or a clone."


@pytest.mark.parametrize(
    "body",
    [
        f"flat = list(x)\n{VIEW}",
        f"flat = x.view(-1)\n{VIEW}".replace("flat[i]\n    flat", "flat[i].item()\n    flat"),
        "flat = x.view(-1)\nold = flat[0]\nflat[0] = old + 1\nreturn flat",
        "flat = x.view(-1)\nold = flat[0]\nreturn old + flat",
    ],
    ids=["a list", "a number", "read only while it is overwritten", "never overwritten"],
)
def test_an_element_that_keeps_its_value_is_left_alone(body: str) -> None:
    assert found(body) is None
