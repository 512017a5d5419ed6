"""Canonical form of an article's address, the same however the article was shared.

Only parts that never identify an article are removed: http or https, hosts for mobile devices, AMP
wrappers, the fragment, default index pages, and parameters for tracking or sessions. All other
parameters stay; repeated ones keep their order.

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

_TRACKING_PREFIXES: Final = (
    *("utm_", "pk_", "mtm_", "matomo_", "piwik_", "hsa_", "_hs", "mc_", "at_", "ns_", "gaa_"),
    *("fb_", "ga_", "guce_", "soc_", "amp_", "wt_", "wt.", "trk_", "elqtrack", "oly_"),
)
_TRACKING_NAMES: Final = frozenset(
    {
        *("fbclid", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "ysclid"),
        *("twclid", "ttclid", "igshid", "igsh", "li_fat_id", "mkt_tok", "ref_src", "ref_url"),
        *("cmp", "cmpid", "cmpld", "ncid", "ocid", "icid", "ito", "smid", "smtyp", "sref", "xtor"),
        *("s_cid", "s_kwcid", "spm", "guccounter", "_ga", "_gl", "_r", "amp", "usqp", "echobox"),
        *("ftag", "taid", "mbid", "mod_source", "wpsrc", "wprss", "recirc", "srsltid", "epik"),
        *("__twitter_impression", "_branch_match_id", "vero_id", "wickedid", "gws_rd"),
        *("phpsessid", "jsessionid", "aspsessionid", "sessionid", "session_id", "cfid", "cftoken"),
    }
)
_AMP_VALUES: Final = frozenset({"outputtype=amp", "output=amp", "view=amp", "type=amp"})
_AMP_CACHE: Final = re.compile(r"/(?:[a-z]/)?(?:s/)?([^/]+\.[^/]+/.*)", re.DOTALL)
_AMP_VIEWER: Final = re.compile(r"/amp/(?:s/)?([^/]+\.[^/]+/.*)", re.DOTALL)
_AMP_VIEWER_HOSTS: Final = ("google.", "bing.")
_DEVICE_PREFIX: Final = re.compile(r"(?:www\d{0,2}|m|mobile|amp|touch|wap)\.")
_DEVICE_INFIX: Final = re.compile(r"\A([a-z]{2,3})\.(?:(?:m|mobile)\.)+")
_PUBLIC_SUFFIX: Final = re.compile(r"(?:com?|org|net|gov|gob|edu|ac|or|ne|go)\.[a-z]{2}\Z")
_VALID_HOST: Final = re.compile(r"[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_-])?")
_PATH_TAIL: Final = re.compile(
    r"(?:/|/amp|\.amp|/index\.(?:html?|php|aspx?|jsp)|/default\.aspx?)+\Z"
)
_AMP_PAGE: Final = re.compile(r"(?:\.amp)+(?=\.html?\Z)")
_AMP_ROOT: Final = re.compile(r"\A(?:/amp)+/(?=[^/]+/.)")
_PATH_SESSION_ID: Final = re.compile(r"(?:;(?:jsessionid|phpsessid)=[^/;]*)+", re.IGNORECASE)
_STRAY_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ESCAPE: Final = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")
_NOT_HTTP_URL: Final = "not an absolute http or https address"
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
    parts = _split_url(url)
    port = "" if parts.port in _DEFAULT_PORTS else f":{parts.port}"
    query = _normalise_query(parts.query)
    # Single-page sites identify the article by "#!" or "#/"; other fragments are positions in it.
    fragment = (
        f"#{_normalise_escapes(parts.fragment)}" if parts.fragment.startswith(("!", "/")) else ""
    )
    path = _normalise_path(parts.path)
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


def is_same_site(first: str, second: str) -> bool:
    """Whether two addresses have the same host, its labels for devices aside.

    Raises
    ------
    ValueError
        If one is not an absolute http or https address.
    """
    return _split_url(first).host == _split_url(second).host


def _split_url(url: str) -> _UrlParts:
    """Split an address into parts, after removing AMP caches and viewers around it."""
    url = url.strip()
    while True:
        try:
            split = urlsplit(url)
            parts = _check_scheme(split)
        except ValueError:
            raise ValueError(_NOT_HTTP_URL) from None
        wrapped = _unwrap_amp(parts.host, parts.path)
        if wrapped is None:
            return parts
        rest = url.partition("?")[1:] if split.query else ("", "")
        url = f"https://{wrapped}{''.join(rest)}"


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


def _unwrap_amp(host: str, path: str) -> str | None:
    """The address inside an AMP cache or viewer, without its scheme; None if there is none."""
    match = None
    if host.endswith((".cdn.ampproject.org", ".bing-amp.com")):
        match = _AMP_CACHE.fullmatch(path)
    elif host.startswith(_AMP_VIEWER_HOSTS):
        match = _AMP_VIEWER.fullmatch(path)
    return match[1] if match else None


def _normalise_path(path: str) -> str:
    path = _PATH_SESSION_ID.sub("", _normalise_escapes(path))
    while (shorter := _shorten_path(path)) != path:  # removing one part may uncover another
        path = shorter
    return path


def _shorten_path(path: str) -> str:
    path = _PATH_TAIL.sub("", "/".join(_resolve_dots(path.split("/"))))
    path = _AMP_PAGE.sub("", _AMP_ROOT.sub("/", path))
    return path if path.startswith("/") else f"/{path}"


def _resolve_dots(segments: list[str]) -> list[str]:
    """Resolve ``.`` and ``..`` as browsers do."""
    kept: list[str] = []
    for segment in segments:
        if segment == "..":
            del kept[max(1, len(kept) - 1) :]
        elif segment != ".":
            kept.append(segment)
    return kept


def _normalise_query(query: str) -> str:
    pairs = (pair for pair in _iter_params(query) if not _is_tracking(pair))
    return "&".join(sorted(pairs, key=lambda pair: pair.partition("=")[0]))


def _iter_params(query: str) -> Iterator[str]:
    for pair in query.split("&"):
        if pair:
            yield _normalise_escapes(pair).replace("%20", "+")


def _is_tracking(pair: str) -> bool:
    pair = pair.lower()
    name = pair.partition("=")[0]
    return name in _TRACKING_NAMES or name.startswith(_TRACKING_PREFIXES) or pair in _AMP_VALUES


def _normalise_escapes(part: str) -> str:
    """Percent-encode exactly the characters that need it, so that equal parts look equal."""
    part = quote(part, safe="%/:@!$&'()*+,;=~?-._", errors="replace")
    return _ESCAPE.sub(_replace_escape, _STRAY_PERCENT.sub("%25", part))


def _replace_escape(match: re.Match[str]) -> str:
    character = chr(int(match[1], 16))
    return character if character in _UNRESERVED else match[0].upper()
