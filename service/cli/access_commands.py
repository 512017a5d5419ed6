"""Commands for who has access: ``token …``, ``user …`` and ``hash-password``."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime

import click

from service.cli import console
from service.cli.options import CLI_ACTOR, db_option, format_examples, load_settings
from service.common import accounts
from service.common.accounts import Account, Role
from service.common.dates import SECONDS_PER_DAY
from service.common.scopes import Scope, format_scopes
from service.settings import Settings
from service.store import Store
from service.store.access import audit_log, tokens, users

_role_option = click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    default=Role.READER.value,
    help="A reader sees the pages; an editor also makes decisions; an admin may do all. [reader]",
)


@click.group()
def token() -> None:
    """Make, list and withdraw the tokens of programs. A running service needs no restart."""


@token.command(
    "create",
    epilog=format_examples(
        "storyfold token create crawler",
        "storyfold token create dashboard --scope read --days 90",
    ),
)
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice([scope.value for scope in Scope]),
    default=(Scope.READ.value, Scope.WRITE.value),
    help="What it may do; repeat it for several. [read and write, which a crawler needs]",
)
@click.option("--days", type=click.FloatRange(0, 36_500, min_open=True), help="Expiry. [never]")
@db_option
def create_token(name: str, scopes: Sequence[str], days: float | None, db: str | None) -> None:
    """Print a new token called NAME. Only its hash is stored: it cannot be shown again."""
    expires_at = None if days is None else time.time() + days * SECONDS_PER_DAY
    with Store(load_settings(db=db).db) as store:
        try:
            created = tokens.create_token(
                store, name, map(Scope, scopes), CLI_ACTOR, expires_at=expires_at
            )
        except ValueError as error:
            raise click.ClickException(str(error)) from error
        audit_log.record(store, CLI_ACTOR, f"created token {name} ({' '.join(scopes)})")
    click.echo(created)


@token.command("list")
@db_option
def list_tokens(db: str | None) -> None:
    """List the tokens of the store: name, scopes, day of expiry, who made it and when."""
    with Store(load_settings(db=db).db) as store:
        for known in tokens.list_tokens(store):
            expiry = "never" if known.expires_at is None else _format_day(known.expires_at)
            made = f"{known.created_by}, {_format_day(known.created_at)}"
            click.echo(f"{known.name}\t{format_scopes(known.scopes)}\t{expiry}\t{made}")


@token.command("revoke")
@click.argument("name")
@db_option
def revoke_token(name: str, db: str | None) -> None:
    """Withdraw the token called NAME. It is refused from the next request on."""
    with Store(load_settings(db=db).db) as store:
        if not tokens.revoke_token(store, name):
            raise click.ClickException(f"there is no token {name!r}")
        audit_log.record(store, CLI_ACTOR, f"revoked token {name}")


@click.group()
def user() -> None:
    """Make, list and remove users of the pages. A running service needs no restart."""


@user.command("create", epilog=format_examples("storyfold user create anna --role editor"))
@click.argument("name")
@_role_option
@db_option
def create_user(name: str, role: str, db: str | None) -> None:
    """Make a user called NAME. The password is asked for, or read from standard input."""
    loaded = load_settings(db=db)
    account = _ask_account(name, role)
    _check_not_configured(loaded, name)
    with Store(loaded.db) as store:
        try:
            users.create_user(store, account, CLI_ACTOR)
        except ValueError as error:
            raise click.ClickException(str(error)) from error
        audit_log.record(store, CLI_ACTOR, f"created user {name} ({role})")


@user.command("replace", epilog=format_examples("storyfold user replace anna --role admin"))
@click.argument("name")
@_role_option
@db_option
def replace_user(name: str, role: str, db: str | None) -> None:
    """Give the user called NAME another password and role. Open sessions end."""
    account = _ask_account(name, role)
    with Store(load_settings(db=db).db) as store:
        if not users.replace_user(store, account):
            raise click.ClickException(f"there is no user {name!r} in the store")
        audit_log.record(store, CLI_ACTOR, f"replaced user {name} ({role})")


@user.command("list")
@db_option
def list_users(db: str | None) -> None:
    """List the users of the store: name, role, who made it and when."""
    with Store(load_settings(db=db).db) as store:
        for known in users.list_users(store):
            made = f"{known.created_by}, {_format_day(known.created_at)}"
            click.echo(f"{known.name}\t{known.role}\t{made}")


@user.command("remove")
@click.argument("name")
@db_option
def remove_user(name: str, db: str | None) -> None:
    """Remove the user called NAME. Open sessions end."""
    with Store(load_settings(db=db).db) as store:
        if not users.remove_user(store, name):
            raise click.ClickException(f"there is no user {name!r} in the store")
        audit_log.record(store, CLI_ACTOR, f"removed user {name}")


def _ask_account(name: str, role: str) -> Account:
    try:
        return accounts.create_account(name, Role(role), console.ask_password())
    except ValueError as error:
        raise click.ClickException(str(error)) from error


def _check_not_configured(settings: Settings, name: str) -> None:
    if accounts.find_account(settings.users, name) is not None:
        raise click.ClickException(f"STORYFOLD_USERS has a user {name!r}, which comes first")


def _format_day(timestamp: float) -> str:
    return datetime.fromtimestamp(timestamp, UTC).date().isoformat()


@click.command(
    epilog=format_examples(
        "storyfold hash-password anna --role editor",
        "docker compose run --rm storyfold storyfold hash-password anna --role editor",
    )
)
@click.argument("name")
@_role_option
def hash_password(name: str, role: str) -> None:
    """Print an entry for STORYFOLD_USERS with which NAME can log in on the admin pages.

    The password is asked for, or read from standard input. Only its hash is printed, and nothing
    is stored.
    """
    try:
        click.echo(accounts.create_entry(name, Role(role), console.ask_password()))
    except ValueError as error:
        raise click.ClickException(str(error)) from error
