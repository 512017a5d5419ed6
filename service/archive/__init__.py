"""Cluster archives that fit into no single process, with Apache Spark (the extra ``spark``)."""
