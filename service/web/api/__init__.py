"""The JSON API under /v1, feeds of events, health and metrics."""
