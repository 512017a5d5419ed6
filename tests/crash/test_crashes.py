"""A service that is killed under load loses nothing that it has acknowledged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.crash.decision_ledger import DecisionLedger, RequestedDecision
from tests.crash.harness import Harness
from tests.crash.ledger import ABSENT, Ledger
from tests.support.postgres import empty_database

N_KILLS = 15
"""The harness itself is run with 200; see docs/trust.md."""


@pytest.mark.slow
def test_nothing_is_lost_by_kills(tmp_path: Path) -> None:
    harness = Harness(tmp_path, str(tmp_path / "store.db"), seed=1)
    assert harness.run(N_KILLS) == []
    assert harness.ledger.n_acknowledged > 10 * N_KILLS


@pytest.mark.slow
@pytest.mark.database
def test_nothing_is_lost_by_kills_on_postgresql(tmp_path: Path) -> None:
    with empty_database() as url:
        harness = Harness(tmp_path, url, seed=2)
        assert harness.run(N_KILLS) == []
    assert harness.ledger.n_acknowledged > 10 * N_KILLS


class TestLedger:
    """The harness itself notices what is lost, doubled or made up."""

    def test_acknowledged_article_must_be_stored(self) -> None:
        ledger = Ledger()
        with ledger.attempt({"a": "text"}) as acknowledgement:
            acknowledgement.confirm("a")
        assert ledger.find_contradictions({}) != []

    def test_acknowledged_version_replaces_the_one_before(self) -> None:
        ledger = Ledger()
        for version in ("old", "new"):
            with ledger.attempt({"a": version}) as acknowledgement:
                acknowledgement.confirm("a")
        assert ledger.find_contradictions({"a": "old"}) != []

    def test_deleted_article_must_be_gone(self) -> None:
        ledger = Ledger()
        for state in ("text", ABSENT):
            with ledger.attempt({"a": state}) as acknowledgement:
                acknowledgement.confirm("a")
        assert ledger.find_contradictions({"a": "text"}) != []

    @pytest.mark.parametrize("stored", [{}, {"a": "text"}])
    def test_request_without_an_answer_may_have_taken_place(self, stored: dict[str, str]) -> None:
        ledger = Ledger()
        with ledger.attempt({"a": "text"}):
            pass
        assert ledger.find_contradictions(stored) == []

    def test_article_that_nobody_sent_is_wrong(self) -> None:
        assert Ledger().find_contradictions({"a": "text"}) == ["a: never sent"]


class Row(NamedTuple):
    """A row of the table of decisions."""

    number: int
    kind: str
    reason: str
    payload: str
    undoes: int | None


def decision(number: int, reason: str, *article_ids: str) -> Row:
    return Row(number, "duplicate", reason, json.dumps({"article_ids": article_ids}), None)


class TestDecisionLedger:
    """The harness notices decisions that are lost, doubled, changed or made up."""

    @pytest.fixture
    def ledger(self) -> DecisionLedger:
        ledger = DecisionLedger()
        ledger.attempt("told", RequestedDecision("duplicate", ("a", "b")))
        ledger.confirm("told", "d1")
        ledger.attempt("unanswered", RequestedDecision("undo", ("d1",)))
        return ledger

    @pytest.mark.parametrize("undone", [False, True])
    def test_decision_without_an_answer_may_have_been_made(
        self, ledger: DecisionLedger, undone: bool
    ) -> None:
        rows = [decision(1, "told", "a", "b"), Row(2, "undo", "unanswered", "{}", 1)]
        assert ledger.find_contradictions(rows[: 1 + undone]) == []
        assert ledger.find_contradictions(rows[: 2 - undone]) != []  # what is known stays

    @pytest.mark.parametrize(
        "rows",
        [
            pytest.param([], id="lost"),
            pytest.param([decision(n, "told", "a", "b") for n in (1, 2)], id="doubled"),
            pytest.param([decision(1, "told", "a", "c")], id="changed"),
            pytest.param([decision(2, "told", "a", "b")], id="another number"),
            pytest.param(
                [decision(1, "told", "a", "b"), decision(2, "other", "a", "b")], id="made up"
            ),
        ],
    )
    def test_wrong_decisions_are_found(self, ledger: DecisionLedger, rows: list[Row]) -> None:
        assert ledger.find_contradictions(rows) != []
