"""The figures and numbers of docs/duplicates.md are those of the library."""

from __future__ import annotations

import runpy
from typing import Any

import pytest

from tests.docs.documents import ROOT, read

DOCUMENT = ROOT / "docs" / "duplicates.md"


@pytest.fixture(scope="module")
def script() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "docs" / "make_figures.py"))


@pytest.fixture(scope="module")
def corpus(script: dict[str, Any]) -> Any:
    return script["Corpus"]()


def test_text_states_the_measured_numbers(script, corpus):
    text = " ".join(read(DOCUMENT).split())
    assert [fact for fact in script["facts"](corpus) if fact not in text] == []


def test_stored_figures_equal_freshly_drawn_ones(script, corpus):
    fresh_figures = script["figures"](corpus)
    stored = {file_name: read(script["FOLDER"] / file_name) for file_name in fresh_figures}
    assert fresh_figures == stored


def test_text_shows_every_figure(script, corpus):
    text = read(DOCUMENT)
    assert [
        file_name
        for file_name in script["figures"](corpus)
        if f"(pictures/{file_name})" not in text
    ] == []
