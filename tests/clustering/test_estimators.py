"""The scikit-learn estimators: conventions, input, results."""

from __future__ import annotations

import copy
import doctest
import pickle
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import Any, Self

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import BaseEstimator, ClusterMixin, clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics import adjusted_rand_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import parametrize_with_checks
from sklearn.utils.validation import validate_data

import clustering
from clustering import Article, DuplicateClusterer, EventClusterer, estimators
from clustering.pipeline.batch import assign
from tests.support import starter_corpus
from tests.support.story_factory import StoryFactory, make_article, truncate

DAY = 86400.0
both_estimators = pytest.mark.parametrize("estimator_class", [DuplicateClusterer, EventClusterer])
_FACTORY = StoryFactory(1)
TEXTS = [_FACTORY.text(9) for _ in range(3)]
ARTICLES = [
    {"text": TEXTS[0], "published": 3 * DAY},
    {"text": TEXTS[1], "published": 1 * DAY},
    {"text": truncate(TEXTS[0], 0.7), "published": 2 * DAY},
    {"text": TEXTS[1].upper(), "published": None},
    {"text": TEXTS[2]},
]
BY_DATE = sorted(
    starter_corpus.articles(),
    key=lambda article: (article.published is None, article.published or 0),
)


def results_of(estimator: Any) -> list[Any]:
    """All results of a fitted estimator."""
    arrays = [getattr(estimator, name, None) for name in ("canonical_", "probabilities_")]
    return [estimator.labels_.tolist(), estimator.evidence_, repr(arrays)]


@cache
def fitted_at_once(estimator_class: Any) -> list[Any]:
    return results_of(estimator_class().fit(BY_DATE))


class _RowsAsTexts:
    """Turns each row of numbers into a text, so that scikit-learn's checks can be run.

    They pass arrays of numbers; the estimators take articles. All but the reading of the input is
    the estimators' own.
    """

    def fit(self, X: Any, y: Any = None) -> Self:
        return super().fit(self._texts(validate_data(self, X)), y)

    def partial_fit(self, X: Any, y: Any = None) -> Self:
        reset = not hasattr(self, "n_features_in_")
        return super().partial_fit(self._texts(validate_data(self, X, reset=reset)), y)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        tags.input_tags.one_d_array = tags.input_tags.string = False
        return tags

    @staticmethod
    def _texts(rows: Any) -> list[str]:
        words = str.maketrans({".": "x", "-": "m"})
        return [" ".join(f"w{value:.3f}".translate(words) for value in row) for row in rows]


class DuplicateClustererOfRows(_RowsAsTexts, DuplicateClusterer):
    pass


class EventClustererOfRows(_RowsAsTexts, EventClusterer):
    pass


def expected_failed_checks(_: Any) -> dict[str, str]:
    return {
        "check_clustering": "asks for the blobs that numbers lie in; as texts, two numbers of a "
        "blob are two different words",
    }


@parametrize_with_checks(
    [DuplicateClustererOfRows(), EventClustererOfRows()],
    expected_failed_checks=expected_failed_checks,
)
def test_scikit_learn_checks_pass_on_rows_as_texts(estimator: Any, check: Any) -> None:
    check(estimator)


class TestConventions:
    """The conventions of scikit-learn's developer guide."""

    @both_estimators
    def test_estimators_are_clusterers(self, estimator_class: Any) -> None:
        assert issubclass(estimator_class, ClusterMixin)
        assert issubclass(estimator_class, BaseEstimator)

    @both_estimators
    def test_parameters_are_validated_in_fit_only(self, estimator_class: Any) -> None:
        estimator = estimator_class(language=3.5)
        assert estimator.get_params() == {"language": 3.5}
        with pytest.raises(TypeError, match="language"):
            estimator.fit(ARTICLES)

    @both_estimators
    def test_parameters_are_set_and_cloned(self, estimator_class: Any) -> None:
        fitted = estimator_class().set_params(language="de").fit(ARTICLES)
        unfitted = clone(fitted)
        assert unfitted.get_params() == {"language": "de"}
        with pytest.raises(NotFittedError):
            _ = unfitted.labels_
        assert repr(unfitted) == f"{estimator_class.__name__}(language='de')"

    @both_estimators
    def test_fit_returns_self_and_starts_from_scratch(self, estimator_class: Any) -> None:
        estimator = estimator_class(language="en")
        assert estimator.fit(TEXTS) is estimator
        first = results_of(estimator.fit(ARTICLES))
        second = results_of(estimator.fit(ARTICLES))
        assert second == first == results_of(estimator_class(language="en").fit(ARTICLES))

    @both_estimators
    def test_labels_are_numbered_by_first_appearance(self, estimator_class: Any) -> None:
        labels = estimator_class(language="en").fit_predict(ARTICLES)
        assert isinstance(labels, np.ndarray)
        assert labels.dtype == np.int64
        assert labels.tolist() == [0, 1, 0, 1, 2]

    @both_estimators
    def test_input_is_not_modified(self, estimator_class: Any) -> None:
        articles = copy.deepcopy(ARTICLES)
        estimator_class(language="en").fit(articles).partial_fit(articles)
        assert articles == ARTICLES

    @both_estimators
    def test_pickled_estimator_continues_with_partial_fit(self, estimator_class: Any) -> None:
        unfitted = pickle.loads(pickle.dumps(estimator_class(language="en")))
        fitted = unfitted.fit(ARTICLES[:3])
        unpickled = pickle.loads(pickle.dumps(fitted))
        assert results_of(unpickled) == results_of(fitted)
        assert results_of(unpickled.partial_fit(ARTICLES[3:])) == results_of(
            fitted.partial_fit(ARTICLES[3:])
        )

    @both_estimators
    def test_estimator_is_last_step_of_a_pipeline(self, estimator_class: Any) -> None:
        to_texts = FunctionTransformer(lambda X: [article["text"] for article in X])
        pipeline = make_pipeline(to_texts, estimator_class())
        assert pipeline.fit_predict(ARTICLES).tolist() == [0, 1, 0, 1, 2]
        clustered = clone(pipeline).set_output(transform="default").fit_predict(ARTICLES)
        assert clustered.tolist() == [
            0,
            1,
            0,
            1,
            2,
        ]

    @both_estimators
    def test_estimator_follows_a_step_that_returns_data_frames(self, estimator_class: Any) -> None:
        pandas = pytest.importorskip("pandas")
        pipeline = make_pipeline(FunctionTransformer(pandas.DataFrame), estimator_class())
        expected = results_of(estimator_class().fit(ARTICLES))
        with config_context(transform_output="pandas"):
            assert results_of(pipeline.fit(ARTICLES)[-1]) == expected
        assert results_of(pipeline.set_output(transform="pandas").fit(ARTICLES)[-1]) == expected

    @both_estimators
    def test_tags_name_one_dimension_of_strings_as_input(self, estimator_class: Any) -> None:
        tags = get_tags(estimator_class())
        assert tags.estimator_type == "clusterer"
        assert (tags.input_tags.string, tags.input_tags.two_d_array) == (True, False)

    @both_estimators
    @pytest.mark.parametrize("pieces", [[106], [1, 105], [40, 20, 46], [53] * 2])
    def test_partial_fit_in_order_of_date_equals_fit(
        self, estimator_class: Any, pieces: list[int]
    ) -> None:
        estimator, start = estimator_class(), 0
        for size in pieces:
            estimator.partial_fit(BY_DATE[start : start + size])
            start += size
        assert start == len(BY_DATE)
        assert results_of(estimator) == fitted_at_once(estimator_class)

    def test_examples_in_the_docstrings_are_true(self) -> None:
        for module in (clustering, estimators):
            results = doctest.testmod(module)
            assert results.attempted
            assert not results.failed


class Frame:
    """The part of the interface of pandas and polars data frames that the estimators read."""

    ndim = 2

    def __init__(self, columns: dict[str, list[Any]]) -> None:
        self.columns = list(columns)
        self._columns = columns

    def __getitem__(self, name: str) -> list[Any]:
        return self._columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)


class TestInput:
    @both_estimators
    def test_data_frame_is_read_by_row(self, estimator_class: Any) -> None:
        frame = Frame(
            {
                "text": [article["text"] for article in ARTICLES],
                "published": [article.get("published") or float("nan") for article in ARTICLES],
                "title": [None] * len(ARTICLES),
            }
        )
        assert results_of(estimator_class().fit(frame)) == results_of(
            estimator_class().fit(ARTICLES)
        )

    @both_estimators
    def test_single_column_of_another_name_holds_the_texts(self, estimator_class: Any) -> None:
        texts = [article["text"] for article in ARTICLES]
        frame = Frame({"x0": texts})
        assert results_of(estimator_class().fit(frame)) == results_of(estimator_class().fit(texts))

    @both_estimators
    def test_texts_mappings_and_articles_give_equal_results(self, estimator_class: Any) -> None:
        texts = [article["text"] for article in ARTICLES]
        expected = results_of(estimator_class(language="en").fit(texts))
        for X in (
            [{"text": text} for text in texts],
            [Article(7, "", text) for text in texts],
            np.array(texts),
            iter(texts),
        ):
            assert results_of(estimator_class(language="en").fit(X)) == expected

    def test_dates_are_posix_seconds_or_datetimes_with_a_zone(self) -> None:
        zone = timezone(timedelta(hours=2))
        in_seconds = [{"text": text, "published": day * DAY} for day, text in enumerate(TEXTS)]
        in_datetimes = [
            {"text": text, "published": datetime(1970, 1, 1 + day, 2, tzinfo=zone)}
            for day, text in enumerate(TEXTS)
        ]
        assert results_of(EventClusterer().fit(in_seconds)) == results_of(
            EventClusterer().fit(in_datetimes)
        )
        assert datetime(1970, 1, 1, 2, tzinfo=zone) == datetime.fromtimestamp(0, UTC)

    def test_language_applies_to_articles_that_name_none(self) -> None:
        factory = StoryFactory(2)
        names = factory.names()
        first, second = factory.text(9, names), factory.text(9, names)
        german = {"text": second, "language": "de"}
        fitted = EventClusterer(language="en").fit([first, german])
        assert [each.language for each in fitted._batch._features.values()] == ["en", "de"]
        assert EventClusterer(language="de").fit_predict([first, german]).tolist() == [0, 0]

    @both_estimators
    @pytest.mark.parametrize("method", ["fit", "partial_fit", "fit_predict"])
    @pytest.mark.parametrize(
        ("X", "error", "message"),
        [
            ([], ValueError, "no article"),
            ("one text", TypeError, "not one str"),
            (b"bytes", TypeError, "not one bytes"),
            ({"text": "one"}, TypeError, "not one dict"),
            (Article(1, "", "one"), TypeError, "not one Article"),
            (None, TypeError, "not one NoneType"),
            (7, TypeError, "not one int"),
            (np.array([["a", "b"]]), ValueError, "not a table"),
            (["fine", None], TypeError, r"X\[1\] is neither"),
            (["fine", 3.5], TypeError, r"X\[1\] is neither .* 3.5"),
            (["fine", b"raw"], TypeError, r"X\[1\] is neither"),
            (["fine", {"text": 5}], TypeError, r"X\[1\]: text is a string or None, not 5"),
            (["fine", {"text": "a", "body": "b"}], ValueError, r"X\[1\] has unknown keys \['body'"),
            ([{"published": "2025-05-04"}], TypeError, r"X\[0\]: published is POSIX seconds"),
            ([{"published": float("nan")}], TypeError, r"X\[0\]: published is POSIX seconds"),
            (Frame({"text": ["a"], "body": ["b"]}), ValueError, r"X\[0\] has unknown keys"),
            ([{"published": datetime(2025, 5, 4)}], ValueError, r"X\[0\].* has no time zone"),  # noqa: DTZ001
        ],
    )
    def test_error_names_what_is_not_valid(
        self, estimator_class: Any, method: str, X: Any, error: type[Exception], message: str
    ) -> None:
        with pytest.raises(error, match=message):
            getattr(estimator_class(), method)(X)

    @both_estimators
    def test_failed_partial_fit_changes_nothing(self, estimator_class: Any) -> None:
        estimator = estimator_class(language="en").fit(ARTICLES[:3])
        before = results_of(estimator)
        with pytest.raises(TypeError):
            estimator.partial_fit([TEXTS[2], None])
        assert results_of(estimator) == before
        assert results_of(estimator.partial_fit(ARTICLES[3:])) == results_of(
            estimator_class(language="en").fit(ARTICLES[:3]).partial_fit(ARTICLES[3:])
        )

    @both_estimators
    def test_unfitted_estimator_has_no_results(self, estimator_class: Any) -> None:
        for name in ("labels_", "evidence_"):
            assert not hasattr(estimator_class(), name)


class TestDuplicates:
    def test_earliest_article_is_canonical(self) -> None:
        fitted = DuplicateClusterer().fit(ARTICLES)
        assert fitted.canonical_.tolist() == [2, 1, 2, 1, 4]

    def test_evidence_is_in_the_order_given(self) -> None:
        evidence = DuplicateClusterer().fit(ARTICLES).evidence_
        assert [item.duplicate_score is not None for item in evidence] == [1, 0, 0, 1, 0]
        assert evidence[3].jaccard == 1.0


class TestEvents:
    def test_events_do_not_depend_on_the_order_given(self) -> None:
        dated = [article for article in BY_DATE if article.published is not None]
        forwards = EventClusterer().fit_predict(dated)
        backwards = EventClusterer().fit_predict(dated[::-1])
        assert adjusted_rand_score(forwards, backwards[::-1]) == 1.0

    def test_events_equal_those_of_assign(self) -> None:
        assignments = assign(starter_corpus.articles())
        events = [assignments[article.key].event for article in starter_corpus.articles()]
        labels = EventClusterer().fit_predict(starter_corpus.articles())
        assert adjusted_rand_score(events, labels) == 1.0

    def test_clusters_agree_with_the_gold_labels(self) -> None:
        events = EventClusterer().fit_predict(starter_corpus.articles())
        groups = DuplicateClusterer().fit_predict(starter_corpus.articles())
        assert adjusted_rand_score(starter_corpus.gold_labels("event"), events) > 0.7
        assert adjusted_rand_score(starter_corpus.gold_labels("duplicate_group"), groups) == 1.0

    def test_probabilities_equal_those_of_the_evidence(self) -> None:
        fitted = EventClusterer(language="en").fit(ARTICLES)
        assert np.isnan(fitted.probabilities_[[1, 4]]).all()
        fitted = EventClusterer().fit(BY_DATE)
        for probability, evidence in zip(fitted.probabilities_, fitted.evidence_, strict=True):
            assert evidence.event_probability == pytest.approx(probability, nan_ok=True) or (
                evidence.event_probability is None and np.isnan(probability)
            )
        assert 0 <= np.nanmin(fitted.probabilities_) <= np.nanmax(fitted.probabilities_) <= 1


class TestAssign:
    def test_articles_are_assigned_by_date_undated_ones_last(self) -> None:
        dates = [None, 300.0, 100.0, None, 100.0]
        articles = [make_article(key, TEXTS[0], date) for key, date in enumerate(dates, start=1)]
        assert list(assign(articles)) == [3, 5, 2, 1, 4]

    def test_assignments_are_keyed_by_article(self) -> None:
        assignments = assign([make_article(5, TEXTS[0], DAY), make_article(2, TEXTS[0], 0.0)])
        assert list(assignments) == [2, 5]
        assert (assignments[2].duplicate_of, assignments[5].duplicate_of) == (None, 2)

    def test_evidence_stays_when_an_article_moves(self) -> None:
        """The whole text unites its two halves; the second half keeps outcome and evidence."""
        text = StoryFactory(6).text(40)
        halves = text[: len(text) // 2], text[len(text) // 2 :]
        texts = dict(enumerate((*halves, text), start=1))
        assignments = assign(make_article(key, text, float(key)) for key, text in texts.items())
        assert {assignment.group for assignment in assignments.values()} == {1}
        assert (assignments[2].outcome, assignments[3].outcome) == ("new", "near_duplicate")
        assert assignments[2].evidence.containment is None
        assert assignments[3].evidence.containment > 0.99
