"""/v1/articles/miniflux: signed webhooks of the feed reader Miniflux, and the articles in them."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from typing import Any, Final

from flask import Blueprint, Request, Response, request
from pydantic import SecretStr

from service.common import media_types
from service.common.validation import FieldError
from service.ingest.readers import Record
from service.web import extensions
from service.web.api import batch
from service.web.api.batch import serialize_results
from service.web.http import request_body
from service.web.http.problems import ProblemError
from service.web.http.request_body import BatchLine
from service.web.http.responses import json_array

blueprint = Blueprint("miniflux", __name__)

WEBHOOK_PATH: Final = "/v1/articles/miniflux"
SIGNATURE_HEADER: Final = "X-Miniflux-Signature"


@blueprint.post(WEBHOOK_PATH)
def post_miniflux() -> Response:
    """Store the entries of a webhook, and return their results in the same order."""
    lines = read_entries(request, extensions.settings().miniflux_secret)
    writer = extensions.index_writer()
    writer.check_ready()
    max_text_chars = extensions.settings().max_text_chars
    results = batch.ingest_batch(writer, lines, max_text_chars=max_text_chars, dry_run=False)
    documents = serialize_results(results, extensions.metrics())
    return Response(json_array(documents), mimetype=media_types.JSON)


def read_entries(request: Request, secret: SecretStr | None) -> Iterable[BatchLine]:
    """Return the entries of a webhook as the articles of a batch.

    Parameters
    ----------
    request : Request
    secret : SecretStr or None
        The secret that Miniflux shows next to the webhook's address in its settings.

    Raises
    ------
    ProblemError
        401 if the signature does not match the body, or no secret is configured; 400 or 422 if
        the body contains no entries.
    """
    check_signature(request.get_data(), request.headers.get(SIGNATURE_HEADER, ""), secret)
    entries = _extract_entries(request_body.read_json(request))
    return [BatchLine(number, Record("", entry)) for number, entry in enumerate(entries, start=1)]


def check_signature(body: bytes, signature: str, secret: SecretStr | None) -> None:
    """Check the signature of a body: HMAC-SHA256 with the secret, in hexadecimal.

    Miniflux does not sign by the scheme of Standard Webhooks, so no library checks it.

    Parameters
    ----------
    body : bytes
    signature : str
    secret : SecretStr or None

    Raises
    ------
    ProblemError
        401 if the signature does not match, or no secret is configured.
    """
    if secret is None:
        detail = "the signature cannot be checked: STORYFOLD_MINIFLUX_SECRET is not set"
        raise ProblemError(401, detail)
    expected = hmac.new(secret.get_secret_value().encode(), body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), signature.strip().encode()):
        raise ProblemError(401, f"{SIGNATURE_HEADER} does not match the body")


def _extract_entries(payload: object) -> list[object]:
    """Return the new entries of a feed (`new_entries`), or the entry saved (`save_entry`)."""
    if not isinstance(payload, dict):
        raise ProblemError(422, "a webhook is a JSON object", FieldError("", "must be an object"))
    if isinstance(entry := payload.get("entry"), dict):
        return [entry]
    entries = payload.get("entries")
    if not isinstance(entries, list):
        field_error = FieldError("/entries", "must be an array")
        raise ProblemError(422, "neither new_entries nor save_entry", field_error)
    return [_with_feed(entry, payload.get("feed")) for entry in entries]


def _with_feed(entry: Any, feed: object) -> object:
    """Add to an entry the feed that all entries of a webhook share."""
    return {"feed": feed, **entry} if isinstance(entry, dict) else entry
