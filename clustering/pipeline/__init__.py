"""The whole judgement on one article: its duplicate group, its event and the evidence."""
