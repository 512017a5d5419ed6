"""Read Parquet tables with pyarrow, a few hundred rows at a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import BinaryIO, Final

from service.common.missing_extra import MissingExtraError
from service.ingest.parsing import field_mapping
from service.ingest.readers.csv_tables import check_header, has_content_column
from service.ingest.readers.items import ReaderItem, Record, UnreadableRecord

_ROWS_PER_BATCH: Final = 256
"""Rows decoded at once; bounds memory, since a cell may hold a long text."""


def read_parquet(stream: BinaryIO, name: str) -> Iterator[ReaderItem]:
    """Yield the rows of a table with the API's field names; null is a missing field."""
    try:
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile
    except ImportError:
        raise MissingExtraError("reading Parquet", "parquet") from None
    rows_read = 0
    try:
        with ParquetFile(stream) as table:
            columns = {column.lower(): column for column in table.schema_arrow.names}
            yield from check_header(columns, name)
            if not has_content_column(columns):
                return
            known = [column for field, column in columns.items() if field_mapping.field_of(field)]
            for batch in table.iter_batches(_ROWS_PER_BATCH, columns=known):
                for row, cells in enumerate(batch.to_pylist(), start=rows_read + 1):
                    yield Record(f"{name}:{row}", _map_row(cells))
                rows_read += len(batch)
    except ArrowException as error:
        yield UnreadableRecord(
            name, f"broken Parquet after row {rows_read}: {error}", is_fatal=True
        )


def _map_row(cells: dict[str, object]) -> dict[str, object]:
    return {
        column.lower(): value.isoformat() if isinstance(value, date) else value
        for column, value in cells.items()
        if value is not None and value == value  # pandas writes missing values as NaN
    }
