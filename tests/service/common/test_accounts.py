from __future__ import annotations

import pytest
from click.testing import CliRunner

from service import settings
from service.cli.main import main
from service.common import accounts
from service.common.accounts import Role
from tests.support.users import EDITOR_PASSWORD, USERS, user_entry


def test_an_entry_opens_with_its_password_alone() -> None:
    (anna,) = accounts.parse_accounts(accounts.create_entry("anna", Role.EDITOR, EDITOR_PASSWORD))
    assert (anna.name, anna.role) == ("anna", Role.EDITOR)
    assert anna.check_password(EDITOR_PASSWORD)
    assert not anna.check_password(EDITOR_PASSWORD + " ")


def test_an_entry_means_the_same_to_every_shell_and_compose_file() -> None:
    made = accounts.create_entry("anna", Role.READER, EDITOR_PASSWORD)
    assert not {*made} & {*" $'\"\\,#`\n"}
    assert made.startswith("anna:reader:scrypt:32768:8:3:")


def test_no_two_entries_are_alike() -> None:
    first, second = (accounts.create_entry("anna", Role.READER, EDITOR_PASSWORD) for _ in range(2))
    assert first != second


@pytest.mark.parametrize("password", ["", "eleven char", "x" * 1001])
def test_a_password_has_a_length(password: str) -> None:
    with pytest.raises(ValueError, match="12 to 1000 characters"):
        accounts.create_entry("anna", Role.READER, password)


@pytest.mark.parametrize("name", ["", "a:b", "a,b", " anna", "an\nna", "x" * 65])
def test_a_name_can_be_told_from_the_rest(name: str) -> None:
    with pytest.raises(ValueError, match="a name has"):
        accounts.create_entry(name, Role.READER, EDITOR_PASSWORD)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ("anna", "entry 1 is not NAME:ROLE:HASH"),
        (f"{USERS},my-secret-password", "entry 3 is not NAME:ROLE:HASH"),
        ("anna:editor:my-secret-password", "entry 1 is not NAME:ROLE:HASH"),
        (user_entry("anna", "chief", EDITOR_PASSWORD), "neither reader nor editor"),
        (user_entry("", "reader", EDITOR_PASSWORD), "a name has"),
        (f"{USERS},{user_entry('ben', 'editor', EDITOR_PASSWORD)}", "names somebody twice"),
    ],
)
def test_a_bad_list_is_explained_and_not_shown(entries: str, message: str) -> None:
    with pytest.raises(settings.SettingsError, match=f"STORYFOLD_USERS: .*{message}") as raised:
        settings.load(users=entries)
    assert "my-secret" not in str(raised.value)
    assert "scrypt" not in str(raised.value)


def test_hashes_and_keys_are_not_shown_by_settings() -> None:
    read = settings.load(users=f" {USERS} ,", secret_key="k" * 32, reader_tokens="look")
    assert [user.name for user in read.users] == ["anna", "ben"]
    assert not read.is_open
    assert all(secret not in repr(read) for secret in ("scrypt", "kkk", "look"))


@pytest.mark.parametrize(
    "line", [EDITOR_PASSWORD + "\n", EDITOR_PASSWORD + "\r\n", EDITOR_PASSWORD]
)
def test_the_command_prints_what_the_setting_takes(line: str) -> None:
    done = CliRunner().invoke(main, ["hash-password", "anna", "--role", "editor"], input=line)
    assert done.exit_code == 0, done.output
    (anna,) = settings.load(users=done.stdout.strip()).users
    assert anna.role is Role.EDITOR
    assert anna.check_password(EDITOR_PASSWORD)


def test_the_command_makes_readers_unless_told_otherwise() -> None:
    done = CliRunner().invoke(main, ["hash-password", "ben"], input=EDITOR_PASSWORD)
    assert done.stdout.startswith("ben:reader:")


def test_the_command_refuses_a_short_password_in_one_line() -> None:
    done = CliRunner().invoke(main, ["hash-password", "anna"], input="short\n")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == "Error: a password has 12 to 1000 characters\n"
