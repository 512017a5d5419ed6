"""Field names and structures of crawlers whose packages need a running service, and errors."""

from __future__ import annotations

from typing import Any, ClassVar

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

FEED_ENTRY = {
    "id": "4711",
    "guidislink": False,
    "link": ADDRESS,
    "title": "Free crossing at Sandle",
    "published": "Sun, 04 May 2025 11:20:00 +0200",
    "published_parsed": [2025, 5, 4, 9, 20, 0, 6, 124, 0],
    "summary": "<p>Nobody had told the <b>keeper</b>.</p>",
}


def validate(article: dict[str, Any]) -> ValidatedArticle:
    return validate_article(article, max_text_chars=10_000)


def news_article(**members: Any) -> dict[str, Any]:
    return {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "articleBody": TEXT,
        **members,
    }


def test_event_registry_article() -> None:
    validated = validate(EVENT_REGISTRY)
    assert validated.aliases == {
        "text": "body",
        "published_at": "dateTimePub",
        "source": "source/title",
        "language": "lang",
    }
    assert (validated.text, validated.source, validated.language) == (TEXT, "Sandle News", "en")
    assert validated.published_at == "2025-05-04T09:20:00Z"


def test_media_cloud_story() -> None:
    validated = validate(MEDIA_CLOUD)
    assert (validated.url, validated.title, validated.text) == (
        ADDRESS,
        "Free crossing at Sandle",
        TEXT,
    )
    assert (validated.source, validated.published_at) == ("news.example", "2025-05-04")


@pytest.mark.parametrize("placeholder", ["None", "NULL", None])
@pytest.mark.parametrize("field", ["id", "title", "url", "date_publish", "language", "source"])
def test_placeholder_is_a_missing_value(field: str, placeholder: str | None) -> None:
    validated = validate({"maintext": TEXT, field: placeholder})
    assert validated == validate({"maintext": TEXT})


def test_own_name_of_a_field_takes_precedence_over_aliases() -> None:
    validated = validate({"content": "other", "maintext": "other", "text": TEXT, "headline": "T"})
    assert validated.text == TEXT
    assert validated.aliases == {"title": "headline"}
    assert validated.warnings == ("unknown fields, ignored: 'content', 'maintext'",)


def test_alias_replaces_an_empty_field() -> None:
    assert validate({"text": " ", "maintext": TEXT}).aliases == {"text": "maintext"}


@pytest.mark.parametrize("name", ["datePublished", "date_published", "DatePublished"])
def test_names_are_recognised_in_any_spelling(name: str) -> None:
    validated = validate({"text": TEXT, name: "2025-05-04"})
    assert validated.aliases == {"published_at": name}


@pytest.mark.parametrize(
    ("article", "pointer"),
    [
        ({"maintext": 5}, "/maintext"),
        ({"maintext": "x" * 10_001}, "/maintext"),
        ({"text": TEXT, "canonical_link": "not a url"}, "/canonical_link"),
        (news_article(url="ftp://x.example/"), "/url"),
        ({"@graph": [news_article(url="soon")]}, "/@graph/0/url"),
    ],
)
def test_field_error_names_the_submitted_field(article: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InvalidArticleError) as raised:
        validate(article)
    assert [error.field for error in raised.value.field_errors] == [pointer]


def test_nested_value_of_unknown_structure_is_ignored() -> None:
    article = {"text": TEXT, "publisher": {"@id": "#x"}, "feed": [], "content": {"a": 1}}
    validated = validate(article)
    assert validated.source is None
    assert "'content'" in validated.warnings[0]


class TestSchemaOrg:
    def test_publisher_reference_is_resolved_in_the_graph(self) -> None:
        organisation = {"@type": "NewsMediaOrganization", "@id": "#us", "name": ["Sandle News"]}
        graph = [{"@type": "WebPage"}, organisation, news_article(publisher={"@id": "#us"})]
        validated = validate({"@context": "https://schema.org", "@graph": graph})
        assert validated.aliases["text"] == "@graph/2/articleBody"

    @pytest.mark.parametrize(
        "publisher",
        [
            {"@type": "Organization", "name": "Sandle News"},
            [{"@type": "Organization", "name": "Sandle News"}],
            "Sandle News",
            ["Sandle News", "Another"],
        ],
    )
    def test_all_structures_of_publishers(self, publisher: object) -> None:
        assert validate(news_article(publisher=publisher)).source == "Sandle News"

    @pytest.mark.parametrize(
        "type_",
        [
            *("NewsArticle", "https://schema.org/ReportageNewsArticle", "schema:LiveBlogPosting"),
            ["Article", "NewsArticle"],
        ],
    )
    def test_all_structures_of_types(self, type_: object) -> None:
        validated = validate(news_article(**{"@type": type_}, name="Free crossing at Sandle"))
        assert validated.title == "Free crossing at Sandle"

    def test_language_object(self) -> None:
        language = {"@type": "Language", "name": "German", "alternateName": "de"}
        assert validate(news_article(inLanguage=language)).language == "de"

    def test_url_from_the_id_of_the_node(self) -> None:
        assert validate(news_article(**{"@id": f"{ADDRESS}#article"})).canonical_url == ADDRESS

    def test_guid_tells_entries_apart(self) -> None:
        first, second = (validate({**FEED_ENTRY, "id": guid}) for guid in ("1", "2"))
        assert first.id == second.id
        assert first.feed_entry != second.feed_entry
        assert validate({**FEED_ENTRY, "id": FEED_ENTRY["link"]}).feed_entry is None

    def test_list_of_paragraphs_is_joined(self) -> None:
        validated = validate(news_article(articleBody=["It was so.", "It is not now."]))
        assert validated.text == "It was so.\n\nIt is not now."

    def test_fields_beside_the_graph_are_used(self) -> None:
        validated = validate({"id": "a", "url": ADDRESS, "@graph": [news_article(url="x")]})
        assert (validated.id, validated.url) == ("a", ADDRESS)
        assert validated.aliases == {"text": "@graph/0/articleBody"}

    def test_put_overrides_the_id(self, client: FlaskClient) -> None:
        for article in ({"@graph": [news_article()]}, {**FEED_ENTRY, "id": None}):
            answer = client.put("/v1/articles/mine", json=article).get_json()
            assert answer["article_id"] == "mine"

    def test_language_tagged_values_are_unwrapped(self) -> None:
        headline = {"@value": "Free crossing", "@language": "en"}
        assert validate(news_article(headline=headline)).title == "Free crossing"

    def test_json_ld_keywords_are_not_reported_as_unknown(self) -> None:
        assert validate(news_article(headline="T")).warnings == ()


class TestFeeds:
    def test_guid_of_an_entry_with_url_is_ignored(self) -> None:
        assert validate(FEED_ENTRY).id == validate({"url": ADDRESS, "text": TEXT}).id

    def test_id_of_an_article_that_is_not_an_entry_is_kept(self) -> None:
        article = {"id": "abc", "url": ADDRESS, "text": TEXT, "feed_id": 3, "hash": "0f"}
        assert validate(article).id == "abc"

    def test_guid_of_an_entry_without_url_is_the_id(self) -> None:
        entry = {name: value for name, value in FEED_ENTRY.items() if name != "link"}
        assert validate(entry).id == "4711"

    def test_summary_is_the_text_of_last_resort(self) -> None:
        validated = validate(FEED_ENTRY)
        assert validated.text == "Nobody had told the keeper."
        assert validated.aliases["text"] == "summary"
        assert validated.warnings[-1] == "text: tags removed"

    def test_page_takes_precedence_over_a_summary(self) -> None:
        pytest.importorskip("trafilatura")
        page = f"<html><body><article><p>{TEXT}</p></article></body></html>"
        assert validate({**FEED_ENTRY, "html": page}).text == TEXT

    @pytest.mark.parametrize(
        "struct_time", [[2025, 13, 4, 9, 20, 0, 6, 124, 0], [2025], [], ["a"] * 9, [True] * 9]
    )
    def test_alias_replaces_an_invalid_struct_time(self, struct_time: list[object]) -> None:
        validated = validate({**FEED_ENTRY, "published_parsed": struct_time})
        assert validated.aliases["published_at"] == "published"
        assert validated.published == validate(FEED_ENTRY).published

    def test_leap_second_is_accepted(self) -> None:
        struct_time = [2016, 12, 31, 23, 59, 60, 5, 366, 0]
        validated = validate({**FEED_ENTRY, "published_parsed": struct_time})
        assert validated.published_at == "2016-12-31T23:59:59+00:00"


def test_page_under_the_name_of_a_text_is_html() -> None:
    pytest.importorskip("trafilatura")
    page = f"<!DOCTYPE html>\n<html><body><article><p>{TEXT}</p></article></body></html>"
    validated = validate({"url": ADDRESS, "body": page})
    assert validated.text == TEXT
    assert validated.aliases == {"html": "body"}


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
def test_any_object_is_accepted_or_rejected(article: dict[str, Any]) -> None:
    mapping = field_mapping.map_fields(article)
    assert set(mapping.fields) <= set(field_mapping.FIELDS)
    try:
        validate(article)
    except InvalidArticleError as error:
        assert error.field_errors  # noqa: PT017 (the article may be accepted)


class TestEditors:
    """Texts as the editors of content management systems store them."""

    PARTS: ClassVar[tuple[str, str]] = ("The keeper rang twice.", "The lock stayed shut.")

    @pytest.mark.parametrize(
        "text",
        [
            [{"type": "p", "children": [{"text": part}]} for part in PARTS],
            [
                {"_type": "block", "children": [{"text": part[:4]}, {"text": part[4:]}]}
                for part in PARTS
            ],
            {"type": "doc", "content": [{"content": [{"text": part}]} for part in PARTS]},
            {"root": {"children": [{"children": [{"text": part}]} for part in PARTS]}},
            {"blocks": [{"type": "paragraph", "data": {"text": part}} for part in PARTS]},
            [{"type": "text", "content": f"<p>{part}</p>"} for part in PARTS],
            [{"text": part} for part in PARTS],
            list(PARTS),
        ],
        ids=["slate", "sanity", "prosemirror", "lexical", "editorjs", "arc", "objects", "strings"],
    )
    def test_blocks_are_paragraphs(self, text: object) -> None:
        assert validate({"title": "Lock", "text": text}).text == "\n\n".join(self.PARTS)

    def test_first_translation_is_that_of_title_and_text(self) -> None:
        article = {"title": {"en": "Lock", "fr": "Écluse"}, "text": {"fr": "Fermée", "en": "Shut"}}
        validated = validate(article)
        assert (validated.title, validated.text) == ("Lock", "Shut")
        assert validated.aliases == {"title": "title/en", "text": "text/en"}

    @pytest.mark.parametrize(
        ("date", "read"),
        [
            ({"year": 2025, "month": "5", "day": 4}, "2025-05-04"),
            ({"year": 2025, "month": 5, "day": 4, "hour": 6, "minute": 30}, "2025-05-04T06:30"),
            ([2025, 5, 4], "2025-05-04"),
            ([2025, 5, 4, 6, 30], "2025-05-04T06:30:00+00:00"),
            (["2025-05-04", "2025-05-05"], "2025-05-04"),
            ([4, 5, 25], None),
            ({"year": 2025}, None),
        ],
    )
    def test_date_in_parts(self, date: object, read: str | None) -> None:
        assert validate({"text": TEXT, "published_at": date}).published_at == read

    @pytest.mark.parametrize("depth", [5, 5000])
    def test_deep_tree_ends(self, depth: int) -> None:
        tree: object = {"text": "The keeper rang twice."}
        for _ in range(depth):
            tree = {"children": [tree]}
        validated = validate({"title": "Lock", "text": tree})
        assert validated.text == ("The keeper rang twice." if depth < 10 else "")
