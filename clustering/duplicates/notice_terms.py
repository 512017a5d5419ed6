"""The terms that two articles have from a notice at the beginning or end of both.

A reprint, too, shares all its words in one stretch. Whether it is a notice is told by the headlines
(see `clustering.duplicates.shared_notice`).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.duplicates.alignment import AlignedText, Alignment, align, share_triple
from clustering.duplicates.comparison import count_shared
from clustering.duplicates.contradiction import are_two_cases, find_contradictions
from clustering.duplicates.shared_notice import MIN_ALIKE_SHARE, MIN_TOLD_SHARE, weigh_headlines
from clustering.features.fingerprint import Fingerprint
from clustering.features.word_sequence import MARK_BITS, NAME_MARK
from clustering.similarity.disregarded_terms import DisregardedTerms

MIN_SHARED_SAMPLED: Final = 2
"""Sampled shingles that two texts share at least if they are looked at word by word."""
MIN_TEMPLATE_PART: Final = 0.3
"""Part of the sampled shingles that two texts from one template share at least."""
MIN_NOTICE_WORDS: Final = 8
"""Words of the shortest notice; what is shorter may be a phrase."""
MAX_WORDS_AFTER_NOTICE: Final = 12
"""Words between a notice and the end of a text: a date, a link, the name of the next story."""
MAX_WORDS_WITHIN_NOTICE: Final = 6
"""Words within a notice that differ from article to article."""

_END_WORDS: Final = MAX_WORDS_AFTER_NOTICE + MIN_NOTICE_WORDS


def find_disregarded_terms(first: Fingerprint, second: Fingerprint) -> DisregardedTerms | None:
    """Find the terms that say nothing on whether two articles report one event.

    Parameters
    ----------
    first, second : Fingerprint

    Returns
    -------
    DisregardedTerms or None
        None if all terms count.
    """
    if _headlines_tell_two_cases(first, second):
        return DisregardedTerms(_no_terms(first), _no_terms(second), are_two_cases=True)
    n_shared = count_shared(first.sampled_shingles, second.sampled_shingles)
    if n_shared < MIN_SHARED_SAMPLED:
        return None
    n_sampled = min(len(first.sampled_shingles), len(second.sampled_shingles))
    is_template, has_notice = (
        n_shared >= MIN_TEMPLATE_PART * n_sampled,
        _share_an_end(first, second),
    )
    if not (is_template or has_notice):
        return None
    alignment = align(first, second)
    if is_template and _tell_two_cases(alignment):
        return DisregardedTerms(_no_terms(first), _no_terms(second), are_two_cases=True)
    return _find_notice_terms(first, second, alignment) if has_notice else None


def _share_an_end(first: Fingerprint, second: Fingerprint) -> bool:
    """Whether either text has three words of an end of the other: the least of a notice.

    One outlet may print its notice before one text and after another.
    """
    return _has_end_of(first, second) and _has_end_of(second, first)


def _has_end_of(text: Fingerprint, other: Fingerprint) -> bool:
    ends = (other.words[:_END_WORDS], other.words[-_END_WORDS:])
    return any(share_triple(text.words, end) for end in ends)


def _find_notice_terms(
    first: Fingerprint, second: Fingerprint, alignment: Alignment
) -> DisregardedTerms | None:
    """The terms of a notice at the beginning or end; None if it tells what the headlines do."""
    notice = _find_notice(alignment)
    evidence = weigh_headlines(notice, first.title_words, second.title_words)
    if evidence.alike_share >= MIN_ALIKE_SHARE or evidence.told_in_shared >= MIN_TOLD_SHARE:
        return None
    disregarded = DisregardedTerms(
        _terms_in_notice(first, notice.first), _terms_in_notice(second, notice.second)
    )
    return disregarded if disregarded.first.any() and disregarded.second.any() else None


def _headlines_tell_two_cases(first: Fingerprint, second: Fingerprint) -> bool:
    """Tell whether two headlines that stand alone have rare names, and none in common.

    "Fire destroys warehouse in Tolland" is another fire than that in Brackwell. Of the headlines
    that are alike otherwise, nine of ten such pairs report two events.
    """
    names, other_names = first.headline_names, second.headline_names
    have_rare_names = (names & NAME_MARK).any() and (other_names & NAME_MARK).any()
    return bool(have_rare_names and not np.isin(names >> MARK_BITS, other_names >> MARK_BITS).any())


def _tell_two_cases(alignment: Alignment) -> bool:
    """Tell whether two articles from one template name different cases.

    Numbers alone do not tell: they may differ in two reports of one event.
    """
    contradictions = find_contradictions(alignment)
    return contradictions.with_names and are_two_cases(contradictions)


def _no_terms(text: Fingerprint) -> NDArray[np.bool_]:
    return np.zeros(len(text.term_words), dtype=np.bool_)


def _find_notice(alignment: Alignment) -> Alignment:
    """The same alignment with nothing shared but what is at the beginning or end of both."""
    first, second = map(_end_words, (alignment.first, alignment.second))
    common = np.intersect1d(
        alignment.first.triples[first[2:]], alignment.second.triples[second[2:]]
    )
    return alignment.restrict(common)


def _end_words(text: AlignedText) -> NDArray[np.bool_]:
    """Mask the shared stretches at the beginning and at the end."""
    backwards = text.is_shared[::-1]
    at_beginning = _length_at_beginning(text.is_shared)
    at_end = _length_at_beginning(backwards)
    positions = np.arange(len(text.words))
    mask: NDArray[np.bool_] = (positions < at_beginning) | (positions >= len(positions) - at_end)
    return mask & text.is_shared


def _length_at_beginning(is_shared: NDArray[np.bool_]) -> int:
    """Words up to the end of the shared stretch that a text begins with; 0 if it is too short."""
    positions = is_shared.nonzero()[0]
    if not len(positions) or positions[0] > MAX_WORDS_AFTER_NOTICE:
        return 0
    breaks = (np.diff(positions) > MAX_WORDS_WITHIN_NOTICE + 1).nonzero()[0]
    n_words = int(breaks[0]) + 1 if len(breaks) else len(positions)
    return int(positions[n_words - 1]) + 1 if n_words >= MIN_NOTICE_WORDS else 0


def _terms_in_notice(text: Fingerprint, notice: AlignedText) -> NDArray[np.bool_]:
    """Mask the terms of the notice, wherever else they occur: the name of the company it is of."""
    disregarded: NDArray[np.bool_] = np.isin(text.term_words, notice.words[notice.is_shared])
    return disregarded
