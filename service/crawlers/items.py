"""Items of all kinds: what is sent of them, and where the answer is put."""

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

ANSWER_FIELDS: Final = ("duplicate_of", "duplicate_group_id", "event_id")
"""Fields of the answer that an item gets."""
_NOT_JSON: Final = object()

try:
    from scrapy.exceptions import DropItem as DropItem
except ImportError:

    class DropItem(Exception):  # type: ignore[no-redef]  # noqa: N818  Scrapy's name
        """An item that goes no further."""


def item_to_json(item: object, field_names: Mapping[str, str] | None) -> bytes:
    """Return an item as the JSON that is sent.

    Parameters
    ----------
    item : object
        A dict, an item of Scrapy, or an object with attributes.
    field_names : mapping of str to str, optional
        Names of the item's fields, and those they are sent under; all, as they are, by default.

    Returns
    -------
    bytes
        What JSON can't hold, such as the response an item was made of, is left out.
    """
    given = _item_fields(item)
    names = field_names if field_names is not None else {name: name for name in given}
    found = {sent: _to_json_value(given[name]) for name, sent in names.items() if name in given}
    sent = {name: value for name, value in found.items() if value is not _NOT_JSON}
    for name in ANSWER_FIELDS:
        sent.pop(name, None)
    return json.dumps(sent, ensure_ascii=True, separators=(",", ":")).encode()


def article_identities(line: bytes) -> set[str]:
    """Return what the service may know an article by: its id, and its address in one spelling."""
    fields = field_mapping.map_fields(json.loads(line)).fields
    found = {f"id:{fields['id']}"} if "id" in fields else set()
    try:
        return found | {f"url:{urls.canonicalise(str(fields['url']).strip())}"}
    except (KeyError, ValueError):
        return found


def write_answer(item: object, answer: Mapping[str, Any]) -> None:
    """Write the answer into an item; a class of items that is closed to it is told of once."""
    for name in ANSWER_FIELDS:
        _set_field(item, name, answer[name])


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
    """Return a value as JSON can hold it, or nothing."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else _NOT_JSON
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, Mapping):
        return {str(name): part for name, part in _json_items(value.items())}
    if isinstance(value, list | tuple | set | frozenset):
        return [part for _, part in _json_items(enumerate(value))]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _to_json_value(vars(value))
    return _NOT_JSON


def _json_items(pairs: Any) -> Iterator[tuple[Any, Any]]:
    plain = ((name, _to_json_value(part)) for name, part in pairs)
    return ((name, part) for name, part in plain if part is not _NOT_JSON)


def _set_field(item: object, name: str, value: object) -> None:
    declared = getattr(type(item), "fields", None)
    if isinstance(item, MutableMapping) and isinstance(declared, dict) and name not in declared:
        declared[name] = {}  # an item of Scrapy takes declared fields only
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
        _LOG.warning("%s takes no field %s; declare it to get it", item_type.__qualname__, name)
