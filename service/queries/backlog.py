"""What is waiting: webhooks, sources that are read, questions to editors."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from service.store import Store
from service.store.change_log.change_set import last_seq
from service.store.schema import checkpoints, uncertain_pairs, webhooks


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is waiting in a store.

    Attributes
    ----------
    last_seq : int
        The newest change.
    webhook_changes : int
        Changes that the active subscriber furthest behind has not received.
    failing_webhooks : int
        Active subscribers whose last delivery failed.
    unfinished_sources : int
        Files and feeds that were not read to their end.
    last_source_read : float
        When a file or feed was last read (POSIX seconds); 0 if none was.
    uncertain_pairs : int
        Pairs of articles that the review queue may ask about.
    """

    last_seq: int
    webhook_changes: int
    failing_webhooks: int
    unfinished_sources: int
    last_source_read: float
    uncertain_pairs: int


def get_backlog(store: Store) -> Backlog:
    """Count what is waiting."""
    with store.reading() as connection:
        newest = last_seq(connection)
        active = webhooks.c.active.is_(True)
        furthest = connection.scalar(select(func.min(webhooks.c.position)).where(active))
        failing = select(func.count()).where(active, webhooks.c.failures > 0)
        unfinished = select(func.count()).where(checkpoints.c.finished.is_(False))
        return Backlog(
            last_seq=newest,
            webhook_changes=0 if furthest is None else newest - furthest,
            failing_webhooks=connection.scalar(failing) or 0,
            unfinished_sources=connection.scalar(unfinished) or 0,
            last_source_read=connection.scalar(select(func.max(checkpoints.c.at))) or 0.0,
            uncertain_pairs=connection.scalar(select(func.count()).select_from(uncertain_pairs))
            or 0,
        )
