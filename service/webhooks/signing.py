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

SECRET_PREFIX: Final = "whsec_"
_MIN_KEY_BYTES, _MAX_KEY_BYTES, _NEW_KEY_BYTES = 24, 64, 32


def new_secret() -> str:
    """Make a secret."""
    return SECRET_PREFIX + b64encode(secrets.token_bytes(_NEW_KEY_BYTES)).decode()


def decode_key(secret: str) -> bytes:
    """Return the key in a secret.

    Raises
    ------
    ValueError
        If it is none, or too short.
    """
    try:
        found = b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if not secret.startswith(SECRET_PREFIX) or not _MIN_KEY_BYTES <= len(found) <= _MAX_KEY_BYTES:
        raise ValueError(
            f"must be {SECRET_PREFIX} and {_MIN_KEY_BYTES} to {_MAX_KEY_BYTES} bytes in base64"
        )
    return found


def signature_headers(secret: str, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the headers that go with a message."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.new(decode_key(secret), signed, hashlib.sha256).digest()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{b64encode(digest).decode()}",
    }
