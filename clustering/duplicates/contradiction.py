"""Reports made from one template: alike word for word, but about another case.

Two convicts, two earthquakes or two share prices fill one form of words. Where the form has its
blanks, each report has names and numbers that the other one never mentions. A copy that was edited
or corrected differs from its original in few of them.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from clustering.duplicates.alignment import AlignedText, Alignment
from clustering.features.word_sequence import NAME_MARK, NUMBER_MARK

MIN_CONTRADICTING_SHARE: Final = 0.4
"""Contradicting names and numbers, of all that are shared or contradict, from which two texts are
about two cases. Copies with 4% wrong characters reach 0.39; of pairs from one template 95% exceed
it."""
MIN_PLACES: Final = 2
"""Places in which these must lie: a correction changes one."""
MIN_WORDS_IN_ONE_PLACE: Final = 3
"""Names and numbers that contradict in one place alone: more than a corrected figure or name."""


MAX_BRIEF_WORDS: Final = 100
"""Words of a text so short that its numbers alone tell which case it is about."""


class Contradictions(NamedTuple):
    """How far the names and numbers of two texts contradict each other.

    Attributes
    ----------
    n_places : int
        Replacements in which both texts have a name or number that the other never mentions.
    n_words : int
        Different such words, counted in the text that has fewer of them.
    n_shared : int
        Different names and numbers in what both texts share.
    with_names : bool
        Whether names are among the contradicting words of both.
    differs_in_numbers : bool
        Whether both texts are short, and most numbers of one contradict the other in two places or
        more.
    """

    n_places: int
    n_words: int
    n_shared: int
    with_names: bool
    differs_in_numbers: bool = False


def find_contradictions(alignment: Alignment) -> Contradictions:
    """Count the names and numbers that stand in each other's place.

    Parameters
    ----------
    alignment : Alignment

    Returns
    -------
    Contradictions
    """
    first, second = alignment.first, alignment.second
    replacements = alignment.replacements()
    if not replacements:
        return Contradictions(0, 0, 0, with_names=False)
    known_to_first, known_to_second = {*first.words.tolist()}, {*second.words.tolist()}
    n_places = n_words = n_number_places = 0
    with_names = False
    for start, end, other_start, other_end in replacements:
        own = _marked_words(first, start, end) - known_to_second
        others = _marked_words(second, other_start, other_end) - known_to_first
        if own and others:
            n_places, n_words = n_places + 1, n_words + min(len(own), len(others))
            with_names |= _has_name(first, start, end) and _has_name(second, other_start, other_end)
            n_number_places += _has_number(first, start, end)
            known_to_first |= others  # the same words in another place are no further contradiction
            known_to_second |= own
    n_shared = len(np.unique(first.words[first.is_shared & (first.marks > 0)]))
    n_shared_numbers = len(np.unique(first.words[first.is_shared & (first.marks == NUMBER_MARK)]))
    is_brief = max(len(first.words), len(second.words)) <= MAX_BRIEF_WORDS
    differs = is_brief and n_number_places >= max(MIN_PLACES, n_shared_numbers + 1)
    return Contradictions(n_places, n_words, n_shared, with_names, differs)


def are_two_cases(contradictions: Contradictions) -> bool:
    """Tell whether two texts from one template are about two cases.

    Parameters
    ----------
    contradictions : Contradictions

    Returns
    -------
    bool
    """
    n_places, n_words, n_shared, with_names, differs_in_numbers = contradictions
    if differs_in_numbers:
        return True
    if not n_words or n_words < MIN_CONTRADICTING_SHARE * (n_words + n_shared):
        return False
    is_only_name = with_names and n_words >= n_shared
    return n_places >= MIN_PLACES or n_words >= MIN_WORDS_IN_ONE_PLACE or is_only_name


def _marked_words(text: AlignedText, start: int, end: int) -> set[int]:
    return {*text.words[start:end][text.marks[start:end] > 0].tolist()}


def _has_number(text: AlignedText, start: int, end: int) -> bool:
    return bool((text.marks[start:end] & NUMBER_MARK).any())


def _has_name(text: AlignedText, start: int, end: int) -> bool:
    return bool((text.marks[start:end] & NAME_MARK).any())
