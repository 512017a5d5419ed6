"""The single writer: judges articles and records the outcome in one database transaction."""
