"""Back up a store into a file, and restore it: both while it is in use.

A backup is itself a store in SQLite, whatever database it was made from, and can be restored into
either.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from sqlalchemy import Connection, Table, delete, select

from service.store import bulk, meta_values
from service.store.database import Store
from service.store.failures import StoreError
from service.store.relocation import marks, verification
from service.store.relocation.verification import TableDigest
from service.store.schema import META_GENERATION, meta, metadata
from service.store.search import index as search_index

_ROWS_PER_INSERT: Final = 500


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Yield where to write a file that appears under its name only when it is complete.

    Parameters
    ----------
    path : Path
        Must not exist.

    Raises
    ------
    StoreError
        If it exists.
    """
    if path.exists():
        raise StoreError(f"{path} exists already")
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as folder:
        partial = Path(folder) / path.name
        yield partial
        with closing(sqlite3.connect(partial)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")  # one file holds all of it
        with partial.open("rb+") as written:
            os.fsync(written.fileno())
        partial.rename(path)
    _sync_folder(path.parent)


@contextmanager
def working_copy(backup: Path) -> Iterator[Path]:
    """Yield a copy of a backup to open: opening upgrades an older store in place."""
    if not backup.is_file():
        raise StoreError(f"{backup}: there is no backup")
    with TemporaryDirectory(prefix="storyfold-restore-") as folder:
        yield shutil.copyfile(backup, Path(folder) / "backup.db")


def copy_rows(source: Store, target: Store) -> dict[str, TableDigest]:
    """Copy one state of a store into an empty one, and compare both.

    Parameters
    ----------
    source : Store
        Writers to it are not held up.
    target : Store

    Returns
    -------
    dict of str to TableDigest
        Rows and hashes of each table, the same in both.

    Raises
    ------
    StoreError
        If both differ in the end; the target is as it was then.
    """
    with source.reading() as origin, target.writing() as copy:
        return _replace_rows(origin, copy)


def restore(backup: Store, target: Store, *, replace: bool) -> dict[str, TableDigest]:
    """Put the state of a backup in the place of a store, in one transaction.

    Processes that have the store open load their index again at their next write.

    Parameters
    ----------
    backup : Store
    target : Store
    replace : bool
        Whether the target may hold articles.

    Returns
    -------
    dict of str to TableDigest
        Rows and hashes of each table, the same in both.

    Raises
    ------
    StoreError
        If the target holds articles and `replace` is False, or if both differ in the end. The
        target is as it was then.
    """
    with backup.reading() as origin, target.writing() as copy:
        n_articles = verification.count_articles(copy)
        if n_articles and not replace:
            raise StoreError(f"the store holds {n_articles:,} articles; --replace replaces them")
        digests = _replace_rows(origin, copy)
        meta_values.write(copy, META_GENERATION, uuid.uuid4().hex)
    return digests


def _replace_rows(source: Connection, target: Connection) -> dict[str, TableDigest]:
    tables = [table for table in metadata.sorted_tables if table is not meta]
    for table in reversed(tables):
        target.execute(delete(table))
    for table in tables:
        _copy_table(source, target, table)
    target.execute(delete(meta).where(meta.c.name.not_in(marks.OWN_NAMES)))
    named = select(meta.c.name, meta.c.value).where(meta.c.name.not_in(marks.OWN_NAMES))
    bulk.insert(target, meta, [row._asdict() for row in source.execute(named)])
    search_index.rebuild(target)
    wanted, written = verification.digest_tables(source), verification.digest_tables(target)
    if differing := verification.find_differences(wanted, written):
        raise StoreError(f"the copy differs in {', '.join(differing)}")
    return written


def _copy_table(source: Connection, target: Connection, table: Table) -> None:
    query = select(table).execution_options(yield_per=_ROWS_PER_INSERT)
    with source.execute(query) as rows:
        for partition in rows.mappings().partitions(_ROWS_PER_INSERT):
            bulk.insert(target, table, [dict(row) for row in partition])


def _sync_folder(folder: Path) -> None:
    """Make a new name in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
