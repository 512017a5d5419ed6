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
    n_words, n_shingles, n_numbers : int
        Words of the text; distinct shingles and numbers in it.
    modulus, n_sampled_shingles : int
        A shingle is sampled if its hash is 0 modulo `modulus`; how many were.
    """

    title: str
    language: str
    published: float | None
    n_words: int
    n_shingles: int
    n_numbers: int
    modulus: int
    n_sampled_shingles: int


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of words that stands in both texts.

    Attributes
    ----------
    text : str
    n_words : int
    first_start, second_start : int
        Position of its first word in either text, from 1.
    group_frequency : tuple of (int, int) or None
        Lowest and highest group frequency of its sampled shingles; None if none was sampled.
    """

    text: str
    n_words: int
    first_start: int
    second_start: int
    group_frequency: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class GroupFrequencySummary:
    """Group frequencies of the sampled shingles in a part of a text."""

    n_sampled_shingles: int
    min: int
    median: float
    max: int


@dataclass(frozen=True, slots=True)
class DuplicateExplanation:
    """Whether one text is a reprint of the other, and why.

    Attributes
    ----------
    verdict : bool
    same_text, same_address : bool
        The same words in the same order; another text at the same address. Nothing else is asked
        then.
    rejection_reason : {"too few shared", "too short", "different numbers"} or None
        What decided before any weighing.
    n_shared_shingles : int
    modulus, n_shared_sampled : int
        The coarser of the two moduli, and the sampled shingles shared at it.
    n_bands, n_shared_bands : int
    jaccard_estimate, jaccard, containment : float
        By MinHash; exact; in the shorter text.
    shared_group_frequency, rest_group_frequency : GroupFrequencySummary or None
        Of the shorter text: what the longer one has too, and the rest; None if nothing of it was
        sampled.
    mean_shared_weight, mean_rest_weight : float
        Mean weights of the two parts.
    is_boilerplate : bool
        Whether so little weight was left that plain containment decided.
    score, threshold : float
        Two texts of one outlet need more.
    passages : tuple of Passage
        The longest first.
    """

    verdict: bool
    same_text: bool
    same_address: bool
    rejection_reason: RejectionReason | None
    n_shared_shingles: int
    modulus: int
    n_shared_sampled: int
    n_bands: int
    n_shared_bands: int
    jaccard_estimate: float
    jaccard: float
    containment: float
    shared_group_frequency: GroupFrequencySummary | None
    rest_group_frequency: GroupFrequencySummary | None
    mean_shared_weight: float
    mean_rest_weight: float
    is_boilerplate: bool
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
    pair_kind : {"dated", "undated", "headlines"}
        Which of the three regressions was applied.
    hours_apart : float or None
        Between the two; None if a date is missing.
    intercept : float
    contributions : tuple of FeatureContribution
        The largest contribution first; with the intercept they add up to `logit`.
    logit, probability, threshold : float
    shared_terms : tuple of SharedTerm
        The most telling first.
    """

    verdict: bool
    same_language: bool
    pair_kind: PairKind
    hours_apart: float | None
    intercept: float
    contributions: tuple[FeatureContribution, ...]
    logit: float
    probability: float
    threshold: float
    shared_terms: tuple[SharedTerm, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Two articles, both questions, all numbers."""

    first: ArticleDetails
    second: ArticleDetails
    duplicate: DuplicateExplanation
    event: EventExplanation
