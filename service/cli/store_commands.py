"""Commands that work on a store: ``ingest``, ``recluster``, ``calibrate`` and ``export``."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TextIO, get_args

import click
from pydantic_core import to_json

from service import queries
from service.cli import console, ingest_summary
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
from service.cli.output import parquet, tables, threshold_table
from service.engine import recluster as engine_recluster
from service.engine.recluster import ReclusterResult
from service.engine.writer import IndexWriter
from service.ingest import readers
from service.ingest.readers import Format, Source, UnknownFormatError
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
    "--format", "format_", type=FORMAT_CHOICE, help="Format of the files. [from their names]"
)
@click.option(
    "--reread",
    is_flag=True,
    help="Read each file from its start, even what was read before. [no]",
)
@click.option("--json", "as_json", is_flag=True, help="Write counts and reasons as JSON. [no]")
@click.pass_context
def ingest(
    ctx: click.Context,
    files: Sequence[str],
    db: str | None,
    format_: Format | None,
    reread: bool,
    as_json: bool,
) -> None:
    """Add the articles of files, archives and feeds to the store.

    FILES are .txt or .html (one article each), .json (one article or an array), .jsonl or .csv
    (one article per line), .warc, .parquet, .rss, .atom or .xml (feeds and news sitemaps). Each
    may be compressed as .gz, and a folder is read with all such files in it. An http or https
    address is that of a feed (RSS, Atom, JSON Feed) or sitemap. - reads JSON lines from standard
    input.

    An unreadable article or source is reported; the others are stored, and the exit code is 1.
    Every record that is read is new, updated, unchanged, refused or passed over.

    The command can be repeated and interrupted: it skips files that were read to the end and have
    not changed, and continues in the middle of the others.
    """
    loaded = load_settings(db=db)
    reporter = console.ConsoleReporter()
    sources = _find_sources(files, format_, reporter)
    outcomes: Counter[str] = Counter()
    if loaded.db == Settings.model_fields["db"].default:
        console.announce_new_store(loaded.db)
    with Store(loaded.db) as store, IndexWriter(loaded, store) as writer:
        writer.wait_ready()
        with console.show_progress(sources) as progress:
            run = IngestRun(writer, reporter, reread=reread, on_bytes_read=progress.on_bytes_read)
            for results in run.run(sources):
                outcomes.update(result.outcome for result in results)
                progress.on_articles(outcomes.total())
        reporter.show_suppressed()
        summary = ingest_summary.summarise(outcomes, reporter, queries.get_stats(store))
    click.echo(to_json(summary, indent=2) if as_json else ingest_summary.format_text(summary))
    ctx.exit(1 if reporter.has_errors else 0)


def _find_sources(
    names: Sequence[str], format_: Format | None, reporter: console.ConsoleReporter
) -> list[Source]:
    """Find the sources; one that is missing is reported, unless it is the only one."""
    sources: list[Source] = []
    for name in names:
        try:
            sources += readers.find_sources([name], format_)
        except (OSError, UnknownFormatError) as error:
            if len(names) == 1:
                raise
            reporter.fail(name, getattr(error, "strerror", None) or str(error))
    return sources


@click.command(epilog=format_examples("storyfold recluster", "storyfold recluster --db news.db"))
@db_option
def recluster(db: str | None) -> None:
    """Cluster all events again with current term weights.

    Early articles were clustered when few term frequencies were known. The service may run
    meanwhile. If the command is interrupted, the next call continues where it stopped.
    """
    loaded = load_settings(db=db)
    if not may_exist(loaded.db):
        raise StoreError(f"{loaded.db}: there is no store")
    with Store(loaded.db) as store, IndexWriter(loaded, store) as writer:
        writer.wait_ready()
        result = engine_recluster.recluster(writer)
        click.echo(console.format_recluster_result(result, queries.get_stats(store)))


@click.command(
    epilog=format_examples(
        "storyfold calibrate",
        "storyfold calibrate --apply",
        "storyfold calibrate --revert",
    )
)
@db_option
@click.option("--apply", is_flag=True, help="Set the proposed threshold and recluster. [no]")
@click.option("--revert", is_flag=True, help="Restore the previous threshold and recluster. [no]")
def calibrate(db: str | None, apply: bool, revert: bool) -> None:
    """Propose an event threshold from editors' decisions.

    A pair of articles that an editor put into one event or kept apart is one judgement. The
    command finds the threshold that agrees with most judgements and shrinks it towards the default
    (0.42), more strongly the fewer judgements there are: the default weighs as much as 50 of them.

    It proposes a threshold only if there are at least 30 judgements, 5 of each kind, and if the
    threshold is also better for judgements that it was not fitted to (five-fold cross-validation).

    Without --apply or --revert nothing is changed. Editors' decisions hold at every threshold. The
    service may run meanwhile.
    """
    if apply and revert:
        raise click.UsageError("--apply and --revert exclude each other")
    loaded = load_settings(db=db)
    if revert:
        _change_threshold(loaded, lambda writer: threshold.revert_threshold(writer, CLI_ACTOR))
        return
    with open_existing_store(loaded.db) as store:
        proposal = threshold.propose_threshold(store)
    for line in threshold_table.format_proposal(proposal, shutil.get_terminal_size().columns):
        click.echo(line)
    if apply and proposal.fit.is_better:
        _change_threshold(
            loaded, lambda writer: threshold.apply_proposal(writer, proposal, CLI_ACTOR)
        )
    elif proposal.fit.is_better:
        click.echo("Nothing is changed; --apply sets this threshold.")


@click.command(
    epilog=format_examples(
        "storyfold export > assignments.jsonl",
        "storyfold export --what events --format csv --output events.csv",
        "storyfold export --what articles --format parquet --output articles.parquet",
    )
)
@db_option
@click.option(
    "--what",
    type=click.Choice(get_args(ExportKind)),
    default="assignments",
    help="Kind of rows to write. [assignments]",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["jsonl", "csv", "parquet"]),
    default="jsonl",
    help="Format to write. [jsonl]",
)
@output_option
def export(db: str | None, what: ExportKind, format_: str, output: TextIO) -> None:
    """Write the assignments, articles or events of the store to a file.

    Exported articles can be ingested again.
    """
    with open_existing_store(load_settings(db=db).db) as store:
        row_type, rows = EXPORTS[what]
        if format_ == "csv":
            tables.write_csv(rows(store), row_type, output)
        elif format_ == "parquet":
            parquet.check_available()
            parquet.write_parquet(rows(store), row_type, output.buffer)
        else:
            tables.write_json_lines(rows(store), output)


def _change_threshold(config: Settings, change: Callable[[IndexWriter], ReclusterResult]) -> None:
    if not may_exist(config.db):
        raise StoreError(f"{config.db}: there is no store")
    with Store(config.db) as store, IndexWriter(config, store) as writer:
        writer.wait_ready()
        result = change(writer)
        click.echo(f"The event threshold is {threshold.get_threshold(store):.2f}.")
        click.echo(console.format_recluster_result(result, queries.get_stats(store)))
