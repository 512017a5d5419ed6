"""Which encoder a setting chooses."""

from __future__ import annotations

from importlib import import_module
from typing import Final

from service.embeddings.centred import CentredEncoder
from service.embeddings.encoder import Encoder
from service.embeddings.http_service import HttpEncoder
from service.embeddings.packaged import E5Encoder, UseEncoder, is_use_installed

AUTO, OFF, USE, E5 = "auto", "off", "use", "e5"
"""Choices by name: `use` if it is installed, none, and the two packages."""
_HTTP_SCHEMES: Final = ("http://", "https://")


class UnknownEncoderError(ValueError):
    """The setting names no encoder."""


def choose_encoder(choice: str, model: str, token: str | None) -> CentredEncoder | None:
    """Return the chosen encoder; None if there is none.

    Parameters
    ----------
    choice : str
        "auto", "off", "use", "e5", the address of a service, or `package.module:Class` of an
        encoder that is made without arguments.
    model : str
        Name of the model, for a service.
    token : str or None
        Bearer token, for a service.

    Raises
    ------
    MissingExtraError
        If the chosen package is not installed.
    UnknownEncoderError
        If the choice names no encoder.
    """
    if choice == OFF or (choice == AUTO and not is_use_installed()):
        return None
    if choice in (AUTO, USE):
        return CentredEncoder(UseEncoder())
    if choice == E5:
        return CentredEncoder(E5Encoder())
    if choice.startswith(_HTTP_SCHEMES):
        return CentredEncoder(HttpEncoder(choice, model, token))
    return CentredEncoder(_load_own(choice))


def _load_own(path: str) -> Encoder:
    module, _, name = path.partition(":")
    try:
        encoder: Encoder = getattr(import_module(module), name)()
    except (ImportError, AttributeError, ValueError, TypeError) as error:
        raise UnknownEncoderError(f"{path!r} names no encoder: {error}") from error
    return encoder
