"""Drawing the line elsewhere, and putting back the one before.

All events are judged again by it, a few articles at a time. It is kept to from the first of these
transactions on, by every process, and interrupted it is gone on with as any such run. What people
decided stands, whatever the line.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection

from service.engine import recluster
from service.engine.recluster import ReclusterResult
from service.engine.writer import IndexWriter
from service.review.threshold.proposal import ThresholdProposal
from service.store import Store
from service.store.review import thresholds
from service.store.review.thresholds import ThresholdChange

ProgressCallback = Callable[[int], None]
"""Told the number of articles judged so far."""


class ThresholdChangedError(RuntimeError):
    """The line is not where it was when this was worked out, or nothing speaks for another."""


class NoPreviousThresholdError(LookupError):
    """The line is where it was from the beginning."""


def apply_proposal(
    writer: IndexWriter,
    proposal: ThresholdProposal,
    actor: str,
    progress: ProgressCallback = lambda _: None,
) -> ReclusterResult:
    """Draw the line where judgements speak for it, and judge all events by it.

    Raises
    ------
    ThresholdChangedError
    """

    def choose_threshold(connection: Connection) -> ThresholdChange:
        if not proposal.fit.is_better:
            raise ThresholdChangedError("nothing speaks for another line")
        if thresholds.current_threshold(connection) != proposal.fit.present:
            raise ThresholdChangedError(
                "the line has been drawn elsewhere since; work it out again"
            )
        return ThresholdChange(proposal.fit.threshold, actor, proposal.fit.judgements)

    return recluster.recluster(writer, progress, choose_threshold)


def revert_threshold(
    writer: IndexWriter, actor: str, progress: ProgressCallback = lambda _: None
) -> ReclusterResult:
    """Put the line before back, and judge all events by it.

    Raises
    ------
    NoPreviousThresholdError
    """

    def choose_threshold(connection: Connection) -> ThresholdChange:
        found = thresholds.find_previous(connection)
        if found is None:
            raise NoPreviousThresholdError("the line is where it was from the beginning")
        number, threshold = found
        return ThresholdChange(threshold, actor, reverts=number)

    return recluster.recluster(writer, progress, choose_threshold)


def get_threshold(store: Store) -> float:
    """Return the line in force."""
    with store.reading() as transaction:
        return thresholds.current_threshold(transaction)
