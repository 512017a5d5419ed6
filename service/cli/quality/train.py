"""Training the similarity anew: from labelled files to a model and its card."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from clustering.learning import cross_validation
from clustering.learning.datasets import Corpus, first_half
from clustering.similarity.model import SimilarityModel
from service.cli.quality.model_card import CorpusOrigin, ModelCard

Log = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class TrainingData:
    """What there is to train with.

    Attributes
    ----------
    training_corpora, held_out : sequence of Corpus
        What to learn from, and what to be judged by only.
    use_all : bool
        Learn from the second halves by date too.
    """

    training_corpora: Sequence[Corpus]
    held_out: Sequence[Corpus]
    use_all: bool

    def train(self, log: Log) -> SimilarityModel:
        """Train a model.

        Raises
        ------
        clustering.training.UntaughtError
            If there is nothing to learn one of the regressions from.
        """
        return _train_on_all(self, log) if self.use_all else _train_on_first_halves(self, log)


def build_card(
    training_data: TrainingData,
    model: SimilarityModel,
    origins: Mapping[str, CorpusOrigin],
    command: str,
    log: Log,
) -> ModelCard:
    """Measure a trained model, and gather what its card tells."""
    early = _train_on_first_halves(training_data, log) if training_data.use_all else model
    by_time = list(
        cross_validation.score_by_time(
            training_data.training_corpora, training_data.held_out, early, log
        )
    )
    by_corpus = list(cross_validation.score_by_corpus(training_data.training_corpora, log))
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


def _train_on_all(training_data: TrainingData, log: Log) -> SimilarityModel:
    return cross_validation.train_on(training_data.training_corpora, log)


def _train_on_first_halves(training_data: TrainingData, log: Log) -> SimilarityModel:
    return cross_validation.train_on(
        [first_half(corpus) for corpus in training_data.training_corpora], log
    )
