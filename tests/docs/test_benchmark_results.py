"""README quotes the newest results of `make bench`."""

from __future__ import annotations

from benchmarks.comparison.report import find_summary
from tests.docs.documents import README, ROOT, read

RESULTS = ROOT / "benchmarks" / "RESULTS.md"


def test_readme_quotes_the_results():
    assert find_summary(read(RESULTS)) in read(README)
