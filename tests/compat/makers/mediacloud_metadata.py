"""Print the metadata of a page, as Media Cloud's own extractor returns it."""

import json
import sys
from pathlib import Path

import mcmetadata

URL = "https://courier.example/2025/05/12/corran-point-lighthouse?utm_source=front"

page = Path(sys.argv[1]).read_text(encoding="utf-8")
print(json.dumps({"story": mcmetadata.extract(URL, html_text=page)}, default=str))
