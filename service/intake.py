"""Articles in and out: from a checked article to a committed assignment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from sqlalchemy import Connection, bindparam, select

from clustering.assign import analyse
from clustering.model import Features
from service import browse
from service.desk import Desk
from service.evidence import EvidenceView
from service.shown import DESCRIBED
from service.store.journal import Manuscript
from service.store.tables import articles
from service.submission import Received
from service.turn import Turn

CHUNK: Final = 100
"""Articles in one transaction: enough to share its cost, few enough not to keep others waiting."""

Outcome = Literal["new", "unchanged", "updated", "exact_duplicate", "near_duplicate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was made of an article."""

    __pydantic_config__ = DESCRIBED

    article_id: str
    outcome: Outcome
    """What the post did. A new article is "new", "exact_duplicate" or "near_duplicate"; one that
    was there is "unchanged" or "updated"."""
    duplicate_group_id: str
    duplicate_of: str | None
    """The article that stands for the group; null if it is this one."""
    event_id: str
    event_size: int
    """Articles in the event, reprints included."""
    evidence: EvidenceView
    warnings: tuple[str, ...]
    """What was left out or repaired, and what limits the judgement."""
    aliases: Mapping[str, str]
    """Fields that did not come under their own names, and what they were read from: the name that
    was posted, or the way to it, such as "publisher/name"."""


class _Known(NamedTuple):
    key: int
    version: int
    received_at: float
    content_hash: bytes


class _Draft(NamedTuple):
    received: Received
    features: Features | None
    """None if the article looked unchanged."""


class _Filed(NamedTuple):
    key: int
    outcome: Literal["unchanged", "updated"] | None
    warnings: tuple[str, ...]
    aliases: Mapping[str, str]


def ingest(
    desk: Desk,
    received: Sequence[Received],
    *,
    dry_run: bool = False,
    along: Callable[[Connection], None] | None = None,
) -> list[Answer]:
    """Take articles in, and answer each.

    Parameters
    ----------
    desk : Desk
    received : sequence of Received
        Any number; about a hundred share a transaction.
    dry_run : bool
        Answer each as if it were the next article, and store nothing.
    along : callable, optional
        Called in the last transaction, to write what shall be stored with it or not at all.

    Returns
    -------
    list of Answer
        One for each article, in the same order. Those of one transaction show how things stand
        at its end.

    Raises
    ------
    NotReadyError
        If the index is not loaded yet; nothing of the present transaction was stored.
    """
    chunks = [[one] for one in received] if dry_run else list(_chunks(received))
    answers: list[Answer] = []
    for left, chunk in enumerate(chunks, start=1 - len(chunks)):
        answers += _take(desk, chunk, dry_run, along if left == 0 else None)
    return answers


def remove(desk: Desk, article_id: str) -> bool:
    """Remove an article with its history; return whether it was there.

    Raises
    ------
    NotReadyError
    """
    with desk.turn() as turn:
        known = _known(turn.transaction, [article_id]).get(article_id)
        if known is None:
            return False
        turn.withdraw("article.removed", known.key, article_id)
        turn.journal.removed.add(known.key)
        turn.write()
    return True


def _chunks(received: Iterable[Received]) -> Iterator[list[Received]]:
    """Cut into chunks in which no article has two versions."""
    chunk: dict[str, bytes] = {}
    articles: list[Received] = []
    for one in received:
        if len(articles) == CHUNK or chunk.get(one.id, one.content_hash) != one.content_hash:
            yield articles
            chunk, articles = {}, []
        chunk[one.id] = one.content_hash
        articles.append(one)
    if articles:
        yield articles


def _take(
    desk: Desk,
    chunk: list[Received],
    dry_run: bool,
    along: Callable[[Connection], None] | None,
) -> list[Answer]:
    drafts = _drafts(desk, chunk)
    with desk.turn(rehearsal=dry_run) as turn:
        known = _known(turn.transaction, [draft.received.id for draft in drafts])
        filed = [_file(turn, known, draft) for draft in drafts]
        turn.write()
        if along is not None:
            along(turn.transaction)
        return _answers(turn.transaction, filed)


def _drafts(desk: Desk, chunk: list[Received]) -> list[_Draft]:
    """Compute the features of all that is not there unchanged, while others may write."""
    with desk.store.reading() as transaction:
        known = _known(transaction, [received.id for received in chunk])
    seen = {article_id: was.content_hash for article_id, was in known.items()}
    drafts = []
    for received in chunk:
        unchanged = seen.get(received.id) == received.content_hash
        drafts.append(_Draft(received, None if unchanged else analyse(received.to_article())))
        seen[received.id] = received.content_hash
    return drafts


def _known(transaction: Connection, article_ids: Iterable[str]) -> dict[str, _Known]:
    query = select(
        articles.c.id,
        articles.c.key,
        articles.c.version,
        articles.c.received_at,
        articles.c.content_hash,
    ).where(articles.c.id.in_(bindparam("ids", expanding=True)))
    found = transaction.execute(query, {"ids": sorted(set(article_ids))})
    return {article_id: _Known(*rest) for article_id, *rest in found}


def _file(turn: Turn, known: dict[str, _Known], draft: _Draft) -> _Filed:
    """Judge an article by what is known of it; `known` is kept up to date."""
    received = draft.received
    was = known.get(received.id)
    if was is not None and was.content_hash == received.content_hash:
        return _Filed(was.key, "unchanged", received.warnings, received.aliases)
    # Another writer may have come in between, so that what looked unchanged is not.
    features = draft.features or analyse(received.to_article())
    if was is None:
        now = _Known(turn.journal.next_key(), 1, turn.journal.now, received.content_hash)
        turn.journal.added[now.key] = _manuscript(received, now, turn.journal.now)
    else:
        now = was._replace(version=was.version + 1, content_hash=received.content_hash)
        turn.withdraw("article.updated", now.key, received.id)
        turn.journal.replaced[now.key] = _manuscript(received, now, turn.journal.now)
    known[received.id] = now
    turn.place(now.key, received.id, features)
    outcome: Literal["updated"] | None = "updated" if was is not None else None
    warnings = received.warnings + features.warnings
    return _Filed(now.key, outcome, warnings, received.aliases)


def _manuscript(received: Received, known: _Known, now: float) -> Manuscript:
    article = {
        "key": known.key,
        "id": received.id,
        "version": known.version,
        "url": received.url,
        "canonical_url": received.canonical_url,
        "title": received.title,
        "source": received.source,
        "language": received.language,
        "published_at": received.published_at,
        "published": received.published,
        "received_at": known.received_at,
        "updated_at": now,
        "content_hash": received.content_hash,
    }
    return Manuscript(article, received.text)


def _answers(transaction: Connection, filed: list[_Filed]) -> list[Answer]:
    places = browse.places(transaction, {one.key for one in filed})
    return [_answer(places[one.key], one) for one in filed]


def _answer(place: browse.Place, filed: _Filed) -> Answer:
    assignment = place.assignment
    return Answer(
        article_id=place.article_id,
        outcome=filed.outcome or assignment.outcome,
        duplicate_group_id=assignment.duplicate_group_id,
        duplicate_of=assignment.duplicate_of,
        event_id=assignment.event_id,
        event_size=assignment.event_size,
        evidence=assignment.evidence,
        warnings=filed.warnings,
        aliases=filed.aliases,
    )
