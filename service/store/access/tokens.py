"""Tokens of programs: made, found by their digest, listed and withdrawn.

A token has 256 random bits, so that its SHA-256 digest cannot be reversed by guessing; a slow hash,
as passwords need it, would add nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, delete, exists, insert, select

from service.common import accounts
from service.common.scopes import Scope, format_scopes, parse_scopes
from service.store import Store
from service.store.schema import access_tokens

TOKEN_PREFIX: Final = "sft_"  # noqa: S105 (the prefix is public: scanners find leaked tokens by it)
_TOKEN_BYTES: Final = 32


class NameTakenError(ValueError):
    """There is a token or user of this name already."""


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token, without what is secret about it."""

    name: str
    scopes: frozenset[Scope]
    created_at: float
    """POSIX seconds."""
    created_by: str
    expires_at: float | None
    """POSIX seconds; None if it does not expire."""

    def is_expired(self, now: float) -> bool:
        """Whether the token is not accepted any more at a time in POSIX seconds."""
        return self.expires_at is not None and self.expires_at <= now


def digest(token: str) -> str:
    """Return what the store keeps of a token: its SHA-256 digest, in hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


def create_token(
    store: Store,
    name: str,
    scopes: Iterable[Scope],
    created_by: str,
    expires_at: float | None = None,
) -> str:
    """Make a token, and return it: only its digest is stored.

    Parameters
    ----------
    store : Store
    name : str
        What the token is for. Its decisions and requests are recorded under it.
    scopes : iterable of Scope
    created_by : str
        Name of who makes it.
    expires_at : float, optional
        POSIX seconds.

    Raises
    ------
    ValueError
        If the name is invalid, or there is no scope.
    NameTakenError
    """
    accounts.check_name(name)
    if not (granted := format_scopes(scopes)):
        raise ValueError("a token needs at least one scope")
    token = TOKEN_PREFIX + secrets.token_urlsafe(_TOKEN_BYTES)
    row = {
        **{"name": name, "digest": digest(token), "scopes": granted},
        **{"created_at": time.time(), "created_by": created_by, "expires_at": expires_at},
    }
    with store.writing() as connection:
        if connection.scalar(select(exists().where(access_tokens.c.name == name))):
            raise NameTakenError(f"there is a token {name!r} already")
        connection.execute(insert(access_tokens), row)
    return token


def find_token(store: Store, token: str) -> AccessToken | None:
    """Return a token that is stored and has not expired, or None.

    Parameters
    ----------
    store : Store
    token : str
        As a client sends it.
    """
    wanted = digest(token)
    with store.reading() as connection:
        query = select(access_tokens).where(access_tokens.c.digest == wanted)
        row = connection.execute(query).one_or_none()
    if row is None or not hmac.compare_digest(row.digest, wanted):
        return None
    found = _to_token(row)
    return None if found.is_expired(time.time()) else found


def list_tokens(store: Store) -> list[AccessToken]:
    """Return all tokens by name, expired ones too."""
    with store.reading() as connection:
        rows = connection.execute(select(access_tokens).order_by(access_tokens.c.name)).all()
    return [_to_token(row) for row in rows]


def revoke_token(store: Store, name: str) -> bool:
    """Withdraw a token; from the next request on it is not accepted.

    Returns
    -------
    bool
        Whether there was one of this name.
    """
    with store.writing() as connection:
        deleted = connection.execute(delete(access_tokens).where(access_tokens.c.name == name))
        return bool(deleted.rowcount)


def _to_token(row: Row[Any]) -> AccessToken:
    return AccessToken(
        row.name, parse_scopes(row.scopes), row.created_at, row.created_by, row.expires_at
    )
