"""What all processes of a store agree on: the key that signs sessions, and which have ended."""

from __future__ import annotations

import secrets

from sqlalchemy import Connection, delete, insert, select

from service.store import Store
from service.store.schema import META_SESSION_KEY, ended_sessions, meta


def signing_key(store: Store) -> str:
    """Return the key of this store; made at the first call, and the same ever after."""
    found = select(meta.c.value).where(meta.c.name == META_SESSION_KEY)
    with store.reading() as connection:
        key = connection.scalar(found)
    if key is None:
        with store.writing() as transaction:
            key = transaction.scalar(found)  # another process may have been faster
            if key is None:
                key = secrets.token_urlsafe(32)
                transaction.execute(insert(meta).values(name=META_SESSION_KEY, value=key))
    return key


def end_session(store: Store, session: str, now: float, expires_at: float) -> None:
    """Note that a session has ended; to be kept in mind until it would have run out."""
    with store.writing() as transaction:
        transaction.execute(delete(ended_sessions).where(ended_sessions.c.until < now))
        if not _is_ended(transaction, session):
            transaction.execute(insert(ended_sessions).values(session=session, until=expires_at))


def has_ended(store: Store, session: str) -> bool:
    """Whether somebody signed out of a session."""
    with store.reading() as connection:
        return _is_ended(connection, session)


def _is_ended(connection: Connection, session: str) -> bool:
    found = select(ended_sessions.c.session).where(ended_sessions.c.session == session)
    return connection.scalar(found) is not None
