"""From the names that were posted to the fields of this service."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from service.ingest.parsing.field_mapping import schema_org, values
from service.ingest.parsing.field_mapping.aliases import ALIASES, FIELDS, TEASERS, normalise_name

_PLACEHOLDERS: Final = frozenset({"None", "NULL"})
"""What news-please writes for what it does not know."""
_HTML_PAGE: Final = re.compile(
    r"\s{0,1000}(?:<\?xml[^<>]*>\s*)?(?:<!--[^<>]*-->\s*)?<(?:!doctype\s+html|html)\b",
    re.IGNORECASE,
)
_FEEDPARSER_FIELDS: Final = frozenset(
    {"guidislink", "title_detail", "summary_detail", "published_parsed"}
)
_MINIFLUX_FIELDS: Final = frozenset({"feed_id", "comments_url"})


@dataclass(frozen=True, slots=True)
class FieldMapping:
    """An article in this service's own fields.

    Attributes
    ----------
    fields : dict
        Values by field; what is missing is left out.
    aliases : dict
        Where a field was read from, if not under its own name: ``date_publish``, or a path such as
        ``publisher/name``.
    unused_names : tuple of str
        Names from which nothing was read.
    """

    fields: dict[str, object]
    aliases: dict[str, str]
    unused_names: tuple[str, ...]


class _FieldValue(NamedTuple):
    name: str
    path: str
    value: object


def map_fields(raw: Mapping[Any, Any]) -> FieldMapping:
    """Find the fields of this service in an article as any crawler writes it."""
    article, place = schema_org.find_article(raw)
    posted = _RawArticle(article)
    found = posted.find_all()
    around = _RawArticle({name: raw[name] for name in FIELDS if place and name in raw}).find_all()
    if "html" not in found and _is_html_page(found.get("text")):
        found["html"] = found.pop("text")
    if (
        "text" not in found
        and "html" not in found
        and (teaser := posted.find_first("text", TEASERS))
    ):
        found["text"] = teaser
    prefix = f"{place}/".removeprefix("/")
    paths = {field: prefix + value.path for field, value in found.items()}
    paths |= {field: value.path for field, value in around.items()}
    read = {value.name for value in found.values()}
    return FieldMapping(
        {field: value.value for field, value in (found | around).items()},
        {field: path for field, path in paths.items() if path != field},
        tuple(name for name in posted.iter_names() if name not in read),
    )


class _RawArticle:
    """An article as it was posted, and what is to be known of who wrote it."""

    def __init__(self, article: Mapping[Any, Any]) -> None:
        self._article = {name: value for name, value in article.items() if not _is_missing(value)}
        self._original_names: dict[str, str] = {}
        for name in self._article:
            self._original_names.setdefault(normalise_name(str(name)), name)
        # Its "source" is the address, and the outlet stands elsewhere.
        self._is_trafilatura = "source-hostname" in article
        # A feed's guid, and a feed reader's number, are unique there only; the address everywhere.
        has_address = not {"link", "url"}.isdisjoint(self._original_names)
        by_feed = not _FEEDPARSER_FIELDS.isdisjoint(article) or article.keys() >= _MINIFLUX_FIELDS
        self._is_feed_entry = has_address and by_feed

    def iter_names(self) -> Iterator[str]:
        """The names that hold something; what JSON-LD says about itself left out."""
        return (name for name in map(str, self._article) if not name.startswith("@"))

    def find_all(self) -> dict[str, _FieldValue]:
        """Return the value of every field that has one."""
        return {field: value for field in FIELDS if (value := self.find(field)) is not None}

    def find(self, field: str) -> _FieldValue | None:
        """Return the value of a field: by its own name, or by the best of its aliases."""
        own = self._find_own(field)
        if own is not None and not _is_blank(own.value):
            return own
        aliases = ALIASES.get(field, ())
        if self._is_trafilatura and field == "url":
            aliases = ("source", *aliases)
        return self.find_first(field, aliases) or own

    def find_first(self, field: str, names: Iterable[str]) -> _FieldValue | None:
        """Return the first value that can be read under one of some names.

        Or else the first plain value, to be refused; a nest of unknown shape is left alone.
        """
        found = [value for name in names if (value := self._read_value(field, name)) is not None]
        readable = (it for it in found if isinstance(it.value, str) and not _is_blank(it.value))
        wrong = (it for it in found if not isinstance(it.value, (dict, list, str)))
        return next(readable, next(wrong, None))

    def _find_own(self, field: str) -> _FieldValue | None:
        if self._is_trafilatura and field == "source":
            return None
        if self._is_feed_entry and field == "id":
            return None
        return self._read_value(field, field)

    def _read_value(self, field: str, name: str) -> _FieldValue | None:
        given = name if name in self._article else self._original_names.get(normalise_name(name))
        if given is None:
            return None
        value = self._article[given]
        nested = None if isinstance(value, str) else values.read_nested(field, value)
        if nested is None:
            return _FieldValue(given, given, value)
        return _FieldValue(given, given + nested[0], nested[1])


def _is_missing(value: object) -> bool:
    return value is None or (isinstance(value, str) and value in _PLACEHOLDERS)


def _is_blank(value: object) -> bool:
    return isinstance(value, str) and not value.strip()


def _is_html_page(field_value: _FieldValue | None) -> bool:
    return (
        field_value is not None
        and isinstance(field_value.value, str)
        and bool(_HTML_PAGE.match(field_value.value))
    )
