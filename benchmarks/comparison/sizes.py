"""How much is measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from benchmarks.stage_profile import N_FIRST

POSTS_PER_SECOND: Final = 30
N_CLIENTS: Final = 8
_MIN_ARTICLES_PER_ROUND: Final = 50
_MIN_SAMPLED: Final = 100
_MAX_SIGNED_PER_ROUND: Final = 2_000
_MAX_GROUPED: Final = 30_000
"""More would take scikit-learn hours: it compares all pairs."""


@dataclass(frozen=True)
class Sizes:
    """Numbers of articles and rounds.

    Attributes
    ----------
    n_live : int
        Articles in the service before anything is timed.
    n_rounds : int
    seconds : int
        Of each round at a fixed rate.
    """

    n_live: int
    n_rounds: int
    seconds: int

    @property
    def per_round(self) -> int:
        """New articles that a round takes in, by batches or by several clients."""
        return max(_MIN_ARTICLES_PER_ROUND, self.n_live // 20)

    @property
    def signed_per_round(self) -> int:
        return min(self.n_live, _MAX_SIGNED_PER_ROUND)

    @property
    def n_grouped(self) -> int:
        """Articles in the file that programs group."""
        return min(self.n_live, _MAX_GROUPED)

    @property
    def n_single_posts(self) -> int:
        """Posts of a round at the fixed rate."""
        return POSTS_PER_SECOND * self.seconds

    @property
    def n_posted(self) -> int:
        """All articles that the service takes in."""
        return self.n_live + self.n_rounds * (2 * self.per_round + self.n_single_posts)

    @property
    def n_articles(self) -> int:
        """All articles that are needed: the last ones are posted while stages are sampled."""
        return self.n_posted + N_FIRST + 2 * max(_MIN_SAMPLED, self.per_round)
