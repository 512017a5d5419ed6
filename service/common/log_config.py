"""Logs: lines of text or of JSON, each with the id of the request that it belongs to."""

from __future__ import annotations

import logging
from contextvars import ContextVar
from typing import Final, Literal

from pythonjsonlogger.json import JsonFormatter

LogFormat = Literal["text", "json"]

NO_REQUEST: Final = "-"
request_id: Final[ContextVar[str]] = ContextVar("request_id", default=NO_REQUEST)
"""The id of the request that this thread works on."""

_TEXT_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s [%(request_id)s]"
_TEXT_FORMAT_WITHOUT_REQUEST: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_JSON_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s %(message)s"
_RENAMED_FIELDS: Final = {"asctime": "time", "levelname": "level", "name": "logger"}


def configure(level: str, log_format: LogFormat) -> None:
    """Log to standard error, in one format for all loggers.

    Parameters
    ----------
    level : str
        Least severe messages to log.
    log_format : {"text", "json"}
        JSON lines have the fields `time`, `level`, `logger`, `message`, `request_id` and those that
        a message brings along.
    """
    handler = logging.StreamHandler()
    handler.addFilter(_add_request_id)
    handler.setFormatter(_json_formatter() if log_format == "json" else _TextFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler])


def _add_request_id(record: logging.LogRecord) -> bool:
    record.request_id = request_id.get()
    return True


def _json_formatter() -> logging.Formatter:
    # Line breaks are escaped, so that no text of a request begins a line of its own.
    return JsonFormatter(f"{_JSON_FORMAT} %(request_id)s", rename_fields=_RENAMED_FIELDS)


class _TextFormatter(logging.Formatter):
    """Shows the id of a request where there is one."""

    def __init__(self) -> None:
        super().__init__(_TEXT_FORMAT)
        self._without_request = logging.Formatter(_TEXT_FORMAT_WITHOUT_REQUEST)

    def format(self, record: logging.LogRecord) -> str:
        if getattr(record, "request_id", NO_REQUEST) == NO_REQUEST:
            return self._without_request.format(record)
        return super().format(record)
