"""Scopes: what a token or a user is allowed to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from service.common.accounts import Role


class Scope(StrEnum):
    """A kind of request."""

    READ = "read"
    """Read articles, events, decisions and metrics."""
    WRITE = "write"
    """Post, replace and remove articles."""
    REVIEW = "review"
    """Make and undo decisions, and set the threshold."""
    ADMIN = "admin"
    """Read and change webhooks, tokens and users, and read the audit log."""


ALL_SCOPES: Final = frozenset(Scope)
SCOPES_OF_ROLES: Final[Mapping[Role, frozenset[Scope]]] = MappingProxyType(
    {
        Role.READER: frozenset({Scope.READ}),
        Role.EDITOR: frozenset({Scope.READ, Scope.WRITE, Scope.REVIEW}),
        Role.ADMIN: ALL_SCOPES,
    }
)


def format_scopes(scopes: Iterable[Scope]) -> str:
    """Return scopes as one text, in the order of their definition."""
    given = frozenset(scopes)
    return " ".join(scope for scope in Scope if scope in given)


def parse_scopes(text: str) -> frozenset[Scope]:
    """Return the scopes of a text that `format_scopes` made."""
    return frozenset(map(Scope, text.split()))
