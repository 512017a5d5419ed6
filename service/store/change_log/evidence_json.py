"""The JSON form in which evidence is stored."""

from __future__ import annotations

import json

from clustering.types import Evidence


def to_json(evidence: Evidence) -> str:
    """Return evidence as a JSON object for `assignments.evidence`."""
    return json.dumps(
        {
            "jaccard": evidence.jaccard,
            "containment": evidence.containment,
            "duplicate_score": evidence.duplicate_score,
            "event_probability": evidence.event_probability,
            "runner_up": evidence.runner_up,
            "shared_terms": evidence.shared_terms,
        },
        ensure_ascii=False,
    )
