"""Encodings as browsers read them, and detection where nothing is declared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.ingest.readers import charsets

RUSSIAN = "Паром на остров снова отменили: носовую дверь заклинило в третий раз за неделю."
GERMAN = "„Die Fähre fällt aus“, sagte der Kapitän – für drei Tage, heißt es."


@pytest.mark.parametrize(
    ("label", "codec", "text"),
    [
        ("gb2312", "gb18030", "朱镕基在浦东说：“欢迎”，价格是€5。"),
        ("GBK", "gb18030", "渡轮停航三天"),
        ("iso-8859-1", "cp1252", GERMAN),
        ("us-ascii", "cp1252", GERMAN),
        ("latin1", "cp1252", "it couldn’t sail – “never”"),
        ("Shift_JIS", "cp932", "①髙橋さんの船は欠航した"),
        ("euc-kr", "cp949", "똠방각하 페리 운항이 취소되었다"),
        ("ks_c_5601-1987", "cp949", "펲리가 멈췄다"),
        ("iso-8859-9", "cp1254", "Feribot seferi – “iptal” edildi, şehir"),
        ("tis-620", "cp874", "เรือข้ามฟาก “ยกเลิก”"),
        ("big5", "big5hkscs", "渡輪停航，香港仔嘅船"),
        ("koi8-r", "koi8_r", RUSSIAN),
        ("cp932", "cp932", "①船"),
    ],
)
def test_labels_mean_what_browsers_take_them_for(label: str, codec: str, text: str) -> None:
    page = f'<html><head><meta charset="{label}"></head><body>{text}</body></html>'
    in_header = charsets.decode(text.encode(codec), f'text/html; Charset="{label}"')
    in_page = charsets.decode(page.encode(codec))
    assert (in_header.text, in_page.text) == (text, page)
    assert in_header.warnings == in_page.warnings == ()


def test_header_takes_precedence_over_the_declaration() -> None:
    xml = f'<?xml version="1.0" encoding="koi8-r"?><a>{RUSSIAN}</a>'
    decoded = charsets.decode(xml.encode("cp1251"), "text/xml; charset=windows-1251")
    assert decoded.text == xml


def test_byte_order_mark_takes_precedence_over_the_header() -> None:
    for codec in ("utf-16", "utf-32", "utf-8-sig"):
        decoded = charsets.decode(GERMAN.encode(codec), "text/html; charset=windows-1251")
        assert decoded.text == GERMAN


def test_declaration_that_does_not_fit_the_bytes_is_passed_over() -> None:
    assert charsets.decode(GERMAN.encode(), "text/html; charset=iso-8859-1").text == GERMAN
    wrong = f"<meta charset=windows-1251>{RUSSIAN}".encode("cp1251")
    assert RUSSIAN in charsets.decode(wrong, "text/html; charset=utf-8").text


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        ("cp1251", RUSSIAN),
        ("koi8-r", RUSSIAN),
        ("cp1252", GERMAN),
        ("gb18030", "渡轮连续第三天停航，岛上的商店中午就卖完了面包。"),
        ("cp932", "フェリーは三日続けて欠航し、島の店では昼までにパンがなくなった。"),
        ("cp949", "페리가 사흘째 결항되어 섬의 가게에는 정오까지 빵이 떨어졌다."),
        ("cp1253", "Το πλοίο ακυρώθηκε για τρίτη φορά αυτή την εβδομάδα."),
        ("cp874", "เรือข้ามฟากหยุดเดินเป็นวันที่สาม"),
        ("utf-16-le", GERMAN),
        ("utf-16-be", GERMAN),
        ("cp1252", "sep=;\r\nid;title;text\r\n1;The “Quell”;The skipper’s log\r\n"),
        ("cp1251", "title\nКот\n"),
    ],
)
def test_encoding_that_nobody_declares_is_detected_and_said(codec: str, text: str) -> None:
    decoded = charsets.decode(text.encode(codec))
    assert decoded.text == text
    assert "none is declared that fits" in decoded.warnings[0]


def test_number_of_replaced_characters_is_said() -> None:
    content = "渡轮停航三天，商店里没有面包。".encode("gb18030") * 10 + b"\xff"
    decoded = charsets.decode(content, "text/html; charset=gb2312")
    assert decoded.replaced == 1
    assert decoded.warnings == (
        "encoding: 1 character could not be read as gb18030, replaced by U+FFFD",
    )


def test_replacement_characters_of_the_source_are_not_counted() -> None:
    assert charsets.decode("a \ufffd ü".encode()).warnings == ()


@given(st.text())
def test_utf8_is_read_unchanged(text: str) -> None:
    text = text.replace("\0", "").removeprefix("\ufeff")
    assert charsets.decode(text.encode()).text == text


@given(st.binary(), st.text())
def test_any_bytes_are_decoded(content: bytes, content_type: str) -> None:
    assert isinstance(charsets.decode(content, content_type).text, str)
