"""The canonical article of a group: the one that stands for it, by a stated rule."""

from __future__ import annotations

import math
from collections.abc import Iterable

from clustering.roster import Draft


def choose(draft: Draft, slots: Iterable[int]) -> int:
    """Choose the article that stands for a group: the earliest published.

    Where dates are missing or equal, the one that was received first.

    Parameters
    ----------
    draft : Draft
    slots : iterable of int
        The members; at least one.

    Returns
    -------
    int
        A slot.
    """

    def seniority(slot: int) -> tuple[float, int]:
        published = draft.published(slot)
        return (math.inf if published is None else published, draft.article(slot))

    return min(slots, key=seniority)
