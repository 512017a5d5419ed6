"""The ledger: what clients were told, and what may therefore be in the store."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from tests.crash.decision_ledger import DecisionLedger

ABSENT = None
State = str | None
"""The text of an article; ABSENT if it is not stored."""


class Ledger:
    """Collects the answers of the service, article by article.

    Each article belongs to one client, which sends its next request about it after the answer to
    the last. A request without an answer may have taken place or not.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._possible: defaultdict[str, set[State]] = defaultdict(lambda: {ABSENT})
        self.decisions = DecisionLedger()
        self.places: set[str] = set()
        self.n_acknowledged = 0
        self.n_unanswered = 0

    @contextmanager
    def attempt(self, changes: Mapping[str, State]) -> Iterator[Acknowledgement]:
        """Expect either state of some articles, until the answer says which."""
        with self._lock:
            for article_id, state in changes.items():
                self._possible[article_id].add(state)
        acknowledgement = Acknowledgement(self, changes)
        try:
            yield acknowledgement
        finally:
            with self._lock:
                self.n_unanswered += acknowledgement.n_answered < len(changes)

    def settle(self, article_id: str, state: State) -> None:
        """Note what an answer says about an article."""
        with self._lock:
            self._possible[article_id] = {state}
            self.n_acknowledged += 1

    def note_places(self, places: Iterable[str]) -> None:
        """Note ids of events and groups that were published: they can be resolved for ever."""
        with self._lock:
            self.places.update(places)

    def settle_decision(self, reason: str, decision_id: str) -> None:
        """Note a decision or an undo that was acknowledged."""
        self.decisions.confirm(reason, decision_id)
        with self._lock:
            self.n_acknowledged += 1

    def known_articles(self, prefix: str) -> list[str]:
        """Return the articles of a client that are certainly stored."""
        with self._lock:
            return [
                article_id
                for article_id, states in self._possible.items()
                if article_id.startswith(prefix) and ABSENT not in states
            ]

    def possible_articles(self, prefix: str) -> list[str]:
        """Return the articles of a client that may be stored."""
        with self._lock:
            return [
                article_id
                for article_id, states in self._possible.items()
                if article_id.startswith(prefix) and states != {ABSENT}
            ]

    def find_contradictions(self, stored: Mapping[str, str]) -> list[str]:
        """Compare the store with the answers, and take it for what is known from now on."""
        with self._lock:
            wrong = [
                f"{article_id}: stored {stored.get(article_id)!r:.60}, possible {states!r:.200}"
                for article_id, states in self._possible.items()
                if stored.get(article_id) not in states
            ]
            wrong += [f"{article_id}: never sent" for article_id in stored.keys() - self._possible]
            for article_id in self._possible:
                self._possible[article_id] = {stored.get(article_id)}
        return wrong


class Acknowledgement:
    """Takes the answers to one request."""

    def __init__(self, ledger: Ledger, changes: Mapping[str, State]) -> None:
        self._ledger = ledger
        self._changes = changes
        self.n_answered = 0

    def confirm(self, article_id: str) -> None:
        """The article is in its new state."""
        self.n_answered += 1
        self._ledger.settle(article_id, self._changes[article_id])
