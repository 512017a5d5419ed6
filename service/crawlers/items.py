"""Convert items of all kinds to JSON, and write results into them."""

from __future__ import annotations

import json
import logging
import math
import re
from collections import deque
from collections.abc import Iterator, Mapping, MutableMapping, Set
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from numbers import Integral
from pathlib import PurePath
from typing import Any, Final
from uuid import UUID

from service.crawlers import encodings
from service.ingest.parsing import field_mapping, urls

_LOG: Final = logging.getLogger(__name__)

RESULT_FIELDS: Final = (
    *("outcome", "duplicate_of", "duplicate_of_url", "duplicate_group_id", "event_id"),
    *("jaccard", "containment", "duplicate_score", "event_probability"),
)
"""Fields of the result that are written into the item."""
_NOT_JSON: Final = object()
"""Marks a value that JSON cannot represent; None cannot, since it is null in JSON."""
_MAX_DEPTH: Final = 20
"""Deepest value that is searched for bytes; a list may contain itself."""
_BYTES: Final = bytes | bytearray | memoryview
_ENCODING_FIELDS: Final = ("encoding", "charset")
_WEB_ADDRESS: Final = re.compile(r"https?://\S+", re.IGNORECASE)

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
    sent = {sent_as: fields[name] for name, sent_as in names.items() if name in fields}
    encoding = _find_encoding(sent)
    converted = {name: _convert_field(value, encoding) for name, value in sent.items()}
    article = {name: value for name, value in converted.items() if value is not _NOT_JSON}
    for name in sent.keys() - article.keys():
        if field_mapping.field_of(name) is not None:
            _warn_once(type(item), name, "the field %s can't be sent as JSON; it is left out")
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
    return _attributes(item) or {}


def _get_adapter(item: object) -> MutableMapping[str, Any] | None:
    try:
        from itemadapter import ItemAdapter
    except ImportError:
        return None
    return ItemAdapter(item) if ItemAdapter.is_item(item) else None


def _attributes(value: object) -> dict[str, Any] | None:
    """The public attributes of an object with fields, also one with slots; None if it has none."""
    if callable(as_dict := getattr(value, "_asdict", None)):  # a named tuple
        return dict(as_dict())
    names = dict.fromkeys(getattr(value, "__dict__", ()))
    for base in type(value).__mro__:
        slots = base.__dict__.get("__slots__", ())
        names |= dict.fromkeys([slots] if isinstance(slots, str) else slots)
    public = (name for name in names if not name.startswith("_") and hasattr(value, name))
    return {name: getattr(value, name) for name in public} or None


def _find_encoding(fields: Mapping[str, Any]) -> str | None:
    read = [value for name, value in fields.items() if field_mapping.field_of(name) is not None]
    contents = [bytes(value) for value in _iter_leaves(read) if isinstance(value, _BYTES)]
    declared = next((fields[name] for name in _ENCODING_FIELDS if name in fields), None)
    return encodings.find_encoding(contents, declared if isinstance(declared, str) else None)


def _iter_leaves(value: object, depth: int = _MAX_DEPTH) -> Iterator[object]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if not isinstance(value, list | tuple):
        yield value
    elif depth:
        for element in value:
            yield from _iter_leaves(element, depth - 1)


def _convert_field(value: object, encoding: str | None) -> Any:
    """Return a field as JSON can represent it, or `_NOT_JSON`."""
    try:
        return _to_json_value(value, encoding)
    except Exception:  # a field that contains itself, or fails to be read, costs only itself
        return _NOT_JSON


def _to_json_value(value: Any, encoding: str | None) -> Any:
    """Return a value that JSON can represent, or `_NOT_JSON`."""
    if isinstance(value, Enum):
        value = value.value
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, Integral):  # of NumPy
        return int(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else _NOT_JSON
    if isinstance(value, datetime | date):
        return value.isoformat() if value == value else _NOT_JSON
    if isinstance(value, _BYTES):
        return _NOT_JSON if encoding is None else bytes(value).decode(encoding, "replace")
    if isinstance(value, UUID | Decimal | PurePath):
        return str(value)
    return _to_json_container(value, encoding)


def _to_json_container(value: Any, encoding: str | None) -> Any:
    if type(value).__module__ == "numpy":  # a date or an array
        return _to_json_value(value.tolist(), encoding)
    if isinstance(value, Mapping):
        return {str(name): member for name, member in _json_items(value.items(), encoding)}
    if not hasattr(value, "_asdict") and isinstance(value, list | tuple | Set | deque):
        return [element for _, element in _json_items(enumerate(value), encoding)]
    if _WEB_ADDRESS.fullmatch(str(value)):  # an address of pydantic, yarl or httpx
        return str(value)
    if isinstance(value, type) or not _is_data(value):
        return _NOT_JSON
    return _to_json_value(_attributes(value) or {}, encoding)


def _is_data(value: object) -> bool:
    """Whether an object only carries data: of a dataclass, pydantic, attrs, or a named tuple."""
    marks = ("__dataclass_fields__", "model_fields", "__attrs_attrs__", "_asdict")
    return any(hasattr(type(value), mark) for mark in marks)


def _json_items(pairs: Any, encoding: str | None) -> Iterator[tuple[Any, Any]]:
    converted = ((name, _to_json_value(value, encoding)) for name, value in pairs)
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
        _warn_once(type(item), name, "the field %s can't be set; declare it to receive it")


_warned: Final[set[tuple[type, str]]] = set()


def _warn_once(item_type: type, name: str, message: str) -> None:
    if (item_type, name) not in _warned:
        _warned.add((item_type, name))
        _LOG.warning("%s: " + message, item_type.__qualname__, name)
