"""Convert items of all kinds to JSON, and write results into them."""

from __future__ import annotations

import dataclasses
import json
import logging
import math
from collections.abc import Iterator, Mapping, MutableMapping
from datetime import date, datetime
from typing import Any, Final

from service.ingest.parsing import field_mapping, urls

_LOG: Final = logging.getLogger(__name__)

RESULT_FIELDS: Final = (
    *("outcome", "duplicate_of", "duplicate_of_url", "duplicate_group_id", "event_id"),
    *("jaccard", "containment", "duplicate_score", "event_probability"),
)
"""Fields of the result that are written into the item."""
_NOT_JSON: Final = object()
"""Marks a value that JSON cannot represent; None cannot, since it is null in JSON."""

try:
    from scrapy.exceptions import DropItem as DropItem
except ImportError:

    class DropItem(Exception):  # type: ignore[no-redef]  # noqa: N818  Scrapy's name
        """The item is dropped, and later pipelines do not receive it."""


def item_to_json(item: object, field_names: Mapping[str, str] | None) -> bytes:
    """Return an item as the JSON to send.

    Parameters
    ----------
    item : object
        A dict, an item of Scrapy, or an object with attributes.
    field_names : mapping of str to str, optional
        The item's fields to send, and the names to send them under. By default all fields are sent
        under their own names.

    Returns
    -------
    bytes
        Values that JSON cannot represent, such as the response of the item, are left out.
    """
    fields = _item_fields(item)
    names = field_names if field_names is not None else {name: name for name in fields}
    values = {
        sent_as: _to_json_value(fields[name]) for name, sent_as in names.items() if name in fields
    }
    article = {name: value for name, value in values.items() if value is not _NOT_JSON}
    for name in RESULT_FIELDS:
        article.pop(name, None)
    return json.dumps(article, ensure_ascii=True, separators=(",", ":")).encode()


def article_identities(line: bytes) -> set[str]:
    """Return what may identify the article to the service: its id and its canonical address."""
    fields = field_mapping.map_fields(json.loads(line)).fields
    identities = {f"id:{fields['id']}"} if "id" in fields else set()
    try:
        return identities | {f"url:{urls.canonicalise(str(fields['url']).strip())}"}
    except (KeyError, ValueError):
        return identities


def write_result(item: object, result: Mapping[str, Any]) -> None:
    """Write the result into an item; log once per class a field that cannot be set."""
    for name in RESULT_FIELDS:
        _set_field(item, name, result[name])


def _item_fields(item: object) -> Mapping[str, Any]:
    if isinstance(item, Mapping):
        return item
    if callable(as_dict := getattr(item, "get_dict", None)):  # news-please's articles
        return dict(as_dict())
    if adapter := _get_adapter(item):
        return dict(adapter)
    return {name: value for name, value in vars(item).items() if not name.startswith("_")}


def _get_adapter(item: object) -> MutableMapping[str, Any] | None:
    try:
        from itemadapter import ItemAdapter
    except ImportError:
        return None
    return ItemAdapter(item) if ItemAdapter.is_item(item) else None


def _to_json_value(value: object) -> Any:
    """Return a value that JSON can represent, or `_NOT_JSON`."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else _NOT_JSON
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, Mapping):
        return {str(name): member for name, member in _json_items(value.items())}
    if isinstance(value, list | tuple | set | frozenset):
        return [element for _, element in _json_items(enumerate(value))]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _to_json_value(vars(value))
    return _NOT_JSON


def _json_items(pairs: Any) -> Iterator[tuple[Any, Any]]:
    converted = ((name, _to_json_value(value)) for name, value in pairs)
    return ((name, value) for name, value in converted if value is not _NOT_JSON)


def _set_field(item: object, name: str, value: object) -> None:
    declared = getattr(type(item), "fields", None)
    if isinstance(item, MutableMapping) and isinstance(declared, dict) and name not in declared:
        declared[name] = {}  # Scrapy items accept declared fields only
    try:
        if isinstance(item, MutableMapping):
            item[name] = value
        else:
            setattr(item, name, value)
    except (AttributeError, KeyError, TypeError, ValueError):
        _warn_once(type(item), name)


_warned: Final[set[tuple[type, str]]] = set()


def _warn_once(item_type: type, name: str) -> None:
    if (item_type, name) not in _warned:
        _warned.add((item_type, name))
        _LOG.warning(
            "%s does not accept the field %s; declare it to receive it",
            item_type.__qualname__,
            name,
        )
