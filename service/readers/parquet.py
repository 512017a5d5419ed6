"""Parquet tables, read by pyarrow a few hundred rows at a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import BinaryIO, Final

from service import dialects
from service.extras import MissingExtraError
from service.readers.formats import Reading, Record, Unreadable, has_content, judge_header

_ROWS_AT_ONCE: Final = 256


def parquet(stream: BinaryIO, name: str) -> Iterator[Reading]:
    """One article a row, in columns with the API's field names; null is an absent field."""
    try:
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile
    except ImportError:
        raise MissingExtraError("reading Parquet", "parquet") from None
    behind = 0
    try:
        with ParquetFile(stream) as table:
            columns = {column.lower(): column for column in table.schema_arrow.names}
            yield from judge_header(columns, name)
            if not has_content(columns):
                return
            wanted = [column for field, column in columns.items() if dialects.field_of(field)]
            for batch in table.iter_batches(_ROWS_AT_ONCE, columns=wanted):
                for row, cells in enumerate(batch.to_pylist(), start=behind + 1):
                    yield Record(f"{name}:{row}", _article(cells))
                behind += len(batch)
    except ArrowException as error:
        yield Unreadable(name, f"broken Parquet after row {behind}: {error}", ends=True)


def _article(cells: dict[str, object]) -> dict[str, object]:
    return {
        column.lower(): value.isoformat() if isinstance(value, date) else value
        for column, value in cells.items()
        if value is not None
    }
