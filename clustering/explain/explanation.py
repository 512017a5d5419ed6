"""What an explanation of two articles contains: plain values, without behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from clustering.duplicates.comparison import RejectionReason
from clustering.similarity.model import PairKind


@dataclass(frozen=True, slots=True)
class ArticleDetails:
    """What was read from one of the two articles.

    Attributes
    ----------
    title, language : str
    published : float or None
        POSIX seconds.
    n_words, n_shingles, n_numbers : int
        Words of the text, distinct shingles, and distinct numbers.
    modulus, n_sampled_shingles : int
        A shingle is sampled if its hash is 0 modulo `modulus`; number of sampled shingles.
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
    """A run of words that both texts contain.

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
    """Whether two texts are near-duplicates, and why.

    Attributes
    ----------
    verdict : bool
    same_text, same_address : bool
        Whether both have the same words in the same order, or the same address. Either makes them
        near-duplicates, whatever the score.
    rejection_reason : {"too few shared", "too short", "unlike headlines", "different case"} or None
        Why the two are not near-duplicates, whatever the score; None if the score decides.
    n_shared_shingles : int
    modulus, n_shared_sampled : int
        The larger of the two moduli, and the number of shared shingles that it samples.
    n_bands, n_shared_bands : int
        Bands of the MinHash signatures, and how many of them are equal.
    jaccard_estimate, jaccard, containment : float
        Jaccard similarity by MinHash, and exact; containment in terms of the shorter text.
    shared_group_frequency, rest_group_frequency : GroupFrequencySummary or None
        Group frequencies of the part of the shorter text that the longer one contains, and of the
        other part; None if no shingle of the part was sampled.
    mean_shared_weight, mean_rest_weight : float
        Mean weights of the two parts.
    is_boilerplate : bool
        Whether so little weight remains that plain containment decides.
    score, threshold : float
        The threshold is higher for two texts of one outlet.
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
    """One feature of a pair; its contribution to the logit is value times weight."""

    feature: str
    value: float
    weight: float
    contribution: float


@dataclass(frozen=True, slots=True)
class SharedTerm:
    """A word of both articles; its idf is from 0 (in every article) to 1 (in this one only)."""

    term: str
    idf: float


@dataclass(frozen=True, slots=True)
class EventExplanation:
    """Whether two articles report the same event, and why.

    Attributes
    ----------
    verdict : bool
    same_language : bool
        False for articles in two languages.
    pair_kind : {"dated", "undated", "headlines", "across_languages"}
        Which of the regressions was applied.
    hours_apart : float or None
        Hours between the two dates; None if a date is missing.
    intercept : float
    contributions : tuple of FeatureContribution
        The largest contribution first. Their sum and the intercept make up `logit`.
    logit, probability, threshold : float
    shared_terms : tuple of SharedTerm
        The most distinctive first.
    base_rate_shift : float
        How much the logit is raised in this store; see `clustering.similarity.base_rate`.
    n_disregarded_terms : int
        Terms of the first article that are left out, because both have them from a notice.
    are_two_cases : bool
        Whether the two are made from one template with other names; the probability is 0 then,
        whatever the logit.
    """

    verdict: bool
    same_language: bool
    pair_kind: PairKind | Literal["across_languages"]
    hours_apart: float | None
    intercept: float
    contributions: tuple[FeatureContribution, ...]
    logit: float
    probability: float
    threshold: float
    shared_terms: tuple[SharedTerm, ...]
    base_rate_shift: float = 0.0
    n_disregarded_terms: int = 0
    are_two_cases: bool = False


@dataclass(frozen=True, slots=True)
class Explanation:
    """Two articles with the explanations of both verdicts: near-duplicates, and same event."""

    first: ArticleDetails
    second: ArticleDetails
    duplicate: DuplicateExplanation
    event: EventExplanation
