"""Who uses the solution is noted: by the text, and by what Python opens and imports."""

from __future__ import annotations

import pytest

from kata.running.audit import names_solution

USES = {
    "an import": "import solutions.ex01_lenet as right",
    "an import of a name": "from solutions.ex01_lenet import LeNet",
    "an import in a function": "def f():\n    from solutions import ex01_lenet",
    "a name made of text": "module = __import__('importlib').import_module('solutions.ex01_lenet')",
    "a file": "text = open('../solutions/ex01_lenet.py').read()",
    "a folder": "from pathlib import Path\nfolder = Path(__file__).parents[1] / 'solutions'",
}
USES_NOT = {
    "a docstring": 'def f():\n    """Compare with solutions/ex01_lenet.py."""',
    "a comment": "# see solutions/ex01_lenet.py",
    "another word": "print('two solutions were found')",
    "another package": "import solution_of_equations",
    "what is no Python": "def (",
}


@pytest.mark.parametrize("text", USES.values(), ids=USES.keys())
def test_a_text_that_names_the_solution_is_noted(text: str) -> None:
    assert names_solution(text.encode())


@pytest.mark.parametrize("text", USES_NOT.values(), ids=USES_NOT.keys())
def test_a_text_that_only_speaks_of_it_is_not(text: str) -> None:
    assert not names_solution(text.encode())
