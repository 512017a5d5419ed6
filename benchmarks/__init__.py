"""Measurements of storyfold on labelled articles; see README.md."""
