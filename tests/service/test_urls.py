from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.urls import canonical

PLAIN = "https://example.com/2025/05/budget"


@pytest.mark.parametrize(
    "shared",
    [
        "https://example.com/2025/05/budget/",
        "http://EXAMPLE.com:80/2025/05/budget",
        "https://www.example.com/2025/05/budget#comments",
        "https://www2.example.com/2025/05/budget",
        "https://m.example.com/2025/05/budget",
        "https://amp.example.com/2025/05/budget",
        "https://www.example.com/2025/05/budget/amp/",
        "https://example.com/2025/05/budget.amp?amp=1",
        "https://example.com/2025/05/budget?utm_source=a&UTM_MEDIUM=b&fbclid=c&gclid=d&_ga=e",
        "https://example.com/2025/05/budget?at_medium=rss&ns_campaign=x&ref_src=twsrc",
        "https://example.com/2025/05/%62udget",
        "  https://user:pw@example.com./2025/05/budget ",
        "https://www-example-com.cdn.ampproject.org/c/s/www.example.com/2025/05/budget/amp",
        "https://www.google.com/amp/s/www.example.com/2025/05/budget",
    ],
)
def test_one_article_has_one_address(shared: str) -> None:
    assert canonical(shared) == PLAIN


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.com/story?id=1", "https://example.com/story?id=2"),
        ("https://example.com/?p=17", "https://example.com/?p=18"),
        ("https://example.com/Story", "https://example.com/story"),
        ("https://news.example.com/a", "https://sport.example.com/a"),
        ("https://example.com:8080/a", "https://example.com/a"),
        ("https://example.com/#!/story/1", "https://example.com/#!/story/2"),
        ("https://example.com/camp", "https://example.com/c"),
        ("https://amp.dev/", "https://m.dev/"),
        ("https://example.com/a%2Fb", "https://example.com/a/b"),
    ],
)
def test_what_names_an_article_stays(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


def test_parameters_in_another_order_are_the_same() -> None:
    one = canonical("https://example.com/story?b=2&utm_id=9&a=1")
    assert (
        one == canonical("https://example.com/story?a=1&b=2") == "https://example.com/story?a=1&b=2"
    )


def test_letters_beyond_ascii_may_be_escaped_or_not() -> None:
    escaped = "https://example.com/%C3%A9lection?q=%C5%82"
    assert canonical("https://example.com/élection?q=ł") == canonical(escaped) == escaped


@pytest.mark.parametrize(
    "url",
    [
        "",
        "budget",
        "/a/b",
        "ftp://example.com/a",
        "javascript:alert(1)",
        "https://",
        "http://[::1",
        "https://example.com:port/",
    ],
)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="http or https"):
        canonical(url)


@given(
    st.from_regex(r"[a-z]{1,8}(\.[a-z]{1,8}){1,4}", fullmatch=True),
    st.text(max_size=30),
    st.text(max_size=30),
    st.text(max_size=10),
)
def test_a_canonical_address_stays_as_it_is(host: str, path: str, query: str, end: str) -> None:
    try:
        once = canonical(f"http://www.{host}/{path}?{query}#{end}")
    except ValueError:
        return
    assert canonical(once) == once
