"""Durable storage: tables, transactions, the change log, summaries and editors' decisions."""

from service.store.database import Store
from service.store.failures import StoreBusyError, StoreError, StoreUnavailableError

__all__ = ["Store", "StoreBusyError", "StoreError", "StoreUnavailableError"]
