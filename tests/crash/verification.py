"""Compare a store with what clients were told, and with what it was before."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from sqlalchemy import Connection, func, select

from service import settings
from service.integrity.check import find_problems
from service.store import Store
from service.store.review.decisions import ALL_DECISIONS
from service.store.schema import articles, assignments, changes, events, groups, texts
from tests.crash.ledger import Ledger

Position = tuple[Any, ...]


@dataclass
class Snapshot:
    """Where every article was, and the change log until then."""

    last_seq: int = 0
    positions: dict[int, Position] = field(default_factory=dict)
    log_digest: str = ""


@dataclass
class Verifier:
    """Verifies a store again and again, each time against the last."""

    place: str
    ledger: Ledger
    before: Snapshot = field(default_factory=Snapshot)

    def verify(self, *, with_features: bool = False) -> list[str]:
        """Return everything that is wrong."""
        loaded = settings.load(db=self.place)
        with Store(self.place, read_only=True) as store:
            with store.reading() as connection:
                wrong = self._find_contradictions(connection)
                wrong += self._find_unlogged(connection)
            wrong += map(str, find_problems(store, loaded, with_features=with_features))
        return wrong

    def _find_contradictions(self, connection: Connection) -> list[str]:
        query = select(articles.c.id, texts.c.text).join(texts, texts.c.key == articles.c.key)
        stored: dict[str, str] = {}
        wrong = []
        for article_id, text in connection.execute(query):
            if article_id in stored:
                wrong.append(f"{article_id} is stored twice")
            stored[article_id] = text
        wrong += self.ledger.find_contradictions(stored)
        wrong += self.ledger.decisions.find_contradictions(connection.execute(ALL_DECISIONS))
        places = {f"e{number}" for number in connection.scalars(select(events.c.number))}
        places |= {f"g{number}" for number in connection.scalars(select(groups.c.number))}
        return wrong + [f"{lost} is lost" for lost in self.ledger.places - places]

    def _find_unlogged(self, connection: Connection) -> list[str]:
        """Find articles that moved without a change, and changes that were rewritten."""
        before, wrong = self.before, []
        if _digest_log(connection, before.last_seq) != before.log_digest and before.last_seq:
            wrong.append(f"changes up to {before.last_seq} are not those of before")
        logged = {*connection.scalars(select(changes.c.key).where(changes.c.seq > before.last_seq))}
        columns = ("group_number", "event_number", "duplicate_of", "arrived_seq")
        query = select(assignments.c.key, *(assignments.c[name] for name in columns))
        positions = {key: tuple(position) for key, *position in connection.execute(query)}
        differing = {
            key
            for key in positions.keys() | before.positions.keys()
            if positions.get(key) != before.positions.get(key)
        }
        wrong += [f"key {key} changed without a change" for key in differing - logged]
        last_seq = connection.scalar(select(func.max(changes.c.seq))) or 0
        self.before = Snapshot(last_seq, positions, _digest_log(connection, last_seq))
        return wrong


def _digest_log(connection: Connection, last_seq: int) -> str:
    hasher = blake2b(digest_size=16)
    query = select(changes).where(changes.c.seq <= last_seq).order_by(changes.c.seq)
    for row in connection.execute(query.execution_options(yield_per=1000)):
        hasher.update(repr(tuple(row)).encode())
    return hasher.hexdigest()
