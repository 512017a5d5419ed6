"""Addresses that only lead to another: AMP caches, redirects of search engines, web archives."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qs

_AMP_CACHE: Final = re.compile(r"/(?:[a-z]/)?(?:s/)?([^/]+\.[^/]+/.*)", re.DOTALL)
_AMP_CACHE_HOSTS: Final = (".cdn.ampproject.org", ".bing-amp.com")
_AMP_VIEWER: Final = re.compile(r"/amp/(?:s/)?([^/]+\.[^/]+/.*)", re.DOTALL)
_AMP_VIEWER_HOSTS: Final = ("google.", "bing.")
_ARCHIVED: Final = re.compile(
    r"/(?:web/)?\d{4,14}(?:[a-z]{2}_)?/(?:https?:/{1,2})?(?!https?:)(.+)", re.DOTALL
)
_ARCHIVE_HOSTS: Final = frozenset({"web.archive.org", "archive.org"})
_ARCHIVED_ANYWHERE: Final = re.compile(
    r"/(?:.*/)?\d{14}(?:[a-z]{2}_)?/https?:/{1,2}(.+)", re.DOTALL
)
"""A snapshot, at a national library for example: the moment to the second, and an address."""
_ARCHIVE_TODAY: Final = re.compile(r"/(?:newest|[\d.-]{4,17})/https?:/{1,2}(.+)", re.DOTALL)
_ARCHIVE_TODAY_HOST: Final = re.compile(r"archive\.(?:today|ph|is|li|vn|md|fo)")

_REDIRECTS: Final = {
    ("google.", "/url"): ("url", "q"),
    ("google.", "/imgres"): ("imgrefurl",),
    ("news.google.", "/news/url"): ("url",),
    ("news.google.", "/url"): ("url",),
    ("translate.google.", "/translate"): ("u",),
    ("bing.", "/news/apiclick.aspx"): ("url",),
    ("duckduckgo.", "/l/"): ("uddg",),
    ("l.facebook.", "/l.php"): ("u",),
    ("lm.facebook.", "/l.php"): ("u",),
    ("facebook.", "/l.php"): ("u",),
    ("l.instagram.", "/"): ("u",),
    ("youtube.", "/redirect"): ("q",),
    ("vk.", "/away.php"): ("to",),
    ("t.umblr.", "/redirect"): ("z",),
    ("slack-redir.", "/link"): ("url",),
    ("linkedin.", "/redir/redirect"): ("url",),
    ("linkedin.", "/safety/go"): ("url",),
    ("getpocket.", "/redirect"): ("url",),
    ("steamcommunity.", "/linkfilter/"): ("u", "url"),
}
"""Parameter with the address, by the beginning of the host and the path."""
_SAFE_LINKS: Final = ".safelinks.protection.outlook.com"
_WEB_ADDRESS: Final = re.compile(r"https?://[^/]", re.IGNORECASE)


def unwrap(host: str, path: str, query: str) -> str | None:
    """Return the address inside another one; None if there is none.

    Parameters
    ----------
    host : str
        In lower case, without "www".
    path : str
    query : str
    """
    inside = _unwrap_path(host, path)
    if inside is not None:
        return f"https://{inside}?{query}" if query else f"https://{inside}"
    is_for_any_path = host.endswith(_SAFE_LINKS) or host == "out.reddit.com"
    names: tuple[str, ...] = ("url",) if is_for_any_path else ()
    for (beginning, redirect_path), found in _REDIRECTS.items():
        if host.startswith(beginning) and path in (redirect_path, redirect_path.rstrip("/")):
            names = found
    return _target(query, names) if names else None


def _unwrap_path(host: str, path: str) -> str | None:
    """The address that a path consists of, without its scheme."""
    match = None
    if host.endswith(_AMP_CACHE_HOSTS):
        match = _AMP_CACHE.fullmatch(path)
    elif host.startswith(_AMP_VIEWER_HOSTS):
        match = _AMP_VIEWER.fullmatch(path)
    elif host in _ARCHIVE_HOSTS:
        match = _ARCHIVED.fullmatch(path)
    elif _ARCHIVE_TODAY_HOST.fullmatch(host):
        match = _ARCHIVE_TODAY.fullmatch(path)
    else:
        match = _ARCHIVED_ANYWHERE.fullmatch(path)
    return match[1] if match else None


def _target(query: str, names: tuple[str, ...]) -> str | None:
    try:
        values = parse_qs(query, max_num_fields=100)
    except ValueError:
        return None
    targets = (value for name in names for value in values.get(name, ()))
    return next((target for target in targets if _WEB_ADDRESS.match(target)), None)
