"""The learner's editor: which command opens an exercise at its line, and what is said where there is none."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from kata.learner import editor

PATH = Path("exercises/ex01_lenet.py")


def installed(folder: Path, *names: str) -> str:
    """Make programs of these names, which write down what they were given; return the folder."""
    for name in names:
        program = folder / name
        writes = f"open({str(folder / 'given')!r}, 'w').write(repr(sys.argv[1:]))"
        program.write_text(f"#!{sys.executable}\nimport sys\n{writes}\n")
        program.chmod(0o755)
    return str(folder)


@pytest.mark.skipif(sys.platform == "win32", reason="the programs of this test are scripts")
@pytest.mark.parametrize(
    ("said", "command"),
    [
        ({"EDITOR": "nano"}, ["nano", "+7", str(PATH)]),
        ({"EDITOR": "nano", "VISUAL": "code --wait"}, ["code", "--wait", "--goto", f"{PATH}:7"]),
        ({"VISUAL": "subl"}, ["subl", f"{PATH}:7"]),
        ({"VISUAL": "someone"}, ["someone", str(PATH)]),
        ({"TERM_PROGRAM": "vscode"}, ["code", "--goto", f"{PATH}:7"]),
    ],
    ids=["plus", "VS Code", "colon", "unknown", "in VS Code's terminal"],
)
def test_each_editor_is_told_the_line_in_its_own_way(tmp_path: Path, said: dict[str, str], command: list[str]) -> None:
    path = installed(tmp_path, "nano", "code", "subl", "someone")

    assert editor.command(PATH, 7, {**said, "PATH": path}) == command


@pytest.mark.skipif(sys.platform == "win32", reason="there is always notepad")
@pytest.mark.parametrize(
    ("said", "words"), [({}, "set VISUAL or EDITOR"), ({"EDITOR": "nothing-of-the-kind"}, "nothing-of-the-kind is not")]
)
def test_where_there_is_none_it_is_said_what_to_set(said: dict[str, str], words: str) -> None:
    with pytest.raises(editor.NoEditor, match=words):
        editor.command(PATH, 7, {**said, "PATH": ""})


@pytest.mark.skipif(sys.platform == "win32", reason="the programs of this test are scripts")
def test_an_editor_with_a_window_is_not_waited_for(tmp_path: Path) -> None:
    installed(tmp_path, "code")
    words = [str(tmp_path / "code"), "--goto", "x.py:7"]
    assert not editor.needs_terminal(words)

    assert editor.run(words) == 0

    editor.OPEN.pop().wait()
    assert (tmp_path / "given").read_text() == "['--goto', 'x.py:7']"
