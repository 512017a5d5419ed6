"""What is held of the articles' terms is what they were, and a pile is its articles."""

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


def entered(
    holdings: TermStore, slot: int, title: str, text: str, published: float | None
) -> Terms:
    features = extract_features(Article(slot, title, text, published, "Courier", "en"))
    terms = Terms.from_bytes(features.terms)
    holdings.add(slot, terms, features)
    return terms


@deterministic
@given(st.text(), st.text())
def test_terms_are_held_as_they_were(title: str, text: str) -> None:
    holdings = TermStore()
    terms, held = entered(holdings, 3, title, text, None), holdings.terms(3)
    assert held.names == ()
    assert holdings.term_ids(3).tolist() == terms.term_ids.tolist()
    for column in ("term_ids", "prior", "counts", "field_flags"):
        assert getattr(held, column).tolist() == getattr(terms, column).tolist()


def test_a_pile_is_its_articles_one_after_the_other() -> None:
    holdings = TermStore()
    for slot, text in enumerate(TEXTS):
        entered(holdings, slot, f"Ferry aground {slot}", text, 1e9 + slot if slot else None)
    slots = [2, 0, 3, 1]
    pile, parts = (
        holdings.vector_batch(np.array(slots)),
        VectorBatch.from_vectors([holdings.vector(slot) for slot in slots]),
    )
    for column in ("term_ids", "field_flags", "counts", "ends", "norms", "published", "words"):
        np.testing.assert_array_equal(getattr(pile, column), getattr(parts, column))


def test_a_vector_is_the_same_once_it_was_forgotten() -> None:
    holdings = TermStore()
    entered(holdings, 0, "Ferry aground", TEXTS[0], 1e9)
    before = holdings.vector(0)
    for slot in range(1, MAX_CACHED_VECTORS + 1):
        entered(holdings, slot, "Harbour", "", None)
    after = holdings.vector(0)
    assert after is not before
    for column in ("term_ids", "field_flags", "counts", "idf", "weights", "norms"):
        np.testing.assert_array_equal(getattr(after, column), getattr(before, column))
    assert (after.published, after.words) == (before.published, before.words)
