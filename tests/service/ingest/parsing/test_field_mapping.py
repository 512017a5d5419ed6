"""Names and shapes of the trade that no package makes without its service, and what is not one."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from service.ingest.parsing import field_mapping
from service.ingest.submission import InvalidArticleError, ValidatedArticle, validate_article

TEXT = "The toll bridge at Sandle was free of charge on Sunday. Nobody had told the keeper."
ADDRESS = "https://news.example/2025/05/toll-bridge"

EVENT_REGISTRY = {
    "uri": "8712345001",
    "lang": "eng",
    "isDuplicate": False,
    "date": "2025-05-04",
    "time": "09:31:12",
    "dateTime": "2025-05-04T09:31:12Z",
    "dateTimePub": "2025-05-04T09:20:00Z",
    "dataType": "news",
    "sim": 0,
    "url": ADDRESS,
    "title": "Free crossing at Sandle",
    "body": TEXT,
    "source": {"uri": "news.example", "dataType": "news", "title": "Sandle News"},
    "authors": [],
    "sentiment": 0.1,
}
MEDIA_CLOUD = {
    "original_url": f"{ADDRESS}?utm_source=rss",
    "url": ADDRESS,
    "canonical_domain": "news.example",
    "publication_date": "2025-05-04",
    "language": "en",
    "article_title": "Free crossing at Sandle",
    "text_content": TEXT,
}

ENTRY = {
    "id": "4711",
    "guidislink": False,
    "link": ADDRESS,
    "title": "Free crossing at Sandle",
    "published": "Sun, 04 May 2025 11:20:00 +0200",
    "published_parsed": [2025, 5, 4, 9, 20, 0, 6, 124, 0],
    "summary": "<p>Nobody had told the <b>keeper</b>.</p>",
}


def take(article: dict[str, Any]) -> ValidatedArticle:
    return validate_article(article, max_text_chars=10_000)


def news_article(**members: Any) -> dict[str, Any]:
    return {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "articleBody": TEXT,
        **members,
    }


def test_event_registry() -> None:
    received = take(EVENT_REGISTRY)
    assert received.aliases == {
        "text": "body",
        "published_at": "dateTimePub",
        "source": "source/title",
        "language": "lang",
    }
    assert (received.text, received.source, received.language) == (TEXT, "Sandle News", "en")
    assert received.published_at == "2025-05-04T09:20:00Z"


def test_media_cloud() -> None:
    received = take(MEDIA_CLOUD)
    assert (received.url, received.title, received.text) == (
        ADDRESS,
        "Free crossing at Sandle",
        TEXT,
    )
    assert (received.source, received.published_at) == ("news.example", "2025-05-04")


@pytest.mark.parametrize("nothing", ["None", "NULL", None])
@pytest.mark.parametrize("field", ["id", "title", "url", "date_publish", "language", "source"])
def test_a_placeholder_is_nothing(field: str, nothing: str | None) -> None:
    received = take({"maintext": TEXT, field: nothing})
    assert received == take({"maintext": TEXT})


def test_a_field_under_its_own_name_goes_before_all_others() -> None:
    received = take({"content": "other", "maintext": "other", "text": TEXT, "headline": "T"})
    assert received.text == TEXT
    assert received.aliases == {"title": "headline"}
    assert received.warnings == ("unknown fields, ignored: 'content', 'maintext'",)


def test_an_empty_field_gives_way() -> None:
    assert take({"text": " ", "maintext": TEXT}).aliases == {"text": "maintext"}


@pytest.mark.parametrize("name", ["datePublished", "date_published", "DatePublished"])
def test_names_are_known_in_any_spelling(name: str) -> None:
    received = take({"text": TEXT, name: "2025-05-04"})
    assert received.aliases == {"published_at": name}


@pytest.mark.parametrize(
    ("article", "pointer"),
    [
        ({"text": TEXT, "date_publish": "yesterday"}, "/date_publish"),
        ({"maintext": 5}, "/maintext"),
        ({"maintext": "x" * 10_001}, "/maintext"),
        ({"text": TEXT, "canonical_link": "not a url"}, "/canonical_link"),
        (news_article(url="ftp://x.example/"), "/url"),
        ({"@graph": [news_article(datePublished="soon")]}, "/@graph/0/datePublished"),
    ],
)
def test_a_fault_is_named_as_it_was_posted(article: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InvalidArticleError) as refused:
        take(article)
    assert [fault.field for fault in refused.value.field_errors] == [pointer]


def test_a_nest_of_unknown_shape_costs_no_article() -> None:
    received = take({"text": TEXT, "publisher": {"@id": "#x"}, "feed": [], "content": {"a": 1}})
    assert received.source is None
    assert "'content'" in received.warnings[0]


class TestSchemaOrg:
    def test_the_publisher_is_found_in_the_graph(self) -> None:
        organisation = {"@type": "NewsMediaOrganization", "@id": "#us", "name": ["Sandle News"]}
        graph = [{"@type": "WebPage"}, organisation, news_article(publisher={"@id": "#us"})]
        received = take({"@context": "https://schema.org", "@graph": graph})
        assert received.aliases["text"] == "@graph/2/articleBody"

    @pytest.mark.parametrize(
        "publisher",
        [
            {"@type": "Organization", "name": "Sandle News"},
            [{"@type": "Organization", "name": "Sandle News"}],
            "Sandle News",
            ["Sandle News", "Another"],
        ],
    )
    def test_publishers_of_every_shape(self, publisher: object) -> None:
        assert take(news_article(publisher=publisher)).source == "Sandle News"

    @pytest.mark.parametrize(
        "kind",
        [
            *("NewsArticle", "https://schema.org/ReportageNewsArticle", "schema:LiveBlogPosting"),
            ["Article", "NewsArticle"],
        ],
    )
    def test_types_of_every_shape(self, kind: object) -> None:
        received = take(news_article(**{"@type": kind}, name="Free crossing at Sandle"))
        assert received.title == "Free crossing at Sandle"

    def test_a_language_may_be_an_object(self) -> None:
        language = {"@type": "Language", "name": "German", "alternateName": "de"}
        assert take(news_article(inLanguage=language)).language == "de"

    def test_the_address_may_be_the_id_of_the_node(self) -> None:
        assert take(news_article(**{"@id": f"{ADDRESS}#article"})).canonical_url == ADDRESS

    def test_paragraphs_of_a_list_are_one_text(self) -> None:
        received = take(news_article(articleBody=["It was so.", "It is not now."]))
        assert received.text == "It was so.\n\nIt is not now."

    def test_what_stands_around_the_graph_counts(self) -> None:
        received = take({"id": "a", "url": ADDRESS, "@graph": [news_article(url="x")]})
        assert (received.id, received.url) == ("a", ADDRESS)
        assert received.aliases == {"text": "@graph/0/articleBody"}

    def test_a_put_names_it_whatever_it_is(self, client: FlaskClient) -> None:
        for shape in ({"@graph": [news_article()]}, {**ENTRY, "id": None}):
            answer = client.put("/v1/articles/mine", json=shape).get_json()
            assert answer["article_id"] == "mine"

    def test_values_with_a_language_are_values(self) -> None:
        headline = {"@value": "Free crossing", "@language": "en"}
        assert take(news_article(headline=headline)).title == "Free crossing"

    def test_what_it_says_about_itself_is_not_reported(self) -> None:
        assert take(news_article(headline="T")).warnings == ()


class TestFeeds:
    def test_a_guid_is_no_identity_across_feeds(self) -> None:
        assert take(ENTRY).id == take({"url": ADDRESS, "text": TEXT}).id

    def test_an_id_of_ones_own_is_kept(self) -> None:
        article = {"id": "abc", "url": ADDRESS, "text": TEXT, "feed_id": 3, "hash": "0f"}
        assert take(article).id == "abc"

    def test_without_an_address_it_is_all_there_is(self) -> None:
        entry = {name: value for name, value in ENTRY.items() if name != "link"}
        assert take(entry).id == "4711"

    def test_a_summary_is_the_text_where_there_is_no_other(self) -> None:
        received = take(ENTRY)
        assert received.text == "Nobody had told the keeper."
        assert received.aliases["text"] == "summary"
        assert received.warnings[-1] == "text: tags removed"

    def test_a_summary_does_not_stand_for_a_page(self) -> None:
        pytest.importorskip("trafilatura")
        page = f"<html><body><article><p>{TEXT}</p></article></body></html>"
        assert take({**ENTRY, "html": page}).text == TEXT

    @pytest.mark.parametrize(
        "moment", [[2025, 13, 4, 9, 20, 0, 6, 124, 0], [2025], [], ["a"] * 9, [True] * 9]
    )
    def test_an_impossible_time_is_left_for_the_next_name(self, moment: list[object]) -> None:
        received = take({**ENTRY, "published_parsed": moment})
        assert received.aliases["published_at"] == "published"
        assert received.published == take(ENTRY).published

    def test_a_leap_second_is_a_time(self) -> None:
        received = take({**ENTRY, "published_parsed": [2016, 12, 31, 23, 59, 60, 5, 366, 0]})
        assert received.published_at == "2016-12-31T23:59:59+00:00"


def test_a_page_may_come_under_the_name_of_a_text() -> None:
    pytest.importorskip("trafilatura")
    page = f"<!DOCTYPE html>\n<html><body><article><p>{TEXT}</p></article></body></html>"
    received = take({"url": ADDRESS, "body": page})
    assert received.text == TEXT
    assert received.aliases == {"html": "body"}


NAMES = st.sampled_from(
    [
        *("@type", "@graph", "@id", "@value", "mainEntity", "NewsArticle", "articleBody", "url"),
        *("publisher", "name", "content", "value", "body", "sections", "paragraphs", "headline"),
        *("published_parsed", "source", "source-hostname", "link", "id", "text", "title", "feed"),
    ]
)


def nested(inner: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return inner | st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4)


PLAIN = st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just("NewsArticle")
JSON = nested(nested(nested(PLAIN)))


@given(st.dictionaries(NAMES, JSON, max_size=6))
def test_whatever_is_posted_is_taken_or_refused(article: dict[str, Any]) -> None:
    translation = field_mapping.map_fields(article)
    assert set(translation.fields) <= set(field_mapping.FIELDS)
    try:
        take(article)
    except InvalidArticleError as refused:
        assert refused.field_errors  # noqa: PT017 (it may well be taken)
