"""The command ``storyfold serve``."""

from __future__ import annotations

import logging
from typing import Final

import click

from service.cli import console
from service.cli.options import db_option, format_examples, load_settings
from service.common import log_config
from service.common.formatting import format_count
from service.ingest.starter_corpus import load_starter_corpus
from service.settings import Settings
from service.store import Store
from service.web import extensions, server
from service.web.app import create_app
from service.web.auth.credentials import Credentials

_LOG: Final = logging.getLogger(__name__)


@click.command(
    epilog=format_examples(
        "storyfold serve --starter",
        "storyfold serve --host 0.0.0.0 --port 80 --db postgresql+psycopg://me@db/news",
    )
)
@click.option("--host", help="Address to listen on. [STORYFOLD_HOST; 127.0.0.1]")
@click.option(
    "--port", type=int, help="Port to listen on; 0 takes any free one. [STORYFOLD_PORT; 8080]"
)
@db_option
@click.option(
    "--starter",
    is_flag=True,
    default=None,
    help="Load the starter corpus into an empty store. [STORYFOLD_STARTER; no]",
)
@click.option(
    "--insecure",
    is_flag=True,
    default=None,
    help="Let everyone who reaches the port use the API while there are no tokens and users."
    " [STORYFOLD_INSECURE; no]",
)
def serve(
    host: str | None,
    port: int | None,
    db: str | None,
    starter: bool | None,
    insecure: bool | None,
) -> None:
    """Serve the HTTP API and the admin pages.

    Without tokens and users, only this machine has access, and the command refuses to listen for
    others: `storyfold token create` makes a token, `storyfold user create` a user.
    """
    loaded = load_settings(host=host, port=port, db=db, starter=starter, insecure=insecure)
    log_config.configure(loaded.log_level, loaded.log_format)
    is_open = _is_open(loaded)
    if is_open and loaded.listens_elsewhere:
        if not loaded.insecure:
            raise click.ClickException(console.format_refusal(loaded))
        _LOG.warning("no token is set: anybody who reaches the port may read and change everything")
    app = create_app(loaded)

    def announce(address: str) -> None:
        if loaded.starter and (
            count := load_starter_corpus(app.extensions[extensions.INDEX_WRITER])
        ):
            click.echo(f"Loaded the starter corpus ({format_count(count, 'article')}).")
        click.echo(console.format_greeting(address, loaded, is_open=is_open))

    try:
        server.serve(app, loaded, announce)
    except OSError as error:
        address = f"{loaded.host}:{loaded.port}"
        raise click.ClickException(f"can't listen on {address}: {error.strerror}") from error


def _is_open(loaded: Settings) -> bool:
    """Whether there are neither tokens nor users."""
    with Store(loaded.db) as store:
        return not Credentials(loaded, store).exist()
