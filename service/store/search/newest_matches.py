"""What a search for the latest articles found, and how far it looked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NewestMatches:
    """The articles that match and arrived last.

    Attributes
    ----------
    keys : sequence of int
        The last one first.
    searched_to : int or None
        The key down to which all that match are among them; None if there are no others.
    """

    keys: Sequence[int]
    searched_to: int | None
