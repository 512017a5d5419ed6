"""Editors' decisions, the review queue and the event threshold."""
