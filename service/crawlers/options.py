"""What can be set about the pipeline, under the names that Scrapy users expect."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

PREFIX: Final = "STORYFOLD_"
_TRUE_WORDS: Final = frozenset({"1", "true", "yes", "on"})
_FALSE_WORDS: Final = frozenset({"0", "false", "no", "off", ""})


class OptionError(ValueError):
    """A setting of the pipeline has a value that can't be used; the message names it."""


class CrawlerSettings(Protocol):
    """What is used of Scrapy's settings."""

    def get(self, name: Any, default: Any = None) -> Any:
        """Return the value of a setting."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """How the pipeline works. In Scrapy, each is a setting ``STORYFOLD_<NAME>``."""

    url: str = "http://127.0.0.1:8080"
    """The address of the service."""
    token: str | None = field(default=None, repr=False)
    """The bearer token, where the service asks for one."""
    spool: str = "storyfold-spool/%(name)s.db"
    """The file where items wait for the service; ``%(name)s`` is the spider's name."""
    batch_size: int = 100
    """The most items in a batch."""
    batch_wait: float = 0.2
    """Seconds that a batch stays open for more items. Only where items come side by side, as in
    Scrapy: a plain call is sent at once."""
    answer_wait: float = 30.0
    """The longest an item waits for its answer, in seconds. It passes on without one then, and
    stays in the spool."""
    close_wait: float = 30.0
    """Seconds at the end of a crawl to deliver what is still in the spool."""
    drop_duplicates: bool = False
    """Whether items that are copies of another article are dropped."""
    fields: Mapping[str, str] | None = None
    """What to send of an item, as in FEED_EXPORT_FIELDS: a list of its fields, or its fields with
    the names they are sent under. Without it, all that JSON can hold."""

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
    except ValueError:  # a port that is no number
        return False


def from_settings(settings: CrawlerSettings) -> Options:
    """Read the options out of Scrapy's settings.

    Parameters
    ----------
    settings : CrawlerSettings

    Raises
    ------
    OptionError
        If a value can't be used.
    """
    given: dict[str, Any] = {}
    for option in fields(Options):
        name = PREFIX + option.name.upper()
        value = settings.get(name)
        if value is not None:
            given[option.name] = _parse_option(name, _PARSERS[option.name], value)
    return Options(**given)


def _parse_option(name: str, parser: Callable[[Any], Any], value: object) -> Any:
    try:
        return parser(value)
    except (ValueError, TypeError):
        raise OptionError(f"{name}: can't be {value!r}") from None


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
