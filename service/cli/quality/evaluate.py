"""Cluster a labelled file and measure metrics, mistakes, calibration and the baseline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Final

from clustering.learning import tfidf_baseline
from clustering.learning.calibration import Calibration
from clustering.learning.clustering_errors import (
    Mistake,
    MistakeKind,
    count_group_sizes,
    find_worst_mistakes,
)
from clustering.learning.cross_validation import Log, calibration_by_kind
from clustering.learning.scores import LEVELS, Level, Score, cluster_by_key, label_of, score_level
from clustering.learning.tfidf_baseline import BaselineSetting
from clustering.pipeline.batch import Batch, sort_by_date
from clustering.similarity.model import PairKind, default_similarity
from clustering.types import Article
from service.cli.cluster_files import title_or_excerpt
from service.cli.quality.labelled_files import LabelledFile
from service.common.dates import from_timestamp

MAX_MISTAKES_PER_KIND: Final = 10
"""Merges shown, and splits: enough to see a pattern, few enough to read."""
_MAX_PARTS_SHOWN: Final = 6
"""Parts of a mistake that are listed; there may be dozens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """The metrics of a subset of the articles of a file."""

    level: Level
    language: str | None
    """None: all languages together."""
    second_half: bool
    """Whether only the second half by date is scored."""
    articles: int
    true_groups: int
    found_groups: int
    b3_precision: float
    b3_recall: float
    b3_f1: float
    pair_precision: float
    pair_recall: float
    pair_f1: float
    ari: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BestBaseline:
    """The best single TF-IDF threshold, and its metrics on the same articles."""

    setting: BaselineSetting
    metrics: Metrics


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsRow:
    """The metrics of one subset, with those of the baseline if it was asked for."""

    metrics: Metrics
    baseline: BestBaseline | None

    @property
    def margin_over_baseline(self) -> float | None:
        """By how much the main metric exceeds that of the baseline."""
        if self.baseline is None:
            return None
        return main_metric(self.metrics) - main_metric(self.baseline.metrics)


@dataclass(frozen=True, slots=True, kw_only=True)
class TitledArticle:
    """An article with what identifies it for a reader."""

    article_id: str
    title: str
    """Its title, or the beginning of its text if it has none."""
    source: str | None
    published_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MistakePart:
    """Articles of a mistake that belong together."""

    articles: int
    first: TitledArticle


@dataclass(frozen=True, slots=True, kw_only=True)
class MistakeReport:
    """A merge or split that contradicts the labels, with the most similar pair across its parts."""

    kind: MistakeKind
    level: Level
    articles: int
    wrong_pairs: int
    parts: tuple[MistakePart, ...]
    """The largest parts; there may be more."""
    n_parts: int
    pair: tuple[TitledArticle, TitledArticle]
    event_probability: float
    mean_score: float
    """Mean over the compared pairs of the two largest parts."""
    hours_apart: float | None
    shared_terms: tuple[str, ...]
    jaccard: float
    containment: float
    duplicate_score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSizes:
    """Number of groups by size, for true and found groups."""

    true: Mapping[int, int]
    found: Mapping[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """Everything measured on one file."""

    file: str
    articles: int
    rows: tuple[MetricsRow, ...]
    calibration: Mapping[PairKind, Calibration]
    """Of the candidate pairs, by kind of pair; empty without event labels."""
    sizes: Mapping[Level, GroupSizes]
    mistakes: tuple[MistakeReport, ...]


def evaluate(file: LabelledFile, *, with_baseline: bool, log: Log) -> FileReport:
    """Cluster a labelled file as `storyfold cluster` does, and compare the result with its labels.

    Parameters
    ----------
    file : LabelledFile
    with_baseline : bool
        Whether to search for the best TF-IDF threshold too.
    log : callable
        Receives lines of progress.

    Returns
    -------
    FileReport
    """
    corpus = file.corpus
    log(f"{corpus.name}: clustering {len(corpus.items):,} articles")
    batch = Batch()
    for article in sort_by_date(item.article for item in corpus.items):
        batch.add(article)
    levels = [
        level for level in LEVELS if any(label_of(item, level) is not None for item in corpus.items)
    ]
    predicted = {level: cluster_by_key(batch.assignments, level) for level in levels}
    rows = [row for level in levels for row in _measure_level(file, level, predicted[level])]
    if with_baseline:
        rows = _add_baseline(file, levels, rows, log)
    log(f"{corpus.name}: finding the worst mistakes")
    mistakes = chain.from_iterable(
        find_worst_mistakes(corpus, predicted[level], level, batch.explain, MAX_MISTAKES_PER_KIND)
        for level in levels
    )
    return FileReport(
        file=corpus.name,
        articles=len(corpus.items),
        rows=tuple(rows),
        calibration=calibration_by_kind(corpus, default_similarity()) if "event" in levels else {},
        sizes={level: _group_sizes(file, level, predicted[level]) for level in levels},
        mistakes=tuple(_describe_mistake(mistake, file.ids) for mistake in mistakes),
    )


def main_metric(metrics: Metrics) -> float:
    """Return the metric by which settings are ranked.

    It is B-cubed F1 for events, and pairwise F1 for duplicate groups.
    """
    return metrics.b3_f1 if metrics.level == "event" else metrics.pair_f1


def _measure_level(
    file: LabelledFile, level: Level, predicted: Mapping[int, int]
) -> list[MetricsRow]:
    scores = score_level(file.corpus, level, predicted)
    return [MetricsRow(metrics=_to_metrics(score), baseline=None) for score in scores]


def _add_baseline(
    file: LabelledFile, levels: Sequence[Level], rows: Sequence[MetricsRow], log: Log
) -> list[MetricsRow]:
    """Add to each row the setting of the baseline that is best for its subset."""
    log(f"{file.corpus.name}: trying all settings of the baseline")
    best: dict[int, BestBaseline] = {}
    for setting, predicted in tfidf_baseline.iter_clusterings(file.corpus):
        scores = [score for level in levels for score in score_level(file.corpus, level, predicted)]
        for row_number, metrics in enumerate(map(_to_metrics, scores)):
            best_so_far = best.get(row_number)
            if best_so_far is None or main_metric(metrics) > main_metric(best_so_far.metrics):
                best[row_number] = BestBaseline(setting=setting, metrics=metrics)
    return [
        MetricsRow(metrics=row.metrics, baseline=best[row_number])
        for row_number, row in enumerate(rows)
    ]


def _to_metrics(score: Score) -> Metrics:
    evaluation = score.evaluation
    return Metrics(
        level=score.level,
        language=score.language,
        second_half=score.second_half,
        articles=score.articles,
        true_groups=score.true_groups,
        found_groups=score.found_groups,
        b3_precision=evaluation.bcubed.precision,
        b3_recall=evaluation.bcubed.recall,
        b3_f1=evaluation.bcubed.f1,
        pair_precision=evaluation.pairwise.precision,
        pair_recall=evaluation.pairwise.recall,
        pair_f1=evaluation.pairwise.f1,
        ari=evaluation.ari,
    )


def _group_sizes(file: LabelledFile, level: Level, predicted: Mapping[int, int]) -> GroupSizes:
    items = [item for item in file.corpus.items if label_of(item, level) is not None]
    return GroupSizes(
        true=count_group_sizes((item.article.language, label_of(item, level)) for item in items),
        found=count_group_sizes(predicted[item.article.key] for item in items),
    )


def _describe_mistake(mistake: Mistake, ids: Mapping[int, str]) -> MistakeReport:
    event, duplicate = mistake.explanation.event, mistake.explanation.duplicate
    first, second = (_describe_article(article, ids) for article in mistake.pair)
    return MistakeReport(
        kind=mistake.kind,
        level=mistake.level,
        articles=mistake.articles,
        wrong_pairs=mistake.wrong_pairs,
        parts=tuple(
            MistakePart(articles=part.articles, first=_describe_article(part.first, ids))
            for part in mistake.parts[:_MAX_PARTS_SHOWN]
        ),
        n_parts=len(mistake.parts),
        pair=(first, second),
        event_probability=event.probability,
        mean_score=mistake.mean_score,
        hours_apart=event.hours_apart,
        shared_terms=tuple(shared.term for shared in event.shared_terms),
        jaccard=duplicate.jaccard,
        containment=duplicate.containment,
        duplicate_score=duplicate.score,
    )


def _describe_article(article: Article, ids: Mapping[int, str]) -> TitledArticle:
    return TitledArticle(
        article_id=ids[article.key],
        title=title_or_excerpt(article),
        source=article.source,
        published_at=None if article.published is None else from_timestamp(article.published),
    )
