"""The command line: ``storyfold serve``, ``ingest``, ``cluster``, ``export`` and so on."""

from __future__ import annotations

import logging
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import chain
from pathlib import Path
from typing import Any, Final, TextIO, get_args

import click
from pydantic_core import to_json
from sqlalchemy.exc import SQLAlchemyError

from service import (
    accounts,
    browse,
    calibration,
    columns,
    console,
    current,
    explained,
    explaining,
    offline,
    printing,
    quality,
    readers,
    reclustering,
    server,
    settings,
)
from service.accounts import Role
from service.app import create_app
from service.calibration import LineMovedError, NoLineBeforeError
from service.desk import Desk
from service.explaining import NotFoundError
from service.exporting import EXPORTS, What
from service.extras import MissingExtraError
from service.ingesting import Ingest
from service.readers import Format, Found, Source, UnknownFormatError
from service.reclustering import Reclustered
from service.settings import Settings, SettingsError
from service.starter import load_into
from service.store import Store, StoreError
from service.wording import counted

_LOG_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_AT_THE_KEYBOARD: Final = "command line"
_FORMATS: Final = click.Choice(get_args(Format))


class _Plainly(click.Group):
    """Says in one line what went wrong, where the person at the keyboard can do something."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (
            *(SettingsError, StoreError, UnknownFormatError, NotFoundError, MissingExtraError),
            *(LineMovedError, NoLineBeforeError),
        ) as error:
            raise click.ClickException(str(error)) from error
        except BrokenPipeError:
            raise  # click ends quietly
        except OSError as error:
            raise click.ClickException(f"{error.filename}: {error.strerror}") from error
        except (SQLAlchemyError, ModuleNotFoundError) as error:
            reason = str(error).partition("\n")[0]
            raise click.ClickException(f"the store can't be used: {reason}") from error


_files = click.argument("files", nargs=-1, required=True, metavar="FILES...")
_db = click.option(
    "--db",
    metavar="PATH_OR_URL",
    help="The store: an SQLite file or a database URL. [STORYFOLD_DB; var/storyfold.db]",
)

_output = click.option(
    "--output",
    "-o",
    type=click.File("w", encoding="utf-8"),
    default="-",
    help="File to write. [standard output]",
)


def _examples(*commands: str) -> str:
    return "\n  ".join(("\b\nExamples:", *commands))  # \b: click shall not refill the lines


@click.group(cls=_Plainly, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="storyfold", message="%(package)s %(version)s")
def main() -> None:
    """Cluster news articles into duplicate groups and events.

    What stands in [brackets] after an option is the variable that sets it as well, and what holds
    without either.
    """


@main.command(
    epilog=_examples(
        "storyfold serve --starter",
        "storyfold serve --host 0.0.0.0 --port 80 --db postgresql+psycopg://me@db/news",
    )
)
@click.option("--host", help="Address to listen on. [STORYFOLD_HOST; 127.0.0.1]")
@click.option("--port", type=int, help="Port to listen on; 0 takes any. [STORYFOLD_PORT; 8080]")
@_db
@click.option(
    "--starter",
    is_flag=True,
    default=None,
    help="Fill an empty store with the starter corpus. [STORYFOLD_STARTER; no]",
)
def serve(host: str | None, port: int | None, db: str | None, starter: bool | None) -> None:
    """Serve the interface and the pages over HTTP."""
    loaded = settings.load(host=host, port=port, db=db, starter=starter)
    logging.basicConfig(level=loaded.log_level.upper(), format=_LOG_FORMAT)
    app = create_app(loaded)

    def announce(address: str) -> None:
        if loaded.starter and (count := load_into(app.extensions[current.DESK])):
            click.echo(f"Took in the starter corpus of {counted(count, 'article')}.")
        click.echo(console.greeting(address, loaded))

    try:
        server.serve(app, loaded, announce)
    except OSError as error:
        where = f"{loaded.host}:{loaded.port}"
        raise click.ClickException(f"can't listen on {where}: {error.strerror}") from error


@main.command(
    epilog=_examples(
        "storyfold ingest crawl/",
        "storyfold ingest monday.jsonl.gz tuesday.csv --db news.db",
        "storyfold ingest CC-NEWS-20250504.warc.gz https://news.example/feed.xml",
        "crawler | storyfold ingest -",
    )
)
@_files
@_db
@click.option("--format", "format_", type=_FORMATS, help="What the files hold. [by their names]")
@click.option("--again", is_flag=True, help="Read from the start what was read before.")
@click.pass_context
def ingest(
    ctx: click.Context, files: Sequence[str], db: str | None, format_: Format | None, again: bool
) -> None:
    """Put the articles of files, archives and feeds into the store.

    FILES are .txt, .html (one article each), .json (one, or an array), .jsonl, .csv (one a line),
    .warc, .parquet, .rss, .atom, .xml (feeds and news sitemaps), each also packed as .gz, and whole
    folders of these; an address (http or https) is that of a feed or sitemap; - reads JSON lines
    from standard input. A bad article is reported with its file and line, and the others go in; the
    exit code is 1 then.

    Doing it again changes nothing: what was read to its end is left out until it changes, and what
    was broken off is gone on with.
    """
    loaded = settings.load(db=db)
    sources = list(readers.find(files, format_))
    report = console.Report()
    outcomes: Counter[str] = Counter()
    with Store(loaded.db) as store, Desk(loaded, store) as desk:
        desk.wait_ready()
        with console.progress(sources) as progress:
            run = Ingest(desk, report, again=again, meter=progress.read)
            for answers in run.run(sources):
                outcomes.update(answer.outcome for answer in answers)
                progress.done(outcomes.total())
        click.echo(console.summary(outcomes, report.refused, browse.stats(store)))
    ctx.exit(1 if report.refused else 0)


@main.command(
    epilog=_examples(
        "storyfold cluster seeds/",
        "storyfold cluster articles.jsonl --format csv > events.csv",
    )
)
@_files
@click.option(
    "--format",
    "format_",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    help="How to print. [table]",
)
@click.option("--input-format", type=_FORMATS, help="What the files hold. [by their names]")
@_output
@click.pass_context
def cluster(
    ctx: click.Context,
    files: Sequence[str],
    format_: str,
    input_format: Format | None,
    output: TextIO,
) -> None:
    """Print the duplicate groups and events of files, without a store.

    Takes the same FILES as ingest does.
    """
    sources = list(readers.find(files, input_format))
    report = console.Report()
    loaded = settings.load()
    found = _found(sources, report, loaded, lambda _: None)
    events = offline.cluster(found, loaded.canonical_rule)
    if format_ == "json":
        click.echo(to_json({"events": events}, indent=2), file=output)
    elif format_ == "csv":
        printing.write_csv(offline.flat(events), offline.Placed, output)
    else:
        for line in printing.event_table(events, shutil.get_terminal_size().columns):
            click.echo(line, file=output)
    ctx.exit(1 if report.refused else 0)


@main.command(epilog=_examples("storyfold recluster", "storyfold recluster --db news.db"))
@_db
def recluster(db: str | None) -> None:
    """Judge the events of all articles again, by the term weights of now.

    Articles that came early were judged by what was known of the news then. The service may go on
    meanwhile; interrupted, it goes on where it was when it is called again.
    """
    loaded = settings.load(db=db)
    if not _may_exist(loaded.db):
        raise StoreError(f"{loaded.db}: there is no store")
    with Store(loaded.db) as store, Desk(loaded, store) as desk:
        desk.wait_ready()
        done = reclustering.recluster(desk)
        click.echo(console.reclustered(done, browse.stats(store)))


@main.command(
    epilog=_examples(
        "storyfold calibrate",
        "storyfold calibrate --apply",
        "storyfold calibrate --back",
    )
)
@_db
@click.option("--apply", is_flag=True, help="Draw the line there, and judge all events again.")
@click.option("--back", is_flag=True, help="Put the line before back, and judge all events again.")
def calibrate(db: str | None, apply: bool, back: bool) -> None:
    """Tell where people's decisions would draw the line between one event and two.

    Every pair of articles that people said is one event, or is not, is a judgement. The threshold
    that most agree with is drawn towards the line as it comes (0.42), the more the fewer they are:
    that counts for 50. It is told only if there are 30 judgements, 5 of either kind, and if it
    holds for those it was not found by (in five folds). Nothing is changed but with --apply or
    --back. What people decided stands, whatever the line. The service may go on meanwhile.
    """
    if apply and back:
        raise click.UsageError("--apply and --back are two things")
    loaded = settings.load(db=db)
    if back:
        _draw_line(loaded, lambda desk: calibration.put_back(desk, _AT_THE_KEYBOARD))
        return
    with _existing_store(loaded.db) as store:
        found = calibration.work_out(store)
    for line in calibration.lines(found, shutil.get_terminal_size().columns):
        click.echo(line)
    if apply and found.fit.better:
        _draw_line(loaded, lambda desk: calibration.apply(desk, found, _AT_THE_KEYBOARD))
    elif found.fit.better:
        click.echo("Nothing is changed; --apply draws the line there.")


@main.command(
    epilog=_examples(
        "storyfold export > assignments.jsonl",
        "storyfold export --what events --format csv --output events.csv",
        "storyfold export --what articles --format parquet --output articles.parquet",
    )
)
@_db
@click.option(
    "--what", type=click.Choice(get_args(What)), default="assignments", help="[assignments]"
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["jsonl", "csv", "parquet"]),
    default="jsonl",
    help="[jsonl]",
)
@_output
def export(db: str | None, what: What, format_: str, output: TextIO) -> None:
    """Write what the store holds: assignments, articles or events.

    Articles come out as they can be ingested again.
    """
    with _existing_store(settings.load(db=db).db) as store:
        kind, rows = EXPORTS[what]
        if format_ == "csv":
            printing.write_csv(rows(store), kind, output)
        elif format_ == "parquet":
            columns.write_parquet(rows(store), kind, output.buffer)
        else:
            printing.write_json_lines(rows(store), output)


@main.command(
    epilog=_examples(
        "storyfold explain s079 s080",
        "storyfold explain draft.txt monday.jsonl:17 --format json",
    )
)
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@_db
@click.option(
    "--format",
    "format_",
    type=click.Choice(["table", "json"]),
    default="table",
    help="How to print. [table]",
)
@_output
def explain(first: str, second: str, db: str | None, format_: str, output: TextIO) -> None:
    """Explain why two articles are copies or not, and one event or not.

    A and B are ids of articles in the store, or files as ingest takes them; of a file with
    several articles, FILE:LINE names the one that begins there. An id goes before a file of the
    same name. Articles of files are judged as if they had just come, and are not stored. The store
    may be in use.
    """
    loaded = settings.load(db=db)
    report = console.Report()
    with _store_beside((first, second), loaded.db, named=db is not None) as store:
        found = explaining.explain(store, first, second, report, loaded.max_text_chars)
    if format_ == "json":
        click.echo(to_json(found, indent=2), file=output)
        return
    for line in explained.lines(found, shutil.get_terminal_size().columns):
        click.echo(line, file=output)


@main.command(
    epilog=_examples(
        "storyfold hash-password anna --role editor",
        "docker compose run --rm storyfold storyfold hash-password anna --role editor",
    )
)
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    default=Role.READER.value,
    help="A reader may look; an editor may change what is there, too. [reader]",
)
def hash_password(name: str, role: str) -> None:
    """Print an entry for STORYFOLD_USERS, which lets NAME sign in on the pages.

    Asks for the password, or reads it from standard input. It is printed hashed, and kept nowhere.
    """
    try:
        click.echo(accounts.entry(name, Role(role), console.ask_password()))
    except ValueError as error:
        raise click.ClickException(str(error)) from error


main.add_command(quality.train)
main.add_command(quality.evaluate)


def _draw_line(loaded: Settings, draw: Callable[[Desk], Reclustered]) -> None:
    if not _may_exist(loaded.db):
        raise StoreError(f"{loaded.db}: there is no store")
    with Store(loaded.db) as store, Desk(loaded, store) as desk:
        desk.wait_ready()
        done = draw(desk)
        click.echo(f"The line is at {calibration.now(store):.2f}.")
        click.echo(console.reclustered(done, browse.stats(store)))


def _found(
    sources: Iterable[Source],
    report: console.Report,
    loaded: Settings,
    meter: Callable[[int], None],
) -> Iterator[Found]:
    readings = chain.from_iterable(readers.read(source, meter) for source in sources)
    return readers.accept(readings, report, loaded.max_text_chars)


def _existing_store(where: str) -> Store:
    """Open a store to read; a mistyped path shall not make an empty one."""
    if not _may_exist(where):
        raise StoreError(f"{where}: there is no store")
    return Store(where, read_only=True)


def _store_beside(
    names: Sequence[str], where: str, *, named: bool
) -> AbstractContextManager[Store | None]:
    """Open the store to read; files can do without the one that nobody named."""
    if not named and not _may_exist(where) and all(map(explaining.is_file, names)):
        return nullcontext()
    return _existing_store(where)


def _may_exist(where: str) -> bool:
    return "://" in where or Path(where).expanduser().exists()
