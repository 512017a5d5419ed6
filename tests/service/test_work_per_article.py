"""Work for one article, counted and not timed: a change that doubles it fails on any machine.

The ceilings are 1.3 times what was counted when they were set, in work_ceilings.json beside this
file. A change that does more work on purpose raises them by `make ceilings`, and its commit says
what the work is for; so does a change that saves work, since a ceiling far above bounds nothing.
`pytest -rP` on this file prints the counts.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from clustering.kernels.library import load_kernels
from tests.support.article_work import Work, count_work
from tests.support.work_counters import CAN_COUNT_BYTES

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CAN_COUNT_BYTES, reason="/proc counts the written bytes"),
    pytest.mark.skipif(load_kernels() is None, reason="the references make more calls"),
]

CEILINGS_FILE = Path(__file__).with_name("work_ceilings.json")
CEILINGS: dict[str, Work] = json.loads(CEILINGS_FILE.read_text(encoding="utf-8"))
"""By way of posting, for one article. A statement that writes many rows counts once for each row.
Calls of NumPy are those of functions and methods, not of operators; most allocate an array."""
HEADROOM = 1.3


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Work]:
    return count_work(tmp_path_factory.mktemp("work"))


@pytest.mark.parametrize(
    ("way", "counted"), [(way, name) for way, ceilings in CEILINGS.items() for name in ceilings]
)
def test_work_for_an_article_stays_below_its_ceiling(
    work: dict[str, Work], way: str, counted: str
) -> None:
    print(f"{way}, {counted}: {work[way][counted]:,.2f} for one article")
    assert work[way][counted] <= CEILINGS[way][counted]


def test_everything_that_is_counted_has_a_ceiling(work: dict[str, Work]) -> None:
    assert {way: set(counts) for way, counts in work.items()} == {
        way: set(ceilings) for way, ceilings in CEILINGS.items()
    }


def main() -> None:
    """Count again, write the ceilings, and print how they moved."""
    with TemporaryDirectory() as folder:
        counted = count_work(Path(folder))
    ceilings = {
        way: {name: float(f"{HEADROOM * value:.3g}") for name, value in counts.items()}
        for way, counts in counted.items()
    }
    for way, names in ceilings.items():
        for name, ceiling in names.items():
            before = CEILINGS.get(way, {}).get(name)
            sys.stdout.write(f"{way}, {name}: {before} -> {ceiling:g}\n")
    CEILINGS_FILE.write_text(json.dumps(ceilings, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
