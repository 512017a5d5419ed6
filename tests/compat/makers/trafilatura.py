"""Print the JSON output of trafilatura for a page."""

import json
import sys
from pathlib import Path

from trafilatura import extract

URL = "https://courier.example/2025/05/12/corran-point-lighthouse?utm_source=front"

page = Path(sys.argv[1]).read_text(encoding="utf-8")
output = extract(page, url=URL, output_format="json", with_metadata=True)
print(json.dumps({"json": json.loads(output)}))
