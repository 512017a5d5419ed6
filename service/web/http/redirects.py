"""The way back after a form: to a place of our own, whatever the form says."""

from __future__ import annotations

from urllib.parse import quote, urlsplit, urlunsplit

from flask import request

FLASH_PARAM = "done"
"""In the address of a page: the decision that has just been made, for the page to tell."""


def current_url() -> str:
    """Return the address of the page that is asked for, as a place to come back to."""
    query = request.query_string.decode("ascii", "replace")
    address = f"{quote(request.path)}?{query}" if query else quote(request.path)
    return with_flash_decision(address, None)


def local_url_or_none(url: str) -> str | None:
    """Return an address if it leads to a place of ours, and None if it might lead elsewhere."""
    # Browsers read a backslash as a slash and drop line breaks, and // begins another host.
    is_own = (
        url.startswith("/") and not url.startswith("//") and "\\" not in url and url.isprintable()
    )
    return url if is_own else None


def with_flash_decision(url: str, decision_id: str | None) -> str:
    """Return an address of ours that tells of a decision, and of no other; or of none."""
    parts = urlsplit(url)
    fields = [it for it in parts.query.split("&") if it and not it.startswith(f"{FLASH_PARAM}=")]
    if decision_id is not None:
        fields.append(f"{FLASH_PARAM}={decision_id}")
    return urlunsplit(("", "", parts.path, "&".join(fields), parts.fragment))
