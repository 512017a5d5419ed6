"""The whole judgement on one article: its duplicate group, its event, and why.

`analyse` reads an article and needs nothing else. `Index` holds the live articles; `Index.judge`
says what follows from one more, `Index.withdraw` from one less, and neither changes anything:
that is left to `Index.apply`, once the judgement is on disk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from clustering.analysis import analyse
from clustering.canonical import EARLIEST, CanonicalRule
from clustering.changes import changes
from clustering.draft import Draft
from clustering.duplicates import DuplicateIndex
from clustering.events import EventIndex, Neighbourhood
from clustering.fingerprints import Fingerprint, Keys
from clustering.model import Assignment, Evidence, Features, Judgement, Outcome
from clustering.rarity import Rarity, TermCounts
from clustering.roster import GONE, Roster
from clustering.similarity import Similarity, shared_terms
from clustering.terms import Terms
from clustering.vectors import Vector, vectorise
from clustering.verification import Comparison

__all__ = ["Index", "analyse"]

SHARED_TERMS = 8


class Index:
    """The live articles with their groups and events, in memory.

    Parameters
    ----------
    fetch : callable
        Gives the packed fingerprints of articles by their keys, from where they are stored.
    canonical : CanonicalRule
        Which article stands for a group.
    similarity : Similarity, optional
        Judges pairs of articles; by default the one that ships with the library.
    """

    def __init__(
        self,
        fetch: Callable[[Sequence[int]], Mapping[int, bytes]],
        canonical: CanonicalRule = EARLIEST,
        similarity: Similarity | None = None,
    ) -> None:
        self._roster = Roster(canonical)
        self._similarity = similarity or default_similarity()
        self._rarity = Rarity()
        self._counts = TermCounts()
        self._features: dict[int, Features] = {}
        self._duplicates = DuplicateIndex(self._roster, fetch)
        self._events = EventIndex(self._roster, self._similarity)

    def __len__(self) -> int:
        return len(self._roster)

    @property
    def canonical(self) -> CanonicalRule:
        """The rule by which an article stands for its group."""
        return self._roster.rule

    def __contains__(self, key: int) -> bool:
        return key in self._roster.slot_of

    def judge(self, key: int, features: Features) -> Judgement:
        """Say where a new article belongs, and what else that changes; change nothing.

        Parameters
        ----------
        key : int
            The article's number; not among the live ones.
        features : Features

        Returns
        -------
        Judgement
        """
        draft = Draft(self._roster, key, features)
        slot = self._roster.next_slot
        terms = Terms.from_bytes(features.terms)
        newcomer = {slot: self._vectorise(terms, features)}
        fingerprint = Fingerprint.from_bytes(features.fingerprint)
        compared = self._duplicates.place(draft, slot, fingerprint)
        near = self._place_events(draft, newcomer).get(draft.group(slot))
        twin, comparison = _twin(draft, slot, compared)
        beside = twin if near is None else self._nearest(draft, near)
        shared = self._shared(newcomer[slot], terms, beside)
        evidence = _evidence(draft, comparison, near, shared)
        place = _Standing(draft).assignment(slot)
        judged = replace(place, evidence=evidence, outcome=_outcome(comparison))
        return Judgement(judged, self._moved(draft, slot), changes(draft))

    def withdraw(self, key: int) -> Judgement:
        """Say what the leaving of an article changes; change nothing.

        Parameters
        ----------
        key : int

        Raises
        ------
        KeyError
            If it is not among the live articles.
        """
        draft = Draft(self._roster)
        slot = self._roster.slot_of[key]
        group = draft.group(slot)
        event = draft.event(group)
        draft.place([slot], GONE)
        if len(draft.members(group)) > 1:  # it may have been all that linked them
            self._duplicates.regroup(draft, group)
        left = draft.groups(event) if event is not None else ()
        for group in dict.fromkeys((*draft.touched_groups(), *left[:1])):
            self._events.place(draft, group, {})
        return Judgement(None, self._moved(draft, slot), changes(draft))

    def apply(self, key: int, features: Features | None, judgement: Judgement) -> None:
        """Take over what was judged.

        Parameters
        ----------
        key : int
        features : Features or None
            None if the article leaves; if it has retired, only what it moves is taken over.
        judgement : Judgement
        """
        if features is not None:
            self._enter(key, features)
        elif key in self:
            self._forget_terms(self._roster.leave(key))
        heirs = self._heirs(judgement)
        settled = (judgement.assignment, *judgement.moved)
        for assignment in settled:
            if assignment is not None:
                self._settle(assignment)
        for group in heirs:
            self._roster.settle(group, self._roster.leads(group).canonical)

    def retire(self, keys: Iterable[int]) -> None:
        """Let the articles go that came first; newcomers do not meet them again.

        They stay where they are: what has not retired goes on in the same groups and events. The
        canonical article of a group is settled with the first of its members that retires.

        Parameters
        ----------
        keys : iterable of int
            Live articles. Memory is given back up to the first one that stays.
        """
        slots = {key: self._roster.slot_of[key] for key in keys}
        self._roster.retire(slots)
        for slot in slots.values():
            self._forget_terms(slot)
        self._duplicates.retire()

    def load(
        self,
        rows: Iterable[tuple[int, Features, Assignment]],
        next_group: int,
        next_event: int,
        settled: Mapping[int, int] = MappingProxyType({}),
    ) -> None:
        """Take over what the store holds.

        Parameters
        ----------
        rows : iterable of (int, Features, Assignment)
            In the order in which the articles came.
        next_group, next_event : int
            Numbers never used so far.
        settled : mapping of int to int
            Groups some of whose members have retired, each with its canonical article.
        """
        for key, features, assignment in rows:
            self._enter(key, features)
            self._settle(assignment)
        for group, canonical in settled.items():
            self._roster.settle(group, canonical)
        self._roster.next_group = max(self._roster.next_group, next_group)
        self._roster.next_event = max(self._roster.next_event, next_event)

    def stories(self, first: int, second: int, keys: Keys) -> NDArray[np.int64]:
        """Count the stories that carry each sampled shingle of a pair.

        Parameters
        ----------
        first, second : int
            Live articles; if they are in one group, the later counts as a story of its own.
        keys : ndarray of uint32, shape (n_keys,)

        Returns
        -------
        ndarray of int64, shape (n_keys,)
        """
        slots = (self._roster.slot_of[first], self._roster.slot_of[second])
        return self._duplicates.stories(Draft(self._roster), keys, *slots)

    @property
    def rarity(self) -> Rarity:
        """The term weights in force."""
        return self._rarity

    def snapshot_due(self) -> bool:
        """Whether the term weights should be renewed."""
        return self._counts.renewal_due(self._rarity)

    def snapshot(self) -> bytes:
        """Term weights as of now, packed."""
        return self._counts.snapshot().to_bytes()

    def use_snapshot(self, packed: bytes) -> None:
        """Weigh all terms by a snapshot from now on.

        Parameters
        ----------
        packed : bytes
            As `snapshot` returns it.
        """
        self._rarity = Rarity.from_bytes(packed)
        self._events = EventIndex(self._roster, self._similarity)
        for slot, features in self._features.items():
            self._events.add(slot, self._vectorise(Terms.from_bytes(features.terms), features))

    def _place_events(
        self, draft: Draft, newcomer: Mapping[int, Vector]
    ) -> dict[int, Neighbourhood]:
        """Judge the neighbourhood of every group whose standing text is another than before."""
        near = {}
        for group in draft.touched_groups():
            before = self._roster.members(group)
            if not before or draft.leads(group).anchor != self._roster.leads(group).anchor:
                near[group] = self._events.place(draft, group, newcomer)
        return near

    def _nearest(self, draft: Draft, near: Neighbourhood) -> int | None:
        """The article of the same event that is likeliest to report the same; None if alone."""
        own = draft.event(near.groups[0])
        beside = [
            (p, group)
            for p, group in zip(near.probabilities[0, 1:], near.groups[1:], strict=True)
            if draft.event(group) == own
        ]
        return draft.leads(max(beside)[1]).anchor if beside else None

    def _shared(self, vector: Vector, terms: Terms, other: int | None) -> tuple[str, ...]:
        if other is None:
            return ()
        at = shared_terms(vector, self._events.vector(other), SHARED_TERMS)
        return tuple(terms.names[place] for place in at.tolist())

    def _moved(self, draft: Draft, judged: int) -> tuple[Assignment, ...]:
        """The new assignments of all others that a draft changes."""
        now, before = _Standing(draft), _Standing(Draft(self._roster))
        drafted = ((slot, now.assignment(slot)) for slot in draft.moved_slots() if slot != judged)
        return tuple(after for slot, after in drafted if after != before.assignment(slot))

    def _vectorise(self, terms: Terms, features: Features) -> Vector:
        return vectorise(terms, self._rarity, features.published, features.words)

    def _enter(self, key: int, features: Features) -> None:
        slot = self._roster.enter(key, features)
        terms = Terms.from_bytes(features.terms)
        self._duplicates.add(slot, Fingerprint.from_bytes(features.fingerprint))
        self._events.add(slot, self._vectorise(terms, features))
        self._counts.add(terms.numbers)
        self._features[slot] = replace(features, fingerprint=b"", terms=terms.unnamed())

    def _forget_terms(self, slot: int) -> None:
        self._counts.remove(Terms.from_bytes(self._features.pop(slot).terms).numbers)
        self._events.remove(slot)

    def _heirs(self, judgement: Judgement) -> set[int]:
        """Groups that take over another one some of whose members have retired."""
        settled = self._roster.settled
        merged = (change for change in judgement.changes if change.kind == "group.merged")
        return {change.target for change in merged if change.source in settled} - settled

    def _settle(self, assignment: Assignment) -> None:
        slot = self._roster.slot_of.get(assignment.article)
        if slot is None:  # it has retired; it goes along in the store
            return
        if self._roster.group(slot) != assignment.group:
            self._roster.place(slot, assignment.group)
        self._roster.attach(assignment.group, assignment.event)
        if assignment.group in self._roster.settled:
            self._roster.settle(assignment.group, assignment.duplicate_of or assignment.article)


class _Standing:
    """Assignments as a draft has them; every group's canonical article is chosen once."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._canonical: dict[int, int] = {}

    def assignment(self, slot: int) -> Assignment:
        group = self._draft.group(slot)
        if group not in self._canonical:
            self._canonical[group] = self._draft.leads(group).canonical
        article, event = self._draft.article(slot), self._draft.event(group) or 0
        original = None if self._canonical[group] == article else self._canonical[group]
        outcome: Outcome = "new" if original is None else "near_duplicate"
        return Assignment(article, group, event, original, outcome)


def _twin(
    draft: Draft, slot: int, compared: Mapping[int, Comparison]
) -> tuple[int | None, Comparison | None]:
    """The article of the same group that is most alike, and how much."""
    group = draft.group(slot)
    beside = [other for other in compared if draft.group(other) == group]
    if not beside:
        return None, None
    twin = max(beside, key=lambda other: (compared[other].score, -other))
    return twin, compared[twin]


def _outcome(comparison: Comparison | None) -> Outcome:
    if comparison is None:
        return "new"
    return "exact_duplicate" if comparison.equal else "near_duplicate"


def _evidence(
    draft: Draft,
    comparison: Comparison | None,
    near: Neighbourhood | None,
    shared: tuple[str, ...],
) -> Evidence:
    joined, runner_up = _ranked(draft, near) if near else (None, None)
    if comparison is None:
        return Evidence(None, None, None, joined, runner_up, shared)
    numbers = (comparison.jaccard, comparison.containment, comparison.score)
    return Evidence(*numbers, joined, runner_up, shared)


def _ranked(draft: Draft, near: Neighbourhood) -> tuple[float | None, tuple[int, float] | None]:
    """Mean probability with the event that was joined, and the best of the others."""
    by_event: dict[int, list[float]] = {}
    for group, p in zip(near.groups[1:], near.probabilities[0, 1:].tolist(), strict=True):
        by_event.setdefault(draft.event(group) or 0, []).append(p)
    means = {event: sum(ps) / len(ps) for event, ps in by_event.items()}
    joined = means.pop(draft.event(near.groups[0]) or 0, None)
    best = max(means.items(), key=lambda item: (item[1], -item[0]), default=None)
    return joined, best


@cache
def default_similarity() -> Similarity:
    """The similarity that ships with the library."""
    return Similarity.from_json((files("clustering") / "similarity.json").read_text())
