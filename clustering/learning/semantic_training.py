"""Train the two regressions that use sentence vectors: across languages, and of undated pairs.

Both learn from labelled pairs of several corpora that weigh the same. `leave_one_out` tells how
each of them does on a corpus that it has not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from clustering.events.cross_language_index import MIN_COSINE, MIN_SHARED_KEYS
from clustering.events.thresholds import DEFAULT_EVENT_THRESHOLD
from clustering.features.cross_language import MAX_KEYS, Keys, extract_keys
from clustering.features.extract import extract_features
from clustering.features.terms import Terms
from clustering.learning.datasets import Corpus
from clustering.learning.pairs import build_idf_snapshot, collect_candidate_pairs
from clustering.similarity.cross_language import FEATURES, CrossLanguageModel, compute_features
from clustering.similarity.model import PAIR_KINDS, SimilarityModel
from clustering.similarity.semantic import MIN_PROBABILITY, SemanticModel, clipped_logits
from clustering.similarity.tfidf import vectorise_features
from clustering.types import Features

ACROSS_LANGUAGES_PRIOR: Final = 0.3
"""Share of pairs across languages that are assumed to report one event; those that come near to
being joined are meant, and not any two articles."""
UNDATED_PRIOR: Final = 0.45
"""The same for undated pairs within a language."""
MAX_FOREIGN_ARTICLES: Final = 400
"""Articles of a corpus that are compared with other corpora; bounds time."""
_INVERSE_REGULARIZATION: Final = 0.3
_TIME_FEATURE: Final = FEATURES.index("days_beyond_three")
_TIME_WEIGHT: Final = -0.3
"""Weight of a day beyond three. It is set and not learned: translations have one date."""

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Model = TypeVar("Model")
_ComparedPairs = tuple[tuple[NDArray[Any], NDArray[Any], NDArray[Any]], FloatArray]
"""Keys of both articles of each pair and whether they report one event; the probabilities."""


@dataclass(frozen=True, slots=True)
class VectorCorpus:
    """A corpus with the sentence vectors of its articles.

    Attributes
    ----------
    corpus : Corpus
        With keys from 1, in order.
    vectors : ndarray of float, shape (n_articles, n_dimensions)
    """

    corpus: Corpus
    vectors: NDArray[np.floating]

    @property
    def labelled_pairs(self) -> tuple[tuple[int, int, bool], ...]:
        """Keys of two articles and whether they report one event; empty if events are labelled."""
        return tuple((pair.first, pair.second, pair.same) for pair in self.corpus.pairs)


@dataclass(frozen=True, slots=True)
class PairTable:
    """Pairs of one corpus.

    Attributes
    ----------
    name : str
    features : ndarray of float64, shape (n_pairs, n_features)
    same : ndarray of bool, shape (n_pairs,)
    """

    name: str
    features: FloatArray
    same: BoolArray


@dataclass(frozen=True, slots=True)
class LeftOutScore:
    """The F1 of a model on a corpus that it was not trained on.

    Attributes
    ----------
    name : str
    f1, precision : float
        At the default event threshold.
    best_f1 : float
        At the threshold that is best for the corpus.
    """

    name: str
    f1: float
    precision: float
    best_f1: float


@dataclass(frozen=True, slots=True)
class Task(Generic[Model]):
    """What is trained: how, and how it judges pairs."""

    train: Callable[[Sequence[PairTable]], Model]
    predict: Callable[[Model, FloatArray], FloatArray]


def cross_language_pairs(corpora: Sequence[VectorCorpus]) -> list[PairTable]:
    """Collect the pairs across languages that the service would compare.

    Articles of two corpora are taken for reports of two events.

    Parameters
    ----------
    corpora : sequence of VectorCorpus

    Returns
    -------
    list of PairTable
        Features as in `clustering.similarity.cross_language.FEATURES`, without those of no pairs.
    """
    analysed = [_Analysed.of(corpus) for corpus in corpora]
    tables = [_table_across(each) for each in analysed]
    between = [_compare(first.part(), second.part()) for first, second in combinations(analysed, 2)]
    features = np.concatenate([np.empty((0, len(FEATURES))), *between])
    tables.append(PairTable("between corpora", features, np.zeros(len(features), dtype=np.bool_)))
    return [table for table in tables if len(table.same)]


def undated_pairs(corpora: Sequence[VectorCorpus], similarity: SimilarityModel) -> list[PairTable]:
    """Collect the pairs within a language as they are compared without dates.

    Parameters
    ----------
    corpora : sequence of VectorCorpus
    similarity : SimilarityModel

    Returns
    -------
    list of PairTable
        Features: the probability by words and the cosine, for pairs that words do not rule out.
    """
    tables = [_table_undated(corpus, similarity) for corpus in corpora]
    return [table for table in tables if table.same.any() and not table.same.all()]


def train_cross_language(tables: Sequence[PairTable]) -> CrossLanguageModel:
    """Train both regressions across languages.

    Parameters
    ----------
    tables : sequence of PairTable
        As `cross_language_pairs` returns them.

    Returns
    -------
    CrossLanguageModel
    """
    learned = [position for position in range(len(FEATURES)) if position != _TIME_FEATURE]
    names = [FEATURES[position] for position in learned]
    with_vectors = _fit(tables, learned, ACROSS_LANGUAGES_PRIOR)
    with_keys = _fit(tables, learned[:-1], ACROSS_LANGUAGES_PRIOR)
    time = {FEATURES[_TIME_FEATURE]: _TIME_WEIGHT}
    return CrossLanguageModel(
        dict(zip(("intercept", *names), with_keys, strict=False)) | time,
        dict(zip(("intercept", *names), with_vectors, strict=True)) | time,
    )


def train_semantic(tables: Sequence[PairTable]) -> SemanticModel:
    """Train the regression of undated pairs.

    Parameters
    ----------
    tables : sequence of PairTable
        As `undated_pairs` returns them.

    Returns
    -------
    SemanticModel
    """
    with_logits = [
        replace(
            table,
            features=np.column_stack([clipped_logits(table.features[:, 0]), table.features[:, 1]]),
        )
        for table in tables
    ]
    return SemanticModel(*_fit(with_logits, [0, 1], UNDATED_PRIOR))


def _predict_by_keys(model: CrossLanguageModel, features: FloatArray) -> FloatArray:
    without_vectors = features.copy()
    without_vectors[:, -1] = np.nan
    return model.probabilities(without_vectors)


ACROSS_BY_KEYS: Final = Task(train_cross_language, _predict_by_keys)
ACROSS_BY_VECTORS: Final = Task(train_cross_language, CrossLanguageModel.probabilities)
UNDATED: Final = Task(
    train_semantic, lambda model, features: model.refine(features[:, 0], features[:, 1])
)


def leave_one_out(tables: Sequence[PairTable], task: Task[Model]) -> Iterator[LeftOutScore]:
    """Score each corpus with a model of all others; those of one class only are left out."""
    for left_out in tables:
        if left_out.same.any() and not left_out.same.all():
            model = task.train([table for table in tables if table is not left_out])
            yield _score(left_out, task.predict(model, left_out.features))


@dataclass(frozen=True, slots=True)
class _Analysed:
    """What pairs across languages are made of."""

    corpus: VectorCorpus
    features: list[Features]
    keys: Keys
    vectors: FloatArray

    @classmethod
    def of(cls, corpus: VectorCorpus) -> _Analysed:
        features = [extract_features(item.article) for item in corpus.corpus.items]
        keys = np.zeros((len(features), MAX_KEYS), dtype=np.uint32)
        for row, article in zip(keys, features, strict=True):
            extracted = extract_keys(Terms.from_bytes(article.terms))
            row[: len(extracted)] = extracted
        return cls(corpus, features, keys, corpus.vectors.astype(np.float64))

    def part(self) -> _Analysed:
        """Some of the articles, spread over the corpus."""
        step = max(len(self.features) // MAX_FOREIGN_ARTICLES, 1)
        return replace(
            self,
            features=self.features[::step],
            keys=self.keys[::step],
            vectors=self.vectors[::step],
        )


def _table_across(analysed: _Analysed) -> PairTable:
    is_given = bool(analysed.corpus.labelled_pairs)
    rows: list[tuple[FloatArray, bool]] = []
    for first, labelled in _labelled_across(analysed).items():
        features = _features(analysed, first, analysed, [second for second, _ in labelled])
        rows += [
            (row, same)
            for row, (_, same) in zip(features, labelled, strict=True)
            if is_given or same or _is_candidate(row)
        ]
    return PairTable(
        analysed.corpus.corpus.name,
        np.array([row for row, _ in rows]).reshape(-1, len(FEATURES)),
        np.array([same for _, same in rows], dtype=np.bool_),
    )


def _labelled_across(analysed: _Analysed) -> dict[int, list[tuple[int, bool]]]:
    """Return labelled pairs in two languages, by positions."""
    items, languages = analysed.corpus.corpus.items, [each.language for each in analysed.features]
    given: Iterable[tuple[int, int, bool]] = (
        (first - 1, second - 1, same) for first, second, same in analysed.corpus.labelled_pairs
    )
    if not analysed.corpus.labelled_pairs:
        given = (
            (first, second, items[first].event == items[second].event)
            for first, second in combinations(range(len(items)), 2)
            if items[first].event is not None and items[second].event is not None
        )
    pairs: dict[int, list[tuple[int, bool]]] = {}
    for first, second, same in given:
        if languages[first] != languages[second]:
            pairs.setdefault(first, []).append((second, same))
    return pairs


def _compare(first: _Analysed, second: _Analysed) -> FloatArray:
    """Features of the candidate pairs between two corpora, in two languages."""
    languages = np.array([each.language for each in second.features])
    rows = [
        _features(first, position, second, np.flatnonzero(languages != article.language).tolist())
        for position, article in enumerate(first.features)
    ]
    features = np.concatenate([np.empty((0, len(FEATURES))), *rows])
    return features[[_is_candidate(row) for row in features]]


def _features(
    first: _Analysed, position: int, second: _Analysed, others: Sequence[int]
) -> FloatArray:
    cosines = second.vectors[others] @ first.vectors[position]
    unknown = np.full(len(others), np.nan)
    return compute_features(first.keys[position], second.keys[others], unknown, cosines)


def _is_candidate(features: FloatArray) -> bool:
    shares_keys = features[1] + features[2] >= MIN_SHARED_KEYS / MAX_KEYS
    return bool(shares_keys or features[-1] >= MIN_COSINE)


def _table_undated(corpus: VectorCorpus, similarity: SimilarityModel) -> PairTable:
    without_dates = replace(corpus, corpus=_without_dates(corpus.corpus))
    compare = _compare_given if corpus.labelled_pairs else _compare_candidates
    pairs, probabilities = compare(without_dates, similarity)
    first, second, same = (np.array(column, dtype=np.int64) for column in pairs)
    vectors = corpus.vectors.astype(np.float64)
    cosines = (vectors[first - 1] * vectors[second - 1]).sum(axis=1)
    is_uncertain = probabilities >= MIN_PROBABILITY
    return PairTable(
        corpus.corpus.name,
        np.column_stack([probabilities, cosines])[is_uncertain],
        same[is_uncertain].astype(np.bool_),
    )


def _without_dates(corpus: Corpus) -> Corpus:
    items = (replace(item, article=replace(item.article, published=None)) for item in corpus.items)
    return replace(corpus, items=tuple(items))


def _compare_given(corpus: VectorCorpus, similarity: SimilarityModel) -> _ComparedPairs:
    """The labelled pairs within a language, with their probabilities by words."""
    snapshot = build_idf_snapshot([corpus.corpus])
    features = [extract_features(item.article) for item in corpus.corpus.items]
    vectors = [vectorise_features(article, snapshot) for article in features]
    within = [
        (first, second, same)
        for first, second, same in corpus.labelled_pairs
        if features[first - 1].language == features[second - 1].language
    ]
    probabilities = [
        similarity.probabilities(vectors[first - 1], [vectors[second - 1]])[0]
        for first, second, _ in within
    ]
    columns = np.array(within, dtype=np.int64).reshape(-1, 3).T
    return (columns[0], columns[1], columns[2]), np.array(probabilities)


def _compare_candidates(corpus: VectorCorpus, similarity: SimilarityModel) -> _ComparedPairs:
    """The candidate pairs of a corpus, with their probabilities by words."""
    candidates = collect_candidate_pairs(corpus.corpus, build_idf_snapshot([corpus.corpus]))
    kinds = np.array([PAIR_KINDS.index(kind) for kind in candidates.kinds], dtype=np.int64)
    probabilities = similarity.predict_features(candidates.features, kinds)
    return (candidates.first, candidates.second, candidates.same), probabilities


def _fit(tables: Sequence[PairTable], columns: Sequence[int], prior: float) -> list[float]:
    """Return the intercept and the weights of some columns; all corpora weigh the same."""
    from sklearn.linear_model import LogisticRegression

    features = np.concatenate([table.features[:, columns] for table in tables])
    same = np.concatenate([table.same for table in tables])
    sample_weights = np.concatenate([_sample_weights(table.same, prior) for table in tables])
    mean, scale = features.mean(axis=0), np.maximum(features.std(axis=0), 1e-9)
    regression = LogisticRegression(C=_INVERSE_REGULARIZATION, max_iter=5000)
    regression.fit(
        (features - mean) / scale, same, sample_weight=sample_weights / sample_weights.mean()
    )
    weights = regression.coef_[0] / scale
    return [float(regression.intercept_[0] - weights @ mean), *map(float, weights)]


def _sample_weights(same: BoolArray, prior: float) -> FloatArray:
    n_same = int(same.sum())
    if not n_same:
        return np.full(len(same), (1 - prior) / max(len(same), 1))
    return np.where(same, prior / n_same, (1 - prior) / max(len(same) - n_same, 1))


def _score(table: PairTable, probabilities: FloatArray) -> LeftOutScore:
    order = np.argsort(-probabilities)
    hits = np.cumsum(table.same[order])
    best = 2 * hits / (np.arange(1, len(order) + 1) + table.same.sum())
    found = probabilities >= DEFAULT_EVENT_THRESHOLD
    both = int((found & table.same).sum())
    return LeftOutScore(
        table.name,
        2 * both / max(int(found.sum() + table.same.sum()), 1),
        both / max(int(found.sum()), 1),
        float(best.max()),
    )
