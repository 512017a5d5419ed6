from __future__ import annotations

import pytest
from newsroom import Newsroom

from service.store import Store


@pytest.fixture
def newsroom(store: Store) -> Newsroom:
    return Newsroom(store)
