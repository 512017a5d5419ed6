"""Messages of the command line: refused articles, progress, results and what to do next."""

from __future__ import annotations

import json
import shlex
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, NamedTuple

import click

from service.common.formatting import format_count
from service.engine.recluster import ReclusterResult
from service.ingest.readers import Source
from service.queries import Stats
from service.settings import Settings

_ARTICLES_PER_LINE: Final = 1000
"""Articles between two lines of progress, where there is no bar."""
_CLEAR_LINE: Final = "\r\x1b[K"

EXAMPLE_ARTICLE: Final = {
    "title": "President of Mexico says no to US soldiers",
    "text": "Claudia Sheinbaum has turned down an offer by Donald Trump to send US troops to"
    " Mexico against the drug cartels. The territory of her country was inviolable, the Mexican"
    " president told a crowd in Texcoco on Saturday; the two governments could share"
    " intelligence, each on its own side of the border.",
    "published_at": "2025-05-04",
}
"""An article to try the service with; the starter corpus has reports of the same event."""


_LOCAL_ONLY_NOTICE: Final = (
    "                    from this machine only, since no password is set (STORYFOLD_USERS)\n"
)


class ConsoleReporter:
    """Prints problems of input files to stderr, and counts the refused articles."""

    def __init__(self) -> None:
        self.refused = 0

    def refuse(self, origin: str, reason: str) -> None:
        """Report an article that is not stored."""
        self.refused += 1
        self.note(origin, reason)

    def note(self, origin: str, message: str) -> None:
        """Report a problem that refuses no article."""
        # A progress bar may be on this line. Without a terminal there is none to clear.
        start = _CLEAR_LINE if sys.stderr.isatty() else ""
        click.echo(f"{start}{origin}: {message}", err=True)


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


def format_ingest_result(outcomes: Counter[str], refused: int, stats: Stats) -> str:
    """Summarise an ingest and the content of the store, in two lines."""
    duplicates = outcomes["exact_duplicate"] + outcomes["near_duplicate"]
    return (
        f"{outcomes['new']:,} new, {format_count(duplicates, 'duplicate')},"
        f" {outcomes['updated']:,} updated, {outcomes['unchanged']:,} unchanged,"
        f" {refused:,} refused\n"
        f"The store holds {format_count(stats.articles, 'article')} in"
        f" {format_count(stats.duplicate_groups, 'duplicate group')} and"
        f" {format_count(stats.events, 'event')}."
    )


def format_recluster_result(result: ReclusterResult, stats: Stats) -> str:
    """Summarise a reclustering and the content of the store, in two lines."""
    merged, split = result.changes["event.merged"], result.changes["event.split"]
    return (
        f"{format_count(result.articles, 'article')} reclustered: {result.moved:,} moved,"
        f" {format_count(merged, 'event')} merged, {split:,} split\n"
        f"The store holds {format_count(stats.articles, 'article')} in"
        f" {format_count(stats.events, 'event')}."
    )


def ask_password() -> str:
    """Ask for a password twice; from a pipe, read its first line."""
    if sys.stdin.isatty():
        password: str = click.prompt(
            "Password", hide_input=True, confirmation_prompt=True, err=True
        )
        return password
    return sys.stdin.readline().rstrip("\r\n")


def format_greeting(base_url: str, settings: Settings) -> str:
    """Return the address of the service and a first request to try."""
    # The service listens on all addresses then; a client needs one of them.
    address = base_url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")
    token = " \\\n    -H 'Authorization: Bearer YOUR_TOKEN'" if not settings.is_open else ""
    return (
        f"Storyfold listens on {address}  (Ctrl-C stops it)\n"
        f"  admin pages       {address}/admin\n"
        f"{_LOCAL_ONLY_NOTICE if settings.is_open else ''}"
        f"  API documentation {address}/docs\n"
        "\nTry it in another terminal:\n\n"
        f"  curl -s {address}/v1/articles{token} \\\n"
        "    -H 'Content-Type: application/json' \\\n"
        f"    -d {shlex.quote(json.dumps(EXAMPLE_ARTICLE))}\n"
    )


def _print_progress(article_count: int) -> None:
    if article_count % _ARTICLES_PER_LINE == 0:
        click.echo(f"{article_count:,} articles", err=True)
