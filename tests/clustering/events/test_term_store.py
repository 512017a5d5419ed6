"""The term store returns the terms that were added, and batches equal to single vectors."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from clustering.events.term_store import MAX_CACHED_VECTORS, TermStore
from clustering.features.extract import extract_features
from clustering.features.terms import Terms
from clustering.similarity.tfidf import VectorBatch
from clustering.types import Article
from tests.support.story_factory import deterministic

TEXTS = (
    "The ferry to Holm ran aground at dawn with 214 passengers on board.",
    "Two hundred and fourteen passengers left the ferry near Holm by lifeboat.",
    "Die Fähre nach Holm lief im Morgengrauen auf Grund.",
    "",
)


def add_article(
    term_store: TermStore, slot: int, title: str, text: str, published: float | None
) -> Terms:
    features = extract_features(Article(slot, title, text, published, "Courier", "en"))
    terms = Terms.from_bytes(features.terms)
    term_store.add(slot, terms, features)
    return terms


@deterministic
@given(st.text(), st.text())
def test_terms_are_returned_as_added(title: str, text: str) -> None:
    term_store = TermStore()
    terms, stored = add_article(term_store, 3, title, text, None), term_store.terms(3)
    assert stored.names == ()
    assert term_store.term_ids(3).tolist() == terms.term_ids.tolist()
    for column in ("term_ids", "prior", "counts", "field_flags"):
        assert getattr(stored, column).tolist() == getattr(terms, column).tolist()


def test_a_batch_equals_its_vectors() -> None:
    term_store = TermStore()
    for slot, text in enumerate(TEXTS):
        add_article(term_store, slot, f"Ferry aground {slot}", text, 1e9 + slot if slot else None)
    slots = [2, 0, 3, 1]
    batch = term_store.vector_batch(np.array(slots))
    expected = VectorBatch.from_vectors([term_store.vector(slot) for slot in slots])
    for column in ("term_ids", "field_flags", "counts", "ends", "norms", "published", "words"):
        np.testing.assert_array_equal(getattr(batch, column), getattr(expected, column))


def test_a_vector_is_the_same_after_it_left_the_cache() -> None:
    term_store = TermStore()
    add_article(term_store, 0, "Ferry aground", TEXTS[0], 1e9)
    before = term_store.vector(0)
    for slot in range(1, MAX_CACHED_VECTORS + 1):
        add_article(term_store, slot, "Harbour", "", None)
    after = term_store.vector(0)
    assert after is not before
    for column in ("term_ids", "field_flags", "counts", "idf", "weights", "norms"):
        np.testing.assert_array_equal(getattr(after, column), getattr(before, column))
    assert (after.published, after.words) == (before.published, before.words)
