"""Write dataclass rows as Parquet with typed columns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from itertools import islice
from types import UnionType
from typing import Any, BinaryIO, Final, get_args, get_origin, get_type_hints

from service.common.missing_extra import MissingExtraError

_ROWS_PER_BATCH: Final = 2000
"""Rows that are held in memory at once."""


def check_available() -> None:
    """Check that Parquet can be written, before an output file is opened and so emptied.

    Raises
    ------
    MissingExtraError
        If the extra ``parquet`` (pyarrow) is not installed.
    """
    try:
        import pyarrow  # noqa: F401 (only whether it is there)
    except ImportError:
        raise MissingExtraError("writing Parquet", "parquet") from None


def write_parquet(rows: Iterable[object], row_type: type[Any], file: BinaryIO) -> None:
    """Write rows of one dataclass.

    Parameters
    ----------
    rows : iterable of object
    row_type : type
        The dataclass; its type hints become the types of the columns.
    file : binary file

    Raises
    ------
    MissingExtraError
        As `check_available` does.
    """
    check_available()
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    schema = pa.schema([(name, _arrow_type(hint)) for name, hint in _field_types(row_type).items()])
    row_iterator = iter(rows)
    with ParquetWriter(file, schema, compression="zstd") as writer:
        while batch := list(map(_row_to_dict, islice(row_iterator, _ROWS_PER_BATCH))):
            writer.write_table(pa.Table.from_pylist(batch, schema))


def _field_types(row_type: type[Any]) -> dict[str, Any]:
    hints = get_type_hints(row_type)
    return {name: hint for name, hint in hints.items() if not name.startswith("_")}


def _row_to_dict(row: Any) -> dict[str, Any]:
    return asdict(row)


def _arrow_type(hint: Any) -> Any:
    """Return the column type of a field; every column may hold nulls."""
    import pyarrow as pa

    if get_origin(hint) is UnionType:
        (hint,) = (member for member in get_args(hint) if member is not type(None))
    if get_origin(hint) is tuple:
        return pa.list_(_arrow_type(get_args(hint)[0]))
    return {int: pa.int64(), datetime: pa.timestamp("us", tz="UTC")}.get(hint, pa.string())
