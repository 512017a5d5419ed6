"""Fault, pydantic messages, control characters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from pydantic_core import ErrorDetails

from service.common.schema import DOCSTRING_CONFIG

CONTROL_CHARS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing that is wrong with a field."""

    __pydantic_config__ = DOCSTRING_CONFIG

    field: str
    """JSON pointer, such as "/text"; "" is the whole."""
    message: str


def error_message(details: ErrorDetails) -> str:
    """Say what pydantic found wrong with a value."""
    message = details["msg"].removeprefix("Value error, ").replace("Input should", "must")
    message = message.replace("String should", "must").replace("List should", "must")
    message = message.replace(" after validation", "")
    return {
        "string_type": "must be a string",
        "string_unicode": "must be valid Unicode",
        "string_too_short": "must not be empty",
    }.get(details["type"], message)
