"""The wire agency whose text it is: credits tell, mentions do not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clustering import Article, extract_features
from clustering.features.wire_agency import HEAD_CHARS, TAIL_CHARS, detect_wire_agency

STORY = "The harbour of Port Ellery reopened on Sunday, three days after the storm. " * 20

OPENINGS = [
    ("LONDON (Reuters) - The harbour reopened.", "Reuters"),
    ("Jane Doe\n\nFORT MYERS, Fla. (Reuters) - The harbour reopened.", "Reuters"),
    ("NEW YORK (Thomson Reuters Foundation) - The harbour reopened.", "Reuters"),
    ("WASHINGTON (AP) — The House voted.", "AP"),
    ("The Associated Press\n\nThe House voted.", "AP"),
    ("By The Associated Press\nThe House voted.", "AP"),
    ("By JANE DOE, Associated Press\nThe House voted.", "AP"),
    ("By JANE DOE Associated Press\nThe House voted.", "AP"),
    ("By Jane Doe and John Roe | AP\nThe House voted.", "AP"),
    ("Jane Doe, Associated Press\nThe House voted.", "AP"),
    ("By Reuters Staff\nThe House voted.", "Reuters"),
    ("Reuters | May 3, 2025\nThe House voted.", "Reuters"),
    ("(dpa) Der Hafen ist wieder offen.", "dpa"),
    ("Berlin (dpa/epd) - Der Hafen ist wieder offen.", "dpa"),
    ("Berlin (jm/dpa) - Der Hafen ist wieder offen.", "dpa"),
    ("Frankfurt (dpa-AFX) - Der Hafen ist wieder offen.", "dpa-AFX"),
    ("Köln (SID) - Der Trainer geht.", "sid"),
    ("Bonn (KNA) – Die Bischöfe tagen.", "KNA"),
    ("Von Jana Muster, dpa\nDer Hafen ist wieder offen.", "dpa"),
    ("MADRID, 3 May (EFE).- El puerto reabre.", "EFE"),
    ("Madrid, 3 de mayo de 2025 (EFE).- El puerto reabre.", "EFE"),
    ("MADRID, 3 May. (EUROPA PRESS) -\n\nEl puerto reabre.", "Europa Press"),
    ("México, 3 May (Notimex).- El puerto reabre.", "Notimex"),
    ("Lisboa, 03 mai 2025 (Lusa) – O porto reabriu.", "Lusa"),
    ("PARIS, 3 mai (AFP) - Le port rouvre.", "AFP"),
    ("AFP - Le port rouvre.", "AFP"),
    ("(ANSA) - ROMA, 03 MAG - Il porto riapre.", "ANSA"),
    ("BEIJING, May 3 (Xinhua) -- The port reopened.", "Xinhua"),
    ("新华社北京5月3日电 港口重新开放。", "Xinhua"),
    ("TOKYO (Kyodo) -- The port reopened.", "Kyodo"),
    ("【ワシントン共同】港が再開した。", "Kyodo"),
    ("(서울=연합뉴스) 홍길동 기자 = 항구가 다시 열렸다.", "Yonhap"),
    ("القاهرة (رويترز) - قال مسؤول", "Reuters"),
    ("MOSCOW, May 3. /TASS/. The port reopened.", "TASS"),
    ("МОСКВА, 3 мая. /ТАСС/. Порт открыт.", "TASS"),
    ("МОСКВА, 3 мая - РИА Новости. Порт открыт.", "RIA Novosti"),
    ("Moscow. May 3. INTERFAX.RU - The port reopened.", "Interfax"),
    ("New Delhi, May 3 (PTI) The minister resigned.", "PTI"),
    ("New Delhi [India], May 3 (ANI): The minister resigned.", "ANI"),
    ("STOCKHOLM (TT) – Hamnen öppnar.", "TT"),
    ("OTTAWA (CP) — The minister resigned.", "CP"),
]
CLOSINGS = [
    ("Copyright 2025 The Associated Press. All rights reserved.", "AP"),
    ("© 2025 AFP", "AFP"),
    ("© dpa-infocom, dpa:250503-930-499110/1", "dpa"),
    ("Copyright 2025 by United Press International", "UPI"),
    ("(Reporting by Jane Doe in London; Editing by John Roe)", "Reuters"),
    ("Reporting by Jane Doe; additional reporting by A. Be; editing by John Roe", "Reuters"),
    ("(Bericht von Jana Muster, redigiert von Jan Beispiel.)", "Reuters"),
    ("(Reporte de Juana Pérez. Editado por Juan García)", "Reuters"),
    ("Our Standards: The Thomson Reuters Trust Principles.", "Reuters"),
    ("AP MLB: https://apnews.com/hub/mlb", "AP"),
    ("This report by The Canadian Press was first published May 3, 2025.", "CP"),
    ("Quelle: dpa", "dpa"),
    ("Quelle: ntv.de, mau/AFP/dpa", "AFP"),
    ("Source : AFP", "AFP"),
    ("(dpa)", "dpa"),
    ("(APA, 3.5.2025)", "APA"),
    ("(red, APA, 3.5.2025)", "APA"),
    ("(©NTB)", "NTB"),
    ("(PAP)\nabc/ def/", "PAP"),
    ("/ritzau/", "Ritzau"),
    ("--IANS\nabc/xyz", "IANS"),
    ("PTI ABC XYZ", "PTI"),
    ("\ndpa/tmo", "dpa"),
]
MENTIONS = [
    "The Associated Press reported on Monday that the harbour had reopened.",
    "The Associated Press (AP) — a news agency — reported that the harbour had reopened.",
    "The news agency AFP - founded in 1944 - said the harbour had reopened.",
    "The mayor told Reuters that the harbour had reopened.",
    "The mayor told the agency (AP) - and nobody else - that the harbour had reopened.",
    "Thomson Reuters Corp (TRI) - The company said the harbour had reopened.",
    "By the end of the day, Reuters said\nthe harbour had reopened.",
    "Reuters: the harbour has reopened",
    "Photo: AP\nThe harbour has reopened.",
    "Bild: Reuters\nDer Hafen ist wieder offen.",
    "Image source, Reuters\nThe harbour has reopened.",
    "(AP Photo/Jane Doe)\nThe harbour has reopened.",
    "toggle caption Jane Doe /AFP/Getty Images\nThe harbour has reopened.",
    "The AP style guide is blue.",
    "The Kenya News Agency\n(KNA) said the harbour had reopened.",
    "Flooding (PA) nothing else",
]
NOTES = [
    "Reuters contributed to this story",
    "The Associated Press contributed to this report.",
    "Mit Material von dpa",
    "He works for the Associated Press (AP).",
    "Officials spoke, according to the Associated Press (AP).",
    "So the mayor told\nReuters.",
    "So it stood in the book of\nAP\nfrom the start.",
    "© 2025 AP Photo",
    "Noah Doe, Bloomberg",
    "Copyright © 2025 Port Ellery Post",
]


@pytest.mark.parametrize(("opening", "agency"), OPENINGS)
def test_datelines_and_bylines_are_detected(opening: str, agency: str) -> None:
    assert detect_wire_agency("", f"{opening} {STORY}") == agency
    assert detect_wire_agency("", opening) == agency


@pytest.mark.parametrize(("closing", "agency"), CLOSINGS)
def test_credit_lines_are_detected(closing: str, agency: str) -> None:
    assert detect_wire_agency("", f"{STORY}{closing}") == agency
    assert detect_wire_agency("", f"{STORY}\n\n{closing}\n") == agency


@pytest.mark.parametrize("mention", MENTIONS)
def test_mention_is_not_a_credit(mention: str) -> None:
    for text in (mention, f"{mention} {STORY}", f"{STORY}\n{mention}", f"{STORY}{mention}"):
        assert detect_wire_agency("", text) is None


@pytest.mark.parametrize("note", NOTES)
def test_closing_note_is_not_a_credit(note: str) -> None:
    for text in (f"{STORY}\n{note}", f"{STORY}{note}"):
        assert detect_wire_agency("", text) is None


@pytest.mark.parametrize(
    ("title", "agency"),
    [
        ("Harbour reopens | AP News", "AP"),
        ("Hafen wieder offen (dpa)", "dpa"),
        ("Harbour reopens - Reuters", None),
        ("Reuters buys a harbour", None),
        ("Flooding in Scranton (PA)", None),
    ],
)
def test_titles_have_their_own_forms_of_credits(title: str, agency: str | None) -> None:
    assert detect_wire_agency(title, STORY) == agency


def test_middle_of_the_text_is_not_searched() -> None:
    middle = "\n\nLONDON (Reuters) - The harbour reopened.\n\nQuelle: dpa\n\n© AFP\n\n"
    assert detect_wire_agency("", "x" * HEAD_CHARS + middle + "x" * TAIL_CHARS) is None


def test_agency_is_the_origin_of_the_article() -> None:
    text = f"<p>LONDON&nbsp;(Reuters) &ndash; {STORY}</p>"
    assert extract_features(Article(1, "", text, language="en")).wire_agency == "Reuters"


@given(st.text(), st.text() | st.text("()/-–©:,. \n123ApPARdreutsQBy", max_size=900))
def test_any_text_is_accepted(title: str, text: str) -> None:
    detect_wire_agency(title, text)
