"""The command ``storyfold``; here are ``serve``, ``cluster``, ``explain``, ``hash-password``."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Sequence
from typing import Any, Final, TextIO

import click
from pydantic_core import to_json
from sqlalchemy.exc import SQLAlchemyError

from service.cli import access_commands, cluster_files, console, store_commands
from service.cli import explain as cli_explain
from service.cli.backfill import backfill
from service.cli.explain import NotFoundError
from service.cli.migrate_store import migrate_store
from service.cli.options import (
    FORMAT_CHOICE,
    db_option,
    files_argument,
    format_examples,
    load_settings,
    open_optional_store,
    output_option,
    read_articles,
)
from service.cli.output import explain_table, tables
from service.cli.quality import commands
from service.cli.quality.train_vectors import train_vectors
from service.cli.retention import prune
from service.common import accounts
from service.common.accounts import Role
from service.common.formatting import format_count
from service.common.missing_extra import MissingExtraError
from service.engine import encoders
from service.ingest import readers
from service.ingest.readers import Format, UnknownFormatError
from service.ingest.starter_corpus import load_starter_corpus
from service.review.threshold import NoPreviousThresholdError, ThresholdChangedError
from service.settings import Settings, SettingsError
from service.store import Store, StoreError
from service.web import extensions, server
from service.web.app import create_app
from service.web.auth.credentials import Credentials

_LOG: Final = logging.getLogger(__name__)
_LOG_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class _ErrorReportingGroup(click.Group):
    """Prints an error that the user can act on in one line, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (
            *(SettingsError, StoreError, UnknownFormatError, NotFoundError, MissingExtraError),
            *(ThresholdChangedError, NoPreviousThresholdError),
        ) as error:
            raise click.ClickException(str(error)) from error
        except BrokenPipeError:
            raise  # click exits without a message
        except OSError as error:
            raise click.ClickException(f"{error.filename}: {error.strerror}") from error
        except (SQLAlchemyError, ModuleNotFoundError) as error:
            reason = str(error).partition("\n")[0]
            raise click.ClickException(f"the store can't be used: {reason}") from error


@click.group(cls=_ErrorReportingGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="storyfold", message="%(package)s %(version)s")
def main() -> None:
    """Cluster news articles into duplicate groups and events.

    [Brackets] after an option hold the environment variable that also sets it, and the default.
    """


@main.command(
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
    logging.basicConfig(level=loaded.log_level.upper(), format=_LOG_FORMAT)
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


@main.command(
    epilog=format_examples(
        "storyfold cluster seeds/",
        "storyfold cluster articles.jsonl --format csv > events.csv",
    )
)
@files_argument
@click.option(
    "--format",
    "format_",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    help="Format of the output. [table]",
)
@click.option("--input-format", type=FORMAT_CHOICE, help="Format of the files. [from their names]")
@output_option
@click.pass_context
def cluster(
    ctx: click.Context,
    files: Sequence[str],
    format_: str,
    input_format: Format | None,
    output: TextIO,
) -> None:
    """Print the duplicate groups and events of files, without a store.

    FILES are the same as for ingest.
    """
    sources = list(readers.find_sources(files, input_format))
    reporter = console.ConsoleReporter()
    loaded = load_settings()
    parsed = read_articles(sources, reporter, loaded, lambda _: None)
    events = cluster_files.cluster(
        parsed,
        loaded.canonical_rule,
        across_languages=loaded.across_languages,
        encoder=encoders.from_settings(loaded),
    )
    if format_ == "json":
        click.echo(to_json({"events": events}, indent=2), file=output)
    elif format_ == "csv":
        tables.write_csv(
            cluster_files.flatten_events(events), cluster_files.ClusteredArticle, output
        )
    else:
        for line in tables.format_events(events, shutil.get_terminal_size().columns):
            click.echo(line, file=output)
    reporter.show_suppressed()
    ctx.exit(1 if reporter.has_errors else 0)


@main.command(
    epilog=format_examples(
        "storyfold explain s079 s080",
        "storyfold explain draft.txt monday.jsonl:17 --format json",
    )
)
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@db_option
@click.option(
    "--format",
    "format_",
    type=click.Choice(["table", "json"]),
    default="table",
    help="Format of the output. [table]",
)
@output_option
def explain(first: str, second: str, db: str | None, format_: str, output: TextIO) -> None:
    """Explain whether two articles are duplicates and report the same event.

    A and B are ids of articles in the store, or files as for ingest. FILE:LINE names one article
    of a file with several. If a name is both an id and a file, the article of the store is used.
    Articles of files are compared as newly arrived ones and are not stored. The service may run
    meanwhile.
    """
    loaded = load_settings(db=db)
    reporter = console.ConsoleReporter()
    with open_optional_store((first, second), loaded.db, is_explicit=db is not None) as store:
        pair = cli_explain.explain(store, first, second, reporter, loaded.max_text_chars)
    if format_ == "json":
        click.echo(to_json(pair, indent=2), file=output)
        return
    for line in explain_table.format_explanation(pair, shutil.get_terminal_size().columns):
        click.echo(line, file=output)


@main.command(
    epilog=format_examples(
        "storyfold hash-password anna --role editor",
        "docker compose run --rm storyfold storyfold hash-password anna --role editor",
    )
)
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    default=Role.READER.value,
    help="A reader sees the pages; an editor also makes decisions; an admin may do all. [reader]",
)
def hash_password(name: str, role: str) -> None:
    """Print an entry for STORYFOLD_USERS with which NAME can log in on the admin pages.

    The password is asked for, or read from standard input. Only its hash is printed, and nothing
    is stored.
    """
    try:
        click.echo(accounts.create_entry(name, Role(role), console.ask_password()))
    except ValueError as error:
        raise click.ClickException(str(error)) from error


main.add_command(store_commands.ingest)
main.add_command(store_commands.recluster)
main.add_command(store_commands.calibrate)
main.add_command(store_commands.export)
main.add_command(migrate_store)
main.add_command(prune)
main.add_command(backfill)
main.add_command(access_commands.token)
main.add_command(access_commands.user)
main.add_command(commands.train)
main.add_command(train_vectors)
main.add_command(commands.evaluate)
