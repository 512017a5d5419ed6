"""Metrics, read by the parser of prometheus-client."""

from __future__ import annotations

from typing import Any, get_args

from flask.testing import FlaskClient
from prometheus_client import CONTENT_TYPE_LATEST
from prometheus_client.parser import text_string_to_metric_families

from service.common.stage_timer import Stage
from service.engine.writer import IndexWriter
from service.store import Store, bulk, schema
from service.web import extensions
from service.web.http.metrics import Metrics
from tests.support import busy_store

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def parse(text: str) -> Samples:
    """Samples by name and labels."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(samples: Samples, name: str, **labels: str) -> float:
    return samples[name, frozenset(labels.items())]


def scrape(client: FlaskClient) -> Samples:
    response = client.get("/metrics")
    assert response.content_type == CONTENT_TYPE_LATEST
    return parse(response.text)


def test_metrics_show_store_sizes_outcomes_and_requests(
    client: FlaskClient, make_article: Any
) -> None:
    for article in (make_article(1), make_article(1), make_article(1, id="copy"), make_article(2)):
        client.post("/v1/articles", json=article)
    client.post("/v1/articles/batch", data=b'{"text": 5}\n')
    samples = scrape(client)
    assert value(samples, "storyfold_ready") == 1
    assert value(samples, "storyfold_articles") == 3
    assert value(samples, "storyfold_duplicate_groups") == 2
    assert value(samples, "storyfold_events") == 2
    assert value(samples, "storyfold_articles_posted_total", outcome="new") == 2
    assert value(samples, "storyfold_articles_posted_total", outcome="unchanged") == 1
    assert value(samples, "storyfold_articles_posted_total", outcome="refused") == 1
    created = {"method": "POST", "route": "/v1/articles", "status": "201"}
    assert value(samples, "storyfold_requests_total", **created) == 3


def test_unknown_paths_share_one_route_label(client: FlaskClient) -> None:
    for number in range(3):
        client.get(f"/nowhere/{number}")
    unknown = {"method": "GET", "route": "(none)", "status": "404"}
    assert value(scrape(client), "storyfold_requests_total", **unknown) == 3


def test_metrics_are_valid_prometheus_text() -> None:
    metrics = Metrics()
    metrics.count_request("GET", 'a"\\\n', 200, 0.004)
    metrics.count_request("GET", "b", 200, 99.0)
    samples = parse(metrics.render().decode())
    escaped = {"method": "GET", "route": 'a"\\\n', "status": "200"}
    assert value(samples, "storyfold_requests_total", **escaped) == 1
    slow = {"method": "GET", "route": "b"}
    assert value(samples, "storyfold_request_seconds_bucket", le="10.0", **slow) == 0
    assert value(samples, "storyfold_request_seconds_bucket", le="+Inf", **slow) == 1
    assert value(samples, "storyfold_request_seconds_count", **slow) == 1
    assert not [name for name, _ in samples if name.endswith("_created")]


def test_metrics_have_their_types() -> None:
    metrics = Metrics()
    metrics.count_outcomes(["new"])
    metrics.count_request("GET", "a", 200, 0.1)
    lines = metrics.render().decode().splitlines()
    assert "# TYPE storyfold_requests_total counter" in lines
    assert "# TYPE storyfold_articles_posted_total counter" in lines
    assert "# TYPE storyfold_request_seconds histogram" in lines
    assert "# TYPE storyfold_events gauge" in lines


def test_metrics_of_two_applications_are_separate() -> None:
    first, second = Metrics(), Metrics()
    first.count_outcomes(["new"])
    samples = parse(second.render().decode())
    assert not [name for name, _ in samples if name == "storyfold_articles_posted_total"]


def test_stages_of_a_write_are_timed(client: FlaskClient, make_article: Any) -> None:
    client.post("/v1/articles", json=make_article(1))
    samples = scrape(client)
    for stage in get_args(Stage):
        assert value(samples, "storyfold_stage_seconds_count", stage=stage) >= 1, stage


def test_index_memory_and_backlog_are_shown(
    client: FlaskClient, store: Store, make_article: Any
) -> None:
    for number in (1, 2):
        client.post("/v1/articles", json=make_article(number))
    webhook = {
        **{"id": "w", "url": "https://a.example/", "secret": "s", "kinds": "", "active": True},
        **{"created_at": 1.0, "position": 0, "batch_end": None, "failures": 3, "next_at": 1e12},
        **{"lease": None, "lease_until": 0.0},
    }
    pair = {"first": 1, "second": 2, "probability": 0.5, "published": 0.0, "priority": 1.0}
    source = {
        **{"source_key": "a.jsonl", "version_tag": "v", "position": 3},
        **{"refused": 1, "finished": False, "at": 9.0},
    }
    with store.writing() as connection:
        bulk.insert(connection, schema.webhooks, [webhook])
        bulk.insert(connection, schema.uncertain_pairs, [pair])
        bulk.insert(connection, schema.checkpoints, [source])
    samples = scrape(client)
    assert value(samples, "storyfold_index_articles") == 2
    assert value(samples, "storyfold_log_lag_changes") == 0
    assert value(samples, "process_resident_memory_bytes") > 10_000_000
    assert value(samples, "storyfold_webhook_backlog_changes") == 2
    assert value(samples, "storyfold_webhooks_failing") == 1
    assert value(samples, "storyfold_sources_unfinished") == 1
    assert value(samples, "storyfold_source_last_read_timestamp_seconds") == 9.0
    assert value(samples, "storyfold_review_queue_pairs") == 1


def test_lag_behind_other_processes_is_shown(client: FlaskClient, make_article: Any) -> None:
    settings = client.application.extensions[extensions.SETTINGS]
    with Store(settings.db) as store, IndexWriter(settings, store) as other:
        assert other.wait_ready(60)
        busy_store.post(other, make_article(1))
    assert value(scrape(client), "storyfold_log_lag_changes") == 1
