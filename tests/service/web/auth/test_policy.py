"""Every route of the application is closed unless the policy opens it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.common.scopes import Scope
from service.store.access import tokens
from service.web import extensions
from service.web.auth import policy
from tests.support.apps import running_app
from tests.support.users import USERS

REFUSED = (401, 403, 303)


class Route(NamedTuple):
    method: str
    path: str
    endpoint: str


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with running_app(tmp_path_factory.mktemp("policy") / Path("store.db"), users=USERS) as app:
        yield app


@pytest.fixture(scope="module")
def tokens_of_scopes(guarded: Flask) -> dict[Scope, str]:
    store = guarded.extensions[extensions.STORE]
    return {scope: tokens.create_token(store, f"only {scope}", {scope}, "test") for scope in Scope}


def list_routes(app: Flask) -> list[Route]:
    """Every method of every route, with an address that it matches."""
    adapter = app.url_map.bind("localhost")
    routes = []
    for rule in app.url_map.iter_rules():
        values = {argument: "retry" if argument == "action" else "x" for argument in rule.arguments}
        path = adapter.build(rule.endpoint, values, method=sorted(rule.methods or ())[0])
        methods = (rule.methods or set()) - {"OPTIONS"}
        routes += [Route(method, path, rule.endpoint) for method in sorted(methods)]
    return routes


def call(client: FlaskClient, route: Route, token: str | None = None) -> int:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    with client.open(route.path, method=route.method, headers=headers) as response:
        return int(response.status_code)


def test_every_route_is_closed_without_authentication(guarded: Flask) -> None:
    client = guarded.test_client()
    routes = [
        route for route in list_routes(guarded) if route.endpoint not in policy.LOGIN_ENDPOINTS
    ]
    answered = {route.endpoint for route in routes if call(client, route) not in REFUSED}
    assert len(routes) > 80
    # Miniflux's webhook answers 401 as well, since its signature is missing.
    assert answered == policy.PUBLIC_ENDPOINTS - {"api.miniflux.post_miniflux"}


def test_every_route_is_closed_to_a_wrong_token(guarded: Flask) -> None:
    client = guarded.test_client()
    open_endpoints = policy.PUBLIC_ENDPOINTS | policy.LOGIN_ENDPOINTS
    routes = [route for route in list_routes(guarded) if route.endpoint not in open_endpoints]
    assert {call(client, route, "wrong") for route in routes} == {401}


@pytest.mark.parametrize("scope", Scope)
def test_token_of_one_scope_may_do_nothing_else(
    guarded: Flask, tokens_of_scopes: dict[Scope, str], scope: Scope
) -> None:
    client = guarded.test_client()
    wrong = []
    for route in list_routes(guarded):
        blueprint = route.endpoint.rpartition(".")[0]
        if route.endpoint in policy.PUBLIC_ENDPOINTS | policy.LOGIN_ENDPOINTS:
            continue
        if blueprint in policy.ADMIN_BLUEPRINTS:
            needed: Scope | None = Scope.ADMIN
        elif route.method in policy.SAFE_METHODS:
            needed = Scope.READ
        else:
            needed = policy.SCOPES_OF_CHANGES.get(blueprint, Scope.ADMIN)
        # A form needs a CSRF token too, which a token does not bring: 403 in any case.
        is_form = route.path.startswith("/admin") and route.method not in policy.SAFE_METHODS
        is_refused = call(client, route, tokens_of_scopes[scope]) == 403
        if is_refused != (is_form or needed is not scope):
            wrong.append(route)
    assert not wrong


def test_every_changing_route_is_listed(guarded: Flask) -> None:
    """One that is not listed needs the scope `admin`, which may not be what was meant."""
    unlisted = {
        route.endpoint
        for route in list_routes(guarded)
        if route.method not in {*policy.SAFE_METHODS}
        and route.endpoint.rpartition(".")[0]
        not in policy.SCOPES_OF_CHANGES.keys() | policy.ADMIN_BLUEPRINTS
    }
    assert unlisted == {
        "admin.auth.login",
        "admin.auth.logout",
        "api.miniflux.post_miniflux",
    }


def test_policy_names_only_what_exists(guarded: Flask) -> None:
    endpoints = {rule.endpoint for rule in guarded.url_map.iter_rules()}
    assert policy.PUBLIC_ENDPOINTS | policy.LOGIN_ENDPOINTS | {policy.LOGOUT_ENDPOINT} <= endpoints
    blueprints = {endpoint.rpartition(".")[0] for endpoint in endpoints}
    assert policy.SCOPES_OF_CHANGES.keys() | policy.ADMIN_BLUEPRINTS <= blueprints
