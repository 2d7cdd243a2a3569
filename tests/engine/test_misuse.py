"""What is there and is used as something else is told by what it is."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from kata.checking.loading import load
from kata.content.patching import PatchedModule
from kata.diagnosis.exceptions.frame import hidden_cause
from tests.engine.test_explain import headline, stop


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A learner's file."""
    return tmp_path / "ex01_net.py"


NET = "net = nn.Linear(2, 1)\nnet(torch.ones(1, 2)).sum().backward()\n"
FROZEN = "net = nn.Linear(2, 1)\n"

LINES = {
    "a gradient times a number": (
        FROZEN + "for p in net.parameters():\n    p.data -= 0.1 * p.grad",
        "`p.grad` is None here: the parameter is frozen, or the loss never reached it.",
    ),
    "what a call in place returned": (
        FROZEN + "order = [2, 1]\nbest = order.sort()\nreturn best[0]",
        "`best` is None: `order.sort` returned nothing. Does it change what it is given, in place?",
    ),
    "backward without a graph": (
        "loss = nn.Linear(1, 1)(torch.ones(1)).detach()\n(2 * loss).backward()",
        "`2 * loss` has no graph behind it that backward could follow: on the way to `loss` it was cut, or nothing "
        "there takes gradients.",
    ),
    "a gradient asked for something": (
        FROZEN + "p = net.weight\nreturn p.grad.clone()",
        "`p.grad` is None here: the parameter is frozen, or the loss never reached it.",
    ),
    "a gradient under a name": (
        FROZEN + "g = net.weight.grad\nreturn g + 1",
        "`g` is None here: the parameter is frozen, or the loss never reached it.",
    ),
    "a gradient handed over": (
        FROZEN + "return torch.add(net.weight, net.weight.grad)",
        "`net.weight.grad` is None here: the parameter is frozen, or the loss never reached it.",
    ),
    "an empty dictionary": (
        "state = {}\nreturn state['buffer'] * 2",
        "`state` is still empty: nothing is kept under 'buffer' before it is put there.",
    ),
    "a key that is not there": (
        "group = {'lr': 1, 'params': []}\nreturn group['momentum']",
        "`group` has no key 'momentum'; it has 'lr', 'params'.",
    ),
    "a key after a dot": (
        "group = {'lr': 1}\nreturn group.lr",
        "`lr` is a key of a dictionary, not an attribute: it is read in square brackets, as a text.",
    ),
    "an attribute in brackets": (
        "p = torch.ones(2)\nreturn p['grad']",
        "`p` is a tensor: `grad` is an attribute of it, after a dot, not a key.",
    ),
    "a module called with nothing": (
        "criterion = nn.MSELoss()\nreturn criterion()(torch.ones(2), torch.ones(2))",
        "`criterion` is a MSELoss that is made already: it takes its input in these parentheses.",
    ),
    "a class called with a tensor": (
        "class Half(nn.Module):\n    pass\nhalve = Half\nreturn halve(torch.ones(2))",
        "`halve` is the class Half, not yet an object of it: `halve()` makes one, and that takes the input.",
    ),
    "comparisons joined by or": (
        "x = torch.ones(3)\nreturn x[(x < 0) or (x > 9)]",
        "`x < 0` gives 3 answers, one for each number: `&`, `|` and `~` join them one by one, with each comparison in "
        "parentheses; `.any()` or `.all()` makes one of many.",
    ),
    "values and indices added": (
        "x = torch.ones(3, 2)\nreturn 1 + x.max(dim=1)",
        "`x.max(dim=1)` is two tensors, values and indices: `.values` or `.indices` after it is one of them.",
    ),
    "values and indices under a name": (
        "best = torch.ones(3, 2).max(1)\nreturn torch.ones(3) + best",
        "`best` is two tensors, values and indices: `.values` or `.indices` after it is one of them.",
    ),
    "a method of values and indices": (
        "x = torch.ones(3, 2)\nreturn x.sort(1).sum()",
        "`x.sort(1)` is two tensors, values and indices: `.values` or `.indices` after it is one of them.",
    ),
    "next of a list": (
        "loader = [1, 2]\nreturn next(loader)",
        "`loader` is no iterator: a `for` goes over all of it, `next(iter(loader))` takes the first.",
    ),
    "a method given to a function that takes a number": (
        "loss = torch.ones(())\nreturn int(loss.item)",
        "`loss.item` is a method that was not called: its parentheses are missing.",
    ),
    "a method given to a function that takes a list": (
        "net = nn.Linear(1, 1)\nreturn list(net.parameters)",
        "`net.parameters` is a method that was not called: its parentheses are missing.",
    ),
    "a method that a comprehension goes over": (
        "net = nn.Linear(1, 1)\nreturn [p for p in net.parameters]",
        "`net.parameters` is a method that was not called: its parentheses are missing.",
    ),
    "a dataset behind its sizes": (
        "from torch.utils.data import random_split, TensorDataset\ndata = TensorDataset(torch.ones(3))\n"
        "return random_split([1, 2], data)",
        "`random_split` takes the dataset first; `[1, 2]` stands first.",
    ),
    "a gradient asked whether it is true": (
        NET + "p = net.weight\nif p.grad:\n    p.grad.zero_()",
        "`p.grad` is a tensor of 2 numbers, neither true nor false as a whole: "
        "whether it is there is asked with `p.grad is not None`.",
    ),
    "a tensor asked whether it is true": (
        "x = torch.ones(3)\nreturn 1 if not x else 2",
        "`x` is a tensor of 3 numbers, neither true nor false as a whole: "
        "`.any()` or `.all()` makes one answer of many.",
    ),
    "a set for a dictionary": (
        "lr = 1\nreturn torch.optim.Optimizer([torch.ones(1)], {lr})",
        "`{lr}` is a set: a dictionary has a key and a colon before each value.",
    ),
    "pairs of a loop": (
        NET + "for p in net.named_parameters():\n    p.grad.zero_()",
        "`p` is a tuple (str, Parameter): going over `net.named_parameters()` gives several values at once; "
        "name each of them.",
    ),
    "keys of a loop": (
        NET + "for p in net.state_dict():\n    p.grad.zero_()",
        "`p` is the key 'weight': going over a dictionary, `net.state_dict()`, gives its keys.",
    ),
    "a mode without parentheses": (
        "with torch.no_grad:\n    return 1",
        "`torch.no_grad` is a class that was not called: its parentheses are missing.",
    ),
    "a method that is reckoned with": (
        "loss = torch.ones(())\nreturn 2 * loss.item",
        "`loss.item` is a method that was not called: its parentheses are missing.",
    ),
    "brackets of a call for those of an item": (
        "class Kept:\n    pass\nkept = Kept()\nkept.images = torch.ones(3)\nreturn kept.images(0)",
        "`kept.images` is a tensor, and is called like a function: square brackets take a part of it.",
    ),
    "a method that is compared": (
        "x = torch.ones(2, 2)\nreturn x.dim > 1",
        "`x.dim` is a method that was not called: its parentheses are missing.",
    ),
    "a method of a class": (
        "return torch.Generator.manual_seed(0)",
        "`torch.Generator` is a class, not an object of it: parentheses are missing before `.manual_seed`.",
    ),
    "labels before scores": (
        "labels = torch.tensor([1, 2])\nreturn F.cross_entropy(labels, torch.ones(2, 3))",
        "The scores come first, then the labels: `labels`, int64 (2,), stands first.",
    ),
    "a criterion's class called with data": (
        "labels = torch.tensor([1, 2])\nreturn nn.CrossEntropyLoss(torch.ones(2, 3), labels)",
        "`nn.CrossEntropyLoss(...)` makes a layer, and takes its settings, not the tensor: make the layer first and "
        "call it afterwards, or use the function of torch.nn.functional.",
    ),
    "a layer made with what is worked out from a tensor": (
        "x = torch.ones(2)\nreturn nn.Tanh(2 * x)",
        "`nn.Tanh(...)` makes a layer, and takes its settings, not the tensor: make the layer first and "
        "call it afterwards, or use the function of torch.nn.functional.",
    ),
    "a pair in the other order": (
        FROZEN + "for labels, images in [(torch.ones(3, 2), torch.tensor([1, 0, 1]))]:\n    net(images)",
        "`labels` holds float32 (3, 2) and `images` holds int64 (3,): the pair is taken in the other order.",
    ),
    "a new file before the old": (
        "import os\nold, new = '/nowhere/old', '/nowhere/new'\nreturn os.replace(new, old)",
        "os.replace moves its first argument to its second; the first, `new`, is not there.",
    ),
    "a path before what is saved": (
        "where = 'x.pt'\nreturn torch.save(where, {'a': 1})",
        "torch.save takes what is saved first, and then where it goes.",
    ),
    "a path for a dictionary": (
        FROZEN + "where = 'x.pt'\nreturn net.load_state_dict(where)",
        "`net.load_state_dict` takes a dictionary, not a path: torch.load reads it from there first.",
    ),
}


@pytest.mark.parametrize(("lines", "words"), LINES.values(), ids=LINES.keys())
def test_what_is_used_as_something_else_is_told(path: Path, lines: str, words: str) -> None:
    assert headline(path, f"def run():\n{textwrap.indent(lines, '    ')}\n") == words


SWAPPED = """
def update(net: nn.Module, loss: torch.Tensor, rate: float):
    net.zero_grad()


def run():
    net = nn.Linear(1, 1)
    update({})
"""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            "torch.ones(()), net, 0.1",
            "a tensor stands for `net`, and a network for `loss`.",
        ),
        (
            "0.1, torch.ones(()), net",
            "a number stands for `net`, and a network for `rate`.",
        ),
    ],
    ids=["network and loss", "network and number"],
)
def test_swapped_arguments_of_a_function_of_ones_own_are_told(path: Path, arguments: str, words: str) -> None:
    assert headline(path, SWAPPED.format(arguments)) == f"`update(net, loss, rate)` is called in another order: {words}"


def test_a_loader_and_an_optimizer_in_each_others_place_are_told(path: Path) -> None:
    source = """
        def epoch(net: nn.Module, loader: torch.utils.data.DataLoader, optimizer: torch.optim.Optimizer):
            for batch in loader:
                pass

        def run():
            net = nn.Linear(1, 1)
            epoch(net, torch.optim.SGD(net.parameters(), lr=1), [1])
    """

    assert headline(path, source) == (
        "`epoch(net, loader, optimizer)` is called in another order: "
        "an optimizer stands for `loader`, and a loader for `optimizer`."
    )


HIDING = """
def run():
    try:
        {}
    except Exception as error:
        raise ValueError("it must be whole"){}
"""


def raised(path: Path, line: str, chained: str) -> BaseException:
    """Return what a function raises that hides what stops a line of it."""
    path.write_text(HIDING.format(line, chained))
    module = load(PatchedModule(path.read_bytes(), str(path)), "exercises.ex01_net")
    with pytest.raises(ValueError, match="whole") as caught:
        module.run()
    return caught.value


@pytest.mark.parametrize("chained", [" from error", ""], ids=["from", "while handling"])
def test_a_slip_that_an_own_raise_hides_is_found(path: Path, chained: str) -> None:
    assert isinstance(hidden_cause(raised(path, "nothing.there()", chained), path), NameError)


@pytest.mark.parametrize("line", ["int('x')", "open('/nowhere/file')"], ids=["a value", "a file"])
def test_what_an_own_raise_is_for_is_no_slip(path: Path, line: str) -> None:
    assert hidden_cause(raised(path, line, " from error"), path) is None


LEGITIMATE = {
    "a method of a class with an object": "x = torch.ones(2)\nreturn torch.Tensor.add(x, nowhere.attribute)",
    "a gradient that is asked whether it is None": FROZEN + "return net.weight.grad is not None or net.weihgt",
    "a pair of a loop, taken apart": "for p in [(1, 2)]:\n    p[0].missing",
    "kinds in an isinstance": "x = 3\nreturn isinstance(x, int | float) and x.missing",
    "a kind that is compared": "x = 3\nreturn type(x) is int and x.missing",
    "a method of a class that takes no object": "return dict.fromkeys(3, 4)",
}


@pytest.mark.parametrize("lines", LEGITIMATE.values(), ids=LEGITIMATE.keys())
def test_what_is_rightly_there_is_not_blamed(path: Path, lines: str) -> None:
    said = headline(path, f"def run():\n{textwrap.indent(lines, '    ')}\n")

    blames = ("is None here", "was not called", "not an object of it", "gives several values")
    assert [blame for blame in blames if blame in said] == []


def test_super_without_parentheses_is_told(path: Path) -> None:
    source = "class Net(nn.Module):\n    def __init__(self):\n        super.__init__()\n"

    assert headline(path, source, "Net()") == "`super` stands without its parentheses."


def test_a_gradient_that_is_none_is_shown_among_the_values(path: Path) -> None:
    told = stop(path, "def run():\n    p = nn.Linear(1, 1).weight\n    return 2 * p.grad\n")

    assert ("p.grad", "None") in told.values
