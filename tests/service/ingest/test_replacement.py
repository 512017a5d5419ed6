"""Which texts may replace a longer one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.ingest.readers.items import Extent
from service.ingest.replacement import is_excerpt

STORED = (
    "Nineteen rowers were pulled from the Lind on Sunday after two boats collided in fog."
    " The club said that all of them wore vests. The harbour master has closed the lower course"
    " until buoys with lights are in place, and the regatta moves to the lake."
)


@pytest.mark.parametrize("extent", ["content", "summary", "whole"])
def test_headline_alone_never_replaces_a_text(extent: Extent) -> None:
    assert is_excerpt(" \n", STORED, extent)


@pytest.mark.parametrize("extent", ["content", "summary", "whole"])
def test_correction_that_makes_a_text_shorter_replaces_it(extent: Extent) -> None:
    assert not is_excerpt(STORED.replace("Nineteen", "Nine"), STORED, extent)


def test_shortened_content_of_a_feed_is_a_correction() -> None:
    assert not is_excerpt(STORED.partition(" The harbour")[0], STORED, "content")


@pytest.mark.parametrize(
    "teaser",
    [
        "Two boats collided in fog.",
        STORED[:140],
        "Rowers, nineteen of them, were pulled from the Lind by a passing ferry on a foggy Sunday,"
        " and now the harbour master wants to see buoys with lights before …",
        STORED[:200] + "... Read more",
    ],
)
def test_summary_never_replaces_the_text_that_it_announces(teaser: str) -> None:
    assert is_excerpt(teaser, STORED, "summary")


@given(st.text(), st.sampled_from(["content", "summary", "whole"]))
def test_same_or_longer_text_is_no_excerpt(text: str, extent: Extent) -> None:
    assert not is_excerpt(text, text, extent)
    assert not is_excerpt(text + " more", text, extent)
