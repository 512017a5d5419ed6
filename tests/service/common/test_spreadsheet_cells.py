from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.cli.output import tables
from service.common import spreadsheet_cells
from service.ingest.readers import Record, csv_tables

CELLS = st.text(st.sampled_from("=+-@\t\r\n'＝a 1"))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_formulas_begin_with_an_apostrophe(start: str) -> None:
    assert spreadsheet_cells.quote(f"{start}HYPERLINK(A1)") == f"'{start}HYPERLINK(A1)"


@pytest.mark.parametrize("cell", ["", "a=b", "'tis", "1-2", " x"])
def test_other_cells_stay(cell: str) -> None:
    assert spreadsheet_cells.quote(cell) == cell


@given(CELLS)
def test_quoted_cell_is_safe_and_comes_back(cell: str) -> None:
    quoted = spreadsheet_cells.quote(cell)
    assert not quoted.startswith(tuple("=+-@\t\r\n＝＋－＠"))
    assert spreadsheet_cells.unquote(quoted) == cell


def test_export_is_safe_and_is_read_back() -> None:
    from service.cli.export import EXPORTS

    row_type, _ = EXPORTS["articles"]
    values = dict.fromkeys(row_type.__dataclass_fields__)
    article = row_type(**{**values, "id": "a", "title": "=SUM(A1)", "text": "-1 degrees"})
    file = io.StringIO(newline="")
    tables.write_csv([article], row_type, file)
    (row,) = csv.DictReader(io.StringIO(file.getvalue()))
    assert (row["title"], row["text"]) == ("'=SUM(A1)", "'-1 degrees")
    records = [
        item
        for item in csv_tables.read_csv(io.BytesIO(file.getvalue().encode()), "all.csv")
        if isinstance(item, Record)
    ]
    assert records[0].article["title"] == "=SUM(A1)"
    assert records[0].article["text"] == "-1 degrees"
