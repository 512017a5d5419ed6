"""Delivery of one batch to one subscriber: a signed POST, and the time of the next attempt.

The time of the next attempt is stored. It is a schedule that outlives the process and not a loop,
so no library for retries is used.
"""

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
"""Wait after the first failure."""
MAX_RETRY_SECONDS: Final = 3600.0
"""Longest wait between two attempts."""

_TIMEOUT: Final = Timeout(connect=5.0, total=15.0)
"""Seconds for one delivery; far below the lease of a batch, which must not expire meanwhile."""
_STATUS_GONE: Final = 410
_RANDOM: Final = random.SystemRandom()
_MAX_DOUBLINGS: Final = 30
"""Keeps the power of two small; the wait reaches its maximum much earlier."""
_MAX_ERROR_CHARS: Final = 300
"""Length of a stored error text."""
_CHANGES_ADAPTER: Final = TypeAdapter(tuple[queries.ChangeView, ...])


def deliver(pool: PoolManager, batch: DeliveryBatch) -> DeliveryAttempt:
    """Send a batch once.

    Parameters
    ----------
    pool : PoolManager
    batch : DeliveryBatch

    Returns
    -------
    DeliveryAttempt
        Without an error if the response was 2xx. Redirects are not followed: the subscriber gave
        exactly this address.
    """
    body = encode_payload(batch)
    message_id = f"{batch.webhook_id}.{batch.after}-{batch.end}"
    signature = signing.signature_headers(batch.secret, message_id, int(time.time()), body)
    headers = {"Content-Type": JSON, "User-Agent": "storyfold", **signature}
    try:
        with pool.request(
            "POST",
            batch.url,
            body=body,
            headers=headers,
            timeout=_TIMEOUT,
            retries=False,
            redirect=False,
            preload_content=False,
        ) as response:
            return _attempt_from_response(response, batch)
    except (HTTPError, OSError) as error:
        return _failed_attempt(batch, None, str(error)[:_MAX_ERROR_CHARS])


def encode_payload(batch: DeliveryBatch) -> bytes:
    """Return the body of a batch; every attempt sends the same bytes."""
    items = tuple(queries.to_change_view(row) for row in batch.rows)
    timestamp = items[-1].at.isoformat().replace("+00:00", "Z")
    return b'{"type":"changes","timestamp":"%b","data":{"items":%b,"next_cursor":"%d"}}' % (
        timestamp.encode(),
        _CHANGES_ADAPTER.dump_json(items),
        batch.end,
    )


def retry_delay_seconds(failures: int) -> float:
    """Return the wait after a number of consecutive failures; it doubles with each failure.

    It is up to a quarter shorter or longer at random, so that subscribers that failed together are
    not retried together.

    Parameters
    ----------
    failures : int
        At least 1.
    """
    delay = FIRST_RETRY_SECONDS * 2.0 ** min(failures - 1, _MAX_DOUBLINGS)
    return min(delay, MAX_RETRY_SECONDS) * _RANDOM.uniform(0.75, 1.25)


def _attempt_from_response(response: BaseHTTPResponse, batch: DeliveryBatch) -> DeliveryAttempt:
    if 200 <= response.status < 300:
        return DeliveryAttempt(time.time(), response.status, None)
    retry_after = response.headers.get("Retry-After", "")
    return _failed_attempt(
        batch, response.status, f"the response was {response.status}", retry_after
    )


def _failed_attempt(
    batch: DeliveryBatch, status: int | None, error: str, retry_after: str = ""
) -> DeliveryAttempt:
    now = time.time()
    wait = retry_delay_seconds(batch.failures + 1)
    if retry_after.isascii() and retry_after.isdecimal():
        wait = max(wait, min(float(retry_after), MAX_RETRY_SECONDS))
    return DeliveryAttempt(now, status, error, now + wait, is_gone=status == _STATUS_GONE)
