"""The audit log is bounded, on both kinds of stores."""

from __future__ import annotations

import pytest

from service.store import Store
from service.store.access import audit_log


def test_newest_entries_are_kept(store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_log, "MAX_ENTRIES", 3)
    with Store(store_url) as store:
        for number in range(5):
            audit_log.record(store, "anna", f"did {number}" + "x" * 1000, "192.0.2.1")
        entries = audit_log.list_entries(store, limit=10)
    assert [entry.number for entry in entries] == [5, 4, 3]
    assert {len(entry.action) for entry in entries} == {500}
    assert entries[0].actor == "anna"
    assert entries[0].address == "192.0.2.1"
