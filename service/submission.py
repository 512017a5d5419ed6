"""Articles as they are posted: what is accepted, what is repaired, what is refused.

An article that can be used is never refused for a part that can be done without: such a part is
left out, and a warning says so.
"""

from __future__ import annotations

import hashlib
import re
import time
from base64 import b32encode
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from clustering.model import Article
from service import dates, urls
from service.html import HtmlUnavailableError, extract
from service.shown import DESCRIBED

ALIASES: Final = {
    "body": "text",
    "content": "text",
    "headline": "title",
    "link": "url",
    "date": "published_at",
    "published": "published_at",
    "lang": "language",
}
"""Other names that crawlers use; they count where the field itself is absent."""

_MAX_ID: Final = 512
_MAX_URL: Final = 8192
_MAX_SOURCE: Final = 512
_TOLERATED_FUTURE: Final = 2 * 86400.0
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")
_ID_REFUSED: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")
_LANGUAGE: Final = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]{1,8})*\Z")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a field."""

    __pydantic_config__ = DESCRIBED

    field: str
    """JSON pointer, such as "/text"; "" is the whole."""
    message: str


class InvalidArticleError(ValueError):
    """An article that can't be taken; `faults` says where and why."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"{fault.field}: {fault.message}" for fault in self.faults))


class Submission(BaseModel):
    """An article as it is posted. At least one of `text`, `html` and `title` must be there."""

    model_config = ConfigDict(strict=True, frozen=True, use_attribute_docstrings=True)

    id: str | None = Field(default=None, min_length=1, max_length=_MAX_ID)
    """Your name for the article, kept as it is. Without one it is made from `url`, or else from
    title and text. The same id again with other content is a new version."""
    url: str | None = Field(default=None, max_length=_MAX_URL)
    """Absolute http or https address."""
    title: str | None = None
    text: str | None = None
    """Plain text. Control characters are taken out."""
    html: str | None = None
    """The page, if there is no `text`; the article is taken out of it."""
    published_at: str | None = None
    """ISO 8601 or RFC 2822. Without a zone it is UTC, without a time midnight."""
    source: str | None = Field(default=None, max_length=_MAX_SOURCE)
    """The outlet or feed."""
    language: str | None = None
    """ISO 639-1, such as "en" ("en-GB" will do). Without it the language is detected."""


@dataclass(frozen=True, slots=True)
class Received:
    """An article that passed every check: clean fields, identity, and what was noticed."""

    id: str
    url: str | None
    canonical_url: str | None
    title: str
    text: str
    published_at: str | None
    """As it was given."""
    published: float | None
    """POSIX seconds."""
    source: str | None
    language: str | None
    content_hash: bytes
    warnings: tuple[str, ...]

    def to_article(self, key: int = 0) -> Article:
        """Return what is judged of it, under the store's number for it (0: it has none)."""
        return Article(
            key=key,
            title=self.title,
            text=self.text,
            published=self.published,
            source=self.source,
            language=self.language,
            url=self.canonical_url,
        )


def read(raw: object, *, max_text_chars: int) -> Received:
    """Check an article as it came.

    Parameters
    ----------
    raw : object
        A decoded JSON value; only an object can be an article.
    max_text_chars : int
        The longest text or title to take.

    Returns
    -------
    Received

    Raises
    ------
    InvalidArticleError
        With every fault there is, not only the first.
    """
    if not isinstance(raw, dict):
        raise InvalidArticleError([Fault("", "an article is a JSON object")])
    warnings: list[str] = []
    submission = _validated(_tidied(raw, warnings))
    return _Reader(submission, warnings, max_text_chars).read()


def _tidied(raw: dict[Any, Any], warnings: list[str]) -> dict[str, object]:
    """Bring aliases to their names, and take out what no text should hold."""
    fields: dict[str, object] = {}
    unknown: list[str] = []
    for given, value in raw.items():
        name = ALIASES.get(given, given)
        if name not in Submission.model_fields or (name != given and raw.get(name) is not None):
            unknown.append(repr(given))
        elif value is not None:
            fields[name] = _clean(name, value, warnings)
    if unknown:
        warnings.append(f"unknown fields, ignored: {', '.join(sorted(unknown)[:20])[:500]}")
    return fields


def _clean(name: str, value: object, warnings: list[str]) -> object:
    # An id is a name: it is taken as it is or refused, never repaired.
    if not isinstance(value, str) or name == "id":
        return value
    if _CONTROL.search(value):
        value = _CONTROL.sub("", value)
        warnings.append(f"{name}: control characters removed")
    if not value.isascii() and _SURROGATE.search(value):
        value = _SURROGATE.sub("\ufffd", value)
        warnings.append(f"{name}: lone surrogates replaced")
    return value


def _validated(fields: dict[str, object]) -> Submission:
    try:
        return Submission.model_validate(fields)
    except ValidationError as error:
        raise InvalidArticleError(
            Fault(f"/{fault['loc'][0]}", in_words(fault)) for fault in error.errors()
        ) from None


def in_words(fault: ErrorDetails) -> str:
    """Say what pydantic found wrong with a value."""
    message = fault["msg"].removeprefix("Value error, ").replace("Input should", "must")
    message = message.replace("String should", "must")
    return {
        "string_type": "must be a string",
        "string_unicode": "must be valid Unicode",
        "string_too_short": "must not be empty",
    }.get(fault["type"], message)


class _Reader:
    """Reads one article field by field, so that every fault is found."""

    def __init__(self, submission: Submission, warnings: list[str], max_text_chars: int) -> None:
        self._submission = submission
        self._warnings = warnings
        self._max_text_chars = max_text_chars
        self._faults: list[Fault] = []

    def read(self) -> Received:
        posted = self._submission
        url, canonical_url = self._address()
        title, text, published_at = self._content()
        published = self._published(published_at)
        language = self._language()
        self._check_id()
        if self._faults:
            raise InvalidArticleError(self._faults)
        source = (posted.source or "").strip() or None
        shown = (url, title, text, published_at, source, language)
        return Received(
            id=posted.id or _derived_id(canonical_url, title, text),
            url=url,
            canonical_url=canonical_url,
            title=title,
            text=text,
            published_at=published_at,
            published=published,
            source=source,
            language=language,
            content_hash=_digest(*shown),
            warnings=tuple(self._warnings),
        )

    def _fault(self, field: str, message: str) -> None:
        self._faults.append(Fault(f"/{field}", message))

    def _check_id(self) -> None:
        article_id = self._submission.id
        if article_id is not None and _ID_REFUSED.search(article_id):
            self._fault("id", "must not have control characters")

    def _address(self) -> tuple[str | None, str | None]:
        url = (self._submission.url or "").strip()
        if not url:
            return None, None
        try:
            return url, urls.canonical(url)
        except ValueError as error:
            self._fault("url", str(error))
            return None, None

    def _content(self) -> tuple[str, str, str | None]:
        posted = self._submission
        title, text = posted.title or "", posted.text or ""
        published_at = posted.published_at
        if posted.html and not text.strip():
            page = self._page(posted.html)
            title, text = title or page[0], page[1]
            published_at = published_at or page[2]
        self._check_length("title", title)
        self._check_length("text", text)
        if not self._faults and not text.strip() and not title.strip():
            self._faults.append(Fault("", "one of text, html and title must have content"))
        return title, text, published_at

    def _page(self, html: str) -> tuple[str, str, str | None]:
        try:
            page = extract(html)
        except HtmlUnavailableError as error:
            self._fault("html", str(error))
            return "", "", None
        if not page.text:
            self._warnings.append("html: no article found in it")
        return page.title, page.text, page.published_at

    def _check_length(self, field: str, value: str) -> None:
        if len(value) > self._max_text_chars:
            self._fault(field, f"{len(value)} characters; the limit is {self._max_text_chars}")

    def _published(self, published_at: str | None) -> float | None:
        if published_at is None or not published_at.strip():
            return None
        try:
            published = dates.parse(published_at)
        except ValueError as error:
            self._fault("published_at", str(error))
            return None
        if not 0 <= published <= time.time() + _TOLERATED_FUTURE:
            self._warnings.append("published_at: before 1970 or in the future; taken as unknown")
            return None
        return published

    def _language(self) -> str | None:
        given = (self._submission.language or "").strip()
        tag = _LANGUAGE.match(given)
        if given and tag is None:
            self._warnings.append("language: not an ISO 639 code; detected instead")
        return tag[1].lower() if tag else None


def _derived_id(canonical_url: str | None, title: str, text: str) -> str:
    if canonical_url is not None:
        return "u_" + _name(_digest(canonical_url))
    return "t_" + _name(_digest(title, text))


def _name(digest: bytes) -> str:
    return b32encode(digest[:15]).decode("ascii").lower()


def _digest(*parts: str | None) -> bytes:
    """Hash parts so that none can be taken for a piece of its neighbour."""
    whole = hashlib.sha256()
    for part in parts:
        encoded = (part or "").encode()
        whole.update(b"%d:" % (-1 if part is None else len(encoded)))
        whole.update(encoded)
    return whole.digest()
