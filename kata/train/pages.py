"""Where the pages of runs lie; asks neither torch nor pictures."""

from __future__ import annotations

from pathlib import Path

NAME = "index.html"


def page_of(runs: Path, name: str) -> Path:
    """Return the page of the newest run whose folder begins with a name.

    Raises:
        ValueError: there is none.
    """
    found = sorted(path for path in runs.glob(f"*/{NAME}") if path.parent.name.startswith(Path(name).name))
    if not found:
        which = f"a run {name!r}" if name else "a run with a page"
        raise ValueError(f"{runs.name}/ does not hold {which}: kata train makes one")
    return found[-1].resolve()
