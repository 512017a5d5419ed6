"""A pending change of the index: proposals that are committed together, or rolled back.

    with index.begin() as change:
        proposal = change.propose(key, features)
        change.commit()

A block that is left without a commit leaves the index exactly as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import chain
from types import TracebackType
from typing import Final

from clustering.constraints.decision import ConstraintSet, Decision
from clustering.duplicates.comparison import Comparison
from clustering.duplicates.near_misses import find_near_miss
from clustering.events.block_question import find_block_pair
from clustering.events.index import Neighbourhood
from clustering.events.merged_events import find_merged_pairs
from clustering.events.sentence_vectors import SentenceVector
from clustering.events.uncertainty import find_uncertain_pairs
from clustering.features.fingerprint import Fingerprint
from clustering.features.terms import Terms
from clustering.pipeline.active_decisions import ActiveDecisions
from clustering.pipeline.edit_plan import EditPlan, EditPlanExecutor
from clustering.pipeline.evidence import closest_duplicate, make_evidence, outcome_of
from clustering.pipeline.index_state import IndexState, ProposedChange
from clustering.pipeline.proposal import (
    AssignmentView,
    build_edit_proposal,
    find_reassigned,
    reassign_canonical,
)
from clustering.similarity.pair_features import find_shared_terms
from clustering.similarity.tfidf import Vector
from clustering.state.canonical import CanonicalCandidate
from clustering.state.diff import list_changes
from clustering.state.membership import NO_GROUP
from clustering.state.overlay import MembershipOverlay
from clustering.types import Assignment, Change, Features, Proposal, UncertainPair

MAX_SHARED_TERMS: Final = 8
"""Terms that an assignment's evidence lists, the most distinctive first."""


class PendingChange:
    """Proposals that are not committed yet; `ArticleIndex.begin` starts one.

    Each proposal is made as if those before it in the same change were committed. An added article
    is the last one, because no other text can be compared with it before it is indexed.

    Parameters
    ----------
    state : IndexState
    active_decisions : ActiveDecisions
    """

    def __init__(self, state: IndexState, active_decisions: ActiveDecisions) -> None:
        state.check_idle()
        state.has_open_change = True
        self._state = state
        self._active_decisions = active_decisions
        self._last: ProposedChange | None = None
        self._decisions: tuple[Decision, ...] | None = None
        self._is_staged = False
        self._is_open = True

    def __enter__(self) -> PendingChange:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        if self._is_open:
            self.rollback()

    def commit(self) -> None:
        """Make all that was proposed final, and end the change.

        Raises
        ------
        RuntimeError
            If the change has ended already.
        """
        self._check_open()
        if self._decisions is not None:
            self._active_decisions.replace(self._decisions)
        if self._last is not None:
            self._state.apply(self._last)
        self._state.commit()
        self._end()

    def rollback(self) -> None:
        """Undo all that was proposed, and end the change.

        Raises
        ------
        RuntimeError
            If the change has ended already.
        """
        self._check_open()
        self._state.rollback()
        self._end()

    def propose(self, key: int, features: Features, previous_event: int | None = None) -> Proposal:
        """Propose the group and the event of a new article, and the moves that follow.

        Parameters
        ----------
        key : int
            The article's number; not that of a live article.
        features : Features
        previous_event : int or None
            The event of the article's previous version. If it is locked, the article stays in it.

        Returns
        -------
        Proposal
        """
        self._stage_last()
        overlay = MembershipOverlay(self._state.membership, key, features)
        locked_events = overlay.constraints.locked_events
        overlay.previous_event = previous_event if previous_event in locked_events else None
        slot = self._state.membership.next_slot
        terms = Terms.from_bytes(features.terms)
        fingerprint = Fingerprint.from_bytes(features.fingerprint)
        comparisons = self._state.duplicate_index.assign_group(overlay, slot, fingerprint)
        vector = self._state.event_index.add(slot, terms, features)
        neighbourhood = self._assign_events(overlay, slot)
        assignment = AssignmentView(overlay).assignment(slot)
        closest = closest_duplicate(overlay, slot, comparisons)
        comparison = self._compare_with_original(overlay, slot, assignment.duplicate_of, closest)
        nearest = (
            self._original_slot(overlay, assignment.duplicate_of, closest)
            if neighbourhood is None
            else self._nearest_in_event(overlay, neighbourhood)
        )
        shared_terms = self._shared_terms(vector, terms, nearest)
        assignment = replace(
            assignment,
            evidence=make_evidence(
                overlay,
                comparison,
                neighbourhood,
                shared_terms,
                self._state.event_index.count_comparable,
            ),
            outcome=outcome_of(comparison, None if closest is None else comparisons[closest]),
        )
        neighbourhoods = [neighbourhood] if neighbourhood else []
        proposal = self._build_proposal(overlay, neighbourhoods, assignment)
        near_miss = find_near_miss(overlay, slot, comparisons)
        proposal = replace(
            proposal,
            uncertain_pairs=(
                *proposal.uncertain_pairs,
                *self._find_merged_pairs(overlay, proposal.changes, key),
                *self._find_block_pair(overlay, slot),
                *([near_miss] if near_miss else []),
            ),
        )
        return self._keep(ProposedChange(proposal, key, features, is_indexed=True))

    def propose_removal(self, key: int) -> Proposal:
        """Propose the moves that follow from the removal of a live article.

        Parameters
        ----------
        key : int

        Returns
        -------
        Proposal

        Raises
        ------
        KeyError
            If the article is not live.
        """
        self._stage_last()
        overlay = MembershipOverlay(self._state.membership)
        slot = self._state.membership.slot_of[key]
        group = overlay.group(slot)
        overlay.set_group([slot], NO_GROUP)
        if len(overlay.members(group)) > 1:  # the article may have been all that linked the others
            self._state.duplicate_index.regrouper.regroup(overlay, group)
        self._state.event_index.assign_events(overlay)
        return self._keep(ProposedChange(self._build_proposal(overlay), key, is_indexed=True))

    def propose_successor(
        self, key: int, group: int, retired_members: Iterable[CanonicalCandidate]
    ) -> Proposal:
        """Propose other canonical articles for the groups of a retired article that is removed.

        Parameters
        ----------
        key : int
        group : int
            The group of the article.
        retired_members : iterable of CanonicalCandidate
            The other retired members of that group.

        Returns
        -------
        Proposal
            Moves live articles only.
        """
        self._stage_last()
        membership, retired = self._state.membership, {group: [*retired_members]}
        successions = {
            pinned
            for pinned in membership.pinned_groups
            if membership.representatives(pinned).canonical == key
        }
        reassigned = (
            reassign_canonical(membership, pinned, retired.get(pinned, ()))
            for pinned in sorted(successions)
        )
        proposal = Proposal(None, tuple(chain.from_iterable(reassigned)))
        return self._keep(
            ProposedChange(proposal, key, changed_groups=frozenset({group, *successions}))
        )

    def propose_edit(
        self,
        decisions: Iterable[Decision],
        plans: Iterable[EditPlan],
        stored_assignments: Iterable[Assignment],
    ) -> Proposal:
        """Propose the moves that follow at once from an editor's decision.

        Parameters
        ----------
        decisions : iterable of Decision
            All active decisions, with the new one. They replace the current ones on commit.
        plans : iterable of EditPlan
            The first plan that satisfies all decisions is executed.
        stored_assignments : iterable of Assignment
            The stored assignments of reactivated articles.

        Returns
        -------
        Proposal
            Moves articles only.

        Raises
        ------
        ValueError
            If no plan satisfies all decisions.
        """
        self._check_open()
        if self._last is not None or self._is_staged:
            raise RuntimeError("an edit is the only proposal of a change")
        decisions = tuple(decisions)
        constraints = ConstraintSet.from_decisions(decisions)
        event_index = self._state.event_index
        for plan in plans:
            overlay = MembershipOverlay(self._state.membership, constraints=constraints)
            executor = EditPlanExecutor(overlay, self._state.duplicate_index, event_index)
            is_possible = executor.execute(plan)
            event_index.rollback()
            if is_possible:
                self._decisions = decisions
                return self._keep(
                    ProposedChange(
                        build_edit_proposal(
                            overlay, stored_assignments, event_index.mean_probability
                        )
                    )
                )
        raise ValueError("the decisions contradict each other")

    def propose_reclustering(self, article: int) -> tuple[Proposal, frozenset[int]]:
        """Propose new events for a live article and its surroundings.

        Done for every article, this brings all events to the term weights in force, whatever these
        were when the articles arrived.

        Parameters
        ----------
        article : int

        Returns
        -------
        Proposal
            Moves articles only.
        frozenset of int
            The articles that were clustered again.

        Raises
        ------
        KeyError
            If the article is not live.
        """
        self._stage_last()
        membership, event_index = self._state.membership, self._state.event_index
        overlay = MembershipOverlay(membership)
        group = membership.group(membership.slot_of[article])
        groups = event_index.recluster(overlay, [group])
        reclustered = frozenset(
            overlay.article(slot) for member in groups for slot in overlay.members(member)
        )
        proposal = self._build_proposal(overlay, map(event_index.neighbourhood, groups))
        return self._keep(ProposedChange(proposal, is_indexed=True)), reclustered

    def propose_vectors(self, vectors: Mapping[int, SentenceVector]) -> Proposal:
        """Propose new events for live articles that get a sentence vector.

        Parameters
        ----------
        vectors : mapping of int to ndarray of float16, shape (n_dimensions,)
            By article; those that are not live are left out.

        Returns
        -------
        Proposal
            Moves articles only.
        """
        self._stage_last()
        membership, event_index = self._state.membership, self._state.event_index
        slots = {article: membership.slot(article) for article in vectors}
        groups = event_index.set_vectors(
            {slot: vectors[article] for article, slot in slots.items() if slot is not None}
        )
        overlay = MembershipOverlay(membership)
        reclustered = sorted(event_index.recluster(overlay, sorted(groups)))
        proposal = self._build_proposal(overlay, map(event_index.neighbourhood, reclustered))
        renewed = (self._renew_evidence(overlay, moved) for moved in proposal.reassigned)
        proposal = replace(proposal, reassigned=tuple(renewed))
        return self._keep(ProposedChange(proposal, is_indexed=True))

    def _renew_evidence(self, overlay: MembershipOverlay, moved: Assignment) -> Assignment:
        """Give an article that moves by a vector the probability of its new event.

        Near-duplicates keep their evidence: it is about their text.
        """
        if len(overlay.members(moved.group)) > 1:
            return moved
        event_index = self._state.event_index
        neighbourhood = event_index.neighbourhood(moved.group)
        evidence = make_evidence(
            overlay, None, neighbourhood, moved.evidence.shared_terms, event_index.count_comparable
        )
        return replace(moved, evidence=evidence)

    def _check_open(self) -> None:
        if not self._is_open:
            raise RuntimeError("the change was committed or rolled back already")

    def _end(self) -> None:
        self._is_open = self._state.has_open_change = False
        self._last = self._decisions = None

    def _stage_last(self) -> None:
        """Apply the proposal before, so that the next one is made on top of it."""
        self._check_open()
        if self._last is None:
            return
        if self._last.features is not None or self._decisions is not None:
            raise RuntimeError("an added article or an edit is the last proposal of a change")
        self._state.stage(self._last)
        self._last, self._is_staged = None, True

    def _keep(self, change: ProposedChange) -> Proposal:
        self._last = change
        return change.proposal

    def _assign_events(self, overlay: MembershipOverlay, slot: int) -> Neighbourhood | None:
        """Assign all changed groups to events.

        Returns the neighbourhood of a slot's group, if the slot represents that group.
        """
        event_index = self._state.event_index
        if overlay.previous_event is not None and overlay.event(overlay.group(slot)) is None:
            overlay.set_event(overlay.group(slot), overlay.previous_event)
        event_index.assign_events(overlay)
        group = overlay.group(slot)
        if event_index.representative_slot(group) != slot:
            return None
        return event_index.neighbourhood(group)

    def _compare_with_original(
        self, overlay: MembershipOverlay, slot: int, original: int | None, closest: int | None
    ) -> Comparison | None:
        """Compare an article with the one that it duplicates.

        An article that becomes canonical itself is compared with the closest of its group.
        """
        if original is None and closest is not None:
            original = overlay.article(closest)
        if original is None:
            return None
        return self._state.duplicate_index.compare_with_member(overlay, slot, original)

    def _original_slot(
        self, overlay: MembershipOverlay, original: int | None, closest: int | None
    ) -> int | None:
        """The slot of the article that one duplicates, or of the closest if it has retired."""
        slot = None if original is None else overlay.slot(original)
        return closest if slot is None else slot

    def _nearest_in_event(
        self, overlay: MembershipOverlay, neighbourhood: Neighbourhood
    ) -> int | None:
        """The most probable neighbour of the same event; None if there is none."""
        event = overlay.event(neighbourhood.group)
        ranked = [
            (probability, -group)
            for group, probability in neighbourhood.probabilities.items()
            if overlay.event(group) == event
        ]
        return self._state.event_index.representative_slot(-max(ranked)[1]) if ranked else None

    def _shared_terms(
        self, vector: Vector, terms: Terms, other_slot: int | None
    ) -> tuple[str, ...]:
        if other_slot is None:
            return ()
        other_vector = self._state.event_index.vector(other_slot)
        positions = find_shared_terms(vector, other_vector, MAX_SHARED_TERMS)
        return tuple(terms.names[position] for position in positions.tolist())

    def _build_proposal(
        self,
        overlay: MembershipOverlay,
        neighbourhoods: Iterable[Neighbourhood] = (),
        assignment: Assignment | None = None,
    ) -> Proposal:
        # First the pairs: looking up neighbourhoods may add to the mean probabilities.
        uncertain_pairs = self._find_uncertain_pairs(overlay, neighbourhoods)
        return Proposal(
            assignment,
            find_reassigned(overlay, assignment.article if assignment else 0),
            list_changes(overlay, self._state.event_index.mean_probability),
            uncertain_pairs,
        )

    def _find_uncertain_pairs(
        self, overlay: MembershipOverlay, neighbourhoods: Iterable[Neighbourhood]
    ) -> tuple[UncertainPair, ...]:
        article_of = partial(self._representative_article, overlay)
        event_threshold = self._state.event_index.event_threshold
        return find_uncertain_pairs(overlay, neighbourhoods, article_of, event_threshold)

    def _find_merged_pairs(
        self, overlay: MembershipOverlay, changes: Iterable[Change], cause: int
    ) -> Iterator[UncertainPair]:
        article_of = partial(self._representative_article, overlay)
        return find_merged_pairs(overlay, changes, self._state.event_index, article_of, cause)

    def _find_block_pair(self, overlay: MembershipOverlay, slot: int) -> Iterator[UncertainPair]:
        article_of = partial(self._representative_article, overlay)
        event = overlay.event(overlay.group(slot))
        pair = find_block_pair(overlay, event, self._state.event_index, article_of)
        if pair is not None:
            yield pair

    def _representative_article(self, overlay: MembershipOverlay, group: int) -> int:
        return overlay.article(self._state.event_index.representative_slot(group))
