"""An explanation on paper: the numbers on the way to a verdict, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from clustering.explaining import EventReasons, Passage, ReprintReasons, Side, Stories
from clustering.verification import FEWEST_SHARED, LITTLE_LEFT, Refusal
from service.dates import moment
from service.explaining import Compared, Named
from service.printing import fit
from service.wording import counted, iso

PASSAGES: Final = 12
_NAME_WIDTH: Final = 28
_REFUSALS: Final[dict[Refusal, str]] = {
    "too few shared": f"they share fewer than {FEWEST_SHARED} shingles",
    "too short": "the shorter one is so short that only its equal is a copy",
    "other figures": "both are brief, and most of their figures differ",
}


def lines(compared: Compared, width: int = 80) -> Iterator[str]:
    """Lay an explanation out for reading, line by line.

    Parameters
    ----------
    compared : Compared
    width : int
        Columns of the terminal.
    """
    found = compared.explanation
    sides = found.first, found.second
    for letter, named, side in zip("AB", compared.articles, sides, strict=True):
        yield from _side(letter, named, side, width)
    yield f"REPRINT?  {'a reprint' if found.reprint.verdict else 'not a reprint'}"
    yield from _reprint(found.reprint)
    yield from _passages(found.reprint.passages, width)
    yield f"SAME EVENT?  {'the same event' if found.event.verdict else 'not the same event'}"
    yield from _event(found.event)


def _side(letter: str, named: Named, side: Side, width: int) -> Iterator[str]:
    yield f"{letter}  {named.name}"
    title = side.title or "(without a title)"
    date = iso(moment(side.published)) if side.published is not None else "undated"
    yield f"   {fit(title, width - 3).rstrip()}"
    yield f"   {side.language}, {date}, {counted(side.words, 'word')}"
    yield (
        f"   {counted(side.shingles, 'shingle')}, {counted(side.figures, 'figure')};"
        f" keys: {side.keys} (hashes that are 0 mod {side.modulus})"
    )
    if named.event_id:
        yield f"   stored in duplicate group {named.duplicate_group_id}, event {named.event_id}"
    yield ""


def _reprint(found: ReprintReasons) -> Iterator[str]:
    yield _row("bands shared", f"{found.shared_bands} of {found.bands}")
    yield _row("keys shared", f"{found.shared_keys} (0 mod {found.modulus})")
    yield _row("shingles shared", f"{found.shared_shingles:,}")
    yield _row("Jaccard", f"{found.jaccard:.3f} ({found.jaccard_estimate:.3f} by MinHash)")
    yield _row("containment", f"{found.containment:.3f} of the shorter text")
    yield _row("stories, shared part", _stories(found.shared_stories))
    yield _row("stories, rest", _stories(found.rest_stories))
    yield _row("mean weight, shared part", f"{found.shared_weight:.3f}")
    yield _row("mean weight, rest", f"{found.rest_weight:.3f}")
    yield _row("score", f"{found.score:.3f}; a reprint from {found.threshold} on")
    yield _row("because", _because(found))
    yield ""


def _because(found: ReprintReasons) -> str:
    if found.equal:
        return "they are equal, word for word"
    if found.same_address:
        return "they stand at one address"
    if found.refused:
        return _REFUSALS[found.refused]
    if found.plain:
        return f"under {LITTLE_LEFT:.0%} of the weight is left, so plain containment decides"
    return "the score is containment, weighted by how few stories carry a passage"


def _stories(found: Stories | None) -> str:
    if found is None:
        return "nothing of it was sampled"
    return f"{found.fewest} to {found.most}, median {found.median:g} ({counted(found.keys, 'key')})"


def _passages(found: tuple[Passage, ...], width: int) -> Iterator[str]:
    if not found:
        return
    yield "  Shared passages   words   in A       in B       stories"
    for passage in found[:PASSAGES]:
        carried = "-" if passage.stories is None else _span(*passage.stories)
        ours, theirs = (_range(at, passage.words) for at in (passage.first, passage.second))
        yield f"                   {passage.words:6,}   {ours:9}  {theirs:9}  {carried}"
        yield f"    {fit(passage.text, width - 4).rstrip()}"
    if len(found) > PASSAGES:
        yield f"    and {len(found) - PASSAGES} shorter ones"
    yield ""


def _range(start: int, words: int) -> str:
    return f"{start}-{start + words - 1}"


def _span(fewest: int, most: int) -> str:
    return str(most) if fewest == most else f"{fewest}-{most}"


def _event(found: EventReasons) -> Iterator[str]:
    between = "unknown" if found.hours is None else f"{found.hours:,.1f}"
    if not found.same_language:
        yield _row("languages", "two; such articles are never compared")
    yield _row("regression", found.regression)
    yield _row("hours between", between)
    yield _row(
        "probability", f"{found.probability:.3f}; events join at a mean of {found.threshold}"
    )
    yield ""
    yield f"  {'Feature':{_NAME_WIDTH}}{'value':>9}{'weight':>10}{'adds':>10}"
    for it in found.reasons:
        numbers = f"{it.value:9.3f}{it.weight:10.3f}{it.contribution:+z10.3f}"
        yield f"  {it.feature:{_NAME_WIDTH}}{numbers}"
    yield f"  {'intercept':{_NAME_WIDTH}}{'':19}{found.intercept:+10.3f}"
    yield f"  {'sum':{_NAME_WIDTH}}{'':19}{found.logit:+10.3f}"
    if found.terms:
        yield ""
        yield f"  {'Shared terms':{_NAME_WIDTH}}{'idf':>9}"
    for term in found.terms:
        yield f"  {fit(term.term, _NAME_WIDTH)}{term.idf:9.3f}"


def _row(name: str, value: str) -> str:
    return f"  {name:{_NAME_WIDTH}}{value}"
