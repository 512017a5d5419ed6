"""The whole judgement on one article: its duplicate group, its event, and why.

`extract_features` reads an article and needs nothing else. `Index` holds the live articles; `Index.judge`
says what follows from one more, `Index.withdraw` from one less, and neither changes anything:
that is left to `Index.apply`, once the judgement is on disk.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from clustering.constraints.decision import ConstraintSet, Decision
from clustering.duplicates.index import DuplicateIndex
from clustering.events.index import EventIndex, Neighbourhood
from clustering.events.neighbour_graph import DEFAULT_EVENT_THRESHOLD
from clustering.events.uncertainty import find_uncertain_pairs
from clustering.explain.neighbours import ScoredCandidates, score_candidates
from clustering.features.extract import extract_features
from clustering.features.minhash import Fingerprint, Hashes32
from clustering.features.terms import Terms
from clustering.pipeline.edit_plan import EditPlan, EditPlanExecutor
from clustering.pipeline.evidence import closest_duplicate, make_evidence, outcome_of
from clustering.similarity import idf_schedule
from clustering.similarity.idf import IdfSnapshot
from clustering.similarity.matrix import pairwise_probabilities
from clustering.similarity.model import SimilarityModel, default_similarity
from clustering.similarity.pair_features import find_shared_terms
from clustering.similarity.tfidf import Vector
from clustering.state.canonical import EARLIEST, CanonicalCandidate, CanonicalRule, choose_canonical
from clustering.state.diff import list_changes
from clustering.state.membership import NO_GROUP, Membership
from clustering.state.overlay import MembershipOverlay
from clustering.types import Assignment, Change, Features, Outcome, Proposal, UncertainPair

__all__ = ["ArticleIndex", "extract_features"]

MAX_SHARED_TERMS = 8


class ArticleIndex:
    """The live articles with their groups and events, in memory.

    Parameters
    ----------
    fetch_fingerprints : callable
        Gives the packed fingerprints of articles by their keys, from where they are stored.
    canonical_rule : CanonicalRule
        Which article stands for a group.
    similarity : SimilarityModel, optional
        Judges pairs of articles; by default the one that ships with the library.
    event_threshold : float
        The line: mean probability of "same event" that makes one event.
    """

    def __init__(
        self,
        fetch_fingerprints: Callable[[Sequence[int]], Mapping[int, bytes]],
        canonical_rule: CanonicalRule = EARLIEST,
        similarity: SimilarityModel | None = None,
        event_threshold: float = DEFAULT_EVENT_THRESHOLD,
    ) -> None:
        self._membership = Membership(canonical_rule)
        self._similarity = similarity or default_similarity()
        self._duplicate_index = DuplicateIndex(self._membership, fetch_fingerprints)
        self._event_index = EventIndex(self._similarity, event_threshold)
        self._pending_proposal: Proposal | None = None
        self._decisions: dict[int, Decision] = {}
        self._changed_pins: set[int] = set()

    def __len__(self) -> int:
        return len(self._membership)

    @property
    def canonical_rule(self) -> CanonicalRule:
        """The rule by which an article stands for its group."""
        return self._membership.rule

    def __contains__(self, key: int) -> bool:
        return key in self._membership.slot_of

    def event_of(self, key: int) -> int:
        """The event of a live article."""
        return self._membership.event_of[self._membership.group(self._membership.slot_of[key])]

    def propose(self, key: int, features: Features, previous_event: int | None = None) -> Proposal:
        """Say where a new article belongs, and what else that changes; change nothing.

        Parameters
        ----------
        key : int
            The article's number; not among the live ones.
        features : Features
        previous_event : int or None
            The event that its version before was in. If that is locked, it stays there.

        Returns
        -------
        Proposal
        """
        self._event_index.rollback()
        draft = MembershipOverlay(self._membership, key, features)
        draft.previous_event = (
            previous_event if previous_event in draft.constraints.locked_events else None
        )
        slot = self._membership.next_slot
        terms = Terms.from_bytes(features.terms)
        fingerprint = Fingerprint.from_bytes(features.fingerprint)
        compared = self._duplicate_index.assign_group(draft, slot, fingerprint)
        vector = self._event_index.add(slot, terms, features)
        near = self._assign_events(draft, slot)
        twin, comparison = closest_duplicate(draft, slot, compared)
        beside = twin if near is None else self._nearest_in_event(draft, near)
        shared = self._shared_terms(vector, terms, beside)
        evidence = make_evidence(draft, comparison, near, shared)
        place = _AssignmentView(draft).assignment(slot)
        judged = replace(place, evidence=evidence, outcome=outcome_of(comparison))
        return self._make_proposal(
            draft, judged, self._find_uncertain_pairs(draft, [near] if near else [])
        )

    def propose_removal(self, key: int) -> Proposal:
        """Say what the leaving of an article changes; change nothing.

        Parameters
        ----------
        key : int

        Raises
        ------
        KeyError
            If it is not among the live articles.
        """
        self._event_index.rollback()
        draft = MembershipOverlay(self._membership)
        slot = self._membership.slot_of[key]
        group = draft.group(slot)
        draft.set_group([slot], NO_GROUP)
        if len(draft.members(group)) > 1:  # it may have been all that linked them
            self._duplicate_index.regroup(draft, group)
        self._event_index.assign_events(draft)
        return self._make_proposal(draft)

    def propose_successor(
        self, key: int, group: int, retired_members: Iterable[CanonicalCandidate]
    ) -> Proposal:
        """Say what the leaving of an article that has retired changes; change nothing.

        Parameters
        ----------
        key : int
        group : int
            The group that it was in.
        retired_members : iterable of CanonicalCandidate
            Those of the group that have retired as well.

        Returns
        -------
        Proposal
            Of the live articles that it stood for.
        """
        roster = self._membership
        led = {it for it in roster.pinned_groups if roster.representatives(it).canonical == key}
        self._changed_pins |= roster.pinned_groups & {group, *led}
        retired = {group: [*retired_members]}
        moved = (self._reassign_canonical(it, retired.get(it, ())) for it in sorted(led))
        return Proposal(None, tuple(chain.from_iterable(moved)))

    def propose_edit(
        self,
        decisions: Iterable[Decision],
        plans: Iterable[EditPlan],
        stored_assignments: Iterable[Assignment],
    ) -> Proposal:
        """Say what follows at once from what people decided; change nothing.

        Parameters
        ----------
        decisions : iterable of Decision
            All that stand then.
        plans : iterable of EditPlan
            What to do; those after the first only where the one before would leave some decision
            unkept.
        stored_assignments : iterable of Assignment
            Of articles that were recalled, as the store has them.

        Returns
        -------
        Proposal
            Of none but articles that move.

        Raises
        ------
        ValueError
            If none of the orders can be carried out.
        """
        bonds = ConstraintSet.from_decisions(decisions)
        for order in plans:
            self._event_index.rollback()
            draft = MembershipOverlay(self._membership, constraints=bonds)
            if EditPlanExecutor(draft, self._duplicate_index, self._event_index).execute(order):
                self._event_index.rollback()
                return Proposal(
                    None,
                    self._reassigned(draft, 0, stored_assignments),
                    self._decided_changes(draft),
                )
        raise ValueError("the decisions leave no room for what they demand")

    def propose_reclustering(self, article: int) -> tuple[Proposal, frozenset[int]]:
        """Say what events a live article and its surroundings belong to now; change nothing.

        Done for every article, it brings all events to the term weights in force, whatever they
        were when the articles came.

        Parameters
        ----------
        article : int

        Returns
        -------
        Proposal
            Of none but articles that move.
        frozenset of int
            The articles that were judged.

        Raises
        ------
        KeyError
            If it is not among the live articles.
        """
        self._event_index.rollback()
        draft = MembershipOverlay(self._membership)
        group = self._membership.group(self._membership.slot_of[article])
        groups = self._event_index.recluster(draft, [group])
        judged = {draft.article(slot) for group in groups for slot in draft.members(group)}
        near = map(self._event_index.neighbourhood, groups)
        return self._make_proposal(
            draft, uncertain_pairs=self._find_uncertain_pairs(draft, near)
        ), frozenset(judged)

    def partition(self) -> list[list[int]]:
        """All live articles by event, as the term weights of now would have it at once."""
        (found,) = self.partition_by_threshold([self.event_threshold])
        return found

    def partition_by_threshold(
        self, event_thresholds: Iterable[float], pause: Callable[[], None] = lambda: None
    ) -> list[list[list[int]]]:
        """The same for several lines; much is looked up once for all of them.

        Parameters
        ----------
        event_thresholds : iterable of float
            As `join` is one.
        pause : callable
            Called now and then, by who has to let others go first.

        Returns
        -------
        list of list of list of int
            For each line, the articles of each event. Those of locked events are not among them.
        """
        before, join = self.idf_snapshot, self.event_threshold
        self._event_index.reset_idf(self._event_index.document_frequencies.snapshot())
        draft, found = MembershipOverlay(self._membership), []
        for line in event_thresholds:
            self._event_index.set_event_threshold(line)
            found.append([_articles(draft, it) for it in self._event_index.partition(draft, pause)])
        self._event_index.reset_idf(before)
        self._event_index.set_event_threshold(join)
        return found

    def commit_moves(self, proposal: Proposal) -> None:
        """Take over a judgement by which articles only move.

        Parameters
        ----------
        proposal : Proposal
        """
        self._commit(proposal, None, None)

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """What people decided, as far as it stands and is about articles that are there."""
        return tuple(self._decisions.values())

    @property
    def constraints(self) -> ConstraintSet:
        """The same, brought together."""
        return self._membership.constraints

    @property
    def constrained_articles(self) -> frozenset[int]:
        """The articles of which people decided something; they do not retire."""
        return self._membership.constraints.articles

    def constrained_groups(self) -> dict[int, int]:
        """The groups of those articles."""
        slot_of = self._membership.slot_of
        return {
            it: self._membership.group(slot_of[it])
            for it in self.constrained_articles
            if it in slot_of
        }

    def set_constraints(self, decisions: Iterable[Decision]) -> None:
        """Keep to these decisions, and to no others, from now on.

        Parameters
        ----------
        decisions : iterable of Decision
        """
        self._decisions = {decision.number: decision for decision in decisions}
        self._membership.set_constraints(ConstraintSet.from_decisions(self._decisions.values()))

    def reactivate(self, key: int, features: Features, assignment: Assignment) -> None:
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
        self._pending_proposal = None
        self._event_index.rollback()
        group = assignment.group
        settled = key not in self or group in self._membership.pinned_groups
        left = self._membership.remove(key) if key in self else None
        self._add(key, features)
        self._commit_assignment(assignment)
        if settled:
            self.pin_canonical(group, assignment.duplicate_of or key)
        self._event_index.sync_groups(self._membership, [group])
        self._event_index.commit()
        if left is not None:
            self._event_index.remove(left)

    def pin_canonical(self, group: int, canonical: int) -> None:
        """Let an article stand for a group until it leaves, or people choose another.

        Parameters
        ----------
        group : int
            If none of its articles is live, nothing is done.
        canonical : int
            It need not be live.
        """
        if self._membership.members(group):
            self._membership.pin_canonical(group, canonical)
            self._changed_pins.add(group)

    def canonical_of(self, group: int) -> int | None:
        """Who stands for a live group; None if there is no such group."""
        return (
            self._membership.representatives(group).canonical
            if self._membership.members(group)
            else None
        )

    def is_pinned(self, group: int) -> bool:
        """Whether the canonical article of a group is kept to, as in `stand`."""
        return group in self._membership.pinned_groups

    def pop_changed_pins(self, other_groups: Collection[int] = ()) -> frozenset[int]:
        """Of all groups that changed since this was last asked, and others: those as in `stand`."""
        found = self._membership.pinned_groups & {*self._changed_pins, *other_groups}
        self._changed_pins.clear()
        return frozenset(found)

    def unpin(self, groups: Iterable[int]) -> None:
        """Let the rule say again who stands for groups, where it says the same now.

        Parameters
        ----------
        groups : iterable of int
            None of their members is retired.
        """
        for group in groups:
            if self._membership.representatives(
                group
            ).canonical == self._membership.default_canonical(group):
                self._membership.unpin(group)

    def commit(self, key: int, features: Features | None, proposal: Proposal) -> None:
        """Take over what was judged.

        Parameters
        ----------
        key : int
        features : Features or None
            None if the article leaves; if it has retired, only what it moves is taken over.
        proposal : Proposal
        """
        self._commit(proposal, key, features)

    def retire(self, keys: Iterable[int]) -> None:
        """Let the articles go that came first; newcomers do not meet them again.

        They stay where they are: what has not retired goes on in the same groups and events. The
        canonical article of a group is settled with the first of its members that retires.

        Parameters
        ----------
        keys : iterable of int
            Live articles. Memory is given back up to the first one that stays.
        """
        self._pending_proposal = None
        self._event_index.rollback()
        slots = {key: self._membership.slot_of[key] for key in keys}
        groups = dict.fromkeys(map(self._membership.group, slots.values()))
        self._membership.retire(slots)
        self._event_index.retire(self._membership, groups)
        for slot in slots.values():
            self._event_index.remove(slot)
        self._duplicate_index.retire()

    def _commit(self, proposal: Proposal, key: int | None, features: Features | None) -> None:
        expected, self._pending_proposal = proposal is self._pending_proposal, None
        if not expected:
            self._event_index.rollback()
        settled = [one for one in (proposal.assignment, *proposal.reassigned) if one is not None]
        groups = self._groups_of([key, *(assignment.article for assignment in settled)])
        left = None
        if key is not None and features is not None:
            (self._add_proposed if expected else self._add)(key, features)
        elif key is not None and key in self:
            left = self._membership.remove(key)
        heirs = self._groups_inheriting_pins(proposal)
        for assignment in settled:
            self._commit_assignment(assignment)
        for group in heirs:
            self.pin_canonical(group, self._membership.representatives(group).canonical)
        for assignment in settled:
            self._pin_as_proposed(assignment)
        touched = {*groups, *(assignment.group for assignment in settled)}
        self._changed_pins |= self._membership.pinned_groups & touched
        if not expected:
            groups += [assignment.group for assignment in settled]
            self._event_index.sync_groups(self._membership, dict.fromkeys(groups))
        self._event_index.commit()
        if left is not None:
            self._event_index.remove(left)

    def load(
        self,
        rows: Iterable[tuple[int, Features, Assignment]],
        next_group: int,
        next_event: int,
        pinned_groups: Mapping[int, int] = MappingProxyType({}),
        decisions: Iterable[Decision] = (),
    ) -> None:
        """Take over what the store holds.

        Parameters
        ----------
        rows : iterable of (int, Features, Assignment)
            In the order in which the articles came.
        next_group, next_event : int
            Numbers never used so far.
        pinned_groups : mapping of int to int
            Groups some of whose members have retired, each with its canonical article.
        decisions : iterable of Decision
            As for `obey`.
        """
        self.set_constraints(decisions)
        stored = {}
        for key, features, assignment in rows:
            self._add(key, features)
            self._commit_assignment(assignment)
            if assignment.duplicate_of is not None:
                stored[assignment.group] = assignment.duplicate_of
        for group, canonical in stored.items():
            if self.canonical_of(group) != canonical:
                self.pin_canonical(group, canonical)
        for group, canonical in pinned_groups.items():
            self.pin_canonical(group, canonical)
        self._event_index.load(self._membership)
        self._membership.next_group = max(self._membership.next_group, next_group)
        self._membership.next_event = max(self._membership.next_event, next_event)

    def group_frequency(self, first: int, second: int, keys: Hashes32) -> NDArray[np.int64]:
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
        slots = (self._membership.slot_of[first], self._membership.slot_of[second])
        return self._duplicate_index.group_frequency(
            MembershipOverlay(self._membership), keys, *slots
        )

    def score_candidates(self, article: int) -> ScoredCandidates:
        """Look for what a live article is compared with, as things are now; change nothing.

        Parameters
        ----------
        article : int

        Returns
        -------
        ScoredCandidates

        Raises
        ------
        KeyError
            If it is not among the live articles.
        """
        self._pending_proposal = None
        self._event_index.rollback()
        return score_candidates(self._membership, self._duplicate_index, self._event_index, article)

    def pairwise_probabilities(self, features: Sequence[Features]) -> NDArray[np.float64]:
        """How likely each two articles report the same event, by the term weights in force.

        They need not be live. Nothing of the index is touched, so any thread may ask.

        Parameters
        ----------
        features : sequence of Features

        Returns
        -------
        ndarray of float64, shape (n_articles, n_articles)
        """
        return pairwise_probabilities(features, self.idf_snapshot, self._similarity)

    @property
    def idf_snapshot(self) -> IdfSnapshot:
        """The term weights in force."""
        return self._event_index.idf_snapshot

    @property
    def event_threshold(self) -> float:
        """The line: mean probability of "same event" that makes one event."""
        return self._event_index.event_threshold

    def set_event_threshold(self, event_threshold: float) -> None:
        """Join events from another probability on; they are judged by it when touched.

        Parameters
        ----------
        event_threshold : float
        """
        self._event_index.set_event_threshold(event_threshold)

    def is_snapshot_due(self) -> bool:
        """Whether the term weights should be renewed."""
        return idf_schedule.is_snapshot_due(self.idf_snapshot, self._membership.next_group)

    def snapshot(self) -> bytes:
        """Term weights as of now, packed."""
        return self._event_index.document_frequencies.snapshot(
            self._membership.next_group
        ).to_bytes()

    def reset_idf(self, packed: bytes) -> None:
        """Weigh all terms by a snapshot from now on.

        Parameters
        ----------
        packed : bytes
            As `snapshot` returns it.
        """
        self._event_index.reset_idf(IdfSnapshot.from_bytes(packed))

    def update_idf(self, packed: bytes) -> None:
        """Weigh newcomers by a snapshot from now on, and the others little by little.

        Parameters
        ----------
        packed : bytes
            As `snapshot` returns it.
        """
        self._event_index.update_idf(IdfSnapshot.from_bytes(packed))

    def _assign_events(self, overlay: MembershipOverlay, slot: int) -> Neighbourhood | None:
        """Judge the events of all groups in the draft.

        Returns what the group of a slot was judged by, if its text stands for the group.
        """
        if overlay.previous_event is not None and overlay.event(overlay.group(slot)) is None:
            overlay.set_event(overlay.group(slot), overlay.previous_event)
        self._event_index.assign_events(overlay)
        group = overlay.group(slot)
        if self._event_index.representative_slot(group) != slot:
            return None
        return self._event_index.neighbourhood(group)

    def _nearest_in_event(
        self, overlay: MembershipOverlay, neighbourhood: Neighbourhood
    ) -> int | None:
        """The article of the same event that is likeliest to report the same; None if alone."""
        own = overlay.event(neighbourhood.group)
        found = neighbourhood.probabilities.items()
        beside = [(p, -group) for group, p in found if overlay.event(group) == own]
        return self._event_index.representative_slot(-max(beside)[1]) if beside else None

    def _shared_terms(
        self, vector: Vector, terms: Terms, other_slot: int | None
    ) -> tuple[str, ...]:
        if other_slot is None:
            return ()
        at = find_shared_terms(vector, self._event_index.vector(other_slot), MAX_SHARED_TERMS)
        return tuple(terms.names[place] for place in at.tolist())

    def _make_proposal(
        self,
        overlay: MembershipOverlay,
        assignment: Assignment | None = None,
        uncertain_pairs: tuple[UncertainPair, ...] = (),
    ) -> Proposal:
        """All that a draft amounts to; what the events part has noted for it waits for `apply`."""
        moved = self._reassigned(overlay, assignment.article if assignment else 0)
        self._pending_proposal = Proposal(
            assignment,
            moved,
            list_changes(overlay, self._event_index.mean_probability),
            uncertain_pairs,
        )
        return self._pending_proposal

    def _find_uncertain_pairs(
        self, overlay: MembershipOverlay, neighbourhoods: Iterable[Neighbourhood]
    ) -> tuple[UncertainPair, ...]:
        def article_of(group: int) -> int:
            return overlay.article(self._event_index.representative_slot(group))

        return find_uncertain_pairs(
            overlay, neighbourhoods, article_of, self._event_index.event_threshold
        )

    def _decided_changes(self, overlay: MembershipOverlay) -> tuple[Change, ...]:
        return tuple(
            replace(it, reason="decided")
            for it in list_changes(overlay, self._event_index.mean_probability)
        )

    def _reassigned(
        self,
        overlay: MembershipOverlay,
        new_article: int,
        stored_assignments: Iterable[Assignment] = (),
    ) -> tuple[Assignment, ...]:
        """The new assignments of all others that a draft changes, or that are stored otherwise."""
        now, before = _AssignmentView(overlay), _AssignmentView(MembershipOverlay(self._membership))
        known = {self._membership.slot_of[it.article]: it for it in stored_assignments}
        slots = sorted({*overlay.affected_slots(), *known})
        others = (slot for slot in slots if overlay.article(slot) != new_article)
        drafted = ((slot, now.assignment(slot)) for slot in others)
        return tuple(
            after
            for slot, after in drafted
            if not _is_same_assignment(after, known.get(slot) or before.assignment(slot))
        )

    def _add(self, key: int, features: Features) -> None:
        slot = self._membership.add(key, features)
        self._duplicate_index.add(slot, Fingerprint.from_bytes(features.fingerprint))
        self._event_index.add(slot, Terms.from_bytes(features.terms), features)

    def _add_proposed(self, key: int, features: Features) -> None:
        """Take in the article that was judged last: its texts have been read."""
        self._duplicate_index.commit(self._membership.add(key, features))

    def _groups_of(self, articles: Iterable[int | None]) -> list[int]:
        """The groups of those articles that are live."""
        slots = (self._membership.slot_of.get(article or 0) for article in articles)
        return [self._membership.group(slot) for slot in slots if slot is not None]

    def _reassign_canonical(
        self, group: int, retired_members: Iterable[CanonicalCandidate]
    ) -> Iterator[Assignment]:
        """The live members of a group, with the member that goes first by the rule."""
        roster, slots = self._membership, self._membership.members(group)
        canonical = roster.default_canonical(group)
        if canonical not in roster.constraints.chosen_canonical:
            canonical = choose_canonical(
                [*map(roster.canonical_candidate, slots), *retired_members], roster.rule
            )
        for article in map(roster.article, slots):
            original = None if article == canonical else canonical
            yield Assignment(article, group, roster.event_of[group], original)

    def _groups_inheriting_pins(self, proposal: Proposal) -> set[int]:
        """Groups that take over another one some of whose members have retired."""
        settled = self._membership.pinned_groups
        merged = (change for change in proposal.changes if change.kind == "group.merged")
        return {change.target for change in merged if change.source in settled} - settled

    def _commit_assignment(self, assignment: Assignment) -> None:
        slot = self._membership.slot_of.get(assignment.article)
        if slot is None:  # it has retired; it goes along in the store
            return
        if self._membership.group(slot) != assignment.group:
            self._membership.set_group(slot, assignment.group)
        self._membership.set_event(assignment.group, assignment.event)

    def _pin_as_proposed(self, assignment: Assignment) -> None:
        """Let the canonical article be the one of the judgement, whatever the rule says."""
        canonical = assignment.duplicate_of or assignment.article
        if self.canonical_of(assignment.group) != canonical:
            self.pin_canonical(assignment.group, canonical)


class _AssignmentView:
    """Assignments as a draft has them; every group's canonical article is chosen once."""

    def __init__(self, overlay: MembershipOverlay) -> None:
        self._overlay = overlay
        self._canonical: dict[int, int] = {}

    def assignment(self, slot: int) -> Assignment:
        group = self._overlay.group(slot)
        if group not in self._canonical:
            self._canonical[group] = self._overlay.representatives(group).canonical
        article, event = self._overlay.article(slot), self._overlay.event(group) or 0
        original = None if self._canonical[group] == article else self._canonical[group]
        outcome: Outcome = "new" if original is None else "near_duplicate"
        return Assignment(article, group, event, original, outcome)


def _articles(overlay: MembershipOverlay, groups: Iterable[int]) -> list[int]:
    return [overlay.article(slot) for group in groups for slot in overlay.members(group)]


def _is_same_assignment(first: Assignment, second: Assignment) -> bool:
    """Whether two assignments put an article in the same place."""
    place = (second.group, second.event, second.duplicate_of)
    return (first.group, first.event, first.duplicate_of) == place
