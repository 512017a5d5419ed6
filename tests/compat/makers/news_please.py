"""Print the article of a page, as news-please's library, crawler and JSON files represent it."""

import json
import sys
from pathlib import Path

from newsplease import NewsPlease
from newsplease.crawler.items import NewscrawlerItem
from newsplease.pipeline.pipelines import ExtractedInformationStorage

URL = "https://courier.example/2025/05/12/corran-point-lighthouse?utm_source=front"

page = Path(sys.argv[1]).read_text(encoding="utf-8")
article = NewsPlease.from_html(page, url=URL, fetch_images=False)
item = NewscrawlerItem(
    local_path="/data/courier.example/lighthouse.html",
    filename="lighthouse.html",
    modified_date="2025-05-12 10:00:00",
    download_date="2025-05-12 10:00:00",
    source_domain=b"courier.example",
    url=URL,
    html_title=article.title.encode(),
    rss_title=b"NULL",
    article_title=article.title,
    article_description=article.description,
    article_text=article.maintext,
    article_image=article.image_url,
    article_author=article.authors,
    article_publish_date=str(article.date_publish),
    article_language=article.language,
)
print(
    json.dumps(
        {
            "library": article.get_serializable_dict(),
            "item": {
                name: value.decode() if isinstance(value, bytes) else value
                for name, value in dict(item).items()
            },
            "json-file": ExtractedInformationStorage.extract_relevant_info(item),
        }
    )
)
