"""Sources of articles, read into the store; a run that was broken off is gone on with.

How far each source was read is kept in the store, in the transaction that takes in the articles
before it. So no article is taken in twice or left out, wherever a run is killed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, bindparam, func, select

from service import intake, readers
from service.desk import Desk, NotReadyError
from service.intake import Answer
from service.readers import Elsewhere, FetchError, Found, Note, Report, Source, Unreadable
from service.store import marks
from service.store.marks import Mark
from service.store.tables import articles, texts
from service.submission import Received

_LENGTHS: Final = (
    select(articles.c.id, func.length(texts.c.text).label("length"))
    .join_from(articles, texts, texts.c.key == articles.c.key)
    .where(articles.c.id.in_(bindparam("ids", expanding=True)))
)


@dataclass(slots=True)
class _Chunk:
    """Articles for one transaction, and how far their sources will be read with them."""

    found: list[Found] = field(default_factory=list)
    marks: dict[str, Mark] = field(default_factory=dict)


class Ingest:
    """One run over sources.

    Parameters
    ----------
    desk : Desk
    report : Report
        Hears what is not taken.
    again : bool
        Read everything from the start, whatever was read before.
    meter : callable
        Told of every portion that was read, in bytes as they are on the disk.
    """

    def __init__(
        self,
        desk: Desk,
        report: Report,
        *,
        again: bool = False,
        meter: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._desk = desk
        self._report = report
        self._again = again
        self._meter = meter
        self._chunk = _Chunk()

    def run(self, sources: Iterable[Source]) -> Iterator[Sequence[Answer]]:
        """Take in what the sources hold; yield the answers of each transaction."""
        for source in sources:
            yield from self._source(source)
        yield self._settle()

    def _source(self, source: Source) -> Iterator[Sequence[Answer]]:
        mark = self._mark(source)
        try:
            fetched = readers.fetch(source, mark.edition if mark.finished else None)
        except (FetchError, OSError) as error:
            self._report.refuse(source.name, str(error))
        else:
            if fetched is None:
                self._report.note(source.name, _left_out(mark))
            else:
                yield from self._readings(fetched, mark)

    def _mark(self, source: Source) -> Mark:
        if source.place is None or self._again:
            return Mark("")
        with self._desk.store.reading() as transaction:
            return marks.read(transaction, source.place) or Mark("")

    def _readings(self, source: Source, mark: Mark) -> Iterator[Sequence[Answer]]:
        edition = source.edition
        before = mark if mark.edition == edition and not mark.finished else Mark(edition)
        if before.position:
            self._report.note(source.name, f"goes on after {before.position:,} read before")
        whole, position, refused = True, 0, before.refused
        for position, reading in enumerate(readers.unfollowed(source, self._meter), start=1):
            # What an index names is asked for each time: its own edition says nothing of it.
            if isinstance(reading, Elsewhere):
                whole = False
                yield from self._elsewhere(source, reading)
            elif position > before.position:
                whole = whole and not (isinstance(reading, Unreadable) and reading.ends)
                found = list(readers.accept([reading], self._report, self._longest))
                refused += not found and not isinstance(reading, Note)
                self._chunk.found += found
                self._note(source, Mark(edition, position, refused))
            if len(self._chunk.found) >= intake.CHUNK:
                yield self._settle()
        if whole:
            self._note(source, Mark(edition, position, refused, finished=True))

    @property
    def _longest(self) -> int:
        return self._desk.settings.max_text_chars

    def _elsewhere(self, source: Source, found: Elsewhere) -> Iterator[Sequence[Answer]]:
        child = readers.follow(source, found)
        if isinstance(child, Source):
            yield from self._source(child)
        else:
            self._report.note(child.origin, child.message)

    def _note(self, source: Source, mark: Mark) -> None:
        if source.place is not None:
            self._chunk.marks[source.place] = mark

    def _settle(self) -> Sequence[Answer]:
        """Take in what has come together, with the marks behind it."""
        chunk, self._chunk = self._chunk, _Chunk()
        received = [found.received for found in self._worth_taking(chunk.found)]
        if received:
            return self._patiently(received, chunk.marks)
        if chunk.marks:
            with self._desk.store.writing() as transaction:
                marks.write(transaction, chunk.marks)
        return ()

    def _patiently(self, received: list[Received], kept: dict[str, Mark]) -> list[Answer]:
        def along(transaction: Connection) -> None:
            marks.write(transaction, kept)

        while True:
            try:
                return intake.ingest(self._desk, received, along=along)
            except NotReadyError:  # another process wrote, and the index must be loaded again
                self._desk.wait_ready()

    def _worth_taking(self, found: Sequence[Found]) -> Iterator[Found]:
        """Leave out the beginnings of articles that are there in full."""
        excerpts = {each.received.id for each in found if each.excerpt}
        there = self._lengths(excerpts) if excerpts else {}
        for each in found:
            if not each.excerpt or there.get(each.received.id, -1) <= len(each.received.text):
                yield each

    def _lengths(self, ids: set[str]) -> dict[str, int]:
        with self._desk.store.reading() as transaction:
            found = transaction.execute(_LENGTHS, {"ids": sorted(ids)})
            return {row.id: row.length for row in found}


def _left_out(mark: Mark) -> str:
    refused = f" ({mark.refused:,} refused)" if mark.refused else ""
    return f"read before{refused}, and unchanged since; --again reads it all the same"
