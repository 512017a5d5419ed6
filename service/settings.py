"""Settings of the service, read from environment variables once at the start."""

from __future__ import annotations

import logging
import os
import re
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
_PARAMETER_NAME: Final = re.compile(r"[^\s=&?#*]+\*?")
_LOOPBACK_HOSTS: Final = ("127.0.0.1", "::1", "localhost")
_MISSPELLING_CUTOFF: Final = 0.9
"""Similarity (difflib ratio, 0 to 1) from which an unknown name counts as a misspelt setting."""


class SettingsError(ValueError):
    """A setting has an invalid value or a misspelt name; the message names the variable."""


class Settings(BaseSettings):
    """All settings; each is read from the environment variable ``STORYFOLD_<NAME>``."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        frozen=True,
        extra="forbid",
        env_ignore_empty=True,
        use_attribute_docstrings=True,
    )

    db: str = Field(default="var/storyfold.db", min_length=1)
    """Path of an SQLite file, or a database URL."""
    host: str = Field(default="127.0.0.1", min_length=1)
    """Address to listen on."""
    port: int = Field(default=8080, ge=0, le=65535)
    """Port to listen on; 0 chooses any free port."""
    threads: int = Field(default=4, ge=1, le=256)
    """Number of requests that are handled at the same time."""
    tokens: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    """Bearer tokens with all permissions, separated by commas. `storyfold token create` makes
    tokens with a name, scopes and an expiry, without a restart."""
    reader_tokens: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    """Bearer tokens with read-only access, separated by commas."""
    users: Annotated[tuple[Account, ...], NoDecode] = ()
    """Users who may log in on the pages, separated by commas, each as printed by
    `storyfold hash-password`. `storyfold user create` makes users without a restart."""
    insecure: bool = False
    """Whether the API is open to everyone who reaches the port as long as there are no tokens and
    users. Without it, only this machine has access, and the service refuses to listen elsewhere."""
    session_hours: float = Field(default=12, gt=0, le=24 * 366)
    """Hours after which a user must log in again."""
    session_idle_minutes: float = Field(default=120, gt=1, le=24 * 60 * 366)
    """Minutes without a request after which a user must log in again."""
    secret_key: SecretStr | None = Field(default=None, min_length=32)
    """Key that signs the session cookies, at least 32 characters. By default a key is generated
    once and kept in the store."""
    trusted_proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = ()
    """Addresses or networks of proxies, separated by commas, whose `X-Forwarded-*` headers are
    trusted."""
    published_on: IPv4Address | IPv6Address | None = None
    """In a container, the address of the host that the port is published on. If it is a loopback
    address, every client counts as local."""
    miniflux_secret: SecretStr | None = None
    """Secret of the Miniflux webhook that posts to this service. Without it, such posts are
    refused."""
    max_text_chars: int = Field(default=1_000_000, ge=100)
    """Longest accepted text or title, in characters."""
    max_body_bytes: int = Field(default=64 * MEBIBYTE, ge=1024)
    """Largest accepted request body, in bytes."""
    store_wait_seconds: float = Field(default=10, gt=0, le=3600)
    """Seconds that a write waits for other writers before it is refused (503)."""
    live_days: int = Field(default=90, ge=1, le=36_500)
    """Days after its arrival that an article is compared with new ones. After that it stays in the
    store, in its group and event."""
    canonical: Preference = "earliest"
    """Which article of a duplicate group is canonical: the `earliest`, the `longest`, or with
    `sources` the one whose source comes first in `STORYFOLD_SOURCE_PRIORITY`."""
    recluster_idle_seconds: float = Field(default=15, ge=0, le=86_400)
    """Seconds without a write after which old events are clustered again by the newest term
    weights, in the background. 0 leaves that to `storyfold recluster`."""
    across_languages: bool = True
    """Whether one event may hold reports in several languages."""
    embeddings: str = Field(default="auto", min_length=1)
    """Encoder of sentence vectors: `auto` (`use` if the extra `semantic` is installed), `off`,
    `use`, `e5` (the extra `semantic-e5`), the address of a service that answers as
    `/v1/embeddings` of OpenAI does, or `package.module:Class`."""
    embeddings_model: str = Field(default="default", min_length=1)
    """Name of the model, for such a service."""
    embeddings_token: SecretStr | None = None
    """Bearer token for such a service."""
    source_priority: Annotated[tuple[str, ...], NoDecode] = Field(default=(), validate_default=True)
    """Names of sources as given in articles, separated by commas, most trusted first. Requires
    `STORYFOLD_CANONICAL=sources`."""
    dropped_parameters: Annotated[tuple[str, ...], NoDecode] = ()
    """Parameters of addresses that name no article, separated by commas, besides those that are
    known; `shop_*` means every name that begins with `shop_`."""
    webhook_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    """Hosts that webhooks may be sent to, separated by commas; they may be in a private network. By
    default every public host is allowed."""
    private_networks: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = ()
    """Private networks that webhooks, feeds and sitemaps may reach, separated by commas, such as
    `10.0.0.0/8` or `127.0.0.1`. By default none."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Least severe messages to log: `debug`, `info`, `warning` or `error`."""
    log_format: Literal["text", "json"] = "text"
    """Lines of the log: `text`, or `json` with the fields of each message."""
    starter: bool = False
    """Whether to load the starter corpus at the start if the store is empty."""

    @field_validator("tokens", "reader_tokens", mode="before")
    @classmethod
    def _split_tokens(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        tokens = _split_list(value)
        if not all(token.isascii() and token.isprintable() for token in tokens):
            raise ValueError("a token must consist of printable ASCII characters")
        return tokens

    @field_validator("users", mode="before")
    @classmethod
    def _parse_users(cls, value: object) -> object:
        return accounts.parse_accounts(value) if isinstance(value, str) else value

    @field_validator("trusted_proxies", "private_networks", mode="before")
    @classmethod
    def _parse_networks(cls, value: object) -> object:
        return tuple(map(ip_network, _split_list(value))) if isinstance(value, str) else value

    @property
    def listens_elsewhere(self) -> bool:
        """Whether other machines reach the port, as far as this one knows."""
        address = self.host if self.published_on is None else str(self.published_on)
        return address not in _LOOPBACK_HOSTS

    @property
    def has_credentials(self) -> bool:
        """Whether there are tokens or users in the settings; there may be others in the store."""
        return bool(self.tokens or self.reader_tokens or self.users)

    @property
    def canonical_rule(self) -> CanonicalRule:
        """The rule that chooses the canonical article of a duplicate group."""
        return CanonicalRule(self.canonical, self.source_priority)

    @field_validator("source_priority", mode="before")
    @classmethod
    def _split_sources(cls, value: object) -> object:
        return _split_list(value) if isinstance(value, str) else value

    @field_validator("source_priority")
    @classmethod
    def _check_source_priority(
        cls, names: tuple[str, ...], info: ValidationInfo
    ) -> tuple[str, ...]:
        rule = info.data.get("canonical")
        if rule == "sources" and not names:
            raise ValueError(f"names no source, but {PREFIX}CANONICAL is sources")
        if rule in ("earliest", "longest") and names:
            raise ValueError(f"applies only if {PREFIX}CANONICAL is sources, but it is {rule}")
        if len({*names}) < len(names):
            raise ValueError("names a source twice")
        return names

    @field_validator("dropped_parameters", mode="before")
    @classmethod
    def _split_parameters(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        names = tuple(part.strip() for part in value.split(",") if part.strip())
        for name in names:
            if not _PARAMETER_NAME.fullmatch(name):
                raise ValueError(f"{name!r} is no name of a parameter, nor the beginning of one")
        return names

    @field_validator("webhook_hosts", mode="before")
    @classmethod
    def _split_hosts(cls, value: object) -> object:
        return _split_list(value.lower()) if isinstance(value, str) else value

    @field_validator("log_level", "log_format", "canonical", mode="before")
    @classmethod
    def _lowercase(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value


def load(**overrides: Any) -> Settings:
    """Read the settings from the environment.

    Parameters
    ----------
    **overrides
        Settings by name, which take precedence over the environment; None means "not given".

    Raises
    ------
    SettingsError
        If a value is invalid or a variable is misspelt. The message names the variable and never
        contains a token, key or hash.
    """
    _check_variables()
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})
    except ValidationError as error:
        raise SettingsError(_describe_errors(error)) from None


def _split_list(value: str) -> tuple[str, ...]:
    """Return the parts of a list that is separated by commas, without empty ones."""
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _check_variables() -> None:
    """Reject variables that look like misspelt settings; log others with the prefix.

    Others may be intended: Kubernetes sets variables with this prefix for a service named
    "storyfold".
    """
    known_names = [f"{PREFIX}{name.upper()}" for name in Settings.model_fields]
    for name in sorted(os.environ.keys() - set(known_names)):
        if not name.startswith(PREFIX):
            continue
        if similar := get_close_matches(name, known_names, n=1, cutoff=_MISSPELLING_CUTOFF):
            raise SettingsError(f"{name}: no such setting; did you mean {similar[0]}?")
        _LOG.warning("%s: no such setting, ignored", name)


def _describe_errors(error: ValidationError) -> str:
    return "; ".join(
        f"{PREFIX}{str(details['loc'][0]).upper()}: {details['msg']}" for details in error.errors()
    )
