"""The profile of compose.yaml with PostgreSQL and two replicas behind a proxy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from service import settings

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    services: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    return {name: service for name, service in services.items()
            if "postgresql" in service.get("profiles", ())}  # fmt: skip


def test_profile_has_replicas_a_database_and_a_proxy(services: dict[str, Any]) -> None:
    assert services.keys() == {"replica", "database", "proxy"}
    assert services["replica"]["deploy"]["replicas"] == 2
    assert services["replica"]["depends_on"] == {"database": {"condition": "service_healthy"}}


def test_only_the_proxy_is_published_on_this_machine(services: dict[str, Any]) -> None:
    published = {name for name, service in services.items() if "ports" in service}
    assert published == {"proxy"}
    assert services["proxy"]["ports"] == ["${STORYFOLD_PUBLISHED_ON:-127.0.0.1}:8080:8080"]


def test_replicas_have_no_privileges_and_no_state(services: dict[str, Any]) -> None:
    replica = services["replica"]
    assert replica["read_only"] is True
    assert replica["cap_drop"] == ["ALL"]
    assert "volumes" not in replica
    assert services["database"]["volumes"] == ["database:/var/lib/postgresql/data"]


def test_environment_of_replicas_consists_of_settings(services: dict[str, Any]) -> None:
    known = {f"{settings.PREFIX}{name.upper()}" for name in settings.Settings.model_fields}
    environment = services["replica"]["environment"]
    assert environment.keys() <= known
    assert environment["STORYFOLD_DB"].startswith("postgresql+psycopg://storyfold:")


def test_proxy_leads_to_the_replicas(services: dict[str, Any]) -> None:
    (mounted,) = services["proxy"]["volumes"]
    configuration = (ROOT / mounted.split(":")[0]).read_text()
    assert "http://replica:8080" in configuration
    assert "listen 8080;" in configuration
    assert configuration.count("{") == configuration.count("}")
