"""Full-text search over titles and texts: SQLite's FTS5, or a tsvector of PostgreSQL.

Both index the same words (`words`) and answer the same queries (`query`), so that a search finds
the same articles in either database.
"""
