"""No change may make the answers on the starter corpus and on the samples worse."""

from __future__ import annotations

import pytest

from tests.quality import floor

FLOOR = floor.read()


@pytest.fixture(scope="module")
def measured() -> floor.Figures:
    return floor.measure()


@pytest.mark.parametrize(
    ("sample", "language", "figure"),
    [
        (sample, language, name)
        for sample, languages in FLOOR.items()
        for language, figures in languages.items()
        for name in figures
    ],
)
def test_holds(measured: floor.Figures, sample: str, language: str, figure: str) -> None:
    assert measured[sample][language][figure] >= FLOOR[sample][language][figure]


def test_there_is_one_for_every_sample_and_language(measured: floor.Figures) -> None:
    assert {name: {*it} for name, it in measured.items()} == {
        name: {*it} for name, it in FLOOR.items()
    }
