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
from functools import cached_property
from itertools import accumulate, chain
from math import inf, nan
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from clustering.terms import LEAD, PAIR, TITLE
from clustering.vectors import FIELDS, RARE, WEIGHED_BY, Pile, Vector, dampened, in_fields

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
_PARTS: Final = {
    "cosines": _COSINES,
    "found": _FOUND,
    "rarest": _RAREST,
    "titles": ("titles",),
    "times": ("dated", *_TIME),
    "near": _NEAR,
}
FEATURES: Final = tuple(chain.from_iterable(_PARTS.values()))
"""Names of the features of a pair, in the order of the columns."""
_COLUMNS: Final = {
    part: slice(end - len(names), end)
    for (part, names), end in zip(
        _PARTS.items(), accumulate(map(len, _PARTS.values())), strict=True
    )
}

TELLING: Final = 0.3
"""Terms of a lower idf stand in so many articles that sharing them says nothing."""
_SECONDS_AN_HOUR: Final = 3600.0
_SECONDS_A_DAY: Final = 86400.0
_WITHIN_DAYS: Final = np.array([1.5, 3.0, 7.0])
_FADING: Final = np.array([1.0, 4.0, 3.0])
"""Days in which nearness fades: twice as a feature of its own, then of the likeness if near."""
_RANKS: Final = np.array([[0], [1], [5], [15]])
_BEGIN: Final = np.array([0, 0, 2])
_ENDS: Final = 1 << 14
_LAST: Final = np.uint32(_ENDS - 1)
_HEAD: Final = np.uint8(TITLE | LEAD)
_AMOUNTS: Final = np.array([*WEIGHED_BY, 1, 1, 1, 1])
_SIDES: Final = np.array([[at >> bit & 1 for bit in (0, 2, 1, 3)] for at in range(16)], np.float64)
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


@dataclass(frozen=True)
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
        weights, offsets = self._by_known
        logits = (features * weights.take(known, axis=0)).sum(axis=1) + offsets.take(known)
        answer: NDArray[np.float64] = 1 / (1 + np.exp(-np.maximum(logits, -50)))
        return answer

    @cached_property
    def _by_known(self) -> tuple[Features, Features]:
        """Weights and intercepts, one row for each of `KNOWN`."""
        weights = np.stack([self.weights[kind] for kind in KNOWN])
        return weights, np.array([self.intercepts[kind] for kind in KNOWN])

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
    products, found = shared.totals()
    features = np.empty((len(pile), len(FEATURES)))
    cosines = _ratio(products, (pile.norms * article.norms).astype(np.float64))
    features[:, _COLUMNS["cosines"]] = cosines
    features[:, _COLUMNS["found"]] = _found(article, pile, found)
    features[:, _COLUMNS["rarest"]] = shared.rarest()
    features[:, _COLUMNS["titles"]] = (pile.norms[:, 2:3] > 0) + float(article.norms[2] > 0)
    times = _times(article, pile)
    features[:, _COLUMNS["times"]] = times[:, :-1]
    np.multiply(cosines[:, :6], times[:, -1:], out=features[:, _COLUMNS["near"]])
    return features


def shared_terms(first: Vector, second: Vector, most: int) -> NDArray[np.int64]:
    """Positions in `first` of the single words it shares with `second`, the rarest first."""
    shared = _share(first, Pile.of([second]))
    telling = ((shared.places & PAIR) == 0) & (shared.idf > TELLING)
    at = shared.at[telling]
    rarest: NDArray[np.int64] = at[np.argsort(-first.weights[at], kind="stable")][:most]
    return rarest


@dataclass(frozen=True, slots=True)
class _Shared:
    """The terms an article shares with others: one entry for each term of each other.

    Attributes
    ----------
    at : ndarray of int64
        Positions in the article's terms.
    starts : ndarray of int64, shape (n_others + 1,)
        Where the entries of each other begin, and where the last ends.
    ours, theirs : ndarray of uint8
        Where the term stands in the article, and in the other.
    idf, weights : ndarray of float32
        The products of what it weighs in both: `weights`, and the square of `idf`.
    """

    at: NDArray[np.int64]
    starts: NDArray[np.int64]
    ours: NDArray[np.uint8]
    theirs: NDArray[np.uint8]
    idf: NDArray[np.float32]
    weights: NDArray[np.float32]

    @property
    def places(self) -> NDArray[np.uint8]:
        """Where the term stands in both."""
        return self.ours & self.theirs

    def totals(self) -> tuple[Features, Features]:
        """Sums for each of the others.

        Returns
        -------
        products : ndarray of float64, shape (n_others, 7)
            What the two have in common in each of `FIELDS`.
        found : ndarray of float64, shape (n_others, 4)
            Squared idf of our title, their title, our lead and their lead that stand anywhere in
            the other.
        """
        amount = np.empty((len(self.at), 3))
        amount[:, 0] = self.weights
        amount[:, 1] = self.idf**2
        amount[:, 2] = self.weights * (self.idf > RARE)
        sides = (self.ours & _HEAD) | (self.theirs & _HEAD) << 2
        inside = np.concatenate([in_fields(self.places), _SIDES.take(sides, axis=0)], axis=1)
        sums = _sums(inside * amount.take(_AMOUNTS, axis=1), self.starts)
        return sums[:, : len(FIELDS)], sums[:, len(FIELDS) :]

    def rarest(self) -> Features:
        """Idf of the rarest word shared, and sums over the five rarest and the ten after them.

        Returns
        -------
        ndarray of float64, shape (n_others, 3)
        """
        word = (self.places < PAIR).nonzero()[0]
        starts = word.searchsorted(self.starts)
        first, last = starts[:-1], starts[1:]
        base = np.arange(0, 2 * len(first), 2).repeat(last - first)
        ranked = base - self.idf[word]
        ranked.sort()
        sums = np.zeros(len(word) + 1)
        (base - ranked).cumsum(out=sums[1:])
        ends = sums.take(np.minimum(first + _RANKS, last))
        stretches: Features = ends[1:] - ends.take(_BEGIN, axis=0)
        return stretches.T


def _share(article: Vector, pile: Pile) -> _Shared:
    hits = _may_have(article, pile.numbers).nonzero()[0]
    numbers = pile.numbers[hits]
    at = article.numbers.searchsorted(numbers)
    shared = (article.numbers.take(at, mode="clip") == numbers).nonzero()[0]
    at, hits = at[shared], hits[shared]
    idf = article.idf[at]
    weights = idf * dampened(pile.counts[hits]) * article.weights[at]
    starts = np.concatenate([[0], hits.searchsorted(pile.ends)])
    return _Shared(at, starts, article.places[at], pile.places[hits], idf, weights)


def _may_have(article: Vector, numbers: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Which terms the article has, and a few others: most are told by their last bits alone."""
    ends = np.zeros(_ENDS, dtype=np.bool_)
    ends[article.numbers & _LAST] = True
    return ends.take(numbers & _LAST)


def _found(article: Vector, pile: Pile, found: Features) -> Features:
    """How much of one's title and lead stands anywhere in the other, both ways."""
    lengths = np.empty((len(pile), 2, 2))
    lengths[:, :, 0] = article.norms[2:4]
    lengths[:, :, 1] = pile.norms[:, 2:4]
    shares = _ratio(found.reshape(-1, 2, 2), lengths**2)
    shares.sort(axis=2)
    return shares[:, :, ::-1].reshape(-1, 4)


def _sums(values: Features, starts: NDArray[np.int64]) -> Features:
    """Column sums of stretches of rows, of which any may be empty."""
    sums = np.zeros((len(starts) - 1, values.shape[1]))
    filled = (starts[1:] > starts[:-1]).nonzero()[0]
    sums[filled] = np.add.reduceat(values, starts[filled], axis=0)
    return sums


def _ratio(part: Features, whole: Features) -> Features:
    ratio: Features = np.divide(part, whole, out=np.zeros(part.shape), where=whole > 0)
    return ratio


def _times(article: Vector, pile: Pile) -> Features:
    """Whether the time between is known, columns of `_TIME`, and how near that makes the two."""
    gaps = np.abs(pile.published - (nan if article.published is None else article.published))
    known = ~np.isnan(gaps)
    days = np.where(known, gaps, inf) / _SECONDS_A_DAY
    times = np.empty((len(pile), 8))
    times[:, 0] = known
    times[:, 1] = np.log1p(np.where(known, gaps, 0) / _SECONDS_AN_HOUR)
    times[:, 2:5] = days[:, None] < _WITHIN_DAYS
    times[:, 5:] = np.exp(-days[:, None] / _FADING)
    return times


def _column(weights: dict[str, float]) -> Features:
    unknown = sorted(set(weights) - set(FEATURES))
    if unknown:
        raise ValueError(f"the model names features that are not there: {', '.join(unknown)}")
    return np.array([weights.get(name, 0.0) for name in FEATURES])
