"""The service around `clustering`: store, HTTP interface, admin pages and command line."""
