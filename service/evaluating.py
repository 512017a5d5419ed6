"""Labelled files judged by the product, in process: figures, mistakes, calibration, baseline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from clustering import baseline
from clustering.assign import default_similarity
from clustering.baseline import Setting
from clustering.batch import Batch, in_order
from clustering.calibration import Calibration
from clustering.crossvalidation import Tell, calibrations
from clustering.mistakes import Kind, Mistake, sizes, worst
from clustering.model import Article
from clustering.scoring import LEVELS, Level, Score, found_in, label, score_level
from clustering.similarity import Known
from service.dates import moment
from service.labelled import LabelledFile

WORST: Final = 10
"""Merges shown, and splits."""
_EXCERPT_CHARS: Final = 120
_SHOWN_PARTS: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
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
class Best:
    """What the best single TF-IDF threshold reaches on the same articles."""

    setting: Setting
    figures: Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of figures, and the baseline beside it where it was asked for."""

    product: Figures
    baseline: Best | None

    @property
    def lead(self) -> float | None:
        """How far the product is above the baseline, by the measure of its level."""
        if self.baseline is None:
            return None
        return main_figure(self.product) - main_figure(self.baseline.figures)


@dataclass(frozen=True, slots=True, kw_only=True)
class Titled:
    """An article as people find it again."""

    article_id: str
    title: str
    """Its title, or else its first words."""
    source: str | None
    published_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Articles of a mistake that do belong together."""

    articles: int
    first: Titled


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """A merge or split that the labels contradict, with the likeliest pair across its parts."""

    kind: Kind
    level: Level
    articles: int
    wrong_pairs: int
    parts: tuple[Part, ...]
    """The largest; there may be more."""
    n_parts: int
    pair: tuple[Titled, Titled]
    event_probability: float
    mean: float
    """Of the pairs across the two largest parts that were looked at."""
    hours: float | None
    shared_terms: tuple[str, ...]
    jaccard: float
    containment: float
    duplicate_score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How many groups of each size there are, in truth and as found."""

    true: Mapping[int, int]
    found: Mapping[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """Everything measured on one file."""

    file: str
    articles: int
    lines: tuple[Line, ...]
    calibration: Mapping[Known, Calibration]
    """Of the pairs that are compared, by what is known of both articles."""
    sizes: Mapping[Level, Sizes]
    mistakes: tuple[Wrong, ...]


def evaluate(file: LabelledFile, *, with_baseline: bool, tell: Tell) -> FileReport:
    """Judge a labelled file as `storyfold cluster` does, and hold it against its labels.

    Parameters
    ----------
    file : LabelledFile
    with_baseline : bool
        Whether to look for the best TF-IDF threshold too.
    tell : callable
        Hears what is being done.
    """
    corpus = file.corpus
    tell(f"{corpus.name}: judging {len(corpus.items):,} articles")
    batch = Batch()
    for article in in_order(it.article for it in corpus.items):
        batch.add(article)
    levels = [at for at in LEVELS if any(label(it, at) is not None for it in corpus.items)]
    found = {level: found_in(batch.assignments, level) for level in levels}
    lines = [line for level in levels for line in _lines(file, level, found[level])]
    if with_baseline:
        lines = _beside_baseline(file, levels, lines, tell)
    tell(f"{corpus.name}: looking at mistakes")
    wrong = (worst(corpus, found[level], level, batch.explain, WORST) for level in levels)
    return FileReport(
        file=corpus.name,
        articles=len(corpus.items),
        lines=tuple(lines),
        calibration=calibrations(corpus, default_similarity()) if "event" in levels else {},
        sizes={level: _sizes(file, level, found[level]) for level in levels},
        mistakes=tuple(_wrong(each, file.ids) for some in wrong for each in some),
    )


def main_figure(figures: Figures) -> float:
    """The figure that counts: B-cubed F1 for events, pairwise F1 for duplicate groups."""
    return figures.b3_f1 if figures.level == "event" else figures.pair_f1


def _lines(file: LabelledFile, level: Level, found: Mapping[int, int]) -> list[Line]:
    scores = score_level(file.corpus, level, found)
    return [Line(product=_figures(each), baseline=None) for each in scores]


def _beside_baseline(
    file: LabelledFile, levels: Sequence[Level], lines: Sequence[Line], tell: Tell
) -> list[Line]:
    tell(f"{file.corpus.name}: trying thresholds")
    best: dict[int, Best] = {}
    for setting, found in baseline.clusterings(file.corpus):
        scores = [each for level in levels for each in score_level(file.corpus, level, found)]
        for at, each in enumerate(map(_figures, scores)):
            if at not in best or main_figure(each) > main_figure(best[at].figures):
                best[at] = Best(setting=setting, figures=each)
    return [Line(product=line.product, baseline=best[at]) for at, line in enumerate(lines)]


def _figures(score: Score) -> Figures:
    measured = score.figures
    return Figures(
        level=score.level,
        language=score.language,
        second_half=score.second_half,
        articles=score.articles,
        true_groups=score.true,
        found_groups=score.found,
        b3_precision=measured.bcubed.precision,
        b3_recall=measured.bcubed.recall,
        b3_f1=measured.bcubed.f1,
        pair_precision=measured.pairwise.precision,
        pair_recall=measured.pairwise.recall,
        pair_f1=measured.pairwise.f1,
        ari=measured.ari,
    )


def _sizes(file: LabelledFile, level: Level, found: Mapping[int, int]) -> Sizes:
    items = [it for it in file.corpus.items if label(it, level) is not None]
    return Sizes(
        true=sizes((it.article.language, label(it, level)) for it in items),
        found=sizes(found[it.article.key] for it in items),
    )


def _wrong(mistake: Mistake, ids: Mapping[int, str]) -> Wrong:
    event, reprint = mistake.likeliest.event, mistake.likeliest.reprint
    first, second = (_titled(article, ids) for article in mistake.pair)
    return Wrong(
        kind=mistake.kind,
        level=mistake.level,
        articles=mistake.articles,
        wrong_pairs=mistake.wrong_pairs,
        parts=tuple(
            Part(articles=part.articles, first=_titled(part.first, ids))
            for part in mistake.parts[:_SHOWN_PARTS]
        ),
        n_parts=len(mistake.parts),
        pair=(first, second),
        event_probability=event.probability,
        mean=mistake.mean,
        hours=event.hours,
        shared_terms=tuple(shared.term for shared in event.terms),
        jaccard=reprint.jaccard,
        containment=reprint.containment,
        duplicate_score=reprint.score,
    )


def _titled(article: Article, ids: Mapping[int, str]) -> Titled:
    return Titled(
        article_id=ids[article.key],
        title=article.title.strip() or article.text.strip()[:_EXCERPT_CHARS],
        source=article.source,
        published_at=None if article.published is None else moment(article.published),
    )
