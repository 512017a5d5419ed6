"""One parcel to one subscriber: a signed POST, and when to try again if it fails."""

from __future__ import annotations

import random
import time
from typing import Final

from pydantic import TypeAdapter
from urllib3 import BaseHTTPResponse, PoolManager, Timeout
from urllib3.exceptions import HTTPError

from service import queries
from service.common.media_types import JSON
from service.store.webhook_outbox import DeliveryAttempt, DeliveryBatch
from service.webhooks import signing

FIRST_RETRY_SECONDS: Final = 5.0
MAX_RETRY_SECONDS: Final = 3600.0
"""Seconds before the second attempt, and at most between two."""

_TIMEOUT: Final = Timeout(connect=5.0, total=15.0)
_STATUS_GONE: Final = 410
_RANDOM: Final = random.SystemRandom()
_MAX_ERROR_CHARS: Final = 300
_CHANGES_ADAPTER: Final = TypeAdapter(tuple[queries.ChangeView, ...])


def deliver(pool: PoolManager, batch: DeliveryBatch) -> DeliveryAttempt:
    """Send a parcel once.

    Parameters
    ----------
    pool : PoolManager
    batch : DeliveryBatch

    Returns
    -------
    DeliveryAttempt
        Delivered if the answer was 2xx. Redirects are not followed: the address is the one that
        was subscribed.
    """
    content = encode_payload(batch)
    now = time.time()
    message_id = f"{batch.webhook_id}.{batch.after}-{batch.end}"
    signed = signing.signature_headers(batch.secret, message_id, int(now), content)
    headers = {"Content-Type": JSON, "User-Agent": "storyfold", **signed}
    try:
        with pool.request(
            "POST",
            batch.url,
            body=content,
            headers=headers,
            timeout=_TIMEOUT,
            retries=False,
            redirect=False,
            preload_content=False,
        ) as answer:
            return _attempt_from_response(answer, batch)
    except (HTTPError, OSError) as error:
        return _failed_attempt(batch, None, str(error)[:_MAX_ERROR_CHARS])


def encode_payload(batch: DeliveryBatch) -> bytes:
    """Return what is sent; the same however often it is."""
    items = tuple(queries.to_change_view(row) for row in batch.rows)
    timestamp = items[-1].at.isoformat().replace("+00:00", "Z")
    return b'{"type":"changes","timestamp":"%b","data":{"items":%b,"next_cursor":"%d"}}' % (
        timestamp.encode(),
        _CHANGES_ADAPTER.dump_json(items),
        batch.end,
    )


def retry_delay_seconds(failures: int) -> float:
    """Return how long to wait after so many failures in a row: twice as long each time.

    Up to a quarter more or less, so that those who failed together do not come back together.
    """
    longer = FIRST_RETRY_SECONDS * 2.0 ** min(failures - 1, 30)
    return min(longer, MAX_RETRY_SECONDS) * _RANDOM.uniform(0.75, 1.25)


def _attempt_from_response(response: BaseHTTPResponse, batch: DeliveryBatch) -> DeliveryAttempt:
    if 200 <= response.status < 300:
        return DeliveryAttempt(time.time(), response.status, None)
    asked = response.headers.get("Retry-After", "")
    return _failed_attempt(batch, response.status, f"the answer was {response.status}", asked)


def _failed_attempt(
    batch: DeliveryBatch, status: int | None, error: str, retry_after: str = ""
) -> DeliveryAttempt:
    now = time.time()
    wait = retry_delay_seconds(batch.failures + 1)
    if retry_after.isascii() and retry_after.isdecimal():
        wait = max(wait, min(float(retry_after), MAX_RETRY_SECONDS))
    return DeliveryAttempt(now, status, error, now + wait, is_gone=status == _STATUS_GONE)
