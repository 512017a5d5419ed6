"""Find out which news articles are copies of one text, and which report the same event.

>>> from clustering import Article, DuplicateClusterer, EventClusterer
>>> news = [
...     Article(1, "Ferry aground off Skarn", "The ferry Alma ran aground off Skarn on Monday."),
...     Article(2, "Skarn: ferry Alma aground", "All 80 on the Alma, aground off Skarn, are safe."),
...     Article(3, "Rates stay put", "The central bank left its interest rate as it was."),
... ]
>>> EventClusterer(language="en").fit_predict(news)
array([0, 0, 1])
>>> DuplicateClusterer(language="en").fit_predict(news)
array([0, 1, 2])

The estimators take plain strings too, and `partial_fit` takes in articles as they come. A service
with a store of its own works one floor below: `extract_features` reads an article, `Index.judge` says where
it belongs, `Index.apply` takes that over. Nothing in this package reads a clock, file or network.
"""

from typing import TYPE_CHECKING

from clustering.features.extract import extract_features
from clustering.learning.metrics import Evaluation, evaluate
from clustering.pipeline.index import ArticleIndex
from clustering.types import Article, Assignment, Evidence, Features, Proposal

__all__ = [
    "Article",
    "ArticleIndex",
    "Assignment",
    "DuplicateClusterer",
    "Evaluation",
    "EventClusterer",
    "Evidence",
    "Features",
    "Proposal",
    "evaluate",
    "extract_features",
]

if TYPE_CHECKING:
    from clustering.estimators import DuplicateClusterer, EventClusterer
else:

    def __getattr__(name: str) -> type:
        """Load the estimators when they are asked for: scikit-learn takes long to come."""
        if name not in ("DuplicateClusterer", "EventClusterer"):
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from clustering import estimators

        return getattr(estimators, name)
