"""Score trained similarities on news that they were not trained on.

*By time*: a model of the first halves of all corpora is scored on the second halves. *By corpus*: a
model of all corpora but one is scored on that one (leave-one-corpus-out), beside the best that a
single TF-IDF threshold reaches there. The scores are those of the whole pipeline: the articles go
through the index as in the service.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from clustering.learning.calibration import Calibration, measure_calibration
from clustering.learning.datasets import Corpus, second_half
from clustering.learning.pairs import build_idf_snapshot, collect_candidate_pairs, training_pairs
from clustering.learning.scores import Score, cluster_by_key, score, score_pairs
from clustering.learning.tfidf_baseline import best_baseline_score
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
    pair_f1 : float or None
        F1 of the labelled pairs; None if events are labelled.
    baseline : float or None
        What `main_score` is at the best single TF-IDF threshold; None if it was not tried.
    """

    corpus: str
    training_corpora: tuple[str, ...]
    scores: tuple[Score, ...]
    calibration: dict[PairKind, Calibration]
    pair_f1: float | None = None
    baseline: float | None = None

    @property
    def main_score(self) -> float:
        """F1 of the labelled pairs, or B-cubed F1 of all events."""
        if self.pair_f1 is not None:
            return self.pair_f1
        return next(
            score.evaluation.bcubed.f1
            for score in self.scores
            if score.level == "event" and score.language is None and not score.second_half
        )


CorpusWeights = Mapping[str, Mapping[PairKind, float]]
"""By name of the corpus and kind of pair: its weight in that regression; 1 if it is missing."""


def train_on(corpora: Sequence[Corpus], weights: CorpusWeights, log: Log) -> SimilarityModel:
    """Train a similarity on corpora, with all variants of their fields.

    Parameters
    ----------
    corpora : sequence of Corpus
    weights : mapping of str to mapping of str to float
        See `CorpusWeights`.
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
        labelled_pairs += training_pairs(corpus, idf_snapshot, weights.get(corpus.name, {}))
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
    for corpus in corpora:
        if corpus.median_date is not None:
            log(f"{corpus.name}: scoring the model of the first halves")
            all_scores = score(corpus, assign(_articles(corpus), similarity=model))
            scores = tuple(each_score for each_score in all_scores if each_score.second_half)
            calibration = calibration_by_kind(second_half(corpus), model)
            yield Fold(corpus.name, training_names, scores, calibration)
    for corpus in held_out:
        log(f"{corpus.name}: scoring the model of the first halves")
        yield _score_fold(corpus, model, training_names)


def score_by_corpus(corpora: Sequence[Corpus], weights: CorpusWeights, log: Log) -> Iterator[Fold]:
    """Score each corpus by a model of all the others, beside the best TF-IDF threshold.

    Parameters
    ----------
    corpora : sequence of Corpus
    weights : mapping of str to mapping of str to float
        See `CorpusWeights`.
    log : callable

    Yields
    ------
    Fold
    """
    for corpus in corpora:
        training_corpora = [training for training in corpora if training is not corpus]
        try:
            model = train_on(training_corpora, weights, log)
        except NoTrainingDataError:
            yield Fold(corpus.name, (), (), {})
            continue
        log(f"{corpus.name}: scoring the model of the other corpora")
        names = tuple(training.name for training in training_corpora)
        yield replace(_score_fold(corpus, model, names), baseline=best_baseline_score(corpus))


def _score_fold(corpus: Corpus, model: SimilarityModel, training_corpora: tuple[str, ...]) -> Fold:
    assignments = assign(_articles(corpus), similarity=model)
    return Fold(
        corpus.name,
        training_corpora,
        tuple(score(corpus, assignments)),
        calibration_by_kind(corpus, model),
        score_pairs(corpus, cluster_by_key(assignments, "event")) if corpus.pairs else None,
    )


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
