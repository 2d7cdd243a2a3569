"""Make text from learners' code safe to show: bounded, without control characters."""

from __future__ import annotations

import re

LONGEST = 4000  # characters of one piece of text
_STYLE = re.compile(r"\x1b\[[0-9;]*m")  # what makes a terminal print bold or in colour


def whole(number: int) -> str:
    """Format an integer; abbreviate a huge one (Python limits conversion to 4,300 digits)."""
    if number.bit_length() <= _LONGEST_NUMBER:
        return str(number)
    return f"a whole number of about {round(number.bit_length() * 0.30103):,} digits"


_LONGEST_NUMBER = 200  # bits: 60 digits


def text_of(value: object) -> str:
    """Return ``str(value)``, or "" if that raises."""
    try:
        return str(value)
    except Exception:  # noqa: BLE001  (an exception of one's own that cannot describe itself)
        return ""


def safe(text: str) -> str:
    """Return a text without terminal styles, of bounded length, with control characters and lone surrogates escaped."""
    text = _STYLE.sub("", text)
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]} ... ({len(text)} characters)"
    return "".join(one if one in "\n\t" or one.isprintable() else ascii(one)[1:-1] for one in text)
