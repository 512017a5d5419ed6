"""Whether a text is in the language that is given for it.

Content management systems declare the language of their templates, "en-US" as a rule, whatever the
articles are written in.
"""

from __future__ import annotations

from functools import cache
from itertools import islice
from typing import Final

from clustering.features.language import (
    UNDETERMINED,
    are_related,
    detect_language,
)
from clustering.features.spelling import fold_spelling
from clustering.features.stopwords import stopword_frequencies
from clustering.features.word_frequency import knows_common_words

MIN_BYTES: Final = 160
"""Bytes in UTF-8 of a text that is long enough to be sure: 25 words of English, 50 characters of
Chinese."""
CERTAIN: Final = 0.95
"""Minimum probability of the language of such a text."""
_READ_CHARS: Final = 1000
"""Characters that are read; bounds the time."""
_STOPWORDS: Final = 200
"""Stop words of a language that are looked for; they are half of a text in most languages."""
_MIN_STOPWORD_SHARE: Final = 0.38
"""A text with a larger share of stop words needs no detection. Catalan shares many with Spanish,
and has a third of its words from that list."""


def find_contradiction(language: str, text: str) -> str | None:
    """Find the language that a text certainly is in, if it is not the one given.

    Parameters
    ----------
    language : str
        ISO 639-1 code.
    text : str
        Cleaned.

    Returns
    -------
    str or None
        None if the text is in the given language or a closely related one, is too short to be
        sure, or is in two languages.
    """
    text = text[:_READ_CHARS]
    if len(text.encode(errors="replace")) < MIN_BYTES or _has_stopwords(text, language):
        return None
    detected = detect_language(text, CERTAIN).code
    if detected == UNDETERMINED or not knows_common_words(detected):
        return None  # few texts are in a language that has no list of words
    middle = len(text) // 2
    halves = {detect_language(half).code for half in (text[:middle], text[middle:])} - {
        UNDETERMINED
    }
    is_sure = all(are_related(half, detected) for half in halves)
    return detected if is_sure and not are_related(language, detected) else None


def _has_stopwords(text: str, language: str) -> bool:
    """Whether a text has so many stop words of a language that it is in that language."""
    words = fold_spelling(text.casefold()).split()
    count = sum(map(_stopwords(language).__contains__, words))
    return count > _MIN_STOPWORD_SHARE * len(words)


@cache
def _stopwords(language: str) -> frozenset[str]:
    return frozenset(islice(stopword_frequencies(language), _STOPWORDS))
