"""Many articles in one request: one answer each, in their order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from flask import Blueprint, Response, request
from pydantic import TypeAdapter

from service.common import media_types
from service.engine.writer import IndexWriter
from service.ingest import articles, submission
from service.ingest.articles import IngestResult
from service.ingest.submission import ValidatedArticle
from service.web import extensions
from service.web.http import errors, problems, request_body
from service.web.http.metrics import Metrics
from service.web.http.problems import LineProblem, Problem
from service.web.http.query_params import parse_flag
from service.web.http.request_body import BatchLine
from service.web.http.responses import json_array, ndjson_lines

blueprint = Blueprint("batch", __name__)


def ingest_batch(
    writer: IndexWriter, lines: Iterable[BatchLine], *, max_text_chars: int, dry_run: bool
) -> Iterator[IngestResult | LineProblem]:
    """Take in what can be taken, a transaction at a time, and answer every line.

    Parameters
    ----------
    writer : IndexWriter
    lines : iterable of Line
    max_text_chars : int
    dry_run : bool

    Yields
    ------
    Answer or LineProblem
        Given only after the article is on disk.
    """
    rest = iter(lines)
    while chunk := list(islice(rest, articles.ARTICLES_PER_TRANSACTION)):
        read = [(line.number, _validate_line(line, max_text_chars)) for line in chunk]
        good = [received for _, received in read if isinstance(received, ValidatedArticle)]
        taken = iter(_ingest_chunk(writer, good, dry_run))
        for number, received in read:
            result = next(taken) if isinstance(received, ValidatedArticle) else received
            yield (
                result
                if isinstance(result, IngestResult)
                else problems.with_line_number(result, number)
            )


def _validate_line(line: BatchLine, max_text_chars: int) -> ValidatedArticle | Problem:
    if line.error is not None:
        return errors.problem_from_exception(line.error)
    try:
        return submission.validate_article(line.content, max_text_chars=max_text_chars)
    except submission.InvalidArticleError as error:
        return errors.problem_from_exception(error)


def _ingest_chunk(
    writer: IndexWriter, validated: list[ValidatedArticle], dry_run: bool
) -> Sequence[IngestResult | Problem]:
    try:
        return articles.ingest(writer, validated, dry_run=dry_run)
    except Exception as error:  # the lines of other transactions have been or will be taken
        return [errors.problem_from_exception(error)] * len(validated)


_BATCH_LINE_ADAPTER: Final = TypeAdapter(IngestResult | LineProblem)


@blueprint.post("/v1/articles/batch")
def post_batch() -> Response:
    """Take in many articles, and answer each in its place."""
    dry_run = parse_flag("dry_run", request.args)
    lines = request_body.read_batch(request)
    desk = extensions.index_writer()
    desk.check_ready()
    limit = extensions.settings().max_text_chars
    results = ingest_batch(desk, lines, max_text_chars=limit, dry_run=dry_run)
    documents = serialize_results(results, extensions.metrics())
    if (
        request.accept_mimetypes.best_match([media_types.NDJSON, media_types.JSON])
        == media_types.JSON
    ):
        return Response(json_array(documents), mimetype=media_types.JSON)
    return Response(ndjson_lines(documents), mimetype=media_types.NDJSON)


def serialize_results(
    results: Iterable[IngestResult | LineProblem], metrics: Metrics
) -> Iterator[bytes]:
    for answer in results:
        metrics.count_outcomes([answer.outcome if isinstance(answer, IngestResult) else "refused"])
        yield _BATCH_LINE_ADAPTER.dump_json(answer)
