"""Detect the wire agency that wrote an article, from its dateline, byline or credit lines.

Only the title and the first and last characters of the text are searched, since credits are there,
and only for the forms that credits have. A sentence that quotes an agency, the credit of a picture,
or a note that an agency contributed does not count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final

HEAD_CHARS: Final = 300
"""Characters at the beginning of a text that may hold a dateline or byline."""
TAIL_CHARS: Final = 400
"""Characters at the end of a text that may hold a credit line."""

_AGENCIES: Final = {
    "AA": ("AA", "Anadolu", "Anadolu Agency", "Anadolu Ajansı"),
    "AAP": ("AAP", "Australian Associated Press"),
    "Adnkronos": ("Adnkronos", "AdnKronos"),
    "AFP": ("AFP", "afp", "Agence France-Presse", "Agence France Presse", "AFP News", "أ ف ب"),
    "AGI": ("AGI",),
    "ANI": ("ANI", "Asian News International"),
    "ANP": ("ANP",),
    "ANSA": ("ANSA", "Ansa"),
    "AP": ("AP", "Associated Press", "AP News"),
    "APA": ("APA", "Austria Presse Agentur"),
    "Belga": ("Belga",),
    "Bloomberg": ("Bloomberg", "Bloomberg News"),
    "BNS": ("BNS",),
    "CP": ("CP", "Canadian Press", "La Presse Canadienne"),
    "ČTK": ("ČTK", "CTK"),
    "dpa": ("dpa", "dpa-infocom", "Deutsche Presse-Agentur"),
    "dpa-AFX": ("dpa-AFX", "dpa-afx", "dpa-AFX Broker"),
    "EFE": ("EFE", "Efe", "Agencia EFE"),
    "epd": ("epd", "Evangelischer Pressedienst"),
    "Europa Press": ("Europa Press",),
    "IANS": ("IANS", "Indo-Asian News Service"),
    "Interfax": ("Interfax", "Interfax.ru", "Interfax-Ukraine", "Интерфакс"),
    "Jiji": ("Jiji", "Jiji Press", "時事", "時事通信"),
    "KNA": ("KNA", "Katholische Nachrichten-Agentur"),
    "Kyodo": ("Kyodo", "Kyodo News", "共同", "共同通信"),
    "Lusa": ("Lusa", "Agência Lusa"),
    "MTI": ("MTI",),
    "Notimex": ("Notimex",),
    "NTB": ("NTB",),
    "PA": ("PA", "PA Media", "PA news agency", "Press Association"),
    "PAP": ("PAP",),
    "PTI": ("PTI", "Press Trust of India"),
    "Reuters": (
        "Reuters",
        "Reuters Health",
        "Thomson Reuters Foundation",
        "Reuter",
        "Рейтер",
        "رويترز",
    ),
    "RIA Novosti": ("RIA Novosti", "РИА Новости"),
    "Ritzau": ("Ritzau", "ritzau"),
    "SDA": ("SDA", "sda", "Keystone-SDA"),
    "sid": ("sid", "Sport-Informations-Dienst"),
    "STT": ("STT",),
    "TASS": ("TASS", "ITAR-TASS", "ТАСС"),
    "TT": ("TT",),
    "Ukrinform": ("Ukrinform", "Укринформ", "Укрінформ"),
    "UPI": ("UPI", "United Press International"),
    "Xinhua": ("Xinhua", "Xinhua News Agency", "新华社", "新華社"),
    "Yonhap": ("Yonhap", "Yonhap News Agency", "연합뉴스"),
}
"""The spellings of each agency in its credits, by its short name. Capitals are added below."""
_AMBIGUOUS_SPELLINGS: Final = frozenset({"AA", "AGI", "ANI", "BNS", "CP", "PA", "STT", "TT"})
"""Spellings with other meanings too: accepted only in a dateline, byline or copyright."""

_AGENCY_OF: Final = {
    variant: agency
    for agency, spellings in _AGENCIES.items()
    for spelling in spellings
    for variant in (spelling, spelling.upper())
}
_FULL_NAMES: Final = tuple(spelling for spelling in _AGENCY_OF if len(spelling) > 4)


def _agency_pattern(spellings: Iterable[str]) -> str:
    """Return a pattern for any spelling; the longest first, since a prefix matches too."""
    longest_first = sorted(spellings, key=lambda spelling: (-len(spelling), spelling))
    names = "|".join(map(re.escape, longest_first))
    return rf"(?:[Tt]he |THE )?(?P<name>{names})(?!\w)"


_ANY_AGENCY: Final = _agency_pattern(_AGENCY_OF)
_UNAMBIGUOUS_AGENCY: Final = _agency_pattern(_AGENCY_OF.keys() - _AMBIGUOUS_SPELLINGS)
_DASH: Final = "[-–—―]"
_OPTIONAL_INITIALS: Final = r"(?:[\w.-]{2,12} ?[/,=] ?)??"
_CO_CREDITS: Final = r"(?: ?[/,&+-] ?[\w.]{1,12}(?: \w{1,12})?){0,3}"
"""Initials, a date or another agency next to it: "(jm/dpa)", "(AFP/dpa)", "(APA, 3.5.2025)"."""
_BYLINE_WORDS: Final = "By|BY|by|Von|VON|Par|PAR|Por|POR|Di|Da|Door|Av|Af"
_SOURCE_LABELS: Final = (
    "Quelle|Source|Fuente|Fonte|Bron|Kilde|Källa|Źródło|Zdroj|Kaynak|Источник|来源"
)
_COPYRIGHT: Final = r"(?:©|\(c\)|\(C\)|Copyright|copyright|COPYRIGHT)(?: ?©| \([cC]\))?"
_PLACE_AND_DATE: Final = (
    r"[^\W\d_][^\n.,(]{1,24}[.,] ?(?:[^\W\d_]{3,9}\.? \d{1,2}|\d{1,2}\.? [^\W\d_]{3,9})[.,]? ?"
)
_DATELINE_END: Final = re.compile(
    r"\d{1,4}(?:\.|st|nd|rd|th)?(?: de)?(?: [^\W\d_]{1,12}\.?)?,?(?: (?:de )?\d{4})?,?\Z"
)
"""The end of a dateline: "May 3", "3 de mayo de 2025", "3. Mai"."""
_NAME_PARTICLES: Final = frozenset(
    ("and", "of", "in", "the", "und", "et", "y", "e", "de", "da", "von")
)
_SENTENCE_ENDS: Final = tuple(".!?…:;\"'”“’»)]。」")
_MAX_CREDIT_LINE_CHARS: Final = 100
"""A longer line is not a credit line."""

# LONDON (Reuters) - | Berlin (dpa/epd) - | MADRID, 3 May (EFE).- | New Delhi, May 3 (PTI) The
_BRACKETED_CREDIT: Final = re.compile(
    rf"\((?:© ?)?{_OPTIONAL_INITIALS}{_ANY_AGENCY}{_CO_CREDITS}\)(?P<dash>\s?\.?\s?{_DASH}|\s?:)?"
)
# MOSCOW, May 3. /TASS/. | ... /ritzau/
_SLASHED_CREDIT: Final = re.compile(rf"/(?<!\S/){_UNAMBIGUOUS_AGENCY}/(?![^\s.])")
# Moscow. May 3. INTERFAX - | МОСКВА, 3 мая - РИА Новости. | AFP - | 新华社北京电 | 【東京共同】
_DATELINES: Final = (
    re.compile(rf"{_PLACE_AND_DATE}(?:{_DASH} ?)?{_UNAMBIGUOUS_AGENCY}\s?(?:{_DASH}|\.)\s"),
    re.compile(rf"{_UNAMBIGUOUS_AGENCY}\s{_DASH}\s"),
    re.compile(r"(?P<name>新[华華]社)\w{1,20}[电電]"),
    re.compile(r"【\w{0,12}?(?P<name>共同|時事)】"),
)
# By JANE DOE, Associated Press | By Reuters Staff | By JANE DOE Associated Press | Jane Doe, AP
_BYLINES: Final = (
    re.compile(
        rf"(?:{_BYLINE_WORDS}) (?P<author>.{{2,60}}?[,|/–—-] ?)?{_ANY_AGENCY}"
        r"(?: [Ss]taff| STAFF)?[.,]?"
    ),
    re.compile(rf"(?:{_BYLINE_WORDS}) (?P<author>.{{2,60}}? )(?=\S+ \S){_ANY_AGENCY}[.,]?"),
    re.compile(rf"(?P<author>[^\W\d_][^,|]{{1,20}} [^,|]{{2,30}})(?:,| \|) {_ANY_AGENCY}[.,]?"),
)
# dpa/lno | Reuters | May 3, 2025
_BARE_CREDIT: Final = re.compile(
    rf"{_OPTIONAL_INITIALS}{_UNAMBIGUOUS_AGENCY}{_CO_CREDITS}(?: ?[|·•,].{{0,20}}\d{{4}}.{{0,15}})?"
)
# Quelle: ntv.de, mau/dpa
_LABELLED_CREDIT: Final = re.compile(
    rf"(?:{_SOURCE_LABELS}) ?: ?(?:[^\n]{{0,30}}?[,/] ?)?{_UNAMBIGUOUS_AGENCY}{_CO_CREDITS}"
)
_HEAD_CREDIT_LINES: Final = (_BARE_CREDIT, _LABELLED_CREDIT, *_BYLINES)
# -- IANS
_DASHED_CREDIT: Final = re.compile(rf"{_DASH}{{1,2}} ?{_UNAMBIGUOUS_AGENCY}")
# © 2025 AFP | Copyright 2025 The Associated Press. All rights reserved.
_COPYRIGHT_CREDIT: Final = re.compile(
    rf"{_COPYRIGHT} ?(?:\d{{4}}(?:-\d{{4}})?,? )?(?:by )?{_ANY_AGENCY}"
    r"(?! Photo| Images|/Getty| via)"
)
_SIGNATURES: Final = tuple(
    (agency, re.compile(pattern))
    for agency, pattern in (
        ("Reuters", r"Reporting (?:and \w+ )?by [^\n]{3,300}?[Ee]dit(?:ing|ed) by "),
        ("Reuters", r"\(Bericht(?:et)? von [^\n]{3,250}?[Rr]edigiert von "),
        ("Reuters", r"\(Report(?:e|agem|age) (?:de|por) [^\n]{3,250}?[EeÉé]di[tç]"),
        ("Reuters", r"Thomson Reuters Trust Principles"),
        ("AP", r"AP [^\n]{2,40}: https?://(?:www\.)?apnews\.com"),
        ("CP", r"This report by [Tt]he Canadian Press was first published"),
        ("dpa", r"dpa:\d{6}-\d"),
        ("PTI", r"PTI(?: [A-Z]{2,4}){1,5}[ .]*(?:\n|\Z)"),
    )
)
"""Closing lines that only one agency uses."""
_TITLE_CREDIT: Final = re.compile(rf"[|(] ?{_UNAMBIGUOUS_AGENCY}{_CO_CREDITS}\)?\s*\Z")


def detect_wire_agency(title: str, text: str) -> str | None:
    """Detect the agency that wrote an article.

    Parameters
    ----------
    title, text : str
        As `clustering.features.normalize.clean` returns them.

    Returns
    -------
    str or None
        The short name of the agency, such as "AP" or "dpa"; None if no credit names one.
    """
    head, tail = text[:HEAD_CHARS], text[-TAIL_CHARS:]
    head_lines, tail_lines = head.split("\n"), tail.split("\n")
    if len(text) > HEAD_CHARS:
        head_lines.pop()  # the last line may be truncated
    credit = (
        _find_dateline(head)
        or _find_credit_line(_HEAD_CREDIT_LINES, head_lines)
        or _TITLE_CREDIT.search(title)
        or _find_closing_credit(tail)
        or _COPYRIGHT_CREDIT.search(tail)
        or _find_credit_line([_BARE_CREDIT], _standalone_lines(tail_lines))
    )
    return _AGENCY_OF[credit["name"]] if credit else _find_signature(tail)


def _find_dateline(head: str) -> re.Match[str] | None:
    for bracketed in _BRACKETED_CREDIT.finditer(head):
        if _is_dateline(_line_before(head, bracketed), bracketed):
            return bracketed
    slashed = _SLASHED_CREDIT.search(head)
    if slashed and _is_dateline_prefix(_line_before(head, slashed)):
        return slashed
    openings = (pattern.match(line) for line in head.split("\n") for pattern in _DATELINES)
    return next(filter(None, openings), None)


def _is_dateline(prefix: str, match: re.Match[str]) -> bool:
    """Tell whether a bracket starts the text: a place or nothing before it, a dash after it."""
    if match["dash"]:
        return _is_dateline_prefix(prefix)
    if match["name"] in _AMBIGUOUS_SPELLINGS:
        return False
    if not prefix:  # in a text of fixed line width, a sentence may continue here
        return not match.string[match.end() :].lstrip()[:1].islower()
    return "," in prefix[:30] and _DATELINE_END.search(prefix[:45]) is not None


def _is_dateline_prefix(prefix: str) -> bool:
    """Tell whether the beginning of a line may be a place and a date, not a sentence."""
    if prefix.endswith(_FULL_NAMES):  # "the Associated Press (AP) - an agency - said"
        return False
    return (
        not prefix
        or not prefix.split()[-1][0].islower()
        or _DATELINE_END.search(prefix) is not None
    )


def _find_credit_line(
    patterns: Sequence[re.Pattern[str]], lines: Iterable[str]
) -> re.Match[str] | None:
    """Find a line that consists of a credit."""
    for line in map(str.strip, lines):
        if len(line) <= _MAX_CREDIT_LINE_CHARS:
            credit = next(filter(None, (pattern.fullmatch(line) for pattern in patterns)), None)
            if credit and _are_names(credit.groupdict().get("author") or ""):
                return credit
    return None


def _are_names(words: str) -> bool:
    return not any(word[0].islower() and word not in _NAME_PARTICLES for word in words.split())


def _standalone_lines(lines: Sequence[str]) -> Iterator[str]:
    """Yield the lines that do not continue a sentence of the line before."""
    for previous, line in pairwise(lines):
        if not previous.strip() or previous.rstrip().endswith(_SENTENCE_ENDS):
            yield line


def _find_closing_credit(tail: str) -> re.Match[str] | None:
    """Find a credit that ends a line after its last sentence."""
    for pattern in (_BRACKETED_CREDIT, _SLASHED_CREDIT, _LABELLED_CREDIT, _DASHED_CREDIT):
        for credit in pattern.finditer(tail):
            if _is_closing_credit(tail, credit):
                return credit
    return None


def _is_closing_credit(tail: str, match: re.Match[str]) -> bool:
    before, after = _line_before(tail, match), tail[match.end() :].partition("\n")[0]
    after_sentence = not before or before.endswith(_SENTENCE_ENDS)
    return after_sentence and not after.strip(" .") and match["name"] not in _AMBIGUOUS_SPELLINGS


def _line_before(text: str, match: re.Match[str]) -> str:
    return text[text.rfind("\n", 0, match.start()) + 1 : match.start()].strip()


def _find_signature(tail: str) -> str | None:
    return next((agency for agency, pattern in _SIGNATURES if pattern.search(tail)), None)
