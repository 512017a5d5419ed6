"""Print the schema.org JSON-LD of a page, as extruct extracts it."""

import json
import sys
from pathlib import Path

import extruct

page = Path(sys.argv[1]).read_text(encoding="utf-8")
(graph,) = extruct.extract(page, syntaxes=["json-ld"])["json-ld"]
print(json.dumps({"graph": graph, "article": graph["@graph"][1]}))
