"""Durable storage: tables, transactions, the change log, summaries and editors' decisions."""

from service.store.database import Store, StoreBusyError, StoreError

__all__ = ["Store", "StoreBusyError", "StoreError"]
