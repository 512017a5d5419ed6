"""Compiled kernels: the loops in C in which an article spends most of its time.

`make setup` and the Dockerfile compile them (`scripts/build-kernels.sh`). Everything works without
them, several times slower: each function that has a kernel has a reference in NumPy or Python
beside it, and the tests hold the two to each other.
"""
