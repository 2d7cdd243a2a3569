"""Write files so that nobody ever sees half of one; what other processes must know of the engine's own files."""

from __future__ import annotations

import hashlib
import os
from functools import cache
from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """Put `data` into the file at `path`; whoever looks meanwhile sees the old text or the new one."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(data)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def environment_with(*folders: Path, **more: str) -> dict[str, str]:
    """Return the environment for a process that finds modules in these folders first, and what else it is to have."""
    path = [*map(str, folders), *filter(None, [os.environ.get("PYTHONPATH", "")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path), **more}


def temporary(folder: Path | str) -> dict[str, str]:
    """Return the variables that send temporary files into a folder."""
    return dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder))


@cache
def engine_digest() -> str:
    """Return what tells one state of the engine from another, on whatever machine it lies."""
    engine = Path(__file__).parents[1]
    found = hashlib.sha256()
    for file in sorted(engine.rglob("*.py")):
        found.update(file.relative_to(engine).as_posix().encode() + b"\0" + file.read_bytes())
    return found.hexdigest()
