"""Centre the vectors of an encoder, so that one cosine means the same for all encoders.

Some encoders give any two texts a cosine of 0.8. From each vector the mean of the vectors of some
unrelated headlines is subtracted: the cosine of unrelated texts is then about 0.

References
----------
Mu, J. and Viswanath, P. (2018). All-but-the-top: simple and effective postprocessing for word
representations.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from service.embeddings.encoder import Encoder, EncoderError, normalise

_TEXTS_PER_BATCH: Final = 16
"""Texts encoded at once, of like length: padding a short text to a long one costs time."""
PAUSE_SECONDS: Final = 60.0
"""After a failure the encoder is not asked for so long: articles must not wait for it."""
REFERENCE_TEXTS: Final = (
    "Parliament votes on the budget after a long night of talks",
    "Storm closes the harbour and cuts power to three villages",
    "Champion wins the final in straight sets and thanks her coach",
    "Central bank leaves the interest rate unchanged",
    "New telescope takes its first picture of a distant galaxy",
    "Two injured as a lorry overturns on the motorway",
    "Museum opens a show of paintings that were thought to be lost",
    "Hospital begins trial of a vaccine against malaria",
    "El gobierno anuncia una reforma de las pensiones",
    "Un incendio destruye un almacén a las afueras de la ciudad",
    "Les enseignants appellent à la grève la semaine prochaine",
    "Un nouveau pont relie les deux rives du fleuve",
    "Polizei nimmt nach Einbruch in Juweliergeschäft zwei Männer fest",
    "Autohersteller ruft Tausende Fahrzeuge wegen defekter Bremsen zurück",
    "Il sindaco presenta il piano per il traffico in centro",
    "Onderzoekers vinden resten van een Romeins schip",
    "Presidente recebe ministros para discutir a seca no norte",
    "Суд отложил рассмотрение дела бывшего директора завода",
    "Учёные открыли новый вид птиц в горах",
    "Meteoroloji hafta sonu için kar yağışı uyarısı yaptı",
    "وزير الخارجية يصل في زيارة تستغرق يومين",
    "فريق كرة القدم يتعادل في مباراة الذهاب",
    "中国科学家发现新的恐龙化石",
    "市政府计划明年修建两条地铁线路",
    "首相が新しい経済対策を発表",
    "지난달 수출이 작년보다 늘었다",
    "Rząd przedłuża dopłaty do energii do końca roku",
    "นักท่องเที่ยวเพิ่มขึ้นในช่วงวันหยุดยาว",
)
"""Invented headlines in many languages, no two of one event."""


class CentredEncoder:
    """An encoder whose vectors are centred; it encodes in small batches of like length.

    Parameters
    ----------
    encoder : Encoder

    Attributes
    ----------
    name : str
        Name of the encoder.
    """

    def __init__(self, encoder: Encoder) -> None:
        self.name = encoder.name
        self._encoder = encoder
        self._paused_until = 0.0
        self._lock = threading.Lock()  # encoders need not be safe for threads

    def encode(self, texts: Sequence[str]) -> NDArray[np.float16]:
        """Encode some texts.

        Parameters
        ----------
        texts : sequence of str

        Returns
        -------
        ndarray of float16, shape (n_texts, n_dimensions)
            Centred unit vectors.

        Raises
        ------
        EncoderError
            If the encoder fails in any way, or failed within the last `PAUSE_SECONDS`.
        """
        if time.monotonic() < self._paused_until:
            raise EncoderError(f"{self.name} failed a moment ago")
        try:
            with self._lock:
                centred: NDArray[np.float32] = normalise(self._encode(texts) - self._centre)
        except Exception as error:  # an operator's own encoder may raise anything
            self._paused_until = time.monotonic() + PAUSE_SECONDS
            raise EncoderError(f"{self.name} failed: {error}") from error
        return centred.astype(np.float16)

    @cached_property
    def _centre(self) -> NDArray[np.float32]:
        centre: NDArray[np.float32] = self._encode(REFERENCE_TEXTS).mean(axis=0)
        return centre

    def _encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        by_length = sorted(range(len(texts)), key=lambda number: len(texts[number]))
        batches = [
            by_length[start : start + _TEXTS_PER_BATCH]
            for start in range(0, len(texts), _TEXTS_PER_BATCH)
        ]
        encoded = np.concatenate(
            [
                normalise(self._encoder.encode([texts[number] for number in batch]))
                for batch in batches
            ]
        )
        if len(encoded) != len(texts):
            raise EncoderError(
                f"{self.name} returned {len(encoded)} vectors for {len(texts)} texts"
            )
        vectors = np.empty_like(encoded)
        vectors[by_length] = encoded
        return vectors
