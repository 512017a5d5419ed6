"""Score trained similarities on news that they were not trained on.

*By time*: a model of the first halves of all corpora is scored on the second halves. *By corpus*: a
model of all corpora but one is scored on that one. The scores are those of the whole pipeline: the
articles go through the index as in the service.
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
"""Receives a line of progress."""


@dataclass(frozen=True, slots=True)
class Fold:
    """One corpus, scored by a model that was not trained on the scored articles.

    Attributes
    ----------
    corpus : str
    training_corpora : tuple of str
        The corpora the model was trained on; empty if they were too few to train a model.
    scores : tuple of Score
    calibration : dict of str to Calibration
        By kind of pair.
    """

    corpus: str
    training_corpora: tuple[str, ...]
    scores: tuple[Score, ...]
    calibration: dict[PairKind, Calibration]


def train_on(corpora: Sequence[Corpus], log: Log) -> SimilarityModel:
    """Train a similarity on corpora, with all variants of their fields.

    Parameters
    ----------
    corpora : sequence of Corpus
    log : callable

    Returns
    -------
    SimilarityModel

    Raises
    ------
    clustering.learning.train.NoTrainingDataError
        If there are no pairs of one kind.
    """
    log(f"counting term frequencies: {', '.join(corpus.name for corpus in corpora)}")
    idf_snapshot = build_idf_snapshot(corpora)
    labelled_pairs = []
    for corpus in corpora:
        log(f"{corpus.name}: comparing {len(corpus.items):,} articles")
        labelled_pairs += training_pairs(corpus, idf_snapshot)
    return train(labelled_pairs)


def score_by_time(
    corpora: Sequence[Corpus], held_out: Sequence[Corpus], model: SimilarityModel, log: Log
) -> Iterator[Fold]:
    """Score a model of the first halves on the second halves, and on held-out corpora.

    Parameters
    ----------
    corpora, held_out : sequence of Corpus
        Corpora whose first halves the model was trained on, and corpora it has not seen.
    model : SimilarityModel
    log : callable

    Yields
    ------
    Fold
    """
    training_names = tuple(corpus.name for corpus in corpora)
    halved = [corpus for corpus in corpora if corpus.median_date is not None]
    for corpus in (*halved, *held_out):
        log(f"{corpus.name}: scoring the model of the first halves")
        unseen = second_half(corpus) if corpus in halved else corpus
        all_scores = score(corpus, assign(_articles(corpus), similarity=model))
        scores = tuple(
            each_score
            for each_score in all_scores
            if each_score.second_half or corpus not in halved
        )
        yield Fold(corpus.name, training_names, scores, calibration_by_kind(unseen, model))


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
        training_corpora = [training for training in corpora if training is not corpus]
        try:
            model = train_on(training_corpora, log)
        except NoTrainingDataError:
            yield Fold(corpus.name, (), (), {})
            continue
        log(f"{corpus.name}: scoring the model of the other corpora")
        scores = tuple(score(corpus, assign(_articles(corpus), similarity=model)))
        training_names = tuple(training.name for training in training_corpora)
        yield Fold(corpus.name, training_names, scores, calibration_by_kind(corpus, model))


def calibration_by_kind(corpus: Corpus, model: SimilarityModel) -> dict[PairKind, Calibration]:
    """Compare the probabilities of a corpus's candidate pairs with the labels.

    Parameters
    ----------
    corpus : Corpus
    model : SimilarityModel

    Returns
    -------
    dict of str to Calibration
        For each of `PAIR_KINDS` of which there are pairs.
    """
    candidate_pairs = collect_candidate_pairs(corpus, build_idf_snapshot([corpus]))
    by_kind = {kind: candidate_pairs.of_kind(kind) for kind in PAIR_KINDS}
    return {
        kind: measure_calibration(
            model.predict_features(pairs.features, pairs.kind_indices), pairs.same
        )
        for kind, pairs in by_kind.items()
        if len(pairs.same)
    }


def _articles(corpus: Corpus) -> list[Article]:
    return [item.article for item in corpus.items]
