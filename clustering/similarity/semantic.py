"""Refine the probability of undated pairs by the cosine of their sentence vectors.

Words run out where two reports of one event choose others. A second logistic regression over the
logit of the first and the cosine ranks undated pairs of unseen collections better. Dated pairs are
left alone: beside dates, the cosine ranks them no better.

References
----------
Yang, Y. et al. (2020). Multilingual universal sentence encoder for semantic retrieval.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.similarity.logistic import logit, sigmoid
from clustering.similarity.packaged_weights import read_weights

MAX_LOGIT: Final = 4.0
"""Logits are clipped here: what the words say beyond is not trusted more."""
MIN_PROBABILITY: Final = 0.018
"""Probability by words from which a pair is uncertain: about the logit of -`MAX_LOGIT`."""

Probabilities = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SemanticModel:
    """The second regression.

    Attributes
    ----------
    intercept, logit, sentence_cosine : float
        Its weights.
    """

    intercept: float
    logit: float
    sentence_cosine: float

    def refine(self, probabilities: Probabilities, cosines: Probabilities) -> Probabilities:
        """Return refined probabilities of pairs.

        Parameters
        ----------
        probabilities : ndarray of float64, shape (n_pairs,)
            By words.
        cosines : ndarray of float64, shape (n_pairs,)
            Of the sentence vectors.

        Returns
        -------
        ndarray of float64, shape (n_pairs,)
        """
        logits = self.intercept + self.logit * clipped_logits(probabilities)
        return sigmoid(logits + self.sentence_cosine * cosines)

    def to_json(self) -> str:
        """Return the model as a small JSON document."""
        rounded = {name: round(weight, 4) for name, weight in asdict(self).items()}
        return json.dumps(rounded, indent=1) + "\n"

    @classmethod
    def from_json(cls, document: str) -> SemanticModel:
        """Read a document that `to_json` wrote."""
        return cls(**json.loads(document))


def clipped_logits(probabilities: Probabilities) -> Probabilities:
    """Return the logits of probabilities, at most `MAX_LOGIT` from 0."""
    return np.clip(logit(np.clip(probabilities, 1e-9, 1 - 1e-9)), -MAX_LOGIT, MAX_LOGIT)


@cache
def default_semantic_model() -> SemanticModel:
    """Return the trained model that ships with the library."""
    return SemanticModel.from_json(read_weights("semantic_weights.json"))
