"""RSS 2.0 documents, as responses.

References
----------
https://www.rssboard.org/rss-specification
"""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import format_datetime
from html import escape
from typing import Final
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from flask import Response, request

from service.web.http.conditional import make_conditional

RSS: Final = "application/rss+xml"

_ATOM_NAMESPACE: Final = "http://www.w3.org/2005/Atom"
_INVALID_XML_CHARS: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters outside the production `Char` of XML 1.0."""

register_namespace("atom", _ATOM_NAMESPACE)


class RssFeed:
    """A feed, to which items are added one after another.

    Parameters
    ----------
    title, description : str
    link : str
        URL of the page that shows the same.
    """

    def __init__(self, title: str, description: str, link: str) -> None:
        self._root = Element("rss", version="2.0")
        self._channel = SubElement(self._root, "channel")
        _add_element(self._channel, "title", title)
        _add_element(self._channel, "link", link)
        _add_element(self._channel, "description", description)
        self_link = {"href": request.url, "rel": "self", "type": RSS}
        SubElement(self._channel, f"{{{_ATOM_NAMESPACE}}}link", self_link)

    def set_last_build(self, at: datetime) -> None:
        """Tell when the feed last changed; before any item is added."""
        _add_element(self._channel, "lastBuildDate", format_datetime(at, usegmt=True))

    def add_item(
        self,
        guid: str,
        title: str,
        link: str,
        description: str,
        published: datetime,
        updated: datetime | None = None,
    ) -> None:
        """Add an item.

        Parameters
        ----------
        guid : str
        title, description : str
            Plain texts.
        link : str
            A URL.
        published, updated : datetime
            In UTC.
        """
        item = SubElement(self._channel, "item")
        _add_element(item, "title", title)
        _add_element(item, "link", link)
        _add_element(item, "description", escape(description))  # feed readers parse it as HTML
        _add_element(item, "guid", guid).set("isPermaLink", "false")
        _add_element(item, "pubDate", format_datetime(published, usegmt=True))
        if updated is not None:
            _add_element(item, f"{{{_ATOM_NAMESPACE}}}updated", updated.isoformat())

    def to_response(self) -> Response:
        """Return the document; 304 if the client has this content."""
        document: bytes = tostring(self._root, encoding="utf-8", xml_declaration=True)
        return make_conditional(Response(document, content_type=f"{RSS}; charset=utf-8"))


def _add_element(parent: Element, name: str, text: str) -> Element:
    element = SubElement(parent, name)
    element.text = _INVALID_XML_CHARS.sub("\ufffd", text)
    return element
