"""The way back after a form: to a place of our own, whatever the form says."""

from __future__ import annotations

from urllib.parse import quote, urlsplit, urlunsplit

from flask import request

DONE = "done"
"""In the address of a page: the decision that has just been made, for the page to tell."""


def here() -> str:
    """Return the address of the page that is asked for, as a place to come back to."""
    query = request.query_string.decode("ascii", "replace")
    address = f"{quote(request.path)}?{query}" if query else quote(request.path)
    return telling(address, None)


def own(wanted: str) -> str | None:
    """Return an address if it leads to a place of ours, and None if it might lead elsewhere."""
    # Browsers read a backslash as a slash and drop line breaks, and // begins another host.
    is_own = (
        wanted.startswith("/")
        and not wanted.startswith("//")
        and "\\" not in wanted
        and wanted.isprintable()
    )
    return wanted if is_own else None


def telling(address: str, decision_id: str | None) -> str:
    """Return an address of ours that tells of a decision, and of no other; or of none."""
    parts = urlsplit(address)
    fields = [it for it in parts.query.split("&") if it and not it.startswith(f"{DONE}=")]
    if decision_id is not None:
        fields.append(f"{DONE}={decision_id}")
    return urlunsplit(("", "", parts.path, "&".join(fields), parts.fragment))
