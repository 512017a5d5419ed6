"""Validate submitted articles: check types, clean the fields, derive the id.

A problem with an optional part does not refuse the article: the part is repaired or ignored, with
a warning.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from base64 import b32encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from clustering.features.language import detect_language
from clustering.features.language_contradiction import find_contradiction
from clustering.features.normalize import clean
from clustering.types import Article
from service.common import date_order, dates
from service.common.dates import ParsedDate
from service.common.errors import InvalidInputError
from service.common.validation import CONTROL_CHARS, FieldError, error_message
from service.ingest.feed_entry_id import FeedEntryId, identify_entry
from service.ingest.language_tags import read_language_tag
from service.ingest.parsing import field_mapping, html_fragment, urls
from service.ingest.parsing.html_page import EMPTY_PAGE, HtmlUnavailableError, Page, extract
from service.ingest.parsing.json_feed import is_json_feed

_MAX_ID_CHARS: Final = 512
_MAX_URL_CHARS: Final = 8192
_MAX_SOURCE_CHARS: Final = 512
_MAX_HTML_TO_TEXT_RATIO: Final = 4
"""Limit of HTML in relation to the limit of text: markup makes pages longer."""
_MIN_DATE_SECONDS: Final = dates.SECONDS_PER_DAY
"""Earliest plausible publication date: the zero of Unix clocks stands for a missing one."""
_MAX_FUTURE_SECONDS: Final = 2 * dates.SECONDS_PER_DAY
"""Latest plausible publication date from now, to tolerate time zones and wrong clocks."""
_MAX_LANGUAGE_CHARS: Final = 2000
"""Beginning of the text that is compared with the language submitted."""
_MAX_QUOTED_CHARS: Final = 80
"""Longest part of a value that a warning quotes."""
_ID_CONTROL_CHARS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")


class InvalidArticleError(InvalidInputError):
    """An article that can't be taken; `field_errors` says where and why."""

    summary = "the article is invalid"

    def __init__(self, field_errors: Iterable[FieldError]) -> None:
        self.field_errors = tuple(field_errors)
        super().__init__(
            "; ".join(f"{error.field}: {error.message}" for error in self.field_errors)
        )


class Submission(BaseModel):
    """A submitted article. At least one of `text`, `html` and `title` is required.

    Numbers, lists and objects that crawlers send instead of strings are read where their shape is
    known. Otherwise they are left out with a warning, if a text or a title remains.
    """

    model_config = ConfigDict(strict=True, frozen=True, use_attribute_docstrings=True)

    id: str | None = Field(default=None, min_length=1, max_length=_MAX_ID_CHARS)
    """Your id of the article, kept unchanged. By default it is derived from `url`, or else from
    title and text. The same id with other content is a new version."""
    url: str | None = Field(default=None, max_length=_MAX_URL_CHARS)
    """Absolute http or https address."""
    title: str | None = None
    text: str | None = None
    """Plain text. Control characters and HTML tags are removed."""
    html: str | None = None
    """The whole page, used if there is no `text`. The text is extracted from it, and also title,
    url, date and source where they are missing."""
    published_at: str | None = None
    """ISO 8601, RFC 2822, POSIX seconds, or a date in words. Without a time zone it is UTC. A date
    that can't be read is left out, with a warning."""
    source: str | None = Field(default=None, max_length=_MAX_SOURCE_CHARS)
    """Name of the outlet or feed."""
    language: str | None = None
    """ISO 639 code such as "en" ("en-GB" and "eng" also work). By default it is detected. A text
    that is certainly in another language takes that one, with a warning."""


@dataclass(frozen=True, slots=True)
class ValidatedArticle:
    """An article that passed validation: clean fields, id, content hash and warnings."""

    id: str
    url: str | None
    canonical_url: str | None
    title: str
    text: str
    published_at: str | None
    """As submitted."""
    published: float | None
    """POSIX seconds."""
    date_only: bool
    """Whether only the day of publication is known: a date without a time, or at midnight."""
    source: str | None
    language: str | None
    content_hash: bytes
    warnings: tuple[str, ...]
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Fields that were submitted under other names: field to that name or path."""
    feed_entry: FeedEntryId | None = None
    """What its feed calls it, if it is an entry of a feed."""

    def to_article(self, key: int = 0) -> Article:
        """Return the fields that clustering uses; `key` is 0 for an article that is not stored."""
        return Article(
            key=key,
            title=self.title,
            text=self.text,
            published=self.published,
            source=self.source,
            language=self.language,
            url=self.canonical_url,
            date_only=self.date_only,
        )


def validate_article(
    raw: object, *, max_text_chars: int, article_id: str | None = None
) -> ValidatedArticle:
    """Validate an article as submitted.

    Parameters
    ----------
    raw : object
        A decoded JSON value; only a dict is valid.
    max_text_chars : int
        Longest accepted text or title, in characters.
    article_id : str, optional
        Takes precedence over the id in the article.

    Returns
    -------
    ValidatedArticle

    Raises
    ------
    InvalidArticleError
        With all field errors, not only the first.
    """
    if not isinstance(raw, dict):
        raise InvalidArticleError([FieldError("", "an article must be a JSON object")])
    if is_json_feed(raw):
        raise InvalidArticleError([FieldError("", "a JSON Feed is not an article, but a batch")])
    warnings = _warnings_of_document(raw)
    mapping = field_mapping.map_fields(raw)
    if mapping.unused_names:
        names = ", ".join(sorted(map(repr, mapping.unused_names))[:20])[:500]
        warnings.append(f"unknown fields, ignored: {names}")
    fields = {name: _clean_value(name, value, warnings) for name, value in mapping.fields.items()}
    if article_id is not None:
        fields["id"] = article_id
    _leave_out_unknown_shapes(fields, warnings)
    aliases = {name: path for name, path in mapping.aliases.items() if name in fields}
    submission, field_errors = _validate_types(fields, aliases)
    article = _ArticleValidator(
        submission, aliases, warnings, field_errors, max_text_chars
    ).validate()
    return replace(article, feed_entry=_identify_entry(article, mapping.guid))


def _warnings_of_document(raw: dict[str, object]) -> list[str]:
    n_articles = len(field_mapping.list_articles(raw)) if "@graph" in raw else 0
    if n_articles <= 1:
        return []
    return [f"@graph: only the first of {n_articles} articles is read; send them as a batch"]


def _clean_value(name: str, value: object, warnings: list[str]) -> object:
    # An id is accepted unchanged or refused, never repaired: a repaired id could be another's.
    if not isinstance(value, str) or name == "id":
        return value
    if CONTROL_CHARS.search(value):
        value = CONTROL_CHARS.sub("", value)
        warnings.append(f"{name}: control characters removed")
    if not value.isascii() and _SURROGATE.search(value):
        value = _SURROGATE.sub("\ufffd", value)
        warnings.append(f"{name}: lone surrogates replaced")
    if name == "text" and html_fragment.has_tags(value):
        value = html_fragment.html_to_text(value, split_paragraphs_at_lines=True)
        warnings.append("text: tags removed")
    return value


def _leave_out_unknown_shapes(fields: dict[str, object], warnings: list[str]) -> None:
    """Remove what is no string, if something remains of which an article consists."""
    contents = (fields.get(name) for name in ("text", "html", "title"))
    if not any(isinstance(content, str) and content.strip() for content in contents):
        return
    for name, value in list(fields.items()):
        if not isinstance(value, str):
            warnings.append(f"{name}: of unknown shape, left out: {_quote(value)}")
            del fields[name]


def _validate_types(
    fields: dict[str, object], aliases: Mapping[str, str]
) -> tuple[Submission, list[FieldError]]:
    """Return the fields of the right type, and the errors of the others."""
    try:
        return Submission.model_validate(fields), []
    except ValidationError as error:
        messages = {str(details["loc"][0]): error_message(details) for details in error.errors()}
    valid_fields = {name: value for name, value in fields.items() if name not in messages}
    field_errors = [
        FieldError(f"/{aliases.get(name, name)}", message) for name, message in messages.items()
    ]
    return Submission.model_validate(valid_fields), field_errors


class _ArticleValidator:
    """Validates one article field by field, and collects all field errors."""

    def __init__(
        self,
        submission: Submission,
        aliases: Mapping[str, str],
        warnings: list[str],
        field_errors: list[FieldError],
        max_text_chars: int,
    ) -> None:
        self._submission = submission
        self._aliases = aliases
        self._warnings = warnings
        self._field_errors = field_errors
        self._max_text_chars = max_text_chars

    def validate(self) -> ValidatedArticle:
        submission = self._submission
        page = self._extract_page()
        url, canonical_url = self._read_url(page)
        title, text = self._read_content(page)
        published_at, date = self._read_date(
            submission.published_at or page.published_at, f"{title}\n{text}"
        )
        language = self._read_language(title, text)
        self._check_id()
        if self._field_errors:
            raise InvalidArticleError(self._field_errors)
        source = (submission.source or page.source or "").strip()[:_MAX_SOURCE_CHARS] or None
        content = (url, title, text, published_at, source, language)
        return ValidatedArticle(
            id=submission.id
            or _derive_id(*self._identity(page, canonical_url, source), title, text),
            url=url,
            canonical_url=canonical_url,
            title=title,
            text=text,
            published_at=published_at,
            published=date and date.seconds,
            date_only=date is not None and date.is_midnight,
            source=source,
            language=language,
            content_hash=_digest(*content),
            warnings=tuple(self._warnings),
            aliases=self._aliases,
        )

    def _identity(
        self, page: Page, canonical_url: str | None, source: str | None
    ) -> tuple[str | None, str | None]:
        """Return the address that identifies the article, and the outlet if that is needed too.

        It is where only the page itself names the address, and that may be of another outlet.
        """
        is_own_url = page.is_own_url or bool((self._submission.url or "").strip())
        return canonical_url, None if is_own_url else source

    def _add_error(self, name: str, message: str) -> None:
        self._field_errors.append(FieldError(f"/{self._aliases.get(name, name)}", message))

    def _check_id(self) -> None:
        article_id = self._submission.id
        if article_id is not None and _ID_CONTROL_CHARS.search(article_id):
            self._add_error("id", "must not contain control characters")

    def _read_url(self, page: Page) -> tuple[str | None, str | None]:
        url = (self._submission.url or "").strip()
        if not url:
            return page.url, page.url and urls.canonicalise(page.url)
        try:
            return url, urls.canonicalise(url)
        except ValueError as error:
            self._add_error("url", str(error))
            return None, None

    def _read_content(self, page: Page) -> tuple[str, str]:
        submission = self._submission
        text = submission.text if submission.text and submission.text.strip() else page.text
        title = submission.title or page.title
        self._check_length("title", title, self._max_text_chars)
        self._check_length("text", text, self._max_text_chars)
        if not self._field_errors and not text.strip() and not title.strip():
            self._field_errors.append(
                FieldError("", "one of text, html and title must not be empty")
            )
        return title, text

    def _extract_page(self) -> Page:
        """Extract the article from the HTML page if no text was submitted."""
        html, text = self._submission.html, self._submission.text
        if not html or (text and text.strip()):
            return EMPTY_PAGE
        if not self._check_length("html", html, self._max_text_chars * _MAX_HTML_TO_TEXT_RATIO):
            return EMPTY_PAGE
        try:
            page = extract(html, self._submission.url)
        except HtmlUnavailableError as error:
            self._add_error("html", str(error))
            return EMPTY_PAGE
        if not page.text:
            self._warnings.append("html: no article found on the page")
        return page

    def _check_length(self, name: str, value: str, limit: int) -> bool:
        if len(value) > limit:
            self._add_error(name, f"{len(value)} characters; the limit is {limit}")
        return len(value) <= limit

    def _read_date(
        self, published_at: str | None, words: str
    ) -> tuple[str | None, ParsedDate | None]:
        """Return the date as submitted, if it can be read, and parsed, if it is plausible."""
        if published_at is None or not published_at.strip():
            return None, None
        date = dates.read_stored(published_at)
        if date is None:
            published_at = self._write_in_order(published_at, words)
            date = dates.read_stored(published_at)
        if published_at is None or date is None:
            return None, None
        if not _MIN_DATE_SECONDS <= date.seconds <= time.time() + _MAX_FUTURE_SECONDS:
            self._warnings.append(
                f"published_at: before 2 January 1970 or in the future, not used:"
                f" {_quote(published_at)}"
            )
            return published_at, None
        return published_at, date

    def _write_in_order(self, published_at: str, words: str) -> str | None:
        """Write a date that may have day or month first as its language has it."""
        order = date_order.order_of_language(
            self._submission.language or detect_language(words).code
        )
        written = order and date_order.rewrite(published_at, order)
        if written is None or dates.read_stored(written) is None:
            self._warnings.append(f"published_at: not a date, left out: {_quote(published_at)}")
            return None
        self._warnings.append(
            f"published_at: read as {written}, by the language: {_quote(published_at)}"
        )
        return written

    def _read_language(self, title: str, text: str) -> str | None:
        """Return the language as submitted, unless it is none or the text contradicts it."""
        tag = (self._submission.language or "").strip()
        if not tag:
            return None
        code, is_country = read_language_tag(tag)
        if code is None:
            self._warn_of_language(tag, "not an ISO 639 code; detected instead of")
            return None
        if is_country:
            self._warn_of_language(tag, f"a country, read as {code!r}:")
        content = f"{clean(title)}\n{clean(text[:_MAX_LANGUAGE_CHARS])}"
        if (detected := find_contradiction(code, content)) is None:
            return code
        self._warn_of_language(tag, f"the text is in {detected!r}, which is used instead of")
        return detected

    def _warn_of_language(self, tag: str, message: str) -> None:
        self._warnings.append(f"language: {message} {_quote(tag)}")


def _quote(value: object) -> str:
    """Return a value as a warning quotes it: on one line, and cut if it is long."""
    try:
        quoted = repr(value) if isinstance(value, str) else json.dumps(value, default=str)
    except RecursionError:
        quoted = "nested too deeply"
    return quoted if len(quoted) <= _MAX_QUOTED_CHARS else f"{quoted[:_MAX_QUOTED_CHARS]}…"


def _identify_entry(article: ValidatedArticle, guid: str) -> FeedEntryId | None:
    """What its feed calls an article that is identified by its address, if it is another name."""
    is_by_url = article.canonical_url and article.id == id_of_url(article.canonical_url)
    if not guid or not is_by_url or urls.is_same_address(guid, article.url or ""):
        return None
    return identify_entry(article.source or "", guid)


def id_of_url(canonical_url: str) -> str:
    """Return the id of an article that is identified by its address in canonical form."""
    return _derive_id(canonical_url, None, "", "")


def _derive_id(canonical_url: str | None, outlet: str | None, title: str, text: str) -> str:
    if canonical_url is not None:
        parts = (canonical_url,) if outlet is None else (canonical_url, outlet)
        return "u_" + _encode_digest(_digest(*parts))
    return "t_" + _encode_digest(_digest(title, text))


def _encode_digest(digest: bytes) -> str:
    return b32encode(digest[:15]).decode("ascii").lower()


def _digest(*parts: str | None) -> bytes:
    """Hash the parts with their lengths, so that moving text between parts changes the hash."""
    digest = hashlib.sha256()
    for part in parts:
        encoded = (part or "").encode()
        digest.update(b"%d:" % (-1 if part is None else len(encoded)))
        digest.update(encoded)
    return digest.digest()
