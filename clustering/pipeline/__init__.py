"""The whole pipeline for one article: its duplicate group, its event and the evidence."""
