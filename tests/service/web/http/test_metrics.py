"""Metrics, read by the parser of prometheus-client."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient
from prometheus_client import CONTENT_TYPE_LATEST
from prometheus_client.parser import text_string_to_metric_families

from service.queries import Stats
from service.web.http.metrics import Metrics

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]
EMPTY_STORE = Stats(articles=0, duplicate_groups=0, events=0)


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
    samples = parse(metrics.render(EMPTY_STORE, is_ready=True).decode())
    escaped = {"method": "GET", "route": 'a"\\\n', "status": "200"}
    assert value(samples, "storyfold_requests_total", **escaped) == 1
    assert value(samples, "storyfold_request_seconds_bucket", le="0.005") == 1
    assert value(samples, "storyfold_request_seconds_bucket", le="10.0") == 1
    assert value(samples, "storyfold_request_seconds_bucket", le="+Inf") == 2
    assert value(samples, "storyfold_request_seconds_count") == 2
    assert value(samples, "storyfold_ready") == 1
    assert not [name for name, _ in samples if name.endswith("_created")]


def test_metrics_have_their_types() -> None:
    metrics = Metrics()
    metrics.count_outcomes(["new"])
    metrics.count_request("GET", "a", 200, 0.1)
    lines = metrics.render(EMPTY_STORE, is_ready=True).decode().splitlines()
    assert "# TYPE storyfold_requests_total counter" in lines
    assert "# TYPE storyfold_articles_posted_total counter" in lines
    assert "# TYPE storyfold_request_seconds histogram" in lines
    assert "# TYPE storyfold_events gauge" in lines


def test_metrics_of_two_applications_are_separate() -> None:
    first, second = Metrics(), Metrics()
    first.count_outcomes(["new"])
    samples = parse(second.render(EMPTY_STORE, is_ready=False).decode())
    assert not [name for name, _ in samples if name == "storyfold_articles_posted_total"]
