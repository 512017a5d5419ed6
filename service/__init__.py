"""The service around `clustering`: a store, an HTTP interface, pages and a command line."""
