"""README's pictures show what is so today."""

from __future__ import annotations

import re

import pytest

from tests.engine import pictures
from tests.engine.pictures import PAGE, ROOT, SCREEN, screen, sources_of_page, texts_in

ANEW = "python -m tests.engine.pictures writes the pictures anew"


@pytest.mark.e2e
def test_the_picture_of_kata_watch_is_what_it_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "84")
    shown = texts_in(SCREEN.read_text("utf-8"))

    missing = [text for text, _ in screen() if re.sub(r"\s+", "", text) not in shown]

    assert missing == [], ANEW


def test_the_picture_of_the_page_is_of_the_page_as_it_is() -> None:
    assert PAGE.with_suffix(".sha256").read_text().strip() == sources_of_page(), ANEW


def test_readme_shows_both() -> None:
    text = (ROOT / "README.md").read_text("utf-8")

    assert all(f"docs/{one.name}" in text for one in (pictures.SCREEN, pictures.PAGE))
