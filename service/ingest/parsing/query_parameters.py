"""Which parameters of an address do not help to name the article, by the table beside this file.

`dropped_parameters.csv` says of each who sets it and where that is known from: "AdGuard" is the
list of general rules of AdGuard's URL Tracking filter (TrackParamFilter/sections/general_url.txt in
AdguardTeam/AdguardFilters), "tracking-query-params-registry" the list of that name of mpchadwick.
Names in it are in lower case; ``*`` at the end stands for any rest of a name.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

_TABLE: Final = Path(__file__).with_name("dropped_parameters.csv")
_NUMBER: Final = re.compile(r"\d+")
_TOKEN: Final = re.compile(r"(?=\D*\d)(?=[^a-z]*[a-z])[0-9a-z_-]{16,}", re.IGNORECASE)
"""At least 16 letters and digits mixed: a session, hardly the number or name of an article."""
_PAGE_PATH: Final = re.compile(r"/[^/]+/.*[^/]|/[^/]*[\d_-][^/]*")
"""A path that names an article by itself: a folder and a name, or a name that is not one word."""
_SCRIPT: Final = re.compile(r"\.(?:php\d?|aspx?|cgi|jsp|do|cfm|pl|dll)\Z", re.IGNORECASE)

_Condition = Callable[[str, str], bool]


class _Rules(NamedTuple):
    conditions_by_name: dict[str, list[_Condition]]
    prefixes: tuple[str, ...]


_extra_names: frozenset[str] = frozenset()
_extra_prefixes: tuple[str, ...] = ()


def drop_also(parameters: Iterable[str]) -> None:
    """Drop more parameters than those of the table, from now on in this process.

    Parameters
    ----------
    parameters : iterable of str
        Names in any case; one that ends with ``*`` is the beginning of names.
    """
    global _extra_names, _extra_prefixes
    names = {name.lower() for name in parameters}
    _extra_names = frozenset(name for name in names if not name.endswith("*"))
    _extra_prefixes = tuple(sorted(name[:-1] for name in names - _extra_names))


def is_dropped(parameter: str, path: str) -> bool:
    """Whether a parameter does not help to name the article.

    Parameters
    ----------
    parameter : str
        ``name=value``, or the name alone.
    path : str
        Path of the address in canonical form. Where it is that of a script or a front page,
        parameters with short values may name the article, and stay.
    """
    name, _, value = parameter.lower().partition("=")
    rules = _load_rules()
    if name in _extra_names or name.startswith((*_extra_prefixes, *rules.prefixes)):
        return True
    return any(matches(value, path) for matches in rules.conditions_by_name.get(name, ()))


def _names_article(path: str) -> bool:
    return _PAGE_PATH.fullmatch(path) is not None and _SCRIPT.search(path) is None


@cache
def _load_rules() -> _Rules:
    conditions_by_name: dict[str, list[_Condition]] = {}
    prefixes = []
    with _TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["parameter"].endswith("*"):
                prefixes.append(row["parameter"][:-1])
                continue
            conditions = conditions_by_name.setdefault(row["parameter"], [])
            conditions.append(_read_condition(row["dropped"]))
    return _Rules(conditions_by_name, tuple(prefixes))


def _read_condition(words: str) -> _Condition:
    """Return the condition on value and path that the words of the table stand for."""
    if words in _CONDITIONS:
        return _CONDITIONS[words]
    if words.startswith(_ON_A_PAGE):
        is_met = _read_condition(words.removeprefix(_ON_A_PAGE))
        return lambda value, path: is_met(value, path) and _names_article(path)
    expected = words.removeprefix("if ")
    return lambda value, _: value == expected


_ON_A_PAGE: Final = "on a page "
_CONDITIONS: Final[dict[str, _Condition]] = {
    "always": lambda *_: True,
    "unless a number": lambda value, _: _NUMBER.fullmatch(value) is None,
    "if a random token": lambda value, _: _TOKEN.fullmatch(value) is not None,
    "if empty": lambda value, _: not value,
}
