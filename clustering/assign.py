"""The whole judgement on one article: its duplicate group, its event, and why.

`analyse` reads an article and needs nothing else. `Index` holds the live articles; `Index.judge`
says what follows from one more, `Index.withdraw` from one less, and neither changes anything:
that is left to `Index.apply`, once the judgement is on disk.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from itertools import chain
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from clustering import renewal
from clustering.analysis import analyse
from clustering.candidates import Candidates, candidates
from clustering.canonical import EARLIEST, Candidate, CanonicalRule, choose
from clustering.changes import changes
from clustering.decisions import Bonds, Decision
from clustering.doubts import doubts
from clustering.draft import Draft
from clustering.duplicates import DuplicateIndex
from clustering.events import EventIndex, Neighbourhood
from clustering.fingerprints import Fingerprint, Keys
from clustering.likeness import JOIN
from clustering.model import Assignment, Change, Doubt, Evidence, Features, Judgement, Outcome
from clustering.orders import Execution, Order
from clustering.pairwise import pairwise
from clustering.rarity import Rarity
from clustering.roster import GONE, Roster
from clustering.similarity import Similarity, shared_terms
from clustering.terms import Terms
from clustering.vectors import Vector
from clustering.verification import UNLIKELY, Comparison

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
    join : float
        The line: mean probability of "same event" that makes one event.
    """

    def __init__(
        self,
        fetch: Callable[[Sequence[int]], Mapping[int, bytes]],
        canonical: CanonicalRule = EARLIEST,
        similarity: Similarity | None = None,
        join: float = JOIN,
    ) -> None:
        self._roster = Roster(canonical)
        self._similarity = similarity or default_similarity()
        self._duplicates = DuplicateIndex(self._roster, fetch)
        self._events = EventIndex(self._similarity, join)
        self._pending: Judgement | None = None
        self._decisions: dict[int, Decision] = {}
        self._touched: set[int] = set()

    def __len__(self) -> int:
        return len(self._roster)

    @property
    def canonical(self) -> CanonicalRule:
        """The rule by which an article stands for its group."""
        return self._roster.rule

    def __contains__(self, key: int) -> bool:
        return key in self._roster.slot_of

    def event_of(self, key: int) -> int:
        """The event of a live article."""
        return self._roster.event[self._roster.group(self._roster.slot_of[key])]

    def judge(self, key: int, features: Features, left: int | None = None) -> Judgement:
        """Say where a new article belongs, and what else that changes; change nothing.

        Parameters
        ----------
        key : int
            The article's number; not among the live ones.
        features : Features
        left : int or None
            The event that its version before was in. If that is locked, it stays there.

        Returns
        -------
        Judgement
        """
        self._events.take_back()
        draft = Draft(self._roster, key, features)
        draft.home = left if left in draft.bonds.locked else None
        slot = self._roster.next_slot
        terms = Terms.from_bytes(features.terms)
        fingerprint = Fingerprint.from_bytes(features.fingerprint)
        compared = self._duplicates.place(draft, slot, fingerprint)
        vector = self._events.enter(slot, terms, features)
        near = self._place_events(draft, slot)
        twin, comparison = _twin(draft, slot, compared)
        beside = twin if near is None else self._nearest(draft, near)
        shared = self._shared(vector, terms, beside)
        evidence = _evidence(draft, comparison, near, shared)
        place = _Standing(draft).assignment(slot)
        judged = replace(place, evidence=evidence, outcome=_outcome(comparison))
        return self._judgement(draft, judged, self._doubts(draft, [near] if near else []))

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
        self._events.take_back()
        draft = Draft(self._roster)
        slot = self._roster.slot_of[key]
        group = draft.group(slot)
        draft.place([slot], GONE)
        if len(draft.members(group)) > 1:  # it may have been all that linked them
            self._duplicates.regroup(draft, group)
        self._events.place(draft)
        return self._judgement(draft)

    def succeed(self, key: int, group: int, others: Iterable[Candidate]) -> Judgement:
        """Say what the leaving of an article that has retired changes; change nothing.

        Parameters
        ----------
        key : int
        group : int
            The group that it was in.
        others : iterable of Candidate
            Those of the group that have retired as well.

        Returns
        -------
        Judgement
            Of the live articles that it stood for.
        """
        roster = self._roster
        led = {it for it in roster.settled if roster.leads(it).canonical == key}
        self._touched |= roster.settled & {group, *led}
        retired = {group: [*others]}
        moved = (self._led_anew(it, retired.get(it, ())) for it in sorted(led))
        return Judgement(None, tuple(chain.from_iterable(moved)))

    def carry_out(
        self, decisions: Iterable[Decision], orders: Iterable[Order], stored: Iterable[Assignment]
    ) -> Judgement:
        """Say what follows at once from what people decided; change nothing.

        Parameters
        ----------
        decisions : iterable of Decision
            All that stand then.
        orders : iterable of Order
            What to do; those after the first only where the one before would leave some decision
            unkept.
        stored : iterable of Assignment
            Of articles that were recalled, as the store has them.

        Returns
        -------
        Judgement
            Of none but articles that move.

        Raises
        ------
        ValueError
            If none of the orders can be carried out.
        """
        bonds = Bonds.of(decisions)
        for order in orders:
            self._events.take_back()
            draft = Draft(self._roster, bonds=bonds)
            if Execution(draft, self._duplicates, self._events).carry_out(order):
                self._events.take_back()
                return Judgement(None, self._moved(draft, 0, stored), self._decided(draft))
        raise ValueError("the decisions leave no room for what they demand")

    def judge_again(self, article: int) -> tuple[Judgement, frozenset[int]]:
        """Say what events a live article and its surroundings belong to now; change nothing.

        Done for every article, it brings all events to the term weights in force, whatever they
        were when the articles came.

        Parameters
        ----------
        article : int

        Returns
        -------
        Judgement
            Of none but articles that move.
        frozenset of int
            The articles that were judged.

        Raises
        ------
        KeyError
            If it is not among the live articles.
        """
        self._events.take_back()
        draft = Draft(self._roster)
        group = self._roster.group(self._roster.slot_of[article])
        groups = self._events.judge_again(draft, [group])
        judged = {draft.article(slot) for group in groups for slot in draft.members(group)}
        near = map(self._events.neighbourhood, groups)
        return self._judgement(draft, doubted=self._doubts(draft, near)), frozenset(judged)

    def partition(self) -> list[list[int]]:
        """All live articles by event, as the term weights of now would have it at once."""
        (found,) = self.partitions([self.join])
        return found

    def partitions(
        self, lines: Iterable[float], pause: Callable[[], None] = lambda: None
    ) -> list[list[list[int]]]:
        """The same for several lines; much is looked up once for all of them.

        Parameters
        ----------
        lines : iterable of float
            As `join` is one.
        pause : callable
            Called now and then, by who has to let others go first.

        Returns
        -------
        list of list of list of int
            For each line, the articles of each event. Those of locked events are not among them.
        """
        before, join = self.rarity, self.join
        self._events.use(self._events.counts.snapshot())
        draft, found = Draft(self._roster), []
        for line in lines:
            self._events.draw_line(line)
            found.append([_articles(draft, it) for it in self._events.partition(draft, pause)])
        self._events.use(before)
        self._events.draw_line(join)
        return found

    def settle(self, judgement: Judgement) -> None:
        """Take over a judgement by which articles only move.

        Parameters
        ----------
        judgement : Judgement
        """
        self._take_over(judgement, None, None)

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """What people decided, as far as it stands and is about articles that are there."""
        return tuple(self._decisions.values())

    @property
    def bonds(self) -> Bonds:
        """The same, brought together."""
        return self._roster.bonds

    @property
    def bound(self) -> frozenset[int]:
        """The articles of which people decided something; they do not retire."""
        return self._roster.bonds.articles

    def bound_groups(self) -> dict[int, int]:
        """The groups of those articles."""
        slot_of = self._roster.slot_of
        return {it: self._roster.group(slot_of[it]) for it in self.bound if it in slot_of}

    def obey(self, decisions: Iterable[Decision]) -> None:
        """Keep to these decisions, and to no others, from now on.

        Parameters
        ----------
        decisions : iterable of Decision
        """
        self._decisions = {decision.number: decision for decision in decisions}
        self._roster.obey(Bonds.of(self._decisions.values()))

    def recall(self, key: int, features: Features, assignment: Assignment) -> None:
        """Let an article be as if it had just come, without judging it again.

        It may be a live one, or one that has retired. Of those that have retired, all of a group
        are recalled together.

        Parameters
        ----------
        key : int
        features : Features
        assignment : Assignment
            As the store has it.
        """
        self._pending = None
        self._events.take_back()
        group = assignment.group
        settled = key not in self or group in self._roster.settled
        left = self._roster.leave(key) if key in self else None
        self._enter(key, features)
        self._settle(assignment)
        if settled:
            self.stand(group, assignment.duplicate_of or key)
        self._events.follow(self._roster, [group])
        self._events.keep()
        if left is not None:
            self._events.leave(left)

    def stand(self, group: int, canonical: int) -> None:
        """Let an article stand for a group until it leaves, or people choose another.

        Parameters
        ----------
        group : int
            If none of its articles is live, nothing is done.
        canonical : int
            It need not be live.
        """
        if self._roster.members(group):
            self._roster.settle(group, canonical)
            self._touched.add(group)

    def stands(self, group: int) -> int | None:
        """Who stands for a live group; None if there is no such group."""
        return self._roster.leads(group).canonical if self._roster.members(group) else None

    def stays(self, group: int) -> bool:
        """Whether the canonical article of a group is kept to, as in `stand`."""
        return group in self._roster.settled

    def touched(self, others: Collection[int] = ()) -> frozenset[int]:
        """Of all groups that changed since this was last asked, and others: those as in `stand`."""
        found = self._roster.settled & {*self._touched, *others}
        self._touched.clear()
        return frozenset(found)

    def release(self, groups: Iterable[int]) -> None:
        """Let the rule say again who stands for groups, where it says the same now.

        Parameters
        ----------
        groups : iterable of int
            None of their members is retired.
        """
        for group in groups:
            if self._roster.leads(group).canonical == self._roster.first(group):
                self._roster.unsettle(group)

    def apply(self, key: int, features: Features | None, judgement: Judgement) -> None:
        """Take over what was judged.

        Parameters
        ----------
        key : int
        features : Features or None
            None if the article leaves; if it has retired, only what it moves is taken over.
        judgement : Judgement
        """
        self._take_over(judgement, key, features)

    def retire(self, keys: Iterable[int]) -> None:
        """Let the articles go that came first; newcomers do not meet them again.

        They stay where they are: what has not retired goes on in the same groups and events. The
        canonical article of a group is settled with the first of its members that retires.

        Parameters
        ----------
        keys : iterable of int
            Live articles. Memory is given back up to the first one that stays.
        """
        self._pending = None
        self._events.take_back()
        slots = {key: self._roster.slot_of[key] for key in keys}
        groups = dict.fromkeys(map(self._roster.group, slots.values()))
        self._roster.retire(slots)
        self._events.retire(self._roster, groups)
        for slot in slots.values():
            self._events.leave(slot)
        self._duplicates.retire()

    def _take_over(self, judgement: Judgement, key: int | None, features: Features | None) -> None:
        expected, self._pending = judgement is self._pending, None
        if not expected:
            self._events.take_back()
        settled = [one for one in (judgement.assignment, *judgement.moved) if one is not None]
        groups = self._groups_of([key, *(assignment.article for assignment in settled)])
        left = None
        if key is not None and features is not None:
            (self._keep if expected else self._enter)(key, features)
        elif key is not None and key in self:
            left = self._roster.leave(key)
        heirs = self._heirs(judgement)
        for assignment in settled:
            self._settle(assignment)
        for group in heirs:
            self.stand(group, self._roster.leads(group).canonical)
        for assignment in settled:
            self._stand_as_judged(assignment)
        touched = {*groups, *(assignment.group for assignment in settled)}
        self._touched |= self._roster.settled & touched
        if not expected:
            groups += [assignment.group for assignment in settled]
            self._events.follow(self._roster, dict.fromkeys(groups))
        self._events.keep()
        if left is not None:
            self._events.leave(left)

    def load(
        self,
        rows: Iterable[tuple[int, Features, Assignment]],
        next_group: int,
        next_event: int,
        settled: Mapping[int, int] = MappingProxyType({}),
        decisions: Iterable[Decision] = (),
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
        decisions : iterable of Decision
            As for `obey`.
        """
        self.obey(decisions)
        stored = {}
        for key, features, assignment in rows:
            self._enter(key, features)
            self._settle(assignment)
            if assignment.duplicate_of is not None:
                stored[assignment.group] = assignment.duplicate_of
        for group, canonical in stored.items():
            if self.stands(group) != canonical:
                self.stand(group, canonical)
        for group, canonical in settled.items():
            self.stand(group, canonical)
        self._events.load(self._roster)
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

    def candidates(self, article: int) -> Candidates:
        """Look for what a live article is compared with, as things are now; change nothing.

        Parameters
        ----------
        article : int

        Returns
        -------
        Candidates

        Raises
        ------
        KeyError
            If it is not among the live articles.
        """
        self._pending = None
        self._events.take_back()
        return candidates(self._roster, self._duplicates, self._events, article)

    def pairwise(self, features: Sequence[Features]) -> NDArray[np.float64]:
        """How likely each two articles report the same event, by the term weights in force.

        They need not be live. Nothing of the index is touched, so any thread may ask.

        Parameters
        ----------
        features : sequence of Features

        Returns
        -------
        ndarray of float64, shape (n_articles, n_articles)
        """
        return pairwise(features, self.rarity, self._similarity)

    @property
    def rarity(self) -> Rarity:
        """The term weights in force."""
        return self._events.rarity

    @property
    def join(self) -> float:
        """The line: mean probability of "same event" that makes one event."""
        return self._events.join

    def draw_line(self, join: float) -> None:
        """Join events from another probability on; they are judged by it when touched.

        Parameters
        ----------
        join : float
        """
        self._events.draw_line(join)

    def snapshot_due(self) -> bool:
        """Whether the term weights should be renewed."""
        return renewal.is_due(self.rarity, self._roster.next_group)

    def snapshot(self) -> bytes:
        """Term weights as of now, packed."""
        return self._events.counts.snapshot(self._roster.next_group).to_bytes()

    def use_snapshot(self, packed: bytes) -> None:
        """Weigh all terms by a snapshot from now on.

        Parameters
        ----------
        packed : bytes
            As `snapshot` returns it.
        """
        self._events.use(Rarity.from_bytes(packed))

    def renew(self, packed: bytes) -> None:
        """Weigh newcomers by a snapshot from now on, and the others little by little.

        Parameters
        ----------
        packed : bytes
            As `snapshot` returns it.
        """
        self._events.renew(Rarity.from_bytes(packed))

    def _place_events(self, draft: Draft, slot: int) -> Neighbourhood | None:
        """Judge the events of all groups in the draft.

        Returns what the group of a slot was judged by, if its text stands for the group.
        """
        if draft.home is not None and draft.event(draft.group(slot)) is None:
            draft.attach(draft.group(slot), draft.home)
        self._events.place(draft)
        group = draft.group(slot)
        if self._events.stands_for(group) != slot:
            return None
        return self._events.neighbourhood(group)

    def _nearest(self, draft: Draft, near: Neighbourhood) -> int | None:
        """The article of the same event that is likeliest to report the same; None if alone."""
        own = draft.event(near.group)
        found = near.probabilities.items()
        beside = [(p, -group) for group, p in found if draft.event(group) == own]
        return self._events.stands_for(-max(beside)[1]) if beside else None

    def _shared(self, vector: Vector, terms: Terms, other: int | None) -> tuple[str, ...]:
        if other is None:
            return ()
        at = shared_terms(vector, self._events.vector(other), SHARED_TERMS)
        return tuple(terms.names[place] for place in at.tolist())

    def _judgement(
        self,
        draft: Draft,
        assignment: Assignment | None = None,
        doubted: tuple[Doubt, ...] = (),
    ) -> Judgement:
        """All that a draft amounts to; what the events part has noted for it waits for `apply`."""
        moved = self._moved(draft, assignment.article if assignment else 0)
        self._pending = Judgement(assignment, moved, changes(draft, self._events.mean), doubted)
        return self._pending

    def _doubts(self, draft: Draft, near: Iterable[Neighbourhood]) -> tuple[Doubt, ...]:
        def article_of(group: int) -> int:
            return draft.article(self._events.stands_for(group))

        return doubts(draft, near, article_of, self._events.join)

    def _decided(self, draft: Draft) -> tuple[Change, ...]:
        return tuple(replace(it, reason="decided") for it in changes(draft, self._events.mean))

    def _moved(
        self, draft: Draft, newcomer: int, stored: Iterable[Assignment] = ()
    ) -> tuple[Assignment, ...]:
        """The new assignments of all others that a draft changes, or that are stored otherwise."""
        now, before = _Standing(draft), _Standing(Draft(self._roster))
        known = {self._roster.slot_of[it.article]: it for it in stored}
        slots = sorted({*draft.moved_slots(), *known})
        others = (slot for slot in slots if draft.article(slot) != newcomer)
        drafted = ((slot, now.assignment(slot)) for slot in others)
        return tuple(
            after
            for slot, after in drafted
            if not _agree(after, known.get(slot) or before.assignment(slot))
        )

    def _enter(self, key: int, features: Features) -> None:
        slot = self._roster.enter(key, features)
        self._duplicates.add(slot, Fingerprint.from_bytes(features.fingerprint))
        self._events.enter(slot, Terms.from_bytes(features.terms), features)

    def _keep(self, key: int, features: Features) -> None:
        """Take in the article that was judged last: its texts have been read."""
        self._duplicates.keep(self._roster.enter(key, features))

    def _groups_of(self, articles: Iterable[int | None]) -> list[int]:
        """The groups of those articles that are live."""
        slots = (self._roster.slot_of.get(article or 0) for article in articles)
        return [self._roster.group(slot) for slot in slots if slot is not None]

    def _led_anew(self, group: int, retired: Iterable[Candidate]) -> Iterator[Assignment]:
        """The live members of a group, with the member that goes first by the rule."""
        roster, slots = self._roster, self._roster.members(group)
        canonical = roster.first(group)
        if canonical not in roster.bonds.chosen:
            canonical = choose([*map(roster.candidate, slots), *retired], roster.rule)
        for article in map(roster.article, slots):
            original = None if article == canonical else canonical
            yield Assignment(article, group, roster.event[group], original)

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

    def _stand_as_judged(self, assignment: Assignment) -> None:
        """Let the canonical article be the one of the judgement, whatever the rule says."""
        canonical = assignment.duplicate_of or assignment.article
        if self.stands(assignment.group) != canonical:
            self.stand(assignment.group, canonical)


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


def _articles(draft: Draft, groups: Iterable[int]) -> list[int]:
    return [draft.article(slot) for group in groups for slot in draft.members(group)]


def _agree(one: Assignment, other: Assignment) -> bool:
    """Whether two assignments put an article in the same place."""
    place = (other.group, other.event, other.duplicate_of)
    return (one.group, one.event, one.duplicate_of) == place


def _twin(
    draft: Draft, slot: int, compared: Mapping[int, Comparison]
) -> tuple[int | None, Comparison | None]:
    """The article of the same group that is most alike, and how much."""
    group = draft.group(slot)
    verified = (other for other, it in compared.items() if it is not UNLIKELY)
    beside = [other for other in verified if draft.group(other) == group]
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
    """Mean probability with the event that was joined, and the best of the others.

    Who is no likely neighbour counts as 0.
    """
    own = draft.event(near.group)
    sums: dict[int, float] = {}
    for group, p in near.probabilities.items():
        event = draft.event(group) or 0
        sums[event] = sums.get(event, 0.0) + p
    sizes = {event: len(draft.groups(event)) - (event == own) for event in sums}
    means = {event: total / sizes[event] for event, total in sums.items()}
    joined = means.pop(own or 0, None)
    best = max(means.items(), key=lambda item: (item[1], -item[0]), default=None)
    return joined, best


@cache
def default_similarity() -> Similarity:
    """The similarity that ships with the library."""
    return Similarity.from_json((files("clustering") / "similarity.json").read_text())
