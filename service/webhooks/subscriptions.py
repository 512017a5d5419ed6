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

from service.browse import ChangeKind
from service.dates import moment
from service.problems import ProblemError
from service.shown import DESCRIBED
from service.store import Store
from service.store.journal import last_seq
from service.store.webhooks import backlog, webhooks
from service.submission import Fault, in_words
from service.webhooks import signing

_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")


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

    __pydantic_config__ = DESCRIBED

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

    __pydantic_config__ = DESCRIBED

    secret: str


def every(store: Store) -> list[Webhook]:
    """Return all subscriptions, the oldest first."""
    order = webhooks.c.created_at, webhooks.c.id
    with store.reading() as transaction:
        found = transaction.execute(select(webhooks).order_by(*order)).all()
        return [Webhook(**_fields(transaction, row)) for row in found]


def one(store: Store, webhook_id: str) -> Webhook | None:
    """Return a subscription; None if there is none of that name."""
    with store.reading() as transaction:
        row = _row(transaction, webhook_id)
        return None if row is None else Webhook(**_fields(transaction, row))


def create(store: Store, wanted: WebhookRequest, webhook_id: str | None = None) -> Webhook:
    """Subscribe, or replace the subscription of that name.

    Returns
    -------
    Webhook
        With its secret if it is new.
    """
    name = webhook_id or f"w_{secrets.token_hex(8)}"
    with store.writing() as transaction:
        before = _row(transaction, name)
        if before is not None:
            _replace(transaction, before, wanted)
            return Webhook(**_fields(transaction, _row(transaction, name)))
        secret = wanted.secret or signing.new_secret()
        _add(transaction, name, wanted, secret)
        fields = _fields(transaction, _row(transaction, name))
    return WebhookWithSecret(**fields, secret=secret)


def remove(store: Store, webhook_id: str) -> bool:
    """End a subscription; return whether there was one."""
    with store.writing() as transaction:
        found = _row(transaction, webhook_id)
        transaction.execute(delete(webhooks).where(webhooks.c.id == webhook_id))
    return found is not None


def retry(store: Store, webhook_id: str) -> Webhook | None:
    """Try again now what failed, and send again if that was stopped."""
    return _set(store, webhook_id, active=True, next_at=0.0)


def disable(store: Store, webhook_id: str) -> Webhook | None:
    """Send nothing more for the time being."""
    return _set(store, webhook_id, active=False)


def read(raw: object, hosts: tuple[str, ...], webhook_id: str | None = None) -> WebhookRequest:
    """Check what a subscriber asks for.

    Parameters
    ----------
    raw : object
    hosts : tuple of str
        Hosts that may be sent to; none stands for all.
    webhook_id : str, optional
        The name it shall have.

    Raises
    ------
    ProblemError
    """
    try:
        wanted = WebhookRequest.model_validate(raw)
    except ValidationError as error:
        raise _refused(
            *(Fault(_pointer(fault["loc"]), in_words(fault)) for fault in error.errors())
        ) from None
    faults = []
    if message := url_fault(wanted.url, hosts):
        faults.append(Fault("/url", message))
    if message := _secret_fault(wanted.secret):
        faults.append(Fault("/secret", message))
    if webhook_id is not None and not _ID.match(webhook_id):
        faults.append(Fault("", "the id is made of up to 64 letters, digits, - and _"))
    if faults:
        raise _refused(*faults)
    return wanted


def url_fault(url: str, hosts: tuple[str, ...]) -> str | None:
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
    if hosts and host.lower() not in hosts:
        return "its host is not one that webhooks may be sent to (STORYFOLD_WEBHOOK_HOSTS)"
    return None


def _secret_fault(secret: str | None) -> str | None:
    try:
        signing.key(secret or signing.new_secret())
    except ValueError as error:
        return str(error)
    return None


def _pointer(place: tuple[int | str, ...]) -> str:
    return "".join(f"/{step}" for step in place)


def _refused(*faults: Fault) -> ProblemError:
    return ProblemError(422, "the webhook can't be taken", *faults)


def _row(transaction: Connection, webhook_id: str) -> Any:
    return transaction.execute(select(webhooks).where(webhooks.c.id == webhook_id)).first()


def _add(transaction: Connection, name: str, wanted: WebhookRequest, secret: str) -> None:
    position = last_seq(transaction) if wanted.since is None else wanted.since
    row = {
        "id": name,
        "url": wanted.url,
        "secret": secret,
        "kinds": _lines(wanted),
        "active": wanted.active,
        "created_at": time.time(),
        "position": position,
        "failures": 0,
        "next_at": 0.0,
        "lease_until": 0.0,
    }
    transaction.execute(insert(webhooks).values(row))


def _replace(transaction: Connection, before: Row[Any], wanted: WebhookRequest) -> None:
    values: dict[str, Any] = {
        "url": wanted.url,
        "kinds": _lines(wanted),
        "active": wanted.active,
        "next_at": 0.0,
    }
    if wanted.secret is not None:
        values["secret"] = wanted.secret
    if wanted.since is not None:
        values["position"] = wanted.since
    if wanted.since is not None or _lines(wanted) != before.kinds:
        # Another parcel: what is on its way counts no more.
        values.update(upto=None, lease=None, lease_until=0.0)
    transaction.execute(update(webhooks).where(webhooks.c.id == before.id).values(**values))


def _lines(wanted: WebhookRequest) -> str:
    return "\n".join(dict.fromkeys(wanted.kinds))


def _set(store: Store, webhook_id: str, **values: Any) -> Webhook | None:
    with store.writing() as transaction:
        transaction.execute(update(webhooks).where(webhooks.c.id == webhook_id).values(**values))
        row = _row(transaction, webhook_id)
        return None if row is None else Webhook(**_fields(transaction, row))


def _fields(transaction: Connection, row: Row[Any]) -> dict[str, Any]:
    waits = row.active and row.failures > 0
    return {
        "id": row.id,
        "url": row.url,
        "kinds": tuple(row.kinds.split("\n")) if row.kinds else (),
        "active": row.active,
        "created_at": moment(row.created_at),
        "cursor": str(row.position),
        "backlog": backlog(transaction, row),
        "failures": row.failures,
        "next_attempt_at": moment(row.next_at) if waits else None,
        "last_attempt_at": None if row.last_at is None else moment(row.last_at),
        "last_status": row.last_status,
        "last_error": row.last_error,
    }
