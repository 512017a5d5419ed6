"""/v1/articles/batch: many articles in one request, with one result each, in their order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from flask import Blueprint, Response, request
from pydantic import TypeAdapter

from service.common import media_types
from service.engine.writer import IndexWriter
from service.ingest import ingestion, readers, submission
from service.ingest.ingestion import IngestResult
from service.ingest.submission import ValidatedArticle
from service.web import extensions
from service.web.http import errors, problems, request_body
from service.web.http.metrics import Metrics
from service.web.http.problems import LineProblem, Problem, ProblemError
from service.web.http.query_params import parse_flag
from service.web.http.request_body import BatchLine
from service.web.http.responses import json_array, ndjson_lines

blueprint = Blueprint("batch", __name__)

_LINE_RESULT_ADAPTER: Final = TypeAdapter(IngestResult | LineProblem)


@blueprint.post("/v1/articles/batch")
def post_batch() -> Response:
    """Store many articles, and return their results in the same order."""
    dry_run = parse_flag("dry_run", request.args)
    lines = request_body.read_batch(request)
    writer = extensions.index_writer()
    writer.check_ready()
    max_text_chars = extensions.settings().max_text_chars
    results = ingest_batch(writer, lines, max_text_chars=max_text_chars, dry_run=dry_run)
    documents = serialize_results(results, extensions.metrics())
    media_type = request.accept_mimetypes.best_match([media_types.NDJSON, media_types.JSON])
    if media_type == media_types.JSON:
        return Response(json_array(documents), mimetype=media_types.JSON)
    return Response(ndjson_lines(documents), mimetype=media_types.NDJSON)


def ingest_batch(
    writer: IndexWriter, lines: Iterable[BatchLine], *, max_text_chars: int, dry_run: bool
) -> Iterator[IngestResult | LineProblem]:
    """Ingest the valid articles of a batch, one transaction at a time.

    Parameters
    ----------
    writer : IndexWriter
    lines : iterable of BatchLine
    max_text_chars : int
        Longest text of an article.
    dry_run : bool
        Assign the articles without storing them.

    Yields
    ------
    IngestResult or LineProblem
        One for each line, after its article is on disk.
    """
    remaining = iter(lines)
    while chunk := list(islice(remaining, ingestion.ARTICLES_PER_TRANSACTION)):
        parsed = [(line.number, _validate_line(line, max_text_chars)) for line in chunk]
        valid = [article for _, article in parsed if isinstance(article, ValidatedArticle)]
        ingested = iter(_ingest_chunk(writer, valid, dry_run))
        for number, article in parsed:
            result = next(ingested) if isinstance(article, ValidatedArticle) else article
            yield (
                result
                if isinstance(result, IngestResult)
                else problems.with_line_number(result, number)
            )


def serialize_results(
    results: Iterable[IngestResult | LineProblem], metrics: Metrics
) -> Iterator[bytes]:
    """Count the results of a batch, and yield each as a JSON document."""
    for result in results:
        metrics.count_outcomes([result.outcome if isinstance(result, IngestResult) else "refused"])
        yield _LINE_RESULT_ADAPTER.dump_json(result)


def _validate_line(line: BatchLine, max_text_chars: int) -> ValidatedArticle | Problem:
    if isinstance(line.content, ProblemError):
        return errors.problem_from_exception(line.content)
    try:
        return readers.validate_record(line.content, max_text_chars)
    except submission.InvalidArticleError as error:
        return errors.problem_from_exception(error)


def _ingest_chunk(
    writer: IndexWriter, validated: list[ValidatedArticle], dry_run: bool
) -> Sequence[IngestResult | Problem]:
    try:
        return ingestion.ingest(writer, validated, dry_run=dry_run)
    except Exception as error:  # the chunks before and after are transactions of their own
        return [errors.problem_from_exception(error)] * len(validated)
