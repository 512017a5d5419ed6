"""Pending changes: what is not committed leaves no trace, whatever was proposed."""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from clustering import ArticleIndex
from clustering.constraints.decision import Decision
from clustering.events.thresholds import DEFAULT_EVENT_THRESHOLD
from clustering.pipeline.edit_plan import EditPlan
from clustering.types import Proposal
from tests.clustering.pipeline.index_snapshot import take_snapshot
from tests.clustering.pipeline.test_index import pool
from tests.support.story_factory import IndexHarness

KEYS = st.integers(1, 12)
TEXTS = st.integers(0, 32)
NEW_KEY = 99


def differences(before: Any, after: Any, path: str = "index") -> Iterator[str]:
    """The places where two snapshots differ."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in before.keys() | after.keys():
            yield from differences(before.get(name), after.get(name), f"{path}.{name}")
    elif before != after:
        yield f"{path}: {before} != {after}"


@contextmanager
def leaving_no_trace(index: ArticleIndex) -> Iterator[None]:
    before = take_snapshot(index)
    yield
    after = take_snapshot(index)
    assert list(differences(before, after)) == []


class ProposalsLeaveNoTrace(RuleBasedStateMachine):
    """An index that lives on, and proposals that are rolled back in between."""

    @initialize()
    def open(self) -> None:
        self.harness = IndexHarness()
        self.n_decisions = 0

    @property
    def index(self) -> ArticleIndex:
        return self.harness.index

    @rule(key=KEYS, text=TEXTS)
    def add(self, key: int, text: int) -> None:
        """Add an article, or a new version of one."""
        if key in self.harness.features:
            self.harness.remove(key)
        self.harness.add(key, pool()[text])

    @precondition(lambda self: self.harness.features)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        self.harness.remove(self.draw_key(data))

    @rule()
    def take_idf_snapshot(self) -> None:
        self.harness.take_snapshot()

    @precondition(lambda self: len(self.harness.features) > 1)
    @rule(data=st.data(), together=st.booleans())
    def decide(self, data: st.DataObject, together: bool) -> None:
        """Commit an editor's decision about two articles."""
        with self.index.begin() as change:
            try:
                proposal = self.propose_edit(change, data, together)
            except ValueError:
                return
            change.commit()
        self.harness._record(*proposal.reassigned)
        self.n_decisions += 1

    @precondition(lambda self: len(self.index) > 3 and not self.index.active_decisions.decisions)
    @rule()
    def retire_the_oldest(self) -> None:
        oldest = min(self.harness.features, key=self.index._membership.slot_of.__getitem__)
        self.index.retirement.retire([oldest])
        del self.harness.features[oldest], self.harness.assignments[oldest]

    @rule(text=TEXTS)
    def propose_an_addition(self, text: int) -> None:
        with leaving_no_trace(self.index), self.index.begin() as change:
            change.propose(NEW_KEY, pool()[text])

    @precondition(lambda self: self.harness.features)
    @rule(data=st.data(), text=TEXTS)
    def propose_a_new_version(self, data: st.DataObject, text: int) -> None:
        """The same follows as if the removal had been committed before the addition."""
        key, features = self.draw_key(data), pool()[text]
        with leaving_no_trace(self.index), self.index.begin() as change:
            proposed = change.propose_removal(key), change.propose(key, features)
        assert proposed == replace_committing(copy.deepcopy(self.index), key, features)

    @precondition(lambda self: self.harness.features)
    @rule(data=st.data())
    def propose_a_removal(self, data: st.DataObject) -> None:
        with leaving_no_trace(self.index), self.index.begin() as change:
            change.propose_removal(self.draw_key(data))

    @precondition(lambda self: self.harness.features)
    @rule(data=st.data())
    def propose_a_removal_after_another(self, data: st.DataObject) -> None:
        with leaving_no_trace(self.index), self.index.begin() as change:
            first = self.draw_key(data)
            change.propose_removal(first)
            for key in sorted({*self.harness.features} - {first})[:1]:
                change.propose_removal(key)

    @precondition(lambda self: self.harness.features)
    @rule(data=st.data())
    def propose_a_reclustering(self, data: st.DataObject) -> None:
        with leaving_no_trace(self.index), self.index.begin() as change:
            change.propose_reclustering(self.draw_key(data))

    @precondition(lambda self: self.index._membership.pinned_groups)
    @rule(data=st.data(), text=TEXTS)
    def propose_a_successor(self, data: st.DataObject, text: int) -> None:
        membership = self.index._membership
        group = data.draw(st.sampled_from(sorted(membership.pinned_groups)))
        key = membership.representatives(group).canonical
        with leaving_no_trace(self.index), self.index.begin() as change:
            change.propose_successor(key, group, [])
            if key not in self.index:
                change.propose(key, pool()[text])

    @precondition(lambda self: len(self.harness.features) > 1)
    @rule(data=st.data(), together=st.booleans())
    def propose_a_decision(self, data: st.DataObject, together: bool) -> None:
        with leaving_no_trace(self.index), self.index.begin() as change:
            try:
                self.propose_edit(change, data, together)
            except ValueError:
                return

    @precondition(lambda self: self.harness.features)
    @rule(data=st.data())
    def score_candidates(self, data: st.DataObject) -> None:
        with leaving_no_trace(self.index):
            self.index.score_candidates(self.draw_key(data))

    @rule()
    def partition(self) -> None:
        with leaving_no_trace(self.index):
            first = self.index.partition_by_threshold([0.3, DEFAULT_EVENT_THRESHOLD, 0.7])
            assert first[1] == self.index.partition()

    def draw_key(self, data: st.DataObject) -> int:
        return data.draw(st.sampled_from(sorted(self.harness.features)))

    def propose_edit(self, change: Any, data: st.DataObject, together: bool) -> Proposal:
        keys = st.lists(
            st.sampled_from(sorted(self.harness.features)), min_size=2, max_size=2, unique=True
        )
        first, second = data.draw(keys)
        number = self.n_decisions + 1
        decision = (
            Decision(number, one_event=(first, second))
            if together
            else Decision(number, sides=((first,), (second,)))
        )
        plan = EditPlan(
            split_articles=() if together else (first, second),
            event_merge=(first, second) if together else (),
            reclustered=() if together else (first, second),
        )
        active = self.index.active_decisions.decisions
        return change.propose_edit([*active, decision], [plan], [])


TestProposalsLeaveNoTrace = ProposalsLeaveNoTrace.TestCase
TestProposalsLeaveNoTrace.settings = settings(
    derandomize=True, deadline=None, max_examples=25, stateful_step_count=25
)


def replace_committing(index: ArticleIndex, key: int, features: Any) -> tuple[Proposal, Proposal]:
    """Remove an article and add it again, each in a change of its own."""
    with index.begin() as change:
        removal = change.propose_removal(key)
        change.commit()
    with index.begin() as change:
        return removal, change.propose(key, features)


def remove_together(index: ArticleIndex, keys: Iterable[int]) -> None:
    with index.begin() as change:
        for key in keys:
            change.propose_removal(key)
        change.commit()


class TestChange:
    def test_an_error_rolls_back(self) -> None:
        harness = IndexHarness()
        harness.add(1, pool()[0])
        with leaving_no_trace(harness.index), pytest.raises(KeyError, match="7"):
            remove_together(harness.index, [1, 7])

    def test_is_the_only_one_while_it_is_pending(self) -> None:
        index = IndexHarness().index
        with index.begin(), pytest.raises(RuntimeError, match="pending"):
            index.begin()
        with index.begin(), pytest.raises(RuntimeError, match="pending"):
            index.set_event_threshold(0.5)

    def test_ends_once(self) -> None:
        index = IndexHarness().index
        with index.begin() as change:
            change.propose(1, pool()[0])
            change.commit()
        assert len(index) == 1
        with pytest.raises(RuntimeError, match="already"):
            change.rollback()
        with pytest.raises(RuntimeError, match="already"):
            change.propose(2, pool()[1])

    def test_nothing_follows_an_added_article(self) -> None:
        with IndexHarness().index.begin() as change:
            change.propose(1, pool()[0])
            with pytest.raises(RuntimeError, match="last proposal"):
                change.propose(2, pool()[1])

    def test_several_removals_are_committed_together(self) -> None:
        harness, expected = IndexHarness(), IndexHarness()
        for key, features in enumerate(pool()[:12], start=1):
            harness.add(key, features)
            expected.add(key, features)
        remove_together(harness.index, [1, 5, 2])
        for key in (1, 5, 2):
            expected.remove(key)
        remaining = [assignment.article for assignment in expected.assignments.values()]
        assert [harness.index.event_of(key) for key in remaining] == [
            expected.index.event_of(key) for key in remaining
        ]


class TestPins:
    @staticmethod
    def copies(retired: list[int]) -> ArticleIndex:
        """Four articles of one group, of which the oldest have retired."""
        harness = IndexHarness()
        for key in range(1, 5):
            harness.add(key, pool()[0])
        harness.index.retirement.retire(retired)
        return harness.index

    def test_are_restored(self) -> None:
        index = self.copies([1])
        with leaving_no_trace(index), index.begin() as change:
            change.propose_removal(2)
            change.propose(2, pool()[0])
            assert index._state.changed_pins == {1}

    @pytest.mark.parametrize("removed", [1, 2])
    def test_are_checked_after_a_retired_member_is_removed(self, removed: int) -> None:
        """Whether the removed article was the canonical one or not."""
        index, checked = self.copies([1, 2]), set[int]()

        def find_with_retired(groups: Collection[int]) -> set[int]:
            checked.update(groups)
            return set()

        with index.begin() as change:
            change.propose_successor(removed, 1, [])
            change.commit()
        index.retirement.unpin_without_retired(find_with_retired)
        assert checked == {1}
        checked.clear()
        index.retirement.unpin_without_retired(find_with_retired)
        assert not checked
