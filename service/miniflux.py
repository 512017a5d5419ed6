"""Webhooks of the feed reader Miniflux: what it signs, and the articles in it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from typing import Any, Final

from flask import Request
from pydantic import SecretStr

from service import bodies
from service.bodies import Line
from service.problems import ProblemError
from service.submission import Fault

PATH: Final = "/v1/articles/miniflux"
SIGNATURE: Final = "X-Miniflux-Signature"


def lines(request: Request, secret: SecretStr | None) -> Iterable[Line]:
    """Return the entries of a webhook as the articles of a batch.

    Parameters
    ----------
    request : Request
    secret : SecretStr or None
        What Miniflux shows beside the webhook's address in its settings.

    Raises
    ------
    ProblemError
        401 if the signature is not that of the body, or there is no secret to tell by; 400 or 422
        if there are no entries in it.
    """
    check(request.get_data(), request.headers.get(SIGNATURE, ""), secret)
    return [Line(at, entry) for at, entry in enumerate(_entries(bodies.one(request)), start=1)]


def check(body: bytes, signature: str, secret: SecretStr | None) -> None:
    """Let a body through that was signed with the secret (HMAC-SHA256, hexadecimal).

    Raises
    ------
    ProblemError
        401
    """
    if secret is None:
        raise ProblemError(401, "no signature can be checked: STORYFOLD_MINIFLUX_SECRET is not set")
    expected = hmac.new(secret.get_secret_value().encode(), body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), signature.strip().encode()):
        raise ProblemError(401, f"{SIGNATURE} is not the signature of this body")


def _entries(event: object) -> list[object]:
    """What is new in a feed (`new_entries`), or what a reader saved (`save_entry`)."""
    if not isinstance(event, dict):
        raise ProblemError(422, "a webhook is a JSON object", Fault("", "must be an object"))
    if isinstance(entry := event.get("entry"), dict):
        return [entry]
    entries = event.get("entries")
    if not isinstance(entries, list):
        fault = Fault("/entries", "must be an array")
        raise ProblemError(422, "neither new_entries nor save_entry", fault)
    return [_of_feed(entry, event.get("feed")) for entry in entries]


def _of_feed(entry: Any, feed: object) -> object:
    """Give an entry the feed that all of an event share."""
    return {"feed": feed, **entry} if isinstance(entry, dict) else entry
