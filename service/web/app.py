"""Application factory: the only place that creates and connects the parts of the web service."""

from __future__ import annotations

import time
from typing import Final
from urllib.parse import quote

from flask import Flask, Response, g, redirect, request, url_for
from werkzeug.exceptions import Unauthorized
from werkzeug.routing import BaseConverter
from werkzeug.wrappers import Response as WerkzeugResponse

from service.common import outbound
from service.engine.writer import IndexWriter
from service.ingest.parsing import query_parameters
from service.review.threshold.background_job import BackgroundJob
from service.settings import Settings
from service.store import Store
from service.web import extensions
from service.web.admin.blueprint import admin
from service.web.api.blueprint import api
from service.web.auth import audit, authorization, login_views, sessions, throttling
from service.web.auth.authorization import LocalOnlyError, LoginRequiredError
from service.web.auth.credentials import Credentials
from service.web.docs.views import docs
from service.web.http import errors, request_log
from service.web.http.long_polling import LongPollSlots
from service.web.http.metrics import Metrics
from service.web.http.proxy import TrustedProxyMiddleware
from service.webhooks import WebhookDispatcher

_UNKNOWN_ROUTE: Final = "(none)"
"""Route under which the metrics count requests for URLs that do not exist."""


class _ArticleIdConverter(BaseConverter):
    """An article id in a URL path: any text, slashes included."""

    regex = ".+"
    part_isolating = False

    def to_url(self, value: str) -> str:
        return quote(value, safe="")


def create_app(settings: Settings) -> Flask:
    """Open the store, start loading the index, and return the application.

    Call `close_app` when the application is not needed any more.

    Parameters
    ----------
    settings : Settings

    Returns
    -------
    Flask

    Raises
    ------
    service.store.StoreError
        If the store has a schema that this version can't read.
    """
    query_parameters.drop_also(settings.dropped_parameters)
    outbound.allow_networks(settings.private_networks)
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    app.url_map.converters["id"] = _ArticleIdConverter
    app.url_map.merge_slashes = False  # an article id may be a URL, with two slashes in a row
    _add_extensions(app, settings)
    app.register_blueprint(api)
    app.register_blueprint(docs)
    app.register_blueprint(admin, url_prefix="/admin")
    app.add_url_rule("/", view_func=_home)
    errors.register_error_handlers(app)
    app.before_request(_before_request)
    app.after_request(_after_request)
    app.context_processor(_template_context)
    app.wsgi_app = TrustedProxyMiddleware(app.wsgi_app, settings.trusted_proxies)  # type: ignore[method-assign]
    app.extensions[extensions.INDEX_WRITER].start()
    app.extensions[extensions.WEBHOOK_DISPATCHER].start()
    return app


def stop_background_work(app: Flask) -> None:
    """End long polls and webhook deliveries; other requests are still answered."""
    long_poll_slots: LongPollSlots = app.extensions[extensions.LONG_POLL_SLOTS]
    long_poll_slots.close()
    webhook_dispatcher: WebhookDispatcher = app.extensions[extensions.WEBHOOK_DISPATCHER]
    webhook_dispatcher.stop()


def close_app(app: Flask) -> None:
    """Finish the write in progress, and close the store."""
    stop_background_work(app)
    webhook_dispatcher: WebhookDispatcher = app.extensions[extensions.WEBHOOK_DISPATCHER]
    webhook_dispatcher.close()
    background_job: BackgroundJob = app.extensions[extensions.BACKGROUND_JOB]
    background_job.close()
    index_writer: IndexWriter = app.extensions[extensions.INDEX_WRITER]
    index_writer.close()
    index_writer.store.close()


def _add_extensions(app: Flask, settings: Settings) -> None:
    store = Store(settings.db, wait_seconds=settings.store_wait_seconds)
    app.extensions[extensions.SETTINGS] = settings
    app.extensions[extensions.STORE] = store
    writer = IndexWriter(settings, store)
    app.extensions[extensions.INDEX_WRITER] = writer
    app.extensions[extensions.METRICS] = Metrics(writer.timer.histogram)
    app.extensions[extensions.CREDENTIALS] = Credentials(settings, store)
    app.extensions[extensions.CSRF] = sessions.init_app(app, settings, store)
    authorization.init_app(app)
    throttling.limiter.init_app(app)
    app.extensions[extensions.LONG_POLL_SLOTS] = LongPollSlots(settings.threads)
    app.extensions[extensions.WEBHOOK_DISPATCHER] = WebhookDispatcher(store, settings.webhook_hosts)
    app.extensions[extensions.BACKGROUND_JOB] = BackgroundJob()


def _home() -> WerkzeugResponse:
    """Redirect the bare address to the list of events."""
    return redirect(url_for("admin.events.list_events"))


def _template_context() -> dict[str, object]:
    is_open = authorization.is_open()
    return {
        "actor": authorization.current_actor(),
        "is_open": is_open,
        "is_exposed": is_open and extensions.settings().insecure,
    }


def _before_request() -> WerkzeugResponse | None:
    g.started_at = time.monotonic()
    request_log.begin(request)
    try:
        authorization.authorize_request(request)
    except LoginRequiredError:
        return login_views.redirect_to_login()
    except LocalOnlyError:
        return login_views.show_local_only()
    except Unauthorized as error:
        # Answered here, because the error page of a blueprint would ask for a login.
        return errors.problem_response(error)
    return None


def _after_request(response: Response) -> Response:
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    route = request.url_rule.rule if request.url_rule else _UNKNOWN_ROUTE
    seconds = time.monotonic() - g.started_at
    actor = authorization.current_actor()
    audit.record_request(request, response, actor)
    request_log.end(request.method, route, response, seconds, actor.name)
    extensions.metrics().count_request(request.method, route, response.status_code, seconds)
    return response
