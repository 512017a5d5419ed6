"""Webhooks of the feed reader Miniflux: what it signs, and the articles in it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from typing import Any, Final

from flask import Blueprint, Request, Response, request
from pydantic import SecretStr

from service.common import media_types
from service.common.validation import FieldError
from service.web import extensions
from service.web.api import batch
from service.web.api.batch import serialize_results
from service.web.auth import authorization
from service.web.http import request_body
from service.web.http.problems import ProblemError
from service.web.http.request_body import BatchLine
from service.web.http.responses import json_array

blueprint = Blueprint("miniflux", __name__)

WEBHOOK_PATH: Final = "/v1/articles/miniflux"
SIGNATURE_HEADER: Final = "X-Miniflux-Signature"


def read_entries(request: Request, secret: SecretStr | None) -> Iterable[BatchLine]:
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
    check_signature(request.get_data(), request.headers.get(SIGNATURE_HEADER, ""), secret)
    return [
        BatchLine(at, entry)
        for at, entry in enumerate(_extract_entries(request_body.read_json(request)), start=1)
    ]


def check_signature(body: bytes, signature: str, secret: SecretStr | None) -> None:
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
        raise ProblemError(401, f"{SIGNATURE_HEADER} is not the signature of this body")


def _extract_entries(payload: object) -> list[object]:
    """What is new in a feed (`new_entries`), or what a reader saved (`save_entry`)."""
    if not isinstance(payload, dict):
        raise ProblemError(422, "a webhook is a JSON object", FieldError("", "must be an object"))
    if isinstance(entry := payload.get("entry"), dict):
        return [entry]
    entries = payload.get("entries")
    if not isinstance(entries, list):
        fault = FieldError("/entries", "must be an array")
        raise ProblemError(422, "neither new_entries nor save_entry", fault)
    return [_with_feed(entry, payload.get("feed")) for entry in entries]


def _with_feed(entry: Any, feed: object) -> object:
    """Give an entry the feed that all of an event share."""
    return {"feed": feed, **entry} if isinstance(entry, dict) else entry


@blueprint.post(WEBHOOK_PATH)
@authorization.signature_checked
def post_miniflux() -> Response:
    """Take in what Miniflux sends, and answer each entry in its place."""
    entries = read_entries(request, extensions.settings().miniflux_secret)
    extensions.index_writer().check_ready()
    limit = extensions.settings().max_text_chars
    answers = batch.ingest_batch(
        extensions.index_writer(), entries, max_text_chars=limit, dry_run=False
    )
    return Response(
        json_array(serialize_results(answers, extensions.metrics())), mimetype=media_types.JSON
    )
