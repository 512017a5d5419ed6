"""What a trained similarity is worth on news it has not learned from.

*By time* a model learns from the first halves of all corpora and is scored on the second ones; *by
corpus* it learns from all others and is scored on the one left out. Scored is the whole product:
the articles go through the index as the service runs it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from clustering.batch import assign
from clustering.calibration import Calibration, calibration
from clustering.corpora import Corpus, second_half
from clustering.model import Article
from clustering.pairing import compared, lessons, term_weights
from clustering.scoring import Score, score
from clustering.similarity import KNOWN, Known, Similarity
from clustering.training import UntaughtError, train

Tell = Callable[[str], None]
"""Hears what is being done."""


@dataclass(frozen=True, slots=True)
class Fold:
    """One corpus, scored by a model that has not seen what is scored.

    Attributes
    ----------
    corpus : str
    learned_from : tuple of str
        The corpora the model learned from; empty if no model could be trained without this one.
    scores : tuple of Score
    calibration : dict of str to Calibration
        By what is known of a pair.
    """

    corpus: str
    learned_from: tuple[str, ...]
    scores: tuple[Score, ...]
    calibration: dict[Known, Calibration]


def learn(corpora: Sequence[Corpus], tell: Tell) -> Similarity:
    """Train a similarity on all readings of some corpora.

    Parameters
    ----------
    corpora : sequence of Corpus
    tell : callable

    Returns
    -------
    Similarity

    Raises
    ------
    clustering.training.UntaughtError
        If they leave one of the regressions nothing to learn from.
    """
    tell(f"weighing terms: {', '.join(corpus.name for corpus in corpora)}")
    rarity = term_weights(corpora)
    found = []
    for corpus in corpora:
        tell(f"{corpus.name}: comparing {len(corpus.items):,} articles")
        found += lessons(corpus, rarity)
    return train(found)


def by_time(
    corpora: Sequence[Corpus], held_out: Sequence[Corpus], model: Similarity, tell: Tell
) -> Iterator[Fold]:
    """Score a model of the first halves on the second ones, and on what it never saw.

    Parameters
    ----------
    corpora, held_out : sequence of Corpus
        Those that the model learned from, and the others.
    model : Similarity
    tell : callable

    Yields
    ------
    Fold
    """
    names = tuple(corpus.name for corpus in corpora)
    unseen = [corpus for corpus in corpora if corpus.middle is not None]
    for corpus in (*unseen, *held_out):
        tell(f"{corpus.name}: judging it by a model of the first halves")
        late = second_half(corpus) if corpus in unseen else corpus
        scores = tuple(score(corpus, assign(_articles(corpus), similarity=model)))
        counted = tuple(each for each in scores if each.second_half or corpus not in unseen)
        yield Fold(corpus.name, names, counted, calibrations(late, model))


def by_corpus(corpora: Sequence[Corpus], tell: Tell) -> Iterator[Fold]:
    """Score each corpus by a model of all the others.

    Parameters
    ----------
    corpora : sequence of Corpus
    tell : callable

    Yields
    ------
    Fold
    """
    for corpus in corpora:
        others = [other for other in corpora if other is not corpus]
        try:
            model = learn(others, tell)
        except UntaughtError:
            yield Fold(corpus.name, (), (), {})
            continue
        tell(f"{corpus.name}: judging it by a model of the others")
        scores = tuple(score(corpus, assign(_articles(corpus), similarity=model)))
        names = tuple(other.name for other in others)
        yield Fold(corpus.name, names, scores, calibrations(corpus, model))


def calibrations(corpus: Corpus, model: Similarity) -> dict[Known, Calibration]:
    """Hold the probabilities of the pairs that are compared in a corpus against the truth.

    Parameters
    ----------
    corpus : Corpus
    model : Similarity

    Returns
    -------
    dict of str to Calibration
        For each of `KNOWN` of which there are pairs.
    """
    pairs = compared(corpus, term_weights([corpus]))
    parts = {kind: pairs.of(kind) for kind in KNOWN}
    return {
        kind: calibration(model.judge(part.features, part.regressions), part.same)
        for kind, part in parts.items()
        if len(part.same)
    }


def _articles(corpus: Corpus) -> list[Article]:
    return [it.article for it in corpus.items]
