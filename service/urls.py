"""One address for one article, however it was shared.

What is taken away never names an article: the scheme's s, hosts for phones, AMP wrappers, the
fragment, and parameters that say where a reader came from. All other parameters stay.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote, urlsplit

_TRACKING_PREFIXES: Final = (
    *("utm_", "pk_", "mtm_", "matomo_", "piwik_", "hsa_", "_hs", "mc_", "at_", "ns_"),
    *("fb_", "ga_", "guce_", "soc_", "amp_", "wt_", "wt.", "trk_"),
)
_TRACKING_NAMES: Final = frozenset(
    {
        *("fbclid", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "ysclid"),
        *("twclid", "ttclid", "igshid", "igsh", "li_fat_id", "mkt_tok", "ref_src", "ref_url"),
        *("cmp", "cmpid", "cmpld", "ncid", "ocid", "icid", "ito", "smid", "smtyp", "sref", "xtor"),
        *("s_cid", "s_kwcid", "spm", "guccounter", "_ga", "_gl", "_r", "amp", "usqp", "echobox"),
        *("ftag", "taid", "mbid", "mod_source", "wpsrc", "wprss", "track", "recirc"),
    }
)
_AMP_VALUES: Final = frozenset({"outputtype=amp", "output=amp", "view=amp", "type=amp"})
_AMP_CACHE: Final = re.compile(r"\A/(?:[a-z]/)?(?:s/)?([^/]+\.[^/]+/.*)\Z", re.DOTALL)
_AMP_GOOGLE: Final = re.compile(r"\A/amp/(?:s/)?([^/]+\.[^/]+/.*)\Z", re.DOTALL)
_DEVICE_HOST: Final = re.compile(r"\A(?:(?:www\d{0,2}|m|mobile|amp)\.)+(?=[^.]+\.[^.])")
_TAIL: Final = re.compile(r"(?:/|/amp|\.amp)+\Z")
_STRAY_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ESCAPE: Final = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")
_REFUSED: Final = "not an absolute http or https address"
_DEFAULT_PORTS: Final = frozenset({None, 80, 443})


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
    try:
        parts = urlsplit(url.strip())
        host, port = _host(parts.hostname or ""), parts.port
    except ValueError:
        raise ValueError(_REFUSED) from None
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError(_REFUSED)
    wrapped = _wrapped(host, parts.path)
    if wrapped is not None:
        return canonical(f"https://{wrapped}" + (f"?{parts.query}" if parts.query else ""))
    shown_port = "" if port in _DEFAULT_PORTS else f":{port}"
    query = _query(parts.query)
    # Single-page sites name the article after "#!"; any other fragment is a place in it.
    fragment = f"#{_escaped(parts.fragment)}" if parts.fragment.startswith("!") else ""
    path = _TAIL.sub("", _escaped(parts.path))
    return f"https://{host}{shown_port}{path or '/'}" + (f"?{query}" if query else "") + fragment


def _host(name: str) -> str:
    name = name.rstrip(".")
    if ":" in name:
        return f"[{name}]"
    return _DEVICE_HOST.sub("", name)


def _wrapped(host: str, path: str) -> str | None:
    """The address inside one of an AMP cache, without its scheme."""
    form = None
    if host.endswith(".cdn.ampproject.org"):
        form = _AMP_CACHE.match(path)
    elif host.startswith("google."):
        form = _AMP_GOOGLE.match(path)
    return form[1] if form else None


def _query(query: str) -> str:
    pairs = (_escaped(pair) for pair in query.split("&"))
    return "&".join(sorted(pair for pair in pairs if pair and not _tracks(pair)))


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
