"""What every benchmark has in common on the command line: its options, a table, a JSON file."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path

Figure = str | int | float
Row = dict[str, Figure]


def options(about: str | None, *, data: bool = True) -> ArgumentParser:
    """A parser with --json and, where articles are read from files, --data."""
    parser = ArgumentParser(description=(about or "").splitlines()[0])
    if data:
        parser.add_argument("--data", type=Path, required=True, help="folder of labelled articles")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here as well")
    return parser


def show(rows: Iterable[Row], json_file: Path | None) -> None:
    """Print rows of equal columns as they are measured; write them to a file if one is named."""
    shown: list[Row] = []
    for row in rows:
        if not shown:
            print(_line(row, row))
        print(_line(row, map(_printed, row.values())), flush=True)
        shown.append(row)
        if json_file:
            json_file.write_text(json.dumps(shown, indent=2) + "\n", encoding="utf-8")


def _line(columns: Iterable[str], cells: Iterable[str]) -> str:
    """Cells under their columns; the first column is for names."""
    first, *others = zip(columns, cells, strict=True)
    return "  ".join([f"{first[1]:<32}", *(f"{cell:>{len(column)}}" for column, cell in others)])


def _printed(figure: Figure) -> str:
    return f"{figure:.4f}" if isinstance(figure, float) else str(figure)
