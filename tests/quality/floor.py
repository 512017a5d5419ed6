"""Minimum scores of the library on the starter corpus and on the samples, by language.

    make floor

writes the current scores to floor.json. They may only rise; a commit that lowers one says why.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from math import floor
from pathlib import Path
from typing import Any

from clustering import Article
from clustering.learning.datasets import Corpus, LabelledArticle
from clustering.learning.scores import Score, score
from clustering.pipeline.batch import assign

HERE = Path(__file__).parent
PATH = HERE / "floor.json"
SAMPLES = [
    HERE.parents[1] / "seeds" / "starter.jsonl",
    *sorted((HERE / "samples").glob("*.jsonl")),
]

Figures = dict[str, dict[str, dict[str, float]]]
"""Scores by sample, language and name of the score."""


def measure() -> Figures:
    """Measure B-cubed F1 of events and pairwise F1 of duplicate groups, in order of date."""
    return {path.stem: _measure(_load_corpus(path)) for path in SAMPLES}


def read() -> Figures:
    """Read the minimum scores."""
    figures: Figures = json.loads(PATH.read_text(encoding="utf-8"))
    return figures


def _measure(corpus: Corpus) -> dict[str, dict[str, float]]:
    scores = score(corpus, assign(item.article for item in corpus.items))
    figures: dict[str, dict[str, float]] = {}
    for language_score in scores:
        if not language_score.second_half:
            language = language_score.language or "all"
            figures.setdefault(language, {}).update(_figure(language_score))
    return figures


def _figure(measured: Score) -> dict[str, float]:
    if measured.level == "event":
        return {"events_bcubed_f1": _round_down(measured.evaluation.bcubed.f1)}
    return {"duplicates_pair_f1": _round_down(measured.evaluation.pairwise.f1)}


def _load_corpus(path: Path) -> Corpus:
    lines = path.read_text(encoding="utf-8").splitlines()
    items = (_labelled(key, json.loads(line)) for key, line in enumerate(lines, start=1))
    return Corpus(path.stem, tuple(items))


def _labelled(key: int, record: dict[str, Any]) -> LabelledArticle:
    article = Article(
        key,
        record["title"],
        record["text"],
        _timestamp(record["published_at"]),
        record["source"],
        record["language"],
        record["url"],
    )
    return LabelledArticle(article, record["event"], record["duplicate_group"])


def _timestamp(published_at: str | None) -> float | None:
    if published_at is None:
        return None
    date = datetime.fromisoformat(published_at)
    return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()


def _round_down(figure: float) -> float:
    return floor(figure * 10_000) / 10_000


if __name__ == "__main__":
    PATH.write_text(json.dumps(measure(), indent=2) + "\n", encoding="utf-8")
