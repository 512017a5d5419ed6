"""No change may make the answers on the starter corpus worse."""

from __future__ import annotations

import floor
import pytest

FLOOR = floor.read()


@pytest.fixture(scope="module")
def measured() -> floor.Figures:
    return floor.measure()


@pytest.mark.parametrize(
    ("language", "figure"), [(language, name) for language in FLOOR for name in FLOOR[language]]
)
def test_holds(measured: floor.Figures, language: str, figure: str) -> None:
    assert measured[language][figure] >= FLOOR[language][figure]


def test_there_is_one_for_every_language(measured: floor.Figures) -> None:
    assert measured.keys() == FLOOR.keys()
