"""The HTTP interface: read the request, call, answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, TypeVar

from flask import Blueprint, Response, request, url_for
from pydantic import TypeAdapter

from service import batch, bodies, browse, current, ids, intake, miniflux, submission
from service.intake import Answer
from service.metrics import Metrics
from service.problems import LineProblem, ProblemError
from service.queries import ChangeQuery, EventQuery, VersionQuery, flag, query
from service.submission import Fault

_NEW: Final = frozenset({"new", "exact_duplicate", "near_duplicate"})
_WRITE_AT_ONCE: Final = 1000
_T = TypeVar("_T")

_answer: Final = TypeAdapter(Answer)
_article: Final = TypeAdapter(browse.ArticleView)
_versions: Final = TypeAdapter(browse.VersionPage)
_events: Final = TypeAdapter(browse.EventPage)
_event: Final = TypeAdapter(browse.EventView)
_group: Final = TypeAdapter(browse.GroupView)
_changes: Final = TypeAdapter(browse.ChangePage)
_placement: Final = TypeAdapter(browse.Placement)
_batch_line: Final = TypeAdapter(Answer | LineProblem)

api = Blueprint("api", __name__)


@api.post("/v1/articles")
def post_article() -> Response:
    """Take in one article."""
    return _take_in(bodies.one(request))


@api.put("/v1/articles/<id:article_id>")
def put_article(article_id: str) -> Response:
    """Take in one article under the id in the address."""
    raw = bodies.one(request)
    if isinstance(raw, dict) and raw.get("id") not in (None, article_id):
        fault = Fault("/id", "differs from the id in the address")
        raise ProblemError(422, "two ids for one article", fault)
    return _take_in(raw, article_id)


@api.post("/v1/articles/batch")
def post_batch() -> Response:
    """Take in many articles, and answer each in its place."""
    dry_run = flag("dry_run", request.args)
    lines = bodies.lines(request)
    desk = current.desk()
    desk.check_ready()
    limit = current.settings().max_text_chars
    answers = batch.answers(desk, lines, max_text_chars=limit, dry_run=dry_run)
    documents = _count(answers, current.metrics())
    if request.accept_mimetypes.best_match([bodies.NDJSON, bodies.JSON]) == bodies.JSON:
        return Response(_array(documents), mimetype=bodies.JSON)
    return Response(_lines(documents), mimetype=bodies.NDJSON)


@api.post(miniflux.PATH)
def post_miniflux() -> Response:
    """Take in what Miniflux sends, and answer each entry in its place."""
    lines = miniflux.lines(request, current.settings().miniflux_secret)
    current.desk().check_ready()
    limit = current.settings().max_text_chars
    answers = batch.answers(current.desk(), lines, max_text_chars=limit, dry_run=False)
    return Response(_array(_count(answers, current.metrics())), mimetype=bodies.JSON)


@api.get("/v1/articles/<id:article_id>")
def get_article(article_id: str) -> Response:
    """Return an article and its assignment."""
    return _json(_article, _found(browse.article(current.store(), article_id), "article"))


@api.get("/v1/articles/<id:article_id>/versions")
def get_versions(article_id: str) -> Response:
    """List the versions of an article, newest first."""
    asked = query(VersionQuery, request.args)
    page = browse.versions(current.store(), article_id, asked.cursor, asked.limit)
    if page is None:  # or it is an article whose id ends like that
        return get_article(f"{article_id}/versions")
    return _json(_versions, page)


@api.delete("/v1/articles/<id:article_id>")
def delete_article(article_id: str) -> Response:
    """Remove an article."""
    if not intake.remove(current.desk(), article_id):
        raise ProblemError(404, "no such article")
    return Response(status=204)


@api.get("/v1/events")
def get_events() -> Response:
    """List events, newest first."""
    asked = query(EventQuery, request.args)
    page = browse.events(current.store(), asked.filters(), asked.cursor, asked.limit)
    return _json(_events, page)


@api.get("/v1/events/<event_id>")
def get_event(event_id: str) -> Response:
    """Return an event with its articles."""
    found = browse.event(current.store(), _number("e", event_id, "event"))
    if isinstance(found, browse.MergedInto):
        name = ids.encode("e", found.number)
        return _merged(name, url_for("api.get_event", event_id=name))
    return _json(_event, _found(found, "event"))


@api.get("/v1/duplicate-groups/<group_id>")
def get_duplicate_group(group_id: str) -> Response:
    """Return a duplicate group with its articles."""
    found = browse.group(current.store(), _number("g", group_id, "duplicate group"))
    if isinstance(found, browse.MergedInto):
        name = ids.encode("g", found.number)
        return _merged(name, url_for("api.get_duplicate_group", group_id=name))
    return _json(_group, _found(found, "duplicate group"))


@api.get("/v1/assignments")
def get_assignments() -> Response:
    """Stream every current assignment."""
    found = browse.assignments(current.store())
    lines = _lines(map(_placement.dump_json, found))
    return Response(_joined(lines), mimetype=bodies.NDJSON)


@api.get("/v1/changes")
def get_changes() -> Response:
    """Return what changed after a cursor."""
    asked, store = query(ChangeQuery, request.args), current.store()
    if asked.wait:
        current.waiting().until(lambda: browse.newest_change(store) > asked.since, asked.wait)
    return _json(_changes, browse.changes(store, asked.since, asked.limit))


def _take_in(raw: object, article_id: str | None = None) -> Response:
    dry_run = flag("dry_run", request.args)
    limit = current.settings().max_text_chars
    received = submission.read(raw, max_text_chars=limit, article_id=article_id)
    (answer,) = intake.ingest(current.desk(), [received], dry_run=dry_run)
    current.metrics().articles([answer.outcome])
    response = _json(_answer, answer)
    if answer.outcome in _NEW and not dry_run:
        response.status_code = 201
        response.location = url_for("api.get_article", article_id=answer.article_id)
    return response


def _count(answers: Iterable[Answer | LineProblem], metrics: Metrics) -> Iterator[bytes]:
    for answer in answers:
        metrics.articles([answer.outcome if isinstance(answer, Answer) else "refused"])
        yield _batch_line.dump_json(answer)


def _lines(documents: Iterable[bytes]) -> Iterator[bytes]:
    for document in documents:
        yield document + b"\n"


def _array(documents: Iterable[bytes]) -> Iterator[bytes]:
    before = b"[\n"
    for document in documents:
        yield before + document
        before = b",\n"
    yield b"[]\n" if before == b"[\n" else b"\n]\n"


def _joined(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Write many lines at once: a write costs more than a line."""
    rest = iter(lines)
    while some := b"".join(islice(rest, _WRITE_AT_ONCE)):
        yield some


def _json(kind: TypeAdapter[_T], value: _T) -> Response:
    return Response(kind.dump_json(value) + b"\n", mimetype=bodies.JSON)


def _found(value: _T | None, kind: str) -> _T:
    if value is None:
        raise ProblemError(404, f"no such {kind}")
    return value


def _number(letter: ids.Kind, name: str, kind: str) -> int:
    return _found(ids.decode(letter, name), kind)


def _merged(survivor: str, location: str) -> Response:
    response = Response(bodies.dump({"merged_into": survivor}), 308, mimetype=bodies.JSON)
    response.location = location
    return response
