"""What feedparser reads in a feed."""

import json
import sys
from pathlib import Path

import feedparser

print(json.dumps({"entry": feedparser.parse(Path(sys.argv[1]).read_bytes()).entries[0]}))
