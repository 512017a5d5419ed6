"""Vectors as the kernels take them: the structures of `clustering/kernels/vectors.h`.

A structure holds addresses only: the arrays must live as long as it is used.
"""

from __future__ import annotations

from ctypes import Structure, c_double, c_int64, c_size_t, c_void_p
from math import nan
from typing import Any

from numpy.typing import NDArray

from clustering.kernels.library import address, addresses
from clustering.similarity.tfidf import Vector, VectorBatch


class _Column(Structure):
    """A column of records."""

    _fields_ = (("first", c_void_p), ("stride", c_size_t))


class ArticleStructure(Structure):
    """The weighted terms of one article."""

    _fields_ = (
        ("n_terms", c_size_t),
        *((name, c_void_p) for name in ("term_ids", "flags", "idf", "weights", "norms")),
        ("key_words", c_void_p),
        ("published", c_double),
        ("words", c_int64),
    )


class BatchStructure(Structure):
    """The weighted terms of many articles."""

    _fields_ = (
        ("n_articles", c_size_t),
        ("ends", c_void_p),
        *((name, _Column) for name in ("term_ids", "flags", "counts", "norms", "key_words")),
        ("published", _Column),
        ("words", _Column),
    )


def article_structure(vector: Vector) -> ArticleStructure:
    """Return the structure of one article."""
    arrays = (vector.term_ids, vector.field_flags, vector.idf, vector.weights)
    published = nan if vector.published is None else vector.published
    return ArticleStructure(
        len(vector.term_ids),
        *addresses(*arrays, vector.norms, vector.key_words),
        published,
        vector.words,
    )


def batch_structure(batch: VectorBatch) -> BatchStructure:
    """Return the structure of many articles."""
    columns: tuple[NDArray[Any], ...] = (
        *(batch.term_ids, batch.field_flags, batch.counts),
        *(batch.norms, batch.key_words, batch.published, batch.words),
    )
    return BatchStructure(len(batch), address(batch.ends), *map(_column, columns))


def _column(array: NDArray[Any]) -> _Column:
    return _Column(address(array), array.strides[0])
