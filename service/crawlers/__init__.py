"""Item pipeline for crawlers: posts each item to storyfold, and adds the result to the item.

It runs in the crawler's own environment. So it depends on nothing but the standard library and idna
(it retries and queues by its own code), uses httpx if it is there, and imports only the parsing of
items and the client of the service.
"""

from service.crawlers.addon import StoryfoldAddon
from service.crawlers.items import DropItem
from service.crawlers.options import Options
from service.crawlers.pipeline import StoryfoldPipeline

__all__ = ["DropItem", "Options", "StoryfoldAddon", "StoryfoldPipeline"]
