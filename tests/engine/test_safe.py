"""Text from a learner's code is made fit to be shown."""

from __future__ import annotations

import pytest

from kata.content.safe import LONGEST, safe, text_of


class Wordless(Exception):
    """An exception that cannot describe itself."""

    def __str__(self) -> str:
        raise ValueError("no words")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text\n\tin two lines", "plain text\n\tin two lines"),
        ("Größe 3", "Größe 3"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("a\udc80b", "a\\udc80b"),
        ("ring\x07\x00", "ring\\x07\\x00"),
    ],
    ids=["plain", "other alphabets", "style", "escape sequence", "surrogate", "control characters"],
)
def test_what_a_terminal_would_obey_is_written_out(text: str, shown: str) -> None:
    assert safe(text) == shown


def test_a_long_text_says_how_long_it_is() -> None:
    assert safe("x" * 1_000_000) == "x" * LONGEST + " ... (1000000 characters)"


def test_what_cannot_describe_itself_has_no_text() -> None:
    assert (text_of(Wordless()), text_of(3)) == ("", "3")
