"""The only place where things are wired together."""

from __future__ import annotations

import time
from typing import Final
from urllib.parse import quote

from flask import Flask, Response, g, redirect, request, url_for
from werkzeug.exceptions import Unauthorized
from werkzeug.routing import BaseConverter
from werkzeug.wrappers import Response as Wsgi

from service import access, current, problems, sessions, signing_in
from service.access import LocalOnlyError, SignInNeededError
from service.admin import admin
from service.api import api
from service.attempts import Attempts
from service.calibration.job import Job
from service.decision_api import decision_api
from service.desk import Desk
from service.docs import docs
from service.doubts.api import doubt_api
from service.feeds import feeds
from service.health import health
from service.metrics import Metrics
from service.neighbourhood import Forwarding
from service.settings import Settings
from service.store import Store
from service.waiting import Waiting
from service.webhooks import Courier
from service.webhooks.api import webhook_api

_UNKNOWN_ROUTE: Final = "(none)"


class _Id(BaseConverter):
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
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    app.url_map.converters["id"] = _Id
    app.url_map.merge_slashes = False  # an id may be an address, and have two in a row
    store = Store(settings.db)
    desk = Desk(settings, store)
    app.extensions[current.SETTINGS] = settings
    app.extensions[current.STORE] = store
    app.extensions[current.DESK] = desk
    app.extensions[current.METRICS] = Metrics()
    app.extensions[current.ATTEMPTS] = Attempts()
    sessions.install(app, settings, store)
    app.extensions[current.WAITING] = Waiting(settings.threads)
    app.extensions[current.COURIER] = courier = Courier(store)
    app.extensions[current.CALIBRATING] = Job()
    for blueprint in (api, decision_api, doubt_api, webhook_api, feeds, health, docs):
        app.register_blueprint(blueprint)
    app.register_blueprint(admin, url_prefix="/admin")
    app.add_url_rule("/", view_func=_home)
    problems.install(app)
    app.before_request(_begin)
    app.after_request(_end)
    app.context_processor(_who)
    app.wsgi_app = Forwarding(app.wsgi_app, settings.trusted_proxies)  # type: ignore[assignment,method-assign]
    desk.start()
    courier.start()
    return app


def retire(app: Flask) -> None:
    """Let go of everything that only waits; requests are still answered."""
    waiting: Waiting = app.extensions[current.WAITING]
    waiting.close()
    courier: Courier = app.extensions[current.COURIER]
    courier.stop()


def close(app: Flask) -> None:
    """Finish the write in progress, and close the store."""
    retire(app)
    courier: Courier = app.extensions[current.COURIER]
    courier.close()
    calibrating: Job = app.extensions[current.CALIBRATING]
    calibrating.close()
    desk: Desk = app.extensions[current.DESK]
    desk.close()
    desk.store.close()


def _home() -> Wsgi:
    """Show people who open the bare address the pages that are for them."""
    return redirect(url_for("admin.events"))


def _who() -> dict[str, object]:
    return {"actor": access.actor(), "is_open": current.settings().is_open}


def _begin() -> Wsgi | None:
    g.started = time.monotonic()
    try:
        access.check(request, current.settings())
    except SignInNeededError:
        return signing_in.ask()
    except LocalOnlyError:
        return signing_in.refuse_strangers()
    except Unauthorized as refused:
        return problems.respond(refused)  # before any blueprint dresses it up
    return None


def _end(response: Response) -> Response:
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    route = request.url_rule.rule if request.url_rule else _UNKNOWN_ROUTE
    seconds = time.monotonic() - g.started
    current.metrics().request(request.method, route, response.status_code, seconds)
    return response
