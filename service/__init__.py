"""The service around `clustering`: store, HTTP interface, review pages and command line."""
