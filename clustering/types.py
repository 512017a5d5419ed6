"""The values that the library takes and returns: plain, frozen, without behaviour.

Articles, groups and events are numbers here. The service maps them to its public ids.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

SECONDS_PER_DAY: Final = 86400.0
"""Seconds of a day in UTC; POSIX time has no leap seconds."""

Outcome = Literal["new", "exact_duplicate", "near_duplicate"]
QuestionKind = Literal["event", "merge", "split", "duplicate"]
ChangeKind = Literal["event.merged", "event.split", "group.merged", "group.split"]


@dataclass(frozen=True, slots=True)
class Article:
    """One text as a crawler found it.

    Attributes
    ----------
    key : int
        The store's number of the article, never reused; 0 if it is not stored.
    title, text : str
        As received; empty if there is none.
    published : float or None
        POSIX seconds, UTC; None if it is not known.
    source : str or None
        Name of the outlet or feed.
    language : str or None
        ISO 639-1 code; None to detect it.
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
    """All that clustering needs of an article, computed once from the article alone.

    Attributes
    ----------
    language : str
        As given, or as detected; "und" if it could not be detected.
    fingerprint : bytes
        For near-duplicates: MinHash signature and shingle hashes.
    terms : bytes
        For events: the terms of title, lead and body.
    published : float or None
        POSIX seconds, UTC.
    source : str or None
        Name of the outlet or feed.
    words : int
        Words of the text; 0 if the article is a title alone.
    warnings : tuple of str
        Notes for the sender, for example that the text is too short for near-duplicates.
    wire_agency : str or None
        The wire agency that the text credits.
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
    wire_agency: str | None = None
    date_only: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """The numbers and terms behind an assignment; None where there was nothing to compare.

    Attributes
    ----------
    jaccard, containment : float or None
        Shares of equal shingles, against the article that it duplicates.
    duplicate_score : float or None
        Containment with each shingle weighted by how few groups contain it, in [0, 1].
    event_probability : float or None
        Calibrated probability of "same event" with the event that it joined.
    runner_up : tuple of (int, float) or None
        The runner-up event, the most probable one that it did not join, and its probability.
    shared_terms : tuple of str
        The most distinctive shared terms, best first.
    """

    jaccard: float | None = None
    containment: float | None = None
    duplicate_score: float | None = None
    event_probability: float | None = None
    runner_up: tuple[int, float] | None = None
    shared_terms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Assignment:
    """The group and event of an article, with the evidence.

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
    kind : {"event.merged", "event.split", "group.merged", "group.split"}
    source, target : int
        In a merge, `source` is gone and `target` replaces it. In a split, `target` is the new one.
    reason : str
    """

    kind: ChangeKind
    source: int
    target: int
    reason: str


@dataclass(frozen=True, slots=True)
class UncertainPair:
    """Two articles about which a person should be asked.

    Attributes
    ----------
    articles : tuple of (int, int)
        In ascending order.
    probability : float
        Pair probability of "same event" when the two were compared. Of "merge", on average
        between the two events; of "split", pooled between the two blocks; of "duplicate", the
        score of the near-duplicates.
    kind : {"event", "merge", "split", "duplicate"}
        Whether they report the same event; whether the two events were rightly merged that held
        them before; whether the two blocks of an event that hold them are two events; whether
        they are near-duplicates.
    n_moved : int
        Of "merge" and "split", the articles of the smaller event or block; else 0.
    cause : int or None
        Of "merge", the article whose arrival merged the two events.
    """

    articles: tuple[int, int]
    probability: float
    kind: QuestionKind = "event"
    n_moved: int = 0
    cause: int | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the index would change for one article, before it is committed.

    Attributes
    ----------
    assignment : Assignment or None
        The article's own; None if it is removed.
    reassigned : tuple of Assignment
        Every other article whose group, event or canonical article changes.
    changes : tuple of Change
    uncertain_pairs : tuple of UncertainPair
        If a pair occurs more than once, the last one counts.
    """

    assignment: Assignment | None
    reassigned: tuple[Assignment, ...] = ()
    changes: tuple[Change, ...] = ()
    uncertain_pairs: tuple[UncertainPair, ...] = ()
