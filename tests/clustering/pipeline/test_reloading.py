"""The index is a function of what is stored, also where a limit cuts something off.

The limit is so low here that a few articles reach it. An index in which articles were removed must
propose what one does that was just loaded, and never had them.
"""

from __future__ import annotations

from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st

from clustering.duplicates import fingerprint_index
from clustering.types import Proposal
from tests.clustering.pipeline.test_index import pool, propose
from tests.support.story_factory import IndexHarness

KEYS = st.integers(1, 12)
COPIES = st.sampled_from([0, 1, 2, 3, 4, 5])
"""Two stories of one event, each with a cut copy and one with a notice."""
REMOVED = None


def groups(proposal: Proposal) -> list[tuple[object, ...]]:
    """What a proposal says of duplicate groups."""
    assignments = [proposal.assignment, *proposal.reassigned]
    return sorted(
        (assignment.article, assignment.group, assignment.duplicate_of or 0)
        for assignment in assignments
        if assignment is not None
    )


@mock.patch.object(fingerprint_index, "MAX_POSTINGS_PER_KEY", 3)
@settings(derandomize=True, deadline=None, max_examples=30)
@given(steps=st.lists(st.tuples(KEYS, COPIES | st.just(REMOVED)), min_size=8, max_size=30))
def test_loaded_index_proposes_what_the_one_before_does(
    steps: list[tuple[int, int | None]],
) -> None:
    harness = IndexHarness()
    for key, text in steps:
        if key in harness.features:
            harness.remove(key)
        if text is not REMOVED:
            harness.add(key, pool()[text])
    loaded = harness.reloaded()
    for text in range(6):
        harness.features[99] = pool()[text]
        proposals = [propose(index, 99, pool()[text]) for index in (harness.index, loaded)]
        del harness.features[99]
        assert groups(proposals[0]) == groups(proposals[1])
