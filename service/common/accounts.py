"""Users who may log in on the pages: names, roles and password hashes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from werkzeug.security import check_password_hash, generate_password_hash

MIN_PASSWORD_CHARS: Final = 12
MAX_PASSWORD_CHARS: Final = 1000
"""Longest password; bounds the time of hashing what anyone may send."""
MAX_NAME_CHARS: Final = 64
_HASH_METHOD: Final = "scrypt:32768:8:3"
"""Takes 32 MiB and about 0.2 s per password, as OWASP recommends for scrypt."""
_HASH_PATTERN: Final = re.compile(r"scrypt:\d+:\d+:\d+:[A-Za-z0-9]+:[0-9a-f]+")


class Role(StrEnum):
    """What a user is allowed to do."""

    READER = "reader"
    """Read only."""
    EDITOR = "editor"
    """Read, and change articles and decisions."""
    ADMIN = "admin"
    """Everything, including webhooks, tokens and users."""


@dataclass(frozen=True, slots=True)
class Account:
    """A user who may log in."""

    name: str
    role: Role
    password_hash: str = field(repr=False)
    """Hash in werkzeug's format with colons instead of `$`, which every shell and compose file
    would interpret."""

    def check_password(self, password: str) -> bool:
        """Whether the password is correct; compares in constant time."""
        method, salt, key = self.password_hash.rsplit(":", 2)
        return check_password_hash(f"{method}${salt}${key}", _normalise_password(password))


def create_account(name: str, role: Role, password: str) -> Account:
    """Return a new user, with the hash of the password.

    Raises
    ------
    ValueError
        If the name is invalid, or the password is too short or too long.
    """
    if not MIN_PASSWORD_CHARS <= len(password) <= MAX_PASSWORD_CHARS:
        raise ValueError(f"a password has {MIN_PASSWORD_CHARS} to {MAX_PASSWORD_CHARS} characters")
    hashed = generate_password_hash(_normalise_password(password), _HASH_METHOD).replace("$", ":")
    return Account(check_name(name), role, hashed)


def create_entry(name: str, role: Role, password: str) -> str:
    """Return the entry of a new user for the setting STORYFOLD_USERS.

    Raises
    ------
    ValueError
        As `create_account` does.
    """
    account = create_account(name, role, password)
    return f"{account.name}:{account.role}:{account.password_hash}"


def parse_accounts(entries: str) -> tuple[Account, ...]:
    """Parse a list of entries, separated by commas.

    Raises
    ------
    ValueError
        If an entry is invalid. The message never contains a hash, nor what may be a password.
    """
    parts = [part.strip() for part in entries.split(",") if part.strip()]
    accounts = tuple(_parse_entry(position, part) for position, part in enumerate(parts, start=1))
    if len({account.name for account in accounts}) < len(accounts):
        raise ValueError("names a user twice")
    return accounts


_UNKNOWN: Final = Account("", Role.READER, f"{_HASH_METHOD}:xHXvUVj9yLLqHUeR:{'0' * 128}")
"""Stands for every unknown name, so that it takes as long as a wrong password."""


def authenticate(account: Account | None, password: str) -> Account | None:
    """Return the account if the password is correct, else None.

    Parameters
    ----------
    account : Account or None
        None if there is no account of the name. It takes the same time.
    password : str
    """
    is_correct = (account or _UNKNOWN).check_password(password[:MAX_PASSWORD_CHARS])
    return account if is_correct else None


def find_account(accounts: Iterable[Account], name: str) -> Account | None:
    """Return the account of a name, or None."""
    return next((account for account in accounts if account.name == name), None)


def _parse_entry(position: int, entry: str) -> Account:
    name, _, role_and_hash = entry.partition(":")
    role, _, hashed = role_and_hash.partition(":")
    if not _HASH_PATTERN.fullmatch(hashed):
        raise ValueError(
            f"entry {position} is not NAME:ROLE:HASH, as `storyfold hash-password` prints it"
        )
    if role not in list(Role):
        raise ValueError(f"entry {position} has a role that is not reader, editor or admin")
    return Account(check_name(name), Role(role), hashed)


def check_name(name: str) -> str:
    """Return the name of a user or token.

    Raises
    ------
    ValueError
        If it would break a list of entries, or look like another name.
    """
    if not 1 <= len(name) <= MAX_NAME_CHARS or not name.isprintable() or {*":,"} & {*name}:
        raise ValueError(
            f"a name has 1 to {MAX_NAME_CHARS} printable characters, no colon and no comma"
        )
    if name != name.strip():
        raise ValueError("a name has no space at its start or end")
    return name


def _normalise_password(password: str) -> str:
    """Compose accented letters (NFC): keyboards send them in one or in two code points."""
    return unicodedata.normalize("NFC", password)
