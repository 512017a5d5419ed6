"""Evidence is about the article that an assignment names; parts of a story belong to it."""

from __future__ import annotations

from functools import partial
from itertools import permutations

import pytest

from clustering.explain.pair import explain
from clustering.types import Article
from tests.support.look_alikes import LOCK, WIRE, Story, make_features
from tests.support.story_factory import IndexHarness

WORDS = WIRE.split()
WHOLE = LOCK._replace(text=WIRE)
HEADS = (
    Story("Barges wait at Hammarn", " ".join(WORDS[:70]), "Selje Echo"),
    Story("Crack shuts sluice", " ".join(WORDS[:50]), "Drenby Post"),
    Story("Sluice shut", " ".join(WORDS[:40]), "Radio Korvik"),
)
TAIL = Story("Skippers want refund of dues", " ".join(WORDS[-55:]), "Canal Review")


def groups_of(stories: tuple[Story, ...]) -> set[int]:
    harness = IndexHarness()
    for key, story in enumerate(stories, start=1):
        harness.add(key, make_features(story, key))
    return {assignment.group for assignment in harness.assignments.values()}


@pytest.mark.parametrize("position", range(5))
def test_tail_of_a_story_belongs_to_it_whatever_copies_came_before(position: int):
    stories = [WHOLE, *HEADS]
    stories.insert(position, TAIL)
    assert len(groups_of(tuple(stories))) == 1


@pytest.mark.parametrize("stories", [*permutations([TAIL, HEADS[1], WHOLE])])
def test_head_and_tail_are_one_text_with_the_whole(stories: tuple[Story, ...]):
    assert len(groups_of(stories)) == 1


@pytest.mark.parametrize(
    ("text", "copy"),
    [
        ("Divers found a crack in the gate of the sluice at Hammarn on Monday.",
         "HAMMARN (AP) - Divers found a crack in the gate of the sluice at Hammarn on Monday."),
        ("Divers found a crack in the lower gate of the sluice at Hammarn, the canal board said.",
         "Divers found a crack in the lower gate of the sluice at Hammarn, police reported."),
    ],
)  # fmt: skip
def test_summaries_with_a_credit_or_another_ending_are_copies(text: str, copy: str):
    assert len(groups_of((LOCK._replace(text=text), Story("Crack", copy, "Selje Echo")))) == 1


def test_evidence_compares_with_the_article_that_is_named():
    corrected = WHOLE._replace(text=WIRE.replace("forty", "forty-two"), source="Selje Echo")
    harness = IndexHarness()
    for key, story in enumerate((WHOLE, TAIL, corrected), start=1):
        assignment = harness.add(key, make_features(story, key, key))
    assert (assignment.duplicate_of, assignment.outcome) == (1, "near_duplicate")
    articles = (
        Article(1, WHOLE.title, WHOLE.text, source=WHOLE.source),
        Article(3, corrected.title, corrected.text, source=corrected.source),
    )
    explained = explain(*articles, partial(harness.index.group_frequency, 1, 3)).duplicate
    evidence = assignment.evidence
    assert (evidence.jaccard, evidence.containment, evidence.duplicate_score) == (
        explained.jaccard,
        explained.containment,
        explained.score,
    )
    assert explained.jaccard > 0.9
