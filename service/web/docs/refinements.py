"""What the types leave out of the document: the form of ids, and what an article must have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from service.common import ids
from service.webhooks.subscriptions import ID_PATTERN

Document = dict[str, Any]

_EVENT: Final = {"pattern": ids.pattern("e")}
_GROUP: Final = {"pattern": ids.pattern("g")}
_DECISION: Final = {"pattern": ids.pattern("d")}
_ARTICLE: Final = {"minLength": 1, "maxLength": 512, "pattern": r"^[^\x00-\x1f\x7f-\x9f]+$"}

ID_FORMS: Final[Mapping[str, Mapping[str, Any]]] = {
    "article_id": _ARTICLE,
    "event_id": _EVENT,
    "event_ids": _EVENT,
    "result_event_id": _EVENT,
    "duplicate_group_id": _GROUP,
    "group_id": _GROUP,
    "decision_id": _DECISION,
    "decisions": _DECISION,
    "locked_by": _DECISION,
    "headline_by": _DECISION,
    "canonical_by": _DECISION,
    "placed_by": _DECISION,
    "undoes": _DECISION,
    "undone_by": _DECISION,
    "webhook_id": {"pattern": ID_PATTERN},
}
"""The form of the ids in fields and parameters, by their name; of a list, that of its members."""

_NOT_BLANK: Final = {"type": "string", "pattern": r"[^\s\x00-\x1f\x7f-\x9f]"}
_HTTP_URL: Final = (
    r"^https?://[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z](?:[a-z0-9-]*[a-z0-9])?)+"
    r"(?::[0-9]{1,4})?(?:/[^\s\x00-\x1f\x7f-\x9f]*)?$"
)
_SUBMISSION_FORMS: Final[Mapping[str, Mapping[str, Any]]] = {
    "id": _ARTICLE,
    "url": {"pattern": _HTTP_URL},
    "published_at": {"anyOf": [{"format": "date-time"}, {"format": "date"}]},
}
"""The form in which a client should write the fields of an article. What crawlers write otherwise
is read too, so the model itself accepts more."""


def refine_schemas(schemas: Document) -> None:
    """Add to the schemas what the types do not say."""
    for schema in schemas.values():
        for name, field_schema in schema.get("properties", {}).items():
            _add_form(field_schema, ID_FORMS.get(name, {}))
    submission = schemas["Submission"]
    for name, form in _SUBMISSION_FORMS.items():
        _add_form(submission["properties"][name], form)
    submission["anyOf"] = [
        {"required": [name], "properties": {name: _NOT_BLANK}} for name in ("text", "html", "title")
    ]


def _add_form(field_schema: Document, form: Mapping[str, Any]) -> None:
    for string_schema in _string_schemas(field_schema):
        for keyword, value in form.items():
            string_schema.setdefault(keyword, value)


def _string_schemas(schema: Document) -> Iterator[Document]:
    """Yield the parts of a field's schema that describe strings."""
    if schema.get("type") == "string":
        yield schema
    for part in (*schema.get("anyOf", ()), *schema.get("prefixItems", ())):
        yield from _string_schemas(part)
    if isinstance(schema.get("items"), dict):
        yield from _string_schemas(schema["items"])
