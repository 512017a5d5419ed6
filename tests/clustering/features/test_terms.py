"""Terms of an article, how rare they are, and the vectors made of them."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.utils import murmurhash3_32

from clustering.features.normalize import fold
from clustering.features.terms import (
    BIGRAM,
    BODY,
    LEAD,
    LEAD_WORDS,
    MAX_BIGRAMS,
    MAX_BODY_TERMS,
    NAME,
    NUMBER,
    TITLE,
    Terms,
    extract_terms,
)
from clustering.similarity.idf import (
    BACKGROUND_ARTICLES,
    COMMON_TERM_SHARE,
    DISCOUNTED_ARTICLES,
    MIN_IDF,
    DocumentFrequencies,
    IdfSnapshot,
)
from clustering.similarity.tfidf import (
    FIELDS,
    MAX_INDEX_TERMS,
    MIN_RARE_IDF,
    Vector,
    index_terms,
    vectorise,
)
from tests.clustering.features.test_tokenize import SCRIPTS
from tests.support.story_factory import StoryFactory, deterministic

WORDS = st.lists(
    st.sampled_from(["the", "Ferry", "ran", "12", "Skarn", "rocks", "and.", "Tarvo,", "wide"])
)
TEXT = WORDS.map(" ".join)


def field_flags(title: str, text: str, language: str = "en") -> dict[str, int]:
    terms = extract_terms(title, text, language)
    return dict(zip(terms.names, terms.field_flags.tolist(), strict=True))


class TestExtract:
    def test_flags_name_fields_and_kinds(self) -> None:
        flags_of = field_flags("Ferry aground", "Police said the ferry Alma has 80 on board.")
        assert flags_of["ferry"] == TITLE | LEAD | BODY
        assert flags_of["aground"] == TITLE
        assert flags_of["alma"] == LEAD | BODY | NAME
        assert flags_of["80"] == LEAD | BODY | NUMBER
        assert flags_of["police"] == LEAD | BODY, "the first word of a sentence is no name"
        assert flags_of["ferry alma"] == BIGRAM

    def test_counts_terms(self) -> None:
        terms = extract_terms("Fog", "fog, Fog and more fog" + " fog" * 300, "en")
        counts = dict(zip(terms.names, terms.counts.tolist(), strict=True))
        assert counts["fog"] == 255
        assert counts["more"] == 1

    @deterministic
    @given(TEXT, TEXT)
    def test_counts_equal_the_slow_oracle(self, title: str, text: str) -> None:
        terms = extract_terms(title, text, "en")
        plain = Counter(w.strip(".,").lower() for w in f"{title} {text}".split())
        counted = dict(zip(terms.names, terms.counts.tolist(), strict=True))
        assert {w: n for w, n in counted.items() if " " not in w} == dict(plain)

    @deterministic
    @given(TEXT, TEXT)
    def test_ids_ascend_and_columns_have_one_length(self, title: str, text: str) -> None:
        terms = extract_terms(title, text, "en")
        assert (np.diff(terms.term_ids.astype(np.int64)) > 0).all()
        lengths = {len(c) for c in (terms.term_ids, terms.prior, terms.counts, terms.field_flags)}
        assert lengths == {len(terms.names)}
        assert ((terms.prior > 0) & (terms.prior <= 1)).all()

    @pytest.mark.parametrize("text", SCRIPTS.values(), ids=SCRIPTS.keys())
    def test_ids_are_those_of_the_model_and_of_stores(self, text: str) -> None:
        terms = extract_terms("Zoë Ōmura’s 𝔣erry", text, "en")
        folded = [fold(name) for name in terms.names]
        hashes = [murmurhash3_32(name, seed=0, positive=True) for name in folded]
        assert terms.term_ids.tolist() == hashes

    def test_long_texts_keep_title_lead_and_distinctive_terms(self) -> None:
        text = StoryFactory(1).text(100, StoryFactory(1).names(200))
        flags_of = field_flags("Storm over Tarvo", text)
        assert {"storm", "over", "tarvo"} <= set(flags_of)
        assert all(word.strip(".").lower() in flags_of for word in text.split()[:LEAD_WORDS])
        other_flags = [flags for flags in flags_of.values() if not flags & (TITLE | LEAD)]
        assert sum(1 for flags in other_flags if flags & BIGRAM) == MAX_BIGRAMS
        assert sum(1 for flags in other_flags if not flags & BIGRAM) == MAX_BODY_TERMS

    @pytest.mark.parametrize("text", SCRIPTS.values(), ids=SCRIPTS)
    def test_every_script_has_terms(self, text: str) -> None:
        language = next(code for code, sample in SCRIPTS.items() if sample == text)
        assert len(extract_terms("", text, language).names) >= 5
        assert len(extract_terms(text, "", "und").names) >= 5

    def test_text_without_words_has_no_terms(self) -> None:
        assert extract_terms("", " … ", "en").names == ()

    @deterministic
    @given(st.text(), st.text())
    def test_packs_and_unpacks(self, title: str, text: str) -> None:
        terms = extract_terms(title, text, "en")
        back = Terms.from_bytes(terms.to_bytes())
        assert back.names == terms.names
        for column in ("term_ids", "prior", "counts", "field_flags"):
            assert getattr(back, column).tolist() == getattr(terms, column).tolist()


class TestPrior:
    def prior(self, text: str, language: str = "en") -> dict[str, float]:
        terms = extract_terms("", text, language)
        return dict(zip(terms.names, terms.prior.tolist(), strict=True))

    def test_prior_is_larger_for_frequent_words(self) -> None:
        prior = self.prior("the police ferry belmarask")
        shares = [prior[word] for word in ("the", "police", "ferry", "belmarask")]
        assert shares == sorted(shares, reverse=True)
        assert shares[0] > 0.99
        assert shares[-1] < 1e-5

    def test_prior_depends_on_the_language(self) -> None:
        assert self.prior("die", "de")["die"] > self.prior("die", "en")["die"]

    def test_function_words_are_common_in_an_unknown_language(self) -> None:
        prior = self.prior("in the Skarnholm", "und")
        assert prior["in"] > 0.9
        assert prior["the"] > 0.9
        assert prior["skarnholm"] < 0.01

    @deterministic
    @given(st.permutations(["the", "of", "skarn", "storm", "12", "渡轮"]))
    def test_bigram_is_rarer_than_its_words(self, words: list[str]) -> None:
        prior = self.prior(" ".join(words))
        for pair in prior:
            first, space, second = pair.partition(" ")
            assert not space or 0 < prior[pair] <= max(prior[first], prior[second])


class TestIdfSnapshot:
    def counted(self, texts: list[str]) -> DocumentFrequencies:
        counts = DocumentFrequencies()
        for text in texts:
            counts.add(extract_terms("", text, "en").term_ids)
        return counts

    @deterministic
    @given(st.lists(TEXT, max_size=5), TEXT)
    def test_idf_blends_observed_and_background_frequencies(
        self, texts: list[str], text: str
    ) -> None:
        terms = extract_terms("", text, "en")
        idf = self.counted(texts).snapshot().idf(terms)
        article_counts = Counter(
            name for other_text in texts for name in extract_terms("", other_text, "en").names
        )
        total = len(texts) + 1 + BACKGROUND_ARTICLES
        for name, prior, weight in zip(terms.names, terms.prior, idf, strict=True):
            blended = (
                max(article_counts[name] - DISCOUNTED_ARTICLES, 0) + 1 + BACKGROUND_ARTICLES * prior
            )
            share = max(
                blended / total,
                max(article_counts[name] - DISCOUNTED_ARTICLES, 0) / (len(texts) + 50)
                - COMMON_TERM_SHARE,
            )
            expected = -math.log(share) / math.log(total)
            assert weight == pytest.approx(max(expected, MIN_IDF), abs=1e-5)
            assert 0 < weight <= 1

    def test_observed_terms_lose_idf(self) -> None:
        terms = extract_terms("", "skarn", "en")
        before = IdfSnapshot().idf(terms)[0]
        after = self.counted(["skarn"] * 200).snapshot().idf(terms)[0]
        assert before > 0.95
        assert after < 0.4

    @deterministic
    @given(st.lists(TEXT, min_size=1, max_size=5))
    def test_removed_article_is_not_counted(self, texts: list[str]) -> None:
        counts = self.counted(texts)
        counts.remove(extract_terms("", texts[-1], "en").term_ids)
        assert counts.snapshot().to_bytes() == self.counted(texts[:-1]).snapshot().to_bytes()

    def test_packs_and_unpacks(self) -> None:
        snapshot = self.counted(["skarn harbour", "skarn ferry"]).snapshot(next_group=3)
        back = IdfSnapshot.from_bytes(snapshot.to_bytes())
        terms = extract_terms("", "skarn harbour tarvo", "en")
        assert back.idf(terms).tolist() == snapshot.idf(terms).tolist()
        assert (back.n_articles, back.next_group) == (2, 3)

    def test_snapshot_without_next_group_is_unpacked(self) -> None:
        packed = self.counted(["skarn harbour"]).snapshot().to_bytes()
        back = IdfSnapshot.from_bytes(packed[:-8])
        assert (back.n_articles, len(back.buckets), back.next_group) == (1, 3, 1)


class TestVector:
    def vector(self, title: str, text: str) -> Vector:
        return vectorise(extract_terms(title, text, "en"), IdfSnapshot(), 7.0, len(text.split()))

    @deterministic
    @given(TEXT, TEXT)
    def test_norms_equal_sums_over_dicts(self, title: str, text: str) -> None:
        """Against sums over dicts."""
        terms = extract_terms(title, text, "en")
        idf = dict(zip(terms.names, IdfSnapshot().idf(terms).tolist(), strict=True))
        count = dict(zip(terms.names, terms.counts.tolist(), strict=True))
        place = dict(zip(terms.names, terms.field_flags.tolist(), strict=True))
        weight = {name: idf[name] * (1 + math.log(max(count[name], 1))) for name in idf}
        fields = {
            "words": {n: weight[n] for n in idf if not place[n] & BIGRAM},
            "pairs": {n: idf[n] for n in idf if place[n] & BIGRAM},
            "title": {n: idf[n] for n in idf if place[n] & TITLE},
            "lead": {n: idf[n] for n in idf if place[n] & LEAD},
            "names": {n: weight[n] for n in idf if place[n] & NAME},
            "numbers": {n: idf[n] for n in idf if place[n] & NUMBER},
            "rare": {n: weight[n] for n in idf if not place[n] & BIGRAM and idf[n] > MIN_RARE_IDF},
        }
        norms = [math.sqrt(sum(v * v for v in fields[field].values())) for field in FIELDS]
        assert self.vector(title, text).norms.tolist() == pytest.approx(norms, rel=1e-3)

    def test_index_terms_are_the_heaviest(self) -> None:
        terms = extract_terms("", StoryFactory(2).text(40), "en")
        indexed = index_terms(terms)
        assert len(indexed) == MAX_INDEX_TERMS
        assert (np.diff(indexed.astype(np.int64)) > 0).all()
        weights = (1 + np.log(terms.counts)) * -np.log(terms.prior)
        inside = np.isin(terms.term_ids, indexed)
        assert weights[inside].min() >= weights[~inside].max() - 1e-3
