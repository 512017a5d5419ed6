"""Train a similarity model on labelled corpora, and measure it for its model card."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from clustering.learning import cross_validation
from clustering.learning.cross_validation import CorpusWeights, Fold
from clustering.learning.datasets import Corpus, first_half
from clustering.similarity.model import SimilarityModel
from service.cli.quality.model_card import CorpusOrigin, ModelCard

Log = Callable[[str], None]
"""Receives a line of progress."""


@dataclass(frozen=True, slots=True)
class TrainingData:
    """The corpora of one training run.

    Attributes
    ----------
    training_corpora, held_out : sequence of Corpus
        Corpora to train on, and corpora to score only.
    use_all : bool
        Whether to train on the second halves by date too.
    weights : mapping of str to mapping of str to float
        The weight of each training corpus in each regression.
    """

    training_corpora: Sequence[Corpus]
    held_out: Sequence[Corpus]
    use_all: bool
    weights: CorpusWeights

    def train(self, log: Log) -> SimilarityModel:
        """Train a model.

        Raises
        ------
        clustering.learning.train.NoTrainingDataError
            If there are no pairs of one kind.
        """
        return _train_on_all(self, log) if self.use_all else _train_on_first_halves(self, log)


def build_card(
    training_data: TrainingData,
    model: SimilarityModel,
    by_corpus: Sequence[Fold],
    origins: Mapping[str, CorpusOrigin],
    command: str,
    log: Log,
) -> ModelCard:
    """Measure a trained model for its card.

    Parameters
    ----------
    training_data : TrainingData
        The data that the model was trained on.
    model : SimilarityModel
    by_corpus : sequence of Fold
        The scores of `leave_one_corpus_out`.
    origins : mapping of str to CorpusOrigin
        By name of the corpus.
    command : str
        The command line that trains the model.
    log : callable

    Returns
    -------
    ModelCard
    """
    # A model of all data has seen the second halves, so another one is scored on them.
    first_half_model = (
        _train_on_first_halves(training_data, log) if training_data.use_all else model
    )
    by_time = list(
        cross_validation.score_by_time(
            training_data.training_corpora, training_data.held_out, first_half_model, log
        )
    )
    return ModelCard(
        model,
        training_data.training_corpora,
        training_data.held_out,
        training_data.use_all,
        by_time,
        by_corpus,
        origins,
        command,
    )


def leave_one_corpus_out(training_data: TrainingData, log: Log) -> list[Fold]:
    """Score each training corpus by a model of all the others."""
    return list(
        cross_validation.score_by_corpus(training_data.training_corpora, training_data.weights, log)
    )


def _train_on_all(training_data: TrainingData, log: Log) -> SimilarityModel:
    return cross_validation.train_on(training_data.training_corpora, training_data.weights, log)


def _train_on_first_halves(training_data: TrainingData, log: Log) -> SimilarityModel:
    halves = [first_half(corpus) for corpus in training_data.training_corpora]
    return cross_validation.train_on(halves, training_data.weights, log)
