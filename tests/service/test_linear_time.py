"""Hostile texts take time in proportion to their length: no regular expression backtracks.

Each function is timed on a repeated part of a length and on four times that length. What takes
quadratic time takes sixteen times as long.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from clustering import Article, extract_features
from clustering.features import normalize
from service.ingest.parsing import html_fragment
from service.ingest.submission import InvalidArticleError, validate_article
from service.store.search.query import parse_query

pytestmark = pytest.mark.slow

MAX_RATIO = 8
IGNORED_SECONDS = 0.05
"""What takes less at the longer length is too fast to compare, and to harm."""
PARTS = [
    *("a", "A", "Ab ", "é", "一", "1", "1,", "1 ", " ", "\n", "a\n", "\u00a0", "\u200b"),
    *("-", ".", "a.", ". ", ",", "(", "[", "/", "/amp", "http://", "?a=", "&a=b", "#", "%2"),
    *("&", "&#1", "<", "<a ", "</", "<p>", "<div>", "<!--", 'x="', '" ', "@", "(R) - "),
]


def validate(**fields: str) -> None:
    with suppress(InvalidArticleError):
        validate_article(fields, max_text_chars=10_000_000)


FUNCTIONS: dict[str, tuple[Callable[[str], object], int]] = {
    "date": (lambda text: validate(text="x", published_at=f"2025{text}!"), 20_000),
    "address": (lambda text: validate(text="x", url=f"https://a.example/{text}!"), 8_000),
    "parameters": (lambda text: validate(text="x", url=f"https://a.example/x?{text}"), 8_000),
    "text": (lambda text: validate(text=f"x{text}!"), 20_000),
    "title": (lambda text: validate(title=f"{text}!"), 20_000),
    "language": (lambda text: validate(text="x", language=text), 20_000),
    "fragment": (lambda text: html_fragment.html_to_text(f"{text}!"), 20_000),
    "cleaning": (lambda text: normalize.clean(f"{text}!"), 20_000),
    "features": (lambda text: extract_features(Article(1, text[:100], text)), 20_000),
    "query": (parse_query, 8_000),
}


def seconds(function: Callable[[str], object], text: str) -> float:
    started = time.process_time()
    with suppress(ValueError):
        function(text)
    return time.process_time() - started


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.filterwarnings("ignore")
def test_time_grows_with_the_length(name: str) -> None:
    function, n_chars = FUNCTIONS[name]
    function("a")  # loads what it needs
    slow = {}
    for part in PARTS:
        short, long = (part * (n_chars // len(part) // divisor) for divisor in (4, 1))
        taken = min(seconds(function, long) for _ in range(2))
        if taken > IGNORED_SECONDS and taken > MAX_RATIO * seconds(function, short):
            slow[part] = taken
    assert not slow
