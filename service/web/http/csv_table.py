"""Tables for spreadsheets, as responses."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from flask import Response

from service.common import spreadsheet_cells
from service.web.http.conditional import make_conditional

CSV: Final = "text/csv"


def csv_response(columns: Sequence[str], items: Iterable[object]) -> Response:
    """Return a table with a line for each item.

    Parameters
    ----------
    columns : sequence of str
        Names of attributes of the items.
    items : iterable of object

    Returns
    -------
    Response
        Without cells that a spreadsheet would run; 304 if the client has this content.
    """
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(columns)
    writer.writerows(_cells(columns, item) for item in items)
    body = lines.getvalue().encode("utf-8-sig")  # the mark tells spreadsheets the encoding
    return make_conditional(Response(body, content_type=f"{CSV}; charset=utf-8"))


def _cells(columns: Sequence[str], item: object) -> Iterator[object]:
    for name in columns:
        value = getattr(item, name)
        if isinstance(value, tuple):
            value = ", ".join(value)
        if isinstance(value, datetime):
            value = value.isoformat()
        yield spreadsheet_cells.quote(value) if isinstance(value, str) else value
