from __future__ import annotations

import pytest

from service.store import Store
from tests.support.stored_articles import ArticleRecorder


@pytest.fixture
def article_recorder(store: Store) -> ArticleRecorder:
    return ArticleRecorder(store)
