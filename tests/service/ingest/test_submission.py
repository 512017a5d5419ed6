from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.ingest.parsing import html_fragment, html_page
from service.ingest.submission import InvalidArticleError, ValidatedArticle, validate_article

TEXT = "Parliament passed the budget on Sunday morning."


def take(limit: int = 1000, **fields: Any) -> ValidatedArticle:
    return validate_article(fields, max_text_chars=limit)


def faults(**fields: Any) -> dict[str, str]:
    with pytest.raises(InvalidArticleError) as refused:
        take(**fields)
    return {fault.field: fault.message for fault in refused.value.field_errors}


@pytest.mark.parametrize("raw", [None, 5, "text", [], [TEXT]])
def test_only_an_object_is_an_article(raw: object) -> None:
    with pytest.raises(InvalidArticleError, match="JSON object"):
        validate_article(raw, max_text_chars=1000)


@pytest.mark.parametrize(
    "fields", [{}, {"id": "a"}, {"text": " \n"}, {"text": None}, {"title": "\x00"}]
)
def test_an_article_without_content_is_refused(fields: dict[str, Any]) -> None:
    assert faults(**fields) == {"": "one of text, html and title must not be empty"}


@pytest.mark.parametrize(
    "field", ["id", "url", "title", "text", "html", "published_at", "source", "language"]
)
@pytest.mark.parametrize("value", [5, 1.5, True, ["x"], {"x": "y"}])
def test_a_wrong_type_names_its_field(field: str, value: object) -> None:
    assert faults(**{"text": TEXT, field: value}) == {f"/{field}": "must be a string"}


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("id", "", "must not be empty"),
        ("id", "x" * 513, "at most 512"),
        ("id", "a\x00b", "control characters"),
        ("id", "a\nb", "control characters"),
        ("id", "\ud800", "valid Unicode"),
        ("url", "not a url", "http"),
        ("url", "javascript:alert(1)", "http"),
        ("published_at", "2025-02-30", "not a date"),
        ("published_at", "yesterday", "not a date"),
        ("text", "x" * 1001, "1001 characters; the limit is 1000"),
        ("title", "x" * 1001, "1001 characters; the limit is 1000"),
    ],
)
def test_a_bad_value_names_its_field(field: str, value: str, message: str) -> None:
    found = faults(**{"text": TEXT, field: value})
    assert list(found) == [f"/{field}"]
    assert message in found[f"/{field}"]


def test_all_faults_are_named_at_once() -> None:
    assert set(faults(text="x" * 1001, url="x", published_at="x")) == {
        "/text",
        "/url",
        "/published_at",
    }


def test_a_wrong_type_hides_no_other_fault() -> None:
    found = faults(text=5, title=["x"], url="x", published_at="x", id="a\nb")
    assert set(found) == {"/text", "/title", "/url", "/published_at", "/id"}


def test_null_is_absent() -> None:
    assert take(text=TEXT, id=None, url=None) == take(text=TEXT)


def test_control_characters_are_taken_out() -> None:
    received = take(text="a\x00b\x1bc\td\r\ne\x9f")
    assert received.text == "abc\td\r\ne"
    assert received.warnings == ("text: control characters removed",)


@pytest.mark.parametrize(
    ("posted", "text"),
    [
        ("<p>One &amp; two.</p>\n<p>Three<br>four.</p>", "One & two.\n\nThree\n\nfour."),
        ("<p>One</p><script>var two = '</p>';</script><style>p {}</style>", "One"),
        ("<SCRIPT type=x>two</SCRIPT >One<noscript>three</noscript>", "One"),
        ("One<!-- <p>two</p> --></p>", "One"),
        ("Of <b>bold</b> words\nin lines", "Of bold words\n\nin lines"),
        ("They speak of <script> only</p>, never closed", "They speak of  only\n\n, never closed"),
        ("<p>&#99999999999999;One</p>", "One"),
        ("<div>wrapped\nin its source</div>", "wrapped in its source"),
    ],
)
def test_tags_are_no_part_of_a_text(posted: str, text: str) -> None:
    received = take(text=posted)
    assert received.text == text
    assert received.warnings == ("text: tags removed",)


@pytest.mark.parametrize("text", ["3 < 4 and 5 > 4", "I <3 you", "AT&amp;T", "a <b c> d", "<q>"])
def test_angle_brackets_alone_are_no_tags(text: str) -> None:
    received = take(text=text)
    assert (received.text, received.warnings) == (text, ())


@pytest.mark.parametrize(
    "opened", ["<script>", "<!--", "<p", " \n", "<", "&#", "\n<p>", " ", "<br"]
)
def test_what_is_opened_without_end_costs_little(opened: str) -> None:
    began = time.process_time()
    html_fragment.html_to_text(opened * (200_000 // len(opened)) + "</p>")
    assert time.process_time() - began < 2


def test_lone_surrogates_are_replaced() -> None:
    received = take(title="a\ud800b")
    assert received.title == "a\ufffdb"
    assert received.warnings == ("title: lone surrogates replaced",)


def test_unknown_fields_are_named() -> None:
    received = take(text=TEXT, author="x", tags=[1])
    assert received.warnings == ("unknown fields, ignored: 'author', 'tags'",)


def test_other_names_of_fields_are_known() -> None:
    received = take(body=TEXT, headline="T", link="https://example.com/a", date="2025-05-04")
    assert (received.text, received.title, received.warnings) == (TEXT, "T", ())
    assert received.canonical_url == "https://example.com/a"
    assert received.published_at == "2025-05-04"


def test_the_proper_name_goes_before_another() -> None:
    received = take(text=TEXT, body="other")
    assert received.text == TEXT
    assert "'body'" in received.warnings[0]


@pytest.mark.parametrize("published_at", ["1969-12-31", "0001-01-01", "9999-12-31T23:59:59-14:00"])
def test_an_incredible_date_is_kept_but_not_used(published_at: str) -> None:
    received = take(text=TEXT, published_at=published_at)
    assert (received.published_at, received.published) == (published_at, None)
    assert "published_at" in received.warnings[0]


def test_tomorrow_is_credible() -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert take(text=TEXT, published_at=tomorrow.isoformat()).published == tomorrow.timestamp()


@pytest.mark.parametrize(
    ("given", "code"),
    [
        *(("en", "en"), ("EN-gb", "en"), ("zh_Hant", "zh"), ("eng", "en"), ("deu", "de")),
        *(("ger", "de"), ("cmn", "zh"), ("zho", "zh"), ("iw", "he"), ("spa-MX", "es")),
    ],
)
def test_a_language_is_its_code(given: str, code: str) -> None:
    assert take(text=TEXT, language=given).language == code


def test_an_unknown_language_is_detected() -> None:
    received = take(text=TEXT, language="plain English")
    assert received.language is None
    assert "language" in received.warnings[0]


def test_an_id_is_kept_as_it_is() -> None:
    assert take(text=TEXT, id=" https://x.example/a?b#c é中 ").id == " https://x.example/a?b#c é中 "


def test_without_an_id_the_address_is_the_identity() -> None:
    one = take(text=TEXT, url="http://www.example.com/a?utm_source=x")
    two = take(text="other", url="https://example.com/a")
    assert one.id == two.id
    assert one.content_hash != two.content_hash
    assert one.id != take(text=TEXT, url="https://example.com/b").id


def test_without_id_and_address_the_text_is_the_identity() -> None:
    assert take(text=TEXT, source="a").id == take(text=TEXT, source="b").id
    assert take(text=TEXT).id != take(text=TEXT, title="t").id
    assert take(text="", title="ab").id != take(text="b", title="a").id


@given(st.text(max_size=20), st.text(min_size=1, max_size=20))
def test_a_derived_id_needs_no_escaping(title: str, text: str) -> None:
    try:
        received = take(title=title, text=text)
    except InvalidArticleError:
        return
    assert received.id.isascii()
    assert received.id.replace("_", "").isalnum()
    # It names the same article when it is given back.
    assert take(id=received.id, title=title, text=text).content_hash == received.content_hash


@pytest.mark.parametrize("field", ["title", "text", "url", "published_at", "source", "language"])
def test_every_field_is_content(field: str) -> None:
    base = {
        "id": "a", "title": "t", "text": TEXT, "url": "https://example.com/a",
        "published_at": "2025-05-04", "source": "s", "language": "en",
    }  # fmt: skip
    other = {
        "title": "u", "text": "x", "url": "https://example.com/a#x",
        "published_at": "2025-05-05", "source": "r", "language": "de",
    }  # fmt: skip
    changed = take(**{**base, field: other[field]})
    assert changed.content_hash != take(**base).content_hash


def test_html_without_the_extra_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    def unavailable(*_: str) -> None:
        raise html_page.HtmlUnavailableError("needs storyfold[html]")

    monkeypatch.setattr("service.ingest.submission.extract", unavailable)
    assert faults(html="<p>x</p>") == {"/html": "needs storyfold[html]"}


PARAGRAPHS = "".join(f"<p>{TEXT} It was paragraph {n} of the report.</p>" for n in range(5))


def page(head: str = "") -> str:
    article = f"<article><h1>Budget passed</h1>{PARAGRAPHS}</article>"
    body = f"<nav>Menu</nav>{article}<script>track()</script><footer>Imprint</footer>"
    return f"<html><head><title>Budget passed</title>{head}</head><body>{body}</body></html>"


def test_html_gives_text_and_title() -> None:
    pytest.importorskip("trafilatura")
    received = take(html=page(), limit=10_000)
    assert "paragraph 3 of the report" in received.text
    assert not {"<p>", "Menu", "track", "Imprint"} & set(re.findall(r"<p>|\w+", received.text))
    assert received.title == "Budget passed"


def test_html_gives_what_else_is_missing() -> None:
    pytest.importorskip("trafilatura")
    head = """<link rel="canonical" href="https://news.example/2025/budget">
        <meta property="og:site_name" content="Example News">
        <meta property="article:published_time" content="2025-05-04T06:30:00+00:00">"""
    received = take(html=page(head), limit=10_000)
    assert received.canonical_url == "https://news.example/2025/budget"
    assert received.source == "Example News"
    assert received.published_at == "2025-05-04"
    given = {"url": "https://other.example/a", "published_at": "2025-05-05", "source": "Other"}
    received = take(html=page(head), limit=10_000, **given)
    assert (received.url, received.published_at, received.source) == tuple(given.values())


def test_a_page_that_says_it_is_the_front_page_is_not_believed() -> None:
    pytest.importorskip("trafilatura")
    head = '<link rel="canonical" href="https://news.example/">'
    assert take(html=page(head), limit=10_000).url is None


def test_a_page_is_read_the_same_however_often() -> None:
    pytest.importorskip("trafilatura")
    assert len({take(html=page(), limit=10_000).text for _ in range(5)}) == 1


def test_a_page_over_the_limit_is_refused() -> None:
    assert faults(html="x" * 4001) == {"/html": "4001 characters; the limit is 4000"}


def test_text_goes_before_html() -> None:
    assert take(text=TEXT, html="<p>other</p>").text == TEXT


def test_html_that_holds_no_article_is_refused() -> None:
    pytest.importorskip("trafilatura")
    assert "" in faults(html="<html></html>")
