"""Subscriptions, as the API and the pages show and change them."""

from __future__ import annotations

import re
import secrets
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import Connection, Row, delete, insert, select, update

from service.common.dates import from_timestamp
from service.common.schema import DOCSTRING_CONFIG
from service.common.validation import FieldError, error_message
from service.queries import ChangeKind
from service.store import Store
from service.store.log.change_set import last_seq
from service.store.schema import webhooks
from service.store.webhook_outbox import count_backlog
from service.webhooks import signing

_ID_PATTERN: Final = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")


class InvalidWebhookError(ValueError):
    """A subscription that can't be taken; `field_errors` says where and why."""

    def __init__(self, *field_errors: FieldError) -> None:
        super().__init__("the webhook can't be taken")
        self.field_errors = field_errors


class WebhookRequest(BaseModel):
    """What a subscriber wants."""

    model_config = ConfigDict(
        strict=True, frozen=True, extra="forbid", use_attribute_docstrings=True
    )

    url: str = Field(max_length=2048)
    """Where to send changes: an absolute http or https address."""
    kinds: list[ChangeKind] = Field(default_factory=list)
    """Kinds of changes to send; none stands for all."""
    secret: str | None = None
    """Signs what is sent: "whsec_" and 24 to 64 bytes in base64. One is made if none is given."""
    active: bool = True
    """Whether anything is sent; what changes meanwhile is kept for later."""
    since: int | None = Field(default=None, ge=0, lt=2**63)
    """The cursor to begin after: 0 is the beginning. Without it, what changes from now on is sent,
    and a subscription that is replaced goes on where it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A subscription, and how far it has got."""

    __pydantic_config__ = DOCSTRING_CONFIG

    id: str
    url: str
    kinds: tuple[ChangeKind, ...]
    """Kinds of changes that are sent; none stands for all."""
    active: bool
    created_at: datetime
    cursor: str
    """Everything up to there was delivered."""
    backlog: int
    """Changes that are still to be delivered."""
    failures: int
    """Attempts that failed since the last success."""
    next_attempt_at: datetime | None
    """When the next attempt is made after a failure."""
    last_attempt_at: datetime | None
    last_status: int | None
    """Of the last answer; null if there was none."""
    last_error: str | None
    """What went wrong the last time; null if nothing did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookWithSecret(Webhook):
    """A new subscription. The secret is not shown again."""

    __pydantic_config__ = DOCSTRING_CONFIG

    secret: str


def list_webhooks(store: Store) -> list[Webhook]:
    """Return all subscriptions, the oldest first."""
    order = webhooks.c.created_at, webhooks.c.id
    with store.reading() as transaction:
        found = transaction.execute(select(webhooks).order_by(*order)).all()
        return [Webhook(**_webhook_fields(transaction, row)) for row in found]


def find_webhook(store: Store, webhook_id: str) -> Webhook | None:
    """Return a subscription; None if there is none of that name."""
    with store.reading() as transaction:
        row = _fetch_row(transaction, webhook_id)
        return None if row is None else Webhook(**_webhook_fields(transaction, row))


def create_or_replace(
    store: Store, webhook_request: WebhookRequest, webhook_id: str | None = None
) -> Webhook:
    """Subscribe, or replace the subscription of that name.

    Returns
    -------
    Webhook
        With its secret if it is new.
    """
    name = webhook_id or f"w_{secrets.token_hex(8)}"
    with store.writing() as transaction:
        before = _fetch_row(transaction, name)
        if before is not None:
            _replace(transaction, before, webhook_request)
            return Webhook(**_webhook_fields(transaction, _fetch_row(transaction, name)))
        secret = webhook_request.secret or signing.new_secret()
        _insert_row(transaction, name, webhook_request, secret)
        fields = _webhook_fields(transaction, _fetch_row(transaction, name))
    return WebhookWithSecret(**fields, secret=secret)


def remove(store: Store, webhook_id: str) -> bool:
    """End a subscription; return whether there was one."""
    with store.writing() as transaction:
        found = _fetch_row(transaction, webhook_id)
        transaction.execute(delete(webhooks).where(webhooks.c.id == webhook_id))
    return found is not None


def retry(store: Store, webhook_id: str) -> Webhook | None:
    """Try again now what failed, and send again if that was stopped."""
    return _update_row(store, webhook_id, active=True, next_at=0.0)


def disable(store: Store, webhook_id: str) -> Webhook | None:
    """Send nothing more for the time being."""
    return _update_row(store, webhook_id, active=False)


def validate_request(
    raw: object, allowed_hosts: tuple[str, ...], webhook_id: str | None = None
) -> WebhookRequest:
    """Check what a subscriber asks for.

    Parameters
    ----------
    raw : object
    allowed_hosts : tuple of str
        Hosts that may be sent to; none stands for all.
    webhook_id : str, optional
        The name it shall have.

    Raises
    ------
    InvalidWebhookError
    """
    try:
        wanted = WebhookRequest.model_validate(raw)
    except ValidationError as error:
        raise InvalidWebhookError(
            *(
                FieldError(_json_pointer(fault["loc"]), error_message(fault))
                for fault in error.errors()
            )
        ) from None
    faults = []
    if message := url_error(wanted.url, allowed_hosts):
        faults.append(FieldError("/url", message))
    if message := _secret_error(wanted.secret):
        faults.append(FieldError("/secret", message))
    if webhook_id is not None and not _ID_PATTERN.match(webhook_id):
        faults.append(FieldError("", "the id is made of up to 64 letters, digits, - and _"))
    if faults:
        raise InvalidWebhookError(*faults)
    return wanted


def url_error(url: str, allowed_hosts: tuple[str, ...]) -> str | None:
    """Say why an address can't be sent to; None if it can."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "not an address"
    if not url.isascii() or not url.isprintable() or " " in url:
        return "must be ASCII without spaces"
    if parts.scheme not in ("http", "https") or not host:
        return "not an absolute http or https address"
    if parts.username is not None or parts.fragment:
        return "must have neither a user nor a fragment"
    if allowed_hosts and host.lower() not in allowed_hosts:
        return "its host is not one that webhooks may be sent to (STORYFOLD_WEBHOOK_HOSTS)"
    return None


def _secret_error(secret: str | None) -> str | None:
    try:
        signing.decode_key(secret or signing.new_secret())
    except ValueError as error:
        return str(error)
    return None


def _json_pointer(location: tuple[int | str, ...]) -> str:
    return "".join(f"/{step}" for step in location)


def _fetch_row(connection: Connection, webhook_id: str) -> Any:
    return connection.execute(select(webhooks).where(webhooks.c.id == webhook_id)).first()


def _insert_row(
    connection: Connection, webhook_id: str, webhook_request: WebhookRequest, secret: str
) -> None:
    position = last_seq(connection) if webhook_request.since is None else webhook_request.since
    row = {
        "id": webhook_id,
        "url": webhook_request.url,
        "secret": secret,
        "kinds": _join_kinds(webhook_request),
        "active": webhook_request.active,
        "created_at": time.time(),
        "position": position,
        "failures": 0,
        "next_at": 0.0,
        "lease_until": 0.0,
    }
    connection.execute(insert(webhooks).values(row))


def _replace(
    connection: Connection, current_row: Row[Any], webhook_request: WebhookRequest
) -> None:
    values: dict[str, Any] = {
        "url": webhook_request.url,
        "kinds": _join_kinds(webhook_request),
        "active": webhook_request.active,
        "next_at": 0.0,
    }
    if webhook_request.secret is not None:
        values["secret"] = webhook_request.secret
    if webhook_request.since is not None:
        values["position"] = webhook_request.since
    if webhook_request.since is not None or _join_kinds(webhook_request) != current_row.kinds:
        # Another parcel: what is on its way counts no more.
        values.update(batch_end=None, lease=None, lease_until=0.0)
    connection.execute(update(webhooks).where(webhooks.c.id == current_row.id).values(**values))


def _join_kinds(webhook_request: WebhookRequest) -> str:
    return "\n".join(dict.fromkeys(webhook_request.kinds))


def _update_row(store: Store, webhook_id: str, **values: Any) -> Webhook | None:
    with store.writing() as transaction:
        transaction.execute(update(webhooks).where(webhooks.c.id == webhook_id).values(**values))
        row = _fetch_row(transaction, webhook_id)
        return None if row is None else Webhook(**_webhook_fields(transaction, row))


def _webhook_fields(connection: Connection, row: Row[Any]) -> dict[str, Any]:
    waits = row.active and row.failures > 0
    return {
        "id": row.id,
        "url": row.url,
        "kinds": tuple(row.kinds.split("\n")) if row.kinds else (),
        "active": row.active,
        "created_at": from_timestamp(row.created_at),
        "cursor": str(row.position),
        "backlog": count_backlog(connection, row),
        "failures": row.failures,
        "next_attempt_at": from_timestamp(row.next_at) if waits else None,
        "last_attempt_at": None if row.last_at is None else from_timestamp(row.last_at),
        "last_status": row.last_status,
        "last_error": row.last_error,
    }
