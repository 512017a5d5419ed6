"""Find near-duplicate news articles, and articles that report the same event.

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

The estimators are scikit-learn's: they take plain strings too, `partial_fit` adds articles as they
arrive, and they work as the last step of a `sklearn.pipeline.Pipeline`. MinHash signatures convert
to datasketch's `MinHash` and back (`signature_to_minhash`, `minhash_to_signature`); `signatures`
computes those of raw texts.

A service with a store of its own works one level below: `extract_features` computes the features
of an article, `ArticleIndex.begin` opens a pending change that proposes its group and event, and
the change is committed or rolled back. No module of this package reads a clock, a file or the
network.
"""

from typing import TYPE_CHECKING

from clustering.features.extract import extract_features
from clustering.features.minhash import minhash_to_signature, signature_to_minhash
from clustering.features.signatures import signatures
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
    "minhash_to_signature",
    "signature_to_minhash",
    "signatures",
]

if TYPE_CHECKING:
    from clustering.estimators import DuplicateClusterer, EventClusterer
else:

    def __getattr__(name: str) -> type:
        """Import the estimators at their first use: scikit-learn is slow to import."""
        if name not in ("DuplicateClusterer", "EventClusterer"):
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from clustering import estimators

        return getattr(estimators, name)
