"""The service around `clustering`: store, HTTP API, admin pages and command line."""
