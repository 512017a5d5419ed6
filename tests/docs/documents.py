"""The documents, and the parts of them that the tests read."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
ARCHITECTURE = ROOT / "docs" / "architecture.md"
GLOSSARY = ROOT / "docs" / "glossary.md"
DOCUMENTS = [
    README,
    *(ROOT / name for name in ("CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    ROOT / "seeds" / "README.md",
]

_CODE_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK_TARGET = re.compile(r'(?<=\]\()[^)]+(?=\))|(?<=src=")[^"]+|(?<=href=")[^"]+')
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def read(document: Path) -> str:
    return document.read_text(encoding="utf-8")


def code_blocks(document: Path, language: str) -> list[str]:
    """The code blocks in one language."""
    return [code for name, code in _CODE_BLOCK.findall(read(document)) if name == language]


def prose(document: Path) -> str:
    """The text without code blocks and link targets."""
    return _LINK_TARGET.sub("", _CODE_BLOCK.sub("", read(document)))


def link_targets(document: Path) -> list[str]:
    return _LINK_TARGET.findall(_CODE_BLOCK.sub("", read(document)))


def anchors(document: Path) -> set[str]:
    """The anchors of the headings, as GitHub makes them."""
    headings = _HEADING.findall(_CODE_BLOCK.sub("", read(document)))
    return {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings}


def name(document: Path) -> str:
    return document.relative_to(ROOT).as_posix()
