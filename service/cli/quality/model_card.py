"""The model card of a trained similarity: its training data, weights and scores.

The text is in templates/model_card.md; this module fills the tables.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from clustering.learning.cross_validation import Fold
from clustering.learning.datasets import Corpus
from clustering.learning.train import SAME_EVENT_PRIOR
from clustering.similarity.model import PAIR_KINDS, PairKind, SimilarityModel
from clustering.similarity.pair_features import FEATURES

FEATURE_DESCRIPTIONS: Final[Mapping[str, str]] = {
    "words_similarity": "root of the cosine of the words",
    "title_similarity": "root of the cosine of the words in the titles",
    "lead_similarity": "root of the cosine of the first sixty words",
    "names_similarity": "root of the cosine of the words capitalised inside a sentence",
    "numbers_similarity": "root of the cosine of the numbers",
    "rare_similarity": "root of the cosine of the words that occur in few articles",
    "title_found_more": "root of the share of one title found in the other article, the larger of"
    " both ways",
    "title_found_less": "the same, the smaller of both ways",
    "lead_found_more": "likewise for the first sixty words, the larger of both ways",
    "lead_found_less": "the same, the smaller of both ways",
    "ten_key_words_found_less": "likewise for the ten heaviest words, the smaller of both ways",
    "twenty_key_words_found_more": "likewise for the twenty heaviest, the larger of both ways",
    "title_missing": "weight of the words of one title that the other article lacks, the smaller"
    " of both ways",
    "names_missing": "likewise for the names, the larger of both ways",
    "numbers_missing": "likewise for the numbers, the smaller of both ways",
    "rarest_shared": "IDF of the rarest shared word",
    "five_rarest_shared": "IDF sum of the five rarest shared words",
    "next_ten_shared": "IDF sum of the ten next rarest",
    "titles": "number of the two articles that have a title",
    "shorter_text": "logarithm of the words of the shorter text",
    "longer_text": "logarithm of the words of the longer text",
    "dated": "whether both dates are known",
    "log_hours": "logarithm of the hours apart",
    "within_36_hours": "whether they are at most 36 hours apart",
    "within_3_days": "whether they are at most 3 days apart",
    "within_7_days": "whether they are at most 7 days apart",
    "near_by_4_days": "nearness in time, decaying over four days",
    "near_by_60_days": "nearness in time, decaying over sixty days",
    "words_similarity_if_near": "the similarity above, times the nearness decaying over four days",
    "title_similarity_if_near": "likewise",
    "lead_similarity_if_near": "likewise",
    "rare_similarity_if_near": "likewise",
}
"""What each feature measures, for the table of weights."""


@dataclass(frozen=True, slots=True)
class CorpusOrigin:
    """Description, licence and source of a corpus, and its weights in the regressions."""

    description: str
    licence: str
    source: str
    weights: Mapping[PairKind, float]


class UnreadableOriginsError(ValueError):
    """The file of origins lacks a column; the message names it."""


_UNKNOWN_ORIGIN: Final = CorpusOrigin("", "not stated", "", {})


@dataclass(frozen=True, slots=True)
class ModelCard:
    """The content of a model card.

    Attributes
    ----------
    model : SimilarityModel
    training_corpora, held_out : sequence of Corpus
        Corpora the model was trained on, and corpora it has not seen.
    use_all : bool
        Whether it was trained on the second halves by date too.
    by_time, by_corpus : sequence of Fold
    origins : mapping of str to CorpusOrigin
        By name of the corpus.
    command : str
        The command line that trains the model.
    """

    model: SimilarityModel
    training_corpora: Sequence[Corpus]
    held_out: Sequence[Corpus]
    use_all: bool
    by_time: Sequence[Fold]
    by_corpus: Sequence[Fold]
    origins: Mapping[str, CorpusOrigin]
    command: str


def read_origins(file: Path) -> dict[str, CorpusOrigin]:
    """Read a CSV file with the columns name, description, licence, source, and weights.

    The weights are in columns named like the regressions; without such a column or number, 1.

    Parameters
    ----------
    file : Path

    Returns
    -------
    dict of str to CorpusOrigin
        By name of the corpus.

    Raises
    ------
    UnreadableOriginsError
        If one of the first four columns is missing, or a weight is no number.
    """
    with file.open(encoding="utf-8", newline="") as csv_file:
        rows = csv.DictReader(csv_file)
        missing = {"name", "description", "licence", "source"} - set(rows.fieldnames or ())
        if missing:
            raise UnreadableOriginsError(f"{file}: missing columns: {', '.join(sorted(missing))}")
        return {
            row["name"]: CorpusOrigin(
                row["description"], row["licence"], row["source"], _read_weights(file, row)
            )
            for row in rows
        }


def _read_weights(file: Path, row: Mapping[str, str]) -> dict[PairKind, float]:
    try:
        return {kind: float(row[kind]) for kind in PAIR_KINDS if row.get(kind)}
    except ValueError as error:
        raise UnreadableOriginsError(f"{file}: {row['name']}: a weight is {error}") from error


def format_left_out(folds: Sequence[Fold]) -> Iterator[str]:
    """Format the scores of left-out corpora as lines of text, with their mean.

    Parameters
    ----------
    folds : sequence of Fold
    """
    rows = list(_left_out_rows(folds))
    if rows:
        yield f"{'left out':<20} {'score':<8} {'storyfold':>9} {'best threshold':>15} {'gain':>7}"
    for name, metric, found, best, gain in rows:
        yield f"{name:<20} {metric:<8} {found:>9} {best:>15} {gain:>7}"


def _left_out_rows(folds: Sequence[Fold]) -> Iterator[TableRow]:
    scored = [fold for fold in folds if fold.training_corpora and fold.baseline is not None]
    for fold in scored:
        metric = "B³ F1" if fold.pair_f1 is None else "pair F1"
        gain = fold.main_score - (fold.baseline or 0)
        yield (
            fold.corpus,
            metric,
            *(f"{fold.main_score:.3f} {fold.baseline:.3f}".split()),
            f"{gain:+.3f}",
        )
    if scored:
        found = sum(fold.main_score for fold in scored) / len(scored)
        best = sum(fold.baseline or 0 for fold in scored) / len(scored)
        yield ("mean", "", f"{found:.3f}", f"{best:.3f}", f"{found - best:+.3f}")


def render_card(card: ModelCard, today: date) -> str:
    """Render a model card as Markdown."""
    environment = Environment(
        loader=PackageLoader("service.cli.quality"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - Markdown, from file names and numbers
    )
    return environment.get_template("model_card.md").render(
        card=card,
        today=f"{today:%Y-%m-%d}",
        data=list(_data_rows(card)),
        weights=list(_weight_rows(card.model)),
        intercepts=[f"{card.model.intercepts[kind]:.2f}" for kind in PAIR_KINDS],
        shares=SAME_EVENT_PRIOR,
        score_rows=_score_rows,
        calibrations=_calibration_rows,
        reliability=_reliability_rows,
        left_out_rows=list(_left_out_rows(card.by_corpus)),
        left_out=[fold.corpus for fold in card.by_corpus if not fold.training_corpora],
    )


TableRow = tuple[str, ...]
"""The cells of one table row."""


def _data_rows(card: ModelCard) -> Iterator[TableRow]:
    for corpus in (*card.training_corpora, *card.held_out):
        origin = card.origins.get(corpus.name, _UNKNOWN_ORIGIN)
        events = {item.event for item in corpus.items if item.event is not None}
        languages = sorted({item.article.language or "?" for item in corpus.items})
        yield (
            corpus.name,
            origin.description,
            f"{len(corpus.items):,}",
            f"{len(events):,}",
            ", ".join(languages),
            _date_range(corpus),
            _training_use(card, corpus),
            _format_weights(origin),
            origin.licence,
            origin.source,
        )


def _format_weights(origin: CorpusOrigin) -> str:
    return " / ".join(f"{origin.weights.get(kind, 1):g}" for kind in PAIR_KINDS)


def _training_use(card: ModelCard, corpus: Corpus) -> str:
    if corpus in card.held_out:
        return "held out"
    median = corpus.median_date
    if card.use_all or median is None:
        return "all"
    return f"before {datetime.fromtimestamp(median, UTC):%Y-%m-%d %H:%M}"


def _date_range(corpus: Corpus) -> str:
    dates = [item.article.published for item in corpus.items if item.article.published is not None]
    if not dates:
        return "none"
    ends = (datetime.fromtimestamp(timestamp, UTC) for timestamp in (min(dates), max(dates)))
    return " to ".join(f"{end:%Y-%m-%d}" for end in ends)


def _weight_rows(model: SimilarityModel) -> Iterator[TableRow]:
    for column, name in enumerate(FEATURES):
        weights = (float(model.weights[kind][column]) for kind in PAIR_KINDS)
        yield (
            name,
            FEATURE_DESCRIPTIONS[name],
            *(f"{weight:.2f}" if weight else "" for weight in weights),
        )


def _score_rows(folds: Sequence[Fold]) -> Iterator[TableRow]:
    for fold in folds:
        for score in fold.scores:
            if score.level == "event":
                yield (
                    fold.corpus,
                    score.language or "all",
                    "second half" if score.second_half else "whole",
                    f"{score.articles:,}",
                    f"{score.true_groups:,}",
                    f"{score.found_groups:,}",
                    f"{score.evaluation.bcubed.precision:.3f}",
                    f"{score.evaluation.bcubed.recall:.3f}",
                    f"**{score.evaluation.bcubed.f1:.3f}**",
                    f"{score.evaluation.pairwise.f1:.3f}",
                    f"{score.evaluation.ari:.3f}",
                )


def _calibration_rows(folds: Sequence[Fold]) -> Iterator[TableRow]:
    for fold in folds:
        for kind, calibration in fold.calibration.items():
            yield (
                fold.corpus,
                kind,
                f"{calibration.pairs:,}",
                f"{calibration.same_event_share:.3f}",
                f"{calibration.brier:.4f}",
                f"{calibration.ece:.4f}",
                f"{calibration.average_precision:.3f}",
            )


def _reliability_rows(folds: Sequence[Fold]) -> Iterator[TableRow]:
    for fold in folds:
        for kind, calibration in fold.calibration.items():
            for each_bin in calibration.bins:
                yield (
                    fold.corpus,
                    kind,
                    f"{each_bin.expected:.2f}",
                    f"{each_bin.observed:.2f}",
                    f"{each_bin.pairs:,}",
                )
