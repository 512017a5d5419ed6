from __future__ import annotations

import pytest

from clustering.state.canonical import CanonicalRule
from service import settings


def test_every_setting_has_a_default() -> None:
    assert settings.load().port == 8080


def test_overrides_take_precedence_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYFOLD_PORT", "9000")
    monkeypatch.setenv("STORYFOLD_THREADS", "7")
    loaded = settings.load(port=9001, threads=None)
    assert (loaded.port, loaded.threads) == (9001, 7)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "70000"),
        ("THREADS", "0"),
        ("MAX_TEXT_CHARS", "-1"),
        ("MAX_BODY_BYTES", "many"),
        ("LOG_LEVEL", "loud"),
        ("STARTER", "perhaps"),
        ("TOKENS", "first,sécond"),
        ("CANONICAL", "shortest"),
        ("SOURCE_PRIORITY", "Meridian World"),
    ],
)
def test_error_names_the_variable_of_an_invalid_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"STORYFOLD_{name}", value)
    with pytest.raises(settings.SettingsError, match=f"STORYFOLD_{name}: "):
        settings.load()


def test_error_names_an_unknown_override() -> None:
    with pytest.raises(settings.SettingsError, match="STORYFOLD_PROT"):
        settings.load(prot=1)


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [
        ("TOKEN", "TOKENS"),
        ("PROT", "PORT"),
        ("LOGLEVEL", "LOG_LEVEL"),
        ("CANNONICAL", "CANONICAL"),
    ],
)
def test_misspelt_variable_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, misspelt: str, meant: str
) -> None:
    monkeypatch.setenv(f"STORYFOLD_{misspelt}", "secret")
    with pytest.raises(settings.SettingsError) as raised:
        settings.load()
    message = f"STORYFOLD_{misspelt}: no such setting; did you mean STORYFOLD_{meant}?"
    assert str(raised.value) == message


@pytest.mark.parametrize("name", ["SERVICE_HOST", "PORT_8080_TCP_ADDR", "URL"])
def test_unrelated_variable_with_the_prefix_is_only_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    monkeypatch.setenv(f"STORYFOLD_{name}", "x")
    settings.load()
    assert caplog.messages == [f"STORYFOLD_{name}: no such setting, ignored"]


def test_tokens_are_split_and_not_in_the_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYFOLD_TOKENS", " t-1, t-2 ,")
    loaded = settings.load()
    assert [token.get_secret_value() for token in loaded.tokens] == ["t-1", "t-2"]
    assert "t-1" not in repr(loaded)


def test_canonical_rule_is_read_from_two_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.load().canonical_rule == CanonicalRule("earliest")
    monkeypatch.setenv("STORYFOLD_CANONICAL", "Sources")
    monkeypatch.setenv("STORYFOLD_SOURCE_PRIORITY", " Talmar Wire, Meridian World ,")
    expected = CanonicalRule("sources", ("Talmar Wire", "Meridian World"))
    assert settings.load().canonical_rule == expected


@pytest.mark.parametrize(
    ("rule", "names", "message"),
    [
        ("sources", (), "names no source"),
        ("sources", ("A", "B", "A"), "twice"),
        ("longest", ("A",), "applies only if STORYFOLD_CANONICAL is sources"),
    ],
)
def test_error_explains_an_inconsistent_source_priority(
    rule: str, names: tuple[str, ...], message: str
) -> None:
    with pytest.raises(settings.SettingsError, match=f"STORYFOLD_SOURCE_PRIORITY: .*{message}"):
        settings.load(canonical=rule, source_priority=names)


def test_settings_are_immutable() -> None:
    with pytest.raises(ValueError, match="frozen"):
        settings.load().port = 1  # type: ignore[misc]


def test_parameters_to_drop_are_names_or_their_beginnings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYFOLD_DROPPED_PARAMETERS", "ref, shop_*")
    assert settings.load().dropped_parameters == ("ref", "shop_*")
    for invalid in ("*", "a=b", "a*b", "a&b"):
        monkeypatch.setenv("STORYFOLD_DROPPED_PARAMETERS", invalid)
        with pytest.raises(settings.SettingsError, match="STORYFOLD_DROPPED_PARAMETERS"):
            settings.load()
