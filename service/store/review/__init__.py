"""Editors' decisions, uncertain pairs and the event threshold, as rows."""
