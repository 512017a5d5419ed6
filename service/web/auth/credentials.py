"""Credentials: the tokens and users of the settings and of the store, as one list.

The store is asked at every request, so that what is made or withdrawn takes effect at once.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable

from pydantic import SecretStr

from service.common import accounts
from service.common.accounts import Account
from service.common.scopes import ALL_SCOPES, Scope
from service.settings import Settings
from service.store import Store
from service.store.access import tokens, users
from service.web.auth.actors import Actor

_NAME_OF_CONFIGURED_TOKENS = "token"
"""Tokens of the settings have no names."""


class Credentials:
    """Finds the actor of a token, and the account of a name.

    Parameters
    ----------
    settings : Settings
    store : Store
    """

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings = settings
        self._store = store

    def exist(self) -> bool:
        """Whether anyone can authenticate; if not, only this machine has access."""
        return self._settings.has_credentials or users.has_users_or_tokens(self._store)

    def have_users(self) -> bool:
        """Whether anyone can log in."""
        return bool(self._settings.users) or users.has_users(self._store)

    def find_account(self, name: str) -> Account | None:
        """Return the account of a name, or None; an account of the settings comes first."""
        account = accounts.find_account(self._settings.users, name)
        return account or users.find_account(self._store, name)

    def find_token_actor(self, token: str) -> Actor | None:
        """Return the actor that a token stands for, or None if it is not accepted."""
        if not token:
            return None
        if _matches_any(token, self._settings.tokens):
            return Actor(_NAME_OF_CONFIGURED_TOKENS, ALL_SCOPES)
        if _matches_any(token, self._settings.reader_tokens):
            return Actor(_NAME_OF_CONFIGURED_TOKENS, frozenset({Scope.READ}))
        stored = tokens.find_token(self._store, token)
        return None if stored is None else Actor(stored.name, stored.scopes)


def _matches_any(token: str, accepted_tokens: Iterable[SecretStr]) -> bool:
    # Digests have one length, and every one is compared in constant time, so that the duration
    # reveals nothing.
    sent = tokens.digest(token)
    matches = [
        hmac.compare_digest(sent, tokens.digest(accepted.get_secret_value()))
        for accepted in accepted_tokens
    ]
    return any(matches)
