"""Two articles side by side: every number on the way to the verdict, and the words that decided.

Nothing is judged here. The numbers are those of `clustering.verification` and
`clustering.similarity`, laid open.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clustering.analysis import analyse
from clustering.assign import default_similarity
from clustering.fingerprints import BANDS, Fingerprint, Keys, jaccard
from clustering.likeness import JOIN
from clustering.model import Article, Features
from clustering.rarity import Rarity
from clustering.roster import language_code
from clustering.similarity import Contribution, Known, shared_terms, what_is_known
from clustering.terms import Terms
from clustering.text import SHINGLE_WORDS, clean, fold, shingles, words
from clustering.vectors import Vector, vectorise
from clustering.verification import (
    Comparison,
    Parts,
    Refusal,
    by_length,
    compare,
    divide,
    refusal,
    weigh,
)

SHARED_TERMS: Final = 12
PLACES_TRIED: Final = 8
"""Of a shingle that stands in a text many times, so many places are tried for a passage."""

StoriesOf = Callable[[Keys], NDArray[np.int64]]
"""From sampled shingles to how many stories carry each, both articles counted."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two articles, as it is read.

    Attributes
    ----------
    title, language : str
    published : float or None
        POSIX seconds.
    words, shingles, figures : int
        Words of the text; different shingles and figures in it.
    modulus, keys : int
        Shingles whose hash is 0 modulo `modulus` are kept as keys, so many.
    """

    title: str
    language: str
    published: float | None
    words: int
    shingles: int
    figures: int
    modulus: int
    keys: int


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of words that stands in both texts.

    Attributes
    ----------
    text : str
    words : int
    first, second : int
        Number of its first word in either text, from 1.
    stories : tuple of (int, int) or None
        Of its sampled shingles, how many stories carry the rarest and the commonest; None if none
        was sampled.
    """

    text: str
    words: int
    first: int
    second: int
    stories: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Stories:
    """How many stories carry the sampled shingles of a part of a text."""

    keys: int
    fewest: int
    median: float
    most: int


@dataclass(frozen=True, slots=True)
class ReprintReasons:
    """Whether one text is a reprint of the other, and why.

    Attributes
    ----------
    verdict : bool
    equal, same_address : bool
        The same words in the same order; another text at the same address. Nothing else is asked
        then.
    refused : {"too few shared", "too short", "other figures"} or None
        What decided before any weighing.
    shared_shingles : int
    modulus, shared_keys : int
        The coarser of the two moduli, and the keys shared at it.
    bands, shared_bands : int
    jaccard_estimate, jaccard, containment : float
        By MinHash; exact; in the shorter text.
    shared_stories, rest_stories : Stories or None
        Of the shorter text: what the longer one has too, and the rest; None if nothing of it was
        sampled.
    shared_weight, rest_weight : float
        Mean weights of the two parts.
    plain : bool
        Whether so little weight was left that plain containment decided.
    score, threshold : float
        Two texts of one outlet need more.
    passages : tuple of Passage
        The longest first.
    """

    verdict: bool
    equal: bool
    same_address: bool
    refused: Refusal | None
    shared_shingles: int
    modulus: int
    shared_keys: int
    bands: int
    shared_bands: int
    jaccard_estimate: float
    jaccard: float
    containment: float
    shared_stories: Stories | None
    rest_stories: Stories | None
    shared_weight: float
    rest_weight: float
    plain: bool
    score: float
    threshold: float
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """One feature of a pair: its value times its weight is what it contributes."""

    feature: str
    value: float
    weight: float
    contribution: float


@dataclass(frozen=True, slots=True)
class SharedTerm:
    """A word of both articles, and how rare it is: from 0 (everywhere) to 1 (here alone)."""

    term: str
    idf: float


@dataclass(frozen=True, slots=True)
class EventReasons:
    """Whether two articles report the same event, and why.

    Attributes
    ----------
    verdict : bool
    same_language : bool
        Articles in two languages are never compared.
    regression : {"dated", "undated", "headlines"}
        Which of the three judged.
    hours : float or None
        Between the two; None if a date is missing.
    intercept : float
    reasons : tuple of Reason
        The largest contribution first; with the intercept they add up to `logit`.
    logit, probability, threshold : float
    terms : tuple of SharedTerm
        The most telling first.
    """

    verdict: bool
    same_language: bool
    regression: Known
    hours: float | None
    intercept: float
    reasons: tuple[Reason, ...]
    logit: float
    probability: float
    threshold: float
    terms: tuple[SharedTerm, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Two articles, both questions, all numbers."""

    first: Side
    second: Side
    reprint: ReprintReasons
    event: EventReasons


def explain(
    first: Article,
    second: Article,
    stories_of: StoriesOf | None = None,
    rarity: Rarity | None = None,
    join: float = JOIN,
) -> Explanation:
    """Lay open how two articles are judged.

    Parameters
    ----------
    first, second : Article
    stories_of : callable, optional
        As `Index.stories` counts them. Without it the two are the only articles in the world.
    rarity : Rarity, optional
        The term weights in force; without it those of an empty store.
    join : float
        The line.

    Returns
    -------
    Explanation
    """
    one, other = _read(first), _read(second)
    reprint = _reprint(one, other, stories_of or _alone(one.print_, other.print_))
    event = explain_event(one.features, other.features, rarity or Rarity(), join)
    return Explanation(one.side, other.side, reprint, event)


class _Read(NamedTuple):
    """An article with all that is made of it."""

    side: Side
    body: str
    print_: Fingerprint
    features: Features


def _read(article: Article) -> _Read:
    features = analyse(article)
    print_ = Fingerprint.from_bytes(features.fingerprint)
    side = Side(
        clean(article.title),
        features.language,
        article.published,
        features.words,
        len(print_.shingles),
        len(print_.numbers),
        print_.modulus,
        len(print_.keys),
    )
    body = clean(article.text) or side.title
    return _Read(side, body, print_, features)


def _alone(first: Fingerprint, second: Fingerprint) -> StoriesOf:
    """Stories in a world of two articles."""

    def stories_of(keys: Keys) -> NDArray[np.int64]:
        return np.isin(keys, first.shingles).astype(np.int64) + np.isin(keys, second.shingles)

    return stories_of


def _reprint(one: _Read, other: _Read, stories_of: StoriesOf) -> ReprintReasons:
    def weight_of(print_: Fingerprint) -> NDArray[np.float64]:
        return weigh(stories_of(print_.keys))

    shorter, longer = by_length(one.print_, other.print_)
    shared = len(np.intersect1d(shorter.shingles, longer.shingles, assume_unique=True))
    parts = divide(shorter, longer, shared, weight_of)
    stories = dict(zip(parts.keys.tolist(), stories_of(parts.keys).tolist(), strict=True))
    compared = compare(one.print_, other.print_, weight_of)
    refused = None if compared.certain else refusal(shorter, longer, shared)
    passages = _passages(one.body, other.body, stories)
    return _reasons(one.print_, other.print_, compared, refused, parts, stories, passages)


def _reasons(
    first: Fingerprint,
    second: Fingerprint,
    compared: Comparison,
    refused: Refusal | None,
    parts: Parts,
    stories: Mapping[int, int],
    passages: list[Passage],
) -> ReprintReasons:
    return ReprintReasons(
        verdict=compared.linked,
        equal=compared.equal,
        same_address=compared.same_address,
        refused=refused,
        shared_shingles=parts.shared,
        modulus=max(first.modulus, second.modulus),
        shared_keys=int(np.count_nonzero(parts.common)),
        bands=BANDS,
        shared_bands=int(np.sum(first.bands == second.bands)),
        jaccard_estimate=jaccard(first.signature, second.signature),
        jaccard=compared.jaccard,
        containment=compared.containment,
        shared_stories=_summary(parts.keys[parts.common], stories),
        rest_stories=_summary(parts.keys[~parts.common], stories),
        shared_weight=parts.carried_weight,
        rest_weight=parts.rest_weight,
        plain=parts.plain,
        score=compared.score,
        threshold=compared.needed,
        passages=tuple(passages),
    )


def _summary(keys: Keys, stories: Mapping[int, int]) -> Stories | None:
    counts = [stories[key] for key in keys.tolist()]
    if not counts:
        return None
    return Stories(len(counts), min(counts), float(median(counts)), max(counts))


def _passages(first: str, second: str, stories: Mapping[int, int]) -> list[Passage]:
    """Runs of words that both have, in any order, the longest first."""
    folded = fold(first)
    shown = first if len(first) == len(folded) else folded  # case folding may lengthen a text
    found = words(folded)
    ours = shingles(found.hashes).tolist()
    theirs = shingles(words(fold(second)).hashes).tolist()
    span = min(SHINGLE_WORDS, len(found.hashes))
    passages = []
    for at, there, length in common_runs(ours, theirs):
        n_words = length + span - 1
        text = shown[found.starts[at] : found.ends[at + n_words - 1]]
        counts = [stories[key] for key in ours[at : at + length] if key in stories]
        carried = (min(counts), max(counts)) if counts else None
        passages.append(Passage(" ".join(text.split()), n_words, at + 1, there + 1, carried))
    return sorted(passages, key=lambda passage: -passage.words)


def common_runs(ours: Sequence[int], theirs: Sequence[int]) -> list[tuple[int, int, int]]:
    """The longest common runs, read along `ours`: where each begins in either, and its length."""
    places: dict[int, list[int]] = {}
    for place, value in enumerate(theirs):
        known = places.setdefault(value, [])
        if len(known) < PLACES_TRIED:
            known.append(place)
    runs, at = [], 0
    while at < len(ours):
        tried = [(_run(ours, at, theirs, there), -there) for there in places.get(ours[at], ())]
        length, there = max(tried, default=(0, 0))
        if length:
            runs.append((at, -there, length))
        at += length or 1
    return runs


def _run(ours: Sequence[int], at: int, theirs: Sequence[int], there: int) -> int:
    length, most = 1, min(len(ours) - at, len(theirs) - there)
    while length < most and ours[at + length] == theirs[there + length]:
        length += 1
    return length


def explain_event(
    one: Features, other: Features, rarity: Rarity, join: float = JOIN
) -> EventReasons:
    """Lay open whether two articles report the same event.

    Parameters
    ----------
    one, other : Features
    rarity : Rarity
        The term weights in force.
    join : float
        The line.

    Returns
    -------
    EventReasons
    """
    first, second = (_vectorise(features, rarity) for features in (one, other))
    similarity = default_similarity()
    regression = what_is_known(first, second)
    intercept = similarity.intercepts[regression]
    reasons = tuple(map(_reason, similarity.contributions(first, second)))
    probability = float(similarity.probabilities(first, [second])[0])
    same_language = _same_language(one.language, other.language)
    return EventReasons(
        verdict=same_language and probability >= join,
        same_language=same_language,
        regression=regression,
        hours=_hours(first, second),
        intercept=intercept,
        reasons=reasons,
        logit=intercept + sum(reason.contribution for reason in reasons),
        probability=probability,
        threshold=join,
        terms=_terms(first, second, Terms.from_bytes(one.terms)),
    )


def _vectorise(features: Features, rarity: Rarity) -> Vector:
    terms = Terms.from_bytes(features.terms)
    return vectorise(terms, rarity, features.published, features.words)


def _reason(it: Contribution) -> Reason:
    return Reason(it.feature, it.value, it.weight, it.amount)


def _same_language(first: str, second: str) -> bool:
    codes = language_code(first), language_code(second)
    return codes[0] == codes[1] or 0 in codes


def _hours(first: Vector, second: Vector) -> float | None:
    if first.published is None or second.published is None:
        return None
    return abs(first.published - second.published) / 3600


def _terms(first: Vector, second: Vector, terms: Terms) -> tuple[SharedTerm, ...]:
    at = shared_terms(first, second, SHARED_TERMS).tolist()
    return tuple(SharedTerm(terms.names[place], float(first.idf[place])) for place in at)
