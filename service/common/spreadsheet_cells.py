"""Cells of tables that a spreadsheet must not run as formulas.

A spreadsheet runs a cell that begins like a formula, and such a text can send the other cells to
somebody else. An apostrophe before it makes it a text (OWASP, "CSV Injection").
"""

from __future__ import annotations

import re
from typing import Final

_FORMULA: Final = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
"""The beginning of a formula, or of a text that would be taken for one that is quoted already."""


def quote(cell: str) -> str:
    """Return a cell that a spreadsheet shows as a text."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unquote(cell: str) -> str:
    """Return the cell that `quote` was given."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
