"""Where nothing was compiled, everything works and gives the same groups and events."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SCRIPT = """
import json, sys
from clustering.kernels import library
if sys.argv[1] == "without":
    library.LIBRARY = "not there"
assert (library.load_kernels() is None) == (sys.argv[1] == "without")
from clustering import Article, DuplicateClusterer, EventClusterer, signatures
with open(sys.argv[2], encoding="utf-8") as lines:
    records = [json.loads(line) for line in lines]
news = [Article(key, record["title"], record["text"], source=record["source"])
        for key, record in enumerate(records, start=1)]
clusterers = DuplicateClusterer(), EventClusterer()
labels = [clusterer.fit_predict(news).tolist() for clusterer in clusterers]
print(json.dumps([*labels, signatures([record["text"] for record in records]).tolist()]))
"""


def cluster(how: str) -> object:
    starter = ROOT / "seeds" / "starter.jsonl"
    command = [sys.executable, "-c", SCRIPT, how, str(starter)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.slow
def test_groups_events_and_signatures_are_the_same_without_kernels() -> None:
    assert cluster("without") == cluster("with")
