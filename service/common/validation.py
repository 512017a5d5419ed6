"""Field errors of invalid input, in the words of the API."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from pydantic_core import ErrorDetails

from service.common.docstring_config import DOCSTRING_CONFIG

CONTROL_CHARS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")
"""Control characters except tab and line ends, which may be part of a text."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """One problem with one field of the input."""

    __pydantic_config__ = DOCSTRING_CONFIG

    field: str
    """In a body, the JSON pointer of the field, such as "/text"; "" means the whole body. In a
    query, the name of the parameter, such as "limit"."""
    message: str


def error_message(details: ErrorDetails) -> str:
    """Reword a message of pydantic, which speaks of Python types, for users of the API."""
    if details["type"] == "union_tag_invalid":
        return f"must be one of {details['ctx']['expected_tags']}"
    message = details["msg"].removeprefix("Value error, ").replace("Input should", "must")
    message = message.replace("String should", "must").replace("List should", "must")
    message = message.replace(" after validation", "")
    return {
        "string_type": "must be a string",
        "string_unicode": "must be valid Unicode",
        "string_too_short": "must not be empty",
        "union_tag_not_found": "Field required",
    }.get(details["type"], message)
