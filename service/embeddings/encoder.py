"""The interface of encoders, and the text of an article that they get."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from clustering.features.tokenize import is_unspaced

ENCODED_WORDS: Final = 60
"""Words of the text that are encoded besides the title: what happened is told in the first lines,
and the time grows with the length."""
_MAX_READ_CHARS: Final = 4000


class EncoderError(RuntimeError):
    """Texts could not be encoded; articles are judged by their words alone."""


class Encoder(Protocol):
    """Makes a vector of each text, such that texts of like meaning have a large cosine.

    Attributes
    ----------
    name : str
        Names the model and its version: vectors of another name are made anew.
    dimensions : int
    """

    @property
    def name(self) -> str:
        """Name of the model and its version."""

    @property
    def dimensions(self) -> int:
        """Length of a vector."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode some texts.

        Parameters
        ----------
        texts : sequence of str

        Returns
        -------
        ndarray of float32, shape (n_texts, n_dimensions)
            Unit vectors.

        Raises
        ------
        Exception
            Of any kind; the articles are then judged by their words alone.
        """


def encoded_text(title: str, text: str) -> str:
    """Return the text of an article that is encoded: its title and its first words.

    Parameters
    ----------
    title, text : str
    """
    return f"{title.strip()}\n{_first_words(' '.join(text[:_MAX_READ_CHARS].split()))}".strip()


def normalise(vectors: Any) -> NDArray[np.float32]:
    """Return vectors scaled to length 1, shape (n_vectors, n_dimensions).

    Raises
    ------
    EncoderError
        If they are no table of finite numbers.
    """
    try:
        table = np.asarray(vectors, dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise EncoderError("the encoder returned vectors of unequal length") from error
    if table.ndim != 2 or not np.isfinite(table).all():
        raise EncoderError("the encoder returned something else than vectors of finite numbers")
    lengths = np.linalg.norm(table, axis=1, keepdims=True)
    unit: NDArray[np.float32] = table / np.maximum(lengths, np.float32(1e-12))
    return unit


def _first_words(text: str) -> str:
    """Cut a text after `ENCODED_WORDS` words; in unspaced scripts two characters are a word."""
    kept: list[str] = []
    room = 2 * ENCODED_WORDS
    for word in text.split():
        size = len(word) if is_unspaced(word[0]) else 2
        kept.append(word[:room] if is_unspaced(word[0]) else word)
        room -= size
        if room <= 0:
            break
    return " ".join(kept)
