"""Canonical form of an article's address, the same however the article was shared.

Only parts that never identify an article are removed: http or https, hosts for mobile devices, AMP
wrappers and redirects, default index pages, the fragment unless it names the article, and the
parameters of `query_parameters`. All other parameters stay; repeated ones keep their order.

Hand-written, since the libraries do another job. Of the thirty forms of one address in the tests
courlan 1.4 unifies three (in strict mode five, but then it drops parameters that identify articles)
and w3lib three: neither removes AMP, hosts for mobile devices or index pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple
from urllib.parse import SplitResult, quote, urlsplit

import idna

from service.ingest.parsing import query_parameters, wrapped_urls

_DEVICE_PREFIX: Final = re.compile(r"(?:www\d{0,2}|m|mobile|amp|touch|wap)\.")
_DEVICE_INFIX: Final = re.compile(r"\A([a-z]{2,3})\.(?:(?:m|mobile)\.)+")
_PUBLIC_SUFFIX: Final = re.compile(r"(?:com?|org|net|gov|gob|edu|ac|or|ne|go)\.[a-z]{2}\Z")
_VALID_HOST: Final = re.compile(r"[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_-])?")
_PATH_TAILS: Final = (
    *("/", "/amp", ".amp", "/default.asp", "/default.aspx"),
    *("/index.htm", "/index.html", "/index.php", "/index.asp", "/index.aspx", "/index.jsp"),
)
"""Ends of paths that name the same page as the path before them."""
_REPEATED_SLASH: Final = re.compile(r"(?<!:)//+")
"""Not after a colon, where an address inside the path begins."""
_AMP_PAGE: Final = re.compile(r"(?:\.amp)+(?=\.html?\Z)")
_AMP_ROOT: Final = re.compile(r"\A(?:/amp)+/(?=[^/]+/.)")
_PATH_SESSION_ID: Final = re.compile(r"(?:;(?:jsessionid|phpsessid)=[^/;]*)+", re.IGNORECASE)
_ESCAPED_AMPERSAND: Final = re.compile(r"&(?:(?:amp|#0*38|#x0*26);)+", re.IGNORECASE)
_LEADING_AMPERSAND: Final = re.compile(r"\A(?:amp;)+", re.IGNORECASE)
_NAMING_FRAGMENT: Final = re.compile(
    r"[!/]|\?\w*id=.|[a-z]{0,2}\d{3,}\Z"
    r"|(?:live[-_]?(?:blog|ticker|text)?[-_])?"
    r"(?:article|block|doc|entry|event|id|item|live|message|msg|news|notice|post|press|release|report"
    r"|story|update|actu|artikel|beitrag|breve|eintrag|meldung|noticia|notizia|nota)(?:[-_]?id)?"
    r"(?:=.|[-_:/]\w*\d|\d\d)",
    re.IGNORECASE,
)
"""A fragment that names the article: of a site that is one page, or of an entry of a live blog.
Others are positions in the article, such as "#comments"."""
_STRAY_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ESCAPE: Final = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")
_NOT_HTTP_URL: Final = "not an absolute http or https address"
_MAX_ROUNDS: Final = 8
"""Times that an address is normalised at most, to reach a form that stays the same."""
_DEFAULT_PORTS: Final = frozenset({None, 80, 443})


class _UrlParts(NamedTuple):
    host: str
    port: int | None
    path: str
    query: str
    fragment: str


def canonicalise(url: str) -> str:
    """Return the canonical form of a web address; a canonical form is unchanged.

    Parameters
    ----------
    url : str

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If it is not an absolute http or https address.
    """
    # Normalising an address may bring another one to light that it wraps.
    for _ in range(_MAX_ROUNDS):
        canonical = _canonicalise_once(url)
        if canonical == url:
            break
        url = canonical
    return url


def _canonicalise_once(url: str) -> str:
    parts = _split_url(url)
    port = "" if parts.port in _DEFAULT_PORTS else f":{parts.port}"
    path = _normalise_path(parts.path)
    query = _normalise_query(parts.query, path)
    names_article = _NAMING_FRAGMENT.match(parts.fragment) is not None
    fragment = f"#{_normalise_escapes(parts.fragment)}" if names_article else ""
    return f"https://{parts.host}{port}{path}" + (f"?{query}" if query else "") + fragment


def is_front_page(url: str) -> bool:
    """Whether an address is the front page of a site.

    Raises
    ------
    ValueError
        If it is not an absolute http or https address.
    """
    parts = urlsplit(canonicalise(url))
    return parts.path == "/" and not parts.query and not parts.fragment


def is_same_address(first: str, second: str) -> bool:
    """Whether two addresses have the same canonical form; False if one is none."""
    try:
        return canonicalise(first) == canonicalise(second)
    except ValueError:
        return False


def is_same_site(first: str, second: str) -> bool:
    """Whether two addresses have the same host, its labels for devices aside.

    Raises
    ------
    ValueError
        If one is not an absolute http or https address.
    """
    return _split_url(first).host == _split_url(second).host


def _split_url(url: str) -> _UrlParts:
    """Split an address into parts, after removing what is wrapped around it."""
    url = _ESCAPED_AMPERSAND.sub("&", url.strip())
    url = f"https:{url}" if url.startswith("//") else url
    while True:
        try:
            parts = _check_scheme(urlsplit(url))
        except ValueError:
            raise ValueError(_NOT_HTTP_URL) from None
        wrapped = wrapped_urls.unwrap(parts.host, parts.path, parts.query)
        if wrapped is None:
            return parts
        url = f"{wrapped}#{parts.fragment}" if "#" not in wrapped else wrapped


def _check_scheme(split: SplitResult) -> _UrlParts:
    if split.scheme not in ("http", "https"):
        raise ValueError(_NOT_HTTP_URL)
    host, port = _normalise_host(split.hostname or ""), split.port
    return _UrlParts(host, port, split.path, split.query, split.fragment)


def _normalise_host(name: str) -> str:
    name = name.rstrip(".")
    if ":" in name:
        return f"[{name}]"
    if not name.isascii():
        # As browsers do (UTS 46 non-transitional): "straße" and "strasse" stay different hosts.
        name = idna.encode(name, uts46=True, transitional=False).decode("ascii")
    if not _VALID_HOST.fullmatch(name):
        raise ValueError(_NOT_HTTP_URL)
    return _strip_device(name)


def _strip_device(host: str) -> str:
    """Remove ``www``, ``m`` and similar labels, unless only a public suffix would remain."""
    while (device := _DEVICE_PREFIX.match(host)) is not None:
        rest = host[device.end() :]
        if "." not in rest.strip(".") or _PUBLIC_SUFFIX.fullmatch(rest):
            break
        host = rest
    infix = _DEVICE_INFIX.match(host)
    if infix is not None and "." in host[infix.end() :]:
        host = f"{infix[1]}.{host[infix.end() :]}"
    return host


def _normalise_path(path: str) -> str:
    path = _PATH_SESSION_ID.sub("", _normalise_escapes(path))
    while (shorter := _shorten_path(path)) != path:  # removing one part may uncover another
        path = shorter
    return path


def _shorten_path(path: str) -> str:
    path = _REPEATED_SLASH.sub("/", path)
    path = _without_tails("/".join(_resolve_dots(path.split("/"))))
    path = _AMP_PAGE.sub("", _AMP_ROOT.sub("/", path))
    return path if path.startswith("/") else f"/{path}"


def _without_tails(path: str) -> str:
    """Remove all tails from the end; a regular expression would take quadratic time."""
    end = len(path)
    while tail := next((tail for tail in _PATH_TAILS if path.endswith(tail, 0, end)), ""):
        end -= len(tail)
    return path[:end]


def _resolve_dots(segments: list[str]) -> list[str]:
    """Resolve ``.`` and ``..`` as browsers do."""
    kept: list[str] = []
    for segment in segments:
        if segment == "..":
            del kept[max(1, len(kept) - 1) :]
        elif segment != ".":
            kept.append(segment)
    return kept


def _normalise_query(query: str, path: str) -> str:
    pairs = (pair for pair in _iter_params(query) if not query_parameters.is_dropped(pair, path))
    return "&".join(sorted(pairs, key=lambda pair: pair.partition("=")[0]))


def _iter_params(query: str) -> Iterator[str]:
    for pair in query.split("&"):
        if pair := _LEADING_AMPERSAND.sub("", pair):
            yield _normalise_escapes(pair).replace("%20", "+")


def _normalise_escapes(part: str) -> str:
    """Percent-encode exactly the characters that need it, so that equal parts look equal."""
    part = quote(part, safe="%/:@!$&'()*+,;=~?-._", errors="replace")
    return _ESCAPE.sub(_replace_escape, _STRAY_PERCENT.sub("%25", part))


def _replace_escape(match: re.Match[str]) -> str:
    character = chr(int(match[1], 16))
    return character if character in _UNRESERVED else match[0].upper()
