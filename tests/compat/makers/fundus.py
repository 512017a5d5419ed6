"""Print the article of a page, by Fundus with a parser like those of its publishers."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from fundus.parser import ArticleBody, BaseParser, ParserProxy, attribute
from fundus.parser.utility import (
    extract_article_body_with_selector,
    generic_author_parsing,
    generic_date_parsing,
)
from fundus.scraping.article import Article
from fundus.scraping.html import HTML, SourceInfo
from lxml.cssselect import CSSSelector

URL = "https://courier.example/2025/05/12/corran-point-lighthouse?utm_source=front"


class CourierParser(ParserProxy):
    class V1(BaseParser):
        @attribute
        def body(self) -> ArticleBody | None:
            return extract_article_body_with_selector(
                self.precomputed.doc,
                paragraph_selector=CSSSelector("div.article-body > p"),
                subheadline_selector=CSSSelector("div.article-body > h2"),
            )

        @attribute
        def title(self) -> str | None:
            return self.precomputed.meta.get("og:title")

        @attribute
        def authors(self) -> list[str]:
            return generic_author_parsing(self.precomputed.meta.get("author"))

        @attribute
        def publishing_date(self) -> datetime | None:
            return generic_date_parsing(self.precomputed.meta.get("article:published_time"))


page = Path(sys.argv[1]).read_text(encoding="utf-8")
html = HTML(URL, URL, page, datetime(2025, 5, 12, 8, tzinfo=UTC), SourceInfo("Tarbrook Courier"))
article = Article(html=html, **CourierParser()(html.crawl_date.date()).parse(page, "raise"))
print(
    json.dumps(
        {
            "whole": article.to_json(),
            "chosen": article.to_json(
                "title", "plaintext", "publishing_date", "lang", "publisher", "authors"
            ),
        }
    )
)
