"""A proposal on paper, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from clustering.likeness import JOIN
from clustering.line import Fit
from service.calibration.proposal import ChangedEvent, Proposal
from service.printing import fit as shortened
from service.wording import counted

_NAME_WIDTH = 8


def lines(found: Proposal, width: int = 80) -> Iterator[str]:
    """Lay a proposal out for reading, line by line.

    Parameters
    ----------
    found : Proposal
    width : int
        Columns of the terminal.
    """
    it = found.fit
    if not it.enough:
        yield f"{_count(it)}: too few to draw a line by."
        yield (
            f"It takes {found.least}, of which {found.least_of_each} say that two articles report"
            f" the same event, and {found.least_of_each} that they don't."
        )
        return
    if not it.better:
        yield f"{_count(it)}: the line stays at {it.present:.2f}."
        yield f"  agree with it     {_share(it.agreed_now, it)}"
        yield f"  with any other    {_share(it.expected, it)}, cross-validated"
        return
    verb = "would change" + (": these" if found.events else "")
    yield (
        f"{_count(it)}: best threshold {it.threshold:.2f} (now {it.present:.2f}),"
        f" {counted(found.changed, 'event')} {verb}"
    )
    yield f"  agree now         {_share(it.agreed_now, it)}"
    yield f"  agree then        {_share(it.agreed, it)}; {_share(it.expected, it)} cross-validated"
    yield f"  most agree with   {it.best:.2f}; drawn towards {JOIN:.2f}, the line as it comes"
    yield from (_event(each, width) for each in found.events)
    if len(found.events) < found.changed:
        yield f"  and {found.changed - len(found.events)} smaller ones"


def fate(each: ChangedEvent) -> str:
    """Say in words what would become of an event."""
    whole = f"falls into {each.parts}" if each.parts > 1 else ""
    with_ = f"one with {', '.join(each.joins[:3])}" if each.joins else ""
    more = f" and {len(each.joins) - 3} more" if len(each.joins) > 3 else ""
    return " and becomes ".join(filter(None, [whole, with_])) + more


def _event(each: ChangedEvent, width: int) -> str:
    told = f"  {each.event_id:{_NAME_WIDTH}}{fate(each)} ({counted(each.size, 'article')}): "
    return told + shortened(each.headline, max(width - len(told), 20)).rstrip()


def _count(it: Fit) -> str:
    apart = it.judgements - it.same
    return f"{counted(it.judgements, 'judgement')} ({it.same} the same event, {apart} not)"


def _share(agreed: int, it: Fit) -> str:
    return f"{agreed} of {it.judgements} ({agreed / it.judgements:.0%})"
