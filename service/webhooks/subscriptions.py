"""Webhook subscriptions: validate, create, replace, list and remove them."""

from __future__ import annotations

import re
import secrets
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema
from sqlalchemy import Connection, Row, delete, insert, select, update

from service.common.dates import from_timestamp
from service.common.docstring_config import DOCSTRING_CONFIG
from service.common.errors import InvalidInputError
from service.common.validation import FieldError, error_message
from service.queries import ChangeKind
from service.store import Store
from service.store.change_log.change_set import last_seq
from service.store.schema import webhooks
from service.store.webhook_outbox import count_backlog
from service.webhooks import signing

ID_PATTERN: Final = "^[A-Za-z0-9_-]{1,64}$"
"""Ids are part of a URL path and of message ids."""
_URL_PATTERN: Final = (
    r"^[Hh][Tt][Tt][Pp][Ss]?://[A-Za-z0-9._~-]+"
    r"(?::(?:[0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?"
    r"(?:[/?][\x21\x22\x24-\x7e]*)?$"
)
"""The addresses that `url_error` accepts, apart from those with an IPv6 address."""
_HOST: Final = re.compile(r"[A-Za-z0-9._~-]+|[0-9A-Fa-f:.]+", re.ASCII)
_CURSOR: Final = re.compile(r"[0-9]{1,19}", re.ASCII)
_CURSOR_SCHEMA: Final = WithJsonSchema(
    {
        "anyOf": [
            {"type": "integer", "minimum": 0, "exclusiveMaximum": 2**63},
            {"type": "string", "pattern": "^[0-9]{1,18}$"},
        ]
    }
)
_SECRET_FORM: Final = Field(json_schema_extra={"pattern": signing.SECRET_PATTERN})


class InvalidWebhookError(InvalidInputError):
    """An invalid subscription; `field_errors` lists the fields and the reasons."""

    def __init__(self, *field_errors: FieldError) -> None:
        super().__init__("the webhook is invalid")
        self.field_errors = field_errors


def _cursor_to_int(value: object) -> object:
    """Read a cursor as other calls return it, as a string, or as a number.

    JSON does not tell 1.0 from 1, and some languages write the first.
    """
    if isinstance(value, str) and _CURSOR.fullmatch(value):
        return int(value)
    return int(value) if isinstance(value, float) and value.is_integer() else value


_Cursor = Annotated[int, Field(ge=0, lt=2**63), BeforeValidator(_cursor_to_int), _CURSOR_SCHEMA]


class WebhookRequest(BaseModel):
    """A subscription as a subscriber sends it."""

    model_config = ConfigDict(
        strict=True, frozen=True, extra="forbid", use_attribute_docstrings=True
    )

    url: str = Field(max_length=2048, json_schema_extra={"pattern": _URL_PATTERN})
    """Where to send changes: an absolute http or https URL."""
    kinds: list[ChangeKind] = Field(default_factory=list)
    """Kinds of changes to send; an empty list means all kinds."""
    secret: Annotated[str, _SECRET_FORM] | None = None
    """Signs the deliveries: "whsec_" and 24 to 64 bytes in base64. Generated if not given."""
    active: bool = True
    """Whether changes are sent. Changes while inactive are sent after it becomes active."""
    since: _Cursor | None = None
    """Cursor of the change log to start after; 0 is the beginning. Without it, a new subscription
    starts now, and a replaced one continues at its position."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A subscription and its progress."""

    __pydantic_config__ = DOCSTRING_CONFIG

    id: str
    url: str
    kinds: tuple[ChangeKind, ...]
    """Kinds of changes that are sent; an empty list means all kinds."""
    active: bool
    created_at: datetime
    cursor: str
    """All changes up to this cursor are delivered."""
    backlog: int
    """Number of changes not delivered yet."""
    failures: int
    """Failed attempts since the last success."""
    next_attempt_at: datetime | None
    """Time of the next attempt after a failure."""
    last_attempt_at: datetime | None
    last_status: int | None
    """HTTP status of the last attempt; null if there was no response."""
    last_error: str | None
    """Error of the last attempt; null if it succeeded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookList:
    """All subscriptions, oldest first."""

    __pydantic_config__ = DOCSTRING_CONFIG

    items: tuple[Webhook, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookWithSecret(Webhook):
    """A new subscription. Its secret is not shown again."""

    __pydantic_config__ = DOCSTRING_CONFIG

    secret: str


def list_webhooks(store: Store) -> list[Webhook]:
    """Return all subscriptions, oldest first."""
    order = webhooks.c.created_at, webhooks.c.id
    with store.reading() as transaction:
        rows = transaction.execute(select(webhooks).order_by(*order)).all()
        return [Webhook(**_webhook_fields(transaction, row)) for row in rows]


def find_webhook(store: Store, webhook_id: str) -> Webhook | None:
    """Return a subscription; None if there is none with this id."""
    with store.reading() as transaction:
        row = _fetch_row(transaction, webhook_id)
        return None if row is None else Webhook(**_webhook_fields(transaction, row))


def create_or_replace(
    store: Store, webhook_request: WebhookRequest, webhook_id: str | None = None
) -> Webhook:
    """Create a subscription, or replace the one with this id.

    Parameters
    ----------
    store : Store
    webhook_request : WebhookRequest
        Valid.
    webhook_id : str, optional
        Generated if not given.

    Returns
    -------
    Webhook
        A `WebhookWithSecret` if the subscription is new.
    """
    webhook_id = webhook_id or f"w_{secrets.token_hex(8)}"
    with store.writing() as transaction:
        current_row = _fetch_row(transaction, webhook_id)
        if current_row is not None:
            _replace(transaction, current_row, webhook_request)
            return Webhook(**_webhook_fields(transaction, _fetch_row(transaction, webhook_id)))
        secret = webhook_request.secret or signing.new_secret()
        _insert_row(transaction, webhook_id, webhook_request, secret)
        fields = _webhook_fields(transaction, _fetch_row(transaction, webhook_id))
    return WebhookWithSecret(**fields, secret=secret)


def remove(store: Store, webhook_id: str) -> bool:
    """End a subscription; return whether there was one."""
    with store.writing() as transaction:
        row = _fetch_row(transaction, webhook_id)
        transaction.execute(delete(webhooks).where(webhooks.c.id == webhook_id))
    return row is not None


def retry(store: Store, webhook_id: str) -> Webhook | None:
    """Deliver now instead of at the next scheduled attempt; resume a stopped subscription.

    Returns None if there is no subscription with this id.
    """
    return _update_row(store, webhook_id, active=True, next_at=0.0)


def stop(store: Store, webhook_id: str) -> Webhook | None:
    """Stop a subscription; return None if there is none with this id."""
    return _update_row(store, webhook_id, active=False)


def validate_request(
    raw: object, allowed_hosts: tuple[str, ...], webhook_id: str | None = None
) -> WebhookRequest:
    """Check a subscription as a subscriber sends it.

    Parameters
    ----------
    raw : object
        Decoded JSON.
    allowed_hosts : tuple of str
        Hosts that webhooks may be sent to; an empty tuple allows all.
    webhook_id : str, optional
        The id chosen by the subscriber.

    Raises
    ------
    InvalidWebhookError
        With every invalid field.
    """
    try:
        webhook_request = WebhookRequest.model_validate(raw)
    except ValidationError as error:
        raise InvalidWebhookError(
            *(
                FieldError(_json_pointer(details["loc"]), error_message(details))
                for details in error.errors()
            )
        ) from None
    field_errors = []
    if message := url_error(webhook_request.url, allowed_hosts):
        field_errors.append(FieldError("/url", message))
    if message := _secret_error(webhook_request.secret):
        field_errors.append(FieldError("/secret", message))
    if webhook_id is not None and not re.fullmatch(ID_PATTERN, webhook_id, re.ASCII):
        field_errors.append(FieldError("", "the id must be 1 to 64 letters, digits, - and _"))
    if field_errors:
        raise InvalidWebhookError(*field_errors)
    return webhook_request


def url_error(url: str, allowed_hosts: tuple[str, ...]) -> str | None:
    """Return why a URL cannot be delivered to; None if it can.

    Parameters
    ----------
    url : str
    allowed_hosts : tuple of str
        In lower case; an empty tuple allows all hosts.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "not a URL"
    if not url.isascii() or not url.isprintable() or " " in url:
        return "must be ASCII without spaces"
    if parts.scheme not in ("http", "https") or not host:
        return "not an absolute http or https URL"
    if not _HOST.fullmatch(host):
        return "its host is not a host name"
    if parts.username is not None or parts.fragment:
        return "must not contain a user name or a fragment"
    if allowed_hosts and host.lower() not in allowed_hosts:
        return "its host is not among the allowed ones (STORYFOLD_WEBHOOK_HOSTS)"
    return None


def _secret_error(secret: str | None) -> str | None:
    if secret is None:
        return None
    try:
        signing.check_secret(secret)
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
        # The next batch differs, so the result of a running delivery must not be recorded.
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
    is_retry_scheduled = row.active and row.failures > 0
    return {
        "id": row.id,
        "url": row.url,
        "kinds": tuple(row.kinds.split("\n")) if row.kinds else (),
        "active": row.active,
        "created_at": from_timestamp(row.created_at),
        "cursor": str(row.position),
        "backlog": count_backlog(connection, row),
        "failures": row.failures,
        "next_attempt_at": from_timestamp(row.next_at) if is_retry_scheduled else None,
        "last_attempt_at": None if row.last_at is None else from_timestamp(row.last_at),
        "last_status": row.last_status,
        "last_error": row.last_error,
    }
