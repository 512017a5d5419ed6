"""Sentence vectors of articles, as the encoder named with each has made them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
from sqlalchemy import Connection, delete, func, select

from clustering.events.sentence_vectors import SentenceVector
from service.store import bulk
from service.store.schema import sentence_vectors


class StoredVectors(NamedTuple):
    """Vectors by article key, and the number of the last one."""

    vectors: dict[int, SentenceVector]
    last_number: int


def load_since(connection: Connection, encoder: str, number: int) -> StoredVectors:
    """Return the vectors of an encoder that were stored after the one with a number."""
    query = select(sentence_vectors).where(sentence_vectors.c.number > number)
    rows = connection.execute(query.order_by(sentence_vectors.c.number)).all()
    vectors = {
        row.key: np.frombuffer(row.vector, dtype="<f2") for row in rows if row.encoder == encoder
    }
    return StoredVectors(vectors, rows[-1].number if rows else number)


def save(connection: Connection, encoder: str, vectors: Mapping[int, SentenceVector]) -> None:
    """Store vectors by article key, in place of those that the articles may have."""
    if not vectors:
        return
    delete_of(connection, vectors)
    last = connection.scalar(select(func.max(sentence_vectors.c.number))) or 0
    rows = [
        {"key": key, "encoder": encoder, "number": number, "vector": vector.astype("<f2").tobytes()}
        for number, (key, vector) in enumerate(sorted(vectors.items()), start=last + 1)
    ]
    bulk.insert(connection, sentence_vectors, rows)


def delete_of(connection: Connection, keys: Iterable[int]) -> None:
    """Delete the vectors of some articles."""
    for chunk in bulk.chunked(keys):
        connection.execute(delete(sentence_vectors).where(sentence_vectors.c.key.in_(chunk)))
