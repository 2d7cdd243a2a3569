"""What is told of a call that does not fit: left out, one too many, misspelt, in other brackets, of another shape."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.test_explain import RUN_NETWORK, headline, in_network, path

__all__ = ["path"]  # a fixture

ARGUMENTS = {
    "own": ("add(1)", "`add(a, b)` is not told `b`."),
    "a library's": ("math.copysign(1)", "`math.copysign(x, y)` is not told `y`."),
    "a layer's": (
        "nn.Conv2d(1, 6)",
        "`nn.Conv2d(in_channels, out_channels, kernel_size, ...)` is not told `kernel_size`.",
    ),
    "unknown name": (
        "nn.Conv2d(1, 6, kernel=5)",
        "`nn.Conv2d(in_channels, out_channels, kernel_size, ...)` has no argument `kernel`; "
        "the nearest is `kernel_size`.",
    ),
    "too many": ("add(1, 2, 3)", "`add(a, b)` is given 3 arguments, more than it takes."),
    "inner brackets": (
        "nn.Linear((84, 10))",
        "`nn.Linear(in_features, out_features, bias, ...)` is not told `out_features`: "
        "inner brackets make one argument of several numbers.",
    ),
    "behind a dispatch": (
        "F.max_pool2d(torch.ones(3))",
        "`F.max_pool2d(input, kernel_size, stride, ...)` is not told `kernel_size`.",
    ),
    "late bracket": (
        "F.max_pool2d(F.relu(torch.ones(1, 2, 2), 2))",
        "`F.max_pool2d(input, kernel_size, stride, ...)` is not told `kernel_size`: does a bracket close too late?",
    ),
    "settings first": (
        "F.max_pool2d(2, torch.ones(1, 2, 2))",
        "`F.max_pool2d` takes the tensor first, and its settings after it; 2 stands first.",
    ),
    "function made like a layer": (
        "F.relu()(torch.ones(2))",
        "`F.relu` is a function: it takes the tensor and the settings in one call. "
        "What is made first and called afterwards is a layer of torch.nn.",
    ),
    "square brackets": (
        "nn.Linear[84, 10]",
        "`nn.Linear` is a class, and is called with parentheses; square ones take a part of something.",
    ),
    "float size": (
        "nn.Linear(800 / 2, 120)",
        "Linear was given in_features=400.0, a float: it must be a whole number.",
    ),
    "another case": ("nn.conv2d", "The module torch.nn has no `conv2d`. The nearest name there is `Conv2d`."),
    "another module": ("F.flatten", "The module torch.nn.functional has no `flatten`. There is torch.flatten."),
}


@pytest.mark.parametrize(("call", "words"), ARGUMENTS.values(), ids=ARGUMENTS.keys())
def test_a_call_that_does_not_fit_is_told(path: Path, call: str, words: str) -> None:
    source = f"import math\ndef add(a, b):\n    return a\ndef run():\n    return {call}\n"

    assert headline(path, source) == words


INSIDE = {
    "uncalled method before brackets": (
        "x.size[1:]",
        "`x.size` is a function that was not called: its parentheses come before the square brackets.",
    ),
    "called value": ("x.shape()", "`x.shape` is a value, not a method: it stands without parentheses."),
    "layer in square brackets": (
        "self.fc[x]",
        "`self.fc` is a layer, and is called with parentheses; square ones take a part of something.",
    ),
    "layer with a dot": (
        "self.fc.x",
        "Linear(in_features=3, out_features=2, bias=True) has no `x`. "
        "It is a layer, and takes its input in parentheses: (...), not .x.",
    ),
    "uncalled method given on": (
        "x.view(-1, self.forward)",
        "`self.forward` is a method that was not called: its parentheses are missing.",
    ),
    "view": ("x.view(2, 2)", "`x` is (1, 3), 3 numbers: they do not fit into (2, 2), which has room for 4."),
    "view with a free size": ("x.reshape(-1, 2)", "`x` is (1, 3), 3 numbers: they do not fit into (-1, 2)."),
    "view with a float": (
        "x.view(1, x.shape[1] / 3, 3)",
        "`x.shape[1] / 3` is a float, and a whole number is wanted here: `/` always gives a float, `//` whole numbers.",
    ),
    "slice up to a float": (
        "x[:, : (half := 1.5)]",
        "`half` is the float 1.5, and a whole number is wanted here: `/` always gives a float, `//` whole numbers.",
    ),
    "sizes that do not broadcast": (
        "x + self.fc.bias",
        "`x` is (1, 3) and `self.fc.bias` is (2,): counted from the last, their sizes must be equal or 1, "
        "and 3 meets 2.",
    ),
    "a sum that loses its dimension": (
        "x / self.fc.weight.sum(1)",
        "`x` is (1, 3) and `self.fc.weight.sum(1)` is (2,): counted from the last, their sizes must be equal or 1, "
        "and 3 meets 2. `keepdim=True` keeps a dimension that is summed up.",
    ),
    "a transposed matrix that does not fit": (
        "x + self.fc.weight.T",
        "`x` is (1, 3) and `self.fc.weight.T` is (3, 2): counted from the last, their sizes must be equal or 1, "
        "and 3 meets 2.",
    ),
    "a layer given what it cannot take": (
        "self.fc(self.fc.bias)",
        "`self.fc` takes rows of 3 numbers, and was given (2,): rows of 2.",
    ),
    "a weight of other dimensions": (
        "F.conv2d(x, self.fc.weight)",
        "`self.fc.weight` is (2, 3): the weight that `conv2d` takes has 4 dimensions, (out, in, height, width).",
    ),
    "matrices that do not fit": (
        "x @ self.fc.weight",
        "`x` is (1, 3) and `self.fc.weight` is (2, 3): a matrix product needs as many columns on the left as rows "
        "on the right, not 3 and 2.",
    ),
    "matrices that do not fit, by name": (
        "torch.mm(x, self.fc.weight)",
        "`x` is (1, 3) and `self.fc.weight` is (2, 3): a matrix product needs as many columns on the left as rows "
        "on the right, not 3 and 2.",
    ),
    "pooling of rows": (
        "F.max_pool2d(x[0], 2)",
        "RuntimeError: non-empty 3D or 4D (batch mode) tensor expected for input",
    ),
    "pooling of a row": (
        "F.max_pool2d(x, 2)",
        "`x` is (1, 3): pooling needs maps, (N, C, H, W), and here they are flattened into rows already.",
    ),
    "the parent's forward": (
        "super().forward(x)",
        "nn.Module itself has no forward to be called: what a network does is written in its own.",
    ),
    "once more": ("self.forward(self.fc(x))", "`forward` calls itself, on line 12."),
}


@pytest.mark.parametrize(("value", "words"), INSIDE.values(), ids=INSIDE.keys())
def test_a_line_in_forward_that_does_not_fit_is_told(path: Path, value: str, words: str) -> None:
    assert headline(path, in_network(f"return {value}"), RUN_NETWORK) == words


@pytest.mark.parametrize(
    ("made", "words"),
    [
        ("F.relu(x),", "`y` is a tuple of 1, not a tensor: a comma at the end of the line that made it?"),
        ("[x, x]", "`y` is a list of 2, not a tensor."),
        ("x.numpy()", "`y` is an array of numpy, not a tensor: numpy knows nothing of layers and gradients."),
        ("x.relu", "`y` is a function that was not called: it is given on as it is."),
    ],
    ids=["comma", "list", "numpy", "uncalled"],
)
def test_what_stands_in_place_of_a_tensor_is_told(path: Path, made: str, words: str) -> None:
    assert headline(path, in_network(f"y = {made}", "return self.fc(y)"), RUN_NETWORK) == words


def test_a_loop_over_one_number_is_told(path: Path) -> None:
    told = headline(path, in_network("for size in x.dim():", "    print(size)"), RUN_NETWORK)

    assert told == "`x.dim()` is one number; a loop goes over several."


def test_an_init_that_returns_something_is_told(path: Path) -> None:
    source = "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        return self\n"

    assert headline(path, source, "Net()") == "`__init__` returns something, on line 9: it only prepares the object."


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            "super().__init__(self)",
            "`super().__init__` hands over the object by itself: `self` is left out of its brackets.",
        ),
        ("nn.Module.__init__()", "`nn.Module.__init__(self, args, kwargs)` is not told `self`."),
    ],
    ids=["self twice", "no self"],
)
def test_a_wrong_call_of_the_parents_init_is_told(path: Path, call: str, words: str) -> None:
    assert headline(path, f"class Net(nn.Module):\n    def __init__(self):\n        {call}\n", "Net()") == words


def test_a_misspelt_module_is_told_with_the_nearest(path: Path) -> None:
    assert headline(path, "def run():\n    import torch.nn.functionals as F\n") == (
        "There is no module `torch.nn.functionals` here. The nearest there is is `torch.nn.functional`."
    )
