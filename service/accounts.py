"""Who may sign in: names, roles and hashed passwords."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from werkzeug.security import check_password_hash, generate_password_hash

SHORTEST_PASSWORD: Final = 12
LONGEST_PASSWORD: Final = 1000
LONGEST_NAME: Final = 64
_METHOD: Final = "scrypt:32768:8:3"
"""32 MiB and about 0.2 s a password, which is what OWASP asks of scrypt."""
_HASH: Final = re.compile(r"scrypt:\d+:\d+:\d+:[A-Za-z0-9]+:[0-9a-f]+")


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
    password: str = field(repr=False)
    """Hashed, as werkzeug does it, but with colons: a `$` means something else to every shell and
    compose file."""

    def opens(self, password: str) -> bool:
        """Whether this is the password; takes as long whether it is or not."""
        method, salt, key = self.password.rsplit(":", 2)
        return check_password_hash(f"{method}${salt}${key}", _composed(password))


def entry(name: str, role: Role, password: str) -> str:
    """Make an account for the list of users.

    Raises
    ------
    ValueError
        If the name can't be used, or the password is too short or too long.
    """
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise ValueError(f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
    hashed = generate_password_hash(_composed(password), _METHOD).replace("$", ":")
    return f"{_checked(name)}:{role}:{hashed}"


def read(entries: str) -> tuple[Account, ...]:
    """Read a list of users, separated by commas.

    Raises
    ------
    ValueError
        If an entry can't be used. The message never shows a hash, nor what may be a password.
    """
    parts = [part.strip() for part in entries.split(",") if part.strip()]
    accounts = tuple(_account(place, part) for place, part in enumerate(parts, start=1))
    if len({account.name for account in accounts}) < len(accounts):
        raise ValueError("names somebody twice")
    return accounts


def verify(accounts: Sequence[Account], name: str, password: str) -> Account | None:
    """Return the account that a name and a password open.

    An unknown name takes as long as a wrong password: somebody else's is checked in its place.
    """
    known = find(accounts, name)
    opened = (known or accounts[0]).opens(password[:LONGEST_PASSWORD])
    return known if opened else None


def find(accounts: Iterable[Account], name: str) -> Account | None:
    """Return the account of that name."""
    return next((account for account in accounts if account.name == name), None)


def _account(place: int, part: str) -> Account:
    name, _, rest = part.partition(":")
    role, _, hashed = rest.partition(":")
    if not _HASH.fullmatch(hashed):
        raise ValueError(
            f"entry {place} is not NAME:ROLE:HASH, as `storyfold hash-password` prints it"
        )
    if role not in list(Role):
        raise ValueError(f"entry {place} has a role that is neither reader nor editor")
    return Account(_checked(name), Role(role), hashed)


def _checked(name: str) -> str:
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable() or {*":,"} & {*name}:
        raise ValueError(f"a name has 1 to {LONGEST_NAME} characters, no colon or comma among them")
    if name != name.strip():
        raise ValueError("a name has no space at its ends")
    return name


def _composed(password: str) -> str:
    """An accented letter is the same whichever keyboard it comes from."""
    return unicodedata.normalize("NFC", password)
