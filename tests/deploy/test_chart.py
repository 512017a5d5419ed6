"""The Helm chart, linted and rendered by Helm's own library."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path
from typing import Any

import helm_python
import pytest
import yaml

from service import settings

CHART = Path(__file__).parents[2] / "deploy" / "helm" / "storyfold"
ON_POSTGRESQL = {"postgresql": {"secret": "database"}, "replicas": 3}
EVERYTHING = {
    **ON_POSTGRESQL,
    "imagePullSecrets": [{"name": "registry"}],
    "credentials": {"secret": "tokens"},
    "ingress": {"enabled": True, "host": "news.example", "tlsSecret": "tls", "className": "nginx"},
    "serviceMonitor": {"enabled": True, "tokenSecret": "reader"},
    "nodeSelector": {"disk": "fast"},
}


def render(values: dict[str, Any], name: str = "news") -> dict[str, Any]:
    """The objects of the chart, by kind."""
    manifests = helm_python.Chart.load(CHART).render(values, name=name).items()
    documents = [
        yaml.safe_load(text) for path, text in manifests if path.endswith(".yaml") and text.strip()
    ]
    return {document["kind"]: document for document in documents}


def pod_of(objects: dict[str, Any]) -> Any:
    workload = objects.get("Deployment") or objects["StatefulSet"]
    return workload["spec"]["template"]["spec"]


def environment(objects: dict[str, Any]) -> dict[str, Any]:
    (container,) = pod_of(objects)["containers"]
    return {entry["name"]: entry for entry in container["env"]}


@pytest.mark.parametrize("values", [{}, ON_POSTGRESQL, EVERYTHING], ids=["sqlite", "pg", "all"])
def test_lint_finds_nothing(values: dict[str, Any]) -> None:
    report = helm_python.lint(CHART, values, strict=True)
    severe = [message for message in report["messages"] if message["severity"] > 1]
    assert severe == []
    assert report["errors"] == []


def test_sqlite_is_on_a_volume_of_one_pod() -> None:
    objects = render({"sqlite": {"size": "5Gi", "storageClass": "fast"}})
    assert objects.keys() == {"StatefulSet", "Service"}
    stateful_set = objects["StatefulSet"]["spec"]
    assert stateful_set["replicas"] == 1
    (claim,) = stateful_set["volumeClaimTemplates"]
    assert claim["spec"]["resources"]["requests"]["storage"] == "5Gi"
    assert claim["spec"]["storageClassName"] == "fast"
    assert environment(objects)["STORYFOLD_DB"]["value"] == "/data/storyfold.db"


def test_postgresql_comes_from_a_secret() -> None:
    objects = render(ON_POSTGRESQL)
    assert objects.keys() == {"Deployment", "Service", "PodDisruptionBudget"}
    assert objects["Deployment"]["spec"]["replicas"] == 3
    database = environment(objects)["STORYFOLD_DB"]
    assert database["valueFrom"]["secretKeyRef"] == {"name": "database", "key": "url"}
    assert "value" not in database
    rolling = objects["Deployment"]["spec"]["strategy"]["rollingUpdate"]
    assert rolling == {"maxUnavailable": 0, "maxSurge": 1}


def test_several_replicas_need_postgresql() -> None:
    with pytest.raises(helm_python.HelmError, match="more than one replica needs PostgreSQL"):
        render({"replicas": 2})


@pytest.mark.parametrize("values", [{}, ON_POSTGRESQL], ids=["sqlite", "postgresql"])
def test_pod_has_no_privileges(values: dict[str, Any]) -> None:
    pod = pod_of(render(values))
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == pod["securityContext"]["fsGroup"] == 10001
    (container,) = pod["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {mount["mountPath"] for mount in container["volumeMounts"]} == {"/data", "/tmp"}


def test_probes_ask_what_the_service_answers() -> None:
    (container,) = pod_of(render({"startupSeconds": 600}))["containers"]
    startup, readiness, liveness = (
        container[f"{name}Probe"] for name in ("startup", "readiness", "liveness")
    )
    assert startup["httpGet"]["path"] == readiness["httpGet"]["path"] == "/readyz"
    assert liveness["httpGet"]["path"] == "/healthz"
    assert startup["periodSeconds"] * startup["failureThreshold"] == 600
    assert container["ports"] == [{"name": "http", "containerPort": 8080}]


def test_everything_that_can_be_switched_on() -> None:
    objects = render(EVERYTHING)
    assert objects["Ingress"]["spec"]["tls"] == [{"hosts": ["news.example"], "secretName": "tls"}]
    assert objects["Ingress"]["spec"]["rules"][0]["host"] == "news.example"
    (endpoint,) = objects["ServiceMonitor"]["spec"]["endpoints"]
    assert endpoint["authorization"]["credentials"] == {"name": "reader", "key": "token"}
    pod = pod_of(objects)
    assert pod["containers"][0]["envFrom"] == [{"secretRef": {"name": "tokens"}}]
    assert pod["nodeSelector"] == {"disk": "fast"}
    assert pod["imagePullSecrets"] == [{"name": "registry"}]


def test_selectors_match_the_labels_of_the_pods() -> None:
    objects = render(EVERYTHING)
    labels = objects["Deployment"]["spec"]["template"]["metadata"]["labels"]
    for selector in (
        objects["Deployment"]["spec"]["selector"]["matchLabels"],
        objects["Service"]["spec"]["selector"],
        objects["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
    ):
        assert selector.items() <= labels.items()
    monitored = objects["ServiceMonitor"]["spec"]["selector"]["matchLabels"]
    assert monitored.items() <= objects["Service"]["metadata"]["labels"].items()


@pytest.mark.parametrize("values", [{}, EVERYTHING], ids=["default", "everything"])
def test_variables_are_settings(values: dict[str, Any]) -> None:
    known = {f"{settings.PREFIX}{name.upper()}" for name in settings.Settings.model_fields}
    assert environment(render(values)).keys() <= known


@pytest.mark.parametrize(
    "values",
    [
        {"replica": 2},
        {"replicas": 0},
        {"settings": {"LIVE_DAYS": "30"}},
        {"settings": {"STORYFOLD_LIVE_DAYS": 30}},
        {"image": {"repository": ""}},
        {"postgresql": {"url": "postgresql://user:password@host/db"}},
    ],
)
def test_mistakes_in_values_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(helm_python.HelmError):
        helm_python.Chart.load(CHART).validate_schema(values)


def test_name_of_the_release_is_not_repeated() -> None:
    assert render({}, name="storyfold")["Service"]["metadata"]["name"] == "storyfold"
    assert render({}, name="news")["Service"]["metadata"]["name"] == "news-storyfold"


def test_chart_has_the_version_of_the_project() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert chart["version"] == chart["appVersion"] == importlib.metadata.version("storyfold")
