"""Files of a lesson that nobody reads by chance: solutions and banks in a repository that is handed out.

A sealed file, `x.py.sealed`, holds the text of `x.py` compressed and encoded. It keeps nobody out who wants to look: it
keeps an editor's search and a curious glance from spoiling an exercise.
"""

from __future__ import annotations

import base64
import importlib.abc
import importlib.machinery
import sys
import textwrap
import zlib
from collections.abc import Sequence
from importlib.util import spec_from_loader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

SUFFIX = ".sealed"
_HEAD = "Sealed: compressed and encoded, so that nobody reads it by chance.\n"


def seal(text: bytes) -> bytes:
    """Return what a sealed file of that text holds."""
    body = base64.b85encode(zlib.compress(text, 9)).decode()
    return (_HEAD + "\n".join(textwrap.wrap(body, 100)) + "\n").encode()


def unseal(data: bytes) -> bytes:
    """Return the text of a sealed file.

    Raises:
        ValueError: it is none, or damaged.
    """
    body = data.decode().partition("\n")[2]
    try:
        return zlib.decompress(base64.b85decode("".join(body.split())))
    except zlib.error as error:
        raise ValueError(f"a sealed file is damaged: {error}") from None


def is_sealed(path: Path) -> bool:
    """Whether a file is there sealed, and not open."""
    return not Path(path).is_file() and Path(f"{path}{SUFFIX}").is_file()


class MaybeSealed(type(Path())):  # type: ignore[misc]  # the class of paths of this system
    """The path of a file that may be there sealed; whoever reads it gets the text."""

    @property
    def _sealed(self) -> Path:
        return Path(f"{self}{SUFFIX}")

    def read_bytes(self) -> bytes:
        if Path(self).is_file() or not self._sealed.is_file():
            return Path(self).read_bytes()
        return unseal(self._sealed.read_bytes())

    def read_text(self, encoding: str | None = None, *_: Any, **__: Any) -> str:
        """Return the text; line ends as a file read as text has them."""
        return self.read_bytes().decode(encoding or "utf-8").replace("\r\n", "\n")

    def is_file(self, **_: Any) -> bool:
        return Path(self).is_file() or self._sealed.is_file()


class _Loader(importlib.abc.InspectLoader):
    def __init__(self, path: Path) -> None:
        self._path = path

    def get_source(self, fullname: str) -> str:
        return unseal(self._path.read_bytes()).decode()

    def get_code(self, fullname: str) -> CodeType:
        return compile(self.get_source(fullname), str(self._path), "exec", dont_inherit=True)


class _Finder(importlib.abc.MetaPathFinder):
    """Finds `solutions.x`, and what the files of a bank share, where the file is sealed."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if not fullname.startswith(("solutions.", "mistakes.")):
            return None
        for folder in path or ():
            file = Path(folder, f"{fullname.rpartition('.')[2]}.py{SUFFIX}")
            if file.is_file():
                return spec_from_loader(fullname, _Loader(file))
        return None


def let_imports_find_them() -> None:
    """Let ``from solutions.x import y``, and the same of ``mistakes``, find sealed files, too."""
    if not any(isinstance(one, _Finder) for one in sys.meta_path):
        sys.meta_path.append(_Finder())
