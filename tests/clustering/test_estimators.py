"""The scikit-learn faces of the library."""

from __future__ import annotations

import copy
import doctest
import pickle
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import get_tags

import clustering
from clustering import Article, DuplicateClusterer, EventClusterer, estimators
from clustering.pipeline.batch import assign
from tests.support import starter_corpus
from tests.support.story_factory import StoryFactory, make_article, truncate

DAY = 86400.0
BOTH = pytest.mark.parametrize("kind", [DuplicateClusterer, EventClusterer])
PRESS = StoryFactory(1)
STORIES = [PRESS.text(9) for _ in range(3)]
NEWS = [
    {"text": STORIES[0], "published": 3 * DAY},
    {"text": STORIES[1], "published": 1 * DAY},
    {"text": truncate(STORIES[0], 0.7), "published": 2 * DAY},
    {"text": STORIES[1].upper(), "published": None},
    {"text": STORIES[2]},
]
IN_ORDER = sorted(starter_corpus.articles(), key=lambda a: (a.published is None, a.published or 0))


def what(estimator: Any) -> list[Any]:
    """All that a fitted estimator says."""
    numbers = [getattr(estimator, name, None) for name in ("canonical_", "probabilities_")]
    return [estimator.labels_.tolist(), estimator.evidence_, repr(numbers)]


@cache
def whole(kind: Any) -> list[Any]:
    return what(kind().fit(IN_ORDER))


class TestHabits:
    """What scikit-learn's developer guide asks of every estimator."""

    @BOTH
    def test_nothing_is_checked_before_fit(self, kind: Any) -> None:
        odd = kind(language=3.5)
        assert odd.get_params() == {"language": 3.5}
        with pytest.raises(TypeError, match="language"):
            odd.fit(NEWS)

    @BOTH
    def test_parameters_are_set_and_cloned(self, kind: Any) -> None:
        made = kind().set_params(language="de").fit(NEWS)
        fresh = clone(made)
        assert fresh.get_params() == {"language": "de"}
        with pytest.raises(NotFittedError):
            _ = fresh.labels_
        assert repr(fresh) == f"{kind.__name__}(language='de')"

    @BOTH
    def test_fit_returns_itself_and_forgets_what_was_before(self, kind: Any) -> None:
        made = kind(language="en")
        assert made.fit(STORIES) is made
        once = what(made.fit(NEWS))
        assert what(made.fit(NEWS)) == once == what(kind(language="en").fit(NEWS))

    @BOTH
    def test_labels_are_consecutive_from_the_first(self, kind: Any) -> None:
        labels = kind(language="en").fit_predict(NEWS)
        assert isinstance(labels, np.ndarray)
        assert labels.dtype == np.int64
        assert labels.tolist() == [0, 1, 0, 1, 2]

    @BOTH
    def test_the_input_stays_as_it_is(self, kind: Any) -> None:
        given = copy.deepcopy(NEWS)
        kind(language="en").fit(given).partial_fit(given)
        assert given == NEWS

    @BOTH
    def test_pickles_before_and_after_and_goes_on(self, kind: Any) -> None:
        unfitted = pickle.loads(pickle.dumps(kind(language="en")))
        fitted = unfitted.fit(NEWS[:3])
        back = pickle.loads(pickle.dumps(fitted))
        assert what(back) == what(fitted)
        assert what(back.partial_fit(NEWS[3:])) == what(fitted.partial_fit(NEWS[3:]))

    @BOTH
    def test_stands_at_the_end_of_a_pipeline(self, kind: Any) -> None:
        line = make_pipeline(FunctionTransformer(lambda X: [each["text"] for each in X]), kind())
        assert line.fit_predict(NEWS).tolist() == [0, 1, 0, 1, 2]

    @BOTH
    def test_says_that_it_takes_texts(self, kind: Any) -> None:
        tags = get_tags(kind())
        assert tags.estimator_type == "clusterer"
        assert (tags.input_tags.string, tags.input_tags.two_d_array) == (True, False)

    @BOTH
    @pytest.mark.parametrize("pieces", [[106], [1, 105], [40, 20, 46], [53] * 2])
    def test_pieces_give_what_the_whole_gives(self, kind: Any, pieces: list[int]) -> None:
        parts, start = kind(), 0
        for size in pieces:
            parts.partial_fit(IN_ORDER[start : start + size])
            start += size
        assert start == len(IN_ORDER)
        assert what(parts) == whole(kind)

    def test_examples_in_the_docs_are_true(self) -> None:
        for module in (clustering, estimators):
            results = doctest.testmod(module)
            assert results.attempted
            assert not results.failed


class TestInput:
    @BOTH
    def test_texts_mappings_and_articles_are_alike(self, kind: Any) -> None:
        texts = [each["text"] for each in NEWS]
        as_texts = what(kind(language="en").fit(texts))
        assert as_texts == what(kind(language="en").fit([{"text": text} for text in texts]))
        assert as_texts == what(kind(language="en").fit([Article(7, "", text) for text in texts]))
        assert as_texts == what(kind(language="en").fit(np.array(texts)))
        assert as_texts == what(kind(language="en").fit(iter(texts)))

    def test_dates_are_seconds_or_moments_with_a_zone(self) -> None:
        zone = timezone(timedelta(hours=2))
        seconds = [{"text": s, "published": at * DAY} for at, s in enumerate(STORIES)]
        moments = [
            {"text": s, "published": datetime(1970, 1, 1 + at, 2, tzinfo=zone)}
            for at, s in enumerate(STORIES)
        ]
        assert what(EventClusterer().fit(seconds)) == what(EventClusterer().fit(moments))
        assert datetime(1970, 1, 1, 2, tzinfo=zone) == datetime.fromtimestamp(0, UTC)

    def test_language_is_that_of_articles_that_name_none(self) -> None:
        press = StoryFactory(2)
        cast = press.names()
        first, second = press.text(9, cast), press.text(9, cast)
        german = {"text": second, "language": "de"}
        assert EventClusterer(language="en").fit_predict([first, german]).tolist() == [0, 1]
        assert EventClusterer(language="de").fit_predict([first, german]).tolist() == [0, 0]

    @BOTH
    @pytest.mark.parametrize("method", ["fit", "partial_fit", "fit_predict"])
    @pytest.mark.parametrize(
        ("X", "error", "says"),
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
            ([{"published": datetime(2025, 5, 4)}], ValueError, r"X\[0\].* has no time zone"),  # noqa: DTZ001
        ],
    )
    def test_what_cannot_be_read_is_named(
        self, kind: Any, method: str, X: Any, error: type[Exception], says: str
    ) -> None:
        with pytest.raises(error, match=says):
            getattr(kind(), method)(X)

    @BOTH
    def test_a_refused_piece_leaves_everything_as_it_was(self, kind: Any) -> None:
        made = kind(language="en").fit(NEWS[:3])
        before = what(made)
        with pytest.raises(TypeError):
            made.partial_fit([STORIES[2], None])
        assert what(made) == before
        assert what(made.partial_fit(NEWS[3:])) == what(
            kind(language="en").fit(NEWS[:3]).partial_fit(NEWS[3:])
        )

    @BOTH
    def test_nothing_is_told_before_fit(self, kind: Any) -> None:
        for name in ("labels_", "evidence_"):
            assert not hasattr(kind(), name)


class TestDuplicates:
    def test_the_earliest_is_canonical(self) -> None:
        found = DuplicateClusterer().fit(NEWS)
        assert found.canonical_.tolist() == [2, 1, 2, 1, 4]

    def test_the_evidence_is_in_the_order_given(self) -> None:
        evidence = DuplicateClusterer().fit(NEWS).evidence_
        assert [each.duplicate_score is not None for each in evidence] == [1, 0, 0, 1, 0]
        assert evidence[3].jaccard == 1.0


class TestEvents:
    def test_are_judged_by_date_whatever_the_order_given(self) -> None:
        dated = [each for each in IN_ORDER if each.published is not None]
        forwards = EventClusterer().fit(dated)
        backwards = EventClusterer().fit(dated[::-1])
        events = [found.labels_.tolist() for found in (forwards, backwards)]
        pairs = set(zip(events[0], events[1][::-1], strict=True))
        assert len(pairs) == len(set(events[0])) == len(set(events[1]))

    def test_are_those_of_the_service(self) -> None:
        assignments = assign(starter_corpus.articles())
        events = [assignments[each.key].event for each in starter_corpus.articles()]
        labels = EventClusterer().fit_predict(starter_corpus.articles()).tolist()
        assert len(set(zip(events, labels, strict=True))) == len(set(events)) == len(set(labels))

    def test_probabilities_are_those_of_the_evidence(self) -> None:
        found = EventClusterer(language="en").fit(NEWS)
        assert np.isnan(found.probabilities_[[1, 4]]).all()
        told = EventClusterer().fit(IN_ORDER)
        for probability, evidence in zip(told.probabilities_, told.evidence_, strict=True):
            assert evidence.event_probability == pytest.approx(probability, nan_ok=True) or (
                evidence.event_probability is None and np.isnan(probability)
            )
        assert 0 <= np.nanmin(told.probabilities_) <= np.nanmax(told.probabilities_) <= 1


class TestAssign:
    def test_dated_articles_come_by_date_then_undated_ones_as_given(self) -> None:
        dates = [None, 300.0, 100.0, None, 100.0]
        given = [make_article(key, STORIES[0], date) for key, date in enumerate(dates, start=1)]
        assert list(assign(given)) == [3, 5, 2, 1, 4]

    def test_keys_are_the_articles_own(self) -> None:
        found = assign([make_article(5, STORIES[0], DAY), make_article(2, STORIES[0], 0.0)])
        assert list(found) == [2, 5]
        assert (found[2].duplicate_of, found[5].duplicate_of) == (None, 2)

    def test_how_an_article_came_stays_when_it_moves(self) -> None:
        """The two halves meet when the whole arrives; the second keeps the reasons it came by."""
        story = StoryFactory(6).text(40)
        halves = story[: len(story) // 2], story[len(story) // 2 :]
        texts = dict(enumerate((*halves, story), start=1))
        found = assign(make_article(key, text, float(key)) for key, text in texts.items())
        assert {each.group for each in found.values()} == {1}
        assert (found[2].outcome, found[3].outcome) == ("new", "near_duplicate")
        assert found[2].evidence.containment is None
        assert found[3].evidence.containment > 0.99
