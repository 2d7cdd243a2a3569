"""Atomic file writes, and environment variables for child processes."""

from __future__ import annotations

import hashlib
import os
from functools import cache
from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """Write a file atomically: readers see the old content or the new one."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(data)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def environment_with(*folders: Path, **more: str) -> dict[str, str]:
    """Return this environment with these folders first on PYTHONPATH, and with other variables set."""
    path = [*map(str, folders), *filter(None, [os.environ.get("PYTHONPATH", "")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path), **more}


def temporary(folder: Path | str) -> dict[str, str]:
    """Return the variables that redirect temporary files to a folder."""
    return dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder))


@cache
def engine_digest() -> str:
    """Return a digest of the engine's source, the same on every machine."""
    engine = Path(__file__).parents[1]
    found = hashlib.sha256()
    for file in sorted(engine.rglob("*.py")):
        found.update(file.relative_to(engine).as_posix().encode() + b"\0" + file.read_bytes())
    return found.hexdigest()
