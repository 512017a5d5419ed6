"""One parcel to one subscriber: a signed POST, and when to try again if it fails."""

from __future__ import annotations

import random
import time
from typing import Final

from pydantic import TypeAdapter
from urllib3 import BaseHTTPResponse, PoolManager, Timeout
from urllib3.exceptions import HTTPError

from service import browse
from service.bodies import JSON
from service.store.webhooks import Attempt, Parcel
from service.webhooks import signing

FIRST_DELAY: Final = 5.0
LONGEST_DELAY: Final = 3600.0
"""Seconds before the second attempt, and at most between two."""

_SECONDS: Final = Timeout(connect=5.0, total=15.0)
_GONE: Final = 410
_CHANCE: Final = random.SystemRandom()
_LONGEST_ERROR: Final = 300
_items: Final = TypeAdapter(tuple[browse.ChangeView, ...])


def deliver(pool: PoolManager, parcel: Parcel) -> Attempt:
    """Send a parcel once.

    Parameters
    ----------
    pool : PoolManager
    parcel : Parcel

    Returns
    -------
    Attempt
        Delivered if the answer was 2xx. Redirects are not followed: the address is the one that
        was subscribed.
    """
    content = body(parcel)
    now = time.time()
    message_id = f"{parcel.webhook_id}.{parcel.after}-{parcel.upto}"
    signed = signing.headers(parcel.secret, message_id, int(now), content)
    headers = {"Content-Type": JSON, "User-Agent": "storyfold", **signed}
    try:
        with pool.request(
            "POST",
            parcel.url,
            body=content,
            headers=headers,
            timeout=_SECONDS,
            retries=False,
            redirect=False,
            preload_content=False,
        ) as answer:
            return _judged(answer, parcel)
    except (HTTPError, OSError) as error:
        return _failed(parcel, None, str(error)[:_LONGEST_ERROR])


def body(parcel: Parcel) -> bytes:
    """Return what is sent; the same however often it is."""
    items = tuple(browse.as_change(row) for row in parcel.rows)
    timestamp = items[-1].at.isoformat().replace("+00:00", "Z")
    return b'{"type":"changes","timestamp":"%b","data":{"items":%b,"next_cursor":"%d"}}' % (
        timestamp.encode(),
        _items.dump_json(items),
        parcel.upto,
    )


def delay(failures: int) -> float:
    """Return how long to wait after so many failures in a row: twice as long each time.

    Up to a quarter more or less, so that those who failed together do not come back together.
    """
    longer = FIRST_DELAY * 2.0 ** min(failures - 1, 30)
    return min(longer, LONGEST_DELAY) * _CHANCE.uniform(0.75, 1.25)


def _judged(answer: BaseHTTPResponse, parcel: Parcel) -> Attempt:
    if 200 <= answer.status < 300:
        return Attempt(time.time(), answer.status, None)
    asked = answer.headers.get("Retry-After", "")
    return _failed(parcel, answer.status, f"the answer was {answer.status}", asked)


def _failed(parcel: Parcel, status: int | None, error: str, asked: str = "") -> Attempt:
    now = time.time()
    wait = delay(parcel.failures + 1)
    if asked.isascii() and asked.isdecimal():
        wait = max(wait, min(float(asked), LONGEST_DELAY))
    return Attempt(now, status, error, now + wait, gone=status == _GONE)
