"""The ledger of editors' decisions: what clients asked for, and what they were told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class RequestedDecision:
    """What a client asked for.

    Attributes
    ----------
    kind : str
    subject : tuple of str
        The ids of the articles that it relates; of an undo, the id of the decision.
    """

    kind: str
    subject: tuple[str, ...]


class DecisionLedger:
    """Collects decisions and undos under their reasons, of which each request has one of its own.

    A request without an answer may have taken place or not.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._possible: dict[str, RequestedDecision] = {}
        self._ids: dict[str, str] = {}

    def attempt(self, reason: str, requested: RequestedDecision) -> None:
        """Expect that a decision is stored, or not."""
        with self._lock:
            self._possible[reason] = requested

    def confirm(self, reason: str, decision_id: str) -> None:
        """Expect that it is stored, under this id."""
        with self._lock:
            self._ids[reason] = decision_id

    def refuse(self, reason: str) -> None:
        """Expect that it is not stored."""
        with self._lock:
            del self._possible[reason]

    def known_decisions(self) -> list[str]:
        """Return the ids of the decisions that are certainly stored, undos aside."""
        with self._lock:
            return sorted(
                decision_id
                for reason, decision_id in self._ids.items()
                if self._possible[reason].kind != "undo"
            )

    def find_contradictions(self, rows: Iterable[Any]) -> list[str]:
        """Compare rows of the table with the answers, and take them for what is known from now on.

        Parameters
        ----------
        rows : iterable of Row
            Of `decisions`.

        Returns
        -------
        list of str
            Decisions that are lost, doubled, changed, or that nobody asked for.
        """
        with self._lock:
            wrong: list[str] = []
            stored: dict[str, str] = {}
            for row in rows:
                if row.reason in stored:
                    wrong.append(f"decision {row.reason} is stored twice")
                stored[row.reason] = f"d{row.number}"
                wrong += self._compare(row)
            wrong += [f"decision {lost} is lost" for lost in self._ids.keys() - stored.keys()]
            self._possible = {reason: self._possible[reason] for reason in stored
                              if reason in self._possible}  # fmt: skip
            self._ids = {reason: stored[reason] for reason in self._possible}
        return wrong

    def _compare(self, row: Any) -> list[str]:
        requested = self._possible.get(row.reason)
        if requested is None:
            return [f"decision {row.reason}: never asked for, or refused"]
        told = self._ids.get(row.reason, f"d{row.number}")
        found = RequestedDecision(row.kind, _read_subject(row))
        if (found, f"d{row.number}") == (requested, told):
            return []
        return [f"decision {row.reason}: stored d{row.number} {found}, told {told} {requested}"]


def _read_subject(row: Any) -> tuple[str, ...]:
    if row.kind == "undo":
        return (f"d{row.undoes}",)
    return tuple(json.loads(row.payload)["article_ids"])
