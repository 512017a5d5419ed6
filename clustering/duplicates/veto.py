"""Vetoes: reasons why two texts that share much are no copies, whatever their score."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from clustering.duplicates.alignment import Alignment, align
from clustering.duplicates.contradiction import are_two_cases, find_contradictions
from clustering.duplicates.shared_notice import is_notice, weigh_headlines
from clustering.features.fingerprint import Fingerprint

Veto = Literal["unlike headlines", "different case"]
FindVeto = Callable[[Fingerprint, Fingerprint], Veto | None]


def find_veto(first: Fingerprint, second: Fingerprint) -> Veto | None:
    """Find what rules out that two texts are copies, whichever of them comes first.

    Parameters
    ----------
    first, second : Fingerprint

    Returns
    -------
    {"unlike headlines", "different case"} or None
        "unlike headlines" if they share no more than a notice or a passage, "different case" if
        they are made from one template, with other names and numbers.
    """
    same_text = has_equal_text(first, second)
    if same_text and not _have_other_headlines(first, second):
        return None
    first, second = sorted((first, second), key=lambda text: text.content_hash)
    alignment = align(first, second)
    if not same_text and _are_two_cases(alignment):
        return "different case"
    evidence = weigh_headlines(alignment, first.title_words, second.title_words)
    is_only_notice = is_notice(evidence, alignment, is_one_outlet(first, second))
    return "unlike headlines" if is_only_notice else None


def _are_two_cases(alignment: Alignment) -> bool:
    """Whether the contradictions of either text say so: their names need not be marked alike."""
    return any(
        are_two_cases(find_contradictions(seen)) for seen in (alignment, alignment.swapped())
    )


def has_equal_text(first: Fingerprint, second: Fingerprint) -> bool:
    """Whether two texts have the same words in the same order."""
    return first.text_hash != 0 and first.text_hash == second.text_hash


def is_one_outlet(first: Fingerprint, second: Fingerprint) -> bool:
    """Whether two texts are of one outlet, as far as it is known."""
    return first.outlet_hash != 0 and first.outlet_hash == second.outlet_hash


def _have_other_headlines(first: Fingerprint, second: Fingerprint) -> bool:
    return first.title_words.tobytes() != second.title_words.tobytes()
