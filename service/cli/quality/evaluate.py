"""Labelled files judged by the product, in process: figures, mistakes, calibration, baseline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from clustering.learning import tfidf_baseline
from clustering.learning.calibration import Calibration
from clustering.learning.cross_validation import Log, calibration_by_kind
from clustering.learning.errors import Mistake, MistakeKind, count_group_sizes, find_worst_mistakes
from clustering.learning.scores import LEVELS, Level, Score, cluster_by_key, label_of, score_level
from clustering.learning.tfidf_baseline import Setting
from clustering.pipeline.batch import Batch, sort_by_date
from clustering.similarity.model import PairKind, default_similarity
from clustering.types import Article
from service.cli.quality.labelled_files import LabelledFile
from service.common.dates import from_timestamp

MAX_MISTAKES_PER_KIND: Final = 10
"""Merges shown, and splits."""
_EXCERPT_CHARS: Final = 120
_MAX_PARTS_SHOWN: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """The figures of some articles of a file."""

    level: Level
    language: str | None
    """Null: all together."""
    second_half: bool
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
    """What the best single TF-IDF threshold reaches on the same articles."""

    setting: Setting
    figures: Metrics


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsRow:
    """One row of figures, and the baseline beside it where it was asked for."""

    product: Metrics
    baseline: BestBaseline | None

    @property
    def margin_over_baseline(self) -> float | None:
        """How far the product is above the baseline, by the measure of its level."""
        if self.baseline is None:
            return None
        return main_metric(self.product) - main_metric(self.baseline.figures)


@dataclass(frozen=True, slots=True, kw_only=True)
class TitledArticle:
    """An article as people find it again."""

    article_id: str
    title: str
    """Its title, or else its first words."""
    source: str | None
    published_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MistakePart:
    """Articles of a mistake that do belong together."""

    articles: int
    first: TitledArticle


@dataclass(frozen=True, slots=True, kw_only=True)
class MistakeReport:
    """A merge or split that the labels contradict, with the likeliest pair across its parts."""

    kind: MistakeKind
    level: Level
    articles: int
    wrong_pairs: int
    parts: tuple[MistakePart, ...]
    """The largest; there may be more."""
    n_parts: int
    pair: tuple[TitledArticle, TitledArticle]
    event_probability: float
    mean: float
    """Of the pairs across the two largest parts that were looked at."""
    hours_apart: float | None
    shared_terms: tuple[str, ...]
    jaccard: float
    containment: float
    duplicate_score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSizes:
    """How many groups of each size there are, in truth and as found."""

    true: Mapping[int, int]
    found: Mapping[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """Everything measured on one file."""

    file: str
    articles: int
    lines: tuple[MetricsRow, ...]
    calibration: Mapping[PairKind, Calibration]
    """Of the pairs that are compared, by what is known of both articles."""
    sizes: Mapping[Level, GroupSizes]
    mistakes: tuple[MistakeReport, ...]


def evaluate(file: LabelledFile, *, with_baseline: bool, log: Log) -> FileReport:
    """Judge a labelled file as `storyfold cluster` does, and hold it against its labels.

    Parameters
    ----------
    file : LabelledFile
    with_baseline : bool
        Whether to look for the best TF-IDF threshold too.
    log : callable
        Hears what is being done.
    """
    corpus = file.corpus
    log(f"{corpus.name}: judging {len(corpus.items):,} articles")
    batch = Batch()
    for article in sort_by_date(it.article for it in corpus.items):
        batch.add(article)
    levels = [at for at in LEVELS if any(label_of(it, at) is not None for it in corpus.items)]
    found = {level: cluster_by_key(batch.assignments, level) for level in levels}
    lines = [line for level in levels for line in _measure_level(file, level, found[level])]
    if with_baseline:
        lines = _add_baseline(file, levels, lines, log)
    log(f"{corpus.name}: looking at mistakes")
    wrong = (
        find_worst_mistakes(corpus, found[level], level, batch.explain, MAX_MISTAKES_PER_KIND)
        for level in levels
    )
    return FileReport(
        file=corpus.name,
        articles=len(corpus.items),
        lines=tuple(lines),
        calibration=calibration_by_kind(corpus, default_similarity()) if "event" in levels else {},
        sizes={level: _group_sizes(file, level, found[level]) for level in levels},
        mistakes=tuple(_describe_mistake(each, file.ids) for some in wrong for each in some),
    )


def main_metric(metrics: Metrics) -> float:
    """The figure that counts: B-cubed F1 for events, pairwise F1 for duplicate groups."""
    return metrics.b3_f1 if metrics.level == "event" else metrics.pair_f1


def _measure_level(
    file: LabelledFile, level: Level, predicted: Mapping[int, int]
) -> list[MetricsRow]:
    scores = score_level(file.corpus, level, predicted)
    return [MetricsRow(product=_to_metrics(each), baseline=None) for each in scores]


def _add_baseline(
    file: LabelledFile, levels: Sequence[Level], rows: Sequence[MetricsRow], log: Log
) -> list[MetricsRow]:
    log(f"{file.corpus.name}: trying thresholds")
    best: dict[int, BestBaseline] = {}
    for setting, found in tfidf_baseline.iter_clusterings(file.corpus):
        scores = [each for level in levels for each in score_level(file.corpus, level, found)]
        for at, each in enumerate(map(_to_metrics, scores)):
            if at not in best or main_metric(each) > main_metric(best[at].figures):
                best[at] = BestBaseline(setting=setting, figures=each)
    return [MetricsRow(product=line.product, baseline=best[at]) for at, line in enumerate(rows)]


def _to_metrics(score: Score) -> Metrics:
    measured = score.evaluation
    return Metrics(
        level=score.level,
        language=score.language,
        second_half=score.second_half,
        articles=score.articles,
        true_groups=score.true_groups,
        found_groups=score.found_groups,
        b3_precision=measured.bcubed.precision,
        b3_recall=measured.bcubed.recall,
        b3_f1=measured.bcubed.f1,
        pair_precision=measured.pairwise.precision,
        pair_recall=measured.pairwise.recall,
        pair_f1=measured.pairwise.f1,
        ari=measured.ari,
    )


def _group_sizes(file: LabelledFile, level: Level, predicted: Mapping[int, int]) -> GroupSizes:
    items = [it for it in file.corpus.items if label_of(it, level) is not None]
    return GroupSizes(
        true=count_group_sizes((it.article.language, label_of(it, level)) for it in items),
        found=count_group_sizes(predicted[it.article.key] for it in items),
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
        mean=mistake.mean_score,
        hours_apart=event.hours_apart,
        shared_terms=tuple(shared.term for shared in event.shared_terms),
        jaccard=duplicate.jaccard,
        containment=duplicate.containment,
        duplicate_score=duplicate.score,
    )


def _describe_article(article: Article, ids: Mapping[int, str]) -> TitledArticle:
    return TitledArticle(
        article_id=ids[article.key],
        title=article.title.strip() or article.text.strip()[:_EXCERPT_CHARS],
        source=article.source,
        published_at=None if article.published is None else from_timestamp(article.published),
    )
