"""Signatures by the scheme of Standard Webhooks, which many libraries check.

The secret is ``whsec_`` and the key in base64; what is signed is ``ID.TIMESTAMP.BODY``.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode
from typing import Final

PREFIX: Final = "whsec_"
_SHORTEST, _LONGEST, _MADE = 24, 64, 32


def new_secret() -> str:
    """Make a secret."""
    return PREFIX + b64encode(secrets.token_bytes(_MADE)).decode()


def key(secret: str) -> bytes:
    """Return the key in a secret.

    Raises
    ------
    ValueError
        If it is none, or too short.
    """
    try:
        found = b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if not secret.startswith(PREFIX) or not _SHORTEST <= len(found) <= _LONGEST:
        raise ValueError(f"must be {PREFIX} and {_SHORTEST} to {_LONGEST} bytes in base64")
    return found


def headers(secret: str, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the headers that go with a message."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.new(key(secret), signed, hashlib.sha256).digest()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{b64encode(digest).decode()}",
    }
