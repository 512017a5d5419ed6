"""The commonest words of about a hundred languages, in order of frequency, with their frequencies.

The lists are those of jusText, which come from Wikipedia. By Zipf's law the rank of a word gives
its frequency.

References
----------
Pomikálek, J. (2011). Removing boilerplate and duplicate content from web corpora.
Mandelbrot, B. (1953). An informational theory of the statistical structure of language.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from clustering.features.spelling import fold_spelling

MAX_RANK: Final = 600
"""Words of a list that are used; further down are words that mark events."""
_ZIPF_CONSTANT: Final = 0.08
_MANDELBROT_OFFSET: Final = 2.0

_LISTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **{"af": "Afrikaans", "an": "Aragonese", "ar": "Arabic", "ast": "Asturian"},
        **{"az": "Azerbaijani", "be": "Belarusian", "bg": "Bulgarian", "bn": "Bengali"},
        **{"bpy": "Bishnupriya_Manipuri", "br": "Breton", "bs": "Bosnian", "ca": "Catalan"},
        **{"ceb": "Cebuano", "cs": "Czech", "cv": "Chuvash", "cy": "Welsh", "da": "Danish"},
        **{"de": "German", "el": "Greek", "en": "English", "eo": "Esperanto", "es": "Spanish"},
        **{"et": "Estonian", "eu": "Basque", "fa": "Persian", "fi": "Finnish", "fil": "Tagalog"},
        **{"fr": "French", "fy": "West_Frisian", "ga": "Irish", "gl": "Galician"},
        **{"gu": "Gujarati", "he": "Hebrew", "hi": "Hindi", "hr": "Croatian", "ht": "Haitian"},
        **{"hu": "Hungarian", "hy": "Armenian", "id": "Indonesian", "ig": "Igbo", "io": "Ido"},
        **{"is": "Icelandic", "it": "Italian", "jv": "Javanese", "ka": "Georgian"},
        **{"kk": "Kazakh", "kn": "Kannada", "ko": "Korean", "ku": "Kurdish", "ky": "Kyrgyz"},
        **{"la": "Latin", "lb": "Luxembourgish", "lmo": "Lombard", "lt": "Lithuanian"},
        **{"lv": "Latvian", "mk": "Macedonian", "ml": "Malayalam", "mr": "Marathi", "ms": "Malay"},
        **{"mt": "Maltese", "nap": "Neapolitan", "nds": "Low_Saxon", "ne": "Nepali"},
        **{"new": "Newar", "nl": "Dutch", "nn": "Norwegian_Nynorsk", "no": "Norwegian_Bokmal"},
        **{"oc": "Occitan", "pl": "Polish", "pms": "Piedmontese", "pnb": "Western_Panjabi"},
        **{"pt": "Portuguese", "qu": "Quechua", "ro": "Romanian", "ru": "Russian"},
        **{"rup": "Aromanian", "scn": "Sicilian", "sgs": "Samogitian", "sk": "Slovak"},
        **{"sl": "Slovenian", "sq": "Albanian", "sr": "Serbian", "su": "Sundanese"},
        **{"sv": "Swedish", "sw": "Swahili", "ta": "Tamil", "te": "Telugu", "tk": "Turkmen"},
        **{"tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "uz": "Uzbek", "vi": "Vietnamese"},
        **{"vo": "Volapuk", "wa": "Walloon", "war": "Waray_Waray", "yo": "Yoruba"},
    }
)
"""Names of jusText's lists by ISO 639 code."""


def has_stopwords(language: str) -> bool:
    """Whether there is a list for a language."""
    return language in _LISTS


def stopword_frequencies(language: str) -> dict[str, float]:
    """Return the commonest words of a language.

    Parameters
    ----------
    language : str
        ISO 639 code.

    Returns
    -------
    dict of str to float
        Folded word to its share of all words; empty if there is no list.
    """
    frequencies: dict[str, float] = {}
    if not has_stopwords(language):
        return frequencies
    for rank, word in enumerate(_read_list(_LISTS[language])):
        folded = fold_spelling(word.casefold())
        frequencies.setdefault(folded, _ZIPF_CONSTANT / (rank + 1 + _MANDELBROT_OFFSET))
    return frequencies


@cache
def any_stopword_frequencies() -> Mapping[str, float]:
    """Return the words of all lists, each with its highest frequency in any language."""
    highest: dict[str, float] = {}
    for language in _LISTS:
        for word, frequency in stopword_frequencies(language).items():
            highest[word] = max(frequency, highest.get(word, 0.0))
    return MappingProxyType(highest)


def _read_list(name: str) -> list[str]:
    path = files("justext") / "stoplists" / f"{name}.txt"
    return path.read_text(encoding="utf-8").split()[:MAX_RANK]
