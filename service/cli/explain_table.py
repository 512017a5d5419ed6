"""An explanation on paper: the numbers on the way to a verdict, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from clustering.duplicates.comparison import (
    MIN_DISTINCTIVE_SHARE,
    MIN_SHARED_SHINGLES,
    RejectionReason,
)
from clustering.explain.report import (
    ArticleDetails,
    DuplicateExplanation,
    EventExplanation,
    GroupFrequencySummary,
    Passage,
)
from service.cli.explain import ArticleRef, PairExplanation
from service.cli.tables import fit_to_width
from service.common.dates import from_timestamp
from service.common.formatting import format_count, format_iso

MAX_PASSAGES: Final = 12
_NAME_WIDTH: Final = 28
_REJECTION_REASONS: Final[dict[RejectionReason, str]] = {
    "too few shared": f"they share fewer than {MIN_SHARED_SHINGLES} shingles",
    "too short": "the shorter one is so short that only its equal is a copy",
    "other figures": "both are brief, and most of their figures differ",
}


def format_explanation(pair: PairExplanation, width: int = 80) -> Iterator[str]:
    """Lay an explanation out for reading, line by line.

    Parameters
    ----------
    pair : Compared
    width : int
        Columns of the terminal.
    """
    found = pair.explanation
    sides = found.first, found.second
    for letter, named, side in zip("AB", pair.articles, sides, strict=True):
        yield from _format_side(letter, named, side, width)
    yield f"REPRINT?  {'a reprint' if found.reprint.verdict else 'not a reprint'}"
    yield from _format_duplicate(found.reprint)
    yield from _format_passages(found.reprint.passages, width)
    yield f"SAME EVENT?  {'the same event' if found.event.verdict else 'not the same event'}"
    yield from _format_event(found.event)


def _format_side(letter: str, ref: ArticleRef, side: ArticleDetails, width: int) -> Iterator[str]:
    yield f"{letter}  {ref.name}"
    title = side.title or "(without a title)"
    date = format_iso(from_timestamp(side.published)) if side.published is not None else "undated"
    yield f"   {fit_to_width(title, width - 3).rstrip()}"
    yield f"   {side.language}, {date}, {format_count(side.words, 'word')}"
    yield (
        f"   {format_count(side.shingles, 'shingle')}, {format_count(side.figures, 'figure')};"
        f" keys: {side.keys} (hashes that are 0 mod {side.modulus})"
    )
    if ref.event_id:
        yield f"   stored in duplicate group {ref.duplicate_group_id}, event {ref.event_id}"
    yield ""


def _format_duplicate(explanation: DuplicateExplanation) -> Iterator[str]:
    yield _format_row("bands shared", f"{explanation.shared_bands} of {explanation.bands}")
    yield _format_row("keys shared", f"{explanation.shared_keys} (0 mod {explanation.modulus})")
    yield _format_row("shingles shared", f"{explanation.shared_shingles:,}")
    yield _format_row(
        "Jaccard", f"{explanation.jaccard:.3f} ({explanation.jaccard_estimate:.3f} by MinHash)"
    )
    yield _format_row("containment", f"{explanation.containment:.3f} of the shorter text")
    yield _format_row("stories, shared part", _format_group_frequency(explanation.shared_stories))
    yield _format_row("stories, rest", _format_group_frequency(explanation.rest_stories))
    yield _format_row("mean weight, shared part", f"{explanation.shared_weight:.3f}")
    yield _format_row("mean weight, rest", f"{explanation.rest_weight:.3f}")
    yield _format_row(
        "score", f"{explanation.score:.3f}; a reprint from {explanation.threshold} on"
    )
    yield _format_row("because", _verdict_reason(explanation))
    yield ""


def _verdict_reason(explanation: DuplicateExplanation) -> str:
    if explanation.equal:
        return "they are equal, word for word"
    if explanation.same_address:
        return "they stand at one address"
    if explanation.refused:
        return _REJECTION_REASONS[explanation.refused]
    if explanation.plain:
        return (
            f"under {MIN_DISTINCTIVE_SHARE:.0%} of the weight is left, so plain containment decides"
        )
    return "the score is containment, weighted by how few stories carry a passage"


def _format_group_frequency(frequencies: GroupFrequencySummary | None) -> str:
    if frequencies is None:
        return "nothing of it was sampled"
    return f"{frequencies.fewest} to {frequencies.most}, median {frequencies.median:g} ({format_count(frequencies.keys, 'key')})"


def _format_passages(passages: tuple[Passage, ...], width: int) -> Iterator[str]:
    if not passages:
        return
    yield "  Shared passages   words   in A       in B       stories"
    for passage in passages[:MAX_PASSAGES]:
        carried = "-" if passage.stories is None else _format_range(*passage.stories)
        ours, theirs = (
            _format_word_range(at, passage.words) for at in (passage.first, passage.second)
        )
        yield f"                   {passage.words:6,}   {ours:9}  {theirs:9}  {carried}"
        yield f"    {fit_to_width(passage.text, width - 4).rstrip()}"
    if len(passages) > MAX_PASSAGES:
        yield f"    and {len(passages) - MAX_PASSAGES} shorter ones"
    yield ""


def _format_word_range(start: int, words: int) -> str:
    return f"{start}-{start + words - 1}"


def _format_range(fewest: int, most: int) -> str:
    return str(most) if fewest == most else f"{fewest}-{most}"


def _format_event(explanation: EventExplanation) -> Iterator[str]:
    between = "unknown" if explanation.hours is None else f"{explanation.hours:,.1f}"
    if not explanation.same_language:
        yield _format_row("languages", "two; such articles are never compared")
    yield _format_row("regression", explanation.regression)
    yield _format_row("hours between", between)
    yield _format_row(
        "probability",
        f"{explanation.probability:.3f}; events join at a mean of {explanation.threshold}",
    )
    yield ""
    yield f"  {'Feature':{_NAME_WIDTH}}{'value':>9}{'weight':>10}{'adds':>10}"
    for it in explanation.reasons:
        numbers = f"{it.value:9.3f}{it.weight:10.3f}{it.contribution:+z10.3f}"
        yield f"  {it.feature:{_NAME_WIDTH}}{numbers}"
    yield f"  {'intercept':{_NAME_WIDTH}}{'':19}{explanation.intercept:+10.3f}"
    yield f"  {'sum':{_NAME_WIDTH}}{'':19}{explanation.logit:+10.3f}"
    if explanation.terms:
        yield ""
        yield f"  {'Shared terms':{_NAME_WIDTH}}{'idf':>9}"
    for term in explanation.terms:
        yield f"  {fit_to_width(term.term, _NAME_WIDTH)}{term.idf:9.3f}"


def _format_row(name: str, value: str) -> str:
    return f"  {name:{_NAME_WIDTH}}{value}"
