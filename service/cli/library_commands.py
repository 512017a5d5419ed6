"""The commands ``storyfold cluster`` and ``storyfold explain``."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from typing import TextIO

import click
from pydantic_core import to_json

from service.cli import cluster_files, console
from service.cli import explain as cli_explain
from service.cli.options import (
    FORMAT_CHOICE,
    db_option,
    files_argument,
    format_examples,
    load_settings,
    open_optional_store,
    output_option,
    read_articles,
)
from service.cli.output import explain_table, tables
from service.engine import encoders
from service.ingest import readers
from service.ingest.readers import Format


@click.command(
    epilog=format_examples(
        "storyfold cluster seeds/",
        "storyfold cluster articles.jsonl --format csv > events.csv",
    )
)
@files_argument
@click.option(
    "--format",
    "format_",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    help="Format of the output. [table]",
)
@click.option("--input-format", type=FORMAT_CHOICE, help="Format of the files. [from their names]")
@output_option
@click.pass_context
def cluster(
    ctx: click.Context,
    files: Sequence[str],
    format_: str,
    input_format: Format | None,
    output: TextIO,
) -> None:
    """Print the duplicate groups and events of files, without a store.

    FILES are the same as for ingest.
    """
    sources = list(readers.find_sources(files, input_format))
    reporter = console.ConsoleReporter()
    loaded = load_settings()
    parsed = read_articles(sources, reporter, loaded, lambda _: None)
    events = cluster_files.cluster(
        parsed,
        loaded.canonical_rule,
        across_languages=loaded.across_languages,
        encoder=encoders.from_settings(loaded),
    )
    if format_ == "json":
        click.echo(to_json({"events": events}, indent=2), file=output)
    elif format_ == "csv":
        tables.write_csv(
            cluster_files.flatten_events(events), cluster_files.ClusteredArticle, output
        )
    else:
        for line in tables.format_events(events, shutil.get_terminal_size().columns):
            click.echo(line, file=output)
    reporter.show_suppressed()
    ctx.exit(1 if reporter.has_errors else 0)


@click.command(
    epilog=format_examples(
        "storyfold explain s079 s080",
        "storyfold explain draft.txt monday.jsonl:17 --format json",
    )
)
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@db_option
@click.option(
    "--format",
    "format_",
    type=click.Choice(["table", "json"]),
    default="table",
    help="Format of the output. [table]",
)
@output_option
def explain(first: str, second: str, db: str | None, format_: str, output: TextIO) -> None:
    """Explain whether two articles are duplicates and report the same event.

    A and B are ids of articles in the store, or files as for ingest. FILE:LINE names one article
    of a file with several. If a name is both an id and a file, the article of the store is used.
    Articles of files are compared as newly arrived ones and are not stored. The service may run
    meanwhile.
    """
    loaded = load_settings(db=db)
    reporter = console.ConsoleReporter()
    with open_optional_store((first, second), loaded.db, is_explicit=db is not None) as store:
        pair = cli_explain.explain(store, first, second, reporter, loaded.max_text_chars)
    if format_ == "json":
        click.echo(to_json(pair, indent=2), file=output)
        return
    for line in explain_table.format_explanation(pair, shutil.get_terminal_size().columns):
        click.echo(line, file=output)
