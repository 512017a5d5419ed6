"""Errors of invalid decisions."""

from __future__ import annotations

import pytest

from service.review.requests import InvalidDecisionError, parse_decision


def test_unknown_kind_is_answered_with_the_known_kinds() -> None:
    with pytest.raises(InvalidDecisionError) as caught:
        parse_decision({"kind": "join"})
    (error,) = caught.value.field_errors
    assert error.field == "/kind"
    assert error.message.startswith("must be one of 'merge_events', 'split_event', ")


def test_missing_kind_is_an_error_of_that_field() -> None:
    with pytest.raises(InvalidDecisionError) as caught:
        parse_decision({"article_ids": ["a", "b"]})
    (error,) = caught.value.field_errors
    assert (error.field, error.message) == ("/kind", "Field required")
