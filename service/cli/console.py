"""Messages of the command line: refused articles, progress, results and what to do next."""

from __future__ import annotations

import json
import re
import shlex
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import click
from sqlalchemy import make_url

from service.common.formatting import format_count
from service.engine.recluster import ReclusterResult
from service.ingest.readers import Source
from service.queries import Stats
from service.settings import Settings

_ARTICLES_PER_LINE: Final = 1000
"""Articles between two lines of progress, where there is no bar."""
_CLEAR_LINE: Final = "\r\x1b[K"
MAX_LISTED_PROBLEMS: Final = 1000
"""Refused records that are listed one by one in JSON; all are counted."""
_MAX_SHOWN_REFUSALS: Final = 100
_MAX_SHOWN_WARNINGS: Final = 5
"""Messages of one kind that are shown for one source."""
_RECORD_NUMBER: Final = re.compile(r"(?::\d+|\[\d+\])\Z")

EXAMPLE_ARTICLE: Final = {
    "title": "President of Mexico says no to US soldiers",
    "text": "Claudia Sheinbaum has turned down an offer by Donald Trump to send US troops to"
    " Mexico against the drug cartels. The territory of her country was inviolable, the Mexican"
    " president told a crowd in Texcoco on Saturday; the two governments could share"
    " intelligence, each on its own side of the border.",
    "published_at": "2025-05-04",
}
"""An article to try the service with; the starter corpus has reports of the same event."""


_OPEN_WARNING: Final = (
    "  WARNING: anybody who reaches this port may read and change everything through the API.\n"
    "  Make a token (storyfold token create) or a user (storyfold user create) to close it.\n"
)
_LOCAL_ONLY_NOTICE: Final = (
    "                    from this machine only, since there is no user (storyfold user create)\n"
)


@dataclass(frozen=True, slots=True)
class Problem:
    """A record or source, and what is wrong with it."""

    origin: str
    reason: str


class ConsoleReporter:
    """Reports problems of sources on stderr, and counts them.

    Of many problems of one kind in one source only the first are shown; `show_suppressed` gives the
    number of the others.
    """

    def __init__(self) -> None:
        self.refusals: list[Problem] = []
        """The first refused records, up to MAX_LISTED_PROBLEMS."""
        self.failures: list[Problem] = []
        """Sources that could not be read, or not to their end."""
        self.passed_over: Counter[tuple[str, str]] = Counter()
        """Records that were passed over, by source and reason."""
        self.refused = 0
        self.warnings = 0
        self._seen: Counter[tuple[str, str]] = Counter()
        self._suppressed: Counter[tuple[str, str]] = Counter()
        self._last_warnings: set[tuple[str, str]] = set()

    @property
    def has_errors(self) -> bool:
        """Whether a record was refused, or a source could not be read."""
        return bool(self.refused or self.failures)

    def refuse(self, origin: str, reason: str) -> None:
        """Report an article that is refused."""
        self.refused += 1
        if len(self.refusals) < MAX_LISTED_PROBLEMS:
            self.refusals.append(Problem(origin, reason))
        self._show_bounded(origin, reason, _MAX_SHOWN_REFUSALS)

    def pass_over(self, origin: str, reason: str) -> None:
        """Count a record that is valid, but not ingested."""
        self.passed_over[_source_of(origin), reason] += 1

    def fail(self, source_name: str, reason: str) -> None:
        """Report a source that cannot be read, or not to its end."""
        self.failures.append(Problem(source_name, reason))
        self.note(source_name, reason)

    def warn(self, origin: str, message: str) -> None:
        """Report a part of an article that is ignored or repaired; equal messages only once."""
        self.warnings += 1
        key = _source_of(origin), message
        if key in self._last_warnings:
            self._suppressed[key[0], _kind_of(message)] += 1
        elif self._show_bounded(origin, message, _MAX_SHOWN_WARNINGS):
            self._last_warnings.add(key)

    def note(self, origin: str, message: str) -> None:
        """Report something else; no article is lost."""
        # A progress bar may be on this line. Without a terminal there is none to clear.
        start = _CLEAR_LINE if sys.stderr.isatty() else ""
        click.echo(f"{start}{origin}: {message}", err=True)

    def show_suppressed(self) -> None:
        """Say what was counted, but not shown."""
        for (source, reason), count in self.passed_over.items():
            self.note(source, f"{count:,} passed over: {reason}")
        for (source, kind), count in self._suppressed.items():
            self.note(source, f"{count:,} more like that: {kind}")

    def _show_bounded(self, origin: str, message: str, limit: int) -> bool:
        kind = _source_of(origin), _kind_of(message)
        self._seen[kind] += 1
        if self._seen[kind] > limit:
            self._suppressed[kind] += 1
            return False
        self.note(origin, message)
        return True


def _source_of(origin: str) -> str:
    return _RECORD_NUMBER.sub("", origin)


def _kind_of(message: str) -> str:
    return message.partition(":")[0]


class Progress(NamedTuple):
    """Callbacks that receive the progress of reading."""

    on_bytes_read: Callable[[int], None]
    """Called with the number of bytes just read."""
    on_articles: Callable[[int], None]
    """Called with the number of articles read so far."""


@contextmanager
def show_progress(sources: Sequence[Source]) -> Iterator[Progress]:
    """Show progress on stderr: a bar on a terminal, else a line per thousand articles."""
    sizes = [source.size for source in sources]
    known_sizes = [size for size in sizes if size is not None]
    if sys.stderr.isatty() and len(known_sizes) == len(sizes):
        with click.progressbar(length=sum(known_sizes), file=sys.stderr, show_pos=False) as bar:
            yield Progress(bar.update, lambda _: None)
    else:
        yield Progress(lambda _: None, _print_progress)


def format_recluster_result(result: ReclusterResult, stats: Stats) -> str:
    """Summarise a reclustering and the content of the store, in two lines."""
    merged, split = result.changes["event.merged"], result.changes["event.split"]
    return (
        f"{format_count(result.articles, 'article')} reclustered: {result.moved:,} moved,"
        f" {format_count(merged, 'event')} merged, {split:,} split\n"
        f"The store holds {format_count(stats.articles, 'article')} in"
        f" {format_count(stats.events, 'event')}."
    )


def announce_new_store(location: str) -> None:
    """Say where a store is created: in this folder, which may not be the one that was meant."""
    if "://" not in location and not Path(location).expanduser().exists():
        click.echo(f"New store: {Path(location).expanduser().resolve()}", err=True)


def ask_password() -> str:
    """Ask for a password twice; from a pipe, read its first line."""
    if sys.stdin.isatty():
        password: str = click.prompt(
            "Password", hide_input=True, confirmation_prompt=True, err=True
        )
        return password
    return sys.stdin.readline().rstrip("\r\n")


def _describe_listener(base_url: str, address: str) -> str:
    if address == base_url:
        return base_url
    port = base_url.rpartition(":")[2]
    return f"port {port} of all addresses of this machine, such as {address}"


def format_refusal(settings: Settings) -> str:
    """Return why the service does not listen for other machines, and what to do."""
    is_default = settings.db == Settings.model_fields["db"].default
    store = "" if is_default else f" --db {shlex.quote(hide_password(settings.db))}"
    return (
        f"there are no tokens and no users, so {settings.host} would be open to everyone who"
        " reaches it. Make a token first, or a user:\n\n"
        f"  storyfold token create crawler{store}\n"
        f"  storyfold user create anna --role admin{store}\n\n"
        "In a container, put `docker compose run --rm storyfold` before them, or publish the port"
        " on 127.0.0.1 and set STORYFOLD_PUBLISHED_ON=127.0.0.1. With --insecure, the service"
        " listens for everyone."
    )


def hide_password(location: str) -> str:
    """Return the path or URL of a store, without the password of a URL."""
    return make_url(location).render_as_string() if "://" in location else location


def format_greeting(base_url: str, settings: Settings, *, is_open: bool) -> str:
    """Return what the service listens on, who may use it, and a first request to try."""
    # A client needs one of the addresses, if the service listens on all.
    address = base_url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")
    return (
        f"Storyfold listens on {_describe_listener(base_url, address)}  (Ctrl-C stops it)\n"
        f"{_OPEN_WARNING if is_open and settings.listens_elsewhere else ''}"
        f"  admin pages       {address}/admin\n"
        f"{_LOCAL_ONLY_NOTICE if is_open else ''}"
        f"  API documentation {address}/docs\n"
        f"\n{_format_first_request(address, is_open=is_open)}\n"
    )


def _format_first_request(address: str, *, is_open: bool) -> str:
    token = "" if is_open else " \\\n    -H 'Authorization: Bearer YOUR_TOKEN'"
    return (
        "Try it in another terminal:\n\n"
        f"  curl -s {address}/v1/articles{token} \\\n"
        "    -H 'Content-Type: application/json' \\\n"
        f"    -d {shlex.quote(json.dumps(EXAMPLE_ARTICLE))}"
    )


def _print_progress(article_count: int) -> None:
    if article_count and article_count % _ARTICLES_PER_LINE == 0:
        click.echo(f"{article_count:,} articles", err=True)
