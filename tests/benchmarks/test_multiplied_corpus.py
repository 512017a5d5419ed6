"""The multiplied corpus: copies share no more than unrelated news does."""

from __future__ import annotations

import gzip
import json
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from benchmarks.multiplied_corpus import iter_articles, read_corpus
from clustering import DuplicateClusterer

Records = list[dict[str, Any]]


@pytest.fixture(scope="module")
def corpus() -> Records:
    return read_corpus(None)


@pytest.fixture(scope="module")
def articles(corpus: Records) -> Records:
    return list(islice(iter_articles(corpus, 1_000), 2 * len(corpus) + 1))


def test_the_first_copy_is_the_corpus(corpus: Records, articles: Records) -> None:
    originals = articles[: len(corpus)]
    assert [record["text"] for record in originals] == [record["text"] for record in corpus]


def test_the_same_corpus_gives_the_same_copies(corpus: Records, articles: Records) -> None:
    assert list(islice(iter_articles(corpus, 1_000), len(articles))) == articles


def test_ids_and_labels_belong_to_one_copy(corpus: Records, articles: Records) -> None:
    assert len({record["id"] for record in articles}) == len(articles)
    first, second = articles[0], articles[len(corpus)]
    assert first["duplicate_group"] != second["duplicate_group"]


def test_only_duplicates_of_the_corpus_are_duplicates_in_a_copy(
    corpus: Records, articles: Records
) -> None:
    groups = DuplicateClusterer(language="en").fit_predict(
        [record["text"] for record in articles[: 2 * len(corpus)] if record["language"] == "en"]
    )
    first, second = groups[: len(groups) // 2], groups[len(groups) // 2 :]
    assert not set(first) & set(second)
    assert len(set(first)) == len(set(second))


def test_common_words_stay_common(corpus: Records, articles: Records) -> None:
    def words(records: Records) -> set[str]:
        return {word for record in records for word in record["text"].lower().split()}

    first, second = words(articles[: len(corpus)]), words(articles[len(corpus) : 2 * len(corpus)])
    assert 0.05 < len(first & second) / len(first) < 0.5


def test_articles_without_text_are_left_out(tmp_path: Path) -> None:
    file = tmp_path / "news.jsonl.gz"
    lines = [{"text": "The ferry"}, {"text": ""}, {"title": "Only this"}]
    file.write_bytes(gzip.compress("\n".join(map(json.dumps, lines)).encode()))
    assert read_corpus(file) == [{"text": "The ferry"}]
    assert next(iter_articles(read_corpus(file), 10))["id"] == "0-0"
