"""The protocol of all parts of the index that hold uncommitted changes."""

from __future__ import annotations

from typing import Protocol


class Revertible(Protocol):
    """A part of the index that can make its pending changes final, or undo them.

    Each part keeps the undo log that it needs for that. Only `IndexState` of
    `clustering.pipeline.index_state` decides when to commit and when to roll back.
    """

    def commit(self) -> object:
        """Make the pending changes final."""

    def rollback(self) -> object:
        """Undo everything since the last commit."""
