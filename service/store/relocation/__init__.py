"""Move a store to another database, SQLite or PostgreSQL, while it is in use."""
