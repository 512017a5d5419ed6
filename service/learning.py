"""Training the similarity anew: from labelled files to a model and its card."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from clustering import crossvalidation
from clustering.corpora import Corpus, first_half
from clustering.similarity import Similarity
from service.modelcard import Card, Origin

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Lesson:
    """What there is to train with.

    Attributes
    ----------
    learned, held_out : sequence of Corpus
        What to learn from, and what to be judged by only.
    whole : bool
        Learn from the second halves by date too.
    """

    learned: Sequence[Corpus]
    held_out: Sequence[Corpus]
    whole: bool

    def train(self, tell: Tell) -> Similarity:
        """Train a model.

        Raises
        ------
        clustering.training.UntaughtError
            If there is nothing to learn one of the regressions from.
        """
        return _of_whole(self, tell) if self.whole else _of_first_halves(self, tell)


def card(
    lesson: Lesson,
    model: Similarity,
    origins: Mapping[str, Origin],
    command: str,
    tell: Tell,
) -> Card:
    """Measure a trained model, and gather what its card tells."""
    early = _of_first_halves(lesson, tell) if lesson.whole else model
    by_time = list(crossvalidation.by_time(lesson.learned, lesson.held_out, early, tell))
    by_corpus = list(crossvalidation.by_corpus(lesson.learned, tell))
    return Card(
        model,
        lesson.learned,
        lesson.held_out,
        lesson.whole,
        by_time,
        by_corpus,
        origins,
        command,
    )


def _of_whole(lesson: Lesson, tell: Tell) -> Similarity:
    return crossvalidation.learn(lesson.learned, tell)


def _of_first_halves(lesson: Lesson, tell: Tell) -> Similarity:
    return crossvalidation.learn([first_half(corpus) for corpus in lesson.learned], tell)
