"""The page to return to after a form: always an address of this service."""

from __future__ import annotations

from urllib.parse import quote, urlsplit, urlunsplit

from flask import request

FLASH_PARAM = "done"
"""Query parameter of a page: the decision just made, which the page shows as a message."""


def current_url() -> str:
    """Return the address of the requested page, without any flash message, to return to later."""
    query = request.query_string.decode("ascii", "replace")
    address = f"{quote(request.path)}?{query}" if query else quote(request.path)
    return with_flash_decision(address, None)


def url_to_return_to() -> str | None:
    """Return the address of the requested page if it says more than the page without a query."""
    url = current_url()
    return url if "?" in url else None


def local_url_or_none(url: str) -> str | None:
    """Return an address if it is one of this service, or None if it may lead elsewhere."""
    # Browsers read a backslash as a slash and drop line breaks, and // begins another host.
    is_local = (
        url.startswith("/") and not url.startswith("//") and "\\" not in url and url.isprintable()
    )
    return url if is_local else None


def with_flash_decision(url: str, decision_id: str | None) -> str:
    """Return an address with `decision_id` as its only flash message, or with none.

    Parameters
    ----------
    url : str
        An address of this service.
    decision_id : str or None
    """
    parts = urlsplit(url)
    fields = [
        field
        for field in parts.query.split("&")
        if field and not field.startswith(f"{FLASH_PARAM}=")
    ]
    if decision_id is not None:
        fields.append(f"{FLASH_PARAM}={decision_id}")
    return urlunsplit(("", "", parts.path, "&".join(fields), parts.fragment))
