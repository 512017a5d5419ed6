"""One address for one article, however it was shared.

What is taken away never names an article: the scheme's s, hosts for phones, AMP wrappers, the
fragment, default index pages, and parameters that say where a reader came from or which session is
theirs. All other parameters stay, in their order where one comes twice.

Own code, since the libraries do another job. Of the thirty forms of one address in the tests
courlan 1.4 brings three together (strict: five, but then it drops parameters that name articles)
and w3lib three: neither takes away AMP, hosts for phones or index pages.
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
_VIEWERS: Final = ("google.", "bing.")
_DEVICE: Final = re.compile(r"(?:www\d{0,2}|m|mobile|amp|touch|wap)\.")
_DEVICE_INSIDE: Final = re.compile(r"\A([a-z]{2,3})\.(?:(?:m|mobile)\.)+")
_SUFFIX: Final = re.compile(r"(?:com?|org|net|gov|gob|edu|ac|or|ne|go)\.[a-z]{2}\Z")
_HOST: Final = re.compile(r"[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_-])?")
_TAIL: Final = re.compile(r"(?:/|/amp|\.amp|/index\.(?:html?|php|aspx?|jsp)|/default\.aspx?)+\Z")
_AMP_PAGE: Final = re.compile(r"(?:\.amp)+(?=\.html?\Z)")
_AMP_ROOT: Final = re.compile(r"\A(?:/amp)+/(?=[^/]+/.)")
_SESSION: Final = re.compile(r"(?:;(?:jsessionid|phpsessid)=[^/;]*)+", re.IGNORECASE)
_STRAY_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ESCAPE: Final = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")
_REFUSED: Final = "not an absolute http or https address"
_DEFAULT_PORTS: Final = frozenset({None, 80, 443})


class _Parts(NamedTuple):
    host: str
    port: int | None
    path: str
    query: str
    fragment: str


def canonical(url: str) -> str:
    """Return the canonical form of a web address; canonical forms stay as they are.

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
    parts = _parts(url)
    port = "" if parts.port in _DEFAULT_PORTS else f":{parts.port}"
    query = _query(parts.query)
    # Single-page sites name the article after "#!" or "#/"; any other fragment is a place in it.
    fragment = f"#{_escaped(parts.fragment)}" if parts.fragment.startswith(("!", "/")) else ""
    path = _path(parts.path)
    return f"https://{parts.host}{port}{path}" + (f"?{query}" if query else "") + fragment


def is_front_page(url: str) -> bool:
    """Tell whether an address is that of a whole site.

    Raises
    ------
    ValueError
        If it is not an absolute http or https address.
    """
    parts = urlsplit(canonical(url))
    return parts.path == "/" and not parts.query and not parts.fragment


def _parts(url: str) -> _Parts:
    """Take an address apart, out of all the AMP caches and viewers around it."""
    url = url.strip()
    while True:
        try:
            split = urlsplit(url)
            parts = _checked(split)
        except ValueError:
            raise ValueError(_REFUSED) from None
        wrapped = _wrapped(parts.host, parts.path)
        if wrapped is None:
            return parts
        rest = url.partition("?")[1:] if split.query else ("", "")
        url = f"https://{wrapped}{''.join(rest)}"


def _checked(split: SplitResult) -> _Parts:
    if split.scheme not in ("http", "https"):
        raise ValueError(_REFUSED)
    host, port = _host(split.hostname or ""), split.port
    return _Parts(host, port, split.path, split.query, split.fragment)


def _host(name: str) -> str:
    name = name.rstrip(".")
    if ":" in name:
        return f"[{name}]"
    if not name.isascii():
        # Browsers' rules (UTS 46), by which "straße" and "strasse" stay two.
        name = idna.encode(name, uts46=True, transitional=False).decode("ascii")
    if not _HOST.fullmatch(name):
        raise ValueError(_REFUSED)
    return _without_device(name)


def _without_device(host: str) -> str:
    """Take away ``www``, ``m`` and the like, as long as a host with a name of its own remains."""
    while (device := _DEVICE.match(host)) is not None:
        rest = host[device.end() :]
        if "." not in rest.strip(".") or _SUFFIX.fullmatch(rest):
            break
        host = rest
    inside = _DEVICE_INSIDE.match(host)
    if inside is not None and "." in host[inside.end() :]:
        host = f"{inside[1]}.{host[inside.end() :]}"
    return host


def _wrapped(host: str, path: str) -> str | None:
    """The address inside one of an AMP cache, without its scheme."""
    form = None
    if host.endswith((".cdn.ampproject.org", ".bing-amp.com")):
        form = _AMP_CACHE.fullmatch(path)
    elif host.startswith(_VIEWERS):
        form = _AMP_VIEWER.fullmatch(path)
    return form[1] if form else None


def _path(path: str) -> str:
    path = _SESSION.sub("", _escaped(path))
    while (shorter := _shortened(path)) != path:  # what is taken away may uncover more
        path = shorter
    return path


def _shortened(path: str) -> str:
    path = _TAIL.sub("", "/".join(_resolved(path.split("/"))))
    path = _AMP_PAGE.sub("", _AMP_ROOT.sub("/", path))
    return path if path.startswith("/") else f"/{path}"


def _resolved(segments: list[str]) -> list[str]:
    """Follow ``.`` and ``..`` as browsers do."""
    kept: list[str] = []
    for segment in segments:
        if segment == "..":
            del kept[max(1, len(kept) - 1) :]
        elif segment != ".":
            kept.append(segment)
    return kept


def _query(query: str) -> str:
    pairs = (pair for pair in _pairs(query) if not _tracks(pair))
    return "&".join(sorted(pairs, key=lambda pair: pair.partition("=")[0]))


def _pairs(query: str) -> Iterator[str]:
    for pair in query.split("&"):
        if pair:
            yield _escaped(pair).replace("%20", "+")


def _tracks(pair: str) -> bool:
    pair = pair.lower()
    name = pair.partition("=")[0]
    return name in _TRACKING_NAMES or name.startswith(_TRACKING_PREFIXES) or pair in _AMP_VALUES


def _escaped(part: str) -> str:
    """Escape what must be, and nothing that need not be, so that equal parts look equal."""
    part = quote(part, safe="%/:@!$&'()*+,;=~?-._", errors="replace")
    return _ESCAPE.sub(_escape, _STRAY_PERCENT.sub("%25", part))


def _escape(escape: re.Match[str]) -> str:
    character = chr(int(escape[1], 16))
    return character if character in _UNRESERVED else escape[0].upper()
