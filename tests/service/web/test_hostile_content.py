"""Pages show hostile articles as text, and no log holds a secret."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.common.scopes import Scope
from service.store.access import tokens
from service.web import extensions
from tests.support.apps import running_app
from tests.support.users import EDITOR_PASSWORD, form_token, log_in, user_entry

Open = Callable[..., Flask]
TEMPLATES = Path(__file__).parents[3] / "service" / "web" / "templates"
ATTACK = "<script>alert(1)</script><img src=x onerror=alert(2)>{{ 7 * 7 }}'\"><svg/onload=alert(3)>"
WORDS = "Fog closed the airport at Kelvale until noon on Monday and the ferries to Halm waited too."
INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style\b|\sstyle=|\son[a-z]+=|javascript:", re.I)


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A store of two articles that are attacks in every field, with a decision and a webhook."""
    with running_app(tmp_path_factory.mktemp("attacked") / "store.db") as app:
        client = app.test_client()
        for name in ("a", "b"):
            article = {
                **{"id": f"{name}{ATTACK}", "title": f"{ATTACK} {name}", "source": ATTACK},
                **{"text": f"{WORDS} {ATTACK} {name}", "url": "javascript:alert(4)"},
            }
            article["url"] = f"https://{name}.example/?{ATTACK}"
            assert client.post("/v1/articles", json=article).status_code == 201
        renaming = {"kind": "rename_event", "event_id": "e1", "headline": ATTACK, "reason": ATTACK}
        assert client.post("/v1/decisions", json=renaming).status_code == 201
        client.post("/v1/webhooks", json={"url": "https://hooks.example/?<script>"})
        yield client


def pages(client: FlaskClient) -> list[str]:
    """Every page without arguments, and those that pages link to."""
    rules = [*client.application.url_map.iter_rules()]
    found = {
        rule.rule
        for rule in rules
        if rule.rule.startswith(("/admin", "/docs"))
        and "GET" in (rule.methods or ())
        and not rule.arguments
    }
    found |= {f"/admin?q={ATTACK}", f"/admin/nowhere{ATTACK}", "/admin/events/e1?page=1"}
    for path in [*found]:
        for link in re.findall(r'href="(/admin/[^"#]+)"', client.get(path).text):
            if "/static/" not in link:
                found.add(link.replace("&amp;", "&"))
    return sorted(found)


def test_no_page_renders_the_content_of_articles(attacked: FlaskClient) -> None:
    visited = pages(attacked)
    assert len(visited) > 15
    shown = 0
    for path in visited:
        answer = attacked.get(path)
        if answer.mimetype != "text/html":
            continue
        policy = answer.headers["Content-Security-Policy"]
        # The documentation has its styles inline, and no script at all.
        assert "unsafe" not in policy.replace("default-src 'none'; style-src 'unsafe-inline'", "")
        assert "frame-ancestors 'none'" in policy, path
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "<img" not in answer.text, path
        assert "<svg/onload" not in answer.text, path
        assert "<script>" not in answer.text, path
        shown += "&lt;img src=x" in answer.text
    assert shown > 5


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.name)
def test_templates_have_no_inline_script_style_or_unescaped_value(path: Path) -> None:
    template = path.read_text(encoding="utf-8")
    expected = "<style" if path.name == "docs.html" else None
    found = INLINE.search(re.sub(r"\{[%{#].*?[%}#]\}", "", template, flags=re.S))
    assert (found and found[0]) == expected
    assert not re.search(r"\|\s*safe\b|autoescape", template)


def test_no_secret_is_logged(open_app: Open, caplog: pytest.LogCaptureFixture) -> None:
    secrets = {
        "configured": "configured-token-0123456789",
        "key": "signing-key-signing-key-signing-key",
        "miniflux": "miniflux-secret",
        "webhook": "whsec_" + "QUJD" * 10,
    }
    with caplog.at_level(logging.DEBUG):
        app = open_app(
            users=user_entry("boss", "admin", EDITOR_PASSWORD),
            tokens=secrets["configured"],
            secret_key=secrets["key"],
            miniflux_secret=secrets["miniflux"],
        )
        store = app.extensions[extensions.STORE]
        secrets["stored"] = tokens.create_token(store, "crawler", Scope, "test")
        client = app.test_client()
        for name in ("configured", "stored"):
            bearer = {"Authorization": f"Bearer {secrets[name]}"}
            hook = {"url": "https://hooks.example/", "secret": secrets["webhook"]}
            client.put("/v1/webhooks/w", json=hook, headers=bearer)
            client.post("/v1/articles", json={"text": 5}, headers=bearer)
        log_in(client, "boss", "wrong password")
        log_in(client, "boss", EDITOR_PASSWORD)
        log_in(app.test_client(), EDITOR_PASSWORD, "typed into the wrong field")
        fields = {"name": "carla", "password": "carla's long password", "role": "editor"}
        form = {"csrf_token": form_token(client), **fields}
        client.post("/admin/access/users", data=form)
        made = client.post(
            "/admin/access/tokens",
            data={"csrf_token": form_token(client), "name": "x", "scope": "read"},
        )
        secrets["shown"] = re.findall(r"<code>(sft_[^<]+)", made.text)[0]
    assert "boss" in caplog.text
    secrets |= {"password": EDITOR_PASSWORD, "wrong": "wrong password", "new": "carla's long"}
    assert [name for name, secret in secrets.items() if secret in caplog.text] == []
