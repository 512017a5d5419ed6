"""Frequencies of words: function words are common in every language, names are rare."""

from __future__ import annotations

import itertools
from math import log

import pytest

from clustering.features import word_frequency
from clustering.features.stopwords import (
    any_stopword_frequencies,
    has_stopwords,
    stopword_frequencies,
)
from clustering.features.word_frequency import (
    MIN_WORD_FREQUENCY,
    NUMBER_FREQUENCY,
    load_log_frequencies,
)

COMMON_AND_RARE = {
    "en": ("the", "skarnholm"),
    "no": ("ikke", "skarnholm"),
    "nn": ("ikkje", "skarnholm"),
    "hr": ("je", "brestovac"),
    "sr": ("nije", "brestovac"),
    "sw": ("katika", "mwangazani"),
    "cy": ("mewn", "llanfelen"),
    "et": ("ning", "saarevald"),
    "eu": ("eta", "mendialdea"),
    "sq": ("dhe", "gurishtja"),
    "af": ("nie", "rooikloof"),
    "gl": ("unha", "pontevella"),
    "kk": ("және", "қарағайлы"),
    "te": ("మరియు", "సింగరాయపల్లె"),
    "am": ("ነው", "ደብረሰላምታ"),
    "ps": ("په", "غرهبندخیل"),
    "zu": ("wa", "mthwalumeni"),
    "und": ("in", "skarnholm"),
}


@pytest.mark.parametrize(("language", "words"), COMMON_AND_RARE.items(), ids=COMMON_AND_RARE)
def test_function_words_are_far_more_frequent_than_names(
    language: str, words: tuple[str, str]
) -> None:
    common, rare = (load_log_frequencies(language)[word] for word in words)
    assert common > log(5e-4)
    assert rare < log(1e-5)


def test_short_words_are_common_where_no_word_is_known() -> None:
    """Zulu has no list: frequency falls with the length of a word."""
    assert not has_stopwords("zu")
    frequencies = load_log_frequencies("zu")
    by_length = [frequencies["ngemuvakwabantu"[:length]] for length in (2, 4, 6, 8, 12)]
    assert by_length == sorted(by_length, reverse=True)
    assert by_length[0] > log(1e-3) > log(1e-5) > by_length[-1]


def test_a_word_that_a_full_list_lacks_is_the_rarest() -> None:
    for language in ("en", "hr", "no"):
        assert load_log_frequencies(language)["belmaraskon"] == log(MIN_WORD_FREQUENCY)


def test_lists_are_looked_up_by_folded_words() -> None:
    assert load_log_frequencies("es")["ano"] > log(1e-4), "año"
    assert load_log_frequencies("mk")["vo"] > log(1e-3), "во"
    assert load_log_frequencies("zh")["国家"] == load_log_frequencies("yue")["国家"]


@pytest.mark.parametrize("language", ["en", "sw", "zu", "und"])
def test_all_numbers_are_equally_frequent(language: str) -> None:
    frequencies = load_log_frequencies(language)
    assert frequencies["1987"] == frequencies["3"] == log(NUMBER_FREQUENCY)


def test_cache_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word_frequency, "MAX_CACHED_WORDS", 3)
    frequencies = load_log_frequencies("zu")
    first = [frequencies[word] for word in ("a", "bb", "ccc", "dddd", "eeeee")]
    assert len(frequencies) <= 3
    assert [frequencies[word] for word in ("a", "bb", "ccc", "dddd", "eeeee")] == first


def test_stop_words_follow_their_ranks() -> None:
    frequencies = [*stopword_frequencies("sw").values()]
    assert frequencies == sorted(frequencies, reverse=True)
    assert stopword_frequencies("sw")["ya"] > 0.01
    assert stopword_frequencies("zz") == {}


def test_a_word_of_several_languages_has_its_highest_frequency() -> None:
    together = any_stopword_frequencies()
    for language in ("en", "cy", "sw"):
        assert all(
            together[word] >= frequency
            for word, frequency in stopword_frequencies(language).items()
        )


def test_stop_words_of_every_language_are_common_in_a_likely_language() -> None:
    likely_english = load_log_frequencies("und", "en")
    assert likely_english["warehouse"] == load_log_frequencies("en")["warehouse"]
    assert likely_english["skarnholm"] < log(1e-7)
    assert likely_english["katika"] == load_log_frequencies("und")["katika"] > log(1e-3)


def test_many_words_and_bigrams_get_the_frequencies_of_each() -> None:
    frequencies = load_log_frequencies("en")
    words = ["the", "ferry", "3", "qzx", "harbour"]
    bigrams = list(itertools.product(words, words))
    assert frequencies.of_words(words).tolist() == [frequencies[word] for word in words]
    expected = [frequencies.bigram(*bigram) for bigram in bigrams]
    assert frequencies.of_bigrams(bigrams).tolist() == expected
    assert frequencies.of_bigrams([]).tolist() == []
