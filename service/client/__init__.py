"""Client of the HTTP API, for programs that have nothing else of storyfold installed.

It needs httpx (the extra `client`) and imports nothing of the service::

    from service.client import StoryfoldClient

    with StoryfoldClient("http://127.0.0.1:8080", token="...") as storyfold:
        for result in storyfold.post_batch(articles):
            print(result)
        for change, cursor in storyfold.changes(since=0):
            print(change.kind, change.event_id, cursor)

`AsyncStoryfoldClient` has the same methods to await, and asynchronous iterators.
"""

from typing import TYPE_CHECKING

from service.client.errors import StoryfoldError
from service.client.retries import Retries

if TYPE_CHECKING:
    from service.client.asynchronous import AsyncStoryfoldClient
    from service.client.synchronous import StoryfoldClient

__all__ = ["AsyncStoryfoldClient", "Retries", "StoryfoldClient", "StoryfoldError"]


def __getattr__(name: str) -> object:
    """Load a client when it is first asked for: the parts without httpx are used without it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from service.client import asynchronous, synchronous
    except ModuleNotFoundError as error:
        raise ImportError(f"{error}; it comes with storyfold[client]") from error
    return getattr(synchronous, name, None) or getattr(asynchronous, name)
