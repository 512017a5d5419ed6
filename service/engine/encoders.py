"""The encoder that the settings choose."""

from __future__ import annotations

from service.embeddings.centred import CentredEncoder
from service.embeddings.choice import UnknownEncoderError, choose_encoder
from service.settings import PREFIX, Settings, SettingsError


def from_settings(settings: Settings) -> CentredEncoder | None:
    """Return the encoder that the settings choose; None if articles are judged by words alone.

    Raises
    ------
    MissingExtraError
        If its package is not installed.
    SettingsError
        If the setting names no encoder.
    """
    token = settings.embeddings_token
    secret = None if token is None else token.get_secret_value()
    try:
        return choose_encoder(settings.embeddings, settings.embeddings_model, secret)
    except UnknownEncoderError as error:
        raise SettingsError(f"{PREFIX}EMBEDDINGS: {error}") from error
