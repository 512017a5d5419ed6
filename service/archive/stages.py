"""The stages of a run: each writes Parquet, and a repeated run reads what is complete already."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from pyspark.sql import DataFrame, SparkSession

_COMPLETE: Final = "_SUCCESS"
"""File that Spark writes into a folder of Parquet files when all of them are complete."""
_MANIFEST: Final = "manifest.json"

OnStage = Callable[[str, int, float | None], None]
"""Called with the name of a stage, its rows, and the seconds it took; None if it was there."""


class ManifestError(RuntimeError):
    """The output folder belongs to a run with other inputs or parameters."""


class Stages:
    """Runs stages, each at most once for one output folder.

    Parameters
    ----------
    spark : SparkSession
    folder : Path
        Output folder; every worker reaches it under the same path.
    manifest : mapping
        What the results depend on: JSON values.
    on_stage : callable
        Called after each stage.

    Raises
    ------
    ManifestError
        If the folder has results of another manifest.
    """

    def __init__(
        self,
        spark: SparkSession,
        folder: Path,
        manifest: Mapping[str, Any],
        on_stage: OnStage = lambda *_: None,
    ) -> None:
        self._spark = spark
        self._folder = folder
        self._on_stage = on_stage
        _check_manifest(folder, manifest)

    def run(self, name: str, build: Callable[[], DataFrame]) -> DataFrame:
        """Return what a stage has written, now or in an earlier run.

        Parameters
        ----------
        name : str
            Name of the stage, and of its folder.
        build : callable
            Returns the data frame to write.

        Returns
        -------
        DataFrame
        """
        path, started = self._folder / name, time.monotonic()
        is_new = not (path / _COMPLETE).exists()
        if is_new:
            build().write.mode("overwrite").parquet(str(path))
        written = self._spark.read.parquet(str(path))
        seconds = time.monotonic() - started if is_new else None
        self._on_stage(name, written.count(), seconds)
        return written


def _check_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    path = folder / _MANIFEST
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(manifest, indent=2), encoding="utf-8")
    elif json.loads(path.read_text(encoding="utf-8")) != json.loads(json.dumps(manifest)):
        raise ManifestError(f"{folder} has results of other inputs or options; choose a new folder")
