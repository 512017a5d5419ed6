"""Command line options, table and JSON output that all benchmarks share."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path

Value = str | int | float
Row = dict[str, Value]


def options(about: str | None, *, data: bool = True) -> ArgumentParser:
    """Return a parser with --json and, if articles are read from files, --data."""
    parser = ArgumentParser(description=(about or "").splitlines()[0])
    if data:
        parser.add_argument("--data", type=Path, required=True, help="folder of labelled articles")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results here as well")
    return parser


def show(rows: Iterable[Row], json_file: Path | None) -> None:
    """Print rows with equal columns as they are measured; also write them to a file if given."""
    printed: list[Row] = []
    for row in rows:
        if not printed:
            print(_line(row, row))
        print(_line(row, map(_format_value, row.values())), flush=True)
        printed.append(row)
        if json_file:
            json_file.write_text(json.dumps(printed, indent=2) + "\n", encoding="utf-8")


def _line(columns: Iterable[str], cells: Iterable[str]) -> str:
    """Align cells below their columns; the first column holds names."""
    (_, name), *numbers = zip(columns, cells, strict=True)
    return "  ".join([f"{name:<32}", *(f"{cell:>{len(column)}}" for column, cell in numbers)])


def _format_value(value: Value) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value)
