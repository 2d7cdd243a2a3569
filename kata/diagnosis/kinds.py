"""Facts of a kind that has a sentence of its own: what raises, what is refused, what stays as it is, what is None."""

from __future__ import annotations

import re

_ATTEMPT = re.compile(r"what (?:becomes of (?P<thing>.+)|(?P<doing>.+) gives)")
_ERROR = re.compile(r"(?:an? )?[A-Z]\w*(?:Error|Broken|Exception)\b|Exception\b|Broken\b")
_ARE_NONE = re.compile(r"which of (.+) are None")
_HANDED_IN = re.compile(r"(?:the )?(.+) handed in")


def raised(place: str, wanted: str, given: str) -> str:
    """Return the sentence where an error is wanted, or given; "" for facts of other kinds."""
    found = _ATTEMPT.fullmatch(place)
    if found is None or not (_ERROR.match(wanted) or _ERROR.match(given)):
        return ""
    thing = found["thing"] or found["doing"]
    must = f"raise {_with_article(wanted)}" if _ERROR.match(wanted) else f"be {wanted}"
    if given == "no error" or given.startswith("accepted"):
        does = "raises nothing"
    else:
        does = f"raises {_with_article(given)}" if _ERROR.match(given) else f"gives {given}"
    return f"{_capital(thing)} must {must}, and {does}."


def _capital(thing: str) -> str:
    """Begin with a capital, unless it begins with an argument: `lr = 0.5`."""
    return thing if re.match(r"\w+ ?=", thing) else thing[0].upper() + thing[1:]


def _with_article(error: str) -> str:
    if error.startswith(("a ", "an ")):
        return error
    return f"{'an' if error[0] in 'AEIOU' else 'a'} {error}"


def none(place: str, wanted: str, given: str) -> str:
    """Return the sentence where it differs which of several things are None."""
    found = _ARE_NONE.fullmatch(place)
    if found is None:
        return ""
    must = "none may be None" if wanted == "none of them" else f"{wanted} must be None"
    return f"Of {found[1]}, {must}, and {'none' if given == 'none of them' else given} is."


def of_one_setting(place: str, name: str, wanted: object, given: object) -> str:
    """Return the sentence of a single setting that differs, where it says more than "In ..., ... must be ..."."""
    if place == "what is refused":
        return f"{_capital(name)} must be {wanted}, and is {given}."
    handed_in = _HANDED_IN.fullmatch(place)
    if handed_in and name.endswith("afterwards"):
        return f"What is handed in must stay as it is, and is changed: {handed_in[1]}."
    return ""
