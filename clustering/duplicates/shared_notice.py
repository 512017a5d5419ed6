"""Notices that make unrelated articles look like copies: a footer, a paywall, "About the company".

The headline tells what an article is about. In a copy the shared part is the article, so it has
words of the headline, whatever notices are around it. If the headlines of two texts are unlike, and
neither has to do with what the texts share, they share a notice. That can be told of the first two
articles with a notice, before it is known to be common.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from clustering.duplicates.alignment import AlignedText, Alignment
from clustering.features.word_sequence import Words16

MIN_ALIKE_SHARE: Final = 0.6
"""Share of the shorter headline's words in the other one from which headlines are alike. It is
above a half, since some outlets end all their headlines with their name."""
MIN_ALIKE_STUB_SHARE: Final = 0.8
"""The same where the texts tell nothing, so that only the headlines can differ."""
MIN_TOLD_SHARE: Final = 1 / 3
"""Share of the words of a headline from which a passage tells what the headline does. Of the
copies in labelled data, 19 of 20 share half of them; of articles with a common notice, 19 of 20
share less than a fourth."""
MIN_TOLD_BY_OUTLET: Final = 0.5
"""The same for two texts of one outlet, which prints few articles under two headlines."""
MIN_REPRINTED_PART: Final = 0.7
"""Part of the shorter text that is shared at least if an outlet prints an article again."""
MIN_UNEDITED_PART: Final = 0.9
"""The same if it is not edited."""
MIN_TOLD_BY_EDITED_REPRINT: Final = 0.75
"""As `MIN_TOLD_BY_OUTLET`, for texts that were edited."""
MAX_STUB_WORDS: Final = 150
"""Words that may be nothing but a notice. A longer passage is an article, even if its headline is
a pun."""


class HeadlineEvidence(NamedTuple):
    """Where two texts tell what their headlines say.

    Attributes
    ----------
    alike_share : float
        Share of the shorter headline's words that are in the other one; 1 without a headline.
    alike_is_told : bool
        Whether what the texts share tells a word that both headlines have.
    told_in_shared, told_in_rest : float
        Share of a headline's own words that are in what the texts share, and only in the rest of
        its text; the larger of both texts.
    """

    alike_share: float
    alike_is_told: bool
    told_in_shared: float
    told_in_rest: float


def weigh_headlines(
    alignment: Alignment, first_title: Words16, second_title: Words16
) -> HeadlineEvidence:
    """Look for the words of two headlines in what their texts share, and in the rest.

    Parameters
    ----------
    alignment : Alignment
    first_title, second_title : ndarray of uint16
        `Fingerprint.title_words` of both texts.

    Returns
    -------
    HeadlineEvidence
    """
    alike = np.intersect1d(first_title, second_title, assume_unique=True)
    n_shorter = min(len(first_title), len(second_title))
    if len(alike) == n_shorter:
        return HeadlineEvidence(1.0, True, 0.0, 0.0)
    first = _find_told(alignment.first, np.setdiff1d(first_title, alike))
    second = _find_told(alignment.second, np.setdiff1d(second_title, alike))
    alike_is_told = bool(np.isin(alike, alignment.first.words[alignment.first.is_shared]).any())
    return HeadlineEvidence(len(alike) / n_shorter, alike_is_told, *map(max, first, second))


def is_notice(evidence: HeadlineEvidence, alignment: Alignment, is_one_outlet: bool) -> bool:
    """Tell whether two texts share a notice rather than an article.

    Parameters
    ----------
    evidence : HeadlineEvidence
    alignment : Alignment
    is_one_outlet : bool
        Whether both are of one outlet: it seldom prints an article twice under unlike headlines.

    Returns
    -------
    bool
    """
    if evidence.alike_share >= MIN_ALIKE_SHARE:
        tells_nothing = not evidence.alike_is_told and not evidence.told_in_shared
        is_alike = evidence.alike_share >= MIN_ALIKE_STUB_SHARE
        return tells_nothing and not is_alike and _is_stub(alignment)
    if is_one_outlet and _is_follow_up(evidence, alignment):
        return True
    return evidence.told_in_shared < MIN_TOLD_SHARE and (
        evidence.told_in_rest > evidence.told_in_shared or _is_stub(alignment)
    )


def _is_follow_up(evidence: HeadlineEvidence, alignment: Alignment) -> bool:
    """Tell whether two texts of one outlet under unlike headlines are an article and a later one.

    A follow-up repeats passages of the article before, and what these tell is in its headline too.
    """
    part, told = _shared_part(alignment), evidence.told_in_shared
    return (
        told < MIN_TOLD_BY_OUTLET
        or part < MIN_REPRINTED_PART
        or (told < MIN_TOLD_BY_EDITED_REPRINT and part < MIN_UNEDITED_PART)
    )


def _find_told(text: AlignedText, title: Words16) -> tuple[float, float]:
    """Shares of a headline's words that are in the shared part, and in the rest alone."""
    in_shared = np.isin(title, text.words[text.is_shared])
    in_rest = np.isin(title, text.words[~text.is_shared]) & ~in_shared
    return float(in_shared.mean()), float(in_rest.mean())


def _shared_part(alignment: Alignment) -> float:
    """Share of the shorter text's words that are shared."""
    shorter = min(alignment.first, alignment.second, key=lambda text: len(text.words))
    return float(shorter.is_shared.mean()) if len(shorter.words) else 0.0


def _is_stub(alignment: Alignment) -> bool:
    """Whether the shared part is short enough for a notice that stands where an article should."""
    counts = [np.count_nonzero(text.is_shared) for text in (alignment.first, alignment.second)]
    return bool(min(counts) <= MAX_STUB_WORDS)
