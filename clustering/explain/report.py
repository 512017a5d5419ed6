"""Explanation value objects."""

from __future__ import annotations

from dataclasses import dataclass

from clustering.duplicates.comparison import (
    RejectionReason,
)
from clustering.similarity.model import PairKind


@dataclass(frozen=True, slots=True)
class ArticleDetails:
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
class GroupFrequencySummary:
    """How many stories carry the sampled shingles of a part of a text."""

    keys: int
    fewest: int
    median: float
    most: int


@dataclass(frozen=True, slots=True)
class DuplicateExplanation:
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
    shared_stories, rest_stories : GroupFrequencySummary or None
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
    refused: RejectionReason | None
    shared_shingles: int
    modulus: int
    shared_keys: int
    bands: int
    shared_bands: int
    jaccard_estimate: float
    jaccard: float
    containment: float
    shared_stories: GroupFrequencySummary | None
    rest_stories: GroupFrequencySummary | None
    shared_weight: float
    rest_weight: float
    plain: bool
    score: float
    threshold: float
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class FeatureContribution:
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
class EventExplanation:
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
    reasons : tuple of FeatureContribution
        The largest contribution first; with the intercept they add up to `logit`.
    logit, probability, threshold : float
    terms : tuple of SharedTerm
        The most telling first.
    """

    verdict: bool
    same_language: bool
    regression: PairKind
    hours: float | None
    intercept: float
    reasons: tuple[FeatureContribution, ...]
    logit: float
    probability: float
    threshold: float
    terms: tuple[SharedTerm, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Two articles, both questions, all numbers."""

    first: ArticleDetails
    second: ArticleDetails
    reprint: DuplicateExplanation
    event: EventExplanation
