"""Groups by the libraries that are installed here as well, and their signatures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.comparison.grouping import GROUPERS, join_pairs
from benchmarks.comparison.signing import SIGNERS, shingles
from tests.support.story_factory import StoryFactory

INSTALLED = ("datasketch", "scikit-learn")


def test_pairs_are_joined_to_components() -> None:
    labels = join_pairs([(0, 3), (3, 4), (1, 1)], 5)
    assert labels[0] == labels[3] == labels[4]
    assert len(set(labels)) == 3
    assert len(set(join_pairs([], 4))) == 4


@pytest.mark.parametrize("library", INSTALLED)
def test_a_copy_is_in_the_group_of_its_text(library: str, tmp_path: Path) -> None:
    factory = StoryFactory(1)
    texts = [factory.text() for _ in range(3)]
    texts.append(factory.with_words_replaced(texts[1], share=0.02))
    articles = tmp_path / "articles.jsonl"
    articles.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    labels = GROUPERS[library](articles)
    assert labels[3] == labels[1]
    assert len(set(labels)) == 3


@pytest.mark.parametrize("library", ["storyfold", "datasketch"])
def test_every_text_gets_a_signature(library: str) -> None:
    signed = SIGNERS[library]()(["The ferry Alma ran aground off Skarn", "Too short"])
    assert len(signed) == 2


def test_shingles_are_runs_of_three_words() -> None:
    assert shingles("The ferry, ALMA ran") == ["the ferry alma", "ferry alma ran"]
