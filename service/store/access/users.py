"""Users who were made by the command line or on a page; others are in the settings."""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlalchemy import delete, exists, insert, or_, select, update

from service.common.accounts import Account, Role
from service.store import Store
from service.store.access.tokens import NameTakenError
from service.store.schema import access_tokens, users


@dataclass(frozen=True, slots=True)
class User:
    """A user, without the password hash."""

    name: str
    role: Role
    created_at: float
    """POSIX seconds."""
    created_by: str


def create_user(store: Store, account: Account, created_by: str) -> None:
    """Store a user.

    Raises
    ------
    NameTakenError
    """
    row = {
        **{"name": account.name, "role": account.role, "password_hash": account.password_hash},
        **{"created_at": time.time(), "created_by": created_by},
    }
    with store.writing() as connection:
        if connection.scalar(select(exists().where(users.c.name == account.name))):
            raise NameTakenError(f"there is a user {account.name!r} already")
        connection.execute(insert(users), row)


def replace_user(store: Store, account: Account) -> bool:
    """Store another password and role of a user, whose sessions end.

    Returns
    -------
    bool
        Whether there is a user of this name.
    """
    values = {"role": account.role, "password_hash": account.password_hash}
    with store.writing() as connection:
        query = update(users).where(users.c.name == account.name).values(values)
        return bool(connection.execute(query).rowcount)


def remove_user(store: Store, name: str) -> bool:
    """Remove a user, whose sessions end.

    Returns
    -------
    bool
        Whether there was one of this name.
    """
    with store.writing() as connection:
        return bool(connection.execute(delete(users).where(users.c.name == name)).rowcount)


def find_account(store: Store, name: str) -> Account | None:
    """Return the account of a name, or None."""
    with store.reading() as connection:
        row = connection.execute(select(users).where(users.c.name == name)).one_or_none()
    return None if row is None else Account(row.name, Role(row.role), row.password_hash)


def list_users(store: Store) -> list[User]:
    """Return all users by name."""
    with store.reading() as connection:
        rows = connection.execute(select(users).order_by(users.c.name)).all()
    return [User(row.name, Role(row.role), row.created_at, row.created_by) for row in rows]


def has_users(store: Store) -> bool:
    """Whether anyone in the store may log in."""
    with store.reading() as connection:
        return bool(connection.scalar(select(exists(select(users.c.name)))))


def has_users_or_tokens(store: Store) -> bool:
    """Whether the store has anything to authenticate with, expired tokens included.

    A token that expires closes the service; it does not open it.
    """
    query = select(or_(exists(select(users.c.name)), exists(select(access_tokens.c.name))))
    with store.reading() as connection:
        return bool(connection.scalar(query))
