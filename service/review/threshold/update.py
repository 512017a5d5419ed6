"""Apply a proposed event threshold, or revert to the one before.

All events are then reclustered, a few articles per transaction. Every process uses the new
threshold from the first of these transactions on, and an interrupted run is resumed like any other
reclustering. Editors' decisions hold whatever the threshold is.
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
"""Called with the number of articles reclustered so far."""


class ThresholdChangedError(RuntimeError):
    """The proposal cannot be applied: it is no better, or the threshold has changed since."""


class NoPreviousThresholdError(LookupError):
    """The event threshold has its default value, so there is none to revert to."""


def apply_proposal(
    writer: IndexWriter,
    proposal: ThresholdProposal,
    actor: str,
    progress: ProgressCallback = lambda _: None,
) -> ReclusterResult:
    """Set the proposed event threshold, and recluster all events.

    Parameters
    ----------
    writer : IndexWriter
    proposal : ThresholdProposal
    actor : str
        Name of the editor.
    progress : callable

    Raises
    ------
    ThresholdChangedError
    """

    def choose_threshold(connection: Connection) -> ThresholdChange:
        if not proposal.fit.is_better:
            raise ThresholdChangedError("the labels do not support another threshold")
        if thresholds.current_threshold(connection) != proposal.fit.present:
            raise ThresholdChangedError(
                "the threshold has changed since this was computed; compute it again"
            )
        return ThresholdChange(proposal.fit.threshold, actor, proposal.fit.judgements)

    return recluster.recluster(writer, progress, choose_threshold)


def revert_threshold(
    writer: IndexWriter, actor: str, progress: ProgressCallback = lambda _: None
) -> ReclusterResult:
    """Revert to the event threshold before, and recluster all events.

    Parameters
    ----------
    writer : IndexWriter
    actor : str
        Name of the editor.
    progress : callable

    Raises
    ------
    NoPreviousThresholdError
    """

    def choose_threshold(connection: Connection) -> ThresholdChange:
        previous = thresholds.find_previous(connection)
        if previous is None:
            raise NoPreviousThresholdError("the threshold already has its default value")
        number, threshold = previous
        return ThresholdChange(threshold, actor, reverts=number)

    return recluster.recluster(writer, progress, choose_threshold)


def get_threshold(store: Store) -> float:
    """Return the event threshold in force."""
    with store.reading() as connection:
        return thresholds.current_threshold(connection)
