"""What can be set from outside, read once at the start and never changed after."""

from __future__ import annotations

import logging
import os
from difflib import get_close_matches
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Annotated, Any, Final, Literal

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from clustering.state.canonical import CanonicalRule, Preference
from service.common import accounts
from service.common.accounts import Account

_LOG: Final = logging.getLogger(__name__)

PREFIX: Final = "STORYFOLD_"
MEBIBYTE: Final = 1 << 20
_MISSPELLING_CUTOFF: Final = 0.9
"""How alike a name and a setting's are (of 1) where it counts as misspelt."""


class SettingsError(ValueError):
    """A setting has a value that can't be used; the message names the variable."""


class Settings(BaseSettings):
    """Every setting of the service; each has a variable ``STORYFOLD_<NAME>``."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        frozen=True,
        extra="forbid",
        env_ignore_empty=True,
        use_attribute_docstrings=True,
    )

    db: str = Field(default="var/storyfold.db", min_length=1)
    """The store: the path of an SQLite file, or a database URL."""
    host: str = Field(default="127.0.0.1", min_length=1)
    """Address to listen on."""
    port: int = Field(default=8080, ge=0, le=65535)
    """Port to listen on; 0 takes any that is free."""
    threads: int = Field(default=4, ge=1, le=256)
    """Requests that are worked on at the same time."""
    tokens: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    """Bearer tokens that open the service, separated by commas; without any, and without users, it
    is open."""
    reader_tokens: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    """Bearer tokens that open it for looking only, separated by commas."""
    users: Annotated[tuple[Account, ...], NoDecode] = ()
    """Who may sign in on the pages, as `storyfold hash-password` prints it, separated by commas;
    without any, and without tokens, the pages are for this machine only."""
    session_hours: float = Field(default=12, gt=0, le=24 * 366)
    """Hours after which everybody has to sign in again."""
    session_idle_minutes: float = Field(default=120, gt=1, le=24 * 60 * 366)
    """Minutes without a request after which one has to sign in again."""
    secret_key: SecretStr | None = Field(default=None, min_length=32)
    """Signs the cookies of the pages; without it, a key that is made once and kept in the store."""
    trusted_proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = ()
    """Addresses or networks of proxies that are believed what they say of the client, separated by
    commas."""
    published_on: IPv4Address | IPv6Address | None = None
    """In a container, the address of the host that the port is published on; on a loopback address,
    whoever comes is taken to be on this machine."""
    miniflux_secret: SecretStr | None = None
    """The secret of the webhook in Miniflux that sends to this service; none refuses its posts."""
    max_text_chars: int = Field(default=1_000_000, ge=100)
    """The longest text or title that is taken, in characters."""
    max_body_bytes: int = Field(default=64 * MEBIBYTE, ge=1024)
    """The largest request body that is read, in bytes."""
    live_days: int = Field(default=90, ge=1, le=36_500)
    """How many days after it came an article is still compared with newcomers; it stays in the
    store, in its group and event, for ever."""
    canonical: Preference = "earliest"
    """The article that stands for a duplicate group: the `earliest`, the `longest`, or by `sources`
    that of the source named first in the next variable."""
    source_priority: Annotated[tuple[str, ...], NoDecode] = Field(default=(), validate_default=True)
    """Names of sources as articles give them, separated by commas, the most trusted first."""
    webhook_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    """Hosts that webhooks may be sent to, separated by commas; none allows every host."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least grave messages that are logged."""
    starter: bool = False
    """Whether an empty store is filled with the starter corpus at the start."""

    @field_validator("tokens", "reader_tokens", mode="before")
    @classmethod
    def _split_tokens(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        tokens = tuple(part.strip() for part in value.split(",") if part.strip())
        if not all(token.isascii() and token.isprintable() for token in tokens):
            raise ValueError("a token is made of printable ASCII characters")
        return tokens

    @field_validator("users", mode="before")
    @classmethod
    def _parse_users(cls, value: object) -> object:
        return accounts.parse_accounts(value) if isinstance(value, str) else value

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _parse_networks(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(ip_network(part.strip()) for part in value.split(",") if part.strip())

    @property
    def is_open(self) -> bool:
        """Whether nobody has to show anything, since nothing is set that could be shown."""
        return not (self.tokens or self.reader_tokens or self.users)

    @property
    def canonical_rule(self) -> CanonicalRule:
        """Which article stands for a duplicate group."""
        return CanonicalRule(self.canonical, self.source_priority)

    @field_validator("source_priority", mode="before")
    @classmethod
    def _split_sources(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(part.strip() for part in value.split(",") if part.strip())

    @field_validator("source_priority")
    @classmethod
    def _check_source_priority(
        cls, names: tuple[str, ...], info: ValidationInfo
    ) -> tuple[str, ...]:
        rule = info.data.get("canonical")
        if rule == "sources" and not names:
            raise ValueError(f"names no source, and {PREFIX}CANONICAL is sources")
        if rule in ("earliest", "longest") and names:
            raise ValueError(f"only counts where {PREFIX}CANONICAL is sources, and it is {rule}")
        if len({*names}) < len(names):
            raise ValueError("names a source twice")
        return names

    @field_validator("webhook_hosts", mode="before")
    @classmethod
    def _split_hosts(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(part.strip().lower() for part in value.split(",") if part.strip())

    @field_validator("log_level", "canonical", mode="before")
    @classmethod
    def _lowercase(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value


def load(**overrides: Any) -> Settings:
    """Read the settings from the environment, with what is given here put over it.

    Parameters
    ----------
    **given
        Settings by name; None stands for "not given".

    Raises
    ------
    SettingsError
        If a value can't be used, or a variable is misspelt. The message names the variable, never
        a token, key or hash.
    """
    _check_variables()
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})
    except ValidationError as error:
        raise SettingsError(_describe_errors(error)) from None


def _check_variables() -> None:
    """Refuse variables that are nearly a setting's; others of this prefix are only mentioned.

    Those are not always mistakes: Kubernetes sets such for a service of the name "storyfold".
    """
    known = [f"{PREFIX}{name.upper()}" for name in Settings.model_fields]
    for name in sorted(os.environ.keys() - known):
        if not name.startswith(PREFIX):
            continue
        if near := get_close_matches(name, known, n=1, cutoff=_MISSPELLING_CUTOFF):
            raise SettingsError(f"{name}: no such setting; {near[0]} is meant, perhaps")
        _LOG.warning("%s: no such setting", name)


def _describe_errors(error: ValidationError) -> str:
    return "; ".join(
        f"{PREFIX}{str(fault['loc'][0]).upper()}: {fault['msg']}" for fault in error.errors()
    )
