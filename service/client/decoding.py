"""Turn JSON into the classes of the answers."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints


def decode(answer_type: Any, value: Any) -> Any:
    """Return a JSON value as a type of `service.client.operations`.

    Fields that the type does not have are left out: a newer service may have more.

    Raises
    ------
    ValueError
        If the value lacks a field of the type, or is of another shape.
    """
    try:
        return _decode(answer_type, value)
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"not a {getattr(answer_type, '__name__', answer_type)}") from error


def _decode(answer_type: Any, value: Any) -> Any:
    if _is_object(answer_type):
        return _decode_object(answer_type, value)
    if answer_type is datetime:
        return datetime.fromisoformat(value)
    if answer_type is float:
        return float(value)
    origin, arguments = get_origin(answer_type), get_args(answer_type)
    if origin in (Union, UnionType):
        return _decode_union(arguments, value)
    if origin is tuple and arguments[-1] is ...:
        return tuple(_decode(arguments[0], member) for member in value)
    if origin is tuple:
        return tuple(_decode(*pair) for pair in zip(arguments, value, strict=True))
    if origin is Mapping:
        return {name: _decode(arguments[1], member) for name, member in value.items()}
    return value


def _decode_object(answer_type: Any, value: Any) -> Any:
    types = _field_types(answer_type)
    return answer_type(
        **{name: _decode(types[name], member) for name, member in value.items() if name in types}
    )


def _decode_union(options: tuple[Any, ...], value: Any) -> Any:
    """Decode as the first option that the value has all fields of."""
    if value is None and type(None) in options:
        return None
    options = tuple(option for option in options if option is not type(None))
    fitting = (
        option
        for option in options
        if not _is_object(option) or _required_fields(option) <= value.keys()
    )
    return _decode(next(fitting, options[-1]), value)


def _is_object(answer_type: Any) -> bool:
    return dataclasses.is_dataclass(answer_type)


@cache
def _field_types(answer_type: Any) -> dict[str, Any]:
    return get_type_hints(answer_type)


@cache
def _required_fields(answer_type: Any) -> frozenset[str]:
    fields = dataclasses.fields(answer_type)
    return frozenset(it.name for it in fields if it.default is dataclasses.MISSING)
