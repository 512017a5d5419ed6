"""The add-on that brings the pipeline into a Scrapy project."""

from __future__ import annotations

from typing import Any, Final

from service.crawlers.pipeline import StoryfoldPipeline

_PIPELINE_ORDER: Final = 300
"""Between the pipelines that clean items (lower) and those that store them (higher)."""


class StoryfoldAddon:
    """Adds `StoryfoldPipeline` to the item pipelines of a project.

    ``ADDONS = {"service.crawlers.StoryfoldAddon": 500}``, and the settings ``STORYFOLD_URL`` and
    so on. A pipeline that the project lists itself keeps its place.
    """

    def update_settings(self, settings: Any) -> None:
        """Add the pipeline; called by Scrapy."""
        settings.setdefault_in_component_priority_dict(
            "ITEM_PIPELINES", StoryfoldPipeline, _PIPELINE_ORDER
        )
