"""The values that go into a judgement and come out of it: plain, frozen, without behaviour.

Articles, groups and events are numbers here. The service gives them their outside names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["new", "exact_duplicate", "near_duplicate"]
ChangeKind = Literal["event.merged", "event.split", "group.merged", "group.split"]


@dataclass(frozen=True, slots=True)
class Article:
    """One text as a crawler found it.

    Attributes
    ----------
    key : int
        The store's number of the article, never used twice; 0 if it is not stored.
    title, text : str
        As received; empty if there is none.
    published : float or None
        POSIX seconds, UTC; None if it is not known.
    source : str or None
        Name of the outlet or feed.
    language : str or None
        ISO 639-1 code; None leaves it to be detected.
    url : str or None
        Canonical address.
    date_only : bool
        Whether only the day of publication is known; `published` is its beginning.
    """

    key: int
    title: str
    text: str
    published: float | None = None
    source: str | None = None
    language: str | None = None
    url: str | None = None
    date_only: bool = False


@dataclass(frozen=True, slots=True)
class Features:
    """What judging an article needs, computed once from the article alone.

    Attributes
    ----------
    language : str
        As given, or as detected; "und" if it can't be told.
    fingerprint : bytes
        For duplicates: MinHash signature and shingle hashes.
    terms : bytes
        For events: the terms of title, lead and body.
    published : float or None
        POSIX seconds, UTC.
    source : str or None
    words : int
        Words of the text (of the title, where there is no text).
    warnings : tuple of str
        What the sender should know, such as a text too short to be matched.
    origin : str or None
        The wire agency whose text it is, as its credits say.
    date_only : bool
        Whether only the day of publication is known; `published` is its beginning.
    """

    language: str
    fingerprint: bytes
    terms: bytes
    published: float | None
    source: str | None
    words: int
    warnings: tuple[str, ...] = ()
    origin: str | None = None
    date_only: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """The numbers and terms behind an assignment; None where there was nothing to compare.

    Attributes
    ----------
    jaccard, containment : float or None
        Shares of equal shingles, against the article it duplicates.
    duplicate_score : float or None
        Containment with every shingle weighed by how few stories carry it, in [0, 1].
    event_probability : float or None
        Calibrated probability of "same event" with the event it joined.
    runner_up : tuple of (int, float) or None
        The next best event and its probability.
    shared_terms : tuple of str
        The terms that told most, best first.
    """

    jaccard: float | None = None
    containment: float | None = None
    duplicate_score: float | None = None
    event_probability: float | None = None
    runner_up: tuple[int, float] | None = None
    shared_terms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Assignment:
    """Where an article belongs, and why.

    Attributes
    ----------
    article, group, event : int
    duplicate_of : int or None
        The canonical article of its group; None if that is the article itself.
    outcome : {"new", "exact_duplicate", "near_duplicate"}
    evidence : Evidence
    """

    article: int
    group: int
    event: int
    duplicate_of: int | None = None
    outcome: Outcome = "new"
    evidence: Evidence = Evidence()


@dataclass(frozen=True, slots=True)
class Change:
    """One automatic merge or split.

    Attributes
    ----------
    kind : str
    source, target : int
        A merge: `source` is gone and `target` answers for it. A split: `target` is the new one.
    reason : str
    """

    kind: ChangeKind
    source: int
    target: int
    reason: str


@dataclass(frozen=True, slots=True)
class UncertainPair:
    """Two articles of which the judgement is not sure whether they report the same event.

    Attributes
    ----------
    articles : tuple of (int, int)
        In ascending order.
    probability : float
        Of "same event", as the two were compared.
    """

    articles: tuple[int, int]
    probability: float


@dataclass(frozen=True, slots=True)
class Proposal:
    """All that follows from one article's coming or going.

    Attributes
    ----------
    assignment : Assignment or None
        The judged article's; None if it was withdrawn.
    reassigned : tuple of Assignment
        Every other article whose group, event or canonical article is another now.
    changes : tuple of Change
    uncertain_pairs : tuple of UncertainPair
        Each pair once.
    """

    assignment: Assignment | None
    reassigned: tuple[Assignment, ...] = ()
    changes: tuple[Change, ...] = ()
    uncertain_pairs: tuple[UncertainPair, ...] = ()
