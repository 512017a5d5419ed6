"""Map a submitted object to the fields of this service."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from service.ingest.parsing.field_mapping import schema_org, values
from service.ingest.parsing.field_mapping.aliases import ALIASES, FIELDS, TEASERS, normalise_name

_PLACEHOLDERS: Final = frozenset({"None", "NULL"})
"""What news-please writes for unknown values."""
_HTML_PAGE: Final = re.compile(
    r"\s{0,1000}(?:<\?xml[^<>]*>\s*)?(?:<!--[^<>]*-->\s*)?<(?:!doctype\s+html|html)\b",
    re.IGNORECASE,
)
_FEEDPARSER_FIELDS: Final = frozenset(
    {"guidislink", "title_detail", "summary_detail", "published_parsed"}
)
_JSON_FEED_FIELDS: Final = frozenset({"content_html", "content_text"})
_MINIFLUX_FIELDS: Final = frozenset({"feed_id", "comments_url"})


@dataclass(frozen=True, slots=True)
class FieldMapping:
    """An article in the fields of this service.

    Attributes
    ----------
    fields : dict
        Values by field, without missing fields.
    aliases : dict
        Original names of fields that were read from another name: ``date_publish``, or a path such
        as ``publisher/name``.
    unused_names : tuple of str
        Submitted names from which no field was read.
    guid : str
        What its feed calls an entry that has an address; "" if it is no such entry.
    """

    fields: dict[str, object]
    aliases: dict[str, str]
    unused_names: tuple[str, ...]
    guid: str = ""


class _FieldValue(NamedTuple):
    name: str
    path: str
    value: object


def map_fields(raw: Mapping[Any, Any]) -> FieldMapping:
    """Map an article of any supported source to the fields of this service.

    Fields beside a JSON-LD graph take precedence over those of the article inside it.
    """
    article, pointer = schema_org.find_article(raw)
    raw_article = _RawArticle(article)
    inner = _find_fields(raw_article)
    outer = _RawArticle({name: raw[name] for name in FIELDS if pointer and name in raw}).find_all()
    prefix = f"{pointer}/".removeprefix("/")
    paths = {field: prefix + value.path for field, value in inner.items()}
    paths |= {field: value.path for field, value in outer.items()}
    used_names = {value.name for value in inner.values()}
    return FieldMapping(
        {field: value.value for field, value in (inner | outer).items()},
        {field: path for field, path in paths.items() if path != field},
        tuple(name for name in raw_article.iter_names() if name not in used_names),
        raw_article.find_guid(),
    )


def _find_fields(raw_article: _RawArticle) -> dict[str, _FieldValue]:
    """All fields; a page under the name of a text is HTML, and a teaser is the last resort."""
    fields = raw_article.find_all()
    if "html" not in fields and _is_html_page(fields.get("text")):
        fields["html"] = fields.pop("text")
    if "text" not in fields and "html" not in fields:
        teaser = raw_article.find_first("text", TEASERS)
        if teaser is not None:
            fields["text"] = teaser
    return fields


class _RawArticle:
    """A submitted article, and the crawler conventions that its names reveal."""

    def __init__(self, article: Mapping[Any, Any]) -> None:
        self._article = {name: value for name, value in article.items() if not _is_missing(value)}
        self._original_names: dict[str, str] = {}
        for name in self._article:
            self._original_names.setdefault(normalise_name(str(name)), name)
        # In its output "source" is the address of the article, not the outlet.
        self._is_trafilatura = "source-hostname" in article
        # The guid or number of an entry is unique within its feed only; its address everywhere.
        has_url = not {"link", "url"}.isdisjoint(self._original_names)
        is_entry = (
            not (_FEEDPARSER_FIELDS | _JSON_FEED_FIELDS).isdisjoint(article)
            or article.keys() >= _MINIFLUX_FIELDS
        )
        self._is_feed_entry_with_url = has_url and is_entry

    def iter_names(self) -> Iterator[str]:
        """Names with a value, without the ``@`` keywords of JSON-LD."""
        return (name for name in map(str, self._article) if not name.startswith("@"))

    def find_all(self) -> dict[str, _FieldValue]:
        """Return all fields that have a value."""
        return {field: value for field in FIELDS if (value := self.find(field)) is not None}

    def find(self, field: str) -> _FieldValue | None:
        """Return a field by its own name, or else by the best of its aliases."""
        own = self._find_own(field)
        if own is not None and isinstance(own.value, str) and not _is_blank(own.value):
            return own
        aliases = ALIASES.get(field, ())
        if self._is_trafilatura and field == "url":
            aliases = ("source", *aliases)
        return self.find_first(field, aliases) or own

    def find_first(self, field: str, names: Iterable[str]) -> _FieldValue | None:
        """Return the first non-blank string under the given names.

        Without one, return the first number or boolean, for validation to report; dicts and lists
        of unknown structure are ignored.
        """
        values = [value for name in names if (value := self._read_value(field, name)) is not None]
        for candidate in values:
            if isinstance(candidate.value, str) and not _is_blank(candidate.value):
                return candidate
        invalid = (value for value in values if not isinstance(value.value, (dict, list, str)))
        return next(invalid, None)

    def find_guid(self) -> str:
        """Return what its feed calls an entry that is identified by its address, or ""."""
        if not self._is_feed_entry_with_url:
            return ""
        # Miniflux has a number of its own beside the hash of the guid.
        names = (self._original_names.get(name) for name in ("hash", "id"))
        values = (self._article[name] for name in names if name is not None)
        return next((str(value) for value in values if isinstance(value, str | int)), "")

    def _find_own(self, field: str) -> _FieldValue | None:
        if self._is_trafilatura and field == "source":
            return None
        if self._is_feed_entry_with_url and field == "id":
            return None
        return self._read_value(field, field)

    def _read_value(self, field: str, name: str) -> _FieldValue | None:
        original = name if name in self._article else self._original_names.get(normalise_name(name))
        if original is None:
            return None
        value = self._article[original]
        nested = None if isinstance(value, str) else values.read_nested(field, value)
        if nested is None:
            return _FieldValue(original, original, value)
        return _FieldValue(original, original + nested[0], nested[1])


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
