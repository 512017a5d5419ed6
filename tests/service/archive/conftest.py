from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    pytest.importorskip("pyspark", reason="the extra spark is not installed")
    from service.archive.session import open_session

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        session = open_session("local[2]")
        session.sparkContext.setLogLevel("ERROR")
        session.conf.set("spark.sql.shuffle.partitions", "2")
        yield session
        session.stop()
