"""The documents, and the pieces of them that tests look at."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
DOCUMENTS = [README, *sorted((ROOT / "docs").glob("*.md")), ROOT / "seeds" / "README.md"]

_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(document: Path, language: str) -> list[str]:
    """What stands between fences that name a language."""
    found = _FENCE.findall(document.read_text(encoding="utf-8"))
    return [text for name, text in found if name == language]


def name(document: Path) -> str:
    return document.relative_to(ROOT).as_posix()
