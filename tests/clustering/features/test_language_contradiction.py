"""Texts that are in another language than they are said to be."""

from __future__ import annotations

import pytest

from clustering.features.language_contradiction import MIN_BYTES, find_contradiction
from tests.support.story_factory import StoryFactory

TEXTS = {
    "es": "Un incendio destruyó la madrugada del miércoles el mercado municipal. La alcaldesa"
    " informó de que cuarenta puestos quedaron reducidos a cenizas y que nadie resultó herido.",
    "de": "Ein Brand hat in der Nacht zum Mittwoch die Markthalle zerstört. Nach Angaben der"
    " Bürgermeisterin wurde niemand verletzt, der Schaden ist aber noch nicht zu beziffern.",
    "no": "En brann ødela natt til onsdag torghallen i byen. Ifølge ordføreren ble ingen skadet,"
    " men det er ennå ikke klart hva som startet brannen eller hvor store skadene er.",
    "hr": "Požar je u noći na srijedu uništio gradsku tržnicu. Gradonačelnica je rekla da nitko"
    " nije ozlijeđen, a uzrok požara još se istražuje i šteta nije poznata.",
    "id": "Kebakaran menghanguskan pasar kota pada Rabu dini hari. Wali kota mengatakan tidak ada"
    " korban luka, dan penyebab kebakaran masih diselidiki oleh petugas kepolisian.",
    "zh": "星期三凌晨，一场大火烧毁了市中心的农贸市场。市长说没有人受伤，起火原因仍在调查之中，"
    "损失目前还无法估计。消防队出动了十二辆消防车，五个小时后才把大火扑灭。",
    "ru": "Пожар уничтожил городской рынок в ночь на среду. По словам мэра, никто не пострадал,"
    " но причина возгорания пока не установлена.",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("given", ["en", "fr", "ja", "xx"])
def test_another_language_is_found(text: str, given: str) -> None:
    expected = next(code for code, sample in TEXTS.items() if sample == text)
    found = find_contradiction(given, text)
    related = {"hr": {"hr", "bs", "sr"}, "no": {"no", "nn", "da"}, "id": {"id", "ms"}}
    assert found in related.get(expected, {expected})


@pytest.mark.parametrize(
    ("text", "given"),
    [
        *((text, code) for code, text in TEXTS.items()),
        *((TEXTS["no"], code) for code in ("nn", "nb", "da")),
        *((TEXTS["hr"], code) for code in ("sr", "bs", "sh")),
        (TEXTS["id"], "ms"),
    ],
)
def test_the_same_and_closely_related_languages_are_no_contradiction(text: str, given: str) -> None:
    assert find_contradiction(given, text) is None


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_short_text_is_never_sure(text: str) -> None:
    short = text.encode()[: MIN_BYTES - 1].decode(errors="ignore")
    assert find_contradiction("en", short) is None


def test_a_text_in_two_languages_contradicts_neither() -> None:
    both = TEXTS["es"] + "\n" + TEXTS["de"]
    assert find_contradiction("es", both) is None
    assert find_contradiction("de", both) is None


def test_invented_english_names_are_no_contradiction() -> None:
    assert find_contradiction("en", StoryFactory(1).text(60)) is None
