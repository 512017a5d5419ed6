"""The figures and numbers of docs/duplicates.md are those of the library."""

from __future__ import annotations

import runpy
from typing import Any

import pytest

from tests.docs.documents import ROOT

DOCUMENT = ROOT / "docs" / "duplicates.md"


@pytest.fixture(scope="module")
def script() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "docs" / "make_figures.py"))


@pytest.fixture(scope="module")
def corpus(script: dict[str, Any]) -> Any:
    return script["Corpus"]()


def test_the_text_says_what_is_measured(script, corpus):
    text = " ".join(DOCUMENT.read_text(encoding="utf-8").split())
    assert [fact for fact in script["facts"](corpus) if fact not in text] == []


def test_the_figures_are_the_present_ones(script, corpus):
    drawn = script["figures"](corpus)
    shown = {name: (script["FOLDER"] / name).read_text(encoding="utf-8") for name in drawn}
    assert drawn == shown


def test_every_figure_is_in_the_text(script, corpus):
    text = DOCUMENT.read_text(encoding="utf-8")
    assert [name for name in script["figures"](corpus) if f"(pictures/{name})" not in text] == []
