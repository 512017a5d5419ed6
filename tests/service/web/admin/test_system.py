"""The page of the state of a process."""

from __future__ import annotations

from math import inf

from flask.testing import FlaskClient
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from service.web.admin.presenters.system_state import SystemState, build_system_state


def test_page_shows_what_was_posted_and_how_long_it_took(client: FlaskClient, make_article):
    client.post("/v1/articles", json=make_article(1))
    client.post("/v1/articles", json=make_article(1, id="copy"))
    html = client.get("/admin/system").text
    assert "articles can be stored" in html
    assert '<th scope="row">exact_duplicate</th>' in html
    first, *later = (f'<th scope="row">{stage}</th>' for stage in ("features", "judge", "commit"))
    assert html.index(first) < html.index(later[0]) < html.index(later[1])
    assert '<th scope="row">POST /v1/articles</th>' in html
    assert "style=" not in html


def test_page_of_a_new_process(client: FlaskClient):
    page = client.get("/admin/system")
    assert page.status_code == 200
    assert "None yet." in page.text


def build(registry: CollectorRegistry) -> SystemState:
    return build_system_state(registry.collect(), ["features", "commit"])


class TestState:
    def test_times_are_means_bounds_and_shares(self) -> None:
        registry = CollectorRegistry()
        stages = Histogram(
            "storyfold_stage_seconds", "", ["stage"], buckets=(0.1, 1.0), registry=registry
        )
        for _ in range(99):
            stages.labels("commit").observe(0.05)
        stages.labels("commit").observe(0.55)
        stages.labels("features").observe(5.5)
        features, commit = build(registry).stages
        assert (commit.count, commit.high_seconds) == (100, 0.1)
        assert round(commit.mean_seconds, 3) == 0.055
        assert (features.label, features.count, features.high_seconds) == ("features", 1, inf)
        assert round(features.share, 3) == round(commit.share, 3) == 0.5

    def test_calls_that_took_most_come_first(self) -> None:
        registry = CollectorRegistry()
        calls = Histogram("storyfold_request_seconds", "", ["method", "route"], registry=registry)
        for number in range(20):
            calls.labels("GET", f"/{number}").observe(number)
        assert [bar.label for bar in build(registry).calls[:2]] == ["GET /19", "GET /18"]
        assert len(build(registry).calls) == 12

    def test_outcomes_are_shares_of_the_largest(self) -> None:
        registry = CollectorRegistry()
        posted = Counter("storyfold_articles_posted", "", ["outcome"], registry=registry)
        for outcome, count in (("new", 4), ("near_duplicate", 1), ("refused", 0)):
            posted.labels(outcome).inc(count)
        shares = {bar.label: bar.share for bar in build(registry).outcomes}
        assert shares == {"new": 1.0, "near_duplicate": 0.25}

    def test_single_values_are_named_without_prefix(self) -> None:
        registry = CollectorRegistry()
        Gauge("storyfold_ready", "", registry=registry).set(1)
        assert build(registry).gauges == {"ready": 1.0}
