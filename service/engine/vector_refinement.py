"""Have missing sentence vectors made, and judge the articles again with them.

Articles are first assigned by their words. The index then tells which vectors it missed. They are
made without the write lock, stored, and set in a transaction of their own, which clusters the
articles' surroundings again. If an encoder fails, the assignments stay as they are.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, select

from clustering.events.sentence_vectors import SentenceVector
from service.embeddings.centred import CentredEncoder
from service.embeddings.encoder import EncoderError, encoded_text
from service.engine.writer import IndexWriter, NotReadyError
from service.store import StoreUnavailableError, bulk
from service.store.schema import articles, texts

_LOG: Final = logging.getLogger(__name__)
MAX_ROUNDS: Final = 3
"""Vectors may make more pairs uncertain; so often more are made."""
_TEXTS_QUERY: Final = select(
    articles.c.key, articles.c.version, articles.c.title, texts.c.text
).join(texts, texts.c.key == articles.c.key)


@dataclass(slots=True)
class Refinement:
    """What was done.

    Attributes
    ----------
    has_changed : bool
        Whether any article may be in another event than before.
    failed : set of int
        Articles whose vectors could not be made.
    """

    has_changed: bool = False
    failed: set[int] = field(default_factory=set)


def refine(writer: IndexWriter, requested: Collection[int]) -> Refinement:
    """Make the vectors that articles lack, and cluster their surroundings again.

    Parameters
    ----------
    writer : IndexWriter
    requested : collection of int
        Keys of articles, as `WriteTransaction.pop_vector_requests` returns them.

    Returns
    -------
    Refinement
    """
    refinement = Refinement()
    for _ in range(MAX_ROUNDS):
        still_missing: set[int] = set()
        for keys in bulk.chunked(requested):
            if not refinement.failed:
                still_missing |= _try_to_refine(writer, keys, refinement)
        requested = still_missing
    return refinement


def _try_to_refine(writer: IndexWriter, keys: Sequence[int], refinement: Refinement) -> set[int]:
    """Refine, unless that fails; return the articles whose vectors are missing then."""
    try:
        still_missing = _refine_once(writer, keys)
    except EncoderError as error:
        _LOG.warning("judged by words alone: %s", error)
        refinement.failed.update(keys)
        writer.vector_counts.failed += len(keys)
    except (NotReadyError, StoreUnavailableError) as error:
        _LOG.warning("judged by words alone until compared again: %s", error)
    else:
        refinement.has_changed = True
        return {*still_missing}
    return set()


def _refine_once(writer: IndexWriter, requested: Collection[int]) -> list[int]:
    """Make and set some vectors; return the articles whose vectors are missing then."""
    encoder = writer.encoder
    if encoder is None:
        return []
    with writer.store.reading() as connection:
        versions, documents = _load_documents(connection, requested)
    vectors = _encode(encoder, documents)
    writer.vector_counts.made += len(vectors)
    with writer.transaction() as transaction:
        current, _ = _load_documents(transaction.connection, vectors)
        transaction.set_vectors(
            encoder.name,
            {key: vector for key, vector in vectors.items() if current.get(key) == versions[key]},
        )
        transaction.flush()
        return transaction.pop_vector_requests()


def _load_documents(
    connection: Connection, keys: Collection[int]
) -> tuple[dict[int, int], dict[int, str]]:
    """Return versions and encoded texts of articles, by key."""
    rows = list(bulk.select_in(connection, _TEXTS_QUERY, articles.c.key, keys))
    versions = {row.key: row.version for row in rows}
    return versions, {row.key: encoded_text(row.title, row.text) for row in rows}


def _encode(encoder: CentredEncoder, documents: Mapping[int, str]) -> dict[int, SentenceVector]:
    if not documents:
        return {}
    return dict(zip(documents, encoder.encode([*documents.values()]), strict=True))
