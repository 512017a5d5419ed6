"""The language identifier of py3langid, with its walk over the bytes of a text compiled.

py3langid walks an automaton byte by byte in Python, which takes longer than all other features of
an article. Everything else, and everything where the kernels are not compiled, is its own code.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from py3langid import langid

from clustering.kernels.library import address, addresses, load_kernels


class LanguageIdentifier(langid.LanguageIdentifier):
    """py3langid's identifier, which also returns all probabilities as one array."""

    def likelihoods(self, text: str) -> NDArray[np.float32]:
        """Return the probability of each of `nb_classes`; of equal names the first has it all."""
        probabilities: NDArray[np.float32] = self._decide(text)
        return probabilities


@cache
def language_identifier() -> LanguageIdentifier:
    """Return the identifier, by a kernel if it is compiled."""
    kernels = load_kernels()
    if kernels is None:
        return reference_identifier()
    identifier: _CompiledIdentifier = _CompiledIdentifier.from_model_file(
        langid.MODEL_FILE, norm_probs=True
    )
    identifier.compile(kernels)
    return identifier


def reference_identifier() -> LanguageIdentifier:
    """Return the identifier with all code as in py3langid: the reference of the kernel."""
    identifier: LanguageIdentifier = LanguageIdentifier.from_model_file(
        langid.MODEL_FILE, norm_probs=True
    )
    return identifier


class _CompiledIdentifier(LanguageIdentifier):
    """Adds up the weights of the features of a text by a kernel."""

    def compile(self, kernels: Any) -> None:
        """Put the tables of the automaton into arrays."""
        self._kernels = kernels
        self._next_state = np.frombuffer(self.tk_nextmove, dtype=np.uint32)
        self._row_of = np.frombuffer(self.tk_row, dtype=np.uint16)
        self._feature_of = np.array(self.tk_output, dtype=np.int32)
        self._tables = addresses(self._next_state, self._row_of, self._feature_of, self.nb_ptc)

    def _raw_score(self, text: bytes) -> NDArray[np.float32]:
        scores: NDArray[np.float32] = self.nb_pc.copy()
        arguments = (*self._tables, len(scores), address(scores))
        if self._kernels.score_languages(text, len(text), *arguments) > 0:
            return scores
        without_features: NDArray[np.float32] = super()._raw_score(text)
        return without_features
