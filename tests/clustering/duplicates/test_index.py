"""Near-duplicates found by the index, one article after another."""

from __future__ import annotations

import random
from collections import Counter
from itertools import combinations

import networkx as nx
import pytest

from clustering import extract_features
from clustering.features.normalize import clean
from clustering.types import Change
from tests.support.story_factory import (
    BOILERPLATE,
    COPY_VARIANTS,
    IndexHarness,
    StoryFactory,
    duplicate_groups_of,
    make_article,
    truncate,
)


def shuffled(texts: list[str], seed: int) -> list[str]:
    return random.Random(seed).sample(texts, len(texts))


def triples(text: str) -> set[tuple[str, ...]]:
    words = clean(text).casefold().replace(".", "").split()
    return set(zip(words, words[1:], words[2:], strict=False))


class TestNearDuplicates:
    @pytest.mark.parametrize("kind", COPY_VARIANTS)
    def test_join_the_group_of_their_original_in_any_order(self, kind: str) -> None:
        factory = StoryFactory(1)
        stories = [factory.text() for _ in range(6)]
        copies = [COPY_VARIANTS[kind](story, factory) for story in stories]
        for texts in (stories + copies, copies + stories):
            groups = duplicate_groups_of(texts)
            assert groups[:6] == groups[6:]
            assert len(set(groups)) == 6

    def test_of_all_kinds_are_one_group(self) -> None:
        factory = StoryFactory(2)
        story = factory.text(30)
        texts = [story, *(make_copy(story, factory) for make_copy in COPY_VARIANTS.values())]
        for seed in range(3):
            assert len(set(duplicate_groups_of(shuffled(texts, seed)))) == 1

    def test_by_the_hundred_are_one_group(self) -> None:
        """A text that 150 outlets print is one group, not a passage common to 150 groups."""
        factory = StoryFactory(3)
        story = factory.text()
        variants = list(COPY_VARIANTS.values())
        texts = [variants[number % len(variants)](story, factory) for number in range(150)]
        unrelated = [factory.text() for _ in range(20)]
        groups = duplicate_groups_of([*texts, *unrelated])
        assert len(set(groups[:150])) == 1
        assert len(set(groups[150:])) == 20

    def test_come_with_the_measures_of_similarity(self) -> None:
        story = StoryFactory(4).text()
        first, half, exact = IndexHarness().add_texts([story, truncate(story, 0.5), story.upper()])
        assert (first.outcome, half.outcome, exact.outcome) == (
            "new",
            "near_duplicate",
            "exact_duplicate",
        )
        assert (first.duplicate_of, half.duplicate_of, exact.duplicate_of) == (None, 1, 1)
        assert half.evidence.containment == half.evidence.duplicate_score == 1.0
        assert half.evidence.jaccard == pytest.approx(0.5, abs=0.02)
        assert exact.evidence.jaccard == 1.0

    def test_have_the_earliest_published_as_canonical_article(self) -> None:
        harness, story = IndexHarness(), StoryFactory(5).text()
        for key, published in ((1, 300.0), (2, None), (3, 100.0), (4, 200.0)):
            harness.add(key, extract_features(make_article(key, story, published)))
        canonical = {
            key: assignment.duplicate_of for key, assignment in harness.assignments.items()
        }
        assert canonical == {1: 3, 2: 3, 3: None, 4: 3}

    def test_can_link_two_groups_to_one(self) -> None:
        story = StoryFactory(6).text(40)
        halves = story[: len(story) // 2], story[len(story) // 2 :]
        harness = IndexHarness()
        assert [assignment.group for assignment in harness.add_texts(halves)] == [1, 2]
        harness.features[3] = extract_features(make_article(3, story))
        with harness.index.begin() as change:
            proposal = change.propose(3, harness.features[3])
        assert proposal.assignment.group == 1
        assert Change("group.merged", 2, 1, "one text links both") in proposal.changes
        assert [
            (moved.article, moved.group) for moved in proposal.reassigned if moved.group == 1
        ] == [(2, 1)]


class TestOtherTexts:
    @pytest.mark.parametrize("sentences", [4, 7, 12])
    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_with_a_shared_notice_are_single_groups_in_the_end(
        self, sentences: int, seed: int
    ) -> None:
        factory = StoryFactory(seed)
        texts = [f"{factory.text(sentences)}\n\n{BOILERPLATE}" for _ in range(40)]
        assert Counter(Counter(duplicate_groups_of(texts)).values()) == {1: 40}

    def test_with_a_shared_notice_keep_their_copies(self) -> None:
        factory = StoryFactory(4)
        stories = [factory.text(9) for _ in range(30)]
        with_notice = [f"{story}\n\n{BOILERPLATE}" for story in stories]
        copies = [truncate(story, 0.7) for story in stories[:10]]
        groups = duplicate_groups_of(with_notice + copies)
        assert len(set(groups[:30])) == 30
        assert groups[30:] == groups[:10]

    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_of_one_template_are_single_groups_in_the_end(self, seed: int) -> None:
        factory = StoryFactory(seed)
        assert len(set(duplicate_groups_of(factory.earnings_report() for _ in range(20)))) == 20

    def test_of_one_template_keep_their_copies(self) -> None:
        factory = StoryFactory(4)
        reports = [factory.earnings_report() for _ in range(20)]
        groups = duplicate_groups_of(reports + [report.upper() for report in reports])
        assert groups[:20] == groups[20:]
        assert len(set(groups)) == 20

    def test_that_quote_two_paragraphs_are_no_near_duplicates(self) -> None:
        factory = StoryFactory(5)
        story = factory.text(27)
        quoted = "\n\n".join(story.split("\n\n")[:2])
        follow_ups = [f"{factory.text(27)}\n\n{quoted}" for _ in range(4)]
        assert len(set(duplicate_groups_of([story, *follow_ups]))) == 5

    def test_that_evolve_quickly_are_different_groups(self) -> None:
        """Each version keeps two of nine paragraphs of the one before."""
        paragraphs = StoryFactory(6).text(90).split("\n\n")
        versions = ["\n\n".join(paragraphs[start : start + 9]) for start in range(0, 21, 7)]
        groups = duplicate_groups_of(versions)
        assert len(set(groups)) == 3

    @pytest.mark.parametrize("seed", range(5))
    def test_that_evolve_slowly_do_not_form_one_chain(self, seed: int) -> None:
        """Each keeps five of nine paragraphs of the one before, and one of the one before that."""
        paragraphs = StoryFactory(seed).text(150).split("\n\n")
        versions = ["\n\n".join(paragraphs[start : start + 9]) for start in range(0, 41, 4)]
        groups = duplicate_groups_of(shuffled(versions, seed))
        assert max(Counter(groups).values()) <= 5

    def test_linked_by_one_text_split_when_it_is_removed(self) -> None:
        story = StoryFactory(7).text(40)
        harness = IndexHarness()
        harness.add_texts([story[: len(story) // 2], story[len(story) // 2 :], story])
        assert len({assignment.group for assignment in harness.assignments.values()}) == 1
        harness.remove(3)
        assert len({assignment.group for assignment in harness.assignments.values()}) == 2

    def test_too_short_to_compare_match_only_if_equal(self) -> None:
        texts = ["Ferry runs aground", "Ferry runs aground!", "Ferry runs aground again", "Ferry"]
        assert duplicate_groups_of(texts) == [1, 1, 2, 3]

    def test_of_one_sentence_with_other_names_are_no_copies(self) -> None:
        alert = (
            "{} has signed a decree by which ferries between the islands are free of charge for all"
        )
        alert += " who live there, the council of the islands said on Monday."
        texts = [alert.format(name) for name in ("Ada Holm", "Erik Brandt", "Ada Holm")]
        assert duplicate_groups_of(texts) == [1, 2, 1]


@pytest.mark.parametrize("seed", range(4))
def test_groups_are_the_connected_components_of_exact_containment(seed: int) -> None:
    """If no passage is common and each pair is a clear case, exact containment gives the groups."""
    factory = StoryFactory(100 + seed)
    texts = []
    for _ in range(25):
        story = factory.text(factory.random.randint(9, 30))
        texts.append(story)
        for _ in range(factory.random.choice([0, 0, 1, 2, 5])):
            copy = truncate(story, factory.random.uniform(0.5, 1))
            texts.append(factory.with_words_replaced(copy, factory.random.uniform(0, 0.06)))
    texts = shuffled(texts, seed)
    sets = [triples(text) for text in texts]
    graph = nx.Graph()
    graph.add_nodes_from(range(len(texts)))
    for first, second in combinations(range(len(texts)), 2):
        shared = len(sets[first] & sets[second]) / min(len(sets[first]), len(sets[second]))
        assert shared < 0.05 or shared > 0.5, "not a clear case"
        if shared > 0.5:
            graph.add_edge(first, second)
    groups = duplicate_groups_of(texts)
    partition = {
        frozenset(
            position
            for position, group_of_position in enumerate(groups)
            if group_of_position == group
        )
        for group in groups
    }
    assert partition == {frozenset(component) for component in nx.connected_components(graph)}
