"""The newest change that a page shows: decisions made on an outdated page are refused by it."""

from __future__ import annotations

from flask import g

from service import queries
from service.web import extensions


def page_revision() -> int:
    """Return the newest change that the page of this request shows.

    A view calls it before it reads anything else. Forms on the page send the number back as `seen`,
    and the decision is refused if what it is about has changed since.

    Returns
    -------
    int
        `seq` of the change; the same number for the whole request.
    """
    if "page_revision" not in g:
        g.page_revision = queries.get_last_seq(extensions.store())
    revision: int = g.page_revision
    return revision
