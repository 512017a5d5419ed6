"""What Media Cloud's own extractor makes of a page."""

import json
import sys
from pathlib import Path

import mcmetadata

URL = "https://courier.example/2025/05/12/corran-point-lighthouse?utm_source=front"

page = Path(sys.argv[1]).read_text(encoding="utf-8")
print(json.dumps({"story": mcmetadata.extract(URL, html_text=page)}, default=str))
