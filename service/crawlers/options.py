"""Options of the pipeline, and reading them from Scrapy's settings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

PREFIX: Final = "STORYFOLD_"
_TRUE_WORDS: Final = frozenset({"1", "true", "yes", "on"})
_FALSE_WORDS: Final = frozenset({"0", "false", "no", "off", ""})


class OptionError(ValueError):
    """An option of the pipeline has an invalid value; the message names it."""


class CrawlerSettings(Protocol):
    """The part of Scrapy's settings that is used."""

    def get(self, name: Any, default: Any = None) -> Any:
        """Return the value of a setting."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """Options of the pipeline. In Scrapy, each is a setting ``STORYFOLD_<NAME>``."""

    url: str = "http://127.0.0.1:8080"
    """Address of the service."""
    token: str | None = field(default=None, repr=False)
    """Bearer token, if the service requires one."""
    spool: str = "storyfold-spool/%(name)s.db"
    """File that keeps items until they are delivered; ``%(name)s`` is the spider's name."""
    batch_size: int = 100
    """Maximum number of items in a batch."""
    batch_wait: float = 0.2
    """Seconds that a batch waits for more items. It applies in Scrapy only, where items
    are processed concurrently; elsewhere an item is sent at once."""
    answer_wait: float = 30.0
    """Maximum seconds that an item waits for its result. After that it continues without one, and
    stays in the spool."""
    close_wait: float = 30.0
    """Maximum seconds at the end of a crawl to deliver the items in the spool."""
    drop_duplicates: bool = False
    """Whether to drop items that are duplicates of another article."""
    fields: Mapping[str, str] | None = None
    """Fields of an item to send, as in FEED_EXPORT_FIELDS: a list of fields, or a dict of fields
    and the names to send them under. By default all fields that JSON can represent are sent."""

    def __post_init__(self) -> None:
        if not _is_http_url(self.url):
            raise OptionError(f"{PREFIX}URL: {self.url!r} is not an http or https address")
        if self.batch_size < 1:
            raise OptionError(f"{PREFIX}BATCH_SIZE: must be at least 1")
        for name in ("batch_wait", "answer_wait", "close_wait"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise OptionError(f"{PREFIX}{name.upper()}: must be 0 or more seconds")


def _is_http_url(url: str) -> bool:
    try:
        address = urlsplit(url)
        return address.scheme in ("http", "https") and bool(address.hostname) and address.port != 0
    except ValueError:  # the port is not a number
        return False


def from_settings(settings: CrawlerSettings) -> Options:
    """Read the options from Scrapy's settings.

    Parameters
    ----------
    settings : CrawlerSettings

    Raises
    ------
    OptionError
        If a value is invalid.
    """
    values: dict[str, Any] = {}
    for option in fields(Options):
        name = PREFIX + option.name.upper()
        value = settings.get(name)
        if value is not None:
            values[option.name] = _parse_option(name, _PARSERS[option.name], value)
    return Options(**values)


def _parse_option(name: str, parser: Callable[[Any], Any], value: object) -> Any:
    try:
        return parser(value)
    except (ValueError, TypeError):
        raise OptionError(f"{name}: invalid value {value!r}") from None


def _parse_bool(value: object) -> bool:
    word = str(value).strip().lower()
    if word not in _TRUE_WORDS | _FALSE_WORDS:
        raise ValueError(word)
    return word in _TRUE_WORDS


def _parse_text(value: object) -> str:
    return str(value).strip()


def _parse_mapping(value: Mapping[str, str] | Iterable[str] | str) -> Mapping[str, str]:
    if isinstance(value, Mapping):
        return dict(value)
    names = value.split(",") if isinstance(value, str) else value
    return {name.strip(): name.strip() for name in names}


_PARSERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "url": _parse_text,
    "token": lambda value: _parse_text(value) or None,
    "spool": _parse_text,
    "batch_size": int,
    "batch_wait": float,
    "answer_wait": float,
    "close_wait": float,
    "drop_duplicates": _parse_bool,
    "fields": _parse_mapping,
}
