"""Query parameters that a call lacks are errors: a misspelt filter would filter nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from flask import request

from service.common.validation import FieldError
from service.web.docs.operations import OPERATIONS
from service.web.http.problems import ProblemError

_CHECKED_PREFIXES: Final = ("/v1/", "/feeds/")
"""Supervisors may send what they like to the other addresses."""
_RULE_VARIABLE: Final = re.compile(r"<(?:\w+:)?(\w+)>")
_KNOWN: Final[Mapping[tuple[str, str], frozenset[str]]] = MappingProxyType(
    {
        (operation.method, operation.path): frozenset(
            operation.query_model.model_fields if operation.query_model else ()
        )
        for operation in OPERATIONS
    }
)
"""Names of the parameters of each call, by method and path."""


def refuse_unknown_parameters() -> None:
    """Refuse the request if its query has a parameter that the call does not have.

    Raises
    ------
    ProblemError
        422, with every such parameter.
    """
    rule = request.url_rule.rule if request.url_rule else ""
    if not rule.startswith(_CHECKED_PREFIXES):
        return
    method = "GET" if request.method == "HEAD" else request.method
    known = _KNOWN.get((method, _RULE_VARIABLE.sub(r"{\1}", rule)))
    if known is None:
        return
    unknown = [name for name in request.args if name not in known]
    if unknown:
        raise ProblemError(
            422,
            "a query parameter is not known",
            *(FieldError(name, _describe(known)) for name in unknown),
        )


def _describe(known: frozenset[str]) -> str:
    return f"not known; this call has {', '.join(sorted(known)) or 'no parameters'}"
