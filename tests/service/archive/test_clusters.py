"""The command on a standalone cluster, and tasks that fail once."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.spark_cluster import running_cluster

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]


def test_failed_task_is_tried_again(spark: Any) -> None:
    def fail_once(batches: Iterable[Any]) -> Iterator[Any]:
        from pyspark import TaskContext

        context = TaskContext.get()
        if context is not None and context.attemptNumber() == 0:
            raise OSError("the disk is away for a moment")
        yield from batches

    frame = spark.range(5, numPartitions=1).mapInArrow(fail_once, "id long")
    assert sorted(row["id"] for row in frame.collect()) == [0, 1, 2, 3, 4]


def test_command_on_a_master_with_two_workers(tmp_path: Path) -> None:
    pytest.importorskip("pyspark", reason="the extra spark is not installed")
    program = "from service.cli.main import main; main()"
    with running_cluster(tmp_path, n_workers=2) as master:
        command = [sys.executable, "-c", program, "backfill", "--master", master]
        command += ["--input", "seeds/starter.jsonl", "--output", str(tmp_path / "out")]
        result = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "SPARK_LOCAL_IP": "127.0.0.1"},
        )
    assert result.returncode == 0, result.stderr[-3000:]
    assert "assignments: 106 rows" in result.stderr
    assert (tmp_path / "out" / "assignments" / "_SUCCESS").exists()
