"""The commands ``backup`` and ``restore``."""

from __future__ import annotations

from pathlib import Path

import click

from service.cli.options import db_option, format_examples, load_settings, open_existing_store
from service.common.formatting import format_count
from service.store import Store
from service.store.relocation import backup as backups

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(
    epilog=format_examples(
        "storyfold backup monday.db",
        "storyfold backup monday.db --db postgresql+psycopg://storyfold@db/storyfold",
    )
)
@click.argument("file", type=_FILE)
@db_option
def backup(file: Path, db: str | None) -> None:
    """Write one state of the store to FILE, while the service runs.

    FILE is a store in SQLite, also if the store is in PostgreSQL: `storyfold check --db FILE`
    verifies it. It holds everything, users, tokens and webhook secrets too, and must not exist yet.
    """
    with open_existing_store(load_settings(db=db).db) as store, backups.new_file(file) as partial:
        if not store.copy_file(partial):
            with Store(str(partial)) as copy:
                backups.copy_rows(store, copy)
    click.echo(f"Wrote {file} ({file.stat().st_size / 1e6:,.1f} MB).")


@click.command(
    epilog=format_examples(
        "storyfold restore monday.db",
        "storyfold restore monday.db --replace --db postgresql+psycopg://storyfold@db/storyfold",
    )
)
@click.argument("file", type=_FILE)
@db_option
@click.option("--replace", is_flag=True, help="Replace the articles that the store holds. [no]")
def restore(file: Path, db: str | None, replace: bool) -> None:
    """Put the state of a backup in the place of the store, in one transaction.

    The service may run meanwhile: it refuses writes for as long as the transaction takes, then
    loads its index again. The store may be in another database than the one that was backed up. If
    anything fails, the store is as before.
    """
    with (
        backups.working_copy(file) as copied,
        Store(str(copied)) as source,
        Store(load_settings(db=db).db) as target,
    ):
        digests = backups.restore(source, target, replace=replace)
    counts = (digests["articles"].n_rows, digests["changes"].n_rows)
    click.echo(
        f"Restored {format_count(counts[0], 'article')} and {format_count(counts[1], 'change')}."
    )
