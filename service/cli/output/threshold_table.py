"""Print a proposed event threshold for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from clustering.events.thresholds import DEFAULT_EVENT_THRESHOLD
from clustering.learning.threshold import ThresholdFit
from service.cli.output.tables import fit_to_width
from service.common.formatting import format_count
from service.review.threshold.proposal import ChangedEvent, ThresholdProposal, describe_change

_ID_WIDTH: Final = 8
_MIN_HEADLINE_WIDTH: Final = 20


def format_proposal(proposal: ThresholdProposal, width: int = 80) -> Iterator[str]:
    """Format a proposal as text.

    Parameters
    ----------
    proposal : ThresholdProposal
    width : int
        Columns of the terminal.

    Yields
    ------
    str
        One line, without the line break.
    """
    if not proposal.fit.enough:
        yield from _format_too_few(proposal)
    elif not proposal.fit.is_better:
        yield from _format_unchanged(proposal.fit)
    else:
        yield from _format_better(proposal, width)


def _format_too_few(proposal: ThresholdProposal) -> Iterator[str]:
    yield f"{_format_counts(proposal.fit)}: too few to propose a threshold."
    yield (
        f"At least {proposal.least} are needed, of which {proposal.least_of_each} say that two"
        f" articles report the same event, and {proposal.least_of_each} that they do not."
    )


def _format_unchanged(fit: ThresholdFit) -> Iterator[str]:
    yield f"{_format_counts(fit)}: the event threshold stays at {fit.present:.2f}."
    yield f"  agree with it     {_format_share(fit.agreed_now, fit)}"
    yield f"  with any other    {_format_share(fit.expected, fit)}, cross-validated"


def _format_better(proposal: ThresholdProposal, width: int) -> Iterator[str]:
    fit = proposal.fit
    verb = "would change" + (": these" if proposal.events else "")
    yield (
        f"{_format_counts(fit)}: best threshold {fit.threshold:.2f} (now {fit.present:.2f}),"
        f" {format_count(proposal.changed, 'event')} {verb}"
    )
    yield f"  agree now         {_format_share(fit.agreed_now, fit)}"
    yield (
        f"  agree then        {_format_share(fit.agreed, fit)};"
        f" {_format_share(fit.expected, fit)} cross-validated"
    )
    yield (
        f"  most agree at     {fit.best:.2f}, shrunk towards the default"
        f" {DEFAULT_EVENT_THRESHOLD:.2f}"
    )
    yield from (_format_event(event, width) for event in proposal.events)
    if len(proposal.events) < proposal.changed:
        yield f"  and {proposal.changed - len(proposal.events)} smaller ones"


def _format_event(event: ChangedEvent, width: int) -> str:
    size = format_count(event.size, "article")
    start = f"  {event.event_id:{_ID_WIDTH}}{describe_change(event)} ({size}): "
    headline_width = max(width - len(start), _MIN_HEADLINE_WIDTH)
    return start + fit_to_width(event.headline, headline_width).rstrip()


def _format_counts(fit: ThresholdFit) -> str:
    different = fit.judgements - fit.same
    return (
        f"{format_count(fit.judgements, 'judgement')} ({fit.same} the same event, {different} not)"
    )


def _format_share(agreed: int, fit: ThresholdFit) -> str:
    return f"{agreed} of {fit.judgements} ({agreed / fit.judgements:.0%})"
