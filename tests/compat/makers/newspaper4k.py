"""Print the article of a page, as newspaper4k represents it."""

import json
import sys
from pathlib import Path

from newspaper import Article

URL = "https://courier.example/2025/05/12/corran-point-lighthouse?utm_source=front"

article = Article(URL, language="en", fetch_images=False)
article.download(input_html=Path(sys.argv[1]).read_text(encoding="utf-8"))
article.parse()
print(json.dumps({"article": article.to_json(as_string=False)}, default=sorted))
