"""Output of the command line: tables for a terminal, JSON lines, CSV and Parquet."""
