"""Tags of languages as crawlers send them."""

from __future__ import annotations

import pytest

from service.ingest.language_tags import LanguageTag, read_language_tag


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        *(("en", "en"), ("EN-gb", "en"), ("zh_Hant", "zh"), ("eng", "en"), ("deu", "de")),
        *(("ger", "de"), ("cmn", "zh"), ("zho", "zh"), ("iw", "he"), ("spa-MX", "es")),
        *(("nb", "no"), ("nb-NO", "no"), ("no", "no"), ("nob", "no"), ("nn", "nn")),
        *(("tl", "fil"), ("fil-PH", "fil"), ("tgl", "fil"), ("in", "id"), ("ji", "yi")),
        *(("mo", "ro"), ("sh", "sr"), ("sr-Latn", "sr"), ("hr", "hr"), ("cnr", "sr")),
        *(("arb", "ar"), ("pes", "fa"), ("prs", "fa"), ("swh", "sw"), ("ekk", "et")),
    ],
)
def test_language_has_one_code(tag: str, code: str) -> None:
    assert read_language_tag(tag) == LanguageTag(code)


@pytest.mark.parametrize(
    ("tag", "code"), [("jp", "ja"), ("JP", "ja"), ("gr-GR", "el"), ("cz", "cs"), ("ua_UA", "uk")]
)
def test_country_is_read_as_its_language(tag: str, code: str) -> None:
    assert read_language_tag(tag) == LanguageTag(code, is_country=True)


@pytest.mark.parametrize("tag", ["plain English", "xx", "und", "mul", "zxx", "e", "", "a-b-c"])
def test_other_words_are_no_languages(tag: str) -> None:
    assert read_language_tag(tag).code is None
