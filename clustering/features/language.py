"""Language detection and codes."""

from __future__ import annotations

from functools import cache
from typing import Final

from py3langid.langid import MODEL_FILE, LanguageIdentifier

MIN_LANGUAGE_CONFIDENCE: Final = 0.9
"""Probability from which a detected language is believed."""


MAX_DETECTION_CHARS: Final = 2000


def detect_language(text: str) -> str:
    """Detect the language of a text.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        ISO 639-1 code; "und" where it can't be told.
    """
    language, sure = _language_identifier().classify(text[:MAX_DETECTION_CHARS])
    return str(language) if sure >= MIN_LANGUAGE_CONFIDENCE else UNDETERMINED


@cache
def _language_identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


UNDETERMINED: Final = "und"


def language_code(language: str) -> int:
    """A language as a number; 0 for one that could not be told."""
    if language == UNDETERMINED:
        return 0
    return int.from_bytes(language[:2].lower().encode("ascii", "replace"), "big")
