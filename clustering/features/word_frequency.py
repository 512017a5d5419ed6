"""How frequent a word is in a language, before any article was seen.

`wordfreq` has lists for about forty languages. Other languages, and texts whose language is not
known, get the frequencies of stop words, those of a closely related language, and for the rest an
estimate from the length of the word: by Zipf's law of abbreviation frequent words are short. So a
function word is never among the rarest, whatever the language.

References
----------
Speer, R. (2022). rspeer/wordfreq: v3.0.
Zipf, G. K. (1949). Human behavior and the principle of least effort.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from itertools import chain
from math import log
from types import MappingProxyType
from typing import Final, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from clustering.features.language import UNDETERMINED
from clustering.features.packed_frequencies import PackedFrequencies
from clustering.features.spelling import SERBIAN_LANGUAGES, fold_spelling
from clustering.features.stopwords import (
    any_stopword_frequencies,
    has_stopwords,
    stopword_frequencies,
)
from clustering.features.tokenize import is_unspaced

MIN_WORD_FREQUENCY: Final = 1e-8
"""Frequency of a word that the list of its language lacks; also the lower bound of all others."""
NUMBER_FREQUENCY: Final = 2e-5
"""Frequency of every word that begins with a digit."""
MAX_CACHED_WORDS: Final = 1 << 15
"""Words of one language whose frequency is cached; bounds memory."""
TYPICAL_ARTICLE_WORDS: Final = 400
"""Words of a typical article: converts the frequency of a word to a share of articles."""
LOG_TYPICAL_WORDS: Final = log(TYPICAL_ARTICLE_WORDS)
LOG_MIN_FREQUENCY: Final = log(MIN_WORD_FREQUENCY)
LOG_BIGRAM_FACTOR: Final = log(30)
"""Two words follow each other more often than their frequencies alone would give."""

_RELATED_LISTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **{"no": "nb", "nn": "nb", "sr": "sh", "hr": "sh", "bs": "sh"},
        **dict.fromkeys(("zh", "yue", "wuu"), "zh"),
        **dict.fromkeys(("gl", "an", "ast", "ext"), "es"),
        **dict.fromkeys(("oc",), "ca"),
        **dict.fromkeys(("ht", "gcf", "gcr", "wa"), "fr"),
        **dict.fromkeys(("lij", "vec", "scn", "nap", "lmo", "pms"), "it"),
        **dict.fromkeys(("af", "fy", "nds"), "nl"),
        **dict.fromkeys(("lb", "gsw", "yi"), "de"),
        **dict.fromkeys(("pcm", "sco"), "en"),
        **dict.fromkeys(("fo",), "is"),
        **dict.fromkeys(("ltg", "sgs"), "lv"),
        **dict.fromkeys(("bcl", "ceb", "ilo", "war"), "fil"),
        **dict.fromkeys(("jv", "su", "ace"), "id"),
        **dict.fromkeys(("az", "tk", "crh"), "tr"),
        **dict.fromkeys(("arz", "ary"), "ar"),
        **dict.fromkeys(("ps", "sdh", "ckb"), "fa"),
        **dict.fromkeys(("mr", "ne", "sa", "gom"), "hi"),
        **dict.fromkeys(("as", "bpy"), "bn"),
        **dict.fromkeys(("pnb", "sd"), "ur"),
    }
)
"""Languages without a list of `wordfreq`, each with the related language whose list serves it."""
_OWN_LISTS: Final = frozenset({"no", "sr", "hr", "bs", "zh", "yue", "wuu"})
"""Languages that `wordfreq` has under another code, so that a word that is missing is rare."""

_LISTED_LETTERS: Final = 5
_LOG_UNLISTED: Final = log(3e-5)
_LOG_PER_LETTER: Final = -0.35
_LOG_MIN_UNLISTED: Final = log(3e-7)
"""Frequency of a word that is no stop word: up to five letters, for each further letter, at least.
In texts of languages with a list, the logarithm of the frequency falls so with the length."""
_SHORT_LETTERS: Final = 2
_LOG_SHORT_WORD: Final = log(5e-3)
_LOG_PER_SHORT_LETTER: Final = -1.04
"""Frequency of a word of two letters, and what each further letter makes of it, where not even stop
words are known."""
_LOG_PIECE: Final = log(5e-5)
"""Frequency of a piece of a script without spaces, where there is no list."""
_SYLLABARIES: Final = (("\u1200", "\u139f"), ("\u3040", "\u30ff"), ("\uac00", "\ud7af"))
"""Scripts in which a character is a syllable, which counts as two letters."""


class _Frequencies(Protocol):
    def get(self, word: str, default: float, /) -> float: ...


class FrequencyTable:
    """Logarithms of frequencies by the hash of a word: a table of open addressing.

    Attributes
    ----------
    hashes : ndarray of uint64, shape (size,)
        0 where there is no word.
    logs : ndarray of float64, shape (size,)
    """

    size: Final = 2 * MAX_CACHED_WORDS

    def __init__(self) -> None:
        self.hashes = np.zeros(self.size, np.uint64)
        self.logs = np.zeros(self.size)
        self._n_words = 0

    def add(self, word_hashes: Iterable[int], log_frequencies: Iterable[float]) -> None:
        """Add words; all others are dropped if there are too many."""
        added = list(zip(word_hashes, log_frequencies, strict=True))
        if self._n_words + len(added) > MAX_CACHED_WORDS:
            self.hashes[:] = 0
            self._n_words = 0
        for word_hash, log_frequency in added:
            self._put(word_hash, log_frequency)

    def _put(self, word_hash: int, log_frequency: float) -> None:
        slot = word_hash % self.size
        while self.hashes[slot]:
            slot = (slot + 1) % self.size
        # The frequency first: another thread may look the word up at any time.
        self.logs[slot] = log_frequency
        self.hashes[slot] = word_hash
        self._n_words += 1


class LogFrequencies(dict[str, float]):
    """Cached logarithms of word frequencies, by folded word.

    Parameters
    ----------
    lists : sequence of mappings of str to float, or of PackedFrequencies
        The highest frequency of a word in any of them counts.
    estimator : callable or None
        Lower bound of the logarithm of the frequency of a word; None for the lowest.

    Attributes
    ----------
    table : FrequencyTable
        The cache of the kernel that extracts terms.
    """

    def __init__(
        self,
        lists: Sequence[_Frequencies],
        estimator: Callable[[str], float] | None = None,
    ) -> None:
        super().__init__()
        self.table = FrequencyTable()
        self._lists = lists
        self._estimator = estimator
        is_packed = len(lists) == 1 and isinstance(lists[0], PackedFrequencies) and not estimator
        self._packed = cast(PackedFrequencies, lists[0]) if is_packed else None

    def bigram(self, first: str, second: str) -> float:
        """Return the log frequency of one word followed by another."""
        log_frequency = LOG_BIGRAM_FACTOR + self[first] + self[second]
        return log_frequency if log_frequency > LOG_MIN_FREQUENCY else LOG_MIN_FREQUENCY

    def of_words(self, words: Iterable[str]) -> NDArray[np.float64]:
        """Return the log frequencies of many words, in their order."""
        return np.array(list(map(self.__getitem__, words)), dtype=np.float64)

    def of_bigrams(self, bigrams: Iterable[tuple[str, str]]) -> NDArray[np.float64]:
        """Return what `bigram` returns, of many bigrams at once."""
        logs = self.of_words(chain.from_iterable(bigrams))
        return np.maximum(LOG_BIGRAM_FACTOR + logs[::2] + logs[1::2], LOG_MIN_FREQUENCY)

    def __missing__(self, word: str) -> float:
        if len(self) >= MAX_CACHED_WORDS:
            self.clear()
        self[word] = self._look_up(word)
        return self[word]

    def look_up_all(self, words: Sequence[str]) -> Iterable[float]:
        """Return the log frequencies of many words, past the cache."""
        if self._packed is None:
            return map(self._look_up, words)
        listed = np.maximum(self._packed.get_all(words, 0.0), MIN_WORD_FREQUENCY)
        is_number = [word[0].isdigit() for word in words]
        logs: list[float] = np.log(np.where(is_number, NUMBER_FREQUENCY, listed)).tolist()
        return logs

    def _look_up(self, word: str) -> float:
        if word[0].isdigit():
            return log(NUMBER_FREQUENCY)
        listed = max((frequencies.get(word, 0.0) for frequencies in self._lists), default=0.0)
        log_listed = log(max(listed, MIN_WORD_FREQUENCY))
        return log_listed if self._estimator is None else max(log_listed, self._estimator(word))


def _estimate(word: str) -> float:
    """Estimate the frequency of a word that is no stop word from its length."""
    if is_unspaced(word[0]):
        return _LOG_PIECE
    further_letters = max(_count_letters(word) - _LISTED_LETTERS, 0)
    return max(_LOG_UNLISTED + _LOG_PER_LETTER * further_letters, _LOG_MIN_UNLISTED)


def _estimate_without_stopwords(word: str) -> float:
    """Estimate the frequency of any word from its length."""
    further_letters = max(_count_letters(word) - _SHORT_LETTERS, 0)
    return max(_estimate(word), _LOG_SHORT_WORD + _LOG_PER_SHORT_LETTER * further_letters)


def knows_common_words(language: str) -> bool:
    """Whether there is a list of the common words of a language, or of a related one."""
    listed = language in _wordfreq_languages() or language in _RELATED_LISTS
    return listed or has_stopwords(language)


def _count_letters(word: str) -> int:
    is_syllabary = any(first <= word[0] <= last for first, last in _SYLLABARIES)
    return 2 * len(word) if is_syllabary else len(word)


@cache
def load_log_frequencies(language: str, likeliest: str = UNDETERMINED) -> LogFrequencies:
    """Return the logarithms of the word frequencies of a language.

    Parameters
    ----------
    language : str
        ISO 639 code; "und" if it is not known.
    likeliest : str
        The likeliest language then: its words count besides the stop words of all languages.

    Returns
    -------
    LogFrequencies
    """
    if language != UNDETERMINED:
        return LogFrequencies(_load_lists(language), _estimator(language))
    if likeliest == UNDETERMINED:
        return LogFrequencies([any_stopword_frequencies()], _estimate)
    return LogFrequencies(
        [*_load_lists(likeliest), any_stopword_frequencies()], _estimator(likeliest)
    )


def _estimator(language: str) -> Callable[[str], float] | None:
    """Return the estimate for words that are not listed: None where a word is rare then."""
    if _has_full_list(language):
        return None
    return _estimate if has_stopwords(language) else _estimate_without_stopwords


def _load_lists(language: str) -> list[_Frequencies]:
    """Return the list of a language, with that of a related one where it has no full one."""
    listed = language if language in _wordfreq_languages() else _RELATED_LISTS.get(language)
    lists: list[_Frequencies] = []
    if listed:
        lists.append(_fold_frequencies(listed, transliterate=language in SERBIAN_LANGUAGES))
    if not _has_full_list(language):
        lists.append(stopword_frequencies(language))
    return lists


def _has_full_list(language: str) -> bool:
    return language in _wordfreq_languages() or language in _OWN_LISTS


@cache
def _fold_frequencies(listed: str, *, transliterate: bool) -> PackedFrequencies:
    """Return a list of `wordfreq` by folded word; the most frequent spelling counts."""
    from wordfreq import available_languages, cB_to_freq, read_cBpack

    # Read past the cache of wordfreq, which would keep all words.
    return PackedFrequencies(
        (
            cB_to_freq(-centibels),
            [fold_spelling(word, transliterate=transliterate) for word in words],
        )
        for centibels, words in enumerate(read_cBpack(available_languages("best")[listed]))
    )


@cache
def _wordfreq_languages() -> frozenset[str]:
    from wordfreq import available_languages

    return frozenset(available_languages("best"))
