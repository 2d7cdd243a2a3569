"""How a test that the learner wrote is judged, read from the names of the checks that let answers judge it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kata.report.results import Result, count

_JUDGED = re.compile(r"it (refuses|accepts) \((.*)\)", re.DOTALL)
Judged = dict[tuple[str, str], bool]  # whether it "refuses" or "accepts" the answer of that name, as it must


def judged(results: Iterable[Result]) -> Judged:
    """Return how the answers have judged a test; nothing where the results are of other checks."""
    its = [(_JUDGED.fullmatch(one.check), one.state == "passed") for one in results if one.state != "to do"]
    return {(match[1], match[2]): passed for match, passed in its if match}


def score(found: Judged) -> str:
    """Return the score in a sentence; "" where there is none."""
    refuses, accepts = ([ok for (verb, _), ok in found.items() if verb == kind] for kind in ("refuses", "accepts"))
    if not refuses or not accepts:
        return ""
    wrong, right = count(len(refuses), "wrong answer"), count(len(accepts), "right one")
    return f"It refuses {sum(refuses)} of {wrong}, and accepts {sum(accepts)} of {right}."
