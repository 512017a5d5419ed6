"""Events that fall into two clean blocks are proposed to be split."""

from __future__ import annotations

import numpy as np
import pytest

from service.web.admin.presenters.similarity_matrix import CanonicalArticle
from service.web.admin.presenters.split_proposal import propose_split


def matrix(labels: str, within: float = 0.8, between: float = 0.02) -> np.ndarray:
    """Pair probabilities of groups, one for each letter; equal letters are one block."""
    letters = np.array([*labels])
    probabilities = np.where(letters[:, None] == letters[None, :], within, between)
    np.fill_diagonal(probabilities, 1.0)
    return probabilities


def blocks(probabilities: np.ndarray) -> tuple[str, str] | None:
    articles = [CanonicalArticle(str(n), "", None) for n in range(len(probabilities))]
    proposal = propose_split(probabilities, articles, 0.42)
    if proposal is None:
        return None
    kept, leaving = (
        "".join(article.article_id for article in block)
        for block in (proposal.remaining, proposal.leaving)
    )
    return kept, leaving


def test_two_clean_blocks_are_proposed() -> None:
    assert blocks(matrix("aaabbb")) == ("012", "345")
    assert blocks(matrix("abab")) == ("02", "13")
    assert blocks(matrix("abbab")) == ("124", "03")


@pytest.mark.parametrize(
    "probabilities",
    [
        matrix("aaaa"),
        matrix("aaab"),
        matrix("aabbcc"),
        matrix("aabb", between=0.2),
        matrix("aabb", within=0.3),
        matrix("ab"),
        matrix("aab"),
    ],
    ids=["one block", "a single", "three blocks", "linked", "loose", "pair", "three"],
)
def test_nothing_else_is_proposed(probabilities: np.ndarray) -> None:
    assert blocks(probabilities) is None
