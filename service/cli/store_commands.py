"""Ingest, export, recluster, calibrate."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TextIO, get_args

import click

from service import queries
from service.cli import console, parquet, tables, threshold_table
from service.cli.export import EXPORTS, ExportKind
from service.cli.options import (
    CLI_ACTOR,
    FORMAT_CHOICE,
    db_option,
    files_argument,
    format_examples,
    load_settings,
    may_exist,
    open_existing_store,
    output_option,
)
from service.engine import recluster as engine_recluster
from service.engine.recluster import ReclusterResult
from service.engine.writer import IndexWriter
from service.ingest import readers
from service.ingest.readers import Format
from service.ingest.resumable import IngestRun
from service.review import threshold
from service.settings import Settings
from service.store import Store, StoreError


@click.command(
    epilog=format_examples(
        "storyfold ingest crawl/",
        "storyfold ingest monday.jsonl.gz tuesday.csv --db news.db",
        "storyfold ingest CC-NEWS-20250504.warc.gz https://news.example/feed.xml",
        "crawler | storyfold ingest -",
    )
)
@files_argument
@db_option
@click.option(
    "--format", "format_", type=FORMAT_CHOICE, help="What the files hold. [by their names]"
)
@click.option("--again", is_flag=True, help="Read from the start what was read before.")
@click.pass_context
def ingest(
    ctx: click.Context, files: Sequence[str], db: str | None, format_: Format | None, again: bool
) -> None:
    """Put the articles of files, archives and feeds into the store.

    FILES are .txt, .html (one article each), .json (one, or an array), .jsonl, .csv (one a line),
    .warc, .parquet, .rss, .atom, .xml (feeds and news sitemaps), each also packed as .gz, and whole
    folders of these; an address (http or https) is that of a feed or sitemap; - reads JSON lines
    from standard input. A bad article is reported with its file and line, and the others go in; the
    exit code is 1 then.

    Doing it again changes nothing: what was read to its end is left out until it changes, and what
    was broken off is gone on with.
    """
    loaded = load_settings(db=db)
    sources = list(readers.find_sources(files, format_))
    report = console.ConsoleReporter()
    outcomes: Counter[str] = Counter()
    with Store(loaded.db) as store, IndexWriter(loaded, store) as desk:
        desk.wait_ready()
        with console.show_progress(sources) as progress:
            run = IngestRun(desk, report, reread=again, on_bytes_read=progress.on_bytes_read)
            for answers in run.run(sources):
                outcomes.update(answer.outcome for answer in answers)
                progress.on_articles(outcomes.total())
        click.echo(console.format_ingest_result(outcomes, report.refused, queries.get_stats(store)))
    ctx.exit(1 if report.refused else 0)


@click.command(epilog=format_examples("storyfold recluster", "storyfold recluster --db news.db"))
@db_option
def recluster(db: str | None) -> None:
    """Judge the events of all articles again, by the term weights of now.

    Articles that came early were judged by what was known of the news then. The service may go on
    meanwhile; interrupted, it goes on where it was when it is called again.
    """
    loaded = load_settings(db=db)
    if not may_exist(loaded.db):
        raise StoreError(f"{loaded.db}: there is no store")
    with Store(loaded.db) as store, IndexWriter(loaded, store) as desk:
        desk.wait_ready()
        done = engine_recluster.recluster(desk)
        click.echo(console.format_recluster_result(done, queries.get_stats(store)))


@click.command(
    epilog=format_examples(
        "storyfold calibrate",
        "storyfold calibrate --apply",
        "storyfold calibrate --back",
    )
)
@db_option
@click.option("--apply", is_flag=True, help="Draw the line there, and judge all events again.")
@click.option("--back", is_flag=True, help="Put the line before back, and judge all events again.")
def calibrate(db: str | None, apply: bool, back: bool) -> None:
    """Tell where people's decisions would draw the line between one event and two.

    Every pair of articles that people said is one event, or is not, is a judgement. The threshold
    that most agree with is drawn towards the line as it comes (0.42), the more the fewer they are:
    that counts for 50. It is told only if there are 30 judgements, 5 of either kind, and if it
    holds for those it was not found by (in five folds). Nothing is changed but with --apply or
    --back. What people decided stands, whatever the line. The service may go on meanwhile.
    """
    if apply and back:
        raise click.UsageError("--apply and --back are two things")
    loaded = load_settings(db=db)
    if back:
        _set_event_threshold(loaded, lambda desk: threshold.revert_threshold(desk, CLI_ACTOR))
        return
    with open_existing_store(loaded.db) as store:
        found = threshold.propose_threshold(store)
    for line in threshold_table.format_proposal(found, shutil.get_terminal_size().columns):
        click.echo(line)
    if apply and found.fit.is_better:
        _set_event_threshold(loaded, lambda desk: threshold.apply_proposal(desk, found, CLI_ACTOR))
    elif found.fit.is_better:
        click.echo("Nothing is changed; --apply draws the line there.")


@click.command(
    epilog=format_examples(
        "storyfold export > assignments.jsonl",
        "storyfold export --what events --format csv --output events.csv",
        "storyfold export --what articles --format parquet --output articles.parquet",
    )
)
@db_option
@click.option(
    "--what", type=click.Choice(get_args(ExportKind)), default="assignments", help="[assignments]"
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["jsonl", "csv", "parquet"]),
    default="jsonl",
    help="[jsonl]",
)
@output_option
def export(db: str | None, what: ExportKind, format_: str, output: TextIO) -> None:
    """Write what the store holds: assignments, articles or events.

    Articles come out as they can be ingested again.
    """
    with open_existing_store(load_settings(db=db).db) as store:
        kind, rows = EXPORTS[what]
        if format_ == "csv":
            tables.write_csv(rows(store), kind, output)
        elif format_ == "parquet":
            parquet.write_parquet(rows(store), kind, output.buffer)
        else:
            tables.write_json_lines(rows(store), output)


def _set_event_threshold(
    config: Settings, change_threshold: Callable[[IndexWriter], ReclusterResult]
) -> None:
    if not may_exist(config.db):
        raise StoreError(f"{config.db}: there is no store")
    with Store(config.db) as store, IndexWriter(config, store) as desk:
        desk.wait_ready()
        done = change_threshold(desk)
        click.echo(f"The line is at {threshold.get_threshold(store):.2f}.")
        click.echo(console.format_recluster_result(done, queries.get_stats(store)))
