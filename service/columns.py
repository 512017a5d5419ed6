"""Rows as Parquet: typed columns, written a few thousand rows at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, fields
from datetime import datetime
from itertools import batched
from typing import Any, BinaryIO, Final, get_type_hints

from service.extras import MissingExtraError

_ROWS_AT_ONCE: Final = 2000


def write_parquet(rows: Iterable[object], kind: type[Any], file: BinaryIO) -> None:
    """Write dataclass values of one kind.

    Raises
    ------
    MissingExtraError
        Without the extra ``parquet`` (pyarrow).
    """
