"""Who may sign in: names, roles and hashed passwords."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from werkzeug.security import check_password_hash, generate_password_hash

MIN_PASSWORD_CHARS: Final = 12
MAX_PASSWORD_CHARS: Final = 1000
MAX_NAME_CHARS: Final = 64
_HASH_METHOD: Final = "scrypt:32768:8:3"
"""32 MiB and about 0.2 s a password, which is what OWASP asks of scrypt."""
_HASH_PATTERN: Final = re.compile(r"scrypt:\d+:\d+:\d+:[A-Za-z0-9]+:[0-9a-f]+")


class Role(StrEnum):
    """What somebody may do."""

    READER = "reader"
    """Look."""
    EDITOR = "editor"
    """Look, and change what is there."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in."""

    name: str
    role: Role
    password_hash: str = field(repr=False)
    """Hashed, as werkzeug does it, but with colons: a `$` means something else to every shell and
    compose file."""

    def check_password(self, password: str) -> bool:
        """Whether this is the password; takes as long whether it is or not."""
        method, salt, key = self.password_hash.rsplit(":", 2)
        return check_password_hash(f"{method}${salt}${key}", _normalise_password(password))


def create_entry(name: str, role: Role, password: str) -> str:
    """Make an account for the list of users.

    Raises
    ------
    ValueError
        If the name can't be used, or the password is too short or too long.
    """
    if not MIN_PASSWORD_CHARS <= len(password) <= MAX_PASSWORD_CHARS:
        raise ValueError(f"a password has {MIN_PASSWORD_CHARS} to {MAX_PASSWORD_CHARS} characters")
    hashed = generate_password_hash(_normalise_password(password), _HASH_METHOD).replace("$", ":")
    return f"{_check_name(name)}:{role}:{hashed}"


def parse_accounts(entries: str) -> tuple[Account, ...]:
    """Read a list of users, separated by commas.

    Raises
    ------
    ValueError
        If an entry can't be used. The message never shows a hash, nor what may be a password.
    """
    parts = [part.strip() for part in entries.split(",") if part.strip()]
    accounts = tuple(_parse_entry(place, part) for place, part in enumerate(parts, start=1))
    if len({account.name for account in accounts}) < len(accounts):
        raise ValueError("names somebody twice")
    return accounts


def authenticate(accounts: Sequence[Account], name: str, password: str) -> Account | None:
    """Return the account that a name and a password open.

    An unknown name takes as long as a wrong password: somebody else's is checked in its place.
    """
    known = find_account(accounts, name)
    opened = (known or accounts[0]).check_password(password[:MAX_PASSWORD_CHARS])
    return known if opened else None


def find_account(accounts: Iterable[Account], name: str) -> Account | None:
    """Return the account of that name."""
    return next((account for account in accounts if account.name == name), None)


def _parse_entry(position: int, text: str) -> Account:
    name, _, rest = text.partition(":")
    role, _, hashed = rest.partition(":")
    if not _HASH_PATTERN.fullmatch(hashed):
        raise ValueError(
            f"entry {position} is not NAME:ROLE:HASH, as `storyfold hash-password` prints it"
        )
    if role not in list(Role):
        raise ValueError(f"entry {position} has a role that is neither reader nor editor")
    return Account(_check_name(name), Role(role), hashed)


def _check_name(name: str) -> str:
    if not 1 <= len(name) <= MAX_NAME_CHARS or not name.isprintable() or {*":,"} & {*name}:
        raise ValueError(
            f"a name has 1 to {MAX_NAME_CHARS} characters, no colon or comma among them"
        )
    if name != name.strip():
        raise ValueError("a name has no space at its ends")
    return name


def _normalise_password(password: str) -> str:
    """An accented letter is the same whichever keyboard it comes from."""
    return unicodedata.normalize("NFC", password)
