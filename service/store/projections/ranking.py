"""The rank of an event: many independent sources, recently.

Every independent source adds one, which halves every `HALF_LIFE_SECONDS`::

    score(now) = sum(2 ** ((seen - now) / HALF_LIFE_SECONDS) for seen in newest_by_source)

Twice the sources weigh as much as six hours of freshness, and an event that grows now outranks one
that grew yesterday. As all scores decay alike, their order stays the same while time passes: the
logarithm of the score at time 0 is stored once, and a list follows an index.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

HALF_LIFE_SECONDS: Final = 6 * 3600.0
"""A report of six hours ago counts half as much as one of now."""


def rank(newest_by_source: Iterable[float], last_seen: float) -> float:
    """Return the rank of an event: higher is more prominent.

    Parameters
    ----------
    newest_by_source : iterable of float
        When the newest text of each independent source was seen (POSIX seconds).
    last_seen : float
        When the newest article of the event was seen. No text counts as newer: articles without a
        date count from their receipt, which makes an old event of dated articles no fresher.

    Returns
    -------
    float
        Logarithm to base 2 of the score at time 0.
    """
    ages = sorted(min(seen, last_seen) / HALF_LIFE_SECONDS for seen in newest_by_source)
    if not ages:
        return 0.0
    return ages[-1] + math.log2(math.fsum(2.0 ** (age - ages[-1]) for age in ages))
