"""The documents use the words of the glossary, and not those of the first version."""

from __future__ import annotations

import re

import pytest

from tests.docs.documents import DOCUMENTS, GLOSSARY, ROOT, name, prose, read

TERMS = [
    "article", "assignment", "average linkage", "candidate", "canonical article", "cannot-link",
    "change log", "checkpoint", "decision", "duplicate group", "event", "evidence", "IDF snapshot",
    "must-link", "near-duplicate", "outbox", "pair probability", "representative", "retired",
    "review queue", "sampled shingles", "threshold", "uncertainty sampling", "version",
]  # fmt: skip

RETIRED_WORDS = re.compile(
    r"""\b(
        reprints? | twins? | strangers? | newcomers? | doubts? | fullest\ text | judged\ again
      | roster | desk | docket | ledger | journal | manuscripts? | clippings? | holdings | council
      | household | couriers? | parcels? | rehearsals? | dialects? | rulings? | renewed\ weights
      | taken?\ back | put\ right | stands?\ for
    )\b""",
    re.VERBOSE | re.IGNORECASE,
)

EXEMPT = {"docs/renames.md", "docs/similarity-card.md"}
"""The first lists the old words, the second is generated."""


@pytest.mark.parametrize("term", TERMS)
def test_glossary_defines(term):
    entries = re.findall(r"^\| ([^|]+) \|", read(GLOSSARY), re.MULTILINE)
    assert term in {word.strip() for entry in entries for word in entry.split(",")}


@pytest.mark.parametrize(
    "document", [path for path in DOCUMENTS if name(path) not in EXEMPT], ids=name
)
def test_no_retired_word_appears_in(document):
    assert [match.group() for match in RETIRED_WORDS.finditer(prose(document))] == []


def test_glossary_fits_on_one_screen_and_is_linked():
    assert len(read(GLOSSARY).splitlines()) <= 75
    for page in ("README.md", "docs/architecture.md", "CONTRIBUTING.md"):
        assert "glossary.md)" in read(ROOT / page)
