"""Encoders for tests that need no model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from mmh3 import hash as hash32
from numpy.typing import NDArray

_DIMENSIONS = 64


class WordEncoder:
    """Adds up a random vector for each word; with a bias, all texts look alike."""

    name = "words"
    dimensions = _DIMENSIONS

    def __init__(self, bias: float = 0.0) -> None:
        self._bias = bias

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array([self._encode(text) for text in texts], dtype=np.float32)

    def _encode(self, text: str) -> NDArray[np.float64]:
        words = [np.random.default_rng(hash32(word, signed=False)) for word in text.split()]
        total = np.sum([word.normal(size=_DIMENSIONS) for word in words], axis=0)
        return np.asarray(total / np.linalg.norm(total) + self._bias / _DIMENSIONS**0.5)
