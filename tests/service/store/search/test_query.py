"""Queries as they are typed, and the passages that they find."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.store.search.passages import find_passage, mark
from service.store.search.query import parse_query

SENTENCE = "The harbour of Brădețu reopened after the storm; two cranes fell."


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("harbour storm", True),
        ("storm HARBOUR", True),
        ("harbour fire", False),
        ("harbour OR fire", True),
        ("fire | storm cranes", True),
        ("fire OR flood", False),
        ("OR storm", True),
        ("storm OR", True),
        ('"two cranes"', True),
        ('"cranes two"', False),
        ("“two cranes”", True),
        ('"two cran"', False),
        ('"two cran"*', True),
        ("harb*", True),
        ("arbour*", False),
        ("bradetu", True),
        ("storm -cranes", False),
        ("storm -fire", True),
        ('storm -"cranes two"', True),
        ("-fire", False),
        ('"storm', True),
        ("storm!", True),
        ("…", False),
        ("", False),
    ],
)
def test_query_matches(query: str, is_found: bool) -> None:
    assert parse_query(query).matches(SENTENCE) == is_found


@given(st.text(alphabet='ab -*"OR|', max_size=20), st.text(alphabet="ab ", max_size=20))
def test_no_input_is_an_error(query: str, text: str) -> None:
    parsed = parse_query(query)
    if parsed.matches(text):
        assert parsed.find(text)


def test_title_has_its_found_words_marked() -> None:
    parts = mark("Storm  hits  Brădețu", parse_query("bradetu storm"))
    assert [(part.text, part.is_match) for part in parts] == [
        ("Storm", True),
        (" hits ", False),
        ("Brădețu", True),
    ]


def test_passage_surrounds_the_densest_place() -> None:
    text = "harbour " + "nothing here " * 100 + "the harbour storm began " + "and so on " * 100
    passage = find_passage(text, parse_query("harbour storm"))
    found = [part.text for part in passage if part.is_match]
    assert found == ["harbour", "storm"]
    assert passage[0].text == "…"
    assert passage[-1].text == "…"
    assert sum(len(part.text) for part in passage) <= 242


def test_run_of_characters_is_marked_as_one() -> None:
    passage = find_passage("昨日東京で地震がありました", parse_query("地震 東京"))
    assert [part.text for part in passage if part.is_match] == ["東京", "地震"]


def test_text_without_the_words_has_no_passage() -> None:
    assert find_passage(SENTENCE, parse_query("flood")) == ()
