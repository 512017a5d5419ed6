from __future__ import annotations

import re
from typing import Any

from flask.testing import FlaskClient

from service.web.http.metrics import Metrics


def values(client: FlaskClient) -> dict[str, float]:
    text = client.get("/metrics").text
    return {
        name: float(value)
        for name, value in re.findall(r"^(storyfold\S+) (\S+)$", text, re.MULTILINE)
    }


def test_what_is_there_is_measured(client: FlaskClient, make_article: Any) -> None:
    for article in (make_article(1), make_article(1), make_article(1, id="copy"), make_article(2)):
        client.post("/v1/articles", json=article)
    client.post("/v1/articles/batch", data=b'{"text": 5}\n')
    found = values(client)
    assert found["storyfold_ready"] == 1
    assert found["storyfold_articles"] == 3
    assert found["storyfold_duplicate_groups"] == 2
    assert found["storyfold_events"] == 2
    assert found['storyfold_articles_posted_total{outcome="new"}'] == 2
    assert found['storyfold_articles_posted_total{outcome="unchanged"}'] == 1
    assert found['storyfold_articles_posted_total{outcome="refused"}'] == 1
    posts = 'storyfold_requests_total{method="POST",route="/v1/articles",status="201"}'
    assert found[posts] == 3


def test_unknown_addresses_are_one_route(client: FlaskClient) -> None:
    for number in range(3):
        client.get(f"/nowhere/{number}")
    assert values(client)['storyfold_requests_total{method="GET",route="(none)",status="404"}'] == 3


def test_the_format_is_prometheus() -> None:
    metrics = Metrics()
    metrics.count_request("GET", 'a"\\\n', 200, 0.004)
    metrics.count_request("GET", "b", 200, 99.0)
    text = metrics.render({"storyfold_ready": ("Ready.", 1)})
    assert 'route="a\\"\\\\\\n"' in text
    assert 'storyfold_request_seconds_bucket{le="0.005"} 1\n' in text
    assert 'storyfold_request_seconds_bucket{le="10.0"} 1\n' in text
    assert 'storyfold_request_seconds_bucket{le="+Inf"} 2\n' in text
    assert "storyfold_request_seconds_count 2\n" in text
    assert text.endswith("# TYPE storyfold_ready gauge\nstoryfold_ready 1\n")
    for line in text.splitlines():
        assert re.match(r"# (HELP|TYPE) \w+ \S|\w+(\{.*\})? [\d.e+-]+$", line)
