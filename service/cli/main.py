"""The command ``storyfold``: finds its commands, and reports errors in one line."""

from __future__ import annotations

from importlib import import_module
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import click


class _Location(NamedTuple):
    """Where a command is, and what it does, in the words of its own help."""

    module: str
    name: str
    short_help: str


_COMMANDS: Final = MappingProxyType(
    {
        "backfill": _Location(
            "service.cli.backfill", "backfill", "Cluster an archive with Apache Spark."
        ),
        "backup": _Location(
            "service.cli.backup_commands",
            "backup",
            "Write one state of the store to FILE, while the service runs.",
        ),
        "calibrate": _Location(
            "service.cli.store_commands",
            "calibrate",
            "Propose an event threshold from editors' decisions.",
        ),
        "check": _Location(
            "service.cli.integrity_commands",
            "check",
            "Verify everything that must hold in a store, and say what is wrong.",
        ),
        "cluster": _Location(
            "service.cli.library_commands",
            "cluster",
            "Print the duplicate groups and events of files.",
        ),
        "evaluate": _Location(
            "service.cli.quality.commands",
            "evaluate",
            "Cluster labelled files and compare the result with the labels.",
        ),
        "explain": _Location(
            "service.cli.library_commands",
            "explain",
            "Explain whether two articles are duplicates and report the same event.",
        ),
        "export": _Location(
            "service.cli.store_commands",
            "export",
            "Write the assignments, articles or events of the store.",
        ),
        "hash-password": _Location(
            "service.cli.access_commands",
            "hash_password",
            "Print an entry for STORYFOLD_USERS with which NAME can log in.",
        ),
        "ingest": _Location(
            "service.cli.store_commands",
            "ingest",
            "Add the articles of files, archives and feeds to the store.",
        ),
        "migrate-store": _Location(
            "service.cli.migrate_store",
            "migrate_store",
            "Move the store FROM to an empty database TO.",
        ),
        "prune": _Location("service.cli.retention", "prune", "Delete the texts of old articles."),
        "recluster": _Location(
            "service.cli.store_commands",
            "recluster",
            "Cluster all events again with current term weights.",
        ),
        "restore": _Location(
            "service.cli.backup_commands",
            "restore",
            "Put the state of a backup in the place of the store.",
        ),
        "serve": _Location("service.cli.serve", "serve", "Serve the HTTP API and the admin pages."),
        "token": _Location(
            "service.cli.access_commands",
            "token",
            "Make, list and withdraw the tokens of programs.",
        ),
        "train": _Location(
            "service.cli.quality.commands", "train", "Train the similarity model on labelled files."
        ),
        "train-vectors": _Location(
            "service.cli.quality.train_vectors",
            "train_vectors",
            "Train the two regressions that use sentence vectors.",
        ),
        "user": _Location(
            "service.cli.access_commands", "user", "Make, list and remove users of the pages."
        ),
    }
)
"""All commands. A command is imported when it is called: together they take a second or more."""


class _LazyGroup(click.Group):
    """Imports a command when it is called, and prints errors that the user can act on in one line.

    References
    ----------
    "Lazily Loading Subcommands" in the documentation of click.
    """

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted(_COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; None if there is none of this name."""
        location = _COMMANDS.get(cmd_name)
        if location is None:
            return None
        command: click.Command = getattr(import_module(location.module), location.name)
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, _COMMANDS[name].short_help) for name in sorted(_COMMANDS)])

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise  # click knows what to print
        except Exception as error:
            message = _describe(error)
            if message is None:
                raise
            raise click.ClickException(message) from error


def _describe(error: Exception) -> str | None:
    """What to tell the user of an error; None for a bug, which needs its traceback."""
    errors = import_module("service.cli.expected_errors")  # with all that can fail
    message: str | None = errors.describe(error)
    return message


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="storyfold", message="%(package)s %(version)s")
def main() -> None:
    """Cluster news articles into duplicate groups and events.

    [Brackets] after an option hold the environment variable that also sets it, and the default.
    """
