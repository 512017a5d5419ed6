"""Start a Spark session whose Python workers run the program's own interpreter."""

from __future__ import annotations

import os
import re
import sys
from typing import Final

from pyspark.sql import SparkSession

_LOCAL_MASTER: Final = re.compile(r"local\[(\d+|\*)\]")
_MAX_FAILURES: Final = 4
"""Times that a task is tried; without it, a local master gives up at the first failure."""


def open_session(master: str) -> SparkSession:
    """Start a session.

    Parameters
    ----------
    master : str
        Address of the master: ``local[2]``, ``spark://host:7077`` and so on.

    Returns
    -------
    SparkSession
        The caller stops it.
    """
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    return (
        SparkSession.builder.master(_LOCAL_MASTER.sub(rf"local[\1,{_MAX_FAILURES}]", master))
        .appName("storyfold backfill")
        .config("spark.task.maxFailures", _MAX_FAILURES)
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", 1000)
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.ui.enabled", "false")
        .getOrCreate()
    )
