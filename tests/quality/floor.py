"""What the library reaches on the starter corpus and on the samples, language by language.

    make floor

writes the figures of today to floor.json. They are only ever raised: whoever lowers one says why
in the commit.
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
FILE = HERE / "floor.json"
SAMPLES = [
    HERE.parents[1] / "seeds" / "starter.jsonl",
    *sorted((HERE / "samples").glob("*.jsonl")),
]

Figures = dict[str, dict[str, dict[str, float]]]
"""By sample, language and name."""


def measure() -> Figures:
    """B-cubed F1 of the events and pairwise F1 of the duplicate groups, articles taken by date."""
    return {path.stem: _measure(_corpus(path)) for path in SAMPLES}


def read() -> Figures:
    figures: Figures = json.loads(FILE.read_text(encoding="utf-8"))
    return figures


def _measure(corpus: Corpus) -> dict[str, dict[str, float]]:
    scores = score(corpus, assign(it.article for it in corpus.items))
    figures: dict[str, dict[str, float]] = {}
    for each in scores:
        if not each.second_half:
            figures.setdefault(each.language or "all", {}).update(_figure(each))
    return figures


def _figure(each: Score) -> dict[str, float]:
    if each.level == "event":
        return {"events_bcubed_f1": _down(each.evaluation.bcubed.f1)}
    return {"duplicates_pair_f1": _down(each.evaluation.pairwise.f1)}


def _corpus(path: Path) -> Corpus:
    records = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return Corpus(path.stem, tuple(_labelled(key, it) for key, it in enumerate(records, start=1)))


def _labelled(key: int, record: dict[str, Any]) -> LabelledArticle:
    words = (record["title"], record["text"], _seconds(record["published_at"]))
    article = Article(key, *words, record["source"], record["language"], record["url"])
    return LabelledArticle(article, record["event"], record["duplicate_group"])


def _seconds(published: str | None) -> float | None:
    if published is None:
        return None
    moment = datetime.fromisoformat(published)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _down(figure: float) -> float:
    return floor(figure * 10_000) / 10_000


if __name__ == "__main__":
    FILE.write_text(json.dumps(measure(), indent=2) + "\n", encoding="utf-8")
