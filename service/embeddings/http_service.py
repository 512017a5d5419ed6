"""An encoder behind HTTP: any service that answers as `POST /v1/embeddings` of OpenAI does."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Final

import numpy as np
import urllib3
from numpy.typing import NDArray

from service.embeddings.encoder import EncoderError, normalise

_TIMEOUT: Final = urllib3.Timeout(connect=2.0, read=30.0)
_TEXTS_PER_REQUEST: Final = 32
_PATH: Final = "/v1/embeddings"


class HttpEncoder:
    """Asks a service for the vectors.

    Parameters
    ----------
    url : str
        Of the service; without a path, `/v1/embeddings` is meant.
    model : str
        Name of the model, as the service knows it.
    token : str or None
        Bearer token.
    """

    def __init__(self, url: str, model: str = "default", token: str | None = None) -> None:
        has_path = bool(urllib3.util.parse_url(url).path)
        self._url = url if has_path else url + _PATH
        self._model = model
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._pool = urllib3.PoolManager(retries=False, timeout=_TIMEOUT)
        self.name = f"http-{model}"

    @cached_property
    def dimensions(self) -> int:
        """Length of a vector; asks the service once."""
        return int(self.encode(["news"]).shape[1])

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode some texts; see `Encoder`.

        Raises
        ------
        EncoderError
            If the service does not answer, or not with one vector for each text.
        """
        vectors: list[Any] = []
        for start in range(0, len(texts), _TEXTS_PER_REQUEST):
            vectors += self._request(list(texts[start : start + _TEXTS_PER_REQUEST]))
        return normalise(vectors)

    def _request(self, texts: list[str]) -> list[Any]:
        body = {"model": self._model, "input": texts}
        try:
            answer = self._pool.request("POST", self._url, json=body, headers=self._headers)
            items = answer.json()["data"] if answer.status == 200 else None
        except (urllib3.exceptions.HTTPError, ValueError, KeyError, TypeError) as error:
            raise EncoderError(f"no vectors from {self._url}: {type(error).__name__}") from error
        if items is None:
            raise EncoderError(f"no vectors from {self._url}: status {answer.status}")
        return _in_order(items, len(texts))


def _in_order(items: Any, n_texts: int) -> list[Any]:
    """Return the vectors in the order of the texts."""
    try:
        by_index = {
            item.get("index", number): item["embedding"] for number, item in enumerate(items)
        }
        return [by_index[number] for number in range(n_texts)]
    except (AttributeError, KeyError, TypeError) as error:
        raise EncoderError("the service did not answer with one vector for each text") from error
