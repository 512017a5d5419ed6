"""Who stands for a group: its canonical article, and the text that others are compared with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from clustering.state.canonical import LONGEST, CanonicalCandidate, CanonicalRule, precedence


class Representatives(NamedTuple):
    """The two that stand for a group.

    Attributes
    ----------
    canonical : int
        The key of the article that readers are sent to. It need not be live any more.
    longest : int
        The slot of the fullest text: cut-down copies are parts of it, and of each other perhaps
        not.
    """

    canonical: int
    longest: int


def choose_representatives(
    slots: Iterable[int],
    candidate_of: Callable[[int], CanonicalCandidate],
    rule: CanonicalRule,
    chosen_canonical: Mapping[int, int] = MappingProxyType({}),
) -> Representatives:
    """Elect those who stand for the articles in some slots.

    Parameters
    ----------
    slots : iterable of int
        At least one.
    candidate_of : callable
        Gives what the article in a slot has to say for itself.
    rule : CanonicalRule
    chosen_canonical : mapping of int to int
        Articles that people chose, with the order in which they did; the last goes first of all.

    Returns
    -------
    Representatives
    """
    candidates = {slot: candidate_of(slot) for slot in slots}
    picked = [each for each in candidates.values() if each.article in chosen_canonical]
    first = min(candidates.values(), key=lambda each: precedence(each, rule))
    if picked:
        first = max(picked, key=lambda each: chosen_canonical[each.article])
    anchor = min(candidates, key=lambda slot: precedence(candidates[slot], LONGEST))
    return Representatives(first.article, anchor)
