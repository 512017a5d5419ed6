"""The card of a trained similarity: what it learned from, what it weighs, what it is worth.

The words stand in templates/model_card.md; every table is made from what was measured.
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
from clustering.similarity.model import PAIR_KINDS, SimilarityModel
from clustering.similarity.pair_features import FEATURES

FEATURE_DESCRIPTIONS: Final[Mapping[str, str]] = {
    "words_cosine": "words of both, weighed by how rare they are",
    "pairs_cosine": "pairs of words in a row",
    "title_cosine": "words of the titles",
    "lead_cosine": "words of the first sixty",
    "names_cosine": "words with a capital inside a sentence",
    "numbers_cosine": "figures",
    "rare_cosine": "words that few articles carry",
    "title_found_more": "share of one's title found anywhere in the other, the larger of both ways",
    "title_found_less": "the smaller of both ways",
    "lead_found_more": "share of one's lead found anywhere in the other, the larger of both ways",
    "lead_found_less": "the smaller of both ways",
    "rarest_shared": "how rare the rarest shared word is",
    "five_rarest_shared": "sum over the five rarest",
    "next_ten_shared": "sum over the ten after them",
    "titles": "how many of the two have a title",
    "dated": "whether both dates are known",
    "log_hours": "hours apart, as a logarithm",
    "within_36_hours": "at most so far apart",
    "within_3_days": "at most so far apart",
    "within_7_days": "at most so far apart",
    "near_by_day": "nearness in time, fading over a day",
    "near_by_4_days": "nearness in time, fading over four days",
    "words_cosine_if_near": "the same likenesses times a nearness that fades over three days",
    "pairs_cosine_if_near": "",
    "title_cosine_if_near": "",
    "lead_cosine_if_near": "",
    "names_cosine_if_near": "",
    "numbers_cosine_if_near": "",
}
"""What each feature of a pair measures."""


@dataclass(frozen=True, slots=True)
class CorpusOrigin:
    """Where a corpus comes from, and on what terms."""

    description: str
    licence: str
    source: str


class UnreadableOriginsError(ValueError):
    """The file that tells where data come from lacks something; the message says what."""


_UNKNOWN_ORIGIN: Final = CorpusOrigin("", "not stated", "")


@dataclass(frozen=True, slots=True)
class ModelCard:
    """All that a card tells.

    Attributes
    ----------
    model : SimilarityModel
    training_corpora, held_out : sequence of Corpus
        What it learned from, and what it never saw.
    use_all : bool
        Whether it learned from the second halves too.
    by_time, by_corpus : sequence of Fold
    origins : mapping of str to CorpusOrigin
        By the name of the corpus.
    command : str
        What makes the model again.
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
    """Read a CSV file with the columns name, what, licence, source.

    Raises
    ------
    UnreadableOriginsError
        If one of the columns is missing.
    """
    with file.open(encoding="utf-8", newline="") as opened:
        rows = csv.DictReader(opened)
        missing = {"name", "what", "licence", "source"} - set(rows.fieldnames or ())
        if missing:
            raise UnreadableOriginsError(
                f"{file}: no column is called {', '.join(sorted(missing))}"
            )
        return {
            row["name"]: CorpusOrigin(row["what"], row["licence"], row["source"]) for row in rows
        }


def render_card(card: ModelCard, today: date) -> str:
    """The card as Markdown."""
    environment = Environment(
        loader=PackageLoader("service.cli.quality"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - Markdown, of our own figures and names of files
    )
    return environment.get_template("model_card.md").render(
        card=card,
        today=f"{today:%Y-%m-%d}",
        data=list(_data_rows(card)),
        weights=list(_weight_rows(card.model)),
        intercepts=[f"{card.model.intercepts[kind]:.2f}" for kind in PAIR_KINDS],
        shares=SAME_EVENT_PRIOR,
        figures=_score_rows,
        calibrations=_calibration_rows,
        reliability=_reliability_rows,
        left_out=[fold.corpus for fold in card.by_corpus if not fold.training_corpora],
    )


TableRow = tuple[str, ...]


def _data_rows(card: ModelCard) -> Iterator[TableRow]:
    for corpus in (*card.training_corpora, *card.held_out):
        origin = card.origins.get(corpus.name, _UNKNOWN_ORIGIN)
        events = {it.event for it in corpus.items if it.event is not None}
        languages = sorted({it.article.language or "?" for it in corpus.items})
        yield (
            corpus.name,
            origin.description,
            f"{len(corpus.items):,}",
            f"{len(events):,}",
            ", ".join(languages),
            _date_range(corpus),
            _training_use(card, corpus),
            origin.licence,
            origin.source,
        )


def _training_use(card: ModelCard, corpus: Corpus) -> str:
    if corpus in card.held_out:
        return "never seen"
    middle = corpus.median_date
    if card.use_all or middle is None:
        return "all"
    return f"before {datetime.fromtimestamp(middle, UTC):%Y-%m-%d %H:%M}"


def _date_range(corpus: Corpus) -> str:
    dates = [it.article.published for it in corpus.items if it.article.published is not None]
    if not dates:
        return "none"
    ends = (datetime.fromtimestamp(at, UTC) for at in (min(dates), max(dates)))
    return " to ".join(f"{end:%Y-%m-%d}" for end in ends)


def _weight_rows(model: SimilarityModel) -> Iterator[TableRow]:
    for at, name in enumerate(FEATURES):
        cells = (float(model.weights[kind][at]) for kind in PAIR_KINDS)
        yield (
            name,
            FEATURE_DESCRIPTIONS[name],
            *(f"{weight:.2f}" if weight else "" for weight in cells),
        )


def _score_rows(folds: Sequence[Fold]) -> Iterator[TableRow]:
    for fold in folds:
        for each in fold.scores:
            if each.level == "event":
                yield (
                    fold.corpus,
                    each.language or "all",
                    "second half" if each.second_half else "whole",
                    f"{each.articles:,}",
                    f"{each.true_groups:,}",
                    f"{each.found_groups:,}",
                    f"{each.evaluation.bcubed.precision:.3f}",
                    f"{each.evaluation.bcubed.recall:.3f}",
                    f"**{each.evaluation.bcubed.f1:.3f}**",
                    f"{each.evaluation.pairwise.f1:.3f}",
                    f"{each.evaluation.ari:.3f}",
                )


def _calibration_rows(folds: Sequence[Fold]) -> Iterator[TableRow]:
    for fold in folds:
        for kind, found in fold.calibration.items():
            yield (
                fold.corpus,
                kind,
                f"{found.pairs:,}",
                f"{found.same:.3f}",
                f"{found.brier:.4f}",
                f"{found.error:.4f}",
                f"{found.average_precision:.3f}",
            )


def _reliability_rows(folds: Sequence[Fold]) -> Iterator[TableRow]:
    for fold in folds:
        for kind, found in fold.calibration.items():
            for each in found.bins:
                yield (
                    fold.corpus,
                    kind,
                    f"{each.expected:.2f}",
                    f"{each.observed:.2f}",
                    f"{each.pairs:,}",
                )
