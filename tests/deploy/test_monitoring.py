"""Dashboard and alert rules: every metric that they use exists."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

DEPLOY = Path(__file__).parents[2] / "deploy"
DASHBOARD = DEPLOY / "grafana" / "storyfold.json"
ALERTS = DEPLOY / "prometheus" / "alerts.yaml"
_METRIC = re.compile(r"\b(?:storyfold_[a-z_]+|process_resident_memory_bytes)\b")
_MATCHER = re.compile(r"(\w+)\s*(?:=~|=|!=)\s*\"")
_LABELS_OF_PROMETHEUS = {"instance", "job"}


def dashboard_expressions() -> list[str]:
    dashboard = json.loads(DASHBOARD.read_text())
    panels = dashboard["panels"]
    queries = [variable["query"] for variable in dashboard["templating"]["list"]]
    return [target["expr"] for panel in panels for target in panel["targets"]] + queries


def alert_rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(ALERTS.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


@pytest.fixture
def samples(client: FlaskClient, make_article: Any) -> dict[str, set[str]]:
    """The labels of all samples by name, of a service that has done a bit of everything."""
    client.post("/v1/articles", json=make_article(1))
    client.get("/v1/events")
    labels: dict[str, set[str]] = {"storyfold_sentence_vectors_total": {"outcome"}}
    for family in text_string_to_metric_families(client.get("/metrics").text):
        for sample in family.samples:
            labels.setdefault(sample.name, set()).update(sample.labels)
    return labels


@pytest.mark.parametrize("source", ["dashboard", "alerts"])
def test_metrics_and_labels_exist(source: str, samples: dict[str, set[str]]) -> None:
    expressions = (
        dashboard_expressions()
        if source == "dashboard"
        else [rule["expr"] for rule in alert_rules()]
    )
    for expression in expressions:
        named = {*_METRIC.findall(expression)}
        assert named <= samples.keys(), expression
        known = set().union(*(samples[name] for name in named)) | _LABELS_OF_PROMETHEUS
        assert {*_MATCHER.findall(expression)} <= known, expression


def test_every_metric_of_ours_is_on_the_dashboard(samples: dict[str, set[str]]) -> None:
    shown = {name for expression in dashboard_expressions() for name in _METRIC.findall(expression)}
    families = {re.sub(r"_(bucket|sum|count)$", "", name) for name in shown}
    ours = {
        re.sub(r"_(bucket|sum|count)$", "", name)
        for name in samples
        if name.startswith("storyfold_")
    }
    assert ours <= families


def test_rules_are_complete() -> None:
    rules = alert_rules()
    assert len({rule["alert"] for rule in rules}) == len(rules)
    for rule in rules:
        assert rule.keys() == {"alert", "expr", "for", "labels", "annotations"}
        assert rule["labels"]["severity"] in ("info", "warning", "critical")
        assert rule["annotations"].keys() == {"summary", "description"}
        assert re.fullmatch(r"\d+[mhd]", rule["for"])
        assert rule["expr"].count("(") == rule["expr"].count(")")


def test_panels_do_not_overlap() -> None:
    panels = json.loads(DASHBOARD.read_text())["panels"]
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}
    assert len(places) == len({panel["id"] for panel in panels}) == len(panels)
