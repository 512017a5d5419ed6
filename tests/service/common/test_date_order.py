"""In which order day and month are, in dates that may be read in two ways."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.common.date_order import DateOrder, find_order, order_of_language, rewrite


@pytest.mark.parametrize(
    ("dates", "order"),
    [
        (["04/05/2025", "16/05/2025 07:30"], "DMY"),
        (["04-05-2025", "05-16-2025"], "MDY"),
        (["16/05/2025", "05/16/2025"], None),
        (["04/05/2025", "16/05/25", "2025-05-16", "16.05.2025", ""], None),
        ([], None),
    ],
)
def test_one_clear_date_shows_the_order_of_the_others(dates: list[str], order: str | None) -> None:
    assert find_order(dates) == order


@pytest.mark.parametrize(
    ("tag", "order"),
    [
        *(("fr", "DMY"), ("es-MX", "DMY"), ("pt_BR", "DMY"), ("en-GB", "DMY"), ("en-us", "MDY")),
        *(("en", None), ("en-CA", None), ("ja", None), ("xx", None), ("", None), ("no tag", None)),
    ],
)
def test_order_of_a_language(tag: str, order: str | None) -> None:
    assert order_of_language(tag) == order


@given(st.dates(date(1970, 1, 1), date(2068, 12, 31)), st.sampled_from(["%Y", "%y"]))
def test_rewritten_day_is_the_one_that_was_written(day: date, year: str) -> None:
    forms: dict[DateOrder, str] = {"DMY": f"%d/%m/{year}", "MDY": f"%m/%d/{year}"}
    for order, form in forms.items():
        assert rewrite(f"{day:{form}} 07:30", order) == f"{day:%Y-%m-%d} 07:30"


def test_nothing_is_rewritten_without_such_numbers() -> None:
    assert rewrite("4 May 2025", "DMY") is None
