"""The only place where things are wired together."""

from __future__ import annotations

import time
from typing import Final
from urllib.parse import quote

from flask import Flask, Response, g, redirect, request, url_for
from werkzeug.exceptions import Unauthorized
from werkzeug.routing import BaseConverter
from werkzeug.wrappers import Response as Wsgi

from service.engine.writer import IndexWriter
from service.ingest.parsing import query_parameters
from service.review.threshold.background_job import BackgroundJob
from service.settings import Settings
from service.store import Store
from service.web import extensions
from service.web.admin.blueprint import admin
from service.web.api.blueprint import api
from service.web.auth import authorization, login_views, sessions
from service.web.auth.authorization import LocalOnlyError, LoginRequiredError
from service.web.docs.views import docs
from service.web.http import errors
from service.web.http.login_throttle import LoginThrottle
from service.web.http.long_polling import LongPollSlots
from service.web.http.metrics import Metrics
from service.web.http.proxy import TrustedProxyMiddleware
from service.webhooks import WebhookDispatcher

_UNKNOWN_ROUTE: Final = "(none)"


class _ArticleIdConverter(BaseConverter):
    """An article id in an address: anything, slashes included."""

    regex = ".+"
    part_isolating = False

    def to_url(self, value: str) -> str:
        return quote(value, safe="")


def create_app(settings: Settings) -> Flask:
    """Open the store, start loading the index, and return the application.

    `close` ends what this begins.

    Raises
    ------
    service.store.StoreError
        If the store is of another schema.
    """
    query_parameters.drop_also(settings.dropped_parameters)
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    app.url_map.converters["id"] = _ArticleIdConverter
    app.url_map.merge_slashes = False  # an id may be an address, and have two in a row
    store = Store(settings.db)
    desk = IndexWriter(settings, store)
    app.extensions[extensions.SETTINGS] = settings
    app.extensions[extensions.STORE] = store
    app.extensions[extensions.INDEX_WRITER] = desk
    app.extensions[extensions.METRICS] = Metrics()
    app.extensions[extensions.LOGIN_THROTTLE] = LoginThrottle()
    sessions.init_app(app, settings, store)
    app.extensions[extensions.LONG_POLL_SLOTS] = LongPollSlots(settings.threads)
    app.extensions[extensions.WEBHOOK_DISPATCHER] = courier = WebhookDispatcher(store)
    app.extensions[extensions.BACKGROUND_JOB] = BackgroundJob()
    app.register_blueprint(api)
    app.register_blueprint(docs)
    app.register_blueprint(admin, url_prefix="/admin")
    app.add_url_rule("/", view_func=_home)
    errors.register_error_handlers(app)
    app.before_request(_before_request)
    app.after_request(_after_request)
    app.context_processor(_template_context)
    app.wsgi_app = TrustedProxyMiddleware(app.wsgi_app, settings.trusted_proxies)  # type: ignore[method-assign]
    desk.start()
    courier.start()
    return app


def stop_background_work(app: Flask) -> None:
    """Let go of everything that only waits; requests are still answered."""
    waiting: LongPollSlots = app.extensions[extensions.LONG_POLL_SLOTS]
    waiting.close()
    courier: WebhookDispatcher = app.extensions[extensions.WEBHOOK_DISPATCHER]
    courier.stop()


def close_app(app: Flask) -> None:
    """Finish the write in progress, and close the store."""
    stop_background_work(app)
    courier: WebhookDispatcher = app.extensions[extensions.WEBHOOK_DISPATCHER]
    courier.close()
    calibrating: BackgroundJob = app.extensions[extensions.BACKGROUND_JOB]
    calibrating.close()
    desk: IndexWriter = app.extensions[extensions.INDEX_WRITER]
    desk.close()
    desk.store.close()


def _home() -> Wsgi:
    """Show people who open the bare address the pages that are for them."""
    return redirect(url_for("admin.events.events"))


def _template_context() -> dict[str, object]:
    return {"actor": authorization.current_actor(), "is_open": extensions.settings().is_open}


def _before_request() -> Wsgi | None:
    g.started = time.monotonic()
    try:
        authorization.authorize_request(request, extensions.settings())
    except LoginRequiredError:
        return login_views.redirect_to_login()
    except LocalOnlyError:
        return login_views.show_local_only()
    except Unauthorized as refused:
        return errors.problem_response(refused)  # before any blueprint dresses it up
    return None


def _after_request(response: Response) -> Response:
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    route = request.url_rule.rule if request.url_rule else _UNKNOWN_ROUTE
    seconds = time.monotonic() - g.started
    extensions.metrics().count_request(request.method, route, response.status_code, seconds)
    return response
