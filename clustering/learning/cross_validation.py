"""What a trained similarity is worth on news it has not learned from.

*By time* a model learns from the first halves of all corpora and is scored on the second ones; *by
corpus* it learns from all others and is scored on the one left out. Scored is the whole product:
the articles go through the index as the service runs it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from clustering.learning.calibration import Calibration, measure_calibration
from clustering.learning.datasets import Corpus, second_half
from clustering.learning.pairs import build_idf_snapshot, collect_candidate_pairs, training_pairs
from clustering.learning.scores import Score, score
from clustering.learning.train import NoTrainingDataError, train
from clustering.pipeline.batch import assign
from clustering.similarity.model import PAIR_KINDS, PairKind, SimilarityModel
from clustering.types import Article

Log = Callable[[str], None]
"""Hears what is being done."""


@dataclass(frozen=True, slots=True)
class Fold:
    """One corpus, scored by a model that has not seen what is scored.

    Attributes
    ----------
    corpus : str
    training_corpora : tuple of str
        The corpora the model learned from; empty if no model could be trained without this one.
    scores : tuple of Score
    calibration : dict of str to Calibration
        By what is known of a pair.
    """

    corpus: str
    training_corpora: tuple[str, ...]
    scores: tuple[Score, ...]
    calibration: dict[PairKind, Calibration]


def train_on(corpora: Sequence[Corpus], log: Log) -> SimilarityModel:
    """Train a similarity on all readings of some corpora.

    Parameters
    ----------
    corpora : sequence of Corpus
    log : callable

    Returns
    -------
    SimilarityModel

    Raises
    ------
    clustering.training.UntaughtError
        If they leave one of the regressions nothing to learn from.
    """
    log(f"weighing terms: {', '.join(corpus.name for corpus in corpora)}")
    rarity = build_idf_snapshot(corpora)
    found = []
    for corpus in corpora:
        log(f"{corpus.name}: comparing {len(corpus.items):,} articles")
        found += training_pairs(corpus, rarity)
    return train(found)


def score_by_time(
    corpora: Sequence[Corpus], held_out: Sequence[Corpus], model: SimilarityModel, log: Log
) -> Iterator[Fold]:
    """Score a model of the first halves on the second ones, and on what it never saw.

    Parameters
    ----------
    corpora, held_out : sequence of Corpus
        Those that the model learned from, and the others.
    model : SimilarityModel
    log : callable

    Yields
    ------
    Fold
    """
    names = tuple(corpus.name for corpus in corpora)
    unseen = [corpus for corpus in corpora if corpus.median_date is not None]
    for corpus in (*unseen, *held_out):
        log(f"{corpus.name}: judging it by a model of the first halves")
        late = second_half(corpus) if corpus in unseen else corpus
        scores = tuple(score(corpus, assign(_articles(corpus), similarity=model)))
        counted = tuple(each for each in scores if each.second_half or corpus not in unseen)
        yield Fold(corpus.name, names, counted, calibration_by_kind(late, model))


def score_by_corpus(corpora: Sequence[Corpus], log: Log) -> Iterator[Fold]:
    """Score each corpus by a model of all the others.

    Parameters
    ----------
    corpora : sequence of Corpus
    log : callable

    Yields
    ------
    Fold
    """
    for corpus in corpora:
        others = [other for other in corpora if other is not corpus]
        try:
            model = train_on(others, log)
        except NoTrainingDataError:
            yield Fold(corpus.name, (), (), {})
            continue
        log(f"{corpus.name}: judging it by a model of the others")
        scores = tuple(score(corpus, assign(_articles(corpus), similarity=model)))
        names = tuple(other.name for other in others)
        yield Fold(corpus.name, names, scores, calibration_by_kind(corpus, model))


def calibration_by_kind(corpus: Corpus, model: SimilarityModel) -> dict[PairKind, Calibration]:
    """Hold the probabilities of the pairs that are compared in a corpus against the truth.

    Parameters
    ----------
    corpus : Corpus
    model : SimilarityModel

    Returns
    -------
    dict of str to Calibration
        For each of `KNOWN` of which there are pairs.
    """
    pairs = collect_candidate_pairs(corpus, build_idf_snapshot([corpus]))
    parts = {kind: pairs.of_kind(kind) for kind in PAIR_KINDS}
    return {
        kind: measure_calibration(
            model.predict_features(part.features, part.kind_indices), part.same
        )
        for kind, part in parts.items()
        if len(part.same)
    }


def _articles(corpus: Corpus) -> list[Article]:
    return [it.article for it in corpus.items]
