"""What is held of the articles' terms is what they were, and a pile is its articles."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from press import seeded

from clustering.analysis import analyse
from clustering.holdings import REMEMBERED, Holdings
from clustering.model import Article
from clustering.terms import Terms
from clustering.vectors import Pile

TEXTS = (
    "The ferry to Holm ran aground at dawn with 214 passengers on board.",
    "Two hundred and fourteen passengers left the ferry near Holm by lifeboat.",
    "Die Fähre nach Holm lief im Morgengrauen auf Grund.",
    "",
)


def entered(holdings: Holdings, slot: int, title: str, text: str, published: float | None) -> Terms:
    features = analyse(Article(slot, title, text, published, "Courier", "en"))
    terms = Terms.from_bytes(features.terms)
    holdings.enter(slot, terms, features)
    return terms


@seeded
@given(st.text(), st.text())
def test_terms_are_held_as_they_were(title: str, text: str) -> None:
    holdings = Holdings()
    terms, held = entered(holdings, 3, title, text, None), holdings.terms(3)
    assert held.names == ()
    assert holdings.numbers(3).tolist() == terms.numbers.tolist()
    for column in ("numbers", "prior", "counts", "places"):
        assert getattr(held, column).tolist() == getattr(terms, column).tolist()


def test_a_pile_is_its_articles_one_after_the_other() -> None:
    holdings = Holdings()
    for slot, text in enumerate(TEXTS):
        entered(holdings, slot, f"Ferry aground {slot}", text, 1e9 + slot if slot else None)
    slots = [2, 0, 3, 1]
    pile, parts = holdings.pile(np.array(slots)), Pile.of([holdings.vector(slot) for slot in slots])
    for column in ("numbers", "places", "counts", "ends", "norms", "published", "words"):
        np.testing.assert_array_equal(getattr(pile, column), getattr(parts, column))


def test_a_vector_is_the_same_once_it_was_forgotten() -> None:
    holdings = Holdings()
    entered(holdings, 0, "Ferry aground", TEXTS[0], 1e9)
    before = holdings.vector(0)
    for slot in range(1, REMEMBERED + 1):
        entered(holdings, slot, "Harbour", "", None)
    after = holdings.vector(0)
    assert after is not before
    for column in ("numbers", "places", "counts", "idf", "weights", "norms"):
        np.testing.assert_array_equal(getattr(after, column), getattr(before, column))
    assert (after.published, after.words) == (before.published, before.words)
