"""A small spider that follows the links of a news site and sends its articles to storyfold.

scrapy runspider spider.py -a site=https://news.example/ -O articles.jsonl
"""

import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import scrapy
from scrapy.http import Response


class NewsSpider(scrapy.Spider):
    """Treats every page with an ``<article>`` element as an article."""

    name = "news"
    custom_settings = {  # noqa: RUF012  the form that Scrapy expects
        "ADDONS": {"service.crawlers.StoryfoldAddon": 500},
        "STORYFOLD_URL": os.environ.get("STORYFOLD_URL", "http://127.0.0.1:8080"),
        "STORYFOLD_TOKEN": os.environ.get("STORYFOLD_TOKEN") or None,
        "STORYFOLD_SPOOL": os.environ.get("STORYFOLD_SPOOL", "storyfold-spool/%(name)s.db"),
        "ROBOTSTXT_OBEY": True,
        "AUTOTHROTTLE_ENABLED": True,
        "TELNETCONSOLE_ENABLED": False,
    }

    def __init__(self, site: str, **spider_arguments: Any) -> None:
        super().__init__(**spider_arguments)
        self.start_urls = [site]
        self.allowed_domains = [urlsplit(site).hostname or ""]

    def parse(self, response: Response, **_: Any) -> Iterator[Any]:
        """Yield the article of a page, and requests for its links."""
        if not isinstance(response, scrapy.http.HtmlResponse):
            return
        if article := response.css("article"):
            yield {
                "url": response.url,
                "title": article.css("h1::text").get("").strip(),
                "text": "\n\n".join(
                    "".join(paragraph.css("::text").getall()).strip()
                    for paragraph in article.css("p")
                ),
                "published_at": article.css("time::attr(datetime)").get(),
                "source": article.attrib.get("data-source") or urlsplit(response.url).hostname,
            }
        yield from response.follow_all(css="a[href]", callback=self.parse)
