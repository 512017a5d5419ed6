"""Newest change shown on a page."""

from __future__ import annotations

from flask import g

from service import queries
from service.web import extensions


def page_revision() -> int:
    """Return the newest change that the page of this request shows.

    A view calls it before it reads anything; what is decided on its page is checked against it.
    """
    if "page_revision" not in g:
        g.page_revision = queries.get_last_seq(extensions.store())
    newest: int = g.page_revision
    return newest
