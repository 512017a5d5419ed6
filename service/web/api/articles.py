"""/v1/articles: store, return and list articles, and remove one or many."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, request, url_for
from pydantic import TypeAdapter

from service import queries
from service.common.validation import FieldError
from service.ingest import ingestion, removal, submission
from service.ingest.ingestion import IngestResult
from service.ingest.removal import RemovalResult
from service.web import extensions
from service.web.http import request_body
from service.web.http.problems import ProblemError
from service.web.http.query_params import (
    ArticleQuery,
    RemovalQuery,
    VersionQuery,
    parse_api_query,
    parse_flag,
)
from service.web.http.responses import found_or_404, json_response

blueprint = Blueprint("articles", __name__)

_CREATED_OUTCOMES: Final = frozenset({"new", "exact_duplicate", "near_duplicate"})

_RESULT_ADAPTER: Final = TypeAdapter(IngestResult)
_ARTICLE_ADAPTER: Final = TypeAdapter(queries.ArticleView)
_PAGE_ADAPTER: Final = TypeAdapter(queries.ArticlePage)
_REMOVAL_ADAPTER: Final = TypeAdapter(RemovalResult)
_VERSIONS_ADAPTER: Final = TypeAdapter(queries.VersionPage)


@blueprint.post("/v1/articles")
def post_article() -> Response:
    """Store one article."""
    return _ingest_one(request_body.read_json(request))


@blueprint.put("/v1/articles/<id:article_id>")
def put_article(article_id: str) -> Response:
    """Store one article under the id in the path."""
    raw = request_body.read_json(request)
    if isinstance(raw, dict) and str(raw.get("id", article_id)) not in ("None", article_id):
        field_error = FieldError("/id", "differs from the id in the path")
        raise ProblemError(422, "the body and the path contain different ids", field_error)
    return _ingest_one(raw, article_id)


@blueprint.get("/v1/articles")
def get_articles() -> Response:
    """List articles, those received last first."""
    query = parse_api_query(ArticleQuery, request.args)
    page = queries.list_articles(extensions.store(), query.filters(), query.cursor, query.limit)
    return json_response(_PAGE_ADAPTER, page)


@blueprint.delete("/v1/articles")
def delete_articles() -> Response:
    """Count the articles that match, or remove them if the count is confirmed."""
    query, writer = parse_api_query(RemovalQuery, request.args), extensions.index_writer()
    filters = query.filters()
    if query.confirm is None:
        matching = len(queries.find_article_ids(writer.store, filters))
        return json_response(_REMOVAL_ADAPTER, RemovalResult(matching=matching, removed=0))
    removed = removal.remove_matching(writer, filters, query.confirm)
    return json_response(_REMOVAL_ADAPTER, RemovalResult(matching=removed, removed=removed))


@blueprint.get("/v1/articles/<id:article_id>")
def get_article(article_id: str) -> Response:
    """Return an article and its assignment."""
    article = found_or_404(queries.get_article(extensions.store(), article_id), "article")
    return json_response(_ARTICLE_ADAPTER, article)


@blueprint.get("/v1/articles/<id:article_id>/versions")
def get_versions(article_id: str) -> Response:
    """List the versions of an article, newest first."""
    query = parse_api_query(VersionQuery, request.args)
    page = queries.list_versions(extensions.store(), article_id, query.cursor, query.limit)
    if page is None:  # or it is an article whose id ends with "/versions"
        return get_article(f"{article_id}/versions")
    return json_response(_VERSIONS_ADAPTER, page)


@blueprint.delete("/v1/articles/<id:article_id>")
def delete_article(article_id: str) -> Response:
    """Remove an article."""
    if not ingestion.remove(extensions.index_writer(), article_id):
        raise ProblemError(404, "no such article")
    return Response(status=204)


def _ingest_one(raw: object, article_id: str | None = None) -> Response:
    dry_run = parse_flag("dry_run", request.args)
    max_text_chars = extensions.settings().max_text_chars
    validated = submission.validate_article(
        raw, max_text_chars=max_text_chars, article_id=article_id
    )
    (result,) = ingestion.ingest(extensions.index_writer(), [validated], dry_run=dry_run)
    extensions.metrics().count_outcomes([result.outcome])
    response = json_response(_RESULT_ADAPTER, result)
    if result.outcome in _CREATED_OUTCOMES and not dry_run:
        response.status_code = 201
        response.location = url_for("api.articles.get_article", article_id=result.article_id)
    return response
