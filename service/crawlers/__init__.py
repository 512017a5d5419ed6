"""Storyfold beside a crawler: a pipeline that posts what the crawler finds.

Runs inside the crawler. Of the service it needs only `dialects` and `urls`, which are light, so
that a crawler that imports it does not load the rest as well.
"""

from service.crawlers.items import DropItem
from service.crawlers.options import Options
from service.crawlers.pipeline import StoryfoldPipeline

__all__ = ["DropItem", "Options", "StoryfoldPipeline"]
