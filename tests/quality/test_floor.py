"""No change may lower the scores on the starter corpus and on the samples."""

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
def test_score_is_not_below_its_floor(
    measured: floor.Figures, sample: str, language: str, figure: str
) -> None:
    assert measured[sample][language][figure] >= FLOOR[sample][language][figure]


def test_every_sample_and_language_has_a_floor(measured: floor.Figures) -> None:
    assert {sample: {*languages} for sample, languages in measured.items()} == {
        sample: {*languages} for sample, languages in FLOOR.items()
    }
