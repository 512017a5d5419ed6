"""Storyfold beside other libraries, in turns, on the same articles: `make bench`."""
