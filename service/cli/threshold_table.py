"""A proposal on paper, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from clustering.events.neighbour_graph import DEFAULT_EVENT_THRESHOLD
from clustering.learning.threshold import ThresholdFit
from service.cli.tables import fit_to_width as shortened
from service.common.formatting import format_count
from service.review.threshold.proposal import ChangedEvent, ThresholdProposal, describe_change

_NAME_WIDTH = 8


def format_proposal(proposal: ThresholdProposal, width: int = 80) -> Iterator[str]:
    """Lay a proposal out for reading, line by line.

    Parameters
    ----------
    proposal : ThresholdProposal
    width : int
        Columns of the terminal.
    """
    it = proposal.fit
    if not it.enough:
        yield f"{_format_counts(it)}: too few to draw a line by."
        yield (
            f"It takes {proposal.least}, of which {proposal.least_of_each} say that two articles report"
            f" the same event, and {proposal.least_of_each} that they don't."
        )
        return
    if not it.is_better:
        yield f"{_format_counts(it)}: the line stays at {it.present:.2f}."
        yield f"  agree with it     {_format_share(it.agreed_now, it)}"
        yield f"  with any other    {_format_share(it.expected, it)}, cross-validated"
        return
    verb = "would change" + (": these" if proposal.events else "")
    yield (
        f"{_format_counts(it)}: best threshold {it.threshold:.2f} (now {it.present:.2f}),"
        f" {format_count(proposal.changed, 'event')} {verb}"
    )
    yield f"  agree now         {_format_share(it.agreed_now, it)}"
    yield f"  agree then        {_format_share(it.agreed, it)}; {_format_share(it.expected, it)} cross-validated"
    yield f"  most agree with   {it.best:.2f}; drawn towards {DEFAULT_EVENT_THRESHOLD:.2f}, the line as it comes"
    yield from (_format_event(each, width) for each in proposal.events)
    if len(proposal.events) < proposal.changed:
        yield f"  and {proposal.changed - len(proposal.events)} smaller ones"


def _format_event(event: ChangedEvent, width: int) -> str:
    told = f"  {event.event_id:{_NAME_WIDTH}}{describe_change(event)} ({format_count(event.size, 'article')}): "
    return told + shortened(event.headline, max(width - len(told), 20)).rstrip()


def _format_counts(fit: ThresholdFit) -> str:
    apart = fit.judgements - fit.same
    return f"{format_count(fit.judgements, 'judgement')} ({fit.same} the same event, {apart} not)"


def _format_share(agreed: int, fit: ThresholdFit) -> str:
    return f"{agreed} of {fit.judgements} ({agreed / fit.judgements:.0%})"
