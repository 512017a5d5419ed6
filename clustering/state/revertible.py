"""The protocol of everything that holds changes which are not committed yet."""

from __future__ import annotations

from typing import Protocol


class Revertible(Protocol):
    """A part of the index that can make its pending changes final, or undo them.

    Each part keeps only the journal that it needs for that. When to commit and when to roll back
    is decided in one place, `clustering.pipeline.state.IndexState`.
    """

    def commit(self) -> object:
        """Make the pending changes final."""

    def rollback(self) -> object:
        """Undo everything since the last commit."""
