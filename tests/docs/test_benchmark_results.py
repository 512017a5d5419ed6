"""README quotes the newest results of `make bench`."""

from __future__ import annotations

from tests.docs.documents import README, ROOT, read

RESULTS = ROOT / "benchmarks" / "RESULTS.md"


def test_readme_quotes_the_results():
    summary = next(part for part in read(RESULTS).split("\n\n") if part.startswith("On one core"))
    assert " ".join(summary.split()) in " ".join(read(README).split())
