from __future__ import annotations

import pytest

from clustering.features.markup import decode_entities, strip_comments


@pytest.mark.parametrize(
    ("text", "stripped"),
    [
        ("one<!-- two -->three", "one|three"),
        ("one<!-- two", "one<!-- two"),
        ("one-->two", "one-->two"),
        ("<!--one--><!--two-->", "||"),
    ],
)
def test_closed_comments_are_replaced(text: str, stripped: str) -> None:
    assert strip_comments(text, replacement="|") == stripped


@pytest.mark.parametrize(
    ("text", "decoded"),
    [("AT&amp;T", "AT&T"), ("&#233;&#xe9;", "éé"), ("a&#999999999;b&#x123456789;c", "a b c")],
)
def test_entities_are_decoded_and_overlong_numbers_dropped(text: str, decoded: str) -> None:
    assert decode_entities(text) == decoded
