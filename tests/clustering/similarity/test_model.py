"""Pairs of articles: features against a slow oracle, probabilities, the model document."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clustering.features.terms import BIGRAM, LEAD, NAME, NUMBER, TITLE, extract_terms
from clustering.learning.train import LabelledPairs, train
from clustering.similarity.idf import IdfSnapshot
from clustering.similarity.model import PAIR_KINDS, SimilarityModel, default_similarity, pair_kind
from clustering.similarity.pair_features import FEATURES, compute_pair_features, find_shared_terms
from clustering.similarity.tfidf import MIN_RARE_IDF, Vector, vectorise
from tests.support.story_factory import StoryFactory, deterministic

DAY = 86400.0
TEXT = st.lists(
    st.sampled_from(
        ["the", "Ferry", "ran", "12", "Skarn", "rocks", "and.", "Tarvo,", "wide", "storm", "80"]
    )
).map(" ".join)
DATE = st.none() | st.sampled_from([0.0, DAY, 1.4 * DAY, 5 * DAY, 400 * DAY])
ARTICLE = st.tuples(TEXT, TEXT, DATE)


def vector(title: str, text: str, published: float | None) -> Vector:
    return vectorise(extract_terms(title, text, "en"), IdfSnapshot(), published, len(text.split()))


def plain(first: tuple, second: tuple) -> dict[str, float]:
    """The features of a pair, by dicts and loops."""
    sides = first_terms, second_terms = [dict(_terms(*pair[:2])) for pair in (first, second)]
    shared = set(first_terms) & set(second_terms)

    def cosine(fits, value) -> float:
        dot = sum(
            value(first_terms[t]) * value(second_terms[t])
            for t in shared
            if fits(first_terms[t]) and fits(second_terms[t])
        )
        lengths = [
            math.sqrt(sum(value(v) ** 2 for v in side.values() if fits(v)))
            for side in (first_terms, second_terms)
        ]
        return dot / (lengths[0] * lengths[1]) if all(lengths) else 0.0

    def parts(fits, value) -> tuple[list[float], list[float]]:
        """Roots of the found shares, and the missing weights, of both articles."""
        shares, missing = [], []
        for terms, opposite in ((first_terms, second_terms), (second_terms, first_terms)):
            total = sum(value(v) ** 2 for v in terms.values() if fits(v))
            found = sum(value(v) ** 2 for t, v in terms.items() if fits(v) and t in opposite)
            shares.append(math.sqrt(found / total) if total else 0.0)
            missing.append(total - found)
        return shares, missing

    def key_words(count: int) -> list[float]:
        shares = []
        for terms, opposite in ((first_terms, second_terms), (second_terms, first_terms)):
            words = {t: v["weight"] for t, v in terms.items() if not v["flags"] & BIGRAM}
            least = min(sorted(words.values())[-count:], default=math.inf)
            heaviest = {t: weight for t, weight in words.items() if weight >= least}
            total = sum(weight**2 for weight in heaviest.values())
            found = sum(weight**2 for t, weight in heaviest.items() if t in opposite)
            shares.append(math.sqrt(found / total) if total else 0.0)
        return shares

    def has_flag(flag: int):
        return lambda v: v["flags"] & flag

    def weight(v: dict) -> float:
        return v["weight"]

    def idf(v: dict) -> float:
        return v["idf"]

    single = [t for t in shared if not first_terms[t]["flags"] & BIGRAM]
    rarest = sorted((first_terms[t]["idf"] for t in single), reverse=True)
    both_dated = first[2] is not None and second[2] is not None
    days = abs(first[2] - second[2]) / DAY if both_dated else 0.0
    similarities = [
        math.sqrt(product)
        for product in (
            cosine(lambda v: not v["flags"] & BIGRAM, weight),
            cosine(has_flag(TITLE), idf),
            cosine(has_flag(LEAD), idf),
            cosine(has_flag(NAME), weight),
            cosine(has_flag(NUMBER), idf),
            cosine(lambda v: not v["flags"] & BIGRAM and v["idf"] > MIN_RARE_IDF, weight),
        )
    ]
    if not all(any(v["flags"] & NAME for v in side.values()) for side in sides):
        similarities[3] = similarities[5]
    (titles, titles_missing), (leads, _) = parts(has_flag(TITLE), idf), parts(has_flag(LEAD), idf)
    names_missing = parts(has_flag(NAME), weight)[1]
    numbers_missing = parts(has_flag(NUMBER), idf)[1]
    lengths = [math.log1p(len(article[1].split())) for article in (first, second)]
    near = math.exp(-days / 4)
    times = [math.log1p(24 * days), days < 1.5, days < 3, days < 7, near, math.exp(-days / 60)]
    times += [near * similarities[field] for field in (0, 1, 2, 5)]
    values = [
        *similarities,
        *(max(titles), min(titles), max(leads), min(leads), min(key_words(10)), max(key_words(20))),
        *(min(titles_missing), max(names_missing), min(numbers_missing)),
        *(sum(rarest[:1]), sum(rarest[:5]), sum(rarest[5:15])),
        bool(first[0].split()) + bool(second[0].split()),
        *(min(lengths), max(lengths)),
        both_dated,
        *(float(time) if both_dated else 0.0 for time in times),
    ]
    return dict(zip(FEATURES, map(float, values), strict=True))


def _terms(title: str, text: str):
    terms = extract_terms(title, text, "en")
    for position, idf in enumerate(IdfSnapshot().idf(terms).tolist()):
        weight = idf * (1 + math.log(max(int(terms.counts[position]), 1)))
        yield (
            terms.names[position],
            {"idf": idf, "weight": weight, "flags": int(terms.field_flags[position])},
        )


class TestFeatures:
    @deterministic
    @given(ARTICLE, st.lists(ARTICLE, min_size=1, max_size=4))
    def test_features_equal_the_slow_oracle(self, first: tuple, seconds: list[tuple]) -> None:
        rows = compute_pair_features(vector(*first), [vector(*second) for second in seconds])
        for row, second in zip(rows, seconds, strict=True):
            features = dict(zip(FEATURES, row.tolist(), strict=True))
            assert features == pytest.approx(plain(first, second), abs=1e-4)

    @deterministic
    @given(ARTICLE, ARTICLE)
    def test_features_are_symmetric(self, first: tuple, second: tuple) -> None:
        forward = compute_pair_features(vector(*first), [vector(*second)])
        backward = compute_pair_features(vector(*second), [vector(*first)])
        assert forward.tolist()[0] == pytest.approx(backward.tolist()[0], abs=1e-6)

    def test_every_column_has_a_name(self) -> None:
        assert compute_pair_features(vector("a", "b", 1), [vector("c", "d", 2)]).shape == (
            1,
            len(FEATURES),
        )
        assert len(set(FEATURES)) == len(FEATURES)


class TestProbabilities:
    @deterministic
    @given(ARTICLE, st.lists(ARTICLE, max_size=4))
    def test_probabilities_are_in_0_to_1(self, first: tuple, others: list[tuple]) -> None:
        probabilities = default_similarity().probabilities(
            vector(*first), [vector(*article) for article in others]
        )
        assert probabilities.shape == (len(others),)
        assert ((probabilities >= 0) & (probabilities <= 1)).all()

    def test_copy_is_more_probable_than_an_unrelated_text(self) -> None:
        story, unrelated = StoryFactory(1).text(), StoryFactory(2).text()
        near, far = default_similarity().probabilities(
            vector("", story, 0), [vector("", story.upper(), DAY), vector("", unrelated, DAY)]
        )
        assert near > 0.9
        assert far < 0.5

    @pytest.mark.parametrize(
        ("first", "second", "kind"),
        [
            (("t", "b", 1.0), ("t", "b", 2.0), "dated"),
            (("t", "b", 1.0), ("t", "b", None), "undated"),
            (("t", "", 1.0), ("t", "b", 2.0), "headlines"),
            (("t", "", None), ("t", "", None), "headlines"),
        ],
    )
    def test_pair_kind_depends_on_texts_and_dates(self, first, second, kind) -> None:
        assert pair_kind(vector(*first), vector(*second)) == kind
        assert pair_kind(vector(*second), vector(*first)) == kind


class TestSharedTerms:
    def test_shared_terms_are_sorted_by_weight(self) -> None:
        first = vector("", "the ferry Skarn ran to Tarvo", None)
        names = extract_terms("", "the ferry Skarn ran to Tarvo", "en").names
        positions = find_shared_terms(first, vector("", "ferry of Tarvo", None), 8)
        assert [names[position] for position in positions.tolist()] == ["tarvo", "ferry"]
        assert len(find_shared_terms(first, first, 3)) == 3


class TestModel:
    def test_model_survives_json(self) -> None:
        shipped = default_similarity()
        restored = SimilarityModel.from_json(shipped.to_json())
        assert restored.to_json() == shipped.to_json()
        article, others = vector(*("t", StoryFactory(1).text(), 1.0)), [vector("t", "storm", 2.0)]
        assert restored.probabilities(article, others) == pytest.approx(
            shipped.probabilities(article, others), abs=1e-3
        )

    def test_unknown_feature_is_refused(self) -> None:
        document = json.loads(default_similarity().to_json())
        document["dated"]["weights"]["moon_phase"] = 1.0
        with pytest.raises(ValueError, match="moon_phase"):
            SimilarityModel.from_json(json.dumps(document))

    def test_model_is_trained_from_labelled_pairs(self) -> None:
        generator = np.random.default_rng(1)
        same = np.arange(400) < 100
        corpora = []
        for kind in PAIR_KINDS:
            features = generator.random((400, len(FEATURES)))
            features[:, 0] = np.where(same, 0.8, 0.2) + 0.1 * generator.standard_normal(400)
            corpora.append(LabelledPairs(kind, features, same))
        trained = train(corpora)
        for corpus in corpora:
            weights, intercept = trained.weights[corpus.kind], trained.intercepts[corpus.kind]
            logits = corpus.features @ weights + intercept
            assert logits[same].min() > logits[~same].mean()
            assert weights[0] == max(weights)

    def test_training_without_pairs_is_refused(self) -> None:
        with pytest.raises(ValueError, match="no labelled pairs"):
            train([])
