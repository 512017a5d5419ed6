"""Names of crawlers and feeds for the fields of this service."""

from __future__ import annotations

from typing import Final

FIELDS: Final = ("id", "url", "title", "text", "html", "published_at", "source", "language")

ALIASES: Final[dict[str, tuple[str, ...]]] = {
    "url": (
        *("feedburner_origlink", "link", "web_url", "external_url", "canonical_link"),
        *("canonical_url", "original_url", "main_entity_of_page"),
    ),
    "title": (
        *("headline", "article_title", "web_title", "title_page", "html_title"),
        *("title_rss", "rss_title"),
    ),
    "text": (
        *("maintext", "plaintext", "article_body", "text_content", "article_text"),
        *("body", "content", "content_text", "content_html"),
        "content_elements",
    ),
    "html": ("raw_html",),
    "published_at": (
        *("date_publish", "publishing_date", "publish_date", "article_publish_date"),
        *("date_published", "publication_date", "date_time_pub", "date_time"),
        *("web_publication_date", "published_date", "published_time"),
        *("published_parsed", "published", "pub_date", "date", "updated_parsed", "updated"),
        *("date_modified",),
    ),
    "source": (
        *("publisher", "source-hostname", "meta_site_name", "site_name", "media_name", "feed"),
        *("source_name", "source_domain", "canonical_domain", "domain_name", "domain", "hostname"),
    ),
    "language": ("lang", "in_language", "article_language", "meta_lang"),
}
"""Other names of each field, best first. They are used if the field itself is absent."""

TEASERS: Final = (
    *("summary", "description", "article_description", "lead_paragraph", "abstract", "snippet"),
)
"""Names of a short text, used only if there is neither a full text nor a page."""


def normalise_name(name: str) -> str:
    """Return a name without case, underscores and hyphens, in which crawlers differ."""
    return name.replace("_", "").replace("-", "").lower()


_FIELD_BY_NAME: Final = {normalise_name(field): field for field in FIELDS} | {
    normalise_name(alias): field
    for field, aliases in {**ALIASES, "text": (*ALIASES["text"], *TEASERS)}.items()
    for alias in aliases
}


def field_of(name: str) -> str | None:
    """Return the field that a name means, or None."""
    return _FIELD_BY_NAME.get(normalise_name(name))
