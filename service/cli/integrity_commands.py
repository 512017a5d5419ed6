"""The command ``check``."""

from __future__ import annotations

import click
from pydantic_core import to_json

from service.cli.options import db_option, format_examples, load_settings, open_existing_store
from service.common.formatting import format_count
from service.integrity.check import find_problems, list_invariants


@click.command(
    epilog=format_examples("storyfold check", "storyfold check --features --format json")
)
@db_option
@click.option(
    "--features",
    "with_features",
    is_flag=True,
    help="Also compute the features of all texts anew, a millisecond for each. [no]",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    help="Format of the output. [text]",
)
@click.pass_context
def check(ctx: click.Context, db: str | None, with_features: bool, format_: str) -> None:
    """Verify everything that must hold in a store, and say what is wrong.

    The exit code is 1 if anything is. The service may run meanwhile: the command sees one state of
    the store and blocks nobody. Run it with the settings of the service, as the canonical articles
    depend on them.
    """
    loaded = load_settings(db=db)
    with open_existing_store(loaded.db) as store:
        findings = list(find_problems(store, loaded, with_features=with_features))
    invariants = list_invariants(with_features=with_features)
    if format_ == "json":
        click.echo(to_json({"checked": invariants, "problems": findings}, indent=2))
        ctx.exit(1 if findings else 0)
    for invariant in invariants:
        broken = [finding for finding in findings if finding.invariant == invariant]
        click.echo(f"{invariant}: {format_count(len(broken), 'problem') if broken else 'yes'}")
        for finding in broken:
            click.echo(f"    {finding.subject} {finding.detail}")
    ctx.exit(1 if findings else 0)
