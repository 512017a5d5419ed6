"""Ingestion: read articles from requests, files, feeds and archives, validate and store them."""
