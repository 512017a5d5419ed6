"""Options that several commands share, and how they open stores and files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import chain
from pathlib import Path
from typing import Any, Final, get_args

import click

from service import settings
from service.cli import console, explain
from service.common import outbound
from service.ingest import readers
from service.ingest.parsing import query_parameters
from service.ingest.readers import Format, ParsedArticle, Source
from service.settings import Settings
from service.store import Store, StoreError

CLI_ACTOR: Final = "command line"
"""Recorded as the author of changes that a command makes."""

FORMAT_CHOICE: Final = click.Choice(get_args(Format))

files_argument = click.argument("files", nargs=-1, required=True, metavar="FILES...")

db_option = click.option(
    "--db",
    metavar="PATH_OR_URL",
    help="Store: an SQLite file or a database URL. [STORYFOLD_DB; var/storyfold.db]",
)

output_option = click.option(
    "--output",
    "-o",
    type=click.File("w", encoding="utf-8"),
    default="-",
    help="File to write. [standard output]",
)


def format_examples(*commands: str) -> str:
    """Return the epilog of a command's help: one example per line."""
    return "\n  ".join(("\b\nExamples:", *commands))  # \b keeps click from joining the lines


def read_articles(
    sources: Iterable[Source],
    reporter: console.ConsoleReporter,
    config: Settings,
    on_bytes_read: Callable[[int], None],
) -> Iterator[ParsedArticle]:
    """Read and validate the articles of files.

    Parameters
    ----------
    sources : iterable of Source
    reporter : ConsoleReporter
        Receives the refused articles.
    config : Settings
    on_bytes_read : callable
        Called with the number of bytes just read.

    Returns
    -------
    iterator of ParsedArticle
    """
    items = chain.from_iterable(readers.read_source(source, on_bytes_read) for source in sources)
    return readers.parse_articles(items, reporter, config.max_text_chars)


def load_settings(**overrides: Any) -> Settings:
    """Read the settings, and let those that hold for the whole process take effect."""
    loaded = settings.load(**overrides)
    query_parameters.drop_also(loaded.dropped_parameters)
    outbound.allow_networks(loaded.private_networks)
    return loaded


def open_existing_store(location: str) -> Store:
    """Open a store for reading; a mistyped path is an error and creates no store."""
    if not may_exist(location):
        raise StoreError(f"{location}: there is no store")
    return Store(location, read_only=True)


def open_optional_store(
    names: Sequence[str], location: str, *, is_explicit: bool
) -> AbstractContextManager[Store | None]:
    """Open the store for reading; None if all names are files and there is no default store."""
    if not is_explicit and not may_exist(location) and all(map(explain.is_file, names)):
        return nullcontext()
    return open_existing_store(location)


def may_exist(location: str) -> bool:
    """Whether there may be a store: always for a URL, which is only tried when it is opened."""
    return "://" in location or Path(location).expanduser().exists()
