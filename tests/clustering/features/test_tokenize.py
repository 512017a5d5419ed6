"""Words, shingles and cleaning, against slow and plain Python."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Iterator
from itertools import groupby

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clustering.features.normalize import clean, fold
from clustering.features.tokenize import digest, find_words, hash_shingles, hash_words, is_unspaced
from tests.support.story_factory import deterministic

SYLLABIC = (
    (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0xA9E0, 0xA9FF), (0xAA60, 0xAA7F),
)  # fmt: skip
IDEOGRAPHIC = (
    (0x3005, 0x3007), (0x3040, 0x30FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF),
    (0x20000, 0x323AF),
)  # fmt: skip
JOINING = "เแโใไເແໂໃໄ\u1039\u17d2"

SCRIPTS = {
    "en": "The ferry ran aground at dawn",
    "es": "El transbordador encalló al amanecer, según la policía",
    "de": "Die Fähre lief in der Früh auf Grund, größere Schäden blieben aus",
    "ru": "Паром сел на мель на рассвете",
    "ar": "جنحت العبارة عند الفجر قبالة الساحل",
    "he": "המעבורת עלתה על שרטון עם שחר",
    "hi": "नाव भोर में किनारे पर फँस गई",
    "ko": "여객선이 새벽에 좌초했다",
    "zh": "渡轮黎明时分搁浅",
    "ja": "フェリーが夜明けに座礁した",
    "th": "เรือเฟอร์รี่เกยตื้นตอนรุ่งสาง",
    "my": "ကူးတို့သင်္ဘော သောင်တင်",
    "km": "សាឡាងបានកើតឡើង",
}

TRICKY_TEXT = st.text(
    st.one_of(
        st.sampled_from(
            "aab1 ٣é\u0301.-_\n中文字カタ々・สวั๑เแកខ្ិကို\u1039한국ब\u093f\U00020001\U00031000\u200b"
        ),
        st.characters(),
    ),
    max_size=60,
)


def within(char: str, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= ord(char) <= last for first, last in ranges)


def kind(char: str) -> str:
    category = unicodedata.category(char)
    if ord(char) >= 0x30000:
        return "ideographic" if within(char, IDEOGRAPHIC) else "between"
    if category[0] not in "LNM" or char in "ʹʺʻʼʽʾʿ":
        return "ideographic" if 0x2FFFF < ord(char) < 0x323B0 else "between"
    if category != "Nd" and within(char, SYLLABIC):
        return "syllabic"
    return "ideographic" if category != "Nd" and within(char, IDEOGRAPHIC) else "word"


def runs(text: str) -> Iterator[tuple[bool, int, int]]:
    """Whether it is unspaced, start and end of each run of letters."""
    classes = [{"between": 0, "word": 1}.get(kind(char), 2) for char in text]
    for class_, run in groupby(range(len(text)), key=lambda position: classes[position]):
        positions = [*run]
        if class_:
            yield class_ == 2, positions[0], positions[-1] + 1


def spans(text: str) -> list[tuple[int, int]]:
    """The words of a text, one character after the other."""
    word_spans: list[tuple[int, int]] = []
    for unspaced, start, end in runs(text):
        if not unspaced:
            word_spans.append((start, end))
            continue
        starts = [
            position
            for position in range(start, end)
            if position == start
            or not (unicodedata.category(text[position])[0] == "M" or text[position - 1] in JOINING)
        ]
        bounds = [*starts, end]
        for number, position in enumerate(starts):
            size = 3 if kind(text[position]) == "syllabic" else 2
            if number == 0 or number + size < len(bounds):
                word_spans.append((position, bounds[min(number + size, len(bounds) - 1)]))
    return word_spans


class TestWords:
    @deterministic
    @given(TRICKY_TEXT)
    def test_words_equal_the_slow_oracle(self, text: str) -> None:
        words = hash_words(text)
        assert list(zip(words.starts.tolist(), words.ends.tolist(), strict=True)) == spans(text)

    @deterministic
    @given(TRICKY_TEXT)
    def test_words_as_strings_are_the_same(self, text: str) -> None:
        """Decimals are kept together, and words cut where the rarest scripts begin."""
        text = "".join(c for c in text if c not in ".," and (ord(c) < 0x10000 or is_unspaced(c)))
        assert find_words(text) == [text[start:end] for start, end in spans(text)]

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("मज़दूर में हिन्दी", ["मज़दूर", "में", "हिन्दी"]),
            ("தமிழ் செய்திகள்", ["தமிழ்", "செய்திகள்"]),
            ("సెల్ఫీ", ["సెల్ఫీ"]),
            ("3.5 per cent, 1,000", ["3.5", "per", "cent", "1,000"]),
            ("渡轮搁浅", ["渡轮", "轮搁", "搁浅"]),
            ("人々・船", ["人々", "船"]),
            ("เรือจม", ["เรือจ", "อจม"]),
            ("ក្រុង", ["ក្រុង"]),
            ("a" * 50, ["a" * 40, "a" * 10]),
        ],
    )
    def test_words_as_strings(self, text: str, words: list[str]) -> None:
        assert find_words(text) == words

    @deterministic
    @given(st.lists(TRICKY_TEXT, max_size=4))
    def test_hashes_are_equal_exactly_for_equal_words(self, texts: list[str]) -> None:
        by_hash: dict[int, str] = {}
        by_word: dict[str, int] = {}
        for text in texts:
            for (start, end), hash_ in zip(
                spans(text), hash_words(text).hashes.tolist(), strict=True
            ):
                word = text[start:end]
                assert by_hash.setdefault(hash_, word) == word
                assert by_word.setdefault(word, hash_) == hash_

    @deterministic
    @given(TRICKY_TEXT)
    def test_numeric_marks_words_that_begin_with_a_digit(self, text: str) -> None:
        first = [text[start] for start, _ in spans(text)]
        assert hash_words(text).numeric.tolist() == [unicodedata.category(c) == "Nd" for c in first]

    @pytest.mark.parametrize("text", SCRIPTS.values(), ids=SCRIPTS)
    def test_every_script_has_words(self, text: str) -> None:
        words = hash_words(fold(clean(text)))
        assert len(words.hashes) >= 3
        assert len(hash_shingles(words.hashes)) >= 1

    def test_hash_of_a_word_does_not_depend_on_its_position(self) -> None:
        far = hash_words("x " * 100_000 + "harbour")
        assert far.hashes[-1] == hash_words("harbour").hashes[0]


class TestShingles:
    @deterministic
    @given(st.lists(st.sampled_from("abc"), max_size=20), st.integers(1, 5))
    def test_shingles_are_equal_exactly_for_equal_words(self, chars: list[str], size: int) -> None:
        hashes = hash_shingles(hash_words(" ".join(chars)).hashes, size).tolist()
        size = min(size, len(chars))
        runs = (
            [tuple(chars[start : start + size]) for start in range(len(chars) - size + 1)]
            if size
            else []
        )
        assert len(hashes) == len(runs)
        assert len(set(hashes)) == len(set(runs)) == len(set(zip(hashes, runs, strict=True)))

    def test_shingles_depend_on_the_order_of_words(self) -> None:
        assert hash_shingles(hash_words("a b c").hashes) != hash_shingles(
            hash_words("c b a").hashes
        )

    @deterministic
    @given(TRICKY_TEXT, TRICKY_TEXT)
    def test_digests_are_equal_exactly_for_equal_sequences(
        self, first_text: str, second_text: str
    ) -> None:
        first, second = hash_words(first_text).hashes, hash_words(second_text).hashes
        assert (digest(first) == digest(second)) == np.array_equal(first, second)


class TestClean:
    @pytest.mark.parametrize(
        ("raw", "cleaned"),
        [
            ("caf&eacute; &amp; bar &#8211; open", "café & bar – open"),
            ("<p>One</p><p>two</p>", "One  two"),
            ("before<!-- a > b -->after", "before after"),
            ("5 < 6 and 7 > 3", "5 < 6 and 7 > 3"),
            ("zero\u200bwidth\ufeff", "zerowidth"),
            ("soft\u00adhyphen", "softhyphen"),
            ("\u200fright\u202e to\u2066 left", "right to left"),
            ("a\x00b\x07c", "abc"),
            ("ﬁnal ｗｉｄｅ", "final wide"),
            ("a\ud800b", "ab"),
            ("one\n\ntwo", "one\n\ntwo"),
            ("\n\n date 2025-05-04 \nMonday's news", "Monday's news"),
            ("The date 2025-05-04 is set", "The date 2025-05-04 is set"),
            ("", ""),
            ("\u200b\u200d\ufeff", ""),
        ],
    )
    def test_clean_returns_what_a_reader_sees(self, raw: str, cleaned: str) -> None:
        assert clean(raw) == cleaned

    @deterministic
    @given(st.text(st.characters(codec=None)))
    def test_clean_accepts_any_string(self, raw: str) -> None:
        text = clean(raw)
        assert not {unicodedata.category(c) for c in text if c not in "\t\n\r\f\v\x85"} & {
            "Cc",
            "Cf",
            "Cs",
        }
        hash_words(fold(text))

    @deterministic
    @given(st.text(st.characters(exclude_characters="&<＆﹠＜﹤", exclude_categories=["Cc", "Cf"])))
    def test_clean_is_idempotent(self, raw: str) -> None:
        assert clean(clean(raw)) == clean(raw)

    def test_overlong_numeric_entity_is_dropped(self) -> None:
        assert "harbour" in clean("&#" + "9" * 5000 + "; harbour")

    @pytest.mark.parametrize("piece", ["<!--", "<!-- ", "<a", "< ", "&", "&#", "&amp", "\n", "<a "])
    def test_clean_takes_linear_time(self, piece: str) -> None:
        started = time.process_time()
        clean(piece * (100_000 // len(piece)))
        assert time.process_time() - started < 2
