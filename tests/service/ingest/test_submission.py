from __future__ import annotations

import json
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


def validate(limit: int = 1000, **fields: Any) -> ValidatedArticle:
    return validate_article(fields, max_text_chars=limit)


def field_errors(**fields: Any) -> dict[str, str]:
    with pytest.raises(InvalidArticleError) as raised:
        validate(**fields)
    return {error.field: error.message for error in raised.value.field_errors}


@pytest.mark.parametrize("raw", [None, 5, "text", [], [TEXT]])
def test_only_a_json_object_is_accepted(raw: object) -> None:
    with pytest.raises(InvalidArticleError, match="JSON object"):
        validate_article(raw, max_text_chars=1000)


@pytest.mark.parametrize(
    "fields", [{}, {"id": "a"}, {"text": " \n"}, {"text": None}, {"title": "\x00"}]
)
def test_article_without_content_is_rejected(fields: dict[str, Any]) -> None:
    assert field_errors(**fields) == {"": "one of text, html and title must not be empty"}


UNKNOWN_SHAPES = [True, [], [[True]], {"x": "y"}, [{"x": ["y"]}]]


@pytest.mark.parametrize(
    "field", ["id", "url", "title", "html", "published_at", "source", "language"]
)
@pytest.mark.parametrize("value", UNKNOWN_SHAPES)
def test_field_of_unknown_shape_is_left_out_with_a_warning(field: str, value: object) -> None:
    article = validate(text=TEXT, **{field: value})
    assert article.warnings == (f"{field}: of unknown shape, left out: {json.dumps(value)}",)
    assert article.content_hash == validate(text=TEXT).content_hash
    assert field not in article.aliases


@pytest.mark.parametrize("value", [5, *UNKNOWN_SHAPES])
def test_text_of_unknown_shape_is_left_out_if_there_is_a_title(value: object) -> None:
    article = validate(title="Budget passed", text=value)
    assert (article.title, article.text) == ("Budget passed", "")
    assert field_errors(text=value) == {"/text": "must be a string"}


@pytest.mark.parametrize(
    ("field", "value", "read"),
    [
        ("id", 17, "17"),
        ("id", 17.0, "17"),
        ("id", {"$oid": "66f0c0"}, "66f0c0"),
        ("url", ["https://example.com/a", "https://example.com/b"], "https://example.com/a"),
        ("url", [{"href": "https://example.com/a"}], "https://example.com/a"),
        ("title", ["", "Budget passed"], "Budget passed"),
        ("title", {"main": "Budget passed", "kicker": None}, "Budget passed"),
        ("title", {"rendered": "Budget passed"}, "Budget passed"),
        ("title", 1984, "1984"),
        ("text", [TEXT], TEXT),
        ("text", ["One.", "", "Two."], "One.\n\nTwo."),
        ("text", {"rendered": "<p>One.</p>", "protected": False}, "One."),
        ("text", [{"text": TEXT}], TEXT),
        ("source", {"rank": 5, "domain": "courier.example"}, "courier.example"),
        ("source", {"id": None, "name": "Wire"}, "Wire"),
        ("source", ["Wire"], "Wire"),
        ("source", {"publisher": 1, "label": {"#text": "Wire"}}, "Wire"),
        ("language", ["de"], "de"),
        ("language", {"code": "de"}, "de"),
        ("published_at", 1746340200, "1746340200"),
        ("published_at", 1746340200.0, "1746340200"),
        ("published_at", 1746340200000, "1746340200000"),
        ("published_at", ["2025-05-04T06:30:00Z"], "2025-05-04T06:30:00Z"),
        ("published_at", {"$date": "2025-05-04T06:30:00Z"}, "2025-05-04T06:30:00Z"),
        ("published_at", {"$date": {"$numberLong": "1746340200000"}}, "1746340200000"),
        (
            "published_at",
            {"date": "2025-05-04 08:30:00.0", "timezone_type": 3, "timezone": "Europe/Berlin"},
            "2025-05-04 08:30:00.0 Europe/Berlin",
        ),
    ],
)
def test_numbers_lists_and_objects_of_crawlers_are_read(
    field: str, value: object, read: str
) -> None:
    article = validate(**{"text": TEXT, field: value})
    assert getattr(article, field) == read
    if field == "published_at":
        assert article.published == 1746340200.0


@pytest.mark.parametrize("name", ["content", "html", "value", "rendered"])
def test_page_in_an_object_is_read(name: str) -> None:
    pytest.importorskip("trafilatura")
    article = validate(html={"encoding": "utf-8", name: page()}, limit=10_000)
    assert "paragraph 3 of the report" in article.text
    assert article.aliases == {"html": f"html/{name}"}


def test_alias_replaces_a_field_of_unknown_shape() -> None:
    article = validate(text={"tokens": 12}, body=TEXT)
    assert (article.text, article.aliases) == (TEXT, {"text": "body"})


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
        ("text", "x" * 1001, "1001 characters; the limit is 1000"),
        ("title", "x" * 1001, "1001 characters; the limit is 1000"),
    ],
)
def test_error_names_the_field_of_an_invalid_value(field: str, value: str, message: str) -> None:
    errors = field_errors(**{"text": TEXT, field: value})
    assert list(errors) == [f"/{field}"]
    assert message in errors[f"/{field}"]


def test_all_invalid_fields_are_reported_at_once() -> None:
    assert set(field_errors(text="x" * 1001, url="x", id="a\nb")) == {
        "/text",
        "/url",
        "/id",
    }


def test_wrong_type_hides_no_other_field_error() -> None:
    errors = field_errors(text=5, title=True, url="x", id="a\nb")
    assert set(errors) == {"/text", "/title", "/url", "/id"}


def test_null_is_a_missing_field() -> None:
    assert validate(text=TEXT, id=None, url=None) == validate(text=TEXT)


def test_control_characters_are_removed() -> None:
    article = validate(text="a\x00b\x1bc\td\r\ne\x9f")
    assert article.text == "abc\td\r\ne"
    assert article.warnings == ("text: control characters removed",)


@pytest.mark.parametrize(
    ("html", "text"),
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
def test_tags_are_removed_from_text(html: str, text: str) -> None:
    article = validate(text=html)
    assert article.text == text
    assert article.warnings == ("text: tags removed",)


@pytest.mark.parametrize("text", ["3 < 4 and 5 > 4", "I <3 you", "AT&amp;T", "a <b c> d", "<q>"])
def test_angle_brackets_alone_are_not_tags(text: str) -> None:
    article = validate(text=text)
    assert (article.text, article.warnings) == (text, ())


@pytest.mark.parametrize(
    "unclosed", ["<script>", "<!--", "<p", " \n", "<", "&#", "\n<p>", " ", "<br"]
)
def test_unclosed_markup_takes_linear_time(unclosed: str) -> None:
    started = time.process_time()
    html_fragment.html_to_text(unclosed * (200_000 // len(unclosed)) + "</p>")
    assert time.process_time() - started < 2


def test_lone_surrogates_are_replaced() -> None:
    article = validate(title="a\ud800b")
    assert article.title == "a\ufffdb"
    assert article.warnings == ("title: lone surrogates replaced",)


def test_unknown_fields_are_listed_in_a_warning() -> None:
    article = validate(text=TEXT, author="x", tags=[1])
    assert article.warnings == ("unknown fields, ignored: 'author', 'tags'",)


def test_aliases_of_fields_are_accepted() -> None:
    article = validate(body=TEXT, headline="T", link="https://example.com/a", date="2025-05-04")
    assert (article.text, article.title, article.warnings) == (TEXT, "T", ())
    assert article.canonical_url == "https://example.com/a"
    assert article.published_at == "2025-05-04"


def test_own_name_of_a_field_takes_precedence_over_an_alias() -> None:
    article = validate(text=TEXT, body="other")
    assert article.text == TEXT
    assert "'body'" in article.warnings[0]


@pytest.mark.parametrize("published_at", ["1969-12-31", "0001-01-01", "9999-12-31T23:59:59-14:00"])
def test_implausible_date_is_kept_but_not_used(published_at: str) -> None:
    article = validate(text=TEXT, published_at=published_at)
    assert (article.published_at, article.published) == (published_at, None)
    assert "published_at" in article.warnings[0]


@pytest.mark.parametrize("published_at", ["2025-02-30", "yesterday", "04/05/2025", "0000-00-00"])
def test_unreadable_date_is_left_out_with_a_warning_that_quotes_it(published_at: str) -> None:
    article = validate(text=TEXT, published_at=published_at)
    assert (article.published_at, article.published) == (None, None)
    assert article.warnings == (f"published_at: not a date, left out: {published_at!r}",)


@pytest.mark.parametrize(
    ("fields", "day"),
    [
        ({"language": "fr"}, "2025-05-04"),
        ({"language": "en-US"}, "2025-04-05"),
        ({"text": "El puente sobre el río quedó cerrado el domingo por la noche."}, "2025-05-04"),
    ],
)
def test_day_or_month_is_read_as_the_language_has_it(fields: dict[str, str], day: str) -> None:
    article = validate(**{"text": TEXT, "published_at": "04/05/2025 07:30", **fields})
    assert article.published_at == f"{day} 07:30"
    (warning,) = article.warnings
    assert day in warning
    assert "'04/05/2025 07:30'" in warning


def test_warning_quotes_no_more_than_the_beginning() -> None:
    (warning,) = validate(text=TEXT, published_at="soon\n" * 1000).warnings
    assert "soon\\nsoon" in warning
    assert len(warning) < 150


@pytest.mark.parametrize(
    "published_at", ["Sun, 04 May 2025 08:30:00 CEST", "4 mai 2025 06:30", "1746340200"]
)
def test_date_is_kept_as_submitted(published_at: str) -> None:
    article = validate(text=TEXT, published_at=published_at)
    assert (article.published_at, article.published) == (published_at, 1746340200.0)
    assert (article.date_only, article.warnings) == (False, ())


@pytest.mark.parametrize(
    ("published_at", "date_only"),
    [
        *(("2025-05-04", True), ("2025-05-04T00:00:00+02:00", True)),
        *(("Sun, 04 May 2025 00:00:00 GMT", True), ("2025-05-04T00:01Z", False)),
    ],
)
def test_midnight_counts_as_a_day_without_a_time(published_at: str, date_only: bool) -> None:
    assert validate(text=TEXT, published_at=published_at).to_article().date_only == date_only


def test_undated_article_has_no_day() -> None:
    assert not validate(text=TEXT).date_only


@pytest.mark.parametrize("published_at", ["1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 01:00:00 CET"])
def test_zero_of_a_clock_is_no_date(published_at: str) -> None:
    article = validate(text=TEXT, published_at=published_at)
    assert article.published is None
    assert published_at in article.warnings[0]


def test_tomorrow_is_a_plausible_date() -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert validate(text=TEXT, published_at=tomorrow.isoformat()).published == tomorrow.timestamp()


@pytest.mark.parametrize("tag", ["plain English", "jp-", "xx", "und", "mul", "e"])
def test_invalid_language_is_replaced_by_detection(tag: str) -> None:
    article = validate(text=TEXT, language=tag)
    assert article.language is None
    assert article.warnings == (f"language: not an ISO 639 code; detected instead of {tag!r}",)


def test_country_stands_for_its_language_with_a_warning() -> None:
    article = validate(text="市立図書館は水曜日に閉館した。", language="jp")
    assert article.language == "ja"
    assert article.warnings == ("language: a country, read as 'ja': 'jp'",)


SPANISH = (
    "Un incendio destruyó la madrugada del miércoles el mercado municipal. La alcaldesa informó de"
    " que cuarenta puestos quedaron reducidos a cenizas y que dos bomberos fueron atendidos."
)


@pytest.mark.parametrize("tag", ["en-US", "pt", "jp", "it"])
def test_text_that_is_surely_in_another_language_overrules_the_tag(tag: str) -> None:
    article = validate(title="Incendio en el mercado", text=f"<p>{SPANISH}</p>", language=tag)
    assert article.language == "es"
    assert article.warnings[-1] == (
        f"language: the text is in 'es', which is used instead of {tag!r}"
    )


@pytest.mark.parametrize(
    ("text", "tag"), [(SPANISH, "es-MX"), (SPANISH[:60], "en"), (SPANISH[:90] + TEXT * 3, "en")]
)
def test_tag_stays_unless_the_text_is_surely_in_another_language(text: str, tag: str) -> None:
    article = validate(text=text, language=tag)
    assert article.language == tag[:2]
    assert article.warnings == ()


def test_id_is_kept_unchanged() -> None:
    article_id = " https://x.example/a?b#c é中 "
    assert validate(text=TEXT, id=article_id).id == article_id


def test_id_is_derived_from_the_canonical_url() -> None:
    first = validate(text=TEXT, url="http://www.example.com/a?utm_source=x")
    second = validate(text="other", url="https://example.com/a")
    assert first.id == second.id
    assert first.content_hash != second.content_hash
    assert first.id != validate(text=TEXT, url="https://example.com/b").id


def test_id_is_derived_from_title_and_text_without_url() -> None:
    assert validate(text=TEXT, source="a").id == validate(text=TEXT, source="b").id
    assert validate(text=TEXT).id != validate(text=TEXT, title="t").id
    assert validate(text="", title="ab").id != validate(text="b", title="a").id


@given(st.text(max_size=20), st.text(min_size=1, max_size=20))
def test_derived_id_needs_no_escaping(title: str, text: str) -> None:
    try:
        article = validate(title=title, text=text)
    except InvalidArticleError:
        return
    assert article.id.isascii()
    assert article.id.replace("_", "").isalnum()
    # Submitted as the id, it identifies the same article.
    assert validate(id=article.id, title=title, text=text).content_hash == article.content_hash


@pytest.mark.parametrize("field", ["title", "text", "url", "published_at", "source", "language"])
def test_content_hash_covers_every_field(field: str) -> None:
    base = {
        "id": "a", "title": "t", "text": TEXT, "url": "https://example.com/a",
        "published_at": "2025-05-04", "source": "s", "language": "en",
    }  # fmt: skip
    other = {
        "title": "u", "text": "x", "url": "https://example.com/a#x",
        "published_at": "2025-05-05", "source": "r", "language": "de",
    }  # fmt: skip
    changed = validate(**{**base, field: other[field]})
    assert changed.content_hash != validate(**base).content_hash


def test_error_names_the_missing_extra_for_html(monkeypatch: pytest.MonkeyPatch) -> None:
    def unavailable(*_: str) -> None:
        raise html_page.HtmlUnavailableError("needs storyfold[html]")

    monkeypatch.setattr("service.ingest.submission.extract", unavailable)
    assert field_errors(html="<p>x</p>") == {"/html": "needs storyfold[html]"}


PARAGRAPHS = "".join(f"<p>{TEXT} It was paragraph {n} of the report.</p>" for n in range(5))


def page(head: str = "") -> str:
    article = f"<article><h1>Budget passed</h1>{PARAGRAPHS}</article>"
    body = f"<nav>Menu</nav>{article}<script>track()</script><footer>Imprint</footer>"
    return f"<html><head><title>Budget passed</title>{head}</head><body>{body}</body></html>"


def test_text_and_title_are_extracted_from_html() -> None:
    pytest.importorskip("trafilatura")
    article = validate(html=page(), limit=10_000)
    assert "paragraph 3 of the report" in article.text
    assert not {"<p>", "Menu", "track", "Imprint"} & set(re.findall(r"<p>|\w+", article.text))
    assert article.title == "Budget passed"


def test_other_missing_fields_are_extracted_from_html() -> None:
    pytest.importorskip("trafilatura")
    head = """<link rel="canonical" href="https://news.example/2025/budget">
        <meta property="og:site_name" content="Example News">
        <meta property="article:published_time" content="2025-05-04T06:30:00+00:00">"""
    article = validate(html=page(head), limit=10_000)
    assert article.canonical_url == "https://news.example/2025/budget"
    assert article.source == "Example News"
    assert article.published_at == "2025-05-04T06:30:00+00:00"
    fields = {"url": "https://other.example/a", "published_at": "2025-05-05", "source": "Other"}
    article = validate(html=page(head), limit=10_000, **fields)
    assert (article.url, article.published_at, article.source) == tuple(fields.values())


def test_canonical_url_that_is_a_front_page_is_ignored() -> None:
    pytest.importorskip("trafilatura")
    head = '<link rel="canonical" href="https://news.example/">'
    assert validate(html=page(head), limit=10_000).url is None


def test_copies_of_another_sites_page_are_articles_of_their_own() -> None:
    pytest.importorskip("trafilatura")
    canonical = '<link rel="canonical" href="https://agency.example/budget">'
    pages = {
        name: page(f'{canonical}<meta property="og:site_name" content="{name}">')
        for name in ("Agency", "Brenn Courier", "Salt Marsh Times")
    }
    ids = {name: validate(html=html, limit=10_000).id for name, html in pages.items()}
    assert len({*ids.values()}) == 3
    assert ids["Agency"] == validate(text=TEXT, url="https://agency.example/budget").id
    addressed = validate(html=pages["Brenn Courier"], url="https://brenn.example/1", limit=10_000)
    assert addressed.canonical_url == "https://brenn.example/1"
    corrected = pages["Brenn Courier"].replace("Sunday", "Monday")
    assert validate(html=corrected, limit=10_000).id == ids["Brenn Courier"]


def test_extraction_gives_the_same_text_every_time() -> None:
    pytest.importorskip("trafilatura")
    assert len({validate(html=page(), limit=10_000).text for _ in range(5)}) == 1


def test_page_over_the_limit_is_rejected() -> None:
    assert field_errors(html="x" * 4001) == {"/html": "4001 characters; the limit is 4000"}


def test_text_takes_precedence_over_html() -> None:
    assert validate(text=TEXT, html="<p>other</p>").text == TEXT


def test_html_without_an_article_is_rejected() -> None:
    pytest.importorskip("trafilatura")
    assert "" in field_errors(html="<html></html>")
