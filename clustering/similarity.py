"""Whether two articles report the same event.

The answer is a probability, by logistic regression over features that an editor would name. Three
small regressions share the work, by what is known of a pair: both texts and dates; texts without
dates; headlines without texts.

References
----------
Allan, J. (ed.) (2002). Topic detection and tracking.
Miranda, S. et al. (2018). Multilingual clustering of streaming news.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from clustering.terms import LEAD, NAME, NUMBER, PAIR, TITLE
from clustering.vectors import FIELDS, RARE, Pile, Vector, dampened

Known = Literal["dated", "undated", "headlines"]
KNOWN: Final[tuple[Known, ...]] = ("dated", "undated", "headlines")

_COSINES: Final = tuple(f"{field}_cosine" for field in FIELDS)
_FOUND: Final = (
    "title_found_more",
    "title_found_less",
    "lead_found_more",
    "lead_found_less",
)
_RAREST: Final = ("rarest_shared", "five_rarest_shared", "next_ten_shared")
_TIME: Final = (
    "log_hours",
    "within_36_hours",
    "within_3_days",
    "within_7_days",
    "near_by_day",
    "near_by_4_days",
)
_NEAR: Final = tuple(f"{cosine}_if_near" for cosine in _COSINES[:6])
FEATURES: Final = (*_COSINES, *_FOUND, *_RAREST, "titles", "dated", *_TIME, *_NEAR)
"""Names of the features of a pair, in the order of the columns."""

TELLING: Final = 0.3
"""Terms of a lower idf stand in so many articles that sharing them says nothing."""
_SECONDS_AN_HOUR: Final = 3600.0
Features = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one feature adds to the logit of "same event".

    Attributes
    ----------
    feature : str
        One of `FEATURES`.
    value, weight : float
    """

    feature: str
    value: float
    weight: float

    @property
    def amount(self) -> float:
        """Value times weight."""
        return self.value * self.weight


@dataclass(frozen=True, slots=True)
class Similarity:
    """The trained judgement: features of pairs to probabilities.

    Attributes
    ----------
    weights : dict of str to ndarray of float64, shape (n_features,)
        For each of `KNOWN`.
    intercepts : dict of str to float
    """

    weights: Mapping[Known, Features]
    intercepts: Mapping[Known, float]

    def probabilities(self, article: Vector, others: Sequence[Vector] | Pile) -> Features:
        """Probability that an article reports the same event as each of the others.

        Parameters
        ----------
        article : Vector
        others : sequence of Vector, or Pile

        Returns
        -------
        ndarray of float64, shape (n_others,)
        """
        if not len(others):
            return np.empty(0)
        pile = others if isinstance(others, Pile) else Pile.of(others)
        return self.judge(compare(article, pile), _what_is_known(article, pile))

    def judge(self, features: Features, known: NDArray[np.int64]) -> NDArray[np.float64]:
        """Probability of "same event" for pairs whose features are computed already.

        Parameters
        ----------
        features : ndarray of float64, shape (n_pairs, n_features)
        known : ndarray of int64, shape (n_pairs,)
            Which regression judges each pair: its place in `KNOWN`.

        Returns
        -------
        ndarray of float64, shape (n_pairs,)
        """
        weights = np.stack([self.weights[kind] for kind in KNOWN])[known]
        offsets = np.array([self.intercepts[kind] for kind in KNOWN])[known]
        logits = np.einsum("ij,ij->i", features, weights) + offsets
        answer: NDArray[np.float64] = 1 / (1 + np.exp(-np.clip(logits, -50, 50)))
        return answer

    def contributions(self, article: Vector, other: Vector) -> list[Contribution]:
        """What each feature that has a weight adds for a pair, the largest amount first.

        Parameters
        ----------
        article, other : Vector

        Returns
        -------
        list of Contribution
            With the intercept of the regression, they add up to the logit of the probability.
        """
        values = compare(article, [other])[0].tolist()
        weights = self.weights[what_is_known(article, other)].tolist()
        found = map(Contribution, FEATURES, values, weights)
        return sorted((it for it in found if it.weight), key=lambda it: -abs(it.amount))

    def to_json(self) -> str:
        """The model as a small readable document."""
        experts = {
            kind: {
                "intercept": round(self.intercepts[kind], 4),
                "weights": {
                    name: round(float(weight), 4)
                    for name, weight in zip(FEATURES, self.weights[kind], strict=True)
                    if weight
                },
            }
            for kind in KNOWN
        }
        return json.dumps(experts, indent=1) + "\n"

    @classmethod
    def from_json(cls, document: str) -> Similarity:
        """Read what `to_json` wrote.

        Raises
        ------
        ValueError
            If it names a feature that is not one of `FEATURES`.
        """
        experts: dict[Known, dict[str, Any]] = json.loads(document)
        weights = {kind: _column(expert["weights"]) for kind, expert in experts.items()}
        return cls(weights, {kind: expert["intercept"] for kind, expert in experts.items()})


def what_is_known(first: Vector, second: Vector) -> Known:
    """Which of the three regressions judges a pair."""
    if not (first.words and second.words):
        return "headlines"
    if first.published is None or second.published is None:
        return "undated"
    return "dated"


def _what_is_known(article: Vector, pile: Pile) -> NDArray[np.int64]:
    """The same for many pairs: positions in `KNOWN`."""
    bodies = (pile.words > 0) & (article.words > 0)
    dates = ~np.isnan(pile.published) & (article.published is not None)
    dated, undated, headlines = map(KNOWN.index, ("dated", "undated", "headlines"))
    return np.where(bodies, np.where(dates, dated, undated), headlines)


def compare(article: Vector, others: Sequence[Vector] | Pile) -> Features:
    """Features of the pairs of one article with each of the others.

    Parameters
    ----------
    article : Vector
    others : sequence of Vector, or Pile

    Returns
    -------
    ndarray of float64, shape (n_others, n_features)
        Columns as in `FEATURES`; the same whichever of the two is the article.
    """
    pile = others if isinstance(others, Pile) else Pile.of(others)
    shared = _share(article, pile)
    cosines = _cosines(article, pile, shared)
    titles = (pile.norms[:, 2] > 0) + float(article.norms[2] > 0)
    found, rarest = _found(article, pile, shared), _rarest(shared)
    times = _times(article, pile, cosines)
    return np.column_stack([cosines, *found, *rarest, titles, *times])


def shared_terms(first: Vector, second: Vector, most: int) -> NDArray[np.int64]:
    """Positions in `first` of the single words it shares with `second`, the rarest first."""
    shared = _share(first, Pile.of([second]))
    telling = ((shared.places & PAIR) == 0) & (shared.idf > TELLING)
    at = shared.at[telling]
    rarest: NDArray[np.int64] = at[np.argsort(-first.weights[at], kind="stable")][:most]
    return rarest


@dataclass(frozen=True, slots=True)
class _Shared:
    """The terms an article shares with others: one entry for each term of each other."""

    n_others: int
    at: NDArray[np.int64]
    owner: NDArray[np.int64]
    places: NDArray[np.uint8]
    either: tuple[NDArray[np.uint8], NDArray[np.uint8]]
    idf: NDArray[np.float32]
    weights: NDArray[np.float32]

    def total(self, values: NDArray[np.float32]) -> Features:
        """Sum of the values for each of the others."""
        return _sums(self.owner, values, self.n_others)


def _share(article: Vector, pile: Pile) -> _Shared:
    hits = np.flatnonzero(_may_have(article, pile.numbers))
    numbers = pile.numbers[hits]
    at = np.searchsorted(article.numbers, numbers)
    at[at == len(article.numbers)] = 0
    shared = article.numbers[at] == numbers if len(article.numbers) else np.zeros(0, np.bool_)
    at, hits = at[shared], hits[shared]
    ours, theirs = article.places[at], pile.places[hits]
    idf = article.idf[at]
    weights = idf * dampened(pile.counts[hits]) * article.weights[at]
    owner = np.repeat(np.arange(len(pile)), pile.sizes)[hits]
    return _Shared(len(pile), at, owner, ours & theirs, (ours, theirs), idf, weights)


def _may_have(article: Vector, numbers: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Which terms the article has, and a few others: most are told by their last bits alone."""
    ends = np.zeros(1 << 16, dtype=np.bool_)
    ends[article.numbers.astype(np.uint16)] = True
    return ends[numbers.astype(np.uint16)]


def _cosines(article: Vector, pile: Pile, shared: _Shared) -> Features:
    squares = shared.idf**2
    single = (shared.places & PAIR) == 0
    products = [
        np.where(single, shared.weights, 0),
        np.where(single, 0, squares),
        np.where(shared.places & TITLE, squares, 0),
        np.where(shared.places & LEAD, squares, 0),
        np.where(shared.places & NAME, shared.weights, 0),
        np.where(shared.places & NUMBER, squares, 0),
        np.where(single & (shared.idf > RARE), shared.weights, 0),
    ]
    dots = np.column_stack([shared.total(product) for product in products])
    lengths = (pile.norms * article.norms).astype(np.float64)
    return _ratio(dots, lengths)


def _found(article: Vector, pile: Pile, shared: _Shared) -> list[Features]:
    """How much of one's title and lead stands anywhere in the other, both ways."""
    columns = []
    squares = shared.idf**2
    norms = pile.norms.astype(np.float64)
    for place, field in ((TITLE, 2), (LEAD, 3)):
        ours, theirs = (shared.total(np.where(side & place, squares, 0)) for side in shared.either)
        there = _ratio(ours, np.full(len(pile), float(article.norms[field]) ** 2))
        back = _ratio(theirs, norms[:, field] ** 2)
        columns += [np.maximum(there, back), np.minimum(there, back)]
    return columns


def _sums(owner: NDArray[np.int64], values: NDArray[np.float32], n_owners: int) -> Features:
    return np.bincount(owner, weights=values, minlength=n_owners).astype(np.float64)


def _ratio(part: Features, whole: Features) -> Features:
    ratio: Features = np.divide(part, whole, out=np.zeros(part.shape), where=whole > 0)
    return ratio


def _rarest(shared: _Shared) -> list[Features]:
    """Idf of the rarest word shared, and sums over the five rarest and the ten after them."""
    words = np.flatnonzero((shared.places & PAIR) == 0)
    order = words[np.lexsort((-shared.idf[words], shared.owner[words]))]
    owner, idf = shared.owner[order], shared.idf[order]
    first = np.searchsorted(owner, np.arange(shared.n_others))
    rank = np.arange(len(owner)) - first[owner]
    spans = (rank < 1, rank < 5, (rank >= 5) & (rank < 15))
    return [_sums(owner[span], idf[span], shared.n_others) for span in spans]


def _times(article: Vector, pile: Pile, cosines: Features) -> list[Features]:
    gaps = np.abs(pile.published - (nan if article.published is None else article.published))
    known = ~np.isnan(gaps)
    hours = np.where(known, gaps, 0) / _SECONDS_AN_HOUR
    days = hours / 24
    near = np.where(known, np.exp(-days / 3), 0)[:, None]
    steps = (np.log1p(hours), days < 1.5, days < 3, days < 7, np.exp(-days), np.exp(-days / 4))
    return [known, *(np.where(known, step, 0) for step in steps), cosines[:, :6] * near]


def _column(weights: dict[str, float]) -> Features:
    unknown = sorted(set(weights) - set(FEATURES))
    if unknown:
        raise ValueError(f"the model names features that are not there: {', '.join(unknown)}")
    return np.array([weights.get(name, 0.0) for name in FEATURES])
