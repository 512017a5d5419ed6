"""The id of an entry within its feed."""

from __future__ import annotations

import hashlib
from base64 import b32encode
from typing import NamedTuple


class FeedEntryId(NamedTuple):
    """By what a feed calls one of its entries, the same each time it is read."""

    feed: str
    """Digest of what names the feed."""
    article_id: str
    """Id of the article, where its address does not identify it."""
    is_guid: bool = True
    """Whether the feed gave the name; otherwise it may change with the title."""


def identify_entry(scope: str, name: str, *, is_guid: bool = True) -> FeedEntryId:
    """Return the id of an entry.

    Parameters
    ----------
    scope : str
        Names the feed, such as its address.
    name : str
        Names the entry in its feed: its guid, or else its address and title.
    is_guid : bool
    """
    return FeedEntryId(_digest(scope), "f_" + _digest(f"{scope}\n\n{name}"), is_guid)


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode(errors="replace")).digest()
    return b32encode(digest[:15]).decode("ascii").lower()
