"""Login state that all processes of a store share: the signing key and revoked sessions."""

from __future__ import annotations

import secrets

from sqlalchemy import Connection, delete, insert, select

from service.store import Store, meta_values
from service.store.schema import META_SESSION_KEY, revoked_sessions


def signing_key(store: Store) -> str:
    """Return the key that signs session cookies; it is created at the first call."""
    with store.reading() as connection:
        key = meta_values.read(connection, META_SESSION_KEY)
    if key is None:
        with store.writing() as connection:
            key = meta_values.read(connection, META_SESSION_KEY)
            # Another process may have created it since.
            if key is None:
                key = secrets.token_urlsafe(32)
                meta_values.write(connection, META_SESSION_KEY, key)
    return key


def revoke_session(store: Store, session_id: str, now: float, expires_at: float) -> None:
    """Revoke a session, and forget revoked sessions that have expired.

    Parameters
    ----------
    store : Store
    session_id : str
    now : float
        POSIX seconds.
    expires_at : float
        When the session would expire anyway, in POSIX seconds: kept until then.
    """
    with store.writing() as connection:
        connection.execute(delete(revoked_sessions).where(revoked_sessions.c.expires_at < now))
        if not _is_revoked(connection, session_id):
            row = {"session_id": session_id, "expires_at": expires_at}
            connection.execute(insert(revoked_sessions), row)


def is_revoked(store: Store, session_id: str) -> bool:
    """Whether a session was logged out."""
    with store.reading() as connection:
        return _is_revoked(connection, session_id)


def _is_revoked(connection: Connection, session_id: str) -> bool:
    column = revoked_sessions.c.session_id
    return connection.scalar(select(column).where(column == session_id)) is not None
