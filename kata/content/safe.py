"""Make any text fit to be shown: what comes from a learner's code may be long, or hold what a terminal obeys."""

from __future__ import annotations

import re

LONGEST = 4000  # characters of one piece of text
_STYLE = re.compile(r"\x1b\[[0-9;]*m")  # what makes a terminal print bold or in colour


def whole(number: int) -> str:
    """Return a whole number in digits, or how many it has where nobody would read them (Python refuses 4,300)."""
    if number.bit_length() <= _LONGEST_NUMBER:
        return str(number)
    return f"a whole number of about {round(number.bit_length() * 0.30103):,} digits"


_LONGEST_NUMBER = 200  # bits: 60 digits


def text_of(value: object) -> str:
    """Return ``str(value)``; "" where that fails."""
    try:
        return str(value)
    except Exception:  # noqa: BLE001  (an exception of one's own that cannot describe itself)
        return ""


def safe(text: str) -> str:
    """Return a text without styles, not too long, with control characters and lone surrogates written as escapes."""
    text = _STYLE.sub("", text)
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]} ... ({len(text)} characters)"
    return "".join(one if one in "\n\t" or one.isprintable() else ascii(one)[1:-1] for one in text)
