"""Solutions and banks in one zip, `sealed.zip`, in a repository that is handed out.

It keeps nobody out who wants to look. It keeps an editor's search and a curious glance from spoiling an exercise.
"""

from __future__ import annotations

import io
import sys
import zipfile
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any

NAME = "sealed.zip"


def seal(texts: dict[str, bytes]) -> bytes:
    """Return a zip of texts by their paths in the repository; folders are in it for Python's import system."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for folder in sorted({f"{parent}/" for name in texts for parent in PurePosixPath(name).parents if parent.name}):
            archive.writestr(zipfile.ZipInfo(folder), b"")
        for name, text in texts.items():
            archive.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def names_in(root: Path, folder: str) -> list[str]:
    """Return the names of the sealed Python files of a folder, and let imports find them; [] if nothing is sealed.

    Raises:
        ValueError: the zip is damaged.
    """
    path = root / NAME
    if not path.is_file():
        return []
    if str(path) not in sys.path:
        sys.path.append(str(path))
    found = [PurePosixPath(name) for name in _opened(path).namelist()]
    return [one.name for one in found if one.parent == PurePosixPath(folder) and one.suffix == ".py"]


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        raise ValueError(f"{path.name} is damaged: {error}") from None


class MaybeSealed(type(Path())):  # type: ignore[misc]  # the class of paths of this system
    """The path of a file that may be in the zip instead; reading it returns its text."""

    def _sealed(self) -> bytes | None:
        for folder in self.parents:
            if Path(folder, NAME).is_file():
                with _opened(Path(folder, NAME)) as archive, suppress(KeyError):
                    return archive.read(self.relative_to(folder).as_posix())
        return None

    def read_bytes(self) -> bytes:
        sealed = None if Path(self).is_file() else self._sealed()
        return Path(self).read_bytes() if sealed is None else sealed

    def read_text(self, encoding: str | None = None, *_: Any, **__: Any) -> str:
        """Return the text; line ends as a file read as text has them."""
        return self.read_bytes().decode(encoding or "utf-8").replace("\r\n", "\n")

    def is_file(self, **_: Any) -> bool:
        return Path(self).is_file() or self._sealed() is not None


def is_sealed(path: Path) -> bool:
    """Whether a file is in the zip, and not beside it."""
    return not Path(path).is_file() and MaybeSealed(path).is_file()
