"""Print a pair explanation for a terminal: every number that led to the two verdicts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from clustering.duplicates.comparison import (
    MIN_DISTINCTIVE_SHARE,
    MIN_SHARED_SHINGLES,
    RejectionReason,
)
from clustering.explain.explanation import (
    ArticleDetails,
    DuplicateExplanation,
    EventExplanation,
    GroupFrequencySummary,
    Passage,
)
from service.cli.explain import ArticleRef, PairExplanation
from service.cli.output.tables import fit_to_width
from service.common.dates import from_timestamp
from service.common.formatting import format_count, format_iso

MAX_PASSAGES: Final = 12
"""Shared passages that are printed, so that two long copies still fit on a screen."""
_NAME_WIDTH: Final = 30
"""Columns of the left-hand names; the longest feature name fits."""
_REJECTION_REASONS: Final[dict[RejectionReason, str]] = {
    "too few shared": f"they share fewer than {MIN_SHARED_SHINGLES} shingles",
    "too short": "the shorter text is too short to be a copy unless the two are equal",
    "unlike headlines": "their headlines differ, and what they share does not tell what these say",
    "different case": "one form of words, but with other names and numbers",
}


def format_explanation(pair: PairExplanation, width: int = 80) -> Iterator[str]:
    """Format an explanation as text.

    Parameters
    ----------
    pair : PairExplanation
    width : int
        Columns of the terminal.

    Yields
    ------
    str
        One line, without the line break.
    """
    explanation = pair.explanation
    both_details = explanation.first, explanation.second
    for letter, ref, details in zip("AB", pair.articles, both_details, strict=True):
        yield from _format_article(letter, ref, details, width)
    yield f"DUPLICATE?  {'a duplicate' if explanation.duplicate.verdict else 'not a duplicate'}"
    yield from _format_duplicate(explanation.duplicate)
    yield from _format_passages(explanation.duplicate.passages, width)
    same_event = "the same event" if explanation.event.verdict else "not the same event"
    yield f"SAME EVENT?  {same_event}"
    yield from _format_event(explanation.event)


def _format_article(
    letter: str, ref: ArticleRef, details: ArticleDetails, width: int
) -> Iterator[str]:
    published = details.published
    date = "undated" if published is None else format_iso(from_timestamp(published))
    yield f"{letter}  {ref.name}"
    yield f"   {fit_to_width(details.title or '(no title)', width - 3).rstrip()}"
    yield f"   {details.language}, {date}, {format_count(details.n_words, 'word')}"
    yield (
        f"   {format_count(details.n_shingles, 'shingle')},"
        f" {format_count(details.n_numbers, 'number')};"
        f" sampled: {details.n_sampled_shingles} (hash = 0 mod {details.modulus})"
    )
    if ref.event_id:
        yield f"   stored in duplicate group {ref.duplicate_group_id}, event {ref.event_id}"
    yield ""


def _format_duplicate(explanation: DuplicateExplanation) -> Iterator[str]:
    rows = {
        "shared bands": f"{explanation.n_shared_bands} of {explanation.n_bands}",
        "shared sampled shingles": (
            f"{explanation.n_shared_sampled} (hash = 0 mod {explanation.modulus})"
        ),
        "shared shingles": f"{explanation.n_shared_shingles:,}",
        "Jaccard": f"{explanation.jaccard:.3f} ({explanation.jaccard_estimate:.3f} by MinHash)",
        "containment": f"{explanation.containment:.3f} of the shorter text",
        "group frequency, shared part": _format_frequency(explanation.shared_group_frequency),
        "group frequency, rest": _format_frequency(explanation.rest_group_frequency),
        "mean weight, shared part": f"{explanation.mean_shared_weight:.3f}",
        "mean weight, rest": f"{explanation.mean_rest_weight:.3f}",
        "score": f"{explanation.score:.3f}; duplicates score {explanation.threshold} or more",
        "reason": _verdict_reason(explanation),
    }
    yield from (_format_row(name, value) for name, value in rows.items())
    yield ""


def _verdict_reason(explanation: DuplicateExplanation) -> str:
    if explanation.same_text:
        return "the texts are equal, word for word"
    if explanation.same_address:
        return "the articles have the same address"
    if explanation.rejection_reason:
        return _REJECTION_REASONS[explanation.rejection_reason]
    if explanation.is_boilerplate:
        return (
            f"less than {MIN_DISTINCTIVE_SHARE:.0%} of the weight is left, so unweighted"
            " containment decides"
        )
    return "the score is containment, weighted by the rarity of each passage"


def _format_frequency(frequencies: GroupFrequencySummary | None) -> str:
    if frequencies is None:
        return "no shingle sampled"
    return (
        f"{frequencies.min} to {frequencies.max}, median {frequencies.median:g}"
        f" ({format_count(frequencies.n_sampled_shingles, 'shingle')})"
    )


def _format_passages(passages: tuple[Passage, ...], width: int) -> Iterator[str]:
    if not passages:
        return
    yield "  Shared passages   words   in A       in B       groups"
    for passage in passages[:MAX_PASSAGES]:
        frequency = passage.group_frequency
        groups = "-" if frequency is None else _format_range(*frequency)
        in_first, in_second = (
            _format_word_range(start, passage.n_words)
            for start in (passage.first_start, passage.second_start)
        )
        yield f"                   {passage.n_words:6,}   {in_first:9}  {in_second:9}  {groups}"
        yield f"    {fit_to_width(passage.text, width - 4).rstrip()}"
    if len(passages) > MAX_PASSAGES:
        yield f"    and {len(passages) - MAX_PASSAGES} shorter ones"
    yield ""


def _format_word_range(start: int, n_words: int) -> str:
    return f"{start}-{start + n_words - 1}"


def _format_range(lowest: int, highest: int) -> str:
    return str(highest) if lowest == highest else f"{lowest}-{highest}"


def _format_event(explanation: EventExplanation) -> Iterator[str]:
    hours = explanation.hours_apart
    if not explanation.same_language:
        yield _format_row("languages", "two; compared by names and figures")
    yield _format_row("kind of pair", explanation.pair_kind)
    yield _format_row("hours apart", "unknown" if hours is None else f"{hours:,.1f}")
    yield _format_row(
        "probability",
        f"{explanation.probability:.3f}; events join at a mean of {explanation.threshold}",
    )
    if explanation.are_two_cases:
        yield _format_row("reason", "one form of words, but with other names")
    elif explanation.n_disregarded_terms:
        n_terms = format_count(explanation.n_disregarded_terms, "term")
        yield _format_row("left out", f"{n_terms} of a notice in both")
    yield ""
    yield f"  {'Feature':{_NAME_WIDTH}}{'value':>9}{'weight':>10}{'adds':>10}"
    for feature in explanation.contributions:
        numbers = f"{feature.value:9.3f}{feature.weight:10.3f}{feature.contribution:+z10.3f}"
        yield f"  {feature.feature:{_NAME_WIDTH}}{numbers}"
    yield f"  {'intercept':{_NAME_WIDTH}}{'':19}{explanation.intercept:+10.3f}"
    if explanation.base_rate_shift:
        yield f"  {'base rate':{_NAME_WIDTH}}{'':19}{explanation.base_rate_shift:+10.3f}"
    yield f"  {'sum':{_NAME_WIDTH}}{'':19}{explanation.logit:+10.3f}"
    if explanation.shared_terms:
        yield ""
        yield f"  {'Shared terms':{_NAME_WIDTH}}{'idf':>9}"
    for shared in explanation.shared_terms:
        yield f"  {fit_to_width(shared.term, _NAME_WIDTH)}{shared.idf:9.3f}"


def _format_row(name: str, value: str) -> str:
    return f"  {name:{_NAME_WIDTH}}{value}"
