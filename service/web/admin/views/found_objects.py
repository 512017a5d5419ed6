"""Ids and addresses that are pasted into a search box lead to what they name."""

from __future__ import annotations

from flask import url_for

from service import queries
from service.ingest.parsing import urls
from service.queries import FoundObject
from service.web import extensions


def find_url(pasted: str) -> str | None:
    """Return the page of what a pasted text names.

    Parameters
    ----------
    pasted : str

    Returns
    -------
    str or None
        None if the text is neither an id nor the address of an article. A plain word is never
        taken for an id, so that it can be searched for.
    """
    pasted = pasted.strip()
    if not pasted or pasted.isalpha() or len(pasted.split()) > 1:
        return None
    found = queries.find_object(extensions.store(), pasted, _canonical_url(pasted))
    return found and _page_url(found)


def find_article_id(pasted: str) -> str | None:
    """Return the id of the article that a pasted id or address names; None if there is none."""
    if not pasted:
        return None
    found = queries.find_object(extensions.store(), pasted, _canonical_url(pasted))
    return found.id if found is not None and found.kind == "article" else None


def _canonical_url(pasted: str) -> str | None:
    try:
        return urls.canonicalise(pasted)
    except ValueError:
        return None


def _page_url(found: FoundObject) -> str:
    if found.kind == "event":
        return url_for("admin.events.show_event", event_id=found.id)
    if found.kind == "article":
        return url_for("admin.articles.show_article", article_id=found.id)
    cursor = int(found.id[1:]) + 1
    return url_for("admin.decisions.show_history", cursor=cursor, _anchor=found.id)
