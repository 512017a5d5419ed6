from __future__ import annotations

import pytest
from click.testing import CliRunner

from service import settings
from service.cli.main import main
from service.common import accounts
from service.common.accounts import Role
from tests.support.users import EDITOR_PASSWORD, USERS, user_entry


def test_only_the_correct_password_is_accepted() -> None:
    (anna,) = accounts.parse_accounts(accounts.create_entry("anna", Role.EDITOR, EDITOR_PASSWORD))
    assert (anna.name, anna.role) == ("anna", Role.EDITOR)
    assert anna.check_password(EDITOR_PASSWORD)
    assert not anna.check_password(EDITOR_PASSWORD + " ")


def test_entry_has_no_special_characters_of_shells_and_compose_files() -> None:
    entry = accounts.create_entry("anna", Role.READER, EDITOR_PASSWORD)
    assert not {*entry} & {*" $'\"\\,#`\n"}
    assert entry.startswith("anna:reader:scrypt:32768:8:3:")


def test_hashes_are_salted() -> None:
    first, second = (accounts.create_entry("anna", Role.READER, EDITOR_PASSWORD) for _ in range(2))
    assert first != second


@pytest.mark.parametrize("password", ["", "eleven char", "x" * 1001])
def test_password_of_invalid_length_is_rejected(password: str) -> None:
    with pytest.raises(ValueError, match="12 to 1000 characters"):
        accounts.create_entry("anna", Role.READER, password)


@pytest.mark.parametrize("name", ["", "a:b", "a,b", " anna", "an\nna", "x" * 65])
def test_name_that_would_break_the_entry_is_rejected(name: str) -> None:
    with pytest.raises(ValueError, match="a name has"):
        accounts.create_entry(name, Role.READER, EDITOR_PASSWORD)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ("anna", "entry 1 is not NAME:ROLE:HASH"),
        (f"{USERS},my-secret-password", "entry 3 is not NAME:ROLE:HASH"),
        ("anna:editor:my-secret-password", "entry 1 is not NAME:ROLE:HASH"),
        (user_entry("anna", "chief", EDITOR_PASSWORD), "not reader, editor or admin"),
        (user_entry("", "reader", EDITOR_PASSWORD), "a name has"),
        (f"{USERS},{user_entry('ben', 'editor', EDITOR_PASSWORD)}", "names a user twice"),
    ],
)
def test_error_explains_an_invalid_list_without_showing_secrets(entries: str, message: str) -> None:
    with pytest.raises(settings.SettingsError, match=f"STORYFOLD_USERS: .*{message}") as raised:
        settings.load(users=entries)
    assert "my-secret" not in str(raised.value)
    assert "scrypt" not in str(raised.value)


def test_secrets_are_not_in_the_repr_of_settings() -> None:
    loaded = settings.load(users=f" {USERS} ,", secret_key="k" * 32, reader_tokens="look")
    assert [user.name for user in loaded.users] == ["anna", "ben"]
    assert loaded.has_credentials
    assert all(secret not in repr(loaded) for secret in ("scrypt", "kkk", "look"))


@pytest.mark.parametrize(
    "line", [EDITOR_PASSWORD + "\n", EDITOR_PASSWORD + "\r\n", EDITOR_PASSWORD]
)
def test_command_prints_an_entry_for_the_setting(line: str) -> None:
    result = CliRunner().invoke(main, ["hash-password", "anna", "--role", "editor"], input=line)
    assert result.exit_code == 0, result.output
    (anna,) = settings.load(users=result.stdout.strip()).users
    assert anna.role is Role.EDITOR
    assert anna.check_password(EDITOR_PASSWORD)


def test_command_creates_readers_by_default() -> None:
    result = CliRunner().invoke(main, ["hash-password", "ben"], input=EDITOR_PASSWORD)
    assert result.stdout.startswith("ben:reader:")


def test_command_rejects_a_short_password_in_one_line() -> None:
    result = CliRunner().invoke(main, ["hash-password", "anna"], input="short\n")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Error: a password has 12 to 1000 characters\n"
