"""The command ``prune``."""

from __future__ import annotations

import time

import click

from service.cli.options import db_option, format_examples, load_settings, may_exist
from service.common.dates import SECONDS_PER_DAY
from service.common.formatting import format_count
from service.engine.writer import IndexWriter
from service.ingest import retention
from service.ingest.retention import RetentionRule
from service.store import Store, StoreError


@click.command(
    epilog=format_examples(
        "storyfold prune --older-than 365",
        "storyfold prune --older-than 30 --source 'Agency wire' --articles",
    )
)
@click.option(
    "--older-than",
    "days",
    type=click.FloatRange(min=0),
    required=True,
    help="Days since the article arrived.",
)
@click.option("--source", "sources", multiple=True, help="Only of this source; may be repeated.")
@click.option("--articles", "whole", is_flag=True, help="Delete the articles, not only texts. [no]")
@db_option
def prune(days: float, sources: tuple[str, ...], whole: bool, db: str | None) -> None:
    """Delete the texts of old articles, or with --articles the articles themselves.

    Without --articles titles, groups and events stay; texts and earlier versions are gone. The
    service may run meanwhile: articles are deleted in transactions of about 20 milliseconds. The
    command can be interrupted and repeated.
    """
    loaded = load_settings(db=db)
    if not may_exist(loaded.db):
        raise StoreError(f"{loaded.db}: there is no store")
    rule = RetentionRule(time.time() - days * SECONDS_PER_DAY, sources)
    with Store(loaded.db) as store:
        if whole:
            with IndexWriter(loaded, store) as writer:
                writer.wait_ready()
                result = retention.delete_articles(writer, rule)
        else:
            result = retention.delete_texts(store, rule)
    noun = "article" if whole else "text"
    click.echo(
        f"Deleted {format_count(result.n_deleted, noun)};"
        f" writers waited at most {1000 * result.longest_seconds:.0f} ms."
    )
