"""The single writer: assigns articles and stores the result in one database transaction."""
