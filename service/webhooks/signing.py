"""Secrets and signatures of webhooks, by the scheme of Standard Webhooks.

The library `standardwebhooks` signs, and receivers can verify with it. This module adds what it
lacks: new secrets, a strict check of given ones, and the names of the headers.
"""

from __future__ import annotations

import binascii
import secrets
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from typing import Final

from standardwebhooks import Webhook as Signer

SECRET_PREFIX: Final = "whsec_"  # noqa: S105 (the prefix is public)
_MIN_KEY_BYTES, _MAX_KEY_BYTES, _NEW_KEY_BYTES = 24, 64, 32
"""Bounds of the specification, and the length of new keys: that of the SHA-256 digest."""
_BASE64: Final = "[A-Za-z0-9+/]"
SECRET_PATTERN: Final = (
    f"^{SECRET_PREFIX}(?:(?:{_BASE64}{{4}}){{8,21}}"
    f"|(?:{_BASE64}{{4}}){{8,20}}{_BASE64}{{3}}=|(?:{_BASE64}{{4}}){{8,21}}{_BASE64}{{2}}==)$"
)
"""The secrets that `check_secret` accepts: the lengths are those of 24 to 64 bytes in base64."""


def new_secret() -> str:
    """Return a new random secret."""
    return SECRET_PREFIX + b64encode(secrets.token_bytes(_NEW_KEY_BYTES)).decode()


def check_secret(secret: str) -> None:
    """Check a secret given by a subscriber.

    The library also accepts secrets that are unprefixed, badly padded or too short.

    Parameters
    ----------
    secret : str

    Raises
    ------
    ValueError
        If it is not the prefix and a key of 24 to 64 bytes in base64.
    """
    try:
        key = b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(SECRET_PREFIX) or not _MIN_KEY_BYTES <= len(key) <= _MAX_KEY_BYTES:
        raise ValueError(
            f"must be {SECRET_PREFIX} and {_MIN_KEY_BYTES} to {_MAX_KEY_BYTES} bytes in base64"
        )


def signature_headers(secret: str, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the headers of a signed message.

    Parameters
    ----------
    secret : str
    message_id : str
        The same for every attempt to deliver the message.
    timestamp : int
        Unix time of this attempt, in seconds.
    body : bytes
        UTF-8.
    """
    signed_at = datetime.fromtimestamp(timestamp, UTC)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": Signer(secret).sign(message_id, signed_at, body.decode()),
    }
