"""Precision and recall of the proposals to split an event, by the labels of the articles.

Each file is stored without its labels, as the service does, and every event is looked at as on its
page. A label confirms a proposal if no event of the labels is in both blocks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Flask

from benchmarks.labelled_records import dated, labelled
from benchmarks.output import Row, options, show
from service import queries, settings
from service.common import ids
from service.queries import EventFilter, EventSummary, PagedEvent
from service.web import extensions
from service.web.admin.presenters.similarity_matrix import build_similarity_matrix
from service.web.admin.presenters.split_proposal import Block, propose_split
from service.web.app import close_app, create_app
from service.web.server import warm_up

MIN_GROUPS = 4
"""Smaller events have no two blocks of two groups."""
ARTICLES_PER_BATCH = 200
MAX_ARTICLES = 1000
"""Articles of an event that are loaded: all of them."""


def measure(file: Path) -> Row:
    """Store a file in a new store, and count its mixed events and proposals."""
    with TemporaryDirectory() as folder:
        app = create_app(settings.load(db=str(Path(folder, "store.db"))))
        try:
            warm_up(app)
            label_of = _post(app, file)
            with app.app_context():
                return {"file": file.name} | _count(label_of)
        finally:
            close_app(app)


def _post(app: Flask, file: Path) -> dict[str, str | None]:
    """Post the articles of a file; return the label of each."""
    records, client = dated(file), app.test_client()
    for start in range(0, len(records), ARTICLES_PER_BATCH):
        batch = [
            {name: value for name, value in record.fields.items() if value is not None}
            for record in records[start : start + ARTICLES_PER_BATCH]
        ]
        response = client.post("/v1/articles/batch", json=batch)
        # The articles are stored while the answer is read.
        results = map(json.loads, response.text.splitlines())
        assert all("event_id" in result for result in results)
    return {record.id: record.event for record in records}


def _count(label_of: Mapping[str, str | None]) -> Row:
    mixed = proposals = confirmed = 0
    for event in _iter_events():
        members = (member for group in event.groups for member in group.members)
        mixed += len({label_of[member.article_id] for member in members}) > 1
        matrix = build_similarity_matrix(extensions.index_writer(), event)
        proposal = propose_split(event, matrix)
        if proposal is not None:
            labels = (_labels(block, label_of) for block in (proposal.remaining, proposal.leaving))
            proposals += 1
            confirmed += not set.intersection(*labels)
    return {
        f"mixed events of {MIN_GROUPS} texts": mixed,
        "proposals": proposals,
        "confirmed": confirmed,
        "precision": confirmed / max(proposals, 1),
        "recall": confirmed / max(mixed, 1),
    }


def _iter_events() -> Iterator[PagedEvent]:
    """Yield the events that may have two blocks."""
    for event in _iter_summaries():
        if event.group_count >= MIN_GROUPS:
            number = ids.decode("e", event.event_id) or 0
            page = queries.get_event_page(extensions.store(), number, 1, MAX_ARTICLES)
            assert isinstance(page, PagedEvent)
            yield page


def _iter_summaries() -> Iterator[EventSummary]:
    cursor = None
    while True:
        page = queries.list_events(
            extensions.store(), EventFilter(min_size=MIN_GROUPS), cursor, 1000
        )
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return


def _labels(block: Block, label_of: Mapping[str, str | None]) -> set[str | None]:
    return {label_of[article.article_id] for article in block}


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("files", nargs="*", help="file names; by default all labelled events")
    args = parser.parse_args()
    files = [args.data / name for name in args.files] or labelled(args.data, "events")
    show((measure(file) for file in files), args.json)


if __name__ == "__main__":
    main()
