"""Actors: the users and programs that make requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask_login import UserMixin
from werkzeug.exceptions import Forbidden

from service.common.accounts import Account
from service.common.scopes import ALL_SCOPES, SCOPES_OF_ROLES, Scope


@dataclass(frozen=True)
class Actor(UserMixin):
    """The user or program that makes the request."""

    name: str
    scopes: frozenset[Scope]
    logged_in: bool = False
    """Whether the actor logged in with a password, so that the name is verified."""
    role: str = ""
    """Role of a user, as pages show it."""
    session_key: str = ""
    """What the session of a user keeps, see `sessions`."""

    def get_id(self) -> str:
        """Return what the session keeps of a user."""
        return self.session_key

    @property
    def can_edit(self) -> bool:
        """Whether the actor may make decisions."""
        return Scope.REVIEW in self.scopes

    @property
    def can_administrate(self) -> bool:
        """Whether the actor may change webhooks, tokens and users."""
        return Scope.ADMIN in self.scopes

    def recorded_name(self, claimed_name: str | None = None) -> str:
        """Return the name to record with a decision of this actor.

        Parameters
        ----------
        claimed_name : str, optional
            Name that the request gives. A program with a token may act for people; a user who is
            logged in may act only under their own name.

        Raises
        ------
        Forbidden
        """
        if self.logged_in and claimed_name not in (None, "", self.name):
            raise Forbidden(f"you are logged in as {self.name} and cannot act under another name")
        return claimed_name or self.name


NOBODY: Final = Actor("nobody", frozenset())
ANONYMOUS: Final = Actor("anonymous", ALL_SCOPES)
"""Whoever sits at this machine, as long as there are neither tokens nor users."""


def from_account(account: Account, session_key: str) -> Actor:
    """Return a user who is logged in."""
    scopes = SCOPES_OF_ROLES[account.role]
    return Actor(account.name, scopes, True, account.role, session_key)
