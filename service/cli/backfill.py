"""The command ``backfill``."""

from __future__ import annotations

from pathlib import Path

import click

from service.cli.options import FORMAT_CHOICE, format_examples, load_settings
from service.common.formatting import format_count
from service.common.missing_extra import MissingExtraError
from service.ingest import readers
from service.ingest.readers import Format
from service.store import Store


@click.command(
    epilog=format_examples(
        "storyfold backfill --master 'local[4]' --input archive/ --output clustered/",
        "storyfold backfill --master spark://host:7077 --input crawl.warc.gz --output out/",
    )
)
@click.option("--master", default="local[*]", help="Address of the Spark master. [local[*]]")
@click.option(
    "--input", "inputs", multiple=True, required=True, help="File or folder; may be repeated."
)
@click.option("--output", required=True, type=click.Path(path_type=Path), help="Folder to write.")
@click.option("--format", "format_", type=FORMAT_CHOICE, help="Format of the files.")
@click.option("--into", metavar="PATH_OR_URL", help="Empty store that receives the articles too.")
def backfill(
    master: str, inputs: tuple[str, ...], output: Path, format_: Format | None, into: str | None
) -> None:
    """Cluster an archive with Apache Spark: duplicate groups and events, as Parquet.

    Needs the extra spark and Java 17. The inputs are JSON lines, Parquet, web archives or other
    files as for ingest; each file is read by one task, so that many files of 100 to 500 MB are
    best. All workers must reach inputs and output under the same paths.

    The command can be interrupted: repeated, it continues with the first stage that is not
    complete. Failed tasks are tried four times.
    """
    try:
        from service.archive import backfill as archive
        from service.archive.fill_store import fill_store
        from service.archive.session import open_session
    except ImportError:
        raise MissingExtraError("clustering an archive", "spark") from None
    settings = load_settings()
    sources = list(readers.find_sources(inputs, format_))
    options = archive.BackfillOptions(max_text_chars=settings.max_text_chars)
    spark = open_session(master)
    try:
        assigned = archive.backfill(spark, sources, output.resolve(), options, _show_stage)
        if into is not None:
            with Store(into) as store:
                limit = settings.max_text_chars
                n_written = fill_store(spark, sources, assigned, store, limit)
            click.echo(f"{into}: {format_count(n_written, 'article')} written", err=True)
    finally:
        spark.stop()


def _show_stage(name: str, n_rows: int, seconds: float | None) -> None:
    took = "complete already" if seconds is None else f"{seconds:.1f} s"
    click.echo(f"{name}: {format_count(n_rows, 'row')}, {took}", err=True)
