"""The command ``migrate-store``."""

from __future__ import annotations

import click

from service.cli.options import format_examples, may_exist
from service.common.formatting import format_count
from service.store import Store, StoreError
from service.store.relocation import marks
from service.store.relocation.move import move


@click.command(
    "migrate-store",
    epilog=format_examples(
        "storyfold migrate-store var/storyfold.db postgresql+psycopg://storyfold@db/storyfold",
        "storyfold migrate-store postgresql+psycopg://storyfold@db/storyfold var/storyfold.db",
    ),
)
@click.argument("from_", metavar="FROM")
@click.argument("to", metavar="TO")
def migrate_store(from_: str, to: str) -> None:
    """Move the store FROM to an empty database TO: SQLite to PostgreSQL, or back.

    The service may run meanwhile: the store is copied in slices and compared, and what has changed
    since is copied again. In the end writing is refused for a moment, the rest is copied, and both
    are compared: rows, hashes and every assignment. From then on FROM takes no more articles and
    TO is complete; start the service with STORYFOLD_DB set to TO.

    If the command is interrupted, the next call continues where it stopped. If both differ in the
    end, FROM stays in use.
    """
    if not may_exist(from_):
        raise StoreError(f"{from_}: there is no store")
    names = (marks.describe(from_), marks.describe(to))
    with Store(from_, relocates=True) as source, Store(to, relocates=True) as target:
        result = move(source, target, names, _show_progress)
    click.echo(
        f"Moved {format_count(result.tables['articles'].n_rows, 'article')} and"
        f" {format_count(result.tables['changes'].n_rows, 'change')} to {names[1]};"
        f" {result.n_followed:,} changed meanwhile. Rows, hashes and assignments are the same."
    )


def _show_progress(step: str, done: int, total: int) -> None:
    click.echo(f"\r{done:,} of {total:,} articles {step}", nl=done >= total, err=True)
