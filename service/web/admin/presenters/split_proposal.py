"""A proposal to split an event whose duplicate groups fall into two clean blocks."""

from __future__ import annotations

from dataclasses import dataclass

from clustering.events.blocks import find_blocks
from service.queries import PagedEvent
from service.web.admin.presenters.similarity_matrix import CanonicalArticle, EventSimilarityMatrix

Block = tuple[CanonicalArticle, ...]


@dataclass(frozen=True, slots=True)
class SplitProposal:
    """Two blocks of an event.

    Attributes
    ----------
    remaining, leaving : tuple of CanonicalArticle
        The canonical articles of the larger and of the smaller block.
    between : float
        Pooled probability of the pairs of articles of different blocks.
    """

    remaining: Block
    leaving: Block
    between: float


def propose_split(event: PagedEvent, matrix: EventSimilarityMatrix | None) -> SplitProposal | None:
    """Propose a split if an event has two blocks; see `clustering.events.blocks`.

    Parameters
    ----------
    event : PagedEvent
    matrix : EventSimilarityMatrix or None
        Of the same event.

    Returns
    -------
    SplitProposal or None
        None as well if the event was not compared as a whole, if somebody locked or arranged it,
        or if it is in several languages, whose texts resemble one another less.
    """
    if matrix is None or matrix.n_groups > len(matrix.canonical_articles):
        return None
    if len({*event.languages} - {"und"}) > 1 or _is_arranged(event):
        return None
    blocks = find_blocks(matrix.probabilities)
    if blocks is None:
        return None
    remaining, leaving = (
        tuple(matrix.canonical_articles[position] for position in block)
        for block in (blocks.larger, blocks.smaller)
    )
    return SplitProposal(remaining, leaving, blocks.between)


def _is_arranged(event: PagedEvent) -> bool:
    members = (member for group in event.groups for member in group.members)
    return event.locked_by is not None or any(member.placed_by for member in members)
