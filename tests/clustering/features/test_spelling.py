"""Texts in two spellings are one text."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wordfreq.transliterate import transliterate

from clustering.features.fingerprint import compute_fingerprint
from clustering.features.normalize import clean, fold, fold_aligned
from clustering.features.spelling import changes_in_folding, fold_spelling, is_plain, is_serbian
from clustering.features.terms import extract_terms
from tests.support.story_factory import deterministic

SPELLINGS = {
    "capitals": ("HARBOUR", "harbour"),
    "German": ("Die STRASSE nach Köln", "die Straße nach Koln"),
    "Greek": ("Η ΟΔΟΣ ΤΗΣ ΑΘΗΝΑΣ", "Η οδός της Αθήνας"),
    "Turkish": ("İZMİR'DE IŞIK YANDI", "İzmir'de ışık yandı"),
    "Spanish": ("El niño cruzó la España más húmeda", "El nino cruzo la Espana mas humeda"),
    "French": ("Le cœur de la forêt brûlée", "Le coeur de la foret brulee"),
    "Polish": ("Pożar w Łodzi ugaszony", "Pozar w Lodzi ugaszony"),
    "Romanian": ("Şaptezeci de ţări", "Șaptezeci de țări"),
    "Danish": ("Ærø får ny færge på fjorden", "Aero far ny faerge pa fjorden"),
    "Vietnamese": ("Đường phố Hà Nội ngập nước", "Duong pho Ha Noi ngap nuoc"),
    "Russian": ("Её ёлка стоит ещё", "Ее елка стоит еще"),
    "Serbian": (
        "Пожар у складишту је угашен, јавља Његош",
        "Požar u skladištu je ugašen, javlja Njegoš",
    ),
    "Persian": ("شهرداری گلدره کتابخانه را بست", "شهرداري گلدره كتابخانه را بست"),
    "Arabic": ("أعلنت البلديةُ إغلاقَ المكتبـــة الكُبرى", "اعلنت البلدية اغلاق المكتبه الكبري"),
    "Urdu": ("کہا گیا ہے", "كها گيا هے"),
    "Hebrew": ("הַמַּעְבֹּרֶת עָלְתָה", "המעברת עלתה"),
    "Hindi": ("हिन्दी में मज़दूर पाँच", "हिंदी में मजदूर पांच"),
    "Malayalam": ("അവൻ വന്നു", "അവന്\u200d വന്നു"),
    "Chinese": ("化工倉庫發生火災，無人傷亡", "化工仓库发生火灾，无人伤亡"),
    "Japanese": ("ﾌｪﾘｰが座礁", "フェリーが座礁"),
    "digits": ("المكتبة ٢٠٢٦ و۱۲", "المكتبة 2026 و12"),
}


@pytest.mark.parametrize(("first", "second"), SPELLINGS.values(), ids=SPELLINGS)
def test_two_spellings_fold_to_one(first: str, second: str) -> None:
    assert fold(clean(first)) == fold(clean(second))


@pytest.mark.parametrize(("first", "second"), SPELLINGS.values(), ids=SPELLINGS)
def test_two_spellings_have_one_fingerprint_and_the_same_terms(first: str, second: str) -> None:
    first, second = clean(first), clean(second)
    assert compute_fingerprint(first).to_bytes() == compute_fingerprint(second).to_bytes()
    first_terms, second_terms = extract_terms(first, "", "und"), extract_terms(second, "", "und")
    assert first_terms.term_ids.tolist() == second_terms.term_ids.tolist()
    assert first_terms.prior.tolist() == second_terms.prior.tolist()


@pytest.mark.parametrize(
    ("first", "second"),
    [("мой", "мои"), ("їжа", "іжа"), ("が", "か"), ("कि", "की"), ("کی", "کے"), ("한", "하")],
)
def test_what_distinguishes_words_stays(first: str, second: str) -> None:
    assert fold(clean(first)) != fold(clean(second))


def test_an_apostrophe_is_one_whatever_its_character() -> None:
    texts = [f"O{mark}zbekiston ma{mark}lumoti" for mark in "'’ʻʼ"]
    assert len({compute_fingerprint(text).text_hash for text in texts}) == 1
    assert len({extract_terms("", text, "uz").term_ids.tobytes() for text in texts}) == 1


@pytest.mark.parametrize("text", ["Пожар в порту", "Пожежа в порту", "Пажар у порце"])
def test_other_cyrillic_is_not_transliterated(text: str) -> None:
    assert fold(text) == text.casefold()


def test_serbian_is_told_by_its_letters_or_its_language() -> None:
    assert is_serbian("био је")
    assert is_serbian("пожар у порту", "sr")
    assert not is_serbian("пожар у порту", "ru")
    assert fold_spelling("пожар", transliterate=True) == "pozar"


@deterministic
@given(st.text("абвгдђежзијклљмнњопрстћуфхцчџш "))
def test_serbian_in_two_alphabets_is_one(cyrillic: str) -> None:
    """Against the transliteration of `wordfreq`."""
    latin = transliterate("sr-Latn", cyrillic)
    assert fold_spelling(cyrillic, transliterate=True) == fold_spelling(latin)


@deterministic
@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(clean(text))) == fold(clean(text))


@deterministic
@given(st.text(st.characters(categories=["L", "M", "Nd", "P", "S"])))
def test_no_text_that_folding_changes_is_passed_over(text: str) -> None:
    folded_case = clean(text).casefold()
    transliterated = is_serbian(folded_case)
    changed = fold_spelling(folded_case) != folded_case
    assert not (changed and is_plain(folded_case))
    assert not changed or changes_in_folding(folded_case, transliterate=transliterated)


@deterministic
@given(st.text(st.characters(max_codepoint=0x24F)))
def test_latin_folds_to_letters_without_accents(text: str) -> None:
    folded = fold(clean(text))
    assert unicodedata.normalize("NFD", folded) == folded


def test_terms_are_shown_as_the_article_first_spells_them() -> None:
    terms = extract_terms("Peñalón", "El alcalde de Penalon y la cúpula", "es")
    assert {"peñalón", "cúpula", "la cúpula"} <= set(terms.names)
    assert "penalon" not in terms.names


@deterministic
@given(st.text(st.sampled_from("aæßİéЖљјё мन्दहिंَمـ倉가\n '")))
def test_folded_text_is_aligned_with_the_text(text: str) -> None:
    text = clean(text)
    folded, offsets = fold_aligned(text)
    assert folded == fold(text)
    assert len(offsets) == len(folded) + 1
    assert offsets[-1] == len(text)
    assert (np.diff(offsets) >= 0).all()


def test_word_is_found_in_the_text_by_its_folded_position() -> None:
    text = "Færgen til Ærø; कि हिन्दी में"
    folded, offsets = fold_aligned(text)
    for word, shown in (("til", "til"), ("aero", "Ærø"), ("में", "में")):
        start = folded.index(word)
        assert text[offsets[start] : offsets[start + len(word)]] == shown
