"""Print the first entry of a feed, as feedparser parses it."""

import json
import sys
from pathlib import Path

import feedparser

print(json.dumps({"entry": feedparser.parse(Path(sys.argv[1]).read_bytes()).entries[0]}))
